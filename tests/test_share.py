"""The proportional division of a class's money, against one written from the definition."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from surplus.plan.share import proportional

Member = tuple[int, int, int]  # gap, low, high


def filled(total: int, members: list[Member]) -> list[int]:
    """The one fill ratio at which the limited shares use up the total; largest remainders, then order."""

    def shares(ratio: Fraction) -> list[Fraction]:
        return [min(max(ratio * gap, Fraction(low)), Fraction(high)) for gap, low, high in members]

    if not sum(gap for gap, *_ in members):
        return [0] * len(members)
    members = [(gap or 1, low, high) for gap, low, high in members]  # nothing in any case
    turns = sorted(
        {Fraction(x, gap) for gap, low, high in members for x in (low, high)} | {Fraction(0)}
    )
    below = max(r for r in turns if sum(shares(r)) <= total)
    rest = total - sum(shares(below))
    growing = [
        gap for gap, low, high in members if Fraction(low, gap) <= below < Fraction(high, gap)
    ]
    exact = shares(below + (Fraction(rest, sum(growing)) if rest else 0))
    result = [int(x) for x in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (-(exact[i] % 1), i))
    for i in by_remainder[: total - sum(result)]:
        result[i] += 1
    return result


@st.composite
def members(draw: st.DrawFn) -> list[Member]:
    found = []
    for _ in range(draw(st.integers(0, 6))):
        gap = draw(st.integers(0, 30))
        high = draw(st.one_of(st.just(gap), st.integers(0, gap)))
        found.append((gap, draw(st.one_of(st.just(0), st.integers(0, high))), high))
    return found


@given(classes=st.lists(members(), min_size=1, max_size=3), data=st.data())
def test_the_same_as_by_definition(classes: list[list[Member]], data: st.DataObject) -> None:
    totals = [
        data.draw(st.integers(sum(low for _, low, _ in c), sum(high for *_, high in c)))
        for c in classes
    ]
    hold(classes, totals)


def hold(classes: list[list[Member]], totals: list[int]) -> None:
    """Members of all classes take turns in the columns."""
    order = sorted((i, c) for c, one in enumerate(classes) for i in range(len(one)))
    of = np.array([c for _, c in order], dtype=np.int64)
    columns = np.array([classes[c][i] for i, c in order], dtype=np.int64).reshape(-1, 3).T
    gap, low, high = columns
    result = proportional(np.array(totals, dtype=np.int64), of, gap, low, high)
    for c, one in enumerate(classes):
        assert result[of == c].tolist() == filled(totals[c], one)


def test_by_hand() -> None:
    hold([[(10, 0, 10), (10, 0, 10), (10, 0, 10)]], [10])  # 4, 3, 3: ties by id
    hold([[(10, 0, 2), (10, 0, 10)], [(5, 4, 5), (5, 0, 5)]], [10, 5])
    hold([[(1, 0, 1), (1, 0, 1)], [], [(7, 0, 7)]], [1, 0, 7])
    hold([[(0, 0, 0), (0, 0, 0)], [(0, 0, 0), (4, 0, 4)], [(5, 0, 5)]], [0, 3, 0])
    hold([[(3, 3, 3), (9, 0, 1), (9, 0, 9)], [(8, 0, 0)]], [5, 0])
    hold([[(9, 0, 3), (6, 6, 6)], [(5, 2, 3), (6, 0, 3), (6, 0, 1)]], [8, 3])
    hold([[(4, 1, 2), (4, 2, 4), (4, 0, 1)]], [5])
    hold([[(30, 0, 7), (30, 8, 30), (1, 0, 1)], [(2, 1, 1), (2, 1, 2)]], [15, 2])


def test_what_limits_take_goes_to_others_in_proportion() -> None:
    """60 for gaps of 30, 20 and 10 with at most 10 for the first: 33.3 and 16.7 were too much again."""
    limited: Any = proportional(
        np.array([40]), np.zeros(3, np.int64), np.array([30, 20, 10]), np.zeros(3, np.int64),
        np.array([10, 20, 10]),
    )  # fmt: skip
    assert limited.tolist() == [10, 20, 10]


@example(total=10**17 - 1)
@given(total=st.integers(0, 3 * 10**16))
def test_billions(total: int) -> None:
    third = 10**17 // 3
    hold(
        [[(third, 0, third), (third + 1, 0, third + 1), (third, 0, third)]], [min(total, 3 * third)]
    )
