"""The next level on the exact optimal face of the earlier ones: a small program, and a good start.

One blend of all levels tells a solver little about the later ones: their parts of it are below what
its floats resolve. What is optimal in the earlier levels is exact, so the solver can be asked again
for the rest: columns with a reduced cost and rows with a price stay where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from surplus.exact.basis import Basis, Solved, first_signs
from surplus.exact.factor import Number
from surplus.ledger.columns import Index, Mask
from surplus.program import Program, Row, Weights
from surplus.solvers import Floats

PART = 1e-4
"""The weight of a level in a blend, as a part of the one before."""


@dataclass(frozen=True, eq=False)
class Face:
    """A program of the columns and rows that are not decided yet.

    Attributes:
        program: Its levels are those that are left.
        columns, rows: Where its columns and rows are in the whole program.
        start: The basis of the whole program that the others keep.
        decided: Rows of the whole program that stay tight.
    """

    program: Program
    columns: Index
    rows: Index
    start: Basis
    decided: Mask

    def whole(self, basis: Basis) -> Basis:
        """A basis of the face, as one of the whole program."""
        columns, rows = np.zeros_like(self.start.columns), np.ones_like(self.start.rows)
        at_upper = self.start.at_upper.copy()
        columns[self.columns] = basis.columns
        rows[self.rows] = basis.rows
        at_upper[self.columns] = basis.at_upper
        return Basis(columns, rows, at_upper)

    def seated(self, whole: Program, here: Solved) -> Basis | None:
        """The same point with every decided row tight, so that the earlier levels' prices stay.

        A solver may leave a row that is decided basic with no slack. Columns at a bound, or slacks of
        rows that are not decided, take their places, each the first one whose reduced cost the row's
        price would turn (the ratio test of the dual simplex), so that the next level stays optimal,
        too. None where there are not enough.
        """
        basis = here.basis
        columns, rows, at_upper = (x.copy() for x in (basis.columns, basis.rows, basis.at_upper))
        tight = np.flatnonzero(~basis.rows)
        free = np.zeros_like(columns)
        free[self.columns] = ~basis.columns[self.columns]
        count = len(columns)
        worth = self._worth(here)
        seats: list[tuple[int, dict[int, Number]]] = []
        for r in np.flatnonzero(basis.rows & self.decided).tolist():
            row: dict[int, Number] = {}
            _add(row, whole.rows[r], 1, free)
            inside = _entries(whole.rows[r], basis.columns)
            for k, price in here.factor.solve_transposed(inside).items():
                other = int(tight[k])
                _add(row, whole.rows[other], -price, free)
                if not self.decided[other]:
                    row[count + other] = -price
            for seat, earlier in seats:
                if row.get(seat):
                    factor = Fraction(row[seat]) / earlier[seat]
                    for j, a in earlier.items():
                        row[j] = row.get(j, 0) - factor * a
            ratios = {j: worth[j] / float(a) for j, a in row.items() if a}
            if not ratios:
                return None
            seat = min(ratios, key=lambda j: (abs(ratios[j]), j))
            if ratios[seat]:
                for j, a in row.items():
                    worth[j] -= ratios[seat] * float(a)
            seats.append((seat, row))
            rows[r] = False
            if seat < count:
                columns[seat], at_upper[seat] = True, False
            else:
                rows[seat - count] = True
        return Basis(columns, rows, at_upper)

    def _worth(self, here: Solved) -> Floats:
        """What a step of each column, then of each slack, adds to the levels that are left, blended."""
        levels = len(here.reduced)
        left = range(levels - len(self.program.levels), levels)
        reduced = [np.concatenate([here.reduced[k], -here.y[k]]) for k in left]
        scaled = [
            (r / here.y_scale[k]).astype(np.float64) for r, k in zip(reduced, left, strict=True)
        ]
        tops = [float(np.abs(level).max(initial=0)) or 1.0 for level in self.program.levels]
        parts = [PART**i / top for i, top in enumerate(tops)]
        return np.asarray(sum(p * s for p, s in zip(parts, scaled, strict=True)))


def undecided(here: Solved, program: Program) -> int:
    """The first level that a column or row could still improve; the number of levels if none could."""
    columns, rows = here.attractive(program)
    count = len(here.reduced)
    first = [_first_level(here.reduced, columns), _first_level(here.y, rows)]
    return min(count, *first)


def _first_level(levels: Sequence[np.ndarray[tuple[int], np.dtype[np.object_]]], at: Mask) -> int:
    for k, level in enumerate(levels):
        if np.any(level[at] != 0):
            return k
    return len(levels)


def face(program: Program, here: Solved, levels: int) -> Face:
    """What is left to decide once the first `levels` levels are optimal."""
    basis = here.basis
    fixed = ~basis.columns & (first_signs(here.reduced[:levels]) != 0)
    tight = ~basis.rows & (first_signs(here.y[:levels]) != 0)
    kept = ~fixed
    place = np.cumsum(kept) - 1
    value = np.where(basis.at_upper & fixed, program.upper, 0)
    rows, numbers = [], []
    for i, row in enumerate(program.rows):
        stays = kept[row.columns]
        if not stays.any():
            continue
        gone = zip(
            row.coefficients[~stays].tolist(), value[row.columns[~stays]].tolist(), strict=True
        )
        numbers.append(i)
        rows.append(
            replace(
                row,
                columns=place[row.columns[stays]],
                coefficients=row.coefficients[stays],
                bound=row.bound - sum(a * v for a, v in gone),
                equal=row.equal or bool(tight[i]),
            )
        )
    left: list[Weights] = [level[kept] for level in program.levels[levels:]]
    at = np.flatnonzero(kept)
    names = [program.names[int(j)] for j in at]
    measure = None if program.measure is None else program.measure[at]
    return Face(
        Program(names, program.upper[at], rows, left, None, measure),
        at,
        np.array(numbers, dtype=np.int64),
        basis,
        tight | np.array([row.equal for row in program.rows], dtype=np.bool_),
    )


def _entries(row: Row, chosen: Mask) -> dict[int, Number]:
    pairs = zip(row.columns.tolist(), row.coefficients.tolist(), strict=True)
    return {j: a for j, a in pairs if chosen[j]}


def _add(to: dict[int, Number], row: Row, factor: Number, chosen: Mask) -> None:
    for j, a in _entries(row, chosen).items():
        to[j] = to.get(j, 0) + factor * a
