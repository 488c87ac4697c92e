"""`fill`: fill as much of the gaps as possible, the more urgent first."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Literal, final

import numpy as np

from surplus.classes import TAKING, Label
from surplus.flows import Flows, Moves
from surplus.ledger import Ledger, Projects
from surplus.ledger.columns import PRIORITY_SCALE
from surplus.program import Weights
from surplus.records import Record


@final
class Fill(Record):
    r"""Maximise $\sum_p w_p \sum_s \mathrm{in}_{sp}$, with $w_p$ the project's priority, or 1."""

    kind: Literal["fill"] = "fill"
    weight: Literal["priority", "none"] = "priority"

    def labels(self, ledger: Ledger) -> Iterable[Label]:
        """The weight of each project."""
        if self.weight == "priority":
            weights = ledger.projects.priority
            yield Label(weights // max(1, int(np.gcd.reduce(weights, initial=0))), TAKING)

    def weights(self, flows: Flows) -> Weights:
        """Millionths per cent moved, one per column."""
        result = np.zeros(flows.size, dtype=np.int64)
        result[: len(flows.ins)] = self._weight(flows.ledger.projects)[flows.taker]
        return result

    def value(self, moves: Moves) -> Fraction:
        """What a plan is worth, exactly, in yuan."""
        weight = self._weight(moves.ledger.projects)[moves.taker]
        values, inverse = np.unique(weight, return_inverse=True)
        sums = np.zeros(len(values), dtype=np.int64)
        np.add.at(sums, inverse.reshape(-1), moves.amount)
        worth = sum(int(w) * int(a) for w, a in zip(values, sums, strict=True))
        return Fraction(worth, PRIORITY_SCALE * 100)

    def _weight(self, projects: Projects) -> Weights:
        if self.weight == "none":
            return np.full(len(projects), PRIORITY_SCALE, dtype=np.int64)
        return projects.priority

    def sentence(self, lang: str = "en") -> str:
        """What the objective says."""
        if lang == "zh":
            return "尽可能多地弥补资金缺口" + (
                "(按优先级加权)。" if self.weight == "priority" else "。"
            )
        return "Fill as much of the gaps as possible" + (
            ", weighted by priority." if self.weight == "priority" else "."
        )
