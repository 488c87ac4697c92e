"""The exact optimum of a program: a solver's basis, proved in rationals or improved until it is.

The solver is asked for hints only; whether a basis is optimal is decided exactly, level by level
(`exact/levels.py`).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from surplus.exact.basis import Exact, Matrix, solved
from surplus.exact.levels import Ask, Optimal, lexicographic, start
from surplus.exact.simplex import relaxed, slack_basis
from surplus.ledger.columns import Mask
from surplus.program import Program
from surplus.solvers import SolverError, Stop

_log = logging.getLogger(__name__)

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
        at_upper: Columns that stand at their upper bound.
        movable: Columns that are not fixed at 0.
        equal: Rows that are equations.
    """

    x: Exact
    scale: int
    values: Sequence[Fraction]
    y: Sequence[Exact]
    y_scale: Sequence[int]
    reduced: Sequence[Exact]
    at_upper: Mask
    movable: Mask
    equal: Mask


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
    here = start(program, ask)
    if here is not None:
        return _vertex(program, lexicographic(program, here, ask))
    _log.info("the solver's answer is no start; looking for a plan in rationals")
    loose = relaxed(program)
    added = len(program.upper)
    here = start(loose, ask) if len(loose.upper) > added else None
    if here is None:
        if len(loose.upper) > _EXACT_LIMIT:
            raise SolverError(Stop.ERROR, "its answer could not be proved exactly")
        here = solved(Matrix(loose), loose.levels[:1], slack_basis(loose, added))
        if here is None:
            raise AssertionError("the slack basis is singular; this is a defect of surplus")
    done = lexicographic(loose, here, ask)
    if any(done.x[added:]):
        return Contradiction(done.y[0])
    return _vertex(program, done, skip=1)


def _vertex(program: Program, found: Optimal, skip: int = 0) -> Vertex:
    count = len(program.upper)
    x = found.x[:count]
    used = np.flatnonzero(x)
    values = [
        Fraction(sum(map(int.__mul__, level[used].tolist(), x[used].tolist())), found.scale)
        for level in program.levels
    ]
    return Vertex(
        x,
        found.scale,
        values,
        found.y[skip:],
        found.y_scale[skip:],
        [r[:count] for r in found.reduced[skip:]],
        found.at_upper[:count],
        program.upper > 0,
        np.array([row.equal for row in program.rows], dtype=np.bool_),
    )
