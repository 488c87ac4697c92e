"""Measure the goals of speed and memory: ``python benchmarks/goals.py [--projects N] [--cpu]``.

What is compared runs by turns in one process; memory is taken in processes of their own. Prints a
Markdown table for docs/performance.md.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import highspy  # noqa: F401 - loaded before any clock runs
import pyarrow.parquet  # noqa: F401

import surplus
from surplus import reallocation  # noqa: F401

SEED = 7
TURNS = 5


def wall() -> float:
    """Seconds that have passed."""
    return time.perf_counter()


def cpu() -> float:
    """Seconds of the processor, by this process and those that it waited for: for busy machines."""
    both = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


clock = wall


def by_turns(turns: int, **tasks: Callable[[], Any]) -> dict[str, float]:
    """The median seconds of each task, taken by turns."""
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(turns):
        for name, task in tasks.items():
            start = clock()
            task()
            seconds[name].append(clock() - start)
    return {name: median(values) for name, values in seconds.items()}


def peak() -> int:
    """Bytes that this process has held at most."""
    # Not ru_maxrss: a new process begins with that of the one that started it.
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))


def memory(folder: str, projects: int) -> float:
    """Bytes per project of reading (or generating, without a folder) and planning, at the peak."""
    surplus.reallocate(*surplus.generate(projects=100, seed=SEED))  # all modules are loaded
    before = peak()
    ledger, policy = surplus.generate(projects=10 if folder else projects, seed=SEED)
    if folder:
        ledger = surplus.read(folder)
        policy = surplus.Policy.model_validate_json((Path(folder) / "policy.json").read_text())
    surplus.reallocate(ledger, policy)
    return (peak() - before) / projects


def apart(*arguments: str) -> Any:
    """What this script prints, in a process of its own."""
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def whole(*command: str) -> float:
    """The median seconds of a whole process."""
    run = lambda: subprocess.run([sys.executable, *command], capture_output=True, check=True)  # noqa: E731
    return by_turns(TURNS, one=run)["one"]


def measured(projects: int, folder: Path) -> list[tuple[str, str]]:
    """Each goal and its figures."""
    ledger, policy = surplus.generate(projects=projects, seed=SEED)
    place = folder / "large"
    ledger.to_parquet(place)
    (place / "policy.json").write_text(policy.model_dump_json(by_alias=True))
    plans: list[surplus.Plan] = []

    def plan() -> None:
        plans[:] = [surplus.reallocate(ledger, policy)]

    large = by_turns(
        TURNS,
        read=lambda: surplus.read(place),
        plan=plan,
        verify=lambda: surplus.verify(plans[0], ledger, policy),
        write=lambda: plans[0].write_json(folder / "plan.json"),
    )
    found = [(f"{name}, {projects:,} projects", f"{large[name]:.2f} s") for name in large]
    found.append(("plan / read", f"{large['plan'] / large['read']:.2f}"))
    for size in (1_000, 10_000, 100_000):
        case = surplus.generate(projects=size, seed=SEED)
        seconds = by_turns(TURNS, one=lambda case=case: surplus.reallocate(*case))["one"]
        found.append(
            (f"plan, {size:,} projects", f"{seconds:.4f} s, {seconds / size * 1e6:.2f} µs each")
        )
    for name, source in (("generated", ""), ("read from Parquet", str(place))):
        held = apart("--memory", source, "--projects", str(projects))
        found.append((f"memory, {name}", f"{held:.0f} bytes a project"))
    case = surplus.generate(projects=projects // 10, seed=SEED)[0]
    text, frames = case.to_json(), case.to_frames("pyarrow")
    few = by_turns(
        TURNS,
        json=lambda: surplus.Ledger.from_json(text),
        columns=lambda: surplus.Ledger.from_frames(**frames),
    )
    found += [(f"{name}, {projects // 10:,} projects", f"{few[name]:.3f} s") for name in few]
    county, rules = surplus.generate(projects=102, seed=SEED)
    (folder / "l.json").write_text(county.to_json(), encoding="utf-8")
    (folder / "p.json").write_text(rules.model_dump_json(by_alias=True), encoding="utf-8")
    asked = ("plan", str(folder / "l.json"), "--policy", str(folder / "p.json"))
    found.append(("surplus plan, 102 projects", f"{whole('-m', 'surplus', *asked):.2f} s"))
    started = whole("-c", "pass")
    found.append(("import surplus", f"{1000 * (whole('-c', 'import surplus') - started):.0f} ms"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--projects", type=int, default=1_000_000)
    parser.add_argument("--memory", help=argparse.SUPPRESS)
    parser.add_argument("--cpu", action="store_true", help="seconds of the processor")
    options = parser.parse_args()
    if options.cpu:
        globals()["clock"] = cpu
    if options.memory is not None:
        print(memory(options.memory, options.projects))
        return
    with tempfile.TemporaryDirectory() as folder:
        rows = measured(options.projects, Path(folder))
    print(f"{os.cpu_count()} cores; medians of {TURNS}, {clock.__name__} seconds\n")
    print("| what | measured |\n|---|---|")
    for what, figure in rows:
        print(f"| {what} | {figure} |")


if __name__ == "__main__":
    main()
