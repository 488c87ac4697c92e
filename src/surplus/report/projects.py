"""Tables with a row per project, or per project and source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surplus.arithmetic import sums, sums_by_key
from surplus.balance import STAGES
from surplus.ledger.columns import Cents, Index
from surplus.report.case import Case
from surplus.report.rows import Cell, Table, yuan
from surplus.steps import STAGES_ZH

_FIELDS = (
    ("category", "category", "类别"),
    ("department", "department", "主管部门"),
    ("township", "township", "乡镇"),
)


def project_table(of: Case, every: bool = False) -> Table:
    """What each project held, gives, receives and holds, and what of its gap stays open.

    Args:
        of: The case.
        every: All projects; else those whose money changes or that have a gap.
    """
    word, plan, out, into = of.word, of.plan, of.out, of.into
    fields = [f for f in _FIELDS if of.ledger.projects.fields[f[0]].values]
    columns = (of.balance.issued, out, into, of.balance.issued - out + into, plan.need, plan.unmet)
    at = np.arange(len(out)) if every else np.flatnonzero(out + into + plan.need)
    kept, other = of.largest((out + into + plan.unmet)[at])

    def texts(p: int) -> tuple[Cell, ...]:
        known = (of.ledger.projects.fields[key].text(p) or "" for key, _, _ in fields)
        return of.ids[p], of.names[p], *known

    head = (
        word("project", "项目编号"), word("name", "项目名称"), *(word(en, zh) for _, en, zh in fields),
        word("planned before", "原计划"), word("out", "调出"), word("in", "调入"), word("after", "调整后"),
        word("gap before", "原缺口"), word("gap open", "未弥补"),
    )  # fmt: skip
    name = word("Projects", "项目调整")
    return _table(of, "projects", name, head, texts, columns, at, kept, other)


def _table(
    of: Case, key: str, name: str, head: Sequence[str], texts: object, columns: Sequence[Cents],
    at: Index, kept: Index, other: Index,
) -> Table:  # fmt: skip
    """Texts first, then a column of cents each: all of them add up."""
    first = len(head) - len(columns)
    numbers = [[yuan(c) for c in column[at[kept]].tolist()] for column in columns]
    rows = tuple(
        (*texts(row), *amounts)  # type: ignore[operator]
        for row, *amounts in zip(at[kept].tolist(), *numbers, strict=True)
    )
    left = {first + k: int(column[at[other]].sum()) for k, column in enumerate(columns)}
    rest = of.rest(len(other), len(head), left)
    return Table(name, tuple(head), rows, tuple(range(first, len(head))), rest, key=key)


def adjustment_table(of: Case) -> Table:
    """Before, out, in, after, for each project and source of which anything moved."""
    word, moves, count = of.word, of.moves, len(of.ledger.sources)
    funding, given = of.ledger.funding, moves.given
    out_key, out = sums_by_key(
        moves.giver[given] * count + moves.source[given], moves.amount[given]
    )
    in_key, into = sums_by_key(moves.taker * count + moves.source, moves.amount)
    keys = np.union1d(out_key, in_key)
    held = funding.project * count + funding.source
    inside = np.isin(held, keys)
    columns = [np.zeros(len(keys), dtype=np.int64) for _ in range(3)]
    pairs = ((held[inside], funding.planned[inside]), (out_key, out), (in_key, into))
    for column, (key, cents) in zip(columns, pairs, strict=True):
        column[np.searchsorted(keys, key)] = cents
    before, leaves, comes = columns
    kept, other = of.largest(leaves + comes)

    def texts(k: int) -> tuple[Cell, ...]:
        p, s = divmod(int(keys[k]), count)
        return of.ids[p], of.names[p], of.sources[s]

    head = (
        word("project", "项目编号"), word("name", "项目名称"), word("source", "资金来源"),
        word("planned before", "原计划"), word("out", "调出"), word("in", "调入"), word("after", "调整后"),
    )  # fmt: skip
    name, every = word("By source", "分来源调整"), np.arange(len(keys))
    figures = (before, leaves, comes, before - leaves + comes)
    return _table(of, "adjustments", name, head, texts, figures, every, kept, other)


def balance_table(of: Case, every: bool = False) -> Table:
    """How each project's surplus or gap comes about: the waterfall of all projects, a row each."""
    word, balance, funding = of.word, of.balance, of.ledger.funding
    undrawn = sums(funding.project, funding.planned - funding.paid, len(of.ids))
    held = np.minimum(balance.reserve, np.maximum(0, balance.issued - balance.cost))
    columns = (balance.issued, balance.cost, held, balance.surplus, balance.gap, undrawn,
               balance.ready)  # fmt: skip
    at = np.arange(len(of.ids))
    if not every:
        at = np.flatnonzero(balance.surplus + balance.gap)
    kept, other = of.largest((of.out + of.into + of.plan.unmet)[at])

    def texts(p: int) -> tuple[Cell, ...]:
        stage = STAGES[int(balance.stage[p])]
        return of.ids[p], of.names[p], word(stage, STAGES_ZH[stage])

    head = (
        word("project", "项目编号"), word("name", "项目名称"), word("price known", "价格依据"),
        word("issued", "计划投资"), word("expected cost", "预计最终成本"), word("reserve", "预留"),
        word("net surplus", "净结余"), word("gap", "资金缺口"), word("undrawn", "未支付"),
        word("releasable", "可统筹"),
    )  # fmt: skip
    name = word("Balances", "结余测算")
    return _table(of, "balances", name, head, texts, columns, at, kept, other)


def gap_table(of: Case) -> Table:
    """Gaps that stay open, and why."""
    word, plan = of.word, of.plan
    at = np.flatnonzero(plan.unmet)
    kept, other = of.largest(plan.unmet[at])
    rows = tuple(
        (
            of.ids[p],
            of.names[p],
            yuan(plan.need[p]),
            yuan(plan.unmet[p]),
            plan.reasons[int(plan.reason[p])].sentence(word.lang) if plan.reason[p] >= 0 else "",
        )
        for p in at[kept].tolist()
    )
    left = {2: int(plan.need[at[other]].sum()), 3: int(plan.unmet[at[other]].sum())}
    head = (
        word("project", "项目编号"), word("name", "项目名称"), word("gap", "资金缺口"),
        word("open", "未弥补"), word("why", "原因"),
    )  # fmt: skip
    rest = of.rest(len(other), len(head), left)
    return Table(word("Open gaps", "未弥补缺口"), head, rows, (2, 3), rest, key="gaps")
