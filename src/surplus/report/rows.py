"""Tables of papers: cells, rows, sums, and words in two languages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from surplus.errors import SurplusError

LANGUAGES = ("zh", "en", "both")


class Both(str):
    """The same text in both languages: as a text, one line of each."""

    __slots__ = ("en", "zh")
    zh: str
    en: str

    def __new__(cls, zh: str, en: str) -> Both:
        """The text, Chinese first."""
        both = super().__new__(cls, f"{zh}\n{en}")
        both.zh, both.en = zh, en
        return both


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
        rest: Where only the largest rows are shown: one row that adds up all others.
        marks: Names of the rows in programs, where they have any.
        key: Its name in programs, the same in every language.
    """

    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: tuple[int, ...] = ()
    rest: tuple[Cell, ...] | None = None
    marks: tuple[str, ...] = ()
    key: str = ""

    @property
    def lines(self) -> tuple[tuple[Cell, ...], ...]:
        """All rows, the one that stands for the rest last."""
        return self.rows if self.rest is None else (*self.rows, self.rest)

    def texts(self) -> list[list[str]]:
        """The cells as people read them."""
        return [[shown(cell) for cell in row] for row in self.rows]

    def sums(self) -> dict[int, Decimal]:
        """The exact sum of each column that adds up."""
        return {k: sum((_number(row[k]) for row in self.lines), Decimal(0)) for k in self.total}

    def numbers(self, k: int) -> bool:
        """Whether a column holds numbers only, and any."""
        cells = [row[k] for row in self.lines if row[k] not in (None, "")]
        return bool(cells) and all(isinstance(cell, (Decimal, int)) for cell in cells)


def _number(cell: Cell) -> Decimal:
    return Decimal(cell) if isinstance(cell, (Decimal, int)) else Decimal(0)


def paired(zh: Table, en: Table) -> Table:
    """One table of two in different languages: texts that differ stand side by side."""
    lines = [tuple(map(_pair, *rows)) for rows in zip(zh.lines, en.lines, strict=True)]
    rest = lines.pop() if zh.rest is not None else None
    head = tuple(map(_both, zh.head, en.head))
    return replace(zh, name=_both(zh.name, en.name), head=head, rows=tuple(lines), rest=rest)


def shortened(of: Table, most: int) -> Table:
    """The first rows of a table that has too many, and one row that adds up the others."""
    if of.rest is not None or len(of.rows) <= most:
        return of
    other = replace(of, rows=of.rows[most:])
    words = Both(f"其余 {len(other.rows):,} 行合计", f"{len(other.rows):,} further rows together")
    sums = other.sums()
    rest = (words, *(sums.get(k) for k in range(1, len(of.head))))
    return replace(of, rows=of.rows[:most], rest=rest)


def _pair(zh: Cell, en: Cell) -> Cell:
    return _both(zh, en) if isinstance(zh, str) and isinstance(en, str) else zh


def _both(zh: str, en: str) -> str:
    return zh if zh == en else Both(zh, en)


def text(pair: tuple[str, str], lang: str) -> str:
    """English and Chinese words in the language of a paper."""
    return Both(pair[1], pair[0]) if lang == "both" else pair[lang == "zh"]


def inline(words: str) -> str:
    """A text on one line."""
    return f"{words.zh} {words.en}" if isinstance(words, Both) else words


Block = str | Table
"""What a terminal shows: sentences, or a table."""


def yuan(cents: int) -> Decimal:
    """Cents as an exact amount in yuan."""
    return Decimal(int(cents)).scaleb(-2)


def shown(cell: Cell) -> str:
    """A cell as people read it: numbers with thousands separators, two to six decimals."""
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        places = max(2, -int(cell.normalize().as_tuple().exponent))
        return f"{cell:,.{min(places, 6)}f}"
    return f"{cell:,}" if isinstance(cell, int) else cell


class Words:
    """Chooses the text of a language.

    Raises:
        SurplusError: For a language that no paper has.
    """

    def __init__(self, lang: str) -> None:
        if lang not in LANGUAGES:
            needed = ", ".join(LANGUAGES)
            raise SurplusError(f"papers are not written in '{lang}'; needed: {needed}")
        self.lang = lang

    def __call__(self, english: str, chinese: str) -> str:
        """One of the two."""
        return chinese if self.lang == "zh" else english
