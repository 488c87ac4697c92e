"""`freeze`: projects that neither give nor receive for now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal, final

import numpy as np
from pydantic import Field

from surplus.balance import Balance
from surplus.flows import Moves
from surplus.ledger import Ledger
from surplus.policy.rules.base import Breach, Rule
from surplus.policy.selection import ProjectSelection
from surplus.rooms import Limits


@final
class Freeze(Rule):
    r"""Selected projects keep what they have and get nothing.

    $\mathrm{out}_{ps} = 0$ and $\mathrm{in}_{sp} = 0$ for selected $p$. Precedent: projects under an
    audit or dispute are left out of a 统筹 (pooling) round until it is closed.
    """

    shapes: ClassVar[bool] = True

    kind: Literal["freeze"] = "freeze"
    project: ProjectSelection = Field(default_factory=ProjectSelection)

    def limits(self, ledger: Ledger, balance: Balance) -> Limits:
        """No room in any direction."""
        chosen = self.project.mask(ledger.projects)
        take = np.where(chosen, 0, balance.gap)
        kept = chosen[ledger.funding.project]
        give = np.where(kept, 0, balance.releasable)
        return Limits(take, give, np.where(kept, 0, balance.swappable))

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Every selected project that gives or receives."""
        chosen = self.project.mask(moves.ledger.projects)
        ids = moves.ledger.projects.id
        for p in np.unique(moves.taker[chosen[moves.taker]]).tolist():
            yield Breach(self.title, f"'{ids[p]}' receives money and is frozen")
        givers = moves.giver[moves.given]
        for p in np.unique(givers[chosen[givers]]).tolist():
            yield Breach(self.title, f"'{ids[p]}' gives money and is frozen")

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        project = self.project.sentence(lang)
        if lang == "zh":
            return f"{project}暂停调入和调出。"
        return f"Frozen: {project}; nothing is moved in or out."
