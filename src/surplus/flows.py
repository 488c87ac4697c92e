"""What rules and objectives speak of: flows over classes, and the moves of a finished plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from surplus.arithmetic import ordered, sums, sums_by_key
from surplus.balance import Balance
from surplus.classes import Cells, Classes
from surplus.ledger import Ledger
from surplus.ledger.columns import Cents, Codes, Index, Mask
from surplus.program import Extra, Row, Weights
from surplus.rooms import Rooms


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of a source and a project that money might go to: positions in the ledger."""

    ledger: Ledger
    source: Index
    project: Index

    def chosen(self, sources: Mask, projects: Mask) -> Mask:
        """The pairs whose source and project are both selected."""
        return sources[self.source] & projects[self.project]


@dataclass(frozen=True, eq=False)
class Groups:
    """A selection of sources and projects, split by a field; -1 stands outside of it.

    Attributes:
        by_source, by_project: Their codes add up to the group; one of them is 0 throughout.
        size: The number of groups.
        name: A group in words, '' where there is one only.
    """

    by_source: Index
    by_project: Codes
    size: int
    name: Callable[[int], str]

    def of(self, source: Index, project: Index) -> Index:
        """The group of each pair, -1 where it is not selected."""
        first, second = self.by_source[source], self.by_project[project]
        return np.where((first >= 0) & (second >= 0), first + second, -1)

    def add_up(self, source: Index, project: Index, amount: Cents) -> Cents:
        """Cents by group."""
        if self.size == 1:
            chosen = (self.by_source >= 0)[source] & (self.by_project >= 0)[project]
            return np.array([amount @ chosen], dtype=np.int64)
        group = self.of(source, project)
        inside = group >= 0
        return sums(group[inside], amount[inside], self.size)


_FEW = 1_000
SOURCE_FIELDS = ("level", "year", "source")


def groups(ledger: Ledger, per: str | None, sources: Mask, projects: Mask) -> Groups:
    """Split a selection by a field; one group without `per`.

    `level`, `year` and `source` are fields of sources; all others are fields of projects. What has no
    value in the field forms a group of its own.
    """
    of_sources = sources.astype(np.int64) - 1
    of_projects = projects.astype(np.int32) - 1
    if per is None:
        return Groups(of_sources, of_projects, 1, lambda _: "")
    if per in SOURCE_FIELDS:
        values = [str(getattr(s, "id" if per == "source" else per)) for s in ledger.sources]
        known = sorted(set(values))
        codes = np.array([known.index(value) for value in values], dtype=np.int64)
        of_sources = np.where(sources, codes, -1)
        return Groups(of_sources, of_projects, len(known), lambda g: f"{per} {known[g]}")
    if per == "id":
        ids = ledger.projects.id
        of_projects = np.where(projects, np.arange(len(projects), dtype=np.int32), -1)
        return Groups(of_sources, of_projects, len(ids), lambda g: f"project {ids[g]}")
    column = ledger.projects.fields.get(per)
    if column is None:
        return Groups(of_sources, of_projects, 1, lambda _: f"{per} not known")
    names = ("not known", *column.values)
    of_projects = np.where(projects, column.codes + 1, -1)
    return Groups(of_sources, of_projects, len(names), lambda g: f"{per} {names[g]}")


class Ends(NamedTuple):
    """Columns that arrive at, or leave, classes: those that fill or release, and those that swap.

    Attributes:
        columns: Of the program.
        source: Position of each one's source.
        project: The representative of each one's class: a position in the ledger.
        pool: Of each.
        most: Cents at most.
    """

    columns: Index
    source: Index
    project: Index
    pool: Index
    most: Cents


