"""What the documents say of the tests is there: every test that docs/proofs.md names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROOFS = (ROOT / "docs" / "proofs.md").read_text("utf-8")
DEFINED = {
    path.name: set(re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE))
    for path in sorted((ROOT / "tests").glob("test_*.py"))
}
CELLS = re.findall(r"`(test_\w+\.py)`((?:: |, |`test_\w+`)*)", PROOFS)


def test_it_names_tests() -> None:
    assert len(CELLS) > 60
    assert PROOFS.count("\n| ") > 70


@pytest.mark.parametrize("file", sorted({file for file, _ in CELLS}))
def test_every_named_file_and_test_exists(file: str) -> None:
    named = {
        name for other, names in CELLS if other == file for name in re.findall(r"`(\w+)`", names)
    }
    assert named <= DEFINED[file]


def test_there_are_at_least_35_laws() -> None:
    laws = PROOFS.split("## Laws", 1)[1].split("\n## ", 1)[0]
    rows = [row for row in laws.splitlines() if row.startswith("| ") and "`test_" in row]
    assert len(rows) >= 35


def test_figures_name_tests_that_exist() -> None:
    for file, name in re.findall(r"`(test_\w+\.py)::(test_\w+)`", PROOFS):
        assert name in DEFINED[file]
