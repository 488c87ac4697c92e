"""Texts and tables as HTML: everything escaped, both languages side by side."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from surplus.report.rows import Both, Cell, Table, shown

LONG, FAR, TALL = 24, 80, 15
TOTAL = Both("合计", "total")


def html(words: Cell) -> str:
    """A cell; of a text in two languages the style sheet shows one."""
    if isinstance(words, Both):
        return (
            f'<span class="zh" lang="zh-CN">{escape(words.zh)}</span>'
            f'<span class="en" lang="en">{escape(words.en)}</span>'
        )
    return escape(shown(words))


def plain(words: str) -> str:
    """A text where no elements may stand, such as the title of a shape."""
    return escape(f"{words.zh} / {words.en}" if isinstance(words, Both) else words)


def section(name: str, title: str, *parts: str) -> str:
    """A part of the page with its heading."""
    inner = "\n".join(part for part in parts if part)
    head = f'<h2 id="h-{name}">{html(title)}</h2>'
    return f'<section id="{name}" aria-labelledby="h-{name}">\n{head}\n{inner}\n</section>'


def details(title: str, inner: str) -> str:
    """A part that opens on demand, also without scripts."""
    return f"<details>\n<summary>{html(title)}</summary>\n{inner}\n</details>"


def note(words: str) -> str:
    """A remark."""
    return f'<p class="note">{html(words)}</p>'


def table(of: Table, caption: str, name: str = "", sortable: bool = False) -> str:
    """A table: heads of columns, of rows, sums at the foot."""
    kinds = [_kind(of, k) for k in range(len(of.head))]

    def line(cells: Iterable[Cell], kind: str = "") -> str:
        done = "".join(
            f'<th scope="row">{html(cell)}</th>' if k == 0 else f"<td{kinds[k]}>{html(cell)}</td>"
            for k, cell in enumerate(cells)
        )
        return f"<tr{kind}>{done}</tr>"

    head = "".join(
        f'<th scope="col"{kinds[k] if of.numbers(k) else ""}>{html(words)}</th>'
        for k, words in enumerate(of.head)
    )
    foot = [] if of.rest is None else [line(of.rest, ' class="rest"')]
    if of.total and of.lines:
        sums = of.sums()
        foot.append(line([TOTAL, *(sums.get(k) for k in range(1, len(of.head)))]))
    tall = " tall" if len(of.rows) > TALL else ""
    attributes = f' id="{name or of.key}"' + (" data-sorted" if sortable else "")
    return (
        f'<div class="wide{tall}" role="region" aria-label="{plain(of.name)}" tabindex="0">\n'
        f"<table{attributes}>\n<caption>{html(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{chr(10).join(map(line, of.rows))}\n</tbody>"
        + (f"\n<tfoot>\n{chr(10).join(foot)}\n</tfoot>" if foot else "")
        + "\n</table>\n</div>"
    )


def _kind(of: Table, k: int) -> str:
    """How a column is set: numbers to the right, short texts on one line, long ones wrapped."""
    if of.numbers(k):
        return ' class="n"'
    most = max((len(shown(row[k])) for row in of.lines), default=0)
    return ' class="far"' if most > FAR else ' class="long"' if most > LONG else ""
