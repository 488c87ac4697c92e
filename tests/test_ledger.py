"""The ledger document: read exactly, every problem at once with its place, nothing silently fixed."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given

import surplus
from surplus.testing.strategies import documents

GOOD: dict[str, Any] = {
    "name": "county",
    "currency": "CNY",
    "unit": "yuan",
    "as_of": "2024-11-30",
    "sources": [
        {"id": "c", "name": "中央", "level": "中央", "year": 2024, "first_budgeted": "2024-01-15",
         "expires": "2025-12-31", "unallocated": "5.50", "tags": {"direction": "rural"}},
        {"id": "k", "level": "county"},
    ],
    "projects": [
        {"id": "A", "name": "Road", "category": "roads", "department": "Works", "township": "East",
         "tags": {"use": "road"}, "priority": "2.5",
         "price": {"estimate": "120", "contract": "100", "variations": "-3.20", "settlement": "98",
                   "audited": "97", "final": None, "other": "1"},
         "claims": "2", "cap": "200",
         "funding": [{"source": "c", "planned": "110", "paid": "60"}, {"source": "k", "planned": "5"}]},
        {"id": "B"},
    ],
    "stated": {"issued": "115", "paid": "60", "payment_rate": "52.17%", "projects": 2},
}  # fmt: skip
ABSENT = type("Absent", (), {"__repr__": lambda _: "absent"})()  # named alike in every process


def changed(changes: dict[str, Any]) -> dict[str, Any]:
    document = copy.deepcopy(GOOD)
    for place, value in changes.items():
        *path, last = [int(part) if part.isdigit() else part for part in place.split(".")]
        target: Any = document
        for part in path:
            target = target[part]
        if value is ABSENT:
            del target[last]
        else:
            target[last] = value
    return document


def read(document: Any) -> surplus.Ledger:
    return surplus.Ledger.from_json(json.dumps(document))


def test_it_reads_and_writes_itself() -> None:
    ledger = read(GOOD)
    text = ledger.to_json()
    assert surplus.Ledger.from_json(text).to_json() == text
    assert ledger.sources[0].level == "central"
    assert ledger.sources[0].unallocated == 550
    assert ledger.funding.planned.tolist() == [11000, 500]
    assert ledger.projects.priority.tolist() == [2_500_000, 1_000_000]


@given(documents())
def test_writing_is_stable(document: dict[str, Any]) -> None:
    text = read(document).to_json()
    assert surplus.Ledger.from_json(text).to_json() == text
    records = surplus.Ledger.from_records(document["sources"], document["projects"])
    assert records.to_json() == text


def test_both_units_give_the_same_ledger() -> None:
    wan = {
        "unit": "wan",
        "sources": [{"id": "c", "unallocated": "0.00055"}],
        "projects": [{"id": "A", "price": {"contract": "1.000001"}}],
    }
    yuan = {
        "sources": [{"id": "c", "unallocated": "5.5"}],
        "projects": [{"id": "A", "price": {"contract": "10000.01"}}],
    }
    assert read(wan).to_json() == read(yuan).to_json()


def test_null_is_absent() -> None:
    nulls = changed({"projects.1": {"id": "B", "name": None, "price": {"contract": None}, "cap": None,
                                    "priority": None, "claims": None}})  # fmt: skip
    assert read(nulls).to_json() == read(GOOD).to_json()


def test_the_order_of_rows_does_not_matter() -> None:
    other = changed({})
    other["projects"].reverse()
    other["sources"].reverse()
    other["projects"][1]["funding"].reverse()
    assert read(other).to_json() == read(GOOD).to_json()


BAD: list[tuple[dict[str, Any], str, str]] = [
    *(
        ({f"projects.0.price.{link}": value}, f"projects[0].price.{link}", words)
        for link in ("contract", "settlement", "audited", "final", "estimate", "other")
        for value, words in (
            ("-1", "negative"),
            (0.1 + 0.2, "parts of a cent"),
            ("NaN", "not an amount"),
        )
    ),
    ({"projects.0.price.settlement": True}, "projects[0].price.settlement", "true and false"),
    ({"projects.0.price.settlement": "1e5"}, "projects[0].price.settlement", "not an amount"),
    ({"projects.0.price.settlement": "1_000"}, "projects[0].price.settlement", "not an amount"),
    ({"projects.0.price.settlement": "٣"}, "projects[0].price.settlement", "not an amount"),
    ({"projects.0.price.settlement": "0.001"}, "projects[0].price.settlement", "parts of a cent"),
    ({"projects.0.price.settlement": []}, "projects[0].price.settlement", "not an amount"),
    ({"projects.0.price.settlement": {}}, "projects[0].price.settlement", "not an amount"),
    ({"projects.0.price.variations": "-100.01"}, "projects[0].price.variations", "below 0"),
    ({"projects.0.price.bonus": "1"}, "projects[0].price.bonus", "unknown key"),
    ({"projects.0.price": 7}, "projects[0].price", "needed: an object"),
    ({"projects.0.funding.0.paid": "110.01"}, "projects[0].funding[0].paid", "above planned"),
    ({"projects.0.funding.0.planned": "-1"}, "projects[0].funding[0].planned", "negative"),
    ({"projects.0.funding.0.planned": ABSENT}, "projects[0].funding[0].planned", "missing"),
    ({"projects.0.funding.0.source": "C"}, "projects[0].funding[0].source", "not a source"),
    ({"projects.0.funding.1.source": "c"}, "projects[0].funding[1].source", "twice"),
    ({"projects.0.funding": "c"}, "projects[0].funding", "needed: a list"),
    ({"projects.0.priority": "-1"}, "projects[0].priority", "not a weight"),
    ({"projects.0.priority": 0.1 + 0.2}, "projects[0].priority", "not a weight"),
    ({"projects.0.priority": True}, "projects[0].priority", "not a weight"),
    ({"projects.0.id": ""}, "projects[0].id", "not empty"),
    ({"projects.0.id": " A"}, "projects[0].id", "space"),
    ({"projects.0.id": "A\u200b"}, "projects[0].id", "cannot be seen"),
    ({"projects.0.id": 7}, "projects[0].id", "text"),
    ({"projects.0.id": ABSENT}, "projects[0].id", "missing"),
    ({"projects.1.id": "A"}, "projects[1].id", "also the id of projects[0]"),
    ({"projects.1.id": "Ａ"}, "projects[1].id", "also the id of projects[0]"),
    ({"projects.0.nmae": "x"}, "projects[0].nmae", "unknown key"),
    ({"projects.0.tags": {"use": 3}}, "projects[0].tags.use", "needed: a text"),
    ({"projects.0.claims": "-1"}, "projects[0].claims", "negative"),
    ({"projects.0.cap": "-1"}, "projects[0].cap", "negative"),
    ({"projects": {}}, "projects", "needed: a list"),
    ({"sources.0.id": ABSENT}, "sources[0].id", "missing"),
    ({"sources.1.id": "c"}, "sources[1].id", "also the id of sources[0]"),
    ({"sources.0.year": "2024"}, "sources[0].year", "needed: a whole number"),
    ({"sources.0.year": 1066}, "sources[0].year", "1900"),
    ({"sources.0.expires": "2025-02-30"}, "sources[0].expires", "no day"),
    ({"sources.0.expires": "2025/12/31"}, "sources[0].expires", "not a date"),
    ({"sources.0.expires": "2023-01-01"}, "sources[0].expires", "before"),
    ({"sources.0.first_budgeted": "20240115"}, "sources[0].first_budgeted", "not a date"),
    ({"sources.0.unallocated": "-0.01"}, "sources[0].unallocated", "negative"),
    ({"sources.0.colour": "red"}, "sources[0].colour", "unknown key"),
    ({"unit": "fen"}, "unit", "not a unit"),
    ({"as_of": "yesterday"}, "as_of", "not a date"),
    ({"stated.projects": -1}, "stated.projects", "needed: at least 0"),
    ({"stated.payment_rate": "0.97"}, "stated.payment_rate", "match"),
    ({"stated.total": "1"}, "stated.total", "unknown key"),
    ({"projcts": []}, "projcts", "unknown key"),
]


@pytest.mark.parametrize(
    ("change", "place", "words"),
    BAD,
    ids=[f"{next(iter(c))}={next(iter(c.values()))!r}" for c, _, _ in BAD],
)
def test_bad_values_are_named_at_their_place(
    change: dict[str, Any], place: str, words: str
) -> None:
    with pytest.raises(surplus.LedgerError) as caught:
        read(changed(change))
    problems = {problem.where: str(problem) for problem in caught.value.problems}
    assert place in problems
    assert words in problems[place]
    assert "nothing was loaded" in str(caught.value)


def test_all_problems_are_named_at_once() -> None:
    changes = {
        "projects.0.price.settlement": "x",
        "projects.0.funding.0.paid": "-1",
        "sources.1.unallocated": "1.234",
        "stated.projects": "2",
    }
    with pytest.raises(surplus.LedgerError) as caught:
        read(changed(changes))
    assert [problem.where for problem in caught.value.problems] == [
        "sources[1].unallocated",
        "projects[0].price.settlement",
        "projects[0].funding[0].paid",
        "stated.projects",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "not JSON"),
        (b"{", "line 1, column 2"),
        (b'{"sources": [}', "not JSON"),
        (b"[]", "needed: an object"),
        (b"null", "needed: an object"),
        (b'{"sources": [], "sources": []}', "doubled keys: 'sources'"),
        (b'{"projects": [{"id": "A", "id": "B"}]}', "doubled keys: 'id'"),
        (b'{"sources": [{"id": "c", "unallocated": NaN}]}', "NaN"),
        (b'{"sources": [{"id": "c", "unallocated": -Infinity}]}', "Infinity"),
        (json.dumps(GOOD).encode()[:-9], "not JSON"),
        ('{"name": "县"}'.encode("gb18030"), "not UTF-8"),
        ('{"name": "x"}'.encode("utf-16"), "not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"name": "a\x00b"}', "not JSON"),
        (b'{"name": "x"} {"name": "y"}', "not JSON"),
    ],
)  # fmt: skip
def test_bad_texts_are_refused(text: bytes, words: str) -> None:
    with pytest.raises(surplus.LedgerError) as caught:
        surplus.Ledger.from_json(text)
    assert words in str(caught.value)


def test_a_byte_order_mark_is_no_harm() -> None:
    text = json.dumps(GOOD, ensure_ascii=False)
    marked = surplus.Ledger.from_json(b"\xef\xbb\xbf" + text.encode())
    assert (
        marked.to_json()
        == surplus.Ledger.from_json("\ufeff" + text).to_json()
        == read(GOOD).to_json()
    )


def test_numbers_in_json_are_read_by_their_digits() -> None:
    """0.1 + 0.2 and the like never happen: a JSON number with a fraction keeps its text."""
    text = '{"sources": [{"id": "c", "unallocated": 1234567890123.45}], "projects": []}'
    assert surplus.Ledger.from_json(text).sources[0].unallocated == 123456789012345


def test_floats_from_python_are_refused() -> None:
    """Their digits are not what was typed."""
    with pytest.raises(surplus.LedgerError, match="float"):
        surplus.Ledger.from_records([{"id": "c", "unallocated": 1.5}], [])


def test_amounts_that_would_not_fit_are_refused() -> None:
    huge = "999999999999999.99"
    sources = [{"id": f"s{i}", "unallocated": huge} for i in range(50)]
    with pytest.raises(surplus.LedgerError, match="more than can be"):
        read({"sources": sources, "projects": []})


def test_suggestions_for_sources() -> None:
    with pytest.raises(surplus.LedgerError, match="did you mean 'central-2024'"):
        read({"sources": [{"id": "central-2024"}],
              "projects": [{"id": "A", "funding": [{"source": "centrl-2024", "planned": "1"}]}]})  # fmt: skip
