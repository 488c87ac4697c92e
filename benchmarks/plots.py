"""Pictures of the results, as small SVG files that do not change when the figures do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from report import Results, name
from report import growth as rows

STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "surplus",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
}
OURS, THEIRS = "#b2182b", ("#2166ac", "#4393c3", "#1b7837", "#762a83", "#e08214", "#878787")
SHOWN = (
    "plan",
    "pulp_textbook",
    "pulp_pooled",
    "highs_simplex",
    "highs_ipm",
    "ortools_glop",
    "cvxpy_default",
)


def draw(results: Results, folder: Path) -> None:
    """All pictures of a run that has the figures for them."""
    with mpl.rc_context(STYLE):
        if "ministries" in results.sizes:
            _save(peers(results), folder / "peers.svg")
        if rows(results):
            _save(growth(results), folder / "growth.svg")


def _save(figure: Figure, path: Path) -> None:
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight", facecolor="white")


def _plain(*axes: Any) -> None:
    """Powers of ten as people write them, and nothing in between."""
    for axis in axes:
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axis.set_minor_formatter(NullFormatter())


def peers(results: Results) -> Figure:
    """Seconds by number of projects, surplus and the best known peers; both axes by powers of ten."""
    figure = Figure(figsize=(6.4, 3.8))
    axes = figure.add_subplot()
    colours = iter(THEIRS)
    found: dict[str, list[tuple[int, float]]] = {peer: [] for peer in SHOWN}
    for scenario in ("counties", "ministries"):
        for size in results.sizes.get(scenario, []):
            for peer in SHOWN:
                one: dict[str, Any] = results.found.get((scenario, size, peer), {})
                if "seconds" in one:
                    found[peer].append((size, one["seconds"]))
    for peer, points in found.items():
        if not points:
            continue
        ours = peer == "plan"
        axes.plot(
            *zip(*sorted(points), strict=True),
            marker="o",
            markersize=3.5,
            linewidth=2.4 if ours else 1.2,
            color=OURS if ours else next(colours),
            label="surplus: whole cents, transfers, proof" if ours else name(peer),
            zorder=3 if ours else 2,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlabel("projects")
    axes.set_ylabel("seconds")
    _plain(axes.xaxis, axes.yaxis)
    axes.legend(frameon=False, fontsize=7.5, loc="upper left")
    return figure


def growth(results: Results) -> Figure:
    """Microseconds and bytes for each project, by number of projects."""
    found = rows(results)
    sizes = [row["projects"] for row in found]
    figure = Figure(figsize=(7.2, 2.6))
    left, right = figure.subplots(1, 2)
    left.plot(sizes, [row["microseconds"] for row in found], "o-", color=OURS, markersize=3.5)
    left.set_ylabel("microseconds a project")
    left.set_yscale("log")
    large = [row for row in found if row["projects"] >= 10_000] or found
    places = [row["projects"] for row in large]
    for key, label, colour in (
        ("bytes", "at the peak, all in", OURS),
        ("ledger", "the ledger alone", THEIRS[0]),
    ):
        right.plot(
            places, [row[key] for row in large], "o-", color=colour, label=label, markersize=3.5
        )
    right.set_ylim(bottom=0)
    right.set_ylabel("bytes a project")
    right.legend(frameon=False, fontsize=7.5)
    for axes in (left, right):
        axes.set_xscale("log")
        axes.set_xlabel("projects")
        _plain(axes.xaxis)
    _plain(left.yaxis)
    left.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    figure.tight_layout()
    return figure
