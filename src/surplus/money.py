"""Money in whole cents (分); shares as exact fractions. No floats, no Decimal context."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal

Unit = Literal["yuan", "wan"]

DECIMALS: dict[str, int] = {"yuan": 2, "wan": 6}
_NAMES = {"yuan": "yuan (元)", "wan": "wan (万元)"}
_MOST_DIGITS = {"yuan": 15, "wan": 11}
_WIDE = str.maketrans("０１２３４５６７８９，．－￥％／", "0123456789,.-¥%/")
_AMOUNT = re.compile(r"(-?)(?:¥)?([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]+))?", re.ASCII)
_PERCENT = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,6}))?\s?%", re.ASCII)
_RATIO = re.compile(r"([0-9]{1,9})/([0-9]{1,9})", re.ASCII)
_WEIGHT = re.compile(r"([0-9]{1,10})(?:\.([0-9]{1,6}))?", re.ASCII)
_HIGHEST_WEIGHT = 10**9


class MoneyError(ValueError):
    """A text is not an amount, a share or a weight; the message says what was needed."""


def parse_cents(text: str, unit: Unit = "yuan") -> int:
    """Cents of an amount in yuan (at most 2 decimals) or 万元 (at most 6).

    Full-width digits, a leading ￥ and correct thousands separators are understood.

    Raises:
        MoneyError: For anything else: exponents, underscores, hidden digits, NaN, other scripts.
    """
    needed = f"an amount in {_NAMES[unit]} with at most {DECIMALS[unit]} decimals, such as 120.5"
    match = _AMOUNT.fullmatch(text.strip().translate(_WIDE))
    if match is None:
        raise MoneyError(f"'{text}' is not an amount; needed: {needed}")
    sign, digits, decimals = match[1], match[2].replace(",", ""), match[3] or ""
    if len(decimals) > DECIMALS[unit] and decimals[DECIMALS[unit] :].strip("0"):
        raise MoneyError(f"'{text}' has parts of a cent; needed: {needed}")
    if len(digits.lstrip("0")) > _MOST_DIGITS[unit]:
        raise MoneyError(f"'{text}' is too large; needed: at most {_MOST_DIGITS[unit]} digits")
    cents = int(digits + decimals[: DECIMALS[unit]].ljust(DECIMALS[unit], "0"))
    if sign and cents == 0:
        raise MoneyError(f"'{text}' is a negative zero; needed: 0")
    return -cents if sign else cents


def format_yuan(cents: int) -> str:
    """Cents as yuan with two decimals, such as ``-12.30``."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{rest:02d}"


def parse_share(text: str) -> Fraction:
    """An exact share from ``60%``, ``57.5%`` or ``3/5``.

    Raises:
        MoneyError: For anything else, ``0.6`` and ``60`` included: they could mean two things.
    """
    narrow = text.strip().translate(_WIDE)
    if match := _PERCENT.fullmatch(narrow):
        decimals = match[2] or ""
        return Fraction(int(match[1] + decimals), 100 * 10 ** len(decimals))
    if (match := _RATIO.fullmatch(narrow)) and int(match[2]):
        return Fraction(int(match[1]), int(match[2]))
    raise MoneyError(f"'{text}' is not a share; needed: a percentage or a fraction: 60% or 3/5")


def format_share(share: Fraction) -> str:
    """A share as a text that parses back to it."""
    percentage = share * 100
    return f"{percentage}%" if percentage.denominator == 1 else str(share)


def parse_weight(text: str) -> int:
    """A weight in millionths.

    Raises:
        MoneyError: For a negative weight, one above 10^9, or more than 6 decimals.
    """
    match = _WEIGHT.fullmatch(text.strip().translate(_WIDE))
    needed = f"a number from 0 to {_HIGHEST_WEIGHT} with at most 6 decimals"
    if match is None or int(match[1]) > _HIGHEST_WEIGHT:
        raise MoneyError(f"'{text}' is not a weight; needed: {needed}")
    return int(match[1] + (match[2] or "").ljust(6, "0"))


def format_weight(millionths: int) -> str:
    """A weight as a text that parses back to it."""
    whole, rest = divmod(millionths, 10**6)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".") if rest else str(whole)
