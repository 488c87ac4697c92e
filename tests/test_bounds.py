"""What multipliers prove, as columns, against sums written term by term from the definition."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import Any
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import surplus
from surplus.flows import Moves
from surplus.program import Extra, Row
from surplus.proof import certificate
from surplus.testing.strategies import ledgers, policy_documents

Rows = Sequence[tuple[Row, Fraction]]


def raw(ledger: surplus.Ledger, policy: surplus.Policy) -> Any:
    return certificate._Raw(ledger, surplus.balances(ledger, policy.terms), policy)


def by_definition(
    case: Any, k: int, factors: Sequence[Fraction], pools: Any, rows: Any
) -> Fraction:
    """The levels up to `k` with multipliers: each project's best answer, added up."""
    net, flows = case.net, case.net.flows
    levels = case.levels[: k + 1]
    gain: dict[int, Fraction] = defaultdict(Fraction)
    beside: dict[Extra, Fraction] = defaultdict(Fraction)
    for level, factor in zip(levels, factors, strict=True):
        for j in range(flows.size):
            gain[j] += factor * int(level.flows[j])
        for extra, weight in level.extras:
            beside[extra] += factor * weight
    total = Fraction(0)
    for row in case.rows:
        y = rows.get(row.name, Fraction(0))
        total += y * row.bound
        for j, a in zip(row.columns.tolist(), row.coefficients.tolist(), strict=True):
            gain[j] -= y * a
        for extra, a in row.extras if y else ():
            beside[extra] -= y * a
    total += sum(
        max(Fraction(0), value - extra.penalty * factors[0]) * extra.upper
        for extra, value in beside.items()
    )
    families = [(net.in_pool, -1), (net.out_pool, 1), (net.used_pool, 1),
                (flows.swap_in_pool, -1), (flows.swap_out_pool, 1)]  # fmt: skip
    j = 0
    for places, sign in families:
        for pool in places.tolist():
            gain[j] += sign * pools.get(net.pools[pool], Fraction(0))
            j += 1
    best: dict[int, Fraction] = defaultdict(Fraction)
    for j, c in enumerate(flows.ins.project.tolist()):
        best[c] = max(best[c], gain[j])
    total += sum(worth * int(flows.classes.take[c]) for c, worth in best.items())
    first = len(flows.ins)
    donors: dict[int, list[tuple[Fraction, int]]] = defaultdict(list)
    for j, c in enumerate(flows.outs.project.tolist()):
        donors[c].append((max(Fraction(0), gain[first + j]), int(flows.outs.amount[j])))
    for c, offers in donors.items():
        left = int(flows.classes.leave[c])
        for worth, amount in sorted(offers, reverse=True):
            total += worth * min(left, amount)
            left -= min(left, amount)
    first += len(flows.outs)
    free: dict[int, Fraction] = defaultdict(Fraction)
    for j, s in enumerate(flows.used_source.tolist()):
        free[s] = max(free[s], gain[first + j])
    total += sum(worth * flows.ledger.sources[s].unallocated for s, worth in free.items())
    first, after = flows.swapping, flows.swapping + len(flows.swap_ins)
    into: dict[int, list[Fraction]] = defaultdict(list)
    for j, c in enumerate(flows.swap_ins.project.tolist()):
        into[c].append(gain[first + j])
    for j, c in enumerate(flows.swap_outs.project.tolist()):
        if into[c]:
            total += max(Fraction(0), max(into[c]) + gain[after + j]) * int(
                flows.swap_outs.amount[j]
            )
    return total


