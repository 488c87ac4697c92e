"""Every objective: worked by hand, and against every whole-cent plan of tiny ledgers."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

import surplus
from conftest import examples
from oracle import every_plan, keeps
from surplus.flows import Moves
from surplus.plan.share import proportional
from surplus.policy.objectives import Fair
from surplus.policy.objectives.reach import reachable
from surplus.policy.selection import field_codes
from surplus.testing.strategies import OBJECTIVE_STRATEGIES, RULE_STRATEGIES, yuan

FILL = {"kind": "fill", "weight": "none"}


@st.composite
def tiny_ledgers(draw: st.DrawFn) -> surplus.Ledger:
    """At most four parties and a few cents each, so that every plan can be listed."""
    sources = [
        {
            "id": f"s{i}",
            "level": draw(st.sampled_from(["central", "county", None])),
            "expires": draw(st.sampled_from(["2024-12-31", "2025-12-31", None])),
            "unallocated": yuan(draw(st.integers(0, 2))),
        }
        for i in range(1, draw(st.integers(1, 2)) + 1)
    ]
    projects: list[dict[str, Any]] = []
    for i in range(draw(st.integers(2, 4))):
        planned, cost = draw(st.integers(0, 4)), draw(st.integers(0, 4))
        held = draw(st.sampled_from(sources))["id"]
        projects.append(
            {
                "id": f"p{i}",
                "category": draw(st.sampled_from(["industry", "roads"])),
                "township": draw(st.sampled_from(["East", "West", None])),
                "priority": draw(st.sampled_from(["1", "2"])),
                "price": {"contract": yuan(cost)},
                "funding": [{"source": held, "planned": yuan(planned)}] if planned else [],
            }
        )
    return surplus.Ledger.from_records(sources, projects)


rule_lists = st.lists(
    st.one_of(*(RULE_STRATEGIES[kind] for kind in ("permit", "forbid", "cap", "within"))),
    max_size=1,
)


def plans_kept(ledger: surplus.Ledger, policy: surplus.Policy) -> list[Moves]:
    """Every plan in whole cents that keeps the rules."""
    balance = surplus.balances(ledger, policy.terms)
    tables = [np.array(r, dtype=np.int64).reshape(-1, 4).T for r in every_plan(ledger, policy)]
    found = [Moves(ledger, balance, *table, 0 * table[0]) for table in tables]
    return [moves for moves in found if keeps(moves, policy)]


def reached(policy: surplus.Policy, moves: Moves) -> list[Fraction]:
    """The values of all levels in their order; more is better."""
    return [aim.value(moves) * (1 if aim.worth > 0 else -1) for aim in policy.aims(moves.ledger)]


def lanes(ledger: surplus.Ledger, policy: surplus.Policy) -> int:
    """How many plans there are to try."""
    balance = surplus.balances(ledger, policy.terms)
    room = [*balance.releasable.tolist(), *(s.unallocated for s in ledger.sources)]
    return prod(min(a, g) + 1 for a in room for g in balance.gap.tolist())


def moves_in(plan: surplus.Plan, ledger: surplus.Ledger, policy: surplus.Policy) -> Moves:
    balance = surplus.balances(ledger, policy.terms)
    return plan.moves(ledger, balance)


@pytest.mark.parametrize("kind", sorted(OBJECTIVE_STRATEGIES))
@pytest.mark.parametrize("after_fill", [False, True])
@settings(max_examples=examples(60), deadline=None)
@given(data=st.data())
def test_no_plan_in_whole_cents_is_better(kind: str, after_fill: bool, data: Any) -> None:
    ledger = data.draw(tiny_ledgers())
    objective = data.draw(OBJECTIVE_STRATEGIES[kind])
    policy = surplus.Policy.model_validate(
        {
            "rules": data.draw(rule_lists),
            "objectives": [FILL, objective] if after_fill else [objective],
        }
    )
    assume(1 < lanes(ledger, policy) <= 700)
    plan = surplus.reallocate(ledger, policy)
    surplus.verify(plan, ledger, policy)  # the certificate proves every bound on the raw ledger
    moves = moves_in(plan, ledger, policy)
    if kind == "fair":
        assert_leximin(policy, moves)
        return
    mine = reached(policy, moves)
    best = max(reached(policy, other) for other in plans_kept(ledger, policy))
    event("moves" if len(plan.amount) else "moves nothing")
    if kind == "proportional":
        assert mine[:-1] == best[:-1]
        within_a_cent(moves, policy, best[-1])
    else:
        assert mine == best


def ratios(policy: surplus.Policy, moves: Moves, by: str) -> list[Fraction]:
    """The fill ratios of all groups that money reaches, the lowest first."""
    codes = field_codes(moves.ledger.projects, by).tolist()
    got: dict[int, int] = defaultdict(int)
    lacks: dict[int, int] = defaultdict(int)
    for p in np.flatnonzero(reachable(moves.ledger, moves.balance, policy.rules)).tolist():
        got[codes[p]] += int(moves.received[p])
        lacks[codes[p]] += int(moves.balance.gap[p])
    return sorted(Fraction(got[code], lacks[code]) for code in lacks)


def ordered_values(policy: surplus.Policy, moves: Moves) -> list[Any]:
    """What each objective comes to, in their order; of `fair` all ratios, the lowest first."""
    result: list[Any] = []
    for objective in policy.objectives:
        if isinstance(objective, Fair):
            result.append(ratios(policy, moves, objective.by))
        else:
            for aim in objective.aims(moves.ledger, policy.rules):
                result.append(aim.value(moves) * (1 if aim.worth > 0 else -1))
    return result


def assert_leximin(policy: surplus.Policy, moves: Moves) -> None:
    """No plan in whole cents that keeps the rules is better, level by level."""
    mine = ordered_values(policy, moves)
    assert mine == max(ordered_values(policy, other) for other in plans_kept(moves.ledger, policy))


def within_a_cent(moves: Moves, policy: surplus.Policy, ratio: Fraction) -> None:
    """No project is a cent or more below a fill ratio: classes are divided by largest remainder."""
    gap = moves.balance.gap
    received = np.bincount(moves.taker, moves.amount, len(gap)).astype(int)
    for p in np.flatnonzero(reachable(moves.ledger, moves.balance, policy.rules)).tolist():
        assert received[p] > ratio * int(gap[p]) - 1


TRANSFORMS = [
    lambda ratio: ratio**3,
    lambda ratio: ratio / (1 + ratio),
    lambda ratio: 5 * ratio - 2,
    lambda ratio: (ratio >= Fraction(1, 2)) + ratio,
]


@settings(max_examples=examples(60), deadline=None)
@given(data=st.data(), transform=st.sampled_from(TRANSFORMS))
def test_leximin_does_not_depend_on_how_ratios_are_counted(data: Any, transform: Any) -> None:
    """Whatever rising function of its fill ratio a project is glad of, no other plan is fairer."""
    ledger = data.draw(tiny_ledgers())
    policy = surplus.Policy.model_validate({"objectives": [{"kind": "fair", "by": "id"}]})
    assume(1 < lanes(ledger, policy) <= 700)
    moves = moves_in(surplus.reallocate(ledger, policy), ledger, policy)
    gaps = moves.balance.gap

    def glad(plan: Moves) -> list[Fraction]:
        lacking = np.flatnonzero(gaps).tolist()
        return sorted(transform(Fraction(int(plan.received[p]), int(gaps[p]))) for p in lacking)

    assert glad(moves) == max(map(glad, plans_kept(ledger, policy)))


@pytest.mark.parametrize("kind", sorted(OBJECTIVE_STRATEGIES))
@given(data=st.data())
def test_sentences_in_both_languages(kind: str, data: Any) -> None:
    document = data.draw(OBJECTIVE_STRATEGIES[kind])
    policy = surplus.Policy.model_validate({"objectives": [document]})
    (objective,) = policy.objectives
    assert objective.sentence("en").endswith(".")
    assert objective.sentence("zh").endswith("。")
    assert surplus.Policy.model_validate_json(policy.model_dump_json(by_alias=True)) == policy


def decided(
    sources: list[dict[str, Any]],
    projects: list[dict[str, Any]],
    *objectives: dict[str, Any],
    rules: list[dict[str, Any]] | None = None,
) -> surplus.Plan:
    """The plan of a ledger and policy in yuan."""
    ledger = surplus.Ledger.from_records(sources, projects)
    policy = surplus.Policy.model_validate({"rules": rules or [], "objectives": list(objectives)})
    return surplus.reallocate(ledger, policy)


def lacking(id_: str, amount: str, **fields: Any) -> dict[str, Any]:
    """A project without funding: its gap is its price."""
    return {"id": id_, "price": {"contract": amount}, **fields}


def giving(id_: str, source: str, amount: str, **fields: Any) -> dict[str, Any]:
    """A project that is done for nothing: all that it holds may be moved."""
    funding = [{"source": source, "planned": amount}]
    return {"id": id_, "price": {"contract": "0"}, "funding": funding, **fields}


def moved(plan: surplus.Plan) -> dict[tuple[str, str | None, str], int]:
    return {(t.source, t.giver, t.taker): t.amount for t in plan.transfers}


def values(plan: surplus.Plan) -> list[tuple[str | None, Fraction, Fraction]]:
    return [(o.name, o.value, o.bound) for o in plan.objectives]


def test_money_that_expires_soonest_goes_first() -> None:
    sources = [
        {"id": "late", "expires": "2026-12-31", "unallocated": "5"},
        {"id": "never", "unallocated": "5"},
        {"id": "soon", "expires": "2025-12-31", "unallocated": "5"},
    ]
    plan = decided(sources, [lacking("a", "8")], FILL, {"kind": "expiring_first"})
    assert moved(plan) == {("late", None, "a"): 300, ("soon", None, "a"): 500}
    assert values(plan)[1:] == [
        ("expires by 2025-12-31", 5, 5),
        ("expires by 2026-12-31", 8, 8),
        ("any date or none", 8, 8),
    ]


def test_expiring_money_alone_goes_where_it_may() -> None:
    """The rule keeps the money that expires soonest from the only gap but for one yuan."""
    sources = [
        {"id": "late", "expires": "2026-12-31", "unallocated": "5"},
        {"id": "soon", "expires": "2025-12-31", "unallocated": "5"},
    ]
    cap = {"kind": "cap", "flow": "in", "source": {"id": "soon"}, "at_most": "1"}
    plan = decided(sources, [lacking("a", "8")], {"kind": "expiring_first"}, rules=[cap])
    assert moved(plan) == {("late", None, "a"): 500, ("soon", None, "a"): 100}


def test_the_most_flexible_money_is_kept() -> None:
    sources = [
        {"id": "c", "level": "central", "unallocated": "5"},
        {"id": "k", "level": "county", "unallocated": "5"},
        {"id": "x", "unallocated": "5"},
    ]
    projects = [lacking("a", "8")]
    by_level = decided(sources, projects, FILL, {"kind": "spare"})
    assert moved(by_level) == {("c", None, "a"): 500, ("k", None, "a"): 300}
    assert values(by_level)[1] == (None, 9, 9)  # 3 yuan of rank 3
    ordered = decided(sources, projects, FILL, {"kind": "spare", "order": ["x", "gone", "k"]})
    assert moved(ordered) == {("k", None, "a"): 300, ("x", None, "a"): 500}
    assert values(ordered)[1] == (None, 6, 6)  # 3 yuan of rank 2


def test_as_many_gaps_as_possible_are_closed() -> None:
    """Seven yuan close the gaps of 3 and 4, not the one of 5, and nothing is left for it."""
    projects = [lacking("a", "5"), lacking("b", "4"), lacking("c", "3")]
    sources = [{"id": "s", "unallocated": "7"}]
    plan = decided(sources, projects, {"kind": "complete"})
    assert moved(plan) == {("s", None, "b"): 400, ("s", None, "c"): 300}
    assert values(plan) == [(None, 2, 2)]


def test_a_gap_that_a_rule_keeps_open_is_not_counted() -> None:
    cap = {"kind": "cap", "flow": "in", "project": {"id": "c"}, "at_most": "2.99"}
    projects = [lacking("b", "4"), lacking("c", "3")]
    plan = decided([{"id": "s", "unallocated": "5"}], projects, {"kind": "complete"}, rules=[cap])
    assert values(plan)[0][1] == 1
    assert plan.projects[0].unmet == 0


@pytest.mark.parametrize(
    ("count", "least", "parties"),
    [("donors", 1, {"d3"}), ("recipients", 3, None), ("transfers", 3, None)],
)
def test_few_take_part(count: str, least: int, parties: set[str] | None) -> None:
    """Nine yuan are lacking; one donor holds ten, two hold five each of another source."""
    projects = [
        *(lacking(f"r{i}", "3") for i in range(3)),
        giving("d1", "s", "5"),
        giving("d2", "s", "5"),
        giving("d3", "t", "10"),
    ]
    plan = decided([{"id": "s"}, {"id": "t"}], projects, FILL, {"kind": "fewest", "count": count})
    assert plan.objectives[0].value == 9
    assert (plan.objectives[1].name, plan.objectives[1].value) == (count, least)
    if parties is not None:
        assert {t.giver for t in plan.transfers} == parties
    if count == "transfers":
        assert len(plan.transfers) == least


def test_an_earlier_plan_is_kept_as_far_as_it_can_be() -> None:
    """The gap of `a` has shrunk from 5 to 3; what is over goes to `b`, by the same donor."""
    earlier = [
        {"source": "s", "from": "d2", "to": "a", "amount": "5"},
        {"source": "s", "from": None, "to": "gone", "amount": "5"},
    ]
    projects = [
        lacking("a", "3"),
        lacking("b", "4"),
        giving("d1", "s", "6"),
        giving("d2", "s", "6"),
    ]
    only = {"kind": "stable", "plan": earlier}
    plan = decided([{"id": "s"}], projects, only)
    # 3 of 5 arrive at `a`; the other 2 are either not given or given to `b`: as far apart.
    assert values(plan) == [(None, 4, 4)]
    filled = decided([{"id": "s"}], projects, FILL, only)
    # `a` receives 2 less, `b` 4 more; 5 to 6 of the 7 come from `d2`, the others from `d1`.
    assert values(filled)[1] == (None, 8, 8)
    given = {t.giver: t.amount for t in filled.transfers}
    assert given.keys() == {"d1", "d2"}


def test_money_stays_where_it_can() -> None:
    """East gives 5 and lacks 4, West gives 5 and lacks 8; 1 of East has to leave for West."""
    projects = [
        giving("a", "s", "5", township="West"),
        giving("b", "s", "5", township="East"),
        lacking("c", "4", township="East"),
        lacking("d", "8", township="West"),
    ]
    sources = [{"id": "s", "unallocated": "2"}]
    plan = decided(sources, projects, FILL, {"kind": "stay", "by": "township"})
    assert moved(plan) == {
        ("s", None, "d"): 200,
        ("s", "a", "d"): 500,
        ("s", "b", "c"): 400,
        ("s", "b", "d"): 100,
    }
    assert values(plan) == [(None, 12, 12), ("township", 9, 9)]


def test_money_that_would_have_to_leave_makes_room_for_unallocated_money() -> None:
    projects = [
        giving("a", "s", "5", township="West"),
        giving("b", "s", "5", township="East"),
        lacking("d", "8", township="West"),
    ]
    sources = [{"id": "s", "unallocated": "5"}]
    plan = decided(sources, projects, FILL, {"kind": "stay", "by": "township"})
    assert plan.objectives[1].value == 5
    assert moved(plan)["s", "a", "d"] == 500


def test_money_stays_by_one_field_only() -> None:
    stay = [{"kind": "stay", "by": by} for by in ("township", "department")]
    with pytest.raises(surplus.PolicyError, match="department and township"):
        surplus.Policy.model_validate({"objectives": stay})


def test_all_gaps_are_filled_in_the_same_proportion() -> None:
    projects = [lacking("a", "10"), lacking("b", "30"), lacking("c", "60")]
    plan = decided([{"id": "s", "unallocated": "50"}], projects, {"kind": "proportional"})
    assert moved(plan) == {("s", None, "a"): 500, ("s", None, "b"): 1500, ("s", None, "c"): 3000}
    assert values(plan) == [(None, Fraction(1, 2), Fraction(1, 2))]


def test_a_third_of_a_cent_goes_to_the_largest_remainder() -> None:
    """A cent for three equal gaps: the first by id; two cents for 1, 1 and 4: the largest share."""
    same = [lacking(name, "0.03") for name in "abc"]
    plan = decided([{"id": "s", "unallocated": "0.04"}], same, {"kind": "proportional"})
    assert moved(plan) == {("s", None, "a"): 2, ("s", None, "b"): 1, ("s", None, "c"): 1}
    assert values(plan) == [(None, Fraction(1, 3), Fraction(4, 9))]


def test_a_project_that_no_money_reaches_holds_nobody_down() -> None:
    """Nor does one that a township's pool without donors leaves out; a small cap does."""
    forbid = {"kind": "forbid", "project": {"id": "b"}}
    within = {"kind": "within", "by": "township"}
    projects = [
        lacking("a", "4", township="East"),
        lacking("b", "4", township="East"),
        lacking("c", "4", township="West"),
        giving("d", "s", "2", township="East"),
    ]
    plan = decided([{"id": "s"}], projects, {"kind": "proportional"}, rules=[forbid, within])
    assert values(plan) == [(None, Fraction(1, 2), Fraction(1, 2))]
    cap = {"kind": "cap", "flow": "in", "project": {"id": "b"}, "at_most": "1"}
    held = decided(
        [{"id": "s", "unallocated": "9"}], projects, {"kind": "proportional"}, rules=[cap]
    )
    assert values(held) == [(None, Fraction(1, 4), Fraction(1, 4))]


