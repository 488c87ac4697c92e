"""The pooled program, given to GLOP of OR-Tools as arrays."""

from __future__ import annotations

from typing import Any

from measure import Answer, Clock

from peers._ortools import solve

NAME = "OR-Tools GLOP"
PLACE = 21
MOST = 100_000
NEEDS = ("ortools", "scipy")
EXACT = True


def run(ledger: Any, policy: Any, clock: Clock) -> Answer:
    return solve(ledger, policy, clock, "glop")
