"""The calendar of a plan: the policy's deadlines, and the last days on which its money may be used."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Literal

from surplus.answers.dying import dying
from surplus.answers.ics import Event, ics
from surplus.errors import LedgerError, Problem, SurplusError
from surplus.ledger import Ledger
from surplus.money import format_yuan
from surplus.plan.data import Plan
from surplus.policy import Policy

_COUNTED = {"calendar": ("calendar day", "日"), "working": ("working day", "个工作日")}


@dataclass(frozen=True)
class CalendarRow:
    """One day on which something is due.

    Attributes:
        days: Counted from the plan's date: as the deadline counts them; calendar days to the end of
            a source, below 0 where it has passed.
        kind: `calendar` or `working` for a deadline; `expires` for the end of a source.
        name: The deadline's name, or the source's id.
        english, chinese: The title.
        moved, left: Cents of the source that the plan moves, and leaves; 0 for a deadline.
    """

    date: date
    days: int
    kind: Literal["calendar", "working", "expires"]
    name: str
    english: str
    chinese: str
    moved: int = 0
    left: int = 0

    def title(self, lang: str = "en") -> str:
        """What is due."""
        return self.chinese if lang == "zh" else self.english

    def note(self, lang: str = "en") -> str:
        """How the date is counted, or how much money it is about, in yuan."""
        chinese = lang == "zh"
        if self.kind == "expires":
            moved, left = format_yuan(self.moved), format_yuan(self.left)
            return (
                f"已调剂 {moved} 元,剩余 {left} 元"
                if chinese
                else f"{moved} yuan moved, {left} yuan left"
            )
        words = _COUNTED[self.kind][chinese]
        if chinese:
            return f"{self.days} {words}内"
        return f"within {self.days} {words}{'' if self.days == 1 else 's'}"


@dataclass(frozen=True)
class Calendar:
    """What is due when, by date.

    Attributes:
        start: The plan's date, from which deadlines are counted.
        ledger: Name of the ledger.
    """

    start: date
    ledger: str | None
    rows: tuple[CalendarRow, ...]

    def to_json(self) -> str:
        """The calendar as data, amounts in yuan."""
        rows = [
            {
                "date": row.date.isoformat(),
                "title": {"en": row.english, "zh": row.chinese},
                "days": row.days,
                "kind": row.kind,
                "name": row.name,
            }
            | (
                {"moved": format_yuan(row.moved), "left": format_yuan(row.left)}
                if row.kind == "expires"
                else {}
            )
            for row in self.rows
        ]
        document = {"start": self.start.isoformat(), "ledger": self.ledger, "calendar": rows}
        return json.dumps(document, ensure_ascii=False, indent=2)

    def text(self, lang: str = "en") -> str:
        """One line for each day."""
        if not self.rows:
            return "没有期限。" if lang == "zh" else "Nothing is due."
        return "\n".join(f"{r.date}  {r.title(lang)} ({r.note(lang)})" for r in self.rows)

    def to_ics(self, lang: str = "en") -> str:
        """The calendar as an iCalendar file (RFC 5545), lines ended by CRLF; write it as bytes.

        Equal plans give equal texts. The ids of events are digests of what they say, so that a file
        that is read again adds no event twice, in whichever language.

        Raises:
            SurplusError: When nothing is due: such a file needs an event.
        """
        if not self.rows:
            raise SurplusError(
                "nothing is due: the policy has no deadlines, and no date is known of the plan's money"
            )
        about = "" if self.ledger is None else f"\n{self.ledger}"
        events = [
            Event(self._uid(row), row.date, row.title(lang), row.note(lang) + about)
            for row in self.rows
        ]
        return ics(events, self.start)

    def _uid(self, row: CalendarRow) -> str:
        said = [self.ledger, self.start.isoformat(), row.date.isoformat(), row.kind, row.name]
        said += [str(row.days), row.english, row.chinese, str(row.moved), str(row.left)]
        return sha256(json.dumps(said).encode()).hexdigest()[:32] + "@surplus"


def calendar(plan: Plan, ledger: Ledger, policy: Policy, *, start: date | None = None) -> Calendar:
    """The policy's deadlines, and the end of each source of which the plan moves or leaves money.

    Args:
        plan: What is moved, and what is left.
        ledger: Its facts.
        policy: Its rules; `deadlines`, `holidays` and `workdays` are what deadlines are counted by.
        start: The plan's date; the ledger's `as_of` where it is not given.

    Raises:
        LedgerError: When no date is given and the ledger has none.
        SurplusError: When the plan is for another ledger, or a date lies after the year 9999.
    """
    day = start or ledger.as_of
    if day is None:
        raise LedgerError(
            [
                Problem(
                    "as_of",
                    "missing: a calendar counts from a plan's date",
                    "`start` (on the command line --start 2024-11-30), or `as_of` in the ledger",
                )
            ]
        )
    holidays, workdays = frozenset(policy.holidays), frozenset(policy.workdays)
    rows = []
    for deadline in policy.deadlines:
        try:
            due = deadline.due(day, holidays, workdays)
        except OverflowError:
            raise SurplusError(f"deadline '{deadline.name}' ends after the year 9999") from None
        words = deadline.words("en"), deadline.words("zh")
        rows.append(CalendarRow(due, deadline.days, deadline.kind, deadline.name, *words))
    for money in dying(ledger, policy, plan, on=day).rows:
        if money.date is not None and (money.moved or money.left):
            named = money.source if money.name is None else f"{money.source} {money.name}"
            words = f"last day to use source {named}", f"资金 {named} 使用截止"
            end = CalendarRow(
                money.date, (money.date - day).days, "expires", money.source, *words,
                money.moved, money.left,
            )  # fmt: skip
            rows.append(end)
    return Calendar(
        day, ledger.name, tuple(sorted(rows, key=lambda r: (r.date, r.kind == "expires", r.name)))
    )
