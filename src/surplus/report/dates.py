"""Dates and money as tables: the calendar, money that dies, progress in the year."""

from __future__ import annotations

import json
from fractions import Fraction

from surplus.answers.calendar import Calendar
from surplus.answers.dying import Dying
from surplus.answers.progress import Progress, ProgressRow
from surplus.plan.data import decimal
from surplus.report.rows import Block, Cell, Table, Words, yuan

_MOST = 10


def dated(calendar: Calendar, dying: Dying, lang: str) -> tuple[Block, ...]:
    """The calendar and the money that dies: what `surplus calendar` shows."""
    return calendar.text(lang), dying_table(dying, Words(lang))


def dated_json(calendar: Calendar, dying: Dying) -> str:
    """Both as one document."""
    both = json.loads(calendar.to_json()) | {"dying": json.loads(dying.to_json())["dying"]}
    return json.dumps(both, ensure_ascii=False, indent=2)


def paced(progress: Progress, lang: str) -> tuple[Block, ...]:
    """Progress and the largest candidates: what `surplus progress` shows."""
    word = Words(lang)
    if len(progress.at):
        return progress_table(progress, word), candidates_table(progress, word, _MOST)
    return (progress_table(progress, word),)


def calendar_table(calendar: Calendar, word: Words) -> Table:
    """What is due when."""
    rows = tuple((r.date.isoformat(), r.title(word.lang), r.note(word.lang)) for r in calendar.rows)
    head = (word("date", "日期"), word("what", "事项"), word("note", "说明"))
    return Table(word("Calendar", "日程"), head, rows, key="calendar")


def dying_table(dying: Dying, word: Words) -> Table:
    """Undrawn money by date, and what becomes of it."""
    rows = tuple(
        (
            "" if r.date is None else r.date.isoformat(),
            r.days,
            r.source,
            r.name or "",
            yuan(r.undrawn),
            yuan(r.surplus),
            yuan(r.moved),
            yuan(r.left),
            r.sentence(word.lang),
        )
        for r in dying.rows
    )
    head = (
        word("date", "截止日期"), word("days left", "剩余天数"), word("source", "资金来源"),
        word("name", "名称"), word("undrawn", "未支付"), word("surplus", "可统筹"),
        word("moved", "已调剂"), word("left", "剩余"), word("what becomes of it", "处理"),
    )  # fmt: skip
    return Table(word("Money dying", "到期资金"), head, rows, (4, 5, 6, 7), key="dying")


def progress_table(progress: Progress, word: Words) -> Table:
    """Payment rate against time elapsed, by source and in all."""

    def cells(row: ProgressRow) -> tuple[Cell, ...]:
        return (
            word("all", "合计") if row.source is None else row.source,
            row.name or "",
            yuan(row.planned),
            yuan(row.paid),
            percent(row.rate),
            percent(progress.elapsed),
            "" if row.points is None else _rounded(row.points),
            yuan(row.ahead),
        )

    head = (
        word("source", "资金来源"), word("name", "名称"), word("planned", "计划"), word("paid", "已支付"),
        word("payment rate", "支付率"), word("time elapsed", "序时进度"),
        word("ahead (+), behind (-): points", "超序时(+)、滞后(-):百分点"),
        word("yuan", "金额(元)"),
    )  # fmt: skip
    rows = tuple(map(cells, (*progress.rows, progress.total)))
    return Table(word("Progress", "支付进度"), head, rows, key="progress")


def candidates_table(progress: Progress, word: Words, most: int) -> Table:
    """The largest undrawn amounts of money that expires: candidates for release."""
    rows = tuple(
        (c.project, c.name or "", c.source, c.expires.isoformat(), yuan(c.undrawn), percent(c.rate))
        for c in progress.first(most)
    )
    head = (
        word("project", "项目编号"), word("name", "项目名称"), word("source", "资金来源"),
        word("expires", "截止日期"), word("undrawn", "未支付"), word("payment rate", "支付率"),
    )  # fmt: skip
    title = word(
        f"At risk by {progress.by}: the largest of {len(progress.at)}",
        f"{progress.by} 前有到期风险的资金(共 {len(progress.at)} 笔,列最大者)",
    )
    return Table(title, head, rows, key="candidates")


def percent(share: Fraction | None) -> str:
    """A share as a percentage, rounded to two decimals; empty where it is not known."""
    return "" if share is None else f"{_rounded(share * 100)} %"


def _rounded(value: Fraction) -> str:
    return decimal(round(value, 2))
