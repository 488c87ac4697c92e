"""Bad and hostile tables: one cell, header or part of a good one changed; refused with its place."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
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
            ("5-", "'5-' is not an amount"),
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
            ("9" * 5_000, "is too large"),
            ("=SUM(A1:A2)", "'=SUM(A1:A2)' is not an amount"),
            ("#N/A", "'#N/A' is not an amount"),
            ("-0.00", "'-0.00' is a negative zero"),
            ("\t", "'\t' is not an amount"),
            ("2024-01-15", "'2024-01-15' is not an amount"),
        ]
    ),
    ("sources", swap("unallocated", "unallocated (万元)"), "unallocated"),
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
    ("funding", swap("planned,paid", "paid,paid"), "column paid: 'paid' gives paid again"),
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
    ("sources", whole("\n\n\n"), "sources.csv, row 1: there are no headers"),
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
    ("sources", coded("big5", b"\xff"), "sources.csv, row 1: byte 1 of the file is not"),
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


@pytest.mark.parametrize(
    ("table", "edit", "words"), CSV, ids=[f"{i}-{w[:50]}" for i, (_, _, w) in enumerate(CSV)]
)
def test_bad_folders(table: str, edit: Edit, words: str, tmp_path: Path) -> None:
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
