"""Money that dies: what is not drawn yet, until when it may be used, and what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal

import numpy as np

from surplus.arithmetic import sums
from surplus.balance import balances
from surplus.ledger import Ledger
from surplus.ledger.columns import Cents, Source
from surplus.money import format_yuan
from surplus.plan.data import Plan
from surplus.policy import Policy
from surplus.policy.rules.expiry import Expiry

Then = Literal["surrender", "same_source"]


@dataclass(frozen=True)
class DyingRow:
    """One source with money that is not drawn, in cents.

    Attributes:
        undrawn: Planned less paid over all projects that hold it, and what is unallocated.
        surplus: What of it nobody needs: unallocated, or released by projects (可统筹). Where the
            policy's attribution is `free`, it counts in each source that it could be taken from.
        moved: What of the surplus the plan moves to where it is needed; 0 without a plan.
        left: Surplus less moved.
        date: The last day on which it may be used; None where none is known.
        days: From the table's day to that date, below 0 once it has passed; None where one of the
            two is not known.
        then: What becomes of it after that date.
    """

    source: str
    name: str | None
    undrawn: int
    surplus: int
    moved: int
    left: int
    date: date | None
    days: int | None
    then: Then

    def sentence(self, lang: str = "en") -> str:
        """What becomes of the money."""
        chinese, same = lang == "zh", self.then == "same_source"
        if self.date is None:
            return "未注明期限" if chinese else "no date known"
        if self.days is not None and self.days < 0:
            if chinese:
                return f"已于 {self.date} 到期,{'只能用于原使用项目' if same else '应予收回'}"
            return f"expired after {self.date}: " + (
                "only for projects that hold it" if same else "to be surrendered"
            )
        if chinese:
            return f"应于 {self.date} 前使用(含当日),逾期{'只能用于原使用项目' if same else '收回'}"
        return f"to be used by {self.date}, then " + (
            "only by projects that hold it" if same else "surrendered"
        )


@dataclass(frozen=True)
class Dying:
    """Undrawn money by source and date, the earliest date first, what has none last.

    Attributes:
        on: The day from which days are counted; None where none is known.
    """

    on: date | None
    rows: tuple[DyingRow, ...]

    def to_json(self) -> str:
        """The table as data, amounts in yuan."""
        rows = [
            asdict(row)
            | {key: format_yuan(getattr(row, key)) for key in _AMOUNTS}
            | {
                "date": None if row.date is None else row.date.isoformat(),
                "becomes": {"en": row.sentence("en"), "zh": row.sentence("zh")},
            }
            for row in self.rows
        ]
        document = {"on": None if self.on is None else self.on.isoformat(), "dying": rows}
        return json.dumps(document, ensure_ascii=False, indent=2)


_AMOUNTS = ("undrawn", "surplus", "moved", "left")


def dying(
    ledger: Ledger, policy: Policy, plan: Plan | None = None, *, on: date | None = None
) -> Dying:
    """All money that is not drawn yet, with its date and what becomes of it.

    A source's date is the earlier one of its `expires` and, where a rule `expiry` of the policy selects
    it, the last day before the rule's `years` since `first_budgeted` have passed.

    Args:
        ledger: The facts.
        policy: Says what is surplus, and which money is over age.
        plan: What it moves is told apart from what is left.
        on: The day from which days are counted; the ledger's `as_of` where it is not given.

    Raises:
        SurplusError: When the plan is for another ledger.
    """
    day = on or ledger.as_of
    funding, count = ledger.funding, len(ledger.sources)
    balance = balances(ledger, policy.terms)
    free = np.array([source.unallocated for source in ledger.sources], dtype=np.int64)
    undrawn = free + sums(funding.source, funding.planned - funding.paid, count)
    moved = np.zeros(count, dtype=np.int64)
    if plan is not None:
        moved = plan.moves(ledger, balance).moved
    figures = (undrawn, balance.available, moved)
    rows = sorted(_rows(ledger, policy, day, figures), key=_order)
    return Dying(day, tuple(rows))


def _order(row: DyingRow) -> tuple[date, str]:
    return row.date or date.max, row.source


def _rows(
    ledger: Ledger, policy: Policy, day: date | None, figures: tuple[Cents, ...]
) -> Iterator[DyingRow]:
    rules = [rule for rule in policy.rules if isinstance(rule, Expiry)]
    chosen = [rule.source.mask(ledger.sources).tolist() for rule in rules]
    for s, source in enumerate(ledger.sources):
        undrawn, surplus, moved = (int(column[s]) for column in figures)
        if not undrawn:
            continue
        end, then = _end(
            source, [rule for rule, mask in zip(rules, chosen, strict=True) if mask[s]]
        )
        days = None if end is None or day is None else (end - day).days
        yield DyingRow(
            source.id, source.name, undrawn, surplus, moved, surplus - moved, end, days, then
        )


def _end(source: Source, rules: list[Expiry]) -> tuple[date | None, Then]:
    """The earliest last day, and what comes then; of two rules of one day the stricter one holds."""
    ends = [(rule.last_day(source), rule.then) for rule in rules]
    known = [(end, then != "surrender", then) for end, then in ends if end is not None]
    if not known:
        return source.expires, "surrender"
    end, _, then = min(known)
    return end, then
