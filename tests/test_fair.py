"""`fair` in rounds: against the program by project, every whole-cent plan, and tampered documents."""

from __future__ import annotations

import json
from collections import defaultdict
from fractions import Fraction
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import surplus
from conftest import examples
from oracle import ByProject
from surplus.exact import optimum
from surplus.exact.parts import parts
from surplus.policy.objectives.reach import reachable
from surplus.policy.selection import field_codes
from surplus.rounds import staged
from surplus.solvers import solve
from surplus.testing.strategies import (
    RULE_STRATEGIES,
    documents,
    has_integers,
    ledgers,
    policy_documents,
)
from test_objectives import FILL, lacking, lanes, ordered_values, plans_kept, tiny_ledgers

Doc = dict[str, Any]
KNOWN = ("permit", "forbid", "cap", "within", "share", "reserve", "must_fund", "ceiling")
rule_lists = st.lists(st.one_of(*(RULE_STRATEGIES[kind] for kind in KNOWN)), max_size=2)
fairs = st.sampled_from(["township", "category", "id"]).map(lambda by: {"kind": "fair", "by": by})


@st.composite
def orders(draw: st.DrawFn) -> list[Doc]:
    """`fair` alone, before, after and between other objectives."""
    fair = draw(fairs)
    spare = {"kind": "spare"}
    return draw(
        st.sampled_from([[fair], [fair, FILL], [FILL, fair], [FILL, fair, spare], [fair, spare]])
    )


@settings(max_examples=examples(150), deadline=None)
@given(ledger=tiny_ledgers(), rules=rule_lists, aims=orders())
def test_no_plan_in_whole_cents_is_fairer(
    ledger: surplus.Ledger, rules: list[Doc], aims: list[Doc]
) -> None:
    """Whatever the rules, and whatever stands before and after."""
    policy = surplus.Policy.model_validate({"rules": rules, "objectives": aims})
    assume(1 < lanes(ledger, policy) <= 700)
    others = [ordered_values(policy, moves) for moves in plans_kept(ledger, policy)]
    try:
        plan = surplus.reallocate(ledger, policy)
    except (surplus.Infeasible, surplus.SolverError):
        assert others == []
        return
    surplus.verify(plan, ledger, policy)
    moves = plan.moves(ledger, surplus.balances(ledger, policy.terms))
    event(f"{len(plan.objectives)} levels")
    assert ordered_values(policy, moves) == max(others)
    for objective in plan.objectives:
        assert objective.value <= objective.bound or objective.kind == "spare"


def leximin_by_project(
    ledger: surplus.Ledger, policy: surplus.Policy, by: str
) -> dict[int, float] | None:
    """The ratios of the groups, found group by group: who can still be raised when none may fall."""
    program = ByProject(ledger, policy)
    codes = field_codes(ledger.projects, by).tolist()
    lacks: dict[int, int] = defaultdict(int)
    members: dict[int, list[int]] = defaultdict(list)
    for p in np.flatnonzero(reachable(ledger, program.balance, policy.rules)).tolist():
        lacks[codes[p]] += int(program.balance.gap[p])
        members[codes[p]].append(p)
    into = {}
    for code, those in members.items():
        row = program.zero()
        program.ins(row)[:, those] = 1.0 / lacks[code]
        into[code] = row

    def most(floors: dict[int, float], raised: list[int]) -> float | None:
        """The highest ratio that all the raised groups reach together."""
        le = [(np.append(row, 0.0), bound) for row, bound in program.le]
        le += [(np.append(-into[code], 0.0), -(low - 1e-9)) for code, low in floors.items()]
        le += [(np.append(-into[code], 1.0), 0.0) for code in raised]
        eq = [(np.append(row, 0.0), bound) for row, bound in program.eq]
        goal = np.zeros(program.width + 1)
        goal[-1] = -1.0
        found = linprog(
            goal,
            A_ub=np.array([row for row, _ in le]),
            b_ub=np.array([b for _, b in le]),
            A_eq=np.array([row for row, _ in eq]),
            b_eq=np.array([b for _, b in eq]),
            bounds=[*((0, u) for u in program.upper.tolist()), (0, 1)],
            method="highs",
        )
        return None if found.status == 2 else -float(found.fun)

    fixed: dict[int, float] = {}
    while left := [code for code in lacks if code not in fixed]:
        level = most(fixed, left)
        if level is None:
            return None
        floors = fixed | dict.fromkeys(left, level)
        alone = {
            code: most({k: v for k, v in floors.items() if k != code}, [code]) for code in left
        }
        held = [code for code, high in alone.items() if high is None or high <= level + 1e-6]
        for code in held or left:
            fixed[code] = level
    return fixed


