"""Priorities that differ from project to project: few classes all the same.

Of projects that differ in nothing but their weight the heaviest are filled first, so a class is cut by
falling weight into those that are surely full, those that surely get nothing, and a few in between.
The solver's floats tell where; each round narrows the part in between to a fraction, until every weight
in it is a class of its own. That cut is only a guess: the exact multipliers of the last program are
checked on single projects with their true weights, and the distance that is left is stated.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

import numpy as np

from surplus.arithmetic import distinct, ordered, sums
from surplus.balance import Balance
from surplus.classes import RECIPIENT, Classes, Segments, classes
from surplus.core import Core, core
from surplus.exact import Ask
from surplus.ledger import Ledger
from surplus.ledger.columns import Cents, Index
from surplus.model import Model, build
from surplus.policy import Policy
from surplus.policy.objectives import Fill
from surplus.rooms import Rooms, rooms
from surplus.solvers import Floats

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
    plain = policy.model_copy(update={"objectives": (Fill(weight="none"),)})
    small = core(ledger, plain, balance=balance)
    labels = [label for rule in policy.binding for label in rule.labels(small.ledger)]
    base = classes(small.ledger, small.room, labels)
    steps = _Steps.of(ledger, small, base)
    takers = base.of[small.of[steps.members]]
    if len(takers) == 0:
        return None
    if len(distinct(takers, len(base))) > _MOST * len(takers):
        _log.info("nothing is cut by weight: rules alone tell nearly all recipients apart")
        return None
    pieces = _Pieces(ledger, balance, policy, small, steps)
    low, high = steps.start.copy(), steps.end.copy()
    for _ in range(_ROUNDS):
        size = high - low
        code = steps.codes(low, size)
        cut = pieces.cut(code)
        model = build(cut.ledger, cut.balance, policy, policy.rules, room=cut.room)
        if model.program.integer is not None:
            return None
        claim = ask(model.program, model.program.levels[0].astype(np.float64))
        if claim.values is None:
            return None
        first, last = cut.marginal(model, claim.values, len(steps.start))
        # In steps; one part more on either side, since parts stand for several weights.
        parts = np.minimum(_PARTS, np.maximum(size, 1))
        begin = low + np.maximum(first - 2, 0) * size // parts
        finish = low + -(-np.minimum(last + 1, parts) * size // parts)
        begin = np.where(first == 0, np.maximum(steps.start, low - 4 * _PARTS), begin)
        finish = np.where(last > parts, np.minimum(steps.end, high + 4 * _PARTS), finish)
        settled = (first > 0) & (last <= parts)
        if bool(np.all(settled & (size <= _PARTS))):
            return build(ledger, balance, policy, policy.rules, steps.segments(code))
        narrow = settled & (size <= _PARTS)
        low, high = np.where(narrow, low, begin), np.where(narrow, high, np.maximum(finish, begin))
    _log.info("cutting by weight did not settle in %d rounds", _ROUNDS)
    return None


def _filled(model: Model, values: Floats) -> Index:
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
    def of(ledger: Ledger, small: Core, base: Classes) -> _Steps:
        """Sort the recipients; classes are of groups of the ledger's core."""
        weight = ledger.projects.priority
        group = base.whole[base.of][small.of]
        members = np.flatnonzero((base.side[base.of] == RECIPIENT)[small.of])
        members = members[ordered(group[members], -weight[members])]
        ranked = np.unique(group[members], return_inverse=True)[1].reshape(-1)
        new = np.ones(len(members), dtype=np.bool_)
        new[1:] = (np.diff(ranked) != 0) | (np.diff(weight[members]) != 0)
        step = np.cumsum(new) - 1
        count = int(ranked.max(initial=-1)) + 1
        firsts = np.searchsorted(ranked, np.arange(count))
        start = step[firsts]
        end = np.append(start[1:], step[-1:] + 1)
        return _Steps(members, step, ranked, start, end, weight)

    def codes(self, low: Index, size: Index) -> Index:
        """By member 0 (above), 1 … parts (in between), parts + 1 (below); rising within a class."""
        at, width = self.step - low[self.group], size[self.group]
        parts = np.minimum(_PARTS, np.maximum(width, 1))
        inside = 1 + at * parts // np.maximum(width, 1)
        return np.where(at < 0, 0, np.where(at >= width, parts + 1, inside))

    def segments(self, code: Index) -> Segments:
        """Those codes for all projects, and what stands for each."""
        weight = self.weight[self.members]
        # Above, the lightest stands for all; below, the heaviest; in between any one.
        codes = np.zeros(len(self.weight), dtype=np.int64)
        ranks = np.zeros(len(self.weight), dtype=np.int64)
        codes[self.members] = code
        ranks[self.members] = np.where(code == 0, weight, -weight)
        return Segments(codes, ranks)


