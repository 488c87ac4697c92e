"""`transfers`: few transfers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal, final

import numpy as np
from pydantic import Field

from surplus.classes import BOTH, Label
from surplus.flows import Flows, Moves, grouped
from surplus.ledger import Ledger
from surplus.ledger.columns import Index
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
        sources = flows.ledger.sources
        count: list[tuple[Extra, int]] = []
        moving: dict[int, list[Extra]] = {}
        for s, verb, name, at, bound in self._parties(flows):
            used = binary(self.title, f"{sources[s].id} {name}")
            extras = ((used, -bound),)
            yield Row(used.name, at, ones(at), 0, rule=self.title, extras=extras, defines=True)
            count.append((used, 1))
            if verb == "to":
                moving.setdefault(s, []).append(used)
        none = np.zeros(0, dtype=np.int64)
        for s, into in moving.items():
            moves = binary(self.title, f"{sources[s].id} moves")
            any_of = ((moves, 1), *((used, -1) for used in into))
            name = f"{self.title} {sources[s].id}"
            yield Row(name, none, none, 0, rule=self.title, extras=any_of, defines=True)
            count.append((moves, -1))
        if count:
            name = f"{self.title} count"
            yield Row(name, none, none, self.at_most, rule=self.title, extras=tuple(count))

    def _parties(self, flows: Flows) -> Iterator[tuple[int, str, str, Index, int]]:
        """Who may take part with money of a source: source, verb, name, columns, cents at most."""
        ids, width = flows.ledger.projects.id, len(flows.ledger.sources)
        for verb, ends in (("to", flows.arriving), ("from", flows.leaving)):
            for key, at in grouped(ends.project * width + ends.source):
                p, s = divmod(key, width)
                yield s, verb, f"{verb} {ids[p]}", ends.columns[at], int(ends.most[at].sum())
        first = len(flows.ins) + len(flows.outs)
        for s, at in grouped(flows.used_source):
            yield s, "from", "unallocated", first + at, int(flows.used_bound[at].max())

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

    def figures(self, moves: Moves, lang: str = "en") -> Iterator[str]:
        """How many there are."""
        count, most = self._count(moves), self.at_most
        yield (
            f"{count} 笔,上限 {most} 笔" if lang == "zh" else f"{count} of at most {most} transfers"
        )

    def sentence(self, lang: str = "en") -> str:
        """What the rule says."""
        if lang == "zh":
            return f"调剂笔数不超过 {self.at_most}。"
        return f"There are at most {self.at_most} transfers."
