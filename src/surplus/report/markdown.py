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
from surplus.report.papers import tables
from surplus.report.rows import Cell, Table, shown

_ESCAPED = str.maketrans({"|": "\\|", "\\": "\\\\", "\n": " ", "\r": " ", "<": "&lt;", "`": "\\`",
                          "*": "\\*", "_": "\\_", "[": "\\[", "#": "\\#"})  # fmt: skip
_RISKY = tuple("=+-@\t\r\n=+-@")


def to_markdown(plan: Plan, ledger: Ledger, policy: Policy, lang: str = "en") -> str:
    """All tables of the plan, totals below."""
    title = ("资金调整方案" if lang == "zh" else "Reallocation plan") + (
        f": {ledger.name}" if ledger.name else ""
    )
    parts = [f"# {title.translate(_ESCAPED)}"]
    parts += [
        _table(table, "合计" if lang == "zh" else "total")
        for table in tables(plan, ledger, policy, lang)
    ]
    return "\n\n".join(parts) + "\n"


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
        writer.writerow(table.head)
        writer.writerows([[_safe(cell) for cell in row] for row in table.rows])
        write_atomically(place / f"{table.name}.csv", "\ufeff" + text.getvalue())


def _safe(cell: Cell) -> str:
    text = shown(cell).replace(",", "") if isinstance(cell, Decimal) else shown(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith(_RISKY) else text


def _table(table: Table, total: str) -> str:
    lines = ["| " + " | ".join(head.translate(_ESCAPED) for head in table.head) + " |"]
    numbers = {k for row in table.rows for k, cell in enumerate(row) if isinstance(cell, Decimal)}
    lines.append(
        "|" + "|".join("---:" if k in numbers else "---" for k in range(len(table.head))) + "|"
    )
    lines += [
        "| " + " | ".join(shown(c).translate(_ESCAPED) for c in row) + " |" for row in table.rows
    ]
    if table.total and table.rows:
        sums = table.sums()
        cells = [shown(sums[k]) if k in sums else "" for k in range(len(table.head))]
        cells[0] = total
        lines.append("| " + " | ".join(f"**{cell}**" if cell else "" for cell in cells) + " |")
    return f"## {table.name}\n\n" + "\n".join(lines)
