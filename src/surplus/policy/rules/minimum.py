"""`minimum`: nothing, or at least an amount."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, final

import numpy as np
from pydantic import Field

from surplus.classes import Label
from surplus.flows import Flows, Moves
from surplus.ledger import Ledger
from surplus.money import format_yuan
from surplus.policy.rules.base import Breach, Rule
from surplus.policy.rules.own import binary, ones, own_label, recipients
from surplus.policy.selection import ProjectSelection
from surplus.program import Row
from surplus.records import Money


@final
class Minimum(Rule):
    r"""A selected project receives nothing, or at least an amount: no dust.

    With a binary $z_p$: $m z_p \le \sum_s \mathrm{in}_{sp} \le G_p z_p$. Each selected recipient
    is a class of its own with a whole-number column; a gap below the amount stays open. Precedent:
    minimum sizes of virements, below which UK councils record none.
    """

    kind: Literal["minimum"] = "minimum"
    project: ProjectSelection = Field(default_factory=ProjectSelection)
    at_least: Money

    def labels(self, ledger: Ledger) -> Iterable[Label]:
        """Every selected project is one of its own."""
        yield own_label(ledger, self.project)

    def rows(self, flows: Flows) -> Iterator[Row]:
        """Two rows and a binary for each recipient."""
        for own in recipients(flows, self.project):
            some = binary(self.title, own.id)
            name = f"{self.title} {own.id}"
            small = own.room < self.at_least and self.severity != "elastic"
            most = 0 if small else own.room
            extras = ((some, -most),)
            yield Row(
                f"{name} most",
                own.columns,
                ones(own.columns),
                0,
                rule=self.title,
                extras=extras,
                defines=True,
            )
            extras = ((some, self.at_least),)
            yield Row(
                f"{name} least",
                own.columns,
                ones(own.columns, -1),
                0,
                rule=self.title,
                extras=extras,
            )

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Every selected project that receives less than the amount, and something."""
        projects = moves.ledger.projects
        received = moves.received
        dust = self.project.mask(projects) & (received > 0) & (received < self.at_least)
        for p in np.flatnonzero(dust).tolist():
            yield Breach(
                self.title,
                f"'{projects.id[p]}' receives {format_yuan(int(received[p]))} yuan, "
                f"less than {format_yuan(self.at_least)}",
            )

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        project, amount = self.project.sentence(lang), format_yuan(self.at_least)
        if lang == "zh":
            return f"{project}要么不调入,要么至少调入 {amount} 元。"
        return f"Each of {project} receives nothing or at least {amount} yuan."
