"""Write county_2024.xlsx: the seed county as a county keeps it, GENERATED like seed_county.json itself.

A wide table in 万元 with a title, merged headers, a heading and a subtotal for each category, a total, a
note, a column of remarks, a hidden row; and the sheet of its sources. `python make_county_workbook.py`.
"""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter

HERE = Path(__file__).parent
CATEGORIES = {
    "industry": "产业发展",
    "infrastructure": "基础设施",
    "employment": "就业",
    "housing": "人居环境",
}
LEVELS = {"central": "中央", "province": "自治区", "prefecture": "地区", "county": "县"}
PRICES = {"contract": "合同价", "variations": "变更", "settlement": "结算价", "audited": "审定价",
          "final": "决算价", "other": "二类费"}  # fmt: skip
NUMERALS = "一二三四五六"


def wan(amount: str | None) -> Decimal | None:
    return None if amount is None else Decimal(amount)  # seed_county.json is in 万元


def workbook(document: dict[str, Any], *, formulas: bool = False) -> Workbook:
    """The ledger as a workbook; totals as numbers, or as formulas for a spreadsheet to work out."""
    book = Workbook()
    sheet = book.active
    sheet.title = "项目台账"
    sources = [source["id"] for source in document["sources"]]
    heads = ["序号", "项目编号", "项目名称", "类别", "主管部门", "乡镇", "优先级", *PRICES.values()]
    first = len(heads) + 1
    width = len(heads) + 2 * len(sources) + 1
    day = date.fromisoformat(document["as_of"])
    sheet.append(["某县2024年衔接推进乡村振兴补助资金项目台账"])
    sheet.append(["填报单位:县财政局", *[None] * 5, f"截至{day.year}年{day.month}月{day.day}日"])
    sheet.cell(2, width).value = "单位:万元"
    beside = [None] * (len(sources) - 1)
    sheet.append([*heads, "计划投资", *beside, "已支付", *beside, "备注"])
    sheet.append([*[None] * len(heads), *sources, *sources])
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=width)
    for column in (*range(1, first), width):
        sheet.merge_cells(start_row=3, end_row=4, start_column=column, end_column=column)
    for column in (first, first + len(sources)):
        sheet.merge_cells(
            start_row=3, end_row=3, start_column=column, end_column=column + len(sources) - 1
        )
    amounts = range(8, width)
    blocks: list[tuple[int, int]] = []
    number = 0
    for k, (category, name) in enumerate(CATEGORIES.items()):
        sheet.append([NUMERALS[k], name])
        start = sheet.max_row + 1
        for project in (p for p in document["projects"] if p["category"] == category):
            number += 1
            held = {one["source"]: one for one in project["funding"]}
            remark = "已完工" if project["price"].get("final") else None
            sheet.append(
                [
                    number, project["id"], project.get("name"), name, project.get("department"),
                    project.get("township"), int(project.get("priority") or 1),
                    *(wan(project["price"].get(price)) for price in PRICES),
                    *(wan(held[s]["planned"]) if s in held else None for s in sources),
                    *(wan(held[s].get("paid")) if s in held else None for s in sources),
                    remark,
                ]
            )  # fmt: skip
        blocks.append((start, sheet.max_row))
        _sum(sheet, "小计", amounts, blocks[-1:], formulas)
    _sum(sheet, "合计", amounts, blocks, formulas)
    sheet.append(["注:本表为示例,项目为生成数据;金额保留至分。"])
    sheet.row_dimensions[blocks[0][0] + 1].hidden = True
    _dress(sheet, width)
    _sources(book, document)
    return book


def _sum(
    sheet: Any, word: str, amounts: range, blocks: list[tuple[int, int]], formulas: bool
) -> None:
    row = sheet.max_row + 1
    sheet.cell(row, 1).value = word
    for column in amounts:
        if formulas:
            letter = get_column_letter(column)
            parts = ",".join(f"{letter}{a}:{letter}{b}" for a, b in blocks)
            sheet.cell(row, column).value = f"=SUM({parts})"
        else:
            cells = [sheet.cell(r, column).value for a, b in blocks for r in range(a, b + 1)]
            sheet.cell(row, column).value = sum((cell for cell in cells if cell), Decimal(0))


def _dress(sheet: Any, width: int) -> None:
    """Fonts, borders and widths, as an office would have them."""
    side = Side(style="thin", color="999999")
    for row in sheet.iter_rows(min_row=3, max_row=sheet.max_row - 1, max_col=width):
        for cell in row:
            cell.border = Border(side, side, side, side)
            if isinstance(cell.value, Decimal) or str(cell.value).startswith("="):
                cell.number_format = "#,##0.00####"
    for row in (1, 3, 4):
        for cell in sheet[row]:
            cell.font = Font(bold=True, size=16 if row == 1 else 11)
            cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    sheet.column_dimensions["C"].width = 24
    sheet.freeze_panes = "D5"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A3


def _sources(book: Workbook, document: dict[str, Any]) -> None:
    sheet = book.create_sheet("资金来源")
    sheet.append(
        ["来源编号", "来源名称", "级次", "年度", "初次安排日", "到期日", "待分配(元)", "备注"]
    )
    for source in document["sources"]:
        days = [source.get(key) for key in ("first_budgeted", "expires")]
        sheet.append(
            [
                source["id"], source.get("name"), LEVELS[source["level"]], source.get("year"),
                *(None if day is None else datetime.fromisoformat(day) for day in days),
                Decimal(source.get("unallocated") or "0") * 10_000,
            ]
        )  # fmt: skip


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "county_2024.xlsx"
    workbook(json.loads((HERE / "seed_county.json").read_text("utf-8"))).save(out)
