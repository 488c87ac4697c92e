"""A ledger as a folder of three Parquet files, and the tables of a plan as Parquet.

The name, the date, the currency and the stated totals of a ledger stand in the metadata of
`projects.parquet`, so that nothing is lost.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surplus.errors import LedgerError, Problem, SurplusError
from surplus.io.columnar.read import Arrow, ledger_of_arrow
from surplus.io.columnar.write import ledger_tables, plan_tables
from surplus.io.files import write_atomically
from surplus.io.headers import TABLES
from surplus.io.sheets import Problems, Sheet
from surplus.ledger import Ledger
from surplus.money import Unit, format_yuan
from surplus.plan.data import Plan
from surplus.strictjson import JsonError, loads

if TYPE_CHECKING:
    import pyarrow as pa

MOST_CELLS = 10**9
"""Rows that are all the same take no room in a file, and as much as any others in memory."""
_KEY = b"surplus"
_HEAD = ("name", "currency", "as_of", "stated")


def read_parquet_folder(path: Path, unit: Unit | None = None) -> Ledger:
    """Read a ledger from sources.parquet, projects.parquet and funding.parquet.

    Args:
        path: The folder.
        unit: Of amounts whose column names none; yuan if not given.

    Raises:
        LedgerError: With every problem of all three files, each with file, row (from 1) and column.
        SurplusError: When pyarrow (extra `parquet`) is not installed.
    """
    problems, tables = Problems(), {}
    head: Mapping[str, Any] = {}
    for name in TABLES:
        place = path / f"{name}.parquet"
        found = _table(place, name, problems)
        if found is not None:
            tables[name] = Arrow(place.name, found)
            if name == "projects":
                head = _head(found)
    head = {"name": path.resolve().name or None, **head}
    try:
        return ledger_of_arrow(tables, head, unit, problems)
    finally:
        if tables:
            _arrow()[0].default_memory_pool().release_unused()


class _ByColumn:
    """A Parquet file, one column at a time, so that never more than one is held twice."""

    def __init__(self, name: str, file: Any) -> None:
        self._name, self._file = name, file
        self.schema = file.schema_arrow
        self.column_names: list[str] = self.schema.names

    def column(self, i: int) -> Any:
        """The column at a place; columns of the same name, and nested ones, are read with the rest.

        Raises:
            LedgerError: When it cannot be read.
        """
        arrow, _ = _arrow()
        name = self.column_names[i]
        flat = len(self._file.schema.names) == len(self.column_names)
        alone = flat and self.column_names.count(name) == 1
        try:
            found = (
                self._file.read(columns=[name]).column(0) if alone else self._file.read().column(i)
            )
            found.validate(full=True)  # places in a dictionary, and UTF-8, are as the file has them
            return found
        except (arrow.ArrowException, OSError, ValueError) as error:
            raise LedgerError([Problem(self._name, _unreadable(error))]) from None


def _unreadable(error: Exception) -> str:
    said = str(error).splitlines()
    return f"not a Parquet file that can be read: {said[0] if said else error}"


def _table(place: Path, name: str, problems: Problems) -> _ByColumn | None:
    arrow, pq = _arrow()
    what, needed = "there is no such file", ", ".join(f"{table}.parquet" for table in TABLES)
    if place.is_file():
        try:
            # Opened here, not by name: no file system but the one at hand is ever asked.
            file = pq.ParquetFile(arrow.OSFile(str(place)))
            size = file.metadata
            if size.num_rows * max(1, size.num_columns) <= MOST_CELLS:
                return _ByColumn(place.name, file)
            what = f"{size.num_rows:,} rows and {size.num_columns} columns are too many"
            needed = f"at most {MOST_CELLS:,} cells"
        except (arrow.ArrowException, OSError, ValueError) as error:
            what, needed = _unreadable(error), ""
    problems.row(Sheet(name, place.name), 0, what, needed)
    return None


def _head(table: _ByColumn) -> dict[str, Any]:
    try:
        head = loads((table.schema.metadata or {}).get(_KEY, b"{}"))
    except JsonError as error:
        where = "projects.parquet, metadata 'surplus'"
        raise LedgerError([Problem(where, str(error))]) from None
    return {key: head[key] for key in _HEAD if key in head} if isinstance(head, dict) else {}


def write_parquet_folder(ledger: Ledger, folder: str | Path) -> None:
    """Write a ledger as three Parquet files, each whole or not at all; equal ledgers, equal bytes.

    Raises:
        OSError: When a file cannot be written.
        SurplusError: When pyarrow (extra `parquet`) is not installed.
    """
    _arrow()
    stated = ledger.stated
    head = {
        "name": ledger.name,
        "currency": ledger.currency,
        "as_of": None if ledger.as_of is None else ledger.as_of.isoformat(),
        "stated": None
        if stated is None
        else {
            "issued": None if stated.issued is None else format_yuan(stated.issued),
            "paid": None if stated.paid is None else format_yuan(stated.paid),
            "payment_rate": stated.payment_rate,
            "projects": stated.projects,
        },
    }
    tables = ledger_tables(ledger)
    said = json.dumps(head, ensure_ascii=False).encode()
    tables["projects"] = tables["projects"].replace_schema_metadata({_KEY: said})
    _write(tables, folder)


def write_plan(plan: Plan, folder: str | Path) -> None:
    """Write the tables of a plan, one Parquet file each; see `write.plan_tables`.

    Raises:
        OSError: When a file cannot be written.
        SurplusError: When pyarrow (extra `parquet`) is not installed.
    """
    _arrow()
    _write(plan_tables(plan), folder)


def _write(tables: Mapping[str, pa.Table], folder: str | Path) -> None:
    _, pq = _arrow()
    # Integers are read several times faster than decimals of any length; not every version has it.
    plain = "store_decimal_as_integer"
    kind = {plain: True} if plain in signature(pq.write_table).parameters else {}
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        buffer = io.BytesIO()
        pq.write_table(table, buffer, **kind)
        write_atomically(place / f"{name}.parquet", buffer.getbuffer())


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError:
        raise SurplusError(
            "Parquet needs pyarrow, which is not installed: pip install 'surplus[parquet]'"
        ) from None
    return pa, pq
