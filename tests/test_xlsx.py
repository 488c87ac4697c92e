"""Workbooks as counties keep them: wide with merged headers in 万元, long, and broken ones."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import surplus

EXPECTED = {
    "sources": [{"id": "中央", "level": "central"}, {"id": "县", "level": "county"}],
    "projects": [
        {"id": "P1", "name": "道路", "category": "基础设施", "township": "东乡",
         "price": {"contract": "950000.50", "settlement": "940000"},
         "funding": [{"source": "中央", "planned": "1000000", "paid": "400000"},
                     {"source": "县", "planned": "200000", "paid": "0"}]},
        {"id": "P2", "name": "冷库", "category": "产业", "township": "西乡", "price": {"contract": "3000000"},
         "funding": [{"source": "中央", "planned": "2500000"}]},
    ],
}  # fmt: skip


def same(ledger: surplus.Ledger, document: dict[str, Any] = EXPECTED) -> bool:
    got = json.loads(ledger.to_json())
    got.pop("name", None)
    got.pop("as_of", None)
    return got == json.loads(surplus.Ledger.from_json(json.dumps(document)).to_json())


def wide(path: Path, change: Any = None) -> Path:
    """A title, a unit, two header rows with merged cells, a total and a note."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "台账"
    sheet.append(["某县2024年衔接资金项目台账"])
    sheet.merge_cells("A1:K1")
    sheet.append([None] * 9 + ["单位:万元"])
    sheet.append(
        [
            "序号",
            "项目编号",
            "项目名称",
            "类别",
            "乡镇",
            "合同价",
            "结算价",
            "计划投资",
            None,
            "已支付",
            None,
        ]
    )
    sheet.append([None] * 7 + ["中央", "县", "中央", "县"])
    for column in "ABCDEFG":
        sheet.merge_cells(f"{column}3:{column}4")
    sheet.merge_cells("H3:I3")
    sheet.merge_cells("J3:K3")
    sheet.append([1, "P1", "道路", "基础设施", "东乡", 95.00005, 94, 100, 20, 40, 0])
    sheet.append([2, "P2", "冷库", "产业", "西乡", 300, None, 250, None, None, None])
    sheet.append(["合计", None, None, None, None, 395.00005, 94, 350, 20, 40, 0])
    sheet.append(["注:本表由财政局填报,截至2024年11月30日"])
    if change:
        change(sheet)
    book.save(path)
    return path


