"""What every paper shows: tables of a plan as rows, made once from the plan, its ledger and policy."""

from __future__ import annotations

from dataclasses import replace

from surplus.answers.calendar import calendar
from surplus.answers.dying import DyingRow, dying
from surplus.ledger import Ledger
from surplus.plan.data import Plan
from surplus.policy import Policy
from surplus.policy.selection import LEVELS_ZH
from surplus.report.case import Case, case
from surplus.report.dates import calendar_table, dying_table
from surplus.report.projects import adjustment_table, balance_table, gap_table, project_table
from surplus.report.proofs import certificate_table, objective_table, rule_table
from surplus.report.rows import Cell, Table, Words, paired, yuan
from surplus.report.transfers import transfer_table

__all__ = ["TITLE", "Cell", "Table", "tables", "yuan"]

TITLE = ("Reallocation plan", "资金调整方案")
_ALL = 10**9
_STATUS = {
    "optimal": ("optimal: no plan is better", "最优(无更优方案)"),
    "nearly": ("optimal up to the difference from the bound", "最优(与上限的差额见目标表)"),
    "feasible": ("feasible: the best found in time", "可行(限时内最好)"),
}


def tables(
    plan: Plan,
    ledger: Ledger,
    policy: Policy,
    lang: str = "zh",
    *,
    most: int = _ALL,
    every: bool = False,
) -> tuple[Table, ...]:
    """All tables, the summary first.

    The calendar is left out where the ledger has no day to count from, or nothing is due.

    Args:
        plan: What moves.
        ledger: Its facts.
        policy: Its rules.
        lang: `zh`, `en`, or `both` side by side.
        most: Rows of a table at most: the largest are shown, one row adds up the rest.
        every: Show projects that the plan does not touch, too.

    Raises:
        SurplusError: For another language.
    """
    of = case(plan, ledger, policy, lang, most)
    if lang != "both":
        return _tables(of, every)
    zh, en = (_tables(replace(of, word=Words(one)), every) for one in ("zh", "en"))
    return tuple(map(paired, zh, en))


def _tables(of: Case, every: bool) -> tuple[Table, ...]:
    word = of.word
    due = None if of.ledger.as_of is None else calendar(of.plan, of.ledger, of.policy)
    return (
        _summary(of),
        project_table(of, every),
        adjustment_table(of),
        transfer_table(of),
        _sources(of),
        dying_table(dying(of.ledger, of.policy, of.plan), word),
        *([calendar_table(due, word)] if due is not None and due.rows else []),
        gap_table(of),
        rule_table(of),
        balance_table(of, every),
        objective_table(of),
        certificate_table(of),
    )


def _summary(of: Case) -> Table:
    word, plan, ledger = of.word, of.plan, of.ledger
    need, unmet = int(plan.need.sum()), int(plan.unmet.sum())
    rows: tuple[tuple[str, str, str, Cell], ...] = (
        ("ledger", "ledger", "台账", ledger.name),
        ("as_of", "as of", "截至", None if ledger.as_of is None else ledger.as_of.isoformat()),
        ("projects", "projects", "项目数", len(ledger.projects)),
        ("givers", "projects that give", "调出项目数", int((of.out > 0).sum())),
        ("takers", "projects that receive", "调入项目数", int((of.into > 0).sum())),
        ("available", "available (yuan)", "可统筹资金(元)", yuan(plan.available.sum())),
        ("need", "funding gaps (yuan)", "资金缺口(元)", yuan(need)),
        ("moved", "moved (yuan)", "调剂金额(元)", yuan(plan.amount.sum())),
        ("filled", "gaps filled (yuan)", "已弥补缺口(元)", yuan(need - unmet)),
        ("unmet", "gaps left (yuan)", "未弥补缺口(元)", yuan(unmet)),
        ("left", "left (yuan)", "剩余资金(元)", yuan(plan.left.sum())),
        ("transfers", "transfers", "调剂笔数", len(plan.amount)),
        ("status", "status", "状态", word(*_status(plan))),
    )
    return Table(
        word("Summary", "汇总"),
        (word("what", "项目"), word("value", "内容")),
        tuple((word(en, zh), value) for _, en, zh, value in rows),
        marks=tuple(mark for mark, *_ in rows),
        key="summary",
    )


def _status(plan: Plan) -> tuple[str, str]:
    """How good the plan is proved to be."""
    proved = all(level.value == level.bound for level in plan.objectives)
    status = "nearly" if plan.status == "optimal" and not proved else plan.status
    return _STATUS.get(status, (status, status))


def _sources(of: Case) -> Table:
    word, plan = of.word, of.plan
    ends = {row.source: row for row in dying(of.ledger, of.policy, plan).rows}
    rows = tuple(
        (
            s.id,
            s.name or "",
            word(s.level or "", LEVELS_ZH.get(s.level or "", s.level or "")),
            yuan(available),
            yuan(moved),
            yuan(left),
            "" if left == 0 else _fate(ends[s.id], word),
        )
        for s, available, moved, left in zip(
            of.ledger.sources,
            plan.available.tolist(),
            plan.moved.tolist(),
            plan.left.tolist(),
            strict=True,
        )
    )
    head = (
        word("source", "资金来源"), word("name", "名称"), word("level", "级次"),
        word("available", "可统筹"), word("moved", "已调剂"), word("left", "剩余"),
        word("what becomes of it", "处理"),
    )  # fmt: skip
    return Table(word("Sources", "资金来源"), head, rows, (3, 4, 5), key="sources")


def _fate(row: DyingRow, word: Words) -> str:
    """What its date makes of money that is left."""
    over = row.date is None or (row.days is not None and row.days < 0)
    return ("" if over else word("carried over: ", "结转:")) + row.sentence(word.lang)
