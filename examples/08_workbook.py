"""From the spreadsheet that a county keeps to the papers that it must publish.

The workbook data/county_2024.xlsx is wide, in 万元, with a title, merged headers, headings and subtotals
for each category, a total, a note, remarks and a hidden row. It holds the 102 GENERATED projects of the
first example (data/make_county_workbook.py). The rules are in TOML (data/county_policy.toml).

Expected: the reader takes the items, says what it leaves out, and finds the same money as the first
example; the plan is the same to the cent; four papers are written. An amount spoilt by hand is refused
with its sheet, row and column. The same from the command line:

    surplus plan county_2024.xlsx --policy county_policy.toml -o papers/ --lang zh
"""

import logging
import tempfile
from pathlib import Path

import openpyxl

import surplus
from surplus.cli import main

DATA = Path(__file__).parent / "data"
WORKBOOK, POLICY = DATA / "county_2024.xlsx", DATA / "county_policy.toml"
logging.basicConfig(format="  %(message)s")

print("What the reader says")
ledger = surplus.read(WORKBOOK)
first = surplus.read(DATA / "seed_county.json")
assert ledger.as_of == first.as_of
assert ledger.funding.planned.tolist() == first.funding.planned.tolist()
assert {k: v.tolist() for k, v in ledger.projects.prices.items()} == {
    k: v.tolist() for k, v in first.projects.prices.items()
}
print(
    f"\n{len(ledger.projects)} projects, {int(ledger.funding.planned.sum()) / 1e6:,.2f} 万元 planned\n"
)

with tempfile.TemporaryDirectory() as folder:
    papers = Path(folder) / "papers"
    status = main(
        ["plan", str(WORKBOOK), "--policy", str(POLICY), "-o", f"{papers}/", "--lang", "zh"]
    )
    assert status == 0
    written = sorted(path.name for path in papers.iterdir())
    print(f"\nWritten: {', '.join(written)}")
    assert {"plan.html", "plan.json", "plan.md", "plan.xlsx"} <= set(written)

    plan = surplus.Plan.from_json((papers / "plan.json").read_bytes())
    seed = surplus.Policy.model_validate_json((DATA / "seed_policy.json").read_text("utf-8"))
    same = surplus.reallocate(first, seed)
    assert plan.transfers == same.transfers
    arguments = ["verify", str(papers / "plan.json"), "--ledger", str(WORKBOOK)]
    assert main([*arguments, "--policy", str(POLICY), "--lang", "zh"]) == 0

    book = openpyxl.load_workbook(WORKBOOK)
    book["项目台账"]["H6"] = "约924"
    book.save(Path(folder) / "spoilt.xlsx")
    logging.disable(logging.WARNING)
    try:
        surplus.read(Path(folder) / "spoilt.xlsx")
    except surplus.LedgerError as error:
        print(f"\nRefused\n{error}")
        assert "sheet '项目台账', row 6, column 合同价: '约924' is not an amount" in str(error)
    else:
        raise AssertionError("a spoilt amount was read")
