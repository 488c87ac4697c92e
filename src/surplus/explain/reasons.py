"""Why a gap stays open, read off the plan itself: what stands in the way of one more cent.

No prices are used: where they are not unique, a reason must not depend on which the solver found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from surplus.arithmetic import distinct, largest, ordered, sums, sums_by_key
from surplus.flows import Moves, grouped
from surplus.ledger.columns import Cents, Index
from surplus.model import Model
from surplus.plan.reason import Kind, Reason
from surplus.policy.rules import Rule

Signature = tuple[tuple[int, int], ...]
"""Rows of rules, and the coefficient of a column in each."""

_MOST_NAMED = 5
_OWN: Mapping[str, Kind] = {"freeze": "frozen", "lot": "minimum"}
_OUTWARD = {"reserve", "cap", "cumulative_cap", "share"}
_LEAST = {"minimum", "whole", "lot"}


def reasons(
    model: Model, cents: Cents, moves: Moves, rules: Sequence[Rule]
) -> tuple[Index, tuple[Reason, ...]]:
    """A position in the list of reasons for each project (-1 where no gap is left), and the list."""
    classes, gap = model.flows.classes, moves.balance.gap
    short = moves.received < gap
    found: dict[Reason, int] = {}
    result = np.full(len(gap), -1, dtype=np.int64)
    of_class = np.full((2, len(classes)), -1, dtype=np.int64)  # by class: part, then whole
    parts = distinct(classes.of[short], len(classes))
    short_classes = np.unique(np.append(parts, classes.whole[parts]))
    for c, reason in _of_classes(model, cents, moves, rules, set(short_classes.tolist())):
        of_class[:, c] = found.setdefault(reason, len(found))
    # What keeps money from the part or from the whole: a rule says more than an empty purse.
    order = np.array([-1, *(_rank(reason) for reason in found)], dtype=np.int64)
    part, whole = of_class[0, classes.of], of_class[1, classes.whole[classes.of]]
    result[short] = np.where(order[part + 1] >= order[whole + 1], part, whole)[short]
    none = found.setdefault(Reason("no_source"), len(found))
    result[short & (result < 0)] = none
    reached, limiting = np.zeros(len(gap), dtype=np.bool_), []
    for rule in rules:
        limits = rule.limits(moves.ledger, moves.balance)
        if limits is None or (limits.take is None and limits.step is None):
            continue
        room = gap if limits.take is None else np.minimum(gap, limits.take)
        if limits.step is not None:
            room = room // limits.step * limits.step
        mine = short & (room < gap) & (moves.received >= room)
        if mine.any():
            reason = Reason(_OWN.get(rule.kind, "ceiling"), (rule.title,))
            result[mine] = found.setdefault(reason, len(found))
        reached |= mine
        limiting.append((rule.title, room < gap))
    # No rule alone, but all together, such as a ceiling rounded down to a lot.
    room = model.flows.room.take
    for p in np.flatnonzero(short & ~reached & (room < gap) & (moves.received >= room)).tolist():
        reason = Reason("ceiling", tuple(title for title, mine in limiting if mine[p]))
        result[p] = found.setdefault(reason, len(found))
    return result, tuple(found)


def _rank(reason: Reason) -> int:
    return ("no_source", "exhausted", "unweighted").index(reason.kind) if not reason.rules else 3


def _of_classes(
    model: Model, cents: Cents, moves: Moves, rules: Sequence[Rule], wanted: set[int]
) -> Iterator[tuple[int, Reason]]:
    """What keeps one more cent from each class that some money may reach at all."""
    flows, ties = model.flows, _Ties.of(model, cents)
    supply = _Supply.of(model, ties, moves, rules)
    spent = _Spent(model, moves)
    kinds = {rule.title: rule.kind for rule in rules}
    names = [source.id for source in flows.ledger.sources]
    for c, at in grouped(flows.ins.project):
        if c not in wanted:
            continue
        sources = sorted({int(s) for s in flows.ins.source[at]})
        pools = sorted({int(p) for p in flows.in_pool[at]})
        blocked = [
            (*way, int(flows.ins.source[i]))
            for i in at.tolist()
            if ties.room[i] > 0
            for way in supply.ways(int(flows.in_pool[i]), ties.signature(i))
        ]
        total, projects, count = spent.most(pools)
        if not blocked:
            if count:
                ids = tuple(names[s] for s in sources)
                yield c, Reason("exhausted", (), ids, total, projects, count)
            else:
                yield c, Reason("no_source")
            continue
        # The fewest rules that would have to go, and all the money that they alone keep away.
        broken = min((rules for rules, _, _ in blocked), key=lambda r: (len(r), r))
        if not broken:
            yield c, Reason("unweighted")
            continue
        same = {(s, left) for rules, left, s in blocked if rules == broken}
        ids = tuple(names[s] for s in sorted({s for s, _ in same}))
        least = all(kinds.get(name) in _LEAST for name in broken)
        amount = sum(left for _, left in same)
        yield c, Reason("minimum" if least else "rule", broken, ids, amount, projects, count)


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

    def broken(self, *ways: Signature) -> tuple[str, ...]:
        """The rules that one cent along all columns together would break."""
        rise: dict[int, int] = defaultdict(int)
        for way in ways:
            for r, a in way:
                rise[r] += a
        return tuple(sorted({self.names[r] for r in rise if rise[r] > self.slack[r]}))


class _Supply:
    """Money that is left in each pool, by what rules say about it.

    By the rows that it shares with money that arrives, and the rules that the others break by themselves.
    """

    def __init__(
        self,
        ties: _Ties,
        left: dict[int, dict[tuple[Signature, tuple[str, ...]], int]],
        held: dict[int, list[tuple[tuple[str, ...], int]]],
    ) -> None:
        self._ties, self._left, self._held = ties, left, held

    @staticmethod
    def of(model: Model, ties: _Ties, moves: Moves, rules: Sequence[Rule]) -> _Supply:
        flows = model.flows
        first, last = len(flows.ins), flows.swapping
        pools = np.concatenate([model.net.out_pool, model.net.used_pool]).tolist()
        left: dict[int, dict[tuple[Signature, tuple[str, ...]], int]]
        left = defaultdict(lambda: defaultdict(int))
        arriving = {r for i in range(first) for r, _ in ties.signature(i)}
        for j in (first + np.flatnonzero(ties.room[first:last])).tolist():
            way = ties.signature(j)
            shared = tuple(entry for entry in way if entry[0] in arriving)
            alone = ties.broken(tuple(entry for entry in way if entry[0] not in arriving))
            left[pools[j - first]][shared, alone] += int(ties.room[j])
        return _Supply(ties, left, _held(model, moves, rules))

    def ways(self, pool: int, into: Signature) -> Iterator[tuple[tuple[str, ...], int]]:
        """The rules that stand between the pool's money and a column, and how much it is."""
        kept: dict[tuple[str, ...], int] = defaultdict(int)
        for (out, titles), cents in self._left.get(pool, {}).items():
            kept[tuple(sorted({*titles, *self._ties.broken(into, out)}))] += cents
        for titles, cents in self._held.get(pool, ()):
            kept[tuple(sorted({*titles, *self._ties.broken(into)}))] += cents
        yield from kept.items()


