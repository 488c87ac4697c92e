"""Figures: what they draw is what the plan says; Chinese characters are there, or it is said that not."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from fractions import Fraction
from itertools import pairwise

import pytest
from matplotlib.figure import Figure

import surplus
from papers_cases import seed
from surplus.report.figures import lettering as fonts
from surplus.report.flow import Flow, flow
from surplus.report.rows import shown, yuan

__all__ = ["seed"]

BOUNDS = ["50%", "60%", "63%", "70%"]


def drawn(figure: Figure) -> None:
    """Draw it: a character that the font lacks is a warning, and so an error here."""
    assert isinstance(figure, Figure)
    figure.savefig(io.BytesIO(), format="png", dpi=50)


def words(figure: Figure) -> str:
    """All texts of a figure."""
    (axes,) = figure.axes
    found = [text.get_text() for text in axes.texts]
    found += [axes.get_title(), axes.get_xlabel(), axes.get_ylabel()]
    found += [label.get_text() for label in [*axes.get_xticklabels(), *axes.get_yticklabels()]]
    return "\n".join(found)


@pytest.fixture(params=["zh", "en"])
def lang(request: pytest.FixtureRequest) -> str:
    if not fonts.letters("en").chinese:
        pytest.skip("no font with Chinese characters is installed")
    return str(request.param)


def test_names_are_drawn_as_they_are_also_where_they_look_like_formulas() -> None:
    bound = {"kind": "share", "id": "$x^$", "source": {}, "project": {"category": r"$\frac$"}}
    funding = [{"source": "s", "planned": "100.00", "paid": "0.00"}]
    ledger = {
        "name": "x",
        "unit": "yuan",
        "as_of": "2024-11-30",
        "sources": [{"id": "s"}],
        "projects": [
            {"id": id_, "category": r"$\frac$", "price": {"audited": price}, "funding": funding}
            for id_, price in ((r"$\x$", "50.00"), ("$_$", "150.00"))
        ],
    }
    plan = surplus.reallocate(
        surplus.Ledger.from_json(json.dumps(ledger)),
        surplus.Policy.model_validate({"rules": [{**bound, "at_most": "100%"}]}),
    )
    figures = plan.figures
    for figure in (
        figures.sankey("en"),
        figures.waterfall(r"$\x$", "en"),
        figures.floors("en"),
        figures.frontier("$x^$", ["100%"], "en"),
    ):
        drawn(figure)
        assert "$" in words(figure)


def test_every_figure_is_drawn(seed: surplus.Plan, lang: str) -> None:
    figures = seed.figures
    found = [
        figures.sankey(lang),
        figures.waterfall("JS049", lang),
        figures.floors(lang),
        figures.frontier("industry-central", BOUNDS, lang),
    ]
    for figure in found:
        drawn(figure)
    chinese = ["资金流向", "资金缺口", "调整前", "规则"]
    assert [mark in words(figure) for mark, figure in zip(chinese, found, strict=True)] == (
        [lang == "zh"] * 4
    )


def test_bands_and_bars_add_up(seed: surplus.Plan) -> None:
    _adds_up(seed, flow(seed, seed.case[0]))
    many = surplus.reallocate(*surplus.generate(projects=2_000, seed=5))
    found = flow(many, many.case[0])
    _adds_up(many, found)
    assert max(sum(node.layer == k for node in found.nodes) for k in range(3)) <= 10


def _adds_up(plan: surplus.Plan, found: Flow) -> None:
    total = int(plan.amount.sum())
    assert sum(found.amounts.values()) == total
    for layer in range(3):
        nodes = [(i, n) for i, n in enumerate(found.nodes) if n.layer == layer]
        assert sum(node.cents for _, node in nodes) == total
        for i, node in nodes:
            leaving = sum(link.cents for link in found.links if link.start == i)
            coming = sum(link.cents for link in found.links if link.end == i)
            assert (leaving, coming) == (
                node.cents if layer < 2 else 0, node.cents if layer else 0,
            )  # fmt: skip
        places = [(node.top, node.top + node.height) for _, node in nodes]
        assert all(top >= -1e-9 and end <= 1 + 1e-9 for top, end in places)
        assert all(end < top for (_, end), (top, _) in pairwise(places))


def test_the_sankey_names_every_amount(seed: surplus.Plan) -> None:
    said = words(seed.figures.sankey("en"))
    for node in flow(seed, seed.case[0]).nodes:
        assert shown(yuan(node.cents)) in said


@pytest.mark.parametrize("project", ["JS049", "JS052", "JS001"])
def test_the_waterfall_s_bars_are_the_steps(seed: surplus.Plan, project: str) -> None:
    ledger, policy = seed.case
    steps = {s.name: s.amount for s in surplus.waterfall(ledger, project, policy.terms).steps}
    (axes,) = seed.figures.waterfall(project, "en").axes
    heights = [round(bar.get_height() * 100) for bar in axes.patches]
    result = next(p for p in seed.projects if p.id == project)
    received = sum(t.amount for t in seed.transfers if t.taker == project)
    given = sum(t.amount for t in seed.transfers if t.giver == project)
    assert heights[:2] == [steps["issued (planned investment)"], steps["expected final cost"]]
    assert heights[3:7] == [
        steps[n] for n in ("net surplus", "funding gap", "undrawn", "releasable")
    ]
    assert heights[7:] == [given, received, result.unmet]
    issued, cost, reserve = axes.patches[:3]
    assert round((issued.get_height() - cost.get_y()) * 100) == heights[1]
    assert round((cost.get_y() - reserve.get_y()) * 100) == heights[2]


def test_bars_of_rules_are_the_shares(seed: surplus.Plan) -> None:
    ledger, policy = seed.case
    moves = seed.moves(ledger, surplus.balances(ledger, policy.terms))
    (axes,) = seed.figures.floors("en").axes
    after = [bar.get_width() for bar in axes.patches][1::2]
    gauges = [gauge for rule in policy.rules for gauge in rule.gauges(moves)]
    assert after == pytest.approx([gauge.part / gauge.whole for gauge in gauges])
    assert len(axes.collections) == len(gauges) == 3


def test_the_frontier_is_the_exact_one(seed: surplus.Plan) -> None:
    points = surplus.frontier(*seed.case, "industry-central", BOUNDS)
    (axes,) = seed.figures.frontier("industry-central", BOUNDS, "en").axes
    x, y = axes.lines[0].get_data()
    known = [(Fraction(p.bound.strip("%")), p.value) for p in points if p.value is not None]
    assert [*zip(x, y, strict=True)] == [(float(a), float(b)) for a, b in known]
    assert 0 < len(known) < len(points)
    assert axes.get_legend() is not None


def test_without_a_font_it_is_said_and_labels_are_english(
    seed: surplus.Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "FONTS", ("no such font",))
    with pytest.warns(UserWarning, match="no installed font has Chinese characters"):
        figure = seed.figures.sankey("zh")
    assert "Where the money goes" in words(figure)
    assert "central-2024" in words(figure)
    drawn(figure)
    with pytest.warns(UserWarning, match="install one of"):
        drawn(seed.figures.waterfall("JS049"))


def test_what_cannot_be_drawn_is_said(seed: surplus.Plan) -> None:
    with pytest.raises(surplus.SurplusError, match="no project 'nobody'"):
        seed.figures.waterfall("nobody")
    with pytest.raises(surplus.SurplusError, match="'both'"):
        seed.figures.sankey("both")
    with pytest.raises(surplus.SurplusError, match="no rule 'nothing'"):
        seed.figures.frontier("nothing", ["1%"])
    with pytest.raises(surplus.SurplusError, match="read from a document"):
        _ = surplus.Plan.from_json(seed.to_json()).figures


def test_nothing_moved_is_an_empty_picture() -> None:
    ledger = surplus.Ledger.from_records([{"id": "s"}], [{"id": "p", "price": {"contract": "1"}}])
    plan = surplus.reallocate(ledger, surplus.Policy.model_validate({}))
    drawn(plan.figures.sankey("en"))
    drawn(plan.figures.floors("en"))


def test_windows_are_never_opened() -> None:
    script = (
        "import sys, surplus\n"
        "plan = surplus.reallocate(*surplus.generate(projects=30, seed=1))\n"
        "plan.figures.sankey('en'); plan.figures.floors('en')\n"
        "assert 'matplotlib' in sys.modules and 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
