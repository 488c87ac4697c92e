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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from functools import cache
from itertools import compress
from pathlib import Path
from types import GenericAlias
from typing import Any, Literal, TypeVar, get_type_hints

from pydantic import TypeAdapter, ValidationError

from surplus.errors import LedgerError, Problem
from surplus.io.files import write_atomically
from surplus.io.headers import TABLES, Column, is_total, key_of, plain, read_headers, tag_of
from surplus.ledger import Category, Ledger
from surplus.ledger.build import ledger_of
from surplus.ledger.columns import UNKNOWN
from surplus.ledger.records import (
    FundingRecord,
    LedgerRecord,
    PriceRecord,
    ProjectRecord,
    SourceRecord,
)
from surplus.money import format_weight, format_yuan
from surplus.records import Record, problems_of, unit_in_force

# What a spreadsheet may run, after any number of apostrophes; and the empty text, which would
# otherwise be read as "not known". A text gets an apostrophe exactly if it matches.
_GUARDED = re.compile(r"'*(?:[=+\-@\t\r\n＝＋－＠]|\Z)")
_THREE_BYTES = re.compile("[\u0800-\ufffc\U00010000-\U0010ffff]")
_PLACE = re.compile(r"(sources|projects)\[(\d+)\](?:\.funding\[(\d+)\])?\.(.+)")
_OTHER = re.compile(r"(sources|projects)\[(\d+)\]\Z")
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")
_MOST_COMPARISONS, _LONGEST_COMPARED = 100_000, 100
_ENCODINGS = "UTF-8 or GB18030; in Excel: save as 'CSV UTF-8'"
_RECORDS: dict[str, type[Record]] = {
    "sources": SourceRecord,
    "projects": ProjectRecord,
    "funding": FundingRecord,
}

_Model = TypeVar("_Model", bound=Record)


@dataclass
class Sheet:
    """One table as texts, under columns whose meaning is known.

    Attributes:
        table: `sources`, `projects` or `funding`.
        where: Its name for messages, such as ``projects.csv``.
        columns: By path.
        numbers: Of each row, as a spreadsheet counts it.
        cells: The texts of each column, by path; None where a cell is empty.
        whole: Whether all of it was read, under every required column.
    """

    table: str
    where: str
    columns: dict[str, Column] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    cells: dict[str, list[str | None]] = field(default_factory=dict)
    whole: bool = True


class Problems:
    """Problems of all tables, to be told at once, by table, row and column."""

    def __init__(self) -> None:
        self._found: list[tuple[tuple[int, int, int], Problem]] = []

    def add(self, sheet: Sheet, row: int, column: int, problem: Problem) -> None:
        """Note a problem; row 0 and column -1 stand before all others."""
        self._found.append(((list(TABLES).index(sheet.table), row, column), problem))

    def row(self, sheet: Sheet, number: int, what: str, needed: str = "") -> None:
        """Note a problem of a whole row, or of the file (row 0)."""
        where = f"{sheet.where}, row {number}" if number else sheet.where
        self.add(sheet, number, -1, Problem(where, what, needed))

    def cell(self, sheet: Sheet, number: int, path: str, what: str, needed: str = "") -> None:
        """Note a problem of the cell of a row under a column."""
        column = sheet.columns.get(path)
        header = path.rpartition(".")[2] if column is None else column.header
        where = f"{sheet.where}, row {number}, column {header}"
        index = -1 if column is None else column.index
        self.add(sheet, number, index, Problem(where, what, needed))

    def __bool__(self) -> bool:
        return bool(self._found)

    def error(self) -> LedgerError:
        """All of them, in order."""
        return LedgerError([problem for _, problem in sorted(self._found, key=lambda f: f[0])])


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
    return ledger_of_sheets(sheets, name or None, problems)


# Bytes → texts


