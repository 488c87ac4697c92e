"""Inline pictures: the flow of money, and bars of rules before and after."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from surplus.policy.rules.base import Gauge, Rule, percent, rounded
from surplus.policy.selection import group_name
from surplus.report.case import Case
from surplus.report.flow import Flow
from surplus.report.page.markup import html, note, plain
from surplus.report.proofs import bars
from surplus.report.rows import Both, shown, yuan

_WIDTH, _BAR, _COLOURS = 960, 12, 6
_BEFORE, _AFTER = Both("调整前", "before"), Both("调整后", "after")
_MOST = 60


def sankey(found: Flow) -> str:
    """Bars and bands; each says its amount when pointed at."""
    height = max(340, 60 * max(sum(n.layer == k for n in found.nodes) for k in range(3)))
    places = (0, (_WIDTH - _BAR) // 2, _WIDTH - _BAR)
    first = [i for i, node in enumerate(found.nodes) if node.layer == 0]

    def y(value: float) -> str:
        return f"{10 + value * (height - 20):.1f}"

    shapes = []
    for link in found.links:
        a, b = found.nodes[link.start], found.nodes[link.end]
        colour = first.index(link.start) % _COLOURS if a.layer == 0 else 5
        x1, x2 = places[a.layer] + _BAR, places[b.layer]
        middle = (x1 + x2) // 2
        top, end = y(link.start_top), y(link.end_top)
        low, far = y(link.start_top + link.height), y(link.end_top + link.height)
        shape = (
            f"M{x1} {top}C{middle} {top} {middle} {end} {x2} {end}"
            f"L{x2} {far}C{middle} {far} {middle} {low} {x1} {low}Z"
        )
        words = f"{plain(a.name)} → {plain(b.name)}: {shown(yuan(link.cents))}"
        shapes.append(f'<path class="c{colour}" d="{shape}"><title>{words}</title></path>')
    for i, node in enumerate(found.nodes):
        x = places[node.layer]
        colour = first.index(i) % _COLOURS if node.layer == 0 else 5
        size = max(1.0, node.height * (height - 20))
        anchor, at = ("end", x - 6) if node.layer == 2 else ("start", x + _BAR + 6)
        middle_y = 10 + (node.top + node.height / 2) * (height - 20)
        money = shown(yuan(node.cents))
        shapes.append(
            f'<rect class="c{colour}" x="{x}" y="{y(node.top)}" width="{_BAR}" height="{size:.1f}">'
            f"<title>{plain(node.name)}: {money}</title></rect>"
            f'<text x="{at}" y="{middle_y - 2:.1f}" text-anchor="{anchor}">{_tspans(node.name)}</text>'
            f'<text x="{at}" y="{middle_y + 13:.1f}" text-anchor="{anchor}">{money}</text>'
        )
    inner = "\n".join(shapes)
    return (
        '<div class="wide" role="region" tabindex="0" aria-label="资金流向图 / picture of the flow">'
        f'<svg class="flow" viewBox="0 0 {_WIDTH} {height}" role="img" aria-labelledby="h-flow">\n'
        f"{inner}\n</svg></div>"
    )


def _tspans(name: str) -> str:
    return html(name).replace("<span", "<tspan").replace("</span", "</tspan")


def rule_bars(of: Case) -> Iterator[str]:
    """For each bound of a rule two bars, before and after, and a line where the bound is."""
    found = bars(of.moves, of.policy)
    for rule, earlier, gauge in islice(found, _MOST):
        yield _gauge(rule, earlier, gauge)
    if next(found, None) is not None:
        yield note(Both(f"只画前 {_MOST} 项限值。", f"Only the first {_MOST} bounds are drawn."))


def _gauge(rule: Rule, earlier: Gauge, gauge: Gauge) -> str:
    bound = rounded(gauge.bound, up=not gauge.floor)
    words = Both(rule.sentence("zh"), rule.sentence("en"))
    of = Both(group_name(gauge.of, "zh"), group_name(gauge.of, "en"))
    where = f" ({html(of)})" if gauge.of else ""
    limit = (
        Both(f"下限 {bound}", f"at least {bound}")
        if gauge.floor
        else Both(f"上限 {bound}", f"at most {bound}")
    )
    verdict = Both("遵守", "kept") if gauge.kept else Both("未遵守", "not kept")
    lines = "".join(
        _bar(name, one, gauge) for name, one in ((_BEFORE, earlier), (_AFTER, gauge)) if one.whole
    )
    return (
        f'<h3>{plain(rule.title)}{where}</h3>\n<table class="bars">\n<caption>{html(words)} {html(limit)} '
        f'<span class="{"kept" if gauge.kept else "broken"}">{html(verdict)}</span></caption>\n'
        f'<thead><tr><th scope="col">{html(Both("时点", "when"))}</th>'
        f'<th scope="col" class="n">{html(Both("占比", "share"))}</th>'
        f'<th scope="col" class="n">{html(Both("金额(元)", "yuan"))}</th>'
        f'<th scope="col">{html(Both("图示(竖线为限值)", "bar; the line is the bound"))}</th></tr></thead>\n'
        f"<tbody>{lines}</tbody>\n</table>"
    )


def _bar(name: str, one: Gauge, gauge: Gauge) -> str:
    filled = min(1000, one.part * 1000 // one.whole)
    line = min(1000, int(gauge.bound * 1000))
    return (
        f'<tr><th scope="row">{html(name)}</th><td class="n">{percent(one.part, one.whole)}</td>'
        f'<td class="n">{shown(yuan(one.part))} / {shown(yuan(one.whole))}</td>'
        '<td><svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{filled}" height="10"></rect>'
        f'<line x1="{line}" x2="{line}" y1="0" y2="10"></line></svg></td></tr>'
    )
