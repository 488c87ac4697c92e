"""The plan as one self-contained web page for publication: no network, everything escaped."""

from __future__ import annotations

import base64
import hashlib
from collections import defaultdict
from decimal import Decimal
from html import escape

from surplus.ledger import Ledger
from surplus.plan.data import Plan
from surplus.policy import Policy
from surplus.report.papers import tables
from surplus.report.rows import Table, shown, yuan

_STYLE = """
:root{color-scheme:light dark;--line:#8886;--soft:#8882;--a:#2b6cb0;--b:#2f855a}
body{font:16px/1.5 system-ui,"Noto Sans SC","Microsoft YaHei",sans-serif}
body{margin:0 auto;max-width:76rem;padding:1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{border-bottom:1px solid var(--line);padding:.3rem .5rem;text-align:left;vertical-align:top}
th{background:var(--soft)}
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
tr.t td{font-weight:600}
input{font:inherit;padding:.3rem .5rem;margin:.5rem 0;width:min(24rem,100%)}
svg text{font-size:12px;fill:currentColor}
svg path{fill:none;stroke:var(--a);stroke-opacity:.35}svg path:hover{stroke-opacity:.8}
svg rect{fill:var(--b)}
@media print{input{display:none}body{max-width:none}h2{break-after:avoid}tr{break-inside:avoid}}
"""
_SCRIPT = """
for (const field of document.querySelectorAll("input[data-for]")) {
  const rows = document.getElementById(field.dataset.for).querySelectorAll("tbody tr:not(.t)");
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}
"""
_SEARCHED = 12
_HEIGHT, _WIDTH = 420, 960


def to_html(plan: Plan, ledger: Ledger, policy: Policy, lang: str = "zh") -> str:
    """The page, in Chinese (`zh`) or English (`en`)."""
    chinese = lang == "zh"
    title = "资金调整方案" if chinese else "Reallocation plan"
    if ledger.name:
        title += f": {ledger.name}"
    found = tables(plan, ledger, policy, lang)
    search, total = ("搜索", "合计") if chinese else ("Search", "total")
    flow = "资金流向(万元)" if chinese else "Where the money goes (10,000 yuan)"
    parts = [_table(table, k, search, total) for k, table in enumerate(found)]
    parts.insert(1, f"<section><h2>{flow}</h2>{_sankey(plan, ledger, chinese)}</section>")
    policy_text = (
        f"default-src 'none'; style-src '{_hash(_STYLE)}'; script-src '{_hash(_SCRIPT)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return "\n".join(
        [
            f'<!doctype html>\n<html lang="{"zh-CN" if chinese else "en"}">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy_text}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>",
            f"<h1>{escape(title)}</h1>",
            *parts,
            f"</main>\n<script>{_SCRIPT}</script>\n</body>\n</html>\n",
        ]
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _table(table: Table, number: int, search: str, total: str) -> str:
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in table.head)
    lines = ["".join(_cell(cell) for cell in row) for row in table.lines]
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    if table.total and table.rows:
        sums = table.sums()
        cells = [_cell(sums.get(k)) for k in range(len(table.head))]
        cells[0] = f"<td>{total}</td>"
        body += f'\n<tr class="t">{"".join(cells)}</tr>'
    field = ""
    if len(table.rows) > _SEARCHED:
        field = f'<label>{search} <input type="search" data-for="t{number}"></label>'
    return (
        f'<section><h2>{escape(table.name)}</h2>{field}<div class="wide"><table id="t{number}">'
        f"<thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table></div></section>"
    )


def _cell(cell: object) -> str:
    number = isinstance(cell, (Decimal, int))
    text = escape(shown(cell))  # type: ignore[arg-type]
    return f'<td class="n">{text}</td>' if number else f"<td>{text}</td>"


def _sankey(plan: Plan, ledger: Ledger, chinese: bool) -> str:
    """Source → donors' category → recipients' category, widths by amount; readable without it above."""
    category = ledger.projects.fields["category"]
    unknown, free = ("未分类", "待分配") if chinese else ("not known", "unallocated")

    def name(project: int) -> str:
        return free if project < 0 else category.text(project) or unknown

    first: dict[tuple[str, str], int] = defaultdict(int)
    second: dict[tuple[str, str], int] = defaultdict(int)
    for s, g, t, a in zip(
        plan.source.tolist(),
        plan.giver.tolist(),
        plan.taker.tolist(),
        plan.amount.tolist(),
        strict=True,
    ):
        first[ledger.sources[s].id, name(g)] += a
        second[name(g), name(t)] += a
    total = sum(first.values())
    if not total:
        return ""
    layers: list[dict[str, int]] = [defaultdict(int), defaultdict(int), defaultdict(int)]
    for (a, b), amount in first.items():
        layers[0][a] += amount
        layers[1][b] += amount
    for (_, c), amount in second.items():
        layers[2][c] += amount
    gap = 10
    scale = (_HEIGHT - gap * max(map(len, layers))) / total
    top: list[dict[str, float]] = []
    shapes = []
    for k, layer in enumerate(layers):
        y, tops, x = 5.0, {}, (150, _WIDTH // 2, _WIDTH - 160)[k]
        for key, amount in sorted(layer.items(), key=lambda item: (-item[1], item[0])):
            tops[key] = y
            height = amount * scale
            shapes.append(
                f'<rect x="{x}" y="{y:.1f}" width="10" height="{max(1, height):.1f}"></rect>'
            )
            anchor, at = ("end", x - 6) if k == 0 else ("start", x + 16)
            label = f"{escape(key)} {amount / 1e6:,.2f}"
            shapes.append(
                f'<text x="{at}" y="{y + height / 2 + 4:.1f}" text-anchor="{anchor}">{label}</text>'
            )
            y += height + gap
        top.append(tops)
    for k, links in enumerate((first, second)):
        left, right = dict(top[k]), dict(top[k + 1])
        x1, x2 = ((160, _WIDTH // 2), (_WIDTH // 2 + 10, _WIDTH - 160))[k]
        for (a, b), amount in sorted(links.items()):
            width = amount * scale
            y1, y2 = left[a] + width / 2, right[b] + width / 2
            left[a] += width
            right[b] += width
            middle = (x1 + x2) // 2
            words = f"{escape(a)} → {escape(b)}: {yuan(amount):,.2f}"
            shapes.append(
                f'<path d="M{x1} {y1:.1f}C{middle} {y1:.1f} {middle} {y2:.1f} {x2} {y2:.1f}" '
                f'stroke-width="{max(1, width):.1f}"><title>{words}</title></path>'
            )
    label = "资金流向" if chinese else "flow of money"
    return (
        f'<div class="wide"><svg viewBox="0 0 {_WIDTH} {_HEIGHT + 60}" role="img" aria-label="{label}">'
        + "".join(shapes)
        + "</svg></div>"
    )
