"""surplus itself: from ledger and policy to the verified plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulp  # noqa: F401 - loaded before the clock runs, as by the peers
from measure import Clock, Result

import surplus
from surplus import reallocation

NAME = "surplus"
SIZES = (100, 300, 1_000, 10_000, 100_000, 1_000_000)
STAGES = ("balances", "build", "best", "spread", "ledger_digest", "certificate", "results", "held")


def run(ledger: Any, policy: Any, clock: Clock) -> Result:
    for name in STAGES:
        if hasattr(reallocation, name):
            setattr(reallocation, name, _timed(getattr(reallocation, name), name, clock))
    with clock.stage("all"):
        plan = surplus.reallocate(ledger, policy)
    rest = clock.stages.pop("all") - sum(clock.stages.values())
    clock.stages["other"] = max(0.0, rest)
    level = plan.objectives[0]
    return Result(float(level.value), best=float(level.bound))


def _timed(function: Callable[..., Any], name: str, clock: Clock) -> Callable[..., Any]:
    def call(*args: Any, **keywords: Any) -> Any:
        with clock.stage(name):
            return function(*args, **keywords)

    return call
