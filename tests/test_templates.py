"""Templates: filled in, they read without a warning; as they stand, they are valid."""

from __future__ import annotations

import json
import logging
import re
import shutil
import subprocess
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import surplus
from surplus.cli import main
from surplus.io import read_policy
from surplus.io.headers import TABLES
from surplus.io.template import policy as policies
from surplus.io.template import workbook as workbooks
from surplus.policy.objectives import OBJECTIVES
from surplus.policy.rules import RULES

KINDS = [(lang, layout) for lang in ("zh", "en") for layout in ("wide", "long")]


def template(path: Path, lang: str, layout: str = "wide") -> Path:
    assert main(["template", str(path), "--lang", lang, "--layout", layout]) == 0
    return path


def columns(sheet: Any, row: int) -> dict[str, int]:
    return {str(sheet.cell(row, c).value): c for c in range(1, sheet.max_column + 1)}


def filled(path: Path, lang: str, layout: str) -> Path:
    """Two projects, money of two sources, amounts as a person would type them."""
    zh = lang == "zh"
    names = workbooks._SHEETS[lang]
    times = 1 if zh else 10_000
    book = openpyxl.load_workbook(template(path, lang, layout))
    sheet = book[names["projects"]]
    first, at = (5, columns(sheet, 3)) if layout == "wide" else (4, columns(sheet, 3))
    sheet["B2"] = date(2024, 11, 30)
    for row, (key, kind, price) in enumerate(
        [("P1", "基础设施", 95.5), ("P2", "产业发展", 300)], first
    ):
        for c in range(1, sheet.max_column + 1):
            sheet.cell(row, c).value = None  # over the example
        sheet.cell(row, 1).value, sheet.cell(row, 3).value = key, kind
        sheet.cell(row, at["合同价(万元)" if zh else "contract (yuan)"]).value = price * times
    if layout == "wide":
        planned = at["计划投资(万元)" if zh else "planned (yuan)"]
        for row, amounts in ((first, (100, 20, 40, 0)), (first + 1, (250, None, None, None))):
            for c, amount in zip((0, 3, 4, 7), amounts, strict=True):
                sheet.cell(row, planned + c).value = None if amount is None else amount * times
    else:
        money = book[names["funding"]]
        central, county = ("中央", "县") if zh else ("central", "county")
        rows = [("P1", central, 100, 40), ("P1", county, 20, 0), ("P2", central, 250, None)]
        for row, (key, source, planned, paid) in enumerate(rows, 4):
            amounts = (planned * times, None if paid is None else paid * times)
            for c, value in enumerate((key, source, *amounts), 1):
                money.cell(row, c).value = value
    sources = book[names["sources"]]
    sources.cell(4, 6).value = date(2025, 12, 31)
    sources.cell(4, 7).value = 5.5 * times
    book.save(path)
    return path


