"""surplus itself: from ledger and policy to the verified plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from measure import Answer, Clock

import surplus
from surplus import reallocation

NAME = "surplus"
PLACE = 0
MOST = 1_000_000
NEEDS = ("surplus", "pulp", "highspy")
EXACT = True
STAGES = (
    "balances",
    "segmented",
    "build",
    "best",
    "certificate",
    "spread",
    "proved",
    "bounds",
    "reasons",
    "results",
    "held",
)


def run(ledger: Any, policy: Any, clock: Clock) -> Answer:
    was = {name: getattr(reallocation, name) for name in STAGES if hasattr(reallocation, name)}
    for name, function in was.items():
        setattr(reallocation, name, _timed(function, name, clock))
    try:
        with clock.stage("all"):
            plan = surplus.reallocate(ledger, policy)
    finally:
        for name, function in was.items():
            setattr(reallocation, name, function)
    rest = clock.stages.pop("all") - sum(clock.stages.values())
    clock.stages["other"] = max(0.0, rest)
    surplus.verify(plan, ledger, policy)
    level = plan.objectives[0]
    words = f"{len(plan.amount):,} transfers"
    return Answer(float(level.value), best=float(level.bound), words=words)


def _timed(function: Callable[..., Any], name: str, clock: Clock) -> Callable[..., Any]:
    def call(*args: Any, **keywords: Any) -> Any:
        with clock.stage(name):
            return function(*args, **keywords)

    return call
