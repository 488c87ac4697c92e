"""Columns of integers: the same as Python's integers, up to the largest numbers, whatever the path."""

from __future__ import annotations

import json
import random
from collections import Counter
from fractions import Fraction
from math import gcd
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from surplus.arithmetic import (
    common_divisor,
    distinct,
    dot,
    largest,
    muldiv,
    numbered,
    ordered,
    running,
    share_down,
    share_up,
    sums,
    sums_by_key,
    total,
)
from surplus.exact.factor import Factor
from surplus.ledger.texts import joined, quoted

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


@pytest.mark.parametrize("runs", [1, 7, 2_000])
def test_rising_runs_are_merged(runs: int) -> None:
    rng = np.random.default_rng(runs)
    key = np.sort(rng.integers(0, 2**36, (runs, 20_000 // runs)), axis=1).ravel()
    key[::3] = key[0]  # equals, too
    assert np.array_equal(ordered(key), np.argsort(key, kind="stable"))


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


@given(st.lists(st.tuples(numbers, st.integers(0, 2**50)), max_size=9))
@example([(2**61, 2**61), (-(2**61), 2**61), (-1, 2**61)])
@example([(-1, 5), (2**40, 2**59)])
def test_sum_of_products(pairs: list[tuple[int, int]]) -> None:
    rates, amounts = column([r for r, _ in pairs]), column([a for _, a in pairs])
    assert dot(rates, amounts) == sum(r * a for r, a in pairs)


@given(st.lists(numbers, max_size=6))
def test_common_divisor(values: list[int]) -> None:
    assert common_divisor(column(values)) == gcd(*values)


def test_common_divisor_of_what_stands_far_behind() -> None:
    assert common_divisor(column([6] * 3_000 + [4])) == 2


@given(st.lists(st.integers(0, 30), max_size=40), st.integers(1, 4))
def test_largest(values: list[int], count: int) -> None:
    by_size = sorted(range(len(values)), key=lambda i: (-values[i], i))
    assert largest(column(values), count).tolist() == by_size[:count]


@given(st.lists(st.one_of(st.integers(0, 9), st.integers(0, 2**40)), max_size=12))
def test_numbers_of_codes(codes: list[int]) -> None:
    found, place = numbered(column(codes))
    assert found.tolist() == sorted({*codes})
    assert found[place].tolist() == codes
    if codes and max(codes) < 100:
        assert distinct(column(codes), 100).tolist() == sorted({*codes})


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-9, 9)), max_size=12).map(sorted))
def test_running_sums_start_anew(rows: list[tuple[int, int]]) -> None:
    group, amounts = column([g for g, _ in rows]), column([a for _, a in rows])
    expected = [sum(a for h, a in rows[: i + 1] if h == g) for i, (g, _) in enumerate(rows)]
    assert running(amounts, group).tolist() == expected


@given(st.lists(st.text(st.characters(exclude_characters="\0\n", exclude_categories=["Cs"]))))
@example(["P1", "P22"])
@example(["路", "P"])
@example(["P1"] * 70_000 + ["P12"])
@example(['P"1', "P\\2", "P\x7f", "P\x01"])
def test_texts_joined(words: list[str]) -> None:
    for kind in (None, object):
        texts = np.array(words, dtype=kind)
        assert b"".join(joined(texts, "\n")) == "\n".join(words).encode()
        assert b"[" + b"".join(quoted(texts)) + b"]" == json.dumps(words).encode()


@pytest.mark.parametrize("seed", range(30))
def test_sparse_and_dense_elimination_agree(seed: int) -> None:
    """Few entries on the left take another way through the factors; both solve the same."""
    draw = random.Random(seed)
    size = draw.choice([3, 20, 60])
    rows = [{i: draw.choice([1, -1, 3])} for i in range(size)]
    for _ in range(2 * size):
        i, j = draw.randrange(size), draw.randrange(size)
        rows[i][j] = draw.choice([1, -1, 2, 5])
    factor = Factor(rows)
    if factor.singular:
        return
    left = {draw.randrange(size): draw.choice([1, 2, -7]) for _ in range(2)}
    found = factor._sparse_transposed(left)
    for j in range(size):
        assert sum(row.get(j, 0) * found.get(i, 0) for i, row in enumerate(rows)) == left.get(j, 0)
    assert factor.solve_transposed(left) == found
