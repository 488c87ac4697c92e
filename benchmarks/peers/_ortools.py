"""Hand the pooled program to a solver of OR-Tools as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from measure import Answer, Clock
from pooled import Pooled


def solve(ledger: Any, policy: Any, clock: Clock, solver: str) -> Answer:
    """Money in yuan, as a modeller would."""
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
            low, arrays.upper, arrays.costs, arrays.lower, arrays.above, arrays.matrix()
        )
        helper = ModelSolverHelper(solver)
    with clock.stage("solve"):
        helper.solve(model)
    if helper.status() not in (SolveStatus.OPTIMAL, SolveStatus.FEASIBLE):
        raise RuntimeError(f"OR-Tools says {helper.status_string() or helper.status()}")
    return Answer(-helper.objective_value(), np.array(helper.variable_values()))
