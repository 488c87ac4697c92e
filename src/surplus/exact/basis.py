"""A basis of a program, solved in rationals: primal point, multipliers, reduced costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import lcm
from typing import Any

import numpy as np
import numpy.typing as npt

from surplus.exact.factor import Factor, Number
from surplus.ledger.columns import Index, Mask
from surplus.program import Program, Weights

Exact = npt.NDArray[Any]
"""Whole numbers: int64 where they fit, Python integers otherwise."""

_FITS = 2**61


@dataclass(frozen=True, eq=False)
class Basis:
    """Which columns and row slacks are basic; which non-basic columns stand at their upper bound."""

    columns: Mask
    rows: Mask
    at_upper: Mask


@dataclass(frozen=True, eq=False)
class Matrix:
    """The rows of a program as one list of entries."""

    program: Program

    @cached_property
    def row(self) -> Index:
        """The row of each entry."""
        lengths = [len(row.columns) for row in self.program.rows]
        return np.repeat(np.arange(len(lengths)), lengths)

    @cached_property
    def column(self) -> Index:
        """The column of each entry."""
        return _joined([row.columns for row in self.program.rows])

    @cached_property
    def value(self) -> Weights:
        """The coefficient of each entry."""
        return _joined([row.coefficients for row in self.program.rows])

    def times(self, x: Exact) -> Exact:
        """Activity of each row."""
        return self._summed(self.row, self.column, x, len(self.program.rows))

    def transposed_times(self, y: Exact) -> Exact:
        """Price of each column."""
        return self._summed(self.column, self.row, y, len(self.program.upper))

    def _summed(self, to: Index, of: Index, numbers: Exact, size: int) -> Exact:
        if numbers.dtype != object and len(to):
            largest = int(np.abs(numbers).max(initial=0)) * int(np.abs(self.value).max(initial=0))
            if largest * int(np.bincount(to).max(initial=0)) >= _FITS:
                numbers = numbers.astype(object)
        result = np.zeros(size, dtype=numbers.dtype)
        np.add.at(result, to, self.value.astype(numbers.dtype) * numbers[of])
        return result


@dataclass(frozen=True, eq=False)
class Solved:
    """A basis in exact numbers; each list is scaled to whole numbers by its denominator.

    Attributes:
        x, scale: ``x / scale`` is the point, one entry per column.
        slack: Bound less activity, times `scale`, one entry per row.
        y: Per level the multipliers of the rows, times `y_scale` of the level.
        reduced: Per level weight less price of the columns, times the same.
    """

    basis: Basis
    factor: Factor
    x: Exact
    scale: int
    slack: Exact
    y: Sequence[Exact]
    y_scale: Sequence[int]
    reduced: Sequence[Exact]

    def up_to(self, levels: int) -> Solved:
        """The same with the first levels only."""
        return replace(
            self,
            y=self.y[:levels],
            y_scale=self.y_scale[:levels],
            reduced=self.reduced[:levels],
        )

    def feasible(self, program: Program) -> bool:
        """Whether the point keeps every bound and every row."""
        equal = np.array([row.equal for row in program.rows], dtype=np.bool_)
        upper = program.upper.astype(object) * self.scale
        return bool(
            np.all(self.x >= 0)
            and np.all(self.x <= upper)
            and np.all(self.slack >= 0)
            and np.all(self.slack[equal] == 0)
        )

    def attractive(self, program: Program) -> tuple[Mask, Mask]:
        """Non-basic columns, and rows, that would improve the levels (in their order) if moved."""
        sign = first_signs(self.reduced)
        free = ~self.basis.columns & (program.upper > 0)
        columns = free & np.where(self.basis.at_upper, sign < 0, sign > 0)
        equal = np.array([row.equal for row in program.rows], dtype=np.bool_)
        rows = ~self.basis.rows & ~equal & (first_signs(self.y) < 0)
        return columns, rows


def first_signs(levels: Sequence[Exact]) -> npt.NDArray[np.int64]:
    """The sign of the first level that is not 0."""
    result = np.zeros(len(levels[0]), dtype=np.int64)
    for level in levels:
        sign = (level > 0).astype(np.int64) - (level < 0).astype(np.int64)
        result = np.where(result == 0, sign, result)
    return result


def solved(matrix: Matrix, levels: Sequence[Weights], basis: Basis) -> Solved | None:
    """Solve a basis exactly; None where it is none (its matrix is singular)."""
    program = matrix.program
    tight = np.flatnonzero(~basis.rows)
    if len(tight) != int(basis.columns.sum()):
        return None
    place = {int(r): k for k, r in enumerate(tight)}
    square: list[dict[int, int]] = [{} for _ in tight]
    real = matrix.value != 0
    inside = np.flatnonzero(real & basis.columns[matrix.column] & ~basis.rows[matrix.row])
    for r, c, a in zip(
        matrix.row[inside].tolist(),
        matrix.column[inside].tolist(),
        matrix.value[inside].tolist(),
        strict=True,
    ):
        square[place[r]][c] = a
    factor = Factor(square)
    if factor.singular:
        return None
    at_upper = np.where(basis.at_upper & ~basis.columns, program.upper, 0)
    bounds = np.array([row.bound for row in program.rows], dtype=object)
    right = bounds - matrix.times(at_upper)
    point = factor.solve([int(right[r]) for r in tight])
    x, scale = whole(point, len(program.upper))
    x = fitted(x + at_upper.astype(object) * scale)
    slack = bounds * scale - matrix.times(x)
    ys, scales, reduced = [], [], []
    basic = np.flatnonzero(basis.columns)
    for level in levels:
        left = {int(c): int(level[c]) for c in basic if level[c]}
        prices = factor.solve_transposed(left)
        y, y_scale = whole({int(tight[k]): v for k, v in prices.items()}, len(program.rows))
        y = fitted(y)
        ys.append(y)
        scales.append(y_scale)
        reduced.append(fitted(level.astype(object) * y_scale) - matrix.transposed_times(y))
    return Solved(basis, factor, x, scale, slack, ys, scales, reduced)


def whole(numbers: Mapping[int, Number], size: int) -> tuple[Exact, int]:
    """Numbers by place as whole numbers over one denominator."""
    scale = lcm(*(v.denominator for v in numbers.values())) if numbers else 1
    result = np.zeros(size, dtype=object)
    for i, v in numbers.items():
        result[i] = v.numerator * (scale // v.denominator)
    return result, scale


def fitted(numbers: Exact) -> Exact:
    """As int64 where that holds them."""
    if len(numbers) == 0 or (max(numbers) < _FITS and min(numbers) > -_FITS):
        return numbers.astype(np.int64)
    return numbers


def _joined(parts: Sequence[Weights]) -> Weights:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
