"""The auditor's page, function by function, and held against the library."""

from __future__ import annotations

import copy
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import surplus
from surplus.balance import balances
from surplus.policy.selection import ProjectSelection, SourceSelection
from surplus.proof import certificate, digests
from surplus.proof import certificate_check as page
from surplus.testing.strategies import documents, limits, project_selections, shares
from test_certificate import simple_policies

Doc = dict[str, Any]


@pytest.mark.parametrize(
    ("text", "unit", "amount"),
    [("0", "wan", 0), ("12.34", "yuan", 1234), ("0.000001", "wan", 1), ("-1", "yuan", -100),
     ("1.2300", "yuan", 123)],
)  # fmt: skip
def test_amounts(text: str, unit: str, amount: int) -> None:
    assert page.cents(text, unit) == amount


@pytest.mark.parametrize(("text", "unit"), [("0.001", "yuan"), ("0.0000001", "wan")])
def test_parts_of_cents_are_refused(text: str, unit: str) -> None:
    with pytest.raises(ValueError, match="parts of a cent"):
        page.cents(text, unit)


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(KeyError):
        page.cents("1", "fen")


@pytest.mark.parametrize(
    ("text", "share"), [("60%", "3/5"), ("57.5 %", "23/40"), ("3/5", "3/5"), ("100%", "1")]
)
def test_shares(text: str, share: str) -> None:
    for key in ("at_least", "at_most", "contingency"):
        assert page.plain(text, "yuan", key) == share


def test_one_form() -> None:
    """Nested things flat, figures in one unit, nothing that is usual or not known."""
    project = {
        "id": "A", "name": None, "priority": "2.5", "claims": "0", "cap": "0", "tags": {"of": "final"},
        "price": {"contract": "0.5", "variations": "0.00", "final": None}, "level": " Central ",
    }  # fmt: skip
    assert page.plain(project, "wan") == {
        "id": "A", "priority": 2_500_000, "cap": 0, "tags.of": "final", "contract": 500_000,
        "level": "central",
    }  # fmt: skip
    rule = {"at_least": "0.50", "at_most": 3, "price": "2.5", "of": "final", "source": {"not": {}}}
    assert page.plain(rule, "yuan") == {
        "at_least": 50, "at_most": 3, "price": "2.5", "source": {"not": {}}
    }  # fmt: skip
    assert page.plain({"contingency": {"final": "3%", "planned": "0%"}}, "yuan") == {
        "contingency": {"final": "3/100", "planned": "0"}
    }


def test_selections() -> None:
    project = {"id": "A", "category": "roads", "township": None, "tags": {"risk": "high"}}
    for selection, taken in (
        ({}, True),
        ({"id": "A"}, True),
        ({"id": "B"}, False),
        ({"category": ["water", "roads"]}, True),
        ({"category": None, "id": "A"}, True),
        ({"category": "roads", "township": "East"}, False),
        ({"tags": {"risk": "high"}}, True),
        ({"tags": {"risk": ["low"]}}, False),
        ({"tags": {"other": "high"}}, False),
        ({"not": {"id": "A"}}, False),
        ({"not": {"id": "B"}}, True),
        ({"not": None}, True),
        ({"not": {"id": "B"}, "category": "water"}, False),
    ):
        assert page.takes(page.plain(selection, ""), page.plain(project, "")) is taken, selection
        made = {k: v for k, v in selection.items() if v is not None}
        facts = surplus.Ledger.from_records([], [{k: v for k, v in project.items() if v}])
        mask = ProjectSelection.model_validate(made).mask(facts.projects)
        assert mask.tolist() == [taken], selection
    assert not page.takes({"tags.risk": "high"}, {"id": "B"})
    assert page.takes({"id": []}, {"id": "B"}) is False
    assert page.takes({"not": {}}, {"id": "B"}) is False
    assert page.takes({"year": [2024]}, {"year": 2024})


