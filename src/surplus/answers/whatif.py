"""What if a fact or a rule were another: what the best plan comes to then, and what it does differently."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from surplus.answers.difference import Difference, compare
from surplus.core import (
    Core,
    Figures,
    core,
    figures,
    single,
    with_money,
    with_project,
)
from surplus.errors import InputError, LedgerError, PolicyError, Problem
from surplus.ledger import Ledger
from surplus.money import format_yuan
from surplus.plan.data import Plan
from surplus.policy import Policy
from surplus.policy.objectives import Fair
from surplus.reallocation import reallocate
from surplus.records import Record, SignedMoney, read_document
from surplus.segments import applies


class Change(Record):
    """A change of a case. Fields that are not given change nothing; amounts are in yuan.

    Attributes:
        project: A project of the ledger document: new, or in place of the one with its id; of an
            existing project only the keys that are given change (`price` and `funding` as a whole).
        remove_project: Id of a project that drops out.
        source: Id of the source whose unallocated money changes by `money`.
        money: Yuan more (or less) unallocated money.
        rule: A rule of the policy document: new, or in place of the one with its id.
        remove_rule: Id of a rule that drops out.
    """

    project: Mapping[str, Any] | None = None
    remove_project: str | None = None
    source: str | None = None
    money: SignedMoney = 0
    rule: Mapping[str, Any] | None = None
    remove_rule: str | None = None


@dataclass(frozen=True)
class WhatIf:
    """The answer for a changed case.

    Attributes:
        before, after: What the plan comes to, and what the best plan of the changed case does.
    """

    before: Figures
    after: Figures
    _first: Plan = field(repr=False)
    _sources: tuple[str, ...] = field(repr=False)
    _case: Callable[[], tuple[Ledger, Policy]] = field(repr=False)

    @cached_property
    def plan(self) -> Plan:
        """The plan for the changed case: a full run, made when asked for."""
        return reallocate(*self._case())

    @cached_property
    def difference(self) -> Difference:
        """What that plan does differently."""
        return compare(self._first, self.plan)

    def summary(self, lang: str = "en") -> str:
        """Objectives and money left, before and after."""
        zh = lang == "zh"
        lines = []
        for old, new in zip(self.before.objectives, self.after.objectives, strict=False):
            name = old.kind if old.name is None else f"{old.kind} {old.name}"
            change = f"{float(old.value):,.2f} → {float(new.value):,.2f}"
            lines.append(f"目标 {name}:{change}" if zh else f"{name}: {change}")
        unmet = [format_yuan(figures.unmet) for figures in (self.before, self.after)]
        lines.append(
            f"未弥补缺口:{' → '.join(unmet)} 元" if zh else f"unmet: {' → '.join(unmet)} yuan"
        )
        return "\n".join(lines)

    def text(self, lang: str = "en") -> str:
        """The answer in sentences; makes the plan."""
        return self.difference.text(lang)

    def to_json(self) -> str:
        """Figures before and after, and the difference, as data; makes the plan."""
        data = {name: self._data(getattr(self, name)) for name in ("before", "after")}
        return json.dumps(
            data | json.loads(self.difference.to_json()), ensure_ascii=False, indent=2
        )

    def _data(self, figures: Figures) -> dict[str, Any]:
        return {
            "objectives": [
                {"kind": o.kind, "name": o.name, "value": str(o.value), "bound": str(o.bound)}
                for o in figures.objectives
            ],
            "left": {
                name: format_yuan(cents)
                for name, cents in zip(self._sources, figures.left, strict=True)
            },
            "unmet": format_yuan(figures.unmet),
        }


def reducible(ledger: Ledger, policy: Policy) -> bool:
    """Whether groups say all that the objectives ask for."""
    if (
        len(ledger.projects) == 0
        or applies(ledger, policy)
        or any(aim.even for aim in policy.aims(ledger))
    ):
        return False
    # The rounds of `fair` are those of its ledger.
    return not any(isinstance(objective, Fair) for objective in policy.objectives)


def what_if(plan: Plan, ledger: Ledger, policy: Policy, change: Mapping[str, Any]) -> WhatIf:
    """Plan again with a change; its figures are those of a full run on the changed case.

    A change of facts is answered from the core of the plan's ledger, in milliseconds at any size; the
    first question takes a pass over the ledger to find that core, and a change of rules takes one.

    Raises:
        InputError, LedgerError, PolicyError: When the change is not one, with its place.
        Infeasible: When the changed case has no plan.
        SurplusError: When the plan is for another ledger.
    """
    plan.ensure_lists(ledger)
    wanted = _change(change)
    rules = _policy(policy, wanted)
    before = Figures(
        plan.objectives,
        tuple(plan.moved.tolist()),
        tuple(plan.left.tolist()),
        int(plan.unmet.sum()),
    )

    def case() -> tuple[Ledger, Policy]:
        return _ledger(ledger, wanted), rules

    after = _quick(plan, ledger, rules, wanted)
    answer = WhatIf(before, before if after is None else after, plan, plan.source_ids, case)
    if after is not None:
        return answer
    other = answer.plan
    after = Figures(
        other.objectives,
        tuple(other.moved.tolist()),
        tuple(other.left.tolist()),
        int(other.unmet.sum()),
    )
    found = replace(answer, after=after)
    found.__dict__["plan"] = other
    return found


def _change(change: Mapping[str, Any]) -> Change:
    wanted = read_document(Change, change, InputError)
    parts = (("project", wanted.project), ("rule", wanted.rule))
    problems = [
        Problem(f"{key}.id", "needed: a text")
        for key, part in parts
        if part is not None and not isinstance(part.get("id", ""), str)
    ]
    if wanted.money and wanted.source is None:
        problems.append(Problem("money", "of no source", "'source', the id of one"))
    if problems:
        raise InputError(problems)
    return wanted


def _quick(plan: Plan, ledger: Ledger, rules: Policy, change: Change) -> Figures | None:
    """The figures from the core; None where they need a full run."""
    twice = change.remove_project is not None and change.project is not None
    if twice or not reducible(ledger, rules):
        return None
    same = plan.case is not None and plan.case[0] is ledger and plan.case[1] is rules
    base: Core = plan.core if same else core(ledger, rules)
    if change.source is not None:
        names = [source.id for source in ledger.sources]
        if change.source not in names:
            raise LedgerError([Problem("source", f"no source '{change.source}'")])
        k = names.index(change.source)
        if ledger.sources[k].unallocated + change.money < 0:
            raise LedgerError(
                [Problem("money", f"'{change.source}' has only "
                         f"{format_yuan(ledger.sources[k].unallocated)} yuan unallocated")]
            )  # fmt: skip
        base = with_money(base, k, change.money)
    for gone, new in _projects(ledger, change):
        base = with_project(base, ledger, rules, gone, new)
    return figures(base, rules)


def _projects(ledger: Ledger, change: Change) -> Iterator[tuple[int | None, Ledger | None]]:
    """Who drops out, by position, and who comes in, as a ledger of one project."""
    ids = ledger.projects.id
    place = {}
    for key in (change.remove_project, (change.project or {}).get("id")):
        if isinstance(key, str):
            at = int(np.searchsorted(ids, key))
            place[key] = at if at < len(ids) and str(ids[at]) == key else None
    if change.remove_project is not None:
        if place[change.remove_project] is None:
            raise LedgerError([Problem("remove_project", f"no project '{change.remove_project}'")])
        yield place[change.remove_project], None
    if change.project is not None:
        old = place.get(change.project.get("id", ""))
        document = json.loads(single(ledger, old or 0).to_json())
        row = {} if old is None else document["projects"][0]
        document["projects"] = [{**row, **change.project}]
        yield old, Ledger.from_json(json.dumps(document))


def _ledger(ledger: Ledger, change: Change) -> Ledger:
    if change.project is None and change.remove_project is None and change.source is None:
        return ledger
    document = json.loads(ledger.to_json())
    projects = {row["id"]: row for row in document["projects"]}
    if change.remove_project is not None:
        if change.remove_project not in projects:
            raise LedgerError([Problem("remove_project", f"no project '{change.remove_project}'")])
        del projects[change.remove_project]
    if change.project is not None:
        key = change.project.get("id")
        projects[key] = {**projects.get(key, {}), **change.project}
    sources = {row["id"]: row for row in document["sources"]}
    if change.source is not None:
        if change.source not in sources:
            raise LedgerError([Problem("source", f"no source '{change.source}'")])
        before = next(s.unallocated for s in ledger.sources if s.id == change.source)
        cents = before + change.money
        sign = "-" if cents < 0 else ""
        sources[change.source]["unallocated"] = f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
    document["projects"] = list(projects.values())
    return Ledger.from_json(json.dumps(document))


def _policy(policy: Policy, change: Change) -> Policy:
    if change.rule is None and change.remove_rule is None:
        return policy
    document = policy.model_dump(mode="json", by_alias=True)
    rules = {row["id"]: row for row in document["rules"]}
    if change.remove_rule is not None:
        if change.remove_rule not in rules:
            raise PolicyError([Problem("remove_rule", f"no rule '{change.remove_rule}'")])
        del rules[change.remove_rule]
    if change.rule is not None:
        rules[change.rule.get("id", "what-if")] = {"id": "what-if", **change.rule}
    document["rules"] = list(rules.values())
    return Policy.model_validate(document)
