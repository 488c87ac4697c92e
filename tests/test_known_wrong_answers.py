"""Cases of the kind on which solvers gave wrong answers; each with the right one worked out.

Sources: HiGHS issue 1704 (a coefficient of 10^12 made a feasible model infeasible), Cbc issue 293 (a
wrong optimum), PuLP issue 662 (false infeasible over binaries), PuLP's time limits reported as optimal,
CBC's eight printed digits, and a hard row "first level at least its optimum" (4 of 24 in our trials).
"""

from __future__ import annotations

from contextlib import nullcontext
from fractions import Fraction
from typing import Any

import numpy as np
import pulp
import pytest

import surplus
from surplus.exact import Contradiction, optimum
from surplus.program import Program, Row
from surplus.solvers import solve


def ask(program: Program, weights: Any) -> Any:
    return solve(program, weights)


def program(
    upper: list[int], rows: list[tuple[list[int], int]], levels: list[list[int]]
) -> Program:
    columns = np.arange(len(upper))
    return Program(
        [f"x{i}" for i in columns],
        np.array(upper, dtype=np.int64),
        [
            Row(f"r{i}", columns, np.array(a, dtype=np.int64), b, rule=f"r{i}")
            for i, (a, b) in enumerate(rows)
        ],
        [np.array(level, dtype=np.int64) for level in levels],
    )


def test_a_coefficient_of_a_billion_billion() -> None:
    """10^12 x - y <= 0 and y <= 10^12: x = 1 with y = 10^12 is feasible and best for x."""
    found = optimum(program([10, 10**12], [([10**12, -1], 0)], [[1, 0]]), ask)
    assert not isinstance(found, Contradiction)
    assert found.values[0] == 1


def test_a_row_that_misses_by_one_part_in_ten_to_the_twelve() -> None:
    """x >= 10^12 + 1 with x <= 10^12 has no solution; floats cannot tell."""
    found = optimum(program([10**12], [([-1], -(10**12) - 1)], [[1]]), ask)
    assert isinstance(found, Contradiction)
    assert any(found.multipliers)
    found = optimum(program([10**12], [([-1], -(10**12))], [[1]]), ask)
    assert not isinstance(found, Contradiction)


def test_three_sums_over_binaries() -> None:
    """9000 a + 7200 b + 10800 c >= 16200 with few recipients: a and b, 16,200 exactly, are enough."""
    ledger = surplus.Ledger.from_records(
        [{"id": "s", "unallocated": "16200"}],
        [
            {"id": n, "price": {"contract": a}}
            for n, a in (("a", "9000"), ("b", "7200"), ("c", "10800"))
        ],
    )
    rules = [{"kind": "whole"}, {"kind": "recipients", "at_most": 2}]
    plan = surplus.reallocate(ledger, surplus.Policy.model_validate({"rules": rules}))
    assert plan.objectives[0].value == 16200
    assert {t.taker for t in plan.transfers} == {"a", "b"}


def test_one_fen_beside_ten_billion_yuan() -> None:
    """A gap of one cent of the highest weight is filled beside gaps of 10^12 cents."""
    ledger = surplus.Ledger.from_records(
        [{"id": "s", "unallocated": "10000000000.01"}],
        [
            {"id": "large", "category": "x", "price": {"contract": "20000000000"}},
            {"id": "cent", "category": "y", "priority": "2", "price": {"contract": "0.01"}},
        ],
    )
    share = {"kind": "share", "of": "moved", "project": {"category": "y"}, "at_most": "1/999999999"}
    plan = surplus.reallocate(ledger, surplus.Policy.model_validate({"rules": [share]}))
    received = {p.id: p.need - p.unmet for p in plan.projects}
    assert received == {"large": 10**12, "cent": 1}


def test_more_digits_than_cbc_prints() -> None:
    """Eleven digits, of which CBC prints eight: the plan has all of them, whatever the solver."""
    cbc = next(
        (c for c in (getattr(pulp, n, None) for n in ("PULP_CBC_CMD", "COIN_CMD")) if c), None
    )
    ledger = surplus.Ledger.from_records(
        [{"id": "s", "unallocated": "123456789.87"}],
        [{"id": "p", "price": {"contract": "987654321.99"}}],
    )
    policy = surplus.Policy.model_validate({})
    plan = surplus.reallocate(ledger, policy)
    assert plan.transfers[0].amount == 12345678987
    old: Any = (
        pytest.warns(DeprecationWarning) if pulp.__version__.startswith("3") else nullcontext()
    )
    with old:
        solver = None if cbc is None else cbc(msg=False)
    if solver is not None and solver.available():
        assert surplus.reallocate(ledger, policy, solver=solver).to_json() == plan.to_json()


@pytest.mark.parametrize("seed", range(24))
def test_a_second_level_on_the_exact_face_of_the_first(seed: int) -> None:
    """With shares that bind, a row "level 1 >= its optimum" fails in floats; exact levels do not."""
    rng = np.random.default_rng(seed)
    gaps = rng.integers(10**7, 10**9, 6)
    ledger = surplus.Ledger.from_records(
        [{"id": s, "unallocated": str(rng.integers(10**6, 10**7))} for s in "ab"],
        [
            {"id": f"p{i}", "category": "xyz"[i % 3], "priority": str(1 + i % 2),
             "price": {"contract": f"{g // 100}.{g % 100:02d}"}}
            for i, g in enumerate(gaps.tolist())
        ],
    )  # fmt: skip
    policy = {
        "rules": [{"kind": "share", "of": "moved", "project": {"category": "x"}, "at_least": "1/3"},
                  {"kind": "share", "of": "moved", "project": {"category": "y"}, "at_least": "2/7"}],
        "objectives": [
            {"kind": "fill"},
            {"kind": "cost", "charges": [{"project": {"category": "z"}, "per_unit": "1"}]},
        ],
    }  # fmt: skip
    alone = surplus.Policy.model_validate({**policy, "objectives": [{"kind": "fill"}]})
    first = surplus.reallocate(ledger, alone)
    both = surplus.reallocate(ledger, surplus.Policy.model_validate(policy))
    assert both.objectives[0].bound == first.objectives[0].bound
    assert both.objectives[0].bound - both.objectives[0].value <= Fraction(10, 100)


def test_coefficients_of_zero_in_a_basis() -> None:
    """A row whose coefficients are partly 0 is no pivot: x0 <= 1 by 1 x0 + 0 x1, both wanted."""
    found = optimum(program([5, 5], [([1, 0], 1), ([0, 1], 2), ([0, 0], 0)], [[1, 1]]), ask)
    assert not isinstance(found, Contradiction)
    assert found.values[0] == 3
    ledger = surplus.Ledger.from_records(
        [{"id": "s1", "unallocated": "0.01"}, {"id": "s2", "unallocated": "0.01"}],
        [{"id": "p0", "price": {"contract": "0.01"}}, {"id": "p1", "price": {"contract": "0.03"}}],
    )
    rules = [{"kind": "co_finance", "source": {"id": "s1"}, "at_least": "0%"},
             {"kind": "must_fund", "id": "must", "at_least": "50%"}]  # fmt: skip
    with pytest.raises(surplus.Infeasible) as caught:
        surplus.reallocate(ledger, surplus.Policy.model_validate({"rules": rules}))
    assert caught.value.rules == ("must",)
    assert caught.value.reasons == (
        "rule 'must': Gaps of all projects are filled to at least 50.0 %.",
    )
