"""`transfers`: few transfers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal, final

import numpy as np
from pydantic import Field

from surplus.classes import BOTH, Label
from surplus.flows import Flows, Moves
from surplus.ledger import Ledger
from surplus.policy.rules.base import Breach, Rule
from surplus.policy.rules.own import binary, ones
from surplus.program import Extra, Row


@final
class Transfers(Rule):
    r"""At most $k$ transfers, counted as donors + recipients - 1 of each source that moves.

    That is what a walk along a source's donors and recipients can need; a plan never has more, and may
    have fewer. Unallocated money counts as one donor of its source. With binaries for each donor,
    recipient and source: $\sum y^{out} + \sum y^{in} - \sum y \le k$. Every project that can give or
    receive is a class of its own with a whole-number column for each source: for hundreds of projects,
    not for thousands. Precedent: administrative limits on the number of virements in a round.
    """

    kind: Literal["transfers"] = "transfers"
    at_most: Annotated[int, Field(ge=0, strict=True)]

    def labels(self, ledger: Ledger) -> Iterable[Label]:
        """Every project is one of its own."""
        yield Label(np.arange(len(ledger.projects)), BOTH, single=True)

    def rows(self, flows: Flows) -> Iterator[Row]:
        """A binary for each column, one for each source, and one count."""
        ids, sources = flows.ledger.projects.id, flows.ledger.sources
        first, second = len(flows.ins), len(flows.ins) + len(flows.outs)
        count: list[tuple[Extra, int]] = []
        moving: dict[int, list[Extra]] = {}
        bounds = np.concatenate([flows.ins.amount, flows.outs.amount, flows.used_bound]).tolist()
        family = np.concatenate([flows.ins.source, flows.outs.source, flows.used_source]).tolist()
        for column, (s, bound) in enumerate(zip(family, bounds, strict=True)):
            if column < first:
                name = f"{sources[s].id} to {ids[flows.taker[column]]}"
            elif column < second:
                name = f"{sources[s].id} from {ids[flows.giver[column - first]]}"
            else:
                name = f"{sources[s].id} unallocated"
            used = binary(self.title, name)
            at = np.array([column], dtype=np.int64)
            extras = ((used, -bound),)
            yield Row(f"{self.title} {name}", at, ones(at), 0, rule=self.title, extras=extras)
            if (used, 1) not in count[-1:]:
                count.append((used, 1))
            if column < first:
                moving.setdefault(s, []).append(used)
        none = np.zeros(0, dtype=np.int64)
        for s, into in moving.items():
            moves = binary(self.title, f"{sources[s].id} moves")
            any_of = ((moves, 1), *((used, -1) for used in into))
            name = f"{self.title} {sources[s].id}"
            yield Row(name, none, none, 0, rule=self.title, extras=any_of)
            count.append((moves, -1))
        if count:
            name = f"{self.title} count"
            yield Row(name, none, none, self.at_most, rule=self.title, extras=tuple(count))

    def _count(self, moves: Moves) -> int:
        size = len(moves.ledger.projects) + 1
        takers = np.unique(moves.source * size + moves.taker)
        givers = np.unique(moves.source * size + moves.giver + 1)
        return len(takers) + len(givers) - len(np.unique(moves.source))

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Count donors, recipients and sources."""
        count = self._count(moves)
        if count > self.at_most:
            yield Breach(
                self.title, f"the plan needs {count} transfers, at most {self.at_most} may be"
            )

    def figures(self, moves: Moves) -> Iterator[str]:
        """How many there are."""
        yield f"{self._count(moves)} of at most {self.at_most} transfers"

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        if lang == "zh":
            return f"调剂笔数不超过 {self.at_most}。"
        return f"There are at most {self.at_most} transfers."
