"""Plans against oracles and laws: optimal, exact, and independent of what does not matter."""

from __future__ import annotations

import copy
from fractions import Fraction
from math import prod
from typing import Any
from unittest import mock

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

import surplus
from conftest import examples
from oracle import ByProject, every_plan, keeps, moves_of
from surplus.testing.strategies import (
    INTEGERS,
    documents,
    has_integers,
    ledgers,
    policies,
    policy_documents,
)


def attempt(ledger: surplus.Ledger, policy: surplus.Policy, **options: Any) -> surplus.Plan | None:
    try:
        return surplus.reallocate(ledger, policy, **options)
    except surplus.Infeasible:
        return None


def loaded(document: dict[str, Any]) -> surplus.Ledger:
    return surplus.Ledger.from_records(document["sources"], document["projects"])


@settings(max_examples=examples(300), deadline=None)
@given(ledger=ledgers, policy=policies)
def test_class_program_equals_program_by_project(
    ledger: surplus.Ledger, policy: surplus.Policy
) -> None:
    assume(not has_integers(policy))
    try:
        plan = attempt(ledger, policy)
    except surplus.SolverError:
        event("no plan in whole cents")
        return
    best = ByProject(ledger, policy).optimum()
    event("infeasible" if best is None else "feasible")
    if best is None or plan is None:
        assert plan is None and best is None
        return
    level = plan.objectives[0]
    assert level.value <= level.bound
    # The bound is the program's optimum, rounded down to what whole cents can be worth.
    assert -1e-6 <= best - float(level.bound * 100) <= 3 + 1e-6
    assert float(level.value * 100) >= best - 10 - 1e-6


@settings(max_examples=examples(150), deadline=None)
@given(ledger=ledgers, policy=policies)
def test_two_layers_of_classes_change_nothing(
    ledger: surplus.Ledger, policy: surplus.Policy
) -> None:
    """Layers begin at many values of a field; here at two."""
    assume(not has_integers(policy))
    with mock.patch("surplus.classes._MANY", 1):
        try:
            plan = attempt(ledger, policy)
        except surplus.SolverError:
            return
    best = ByProject(ledger, policy).optimum()
    assert (plan is None) == (best is None)
    if plan is not None and best is not None:
        assert -1e-6 <= best - float(plan.objectives[0].bound * 100) <= 3 + 1e-6


@settings(max_examples=examples(100), deadline=None)
@given(document=documents(most_projects=4, most_sources=2), rules=policy_documents(most_rules=2))
def test_brute_force_finds_nothing_better(document: dict[str, Any], rules: dict[str, Any]) -> None:
    ledger, policy = loaded(document), surplus.Policy.model_validate(rules)
    # The cost of an approval weighs against the aim; tests of that rule compare it.
    assume(not any(tier.cost for rule in policy.rules for tier in getattr(rule, "tiers", ())))
    balance = surplus.balances(ledger, policy.terms)
    lanes = [
        min(int(a), int(g))
        for a in [*balance.releasable.tolist(), *(s.unallocated for s in ledger.sources)]
        for g in balance.gap.tolist()
        if a and g
    ]
    assume(prod(lane + 1 for lane in lanes) <= 3_000)
    values = [
        policy.objectives[0].aims(ledger)[0].value(moves)
        for moves in (moves_of(ledger, policy, rows) for rows in every_plan(ledger, policy))
        if keeps(moves, policy)
    ]
    try:
        plan = attempt(ledger, policy)
    except surplus.SolverError:
        assert values == []
        return
    if plan is None:
        assert values == []
    else:
        assert plan.objectives[0].value == max(values)


@given(ledger=ledgers, policy=policies)
def test_money_is_conserved(ledger: surplus.Ledger, policy: surplus.Policy) -> None:
    try:
        plan = attempt(ledger, policy)
    except surplus.SolverError:
        return
    assume(plan is not None)
    assert plan is not None
    before = {s.id: s.unallocated for s in ledger.sources}
    for s, a in zip(ledger.funding.source.tolist(), ledger.funding.planned.tolist(), strict=True):
        before[ledger.sources[s].id] += a
    after = {
        s.id: s.unallocated
        - sum(t.amount for t in plan.transfers if t.source == s.id and t.giver is None)
        for s in ledger.sources
    }
    for project in plan.projects:
        for source, amount in project.final.items():
            assert amount >= 0
            after[source] += amount
    assert after == before


