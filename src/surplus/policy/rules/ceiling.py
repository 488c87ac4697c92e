"""`ceiling`: how far a project may be filled."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import ClassVar, Literal, final

import numpy as np
from pydantic import Field

from surplus.arithmetic import share_down
from surplus.balance import Balance
from surplus.flows import Moves
from surplus.ledger import Ledger
from surplus.ledger.columns import UNKNOWN, Cents
from surplus.money import format_yuan
from surplus.policy.rules.base import Breach, Rule, exactly
from surplus.policy.selection import ProjectSelection
from surplus.records import ShareOrMoney
from surplus.rooms import Limits


@final
class Ceiling(Rule):
    r"""A project that receives ends with at most a share of its plan, audited price or cost.

    $\sum_s \mathrm{in}_{sp} \le \max(0, \lfloor \beta B_p \rfloor - I_p)$, with $B_p$ the planned
    investment, the audited price with other costs, or the expected final cost; or an amount instead of
    the share. A project without an audited price is not bound by a share of it. Precedent: at most 120 %
    of a scheme's plan (Blackpool), a subsidy at most the audited price (松阳).
    """

    shapes: ClassVar[bool] = True

    kind: Literal["ceiling"] = "ceiling"
    project: ProjectSelection = Field(default_factory=ProjectSelection)
    of: Literal["planned", "audited", "cost"] = "planned"
    at_most: ShareOrMoney

    def _room(self, ledger: Ledger, balance: Balance) -> Cents:
        """Cents that each project may receive, the gap where the rule does not bind it."""
        if isinstance(self.at_most, Fraction):
            prices = ledger.projects.prices
            known = prices["audited"] != UNKNOWN
            base = {
                "planned": balance.issued,
                "audited": np.where(known, prices["audited"] + prices["other"], 0),
                "cost": balance.cost,
            }[self.of]
            top = share_down(base, self.at_most)
            bound = known if self.of == "audited" else np.ones(len(base), dtype=np.bool_)
        else:
            top = np.full(len(balance.gap), self.at_most, dtype=np.int64)
            bound = np.ones(len(top), dtype=np.bool_)
        chosen = bound & self.project.mask(ledger.projects)
        room = np.clip(top - balance.issued, 0, balance.gap)
        return np.where(chosen, room, balance.gap)

    def limits(self, ledger: Ledger, balance: Balance) -> Limits:
        """Members' rooms add up: the rule costs no classes."""
        return Limits(take=self._room(ledger, balance))

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Every project that received more than its ceiling leaves."""
        received = moves.received
        room = np.where(
            self.project.mask(moves.ledger.projects),
            self._room(moves.ledger, moves.balance),
            received,
        )
        for p in np.flatnonzero(received > room).tolist():
            yield Breach(
                self.title,
                f"'{moves.ledger.projects.id[p]}' receives {format_yuan(int(received[p]))} yuan, "
                f"its ceiling leaves {format_yuan(int(room[p]))}",
            )

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        project = self.project.sentence(lang)
        if isinstance(self.at_most, Fraction):
            share = exactly(self.at_most)
            names = {"planned": "计划投资", "audited": "审定价", "cost": "预计最终成本"}
            words = {"planned": "planned investment", "audited": "audited price", "cost": "cost"}
            limit = (
                f"{names[self.of]}的 {share}"
                if lang == "zh"
                else f"{share} of its {words[self.of]}"
            )
        else:
            limit = f"{format_yuan(self.at_most)} " + ("元" if lang == "zh" else "yuan")
        if lang == "zh":
            return f"{project}调入后的资金不超过{limit}。"
        return f"Each of {project} that receives money ends with at most {limit}."
