"""What each rule and objective costs: ``python benchmarks/rules.py [--sizes N …] [--limit SECONDS]``.

One rule beside `fill`, or one objective after it, on a generated ledger of each size; every
measurement in a process of its own. Whole-number rules select one category and the solver gets a time
limit; the gap is what the plan's proven bound leaves open. The table goes to RULES.md.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SEED = 7
SIZES = (100, 10_000, 100_000)
FILL = {"kind": "fill", "weight": "priority"}


def rules(ledger: Any) -> dict[str, dict[str, Any]]:
    """One of each kind, as offices write them."""
    category = ledger.projects.fields["category"].values[0]
    some, source = {"category": category}, {"id": ledger.sources[0].id}
    return {
        "permit": {"source": source, "project": some},
        "forbid": {"source": source, "project": some},
        "share": {"source": source, "project": some, "at_most": "95%"},
        "cap": {"flow": "in", "per": "township", "at_most": "50%"},
        "cumulative_cap": {"flow": "out", "per": "category", "at_most": "8%"},
        "reserve": {"at_least": "10%"},
        "within": {"source": source, "by": "township"},
        "expiry": {"on": "2025-06-30", "years": 2},
        "ceiling": {"at_most": "120%"},
        "must_fund": {"project": some, "at_least": "10%"},
        "freeze": {"project": some},
        "approval": {"tiers": [{"above": "100000", "level": "board"}]},
        "co_finance": {"source": source, "project": some, "at_most": "100%"},
        "precede": {"first": some, "then": {"not": some}},
        "minimum": {"project": some, "at_least": "10000"},
        "lot": {"project": some, "size": "100"},
        "whole": {"project": some},
        "single_source": {"project": some, "at_most": 1},
        "recipients": {"project": some, "at_most": 5},
        "transfers": {"at_most": 60},
    }


def objectives(ledger: Any) -> dict[str, dict[str, Any]]:
    """One of each kind."""
    return {
        "fill": {"weight": "tiers"},
        "cost": {"charges": [{"source": {"id": ledger.sources[0].id}, "per_unit": "2"}]},
        "expiring_first": {},
        "spare": {},
        "stay": {"by": "township"},
        "stable": {"plan": []},
        "proportional": {},
        "fair": {"by": "category"},
        "complete": {},
        "fewest": {"count": "recipients"},
    }


def measure(family: str, kind: str, size: int, limit: float) -> dict[str, Any]:
    import pulp

    import surplus
    from surplus.model import build

    ledger, _ = surplus.generate(projects=size, seed=SEED)
    document: dict[str, Any] = {"objectives": [FILL]}
    if family == "rule":
        document["rules"] = [{"kind": kind, **rules(ledger)[kind]}]
    elif kind == "proportional":
        document["objectives"] = [{"kind": kind}]
    elif kind:
        document["objectives"].append({"kind": kind, **objectives(ledger)[kind]})
    policy = surplus.Policy.model_validate(document)
    model = build(ledger, surplus.balances(ledger, policy.terms), policy, policy.rules)
    shape = {
        "classes": len(model.flows.classes),
        "columns": len(model.program.upper),
        "whole": 0 if model.program.integer is None else int(model.program.integer.sum()),
    }
    solver = pulp.HiGHS(msg=False, timeLimit=limit) if shape["whole"] else None
    start = time.perf_counter()
    try:
        plan = surplus.reallocate(ledger, policy, solver=solver)
    except surplus.Infeasible:
        return {**shape, "seconds": time.perf_counter() - start, "status": "infeasible"}
    except surplus.SolverError:
        return {**shape, "seconds": time.perf_counter() - start, "status": "no plan in time"}
    seconds = time.perf_counter() - start
    last = plan.objectives[-1 if family == "objective" else 0]
    gap = float(abs(last.bound - last.value) / max(1, abs(last.bound)))
    return {**shape, "seconds": seconds, "status": plan.status, "gap": gap}


def apart(family: str, kind: str, size: int, limit: float) -> dict[str, Any]:
    command = [sys.executable, __file__, "--measure", family, kind, str(size), str(limit)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=60 + 6 * limit
        )
    except subprocess.TimeoutExpired:
        return {"status": f"stopped after {60 + 6 * limit:.0f} s"}
    if done.returncode:
        sys.exit(f"{family} {kind} at {size:,} projects failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def cell(found: dict[str, Any], plain: int) -> str:
    if "seconds" not in found:
        return found["status"]
    parts = [f"{found['seconds']:.2f} s", f"{found['classes']:,}"]
    if found["classes"] <= 2 * plain:
        parts[1] += " ✓"
    if found["whole"]:
        parts.append(f"{found['whole']:,} whole")
    if found["status"] != "optimal":
        parts.append(found["status"])
    if found.get("gap", 0) > 1e-9:
        parts.append(f"gap {found['gap']:.1e}")
    return ", ".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--limit", type=float, default=10.0)
    parser.add_argument("--measure", nargs=4)
    options = parser.parse_args()
    if options.measure:
        family, kind, size, limit = options.measure
        print(json.dumps(measure(family, kind, int(size), float(limit))))
        return
    import surplus

    small, _ = surplus.generate(projects=100, seed=SEED)
    wanted = [("plain", ""), *(("rule", kind) for kind in rules(small))]
    wanted += [("objective", kind) for kind in objectives(small)]
    lines = [
        "# What each rule and objective costs",
        "",
        "`python benchmarks/rules.py`: seconds of `reallocate`, classes of the program (✓: at most "
        "twice as many as `fill` alone has), whole-number columns, and the gap that the proven bound leaves. "
        "Solver's "
        f"time limit with whole numbers: {options.limit:.0f} s a call; {os.cpu_count()} cores.",
        "",
        "| | " + " | ".join(f"{size:,} projects" for size in options.sizes) + " |",
        "|---|" + "---|" * len(options.sizes),
    ]
    plain: dict[int, int] = {}
    for family, kind in wanted:
        cells = []
        for size in options.sizes:
            found = apart(family, kind, size, options.limit)
            plain.setdefault(size, found.get("classes", 0))
            cells.append(cell(found, plain[size]))
        name = f"{family} `{kind}`" if kind else "`fill` alone"
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
        print(lines[-1], flush=True)
    (HERE / "RULES.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
