"""Bad and hostile frames and Parquet files: refused at their table, row and column, by every way in."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import surplus
from surplus.io.columnar import parquet
from surplus.io.columnar.frames import _column

GOOD: dict[str, dict[str, list[Any]]] = {
    "sources": {
        "id": ["c", "k"], "level": ["central", "county"], "year": [2024, None],
        "expires": [dt.date(2025, 12, 31), None], "unallocated": ["5.50", None],
    },
    "projects": {
        "id": ["A", "B"], "name": ["灌溉渠", "村道"], "category": ["industry", None],
        "priority": ["2.5", None], "contract": [100, 300], "variations": ["-3.20", None],
        "settlement": [98, None], "tags.use": ["farm", None],
    },
    "funding": {
        "project": ["A", "A", "B"], "source": ["c", "k", "c"], "planned": [110, 5, 290],
        "paid": [60, None, 0],
    },
}  # fmt: skip

MONEY: list[tuple[Any, str]] = [
    (-5, "'-5' is negative"), ("-0.00", "'-0.00' is a negative zero"), ("5e3", "'5e3' is not an amount"),
    (Decimal("5.505"), "'5.505' has parts of a cent"), (0.1 + 0.2, "'0.30000000000000004' has parts"),
    (float("inf"), "'inf' is not an amount"), (float("-inf"), "'-inf' is not an amount"),
    (1e300, "is too large"), (10**15, "'1000000000000000' is too large"), (10**40, "is too large"),
    (Decimal(10) ** 30, "is too large"), (True, "'True' is not an amount"), ("nan", "'nan' is not an amount"),
    ("n/a", "'n/a' is not an amount"), ("#N/A", "'#N/A' is not an amount"), ("5%", "'5%' is not an amount"),
    ("$5", "'$5' is not an amount"), ("5元", "'5元' is not an amount"), ("五", "'五' is not an amount"),
    ("५", "'५' is not an amount"), ("5 000", "'5 000' is not an amount"), ("5,00", "'5,00' is not an amount"),
    ("1.234,50", "'1.234,50' is not an amount"), ("5_0", "'5_0' is not an amount"),
    ("0x5", "'0x5' is not an amount"), ("+5", "'+5' is not an amount"), ("5\u200b", "is not an amount"),
    ("=5", "'=5' is not an amount"), (" ", "' ' is not an amount"), (b"5", "is not an amount"),
    (dt.date(2024, 1, 1), "'2024-01-01' is not an amount"), (dt.timedelta(1), "is not an amount"),
    ([5], "'[5]' is not an amount"), ({"a": 5}, "is not an amount"),
]  # fmt: skip
BAD: list[tuple[str, dict[str, list[Any]], str]] = [
    *(("funding", {"paid": [value, None, None]}, f"row 1, column paid: {words}" if words[0] == "'" else words)
      for value, words in MONEY),
    ("funding", {"planned": [None, 5, 290]}, "row 1, column planned: missing"),
    ("funding", {"planned": [float("nan"), 5, 290]}, "row 1, column planned: missing"),
    ("funding", {"paid": [Decimal("110.01"), 0, 0]}, "paid 110.01 yuan is above planned 110.00"),
    ("projects", {"variations": ["-100.01", None]}, "row 1, column variations: -100.01 yuan would take"),
    ("projects", {"settlement": [-98, None]}, "row 1, column settlement: '-98' is negative"),
    ("projects", {"priority": ["-2.5", None]}, "row 1, column priority: '-2.5' is not a weight"),
    ("projects", {"priority": ["1e2", None]}, "row 1, column priority: '1e2' is not a weight"),
    ("projects", {"priority": ["高", None]}, "row 1, column priority: '高' is not a weight"),
    ("projects", {"priority": [10**10, None]}, "row 1, column priority: '10000000000' is not a weight"),
    ("sources", {"expires": ["2025-02-29", None]}, "row 1, column expires: '2025-02-29' is no day"),
    ("sources", {"expires": ["2025/12/31", None]}, "row 1, column expires: '2025/12/31' is not a date"),
    ("sources", {"expires": [46022, None]}, "row 1, column expires: '46022' is not a date"),
    ("sources", {"expires": [dt.datetime(2025, 1, 1, 8), None]}, "'2025-01-01T08:00:00' is not a date"),
    ("sources", {"first_budgeted": ["2026-01-01", None]}, "column expires: 2025-12-31 is before the money"),
    ("sources", {"year": [2024.5, None]}, "row 1, column year: '2024.5' is not a whole number"),
    ("sources", {"year": ["二〇二四", None]}, "row 1, column year: '二〇二四' is not a whole number"),
    ("sources", {"year": [20240, None]}, "row 1, column year: 20240; needed: at most 2200"),
    ("sources", {"year": [-1, None]}, "row 1, column year: '-1' is not a whole number"),
    ("sources", {"id": ["c", "c"]}, "row 2, column id: 'c' is also the id of"),
    ("sources", {"id": ["c", "ｃ"]}, "row 2, column id: 'ｃ' is also the id of"),
    ("sources", {"id": ["c", None]}, "row 2, column id: missing"),
    ("sources", {"id": ["c", ""]}, "row 2, column id: missing"),
    ("sources", {"id": ["c", "k "]}, "row 2, column id: 'k ' begins or ends with a space"),
    ("sources", {"id": ["c", "k\u202e"]}, "row 2, column id: 'k\\u202e' has a character"),
    ("sources", {"id": ["c", "k\0"]}, "row 2, column id: 'k\\x00' has a character"),
    ("projects", {"id": ["A", "A"]}, "row 2, column id: 'A' is also the id of"),
    ("funding", {"project": ["1", "A", "B"]}, "row 1, column project: '1' is not a project"),
    ("funding", {"source": ["C", "k", "c"]}, "row 1, column source: 'C' is not a source"),
    ("funding", {"source": ["k", "k", "c"]}, "column source: 'k' stands twice in this project"),
    ("funding", {"source": [None, "k", "c"]}, "row 1, column source: missing"),
    ("funding", {"project": ["a", "A", "B"]}, "row 1, column project: 'a' is not a project"),
    ("funding", {"project": [None, "A", "B"]}, "row 1, column project: missing"),
    ("projects", {"contrakt": [1, 2]}, "column contrakt: 'contrakt' is not a column of projects"),
    ("projects", {"": [1, 2]}, "the header is empty"),
    ("projects", {"合同价": [1, 2]}, "gives price.contract again"),
    ("projects", {"cap(美元)": [1, 2]}, "'美元' is not a unit"),
    ("projects", {"township (yuan)": ["a", "b"]}, "township is no amount and has no unit"),
    ("projects", {"planned": [1, 2]}, "this one belongs to funding"),
    ("funding", {"paid (wan)": [Decimal("0.0000001"), 0, 0], "paid": []}, "parts of a cent"),
    ("projects", {"id": []}, "there is no column '项目编号' (id)"),
    ("funding", {"planned": []}, "there is no column '计划投资' (planned)"),
]  # fmt: skip
IDS = [f"{i}-{words[:40]}" for i, (_, _, words) in enumerate(BAD)]


def changed(table: str, columns: dict[str, list[Any]]) -> dict[str, dict[str, list[Any]]]:
    """The good tables with some columns replaced; an empty list takes one away."""
    new = {key: values for key, values in (GOOD[table] | columns).items() if values}
    return GOOD | {table: new}


def message(read: Callable[[], object]) -> str:
    with pytest.raises(surplus.LedgerError) as caught:
        read()
    assert str(caught.value).endswith("in the ledger; nothing was loaded.")
    return str(caught.value)


def saved(folder: Path, tables: dict[str, dict[str, list[Any]]]) -> Path:
    for name, columns in tables.items():
        arrays = {key: _column(values) for key, values in columns.items()}
        pq.write_table(pa.table(arrays), folder / f"{name}.parquet")
    return folder


def test_the_good_tables_are_good(tmp_path: Path) -> None:
    ledger = surplus.Ledger.from_frames(**GOOD)
    assert surplus.read(saved(tmp_path, GOOD)).projects.id.tolist() == ledger.projects.id.tolist()
    assert len({str(bad) for bad in BAD}) == len(BAD) >= 60


@pytest.mark.parametrize(("table", "columns", "words"), BAD, ids=IDS)
def test_bad_frames(table: str, columns: dict[str, list[Any]], words: str) -> None:
    tables = changed(table, columns)
    said = message(lambda: surplus.Ledger.from_frames(**tables))
    assert words in said
    assert said.startswith(table)
    for library in (pd, pl):  # which may turn a value into another one that is as bad
        try:
            frames = {name: library.DataFrame(given) for name, given in tables.items()}
        except (pl.exceptions.PolarsError, TypeError, OverflowError):
            continue
        assert message(lambda frames=frames: surplus.Ledger.from_frames(**frames)).startswith(table)


@pytest.mark.parametrize(("table", "columns", "words"), BAD, ids=IDS)
def test_bad_parquet(table: str, columns: dict[str, list[Any]], words: str, tmp_path: Path) -> None:
    said = message(lambda: surplus.read(saved(tmp_path, changed(table, columns))))
    assert words in said
    assert said.startswith(f"{table}.parquet")


def test_too_large_sums() -> None:
    many = {
        "id": [f"s{i}" for i in range(50)] + ["c", "k"],
        "unallocated": ["999999999999999.99"] * 52,
    }
    said = message(lambda: surplus.Ledger.from_frames(many, GOOD["projects"], GOOD["funding"]))
    assert "amounts add up to" in said


@pytest.mark.parametrize(
    "frame",
    [None, 7, "id", b"id", [], [{"id": "c"}], object(), pd.Series([1]), np.zeros(3),
     {"id": ["c"], "year": []}, lambda: None, dt.date(2024, 1, 1), pa.array([1])],
)  # fmt: skip
def test_no_tables(frame: Any) -> None:
    said = message(lambda: surplus.Ledger.from_frames(frame, GOOD["projects"], GOOD["funding"]))
    assert said.startswith("sources: a ")
    assert "is not a table" in said


FILES: list[tuple[Callable[[bytes], bytes], str]] = [
    (lambda _: b"", "not a Parquet file"),
    (lambda _: b"PAR1", "not a Parquet file"),
    (lambda _: b"PAR1PAR1", "not a Parquet file"),
    (lambda _: b"PAR1" + bytes(100) + b"PAR1", "not a Parquet file"),
    (lambda _: b"PAR1\xff\xff\xff\x7fPAR1", "not a Parquet file"),
    (lambda _: b"PARE" + bytes(20) + b"PARE", "not a Parquet file"),  # encrypted
    (lambda _: bytes(10_000), "not a Parquet file"),
    (lambda _: b"id,name\nc,x\n", "not a Parquet file"),
    (lambda _: b"{}", "not a Parquet file"),
    (lambda _: b"PK\x03\x04", "not a Parquet file"),
    (lambda _: b"ARROW1\0\0", "not a Parquet file"),
    (lambda content: content[:-1], "not a Parquet file"),
    (lambda content: content[: len(content) // 2], "not a Parquet file"),
    (lambda content: content[4:], "not a Parquet file"),
    (lambda content: content[:-8] + b"\0\0\0\x7fPAR1", "not a Parquet file"),
    (lambda content: content[:4] + bytes(60) + content[64:], ""),
    (lambda content: content + b"\n", "not a Parquet file"),
]


@pytest.mark.parametrize("table", GOOD)
@pytest.mark.parametrize(("change", "words"), FILES)
def test_broken_files(
    table: str, change: Callable[[bytes], bytes], words: str, tmp_path: Path
) -> None:
    place = saved(tmp_path, GOOD) / f"{table}.parquet"
    place.write_bytes(change(place.read_bytes()))
    assert f"{table}.parquet: {words}" in message(lambda: surplus.read(tmp_path))


def test_texts_that_are_no_text(tmp_path: Path) -> None:
    place = saved(tmp_path, GOOD) / "projects.parquet"
    broken = place.read_bytes().replace("灌溉渠".encode(), b"\xff" * 9)
    place.write_bytes(broken)
    assert "projects.parquet: not a Parquet file that can be read" in message(
        lambda: surplus.read(tmp_path)
    )


def test_places_beyond_a_dictionary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged page may hold them; pyarrow reads it without a word."""
    saved(tmp_path, GOOD)
    real = pq.ParquetFile.read

    def damaged(file: pq.ParquetFile, **options: Any) -> pa.Table:
        table = real(file, **options)
        if table.column_names != ["category"]:
            return table
        places = pa.array([0, 7], pa.int32())
        column = pa.DictionaryArray.from_arrays(places, pa.array(["x"]), safe=False)
        return pa.table({"category": column})

    monkeypatch.setattr(pq.ParquetFile, "read", damaged)
    assert "not a Parquet file that can be read" in message(lambda: surplus.read(tmp_path))


