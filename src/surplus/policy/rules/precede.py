"""`precede`: some projects get money only when others are full."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Literal, final

import numpy as np

from surplus.classes import TAKING, Label
from surplus.flows import Flows, Moves
from surplus.ledger import Ledger
from surplus.policy.rules.base import Breach, Rule
from surplus.policy.selection import ProjectSelection
from surplus.program import Extra, Row


@final
class Precede(Rule):
    r"""Statutory order: `then` projects receive nothing while a gap of `first` is open.

    With a binary $z$: $\sum_{p \in B} \sum_s \mathrm{in}_{sp} \le G_B z$ and
    $\sum_{p \in A} \sum_s \mathrm{in}_{sp} \ge G_A z$. One whole-number column; no classes beyond
    selected or not. Precedent: the statutory order of payments, in which wages and basic services come
    before construction ("三保", 预算法实施条例).
    """

    kind: Literal["precede"] = "precede"
    first: ProjectSelection
    then: ProjectSelection

    def labels(self, ledger: Ledger) -> Iterable[Label]:
        """Whether the project comes first, or after."""
        yield Label(self.first.mask(ledger.projects).astype(np.int8), TAKING, exchanged=False)
        yield Label(self.then.mask(ledger.projects).astype(np.int8), TAKING, exchanged=False)

    def rows(self, flows: Flows) -> Iterator[Row]:
        """Two rows with one binary column."""
        first = self.first.mask(flows.ledger.projects)
        then = self.then.mask(flows.ledger.projects)
        gap = flows.balance.gap
        before, after = int(gap[first].sum()), int(flows.room.take[then].sum())
        if before == 0 or after == 0:
            return
        full = Extra(f"{self.title} full", 1, integer=True)
        into = then[flows.taker].astype(np.int64)
        then_row = flows.row(
            f"{self.title} then", 0, ins=into, rule=self.title, extras=[(full, -after)]
        )
        yield replace(then_row, defines=True)
        out = first[flows.taker].astype(np.int64)
        yield flows.row(
            f"{self.title} first", 0, ins=-out, rule=self.title, extras=[(full, before)]
        )

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Money to a later project while an earlier one is open."""
        projects = moves.ledger.projects
        first, then = self.first.mask(projects), self.then.mask(projects)
        received = moves.received
        still = np.flatnonzero(first & (received < moves.balance.gap))
        served = np.flatnonzero(then & (received > 0))
        if len(still) and len(served):
            yield Breach(
                self.title,
                f"'{projects.id[served[0]]}' receives money while the gap of "
                f"'{projects.id[still[0]]}' is open",
            )

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        first, then = self.first.sentence(lang), self.then.sentence(lang)
        if lang == "zh":
            return f"{first}的缺口全部弥补后,{then}方可调入资金。"
        return f"{then} receives money only when the gaps of {first} are full."
