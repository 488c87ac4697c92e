"""The linear program in integers: columns between bounds, rows, levels of objectives. No solver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surplus.ledger.columns import Cents, Index

Weights = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Row:
    """``sum(coefficients * columns) <= bound`` (or ``==``), all in integers.

    Attributes:
        name: For people and for .lp files.
        rule: The id of the rule that asks for it; None for a row of the structure.
        bound: A Python integer, since cleared denominators can make it long.
    """

    name: str
    columns: Index
    coefficients: Weights
    bound: int
    equal: bool = False
    rule: str | None = None


@dataclass(frozen=True, eq=False)
class Program:
    """Maximise the levels, first one first, over ``0 <= x <= upper`` and all rows.

    Attributes:
        names: One readable ASCII name per column.
        upper: Bounds of the columns, cents.
        rows: The rows.
        levels: For each level the weight of each column; always maximised.
    """

    names: Sequence[str]
    upper: Cents
    rows: Sequence[Row]
    levels: Sequence[Weights]
