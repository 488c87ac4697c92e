"""Policy × classes → program: which flows exist, their pools, the rows of all rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import overload

import numpy as np

from surplus.arithmetic import sums
from surplus.balance import Balance
from surplus.classes import Cells, Classes, classes
from surplus.flows import Flows, Pairs, grouped
from surplus.ledger import Ledger
from surplus.ledger.columns import Index, Mask
from surplus.policy import Policy
from surplus.policy.objectives import Aim
from surplus.policy.rules import Rule
from surplus.policy.selection import field_codes
from surplus.program import Extra, Level, Program, Row, Weights
from surplus.rooms import Rooms, rooms


@dataclass(frozen=True, eq=False)
class Model:
    """The class program and what its columns mean.

    Attributes:
        aims: What the levels of the program mean; the last level is the tie-break.
        in_pool, out_pool, used_pool: The pool of each column of the family.
        extras: The columns after the flows.
    """

    flows: Flows
    program: Program
    aims: Sequence[Aim]
    in_pool: Index
    out_pool: Index
    used_pool: Index
    extras: Sequence[Extra]


def build(ledger: Ledger, balance: Balance, policy: Policy, rules: Sequence[Rule]) -> Model:
    """Write the program of some of the policy's rules over classes of projects.

    Classes are of projects that neither a rule nor an objective of the policy tells apart.
    """
    spoken = (rule.limits(ledger, balance) for rule in rules)
    room = rooms(balance, (limits for limits in spoken if limits is not None))
    sayings = (*policy.rules, *policy.objectives)
    groups = classes(ledger, room, (label for one in sayings for label in one.labels(ledger)))
    flows, in_pool, out_pool, used_pool = _flows(ledger, balance, room, groups, rules)
    rows = [*_structure(flows, in_pool, out_pool, used_pool)]
    for rule in rules:
        rows += _tied(rule, flows)
    aims = [aim for objective in policy.objectives for aim in objective.aims(ledger)]
    for aim in aims:
        rows += aim.rows(flows)
    levels = [aim.level(flows) for aim in aims]
    levels.append(Level(_tie_break(flows, in_pool, used_pool)))
    program, extras = assembled(flows, rows, levels)
    return Model(flows, program, aims, in_pool, out_pool, used_pool, extras)


def _tied(rule: Rule, flows: Flows) -> Iterator[Row]:
    """The rows of a rule; none of an advisory one, and loosened at a price of an elastic one."""
    if rule.severity == "advisory":
        return
    for row in rule.rows(flows):
        if rule.price is None:
            yield row
            continue
        most = abs(row.bound) + int(np.abs(row.coefficients).max(initial=1)) * sum(
            flows.balance.available.tolist()
        )
        broken = Extra(f"break {row.name}", -(-most // row.unit), penalty=rule.price)
        yield replace(row, extras=(*row.extras, (broken, -row.unit)))


def assembled(
    flows: Flows, rows: Sequence[Row], levels: Sequence[Level]
) -> tuple[Program, Sequence[Extra]]:
    """Give every column beside the flows its place."""
    place: dict[Extra, int] = {}
    for extras in (*(row.extras for row in rows), *(level.extras for level in levels)):
        for extra, _ in extras:
            place.setdefault(extra, flows.size + len(place))
    base = np.concatenate([flows.ins.amount, flows.outs.amount, flows.used_bound])
    names: Sequence[str] = _Names(flows)
    whole = [_placed(row, place) if row.extras else row for row in rows]
    if not place:
        return Program(names, base, whole, [level.flows for level in levels]), ()
    weights = []
    for k, level in enumerate(levels):
        own = np.zeros(len(place), dtype=np.int64)
        if k == 0:
            own -= np.array([extra.penalty for extra in place], dtype=np.int64)
        for extra, weight in level.extras:
            own[place[extra] - flows.size] += weight
        weights.append(np.concatenate([level.flows, own]))
    upper = np.append(base, np.array([extra.upper for extra in place], dtype=np.int64))
    integer = np.zeros(len(upper), dtype=np.bool_)
    integer[flows.size :] = [extra.integer for extra in place]
    measure = np.zeros(len(upper), dtype=np.bool_)
    measure[flows.size :] = [extra.measure for extra in place]
    names = [*names, *(extra.name for extra in place)]
    program = Program(
        names,
        upper,
        whole,
        weights,
        integer if integer.any() else None,
        measure if measure.any() else None,
    )
    return program, tuple(place)


def _placed(row: Row, place: Mapping[Extra, int]) -> Row:
    added = np.array([[place[extra], factor] for extra, factor in row.extras], dtype=np.int64)
    return replace(
        row,
        columns=np.append(row.columns, added[:, 0]),
        coefficients=np.append(row.coefficients, added[:, 1]),
        extras=(),
    )


def eligible(rules: Iterable[Rule], pairs: Pairs) -> Mask:
    """The pairs of source and recipient that no kind of rule closes."""
    by_kind: dict[type[Rule], list[Rule]] = defaultdict(list)
    for rule in rules:
        by_kind[type(rule)].append(rule)
    opened = np.ones(len(pairs.source), dtype=np.bool_)
    for kind, same in by_kind.items():
        opened &= ~kind.closes(same, pairs)
    return opened


def _flows(
    ledger: Ledger, balance: Balance, room: Rooms, groups: Classes, rules: Sequence[Rule]
) -> tuple[Flows, Index, Index, Index]:
    """Columns that can carry money, and their pools."""
    ways = []
    parts = np.unique(groups.of[room.take > 0])
    for fine, takers in ((True, parts), (False, np.unique(groups.whole[parts]))):
        wanting = np.flatnonzero((balance.available > 0) & (groups.fine == fine))
        ways.append((np.tile(wanting, len(takers)), np.repeat(takers, len(wanting))))
    source, project = (np.concatenate([way[k] for way in ways]) for k in (0, 1))
    opened = eligible(rules, Pairs(ledger, source, groups.first[project]))
    source, project = source[opened], project[opened]
    outs = groups.give

    # Only pools with a recipient carry money.
    keys = _pool_keys(ledger, groups, rules)
    ends = np.concatenate([keys(source, project), keys(outs.source, outs.project)])
    pools, pool = np.unique(ends, return_inverse=True)
    in_pool, out_pool = pool.reshape(-1)[: len(source)], pool.reshape(-1)[len(source) :]
    receiving = np.zeros(len(pools), dtype=np.bool_)
    receiving[in_pool] = True
    keep = receiving[out_pool]
    outs = Cells(outs.source[keep], outs.project[keep], outs.amount[keep])
    out_pool = out_pool[keep]
    pool_source = np.zeros(len(pools), dtype=np.int64)
    pool_source[in_pool] = source
    unallocated = np.array([s.unallocated for s in ledger.sources], dtype=np.int64)
    used_pool = np.flatnonzero(receiving & (unallocated[pool_source] > 0))
    used_source = pool_source[used_pool]
    supply = sums(out_pool, outs.amount, len(pools))
    supply[used_pool] += unallocated[used_source]
    ins = Cells(source, project, np.minimum(groups.take[project], supply[in_pool]))
    used_bound = unallocated[used_source]
    flows = Flows(ledger, balance, room, groups, ins, outs, used_source, used_bound)
    return flows, in_pool, out_pool, used_pool


def _pool_keys(
    ledger: Ledger, groups: Classes, rules: Sequence[Rule]
) -> Callable[[Index, Index], Index]:
    """A function that numbers the pool of a source and class: by source, and values of its fields."""
    table = np.zeros((len(ledger.sources), len(groups)), dtype=np.int64)
    for rule in rules:
        if (divided := rule.pool_field()) is not None:
            selection, field = divided
            values = field_codes(ledger.projects, field)[groups.first]
            for s in np.flatnonzero(selection.mask(ledger.sources)):
                code = table[s] * (int(values.max(initial=0)) + 1) + values
                table[s] = np.unique(code, return_inverse=True)[1].reshape(-1)
    width = int(table.max(initial=0)) + 1

    def keys(source: Index, project: Index) -> Index:
        result: Index = source * width + table[source, project]
        return result

    return keys


def _structure(flows: Flows, in_pool: Index, out_pool: Index, used_pool: Index) -> Iterator[Row]:
    """Pools balance, gaps are not overfilled, unallocated money is used once."""
    count_in, count_out = len(flows.ins), len(flows.outs)
    sign = np.ones(flows.size, dtype=np.int64)
    sign[:count_in] = -1
    for pool, at in grouped(np.concatenate([in_pool, out_pool, used_pool])):
        yield Row(f"pool {pool}", at, sign[at], 0, equal=True)
    whole = flows.classes.whole
    divided = whole[flows.ins.project] != flows.ins.project
    for part in (np.where(divided, flows.ins.project, -1), whole[flows.ins.project]):
        for c, at in grouped(part):
            gap = int(flows.classes.take[c])
            if len(at) > 1 or int(flows.ins.amount[at[0]]) > gap:
                yield Row(f"gap {c}", at, np.ones(len(at), dtype=np.int64), gap)
    for s, at in grouped(flows.used_source):
        if len(at) > 1:
            bound = int(flows.used_bound[at[0]])
            ones = np.ones(len(at), dtype=np.int64)
            yield Row(f"unallocated {s}", count_in + count_out + at, ones, bound)


def _tie_break(flows: Flows, in_pool: Index, used_pool: Index) -> Weights:
    """Generic costs from ids, so that the best plan is unique, whatever the solver or the rest."""
    ids = flows.ledger.projects.id
    source = np.array([_digest(s.id) for s in flows.ledger.sources], dtype=np.uint64)
    project = np.zeros(len(flows.classes), dtype=np.uint64)
    for c in np.unique(np.concatenate([flows.ins.project, flows.outs.project])):
        project[c] = _digest(str(ids[flows.classes.first[c]]))
    first_in = np.zeros(int(in_pool.max(initial=-1)) + 1, dtype=np.int64)
    first_in[in_pool[::-1]] = flows.ins.project[::-1]
    family = np.repeat([1, 2, 3], [len(flows.ins), len(flows.outs), len(flows.used_source)])
    sources = np.concatenate([flows.ins.source, flows.outs.source, flows.used_source])
    classes = np.concatenate([flows.ins.project, flows.outs.project, first_in[used_pool]])
    key = source[sources] ^ (project[classes] * np.uint64(3)) ^ family.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # splitmix64
        key = (key ^ (key >> np.uint64(shift))) * np.uint64(factor)
    costs: Weights = 1 + (key >> np.uint64(44)).astype(np.int64)
    return -costs


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


class _Names(Sequence[str]):
    """Readable names of columns, made when asked for."""

    def __init__(self, flows: Flows) -> None:
        self._flows = flows

    def __len__(self) -> int:
        return self._flows.size

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        flows, sources = self._flows, self._flows.ledger.sources
        ids = flows.ledger.projects.id
        if place < len(flows.ins):
            return f"in_{sources[int(flows.ins.source[place])].id}_{ids[flows.taker[place]]}"
        place -= len(flows.ins)
        if place < len(flows.outs):
            return f"out_{sources[int(flows.outs.source[place])].id}_{ids[flows.giver[place]]}"
        place -= len(flows.outs)
        return f"used_{sources[int(flows.used_source[place])].id}_{place}"
