"""The sheets of a workbook as texts: read by openpyxl, or large ones by calamine where it hides nothing."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from surplus.errors import LedgerError, Problem, SurplusError
from surplus.io.workbook.archive import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    Archive,
    Part,
    Span,
    looked_through,
)

_log = logging.getLogger(__name__)
_UNCALCULATED = "holds a formula without a value (save the workbook in Excel or LibreOffice)"
_MOST_MERGED = 1_000_000
LARGE = 4 * 2**20
"""Bytes, unpacked, from which on calamine is asked: openpyxl takes about a second for as many."""
HEADER_ROWS = 30
_ERRORS = ("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!")
_FLOATS = 10**15
"""Above it the digits of a number depend on who reads it."""


@dataclass(frozen=True)
class Grid:
    """One sheet as texts.

    Attributes:
        where: Its name for messages.
        rows: Texts by row, all of one length; None where a cell is empty.
        merged: The first rows with every merged cell filled: headers may stand there.
        covered: Cells below or beside the first one of their merged range, with that first one.
        errors: What cells do that have no value, as "shows the error #N/A", by row and column from 0.
    """

    where: str
    rows: Sequence[Sequence[str | None]]
    merged: Sequence[Sequence[str | None]]
    covered: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)


class _OddError(Exception):
    """Calamine may have read something else than openpyxl would."""


def grids(path: Path) -> list[Grid]:
    """The sheets of a workbook that hold more than one row.

    Raises:
        LedgerError: When it is too large, hostile, or no workbook.
        SurplusError: When openpyxl (extra `excel`) is not installed.
    """
    where = str(path)
    if find_spec("openpyxl") is None:
        raise SurplusError("reading .xlsx needs openpyxl: pip install 'surplus[excel]'")
    try:
        archive = looked_through(path)
        for part in archive.parts:
            _ensure_size(part, where)
        found = _quickly(path, archive) if _is_large_and_plain(archive) else None
        if found is None:
            with (
                warnings.catch_warnings()
            ):  # of what openpyxl does not know, such as new drop-downs
                warnings.simplefilter("ignore")
                found = list(_carefully(path, archive))
    except LedgerError:
        raise
    except Exception as error:  # of many kinds, for broken files
        words = f"it is not an .xlsx workbook that can be read ({type(error).__name__})"
        raise LedgerError([Problem(where, words, "a workbook saved as .xlsx")]) from None
    if archive.macros:
        _log.warning("%s holds macros; none of them is run", path.name)
    if archive.links:
        _log.warning("%s refers to other workbooks; their values are those last saved", path.name)
    for part in archive.parts:
        _say_hidden(part)
    return [grid for grid in found if len(grid.rows) > 1]


def _say_hidden(part: Part) -> None:
    where = f"sheet '{part.title}'"
    if part.hidden:
        _log.warning("%s is hidden; it is read all the same", where)
    if part.hidden_rows:
        rows = [row + 1 for row in part.hidden_rows[:20]]
        _log.warning("%s: hidden rows are read all the same: %s", where, rows)
    shown = [column for column in part.hidden_columns if column < part.columns]
    if shown:
        letters = [_letters(column) for column in shown[:20]]
        _log.warning("%s: hidden columns are read all the same: %s", where, letters)


def _letters(column: int) -> str:
    text = ""
    while column >= 0:
        text = chr(ord("A") + column % 26) + text
        column = column // 26 - 1
    return text


def _ensure_size(part: Part, path: str) -> None:
    where, rows, columns = f"sheet '{part.title}'", part.rows, part.columns
    if rows > MOST_ROWS or columns > MOST_COLUMNS or rows * columns > MOST_CELLS:
        words = f"{rows} rows and {columns} columns are too many"
        needed = f"at most {MOST_COLUMNS} columns and {MOST_CELLS:,} cells: remove the empty ones"
        raise LedgerError([Problem(where, words, needed)])
    if sum((s[2] - s[0] + 1) * (s[3] - s[1] + 1) for s in part.merged) > _MOST_MERGED:
        words = f"more than {_MOST_MERGED:,} cells are merged"
        raise LedgerError([Problem(path, words, "titles and headers merged, if any")])


def _carefully(path: Path, archive: Archive) -> Iterator[Grid]:
    """By openpyxl, which tells errors from empty cells."""
    from openpyxl import load_workbook  # noqa: PLC0415 - an extra

    with path.open("rb") as file:  # openpyxl leaves a path open when it fails
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        for sheet, part in zip(book.worksheets, archive.parts, strict=True):
            sheet.reset_dimensions()  # some programs state a wrong size
            errors = dict.fromkeys(part.uncalculated, _UNCALCULATED)
            rows = []
            for r, cells in enumerate(sheet.iter_rows()):
                if r >= part.rows:
                    break
                row = [_text(cell.value) for cell in cells[: part.columns]]
                for c, cell in enumerate(cells[: part.columns]):
                    if cell.value is not None and cell.data_type == "e":
                        errors[r, c] = f"shows the error {cell.value}"
                        row[c] = None
                rows.append(row + [None] * (part.columns - len(row)))
            yield _grid(part, rows, errors)


def _is_large_and_plain(archive: Archive) -> bool:
    return (
        archive.size >= LARGE
        and not archive.odd
        and not any(part.errors or part.uncalculated for part in archive.parts)
        and find_spec("python_calamine") is not None
    )


def _quickly(path: Path, archive: Archive) -> list[Grid] | None:
    """By calamine, which reads error cells as empty: only where there are none; None in doubt."""
    from python_calamine import CalamineWorkbook  # noqa: PLC0415 - an extra

    try:
        with path.open("rb") as file:
            book = CalamineWorkbook.from_filelike(file)
            return [_quick(book.get_sheet_by_name(part.title), part) for part in archive.parts]
    except Exception:  # openpyxl decides what is wrong
        return None


def _quick(sheet: Any, part: Part) -> Grid:
    rows = []
    for cells in sheet.to_python(skip_empty_area=False)[: part.rows]:
        row = [_quick_text(value) for value in cells[: part.columns]]
        rows.append(row + [None] * (part.columns - len(row)))
    return _grid(part, rows, {})


def _quick_text(value: Any) -> str | None:
    if isinstance(value, float):
        if not abs(value) < _FLOATS:
            raise _OddError
        return format(value, ".15g")
    return _text(value)


def _text(value: Any) -> str | None:
    """A cell as people see it: numbers with the 15 digits that Excel keeps, dates as 2024-11-30."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return format(value, ".15g") if abs(value) < _FLOATS else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).replace("\u00a0", " ").strip() or None