@given(
    ledger=ledgers,
    document=policy_documents(),
    swaps=st.booleans(),
    huge=st.sampled_from([1, 1, 10**12, 10**25]),
    data=st.data(),
)
def test_any_multipliers_prove_the_sum_of_the_best_answers(
    ledger: surplus.Ledger, document: dict[str, Any], swaps: bool, huge: int, data: st.DataObject
) -> None:
    policy = surplus.Policy.model_validate(document | {"swaps": swaps})
    case = raw(ledger, policy)
    some = st.fractions(-3, 3, max_denominator=6)
    pools = {name: data.draw(some) * huge for name in case.net.pools}
    rows = {row.name: data.draw(some) * (huge if row.equal else 1) for row in case.rows}
    rows = {row.name: rows[row.name] if row.equal else abs(rows[row.name]) for row in case.rows}
    k = data.draw(st.integers(0, len(case.levels) - 1))
    weights = [abs(data.draw(some)) for _ in range(k)]
    proof = {
        "weights": [str(w) for w in weights],
        "pools": {name: str(y) for name, y in pools.items() if y or data.draw(st.booleans())},
        "rows": {name: str(y) for name, y in rows.items() if y or data.draw(st.booleans())},
    }
    expected = by_definition(case, k, [*weights, Fraction(1)], pools, rows)
    assert case.limit(k, proof) == expected
    with mock.patch.object(certificate, "_SAFE", 0):  # whatever the size of the numbers
        assert case.limit(k, proof) == expected
    with pytest.raises(ValueError, match="one weight for each earlier level"):
        case.limit(k, {**proof, "weights": [*proof["weights"], "1"]})
    for row in case.rows:
        if not row.equal:
            worse = {**proof, "rows": {**proof["rows"], row.name: "-1/7"}}
            with pytest.raises(ValueError, match="multiplier of a limit is negative"):
                case.limit(k, worse)
    if k:
        with pytest.raises(ValueError, match="weight of a level is negative"):
            case.limit(k, {**proof, "weights": ["-1/9", *proof["weights"][1:]]})


@given(ledger=ledgers, document=policy_documents(), swaps=st.booleans())
def test_a_plan_as_columns_is_worth_what_it_is(
    ledger: surplus.Ledger, document: dict[str, Any], swaps: bool
) -> None:
    """The columns of a plan keep every pool, hold all its money, and come to the value of `fill`."""
    policy = surplus.Policy.model_validate(document | {"swaps": swaps})
    try:
        plan = surplus.reallocate(ledger, policy)
    except (surplus.Infeasible, surplus.SolverError):
        assume(False)
    moves = plan.moves(ledger, surplus.balances(ledger, policy.terms))
    case = raw(ledger, policy)
    amounts, flows = case._amounts(moves), case.net.flows
    aim, level = case.aims[0], case.levels[0]
    assert Fraction(int(level.flows @ amounts)) * aim.worth == aim.value(moves)
    into = defaultdict(int)
    for j, pool in zip(flows.arriving.columns, flows.arriving.pool, strict=True):
        into[int(pool)] += int(amounts[j])
    for j, pool in zip(flows.leaving.columns, flows.leaving.pool, strict=True):
        into[int(pool)] -= int(amounts[j])
    first = len(flows.ins) + len(flows.outs)
    for j, pool in enumerate(case.net.used_pool.tolist()):
        into[pool] -= int(amounts[first + j])
    assert not any(into.values())
    assert amounts[flows.arriving.columns].sum() == moves.amount.sum()
    assert amounts[first : flows.swapping].sum() == moves.amount[~moves.given].sum()
    at = flows.arriving
    for s, p in {*zip(moves.source.tolist(), moves.taker.tolist(), strict=True)}:
        mine = (at.source == s) & (flows.classes.first[0] >= 0) & (at.project == p)
        there = (moves.source == s) & (moves.taker == p)
        assert amounts[at.columns[mine]].sum() == moves.amount[there].sum()
    at = flows.leaving
    for s, p in {
        *zip(moves.source[moves.given].tolist(), moves.giver[moves.given].tolist(), strict=True)
    }:
        there = (moves.source == s) & (moves.giver == p)
        assert (
            amounts[at.columns[(at.source == s) & (at.project == p)]].sum()
            == moves.amount[there].sum()
        )


def test_money_where_none_may_go_has_no_column() -> None:
    ledger = surplus.Ledger.from_records(
        [{"id": "a", "unallocated": "5"}, {"id": "b", "unallocated": "5"}],
        [{"id": "A", "price": {"contract": "4"}}, {"id": "B", "price": {"contract": "4"}}],
    )
    forbid = {"kind": "forbid", "source": {"id": "b"}, "project": {"id": "B"}}
    policy = surplus.Policy.model_validate({"rules": [forbid]})
    case, balance = raw(ledger, policy), surplus.balances(ledger, policy.terms)

    def one(source: int, giver: int, taker: int) -> Any:
        columns = [np.array([v], dtype=np.int64) for v in (source, giver, taker, 100, 0)]
        return case._amounts(Moves(ledger, balance, *columns))

    assert one(0, -1, 1).sum() == one(1, -1, 0).sum() == 200
    for wrong in ((1, -1, 1), (0, 0, 1)):
        with pytest.raises(ValueError, match="where none may go"):
            one(*wrong)


