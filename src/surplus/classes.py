"""Projects that no rule and no objective can tell apart form a class; the program is over classes.

Sums of copies of one simplex are a simplex and boxes add up to boxes, so this is exact
(Grohe, Kersting, Mladenov, Selman: Dimension reduction via colour refinement, ESA 2014).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from surplus.arithmetic import sums
from surplus.joint import Donors, Joint, bundles, choosing, joint
from surplus.ledger import Ledger
from surplus.ledger.columns import Cents, Index, Mask
from surplus.rooms import Rooms

IDLE, DONOR, RECIPIENT = 0, 1, 2
GIVING, TAKING, BOTH = 1, 2, 3
"""Whom a label matters for: donors, recipients or both. Idle projects never need one."""
_SMALL = 2**22
_WIDE = 64
_MANY = 8


class Label(NamedTuple):
    """What a rule or objective tells projects apart by.

    Attributes:
        codes: One per project, at least 0.
        whom: GIVING, TAKING or BOTH.
        sources: The sources whose money it matters for; None for all.
        single: Whether the rule looks at what single projects receive in all; then all money must
            tell the same projects apart.
        exchanged: Whether it speaks of money in exchange, too, and not only of gaps and released money.
        counted: Whether it only matters how much the recipients of each value receive in all, from
            whichever source.
    """

    codes: npt.NDArray[np.signedinteger]
    whom: int
    sources: Mask | None = None
    single: bool = False
    exchanged: bool = True
    counted: bool = False


@dataclass(frozen=True, eq=False)
class Segments:
    """Classes cut by weight: a code per project, and a rank; the lowest rank stands for its class."""

    codes: Index
    ranks: Index


@dataclass(frozen=True, eq=False)
class Cells:
    """Amounts by source and class (or project): one entry each, by class, then source."""

    source: Index
    project: Index
    amount: Cents

    def __len__(self) -> int:
        return len(self.source)


@dataclass(frozen=True, eq=False)
class Classes:
    """Classes of interchangeable projects, in two layers.

    Where only some sources tell certain projects apart (money that stays in its township), the others
    see them as one: those projects form several classes and, together, one more. Money of `fine`
    sources goes to the parts, all other money to the whole; that is exact, since what does not care
    can always go where the rest left room.

    What projects exchange is bounded apart from what they release or receive, so those that do form
    further classes for that alone, which only rules that speak of exchanges tell apart.

    Attributes:
        of: The class (a part, where there are any) of each project.
        exchanging: The class of each project that may exchange money, for that; -1 for others.
        whole: By class the class that it is part of, or itself.
        fine: By source, whether its money goes to the parts.
        counted: Whether the program has to know how much each part receives of the other money.
        first: The first member of each class, its representative: a position in the ledger.
        kin: By class the ledger position that names its row: `first`; where every project is a class
            of its own, that of the class that it belongs to otherwise.
        side: IDLE, DONOR or RECIPIENT, by class.
        take: What a class may receive, cents: its members' rooms, added up.
        give: What it may give, by source and class, cents.
        leave: What it may give in all, by class, cents.
        joint: Classes of several donors that choose their sources; None where there are none.
        swap: What it may exchange, by source and class, cents.
    """

    of: Index
    exchanging: Index
    whole: Index
    fine: Mask
    counted: bool
    first: Index
    kin: Index
    side: Index
    take: Cents
    give: Cells
    leave: Cents
    swap: Cells
    joint: Joint | None = None

    def __len__(self) -> int:
        return len(self.first)


def classes(
    ledger: Ledger, room: Rooms, labels: Iterable[Label], segments: Segments | None = None
) -> Classes:
    """Group the projects by their labels, and by segments of weight."""
    size, sources = len(ledger.projects), len(ledger.sources)
    funding = ledger.funding
    side = np.zeros(size, dtype=np.int64)
    side[funding.project[room.give > 0]] = DONOR
    side[room.take > 0] = RECIPIENT
    labels = [*labels]
    code = side
    if segments is not None:
        labels.append(Label(segments.codes, TAKING, exchanged=False))
    fine, dividing, counted = _dividing(labels, sources)
    of_whom = {whom: (side & whom) > 0 for whom in (GIVING, TAKING, BOTH)}
    for label, divides in zip(labels, dividing, strict=True):
        if not divides:
            code = _combined(code, np.where(of_whom[label.whom], label.codes, 0))
    undivided = code
    for label, divides in zip(labels, dividing, strict=True):
        if divides:
            code = _combined(code, np.where(of_whom[label.whom], label.codes, 0))
    donors = choosing(funding, room)
    if donors is not None:
        code = _combined(code, _bundles(donors, code, sources))
    of, first = _dense(code)
    whole, first = _wholes(_dense(undivided)[0], side, first, counted or bool(fine.any()))
    if segments is not None:
        first = _representatives(of, whole, first, segments.ranks)
    usual = len(first)
    exchanging, names = _exchanging(ledger, room, labels, usual)
    first, whole = np.append(first, names), np.append(whole, usual + np.arange(len(names)))
    count = len(first)
    take = sums(of, room.take, count)
    part = np.flatnonzero(whole != np.arange(count))
    take += sums(whole[part], take[part], count)
    return Classes(
        of=of,
        exchanging=exchanging,
        whole=whole,
        fine=fine,
        counted=counted,
        first=first,
        kin=first,
        side=np.where(np.arange(count) < usual, side[first], IDLE),
        take=take,
        give=_cells(of[funding.project], funding.source, room.give, count, sources),
        leave=sums(of, room.leave, count),
        swap=_cells(exchanging[funding.project], funding.source, room.swap, count, sources),
        joint=None if donors is None else joint(donors, of[donors.project]),
    )


def _exchanging(
    ledger: Ledger, room: Rooms, labels: Sequence[Label], start: int
) -> tuple[Index, Index]:
    """By project its class as one that exchanges money, from `start` on, or -1; their first members."""
    result = np.full(len(ledger.projects), -1, dtype=np.int64)
    if not room.swap.any():
        return result, result[:0]
    able = np.zeros(len(result), dtype=np.bool_)
    able[ledger.funding.project[room.swap > 0]] = True
    members = np.flatnonzero(able)  # each of them gives as well as takes
    codes = (label.codes[members] for label in labels if label.exchanged)
    of, first = grouped_by(codes, len(members))
    result[members] = start + of
    return result, members[first]


def _bundles(donors: Donors, code: Index, sources: int) -> Index:
    """What tells donors that choose apart, and all others from them (0)."""
    result = np.zeros(len(code), dtype=np.int64)
    result[donors.project] = 1 + bundles(donors, code[donors.project], sources)
    result[donors.many] = 1 + int(result.max(initial=0)) + np.arange(len(donors.many))
    return result


def _representatives(of: Index, whole: Index, first: Index, ranks: Index) -> Index:
    """By class, parts and wholes, the member of the lowest rank; of equals the first."""
    result = first.copy()
    for group in (of, whole[of]):
        lowest = np.full(len(result), np.iinfo(np.int64).max)
        np.minimum.at(lowest, group, ranks)
        at = np.flatnonzero(ranks == lowest[group])[::-1]  # of equals the last one stays
        result[group[at]] = at
    return result


def grouped_by(codes: Iterable[npt.NDArray[np.signedinteger]], size: int) -> tuple[Index, Index]:
    """The group of each project that differs in any of the codes, and each group's first member."""
    code = np.zeros(size, dtype=np.int64)
    for one in codes:
        code = _combined(code, one)
    return _dense(code)


