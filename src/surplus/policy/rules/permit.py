"""`permit`: money of a source goes only where a permit for it says."""

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
class Permit(Rule):
    r"""Earmarked money goes only to permitted uses.

    $\mathrm{in}_{sp} = 0$ where some permit selects $s$ and none selects the pair $(s, p)$. A source
    that no permit selects may go anywhere that no `forbid` names. All permits act together: another
    permit for a source widens its uses. Precedent: the list of permitted uses of earmarked rural
    funds, 财农〔2021〕22号.
    """

    shapes: ClassVar[bool] = True

    kind: Literal["permit"] = "permit"
    source: SourceSelection = Field(default_factory=SourceSelection)
    project: ProjectSelection = Field(default_factory=ProjectSelection)

    def labels(self, ledger: Ledger) -> Iterable[Label]:
        """Whether the project is permitted."""
        yield Label(
            self.project.mask(ledger.projects).astype(np.int8),
            TAKING,
            self.source.mask(ledger.sources),
        )

    @classmethod
    def closes(cls, rules: Sequence[Self], pairs: Pairs) -> Mask:
        """Pairs whose source some permit selects, and that no permit selects."""
        tied = np.zeros(len(pairs.ledger.sources), dtype=np.bool_)
        opened = np.zeros(len(pairs.source), dtype=np.bool_)
        for rule in rules:
            of_sources = rule.source.mask(pairs.ledger.sources)
            tied |= of_sources
            opened |= pairs.chosen(of_sources, rule.project.mask(pairs.ledger.projects))
        return tied[pairs.source] & ~opened

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        source, project = self.source.sentence(lang), self.project.sentence(lang)
        if lang == "zh":
            return f"{source}可以用于{project}。"
        return f"Money of {source} may go to {project}."
