"""A workbook to fill in: drop-downs, units, a note at every header, and an example in each table."""

# ruff: noqa: E501 - words of two languages side by side

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from surplus.errors import SurplusError
from surplus.io.headers import TABLES, Field

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_LAST = 5_000
"""The last row to which drop-downs and checks reach."""
_LEVELS = {"zh": ("中央", "省", "市", "县"), "en": ("central", "province", "prefecture", "county")}
_SHEETS = {
    "zh": {"sources": "资金来源", "projects": "项目", "funding": "资金安排", "help": "填写说明"},
    "en": {
        "sources": "Sources",
        "projects": "Projects",
        "funding": "Funding",
        "help": "Instructions",
    },
}
_CATEGORIES = {
    "zh": ("产业发展", "基础设施", "公共服务", "住房安全", "就业", "其他"),
    "en": ("industry", "infrastructure", "services", "housing", "employment", "other"),
}
NOTES: Mapping[str, tuple[str, str]] = {
    "sources.id": ("A short name, each only once; other sheets refer to it.", "简短且不重复的编号;其他表按此引用。"),
    "sources.name": ("The full name; may be left empty.", "资金全称,可不填。"),
    "sources.level": ("Level of government.", "资金级次。"),
    "sources.year": ("Budget year, four digits.", "预算年度,四位数字。"),
    "sources.first_budgeted": ("Day on which the money was first budgeted.", "初次安排预算的日期。"),
    "sources.expires": ("Last day on which it may be used.", "可使用的最后一日。"),
    "sources.unallocated": ("Money that no project holds yet.", "尚未分配到项目的资金。"),
    "projects.id": ("A number or name, each only once.", "项目编号,不得重复。"),
    "projects.name": ("May be left empty.", "项目名称,可不填。"),
    "projects.category": ("Choose, or write another one.", "可从列表选择,也可另填。"),
    "projects.department": ("Department in charge.", "主管部门。"),
    "projects.township": ("Township.", "所在乡镇。"),
    "projects.priority": ("Weight of a gap, 1 if empty; higher is more urgent.", "缺口权重,不填为 1,越大越优先。"),
    "projects.price.estimate": ("Approved estimate.", "批复概算。"),
    "projects.price.contract": ("Signed contract price.", "合同价(中标签约价)。"),
    "projects.price.variations": ("Approved changes; may be negative.", "已批准的变更签证,可为负。"),
    "projects.price.settlement": ("The contractor's settlement claim.", "送审结算价。"),
    "projects.price.audited": ("Settlement as audited.", "审定价。"),
    "projects.price.final": ("Final account of the whole project.", "竣工财务决算价。"),
    "projects.price.other": ("Other costs beside the works.", "二类费用。"),
    "projects.claims": ("Claims that are still open: kept back.", "尚未了结的索赔,予以预留。"),
    "projects.cap": ("Most public money that it may have.", "财政资金上限。"),
    "funding.project": ("Of the sheet of projects.", "项目表中的编号。"),
    "funding.source": ("Of the sheet of sources.", "资金来源表中的编号。"),
    "funding.planned": ("Planned investment of this source.", "该来源的计划投资(下达资金)。"),
    "funding.paid": ("Of this paid out so far; empty means nothing.", "其中已支付;不填为 0。"),
}  # fmt: skip
"""What each column means, in English and Chinese."""
_EXAMPLE: Mapping[str, Any] = {
    "name": ("灌溉渠", "irrigation canal"), "category": ("基础设施", "infrastructure"),
    "department": ("水利局", "Water"), "township": ("城关镇", "Chengguan"), "priority": 1,
    "price.contract": 95, "price.settlement": 94.5, "planned": 100, "paid": 40,
    "source": ("中央", "central"), "level": ("中央", "central"), "year": 2024,
}  # fmt: skip
_HELP = {
    "zh": (
        "填写说明",
        "1. 每个项目填一行。编号以【示例】开头的行是示例,填写时请删除;如保留,读取时会跳过并提示。",
        "2. 金额单位见表头。空白表示“不知道”,0 表示零,两者不同。",
        "3. 价格只填已有的:概算、合同价、变更、结算价、审定价、决算价,越靠后越优先采用。",
        "4. 宽表中每个资金来源一列;需要更多来源时,在“计划投资”和“已支付”下各插入一列,并在资金来源表中加一行。",
        "5. 表头名称可以不改;备注列不读取。请勿合并数据区的单元格。",
        "6. 填好后运行:surplus audit 本文件;surplus plan 本文件 --policy policy.toml -o out/",
    ),
    "en": (
        "How to fill this in",
        "1. One row for each project. Rows whose id begins with [Example] are examples: delete them; if "
        "they stay, they are left out, and that is said.",
        "2. The unit of amounts stands in the header. An empty cell means 'not known'; 0 means zero.",
        "3. Give the prices that are known: of estimate, contract, variations, settlement, audited and "
        "final price the later one counts.",
        "4. In the wide layout each source has a column; for a further one insert a column under planned "
        "and under paid, and add a row to the sheet of sources.",
        "5. Headers may stay as they are; a column of remarks is not read. Do not merge cells of data.",
        "6. Then run: surplus audit THIS FILE; surplus plan THIS FILE --policy policy.toml -o out/",
    ),
}