def test_levels_have_one_name() -> None:
    for text, level in (("市级", "prefecture"), (" National ", "central"), ("village", "village")):
        for selection in (text, [text]):
            form = page.plain({"source": {"level": selection}}, "")["source"]
            assert page.takes(form, page.plain({"level": text}, ""))
            assert page.takes(form, {"level": level})
    assert page.plain({"department": "国家"}, "") == {"department": "国家"}  # a level elsewhere


def test_every_name_of_a_level_is_the_library_s() -> None:
    names = [
        "central",
        "中央",
        "县级",
        "区",
        "省级",
        "自治区",
        "地级",
        "州",
        "国家级",
        "直辖市",
        "prefecture",
    ]
    for name in names:
        facts = surplus.Ledger.from_records([{"id": "s", "level": name}], [])
        assert facts.sources[0].level == page.plain(name, "", "level")
        assert SourceSelection.model_validate({"level": name}).mask(facts.sources).tolist() == [
            True
        ]


STAGES = ("planned", *page.CHAIN)
LINKS = ("estimate", "contract", "variations", "other", "settlement", "audited", "final")
money = st.integers(0, 900).map(lambda cents: f"{cents // 100}.{cents % 100:02d}")


@st.composite
def holders(draw: st.DrawFn) -> Doc:
    funding = []
    for name in draw(st.lists(st.sampled_from(["s2", "s1", "s3"]), unique=True)):
        planned = draw(st.integers(0, 400))
        paid = draw(st.integers(0, planned))
        funding.append(
            {"source": name, "planned": f"{planned / 100:.2f}", "paid": f"{paid / 100:.2f}"}
        )
    price = {link: draw(money) for link in draw(st.lists(st.sampled_from(LINKS), unique=True))}
    project = {"id": "p", "price": price, "claims": draw(money), "funding": funding}
    return project | ({"cap": draw(money)} if draw(st.booleans()) else {})


@given(
    project=holders(),
    kept=st.dictionaries(st.sampled_from(STAGES), st.sampled_from(["0%", "3%", "1/7", "50%"])),
    release_at=st.sampled_from([None, *STAGES]),
    attribution=st.sampled_from([None, "pro_rata", ["s3", "s1"], ["s2"]]),
    unit=st.sampled_from(["yuan", "wan"]),
)
def test_balances_are_the_library_s(
    project: Doc, kept: Doc, release_at: str | None, attribution: Any, unit: str
) -> None:
    policy = {"contingency": kept, "release_at": release_at, "attribution": attribution}
    policy = {k: v for k, v in policy.items() if v is not None}
    ledger = {"unit": unit, "sources": [{"id": f"s{i}"} for i in (1, 2, 3)], "projects": [project]}
    facts = surplus.Ledger.from_json(json.dumps(ledger))
    balance = balances(facts, surplus.Policy.model_validate(policy).terms)
    _, projects = page.facts(ledger)
    gap, release = page.balance(projects["p"], page.terms(policy))
    assert gap == balance.gap[0]
    held = [facts.sources[s].id for s in facts.funding.source.tolist()]
    assert release == dict(zip(held, balance.releasable.tolist(), strict=True))


CAP: Doc = {"kind": "cap", "flow": "in", "at_most": "1"}


@pytest.mark.parametrize(
    "policy",
    [
        {"attribution": "free"},
        {"swaps": True},
        {"rules": [{"kind": "whole"}]},
        {"rules": [{**CAP, "severity": "advisory"}]},
        {"rules": [{**CAP, "some": "word"}]},
        {"rules": [{"kind": "share", "at_most": "1%", "baseline": "no_worse"}]},
        {"objectives": [{"kind": "spare"}]},
        {"objectives": [{"kind": "fill", "order": []}]},
    ],
)
def test_what_the_page_does_not_know_it_refuses(policy: Doc) -> None:
    ledger: Doc = {"sources": [{"id": "a"}], "projects": [{"id": "A"}]}
    with pytest.raises(SystemExit, match=r"this page (does not know|knows neither)"):
        page.Case(ledger, policy)


