"""One proof per level: its multipliers, and how much each earlier level has to weigh in it.

A later level is optimal only among plans that are optimal in the earlier ones. Added to it with large
enough weights, the earlier levels turn that into an ordinary bound, for any plan: with `w` the weights,
``level_k + sum(w_m * level_m) <= optimum_k + sum(w_m * optimum_m)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from surplus.exact.basis import Exact
from surplus.exact.vertex import Vertex


@dataclass(frozen=True, eq=False)
class Combination:
    """What proves one level.

    Attributes:
        weights: Of the earlier levels, at least 0.
        prices: By part, the multiplier of each row for the level with the earlier ones added.
    """

    weights: Sequence[Fraction]
    prices: Sequence[Exact]


def combinations(vertices: Sequence[Vertex], levels: int) -> list[Combination]:
    """A proof of each of the first `levels` levels, over all parts of a program together."""
    parts = [_Part.of(vertex, levels) for vertex in vertices]
    return [_combination(parts, k) for k in range(levels)]


def apart(vertices: Sequence[Vertex], levels: int) -> list[Combination]:
    """A proof of each level that leaves the earlier ones aside."""
    none = [Fraction(0)] * levels
    return [
        Combination(none[:k], [_prices(vertex, k, ()) for vertex in vertices])
        for k in range(levels)
    ]


@dataclass(frozen=True, eq=False)
class _Part:
    """What the levels gain from each entry of a part.

    Attributes:
        gains: By level, as `_gains` has it.
        first: By level, the entries that no earlier level gains or loses from.
    """

    vertex: Vertex
    gains: Sequence[dict[int, Fraction]]
    first: Sequence[list[int]]

    @staticmethod
    def of(vertex: Vertex, levels: int) -> _Part:
        gains = [_gains(vertex, k) for k in range(levels)]
        first: list[list[int]] = []
        seen: set[int] = set()
        for gain in gains:
            first.append([j for j in gain if j not in seen])
            seen.update(first[-1])
        return _Part(vertex, gains, first)


def _combination(parts: Sequence[_Part], k: int) -> Combination:
    weights = [Fraction(0)] * k
    gains = [dict(part.gains[k]) for part in parts]  # what no entry may have above 0
    for m in reversed(range(k)):
        for part, gain in zip(parts, gains, strict=True):
            own = part.gains[m]
            for j in part.first[m]:
                if own[j] < 0 and gain.get(j, 0) > 0:
                    weights[m] = max(weights[m], gain[j] / -own[j])
        if weights[m]:
            for part, gain in zip(parts, gains, strict=True):
                for j, value in part.gains[m].items():
                    gain[j] = gain.get(j, Fraction(0)) + weights[m] * value
    return Combination(weights, [_prices(part.vertex, k, weights) for part in parts])


def _gains(vertex: Vertex, k: int) -> dict[int, Fraction]:
    """What moving each non-basic column, or slack, would add to a level; zeros are left out."""
    scale = vertex.y_scale[k]
    columns = np.where(vertex.at_upper, -vertex.reduced[k], vertex.reduced[k])
    result = {
        int(j): Fraction(int(columns[j]), scale)
        for j in np.flatnonzero((columns != 0) & vertex.movable)
    }
    count = len(columns)
    for i in np.flatnonzero((vertex.y[k] != 0) & ~vertex.equal):
        result[count + int(i)] = Fraction(-int(vertex.y[k][i]), scale)
    return result


def _prices(vertex: Vertex, k: int, weights: Sequence[Fraction]) -> Exact:
    result = np.zeros(len(vertex.y[k]), dtype=object)
    for factor, m in ((Fraction(1), k), *((w, m) for m, w in enumerate(weights) if w)):
        for i in np.flatnonzero(vertex.y[m]):
            result[i] += factor * Fraction(int(vertex.y[m][i]), vertex.y_scale[m])
    return result
