"""Every breach of a plan is told, and nothing else: against sums written transfer by transfer."""

from __future__ import annotations

import dataclasses
import json
from collections import defaultdict
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import surplus
from oracle import moves_of
from surplus.balance import Terms
from surplus.flows import Moves
from surplus.money import format_yuan
from surplus.proof import breaches

NAMED = 5
Transfer = tuple[int, int, int, int, int]  # source, giver or -1, taker, cents, marks of exchange

LEDGER = surplus.Ledger.from_records(
    [{"id": "a", "unallocated": "0.04"}, {"id": "b"}, {"id": "c", "unallocated": "0.01"}],
    [
        {"id": "A", "price": {"contract": "0.09"}, "funding": [{"source": "b", "planned": "0.02"}]},
        {"id": "B", "price": {"contract": "0.05"}, "funding": [
            {"source": "a", "planned": "0.06"}, {"source": "b", "planned": "0.04", "paid": "0.01"}]},
        {"id": "C", "price": {"contract": "0.03"}},
        {"id": "D", "price": {"contract": "0.02"}, "funding": [{"source": "a", "planned": "0.05"}]},
    ],
)  # fmt: skip
ATTRIBUTIONS = ("pro_rata", "free", ("b", "a"))


def moves_with(rows: list[Transfer], **terms: Any) -> Moves:
    balance = surplus.balances(LEDGER, Terms(**terms))
    table = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    return Moves(LEDGER, balance, *table)


def above(
    sums: dict[int, int], limits: dict[int, int], who: dict[int, str], verb: str
) -> list[str]:
    over = [i for i in sorted(sums) if sums[i] > limits.get(i, 0)]
    told = [
        f"{who[i]} {format_yuan(sums[i])} yuan, {verb} {format_yuan(limits.get(i, 0))}"
        for i in over
    ]
    more = [f"… and {len(over) - NAMED} more of the same kind"] if len(over) > NAMED else []
    return told[:NAMED] + more


def by_definition(moves: Moves) -> list[str]:
    """What `_bounds` has to say, one transfer after the other."""
    rows = [*zip(*(c.tolist() for c in (moves.source, moves.giver, moves.taker, moves.amount,
                                        moves.swap)), strict=True)]  # fmt: skip
    said = []
    if none := sum(a <= 0 for *_, a, _ in rows):
        said.append(f"{none} transfers do not move a positive amount")
    if len({(s, g, t, x) for s, g, t, _, x in rows}) < len(rows):
        said.append("a source, giver and recipient stand together in two transfers")
    funding, ids = LEDGER.funding, LEDGER.projects.id.tolist()
    entry = {
        key: k
        for k, key in enumerate(zip(funding.project.tolist(), funding.source.tolist(), strict=True))
    }
    names = {k: f"'{ids[p]}' {{}} '{LEDGER.sources[s].id}'" for (p, s), k in entry.items()}

    def drawn(chosen: list[Transfer], limit: Any, verb: str, may: str) -> None:
        sums: dict[int, int] = defaultdict(int)
        if any((g, s) not in entry for s, g, *_ in chosen):
            said.append("a project gives money of a source that it does not hold")
        for s, g, _, a, _ in chosen:
            if (g, s) in entry:
                sums[entry[g, s]] += a
        who = {k: name.format(verb) for k, name in names.items()}
        said.extend(above(sums, dict(enumerate(limit.tolist())), who, may))

    released = [r for r in rows if r[1] >= 0 and not r[4] & 1]
    exchanged = [r for r in rows if r[4] & 1]
    drawn(released, moves.balance.releasable, "gives of", "may release")
    if any(r[4] for r in rows):
        if any(r[1] < 0 for r in exchanged):
            said.append("unallocated money is marked as exchanged by a project")
        exchanged = [r for r in exchanged if r[1] >= 0]
        drawn(exchanged, moves.balance.swappable, "exchanges of", "may exchange")
        for p, name in enumerate(ids):
            out = sum(r[3] for r in exchanged if r[1] == p)
            into = sum(r[3] for r in rows if r[4] & 2 and r[2] == p)
            if out != into:
                said.append(
                    f"'{name}' gives {format_yuan(out)} yuan in exchange and takes {format_yuan(into)}"
                )

    def summed(chosen: list[Transfer], key: int) -> dict[int, int]:
        sums: dict[int, int] = defaultdict(int)
        for r in chosen:
            sums[r[key]] += r[3]
        return sums

    def named(words: str) -> dict[int, str]:
        return {p: f"'{name}' {words}" for p, name in enumerate(ids)}

    of = moves.balance
    said += above(
        summed(released, 1),
        dict(enumerate(of.ready.tolist())),
        named("gives in all"),
        "may release",
    )
    filling = [r for r in rows if not r[4] & 2]
    said += above(summed(filling, 2), dict(enumerate(of.gap.tolist())), named("receives"), "lacks")
    return said + above(
        summed([r for r in rows if r[1] < 0], 0),
        {i: s.unallocated for i, s in enumerate(LEDGER.sources)},
        {i: f"unallocated money of '{s.id}' used is" for i, s in enumerate(LEDGER.sources)},
        "there is",
    )


