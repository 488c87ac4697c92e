"""Bad and hostile policies: each is refused with its place and what was needed; JSON and TOML alike."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

import surplus
from surplus.io import read_policy


def rule(kind: str, **fields: Any) -> dict[str, Any]:
    return {"rules": [{"kind": kind, **fields}]}


def aim(kind: str, **fields: Any) -> dict[str, Any]:
    return {"objectives": [{"kind": kind, **fields}]}


HIGH, LOW = {"above": "5", "level": "a"}, {"above": "4", "level": "b"}
BAD: list[tuple[dict[str, Any], str]] = [
    ({"release_at": "tender"}, "release_at: 'tender' is not known; needed: 'planned', 'estimate'"),
    ({"attribution": "equal"}, "attribution: 'equal' is not known; needed: 'pro_rata' or 'free'"),
    ({"attribution": [1]}, "attribution[0]: needed: a text"),
    ({"contingency": {"contract": "x"}}, "contingency.contract: 'x' is not a share"),
    ({"contingency": {"contract": "-3%"}}, "contingency.contract: '-3%' is not a share"),
    ({"contingency": {"tender": "3%"}}, "contingency.tender: 'tender' is not known"),
    ({"swaps": "yes"}, "swaps: needed: true or false"),
    ({"swaps": 1}, "swaps: needed: true or false"),
    ({"rules": {}}, "rules: needed: a list"),
    ({"rules": ["permit"]}, "rules[0]: needed: an object"),
    ({"rules": [{}]}, "rules[0]: missing: 'kind'"),
    ({"objectives": []}, "at least one objective, such as fill"),
    ({"objectives": "fill"}, "objectives: needed: a list"),
    ({"objectives": [{}]}, "objectives[0]: missing: 'kind'"),
    ({"objective": []}, "objective: unknown key"),
    ({"unit": "fen"}, "unit: 'fen' is not a unit"),
    ({"name": 3}, "name: needed: a text"),
    (rule("permitt"), "rules[0]: 'permitt' is no kind that is known; did you mean 'permit'?"),
    (rule("tax"), "rules[0]: 'tax' is no kind that is known; known: permit, forbid"),
    (rule("permit", source="c"), "rules[0].source: needed: an object"),
    (rule("permit", source={"lvl": "x"}), "rules[0].source.lvl: unknown key"),
    (rule("permit", source={"level": 3}), "rules[0].source.level: needed: a text; or needed: a list"),
    (rule("permit", project={"catgory": "x"}), "rules[0].project.catgory: unknown key"),
    (rule("permit", project={"tags": ["a"]}), "rules[0].project.tags: needed: an object"),
    (rule("permit", project={"not": "x"}), "rules[0].project.not: needed: an object"),
    (rule("permit", id=7), "rules[0].id: needed: a text"),
    (rule("permit", colour="red"), "rules[0].colour: unknown key"),
    (rule("permit", severity="soft"), "rules[0].severity: 'soft' is not known; needed: 'absolute'"),
    (rule("forbid", severity="advisory"), "rules[0]: a 'forbid' rule has no amount of breach"),
    (rule("cap", flow="in", at_most="5", severity="elastic"), "an elastic rule needs 'price'"),
    (rule("cap", flow="in", at_most="5", price="1"), "an elastic rule needs 'price'"),
    (rule("share"), "rules[0]: needs 'at_least' or 'at_most', such as \"60%\""),
    (rule("share", at_least="60"), "rules[0].at_least: '60' is not a share; needed: a percentage"),
    (rule("share", at_least="-1%"), "rules[0].at_least: '-1%' is not a share"),
    (rule("share", at_least="1/0"), "rules[0].at_least: '1/0' is not a share"),
    (rule("share", at_least=0.6), "rules[0].at_least: not a share; needed: a text such as"),
    (rule("share", at_least="101%"), "'at_least' is 101 %; no share is above 100 %"),
    (rule("share", at_least="60%", at_most="50%"), "'at_least' is above 'at_most'"),
    (rule("share", at_least="60%", of="planned"), "rules[0].of: 'planned' is not known"),
    (rule("share", at_least="60%", baseline="worse"), "rules[0].baseline: 'worse' is not known"),
    (rule("share", at_least="6%", baseline="no_worse", of="moved"), "'of' must be final"),
    (rule("cap", at_most="5"), "rules[0].flow: missing"),
    (rule("cap", flow="through", at_most="5"), "rules[0].flow: 'through' is not known"),
    (rule("cap", flow="in"), "rules[0].at_most: missing"),
    (rule("cap", flow="in", at_most="-5"), "rules[0].at_most: '-5' is negative; needed: 0 or more"),
    (rule("cap", flow="in", at_most="1e3"), "rules[0].at_most: '1e3' is not an amount"),
    (rule("cap", flow="in", at_most="0.001"), "rules[0].at_most: '0.001' has parts of a cent"),
    (rule("cap", flow="in", at_most="5", per=3), "rules[0].per: needed: a text"),
    (rule("reserve"), "rules[0].at_least: missing"),
    (rule("reserve", at_least="120%"), "no share is above 100 %"),
    (rule("reserve", at_least=""), "rules[0].at_least: '' is not an amount"),
    (rule("within"), "rules[0].by: missing"),
    (rule("within", by=3), "rules[0].by: needed: a text"),
    (rule("within", by=""), "rules[0].by: empty; needed: a text"),
    (rule("expiry", on="tomorrow"), "rules[0].on: 'tomorrow' is not a date"),
    (rule("expiry", years=-1), "rules[0].years: -1; needed: at least 0"),
    (rule("expiry", years="2"), "rules[0].years: needed: a whole number"),
    (rule("expiry", then="keep"), "rules[0].then: 'keep' is not known; needed: 'surrender'"),
    (rule("co_finance"), "rules[0]: needs 'at_least' or 'at_most'"),
    (rule("co_finance", at_least="2"), "rules[0].at_least: '2' is not a share"),
    (rule("ceiling"), "rules[0].at_most: missing"),
    (rule("ceiling", of="price", at_most="120%"), "rules[0].of: 'price' is not known"),
    (rule("must_fund", at_least="lots"), "rules[0].at_least: 'lots' is not a share"),
    (rule("must_fund", at_least="110%"), "no share is above 100 %"),
    (rule("precede"), "rules[0].first: missing"),
    (rule("precede", first={"id": "A"}, then=3), "rules[0].then: needed: an object"),
    (rule("precede", first={}, then={}), "wait for each other in a circle"),
    (rule("minimum"), "rules[0].at_least: missing"),
    (rule("minimum", at_least="10%"), "rules[0].at_least: '10%' is not an amount"),
    (rule("lot"), "rules[0].size: missing"),
    (rule("lot", size="0"), "rules[0].size: a lot is more than 0"),
    (rule("lot", size="1", each="donor"), "rules[0].each: 'donor' is not known"),
    (rule("whole", project=[]), "rules[0].project: needed: an object"),
    (rule("single_source", at_most=0), "rules[0].at_most: 0; needed: at least 1"),
    (rule("single_source", at_most="1"), "rules[0].at_most: needed: a whole number"),
    (rule("recipients", at_most=-1), "rules[0].at_most: -1; needed: at least 0"),
    (rule("recipients", at_most=1.5), "rules[0].at_most: needed: a whole number"),
    (rule("transfers", at_most=True), "rules[0].at_most: needed: a whole number"),
    (rule("transfers"), "rules[0].at_most: missing"),
    (rule("cumulative_cap", flow="in", at_most="5", earlier=[{}]), "rules[0].earlier[0].source: missing"),
    (rule("cumulative_cap", flow="in", at_most="5", earlier="x"), "rules[0].earlier: needed: a list"),
    (rule("approval"), "rules[0].tiers: missing"),
    (rule("approval", tiers=[]), "rules[0].tiers: needed: at least one"),
    (rule("approval", tiers=[{"above": "5"}]), "rules[0].tiers[0].level: missing"),
    (rule("approval", tiers=[HIGH, LOW]), "tiers must rise from the lowest amount"),
    (rule("approval", tiers=[HIGH | {"cost": "1"}]), "tiers with a cost need by: 'project'"),
    (rule("freeze", project="P1"), "rules[0].project: needed: an object"),
    ({"rules": [{"kind": "freeze", "id": "a"}, {"kind": "whole", "id": "a"}]},
     "two rules have the id 'a'; ids must differ"),
    ({"rules": [{"kind": "precede", "id": "x", "first": {"id": "A"}, "then": {"id": "B"}},
                {"kind": "precede", "id": "y", "first": {"id": "B"}, "then": {"id": "A"}}]},
     "rules 'x', 'y' wait for each other in a circle"),
    (aim("fil"), "objectives[0]: 'fil' is no kind that is known; did you mean 'fill'?"),
    (aim("fill", weight="size"), "objectives[0].weight: 'size' is not known; needed: 'priority'"),
    (aim("cost", charges=[{"per_unit": "-1"}]), "objectives[0].charges[0].per_unit: '-1' is not a weight"),
    (aim("cost", charges=[{}]), "objectives[0].charges[0].per_unit: missing"),
    (aim("cost", charge=[]), "objectives[0].charge: unknown key"),
    (aim("stay"), "objectives[0].by: missing"),
    (aim("stay", by=[]), "objectives[0].by: needed: a text"),
    (aim("fair", by=""), "objectives[0].by: empty"),
    (aim("fewest", count="projects"), "objectives[0].count: 'projects' is not known"),
    (aim("spare", order="s1"), "objectives[0].order: needed: a list"),
    (aim("stable", plan=[{"source": "a"}]), "objectives[0].plan[0].to: missing"),
    ({"objectives": [{"kind": "stay", "by": "a"}, {"kind": "stay", "by": "b"}]}, "by one field only"),
    ({"objectives": [{"kind": "complete"}, {"kind": "complete"}]}, "'complete' stands twice"),
]  # fmt: skip


def test_there_are_enough() -> None:
    assert len(BAD) >= 60


@pytest.mark.parametrize(("document", "words"), BAD, ids=[words[:60] for _, words in BAD])
def test_bad_policies_are_named_at_their_place(
    document: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(surplus.PolicyError) as caught:
        surplus.Policy.model_validate_json(json.dumps(document))
    assert words in str(caught.value)
    assert "nothing was loaded" in str(caught.value)
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(surplus.PolicyError) as again:
        read_policy(path)
    assert words in str(again.value)


HOSTILE = [
    (b"", "not JSON"),
    (b"{", "not JSON"),
    (b"[]", "needed: an object"),
    (b"null", "needed: an object"),
    (b'"x"', "needed: an object"),
    (b"{}{}", "not JSON: Extra data"),
    (b'{"a":1,"a":2}', "doubled keys: 'a'"),
    (b"\xff\xfe{", "not UTF-8: byte 0"),
    (b'{"rules": NaN}', "NaN is not a number in JSON"),
    (b'{"rules": -Infinity}', "is not a number in JSON"),
    (b"[" * 100_000, "nested too deeply"),
    (b'{"rules":' * 5_000, "nested too deeply"),
    (b"\x00{}", "not JSON"),
    (b'{"name": "\xed\xa0\x80"}', "not UTF-8: byte 10"),
    (b'{"contingency": {"contract": "' + b"9" * 100_000 + b'%"}}', "is not a share"),
    (b"{'name': 1}", "not JSON"),
    (b"{,}", "not JSON"),
    (b'{"name": "a\nb"}', "not JSON"),
]


@pytest.mark.parametrize(("text", "words"), HOSTILE, ids=[repr(t[:20]) for t, _ in HOSTILE])
def test_hostile_texts_are_refused(text: bytes, words: str) -> None:
    with pytest.raises(surplus.PolicyError) as caught:
        surplus.Policy.model_validate_json(text)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 1_000, "a message is for people to read"


def toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize(("document", "words"), BAD, ids=[words[:60] for _, words in BAD])
def test_the_same_in_toml(document: dict[str, Any], words: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text("".join(f"{k} = {toml(v)}\n" for k, v in document.items()), encoding="utf-8")
    with pytest.raises(surplus.PolicyError) as caught:
        read_policy(path)
    assert words in str(caught.value)


TOML: list[tuple[str | bytes, str]] = [
    ("rules = [", "not TOML"),
    ("rules = " + "[" * 50_000, "not TOML: nested too deeply"),
    ("x = " + "{a = " * 50_000, "not TOML: nested too deeply"),
    ("x" + ".x" * 50_000 + " = 1", ""),
    ("a = 1\na = 2", "not TOML: Cannot overwrite a value"),
    ("[a]\n[a]", "not TOML: Cannot declare ('a',) twice"),
    ("rules = 1\n[[rules]]\nkind = 'freeze'", "not TOML"),
    ("[[rules]", "not TOML"),
    ("[[rules]]\nkind = freeze", "not TOML: Invalid value"),
    ("[[rules]]\nkind: 'freeze'", "not TOML: Expected '='"),
    ("[[rules]]\nkind = 'freeze", "not TOML"),
    ("[[rules]]\nkind = \"fre\neze\"", "not TOML: Illegal character"),
    ("[[rules]]\nkind = \"\\x\"", "not TOML: Unescaped '\\' in a string"),
    ("name = \"\\ud800\"", "not TOML: Escaped character is not a Unicode scalar value"),
    ("name = 'a\0b'", "not TOML: Found invalid character '\\x00'"),
    ("\0", "not TOML: Invalid statement"),
    ("{}", "not TOML: Invalid statement"),
    ('{"rules": []}', "not TOML: Invalid statement"),
    ("名称 = 'x'", "not TOML: Invalid statement"),
    ("name = 'x' 'y'", "not TOML: Expected newline"),
    ("name =", "not TOML: Invalid value"),
    ("= 1", "not TOML: Invalid statement"),
    (b"\xff\xfen\0a\0", "not TOML: 'utf-8' codec"),
    (b"name = '\xcf\xd8'", "not TOML: 'utf-8' codec"),
    (b"name = '\xed\xa0\x80'", "not TOML: 'utf-8' codec"),
    (b"PK\x03\x04", "not TOML"),
    (bytes(1_000), "not TOML"),
    ("swaps = nan", "swaps: needed: true or false"),
    ("swaps = inf", "swaps: needed: true or false"),
    ("name = " + "9" * 5_000, "not TOML"),
    ("name = 1e999999999999", "name: needed: a text"),
    ("holidays = [2024-10-01T00:00:00]", "holidays[0]: '2024-10-01 00:00:00' is not a date"),
    ("holidays = [10:00:00]", "holidays[0]: '10:00:00' is not a date"),
    ("holidays = [2024-02-30]", "not TOML: Invalid date or datetime"),
    ("holidays = ['2024-02-30']", "holidays[0]: '2024-02-30' is no day of the calendar"),
    ("holidays = 2024-10-01", "holidays: needed: a list"),
    ("[[rules]]\nkind = 'permitt'", "did you mean 'permit'?"),
    ("[[rules]]\nkind = 'cap'\nflow = 'in'\nat_most = 5.5", "rules[0].at_most"),
    ("[[rules]]\nkind = 'cap'\nflow = 'in'\nat_most = 1_000.005", "rules[0].at_most"),
    ("[[objectives]]\nkind = 'fil'", "did you mean 'fill'?"),
    ("[rules]\nkind = 'freeze'", "rules: needed: a list"),
    ("[contingency]\ncontract = 3", "contingency.contract: not a share"),
    ("x = 1", "x: unknown key"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), TOML, ids=[repr(t)[:30] for t, _ in TOML])
def test_bad_toml(text: str | bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(surplus.PolicyError) as caught:
        read_policy(path)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 1_000, "a message is for people to read"


def test_days_in_toml_are_days(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text("holidays = [2024-10-01, '2024-10-02']", "utf-8")
    assert [day.day for day in read_policy(path).holidays] == [1, 2]


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(surplus.PolicyError) as caught:
        surplus.Policy.model_validate(
            {"rules": [{"kind": "cap"}, {"kind": "reserve"}], "swaps": 3, "colour": "red"}
        )
    assert len(caught.value.problems) == 5


def test_a_rule_that_selects_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    ledger = surplus.Ledger.from_records([{"id": "c"}], [{"id": "A", "category": "roads"}])
    slip = rule("cap", id="k", flow="in", at_most="5", project={"category": "raods"})
    with caplog.at_level(logging.WARNING):
        surplus.reallocate(ledger, surplus.Policy.model_validate(slip))
    assert caplog.messages == ["rule 'k': 'project' selects nothing in this ledger"]


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ({"kind": "within", "by": "town"}, "'within': no project of this ledger has a 'town'"),
        ({"kind": "within", "by": "level"}, "'within': no project of this ledger has a 'level'"),
        ({"kind": "cap", "flow": "in", "at_most": "5", "per": "town"},
         "'cap': no project of this ledger has a 'town'"),
        ({"kind": "cap", "flow": "in", "at_most": "5", "per": "level"}, None),
        ({"kind": "within", "by": "category"}, None),
        ({"kind": "within", "by": "id"}, None),
    ],
)  # fmt: skip
def test_a_field_that_no_project_has_is_said(kind: dict[str, str], said: str | None) -> None:
    ledger = surplus.Ledger.from_records([{"id": "c"}], [{"id": "A", "category": "roads"}])
    policy = surplus.Policy.model_validate({"rules": [kind]})
    assert policy.unused(ledger) == ([said] if said else [])


@pytest.mark.parametrize(
    ("share", "said"),
    [("60%", "60 %"), ("54.86%", "54.86 %"), ("54.8675%", "54.8675 %"), ("1/3", "1/3")],
)
def test_papers_state_the_share_that_a_rule_sets(share: str, said: str) -> None:
    policy = surplus.Policy.model_validate(rule("share", at_least=share))
    for lang in ("en", "zh"):
        assert said in policy.rules[0].sentence(lang)
