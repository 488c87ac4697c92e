"""The plan as Markdown, and as CSV files that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

from surplus.io.files import write_atomically
from surplus.ledger import Ledger
from surplus.plan.data import Plan
from surplus.policy import Policy
from surplus.report.papers import TITLE, tables
from surplus.report.rows import Both, Cell, Table, inline, shown, text

_ESCAPED = str.maketrans({"|": "\\|", "\\": "\\\\", "\n": " ", "\r": " ", "<": "&lt;", "`": "\\`",
                          "*": "\\*", "_": "\\_", "[": "\\[", "#": "\\#"})  # fmt: skip
MOST_ROWS = 1_000
"""Rows of a table at most: what is longer is read by programs, from CSV or `plan.json`."""

_RISKY = tuple("=+-@\t\r\n=+-@")


def to_markdown(plan: Plan, ledger: Ledger, policy: Policy, lang: str = "en") -> str:
    """All tables of the plan, totals below; `zh`, `en`, or `both`. Of long tables the largest rows.

    Raises:
        SurplusError: For another language.
    """
    found = tables(plan, ledger, policy, lang, most=MOST_ROWS)
    about = f": {ledger.name}" if ledger.name else ""
    parts = [f"# {_inline(text(TITLE, lang))}{about.translate(_ESCAPED)}"]
    total = _inline(text(("total", "合计"), lang))
    return "\n\n".join([*parts, *(_table(table, total) for table in found)]) + "\n"


def to_csv(
    plan: Plan, ledger: Ledger, policy: Policy, folder: str | Path, lang: str = "en"
) -> None:
    """One CSV file per table (UTF-8 with BOM); a text that a spreadsheet would run gets an apostrophe.

    Raises:
        OSError: When a file cannot be written.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    for table in tables(plan, ledger, policy, lang):
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([_safe(words) for words in table.head])
        writer.writerows([[_safe(cell) for cell in row] for row in table.lines])
        write_atomically(place / f"{inline(table.name)}.csv", "\ufeff" + text.getvalue())


def _safe(cell: Cell) -> str:
    if isinstance(cell, (int, Decimal)):
        return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
    words = inline(cell) if isinstance(cell, Both) else shown(cell)
    return f"'{words}" if words.startswith(_RISKY) else words


def _inline(cell: Cell) -> str:
    return (inline(cell) if isinstance(cell, Both) else shown(cell)).translate(_ESCAPED)


def _table(table: Table, total: str) -> str:
    lines = [
        [*map(_inline, table.head)],
        ["---:" if table.numbers(k) else "---" for k in range(len(table.head))],
        *([*map(_inline, row)] for row in table.lines),
    ]
    if table.total and table.lines:
        sums = table.sums()
        cells = [shown(sums[k]) if k in sums else "" for k in range(len(table.head))]
        cells[0] = total
        lines.append([f"**{cell}**" if cell else "" for cell in cells])
    return f"## {_inline(table.name)}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)
