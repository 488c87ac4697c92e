"""`single_source`: few sources for one project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Annotated, Literal, final

import numpy as np
from pydantic import Field

from surplus.arithmetic import sums
from surplus.classes import Label
from surplus.flows import Flows, Moves
from surplus.ledger import Ledger
from surplus.policy.rules.base import Breach, Rule
from surplus.policy.rules.own import binary, ones, own_label, recipients
from surplus.policy.selection import ProjectSelection
from surplus.program import Row


@final
class SingleSource(Rule):
    r"""A selected project receives money of at most $k$ sources.

    With binaries $y_{sp}$: $\mathrm{in}_{sp} \le G_p y_{sp}$ and $\sum_s y_{sp} \le k$. Each
    selected recipient is a class of its own with a whole-number column for each source. Precedent:
    专款专用, one project accounted for under one fund notice.
    """

    kind: Literal["single_source"] = "single_source"
    project: ProjectSelection = Field(default_factory=ProjectSelection)
    at_most: Annotated[int, Field(ge=1, strict=True)] = 1

    def labels(self, ledger: Ledger) -> Iterable[Label]:
        """Every selected project is one of its own."""
        yield own_label(ledger, self.project)

    def rows(self, flows: Flows) -> Iterator[Row]:
        """A binary for each source of each recipient, and one count."""
        none = np.zeros(0, dtype=np.int64)
        for own in recipients(flows, self.project):
            if len(own.columns) <= self.at_most:
                continue
            uses = []
            for column in own.columns.tolist():
                source = flows.ledger.sources[int(flows.ins.source[column])].id
                name = f"{own.id} {source}"
                uses.append((binary(self.title, name), 1))
                at = np.array([column], dtype=np.int64)
                extras = ((uses[-1][0], -own.room),)
                row = Row(f"{self.title} {name}", at, ones(at), 0, rule=self.title, extras=extras)
                yield replace(row, defines=True)
            yield Row(
                f"{self.title} {own.id}",
                none,
                none,
                self.at_most,
                rule=self.title,
                extras=tuple(uses),
            )

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Every selected project with more sources."""
        projects = moves.ledger.projects
        at = moves.filling
        pairs = np.unique(np.stack([moves.taker[at], moves.source[at]]), axis=1)
        count = sums(pairs[0], np.ones(pairs.shape[1], dtype=np.int64), len(projects))
        for p in np.flatnonzero(self.project.mask(projects) & (count > self.at_most)).tolist():
            yield Breach(
                self.title,
                f"'{projects.id[p]}' receives money of {int(count[p])} sources, at most {self.at_most} may",
            )

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        project = self.project.sentence(lang)
        if lang == "zh":
            return f"{project}每个项目最多调入 {self.at_most} 项资金。"
        return f"Each of {project} receives money of at most {self.at_most} source(s)."
