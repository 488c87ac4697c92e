"""`forbid`: money of a source never goes to certain projects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal, Self, final

import numpy as np
from pydantic import Field

from surplus.classes import TAKING, Label
from surplus.flows import Pairs
from surplus.ledger import Ledger
from surplus.ledger.columns import Mask
from surplus.policy.rules.base import Rule
from surplus.policy.selection import ProjectSelection, SourceSelection


@final
class Forbid(Rule):
    r"""A negative list.

    $\mathrm{in}_{sp} = 0$ for every selected pair, whatever a `permit` says. Precedent: the negative
    list of the integrated rural funds (负面清单), 财农〔2021〕22号.
    """

    shapes: ClassVar[bool] = True

    kind: Literal["forbid"] = "forbid"
    source: SourceSelection = Field(default_factory=SourceSelection)
    project: ProjectSelection = Field(default_factory=ProjectSelection)

    def labels(self, ledger: Ledger) -> Iterable[Label]:
        """Whether the project is on the list."""
        yield Label(
            self.project.mask(ledger.projects).astype(np.int8),
            TAKING,
            self.source.mask(ledger.sources),
        )

    @classmethod
    def closes(cls, rules: Sequence[Self], pairs: Pairs) -> Mask:
        """Pairs that any rule names."""
        closed = np.zeros(len(pairs.source), dtype=np.bool_)
        for rule in rules:
            closed |= pairs.chosen(
                rule.source.mask(pairs.ledger.sources), rule.project.mask(pairs.ledger.projects)
            )
        return closed

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        source, project = self.source.sentence(lang), self.project.sentence(lang)
        if lang == "zh":
            return f"{source}不得用于{project}。"
        return f"Money of {source} must not go to {project}."
