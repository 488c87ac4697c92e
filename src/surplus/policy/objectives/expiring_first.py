"""`expiring_first`: of what is moved, as much as possible comes from money that expires soonest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Literal, final

import numpy as np

from surplus.flows import Flows, Moves
from surplus.ledger import Ledger
from surplus.ledger.columns import Mask
from surplus.policy.objectives.base import Aim, Objective
from surplus.policy.rules.base import Rule
from surplus.program import Level


@final
class ExpiringFirst(Objective):
    r"""For every date $d$, earliest first, maximise $\sum_{s:\,\mathrm{expires}_s \le d} \mathrm{moved}_s$.

    One level for each date in the ledger, and a last one for all money, with or without a date: what
    has no date is used last. $\mathrm{moved}_s = \mathrm{used}_s + \sum_p \mathrm{out}_{ps}$. Placed
    after `fill` it only chooses between sources; placed first it moves as much expiring money as the
    rules let through, whatever it fills. It tells no two projects apart: no further classes.
    """

    kind: Literal["expiring_first"] = "expiring_first"

    def aims(self, ledger: Ledger, rules: Sequence[Rule] = ()) -> Sequence[Aim]:
        """Yuan moved from sources that expire by each date."""
        dates = [source.expires or date.max for source in ledger.sources]
        return [
            self._aim(np.array([own <= day for own in dates], dtype=np.bool_), day)
            for day in sorted(set(dates))
        ]

    def _aim(self, chosen: Mask, day: date) -> Aim:
        def level(flows: Flows) -> Level:
            leaving = np.concatenate([flows.outs.source, flows.used_source])
            result = np.zeros(flows.size, dtype=np.int64)
            result[len(flows.ins) : flows.swapping] = chosen[leaving]
            return Level(result)

        def value(moves: Moves) -> Fraction:
            return Fraction(int(moves.moved[chosen].sum()), 100)

        name = "any date or none" if day == date.max else f"expires by {day.isoformat()}"
        return Aim(self.kind, level, value, Fraction(1, 100), name)

    def sentence(self, lang: str = "en") -> str:
        """What the objective says."""
        if lang == "zh":
            return "先用到期最早的资金。"
        return "Of what is moved, take as much as possible from money that expires soonest."
