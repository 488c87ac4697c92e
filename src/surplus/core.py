"""The core of a ledger: one project for each group that no rule and no objective tells apart.

The class program of the core is that of the ledger, so a changed case is re-solved in milliseconds,
whatever the size of the ledger; only the core itself takes a pass over all projects.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from surplus.arithmetic import sums
from surplus.balance import Balance, balances
from surplus.classes import GIVING, TAKING, Label, grouped_by
from surplus.exact import Contradiction
from surplus.joint import alike, choosing
from surplus.ledger import Category, Funding, Ledger, Projects
from surplus.ledger.columns import Cents, Index, Mask
from surplus.model import Model, build
from surplus.plan.data import ObjectiveResult
from surplus.plan.results import bounds
from surplus.plan.solution import best
from surplus.plan.spread import spread
from surplus.policy import Policy
from surplus.policy.objectives import Objective
from surplus.policy.rules import Rule
from surplus.rooms import Rooms, rooms
from surplus.solvers import solve


@dataclass(frozen=True, eq=False)
class Core:
    """Groups of projects as a ledger of its own; facts, balance and rooms are sums of the members'.

    Attributes:
        of: The group of each project of the whole ledger: a position in the core's ledger.
        first: The position of each group's first member in the whole ledger.
        alone: By group, whether a rule limits its only member by itself.
    """

    ledger: Ledger
    balance: Balance
    room: Rooms
    of: Index
    first: Index
    alone: Mask

    @cached_property
    def members(self) -> Index:
        """How many projects each group has."""
        return np.bincount(self.of)

    def model(self, policy: Policy) -> Model:
        """The class program."""
        return build(self.ledger, self.balance, policy, policy.rules, room=self.room)

    def room_for(self, rules: Sequence[Rule]) -> Rooms:
        """The rooms that some of the policy's rules leave; the core must keep limited projects alone."""
        spoken = (rule.limits(self.ledger, self.balance) for rule in rules)
        limited = rooms(self.balance, (limits for limits in spoken if limits is not None))
        free = rooms(self.balance, ())
        entry = self.alone[self.ledger.funding.project]
        return Rooms(
            np.where(self.alone, limited.take, free.take),
            np.where(entry, limited.give, free.give),
            np.where(self.alone, limited.floor, free.floor),
            np.where(entry, limited.swap, free.swap),
            free.leave,
        )


@dataclass(frozen=True)
class Figures:
    """What a plan comes to; amounts in cents.

    Attributes:
        objectives: Values and bounds by level.
        moved, left: By source.
        unmet: What is left of all gaps.
    """

    objectives: tuple[ObjectiveResult, ...]
    moved: tuple[int, ...]
    left: tuple[int, ...]
    unmet: int


def limiting(rule: Rule) -> bool:
    """Whether a rule looks at what single projects may give, take or must receive."""
    return type(rule).limits is not Rule.limits


def core(
    ledger: Ledger,
    policy: Policy,
    beside: Iterable[Label] = (),
    *,
    apart: bool = False,
    balance: Balance | None = None,
) -> Core:
    """Group the projects by all labels; those that a rule limits by themselves stay alone.

    Args:
        ledger: The facts.
        policy: The rules and objectives.
        beside: Further labels that groups must respect, for rules that are to be tried.
        apart: Whether every project that a rule limits by itself stays alone, so that `room_for` can
            leave out rules.
        balance: That of the ledger under the policy's terms, where it is known.
    """
    balance = balances(ledger, policy.terms) if balance is None else balance
    spoken = (rule.limits(ledger, balance) for rule in policy.rules)
    room = rooms(balance, (limits for limits in spoken if limits is not None))
    size, funding = len(ledger.projects), ledger.funding
    alone = room.floor > 0
    if apart:
        alone |= room.take < balance.gap
    for mine, all_of_it in ((room.give, balance.releasable), (room.swap, balance.swappable)):
        alone[funding.project[mine < all_of_it]] = True
    side = np.where(room.take > 0, TAKING, 0).astype(np.int64)
    side[funding.project[room.give > 0]] |= GIVING
    exchanging = np.zeros(size, dtype=np.bool_)
    exchanging[funding.project[room.swap > 0]] = True
    codes = [side + 4 * exchanging + 8 * (balance.gap > 0), np.where(alone, 1 + np.arange(size), 0)]
    # Idle projects count, too, where a rule speaks of planned investment, or levels are of all weights.
    sayings: list[tuple[Rule | Objective, bool]] = [
        (rule, rule.of_planned) for rule in policy.binding
    ]
    sayings += [(objective, objective.of_all) for objective in policy.objectives]
    for one, everyone in sayings:
        codes += [
            label.codes if everyone else _for(label, side, exchanging)
            for label in one.labels(ledger)
        ]
    codes += [_for(label, side, exchanging) for label in beside]
    donors = choosing(funding, room)
    if donors is not None:  # a group of them is as one donor that chooses
        codes.append(np.zeros(size, dtype=np.int64))
        codes[-1][donors.project] = 1 + alike(donors)
        codes[-1][donors.many] = 1 + int(codes[-1].max()) + np.arange(len(donors.many))
    of, first = grouped_by(codes, size)
    return _summed(ledger, balance, room, of, first, alone[first])