@given(document=documents(), rules=policy_documents(), seed=st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(
    document: dict[str, Any], rules: dict[str, Any], seed: Any
) -> None:
    policy = surplus.Policy.model_validate(rules)
    shuffled = copy.deepcopy(document)
    seed.shuffle(shuffled["projects"])
    seed.shuffle(shuffled["sources"])
    for project in shuffled["projects"]:
        seed.shuffle(project["funding"])
    results = []
    for one in (document, shuffled):
        try:
            plan = attempt(loaded(one), policy)
            results.append(None if plan is None else plan.to_json())
        except surplus.SolverError as error:
            results.append(str(error))
    assert results[0] == results[1]


@given(document=documents(), rules=policy_documents())
def test_ineligible_projects_change_nothing(
    document: dict[str, Any], rules: dict[str, Any]
) -> None:
    """A project that neither gives nor takes, and holds nothing that a share is of."""
    policy = surplus.Policy.model_validate(rules)
    larger = copy.deepcopy(document)
    larger["projects"].insert(0, {"id": "a-idle", "category": "roads", "price": {"contract": "0"}})
    larger["projects"].append({"id": "z-idle", "category": "water", "township": "East"})
    try:
        one, other = attempt(loaded(document), policy), attempt(loaded(larger), policy)
    except surplus.SolverError:
        return
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert one.transfers == other.transfers


@given(document=documents(), rules=policy_documents())
def test_relabelled_projects_are_worth_the_same(
    document: dict[str, Any], rules: dict[str, Any]
) -> None:
    kinds = {part["kind"] for part in (*rules["rules"], *rules["objectives"])}
    assume(kinds.isdisjoint({"cumulative_cap", "stable"}))  # they name projects
    policy = surplus.Policy.model_validate(rules)
    renamed = copy.deepcopy(document)
    for i, project in enumerate(renamed["projects"]):
        project["id"] = f"x{97 - i}"
    try:
        one, other = attempt(loaded(document), policy), attempt(loaded(renamed), policy)
    except surplus.SolverError:
        return
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert one.objectives[0].bound == other.objectives[0].bound


@given(document=documents(), rules=policy_documents(), part=st.fractions(0, 1, max_denominator=7))
def test_a_split_recipient_is_worth_the_same(
    document: dict[str, Any], rules: dict[str, Any], part: Fraction
) -> None:
    """An unfunded project of two halves can be filled as far as the whole."""
    single = {
        "ceiling",
        "co_finance",
        "must_fund",
    }  # look at single projects, as do those with integers
    assume(not any(rule.get("per") == "id" or rule["kind"] in single for rule in rules["rules"]))
    policy = surplus.Policy.model_validate(rules)
    assume(not has_integers(policy))
    whole = {"id": "u", "category": "roads", "township": "East", "price": {"contract": "0.70"}}
    first = int(70 * part)
    halves = [
        whole | {"id": "u1", "price": {"contract": f"0.{first:02d}"}},
        whole | {"id": "u2", "price": {"contract": f"0.{70 - first:02d}"}},
    ]
    try:
        one = attempt(loaded(document | {"projects": [*document["projects"], whole]}), policy)
        two = attempt(loaded(document | {"projects": [*document["projects"], *halves]}), policy)
    except surplus.SolverError:
        return
    assert (one is None) == (two is None)
    if one is not None and two is not None:
        assert one.objectives[0].bound == two.objectives[0].bound


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # PuLP 3 warns of its own CBC
@settings(max_examples=examples(25), deadline=None)
@given(ledger=ledgers, policy=policies)
def test_another_solver_gives_the_same_bytes(
    ledger: surplus.Ledger, policy: surplus.Policy
) -> None:
    pulp = pytest.importorskip("pulp")
    assume(not has_integers(policy))
    cbc = next(
        (c for c in (getattr(pulp, n, None) for n in ("PULP_CBC_CMD", "COIN_CMD")) if c), None
    )
    if cbc is None or not cbc(msg=False).available():
        pytest.skip("CBC is not installed")
    try:
        one = attempt(ledger, policy)
        other = attempt(ledger, policy, solver=cbc(msg=False))
    except surplus.SolverError:
        return
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert one.to_json() == other.to_json()


@given(ledger=ledgers, policy=policies)
def test_plans_survive_their_document(ledger: surplus.Ledger, policy: surplus.Policy) -> None:
    try:
        plan = attempt(ledger, policy)
    except surplus.SolverError:
        return
    assume(plan is not None)
    assert plan is not None
    text = plan.to_json()
    again = surplus.Plan.from_json(text)
    assert again.to_json() == text
    surplus.verify(again, ledger, policy)


def test_infeasible_sets_are_minimal() -> None:
    seen = 0

    @settings(max_examples=examples(150), deadline=None)
    @given(ledger=ledgers, document=policy_documents())
    def law(ledger: surplus.Ledger, document: dict[str, Any]) -> None:
        nonlocal seen
        hard = {
            "kind": "share",
            "id": "hard",
            "project": {"category": "industry"},
            "at_least": "90%",
        }
        document["rules"] = [rule for rule in document["rules"] if rule["kind"] not in INTEGERS] + [
            hard
        ]
        policy = surplus.Policy.model_validate(document)
        assume(not has_integers(policy))
        try:
            surplus.reallocate(ledger, policy)
        except surplus.SolverError:
            return
        except surplus.Infeasible as error:
            seen += 1
            named = [rule for rule in policy.rules if rule.id in error.rules]
            assert len(named) == len(error.rules) >= 1
            assert len(error.reasons) >= 1
            alone = policy.model_copy(update={"rules": tuple(named)})
            assert ByProject(ledger, alone).optimum() is None
            permits = [rule for rule in named if rule.kind == "permit"]
            for rule in named:
                if rule.kind == "permit" and len(permits) > 1:
                    continue  # permits of one money count as one
                rest = policy.model_copy(update={"rules": tuple(r for r in named if r is not rule)})
                assert ByProject(ledger, rest).optimum() is not None

    law()
    assert seen > 0
