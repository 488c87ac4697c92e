"""The textbook model: one variable per donor, source and recipient, in PuLP, solved by CBC."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
from measure import Clock, Result

from cases._pooled import Pooled

NAME = "pair by pair, PuLP + CBC"
SIZES = (100, 300, 1_000)


def run(ledger: Any, policy: Any, clock: Clock) -> Result:
    import pulp

    with clock.stage("build"):
        pooled = Pooled(ledger, policy)  # which pairs there are, and the rows of the rules
        ins, outs, used = pooled.widths
        takers, givers = defaultdict(list), defaultdict(list)
        for column in range(ins):
            takers[pooled.pool[column]].append(column)
        for column in range(ins, ins + outs + used):
            givers[pooled.pool[column]].append(column)
        problem = pulp.LpProblem("textbook", pulp.LpMinimize)
        parts: dict[int, list[Any]] = defaultdict(list)
        for pool, receiving in takers.items():
            for giver in givers[pool]:
                for taker in receiving:
                    x = pulp.LpVariable(f"x_{giver}_{taker}", 0)
                    parts[giver].append(x)
                    parts[taker].append(x)
        sums = {column: pulp.lpSum(xs) for column, xs in parts.items()}
        weights = [(sums[c], float(pooled.priority[c])) for c in range(ins) if c in sums]
        problem += pulp.lpSum(-weight * total for total, weight in weights)
        for column in range(ins, ins + outs + used):
            if column in sums:
                problem += sums[column] <= int(pooled.upper[column]) / 100
        for row in pooled.rows[len(np.unique(pooled.pool)) :]:
            terms = [
                (sums[column], coefficient / row.scale)
                for column, coefficient in zip(
                    row.columns.tolist(), row.coefficients.tolist(), strict=True
                )
                if column in sums
            ]
            total = pulp.lpSum(weight * expression for expression, weight in terms)
            if terms and row.upper is not None:
                problem += total <= row.upper / row.scale / 100
            if terms and row.lower is not None:
                problem += total >= row.lower / row.scale / 100
    with clock.stage("solve"):
        problem.solve(pulp.PULP_CBC_CMD(msg=False))
    if pulp.LpStatus[problem.status] != "Optimal":
        raise RuntimeError(f"CBC says {pulp.LpStatus[problem.status]}")
    values = np.zeros(len(pooled.upper))
    for column, xs in parts.items():
        values[column] = sum(round(x.value() or 0.0, 2) for x in xs)
    broken, cents = pooled.rounded(values)
    return Result(-pulp.value(problem.objective), broken=broken, cents=cents)
