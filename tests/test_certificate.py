"""Certificates: true ones hold for both checkers, and no tampered one does."""

from __future__ import annotations

import copy
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import surplus
from conftest import examples
from surplus.proof import certificate_check, digests
from surplus.testing.strategies import documents, policy_documents

EXAMPLES = Path(__file__).parents[1] / "examples" / "data"
KNOWN = {"permit", "forbid", "share", "cap", "reserve", "within"}


@st.composite
def simple_policies(draw: st.DrawFn) -> dict[str, Any]:
    """Policies that the stand-alone page knows."""
    document = draw(policy_documents())
    if draw(st.booleans()):
        del document["objectives"], document["swaps"]  # what is absent is usual
    document["rules"] = [rule for rule in document["rules"] if rule["kind"] in KNOWN]
    for rule in document["rules"]:
        rule.pop("baseline", None)
    if document["attribution"] == "free":
        document["attribution"] = "pro_rata"
    document["objectives"] = [
        objective
        for objective in document.get("objectives", [])
        if objective["kind"] in ("fill", "cost")
    ]
    if not document["objectives"]:
        del document["objectives"]
    return document


def planned(ledger: dict[str, Any], policy: dict[str, Any]) -> dict[str, Any] | None:
    facts = surplus.Ledger.from_json(json.dumps(ledger))
    try:
        plan = surplus.reallocate(facts, surplus.Policy.model_validate(policy))
    except (surplus.Infeasible, surplus.SolverError):
        return None
    document: dict[str, Any] = json.loads(plan.to_json())
    return document


def holds(ledger: dict[str, Any], policy: dict[str, Any], plan: dict[str, Any]) -> bool:
    """The verdict of the library."""
    try:
        surplus.verify(
            surplus.Plan.from_json(json.dumps(plan)),
            surplus.Ledger.from_json(json.dumps(ledger)),
            surplus.Policy.model_validate(policy),
        )
    except (surplus.PlanError, surplus.PlanFileError):
        return False
    return True


@settings(max_examples=examples(200), deadline=None)
@given(ledger=documents(), policy=simple_policies())
def test_both_checkers_accept_what_is_true(ledger: dict[str, Any], policy: dict[str, Any]) -> None:
    plan = planned(ledger, policy)
    assume(plan is not None)
    assert plan is not None
    assert holds(ledger, policy, plan)
    assert certificate_check.check(ledger, policy, plan) == []


@given(ledger=documents(), policy=simple_policies())
def test_digests_agree(ledger: dict[str, Any], policy: dict[str, Any]) -> None:
    facts = surplus.Ledger.from_json(json.dumps(ledger))
    assert digests.ledger_digest(facts) == certificate_check.ledger_digest(ledger)
    rules = surplus.Policy.model_validate(policy)
    assert digests.policy_digest(rules) == certificate_check.policy_digest(policy)


def seed() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    ledger = json.loads((EXAMPLES / "seed_county.json").read_text("utf-8"))
    policy = json.loads((EXAMPLES / "seed_policy.json").read_text("utf-8"))
    plan = planned(ledger, policy)
    assert plan is not None
    return ledger, policy, plan


SEED = seed()
Tampering = Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], None]


def cent_more(text: str, cents: int = 1) -> str:
    return f"{Decimal(text) + Decimal(cents) / 100:.2f}"


def set_in(place: str, change: Callable[[Any], Any]) -> Tampering:
    """Change one value of the plan, such as ``transfers.0.amount``."""

    def tamper(ledger: dict[str, Any], policy: dict[str, Any], plan: dict[str, Any]) -> None:
        *path, last = [int(part) if part.isdigit() else part for part in place.split(".")]
        target: Any = plan
        for part in path:
            target = target[part]
        target[last] = change(target[last])

    return tamper


def one_cent_elsewhere(ledger: Any, policy: Any, plan: Any) -> None:
    first, second = plan["transfers"][:2]
    first["amount"] = cent_more(first["amount"], -1)
    second["amount"] = cent_more(second["amount"])


def other_multiplier(ledger: Any, policy: Any, plan: Any) -> None:
    pools = plan["certificate"]["levels"][0]["pools"]
    name = next(iter(pools))
    pools[name] = str(Fraction(pools[name]) - 1)