@dataclass(frozen=True, eq=False)
class Flows:
    """The columns of the class program: `ins`, `outs`, `used`, then `swap_ins`, `swap_outs`.

    A rule or objective about gaps and released money speaks of the first three; one about what projects
    hold, or about money that moves at all, of `arriving` and `leaving`.

    Attributes:
        ins: Into a class from a source, where that is permitted; cents at most.
        outs: Out of a class by source; cents at most.
        used_source: The source of each column of unallocated money; one column per pool.
        used_bound: Unallocated cents of that source.
        in_pool, out_pool: The pool of each `in` and `out`.
        swap_ins, swap_outs: What a class takes and gives in exchange, as much of the one as of the
            other; cents at most.
        swap_in_pool, swap_out_pool: The pool of each.
        pools: A name for each pool: its source and, where rules divide it, the values of their fields.
    """

    ledger: Ledger
    balance: Balance
    room: Rooms
    classes: Classes
    ins: Cells
    outs: Cells
    used_source: Index
    used_bound: Cents
    in_pool: Index
    out_pool: Index
    swap_ins: Cells
    swap_outs: Cells
    swap_in_pool: Index
    swap_out_pool: Index
    pools: Sequence[str]

    @cached_property
    def size(self) -> int:
        """The number of columns."""
        return self.swapping + len(self.swap_ins) + len(self.swap_outs)

    @property
    def crowded(self) -> bool:
        """Whether the classes are hardly fewer than the projects that give or take."""
        groups = self.classes
        busy = int(np.count_nonzero(groups.side[groups.of]))
        return busy > _FEW and 2 * int(np.count_nonzero(groups.side)) > busy

    @property
    def swapping(self) -> int:
        """The first column that swaps."""
        return len(self.ins) + len(self.outs) + len(self.used_source)

    @cached_property
    def arriving(self) -> Ends:
        """All columns that bring money to a class."""
        starts = (0, self.swapping)
        return self._ends(starts, (self.ins, self.swap_ins), (self.in_pool, self.swap_in_pool))

    @cached_property
    def leaving(self) -> Ends:
        """All columns that take money from a class; unallocated money comes from none."""
        starts = (len(self.ins), self.swapping + len(self.swap_ins))
        return self._ends(starts, (self.outs, self.swap_outs), (self.out_pool, self.swap_out_pool))

    def _ends(
        self, starts: tuple[int, int], cells: tuple[Cells, Cells], pools: tuple[Index, Index]
    ) -> Ends:
        places = [first + np.arange(len(one)) for first, one in zip(starts, cells, strict=True)]
        source, project, most = (
            np.concatenate([getattr(one, name) for one in cells])
            for name in ("source", "project", "amount")
        )
        first = self.classes.first[project]
        return Ends(np.concatenate(places), source, first, np.concatenate(pools), most)

    @cached_property
    def taker(self) -> Index:
        """The representative of the class of each `in`: a position in the ledger."""
        return self.classes.first[self.ins.project]

    @cached_property
    def parted(self) -> Mask:
        """By class, whether what it receives is counted part by part, besides money for single parts."""
        whole, found = self.classes.whole, np.zeros(len(self.classes), dtype=np.bool_)
        if self.classes.counted:
            found[whole[whole != np.arange(len(whole))]] = True
        return found

    @cached_property
    def shares(self) -> Mapping[int, Extra]:
        """By part of such a class what it receives of the money that goes to the whole, a column."""
        whole = self.classes.whole
        parts = np.flatnonzero(self.parted[whole] & (whole != np.arange(len(whole))))
        most = self.classes.take[parts].tolist()
        return {
            c: Extra(f"share {c}", cents) for c, cents in zip(parts.tolist(), most, strict=True)
        }

    def receipts(self, codes: Index) -> Iterator[tuple[int, Index, Sequence[Extra]]]:
        """All columns, and columns beside the flows, that bring money to the projects of each code.

        Args:
            codes: By project; the classes, or their parts, are of one code each.
        """
        into = np.where(self.parted[self.ins.project], -1, codes[self.taker])
        columns: dict[int, Index] = dict(grouped(into))
        shares: dict[int, list[Extra]] = defaultdict(list)
        for part, share in self.shares.items():
            shares[int(codes[self.classes.first[part]])].append(share)
        none = np.zeros(0, dtype=np.int64)
        for code in sorted({*columns, *shares}):
            yield code, columns.get(code, none), shares.get(code, ())

    @cached_property
    def weighed(self) -> Index:
        """What stands for the weight of each `in`: the representative of the whole class."""
        return self.classes.first[self.classes.whole[self.ins.project]]

    @cached_property
    def giver(self) -> Index:
        """The representative of the class of each `out`: a position in the ledger."""
        return self.classes.first[self.outs.project]

    def planned(self, sources: Mask, projects: Mask) -> int:
        """Planned cents that the selected projects of the ledger hold of the selected sources."""
        return planned(self.ledger, sources, projects)

    def row(
        self,
        name: str,
        bound: int,
        *,
        ins: Weights | None = None,
        outs: Weights | None = None,
        used: Weights | None = None,
        arriving: Weights | None = None,
        leaving: Weights | None = None,
        equal: bool = False,
        rule: str | None = None,
        extras: Sequence[tuple[Extra, int]] = (),
    ) -> Row:
        """A row from one coefficient per column of each family (None: all 0).

        `arriving` and `leaving` include `ins` and `outs`: give one or the other.
        """
        columns, coefficients = [], []
        starts = (0, len(self.ins), len(self.ins) + len(self.outs))
        for start, weights in zip(starts, (ins, outs, used), strict=True):
            if weights is not None:
                at = np.flatnonzero(weights)
                columns.append(start + at)
                coefficients.append(weights[at].astype(np.int64))
        for ends, weights in ((self.arriving, arriving), (self.leaving, leaving)):
            if weights is not None:
                at = np.flatnonzero(weights)
                columns.append(ends.columns[at])
                coefficients.append(weights[at].astype(np.int64))
        empty = np.zeros(0, dtype=np.int64)
        return Row(
            name,
            np.concatenate([empty, *columns]),
            np.concatenate([empty, *coefficients]),
            bound,
            equal,
            rule,
            tuple(extras),
        )

    def split(self, into: bool, among: Groups) -> Iterator[tuple[int, Index]]:
        """The columns of each group that has any: of those that arrive, or that leave."""
        ends = self.arriving if into else self.leaving
        for group, at in grouped(among.of(ends.source, ends.project)):
            yield group, ends.columns[at]


