"""Whole cents where a level measures in fractions: by hand, and what has no plan nearby."""

from __future__ import annotations

from typing import Any
from unittest import mock

import numpy as np
import pytest

import surplus
from surplus.exact import Contradiction, Vertex, optimum
from surplus.plan import leximin, measured
from surplus.plan.measured import nearest
from surplus.program import Program, Row
from surplus.solvers import solve

MEASURE = np.array([False, False, True])


def row(name: str, factors: list[int], bound: int, equal: bool = False) -> Row:
    at = np.flatnonzero(factors)
    return Row(name, at, np.array(factors, dtype=np.int64)[at], bound, equal)


def program(levels: list[list[int]], *more: Row) -> Program:
    """x and y share 7 cents; z is at most x/10 and at most y/10, the fill ratio of both."""
    rows = [row("supply", [1, 1, 0], 7), row("x", [-1, 0, 10], 0), row("y", [0, -1, 10], 0)]
    return Program(
        ["x", "y", "z"], np.array([10, 10, 1], dtype=np.int64), [*rows, *more],
        [np.array(level, dtype=np.int64) for level in levels], measure=MEASURE,
    )  # fmt: skip


def rounded(of: Program, columns: list[int] | None = None, width: int = 16) -> Any:
    vertex = optimum(of, solve)
    assert isinstance(vertex, Vertex) and not isinstance(vertex, Contradiction)
    floor = np.array([int(v) // vertex.scale for v in vertex.x], dtype=np.int64)
    floor[MEASURE] = 0
    found = nearest(
        of, vertex, floor, np.arange(3) if columns is None else np.array(columns), width
    )
    return None if found is None else found.tolist()


def test_seven_cents_for_two() -> None:
    """3.5 each in fractions; the lower one has 3 in cents, and the second level gives 4 to x, or to y."""
    for second, best in (([1, 0, 0], [4, 3, 0]), ([0, 1, 0], [3, 4, 0])):
        assert rounded(program([[0, 0, 1], second])) == best


def test_a_level_that_weighs_nothing_decides_nothing() -> None:
    assert rounded(program([[0, 0, 1], [0, 0, 0], [1, 0, 0]])) == [4, 3, 0]


def test_an_earlier_level_is_kept_where_a_later_one_finds_nothing() -> None:
    real, calls = leximin.solve_mixed, []

    def once(*arguments: Any, **options: Any) -> Any:
        calls.append(1)
        return real(*arguments, **options) if len(calls) == 1 else None

    with mock.patch.object(leximin, "solve_mixed", once):
        found = rounded(program([[0, 0, 1], [1, 0, 0]]))
    assert sorted(found[:2]) in ([3, 3], [3, 4]) and len(calls) == 2


def test_no_plan_nearby() -> None:
    """2x + 2y = 7 has solutions in fractions only."""
    odd = row("odd", [2, 2, 0], 7, equal=True)
    assert rounded(program([[0, 0, 1]], odd)) is None


@pytest.mark.parametrize(("bound", "equal", "kept"), [
    (7, False, True), (3, False, True), (3, True, True), (2, False, False), (4, True, False),
])  # fmt: skip
def test_rows_beyond_the_columns_that_may_change(bound: int, equal: bool, kept: bool) -> None:
    """y stays at its 3 cents: its own row holds or does not, whatever x does."""
    vertex = optimum(program([[0, 0, 1]]), solve)
    assert isinstance(vertex, Vertex)
    of = program([[0, 0, 1]], row("own", [0, 1, 0], bound, equal))
    floor = np.array([3, 3, 0], dtype=np.int64)
    found = nearest(of, vertex, floor, np.array([0, 2]), 16)
    assert (found is not None) == kept
    if found is not None:
        assert found[1] == 3 and 3 <= found[0] <= 4


def test_ratios_that_cannot_be_raised_in_whole_cents_are_no_plan() -> None:
    """7 cents for two townships that lack 10 each: without a step nearby the plan is refused."""
    projects = [{"id": t, "township": t, "price": {"contract": "0.10"}} for t in ("A", "B")]
    ledger = surplus.Ledger.from_records([{"id": "c", "unallocated": "0.07"}], projects)
    policy = surplus.Policy.model_validate({"objectives": [{"kind": "fair", "by": "township"}]})
    assert sorted(surplus.reallocate(ledger, policy).unmet.tolist()) == [6, 7]
    with (
        mock.patch.object(measured, "raised", return_value=False),
        pytest.raises(surplus.SolverError, match="no plan in whole cents was found"),
    ):
        surplus.reallocate(ledger, policy)