transfers = st.lists(
    st.tuples(
        st.integers(0, 2), st.integers(-1, 3), st.integers(0, 3), st.integers(0, 4),
        st.sampled_from([0, 0, 0, 1, 2, 3]),
    ),
    max_size=7,
)  # fmt: skip


@given(
    rows=transfers,
    attribution=st.sampled_from(ATTRIBUTIONS),
    swaps=st.booleans(),
    sort=st.booleans(),
)
@example([(0, -1, 2, 1, 0), (0, -1, 2, 1, 0)], "pro_rata", False, False)
@example([(0, 1, 2, 1, 0), (0, -1, 2, 1, 0), (0, 1, 2, 1, 0)], "pro_rata", False, False)
@example([(2, -1, 0, 1, 0), (0, 3, 2, 3, 0), (0, -1, 2, 1, 0)], "free", False, False)
@example([(0, 1, 0, 2, 1), (1, 0, 1, 2, 2)], "pro_rata", True, False)
@example([(0, 1, 0, 2, 3), (1, 0, 1, 2, 3)], "pro_rata", True, True)
@example([(0, 1, 0, 6, 0), (0, 3, 0, 1, 0), (1, 1, 2, 4, 0)], "free", False, True)
@example([(2, 3, 0, 1, 0)], "free", False, True)
@example([(0, -1, 0, 5, 0), (2, -1, 0, 2, 0)], "free", False, True)
@example(
    [(s, g, t, 1, 0) for s in range(3) for g in range(-1, 4) for t in range(4)], "free", False, True
)
@example(
    [(s, g, t, 1, 0) for s in range(3) for g in range(-1, 4) for t in range(4)],
    "free",
    False,
    False,
)
def test_bounds_of_all_transfers(
    rows: list[Transfer], attribution: Any, swaps: bool, sort: bool
) -> None:
    moves = moves_with(sorted(rows) if sort else rows[::-1], attribution=attribution, swaps=swaps)
    assert [*breaches._bounds(moves)] == by_definition(moves)


def test_a_long_list_names_the_first_five() -> None:
    column = np.arange(9)
    said = [*breaches._above(column, column * 0 + 1, lambda i: f"p{i} has", "may have")]
    assert said == [
        *(f"p{i} has 0.0{i} yuan, may have 0.01" for i in range(2, 7)),
        "… and 2 more of the same kind",
    ]
    said = [*breaches._above(column[:7], column[:7] * 0 + 1, lambda i: f"p{i} has", "may have")]
    assert len(said) == 5 and said[-1].startswith("p6")


