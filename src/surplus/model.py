"""Policy × classes → program: the rows of all rules, the levels of all objectives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import blake2b
from typing import overload

import numpy as np
import numpy.typing as npt

from surplus.balance import Balance
from surplus.classes import Segments, classes
from surplus.flows import Flows
from surplus.ledger import Ledger
from surplus.network import Network, network, structure, tied
from surplus.policy import Policy
from surplus.policy.objectives import Aim, Aside
from surplus.policy.rules import Rule
from surplus.program import Extra, Level, Leximin, Program, Row, Weights
from surplus.rooms import Rooms, rooms

_MOST_NAMED = 3


@dataclass(frozen=True, eq=False)
class Model:
    """The class program and what its columns mean.

    Attributes:
        net: The columns that carry money.
        aims: What the levels of the program mean; the last level is the tie-break.
        extras: The columns after the flows.
        aside: What the aims rest on: see `Policy.aims`.
        hurried: Whether time was up before all rounds of `fair` were found.
    """

    net: Network
    program: Program
    aims: Sequence[Aim]
    extras: Sequence[Extra]
    aside: Aside = ()
    hurried: bool = False

    @property
    def flows(self) -> Flows:
        """The columns that carry money."""
        return self.net.flows


def build(
    ledger: Ledger,
    balance: Balance,
    policy: Policy,
    rules: Sequence[Rule],
    segments: Segments | None = None,
    room: Rooms | None = None,
) -> Model:
    """Write the program of some of the policy's rules over classes of projects.

    Classes are of projects that neither a rule nor an objective of the policy tells apart.
    """
    if room is None:
        spoken = (rule.limits(ledger, balance) for rule in rules)
        room = rooms(balance, (limits for limits in spoken if limits is not None))
    # Segments stand for the labels of the only objective, `fill`.
    sayings = (*policy.binding, *(policy.objectives if segments is None else ()))
    labels = [label for one in sayings for label in one.labels(ledger)]
    groups = classes(ledger, room, labels, segments)
    return written(network(ledger, balance, room, groups, rules), policy, rules)


def written(net: Network, policy: Policy, rules: Sequence[Rule], aside: Aside = ()) -> Model:
    """The program over columns that are laid out already.

    Args:
        net: The columns.
        policy: The objectives.
        rules: Those of its rules that count.
        aside: What `fair` sets aside, see `Policy.aims`.
    """
    flows = net.flows
    rows = [*structure(net)]
    for rule in rules:
        rows += tied(rule, flows)
    aims = policy.aims(flows.ledger, aside)
    for aim in aims:
        rows += aim.rows(flows)
    levels = [aim.level(flows) for aim in aims]
    levels.append(_tie_break(net))
    program, extras = assembled(flows, rows, levels)
    return Model(net, program, aims, extras, aside)


def dividing(ledger: Ledger, policy: Policy) -> list[str]:
    """What tells most projects apart, the most first: why the classes are many."""
    found = []
    for one in (*policy.binding, *policy.objectives):
        name = f"rule '{one.title}'" if isinstance(one, Rule) else f"objective '{one.kind}'"
        groups = max((len(np.unique(label.codes)) for label in one.labels(ledger)), default=1)
        if groups > 1:
            found.append((-groups, f"{name} tells {groups:,} groups of projects apart"))
    return [words for _, words in sorted(found)[:_MOST_NAMED]]


def assembled(
    flows: Flows, rows: Sequence[Row], levels: Sequence[Level]
) -> tuple[Program, Sequence[Extra]]:
    """Give every column beside the flows its place."""
    place: dict[Extra, int] = {}
    for extras in (*(row.extras for row in rows), *(level.extras for level in levels)):
        for extra, _ in extras:
            place.setdefault(extra, flows.size + len(place))
    base = np.concatenate(
        [
            flows.ins.amount,
            flows.outs.amount,
            flows.used_bound,
            flows.swap_ins.amount,
            flows.swap_outs.amount,
        ]
    )
    names: Sequence[str] = _Names(flows)
    whole = [_placed(row, place) if row.extras else row for row in rows]
    if not place:
        return Program(names, base, whole, [level.flows for level in levels]), ()
    weights = []
    for k, level in enumerate(levels):
        own = np.zeros(len(place), dtype=np.int64)
        if k == 0:
            own -= np.array([extra.penalty for extra in place], dtype=np.int64)
        for extra, weight in level.extras:
            own[place[extra] - flows.size] += weight
        weights.append(np.concatenate([level.flows, own]))
    upper = np.append(base, np.array([extra.upper for extra in place], dtype=np.int64))
    integer = np.zeros(len(upper), dtype=np.bool_)
    integer[flows.size :] = [extra.integer for extra in place]
    measure = np.zeros(len(upper), dtype=np.bool_)
    measure[flows.size :] = [extra.measure for extra in place]
    names = [*names, *(extra.name for extra in place)]
    program = Program(
        names,
        upper,
        whole,
        weights,
        integer if integer.any() else None,
        measure if measure.any() else None,
        [*_leximin(levels, place)],
    )
    return program, tuple(place)


def _leximin(levels: Sequence[Level], place: Mapping[Extra, int]) -> Iterator[Leximin]:
    for k, level in enumerate(levels):
        if level.rounds:
            ratios = [
                replace(
                    ratio,
                    columns=np.array(
                        [*ratio.columns.tolist(), *(place[extra] for extra in ratio.extras)],
                        dtype=np.int64,
                    ),
                    extras=(),
                )
                for ratio in level.ratios
            ]
            yield Leximin(k, level.rounds, ratios)


def _placed(row: Row, place: Mapping[Extra, int]) -> Row:
    added = np.array([[place[extra], factor] for extra, factor in row.extras], dtype=np.int64)
    return replace(
        row,
        columns=np.append(row.columns, added[:, 0]),
        coefficients=np.append(row.coefficients, added[:, 1]),
        extras=(),
    )


def _tie_break(net: Network) -> Level:
    """Generic costs from ids, so that the best plan is unique, whatever the solver or the rest."""
    flows, arriving, leaving = net.flows, net.flows.arriving, net.flows.leaving
    ids = flows.ledger.projects.id
    source = np.array([_digest(s.id) for s in flows.ledger.sources], dtype=np.uint64)
    places = np.concatenate([arriving.project, leaving.project])
    ends = np.unique(places)
    project = np.array([_digest(str(ids[p])) for p in ends.tolist()], dtype=np.uint64)
    pools = [arriving.pool.max(initial=-1), leaving.pool.max(initial=-1)]
    first_in = np.zeros(int(max(pools)) + 1, dtype=np.int64)  # what names a pool
    first_in[arriving.pool[::-1]] = arriving.project[::-1]
    swaps = flows.swapping
    used = np.arange(len(flows.ins) + len(flows.outs), swaps)
    columns = np.concatenate([arriving.columns, leaving.columns, used])
    family = np.repeat([1, 2, 3], [len(arriving.columns), len(leaving.columns), len(used)])
    family += 3 * (columns >= swaps)
    sources = np.concatenate([arriving.source, leaving.source, flows.used_source])
    owners = np.concatenate([places, first_in[net.used_pool]])
    named = project[np.searchsorted(ends, owners)]
    costs: Weights = np.empty(flows.size, dtype=np.int64)
    costs[columns] = _generic(source[sources] ^ (named * np.uint64(3)) ^ family.astype(np.uint64))
    firsts = flows.classes.first[np.array([*flows.shares], dtype=np.int64)].tolist()
    parts = np.array([_digest(str(ids[p])) for p in firsts], dtype=np.uint64)
    shares = zip(flows.shares.values(), (-_generic(parts)).tolist(), strict=True)
    return Level(-costs, tuple(shares))


def _generic(key: npt.NDArray[np.uint64]) -> Weights:
    """Costs above 0 that look drawn at random (splitmix64)."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        key = (key ^ (key >> np.uint64(shift))) * np.uint64(factor)
    return 1 + (key >> np.uint64(44)).astype(np.int64)


@lru_cache(maxsize=2**16)  # the programs of one ledger name the same projects again and again
def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


class _Names(Sequence[str]):
    """Readable names of columns, made when asked for."""

    def __init__(self, flows: Flows) -> None:
        self._flows = flows

    def __len__(self) -> int:
        return self._flows.size

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        flows, sources = self._flows, self._flows.ledger.sources
        ids = flows.ledger.projects.id
        swap = "swap_" if place >= flows.swapping else ""
        for word, ends in (("in", flows.arriving), ("out", flows.leaving)):
            at = int(np.searchsorted(ends.columns, place))
            if at < len(ends.columns) and ends.columns[at] == place:
                return f"{swap}{word}_{sources[int(ends.source[at])].id}_{ids[ends.project[at]]}"
        place -= len(flows.ins) + len(flows.outs)
        return f"used_{sources[int(flows.used_source[place])].id}_{place}"
