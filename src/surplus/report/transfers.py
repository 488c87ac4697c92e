"""The transfers, with the approval that each needs."""

from __future__ import annotations

from surplus.policy.rules.approval import Approval
from surplus.report.case import Case
from surplus.report.rows import Cell, Table, yuan


def transfer_table(of: Case) -> Table:
    """Who gives what to whom; a column for exchanges where there are any."""
    word, plan = of.word, of.plan
    levels = _levels(of)
    nobody, exchanged = word("(unallocated)", "(待分配)"), bool(plan.swap.any())
    swaps = (
        "",
        word("by the giver", "调出方置换"),
        word("by the recipient", "调入方置换"),
        word("by both", "双方置换"),
    )
    kept, other = of.largest(plan.amount)

    def row(i: int) -> tuple[Cell, ...]:
        g, t = int(plan.giver[i]), int(plan.taker[i])
        return (
            of.sources[int(plan.source[i])],
            nobody if g < 0 else of.ids[g],
            "" if g < 0 else of.names[g],
            of.ids[t],
            of.names[t],
            yuan(plan.amount[i]),
            *((levels[i],) if levels else ()),
            *((swaps[int(plan.swap[i])],) if exchanged else ()),
        )

    head = (
        word("source", "资金来源"), word("from", "调出项目"), word("name of the giver", "调出项目名称"),
        word("to", "调入项目"), word("name of the recipient", "调入项目名称"), word("yuan", "金额(元)"),
        *((word("approval", "审批层级"),) if levels else ()),
        *((word("exchange", "置换"),) if exchanged else ()),
    )  # fmt: skip
    rest = of.rest(len(other), len(head), {5: int(plan.amount[other].sum())})
    rows = tuple(map(row, kept.tolist()))
    return Table(word("Transfers", "调剂明细"), head, rows, (5,), rest, key="transfers")


def _levels(of: Case) -> list[str]:
    """By transfer who has to agree; nothing where no rule asks for approvals."""
    levels: list[str] = []
    for rule in of.policy.rules:
        if isinstance(rule, Approval):
            levels = levels or [""] * len(of.plan.amount)
            tiers = rule.tier_of(of.moves).tolist()
            levels = [
                rule.tiers[t].level if t >= 0 else old for t, old in zip(tiers, levels, strict=True)
            ]
    return levels