def lower_bound_and_limit(ledger: Any, policy: Any, plan: Any) -> None:
    level = plan["certificate"]["levels"][0]
    level["limit"] = str(Fraction(level["limit"]) - 10**8)
    plan["objectives"][0]["bound"] = cent_more(plan["objectives"][0]["bound"], -100)


def loosened(ledger: Any, policy: Any, plan: Any) -> None:
    rule = next(rule for rule in policy["rules"] if rule["kind"] == "share")
    rule["at_least"] = "1%"


def rule_dropped(ledger: Any, policy: Any, plan: Any) -> None:
    policy["rules"].pop()


def other_ledger(ledger: Any, policy: Any, plan: Any) -> None:
    ledger["projects"][0]["name"] = "renamed"  # not a fact that a plan rests on
    ledger["projects"][0]["claims"] = "0.0001"


def idle_fact(ledger: Any, policy: Any, plan: Any) -> None:
    ledger["sources"][0]["expires"] = "2099-12-31"


TAMPERINGS: dict[str, Tampering] = {
    "a cent more in a transfer": set_in("transfers.0.amount", cent_more),
    "a cent less in a transfer": set_in("transfers.0.amount", lambda a: cent_more(a, -1)),
    "a cent moved between transfers": one_cent_elsewhere,
    "a transfer dropped": lambda _l, _p, plan: plan["transfers"].pop(0) and None,
    "a transfer doubled": lambda _l, _p, plan: plan["transfers"].append(plan["transfers"][0]),
    "a transfer redirected": lambda _l, _p, plan: plan["transfers"][0].update(
        to=next(t["to"] for t in plan["transfers"] if t["to"] != plan["transfers"][0]["to"])
    ),
    "a giver swapped": lambda _l, _p, plan: plan["transfers"][0].update(
        {
            "from": next(
                t["from"] for t in plan["transfers"] if t["from"] != plan["transfers"][0]["from"]
            )
        }
    ),
    "a source swapped": set_in(
        "transfers.0.source", lambda s: "county-2024" if s != "county-2024" else "central-2024"
    ),
    "an amount of nothing": set_in("transfers.0.amount", lambda _: "0.00"),
    "a final amount": lambda _l, _p, plan: plan["projects"][0]["final"].update(
        {k: cent_more(v) for k, v in plan["projects"][0]["final"].items()}
    ),
    "an unmet gap": set_in("projects.0.unmet", cent_more),
    "a need": set_in("projects.0.need", cent_more),
    "a planned amount": set_in("projects.0.planned", cent_more),
    "what is left": set_in("sources.0.left", cent_more),
    "what was available": set_in("sources.0.available", cent_more),
    "what was moved": set_in("sources.0.moved", cent_more),
    "the value": set_in("objectives.0.value", cent_more),
    "the bound raised": set_in("objectives.0.bound", cent_more),
    "the bound lowered": set_in("objectives.0.bound", lambda b: cent_more(b, -1)),
    "bound and limit lowered": lower_bound_and_limit,
    "a multiplier": other_multiplier,
    "a negative multiplier": lambda _l, _p, plan: plan["certificate"]["levels"][0]["rows"].update(
        {"industry-central at least": "-1"}
    ),
    "a multiplier that is no number": lambda _l, _p, plan: plan["certificate"]["levels"][0][
        "pools"
    ].update({"central-2024": "much"}),
    "the digest of the ledger": set_in("certificate.ledger", lambda d: d[::-1]),
    "the digest of the policy": set_in("certificate.policy", lambda d: d[::-1]),
    "no certificate": lambda _l, _p, plan: plan.update(certificate={}),
    "no level": lambda _l, _p, plan: plan["certificate"].update(levels=[]),
    "a rule loosened": loosened,
    "a rule dropped": rule_dropped,
    "a fact of the ledger": other_ledger,
    "a date of the ledger": idle_fact,
}


@pytest.mark.parametrize("kind", TAMPERINGS)
def test_tampering_is_refused(kind: str) -> None:
    ledger, policy, plan = copy.deepcopy(SEED)
    assert holds(ledger, policy, plan)
    TAMPERINGS[kind](ledger, policy, plan)
    assert not holds(ledger, policy, plan), "the library accepts it"
    try:
        wrong = certificate_check.check(ledger, policy, plan)
    except (ArithmeticError, LookupError, ValueError, SystemExit):
        return
    assert wrong, "the page accepts it"


