"""Columns that take whole values only: a solver chooses them, then the rest is solved exactly.

What the solver says is again only a hint: the plan is the exact optimum for the chosen values, and the
bound is that of the program without whole-value columns, so that the gap that is left is stated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from surplus.exact.levels import Ask
from surplus.exact.vertex import Contradiction, Vertex, optimum
from surplus.ledger.columns import Cents, Index
from surplus.program import Program, Row
from surplus.solvers import SolverError, Stop
from surplus.watch import watch

_SLACK = 1e-9


@dataclass(frozen=True, eq=False)
class Integral:
    """An exact optimum for chosen whole values.

    Attributes:
        vertex: The optimum of `fixed`, the program with the chosen columns taken out.
        relaxed: Limits that hold for every plan, level by level.
        complete: Whether the solver claims to have proved its choice the best.
        whole: Puts the chosen columns back into a solution of `fixed`.
    """

    fixed: Program
    vertex: Vertex
    relaxed: Vertex
    complete: bool
    whole: Callable[[Cents], Cents]


def integral(program: Program, ask: Ask) -> Integral | Contradiction:
    """Choose whole values level by level, then solve the rest exactly.

    Raises:
        SolverError: When the solver finds no choice that holds exactly.
    """
    assert program.integer is not None
    limits = relaxed(program, ask)
    if isinstance(limits, Contradiction):
        return limits
    columns = np.flatnonzero(program.integer)
    rows, complete = list(program.rows), True
    best: tuple[list[Fraction], Vertex, Program, Cents] | None = None
    for k, level in enumerate(program.levels):
        if best is not None and watch().over:
            complete &= k == len(program.levels) - 1
            break
        claim = ask(replace(program, rows=rows), level.astype(np.float64))
        if claim.stop is Stop.INFEASIBLE and best is None:
            return Contradiction(np.zeros(len(program.rows), dtype=object))
        # The last level only breaks ties.
        complete &= claim.stop is Stop.OPTIMAL or k == len(program.levels) - 1
        if claim.values is None:
            break
        values = np.rint(claim.values[columns]).astype(np.int64)
        fixed = _fixed(program, columns, values)
        found = optimum(fixed, ask)
        if isinstance(found, Contradiction):
            complete = False
            break
        reached = [
            value + int(weights[columns] @ values)
            for value, weights in zip(found.values, program.levels, strict=True)
        ]
        if best is None or reached >= best[0]:
            best = reached, found, fixed, values
        # A hint: of large amounts a little less than was reached; the exact comparison above decides.
        floor = int(best[0][k] // 1) - int(abs(best[0][k]) * _SLACK)
        at = np.flatnonzero(level)
        rows.append(Row(f"level {k}", at, -level[at], -floor))
    if best is None:
        raise SolverError(Stop.ERROR, "its choice of whole values does not hold exactly")
    _, vertex, fixed, values = best
    kept = np.flatnonzero(~program.integer)

    def whole(cents: Cents) -> Cents:
        result = np.zeros(len(program.upper), dtype=np.int64)
        result[kept], result[columns] = cents, values
        return result

    return Integral(fixed, vertex, limits, complete, whole)


def relaxed(program: Program, ask: Ask) -> Vertex | Contradiction:
    """The limit of each level by itself, whole values or not."""
    free = replace(program, integer=None)
    found = [optimum(replace(free, levels=[level]), ask) for level in program.levels[:-1]]
    for vertex in found:
        if isinstance(vertex, Contradiction):
            return vertex
    vertices = [vertex for vertex in found if isinstance(vertex, Vertex)]
    return replace(
        vertices[0],
        values=[v.values[0] for v in vertices],
        y=[v.y[0] for v in vertices],
        y_scale=[v.y_scale[0] for v in vertices],
        reduced=[v.reduced[0] for v in vertices],
    )


def _fixed(program: Program, columns: Index, values: Cents) -> Program:
    """The program with some columns at given values, taken out."""
    kept = np.ones(len(program.upper), dtype=np.bool_)
    kept[columns] = False
    place = np.cumsum(kept) - 1
    value = np.zeros(len(program.upper), dtype=np.int64)
    value[columns] = values
    rows = []
    for row in program.rows:
        stays = kept[row.columns]
        given = zip(
            row.coefficients[~stays].tolist(), value[row.columns[~stays]].tolist(), strict=True
        )
        rows.append(
            replace(
                row,
                columns=place[row.columns[stays]],
                coefficients=row.coefficients[stays],
                bound=row.bound - sum(a * v for a, v in given),
            )
        )
    return Program(
        [name for name, stays in zip(program.names, kept.tolist(), strict=True) if stays],
        program.upper[kept],
        rows,
        [level[kept] for level in program.levels],
        None,
        None if program.measure is None else program.measure[kept],
    )
