"""The trade-off between a rule's bound and the first objective."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from surplus.answers.frontier import frontier
from surplus.ledger import Ledger
from surplus.money import MoneyError, parse_share
from surplus.policy import Policy
from surplus.report.figures.lettering import COLOURS, LESS, Letters


def curve(
    ledger: Ledger, policy: Policy, rule: str, bounds: Sequence[str], letters: Letters
) -> Any:
    """One point for each bound, exact before it is drawn; bounds that no plan keeps are marked."""
    points = frontier(ledger, policy, rule, bounds)
    known = [(_place(p.bound), p.value) for p in points if p.value is not None]
    empty = [_place(p.bound) for p in points if p.value is None]
    shares = all(point.bound.strip().endswith("%") for point in points)
    with letters.picture(8, 4.5) as (figure, axes):
        known.sort()
        axes.plot(
            [float(x) for x, _ in known], [float(y) for _, y in known], marker="o", color=COLOURS[0]
        )
        for x in empty:
            axes.axvline(float(x), color=LESS, linestyle=":")
        if empty:
            axes.plot([], [], color=LESS, linestyle=":", label=letters("no plan", "无可行方案"))
            axes.legend()
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        if shares:
            axes.xaxis.set_major_formatter(lambda value, _: f"{value:.4g} %")
        axes.set_xlabel(letters(f"bound of rule {rule}", f"规则 {rule} 的限值"))
        kind = policy.objectives[0].kind
        axes.set_ylabel(letters(f"first objective: {kind}", f"首要目标({kind})的最优值"))
    return figure


def _place(bound: str) -> Fraction:
    """Where a bound stands on the axis: shares in per cent, else the number itself."""
    try:
        return parse_share(bound) * 100
    except MoneyError:
        return Fraction(bound)
