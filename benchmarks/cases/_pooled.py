"""The program of the design, section 3, over single projects: a peer's view, without classes.

Columns are in[s,p], out[p,s] and used[s,pool]; money is in cents and all coefficients are integers.
It shares with surplus the facts (the balance) and the selections of the rules, nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

import surplus


@dataclass
class Row:
    """lower ≤ Σ coefficient × cents ≤ upper, in units of cents × scale; None is unbounded."""

    columns: np.ndarray
    coefficients: np.ndarray
    lower: int | None
    upper: int | None
    scale: int = 1


class Pooled:
    """Columns and rows of one ledger under one policy of `surplus.generate`."""

    def __init__(self, ledger: Any, policy: Any) -> None:
        self.ledger, self.policy = ledger, policy
        balance = surplus.balances(ledger, policy.terms)
        projects, funding = ledger.projects, ledger.funding
        count = len(ledger.sources)
        self.free = np.array([source.unallocated for source in ledger.sources])
        takers = np.flatnonzero(balance.gap > 0)
        opened = self._opened(takers)
        at, self.in_source = np.nonzero(opened)
        self.in_project = takers[at]
        lots = np.flatnonzero(balance.releasable > 0)
        self.out_source, self.out_project = funding.source[lots], funding.project[lots]
        self.gap, self.releasable = balance.gap, balance.releasable[lots]
        in_pool = self._pool(self.in_source, self.in_project)
        out_pool = self._pool(self.out_source, self.out_project)
        pools = np.unique(np.r_[in_pool, out_pool])
        self.used_source = pools % count
        self.widths = (len(self.in_source), len(self.out_source), len(pools))
        self.upper = np.r_[
            balance.gap[self.in_project], self.releasable, self.free[self.used_source]
        ]
        self.priority = np.zeros(sum(self.widths))
        self.priority[: self.widths[0]] = projects.priority[self.in_project] / 1e6
        self.pool = np.searchsorted(pools, np.r_[in_pool, out_pool, pools])
        self.rows: list[Row] = []
        sign = np.repeat([-1, 1, 1], self.widths)
        self._grouped(
            self.pool, np.arange(len(self.upper)), sign, dict.fromkeys(range(len(pools)), 0), True
        )
        first = sum(self.widths[:2])
        limits = dict(enumerate(self.free.tolist()))
        ones = np.ones(len(pools), dtype=np.int64)
        self._grouped(self.used_source, first + np.arange(len(pools)), ones, limits)
        ones = np.ones(self.widths[0], dtype=np.int64)
        full = dict(zip(takers.tolist(), balance.gap[takers].tolist(), strict=True))
        self._grouped(self.in_project, np.arange(self.widths[0]), ones, full)
        for rule in policy.rules:
            getattr(self, f"_{rule.kind}")(rule)

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

    def _grouped(
        self,
        group: np.ndarray,
        columns: np.ndarray,
        signs: np.ndarray,
        limits: dict[int, int],
        equal: bool = False,
    ) -> None:
        order = np.argsort(group, kind="stable")
        cuts = np.flatnonzero(np.diff(group[order])) + 1
        for part in np.split(order, cuts) if len(order) else ():
            limit = limits[int(group[part[0]])]
            self.rows.append(Row(columns[part], signs[part], limit if equal else None, limit))

    def _chosen(self, rule: Any) -> tuple[np.ndarray, np.ndarray]:
        return rule.source.mask(self.ledger.sources), rule.project.mask(self.ledger.projects)

    def _permit(self, rule: Any) -> None:
        """Decides which columns there are."""

    _within = _permit

    def _share(self, rule: Any) -> None:
        sources, projects = self._chosen(rule)
        n, d = rule.at_least.numerator, rule.at_least.denominator
        weights = np.r_[
            sources[self.in_source] * (d * projects[self.in_project] - n),
            -1 * sources[self.out_source] * (d * projects[self.out_project].astype(np.int64) - n),
            np.zeros(self.widths[2], dtype=np.int64),
        ]
        funding = self.ledger.funding
        mine = sources[funding.source]
        part = int(funding.planned[mine & projects[funding.project]].sum())
        at = np.flatnonzero(weights)
        self.rows.append(
            Row(at, weights[at], n * int(funding.planned[mine].sum()) - d * part, None, d)
        )

    def _cap(self, rule: Any) -> None:
        sources, projects = self._chosen(rule)
        funding = self.ledger.funding
        field = self.ledger.projects.fields.get(rule.per or "")
        codes = np.zeros(len(projects), dtype=np.int64) if field is None else field.codes
        if rule.flow == "in":
            source, project, first = self.in_source, self.in_project, 0
        else:
            source, project, first = self.out_source, self.out_project, self.widths[0]
        at = np.flatnonzero(sources[source] & projects[project])
        if isinstance(rule.at_most, Fraction):
            mine = sources[funding.source] & projects[funding.project]
            held = np.zeros(int(codes.max()) + 1, dtype=np.int64)
            np.add.at(held, codes[funding.project[mine]], funding.planned[mine])
            limits = {i: int(rule.at_most * cents) for i, cents in enumerate(held.tolist())}
        else:
            limits = dict.fromkeys(range(int(codes.max()) + 1), rule.at_most)
        self._grouped(codes[project[at]], first + at, np.ones(len(at), dtype=np.int64), limits)

    def _reserve(self, rule: Any) -> None:
        chosen = rule.source.mask(self.ledger.sources)
        available = self.free.copy()
        np.add.at(available, self.out_source, self.releasable)
        for s in np.flatnonzero(chosen):
            most = (
                int(available[s])
                + -(int(available[s]) * rule.at_least.numerator) // rule.at_least.denominator
            )
            at = np.flatnonzero(self.in_source == s)
            self.rows.append(Row(at, np.ones(len(at), dtype=np.int64), None, most))

    def rounded(self, yuan: np.ndarray) -> tuple[int, int]:
        """Round to cents: how many rows and bounds break, and by how many cents in all."""
        cents = np.rint(np.asarray(yuan) * 100).astype(np.int64)
        over = np.maximum(0, np.maximum(-cents, cents - self.upper))
        broken, total = int((over > 0).sum()), int(over.sum())
        for row in self.rows:
            value = int((cents[row.columns] * row.coefficients).sum())
            off = 0
            if row.upper is not None:
                off = max(off, value - row.upper)
            if row.lower is not None:
                off = max(off, row.lower - value)
            broken += off > 0
            total += -(-off // row.scale)
        return broken, total
