"""Errors in Chinese: every message that the bad-input tests know is translated, whole, with its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import surplus
import test_bad_columns
import test_bad_documents
import test_bad_plans
import test_bad_policies
import test_bad_tables
from surplus.cli import chinese as catalogue
from surplus.cli import main
from surplus.cli.chinese import chinese, place
from surplus.cli.complain import said
from surplus.cli.words import Words
from surplus.errors import InputError

OTHERS = (
    "not JSON: ",
    "not TOML: ",
    "not a Parquet file",
    "the file cannot be read",
    "String should match",
)
"""What other programs say, and stays in their words."""
ENGLISH = re.compile(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b")


def errors(tmp_path: Path) -> Iterator[InputError]:
    """One error of each kind of bad input: tables, workbooks, frames, ledgers, policies, plans."""

    def caught(read: object, *arguments: object, **named: object) -> Iterator[InputError]:
        try:
            read(*arguments, **named)  # type: ignore[operator]
        except InputError as error:
            yield error

    for k, (table, edit, _) in enumerate(test_bad_tables.CSV):
        tables = {**test_bad_tables.TABLES, table: edit(test_bad_tables.TABLES[table])}
        yield from caught(surplus.read, test_bad_tables.folder(tmp_path / f"{k}", tables))
    path = tmp_path / "county.xlsx"
    for cell, value, _ in test_bad_tables.CELLS[::2]:
        path.write_bytes(test_bad_tables.workbook(test_bad_tables.put(cell, value)))
        yield from caught(surplus.read, path)
    for content in (lambda: b"", test_bad_tables.overstated):
        path.write_bytes(content())
        yield from caught(surplus.read, path)
    yield from caught(surplus.read, tmp_path / "none.json")
    yield from caught(surplus.read, tmp_path / "none.docx")
    for table, columns, _ in test_bad_columns.BAD:
        yield from caught(surplus.Ledger.from_frames, **test_bad_columns.changed(table, columns))
    for old, new, _ in test_bad_documents.BAD:
        yield from caught(surplus.Ledger.from_json, test_bad_documents.LEDGER.replace(old, new, 1))
    for document, _ in test_bad_policies.BAD:
        yield from caught(surplus.Policy.model_validate, document)
    for where, value, _ in test_bad_plans.BAD:
        text = json.dumps(test_bad_plans.changed(where, value))
        yield from caught(surplus.Plan.from_json, text)


def bare(text: str) -> str:
    """Without what is quoted: names and values of the input."""
    return re.sub(r"“[^”]*”|'[^']*'|\"[^\"]*\"", "", text)


def test_every_known_message_is_translated(tmp_path: Path) -> None:
    found = list(errors(tmp_path))
    assert len(found) > 400
    left = set()
    for error in found:
        for problem in error.problems:
            for text in filter(None, (problem.what, problem.needed)):
                translated = chinese(text)
                if (
                    not text.startswith(OTHERS)
                    and len(text) < 300
                    and ENGLISH.search(bare(translated))
                ):
                    left.add(text)
        words = said(error, Words("zh"), whole=True)
        assert words.endswith(f"中有 {len(error.problems)} 个问题;未读入任何内容。")
    assert sorted(left) == []


def test_templates_and_translations_fit() -> None:
    for template, translation in catalogue._MESSAGES.items():
        holes = len(catalogue._HOLE.findall(template))
        marks = [f"<{k}>" for k in range(holes)]
        filled = translation.format(*marks)
        assert re.search("[\u4e00-\u9fff]", filled) or not re.search("[a-z]{3} [a-z]", template), (
            template
        )
        if "Exceeds" not in template:
            assert all(mark in filled for mark in marks), template


@pytest.mark.parametrize(
    ("english", "expected"),
    [
        ("sheet '项目', row 17, column 结算价", "工作表“项目”第 17 行“结算价”列"),
        ("projects.csv, row 3", "projects.csv第 3 行"),
        ("projects[17].price.settlement", "projects[17].price.settlement"),
        ("rules[0].at_least", "rules[0].at_least"),
    ],
)
def test_places(english: str, expected: str) -> None:
    assert place(english) == expected


def test_values_are_not_translated() -> None:
    assert chinese("'missing; needed: a text' is not an amount; needed: 0") == (
        "“missing; needed: a text”不是金额;需要:0"
    )


def test_of_many_problems_the_first_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    projects = [{"id": f"P{i}", "priority": "x"} for i in range(100)]
    path = tmp_path / "ledger.json"
    path.write_text(json.dumps({"projects": projects}))
    for lang, more, count in (("en", "… and 70 more", "100 problems in the ledger"),
                              ("zh", "另有 70 个", "台账中有 100 个问题")):  # fmt: skip
        assert main(["audit", str(path), "--lang", lang]) == 2
        err = capsys.readouterr().err
        assert more in err
        assert count in err
        assert len(err.splitlines()) < 80
        assert main(["-v", "audit", str(path), "--lang", lang]) == 2
        assert "projects[99].priority" in capsys.readouterr().err


def test_an_impossible_case_in_chinese(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = Path(__file__).parents[1] / "examples" / "data"
    policy = tmp_path / "policy.json"
    rule = {"kind": "share", "id": "all", "project": {"category": "industry"}, "at_least": "99%"}
    policy.write_text(json.dumps({"rules": [rule]}))
    assert (
        main(["plan", str(data / "seed_county.json"), "--policy", str(policy), "--lang", "zh"]) == 1
    )
    err = capsys.readouterr().err
    assert err.startswith("不可行:任何方案都无法满足规则 'all'。")
    assert "可行的调整:将规则 all 降至 " in err
