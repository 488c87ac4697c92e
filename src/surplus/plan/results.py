"""Moves → `Plan`: the figures of every project, source and objective."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from surplus.flows import Moves, holdings
from surplus.ledger.columns import Index
from surplus.model import Model
from surplus.plan.data import ObjectiveResult, Plan
from surplus.plan.reason import Reason
from surplus.plan.solution import Solution
from surplus.policy.objectives import Aim
from surplus.policy.objectives.base import limits_of_plan


def bounds(model: Model, moves: Moves, solution: Solution) -> list[Fraction]:
    """What no plan exceeds (or falls below, where less is better) that is as good in earlier levels.

    Exact, and a value that whole cents can have. Where elastic rules are broken at a price, the bound
    is for plans that break no more than this one.
    """
    beside = zip(model.extras, solution.cents[model.flows.size :].tolist(), strict=True)
    paid = sum(extra.penalty * amount for extra, amount in beside)
    return limits_of_plan(
        [
            (aim, level[: model.flows.size])
            for aim, level in zip(model.aims, model.program.levels, strict=False)
        ],
        moves,
        [(proof.limit, proof.weights) for proof in solution.proofs],
        paid,
    )


def results(
    moves: Moves,
    aims: Sequence[Aim],
    limits: Sequence[Fraction],
    why: tuple[Index, tuple[Reason, ...]],
    certificate: Mapping[str, Any],
    complete: bool = True,
) -> Plan:
    """Put a plan together from its transfers."""
    ledger, balance = moves.ledger, moves.balance
    moved, unmet = moves.moved, balance.gap - moves.received
    held_project, held_source, held = holdings(moves)
    return Plan(
        status="optimal" if complete else "feasible",
        project_ids=ledger.projects.id,
        source_ids=tuple(source.id for source in ledger.sources),
        source=moves.source,
        giver=moves.giver,
        taker=moves.taker,
        amount=moves.amount,
        swap=moves.swap,
        need=balance.gap,
        planned=balance.issued,
        unmet=unmet,
        reason=why[0],
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
        certificate=certificate,
    )
