"""`fair`: raise the townships (departments, …) that are filled least, then the next ones."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple, final

import numpy as np

from surplus.arithmetic import sums
from surplus.balance import Balance
from surplus.classes import TAKING, Label
from surplus.flows import Flows, Moves
from surplus.ledger import Ledger
from surplus.policy.objectives.base import Aim, Objective
from surplus.policy.objectives.reach import reachable
from surplus.policy.rules.base import Rule
from surplus.policy.selection import field_codes, field_name, field_text
from surplus.program import Extra, Level, Ratio, Row
from surplus.records import FieldName


@final
class Fair(Objective):
    r"""The leximin optimum of the fill ratios $r_v = \sum_{p \in P_v} \mathrm{in}_p / \sum_{p \in P_v} G_p$.

    The lowest ratio is as high as possible, then the second lowest, and so on, in rounds (Ogryczak and
    Śliwiński: On direct methods for lexicographic min-max optimization, ICCSA 2006). Round $k$ raises
    $t_k$, the lowest ratio of the groups that are left; those that its multipliers hold at $t_k$ in
    every plan are set aside, and the next round raises what is left. A round is a level; most ledgers
    need one or two. Over projects that permitted money can reach; what has no value in the field forms
    a group. With `by` "id" each project is a group of its own.
    """

    kind: Literal["fair"] = "fair"
    by: FieldName

    def labels(self, ledger: Ledger) -> Iterator[Label]:
        """The project's value in the field; what counts is how much each value receives in all."""
        yield Label(field_codes(ledger.projects, self.by), TAKING, exchanged=False, counted=True)

    def aims(
        self,
        ledger: Ledger,
        rules: Sequence[Rule] = (),
        aside: Sequence[Sequence[str | None]] = (),
    ) -> Sequence[Aim]:
        """The lowest ratio, and after each round that of the groups which are not set aside.

        Args:
            ledger: The facts.
            rules: Those that tie the money.
            aside: The groups that each round sets aside.
        """
        groups = _Groups(ledger, self.by, rules, _rounds(ledger, self.by, aside), len(aside))
        return [self._aim(k, groups, aside) for k in range(len(aside) + 1)]

    def _aim(self, k: int, groups: _Groups, aside: Sequence[Sequence[str | None]]) -> Aim:
        lows = [
            Extra(f"fair: {name}", 1, measure=True)
            for name in (self._name(aside[:i]) for i in range(k + 1))
        ]

        def level(flows: Flows) -> Level:
            ratios = () if k else tuple(groups.ratios(flows))
            none = np.zeros(flows.size, dtype=np.int64)
            return Level(none, ((lows[k], 1),), ratios, 0 if k else len(aside) + 1)

        def rows(flows: Flows) -> Iterator[Row]:
            found = groups.of(flows.balance)
            mine = {g.name for g in found.values() if g.round == k}
            for r in groups.ratios(flows):
                if r.name in mine:
                    less = -np.ones(len(r.columns), dtype=np.int64)
                    extras = ((lows[k], r.whole), *((extra, -1) for extra in r.extras))
                    yield Row(r.name, r.columns, less, 0, extras=extras)
            if k:  # in cents, as the other rows
                cents = max((g.lacks for g in found.values()), default=1)
                none = np.zeros(0, dtype=np.int64)
                ordered = ((lows[k - 1], cents), (lows[k], -cents))
                yield Row(f"{lows[k].name}, in order", none, none, 0, extras=ordered)

        def value(moves: Moves) -> Fraction:
            left = [g for g in groups.of(moves.balance).values() if g.round >= k]
            return min(groups.filled(moves, left), default=Fraction(1))

        def unproved(moves: Moves, priced: Collection[str]) -> Iterator[str]:
            """Who is set aside has a multiplier, so that no plan as good so far raises it, or is full."""
            mine = [g for g in groups.of(moves.balance).values() if g.round == k]
            for group, ratio in zip(mine, groups.filled(moves, mine), strict=True):
                if group.name not in priced and ratio < 1:
                    yield f"nothing proves that '{group.name}' cannot receive more"

        name = self._name(aside[:k])
        return Aim(self.kind, level, value, Fraction(1), name, rows, whole=False, unproved=unproved)

    def _name(self, aside: Sequence[Sequence[str | None]]) -> str:
        before = sum(map(len, aside))
        return f"{self.by}, lowest but {before}" if before else f"{self.by}, lowest"

    def sentence(self, lang: str = "en") -> str:
        """What the objective says."""
        if lang == "zh":
            return f"先提高弥补率最低的{field_name(self.by, lang)},再提高次低的,依此类推。"
        return f"Raise the {self.by} that is filled least as far as possible, then the next one."


