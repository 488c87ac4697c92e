"""Workbooks as offices keep them, through plan and papers: a wide Chinese one in 万元, a long English one."""

from __future__ import annotations

import csv
import importlib.util
import json
import logging
import shutil
import subprocess
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import surplus
from surplus.cli import main
from surplus.io import read_policy
from surplus.money import format_yuan

DATA = Path(__file__).parents[1] / "examples" / "data"
SEED = DATA / "seed_county.json"


def maker() -> Any:
    spec = importlib.util.spec_from_file_location("maker", DATA / "make_county_workbook.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def facts(ledger: surplus.Ledger, categories: dict[str, str] | None = None) -> dict[str, Any]:
    """All but the name and the stated totals, categories in one language."""
    document: dict[str, Any] = json.loads(ledger.to_json())
    document.pop("name")
    document.pop("stated", None)
    for project in document["projects"]:
        project["category"] = (categories or {}).get(project["category"], project["category"])
    return document


def test_the_wide_workbook_holds_the_same_facts(caplog: pytest.LogCaptureFixture) -> None:
    english = {chinese: english for english, chinese in maker().CATEGORIES.items()}
    with caplog.at_level(logging.WARNING):
        ledger = surplus.read(DATA / "county_2024.xlsx")
    assert facts(ledger, english) == facts(surplus.read(SEED))
    assert len(caplog.records) == 11
    assert "add up to" not in caplog.text


def test_the_shipped_workbook_is_what_its_script_makes() -> None:
    made = maker().workbook(json.loads(SEED.read_text("utf-8")))
    shipped = openpyxl.load_workbook(DATA / "county_2024.xlsx")
    assert made.sheetnames == shipped.sheetnames
    for sheet in made.worksheets:
        other = shipped[sheet.title]
        assert sheet.merged_cells.ranges == other.merged_cells.ranges
        for row, same in zip(
            sheet.iter_rows(values_only=True), other.iter_rows(values_only=True), strict=True
        ):
            assert [float(c) if isinstance(c, Decimal) else c for c in row] == list(same)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_totals_that_a_spreadsheet_works_out_agree(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Totals as formulas: refused before, read after a spreadsheet program has saved them."""
    (tmp_path / "out").mkdir()
    path = tmp_path / "county.xlsx"
    maker().workbook(json.loads(SEED.read_text("utf-8")), formulas=True).save(path)
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile",
               "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "out")]  # fmt: skip
    subprocess.run([*command, str(path)], check=True, capture_output=True, timeout=240)
    with caplog.at_level(logging.WARNING):
        saved = surplus.read(tmp_path / "out" / "county.xlsx")
    assert facts(saved) == facts(surplus.read(DATA / "county_2024.xlsx"))
    assert "add up to" not in caplog.text
    book = openpyxl.load_workbook(tmp_path / "out" / "county.xlsx", data_only=True)
    total = next(row for row in book["项目台账"].iter_rows(values_only=True) if row[0] == "合计")
    assert sum(Decimal(format(c, ".15g")) for c in total[13:19]) == 74653


def test_one_command_from_the_workbook_to_the_papers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "papers"
    case = [str(DATA / "county_2024.xlsx"), "--policy", str(DATA / "county_policy.toml")]
    assert main(["plan", *case, "-o", f"{out}/", "--lang", "zh"]) == 0
    assert "未弥补缺口" in capsys.readouterr().out
    plan = surplus.Plan.from_json((out / "plan.json").read_bytes())
    seed = surplus.reallocate(surplus.read(SEED), read_policy(DATA / "seed_policy.json"))
    assert plan.transfers == seed.transfers
    surplus.verify(plan, surplus.read(case[0]), read_policy(case[2]))
    moved = f"{Decimal(format_yuan(int(plan.amount.sum()))):,.2f}"
    for paper in ("plan.md", "plan.html"):
        assert moved in (out / paper).read_text("utf-8")
    book = openpyxl.load_workbook(out / "plan.xlsx")
    amounts = {
        cell
        for sheet in book.worksheets
        for row in sheet.iter_rows(values_only=True)
        for cell in row
    }
    assert {float(format_yuan(t.amount)) for t in plan.transfers} <= {
        float(a) for a in amounts if isinstance(a, int | float)
    }


def english(path: Path) -> Path:
    """FHWA's limitation by state as a long workbook: three sheets, titles, totals, dollars as they are."""
    with (DATA / "fhwa_fy2015_formula_obligation_limitation.csv").open(encoding="utf-8") as file:
        states = [(row[0], row[-1]) for row in csv.reader(file)][1:]
    book = openpyxl.Workbook()
    sources, projects, funding = (
        book.active,
        book.create_sheet("Programmes"),
        book.create_sheet("Funding"),
    )
    sources.title = "Sources"
    sources.append(["source id", "source name", "level", "year", "expires", "unallocated (yuan)"])
    sources.append(
        ["limitation-2015", "Obligation limitation", "central", 2015, datetime(2015, 9, 30), 0]
    )
    projects.append(["Programmes by state, as of 2015-08-01"])
    projects.append([None, "unit: yuan"])
    projects.append(["No.", "Project ID", "Project name", "Category", "Contract price", "Remarks"])
    funding.append(["Unit: yuan"])
    funding.append(["Project ID", "Source ID", "Planned", "Paid"])
    total = planned = 0
    for k, (state, amount) in enumerate(states, 1):
        limit = int(float(amount))
        cost = limit + (limit // 50 if k % 2 else -(limit // 20))
        projects.append([k, f"S{k:02d}", state, "highways", cost, "for review" if k == 3 else None])
        funding.append([f"S{k:02d}", "limitation-2015", limit, limit // 2])
        total, planned = total + cost, planned + limit
    projects.append(["Total", None, None, None, total])
    funding.append(["Total", None, planned])
    book.save(path)
    return path


def test_the_long_english_workbook(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    path = english(tmp_path / "states.xlsx")
    with caplog.at_level(logging.WARNING):
        ledger = surplus.read(path)
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == [
        "a row of totals ('Total') is left out",
        "a row of totals ('Total') is left out",
    ]
    assert str(ledger.as_of) == "2015-08-01"
    policy = tmp_path / "policy.toml"
    assert main(["template", str(policy), "--lang", "en"]) == 0
    out = tmp_path / "papers"
    assert main(["plan", str(path), "--policy", str(policy), "-o", f"{out}/", "--lang", "en"]) == 0
    assert "unfilled" in capsys.readouterr().out
    plan = surplus.Plan.from_json((out / "plan.json").read_bytes())
    surplus.verify(plan, ledger, read_policy(policy))
    assert int(plan.amount.sum()) > 0
    assert (out / "plan.xlsx").exists()
