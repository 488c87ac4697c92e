"""`cost`: move money where moving it costs least."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Literal, final

import numpy as np
from pydantic import Field

from surplus.arithmetic import sums_by_key
from surplus.classes import TAKING, Label
from surplus.flows import Flows, Moves
from surplus.ledger import Ledger
from surplus.ledger.columns import PRIORITY_SCALE, Index
from surplus.policy.objectives.base import Aim, Objective
from surplus.policy.rules.base import Rule
from surplus.policy.selection import ProjectSelection, SourceSelection
from surplus.program import Level, Weights
from surplus.records import Record, Weight


class Charge(Record):
    """What moving one unit of money costs: from the selected sources into the selected projects."""

    source: SourceSelection = Field(default_factory=SourceSelection)
    project: ProjectSelection = Field(default_factory=ProjectSelection)
    per_unit: Weight


@final
class Cost(Objective):
    r"""Minimise $\sum_{s,p} c_{sp} \, \mathrm{in}_{sp}$.

    The charge of a pair is that of the last entry that selects it; a pair without an entry costs 0.
    """

    kind: Literal["cost"] = "cost"
    charges: tuple[Charge, ...] = ()

    def labels(self, ledger: Ledger) -> Iterator[Label]:
        """Which entries select the project."""
        for charge in self.charges:
            chosen = charge.project.mask(ledger.projects).astype(np.int64)
            yield Label(chosen, TAKING, charge.source.mask(ledger.sources))

    def aims(self, ledger: Ledger, rules: Sequence[Rule] = ()) -> Sequence[Aim]:
        """Yuan times charge, as little as possible."""

        def level(flows: Flows) -> Level:
            result = np.zeros(flows.size, dtype=np.int64)
            ends = flows.arriving
            result[ends.columns] = -self._charges(ledger, ends.source, ends.project)
            return Level(result)

        def value(moves: Moves) -> Fraction:
            charge, amount = sums_by_key(
                self._charges(ledger, moves.source, moves.taker), moves.amount
            )
            paid = sum(c * a for c, a in zip(charge.tolist(), amount.tolist(), strict=True))
            return Fraction(paid, PRIORITY_SCALE * 100)

        return (Aim(self.kind, level, value, Fraction(-1, PRIORITY_SCALE * 100)),)

    def _charges(self, ledger: Ledger, source: Index, project: Index) -> Weights:
        """Millionths per unit, by pair."""
        result = np.zeros(len(source), dtype=np.int64)
        for charge in self.charges:
            sources = charge.source.mask(ledger.sources)
            result[sources[source] & charge.project.mask(ledger.projects)[project]] = (
                charge.per_unit
            )
        return result

    def sentence(self, lang: str = "en") -> str:
        """What the objective says."""
        return "调剂成本尽可能低。" if lang == "zh" else "Move money at as little cost as possible."
