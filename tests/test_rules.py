"""Laws over all rules: rows and exact checks agree; no rule is forgotten."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import surplus
from conftest import examples
from surplus.balance import balances
from surplus.model import build
from surplus.policy.rules import RULES
from surplus.proof.breaches import rule_breaches
from surplus.proof.digests import policy_digest
from surplus.testing import check_rows, moves_near_limits
from surplus.testing.strategies import RULE_STRATEGIES, forgotten, ledgers, policy_documents


def test_no_rule_is_forgotten() -> None:
    assert forgotten() == set()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_says_what_it_means_and_where_it_comes_from(rule: type) -> None:
    assert "Precedent" in (rule.__doc__ or ""), "a rule cites a real one"


@pytest.mark.parametrize("kind", sorted(RULE_STRATEGIES))
@given(data=st.data())
def test_rows_and_checks_agree_on_every_whole_cent_plan(kind: str, data: Any) -> None:
    ledger = data.draw(ledgers)
    rules = data.draw(st.lists(RULE_STRATEGIES[kind], min_size=1, max_size=2))
    policy = surplus.Policy.model_validate({"rules": rules})
    check_rows(ledger, policy, data.draw(moves_near_limits(ledger, policy)))


@pytest.mark.parametrize("kind", sorted(RULE_STRATEGIES))
@given(data=st.data())
def test_rows_say_whose_they_are(kind: str, data: Any) -> None:
    """Certificates and reasons tell rows of rules from those of pools and gaps by it."""
    ledger = data.draw(ledgers)
    policy = surplus.Policy.model_validate({"rules": [data.draw(RULE_STRATEGIES[kind])]})
    model = build(ledger, balances(ledger, policy.terms), policy, policy.rules)
    for rule in policy.rules:
        assert {row.rule for row in rule.rows(model.flows)} <= {rule.title}


@pytest.mark.parametrize("kind", sorted(RULE_STRATEGIES))
@given(data=st.data())
def test_sentences_in_both_languages(kind: str, data: Any) -> None:
    policy = surplus.Policy.model_validate({"rules": [data.draw(RULE_STRATEGIES[kind])]})
    (rule,) = policy.rules
    assert rule.sentence("en").endswith(".")
    assert rule.sentence("zh").endswith("。")
    again = surplus.Policy.model_validate_json(policy.model_dump_json(by_alias=True))
    assert again == policy


def test_sentences_in_chinese_name_fields_in_chinese_and_leave_ids_alone() -> None:
    rules: list[dict[str, Any]] = [
        {
            "kind": "cap",
            "flow": "in",
            "source": {"id": "central"},
            "at_most": "5",
            "per": "township",
        },
        {"kind": "within", "source": {"level": "central"}, "by": "department"},
    ]
    policy = surplus.Policy.model_validate({"rules": rules})
    cap, within = (rule.sentence("zh") for rule in policy.rules)
    assert cap == "每个乡镇全部项目调入编号为central不超过5.00 元。"
    assert within == "级次为中央只能在同一部门内调剂。"
    ledger = surplus.Ledger.from_records(
        [{"id": "central", "unallocated": "3"}],
        [
            {"id": "p", "township": "East", "price": {"contract": "2"}},
            {"id": "q", "price": {"contract": "1"}},
        ],
    )
    plan = surplus.reallocate(ledger, policy)
    moves = plan.moves(ledger, surplus.balances(ledger, policy.terms))
    assert [*policy.rules[0].figures(moves, "zh")] == [
        "乡镇 未注明: 1.00 元,上限 5.00 元", "乡镇 East: 2.00 元,上限 5.00 元",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", sorted(RULE_STRATEGIES))
@given(data=st.data())
def test_figures_say_whether_a_rule_is_kept(kind: str, data: Any) -> None:
    ledger = data.draw(ledgers)
    policy = surplus.Policy.model_validate({"rules": [data.draw(RULE_STRATEGIES[kind])]})
    moves = data.draw(moves_near_limits(ledger, policy))
    (rule,) = policy.rules
    broken = [not gauge.kept for gauge in rule.gauges(moves)]
    if kind in ("share", "cap", "cumulative_cap", "must_fund", "co_finance"):
        assert any(broken) == any(rule.breaches(moves))
    elif kind == "reserve":  # an amount kept of a source that has nothing has no bar
        assert not any(broken) or any(rule.breaches(moves))
    else:
        assert broken == []
    for lang in ("en", "zh"):
        assert all(isinstance(words, str) for words in rule.figures(moves, lang))


@given(data=st.data())
def test_a_plan_one_cent_past_a_share_is_refused(data: Any) -> None:
    """A floor at exactly what a plan reaches is kept; raised by the least fraction it is broken."""
    ledger = data.draw(ledgers)
    bare = surplus.Policy.model_validate({})
    moves = data.draw(moves_near_limits(ledger, bare))
    share = {"kind": "share", "project": {"category": "industry"}}
    everyone = np.ones(len(ledger.projects), dtype=bool)
    chosen = (
        surplus.Policy.model_validate({"rules": [share | {"at_least": "0%"}]})
        .rules[0]
        .project.mask(ledger.projects)
    )  # type: ignore[union-attr]
    sources = np.ones(len(ledger.sources), dtype=bool)
    part, whole = moves.held_after(sources, chosen), moves.held_after(sources, everyone)
    assume(0 < part < whole)
    at = surplus.Policy.model_validate({"rules": [share | {"at_least": f"{part}/{whole}"}]})
    past = surplus.Policy.model_validate(
        {"rules": [share | {"at_least": f"{part * 1000 + 1}/{whole * 1000}"}]}
    )
    assert not [*rule_breaches(moves, at)]
    assert [*rule_breaches(moves, past)]


@settings(max_examples=examples(100), deadline=None)
@given(document=policy_documents(), unit=st.sampled_from(["yuan", "wan"]))
def test_policies_can_be_written_and_read_again(document: dict[str, Any], unit: str) -> None:
    """Amounts are written in yuan: what is read again means the same, whatever the first unit."""
    policy = surplus.Policy.model_validate(document | {"unit": unit})
    again = surplus.Policy.model_validate_json(policy.model_dump_json(by_alias=True))
    assert again.model_copy(update={"unit": unit}) == policy
    assert policy_digest(again) == policy_digest(policy)
