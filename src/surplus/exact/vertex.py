"""The exact optimum of a program: a solver's basis, proved in rationals or improved until it is.

Levels after the first are asked on the exact optimal face (columns with a reduced cost stay at their
bounds, rows with a multiplier become equalities); a row with the level's value made solvers fail.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from surplus.exact.basis import Basis, Exact, Matrix, Solved, solved
from surplus.exact.simplex import improved, relaxed, slack_basis
from surplus.ledger.columns import Mask
from surplus.program import Program, Row, Weights
from surplus.solvers import Claim, SolverError, Stop

_log = logging.getLogger(__name__)

Ask = Callable[[Program, Weights], Claim]

_EXACT_LIMIT = 20_000
"""Columns up to which the exact simplex may start from nothing."""


@dataclass(frozen=True, eq=False)
class Vertex:
    """The exact optimum.

    Attributes:
        x, scale: ``x / scale`` cents, one entry per column.
        values: The optimum of each level, exact.
        y, y_scale: Per level, multipliers of the rows, times the level's scale.
        reduced: Per level, weight less price of the columns, times the same.
    """

    x: Exact
    scale: int
    values: Sequence[Fraction]
    y: Sequence[Exact]
    y_scale: Sequence[int]
    reduced: Sequence[Exact]


@dataclass(frozen=True, eq=False)
class Contradiction:
    """Proof that no plan exists: multipliers at least 0 of rows whose sum cannot hold.

    Attributes:
        multipliers: By row of the program, whole numbers; 0 for rows that are not needed.
    """

    multipliers: Exact


def optimum(program: Program, ask: Ask) -> Vertex | Contradiction:
    """Maximise all levels, the first one first, exactly.

    Args:
        program: What to maximise.
        ask: A solver, asked for hints.

    Raises:
        SolverError: When the solver stops without an answer.
    """
    found = _hinted(program, ask)
    if found is not None:
        return _vertex(program, found, len(program.upper))
    _log.info("the solver's answer is not exactly optimal; solving in rationals")
    loose = relaxed(program)
    matrix = Matrix(loose)
    start = _hinted(loose, ask) if len(loose.upper) > len(program.upper) else None
    if start is None:
        if len(loose.upper) > _EXACT_LIMIT:
            raise SolverError(Stop.ERROR, "its answer could not be proved exactly")
        start = solved(matrix, loose.levels, slack_basis(loose, len(program.upper)))
        if start is None:
            raise AssertionError("the slack basis is singular; this is a defect of surplus")
    done = improved(matrix, loose.levels, start)
    if any(done.x[len(program.upper) :]):
        return Contradiction(done.y[0])
    return _vertex(program, done, len(program.upper), skip=1)


def _vertex(program: Program, found: Solved, count: int, skip: int = 0) -> Vertex:
    x = found.x[:count]
    values = [
        Fraction(sum(int(w) * int(v) for w, v in zip(level, x, strict=True) if w), found.scale)
        for level in program.levels
    ]
    reduced = [r[:count] for r in found.reduced[skip:]]
    return Vertex(x, found.scale, values, found.y[skip:], found.y_scale[skip:], reduced)


def _hinted(program: Program, ask: Ask) -> Solved | None:
    """Follow the solver level by level; None where its answer is not exactly optimal."""
    matrix = Matrix(program)
    here: Solved | None = None
    for k, level in enumerate(program.levels):
        if here is not None and _is_unique(program, here):
            return solved(matrix, program.levels, here.basis)
        basis = _asked(program, level, here, ask)
        if basis is None:
            return None
        here = solved(matrix, program.levels[: k + 1], basis)
        if here is None or not here.feasible(program):
            return None
        if any(mask.any() for mask in here.attractive(program)):
            here = improved(matrix, program.levels[: k + 1], here)
    return here


def _is_unique(program: Program, here: Solved) -> bool:
    """Whether no other point is as good: every non-basic column and slack has a price."""
    settled = _settled(here) | (program.upper == 0)
    tight = _priced(here) | np.array([row.equal for row in program.rows], dtype=np.bool_)
    return bool(np.all(settled | here.basis.columns) and np.all(tight | here.basis.rows))


def _settled(here: Solved) -> Mask:
    """Columns that stay at their bounds on the optimal face."""
    fixed = np.zeros(len(here.x), dtype=np.bool_)
    for reduced in here.reduced:
        fixed |= reduced != 0
    return fixed


def _priced(here: Solved) -> Mask:
    """Rows that stay tight on the optimal face."""
    tight = np.zeros(len(here.slack), dtype=np.bool_)
    for y in here.y:
        tight |= y != 0
    return tight


def _asked(program: Program, level: Weights, here: Solved | None, ask: Ask) -> Basis | None:
    """Ask for one level on the optimal face of the levels before, and complete the basis."""
    count = len(program.upper)
    if here is None:
        keep, face = np.arange(count), program
    else:
        fixed = _settled(here)
        keep = np.flatnonzero(~fixed)
        face = _face(program, here, fixed, _priced(here))
        level = level[keep]
    claim = ask(face, level)
    if claim.stop in (Stop.TIME_LIMIT, Stop.ERROR):
        raise SolverError(claim.stop)
    if claim.values is None:
        return None
    if claim.basic_columns is None or claim.basic_rows is None or claim.at_upper is None:
        from surplus.exact.guess import guessed  # noqa: PLC0415 - only for solvers without a basis

        inner = guessed(face, claim.values)
    else:
        inner = Basis(claim.basic_columns, claim.basic_rows, claim.at_upper)
    columns = np.zeros(count, dtype=np.bool_)
    columns[keep] = inner.columns
    uppers = np.zeros(count, dtype=np.bool_) if here is None else here.basis.at_upper.copy()
    uppers[keep] = inner.at_upper
    return Basis(columns, inner.rows, uppers)


def _face(program: Program, here: Solved, fixed: Mask, tight: Mask) -> Program:
    """The program restricted to the points that are best for the levels so far."""
    place = np.cumsum(~fixed) - 1
    moved = np.where(fixed & here.basis.at_upper, program.upper, 0)
    rows = []
    for i, row in enumerate(program.rows):
        free = ~fixed[row.columns]
        gone = sum(
            int(a) * int(v)
            for a, v in zip(row.coefficients[~free], moved[row.columns[~free]], strict=True)
            if v
        )
        rows.append(
            Row(
                row.name,
                place[row.columns[free]],
                row.coefficients[free],
                row.bound - gone,
                row.equal or bool(tight[i]),
                row.rule,
            )
        )
    names = [f"x{j}" for j in np.flatnonzero(~fixed)]
    return Program(names, program.upper[~fixed], rows, [])
