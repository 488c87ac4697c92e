"""What a measurement is made of: a clock by stage, an answer, and the process around them."""

from __future__ import annotations

import json
import os
import platform
import resource
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SEED = 7
WARM = 100  # projects of a run that is not counted
MEMORY = 10 * 2**30  # bytes of address space for a peer
ALLOWANCE = 5.0  # seconds for imports; making the ledger has some more
WAITING = 5  # at most so many seconds for one of computing
REPEATS, ENOUGH = 5, 3.0  # at most so many runs, and no more after so many seconds


@dataclass
class Clock:
    """Seconds by stage, in the order in which the stages began.

    Of the clock, or of the processor where that is less: other work may share the machine.
    """

    stages: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        self.stages.setdefault(name, 0.0)
        start, used = time.perf_counter(), processor()
        try:
            yield
        finally:
            self.stages[name] += min(time.perf_counter() - start, processor() - used)


def processor() -> float:
    """Seconds that this process and those that it started and that ended have computed."""
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


@dataclass(frozen=True)
class Answer:
    """What a peer found.

    Attributes:
        objective: Of the first level, as the peer states it: Σ priority × yuan, or the lowest ratio.
        values: By column of `Pooled`, yuan; None for surplus, whose plan is verified instead.
        best: The proven optimum, where it is proven.
        words: What else is worth a note, such as the method that was chosen.
    """

    objective: float
    values: Any = None
    best: float | None = None
    words: str = ""


class NotApplicable(Exception):
    """The peer cannot express the case; says why."""


def registered(kind: str, only: str | None = None) -> dict[str, Any]:
    """The modules of a folder by name, or one; a name that begins with an underscore is none."""
    names = sorted(f.stem for f in (HERE / kind).glob("*.py") if not f.stem.startswith("_"))
    names = names if only is None else [only]
    modules = {name: import_module(f"{kind}.{name}") for name in names}
    return dict(sorted(modules.items(), key=lambda item: item[1].PLACE))


def missing(peer: Any) -> list[str]:
    """Packages that the peer needs and that are not installed."""
    return [name for name in peer.NEEDS if find_spec(name) is None]


def measured(
    peer: Any, scenario: Any, size: int, repeats: int = REPEATS, limit: float | None = None
) -> dict[str, Any]:
    """One peer on one scenario, in this process: medians of several runs where a run is short.

    The process ends itself after `limit` seconds of computing in one run.
    """
    from pooled import Pooled

    for name in peer.NEEDS:
        import_module(name)
    try:
        peer.run(*scenario.make(WARM, SEED), Clock())  # loads what is loaded when first used
    except NotApplicable as reason:
        return {"not_applicable": str(reason)}
    runs: list[dict[str, float]] = []
    started = time.perf_counter()
    memory: dict[str, int] = {}
    while True:
        base = _resident()
        ledger, policy = scenario.make(size, SEED)
        before = _forget_peak()
        clock = Clock()
        if limit is not None:
            _end_after(limit)
        answer = peer.run(ledger, policy, clock)
        memory = memory or {"base": base, "ledger": before, "peak": _peak()}
        runs.append(clock.stages)
        if len(runs) >= repeats or time.perf_counter() - started > ENOUGH:
            break
    seconds = [sum(stages.values()) for stages in runs]
    stages = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    found = {
        "seconds": statistics.median(seconds),
        "runs": len(runs),
        "stages": stages,
        "objective": answer.objective,
        "best": answer.best,
        "words": answer.words,
        **memory,
    }
    if answer.values is None:
        return {**found, "broken": 0, "cents": 0}
    pooled = Pooled(ledger, policy)
    broken, cents = pooled.rounded(answer.values)
    found["objective"] /= pooled.unit
    return {**found, "broken": broken, "cents": cents}


def apart(peer: str, scenario: str, size: int, limit: float) -> dict[str, Any]:
    """The same in a process of its own, which ends after `limit` seconds of computing."""
    command = [sys.executable, str(HERE / "run.py"), "--measure", peer, scenario, str(size)]
    command += ["--limit", str(limit)]
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,  # so that a solver that it started ends with it
    )
    try:
        out, errors = process.communicate(timeout=WAITING * (limit + ALLOWANCE + size / 1e5))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return {"stopped": limit}
    if process.returncode == -signal.SIGXCPU:
        return {"stopped": limit}
    if process.returncode:
        if "MemoryError" in errors or "bad_alloc" in errors or process.returncode == -9:
            return {"failed": f"out of memory ({MEMORY >> 30} GB)"}
        return {"failed": errors.strip().splitlines()[-1][:200] if errors.strip() else "crashed"}
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


def limit_memory(size: int = MEMORY) -> None:
    """Let this process fail rather than the machine."""
    resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _end_after(seconds: float) -> None:
    """End this process, and a solver that it starts, once so many more seconds are computed."""
    most = int(processor() + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def machine() -> dict[str, Any]:
    """What the figures were taken on."""
    from importlib.metadata import PackageNotFoundError, version

    names = sorted({name for peer in registered("peers").values() for name in peer.NEEDS})
    packages = {}
    for name in names:
        try:
            packages[name] = version(name)
        except PackageNotFoundError:
            continue
    return {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "packages": packages,
    }


def _status(key: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024
    raise KeyError(key)


def _resident() -> int:
    """Bytes of memory in use now; where the system does not tell, the peak until now."""
    try:
        return _status("VmRSS")
    except OSError:
        return _peak()


def _forget_peak() -> int:
    """Let the peak begin anew, where the system can do that; returns what is in use now."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _resident()


def _peak() -> int:
    """Bytes at the peak: of this process, or of the largest solver that it started."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    try:
        own = _status("VmHWM")
    except OSError:
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return max(own, children)
