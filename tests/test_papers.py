"""Papers: the figures of the plan to the cent, nothing that runs, the same bytes for the same plan."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import assume, given, settings

import office
import surplus
from conftest import examples
from papers_cases import HOSTILE, LEDGER, POLICY, hostile, seed
from surplus.cli import main
from surplus.report.excel import to_excel
from surplus.report.flow import flow
from surplus.report.markdown import to_csv, to_markdown
from surplus.report.page import to_html
from surplus.report.papers import Table, tables, yuan
from surplus.testing import documents, policy_documents

__all__ = ["hostile", "seed"]


def by_key(plan: surplus.Plan, lang: str = "en") -> dict[str, Table]:
    return {table.key: table for table in tables(plan, *plan.case, lang)}


@pytest.mark.parametrize("most", [10**9, 7])
def test_tables_add_up_to_the_plan(seed: surplus.Plan, most: int) -> None:
    found = {table.key: table for table in tables(seed, *seed.case, "en", most=most)}
    moved, unmet = yuan(int(seed.amount.sum())), yuan(int(seed.unmet.sum()))
    assert found["transfers"].sums() == {5: moved}
    given = yuan(int(seed.amount[seed.giver >= 0].sum()))
    adjusted = found["adjustments"]
    assert [adjusted.sums()[k] for k in (4, 5)] == [given, moved]
    assert found["sources"].sums() == {
        3: yuan(int(seed.available.sum())), 4: moved, 5: yuan(int(seed.left.sum())),
    }  # fmt: skip
    assert found["gaps"].sums()[3] == unmet
    projects = found["projects"]
    need = yuan(int(seed.need.sum()))
    assert [*projects.sums().values()][1:3] == [given, moved]
    assert [*projects.sums().values()][4:] == [need, unmet]
    for table, first in ((adjusted, 3), (projects, len(projects.head) - 6)):
        for row in table.lines:
            before, out, into, after = row[first : first + 4]
            assert before - out + into == after
    assert found["balances"].sums()[7] == need
    for table in found.values():
        assert len(table.rows) <= max(most, 20)


@settings(max_examples=examples(60), deadline=None)
@given(document=documents(), drawn=policy_documents(swaps=True))
def test_papers_of_any_plan(document: dict[str, Any], drawn: dict[str, Any]) -> None:
    """Whatever the rules: tables add up, papers are made, and what is cut is added up in one row."""
    ledger = surplus.Ledger.from_records(document["sources"], document["projects"])
    try:
        plan = surplus.reallocate(ledger, surplus.Policy.model_validate(drawn))
    except (surplus.Infeasible, surplus.SolverError):
        assume(False)
    whole = by_key(plan, "both")
    cut = {t.key: t for t in tables(plan, *plan.case, "both", most=1)}
    assert whole["transfers"].sums()[5] == yuan(int(plan.amount.sum()))
    assert whole["sources"].sums()[5] == yuan(int(plan.left.sum()))
    assert whole["gaps"].sums()[3] == yuan(int(plan.unmet.sum()))
    for key, table in whole.items():
        assert cut[key].sums() == table.sums()
    first = len(whole["projects"].head) - 6
    for row in whole["projects"].rows:
        before, out, into, after = row[first : first + 4]
        assert before - out + into == after
    for row in whole["rules"].rows:
        rule = next(r for r in plan.case[1].rules if r.title == row[0])
        assert row[4].en == "yes" or rule.severity != "absolute"
    page = plan.to_html()
    assert page.count("<section") == page.count("</section>") >= 6
    assert plan.to_markdown("both").startswith("# 资金调整方案 Reallocation plan")


def test_papers_claim_no_more_than_is_proved(seed: surplus.Plan) -> None:
    def status(plan: surplus.Plan) -> object:
        table = by_key(replace(plan, case=seed.case))["summary"]
        return table.rows[table.marks.index("status")][1]

    assert status(seed) == "optimal: no plan is better"
    (level,) = seed.objectives
    loose = replace(seed, objectives=(replace(level, bound=level.bound + 1),))
    assert status(loose) == "optimal up to the difference from the bound"
    assert status(replace(seed, status="feasible")) == "feasible: the best found in time"


def _with_projects(*ids: str) -> surplus.Ledger:
    funding = [{"source": "s", "planned": "100.00", "paid": "0.00"}]
    prices = ({"audited": "50.00"}, {"audited": "150.00"})
    rows = [{"id": i, "price": prices[k % 2], "funding": funding} for k, i in enumerate(ids)]
    return surplus.Ledger.from_records([{"id": "s"}], rows, as_of="2024-11-30")


def test_nothing_is_said_of_a_plan_on_another_state_of_its_ledger() -> None:
    sources = [{"id": "c", "unallocated": "7"}]
    before, after = (
        surplus.Ledger.from_records(sources, [{"id": "A", "price": {"contract": price}}])
        for price in ("100", "101")
    )
    plan = surplus.Plan.from_json(surplus.reallocate(before, surplus.Policy()).to_json())
    assert to_markdown(plan, before, surplus.Policy(), "en")
    with pytest.raises(surplus.SurplusError, match="another state of the ledger"):
        to_markdown(plan, after, surplus.Policy(), "en")


@pytest.mark.parametrize("ids", ["ab", "abce", "abcdef"])
def test_nothing_is_said_of_a_plan_on_another_ledger(ids: str) -> None:
    policy, other = surplus.Policy.model_validate({}), _with_projects(*ids)
    plan = surplus.reallocate(_with_projects(*"abcd"), policy)
    case = plan, other, policy
    for say in (
        lambda: to_markdown(*case),
        lambda: to_html(*case),
        lambda: flow(plan, other),
        lambda: surplus.what_if(*case, {}),
        lambda: surplus.calendar(*case),
        lambda: surplus.dying(other, policy, plan),
    ):
        with pytest.raises(surplus.SurplusError, match="another ledger"):
            say()


def test_projects_agree_with_the_plan(seed: surplus.Plan) -> None:
    (table,) = (t for t in tables(seed, *seed.case, "en", every=True) if t.key == "projects")
    assert len(table.rows) == len(seed.projects)
    for row, project in zip(table.rows, seed.projects, strict=True):
        assert row[0] == project.id
        assert row[-3:] == (
            yuan(sum(project.final.values())), yuan(project.need), yuan(project.unmet),
        )  # fmt: skip


def test_balances_are_the_waterfalls(seed: surplus.Plan) -> None:
    ledger, policy = seed.case
    for row in by_key(seed)["balances"].rows:
        steps = surplus.waterfall(ledger, row[0], policy.terms)
        amounts = {step.name: yuan(step.amount) for step in steps.steps}
        assert row[3:5] == (amounts["issued (planned investment)"], amounts["expected final cost"])
        assert row[6:] == tuple(
            amounts[name] for name in ("net surplus", "funding gap", "undrawn", "releasable")
        )
        assert (
            row[3] + row[7] == row[4] + row[5] + row[6]
        )  # issued + gap = cost + reserve + surplus


def test_both_languages_stand_side_by_side(seed: surplus.Plan) -> None:
    zh, en, both = (by_key(seed, lang) for lang in ("zh", "en", "both"))
    for key, table in both.items():
        for mine, chinese, english in zip(table.lines, zh[key].lines, en[key].lines, strict=True):
            for cell, one, other in zip(mine, chinese, english, strict=True):
                assert cell == one == other or (cell.zh, cell.en) == (one, other)
    assert "县级 county" in seed.to_markdown("both")


def test_rules_are_told_in_the_papers_language(seed: surplus.Plan) -> None:
    for row in by_key(seed, "zh")["rules"].rows:
        for cell in row[1:5]:
            assert not re.search(r"\b(yuan|receive|left|at least|of)\b", str(cell)), cell
        assert row[4] == "是"
    (share,) = (row for row in by_key(seed)["rules"].rows if row[0] == "industry-central")
    assert share[2] != share[3]
    assert re.fullmatch(r"6\d\.\d\d? % \([\d,.]+ of [\d,.]+ yuan\)", share[3])


def test_nothing_runs_in_csv(hostile: surplus.Plan, tmp_path: Path) -> None:
    to_csv(hostile, *hostile.case, tmp_path, "en")
    files = sorted(tmp_path.glob("*.csv"))
    assert len(files) == 11
    texts = set()
    for path in files:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file):
                texts |= {*row}
                assert not [c for c in row if c[:1] in tuple("=+@\t\r\n")]
    assert {f"'{HOSTILE[0]}", f"'{HOSTILE[3]}", f"'{HOSTILE[4]}"} <= texts


@office.NEEDED
def test_libreoffice_finds_no_formula_in_csv(hostile: surplus.Plan, tmp_path: Path) -> None:
    hostile.to_csv(tmp_path)
    files = sorted(tmp_path.glob("*.csv"))
    for path in office.converted(files, "xlsx", tmp_path / "new"):
        cells = [
            c for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for c in row
        ]
        assert [c.value for c in cells if c.data_type in ("f", "e")] == []


def test_csv_holds_the_exact_figures(seed: surplus.Plan, tmp_path: Path) -> None:
    for lang in ("zh", "both"):
        seed.to_csv(tmp_path / lang, lang)
        assert len([*(tmp_path / lang).iterdir()]) == len(by_key(seed))
    with (tmp_path / "zh" / "调剂明细.csv").open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    assert head[5] == "金额(元)"
    assert [Decimal(row[5]) for row in rows] == [yuan(t.amount) for t in seed.transfers]


def test_what_a_notebook_shows(seed: surplus.Plan, hostile: surplus.Plan) -> None:
    text = seed._repr_html_()
    for words in ("78 transfers", "fill", "no plan exceeds", "94535808.29", "county-2024"):
        assert words in text
    assert "<b>" not in hostile._repr_html_()


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


def test_a_plan_that_is_read_again_has_the_same_papers(seed: surplus.Plan, tmp_path: Path) -> None:
    again = surplus.Plan.from_json(seed.to_json())
    assert to_html(again, *seed.case) == seed.to_html()
    assert to_markdown(again, *seed.case) == seed.to_markdown()
    to_excel(again, *seed.case, tmp_path / "again.xlsx")
    seed.to_excel(tmp_path / "first.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == (tmp_path / "first.xlsx").read_bytes()


def test_a_plan_from_a_document_says_what_it_lacks(seed: surplus.Plan) -> None:
    with pytest.raises(surplus.SurplusError, match="read from a document"):
        surplus.Plan.from_json(seed.to_json()).to_html()
