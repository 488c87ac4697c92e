"""`approval`: who has to agree to a transfer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, Self, final

import numpy as np
from pydantic import Field, model_validator

from surplus.arithmetic import sums
from surplus.classes import Label
from surplus.flows import Flows, Moves
from surplus.ledger import Ledger
from surplus.ledger.columns import PRIORITY_SCALE, Index
from surplus.money import format_yuan
from surplus.policy.rules.base import Rule, grouped_yuan
from surplus.policy.rules.own import ones, own_label, recipients
from surplus.policy.selection import ProjectSelection, SourceSelection
from surplus.program import Extra, Row
from surplus.records import Money, Record


class Tier(Record):
    """Amounts above `above` need `level`, which costs as much as `cost` of the first objective."""

    above: Money
    level: str
    cost: Money = 0


@final
class Approval(Rule):
    r"""Transfers above an amount need a level of approval: a label, no bound.

    Transfer $i$ needs the level of the highest tier with `above` < its amount, or than all that its
    recipient receives of the selected sources (`by`: `project`). Precedent: virement bands of UK
    councils; transfers above $100,000 go to the board (Cabarrus County).

    A tier may have a `cost`, in the measure of the first objective (yuan filled at weight 1): the plan
    then asks for an approval only where it is worth that. Only with `by`: `project`, and every selected
    recipient becomes a class of its own, with a whole-number column for each tier:
    $\sum_{s \in S} \mathrm{in}_{sp} \le T_k + (G_p - T_k) y_{pk}$.
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
        costs = [tier.cost for tier in self.tiers]
        if sorted(costs) != costs:
            raise ValueError("a higher tier cannot cost less than a lower one")
        if any(costs) and (self.by != "project" or self.severity == "elastic"):
            raise ValueError("tiers with a cost need by: 'project', and are not elastic")
        return self

    def labels(self, ledger: Ledger) -> Iterable[Label]:
        """Where approvals cost something every project is one of its own."""
        if self.tiers[-1].cost:
            yield own_label(ledger, ProjectSelection())

    def rows(self, flows: Flows) -> Iterator[Row]:
        """For each recipient and tier with a cost what it may receive without it."""
        if not self.tiers[-1].cost:
            return
        chosen = self.source.mask(flows.ledger.sources)
        for own in recipients(flows, ProjectSelection()):
            at = own.columns[chosen[flows.ins.source[own.columns]]]
            before = 0
            for tier in self.tiers:
                more, before = tier.cost - before, tier.cost
                if more and own.room > tier.above and len(at):
                    name = f"{self.title} {own.id} {tier.level}"
                    asked = Extra(name, 1, integer=True, penalty=more * PRIORITY_SCALE)
                    extras = ((asked, tier.above - own.room),)
                    yield Row(name, at, ones(at), tier.above, rule=self.title, extras=extras)

    def tier_of(self, moves: Moves) -> Index:
        """By transfer the position of its tier; -1 where nobody has to agree."""
        chosen = self.source.mask(moves.ledger.sources)[moves.source]
        amount = np.where(chosen, moves.amount, 0)
        if self.by == "project":
            amount = np.where(moves.filling, amount, 0)
            amount = sums(moves.taker, amount, len(moves.ledger.projects))[moves.taker]
        floors = np.array([tier.above for tier in self.tiers], dtype=np.int64)
        tier: Index = np.searchsorted(floors, amount, side="left") - 1
        return np.where(chosen, tier, -1)

    def figures(self, moves: Moves, lang: str = "en") -> Iterator[str]:
        """How many transfers, and how much money, need which level."""
        tier = self.tier_of(moves)
        for k, one in enumerate(self.tiers):
            at = tier == k
            if at.any():
                count, total = int(at.sum()), grouped_yuan(int(moves.amount[at].sum()))
                yield f"{one.level}: " + (
                    f"{count} 笔,{total} 元" if lang == "zh" else f"{count} transfers, {total} yuan"
                )

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        tiers = [(format_yuan(tier.above), tier.level) for tier in self.tiers]
        if lang == "zh":
            what = "单笔调剂" if self.by == "transfer" else "单个项目调入"
            return what + ",".join(f"超过 {a} 元须经{level}批准" for a, level in tiers) + "。"
        what = "A transfer" if self.by == "transfer" else "What one project receives"
        return what + ",".join(f" above {a} yuan needs {level}" for a, level in tiers) + "."
