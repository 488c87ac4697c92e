"""Every reason for an open gap is true: worked by hand, and held against the program by project."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from scipy.optimize import linprog

import surplus
from conftest import examples
from oracle import ByProject, pairs_allowed
from surplus.plan.reason import Reason
from surplus.testing.strategies import has_integers, ledgers, policy_documents


def case(*rules: dict[str, Any], **extra: Any) -> surplus.Plan:
    """70 yuan of central money; gaps of 60 (industry, priority 3) and 80 (roads)."""
    ledger = surplus.Ledger.from_records(
        [{"id": "c", "unallocated": "70"}],
        [
            {"id": "I", "category": "industry", "priority": "3", "price": {"contract": "60"}},
            {"id": "R", "category": "roads", "price": {"contract": "80"}} | extra,
        ],
    )
    return surplus.reallocate(ledger, surplus.Policy.model_validate({"rules": [*rules]}))


@pytest.mark.parametrize(
    ("rules", "extra", "why", "english", "chinese"),
    [
        (
            [],
            {},
            Reason("exhausted", (), ("c",), 7000, ("I", "R"), 2),
            "money of 'c' is used up: 70.00 yuan went to 'I', 'R'",
            "准许使用的资金“c”已用完:70.00 元调入“I”、“R”",
        ),
        (
            [{"kind": "forbid", "project": {"category": "roads"}}],
            {},
            Reason("no_source"),
            "no permitted source has money",
            "没有准许使用且有余额的资金",
        ),
        (
            [{"kind": "cap", "id": "k", "flow": "in", "project": {"id": "R"}, "at_most": "4"}],
            {},
            Reason("rule", ("k",), ("c",), 600, ("I", "R"), 2),
            "rule 'k' binds: it keeps 6.00 yuan of 'c' away; all else went to 'I', 'R'",
            "受规则“k”限制:“c”尚有 6.00 元不能调入;其余已调入“I”、“R”",
        ),
        (
            [
                {
                    "kind": "ceiling",
                    "id": "k",
                    "of": "cost",
                    "project": {"id": "R"},
                    "at_most": "10%",
                }
            ],
            {},
            Reason("ceiling", ("k",)),
            "rule 'k' lets the project receive no more",
            "规则“k”限定该项目不得再调入",
        ),
        (
            [{"kind": "freeze", "id": "audit", "project": {"id": "R"}}],
            {},
            Reason("frozen", ("audit",)),
            "frozen by rule 'audit'",
            "规则“audit”暂停该项目调剂",
        ),
        (
            [{"kind": "minimum", "id": "dust", "project": {"id": "R"}, "at_least": "20"}],
            {},
            Reason("minimum", ("dust",), ("c",), 1000, ("I",), 1),
            "rule 'dust' binds: the project may not receive as little as is left",
            "受规则“dust”限制:可用金额低于该项目最低调入额",
        ),
        (
            [],
            {"priority": "0"},
            Reason("unweighted"),
            "no objective asks for it",
            "目标不要求弥补",
        ),
    ],
)
def test_every_kind_by_hand(
    rules: list[dict[str, Any]], extra: dict[str, Any], why: Reason, english: str, chinese: str
) -> None:
    plan = case(*rules, **extra)
    road = plan.projects[1]
    assert road.unmet > 0
    assert road.why == why
    assert road.reason == english == why.sentence()
    assert why.sentence("zh") == chinese
    again = surplus.Plan.from_json(plan.to_json())
    assert again.projects == plan.projects
    assert again.to_json() == plan.to_json()


def test_frozen_comes_before_a_ceiling_that_is_not_reached() -> None:
    """A ceiling of 40 is no reason where a freeze lets nothing come in."""
    freeze = {"kind": "freeze", "id": "audit", "project": {"id": "R"}}
    ceiling = {"kind": "ceiling", "of": "cost", "project": {"id": "R"}, "at_most": "50%"}
    for rules in ([freeze, ceiling], [ceiling, freeze]):
        assert case(*rules).projects[1].why == Reason("frozen", ("audit",))


def test_money_behind_two_rules_names_both() -> None:
    """The only donor is frozen, and what it could give would have to stay as a reserve."""
    ledger = surplus.Ledger.from_records(
        [{"id": "c"}],
        [
            {
                "id": "D",
                "category": "roads",
                "price": {"contract": "0"},
                "funding": [{"source": "c", "planned": "10"}],
            },
            {"id": "I", "category": "industry", "price": {"contract": "5"}},
        ],
    )
    rules = [
        {"kind": "freeze", "id": "audit", "project": {"id": "D"}},
        {"kind": "reserve", "id": "kept", "at_least": "10"},
    ]
    plan = surplus.reallocate(ledger, surplus.Policy.model_validate({"rules": rules}))
    assert plan.projects[1].why is not None
    assert plan.projects[1].why.rules == ("audit", "kept")


def further(ledger: surplus.Ledger, policy: surplus.Policy, plan: surplus.Plan, p: int) -> float:
    """The most that project `p` can receive in cents while all others receive what they do."""
    program = ByProject(ledger, policy)
    aim = program.zero()
    program.ins(aim)[:, p] = -1
    received = plan.need - plan.unmet
    for q in range(len(received)):
        if q != p:
            row = program.zero()
            program.ins(row)[:, q] = 1
            program.eq.append((row, float(received[q])))
    found = linprog(
        aim,
        A_ub=np.array([row for row, _ in program.le]),
        b_ub=np.array([b for _, b in program.le]),
        A_eq=np.array([row for row, _ in program.eq]),
        b_eq=np.array([b for _, b in program.eq]),
        bounds=np.stack([np.zeros(program.width), program.upper], axis=1),
        method="highs",
    )
    assert found.status == 0, found.message
    return -float(found.fun)


@settings(max_examples=examples(250), deadline=None)
@given(ledger=ledgers, document=policy_documents())
def test_every_reason_is_true(ledger: surplus.Ledger, document: dict[str, Any]) -> None:
    policy = surplus.Policy.model_validate(document)
    assume(not has_integers(policy))
    try:
        plan = surplus.reallocate(ledger, policy)
    except (surplus.Infeasible, surplus.SolverError):
        assume(False)
    allowed = pairs_allowed(ledger, policy)
    divided = policy.attribution == "free" or any(
        rule.kind in ("within", "expiry") for rule in policy.rules
    )
    for p, project in enumerate(plan.projects):
        if not project.unmet:
            assert project.why is None
            continue
        why = project.why
        assert why is not None
        event(why.kind)
        received = project.need - project.unmet
        rest = [rule for rule in policy.rules if rule.title not in why.rules]
        without = policy.model_copy(update={"rules": tuple(rest)})
        if why.kind in ("rule", "minimum"):
            assert further(ledger, without, plan, p) >= received + 1 - 1e-6
        elif why.kind == "unweighted":
            assert further(ledger, policy, plan, p) >= received + 1 - 1e-6
        elif why.kind == "exhausted" and not divided:
            left = {s.id: s.left for s in plan.sources}
            assert not any(left[s] for s in why.sources)
            takers = {t.taker for t in plan.transfers if t.source in why.sources}
            assert set(why.projects) <= takers
            assert why.count == len(takers)
            assert why.amount == sum(t.amount for t in plan.transfers if t.source in why.sources)
        elif why.kind == "no_source" and not divided:
            assert not any(
                allowed[s, p] and source.available for s, source in enumerate(plan.sources)
            )
        elif why.kind in ("ceiling", "frozen"):
            named = tuple(rule for rule in policy.rules if rule.title in why.rules)
            alone = ByProject(ledger, policy.model_copy(update={"rules": named}))
            bounds = [b for row, b in alone.le if alone.ins(row)[:, p].any()]
            most = min([*bounds, float(alone.ins(alone.upper)[:, p].sum())])
            assert received >= most - 1e-6
