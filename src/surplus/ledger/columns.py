"""The facts as columns: what every later stage computes with.

Columns are in canonical order (sources and projects by id, funding by project then source), so no
later stage can depend on the order of rows in a file. Arrays are read-only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

Cents = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
Index = npt.NDArray[np.int64]
Texts = npt.NDArray[Any]  # of str: dtype U or object

UNKNOWN = int(np.iinfo(np.int64).min)
"""Stands for an amount that is not known (absent or null in the document)."""

PRIORITY_SCALE = 10**6
"""A priority is kept as a whole number of millionths."""

PRICES = ("estimate", "contract", "variations", "settlement", "audited", "final", "other")


@dataclass(frozen=True)
class Source:
    """One earmarked fund lot (资金指标): money of one origin, under one set of ties.

    Attributes:
        level: Canonical `central`, `province`, `prefecture`, `county`, or free text.
        first_budgeted: Day on which the money was first budgeted; re-use never restarts that clock.
        unallocated: Cents that no project holds yet (待分配).
    """

    id: str
    name: str | None = None
    level: str | None = None
    year: int | None = None
    first_budgeted: date | None = None
    expires: date | None = None
    unallocated: int = 0
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Category:
    """A column of few distinct texts: ``values[codes[p]]``; code -1 is "not known"."""

    codes: Codes
    values: tuple[str, ...]

    def take(self, index: Index) -> Category:
        """The same column for the chosen projects."""
        return Category(self.codes[index], self.values)

    def text(self, row: int) -> str | None:
        """The value of one project, None where it is not known."""
        code = int(self.codes[row])
        return None if code < 0 else self.values[code]


@dataclass(frozen=True, eq=False)
class Projects:
    """Projects in the order of their ids. All arrays have one entry per project.

    Attributes:
        id: Texts, strictly increasing in code-point order.
        name: Texts ('' where not known), or None when no project has a name.
        priority: Weight in millionths, int64, at least 0.
        fields: `category`, `department`, `township`, and `tags.<key>` for every tag key in use.
        prices: For each name in `PRICES` int64 cents; UNKNOWN where not known. `variations` and
            `other` are never UNKNOWN (0 instead).
        claims: Open claims, cents.
        cap: Ceiling on public money, cents; UNKNOWN where there is none.
    """

    id: Texts
    name: Texts | None
    priority: Cents
    fields: Mapping[str, Category]
    prices: Mapping[str, Cents]
    claims: Cents
    cap: Cents

    def __len__(self) -> int:
        return len(self.id)

    def take(self, index: Index) -> Projects:
        """The chosen projects, in the order of `index`."""
        return Projects(
            id=self.id[index],
            name=None if self.name is None else self.name[index],
            priority=self.priority[index],
            fields={key: column.take(index) for key, column in self.fields.items()},
            prices={key: column[index] for key, column in self.prices.items()},
            claims=self.claims[index],
            cap=self.cap[index],
        )


@dataclass(frozen=True, eq=False)
class Funding:
    """Who holds what: one entry per project and source, by project, then source.

    Attributes:
        project, source: Positions in `Ledger.projects` and `Ledger.sources`, int64.
        planned, paid: Cents; 0 <= paid <= planned.
    """

    project: Index
    source: Index
    planned: Cents
    paid: Cents


@dataclass(frozen=True)
class Stated:
    """Totals as the ledger's owner states them; compared with the sums by the audit.

    Attributes:
        issued, paid: Cents, None where not stated.
        payment_rate: Percentage text as stated, such as ``97.05%``.
        projects: Number of projects.
    """

    issued: int | None = None
    paid: int | None = None
    payment_rate: str | None = None
    projects: int | None = None
