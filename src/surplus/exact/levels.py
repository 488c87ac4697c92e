"""Level by level to the exact optimum: each level is decided on the optimal face of the earlier ones.

A level's prices may come from another basis than those of the next: what proves a level are its own
multipliers, and the earlier levels weigh out whatever they leave open (`exact/combined.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from surplus.errors import SolverError, Stop
from surplus.exact.basis import Basis, Exact, Matrix, Solved, fitted, solved
from surplus.exact.face import Face, face, undecided
from surplus.exact.guess import guessed
from surplus.exact.simplex import improved
from surplus.ledger.columns import Index, Mask
from surplus.program import Program
from surplus.solvers import Claim, Floats

Ask = Callable[[Program, Floats], Claim]

_PART = 1e-4
"""The weight of a level in a blend, as a part of the one before."""
_TOGETHER = 6
"""Levels whose prices are worked out at a time; a blend says nothing of the later ones."""
_NEAR = 1000
_REFINED = 4


@dataclass(frozen=True, eq=False)
class Optimal:
    """A point that is optimal in all levels, and what proves it.

    Attributes:
        x, scale: ``x / scale`` is the point, one entry per column.
        at_upper: Columns that stand at their upper bound.
        y, y_scale: Per level the multipliers of the rows, times the level's scale.
        reduced: Per level weight less price of the columns, times the same.
    """

    x: Exact
    scale: int
    at_upper: Mask
    y: Sequence[Exact]
    y_scale: Sequence[int]
    reduced: Sequence[Exact]


def start(program: Program, ask: Ask) -> Solved | None:
    """A feasible basis that a solver claims; None where there is none.

    Raises:
        SolverError: When the solver stops without an answer.
    """
    return _hinted(program, Matrix(program), ask)


def lexicographic(program: Program, here: Solved, ask: Ask) -> Optimal:
    """Improve a feasible basis until no level can be.

    Args:
        program: What to maximise.
        here: The basis, solved for the first levels at least.
        ask: A solver, asked for hints.
    """
    whole = _Whole.of(program)
    part, matrix = program, Matrix(program)
    while True:
        if undecided(here, part) == 0:
            here = _optimal(part, matrix, here, ask)
        k = undecided(here, part)
        whole.decide(here, k)
        if k == len(part.levels):
            return whole.at(here)
        left = face(part, here, k)
        whole.narrow(left)
        part, matrix = left.program, Matrix(left.program)
        following = _hinted(part, matrix, ask)
        if following is None:
            following = solved(matrix, part.levels[:_TOGETHER], left.part())
            assert following is not None
        here = following


class _Whole:
    """Puts what the faces say together for the whole program; filled as the levels are decided."""

    def __init__(self, program: Program, columns: Index, rows: Index) -> None:
        self._program, self._matrix = program, Matrix(program)
        self._columns, self._rows = columns, rows
        self._fixed = np.zeros(len(columns), dtype=np.int64)
        self._at_upper = np.zeros(len(columns), dtype=np.bool_)
        self._y: list[Exact] = []
        self._y_scale: list[int] = []

    @classmethod
    def of(cls, program: Program) -> _Whole:
        return cls(program, np.arange(len(program.upper)), np.arange(len(program.rows)))

    def decide(self, here: Solved, levels: int) -> None:
        """The next levels are optimal by these multipliers."""
        for y, scale in zip(here.y[:levels], here.y_scale, strict=False):
            wide = np.zeros(len(self._program.rows), dtype=y.dtype)
            wide[self._rows] = y
            self._y.append(wide)
            self._y_scale.append(scale)

    def narrow(self, left: Face) -> None:
        """Only these columns and rows are open from now on."""
        self._fixed[self._columns] += left.fixed
        self._at_upper[self._columns] = left.start.at_upper
        self._columns, self._rows = self._columns[left.columns], self._rows[left.rows]

    def at(self, here: Solved) -> Optimal:
        """The last levels are optimal at this point."""
        x = self._fixed.astype(object) * here.scale
        x[self._columns] = x[self._columns] + here.x
        self._at_upper[self._columns] = here.basis.at_upper
        levels = zip(self._program.levels, self._y, self._y_scale, strict=True)
        reduced = [
            fitted(level.astype(object) * scale) - self._matrix.transposed_times(y)
            for level, y, scale in levels
        ]
        return Optimal(fitted(x), here.scale, self._at_upper, self._y, self._y_scale, reduced)


def _optimal(program: Program, matrix: Matrix, here: Solved, ask: Ask) -> Solved:
    """Make the first level optimal: by asking for what is small beside the rest, then by pivots."""
    first = program.levels[:1]
    here = here.up_to(1)
    for _ in range(_REFINED):
        better = _refined(program, matrix, here, ask)
        if better is None:
            break
        here = better
    done = improved(matrix, first, here)
    again = solved(matrix, program.levels[:_TOGETHER], done.basis)
    assert again is not None
    return again


def _refined(program: Program, matrix: Matrix, here: Solved, ask: Ask) -> Solved | None:
    """A better basis where what is wrong is small beside the rest; None where there is none.

    A solver's tolerances hide it. What weighs far more stays as it is, and the rest, with the prices of
    what stays taken off, is asked for in a size of its own.
    """
    worst = _worst(program, here)
    if not worst:
        return None
    scale, above = here.y_scale[0], int(worst * _NEAR) + 1
    largest = max(int(np.abs(v).max(initial=0)) for v in (here.reduced[0], here.y[0]))
    if largest <= above * scale:
        return None
    left = face(program, here, 1, above)
    stays = np.abs(here.y[0]) > above * scale
    priced = np.where(stays & ~here.basis.rows, here.y[0], 0)
    rest = program.levels[0].astype(object) * scale - matrix.transposed_times(fitted(priced))
    basis = _claimed(left.program, (rest[left.columns] / scale).astype(np.float64), ask)
    there = None if basis is None else solved(matrix, program.levels[:1], left.whole(basis))
    if there is None or not there.feasible(program) or _worst(program, there) >= worst:
        return None
    return there if _value(program, there) >= _value(program, here) else None


def _worst(program: Program, here: Solved) -> Fraction:
    """How much one unit of a column or slack could improve the first level at most."""
    columns, rows = here.up_to(1).attractive(program)
    candidates = [*here.reduced[0][columns].tolist(), *here.y[0][rows].tolist()]
    return Fraction(max(map(abs, candidates), default=0), here.y_scale[0])


def _value(program: Program, here: Solved) -> Fraction:
    pairs = zip(program.levels[0].tolist(), here.x.tolist(), strict=True)
    return Fraction(sum(w * v for w, v in pairs if w), here.scale)


def _hinted(program: Program, matrix: Matrix, ask: Ask) -> Solved | None:
    """The feasible basis that a solver claims for a blend of all levels, solved exactly."""
    basis = _claimed(program, blended(program), ask)
    here = None if basis is None else solved(matrix, program.levels[:_TOGETHER], basis)
    return here if here is not None and here.feasible(program) else None


def _claimed(program: Program, weights: Floats, ask: Ask) -> Basis | None:
    claim = ask(program, weights)
    if claim.values is None:
        if claim.stop in (Stop.TIME_LIMIT, Stop.ERROR):
            raise SolverError(claim.stop)
        return None
    if claim.basic_columns is None or claim.basic_rows is None or claim.at_upper is None:
        return guessed(program, claim.values)
    return Basis(claim.basic_columns, claim.basic_rows, claim.at_upper)


def blended(program: Program) -> Floats:
    """All levels in one objective for a solver's hint: each a small part of the one before.

    A level counts by what its columns can come to: a ratio from 0 to 1 beside millions of cents.
    """
    result = np.zeros(len(program.upper))
    part = 1.0
    for level in program.levels:
        top = float((np.abs(level) * program.upper.astype(np.float64)).max(initial=0))
        if top > 0:
            result += part * level / top
            part *= _PART
    return result
