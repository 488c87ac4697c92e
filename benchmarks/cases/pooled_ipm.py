"""The pooled program, one column per project and source, given to HiGHS: interior point."""

from __future__ import annotations

from typing import Any

from measure import Clock, Result

from cases._highs import solve

NAME = "pooled, HiGHS interior point"
SIZES = (100, 300, 1_000, 10_000, 100_000)


def run(ledger: Any, policy: Any, clock: Clock) -> Result:
    return solve(ledger, policy, clock, "ipm")
