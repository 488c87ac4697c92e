"""Hand the pooled program to HiGHS as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from measure import Answer, Clock
from pooled import Pooled


def solve(ledger: Any, policy: Any, clock: Clock, solver: str) -> Answer:
    """Money in yuan, as a modeller would."""
    import highspy

    with clock.stage("arrays"):
        arrays = Pooled(ledger, policy).arrays
    with clock.stage("model"):
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(arrays.upper), len(arrays.lower)
        lp.col_cost_, lp.col_upper_ = arrays.costs, arrays.upper
        lp.col_lower_ = np.zeros(len(arrays.upper))
        lp.row_lower_, lp.row_upper_ = arrays.lower, arrays.above
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = arrays.starts.astype(np.int32)
        lp.a_matrix_.index_ = arrays.columns.astype(np.int32)
        lp.a_matrix_.value_ = arrays.values
        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("solver", solver)
        highs.passModel(lp)
    with clock.stage("solve"):
        highs.run()
    status = highs.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"HiGHS says {highs.modelStatusToString(status)}")
    values = np.array(highs.getSolution().col_value)
    return Answer(-highs.getInfo().objective_function_value, values)
