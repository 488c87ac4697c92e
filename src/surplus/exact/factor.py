"""Sparse elimination in exact numbers: integers where they divide, fractions where they must."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cached_property

Number = int | Fraction


_SPARSE = 16


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
        if len(left) * _SPARSE < len(self._pivots):
            return self._sparse_transposed(left)
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

    def _sparse_transposed(self, left: Mapping[int, Number]) -> dict[int, Number]:
        """The same for a few entries: only pivots that they reach are visited, in their order."""
        place = self._place
        c_left = dict(left)
        z: dict[int, Number] = {}
        ahead = [place[c] for c in c_left]
        heapq.heapify(ahead)
        seen = set(ahead)
        while ahead:
            k = heapq.heappop(ahead)
            r, c, pivot, rest = self._pivots[k]
            value = c_left.get(c, 0)
            if value == 0:
                continue
            z[r] = value = _divide(value, pivot)
            for j, a in rest.items():
                c_left[j] = c_left.get(j, 0) - a * value
                if place[j] not in seen:
                    seen.add(place[j])
                    heapq.heappush(ahead, place[j])
        seen = {-k for r in z for k in self._uses.get(r, ())}
        behind = [*seen]
        heapq.heapify(behind)
        while behind:
            k = -heapq.heappop(behind)
            r = self._pivots[k][0]
            was = value = z.get(r, 0)
            for i, scale in self._lower[k]:
                if i in z:
                    value -= scale * z[i]
            z[r] = value
            if value != was:
                for k in self._uses.get(r, ()):
                    if -k not in seen:
                        seen.add(-k)
                        heapq.heappush(behind, -k)
        return {r: value for r, value in z.items() if value != 0}

    @cached_property
    def _place(self) -> dict[int, int]:
        """The pivot of each column."""
        return {c: k for k, (_, c, _, _) in enumerate(self._pivots)}

    @cached_property
    def _uses(self) -> dict[int, list[int]]:
        """The pivots that each row was reduced by."""
        uses: dict[int, list[int]] = {}
        for k, lower in enumerate(self._lower):
            for i, _ in lower:
                uses.setdefault(i, []).append(k)
        return uses
