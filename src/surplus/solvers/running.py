"""Letting a solver work: beside the main thread, within the time that the run has, and stopped when asked."""

from __future__ import annotations

import copy
import threading
import time
from typing import Any

from surplus.watch import OutOfTime, watch

_LOOK = 0.05
_PATIENCE = 0.5
_BEST = 3.0
_left_behind: list[threading.Event] = []


def run(problem: Any, solver: Any, *, search: bool = False) -> None:
    """Solve a PuLP problem with a solver; values and status are the problem's then.

    The main thread would not hear Ctrl-C inside of a solver, so it waits beside it. A solver that does not
    stop when asked is left behind: its thread ends with the process.

    Args:
        problem: A `pulp.LpProblem`.
        solver: A PuLP solver object; a copy is used, with the time that is left.
        search: Whether it looks for whole numbers, and has a best answer when it is stopped.

    Raises:
        OutOfTime: When time is up and there is no answer.
        KeyboardInterrupt: When interrupted.
    """
    now = watch()
    now.check()
    left = now.remaining()
    if left is not None:
        # With the grace a plain program, which only finishes a search, may still be solved.
        left = max(left, 0.05) if search else left + _PATIENCE
    solver = _limited(solver, left)
    if threading.current_thread() is not threading.main_thread() and now.idle:
        problem.solve(solver)
        return
    failed: list[BaseException] = []
    done = threading.Event()  # a thread whose join is interrupted counts as ended on Python 3.11

    def work() -> None:
        try:
            problem.solve(solver)
        except BaseException as error:
            failed.append(error)
        finally:
            done.set()

    threading.Thread(target=work, name="solver", daemon=True).start()
    try:
        _wait(done, search)
    except BaseException:
        _stop(problem, done)
        raise
    if not done.is_set():
        # Its best answer is worth waiting for; most stop within a tenth of a second.
        _stop(problem, done, _BEST if search else _PATIENCE)
    if not done.is_set():
        raise OutOfTime(now.reason())
    if failed:
        raise failed[0]
    if search and now.over:
        now.stopped()


def _wait(done: threading.Event, search: bool) -> None:
    """Until a solver has finished, or its time is up; what only finishes a search has a little more."""
    now, over = watch(), None
    while not done.wait(None if now.idle else _LOOK):
        if now.over:
            over = over or time.monotonic()
            if search or time.monotonic() > over + _PATIENCE:
                return


def left_behind() -> bool:
    """Whether a solver that did not stop when asked still works; the process may not end by itself."""
    return not all(done.is_set() for done in _left_behind)


def _limited(solver: Any, seconds: float | None) -> Any:
    """A copy of a solver that can be stopped, and stops itself in time."""
    solver = copy.copy(solver)
    if seconds is not None and hasattr(solver, "timeLimit"):
        own = solver.timeLimit
        solver.timeLimit = seconds if own is None else min(own, seconds)
    if hasattr(solver, "callSolver") and type(solver).__name__ == "HiGHS":

        def stoppable(problem: Any) -> None:
            problem.solverModel.HandleUserInterrupt = True
            problem.solverModel.run()

        solver.callSolver = stoppable
    return solver


def _stop(problem: Any, done: threading.Event, patience: float = _PATIENCE) -> None:
    """Ask a solver to stop, and wait a little; HiGHS is one that hears it."""
    ask = getattr(getattr(problem, "solverModel", None), "cancelSolve", None)
    if ask is not None:
        ask()
        done.wait(patience)
    if not done.is_set():
        _left_behind.append(done)
