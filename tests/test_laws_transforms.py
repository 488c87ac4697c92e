"""Further laws: what renaming, units, scale, a second run and silent rules do to a plan, exactly."""

from __future__ import annotations

import copy
import json
from collections import Counter
from fractions import Fraction
from typing import Any

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import surplus
from conftest import examples
from surplus.policy.rules import RULES
from surplus.testing import OBJECTIVE_STRATEGIES, RULE_STRATEGIES, documents, policy_documents
from surplus.testing.strategies import has_integers, yuan

Doc = dict[str, Any]
FILL = {"kind": "fill", "weight": "priority"}
KINDS = {rule.model_fields["kind"].default: rule for rule in RULES}
NETWORK = ("permit", "forbid", "freeze", "expiry", "reserve")  # all of them bound single flows


def facts(document: Doc) -> surplus.Ledger:
    return surplus.Ledger.from_json(json.dumps(document))


def plan_of(document: Doc, policy: Doc) -> surplus.Plan:
    """The plan; cases without one prove nothing here."""
    try:
        return surplus.reallocate(facts(document), surplus.Policy.model_validate(policy))
    except (surplus.Infeasible, surplus.SolverError):
        assume(False)
        raise


@st.composite
def policies_of(draw: st.DrawFn, kinds: tuple[str, ...], attribution: Any = None) -> Doc:
    """Rules of some kinds, and `fill`."""
    rules = draw(st.lists(st.one_of(*(RULE_STRATEGIES[kind] for kind in kinds)), max_size=3))
    ways = st.sampled_from(["pro_rata", ["s2", "s1"], "free"])
    return {
        "rules": rules,
        "objectives": [FILL | {"weight": draw(st.sampled_from(["priority", "none"]))}],
        "attribution": attribution or draw(ways),
    }


def linear(policy: Doc) -> bool:
    return not has_integers(surplus.Policy.model_validate(policy))


def cents(text: str) -> int:
    return int(text.replace(".", ""))


def costs(rule: Doc) -> bool:
    return any(cents(tier.get("cost", "0")) for tier in rule.get("tiers", ()))


def bound(plan: surplus.Plan) -> Fraction:
    return plan.objectives[0].bound


def with_amounts(part: Any, change: Any) -> Any:
    """A ledger, policy or part of one, with every amount of money changed; not shares or weights."""
    money = {
        "unallocated",
        "planned",
        "paid",
        "at_most",
        "at_least",
        "above",
        "cost",
        "size",
        "amount",
    }
    money |= {"contract", "audited"}  # links of the price chain
    if isinstance(part, list):
        return [with_amounts(one, change) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        key: change(value)
        if key in money and isinstance(value, str) and not set(value) & set("%/")
        else with_amounts(value, change)
        for key, value in part.items()
    }


def renamed(part: Any, names: dict[str, str]) -> Any:
    """A document with other ids, wherever they stand."""
    if isinstance(part, list):
        return [renamed(one, names) for one in part]
    if isinstance(part, dict):
        return {key: renamed(value, names) for key, value in part.items()}
    return names.get(part, part) if isinstance(part, str) else part


@settings(max_examples=examples(40), deadline=None)
@given(document=documents(), policy=policy_documents(), data=st.data())
def test_other_ids_are_worth_the_same(document: Doc, policy: Doc, data: st.DataObject) -> None:
    """Projects in any order of their new ids; sources in the old one, which settles pro-rata ties."""
    assume(linear(policy))
    order = data.draw(st.permutations(range(len(document["projects"]))))
    names = {f"p{i}": f"x{k}" for i, k in enumerate(order)} | {f"s{i}": f"t{i}" for i in (1, 2, 3)}
    one = plan_of(document, policy)
    other = plan_of(renamed(document, names), renamed(policy, names))
    assert bound(other) == bound(one)


