"""A ledger from an Excel workbook: three long tables, or one wide table with a column per source.

Title rows above, merged headers, rows of totals and notes below, hidden sheets and rows are expected;
each is noticed and logged. Cells that Excel shows as errors are problems, never empty. Amounts need a
unit: in their header, ``合同价(万元)``, in a title, ``单位:万元``, or asked for; none is guessed.
"""

from __future__ import annotations

import logging
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surplus.errors import LedgerError, Problem, SurplusError
from surplus.io.headers import TABLES, Column, is_total, plain, read_headers
from surplus.io.sheets import Problems, Sheet, ledger_of_sheets
from surplus.io.wide import is_wide, wide_sheets
from surplus.ledger import Ledger
from surplus.money import Unit

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_log = logging.getLogger(__name__)
_UNCALCULATED = "a formula without a value (save the workbook in Excel or LibreOffice)"
_MOST_BYTES = 400 * 2**20
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 400
_MOST_CELLS, _MOST_MERGED = 10_000_000, 1_000_000
_MERGED = re.compile(
    rb"""mergeCell\s[^>]*?\bref\s*=\s*["']\$?([A-Z]{1,3})\$?(\d{1,9}):\$?([A-Z]{1,3})\$?(\d{1,9})"""
)
_HEADER_ROWS = 30
_UNIT = re.compile(r"单位\s*[::]?\s*(?:人民币)?\s*(万元|元)|unit\s*:?\s*(wan|yuan)", re.IGNORECASE)
_UNITS: dict[str, Unit] = {"万元": "wan", "元": "yuan", "wan": "wan", "yuan": "yuan"}


@dataclass(frozen=True)
class Grid:
    """One sheet as texts.

    Attributes:
        where: Its name for messages.
        rows: Texts by row, None where a cell is empty; merged cells repeat their text in header rows.
        merged: The same with every merged cell filled.
        errors: Cells that Excel shows as errors, by row and column from 0.
        unit: What a title says about amounts.
    """

    where: str
    rows: Sequence[Sequence[str | None]]
    merged: Sequence[Sequence[str | None]]
    errors: dict[tuple[int, int], str]
    unit: Unit | None


def read_xlsx(path: Path, unit: Unit | None = None) -> Ledger:
    """Read a workbook.

    Args:
        path: An .xlsx file.
        unit: Of amounts whose header and sheet name none.

    Raises:
        LedgerError: With every problem and its sheet, row and column.
        SurplusError: When openpyxl (extra `excel`) is not installed.
    """
    grids = _grids(path)
    problems = Problems()
    long: dict[str, Sheet] = {}
    projects: tuple[Grid, int] | None = None
    for grid in grids:
        table, row = _table_of(grid)
        if table is None:
            _log.warning("%s: no table was found; the sheet is left out", grid.where)
            continue
        if table == "projects" and is_wide(grid.merged, row):
            projects = grid, row
        elif table in long:
            problems.row(
                long[table], 0, f"{grid.where} is a second table of {table}", "one of the two"
            )
        else:
            long[table] = _long(grid, table, row, unit, problems)
    if projects is not None:
        grid, row = projects
        wide = wide_sheets(grid, row, grid.unit or unit, long.get("sources"), problems)
        long |= wide
    for table in TABLES:
        if table not in long:
            long[table] = Sheet(table, str(path), whole=False)
            problems.row(long[table], 0, f"there is no table of {table}", _wanted(table))
    return ledger_of_sheets(long, {"name": path.stem}, problems)


def _wanted(table: str) -> str:
    names = ", ".join(f.chinese[0] for f in TABLES[table] if f.required)
    return f"a sheet with the columns {names}; or one wide table with a column per source"