def test_what_is_usual_may_be_said() -> None:
    ledger: Doc = {"sources": [{"id": "a"}], "projects": [{"id": "A"}]}
    usual = {**CAP, "severity": "absolute", "baseline": None, "price": None}
    assert (
        page.Case(ledger, {"rules": [usual], "swaps": False, "release_at": "contract"}).rows == []
    )


def at_least_a_third(share: str) -> bool:
    return Fraction(page.plain(share, "", "at_most")) >= Fraction(1, 3)


RULES = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.just("cap"), "project": project_selections(), "at_most": limits,
         "flow": st.sampled_from(["in", "out"]),
         "per": st.sampled_from(
             [None, "township", "level", "year", "source", "id", "tags.risk", "department"])}
    ),
    st.fixed_dictionaries(
        {"kind": st.just("share"), "project": project_selections(), "of": st.sampled_from(["final", "moved"]),
         "at_least": st.sampled_from(["0%", "1/3"]),
         "at_most": shares.filter(at_least_a_third)}
    ),
    st.fixed_dictionaries({"kind": st.just("reserve"), "at_least": limits}),
    st.fixed_dictionaries({"kind": st.just("within"), "by": st.sampled_from(["township", "category"])}),
)  # fmt: skip


@st.composite
def richer(draw: st.DrawFn) -> tuple[Doc, Doc]:
    """Ledgers with years and tags, and more of the rules that the page knows."""
    ledger, policy = draw(documents()), draw(simple_policies())
    for source in ledger["sources"]:
        source["year"] = draw(st.sampled_from([2023, 2024]))
        source["tags"] = draw(st.sampled_from([{}, {"purpose": "x"}]))
    for project in ledger["projects"]:
        project["tags"] = draw(st.sampled_from([{}, {"risk": "high"}, {"risk": "low"}]))
        project["claims"] = draw(st.sampled_from(["0", "0.03"]))
    policy["rules"] = [*policy["rules"], *draw(st.lists(RULES, max_size=2))]
    if draw(st.booleans()):
        policy["objectives"] = [
            {"kind": "fill", "weight": draw(st.sampled_from(["priority", "none", "tiers"]))},
            {"kind": "cost", "charges": [
                {"source": {"id": "s1"}, "per_unit": "0.5"},
                {"project": {"township": "East"}, "per_unit": "2"}]},
        ]  # fmt: skip
    return ledger, policy


@given(case=richer(), data=st.data())
def test_any_multipliers_prove_the_same_on_the_page(
    case: tuple[Doc, Doc], data: st.DataObject
) -> None:
    """Rows, aims, pools and the sums from any multipliers, of both checkers; both digests, too."""
    ledger, policy = case
    facts = surplus.Ledger.from_json(json.dumps(ledger))
    rules = surplus.Policy.model_validate(policy)
    assert digests.ledger_digest(facts) == page.ledger_digest(ledger)
    assert digests.policy_digest(rules) == page.policy_digest(policy)
    raw = certificate._Raw(facts, balances(facts, rules.terms), rules)
    mine = page.Case(ledger, policy)
    aims = [weights for _, _, weights in mine.aims()]
    assert len(aims) == len(raw.levels)
    shown = {row.name: row for row in raw.rows}
    named = {name: most for name, _, most in mine.rows}
    assert len(named) == len(mine.rows)
    for name in named.keys() & shown.keys():
        assert named[name] == shown[name].bound
    some = st.fractions(-2, 2, max_denominator=4)
    proof = {
        "weights": [
            str(abs(data.draw(some))) for _ in range(data.draw(st.integers(0, len(aims) - 1)))
        ],
        "pools": {name: str(data.draw(some)) for name in raw.net.pools},
        "rows": {name: str(abs(data.draw(some))) for name in sorted(named.keys() & shown.keys())},
    }
    k = len(proof["weights"])
    assert page.limit(mine, proof, aims[: k + 1]) == raw.limit(k, proof)


def lines(ledger: Doc, policy: Doc) -> dict[str, tuple[dict[page.Flow, int], int]]:
    return {name: (factors, most) for name, factors, most in page.Case(ledger, policy).rows}


