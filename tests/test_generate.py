"""Generated scenarios: the same everywhere, valid at every size, with a policy that fits."""

from __future__ import annotations

import hashlib
from fractions import Fraction

import numpy as np
import pytest

from surplus.balance import Terms, balances
from surplus.errors import SurplusError
from surplus.generator import generate
from surplus.ledger.columns import PRICES, UNKNOWN
from surplus.ledger.ledger import Ledger

SIZES = [10, 11, 57, 300, 10_000]


def columns(ledger: Ledger) -> dict[str, np.ndarray]:
    projects, funding = ledger.projects, ledger.funding
    return {
        "id": projects.id,
        "priority": projects.priority,
        **{name: projects.prices[name] for name in PRICES},
        **{name: column.codes for name, column in projects.fields.items()},
        "claims": projects.claims,
        "cap": projects.cap,
        "project": funding.project,
        "source": funding.source,
        "planned": funding.planned,
        "paid": funding.paid,
    }


def digest(ledger: Ledger) -> str:
    result = hashlib.sha256()
    for column in columns(ledger).values():
        little = column.dtype.newbyteorder("<")
        result.update(np.ascontiguousarray(column).astype(little).tobytes())
    return result.hexdigest()


def test_a_seed_gives_the_same_ledger_on_every_machine() -> None:
    ledger, _ = generate(projects=1_000, seed=7)
    assert digest(ledger) == "03f2de16273b3fdd1856ad55117faf51041acd55cd643e17502b28ae5d1c2cfc"


def test_another_seed_gives_another_ledger() -> None:
    assert digest(generate(50, seed=1)[0]) != digest(generate(50, seed=2)[0])


@pytest.mark.parametrize("size", SIZES)
def test_columns_are_valid(size: int) -> None:
    ledger, _ = generate(size, seed=size)
    projects, funding = ledger.projects, ledger.funding
    assert len(projects) == size
    assert np.all(projects.id[1:] > projects.id[:-1])
    assert np.all((funding.paid >= 0) & (funding.paid <= funding.planned) & (funding.planned > 0))
    step = np.diff(funding.project) * len(ledger.sources) + np.diff(funding.source)
    assert np.all(step > 0)
    for name in PRICES:
        known = projects.prices[name][projects.prices[name] != UNKNOWN]
        assert np.all(known >= 0)
    for column in projects.fields.values():
        assert np.all((column.codes >= 0) & (column.codes < len(column.values)))
        assert list(column.values) == sorted(set(column.values))
    assert not any(column.flags.writeable for column in columns(ledger).values())


@pytest.mark.parametrize("size", SIZES)
def test_the_document_gives_the_columns_back(size: int) -> None:
    ledger, _ = generate(size, seed=3)
    again = Ledger.from_json(ledger.to_json())
    assert again.sources == ledger.sources
    for name, column in columns(ledger).items():
        if name not in ledger.projects.fields:
            assert np.array_equal(columns(again)[name], column), name
    for name, field in ledger.projects.fields.items():
        other = again.projects.fields[name]
        texts = [field.text(row) for row in range(size)]
        assert [other.text(row) for row in range(size)] == texts


@pytest.mark.parametrize("size", SIZES)
def test_prices_lie_on_one_side_of_the_plan(size: int) -> None:
    ledger, _ = generate(size, seed=4)
    balance = balances(ledger, Terms(contingency={"contract": Fraction(3, 100)}))
    prices = ledger.projects.prices
    for name in ("contract", "settlement", "audited", "final"):
        known = prices[name] != UNKNOWN
        assert np.all(prices[name][known & (balance.cost < balance.issued)] >= 0)
        cheap = known & (balance.cost < balance.issued)
        assert np.all(prices[name][cheap] <= balance.issued[cheap])
    assert balance.gap.sum() > 0
    assert balance.releasable.sum() > 0


def test_moving_nothing_satisfies_the_floors_unless_the_policy_is_tight() -> None:
    _, policy = generate(2_000, seed=5, tightness=0.4)
    floors = [rule for rule in policy.rules if rule.kind == "share"]
    assert [floor.id for floor in floors] == ["industry-central", "industry-province"]


@pytest.mark.parametrize(
    "wish",
    [
        {"projects": 9},
        {"projects": 1_000_001},
        {"sources": 0},
        {"tightness": 1.5},
        {"sources_per_project": 0.5},
        {"surplus_share": 0.8, "gap_share": 0.8},
        {"gap_share": -0.1},
        {"priorities": 0},
    ],
)
def test_a_wish_that_cannot_be_met_is_refused(wish: dict[str, float]) -> None:
    with pytest.raises(SurplusError, match=r"generate: .* needed: "):
        generate(**wish)
