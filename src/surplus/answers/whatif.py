"""What if a fact or a rule were another: the plan for the changed case, and what it does differently."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surplus.answers.difference import Difference, compare
from surplus.errors import InputError, LedgerError, PolicyError, Problem
from surplus.ledger import Ledger
from surplus.plan.data import Plan
from surplus.policy import Policy
from surplus.reallocation import reallocate
from surplus.records import Record, SignedMoney, read_document


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
    """The answer: the plan for the changed case, and what it does differently."""

    plan: Plan
    difference: Difference

    def text(self, lang: str = "en") -> str:
        """The answer in sentences."""
        return self.difference.text(lang)

    def to_json(self) -> str:
        """The difference as data."""
        return self.difference.to_json()


def what_if(plan: Plan, ledger: Ledger, policy: Policy, change: Mapping[str, Any]) -> WhatIf:
    """Plan again with a change: the same as a full run on the changed case, since it is one.

    Raises:
        LedgerError, PolicyError: When the change is not one, with its place.
        Infeasible: When the changed case has no plan.
    """
    wanted = read_document(Change, change, InputError)
    other = reallocate(_ledger(ledger, wanted), _policy(policy, wanted))
    return WhatIf(other, compare(plan, other))


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
    document = policy.model_dump(mode="json", by_alias=True, exclude_none=True)
    rules = {row["id"]: row for row in document["rules"]}
    if change.remove_rule is not None:
        if change.remove_rule not in rules:
            raise PolicyError([Problem("remove_rule", f"no rule '{change.remove_rule}'")])
        del rules[change.remove_rule]
    if change.rule is not None:
        rules[change.rule.get("id", "what-if")] = {"id": "what-if", **change.rule}
    document["rules"] = list(rules.values())
    return Policy.model_validate(document)
