"""`cap`: a ceiling on what flows into, or out of, projects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Literal, final

import numpy as np
from pydantic import Field

from surplus.flows import Flows, Moves, groups
from surplus.ledger import Projects
from surplus.ledger.columns import Index
from surplus.money import format_yuan
from surplus.policy.rules.base import Breach, Rule, percent
from surplus.policy.selection import ProjectSelection, SourceSelection
from surplus.program import Row
from surplus.records import ShareOrMoney


@final
class Cap(Rule):
    r"""At most an amount, or a share of planned investment, moves in or out.

    $\sum_{s \in S, p \in P} \mathrm{in}_{sp} \le B$ (or $\mathrm{out}_{ps}$), with $B$ an amount or
    $\lfloor \beta \sum_{s \in S, p \in P} a_{ps} \rfloor$; `per` repeats the cap for each value of a
    field. Unallocated money is out of no project. Precedent: at most 50 % of a programme's
    apportionment may be transferred, 23 USC 126.
    """

    kind: Literal["cap"] = "cap"
    flow: Literal["in", "out"]
    source: SourceSelection = Field(default_factory=SourceSelection)
    project: ProjectSelection = Field(default_factory=ProjectSelection)
    at_most: ShareOrMoney
    per: str | None = None

    def labels(self, projects: Projects) -> Iterable[tuple[Index, bool]]:
        """Whether the project is selected, and its group."""
        chosen = self.project.mask(projects)
        codes = np.zeros(len(projects), dtype=np.int64)
        if self.per == "id":
            codes = np.arange(len(projects), dtype=np.int64)
        elif self.per in projects.fields:
            codes = projects.fields[self.per].codes.astype(np.int64) + 1
        yield np.where(chosen, codes + 1, 0), False

    def rows(self, flows: Flows) -> Iterator[Row]:
        """One row per group, multiplied by the share's denominator."""
        among = self.source.mask(flows.sources), self.project.mask(flows.projects)
        cells = flows.ins if self.flow == "in" else flows.outs
        for group, sources, projects in groups(flows.projects, flows.sources, self.per, among):
            chosen = (sources[cells.source] & projects[cells.project]).astype(np.int64)
            if isinstance(self.at_most, Fraction):
                weight = self.at_most.denominator
                bound = self.at_most.numerator * flows.planned(sources, projects)
            else:
                weight, bound = 1, self.at_most
            name = " ".join(filter(None, (self.title, group)))
            weights = weight * chosen
            if self.flow == "in":
                yield flows.row(name, bound, ins=weights, rule=self.title)
            else:
                yield flows.row(name, bound, outs=weights, rule=self.title)

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Compare each group's sum with its ceiling."""
        ledger = moves.ledger
        among = self.source.mask(ledger.sources), self.project.mask(ledger.projects)
        count = moves.into if self.flow == "in" else moves.out_of
        for group, sources, projects in groups(ledger.projects, ledger.sources, self.per, among):
            bound = (
                self.at_most * moves.planned(sources, projects)
                if isinstance(self.at_most, Fraction)
                else self.at_most
            )
            moved = count(sources, projects)
            if moved > bound:
                where = f" ({group})" if group else ""
                yield Breach(
                    self.title,
                    f"{format_yuan(moved)} yuan move {self.flow}{where}, "
                    f"at most {format_yuan(int(bound))} may",
                )

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        source, project = self.source.sentence(lang), self.project.sentence(lang)
        if isinstance(self.at_most, Fraction):
            share = percent(self.at_most.numerator, self.at_most.denominator)
            limit = {"en": f"{share} of their planned investment", "zh": f"计划投资的 {share}"}
        else:
            limit = dict.fromkeys(("en", "zh"), f"{format_yuan(self.at_most)} ")
            limit = {"en": limit["en"] + "yuan", "zh": limit["zh"] + "元"}
        if lang == "zh":
            per = f"每个{self.per}" if self.per else ""
            verb = "调入" if self.flow == "in" else "调出"
            return f"{per}{project}{verb}{source}不超过{limit['zh']}。"
        per = f", for each {self.per}," if self.per else ""
        verb = "into" if self.flow == "in" else "out of"
        return f"Money of {source} moved {verb} {project}{per} is at most {limit['en']}."
