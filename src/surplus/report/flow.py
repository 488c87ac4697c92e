"""Where the money goes, laid out for a picture: source → group of donors → group of recipients."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from surplus.ledger import Ledger
from surplus.ledger.columns import Category
from surplus.plan.data import Plan
from surplus.report.rows import Both, Table, yuan

UNALLOCATED = Both("待分配", "unallocated")
_UNKNOWN = Both("未分类", "not known")
_OTHERS = Both("其他", "others")
_FIELDS = ("category", "department", "township")
_MOST = 10
_SLOT, _GAP = 0.6, 0.08


@dataclass(frozen=True)
class Node:
    """A bar: its layer (0 sources, 1 donors, 2 recipients), name, cents, and place from 0 to 1."""

    layer: int
    name: str
    cents: int
    top: float
    height: float


@dataclass(frozen=True)
class Link:
    """A band between two bars: positions in the nodes, cents, and places of its upper edges."""

    start: int
    end: int
    cents: int
    start_top: float
    end_top: float
    height: float


@dataclass(frozen=True)
class Flow:
    """The picture, and the same as amounts.

    Attributes:
        amounts: Cents by source, donors' group and recipients' group.
        by: The field that projects are grouped by.
    """

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    amounts: Mapping[tuple[str, str, str], int]
    by: str


def flow(plan: Plan, ledger: Ledger) -> Flow:
    """Group the transfers and lay them out; of each layer the largest groups, the others as one.

    Raises:
        SurplusError: When the plan is for another ledger.
    """
    plan.ensure_lists(ledger)
    by = next((f for f in _FIELDS if len(ledger.projects.fields[f].values) > 1), _FIELDS[0])
    group = _Groups(ledger.projects.fields[by])
    names = [s.id if s.name is None else f"{s.name} ({s.id})" for s in ledger.sources]
    raw: Counter[tuple[str, str, str]] = Counter()
    for s, g, t, cents in zip(
        plan.source.tolist(),
        plan.giver.tolist(),
        plan.taker.tolist(),
        plan.amount.tolist(),
        strict=True,
    ):
        raw[names[s], UNALLOCATED if g < 0 else group.of(g), group.of(t)] += cents
    kept = [_largest(raw, layer) for layer in range(3)]
    amounts: Counter[tuple[str, str, str]] = Counter()
    for (source, giver, taker), cents in raw.items():
        key = tuple(n if n in kept[k] else _OTHERS for k, n in enumerate((source, giver, taker)))
        amounts[key] += cents  # type: ignore[index]
    order = sorted(amounts.items(), key=lambda item: (-item[1], item[0]))
    return Flow(*_laid_out(dict(order)), dict(order), by)


class _Groups:
    """The group of each project, by name."""

    def __init__(self, column: Category) -> None:
        self.codes, self.values = column.codes.tolist(), column.values

    def of(self, project: int) -> str:
        code = self.codes[project]
        return _UNKNOWN if code < 0 else self.values[code]


def _largest(raw: Mapping[tuple[str, str, str], int], layer: int) -> set[str]:
    sums: Counter[str] = Counter()
    for key, cents in raw.items():
        sums[key[layer]] += cents
    ranked = sorted(sums, key=lambda name: (-sums[name], name))
    return {*ranked} if len(ranked) <= _MOST else {*ranked[: _MOST - 1]}


def _laid_out(
    amounts: Mapping[tuple[str, str, str], int],
) -> tuple[tuple[Node, ...], tuple[Link, ...]]:
    layers: list[Counter[str]] = [Counter(), Counter(), Counter()]
    pairs: list[Counter[tuple[str, str]]] = [Counter(), Counter()]
    for key, cents in amounts.items():
        for k, name in enumerate(key):
            layers[k][name] += cents
        for k in (0, 1):
            pairs[k][key[k], key[k + 1]] += cents
    if not amounts:
        return (), ()
    slot = _SLOT / max(map(len, layers))
    scale = _scale([[*layer.values()] for layer in layers], slot)
    nodes: list[Node] = []
    at: dict[tuple[int, str], int] = {}
    for k, layer in enumerate(layers):
        gap = _GAP / max(1, len(layer) - 1)
        top = (1 - _GAP - sum(max(slot, cents * scale) for cents in layer.values())) / 2
        for name in sorted(layer, key=lambda name: (-layer[name], name)):
            height = layer[name] * scale
            space = max(slot, height)
            at[k, name] = len(nodes)
            nodes.append(Node(k, name, layer[name], top + (space - height) / 2, height))
            top += space + gap
    links = []
    left = {i: node.top for i, node in enumerate(nodes)}
    right = dict(left)
    for k, pair in enumerate(pairs):
        ends = {(at[k, a], at[k + 1, b]): cents for (a, b), cents in pair.items()}
        for (start, end), cents in sorted(ends.items()):
            height = cents * scale
            links.append(Link(start, end, cents, left[start], right[end], height))
            left[start] += height
            right[end] += height
    return tuple(nodes), tuple(links)


def _scale(layers: Sequence[Sequence[int]], slot: float) -> float:
    """Height of a cent, so that the fullest layer fits: each bar has room for its name."""
    low, high = 0.0, 1 / max(sum(layer) for layer in layers)
    for _ in range(50):
        middle = (low + high) / 2
        full = max(sum(max(slot, cents * middle) for cents in layer) for layer in layers)
        low, high = (middle, high) if full <= 1 - _GAP else (low, middle)
    return low


def flow_table(found: Flow) -> Table:
    """The same as a table, in both languages."""
    rows = tuple((*key, yuan(cents)) for key, cents in found.amounts.items())
    head = (
        Both("资金来源", "source"), Both("调出方", "given by"), Both("调入方", "received by"),
        Both("金额(元)", "yuan"),
    )  # fmt: skip
    return Table(Both("资金流向", "Where the money goes"), head, rows, (3,), key="flows")
