"""What every rule is: fields, label, rows, exact check, sentence. One rule, one file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from surplus.flows import Flows, Moves, Pairs
from surplus.ledger import Projects
from surplus.ledger.columns import Index, Mask
from surplus.program import Row
from surplus.records import Record


@dataclass(frozen=True)
class Breach:
    """A rule that a plan breaks, and by how much, in words."""

    rule: str
    what: str

    def __str__(self) -> str:
        return f"rule '{self.rule}': {self.what}"


class Rule(Record):
    """A tie on money.

    Attributes:
        id: Name under which reports speak of the rule; by default its kind and place.
        cite: The regulation that asks for it.
    """

    kind: str
    id: str | None = None
    cite: str | None = None

    @property
    def title(self) -> str:
        """The name under which reports speak of the rule."""
        return self.id or self.kind

    def labels(self, projects: Projects) -> Iterable[tuple[Index, bool]]:
        """Codes that tell projects apart, each with whether it matters for recipients only."""
        return ()

    @classmethod
    def closes(cls, rules: Sequence[Self], pairs: Pairs) -> Mask:
        """Which pairs of source and recipient all rules of this kind together rule out."""
        return np.zeros(len(pairs.source), dtype=np.bool_)

    def pool_field(self) -> str | None:
        """The project field by whose values this rule divides the pool of its sources."""
        return None

    def rows(self, flows: Flows) -> Iterator[Row]:
        """The rule as rows over classes, coefficients cleared to integers."""
        return iter(())

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Check a plan on raw projects, in integers, without the rows."""
        return iter(())

    def figures(self, moves: Moves) -> Iterator[str]:
        """What the rule comes to in a plan, in words."""
        return iter(())

    def sentence(self, lang: str = "en") -> str:
        """What the rule says, in English (`en`) or Chinese (`zh`)."""
        raise NotImplementedError


def percent(part: int, whole: int) -> str:
    """A share as people read it, one decimal, never rounded up to look fulfilled."""
    return "0 %" if whole == 0 else f"{part * 1000 // whole / 10:.1f} %"