@settings(max_examples=examples(40), deadline=None)
@given(document=documents(), policy=policies_of(NETWORK, ["s2", "s1", "s3"]), data=st.data())
def test_other_ids_in_a_network_have_the_same_values(
    document: Doc, policy: Doc, data: st.DataObject
) -> None:
    """Projects and sources in any order of their new ids; every level keeps its value."""
    policy["objectives"] += [{"kind": "expiring_first"}, {"kind": "spare"}]
    projects = data.draw(st.permutations(range(len(document["projects"]))))
    sources = data.draw(st.permutations((1, 2, 3)))
    names = {f"p{i}": f"x{k}" for i, k in enumerate(projects)}
    names |= {f"s{i}": f"t{k}" for i, k in enumerate(sources, 1)}
    one = plan_of(document, policy)
    other = plan_of(renamed(document, names), renamed(policy, names))
    assert other.objectives == one.objectives


@settings(max_examples=examples(50), deadline=None)
@given(document=documents(), policy=policy_documents(swaps=True))
def test_units_make_no_difference(document: Doc, policy: Doc) -> None:
    """Ledger and policy in yuan or in wan: byte-identical plans, certificates included."""

    def wan(text: str) -> str:
        return f"0.{cents(text):06d}"

    other = {"unit": "wan"} | with_amounts(document, wan)
    other_policy = {"unit": "wan"} | with_amounts(policy, wan)
    assert plan_of(other, other_policy).to_json() == plan_of(document, policy).to_json()