SWAP_OUT, SWAP_IN = 1, 2
"""Bits of `Moves.swap`."""


@dataclass(frozen=True, eq=False)
class Moves:
    """The transfers of a plan on the raw ledger: what exact checks sum up. No classes, no rows.

    Attributes:
        source: Position of each transfer's source.
        giver: Position of the project it comes from; -1 for unallocated money.
        taker: Position of the project it goes to.
        amount: Cents, above 0.
        swap: What is an exchange: 0 nothing, 1 what the giver gives, 2 what the taker takes, 3 both.
    """

    ledger: Ledger
    balance: Balance
    source: Index
    giver: Index
    taker: Index
    amount: Cents
    swap: Index

    @cached_property
    def given(self) -> Mask:
        """The transfers that come from a project."""
        return self.giver >= 0

    @cached_property
    def filling(self) -> Mask:
        """The transfers that fill a gap."""
        result: Mask = self.swap & SWAP_IN == 0
        return result

    @cached_property
    def released(self) -> Mask:
        """The transfers of unallocated or released money."""
        result: Mask = self.swap & SWAP_OUT == 0
        return result

    @cached_property
    def received(self) -> Cents:
        """By project, cents that fill its gap."""
        at, size = self.filling, len(self.ledger.projects)
        return sums(self.taker[at], self.amount[at], size)

    def by_project(self, into: bool) -> Cents:
        """By project, cents that reach it or leave it, exchanges included."""
        size = len(self.ledger.projects)
        if into:
            return sums(self.taker, self.amount, size)
        return sums(self.giver[self.given], self.amount[self.given], size)

    @cached_property
    def moved(self) -> Cents:
        """By source, unallocated and released cents that are moved."""
        at, count = self.released, len(self.ledger.sources)
        return sums(self.source[at], self.amount[at], count)

    def into(self, sources: Mask, projects: Mask) -> int:
        """Cents of the selected sources moved into the selected projects."""
        return int(self.amount[sources[self.source] & projects[self.taker]].sum())

    def filled(self, sources: Mask, projects: Mask) -> int:
        """Cents of the selected sources that fill gaps of the selected projects."""
        chosen = self.filling & sources[self.source] & projects[self.taker]
        return int(self.amount[chosen].sum())

    def out_of(self, sources: Mask, projects: Mask) -> int:
        """Cents of the selected sources moved out of the selected projects."""
        return int(self.amount[sources[self.source] & self.given & projects[self.giver]].sum())

    def planned(self, sources: Mask, projects: Mask) -> int:
        """Cents that the selected projects held of the selected sources before the move."""
        return planned(self.ledger, sources, projects)

    def held_after(self, sources: Mask, projects: Mask) -> int:
        """Cents that the selected projects hold of the selected sources after the move."""
        return (
            self.planned(sources, projects)
            + self.into(sources, projects)
            - self.out_of(sources, projects)
        )

    def by_group(self, into: bool, among: Groups) -> Cents:
        """Cents moved into, or out of, each group."""
        if into:
            return among.add_up(self.source, self.taker, self.amount)
        at = self.given
        return among.add_up(self.source[at], self.giver[at], self.amount[at])

    def pairs(self) -> Pairs:
        """Source and recipient of each transfer."""
        return Pairs(self.ledger, self.source, self.taker)