def test_a_wide_workbook(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        ledger = surplus.read(wide(tmp_path / "county.xlsx"))
    assert same(ledger)
    assert (ledger.name, str(ledger.as_of)) == ("county", "2024-11-30")
    assert "a row of totals ('合计') is left out" in caplog.text
    assert "a note is left out" in caplog.text


def test_units_in_headers_win(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet["J2"] = None
        sheet["F3"], sheet["G3"] = "合同价(元)", "结算价(万元)"
        sheet["H3"], sheet["J3"] = "计划投资(万元)", "已支付(万元)"
        sheet["F5"], sheet["F6"] = 950000.5, 3000000

    assert same(surplus.read(wide(tmp_path / "county.xlsx", change)))


def test_no_unit_is_guessed(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet["J2"] = None

    path = wide(tmp_path / "county.xlsx", change)
    with pytest.raises(surplus.LedgerError, match="have no unit"):
        surplus.read(path)
    assert same(surplus.read(path, unit="wan"))


def test_a_sources_sheet_gives_names_to_columns(tmp_path: Path) -> None:
    path = wide(tmp_path / "county.xlsx")
    book = openpyxl.load_workbook(path)
    sheet = book.create_sheet("资金来源")
    sheet.append(["来源编号", "级次", "年度", "到期日", "待分配(元)"])
    sheet.append(["zy-2024", "中央", 2024, datetime(2025, 12, 31), 500.25])
    sheet.append(["xian", "县级", None, None, None])
    book.save(path)
    ledger = surplus.read(path)
    central, county = ledger.sources[1], ledger.sources[0]
    assert (central.id, central.year, str(central.expires), central.unallocated) == (
        "zy-2024", 2024, "2025-12-31", 50025,
    )  # fmt: skip
    assert county.id == "xian"
    assert int(ledger.funding.planned.sum()) == 3_700_000_00


def long(path: Path) -> Path:
    book = openpyxl.Workbook()
    sources, projects, funding = (
        book.active,
        book.create_sheet("Projects"),
        book.create_sheet("Funding"),
    )
    sources.title = "Sources"
    sources.append(["source id", "level"])
    sources.append(["中央", "central"])
    sources.append(["县", "county"])
    projects.append(["Ledger of the county"])
    projects.append(
        ["project id", "name", "category", "township", "contract (yuan)", "settlement (wan)"]
    )
    projects.append(["P1", "道路", "基础设施", "东乡", 950000.5, 94])
    projects.append(["P2", "冷库", "产业", "西乡", 3000000, None])
    funding.append(["project", "source", "planned (wan)", "paid (wan)"])
    funding.append(["P1", "中央", 100, 40])
    funding.append(["P1", "县", 20, 0])
    funding.append(["P2", "中央", 250, None])
    book.save(path)
    return path


def test_a_long_english_workbook(tmp_path: Path) -> None:
    assert same(surplus.read(long(tmp_path / "county.xlsx")))


def put(cell: str, value: Any) -> Any:
    def change(sheet: Any) -> None:
        sheet[cell] = value

    return change


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        (put("F5", "95.0000501"), "sheet '台账', row 5, column 合同价", "parts of a cent"),
        (put("F5", -1), "sheet '台账', row 5, column 合同价", "negative"),
        (put("F5", True), "sheet '台账', row 5, column 合同价", "not an amount"),
        (put("F5", "约95"), "sheet '台账', row 5, column 合同价", "not an amount"),
        (put("F5", "#DIV/0!"), "sheet '台账', row 5, column 合同价", "the error #DIV/0!"),
        (put("F5", datetime(2024, 1, 1)), "sheet '台账', row 5, column 合同价", "not an amount"),
        (put("F5", 1e300), "sheet '台账', row 5, column 合同价", "not an amount"),
        (put("H5", "x"), "sheet '台账', row 5, column 计划投资 / 中央", "not an amount"),
        (put("H5", "#REF!"), "sheet '台账', row 5, column 计划投资 / 中央", "the error #REF!"),
        (put("J5", 101), "sheet '台账', row 5, column 已支付", "above planned"),
        (put("B6", "P1"), "sheet '台账', row 6, column 项目编号", "also the id"),
        (put("B6", "Ｐ1"), "sheet '台账', row 6, column 项目编号", "also the id"),
        (put("B6", None), "sheet '台账', row 6, column 项目编号", ""),
        (put("F3", "合同價格"), "sheet '台账', row 4, column 合同價格", "not a column"),
        (put("G3", "合同价"), "sheet '台账', row 4, column 合同价", "again"),
    ],
)
def test_bad_cells_are_named(change: Any, where: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(surplus.LedgerError) as caught:
        surplus.read(wide(tmp_path / "county.xlsx", change))
    problems = {problem.where: str(problem) for problem in caught.value.problems}
    assert where in problems
    assert words in problems[where]


MONEY = {
    "F5": "合同价",
    "G5": "结算价",
    "H5": "计划投资 / 中央",
    "I5": "计划投资 / 县",
    "J5": "已支付 / 中央",
    "K5": "已支付 / 县",
    "F6": "合同价",
}
NO_MONEY = [
    (-0.01, "negative"),
    (0.0001234, "parts of a cent"),
    (4.9e-07, "not an amount"),
    (10**12, "too large"),
    (float("1e300"), "not an amount"),
    (True, "not an amount"),
    ("九十五", "not an amount"),
    ("95万", "not an amount"),
    ("1,00", "not an amount"),
    ("١٢", "not an amount"),
    ("1e5", "not an amount"),
    ("95 95", "not an amount"),
    ("=95", "a formula without a value"),
    ("#VALUE!", "the error #VALUE!"),
    ("#NAME?", "the error #NAME?"),
    (datetime(2024, 5, 1), "not an amount"),
]


@pytest.mark.parametrize("cell", sorted(MONEY))
@pytest.mark.parametrize(("value", "words"), NO_MONEY, ids=[repr(v) for v, _ in NO_MONEY])
def test_what_is_no_amount_is_named_in_its_cell(
    cell: str, value: Any, words: str, tmp_path: Path
) -> None:
    with pytest.raises(surplus.LedgerError) as caught:
        surplus.read(wide(tmp_path / "county.xlsx", put(cell, value)))
    (problem,) = caught.value.problems
    assert problem.where == f"sheet '台账', row {cell[1]}, column {MONEY[cell]}"
    assert words in str(problem)


def test_all_at_once(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        sheet["F5"], sheet["H6"], sheet["G5"] = "x", "y", "#N/A"

    with pytest.raises(surplus.LedgerError) as caught:
        surplus.read(wide(tmp_path / "county.xlsx", change))
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize("content", [b"", b"PK", b"not a workbook", b"PK\x05\x06" + b"\0" * 18])
def test_broken_files(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "county.xlsx"
    path.write_bytes(content)
    with pytest.raises(surplus.LedgerError, match=r"not an \.xlsx workbook"):
        surplus.read(path)


def test_zip_bombs_are_not_unpacked(tmp_path: Path) -> None:
    import zipfile  # noqa: PLC0415

    path = tmp_path / "county.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(5):
            archive.writestr(f"{i}.xml", b"\0" * (100 * 2**20))
    with pytest.raises(surplus.LedgerError, match="unpacks to"):
        surplus.read(path)


def test_a_workbook_without_a_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["hello"])
    book.active.append(["world"])
    path = tmp_path / "county.xlsx"
    book.save(path)
    with pytest.raises(surplus.LedgerError, match="there is no table of projects"):
        surplus.read(path)


def test_hidden_rows_and_sheets_are_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def change(sheet: Any) -> None:
        sheet.row_dimensions[6].hidden = True

    with caplog.at_level(logging.WARNING):
        assert same(surplus.read(wide(tmp_path / "county.xlsx", change)))
    assert "hidden rows are read all the same: [6]" in caplog.text
