"""The program's exact optimum and its best plan in whole cents, part by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from surplus.exact import Ask, Contradiction, optimum
from surplus.exact.parts import parts
from surplus.ledger.columns import Cents
from surplus.plan.cents import whole_cents
from surplus.program import Program

Prices = npt.NDArray[np.object_]
"""Exact numbers (Fraction or int), one per row."""


@dataclass(frozen=True, eq=False)
class Solution:
    """The best plan of classes, and what proves it.

    Attributes:
        cents: One entry per column, whole cents; every row holds.
        values: The exact optimum of each level, fractions of a cent allowed.
        prices: Per level the exact multiplier of each row.
    """

    cents: Cents
    values: Sequence[Fraction]
    prices: Sequence[Prices]


def best(program: Program, ask: Ask) -> Solution | Contradiction:
    """Solve the connected parts one by one; whole cents for each.

    Raises:
        SolverError: When the solver stops without an answer.
    """
    cents = np.zeros(len(program.upper), dtype=np.int64)
    values = [Fraction(0)] * len(program.levels)
    prices = [np.zeros(len(program.rows), dtype=object) for _ in program.levels]
    for part in parts(program):
        found = optimum(part.program, ask)
        if isinstance(found, Contradiction):
            multipliers = np.zeros(len(program.rows), dtype=object)
            multipliers[part.rows] = found.multipliers
            return Contradiction(multipliers)
        cents[part.columns] = whole_cents(part.program, found)
        for k, (y, scale) in enumerate(zip(found.y, found.y_scale, strict=True)):
            values[k] += found.values[k]
            for i in np.flatnonzero(y):
                prices[k][part.rows[i]] = Fraction(int(y[i]), scale)
    return Solution(cents, values, prices)
