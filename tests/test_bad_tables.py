"""Bad and hostile tables: one cell, header or part of a good one changed; refused with its place."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import surplus

SOURCES = """\
id,name,level,year,first_budgeted,expires,unallocated
c,中央资金,central,2024,2024-01-15,2025-12-31,5.50
k,县级资金,county,,,,
"""
PROJECTS = """\
id,name,category,priority,contract,variations,settlement,claims,cap,tags.use
A,灌溉渠,industry,2.5,100,-3.20,98,2,200,farm
B,村道,roads,,300,,,,,
"""
FUNDING = """\
project,source,planned,paid
A,c,110,60
A,k,5,
B,c,290,0
"""
TABLES = {"sources": SOURCES, "projects": PROJECTS, "funding": FUNDING}
Edit = Callable[[str], str | bytes]


def swap(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, 1)

    return edit


def raw(old: str, new: bytes) -> Edit:
    def edit(text: str) -> bytes:
        assert old in text, old
        return text.encode().replace(old.encode(), new, 1)

    return edit


def whole(content: str | bytes) -> Edit:
    return lambda _: content


def coded(encoding: str, mark: bytes = b"") -> Edit:
    return lambda text: mark + text.encode(encoding)


AMOUNT = "5.50\n"
CSV: list[tuple[str, Edit, str]] = [
    # amounts
    *(
        ("sources", swap(AMOUNT, f"{text}\n"), f"sources.csv, row 2, column unallocated: {words}")
        for text, words in [
            ("-5", "'-5' is negative"),
            ("(5)", "'(5)' is not an amount"),
            ("5e3", "'5e3' is not an amount"),
            ("5.505", "'5.505' has parts of a cent"),
            ("5..5", "'5..5' is not an amount"),
            ("--5", "'--5' is not an amount"),
            ("+5", "'+5' is not an amount"),
            ("5_0", "'5_0' is not an amount"),
            ("0x5", "'0x5' is not an amount"),
            ("nan", "'nan' is not an amount"),
            ("Infinity", "'Infinity' is not an amount"),
            ("n/a", "'n/a' is not an amount"),
            ("TRUE", "'TRUE' is not an amount"),
            ("5%", "'5%' is not an amount"),
            ("$5", "'$5' is not an amount"),
            ("5元", "'5元' is not an amount"),
            ("五", "'五' is not an amount"),
            ("５．５０５", "'５．５０５' has parts of a cent"),
            ("५", "'५' is not an amount"),
            ("⑤", "'⑤' is not an amount"),
            ("5 000", "'5 000' is not an amount"),
            ("5\u00a0000", "'5\u00a0000' is not an amount"),
            ("5\u200b", "'5\u200b' is not an amount"),
            ('"5,00"', "'5,00' is not an amount"),
            ('"1,000,00"', "'1,000,00' is not an amount"),
            ('"5\n5"', "'5\n5' is not an amount"),
            ("1" + "0" * 15, f"'1{'0' * 15}' is too large; needed: at most 15 digits"),
            ("=SUM(A1:A2)", "'=SUM(A1:A2)' is not an amount"),
            ("#N/A", "'#N/A' is not an amount"),
            ("-0.00", "'-0.00' is a negative zero"),
            ("\t", "'\t' is not an amount"),
            ("2024-01-15", "'2024-01-15' is not an amount"),
        ]
    ),
    ("sources", swap(AMOUNT, "9" * 5_000 + "\n"), "9' is too large; needed: at most 15 digits"),
    ("projects", swap("-3.20", "-100.01"), "column variations: -100.01 yuan would take the contract"),
    ("projects", swap(",98,", ",-98,"), "projects.csv, row 2, column settlement: '-98' is negative"),
    ("projects", swap("2.5", "-2.5"), "projects.csv, row 2, column priority: '-2.5' is not a weight"),
    ("projects", swap("2.5", "1e2"), "projects.csv, row 2, column priority: '1e2' is not a weight"),
    ("projects", swap("2.5", "高"), "projects.csv, row 2, column priority: '高' is not a weight"),
    ("funding", swap("110,60", "110,110.01"), "funding.csv, row 2, column paid: paid 110.01 yuan is"),
    ("funding", swap("110,60", ",60"), "funding.csv, row 2, column planned: missing"),
    ("funding", swap("110,60", "-110,60"), "funding.csv, row 2, column planned: '-110' is negative"),
    # days and years
    ("sources", swap("2025-12-31", "2025-02-29"), "column expires: '2025-02-29' is no day"),
    ("sources", swap("2025-12-31", "2025/12/31"), "column expires: '2025/12/31' is not a date"),
    ("sources", swap("2025-12-31", "2025年12月31日"), "column expires: '2025年12月31日' is not a date"),
    ("sources", swap("2025-12-31", "46022"), "column expires: '46022' is not a date"),
    ("sources", swap("2025-12-31", "2025-12-31 00:00"), "'2025-12-31 00:00' is not a date"),
    ("sources", swap("2025-12-31", "2024-01-14"), "column expires: 2024-01-14 is before the money"),
    ("sources", swap("2024,", "2024.0,"), "column year: '2024.0' is not a whole number"),
    ("sources", swap("2024,", "二〇二四,"), "column year: '二〇二四' is not a whole number"),
    ("sources", swap("2024,", "२०२४,"), "column year: '२०२४' is not a whole number"),
    ("sources", swap("2024,", "20240,"), "column year: 20240; needed: at most 2200"),
    ("sources", swap("2024,", "-1,"), "column year: '-1' is not a whole number"),
    ("sources", swap("2024,", "9" * 5_000 + ","), "is not a whole number"),
    # ids
    ("sources", swap("c,", " c,"), "sources.csv, row 2, column id: ' c' begins or ends with a space"),
    ("sources", swap("c,", "\u3000c,"), "sources.csv, row 2, column id: '\u3000c' begins or ends"),
    ("sources", swap("c,", "c\u202e,"), "sources.csv, row 2, column id: 'c\\u202e' has a character"),
    ("sources", swap("c,", '"c\n",'), "sources.csv, row 2, column id: 'c\n' begins or ends"),
    ("sources", swap("k,", "ｃ,"), "sources.csv, row 3, column id: 'ｃ' is also the id of sources.csv"),
    ("sources", swap("k,", ","), "sources.csv, row 3, column id: missing"),
    ("projects", swap("B,", "A,"), "projects.csv, row 3, column id: 'A' is also the id of projects.csv"),
    ("funding", swap("A,k", "A,c"), "funding.csv, row 3, column source: 'c' stands twice"),
    ("funding", swap("A,k", "A,K"), "funding.csv, row 3, column source: 'K' is not a source"),
    ("funding", swap("B,c", "B ,c"), "funding.csv, row 4, column project: 'B ' is not a project"),
    ("funding", swap("B,c", ",c"), "funding.csv, row 4, column project: missing"),
    ("funding", swap("B,c", "合计,"), "funding.csv, row 4: '合计' stands for a row of totals"),
    # rows and quotes
    ("funding", swap("B,c,290,0", "B,c,290"), "funding.csv, row 4: too few cells: 3"),
    ("funding", swap("B,c,290,0", "B,c,2,290,0"), "funding.csv, row 4: too many cells: 5"),
    ("funding", swap("B,c,290,0", "B;c;290;0"), "funding.csv, row 4: too few cells: 1"),
    ("funding", swap("B,c,290,0", 'B,c,290,"0'), "funding.csv, row 4: a quote opens in this row"),
    ("funding", swap("B,c,290,0", 'B,"c"c,290,0'), "funding.csv, row 4: a text goes on after"),
    ("funding", swap("B,c,290,0", "B,c,290,0," + "," * 50_000), "row 4: too many cells: 50005"),
    ("funding", swap("B,c", '"B' + "x" * 200_000 + '",c'), "row 4: a cell has more than 131072"),
    ("projects", swap("灌溉渠,industry", '"灌溉渠,industry'), "projects.csv, row 2: a quote opens"),
    # headers
    ("funding", swap("planned", "plannned"), "column plannned: 'plannned' is not a column of funding"),
    ("funding", swap("planned", ""), "funding.csv, row 1, column 3: the header is empty"),
    ("funding", swap("planned,paid", "paid,paid"), "gives paid again, after column 3"),
    ("funding", swap("planned,paid", "planned"), "funding.csv, row 2: too many cells: 4"),
    ("funding", swap("project,", "contract,"), "column contract: 'contract' is not a column of funding"),
    ("funding", swap("planned", "planned(美元)"), "'planned(美元)': '美元' is not a unit"),
    ("funding", swap("source", "source(元)"), "'source(元)': source is no amount and has no unit"),
    ("funding", swap("project,source", "project;source"), "a comma between two cells"),
    ("sources", swap("id,", "name2,"), "sources.csv, row 1: there is no column '来源编号' (id)"),
    ("sources", swap("id,", "\nid,"), "sources.csv, row 1: there are no headers"),
    ("sources", swap("id,", "sep=,\nid,"), "sources.csv, row 1: there is no column"),
    ("sources", swap("level", "x" * 100_000), "is not a column of sources"),
    ("sources", swap("level", "(" * 100_000), "is not a column of sources"),
    # files
    ("sources", whole(""), "sources.csv, row 1: there are no headers"),
    ("sources", whole(b"\xef\xbb\xbf"), "sources.csv, row 1: there are no headers"),
    ("sources", whole(bytes(100)), "sources.csv, row 1: byte 1 is NUL"),
    ("sources", whole(b"\xff" * 100), "sources.csv, row 1: byte 1 of the file is not GB18030"),
    ("sources", whole(b"PK\x03\x04\x14\x00\x06\x00"), "sources.csv, row 1: byte 6 is NUL"),
    ("sources", whole("{}"), "sources.csv, row 1, column {}: '{}' is not a column of sources"),
    ("sources", swap("中央资金", "中\0央"), "sources.csv, row 2: byte 60 is NUL"),
    ("sources", raw("中央资金", b"\xe4\xb8"), "sources.csv, row 2: byte 57 of the file is not UTF-8"),
    ("sources", raw("县级资金", b"\xed\xa0\x80"), "sources.csv, row 3: byte"),
    ("sources", coded("utf-16"), "sources.csv, row 1: byte 4 is NUL"),
    ("sources", coded("utf-16-be"), "sources.csv, row 1: byte 1 is NUL"),
    ("sources", coded("utf-32"), "sources.csv, row 1: byte 3 is NUL"),
    ("sources", coded("gb18030", b"\xef\xbb\xbf"), "sources.csv, row 2: byte 60 of the file is not UTF-8"),
]  # fmt: skip


def folder(place: Path, tables: dict[str, str | bytes]) -> Path:
    place.mkdir()
    for table, content in tables.items():
        data = content if isinstance(content, bytes) else content.encode()
        (place / f"{table}.csv").write_bytes(data)
    return place


def message(path: Path) -> str:
    with pytest.raises(surplus.LedgerError) as caught:
        surplus.read(path)
    assert str(caught.value).endswith("in the ledger; nothing was loaded.")
    return str(caught.value)


def test_the_good_folder_is_good(tmp_path: Path) -> None:
    assert len(surplus.read(folder(tmp_path / "x", {**TABLES})).projects) == 2
    assert len(CSV) >= 60


@pytest.mark.parametrize("many", [0, 5_000], ids=["many", "few"])
@pytest.mark.parametrize(
    ("table", "edit", "words"), CSV, ids=[f"{i}-{w[:50]}" for i, (_, _, w) in enumerate(CSV)]
)
def test_bad_folders(
    table: str, edit: Edit, words: str, many: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("surplus.io.columnar.texts.MANY", many)
    said = message(folder(tmp_path / "x", {**TABLES, table: edit(TABLES[table])}))
    assert words in said


@pytest.mark.parametrize("table", TABLES)
def test_what_stands_in_place_of_a_file(table: str, tmp_path: Path) -> None:
    place = folder(tmp_path / "x", {**TABLES})
    path = place / f"{table}.csv"
    path.unlink()
    for make in (
        lambda: None,
        path.mkdir,
        lambda: path.symlink_to(path),
        lambda: path.symlink_to("/dev/zero"),
        lambda: path.symlink_to(tmp_path / "none.csv"),
    ):
        make()
        assert f"{table}.csv: there is no such file" in message(place)
        if path.is_symlink():
            path.unlink()
        elif path.exists():
            path.rmdir()


# Workbooks

ROWS: dict[str, list[list[Any]]] = {
    "Sources": [
        ["source id", "name", "level", "year", "expires", "unallocated (yuan)"],
        ["c", "中央资金", "central", 2024, datetime(2025, 12, 31), 5.5],
        ["k", "县级资金", "county", None, None, None],
    ],
    "Projects": [
        ["Ledger of the county"],
        ["project id", "name", "category", "priority", "contract (yuan)", "settlement (wan)"],
        ["A", "灌溉渠", "industry", 2.5, 950000.5, 94],
        ["B", "村道", "roads", None, 3000000, None],
    ],
    "Funding": [
        ["project", "source", "planned (wan)", "paid (wan)"],
        ["A", "c", 100, 40],
        ["A", "k", 20, 0],
        ["B", "c", 250, None],
    ],
}


def workbook(change: Callable[[openpyxl.Workbook], object] = lambda _: None) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in ROWS.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    change(book)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def put(place: str, value: Any) -> Callable[[openpyxl.Workbook], object]:
    name, cell = place.split("!")

    def change(book: openpyxl.Workbook) -> None:
        book[name][cell] = value

    return change


CONTRACT = "sheet 'Projects', row 3, column contract (yuan)"
CELLS: list[tuple[str, Any, str]] = [
    # amounts
    *(
        ("Projects!E3", value, f"{CONTRACT}: {words}")
        for value, words in [
            (-1, "'-1' is negative"),
            (950000.505, "'950000.505' has parts of a cent"),
            (1e-7, "'1e-07' is not an amount"),
            (1e15, "'1000000000000000' is too large"),
            (10**15, "'1000000000000000' is too large"),
            (999999999999999.9, "'1e+15' is not an amount"),
            (1e22, "'1e+22' is not an amount"),
            (True, "'TRUE' is not an amount"),
            ("95万", "'95万' is not an amount"),
            ("约95", "'约95' is not an amount"),
            ("九十五", "'九十五' is not an amount"),
            ("1e5", "'1e5' is not an amount"),
            ("1_000", "'1_000' is not an amount"),
            ("1,00", "'1,00' is not an amount"),
            ("1.234,5", "'1.234,5' is not an amount"),
            ("95%", "'95%' is not an amount"),
            ("١٢", "'١٢' is not an amount"),
            ("⑤", "'⑤' is not an amount"),
            ("+5", "'+5' is not an amount"),
            ("-0", "'-0' is a negative zero"),
            ("NaN", "'NaN' is not an amount"),
            ("Infinity", "'Infinity' is not an amount"),
            ("5\u200b", "'5\u200b' is not an amount"),
            ("5\n5", "'5\n5' is not an amount"),
            ("无", "'无' is not an amount"),
            (datetime(2024, 1, 1), "'2024-01-01' is not an amount"),
            (date(2024, 1, 1), "'2024-01-01' is not an amount"),
            (time(12, 30), "'12:30:00' is not an amount"),
            (timedelta(hours=30), "'1 day, 6:00:00' is not an amount"),
            ("#DIV/0!", "the cell shows the error #DIV/0!"),
            ("#REF!", "the cell shows the error #REF!"),
            ("#NUM!", "the cell shows the error #NUM!"),
            ("=1+1", "the cell holds a formula without a value"),
            ("=WEBSERVICE(1)", "the cell holds a formula without a value"),
        ]
    ),
    ("Projects!F3", 94.0000001, "row 3, column settlement (wan): '94.0000001' has parts of a cent"),
    ("Projects!F3", 10**11, "row 3, column settlement (wan): '100000000000' is too large"),
    ("Projects!D3", -1, "sheet 'Projects', row 3, column priority: '-1' is not a weight"),
    ("Projects!D3", "高", "sheet 'Projects', row 3, column priority: '高' is not a weight"),
    ("Sources!F2", "x", "sheet 'Sources', row 2, column unallocated (yuan): 'x' is not an amount"),
    ("Funding!C2", -100, "sheet 'Funding', row 2, column planned (wan): '-100' is negative"),
    ("Funding!C2", None, "sheet 'Funding', row 2, column planned (wan): missing"),
    ("Funding!D2", 100.01, "column paid (wan): paid 1000100.00 yuan is above planned 1000000.00"),
    ("Funding!D2", "#N/A", "sheet 'Funding', row 2, column paid (wan): the cell shows the error #N/A"),
    # days and years
    ("Sources!E2", "2025-02-30", "row 2, column expires: '2025-02-30' is no day of the calendar"),
    ("Sources!E2", "2025.12.31", "row 2, column expires: '2025.12.31' is not a date"),
    ("Sources!E2", datetime(2025, 12, 31, 8), "column expires: '2025-12-31T08:00:00' is not a date"),
    ("Sources!E3", 46022, "sheet 'Sources', row 3, column expires: '46022' is not a date"),
    ("Sources!D2", 2024.5, "sheet 'Sources', row 2, column year: '2024.5' is not a whole number"),
    ("Sources!D2", "2024年", "sheet 'Sources', row 2, column year: '2024年' is not a whole number"),
    ("Sources!D2", 24, "sheet 'Sources', row 2, column year: 24; needed: at least 1900"),
    ("Sources!D2", datetime(2024, 1, 1), "column year: '2024-01-01' is not a whole number"),
    # ids
    ("Sources!A3", "c", "sheet 'Sources', row 3, column source id: 'c' is also the id of sheet"),
    ("Sources!A3", "ｃ", "sheet 'Sources', row 3, column source id: 'ｃ' is also the id of sheet"),
    ("Sources!A3", None, "sheet 'Sources', row 3, column source id: missing"),
    ("Sources!A3", "k\u200b", "row 3, column source id: 'k\\u200b' has a character that cannot be seen"),
    ("Sources!A3", "=A2", "row 3, column source id: the cell holds a formula without"),
    ("Projects!A4", "A", "row 4, column project id: 'A' is also the id of sheet 'Projects', row 3"),
    ("Projects!A4", "#VALUE!", "row 4, column project id: the cell shows the error #VALUE!"),
    ("Funding!A2", "a", "sheet 'Funding', row 2, column project: 'a' is not a project"),
    ("Funding!A2", None, "sheet 'Funding', row 2, column project: missing"),
    ("Funding!A2", 1, "sheet 'Funding', row 2, column project: '1' is not a project"),
    ("Funding!B2", "C", "sheet 'Funding', row 2, column source: 'C' is not a source"),
    ("Funding!B2", "k", "sheet 'Funding', row 3, column source: 'k' stands twice in this project"),
    ("Funding!B2", None, "sheet 'Funding', row 2, column source: missing"),
    # headers
    ("Projects!E2", "contract", "row 2, column contract: its amounts have no unit"),
    ("Projects!E2", "contract (美元)", "'contract (美元)': '美元' is not a unit"),
    ("Projects!E2", "contracct (yuan)", "column contracct (yuan): 'contracct (yuan)' is not a column"),
    ("Projects!E2", "settlement (yuan)", "gives price.settlement again"),
    ("Projects!C2", "category (元)", "category is no amount and has no unit"),
    ("Projects!C2", 2024, "sheet 'Projects', row 2, column 2024: '2024' is not a column of projects"),
    ("Funding!C1", "x", "there is no table of funding"),
    ("Sources!A1", None, "there is no table of sources"),
    ("Projects!NTP9", 1, "sheet 'Projects': 9 rows and 10000 columns are too many"),
    ("Projects!J1048576", 1, "sheet 'Projects': 1048576 rows and 10 columns are too many"),
    ("Projects!OJ1048576", "=1", "sheet 'Projects': 1048576 rows and 400 columns are too many"),
]  # fmt: skip


def saved(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "county.xlsx"
    path.write_bytes(content)
    return path


def test_the_good_workbook_is_good(tmp_path: Path) -> None:
    ledger = surplus.read(saved(tmp_path, workbook()))
    assert int(ledger.funding.planned.sum()) == 3_700_000_00
    assert len(CELLS) >= 60


@pytest.mark.parametrize("large", [0, 2**30], ids=["calamine", "openpyxl"])
@pytest.mark.parametrize(
    ("place", "value", "words"), CELLS, ids=[f"{p}={str(v)[:20]}" for p, v, _ in CELLS]
)
def test_bad_cells(
    place: str, value: Any, words: str, large: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("surplus.io.workbook.grid.LARGE", large)
    monkeypatch.setattr("surplus.io.columnar.texts.MANY", large)
    assert words in message(saved(tmp_path, workbook(put(place, value))))


SHEET = "xl/worksheets/sheet2.xml"
BROKEN = "not an .xlsx workbook that can be read"
ENTITY = "sheet2.xml declares XML entities, as no spreadsheet does"
ENTITIES = b"".join(b"<!ENTITY a%d '%s'>" % (k, b"&a%d;" % (k - 1) * 10) for k in range(1, 10))
LAUGHS = b"<!DOCTYPE x [<!ENTITY a0 'aaaaaaaaaa'>" + ENTITIES + b"]>"
FOREIGN = b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>"


def part(name: str, old: bytes, new: bytes) -> Callable[[str, bytes], bytes]:
    def change(found: str, content: bytes) -> bytes:
        if found != name:
            return content
        assert old in content, old
        return content.replace(old, new, 1)

    return change


def merged(span: bytes) -> Callable[[str, bytes], bytes]:
    cells = b"</sheetData><mergeCells><mergeCell ref='%s'/></mergeCells>" % span
    return part(SHEET, b"</sheetData>", cells)


def value(new: bytes) -> Callable[[str, bytes], bytes]:
    return part(SHEET, b"<v>950000.5</v>", b"<v>%s</v>" % new)


def cut(name: str, most: int) -> Callable[[str, bytes], bytes]:
    return lambda found, content: content[:most] if found == name else content


PARTS: list[tuple[Callable[[str, bytes], bytes], str]] = [
    *((cut(name, most), BROKEN) for most in (0, 99) for name in (
        SHEET, "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels",
        "[Content_Types].xml", "docProps/core.xml")),
    (merged(b"A1:XFD1048576"), "more than 1,000,000 cells are merged"),
    (merged(b"A1:CW10000"), "more than 1,000,000 cells are merged"),
    (merged(b"CW10000:A1"), "more than 1,000,000 cells are merged"),
    (lambda name, content: LAUGHS + content.replace(b"950000.5", b"&a9;")
     if name == SHEET else content, ENTITY),
    (lambda name, content: FOREIGN + content.replace(b"950000.5", b"&a;")
     if name == SHEET else content, ENTITY),
    (lambda name, content: LAUGHS.decode().encode("utf-16") if name == SHEET else content, ENTITY),
    (lambda name, content: LAUGHS + content if name == "xl/workbook.xml" else content,
     "xl/workbook.xml declares XML entities"),
    (value(b"1e400"), f"{CONTRACT}: 'inf' is not an amount"),
    (value(b"INF"), BROKEN),
    (value(b"9" * 5_000), BROKEN),
    (value(b"950000,5"), BROKEN),
    (value(b"<![CDATA[x"), BROKEN),
    (value(b"\xff"), BROKEN),
    (value(b"\0"), BROKEN),
    (part(SHEET, b"</sheetData>", b"<row r='99999999999'><c r='A99999999999'><v>1</v></c></row>"
          b"</sheetData>"), "99999999999 rows and 6 columns are too many"),
    (part(SHEET, b"</sheetData>", b"<row r='9'><c r='ZZZZZ9'><v>1</v></c></row></sheetData>"), BROKEN),
    (part("xl/_rels/workbook.xml.rels", b"/xl/worksheets/sheet2.xml", b"../../../../etc/passwd"),
     "there is no table of projects"),
    (part("xl/_rels/workbook.xml.rels", b"/xl/worksheets/sheet2.xml", b"/xl/worksheets/sheet1.xml"),
     "is a second table of sources"),
]  # fmt: skip


def rewritten(change: Callable[[str, bytes], bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return target.getvalue()


@pytest.mark.parametrize(("change", "words"), PARTS)
def test_bad_parts(change: Callable[[str, bytes], bytes], words: str, tmp_path: Path) -> None:
    assert words in message(saved(tmp_path, rewritten(change)))


def overstated() -> bytes:
    """An archive whose directory says that a part is of four gigabytes."""
    content = bytearray(workbook())
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = (2**32 - 2).to_bytes(4, "little")
    return bytes(content)


def locked() -> bytes:
    """An archive whose parts are marked as encrypted."""
    content = bytearray(workbook())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + flags] |= 1
            at = content.find(mark, at + 4)
    return bytes(content)


def climbing() -> bytes:
    """An archive with nothing but parts that would land elsewhere if they were unpacked."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("../../county.txt", "x")
        archive.writestr("/etc/county", "x")
    return target.getvalue()


