"""Tables of papers: cells, rows, sums, and words in two languages."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

Cell = str | int | Decimal | None
"""Text, a count, or an amount in yuan; a Decimal is exact."""


@dataclass(frozen=True)
class Table:
    """One table of a paper.

    Attributes:
        name: Short, for a sheet's tab.
        head: Names of the columns.
        rows: Cells.
        total: Columns (by position) that add up.
    """

    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[int, ...] = ()

    def texts(self) -> list[list[str]]:
        """The cells as people read them."""
        return [[shown(cell) for cell in row] for row in self.rows]

    def sums(self) -> dict[int, Decimal]:
        """The exact sum of each column that adds up."""
        return {k: sum((Decimal(row[k] or 0) for row in self.rows), Decimal(0)) for k in self.total}


Block = str | Table
"""What a terminal shows: sentences, or a table."""


def yuan(cents: int) -> Decimal:
    """Cents as an exact amount in yuan."""
    return Decimal(int(cents)).scaleb(-2)


def shown(cell: Cell) -> str:
    """A cell as people read it: amounts with thousands separators, all decimals that they have."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        places = max(2, -int(cell.normalize().as_tuple().exponent))
        return f"{cell:,.{min(places, 6)}f}"
    return f"{cell:,}" if isinstance(cell, int) else cell


class Words:
    """Chooses the text of a language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    def __call__(self, english: str, chinese: str) -> str:
        """One of the two."""
        return chinese if self.lang == "zh" else english