COUNTY: Doc = {
    "sources": [{"id": "a", "level": "中央", "year": 2024, "unallocated": "10"},
                {"id": "b", "level": "county"}],
    "projects": [
        {"id": "A", "category": "roads", "township": "East", "price": {"contract": "30"}},
        {"id": "B", "category": "water", "price": {"contract": "3"},
         "funding": [{"source": "a", "planned": "4"}, {"source": "b", "planned": "6"}]},
    ],
}  # fmt: skip


def test_aims_worked_by_hand() -> None:
    """A of weight 2.5, C of none, D and E of 1: one level by weight, one without, one per weight."""
    lacking = [{"id": name, "price": {"contract": "1"}, **more} for name, more in (
        ("A", {"priority": "2.5"}), ("C", {"priority": "0"}), ("D", {}), ("E", {"category": "roads"})
    )]  # fmt: skip
    ledger: Doc = {"sources": [{"id": "a", "unallocated": "1"}], "projects": lacking}
    charges = [{"per_unit": "1"}, {"source": {"id": "b"}, "per_unit": "9"},
               {"project": {"category": "roads"}, "per_unit": "0.5"}]  # fmt: skip

    def aims(*objectives: Doc) -> list[tuple[int, list[int]]]:
        found = page.Case(ledger, {"objectives": [*objectives]}).aims()
        return [
            (sign, [weights["in", "a", p["id"]] for p in lacking]) for _, sign, weights in found
        ]

    by_weight = (1, [2_500_000, 0, 10**6, 10**6])
    assert (
        aims()
        == aims({"kind": "fill"})
        == aims({"kind": "fill", "weight": "priority"})
        == [by_weight]
    )
    assert aims({"kind": "fill", "weight": "none"}) == [(1, [10**6] * 4)]
    assert aims({"kind": "fill", "weight": "tiers"}) == [
        (1, [10**6, 0, 0, 0]), (1, [0, 0, 10**6, 10**6])
    ]  # fmt: skip
    cost = {"kind": "cost", "charges": charges}
    assert aims(cost, {"kind": "fill"}) == [(-1, [-(10**6)] * 3 + [-500_000]), by_weight]
    assert aims({"kind": "cost"}) == [(-1, [0] * 4)]


def test_rows_worked_by_hand() -> None:
    """B releases 2.80 of a and 4.20 of b; A lacks 30."""
    case = page.Case(COUNTY, {})
    into_a, into_b = ("in", "a", "A"), ("in", "b", "A")
    out_a, out_b, free = ("out", "a", "B"), ("out", "b", "B"), ("free", "a", "")
    assert case.most == {into_a: 3000, into_b: 3000, out_a: 280, out_b: 420, free: 1000}
    assert (case.gap, case.available) == ({"A": 3000, "B": 0}, {"a": 1280, "b": 420})
    share = {"kind": "share", "id": "r", "project": {"category": "roads"}}
    found = lines(COUNTY, {"rules": [{**share, "at_least": "60%", "at_most": "2/3"}]})
    assert found["r at least"] == ({into_a: -5, into_b: -5, out_a: 0, out_b: 0, free: 3}, -3000)
    assert found["r at most"] == ({into_a: 3, into_b: 3, out_a: 0, out_b: 0, free: -2}, 2000)
    share["project"] = {"not": {"category": "roads"}}
    found = lines(COUNTY, {"rules": [{**share, "at_least": "60%"}]})
    assert found["r at least"] == ({into_a: 0, into_b: 0, out_a: 5, out_b: 5, free: 3}, 2000)
    share["project"] = {"category": "roads"}
    found = lines(COUNTY, {"rules": [{**share, "of": "moved", "at_least": "60%"}]})
    assert found["r at least"] == ({into_a: -2, into_b: -2, out_a: 0, out_b: 0, free: 0}, 0)
    found = lines(COUNTY, {"rules": [{"kind": "reserve", "at_least": "1/3"}]})
    assert found == {
        "reserve-1 a": ({out_a: 1, free: 1}, 1280 - 427),
        "reserve-1 b": ({out_b: 1}, 420 - 140),
    }
    found = lines(COUNTY, {"unit": "wan", "rules": [{"kind": "reserve", "at_least": "0.0001"}]})
    assert found["reserve-1 b"][1] == 420 - 100


