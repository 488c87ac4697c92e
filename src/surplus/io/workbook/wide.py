"""The wide layout: one row per project, one column per source under 计划投资 and 已支付."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from surplus.errors import Problem
from surplus.io.headers import Column, plain, read_headers
from surplus.io.sheets import Problems, Sheet
from surplus.io.workbook.body import Rows, body
from surplus.io.workbook.grid import Grid
from surplus.ledger.levels import canonical_level
from surplus.money import MoneyError, Unit, format_yuan, parse_cents

_LEVELS = ("central", "province", "prefecture", "county")
_SPLIT = re.compile(r"\s*[-—–_::/·]\s*")
_BRACKET = re.compile(r"[((]\s*(元|万元|yuan|wan)\s*[))]", re.IGNORECASE)
_UNITS: dict[str, Unit] = {"元": "yuan", "万元": "wan", "yuan": "yuan", "wan": "wan"}


@dataclass(frozen=True)
class Held:
    """A column of what projects hold of one source: planned, or paid."""

    index: int
    header: str
    source: str
    kind: str
    unit: Unit | None


def is_wide(rows: Sequence[Sequence[str | None]], row: int) -> bool:
    """Whether columns of sources stand among those of the projects."""
    return bool(_held(rows, row))


def with_subheaders(grid: Grid, row: int) -> tuple[Grid, int]:
    """Headers in two rows that are not merged: sources below 计划投资, nothing below the others."""
    if row + 1 >= len(grid.merged):
        return grid, row
    above, below = list(grid.merged[row]), grid.merged[row + 1]
    groups: list[str | None] = []
    for text in above:
        last = groups[-1] if groups else None
        groups.append(text if text and _kind(text) else last if not text else None)
    filled = [c for c, text in enumerate(below) if text]
    if not filled or any(groups[c] is None or _number(below[c]) for c in filled):
        return grid, row
    for c in filled:
        above[c] = groups[c]
    rows = [*grid.merged]
    rows[row], rows[row + 1] = above, [text or above[c] for c, text in enumerate(below)]
    return replace(grid, merged=rows), row + 1


def _number(text: str | None) -> bool:
    return text is not None and text.replace(".", "").replace(",", "").lstrip("-").isdigit()


def wide_sheets(
    grid: Grid, row: int, unit: Unit | None, sources: Sheet | None, problems: Problems
) -> dict[str, Sheet]:
    """A wide table as three long ones; a table of sources of its own is kept."""
    from surplus.io.workbook.tables import NEEDED, known_columns, take  # noqa: PLC0415

    held = _held(grid.merged, row)
    taken = {one.index for one in held}
    headers = [
        "" if i in taken else _with_group_unit(grid.merged, row, i)
        for i in range(len(grid.merged[row]))
    ]
    projects = Sheet("projects", grid.where)
    projects.columns = known_columns(grid, row, headers, projects, problems)
    first: dict[tuple[str, str], Held] = {}
    for one in held:
        earlier = first.setdefault((one.source, one.kind), one)
        if earlier is not one:
            where = f"{grid.where}, row {row + 1}, column {one.header}"
            words = (
                f"gives {one.kind} of '{one.source}' again, after column {earlier.index + 1}, "
                f"'{earlier.header}'"
            )
            needed = "each field once: remove or merge one of the two"
            problems.add(projects, row + 1, one.index, Problem(where, words, needed))
    unnamed = [
        column.header
        for column in projects.columns.values()
        if column.kind == "amount" and not column.named
    ]
    unnamed += [one.header for one in held if one.unit is None]
    if unit is None and unnamed:
        words = f"the amounts under {', '.join(dict.fromkeys(unnamed))} have no unit"
        problems.add(projects, row + 1, -1, Problem(f"{grid.where}, row {row + 1}", words, NEEDED))
    known = unit or "yuan"
    projects.columns = {
        path: replace(c, unit=known) if c.kind == "amount" and not c.named else c
        for path, c in projects.columns.items()
    }
    amounts = {f"{h.kind} {h.index}": _column(h, known) for h in held}
    found = body(grid, row, projects.columns | amounts, "id")
    take(projects, grid, found, problems)
    names = list(dict.fromkeys(one.source for one in held))
    if sources is None:
        sources = _sources(grid.where, names, row)
    funding = _funding(grid, held, found, _ids(sources, names), projects, known, problems)
    return {"sources": sources, "projects": projects, "funding": funding}


def _held(rows: Sequence[Sequence[str | None]], row: int) -> list[Held]:
    """Columns of sources: under a merged 计划投资 or 已支付, as 计划投资-中央, or a level by itself."""
    found = []
    for i, text in enumerate(rows[row]):
        header = text or ""
        above = next(
            (rows[r][i] for r in reversed(range(row)) if rows[r][i] and rows[r][i] != text), ""
        )
        kind = _kind(above or "")
        name = _BRACKET.sub("", header).strip()
        parts = _SPLIT.split(name, maxsplit=1)
        if len(parts) == 2 and _kind(parts[0]):
            kind, name = _kind(parts[0]), parts[1]
        elif kind is None and canonical_level(name) in _LEVELS:
            kind = "planned"
        if (
            kind
            and name
            and plain(name) not in ("小计", "合计", "total", "sum")
            and not _kind(name)
        ):
            bracket = _BRACKET.search(header) or _BRACKET.search(above or "")
            unit = _UNITS[bracket[1].lower()] if bracket else None
            group = f"{above} / " if above and _kind(above) else ""
            found.append(Held(i, f"{group}{header}", name, kind, unit))
    return found


def _kind(text: str) -> str | None:
    """`planned` or `paid`, where a header means one of them."""
    columns, _ = read_headers("funding", [_BRACKET.sub("", text)], "")
    return next((path for path in ("planned", "paid") if path in columns), None)


def _with_group_unit(rows: Sequence[Sequence[str | None]], row: int, i: int) -> str:
    """A header with the unit that the merged header above it names."""
    header = rows[row][i] or ""
    above = rows[row - 1][i] if row else None
    if above and above != header and not _BRACKET.search(header):
        bracket = _BRACKET.search(above)
        return header + bracket[0] if bracket else header
    return header


def _column(one: Held, unit: Unit) -> Column:
    return Column(one.index, one.header, one.kind, "amount", unit=one.unit or unit)


def _sources(where: str, names: Sequence[str], row: int) -> Sheet:
    """A table of sources made of the columns' names."""
    sheet = Sheet("sources", where)
    sheet.columns = {
        "id": Column(0, "资金来源", "id", required=True),
        "level": Column(0, "资金来源", "level"),
    }
    sheet.numbers = [row + 1] * len(names)
    levels = [canonical_level(name) for name in names]
    sheet.cells = {
        "id": list(names),
        "level": [level if level in _LEVELS else None for level in levels],
    }
    return sheet


