"""Columns of integers: the same as Python's integers, up to the largest numbers, whatever the path."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from surplus.arithmetic import muldiv, ordered, share_down, share_up, sums, sums_by_key, total

LARGE = 10**17
numbers = st.one_of(
    st.integers(-3, 3), st.integers(0, 2**40), st.integers(-(2**61), 2**61), st.integers(5, 8)
)


def column(values: Any) -> Any:
    return np.array(values, dtype=np.int64)


@given(
    keys=st.integers(1, 3).flatmap(
        lambda k: st.lists(st.tuples(*[numbers] * k), max_size=8).map(lambda rows: (k, rows))
    )
)
@example((1, []))
@example((2, [(7, 9), (7, 5), (6, 9), (6, 9)]))
@example((2, [(-7, -9), (-7, -5), (-6, -9)]))
@example((2, [(1, 0), (0, 2), (0, 1), (0, 0)]))
@example((2, [(2**40, 0), (2**40 - 1, 2**40), (3, 7), (2**40, 2**40), (0, 2**40), (3, 5)]))
@example((1, [(2**61,), (0,), (2**61,), (1,)]))  # too far apart to be numbered apart
@example((2, [(2**31, 2**31), (0, 2**31), (2**31, 0)]))  # the product does not fit
def test_positions_in_order(keys: tuple[int, list[tuple[int, ...]]]) -> None:
    count, rows = keys
    columns = [column([row[k] for row in rows]) for k in range(count)]
    assert ordered(*columns).tolist() == sorted(range(len(rows)), key=lambda i: rows[i])


def test_many_equals_stay_in_their_order() -> None:
    for factor in (1, 2**44):
        key = column([i * 7919 % 3 * factor for i in range(200_000)])
        found = ordered(key)
        assert np.array_equal(found, np.argsort(key, kind="stable"))


def test_truths_are_keys_too() -> None:
    assert ordered(np.array([True, False, True]), column([1, 2, 0])).tolist() == [1, 2, 0]


entries = st.lists(st.tuples(st.integers(-4, 4), st.integers(-(10**15), 10**15)), max_size=9)


@given(entries)
@example([])
@example([(3, 5)])
@example([(2, 1), (1, 1), (2, 1), (1, 1), (0, 4)])
def test_sums_by_key(pairs: list[tuple[int, int]]) -> None:
    expected: Counter[int] = Counter()
    for key, amount in pairs:
        expected[key] += amount
    keys, found = sums_by_key(column([k for k, _ in pairs]), column([a for _, a in pairs]))
    assert [*zip(keys.tolist(), found.tolist(), strict=True)] == sorted(expected.items())
    places = sums(column([k + 4 for k, _ in pairs]), column([a for _, a in pairs]), 10)
    assert places.tolist() == [expected[k - 4] for k in range(10)]
    assert total(found) == sum(expected.values())


SHARES = [
    Fraction(0), Fraction(1), Fraction(3, 2), Fraction(2**31, 2**31 - 1), Fraction(2**31 - 1, 2**31),
    Fraction(2**31 + 1, 2**31), Fraction(2**31, 2**31 + 1), Fraction(1, 2**31), Fraction(1, 2**31 + 1),
    Fraction(10**12 - 1, 10**12), Fraction(10**12, 10**12 - 1), Fraction(10**14 + 1, 10**14),
    Fraction(2**31 + 1, 2), Fraction(10**11, 3), Fraction(99_999, 10**14), Fraction(10**14, 2**31 - 1),
]  # fmt: skip


@pytest.mark.parametrize("share", SHARES)
def test_shares_of_columns(share: Fraction) -> None:
    amounts = [0, 1, 2, 3, 99, 2**31 - 1, 2**31, LARGE - 1, LARGE]
    down = [min(a * share // 1, 2**62) for a in amounts]
    assert share_down(column(amounts), share).tolist() == down
    amounts = [a for a in amounts if a * share < 2**62]
    assert share_up(column(amounts), share).tolist() == [-(-a * share // 1) for a in amounts]
    assert share_down(column(amounts), share).tolist() == [a * share // 1 for a in amounts]


def test_shares_of_nothing() -> None:
    assert share_down(column([]), Fraction(1, 2)).tolist() == []
    assert share_up(column([]), Fraction(1, 3)).tolist() == []


def test_a_share_that_does_not_fit_stays_at_the_most() -> None:
    """Each amount for itself; the others are exact."""
    share = Fraction(10**9)
    found = share_down(column([5, LARGE, 2**62 // 10**9]), share)
    assert found.tolist() == [5 * 10**9, 2**62, 2**62 // 10**9 * 10**9]
    assert share_down(column([2**61]), Fraction(2)).tolist() == [2**62]
    assert share_down(column([2**61 - 1, 7]), Fraction(2)).tolist() == [2**62 - 2, 14]


@given(
    rows=st.lists(
        st.integers(1, 2**62 - 1).flatmap(
            lambda c: st.tuples(st.integers(0, 2**62 - 1), st.integers(0, c), st.just(c))
        ),
        min_size=1,
        max_size=6,
    )
)
@example([(2**62 - 1, 2**62 - 2, 2**62 - 1), (7, 2, 3), (0, 0, 1), (2**62 - 1, 1, 1)])
@example([(2**62 - 1, 2**53 - 1, 2**53), (2**62 - 3, 2**52 - 1, 2**52 - 1), (1, 1, 1)])
@example([(2**61 + 1, 2**61 + 1, 2**61 + 3), (3**38, 3**38 - 2, 3**38 - 1)])
@example([(2**62 - 1 - k, 2**59 - k, 2**59 + k + 1) for k in range(9)])
def test_products_over_columns(rows: list[tuple[int, int, int]]) -> None:
    a, b, c = (column(part) for part in zip(*rows, strict=True))
    found = muldiv(a, b, c)
    assert [*zip(*(part.tolist() for part in found), strict=True)] == [
        divmod(x * y, z) for x, y, z in rows
    ]
