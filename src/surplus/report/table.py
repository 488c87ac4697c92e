"""A plan as a short table for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

import numpy as np

from surplus.ledger.columns import Cents
from surplus.money import format_yuan
from surplus.plan.data import Plan

_MOST = 10


def summary(plan: Plan) -> str:
    """Surplus found, gaps, moved, left, by source; the largest transfers; what stays unfilled."""
    need, unmet = int(plan.need.sum()), int(plan.unmet.sum())
    parts = [
        table(
            ("source", "available", "moved", "left"),
            [
                *((s.id, _yuan(s.available), _yuan(s.moved), _yuan(s.left)) for s in plan.sources),
                ("all", *(_yuan(int(c.sum())) for c in (plan.available, plan.moved, plan.left))),
            ],
        ),
        f"gaps {_yuan(need)} yuan in {int((plan.need > 0).sum())} projects, "
        f"filled {_yuan(need - unmet)}, unfilled {_yuan(unmet)}",
    ]
    if len(plan.amount):
        rows = [plan.transfers[i] for i in _largest(plan.amount)]
        marked = bool(plan.swap.any())
        head = ("source", "from", "to", "yuan", *(("exchange by",) if marked else ()))
        parts.append(
            f"{len(plan.amount)} transfers, the largest:\n"
            + table(
                head,
                [
                    (t.source, t.giver or "(unallocated)", t.taker, _yuan(t.amount), t.swap or "")[
                        : len(head)
                    ]
                    for t in rows
                ],
            )
        )
    if unmet:
        parts.append("unfilled gaps, the largest:\n" + _unfilled(plan))
    for objective in plan.objectives:
        gap = objective.bound - objective.value
        parts.append(
            f"{objective.kind}: value {float(objective.value):,.2f}; proven: no plan exceeds it by "
            f"more than {float(gap):,.4f}"
        )
    return "\n\n".join(parts)


def _unfilled(plan: Plan) -> str:
    rows = []
    for i in _largest(plan.unmet):
        if plan.unmet[i] > 0:
            why = plan.reasons[plan.reason[i]].sentence() if plan.reason[i] >= 0 else ""
            rows.append((str(plan.project_ids[i]), _yuan(int(plan.unmet[i])), why))
    return table(("project", "unmet", "why"), rows)


def _largest(amounts: Cents) -> list[int]:
    order: list[int] = np.lexsort((np.arange(len(amounts)), -amounts))[:_MOST].tolist()
    return order


def _yuan(cents: int) -> str:
    whole, rest = format_yuan(cents).split(".")
    return f"{int(whole):,}.{rest}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns side by side; amounts to the right; wide characters count as two."""
    lines = [head, *rows]
    widths = [max(_width(line[k]) for line in lines) for k in range(len(head))]
    return "\n".join(
        "  ".join(
            _padded(cell, widths[k], k > 0 and _is_amount(rows, k)) for k, cell in enumerate(line)
        ).rstrip()
        for line in lines
    )


def _is_amount(rows: Sequence[Sequence[str]], k: int) -> bool:
    return all(row[k].replace(",", "").replace(".", "").lstrip("-").isdigit() for row in rows)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space
