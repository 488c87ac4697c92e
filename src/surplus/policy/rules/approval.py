"""`approval`: who has to agree to a transfer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Self, final

import numpy as np
from pydantic import Field, model_validator

from surplus.arithmetic import sums
from surplus.flows import Moves
from surplus.ledger.columns import Index
from surplus.money import format_yuan
from surplus.policy.rules.base import Rule
from surplus.policy.selection import SourceSelection
from surplus.records import Money, Record


class Tier(Record):
    """Amounts above `above` need `level`."""

    above: Money
    level: str


@final
class Approval(Rule):
    r"""Transfers above an amount need a level of approval: a label, no bound.

    Transfer $i$ needs the level of the highest tier with `above` < its amount, or than all that its
    recipient receives of the selected sources (`by`: `project`). Precedent: virement bands of UK
    councils; transfers above $100,000 go to the board (Cabarrus County).
    """

    kind: Literal["approval"] = "approval"
    source: SourceSelection = Field(default_factory=SourceSelection)
    by: Literal["transfer", "project"] = "transfer"
    tiers: tuple[Tier, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _rising(self) -> Self:
        amounts = [tier.above for tier in self.tiers]
        if sorted(set(amounts)) != amounts:
            raise ValueError("tiers must rise from the lowest amount to the highest")
        return self

    def tier_of(self, moves: Moves) -> Index:
        """By transfer the position of its tier; -1 where nobody has to agree."""
        chosen = self.source.mask(moves.ledger.sources)[moves.source]
        amount = np.where(chosen, moves.amount, 0)
        if self.by == "project":
            amount = sums(moves.taker, amount, len(moves.ledger.projects))[moves.taker]
        floors = np.array([tier.above for tier in self.tiers], dtype=np.int64)
        tier: Index = np.searchsorted(floors, amount, side="left") - 1
        return np.where(chosen, tier, -1)

    def figures(self, moves: Moves) -> Iterator[str]:
        """How many transfers, and how much money, need which level."""
        tier = self.tier_of(moves)
        for k, one in enumerate(self.tiers):
            at = tier == k
            if at.any():
                total = format_yuan(int(moves.amount[at].sum()))
                yield f"{one.level}: {int(at.sum())} transfers, {total} yuan"

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        tiers = [(format_yuan(tier.above), tier.level) for tier in self.tiers]
        if lang == "zh":
            what = "单笔调剂" if self.by == "transfer" else "单个项目调入"
            return what + ",".join(f"超过 {a} 元须经{level}批准" for a, level in tiers) + "。"
        what = "A transfer" if self.by == "transfer" else "What one project receives"
        return what + ",".join(f" above {a} yuan needs {level}" for a, level in tiers) + "."