def _ids(sources: Sheet, names: Sequence[str]) -> dict[str, str]:
    """The id of the source that each column's name means: its id, its name, or its only level."""
    result = {}
    ids = sources.cells.get("id", [])
    for name in names:
        for path in ("id", "name", "level"):
            cells = sources.cells.get(path) or [None] * len(ids)
            same = [
                key
                for key, cell in zip(ids, cells, strict=True)
                if cell
                and key
                and (
                    plain(cell) == plain(name)
                    or (path == "level" and canonical_level(cell) == canonical_level(name))
                )
            ]
            if len(same) == 1:
                result[name] = same[0]
                break
        else:
            result[name] = name
    return result


def _funding(
    grid: Grid,
    held: Sequence[Held],
    found: Rows,
    ids: dict[str, str],
    projects: Sheet,
    unit: Unit,
    problems: Problems,
) -> Sheet:
    """One row for each project and source with an amount, in yuan."""
    sheet = Sheet("funding", grid.where)
    sheet.columns = {
        path: Column(0, header, path, kind, required)  # type: ignore[arg-type]
        for path, header, kind, required in (
            ("project", "项目", "text", True), ("source", "资金来源", "text", True),
            ("planned", "计划投资", "amount", True), ("paid", "已支付", "amount", False),
        )
    }  # fmt: skip
    filled: dict[str, list[str | None]] = {path: [] for path in sheet.columns}
    for (number, cells), key in zip(found, projects.cells["id"], strict=True):
        amounts: dict[str, dict[str, str | None]] = {}
        for one in held:
            if (number - 1, one.index) in grid.errors:
                where = f"{grid.where}, row {number}, column {one.header}"
                words = f"the cell {grid.errors[number - 1, one.index]}"
                problems.add(sheet, number, one.index, Problem(where, words, "a value"))
                amounts.setdefault(one.source, {})[one.kind] = None
            elif (number - 1, one.index) in grid.covered:
                where = f"{grid.where}, row {number}, column {one.header}"
                words = f"the cell is merged with that of row {grid.covered[number - 1, one.index][0] + 1}"
                needed = "a value of its own in every row"
                problems.add(sheet, number, one.index, Problem(where, words, needed))
            elif (text := cells[one.index]) is not None:
                where = f"{grid.where}, row {number}, column {one.header}"
                yuan = _yuan(text, one.unit or unit, where, sheet, number, problems)
                amounts.setdefault(one.source, {})[one.kind] = yuan
        for source, given in amounts.items():
            sheet.numbers.append(number)
            filled["project"].append(key)
            filled["source"].append(ids[source])
            filled["planned"].append(given.get("planned", "0") or "0")
            # Beside an amount that could not be read the other one says nothing.
            filled["paid"].append(given.get("paid") if given.get("planned", "0") else None)
    sheet.cells = dict(filled)
    return sheet


def _yuan(
    text: str, unit: Unit, where: str, sheet: Sheet, number: int, problems: Problems
) -> str | None:
    try:
        cents = parse_cents(text, unit)
        if cents < 0:
            raise MoneyError(f"'{text}' is negative; needed: 0 or more")
        return format_yuan(cents)
    except MoneyError as error:
        problems.add(sheet, number, 0, Problem(where, str(error)))
        return None
