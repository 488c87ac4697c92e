"""`co_finance`: the mix of sources within one project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Literal, Self, final

import numpy as np
from pydantic import Field, model_validator

from surplus.arithmetic import sums
from surplus.classes import BOTH, Label
from surplus.flows import Flows, Moves, holdings
from surplus.ledger import Ledger
from surplus.ledger.columns import Cents, Mask
from surplus.money import format_yuan
from surplus.policy.rules.base import (
    HOPELESS,
    Breach,
    Extremes,
    Gauge,
    Rule,
    exactly,
    percent,
    rounded,
)
from surplus.policy.selection import ProjectSelection, SourceSelection
from surplus.program import Row
from surplus.records import Share


@final
class CoFinance(Rule):
    r"""Within each selected project's final funding the selected sources hold a share.

    $\sum_{s \in S} f_{ps} \ge \alpha \sum_s f_{ps}$ (or $\le$) for each selected $p$, with
    $f = a - \mathrm{out} + \mathrm{in}$. Each selected project that can give or receive is a class of
    its own, with one row: the rule costs as many classes as it selects. Precedent: co-financing rates of
    EU programmes, Regulation (EU) 2021/1060 art. 112.
    """

    kind: Literal["co_finance"] = "co_finance"
    source: SourceSelection = Field(default_factory=SourceSelection)
    project: ProjectSelection = Field(default_factory=ProjectSelection)
    at_least: Share | None = None
    at_most: Share | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("needs 'at_least' or 'at_most', such as \"60%\"")
        return self

    def labels(self, ledger: Ledger) -> Iterable[Label]:
        """Every selected project is one of its own."""
        chosen = self.project.mask(ledger.projects)
        yield Label(np.where(chosen, 1 + np.arange(len(chosen)), 0), BOTH, single=True)

    def _bounds(self) -> Iterator[tuple[int, Fraction, str]]:
        if self.at_least is not None:
            yield 1, self.at_least, "at least"
        if self.at_most is not None:
            yield -1, self.at_most, "at most"

    @property
    def of_planned(self) -> bool:
        """A project's whole funding counts."""
        return True

    def rows(self, flows: Flows) -> Iterator[Row]:
        """``sign * (share * all - part) <= 0``, multiplied by the share's denominator."""
        ledger = flows.ledger
        sources, chosen = self.source.mask(ledger.sources), self.project.mask(ledger.projects)
        held, all_held = _before(ledger, sources)
        ends = (flows.arriving, flows.leaving)
        column, source, project = (np.concatenate(both) for both in [*zip(*ends, strict=True)][:3])
        into = np.repeat([1, -1], [len(end.columns) for end in ends])
        order = np.argsort(project, kind="stable")
        starts = np.searchsorted(project[order], np.arange(len(chosen) + 1))
        for sign, share, words in self._bounds():
            n, d = share.numerator, share.denominator
            bounds = sign * (d * held.astype(object) - n * all_held.astype(object))
            weights = sign * into * (n - d * sources[source])
            for p in np.flatnonzero(chosen).tolist():
                at = np.sort(order[starts[p] : starts[p + 1]])
                if len(at) or bounds[p] < 0:
                    name = f"{self.title} {words} {ledger.projects.id[p]}"
                    bound = int(bounds[p])
                    yield Row(name, column[at], weights[at], bound, rule=self.title, unit=d)

    def _parts(self, moves: Moves) -> tuple[Cents, Cents]:
        """By project what it holds of the selected sources after the move, and in all."""
        sources, size = self.source.mask(moves.ledger.sources), len(moves.ledger.projects)
        project, source, amount = holdings(moves)
        part = sums(project, np.where(sources[source], amount, 0), size)
        return part, sums(project, amount, size)

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Every selected project whose mix is wrong."""
        ledger = moves.ledger
        chosen = self.project.mask(ledger.projects)
        part, whole = self._parts(moves)
        for sign, share, words in self._bounds():
            n, d = share.numerator, share.denominator
            short = sign * (d * part.astype(object) - n * whole.astype(object)) < 0
            for p in np.flatnonzero(chosen & short.astype(np.bool_)).tolist():
                yield Breach(
                    self.title,
                    f"{self.source.sentence()} holds {percent(int(part[p]), int(whole[p]))} of "
                    f"'{ledger.projects.id[p]}' ({format_yuan(int(part[p]))} of "
                    f"{format_yuan(int(whole[p]))} yuan), needed: {words} {exactly(share)}",
                )

    def figures(self, moves: Moves, lang: str = "en") -> Iterator[str]:
        """For each bound the project that comes closest to it."""
        gauges = [*self.gauges(moves)]
        for floor, zh, en in ((True, "最低", "lowest"), (False, "最高", "highest")):
            shares = [(Fraction(g.part, g.whole), g.of) for g in gauges if g.floor is floor]
            if shares:
                share, project = min(shares) if floor else max(shares)
                said = rounded(share)
                yield f"{zh} {said}({project})" if lang == "zh" else f"{en} {said} ({project})"

    def gauges(self, moves: Moves) -> Iterator[Gauge]:
        """The mix of each selected project that holds money."""
        part, whole = self._parts(moves)
        held = np.flatnonzero(self.project.mask(moves.ledger.projects) & (whole > 0))
        for sign, share, _ in self._bounds():
            for p in held.tolist():
                name = str(moves.ledger.projects.id[p])
                yield Gauge(name, int(part[p]), int(whole[p]), share, sign > 0)

    def shortfall(self, flows: Flows, row: Row, extremes: Extremes) -> str:
        """Which project cannot keep its mix."""
        before = f"; {HOPELESS}" if row.bound < 0 else ""
        return f"'{row.name.removeprefix(self.title + ' ')}' cannot be reached{before}"

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        source, project = self.source.sentence(lang), self.project.sentence(lang)
        zh = {"at least": "不低于", "at most": "不高于"}
        limits = [(words, exactly(s)) for _, s, words in self._bounds()]
        if lang == "zh":
            return f"{project}每个项目调整后资金中{source}占比" + "且".join(
                f"{zh[words]} {value}" for words, value in limits
            ) + "。"  # fmt: skip
        return f"In each of {project}, {source} holds " + " and ".join(
            f"{words} {value}" for words, value in limits
        ) + " of the money after the move."  # fmt: skip


def _before(ledger: Ledger, sources: Mask) -> tuple[Cents, Cents]:
    """By project what it holds of the sources, and in all."""
    funding, size = ledger.funding, len(ledger.projects)
    mine = np.where(sources[funding.source], funding.planned, 0)
    return sums(funding.project, mine, size), sums(funding.project, funding.planned, size)
