"""A basis for solvers that tell only values: columns between their bounds, then loose rows."""

from __future__ import annotations

import numpy as np

from surplus.exact.basis import Basis
from surplus.program import Program
from surplus.solvers.pulp_solver import Floats

_RELATIVE = 1e-6


def guessed(program: Program, values: Floats) -> Basis:
    """Choose as many independent columns and slacks as there are rows, the likeliest first."""
    count, size = len(program.upper), len(program.rows)
    upper = program.upper.astype(np.float64)
    values = np.clip(np.nan_to_num(values), 0.0, upper)  # a claim may be anything
    tolerance = _RELATIVE * np.maximum(1.0, np.abs(upper).max(initial=1.0))
    inside = np.minimum(values, upper - values)
    activity = np.array([row.coefficients @ values[row.columns] for row in program.rows])
    loose = np.array([row.bound for row in program.rows], dtype=np.float64) - activity
    equal = np.array([row.equal for row in program.rows], dtype=np.bool_)
    slack_rank = np.where(equal, -1.0, loose)
    rank = np.concatenate([inside, slack_rank])
    certain = rank > tolerance
    order = np.lexsort((np.arange(count + size), -rank, ~certain))
    chosen = _independent(program, order.tolist())
    columns = np.zeros(count, dtype=np.bool_)
    rows = np.zeros(size, dtype=np.bool_)
    for j in chosen:
        if j < count:
            columns[j] = True
        else:
            rows[j - count] = True
    return Basis(columns, rows, ~columns & (values > upper / 2) & (program.upper > 0))


def _independent(program: Program, order: list[int]) -> list[int]:
    """Greedy choice of independent columns of [A, I], by elimination in floats."""
    count, size = len(program.upper), len(program.rows)
    entries: list[list[tuple[int, float]]] = [[] for _ in range(count)]
    for i, row in enumerate(program.rows):
        for j, a in zip(row.columns.tolist(), row.coefficients.tolist(), strict=True):
            entries[j].append((i, float(a)))
    reduced: dict[int, dict[int, float]] = {}
    chosen: list[int] = []
    for j in order:
        if len(chosen) == size:
            break
        vector = dict(entries[j]) if j < count else {j - count: 1.0}
        for pivot, other in reduced.items():
            factor = vector.get(pivot, 0.0)
            if factor:
                for i, a in other.items():
                    vector[i] = vector.get(i, 0.0) - factor * a
        pivot = max(vector, key=lambda i: abs(vector[i]), default=-1)
        if pivot < 0 or abs(vector[pivot]) < 1e-9:
            continue
        top = vector[pivot]
        reduced[pivot] = {i: a / top for i, a in vector.items() if abs(a) > 1e-12}
        chosen.append(j)
    return chosen
