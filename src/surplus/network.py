"""Which flows exist: permitted pairs of source and class, donors, unallocated money, and their pools."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from surplus.arithmetic import sums
from surplus.balance import Balance
from surplus.classes import Cells, Classes
from surplus.flows import Flows, Pairs, grouped
from surplus.ledger import Ledger
from surplus.ledger.columns import Index
from surplus.policy.rules.base import Rule, eligible
from surplus.policy.selection import field_codes, field_text
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
    first = np.full(len(pools), -1, dtype=np.int64)  # one of the columns into each pool
    first[in_pool[::-1]] = np.arange(len(source))[::-1]
    keep = first[out_pool] >= 0
    outs = Cells(outs.source[keep], outs.project[keep], outs.amount[keep])
    names = [
        "" if i < 0 else _pool_name(ledger, rules, int(source[i]), int(groups.first[project[i]]))
        for i in first.tolist()
    ]
    unallocated = np.array([s.unallocated for s in ledger.sources], dtype=np.int64)
    fed = np.flatnonzero(first >= 0)
    used_pool = fed[unallocated[source[first[fed]]] > 0]
    used_source = source[first[used_pool]]
    flows = Flows(
        ledger,
        balance,
        room,
        groups,
        Cells(source, project, groups.take[project]),
        outs,
        used_source,
        unallocated[used_source],
        in_pool,
        out_pool[keep],
        names,
    )
    return Network(flows, used_pool)


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


def _pool_name(ledger: Ledger, rules: Sequence[Rule], source: int, project: int) -> str:
    """The source, and the values of the fields that divide its money."""
    name = ledger.sources[source].id
    fields: dict[str, None] = {}
    for rule in rules:
        divided = rule.pool_field()
        if divided is not None and divided[0].mask([ledger.sources[source]])[0]:
            fields[divided[1]] = None
    return " / ".join([name, *(f"{f} {field_text(ledger.projects, f, project)}" for f in fields)])


def structure(net: Network) -> Iterator[Row]:
    """Pools balance, gaps are not overfilled, unallocated money is used once."""
    flows = net.flows
    count_in, count_out = len(flows.ins), len(flows.outs)
    sign = np.ones(flows.size, dtype=np.int64)
    sign[:count_in] = -1
    for pool, at in grouped(np.concatenate([net.in_pool, net.out_pool, net.used_pool])):
        yield Row(f"pool {net.pools[pool]}", at, sign[at], 0, equal=True)
    whole = flows.classes.whole
    divided = whole[flows.ins.project] != flows.ins.project
    for part in (np.where(divided, flows.ins.project, -1), whole[flows.ins.project]):
        for c, at in grouped(part):
            gap = int(flows.classes.take[c])
            if len(at) > 1 or int(flows.ins.amount[at[0]]) > gap:
                yield Row(f"gap {c}", at, np.ones(len(at), dtype=np.int64), gap)
    leaving = sums(flows.outs.project, flows.outs.amount, len(flows.classes))
    chooses = leaving > flows.classes.leave
    for c, at in grouped(np.where(chooses[flows.outs.project], flows.outs.project, -1)):
        ones = np.ones(len(at), dtype=np.int64)
        yield Row(f"donor {c}", count_in + at, ones, int(flows.classes.leave[c]))
    for s, at in grouped(flows.used_source):
        if len(at) > 1:
            bound = int(flows.used_bound[at[0]])
            ones = np.ones(len(at), dtype=np.int64)
            yield Row(f"unallocated {s}", count_in + count_out + at, ones, bound)


def tied(rule: Rule, flows: Flows) -> Iterator[Row]:
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