def _for(label: Label, side: Index, exchanging: Mask) -> Index:
    matters = (side & label.whom > 0) | (exchanging & label.exchanged)
    return np.where(matters, label.codes, 0)


def _summed(
    ledger: Ledger, balance: Balance, room: Rooms, of: Index, first: Index, alone: Mask
) -> Core:
    count, funding, sources = len(first), ledger.funding, len(ledger.sources)
    key, entry = np.unique(of[funding.project] * sources + funding.source, return_inverse=True)
    entry = entry.reshape(-1)

    def by_group(amount: Cents) -> Cents:
        return sums(of, amount, count)

    def by_entry(amount: Cents) -> Cents:
        return sums(entry, amount, len(key))

    project, source = key // max(1, sources), key % max(1, sources)
    held = Funding(project, source, by_entry(funding.planned), by_entry(funding.paid))
    return Core(
        replace(ledger, projects=ledger.projects.take(first), funding=held),
        replace(
            balance,
            stage=balance.stage[first],
            **{
                name: by_group(getattr(balance, name))
                for name in ("cost", "issued", "reserve", "surplus", "gap", "ready")
            },
            releasable=by_entry(balance.releasable),
            swappable=by_entry(balance.swappable),
        ),
        Rooms(
            by_group(room.take),
            by_entry(room.give),
            by_group(room.floor),
            by_entry(room.swap),
            by_group(room.leave),
        ),
        of,
        first,
        alone,
    )


def with_money(old: Core, source: int, cents: int) -> Core:
    """The core with more (or less) unallocated money of a source."""
    sources = [*old.ledger.sources]
    sources[source] = replace(sources[source], unallocated=sources[source].unallocated + cents)
    more = np.zeros(len(sources), dtype=np.int64)
    more[source] = cents
    balance = replace(
        old.balance, available=old.balance.available + more, supply=old.balance.supply + more
    )
    return replace(old, ledger=replace(old.ledger, sources=tuple(sources)), balance=balance)


def with_project(
    old: Core, ledger: Ledger, policy: Policy, gone: int | None, new: Ledger | None
) -> Core:
    """The core with one project less, one more, or another one in its place.

    Args:
        old: The core of `ledger` under `policy`.
        ledger: The whole ledger.
        policy: The rules and objectives.
        gone: The position of the project that drops out.
        new: A ledger of the one project that comes in, with all sources.
    """
    parts = []
    if gone is None:
        parts.append(old)
    else:
        group = int(old.of[gone])
        others = np.flatnonzero(np.arange(len(old.first)) != group)
        parts.append(_some(old, others))
        if old.members[group] > 1:
            named = int(old.first[group])
            if named == gone:
                named = int(np.flatnonzero(old.of == group)[1])
            parts.append(_less(old, ledger, policy, group, gone, named))
    if new is not None:
        parts.append(core(new, policy))
    return _together(parts)


