"""`complete`: close as many gaps as possible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Literal, final

import numpy as np

from surplus.classes import TAKING, Label
from surplus.flows import Flows, Moves, grouped
from surplus.ledger import Ledger
from surplus.policy.objectives.base import Aim, Objective
from surplus.policy.rules.base import Rule
from surplus.program import Extra, Level, Row


@final
class Complete(Objective):
    r"""Maximise $\sum_p z_p$, with $z_p \in \{0, 1\}$ and $\sum_s \mathrm{in}_{sp} \ge G_p z_p$.

    A gap that is filled in part does not count. Every recipient becomes a class of its own, with one
    whole-number column: for ledgers with hundreds of recipients, not hundreds of thousands.
    """

    kind: Literal["complete"] = "complete"

    def labels(self, ledger: Ledger) -> Iterator[Label]:
        """Every recipient by itself."""
        yield Label(np.arange(len(ledger.projects)), TAKING, single=True, exchanged=False)

    def aims(self, ledger: Ledger, rules: Sequence[Rule] = ()) -> Sequence[Aim]:
        """The number of gaps that are closed."""

        def level(flows: Flows) -> Level:
            return Level(
                np.zeros(flows.size, dtype=np.int64),
                tuple((closed, 1) for closed, _, _ in _closable(flows)),
            )

        def rows(flows: Flows) -> Iterator[Row]:
            for closed, gap, at in _closable(flows):
                ones = np.ones(len(at), dtype=np.int64)
                yield Row(closed.name, at, -ones, 0, extras=((closed, gap),))

        def value(moves: Moves) -> Fraction:
            received = moves.received
            return Fraction(int(np.sum((received > 0) & (received >= moves.balance.gap))))

        return (Aim(self.kind, level, value, Fraction(1), rows=rows),)

    def sentence(self, lang: str = "en") -> str:
        """What the objective says."""
        return "补足尽可能多的项目缺口。" if lang == "zh" else "Close as many gaps as possible."


def _closable(
    flows: Flows,
) -> Iterator[tuple[Extra, int, np.ndarray[tuple[int], np.dtype[np.int64]]]]:
    """Recipients whose gap the rules let be closed: the column, the gap, the columns into it."""
    for c, at in grouped(flows.ins.project):
        p = int(flows.classes.first[c])
        gap = int(flows.balance.gap[p])
        if int(flows.room.take[p]) == gap:
            yield Extra(f"complete: {flows.ledger.projects.id[p]}", 1, integer=True), gap, at
