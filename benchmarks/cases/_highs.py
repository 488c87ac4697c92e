"""Hand the pooled program to HiGHS as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from measure import Clock, Result

from cases._pooled import Pooled


def solve(ledger: Any, policy: Any, clock: Clock, solver: str) -> Result:
    """Build, pass and solve; money in yuan, as a modeller would."""
    import highspy

    with clock.stage("build"):
        pooled = Pooled(ledger, policy)
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(pooled.upper), len(pooled.rows)
        lp.col_cost_ = -pooled.priority
        lp.col_lower_ = np.zeros(len(pooled.upper))
        lp.col_upper_ = pooled.upper / 100
        infinity = highspy.kHighsInf
        scales = [row.scale for row in pooled.rows]
        lp.row_lower_ = np.array(
            [-infinity if r.lower is None else r.lower / r.scale / 100 for r in pooled.rows]
        )
        lp.row_upper_ = np.array(
            [infinity if r.upper is None else r.upper / r.scale / 100 for r in pooled.rows]
        )
        widths = [len(row.columns) for row in pooled.rows]
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.r_[0, np.cumsum(widths)].astype(np.int32)
        lp.a_matrix_.index_ = np.concatenate([r.columns for r in pooled.rows]).astype(np.int32)
        values = np.concatenate([row.coefficients for row in pooled.rows])
        lp.a_matrix_.value_ = values / np.repeat(scales, widths)
    with clock.stage("solve"):
        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("solver", solver)
        highs.passModel(lp)
        highs.run()
    status = highs.getModelStatus()
    if status != highspy.HighsModelStatus.kOptimal:
        raise RuntimeError(f"HiGHS ({solver}) says {highs.modelStatusToString(status)}")
    broken, cents = pooled.rounded(np.array(highs.getSolution().col_value))
    return Result(-highs.getInfo().objective_function_value, broken=broken, cents=cents)
