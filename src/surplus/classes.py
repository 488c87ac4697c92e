"""Projects that no rule and no objective can tell apart form a class; the program is over classes.

Sums of copies of one simplex are a simplex and boxes add up to boxes, so this is exact
(Grohe, Kersting, Mladenov, Selman: Dimension reduction via colour refinement, ESA 2014).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surplus.arithmetic import sums
from surplus.balance import Balance
from surplus.ledger import Ledger
from surplus.ledger.columns import Cents, Index

IDLE, DONOR, RECIPIENT = 0, 1, 2
GIVING, TAKING, BOTH = 1, 2, 3
"""Whom a label matters for: donors, recipients or both. Idle projects never need one."""
_SMALL = 2**22

Label = tuple[npt.NDArray[np.signedinteger], int]
"""A code per project (at least 0), and whom it matters for."""


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
    """Classes of interchangeable projects, in the order of their first members.

    Attributes:
        of: The class of each project.
        first: The first member of each class, its representative: a position in the ledger.
        side: IDLE, DONOR or RECIPIENT, by class.
        gap: Summed gap by class, cents.
        releasable: Summed releasable cents by source and class.
    """

    of: Index
    first: Index
    side: Index
    gap: Cents
    releasable: Cells

    def __len__(self) -> int:
        return len(self.first)


def classes(ledger: Ledger, balance: Balance, labels: Iterable[Label]) -> Classes:
    """Group the projects by their labels."""
    size, sources = len(ledger.projects), len(ledger.sources)
    funding = ledger.funding
    side = np.zeros(size, dtype=np.int64)
    side[funding.project[balance.releasable > 0]] = DONOR
    side[balance.gap > 0] = RECIPIENT
    code = side
    for label, whom in labels:
        code = _combined(code, np.where(side & whom, label, 0))
    of, first = _dense(code)
    count = len(first)
    return Classes(
        of=of,
        first=first,
        side=side[first],
        gap=sums(of, balance.gap, count),
        releasable=_cells(of[funding.project], funding.source, balance.releasable, count, sources),
    )


def _combined(code: Index, label: npt.NDArray[np.signedinteger]) -> Index:
    """One code for each pair of codes that occurs, kept small."""
    label = label.astype(np.int64)
    if len(label) and (width := int(label.max()) + 1) > 1:
        if (int(code.max()) + 1) * width >= 2**62:
            code = _dense(code)[0]
            label = _dense(label)[0]
            width = int(label.max()) + 1
        code = code * width + label
    return code


def _dense(code: Index) -> tuple[Index, Index]:
    """Codes 0, 1, … in the order of first appearance, and where each appears first."""
    if len(code) == 0:
        return code, code
    if int(code.max()) < _SMALL:
        seen = np.full(int(code.max()) + 1, len(code), dtype=np.int64)
        np.minimum.at(seen, code, np.arange(len(code)))
        values = np.flatnonzero(seen < len(code))
        first = seen[values]
        position = np.empty(len(seen), dtype=np.int64)
        position[values] = np.arange(len(values))
        inverse = position[code]
    else:
        _, first, inverse = np.unique(code, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[inverse.reshape(-1)], first[order]


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
