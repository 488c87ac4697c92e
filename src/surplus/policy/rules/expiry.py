"""`expiry`: money that has lapsed, or is over age, is surrendered instead of moved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, ClassVar, Literal, Self, final

import numpy as np
from pydantic import Field

from surplus.classes import TAKING, Label
from surplus.flows import Pairs
from surplus.ledger import Ledger
from surplus.ledger.columns import Index, Mask, Source
from surplus.policy.rules.base import Rule
from surplus.policy.selection import SourceSelection
from surplus.records import Day


@final
class Expiry(Rule):
    r"""Expired money is not moved; or only into projects that hold the same source already.

    A source is expired on day $t$ where `expires` is before $t$, or where `years` have passed since
    `first_budgeted`; re-use never restarts that clock. $t$ is `on`, else the ledger's `as_of`; a ledger
    without a day has no expired money. Precedent: the two-year rule for 结转结余 of earmarked funds,
    财预〔2015〕15号; lapsed appropriations may only finance overruns of the same appropriation (FHWA).
    """

    shapes: ClassVar[bool] = True

    kind: Literal["expiry"] = "expiry"
    source: SourceSelection = Field(default_factory=SourceSelection)
    on: Day | None = None
    years: Annotated[int, Field(ge=0, le=100, strict=True)] | None = None
    then: Literal["surrender", "same_source"] = "surrender"

    def expired(self, ledger: Ledger) -> Mask:
        """The selected sources whose time is over."""
        day = self.on or ledger.as_of
        over = [
            day is not None and self._over(s.first_budgeted, s.expires, day) for s in ledger.sources
        ]
        return np.array(over, dtype=np.bool_) & self.source.mask(ledger.sources)

    def last_day(self, source: Source) -> date | None:
        """The last day on which money of a source may be used; None where that has no end.

        Whether the rule selects the source is not asked.
        """
        first, days = source.first_budgeted, []
        if source.expires is not None:
            days.append(source.expires)
        if (
            first is not None
            and self.years is not None
            and first.year + self.years <= date.max.year
        ):
            leap = (first.month, first.day) == (2, 29)
            end = date(first.year + self.years, first.month, first.day - leap).toordinal() + leap
            days.append(date.fromordinal(max(1, end - 1)))
        return min(days, default=None)

    def _over(self, first: date | None, expires: date | None, day: date) -> bool:
        if expires is not None and expires < day:
            return True
        if first is None or self.years is None:
            return False
        # The same day `years` later; 29 February becomes 1 March.
        end = (first.year + self.years, first.month, first.day)
        return (day.year, day.month, day.day) >= end

    def labels(self, ledger: Ledger) -> Iterable[Label]:
        """Which of the expired sources a project holds."""
        if self.then == "same_source":
            expired = self.expired(ledger)
            for s in np.flatnonzero(expired).tolist():
                only = np.zeros(len(ledger.sources), dtype=np.bool_)
                only[s] = True
                yield Label(_holds(ledger, s).astype(np.int8), TAKING, only)

    @classmethod
    def closes(cls, rules: Sequence[Self], pairs: Pairs) -> Mask:
        """Pairs of an expired source and any project, or any that does not hold it."""
        closed = np.zeros(len(pairs.source), dtype=np.bool_)
        for rule in rules:
            expired = rule.expired(pairs.ledger)
            mine = expired[pairs.source]
            if rule.then == "same_source":
                for s in np.flatnonzero(expired).tolist():
                    mine &= ~((pairs.source == s) & _holds(pairs.ledger, s)[pairs.project])
            closed |= mine
        return closed

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        source = self.source.sentence(lang)
        if lang == "zh":
            age = f"或初次安排满 {self.years} 年" if self.years is not None else ""
            then = (
                "只能用于原已使用该资金的项目"
                if self.then == "same_source"
                else "应予收回,不得调剂"
            )
            return f"{source}到期{age}后{then}。"
        age = (
            f", or {self.years} years after it was first budgeted,"
            if self.years is not None
            else ""
        )
        then = (
            "goes only to projects that hold it already"
            if self.then == "same_source"
            else "is surrendered, not moved"
        )
        return f"Money of {source} that has expired{age} {then}."


def _holds(ledger: Ledger, source: int) -> Mask:
    """Whether each project has planned money of a source."""
    held: Index = ledger.funding.project[
        (ledger.funding.source == source) & (ledger.funding.planned > 0)
    ]
    result = np.zeros(len(ledger.projects), dtype=np.bool_)
    result[held] = True
    return result