def test_names_that_are_no_text(tmp_path: Path) -> None:
    place = saved(tmp_path, GOOD) / "projects.parquet"
    place.write_bytes(place.read_bytes().replace(b"category", b"\xffategory"))
    said = message(lambda: surplus.read(tmp_path))
    assert "projects.parquet: not a Parquet file that can be read: 'utf-8' codec" in said


@pytest.mark.parametrize("table", ["sources", "funding"])
def test_what_stands_in_place_of_a_file(table: str, tmp_path: Path) -> None:
    place = saved(tmp_path, GOOD) / f"{table}.parquet"
    place.unlink()
    for make in (
        place.mkdir,
        lambda: place.symlink_to(place),
        lambda: place.symlink_to("/dev/zero"),
    ):
        make()
        assert f"{table}.parquet: there is no such file" in message(lambda: surplus.read(tmp_path))
        place.rmdir() if place.is_dir() else place.unlink()


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ("{", "metadata 'surplus': not JSON"),
        ("[" * 100_000, "metadata 'surplus': nested too deeply"),
        ('{"name": "a", "name": "b"}', "metadata 'surplus': doubled keys: 'name'"),
        ('{"as_of": NaN}', "metadata 'surplus': NaN is not a number in JSON"),
        (b"\xff", "metadata 'surplus': not UTF-8"),
        ('{"as_of": "2024-13-01"}', "as_of: '2024-13-01' is no day of the calendar"),
        ('{"stated": 5}', "stated: needed: an object"),
        ('{"stated": {"issued": "1e3"}}', "stated.issued: '1e3' is not an amount"),
        ('{"currency": null}', "currency: needed: a text"),
        ('{"name": ["x"]}', "name: needed: a text"),
    ],
)
def test_bad_metadata(metadata: str | bytes, words: str, tmp_path: Path) -> None:
    place = saved(tmp_path, GOOD) / "projects.parquet"
    table = pq.read_table(place).replace_schema_metadata({"surplus": metadata})
    pq.write_table(table, place)
    assert words in message(lambda: surplus.read(tmp_path))