def _grids(path: Path) -> list[Grid]:
    try:
        from openpyxl import load_workbook  # noqa: PLC0415 - an extra
    except ImportError:
        raise SurplusError("reading .xlsx needs openpyxl: pip install 'surplus[excel]'") from None
    where = str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > _MOST_BYTES:
            words = f"it unpacks to {size:,} bytes; at most {_MOST_BYTES:,} are read"
            raise LedgerError([Problem(where, words)])
        if _merged_cells(path) > _MOST_MERGED:  # openpyxl makes an object of each
            words = f"more than {_MOST_MERGED:,} cells are merged"
            raise LedgerError([Problem(where, words, "titles and headers merged, if any")])
        with path.open("rb") as file:  # openpyxl leaves a path open when it fails
            book = load_workbook(file, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            _ensure_size(sheet)
        empty = _formulas(path) if _has_formulas(path) else {}
    except LedgerError:
        raise
    except Exception as error:  # openpyxl raises many kinds for broken files
        words = f"it is not an .xlsx workbook that can be read ({type(error).__name__})"
        raise LedgerError([Problem(where, words, "a workbook saved as .xlsx")]) from None
    return [
        _grid(sheet, empty.get(sheet.title, set()))
        for sheet in book.worksheets
        if sheet.max_row > 1
    ]


def _merged_cells(path: Path) -> int:
    count = 0
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            part = archive.read(name).replace(b"\0", b"")  # as in UTF-16
            for left, first, right, last in _MERGED.findall(part):
                width = abs(_column(right) - _column(left)) + 1
                count += width * (abs(int(last) - int(first)) + 1)
    return count


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _ensure_size(sheet: Worksheet) -> None:
    rows, columns = sheet.max_row, sheet.max_column
    if rows > _MOST_ROWS or columns > _MOST_COLUMNS or rows * columns > _MOST_CELLS:
        words = f"{rows} rows and {columns} columns are too many"
        needed = f"at most {_MOST_COLUMNS} columns and {_MOST_CELLS:,} cells: remove the empty ones"
        raise LedgerError([Problem(f"sheet '{sheet.title}'", words, needed)])


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if "worksheets/" in name]
        return any(b"<f" in archive.read(name) for name in sheets)


def _formulas(path: Path) -> dict[str, set[tuple[int, int]]]:
    """The cells with formulas, by sheet: without a value they were never worked out."""
    from openpyxl import load_workbook  # noqa: PLC0415 - an extra

    with path.open("rb") as file:
        book = load_workbook(file, keep_links=False)
    return {
        sheet.title: {
            (r, c)
            for r, cells in enumerate(sheet.iter_rows())
            for c, cell in enumerate(cells)
            if cell.data_type == "f"
        }
        for sheet in book.worksheets
    }


def _grid(sheet: Worksheet, formulas: set[tuple[int, int]]) -> Grid:
    where = f"sheet '{sheet.title}'"
    if sheet.sheet_state != "visible":
        _log.warning("%s is hidden; it is read all the same", where)
    hidden = [n for n, row in sheet.row_dimensions.items() if row.hidden]
    if hidden:
        _log.warning("%s: hidden rows are read all the same: %s", where, hidden[:20])
    rows: list[list[str | None]] = []
    errors: dict[tuple[int, int], str] = {}
    for r, cells in enumerate(sheet.iter_rows()):
        rows.append([_text(cell.value) for cell in cells])
        for c, cell in enumerate(cells):
            if cell.data_type == "e":
                errors[r, c] = str(cell.value)
                rows[-1][c] = None
            elif cell.value is None and (r, c) in formulas:
                errors[r, c] = _UNCALCULATED
    merged = [[*row] for row in rows]
    for span in sheet.merged_cells.ranges:
        for r in range(span.min_row - 1, span.max_row):
            for c in range(span.min_col - 1, span.max_col):
                merged[r][c] = rows[span.min_row - 1][span.min_col - 1]
    texts = (text for row in rows[:_HEADER_ROWS] for text in row if text)
    named = {_UNITS[(m[1] or m[2]).lower()] for text in texts if (m := _UNIT.search(text))}
    return Grid(where, rows, merged, errors, named.pop() if len(named) == 1 else None)


