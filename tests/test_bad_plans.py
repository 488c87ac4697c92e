"""Bad plan documents: unreadable ones are refused with their place, false ones with every breach."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

import surplus

ABSENT = object()
AMOUNTS = [
    ("transfers[0].amount", "12.00"),
    ("projects[0].need", "15.00"),
    ("projects[1].planned", "5.00"),
    ("projects[0].final.c", "12.00"),
    ("projects[0].unmet", "3.00"),
    ("sources[0].available", "12.00"),
    ("sources[0].moved", "12.00"),
    ("sources[0].left", "0.00"),
]
NO_AMOUNT = [
    (None, "not an amount"),
    ("-1.00", "negative"),
    ("1.001", "parts of a cent"),
    ("1e3", "not an amount"),
    ([], "not an amount"),
    ("9" * 20, "too large"),
]
TEXTS = ["transfers[0].source", "projects[0].id", "sources[0].id", "objectives[0].kind"]
LISTS = ["transfers", "projects", "sources", "objectives"]
BAD: list[tuple[str, Any, str]] = [
    *((place, value, words) for place, _ in AMOUNTS for value, words in NO_AMOUNT),
    *((place, 7, "needed: a text") for place in TEXTS),
    *((place, {}, "needed: a list") for place in LISTS),
    *((place, ABSENT, "missing") for place in (*TEXTS, *LISTS, "certificate", "status")),
    *((place, ABSENT, "missing") for place, _ in AMOUNTS if place != "projects[0].final.c"),
    ("status", "best", "'best' is not known; needed: 'optimal' or 'feasible'"),
    ("colour", "red", "unknown key"),
    ("transfers[0].swap", "yes", "'yes' is not known"),
    ("transfers[0].source", "x", "'x' is not listed in the plan"),
    ("transfers[0].to", "x", "'x' is not listed in the plan"),
    ("transfers[1].from", "x", "'x' is not listed in the plan"),
    ("projects[1].id", "A", "'A' is listed twice"),
    ("objectives[0].value", "a lot", "match"),
    ("objectives[0].bound", 12, "needed: a text"),
    ("certificate", [], "needed: an object"),
    ("projects[0].final", [], "needed: an object"),
    ("reasons", {"because": {"kind": "frozen", "rules": [], "sources": [], "amount": None,
                             "projects": [], "count": 0}}, "is not what its data say"),
]  # fmt: skip


def case() -> tuple[surplus.Ledger, surplus.Policy]:
    ledger = surplus.Ledger.from_records(
        [{"id": "c", "unallocated": "10"}],
        [
            {"id": "A", "price": {"contract": "15"}},
            {"id": "B", "price": {"contract": "3"}, "funding": [{"source": "c", "planned": "5"}]},
        ],
    )
    return ledger, surplus.Policy()


DOCUMENT: dict[str, Any] = json.loads(surplus.reallocate(*case()).to_json())


def changed(place: str, value: Any) -> dict[str, Any]:
    document = copy.deepcopy(DOCUMENT)
    steps = place.replace("[", ".").replace("]", "").split(".")
    inner: Any = document
    for step in steps[:-1]:
        inner = inner[int(step)] if step.isdigit() else inner[step]
    if value is ABSENT:
        del inner[steps[-1]]
    else:
        inner[steps[-1]] = value
    return document


def test_there_are_enough() -> None:
    assert len(BAD) >= 60


@pytest.mark.parametrize(
    ("place", "value", "words"), BAD, ids=[f"{p}={str(v)[:20]}" for p, v, _ in BAD]
)
def test_unreadable_plans_are_refused_at_their_place(place: str, value: Any, words: str) -> None:
    with pytest.raises(surplus.PlanFileError) as caught:
        surplus.Plan.from_json(json.dumps(changed(place, value)))
    assert words in str(caught.value)
    assert any(
        problem.where.startswith(place.split("[", maxsplit=1)[0])
        for problem in caught.value.problems
    )


FALSE = [
    ("transfers[0].amount", "10.01", "unallocated money"),
    ("transfers[0].amount", "9.99", "unmet"),
    ("transfers[1].amount", "2.01", "may release"),
    ("transfers[1].from", "A", "does not hold"),
    ("transfers[1].from", None, "stand together in two transfers"),
    ("transfers[0].amount", "0.00", "do not move a positive amount"),
    ("projects[0].need", "15.01", "need of"),
    ("projects[1].planned", "5.01", "planned of"),
    ("projects[0].final.c", "12.01", "final funding"),
    ("projects[0].unmet", "2.99", "unmet of"),
    ("sources[0].available", "12.01", "available of"),
    ("sources[0].moved", "12.01", "moved of"),
    ("sources[0].left", "0.01", "left of"),
    ("objectives[0].value", "12.01", "the value of 'fill'"),
    ("objectives[0].bound", "11.99", "no bound of 'fill'"),
    ("objectives[0].bound", "12.01", "the bounds are not those that the multipliers prove"),
    ("objectives[0].kind", "cost", "other objectives"),
    ("certificate", {}, "no certificate"),
    ("certificate.ledger", "0" * 64, "another ledger"),
    ("certificate.policy", "0" * 64, "another policy"),
    ("certificate.levels", [], "the certificate has 0 levels, not 1"),
    ("certificate.levels[0].limit", "1", "the multipliers prove"),
    ("certificate.levels[0].pools.c", "0", "the multipliers prove"),
    ("certificate.levels[0].pools", None, "cannot be read"),
]


@pytest.mark.parametrize(("place", "value", "words"), FALSE, ids=[f"{p}={v}" for p, v, _ in FALSE])
def test_false_plans_are_refused_with_every_breach(place: str, value: Any, words: str) -> None:
    plan = surplus.Plan.from_json(json.dumps(changed(place, value)))
    with pytest.raises(surplus.PlanError) as caught:
        surplus.verify(plan, *case())
    assert words in str(caught.value)
    assert str(caught.value).endswith("the plan does not hold.")