@pytest.mark.parametrize(
    ("per", "names"),
    [
        (None, {"": 0}),
        ("level", {" level central": 133, " level county": 200}),
        ("year", {" year 2024": 133, " year None": 200}),
        ("source", {" source a": 133, " source b": 200}),
        ("id", {" project A": 0, " project B": 333}),
        ("township", {" township East": 0, " township not known": 333}),
    ],
)
def test_caps_by_group(per: str | None, names: dict[str, int]) -> None:
    """By project, only those where money can arrive, or from which it can leave, have a row."""
    names = names if per else {"": 333}
    for flow, whom in (("in", "A"), ("out", "B")):
        rule = {"kind": "cap", "id": "c", "flow": flow, "at_most": "1/3", "per": per}
        there = names if per in (None, "level", "year", "source") else {
            name: names[name] for name in ([*names][0 if flow == "in" else 1],)
        }  # fmt: skip
        found = lines(COUNTY, {"rules": [rule]})
        assert {name: most for name, (_, most) in found.items()} == {
            f"c{name}": most for name, most in there.items()
        }
        counted = {pair: one for factors, _ in found.values() for pair, one in factors.items()}
        assert counted == {(flow, "a", whom): 1, (flow, "b", whom): 1}


def settled(policy: Doc) -> Doc:
    facts = surplus.Ledger.from_json(json.dumps(COUNTY))
    plan: Doc = json.loads(
        surplus.reallocate(facts, surplus.Policy.model_validate(policy)).to_json()
    )
    return plan


POLICY: Doc = {
    "rules": [
        {"kind": "reserve", "id": "kept", "source": {"id": "b"}, "at_least": "1"},
        {"kind": "cap", "id": "most", "source": {"id": "a"}, "flow": "in", "at_most": "12"},
        {"kind": "within", "source": {"id": "none"}, "by": "township"},
    ]
}


def test_each_breach_is_told() -> None:
    """a gives 9.20 of its 10 unallocated and 2.80 of B's, b gives 3.20 of B's 4.20; A receives 15.20."""
    plan = settled(POLICY)
    case = page.Case(COUNTY, POLICY)
    assert [*page.breaches(case, plan)] == []

    def told(**changes: Any) -> list[str]:
        """With the second transfer changed; the figures that follow from it are told, too."""
        changed = copy.deepcopy(plan)
        changed["transfers"] = [
            t | changes.pop(f"t{i}", {}) for i, t in enumerate(plan["transfers"])
        ]
        for place, value in changes.items():
            key, field = place.split("_")
            changed[key][0][field] = value
        return [words for words in page.breaches(case, changed) if "misstated" not in words] or [
            *page.breaches(case, changed)
        ]

    of = {(t["source"], t["from"]): f"t{i}" for i, t in enumerate(plan["transfers"])}
    free, first, second = of["a", None], of["a", "B"], of["b", "B"]
    assert told(**{free: {"amount": "9.21"}}) == ["rule row 'most' is broken"]
    assert told(**{second: {"amount": "3.21"}}) == ["rule row 'kept b' is broken"]
    assert "out a B: 281 cents, at most 280 may" in told(**{first: {"amount": "2.81"}})
    assert "free a : 1001 cents, at most 1000 may" in told(**{free: {"amount": "10.01"}})
    assert told(**{free: {"amount": "10.00"}, first: {"amount": "2.00"}}) != []
    assert "A receives more than its gap" in told(**{second: {"amount": "18.01"}})
    assert any("no transfer of some money" in w for w in told(**{first: {"amount": "0.00"}}))
    assert any("no transfer of some money" in w for w in told(**{first: {"swap": "to"}}))
    assert "in a B: 280 cents, at most 0 may" in told(**{first: {"to": "B"}})
    project = ["the figures of projects are misstated: A"]
    for key in ("need", "planned", "unmet"):
        assert told(**{f"projects_{key}": "14.79"}) == project
    for final in ({"a": "12.01", "b": "3.20"}, {"a": "12.00"}):
        assert told(projects_final=final) == project
    for key in ("available", "moved", "left"):
        assert told(**{f"sources_{key}": "0.01"}) == ["the figures of sources are misstated: a"]
    value = ["the objectives are misstated; they come to 76/5"]
    assert told(objectives_value="15.21") == told(objectives_kind="cost") == value


