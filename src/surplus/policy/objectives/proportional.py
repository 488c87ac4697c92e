"""`proportional`: the same fill ratio for all, as far as the rules allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import ClassVar, Literal, final

import numpy as np

from surplus.arithmetic import sums
from surplus.classes import TAKING, Label
from surplus.flows import Flows, Moves, grouped
from surplus.ledger import Ledger
from surplus.ledger.columns import Cents, Index, Mask
from surplus.policy.objectives.base import Aim, Objective
from surplus.policy.objectives.reach import reachable
from surplus.policy.rules.base import Rule
from surplus.program import Extra, Level, Row

_RATIO = Extra("proportional: fill ratio", 1, measure=True)


@final
class Proportional(Objective):
    r"""Maximise the fill ratio $t$ that no recipient stays below: $\sum_s \mathrm{in}_{sp} \ge t \, G_p$.

    Over all recipients that permitted money can reach. A rule that lets only little into one of them
    holds $t$ down for all; what is then left over goes where the next level wants it. Within a class
    the money is divided in proportion to the gaps (largest remainder, then id), so that in whole cents
    no project is a cent or more below its share of the class. It tells no two projects apart: no
    further classes, but money that cares for townships and money that does not see the same ones.
    """

    kind: Literal["proportional"] = "proportional"

    by_class: ClassVar[bool] = True

    def labels(self, ledger: Ledger) -> Iterator[Label]:
        """None; but all money sees the same classes."""
        yield Label(
            np.zeros(len(ledger.projects), dtype=np.int64), TAKING, single=True, exchanged=False
        )

    def aims(self, ledger: Ledger, rules: Sequence[Rule] = ()) -> Sequence[Aim]:
        """The lowest fill ratio."""

        def level(flows: Flows) -> Level:
            return Level(np.zeros(flows.size, dtype=np.int64), ((_RATIO, 1),))

        def rows(flows: Flows) -> Iterator[Row]:
            reached = reachable(ledger, flows.balance, rules)
            yield from _limited(flows, reached)
            yield from _classes(flows, reached)

        def value(moves: Moves) -> Fraction:
            gap = moves.balance.gap
            return lowest(moves.received, gap, reachable(ledger, moves.balance, rules))

        return (Aim(self.kind, level, value, Fraction(1), rows=rows, whole=False, even=True),)

    def sentence(self, lang: str = "en") -> str:
        """What the objective says."""
        if lang == "zh":
            return "各项目缺口按同一比例弥补(在规则允许范围内)。"
        return "Fill all gaps in the same proportion, as far as the rules allow."


def lowest(received: Cents, gap: Cents, among: Mask) -> Fraction:
    """The smallest fill ratio, exact; 1 where there is none."""
    at = np.flatnonzero(among)
    if len(at) == 0:
        return Fraction(1)
    ratio = received[at] / gap[at]
    near = at[ratio <= ratio.min() * (1 + 1e-9)]  # floats only narrow the search
    return min(Fraction(int(received[p]), int(gap[p])) for p in near)


def _limited(flows: Flows, reached: Mask) -> Iterator[Row]:
    """The ratio cannot exceed what a rule lets into one project."""
    gap, take = flows.balance.gap, flows.room.take
    limited = np.flatnonzero(reached & (take < gap))
    if len(limited):
        ratio = take[limited] / gap[limited]
        near = limited[ratio <= ratio.min() * (1 + 1e-9)].tolist()
        p = min(near, key=lambda i: (Fraction(int(take[i]), int(gap[i])), i))
        extras = ((_RATIO, int(gap[p])),)
        none = np.zeros(0, dtype=np.int64)
        yield Row(f"{_RATIO.name}, limited", none, none, int(take[p]), extras=extras)


def _classes(flows: Flows, reached: Mask) -> Iterator[Row]:
    """A class receives its share, and beyond it what its members must receive in any case."""
    ledger, classes, gap = flows.ledger, flows.classes, flows.balance.gap
    count = len(classes)
    members = np.flatnonzero(reached)
    lacks = sums(classes.of[members], gap[members], count)
    beyond: dict[int, list[Extra]] = {}
    for p in np.flatnonzero(reached & (flows.room.floor > 0)).tolist():
        floor = int(flows.room.floor[p])
        more = Extra(f"proportional: {ledger.projects.id[p]} beyond", floor, measure=True)
        beyond.setdefault(int(classes.of[p]), []).append(more)
        none = np.zeros(0, dtype=np.int64)
        yield Row(more.name, none, none, -floor, extras=((more, -1), (_RATIO, -int(gap[p]))))
    columns: dict[int, Index] = dict(grouped(flows.ins.project))
    for c in np.flatnonzero(lacks).tolist():
        at = columns[c]
        extras = ((_RATIO, int(lacks[c])), *((more, 1) for more in beyond.get(c, ())))
        name = f"proportional: as {ledger.projects.id[classes.kin[c]]}"
        yield Row(name, at, -np.ones(len(at), dtype=np.int64), 0, extras=extras)
