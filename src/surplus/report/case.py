"""What all tables of a paper are made from, worked out once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from surplus.balance import Balance, balances
from surplus.errors import SurplusError
from surplus.flows import Moves
from surplus.ledger import Ledger
from surplus.ledger.columns import Cents, Index
from surplus.plan.data import Plan
from surplus.policy import Policy
from surplus.proof.digests import ledger_digest
from surplus.report.rows import Cell, Words, yuan


@dataclass(frozen=True)
class Case:
    """A plan with its facts and rules, the words of one language, and how much room there is.

    Attributes:
        most: Rows that a table has at most; the largest are shown, and one row adds up the rest.
    """

    plan: Plan
    ledger: Ledger
    policy: Policy
    balance: Balance
    moves: Moves
    word: Words
    most: int

    @cached_property
    def names(self) -> Sequence[str]:
        """By project, '' where it has none."""
        names = self.ledger.projects.name
        return [""] * len(self.ledger.projects) if names is None else names.tolist()

    @cached_property
    def ids(self) -> Sequence[str]:
        """By project."""
        ids: list[str] = self.ledger.projects.id.tolist()
        return ids

    @cached_property
    def sources(self) -> Sequence[str]:
        """By source its name and id."""
        return [s.id if s.name is None else f"{s.name} ({s.id})" for s in self.ledger.sources]

    @cached_property
    def out(self) -> Cents:
        """By project, cents that leave it, exchanges included."""
        return self.moves.by_project(into=False)

    @cached_property
    def into(self) -> Cents:
        """By project, cents that reach it, exchanges included."""
        return self.moves.by_project(into=True)

    def largest(self, size: Cents) -> tuple[Index, Index]:
        """Positions of the largest amounts, in their order, and of the rest."""
        if len(size) <= self.most:
            return np.arange(len(size)), np.zeros(0, dtype=np.int64)
        order = np.lexsort((np.arange(len(size)), -size))
        return np.sort(order[: self.most]), order[self.most :]

    def rest(self, count: int, width: int, sums: dict[int, int]) -> tuple[Cell, ...] | None:
        """The row that stands for `count` others, with sums in cents by column; None for none."""
        if not count:
            return None
        row: list[Cell] = [yuan(sums[k]) if k in sums else None for k in range(width)]
        row[0] = self.word(f"{count:,} smaller rows together", f"其余 {count:,} 行合计")
        return tuple(row)


def case(plan: Plan, ledger: Ledger, policy: Policy, lang: str, most: int) -> Case:
    """Everything in one place.

    Raises:
        SurplusError: For a language that no paper has, or a plan for another ledger, or another state
            of it.
    """
    plan.ensure_lists(ledger)
    proof = plan.certificate.get("ledger")
    known = plan.case is not None and plan.case[0] is ledger
    if proof is not None and not known and proof != ledger_digest(ledger):
        raise SurplusError(
            "the plan is for another state of the ledger: its certificate bears another digest; "
            "plan again, or give the ledger that it was made from"
        )
    balance = balances(ledger, policy.terms)
    return Case(plan, ledger, policy, balance, plan.moves(ledger, balance), Words(lang), most)
