"""Laws of optimal plans: what must follow when a ledger or a policy is changed in a known way."""

from __future__ import annotations

import copy
import json
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_flow

import surplus
from conftest import examples
from oracle import pairs_allowed
from surplus.testing import (
    RULE_STRATEGIES,
    check_plan,
    documents,
    policy_documents,
)
from surplus.testing.strategies import has_integers, yuan

Doc = dict[str, Any]
SIMPLE = ("permit", "forbid", "cap", "within", "reserve", "freeze", "ceiling", "expiry")
FILL = {"kind": "fill", "weight": "priority"}


def facts(document: Doc) -> surplus.Ledger:
    return surplus.Ledger.from_records(document["sources"], document["projects"])


def plan_of(document: Doc, policy: Doc) -> surplus.Plan:
    """The plan; cases without one prove nothing here."""
    try:
        return surplus.reallocate(facts(document), surplus.Policy.model_validate(policy))
    except (surplus.Infeasible, surplus.SolverError):
        assume(False)
        raise


@st.composite
def simple_policies(draw: st.DrawFn, kinds: tuple[str, ...] = SIMPLE) -> Doc:
    """Rules that never force money to move, and `fill`."""
    rules = draw(st.lists(st.one_of(*(RULE_STRATEGIES[kind] for kind in kinds)), max_size=3))
    return {
        "rules": rules,
        "objectives": [FILL | {"weight": draw(st.sampled_from(["priority", "none"]))}],
        "attribution": draw(st.sampled_from(["pro_rata", ["s2", "s1"], "free"])),
    }


def bound(plan: surplus.Plan, level: int = 0) -> Fraction:
    return plan.objectives[level].bound


def cents_added(text: str, more: int) -> str:
    whole, rest = text.split(".")
    return yuan(int(whole) * 100 + int(rest) + more)


@settings(max_examples=examples(60), deadline=None)
@given(document=documents(), policy=simple_policies(), more=st.integers(1, 30))
def test_more_money_never_lowers_the_bound(document: Doc, policy: Doc, more: int) -> None:
    """Without rules that force money to move: a larger ledger can do all that the smaller one can."""
    # A reserve of a share keeps part of the money that is added, rounded up: that part is not more.
    policy["rules"] = [rule for rule in policy["rules"] if rule["kind"] != "reserve"]
    before = bound(plan_of(document, policy))
    richer = copy.deepcopy(document)
    richer["sources"][0]["unallocated"] = cents_added(richer["sources"][0]["unallocated"], more)
    assert bound(plan_of(richer, policy)) >= before


@settings(max_examples=examples(60), deadline=None)
@given(document=documents(), policy=simple_policies(), more=st.integers(1, 30), data=st.data())
def test_a_larger_gap_never_lowers_the_bound(
    document: Doc, policy: Doc, more: int, data: st.DataObject
) -> None:
    """A project that lacks money already lacks more; its price is the last link of the chain."""
    plan = plan_of(document, policy)
    lacking = [i for i, p in enumerate(plan.projects) if p.need]
    assume(lacking)
    larger = copy.deepcopy(document)
    price = larger["projects"][data.draw(st.sampled_from(lacking))]["price"]
    link = "audited" if price["audited"] is not None else "contract"
    price[link] = cents_added(price[link], more)
    # A ceiling as a share of cost or audited price rises with it, rounded down: never less room.
    assert bound(plan_of(larger, policy)) >= bound(plan)


@settings(max_examples=examples(60), deadline=None)
@given(document=documents(), policy=policy_documents(), data=st.data())
def test_without_a_rule_the_bound_is_no_lower(
    document: Doc, policy: Doc, data: st.DataObject
) -> None:
    """A permit alone opens more than it closes, so permits stay."""
    closing = [i for i, rule in enumerate(policy["rules"]) if rule["kind"] != "permit"]
    assume(closing)
    policy["objectives"] = policy["objectives"][:1]
    plan = plan_of(document, policy)
    fewer = copy.deepcopy(policy)
    del fewer["rules"][data.draw(st.sampled_from(closing))]
    # Rules with whole numbers have weaker bounds; values are of real plans.
    other = plan_of(document, fewer)
    whole = has_integers(surplus.Policy.model_validate(policy))
    assert bound(other) >= (plan.objectives[0].value if whole else bound(plan))


