"""Ledger → a folder of three CSV files, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Literal

from surplus.errors import LedgerError, Problem
from surplus.io.csvfolder import GUARDED, swallows
from surplus.io.files import write_atomically
from surplus.io.headers import TABLES, is_total, tag_of
from surplus.ledger import Category, Ledger
from surplus.ledger.columns import UNKNOWN
from surplus.money import format_weight, format_yuan


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
    return f"'{text}" if GUARDED.match(text) else text


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
    if ("\n" in text or "\r" in text) and swallows(text, place, width):
        return "line breaks and commas would read as another row"
    return ""
