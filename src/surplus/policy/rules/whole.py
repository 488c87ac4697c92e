"""`whole`: all of the gap, or nothing."""

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


@final
class Whole(Rule):
    r"""A selected project's gap is closed completely, or not at all.

    With a binary $z_p$: $\sum_s \mathrm{in}_{sp} = G_p z_p$. Each selected recipient is a class of its own
    with a whole-number column. Precedent: new projects of a 项目库 start only with their money complete.
    """

    kind: Literal["whole"] = "whole"
    project: ProjectSelection = Field(default_factory=ProjectSelection)

    def labels(self, ledger: Ledger) -> Iterable[Label]:
        """Every selected project is one of its own."""
        yield own_label(ledger, self.project)

    def rows(self, flows: Flows) -> Iterator[Row]:
        """Two rows and a binary for each recipient."""
        for own in recipients(flows, self.project):
            gap = int(flows.balance.gap[own.project])
            closed = binary(self.title, own.id)
            for words, sign in (("most", 1), ("least", -1)):
                yield Row(
                    f"{self.title} {own.id} {words}",
                    own.columns,
                    ones(own.columns, sign),
                    0,
                    rule=self.title,
                    extras=((closed, -sign * gap),),
                    defines=sign > 0,
                )

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Every selected project whose gap is partly open."""
        projects, gap = moves.ledger.projects, moves.balance.gap
        received = moves.received
        partly = self.project.mask(projects) & (received > 0) & (received < gap)
        for p in np.flatnonzero(partly).tolist():
            yield Breach(
                self.title,
                f"'{projects.id[p]}' receives {format_yuan(int(received[p]))} of "
                f"{format_yuan(int(gap[p]))} yuan",
            )

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        project = self.project.sentence(lang)
        if lang == "zh":
            return f"{project}的缺口要么全部弥补,要么不弥补。"
        return f"The gap of each of {project} is closed completely or not at all."
