"""Whatever a reader is given, it answers with a value or with an error of ours; never with a traceback.

``SURPLUS_FUZZ_SECONDS=120 pytest tests/test_fuzz.py`` goes on for two minutes.
"""

from __future__ import annotations

import csv
import io
import json
import os
import random
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import surplus
from conftest import examples
from surplus.io import read_policy

EXAMPLES = Path(__file__).parents[1] / "examples" / "data"
LEDGER = surplus.Ledger.from_records(
    [{"id": "c", "level": "central", "unallocated": "10", "expires": "2025-12-31"}],
    [
        {
            "id": "A",
            "name": "甲",
            "category": "roads",
            "tags": {"use": "x"},
            "price": {"contract": "15"},
        },
        {
            "id": "B",
            "price": {"audited": "3"},
            "funding": [{"source": "c", "planned": "5", "paid": "1"}],
        },
    ],
    as_of="2024-11-30",
)
POLICY = surplus.Policy.model_validate(
    {"rules": [{"kind": "cap", "flow": "in", "at_most": "50%", "per": "category"},
               {"kind": "share", "source": {"level": "central"}, "at_least": "1/3"}],
     "objectives": [{"kind": "fill", "weight": "tiers"}, {"kind": "cost"}]}
)  # fmt: skip
TOML = b"swaps = true\n[[rules]]\nkind = 'reserve'\nat_least = '10%'\n"


