"""Who watches a run: its time limit, its cancellation, and who is told how far it is.

A run has one watch, in a context variable, so that the layers between need not hand it down. When time
is up, searching ends at once; what remains to do with the best answer found may take `GRACE` more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

from surplus.errors import SolverError, Stop, SurplusError

GRACE = 0.8
"""Seconds for turning the best answer found into an exact plan once time is up."""

STAGES = {
    "balance": "测算结余与缺口",
    "classes": "归并同类项目",
    "solve": "求解",
    "certify": "生成证明",
    "spread": "分解到项目",
    "explain": "说明原因",
    "check": "逐分核验",
}
"""The stages of a run in their order, with their Chinese names."""


class OutOfTime(SolverError):
    """The time limit was reached, or the run was cancelled, before there was an exact plan."""

    def __init__(self, detail: str) -> None:
        super().__init__(Stop.TIME_LIMIT, detail)


@dataclass(frozen=True)
class Stage:
    """Where a run stands: what it begins to do now.

    Attributes:
        name: A key of `STAGES`.
        name_zh: The same in Chinese.
        place, of: Its place among all stages, from 1.
        seconds: Since the start of the run.
    """

    name: str
    name_zh: str
    place: int
    of: int
    seconds: float


@dataclass(eq=False)
class Watch:
    """The limits of one run.

    Attributes:
        limit: Seconds from its start; None for no limit.
        cancelled: Asked often: whether the run is to stop.
        progress: Told at the start of each stage.

    Raises:
        SurplusError: For a limit that is negative or no number.
    """

    limit: float | None = None
    cancelled: Callable[[], bool] | None = None
    progress: Callable[[Stage], None] | None = None
    _start: float = field(default_factory=time.monotonic)
    _over: float | None = None
    _stopped: float = 0.0

    def __post_init__(self) -> None:
        if self.limit is not None and not self.limit >= 0:
            raise SurplusError(f"a time limit of {self.limit:g} s; needed: 0 seconds or more")

    @property
    def idle(self) -> bool:
        """Whether nothing can end the run early."""
        return self.limit is None and self.cancelled is None

    def _end(self) -> float | None:
        """When searching ends."""
        if self._over is None and self.cancelled is not None and self.cancelled():
            self._over = time.monotonic()
        ends = [] if self._over is None else [self._over]
        ends += [] if self.limit is None else [self._start + self.limit]
        return min(ends) if ends else None

    def remaining(self) -> float | None:
        """Seconds left for searching, at least 0; None without a limit."""
        end = self._end()
        return None if end is None else max(0.0, end - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether time is up: nothing further is to be searched for."""
        return self.remaining() == 0.0

    def check(self) -> None:
        """Go on, or not.

        Raises:
            OutOfTime: When time, and the grace after it, are up.
        """
        end = None if self.idle else self._end()
        if end is not None and time.monotonic() > max(end, self._stopped) + GRACE:
            raise OutOfTime(self.reason())

    def stopped(self) -> None:
        """The first search to end late has just ended; the grace counts from now, for its answer."""
        self._stopped = self._stopped or time.monotonic()

    def elapsed(self) -> float:
        """Seconds since the start of the run."""
        return time.monotonic() - self._start

    def reason(self) -> str:
        """Why a run ended without a plan."""
        if self._over is not None:
            return "cancelled before there was an exact plan"
        return f"no exact plan was found within {self.limit:g} s"


_watch: ContextVar[Watch | None] = ContextVar("surplus_watch", default=None)
_NOBODY = Watch()


def watch() -> Watch:
    """The watch of this run."""
    return _watch.get() or _NOBODY


@contextmanager
def watched(new: Watch) -> Iterator[Watch]:
    """Watch what runs inside; a watch without limits of its own keeps those of the one around it."""
    outer = watch()
    if new.idle and new.progress is None:
        yield outer
        return
    if new.idle and not outer.idle:
        new = replace(outer, progress=new.progress)
    token = _watch.set(new)
    try:
        yield new
    finally:
        _watch.reset(token)


def begin(name: str) -> None:
    """Say which stage begins; ends a run whose time is up.

    Raises:
        OutOfTime: When time, and the grace after it, are up.
    """
    now = watch()
    now.check()
    if now.progress is not None:
        place = list(STAGES).index(name) + 1
        now.progress(Stage(name, STAGES[name], place, len(STAGES), now.elapsed()))
