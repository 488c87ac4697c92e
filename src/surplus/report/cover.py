"""The first sheet: what the plan comes to, and where the leading group (领导小组) signs."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from surplus.report.excel import HEAD, Sheet, letter, tab
from surplus.report.papers import TITLE
from surplus.report.rows import Cell, Table, inline, text

_SIGN = (
    ("Head of the leading group", "领导小组组长"),
    ("Deputy head", "副组长"),
    ("Member", "成员"),
    ("Member", "成员"),
    ("Member", "成员"),
    ("Prepared by", "编制人"),
    ("Checked by", "复核人"),
)
_MADE = {
    "available": ("sources", 3),
    "left": ("sources", 5),
    "moved": ("transfers", 5),
    "unmet": ("gaps", 3),
}
"""Where the sums of the summary are made: table and column."""

_WIDTHS = (32, 30, 16, 16)
_TALL, _LOW = 32, 20


def cover(sheet: Sheet, found: Sequence[Table], lang: str, about: str) -> None:
    """Title, summary with sums taken from the other sheets, digests, signatures."""
    page, width = sheet.sheet, len(_WIDTHS)
    sheet.top(inline(text(TITLE, lang)), about, width)
    for k, wide in enumerate(_WIDTHS):
        page.column_dimensions[letter(k)].width = wide
    by_key = {table.key: table for table in found}
    summary, row = by_key["summary"], HEAD
    for mark, (label, value) in zip(summary.marks, summary.rows, strict=True):
        key, column = _MADE.get(mark, ("", 0))
        made = bool(key and by_key[key].lines)
        _row(sheet, row, label, value, _TALL if lang == "both" else _LOW)
        if made and isinstance(value, Decimal):
            sheet.formula(row, 2, _total_of(by_key[key], column), value)
            page.cell(row, 2).alignment = sheet.style.left
        row += 1
    for _, what, of, digest in by_key["certificate"].rows[:2]:
        _row(sheet, row, f"{of} {what}".replace("\n", " "), digest, _TALL)
        row += 1
    _signatures(sheet, row + 1, lang)
    sheet.printed(landscape=False, titles=0)


def _row(sheet: Sheet, row: int, label: Cell, value: Cell, height: int) -> None:
    """A label, and what it says over all other columns."""
    page, width = sheet.sheet, len(_WIDTHS)
    for k, cell in enumerate((label, value, *(None,) * (width - 2)), 1):
        sheet.put(row, k, cell, head=k == 1).alignment = sheet.style.left
    page.merge_cells(start_row=row, end_row=row, start_column=2, end_column=width)
    page.row_dimensions[row].height = height


def _total_of(table: Table, column: int) -> str:
    """A formula for the total of a column on its own sheet."""
    name = tab(table.name).replace("'", "''")
    return f"='{name}'!{letter(column)}{HEAD + 1 + len(table.lines)}"


def _signatures(sheet: Sheet, row: int, lang: str) -> None:
    page = sheet.sheet
    heads = (
        ("Leading group: signatures", "领导小组签字"),
        ("Name and signature", "姓名及签字"),
        ("Opinion", "意见"),
        ("Date", "日期"),
    )
    page.row_dimensions[row].height = _TALL
    for k, words in enumerate(heads, 1):
        sheet.put(row, k, text(words, lang), head=True)
    for r, who in enumerate(_SIGN, row + 1):
        sheet.put(r, 1, text(who, lang))
        for k in range(2, len(heads) + 1):
            sheet.put(r, k, None)
        page.row_dimensions[r].height = _TALL
    seal = row + len(_SIGN) + 2
    place = inline(text(("Seal of the bureau:", "单位(盖章):"), lang))
    sheet.put(seal, 3, place, lined=False)
    page.merge_cells(start_row=seal, end_row=seal, start_column=3, end_column=len(heads))