@pytest.mark.parametrize("kind", ["projects", "sources", "objectives"])
def test_lists_are_whole(kind: str) -> None:
    plan = settled(POLICY)
    for rows in (plan[kind][1:], [*plan[kind], plan[kind][0]]):
        assert [*page.breaches(page.Case(COUNTY, POLICY), {**plan, kind: rows})] != []


def test_money_may_not_leave_its_pool() -> None:
    policy = {"rules": [{"kind": "within", "by": "township"}]}
    plan = settled({})
    case = page.Case(COUNTY, policy)
    assert case.pool("a", "A") == '["a", "East"]'
    assert case.pool("a", "B") == '["a", null]'
    assert case.pools(("free", "a", "")) == {'["a", "East"]'}
    assert case.pools(("out", "a", "B")) == set()
    assert page.Case(COUNTY, {}).pool("a", "A") == "a"
    words = [*page.breaches(case, plan)]
    assert sum("the money may not leave where it is" in w for w in words) == 2


def test_what_is_wrong_with_a_certificate() -> None:
    plan = settled(POLICY)

    def wrong(change: Any) -> list[str]:
        changed = copy.deepcopy(plan)
        change(changed)
        return page.check(COUNTY, POLICY, changed)

    level = plan["certificate"]["levels"][0]
    assert wrong(lambda _: None) == []
    assert wrong(lambda p: p.update(certificate={})) == ["there is no certificate"]
    assert wrong(lambda p: p["certificate"].update(ledger="0")) == [
        "the certificate is for another ledger"
    ]
    assert wrong(lambda p: p["certificate"].update(policy="0")) == [
        "the certificate is for another policy"
    ]
    more = str(Fraction(level["limit"]) + 10**8)
    assert wrong(lambda p: p["certificate"]["levels"][0].update(limit=more)) == [
        f"level 1: the multipliers prove {level['limit']}, not {more}"
    ]
    for bound in ("15.19", "15.21"):
        assert wrong(lambda p, b=bound: p["objectives"][0].update(bound=b)) == [
            "level 1: the bound is not what the multipliers prove"
        ]
    for change in (
        lambda p: p["certificate"]["levels"][0]["rows"].update(most="-1"),
        lambda p: p["certificate"]["levels"][0].update(weights=["1"]),
    ):
        with pytest.raises(SystemExit, match="a multiplier is negative, or a weight is missing"):
            wrong(change)


def test_a_weight_too_many_proves_nothing() -> None:
    """Twice the limit less twice the value would be a bound of half the truth."""
    policy: Doc = {"rules": [{"kind": "cap", "id": "c", "flow": "in", "at_most": "9"}]}
    short = settled(policy)
    plan = settled({})
    value = Fraction(plan["objectives"][0]["value"])
    poor = {
        **short,
        "certificate": copy.deepcopy(plan["certificate"]),
        "objectives": [{**short["objectives"][0], "bound": str(2 * (value - 9))}],
    }
    (level,) = poor["certificate"]["levels"]
    level.update(
        weights=["2"],
        limit=str(2 * Fraction(level["limit"])),
        pools={name: str(2 * Fraction(y)) for name, y in level["pools"].items()},
    )
    with pytest.raises(SystemExit, match="or one too many"):
        page.check(COUNTY, {}, poor)


