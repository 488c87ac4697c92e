"""`must_fund`: gaps that have to be filled, at least to a share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Literal, final

import numpy as np
from pydantic import Field

from surplus.arithmetic import share_up, sums
from surplus.balance import Balance
from surplus.classes import TAKING, Label
from surplus.flows import Flows, Moves, grouped
from surplus.ledger import Ledger
from surplus.ledger.columns import Cents
from surplus.money import format_yuan
from surplus.policy.rules.base import Breach, Extremes, Gauge, Rule, exactly, grouped_yuan
from surplus.policy.selection import ProjectSelection
from surplus.program import Row
from surplus.records import Share
from surplus.rooms import Limits


@final
class MustFund(Rule):
    r"""Every selected project receives at least a share of its gap.

    $\sum_s \mathrm{in}_{sp} \ge \lceil \alpha G_p \rceil$ for each selected $p$. Floors of a class add
    up, so the rule costs no classes beyond selected or not. Precedent: legal payables come first,
    such as arrears to contractors' workers (清欠).
    """

    kind: Literal["must_fund"] = "must_fund"
    project: ProjectSelection = Field(default_factory=ProjectSelection)
    at_least: Share = Fraction(1)

    def _floors(self, ledger: Ledger, balance: Balance) -> Cents:
        floors = share_up(balance.gap, min(self.at_least, Fraction(1)))
        return np.where(self.project.mask(ledger.projects), floors, 0)

    def labels(self, ledger: Ledger) -> Iterable[Label]:
        """Whether the project is selected."""
        chosen = self.project.mask(ledger.projects).astype(np.int64)
        yield Label(chosen, TAKING, single=True, exchanged=False)

    def limits(self, ledger: Ledger, balance: Balance) -> Limits | None:
        """What members must receive, when a class is taken apart again."""
        if self.severity == "advisory":
            return None
        return Limits(floor=self._floors(ledger, balance))

    def rows(self, flows: Flows) -> Iterator[Row]:
        """``-in <= -floor`` for each class; a floor that no money can reach is a row of its own."""
        floors = flows.room.stepped(self._floors(flows.ledger, flows.balance))
        reach = np.minimum(floors, flows.room.take)
        for p in np.flatnonzero(floors > reach).tolist():
            name = f"{flows.ledger.projects.id[p]} beyond its ceiling"
            yield self._row(name, [], int((floors - reach)[p]))
        by_class = sums(flows.classes.of, reach, len(flows.classes))
        served = np.zeros(len(flows.classes), dtype=np.bool_)
        served[flows.ins.project] = True
        for c, at in grouped(flows.ins.project):
            if by_class[c]:
                name = str(flows.ledger.projects.id[flows.classes.first[c]])
                row = self._row(name, at, int(by_class[c]))
                yield replace(row, raw=partial(self._names, flows, reach, c))
        tail = " without a source"
        for c in np.flatnonzero((by_class > 0) & ~served).tolist():
            name = f"{flows.ledger.projects.id[flows.classes.first[c]]}{tail}"
            row = self._row(name, [], int(by_class[c]))
            yield replace(row, raw=partial(self._names, flows, reach, c, tail))

    def _row(self, name: str, columns: object, floor: int) -> Row:
        at = np.array(columns, dtype=np.int64)
        minus = np.full(len(at), -1, dtype=np.int64)
        return Row(f"{self.title} {name}", at, minus, -floor, rule=self.title)

    def _names(self, flows: Flows, reach: Cents, c: int, tail: str = "") -> list[str]:
        """The rows of the members of a class, each by itself."""
        members = np.flatnonzero((flows.classes.of == c) & (reach > 0))
        return [f"{self.title} {flows.ledger.projects.id[p]}{tail}" for p in members]

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Every selected project that receives too little."""
        floors = self._floors(moves.ledger, moves.balance)
        received = moves.received
        for p in np.flatnonzero(received < floors).tolist():
            yield Breach(
                self.title,
                f"'{moves.ledger.projects.id[p]}' receives {format_yuan(int(received[p]))} yuan, "
                f"at least {format_yuan(int(floors[p]))} are due",
            )

    def figures(self, moves: Moves, lang: str = "en") -> Iterator[str]:
        """What is received of what is due, over all selected projects."""
        for gauge in self.gauges(moves):
            paid, due = grouped_yuan(gauge.part), grouped_yuan(gauge.whole)
            yield f"应补 {due} 元,已补 {paid} 元" if lang == "zh" else f"{paid} of {due} yuan due"

    def gauges(self, moves: Moves) -> Iterator[Gauge]:
        """What is due to the selected projects, and what of it they receive."""
        floors = self._floors(moves.ledger, moves.balance)
        paid = int(np.minimum(floors, moves.received).sum())
        yield Gauge("", paid, int(floors.sum()), Fraction(1), True)

    def shortfall(self, flows: Flows, row: Row, extremes: Extremes) -> str:
        """What is due against what could be reached."""
        due, most = format_yuan(-row.bound), format_yuan(int(-extremes.least(row) // 1))
        return f"{row.name.removeprefix(self.title + ' ')}: {due} yuan are due, at most {most} can be reached"

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        share = exactly(self.at_least)
        project = self.project.sentence(lang)
        if lang == "zh":
            return f"{project}的资金缺口至少弥补 {share}。"
        return f"Gaps of {project} are filled to at least {share}."