def _grid(part: Part, rows: list[list[str | None]], errors: dict[tuple[int, int], str]) -> Grid:
    rows += [[None] * part.columns for _ in range(part.rows - len(rows))]
    merged = [[*row] for row in rows[: HEADER_ROWS + 1]]
    covered = {}
    for span in part.merged:
        first = span[0], span[1]
        for r, c in _cells(span, part):
            if (r, c) != first:
                covered[r, c] = first
            if r < len(merged):
                merged[r][c] = rows[first[0]][first[1]]
    return Grid(f"sheet '{part.title}'", rows, merged, covered, errors)


def grid_of_texts(where: str, rows: Sequence[Sequence[str]]) -> Grid:
    """A sheet that is texts already; errors that a spreadsheet wrote into them are errors.

    Raises:
        LedgerError: When it has too many columns.
    """
    part = Part(where, hidden=False, rows=len(rows), columns=max(map(len, rows), default=0))
    _ensure_size(part, where)
    texts = [[*map(_text, cells), *[None] * (part.columns - len(cells))] for cells in rows]
    errors = {
        (r, c): f"shows the error {text}"
        for r, cells in enumerate(texts)
        for c, text in enumerate(cells)
        if text is not None and text in _ERRORS
    }
    for r, c in errors:
        texts[r][c] = None
    return replace(_grid(part, texts, errors), where=where)


def _cells(span: Span, part: Part) -> Iterator[tuple[int, int]]:
    for r in range(span[0], min(span[2] + 1, part.rows)):
        for c in range(span[1], min(span[3] + 1, part.columns)):
            yield r, c