@settings(max_examples=examples(60), deadline=None)
@given(
    document=documents(),
    policy=simple_policies(("permit", "forbid", "within")),
    k=st.integers(2, 9),
)
def test_amounts_times_k_are_worth_k_times_as_much(document: Doc, policy: Doc, k: int) -> None:
    """With surplus taken from sources in an order there is nothing to round."""
    policy["attribution"] = ["s2", "s1"]
    scaled = copy.deepcopy(document)

    def times(text: str | None) -> str | None:
        return None if text is None else yuan(k * int(text.replace(".", "")))

    for source in scaled["sources"]:
        source["unallocated"] = times(source["unallocated"])
    for project in scaled["projects"]:
        project["price"] = {link: times(text) for link, text in project["price"].items()}
        for part in project["funding"]:
            part["planned"], part["paid"] = times(part["planned"]), times(part["paid"])
    assert bound(plan_of(scaled, policy)) == k * bound(plan_of(document, policy))


@settings(max_examples=examples(60), deadline=None)
@given(document=documents(), policy=simple_policies(), k=st.integers(2, 9))
def test_weights_times_k_leave_the_plan_as_it_is(document: Doc, policy: Doc, k: int) -> None:
    policy["objectives"] = [FILL]
    scaled = copy.deepcopy(document)
    for project in scaled["projects"]:
        project["priority"] = str(Fraction(project["priority"]) * k)
        if "/" in project["priority"]:
            project["priority"] = f"{float(Fraction(project['priority'])):.1f}"
    one, other = plan_of(document, policy), plan_of(scaled, policy)
    assert bound(other) == k * bound(one)
    assert other.transfers == one.transfers


@settings(max_examples=examples(60), deadline=None)
@given(document=documents(), policy=policy_documents(), swaps=st.booleans())
def test_what_is_true_of_every_plan(document: Doc, policy: Doc, swaps: bool) -> None:
    """Conservation, bounds, documents and verification; see `surplus.testing.check_plan`."""
    policy["swaps"] = swaps
    plan = plan_of(document, policy)
    check_plan(plan, facts(document), surplus.Policy.model_validate(policy))


@settings(max_examples=examples(60), deadline=None)
@given(document=documents(), policy=simple_policies(("permit", "forbid")))
def test_a_second_run_moves_nothing(document: Doc, policy: Doc) -> None:
    """After the plan is carried out no gap can be filled further; what is left stays left."""
    policy["objectives"] = [FILL | {"weight": "none"}]
    plan = plan_of(document, policy)
    after = copy.deepcopy(document)
    for s in after["sources"]:
        used = sum(t.amount for t in plan.transfers if t.giver is None and t.source == s["id"])
        s["unallocated"] = cents_added(s["unallocated"], -used)
    given_away = {t.giver for t in plan.transfers}
    received = {t.taker for t in plan.transfers}
    for project, result in zip(after["projects"], plan.projects, strict=True):
        paid = {part["source"]: part["paid"] for part in project["funding"]}
        project["funding"] = [
            {"source": s, "planned": yuan(cents), "paid": paid.get(s, "0.00")}
            for s, cents in result.final.items()
        ]
        assert project["id"] not in given_away & received
    # Pro rata would split what is left anew; in an order, what is left is left of the same sources.
    policy["attribution"] = "free"
    first = plan_of(document, policy)
    assume(first.transfers == plan.transfers)
    assert plan_of(after, policy).objectives[0].value == 0


@settings(max_examples=examples(80), deadline=None)
@given(document=documents(), policy=simple_policies(("permit", "forbid")))
def test_without_side_rules_the_value_is_the_maximum_flow(document: Doc, policy: Doc) -> None:
    """A network of whole capacities has a whole-number optimum: value and bound are its flow."""
    policy["objectives"] = [FILL | {"weight": "none"}]
    policy["attribution"] = "pro_rata"
    plan = plan_of(document, policy)
    ledger, rules = facts(document), surplus.Policy.model_validate(policy)
    balance = surplus.balances(ledger, rules.terms)
    allowed = pairs_allowed(ledger, rules)
    count, size = allowed.shape
    network = np.zeros((count + size + 2, count + size + 2), dtype=np.int32)
    network[-2, :count] = balance.available
    network[count : count + size, -1] = balance.gap
    network[:count, count : count + size] = np.where(allowed, balance.gap[None, :], 0)
    nodes = count + size
    flow = maximum_flow(csr_matrix(network), nodes, nodes + 1).flow_value
    assert plan.objectives[0].value == bound(plan) == Fraction(int(flow), 100)