def test_a_weight_of_an_earlier_level_counts() -> None:
    charge = {"source": {"id": "a"}, "project": {"id": "A"}, "per_unit": "0.5"}
    policy: Doc = {"objectives": [{"kind": "fill"}, {"kind": "cost", "charges": [charge]}], "rules": [
        {"kind": "cap", "id": "c", "flow": "in", "at_most": "9"}]}  # fmt: skip
    plan = settled(policy)
    assert page.check(COUNTY, policy, plan) == []
    assert plan["objectives"][1]["value"] == "2.40"
    (weight,) = plan["certificate"]["levels"][1]["weights"]
    assert Fraction(weight) > 0
    for other in ("0", str(Fraction(weight) * 3)):
        changed = copy.deepcopy(plan)
        changed["certificate"]["levels"][1]["weights"] = [other]
        assert page.check(COUNTY, policy, changed) != []
    for weights, words in (([], "missing"), ([f"-{weight}"], "negative")):
        changed = copy.deepcopy(plan)
        changed["certificate"]["levels"][1]["weights"] = weights
        with pytest.raises(SystemExit, match=words):
            page.check(COUNTY, policy, changed)


CONTRADICTION: Doc = {"rules": [{"kind": "reserve", "id": "kept", "at_least": "20"}]}


def contradicted() -> Doc:
    facts = surplus.Ledger.from_json(json.dumps(COUNTY))
    with pytest.raises(surplus.Infeasible) as caught:
        surplus.reallocate(facts, surplus.Policy.model_validate(CONTRADICTION))
    document: Doc = json.loads(caught.value.to_json())
    return document


def test_contradictions() -> None:
    document = contradicted()
    assert page.check(COUNTY, CONTRADICTION, document) == []
    (level,) = document["certificate"]["levels"]
    for changes in (
        {"limit": "0"},
        {"limit": str(Fraction(level["limit"]) - 1)},
        {"rows": {}, "limit": "0"},
    ):
        changed = copy.deepcopy(document)
        changed["certificate"]["levels"][0].update(changes)
        (words,) = page.check(COUNTY, CONTRADICTION, changed)
        assert "no contradiction as stated" in words


