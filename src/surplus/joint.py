r"""Donors that choose their sources: what a class of them can give of each source, and jointly.

Under the attribution `free` a donor gives $0 \le x_s \le c_s$ with $\sum_s x_s \le N$: a polymatroid, whose
rank of a set $A$ of sources is $\min(N, \sum_{s \in A} c_s)$. Polymatroids add up to the polymatroid of the
summed ranks, in whole numbers, too (Edmonds; Schrijver, Combinatorial Optimization, section 44.6), so a
class is exact with a row for each set of its sources, and comes apart into its members again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from surplus.arithmetic import ordered, sums
from surplus.ledger import Funding
from surplus.ledger.columns import Cents, Index, Mask
from surplus.rooms import Rooms

_log = logging.getLogger(__name__)
_SOURCES = 5
"""Sources of one donor up to which it joins a class."""
_UNION = 8
"""Sources of a class up to which it has a row for each set of them."""
_KINDS = 4_000
"""Sets of sources, the most frequent ones, that are bundled."""
_WORTH = 1.0
"""Columns that a class must save for each row that it needs."""
_CHUNK = 2**22


@dataclass(frozen=True, eq=False)
class Donors:
    """Donors that may give less in all than of their sources together, one row each.

    Attributes:
        project: Positions in the ledger, rising.
        source: The sources of each, rising; -1 in the places that it does not need.
        amount: Cents of each source at most; 0 in those places.
        most: Cents in all.
        many: Positions of further ones, with too many sources to join a class.
    """

    project: Index
    source: Index
    amount: Cents
    most: Cents
    many: Index

    def __len__(self) -> int:
        return len(self.project)

    @property
    def count(self) -> Index:
        """The number of sources of each."""
        result: Index = (self.source >= 0).sum(axis=1)
        return result

    def some(self, chosen: Mask | Index) -> Donors:
        """Some of them."""
        columns = (self.project, self.source, self.amount, self.most)
        project, source, amount, most = (column[chosen] for column in columns)
        return Donors(project, source, amount, most, self.many[:0])

    def sized(self) -> Iterator[tuple[int, Index]]:
        """Rows by number of sources."""
        count = self.count
        for k in range(1, self.source.shape[1] + 1):
            if len(at := np.flatnonzero(count == k)):
                yield k, at


def choosing(funding: Funding, room: Rooms) -> Donors | None:
    """The donors that choose among their sources; None where there are none."""
    size = len(room.leave)
    several = sums(funding.project, room.give, size) > room.leave
    if not several.any():
        return None
    entry = np.flatnonzero(several[funding.project] & (room.give > 0))
    owner = funding.project[entry]
    starts = np.flatnonzero(np.r_[True, np.diff(owner) != 0])
    count = np.diff(np.r_[starts, len(owner)])
    place = np.arange(len(owner)) - np.repeat(starts, count)
    few = count <= _SOURCES
    kept = np.repeat(few, count)
    row = np.repeat(np.cumsum(few) - 1, count)[kept]
    width = int(count[few].max(initial=1))
    source = np.full((int(few.sum()), width), -1, dtype=np.int64)
    amount = np.zeros_like(source)
    source[row, place[kept]] = funding.source[entry[kept]]
    amount[row, place[kept]] = room.give[entry[kept]]
    project = owner[starts]
    return Donors(project[few], source, amount, room.leave[project[few]], project[~few])


def ranks(amount: Cents, most: Cents) -> Cents:
    """By row, what each set of sources can give; bit j of a set stands for column j."""
    return np.minimum(_set_sums(amount), most[:, None])


def alike(donors: Donors) -> Index:
    """A code for donors that hold the same sources, with the same sets of them above what may leave.

    For such donors minima add up: together they are as one donor with their sums.
    """
    above = _set_sums(donors.amount) > donors.most[:, None]
    pattern = above @ (1 << np.arange(above.shape[1], dtype=np.int64))
    return _numbered(_kinds(donors), np.unique(pattern, return_inverse=True)[1].reshape(-1))


def bundles(donors: Donors, code: Index, sources: int) -> Index:
    """Which donors of the same code form a class: equal numbers; a number of its own for one alone.

    Donors whose sources are few together share a bundle. In a class that has more sets of sources than
    its members have columns, every member stays a class of its own.

    Args:
        donors: The donors.
        code: Of each, what else tells it apart.
        sources: The number of sources of the ledger.
    """
    kind = _kinds(donors)
    bundle = _bundled(donors, kind)
    node = _numbered(code, bundle + 1)
    entries = np.bincount(node, weights=donors.count)
    pairs = np.unique((node[:, None] * sources + donors.source)[donors.source >= 0])
    union = np.bincount(pairs // sources, minlength=len(entries))
    joint = (union <= _UNION) & (entries >= _WORTH * 2.0**union)
    alone = (bundle < 0) | ~joint[node]
    if (left := int(alone.sum()) + len(donors.many)) > 0:
        _log.info("%d donors that choose among sources are classes of their own", left)
    return np.where(alone, len(entries) + np.arange(len(donors)), node)


def _bundled(donors: Donors, kind: Index) -> Index:
    """First fit of the sets of sources, large and frequent ones first, into unions of few; -1 for none."""
    frequency = np.bincount(kind)
    first = np.full(len(frequency), len(kind), dtype=np.int64)
    np.minimum.at(first, kind, np.arange(len(kind)))
    count = donors.count[first]
    common = ordered(-frequency)[:_KINDS]
    unions: list[set[int]] = []
    place = np.full(len(frequency), -1, dtype=np.int64)
    for k in common[ordered(-count[common])].tolist():
        mine = {s for s in donors.source[first[k]].tolist() if s >= 0}
        fit = next((i for i, u in enumerate(unions) if len(u | mine) <= _UNION), len(unions))
        if fit == len(unions):
            unions.append(set())
        unions[fit] |= mine
        place[k] = fit
    return place[kind]


@dataclass(frozen=True, eq=False)
class Joint:
    """Classes of donors that choose.

    Attributes:
        donors: All members.
        of: The place of each one's class in the lists below.
        classes: The classes' numbers, rising.
        source: By class its sources, rising; -1 beyond.
        rank: By class, what each set of its sources can give, cents; bit j stands for its source j.
    """

    donors: Donors
    of: Index
    classes: Index
    source: Index
    rank: Cents

    @cached_property
    def places(self) -> Index:
        """By member, where its sources stand among those of its class."""
        return _places(self.donors.source, self.source[self.of])

    def columns(self, owner: Index, source: Index) -> Index:
        """By class and source its place among pairs of a class and a source; -1 where it has none."""
        place = np.full((int(owner.max(initial=0)) + 1, int(source.max(initial=0)) + 1), -1)
        place[owner, source] = np.arange(len(owner))
        there = (self.classes < len(place))[:, None] & (self.source < place.shape[1])
        there &= self.source >= 0
        found = place[np.where(there, self.classes[:, None], 0), np.where(there, self.source, 0)]
        return np.where(there, found, -1)

    def bounds(self, there: Mask) -> Iterator[tuple[int, int, int]]:
        """Class, set of sources and cents at most, wherever such a bound says something.

        Args:
            there: By class and source, whether anything can go anywhere.
        """
        width = there.shape[1]
        able: Index = there.astype(np.int64) @ (1 << np.arange(width))
        sets = np.arange(1 << width) & able[:, None]
        rank = np.take_along_axis(self.rank, sets, axis=1)
        bounds = 1 << np.arange(width)  # of single columns
        for c, chosen in np.argwhere(needed(rank)).tolist():
            if chosen in bounds:
                continue
            yield c, chosen, int(rank[c, chosen])

    def apart(self, outs: Cents) -> Cents:
        """What each member gives of each of its sources.

        Args:
            outs: By class and source of the class, what the class gives; within its ranks.
        """
        donors, kind = self.donors, _kinds(self.donors)
        result = np.zeros_like(donors.amount)
        gives = np.flatnonzero(outs.sum(axis=1)[self.of])
        order = gives[ordered(self.of[gives], kind[gives], -donors.most[gives])]
        width = 1 << self.source.shape[1]
        for part in _chunks(self.of[order], max(1, _CHUNK // width)):
            at = order[part]
            one = donors.some(at)
            new = np.r_[True, (np.diff(self.of[at]) != 0) | (np.diff(kind[at]) != 0)]
            node = np.cumsum(new) - 1  # members of one class with the same sources
            heads = np.flatnonzero(new)
            owner = self.of[at[heads]]
            table = _summed(one, self.source[self.of[at]], node, len(heads))
            group, inverse = np.unique(owner, return_inverse=True)
            given = taken_apart(outs[group], inverse.reshape(-1), table)
            for k, rows in one.sized():
                mine, members = np.unique(node[rows], return_inverse=True)
                place = _places(one.source[heads[mine], :k], self.source[owner[mine]])
                whole = np.take_along_axis(given[mine], place, axis=1)
                table = ranks(one.amount[rows, :k], one.most[rows])
                result[at[rows], :k] = taken_apart(whole, members.reshape(-1), table)
        return result


def joint(donors: Donors, of: Index) -> Joint | None:
    """The classes of several donors that choose, with what they can give; None where there are none.

    One alone needs but a row for all of its sources.

    Args:
        donors: The donors.
        of: The class of each.
    """
    several = np.bincount(of)[of] > 1
    if not several.any():
        return None
    donors, of = donors.some(several), of[several]
    classes, place = np.unique(of, return_inverse=True)
    place = place.reshape(-1)
    held = donors.source >= 0
    span = int(donors.source.max(initial=0)) + 1
    pairs = np.unique((place[:, None] * span + donors.source)[held])
    owner = pairs // span
    count = np.bincount(owner, minlength=len(classes))
    source = np.full((len(classes), int(count.max(initial=1))), -1, dtype=np.int64)
    source[owner, np.arange(len(pairs)) - np.repeat(np.cumsum(count) - count, count)] = pairs % span
    rank = _summed(donors, source[place], place, len(classes))
    return Joint(donors, place, classes, source, rank)


def needed(rank: Cents) -> Mask:
    """By row, the sets of sources whose bound no other ones imply.

    Not needed are sets that can give no less than two parts of them together, and sets that give no less
    with another source added. Sources that can give nothing count for nothing.
    """
    count = rank.shape[1]
    kept = np.ones(rank.shape, dtype=np.bool_)
    kept[:, 0] = False
    for chosen in range(1, count):
        low = chosen & -chosen
        part = (chosen - 1) & chosen
        while part:  # every split of the set; its lowest source stays on one side
            if part & low:
                kept[:, chosen] &= rank[:, part] + rank[:, chosen ^ part] > rank[:, chosen]
            part = (part - 1) & chosen
        for j in range(count.bit_length() - 1):
            if not chosen >> j & 1:
                more = rank[:, chosen | 1 << j] > rank[:, chosen]
                kept[:, chosen] &= more | (rank[:, 1 << j] == 0)
    return kept


def taken_apart(whole: Cents, group: Index, rank: Cents) -> Cents:
    r"""Whole cents of each member that add up to the group's and keep every member's ranks.

    A group is halved until single members are left, all groups at once. One halving splits $x$ into
    $y \in P(b)$ and $x - y \in P(d)$, source by source. With $y_j = v$ fixed, what is left of either side is
    a polymatroid again, with rank $A \mapsto \min(b(A),\ b(A + j) - v)$; polymatroids add up, so the rest of
    $x$ can be split exactly if $x(A) \le \min(b(A), b(A+j) - v) + \min(d(A), d(A+j) - x_j + v)$ for all sets
    $A$ of the sources left, which is an interval of $v$ with whole ends. Its upper end is taken, so the
    first members give what they can.

    Args:
        whole: By group and source; within the sum of its members' ranks.
        group: Of each member, rising; each group has one.
        rank: By member, what each set of sources can give.
    """
    levels = []
    while len(rank) > len(whole):
        size = np.bincount(group, minlength=len(whole))
        start = np.cumsum(size) - size
        left = np.flatnonzero((np.arange(len(group)) - start[group]) % 2 == 0)
        paired = np.append(group, -1)[left + 1] == group[left]
        levels.append((rank, left, paired))
        group, above = group[left], rank[left]
        above[paired] += rank[left[paired] + 1]
        rank = above
    given = whole
    for below, left, paired in reversed(levels):
        result = np.zeros((len(below), whole.shape[1]), dtype=np.int64)
        result[left] = given
        halved = np.flatnonzero(paired & (given > 0).any(axis=1))
        one = left[halved]
        result[one] = _split(given[halved], below[one], below[one + 1])
        result[one + 1] = given[halved] - result[one]
        given = result
    return given


def _split(whole: Cents, first: Cents, second: Cents) -> Cents:
    """The part of the first of two, as much as it can give of one source after the other."""
    result = np.empty_like(whole)
    for j in range(whole.shape[1]):
        own = whole[:, j]
        rest = _set_sums(whole[:, j + 1 :])
        free, with_own = first[:, ::2], first[:, 1::2]
        other_free, other_own = second[:, ::2], second[:, 1::2]
        given = np.minimum(own, (with_own + other_free - rest).min(axis=1))
        result[:, j] = given
        first = np.minimum(free, with_own - given[:, None])
        second = np.minimum(other_free, other_own - (own - given)[:, None])
    return result


def _set_sums(amount: Cents) -> Cents:
    """By row the sum of every set of columns."""
    count = amount.shape[1]
    result = np.zeros((len(amount), 1 << count), dtype=np.int64)
    for j in range(count):
        result[:, 1 << j : 2 << j] = result[:, : 1 << j] + amount[:, j : j + 1]
    return result


def _summed(donors: Donors, source: Index, group: Index, size: int) -> Cents:
    """By group the sum of its members' ranks, over the sets of sources that stand in `source`.

    A rank is a sum over the subsets of a set (Möbius); those sums are added up, then taken again.
    """
    width = source.shape[1]
    result = np.zeros((size, 1 << width), dtype=np.int64)
    for k, at in donors.sized():
        own = ranks(donors.amount[at, :k], donors.most[at])
        for j in range(k):
            halves = own.reshape(len(at), -1, 2, 1 << j)
            halves[:, :, 1] -= halves[:, :, 0]
        sets = _set_sums(1 << _places(donors.source[at, :k], source[at]))
        np.add.at(result.reshape(-1), (group[at, None] << width) + sets, own)
    for j in range(width):
        halves = result.reshape(size, -1, 2, 1 << j)
        halves[:, :, 1] += halves[:, :, 0]
    return result


def _places(source: Index, among: Index) -> Index:
    """By row, where each source stands among the row's others."""
    place: Index = (source[:, :, None] == among[:, None, :]).argmax(axis=2)
    return place


def _kinds(donors: Donors) -> Index:
    """A number for each set of sources that occurs."""
    code = donors.source[:, 0] + 1
    for column in donors.source.T[1:]:
        code = _numbered(code, column + 1)
    return code


def _numbered(one: Index, other: Index) -> Index:
    """0, 1, … for each pair that occurs."""
    pairs = one * (int(other.max(initial=0)) + 1) + other
    numbered: Index = np.unique(pairs, return_inverse=True)[1].reshape(-1)
    return numbered


def _chunks(group: Index, most: int) -> Iterator[slice]:
    """Slices of about so many places in which no group is cut."""
    ends = np.flatnonzero(np.diff(group, append=-1) != 0) + 1
    start = 0
    while start < len(group):
        fit = int(np.searchsorted(ends, start + most, side="right"))
        end = int(ends[max(fit - 1, int(np.searchsorted(ends, start, side="right")))])
        yield slice(start, end)
        start = end
