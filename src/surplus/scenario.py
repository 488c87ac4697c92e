"""The columns of generated ledgers; `generate` adds the policy.

Only integers are drawn, from the raw bits of PCG64, so that a seed gives the same scenario on every
machine and with every version of numpy. Projects are made as columns, never one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from surplus.arithmetic import sums
from surplus.ledger import Category, Funding, Ledger, Projects, Source
from surplus.ledger.columns import PRIORITY_SCALE, UNKNOWN, Cents, Codes, Index, Mask, Texts

LEVELS = ("central", "province", "prefecture", "county")
INDUSTRY = "industry"
SURPLUS, GAP, UNFUNDED, EVEN = range(4)
ESTIMATE, CONTRACT, SETTLEMENT, AUDITED, FINAL = range(1, 6)  # as in balance.STAGES
WHOLE = 10_000  # shares are drawn and written in hundredths of a percent


@dataclass(frozen=True)
class Wish:
    """What a scenario should look like; the fields are the arguments of `generate`."""

    projects: int
    seed: int
    sources: int
    categories: int
    townships: int
    departments: int
    sources_per_project: float
    surplus_share: float
    gap_share: float
    unfunded_share: float
    unallocated_share: float
    tightness: float
    priorities: int | str


@dataclass(frozen=True, eq=False)
class Scenario:
    """A ledger with what its policy is derived from.

    Attributes:
        permitted: True where a source (row) may go to a category (column).
        gap: Cents that each project lacks.
    """

    ledger: Ledger
    permitted: Mask
    gap: Cents


def scenario(wish: Wish) -> Scenario:
    """Draw the columns of one ledger; equal wishes give equal ledgers."""
    draw, size = _Draw(wish.seed), wish.projects
    permitted = _permitted(draw, wish.sources, wish.categories, wish.tightness)
    kind = _kinds(draw, size, (wish.surplus_share, wish.gap_share, wish.unfunded_share))
    fields = {
        "category": _categories(draw, size, wish.categories),
        "department": _field(draw, size, "department", wish.departments),
        "township": _field(draw, size, "township", wish.townships),
    }
    issued = draw.between(100, 999, size) * 10 ** draw.between(4, 5, size) * 10
    cost = _costs(draw, kind, issued)
    issued = np.where(kind == UNFUNDED, 0, issued)
    prices = _prices(draw, kind, issued, cost)
    capped = (kind == GAP) & draw.chance(0.08, size)
    ceiling = issued + (cost - issued) // 100 * draw.between(30, 110, size)
    claims = np.where(draw.chance(0.05, size), cost // 1000 * draw.between(5, 20, size), 0)
    mean = wish.sources_per_project
    project, source = _holdings(draw, issued, fields["category"].codes, permitted, mean)
    funding = _funding(draw, issued, cost, project, source)
    table = Projects(
        id=_ids(size),
        name=None,
        priority=_priorities(draw, size, wish.priorities),
        fields=fields,
        prices=prices,
        claims=claims,
        cap=np.where(capped, ceiling, UNKNOWN),
    )
    held = sums(funding.source, funding.planned, wish.sources)
    free = held // WHOLE * round(wish.unallocated_share * WHOLE)
    free = free * draw.between(50, 150, wish.sources) // 100
    _freeze(table, funding)
    ledger = Ledger(
        sources=tuple(_source(i, cents) for i, cents in enumerate(free.tolist())),
        projects=table,
        funding=funding,
        name=f"generated-{size}-{wish.seed}",
        as_of=date(2024, 11, 30),
    )
    ceiling = np.where(capped, np.minimum(ceiling, cost), cost)
    return Scenario(ledger, permitted, np.maximum(0, ceiling - issued))


class _Draw:
    """Integers from raw bits: the stream does not change with the version of numpy."""

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)

    def below(self, high: int, size: int) -> Index:
        """`size` integers in 0 … high - 1, for high up to 2**31."""
        raw = np.asarray(self._bits.random_raw(size), dtype=np.uint64)
        return ((raw >> np.uint64(32)) * np.uint64(high) >> np.uint64(32)).astype(np.int64)

    def between(self, low: int, high: int, size: int) -> Index:
        """`size` integers in low … high, both included."""
        return low + self.below(high - low + 1, size)

    def chance(self, share: float, size: int) -> Mask:
        """True with the probability `share`."""
        return self.below(WHOLE, size) < round(share * WHOLE)

    def order(self, size: int) -> Index:
        """A random order of 0 … size - 1."""
        raw = np.asarray(self._bits.random_raw(size), dtype=np.uint64)
        return np.argsort(raw, kind="stable").astype(np.int64)


class _Scenario:
    """A ledger with what its policy is derived from: permitted categories and gaps in cents."""

    ledger: Ledger
    permitted: Mask  # source × category
    gap: Cents


def _source(i: int, free: int) -> Source:
    level, year = LEVELS[i % 4], 2023 + i // 4 % 2
    return Source(
        id=f"S{i + 1:02d}",
        name=f"{level.capitalize()} fund {i + 1} of {year}",
        level=level,
        year=year,
        first_budgeted=date(year, 1, 15),
        expires=date(year + 1, 12, 31),
        unallocated=free,
    )


def _ids(size: int) -> Texts:
    """``P0000001`` and so on: the code points are computed, then read as text."""
    points = np.empty((size, 8), dtype=np.uint32)
    points[:, 0] = ord("P")
    number = np.arange(1, size + 1)
    for place in range(7, 0, -1):
        points[:, place] = ord("0") + number % 10
        number //= 10
    ids: Texts = points.view("U8").ravel()
    return ids


def _field(draw: _Draw, size: int, name: str, count: int) -> Category:
    digits = max(2, len(str(count)))
    values = tuple(f"{name}-{i + 1:0{digits}d}" for i in range(count))
    return Category(draw.below(count, size).astype(np.int32), values)


def _categories(draw: _Draw, size: int, count: int) -> Category:
    """Half of the projects are in `industry`, the last category in the order of the names."""
    values = (*(f"category-{i + 1:02d}" for i in range(count - 1)), INDUSTRY)
    other = draw.below(max(1, count - 1), size)
    return Category(np.where(draw.chance(0.5, size), count - 1, other).astype(np.int32), values)


def _permitted(draw: _Draw, sources: int, categories: int, tightness: float) -> Mask:
    """County money may go anywhere, all money to industry, every category has some source."""
    chosen = draw.chance(0.9 - 0.5 * tightness, sources * categories).reshape(sources, categories)
    chosen[:, -1] = True
    chosen[3::4] = True
    chosen[np.arange(categories) % sources, np.arange(categories)] = True
    return chosen


def _kinds(draw: _Draw, size: int, shares: tuple[float, float, float]) -> Codes:
    ends = np.cumsum([round(share * size) for share in shares])
    kinds: Codes = np.searchsorted(ends, draw.order(size), side="right").astype(np.int32)
    return kinds


def _priorities(draw: _Draw, size: int, tiers: int | str) -> Cents:
    if isinstance(tiers, str):
        return draw.between(PRIORITY_SCALE // 10, 10 * PRIORITY_SCALE, size)
    return draw.between(1, tiers, size) * PRIORITY_SCALE


def _costs(draw: _Draw, kind: Codes, issued: Cents) -> Cents:
    """70 to 98 % of what was issued for a surplus, 102 to 140 % for a gap; odd cents."""
    size = len(kind)
    low, high = draw.between(7_000, 9_800, size), draw.between(10_200, 14_000, size)
    factor = np.choose(kind, [low, high, np.full(size, WHOLE), np.full(size, WHOLE)])
    odd = np.where(kind == EVEN, 0, draw.below(100, size))
    costs: Cents = issued // WHOLE * factor + issued % WHOLE + odd
    return costs


def _prices(draw: _Draw, kind: Codes, issued: Cents, cost: Cents) -> dict[str, Cents]:
    """A price chain whose last known link gives `cost`; all links on one side of the plan."""
    size = len(kind)
    late = np.array([ESTIMATE] + [CONTRACT] * 3 + [SETTLEMENT] * 2 + [AUDITED] * 2 + [FINAL] * 2)
    stage = late[draw.below(10, size)]
    stage = np.where((kind == EVEN) & draw.chance(0.5, size), 0, stage)
    stage = np.where(kind == UNFUNDED, np.minimum(stage, CONTRACT), stage)
    built = stage >= CONTRACT
    other = np.where(built & draw.chance(0.2, size), cost // 1000 * draw.between(5, 30, size), 0)
    works = cost - other
    at_contract = (stage == CONTRACT) & draw.chance(0.2, size)
    variations = np.where(at_contract, cost // 1000 * draw.between(1, 15, size), 0)
    low = np.where(kind == GAP, issued, 0)
    high = np.where(kind == SURPLUS, issued, np.iinfo(np.int64).max)
    signed = np.clip(works // 1000 * draw.between(970, 1030, size), low + (kind == GAP), high)
    claimed = np.minimum(works + works // 1000 * draw.between(0, 40, size), high)
    half = np.where(kind == SURPLUS, (cost + issued) // 2, np.where(kind == GAP, issued, cost))
    estimated = np.where(stage == ESTIMATE, cost, half)
    told = (stage == ESTIMATE) | (built & draw.chance(0.8, size))
    return {
        "estimate": np.where(told, estimated, UNKNOWN),
        "contract": np.where(
            stage == CONTRACT, works - variations, np.where(built, signed, UNKNOWN)
        ),
        "variations": variations,
        "settlement": np.where(
            stage == SETTLEMENT, works, np.where(stage > SETTLEMENT, claimed, UNKNOWN)
        ),
        "audited": np.where(stage >= AUDITED, works, UNKNOWN),
        "final": np.where(stage == FINAL, cost, UNKNOWN),
        "other": other,
    }


def _holdings(
    draw: _Draw, issued: Cents, category: Codes, permitted: Mask, mean: float
) -> tuple[Index, Index]:
    """Who holds money of which source: one to four permitted sources for each funded project."""
    size = len(issued)
    choices = permitted.sum(axis=0)[category].astype(np.int64)
    number = 1 + sum(draw.chance((mean - 1) / 3, size).astype(np.int64) for _ in range(3))
    number = np.where(issued > 0, np.minimum(number, choices), 0)
    listed = np.argsort(~permitted, axis=0, kind="stable")  # by category, permitted sources first
    project = np.repeat(np.arange(size, dtype=np.int64), number)
    nth = np.arange(len(project)) - np.repeat(np.cumsum(number) - number, number)
    turn = (draw.below(2**31, size)[project] + nth) % choices[project]
    source = listed[turn, category[project]].astype(np.int64)
    return project, source[np.lexsort((source, project))]


def _funding(draw: _Draw, issued: Cents, cost: Cents, project: Index, source: Index) -> Funding:
    """Split what was issued in whole yuan; pay part of it."""
    size = len(issued)
    first = np.r_[True, project[1:] != project[:-1]]
    weight = draw.between(1, 100, len(project))
    yuan = (issued // 100)[project] * weight // sums(project, weight, size)[project]
    rest = issued // 100 - sums(project, yuan, size)
    planned = (yuan + np.where(first, rest[project], 0)) * 100
    spent = np.minimum(1000, cost * 1000 // np.maximum(issued, 1))  # at most the cost, in ‰
    spent = np.where(draw.chance(0.05, size), 1000, spent)
    paid = planned * draw.below(1001, size)[project] // 1000 * spent[project] // 1000
    return Funding(project, source, planned, paid)


def _freeze(projects: Projects, funding: Funding) -> None:
    columns = [projects.id, projects.priority, projects.claims, projects.cap]
    columns += [*projects.prices.values(), *(field.codes for field in projects.fields.values())]
    columns += [funding.project, funding.source, funding.planned, funding.paid]
    for column in columns:
        column.setflags(write=False)
