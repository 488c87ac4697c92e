"""The pooled program in PuLP, one variable per project and source, solved by HiGHS."""

from __future__ import annotations

from typing import Any

import numpy as np
from measure import Answer, Clock
from pooled import Pooled

NAME = "PuLP (HiGHS), pooled"
PLACE = 2
MOST = 10_000  # beyond, it waits for the simplex of HiGHS, which is measured by itself
NEEDS = ("pulp", "highspy")
EXACT = True


def run(ledger: Any, policy: Any, clock: Clock) -> Answer:
    import pulp

    with clock.stage("arrays"):
        arrays = Pooled(ledger, policy).arrays
    with clock.stage("model"):
        problem = pulp.LpProblem("pooled", pulp.LpMinimize)
        upper = arrays.upper.tolist()
        x = [pulp.LpVariable(f"x{i:07d}", 0, most) for i, most in enumerate(upper)]
        costs = enumerate(arrays.costs.tolist())
        problem += pulp.LpAffineExpression([(x[i], cost) for i, cost in costs if cost])
        columns, values = arrays.columns.tolist(), arrays.values.tolist()
        starts = arrays.starts.tolist()
        table = zip(starts, starts[1:], arrays.lower.tolist(), arrays.above.tolist(), strict=False)
        for start, end, low, high in table:
            terms = zip((x[j] for j in columns[start:end]), values[start:end], strict=True)
            row = pulp.LpAffineExpression(list(terms))
            if low == high:
                problem += row == low
            elif np.isfinite(high):
                problem += row <= high
            else:
                problem += row >= low
    with clock.stage("solve"):
        problem.solve(pulp.HiGHS(msg=False))
    if pulp.LpStatus[problem.status] != "Optimal":
        raise RuntimeError(f"HiGHS says {pulp.LpStatus[problem.status]}")
    found = np.array([variable.value() for variable in x])
    return Answer(-pulp.value(problem.objective), found)