def _sheet(path: Path, table: str, problems: Problems) -> Sheet:
    sheet = Sheet(table, path.name)
    taken: list[list[str]] = []
    try:
        if not path.is_file():
            raise _UnreadableError(
                "there is no such file", "sources.csv, projects.csv and funding.csv"
            )
        rows = _rows(_decoded(path.read_bytes()))
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
    except _UnreadableError as error:
        problems.row(sheet, error.row, error.what, error.needed)
        sheet.whole = False
    except OSError as error:
        problems.row(sheet, 0, f"the file cannot be read: {error.strerror}")
        sheet.whole = False
    for place, column in sheet.columns.items():
        texts = [cells[column.index] or None for cells in taken]
        if column.kind == "text":
            texts = [text[1:] if text and _guarded(text) else text for text in texts]
        sheet.cells[place] = texts
    return sheet


def _guarded(text: str) -> bool:
    return text[0] == "'" and _GUARDED.match(text, 1) is not None


def _decoded(raw: bytes) -> str:
    """The text of a file in UTF-8 or GB18030, by strict decoding."""
    nul = raw.find(b"\0")
    if nul >= 0:
        raise _UnreadableError(f"byte {nul + 1} is NUL", _ENCODINGS, _row_at(raw, nul))
    try:
        return raw.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        failed = error
    # Damaged UTF-8 may well decode as GB18030, to nonsense: it has many whole characters of three
    # bytes around few errors, and text in GB18030 the other way round.
    loose = raw.decode(errors="replace")
    damaged = len(_THREE_BYTES.findall(loose)) > loose.count("\ufffd")
    if not damaged and not raw.startswith(codecs.BOM_UTF8):
        try:
            return raw.decode("gb18030")
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
        for number, _, _ in _rows(raw[:place].decode("latin-1") + "x"):  # noqa: B007
            pass
    except _UnreadableError as error:
        return error.row
    return number


