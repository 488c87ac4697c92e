"""`within`: money stays in the township (department, …) that it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar, Literal, final

import numpy as np
from pydantic import Field

from surplus.classes import BOTH, Label
from surplus.flows import Moves
from surplus.ledger import Ledger
from surplus.ledger.columns import Mask
from surplus.policy.rules.base import Breach, Rule
from surplus.policy.selection import SourceSelection, field_codes, field_name
from surplus.records import FieldName


@final
class Within(Rule):
    r"""One pool for each value of a field.

    $\sum_{p \in P_v} \mathrm{in}_{sp} \ge \sum_{p \in P_v} \mathrm{out}_{ps}$ for every value $v$:
    what leaves projects of a value arrives at projects of that value. Unallocated money of the
    source may go anywhere. Projects whose value is not known form a group of their own. Precedent:
    strict control of moves between budget levels, items and projects, 预算法 art. 72.
    """

    shapes: ClassVar[bool] = True

    kind: Literal["within"] = "within"
    source: SourceSelection = Field(default_factory=SourceSelection)
    by: FieldName

    def labels(self, ledger: Ledger) -> Iterable[Label]:
        """The project's value in the field."""
        codes = field_codes(ledger.projects, self.by)
        yield Label(codes, BOTH, self.source.mask(ledger.sources))

    def pool_field(self) -> tuple[SourceSelection, str]:
        """Each value has a pool of its own."""
        return self.source, self.by

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Every transfer between projects of different values."""
        codes = field_codes(moves.ledger.projects, self.by)
        tied: Mask = self.source.mask(moves.ledger.sources)[moves.source] & moves.given
        apart = tied & (codes[moves.giver] != codes[moves.taker])
        for i in np.flatnonzero(apart):
            ids = moves.ledger.projects.id
            yield Breach(
                self.title,
                f"money of '{moves.ledger.sources[moves.source[i]].id}' goes from "
                f"'{ids[moves.giver[i]]}' to '{ids[moves.taker[i]]}' of another {self.by}",
            )

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        if lang == "zh":
            return f"{self.source.sentence(lang)}只能在同一{field_name(self.by, lang)}内调剂。"
        return f"Money of {self.source.sentence(lang)} stays within one {self.by}."
