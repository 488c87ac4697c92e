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
    return [_combination(vertices, k) for k in range(levels)]


def apart(vertices: Sequence[Vertex], levels: int) -> list[Combination]:
    """A proof of each level that leaves the earlier ones aside."""
    none = [Fraction(0)] * levels
    return [
        Combination(none[:k], [_prices(vertex, k, ()) for vertex in vertices])
        for k in range(levels)
    ]


def _combination(vertices: Sequence[Vertex], k: int) -> Combination:
    weights = [Fraction(0)] * k
    gains = [_gains(vertex, k) for vertex in vertices]  # what no entry may have above 0
    for m in reversed(range(k)):
        for vertex, gain in zip(vertices, gains, strict=True):
            if gain:
                own = _gains(vertex, m)
                earlier = set().union(*(_gains(vertex, i) for i in range(m)))
                for j, value in gain.items():
                    if value > 0 and j not in earlier and own.get(j, 0) < 0:
                        weights[m] = max(weights[m], value / -own[j])
        if weights[m]:
            for vertex, gain in zip(vertices, gains, strict=True):
                for j, value in _gains(vertex, m).items():
                    gain[j] = gain.get(j, Fraction(0)) + weights[m] * value
    return Combination(weights, [_prices(vertex, k, weights) for vertex in vertices])


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
