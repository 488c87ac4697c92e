"""Tables of many rows: the short way gives the same ledger, and memory grows by the row, not by copies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import surplus
from surplus.io import csvwrite
from surplus.io.columnar import texts

MEASURE = """
import resource, sys
import numpy, pyarrow, surplus, surplus.io.columnar.quick
for folder in sys.argv[1:]:
    surplus.read(folder)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def folder(place: Path, size: int) -> Path:
    """A ledger of so many projects, each with money of one source."""
    place.mkdir()
    (place / "sources.csv").write_text("id,level\nc,central\n", "utf-8")
    kinds = ("产业", "道路", "住房")
    with (place / "projects.csv").open("w", encoding="utf-8") as file:
        file.write("id,name,category,township,contract,settlement\n")
        file.writelines(
            f"P{i:07d},项目{i},{kinds[i % 3]},t{i % 17},{100_000 + i % 5_000}.25,\n"
            for i in range(size)
        )
    with (place / "funding.csv").open("w", encoding="utf-8") as file:
        file.write("project,source,planned,paid\n")
        file.writelines(f"P{i:07d},c,{90_000 + i % 7_000}.50,1000\n" for i in range(size))
    return place


@pytest.mark.skipif(sys.platform != "linux", reason="counts as Linux does")
def test_memory_grows_by_the_row(tmp_path: Path) -> None:
    """A million rows more take less than a gigabyte more; cell by cell they would take twice that."""
    small, large = folder(tmp_path / "small", 20_000), folder(tmp_path / "large", 160_000)
    command = [sys.executable, "-c", MEASURE, str(small), str(large)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    before, after = map(int, done.stdout.split())
    assert (after - before) * 1024 / (160_000 - 20_000) < 900


@pytest.mark.parametrize("seed", range(6))
def test_the_short_way_gives_the_same_ledger(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, _ = surplus.generate(projects=200, seed=seed)
    csvwrite.write_csv_folder(ledger, tmp_path / "x", "zh" if seed % 2 else "en")
    found = []
    for many in (0, 10**9):
        monkeypatch.setattr(texts, "MANY", many)
        found.append(surplus.read(tmp_path / "x").to_json())
    assert found[0] == found[1]


def test_many_rows_take_the_short_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "ledger_of_sheets", None)
    assert len(surplus.read(folder(tmp_path / "x", 6_000)).projects) == 6_000


def test_without_pyarrow_many_rows_are_read_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = folder(tmp_path / "x", 70_000)
    expected = surplus.read(place).to_json()
    monkeypatch.setattr("surplus.io.pieces.find_spec", lambda _: None)
    monkeypatch.setattr(texts, "find_spec", lambda _: None)
    assert surplus.read(place).to_json() == expected
