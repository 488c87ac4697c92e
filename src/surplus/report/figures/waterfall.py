"""How one project's surplus or gap comes about."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np

from surplus.errors import SurplusError
from surplus.ledger import Ledger
from surplus.plan.data import Plan
from surplus.policy import Policy
from surplus.report.case import case
from surplus.report.figures.lettering import LESS, MORE, PLAIN, Letters
from surplus.report.projects import balance_table
from surplus.report.rows import shown, yuan


def waterfall(plan: Plan, ledger: Ledger, policy: Policy, project: str, letters: Letters) -> Any:
    """Bars from issued money to surplus or gap, then what may leave, leaves and comes."""
    at = np.flatnonzero(ledger.projects.id == project)
    if not len(at):
        raise SurplusError(f"the ledger has no project '{project}'")
    of = case(plan, ledger, policy, letters.lang, len(ledger.projects))
    p = int(at[0])
    table = balance_table(of, every=True)
    amounts = [cell for cell in table.rows[p] if isinstance(cell, Decimal)]
    issued, cost, reserve, surplus, gap, undrawn, ready = (int(amount * 100) for amount in amounts)
    out, into, unmet = int(of.out[p]), int(of.into[p]), int(plan.unmet[p])
    names = (
        *table.head[3:],
        letters("out", "调出"),
        letters("in", "调入"),
        letters("gap open", "未弥补"),
    )
    spans = (
        (0, issued, PLAIN), (issued - cost, issued, LESS), (issued - cost - reserve, issued - cost, LESS),
        (0, surplus, MORE), (-gap, 0, LESS), (0, undrawn, PLAIN), (0, ready, MORE),
        (0, out, LESS), (-gap, into - gap, MORE), (-unmet, 0, LESS),
    )  # fmt: skip
    with letters.picture(10, 5) as (figure, axes):
        for k, (low, high, colour) in enumerate(spans):
            axes.bar(k, (high - low) / 100, bottom=low / 100, color=colour, width=0.7)
            axes.annotate(
                shown(yuan(high - low)), (k, max(low, high, 0) / 100),
                xytext=(0, 3), textcoords="offset points", ha="center", fontsize=8,
            )  # fmt: skip
        axes.axhline(0, color="#1b1f24", linewidth=0.8)
        axes.set_xticks(range(len(names)), names, rotation=20, ha="right")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        named = letters.name(of.names[p], "")
        axes.set_title(f"{project} {named} ({table.rows[p][2]})".replace("  ", " "))
        axes.set_ylabel(letters("yuan", "元"))
    return figure