@settings(max_examples=examples(60), deadline=None)
@given(document=documents(), policy=policy_documents(), at=st.integers(0, 7), data=st.data())
def test_a_balanced_project_changes_nothing(
    document: Doc, policy: Doc, at: int, data: st.DataObject
) -> None:
    """It costs what it holds; no rule is about shares of what projects hold."""
    kinds = {"share", "co_finance"}
    policy["rules"] = [
        rule
        for rule in policy["rules"]
        if rule["kind"] not in kinds
        and not ("cap" in rule["kind"] and set(rule["at_most"]) & set("%/"))
    ]
    policy["objectives"] = [FILL, *policy["objectives"][1:]]
    assume(all(one.get("weight") != "tiers" for one in policy["objectives"]))
    held = data.draw(st.integers(0, 90))
    balanced = {
        "id": "p00",  # between p0 and p1
        "category": "roads",
        "priority": data.draw(st.sampled_from(["0", "1", "3"])),
        "price": {"contract": yuan(held)},
        "funding": [{"source": "s1", "planned": yuan(held), "paid": yuan(held // 2)}],
    }
    more = copy.deepcopy(document)
    more["projects"].insert(min(at, len(more["projects"])), balanced)
    one, other = plan_of(document, policy), plan_of(more, policy)
    assert other.transfers == one.transfers
    assert other.objectives == one.objectives
    assert other.sources == one.sources


@settings(max_examples=examples(60), deadline=None)
@given(
    document=documents(),
    policy=policies_of(("permit", "forbid", "freeze", "within"), ["s2", "s1", "s3"]),
)
def test_a_plan_carried_out_leaves_nothing_to_do(document: Doc, policy: Doc) -> None:
    """What two runs move one run could have moved: the second finds nothing, and proves it.

    With surplus taken in an order, what a donor may release afterwards is what it did not release. The
    rules here are such that plans that keep them add up; a cap, for one, would start anew.
    """
    plan = plan_of(document, policy)
    after = copy.deepcopy(document)
    results = {result.id: result for result in plan.projects}
    for source in after["sources"]:
        mine = [t for t in plan.transfers if t.source == source["id"] and t.giver is None]
        source["unallocated"] = yuan(cents(source["unallocated"]) - sum(t.amount for t in mine))
    for project in after["projects"]:
        paid = {part["source"]: part["paid"] for part in project["funding"]}
        project["funding"] = [
            {"source": s, "planned": yuan(amount), "paid": paid.get(s, "0")}
            for s, amount in results[project["id"]].final.items()
        ]
    again = plan_of(after, policy)
    assert [s.available for s in again.sources] == [s.left for s in plan.sources]
    assert [p.need for p in again.projects] == [p.unmet for p in plan.projects]
    assert again.objectives[0].value == again.objectives[0].bound == 0


@settings(max_examples=examples(60), deadline=None)
@given(document=documents(), policy=policies_of(NETWORK))
def test_a_network_leaves_no_gap_to_the_bound(document: Doc, policy: Doc) -> None:
    """Whole capacities, whole optimum, whatever the weights; and never above what is there."""
    plan = plan_of(document, policy)
    assert plan.objectives[0].value == bound(plan)
    supply, demand = sum(s.available for s in plan.sources), sum(p.need for p in plan.projects)
    weighed = policy["objectives"][0]["weight"] == "priority"
    most = max(Fraction(p["priority"]) for p in document["projects"]) if weighed else Fraction(1)
    assert bound(plan) <= most * Fraction(min(supply, demand), 100)


@settings(max_examples=examples(40), deadline=None)
@given(
    document=documents(),
    policy=policies_of(("permit", "forbid", "freeze")),
    more=st.integers(1, 30),
)
def test_more_of_a_source_is_worth_less_and_less(document: Doc, policy: Doc, more: int) -> None:
    """The optimum is concave in the money of a source: its price only falls."""

    def worth(times: int) -> Fraction:
        richer = copy.deepcopy(document)
        free = cents(document["sources"][0]["unallocated"]) + times * more
        richer["sources"][0]["unallocated"] = yuan(free)
        return bound(plan_of(richer, policy))

    first, second, third = worth(0), worth(1), worth(2)
    assert second - first >= third - second >= 0


@settings(max_examples=examples(50), deadline=None)
@given(
    document=documents(),
    policy=policies_of(("share", "co_finance", "cap", "reserve", "forbid"), ["s2", "s1"]),
    k=st.integers(2, 9),
)
def test_shares_and_amounts_scale(document: Doc, policy: Doc, k: int) -> None:
    """All amounts times k, those of rules too: bounds are rounded down to the cent, and so differ less.

    A share of planned investment, or of what is available, is itself rounded to the cent: left out.
    """
    policy["objectives"] = [FILL | {"weight": "none"}]
    policy["rules"] = [
        rule
        for rule in policy["rules"]
        if rule["kind"] not in ("cap", "reserve")
        or not set(rule.get("at_most", "") + rule.get("at_least", "")) & set("%/")
    ]

    def times(text: str) -> str:
        return yuan(k * cents(text))

    one = bound(plan_of(document, policy))
    other = bound(plan_of(with_amounts(document, times), with_amounts(policy, times)))
    assert k * one <= other < k * (one + Fraction(1, 100))


@settings(max_examples=examples(50), deadline=None)
@given(document=documents(), policy=policy_documents(), k=st.integers(2, 9))
def test_under_any_linear_rules_weights_times_k_leave_the_plan(
    document: Doc, policy: Doc, k: int
) -> None:
    """Only proportions of weights matter, also where a plan in cents is off the bound."""
    assume(linear(policy))
    policy["objectives"] = [FILL]
    heavier = copy.deepcopy(document)
    for project in heavier["projects"]:
        project["priority"] = str(k * int(10 * float(project["priority"])) / 10)
    one, other = plan_of(document, policy), plan_of(heavier, policy)
    assert other.transfers == one.transfers
    assert bound(other) == k * bound(one)


@settings(max_examples=examples(60), deadline=None)
@given(document=documents(), policy=policy_documents(swaps=False), swaps=st.booleans())
def test_figures_add_up_in_the_document_alone(document: Doc, policy: Doc, swaps: bool) -> None:
    """By source and by project, from the transfers; nobody gives or takes more than it may."""
    plan = json.loads(plan_of(document, policy | {"swaps": swaps}).to_json())
    given: Counter[tuple[Any, str]] = Counter()
    taken: Counter[tuple[Any, str]] = Counter()
    released: Counter[tuple[Any, str]] = Counter()
    filled: Counter[Any] = Counter()
    for t in plan["transfers"]:
        amount, swap = cents(t["amount"]), t.get("swap")
        assert amount > 0
        given[t["from"], t["source"]] += amount
        taken[t["to"], t["source"]] += amount
        released[t["from"], t["source"]] += 0 if swap in ("from", "both") else amount
        filled[t["to"]] += 0 if swap in ("to", "both") else amount
    for s in plan["sources"]:
        moved = sum(amount for (_, name), amount in released.items() if name == s["id"])
        assert cents(s["moved"]) == moved
        assert cents(s["available"]) == moved + cents(s["left"])
        assert cents(s["left"]) >= 0
    before = {p["id"]: {f["source"]: f for f in p["funding"]} for p in document["projects"]}
    for p in plan["projects"]:
        assert cents(p["unmet"]) == cents(p["need"]) - filled[p["id"]] >= 0
        for name in {*before[p["id"]], *p["final"]}:
            own = before[p["id"]].get(name, {"planned": "0.00", "paid": "0.00"})
            change = taken[p["id"], name] - given[p["id"], name]
            assert cents(p["final"].get(name, "0.00")) == cents(own["planned"]) + change
            assert given[p["id"], name] <= cents(own["planned"]) - cents(own["paid"])
    ledger, rules = facts(document), surplus.Policy.model_validate(policy)
    entries, ready = ledger.funding, surplus.balances(ledger, rules.terms).releasable.tolist()
    for s, p, most in zip(entries.source.tolist(), entries.project.tolist(), ready, strict=True):
        assert released[str(ledger.projects.id[p]), ledger.sources[s].id] <= most
    weight = {p["id"]: Fraction(p["priority"]) for p in document["projects"]}
    flat = plan["objectives"][0]["kind"] == "fill" and policy["objectives"][0]["weight"] == "none"
    worth = sum((1 if flat else weight[p]) * amount for p, amount in filled.items())
    assert Fraction(plan["objectives"][0]["value"]) == Fraction(worth) / 100


@settings(max_examples=examples(60), deadline=None)
@given(document=documents(), policy=policy_documents(), data=st.data())
def test_no_plan_for_another_aim_fills_above_the_bound(
    document: Doc, policy: Doc, data: st.DataObject
) -> None:
    """Weak duality: a plan for any other objective is one more feasible plan."""
    best = bound(plan_of(document, policy | {"objectives": [FILL]}))
    aim = data.draw(st.one_of(*OBJECTIVE_STRATEGIES.values()))
    other = plan_of(document, policy | {"objectives": [aim]})
    weight = {p["id"]: Fraction(p["priority"]) for p in document["projects"]}
    assert sum(weight[t.taker] * t.amount for t in other.transfers) <= 100 * best


@settings(max_examples=examples(40), deadline=None)
@given(document=documents(), policy=policies_of(NETWORK), data=st.data())
def test_in_a_network_a_later_level_costs_the_first_nothing(
    document: Doc, policy: Doc, data: st.DataObject
) -> None:
    """Not a cent, whatever the later level aims at."""
    aim = data.draw(st.one_of(*OBJECTIVE_STRATEGIES.values()))
    both = plan_of(document, policy | {"objectives": [*policy["objectives"], aim]})
    alone = plan_of(document, policy)
    assert both.objectives[0].value == alone.objectives[0].value == bound(alone)


@settings(max_examples=examples(40), deadline=None)
@given(
    document=documents(most_projects=5),
    policy=policies_of(("permit", "forbid"), "pro_rata"),
    aim=st.sampled_from([FILL, {"kind": "proportional"}, {"kind": "fill", "weight": "tiers"}]),
)
def test_no_plan_is_fairer_than_leximin(document: Doc, policy: Doc, aim: Doc) -> None:
    """Sorted fill ratios, compared from the lowest on, in whole cents and without any slack."""
    fair = {"kind": "fair", "by": "id"}
    ratios = []
    for aims in ([fair], [aim, fair] if aim["kind"] == "fill" else [aim]):
        plan = plan_of(document, policy | {"objectives": aims})
        ratios.append(sorted(Fraction(p.need - p.unmet, p.need) for p in plan.projects if p.need))
    assert ratios[0] >= ratios[1]


advisory_rules = st.one_of(
    *(RULE_STRATEGIES[kind] for kind in sorted(KINDS) if not KINDS[kind].shapes)
).map(lambda rule: rule | {"severity": "advisory"})


@settings(max_examples=examples(50), deadline=None)
@given(document=documents(), policy=policy_documents(), rule=advisory_rules)
def test_an_advisory_rule_changes_no_figure(document: Doc, policy: Doc, rule: Doc) -> None:
    """Every level keeps its value and its bound."""
    assume(not costs(rule))
    one = plan_of(document, policy)
    other = plan_of(document, policy | {"rules": [*policy["rules"], rule]})
    assert other.objectives == one.objectives


TWO_GAPS: Doc = {
    "sources": [{"id": "s1", "unallocated": "0.02"}],
    "projects": [
        {"id": "p0", "price": {"contract": "0.03"}},
        {"id": "p1", "price": {"contract": "0.02"}},
    ],
}


@settings(max_examples=examples(50), deadline=None)
@given(document=documents(), policy=policy_documents(), rule=advisory_rules)
@example(
    document=TWO_GAPS,
    policy={},
    rule={"kind": "transfers", "at_most": 0, "severity": "advisory"},
)
def test_an_advisory_rule_changes_no_transfer(document: Doc, policy: Doc, rule: Doc) -> None:
    """It only speaks: among equally good plans the choice is the same, too."""
    assume(not costs(rule))
    one = plan_of(document, policy)
    other = plan_of(document, policy | {"rules": [*policy.get("rules", []), rule]})
    assert other.transfers == one.transfers


@settings(max_examples=examples(60), deadline=None)
@given(document=documents(), policy=policy_documents(), data=st.data())
def test_a_rule_said_twice_changes_no_transfer(
    document: Doc, policy: Doc, data: st.DataObject
) -> None:
    assume(policy["rules"])
    twice = data.draw(st.sampled_from(policy["rules"])) | {"id": "twice"}
    assume(not costs(twice))  # an approval that costs would cost twice
    one = plan_of(document, policy)
    other = plan_of(document, policy | {"rules": [*policy["rules"], twice]})
    assert other.transfers == one.transfers
    assert other.objectives == one.objectives


@settings(max_examples=examples(60), deadline=None)
@given(
    document=documents(),
    policy=policy_documents(),
    rule=st.sampled_from(
        [
            {"kind": "permit"},
            {"kind": "cap", "flow": "in", "at_most": "100000000"},
            {"kind": "cap", "flow": "out", "at_most": "100000000"},
            {"kind": "reserve", "at_least": "0%"},
            {"kind": "share", "at_most": "100%"},
            {"kind": "approval", "tiers": [{"above": "1", "level": "board"}]},
        ]
    ),
)
def test_a_rule_that_asks_nothing_changes_no_transfer(
    document: Doc, policy: Doc, rule: Doc
) -> None:
    """It tells no two projects apart, so the plan is the same among equals, too."""
    if rule["kind"] == "permit":  # beside other permits it would open what they close
        policy["rules"] = [one for one in policy["rules"] if one["kind"] != "permit"]
    one = plan_of(document, policy)
    other = plan_of(document, policy | {"rules": [*policy["rules"], rule]})
    assert other.transfers == one.transfers
    assert other.objectives == one.objectives


@settings(max_examples=examples(50), deadline=None)
@given(document=documents(), policy=policy_documents(), data=st.data())
def test_without_permits_the_bound_is_no_lower(
    document: Doc, policy: Doc, data: st.DataObject
) -> None:
    """All permits at once: a permit alone may open what others close."""
    assume(linear(policy))
    policy["rules"] += data.draw(st.lists(RULE_STRATEGIES["permit"], min_size=1, max_size=2))
    policy["objectives"] = [FILL]
    fewer = [rule for rule in policy["rules"] if rule["kind"] != "permit"]
    assert bound(plan_of(document, policy | {"rules": fewer})) >= bound(plan_of(document, policy))


@settings(max_examples=examples(50), deadline=None)
@given(document=documents(), policy=policy_documents(), data=st.data())
def test_an_elastic_rule_without_a_price_binds_nothing(
    document: Doc, policy: Doc, data: st.DataObject
) -> None:
    """Its breaches are free, so no bound is lower than without it."""
    assume(linear(policy))
    policy["objectives"] = [FILL]
    kind = data.draw(st.sampled_from(["share", "cap", "reserve", "co_finance", "must_fund"]))
    soft = data.draw(RULE_STRATEGIES[kind]) | {"severity": "elastic", "price": "0"}
    without = plan_of(document, policy)
    ledger, both = facts(document), policy | {"rules": [*policy["rules"], soft]}
    elastic = plan_of(document, both)
    surplus.verify(elastic, ledger, surplus.Policy.model_validate(both))
    assert bound(elastic) == bound(without) >= elastic.objectives[0].value