def _rows(text: str) -> Iterator[tuple[int, list[str], int]]:
    """Number, cells and number of lines of each row."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
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
        if lines == 1 or not any(_swallows(text, k, width) for k, text in enumerate(cells)):
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


def _swallows(text: str, place: int, width: int) -> bool:
    """Whether two stray quotes join rows: a text with the rest of its row and the next one's start.

    The row then has as many cells as it should, and nothing else would tell.
    """
    lines = re.split(r"\r\n|\r|\n", text)
    whole = [width - 1] * (len(lines) - 2)
    commas = [line.count(",") for line in lines]
    return len(lines) > 1 and width > 1 and commas == [width - 1 - place, *whole, place]


# Texts → records → ledger


@dataclass(frozen=True)
class _Values:
    """The rows of one table that have a key: checked values by path, and the number of each row."""

    columns: dict[str, list[Any]]
    numbers: list[int]


def ledger_of_sheets(sheets: Mapping[str, Sheet], name: str | None, problems: Problems) -> Ledger:
    """Make a ledger of three tables.

    Raises:
        LedgerError: With the problems known so far and every one found here.
    """
    values = {table: _values(sheet, problems) for table, sheet in sheets.items()}
    ledger = None
    if all(sheet.whole for sheet in sheets.values()):  # or half of the rows would seem unknown
        held = _held(sheets["funding"], values, problems)
        record = LedgerRecord.model_construct(
            name=name,
            sources=_made(SourceRecord, _with_tags(values["sources"])),
            projects=_projects(values["projects"], values["funding"], held),
        )
        try:
            ledger = ledger_of(record)
        except LedgerError as error:
            for problem in error.problems:
                _translate(problem, sheets, values, held, problems)
    if problems or ledger is None:
        raise problems.error()
    return ledger


def _values(sheet: Sheet, problems: Problems) -> _Values:
    """Defaults stand for cells that are empty or have a problem."""
    columns: dict[str, list[Any]] = {}
    for known in TABLES[sheet.table]:
        default = None if known.required else _checks(sheet.table, known.path)[1]
        column = sheet.columns.get(known.path)
        columns[known.path] = (
            [default] * len(sheet.numbers)
            if column is None
            else _checked(sheet, column, default, problems)
        )
    columns |= {path: cells for path, cells in sheet.cells.items() if path.startswith("tags.")}
    keys = [columns[c.path] for c in TABLES[sheet.table] if c.required and c.kind == "text"]
    kept = [all(key is not None for key in row) for row in zip(*keys, strict=True)]
    if all(kept):
        return _Values(columns, sheet.numbers)
    return _Values(
        {path: list(compress(column, kept)) for path, column in columns.items()},
        list(compress(sheet.numbers, kept)),
    )


def _checked(sheet: Sheet, column: Column, default: Any, problems: Problems) -> list[Any]:
    """A column as its record reads it; each different text is read once."""
    cells = sheet.cells[column.path]
    texts = [text for text in dict.fromkeys(cells) if text is not None]
    given = list(map(_whole, texts)) if column.kind == "whole" else texts
    adapter, _ = _checks(sheet.table, column.path)
    value: dict[str | None, Any] = {None: default}
    wrong: dict[str | None, str] = {}
    with unit_in_force(column.unit):
        try:
            value.update(zip(texts, adapter.validate_python(given), strict=True))
        except ValidationError as error:
            wrong = {texts[int(p.where[1:-1])]: p.what for p in problems_of(error)}
            right = [k for k, text in enumerate(texts) if text not in wrong]
            values = adapter.validate_python([given[k] for k in right])
            value.update(zip((texts[k] for k in right), values, strict=True))
    if column.required:
        wrong[None] = "missing"
    if wrong:
        for number, text in zip(sheet.numbers, cells, strict=True):
            if text in wrong:
                problems.cell(sheet, number, column.path, *_said(column, text, wrong[text]))
    # A bad id is still the id that other rows may name.
    bad = {text: text if column.path == key_of(sheet.table) else default for text in wrong}
    return list(map({**bad, **value}.__getitem__, cells))


def _said(column: Column, text: str | None, what: str) -> tuple[str, str]:
    """What is wrong with a cell, and what is needed."""
    if text is None:
        return what, "a value in every row"
    if column.kind == "whole" and isinstance(_whole(text), str):
        return f"'{text}' is not a whole number", "digits alone, such as 2024"
    return what, ""


def _whole(text: str) -> int | str:
    digits = text.translate(_WIDE)
    return int(digits) if re.fullmatch(r"[0-9]{1,9}", digits) else text


@cache
def _checks(table: str, path: str) -> tuple[TypeAdapter[list[Any]], Any]:
    """How the record of `ledger.json` reads a list of one of its fields, and its default."""
    model = PriceRecord if path.startswith("price.") else _RECORDS[table]
    name = path.rpartition(".")[2]
    if name not in model.model_fields:  # `project` of funding: known by its place in the document
        return TypeAdapter(list[str]), None
    hint = get_type_hints(model, include_extras=True)[name]
    texts: Any = GenericAlias(list, (hint,))
    return TypeAdapter(texts), model.model_fields[name].default


def _held(funding: Sheet, values: Mapping[str, _Values], problems: Problems) -> list[list[int]]:
    """Positions of the funding rows of each project."""
    ids = values["projects"].columns["id"]
    place: dict[str, int] = {}
    for p, key in enumerate(ids):
        place.setdefault(key, p)
    held: list[list[int]] = [[] for _ in ids]
    near: dict[str, str] = {}
    comparisons = 0
    for k, key in enumerate(values["funding"].columns["project"]):
        if key in place:
            held[place[key]].append(k)
            continue
        near = near or {plain(known): known for known in ids}
        hint = near.get(plain(key))
        if hint is None and comparisons < _MOST_COMPARISONS and len(key) <= _LONGEST_COMPARED:
            comparisons += len(ids)
            hint = next(iter(get_close_matches(key, place, n=1)), None)
        needed = (
            "the id of a project of projects.csv" if hint is None else f"did you mean '{hint}'?"
        )
        number = values["funding"].numbers[k]
        problems.cell(funding, number, "project", f"'{key}' is not a project", needed)
    return held


def _projects(
    projects: _Values, funding: _Values, held: Sequence[Sequence[int]]
) -> tuple[ProjectRecord, ...]:
    columns = dict(funding.columns)
    # Where `planned` has a problem of its own, `paid` cannot be called too much.
    columns["paid"] = [
        0 if planned is None else paid
        for planned, paid in zip(columns["planned"], columns["paid"], strict=True)
    ]
    columns["planned"] = [planned or 0 for planned in columns["planned"]]
    entries = _made(FundingRecord, columns)
    prices = {p[6:]: cells for p, cells in projects.columns.items() if p.startswith("price.")}
    rows = _with_tags(projects)
    rows["price"] = list(_made(PriceRecord, prices))
    rows["funding"] = [tuple(entries[k] for k in rows_of_one) for rows_of_one in held]
    return _made(ProjectRecord, rows)


def _with_tags(values: _Values) -> dict[str, list[Any]]:
    """Columns by the names of the record; the tags of a row together."""
    columns = {path: cells for path, cells in values.columns.items() if "." not in path}
    tags: list[dict[str, str]] = [{} for _ in values.numbers]
    for path, cells in values.columns.items():
        if path.startswith("tags."):
            for row, text in zip(tags, cells, strict=True):
                if text is not None:
                    row[path[5:]] = text
    return {**columns, "tags": tags}


def _made(model: type[_Model], columns: Mapping[str, list[Any]]) -> tuple[_Model, ...]:
    """Records of values that are checked already."""
    names = [name for name in columns if name in model.model_fields]
    given = set(names)  # one for all: a set for each record takes longer than the record
    rows = zip(*(columns[name] for name in names), strict=True)
    make: Any = model.model_construct
    return tuple(make(given, **dict(zip(names, row, strict=True))) for row in rows)


def _translate(
    problem: Problem,
    sheets: Mapping[str, Sheet],
    values: Mapping[str, _Values],
    held: Sequence[Sequence[int]],
    problems: Problems,
) -> None:
    """Note a problem of the ledger at its file, row and column."""
    place = _PLACE.fullmatch(problem.where)
    if place is None:
        last = sheets["funding"]
        where = ", ".join(sheet.where for sheet in sheets.values())
        problems.add(last, max(last.numbers, default=0) + 1, -1, replace(problem, where=where))
        return
    table, row, path = place[1], int(place[2]), place[4]
    if place[3] is not None:
        table, row = "funding", held[row][int(place[3])]
    what = problem.what
    if path == "id" and (other := _OTHER.search(what)):
        twin = values[other[1]].numbers[int(other[2])]
        what = f"{what[: other.start()]}{sheets[other[1]].where}, row {twin}"
    problems.cell(sheets[table], values[table].numbers[row], path, what, problem.needed)


# Ledger → files


def write_csv_folder(
    ledger: Ledger, folder: str | Path, language: Literal["en", "zh"] = "en"
) -> None:
    """Write a ledger as three CSV files, in yuan, for people and spreadsheets to read.

    Each file is written whole or not at all. Reading and writing them again gives the same bytes.
    The name, the date and the stated totals of the ledger are not written.

    Raises:
        LedgerError: When something in it would not survive in CSV; nothing is written.
        OSError: When a file cannot be written.
    """
    tables = {"sources": _sources(ledger), "projects": _projects_of(ledger)}
    tables["funding"] = _funding(ledger)
    refused = [*_refused(ledger, tables)]
    if refused:
        raise LedgerError(refused)
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    for table, columns in tables.items():
        headers = [_header(table, path, language) for path in columns]
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(headers)
        writer.writerows(zip(*columns.values(), strict=True))
        write_atomically(place / f"{table}.csv", text.getvalue().encode("utf-8-sig"))


def _header(table: str, path: str, language: str) -> str:
    if path.startswith("tags."):
        return path if language == "en" else f"标签.{path[5:]}"
    known = next(known for known in TABLES[table] if known.path == path)
    if language == "en":
        return f"{known.name} (yuan)" if known.kind == "amount" else known.name
    return f"{known.chinese[0]}(元)" if known.kind == "amount" else known.chinese[0]


def _guard(text: str | None) -> str:
    """A cell for a text: never a formula, and not empty where the text is known."""
    if text is None:
        return ""
    return f"'{text}" if _GUARDED.match(text) else text


def _amounts(cents: Iterable[int]) -> list[str]:
    return ["" if amount == UNKNOWN else format_yuan(amount) for amount in cents]


def _sources(ledger: Ledger) -> dict[str, list[str]]:
    sources = ledger.sources
    columns = {
        "id": [_guard(source.id) for source in sources],
        "name": [_guard(source.name) for source in sources],
        "level": [_guard(source.level) for source in sources],
        "year": ["" if source.year is None else str(source.year) for source in sources],
        "first_budgeted": [_day(source.first_budgeted) for source in sources],
        "expires": [_day(source.expires) for source in sources],
        "unallocated": _amounts(source.unallocated for source in sources),
    }
    for tag in sorted({tag for source in sources for tag in source.tags}):
        columns[f"tags.{tag}"] = [_guard(source.tags.get(tag)) for source in sources]
    return columns


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _projects_of(ledger: Ledger) -> dict[str, list[str]]:
    projects = ledger.projects
    names = [""] * len(projects) if projects.name is None else projects.name.tolist()
    fields = {path: _texts(column) for path, column in projects.fields.items()}
    return {
        "id": [_guard(key) for key in projects.id.tolist()],
        "name": [_guard(name or None) for name in names],
        **{path: texts for path, texts in fields.items() if not path.startswith("tags.")},
        "priority": [format_weight(weight) for weight in projects.priority.tolist()],
        **{f"price.{key}": _amounts(cents.tolist()) for key, cents in projects.prices.items()},
        "claims": _amounts(projects.claims.tolist()),
        "cap": _amounts(projects.cap.tolist()),
        **{path: texts for path, texts in fields.items() if path.startswith("tags.")},
    }


def _texts(column: Category) -> list[str]:
    cells = [*map(_guard, column.values), ""]  # code -1: not known
    return [cells[code] for code in column.codes.tolist()]


def _funding(ledger: Ledger) -> dict[str, list[str]]:
    funding = ledger.funding
    projects = [_guard(key) for key in ledger.projects.id.tolist()]
    sources = [_guard(source.id) for source in ledger.sources]
    return {
        "project": [projects[p] for p in funding.project.tolist()],
        "source": [sources[s] for s in funding.source.tolist()],
        "planned": _amounts(funding.planned.tolist()),
        "paid": _amounts(funding.paid.tolist()),
    }


def _refused(ledger: Ledger, tables: Mapping[str, dict[str, list[str]]]) -> Iterator[Problem]:
    """What the reader would not give back as it was."""
    if ledger.currency != "CNY":
        yield Problem("currency", f"CSV has no place for '{ledger.currency}'", "CNY")
    longest = csv.field_size_limit()
    for table, columns in tables.items():
        for place, (path, cells) in enumerate(columns.items()):
            tag = path[5:] if path.startswith("tags.") else None
            if tag is not None and (tag_of(path) != tag or "\0" in tag or len(path) > longest):
                yield Problem(f"{table}: {path!r}", "not the name of a column", "another tag")
            for row, text in enumerate(cells):
                if why := _unreadable(text, longest, place, len(columns)):
                    yield Problem(f"{table}[{row}].{path}", why)
        ids = columns.get("id", [])
        for row, text in enumerate(ids):
            if is_total(text):
                yield Problem(f"{table}[{row}].id", f"'{text}' would read as a row of totals")


def _unreadable(text: str, longest: int, place: int, width: int) -> str:
    if "\0" in text:
        return "a NUL character has no place in CSV"
    if len(text) > longest:
        return f"more than {longest} characters have no place in a cell"
    if ("\n" in text or "\r" in text) and _swallows(text, place, width):
        return "line breaks and commas would read as another row"
    return ""
