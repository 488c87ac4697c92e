"""Papers: the figures of the plan to the cent, nothing that runs, the same bytes for the same plan."""

from __future__ import annotations

import csv
import re
import zipfile
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest

import surplus
from surplus.cli import main
from surplus.io import read_policy
from surplus.report.markdown import to_csv
from surplus.report.papers import Table, tables, yuan

EXAMPLES = Path(__file__).parents[1] / "examples" / "data"
LEDGER, POLICY = EXAMPLES / "seed_county.json", EXAMPLES / "seed_policy.json"
HOSTILE = [
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    '"quoted", and | piped',
    "+1\n@x",
    "-2",
]


@pytest.fixture(scope="module")
def seed() -> surplus.Plan:
    return surplus.reallocate(surplus.read(LEDGER), read_policy(POLICY))


@pytest.fixture(scope="module")
def hostile() -> surplus.Plan:
    projects = [
        {"id": f"p{i}", "name": name, "category": name, "price": {"contract": "0.07"}}
        for i, name in enumerate(HOSTILE)
    ]
    ledger = surplus.Ledger.from_records(
        [{"id": "=1+1", "name": "<b>", "unallocated": "0.30"}], projects, name="</title><script>"
    )
    rules = [{"kind": "cap", "id": "<i>", "flow": "in", "at_most": "0.20", "cite": "=x"}]
    return surplus.reallocate(ledger, surplus.Policy.model_validate({"rules": rules}))


def by_name(plan: surplus.Plan, lang: str = "en") -> dict[str, Table]:
    return {table.name: table for table in tables(plan, *plan.case, lang)}


def test_tables_add_up_to_the_plan(seed: surplus.Plan) -> None:
    found = by_name(seed)
    moved = yuan(int(seed.amount.sum()))
    assert found["Transfers"].sums()[5] == moved
    assert found["Adjustments"].sums()[5] == moved
    assert found["Sources"].sums() == {
        3: yuan(int(seed.available.sum())), 4: moved, 5: yuan(int(seed.left.sum())),
    }  # fmt: skip
    assert found["Open gaps"].sums()[3] == yuan(int(seed.unmet.sum()))
    for row in found["Adjustments"].rows:
        before, out, into, after = (Decimal(x or 0) for x in row[3:])
        assert before - out + into == after


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_workbook_holds_the_same_figures(seed: surplus.Plan, lang: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.xlsx"
    seed.to_excel(path, lang)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == [table.name for table in tables(seed, *seed.case, lang)]
    for table in tables(seed, *seed.case, lang):
        sheet = book[table.name]
        assert sheet.freeze_panes == "A2"
        assert sheet.page_setup.paperSize == 9
        for k, total in table.sums().items():
            if not table.rows:
                continue
            column = [
                Decimal(str(sheet.cell(r, k + 1).value or 0)) for r in range(2, len(table.rows) + 2)
            ]
            assert sum(column, Decimal(0)) == total
            letter = sheet.cell(1, k + 1).column_letter
            formula = sheet.cell(len(table.rows) + 2, k + 1).value
            assert formula == f"=SUM({letter}2:{letter}{len(table.rows) + 1})"


def test_amounts_are_exact_in_the_file(seed: surplus.Plan, tmp_path: Path) -> None:
    """The XML holds the decimal text itself, no float's digits."""
    seed.to_excel(tmp_path / "plan.xlsx", "en")
    with zipfile.ZipFile(tmp_path / "plan.xlsx") as archive:
        text = archive.read("xl/worksheets/sheet3.xml").decode()
    values = re.findall(r"<v>([0-9.]+)</v>", text)
    assert values
    amounts = {yuan(a) for a in seed.amount.tolist()}
    assert amounts <= set(map(Decimal, values))
    assert not [v for v in values if len(v.partition(".")[2]) > 2]


def test_equal_plans_give_equal_bytes(seed: surplus.Plan, tmp_path: Path) -> None:
    for name in ("a", "b"):
        seed.to_excel(tmp_path / f"{name}.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert seed.to_html() == seed.to_html()


def test_nothing_runs_in_a_workbook(hostile: surplus.Plan, tmp_path: Path) -> None:
    hostile.to_excel(tmp_path / "plan.xlsx", "en")
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    formulas = [c.value for s in book for row in s.iter_rows() for c in row if c.data_type == "f"]
    assert formulas
    assert all(re.fullmatch(r"=SUM\([A-Z]2:[A-Z]\d+\)", str(f)) for f in formulas)
    texts = {c.value for s in book for row in s.iter_rows() for c in row}
    assert HOSTILE[0] in texts


def test_nothing_runs_in_csv(hostile: surplus.Plan, tmp_path: Path) -> None:
    to_csv(hostile, *hostile.case, tmp_path, "en")
    files = sorted(tmp_path.glob("*.csv"))
    assert len(files) == 8
    for path in files:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file):
                assert not [c for c in row if c[:1] in tuple("=+@\t\r\n")]


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_nothing_runs_in_a_page(hostile: surplus.Plan, lang: str) -> None:
    page = Page()
    page.feed(hostile.to_html(lang))
    assert page.tags.count("script") == 1
    assert "b" not in page.tags
    assert "i" not in page.tags
    for name in HOSTILE[:3]:
        assert name in page.text
    names = {name for name, _ in page.attributes}
    assert not {n for n in names if n.startswith("on") or n in ("src", "href", "style")}
    policy = next(v for n, v in page.attributes if n == "content" and v and "default-src" in v)
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_page_shows_the_figures(seed: surplus.Plan) -> None:
    text = seed.to_html("en")
    assert len(text.encode()) < 500_000
    assert f"{yuan(int(seed.amount.sum())):,.2f}" in text
    for transfer in seed.transfers:
        assert f"{yuan(transfer.amount):,.2f}" in text
    assert "<svg" in text
    assert 'type="search"' in text
    assert "http" not in text.replace('http-equiv="', "")


def test_markdown(seed: surplus.Plan, hostile: surplus.Plan) -> None:
    text = seed.to_markdown("zh")
    assert "资金调整方案" in text
    assert f"**{yuan(int(seed.amount.sum())):,.2f}**" in text
    assert "受规则“county-reserve”限制" in text
    assert "<script>" not in hostile.to_markdown("en")


def test_the_command_writes_all_papers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["plan", str(LEDGER), "--policy", str(POLICY), "-o", f"{tmp_path}/out/"]
    assert main(arguments) == 0
    capsys.readouterr()
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["plan.html", "plan.json", "plan.md", "plan.xlsx"]


def test_a_plan_from_a_document_says_what_it_lacks(seed: surplus.Plan) -> None:
    with pytest.raises(surplus.SurplusError, match="read from a document"):
        surplus.Plan.from_json(seed.to_json()).to_html()
