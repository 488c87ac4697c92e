"""Sparse elimination in exact numbers: integers where they divide, fractions where they must."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from fractions import Fraction

Number = int | Fraction


def _divide(a: Number, b: Number) -> Number:
    if b == 1:
        return a
    if b == -1:
        return -a
    result = Fraction(a) / Fraction(b)
    return result.numerator if result.denominator == 1 else result


class Factor:
    """``B = L U`` of a square sparse matrix, by rows, fewest entries first.

    The structure is nearly triangular (pools and gaps are ±1), so most pivots are singletons.
    """

    def __init__(self, rows: Sequence[Mapping[int, int]]) -> None:
        work: list[dict[int, Number]] = [dict(row) for row in rows]
        holders: dict[int, set[int]] = {}
        for i, row in enumerate(work):
            for j in row:
                holders.setdefault(j, set()).add(i)
        queue = [(1, j) for j, held in holders.items() if len(held) == 1]
        by_length = [(len(row), i) for i, row in enumerate(work)]
        heapq.heapify(by_length)
        done = [False] * len(work)
        self._pivots: list[tuple[int, int, Number, dict[int, Number]]] = []
        self._lower: list[list[tuple[int, Number]]] = []
        self.singular = len(holders) < len(work)
        while len(self._pivots) < len(work) and not self.singular:
            r, c = self._next(work, holders, queue, by_length, done)
            if r < 0:
                self.singular = True
                break
            row = work[r]
            pivot = row[c]
            lower = []
            for j in row:
                holders[j].discard(r)
            for i in list(holders[c]):
                other = work[i]
                scale = _divide(other.pop(c), pivot)
                holders[c].discard(i)
                lower.append((i, scale))
                for j, a in row.items():
                    if j != c:
                        value = other.get(j, 0) - scale * a
                        if value == 0:
                            other.pop(j, None)
                            holders[j].discard(i)
                        else:
                            other[j] = value
                            holders[j].add(i)
                heapq.heappush(by_length, (len(other), i))
            for j in row:
                if len(holders[j]) == 1:
                    queue.append((1, j))
            done[r] = True
            self._pivots.append((r, c, pivot, {j: a for j, a in row.items() if j != c}))
            self._lower.append(lower)

    @staticmethod
    def _next(
        work: list[dict[int, Number]],
        holders: dict[int, set[int]],
        queue: list[tuple[int, int]],
        by_length: list[tuple[int, int]],
        done: list[bool],
    ) -> tuple[int, int]:
        """A column that stands in one row, else the shortest row at its rarest column."""
        while queue:
            _, j = queue.pop()
            if len(holders[j]) == 1:
                return next(iter(holders[j])), j
        while by_length:
            length, i = heapq.heappop(by_length)
            if not done[i] and length == len(work[i]):
                if not work[i]:
                    return -1, -1
                return i, min(work[i], key=lambda j: (len(holders[j]), j))
        return -1, -1

    def solve(self, right: Sequence[Number]) -> dict[int, Number]:
        """X with ``B x = right``, by column; zeros are left out."""
        b = list(right)
        for (r, _, _, _), lower in zip(self._pivots, self._lower, strict=True):
            if b[r] != 0:
                for i, scale in lower:
                    b[i] -= scale * b[r]
        x: dict[int, Number] = {}
        for r, c, pivot, rest in reversed(self._pivots):
            value = b[r]
            for j, a in rest.items():
                if j in x:
                    value -= a * x[j]
            if value != 0:
                x[c] = _divide(value, pivot)
        return x

    def solve_transposed(self, left: Mapping[int, Number]) -> dict[int, Number]:
        """Y with ``B' y = left``, by row; zeros are left out."""
        c_left = dict(left)
        z: dict[int, Number] = {}
        for r, c, pivot, rest in self._pivots:
            value = c_left.get(c, 0)
            if value != 0:
                z[r] = value = _divide(value, pivot)
                for j, a in rest.items():
                    c_left[j] = c_left.get(j, 0) - a * value
        for (r, _, _, _), lower in zip(reversed(self._pivots), reversed(self._lower), strict=True):
            value = z.get(r, 0)
            for i, scale in lower:
                if i in z:
                    value -= scale * z[i]
            if value != 0:
                z[r] = value
            else:
                z.pop(r, None)
        return z
