"""Exact primal simplex over several levels: the court of appeal when a claimed basis is not optimal.

Slow and certain. It works on a basis that is feasible; `slack_basis` of a relaxed program always is.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from surplus.exact.basis import Basis, Matrix, Solved, solved
from surplus.program import Program, Row, Weights
from surplus.watch import watch

_log = logging.getLogger(__name__)
_PATIENCE = 30


def relaxed(program: Program) -> Program:
    """Let each row that x = 0 breaks be broken at a price that outweighs all levels.

    The added columns are the last ones; the first level is the negative sum of what is broken.
    """
    count = len(program.upper)
    rows: list[Row] = []
    upper: list[int] = []
    for row in program.rows:
        if row.bound < 0 and not row.equal:
            column = count + len(upper)
            upper.append(-row.bound)
            rows.append(
                Row(
                    row.name,
                    np.append(row.columns, column),
                    np.append(row.coefficients, -1),
                    row.bound,
                    rule=row.rule,
                )
            )
        else:
            rows.append(row)
    added = np.zeros(len(upper), dtype=np.int64)
    breaks = np.concatenate([np.zeros(count, dtype=np.int64), added - 1])
    names = [*program.names, *(f"broken_{i}" for i in range(len(upper)))]
    levels = [breaks, *(np.concatenate([level, added]) for level in program.levels)]
    return Program(names, np.append(program.upper, np.array(upper, dtype=np.int64)), rows, levels)


def slack_basis(program: Program, first_added: int) -> Basis:
    """Nothing moves; what x = 0 breaks is carried by the added columns."""
    columns = np.zeros(len(program.upper), dtype=np.bool_)
    rows = np.ones(len(program.rows), dtype=np.bool_)
    for i, row in enumerate(program.rows):
        if len(row.columns) and int(row.columns[-1]) >= first_added:
            columns[row.columns[-1]] = True
            rows[i] = False
    return Basis(columns, rows, np.zeros(len(program.upper), dtype=np.bool_))


def improved(matrix: Matrix, levels: Sequence[Weights], start: Solved) -> Solved:
    """Pivot until no column and no slack improves the levels in their order."""
    here, stuck, steps = start, 0, 0
    program, now = matrix.program, watch()
    while True:
        now.check()
        columns, rows = here.attractive(program)
        candidates = [*np.flatnonzero(columns), *(len(columns) + np.flatnonzero(rows))]
        if not candidates:
            if steps:
                _log.info("the exact simplex made %d steps", steps)
            return here
        # The first level's best candidate; the lowest number (Bland's rule) once it makes no progress.
        enter = candidates[0] if stuck > _PATIENCE else _steepest(here, candidates, len(columns))
        following, moved = _pivot(matrix, levels, here, int(enter))
        stuck = 0 if moved else stuck + 1
        here, steps = following, steps + 1


def _steepest(here: Solved, candidates: Sequence[int], columns: int) -> int:
    def gain(i: int) -> tuple[float, ...]:
        values = here.reduced if i < columns else here.y
        place = i if i < columns else i - columns
        return tuple(
            abs(float(Fraction(int(v[place]), s)))
            for v, s in zip(values, here.y_scale, strict=True)
        )

    return max(candidates, key=gain)


def _pivot(
    matrix: Matrix, levels: Sequence[Weights], here: Solved, enter: int
) -> tuple[Solved, bool]:
    """Move one column (or the slack of a row, numbered after the columns) as far as it may go."""
    program, basis = matrix.program, here.basis
    count = len(program.upper)
    tight = np.flatnonzero(~basis.rows)
    falling = enter < count and bool(basis.at_upper[enter])
    if enter < count:
        column = np.zeros(len(program.rows), dtype=object)
        at = matrix.column == enter
        column[matrix.row[at]] = matrix.value[at]
        change = here.factor.solve([int(column[r]) for r in tight])
        direction = {j: (v if falling else -v) for j, v in change.items()}
        direction[enter] = -1 if falling else 1
    else:
        unit = [1 if r == enter - count else 0 for r in tight]
        direction = {j: -v for j, v in here.factor.solve(unit).items()}
    activity: dict[int, Fraction | int] = {}
    moving = np.isin(matrix.column, np.array(list(direction), dtype=np.int64))
    for r, c, a in zip(
        matrix.row[moving].tolist(),
        matrix.column[moving].tolist(),
        matrix.value[moving].tolist(),
        strict=True,
    ):
        activity[r] = activity.get(r, 0) + a * direction[c]
    # (step, number of what leaves, stands at its upper bound then)
    exits: list[tuple[Fraction, int, bool]] = []
    for j, v in direction.items():
        if v > 0:
            room = int(program.upper[j]) * here.scale - int(here.x[j])
            exits.append((Fraction(room, here.scale) / v, j, True))
        elif v < 0:
            exits.append((Fraction(int(here.x[j]), here.scale) / -v, j, False))
    for r, v in activity.items():
        if not basis.rows[r] or v == 0:
            continue
        if program.rows[r].equal:
            exits.append((Fraction(0), count + r, False))
        elif v > 0:
            exits.append((Fraction(int(here.slack[r]), here.scale) / v, count + r, False))
    step, leave, at_upper = min(exits)
    columns, rows, uppers = basis.columns.copy(), basis.rows.copy(), basis.at_upper.copy()
    if enter < count:
        columns[enter] = True
        uppers[enter] = False
    else:
        rows[enter - count] = True
    if leave < count:
        columns[leave] = False
        uppers[leave] = at_upper
    else:
        rows[leave - count] = False
    following = solved(matrix, levels, Basis(columns, rows, uppers))
    if following is None:
        raise AssertionError("a pivot led to a singular basis; this is a defect of surplus")
    return following, step > 0
