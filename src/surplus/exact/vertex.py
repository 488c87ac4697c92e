"""The exact optimum of a program: a solver's basis, proved in rationals or improved until it is.

The solver is asked once, for a blend of all levels in floats: a hint. Whether its basis is optimal for
the levels in their order is decided exactly, on reduced costs compared level by level.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from surplus.exact.basis import Basis, Exact, Matrix, Solved, solved
from surplus.exact.face import PART, face, undecided
from surplus.exact.guess import guessed
from surplus.exact.simplex import improved, relaxed, slack_basis
from surplus.ledger.columns import Mask
from surplus.program import Program, Weights
from surplus.solvers import Claim, Floats, SolverError, Stop

_log = logging.getLogger(__name__)

Ask = Callable[[Program, Floats], Claim]

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
    return Vertex(
        x,
        found.scale,
        values,
        found.y[skip:],
        found.y_scale[skip:],
        reduced,
        found.basis.at_upper[:count],
        program.upper > 0,
        np.array([row.equal for row in program.rows], dtype=np.bool_),
    )


def _hinted(program: Program, ask: Ask) -> Solved | None:
    """The basis that a solver claims, improved until no level can be; None where it is no start."""
    basis = _claimed(program, ask)
    if basis is None:
        return None
    matrix = Matrix(program)
    here = solved(matrix, program.levels, basis)
    if here is None or not here.feasible(program):
        return None
    return _by_level(program, matrix, here, ask)


def _claimed(program: Program, ask: Ask) -> Basis | None:
    claim = ask(program, blended(program.levels))
    if claim.stop in (Stop.TIME_LIMIT, Stop.ERROR):
        raise SolverError(claim.stop)
    if claim.values is None:
        return None
    if claim.basic_columns is None or claim.basic_rows is None or claim.at_upper is None:
        return guessed(program, claim.values)
    return Basis(claim.basic_columns, claim.basic_rows, claim.at_upper)


def _by_level(program: Program, matrix: Matrix, here: Solved, ask: Ask) -> Solved:
    """Improve level by level; before a level that is far from its optimum the solver is asked again."""
    levels, asked = program.levels, 0
    while (k := undecided(here, program)) < len(levels):
        if k > asked:
            asked = k
            here = _asked_again(program, matrix, here, k, ask) or here
            continue
        first = improved(matrix, levels[: k + 1], here.up_to(k + 1))
        again = solved(matrix, levels, first.basis)
        assert again is not None
        here = again
    return here


def _asked_again(
    program: Program, matrix: Matrix, here: Solved, level: int, ask: Ask
) -> Solved | None:
    """A start for a level on the optimal face of the earlier ones; None where there is none."""
    left = face(program, here, level)
    basis = _claimed(left.program, ask)
    there = None if basis is None else solved(matrix, program.levels, left.whole(basis))
    if there is None or not there.feasible(program):
        return None
    seated = left.seated(program, there)
    there = None if seated is None else solved(matrix, program.levels, seated)
    return there if there is not None and undecided(there, program) >= level else None


def blended(levels: Sequence[Weights]) -> Floats:
    """All levels in one objective for a solver's hint: each a small part of the one before."""
    result = np.zeros(len(levels[0]))
    part = 1.0
    for level in levels:
        top = float(np.abs(level).max(initial=0))
        if top > 0:
            result += part * level / top
            part *= PART
    return result
