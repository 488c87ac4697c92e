"""`fewest`: as little paper as possible: few transfers, few donors or few recipients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, final

import numpy as np

from surplus.classes import BOTH, GIVING, TAKING, Label
from surplus.flows import Ends, Flows, Moves, grouped
from surplus.ledger import Ledger
from surplus.ledger.columns import Index
from surplus.policy.objectives.base import Aim, Objective
from surplus.policy.rules.base import Rule
from surplus.program import Extra, Level, Row

_WHOM = {"transfers": BOTH, "donors": GIVING, "recipients": TAKING}


@dataclass(frozen=True)
class _Use:
    """A party that may take part, the columns through which it does, their source, cents at most."""

    column: Extra
    at: Index
    source: int
    most: int


@final
class Fewest(Objective):
    r"""Minimise the number of transfers, of projects that give, or of projects that receive.

    $\sum_p y_p$ with $y_p \in \{0, 1\}$ and $\sum_s \mathrm{out}_{ps} \le M_p y_p$ for donors, the same
    with $\mathrm{in}$ for recipients. Transfers are counted by source as
    $D_s + R_s - 1$, its donors (unallocated money is one) and its recipients less one: that many
    always suffice, and a plan may have fewer where amounts happen to match.

    Every donor or recipient that is counted becomes a class of its own, with a whole-number column
    (for transfers one for each of its sources): for ledgers with hundreds of projects, not hundreds
    of thousands. Placed first it is best to move nothing: it belongs after `fill`.
    """

    kind: Literal["fewest"] = "fewest"
    count: Literal["transfers", "donors", "recipients"] = "transfers"

    def labels(self, ledger: Ledger) -> Iterator[Label]:
        """Every project that is counted by itself."""
        yield Label(np.arange(len(ledger.projects)), _WHOM[self.count], single=True)

    def aims(self, ledger: Ledger, rules: Sequence[Rule] = ()) -> Sequence[Aim]:
        """The number, as small as possible."""

        def level(flows: Flows) -> Level:
            counted = [(use.column, -1) for use in self._uses(flows)]
            moved = [(column, 1) for column, _ in self._moved(flows)]
            return Level(np.zeros(flows.size, dtype=np.int64), (*counted, *moved))

        def rows(flows: Flows) -> Iterator[Row]:
            for use in self._uses(flows):
                ones = np.ones(len(use.at), dtype=np.int64)
                yield Row(use.column.name, use.at, ones, 0, extras=((use.column, -use.most),))
            for column, givers in self._moved(flows):
                none = np.zeros(0, dtype=np.int64)
                extras = ((column, 1), *((giver, -1) for giver in givers))
                yield Row(column.name, none, none, 0, extras=extras)

        def value(moves: Moves) -> Fraction:
            if self.count == "donors":
                return Fraction(len(np.unique(moves.giver[moves.given])))
            if self.count == "recipients":
                return Fraction(len(np.unique(moves.taker)))
            size = len(ledger.projects) + 1
            ends = [np.unique(moves.source * size + end) for end in (moves.giver + 1, moves.taker)]
            return Fraction(sum(map(len, ends)) - len(np.unique(moves.source)))

        return (Aim(self.kind, level, value, Fraction(-1), self.count, rows),)

    def _uses(self, flows: Flows) -> Iterator[_Use]:
        """What is counted: columns that are 1 where any money flows."""
        if self.count in ("donors", "transfers"):
            yield from self._parties(flows, "gives", flows.leaving)
        if self.count in ("recipients", "transfers"):
            yield from self._parties(flows, "takes", flows.arriving)
        if self.count == "transfers":
            first = len(flows.ins) + len(flows.outs)
            for s, at in grouped(flows.used_source):
                most = int(flows.used_bound[at].max())
                column = self._column(f"unallocated {flows.ledger.sources[s].id} gives")
                yield _Use(column, first + at, s, most)

    def _parties(self, flows: Flows, verb: str, ends: Ends) -> Iterator[_Use]:
        """Projects, or projects by source, with their columns."""
        apart = self.count == "transfers"
        sources = len(flows.ledger.sources)
        upper = np.minimum(ends.most, flows.balance.supply[ends.source])
        for key, at in grouped(ends.project * sources + ends.source if apart else ends.project):
            p, s = divmod(key, sources) if apart else (key, 0)
            of = f" {flows.ledger.sources[s].id}" if apart else ""
            name = f"{flows.ledger.projects.id[p]} {verb}{of}"
            yield _Use(self._column(name), ends.columns[at], s, int(upper[at].sum()))

    def _moved(self, flows: Flows) -> Iterator[tuple[Extra, Sequence[Extra]]]:
        """By source a column that may be 1 where anything gives, and what gives."""
        if self.count != "transfers":
            return
        givers: dict[int, list[Extra]] = {}
        arriving = set(flows.arriving.columns.tolist())
        for use in self._uses(flows):
            if int(use.at[0]) not in arriving:
                givers.setdefault(use.source, []).append(use.column)
        for s, columns in givers.items():
            yield self._column(f"{flows.ledger.sources[s].id} moves"), columns

    def _column(self, name: str) -> Extra:
        return Extra(f"fewest {self.count}: {name}", 1, integer=True)

    def sentence(self, lang: str = "en") -> str:
        """What the objective says."""
        if lang == "zh":
            what = {"transfers": "调剂笔数", "donors": "调出项目", "recipients": "调入项目"}
            return f"{what[self.count]}尽可能少。"
        return f"Make do with as few {self.count} as possible."
