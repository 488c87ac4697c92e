"""What the command prints: tables with rich on a terminal, the same as plain text elsewhere."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TextIO

from surplus.cli.chinese import chinese
from surplus.cli.words import Words
from surplus.report.rows import Block, Table
from surplus.report.text import columns, text
from surplus.watch import Stage

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""What would steer a terminal, or turn the order of its text."""


def show(blocks: Sequence[Block]) -> None:
    """Print tables and sentences."""
    if sys.stdout.isatty() and find_spec("rich") is not None:
        rich(blocks, sys.stdout)
    else:
        say(text(blocks))


def say(words: str) -> None:
    """Print a text, harmless to a terminal."""
    print(_UNSEEN.sub("\ufffd", words))  # noqa: T201


def say_document(document: str | Iterable[str]) -> None:
    """Print a document, whole or in pieces, as it is: it may be read by programs."""
    if isinstance(document, str):
        document = [document.rstrip("\n") + "\n"]
    for piece in document:
        print(piece, end="")  # noqa: T201


def complain(words: str, status: int) -> int:
    """Say what went wrong; the status for the shell."""
    print(_UNSEEN.sub("\ufffd", words), file=sys.stderr)  # noqa: T201
    return status


def rich(blocks: Sequence[Block], stream: TextIO, width: int | None = None) -> None:
    """Print with rich: the same cells as in plain text, amounts to the right."""
    from rich import box  # noqa: PLC0415 - an extra
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table as Drawn  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(file=stream, width=width, highlight=False, soft_wrap=False)
    for k, block in enumerate(blocks):
        if k:
            console.print()
        if isinstance(block, str):
            console.print(Text(_UNSEEN.sub("\ufffd", block)))
            continue
        if block.name:
            console.print(Text(_UNSEEN.sub("\ufffd", block.name), style="bold"))
        drawn = Drawn(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
        for head, right in columns(block):
            drawn.add_column(Text(head), justify="right" if right else "left", overflow="fold")
        for row in _lines(block):
            drawn.add_row(*map(Text, row))
        console.print(drawn)


def _lines(table: Table) -> list[list[str]]:
    return [[_UNSEEN.sub("\ufffd", cell) for cell in row] for row in table.texts()]


@contextmanager
def bar(word: Words) -> Iterator[Callable[[Stage], None] | None]:
    """How far a run is, on stderr: where that is a terminal and rich is installed."""
    if not (sys.stderr.isatty() and find_spec("rich") is not None):
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - an extra
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    parts = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*parts, console=Console(file=sys.stderr), transient=True) as drawn:
        task = drawn.add_task("", total=None)

        def tell(stage: Stage) -> None:
            words = word(stage.name, stage.name_zh)
            drawn.update(task, description=words, total=stage.of, completed=stage.place - 1)

        yield tell


class Notes(logging.Formatter):
    """What readers notice, in the language of the command."""

    def __init__(self, word: Words) -> None:
        super().__init__("%(levelname)s: %(message)s")
        self._word = word

    def format(self, record: logging.LogRecord) -> str:
        """The note with its weight in front."""
        words = super().format(record)
        if self._word.lang == "zh":
            level, _, rest = words.partition(": ")
            names = {"WARNING": "注意", "INFO": "信息", "ERROR": "错误"}
            words = f"{names.get(level, level)}:{chinese(rest)}"
        return words if record.exc_info else _UNSEEN.sub("\ufffd", words)
