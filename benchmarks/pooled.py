"""The program over single projects, as arrays: what every peer solves. No classes.

Columns are in[s,p], out[p,s] and used[pool]; then, where the policy asks for them, exchanges, and
the lowest ratio. Amounts are cents and coefficients are whole numbers. Of surplus it takes the facts
(the balance), the selections of the rules, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np

import surplus

POOL, FREE, GAP, GIVER, SWAP, RULE, RATIO = range(7)
"""What a row says: a pool balances; free money; a gap; a donor in all; an exchange; a rule; a ratio."""


@dataclass(frozen=True, eq=False)
class Lines:
    """Rows: ``lower <= sum(coefficients * cents) <= upper``; None is unbounded.

    Attributes:
        starts, columns, coefficients: The matrix by rows (CSR), whole numbers.
        lower, upper: In cents × scale.
        scale: By row, the denominator that was cleared.
        kind: By row, what it says.
    """

    starts: np.ndarray
    columns: np.ndarray
    coefficients: np.ndarray
    lower: list[int | None]
    upper: list[int | None]
    scale: np.ndarray
    kind: np.ndarray


class Pooled:
    """Columns and rows of one ledger under one policy of the scenarios.

    Attributes:
        upper: By column, cents.
        weight: By column, value of a yuan.
        unit: Yuan that a ratio of 1 is written as.
        widths: How many columns of each family: ins, outs, used, swap ins, swap outs, measures.
        source, pool, project: By column; -1 where it has none.
    """

    def __init__(self, ledger: Any, policy: Any) -> None:
        self.ledger, self.policy = ledger, policy
        self.balance = balance = surplus.balances(ledger, policy.terms)
        self._rows: list[tuple[Any, ...]] = []
        self._columns()
        sign = np.repeat([-1, 1, 1, -1, 1, 0], self.widths)
        count = int(self.pool.max(initial=-1)) + 1
        moving = np.flatnonzero(self.pool >= 0)
        self._add(POOL, self.pool[moving], moving, sign[moving], np.zeros(count), equal=True)
        used = self.family(2)
        free = np.array([source.unallocated for source in ledger.sources])
        self._add(FREE, self.source[used], used, np.ones(len(used)), free)
        ins, outs = self.family(0), self.family(1)
        self._add(GAP, self.project[ins], ins, np.ones(len(ins)), balance.gap)
        if policy.terms.attribution == "free":
            self._add(GIVER, self.project[outs], outs, np.ones(len(outs)), balance.ready)
        swaps = np.r_[self.family(3), self.family(4)]
        even = np.zeros(len(ledger.projects))
        self._add(SWAP, self.project[swaps], swaps, sign[swaps], even, equal=True)
        for rule in policy.rules:
            getattr(self, f"_{rule.kind}")(rule)
        if self.widths[5]:
            self._ratios()
        self.lines = self._joined()

    def family(self, which: int) -> np.ndarray:
        """The columns of one family."""
        ends = np.cumsum(self.widths)
        return np.arange(ends[which] - self.widths[which], ends[which])

    def _columns(self) -> None:
        ledger, balance, funding = self.ledger, self.balance, self.ledger.funding
        takers = np.flatnonzero(balance.gap > 0)
        at, in_source = np.nonzero(self._opened(takers))
        lots = np.flatnonzero(balance.releasable > 0)
        swapped = np.flatnonzero(balance.swappable > 0)
        holders = np.unique(funding.project[swapped])
        into, swap_source = np.nonzero(self._opened(holders))
        room = np.zeros(len(ledger.projects), dtype=np.int64)
        np.add.at(room, funding.project[swapped], balance.swappable[swapped])
        source = [in_source, funding.source[lots], swap_source, funding.source[swapped]]
        project = [takers[at], funding.project[lots], holders[into], funding.project[swapped]]
        keys = [self._pool(s, p) for s, p in zip(source, project, strict=True)]
        pools = np.unique(np.concatenate(keys))
        drawn = pools % len(ledger.sources)
        none = np.full(len(pools), -1)
        free = np.array([s.unallocated for s in ledger.sources], dtype=np.int64)[drawn]
        (aim,) = self.policy.objectives
        measured = aim.kind == "fair"
        # A ratio of 1 is as many yuan as a large gap, or its prices would be too small for solvers.
        self.unit = int(balance.gap.max(initial=100)) // 100 if measured else 1
        last = np.full(int(measured), -1)
        keys = [*keys[:2], pools, *keys[2:]]
        self.source = np.concatenate([*source[:2], drawn, *source[2:], last])
        self.project = np.concatenate([*project[:2], none, *project[2:], last])
        self.pool = np.r_[np.searchsorted(pools, np.concatenate(keys)), last]
        amounts = [balance.gap[project[0]], balance.releasable[lots], free]
        amounts += [room[project[2]], balance.swappable[swapped]]
        amounts.append(np.full(len(last), 100 * self.unit))
        self.upper = np.concatenate(amounts)
        self.widths = tuple(map(len, amounts))
        self.weight = np.zeros(len(self.upper))
        if measured:
            self.weight[-1] = 1
        else:
            self.weight[: len(at)] = ledger.projects.priority[project[0]] / 1e6

    def _opened(self, takers: np.ndarray) -> np.ndarray:
        """takers × sources: True where some permit, or no permit at all, lets the money go."""
        sources, projects = self.ledger.sources, self.ledger.projects.take(takers)
        bound = np.zeros(len(sources), dtype=bool)
        opened = np.zeros((len(takers), len(sources)), dtype=bool)
        for rule in self.policy.rules:
            if rule.kind == "permit":
                chosen = rule.source.mask(sources)
                bound |= chosen
                opened |= np.outer(rule.project.mask(projects), chosen)
        return opened | ~bound

    def _pool(self, source: np.ndarray, project: np.ndarray) -> np.ndarray:
        """One pool per source, or per source and value where a `within` rule divides it."""
        pool = source.astype(np.int64)
        for rule in self.policy.rules:
            if rule.kind == "within":
                codes = self.ledger.projects.fields[rule.by].codes[project].astype(np.int64)
                tied = rule.source.mask(self.ledger.sources)[source]
                pool = np.where(tied, pool + (codes + 1) * len(self.ledger.sources), pool)
        return pool

    def _add(
        self,
        kind: int,
        group: np.ndarray,
        columns: np.ndarray,
        coefficients: np.ndarray,
        upper: Any,
        scale: int = 1,
        *,
        equal: bool = False,
        floor: bool = False,
    ) -> None:
        """One row for each group of columns: at most `upper` of the group, or exactly, or at least."""
        order = np.argsort(group, kind="stable")
        present, starts = np.unique(group[order], return_index=True)
        limits = [int(upper[g]) for g in present.tolist()]
        none: list[int | None] = [None] * len(limits)
        lower = limits if equal or floor else none
        self._rows.append(
            (
                np.diff(np.r_[starts, len(order)]),
                columns[order],
                coefficients[order].astype(np.int64),
                lower,
                none if floor else limits,
                np.full(len(limits), scale),
                np.full(len(limits), kind),
            )
        )

    def _joined(self) -> Lines:
        lengths, columns, coefficients, lower, upper, scale, kind = zip(*self._rows, strict=True)
        return Lines(
            np.r_[0, np.cumsum(np.concatenate(lengths))],
            np.concatenate(columns),
            np.concatenate(coefficients),
            [*chain.from_iterable(lower)],
            [*chain.from_iterable(upper)],
            np.concatenate(scale),
            np.concatenate(kind),
        )

    def _chosen(self, rule: Any) -> tuple[np.ndarray, np.ndarray]:
        """By column: whether the rule selects its source, and its project."""
        sources = np.append(rule.source.mask(self.ledger.sources), False)
        projects = np.append(rule.project.mask(self.ledger.projects), False)
        return sources[self.source], projects[self.project]

    def _ends(self, flow: str) -> np.ndarray:
        """All columns that bring money to a project, or take it from one."""
        return np.r_[self.family(0), self.family(3)] if flow == "in" else self._leaving()

    def _leaving(self) -> np.ndarray:
        return np.r_[self.family(1), self.family(4)]

    def _permit(self, rule: Any) -> None:
        """Decides which columns there are."""

    _within = _permit

    def _share(self, rule: Any) -> None:
        sources, projects = self._chosen(rule)
        n, d = rule.at_least.numerator, rule.at_least.denominator
        weights = np.zeros(len(self.upper), dtype=np.int64)
        for flow, sign in (("in", 1), ("out", -1)):
            at = self._ends(flow)
            weights[at] = sign * sources[at] * (d * projects[at].astype(np.int64) - n)
        funding, ledger = self.ledger.funding, self.ledger
        mine = rule.source.mask(ledger.sources)[funding.source]
        theirs = rule.project.mask(ledger.projects)[funding.project]
        part, whole = (int(funding.planned[one].sum()) for one in (mine & theirs, mine))
        at = np.flatnonzero(weights)
        one = np.zeros(len(at), dtype=np.int64)
        self._add(RULE, one, at, weights[at], [n * whole - d * part], d, floor=True)

    def _cap(self, rule: Any) -> None:
        sources, projects = self._chosen(rule)
        funding, ledger = self.ledger.funding, self.ledger
        field = ledger.projects.fields.get(rule.per or "")
        count = len(ledger.projects)
        codes = np.arange(count) if rule.per == "id" else np.zeros(count, dtype=np.int64)
        codes = codes if field is None else field.codes
        at = self._ends(rule.flow)
        at = at[(sources & projects)[at]]
        size = int(codes.max()) + 1
        if isinstance(rule.at_most, Fraction):
            mine = rule.source.mask(ledger.sources)[funding.source]
            mine &= rule.project.mask(ledger.projects)[funding.project]
            held = np.zeros(size, dtype=np.int64)
            np.add.at(held, codes[funding.project[mine]], funding.planned[mine])
            limits = [int(rule.at_most * cents) for cents in held.tolist()]
        else:
            limits = [rule.at_most] * size
        self._add(RULE, codes[self.project[at]], at, np.ones(len(at)), limits)

    def _reserve(self, rule: Any) -> None:
        """What leaves a source: its unallocated money and what is released of it."""
        chosen = rule.source.mask(self.ledger.sources)
        available = self.balance.available
        share = rule.at_least
        kept = [-(-int(a) * share.numerator // share.denominator) for a in available]
        most = [int(a) - k for a, k in zip(available, kept, strict=True)]
        at = np.r_[self.family(1), self.family(2)]
        at = at[chosen[self.source[at]]]
        self._add(RULE, self.source[at], at, np.ones(len(at)), most)

    def _ratios(self) -> None:
        """The lowest ratio of what a group receives to what its reachable projects lack."""
        (aim,) = self.policy.objectives
        ins, measure = self.family(0), self.family(5)[0]
        codes = self.ledger.projects.fields[aim.by].codes
        reached = np.unique(self.project[ins])
        lacks = np.zeros(int(codes.max()) + 1, dtype=np.int64)
        np.add.at(lacks, codes[reached], self.balance.gap[reached])
        groups = np.flatnonzero(lacks)
        self._add(
            RATIO,
            np.r_[codes[self.project[ins]], groups],
            np.r_[ins, np.full(len(groups), measure)],
            np.r_[np.ones(len(ins), dtype=np.int64), -lacks[groups]],
            np.zeros(len(lacks)),
            floor=True,
        )

    @cached_property
    def arrays(self) -> Arrays:
        """The same in yuan and floats, as a modeller would hand it over."""
        lines = self.lines
        widths = np.diff(lines.starts)
        values = lines.coefficients / np.repeat(lines.scale, widths)
        if self.widths[5]:
            values[lines.columns == len(self.upper) - 1] /= self.unit * 100
        return Arrays(
            -self.weight,
            self.upper / 100,
            lines.starts,
            lines.columns,
            values,
            _yuan(lines.lower, lines.scale, -np.inf),
            _yuan(lines.upper, lines.scale, np.inf),
        )

    def rounded(self, yuan: np.ndarray) -> tuple[int, int]:
        """Round to cents: how many rows and bounds break, and by how many cents in all."""
        count = len(self.upper) - self.widths[5]
        cents = np.zeros(len(self.upper), dtype=np.int64)
        cents[:count] = np.rint(np.asarray(yuan)[:count] * 100)
        over = np.maximum(0, np.maximum(-cents, cents - self.upper))
        broken, total = int((over > 0).sum()), int(over.sum())
        lines = self.lines
        sums = np.add.reduceat(lines.coefficients * cents[lines.columns], lines.starts[:-1])
        table = zip(sums.tolist(), lines.lower, lines.upper, lines.scale.tolist(), strict=True)
        for (value, lower, upper, scale), kind in zip(table, lines.kind.tolist(), strict=True):
            off = 0
            if upper is not None:
                off = max(off, value - upper)
            if lower is not None and kind != RATIO:
                off = max(off, lower - value)
            broken += off > 0
            total += -(-off // scale)
        return broken, total


@dataclass(frozen=True, eq=False)
class Arrays:
    """Minimise ``costs @ x`` with 0 <= x <= upper and lower <= A x <= above, in yuan."""

    costs: np.ndarray
    upper: np.ndarray
    starts: np.ndarray
    columns: np.ndarray
    values: np.ndarray
    lower: np.ndarray
    above: np.ndarray

    def matrix(self) -> Any:
        """The rows as a sparse matrix of scipy."""
        from scipy.sparse import csr_matrix

        shape = (len(self.lower), len(self.upper))
        return csr_matrix((self.values, self.columns, self.starts), shape=shape)


def _yuan(limits: Iterable[int | None], scale: np.ndarray, missing: float) -> np.ndarray:
    known = [missing if limit is None else limit / 100 for limit in limits]
    return np.array(known, dtype=float) / scale
