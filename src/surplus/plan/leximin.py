"""Leximin in whole cents: the cents of each group are stairs, climbed from the lowest ratio on.

A plan is better where fewer groups stand on the lowest step on which the two differ. So a step from `n`
to `n + 1` cents of a group that lacks `g` counts for the ratio `n / g` that it leaves and against the
one that it comes to: a lexicographic program over ratios, the lowest first, solved some at a time.
Where the rules are a network, what groups may receive is a polymatroid, for which the order of the
weights is all that matters (Federgruen and Groenevelt: The greedy procedure for resource allocation
problems, Operations Research 34, 1986), so even many steps at a time lead to the leximin optimum.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from surplus.exact import Vertex
from surplus.ledger.columns import Cents, Index, Mask
from surplus.program import Ratio
from surplus.solvers import Floats, Line, solve_mixed

_SLACK = 1e-7
_FINE = 40  # steps around the optimum, over all groups, that are told apart one by one
_MANY = 60  # groups
_WEIGHT = 4096
_BATCHES = 4


@dataclass(eq=False)
class Search:
    """A plan in whole cents that is sought level by level, counted from a floor.

    Attributes:
        low, high: Bounds of the steps.
        whole: The columns that take whole steps.
        unit: What one step of each column is in the program.
        lines: Rows, and what earlier levels have reached.
        found: The best so far.
    """

    low: Floats
    high: Floats
    whole: Mask
    unit: Floats
    lines: list[Line]
    found: Floats | None = field(default=None)

    def improved(self, weights: Floats, gap: float = 0.0, keep: bool = True) -> bool:
        """Maximise, and keep what was reached; False where nothing was found."""
        largest = float(np.abs(weights).max(initial=0))
        if largest == 0 and self.found is not None:
            return True
        weights = weights / (largest or 1.0)
        better = self._best(weights, gap)
        if better is None:
            return False
        self.found = better
        if not keep:
            return True
        at = np.flatnonzero(weights)
        reached = float(weights @ better)
        self.lines.append(Line(at, -weights[at], _SLACK - reached, False))
        return True

    def _best(self, weights: Floats, gap: float) -> Floats | None:
        """A vertex of a network is whole by itself; where it is not, a search over whole numbers."""
        if not np.any(~self.whole):
            free = np.zeros_like(self.whole)
            vertex = solve_mixed(self.low, self.high, free, self.lines, weights)
            if vertex is not None and np.all(np.abs(vertex - np.rint(vertex)) < _SLACK):
                return np.rint(vertex)
        return solve_mixed(self.low, self.high, self.whole, self.lines, weights, gap=gap)

    def widened(self, high: Floats) -> Index:
        """New columns for whole steps from 0 on; where they are."""
        first, count = len(self.low), len(high)
        self.low = np.append(self.low, np.zeros(count))
        self.high = np.append(self.high, high)
        self.whole = np.append(self.whole, np.ones(count, dtype=np.bool_))
        self.unit = np.append(self.unit, np.ones(count))
        if self.found is not None:
            self.found = np.append(self.found, np.zeros(count))
        return np.arange(first, first + count)


class _Stair(NamedTuple):
    """Steps of one group that are not told apart: `height` cents from some on, of `whole` that it lacks."""

    group: int
    start: int
    height: int
    whole: int

    @property
    def ratio(self) -> Fraction:
        """What the group stands on that does not climb."""
        return Fraction(self.start, self.whole)


def raised(
    search: Search,
    ratios: Sequence[Ratio],
    vertex: Vertex,
    floor: Cents,
    chosen: Index,
    width: int,
) -> bool:
    """Raise the lowest ratios as far as whole cents allow, and keep them; False where nothing is found."""
    place = np.full(len(floor), -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    fine = max(1, min(width, _FINE // max(1, len(ratios))))
    stairs: list[_Stair] = []
    first = len(search.low)
    for g, ratio in enumerate(ratios):
        at = place[ratio.columns]
        at = at[at >= 0]
        base = int(floor[ratio.columns].sum())
        lowest, highest = base + int(search.low[at].sum()), base + int(search.high[at].sum())
        best = sum(int(v) for v in vertex.x[ratio.columns]) // vertex.scale
        start = min(max(lowest, best - width), highest)
        told = range(max(start, best - fine), min(highest, best + 1 + fine) + 1)
        mine = [
            _Stair(g, a, b - a, ratio.whole) for a, b in pairwise([start, *told, highest]) if b > a
        ]
        columns = search.widened(np.array([float(stair.height) for stair in mine]))
        stairs += mine
        entries = np.append(at, columns), np.append(np.ones(len(at)), -np.ones(len(columns)))
        search.lines.append(Line(*entries, float(start - base), True))
    if not stairs:
        return search.improved(np.zeros(len(search.low)))
    exact = len(ratios) <= _MANY
    for batch in _exact(stairs) if exact else _ranked(stairs):
        at = np.array([*batch], dtype=np.int64)
        if search.found is not None and _climbed(search.found[first:], stairs, at):
            search.low[first + at] = search.high[first + at]
            continue
        weights = np.zeros(len(search.low))
        weights[first + at] = [*batch.values()]
        if not search.improved(weights, keep=exact):
            return False
        if not exact:
            assert search.found is not None
            search.low[first + at] = search.high[first + at] = np.rint(search.found[first + at])
    return True


def _climbed(found: Floats, stairs: Sequence[_Stair], at: Index) -> bool:
    """Whether a plan climbs all of some stairs, each group's lower ones first."""
    left: dict[int, int] = defaultdict(int)
    for stair, steps in zip(stairs, np.rint(found).astype(np.int64).tolist(), strict=True):
        left[stair.group] += steps
    full = np.zeros(len(stairs), dtype=np.bool_)
    for i, stair in enumerate(stairs):
        full[i] = left[stair.group] >= stair.height
        left[stair.group] -= stair.height
    return bool(full[at].all())


def _exact(stairs: Sequence[_Stair]) -> Iterator[dict[int, int]]:
    """Weights by stair for ratios from the lowest on, as many at a time as floats tell apart.

    Of each ratio counts who leaves it, less who comes to stand on it; the weight of a ratio is above
    all that can happen on the later ones.
    """
    counts: dict[Fraction, dict[int, int]] = defaultdict(dict)
    for i, stair in enumerate(stairs):
        counts[stair.ratio][i] = 1
        if stair.height == 1:
            counts[stair.ratio + Fraction(1, stair.whole)][i] = -1
    batch: list[dict[int, int]] = []
    size = 1
    for ratio in sorted(counts):
        room = 1 + sum(stairs[i].height for i in counts[ratio])
        if batch and size * room > _WEIGHT:
            yield _weighed(stairs, batch)
            batch, size = [], 1
        batch.append(counts[ratio])
        size *= room
    yield _weighed(stairs, batch)


def _weighed(stairs: Sequence[_Stair], batch: Sequence[dict[int, int]]) -> dict[int, int]:
    weight, result = 1, defaultdict[int, int](int)
    for counts in reversed(batch):
        for i, sign in counts.items():
            result[i] += weight * sign
        weight *= 1 + sum(stairs[i].height for i in counts)
    return result


def _ranked(stairs: Sequence[_Stair]) -> Iterator[dict[int, float]]:
    """Many steps at a time: the lowest ratio weighs most; of equals the step that is highest."""
    order = sorted(range(len(stairs)), key=lambda i: (stairs[i].ratio, stairs[i].whole, i))
    size = -(-len(order) // _BATCHES)
    for start in range(0, len(order), size):
        yield {i: 2.0 - k / size for k, i in enumerate(order[start : start + size])}