def row(factors: list[int], bound: int, *extras: tuple[Extra, int], defines: bool = False) -> Row:
    return Row(
        "r", np.arange(len(factors)), np.array(factors), bound, extras=extras, defines=defines
    )


def test_what_a_breach_costs() -> None:
    """2 a + 3 b of 4 and 5 are 23: 3 more than 20, in units of 2 that is 2 breaches at 7 each."""
    amounts = np.array([4, 5])
    broken, other = Extra("broken", 9, penalty=7), Extra("other", 9)
    paid = certificate._paid
    assert paid([row([2, 3], 20, (broken, -2))], amounts) == 14
    assert paid([row([2, 3], 23, (broken, -2))], amounts) == 0
    assert paid([row([2, 3], 90, (broken, -2))], amounts) == 0
    assert paid([row([2, 3], 20, (other, -2))], amounts) == 0
    assert paid([row([2, 3], 20, (broken, -2)), row([1, 0], 1, (broken, -1))], amounts) == 14 + 21
    assert paid([row([2, 3], 20)], amounts) == 0
    # A whole-number column of another row takes its part: 1 where anything moves, here 6.
    moves = row([1, 0], 0, (other, -6), defines=True)
    assert paid([moves, row([2, 3], 20, (broken, -2), (other, 5))], amounts) == 7 * 4
    assert paid([row([2, 3], 20, (broken, -2), (other, 5))], amounts) == 14


def test_whole_number_columns_are_as_small_as_flows_let_them_be() -> None:
    one, two, both = Extra("one", 9), Extra("two", 9), Extra("both", 9)
    amounts = np.array([7, 10])
    counted = certificate._counted
    least = [
        row([1, 0], 0, (one, -3), defines=True),  # at least 7 / 3
        row([0, 1], 4, (two, -3), defines=True),  # at least 6 / 3
    ]
    assert counted(least, amounts) == {one: 3, two: 2}
    assert counted([*least, row([0, 1], 0, (two, -2), defines=True)], amounts) == {one: 3, two: 5}
    assert counted([*least, row([0, 1], 9, (two, -2), defines=True)], amounts) == {one: 3, two: 2}
    assert counted([row([1, 0], 99, (one, -3), defines=True)], amounts) == {one: 0}
    assert counted([row([1, 0], 0, (one, -3))], amounts) == {}
    assert counted([row([1, 0], 0, (one, 3), defines=True)], amounts) == {}
    # both + one <= 5 and both <= its bound: as large as the other lets it be
    together = row([0, 0], 5, (both, 1), (one, 1), defines=True)
    assert counted([*least, together], amounts) == {one: 3, two: 2, both: 2}
    assert counted([together, *least], amounts) == {one: 3, two: 2, both: 2}
    doubled = row([0, 0], 9, (both, 2), (one, 1), defines=True)
    assert counted([*least, doubled], amounts)[both] == 3
    wide = row([0, -1], 90, (both, 1), (one, 1), defines=True)
    assert counted([*least, wide], amounts)[both] == 9


def test_a_plan_pays_for_what_it_breaks() -> None:
    """Bounds of elastic plans hold and their certificates are accepted; a bound too low is not."""
    ledger = surplus.Ledger.from_records(
        [{"id": "c", "unallocated": "100"}],
        [
            {"id": "i", "category": "industry", "price": {"contract": "20"}},
            {"id": "h", "category": "housing", "price": {"contract": "100"}},
        ],
    )
    rule = {"kind": "share", "of": "moved", "project": {"category": "industry"}, "at_least": "50%",
            "severity": "elastic", "price": "0.25"}  # fmt: skip
    policy = surplus.Policy.model_validate({"rules": [rule]})
    plan = surplus.reallocate(ledger, policy)
    surplus.verify(plan, ledger, policy)
    assert plan.objectives[0].value == plan.objectives[0].bound
    document = json.loads(plan.to_json())
    document["objectives"][0]["bound"] = document["objectives"][0]["bound"].replace(".00", ".01")
    with pytest.raises(surplus.PlanError, match="bounds are not those"):
        surplus.verify(surplus.Plan.from_json(json.dumps(document)), ledger, policy)
