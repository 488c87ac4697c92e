"""Answers: reasons, prices, what-if, differences, frontiers; each held against a full run."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

import surplus
from conftest import examples
from oracle import ByProject
from surplus.answers.whatif import reducible
from surplus.cli import main
from surplus.testing.strategies import RULE_STRATEGIES, documents, ledgers, policy_documents

EXAMPLES = Path(__file__).parents[1] / "examples" / "data"
LEDGER, POLICY = str(EXAMPLES / "seed_county.json"), str(EXAMPLES / "seed_policy.json")
KNOWN = {"permit", "forbid", "share", "cap", "reserve", "within"}


def case(rules: list[dict[str, Any]]) -> tuple[surplus.Ledger, surplus.Policy]:
    """Central money, 100 free; an industry gap of 60 (priority 3) and a road gap of 80 (priority 1)."""
    ledger = surplus.Ledger.from_records(
        [{"id": "c", "level": "central", "unallocated": "100"}, {"id": "k", "unallocated": "0"}],
        [
            {"id": "I", "category": "industry", "priority": "3", "price": {"contract": "60"}},
            {"id": "R", "category": "roads", "price": {"contract": "80"}},
        ],
    )
    return ledger, surplus.Policy.model_validate({"rules": rules})


def test_prices_by_hand() -> None:
    """100 yuan: 60 to industry, 40 to roads. One more is worth 1; forty more are, then roads are full."""
    ledger, policy = case([])
    central, county = surplus.prices(ledger, policy)
    assert (central.more, central.more_for) == (1, 40)
    assert (central.less, central.less_for) == (1, 40)  # then industry loses, worth 3
    assert (county.more, county.less) == (1, None)
    assert central.sentence() == (
        "source 'c': 1 yuan more gains 1 (for up to 40), the other way loses 1 (for up to 40)."
    )


def test_price_of_a_rule_by_hand() -> None:
    """At most 50 % of what moves may go to industry: 50 + 50. At 51 % one yuan goes from 1 to 3."""
    rule = {
        "kind": "share",
        "id": "half",
        "project": {"category": "industry"},
        "of": "moved",
        "at_most": "50%",
    }
    ledger, policy = case([rule])
    price = surplus.prices(ledger, policy)[-1]
    assert (price.id, price.step, price.more, price.less) == ("half", "1 percentage point", 2, 2)
    assert "gains 2" in price.sentence()
    assert "个百分点" in price.sentence("zh")


def test_permissions_by_hand() -> None:
    """Only roads are permitted: 80 move, worth 80. With industry too: 60 * 3 + 40 = 220."""
    ledger, policy = case(
        [{"kind": "permit", "source": {"id": "c"}, "project": {"category": "roads"}}]
    )
    assert surplus.permissions(ledger, policy) == (("c", "industry", Fraction(140)),)


@settings(max_examples=examples(40))
@given(ledger=ledgers, document=policy_documents(most_rules=2))
def test_prices_of_sources_against_the_oracle(
    ledger: surplus.Ledger, document: dict[str, Any]
) -> None:
    document["rules"] = [rule for rule in document["rules"] if rule["kind"] in KNOWN]
    policy = surplus.Policy.model_validate(document)
    base = ByProject(ledger, policy).optimum()
    assume(base is not None)
    assert base is not None
    for price in surplus.prices(ledger, policy):
        if price.of == "source":
            document_ = json.loads(ledger.to_json())
            (row,) = [s for s in document_["sources"] if s["id"] == price.id]
            row["unallocated"] = f"{float(row['unallocated']) + 1:.2f}"
            more = ByProject(surplus.Ledger.from_json(json.dumps(document_)), policy).optimum()
            assert (more is None) == (price.more is None)
            if more is not None and price.more is not None:
                assert float(price.more * 100) == pytest.approx(more - base, abs=1e-6)


@pytest.mark.parametrize(
    "change",
    [
        {"source": "c", "money": "20"},
        {"source": "c", "money": "-20.50"},
        {"project": {"id": "N", "price": {"contract": "10"}, "priority": "9"}},
        {"project": {"id": "R", "price": {"contract": "5"}}},
        {"remove_project": "I"},
        {"rule": {"kind": "reserve", "at_least": "30%"}},
        {"remove_rule": "tenth"},
        {"rule": {"kind": "permit", "source": {"id": "c"}, "project": {"id": "R"}}},
    ],
)
def test_what_if_equals_a_full_run(change: dict[str, Any]) -> None:
    ledger, policy = case(
        [{"kind": "reserve", "id": "tenth", "source": {"id": "c"}, "at_least": "10%"}]
    )
    plan = surplus.reallocate(ledger, policy)
    answer = plan.what_if(change)
    facts, rules = (
        json.loads(ledger.to_json()),
        json.loads(policy.model_dump_json(by_alias=True, exclude_none=True)),
    )
    projects = {p["id"]: p for p in facts["projects"]}
    if "money" in change:
        facts["sources"][0]["unallocated"] = f"{100 + float(change['money']):.2f}"
    if "project" in change:
        projects[change["project"]["id"]] = (
            projects.get(change["project"]["id"], {}) | change["project"]
        )
    projects.pop(change.get("remove_project", ""), None)
    if "rule" in change:
        rules["rules"].append({"id": "what-if", **change["rule"]})
    if "remove_rule" in change:
        rules["rules"] = []
    facts["projects"] = list(projects.values())
    full = surplus.reallocate(
        surplus.Ledger.from_json(json.dumps(facts)), surplus.Policy.model_validate(rules)
    )
    assert answer.plan.to_json() == full.to_json()
    assert answer.difference == surplus.compare(plan, full)


def test_a_wrong_change_is_named() -> None:
    plan = surplus.reallocate(*case([]))
    with pytest.raises(surplus.LedgerError, match="no source 'x'"):
        plan.what_if({"source": "x", "money": "1"})
    with pytest.raises(surplus.PolicyError, match="no rule 'x'"):
        plan.what_if({"remove_rule": "x"})
    with pytest.raises(surplus.InputError, match="colour"):
        plan.what_if({"colour": "red"})
    with pytest.raises(surplus.InputError, match="money: of no source"):
        plan.what_if({"money": "1"})
    with pytest.raises(surplus.InputError, match=r"project\.id"):
        plan.what_if({"project": {"id": ["x"]}})
    with pytest.raises(surplus.InputError, match=r"rule\.id"):
        plan.what_if({"rule": {"id": ["x"], "kind": "lot", "size": "1"}})
    with pytest.raises(surplus.SurplusError, match="read from a document"):
        surplus.Plan.from_json(plan.to_json()).what_if({})


def test_differences_in_words() -> None:
    plan = surplus.reallocate(*case([]))
    assert not surplus.compare(plan, plan)
    assert surplus.compare(plan, plan).text() == "Both plans move the same money."
    difference = plan.what_if({"source": "c", "money": "-10"}).difference
    assert difference.received == {"R": -1000}
    assert difference.text() == (
        "project 'R' receives 10.00 yuan less\nof source 'c' 10.00 yuan less are moved"
    )
    assert difference.text("zh").startswith("项目 R 少获得 10.00 元")


def test_frontier_by_hand() -> None:
    """Industry at least x % of what moves, with 60 of gap: up to 60 % free of cost, then less moves."""
    rule = {
        "kind": "share",
        "id": "floor",
        "project": {"category": "industry"},
        "of": "moved",
        "at_least": "0%",
    }
    ledger, policy = case([rule])
    points = surplus.frontier(ledger, policy, "floor", ["50%", "60%", "75%", "100%"])
    assert [point.value for point in points] == [220, 220, 200, 180]
    with pytest.raises(surplus.SurplusError, match="has no rule 'x'"):
        surplus.frontier(ledger, policy, "x", ["1%"])


def test_explain_on_the_seed_county(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    arguments = ["explain", LEDGER, "--policy", POLICY]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert "rule 'county-reserve' binds" in out
    assert "1 yuan more gains 2" in out
    assert "+9,160,277.37" in out
    assert main([*arguments, "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"projects", "prices", "permissions"}
    assert main([*arguments, "--project", "JS038", "--lang", "zh"]) == 0
    assert "961,110.65" in capsys.readouterr().out
    assert main([*arguments, "--what-if", '{"source": "county-2024", "money": "10000"}']) == 0
    assert "of source 'county-2024' 9000.00 yuan more are moved" in capsys.readouterr().out
    assert main([*arguments, "--frontier", "industry-central", "60%", "66%"]) == 0
    assert "–" in capsys.readouterr().out
    plan = tmp_path / "plan.json"
    assert main(["plan", LEDGER, "--policy", POLICY, "-o", str(plan)]) == 0
    capsys.readouterr()
    assert main([*arguments, "--compare", str(plan)]) == 0
    assert capsys.readouterr().out == "Both plans move the same money.\n"
    for change in ("{", "[" * 100_000, '{"source": "a", "money": "1", "money": "2"}', "[]"):
        assert main([*arguments, "--what-if", change]) == 2


def test_every_reason_is_true() -> None:
    """Where a rule is named, the gap can be filled further without it (seed county)."""
    ledger = surplus.read(LEDGER)
    policy = surplus.Policy.model_validate_json(Path(POLICY).read_text("utf-8"))
    plan = surplus.reallocate(ledger, policy)
    named = {p.why for p in plan.projects if p.unmet}
    assert {(r.kind, r.rules) for r in named if r} == {("rule", ("county-reserve",))}
    without = plan.what_if({"remove_rule": "county-reserve"})
    assert sum(p.unmet for p in without.plan.projects) < sum(p.unmet for p in plan.projects)


def test_repairs_by_hand() -> None:
    """40 of 100 can leave the donor, industry lacks 35: it can hold 35 % of the money at most."""
    rule = {"kind": "share", "id": "floor", "project": {"category": "industry"}, "at_least": "70%"}
    ledger = surplus.Ledger.from_records(
        [{"id": "c"}],
        [
            {
                "id": "D",
                "price": {"contract": "60"},
                "funding": [{"source": "c", "planned": "100"}],
            },
            {"id": "I", "category": "industry", "price": {"contract": "35"}},
        ],
    )
    policy = surplus.Policy.model_validate({"rules": [rule]})
    with pytest.raises(surplus.Infeasible) as caught:
        surplus.reallocate(ledger, policy)
    (repair,) = caught.value.repairs
    assert (repair.rule, repair.field, repair.bound) == ("floor", "at_least", Fraction(35, 100))
    assert "A plan exists with: lower 'floor' to 35 %" in str(caught.value)
    assert repair.sentence("zh") == "将规则 floor 降至 35 %"
    assert caught.value.proof["floor at least"] > 0


def test_repairs_of_integer_rules() -> None:
    """Two gaps must be filled, one recipient may be: two is the nearest number."""
    must = {"kind": "must_fund", "id": "must"}
    few = {"kind": "recipients", "id": "few", "at_most": 1}
    ledger, policy = case([must | {"at_least": "50%"}, few])
    with pytest.raises(surplus.Infeasible) as caught:
        surplus.reallocate(ledger, policy)
    sentences = [repair.sentence() for repair in caught.value.repairs]
    assert "raise 'few' to 2" in sentences
    assert "lower 'must' to 0 %" in sentences


@st.composite
def changes(draw: st.DrawFn) -> dict[str, Any]:
    """A change of one fact: money, a price, a new or a removed project, a rule."""
    project = draw(documents(most_projects=1, most_sources=1))["projects"][0]
    kind = draw(st.sampled_from(["money", "price", "new", "gone", "both", "rule"]))
    money = {"source": "s1", "money": draw(st.sampled_from(["0.01", "0.07", "3"]))}
    number = draw(st.integers(0, 6))
    return {
        "money": money,
        "price": {"project": {"id": f"p{number}", "price": project["price"]}},
        "new": {"project": project | {"id": draw(st.sampled_from(["a", "p00", "z"]))}},
        "gone": {"remove_project": f"p{number}"},
        "both": money | {"project": project | {"id": f"p{number}"}},
        "rule": {"rule": draw(st.one_of(*RULE_STRATEGIES.values()))},
    }[kind]


@settings(max_examples=examples(250), deadline=None)
@given(document=documents(), rules=policy_documents(), change=changes(), swaps=st.booleans())
def test_what_if_from_the_core_equals_a_full_run(
    document: dict[str, Any], rules: dict[str, Any], change: dict[str, Any], swaps: bool
) -> None:
    """The figures from the core, to the cent, and those of the plan of the changed case."""
    ledger = surplus.Ledger.from_records(document["sources"], document["projects"])
    policy = surplus.Policy.model_validate(rules | {"swaps": swaps})
    try:
        plan = surplus.reallocate(ledger, policy)
        answer = plan.what_if(change)
    except surplus.LedgerError:
        assume(False)
    except (surplus.SolverError, surplus.Infeasible):
        assume(False)
    event(f"core {reducible(ledger, policy)}")
    full = answer.plan
    assert answer.after.objectives == full.objectives
    assert answer.after.left == tuple(full.left.tolist())
    assert answer.after.unmet == int(full.unmet.sum())


def test_more_money_is_a_repair() -> None:
    """100 yuan for gaps of 60 and 80 that must be filled: 40 more; roads may use 'k', too."""
    ledger, policy = case([{"kind": "must_fund", "id": "must"}])
    with pytest.raises(surplus.Infeasible) as caught:
        surplus.reallocate(ledger, policy)
    found = {(r.rule, r.field): r.bound for r in caught.value.repairs}
    assert found == {
        ("must", "at_least"): Fraction(7142, 10000),  # 100 of 140, to a hundredth of a percent
        ("c", "unallocated"): 4000,
        ("k", "unallocated"): 4000,
    }
    assert "free 40.00 yuan more of 'c'" in str(caught.value)
    assert caught.value.repairs[1].sentence("zh") == "为资金 c 增加 40.00 元"


@settings(max_examples=20, deadline=None)
@given(ledger=ledgers, document=policy_documents())
def test_repairs_are_the_nearest_that_work(
    ledger: surplus.Ledger, document: dict[str, Any]
) -> None:
    """With each repair a plan exists; with a yuan less of added money none does."""
    policy = surplus.Policy.model_validate(document)
    try:
        surplus.reallocate(ledger, policy)
        assume(False)
    except surplus.SolverError:
        assume(False)
    except surplus.Infeasible as caught:
        repairs = caught.repairs
    for repair in repairs:
        event(repair.field)
        if repair.field == "unallocated":
            assert isinstance(repair.bound, int)
            for cents, works in ((repair.bound, True), (repair.bound - 100, False)):
                assert works == planned(with_unallocated(ledger, repair.rule, cents), policy)
        else:
            rules = tuple(
                r.model_copy(update={repair.field: repair.bound}) if r.title == repair.rule else r
                for r in policy.rules
            )
            assert planned(ledger, policy.model_copy(update={"rules": rules}))


def with_unallocated(ledger: surplus.Ledger, source: str, cents: int) -> surplus.Ledger:
    sources = tuple(
        replace(s, unallocated=s.unallocated + cents) if s.id == source else s
        for s in ledger.sources
    )
    return replace(ledger, sources=sources)


def planned(ledger: surplus.Ledger, policy: surplus.Policy) -> bool:
    try:
        surplus.reallocate(ledger, policy)
    except surplus.Infeasible:
        return False
    except surplus.SolverError:  # feasible, but not in whole cents
        return True
    return True


def test_plans_that_need_other_rounds_of_fair_can_be_compared() -> None:
    """With little money both townships stand at one ratio; with more, one is full and a round follows."""
    policy = surplus.Policy.model_validate(
        {
            "rules": [{"kind": "cap", "flow": "in", "project": {"township": "A"}, "at_most": "10"}],
            "objectives": [{"kind": "fair", "by": "township"}],
        }
    )
    projects = [{"id": f"p{t}", "township": t, "price": {"contract": "100"}} for t in ("A", "B")]
    plans = [
        surplus.reallocate(
            surplus.Ledger.from_records([{"id": "c", "unallocated": money}], projects), policy
        )
        for money in ("4", "50")
    ]
    assert [len(plan.objectives) for plan in plans] == [1, 2]
    for first, second in (plans, plans[::-1]):
        assert len(surplus.compare(first, second).objectives) == 1