@given(data=st.data())
def test_shares_keep_their_limits_and_are_proportional_between_them(data: Any) -> None:
    size = data.draw(st.integers(1, 6))
    of = np.array(data.draw(st.lists(st.integers(0, 1), min_size=size, max_size=size)))
    gap = np.array(data.draw(st.lists(st.integers(1, 30), min_size=size, max_size=size)))
    high = np.array([data.draw(st.integers(0, g)) for g in gap.tolist()])
    low = np.array([data.draw(st.integers(0, h)) for h in high.tolist()])
    total = np.array(
        [
            data.draw(st.integers(int(low[of == c].sum()), int(high[of == c].sum())))
            for c in range(2)
        ]
    )
    share = proportional(total, of, gap, low, high)
    assert np.all(share >= low) and np.all(share <= high)
    for c in range(2):
        mine = np.flatnonzero(of == c)
        assert share[mine].sum() == total[c]
        ratios = {p: Fraction(int(share[p]), int(gap[p])) for p in mine.tolist()}
        for p in mine.tolist():
            for q in mine.tolist():
                # Moving a cent from `q` to `p` never evens out what is more than rounding.
                if share[p] < high[p] and share[q] > low[q]:
                    assert Fraction(int(share[p]) + 1, int(gap[p])) > ratios[q] - Fraction(
                        1, int(gap[q])
                    )


