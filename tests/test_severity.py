"""Elastic rules may be broken at a price, advisory ones are only reported, absolute ones never break."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import surplus
from surplus.policy.rules import RULES
from surplus.proof.breaches import rule_breaches
from surplus.testing.strategies import RULE_STRATEGIES, ledgers, policy_documents

ELASTIC = sorted(rule.model_fields["kind"].default for rule in RULES if not rule.shapes)


def case(**extra: Any) -> tuple[surplus.Ledger, surplus.Policy]:
    """100 yuan; an industry gap of 60 worth 3 a yuan, a road gap of 80 worth 1; industry at most 20."""
    ledger = surplus.Ledger.from_records(
        [{"id": "c", "unallocated": "100"}],
        [
            {"id": "I", "category": "industry", "priority": "3", "price": {"contract": "60"}},
            {"id": "R", "category": "roads", "price": {"contract": "80"}},
        ],
    )
    rule = {
        "kind": "cap",
        "id": "cap",
        "flow": "in",
        "project": {"category": "industry"},
        "at_most": "20",
    }
    return ledger, surplus.Policy.model_validate({"rules": [rule | extra]})


def received(plan: surplus.Plan) -> dict[str, int]:
    return {p.id: (p.need - p.unmet) // 100 for p in plan.projects}


def test_absolute() -> None:
    assert received(surplus.reallocate(*case())) == {"I": 20, "R": 80}


@pytest.mark.parametrize(("price", "industry"), [("1.5", 60), ("2.5", 20), ("100", 20)])
def test_an_elastic_rule_breaks_where_it_pays(price: str, industry: int) -> None:
    """A yuan moved from roads to industry gains 3 - 1 = 2: worth a price of 1.5, not of 2.5."""
    ledger, policy = case(severity="elastic", price=price)
    plan = surplus.reallocate(ledger, policy)
    surplus.verify(plan, ledger, policy)
    assert received(plan) == {"I": industry, "R": min(80, 100 - industry)}


def test_an_advisory_rule_only_speaks() -> None:
    ledger, policy = case(severity="advisory")
    plan = surplus.reallocate(ledger, policy)
    assert received(plan) == {"I": 60, "R": 40}
    moves = plan.moves(ledger, surplus.balances(ledger, policy.terms))
    assert [str(b) for b in policy.rules[0].breaches(moves)] == [
        "rule 'cap': 60.00 yuan move in, at most 20.00 may"
    ]


@pytest.mark.parametrize(
    "extra", [{"severity": "elastic"}, {"price": "3"}, {"severity": "advisory", "price": "1"}]
)
def test_a_price_belongs_to_an_elastic_rule(extra: dict[str, Any]) -> None:
    with pytest.raises(surplus.PolicyError, match="price"):
        case(**extra)


def test_rules_that_shape_flows_are_absolute() -> None:
    with pytest.raises(surplus.PolicyError, match="only be absolute"):
        surplus.Policy.model_validate({"rules": [{"kind": "forbid", "severity": "advisory"}]})


@given(ledger=ledgers, document=policy_documents(most_rules=2), data=st.data())
def test_elastic_rules_never_break_absolute_ones(
    ledger: surplus.Ledger, document: dict[str, Any], data: Any
) -> None:
    document["objectives"] = [{"kind": "fill"}]
    kind = data.draw(st.sampled_from([kind for kind in ELASTIC if kind != "approval"]))
    soft = data.draw(RULE_STRATEGIES[kind]) | {
        "severity": "elastic",
        "price": data.draw(st.sampled_from(["0.5", "2", "9"])),
    }
    absolute = surplus.Policy.model_validate(document)
    both = surplus.Policy.model_validate(document | {"rules": [*document["rules"], soft]})
    try:
        plain = surplus.reallocate(ledger, absolute)
    except (surplus.Infeasible, surplus.SolverError):
        assume(False)
    try:
        plan = surplus.reallocate(ledger, both)
    except surplus.SolverError:
        return
    surplus.verify(surplus.Plan.from_json(plan.to_json()), ledger, both)
    balance = surplus.balances(ledger, both.terms)
    moves = plan.moves(ledger, balance)
    assert [*rule_breaches(moves, absolute)] == []
    # Whole-number parts may leave the bound of the other plan weaker than its own optimum.
    assert plan.objectives[0].value <= plain.objectives[0].bound


@pytest.mark.parametrize(
    ("rule", "price", "filled"),
    [
        # 110 yuan for gaps of 60 (worth 3 a yuan) and 80: 230 without the rule.
        ({"kind": "recipients", "at_most": 1}, "4999", 230),  # a second recipient costs 49.99
        ({"kind": "recipients", "at_most": 1}, "5001", 180),
        ({"kind": "whole"}, "1.66", 230),  # 30 yuan short of whole cost 49.80
        ({"kind": "whole"}, "1.67", 180),
        ({"kind": "minimum", "project": {"id": "R"}, "at_least": "75"}, "1.99", 230),
        ({"kind": "minimum", "project": {"id": "R"}, "at_least": "75"}, "2.01", 180),
        ({"kind": "lot", "project": {"id": "I"}, "size": "7"}, "2.70", 222),  # 56, or 60 of 63
        ({"kind": "lot", "project": {"id": "I"}, "size": "7"}, "2.60", 230),
    ],
)
def test_elastic_whole_number_rules_worked_by_hand(
    rule: dict[str, Any], price: str, filled: int
) -> None:
    ledger = surplus.Ledger.from_records(
        [{"id": "c", "unallocated": "110"}],
        [
            {"id": "I", "category": "industry", "priority": "3", "price": {"contract": "60"}},
            {"id": "R", "category": "roads", "price": {"contract": "80"}},
        ],
    )
    soft = rule | {"severity": "elastic", "price": price}
    policy = surplus.Policy.model_validate({"rules": [soft]})
    plan = surplus.reallocate(ledger, policy)
    surplus.verify(surplus.Plan.from_json(plan.to_json()), ledger, policy)
    assert plan.objectives[0].value == filled


def test_there_are_elastic_rules() -> None:
    assert {"share", "cap", "reserve", "must_fund"} <= set(ELASTIC)
