"""What a measurement is made of: a clock by stage, and the result that is checked beside it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Clock:
    """Seconds by stage, in the order in which the stages began."""

    stages: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.stages.setdefault(name, 0.0)
        start = time.perf_counter()
        try:
            yield
        finally:
            self.stages[name] += time.perf_counter() - start


@dataclass(frozen=True)
class Result:
    """What a case found.

    Attributes:
        objective: Σ priority × yuan received, as the case states it.
        best: The proven optimum, where the case proves one.
        broken: Rows and bounds that the amounts break once they are rounded to cents.
        cents: By how many cents in all.
    """

    objective: float
    best: float | None = None
    broken: int = 0
    cents: int = 0
