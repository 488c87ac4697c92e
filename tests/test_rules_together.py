"""Rules and objectives that meet on one project: what was found by policies drawn at random."""

from __future__ import annotations

from typing import Any

import pytest

import surplus

LOTS = {"kind": "lot", "project": {"category": "roads"}, "size": "100"}
DUE = {"kind": "must_fund", "project": {"category": "roads"}, "at_least": "30%"}


def roads(*costs: int, free: int) -> surplus.Ledger:
    projects = [
        {"id": f"r{i}", "category": "roads", "price": {"contract": str(cost)}}
        for i, cost in enumerate(costs)
    ]
    return surplus.Ledger.from_records([{"id": "c", "unallocated": str(free)}], projects)


def received(ledger: surplus.Ledger, policy: dict[str, Any]) -> list[int]:
    plan = surplus.reallocate(ledger, surplus.Policy.model_validate(policy))
    surplus.verify(plan, *plan.case)
    return [(p.need - p.unmet) // 100 for p in plan.projects]


def test_equal_shares_in_lots() -> None:
    """570 yuan for gaps of 350, 340 and 400: 500 in hundreds, and 180:170:210 of them come nearest."""
    policy = {"rules": [LOTS], "objectives": [{"kind": "proportional"}, {"kind": "fill"}]}
    assert received(roads(350, 340, 400, free=570), policy) == [200, 100, 200]


def test_what_is_due_is_paid_in_lots() -> None:
    """30 % of 500 are 150: each needs 200, so 300 yuan are not enough for two, and 400 are."""
    with pytest.raises(surplus.Infeasible):
        received(roads(500, 500, free=300), {"rules": [LOTS, DUE]})
    assert received(roads(500, 500, free=400), {"rules": [LOTS, DUE]}) == [200, 200]


@pytest.mark.parametrize("objective", ["fill", "proportional"])
def test_what_is_due_and_the_rest_are_lots(objective: str) -> None:
    policy = {"rules": [LOTS, DUE], "objectives": [{"kind": objective}, {"kind": "fill"}]}
    found = received(roads(510, 730, 260, free=1150), policy)
    assert sum(found) == 1100
    assert all(
        cents % 100 == 0 and cents >= due for cents, due in zip(found, (153, 219, 78), strict=True)
    )


def test_a_choice_that_holds_only_within_a_solvers_tolerance_is_not_taken() -> None:
    """Gaps with cents cannot be closed in lots of a yuan, so what comes after them gets nothing."""
    ledger, _ = surplus.generate(
        projects=3000, seed=240, sources=3, sources_per_project=2.9, priorities=1
    )
    first, then = {"category": "category-01"}, {"category": "category-02"}
    rules = [
        {"kind": "precede", "first": first, "then": then},
        {"kind": "lot", "project": {"category": ["category-01", "category-02"]}, "size": "1"},
    ]
    policy = surplus.Policy.model_validate({"rules": rules, "attribution": "free"})
    plan = surplus.reallocate(ledger, policy)
    surplus.verify(plan, ledger, policy)
    after = ledger.projects.fields["category"]
    second = after.codes == after.values.index("category-02")
    assert plan.status == "optimal"
    assert (plan.need - plan.unmet)[second].sum() == 0
