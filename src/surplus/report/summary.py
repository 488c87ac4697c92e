"""A plan as a few short tables for a terminal."""

from __future__ import annotations

import numpy as np

from surplus.ledger.columns import Cents
from surplus.plan.data import Plan
from surplus.report.rows import Block, Table, Words, shown, yuan

_MOST = 10


def summary(plan: Plan, lang: str = "en") -> tuple[Block, ...]:
    """Surplus found, gaps, moved, left, by source; the largest transfers; what stays unfilled."""
    word = Words(lang)
    need, unmet = int(plan.need.sum()), int(plan.unmet.sum())
    gaps, filled, unfilled = (shown(yuan(cents)) for cents in (need, need - unmet, unmet))
    count = int((plan.need > 0).sum())
    blocks: list[Block] = [
        _sources(plan, word),
        word(
            f"gaps {gaps} yuan in {count} projects, filled {filled}, unfilled {unfilled}",
            f"{count} 个项目有缺口,合计 {gaps} 元;已弥补 {filled} 元,未弥补 {unfilled} 元",
        ),
    ]
    if len(plan.amount):
        blocks.append(_transfers(plan, word))
    if unmet:
        blocks.append(_unfilled(plan, word))
    if plan.status == "feasible":
        blocks.append(
            word(
                "time ran out: the best exact plan found so far",
                "求解时限已到:此为已找到的最优精确方案",
            )
        )
    for objective in plan.objectives:
        value, gap = float(objective.value), float(abs(objective.bound - objective.value))
        blocks.append(
            word(
                f"{objective.kind}: value {value:,.2f}; proven: no plan is better by more than "
                f"{gap:,.4f}",
                f"目标 {objective.kind}:值 {value:,.2f};已证明:任何方案至多再优 {gap:,.4f}",
            )
        )
    return tuple(blocks)


def _sources(plan: Plan, word: Words) -> Table:
    head = (
        word("source", "资金来源"),
        word("available", "可统筹"),
        word("moved", "已调剂"),
        word("left", "剩余"),
    )
    rows = [(s.id, yuan(s.available), yuan(s.moved), yuan(s.left)) for s in plan.sources]
    sums = (yuan(int(column.sum())) for column in (plan.available, plan.moved, plan.left))
    return Table("", head, (*rows, (word("all", "合计"), *sums)))


def _transfers(plan: Plan, word: Words) -> Table:
    head = (
        word("source", "资金来源"),
        word("from", "调出项目"),
        word("to", "调入项目"),
        word("yuan", "金额(元)"),
    )
    chosen = [plan.transfers[i] for i in _largest(plan.amount)]
    nobody = word("(unallocated)", "(待分配)")
    rows = [(t.source, t.giver or nobody, t.taker, yuan(t.amount)) for t in chosen]
    name = word(
        f"{len(plan.amount)} transfers, the largest:", f"共 {len(plan.amount)} 笔调剂,最大者:"
    )
    if not plan.swap.any():
        return Table(name, head, tuple(rows))
    by = {"from": "调出方", "to": "调入方", "both": "双方"}
    swaps = [word(t.swap or "", by.get(t.swap or "", "")) for t in chosen]
    return Table(
        name,
        (*head, word("exchange by", "置换方")),
        tuple((*row, swap) for row, swap in zip(rows, swaps, strict=True)),
    )


def _unfilled(plan: Plan, word: Words) -> Table:
    rows = []
    for i in _largest(plan.unmet):
        if plan.unmet[i] > 0:
            reason = int(plan.reason[i])
            why = plan.reasons[reason].sentence(word.lang) if reason >= 0 else ""
            rows.append((str(plan.project_ids[i]), yuan(int(plan.unmet[i])), why))
    head = (word("project", "项目编号"), word("unmet", "未弥补"), word("why", "原因"))
    return Table(word("unfilled gaps, the largest:", "未弥补缺口,最大者:"), head, tuple(rows))


def _largest(amounts: Cents) -> list[int]:
    order: list[int] = np.lexsort((np.arange(len(amounts)), -amounts))[:_MOST].tolist()
    return order
