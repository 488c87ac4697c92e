"""The pooled program, given to HiGHS as arrays: PDLP."""

from __future__ import annotations

from typing import Any

from measure import Answer, Clock

from peers._highs import solve

NAME = "HiGHS, arrays, PDLP"
PLACE = 12
MOST = 100_000
NEEDS = ("highspy",)
EXACT = False


def run(ledger: Any, policy: Any, clock: Clock) -> Answer:
    return solve(ledger, policy, clock, "pdlp")
