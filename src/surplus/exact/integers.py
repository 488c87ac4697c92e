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
from surplus.solvers import Claim, SolverError, Stop, second_opinion
from surplus.watch import OutOfTime, watch

_SLACK = 1e-9
_COUNTED = 1000
_AGAIN = 16
_PARTS = 10**9
"""Of a unit, for levels that measure ratios."""


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
        SolverError: When the solver finds no choice that holds exactly, or none in time.
    """
    assert program.integer is not None
    limits = relaxed(program, ask)
    if isinstance(limits, Contradiction):
        return limits
    columns = np.flatnonzero(program.integer)
    rows, complete = list(program.rows), True
    best: tuple[list[Fraction], Vertex, Program, Index, Cents] | None = None
    refused, k = 0, 0
    while k < len(program.levels):
        level = program.levels[k]
        if best is not None and watch().over:
            complete &= k == len(program.levels) - 1
            break
        now = replace(program, rows=rows)
        claim = ask(now, level.astype(np.float64))
        if claim.stop is Stop.INFEASIBLE and best is None:
            # Nothing proves it, so another way has to come to the same verdict.
            claim = second_opinion(now, level.astype(np.float64))
            if claim.stop is Stop.INFEASIBLE:
                return Contradiction(np.zeros(len(program.rows), dtype=object))
        # The last level only breaks ties.
        complete &= claim.stop is Stop.OPTIMAL or k == len(program.levels) - 1
        if claim.values is None:
            break
        values, chosen = _told(program, columns, claim), columns
        fixed = _fixed(program, columns, values)
        found = optimum(fixed, ask)
        if isinstance(found, Contradiction) and np.any(large := program.upper[columns] > _COUNTED):
            # Floats do not hold large counts to the unit; whole cents will choose them.
            chosen = columns[~large]
            fixed = _fixed(program, chosen, values[~large])
            found = optimum(fixed, ask)
        if isinstance(found, Contradiction):
            if refused < _AGAIN and len(chosen) and np.all(program.upper[chosen] <= 1):
                refused += 1  # within the solver's tolerance only: once more, without that choice
                rows.append(_another(chosen, _at(values, columns, chosen)))
                continue
            complete = False
            break
        reached = [
            value + int(weights[chosen] @ _at(values, columns, chosen))
            for value, weights in zip(found.values, program.levels, strict=True)
        ]
        if best is None or reached >= best[0]:
            best = reached, found, fixed, chosen, _at(values, columns, chosen)
        rows.append(_reached(program, k, best[0][k]))
        k += 1
    if best is None:
        if watch().over:
            raise OutOfTime(watch().reason())
        raise SolverError(Stop.ERROR, "no choice of whole values was found that holds exactly")
    _, vertex, fixed, chosen, values = best
    rest = np.ones(len(program.upper), dtype=np.bool_)
    rest[chosen] = False

    def whole(cents: Cents) -> Cents:
        result = np.zeros(len(program.upper), dtype=np.int64)
        result[rest], result[chosen] = cents, values
        return result

    return Integral(fixed, vertex, limits, complete, whole)


def _reached(program: Program, k: int, value: Fraction) -> Row:
    """A level comes to what it has reached, of large amounts to a little less.

    A hint only: exact comparisons decide.
    """
    level = program.levels[k]
    at = np.flatnonzero(level)
    fractions = program.measure is not None and bool(program.measure[at].all())
    part = _PARTS if fractions else 1
    floor = int(value * part // 1) - int(abs(value) * part * _SLACK)
    return Row(f"level {k}", at, -level[at] * part, -floor)


def _told(program: Program, columns: Index, claim: Claim) -> Cents:
    """The whole values that a solver claims, within their bounds."""
    assert claim.values is not None
    told = np.clip(np.nan_to_num(claim.values[columns]), 0, program.upper[columns])
    whole: Cents = np.rint(told).astype(np.int64)
    return whole


def _at(values: Cents, columns: Index, chosen: Index) -> Cents:
    """The values of some of the columns; both are in rising order."""
    some: Cents = values[np.searchsorted(columns, chosen)]
    return some


def _another(columns: Index, values: Cents) -> Row:
    """At least one of some zeros and ones is another."""
    return Row("another choice", columns, 2 * values - 1, int(values.sum()) - 1)


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
    leximin = [
        replace(one, ratios=[replace(r, columns=place[r.columns]) for r in one.ratios])
        for one in program.leximin
    ]
    return Program(
        [name for name, stays in zip(program.names, kept.tolist(), strict=True) if stays],
        program.upper[kept],
        rows,
        [level[kept] for level in program.levels],
        None,
        None if program.measure is None else program.measure[kept],
        leximin,
    )