def workbook_template(lang: str = "zh", layout: str = "wide") -> bytes:
    """The workbook as bytes.

    Raises:
        SurplusError: When openpyxl (extra `excel`) is not installed.
    """
    try:
        from openpyxl import Workbook  # noqa: PLC0415 - an extra
    except ImportError:
        raise SurplusError("writing .xlsx needs openpyxl: pip install 'surplus[excel]'") from None
    book = Workbook()
    book.remove(book.active)
    names = _SHEETS[lang]
    wide = layout == "wide"
    order = ("projects", "sources") if wide else ("sources", "projects", "funding")
    for table in order:
        sheet = book.create_sheet(names[table])
        fields = list(TABLES[table])
        groups = _LEVELS[lang] if wide and table == "projects" else ()
        _headers(sheet, table, fields, groups, lang)
        first = 5 if groups else 4
        _examples(sheet, table, fields, first, groups, lang)
        _checks(sheet, table, fields, first, groups, lang)
        sheet.freeze_panes = f"C{first}" if table == "projects" else f"A{first}"
        sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet = book.create_sheet(names["help"])
    for line in _HELP[lang]:
        sheet.append([line])
    sheet.column_dimensions["A"].width = 100
    raw = io.BytesIO()
    book.save(raw)
    return raw.getvalue()


def _word(lang: str, english: str, chinese: str) -> str:
    return chinese if lang == "zh" else english


def _head(field: Field, lang: str) -> str:
    name = field.chinese[0] if lang == "zh" else field.name.replace("_", " ")
    return name + (_word(lang, " (yuan)", "(万元)") if field.kind == "amount" else "")


def _headers(
    sheet: Worksheet, table: str, fields: Sequence[Field], groups: Sequence[str], lang: str
) -> None:
    """Title, day, and one row of headers, or two where sources stand below planned and paid."""
    from openpyxl.comments import Comment  # noqa: PLC0415
    from openpyxl.styles import Alignment, Font, PatternFill  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    bold, fill = Font(bold=True), PatternFill("solid", fgColor="DDE6F0")
    center = Alignment(horizontal="center", vertical="center", wrap_text=True)
    sheet["A1"] = _word(lang, f"Ledger: {sheet.title}", f"资金台账:{sheet.title}")
    sheet["A1"].font = Font(bold=True, size=14)
    if table == "projects":
        sheet["A2"], sheet["B2"].number_format = _word(lang, "as of", "截至日期"), "yyyy-mm-dd"
    heads: list[tuple[str, str, str]] = [(_head(f, lang), f"{table}.{f.path}", "") for f in fields]
    for field in TABLES["funding"][2:] if groups else ():
        heads += [(_head(field, lang), f"funding.{field.path}", level) for level in groups]
    heads.append((_word(lang, "remarks", "备注"), "", ""))
    last = 4 if groups else 3
    previous = ""
    for k, (head, note, below) in enumerate(heads, 1):
        for row, text in ((3, head), (last, below or head)):
            cell = sheet.cell(row, k)
            cell.font, cell.fill, cell.alignment = bold, fill, center
            if row == 3 or below:
                cell.value = text if below == "" or row == last or head != previous else None
        if note:
            words = _word(lang, *NOTES[note])
            sheet.cell(last if below else 3, k).comment = Comment(words, "surplus")
        previous = head
        sheet.column_dimensions[get_column_letter(k)].width = 16
    if groups:
        size = len(fields)
        for k in (*range(1, size + 1), len(heads)):
            sheet.merge_cells(start_row=3, end_row=4, start_column=k, end_column=k)
        for k in range(size + 1, len(heads), len(groups)):
            sheet.merge_cells(
                start_row=3, end_row=3, start_column=k, end_column=k + len(groups) - 1
            )


