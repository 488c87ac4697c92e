"""Swap chains: money of one source exchanged for that of another, so that a gap can be filled."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, event, given, settings

import surplus
from conftest import examples
from oracle import ByProject
from surplus.balance import balances
from surplus.classes import IDLE
from surplus.model import build
from surplus.testing.strategies import has_integers, ledgers, policy_documents


def chain(**terms: Any) -> tuple[surplus.Ledger, surplus.Policy]:
    """School: only county money may go there, and all of it is planned for the road.

    The road could as well use central money, of which 80 yuan are unallocated; 30 yuan of its county
    money are paid already.
    """
    sources = [
        {"id": "central", "unallocated": "80.00"},
        {"id": "county", "unallocated": "0"},
    ]
    projects = [
        {"id": "road", "category": "roads", "funding": [
            {"source": "county", "planned": "100.00", "paid": "30.00"}]},
        {"id": "school", "category": "school", "price": {"contract": "90.00"}, "funding": []},
    ]  # fmt: skip
    rules = [
        {"kind": "permit", "source": {"id": "central"}, "project": {"category": "roads"}},
        *terms.pop("rules", []),
    ]
    policy = surplus.Policy.model_validate({"rules": rules, "swaps": True} | terms)
    return surplus.Ledger.from_records(sources, projects), policy


def test_a_chain_worked_by_hand() -> None:
    """The road gives its 70 undrawn county yuan and takes 70 central ones."""
    ledger, policy = chain()
    plan = surplus.reallocate(ledger, policy)
    assert [(t.source, t.giver, t.taker, t.amount, t.swap) for t in plan.transfers] == [
        ("central", None, "road", 7000, "to"),
        ("county", "road", "school", 7000, "from"),
    ]
    assert plan.projects[0].final == {"central": 7000, "county": 3000}
    assert [(p.need, p.unmet) for p in plan.projects] == [(0, 0), (9000, 2000)]
    assert [(s.available, s.moved, s.left) for s in plan.sources] == [(8000, 7000, 1000), (0, 0, 0)]
    assert plan.objectives[0].value == plan.objectives[0].bound == 70
    surplus.verify(plan, ledger, policy)


def test_without_the_switch_nothing_moves() -> None:
    ledger, policy = chain(swaps=False)
    assert surplus.reallocate(ledger, policy).transfers == ()


def test_a_frozen_project_exchanges_nothing() -> None:
    ledger, policy = chain(rules=[{"kind": "freeze", "project": {"id": "road"}}])
    assert surplus.reallocate(ledger, policy).transfers == ()


def test_rules_on_what_projects_hold_bind_swaps() -> None:
    """At least 60 % of the road stays county money: it can exchange 40 of its 100 yuan."""
    keep = {
        "kind": "co_finance",
        "source": {"id": "county"},
        "project": {"id": "road"},
        "at_least": "60%",
    }
    ledger, policy = chain(rules=[keep])
    plan = surplus.reallocate(ledger, policy)
    assert plan.projects[0].final == {"central": 4000, "county": 6000}


def test_plan_documents_keep_the_marks() -> None:
    ledger, policy = chain()
    plan = surplus.reallocate(ledger, policy)
    text = plan.to_json()
    again = surplus.Plan.from_json(text)
    assert again.to_json() == text
    surplus.verify(again, ledger, policy)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda rows: rows[1].pop("swap"), "may release"),
        (lambda rows: rows[0].pop("swap"), "lacks"),
        (lambda rows: rows[0].update(swap="both"), "unallocated"),
        (lambda rows: rows[1].update(swap="both"), "in exchange"),
        (lambda rows: rows[1].update(amount="70.01"), "may exchange"),
        (lambda rows: rows[0].update(amount="69.99"), "in exchange"),
    ],
)
def test_tampered_marks_are_refused(change: Any, word: str) -> None:
    ledger, policy = chain()
    document = json.loads(surplus.reallocate(ledger, policy).to_json())
    change(document["transfers"])
    with pytest.raises(surplus.PlanError, match=word):
        surplus.verify(surplus.Plan.from_json(json.dumps(document)), ledger, policy)


def test_a_copied_policy_has_terms_of_its_own() -> None:
    policy = surplus.Policy()
    assert not policy.terms.swaps
    assert policy.model_copy(update={"swaps": True}).terms.swaps


def test_only_rules_on_exchanges_tell_exchanging_projects_apart() -> None:
    """Neither priorities nor what a project gives or lacks; in a county with eight sources."""
    ledger, policy = surplus.generate(projects=5_000, seed=4, townships=2)
    policy = policy.model_copy(update={"swaps": True})
    balance = balances(ledger, policy.terms)
    model = build(ledger, balance, policy, policy.rules)
    groups = model.flows.classes
    able = groups.exchanging >= 0
    assert able.sum() == len(np.unique(ledger.funding.project[balance.swappable > 0]))
    names = ("category", "department", "township")
    fields = [ledger.projects.fields[name].codes[able] for name in names]
    assert len(np.unique(groups.exchanging[able])) <= len(np.unique(np.stack(fields), axis=1).T)
    assert set(groups.side[groups.exchanging[able]].tolist()) == {IDLE}
    plain = policy.model_copy(update={"swaps": False})
    usual = build(ledger, balances(ledger, plain.terms), plain, plain.rules).flows.classes
    assert len(groups) - len(np.unique(groups.exchanging[able])) == len(usual)


@settings(max_examples=examples(250), deadline=None)
@given(ledger=ledgers, document=policy_documents(swaps=True))
def test_class_program_with_swaps_equals_program_by_project(
    ledger: surplus.Ledger, document: dict[str, Any]
) -> None:
    policy = surplus.Policy.model_validate(document)
    try:
        plan = surplus.reallocate(ledger, policy)
    except surplus.Infeasible:
        assert has_integers(policy) or ByProject(ledger, policy).optimum() is None
        return
    except surplus.SolverError:
        event("no plan in whole cents")
        return
    again = surplus.Plan.from_json(plan.to_json())
    surplus.verify(again, ledger, policy)
    event("swaps" if plan.swap.any() else "no swaps")
    assume(not has_integers(policy))
    best = ByProject(ledger, policy).optimum()
    assert best is not None
    level = plan.objectives[0]
    assert -1e-6 <= best - float(level.bound * 100) <= 3 + 1e-6
    assert float(level.value * 100) >= best - 10 - 1e-6
    plain = ByProject(ledger, surplus.Policy.model_validate(document | {"swaps": False})).optimum()
    assert plain is None or plain <= best + 1e-6
