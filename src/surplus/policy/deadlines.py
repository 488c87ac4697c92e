"""Deadlines that a policy counts from a plan's date, in calendar days or in working days."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field

from surplus.records import Identifier, Record

_DAY = timedelta(days=1)
_SATURDAY = 5


class Title(Record):
    """What people read, by language."""

    en: Identifier | None = None
    zh: Identifier | None = None


class Deadline(Record):
    """Something that has to be done within so many days of the plan's date.

    Attributes:
        name: Tells the deadlines of a policy apart; also the title where there is no other.
        days: The plan's own day is day 0 and does not count.
        kind: `calendar` counts every day; `working` Monday to Friday less the policy's `holidays`,
            and its `workdays`, on which work is made up for.
    """

    name: Identifier
    days: Annotated[int, Field(ge=0, le=3660, strict=True)]
    kind: Literal["calendar", "working"]
    title: Title = Title()

    def words(self, lang: str = "en") -> str:
        """The title in a language; the name where there is none."""
        return (self.title.zh if lang == "zh" else self.title.en) or self.name

    def due(self, start: date, holidays: Collection[date], workdays: Collection[date]) -> date:
        """The last day of the deadline.

        Raises:
            OverflowError: When it lies after the year 9999.
        """
        if self.kind == "calendar":
            return start + timedelta(days=self.days)
        day, left = start, self.days
        while left:
            day += _DAY
            left -= works(day, holidays, workdays)
        return day


def works(day: date, holidays: Collection[date], workdays: Collection[date]) -> bool:
    """Whether a day is a working day."""
    return day in workdays or (day.weekday() < _SATURDAY and day not in holidays)