@settings(max_examples=examples(50), deadline=None)
@given(one=documents(most_projects=4), other=documents(most_projects=4))
def test_counties_with_nothing_in_common_add_up(one: Doc, other: Doc) -> None:
    renamed = json.loads(json.dumps(other))
    for source in renamed["sources"]:
        source["id"] = f"x{source['id']}"
    for project in renamed["projects"]:
        project["id"] = f"x{project['id']}"
        for part in project["funding"]:
            part["source"] = f"x{part['source']}"
    mine = [{"kind": "forbid", "source": {"id": s["id"]}, "project": {"id": p["id"]}}
            for s in one["sources"] for p in renamed["projects"]]  # fmt: skip
    theirs = [{"kind": "forbid", "source": {"id": s["id"]}, "project": {"id": p["id"]}}
              for s in renamed["sources"] for p in one["projects"]]  # fmt: skip
    both = {key: one[key] + renamed[key] for key in ("sources", "projects")}
    parts = [plan_of(one, {}), plan_of(renamed, {})]
    whole = plan_of(both, {"rules": mine + theirs})
    assert bound(whole) == sum(map(bound, parts))
    assert whole.objectives[0].value == sum(part.objectives[0].value for part in parts)


@settings(max_examples=examples(60), deadline=None)
@given(document=documents(), policy=policy_documents())
def test_later_levels_never_lower_earlier_ones(document: Doc, policy: Doc) -> None:
    assume(len(policy["objectives"]) > 1)
    assume(not has_integers(surplus.Policy.model_validate(policy)))
    both = plan_of(document, policy)
    alone = plan_of(document, policy | {"objectives": policy["objectives"][:1]})
    assert bound(both) == bound(alone)
    assert abs(both.objectives[0].value - alone.objectives[0].value) <= Fraction(10, 100)


@settings(max_examples=examples(60), deadline=None)
@given(document=documents(), policy=policy_documents(), data=st.data())
def test_what_says_nothing_changes_nothing(document: Doc, policy: Doc, data: st.DataObject) -> None:
    """A permit for everything where none ties, an ample cap, an advisory rule, a rule said twice."""
    assume(not has_integers(surplus.Policy.model_validate(policy)))
    extra: list[Doc] = [
        {"kind": "cap", "flow": "in", "at_most": "1000000"},
        {"kind": "cap", "flow": "out", "per": "township", "at_most": "1000000"},
        {"kind": "approval", "tiers": [{"above": "1", "level": "board"}]},
        {"kind": "share", "at_least": "0%"},
        data.draw(RULE_STRATEGIES["cap"]) | {"severity": "advisory"},
        *({**rule, "id": "twice"} for rule in policy["rules"][:1]),
    ]
    if not any(rule["kind"] == "permit" for rule in policy["rules"]):
        extra.append({"kind": "permit"})
    added = data.draw(st.sampled_from(extra))
    one = plan_of(document, policy)
    other = plan_of(document, policy | {"rules": [*policy["rules"], added]})
    assert other.objectives == one.objectives
    assert sum(s.moved for s in other.sources) == sum(s.moved for s in one.sources)


@settings(max_examples=examples(60), deadline=None)
@given(document=documents(), policy=policy_documents())
def test_no_plan_beats_the_bound_of_another(document: Doc, policy: Doc) -> None:
    """Weak duality: whatever a second objective aims at, `fill` comes to no more than its bound."""
    best = plan_of(document, policy | {"objectives": [FILL]})
    aims = [{"kind": "spare"}, {"kind": "expiring_first"}, FILL]
    rules = {"rules": policy["rules"], "attribution": policy["attribution"]}
    for first in aims[:2]:
        plan = plan_of(document, {**rules, "objectives": [first, FILL]})
        assert plan.objectives[-1].value <= bound(best)


