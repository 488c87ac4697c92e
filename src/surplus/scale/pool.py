"""Workers: an executor of ours, which can be made anew, or one of the caller's."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import BrokenExecutor, Executor, Future
from concurrent.futures.process import ProcessPoolExecutor
from multiprocessing.connection import wait
from multiprocessing.process import parent_process

from surplus.errors import SurplusError
from surplus.scale.case import Outcome, solved


class Pool:
    """Where cases run.

    Attributes:
        own: Whether the executor is ours.
        workers: How many cases it runs at a time, as far as that is known.
    """

    def __init__(self, executor: Executor | None, workers: int | None) -> None:
        self.own = executor is None
        known = getattr(executor, "_max_workers", None)
        self.workers = workers or (known if isinstance(known, int) else processors())
        self._executor = self._made() if executor is None else executor

    def _made(self) -> Executor:
        # Spawned, not forked: a solver that has run in the parent may hang in a forked child.
        spawn = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.workers, mp_context=spawn, initializer=_begun)

    def submit(self, *work: object) -> Future[list[Outcome]]:
        """Let a worker run `solved`.

        Raises:
            SurplusError: When the caller's executor takes no more work.
        """
        try:
            return self._executor.submit(solved, *work)  # type: ignore[arg-type]
        except BrokenExecutor as error:
            if not self.own:
                raise SurplusError(
                    f"the executor takes no more work ({error}); without one, surplus makes its own "
                    "and renews it; with a folder to resume from, what is done is not run again"
                ) from error
            self.renew()
            return self._executor.submit(solved, *work)  # type: ignore[arg-type]

    def renew(self) -> None:
        """Give up a broken executor of ours for a new one."""
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._executor = self._made()

    def close(self) -> None:
        """End an executor of ours; what has begun is finished, what has not is dropped."""
        if self.own:
            self._executor.shutdown(wait=False, cancel_futures=True)


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1


def _begun() -> None:
    """In a new worker: Ctrl-C is for the caller to hear, and without the caller there is no work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), daemon=True).start()


def _follow(sentinel: int) -> None:
    """End with the caller, even where it was killed and could not say so."""
    wait([sentinel])
    os._exit(1)