def identity(ledger: Ledger, room: Rooms, kin: Index | None = None) -> Classes:
    """Every project a class of its own, named after itself or as `kin` says."""
    size = len(ledger.projects)
    held = np.flatnonzero(room.give > 0)
    side = np.zeros(size, dtype=np.int64)
    side[ledger.funding.project[held]] = DONOR
    side[room.take > 0] = RECIPIENT
    every = np.arange(size)
    give = Cells(ledger.funding.source[held], ledger.funding.project[held], room.give[held])
    fine = np.zeros(len(ledger.sources), dtype=np.bool_)
    names = every if kin is None else kin
    kept = np.flatnonzero(room.swap > 0)
    swap = Cells(ledger.funding.source[kept], ledger.funding.project[kept], room.swap[kept])
    take, leave = room.take, room.leave
    return Classes(every, every, every, fine, False, every, names, side, take, give, leave, swap)


def _dividing(labels: Sequence[Label], sources: int) -> tuple[Mask, list[bool], bool]:
    """The sources that alone tell recipients apart by many values, and the labels only they care about.

    Also whether the parts have to be counted.
    """
    fine = np.zeros(sources, dtype=np.bool_)
    cares = [np.ones(sources, dtype=np.bool_) if x.sources is None else x.sources for x in labels]
    many = [bool(x.whom & TAKING) and int(x.codes.max(initial=0)) >= _MANY for x in labels]
    for mine, large in zip(cares, many, strict=True):
        if large and not mine.all():
            fine |= mine
    together = any(label.single for label in labels)
    if fine.all() or together:
        fine[:] = False
    counted = [label.counted and not together for label in labels]
    dividing = [
        large and bool(mine.any()) and bool(np.all(fine[mine]))
        for mine, large in zip(cares, many, strict=True)
    ]
    return fine, [a or b for a, b in zip(counted, dividing, strict=True)], any(counted)