def planned(ledger: Ledger, sources: Mask, projects: Mask) -> int:
    """Cents that the selected projects hold of the selected sources."""
    funding = ledger.funding
    return int(funding.planned @ (sources[funding.source] & projects[funding.project]))


def every(count: int) -> Mask:
    """A selection of everything."""
    return np.ones(count, dtype=np.bool_)


def entries(ledger: Ledger, project: Index, source: Index) -> tuple[Index, Mask]:
    """Where each pair of project and source stands in the funding, or would; and whether it does."""
    funding, size = ledger.funding, len(ledger.projects)
    start = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(funding.project, minlength=size), out=start[1:])
    at, end = start[project], start[project + 1]
    left = np.flatnonzero(at < end)
    while len(left):  # as often as a project has sources
        left = left[funding.source[at[left]] < source[left]]
        at[left] += 1
        left = left[at[left] < end[left]]
    known = at < end
    known[known] = funding.source[at[known]] == source[known]
    return at, known


def holdings(moves: Moves) -> tuple[Index, Index, Cents]:
    """Funding after the move: project, source, cents; by project, then source."""
    funding, count = moves.ledger.funding, len(moves.ledger.sources)
    held, given = funding.planned.copy(), moves.given
    fresh: list[tuple[Index, Cents]] = []  # of money that the project did not hold before
    for project, source, change in (
        (moves.taker, moves.source, moves.amount),
        (moves.giver[given], moves.source[given], -moves.amount[given]),
    ):
        at, known = entries(moves.ledger, project, source)
        np.add.at(held, at[known], change[known])
        new = ~known
        fresh.append((project[new] * count + source[new], change[new]))
    key, change = sums_by_key(*(np.concatenate(both) for both in zip(*fresh, strict=True)))
    project, source = np.divmod(key, count)
    place = entries(moves.ledger, project, source)[0] + np.arange(len(key))
    old = np.ones(len(held) + len(key), dtype=np.bool_)
    old[place] = False
    columns = []
    for before, beside in (
        (funding.project, project), (funding.source, source), (held, change)
    ):  # fmt: skip
        column = np.empty(len(old), dtype=np.int64)
        column[old], column[place] = before, beside
        columns.append(column)
    return columns[0], columns[1], columns[2]


def grouped(group: Index, first: int = 0) -> Iterator[tuple[int, Index]]:
    """Positions by group, from `first` on; what has group -1 is left out."""
    order = ordered(group)
    order = order[group[order] >= 0]
    if len(order):
        key = group[order]
        starts = [0, *(np.flatnonzero(np.diff(key)) + 1).tolist(), len(order)]
        names, order = key[starts[:-1]].tolist(), order + first
        for name, (start, end) in zip(names, pairwise(starts), strict=True):
            yield name, order[start:end]
