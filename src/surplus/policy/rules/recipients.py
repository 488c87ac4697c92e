"""`recipients`: few projects receive money."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal, final

import numpy as np
from pydantic import Field

from surplus.classes import Label
from surplus.flows import Flows, Moves
from surplus.ledger import Ledger
from surplus.policy.rules.base import Breach, Rule
from surplus.policy.rules.own import binary, ones, own_label
from surplus.policy.rules.own import recipients as reached
from surplus.policy.selection import ProjectSelection
from surplus.program import Row


@final
class Recipients(Rule):
    r"""At most $k$ of the selected projects receive money.

    With binaries $z_p$: $\sum_s \mathrm{in}_{sp} \le G_p z_p$ and $\sum_p z_p \le k$. Each selected
    recipient is a class of its own with a whole-number column. Precedent: administrative limits; every
    调整 of a project needs a filing of its own.
    """

    kind: Literal["recipients"] = "recipients"
    project: ProjectSelection = Field(default_factory=ProjectSelection)
    at_most: Annotated[int, Field(ge=0, strict=True)]

    def labels(self, ledger: Ledger) -> Iterable[Label]:
        """Every selected project is one of its own."""
        yield own_label(ledger, self.project)

    def rows(self, flows: Flows) -> Iterator[Row]:
        """A binary for each recipient, and one count."""
        served = []
        for one in reached(flows, self.project):
            served.append((binary(self.title, one.id), 1))
            name, extras = f"{self.title} {one.id}", ((served[-1][0], -one.room),)
            weights = ones(one.columns)
            yield Row(name, one.columns, weights, 0, rule=self.title, extras=extras, defines=True)
        none = np.zeros(0, dtype=np.int64)
        if served:
            name = f"{self.title} count"
            yield Row(name, none, none, self.at_most, rule=self.title, extras=tuple(served))

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Count them."""
        chosen = self.project.mask(moves.ledger.projects)
        count = int(np.count_nonzero(chosen & (moves.received > 0)))
        if count > self.at_most:
            yield Breach(self.title, f"{count} projects receive money, at most {self.at_most} may")

    def figures(self, moves: Moves, lang: str = "en") -> Iterator[str]:
        """How many receive."""
        chosen = self.project.mask(moves.ledger.projects)
        count = int(np.count_nonzero(chosen & (moves.received > 0)))
        most = self.at_most
        yield (
            f"{count} 个项目,上限 {most} 个"
            if lang == "zh"
            else f"{count} of at most {most} projects"
        )

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        project = self.project.sentence(lang)
        if lang == "zh":
            return f"{project}中最多 {self.at_most} 个项目调入资金。"
        return f"At most {self.at_most} of {project} receive money."
