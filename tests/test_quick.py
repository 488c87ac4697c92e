"""The way without records takes and refuses what the records do, with the same result."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import surplus
from surplus.ledger.build import ledger_of
from surplus.ledger.quick import quick
from surplus.ledger.records import LedgerRecord
from surplus.records import read_document
from surplus.testing.strategies import documents
from test_ledger import BAD, GOOD, changed


def by_records(document: dict[str, Any]) -> surplus.Ledger:
    return ledger_of(read_document(LedgerRecord, document, surplus.LedgerError))


def assert_same(one: surplus.Ledger, other: surplus.Ledger) -> None:
    assert one.to_json() == other.to_json()
    assert one.projects.id.tolist() == other.projects.id.tolist()
    for key in one.projects.prices:
        np.testing.assert_array_equal(one.projects.prices[key], other.projects.prices[key])
    for name in ("project", "source", "planned", "paid"):
        mine, theirs = getattr(one.funding, name), getattr(other.funding, name)
        assert mine.dtype == theirs.dtype
        assert not mine.flags.writeable
        np.testing.assert_array_equal(mine, theirs)
    assert set(one.projects.fields) == set(other.projects.fields)
    for key, column in one.projects.fields.items():
        assert column.values == other.projects.fields[key].values
        np.testing.assert_array_equal(column.codes, other.projects.fields[key].codes)


@given(
    document=documents(),
    tags=st.booleans(),
    wan=st.booleans(),
    seed=st.randoms(use_true_random=False),
)
def test_plain_documents_take_the_quick_way(
    document: dict[str, Any], tags: bool, wan: bool, seed: Any
) -> None:
    seed.shuffle(document["projects"])
    if tags:
        document["projects"][0]["tags"] = {"use": "road", "县": "伽师"}
    if wan:
        document["unit"] = "wan"
    ledger = quick(document)
    assert ledger is not None
    assert_same(ledger, by_records(document))


def test_the_good_document_but_its_negative_variation() -> None:
    assert quick(GOOD) is None  # a sign is for the records to read
    plain = changed({"projects.0.price.variations": "3.2"})
    ledger = quick(plain)
    assert ledger is not None
    assert_same(ledger, by_records(plain))


@pytest.mark.parametrize("case", BAD, ids=[str(next(iter(c))) for c, _, _ in BAD])
def test_what_records_refuse_is_not_taken(case: tuple[dict[str, Any], str, str]) -> None:
    assert quick(changed({"projects.0.price.variations": "3.2"} | case[0])) is None


junk = st.sampled_from(
    [None, True, 7, 1.5, "", " ", "x", "-1", "-0", "1e3", "0.001", "1.234567", "１２", "9" * 14, "9" * 16,
     [], {}, ["1"], {"a": "b"}, "A\n", "1\n2", "\u200b", "Ａ", "c", "0.10", "5"]
)  # fmt: skip


@given(
    place=st.sampled_from(
        ["id", "name", "category", "tags", "priority", "price", "claims", "cap", "funding", "odd",
         "price.contract", "price.odd", "funding.0.source", "funding.0.planned", "funding.0.paid"]
    ),
    value=junk,
)  # fmt: skip
def test_both_ways_agree_on_junk(place: str, value: Any) -> None:
    document = copy.deepcopy(GOOD)
    document["projects"][0]["price"]["variations"] = "0"
    *path, last = [int(part) if part.isdigit() else part for part in place.split(".")]
    target: Any = document["projects"][0]
    for part in path:
        target = target[part]
    target[last] = value
    ledger = quick(document)
    try:
        expected = by_records(document)
    except surplus.LedgerError:
        assert ledger is None
        return
    if ledger is not None:
        assert_same(ledger, expected)


@pytest.mark.parametrize("text", ["1.00\n2.00", "1\n2", "1.00\n\n"])
@pytest.mark.parametrize("place", ["price.contract", "funding.0.planned", "funding.0.paid"])
def test_two_amounts_in_one_text_move_no_other(place: str, text: str) -> None:
    first, second = copy.deepcopy(GOOD["projects"][0]), copy.deepcopy(GOOD["projects"][0])
    for key, project in (("first", first), ("second", second)):
        project.update(id=key, price={"contract": "7.00"})
        project["funding"] = [
            {"source": GOOD["sources"][0]["id"], "planned": "9.00", "paid": "3.00"}
        ]
    document = GOOD | {"projects": [first, second]}
    assert quick(document) is not None
    target = first["price"] if place.startswith("price") else first["funding"][0]
    target[place.rpartition(".")[2]] = text
    assert quick(document) is None


def test_generated_ledgers() -> None:
    ledger, _ = surplus.generate(projects=500, seed=3)
    document = json.loads(ledger.to_json())
    read = quick(document)
    assert read is not None
    assert_same(read, by_records(document))
