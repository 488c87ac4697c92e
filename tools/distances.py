"""How far plans are from what no plan exceeds: ``python tools/distances.py [N] [SEED]``.

Makes plans for N random cases: half of them the tests' few-cent ledgers under any linear rules, half of
them generated counties of 10 to 120 projects. Each plan is verified with its certificate. The distance of
a level, bound less value, is counted in cents: divided by the lowest weight that a cent can have there.
Where the first level is further away than its goal, a solver searches all whole-cent plans nearby, project
by project, for a better one: where there is none, it is the bound that whole cents cannot reach.
"""

from __future__ import annotations

import logging
import random
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from scipy.optimize import Bounds, LinearConstraint, milp

import surplus
from surplus.testing import check_plan
from surplus.testing.strategies import documents, has_integers, policy_documents

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from oracle import ByProject

WIDE = ", a priority of its own for every project"
LEVELS = {"total": 3, "weighted": 10, "weighted" + WIDE: 10, "later": 20, "later" + WIDE: 20}
"""Goals: cents from the bound at most."""
NEARBY = 8  # cents up or down for each flow


@dataclass
class Counts:
    """What became of the cases, and distances in cents by kind of level."""

    plans: int = 0
    infeasible: int = 0
    refused: int = 0
    distances: dict[str, list[Fraction]] = field(default_factory=lambda: defaultdict(list))
    far: list[str] = field(default_factory=list)
    searched: int = 0
    better: int = 0


def lowest(ledger: surplus.Ledger, policy: surplus.Policy, level: int) -> Fraction | None:
    """The lowest weight above 0 of a cent in a level; None for levels that count no money."""
    objective = policy.objectives[0 if level == 0 else -1]
    if objective.kind == "cost":
        rates = [charge.per_unit for charge in objective.charges if charge.per_unit]
    elif objective.kind == "fill" and objective.weight == "priority":
        rates = [int(w) for w in ledger.projects.priority if w]
    elif objective.kind in ("fill", "stay", "stable", "expiring_first", "spare"):
        rates = [10**6]
    else:
        return None  # shares and numbers of projects
    return Fraction(min(rates, default=10**6), 10**6)


def count(ledger: surplus.Ledger, policy: surplus.Policy, into: Counts, wide: bool = False) -> None:
    """One case."""
    try:
        plan = surplus.reallocate(ledger, policy)
    except surplus.Infeasible:
        into.infeasible += 1
        return
    except surplus.SolverError as error:
        into.refused += 1
        into.far.append(f"refused: {error}")
        return
    check_plan(plan, ledger, policy)
    into.plans += 1
    for k, stated in enumerate(plan.objectives):
        unit = lowest(ledger, policy, k)
        if unit is None:
            continue
        total = k == 0 and policy.objectives[0].weight == "none"  # type: ignore[union-attr]
        kind = "total" if total else ("weighted" if k == 0 else "later") + (WIDE if wide else "")
        distance = abs(stated.bound - stated.value) * 100 / unit
        into.distances[kind].append(distance)
        if distance > LEVELS[kind] and k == 0:
            into.searched += 1
            into.better += nearby(ledger, policy, plan)


def nearby(ledger: surplus.Ledger, policy: surplus.Policy, plan: surplus.Plan) -> bool:
    """Whether whole cents nearby fill more, by the program of every project on its own."""
    oracle = ByProject(ledger, policy)
    x = oracle.zero()
    for s, g, t, a in zip(plan.source, plan.giver, plan.taker, plan.amount, strict=True):
        oracle.ins(x)[s, t] += a
        if g >= 0:
            oracle.outs(x)[s, g] += a
        else:
            oracle.used(x)[s] += a
    rows = np.array([row for row, _ in oracle.le])
    slack = np.array([bound for _, bound in oracle.le]) - rows @ x
    found = milp(
        -oracle.weights(),
        integrality=np.ones(len(x)),
        bounds=Bounds(-np.minimum(NEARBY, x), np.minimum(NEARBY, oracle.upper - x)),
        constraints=[
            LinearConstraint(rows, -np.inf, slack + 1e-9),
            LinearConstraint(np.array([row for row, _ in oracle.eq]), 0, 0),
        ],
        options={"mip_rel_gap": 0, "time_limit": 60},
    )
    return found.status != 0 or -found.fun > 1e-6


def few_cents(cases: int, number: int, into: Counts) -> None:
    """The tests' ledgers, whose limits and remainders meet often."""

    @seed(number)
    @settings(max_examples=cases, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=[*HealthCheck])  # fmt: skip
    @given(document=documents(), policy=policy_documents())
    def run(document: dict[str, object], policy: dict[str, object]) -> None:
        rules = surplus.Policy.model_validate(policy)
        if not has_integers(rules):
            ledger = surplus.Ledger.from_records(document["sources"], document["projects"])
            count(ledger, rules, into)

    while into.plans + into.infeasible + into.refused < cases:
        run()
        number += 1
        run = seed(number)(run)


def counties(cases: int, number: int, into: Counts) -> None:
    """Generated counties in yuan and cents; rules from loose to tight, one aim or two."""
    rng = random.Random(number)
    for _ in range(cases):
        chosen = {
            "projects": rng.randint(10, 120),
            "seed": rng.randrange(10**9),
            "sources": rng.choice([2, 4, 8]),
            "tightness": rng.choice([0.2, 0.5, 0.8, 0.95]),
            "priorities": rng.choice([1, 5, "continuous"]),
        }
        ledger, policy = surplus.generate(**chosen)
        aims = [{"kind": "fill", "weight": rng.choice(["priority", "none"])}]
        aims += rng.choice([[], [{"kind": "cost", "charges": [{"project": {"category": "industry"},
                "per_unit": "0.5"}, {"source": {"level": "central"}, "per_unit": "1"}]}]])  # fmt: skip
        document = policy.model_dump(mode="json", by_alias=True)
        rules = surplus.Policy.model_validate(document | {"objectives": aims})
        count(ledger, rules, into, chosen["priorities"] == "continuous")


def table(into: Counts) -> Iterator[str]:
    """The distribution, in the form of docs/proofs.md."""
    yield "| level | levels | 0 cents | at most 1 | at most 3 | at most 10 | furthest | goal | further |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for kind, goal in LEVELS.items():
        found = into.distances[kind]
        shares = [sum(d <= most for d in found) / max(1, len(found)) for most in (0, 1, 3, 10)]
        over = sum(d > goal for d in found)
        words = " | ".join(f"{share:.2%}" for share in shares)
        most = float(max(found, default=0))
        yield f"| {kind} | {len(found):,} | {words} | {most:.2f} | {goal} | {over:,} |"


def main() -> None:
    logging.disable(logging.WARNING)
    given_ = [int(text) for text in sys.argv[1:]]
    cases, number = (given_ + [10_000, 1][len(given_) :])[:2]
    start = time.perf_counter()
    into = Counts()
    few_cents(cases // 2, number, into)
    counties(cases - cases // 2, number, into)
    print("\n".join(table(into)))
    print(
        f"\n{into.plans:,} plans, all verified with their certificates; {into.infeasible:,} cases had no "
        f"plan, {into.refused:,} were refused. Of {into.searched:,} first levels beyond their goal, "
        f"{into.better:,} had a better plan in whole cents within {NEARBY} cents of every amount. "
        f"{time.perf_counter() - start:,.0f} s."
    )
    print("\n".join(into.far[:20]))


if __name__ == "__main__":
    main()
