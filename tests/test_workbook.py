"""The workbook: figures to the cent, also after LibreOffice has added them up again; nothing that runs."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import office
import surplus
from papers_cases import HOSTILE, hostile, seed
from surplus.report.excel import HEAD, tab
from surplus.report.papers import Table, tables, yuan

__all__ = ["hostile", "seed"]

LANGUAGES = ["zh", "en", "both"]


def sheets(plan: surplus.Plan, book: Any, lang: str) -> Iterator[tuple[Table, Any]]:
    """Each table that is not on the cover, with its sheet."""
    for table in tables(plan, *plan.case, lang)[1:]:
        yield table, book[tab(table.name)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_sheet_for_each_table(seed: surplus.Plan, lang: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    seed.to_excel(path, lang)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == [tab(table.name) for table in tables(seed, *seed.case, lang)]
    for table, sheet in sheets(seed, book, lang):
        assert sheet.freeze_panes in (f"A{HEAD + 1}", f"C{HEAD + 1}")
        assert sheet.print_title_rows == f"$1:${HEAD}"
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert [str(words) for words in table.head] == [c.value for c in sheet[HEAD]]
        for k, total in table.sums().items():
            if not table.rows:
                continue
            rows = range(HEAD + 1, HEAD + 1 + len(table.lines))
            amounts = [Decimal(str(sheet.cell(r, k + 1).value)) for r in rows]
            assert amounts == [row[k] for row in table.lines]
            assert sum(amounts, Decimal(0)) == total
            letter = sheet.cell(HEAD, k + 1).column_letter
            formula = sheet.cell(rows.stop, k + 1).value
            assert formula == f"=SUM({letter}{HEAD + 1}:{letter}{rows.stop - 1})"


def test_readers_that_do_not_calculate_see_the_totals(seed: surplus.Plan, tmp_path: Path) -> None:
    seed.to_excel(tmp_path / "plan.xlsx", "en")
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx", data_only=True)
    _totals_are_ours(seed, book, "en")


def _totals_are_ours(plan: surplus.Plan, book: Any, lang: str) -> None:
    checked = 0
    for table, sheet in sheets(plan, book, lang):
        for k, total in table.sums().items():
            if table.lines:
                found = sheet.cell(HEAD + 1 + len(table.lines), k + 1).value
                assert round(Decimal(str(found)), 2) == total, (table.key, k)
                assert abs(Decimal(str(found)) - total) < Decimal("0.005")
                checked += 1
    assert checked >= 2
    summary = tables(plan, *plan.case, lang)[0]
    cover = book[tab(summary.name)]
    for r, (_, value) in enumerate(summary.rows, HEAD):
        if isinstance(value, Decimal):
            assert round(Decimal(str(cover.cell(r, 2).value)), 2) == value


@pytest.fixture(scope="module")
def written(
    seed: surplus.Plan, hostile: surplus.Plan, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Workbooks in a folder; in `wrong.xlsx` the sums that the file states are all wrong."""
    place = tmp_path_factory.mktemp("workbooks")
    for lang in LANGUAGES:
        seed.to_excel(place / f"{lang}.xlsx", lang)
    hostile.to_excel(place / "hostile.xlsx", "en")
    with (
        zipfile.ZipFile(place / "en.xlsx") as old,
        zipfile.ZipFile(place / "wrong.xlsx", "w") as new,
    ):
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, re.sub(rb"</f><v>[^<]*</v>", b"</f><v>1</v>", data))
    return place


@office.NEEDED
def test_libreoffice_comes_to_the_same_totals(
    seed: surplus.Plan, hostile: surplus.Plan, written: Path
) -> None:
    names = ["zh", "both", "wrong", "hostile"]
    found = office.converted([written / f"{name}.xlsx" for name in names], "xlsx", written / "new")
    books = {
        name: openpyxl.load_workbook(p, data_only=True)
        for name, p in zip(names, found, strict=True)
    }
    _totals_are_ours(seed, books["zh"], "zh")
    _totals_are_ours(seed, books["both"], "both")
    _totals_are_ours(seed, books["wrong"], "en")  # so it was LibreOffice that calculated
    _totals_are_ours(hostile, books["hostile"], "en")
    texts = {c.value for s in books["hostile"] for row in s.iter_rows() for c in row}
    assert {HOSTILE[0], HOSTILE[1], HOSTILE[4]} <= texts
    errors = [
        c.value
        for book in books.values()
        for s in book
        for row in s.iter_rows()
        for c in row
        if c.data_type == "e"
    ]
    assert errors == []


