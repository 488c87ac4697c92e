"""Tables of texts → ledger: many plain rows by Arrow, all others cell by cell; the same either way."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from surplus.io.pieces import arrow_of
from surplus.io.sheets import Problems, Sheet, ledger_of_sheets
from surplus.ledger import Ledger

MANY = 5_000
"""Rows from which on it pays to ask Arrow."""


def ledger_of_texts(
    sheets: Mapping[str, Sheet], head: Mapping[str, Any], problems: Problems
) -> Ledger:
    """Make a ledger of three tables, as `ledger_of_sheets` does.

    Raises:
        LedgerError: With the problems known so far and every one found here.
    """
    many = sum(len(sheet.numbers) for sheet in sheets.values()) >= MANY
    whole = all(sheet.whole for sheet in sheets.values())
    if many and whole and not problems and find_spec("pyarrow") is not None:
        from surplus.io.columnar.quick import quick  # noqa: PLC0415 - needs an extra

        units = {p: c.unit for sheet in sheets.values() for p, c in sheet.columns.items()}
        data = {
            table: {path: arrow_of(cells) for path, cells in sheets[table].cells.items()}
            for table in ("projects", "funding")
        }
        found = quick(sheets["sources"], data["projects"], data["funding"], units, head)
        if found is not None:
            return found
    return ledger_of_sheets(sheets, head, problems)
