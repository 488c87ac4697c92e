"""The textbook model: one variable per donor, source and recipient, in PuLP, solved by CBC."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from measure import Answer, Clock
from pooled import POOL, Pooled

NAME = "PuLP (CBC), pair by pair"
PLACE = 1
MOST = 1_000
NEEDS = ("pulp",)
EXACT = True


def run(ledger: Any, policy: Any, clock: Clock) -> Answer:
    import pulp

    with clock.stage("arrays"):
        pooled = Pooled(ledger, policy)  # which pairs there are, and the rows of the rules
        arrays = pooled.arrays
    with clock.stage("model"):
        takers, givers = defaultdict(list), defaultdict(list)
        for which, side in enumerate((takers, givers, givers, takers, givers)):
            for column in pooled.family(which).tolist():
                side[pooled.pool[column]].append(column)
        problem = pulp.LpProblem("textbook", pulp.LpMinimize)
        parts: dict[int, list[Any]] = defaultdict(list)
        for pool, receiving in takers.items():
            for giver in givers[pool]:
                for taker in receiving:
                    x = pulp.LpVariable(f"x_{giver}_{taker}", 0)
                    parts[giver].append(x)
                    parts[taker].append(x)
        for column in pooled.family(5).tolist():
            parts[column].append(pulp.LpVariable("lowest", 0))
        sums = {column: pulp.lpSum(xs) for column, xs in parts.items()}
        costs = arrays.costs.tolist()
        problem += pulp.lpSum(costs[column] * total for column, total in sums.items())
        for column, total in sums.items():
            problem += total <= float(arrays.upper[column])
        for row in np.flatnonzero(pooled.lines.kind != POOL).tolist():
            at = slice(arrays.starts[row], arrays.starts[row + 1])
            pairs = zip(arrays.columns[at].tolist(), arrays.values[at].tolist(), strict=True)
            terms = [(sums[column], value) for column, value in pairs if column in sums]
            total = pulp.lpSum(value * expression for expression, value in terms)
            low, high = float(arrays.lower[row]), float(arrays.above[row])
            if terms and low == high:
                problem += total == low
            elif terms and np.isfinite(high):
                problem += total <= high
            elif terms:
                problem += total >= low
    with clock.stage("solve"):
        problem.solve(pulp.PULP_CBC_CMD(msg=False))
    if pulp.LpStatus[problem.status] != "Optimal":
        raise RuntimeError(f"CBC says {pulp.LpStatus[problem.status]}")
    values = np.zeros(len(pooled.upper))
    for column, xs in parts.items():
        values[column] = sum(round(x.value() or 0.0, 2) for x in xs)
    return Answer(-pulp.value(problem.objective), values)
