"""Whole cents near an exact vertex, against every whole point within reach."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from surplus.exact import Vertex
from surplus.plan import cents
from surplus.program import Program, Row
from surplus.solvers import SolverError

Line = tuple[list[int], int, bool]  # coefficients, bound, whether an equation


def column(values: Any) -> Any:
    return np.array(values, dtype=np.int64)


def program(
    upper: Sequence[int], lines: Sequence[Line], levels: Sequence[Sequence[int]], **more: Any
) -> Program:
    """Rows bear only the columns with a coefficient, as those of rules do."""
    rows = []
    for i, (factors, bound, equal) in enumerate(lines):
        at = np.flatnonzero(factors)
        rows.append(Row(f"r{i}", at, column(factors)[at], bound, equal))
    names = [f"x{i}" for i in range(len(upper))]
    return Program(names, column(upper), rows, [column(level) for level in levels], **more)


def vertex(x: Sequence[int], scale: int) -> Vertex:
    """Only where it is counts here."""
    none = np.zeros(len(x), dtype=np.bool_)
    return Vertex(np.array(x, dtype=object), scale, [], [], [], [], none, none, none)


def at(x: Sequence[int], scale: int, of: Program) -> list[int]:
    found: list[int] = cents.whole_cents(of, vertex(x, scale)).tolist()
    return found


def kept(of: Program, x: Sequence[int]) -> bool:
    """Bounds and rows, as they are defined."""
    for row in of.rows:
        left = sum(int(a) * x[j] for a, j in zip(row.coefficients, row.columns, strict=True))
        if left != row.bound if row.equal else left > row.bound:
            return False
    return all(0 <= v <= u for v, u in zip(x, of.upper.tolist(), strict=True))


@st.composite
def programs(draw: st.DrawFn) -> tuple[Program, list[int], int]:
    """Few columns and rows, one of them over all columns, and a point with fractions that keeps them."""
    size = draw(st.integers(1, 3))
    scale = draw(st.integers(1, 4))
    upper = draw(st.lists(st.integers(0, 5), min_size=size, max_size=size))
    x = [draw(st.integers(0, u * scale)) for u in upper]
    lines = []
    for low in (1, *[-2] * draw(st.integers(0, 3))):
        factors = draw(st.lists(st.integers(low, 3), min_size=size, max_size=size))
        exact = Fraction(sum(a * v for a, v in zip(factors, x, strict=True)), scale)
        equal = exact.denominator == 1 and draw(st.booleans())
        lines.append((factors, int(exact) if equal else -int(-exact // 1), equal))
    weights = draw(st.lists(st.integers(-3, 3), min_size=size, max_size=size))
    return program(upper, lines, [weights]), x, scale


@given(programs())
def test_the_best_whole_point_that_keeps_every_row(case: tuple[Program, list[int], int]) -> None:
    of, x, scale = case
    points = [p for p in product(*(range(u + 1) for u in of.upper.tolist())) if kept(of, p)]
    for p in product(*(range(-1, u + 2) for u in of.upper.tolist())):
        assert cents.holds(of, column(p)) == kept(of, p)
    if not points:
        with pytest.raises(SolverError, match="no plan in whole cents was found"):
            at(x, scale, of)
        return
    found = at(x, scale, of)
    assert kept(of, found)
    floor = [v // scale for v in x]
    if any(v % scale for v in x) and not kept(of, floor):
        with mock.patch.object(cents, "_TRIES", ((16, True),)):
            found = at(x, scale, of)
        worth = [sum(w * v for w, v in zip(of.levels[0].tolist(), p, strict=True)) for p in points]
        assert int(of.levels[0] @ column(found)) == max(worth)


def test_a_whole_vertex_is_the_plan() -> None:
    assert at([3, 4], 1, program([5, 5], [([1, 1], 7, False)], [[1, 1]])) == [3, 4]
    assert at([6, 8], 2, program([5, 5], [([1, 1], 7, True)], [[1, 1]])) == [3, 4]


def test_a_whole_vertex_that_breaks_a_row_is_repaired() -> None:
    assert at([3, 5], 1, program([5, 5], [([1, 1], 7, False)], [[2, 1]])) == [5, 2]


def test_what_is_cut_off_goes_where_it_is_worth_most() -> None:
    """2.5 and 2.5 of 5: the cent goes to the column of the greater weight."""
    rows: list[Line] = [([1, 1], 5, True)]
    assert at([5, 5], 2, program([9, 9], rows, [[1, 2]])) == [0, 5]
    assert at([5, 5], 2, program([9, 9], rows, [[2, 1]])) == [5, 0]
    assert at([5, 5], 2, program([3, 3], rows, [[2, 1]])) == [3, 2]
    assert at([5, 5], 2, program([3, 3], rows, [[0, 0], [1, 2]])) == [2, 3]
    assert at([5, 5], 2, program([3, 3], rows, [[5, 5], [1, 2], [9, 0]])) == [2, 3]


def test_later_levels_weigh_a_thousandth() -> None:
    merit = cents._merit(program([1, 1, 1], [], [[4, -2, 0], [0, 0, 0], [0, 5, 10]]))
    assert merit.tolist() == pytest.approx([1, -0.4995, 0.001])


def test_columns_that_share_a_short_row_are_touched() -> None:
    long = 65
    of = program(
        [9] * long,
        [
            ([1, 1, 0] + [0] * (long - 3), 9, False),
            ([0, 0, 1, 1] + [0] * (long - 4), 9, False),
            ([1] * long, 99, False),
        ],
        [[1] * long],
    )
    broken = np.zeros(long, dtype=np.bool_)
    broken[0] = True
    assert cents._touched(of, broken).tolist() == [0, 1]
    shorter = program([9] * 64, [([1] * 64, 99, False)], [[1] * 64])
    assert cents._touched(shorter, broken[:64]).tolist() == [*range(64)]


def test_an_untouched_row_that_does_not_hold_ends_the_search() -> None:
    """The first row has no column within reach; nothing can be done about it there."""
    for line, possible in (
        (([1, 0], 3, False), True),
        (([1, 0], 2, False), False),
        (([1, 0], 3, True), True),
        (([1, 0], 4, True), False),
    ):
        of = program([9, 9], [line, ([0, 1], 5, False)], [[1, 1]])
        found = cents._rounded(of, column([3, 2]), np.array([1]), 16)
        assert (None if found is None else found.tolist()) == ([3, 5] if possible else None)


def test_a_row_with_columns_within_and_beyond_reach_binds() -> None:
    of = program([9, 9], [([1, 1], 7, False)], [[1, 1]])
    found = cents._rounded(of, column([3, 2]), np.array([1]), 16)
    assert found is not None and found.tolist() == [3, 4]
    found = cents._rounded(of, column([3, 9]), np.array([1]), 16)
    assert found is not None and found.tolist() == [3, 4]


def test_steps_are_as_wide_as_they_may_be() -> None:
    of = program([90, 90], [([1, -1], 0, True)], [[1, 0]])
    start = column([40, 40])
    for width in (1, 16, 60):
        found = cents._rounded(of, start, np.arange(2), width)
        assert found is not None and found.tolist() == [min(90, 40 + width)] * 2
    down = program([90, 90], [([1, -1], 0, True)], [[-1, 0]])
    for width in (1, 16, 60):
        found = cents._rounded(down, start, np.arange(2), width)
        assert found is not None and found.tolist() == [max(0, 40 - width)] * 2
    assert start.tolist() == [40, 40]


def test_the_search_widens_until_a_plan_is_found() -> None:
    """The column with a fraction has to fall by 200, farther than the first tries look."""
    of = program([900], [([1], 200, False)], [[1]])
    assert at([801], 2, of) == [200]
    tries: list[tuple[int, int]] = []

    def nothing(_p: Program, _f: Any, columns: Any, width: int) -> None:
        tries.append((width, len(columns)))

    wide = program([9, 9, 9], [([1, 1, 0], 3, True)], [[1, 1, 1]])
    with mock.patch.object(cents, "_rounded", nothing), pytest.raises(SolverError):
        at([3, 3, 0], 2, wide)
    assert tries == [(16, 2), (16, 3), (256, 3), (4096, 3)]


def test_what_only_measures_binds_no_plan() -> None:
    """The third column is a ratio in fractions; its row and its own fraction are left aside."""
    measure = np.array([False, False, True])
    rows: list[Line] = [([1, 1, 0], 7, False), ([-1, 0, 3], 0, True)]
    of = program([9, 9, 9], rows, [[0, 0, 1], [1, 2, 0]], measure=measure)
    assert at([9, 12, 3], 3, of) == [3, 4, 0]
    assert at([18, 24, 5], 6, of) == [3, 4, 0]
    found = at([7, 7, 1], 2, of)
    assert found[2] == 0 and sum(found) == 7


def test_measuring_levels_look_everywhere_among_few_columns() -> None:
    tries: list[tuple[int, int]] = []

    def nothing(_p: Program, _v: Vertex, _f: Any, columns: Any, width: int) -> None:
        tries.append((width, len(columns)))

    for size, first in ((300, 300), (301, 1)):
        measure = np.zeros(size, dtype=np.bool_)
        measure[-1] = True
        of = program([9] * size, [], [[1] * size], measure=measure)
        with mock.patch.object(cents, "nearest", nothing), pytest.raises(SolverError):
            at([1] + [0] * (size - 1), 2, of)
        assert tries == [(16, first), (16, size), (256, size), (4096, size)]
        tries.clear()
