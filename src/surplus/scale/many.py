"""The flow of many cases: a bounded number in flight, small ones in parcels, lost ones run again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sized
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from surplus.errors import SurplusError
from surplus.scale.case import Case, Outcome
from surplus.scale.pool import Pool

_log = logging.getLogger(__name__)
_IN_FLIGHT = 4
_PARCEL = 0.25
_MOST = 64
_DEATHS = 2


@dataclass(frozen=True)
class Progress:
    """How many of the cases are done, how many of those failed, and how many run or wait for a worker.

    Attributes:
        total: How many there are, where the cases say so (a list does, a generator does not).
    """

    done: int
    failed: int
    running: int
    total: int | None = None


def reallocate_many(
    cases: Iterable[Case],
    executor: Executor | None = None,
    *,
    progress: Callable[[Progress], None] | None = None,
    resume: str | Path | None = None,
    workers: int | None = None,
) -> Iterator[Outcome]:
    """Plan independent cases; outcomes come as they finish, in no fixed order.

    Args:
        cases: Taken when there is room: at most four parcels for each worker wait or run at a time. A
            parcel is one case, or as many small ones as take a quarter of a second together.
        executor: Any `concurrent.futures.Executor`, such as dask's `Client.get_executor()`. Without one,
            processes of this machine, one solver thread each; when one dies, the pool is made anew, and
            the cases that were lost run again, one at a time, so that one that kills its worker
            takes no other along.
        progress: Called after each case.
        resume: A folder: every plan is written there, and a case whose plan is there already, for the
            same ledger and policy, is not run again.
        workers: Number of processes, by default one for each processor; with an `executor`, how many
            workers it has, where it does not tell (dask's does not).

    Raises:
        SurplusError: When two cases have one name, or the caller's executor is broken.
    """
    folder = None if resume is None else Path(resume)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    total = len(cases) if isinstance(cases, Sized) else None
    pool = Pool(executor, workers)
    run = _Run(_distinct(cases), pool, folder, total)
    done = failed = 0
    try:
        for outcome in run.outcomes():
            done, failed = done + 1, failed + (outcome.plan is None)
            if progress is not None:
                progress(Progress(done, failed, run.running, total))
            yield outcome
    finally:
        run.drop()
        pool.close()


def _distinct(cases: Iterable[Case]) -> Iterator[Case]:
    seen = set()
    for case in cases:
        if case.name in seen:
            raise SurplusError(f"two cases have the name '{case.name}'; names must differ")
        seen.add(case.name)
        yield case


class _Run:
    """Cases on their way through a pool.

    Attributes:
        running: How many cases run or wait for a worker.
    """

    def __init__(
        self, cases: Iterator[Case], pool: Pool, folder: Path | None, total: int | None
    ) -> None:
        self._cases, self._pool, self._folder, self._left = cases, pool, folder, total
        self._waiting: dict[Future[list[Outcome]], list[Case]] = {}
        self._seconds, self._finished = 0.0, 0
        self.running = 0

    def outcomes(self) -> Iterator[Outcome]:
        """All of them, as they come."""
        while self._fill():
            finished, _ = wait(self._waiting, return_when=FIRST_COMPLETED)
            lost: list[Case] = []
            for future in finished:
                parcel = self._waiting.pop(future)
                self.running -= len(parcel)
                yield from self._of(future, parcel, lost)
            if lost:
                _log.warning("a worker process died; the lost cases run again, one at a time")
                for parcel in self._waiting.values():
                    lost += parcel
                self._waiting.clear()
                self.running = 0
                for case in lost:
                    yield from self._alone(case)

    def _fill(self) -> bool:
        """Submit what there is room for; whether anything is on its way."""
        while len(self._waiting) < _IN_FLIGHT * self._pool.workers:
            parcel = [*islice(self._cases, self._size())]
            if not parcel:
                break
            if self._left is not None:
                self._left -= len(parcel)
            self._waiting[self._pool.submit(parcel, self._folder)] = parcel
            self.running += len(parcel)
        return bool(self._waiting)

    def _size(self) -> int:
        """How many cases make a parcel: what takes `_PARCEL` seconds, and less near the end."""
        if not self._finished:
            return 1
        size = int(_PARCEL * self._finished / max(self._seconds, 1e-9))
        if self._left is not None:
            size = min(size, self._left // (2 * self._pool.workers))
        return max(1, min(_MOST, size))

    def _of(
        self, future: Future[list[Outcome]], parcel: list[Case], lost: list[Case]
    ) -> Iterator[Outcome]:
        """The outcomes of a parcel; where its worker died, its cases are lost."""
        try:
            outcomes = future.result()
        except BrokenExecutor:
            if self._pool.own:
                lost += parcel
            else:
                yield from map(_died, parcel)
        except Exception as error:  # whatever an executor raises ends this parcel only
            if len(parcel) == 1:
                yield Outcome(parcel[0].name, error=f"{type(error).__name__}: {error}")
            for case in parcel if len(parcel) > 1 else ():
                yield from self._alone(case)
        else:
            self._seconds += sum(outcome.seconds for outcome in outcomes)
            self._finished += len(outcomes)
            yield from outcomes

    def _alone(self, case: Case) -> Iterator[Outcome]:
        """Run a case while no other one runs beside it that could be its victim."""
        for _ in range(_DEATHS):
            lost: list[Case] = []
            future = self._pool.submit([case], self._folder)
            yield from self._of(future, [case], lost)
            if not lost:
                return
        yield _died(case)

    def drop(self) -> None:
        """Begin nothing more of what was submitted."""
        for future in self._waiting:
            future.cancel()


def _died(case: Case) -> Outcome:
    return Outcome(case.name, error="its worker died, out of memory or killed")