def _rounds(ledger: Ledger, by: str, aside: Sequence[Sequence[str | None]]) -> dict[int, int]:
    """By code of a group the round that sets it aside.

    Raises:
        ValueError: When there is no such group, or it is set aside twice.
    """
    names = [name for names in aside for name in names]
    if not names:
        return {}
    codes: dict[str | None, int]
    if by == "id":
        codes = {str(name): p for p, name in enumerate(ledger.projects.id.tolist())}
    else:
        column = ledger.projects.fields.get(by)
        values = () if column is None else column.values
        codes = {None: 0, **{value: code for code, value in enumerate(values, 1)}}
    if unknown := [name for name in names if name not in codes]:
        raise ValueError(f"no {by} is {unknown[0]!r}, which is set aside")
    if len(set(names)) < len(names):
        raise ValueError(f"a {by} is set aside twice")
    return {codes[name]: k for k, mine in enumerate(aside) for name in mine}


class _Group(NamedTuple):
    """Reachable projects of one value.

    Attributes:
        name: That of its row.
        value: In the field; None where it is not known.
        lacks: What they lack, in cents.
        round: The round that sets it aside; where none does, the last one.
    """

    name: str
    value: str | None
    lacks: int
    round: int


@dataclass(eq=False)
class _Groups:
    """The groups of a ledger, found once for each balance."""

    ledger: Ledger
    by: str
    rules: Sequence[Rule]
    rounds: Mapping[int, int]
    last: int
    _known: tuple[Balance, Mapping[int, _Group]] | None = field(default=None, init=False)

    def of(self, balance: Balance) -> Mapping[int, _Group]:
        """By code all groups that have projects which money can reach."""
        if self._known is None or self._known[0] is not balance:
            self._known = balance, self._found(balance)
        return self._known[1]

    def _found(self, balance: Balance) -> Mapping[int, _Group]:
        projects = self.ledger.projects
        codes = field_codes(projects, self.by)
        members = np.flatnonzero(reachable(self.ledger, balance, self.rules))
        lacks = sums(codes[members], balance.gap[members], int(codes.max(initial=0)) + 1)
        groups = {}
        kept, first = np.unique(codes[members], return_index=True)
        for code, p in zip(kept.tolist(), members[first].tolist(), strict=True):
            known = self.by == "id" or code > 0
            value = field_text(projects, self.by, p) if known else None
            text = repr(value) if known else "not known"
            turn = self.rounds.get(code, self.last)
            groups[code] = _Group(f"fair: {self.by} {text}", value, int(lacks[code]), turn)
        return groups

    def ratios(self, flows: Flows) -> Iterator[Ratio]:
        """What each group receives, in columns."""
        groups = self.of(flows.balance)
        codes = field_codes(flows.ledger.projects, self.by)
        for code, columns, shares in flows.receipts(codes):
            if (group := groups.get(code)) is not None:
                yield Ratio(group.name, group.value, group.lacks, columns, tuple(shares))

    def filled(self, moves: Moves, groups: Sequence[_Group]) -> list[Fraction]:
        """The fill ratios of some groups in a plan."""
        codes = field_codes(moves.ledger.projects, self.by)
        received = sums(codes, moves.received, int(codes.max(initial=0)) + 1).tolist()
        by_name = {g.name: received[code] for code, g in self.of(moves.balance).items()}
        return [Fraction(by_name[group.name], group.lacks) for group in groups]
