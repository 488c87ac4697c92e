"""An exact oracle for tiny ledgers: the rules' definitions, project by project, in rational numbers (Z3).

Nothing here reads the rows, classes or prices of the library; only balances and selections are shared.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import z3

from oracle import ByProject, pairs_allowed
from surplus import Ledger, Policy
from surplus.balance import balances

KNOWN = {
    "permit", "forbid", "share", "cap", "reserve", "within", "must_fund", "freeze", "co_finance",
    "minimum", "lot", "whole", "recipients",
}  # fmt: skip


def number(value: Fraction | int) -> Any:
    """An exact constant."""
    exact = Fraction(value)
    return z3.Q(exact.numerator, exact.denominator)


def added(terms: Any) -> Any:
    """A sum, 0 where it is empty."""
    return z3.Sum([z3.IntVal(0), *terms])


class Exact:
    """Variables in, out and used in cents: any numbers, or whole ones."""

    def __init__(self, ledger: Ledger, policy: Policy, whole: bool) -> None:
        self.ledger, self.policy = ledger, policy
        self.balance = balances(ledger, policy.terms)
        self.count, self.size = len(ledger.sources), len(ledger.projects)
        cells = [(s, p) for s in range(self.count) for p in range(self.size)]
        make = z3.Int if whole else z3.Real
        self.into = {cell: make(f"in {cell}") for cell in cells}
        self.out = {cell: make(f"out {cell}") for cell in cells}
        self.used = [make(f"used {s}") for s in range(self.count)]
        self.planned = dict.fromkeys(cells, 0)
        self.gives = dict.fromkeys(cells, 0)
        funding = ledger.funding
        for s, p, a, b in zip(
            funding.source, funding.project, funding.planned, self.balance.releasable, strict=True
        ):
            self.planned[int(s), int(p)] = int(a)
            self.gives[int(s), int(p)] = int(b)
        self.says: list[Any] = [*self._structure(pairs_allowed(ledger, policy))]
        for rule in policy.rules:
            self.says += self._of(rule)

    def _structure(self, allowed: np.ndarray[Any, Any]) -> Any:
        for cell, x in self.into.items():
            yield x >= 0
            yield self.out[cell] >= 0
            yield self.out[cell] <= self.gives[cell]
            if not allowed[cell]:
                yield x == 0
        for p in range(self.size):
            yield added(self.into[s, p] for s in range(self.count)) <= int(self.balance.gap[p])
            leaves = added(self.out[s, p] for s in range(self.count))
            yield leaves <= int(self.balance.ready[p])
        for s, source in enumerate(self.ledger.sources):
            yield self.used[s] >= 0
            yield self.used[s] <= source.unallocated
            given = self.used[s] + added(self.out[s, p] for p in range(self.size))
            yield given == added(self.into[s, p] for p in range(self.size))

    def final(self, cell: tuple[int, int]) -> Any:
        """What a project holds of a source after the move."""
        return self.planned[cell] - self.out[cell] + self.into[cell]

    def received(self, p: int) -> Any:
        """What a project receives in all."""
        return added(self.into[s, p] for s in range(self.count))

    def _of(self, r: Any) -> Any:
        ledger = self.ledger
        mine = range(self.count)
        if hasattr(r, "source"):
            mine = np.flatnonzero(r.source.mask(ledger.sources)).tolist()
        theirs = range(self.size)
        if hasattr(r, "project"):
            theirs = np.flatnonzero(r.project.mask(ledger.projects)).tolist()
        chosen = [(s, p) for s in mine for p in theirs]
        everyone = [(s, p) for s in mine for p in range(self.size)]
        if r.kind == "share":
            held = self.final if r.of == "final" else self.into.__getitem__
            part, whole = added(map(held, chosen)), added(map(held, everyone))
            if r.at_least is not None:
                yield part >= number(r.at_least) * whole
            if r.at_most is not None:
                yield part <= number(r.at_most) * whole
        elif r.kind == "cap":
            flow = self.into if r.flow == "in" else self.out
            for group in self._groups(r.per, chosen):
                most = r.at_most
                if isinstance(most, Fraction):
                    most = most * sum(self.planned[cell] for cell in group) // 1
                yield added(flow[cell] for cell in group) <= int(most)
        elif r.kind == "reserve":
            for s in mine:
                available = ledger.sources[s].unallocated
                available += sum(self.gives[s, p] for p in range(self.size))
                kept = r.at_least
                if isinstance(kept, Fraction):
                    kept = -(-kept * available // 1)
                moved = self.used[s] + added(self.out[s, p] for p in range(self.size))
                yield available - moved >= int(kept)
        elif r.kind == "within":
            for s in mine:
                for group in self._groups(r.by, [(s, p) for p in range(self.size)]):
                    yield added(self.into[c] for c in group) >= added(self.out[c] for c in group)
        elif r.kind == "must_fund":
            for p in theirs:
                least = -(-r.at_least * int(self.balance.gap[p]) // 1)
                yield self.received(p) >= int(least)
        elif r.kind == "freeze":
            for s in range(self.count):
                for p in theirs:
                    yield z3.And(self.into[s, p] == 0, self.out[s, p] == 0)
        elif r.kind == "co_finance":
            for p in theirs:
                part = added(self.final((s, p)) for s in mine)
                whole = added(self.final((s, p)) for s in range(self.count))
                if r.at_least is not None:
                    yield part >= number(r.at_least) * whole
                if r.at_most is not None:
                    yield part <= number(r.at_most) * whole
        elif r.kind in ("minimum", "whole"):
            for p in theirs:
                least = int(self.balance.gap[p]) if r.kind == "whole" else r.at_least
                yield z3.Or(self.received(p) == 0, self.received(p) >= least)
        elif r.kind == "recipients":
            some = [z3.If(self.received(p) > 0, 1, 0) for p in theirs]
            yield added(some) <= r.at_most
        elif r.kind == "lot":
            for i, cell in enumerate(chosen if r.each == "source" else [(0, p) for p in theirs]):
                lots = z3.Int(f"lots {r.id} {i}")
                got = self.into[cell] if r.each == "source" else self.received(cell[1])
                yield got == r.size * lots
        else:
            assert r.kind in KNOWN, f"the exact oracle does not know {r.kind}"

    def _groups(self, per: str | None, cells: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
        table = np.zeros((self.count, self.size), dtype=bool)
        for cell in cells:
            table[cell] = True
        groups = ByProject.groups(self, per, table)  # type: ignore[arg-type]
        return [[(int(s), int(p)) for s, p in zip(*np.nonzero(g), strict=True)] for g in groups]

    def optimum(self) -> Fraction | None:
        """The most that the first objective can be, in cents; None where no plan keeps the rules."""
        objective: Any = self.policy.objectives[0]
        weights = [
            Fraction(int(w), 10**6) if objective.weight == "priority" else Fraction(1)
            for w in self.ledger.projects.priority
        ]
        solver = z3.Optimize()
        solver.add(*self.says)
        top = z3.Real("top")
        solver.add(top == added(number(w) * self.received(p) for p, w in enumerate(weights)))
        best = solver.maximize(top)
        answer = solver.check()
        assert answer != z3.unknown
        if answer == z3.unsat:
            return None
        value = solver.upper(best)
        return Fraction(str(value))  # an exact fraction as text
