"""Amounts, shares and weights are read exactly or refused with what was needed."""

from __future__ import annotations

from fractions import Fraction

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
