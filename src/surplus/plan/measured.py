"""Whole cents where levels measure in fractions, such as fill ratios: level by level.

The columns that measure stay free of whole cents. They are counted from the exact optimum, in units
that are worth a cent, so that all numbers are a few cents and floats tell them apart. Levels that raise
the lowest of many ratios need no measure: see `plan.leximin`.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from surplus.exact import Vertex
from surplus.ledger.columns import Cents, Index, Mask
from surplus.plan.leximin import Search, raised
from surplus.program import Program
from surplus.solvers import Line

_GAP = 1.0  # cent, for levels that measure: to prove less can take minutes
_FEW = 150


def nearest(
    program: Program, vertex: Vertex, floor: Cents, columns: Index, width: int
) -> Cents | None:
    """The best plan in whole cents within `width` of a floor; None where there is none.

    Each level in its turn, kept from then on. Columns that measure are 0 in the result.
    """
    assert program.measure is not None
    lows = _lows(program)
    measures = np.flatnonzero(program.measure & ~lows)
    chosen = np.concatenate([columns[~program.measure[columns]], measures])
    search = _search(program, vertex, floor, chosen, lows, width)
    if search is None:
        return None
    joined = {one.first: one for one in program.leximin}
    later = {k for one in program.leximin for k in range(one.first + 1, one.first + one.rounds)}
    for k, level in enumerate(program.levels):
        if k in later:
            continue
        if k in joined:
            if not raised(search, joined[k].ratios, vertex, floor, chosen, width):
                break
            continue
        weights = np.zeros(len(search.low))
        weights[: len(chosen)] = level[chosen]
        fractions = bool(np.any(weights[~search.whole]))
        gap = _GAP if fractions and len(chosen) > _FEW else 0.0
        if not search.improved(weights * search.unit, gap):
            break
    if search.found is None:
        return None
    result = floor.copy()
    moved = chosen[: len(chosen) - len(measures)]
    result[moved] += np.rint(search.found[: len(moved)]).astype(np.int64)
    return result


def _lows(program: Program) -> Mask:
    """The columns that measure the lowest of many ratios."""
    found = np.zeros(len(program.upper), dtype=np.bool_)
    for one in program.leximin:
        for k in range(one.first, one.first + one.rounds):
            found |= program.levels[k] != 0
    return found if program.measure is None else found & program.measure


def _search(
    program: Program, vertex: Vertex, floor: Cents, chosen: Index, left_out: Mask, width: int
) -> Search | None:
    """Cents up or down from a floor, and moves of the columns that measure; None: a row is broken."""
    assert program.measure is not None
    whole = ~program.measure[chosen]
    place = np.full(len(floor), -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    rows = [row for row in program.rows if not left_out[row.columns].any()]
    unit = np.ones(len(chosen))
    for row in rows:
        mine = np.flatnonzero(program.measure[row.columns])
        at = place[row.columns[mine]]
        unit[at] = np.maximum(unit[at], np.abs(row.coefficients[mine]))
    unit = np.where(whole, 1.0, 1.0 / unit)
    here = [Fraction(int(v)) for v in floor]
    measures = chosen[~whole]
    for j in measures.tolist():
        here[j] = Fraction(int(vertex.x[j]), vertex.scale)
    low = np.where(whole, -np.minimum(width, floor[chosen]), 0).astype(np.float64)
    high = np.where(whole, np.minimum(width, program.upper[chosen] - floor[chosen]), 0.0)
    for j in measures.tolist():
        low[place[j]] = float(-here[j]) / unit[place[j]]
        high[place[j]] = float(int(program.upper[j]) - here[j]) / unit[place[j]]
    lines = []
    for row in rows:
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
    return Search(low, high, whole, unit, lines)
