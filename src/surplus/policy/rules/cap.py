"""`cap`: a ceiling on what flows into, or out of, projects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Literal, final

import numpy as np
from pydantic import Field

from surplus.arithmetic import share_down
from surplus.classes import GIVING, TAKING, Label
from surplus.flows import Flows, Groups, Moves, groups
from surplus.ledger import Ledger
from surplus.ledger.columns import Cents
from surplus.money import format_yuan
from surplus.policy.rules.base import Breach, Extremes, Gauge, Rule, exactly, grouped_yuan
from surplus.policy.selection import (
    ProjectSelection,
    SourceSelection,
    field_name,
    group_name,
)
from surplus.program import Row
from surplus.records import ShareOrMoney


class FlowLimit(Rule):
    r"""At most an amount, or a share of planned investment, moves in or out.

    $\sum_{s \in S, p \in P} \mathrm{in}_{sp} \le B$ (or $\mathrm{out}_{ps}$), with $B$ an amount or
    $\lfloor \beta \sum_{s \in S, p \in P} a_{ps} \rfloor$; `per` repeats the cap for each value of a
    field. Unallocated money is out of no project.
    """

    flow: Literal["in", "out"]
    source: SourceSelection = Field(default_factory=SourceSelection)
    project: ProjectSelection = Field(default_factory=ProjectSelection)
    at_most: ShareOrMoney
    per: str | None = None

    def labels(self, ledger: Ledger) -> Iterable[Label]:
        """Whether the project is selected, and its group."""
        among = self._among(ledger)
        whom = TAKING if self.flow == "in" else GIVING
        yield Label(among.by_project + 1, whom, among.by_source >= 0)

    @property
    def of_planned(self) -> bool:
        """A share is of planned investment."""
        return isinstance(self.at_most, Fraction)

    def _among(self, ledger: Ledger) -> Groups:
        sources, projects = self.source.mask(ledger.sources), self.project.mask(ledger.projects)
        return groups(ledger, self.per, sources, projects)

    def _bounds(self, ledger: Ledger, among: Groups) -> Cents:
        """Cents at most, by group."""
        if not isinstance(self.at_most, Fraction):
            return np.full(among.size, self.at_most, dtype=np.int64)
        funding = ledger.funding
        planned = among.add_up(funding.source, funding.project, funding.planned)
        return share_down(planned, self.at_most)

    def rows(self, flows: Flows) -> Iterator[Row]:
        """One row per group; a group that nothing can reach has none."""
        among = self._among(flows.ledger)
        bounds = self._bounds(flows.ledger, among)
        for group, columns in flows.split(self.flow == "in", among):
            name = " ".join(filter(None, (self.title, among.name(group))))
            ones = np.ones(len(columns), dtype=np.int64)
            yield Row(name, columns, ones, int(bounds[group]), rule=self.title)

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Compare each group's sum with its ceiling."""
        among = self._among(moves.ledger)
        bounds = self._bounds(moves.ledger, among)
        moved = moves.by_group(self.flow == "in", among)
        for g in np.flatnonzero(moved > bounds).tolist():
            where = f" ({among.name(g)})" if among.name(g) else ""
            yield Breach(
                self.title,
                f"{format_yuan(int(moved[g]))} yuan move {self.flow}{where}, "
                f"at most {format_yuan(int(bounds[g]))} may",
            )

    def figures(self, moves: Moves, lang: str = "en") -> Iterator[str]:
        """What moves against what may, by group."""
        for gauge in self.gauges(moves):
            where = f"{group_name(gauge.of, lang)}: " if gauge.of else ""
            moved, most = grouped_yuan(gauge.part), grouped_yuan(gauge.whole)
            yield where + (
                f"{moved} 元,上限 {most} 元" if lang == "zh" else f"{moved} of at most {most} yuan"
            )

    def gauges(self, moves: Moves) -> Iterator[Gauge]:
        """What moves against what may; of several groups those in which anything moves."""
        among = self._among(moves.ledger)
        bounds = self._bounds(moves.ledger, among)
        moved = moves.by_group(self.flow == "in", among)
        for g in range(among.size) if among.size == 1 else np.flatnonzero(moved).tolist():
            yield Gauge(among.name(g), int(moved[g]), int(bounds[g]), Fraction(1), False)

    def shortfall(self, flows: Flows, row: Row, extremes: Extremes) -> str:
        """What would have to move against what may."""
        least = format_yuan(-(-extremes.least(row) // 1))
        return (
            f"at most {format_yuan(row.bound)} yuan may move {self.flow}, "
            f"at least {least} would have to"
        )

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        source, project = self.source.sentence(lang), self.project.sentence(lang)
        if isinstance(self.at_most, Fraction):
            share = exactly(self.at_most)
            limit = {"en": f"{share} of their planned investment", "zh": f"计划投资的 {share}"}
        else:
            limit = dict.fromkeys(("en", "zh"), f"{format_yuan(self.at_most)} ")
            limit = {"en": limit["en"] + "yuan", "zh": limit["zh"] + "元"}
        if lang == "zh":
            per = f"每个{field_name(self.per, lang)}" if self.per else ""
            verb = "调入" if self.flow == "in" else "调出"
            return f"{per}{project}{verb}{source}不超过{limit['zh']}。"
        per = f", for each {self.per}," if self.per else ""
        verb = "into" if self.flow == "in" else "out of"
        return f"Money of {source} moved {verb} {project}{per} is at most {limit['en']}."


@final
class Cap(FlowLimit):
    r"""A ceiling on one plan; the formula is that of `FlowLimit`.

    Precedent: at most 50 % of a programme's apportionment may be transferred, 23 USC 126.
    """

    kind: Literal["cap"] = "cap"