def test_only_absolute_rules_bind() -> None:
    """A cap of nothing, and a permit that closes the pair, each with its words."""
    rules = [
        {"kind": "cap", "id": "nothing", "flow": "in", "at_most": "0"},
        {"kind": "permit", "id": "c-only", "source": {"id": "a"}, "project": {"id": "C"}},
        {"kind": "forbid", "id": "no-a", "source": {"id": "c"}, "project": {"id": "A"}},
        {"kind": "forbid", "id": "no-a-more", "source": {"id": "c"}, "project": {"id": "D"}},
    ]
    rows = [(0, -1, 0, 2), (0, -1, 2, 1), (2, -1, 0, 1)]

    def said(first: dict[str, Any]) -> list[str]:
        policy = surplus.Policy.model_validate({"rules": [first, *rules[1:]]})
        return [*breaches.rule_breaches(moves_of(LEDGER, policy, rows), policy)]

    closed = [
        "rule 'c-only': money of 'a' may not go to 'A'",
        "rule 'no-a', 'no-a-more': money of 'c' may not go to 'A'",
    ]
    assert said(rules[0])[:2] == closed
    assert len(said(rules[0])) == 3 and said(rules[0])[2].startswith("rule 'nothing'")
    assert said(rules[0] | {"severity": "advisory"}) == closed
    assert said(rules[0] | {"severity": "elastic", "price": "1"}) == closed


LACKING = surplus.Ledger.from_records(
    [{"id": "a", "unallocated": "0.90"}],
    [{"id": f"p{i}", "price": {"contract": "0.10"}} for i in range(8)],
)


def plan_of(policy: surplus.Policy, ledger: surplus.Ledger = LACKING) -> surplus.Plan:
    return surplus.reallocate(ledger, policy)


def told(plan: surplus.Plan, policy: surplus.Policy, ledger: surplus.Ledger = LACKING) -> list[str]:
    try:
        breaches.held(plan, ledger, policy, certificate=False)
    except surplus.PlanError as error:
        assert str(error) == "\n".join(error.breaches) + (
            "\n1 breach; the plan does not hold."
            if len(error.breaches) == 1
            else f"\n{len(error.breaches)} breaches; the plan does not hold."
        )
        return [*error.breaches]
    return []


def test_every_stated_figure_is_held_against_its_sum() -> None:
    policy = surplus.Policy()
    plan = plan_of(policy)
    assert told(plan, policy) == []
    for name in ("need", "planned", "unmet", "available", "moved", "left"):
        true = getattr(plan, name)
        stated = true.copy()
        stated[0] += 1
        owner = "0" if len(true) == 8 else "a"
        assert told(dataclasses.replace(plan, **{name: stated}), policy) == [
            f"{name} of {owner} is stated as {format_yuan(int(stated[0]))}, it is {format_yuan(int(true[0]))}"
        ]
        assert len(told(dataclasses.replace(plan, **{name: true + 1}), policy)) == min(5, len(true))
    for name in ("held_project", "held_source", "held"):
        changed = getattr(plan, name) + 1
        assert told(dataclasses.replace(plan, **{name: changed}), policy) == [
            "the final funding of a project is not what it held, less out, plus in"
        ]
    changed_all = {
        name: getattr(plan, name) + 1 for name in ("held_project", "held_source", "held")
    }
    assert len(told(dataclasses.replace(plan, **changed_all), policy)) == 1


def test_figures_of_as_many_sources_as_projects() -> None:
    ledger = surplus.Ledger.from_records(
        [{"id": "a", "unallocated": "1"}], [{"id": "A", "price": {"contract": "0.10"}}]
    )
    plan = plan_of(surplus.Policy(), ledger)
    for name in ("need", "left"):
        wrong = dataclasses.replace(plan, **{name: getattr(plan, name) + 1})
        assert told(wrong, surplus.Policy(), ledger)[0].startswith(f"{name} of 0 is stated as")


