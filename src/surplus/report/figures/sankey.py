"""Where the money goes."""

from __future__ import annotations

from typing import Any

from surplus.ledger import Ledger
from surplus.plan.data import Plan
from surplus.report.figures.lettering import COLOURS, Letters
from surplus.report.flow import Node, flow
from surplus.report.rows import shown, yuan

_BAR = 0.014
_LEFT = (0.0, 0.5 - _BAR / 2, 1 - _BAR)


def sankey(plan: Plan, ledger: Ledger, letters: Letters) -> Any:
    """Bars and bands, as on the page."""
    from matplotlib.patches import PathPatch, Rectangle  # noqa: PLC0415 - an extra
    from matplotlib.path import Path  # noqa: PLC0415

    found = flow(plan, ledger)
    rows = max((sum(n.layer == k for n in found.nodes) for k in range(3)), default=1)
    with letters.picture(10, max(4.0, 0.7 * rows)) as (figure, axes):
        axes.set_axis_off()
        axes.set_xlim(0, 1)
        axes.set_ylim(1, 0)
        axes.set_title(letters("Where the money goes (yuan)", "资金流向(元)"))
        for link in found.links:
            layer = found.nodes[link.start].layer
            x1, x2 = _LEFT[layer] + _BAR, _LEFT[layer + 1]
            middle = (x1 + x2) / 2
            top, end = link.start_top, link.end_top
            low, far = top + link.height, end + link.height
            points = [(x1, top), (middle, top), (middle, end), (x2, end),
                      (x2, far), (middle, far), (middle, low), (x1, low), (x1, top)]  # fmt: skip
            codes = [
                Path.MOVETO,
                *[Path.CURVE4] * 3,
                Path.LINETO,
                *[Path.CURVE4] * 3,
                Path.CLOSEPOLY,
            ]
            shape = Path(points, codes)
            axes.add_patch(PathPatch(shape, facecolor=_colour(link.start, layer), alpha=0.4, lw=0))
        for i, node in enumerate(found.nodes):
            corner = (_LEFT[node.layer], node.top)
            axes.add_patch(Rectangle(corner, _BAR, node.height, color=_colour(i, node.layer)))
            _label(axes, node, letters)
    return figure


def _colour(node: int, layer: int) -> str:
    return COLOURS[node % len(COLOURS)] if layer == 0 else COLOURS[-1]


def _label(axes: Any, node: Node, letters: Letters) -> None:
    last = node.layer == 2
    x = _LEFT[node.layer] - 0.006 if last else _LEFT[node.layer] + _BAR + 0.006
    otherwise = node.name.rpartition("(")[2].rstrip(")")
    words = f"{letters.name(node.name, otherwise)}\n{shown(yuan(node.cents))}"
    middle = node.top + node.height / 2
    axes.text(x, middle, words, ha="right" if last else "left", va="center", fontsize=8.5)
