"""Policy × classes → program: which flows exist, their pools, the rows of all rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from surplus.balance import Balance
from surplus.classes import RECIPIENT, Cells, Classes, classes, recipients
from surplus.flows import Flows, Pairs
from surplus.ledger import Ledger
from surplus.ledger.columns import Index, Mask
from surplus.policy import Policy
from surplus.policy.rules import Rule
from surplus.program import Program, Row, Weights


@dataclass(frozen=True, eq=False)
class Model:
    """The class program and what its columns mean.

    Attributes:
        in_pool, out_pool, used_pool: The pool of each column of the family.
    """

    flows: Flows
    program: Program
    in_pool: Index
    out_pool: Index
    used_pool: Index


def classify(ledger: Ledger, balance: Balance, policy: Policy) -> Classes:
    """Classes of projects that neither a rule nor an objective of the policy tells apart."""
    receiving = recipients(balance)

    def labels() -> Iterator[tuple[Index, Mask | None]]:
        for rule in policy.rules:
            for codes, recipients_only in rule.labels(ledger.projects):
                yield codes, receiving if recipients_only else None
        for objective in policy.objectives:
            yield objective.label(ledger.projects), receiving

    return classes(ledger, balance, labels())


def build(
    ledger: Ledger, balance: Balance, groups: Classes, policy: Policy, rules: Sequence[Rule]
) -> Model:
    """Write the program of some of the policy's rules over the classes."""
    flows, in_pool, out_pool, used_pool = _flows(ledger, balance, groups, rules)
    rows = [*_structure(flows, in_pool, out_pool, used_pool)]
    for rule in rules:
        rows += rule.rows(flows)
    levels: list[Weights] = [objective.weights(flows) for objective in policy.objectives]
    upper = np.concatenate([flows.ins.amount, flows.outs.amount, flows.used_bound])
    program = Program(_Names(flows), upper, rows, [*levels, _tie_break(flows, used_pool)])
    return Model(flows, program, in_pool, out_pool, used_pool)


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
    ledger: Ledger, balance: Balance, groups: Classes, rules: Sequence[Rule]
) -> tuple[Flows, Index, Index, Index]:
    """Columns that can carry money, and their pools."""
    count = len(ledger.sources)
    takers = np.flatnonzero(groups.side == RECIPIENT)
    source, project = np.tile(np.arange(count), len(takers)), np.repeat(takers, count)
    pairs = Pairs(ledger.sources, groups.projects, source, project)
    opened = eligible(rules, pairs) & (balance.available > 0)[source]
    ins = Cells(source[opened], project[opened], groups.gap[project[opened]])
    outs = groups.releasable

    keys = _pool_keys(ledger, groups, rules)
    ends = np.concatenate([keys(ins), keys(outs)])
    # Only pools with a recipient carry money.
    pools, pool = np.unique(ends, return_inverse=True)
    in_pool, out_pool = pool[: len(ins)], pool[len(ins) :]
    receiving = np.zeros(len(pools), dtype=np.bool_)
    receiving[in_pool] = True
    keep = receiving[out_pool]
    outs = Cells(outs.source[keep], outs.project[keep], outs.amount[keep])
    out_pool = out_pool[keep]
    pool_source = np.zeros(len(pools), dtype=np.int64)
    pool_source[in_pool] = ins.source
    unallocated = np.array([s.unallocated for s in ledger.sources], dtype=np.int64)
    used_pool = np.flatnonzero(receiving & (unallocated[pool_source] > 0))
    used_source = pool_source[used_pool]
    supply = np.zeros(len(pools), dtype=np.int64)
    np.add.at(supply, out_pool, outs.amount)
    supply[used_pool] += unallocated[used_source]
    ins = Cells(ins.source, ins.project, np.minimum(ins.amount, supply[in_pool]))
    flows = Flows(
        ledger.sources, groups, ins, outs, used_source, unallocated[used_source], balance.available
    )
    return flows, in_pool, out_pool, used_pool