def test_no_generated_county_can_be_tampered_with() -> None:
    """37 kinds of tampering, as in the figures of docs/proofs.md, on a few counties."""
    tool = Path(__file__).parents[1] / "tools" / "tampering.py"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(tool), "100", "7"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "of 37 kinds" in done.stdout


def test_the_page_runs_alone(tmp_path: Path) -> None:
    """Copied out, without the library on the path, it proves the seed county's plan."""
    page = tmp_path / "certificate_check.py"
    page.write_bytes(Path(certificate_check.__file__).read_bytes())
    for name, document in zip(("ledger", "policy", "plan"), SEED, strict=True):
        (tmp_path / f"{name}.json").write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-S", page.name, "ledger.json", "policy.json", "plan.json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The plan holds and the certificate proves it." in done.stdout


@settings(max_examples=examples(150), deadline=None)
@given(ledger=documents(), policy=simple_policies(), data=st.data())
def test_contradictions_are_proved_and_no_tampered_proof_is(
    ledger: dict[str, Any], policy: dict[str, Any], data: st.DataObject
) -> None:
    """The library and the page agree that there is no plan; a loosened proof convinces neither."""
    facts, rules = (
        surplus.Ledger.from_json(json.dumps(ledger)),
        surplus.Policy.model_validate(policy),
    )
    try:
        plan = surplus.reallocate(facts, rules)
        document = json.loads(plan.to_json())
        possible = {**document, "status": "infeasible"}
        assert certificate_check.check(
            ledger, policy, possible
        )  # a plan's proof is no contradiction
        return
    except surplus.SolverError:
        assume(False)
    except surplus.Infeasible as caught:
        text = caught.to_json()
    surplus.verify_infeasible(text, facts, rules)
    assert certificate_check.check(ledger, policy, json.loads(text)) == []
    document = json.loads(text)
    (level,) = document["certificate"]["levels"]
    kind = data.draw(st.sampled_from(["drop", "negative", "limit", "ledger", "policy", "empty"]))
    if kind == "drop":
        level["rows"] = {}
        level["pools"] = {}
    elif kind == "negative":
        level["rows"] = {name: f"-{y}" for name, y in level["rows"].items()}
        assume(level["rows"])
    elif kind == "limit":
        level["limit"] = str(Fraction(level["limit"]) - 1)
    elif kind == "empty":
        document["certificate"] = {}
    else:
        document["certificate"][kind] = "0" * 64
    with pytest.raises(surplus.PlanError):
        surplus.verify_infeasible(json.dumps(document), facts, rules)
    with suppress(SystemExit):
        assert certificate_check.check(ledger, policy, document)


def test_every_rule_with_rows_can_be_part_of_a_proof() -> None:
    """Contradictions of all kinds of rules are proved on single projects, whole numbers left aside."""
    for rules in (
        [{"kind": "must_fund"}, {"kind": "cap", "flow": "in", "at_most": "0"}],
        [{"kind": "must_fund"}, {"kind": "reserve", "at_least": "100%"}],
        [{"kind": "must_fund"}, {"kind": "freeze", "project": {"id": "B"}}],
        [{"kind": "must_fund"}, {"kind": "ceiling", "of": "cost", "at_most": "50%"}],
        [{"kind": "co_finance", "source": {"id": "b"}, "at_least": "1%"}],
        [{"kind": "must_fund"}, {"kind": "recipients", "at_most": 0}],
    ):
        ledger = surplus.Ledger.from_records(
            [{"id": "a", "unallocated": "100"}, {"id": "b"}],
            [
                {"id": "A", "price": {"contract": "70"}},
                {"id": "B", "price": {"contract": "90"}},
                {
                    "id": "C",
                    "price": {"contract": "5"},
                    "funding": [{"source": "a", "planned": "9"}],
                },
            ],
        )
        policy = surplus.Policy.model_validate({"rules": rules})
        with pytest.raises(surplus.Infeasible) as caught:
            surplus.reallocate(ledger, policy)
        surplus.verify_infeasible(caught.value.to_json(), ledger, policy)


