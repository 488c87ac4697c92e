"""The pooled program in `scipy.optimize.linprog`, which asks HiGHS."""

from __future__ import annotations

from typing import Any

import numpy as np
from measure import Answer, Clock
from pooled import Pooled

NAME = "scipy linprog (HiGHS)"
PLACE = 20
MOST = 10_000  # beyond, it waits for the simplex of HiGHS, which is measured by itself
NEEDS = ("scipy",)
EXACT = True


def run(ledger: Any, policy: Any, clock: Clock) -> Answer:
    from scipy.optimize import linprog
    from scipy.sparse import vstack

    with clock.stage("arrays"):
        arrays = Pooled(ledger, policy).arrays
    with clock.stage("model"):
        matrix = arrays.matrix()
        equal = arrays.lower == arrays.above
        above, below = ~equal & np.isfinite(arrays.above), ~equal & np.isfinite(arrays.lower)
        less = vstack([matrix[above], -matrix[below]])
        limits = np.r_[arrays.above[above], -arrays.lower[below]]
        bounds = np.c_[np.zeros(len(arrays.upper)), arrays.upper]
    with clock.stage("solve"):
        found = linprog(
            arrays.costs, less, limits, matrix[equal], arrays.above[equal], bounds, "highs"
        )
    if found.status:
        raise RuntimeError(f"linprog says {found.message}")
    return Answer(-found.fun, found.x)
