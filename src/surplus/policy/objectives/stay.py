"""`stay`: money stays in its own township (department, …) where it can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Literal, final

import numpy as np

from surplus.classes import BOTH, Label
from surplus.flows import Flows, Moves, grouped
from surplus.ledger import Ledger
from surplus.ledger.columns import Index
from surplus.policy.objectives.base import Aim, Objective
from surplus.policy.rules.base import Rule
from surplus.policy.selection import field_codes, field_name, field_text
from surplus.program import Extra, Level, Row
from surplus.records import FieldName


@final
class Stay(Objective):
    r"""Maximise what goes from a project to another one with the same value of a field.

    $\sum_{s,v} \min(\sum_{p \in P_v} \mathrm{out}_{ps}, \sum_{p \in P_v} \mathrm{in}_{sp})$, by pool where
    rules divide the money of a source: the two sums bound one column from above, and givers and takers
    of the same value are matched first. Projects whose value is not known form a group of their own;
    unallocated and exchanged
    money belongs to none. Placed after `fill` it chooses among plans that fill as much; a
    rule `within` forbids what this only prefers to avoid. The field divides classes by its values.
    A policy can prefer one field only.
    """

    kind: Literal["stay"] = "stay"
    by: FieldName

    def labels(self, ledger: Ledger) -> Iterator[Label]:
        """The project's value in the field."""
        yield Label(field_codes(ledger.projects, self.by), BOTH, exchanged=False)

    def aims(self, ledger: Ledger, rules: Sequence[Rule] = ()) -> Sequence[Aim]:
        """Yuan that stay."""
        codes = field_codes(ledger.projects, self.by)

        def level(flows: Flows) -> Level:
            stays = tuple((stay, 1) for stay, *_ in self._stays(flows, codes))
            return Level(np.zeros(flows.size, dtype=np.int64), stays)

        def rows(flows: Flows) -> Iterator[Row]:
            for stay, leaving, arriving in self._stays(flows, codes):
                for word, at in (("leaves", leaving), ("arrives", arriving)):
                    ones = np.ones(len(at), dtype=np.int64)
                    yield Row(f"{stay.name} {word}", at, -ones, 0, extras=((stay, 1),))

        def value(moves: Moves) -> Fraction:
            same = moves.given & (moves.swap == 0) & (codes[moves.giver] == codes[moves.taker])
            return Fraction(int(moves.amount[same].sum()), 100)

        return (Aim(self.kind, level, value, Fraction(1, 100), self.by, rows, pair=self.by),)

    def _stays(self, flows: Flows, codes: Index) -> Iterator[tuple[Extra, Index, Index]]:
        """By pool and value: what stays, and the columns that leave and that arrive there."""
        width = int(codes.max(initial=0)) + 1
        arriving = dict(grouped(flows.in_pool * width + codes[flows.taker]))
        for key, leaving in grouped(flows.out_pool * width + codes[flows.giver], len(flows.ins)):
            if key in arriving:
                into = arriving[key]
                project = int(flows.taker[into[0]])
                value = repr(field_text(flows.ledger.projects, self.by, project))
                name = value if key % width else "not known"
                most = int(flows.balance.available[flows.ins.source[into[0]]])
                pool = flows.pools[key // width]
                yield Extra(f"stay: {pool}, {self.by} {name}", most), leaving, into

    def sentence(self, lang: str = "en") -> str:
        """What the objective says."""
        if lang == "zh":
            return f"资金尽可能留在原{field_name(self.by, lang)}内调剂。"
        return f"Keep money within its own {self.by} where that is possible."
