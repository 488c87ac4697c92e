"""The plan as a workbook (资金调整方案): a cover to sign, a sheet per table, totals as formulas, A4."""

from __future__ import annotations

import io
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surplus.errors import SurplusError
from surplus.io.files import write_atomically
from surplus.ledger import Ledger
from surplus.plan.data import Plan
from surplus.policy import Policy
from surplus.report.papers import TITLE, tables
from surplus.report.rows import Cell, Table, inline, text
from surplus.report.steady import steady

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MOST_ROWS = 20_000
"""Rows of a sheet at most; the others are added up in one row, so that totals stay those of the plan."""

HEAD = 3
"""The row of the columns' names: a title and a line about units stand above."""

_DAY = datetime(2000, 1, 1)
_UNSEEN = (*range(9), 11, 12, *range(14, 32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
_ILLEGAL = dict.fromkeys(_UNSEEN)
_RISKY = ("=", "+", "-", "@")
_WIDEST, _NARROWEST, _PAGE, _LINE = 44, 9, 150, 14


def to_excel(
    plan: Plan, ledger: Ledger, policy: Policy, path: str | Path, lang: str = "zh"
) -> None:
    """Write the workbook in Chinese (`zh`), English (`en`) or `both`; equal plans give equal bytes.

    Raises:
        SurplusError: When openpyxl (extra `excel`) is not installed, or for another language.
        OSError: When the file cannot be written; an old one is untouched then.
    """
    try:
        from openpyxl import Workbook  # noqa: PLC0415 - an extra
    except ImportError:
        raise SurplusError("writing .xlsx needs openpyxl: pip install 'surplus[excel]'") from None
    from surplus.report.cover import cover  # noqa: PLC0415

    found = tables(plan, ledger, policy, lang, most=MOST_ROWS)
    book = Workbook()
    book.remove(book.active)
    sheets = [Sheet(book.create_sheet(tab(table.name)), Styles(lang)) for table in found]
    about = _about(ledger, lang)
    for sheet, table in zip(sheets[1:], found[1:], strict=True):
        sheet.fill(table, text(TITLE, lang), about)
    cover(sheets[0], found, lang, about)
    book.properties.creator = "surplus"
    book.properties.title = f"{inline(text(TITLE, lang))} {ledger.name or ''}".translate(_ILLEGAL)
    book.properties.created = book.properties.modified = _DAY
    raw = io.BytesIO()
    book.save(raw)
    write_atomically(path, steady(raw.getvalue(), [sheet.known for sheet in sheets]))


def tab(name: str) -> str:
    """The name of a table's sheet."""
    return inline(name)


def _about(ledger: Ledger, lang: str) -> str:
    """What stands above every table: whose, as of when, in which unit."""
    parts = [ledger.name or ""]
    if ledger.as_of is not None:
        parts.append(f"{inline(text(('as of', '截至'), lang))} {ledger.as_of}")
    parts.append(inline(text(("amounts in yuan", "单位:元"), lang)))
    return "    ".join(filter(None, parts))


@dataclass(frozen=True)
class Styles:
    """Fonts, fills and lines of a language, made once."""

    lang: str

    def font(self, **kind: Any) -> Any:
        """A font that has the language's glyphs."""
        from openpyxl.styles import Font  # noqa: PLC0415

        return Font(name="Calibri" if self.lang == "en" else "宋体", **kind)

    @cached_property
    def plain(self) -> Any:
        """Of cells."""
        return self.font(size=10)

    @cached_property
    def bold(self) -> Any:
        """Of heads and totals."""
        return self.font(size=10, bold=True)

    @cached_property
    def title(self) -> Any:
        """Of a sheet's title."""
        return self.font(size=16, bold=True)

    @cached_property
    def shade(self) -> Any:
        """Behind heads."""
        from openpyxl.styles import PatternFill  # noqa: PLC0415

        return PatternFill("solid", fgColor="DDE6F0")

    @cached_property
    def box(self) -> Any:
        """Thin lines around a cell."""
        from openpyxl.styles import Border, Side  # noqa: PLC0415

        line = Side(style="thin", color="808080")
        return Border(left=line, right=line, top=line, bottom=line)

    def align(self, horizontal: str | None = None) -> Any:
        """Wrapped and centred vertically."""
        from openpyxl.styles import Alignment  # noqa: PLC0415

        return Alignment(horizontal=horizontal, vertical="center", wrap_text=True)

    @cached_property
    def left(self) -> Any:
        """Of texts."""
        return self.align("left")

    @cached_property
    def right(self) -> Any:
        """Of numbers."""
        return self.align("right")

    @cached_property
    def middle(self) -> Any:
        """Of heads."""
        return self.align("center")


class Sheet:
    """A sheet that is being filled; `known` are the values of its formulas, by cell."""

    def __init__(self, sheet: Worksheet, style: Styles) -> None:
        self.sheet, self.style = sheet, style
        self.known: dict[str, Decimal] = {}
        self._kinds: dict[tuple[str, bool, bool], Any] = {}

    def fill(self, table: Table, paper: str, about: str) -> None:
        """Title, unit, head, rows, total, and how it is printed."""
        sheet, width = self.sheet, len(table.head)
        self.top(f"{inline(paper)}:{inline(table.name)}", about, width)
        widths = _widths(table)
        for r, row in enumerate((table.head, *table.lines), HEAD):
            for k, value in enumerate(row, 1):
                self.put(r, k, value, head=r == HEAD)
            sheet.row_dimensions[r].height = _height(row, widths)
        if table.total and table.lines:
            self._total(table)
        for k, wide in enumerate(widths):
            sheet.column_dimensions[letter(k)].width = wide
        named = table.key in ("projects", "adjustments", "balances", "gaps")
        sheet.freeze_panes = f"{'C' if named else 'A'}{HEAD + 1}"
        sheet.auto_filter.ref = f"A{HEAD}:{letter(width - 1)}{HEAD + max(1, len(table.lines))}"
        self.printed(landscape=True, titles=HEAD)

    def top(self, title: str, about: str, width: int) -> None:
        """The title, and the line below it."""
        style = self.style
        for row, words, font, height in ((1, title, style.title, 30), (2, about, style.plain, 18)):
            cell = self.put(row, 1, words, lined=False)
            cell.font, cell.alignment = font, style.middle
            self.sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=width)
            self.sheet.row_dimensions[row].height = height

    def _total(self, table: Table) -> None:
        last = HEAD + len(table.lines)
        words = inline(text(("total", "合计"), self.style.lang))
        for k in range(len(table.head)):
            self.put(last + 1, k + 1, words if k == 0 else None, head=True)
        for k, total in table.sums().items():
            self.formula(last + 1, k + 1, f"=SUM({letter(k)}{HEAD + 1}:{letter(k)}{last})", total)

    def formula(self, row: int, column: int, formula: str, value: Decimal) -> None:
        """A formula of ours, with the exact value that it comes to."""
        cell = self.put(row, column, Decimal(0), head=True)
        cell.value = formula
        cell.alignment = self.style.right
        self.known[cell.coordinate] = value

    def put(
        self, row: int, column: int, value: Cell, *, head: bool = False, lined: bool = True
    ) -> Any:
        """A number as a number; a text always as a text, also one that looks like a formula."""
        cell = self.sheet.cell(row, column)
        kind = (_format(value), head, lined)
        if kind in self._kinds:
            cell._style = copy(self._kinds[kind])  # to set every property takes ten times as long
        else:
            self._dress(cell, *kind)
            self._kinds[kind] = copy(cell._style)
        if isinstance(value, str):
            words = value.translate(_ILLEGAL)
            cell.value = words
            cell.data_type = "s"
            if words[:1] in _RISKY:
                cell.quotePrefix = True
        elif value is not None:
            cell.value = value
        return cell

    def _dress(self, cell: Any, shape: str, head: bool, lined: bool) -> None:
        """How a cell looks; `shape` is the format of its number, '' for a text."""
        style = self.style
        if shape:
            cell.number_format = shape
        cell.font = style.bold if head else style.plain
        cell.alignment = style.right if shape else style.middle if head else style.left
        if lined:
            cell.border = style.box
        if head:
            cell.fill = style.shade

    def printed(self, *, landscape: bool, titles: int) -> None:
        """A4, one page wide, the first rows on every page, page numbers at the foot."""
        sheet = self.sheet
        sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
        sheet.page_setup.orientation = "landscape" if landscape else "portrait"
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.print_options.horizontalCentered = True
        margins = sheet.page_margins
        margins.left = margins.right = margins.top = 0.5
        margins.bottom = 0.7
        if titles:
            sheet.print_title_rows = f"1:{titles}"
        sheet.oddFooter.center.text = "&P / &N"


def letter(column: int) -> str:
    """The letters of a column, counted from 0."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    letters: str = get_column_letter(column + 1)
    return letters


def _format(value: Cell) -> str:
    """How a number is shown; '' for a text."""
    if isinstance(value, Decimal):
        return "#,##0.00" if value == round(value, 2) else "#,##0.00######"
    return "#,##0" if isinstance(value, int) else ""


def _widths(table: Table) -> list[float]:
    """Wide enough for the numbers; texts share what a page has beside them, and are wrapped."""
    natural = [_natural(table, k) for k in range(len(table.head))]
    texts = [k for k in range(len(natural)) if not table.numbers(k)]
    wanted = sum(natural[k] for k in texts)
    share = max(0.0, min(1.0, (_PAGE - sum(natural) + wanted) / wanted)) if wanted else 1.0
    for k in texts:
        natural[k] = max(min(natural[k], 12.0), natural[k] * share)
    return natural


def _natural(table: Table, k: int) -> float:
    widest = max((_length(row[k]) for row in table.lines[:500]), default=0)
    if k in table.total:
        widest = max(widest, _length(table.sums()[k]) + 2)
    head = _length(table.head[k])
    return min(_WIDEST, max(widest + 2, min(head + 2, 16), _NARROWEST))


def _height(row: Sequence[Cell], widths: Sequence[float]) -> float:
    """High enough for the texts as they are wrapped."""
    lines = [
        sum(
            -(-max(1, _length(line)) // max(1, int(wide * 1.1 - 1)))
            for line in str(cell).split("\n")
        )
        for cell, wide in zip(row, widths, strict=True)
        if isinstance(cell, str)
    ]
    return _LINE * max(lines, default=1) + 2


def _length(cell: Cell) -> int:
    if isinstance(cell, (int, Decimal)):
        return len(f"{cell:,.2f}")
    lines = str(cell or "").split("\n")
    return max(sum(2 if ord(c) > 0x2E80 else 1 for c in line) for line in lines)
