"""`lot`: amounts received are multiples of a size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Annotated, Literal, final

import numpy as np
from pydantic import AfterValidator, Field

from surplus.arithmetic import sums_by_key
from surplus.balance import Balance
from surplus.classes import TAKING, Label
from surplus.flows import Flows, Moves, grouped
from surplus.ledger import Ledger
from surplus.ledger.columns import Index
from surplus.money import format_yuan
from surplus.policy.rules.base import Breach, Rule
from surplus.policy.rules.own import ones, own_label
from surplus.policy.selection import ProjectSelection
from surplus.program import Extra, Row
from surplus.records import Money
from surplus.rooms import Limits


def _positive(cents: int) -> int:
    if cents <= 0:
        raise ValueError("a lot is more than 0")
    return cents


@final
class Lot(Rule):
    r"""What a selected project receives, in all or from each source, is a multiple of a size.

    $\sum_s \mathrm{in}_{sp} = L k$ with whole $k$. Members of a class are filled one after the other up to a
    multiple, so one $k$ serves a class (`each`: `project`), or a class and source (`source`). Precedent:
    fund notices (资金下达文件) name whole 元, 百元 or 万元.
    """

    kind: Literal["lot"] = "lot"
    project: ProjectSelection = Field(default_factory=ProjectSelection)
    size: Annotated[Money, AfterValidator(_positive)]
    each: Literal["project", "source"] = "project"

    def labels(self, ledger: Ledger) -> Iterable[Label]:
        """Whether the project is selected; each by itself where the rule may be broken."""
        if self.severity == "elastic":
            yield own_label(ledger, self.project)
            return
        yield Label(
            self.project.mask(ledger.projects).astype(np.int8), TAKING, single=True, exchanged=False
        )

    def limits(self, ledger: Ledger, balance: Balance) -> Limits | None:
        """A gap can be filled up to a multiple only."""
        if self.severity != "absolute":
            return None
        chosen = self.project.mask(ledger.projects)
        return Limits(step=np.where(chosen, self.size, 1))

    def rows(self, flows: Flows) -> Iterator[Row]:
        """An equation, as two rows, with a whole-number column for each class (and source)."""
        chosen = self.project.mask(flows.ledger.projects)
        key = flows.ins.project
        if self.each == "source":
            key = key * len(flows.ledger.sources) + flows.ins.source
        for _, at in grouped(np.where(chosen[flows.taker], key, -1)):
            room = int(flows.classes.take[flows.ins.project[at[0]]])
            name = f"{self.title} {flows.ledger.projects.id[flows.taker[at[0]]]}"
            if self.each == "source":
                name += f" {flows.ledger.sources[int(flows.ins.source[at[0]])].id}"
            members = partial(self._names, flows, at)
            # A rule that may be broken can start a lot that it does not complete.
            most = -(-room // self.size) if self.severity == "elastic" else room // self.size
            lots = Extra(f"{name} lots", most, integer=True)
            for words, sign in (("most", 1), ("least", -1)):
                extras = ((lots, -sign * self.size),)
                row = Row(f"{name} {words}", at, ones(at, sign), 0, rule=self.title, extras=extras)
                yield replace(row, raw=partial(members, words), defines=sign > 0)

    def _names(self, flows: Flows, at: Index, words: str) -> list[str]:
        """The rows of the members of a class, each by itself."""
        member = flows.classes.of == flows.ins.project[at[0]]
        source = flows.ledger.sources[int(flows.ins.source[at[0]])].id
        tail = f" {source} {words}" if self.each == "source" else f" {words}"
        ids = flows.ledger.projects.id[np.flatnonzero(member & (flows.room.take > 0))]
        return [f"{self.title} {key}{tail}" for key in ids.tolist()]

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Every selected amount that is no multiple."""
        ledger = moves.ledger
        ids, size = ledger.projects.id, len(ledger.projects)
        chosen = self.project.mask(ledger.projects)
        if self.each == "project":
            received = moves.received
            key = np.arange(size)
        else:
            at = moves.filling
            place = moves.source[at] * size + moves.taker[at]
            key, received = sums_by_key(place, moves.amount[at])
        for k in np.flatnonzero(chosen[key % size] & (received % self.size != 0)).tolist():
            yield Breach(
                self.title,
                f"'{ids[int(key[k]) % size]}' receives {format_yuan(int(received[k]))} yuan, "
                f"no multiple of {format_yuan(self.size)}",
            )

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        project, amount = self.project.sentence(lang), format_yuan(self.size)
        if lang == "zh":
            each = "从每项资金" if self.each == "source" else ""
            return f"{project}{each}调入金额为 {amount} 元的整数倍。"
        each = " from each source" if self.each == "source" else ""
        return f"What each of {project} receives{each} is a multiple of {amount} yuan."