FILES: list[tuple[Callable[[], bytes], str]] = [
    (lambda: b"", BROKEN),
    (lambda: b"PK\x03\x04", BROKEN),
    (lambda: bytes(10_000), BROKEN),
    (SOURCES.encode, BROKEN),
    (lambda: b"{}", BROKEN),
    (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2_000), BROKEN),  # .xls, or with a password
    (lambda: workbook()[:-1], BROKEN),
    (lambda: workbook()[: len(workbook()) // 2], BROKEN),
    (lambda: workbook()[100:], BROKEN),
    (lambda: workbook().replace(b"xl/workbook.xml", b"xl/workbook.xmk"), BROKEN),
    (overstated, "it unpacks to"),
    (locked, BROKEN),
    (climbing, BROKEN),
    (lambda: workbook(lambda book: book.remove(book["Funding"])), "there is no table of funding"),
    (lambda: workbook(lambda book: book.copy_worksheet(book["Funding"])), "a second table of funding"),
    (lambda: workbook(lambda book: book["Projects"].delete_rows(1, 3)), "no table of projects"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "words"), FILES)
def test_bad_workbooks(content: Callable[[], bytes], words: str, tmp_path: Path) -> None:
    path = saved(tmp_path, content())
    assert words in message(path)
    assert [*tmp_path.iterdir()] == [path]
