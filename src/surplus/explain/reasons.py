"""Why a gap stays open, read off the plan itself: what stands in the way of one more cent.

No prices are used: where they are not unique, a reason must not depend on which the solver found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from surplus.ledger.columns import Cents, Index
from surplus.model import Model

NO_SOURCE = "no permitted source"
EXHAUSTED = "no permitted source has money left"
UNWEIGHTED = "no objective asks for it"
LIMITED = "a rule on what the project may receive"

Signature = tuple[tuple[int, int], ...]
"""Rows of rules, and the coefficient of a column in each."""


def reasons(model: Model, cents: Cents) -> tuple[Index, tuple[str, ...]]:
    """A position in the list of reasons for each project, and the list."""
    flows = model.flows
    texts = {NO_SOURCE: 0, EXHAUSTED: 1, LIMITED: 2}
    of_class = np.zeros(len(flows.classes), dtype=np.int64)
    of_class[flows.ins.project] = 1
    for column, text in _blocked(model, _Ties.of(model, cents)):
        of_class[flows.ins.project[column]] = texts.setdefault(text, len(texts))
    classes = flows.classes
    by_project = np.maximum(of_class[classes.of], of_class[classes.whole[classes.of]])
    by_project[flows.room.take < flows.balance.gap] = 2
    return by_project, tuple(texts)


def _blocked(model: Model, ties: _Ties) -> Iterator[tuple[int, str]]:
    """Columns into classes whose pool has money left, and what keeps it from them."""
    flows = model.flows
    first = len(flows.ins)
    pools = np.concatenate([model.net.in_pool, model.net.out_pool, model.net.used_pool])
    last = first + len(flows.outs) + len(flows.used_source)
    ways: dict[int, set[Signature]] = defaultdict(set)
    for j in (first + np.flatnonzero(ties.room[first:last])).tolist():
        ways[int(pools[j])].add(ties.signature(j))
    for i in np.flatnonzero(ties.room[:first]).tolist():
        names = [ties.broken(ties.signature(i), way) for way in sorted(ways.get(int(pools[i]), ()))]
        if names:
            free = any(name is None for name in names)
            yield i, UNWEIGHTED if free else f"rule '{names[0]}' binds"


@dataclass(frozen=True, eq=False)
class _Ties:
    """Which rows of rules are near their bounds, and which columns still have room."""

    names: Sequence[str]
    slack: dict[int, int]
    entries: dict[int, list[tuple[int, int]]]
    room: Index

    @staticmethod
    def of(model: Model, cents: Cents) -> _Ties:
        flows, program = model.flows, model.program
        room = program.upper[: flows.size] - cents[: flows.size]
        slack: dict[int, int] = {}
        entries: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for r, row in enumerate(program.rows):
            values = cents[row.columns]
            rest = row.bound - sum(map(int.__mul__, row.coefficients.tolist(), values.tolist()))
            if row.rule is None:
                if row.name.startswith(("donor ", "unallocated ")) and rest == 0:
                    room[row.columns] = 0
            elif rest < 2 * int(np.abs(row.coefficients).max(initial=0)):
                slack[r] = rest
                for j, a in zip(row.columns.tolist(), row.coefficients.tolist(), strict=True):
                    entries[j].append((r, a))
        return _Ties([row.rule or "" for row in program.rows], slack, entries, room)

    def signature(self, column: int) -> Signature:
        return tuple(self.entries.get(column, ()))

    def broken(self, *ways: Signature) -> str | None:
        """The first rule that one cent along all columns together would break."""
        rise: dict[int, int] = defaultdict(int)
        for way in ways:
            for r, a in way:
                rise[r] += a
        return next((self.names[r] for r in sorted(rise) if rise[r] > self.slack[r]), None)
