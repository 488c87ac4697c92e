"""Balances: one ledger worked by hand, and laws against a slow exact reference."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import surplus
from surplus.balance import STAGES, Terms, _assert_identity
from surplus.testing.strategies import amounts, yuan

GOLDEN = {
    "sources": [{"id": "a"}, {"id": "b"}, {"id": "c", "unallocated": "7"}],
    "projects": [
        {"id": "1-planned", "funding": [{"source": "a", "planned": "100"}]},
        {"id": "2-estimate", "price": {"estimate": "120"}, "funding": [{"source": "a", "planned": "100"}]},
        {"id": "3-contract", "price": {"contract": "80", "variations": "-5", "other": "2.01"},
         "claims": "1", "funding": [{"source": "a", "planned": "60"}, {"source": "b", "planned": "40"}]},
        {"id": "4-settled", "price": {"contract": "80", "settlement": "90", "other": "3"},
         "funding": [{"source": "a", "planned": "50", "paid": "49"}, {"source": "b", "planned": "50"}]},
        {"id": "5-audited", "price": {"settlement": "90", "audited": "150"}, "cap": "130",
         "funding": [{"source": "a", "planned": "100"}]},
        {"id": "6-final", "price": {"contract": "1", "audited": "2", "final": "99.99"},
         "funding": [{"source": "a", "planned": "33.33"}, {"source": "b", "planned": "33.33"},
                     {"source": "c", "planned": "33.34"}]},
        {"id": "7-unfunded", "price": {"contract": "25"}},
        {"id": "8-paid-out", "price": {"final": "60"},
         "funding": [{"source": "a", "planned": "100", "paid": "95"}]},
    ],
}  # fmt: skip


def balances(document: dict[str, Any], **terms: Any) -> tuple[surplus.Ledger, surplus.Balance]:
    ledger = surplus.Ledger.from_records(document["sources"], document["projects"])
    return ledger, surplus.balances(ledger, Terms(**terms))


def test_golden_ledger_by_hand() -> None:
    """Contingency: 3 % of the cost at the stage of a contract; release from the contract on.

    1  nothing known: cost = plan = 100; neither surplus nor gap.
    2  estimate 120 against 100: gap 20.
    3  80 - 5 + 2.01 = 77.01; reserve = claim 1 + 3 % of 77.01 = 2.3103, up to 2.32: 3.32;
       surplus = 100 - 77.01 - 3.32 = 19.67; pro rata 60:40 = 11.802 and 7.868: down 11.80 + 7.86,
       one cent is left, the larger remainder (0.8 against 0.2) is b's: 11.80 and 7.87.
    4  90 + 3 = 93, no contingency at the settlement; surplus 7; pro rata 3.50 each, a has only 1 undrawn,
       so b bears 6.
    5  audited 150, no other costs, cap 130: gap 130 - 100 = 30.
    6  final 99.99 replaces all; surplus 0.01; parts 0.003333, 0.003333, 0.003334: the largest remainder
       is c's.
    7  unfunded: gap = cost = 25.
    8  surplus 40, only 5 undrawn: releasable 5.
    """
    contingency = {"contract": Fraction(3, 100)}
    ledger, balance = balances(GOLDEN, contingency=contingency)
    stages = [STAGES[code] for code in balance.stage]
    assert stages == [
        "planned",
        "estimate",
        "contract",
        "settlement",
        "audited",
        "final",
        "contract",
        "final",
    ]
    assert balance.cost.tolist() == [10000, 12000, 7701, 9300, 15000, 9999, 2500, 6000]
    assert balance.issued.tolist() == [10000, 10000, 10000, 10000, 10000, 10000, 0, 10000]
    assert balance.reserve.tolist() == [0, 0, 332, 0, 0, 0, 75, 0]
    assert balance.surplus.tolist() == [0, 0, 1967, 700, 0, 1, 0, 4000]
    assert balance.gap.tolist() == [0, 2000, 0, 0, 3000, 0, 2500, 0]
    assert balance.releasable.tolist() == [0, 0, 1180, 787, 100, 600, 0, 0, 0, 1, 500]
    assert balance.available.tolist() == [1180 + 100 + 500, 787 + 600, 700 + 1]
    assert len(ledger.funding.project) == 11


def test_release_only_from_a_stage_on() -> None:
    _, balance = balances(GOLDEN, release_at="settlement")
    assert balance.surplus.tolist()[2] > 0
    assert balance.releasable.tolist()[2:4] == [0, 0]
    assert balance.ready.tolist()[2] == 0
    _, balance = balances(GOLDEN, release_at="settlement", attribution="free")
    assert balance.releasable.tolist()[2:4] == [0, 0]


def test_sources_in_an_order() -> None:
    """Project 3 without contingency has 100 - 77.01 - 1 = 21.99: b first bears all of it."""
    _, balance = balances(GOLDEN, attribution=("b", "a"))
    assert balance.releasable.tolist()[2:6] == [0, 2199, 0, 700]
    _, balance = balances(GOLDEN, attribution=("c",))
    assert balance.releasable.tolist()[2:6] == [2199, 0, 100, 600]


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    sources = [{"id": f"s{i}"} for i in range(4)]
    projects = []
    for i in range(draw(st.integers(1, 6))):
        held = draw(st.lists(st.sampled_from(["s0", "s1", "s2", "s3"]), unique=True, max_size=4))
        funding = []
        for name in held:
            planned = draw(st.integers(0, 400))
            paid = draw(st.one_of(st.just(0), st.integers(0, planned)))
            funding.append({"source": name, "planned": yuan(planned), "paid": yuan(paid)})
        known = draw(st.lists(st.sampled_from(STAGES[1:]), unique=True))
        price = {link: draw(amounts(900)) for link in known}
        projects.append(
            {"id": f"p{i}", "price": price, "claims": draw(amounts(50)), "funding": funding,
             "cap": draw(st.one_of(st.none(), amounts(900)))}
        )  # fmt: skip
    return {"sources": sources, "projects": projects}


def reference(ready: int, planned: dict[str, int], undrawn: dict[str, int]) -> dict[str, int]:
    """Pro rata by water-filling in fractions, written from the definition."""
    left, result, open_ = (
        min(ready, sum(undrawn.values())),
        dict.fromkeys(planned, 0),
        dict(planned),
    )
    while left and sum(open_.values()):
        part = {s: Fraction(left * a, sum(open_.values())) for s, a in open_.items()}
        full = [s for s in open_ if part[s] // 1 >= undrawn[s]]
        if not full:
            for s in open_:
                result[s] = int(part[s] // 1)
            rest = left - sum(int(x // 1) for x in part.values())
            for s in sorted(open_, key=lambda s: (-(part[s] % 1), s))[:rest]:
                result[s] += 1
            break
        for s in full:
            result[s] = undrawn[s]
            left -= undrawn[s]
            del open_[s]
    return result


@given(document=worlds(), share=st.fractions(0, 1, max_denominator=40))
def test_laws(document: dict[str, Any], share: Fraction) -> None:
    ledger, b = balances(document, contingency={"contract": share}, release_at="planned")
    held = np.minimum(b.reserve, np.maximum(0, b.issued - b.cost))
    free = [p.get("cap") is None for p in document["projects"]]
    assert ((b.issued + b.gap == b.cost + held + b.surplus) | ~np.array(free)).all()
    assert (b.gap * b.surplus == 0).all()
    assert (b.releasable >= 0).all()
    assert (b.releasable <= ledger.funding.planned - ledger.funding.paid).all()
    for p in range(len(ledger.projects)):
        mine = np.flatnonzero(ledger.funding.project == p)
        planned = {
            ledger.sources[ledger.funding.source[k]].id: int(ledger.funding.planned[k])
            for k in mine
        }
        undrawn = {
            ledger.sources[ledger.funding.source[k]].id: int(
                ledger.funding.planned[k] - ledger.funding.paid[k]
            )
            for k in mine
        }
        expected = reference(int(b.surplus[p]), planned, undrawn)
        assert b.releasable[mine].tolist() == [expected[s] for s in sorted(planned)]


def test_waterfall_adds_up() -> None:
    ledger, _ = balances(GOLDEN)
    steps = surplus.waterfall(ledger, "3-contract")
    figures = {step.name.split()[0]: step.amount for step in steps.steps}
    assert figures["issued"] - figures["expected"] - figures["reserve:"] == figures["net"]
    assert sum(steps.releasable.values()) == figures["releasable"] == 2199
    assert "净结余" in steps.text("zh")
    assert '"releasable"' in steps.to_json()


def two(surplus_cents: int, *held: tuple[int, int]) -> list[int]:
    """What one project with so much surplus releases of (planned, paid) by source, pro rata."""
    planned = sum(a for a, _ in held)
    document = {
        "sources": [{"id": f"s{i}"} for i in range(len(held))],
        "projects": [
            {"id": "p", "price": {"contract": yuan(planned - surplus_cents)}, "funding": [
                {"source": f"s{i}", "planned": yuan(a), "paid": yuan(b)}
                for i, (a, b) in enumerate(held)]},
        ],
    }  # fmt: skip
    found: list[int] = balances(document)[1].releasable.tolist()
    return found


def test_remainders_never_exceed_what_is_undrawn() -> None:
    """1.67 and 1.33 of 3: the larger remainder is a's, but only one cent of a is undrawn."""
    assert two(3, (5, 4), (4, 0)) == [1, 2]
    assert two(3, (5, 0), (4, 0)) == [2, 1]
    assert two(1, (1, 0), (1, 0)) == [1, 0]  # ties by the order of sources
    assert two(2, (1, 0), (1, 0), (1, 0)) == [1, 1, 0]
    assert two(0, (5, 0)) == [0]


