"""Three Arrow tables → ledger: plain ones straight to columns, others cell by cell, with all problems."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from surplus.io.columnar.quick import quick
from surplus.io.headers import TABLES, Column, read_headers
from surplus.io.sheets import Problems, Sheet, ledger_of_sheets
from surplus.ledger import Ledger
from surplus.money import Unit

if TYPE_CHECKING:
    import pyarrow as pa


class Table(Protocol):
    """What is asked of a table: an Arrow table has it, and a Parquet file that is read by column."""

    @property
    def column_names(self) -> list[str]:
        """The names, in the order of the columns."""

    def column(self, i: int) -> Any:
        """The column at a place, in one or several pieces."""


@dataclass(frozen=True)
class Arrow:
    """One table of a ledger.

    Attributes:
        where: Its name for messages.
        data: Its columns, under any name that `io.headers` knows.
    """

    where: str
    data: Table


def ledger_of_arrow(
    tables: Mapping[str, Arrow],
    head: Mapping[str, Any],
    unit: Unit | None = None,
    problems: Problems | None = None,
) -> Ledger:
    """Make a ledger of the tables `sources`, `projects` and `funding`.

    Args:
        tables: The three; one that could not be read is missing, and has its problem in `problems`.
        head: `name`, `currency`, `as_of` and `stated`, as in `ledger.json`; all optional.
        unit: Of amounts whose header names none; yuan if not given.
        problems: Those known so far.

    Raises:
        LedgerError: With every problem, its table, row (from 1) and column.
    """
    problems = Problems() if problems is None else problems
    sheets = {}
    for name in TABLES:
        sheet = sheets[name] = Sheet(name, tables[name].where if name in tables else name)
        sheet.whole = name in tables
        if sheet.whole:
            _headers(sheet, tables[name].data, unit, problems)
    if not problems:
        data = {name: _Named(sheets[name], tables[name].data) for name in TABLES}
        _fill(sheets["sources"], data["sources"])
        units = {p: c.unit for sheet in sheets.values() for p, c in sheet.columns.items()}
        if found := quick(sheets["sources"], data["projects"], data["funding"], units, head):
            return found
    for name, table in tables.items():
        _fill(sheets[name], _Named(sheets[name], table.data))
    return ledger_of_sheets(sheets, head, problems)


def _headers(sheet: Sheet, data: Table, unit: Unit | None, problems: Problems) -> None:
    sheet.columns, wrong = read_headers(sheet.table, data.column_names, sheet.where, 0)
    for index, problem in wrong:
        where = problem.where.replace(", row 0", "")
        problems.add(sheet, 0, index, replace(problem, where=where))
        sheet.whole = sheet.whole and index >= 0
    if unit is not None:
        sheet.columns = {p: _with_unit(column, unit) for p, column in sheet.columns.items()}


def _with_unit(column: Column, unit: Unit) -> Column:
    return column if column.kind != "amount" or column.named else replace(column, unit=unit)


@dataclass(frozen=True)
class _Named(Mapping[str, "pa.Array"]):
    """The known columns by path, each in one piece; read when asked for, and not kept."""

    sheet: Sheet
    data: Table

    def __getitem__(self, path: str) -> pa.Array:
        return _whole(self.data.column(self.sheet.columns[path].index))

    def __iter__(self) -> Iterator[str]:
        return iter(self.sheet.columns)

    def __len__(self) -> int:
        return len(self.sheet.columns)


def _whole(column: Any) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415 - an extra

    if pa.types.is_dictionary(column.type):
        column = column.unify_dictionaries()
    if column.num_chunks == 1:
        return column.chunk(0)
    # A column without rows has no piece at all.
    return column.combine_chunks() if column.num_chunks else pa.array([], type=column.type)


def _fill(sheet: Sheet, data: Mapping[str, pa.Array]) -> None:
    """The cells as texts; row 1 is the first."""
    sheet.cells = {path: list(map(_text, column.to_pylist())) for path, column in data.items()}
    count = max(map(len, sheet.cells.values()), default=0)
    sheet.numbers = list(range(1, count + 1))


def _text(value: Any) -> str | None:
    """A value as it would be written in a table; floats with the digits that tell them apart."""
    if value is None or value == "":
        return None
    if isinstance(value, float):
        return None if math.isnan(value) else _digits(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dt.datetime):
        midnight = value.timetz() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat()
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _digits(value: float) -> str:
    if math.isinf(value):
        return str(value)
    text = f"{Decimal(repr(value)):f}"
    return text.removesuffix(".0")