def figures_of(document: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a plan document where a number stands as text."""
    rows = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in rows:
        if isinstance(value, (dict, list)):
            if key not in ("reasons", "weights"):
                yield from figures_of(value, (*place, key))
        elif isinstance(value, str) and NUMBER.fullmatch(value) and key not in ("id", "name"):
            yield (*place, key)


NUMBER = re.compile(r"-?\d+(\.\d+)?(/\d+)?")


@settings(max_examples=examples(200), deadline=None)
@given(ledger=documents(), policy=policy_documents(), data=st.data())
def test_no_figure_of_a_plan_can_be_altered(
    ledger: dict[str, Any], policy: dict[str, Any], data: st.DataObject
) -> None:
    """Any number anywhere in a plan or its certificate, a cent up or down, doubled or negative."""
    plan = planned(ledger, policy)
    assume(plan is not None)
    assert plan is not None
    assert holds(ledger, policy, plan)
    place = data.draw(st.sampled_from([*figures_of(plan)]))
    inner: Any = plan
    for key in place[:-1]:
        inner = inner[key]
    old = Fraction(inner[place[-1]])
    kind = data.draw(st.sampled_from(["up", "down", "double", "minus"]))
    new = {"up": old + Fraction(1, 100), "down": old - Fraction(1, 100),
           "double": 2 * old, "minus": -old}[kind]  # fmt: skip
    assume(new != old)
    text = str(new) if "certificate" in place else f"{float(new):.2f}"
    assume(Fraction(text) != old)
    inner[place[-1]] = text
    if "certificate" in place and place[-1] != "bound" and holds(ledger, policy, plan):
        # Where supply equals demand, more than one set of multipliers proves the bound. None may
        # prove more than the truth: with a bound just below the value, all are refused.
        # A level that states no bound claims nothing that its multipliers could falsify.
        level = plan["certificate"]["levels"][place[2]]
        assume("bound" in level)
        level["bound"] = str(Fraction(level["bound"]) - Fraction(1, 100))
    assert not holds(ledger, policy, plan), f"{place}: {old} became {new}"


def test_money_without_a_recipient_proves_nothing() -> None:
    """All money stays with one project, and no gap could take more: at most half of it is impossible."""
    ledger = {
        "sources": [{"id": "c", "unallocated": "0.01"}],
        "projects": [{"id": "A", "funding": [{"source": "c", "planned": "0.01"}]}],
    }
    policy = {"rules": [{"kind": "share", "at_most": "50%"}]}
    with pytest.raises(surplus.Infeasible) as caught:
        surplus.reallocate(
            surplus.Ledger.from_json(json.dumps(ledger)), surplus.Policy.model_validate(policy)
        )
    assert certificate_check.check(ledger, policy, json.loads(caught.value.to_json())) == []


@pytest.mark.parametrize("word", ["pool", "gap", "donor", "unallocated", "swap"])
def test_a_rule_may_have_any_name(word: str) -> None:
    """The multipliers of rules are told apart from those of pools and gaps, whatever the rules' names."""
    ledger = {
        "sources": [{"id": "a", "unallocated": "9.00"}],
        "projects": [{"id": "A", "price": {"contract": "8.00"}}],
    }
    policy = {"rules": [{"kind": "cap", "id": f"{word} a", "flow": "in", "at_most": "5.00"}]}
    plan = planned(ledger, policy)
    assert plan is not None and plan["objectives"][0]["bound"] == "5.00"
    assert holds(ledger, policy, plan)
    assert certificate_check.check(ledger, policy, plan) == []


def test_an_empty_value_is_not_one_that_is_not_known() -> None:
    """Pools of their own, with prices of their own, though both have no word for their township."""
    lacking = {"price": {"contract": "5.00"}}
    rich = {"funding": [{"source": "a", "planned": "9.00"}], "price": {"contract": "1.00"}}
    ledger = {
        "sources": [{"id": "a"}],
        "projects": [
            {"id": "A", "township": "", "priority": "3", **lacking},
            {"id": "B", "priority": "2", **lacking},
            {"id": "C", "township": "", **rich},
            {"id": "D", **rich},
            {"id": "E", "township": "not known", "priority": "5", **lacking},
        ],
    }
    policy = {"rules": [
        {"kind": "within", "by": "township"}, {"kind": "cap", "id": "c", "flow": "in", "at_most": "7.00"}
    ]}  # fmt: skip
    plan = planned(ledger, policy)
    assert plan is not None and plan["objectives"][0]["bound"] == "19.00"
    assert holds(ledger, policy, plan)
    assert certificate_check.check(ledger, policy, plan) == []
