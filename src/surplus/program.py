"""The linear program in integers: columns between bounds, rows, levels of objectives. No solver."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from surplus.ledger.columns import Cents, Index, Mask

Weights = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Extra:
    """A column that only a rule or an objective needs, beside the flows; equal ones are one column.

    Attributes:
        name: Readable, unique within the program.
        upper: Its bound; the lower bound is 0.
        integer: Whether it takes whole values only.
        measure: Whether it only measures for an objective: then it may keep fractions, and the rows
            that bear it bind no plan.
        penalty: What one unit of it costs in the first level.
    """

    name: str
    upper: int
    integer: bool = False
    measure: bool = False
    penalty: int = 0


@dataclass(frozen=True, eq=False)
class Row:
    """``sum(coefficients * columns) <= bound`` (or ``==``), all in integers.

    Attributes:
        name: For people and for .lp files.
        rule: The id of the rule that asks for it; None for a row of the structure.
        bound: A Python integer, since cleared denominators can make it long.
        extras: Coefficients of columns beside the flows; the model turns them into columns.
        unit: How much of the left side one cent is.
        raw: Names of the rows that it stands for when every project is a class of its own, where they
            are others than its own; made when asked for.
        defines: Whether it only ties a whole-number column to the flows; an elastic rule does not loosen
            it.
    """

    name: str
    columns: Index
    coefficients: Weights
    bound: int
    equal: bool = False
    rule: str | None = None
    extras: tuple[tuple[Extra, int], ...] = ()
    unit: int = 1
    raw: Callable[[], Iterable[str]] | None = None
    defines: bool = False


@dataclass(frozen=True, eq=False)
class Ratio:
    """What some columns bring to a group, as a part of `whole` cents.

    Attributes:
        name: That of the row that holds the ratio up.
        group: A value of the field by which projects are grouped; None for those without one.
        columns, extras: What counts; each with the factor 1.
    """

    name: str
    group: str | None
    whole: int
    columns: Index
    extras: tuple[Extra, ...] = ()


@dataclass(frozen=True, eq=False)
class Level:
    """What one level of the objectives maximises: weights of the flows, and of columns beside them.

    Attributes:
        ratios: Those that this level and the `rounds` - 1 levels after it raise, the lowest one first.
        rounds: How many levels that are; 0 where there are no ratios.
    """

    flows: Weights
    extras: tuple[tuple[Extra, int], ...] = ()
    ratios: tuple[Ratio, ...] = ()
    rounds: int = 0


@dataclass(frozen=True, eq=False)
class Leximin:
    """Levels that together raise the lowest of some ratios, then the next lowest, and so on.

    Attributes:
        first: The first of the levels.
        rounds: How many they are.
        ratios: Over columns of the program alone.
    """

    first: int
    rounds: int
    ratios: Sequence[Ratio]


@dataclass(frozen=True, eq=False)
class Program:
    """Maximise the levels, first one first, over ``0 <= x <= upper`` and all rows.

    Attributes:
        names: One readable ASCII name per column.
        upper: Bounds of the columns, cents.
        rows: The rows.
        levels: For each level the weight of each column; always maximised.
        integer: Columns that take whole values only; None where there are none.
        measure: Columns that only measure for an objective; None where there are none.
        leximin: Levels that belong together.
    """

    names: Sequence[str]
    upper: Cents
    rows: Sequence[Row]
    levels: Sequence[Weights]
    integer: Mask | None = None
    measure: Mask | None = None
    leximin: Sequence[Leximin] = ()
