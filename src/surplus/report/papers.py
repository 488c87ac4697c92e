"""What every paper shows: tables of a plan as rows, made once from the plan, its ledger and policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from surplus.answers.calendar import calendar
from surplus.answers.dying import dying
from surplus.balance import balances
from surplus.flows import Moves
from surplus.ledger import Ledger
from surplus.plan.data import Plan
from surplus.policy import Policy
from surplus.policy.rules.approval import Approval
from surplus.report.dates import calendar_table, dying_table
from surplus.report.rows import Cell, Table, Words, yuan

__all__ = ["Cell", "Table", "tables", "yuan"]


def tables(plan: Plan, ledger: Ledger, policy: Policy, lang: str = "zh") -> tuple[Table, ...]:
    """All tables: summary, adjustments, transfers, sources, dying money, calendar, gaps, rules, aims.

    The calendar is left out where the ledger has no day to count from, or nothing is due.
    """
    word = Words(lang)
    moves = plan.moves(ledger, balances(ledger, policy.terms))
    due = None if ledger.as_of is None else calendar(plan, ledger, policy)
    return (
        _summary(plan, ledger, word),
        _adjustments(ledger, moves, word),
        _transfers(plan, ledger, policy, moves, word),
        _sources(plan, ledger, word),
        dying_table(dying(ledger, policy, plan), word),
        *([calendar_table(due, word)] if due is not None and due.rows else []),
        _open_gaps(plan, ledger, word),
        _rules(policy, moves, word),
        _objectives(plan, policy, word),
    )


def _names(ledger: Ledger) -> Sequence[str]:
    names = ledger.projects.name
    return [""] * len(ledger.projects) if names is None else names.tolist()


def _summary(plan: Plan, ledger: Ledger, word: Words) -> Table:
    need, unmet = int(plan.need.sum()), int(plan.unmet.sum())
    rows: tuple[tuple[Cell, ...], ...] = (
        (word("ledger", "台账"), ledger.name),
        (word("as of", "截至"), None if ledger.as_of is None else ledger.as_of.isoformat()),
        (word("projects", "项目数"), len(ledger.projects)),
        (word("available (yuan)", "可统筹资金(元)"), yuan(plan.available.sum())),
        (word("funding gaps (yuan)", "资金缺口(元)"), yuan(need)),
        (word("moved (yuan)", "调剂金额(元)"), yuan(plan.amount.sum())),
        (word("gaps left (yuan)", "未弥补缺口(元)"), yuan(unmet)),
        (word("left (yuan)", "剩余资金(元)"), yuan(plan.left.sum())),
        (word("transfers", "调剂笔数"), len(plan.amount)),
        (word("status", "状态"), plan.status),
        (word("digest of the ledger", "台账摘要"), plan.certificate.get("ledger")),
        (word("digest of the policy", "规则摘要"), plan.certificate.get("policy")),
    )
    return Table(word("Summary", "汇总"), (word("what", "项目"), word("value", "内容")), rows)


def _adjustments(ledger: Ledger, moves: Moves, word: Words) -> Table:
    """Before, out, in, after, for each project and source that anything moved."""
    count = len(ledger.sources)
    size = len(ledger.projects) * count
    before, out, into = (np.zeros(size, dtype=np.int64) for _ in range(3))
    funding = ledger.funding
    np.add.at(before, funding.project * count + funding.source, funding.planned)
    np.add.at(into, moves.taker * count + moves.source, moves.amount)
    at = moves.given
    np.add.at(out, moves.giver[at] * count + moves.source[at], moves.amount[at])
    names, rows = _names(ledger), []
    for k in np.flatnonzero((out > 0) | (into > 0)).tolist():
        p, s = divmod(k, count)
        after = int(before[k] - out[k] + into[k])
        figures = (yuan(before[k]), yuan(out[k]), yuan(into[k]), yuan(after))
        rows.append((str(ledger.projects.id[p]), names[p], ledger.sources[s].id, *figures))
    head = (
        word("project", "项目编号"), word("name", "项目名称"), word("source", "资金来源"),
        word("planned before", "原计划"), word("out", "调出"), word("in", "调入"), word("after", "调整后"),
    )  # fmt: skip
    return Table(word("Adjustments", "资金调整"), head, tuple(rows), (3, 4, 5, 6))


def _transfers(plan: Plan, ledger: Ledger, policy: Policy, moves: Moves, word: Words) -> Table:
    levels = [""] * len(plan.amount)
    for rule in policy.rules:
        if isinstance(rule, Approval):
            tiers = rule.tier_of(moves).tolist()
            levels = [
                rule.tiers[t].level if t >= 0 else old for t, old in zip(tiers, levels, strict=True)
            ]
    names, nobody = _names(ledger), word("(unallocated)", "(待分配)")
    exchanged = bool(plan.swap.any())
    swaps = (
        "",
        word("by the giver", "调出方置换"),
        word("by the recipient", "调入方置换"),
        word("by both", "双方置换"),
    )
    rows = tuple(
        (
            ledger.sources[s].id,
            nobody if g < 0 else str(ledger.projects.id[g]),
            "" if g < 0 else names[g],
            str(ledger.projects.id[t]),
            names[t],
            yuan(a),
            level,
            *((swaps[x],) if exchanged else ()),
        )
        for s, g, t, a, level, x in zip(
            plan.source.tolist(),
            plan.giver.tolist(),
            plan.taker.tolist(),
            plan.amount.tolist(),
            levels,
            plan.swap.tolist(),
            strict=True,
        )
    )
    head = (
        word("source", "资金来源"), word("from", "调出项目"), word("name", "名称"), word("to", "调入项目"),
        word("name", "名称"), word("yuan", "金额(元)"), word("approval", "审批层级"),
        *((word("exchange", "置换"),) if exchanged else ()),
    )  # fmt: skip
    return Table(word("Transfers", "调剂明细"), head, rows, (5,))


def _sources(plan: Plan, ledger: Ledger, word: Words) -> Table:
    def fate(source: Any, left: int) -> str:
        if left == 0:
            return ""
        if source.expires is None or ledger.as_of is None:
            return word("no date known", "未注明期限")
        if source.expires < ledger.as_of:
            over = source.expires
            return word(f"expired {over}: to be surrendered", f"已于{over}到期,应予收回")
        return word(f"carried over until {source.expires}", f"结转使用至{source.expires}")

    rows = tuple(
        (s.id, s.name or "", s.level or "", yuan(a), yuan(m), yuan(left), fate(s, left))
        for s, a, m, left in zip(
            ledger.sources,
            plan.available.tolist(),
            plan.moved.tolist(),
            plan.left.tolist(),
            strict=True,
        )
    )
    head = (
        word("source", "资金来源"), word("name", "名称"), word("level", "级次"),
        word("available", "可统筹"),
        word("moved", "已调剂"), word("left", "剩余"), word("what becomes of it", "处理"),
    )  # fmt: skip
    return Table(word("Sources", "资金来源"), head, rows, (3, 4, 5))


def _open_gaps(plan: Plan, ledger: Ledger, word: Words) -> Table:
    names = _names(ledger)
    rows = tuple(
        (
            str(ledger.projects.id[p]),
            names[p],
            yuan(plan.need[p]),
            yuan(plan.unmet[p]),
            plan.reasons[int(plan.reason[p])].sentence(word.lang) if plan.reason[p] >= 0 else "",
        )
        for p in np.flatnonzero(plan.unmet).tolist()
    )
    head = (
        word("project", "项目编号"), word("name", "项目名称"), word("gap", "资金缺口"),
        word("open", "未弥补"),
        word("why", "原因"),
    )  # fmt: skip
    return Table(word("Open gaps", "未弥补缺口"), head, rows, (2, 3))


def _rules(policy: Policy, moves: Moves, word: Words) -> Table:
    nothing = Moves(moves.ledger, moves.balance, *(np.zeros(0, dtype=np.int64),) * 5)
    rows = tuple(
        (
            rule.title,
            rule.sentence(word.lang),
            "; ".join(rule.figures(nothing)),
            "; ".join(rule.figures(moves)),
            rule.cite or "",
        )
        for rule in policy.rules
    )
    head = (
        word("rule", "规则"), word("what it says", "内容"), word("before", "调整前"), word("after", "调整后"),
        word("regulation", "依据"),
    )  # fmt: skip
    return Table(word("Rules", "规则"), head, rows)


def _objectives(plan: Plan, policy: Policy, word: Words) -> Table:
    sentences: dict[str, str] = {
        objective.kind: objective.sentence(word.lang) for objective in policy.objectives
    }

    def rows() -> Iterator[tuple[Cell, ...]]:
        for o in plan.objectives:
            name = o.kind if o.name is None else f"{o.kind} ({o.name})"
            value, bound = (
                Decimal(x.numerator) / Decimal(x.denominator) for x in (o.value, o.bound)
            )
            yield name, sentences.get(o.kind, ""), value, bound

    head = (
        word("objective", "目标"), word("what it says", "内容"), word("this plan", "本方案"),
        word("no plan exceeds", "任何方案不超过"),
    )  # fmt: skip
    return Table(word("Objectives", "目标"), head, tuple(rows()))