def test_other_costs_belong_to_every_price_but_the_final() -> None:
    for link in STAGES[1:]:
        price = {link: "50", "other": "3", "variations": "2"}
        document = {"sources": [{"id": "a"}], "projects": [{"id": "p", "price": price}]}
        ledger, balance = balances(document)
        more = {"estimate": 0, "contract": 5, "settlement": 3, "audited": 3, "final": 0}[link]
        assert balance.cost.tolist() == [5000 + 100 * more]
        assert [STAGES[code] for code in balance.stage] == [link]
        assert ledger.funding.planned.tolist() == []
        assert balance.releasable.tolist() == []


def test_a_contingency_at_several_stages_is_rounded_up() -> None:
    document = {
        "sources": [{"id": "a"}],
        "projects": [
            {"id": "c", "price": {"contract": "0.10"}, "funding": [{"source": "a", "planned": "1"}]},
            {"id": "s", "price": {"settlement": "0.10"}, "claims": "0.20",
             "funding": [{"source": "a", "planned": "1"}]},
        ],
    }  # fmt: skip
    kept = {"contract": Fraction(1, 7), "settlement": Fraction(1, 2)}
    _, balance = balances(document, contingency=kept)
    assert balance.reserve.tolist() == [2, 25]
    assert balance.surplus.tolist() == balance.releasable.tolist() == [88, 65]


