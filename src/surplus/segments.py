"""Priorities that differ from project to project: few classes all the same.

Of projects that differ in nothing but their weight the heaviest are filled first, so a class is cut by
falling weight into those that are surely full, those that surely get nothing, and a few in between.
The solver's floats tell where; each round narrows the part in between to a fraction, until every weight
in it is a class of its own. That cut is only a guess: the exact multipliers of the last program are
checked on single projects with their true weights, and the distance that is left is stated.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np

from surplus.arithmetic import distinct
from surplus.balance import Balance
from surplus.classes import RECIPIENT, Classes, Segments, classes
from surplus.exact import Ask
from surplus.ledger import Ledger
from surplus.ledger.columns import Index
from surplus.model import Model, build
from surplus.policy import Policy
from surplus.policy.objectives import Fill
from surplus.rooms import rooms

_log = logging.getLogger(__name__)
_PARTS = 40
_MANY = 200
_MOST = 0.8  # classes by recipient, above which cutting costs more than it saves
_ROUNDS = 40
_NEAR = 1e-7


def applies(ledger: Ledger, policy: Policy) -> bool:
    """Whether the policy fills by priority alone, and priorities are many."""
    (first, *rest) = policy.objectives
    if rest or not isinstance(first, Fill) or first.weight != "priority":
        return False
    sample = ledger.projects.priority[:: max(1, len(ledger.projects) // 5_000)]
    return len(np.unique(sample)) > _MANY


def segmented(ledger: Ledger, balance: Balance, policy: Policy, ask: Ask) -> Model | None:
    """The program over segments; None where there is no plan, or cutting leads nowhere.

    Raises:
        SolverError: When the solver stops without an answer.
    """
    spoken = (rule.limits(ledger, balance) for rule in policy.rules)
    room = rooms(balance, (limits for limits in spoken if limits is not None))
    labels = [label for rule in policy.binding for label in rule.labels(ledger)]
    base = classes(ledger, room, labels)
    takers = base.of[room.take > 0]
    if len(distinct(takers, len(base))) > _MOST * len(takers):
        _log.info("nothing is cut by weight: rules alone tell nearly all recipients apart")
        return None
    steps = _Steps.of(ledger, base)
    low, high = steps.start.copy(), steps.end.copy()
    for _ in range(_ROUNDS):
        size = high - low
        segments = steps.segments(low, size)
        model = build(ledger, balance, policy, policy.rules, segments)
        if model.program.integer is not None:
            return None
        claim = ask(model.program, model.program.levels[0].astype(np.float64))
        if claim.values is None:
            return None
        first, last = steps.marginal(model.flows.classes, _filled(model, claim.values), segments)
        # In steps; one part more on either side, since parts stand for several weights.
        parts = np.minimum(_PARTS, np.maximum(size, 1))
        begin = low + np.maximum(first - 2, 0) * size // parts
        finish = low + -(-np.minimum(last + 1, parts) * size // parts)
        begin = np.where(first == 0, np.maximum(steps.start, low - 4 * _PARTS), begin)
        finish = np.where(last > parts, np.minimum(steps.end, high + 4 * _PARTS), finish)
        settled = (first > 0) & (last <= parts)
        if bool(np.all(settled & (size <= _PARTS))):
            return model
        narrow = settled & (size <= _PARTS)
        low, high = np.where(narrow, low, begin), np.where(narrow, high, np.maximum(finish, begin))
    _log.info("cutting by weight did not settle in %d rounds", _ROUNDS)
    return None


def _filled(model: Model, values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Index:
    """By class 0 where it gets nothing, 2 where it is full, 1 in between."""
    groups = model.flows.classes
    got = np.zeros(len(groups))
    np.add.at(got, groups.whole[model.flows.ins.project], values[: len(model.flows.ins)])
    take = np.maximum(groups.take, 1)
    state: Index = np.where(got >= take * (1 - _NEAR), 2, np.where(got <= take * _NEAR, 0, 1))
    return state


@dataclass(frozen=True, eq=False)
class _Steps:
    """Recipients by class and falling weight; equal weights of a class are one step.

    Attributes:
        members: Positions in the ledger, in that order.
        step: The step of each member, rising.
        group: The class of each member, from 0.
        start, end: By class its first step, and the one after its last.
        weight: Of every project.
    """

    members: Index
    step: Index
    group: Index
    start: Index
    end: Index
    weight: Index

    @staticmethod
    def of(ledger: Ledger, base: Classes) -> _Steps:
        """Sort the recipients."""
        weight = ledger.projects.priority
        group = base.whole[base.of]
        members = np.flatnonzero(base.side[base.of] == RECIPIENT)
        members = members[np.lexsort((-weight[members], group[members]))]
        ranked = np.unique(group[members], return_inverse=True)[1].reshape(-1)
        new = np.ones(len(members), dtype=np.bool_)
        new[1:] = (np.diff(ranked) != 0) | (np.diff(weight[members]) != 0)
        step = np.cumsum(new) - 1
        count = int(ranked.max(initial=-1)) + 1
        firsts = np.searchsorted(ranked, np.arange(count))
        start = step[firsts]
        end = np.append(start[1:], step[-1:] + 1)
        return _Steps(members, step, ranked, start, end, weight)

    def segments(self, low: Index, size: Index) -> Segments:
        """Codes 0 (above), 1 … parts (in between), parts + 1 (below); what stands for each."""
        at, width = self.step - low[self.group], size[self.group]
        parts = np.minimum(_PARTS, np.maximum(width, 1))
        inside = 1 + at * parts // np.maximum(width, 1)
        code = np.where(at < 0, 0, np.where(at >= width, parts + 1, inside))
        weight = self.weight[self.members]
        # Above, the lightest stands for all; below, the heaviest; in between any one.
        rank = np.where(at < 0, weight, np.where(at >= width, -weight, 0))
        codes = np.zeros(len(self.weight), dtype=np.int64)
        ranks = np.zeros(len(self.weight), dtype=np.int64)
        codes[self.members], ranks[self.members] = code, rank
        return Segments(codes, ranks)

    def marginal(self, groups: Classes, state: Index, segments: Segments) -> tuple[Index, Index]:
        """By class the first code that is not full, and the last one that gets anything."""
        node = groups.whole[groups.of[self.members]]
        code, now = segments.codes[self.members], state[node]
        count = len(self.start)
        first = np.full(count, _PARTS + 2, dtype=np.int64)
        np.minimum.at(first, self.group[now < 2], code[now < 2])
        last = np.zeros(count, dtype=np.int64)
        np.maximum.at(last, self.group[now > 0], code[now > 0])
        return first, last
