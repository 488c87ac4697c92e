"""The pooled program, given to PDLP of OR-Tools as arrays."""

from __future__ import annotations

from typing import Any

from measure import Answer, Clock

from peers._ortools import solve

NAME = "OR-Tools PDLP"
PLACE = 22
MOST = 100_000
NEEDS = ("ortools", "scipy")
EXACT = False


def run(ledger: Any, policy: Any, clock: Clock) -> Answer:
    return solve(ledger, policy, clock, "pdlp")
