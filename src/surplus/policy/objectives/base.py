"""What every objective is: labels, and aims, one level each. One objective, one file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from surplus.classes import Label
from surplus.flows import Flows, Moves
from surplus.ledger import Ledger
from surplus.program import Level, Row
from surplus.records import Record


@dataclass(frozen=True)
class Aim:
    """One level of an objective.

    Attributes:
        kind: That of the objective.
        level: What the program maximises.
        value: What a plan comes to, exactly, on raw projects.
        worth: What one unit of the level is in the value's measure; negative where less is better.
        name: Tells the levels of one objective apart; None where there is only one.
        rows: Definitions of columns that the level needs beside the flows.
    """

    kind: str
    level: Callable[[Flows], Level]
    value: Callable[[Moves], Fraction]
    worth: Fraction
    name: str | None = None
    rows: Callable[[Flows], Iterable[Row]] = lambda _: ()


class Objective(Record):
    """An aim of the decision, or several in their order."""

    kind: str

    def labels(self, ledger: Ledger) -> Iterator[Label]:
        """Codes that tell projects apart, each with whom it matters for."""
        return iter(())

    def aims(self, ledger: Ledger) -> Sequence[Aim]:
        """The levels, first one first."""
        raise NotImplementedError

    def sentence(self, lang: str = "en") -> str:
        """What the objective says, in English (`en`) or Chinese (`zh`)."""
        raise NotImplementedError
