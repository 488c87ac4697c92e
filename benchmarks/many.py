"""Many ledgers at once: one worker against two, and thousands of small plans."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

PAIRS = 3


def measured(quick: bool = False) -> dict[str, Any]:
    """Seconds with one worker and with two, taken in turn, start of the workers included."""
    if quick:
        return {"runs": [compared("small plans", 20, 100, 1)]}
    return {
        "runs": [
            compared("a province: 100 counties of 100 projects", 100, 100, PAIRS),
            compared("1,000 counties of 100 projects", 1_000, 100, 1),
            compared("20 counties of 20,000 projects", 20, 20_000, PAIRS),
        ]
    }


def compared(what: str, plans: int, projects: int, pairs: int) -> dict[str, Any]:
    """The medians of some pairs of runs."""
    took: dict[int, list[float]] = {1: [], 2: []}
    cases = [*_cases(plans, projects)]
    for _ in range(pairs):
        for workers, seconds in took.items():
            seconds.append(_seconds(cases, workers))
    one, two = map(statistics.median, took.values())
    print(f"{what}: {one:.2f} s with one worker, {two:.2f} s with two", flush=True)
    return {"what": what, "plans": plans, "projects": projects, "one": one, "two": two}


def _cases(plans: int, projects: int) -> Iterator[Any]:
    import surplus

    for i in range(plans):
        yield surplus.Case(f"county-{i}", *surplus.generate(projects=projects, seed=i))


def _seconds(cases: list[Any], workers: int) -> float:
    import surplus

    start, done = time.perf_counter(), 0
    for outcome in surplus.reallocate_many(cases, workers=workers):
        if outcome.plan is None:
            raise RuntimeError(f"{outcome.name}: {outcome.error}")
        done += 1
    assert done == len(cases)
    return time.perf_counter() - start
