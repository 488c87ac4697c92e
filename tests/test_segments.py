"""Priorities that differ from project to project: cut classes give the same optimum, proved the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import surplus
from conftest import examples
from oracle import ByProject
from surplus.testing.strategies import documents, has_integers, policy_documents


def with_weights(ledger: surplus.Ledger, seed: int) -> surplus.Ledger:
    weights = np.random.default_rng(seed).integers(1, 10**9, len(ledger.projects))
    return replace(ledger, projects=replace(ledger.projects, priority=weights))


@settings(max_examples=examples(150), deadline=None)
@given(
    document=documents(most_projects=9),
    rules=st.booleans().flatmap(lambda swaps: policy_documents(most_rules=3, swaps=swaps)),
    parts=st.integers(2, 4),
    seed=st.integers(0, 99),
)
def test_cut_classes_against_the_oracle(
    document: dict[str, Any], rules: dict[str, Any], parts: int, seed: int
) -> None:
    policy = surplus.Policy.model_validate(rules | {"objectives": [{"kind": "fill"}]})
    assume(not has_integers(policy))
    ledger = with_weights(
        surplus.Ledger.from_records(document["sources"], document["projects"]), seed
    )
    with (
        mock.patch("surplus.segments._MANY", 0),
        mock.patch("surplus.segments._PARTS", parts),
        mock.patch("surplus.classes._MANY", 1),
    ):
        try:
            plan = surplus.reallocate(ledger, policy)
        except surplus.Infeasible:
            assert ByProject(ledger, policy).optimum() is None
            return
        except surplus.SolverError:
            return
        surplus.verify(plan, ledger, policy)
    best = ByProject(ledger, policy).optimum()
    assert best is not None
    assert float(plan.objectives[0].bound * 100) == pytest.approx(best, rel=1e-6, abs=1e-3)


@pytest.mark.parametrize("size", [300, 3_000])
def test_cut_classes_against_all_classes(size: int) -> None:
    ledger, policy = surplus.generate(projects=size, seed=11)
    ledger = with_weights(ledger, 5)
    cut = surplus.reallocate(ledger, policy)
    surplus.verify(cut, ledger, policy)
    with mock.patch("surplus.reallocation.applies", lambda *_: False):
        full = surplus.reallocate(ledger, policy)
    assert cut.objectives == full.objectives
    assert (
        cut.objectives[0].bound - cut.objectives[0].value <= 3_000
    )  # 3 cents of the highest weight
    assert cut.unmet.sum() == full.unmet.sum()


def test_an_infeasible_case_is_named_all_the_same() -> None:
    ledger, _ = surplus.generate(projects=400, seed=2)
    floor = {"kind": "reserve", "id": "all", "at_least": "100000000000"}
    with pytest.raises(surplus.Infeasible, match="'all'"):
        surplus.reallocate(
            with_weights(ledger, 1), surplus.Policy.model_validate({"rules": [floor]})
        )
