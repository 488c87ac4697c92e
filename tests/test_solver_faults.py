"""Solvers that lie, fail or stop: the answer is the right plan, or an error that says why."""

from __future__ import annotations

import random
from typing import Any

import pulp
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import surplus
from conftest import examples
from surplus.solvers import Stop
from surplus.testing.strategies import has_integers, ledgers, policies

CASE = surplus.generate(projects=40, seed=6)
RIGHT = surplus.reallocate(*CASE).to_json()


class Liar(pulp.LpSolver):
    """Claims what it is told to claim, with values from a function of bounds."""

    def __init__(self, status: int, value: Any) -> None:
        super().__init__(msg=False)
        self.claim, self.value = status, value

    def available(self) -> bool:
        return True

    def actualSolve(self, lp: Any, **_: Any) -> int:  # noqa: N802 - PuLP's name
        for variable in lp.variables():
            variable.varValue = self.value(variable)
        lp.status = self.claim
        if hasattr(lp, "sol_status"):
            lp.sol_status = 1 if self.claim == 1 else -1
        return self.claim


RANDOM = random.Random(3)
VALUES = {
    "zero": lambda _: 0.0,
    "upper bounds": lambda v: v.upBound,
    "beyond the bounds": lambda v: 2 * (v.upBound or 1),
    "negative": lambda _: -1.0,
    "huge": lambda _: 1e300,
    "random": lambda v: RANDOM.random() * (v.upBound or 1),
    "nothing": lambda _: None,
    "not a number": lambda _: float("nan"),
    "infinite": lambda _: float("inf"),
}


def answer(solver: Any) -> str:
    """The plan, or why there is none."""
    try:
        return surplus.reallocate(*CASE, solver=solver).to_json()
    except surplus.SolverError as error:
        assert isinstance(error.stop, Stop)
        assert str(error)
        return "refused"


@pytest.mark.skipif(not pulp.__version__.startswith("3"), reason="PuLP 4 keeps values in its core")
@pytest.mark.parametrize("value", VALUES)
def test_false_values_never_become_a_plan(value: str) -> None:
    assert answer(Liar(1, VALUES[value])) in (RIGHT, "refused")


@pytest.mark.skipif(not pulp.__version__.startswith("3"), reason="PuLP 4 keeps values in its core")
@pytest.mark.parametrize("status", [-1, -2, -3, 0, 7])
def test_false_statuses_never_become_a_verdict(status: int) -> None:
    """A feasible case is never called infeasible because a solver says so."""
    assert answer(Liar(status, VALUES["zero"])) in (RIGHT, "refused")


@pytest.mark.skipif(not pulp.__version__.startswith("3"), reason="PuLP 4 keeps values in its core")
@pytest.mark.parametrize("status", [-1, -2, -3, 0, 1])
@pytest.mark.parametrize("value", VALUES)
def test_over_whole_numbers_a_false_word_is_no_verdict(status: int, value: str) -> None:
    """A solver that calls a feasible search infeasible is not believed; another one is asked."""
    ledger = surplus.Ledger.from_records(
        [{"id": "s", "unallocated": "16200"}],
        [{"id": n, "price": {"contract": a}} for n, a in (("a", "9000"), ("b", "7200"), ("c", "10800"))],
    )  # fmt: skip
    policy = surplus.Policy.model_validate({"rules": [{"kind": "whole"}]})
    right = surplus.reallocate(ledger, policy)
    assert right.objectives[0].value == 16200
    try:
        plan = surplus.reallocate(ledger, policy, solver=Liar(status, VALUES[value]))
    except surplus.SolverError:
        return
    surplus.verify(plan, ledger, policy)
    assert plan.status == "feasible" or plan.objectives[0].value == 16200


class Failing(Liar):
    def __init__(self, error: BaseException) -> None:
        super().__init__(1, VALUES["zero"])
        self.error = error

    def actualSolve(self, lp: Any, **_: Any) -> int:  # noqa: N802
        raise self.error


@pytest.mark.parametrize(
    "error", [RuntimeError("boom"), pulp.PulpSolverError("gone"), MemoryError()]
)
def test_a_solver_that_fails_is_named(error: Exception) -> None:
    with pytest.raises(surplus.SolverError, match=type(error).__name__):
        surplus.reallocate(*CASE, solver=Failing(error))


def test_ctrl_c_passes_through() -> None:
    with pytest.raises(KeyboardInterrupt):
        surplus.reallocate(*CASE, solver=Failing(KeyboardInterrupt()))


def test_a_time_limit_is_no_optimum() -> None:
    """PuLP reports a time limit of HiGHS as optimal; here it is told apart, or the plan is right."""
    assert answer(pulp.HiGHS(msg=False, timeLimit=0.0)) in (RIGHT, "refused")


@pytest.mark.skipif(not pulp.__version__.startswith("3"), reason="PuLP 4 keeps values in its core")
@settings(max_examples=examples(60), deadline=None)
@given(ledger=ledgers, policy=policies, seed=st.integers(0, 10**6))
def test_a_random_liar_on_random_ledgers(
    ledger: surplus.Ledger, policy: surplus.Policy, seed: int
) -> None:
    if has_integers(policy):
        return
    numbers = random.Random(seed)
    liar = Liar(numbers.choice([1, 1, 1, -1, 0]), lambda v: numbers.random() * 2 * (v.upBound or 0))
    try:
        expected = surplus.reallocate(ledger, policy).to_json()
    except (surplus.Infeasible, surplus.SolverError) as error:
        expected = type(error).__name__
    try:
        got = surplus.reallocate(ledger, policy, solver=liar).to_json()
    except (surplus.Infeasible, surplus.SolverError) as error:
        got = type(error).__name__
    assert got in (expected, "SolverError")


def test_out_of_time_over_whole_numbers_the_best_found_is_a_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where the solver only stopped, the plan is exact and verified, and says that it is not the best."""
    ledger, policy = CASE
    rules = [
        *policy.rules,
        surplus.Policy.model_validate({"rules": [{"kind": "whole", "id": "w"}]}).rules[0],
    ]
    policy = policy.model_copy(update={"rules": tuple(rules)})
    from surplus.solvers import pulp_solver  # noqa: PLC0415

    real = pulp_solver.stop_of

    def late(problem: Any) -> Stop:
        whole = [*problem.solverModel.getLp().integrality_]
        stop = real(problem)
        # Of the whole program; the last search, over single cents, is of whole columns only.
        mixed = len({kind.name for kind in whole}) > 1
        return Stop.TIME_LIMIT if mixed and stop is Stop.OPTIMAL else stop

    best = surplus.reallocate(ledger, policy)
    assert best.status == "optimal"
    monkeypatch.setattr(pulp_solver, "stop_of", late)
    plan = surplus.reallocate(ledger, policy)
    assert plan.status == "feasible"
    surplus.verify(plan, ledger, policy)
    assert surplus.Plan.from_json(plan.to_json()).status == "feasible"
