"""The rounds of `fair`: which groups no plan can raise further, read off exact multipliers.

A round raises the lowest ratio of the groups that are left. A group whose row has a multiplier in the
proof is at that ratio in every plan that is as good, so it is set aside; the multipliers of a round add
up to 1, so there is always one. All that the same bottleneck holds goes at once. (Ogryczak and Śliwiński:
On direct methods for lexicographic min-max optimization, ICCSA 2006.)
"""

from __future__ import annotations

import logging
from dataclasses import replace
from fractions import Fraction

from surplus.balance import Balance
from surplus.exact import Ask, Contradiction, Vertex, integral, optimum
from surplus.exact.combined import combinations
from surplus.exact.parts import parts
from surplus.ledger import Ledger
from surplus.model import Model, build, written
from surplus.policy import Policy
from surplus.program import Program
from surplus.watch import watch

_log = logging.getLogger(__name__)


def staged(ledger: Ledger, balance: Balance, policy: Policy, ask: Ask) -> Model:
    """The program of a policy, with a level for each round that its ledger needs.

    Where time is up, rounds that are searches over whole numbers are left out, and the model says so.

    Raises:
        SolverError: When the solver stops without an answer.
    """
    model = build(ledger, balance, policy, policy.rules)
    aside: list[list[list[str | None]]] = []
    for place in range(len(model.program.leximin)):
        aside.append([])
        while not _hurried(model):
            gone = {name for names in aside[-1] for name in names}
            if not (stuck := _stuck(model, place, gone, ask)):
                break
            aside[-1].append(stuck)
            model = written(model.net, policy, policy.rules, aside)
        _log.info(
            "%d rounds raise %s",
            1 + len(aside[-1]),
            model.aims[model.program.leximin[place].first].name,
        )
        if _hurried(model):
            return replace(model, hurried=True)
    return model


def _hurried(model: Model) -> bool:
    """Whether a search would come too late; what is no search is an answer or none."""
    return model.program.integer is not None and watch().over


def _stuck(model: Model, place: int, gone: set[str | None], ask: Ask) -> list[str | None]:
    """The groups that the last round of a leximin holds; empty where it holds all that are left."""
    rounds = model.program.leximin[place]
    last = rounds.first + rounds.rounds - 1
    priced = _priced(model.program, last, ask)
    left = [ratio for ratio in rounds.ratios if ratio.group not in gone]
    if priced is None or all(ratio.name in priced for ratio in left):
        return []
    return [ratio.group for ratio in left if ratio.name in priced]


def _best(program: Program, level: int, ask: Ask) -> Vertex | None:
    """The optimum of the levels up to this one, with whole numbers where they are best."""
    if program.integer is None or not program.integer.any():
        found = optimum(replace(program, levels=program.levels[: level + 1], integer=None), ask)
        return found if isinstance(found, Vertex) else None
    levels = [*program.levels[: level + 1], program.levels[-1]]
    chosen = integral(replace(program, levels=levels), ask)
    return None if isinstance(chosen, Contradiction) else chosen.vertex


def _priced(program: Program, level: int, ask: Ask) -> set[str] | None:
    """Names of the rows that prove the best of a level; None where it is 1, or there is no plan."""
    vertices, names = [], []
    for part in parts(program):
        vertex = _best(part.program, level, ask)
        if vertex is None:
            return None
        vertices.append(vertex)
        names.append([row.name for row in part.program.rows])
    if sum((vertex.values[level] for vertex in vertices), Fraction(0)) == 1:
        return None
    proof = combinations(vertices, level + 1)[level]
    return {
        name
        for own, prices in zip(names, proof.prices, strict=True)
        for name, price in zip(own, prices.tolist(), strict=True)
        if price > 0
    }
