"""Whole cents: floor the exact vertex, then a small integer program over a few cents up or down."""

from __future__ import annotations

import logging
from dataclasses import replace
from fractions import Fraction

import numpy as np

from surplus.exact import Vertex
from surplus.exact.basis import Matrix
from surplus.ledger.columns import Cents, Index, Mask
from surplus.plan.measured import nearest
from surplus.program import Program, Row
from surplus.solvers import SolverError, Stop, solve_integer

_log = logging.getLogger(__name__)
_FEW = 300
_TRIES = ((16, False), (16, True), (256, True), (4096, True))


def whole_cents(program: Program, vertex: Vertex) -> Cents:
    """The best plan in whole cents near the vertex; every row holds in integers.

    Columns that only measure for an objective, and their rows, bind no plan; they are left out (0).

    Raises:
        SolverError: When no plan in whole cents was found near the optimum; never a broken rule.
    """
    floor = np.array([int(v) // vertex.scale for v in vertex.x], dtype=np.int64)
    broken = np.array([int(v) % vertex.scale != 0 for v in vertex.x], dtype=np.bool_)
    whole = program
    if program.measure is not None:
        floor[program.measure] = 0
        broken[program.measure] = False
        program = _binding(program, program.measure)
    if not broken.any() and holds(program, floor):
        return floor
    for width, wide in _TRIES:
        # Levels that measure gain by cents far from the broken ones, too.
        everywhere = wide or (program is not whole and len(floor) <= _FEW)
        columns = np.arange(len(floor)) if everywhere else _touched(program, broken)
        if program is whole:
            found = _rounded(program, floor, columns, width)
        else:
            found = nearest(whole, vertex, floor, columns, width)
        if found is not None and holds(program, found):
            return found
        _log.info("no whole-cent plan within %d cents of %d columns", width, len(columns))
    raise SolverError(
        Stop.ERROR, "the best plan has fractions of a cent and no plan in whole cents was found"
    )


def _binding(program: Program, measure: Mask) -> Program:
    rows = [row for row in program.rows if not measure[row.columns].any()]
    return replace(program, rows=rows, upper=np.where(measure, 0, program.upper))


def holds(program: Program, x: Cents) -> bool:
    """Whether every bound and every row holds, in integers."""
    if np.any(x < 0) or np.any(x > program.upper):
        return False
    rests = zip(program.rows, _slacks(program, x), strict=True)
    return all(rest == 0 if row.equal else rest >= 0 for row, rest in rests)


def _slacks(program: Program, x: Cents) -> list[int]:
    """By row its bound less its activity, exactly."""
    activity = Matrix(program).times(x).tolist()
    return [row.bound - a for row, a in zip(program.rows, activity, strict=True)]


def _touched(program: Program, broken: Mask) -> Index:
    """Columns with fractions, and what shares a row with them and is in use or could be."""
    chosen = broken.copy()
    for row in program.rows:
        if broken[row.columns].any() and len(row.columns) <= 64:
            chosen[row.columns] = True
    return np.flatnonzero(chosen)


def _rounded(program: Program, floor: Cents, columns: Index, width: int) -> Cents | None:
    place = np.full(len(floor), -1, dtype=np.int64)
    place[columns] = np.arange(len(columns))
    rows = []
    for row, slack in zip(program.rows, _slacks(program, floor), strict=True):
        inside = place[row.columns] >= 0
        if not inside.any():
            if (slack != 0) if row.equal else (slack < 0):
                return None
            continue
        reach = int(np.abs(row.coefficients[inside]).sum()) * width
        if row.equal or slack < reach:
            rows.append(
                Row(
                    row.name, place[row.columns[inside]], row.coefficients[inside], slack, row.equal
                )
            )
    lower = -np.minimum(width, floor[columns])
    upper = np.minimum(width, program.upper[columns] - floor[columns])
    steps = solve_integer(lower, upper, rows, _merit(program)[columns])
    if steps is None:
        return None
    x = floor.copy()
    x[columns] += steps
    return x


def _merit(program: Program) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The levels as one weight per cent: each later level a thousandth of the one before."""
    merit = np.zeros(len(program.upper))
    factor = Fraction(1)
    for level in program.levels:
        top = int(np.abs(level).max(initial=0))
        if top:
            merit += float(factor) * (level / top)
            factor /= 1000
    return merit