@pytest.mark.parametrize("many", [8, 1])
@settings(max_examples=examples(75), deadline=None)
@given(
    ledger=ledgers,
    document=policy_documents(swaps=True),
    by=st.sampled_from(["township", "category"]),
)
def test_rounds_equal_leximin_by_project(
    many: int, ledger: surplus.Ledger, document: Doc, by: str
) -> None:
    """The exact ratios of the class program, with swaps and choosing donors, too."""
    policy = surplus.Policy.model_validate(document | {"objectives": [{"kind": "fair", "by": by}]})
    assume(not has_integers(policy))
    balance = surplus.balances(ledger, policy.terms)
    with mock.patch("surplus.classes._MANY", many):
        model = staged(ledger, balance, policy, solve)
    wanted = leximin_by_project(ledger, policy, by)
    if wanted is None:
        event("infeasible")
        return
    found = []
    for part in parts(model.program):
        vertex = optimum(part.program, solve)
        for ratio in part.program.leximin[0].ratios:
            received = sum(int(v) for v in vertex.x[ratio.columns])
            found.append(received / vertex.scale / ratio.whole)
    event(f"{model.program.leximin[0].rounds} rounds")
    assert np.allclose(sorted(found), sorted(wanted.values()), atol=1e-5)


@settings(max_examples=examples(60), deadline=None)
@given(document=documents(), policy=policy_documents(), by=st.sampled_from(["township", "id"]))
def test_plans_verify_and_bounds_hold(document: Doc, policy: Doc, by: str) -> None:
    """With any rules, whole-number ones too; a plan read from its document as well."""
    ledger = surplus.Ledger.from_records(document["sources"], document["projects"])
    rules = surplus.Policy.model_validate(
        policy | {"objectives": [{"kind": "fair", "by": by}, FILL]}
    )
    try:
        plan = surplus.reallocate(ledger, rules)
    except (surplus.Infeasible, surplus.SolverError):
        return
    surplus.verify(surplus.Plan.from_json(plan.to_json()), ledger, rules)
    assert all(o.value <= o.bound for o in plan.objectives)


def townships() -> tuple[surplus.Ledger, surplus.Policy]:
    """Central money may only go to East; the other 6 yuan are for whoever has least."""
    sources = [
        {"id": "c", "level": "central", "unallocated": "5"},
        {"id": "k", "level": "county", "unallocated": "6"},
    ]
    projects = [
        lacking("e", "10", township="East"),
        lacking("n", "10", township="North"),
        lacking("w", "10"),
    ]
    permit = {"kind": "permit", "source": {"id": "c"}, "project": {"township": "East"}}
    policy = {"rules": [permit], "objectives": [{"kind": "fair", "by": "township"}]}
    return surplus.Ledger.from_records(sources, projects), surplus.Policy.model_validate(policy)


@pytest.mark.parametrize(
    ("aside", "words"),
    [
        ([[["East"]]], "nothing proves|cannot be read|states other objectives"),
        ([[[None]]], "other objectives"),
        ([[["North", None, "East"]]], "nothing proves|states other objectives"),
        ([[["North", None], ["East"]]], "other objectives"),
        ([[["North", None, "South"]]], "no township is 'South'"),
        ([[["North", None, "North"]]], "set aside twice"),
        ([[["North", 5]]], "not a value of a field"),
        ([["North"]], "not a list"),
        ("North", "not a list"),
        (5, "cannot be read"),
        (None, "cannot be read"),
        ([], "other objectives"),
    ],
)
def test_what_is_set_aside_cannot_be_tampered_with(aside: Any, words: str) -> None:
    ledger, policy = townships()
    plan = surplus.reallocate(ledger, policy)
    assert {*plan.certificate["aside"][0][0]} == {"North", None}
    document = json.loads(plan.to_json())
    document["certificate"]["aside"] = aside
    with pytest.raises(surplus.PlanError, match=words):
        surplus.verify(surplus.Plan.from_json(json.dumps(document)), ledger, policy)


def test_a_plan_that_stops_after_the_first_round_is_refused() -> None:
    """Its bounds are true, but nothing proves that East cannot be raised."""
    ledger, policy = townships()
    with mock.patch("surplus.rounds._stuck", return_value=[]):
        plan = surplus.reallocate(ledger, policy)
    assert [(o.value, o.bound) for o in plan.objectives] == [(Fraction(3, 10), Fraction(3, 10))]
    with pytest.raises(surplus.PlanError, match="nothing proves that 'fair: township 'East''"):
        surplus.verify(plan, ledger, policy)
