"""`fill`: fill as much of the gaps as possible, the more urgent first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from typing import Literal, final

import numpy as np

from surplus.arithmetic import common_divisor, dot
from surplus.classes import TAKING, Label
from surplus.flows import Flows, Moves
from surplus.ledger import Ledger, Projects
from surplus.ledger.columns import PRIORITY_SCALE
from surplus.money import format_weight
from surplus.policy.objectives.base import Aim, Objective
from surplus.policy.rules.base import Rule
from surplus.program import Level, Weights


@final
class Fill(Objective):
    r"""Maximise $\sum_p w_p \sum_s \mathrm{in}_{sp}$.

    $w_p$ is the project's priority, or 1 (`none`). With `tiers` each distinct priority is a level of
    its own, the highest first: no amount for a lower one makes up for a cent of a higher one.
    """

    kind: Literal["fill"] = "fill"
    weight: Literal["priority", "none", "tiers"] = "priority"

    @property
    def of_all(self) -> bool:
        """There is a tier for every priority in the ledger."""
        return self.weight == "tiers"

    def labels(self, ledger: Ledger) -> Iterator[Label]:
        """The weight of each project."""
        if self.weight != "none":
            weights = ledger.projects.priority
            yield Label(weights // max(1, common_divisor(weights)), TAKING, exchanged=False)

    def aims(self, ledger: Ledger, rules: Sequence[Rule] = ()) -> Sequence[Aim]:
        """Yuan times weight."""
        if self.weight != "tiers":
            return (self._aim(self._weights),)
        tiers = np.unique(ledger.projects.priority)[::-1].tolist()
        return [self._tier(tier) for tier in tiers if tier]

    def _weights(self, projects: Projects) -> Weights:
        if self.weight == "none":
            return np.full(len(projects), PRIORITY_SCALE, dtype=np.int64)
        return projects.priority

    def _tier(self, tier: int) -> Aim:
        def weights(projects: Projects) -> Weights:
            return np.where(projects.priority == tier, PRIORITY_SCALE, 0)

        return self._aim(weights, f"priority {format_weight(tier)}")

    def _aim(self, weights: Callable[[Projects], Weights], name: str | None = None) -> Aim:
        def level(flows: Flows) -> Level:
            result = np.zeros(flows.size, dtype=np.int64)
            result[: len(flows.ins)] = weights(flows.ledger.projects)[flows.weighed]
            return Level(result)

        def value(moves: Moves) -> Fraction:
            worth = dot(weights(moves.ledger.projects), moves.received)
            return Fraction(worth, PRIORITY_SCALE * 100)

        return Aim(self.kind, level, value, Fraction(1, PRIORITY_SCALE * 100), name)

    def sentence(self, lang: str = "en") -> str:
        """What the objective says."""
        how = {
            "none": ("", ""),
            "priority": (", weighted by priority", "(按优先级加权)"),
            "tiers": (", every higher priority before any lower one", "(严格按优先级先后)"),
        }[self.weight]
        if lang == "zh":
            return f"尽可能多地弥补资金缺口{how[1]}。"
        return f"Fill as much of the gaps as possible{how[0]}."
