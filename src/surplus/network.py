"""Which flows exist: permitted pairs of source and class, donors, unallocated money, and their pools."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from surplus.arithmetic import distinct, numbered, sums
from surplus.balance import Balance
from surplus.classes import Cells, Classes
from surplus.flows import Flows, Pairs, grouped
from surplus.ledger import Ledger
from surplus.ledger.columns import Index, Mask
from surplus.policy.rules.base import Rule, eligible
from surplus.policy.selection import field_codes, field_value
from surplus.program import Extra, Row
from surplus.rooms import Rooms


@dataclass(frozen=True, eq=False)
class Network:
    """Columns that can carry money, and the pool that each belongs to.

    Attributes:
        used_pool: The pool of each column of unallocated money.
    """

    flows: Flows
    used_pool: Index

    @property
    def in_pool(self) -> Index:
        """The pool of each column into a class."""
        return self.flows.in_pool

    @property
    def out_pool(self) -> Index:
        """The pool of each column out of a class."""
        return self.flows.out_pool

    @property
    def pools(self) -> Sequence[str]:
        """A name for each pool."""
        return self.flows.pools


def network(
    ledger: Ledger, balance: Balance, room: Rooms, groups: Classes, rules: Sequence[Rule]
) -> Network:
    """Lay out the columns over classes of projects."""
    there = balance.supply > 0
    parts = distinct(groups.of[room.take > 0], len(groups))
    swapping = distinct(groups.swap.project, len(groups))
    ins = _opened(
        ledger,
        groups,
        rules,
        [
            (there & groups.fine, parts),
            (there & ~groups.fine, distinct(groups.whole[parts], len(groups))),
        ],
    )
    swap_ins = _opened(ledger, groups, rules, [(there, swapping)])
    arriving = _joined(ins, swap_ins)

    # Only pools with a recipient carry money.
    keys = _pool_keys(ledger, groups, rules)
    families = (arriving, groups.give, groups.swap)
    pools, pool = numbered(
        np.concatenate([keys(cells.source, cells.project) for cells in families])
    )
    in_pool, out_pool, swap_pool = np.split(pool, np.cumsum([len(cells) for cells in families[:2]]))
    first = np.full(len(pools), -1, dtype=np.int64)  # one of the columns into each pool
    first[in_pool[::-1]] = np.arange(len(arriving))[::-1]
    names = [
        ""
        if i < 0
        else _pool_name(
            ledger, rules, int(arriving.source[i]), int(groups.first[arriving.project[i]])
        )
        for i in first.tolist()
    ]
    unallocated = np.array([s.unallocated for s in ledger.sources], dtype=np.int64)
    fed = np.flatnonzero(first >= 0)
    used_pool = fed[unallocated[arriving.source[first[fed]]] > 0]
    used_source = arriving.source[first[used_pool]]
    keep, swapped = first[out_pool] >= 0, first[swap_pool] >= 0
    exchange = sums(groups.swap.project, groups.swap.amount, len(groups))
    flows = Flows(
        ledger=ledger,
        balance=balance,
        room=room,
        classes=groups,
        ins=Cells(ins.source, ins.project, groups.take[ins.project]),
        outs=_kept(groups.give, keep),
        used_source=used_source,
        used_bound=unallocated[used_source],
        in_pool=in_pool[: len(ins)],
        out_pool=out_pool[keep],
        swap_ins=Cells(swap_ins.source, swap_ins.project, exchange[swap_ins.project]),
        swap_outs=_kept(groups.swap, swapped),
        swap_in_pool=in_pool[len(ins) :],
        swap_out_pool=swap_pool[swapped],
        pools=names,
    )
    return Network(flows, used_pool)


def _opened(
    ledger: Ledger, groups: Classes, rules: Sequence[Rule], ways: Sequence[tuple[Mask, Index]]
) -> Cells:
    """All permitted pairs of a source and a class; no amounts yet."""
    pairs = [(np.flatnonzero(sources), takers) for sources, takers in ways]
    source = np.concatenate([np.tile(wanting, len(takers)) for wanting, takers in pairs])
    project = np.concatenate([np.repeat(takers, len(wanting)) for wanting, takers in pairs])
    opened = eligible(rules, Pairs(ledger, source, groups.first[project]))
    source, project = source[opened], project[opened]
    return Cells(source, project, np.zeros(len(source), dtype=np.int64))


def _joined(one: Cells, other: Cells) -> Cells:
    return Cells(
        *(
            np.concatenate(both)
            for both in zip(vars(one).values(), vars(other).values(), strict=True)
        )
    )


def _kept(cells: Cells, chosen: Mask) -> Cells:
    return Cells(*(column[chosen] for column in vars(cells).values()))


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
                table[s] = numbered(code)[1]
    width = int(table.max(initial=0)) + 1

    def keys(source: Index, project: Index) -> Index:
        result: Index = source * width + table[source, project]
        return result

    return keys


def _pool_name(ledger: Ledger, rules: Sequence[Rule], source: int, project: int) -> str:
    """The source, and the values of the fields that divide its money; different for different pools."""
    name = ledger.sources[source].id
    fields: dict[str, str | None] = {}
    for rule in rules:
        divided = rule.pool_field()
        if divided is not None and divided[0].mask([ledger.sources[source]])[0]:
            fields[divided[1]] = field_value(ledger.projects, divided[1], project)
    return json.dumps([name, *fields.values()], ensure_ascii=False) if fields else name


def structure(net: Network) -> Iterator[Row]:
    """Pools and swaps balance, gaps are not overfilled, unallocated money is used once."""
    flows = net.flows
    count_in, count_out = len(flows.ins), len(flows.outs)
    sign = np.ones(flows.size, dtype=np.int64)
    sign[flows.arriving.columns] = -1
    pools = (net.in_pool, net.out_pool, net.used_pool, flows.swap_in_pool, flows.swap_out_pool)
    for pool, at in grouped(np.concatenate(pools)):
        yield Row(f"pool {net.pools[pool]}", at, sign[at], 0, equal=True)
    whole = flows.classes.whole
    divided = whole[flows.ins.project] != flows.ins.project
    into_part = np.where(divided, flows.ins.project, -1)
    into_whole = np.where(flows.parted[whole[flows.ins.project]], -1, whole[flows.ins.project])
    for part in (into_part, into_whole):
        for c, at in grouped(part):
            gap = int(flows.classes.take[c])
            share = ((flows.shares[c], 1),) if c in flows.shares else ()
            if len(at) > 1 or share or int(flows.ins.amount[at[0]]) > gap:
                yield Row(f"gap {c}", at, np.ones(len(at), dtype=np.int64), gap, extras=share)
    yield from _shared(flows)
    for name, at, most in _donors(flows):
        yield Row(name, count_in + at, np.ones(len(at), dtype=np.int64), most)
    for s, at in grouped(flows.used_source):
        if len(at) > 1:
            bound = int(flows.used_bound[at[0]])
            ones = np.ones(len(at), dtype=np.int64)
            yield Row(f"unallocated {s}", count_in + count_out + at, ones, bound)
    exchanging = np.concatenate([flows.swap_ins.project, flows.swap_outs.project])
    for c, at in grouped(exchanging, flows.swapping):
        yield Row(f"swap {c}", at, sign[at], 0, equal=True)


def _donors(flows: Flows) -> Iterator[tuple[str, Index, int]]:
    """What classes of donors that choose can give jointly: of all sources, or of sets of them."""
    groups, outs = flows.classes, flows.outs
    leaving = sums(outs.project, outs.amount, len(groups))
    chooses = leaving > groups.leave
    if groups.joint is not None:
        chooses[groups.joint.classes] = False
    for c, at in grouped(np.where(chooses[outs.project], outs.project, -1)):
        yield f"donor {c}", at, int(groups.leave[c])
    if groups.joint is not None:
        column = groups.joint.columns(outs.project, outs.source)
        places = np.arange(column.shape[1])
        for c, chosen, most in groups.joint.bounds(column >= 0):
            at = column[c, chosen >> places & 1 == 1]
            yield f"donor {groups.joint.classes[c]} {chosen}", at, most


def _shared(flows: Flows) -> Iterator[Row]:
    """What goes to a whole class is shared out among its parts."""
    parts: dict[int, list[Extra]] = defaultdict(list)
    for part, share in flows.shares.items():
        parts[int(flows.classes.whole[part])].append(share)
    columns: dict[int, Index] = dict(grouped(flows.ins.project))
    none = np.zeros(0, dtype=np.int64)
    for c, shares in parts.items():
        at = columns.get(c, none)
        extras = tuple((share, 1) for share in shares)
        yield Row(f"gap {c}", at, -np.ones(len(at), dtype=np.int64), 0, equal=True, extras=extras)


def tied(rule: Rule, flows: Flows) -> Iterator[Row]:
    """The rows of a rule; none of an advisory one, and loosened at a price of an elastic one."""
    if rule.severity == "advisory":
        return
    for row in rule.rows(flows):
        if rule.price is None or row.defines:
            yield row
            continue
        most = abs(row.bound) + int(np.abs(row.coefficients).max(initial=1)) * sum(
            flows.balance.supply.tolist()
        )
        broken = Extra(f"break {row.name}", -(-most // row.unit), penalty=rule.price)
        yield replace(row, extras=(*row.extras, (broken, -row.unit)))
