"""Hand the pooled program to a solver of OR-Tools as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from measure import Answer, Clock
from pooled import Pooled

UNIT = 10_000


def solve(ledger: Any, policy: Any, clock: Clock, solver: str) -> Answer:
    """Money in 万元: in yuan GLOP gives up ("abnormal") at 10,000 projects."""
    from ortools.linear_solver.python.model_builder_helper import (
        ModelBuilderHelper,
        ModelSolverHelper,
        SolveStatus,
    )

    with clock.stage("arrays"):
        arrays = Pooled(ledger, policy).arrays
    with clock.stage("model"):
        model = ModelBuilderHelper()
        low = np.zeros(len(arrays.upper))
        model.fill_model_from_sparse_data(
            low,
            arrays.upper / UNIT,
            arrays.costs,
            arrays.lower / UNIT,
            arrays.above / UNIT,
            arrays.matrix(),
        )
        helper = ModelSolverHelper(solver)
    with clock.stage("solve"):
        helper.solve(model)
    if helper.status() not in (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE):
        raise RuntimeError(f"OR-Tools says {helper.status_string() or helper.status()}")
    return Answer(-helper.objective_value() * UNIT, np.array(helper.variable_values()) * UNIT)
