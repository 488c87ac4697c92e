"""What workbooks hold besides their items, and the two programs that read them: one ledger, one message."""

from __future__ import annotations

import csv
import io
import logging
import random
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

import surplus
from surplus.io.workbook import grid
from test_bad_tables import workbook

ENGINES = pytest.mark.parametrize("large", [0, 2**30], ids=["calamine", "openpyxl"])


def county(path: Path, change: Callable[[Any], object] = lambda _: None) -> Path:
    """A wide ledger with headings, subtotals, a repeated header, remarks and a total."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "台账"
    rows: list[list[Any]] = [
        ["某县2024年项目台账"],
        ["填报单位:财政局", *[None] * 6, "截至2024年11月30日", "单位:万元"],
        ["序号", "项目编号", "项目名称", "类别", "建设内容", "合同价", "计划投资", None, "备注"],
        [*[None] * 6, "中央", "县"],
        ["一", "产业发展", None, None, None, 395.5, 350, 25],
        [1, "P1", "道路", "基础设施", "硬化 3 公里", 95.5, 100, 20, "已完工"],
        [2, "P2", "冷库", None, "新建", 300, 250, 5, 2024],
        ["序号", "项目编号", "项目名称", "类别", "建设内容", "合同价", "中央", "县", "备注"],
        ["二、基础设施", None, None, None, None, 10, 8, 0],
        [3, "P3", "水渠", "水利", "清淤", 10, 8, None, None],
        ["小计", None, None, None, None, 999, 1, 1],
        ["合计", None, None, None, None, 405.5, 358, 25],
        ["注:数据由各乡镇填报。"],
    ]
    for row in rows:
        sheet.append(row)
    for span in ("A1:I1", "G3:H3", "D6:D7", *(f"{c}3:{c}4" for c in "ABCDEFI")):
        sheet.merge_cells(span)
    change(sheet)
    book.save(path)
    return path


def put(**cells: Any) -> Callable[[Any], None]:
    def change(sheet: Any) -> None:
        for place, value in cells.items():
            sheet[place] = value

    return change


@ENGINES
def test_what_is_no_item_is_left_out_and_said(
    large: int, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid, "LARGE", large)
    with caplog.at_level(logging.INFO):
        ledger = surplus.read(county(tmp_path / "county.xlsx"))
    assert ledger.projects.id.tolist() == ["P1", "P2", "P3"]
    assert ledger.projects.prices["contract"].tolist() == [955_000_00, 3_000_000_00, 100_000_00]
    assert int(ledger.funding.planned.sum()) == 3_830_000_00
    assert [ledger.projects.fields["category"].text(i) for i in range(3)] == [
        "基础设施",
        "基础设施",
        "水利",
    ]
    assert ledger.as_of == date(2024, 11, 30)
    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert said == [
        ("WARNING", "sheet '台账': column 建设内容 is not known and left out"),
        ("WARNING", "sheet '台账', row 5: a heading ('一') is left out"),
        ("WARNING", "sheet '台账', row 8: a row of headers is left out"),
        ("WARNING", "sheet '台账', row 9: a heading ('二、基础设施') is left out"),
        ("WARNING", "sheet '台账', row 11: a row of totals ('小计') is left out"),
        ("WARNING", "sheet '台账', row 12: a row of totals ('合计') is left out"),
        ("WARNING", "sheet '台账', row 13: a note is left out"),
        ("INFO", "sheet '台账': the ledger is as of 2024-11-30"),
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put(F12=405), "row 12, column 合同价: the total is stated as 4050000.00 yuan, the rows add up to "
                       "4055000.00"),
        (put(G12=358.000001), "row 12, column 计划投资 / 中央: the total is stated as 3580000.01 yuan"),
        (put(A10="【示例】"), "row 10: the example of the template is left out"),
        (put(B10="[Example] P3"), "row 10: the example of the template is left out"),
        (put(A13="截至2024年12月31日"), "several days are named, none is taken: 2024-11-30, 2024-12-31"),
        (put(A13="截至2024年13月1日"), "row 13: '截至2024年13月1' names no day of the calendar"),
        (lambda sheet: setattr(sheet.column_dimensions["F"], "hidden", True),
         "hidden columns are read all the same: ['F']"),
        (lambda sheet: setattr(sheet.row_dimensions[10], "hidden", True),
         "hidden rows are read all the same: [10]"),
        (lambda sheet: sheet.parent.create_sheet("附表").append(["a"]) or
         sheet.parent["附表"].append(["b"]), "sheet '附表': no table was found; the sheet is left out"),
    ],
)  # fmt: skip
def test_what_is_odd_is_said(
    change: Any, words: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    surplus.read(county(tmp_path / "county.xlsx", change))
    assert any(words in record.getMessage() for record in caplog.records), caplog.text


def test_headers_in_two_rows_need_not_be_merged(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        for span in [str(span) for span in sheet.merged_cells.ranges]:
            sheet.unmerge_cells(span)
        sheet["D7"] = "基础设施"

    apart = surplus.read(county(tmp_path / "county.xlsx", change))
    assert apart.to_json() == surplus.read(county(tmp_path / "county.xlsx")).to_json()


@pytest.mark.parametrize("head", ["计划投资-中央(万元)", "计划投资/中央(元)", "中央"])
def test_two_columns_of_one_source_are_not_one(head: str, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["项目编号", "合同价(万元)", "计划投资-中央(万元)", head])
    book.active.append(["P1", 100, 120, 5])
    book.save(path := tmp_path / "ledger.xlsx")
    with pytest.raises(surplus.LedgerError, match="gives planned of '中央' again, after column 3"):
        surplus.read(path, "wan")


def merge(span: str) -> Callable[[Any], None]:
    return lambda sheet: sheet.merge_cells(span)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (merge("F6:F7"), "sheet '台账', row 7, column 合同价: the cell is merged with that of row 6"),
        (merge("G6:G7"), "row 7, column 计划投资 / 中央: the cell is merged with that of row 6"),
        (merge("B6:B7"), "sheet '台账', row 7, column 项目编号: the cell is merged with that of row 6"),
        (put(E6=12), "sheet '台账', row 4, column 建设内容: '建设内容' is not a column of projects"),
        (put(E6="#N/A"), "sheet '台账', row 4, column 建设内容: '建设内容' is not a column of projects"),
        (put(E3="合同价款额"), "did you mean '合同价款' or '合同价'?"),
        (put(E3="评审价(万元)", E6=5), "'评审价(万元)' is not a column of projects"),
        (put(I2="单位:万元 单位:元", F3="合同价"), ""),
        (put(I2="单位:万元", H2="单位:元"), "have no unit"),
        (put(B6=None), "row 6, column 项目编号: missing"),
    ],
)  # fmt: skip
@ENGINES
def test_what_could_be_money_is_never_left_out(
    large: int, change: Any, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid, "LARGE", large)
    path = county(tmp_path / "county.xlsx", change)
    if not words:
        surplus.read(path)
        return
    with pytest.raises(surplus.LedgerError) as caught:
        surplus.read(path)
    assert words in str(caught.value)


CELLS: list[Any] = [
    1, 0, -1, 1.5, 95.00005, 0.1 + 0.2, 1e-7, 123456789012.345, 10**14, 10**15, 1e22, True, False, "x ",
    " \u3000y", "\u00a0z\u00a0", "a\nb", "a\r\nb", "", " ", "=1+1", "'q", "<&>\"", "中文", "ａ", "𠮷",
    "1,234.5", "_x000D_z", datetime(2024, 1, 1), datetime(2024, 2, 29, 8, 30, 15), datetime(1905, 3, 1),
    date(1999, 12, 31), time(12, 30), time(0), timedelta(hours=30), timedelta(days=400),
    "#DIV/0!", "#N/A", None, None, None,
]  # fmt: skip


@pytest.mark.parametrize("seed", range(30))
def test_two_programs_read_one_workbook(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever stands in the cells; where calamine hides something, openpyxl is asked."""
    rng = random.Random(seed)
    book = openpyxl.Workbook()
    if seed % 3 == 0:
        book.epoch = CALENDAR_MAC_1904
    plain = [cell for cell in CELLS if not str(cell).startswith(("#", "=", "_"))]
    for name in ("a", "b"):
        sheet = book.create_sheet(name)
        for r in range(1, rng.randrange(3, 9)):
            for c in range(1, rng.randrange(2, 9)):
                sheet.cell(r, c).value = rng.choice(plain if seed % 2 else CELLS)
        sheet.merge_cells("B2:C4")
        sheet.row_dimensions[2].hidden = rng.random() < 0.3
        sheet.sheet_state = rng.choice(["visible", "hidden"])
    path = tmp_path / "x.xlsx"
    book.save(path)
    found = []
    for large in (0, 2**30):
        monkeypatch.setattr(grid, "LARGE", large)
        caplog.clear()
        found.append((grid.grids(path), caplog.messages))
    assert found[0] == found[1]


