"""Frames and Parquet: the same ledger from everywhere, the same verdict by both ways."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import surplus
from surplus.io.columnar import read as columnar
from surplus.io.columnar.numbers import OddError, decimals, scaled
from surplus.io.columnar.write import ledger_tables
from surplus.ledger.columns import UNKNOWN
from surplus.testing import ledgers

BACKENDS = ("pandas", "polars", "pyarrow")
SEED = Path(__file__).parents[1] / "examples" / "data" / "seed_county.json"


@pytest.fixture(scope="module")
def county() -> surplus.Ledger:
    return surplus.read(SEED)


def _again(ledger: surplus.Ledger, frames: dict[str, Any]) -> surplus.Ledger:
    stated = None
    if ledger.stated is not None:
        pytest.fail("the seed county states no totals in this test")
    return surplus.Ledger.from_frames(
        **frames, name=ledger.name, currency=ledger.currency, as_of=ledger.as_of, stated=stated
    )


def _bare(ledger: surplus.Ledger) -> surplus.Ledger:
    return surplus.Ledger(ledger.sources, ledger.projects, ledger.funding, ledger.name,
                          ledger.currency, ledger.as_of)  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_ledger_survives_frames(county: surplus.Ledger, backend: str) -> None:
    county = _bare(county)
    assert _again(county, county.to_frames(backend)).to_json() == county.to_json()


@given(ledgers)
@settings(deadline=None)
def test_any_ledger_survives_arrow(ledger: surplus.Ledger) -> None:
    ledger = _bare(ledger)
    assert _again(ledger, ledger.to_frames("pyarrow")).to_json() == ledger.to_json()


def test_a_ledger_survives_parquet(county: surplus.Ledger, tmp_path: Path) -> None:
    county.to_parquet(tmp_path / "a")
    county.to_parquet(tmp_path / "b")
    assert surplus.read(tmp_path / "a").to_json() == county.to_json()
    for name in ("sources", "projects", "funding"):
        first, second = (tmp_path / k / f"{name}.parquet" for k in "ab")
        assert first.read_bytes() == second.read_bytes()


def test_plain_tables_take_the_short_way(
    county: surplus.Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = county.to_frames("pyarrow")
    monkeypatch.setattr(columnar, "ledger_of_sheets", None)
    assert _again(_bare(county), frames).to_json() == _bare(county).to_json()


SMALL: dict[str, dict[str, list[Any]]] = {
    "sources": {"id": ["c", "p"], "level": ["central", "province"], "unallocated": ["5.00", None]},
    "projects": {
        "id": ["a", "b"],
        "contract": [Decimal("9.50"), Decimal(20)],
        "类别": ["road", None],
        "priority": [2, 1],
        "tags.use": ["x", "y"],
    },
    "funding": {
        "project": ["b", "a"],
        "source": ["p", "c"],
        "计划投资(元)": [10, 12],
        "paid": [0, 3],
    },
}


def _made(**changes: Any) -> surplus.Ledger:
    tables = {name: {**SMALL[name], **changes.get(name, {})} for name in SMALL}
    return surplus.Ledger.from_frames(**tables)


def test_mappings_of_columns_and_chinese_headers() -> None:
    ledger = _made()
    assert ledger.projects.prices["contract"].tolist() == [950, 2000]
    assert ledger.funding.planned.tolist() == [1200, 1000]
    assert ledger.sources[0].unallocated == 500
    assert ledger.projects.fields["category"].text(0) == "road"
    assert ledger.projects.fields["category"].text(1) is None


def test_the_unit_of_headers_that_name_none() -> None:
    tables = {**SMALL, "funding": {"project": ["a"], "source": ["c"], "planned": ["0.000012"]}}
    ledger = surplus.Ledger.from_frames(**tables, unit="wan")
    assert ledger.funding.planned.tolist() == [12]
    assert ledger.projects.prices["contract"].tolist() == [9_500_000, 20_000_000]
    with pytest.raises(surplus.SurplusError, match="'won' is not a unit"):
        surplus.Ledger.from_frames(**tables, unit="won")


def test_floats_are_taken_when_they_are_cents_and_refused_otherwise() -> None:
    column = {"contract": np.array([1234567890.12, float("nan")])}
    ledger = _made(projects=column)
    assert ledger.projects.prices["contract"].tolist() == [123456789012, UNKNOWN]
    with pytest.raises(surplus.LedgerError) as refused:
        _made(projects={"contract": [0.1 + 0.2, float("inf")]})
    said = str(refused.value)
    assert "projects, row 1, column contract" in said
    assert "0.30000000000000004" in said
    assert "projects, row 2, column contract" in said


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("an unknown source", {"funding": {"source": ["p", "q"]}}, "funding, row 2, column source: 'q'"),
    ("an unknown project", {"funding": {"project": ["b", "z"]}}, "a project of projects"),
    ("an id twice", {"projects": {"id": ["a", "a"]}}, "projects, row 2, column id: 'a'"),
    ("full-width twin", {"projects": {"id": ["a", "\uff41"]}}, "column id"),
    ("no id", {"projects": {"id": ["a", None]}}, "projects, row 2, column id: missing"),
    ("below 0", {"funding": {"计划投资(元)": [10, -12]}}, "funding, row 2, column 计划投资(元)"),
    ("paid too much", {"funding": {"paid": [0, 13]}}, "paid 13.00 yuan is above planned 12.00"),
    ("half a cent", {"funding": {"paid": [Decimal("0.005"), 0]}}, "funding, row 1, column paid"),
    ("no amount", {"funding": {"paid": ["much", "0"]}}, "'much'"),
    ("a day", {"funding": {"paid": [dt.date(2024, 1, 1), None]}}, "'2024-01-01'"),
    ("a truth", {"funding": {"paid": [True, False]}}, "'True'"),
    ("of two kinds", {"funding": {"paid": [3, "x"]}}, "'x'"),
    ("too large", {"funding": {"计划投资(元)": [10**25, 1]}}, "funding, row 1"),
    ("nothing planned", {"funding": {"计划投资(元)": [None, 1]}}, "row 1, column 计划投资(元): missing"),
    ("weight", {"projects": {"priority": [-1, 1]}}, "projects, row 1, column priority"),
    ("weight of a kind", {"projects": {"priority": ["high", None]}}, "'high'"),
    ("a header", {"projects": {"contrakt": [1, 2]}}, "did you mean"),
    ("twice a header", {"projects": {"合同价": [1, 2]}}, "gives price.contract again"),
    ("day", {"sources": {"expires": ["2024-13-01", None]}}, "sources, row 1, column expires"),
    ("contract", {"projects": {"variations": [-1000, 0]}}, "below 0"),
]  # fmt: skip


@pytest.mark.parametrize(("_", "changes", "said"), BAD, ids=[bad[0] for bad in BAD])
def test_bad_frames_say_where(_: str, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(surplus.LedgerError) as refused:
        _made(**changes)
    assert said in str(refused.value)


def test_what_is_no_table_is_said_of_all_three() -> None:
    with pytest.raises(surplus.LedgerError) as refused:
        surplus.Ledger.from_frames(7, "x", {"id": ["a"], "name": []})
    assert [problem.where for problem in refused.value.problems] == [
        "sources", "projects", "funding",
    ]  # fmt: skip


ODD = st.sampled_from([
    "", "a", "b", "c", "ａ", " a", "1", "1.5", "1.555", "-1", "1e3", "x" * 60, "=1", "中", None,
    0, 1, -5, 10**14, 10**20, 1.25, 0.1 + 0.2, Decimal("3.10"), Decimal("3.105"), True,
    dt.date(2024, 2, 29),
])  # fmt: skip


@given(st.data())
@settings(deadline=None)
def test_both_ways_give_one_verdict(data: st.DataObject) -> None:
    tables = {name: {**columns} for name, columns in SMALL.items()}
    for _ in range(data.draw(st.integers(1, 2))):
        table = data.draw(st.sampled_from(sorted(tables)))
        column = data.draw(st.sampled_from(sorted(tables[table])))
        values = data.draw(st.lists(ODD, min_size=2, max_size=2))
        tables[table][column] = values
    found = []
    for short in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            if not short:
                patch.setattr(columnar, "quick", lambda *_: None)
            try:
                found.append(surplus.Ledger.from_frames(**tables).to_json())
            except surplus.LedgerError as error:
                found.append(str(error))
    assert found[0] == found[1]


@given(st.lists(st.one_of(st.none(), st.integers(-(10**14), 10**14))), st.sampled_from([2, 6]))
def test_decimals_come_back(values: list[int | None], places: int) -> None:
    numbers = np.array([UNKNOWN if v is None else v for v in values], dtype=np.int64)
    column = decimals(numbers, places)
    assert column.to_pylist() == [None if v is None else Decimal(v).scaleb(-places) for v in values]
    assert scaled(column, places, UNKNOWN).tolist() == numbers.tolist()
    if len(values) > 1:  # a part of a column starts within its buffer
        assert scaled(column.slice(1), places, UNKNOWN).tolist() == numbers[1:].tolist()


@pytest.mark.parametrize("values", [["1.234"], [1.234], [Decimal(10**30)], [dt.date.min], ["1e5"]])
def test_what_is_no_amount_is_odd(values: list[Any]) -> None:
    with pytest.raises(OddError):
        scaled(pa.array(values), 2, UNKNOWN)


def test_the_tables_of_a_plan(county: surplus.Ledger, tmp_path: Path) -> None:
    plan = surplus.reallocate(county, surplus.Policy())
    for backend, kind in (
        ("pandas", pd.DataFrame),
        ("polars", pl.DataFrame),
        ("pyarrow", pa.Table),
    ):
        frames = plan.to_frames(backend)
        assert all(isinstance(frame, kind) for frame in frames.values())
    transfers = plan.to_frames("pyarrow")["transfers"].to_pylist()
    assert [(t["source"], t["from"], t["to"], int(t["amount"] * 100), t["swap"]) for t in transfers] == [
        (t.source, t.giver, t.taker, t.amount, t.swap) for t in plan.transfers
    ]  # fmt: skip
    projects = plan.to_frames("pyarrow")["projects"].to_pylist()
    assert [(p["id"], int(p["unmet"] * 100), p["reason"]) for p in projects] == [
        (p.id, p.unmet, p.reason) for p in plan.projects
    ]
    plan.to_parquet(tmp_path)
    assert pq.read_table(tmp_path / "transfers.parquet").to_pylist() == transfers
    with pytest.raises(surplus.SurplusError, match="pandas, polars or pyarrow"):
        plan.to_frames("excel")
    total = f"{Decimal(int(plan.moved.sum())) / 100:.2f}"
    assert f"<td>{total}</td>" in plan._repr_html_()


@pytest.mark.parametrize("name", ["sources", "projects", "funding"])
def test_broken_parquet_says_so(county: surplus.Ledger, tmp_path: Path, name: str) -> None:
    county.to_parquet(tmp_path)
    place = tmp_path / f"{name}.parquet"
    content = place.read_bytes()
    for broken in (b"", b"PAR1", content[:-9], content[: len(content) // 2], b"id,name\n1,2\n"):
        place.write_bytes(broken)
        with pytest.raises(surplus.LedgerError, match=f"{name}.parquet: not a Parquet file"):
            surplus.read(tmp_path)
    place.unlink()
    if name != "projects":
        with pytest.raises(surplus.LedgerError, match=f"{name}.parquet: there is no such file"):
            surplus.read(tmp_path)


def test_a_folder_holds_one_ledger(county: surplus.Ledger, tmp_path: Path) -> None:
    county.to_parquet(tmp_path)
    (tmp_path / "projects.csv").write_text("id\n")
    with pytest.raises(surplus.LedgerError, match="two ledgers"):
        surplus.read(tmp_path)


def test_metadata_of_others_is_no_matter(county: surplus.Ledger, tmp_path: Path) -> None:
    for name, table in ledger_tables(county).items():
        pq.write_table(table, tmp_path / f"{name}.parquet")
    assert surplus.read(tmp_path).name == tmp_path.name
    table = pq.read_table(tmp_path / "projects.parquet").replace_schema_metadata({"surplus": "{"})
    pq.write_table(table, tmp_path / "projects.parquet")
    with pytest.raises(surplus.LedgerError, match="metadata 'surplus': not JSON"):
        surplus.read(tmp_path)


IDS = {
    "short": [f"P{i:03d}" for i in range(40)],
    "of several lengths": [f"P{i}" for i in range(40)],
    "long": [f"project-2024-{i:03d}" for i in range(40)],
    "of other letters": [f"项目{i:03d}" for i in range(40)],
}


@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
def test_rows_may_stand_in_any_order(ids: list[str], tmp_path: Path) -> None:
    """Sorted or not, with neighbours of the same project or not: the same ledger."""
    ledger, _ = surplus.generate(projects=40, seed=4)
    tables = {key: table.to_pylist() for key, table in ledger_tables(ledger).items()}
    new = dict(zip(ledger.projects.id.tolist(), ids, strict=True))
    for row in tables["projects"]:
        row["id"] = new[row["id"]]
    for row in tables["funding"]:
        row["project"] = new[row["project"]]
    texts = set()
    for step in (1, 7, -1):
        turned = {
            key: pa.Table.from_pylist(rows[::step] if abs(step) == 1 else _strided(rows, step))
            for key, rows in tables.items()
        }
        texts.add(surplus.Ledger.from_frames(**turned).to_json())
        folder = tmp_path / str(step)
        folder.mkdir()
        for key, table in turned.items():
            pq.write_table(table, folder / f"{key}.parquet")
        read = surplus.read(folder)
        texts.add(surplus.Ledger.from_frames(**read.to_frames("pyarrow")).to_json())
    assert len(texts) == 1


def _strided(rows: list[Any], step: int) -> list[Any]:
    return [row for start in range(step) for row in rows[start::step]]


@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
@pytest.mark.parametrize("fault", ["doubled", "unknown", "twice"])
def test_ids_that_do_not_fit_are_named(ids: list[str], fault: str) -> None:
    held = [*ids, *ids[:1]] if fault == "twice" else ids[1:]
    tables = {
        "sources": {"id": ["s"]},
        "projects": {"id": [*ids, ids[5]] if fault == "doubled" else ids},
        "funding": {
            "project": [*held, "P9999"] if fault == "unknown" else held,
            "source": ["s"] * (len(held) + (fault == "unknown")),
            "planned": ["5.00"] * (len(held) + (fault == "unknown")),
        },
    }
    with pytest.raises(surplus.LedgerError) as caught:
        surplus.Ledger.from_frames(**tables)
    named = {"doubled": ids[5], "unknown": "P9999", "twice": "s"}[fault]
    assert f"'{named}'" in str(caught.value)


def test_a_column_that_is_cut_off_says_so(county: surplus.Ledger, tmp_path: Path) -> None:
    county.to_parquet(tmp_path)
    place = tmp_path / "funding.parquet"
    data = bytearray(place.read_bytes())
    data[4:200] = bytes(196)
    place.write_bytes(data)
    with pytest.raises(surplus.LedgerError, match=r"funding\.parquet.*not a Parquet file"):
        surplus.read(tmp_path)
