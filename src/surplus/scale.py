"""Many ledgers at once, on any executor: results as they finish, one bad case harms no other."""

from __future__ import annotations

import logging
import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from concurrent.futures.process import ProcessPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from surplus.errors import SurplusError
from surplus.io import read, read_policy, write_atomically
from surplus.ledger import Ledger
from surplus.plan.data import Plan
from surplus.policy import Policy
from surplus.proof.certificate import ledger_digest, policy_digest
from surplus.reallocation import reallocate

_log = logging.getLogger(__name__)
_MOST_DEATHS = 3


@dataclass(frozen=True)
class Case:
    """A ledger under a policy; each as an object or as the path of its file.

    Attributes:
        name: Tells the cases apart; also the name of the case's file in a folder of results.
    """

    name: str
    ledger: Ledger | str | Path
    policy: Policy | str | Path


@dataclass(frozen=True)
class Outcome:
    """What became of a case: a plan, or the error in words."""

    name: str
    plan: Plan | None = None
    error: str | None = None


@dataclass(frozen=True)
class Progress:
    """How many of the cases that were begun are done, and how many of those failed."""

    done: int
    failed: int
    running: int


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
        cases: Taken one by one: at most four for each worker wait or run at a time.
        executor: Any `concurrent.futures.Executor`, such as dask's `Client.get_executor()`. Without one,
            processes of this machine, one solver thread each; when one dies, the pool is made anew and
            only the cases that were lost run again.
        progress: Called after each case.
        resume: A folder: every plan is written there, and a case whose plan is there already, for the
            same ledger and policy, is not run again.
        workers: Number of processes; by default one for each processor.

    Raises:
        SurplusError: When two cases have one name.
    """
    count = workers or os.cpu_count() or 1
    folder = None if resume is None else Path(resume)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    pool = _Pool(executor, count)
    done = failed = 0
    try:
        for outcome in _run(_distinct(cases), pool, folder, 4 * count):
            done, failed = done + 1, failed + (outcome.plan is None)
            if progress is not None:
                progress(Progress(done, failed, pool.running))
            yield outcome
    finally:
        pool.close()


def _distinct(cases: Iterable[Case]) -> Iterator[Case]:
    seen = set()
    for case in cases:
        if case.name in seen:
            raise SurplusError(f"two cases have the name '{case.name}'; names must differ")
        seen.add(case.name)
        yield case


def _run(cases: Iterator[Case], pool: _Pool, folder: Path | None, most: int) -> Iterator[Outcome]:
    """Keep a bounded number of cases in flight; run what a broken pool lost again."""
    waiting: dict[Future[Outcome], Case] = {}
    again: deque[Case] = deque()
    deaths: dict[str, int] = {}
    exhausted = False
    while True:
        while not exhausted and not again and len(waiting) < most:
            case = next(cases, None)
            if case is None:
                exhausted = True
            else:
                waiting[pool.submit(case, folder)] = case
        while again and (not waiting or len(waiting) < most):
            case = again.popleft()
            waiting[pool.submit(case, folder)] = case
            if deaths.get(case.name, 0) > 1:
                break  # alone, so that a case that kills its worker takes no other along
        pool.running = len(waiting)
        if not waiting:
            return
        finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
        broken = False
        for future in finished:
            case = waiting.pop(future)
            try:
                outcome = future.result()
            except BrokenExecutor:
                broken = True
                deaths[case.name] = deaths.get(case.name, 0) + 1
                if not pool.own or deaths[case.name] >= _MOST_DEATHS:
                    yield Outcome(case.name, error="its worker died, out of memory or killed")
                else:
                    again.append(case)
            except Exception as error:  # whatever an executor raises ends this case only
                yield Outcome(case.name, error=f"{type(error).__name__}: {error}")
            else:
                pool.running = len(waiting)
                yield outcome
        if broken and pool.own:
            _log.warning("a worker process died; the lost cases run again")
            lost = [case for future, case in waiting.items()]
            waiting.clear()
            again.extend(lost)
            pool.renew()


class _Pool:
    """An executor of ours, which can be made anew, or of the caller's."""

    def __init__(self, executor: Executor | None, workers: int) -> None:
        self.own = executor is None
        self.running = 0
        self._workers = workers
        self._executor = executor if executor is not None else self._made()

    def _made(self) -> Executor:
        spawn = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self._workers, mp_context=spawn)

    def submit(self, case: Case, folder: Path | None) -> Future[Outcome]:
        try:
            return self._executor.submit(solved, case, folder)
        except BrokenExecutor:
            if not self.own:
                raise
            self.renew()
            return self._executor.submit(solved, case, folder)

    def renew(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._executor = self._made()

    def close(self) -> None:
        if self.own:
            self._executor.shutdown(wait=False, cancel_futures=True)


def solved(case: Case, folder: Path | None) -> Outcome:
    """One case, in a worker; an error on purpose becomes words."""
    try:
        ledger = case.ledger if isinstance(case.ledger, Ledger) else read(case.ledger)
        policy = case.policy if isinstance(case.policy, Policy) else read_policy(case.policy)
        target = None if folder is None else folder / f"{_file_name(case.name)}.json"
        if target is not None and (plan := _kept(target, ledger, policy)) is not None:
            return Outcome(case.name, plan)
        plan = replace(reallocate(ledger, policy), case=None)
        if target is not None:
            write_atomically(target, plan.to_json())
    except (SurplusError, OSError) as error:
        return Outcome(case.name, error=str(error))
    return Outcome(case.name, plan)


def _file_name(name: str) -> str:
    """The name itself where it is a plain one, else its digest beside what is plain of it."""
    plain = "".join(c if c.isalnum() or c in "-_" else "_" for c in name)[:80]
    return plain if plain == name else f"{plain}-{sha256(name.encode()).hexdigest()[:12]}"


def _kept(target: Path, ledger: Ledger, policy: Policy) -> Plan | None:
    """The plan of an earlier run, where it is for these facts and rules."""
    if not target.exists():
        return None
    try:
        plan = Plan.from_json(target.read_bytes())
    except SurplusError:
        return None
    digests = (plan.certificate.get("ledger"), plan.certificate.get("policy"))
    return plan if digests == (ledger_digest(ledger), policy_digest(policy)) else None
