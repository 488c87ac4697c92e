"""What rules bound, before and after, against the bound."""

from __future__ import annotations

from itertools import islice
from typing import Any

from surplus.balance import balances
from surplus.ledger import Ledger
from surplus.plan.data import Plan
from surplus.policy import Policy
from surplus.policy.rules.base import percent
from surplus.policy.selection import group_name
from surplus.report.figures.lettering import COLOURS, PLAIN, Letters
from surplus.report.proofs import bars

_MOST = 40


def floors(plan: Plan, ledger: Ledger, policy: Policy, letters: Letters) -> Any:
    """Two bars for each bound of a rule, and a mark where the bound is."""
    moves = plan.moves(ledger, balances(ledger, policy.terms))
    found = [*islice(bars(moves, policy), _MOST)]
    with letters.picture(10, max(2.5, 0.8 * len(found) + 1)) as (figure, axes):
        for k, (_, earlier, gauge) in enumerate(found):
            for one, place, colour in ((earlier, -0.2, PLAIN), (gauge, 0.2, COLOURS[0])):
                if one.whole:
                    share = min(1.0, one.part / one.whole)
                    axes.barh(k + place, share, height=0.36, color=colour)
                    words = percent(one.part, one.whole)
                    axes.text(share + 0.005, k + place, words, va="center", fontsize=8.5)
            bound = min(1.0, float(gauge.bound))
            axes.vlines(bound, k - 0.42, k + 0.42, color="#1b1f24", linewidth=2)
        names = [
            letters.name(f"{rule.title} {group_name(g.of, letters.lang)}".strip(), f"{k}")
            for k, (rule, _, g) in enumerate(found, 1)
        ]
        axes.set_yticks(range(len(found)), names)
        axes.invert_yaxis()
        axes.set_xlim(0, 1.08)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}" if value <= 1 else "")
        axes.set_title(
            letters("Rules: before (grey) and after; the line is the bound",
                    "规则:调整前(灰)与调整后,竖线为限值")
        )  # fmt: skip
    return figure
