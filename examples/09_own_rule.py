"""A rule that surplus does not have: written outside of it, bound like any other, tested with its laws.

All figures are made up. Money for water must keep pace with money for roads: of what a plan moves, water
projects receive at least half as much as road projects. The rule says so twice: as rows for the solver,
and as a sum of money for the check, which never reads the rows. `surplus.testing` holds the two against
each other on plans at the rule's limit and past it; this needs the extra `testing`.

Expected: roads would take all 90,000 yuan; with the rule water receives 30,000 of them, the certificate
proves that no plan does better, and in 200 random ledgers rows and check never disagree.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Literal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import surplus
from surplus.testing import (
    TAKING,
    Breach,
    Flows,
    Label,
    Ledger,
    Moves,
    Row,
    Rule,
    check_plan,
    check_rows,
    ledgers,
    moves_near_limits,
)  # fmt: skip


class KeepPace(Rule):
    """One category receives at least a share of what another one receives.

    d * in(category) >= n * in(than), with the share n/d.
    """

    kind: Literal["keep_pace"] = "keep_pace"
    category: str
    than: str
    pace: Fraction

    def _chosen(self, ledger: Ledger, category: str) -> np.ndarray:
        fields = ledger.projects.fields["category"]
        codes = [code for code, value in enumerate(fields.values) if value == category]
        return np.isin(fields.codes, codes).astype(np.int64)

    def labels(self, ledger: Ledger) -> Iterable[Label]:
        """Recipients of either category are no longer interchangeable with others."""
        yield Label(
            self._chosen(ledger, self.category) + 2 * self._chosen(ledger, self.than), TAKING
        )

    def rows(self, flows: Flows) -> Iterator[Row]:
        """Whole factors: the share's denominator is cleared."""
        n, d = self.pace.as_integer_ratio()
        mine = self._chosen(flows.ledger, self.category)[flows.taker]
        theirs = self._chosen(flows.ledger, self.than)[flows.taker]
        yield flows.row(self.title, 0, ins=n * theirs - d * mine, rule=self.title)

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Add the money up."""
        mine = int((self._chosen(moves.ledger, self.category) * moves.received).sum())
        theirs = int((self._chosen(moves.ledger, self.than) * moves.received).sum())
        if mine < self.pace * theirs:
            yield Breach(self.title, f"{self.category} receives {mine} cents, {self.than} {theirs}")

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        if lang == "zh":
            return f"{self.category}所得不低于{self.than}所得的 {self.pace}。"
        return f"{self.category} receives at least {self.pace} of what {self.than} receives."


RULE = KeepPace(id="pace", category="water", than="roads", pace=Fraction(1, 2))
ledger = surplus.Ledger.from_records(
    [{"id": "county", "unallocated": "90000"}],
    [
        {"id": "bridge", "category": "roads", "priority": "2", "price": {"contract": "100000"}},
        {"id": "well", "category": "water", "price": {"contract": "80000"}},
    ],
)
plan = surplus.reallocate(ledger, surplus.Policy.model_validate({}))
assert {t.taker: t.amount for t in plan.transfers} == {"bridge": 90_000_00}
policy = surplus.Policy.model_validate({"rules": [RULE]})
plan = surplus.reallocate(ledger, policy)
assert {t.taker: t.amount for t in plan.transfers} == {"bridge": 60_000_00, "well": 30_000_00}
assert plan.objectives[0].value == plan.objectives[0].bound
check_plan(plan, ledger, policy)
print(RULE.sentence())
for transfer in plan.transfers:
    print(f"  {transfer.taker}: {transfer.amount / 100:,.2f} yuan")


@settings(max_examples=200, deadline=None, derandomize=True)
@given(ledger=ledgers, share=st.fractions(0, 2, max_denominator=9), data=st.data())
def rows_and_check_agree(ledger: surplus.Ledger, share: Fraction, data: st.DataObject) -> None:
    rule = KeepPace(category="water", than="roads", pace=share)
    policy = surplus.Policy.model_validate({"rules": [rule]})
    check_rows(ledger, policy, data.draw(moves_near_limits(ledger, policy)))


rows_and_check_agree()
print("rows and check agree on 200 random ledgers")
