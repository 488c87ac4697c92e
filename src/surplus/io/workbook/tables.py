"""A ledger from an Excel workbook: three long tables, or one wide table with a column per source.

Title rows above, merged headers, headings and rows of totals between, notes below, hidden sheets and
rows are expected; each is noticed and logged. Cells that Excel shows as errors are problems, never
empty. Amounts need a unit: in their header, ``合同价(万元)``, in a title, ``单位:万元``, or asked for; none
is guessed. A day in a title or a note, ``截至2024年11月30日``, is the ledger's day.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from surplus.errors import Problem
from surplus.io.columnar.texts import ledger_of_texts
from surplus.io.headers import TABLES, Column, key_of, plain, read_headers
from surplus.io.sheets import Problems, Sheet
from surplus.io.workbook.body import NOTES, Rows, body, day_of
from surplus.io.workbook.grid import HEADER_ROWS, Grid, grids
from surplus.io.workbook.wide import is_wide, wide_sheets, with_subheaders
from surplus.ledger import Ledger
from surplus.money import Unit

_log = logging.getLogger(__name__)
_UNIT = re.compile(
    r"单位\s*[::]?\s*(?:人民币)?\s*(万元|元)|unit\s*:?\s*(wan|yuan|10,?000 yuan)", re.IGNORECASE
)
_UNITS: dict[str, Unit] = {
    "万元": "wan", "元": "yuan", "wan": "wan", "yuan": "yuan", "10,000 yuan": "wan", "10000 yuan": "wan",
}  # fmt: skip
NEEDED = "(元) or (万元) in the header, 单位:万元 in a title, or --unit (in Python: unit=)"


def read_xlsx(path: Path, unit: Unit | None = None) -> Ledger:
    """Read a workbook.

    Args:
        path: An .xlsx or .xlsm file.
        unit: Of amounts whose header and sheet name none.

    Raises:
        LedgerError: With every problem and its sheet, row and column.
        SurplusError: When openpyxl (extra `excel`) is not installed.
    """
    return ledger_of_grids(grids(path), path, unit)


def ledger_of_grids(found: Iterable[Grid], path: Path, unit: Unit | None) -> Ledger:
    """Find the tables of a ledger in sheets, and make it.

    Raises:
        LedgerError: With every problem and its sheet, row and column.
    """
    problems = Problems()
    long: dict[str, Sheet] = {}
    wide: tuple[Grid, int] | None = None
    days: dict[str, str] = {}
    for one in found:
        table, row = _table_of(one)
        grid, row = with_subheaders(one, row) if table == "projects" else (one, row)
        days |= dict.fromkeys(day_of(grid, row), grid.where)
        if table is None:
            said = _log.info if plain(grid.where[7:-1]) in NOTES else _log.warning
            said("%s: no table was found; the sheet is left out", grid.where)
        elif table == "projects" and is_wide(grid.merged, row):
            if wide is not None:
                words = f"{grid.where} is a second table of projects"
                problems.row(Sheet(table, wide[0].where), 0, words, "one of the two")
            wide = wide or (grid, row)
        elif table in long:
            words = f"{grid.where} is a second table of {table}"
            problems.row(long[table], 0, words, "one of the two")
        else:
            long[table] = _long(grid, table, row, unit, problems)
    if wide is not None:
        grid, row = wide
        if "projects" in long:
            words = f"{long['projects'].where} is a second table of projects"
            problems.row(Sheet("projects", grid.where), 0, words, "one of the two")
        units = unit_of(grid, row) or unit
        long |= wide_sheets(grid, row, units, long.get("sources"), problems)
    for table in TABLES:
        if table not in long:
            long[table] = Sheet(table, str(path), whole=False)
            problems.row(long[table], 0, f"there is no table of {table}", _wanted(table))
    return ledger_of_texts(long, {"name": path.stem, "as_of": _as_of(days)}, problems)


def _as_of(days: Mapping[str, str]) -> str | None:
    """The day that the workbook names, if it names one."""
    if len(days) > 1:
        _log.warning("several days are named, none is taken: %s", ", ".join(sorted(days)))
        return None
    for day, where in days.items():
        _log.info("%s: the ledger is as of %s", where, day)
    return next(iter(days), None)


def _wanted(table: str) -> str:
    names = ", ".join(f.chinese[0] for f in TABLES[table] if f.required)
    return f"a sheet with the columns {names}; or one wide table with a column per source"


def unit_of(grid: Grid, row: int) -> Unit | None:
    """The unit that titles and headers name, if they name one."""
    texts = (text for cells in grid.rows[: row + 1] for text in cells if text)
    named = {_UNITS[(m[1] or m[2]).lower()] for text in texts if (m := _UNIT.search(text))}
    return named.pop() if len(named) == 1 else None


def _table_of(grid: Grid) -> tuple[str | None, int]:
    """The table whose headers fit best, and their (last) row."""
    best: tuple[int, int, str | None] = (0, 0, None)
    for r, row in enumerate(grid.merged[:HEADER_ROWS]):
        headers = [text or "" for text in row]
        if sum(map(bool, headers)) < 2:
            continue
        for table in TABLES:
            columns, _ = read_headers(table, headers, grid.where)
            complete = all(f.path in columns for f in TABLES[table] if f.required)
            if table == "projects" and not complete:
                complete = "name" in columns
            score = len(columns) + (3 if complete else 0)
            below = r == best[1] + 1 and any((r, c) in grid.covered for c in range(len(row)))
            if complete and score >= 4 and (score > best[0] or (score == best[0] and below)):
                best = score, r, table  # of merged headers the last row
    return best[2], best[1]


def _long(grid: Grid, table: str, row: int, unit: Unit | None, problems: Problems) -> Sheet:
    """A table with one item per row under its headers."""
    sheet = Sheet(table, grid.where)
    headers = [text or "" for text in grid.merged[row]]
    sheet.columns = known_columns(grid, row, headers, sheet, problems)
    known = unit_of(grid, row) or unit
    for path, column in sheet.columns.items():
        if column.kind != "amount" or column.named:
            continue
        sheet.columns[path] = replace(column, unit=known or "yuan")
        if known is None:
            where = f"{grid.where}, row {row + 1}, column {column.header}"
            words = Problem(where, "its amounts have no unit", NEEDED)
            problems.add(sheet, row + 1, column.index, words)
    found = body(grid, row, sheet.columns, key_of(table))
    take(sheet, grid, found, problems)
    return sheet


def known_columns(
    grid: Grid, row: int, headers: Sequence[str], sheet: Sheet, problems: Problems
) -> dict[str, Column]:
    """The columns that are known; of the others those that hold text alone are left out."""
    columns, wrong = read_headers(sheet.table, headers, grid.where, row + 1)
    if sheet.table == "projects" and "id" not in columns and "name" in columns:
        name = columns["name"]  # projects that are known by their names
        columns["id"] = Column(name.index, name.header, "id", required=True)
    for index, problem in wrong:
        if index == -1 and sheet.table == "projects" and "id" in columns:
            continue
        if index >= 0 and (not headers[index] or _descriptive(grid, row, index, problem)):
            continue
        problems.add(sheet, row + 1, index, problem)
        sheet.whole = sheet.whole and index >= 0
    return columns


def _descriptive(grid: Grid, row: int, index: int, problem: Problem) -> bool:
    """Whether a column that is not known may be left out: it is a remark, or holds no number."""
    header = grid.merged[row][index] or ""
    if plain(header) in NOTES:
        return True
    if " is not a column of " not in problem.what or problem.needed.startswith(
        ("did you", "one of its")
    ):
        return False
    cells = [cells[index] for cells in grid.rows[row + 1 :]]
    if _number(header) or any(map(_number, cells)) or any(c == index for _, c in grid.errors):
        return False
    _log.warning("%s: column %s is not known and left out", grid.where, header)
    return True


def _number(text: str | None) -> bool:
    return text is not None and re.fullmatch(r"[-+¥¥]?[\d,,]+(\.\d*)?%?", text) is not None


def take(sheet: Sheet, grid: Grid, found: Rows, problems: Problems) -> None:
    """The cells of the rows that hold items, under the columns that are known."""
    sheet.numbers = [number for number, _ in found]
    for path, column in sheet.columns.items():
        c = column.index
        texts = [cells[c] for _, cells in found]
        for k, number in enumerate(sheet.numbers):
            place = number - 1, c
            if place in grid.errors:
                words = f"the cell {grid.errors[place]}"
                problems.cell(sheet, number, path, words, "a value")
            elif place in grid.covered:
                first = grid.covered[place]
                if column.kind == "text" and not column.required:
                    texts[k] = grid.rows[first[0]][first[1]]
                else:
                    words = f"the cell is merged with that of row {first[0] + 1}"
                    problems.cell(sheet, number, path, words, "a value of its own in every row")
        sheet.cells[path] = texts
