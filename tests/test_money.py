"""Amounts, shares and weights are read exactly or refused with what was needed."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.arithmetic import muldiv, share_down, share_up
from surplus.money import (
    MoneyError,
    format_share,
    format_weight,
    format_yuan,
    parse_cents,
    parse_share,
    parse_weight,
)

cents = st.integers(-(10**16), 10**16)


@given(cents)
def test_amounts_survive_their_text(amount: int) -> None:
    assert parse_cents(format_yuan(amount)) == amount


@given(cents)
def test_both_units_mean_the_same(amount: int) -> None:
    sign, digits = ("-" if amount < 0 else ""), f"{abs(amount):07d}"
    assert parse_cents(f"{sign}{digits[:-6]}.{digits[-6:]}", "wan") == amount


@given(st.fractions(0, 3, max_denominator=999))
def test_shares_survive_their_text(share: Fraction) -> None:
    assert parse_share(format_share(share)) == share


@given(st.integers(0, 10**15))
def test_weights_survive_their_text(weight: int) -> None:
    assert parse_weight(format_weight(weight)) == weight


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", 0),
        ("1", 100),
        ("1.5", 150),
        ("1.50", 150),
        ("1.500", 150),
        ("-12.30", -1230),
        ("1,234,567.89", 123456789),
        ("¥1,234.5", 123450),
        ("￥12", 1200),
        ("１２．５０", 1250),
        ("１，２３４", 123400),
        (" 7 ", 700),
        ("007", 700),
        ("999999999999999.99", 99999999999999999),
    ],
)
def test_what_people_write_is_understood(text: str, amount: int) -> None:
    assert parse_cents(text) == amount


@pytest.mark.parametrize(
    ("text", "unit", "amount"),
    [
        ("1.00", "yuan", 100),
        ("1.0000", "yuan", 100),  # more decimals, but no part of a cent
        ("1.230000", "wan", 1_230_000),
        ("0.000001", "wan", 1),
        ("0.00000100", "wan", 1),
        ("99999999999.999999", "wan", 99999999999999999),
        ("0999999999999999", "yuan", 99999999999999900),
        ("0.00", "yuan", 0),
    ],
)
def test_decimals_of_both_units(text: str, unit: Any, amount: int) -> None:
    assert parse_cents(text, unit) == amount


@pytest.mark.parametrize("text", ["0.0000001", "1.2300001", "123456789012", "-0"])
def test_hostile_amounts_in_wan(text: str) -> None:
    with pytest.raises(MoneyError, match="needed"):
        parse_cents(text, "wan")


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("60%", Fraction(3, 5)),
        ("57.5%", Fraction(23, 40)),
        ("0.000001%", Fraction(1, 10**8)),
        ("12.34%", Fraction(617, 5000)),
        ("60 %", Fraction(3, 5)),
        ("６０％", Fraction(3, 5)),
        ("3/5", Fraction(3, 5)),
        ("0/1", Fraction(0)),
        ("200%", Fraction(2)),
    ],
)
def test_shares_are_exact(text: str, share: Fraction) -> None:
    assert parse_share(text) == share


@pytest.mark.parametrize(
    ("share", "text"),
    [(Fraction(3, 5), "60%"), (Fraction(1, 3), "1/3"), (Fraction(23, 40), "23/40"), (Fraction(2), "200%")],
)  # fmt: skip
def test_shares_as_texts(share: Fraction, text: str) -> None:
    assert format_share(share) == text


@pytest.mark.parametrize(
    ("text", "millionths", "again"),
    [
        ("0", 0, "0"),
        ("1", 10**6, "1"),
        ("2.5", 2_500_000, "2.5"),
        ("0.000001", 1, "0.000001"),
        ("10.10", 10_100_000, "10.1"),
        ("1000000000", 10**15, "1000000000"),
        ("100000001", 100000001 * 10**6, "100000001"),
    ],
)
def test_weights_are_exact(text: str, millionths: int, again: str) -> None:
    assert parse_weight(text) == millionths
    assert format_weight(millionths) == again


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "0.00"), (-1, "-0.01"), (1, "0.01"), (-1230, "-12.30"), (100, "1.00")]
)
def test_amounts_as_texts(amount: int, text: str) -> None:
    assert format_yuan(amount) == text


@pytest.mark.parametrize(
    ("text", "unit", "words"),
    [
        ("x", "yuan", "needed: an amount in yuan (元) with at most 2 decimals, such as 120.5"),
        ("x", "wan", "needed: an amount in wan (万元) with at most 6 decimals, such as 120.5"),
        ("9" * 16, "yuan", "needed: at most 15 digits"),
        ("9" * 12, "wan", "needed: at most 11 digits"),
        ("-0", "yuan", "is a negative zero; needed: 0"),
    ],
)
def test_messages_name_the_unit(text: str, unit: Any, words: str) -> None:
    with pytest.raises(MoneyError) as caught:
        parse_cents(text, unit)
    assert words in str(caught.value)


HOSTILE = [
    "", " ", "-", ".", ".5", "5.", "1.234", "0.001", "1e5", "1E5", "1_000", "0x10", "NaN", "nan",
    "inf", "Infinity", "-inf", "+5", "--5", "5-", "1 000", "1,00", "1,0000", ",123", "1,23,456",
    "1.2.3", "1,234.567", "٣", "१२", "三百", "12元", "12 万元", "$5", "€5", "5%", "1/2", "(5)",
    "-0", "-0.00", "1234567890123456", "99999999999999999999", "5\n6", "5\x00", "5\u200b",
    "½", "²", "Ⅻ", "12.3４５", "true", "null", "None", "=1+1", "'5", "5;", "5,", "1'000",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_amounts_are_refused(text: str) -> None:
    with pytest.raises(MoneyError, match="needed"):
        parse_cents(text)


@pytest.mark.parametrize(
    "text",
    ["", "0.6", "60", "-5%", "60%%", "1e1%", "3/0", "3/-5", "1/2/3", "60.1234567%", "%", "NaN%"],
)
def test_hostile_shares_are_refused(text: str) -> None:
    with pytest.raises(MoneyError, match="needed"):
        parse_share(text)


@pytest.mark.parametrize("text", ["", "-1", "1e3", "1.1234567", "1000000001", "NaN", "1/2", "50%"])
def test_hostile_weights_are_refused(text: str) -> None:
    with pytest.raises(MoneyError, match="needed"):
        parse_weight(text)


@pytest.mark.parametrize(("text", "part"), [("1.234", "parts of a cent"), ("9" * 16, "too large")])
def test_messages_say_why(text: str, part: str) -> None:
    with pytest.raises(MoneyError, match=part):
        parse_cents(text)


sizes = st.integers(0, 4 * 10**18)


@given(a=sizes, c=st.integers(1, 4 * 10**18), data=st.data())
def test_muldiv_is_exact(a: int, c: int, data: st.DataObject) -> None:
    import numpy as np  # noqa: PLC0415

    b = data.draw(st.integers(0, c))
    as_column = [np.array([n], dtype=np.int64) for n in (a, b, c)]
    quotient, rest = muldiv(*as_column)
    assert (int(quotient[0]), int(rest[0])) == divmod(a * b, c)


@given(a=st.integers(0, 10**17), share=st.fractions(0, 2))
def test_shares_are_rounded_to_their_side(a: int, share: Fraction) -> None:
    import numpy as np  # noqa: PLC0415

    column = np.array([a], dtype=np.int64)
    exact = a * share
    assert int(share_up(column, share)[0]) == -(-exact // 1)
    assert int(share_down(column, share)[0]) == exact // 1
