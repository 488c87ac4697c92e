"""Measure surplus beside its peers: ``python benchmarks/run.py [--smoke] [--sizes N …]``.

Every file in cases/ is a case and registers itself. Each measurement has a process of its own, so
that peak memory is its own too. A peer must find the optimum that surplus proves; only then do its
seconds count. The table goes to RESULTS.md; a smoke run (at most 300 projects) asserts the
results and writes nothing.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import resource
import subprocess
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from measure import Clock

HERE = Path(__file__).parent
SEED = 7
SMOKE = 300
TOLERANCE = 1e-6  # relative; CBC prints 8 digits


def cases() -> list[str]:
    """The names of all cases, surplus first."""
    names = sorted(f.stem for f in (HERE / "cases").glob("*.py") if not f.stem.startswith("_"))
    return sorted(names, key=lambda name: name != "plan")


def measure(case: str, size: int) -> dict[str, Any]:
    """One case at one size, in this process."""
    import surplus

    ledger, policy = surplus.generate(projects=size, seed=SEED)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    clock = Clock()
    result = importlib.import_module(f"cases.{case}").run(ledger, policy, clock)
    usage = [
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    ]
    return {"stages": clock.stages, "peak": max(usage), "before": before, **asdict(result)}


def measure_apart(case: str, size: int) -> dict[str, Any]:
    """The same in a process of its own."""
    command = [sys.executable, str(HERE / "run.py"), "--measure", case, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{case} at {size:,} projects failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    found["seconds"] = sum(found["stages"].values())
    return found


def check(case: str, size: int, found: dict[str, Any], best: float) -> None:
    """A peer's objective equals the optimum that surplus proves; surplus is within a yuan of it."""
    if case == "plan":
        near = 0 <= found["best"] - found["objective"] <= 1
    else:
        near = abs(found["objective"] - best) <= TOLERANCE * max(1.0, abs(best))
    if not near:
        sys.exit(f"{case} at {size:,} projects: objective {found['objective']!r}, proven {best!r}")


def seconds(value: float) -> str:
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"


def table(results: dict[tuple[str, int], dict[str, Any]]) -> str:
    """All measurements as Markdown."""
    lines = [
        "| projects | case | seconds | × surplus | peak MB | broken by rounding | cents off "
        "| seconds by stage |",
        "|---:|---|---:|---:|---:|---:|---:|---|",
    ]
    for (case, size), found in sorted(results.items(), key=lambda item: item[0][1]):
        ours = results["plan", size]["seconds"]
        stages = ", ".join(f"{name} {seconds(s)}" for name, s in found["stages"].items())
        name = importlib.import_module(f"cases.{case}").NAME
        lines.append(
            f"| {size:,} | {name} | {seconds(found['seconds'])} | {found['seconds'] / ours:.1f} "
            f"| {found['peak'] // 1024:,} | {found['broken']:,} | {found['cents']:,} | {stages} |"
        )
    return "\n".join(lines)


def page(results: dict[tuple[str, int], dict[str, Any]]) -> str:
    """RESULTS.md."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("pulp", "highspy", "numpy"))
    return f"""# Benchmark results

Written by `python benchmarks/run.py`; seed {SEED}, {os.cpu_count()} cores, {platform.machine()},
Python {platform.python_version()}, {packages}.

All cases solve the same generated ledger under the same policy, side by side in one run. Every
peer's objective equals the optimum that surplus proves (relative {TOLERANCE:g}). Making or reading
the ledger is not counted. surplus is counted from the ledger to the verified plan in whole cents,
with its transfers; a peer only to the solver's answer. "Broken by rounding" are the rules, pools,
gaps and bounds that this answer breaks once each amount is rounded to the cent; "cents off" is by
how much in all. Peak memory is that of the whole process, the ledger included.

{table(results)}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="small sizes; assert results only")
    parser.add_argument("--sizes", type=int, nargs="*", help="only these numbers of projects")
    parser.add_argument("--cases", nargs="*", default=cases(), help="only these cases")
    parser.add_argument("--measure", nargs=2, metavar=("CASE", "SIZE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measure(options.measure[0], int(options.measure[1]))))
        return
    results: dict[tuple[str, int], dict[str, Any]] = {}
    for case in dict.fromkeys(["plan", *options.cases]):
        for size in importlib.import_module(f"cases.{case}").SIZES:
            if (options.smoke and size > SMOKE) or size not in (options.sizes or [size]):
                continue
            found = results[case, size] = measure_apart(case, size)
            check(case, size, found, results["plan", size]["best"])
            print(f"{case:16}{size:>10,}{seconds(found['seconds']):>10} s", flush=True)
    print("\n" + table(results))
    if not options.smoke and options.sizes is None:
        (HERE / "RESULTS.md").write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main()
