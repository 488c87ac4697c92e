"""Whole cents where levels measure in fractions, such as fill ratios: level by level.

The columns that measure stay free of whole cents. They are counted from the exact optimum, in units
that are worth a cent, so that all numbers are a few cents and floats tell them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from surplus.exact import Vertex
from surplus.ledger.columns import Cents, Index, Mask
from surplus.program import Program
from surplus.solvers import Floats, Line, solve_mixed

_SLACK = 1e-7
_GAP = 1.0  # cent, for levels that measure: to prove less can take minutes
_FEW = 150


@dataclass(frozen=True, eq=False)
class Steps:
    """Cents up or down from a plan for some columns, and moves of the columns that measure.

    Attributes:
        columns: Of the program; those that measure come last.
        unit: What one step of each is in the program.
        low, high: Bounds of the steps.
        lines: The rows, in steps.
    """

    columns: Index
    whole: Mask
    unit: Floats
    low: Floats
    high: Floats
    lines: Sequence[Line]


def nearest(
    program: Program, vertex: Vertex, floor: Cents, columns: Index, width: int
) -> Cents | None:
    """The best plan in whole cents within `width` of a floor; None where there is none.

    Each level in its turn, kept from then on. Columns that measure are 0 in the result.
    """
    assert program.measure is not None
    steps = _steps(program, vertex, floor, columns, program.measure, width)
    if steps is None:
        return None
    lines = list(steps.lines)
    found: Floats | None = None
    for level in program.levels:
        weights = level[steps.columns] * steps.unit
        largest = float(np.abs(weights).max(initial=0))
        if largest == 0 and found is not None:
            continue
        weights = weights / (largest or 1.0)
        measures = bool(np.any(weights[~steps.whole]))
        gap = _GAP if measures and len(weights) > _FEW else 0.0
        better = solve_mixed(steps.low, steps.high, steps.whole, lines, weights, gap=gap)
        if better is None:
            break
        found = better
        at = np.flatnonzero(weights)
        reached = float(weights @ found)
        lines.append(Line(at, -weights[at], _SLACK - reached, False))
    if found is None:
        return None
    result = floor.copy()
    moved = steps.columns[steps.whole]
    result[moved] += np.rint(found[steps.whole]).astype(np.int64)
    return result


def _steps(
    program: Program, vertex: Vertex, floor: Cents, columns: Index, measure: Mask, width: int
) -> Steps | None:
    measures = np.flatnonzero(measure)
    chosen = np.concatenate([columns[~measure[columns]], measures])
    whole = ~measure[chosen]
    place = np.full(len(floor), -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    unit = np.ones(len(chosen))
    for row in program.rows:
        mine = np.flatnonzero(measure[row.columns])
        at = place[row.columns[mine]]
        unit[at] = np.maximum(unit[at], np.abs(row.coefficients[mine]))
    unit = np.where(whole, 1.0, 1.0 / unit)
    here = [Fraction(int(v)) for v in floor]
    for j in measures.tolist():
        here[j] = Fraction(int(vertex.x[j]), vertex.scale)
    low = np.where(whole, -np.minimum(width, floor[chosen]), 0).astype(np.float64)
    high = np.where(whole, np.minimum(width, program.upper[chosen] - floor[chosen]), 0.0)
    for j in measures.tolist():
        low[place[j]] = float(-here[j]) / unit[place[j]]
        high[place[j]] = float(int(program.upper[j]) - here[j]) / unit[place[j]]
    lines = []
    for row in program.rows:
        inside = place[row.columns] >= 0
        pairs = zip(row.coefficients.tolist(), row.columns.tolist(), strict=True)
        slack = row.bound - sum((a * here[j] for a, j in pairs), Fraction(0))
        at = place[row.columns[inside]]
        if len(at) == 0:
            if (slack != 0) if row.equal else (slack < 0):
                return None
            continue
        factors = row.coefficients[inside] * unit[at]
        reach = float(np.maximum(factors * low[at], factors * high[at]).sum())
        if row.equal or float(slack) < reach:
            lines.append(Line(at, factors, float(slack), row.equal))
    return Steps(chosen, whole, unit, low, high, lines)
