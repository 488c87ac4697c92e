"""All answers about a case as tables and sentences, and as data: what `surplus explain` shows."""

from __future__ import annotations

import json
from collections.abc import Sequence
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
from surplus.report.rows import Block, Table, Words, yuan
from surplus.steps import Waterfall
from surplus.strictjson import JsonError, loads


class Wanted(Protocol):
    """What is asked: every field as on the command line."""

    project: str | None
    what_if: str | None
    frontier: list[str] | None
    compare: str | None
    lang: str


Part = tuple[Sequence[Block], dict[str, Any]]
"""An answer to show, and the same as data."""


def explained(ledger: Ledger, policy: Policy, wanted: Wanted) -> Part:
    """The answers that are wanted; without a particular one, reasons, prices and permissions.

    Raises:
        Infeasible: With the contradiction, which is the answer then.
    """
    word = Words(wanted.lang)
    if wanted.frontier:
        return _frontier(ledger, policy, wanted.frontier, word)
    parts: list[Part] = []
    plan = reallocate(ledger, policy)
    if wanted.what_if:
        answer = what_if(plan, ledger, policy, _change(wanted.what_if))
        words = f"{answer.summary(wanted.lang)}\n{answer.text(wanted.lang)}"
        parts.append(([words], {"what_if": json.loads(answer.to_json())}))
    if wanted.compare:
        earlier = Plan.from_json(Path(wanted.compare).read_bytes())
        difference = compare(earlier, plan)
        parts.append(
            ([difference.text(wanted.lang)], {"difference": json.loads(difference.to_json())})
        )
    if not parts:
        parts.append(_reasons(plan, wanted.project, word))
    if not (wanted.what_if or wanted.compare or wanted.project):
        parts.append(_prices(ledger, policy, word))
    shown = [block for blocks, _ in parts for block in blocks if block]
    return shown, {key: value for _, data in parts for key, value in data.items()}


def _frontier(ledger: Ledger, policy: Policy, asked: Sequence[str], word: Words) -> Part:
    rule, *bounds = asked
    points = frontier(ledger, policy, rule, bounds)
    rows = tuple((p.bound, "–" if p.value is None else f"{float(p.value):,.2f}") for p in points)
    data = [{"bound": p.bound, "value": None if p.value is None else str(p.value)} for p in points]
    return [Table("", (rule, word("value", "目标值")), rows)], {"frontier": data}


def _change(text: str) -> dict[str, Any]:
    try:
        loads(text)  # as strictly as any document; its exact decimals are not wanted here
    except JsonError as error:
        raise InputError([Problem("--what-if", str(error))]) from None
    change: dict[str, Any] = json.loads(text)
    return change


def _reasons(plan: Plan, project: str | None, word: Words) -> Part:
    at = [
        k
        for k, (key, unmet) in enumerate(zip(plan.project_ids, plan.unmet, strict=True))
        if (unmet if project is None else key == project)
    ]
    if project is not None and not at:
        raise SurplusError(f"the ledger has no project '{project}'")
    rows, data = [], []
    for k in at:
        need, unmet = int(plan.need[k]), int(plan.unmet[k])
        why = plan.reasons[int(plan.reason[k])] if plan.reason[k] >= 0 else None
        key, words = str(plan.project_ids[k]), "" if why is None else why.sentence(word.lang)
        rows.append((key, yuan(need), yuan(need - unmet), yuan(unmet), words))
        data.append(
            {
                "id": key,
                "need": format_yuan(need),
                "received": format_yuan(need - unmet),
                "unmet": format_yuan(unmet),
                "reason": None if why is None else why.sentence(),
            }
        )
    head = (
        word("project", "项目编号"), word("need", "资金缺口"), word("received", "已调入"),
        word("unmet", "未弥补"), word("why", "原因"),
    )  # fmt: skip
    return [Table("", head, tuple(rows))], {"projects": data}


def _prices(ledger: Ledger, policy: Policy, word: Words) -> Part:
    found = prices(ledger, policy)
    opened = permissions(ledger, policy)
    blocks: list[Block] = ["\n".join(price.sentence(word.lang) for price in found)]
    rows = tuple((s, c, f"+{float(gain):,.2f}") for s, c, gain in opened)
    if rows:
        head = (
            word("permit source", "准许资金"), word("for category", "用于"), word("gain", "增加"),
        )  # fmt: skip
        blocks.append(Table("", head, rows))
    data = {
        "prices": price_rows(found),
        "permissions": [{"source": s, "category": c, "gain": str(gain)} for s, c, gain in opened],
    }
    return blocks, data


def stepped(found: Waterfall, lang: str) -> tuple[Block, ...]:
    """A waterfall as a table: what `surplus waterfall` shows."""
    word = Words(lang)
    rows = [(word(step.name, step.name_zh), yuan(step.amount)) for step in found.steps]
    rows += [(f"  {source}", yuan(cents)) for source, cents in found.releasable.items()]
    stage = word(found.stage, found.stage_zh)
    name = word(f"{found.project} ({stage})", f"{found.project}(阶段:{stage})")
    return (Table(name, (word("step", "步骤"), word("yuan", "金额(元)")), tuple(rows)),)
