"""A ledger as a folder of three CSV files: sources.csv, projects.csv and funding.csv.

Files are UTF-8 (with or without BOM) or GB18030. An empty cell means "not known". A text that a
spreadsheet would run as a formula carries an apostrophe in front, which the reader takes away. The
name of the folder is the name of the ledger; a date, a currency and stated totals have no place in
CSV. Cells are checked by the records of `ledger.json` and rows against each other by the checks of
the ledger, so that both formats accept and reject alike, with the same words.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

from surplus.errors import LedgerError, Problem
from surplus.io.columnar.texts import ledger_of_texts
from surplus.io.headers import TABLES, is_total, key_of, read_headers
from surplus.io.pieces import PIECE, Pieces
from surplus.io.sheets import Problems, Sheet
from surplus.ledger import Ledger

# What a spreadsheet may run, after any number of apostrophes; and the empty text, which would
# otherwise be read as "not known". A text gets an apostrophe exactly if it matches.
GUARDED = re.compile(r"'*(?:[=+\-@\t\r\n＝＋－＠]|\Z)")
_THREE_BYTES = re.compile("[\u0800-\ufffc\U00010000-\U0010ffff]")
_ENCODINGS = "UTF-8 or GB18030; in Excel: save as 'CSV UTF-8'"


class _UnreadableError(Exception):
    def __init__(self, what: str, needed: str = "", row: int = 0) -> None:
        super().__init__(what)
        self.what, self.needed, self.row = what, needed, row


def read_csv_folder(path: Path) -> Ledger:
    """Read the ledger of a folder; amounts in yuan, or in the unit that their header names.

    Raises:
        LedgerError: With every problem of all three files, each with file, row and column.
    """
    problems = Problems()
    sheets = {table: _sheet(path / f"{table}.csv", table, problems) for table in TABLES}
    name = os.fsencode(path.resolve().name).decode("utf-8", "replace")  # need not be UTF-8
    return ledger_of_texts(sheets, {"name": name or None}, problems)


def csv_rows(path: Path) -> list[list[str]]:
    """All rows of a CSV file, each as long as it is.

    Raises:
        LedgerError: When it is no CSV in UTF-8 or GB18030.
    """
    try:
        raw = path.read_bytes()
        text = io.TextIOWrapper(io.BytesIO(raw), _encoding(raw), newline="")
        return [cells for _, cells, _ in _rows(text)]
    except _UnreadableError as error:
        where = f"{path.name}, row {error.row}" if error.row else path.name
        raise LedgerError([Problem(where, error.what, error.needed)]) from None
    except OSError as error:
        words = f"the file cannot be read: {error.strerror}"
        raise LedgerError([Problem(path.name, words)]) from None


# Bytes → texts


def _sheet(path: Path, table: str, problems: Problems) -> Sheet:
    sheet = Sheet(table, path.name)
    taken: list[list[str]] = []
    pieces: dict[str, Pieces] = {}
    try:
        if not path.is_file():
            raise _UnreadableError(
                "there is no such file", "sources.csv, projects.csv and funding.csv"
            )
        raw = path.read_bytes()
        rows = _rows(io.TextIOWrapper(io.BytesIO(raw), _encoding(raw), newline=""))
        _, headers, _ = next(rows, (1, [], 1))
        if not headers:
            raise _UnreadableError("there are no headers", "names of the columns in row 1", 1)
        sheet.columns, wrong = read_headers(table, headers, sheet.where)
        for index, problem in wrong:
            problems.add(sheet, 1, index, problem)
            sheet.whole = sheet.whole and index >= 0
        for number, cells, lines in rows:
            kept = _kept(sheet, len(headers), number, cells, lines, problems)
            if kept is not None:
                sheet.numbers.append(number)
                taken.append(kept)
                if len(taken) == PIECE:
                    _pack(sheet, taken, pieces)
    except _UnreadableError as error:
        problems.row(sheet, error.row, error.what, error.needed)
        sheet.whole = False
    except OSError as error:
        problems.row(sheet, 0, f"the file cannot be read: {error.strerror}")
        sheet.whole = False
    _pack(sheet, taken, pieces)
    sheet.cells = dict(pieces)
    return sheet


def _pack(sheet: Sheet, rows: list[list[str]], pieces: dict[str, Pieces]) -> None:
    """Append rows to their columns, and forget them."""
    for place, column in sheet.columns.items():
        texts = [cells[column.index] or None for cells in rows]
        if column.kind == "text":
            texts = [text[1:] if text and _guarded(text) else text for text in texts]
        pieces.setdefault(place, Pieces()).add(texts)
    rows.clear()


def _guarded(text: str) -> bool:
    return text[0] == "'" and GUARDED.match(text, 1) is not None


def _encoding(raw: bytes) -> str:
    """UTF-8 or GB18030, by strict decoding."""
    nul = raw.find(b"\0")
    if nul >= 0:
        raise _UnreadableError(f"byte {nul + 1} is NUL", _ENCODINGS, _row_at(raw, nul))
    try:
        raw.decode()
        return "utf-8-sig"
    except UnicodeDecodeError as error:
        failed = error
    # Damaged UTF-8 may well decode as GB18030, to nonsense: it has many whole characters of three
    # bytes around few errors, and text in GB18030 the other way round.
    loose = raw.decode(errors="replace")
    damaged = len(_THREE_BYTES.findall(loose)) > loose.count("\ufffd")
    if not damaged and not raw.startswith(codecs.BOM_UTF8):
        try:
            raw.decode("gb18030")
            return "gb18030"
        except UnicodeDecodeError as error:
            failed = error
    raise _UnreadableError(
        f"byte {failed.start + 1} of the file is not {failed.encoding.upper()}",
        _ENCODINGS,
        _row_at(raw, failed.start),
    )


def _row_at(raw: bytes, place: int) -> int:
    """Number of the row in which a byte stands; separators are ASCII in both encodings."""
    number = 0
    try:
        for number, _, _ in _rows(io.StringIO(raw[:place].decode("latin-1") + "x", newline="")):  # noqa: B007
            pass
    except _UnreadableError as error:
        return error.row
    return number


def _rows(text: TextIO) -> Iterator[tuple[int, list[str], int]]:
    """Number, cells and number of lines of each row."""
    reader = csv.reader(text, strict=True)
    number, lines = 0, 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            what = str(error)
            if "unexpected end" in what:
                what = "a quote opens in this row and is never closed"
            elif "expected after" in what:
                what = "a text goes on after its closing quote"
            elif "field limit" in what:
                what = f"a cell has more than {csv.field_size_limit()} characters"
            needed = 'quotes in pairs, "" for one within a text; no later row was read'
            raise _UnreadableError(what, needed, number) from None
        yield number, cells, reader.line_num - lines
        lines = reader.line_num


def _kept(
    sheet: Sheet, width: int, number: int, cells: list[str], lines: int, problems: Problems
) -> list[str] | None:
    """The cells of a row that can be used; None, and a problem, for one that cannot."""
    if not any(cells) and len(cells) in (0, width):
        return None
    if total := _total(sheet, cells):
        what = f"'{total}' stands for a row of totals"
        problems.row(sheet, number, what, "rows of single items only: remove this row")
        return None
    if len(cells) == width:
        if lines == 1 or not any(swallows(text, k, width) for k, text in enumerate(cells)):
            return cells
        what = "a text in quotes holds what looks like the next row"
        problems.row(sheet, number, what, "a closing quote for each opening one")
        sheet.whole = False
        return None
    many = "too many" if len(cells) > width else "too few"
    needed = f"{width}, as in row 1; a comma within a text needs quotes around the text"
    problems.row(sheet, number, f"{many} cells: {len(cells)}", needed)
    # Its id stays known, so that rows that name it are not called wrong as well.
    key = sheet.columns.get(key_of(sheet.table))
    if sheet.table == "funding" or key is None or key.index >= len(cells) or not cells[key.index]:
        return None
    return [cells[i] if i == key.index else "" for i in range(width)]


def _total(sheet: Sheet, cells: Sequence[str]) -> str | None:
    """The word that marks a row of totals: in place of an id, or first in a row without one."""
    keys = [c.index for c in sheet.columns.values() if c.required and c.kind == "text"]
    found = [cells[i] for i in keys if i < len(cells)]
    if not found or not found[0]:
        found.append(next((text for text in cells if text), ""))
    return next((text for text in found if is_total(text)), None)


def swallows(text: str, place: int, width: int) -> bool:
    """Whether two stray quotes join rows: a text with the rest of its row and the next one's start.

    The row then has as many cells as it should, and nothing else would tell.
    """
    lines = re.split(r"\r\n|\r|\n", text)
    whole = [width - 1] * (len(lines) - 2)
    commas = [line.count(",") for line in lines]
    return len(lines) > 1 and width > 1 and commas == [width - 1 - place, *whole, place]
