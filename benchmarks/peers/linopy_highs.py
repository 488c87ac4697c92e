"""The pooled program in linopy, which asks HiGHS."""

from __future__ import annotations

from typing import Any

import numpy as np
from measure import Answer, Clock
from pooled import Pooled

NAME = "linopy (HiGHS)"
PLACE = 31
MOST = 10_000  # beyond, it waits for the simplex of HiGHS, which is measured by itself
NEEDS = ("linopy", "highspy", "xarray")
EXACT = True
LONG = 32  # terms


def run(ledger: Any, policy: Any, clock: Clock) -> Answer:
    """Each row is a term list of the same length, as linopy keeps it: short rows and long ones apart."""
    import linopy
    import pandas as pd
    import xarray as xr

    with clock.stage("arrays"):
        arrays = Pooled(ledger, policy).arrays
    with clock.stage("model"):
        model = linopy.Model()
        names = pd.RangeIndex(len(arrays.upper), name="column")
        x = model.add_variables(
            lower=0, upper=xr.DataArray(arrays.upper, coords=[names]), coords=[names], name="x"
        )
        lengths = np.diff(arrays.starts)
        rows = np.repeat(np.arange(len(arrays.lower)), lengths)
        equal = arrays.lower == arrays.above
        kinds = {
            "==": (equal, arrays.above),
            "<=": (~equal & np.isfinite(arrays.above), arrays.above),
            ">=": (~equal & np.isfinite(arrays.lower), arrays.lower),
        }
        for sign, (chosen, limits) in kinds.items():
            for long in (False, True):
                at = (chosen & ((lengths > LONG) == long))[rows]
                if not at.any():
                    continue
                column = xr.DataArray(arrays.columns[at], dims="term_of_all")
                value = xr.DataArray(arrays.values[at], dims="term_of_all")
                group = xr.DataArray(rows[at], dims="term_of_all", name="row")
                left = (x.sel(column=column) * value).groupby(group).sum()
                which = np.unique(rows[at])
                right = xr.DataArray(limits[which], coords={"row": which}, dims="row")
                model.add_constraints(left, sign, right)
        model.add_objective((x * xr.DataArray(arrays.costs, coords=[names])).sum())
    with clock.stage("solve"):
        status, condition = model.solve(
            solver_name="highs", io_api="direct", output_flag=False, progress=False
        )
    if condition != "optimal":
        raise RuntimeError(f"linopy says {status}, {condition}")
    return Answer(-float(model.objective.value), x.solution.to_numpy())
