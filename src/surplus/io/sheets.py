"""Tables of texts under known columns → ledger: every cell checked, every problem named at its place.

Cells are checked by the records of `ledger.json` and rows against each other by the checks of the
ledger, so that all formats accept and reject alike, with the same words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from itertools import compress
from types import GenericAlias
from typing import Any, TypeVar, get_type_hints

from pydantic import TypeAdapter, ValidationError

from surplus.errors import LedgerError, Problem
from surplus.io.headers import TABLES, Column, key_of, plain
from surplus.ledger import Ledger
from surplus.ledger.build import ledger_of
from surplus.ledger.records import (
    FundingRecord,
    LedgerRecord,
    PriceRecord,
    ProjectRecord,
    SourceRecord,
)
from surplus.records import Record, problems_of, read_document, unit_in_force

_PLACE = re.compile(r"(sources|projects)\[(\d+)\](?:\.funding\[(\d+)\])?\.(.+)")
_OTHER = re.compile(r"(sources|projects)\[(\d+)\]\Z")
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")
_MOST_COMPARISONS, _LONGEST_COMPARED = 100_000, 100
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
    cells: dict[str, Collection[str | None]] = field(default_factory=dict)
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


@dataclass(frozen=True)
class _Values:
    """The rows of one table that have a key: checked values by path, and the number of each row."""

    columns: dict[str, list[Any]]
    numbers: list[int]


def ledger_of_sheets(
    sheets: Mapping[str, Sheet], head: Mapping[str, Any], problems: Problems
) -> Ledger:
    """Make a ledger of three tables.

    Args:
        sheets: `sources`, `projects` and `funding`.
        head: What else `ledger.json` says of a ledger, such as its `name`; all optional.
        problems: Those known so far.

    Raises:
        LedgerError: With the problems known so far and every one found here.
    """
    frame = read_document(LedgerRecord, {**head, "sources": [], "projects": []}, LedgerError)
    values = {table: _values(sheet, problems) for table, sheet in sheets.items()}
    ledger = None
    if all(sheet.whole for sheet in sheets.values()):  # or half of the rows would seem unknown
        held = _held(sheets["funding"], sheets["projects"].where, values, problems)
        record = frame.model_copy(
            update={
                "sources": _made(SourceRecord, _with_tags(values["sources"])),
                "projects": _projects(values["projects"], values["funding"], held),
            }
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
    columns |= {path: [*cells] for path, cells in sheet.cells.items() if path.startswith("tags.")}
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


def _held(
    funding: Sheet, where: str, values: Mapping[str, _Values], problems: Problems
) -> list[list[int]]:
    """Positions of the funding rows of each project."""
    ids = values["projects"].columns["id"]
    place: dict[str, int] = {}
    for p, key in enumerate(ids):
        place.setdefault(key, p)
    held: list[list[int]] = [[] for _ in ids]
    elsewhere = f"the id of a project of {where}"
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
        needed = elsewhere if hint is None else f"did you mean '{hint}'?"
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


def values_of(table: str, path: str, texts: Sequence[str]) -> list[Any] | None:
    """Texts of a column as the record reads them; None where it refuses one."""
    try:
        return _checks(table, path)[0].validate_python(texts)
    except ValidationError:
        return None


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