def _text(value: Any) -> str | None:
    """A cell as people see it: numbers with the 15 digits that Excel keeps, dates as 2024-11-30."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return format(value, ".15g") if abs(value) < 10**15 else repr(value)
    if isinstance(value, datetime):
        return (
            value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
        )
    if isinstance(value, date):
        return value.isoformat()
    return str(value).replace("\u00a0", " ").strip() or None


def _table_of(grid: Grid) -> tuple[str | None, int]:
    """The table whose headers fit best, and their (last) row."""
    best: tuple[int, int, str | None] = (0, 0, None)
    for r, row in enumerate(grid.merged[:_HEADER_ROWS]):
        headers = [text or "" for text in row]
        for table in TABLES:
            columns, _ = read_headers(table, headers, grid.where)
            bare = [_bare(h) for h in headers]
            known = len(columns)
            complete = all(f.path in columns for f in TABLES[table] if f.required)
            if table == "projects" and not complete:
                complete = any(b in ("项目名称", "projectname", "name") for b in bare)
            score = known + (3 if complete else 0)
            if complete and score >= max(4, best[0]):  # of merged headers the last row
                best = score, r, table
    return best[2], best[1]


def _bare(header: str) -> str:
    return plain(re.sub(r"[((].*?[))]", "", header))


def _long(grid: Grid, table: str, row: int, unit: Unit | None, problems: Problems) -> Sheet:
    """A table with one item per row under its headers."""
    sheet = Sheet(table, grid.where)
    headers = [text or "" for text in grid.merged[row]]
    named = [i for i, header in enumerate(headers) if header]
    columns, wrong = read_headers(table, headers, grid.where, row + 1)
    for index, problem in wrong:
        if index == -1 or (index in named and plain(headers[index]) not in IGNORED):
            problems.add(sheet, row + 1, index, problem)
            sheet.whole = sheet.whole and index >= 0
    sheet.columns = {path: with_unit(column, grid, unit) for path, column in columns.items()}
    if grid.unit is None and unit is None:
        for column in sheet.columns.values():
            if column.kind == "amount" and not has_unit(column):
                where = f"{grid.where}, row {row + 1}, column {column.header}"
                problems.add(
                    sheet, row + 1, column.index, Problem(where, "its amounts have no unit", NEEDED)
                )
    for number, cells in body(grid, row, sheet.columns):
        sheet.numbers.append(number)
        for path, column in sheet.columns.items():
            sheet.cells.setdefault(path, []).append(cells[column.index])
    for path, column in sheet.columns.items():
        sheet.cells.setdefault(path, [])
        report_errors(grid, sheet, path, column, problems)
    return sheet


NEEDED = "(元) or (万元) in the header, 单位:万元 in a title, or unit= when reading"
IGNORED = {
    plain(text)
    for text in (
        "序号",
        "备注",
        "说明",
        "No.",
        "No",
        "remark",
        "remarks",
        "note",
        "合计",
        "小计",
        "total",
    )
}


def has_unit(column: Column) -> bool:
    """Whether the header itself names the unit of its amounts."""
    return (
        re.search(r"[((]\s*(?:元|万元|yuan|wan)\s*[))]", column.header, re.IGNORECASE) is not None
    )


def with_unit(column: Column, grid: Grid, unit: Unit | None) -> Column:
    """The column with the unit of the sheet where its header names none."""
    known = grid.unit or unit
    if column.kind != "amount" or has_unit(column) or known is None:
        return column
    return replace(column, unit=known)


def report_errors(grid: Grid, sheet: Sheet, path: str, column: Column, problems: Problems) -> None:
    """Cells that Excel shows as errors, in a column that is read."""
    for (r, c), text in grid.errors.items():
        if c == column.index and r + 1 in set(sheet.numbers):
            problems.cell(sheet, r + 1, path, f"the cell shows the error {text}", "a value")


def body(
    grid: Grid, row: int, columns: dict[str, Column]
) -> Iterator[tuple[int, Sequence[str | None]]]:
    """The rows below the headers that hold items: number and cells."""
    used = [column.index for column in columns.values()]
    for r in range(row + 1, len(grid.rows)):
        cells = grid.rows[r]
        full = [cells[i] for i in used if cells[i]]
        first = next((text for text in cells if text), "")
        if not full and not any((r, i) in grid.errors for i in used):
            if first:
                _log.warning("%s, row %d: a note is left out", grid.where, r + 1)
            continue
        if is_total(first) or any(is_total(text) for text in full[:2] if text):
            _log.warning("%s, row %d: a row of totals ('%s') is left out", grid.where, r + 1, first)
        elif len([text for text in cells if text]) == 1 and len(used) > 2 and len(first) > 6:
            _log.warning("%s, row %d: a note is left out", grid.where, r + 1)
        else:
            yield r + 1, cells
