"""Oracles: the program project by project, solved by scipy; and every whole-cent plan of a tiny ledger."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
from scipy.optimize import linprog

from surplus import Ledger, Policy
from surplus.balance import Balance, balances
from surplus.flows import Moves
from surplus.policy.rules import Rule


def pairs_allowed(ledger: Ledger, policy: Policy) -> np.ndarray[Any, Any]:
    """Source × project, from the words of permit and forbid, one pair at a time."""
    allowed = np.ones((len(ledger.sources), len(ledger.projects)), dtype=bool)
    permits = [r for r in policy.rules if r.kind == "permit"]
    for s in range(len(ledger.sources)):
        tied = [r for r in permits if r.source.mask(ledger.sources)[s]]
        for p in range(len(ledger.projects)):
            if tied and not any(r.project.mask(ledger.projects)[p] for r in tied):
                allowed[s, p] = False
            for rule in policy.rules:
                if rule.kind == "forbid" and rule.source.mask(ledger.sources)[s]:
                    allowed[s, p] &= not rule.project.mask(ledger.projects)[p]
    return allowed


class ByProject:
    """The program over projects and sources as matrices, written straight from the definitions."""

    def __init__(self, ledger: Ledger, policy: Policy) -> None:
        self.ledger, self.policy = ledger, policy
        self.balance: Balance = balances(ledger, policy.terms)
        count, size = len(ledger.sources), len(ledger.projects)
        self.count, self.size = count, size
        allowed = pairs_allowed(ledger, policy)
        funding = ledger.funding
        self.planned = np.zeros((count, size), dtype=np.int64)
        self.planned[funding.source, funding.project] = funding.planned
        self.can_give = np.zeros((count, size), dtype=np.int64)
        self.can_give[funding.source, funding.project] = self.balance.releasable
        self.free = np.array([s.unallocated for s in ledger.sources], dtype=np.int64)
        self.width = count * (4 * size + 1)
        swap = np.zeros((count, size), dtype=np.int64)
        if policy.swaps:
            swap[funding.source, funding.project] = funding.planned - funding.paid
            swap = np.maximum(0, swap - self.can_give)
        exchange = np.where(allowed, swap.sum(axis=0)[None, :], 0)
        self.le: list[tuple[np.ndarray[Any, Any], float]] = []
        self.eq: list[tuple[np.ndarray[Any, Any], float]] = []
        into = np.where(allowed, self.balance.gap[None, :], 0)
        self.upper = np.concatenate(
            [into.ravel(), self.can_give.ravel(), self.free, exchange.ravel(), swap.ravel()]
        )
        for s in range(count):
            row = self.zero()
            self.ins(row)[s, :] = -1
            self.outs(row)[s, :] = 1
            self.used(row)[s] = 1
            self.eq.append((self.with_swaps(row), 0))
        for p in range(size):
            row = self.zero()
            self.swap_ins(row)[:, p] = 1
            self.swap_outs(row)[:, p] = -1
            self.eq.append((row, 0))
            row = self.zero()
            self.ins(row)[:, p] = 1
            self.le.append((row, int(self.balance.gap[p])))
            row = self.zero()
            self.outs(row)[:, p] = 1
            self.le.append((row, int(self.balance.ready[p])))
        for rule in policy.rules:
            self.add(rule)

    def zero(self) -> np.ndarray[Any, Any]:
        return np.zeros(self.width)

    def ins(self, row: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return row[: self.count * self.size].reshape(self.count, self.size)

    def outs(self, row: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        start = self.count * self.size
        return row[start : 2 * start].reshape(self.count, self.size)

    def used(self, row: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        start = 2 * self.count * self.size
        return row[start : start + self.count]

    def swap_ins(self, row: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        start = self.count * (2 * self.size + 1)
        return row[start : start + self.count * self.size].reshape(self.count, self.size)

    def swap_outs(self, row: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return row[self.count * (3 * self.size + 1) :].reshape(self.count, self.size)

    def with_swaps(self, row: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Money that is exchanged counts as any other."""
        self.swap_ins(row)[:] = self.ins(row)
        self.swap_outs(row)[:] = self.outs(row)
        return row

    def add(self, rule: Rule) -> None:
        ledger, any_rule = self.ledger, rule
        r: Any = any_rule
        sources = (
            r.source.mask(ledger.sources) if hasattr(r, "source") else np.ones(self.count, bool)
        )
        projects = (
            r.project.mask(ledger.projects) if hasattr(r, "project") else np.ones(self.size, bool)
        )
        chosen = sources[:, None] & projects[None, :]
        if r.kind == "share":
            whole, part = self.planned[sources, :].sum(), self.planned[chosen].sum()
            for sign, share in ((1, r.at_least), (-1, r.at_most)):
                if share is None:
                    continue
                if r.baseline and whole and sign * (Fraction(int(part), int(whole)) - share) < 0:
                    share = Fraction(int(part), int(whole))  # noqa: PLW2901 - no worse than it is
                row = self.zero()
                self.ins(row)[sources, :] = float(share)
                self.ins(row)[chosen] -= 1
                bound = 0.0
                if r.of == "final":
                    self.outs(row)[sources, :] = -float(share)
                    self.outs(row)[chosen] += 1
                    bound = float(part - share * Fraction(int(whole)))
                if r.of == "final":
                    self.with_swaps(row)
                self.le.append((sign * row, sign * bound))
        elif r.kind in ("cap", "cumulative_cap"):
            for group in self.groups(r.per, chosen):
                row = self.zero()
                (self.ins if r.flow == "in" else self.outs)(row)[group] = 1
                bound = r.at_most
                if isinstance(bound, Fraction):
                    bound = bound * int(self.planned[group].sum()) // 1
                for transfer in getattr(r, "earlier", ()):
                    end = transfer.to if r.flow == "in" else transfer.giver
                    for s, p in zip(*np.nonzero(group), strict=True):
                        if (ledger.sources[s].id, str(ledger.projects.id[p])) == (
                            transfer.source,
                            end,
                        ):
                            bound -= transfer.amount
                self.le.append((self.with_swaps(row), max(0.0, float(bound))))
        elif r.kind == "freeze":
            for family in (self.ins, self.outs, self.swap_ins, self.swap_outs):
                family(self.upper)[:, projects] = 0
        elif r.kind == "ceiling":
            for p in np.flatnonzero(projects):
                known = ledger.projects.prices["audited"][p] >= 0
                if r.of == "audited" and not known and isinstance(r.at_most, Fraction):
                    continue
                audited = ledger.projects.prices["audited"][p] + ledger.projects.prices["other"][p]
                base = {
                    "planned": self.balance.issued[p],
                    "audited": audited,
                    "cost": self.balance.cost[p],
                }
                top = (
                    r.at_most * int(base[r.of]) // 1
                    if isinstance(r.at_most, Fraction)
                    else r.at_most
                )
                row = self.zero()
                self.ins(row)[:, p] = 1
                self.le.append((row, float(max(0, top - int(self.balance.issued[p])))))
        elif r.kind == "must_fund":
            for p in np.flatnonzero(projects & (self.balance.gap > 0)):
                row = self.zero()
                self.ins(row)[:, p] = -1
                self.le.append((row, -float(-(-r.at_least * int(self.balance.gap[p]) // 1))))
        elif r.kind == "co_finance":
            for p in np.flatnonzero(projects):
                for sign, share in ((1, r.at_least), (-1, r.at_most)):
                    if share is not None:
                        row = self.zero()
                        factor = float(share) - sources.astype(float)
                        self.ins(row)[:, p] = sign * factor
                        self.outs(row)[:, p] = -sign * factor
                        held = [Fraction(int(a)) for a in self.planned[:, p]]
                        part = sum(
                            (a for a, s in zip(held, sources, strict=True) if s), Fraction(0)
                        )
                        bound = float(sign * (part - share * sum(held)))
                        self.le.append((self.with_swaps(row), bound))
        elif r.kind == "expiry":
            for s in np.flatnonzero(sources):
                source = ledger.sources[s]
                over = source.expires is not None and source.expires < r.on
                if r.years is not None and source.first_budgeted is not None:
                    first = source.first_budgeted
                    over |= first.replace(year=first.year + r.years) <= r.on
                if over:
                    closed = (
                        self.planned[s] == 0
                        if r.then == "same_source"
                        else np.ones(self.size, bool)
                    )
                    self.ins(self.upper)[s, closed] = 0
                    self.swap_ins(self.upper)[s, closed] = 0
        elif r.kind == "approval":
            pass
        elif r.kind == "reserve":
            for s in np.flatnonzero(sources):
                available = int(self.free[s] + self.can_give[s].sum())
                kept = r.at_least
                if isinstance(kept, Fraction):
                    kept = -(-kept * available // 1)
                row = self.zero()
                self.outs(row)[s, :] = 1
                self.used(row)[s] = 1
                self.le.append((row, float(available - kept)))
        elif r.kind == "within":
            # What leaves projects of a value arrives there; together with the pool this is enough.
            for s in np.flatnonzero(sources):
                only = np.zeros_like(chosen)
                only[s, :] = True
                for group in self.groups(r.by, only):
                    row = self.zero()
                    self.outs(row)[group] = 1
                    self.ins(row)[group] = -1
                    self.le.append((self.with_swaps(row), 0))
        else:
            assert r.kind in ("permit", "forbid"), f"the oracle does not know {r.kind}"

    def groups(self, per: str | None, chosen: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
        if per is None:
            return [chosen]
        if per in ("level", "source"):
            values = [s.id if per == "source" else s.level for s in self.ledger.sources]
            return [
                chosen & np.array([v == w for v in values])[:, None] for w in sorted(set(values))
            ]
        projects = self.ledger.projects
        if per == "id":
            texts: list[Any] = list(range(self.size))
        elif per in projects.fields:
            texts = [projects.fields[per].text(p) for p in range(self.size)]
        else:
            texts = [None] * self.size
        return [chosen & np.array([t == u for t in texts])[None, :] for u in set(texts)]

    def weights(self) -> np.ndarray[Any, Any]:
        objective: Any = self.policy.objectives[0]
        row = self.zero()
        per = self.ledger.projects.priority / 1e6 if objective.weight == "priority" else 1
        self.ins(row)[:, :] = per
        return row

    def optimum(self) -> float | None:
        """In cents; None where no plan exists."""
        found = linprog(
            -self.weights(),
            A_ub=np.array([row for row, _ in self.le]),
            b_ub=np.array([b for _, b in self.le]),
            A_eq=np.array([row for row, _ in self.eq]),
            b_eq=np.array([b for _, b in self.eq]),
            bounds=np.stack([np.zeros(self.width), self.upper], axis=1),
            method="highs",
        )
        assert found.status in (0, 2), found.message
        return None if found.status == 2 else -float(found.fun)


def moves_of(ledger: Ledger, policy: Policy, rows: list[tuple[int, int, int, int]]) -> Moves:
    """Moves from (source, giver, taker, cents)."""
    table = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    return Moves(ledger, balances(ledger, policy.terms), *table[:4], 0 * table[0])


def keeps(moves: Moves, policy: Policy) -> bool:
    """Whether a plan keeps bounds and rules, by the library's exact checks."""
    from surplus.proof.breaches import rule_breaches  # noqa: PLC0415

    return not [*rule_breaches(moves, policy)]


def every_plan(ledger: Ledger, policy: Policy) -> list[list[tuple[int, int, int, int]]]:
    """Every whole-cent plan of a tiny ledger that respects gaps and releasable amounts."""
    balance = balances(ledger, policy.terms)
    givers = [
        (int(s), int(p), int(a))
        for s, p, a in zip(
            ledger.funding.source, ledger.funding.project, balance.releasable, strict=True
        )
        if a > 0
    ]
    givers += [(i, -1, s.unallocated) for i, s in enumerate(ledger.sources) if s.unallocated]
    takers = [int(p) for p in np.flatnonzero(balance.gap)]
    lanes = [(s, g, t, min(a, int(balance.gap[t]))) for s, g, a in givers for t in takers]
    plans = []
    for choice in product(*(range(most + 1) for *_, most in lanes)):
        out: dict[tuple[int, int], int] = {}
        into: dict[int, int] = {}
        for (s, g, t, _), amount in zip(lanes, choice, strict=True):
            out[s, g] = out.get((s, g), 0) + amount
            into[t] = into.get(t, 0) + amount
        if any(out.get((s, g), 0) > a for s, g, a in givers):
            continue
        if any(into.get(t, 0) > balance.gap[t] for t in takers):
            continue
        left: dict[int, int] = {}
        for (_, g), amount in out.items():
            left[g] = left.get(g, 0) + amount
        if any(g >= 0 and amount > balance.ready[g] for g, amount in left.items()):
            continue
        plans.append(
            [
                (s, g, t, amount)
                for (s, g, t, _), amount in zip(lanes, choice, strict=True)
                if amount
            ]
        )
    return plans
