"""Values of many rows of a document at once, where they are plainly in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Any

import numpy as np

from surplus.ledger.columns import Cents
from surplus.money import DECIMALS

_PLAIN = {"yuan": re.compile(r"(?:[0-9]{1,13}(?:\.[0-9]{1,2})?\n)*"),
          "wan": re.compile(r"(?:[0-9]{1,9}(?:\.[0-9]{1,6})?\n)*")}  # fmt: skip
_FULL = re.compile(r"(?:[0-9]{1,13}\.[0-9]{2}\n)*")


class Odd(Exception):
    """Not plainly in order: the records decide."""


def values_of(rows: Iterable[dict[str, Any]], key: str, absent: Any = None) -> list[Any]:
    """One value of each row; `absent` where it has none."""
    return [*map(dict.get, rows, repeat(key), repeat(absent))]


def ensure(condition: bool) -> None:
    """Go on only where this holds."""
    if not condition:
        raise Odd


def only(values: Sequence[Any], *kinds: type) -> bool:
    """Whether all values are of these types, and of none derived from them."""
    return set(map(type, values)).issubset(kinds)


def cents_of(values: Sequence[Any], unit: Any, absent: int) -> Cents:
    """Amounts at least 0 (`variations` may be less) as cents; what is None as `absent`."""
    known = [value for value in values if value is not None]
    if not known:
        return np.full(len(values), absent, dtype=np.int64)
    ensure(only(known, str))
    numbers = _parsed(known, unit)
    if len(known) == len(values):
        return numbers
    result = np.full(len(values), absent, dtype=np.int64)
    result[[value is not None for value in values]] = numbers
    return result


def _parsed(known: Sequence[str], unit: Any) -> Cents:
    joined = "\n".join(known) + "\n"
    ensure(joined.count("\n") == len(known))  # a text of two lines would be two amounts
    if unit == "yuan" and _FULL.fullmatch(joined):
        return np.fromstring(joined.replace(".", ""), dtype=np.int64, sep="\n")
    ensure(_PLAIN[unit].fullmatch(joined) is not None)
    decimals, parts = DECIMALS[unit], [text.partition(".") for text in known]
    digits = [whole + rest.ljust(decimals, "0") for whole, _, rest in parts]
    return np.array(list(map(int, digits)), dtype=np.int64)