@dataclass(frozen=True, eq=False)
class _Cut:
    """The core of a ledger with every group of recipients cut into pieces, by segment.

    Attributes:
        place: Of each piece, in the ledger.
        group, code: The class that it is cut from, and its segment.
    """

    ledger: Ledger
    balance: Balance
    room: Rooms
    place: Index
    group: Index
    code: Index

    def marginal(self, model: Model, values: Floats, count: int) -> tuple[Index, Index]:
        """By class the first code that is not full, and the last one that gets anything."""
        groups = model.flows.classes
        now = _filled(model, values)[groups.whole[groups.of[self.place]]]
        first = np.full(count, _PARTS + 2, dtype=np.int64)
        np.minimum.at(first, self.group[now < 2], self.code[now < 2])
        last = np.zeros(count, dtype=np.int64)
        np.maximum.at(last, self.group[now > 0], self.code[now > 0])
        return first, last


class _Pieces:
    """What is the same in every round: the core, and the recipients' amounts in the order of steps."""

    def __init__(
        self, ledger: Ledger, balance: Balance, policy: Policy, small: Core, steps: _Steps
    ) -> None:
        spoken = (rule.limits(ledger, balance) for rule in policy.rules)
        room = rooms(balance, (limits for limits in spoken if limits is not None))
        self._small, self._steps = small, steps
        self._of = small.of[steps.members]
        self._gap, self._take, self._floor = (
            amount[steps.members] for amount in (balance.gap, room.take, room.floor)
        )
        self._cut_up = np.zeros(len(small.first), dtype=np.bool_)
        self._cut_up[self._of] = True

    def cut(self, code: Index) -> _Cut:
        """Groups of recipients by segment; what stands for a segment gives it its weight."""
        small, steps, width = self._small, self._steps, _PARTS + 2
        key = self._of * width + code
        whole = np.flatnonzero(~self._cut_up) * width
        keys = np.unique(np.concatenate([whole, np.flatnonzero(np.bincount(key))]))
        group = keys // width
        heads = np.r_[True, np.diff(group) != 0]
        piece = self._cut_up[group]

        def split(amount: Cents, of_groups: Cents) -> Cents:
            summed = sums(key, amount, len(small.first) * width)
            cents: Cents = np.where(piece, summed[keys], of_groups[group])
            return cents

        def once(amount: Cents) -> Cents:
            return np.where(heads, amount[group], 0)

        # Members of a class stand by falling weight: above, the lightest stands for all; below, the
        # heaviest; in between the one in the middle.
        run = np.flatnonzero(np.r_[True, (np.diff(steps.group) != 0) | (np.diff(code) != 0)])
        end = np.r_[run[1:], len(code)] - 1
        last = np.r_[steps.group[run][1:] != steps.group[run][:-1], True]
        middle = np.where(last, run, (run + end) // 2)
        chosen = np.where(code[run] == 0, end, middle)
        stands = steps.weight[steps.members[chosen]]
        by_key = np.zeros(len(small.first) * width, dtype=np.int64)
        by_key[key] = np.repeat(stands, np.diff(np.r_[run, len(code)]))
        of_class = np.zeros(len(small.first), dtype=np.int64)
        of_class[self._of] = steps.group
        projects = small.ledger.projects.take(group)
        priority = np.where(piece, by_key[keys], projects.priority)
        funding = small.ledger.funding
        held = replace(funding, project=np.flatnonzero(heads)[funding.project])
        own = ("cost", "issued", "reserve", "surplus", "ready")
        balance = replace(
            small.balance,
            stage=small.balance.stage[group],
            gap=split(self._gap, small.balance.gap),
            **{name: once(getattr(small.balance, name)) for name in own},
        )
        room = replace(
            small.room,
            take=split(self._take, small.room.take),
            floor=split(self._floor, small.room.floor),
            leave=once(small.room.leave),
        )
        place = np.flatnonzero(piece)
        ledger = replace(small.ledger, projects=replace(projects, priority=priority), funding=held)
        return _Cut(ledger, balance, room, place, of_class[group[place]], (keys % width)[place])
