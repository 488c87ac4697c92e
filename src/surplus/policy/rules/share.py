"""`share`: a floor or ceiling on the part of some money that certain projects hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Literal, Self, final

import numpy as np
from pydantic import Field, model_validator

from surplus.flows import Flows, Moves, every
from surplus.ledger import Projects
from surplus.ledger.columns import Index
from surplus.policy.rules.base import Breach, Rule, percent
from surplus.policy.selection import ProjectSelection, SourceSelection
from surplus.program import Row
from surplus.records import Share as Portion


@final
class Share(Rule):
    r"""At least, or at most, a share of the selected sources is with the selected projects.

    With $f = a - \mathrm{out} + \mathrm{in}$ (`of: final`) or $f = \mathrm{in}$ (`of: moved`), over the
    selected sources together: $\sum_{p \in P} f_{ps} \ge \alpha \sum_p f_{ps}$. Precedent: industry at
    least 60 % of central and 50 % of provincial rural-revitalisation money (Sichuan, 2023).
    """

    kind: Literal["share"] = "share"
    source: SourceSelection = Field(default_factory=SourceSelection)
    project: ProjectSelection = Field(default_factory=ProjectSelection)
    at_least: Portion | None = None
    at_most: Portion | None = None
    of: Literal["final", "moved"] = "final"

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("needs 'at_least' or 'at_most', such as \"60%\"")
        return self

    def labels(self, projects: Projects) -> Iterable[tuple[Index, bool]]:
        """Whether the project is selected."""
        yield self.project.mask(projects).astype(np.int64), False

    def _bounds(self) -> Iterator[tuple[int, Fraction, str]]:
        if self.at_least is not None:
            yield 1, self.at_least, "at least"
        if self.at_most is not None:
            yield -1, self.at_most, "at most"

    def rows(self, flows: Flows) -> Iterator[Row]:
        """``sign * (share * all - part) <= 0``, multiplied by the share's denominator."""
        sources, projects = self.source.mask(flows.sources), self.project.mask(flows.projects)
        ins_all = sources[flows.ins.source].astype(np.int64)
        ins = ins_all * projects[flows.ins.project]
        outs = (sources[flows.outs.source] & projects[flows.outs.project]).astype(np.int64)
        used = sources[flows.used_source].astype(np.int64)
        held = flows.planned(sources, projects)
        whole = flows.planned(sources, every(len(projects)))
        for sign, share, words in self._bounds():
            n, d = share.numerator, share.denominator
            name = f"{self.title} {words}"
            if self.of == "moved":
                weights = sign * (n * ins_all - d * ins)
                yield flows.row(name, 0, ins=weights, rule=self.title)
            else:
                yield flows.row(
                    name,
                    sign * (d * held - n * whole),
                    ins=-sign * d * ins,
                    outs=sign * d * outs,
                    used=sign * n * used,
                    rule=self.title,
                )

    def parts(self, moves: Moves) -> tuple[int, int]:
        """Cents with the selected projects, and with all."""
        sources = self.source.mask(moves.ledger.sources)
        projects = self.project.mask(moves.ledger.projects)
        everyone = every(len(projects))
        count = moves.into if self.of == "moved" else moves.held_after
        return count(sources, projects), count(sources, everyone)

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Compare the two sums."""
        part, whole = self.parts(moves)
        for sign, share, words in self._bounds():
            if sign * (share.denominator * part - share.numerator * whole) < 0:
                needed = percent(share.numerator, share.denominator)
                yield Breach(
                    self.title,
                    f"the share of {self.project.sentence()} in {self.of} money of "
                    f"{self.source.sentence()} is {percent(part, whole)} "
                    f"({part / 100:.2f} of {whole / 100:.2f} yuan), needed: {words} {needed}",
                )

    def figures(self, moves: Moves) -> Iterator[str]:
        """The share that the plan comes to."""
        part, whole = self.parts(moves)
        yield f"{percent(part, whole)} ({part / 100:.2f} of {whole / 100:.2f} yuan)"

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        source, project = self.source.sentence(lang), self.project.sentence(lang)
        zh = {"at least": "不低于", "at most": "不高于"}
        base = {"final": "调整后", "moved": "调剂"}[self.of]
        limits = [(words, percent(s.numerator, s.denominator)) for _, s, words in self._bounds()]
        if lang == "zh":
            return f"{source}{base}资金中{project}的占比" + "且".join(
                f"{zh[words]} {value}" for words, value in limits
            ) + "。"
        of = "money after the move" if self.of == "final" else "moved money"
        return f"Of the {of} of {source}, {project} has " + " and ".join(
            f"{words} {value}" for words, value in limits
        ) + "."
