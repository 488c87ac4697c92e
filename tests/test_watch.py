"""Time limits, cancellation and progress: the best exact plan found, or an error that says so, in time."""

from __future__ import annotations

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

import surplus
from surplus.report.summary import summary
from surplus.solvers import Claim, Stop, highs
from surplus.watch import GRACE, STAGES, OutOfTime, Stage, Watch, begin, watch, watched

HARD = {"rules": [{"kind": "transfers", "at_most": 60}]}  # takes a solver minutes
LATE = GRACE + 4  # what a busy machine may add


def hard() -> tuple[surplus.Ledger, surplus.Policy]:
    return surplus.generate(projects=100, seed=7)[0], surplus.Policy.model_validate(HARD)


class Hung:
    """A solver that never answers."""

    timeLimit = None  # noqa: N815 - as PuLP names it

    def actualSolve(self, problem: Any, **_: Any) -> None:  # noqa: N802
        time.sleep(60)

    solve = actualSolve  # what PuLP 4 calls


def test_a_time_limit_gives_the_best_exact_plan_so_far() -> None:
    ledger, policy = hard()
    start = time.monotonic()
    plan = surplus.reallocate(ledger, policy, time_limit=3)
    assert time.monotonic() - start < 3 + LATE
    assert plan.status == "feasible"
    assert len(plan.amount) <= 60
    surplus.verify(plan, ledger, policy)
    (aim, *_) = plan.objectives
    assert aim.value <= aim.bound


def test_a_time_limit_that_is_not_reached_changes_nothing() -> None:
    ledger, policy = surplus.generate(projects=60, seed=3)
    plan = surplus.reallocate(ledger, policy)
    assert surplus.reallocate(ledger, policy, time_limit=60).to_json() == plan.to_json()
    assert surplus.reallocate(ledger, policy, cancelled=lambda: False).to_json() == plan.to_json()


@pytest.mark.parametrize("objectives", [[], [{"kind": "fill"}]])
def test_rounds_of_fair_end_with_the_time_and_claim_no_optimum(objectives: list[Any]) -> None:
    ledger, _ = surplus.generate(projects=40, seed=3)
    lots = {"kind": "lot", "size": "100"}
    fair = [{"kind": "fair", "by": "township"}, *objectives]
    policy = surplus.Policy.model_validate({"rules": [lots], "objectives": fair})
    plan = surplus.reallocate(ledger, policy, cancelled=lambda: True)
    assert plan.status == "feasible"
    assert not any(plan.certificate.get("aside", ()))  # each round would be one more search
    surplus.verify(plan, ledger, policy)


def test_no_choice_of_whole_values_in_time_is_no_failure_of_the_solver(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ledger, policy = hard()
    stopped = Claim(Stop.TIME_LIMIT)
    real = highs.solve
    monkeypatch.setattr(
        highs, "solve", lambda p, *a, **k: real(p, *a, **k) if p.integer is None else stopped
    )
    with pytest.raises(surplus.SolverError) as caught:
        surplus.reallocate(ledger, policy, cancelled=lambda: True)
    assert caught.value.stop is Stop.TIME_LIMIT


@pytest.mark.parametrize("limit", [-1, -1e-9, float("nan")])
def test_a_time_limit_that_is_none_is_refused(limit: float) -> None:
    ledger, policy = surplus.generate(projects=10, seed=3)
    with pytest.raises(surplus.SurplusError, match=r"time limit.*needed: 0 seconds or more"):
        surplus.reallocate(ledger, policy, time_limit=limit)


@pytest.mark.parametrize("limit", [0, 0.2])
def test_no_plan_in_time_is_an_error_that_says_so(limit: float) -> None:
    ledger, policy = surplus.generate(projects=60, seed=3)
    start = time.monotonic()
    with pytest.raises(surplus.SolverError) as caught:
        surplus.reallocate(ledger, policy, solver=Hung(), time_limit=limit)
    assert time.monotonic() - start < limit + LATE
    assert caught.value.stop.name == "TIME_LIMIT"
    assert f"within {limit:g} s" in str(caught.value)


def test_cancelling_gives_the_best_exact_plan_so_far() -> None:
    ledger, policy = hard()
    start = time.monotonic()
    plan = surplus.reallocate(ledger, policy, cancelled=lambda: time.monotonic() > start + 3)
    assert time.monotonic() - start < 3 + LATE
    assert plan.status == "feasible"
    surplus.verify(plan, ledger, policy)


def test_cancelled_at_once_there_is_no_plan() -> None:
    ledger, policy = hard()
    with pytest.raises(surplus.SolverError, match="cancelled before"):
        surplus.reallocate(ledger, policy, solver=Hung(), cancelled=lambda: True)


def test_a_limit_holds_in_other_threads_and_only_there() -> None:
    ledger, policy = hard()
    with ThreadPoolExecutor(1) as pool:
        plan = pool.submit(surplus.reallocate, ledger, policy, time_limit=3).result(30)
        assert plan.status == "feasible"
        assert pool.submit(lambda: watch().idle).result(30)
    assert watch().idle


def test_progress_names_every_stage_in_order() -> None:
    ledger, policy = surplus.generate(projects=60, seed=3)
    told: list[Stage] = []
    plan = surplus.reallocate(ledger, policy, progress=told.append)
    assert [stage.name for stage in told] == list(STAGES)
    assert [stage.place for stage in told] == list(range(1, len(STAGES) + 1))
    assert all(a.seconds <= b.seconds for a, b in itertools.pairwise(told))
    assert replace(plan, case=None).to_json() == surplus.reallocate(ledger, policy).to_json()


def test_an_idle_watch_leaves_the_outer_one() -> None:
    with watched(Watch(limit=0)), watched(Watch()):
        assert watch().over
        time.sleep(GRACE + 0.05)
        with pytest.raises(OutOfTime):
            begin("solve")


def test_each_of_many_cases_may_have_its_limit() -> None:
    ledger, policy = hard()
    easy = surplus.generate(projects=30, seed=1)
    cases = [
        surplus.Case("hard", ledger, policy, time_limit=2),
        surplus.Case("easy", *easy, time_limit=30),
    ]
    with ThreadPoolExecutor(1) as pool:
        found = {o.name: o.plan for o in surplus.reallocate_many(cases, pool)}
    assert {name: plan and plan.status for name, plan in found.items()} == {
        "hard": "feasible",
        "easy": "optimal",
    }


def test_a_watch_that_only_tells_keeps_the_limit_around_it() -> None:
    told: list[Stage] = []
    with watched(Watch(limit=60)), watched(Watch(progress=told.append)):
        left = watch().remaining()
        assert left is not None and left > 50
        begin("solve")
    assert [stage.name for stage in told] == ["solve"]


def test_the_summary_says_that_time_ran_out() -> None:
    plan = surplus.reallocate(*hard(), time_limit=2)
    words = [block for block in summary(plan) if isinstance(block, str)]
    assert "time ran out: the best exact plan found so far" in words
    assert any("no plan is better by more than" in text for text in words)