def _wholes(undivided: Index, side: Index, first: Index, divides: bool) -> tuple[Index, Index]:
    """By class what it is part of; new classes for recipients that were divided."""
    count = len(first)
    whole = np.arange(count)
    if not divides:
        return whole, first
    of_part = undivided[first]
    parts = np.bincount(of_part, weights=side[first] == RECIPIENT)
    divided = np.flatnonzero(parts > 1)
    place = np.full(len(parts), -1, dtype=np.int64)
    place[divided] = count + np.arange(len(divided))
    mine = place[of_part]
    whole = np.where(mine >= 0, mine, whole)
    new_first = np.full(len(divided), len(undivided), dtype=np.int64)
    at = np.flatnonzero(mine >= 0)
    np.minimum.at(new_first, mine[at] - count, first[at])
    return np.append(whole, place[divided]), np.append(first, new_first)


def _combined(code: Index, label: npt.NDArray[np.signedinteger]) -> Index:
    """One code for each pair of codes that occurs, kept small."""
    if len(label) and (width := int(label.max()) + 1) > 1:
        if (int(code.max()) + 1) * width >= _SMALL:
            code = _packed(code)
        if (int(code.max()) + 1) * width >= _SMALL:
            label = _packed(label)
            width = int(label.max()) + 1
        code = code * width + label
    return code


def _packed(code: Index) -> Index:
    """Codes 0, 1, … in the same order."""
    top = int(code.max(initial=-1)) + 1
    if top > min(_SMALL, _WIDE * len(code)):
        packed: Index = np.unique(code, return_inverse=True)[1].reshape(-1)
        return packed
    used = np.zeros(top, dtype=np.bool_)
    used[code] = True
    return (np.cumsum(used) - 1)[code]


def _dense(code: Index) -> tuple[Index, Index]:
    """Codes 0, 1, … in the order of first appearance, and where each appears first."""
    code = _packed(code)
    first = np.empty(int(code.max(initial=-1)) + 1, dtype=np.int64)
    first[code[::-1]] = np.arange(len(code))[::-1]  # of equals the last one stays
    order = np.argsort(first)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[code], first[order]


def _cells(owner: Index, source: Index, amount: Cents, count: int, sources: int) -> Cells:
    """Add up by class and source; cells without money are left out."""
    held = amount > 0
    key = owner[held] * sources + source[held]
    if count * sources < _SMALL:
        summed = sums(key, amount[held], count * sources)
        keys = np.flatnonzero(summed)
        return Cells(keys % sources, keys // sources, summed[keys])
    keys, inverse = np.unique(key, return_inverse=True)
    return Cells(
        keys % sources, keys // sources, sums(inverse.reshape(-1), amount[held], len(keys))
    )