HOLDER = {
    "sources": [{"id": "a", "unallocated": "1"}, {"id": "b"}],
    "projects": [
        {"id": "p", "price": {"contract": "30"}, "funding": [
            {"source": "a", "planned": "20", "paid": "14"},
            {"source": "b", "planned": "20", "paid": "5"}]},
        {"id": "q", "price": {"contract": "40"}, "funding": [
            {"source": "a", "planned": "40", "paid": "39"}]},
    ],
}  # fmt: skip


def test_free_sources_are_bounded_each_and_together() -> None:
    """10 yuan of surplus: at most 6 of a, at most 10 of b, 10 in all."""
    _, balance = balances(HOLDER, attribution="free")
    assert balance.releasable.tolist() == [600, 1000, 0]
    assert balance.ready.tolist() == [1000, 0]
    assert balance.available.tolist() == [700, 1000]
    assert balance.swappable.tolist() == [0, 0, 0]
    assert balance.supply.tolist() == [700, 1000]


def test_what_may_be_exchanged_is_undrawn_and_not_released() -> None:
    _, balance = balances(HOLDER, swaps=True)
    assert balance.releasable.tolist() == [500, 500, 0]
    assert balance.swappable.tolist() == [100, 1000, 100]
    assert balance.available.tolist() == [600, 500]
    assert balance.supply.tolist() == [800, 1500]
    _, balance = balances(HOLDER, swaps=True, attribution="free")
    assert balance.swappable.tolist() == [0, 500, 100]


def test_ready_is_never_more_than_what_can_leave() -> None:
    _, balance = balances(GOLDEN)
    assert balance.surplus.tolist()[7] == 4000
    assert balance.ready.tolist()[7] == 500
    assert not balance.ready.flags.writeable


def test_the_terms_that_are_usual() -> None:
    assert Terms() == Terms("contract", "pro_rata", {}, False)


def test_terms_and_balances_are_frozen() -> None:
    _, balance = balances(GOLDEN)
    for frozen in (Terms(), balance):
        for name in vars(frozen):
            with pytest.raises(FrozenInstanceError):
                setattr(frozen, name, None)
    assert balance == balance and len({balance, balances(GOLDEN)[1]}) == 2  # each is itself


def test_a_balance_that_does_not_add_up_is_a_defect() -> None:
    """The guard itself: every cent too much or too little is noticed; a cap that binds is not one."""
    projects = balances(GOLDEN)[0].projects
    size = len(projects)
    nothing = np.zeros(size, dtype=np.int64)
    issued, cost = nothing + 100, nothing + 80

    def checked(**changed: Any) -> bool:
        columns = {"reserve": nothing + 5, "surplus": nothing + 15, "gap": nothing, **changed}
        try:
            _assert_identity(projects, issued, cost, **columns)
        except AssertionError:
            return False
        return True

    assert checked()
    assert checked(reserve=nothing + 50, surplus=nothing)  # only 20 of it are there
    for place in range(size):
        one = nothing.copy()
        one[place] = 1
        assert not checked(surplus=nothing + 15 + one)
        assert not checked(surplus=nothing + 15 + one, gap=one)  # adds up, but has both
        assert not checked(surplus=nothing + 15 - one, gap=one)
    capped = replace(projects, cap=nothing + 79)
    _assert_identity(capped, issued, cost, nothing, nothing, nothing)
    with pytest.raises(AssertionError):  # the cap is the cost: it does not bind
        _assert_identity(replace(projects, cap=cost), issued, cost, nothing, nothing, nothing)
    with pytest.raises(AssertionError):  # both, though a cap binds
        _assert_identity(capped, issued, cost, nothing, nothing + 1, nothing + 1)