def test_values_and_bounds_of_objectives() -> None:
    """The more the better, and the less the better: a bound may only be on its side."""
    charge = {"project": {"id": "p0"}, "per_unit": "3"}
    policy = surplus.Policy.model_validate(
        {"objectives": [{"kind": "fill"}, {"kind": "cost", "charges": [charge]}]}
    )
    plan = plan_of(policy)
    fill, cost = plan.objectives
    assert (fill.value, cost.value) == (Fraction(80, 100), Fraction(30, 100))

    def stating(k: int, **changes: Any) -> list[str]:
        objectives = [*plan.objectives]
        objectives[k] = dataclasses.replace(objectives[k], **changes)
        return told(dataclasses.replace(plan, objectives=tuple(objectives)), policy)

    cent = Fraction(1, 100)
    assert stating(0, bound=fill.value) == stating(0, bound=fill.value + cent) == []
    assert stating(1, bound=cost.value) == stating(1, bound=cost.value - cent) == []
    assert stating(0, bound=fill.value - cent) == [
        f"no bound of 'fill': its value is {fill.value}, the bound {fill.value - cent}"
    ]
    assert stating(1, bound=cost.value + cent) == [
        f"no bound of 'cost': its value is {cost.value}, the bound {cost.value + cent}"
    ]
    for k, one in enumerate((fill, cost)):
        for wrong in (one.value + cent, one.value - cent):
            assert stating(k, value=wrong) == [
                f"the value of '{one.kind}' is stated as {wrong}, it is {one.value}"
            ]
        for changes in ({"kind": "spare"}, {"name": "other"}):
            assert stating(k, **changes) == ["the plan states other objectives than the policy"]
    fewer = dataclasses.replace(plan, objectives=plan.objectives[:1])
    assert told(fewer, policy) == ["the plan states other objectives than the policy"]


def test_a_plan_of_another_ledger_is_refused_at_once() -> None:
    policy = surplus.Policy()
    for other in (
        surplus.Ledger.from_records([{"id": "b"}], [{"id": f"p{i}"} for i in range(8)]),
        surplus.Ledger.from_records([{"id": "a"}], [{"id": f"q{i}"} for i in range(8)]),
    ):
        with pytest.raises(surplus.PlanError) as caught:
            breaches.held(plan_of(policy), other, policy, certificate=True)
        assert caught.value.breaches == (
            "the plan lists other projects or sources than the ledger",
        )


def test_a_balance_that_a_caller_has_is_taken() -> None:
    policy = surplus.Policy()
    plan, balance = plan_of(policy), surplus.balances(LACKING, policy.terms)
    narrower = dataclasses.replace(balance, gap=balance.gap - 1)
    breaches.held(plan, LACKING, policy, balance, certificate=True)
    with pytest.raises(surplus.PlanError, match=r"receives 0\.10 yuan, lacks 0\.09"):
        breaches.held(plan, LACKING, policy, narrower, certificate=False)


def test_the_certificate_counts_only_where_asked_for() -> None:
    policy = surplus.Policy()
    bare = dataclasses.replace(plan_of(policy), certificate={})
    assert told(bare, policy) == []
    with pytest.raises(surplus.PlanError, match="no certificate"):
        surplus.verify(bare, LACKING, policy)
    wrong = dataclasses.replace(bare, need=bare.need + 1)
    with pytest.raises(surplus.PlanError) as caught:
        surplus.verify(wrong, LACKING, policy)
    assert not any("certificate" in words for words in caught.value.breaches)


def test_a_contradiction_needs_its_proof() -> None:
    policy = surplus.Policy.model_validate(
        {"rules": [{"kind": "must_fund"}, {"kind": "cap", "flow": "in", "at_most": "0"}]}
    )
    with pytest.raises(surplus.Infeasible) as caught:
        surplus.reallocate(LACKING, policy)
    text = caught.value.to_json()
    surplus.verify_infeasible(text, LACKING, policy)

    def refused(words: str, **changes: Any) -> None:
        document = json.loads(text)
        (level,) = document["certificate"]["levels"]
        level.update({k: v for k, v in changes.items() if k in level})
        document["certificate"].update({k: v for k, v in changes.items() if k not in level})
        with pytest.raises(surplus.PlanError) as error:
            surplus.verify_infeasible(json.dumps(document), LACKING, policy)
        assert any(words in said for said in error.value.breaches), error.value.breaches

    level = json.loads(text)["certificate"]["levels"][0]
    refused("another ledger", ledger="0")
    refused("another policy", policy="0")
    refused("the multipliers prove", limit=str(Fraction(level["limit"]) - 1))
    refused("0 is at most 0, which is no contradiction", rows={}, pools={}, limit="0")
    refused("cannot be read", levels=[])
    refused("cannot be read", rows={name: f"-{y}" for name, y in level["rows"].items()})
    document = json.loads(text)
    document["certificate"] = None
    with pytest.raises(surplus.PlanError, match="there is no certificate"):
        surplus.verify_infeasible(json.dumps(document), LACKING, policy)
