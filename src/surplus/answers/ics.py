"""Events as an iCalendar file (RFC 5545): whole days, folded lines, the same bytes for the same events."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

_MOST = 75
_UNSEEN = (*range(9), *range(11, 32), *range(127, 160), *range(0xD800, 0xE000))
_ESCAPED = str.maketrans(
    dict.fromkeys(_UNSEEN) | {ord(mark): "\\" + mark for mark in "\\;,"} | {ord("\n"): "\\n"}
)
_ENDS = re.compile("\r\n?|[\x85\u2028\u2029]")


@dataclass(frozen=True)
class Event:
    """Something on one whole day.

    Attributes:
        uid: The same for the same event in every file.
    """

    uid: str
    day: date
    summary: str
    description: str


def ics(events: Sequence[Event], stamp: date) -> str:
    """The file's text, with CRLF at the end of each line; at least one event is needed.

    Args:
        events: In the order of the file.
        stamp: When the events were made, by definition at midnight UTC: no clock is asked.
    """
    return "".join(fold(line) + "\r\n" for line in _lines(events, stamp))


def _lines(events: Sequence[Event], stamp: date) -> Iterator[str]:
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//surplus//calendar//EN")
    for event in events:
        yield "BEGIN:VEVENT"
        yield f"UID:{event.uid}"
        yield f"DTSTAMP:{_digits(stamp)}T000000Z"
        yield f"DTSTART;VALUE=DATE:{_digits(event.day)}"
        yield f"SUMMARY:{escape(event.summary)}"
        yield f"DESCRIPTION:{escape(event.description)}"
        yield from ("TRANSP:TRANSPARENT", "END:VEVENT")
    yield "END:VCALENDAR"


def _digits(day: date) -> str:
    return day.isoformat().replace("-", "")


def escape(text: str) -> str:
    r"""A text as a value: marks get a backslash, the end of a line becomes `\n`, other controls go."""
    return _ENDS.sub("\n", text).translate(_ESCAPED)


def fold(line: str) -> str:
    """Cut a line into pieces of at most 75 octets, never within a character."""
    pieces, room = [""], _MOST
    for character in line:
        size = len(character.encode())
        if size > room:
            pieces.append("")
            room = _MOST - 1  # the space that begins a further piece counts
        pieces[-1] += character
        room -= size
    return "\r\n ".join(pieces)