def test_the_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What it prints and returns: proved, wrong, contradictory; with a byte order mark, too."""

    def run(policy: Doc, plan: Doc) -> tuple[int, list[str]]:
        paths = []
        for name, document in (("ledger", COUNTY), ("policy", policy), ("plan", plan)):
            paths.append(str(tmp_path / f"{name}.json"))
            Path(paths[-1]).write_text(json.dumps(document, ensure_ascii=False), "utf-8-sig")
        return page.main(paths), capsys.readouterr().out.splitlines()

    plan = settled(POLICY)
    shown = "fill: this plan 15.20, proven limit of any plan 15.20"
    assert run(POLICY, plan) == (0, [shown, "The plan holds and the certificate proves it."])
    plan["certificate"]["policy"] = plan["certificate"]["ledger"] = "0"
    assert run(POLICY, plan) == (
        1, [shown, "the certificate is for another ledger", "the certificate is for another policy"]
    )  # fmt: skip
    right = ["The rules contradict each other: no plan keeps them all."]
    assert run(CONTRADICTION, contradicted()) == (0, right)
    for broken in ({}, [], {**plan, "certificate": {"levels": []}}, {**plan, "transfers": [{}]}):
        code, (words,) = run(POLICY, broken)
        assert code == 1 and words.startswith("the documents cannot be read: ")
    assert page.main(["none.json"] * 3) == 1
    assert page.main([]) == 2


def test_digests_see_every_fact_and_no_form() -> None:
    ledger: Doc = {
        "as_of": "2024-01-01",
        "sources": [{"id": "a", "name": "fund", "level": "central", "year": 2024, "unallocated": "1",
                     "first_budgeted": "2024-01-01", "expires": "2025-01-01", "tags": {"x": "1"}},
                    {"id": "b"}],
        "projects": [
            {"id": "A", "category": "c", "department": "d", "township": "t", "priority": "2", "claims": "1",
             "cap": "5", "tags": {"risk": "high"}, "price": dict.fromkeys(LINKS, "1"),
             "funding": [{"source": "a", "planned": "2", "paid": "1"}, {"source": "b", "planned": "0"}]},
            {"id": "B"},
        ],
    }  # fmt: skip
    digest = page.ledger_digest(ledger)
    assert digest == digests.ledger_digest(surplus.Ledger.from_json(json.dumps(ledger)))
    turned = {key: rows[::-1] for key, rows in ledger.items() if key != "as_of"}
    turned["as_of"] = ledger["as_of"]
    turned["projects"][1] = {
        **ledger["projects"][0],
        "funding": ledger["projects"][0]["funding"][::-1],
    }
    assert page.ledger_digest(turned) == digest
    seen = {digest}

    def place(root: Doc, path: tuple[Any, ...], value: Any) -> Doc:
        changed = copy.deepcopy(root)
        inner: Any = changed
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        return changed

    facts = [
        (("as_of",), "2024-02-01"), (("sources", 0, "name"), "other"),
        (("sources", 0, "level"), "county"), (("sources", 0, "year"), 2023),
        (("sources", 0, "unallocated"), "2"),
        (("sources", 0, "first_budgeted"), "2023-01-01"), (("sources", 0, "expires"), "2026-01-01"),
        (("sources", 0, "tags"), {"x": "2"}), (("projects", 0, "priority"), "3"),
        (("projects", 0, "claims"), "2"), (("projects", 0, "cap"), "6"), (("projects", 0, "cap"), None),
        (("projects", 0, "tags"), {"risk": "low"}), (("projects", 0, "tags"), {}),
        *(((("projects", 0, key), "other")) for key in ("category", "department", "township")),
        *(((("projects", 0, "price", link), "2")) for link in LINKS),
        (("projects", 0, "funding", 0, "planned"), "3"), (("projects", 0, "funding", 0, "paid"), "0"),
        (("projects", 0, "funding", 1, "planned"), "1"), (("unit",), "wan"), (("projects", 1, "id"), "C"),
    ]  # fmt: skip
    for path, value in facts:
        changed = place(ledger, path, value)
        other = page.ledger_digest(changed)
        assert other == digests.ledger_digest(surplus.Ledger.from_json(json.dumps(changed)))
        assert other not in seen, path
        seen.add(other)


def test_policies_mean_the_same_whatever_their_form() -> None:
    def digest(**policy: Any) -> str:
        found = page.policy_digest(policy)
        assert found == digests.policy_digest(surplus.Policy.model_validate(policy))
        return found

    share = {"kind": "share", "at_least": "60%"}
    cap = {"kind": "cap", "flow": "in", "at_most": "1.50"}
    cost = {"kind": "cost", "charges": [{"per_unit": "0.50"}]}
    usual = digest()
    assert usual == digest(objectives=[{"kind": "fill", "weight": "priority"}], rules=[], name="n")
    assert usual == digest(release_at="contract", attribution="pro_rata", swaps=False, unit="yuan")
    assert usual not in (digest(swaps=True), digest(release_at="final"), digest(attribution=["a"]))
    assert digest(rules=[share]) == digest(
        rules=[{**share, "at_least": "3/5", "id": "share-1", "of": "final"}]
    )
    for mine, other in (({"name": "x"}, {"name": "y"}), ({"tags": {"of": "final"}}, {})):
        assert digest(rules=[cap | {"source": mine}]) != digest(rules=[cap | {"source": other}])
    assert digest(rules=[share, cap]) == digest(
        rules=[share, {**cap, "id": "cap-2", "at_most": "1.5"}]
    )
    assert digest(rules=[share, cap]) != digest(rules=[share, {**cap, "id": "cap-1"}])
    assert digest(rules=[cap]) == digest(unit="wan", rules=[{**cap, "at_most": "0.00015"}])
    assert digest(rules=[cap]) != digest(unit="wan", rules=[cap])
    assert digest(objectives=[cost]) == digest(
        objectives=[{"kind": "cost", "charges": [{"per_unit": "0.5"}]}]
    )
    assert digest(objectives=[cost]) != digest(
        objectives=[{"kind": "cost", "charges": [{"per_unit": "0.6"}]}]
    )
