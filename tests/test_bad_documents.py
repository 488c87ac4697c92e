"""Bad and hostile JSON: one small change to a good document, refused with the place and the reason."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

import surplus
from surplus.io import read_policy
from test_bad_plans import DOCUMENT

LEDGER = """\
{"name": "county", "currency": "CNY", "unit": "yuan", "as_of": "2024-11-30",
 "sources": [
  {"id": "c", "name": "中央", "level": "central", "year": 2024, "first_budgeted": "2024-01-15",
   "expires": "2025-12-31", "unallocated": "5.50", "tags": {"direction": "rural"}},
  {"id": "k", "level": "county"}],
 "projects": [
  {"id": "A", "name": "Road", "category": "roads", "department": "Works", "township": "East",
   "tags": {"use": "road"}, "priority": "2.5",
   "price": {"estimate": "120", "contract": "100", "variations": "-3.20", "settlement": "98",
             "audited": "97", "final": null, "other": "1"},
   "claims": "2", "cap": "200",
   "funding": [{"source": "c", "planned": "110", "paid": "60"}, {"source": "k", "planned": "5"}]},
  {"id": "B"}],
 "stated": {"issued": "115", "paid": "60", "payment_rate": "52.17%", "projects": 2}}
"""
POLICY = '{"name": "p", "rules": [{"kind": "cap", "flow": "in", "at_most": "5"}]}'
PLAN = json.dumps(DOCUMENT)
MANY = ",".join(f'{{"id": "s{i}", "unallocated": "999999999999999.99"}}' for i in range(50))

UNSEEN = "\\u200b"
BAD: list[tuple[str, str, str]] = [
    # amounts: old text, new text, what the message says
    ('"5.50"', '"5.505"', "sources[0].unallocated: '5.505' has parts of a cent"),
    ('"5.50"', "5.505", "sources[0].unallocated: '5.505' has parts of a cent"),
    ('"5.50"', "5.5e3", "sources[0].unallocated: '5.5E+3' is not an amount"),
    ('"5.50"', "1e-7", "sources[0].unallocated: '1E-7' is not an amount"),
    ('"5.50"', "-5", "sources[0].unallocated: '-5' is negative; needed: 0 or more"),
    ('"5.50"', '"-0"', "sources[0].unallocated: '-0' is a negative zero; needed: 0"),
    ('"5.50"', "-0.0", "sources[0].unallocated: '-0.0' is a negative zero"),
    ('"5.50"', '"1000000000000000"', "'1000000000000000' is too large; needed: at most 15 digits"),
    ('"5.50"', "1000000000000000", "sources[0].unallocated: '1000000000000000' is too large"),
    ('"5.50"', '"٥"', "sources[0].unallocated: '٥' is not an amount"),
    ('"5.50"', '"५.५०"', "sources[0].unallocated: '५.५०' is not an amount"),
    ('"5.50"', '"⁵"', "sources[0].unallocated: '⁵' is not an amount"),
    ('"5.50"', '"五"', "sources[0].unallocated: '五' is not an amount"),
    ('"5.50"', f'"5{UNSEEN}0"', "sources[0].unallocated: '5\u200b0' is not an amount"),
    ('"5.50"', '"5 50"', "sources[0].unallocated: '5 50' is not an amount"),
    ('"5.50"', '" "', "sources[0].unallocated: ' ' is not an amount"),
    ('"5.50"', '""', "sources[0].unallocated: '' is not an amount"),
    ('"5.50"', '"+5"', "sources[0].unallocated: '+5' is not an amount"),
    ('"5.50"', '"5."', "sources[0].unallocated: '5.' is not an amount"),
    ('"5.50"', '".5"', "sources[0].unallocated: '.5' is not an amount"),
    ('"5.50"', '"0x5"', "sources[0].unallocated: '0x5' is not an amount"),
    ('"5.50"', '"5_000"', "sources[0].unallocated: '5_000' is not an amount"),
    ('"5.50"', '"5,00"', "sources[0].unallocated: '5,00' is not an amount"),
    ('"5.50"', '"5,000,00"', "sources[0].unallocated: '5,000,00' is not an amount"),
    ('"5.50"', '"--5"', "sources[0].unallocated: '--5' is not an amount"),
    ('"5.50"', '"5元"', "sources[0].unallocated: '5元' is not an amount; needed: an amount in yuan"),
    ('"5.50"', '"$5"', "sources[0].unallocated: '$5' is not an amount"),
    ('"5.50"', '"5%"', "sources[0].unallocated: '5%' is not an amount"),
    ('"5.50"', '"infinity"', "sources[0].unallocated: 'infinity' is not an amount"),
    ('"5.50"', "false", "sources[0].unallocated: true and false are not amounts"),
    ('"5.50"', '["5"]', "sources[0].unallocated: not an amount; needed: a text such as"),
    ('"110"', "null", "projects[0].funding[0].planned: not an amount"),
    ('"planned": "110"', '"plan": "110"', "projects[0].funding[0].plan: unknown key"),
    ('"100", "variations": "-3.20"', '"3", "variations": "-3.20"', "contract price below 0"),
    ('"2", "cap"', '"two", "cap"', "projects[0].claims: 'two' is not an amount"),
    ('"cap": "200"', '"cap": "200.001"', "projects[0].cap: '200.001' has parts of a cent"),
    ('"issued": "115"', '"issued": "-115"', "stated.issued: '-115' is negative"),
    ('"60"},', '"110.01"},', "funding[0].paid: paid 110.01 yuan is above planned 110.00"),
    ('"c", "name"', '"c", "unallocated": "1", "name"', "doubled keys: 'unallocated'"),
    # weights, shares, counts, days
    ('"2.5"', '"-2.5"', "projects[0].priority: '-2.5' is not a weight; needed: a number from 0"),
    ('"2.5"', '"1e2"', "projects[0].priority: '1e2' is not a weight"),
    ('"2.5"', '"1000000001"', "projects[0].priority: '1000000001' is not a weight"),
    ('"2.5"', '"0.0000001"', "projects[0].priority: '0.0000001' is not a weight"),
    ('"2.5"', '"high"', "projects[0].priority: 'high' is not a weight"),
    ('"2.5"', "[2.5]", "projects[0].priority: not a weight; needed: a text"),
    ('"52.17%"', '"٥٢%"', "stated.payment_rate"),
    ('"52.17%"', "52.17", "stated.payment_rate: needed: a text"),
    ('"projects": 2}', '"projects": 2.5}', "stated.projects: needed: a whole number"),
    ('"projects": 2}', '"projects": -2}', "stated.projects: -2; needed: at least 0"),
    ('"year": 2024', '"year": 2024.5', "sources[0].year: needed: a whole number"),
    ('"year": 2024', '"year": "２０２４"', "sources[0].year: needed: a whole number"),
    ('"year": 2024', '"year": 20241', "sources[0].year: 20241; needed: at most 2200"),
    ('"year": 2024', '"year": true', "sources[0].year: needed: a whole number"),
    ('"2025-12-31"', '"2025-13-31"', "sources[0].expires: '2025-13-31' is no day of the calendar"),
    ('"2025-12-31"', '"0000-01-01"', "sources[0].expires: '0000-01-01' is no day"),
    ('"2025-12-31"', '"２０２５-12-31"', "sources[0].expires: '２０２５-12-31' is not a date"),
    ('"2025-12-31"', '"2025-12-31 "', "sources[0].expires: '2025-12-31 ' is not a date"),
    ('"2025-12-31"', '"2025-12-31T00:00"', "sources[0].expires: '2025-12-31T00:00' is not a date"),
    ('"2025-12-31"', "20251231", "sources[0].expires: '20251231' is not a date"),
    ('"2025-12-31"', '"2024-01-14"', "sources[0].expires: 2024-01-14 is before the money was first"),
    ('"as_of": "2024-11-30"', '"as_of": 0', "as_of: '0' is not a date"),
    # ids and who names them
    ('"id": "c"', '"id": "c "', "sources[0].id: 'c ' begins or ends with a space"),
    ('"id": "c"', '"id": "\\u3000c"', "sources[0].id: '\u3000c' begins or ends with a space"),
    ('"id": "c"', '"id": "c\\u0000"', "sources[0].id: 'c\\x00' has a character that cannot be seen"),
    ('"id": "c"', '"id": "c\\u202e"', "sources[0].id: 'c\\u202e' has a character that cannot be seen"),
    ('"id": "c"', '"id": null', "sources[0].id: needed: a text that is not empty"),
    ('"id": "c"', '"id": ["c"]', "sources[0].id: needed: a text that is not empty"),
    ('"id": "k"', '"id": "ｃ"', "sources[1].id: 'ｃ' is also the id of sources[0]"),
    ('"id": "B"', '"id": "A"', "projects[1].id: 'A' is also the id of projects[0]"),
    ('"source": "c"', '"source": "C"', "projects[0].funding[0].source: 'C' is not a source"),
    ('"source": "c"', '"source": "k"', "projects[0].funding[1].source: 'k' stands twice"),
    ('"source": "c"', '"source": "c\\u0000"', "projects[0].funding[0].source"),
    ('"source": "c"', '"source": null', "projects[0].funding[0].source: needed: a text"),
    # shapes
    ('"tags": {"use": "road"}', '"tags": ["road"]', "projects[0].tags: needed: an object"),
    ('"tags": {"use": "road"}', '"tags": {"use": null}', "projects[0].tags.use: needed: a text"),
    ('"name": "Road"', '"name": {"en": "Road"}', "projects[0].name: needed: a text"),
    ('"name": "county"', '"name": 7', "name: needed: a text"),
    ('"currency": "CNY"', '"currency": null', "currency: needed: a text"),
    ('"unit": "yuan"', '"unit": "亿"', "unit: '亿' is not a unit"),
    ('"unit": "yuan"', '"unit": ["yuan"]', "unit: ['yuan'] is not a unit"),
    ('{"id": "B"}', "null", "projects[1]: needed: an object"),
    ('{"id": "B"}', '["B"]', "projects[1]: needed: an object"),
    ('{"id": "B"}', '{"ID": "B"}', "projects[1].ID: unknown key"),
    ('{"id": "k", "level": "county"}', '"k"', "sources[1]: needed: an object"),
    ('"sources": [', '"source": [', "source: unknown key"),
    ('"stated": {"issued"', '"stated": [], "x": {"issued"', "stated: needed: an object"),
    ('"level": "county"}]', f'"level": "county"}}, {MANY}]', "document: amounts add up to"),
    # JSON itself
    ('"year": 2024', '"year": NaN', "document: NaN is not a number in JSON"),
    ('"year": 2024', '"year": Infinity', "document: Infinity is not a number in JSON"),
    ('"year": 2024', '"year": 02024', "document: not JSON: Expecting ',' delimiter at line 3"),
    ('"year": 2024', '"year": 2024,', "document: not JSON: Expecting"),
    ('"year": 2024', '"year": ' + "9" * 5_000, "document: Exceeds the limit (4300 digits)"),
    ('"Road"', '"Road', "document: not JSON: Expecting ',' delimiter at line 7"),
    ('"Road"', '"Ro\tad"', "document: not JSON: Invalid control character"),
    ('"Road"', "Road", "document: not JSON: Expecting value at line 7, column 23"),
    ('"Road"', "'Road'", "document: not JSON: Expecting value at line 7"),
    ('"Road"', '"Ro\\x61d"', "document: not JSON: Invalid \\escape"),
    ('"Road"', '"\\u12"', "document: not JSON: Invalid \\uXXXX escape"),
    ('"Road"', "[" * 100_000 + "]" * 100_000, "document: nested too deeply"),
    ('"Road"', '{"a":' * 100_000 + "1" + "}" * 100_000, "document: nested too deeply"),
    ('{"id": "B"}', '{"id": "B", "id": "B"}', "document: doubled keys: 'id'; each may stand once"),
    ('"use": "road"', '"use": "a", "use": "b"', "document: doubled keys: 'use'"),
    ("52.17%", "52.17%\0", "document: not JSON: Invalid control character"),
]  # fmt: skip

READERS: dict[str, tuple[str, Callable[[bytes], object]]] = {
    "ledger": (LEDGER, surplus.Ledger.from_json),
    "policy": (POLICY, surplus.Policy.model_validate_json),
    "plan": (PLAN, surplus.Plan.from_json),
}


def test_the_good_documents_are_good() -> None:
    for text, reader in READERS.values():
        reader(text.encode())
    assert len(BAD) >= 60
    assert len({(old, new) for old, new, _ in BAD}) == len(BAD)


@pytest.mark.parametrize(("old", "new", "words"), BAD, ids=[f"{o}-{n}"[:60] for o, n, _ in BAD])
def test_a_bad_ledger_is_refused_at_its_place(old: str, new: str, words: str) -> None:
    assert LEDGER.count(old), old
    with pytest.raises(surplus.LedgerError) as caught:
        surplus.Ledger.from_json(LEDGER.replace(old, new, 1))
    assert words in str(caught.value)
    assert str(caught.value).endswith("in the ledger; nothing was loaded.")


def last(text: str) -> str:
    return text.rstrip()[:-1]


HOSTILE: dict[str, tuple[Callable[[str], str | bytes], str]] = {
    "empty": (lambda _: "", "document: not JSON: Expecting value at line 1, column 1"),
    "white": (lambda _: " \n\t", "document: not JSON: Expecting value at line 2, column 2"),
    "only a mark": (lambda _: b"\xef\xbb\xbf", "document: not JSON: Expecting value"),
    "null": (lambda _: "null", "document: needed: an object"),
    "a number": (lambda _: "1", "document: needed: an object"),
    "a text": (lambda _: '"x"', "document: needed: an object"),
    "in a list": (lambda text: f"[{text}]", "document: needed: an object"),
    "in a text": (json.dumps, "document: needed: an object"),
    "no last bracket": (last, "document: not JSON: Expecting ',' delimiter"),
    "half": (lambda text: text[: len(text) // 2], "document: not JSON"),
    "one bracket more": (lambda text: text + "}", "document: not JSON: Extra data"),
    "twice": (lambda text: text + text, "document: not JSON: Extra data"),
    "a comma more": (lambda text: last(text) + ",}", "document: not JSON"),
    "a comment": (lambda text: "// ledger\n" + text, "not JSON: Expecting value at line 1"),
    "utf-16": (lambda text: text.encode("utf-16"), "document: not UTF-8: byte 0 cannot be read"),
    "utf-16 without a mark": (lambda text: text.encode("utf-16-le"), "document: not"),
    "utf-32": (lambda text: text.encode("utf-32"), "document: not UTF-8: byte 0"),
    "latin-1": (lambda text: last(text).encode() + b',"\xe9":1}', "document: not UTF-8: byte"),
    "gb18030": (lambda text: last(text).encode() + b',"\xcf\xd8":1}', "document: not UTF-8: byte"),
    "a half character": (lambda text: text.encode()[:1] + b"\xe4\xb8", "not UTF-8: byte 1"),
    "an overlong character": (lambda text: b"\xc0\xaf" + text.encode(), "not UTF-8: byte 0"),
    "a surrogate in UTF-8": (lambda _: b'{"name": "\xed\xa0\x80"}', "not UTF-8: byte 10"),
    "NUL first": (lambda text: "\0" + text, "document: not JSON"),
    "NUL last": (lambda text: text + "\0", "document: not JSON: Extra data"),
    "zeros": (lambda _: bytes(1000), "document: not JSON"),
    "gzip": (lambda _: b"\x1f\x8b\x08\0", "document: not UTF-8: byte 1"),
    "zip": (lambda _: b"PK\x03\x04", "document: not JSON"),
    "open lists": (lambda _: "[" * 100_000, "document: nested too deeply"),
    "lists": (lambda _: "[" * 100_000 + "]" * 100_000, "document: nested too deeply"),
    "objects": (lambda t: last(t) + ',"x":' + '{"a":' * 100_000, "document: nested too deeply"),
    "doubled": (lambda text: last(text) + ',"x":1,"x":2}', "document: doubled keys: 'x'"),
    "doubled within": (lambda text: last(text) + ',"x":[{"y":1,"y":1}]}', "doubled keys: 'y'"),
    "doubled in disguise": (lambda text: last(text) + ',"x":1,"\\u0078":2}', "doubled keys: 'x'"),
    "NaN": (lambda text: last(text) + ',"x":NaN}', "document: NaN is not a number in JSON"),
    "Infinity": (lambda text: last(text) + ',"x":Infinity}', "document: Infinity is not a number"),
    "-Infinity": (lambda text: last(text) + ',"x":-Infinity}', "document: -Infinity is not a"),
    "many digits": (lambda text: last(text) + f',"x":{"9" * 5_000}}}', "limit (4300 digits)"),
    "unknown key": (lambda text: last(text) + ',"colour":1}', "colour: unknown key"),
    "empty key": (lambda text: last(text) + ',"":1}', "unknown key"),
    "proto": (lambda text: last(text) + ',"__proto__":{}}', "__proto__: unknown key"),
    "python": (lambda text: last(text) + ',"__class__":"x"}', "__class__: unknown key"),
    "quotes": (lambda text: text.replace('"', "'"), "document: not JSON: Expecting property name"),
    "full-width": (lambda text: text.replace('"', "＂"), "document: not JSON: Expecting property"),
    "no quotes": (lambda text: text.replace('"', ""), "document: not JSON: Expecting property name"),
    "unit": (lambda text: '{"unit": 5,' + text.replace('"unit"', '"u"')[1:], "unit: 5 is not a unit"),
    "exponent": (lambda text: last(text) + f',"x":1e{"9" * 20}}}', "exponent"),
    "half a character": (lambda text: last(text) + ',"\\ud800":1}', "surrogate"),
    "half a character, raw": (lambda text: last(text) + ',"\ud800":1}', "surrogate"),
}  # fmt: skip


def refused(name: str, change: Callable[[str], str | bytes], words: str) -> None:
    good, reader = READERS[name]
    with pytest.raises(surplus.SurplusError) as caught:
        reader(change(good))  # type: ignore[arg-type]
    assert words in str(caught.value)
    assert str(caught.value).endswith(f"in the {name}; nothing was loaded.")
    assert len(str(caught.value)) < 2_000, "a message is for people to read"


@pytest.mark.parametrize("name", READERS)
@pytest.mark.parametrize(("change", "words"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts(name: str, change: Callable[[str], str | bytes], words: str) -> None:
    refused(name, change, words)


def reads(path: Path) -> list[str]:
    """What both readers of files say."""
    said = []
    for reader in (surplus.read, read_policy):
        with pytest.raises(surplus.SurplusError) as caught:
            reader(path)
        said.append(str(caught.value))
    return said


@pytest.mark.parametrize("name", ["x" * 5_000 + ".json", "a\0b.json", "none/../x.json"])
def test_names_of_no_file(name: str, tmp_path: Path) -> None:
    assert all("there is no such file" in text for text in reads(tmp_path / name))


def test_links_in_a_circle_are_no_file(tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    path.symlink_to(path)
    assert all("there is no such file" in text for text in reads(path))


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs devices")
@pytest.mark.parametrize("suffix", ["json", "xlsx"])
def test_devices_and_pipes_are_not_read_for_ever(suffix: str, tmp_path: Path) -> None:
    device, pipe = tmp_path / f"device.{suffix}", tmp_path / f"pipe.{suffix}"
    device.symlink_to("/dev/zero")
    os.mkfifo(pipe)
    for path in (device, pipe):
        ledger, policy = reads(path)
        assert "neither a file nor a folder" in ledger
        assert "there is no such file" in policy


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs /proc")
def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    path.symlink_to("/proc/self/mem")
    assert all("ledger.json: the file cannot be read: " in text for text in reads(path))


def test_long_chains_and_long_circles_of_rules() -> None:
    def rule(first: int, then: int) -> dict[str, object]:
        return {"kind": "precede", "first": {"id": str(first)}, "then": {"id": str(then)}}

    chain = [rule(i, i + 1) for i in range(2_000)]
    assert len(surplus.Policy.model_validate({"rules": chain}).rules) == 2_000
    with pytest.raises(surplus.PolicyError, match="wait for each other in a circle"):
        surplus.Policy.model_validate({"rules": [*chain, rule(2_000, 0)]})


def test_branching_rules_are_searched_once() -> None:
    """Two ways at each of 60 steps: not two to the power of 60 ways."""
    rules = [
        {"kind": "precede", "first": {"id": f"{i}{a}"}, "then": {"id": f"{i + 1}{b}"}}
        for i in range(60)
        for a in "xy"
        for b in "xy"
    ]
    assert len(surplus.Policy.model_validate({"rules": rules}).rules) == 240


def test_many_unknown_sources_are_told_quickly() -> None:
    sources = [{"id": f"{'s' * 1000}-{i}"} for i in range(1_000)]
    projects = [
        {"id": f"P{i}", "funding": [{"source": f"{'s' * 1000}_{i}", "planned": "1"}]}
        for i in range(500)
    ]
    with pytest.raises(surplus.LedgerError) as caught:
        surplus.Ledger.from_records(sources, projects)
    assert len(caught.value.problems) == 500