def _examples(
    sheet: Worksheet,
    table: str,
    fields: Sequence[Field],
    first: int,
    groups: Sequence[str],
    lang: str,
) -> None:
    """One example; of sources, in the wide layout too, the rows that its columns name."""
    from openpyxl.styles import Font  # noqa: PLC0415

    mark = _word(lang, "[Example] ", "【示例】")
    keys = [f.path for f in fields if f.required and f.kind == "text"]
    if table == "sources":
        for row, level in enumerate(_LEVELS[lang], first):
            sheet.cell(row, 1).value = level
            sheet.cell(row, 3).value = level
        return
    for k, field in enumerate(fields, 1):
        value = _EXAMPLE.get(field.path)
        if isinstance(value, tuple):
            value = value[lang != "zh"]
        if field.path == keys[0]:
            value = f"{mark}P001"
        if isinstance(value, (int, float)) and field.kind == "amount" and lang != "zh":
            value *= 10_000
        sheet.cell(first, k).value = value
        sheet.cell(first, k).font = Font(italic=True, color="808080")
    for k, amount in enumerate([100, None, None, 20, 40, None, None, 0] if groups else []):
        cell = sheet.cell(first, len(fields) + 1 + k)
        cell.value = amount if amount is None or lang == "zh" else amount * 10_000
        cell.font = Font(italic=True, color="808080")


def _checks(
    sheet: Worksheet,
    table: str,
    fields: Sequence[Field],
    first: int,
    groups: Sequence[str],
    lang: str,
) -> None:
    """Drop-downs, and what a cell may hold."""
    from openpyxl.utils import get_column_letter  # noqa: PLC0415
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415

    paths = [(f.path, f.kind) for f in fields]
    paths += [(f.path, "amount") for f in TABLES["funding"][2:] for _ in groups]
    for k, (path, kind) in enumerate(paths, 1):
        found = _check(path, kind, table, lang)
        if found is None:
            continue
        check = DataValidation(allow_blank=True, **found)
        check.errorTitle = check.promptTitle = None
        check.error = _word(
            lang, "Not what this column holds: see its note.", "与本列要求不符,请看表头批注。"
        )
        check.showErrorMessage = path not in ("category", "level")
        letter = get_column_letter(k)
        check.add(f"{letter}{first}:{letter}{_LAST}")
        sheet.add_data_validation(check)
        if kind in ("amount", "day"):
            shape = "yyyy-mm-dd" if kind == "day" else "#,##0.00####"
            for row in range(first, first + 200):
                sheet.cell(row, k).number_format = shape
    if table == "projects":
        day = DataValidation(
            type="date", operator="greaterThan", formula1="36526", allow_blank=True
        )
        day.add("B2")
        sheet.add_data_validation(day)


def _check(path: str, kind: str, table: str, lang: str) -> dict[str, Any] | None:
    names = _SHEETS[lang]
    if path == "level":
        return {"type": "list", "formula1": f'"{",".join(_LEVELS[lang])}"'}
    if path == "category":
        return {"type": "list", "formula1": f'"{",".join(_CATEGORIES[lang])}"'}
    if table == "funding" and path in ("project", "source"):
        return {"type": "list", "formula1": f"'{names[path + 's']}'!$A$4:$A${_LAST}"}
    if kind == "amount":
        least = "-1000000000000" if path == "price.variations" else "0"
        return {"type": "decimal", "operator": "greaterThanOrEqual", "formula1": least}
    if kind == "day":
        return {"type": "date", "operator": "greaterThan", "formula1": "36526"}
    if kind == "whole":
        return {"type": "whole", "operator": "between", "formula1": "1900", "formula2": "2200"}
    if kind == "weight":
        return {"type": "decimal", "operator": "greaterThanOrEqual", "formula1": "0"}
    return None
