"""Tables as plain text: columns side by side, amounts to the right, wide characters counted as two."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from surplus.report.rows import Block, Table

_AMOUNT = re.compile(r"[-+]?[0-9][0-9,]*(?:\.[0-9]+)?(?: %)?|–|")


def text(blocks: Sequence[Block]) -> str:
    """Tables and sentences, with an empty line between them."""
    return "\n\n".join(block if isinstance(block, str) else _drawn(block) for block in blocks)


def columns(table: Table) -> list[tuple[str, bool]]:
    """Each column's head, and whether it stands to the right: it holds amounts and nothing else."""
    rows = table.texts()
    return [
        (head, any(row[k] for row in rows) and all(_AMOUNT.fullmatch(row[k]) for row in rows))
        for k, head in enumerate(table.head)
    ]


def _drawn(table: Table) -> str:
    sides = [right for _, right in columns(table)]
    lines = [table.head, *table.texts()]
    widths = [max(_width(line[k]) for line in lines) for k in range(len(table.head))]
    drawn = [
        "  ".join(map(_padded, line, widths, sides)).rstrip()
        for line in ([cell.replace("\n", " ") for cell in line] for line in lines)
    ]
    return "\n".join([table.name, *drawn] if table.name else drawn)


def _width(words: str) -> int:
    return sum(_cells(character) for character in words)


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _padded(words: str, width: int, right: bool) -> str:
    space = " " * (width - _width(words))
    return space + words if right else words + space