def _held(
    model: Model, moves: Moves, rules: Sequence[Rule]
) -> dict[int, list[tuple[tuple[str, ...], int]]]:
    """What rules on single donors keep from each pool; left aside where rules divide a source."""
    flows = model.flows
    balance, funding = flows.balance, flows.ledger.funding
    divided = [rule.pool_field() for rule in rules]
    whole = np.ones(len(flows.ledger.sources), dtype=np.bool_)
    for field in divided:
        if field is not None:
            whole &= ~field[0].mask(flows.ledger.sources)
    column_of = {s: i for i, s in reversed([*enumerate(flows.ins.source.tolist())])}
    held: dict[int, list[tuple[tuple[str, ...], int]]] = defaultdict(list)
    for rule in rules:
        limits = rule.limits(flows.ledger, balance)
        if limits is None or limits.give is None:
            continue
        kept = np.maximum(0, balance.releasable - limits.give)
        by_source = sums(funding.source, kept, len(flows.ledger.sources)).tolist()
        for s, cents in enumerate(by_source):
            if cents and whole[s] and s in column_of:
                i = column_of[s]
                giver = int(funding.project[np.argmax(np.where(funding.source == s, kept, 0))])
                more = _one_more(moves, s, giver, int(flows.taker[i]))
                beside = [
                    other.title
                    for other in rules
                    if other.kind in _OUTWARD and other.severity == "absolute"
                    if any(True for _ in other.breaches(more))
                ]
                held[int(flows.in_pool[i])].append(((rule.title, *beside), cents))
    return held


def _one_more(moves: Moves, source: int, giver: int, taker: int) -> Moves:
    """The same moves and one cent, to see which rules would forbid it."""
    return replace(
        moves,
        source=np.append(moves.source, source),
        giver=np.append(moves.giver, giver),
        taker=np.append(moves.taker, taker),
        amount=np.append(moves.amount, 1),
        swap=np.append(moves.swap, 0),
    )


class _Spent:
    """Who received the money of each pool."""

    def __init__(self, model: Model, moves: Moves) -> None:
        flows, classes = model.flows, model.flows.classes
        table = np.full((len(moves.ledger.sources), len(classes)), -1, dtype=np.int64)
        table[flows.ins.source, flows.ins.project] = flows.in_pool
        at = np.flatnonzero(moves.filling)
        taker, source = moves.taker[at], moves.source[at]
        part = classes.of[taker]
        pool = table[source, part]
        pool = np.where(pool >= 0, pool, table[source, classes.whole[part]])
        order = ordered(pool)
        self._taker, self._amount = taker[order], moves.amount[at][order]
        self._start = np.searchsorted(pool[order], np.arange(len(flows.pools) + 1))
        self._ids = moves.ledger.projects.id
        self._known: dict[tuple[int, ...], tuple[int, tuple[str, ...], int]] = {}

    def most(self, pools: Sequence[int]) -> tuple[int, tuple[str, ...], int]:
        """Cents of the pools that were received, by whom mostly, and how many there are."""
        key = tuple(pools)
        if key not in self._known:
            parts = [slice(self._start[p], self._start[p + 1]) for p in pools]
            takers, received = sums_by_key(
                np.concatenate([self._taker[part] for part in parts]),
                np.concatenate([self._amount[part] for part in parts]),
            )
            named = tuple(
                str(self._ids[p]) for p in takers[largest(received, _MOST_NAMED)].tolist()
            )
            self._known[key] = int(received.sum()), named, len(takers)
        return self._known[key]
