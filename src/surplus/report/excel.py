"""The plan as a workbook (资金调整方案): one sheet per table, totals as formulas, ready to print."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surplus.errors import SurplusError
from surplus.io.files import write_atomically
from surplus.ledger import Ledger
from surplus.plan.data import Plan
from surplus.policy import Policy
from surplus.report.papers import tables
from surplus.report.rows import Table

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_DAY = datetime(2000, 1, 1)
_ILLEGAL = {i: None for i in range(32) if i not in (9, 10, 13)}
_WIDEST = 60


def to_excel(
    plan: Plan, ledger: Ledger, policy: Policy, path: str | Path, lang: str = "zh"
) -> None:
    """Write the workbook; equal plans give equal bytes.

    Raises:
        SurplusError: When openpyxl (extra `excel`) is not installed.
        OSError: When the file cannot be written; an old one is untouched then.
    """
    try:
        from openpyxl import Workbook  # noqa: PLC0415 - an extra
    except ImportError:
        raise SurplusError("writing .xlsx needs openpyxl: pip install 'surplus[excel]'") from None
    book = Workbook()
    book.remove(book.active)
    for table in tables(plan, ledger, policy, lang):
        _sheet(book.create_sheet(table.name), table, "合计" if lang == "zh" else "total")
    book.properties.creator = "surplus"
    book.properties.created = book.properties.modified = _DAY
    raw = io.BytesIO()
    book.save(raw)
    write_atomically(path, _steady(raw.getvalue()))


def _sheet(sheet: Worksheet, table: Table, total: str) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    bold, fill = Font(bold=True), PatternFill("solid", fgColor="DDE6F0")
    for k, text in enumerate(table.head, 1):
        cell = sheet.cell(1, k)
        _put(cell, text)
        cell.font, cell.fill = bold, fill
        cell.alignment = Alignment(wrap_text=True, vertical="center")
    for r, row in enumerate(table.rows, 2):
        for k, value in enumerate(row, 1):
            _put(sheet.cell(r, k), value)
    last = len(table.rows) + 1
    if table.total and table.rows:
        _put(sheet.cell(last + 1, 1), total)
        sheet.cell(last + 1, 1).font = bold
        for k in table.total:
            letter = get_column_letter(k + 1)
            cell = sheet.cell(last + 1, k + 1, f"=SUM({letter}2:{letter}{last})")
            cell.number_format, cell.font = "#,##0.00", bold
    for k in range(1, len(table.head) + 1):
        texts = [table.head[k - 1], *(str(row[k - 1] or "") for row in table.rows[:500])]
        width = max(sum(2 if ord(c) > 0x2E80 else 1 for c in text) for text in texts)
        sheet.column_dimensions[get_column_letter(k)].width = min(_WIDEST, width + 3)
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.paperSize, sheet.page_setup.orientation = sheet.PAPERSIZE_A4, "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "&P / &N"


def _put(cell: Any, value: object) -> None:
    """A number as a number; a text always as a text, also one that looks like a formula."""
    if value is None:
        return
    if isinstance(value, str):
        cell.value = value.translate(_ILLEGAL)
        cell.data_type = "s"
        cell.quotePrefix = value[:1] in tuple("=+-@")
        return
    cell.value = value
    if isinstance(value, Decimal):
        cell.number_format = "#,##0.00"


def _digits(match: re.Match[bytes]) -> bytes:
    """The digits that were meant: openpyxl writes 16, which shows the float's noise; Excel keeps 15."""
    return b"<v>%s</v>" % format(float(match[1]), ".15g").encode()


def _steady(raw: bytes) -> bytes:
    """The same archive without the time of its making, and with amounts to the cent."""
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as old,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in sorted(old.infolist(), key=lambda entry: entry.filename):
            data = old.read(entry)
            if entry.filename == "docProps/core.xml":
                begin, end = data.find(b"<dcterms:modified"), data.find(b"</dcterms:modified>")
                if 0 <= begin < end:
                    data = data[:begin] + data[end + len(b"</dcterms:modified>") :]
            if entry.filename.startswith("xl/worksheets/"):
                data = re.sub(rb"<v>(-?[0-9]+\.[0-9]+)</v>", _digits, data)
            info = zipfile.ZipInfo(entry.filename, date_time=(2000, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, data)
    return result.getvalue()
