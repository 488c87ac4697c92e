"""Progress in the year: payment rate against time elapsed, and money that may not be paid in time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from surplus.arithmetic import share_up, sums
from surplus.ledger import Ledger
from surplus.ledger.columns import Index
from surplus.money import format_yuan


@dataclass(frozen=True)
class ProgressRow:
    """One source, or all of them, in cents.

    Attributes:
        source: Its id; None for all together.
        rate: Paid ÷ planned (支付率), exact; None where nothing is planned.
        due: What is paid at the pace of the year: planned × time elapsed, rounded up to the cent.
        points: Payment rate less time elapsed, in percentage points, exact; below 0 is behind.
    """

    source: str | None
    name: str | None
    planned: int
    paid: int
    rate: Fraction | None
    due: int
    points: Fraction | None

    @property
    def ahead(self) -> int:
        """Paid less due, cents; below 0 is behind."""
        return self.paid - self.due


@dataclass(frozen=True)
class Candidate:
    """Money of a project that may not be paid before its source expires: a candidate for release.

    Attributes:
        undrawn: Planned less paid, cents.
        rate: Paid ÷ planned, exact.
    """

    project: str
    name: str | None
    source: str
    expires: date
    planned: int
    paid: int
    undrawn: int
    rate: Fraction


@dataclass(frozen=True, eq=False)
class Progress:
    """How far payment is on a day.

    Attributes:
        on: The day.
        by: Candidates hold money of sources that expire by this day.
        elapsed: Share of the year that is over, the day included (序时进度), exact.
        rows: By source, in the order of their ids.
        total: All sources together.
        at: Candidates as positions in the ledger's funding, the largest undrawn amount first.
    """

    on: date
    by: date
    elapsed: Fraction
    rows: tuple[ProgressRow, ...]
    total: ProgressRow
    at: Index
    ledger: Ledger = field(repr=False)

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """All candidates as rows."""
        return tuple(self._candidates(len(self.at)))

    def first(self, most: int) -> tuple[Candidate, ...]:
        """The largest candidates only."""
        return tuple(self._candidates(most))

    def _candidates(self, most: int) -> Iterator[Candidate]:
        projects, funding, at = self.ledger.projects, self.ledger.funding, self.at[:most]
        for p, s, planned, paid in zip(
            funding.project[at].tolist(),
            funding.source[at].tolist(),
            funding.planned[at].tolist(),
            funding.paid[at].tolist(),
            strict=True,
        ):
            source = self.ledger.sources[s]
            assert source.expires is not None  # by choice of `at`
            yield Candidate(
                str(projects.id[p]),
                None if projects.name is None else str(projects.name[p]) or None,
                source.id,
                source.expires,
                planned,
                paid,
                planned - paid,
                Fraction(paid, planned),
            )

    def to_json(self) -> str:
        """The view as data: amounts in yuan, shares as exact fractions."""
        document = {
            "on": self.on.isoformat(),
            "by": self.by.isoformat(),
            "elapsed": str(self.elapsed),
            "sources": [_data(row) for row in self.rows],
            "total": _data(self.total),
            "candidates": [
                {
                    "project": c.project,
                    "source": c.source,
                    "expires": c.expires.isoformat(),
                    "planned": format_yuan(c.planned),
                    "paid": format_yuan(c.paid),
                    "undrawn": format_yuan(c.undrawn),
                    "rate": str(c.rate),
                }
                for c in self.candidates
            ],
        }
        return json.dumps(document, ensure_ascii=False, indent=2)


def _data(row: ProgressRow) -> dict[str, Any]:
    return {
        "source": row.source,
        "planned": format_yuan(row.planned),
        "paid": format_yuan(row.paid),
        "rate": None if row.rate is None else str(row.rate),
        "due": format_yuan(row.due),
        "points": None if row.points is None else str(row.points),
        "ahead": format_yuan(row.ahead),
    }


def progress(ledger: Ledger, *, on: date, by: date | None = None) -> Progress:
    """Payment rate (支付率) against time elapsed in the year (序时进度), by source.

    Args:
        ledger: The facts.
        on: The day of the view.
        by: Sources that expire by this day put their undrawn money at risk; the last day of the year
            of `on` where it is not given.
    """
    funding, count = ledger.funding, len(ledger.sources)
    planned = sums(funding.source, funding.planned, count)
    paid = sums(funding.source, funding.paid, count)
    first, last = date(on.year, 1, 1), date(on.year, 12, 31)
    elapsed = Fraction((on - first).days + 1, (last - first).days + 1)
    due = share_up(planned, elapsed)
    rows = tuple(
        _row(source.id, source.name, elapsed, *figures)
        for source, *figures in zip(
            ledger.sources, planned.tolist(), paid.tolist(), due.tolist(), strict=True
        )
    )
    whole, drawn = sum(planned.tolist()), sum(paid.tolist())
    share = whole * elapsed
    total = _row(None, None, elapsed, whole, drawn, -(-share.numerator // share.denominator))
    limit = by or last
    ending = np.array(
        [s.expires is not None and s.expires <= limit for s in ledger.sources], dtype=np.bool_
    )
    undrawn = funding.planned - funding.paid
    at = np.flatnonzero(ending[funding.source] & (undrawn > 0))
    at = at[np.argsort(-undrawn[at], kind="stable")]
    at.setflags(write=False)
    return Progress(on, limit, elapsed, rows, total, at, ledger)


def _row(
    source: str | None, name: str | None, elapsed: Fraction, planned: int, paid: int, due: int
) -> ProgressRow:
    rate = Fraction(paid, planned) if planned else None
    points = None if rate is None else (rate - elapsed) * 100
    return ProgressRow(source, name, planned, paid, rate, due, points)
