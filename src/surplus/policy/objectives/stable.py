"""`stable`: stay as close as possible to an earlier plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from hashlib import blake2b
from typing import Literal, NamedTuple, final

import numpy as np
from pydantic import Field

from surplus.arithmetic import sums_by_key
from surplus.classes import BOTH, Label
from surplus.flows import Flows, Moves, grouped
from surplus.ledger import Ledger
from surplus.ledger.columns import Cents, Index
from surplus.policy.objectives.base import Aim, Objective
from surplus.policy.rules.base import Rule
from surplus.program import Extra, Level, Row
from surplus.records import Money, Record


class Before(Record):
    """One transfer of the earlier plan, with the keys of `plan.json`.

    Attributes:
        giver: Id of the project that gave (`from`); None for unallocated money.
        taker: Id of the project that received (`to`).
        amount: In the unit of the policy.
    """

    source: str
    giver: str | None = Field(default=None, alias="from")
    taker: str = Field(alias="to")
    amount: Money


class _Sums(NamedTuple):
    """Cents by source and project: positions in the ledger, `key = source * projects + project`."""

    key: Index
    amount: Cents


@final
class Stable(Objective):
    r"""Minimise the sum of what differs, by source and project, in and out.

    $\sum_{s,p} |\mathrm{in}_{sp} - \mathrm{in}^0_{sp}| + |\mathrm{out}_{ps} - \mathrm{out}^0_{ps}|$;
    the amounts with $^0$ are those of the earlier plan. Money that goes from one project to another
    in only one of the two plans counts twice, once where it leaves and once where it arrives; who
    gave to whom does not count. Transfers of projects or sources that the ledger no longer has are
    left out. Each project in the earlier plan becomes a class of its own, with two columns for each
    of its sources; all others stay as they are.
    """

    kind: Literal["stable"] = "stable"
    plan: tuple[Before, ...] = ()

    @property
    def of_all(self) -> bool:
        """What the earlier plan gave to a project that neither gives nor takes now counts, too."""
        return True

    def labels(self, ledger: Ledger) -> Iterator[Label]:
        """Every project of the earlier plan by itself."""
        size = len(ledger.projects)
        before = np.concatenate([cells.key % size for cells in self._before(ledger)])
        codes = np.zeros(size, dtype=np.int64)
        codes[before] = 1 + before
        yield Label(codes, BOTH)

    def aims(self, ledger: Ledger, rules: Sequence[Rule] = ()) -> Sequence[Aim]:
        """Yuan that differ, as few as possible."""
        into, out_of = self._before(ledger)
        size = len(ledger.projects)

        def level(flows: Flows) -> Level:
            result = np.zeros(flows.size, dtype=np.int64)
            result[flows.arriving.columns] = result[flows.leaving.columns] = -1
            extras = []
            for at, _, more, less in self._kept(flows, into, out_of):
                result[at] = 0
                extras += [(more, -1), (less, -1)]
            return Level(result, tuple(extras))

        def rows(flows: Flows) -> Iterator[Row]:
            for at, amount, more, less in self._kept(flows, into, out_of):
                ones = np.ones(len(at), dtype=np.int64)
                extras = ((more, -1), (less, 1))
                yield Row(less.name, at, ones, amount, equal=True, extras=extras)

        def value(moves: Moves) -> Fraction:
            given = moves.given
            now_in = _sums(moves.source * size + moves.taker, moves.amount)
            now_out = _sums(moves.source[given] * size + moves.giver[given], moves.amount[given])
            return Fraction(_apart(now_in, into) + _apart(now_out, out_of), 100)

        return (Aim(self.kind, level, value, Fraction(-1, 100), rows=rows),)

    def _before(self, ledger: Ledger) -> tuple[_Sums, _Sums]:
        """What the earlier plan moved in and out, of what the ledger knows."""
        ids = {name: p for p, name in enumerate(ledger.projects.id.tolist())}
        sources = {source.id: s for s, source in enumerate(ledger.sources)}
        size = len(ids)
        known = [
            (sources[t.source], None if t.giver is None else ids[t.giver], ids[t.taker], t.amount)
            for t in self.plan
            if t.source in sources and t.taker in ids and (t.giver is None or t.giver in ids)
        ]
        into = [(s * size + taker, amount) for s, _, taker, amount in known if amount]
        out_of = [(s * size + g, amount) for s, g, _, amount in known if amount and g is not None]
        tables = [np.array(cells, dtype=np.int64).reshape(-1, 2) for cells in (into, out_of)]
        first, second = (_sums(table[:, 0], table[:, 1]) for table in tables)
        return first, second

    def _kept(
        self, flows: Flows, into: _Sums, out_of: _Sums
    ) -> Iterator[tuple[Index, int, Extra, Extra]]:
        """Each amount of the earlier plan: its column if it has one, cents, and what goes beyond or short.

        An amount that can no longer be moved has no column; all of it falls short.
        """
        ledger, size = flows.ledger, len(flows.ledger.projects)
        ends = (
            ("into", into, flows.arriving),
            ("out of", out_of, flows.leaving),
        )
        title = f"stable {blake2b(self.model_dump_json(by_alias=True).encode(), digest_size=4).hexdigest()}"
        for word, (keys, amounts), end in ends:
            place = dict(grouped(end.source * size + end.project))
            for key, amount in zip(keys.tolist(), amounts.tolist(), strict=True):
                s, p = divmod(key, size)
                name = f"{title}: {ledger.sources[s].id} {word} {ledger.projects.id[p]}"
                at = end.columns[place.get(key, slice(0))]
                most = int(flows.balance.supply[s])
                yield at, amount, Extra(f"{name}, more", most), Extra(f"{name}, less", amount)

    def sentence(self, lang: str = "en") -> str:
        """What the objective says."""
        count = len(self.plan)
        if lang == "zh":
            return f"尽可能接近原方案({count}笔)。"
        return f"Stay as close as possible to the earlier plan ({count} transfers)."


def _sums(key: Index, amount: Cents) -> _Sums:
    return _Sums(*sums_by_key(key, amount))


def _apart(now: _Sums, before: _Sums) -> int:
    key = np.concatenate([now.key, before.key])
    amount = np.concatenate([now.amount, -before.amount])
    return int(np.abs(sums_by_key(key, amount)[1]).sum())
