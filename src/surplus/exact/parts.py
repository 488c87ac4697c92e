"""Connected parts of a program: what shares no row is independent and is solved apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from surplus.exact.basis import Matrix
from surplus.ledger.columns import Index
from surplus.program import Leximin, Program


@dataclass(frozen=True, eq=False)
class Part:
    """A program of its own, and which columns and rows of the whole it is made of."""

    program: Program
    columns: Index
    rows: Index


def parts(program: Program) -> Iterator[Part]:
    """Split a program; rows without columns form the last part."""
    matrix = Matrix(program)
    of_column = _components(matrix, len(program.upper))
    of_row = np.full(len(program.rows), -1, dtype=np.int64)
    of_row[matrix.row] = of_column[matrix.column]
    labels = np.unique(of_column)
    if len(labels) == 1 and not np.any(of_row < 0):
        yield Part(program, np.arange(len(program.upper)), np.arange(len(program.rows)))
        return
    for label in labels:
        yield _part(program, np.flatnonzero(of_column == label), np.flatnonzero(of_row == label))
    if np.any(of_row < 0):
        yield _part(program, np.zeros(0, dtype=np.int64), np.flatnonzero(of_row < 0))


def _components(matrix: Matrix, count: int) -> Index:
    """The lowest column that each column is connected with: labels spread over rows and jump."""
    label = np.arange(count)
    rows = len(matrix.program.rows)
    while True:
        lowest = np.full(rows, count, dtype=np.int64)
        np.minimum.at(lowest, matrix.row, label[matrix.column])
        reached = label.copy()
        np.minimum.at(reached, matrix.column, lowest[matrix.row])
        np.minimum.at(reached, label, reached.copy())  # a label carries all that bear it along
        reached = reached[reached]
        if np.array_equal(reached, label):
            return label
        label = reached


def _placed(program: Program, place: Index) -> list[Leximin]:
    """The ratios that have columns in a part."""
    return [
        replace(
            one,
            ratios=[
                replace(ratio, columns=place[ratio.columns])
                for ratio in one.ratios
                if np.any(place[ratio.columns] >= 0)
            ],
        )
        for one in program.leximin
    ]


def _part(program: Program, columns: Index, rows: Index) -> Part:
    place = np.full(len(program.upper), -1, dtype=np.int64)
    place[columns] = np.arange(len(columns))
    chosen = [program.rows[i] for i in rows]
    own = Program(
        names=[program.names[int(i)] for i in columns],
        upper=program.upper[columns],
        rows=[replace(row, columns=place[row.columns]) for row in chosen],
        levels=[level[columns] for level in program.levels],
        integer=None if program.integer is None else program.integer[columns],
        measure=None if program.measure is None else program.measure[columns],
        leximin=_placed(program, place),
    )
    return Part(own, columns, rows)
