"""`share`: a floor or ceiling on the part of some money that certain projects hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Literal, Self, final

import numpy as np
from pydantic import Field, model_validator

from surplus.classes import BOTH, Label
from surplus.flows import Flows, Moves, every, planned
from surplus.ledger import Ledger
from surplus.money import format_yuan
from surplus.policy.rules.base import (
    HOPELESS,
    Breach,
    Extremes,
    Gauge,
    Rule,
    exactly,
    grouped_yuan,
    percent,
    rounded,
)
from surplus.policy.selection import ProjectSelection, SourceSelection
from surplus.program import Row
from surplus.records import Share as Portion


@final
class Share(Rule):
    r"""At least, or at most, a share of the selected sources is with the selected projects.

    With $f = a - \mathrm{out} + \mathrm{in}$ (`of: final`) or $f = \mathrm{in}$ (`of: moved`), over the
    selected sources together: $\sum_{p \in P} f_{ps} \ge \alpha \sum_p f_{ps}$. Precedent: industry at
    least 60 % of central and 50 % of provincial rural-revitalisation money (Sichuan, 2023). With
    `baseline: no_worse` a share that is broken before the move must not get worse, and that is all.
    """

    kind: Literal["share"] = "share"
    source: SourceSelection = Field(default_factory=SourceSelection)
    project: ProjectSelection = Field(default_factory=ProjectSelection)
    at_least: Portion | None = None
    at_most: Portion | None = None
    of: Literal["final", "moved"] = "final"
    baseline: Literal["no_worse"] | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("needs 'at_least' or 'at_most', such as \"60%\"")
        if self.baseline is not None and self.of == "moved":
            raise ValueError(
                "'baseline' compares with the share before the move; 'of' must be final"
            )
        return self

    def labels(self, ledger: Ledger) -> Iterable[Label]:
        """Whether the project is selected."""
        chosen = self.project.mask(ledger.projects).astype(np.int8)
        yield Label(chosen, BOTH, self.source.mask(ledger.sources))

    def _bounds(self, before: tuple[int, int]) -> Iterator[tuple[int, Fraction, str]]:
        """Sign, share and words of each bound; `before` is part and whole before the move."""
        now = Fraction(*before) if before[1] else None
        for sign, share, words in ((1, self.at_least, "at least"), (-1, self.at_most, "at most")):
            if share is not None:
                broken = now is not None and sign * (now - share) < 0
                yield sign, now if self.baseline and broken and now is not None else share, words

    @property
    def of_planned(self) -> bool:
        """What all hold after the move is part of the sums."""
        return self.of == "final"

    def rows(self, flows: Flows) -> Iterator[Row]:
        """``sign * (share * whole - part) <= 0``, multiplied by the share's denominator."""
        part, whole = self._sums(flows)
        for sign, share, words in self._bounds((part.bound, whole.bound)):
            n, d = share.numerator, share.denominator
            weights = np.zeros(flows.size, dtype=np.int64)
            np.add.at(weights, whole.columns, sign * n * whole.coefficients)
            np.add.at(weights, part.columns, -sign * d * part.coefficients)
            columns = np.flatnonzero(weights)
            bound = sign * (d * part.bound - n * whole.bound)
            name = f"{self.title} {words}"
            yield Row(name, columns, weights[columns], bound, rule=self.title, unit=d)

    def _sums(self, flows: Flows) -> tuple[Row, Row]:
        """What the selected projects hold, and what all hold: `bound` is the sum without any move."""
        ledger, arriving, leaving = flows.ledger, flows.arriving, flows.leaving
        sources, projects = self.source.mask(ledger.sources), self.project.mask(ledger.projects)
        if self.of == "moved":  # into gaps: an exchange would move money without end
            into = sources[flows.ins.source].astype(np.int64)
            part = flows.row("part", 0, ins=into * projects[flows.taker])
            return part, flows.row("whole", 0, ins=into)
        chosen = (sources[arriving.source] & projects[arriving.project]).astype(np.int64)
        out = (sources[leaving.source] & projects[leaving.project]).astype(np.int64)
        used = sources[flows.used_source].astype(np.int64)
        held = flows.planned(sources, projects)
        everything = flows.planned(sources, every(len(projects)))
        part = flows.row("part", held, arriving=chosen, leaving=-out)
        return part, flows.row("whole", everything, used=used)

    def shortfall(self, flows: Flows, row: Row, extremes: Extremes) -> str:
        """The share before the move, the best that can be reached, and what is needed."""
        part, whole = self._sums(flows)
        floor = row.name.endswith("at least")
        if floor:
            best = extremes.highest(part, whole)
            needed, reach = self.at_least, f"at most {rounded(best)}"
        else:
            weights = np.zeros(flows.size, dtype=np.int64)
            np.add.at(weights, whole.columns, whole.coefficients)
            np.add.at(weights, part.columns, -part.coefficients)
            at = np.flatnonzero(weights)
            others = Row("others", at, weights[at], whole.bound - part.bound)
            best = 1 - extremes.highest(others, whole)
            needed, reach = self.at_most, f"at least {rounded(best, up=True)}"
        assert needed is not None
        words = "needs" if floor else "allows at most"
        now = percent(part.bound, whole.bound)
        before = f" ({HOPELESS})" if row.bound < 0 else ""
        of = f"{self.of} money of {self.source.sentence()}"
        current = "" if self.of == "moved" else f" is {now};"
        return (
            f"the share of {self.project.sentence()} in {of}{current} even with every permitted "
            f"transfer it can reach {reach}, and rule '{self.title}' {words} "
            f"{rounded(needed)}{before}"
        )

    def parts(self, moves: Moves) -> tuple[int, int]:
        """Cents with the selected projects, and with all."""
        sources = self.source.mask(moves.ledger.sources)
        projects = self.project.mask(moves.ledger.projects)
        everyone = every(len(projects))
        count = moves.filled if self.of == "moved" else moves.held_after
        return count(sources, projects), count(sources, everyone)

    def _before(self, ledger: Ledger) -> tuple[int, int]:
        """Cents with the selected projects, and with all, before the move."""
        sources, projects = self.source.mask(ledger.sources), self.project.mask(ledger.projects)
        everything = planned(ledger, sources, every(len(projects)))
        return planned(ledger, sources, projects), everything

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Compare the two sums."""
        part, whole = self.parts(moves)
        for sign, share, words in self._bounds(self._before(moves.ledger)):
            if sign * (share.denominator * part - share.numerator * whole) < 0:
                needed = exactly(share)
                yield Breach(
                    self.title,
                    f"the share of {self.project.sentence()} in {self.of} money of "
                    f"{self.source.sentence()} is {percent(part, whole)} "
                    f"({format_yuan(part)} of {format_yuan(whole)} yuan), needed: {words} {needed}",
                )

    def figures(self, moves: Moves, lang: str = "en") -> Iterator[str]:
        """The share that the plan comes to."""
        part, whole = self.parts(moves)
        share, some, all_ = percent(part, whole), grouped_yuan(part), grouped_yuan(whole)
        yield (
            f"{share}({all_} 元中的 {some} 元)"
            if lang == "zh"
            else f"{share} ({some} of {all_} yuan)"
        )

    def gauges(self, moves: Moves) -> Iterator[Gauge]:
        """The share against each of its bounds."""
        part, whole = self.parts(moves)
        for sign, share, _ in self._bounds(self._before(moves.ledger)):
            yield Gauge("", part, whole, share, sign > 0)

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        source, project = self.source.sentence(lang), self.project.sentence(lang)
        zh = {"at least": "不低于", "at most": "不高于"}
        base = {"final": "调整后", "moved": "调剂"}[self.of]
        limits = [(words, exactly(s)) for _, s, words in self._bounds((0, 0))]
        if lang == "zh":
            return (
                f"{source}{base}资金中{project}的占比"
                + "且".join(f"{zh[words]} {value}" for words, value in limits)
                + "。"
            )
        of = "money after the move" if self.of == "final" else "moved money"
        return (
            f"Of the {of} of {source}, {project} has "
            + " and ".join(f"{words} {value}" for words, value in limits)
            + "."
        )
