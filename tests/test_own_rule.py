"""Rules of others: objects in a policy, bound, proved and written like any other; and examples of ours."""

from __future__ import annotations

import json
import runpy
import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import surplus
from conftest import examples
from surplus.proof.digests import policy_digest
from surplus.testing import Moves, check_plan, check_rows, ledgers, moves_near_limits

EXAMPLE = Path(__file__).parents[1] / "examples" / "09_own_rule.py"
KeepPace: Any = runpy.run_path(str(EXAMPLE))["KeepPace"]


def policy(pace: Fraction, **more: Any) -> surplus.Policy:
    rule = KeepPace(category="water", than="roads", pace=pace, **more)
    share = {"kind": "share", "project": {"category": "industry"}, "at_most": "60%"}
    return surplus.Policy.model_validate({"rules": [share, rule]})


paces = st.fractions(0, 2, max_denominator=9)


@settings(max_examples=examples(100), deadline=None)
@given(ledger=ledgers, pace=paces)
def test_plans_keep_it_and_are_proved(ledger: surplus.Ledger, pace: Fraction) -> None:
    try:
        plan = surplus.reallocate(ledger, policy(pace))
    except surplus.Infeasible as error:
        surplus.verify_infeasible(error.to_json(), ledger, policy(pace))
        return
    check_plan(plan, ledger, policy(pace))


@given(ledger=ledgers, pace=paces, data=st.data())
def test_a_wrong_row_and_a_wrong_check_are_found(
    ledger: surplus.Ledger, pace: Fraction, data: st.DataObject
) -> None:
    """Where the rule is at stake at all, rows of half the share do not agree with the check."""

    class Careless(KeepPace):  # type: ignore[misc]
        def rows(self, flows: Any) -> Any:
            return KeepPace(**{**self.model_dump(), "pace": self.pace / 2}).rows(flows)

    rule = Careless(category="water", than="roads", pace=pace)
    own = surplus.Policy.model_validate({"rules": [rule]})
    moves: Moves = data.draw(moves_near_limits(ledger, own))
    fields = ledger.projects.fields["category"]
    got = {
        value: int(moves.received[fields.codes == code].sum())
        for code, value in enumerate(fields.values)
    }
    water, roads = got.get("water", 0), got.get("roads", 0)
    if pace / 2 * roads <= water < pace * roads:
        with pytest.raises(AssertionError, match="rows say True, the check says"):
            check_rows(ledger, own, moves)
    else:
        check_rows(ledger, own, moves)


def test_it_is_written_and_counts_in_the_digest() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        document = json.loads(policy(Fraction(1, 2)).model_dump_json(by_alias=True))
    assert document["rules"][1]["kind"] == "keep_pace"
    assert document["rules"][1]["id"] == "keep_pace-2"
    half, third = (policy_digest(policy(Fraction(1, d))) for d in (2, 3))
    assert half != third


def test_a_document_cannot_ask_for_it() -> None:
    """Documents name only rules that surplus has: what a document says must not depend on who reads it."""
    with pytest.raises(surplus.PolicyError, match="'keep_pace' is no kind that is known"):
        surplus.Policy.model_validate({"rules": [{"kind": "keep_pace"}]})


def test_a_copy_of_a_known_rule_is_still_checked() -> None:
    known = surplus.Policy.model_validate({"rules": [{"kind": "freeze"}]}).rules[0]
    assert surplus.Policy.model_validate({"rules": [known]}).rules == (
        known.model_copy(update={"id": "freeze-1"}),
    )


def test_rows_and_check_of_the_example_agree() -> None:
    """At the limit, and one cent past it, by hand."""
    ledger = surplus.Ledger.from_records(
        [{"id": "s", "unallocated": "9"}],
        [{"id": name, "category": name, "price": {"contract": "6"}} for name in ("roads", "water")],
    )
    own = policy(Fraction(1, 2))
    for water, kept in ((200, True), (199, False)):
        balance = surplus.balances(ledger, own.terms)
        columns = np.array([[0, -1, 0, 400, 0], [0, -1, 1, water, 0]], dtype=np.int64).T
        assert check_rows(ledger, own, Moves(ledger, balance, *columns)) is kept