@ENGINES
def test_calamine_is_asked_where_it_hides_nothing(
    large: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid, "LARGE", large)
    asked: list[Any] = []
    real = grid._quick
    monkeypatch.setattr(grid, "_quick", lambda *a: asked.append(a) or real(*a))
    (tmp_path / "a.xlsx").write_bytes(workbook())
    surplus.read(tmp_path / "a.xlsx")
    assert len(asked) == (3 if large == 0 else 0)
    asked.clear()
    for bad in ("#N/A", "=1+1", 10**15):
        county(tmp_path / "b.xlsx", put(F6=bad))
        with pytest.raises(surplus.LedgerError):
            surplus.read(tmp_path / "b.xlsx")
    assert len(asked) == (1 if large == 0 else 0)  # of the large number, and then given up


@ENGINES
@pytest.mark.parametrize("epoch", [1900, 1904])
def test_days_of_both_calendars(
    epoch: int, large: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid, "LARGE", large)

    def change(book: openpyxl.Workbook) -> None:
        if epoch == 1904:
            book.epoch = CALENDAR_MAC_1904

    (tmp_path / "a.xlsx").write_bytes(workbook(change))
    assert surplus.read(tmp_path / "a.xlsx").sources[0].expires == date(2025, 12, 31)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_sheet_saved_as_csv_reads_the_same(
    encoding: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def apart(sheet: Any) -> None:  # CSV has no merged cells
        sheet.unmerge_cells("D6:D7")
        sheet["D7"] = "基础设施"

    path = county(tmp_path / "county.xlsx", apart)
    expected, said = surplus.read(path).to_json(), caplog.messages[:]
    sheet = openpyxl.load_workbook(path).active
    with (tmp_path / "county.csv").open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(sheet.iter_rows(values_only=True))
    caplog.clear()
    assert surplus.read(tmp_path / "county.csv").to_json() == expected
    assert caplog.messages == [text.replace("sheet '台账'", "county.csv") for text in said]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("公里,95.5", "公里,约95", "county.csv, row 6, column 合同价: '约95' is not an amount"),
        ("公里,95.5", "公里,#N/A", "county.csv, row 6, column 合同价: the cell shows the error #N/A"),
        ("单位:万元", "", "the amounts under 合同价, 计划投资 / 中央, 计划投资 / 县 have no unit"),
        ("道路", '"道路', "county.csv, row 6: a quote opens in this row and is never closed"),
        ("道路", "道\0路", "county.csv, row 6: byte"),
        ("95.5", "95.5" + "," * 500, "too many"),
    ],
)  # fmt: skip
def test_bad_sheets_saved_as_csv(old: str, new: str, words: str, tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(county(tmp_path / "county.xlsx")).active
    text = io.StringIO(newline="")
    csv.writer(text).writerows(sheet.iter_rows(values_only=True))
    lines = text.getvalue().split("\r\n")
    at = next(k for k, line in enumerate(lines) if old in line)
    lines[at] = lines[at].replace(old, new)
    (tmp_path / "county.csv").write_text("\r\n".join(lines), "utf-8", newline="")
    with pytest.raises(surplus.LedgerError) as caught:
        surplus.read(tmp_path / "county.csv")
    assert words in str(caught.value)


def rewritten(content: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", 8) as new:
        for name in old.namelist():
            part = change(name, old.read(name))
            if part is not None:
                new.writestr(name, part)
    return target.getvalue()


def test_macros_are_not_run_and_links_not_followed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    content = workbook()
    path = tmp_path / "county.xlsm"
    path.write_bytes(content)
    expected = surplus.read(path).to_json()
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"Sub Auto_Open()")
        archive.writestr("xl/externalLinks/externalLink1.xml", b"<x/>")
    assert surplus.read(path).to_json() == expected
    assert "county.xlsm holds macros; none of them is run" in caplog.text
    assert "refers to other workbooks; their values are those last saved" in caplog.text


def test_what_openpyxl_does_not_know_is_no_matter(tmp_path: Path) -> None:
    """Drop-downs of newer versions lie in an extension, of which openpyxl warns."""
    extension = b'<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"/></extLst>'

    def change(name: str, part: bytes) -> bytes:
        return (
            part.replace(b"</worksheet>", extension + b"</worksheet>") if "sheet2" in name else part
        )

    (tmp_path / "a.xlsx").write_bytes(workbook())
    expected = surplus.read(tmp_path / "a.xlsx").to_json()
    (tmp_path / "a.xlsx").write_bytes(rewritten(workbook(), change))
    assert surplus.read(tmp_path / "a.xlsx").to_json() == expected


def test_formulas_that_give_an_empty_text_are_empty(tmp_path: Path) -> None:
    def change(name: str, part: bytes) -> bytes:
        cell = b'<c r="F3" t="str"><f>IF(1,"","")</f><v></v></c>'
        return part.replace(b'<c r="F3" t="n"><v>94</v></c>', cell) if "sheet2" in name else part

    content = rewritten(workbook(), change)
    (tmp_path / "a.xlsx").write_bytes(content)
    assert b'IF(1,"","")' in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet2.xml")
    assert (
        surplus.read(tmp_path / "a.xlsx").projects.prices["settlement"].tolist()[0] < 0
    )  # not known


@ENGINES
def test_prefixes_and_encodings_of_xml_do_not_matter(
    large: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid, "LARGE", large)

    def prefixed(name: str, part: bytes) -> bytes:
        if "worksheets/" not in name:
            return part
        part = part.replace(b"<", b"<x:").replace(b"<x:/", b"</x:").replace(b"<x:?", b"<?")
        return part.replace(b"xmlns=", b"xmlns:x=")

    def wide(name: str, part: bytes) -> bytes:
        return part.decode().encode("utf-16") if "worksheets/" in name else part

    (tmp_path / "x.xlsx").write_bytes(workbook())
    expected = surplus.read(tmp_path / "x.xlsx").to_json()
    for change in (prefixed, wide):
        (tmp_path / "x.xlsx").write_bytes(rewritten(workbook(), change))
        assert surplus.read(tmp_path / "x.xlsx").to_json() == expected
        broken = rewritten(
            workbook(lambda book: book["Projects"].__setitem__("E3", "#N/A")), change
        )
        (tmp_path / "x.xlsx").write_bytes(broken)
        with pytest.raises(surplus.LedgerError, match="the cell shows the error #N/A"):
            surplus.read(tmp_path / "x.xlsx")


def bomb(size: int, understated: int | None = None) -> bytes:
    """A sheet with so many bytes of nothing; the archive may state fewer."""
    filler = b"<sheetData>" + b" " * size

    def change(name: str, part: bytes) -> bytes:
        return part.replace(b"<sheetData>", filler) if name.endswith("sheet2.xml") else part

    content = bytearray(rewritten(workbook(), change))
    if understated is not None:
        at = content.rindex(b"xl/worksheets/sheet2.xml")
        content[at - 22 : at - 18] = understated.to_bytes(4, "little")
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (lambda: bomb(99 * 2**20), "sheet2.xml unpacks to more than 250 times its size"),
        (lambda: bomb(99 * 2**20, 1_000), "sheet2.xml unpacks to more than 250 times its size"),
        (lambda: bomb(10_000, 1_000), "not an .xlsx workbook that can be read (BadZipFile)"),
        (lambda: bomb(500 * 2**20), "it unpacks to "),
    ],
)
def test_bombs_are_not_unpacked(content: Callable[[], bytes], words: str, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(content())
    assert (tmp_path / "a.xlsx").stat().st_size < 2**20
    with pytest.raises(surplus.LedgerError) as caught:
        surplus.read(tmp_path / "a.xlsx")
    assert words in str(caught.value)


def test_formatted_cells_without_a_value_reach_nowhere(tmp_path: Path) -> None:
    def change(sheet: Any) -> None:
        for c in range(1, 16_385):
            sheet.cell(2, c).number_format = "0.00"
        sheet.cell(1_048_576, 3).number_format = "0.00"

    ledger = surplus.read(county(tmp_path / "a.xlsx", change))
    assert len(ledger.projects) == 3
