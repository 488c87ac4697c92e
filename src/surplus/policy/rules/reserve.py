"""`reserve`: part of a source stays unmoved."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal, final

import numpy as np
from pydantic import Field

from surplus.flows import Flows, Moves
from surplus.money import format_yuan
from surplus.policy.rules.base import HOPELESS, Breach, Extremes, Gauge, Rule, exactly, grouped_yuan
from surplus.policy.selection import SourceSelection
from surplus.program import Row
from surplus.records import ShareOrMoney


@final
class Reserve(Rule):
    r"""Keep part of each selected source unmoved.

    $\mathrm{used}_s + \sum_p \mathrm{out}_{ps} \le A_s - \lceil \beta A_s \rceil$, with $A_s$ the
    unallocated + releasable cents of $s$; or an amount instead of the share. An amount above $A_s$
    cannot be kept: the program is then infeasible and says so. Precedent: 10 % reserve per subfund
    (Hillsborough County, policy 03.02.02.26).
    """

    kind: Literal["reserve"] = "reserve"
    source: SourceSelection = Field(default_factory=SourceSelection)
    at_least: ShareOrMoney

    def _kept(self, available: int) -> int:
        if isinstance(self.at_least, Fraction):
            return -(-self.at_least.numerator * available // self.at_least.denominator)
        return self.at_least

    def rows(self, flows: Flows) -> Iterator[Row]:
        """One row per selected source."""
        for s in np.flatnonzero(self.source.mask(flows.ledger.sources)).tolist():
            available = int(flows.balance.available[s])
            yield flows.row(
                f"{self.title} {flows.ledger.sources[s].id}",
                available - self._kept(available),
                outs=(flows.outs.source == s).astype(np.int64),
                used=(flows.used_source == s).astype(np.int64),
                rule=self.title,
            )

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Compare what is left of each source with what must stay."""
        for s in np.flatnonzero(self.source.mask(moves.ledger.sources)).tolist():
            available = int(moves.balance.available[s])
            left = available - int(moves.moved[s])
            if left < self._kept(available):
                yield Breach(
                    self.title,
                    f"{format_yuan(left)} yuan of '{moves.ledger.sources[s].id}' are left, "
                    f"{format_yuan(self._kept(available))} must stay",
                )

    def figures(self, moves: Moves, lang: str = "en") -> Iterator[str]:
        """What is left of each source against what must stay."""
        for gauge in self.gauges(moves):
            left, kept = grouped_yuan(gauge.part), grouped_yuan(self._kept(gauge.whole))
            yield f"{gauge.of}: " + (
                f"留有 {left} 元,至少 {kept} 元"
                if lang == "zh"
                else f"{left} left, at least {kept} yuan"
            )

    def gauges(self, moves: Moves) -> Iterator[Gauge]:
        """What is left of each selected source that has money."""
        for s in np.flatnonzero(self.source.mask(moves.ledger.sources)).tolist():
            available = int(moves.balance.available[s])
            if available:
                left, bound = (
                    available - int(moves.moved[s]),
                    Fraction(self._kept(available), available),
                )
                yield Gauge(moves.ledger.sources[s].id, left, available, bound, True)

    def shortfall(self, flows: Flows, row: Row, extremes: Extremes) -> str:
        """What must stay against what is there, or what must leave against what may."""
        available = next(
            int(a)
            for a, s in zip(flows.balance.available, flows.ledger.sources, strict=True)
            if row.name == f"{self.title} {s.id}"
        )
        kept = format_yuan(self._kept(available))
        if row.bound < 0:
            return (
                f"{kept} yuan must stay in '{row.name.removeprefix(self.title + ' ')}', "
                f"only {format_yuan(available)} are there; {HOPELESS}"
            )
        moved = format_yuan(-(-extremes.least(row) // 1))
        return (
            f"at most {format_yuan(row.bound)} yuan of '{row.name.removeprefix(self.title + ' ')}' "
            f"may be moved ({kept} of {format_yuan(available)} must stay), at least {moved} would have to"
        )

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        source = self.source.sentence(lang)
        if isinstance(self.at_least, Fraction):
            share = exactly(self.at_least)
            return (
                f"{source}至少预留可统筹资金的 {share}。"
                if lang == "zh"
                else f"At least {share} of what {source} could release is not moved."
            )
        amount = format_yuan(self.at_least)
        return (
            f"{source}至少预留 {amount} 元。"
            if lang == "zh"
            else f"At least {amount} yuan of each of {source} are not moved."
        )