def _pool_keys(ledger: Ledger, groups: Classes, rules: Sequence[Rule]):  # type: ignore[no-untyped-def]
    """A function that gives each cell a number for its pool: source, and values of its fields."""
    dividing = [rule for rule in rules if rule.pool_field() is not None]
    per_source: list[Index] = []
    for s, source in enumerate(ledger.sources):
        code = np.zeros(len(groups.projects), dtype=np.int64)
        for rule in dividing:
            if rule.source.mask([source])[0]:  # type: ignore[attr-defined]
                values = rule.values(groups.projects)  # type: ignore[attr-defined]
                code = np.unique(code * (int(values.max(initial=0)) + 1) + values, return_inverse=True)[1]
        per_source.append(code.reshape(-1))
    table = np.array(per_source, dtype=np.int64).reshape(len(ledger.sources), len(groups.projects))
    width = int(table.max(initial=0)) + 1

    def keys(cells: Cells) -> Index:
        return cells.source * width + table[cells.source, cells.project]

    return keys


def _structure(flows: Flows, in_pool: Index, out_pool: Index, used_pool: Index) -> Iterator[Row]:
    """Pools balance, gaps are not overfilled, unallocated money is used once."""
    count_in, count_out = len(flows.ins), len(flows.outs)
    columns = np.arange(flows.size)
    pool = np.concatenate([in_pool, out_pool, used_pool])
    sign = np.ones(flows.size, dtype=np.int64)
    sign[:count_in] = -1
    for name, at in _grouped("pool", pool):
        yield Row(name, columns[at], sign[at], 0, equal=True)
    for name, at in _grouped("gap", flows.ins.project):
        c = flows.ins.project[at[0]]
        gap = int(flows.classes.gap[c])
        if len(at) > 1 or int(flows.ins.amount[at[0]]) > gap:
            yield Row(f"{name} {flows.projects.id[c]}", at, np.ones(len(at), dtype=np.int64), gap)
    for name, at in _grouped("unallocated", flows.used_source):
        if len(at) > 1:
            bound = int(flows.used_bound[at[0]])
            yield Row(name, count_in + count_out + at, np.ones(len(at), dtype=np.int64), bound)


def _grouped(name: str, group: Index) -> Iterator[tuple[str, Index]]:
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(group[order]) != 0]) if len(order) else order
    for part in np.split(order, starts[1:]) if len(order) else ():
        yield f"{name} {int(group[part[0]])}", part


def _tie_break(flows: Flows, used_pool: Index) -> Weights:
    """Generic costs, so that the best plan is unique whatever the solver: splitmix64 of the ranks."""
    family = np.repeat([1, 2, 3], [len(flows.ins), len(flows.outs), len(flows.used_source)])
    first = np.concatenate([flows.ins.source, flows.outs.source, flows.used_source])
    second = np.concatenate([flows.ins.project, flows.outs.project, used_pool])
    with np.errstate(over="ignore"):
        key = (family * 2**56 + first * 2**40 + second).astype(np.uint64)
        key += np.uint64(0x9E3779B97F4A7C15)
        key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        key ^= key >> np.uint64(31)
    return -(1 + (key >> np.uint64(44)).astype(np.int64))


class _Names(Sequence[str]):
    """Readable names of columns, made when asked for."""

    def __init__(self, flows: Flows) -> None:
        self._flows = flows

    def __len__(self) -> int:
        return self._flows.size

    def __getitem__(self, column):  # type: ignore[no-untyped-def]
        flows = self._flows
        if column < len(flows.ins):
            s, c = int(flows.ins.source[column]), int(flows.ins.project[column])
            return f"in_{flows.sources[s].id}_{flows.projects.id[c]}"
        column -= len(flows.ins)
        if column < len(flows.outs):
            s, c = int(flows.outs.source[column]), int(flows.outs.project[column])
            return f"out_{flows.sources[s].id}_{flows.projects.id[c]}"
        return f"used_{flows.sources[int(flows.used_source[column - len(flows.outs)])].id}_{column}"