def _some(old: Core, chosen: Index) -> Core:
    """A core of some of the groups."""
    place = np.full(len(old.first), -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    funding = old.ledger.funding
    at = np.flatnonzero(place[funding.project] >= 0)
    held = Funding(
        place[funding.project[at]], funding.source[at], funding.planned[at], funding.paid[at]
    )
    projects = old.ledger.projects.take(chosen)
    own = ("stage", "cost", "issued", "reserve", "surplus", "gap", "ready")
    balance = replace(
        old.balance,
        **{name: getattr(old.balance, name)[chosen] for name in own},
        releasable=old.balance.releasable[at],
        swappable=old.balance.swappable[at],
    )
    room = old.room
    cut = Rooms(
        room.take[chosen], room.give[at], room.floor[chosen], room.swap[at], room.leave[chosen]
    )
    return Core(
        replace(old.ledger, projects=projects, funding=held),
        balance,
        cut,
        old.of,
        old.first[chosen],
        old.alone[chosen],
    )


def _less(old: Core, ledger: Ledger, policy: Policy, group: int, gone: int, named: int) -> Core:
    """A group without one of its members, named after another one."""
    one = core(single(ledger, gone), policy)
    rest = _some(old, np.array([group]))
    count = len(ledger.sources)

    def less(amount: Cents, other: Cents) -> Cents:
        held = np.zeros(count, dtype=np.int64)
        held[one.ledger.funding.source] = other
        return amount - held[rest.ledger.funding.source]

    funding = rest.ledger.funding
    held = replace(
        funding,
        planned=less(funding.planned, one.ledger.funding.planned),
        paid=less(funding.paid, one.ledger.funding.paid),
    )
    own = ("cost", "issued", "reserve", "surplus", "gap", "ready")
    balance = replace(
        rest.balance,
        **{name: getattr(rest.balance, name) - getattr(one.balance, name) for name in own},
        releasable=less(rest.balance.releasable, one.balance.releasable),
        swappable=less(rest.balance.swappable, one.balance.swappable),
        available=rest.balance.available - one.balance.available,
        supply=rest.balance.supply - one.balance.supply,
    )
    room = Rooms(
        rest.room.take - one.room.take,
        less(rest.room.give, one.room.give),
        rest.room.floor - one.room.floor,
        less(rest.room.swap, one.room.swap),
        rest.room.leave - one.room.leave,
    )
    projects = ledger.projects.take(np.array([named]))
    return Core(
        replace(rest.ledger, projects=projects, funding=held),
        balance,
        room,
        rest.of,
        rest.first,
        rest.alone,
    )


def single(ledger: Ledger, project: int) -> Ledger:
    """A ledger of one project, with all sources and no unallocated money."""
    funding = ledger.funding
    start, end = np.searchsorted(funding.project, [project, project + 1])
    held = Funding(
        np.zeros(end - start, dtype=np.int64),
        funding.source[start:end],
        funding.planned[start:end],
        funding.paid[start:end],
    )
    sources = tuple(replace(source, unallocated=0) for source in ledger.sources)
    projects = ledger.projects.take(np.array([project]))
    return replace(ledger, sources=sources, projects=projects, funding=held, stated=None)


def _together(parts: list[Core]) -> Core:
    """Groups of several cores as one, in the order of their ids."""
    ids = np.concatenate([part.ledger.projects.id.astype(object) for part in parts])
    order = np.argsort(ids, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    starts = np.cumsum([0, *(len(part.ledger.projects) for part in parts)])
    fundings = [part.ledger.funding for part in parts]
    owner = place[np.concatenate([f.project + at for f, at in zip(fundings, starts, strict=False)])]
    source = np.concatenate([f.source for f in fundings])
    by_owner = np.lexsort((source, owner))

    def groups(name: str, of: str = "balance") -> Cents:
        joined: Cents = np.concatenate([getattr(getattr(part, of), name) for part in parts])[order]
        return joined

    def entries(columns: list[Cents]) -> Cents:
        return np.concatenate(columns)[by_owner]

    ledger = parts[0].ledger
    held = Funding(
        owner[by_owner],
        source[by_owner],
        entries([f.planned for f in fundings]),
        entries([f.paid for f in fundings]),
    )
    projects = _joined([part.ledger.projects for part in parts], order)
    own = ("cost", "issued", "reserve", "surplus", "gap", "ready")
    unallocated = np.array([s.unallocated for s in ledger.sources], dtype=np.int64)
    releasable = entries([part.balance.releasable for part in parts])
    swappable = entries([part.balance.swappable for part in parts])
    available = unallocated + sums(held.source, releasable, len(unallocated))
    balance = replace(
        parts[0].balance,
        stage=groups("stage").astype(np.int32),
        **{name: groups(name) for name in own},
        releasable=releasable,
        swappable=swappable,
        available=available,
        supply=available + sums(held.source, swappable, len(unallocated)),
    )
    alone = np.concatenate([part.alone for part in parts])[order]
    room = Rooms(
        groups("take", "room"),
        entries([part.room.give for part in parts]),
        groups("floor", "room"),
        entries([part.room.swap for part in parts]),
        groups("leave", "room"),
    )
    return Core(
        replace(ledger, projects=projects, funding=held),
        balance,
        room,
        parts[0].of,
        parts[0].first,
        alone,
    )


def _joined(parts: list[Projects], order: Index) -> Projects:
    ids = np.concatenate([part.id.astype(object) for part in parts])[order]
    fields = {}
    for key in dict.fromkeys(key for part in parts for key in part.fields):
        columns = [
            part.fields.get(key, Category(np.full(len(part), -1, dtype=np.int32), ()))
            for part in parts
        ]
        values = sorted({value for column in columns for value in column.values})
        place = {value: k for k, value in enumerate(values)}
        codes = [
            np.array([*(place[v] for v in column.values), -1], dtype=np.int32)[column.codes]
            for column in columns
        ]
        fields[key] = Category(np.concatenate(codes)[order], tuple(values))
    prices = {
        key: np.concatenate([part.prices[key] for part in parts])[order] for key in parts[0].prices
    }
    priority, claims, cap = (
        np.concatenate([getattr(part, name) for part in parts])[order]
        for name in ("priority", "claims", "cap")
    )
    return Projects(ids, None, priority, fields, prices, claims, cap)


def figures(of: Core, policy: Policy) -> Figures | None:
    """What the best plan comes to, in whole cents; None where there is none.

    Raises:
        SolverError: When the solver stops without an answer.
    """
    model = of.model(policy)
    solution = best(model.program, solve)
    if isinstance(solution, Contradiction):
        return None
    moves = spread(model, solution.cents, of.ledger, of.balance)
    limits: list[Fraction] = bounds(model, moves, solution)
    results = tuple(
        ObjectiveResult(aim.kind, aim.value(moves), limit, aim.name)
        for aim, limit in zip(model.aims, limits, strict=True)
    )
    left = of.balance.available - moves.moved
    unmet = int(of.balance.gap.sum() - moves.received.sum())
    return Figures(results, tuple(moves.moved.tolist()), tuple(left.tolist()), unmet)
