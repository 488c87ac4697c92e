"""The pooled program in CVXPY, with the solver that it picks for a linear program."""

from __future__ import annotations

from typing import Any

import numpy as np
from measure import Answer, Clock
from pooled import Pooled

NAME = "CVXPY"
PLACE = 30
MOST = 100_000
NEEDS = ("cvxpy",)
EXACT = False


def run(ledger: Any, policy: Any, clock: Clock) -> Answer:
    import cvxpy as cp

    with clock.stage("arrays"):
        arrays = Pooled(ledger, policy).arrays
    with clock.stage("model"):
        x, matrix = cp.Variable(len(arrays.upper)), arrays.matrix()
        equal = arrays.lower == arrays.above
        above, below = ~equal & np.isfinite(arrays.above), ~equal & np.isfinite(arrays.lower)
        ties = [x >= 0, x <= arrays.upper, matrix[equal] @ x == arrays.above[equal]]
        ties.append(matrix[above] @ x <= arrays.above[above])
        if below.any():
            ties.append(matrix[below] @ x >= arrays.lower[below])
        problem = cp.Problem(cp.Minimize(arrays.costs @ x), ties)
    with clock.stage("solve"):
        problem.solve()
    if problem.status != "optimal":
        raise RuntimeError(f"CVXPY says {problem.status}")
    return Answer(-float(problem.value), x.value, words=problem.solver_stats.solver_name)
