"""Moves → `Plan`: the figures of every project, source and objective."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from surplus.arithmetic import sums
from surplus.flows import Moves, holdings
from surplus.ledger.columns import Cents, Index
from surplus.model import Model
from surplus.plan.data import ObjectiveResult, Plan
from surplus.plan.solution import Solution
from surplus.policy.objectives import Aim
from surplus.program import Weights


def bounds(model: Model, solution: Solution) -> list[Fraction]:
    """What no plan exceeds (or falls below, where less is better) that is as good in earlier levels.

    Exact, and a value that whole cents can have. Where elastic rules are broken at a price, the bound
    is for plans that break no more than this one.
    """
    result, reached = [], []
    measured = any(extra.measure for extra in model.extras)
    for k, (aim, proof) in enumerate(zip(model.aims, solution.proofs, strict=True)):
        level = model.program.levels[k]
        reached.append(_worth(level, solution.cents))
        limit = proof.limit - sum(
            (w * value for w, value in zip(proof.weights, reached, strict=False)), Fraction(0)
        )
        if k == 0:
            paid = zip(model.extras, solution.cents[model.flows.size :].tolist(), strict=True)
            limit += sum(extra.penalty * amount for extra, amount in paid)
        step = int(np.gcd.reduce(np.abs(level), initial=0)) or 1
        # Values are multiples of the step, unless the level measures in fractions.
        possible = limit if measured else Fraction(limit // step * step)
        result.append(possible * aim.worth)
    return result


def _worth(level: Weights, cents: Cents) -> int:
    at = np.flatnonzero(level)
    return sum(map(int.__mul__, level[at].tolist(), cents[at].tolist()))


def results(
    moves: Moves,
    aims: Sequence[Aim],
    limits: Sequence[Fraction],
    why: tuple[Index, tuple[str, ...]],
) -> Plan:
    """Put a plan together from its transfers."""
    ledger, balance = moves.ledger, moves.balance
    size, count = len(ledger.projects), len(ledger.sources)
    moved = sums(moves.source, moves.amount, count)
    unmet = balance.gap - sums(moves.taker, moves.amount, size)
    held_project, held_source, held = holdings(moves)
    return Plan(
        status="optimal",
        project_ids=ledger.projects.id,
        source_ids=tuple(source.id for source in ledger.sources),
        source=moves.source,
        giver=moves.giver,
        taker=moves.taker,
        amount=moves.amount,
        need=balance.gap,
        planned=balance.issued,
        unmet=unmet,
        reason=np.where(unmet > 0, why[0], -1),
        reasons=why[1],
        held_project=held_project,
        held_source=held_source,
        held=held,
        available=balance.available,
        moved=moved,
        left=balance.available - moved,
        objectives=tuple(
            ObjectiveResult(aim.kind, aim.value(moves), limit, aim.name)
            for aim, limit in zip(aims, limits, strict=True)
        ),
    )
