"""What is left of a program once some levels are optimal: its exact optimal face, a smaller program.

What is optimal in a level is exact: columns with a reduced cost stay at their bounds, and rows with a
price stay tight. No row "level >= its optimum" is needed, on which solvers fail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from surplus.exact.basis import Basis, Exact, Solved
from surplus.ledger.columns import Cents, Index, Mask
from surplus.program import Program, Weights


@dataclass(frozen=True, eq=False)
class Face:
    """A program of the columns and rows that are not decided yet.

    Attributes:
        program: Its levels are those that are left.
        columns, rows: Where its columns and rows are in the whole program.
        start: The basis of the whole program that the others keep.
        fixed: By column of the whole program, the amount at which it stays; 0 for those that are left.
    """

    program: Program
    columns: Index
    rows: Index
    start: Basis
    fixed: Cents

    def part(self) -> Basis:
        """The basis of the whole program, as one of the face."""
        columns, rows, at_upper = self.start.columns, self.start.rows, self.start.at_upper
        return Basis(columns[self.columns], rows[self.rows], at_upper[self.columns])

    def whole(self, basis: Basis) -> Basis:
        """A basis of the face, as one of the whole program."""
        columns, rows = np.zeros_like(self.start.columns), np.ones_like(self.start.rows)
        at_upper = self.start.at_upper.copy()
        columns[self.columns] = basis.columns
        rows[self.rows] = basis.rows
        at_upper[self.columns] = basis.at_upper
        return Basis(columns, rows, at_upper)


def undecided(here: Solved, program: Program) -> int:
    """The first level that a column or row could still improve; the number of levels if none could."""
    columns, rows = here.attractive(program)
    first = [_first_level(here.reduced, columns), _first_level(here.y, rows)]
    return min(len(here.reduced), *first)


def _first_level(levels: Sequence[Exact], at: Mask) -> int:
    for k, level in enumerate(levels):
        if np.any(level[at] != 0):
            return k
    return len(levels)


def face(program: Program, here: Solved, levels: int, above: int = 0) -> Face:
    """What is left to decide once the first `levels` levels are optimal.

    Args:
        program: The whole.
        here: A basis that is optimal in those levels.
        levels: How many they are.
        above: With more than 0, only what weighs more than this in one of the levels is decided.
    """
    basis = here.basis
    fixed = ~basis.columns & _heavy(here.reduced[:levels], here, above)
    tight = ~basis.rows & _heavy(here.y[:levels], here, above)
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
        value,
    )


def _heavy(levels: Sequence[Exact], here: Solved, above: int) -> Mask:
    """Where a level is not 0, or further from 0 than `above`."""
    result = np.zeros(len(levels[0]), dtype=np.bool_)
    for level, scale in zip(levels, here.y_scale, strict=False):
        result |= (level > above * scale) | (level < -above * scale)
    return result
