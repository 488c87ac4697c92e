"""All answers about a case as text or JSON: what `surplus explain` prints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

from surplus.answers.difference import compare
from surplus.answers.frontier import frontier
from surplus.answers.prices import permissions, prices
from surplus.answers.prices import rows as price_rows
from surplus.answers.whatif import what_if
from surplus.errors import InputError, Problem, SurplusError
from surplus.ledger import Ledger
from surplus.money import format_yuan
from surplus.plan.data import Plan
from surplus.policy import Policy
from surplus.reallocation import reallocate
from surplus.report.table import table


class Wanted(Protocol):
    """What is asked: every field as on the command line."""

    project: str | None
    what_if: str | None
    frontier: list[str] | None
    compare: str | None
    json: bool
    lang: str


def explained(ledger: Ledger, policy: Policy, wanted: Wanted) -> str:
    """The answers that are wanted; without a particular one, reasons, prices and permissions.

    Raises:
        Infeasible: With the contradiction, which is the answer then.
    """
    parts: list[tuple[str, Any]] = []
    if wanted.frontier:
        rule, *bounds = wanted.frontier
        points = frontier(ledger, policy, rule, bounds)
        rows = [(p.bound, "–" if p.value is None else f"{float(p.value):,.2f}") for p in points]
        data = [
            {"bound": p.bound, "value": None if p.value is None else str(p.value)} for p in points
        ]
        parts.append((table((rule, "value"), rows), {"frontier": data}))
        return _together(parts, wanted.json)
    plan = reallocate(ledger, policy)
    if wanted.what_if:
        answer = what_if(plan, ledger, policy, _change(wanted.what_if))
        text = f"{answer.summary(wanted.lang)}\n{answer.text(wanted.lang)}"
        parts.append((text, {"what_if": json.loads(answer.to_json())}))
    if wanted.compare:
        earlier = Plan.from_json(Path(wanted.compare).read_bytes())
        difference = compare(earlier, plan)
        parts.append(
            (difference.text(wanted.lang), {"difference": json.loads(difference.to_json())})
        )
    if not parts:
        parts.append(_reasons(plan, wanted.project))
    if not (wanted.what_if or wanted.compare or wanted.project):
        parts.append(_prices(ledger, policy, wanted.lang))
    return _together(parts, wanted.json)


def _together(parts: list[tuple[str, Any]], as_json: bool) -> str:
    if as_json:
        merged = {key: value for _, data in parts for key, value in data.items()}
        return json.dumps(merged, ensure_ascii=False, indent=2)
    return "\n\n".join(text for text, _ in parts if text)


def _change(text: str) -> dict[str, Any]:
    try:
        change: dict[str, Any] = json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError([Problem("--what-if", f"not JSON: {error}")]) from None
    return change


def _reasons(plan: Plan, project: str | None) -> tuple[str, Any]:
    chosen = [p for p in plan.projects if (p.unmet if project is None else p.id == project)]
    if project is not None and not chosen:
        raise SurplusError(f"the ledger has no project '{project}'")
    rows = [
        (
            p.id,
            format_yuan(p.need),
            format_yuan(p.need - p.unmet),
            format_yuan(p.unmet),
            p.reason or "",
        )
        for p in chosen
    ]
    data = [
        {"id": i, "need": need, "received": received, "unmet": unmet, "reason": reason or None}
        for i, need, received, unmet, reason in rows
    ]
    return table(("project", "need", "received", "unmet", "why"), rows), {"projects": data}


def _prices(ledger: Ledger, policy: Policy, lang: str) -> tuple[str, Any]:
    found = prices(ledger, policy)
    opened = permissions(ledger, policy)
    lines = [price.sentence(lang) for price in found]
    rows = [(s, c, f"+{float(gain):,.2f}") for s, c, gain in opened]
    if rows:
        head = (
            ("准许资金", "用于", "增加")
            if lang == "zh"
            else ("permit source", "for category", "gain")
        )
        lines += ["", table(head, rows)]
    data = {
        "prices": price_rows(found),
        "permissions": [{"source": s, "category": c, "gain": str(gain)} for s, c, gain in opened],
    }
    return "\n".join(lines), data
