"""Plans and verdicts against an exact oracle: rational optima, and optima in whole cents."""

from __future__ import annotations

from math import gcd
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import surplus
from conftest import examples

z3 = pytest.importorskip("z3")
from exact import KNOWN, Exact  # noqa: E402
from surplus.testing.strategies import RULE_STRATEGIES, documents, has_integers  # noqa: E402


@st.composite
def cases(draw: st.DrawFn, kinds: set[str]) -> tuple[surplus.Ledger, surplus.Policy]:
    """A tiny ledger, and one or two rules of the kinds."""
    document = draw(documents(most_projects=4, most_sources=2))
    rules = draw(st.lists(st.one_of(*(RULE_STRATEGIES[k] for k in sorted(kinds))), max_size=3))
    rules = [{k: v for k, v in rule.items() if k != "baseline"} for rule in rules]
    weight = draw(st.sampled_from(["priority", "none"]))
    policy = {"rules": rules, "objectives": [{"kind": "fill", "weight": weight}],
              "attribution": draw(st.sampled_from(["pro_rata", ["s2", "s1"], "free"]))}  # fmt: skip
    ledger = surplus.Ledger.from_records(document["sources"], document["projects"])
    return ledger, surplus.Policy.model_validate(policy)


WHOLE_NUMBERS = {"minimum", "lot", "whole", "recipients"}


def answer(ledger: surplus.Ledger, policy: surplus.Policy) -> Any:
    """The plan, or why there is none."""
    try:
        return surplus.reallocate(ledger, policy)
    except (surplus.Infeasible, surplus.SolverError) as error:
        return error


@settings(max_examples=examples(120), deadline=None)
@given(case=cases(KNOWN - WHOLE_NUMBERS))
def test_bounds_are_the_exact_optimum(case: tuple[surplus.Ledger, surplus.Policy]) -> None:
    """The bound is the rational optimum, down to a value that whole cents can have; verdicts agree."""
    ledger, policy = case
    found, top = answer(ledger, policy), Exact(ledger, policy, whole=False).optimum()
    assert isinstance(found, surplus.Infeasible) == (top is None)
    if not isinstance(found, surplus.Plan):
        return
    step = 10**6
    if policy.objectives[0].weight == "priority":  # type: ignore[union-attr]
        reached = ledger.projects.priority[(found.need > 0)]
        step = gcd(*reached.tolist()) or 1
    stated = found.objectives[0].bound * 100
    assert top is not None
    assert stated <= top, "whole cents can reach no more than fractions of them"
    assert top - stated < step / 10**6, "and the bound is no lower than it has to be"


@settings(max_examples=examples(60), deadline=None)
@given(case=cases(KNOWN))
def test_whole_cents_against_the_exact_optimum(case: tuple[surplus.Ledger, surplus.Policy]) -> None:
    """A plan is worth at most the optimum in whole cents, which is at most the bound; verdicts are true."""
    ledger, policy = case
    found, top = answer(ledger, policy), Exact(ledger, policy, whole=True).optimum()
    if not isinstance(found, surplus.Plan):
        assert top is None, f"there is a plan worth {top} cents, and the answer is {found}"
        return
    assert top is not None
    stated = found.objectives[0]
    assert stated.value * 100 <= top <= stated.bound * 100
    if not has_integers(policy) and found.status == "optimal":
        assert top - stated.value * 100 <= 1, "the whole cents nearby are the best there are"


def test_a_third_of_a_cent_cannot_be_moved() -> None:
    """Of 1 cent at least a third to each of two: 0 cents move; in fractions 1 could."""
    ledger = surplus.Ledger.from_records(
        [{"id": "a", "unallocated": "0.01"}],
        [{"id": n, "category": n, "price": {"contract": "1"}} for n in "xy"],
    )
    rules = [
        {"kind": "share", "of": "moved", "project": {"category": n}, "at_least": "1/3"}
        for n in "xy"
    ]
    policy = surplus.Policy.model_validate({"rules": rules})
    assert Exact(ledger, policy, whole=False).optimum() == 1
    assert Exact(ledger, policy, whole=True).optimum() == 0
    plan = surplus.reallocate(ledger, policy)
    assert (plan.objectives[0].value, plan.objectives[0].bound * 100) == (0, 1)