def test_the_least_filled_township_is_raised_first() -> None:
    """Central money may only go to East; the other 6 yuan are for whoever has least."""
    projects = [
        lacking("e", "10", township="East"),
        lacking("n", "10", township="North"),
        lacking("w1", "6", township="West"),
        lacking("w2", "4", township="West"),
    ]
    sources = [
        {"id": "c", "level": "central", "unallocated": "5"},
        {"id": "k", "level": "county", "unallocated": "6"},
    ]
    permit = {"kind": "permit", "source": {"id": "c"}, "project": {"township": "East"}}
    plan = decided(sources, projects, {"kind": "fair", "by": "township"}, rules=[permit])
    received = {p.id: p.need - p.unmet for p in plan.projects}
    assert received["e"] == 500 and received["n"] == 300
    assert received["w1"] + received["w2"] == 300
    assert values(plan) == [
        ("township, lowest", Fraction(3, 10), Fraction(3, 10)),
        ("township, lowest but 2", Fraction(5, 10), Fraction(5, 10)),
    ]
    assert plan.certificate["aside"] == [[["North", "West"]]]


def test_the_same_objective_does_not_stand_twice() -> None:
    twice = [{"kind": "fair", "by": "township"}] * 2
    with pytest.raises(surplus.PolicyError, match="'fair' stands twice"):
        surplus.Policy.model_validate({"objectives": twice})
