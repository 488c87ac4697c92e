"""Laws over all rules: rows and exact checks agree; no rule is forgotten."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

import surplus
from conftest import examples
from strategies import RULE_STRATEGIES, forgotten, ledgers, policy_documents
from surplus.flows import Moves
from surplus.ledger.columns import Cents
from surplus.model import Model, build
from surplus.plan.cents import holds
from surplus.policy.rules import RULES
from surplus.proof.breaches import rule_breaches
from surplus.proof.certificate import policy_digest


def test_no_rule_is_forgotten() -> None:
    assert forgotten() == set()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_says_what_it_means_and_where_it_comes_from(rule: type) -> None:
    assert "Precedent" in (rule.__doc__ or ""), "a rule cites a real one"


@st.composite
def any_moves(draw: st.DrawFn, ledger: surplus.Ledger, policy: surplus.Policy) -> Moves:
    """Moves within gaps and releasable amounts, at their limits more often than not."""
    balance = surplus.balances(ledger, policy.terms)
    room = {("gap", int(p)): int(balance.gap[p]) for p in np.flatnonzero(balance.gap)}
    givers: list[tuple[int, int]] = []
    for s, p, a in zip(
        ledger.funding.source, ledger.funding.project, balance.releasable, strict=True
    ):
        if a > 0:
            givers.append((int(s), int(p)))
            room["out", int(s), int(p)] = int(a)  # type: ignore[index]
    for i, source in enumerate(ledger.sources):
        if source.unallocated:
            givers.append((i, -1))
            room["out", i, -1] = source.unallocated  # type: ignore[index]
    takers = [int(p) for p in np.flatnonzero(balance.gap)]
    rows: dict[tuple[int, int, int], int] = {}
    if givers and takers:
        for _ in range(draw(st.integers(0, 5))):
            (s, g), t = draw(st.sampled_from(givers)), draw(st.sampled_from(takers))
            most = min(room["out", s, g], room["gap", t])  # type: ignore[index]
            amount = draw(st.one_of(st.just(most), st.integers(0, most)))
            if amount:
                room["out", s, g] -= amount  # type: ignore[index]
                room["gap", t] -= amount
                rows[s, g, t] = rows.get((s, g, t), 0) + amount
    table = np.array([(*k, v) for k, v in sorted(rows.items())], dtype=np.int64).reshape(-1, 4).T
    return Moves(ledger, balance, *table, 0 * table[0])


def columns_of(model: Model, moves: Moves) -> Cents | None:
    """The moves as columns of the class program; None where a column for one is missing."""
    flows = model.flows
    of = flows.classes.of
    ins = {
        (s, c): i
        for i, (s, c) in enumerate(
            zip(flows.ins.source.tolist(), flows.ins.project.tolist(), strict=True)
        )
    }
    outs = {
        (s, c): i
        for i, (s, c) in enumerate(
            zip(flows.outs.source.tolist(), flows.outs.project.tolist(), strict=True)
        )
    }
    used = {pool: i for i, pool in enumerate(model.net.used_pool.tolist())}
    x = np.zeros(flows.size, dtype=np.int64)
    for s, g, t, a in zip(
        moves.source.tolist(),
        moves.giver.tolist(),
        moves.taker.tolist(),
        moves.amount.tolist(),
        strict=True,
    ):
        into = ins.get((s, int(of[t])))
        if into is None:
            return None
        x[into] += a
        if g >= 0:
            out = outs.get((s, int(of[g])))
            if out is None:
                return None
            x[len(flows.ins) + out] += a
        else:
            x[len(flows.ins) + len(flows.outs) + used[int(model.net.in_pool[into])]] += a
    return x


def hold(model: Model, x: Cents) -> bool:
    """Whether the rows hold, with some value of each column beside the flows."""
    program = model.program
    if not model.extras:
        return holds(program, x)
    if np.any(x > program.upper[: len(x)]):
        return False
    matrix = np.zeros((len(program.rows), len(program.upper)))
    for i, row in enumerate(program.rows):
        np.add.at(matrix[i], row.columns, row.coefficients)
    bound = np.array([float(row.bound) for row in program.rows]) - matrix[:, : len(x)] @ x
    low = np.where([row.equal for row in program.rows], bound, -np.inf)
    found = milp(
        np.zeros(len(model.extras)),
        integrality=[extra.integer for extra in model.extras],
        bounds=Bounds(0, [extra.upper for extra in model.extras]),
        constraints=LinearConstraint(matrix[:, len(x) :], low, bound),
    )
    return bool(found.success)


@pytest.mark.parametrize("kind", sorted(RULE_STRATEGIES))
@given(data=st.data())
def test_rows_and_checks_agree_on_every_whole_cent_plan(kind: str, data: Any) -> None:
    ledger = data.draw(ledgers)
    rules = data.draw(st.lists(RULE_STRATEGIES[kind], min_size=1, max_size=2))
    policy = surplus.Policy.model_validate({"rules": rules})
    moves = data.draw(any_moves(ledger, policy))
    balance = moves.balance
    model = build(ledger, balance, policy, policy.rules)
    x = columns_of(model, moves)
    kept_by_rows = x is not None and hold(model, x)
    kept_by_check = not [*rule_breaches(moves, policy)]
    assert kept_by_rows == kept_by_check


@pytest.mark.parametrize("kind", sorted(RULE_STRATEGIES))
@given(data=st.data())
def test_sentences_in_both_languages(kind: str, data: Any) -> None:
    policy = surplus.Policy.model_validate({"rules": [data.draw(RULE_STRATEGIES[kind])]})
    (rule,) = policy.rules
    assert rule.sentence("en").endswith(".")
    assert rule.sentence("zh").endswith("。")
    again = surplus.Policy.model_validate_json(policy.model_dump_json(by_alias=True))
    assert again == policy


@given(data=st.data())
def test_a_plan_one_cent_past_a_share_is_refused(data: Any) -> None:
    """A floor at exactly what a plan reaches is kept; raised by the least fraction it is broken."""
    ledger = data.draw(ledgers)
    bare = surplus.Policy.model_validate({})
    moves = data.draw(any_moves(ledger, bare))
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