@settings(max_examples=examples(50), deadline=None)
@given(document=documents(), policy=simple_policies())
def test_earlier_money_goes_first(document: Doc, policy: Doc) -> None:
    """While money that expires earlier is left, no later money fills a gap that it could fill."""
    policy["rules"] = [rule for rule in policy["rules"] if rule["kind"] in ("permit", "forbid")]
    policy["objectives"] = [FILL | {"weight": "none"}, {"kind": "expiring_first"}]
    policy["attribution"] = "pro_rata"
    plan = plan_of(document, policy)
    ledger = facts(document)
    allowed = pairs_allowed(ledger, surplus.Policy.model_validate(policy))
    place = {source.id: s for s, source in enumerate(ledger.sources)}
    ids = {str(name): p for p, name in enumerate(ledger.projects.id)}
    left = {source.id: source.left for source in plan.sources}
    for t in plan.transfers:
        later = ledger.sources[place[t.source]].expires
        for source in ledger.sources:
            if source.expires is None or (later is not None and later <= source.expires):
                continue
            could = allowed[place[source.id], ids[t.taker]]
            assert not (could and left[source.id]), f"{source.id} is left, {t.source} was used"


@settings(max_examples=examples(40), deadline=None)
@given(document=documents(), policy=simple_policies())
def test_leximin_is_no_worse_for_the_worst(document: Doc, policy: Doc) -> None:
    """The sorted fill ratios of `fair` are at least, in their order, those of `fill`."""
    policy["rules"] = [rule for rule in policy["rules"] if rule["kind"] in ("permit", "forbid")]
    fair = plan_of(document, policy | {"objectives": [{"kind": "fair", "by": "id"}]})
    fill = plan_of(document, policy | {"objectives": [FILL]})
    rows = [sorted(Fraction(p.need - p.unmet, p.need) for p in plan.projects if p.need)
            for plan in (fair, fill)]  # fmt: skip
    # Whole cents: two plans can differ by a cent where thirds are not whole.
    slack = max((Fraction(2, p.need) for p in fair.projects if p.need), default=Fraction(0))
    for worst in range(1, len(rows[0]) + 1):
        one, other = (sum(row[:worst]) for row in rows)
        if abs(one - other) > slack * worst:
            assert one > other
            break


@settings(max_examples=examples(40), deadline=None)
@given(document=documents(), policy=policy_documents(), price=st.sampled_from(["0", "0.5", "3"]),
       data=st.data())  # fmt: skip
def test_an_elastic_rule_is_never_worse_than_an_absolute_one(
    document: Doc, policy: Doc, price: str, data: st.DataObject
) -> None:
    """What it may not break it need not break: value less price is at least the absolute value."""
    kind = data.draw(st.sampled_from(["share", "cap", "reserve", "co_finance"]))
    rule = data.draw(RULE_STRATEGIES[kind])
    rule.pop("baseline", None)
    policy["objectives"] = [FILL]
    assume(not has_integers(surplus.Policy.model_validate(policy)))
    absolute = plan_of(document, policy | {"rules": [*policy["rules"], rule]})
    soft = rule | {"severity": "elastic", "price": price}
    elastic = plan_of(document, policy | {"rules": [*policy["rules"], soft]})
    without = plan_of(document, policy)
    assert absolute.objectives[0].value - Fraction(1, 10) <= elastic.objectives[0].value
    assert elastic.objectives[0].value <= bound(without)


@settings(max_examples=examples(60), deadline=None)
@given(document=documents(), policy=simple_policies(), at=st.integers(0, 30))
def test_a_split_source_is_worth_the_same(document: Doc, policy: Doc, at: int) -> None:
    """Unallocated money under two ids that no rule tells apart."""
    kinds = {"permit", "forbid", "within"}
    policy["rules"] = [
        rule for rule in policy["rules"]
        if rule["kind"] in kinds and not {"id", "not"} & set(rule.get("source", {}))
    ]  # fmt: skip
    whole = bound(plan_of(document, policy))
    split = copy.deepcopy(document)
    first = split["sources"][0]
    total = int(first["unallocated"].replace(".", ""))
    part = min(at, total)
    first["unallocated"] = yuan(total - part)
    split["sources"].append({**first, "id": "s9", "unallocated": yuan(part)})
    assert bound(plan_of(split, policy)) == whole