def test_a_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A million equal rows take a few kilobytes; a billion would, too."""
    place = saved(tmp_path, GOOD) / "funding.parquet"
    one = pa.array(["A"]).dictionary_encode()
    rows = pa.DictionaryArray.from_arrays(np.zeros(10**6, dtype=np.int32), one.dictionary)
    pq.write_table(pa.table({"project": rows, "source": rows, "planned": rows}), place)
    assert place.stat().st_size < 100_000
    monkeypatch.setattr(parquet, "MOST_CELLS", 10**6)
    assert "funding.parquet: 1,000,000 rows and 3 columns are too many" in message(
        lambda: surplus.read(tmp_path)
    )


def test_two_columns_of_one_name(tmp_path: Path) -> None:
    place = saved(tmp_path, GOOD) / "sources.parquet"
    columns = [pa.array(["c", "k"])] * 2
    pq.write_table(pa.Table.from_arrays(columns, names=["id", "id"]), place)
    assert "sources.parquet, column id: gives id again" in message(lambda: surplus.read(tmp_path))
    doubled = pa.Table.from_arrays(columns, names=["id", "id"])
    for frame in (doubled, doubled.to_pandas()):
        said = message(
            lambda f=frame: surplus.Ledger.from_frames(f, GOOD["projects"], GOOD["funding"])
        )
        assert "sources, column id: gives id again" in said


def test_metadata_is_written_as_it_is_read(tmp_path: Path) -> None:
    ledger = surplus.Ledger.from_frames(
        **GOOD, name="县", as_of="2024-11-30", stated={"projects": 2}
    )
    ledger.to_parquet(tmp_path)
    assert json.loads(surplus.read(tmp_path).to_json())["stated"] == {"projects": 2}
