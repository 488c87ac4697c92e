"""Measure surplus beside its peers: ``python benchmarks/run.py [--quick] [--scenarios …] [--peers …]``.

Files in scenarios/ and peers/ register themselves. Each measurement has a process of its own: memory
is then its own, too, and packages that cannot live in one process do not meet. A peer has to find the
optimum that surplus proves; only then do its seconds count. A whole run writes results.json, and
from it RESULTS.md and the pictures; a part of it, or a quick one, writes nothing unless told where.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import measure
import report
from scenarios import ALL, FEW, NETWORK

HERE = Path(__file__).parent
QUICK = 1_000
NEAR, ABOUT = 1e-6, 1e-3  # relative; CBC prints 8 digits, first-order methods end early
LARGE = 100_000


def asked(who: str, size: int, peers: dict[str, Any]) -> list[str]:
    """The peers that a scenario asks at a size."""
    few = ["highs_simplex", "highs_ipm"] if size < LARGE else ["highs_ipm"]
    chosen = {ALL: list(peers), FEW: few, NETWORK: ["ortools_flow"]}.get(who, [])
    return ["plan", *(name for name in chosen if name != "plan")]


def plan_of_runs(options: argparse.Namespace) -> list[tuple[str, int, str]]:
    """All (scenario, size, peer) to measure, surplus first."""
    scenarios, peers = measure.registered("scenarios"), measure.registered("peers")
    runs = []
    for scenario, module in scenarios.items():
        if options.scenarios and scenario not in options.scenarios:
            continue
        for size, who in module.SIZES.items():
            if options.sizes and size not in options.sizes:
                continue
            if options.quick and size > QUICK:
                continue
            for peer in asked(who, size, peers):
                if options.peers and peer not in ("plan", *options.peers):
                    continue
                runs.append((scenario, size, peer))
    return runs


def judged(found: dict[str, Any], exact: bool, best: float) -> dict[str, Any]:
    """How far the objective is from the proven optimum, and whether that is near enough."""
    if "objective" not in found:
        return found
    off = abs(found["objective"] - best) / max(1.0, abs(best))
    return {**found, "off": off, "same": off <= (NEAR if exact else ABOUT)}


def everything(options: argparse.Namespace, document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All measurements, one after the other; those of an earlier run, when it is to be completed."""
    peers = measure.registered("peers")
    earlier = {(r["scenario"], r["size"], r["peer"]): r for r in document["results"]}
    best: dict[tuple[str, int], float | None] = {}
    stopped: set[tuple[str, str]] = set()
    for scenario, size, peer in plan_of_runs(options):
        module, before = peers[peer], earlier.get((scenario, size, peer))
        if before is not None:
            found = before
        elif absent := measure.missing(module):
            found = {"absent": f"{', '.join(absent)} not installed"}
        elif size > module.MOST:
            found = {"not_asked": f"asked for up to {module.MOST:,} projects"}
        elif (scenario, peer) in stopped:
            found = {"not_asked": "stopped at fewer projects already"}
        else:
            found = measure.apart(peer, scenario, size, options.limit)
        if "stopped" in found:
            stopped.add((scenario, peer))
        if peer == "plan":
            best[scenario, size] = found.get("best")
        proven = best.get((scenario, size))
        if proven is not None:
            found = judged(found, module.EXACT, proven)
        print(f"{scenario:12}{size:>10,}  {peer:18}{report.outcome(found)}", flush=True)
        yield {"scenario": scenario, "size": size, "peer": peer, **found}


def wrong(results: list[dict[str, Any]]) -> list[str]:
    """Answers that are not the proven optimum, and plans of ours that break something."""
    found = []
    for one in results:
        name = f"{one['peer']} on {one['scenario']} at {one['size']:,} projects"
        if one.get("same") is False:
            found.append(f"{name}: objective {one['objective']!r} is off by {one['off']:.1e}")
        if one["peer"] == "plan" and (one.get("broken") or one.get("failed")):
            found.append(f"{name}: {one.get('failed') or 'rules are broken'}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"at most {QUICK:,} projects")
    parser.add_argument("--sizes", type=int, nargs="*", help="only these numbers of projects")
    parser.add_argument("--scenarios", nargs="*", help="only these scenarios")
    parser.add_argument("--peers", nargs="*", help="surplus and only these peers")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds for each run")
    parser.add_argument("--no-many", action="store_true", help="leave out many ledgers at once")
    parser.add_argument("--out", type=Path, help="folder for results.json, RESULTS.md and pictures")
    parser.add_argument("--complete", action="store_true", help="keep what was measured already")
    parser.add_argument("--report", action="store_true", help="only write the report anew")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        peer, scenario, size = options.measure
        measure.limit_memory()
        chatter = io.StringIO()  # solvers print what they like
        with contextlib.redirect_stdout(chatter):
            module = measure.registered("peers", peer)[peer]
            case = measure.registered("scenarios", scenario)[scenario]
            found = measure.measured(module, case, int(size), limit=options.limit)
        print(json.dumps(found))
        return
    part = options.quick or options.sizes or options.scenarios or options.peers
    folder = options.out or (None if part else HERE)
    if options.report:
        report.write(json.loads((HERE / "results.json").read_text(encoding="utf-8")), HERE)
        return
    started = time.perf_counter()
    document: dict[str, Any] = {"date": date.today().isoformat(), "seed": measure.SEED}
    document |= {"machine": measure.machine(), "limit": options.limit, "results": []}
    if options.complete and folder is not None:
        text = (folder / "results.json").read_text(encoding="utf-8")
        document |= {key: value for key, value in json.loads(text).items() if key != "minutes"}
    chosen = set(plan_of_runs(options))
    results = [
        r for r in document["results"] if (r["scenario"], r["size"], r["peer"]) not in chosen
    ]
    for one in everything(options, document):
        results.append(one)
        if folder is not None:  # as it goes, so that a run that is ended can be completed
            report.save({**document, "results": results}, folder)
    whole = argparse.Namespace(scenarios=None, sizes=None, quick=False, peers=None)
    place = {run: i for i, run in enumerate(plan_of_runs(whole))}
    results.sort(key=lambda r: place.get((r["scenario"], r["size"], r["peer"]), len(place)))
    document["results"] = results
    if not options.no_many and "many" not in document:
        import many

        document["many"] = many.measured(options.quick)
    document["minutes"] = round((time.perf_counter() - started) / 60, 1)
    if folder is None:
        print("\n" + report.tables(document))
    else:
        report.write(document, folder)
    if mistakes := wrong(document["results"]):
        sys.exit("\n".join(mistakes))


if __name__ == "__main__":
    os.environ.setdefault("MPLBACKEND", "Agg")
    main()
