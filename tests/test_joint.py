"""Donors that choose their sources: classes by sums of polymatroids equal the program by project."""

from __future__ import annotations

from itertools import combinations, product
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

import surplus
from conftest import examples
from oracle import ByProject
from surplus.balance import balances
from surplus.classes import classes
from surplus.joint import (
    Donors,
    alike,
    bundles,
    choosing,
    joint,
    needed,
    ranks,
    taken_apart,
)
from surplus.rooms import rooms
from surplus.testing.strategies import (
    documents,
    has_integers,
    policy_documents,
)


def reach(amount: list[int], most: int, chosen: tuple[int, ...]) -> int:
    """What a donor can give of some of its sources, by definition."""
    return min(most, sum(amount[j] for j in chosen))


def sets(count: int) -> list[tuple[int, ...]]:
    """Sets of places, at bit j of whose number place j stands."""
    return [tuple(j for j in range(count) if n >> j & 1) for n in range(1 << count)]


@st.composite
def members(draw: st.DrawFn, most: int = 9) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Amounts by member and source, and what may leave in all."""
    width, count = draw(st.integers(1, 4)), draw(st.integers(1, most))
    size = draw(st.sampled_from([3, 10**12]))
    cents = st.integers(0, size)
    amount = draw(
        st.lists(st.lists(cents, min_size=width, max_size=width), min_size=count, max_size=count)
    )
    leave = [draw(st.integers(max(row), max(1, sum(row)))) for row in amount]
    return np.array(amount, dtype=np.int64), np.array(leave, dtype=np.int64)


@settings(max_examples=examples(400), deadline=None)
@given(drawn=members(), data=st.data())
def test_whatever_a_group_can_give_comes_apart(drawn: Any, data: st.DataObject) -> None:
    """Any point of the summed polymatroid; it is built from the sums alone, not from members."""
    amount, leave = drawn
    count, width = amount.shape
    group = np.array(sorted(data.draw(st.integers(0, 2)) for _ in range(count)))
    group = np.unique(group, return_inverse=True)[1]
    rank = ranks(amount, leave)
    total = np.zeros((int(group.max()) + 1, 1 << width), dtype=np.int64)
    np.add.at(total, group, rank)
    whole = np.zeros((len(total), width), dtype=np.int64)
    for g, table in enumerate(total.tolist()):
        for j in data.draw(st.permutations(range(width))):
            room = min(
                table[n] - sum(int(whole[g, i]) for i in chosen)
                for n, chosen in enumerate(sets(width))
                if j in chosen
            )
            whole[g, j] = data.draw(st.sampled_from([room, room // 2, max(0, room - 1), 0]))
    given = taken_apart(whole, group, rank)
    assert (given >= 0).all()
    assert (given <= amount).all()
    assert (given.sum(axis=1) <= leave).all()
    for g in range(len(whole)):
        assert given[group == g].sum(axis=0).tolist() == whole[g].tolist()


@settings(max_examples=examples(200), deadline=None)
@given(drawn=members(most=3))
def test_rows_that_are_left_out_are_implied(drawn: Any) -> None:
    """Every whole point within the rows that are needed lies within all."""
    amount, leave = drawn
    assume(amount.max() <= 3)
    table = ranks(amount, leave).sum(axis=0)
    kept = needed(table[None])[0]
    event(f"{len(kept) - kept.sum()} of {len(kept)} left out")
    every = sets(amount.shape[1])
    box = [range(int(table[1 << j]) + 1) for j in range(amount.shape[1])]
    for point in product(*box):
        sums = [sum(point[j] for j in chosen) for chosen in every]
        if all(sums[n] <= table[n] for n in np.flatnonzero(kept)):
            assert all(a <= b for a, b in zip(sums, table.tolist(), strict=True))


@pytest.mark.parametrize(
    ("amount", "leave", "wanted"),
    [
        ([[5, 5, 5]], [5], [7]),  # any source bears it all
        ([[2, 2, 2]], [5], [1, 2, 4, 7]),  # two of three never exceed it
        ([[4, 4, 0], [0, 0, 3]], [5, 3], [1, 2, 3, 4]),  # nothing ties the third one
        ([[4, 4, 0], [0, 4, 4]], [5, 5], [1, 2, 3, 4, 6, 7]),
    ],
)
def test_rows_that_are_needed(amount: list[list[int]], leave: list[int], wanted: list[int]) -> None:
    table = ranks(np.array(amount), np.array(leave)).sum(axis=0)
    assert np.flatnonzero(needed(table[None])[0]).tolist() == wanted


def loaded(document: dict[str, Any], attribution: str = "free") -> Any:
    ledger = surplus.Ledger.from_records(document["sources"], document["projects"])
    policy = surplus.Policy.model_validate({"attribution": attribution})
    return ledger, balances(ledger, policy.terms)


many_held = documents(most_projects=9, most_sources=4, most_held=4)


@settings(max_examples=examples(200), deadline=None)
@given(document=many_held, code=st.integers(1, 3))
def test_sums_of_ranks_by_class(document: dict[str, Any], code: int) -> None:
    """Against sums over members, set by set."""
    ledger, balance = loaded(document)
    room = rooms(balance, ())
    donors = choosing(ledger.funding, room)
    assume(donors is not None)
    assert donors is not None
    of = donors.project % code
    found = joint(donors, of)
    alone = [c for c in range(code) if (of == c).sum() < 2]
    if found is None:
        assert len(alone) == code
        return
    assert found.classes.tolist() == [c for c in range(code) if c not in alone]
    held = {}
    for p, s, a in zip(ledger.funding.project, ledger.funding.source, room.give, strict=True):
        if a:
            held.setdefault(int(p), {})[int(s)] = int(a)
    for place, c in enumerate(found.classes.tolist()):
        mine = [int(p) for p in donors.project[of == c]]
        union = sorted({s for p in mine for s in held[p]})
        assert [s for s in found.source[place].tolist() if s >= 0] == union
        for n, chosen in enumerate(sets(len(union))):
            wanted = sum(
                min(int(room.leave[p]), sum(held[p].get(union[j], 0) for j in chosen)) for p in mine
            )
            assert found.rank[place, n] == wanted


@settings(max_examples=examples(200), deadline=None)
@given(document=many_held)
def test_alike_donors_are_as_one(document: dict[str, Any]) -> None:
    """The minimum of their sums is the sum of their minima, for every set of sources."""
    ledger, balance = loaded(document)
    donors = choosing(ledger.funding, rooms(balance, ()))
    assume(donors is not None)
    assert donors is not None
    code = alike(donors)
    for one, other in combinations(range(len(donors)), 2):
        if code[one] == code[other]:
            event("alike")
            assert donors.source[one].tolist() == donors.source[other].tolist()
            both = [one, other]
            apart = ranks(donors.amount[both], donors.most[both]).sum(axis=0)
            together = ranks(
                donors.amount[both].sum(axis=0)[None], donors.most[both].sum(keepdims=True)
            )[0]
            assert apart.tolist() == together.tolist()


def test_bundles_hold_few_sources_and_save_columns() -> None:
    """Eight sources form one bundle; a ninth one does not fit; few members stay by themselves."""
    pairs = list(combinations(range(9), 2)) * 40
    source = np.array(pairs)
    donors = Donors(
        np.arange(len(pairs)),
        source,
        np.full_like(source, 5),
        np.full(len(pairs), 7),
        source[:0, 0],
    )
    same = np.zeros(len(pairs), dtype=np.int64)
    found = bundles(donors, same, 9)
    assert len(set(found[(source < 8).all(axis=1)].tolist())) == 1
    for number in set(found.tolist()):
        assert len(np.unique(source[found == number])) <= 8
    few = donors.some(np.arange(20))
    assert len(set(bundles(few, same[:20], 9).tolist())) == 20
    apart = np.arange(len(pairs)) % 2
    found = bundles(donors, apart, 9)
    assert not set(found[apart == 0].tolist()) & set(found[apart == 1].tolist())


def test_donors_of_many_sources_stay_alone(caplog: pytest.LogCaptureFixture) -> None:
    """Six sources are more than a class has rows for; the log says so."""
    sources = [{"id": f"s{i}"} for i in range(6)]
    funding = [{"source": f"s{i}", "planned": "10.00", "paid": "0"} for i in range(6)]
    projects: list[dict[str, Any]] = [
        {"id": f"p{i}", "price": {"contract": "30.00"}, "funding": funding} for i in range(3)
    ]
    projects.append({"id": "q", "price": {"contract": "80.00"}, "funding": []})
    ledger = surplus.Ledger.from_records(sources, projects)
    policy = surplus.Policy.model_validate({"attribution": "free"})
    with caplog.at_level("INFO", logger="surplus"):
        plan = surplus.reallocate(ledger, policy)
    assert "3 donors that choose among sources are classes of their own" in caplog.text
    assert plan.objectives[0].value == 80
    surplus.verify(plan, ledger, policy)


def every_class() -> Any:
    """Classes of several donors wherever there are two, which otherwise begin at many."""
    return mock.patch("surplus.joint._WORTH", 0)


@settings(max_examples=examples(300), deadline=None)
@given(
    document=documents(most_projects=9, most_sources=4, most_held=4),
    rules=policy_documents(most_rules=3),
    swaps=st.booleans(),
)
def test_class_program_with_chosen_sources_equals_program_by_project(
    document: dict[str, Any], rules: dict[str, Any], swaps: bool
) -> None:
    ledger, _ = loaded(document)
    policy = surplus.Policy.model_validate(rules | {"attribution": "free", "swaps": swaps})
    assume(not has_integers(policy))
    with every_class():
        try:
            plan = surplus.reallocate(ledger, policy)
        except surplus.Infeasible:
            assert ByProject(ledger, policy).optimum() is None
            return
        except surplus.SolverError:
            event("no plan in whole cents")
            return
        surplus.verify(plan, ledger, policy)
        best = ByProject(ledger, policy).optimum()
        assert best is not None
        level = plan.objectives[0]
        assert -1e-6 <= best - float(level.bound * 100) <= 3 + 1e-6
        assert float(level.value * 100) >= best - 10 - 1e-6
        room = rooms(
            balances(ledger, policy.terms),
            (x for r in policy.rules if (x := r.limits(ledger, balances(ledger, policy.terms)))),
        )
        labels = [x for one in policy.binding for x in one.labels(ledger)]
        found = classes(ledger, room, labels)
        event(f"joint {found.joint is not None}")


@settings(max_examples=examples(100), deadline=None)
@given(
    document=documents(most_projects=9, most_sources=4, most_held=4),
    kinds=st.lists(st.sampled_from(["share", "reserve", "cap", "within"]), min_size=1, max_size=3),
    data=st.data(),
)
def test_joint_classes_under_each_rule(
    document: dict[str, Any], kinds: list[str], data: st.DataObject
) -> None:
    from surplus.testing.strategies import RULE_STRATEGIES  # noqa: PLC0415

    ledger, _ = loaded(document)
    rules = [data.draw(RULE_STRATEGIES[kind]) for kind in kinds]
    policy = surplus.Policy.model_validate({"rules": rules, "attribution": "free"})
    best = ByProject(ledger, policy).optimum()
    with every_class():
        try:
            plan = surplus.reallocate(ledger, policy)
        except surplus.Infeasible:
            assert best is None
            return
        except surplus.SolverError:
            return
    assert best is not None
    assert -1e-6 <= best - float(plan.objectives[0].bound * 100) <= 3 + 1e-6
    surplus.verify(plan, ledger, policy)


@settings(max_examples=examples(100), deadline=None)
@given(
    document=documents(most_projects=9, most_sources=4, most_held=4),
    rules=policy_documents(most_rules=2),
    gone=st.integers(0, 8),
    money=st.none() | st.integers(0, 30),
)
def test_what_if_from_groups_of_donors_equals_a_full_run(
    document: dict[str, Any], rules: dict[str, Any], gone: int, money: int | None
) -> None:
    """The core adds up donors that choose alike; without one of them, or with money beside them."""
    ledger, _ = loaded(document)
    policy = surplus.Policy.model_validate(rules | {"attribution": "free"})
    assume(gone < len(ledger.projects))
    change = (
        {"remove_project": f"p{gone}"}
        if money is None
        else {"source": "s1", "money": f"0.{money:02d}"}
    )
    with every_class():
        try:
            answer = surplus.reallocate(ledger, policy).what_if(change)
        except (surplus.SolverError, surplus.Infeasible, surplus.LedgerError):
            assume(False)
        full = answer.plan
    assert answer.after.objectives == full.objectives
    assert answer.after.left == tuple(full.left.tolist())
    assert answer.after.unmet == int(full.unmet.sum())


def test_classes_of_several_equal_classes_of_one() -> None:
    """A generated county: the same optimum as with every such donor a class of its own."""
    ledger, policy = surplus.generate(
        projects=4_000, seed=3, townships=2, sources=5, sources_per_project=3
    )
    policy = policy.model_copy(update={"attribution": "free"})
    plan = surplus.reallocate(ledger, policy)
    surplus.verify(plan, ledger, policy)
    with mock.patch("surplus.joint._WORTH", 10**9):
        alone = surplus.reallocate(ledger, policy)
    assert plan.objectives == alone.objectives
    assert plan.left.sum() == alone.left.sum()