WIDE: list[list[Any]] = [
    ["台账", None, None, "单位:万元", "截至2024年11月30日"],
    ["序号", "项目编号", "合同价", "计划投资", None],
    [None, None, None, "中央", "县"],
    ["一", "道路", 18, 5, 7.5],
    [1, "A", 15, 5, None],
    [2, "B", 3, None, 7.5],
    ["合计", None, 18, 5, 7.5],
    ["注:本表为示例数据。"],
]


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["项目编号", "项目名称", "合同价(元)", "中央(元)", "县(元)"])
    sheet.append(["A", "甲", 15, 5, None])
    sheet.append(["B", "乙", 3, None, 7.5])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def county() -> bytes:
    """A wide workbook with a title, merged headers, a heading, a hidden row, formulas and a total."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in WIDE:
        sheet.append(row)
    sheet.merge_cells("D2:E2")
    sheet.row_dimensions[5].hidden = True
    sheet["C7"] = "=SUM(C5:C6)"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def saved_as_csv() -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(WIDE)
    return text.getvalue().encode()


def parquet() -> bytes:
    target = io.BytesIO()
    pq.write_table(LEDGER.to_frames("pyarrow")["projects"], target)
    return target.getvalue()


def read_parquet(data: bytes, folder: Path) -> object:
    LEDGER.to_parquet(folder)
    (folder / "projects.parquet").write_bytes(data)
    return surplus.read(folder)


def tables() -> bytes:
    """The three files of a CSV folder, one after the other."""
    return "\0".join(
        [
            "source id,level,unallocated\nc,central,10\n",
            "project id,category,contract\nA,roads,15\nB,,3\n",
            "project,source,planned,paid\nB,c,5,1\n",
        ]
    ).encode()


def read_tables(data: bytes, folder: Path) -> object:
    parts = data.split(b"\0")
    for name, part in zip(("sources", "projects", "funding"), parts, strict=False):
        (folder / f"{name}.csv").write_bytes(part)
    return surplus.read(folder)


def read_as(name: str, reader: Callable[[Path], object]) -> Callable[[bytes, Path], object]:
    def run(data: bytes, folder: Path) -> object:
        path = folder / name
        path.write_bytes(data)
        return reader(path)

    return run


READERS: dict[str, tuple[bytes, Callable[[bytes, Path], object]]] = {
    "ledger.json": (LEDGER.to_json().encode(), lambda d, _: surplus.Ledger.from_json(d)),
    "policy.json": (
        POLICY.model_dump_json(by_alias=True).encode(),
        lambda d, _: surplus.Policy.model_validate_json(d),
    ),
    "plan.json": (
        surplus.reallocate(LEDGER, surplus.Policy()).to_json().encode(),
        lambda d, _: surplus.Plan.from_json(d),
    ),
    "policy.toml": (TOML, read_as("policy.toml", read_policy)),
    "ledger.xlsx": (workbook(), read_as("ledger.xlsx", surplus.read)),
    "csv": (tables(), read_tables),
    "county.xlsx": (county(), read_as("county.xlsx", surplus.read)),
    "county.csv": (saved_as_csv(), read_as("county.csv", surplus.read)),
    "parquet": (parquet(), read_parquet),
}


def answers(name: str, data: bytes, folder: Path) -> None:
    """A value or an error of ours; a plan that can be read may be verified, too."""
    try:
        found = READERS[name][1](data, folder)
        if isinstance(found, surplus.Plan):
            surplus.verify(found, LEDGER, surplus.Policy())
    except surplus.SurplusError as error:
        assert str(error)


def mutated(data: bytes, rng: random.Random) -> bytes:
    """Some slices left out, doubled, swapped or overwritten."""
    result = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        a, b = sorted(rng.randrange(len(result) + 1) for _ in range(2))
        b = min(b, a + rng.choice([1, 2, 8, 64]))
        kind = rng.randrange(5)
        if kind == 0:
            del result[a:b]
        elif kind == 1:
            result[a:a] = result[a:b] * rng.randint(1, 3)
        elif kind == 2:
            result[a:b] = bytes(rng.randrange(256) for _ in range(b - a))
        elif kind == 3:
            words = [
                b"null",
                b"-1",
                b"1e999",
                b'"',
                b"{",
                b"]",
                b",",
                "９".encode(),
                b"\xff",
                b"NaN",
            ]
            result[a:b] = rng.choice(words)
        else:
            c = rng.randrange(len(result) + 1)
            result[c:c] = result[a:b]
    return bytes(result)


def inside(data: bytes, rng: random.Random) -> bytes:
    """Mutations inside the parts of a workbook, so that the archive itself stays readable."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w") as new:
        names = old.namelist()
        chosen = rng.choice(names)
        for name in names:
            part = old.read(name)
            new.writestr(name, mutated(part, rng) if name == chosen else part)
    return target.getvalue()


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=examples(150), deadline=None)
@given(seed=st.integers(0, 2**63))
def test_mutations(name: str, seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    rng = random.Random(seed)
    good = READERS[name][0]
    data = inside(good, rng) if name.endswith("xlsx") and rng.random() < 0.8 else mutated(good, rng)
    answers(name, data, tmp_path_factory.mktemp("fuzz"))


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=examples(60), deadline=None)
@given(data=st.binary(max_size=300))
def test_any_bytes(name: str, data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    answers(name, data, tmp_path_factory.mktemp("fuzz"))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("name", ["ledger.json", "policy.json", "plan.json"])
@settings(max_examples=examples(150), deadline=None)
@given(data=st.data())
def test_any_value_anywhere(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Some place of a good document gets any JSON value."""
    document = json.loads(READERS[name][0])
    inner = document
    while True:
        key = data.draw(
            st.sampled_from(sorted(inner) if isinstance(inner, dict) else range(len(inner)))
        )
        child = inner[key]
        if not (isinstance(child, (dict, list)) and child) or data.draw(st.booleans()):
            break
        inner = child
    inner[key] = data.draw(values)
    answers(name, json.dumps(document).encode(), tmp_path_factory.mktemp("fuzz"))


def test_for_a_while(tmp_path: Path) -> None:
    """As long as the environment asks for; a failing input is named by its seed."""
    end = time.monotonic() + float(os.environ.get("SURPLUS_FUZZ_SECONDS", "0"))
    seed = int(time.time())
    while time.monotonic() < end:
        seed += 1
        rng = random.Random(seed)
        name = rng.choice(sorted(READERS))
        good = READERS[name][0]
        data = inside(good, rng) if name.endswith("xlsx") else mutated(good, rng)
        try:
            answers(name, data, tmp_path)
        except Exception as error:
            raise AssertionError(f"{name}, seed {seed}: {data[:200]!r}") from error
