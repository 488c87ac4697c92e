"""The rows below the headers: items, and what else stands there (headings, totals, examples, notes)."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from surplus.io.headers import Column, is_total, plain
from surplus.io.workbook.grid import Grid
from surplus.money import MoneyError, format_yuan, parse_cents

_log = logging.getLogger(__name__)

NOTES = {
    plain(text)
    for text in (
        "序号", "编号顺序", "备注", "说明", "填写说明", "填表说明", "使用说明", "合计", "小计",
        "No.", "No", "#", "remark", "remarks", "note", "notes", "instructions", "readme", "total", "subtotal",
        "联系电话", "电话", "受益户数", "受益人数", "受益人口", "带动户数", "年限", "phone", "households",
    )
}  # fmt: skip
"""Names of columns and sheets that hold remarks, and sums of others."""
EXAMPLES = ("【示例】", "[example]")
"""What the key of a template's example begins with."""
_SECTION = re.compile(r"[((]?[一二三四五六七八九十百]{1,4}[))]?[、..]?")
_HEADING = re.compile(r"[((]?[一二三四五六七八九十百]{1,4}[))、..].+")
_SUM = re.compile(r".*(合计|小计|总计)[::]?")
_GRAND = {"合计", "总计", "共计", "总合计", "合计数", "total", "grandtotal", "totals"}
_DAY = re.compile(
    r"(?:截至|截止|as of|as at)\D{0,8}?([12][0-9]{3})\s*[-年/.]\s*([0-9]{1,2})\s*[-月/.]\s*([0-9]{1,2})",
    re.IGNORECASE,
)


Rows = list[tuple[int, Sequence[str | None]]]
"""Rows that hold items: number, as a spreadsheet counts, and cells."""


def body(grid: Grid, row: int, columns: Mapping[str, Column], key: str) -> Rows:
    """Tell items from all else; what is left out is logged, and totals are added up again.

    Args:
        grid: The sheet.
        row: Of the headers.
        columns: Those that are read, by path.
        key: Path of the column that names an item.
    """
    used = sorted({column.index for column in columns.values()})
    named = columns[key].index if key in columns else used[0] if used else 0
    numbered = _counted(grid, row, used)
    headers = grid.merged[row]
    items: Rows = []
    totals: Rows = []
    for r in range(row + 1, len(grid.rows)):
        cells = grid.rows[r]
        full = [cells[i] for i in used if cells[i]]
        first = next((text for text in cells if text), "")
        what = ""
        if not full and not any((r, i) in grid.errors for i in used):
            what = "a note" if first else "nothing"
        elif first.casefold().startswith(EXAMPLES) or (cells[named] or "").casefold().startswith(
            EXAMPLES
        ):
            what = "the example of the template"
        elif _is_sum(first) or any(is_total(text) for text in full[:2] if text):
            what = f"a row of totals ('{first}')"
            totals.append((r + 1, cells))
        elif sum(cells[i] == headers[i] for i in used if headers[i]) * 2 > len(used):
            what = "a row of headers"
        elif numbered and (_SECTION.fullmatch(first) or _HEADING.fullmatch(first)):
            what = f"a heading ('{first}')"
        elif len([text for text in cells if text]) == 1 and len(used) > 2 and len(first) > 6:
            what = "a note"
        if not what:
            items.append((r + 1, cells))
        elif what != "nothing":
            _log.warning("%s, row %d: %s is left out", grid.where, r + 1, what)
    _ensure_totals(grid, columns, items, totals)
    return items


def _is_sum(text: str) -> bool:
    return is_total(text) or (len(text) <= 24 and _SUM.fullmatch(text) is not None)


def _counted(grid: Grid, row: int, used: Sequence[int]) -> bool:
    """Whether items are numbered 1, 2, 3 in a first column that is not read: 一、二 are headings then."""
    for c in range(len(grid.merged[row])):
        texts = [text for cells in grid.rows[row + 1 :] if (text := cells[c])]
        if texts:
            return c not in used and any(text.isdigit() for text in texts)
    return False


def _ensure_totals(
    grid: Grid,
    columns: Mapping[str, Column],
    items: Rows,
    totals: Rows,
) -> None:
    """Say where a total of all is not the sum of the rows."""
    for number, cells in totals:
        if plain(next((text for text in cells if text), "")).strip(":") not in _GRAND:
            continue
        for column in columns.values():
            text = cells[column.index]
            if column.kind != "amount" or text is None:
                continue
            try:
                stated = parse_cents(text, column.unit)
                found = sum(
                    parse_cents(amount, column.unit)
                    for _, row in items
                    if (amount := row[column.index]) is not None
                )
            except MoneyError:
                continue
            if stated != found:
                _log.warning(
                    "%s, row %d, column %s: the total is stated as %s yuan, the rows add up to %s",
                    grid.where, number, column.header, format_yuan(stated), format_yuan(found),
                )  # fmt: skip


def day_of(grid: Grid, row: int) -> Iterator[str]:
    """The days that titles and notes say the sheet is as of."""
    for r, cells in enumerate(grid.rows):
        texts = [text for text in cells if text]
        if r < row or len(texts) <= 2:
            for match in _DAY.finditer(" ".join(texts)):
                try:
                    yield date(*map(int, match.groups())).isoformat()
                except ValueError:
                    _log.warning(
                        "%s, row %d: '%s' names no day of the calendar; it is left out",
                        grid.where, r + 1, match[0],
                    )  # fmt: skip
