"""What rules and objectives speak of: flows over classes, and the moves of a finished plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from surplus.balance import Balance
from surplus.classes import Cells, Classes
from surplus.ledger import Ledger, Projects, Source
from surplus.ledger.columns import Cents, Index, Mask
from surplus.program import Row, Weights


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of a source and a project (or class) that money might go to."""

    sources: Sequence[Source]
    projects: Projects
    source: Index
    project: Index

    def chosen(self, sources: Mask, projects: Mask) -> Mask:
        """The pairs whose source and project are both selected."""
        return sources[self.source] & projects[self.project]


@dataclass(frozen=True, eq=False)
class Flows:
    """The columns of the class program: `ins`, then `outs`, then `used`.

    Attributes:
        ins: Into a class from a source, where that is permitted; cents at most.
        outs: Out of a class by source; cents at most.
        used_source: The source of each column of unallocated money; one column per pool.
        used_bound: Unallocated cents of that source.
        available: Unallocated + releasable cents by source.
    """

    sources: Sequence[Source]
    classes: Classes
    ins: Cells
    outs: Cells
    used_source: Index
    used_bound: Cents
    available: Cents

    @property
    def projects(self) -> Projects:
        """One representative project per class."""
        return self.classes.projects

    @cached_property
    def size(self) -> int:
        """The number of columns."""
        return len(self.ins) + len(self.outs) + len(self.used_source)

    def planned(self, sources: Mask, projects: Mask) -> int:
        """Planned cents that the selected classes hold of the selected sources."""
        cells = self.classes.planned
        return int(cells.amount[sources[cells.source] & projects[cells.project]].sum())

    def row(
        self,
        name: str,
        bound: int,
        *,
        ins: Weights | None = None,
        outs: Weights | None = None,
        used: Weights | None = None,
        equal: bool = False,
        rule: str | None = None,
    ) -> Row:
        """A row from one coefficient per column of each family (None: all 0)."""
        parts = [
            (start, np.flatnonzero(weights), weights)
            for start, weights in (
                (0, ins),
                (len(self.ins), outs),
                (len(self.ins) + len(self.outs), used),
            )
            if weights is not None
        ]
        columns = [start + at for start, at, _ in parts]
        coefficients = [weights[at].astype(np.int64) for _, at, weights in parts]
        empty = np.zeros(0, dtype=np.int64)
        return Row(
            name,
            np.concatenate(columns) if columns else empty,
            np.concatenate(coefficients) if coefficients else empty,
            bound,
            equal,
            rule,
        )


@dataclass(frozen=True, eq=False)
class Moves:
    """The transfers of a plan on the raw ledger: what exact checks sum up. No classes, no rows.

    Attributes:
        source: Position of each transfer's source.
        giver: Position of the project it comes from; -1 for unallocated money.
        taker: Position of the project it goes to.
        amount: Cents, above 0.
    """

    ledger: Ledger
    balance: Balance
    source: Index
    giver: Index
    taker: Index
    amount: Cents

    def into(self, sources: Mask, projects: Mask) -> int:
        """Cents of the selected sources moved into the selected projects."""
        return int(self.amount[sources[self.source] & projects[self.taker]].sum())

    def out_of(self, sources: Mask, projects: Mask) -> int:
        """Cents of the selected sources moved out of the selected projects."""
        chosen = sources[self.source] & (self.giver >= 0) & projects[self.giver]
        return int(self.amount[chosen].sum())

    def planned(self, sources: Mask, projects: Mask) -> int:
        """Cents that the selected projects held of the selected sources before the move."""
        funding = self.ledger.funding
        chosen = sources[funding.source] & projects[funding.project]
        return int(funding.planned[chosen].sum())

    def held_after(self, sources: Mask, projects: Mask) -> int:
        """Cents that the selected projects hold of the selected sources after the move."""
        return (
            self.planned(sources, projects)
            + self.into(sources, projects)
            - self.out_of(sources, projects)
        )

    def pairs(self) -> Pairs:
        """Source and recipient of each transfer."""
        return Pairs(self.ledger.sources, self.ledger.projects, self.source, self.taker)


def every(count: int) -> Mask:
    """A selection of everything."""
    return np.ones(count, dtype=np.bool_)


def groups(
    projects: Projects, sources: Sequence[Source], per: str | None, among: tuple[Mask, Mask]
) -> Iterator[tuple[str, Mask, Mask]]:
    """Split a selection of (sources, projects) by a field; one group without `per`.

    `level`, `year` and `source` are fields of sources; all others are fields of projects. What has no
    value in the field forms a group of its own.
    """
    of_sources, of_projects = among
    if per is None:
        yield "", of_sources, of_projects
    elif per in ("level", "year", "source"):
        values = [getattr(source, "id" if per == "source" else per) for source in sources]
        for value in sorted(set(values), key=str):
            same = np.array([v == value for v in values], dtype=np.bool_) & of_sources
            if same.any():
                yield f"{per} {value}", same, of_projects
    elif per == "id":
        for at in np.flatnonzero(of_projects):
            alone = np.zeros(len(projects), dtype=np.bool_)
            alone[at] = True
            yield f"project {projects.id[at]}", of_sources, alone
    elif per in projects.fields:
        column = projects.fields[per]
        for code in np.unique(column.codes[of_projects]):
            value = "not known" if code < 0 else column.values[code]
            yield f"{per} {value}", of_sources, of_projects & (column.codes == code)
    else:
        yield f"{per} not known", of_sources, of_projects
