"""`fair`: raise the townships (departments, …) that are filled least, then the next ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple, final

import numpy as np

from surplus.arithmetic import sums
from surplus.balance import Balance, Terms, balances
from surplus.classes import TAKING, Label
from surplus.flows import Flows, Moves, grouped
from surplus.ledger import Ledger
from surplus.policy.objectives.base import Aim, Objective
from surplus.policy.objectives.reach import reachable
from surplus.policy.rules.base import Rule
from surplus.policy.selection import field_codes, field_name, field_text
from surplus.program import Extra, Level, Row
from surplus.records import FieldName


class _Group(NamedTuple):
    """Reachable projects of one value: its fill ratio as a column, and what they lack, in cents."""

    ratio: Extra
    code: int
    lacks: int


@final
class Fair(Objective):
    r"""The leximin optimum of the fill ratios $r_v = \sum_{p \in P_v} \mathrm{in}_p / \sum_{p \in P_v} G_p$.

    The lowest ratio is as high as possible, then the second lowest, and so on. Level $k$ maximises
    the sum of the $k$ lowest ratios, $\max_t k t - \sum_v \max(0, t - r_v)$, which is linear and comes to
    the same order (Ogryczak and Tamir: Minimizing the sum of the k largest functions, IPL 2003).
    Over projects that permitted money can reach; what has no value in the field forms a group. The
    field divides classes by its values, and $m$ groups ask for $m$ levels and $m^2$ columns: for
    tens of groups. With `by` "id" each project is a group of its own.
    """

    kind: Literal["fair"] = "fair"
    by: FieldName

    def labels(self, ledger: Ledger) -> Iterator[Label]:
        """The project's value in the field."""
        yield Label(field_codes(ledger.projects, self.by), TAKING, exchanged=False)

    def aims(self, ledger: Ledger, rules: Sequence[Rule] = ()) -> Sequence[Aim]:
        """The sum of the lowest ratios: of the one, of the two, … of all."""
        gap = balances(ledger, Terms()).gap  # whatever the terms of a policy
        lacking = np.unique(field_codes(ledger.projects, self.by)[gap > 0])
        return [self._aim(k, rules) for k in range(1, max(1, len(lacking)) + 1)]

    def _aim(self, count: int, rules: Sequence[Rule]) -> Aim:
        def level(flows: Flows) -> Level:
            groups = self._groups(flows.ledger, flows.balance, rules)
            k = min(count, len(groups))
            lowest = ((self._low(k), k),) if k else ()
            below = ((self._below(k, group), -1) for group in groups)
            return Level(np.zeros(flows.size, dtype=np.int64), (*lowest, *below))

        def rows(flows: Flows) -> Iterator[Row]:
            groups = self._groups(flows.ledger, flows.balance, rules)
            if count == 1:
                yield from self._ratios(flows, groups)
            if count <= len(groups):
                none = np.zeros(0, dtype=np.int64)
                cents = max(group.lacks for group in groups)  # so that a row is in cents
                for group in groups:
                    below = self._below(count, group)
                    extras = ((self._low(count), cents), (below, -cents), (group.ratio, -cents))
                    yield Row(below.name, none, none, 0, extras=extras)

        def value(moves: Moves) -> Fraction:
            ledger = moves.ledger
            codes = field_codes(ledger.projects, self.by)
            received = sums(codes, moves.received, int(codes.max(initial=0)) + 1)
            groups = self._groups(ledger, moves.balance, rules)
            ratios = sorted(Fraction(int(received[g.code]), g.lacks) for g in groups)
            return sum(ratios[:count], Fraction(0))

        name = f"{self.by}, lowest" if count == 1 else f"{self.by}, lowest {count}"
        return Aim(self.kind, level, value, Fraction(1), name, rows, whole=False)

    def _groups(self, ledger: Ledger, balance: Balance, rules: Sequence[Rule]) -> list[_Group]:
        """All values that have projects which money can reach."""
        codes = field_codes(ledger.projects, self.by)
        members = np.flatnonzero(reachable(ledger, balance, rules))
        lacks = sums(codes[members], balance.gap[members], int(codes.max(initial=0)) + 1)
        _, first = np.unique(codes[members], return_index=True)
        groups = []
        for p in members[first].tolist():
            code = int(codes[p])
            text = repr(field_text(ledger.projects, self.by, p)) if code else "not known"
            if self.by == "id":
                text = repr(str(ledger.projects.id[p]))
            ratio = Extra(f"fair: {self.by} {text}", 1, measure=True)
            groups.append(_Group(ratio, code, int(lacks[code])))
        return groups

    def _ratios(self, flows: Flows, groups: Sequence[_Group]) -> Iterator[Row]:
        """What each group receives is its ratio of what it lacks."""
        codes = field_codes(flows.ledger.projects, self.by)
        columns = dict(grouped(codes[flows.taker]))
        for group in groups:
            at = columns[group.code]
            ones = np.ones(len(at), dtype=np.int64)
            yield Row(group.ratio.name, at, -ones, 0, extras=((group.ratio, group.lacks),))

    def _low(self, count: int) -> Extra:
        """The ratio that `count` groups lie at or below."""
        return Extra(f"fair: {self.by}, lowest {count}", 1, measure=True)

    def _below(self, count: int, group: _Group) -> Extra:
        """How far a group lies below it."""
        return Extra(f"{group.ratio.name}, of the lowest {count}", 1, measure=True)

    def sentence(self, lang: str = "en") -> str:
        """What the objective says."""
        if lang == "zh":
            return f"先提高弥补率最低的{field_name(self.by, lang)},再提高次低的,依此类推。"
        return f"Raise the {self.by} that is filled least as far as possible, then the next one."
