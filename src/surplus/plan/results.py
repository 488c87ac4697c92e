"""Moves → `Plan`: the figures of every project, source and objective."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from surplus.arithmetic import sums
from surplus.flows import Moves, holdings
from surplus.ledger.columns import PRIORITY_SCALE, Index
from surplus.model import Model
from surplus.plan.data import ObjectiveResult, Plan
from surplus.plan.solution import Solution
from surplus.policy import Policy


def bounds(model: Model, solution: Solution, policy: Policy) -> list[Fraction]:
    """What no plan can exceed, by objective, in yuan: the exact optimum, down to a possible value."""
    result = []
    for level, value in zip(model.program.levels, solution.values, strict=True):
        step = int(np.gcd.reduce(np.abs(level))) or 1  # values are multiples of it
        result.append(Fraction(value // step * step, PRIORITY_SCALE * 100))
    return result[: len(policy.objectives)]


def results(
    moves: Moves,
    policy: Policy,
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
            ObjectiveResult(objective.kind, objective.value(moves), limit)
            for objective, limit in zip(policy.objectives, limits, strict=True)
        ),
    )