def ensure_read(path: Path, lang: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        ledger = surplus.read(path)
    assert caplog.records == []
    assert ledger.as_of == date(2024, 11, 30)
    assert ledger.projects.id.tolist() == ["P1", "P2"]
    assert ledger.projects.prices["contract"].tolist() == [955_000_00, 3_000_000_00]
    central = next(s for s in ledger.sources if s.id in ("中央", "central"))
    assert (central.level, str(central.expires)) == ("central", "2025-12-31")
    assert central.unallocated == 55_000_00
    assert sorted(ledger.funding.planned[ledger.funding.planned > 0].tolist()) == [
        200_000_00, 1_000_000_00, 2_500_000_00,
    ]  # fmt: skip
    assert int(ledger.funding.paid.sum()) == 400_000_00


@pytest.mark.parametrize(("lang", "layout"), KINDS)
def test_filled_in_it_reads_without_a_warning(
    lang: str, layout: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ensure_read(filled(tmp_path / "county.xlsx", lang, layout), lang, caplog)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_saved_by_libreoffice_it_reads_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    files = [filled(tmp_path / "in" / f"{a}-{b}.xlsx", a, b) for a, b in KINDS]
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile",
               "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "out")]  # fmt: skip
    subprocess.run([*command, *map(str, files)], check=True, capture_output=True, timeout=240)
    for (lang, _), file in zip(KINDS, files, strict=True):
        saved = tmp_path / "out" / file.name
        ensure_read(saved, lang, caplog)
        checks = [
            check.type
            for sheet in openpyxl.load_workbook(saved).worksheets
            for check in sheet.data_validations.dataValidation
        ]
        assert {"list", "decimal", "date", "whole"} <= set(checks)


@pytest.mark.parametrize(("lang", "layout"), KINDS)
def test_every_column_is_there_with_a_note_and_a_check(
    lang: str, layout: str, tmp_path: Path
) -> None:
    book = openpyxl.load_workbook(template(tmp_path / "a.xlsx", lang, layout))
    assert set(workbooks.NOTES) == {f"{t}.{f.path}" for t, fields in TABLES.items() for f in fields}
    notes = [
        cell.comment.text
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment
    ]
    wanted = {words[lang == "zh"] for key, words in workbooks.NOTES.items()
              if layout == "long" or not key.startswith(("funding.project", "funding.source"))}  # fmt: skip
    assert set(notes) == wanted
    lists = [
        check.formula1
        for sheet in book.worksheets
        for check in sheet.data_validations.dataValidation
        if check.type == "list"
    ]
    assert len(lists) == (2 if layout == "wide" else 4)  # level, category; project, source


@pytest.mark.parametrize(("lang", "layout"), KINDS)
def test_an_example_that_stays_is_left_out_and_said(
    lang: str, layout: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = surplus.read(template(tmp_path / "a.xlsx", lang, layout))
    assert len(ledger.projects) == 0
    assert "the example of the template is left out" in caplog.text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_policy_is_valid_as_it_stands(lang: str, tmp_path: Path) -> None:
    path = template(tmp_path / "policy.toml", lang)
    policy = read_policy(path)
    assert (policy.rules, [one.kind for one in policy.objectives]) == ((), ["fill"])
    ledger, _ = surplus.generate(projects=20, seed=1)
    plan = surplus.reallocate(ledger, policy)
    surplus.verify(plan, ledger, policy)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_rule_and_objective_stands_by(lang: str, tmp_path: Path) -> None:
    """Any one of the blocks, and all rules at once, hold when the marks in front are taken away."""
    text = template(tmp_path / "policy.toml", lang).read_text("utf-8")
    block_of = re.compile(r"^# \[\[.*\n(?:# [a-z_]+ = .*\n)+", re.MULTILINE)
    blocks = block_of.findall(text)
    kinds = set()
    for block in blocks:
        table = tomllib.loads(re.sub("(?m)^# ", "", block))
        ((name, (entry,)),) = table.items()
        kinds.add((name, entry["kind"]))
        rest = {} if name == "rules" else {"objectives": [{"kind": "fill"}, entry]}
        surplus.Policy.model_validate({name: [entry]} | rest)
    wanted = {("rules", r.model_fields["kind"].default) for r in RULES}
    wanted |= {("objectives", o.model_fields["kind"].default) for o in OBJECTIVES}
    assert kinds == wanted - {("objectives", "fill")}
    assert len(blocks) == len(kinds)
    above = text.partition('kind = "fill"')[0].rpartition("[[objectives]]")[0]
    switched = block_of.sub(lambda block: re.sub("(?m)^# ", "", block[0]), above)
    assert len(surplus.Policy.model_validate(tomllib.loads(switched)).rules) == len(RULES)


def test_each_language_is_itself() -> None:
    for entry in (*policies.RULES, *policies.OBJECTIVES):
        assert re.search("[\u4e00-\u9fff]", entry.chinese)
        assert not re.search("[\u4e00-\u9fff]", entry.english)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_folder_of_headers(lang: str, tmp_path: Path) -> None:
    folder = template(tmp_path / "county", lang)
    assert len(surplus.read(folder).projects) == 0
    row = "P1,Road" if lang == "en" else "P1,道路"
    with (folder / "projects.csv").open("a", encoding="utf-8") as file:
        file.write(row + "," * (len(TABLES["projects"]) - 2) + "\r\n")
    assert json.loads(surplus.read(folder).to_json())["projects"][0]["id"] == "P1"


@pytest.mark.parametrize("name", ["ledger.xlsx", "policy.toml", "ledger"])
def test_nothing_is_written_over(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = template(tmp_path / name, "en")
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert main(["template", str(path)]) == 1
    assert "exists already" in capsys.readouterr().err
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before
    assert main(["template", str(tmp_path / "plan.docx")]) == 1
    assert "is no template" in capsys.readouterr().err