@office.NEEDED
def test_libreoffice_prints_it_on_a4(written: Path) -> None:
    (pdf,) = office.converted([written / "zh.xlsx"], "pdf", written / "pdf")
    boxes = set(re.findall(rb"/Type/Page/[^>]*?/MediaBox ?\[([0-9. ]+)\]", pdf.read_bytes()))
    sizes = {tuple(round(float(x)) for x in box.split()[2:]) for box in boxes}
    assert sizes == {(595, 842), (842, 595)}


def test_amounts_are_exact_in_the_file(seed: surplus.Plan, tmp_path: Path) -> None:
    """The XML holds the decimal text itself, no float's digits."""
    seed.to_excel(tmp_path / "plan.xlsx", "en")
    with zipfile.ZipFile(tmp_path / "plan.xlsx") as archive:
        text = archive.read("xl/worksheets/sheet4.xml").decode()
    values = re.findall(r"<v>([0-9.]+)</v>", text)
    assert values
    amounts = {yuan(a) for a in seed.amount.tolist()}
    assert amounts <= set(map(Decimal, values))
    assert not [v for v in values if len(v.partition(".")[2]) > 2]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_equal_plans_give_equal_bytes(seed: surplus.Plan, lang: str, tmp_path: Path) -> None:
    again = surplus.reallocate(*seed.case)
    for name, plan in (("a", seed), ("b", again)):
        plan.to_excel(tmp_path / f"{name}.xlsx", lang)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_nothing_runs_in_a_workbook(hostile: surplus.Plan, tmp_path: Path) -> None:
    hostile.to_excel(tmp_path / "plan.xlsx", "en")
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    formulas = [c.value for s in book for row in s.iter_rows() for c in row if c.data_type == "f"]
    assert formulas
    ours = re.compile(r"=SUM\([A-Z]4:[A-Z]\d+\)|='[A-Z][A-Za-z ]+'![A-Z]\d+")
    assert all(ours.fullmatch(str(formula)) for formula in formulas)
    texts = {c.value for s in book for row in s.iter_rows() for c in row}
    assert HOSTILE[0] in texts


def test_the_cover_has_room_for_signatures(seed: surplus.Plan, tmp_path: Path) -> None:
    seed.to_excel(tmp_path / "plan.xlsx", "zh")
    cover = openpyxl.load_workbook(tmp_path / "plan.xlsx")["汇总"]
    texts = [cell.value for row in cover.iter_rows() for cell in row if cell.value is not None]
    assert "领导小组签字" in texts
    assert "领导小组组长" in texts
    assert seed.certificate["ledger"] in texts


def test_the_certificate_is_all_there(seed: surplus.Plan, tmp_path: Path) -> None:
    seed.to_excel(tmp_path / "plan.xlsx", "en")
    sheet = openpyxl.load_workbook(tmp_path / "plan.xlsx")["Certificate"]
    rows = {(row[0], row[2]): row[3] for row in sheet.iter_rows(min_row=HEAD + 1, values_only=True)}
    for k, level in enumerate(seed.certificate["levels"], 1):
        for name, value in {**level["pools"], **level["rows"]}.items():
            assert rows[str(k), name] == str(value)
        assert rows[str(k), None] == level["limit"]


def test_a_long_plan_is_cut_and_still_adds_up(
    seed: surplus.Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("surplus.report.excel.MOST_ROWS", 10)
    seed.to_excel(tmp_path / "plan.xlsx", "en")
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx", data_only=True)
    sheet = book["Transfers"]
    assert sheet.max_row == HEAD + 10 + 2
    assert sheet.cell(HEAD + 11, 1).value == f"{len(seed.amount) - 10} smaller rows together"
    amounts = [Decimal(str(sheet.cell(r, 6).value)) for r in range(HEAD + 1, HEAD + 12)]
    assert sum(amounts, Decimal(0)) == yuan(int(seed.amount.sum()))
    assert min(amounts[:-1]) == yuan(sorted(seed.amount.tolist())[-10])


def test_another_language_is_refused(seed: surplus.Plan, tmp_path: Path) -> None:
    with pytest.raises(surplus.SurplusError, match="'fr'"):
        seed.to_excel(tmp_path / "plan.xlsx", "fr")
    assert not (tmp_path / "plan.xlsx").exists()
