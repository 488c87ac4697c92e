"""`spare`: keep the most flexible money; move what is tied most."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal, final

import numpy as np

from surplus.flows import Flows, Moves
from surplus.ledger import Ledger
from surplus.ledger.columns import Source
from surplus.policy.objectives.base import Aim, Objective
from surplus.policy.rules.base import Rule
from surplus.program import Level, Weights

_LEVELS = ("central", "province", "prefecture", "county")


@final
class Spare(Objective):
    r"""Minimise $\sum_s r_s \, \mathrm{moved}_s$, with $r_s$ the rank of a source by flexibility.

    Sources named in `order` (ids, the least flexible first) have the ranks 0, 1, 2, … All others
    follow, one rank for each level of government: central money, which comes with the narrowest
    purpose, then province, prefecture, county, then what has another level or none. Ids that the
    ledger does not have keep their rank, so one order serves many ledgers. It tells no two projects
    apart: no further classes. Placed first it is best to move nothing: it belongs after `fill`.
    """

    kind: Literal["spare"] = "spare"
    order: tuple[str, ...] = ()

    def aims(self, ledger: Ledger, rules: Sequence[Rule] = ()) -> Sequence[Aim]:
        """Yuan moved times rank, as little as possible."""
        ranks: Weights = np.array([self.rank(s) for s in ledger.sources], dtype=np.int64)

        def level(flows: Flows) -> Level:
            leaving = np.concatenate([flows.outs.source, flows.used_source])
            result = np.zeros(flows.size, dtype=np.int64)
            result[len(flows.ins) : flows.swapping] = -ranks[leaving]
            return Level(result)

        def value(moves: Moves) -> Fraction:
            moved = moves.moved.tolist()
            total = sum(r * a for r, a in zip(ranks.tolist(), moved, strict=True))
            return Fraction(total, 100)

        return (Aim(self.kind, level, value, Fraction(-1, 100)),)

    def rank(self, source: Source) -> int:
        """How flexible a source is, 0 for the least."""
        if source.id in self.order:
            return self.order.index(source.id)
        level = _LEVELS.index(source.level) if source.level in _LEVELS else len(_LEVELS)
        return len(self.order) + level

    def sentence(self, lang: str = "en") -> str:
        """What the objective says."""
        named = ""
        if self.order:
            listed = (", " if lang == "en" else "、").join(self.order)
            named = f" ({listed}, then by level)" if lang == "en" else f"(依次为{listed},再按级次)"
        if lang == "zh":
            return f"先用限制最多的资金,保留最灵活的资金{named}。"
        return f"Move the least flexible money first and keep the most flexible{named}."
