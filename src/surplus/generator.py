"""Seeded scenarios of any size, for benchmarks, tests and trying things out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from surplus.arithmetic import sums
from surplus.errors import SurplusError
from surplus.ledger import Ledger
from surplus.ledger.columns import Mask
from surplus.scenario import INDUSTRY, WHOLE, Scenario, Wish, scenario

if TYPE_CHECKING:
    from surplus.policy import Policy

FLOORED = ("central", "province")  # levels whose money must go to industry in some share


def generate(
    projects: int = 100,
    seed: int = 0,
    *,
    sources: int = 8,
    categories: int = 12,
    townships: int = 20,
    departments: int = 6,
    sources_per_project: float = 1.5,
    surplus_share: float = 0.45,
    gap_share: float = 0.4,
    unfunded_share: float = 0.05,
    unallocated_share: float = 0.03,
    tightness: float = 0.5,
    priorities: int | Literal["continuous"] = 5,
) -> tuple[Ledger, Policy]:
    """Make a ledger and a policy that suits it.

    Args:
        projects: How many, 10 to 1,000,000.
        seed: Equal arguments and equal seeds give equal scenarios, on every machine.
        sources: How many; their levels are central, province, prefecture, county in turn.
        categories: How many, one of them `industry`.
        townships: How many townships, 1 to 9,999.
        departments: How many departments.
        sources_per_project: Mean number of sources of a funded project, 1 to 4.
        surplus_share: Share of the projects that cost less than they hold.
        gap_share: Share of the funded projects that cost more than they hold.
        unfunded_share: Share of the projects that hold nothing yet.
        unallocated_share: Unallocated money as a share of what projects hold, per source.
        tightness: 0 (loose rules) to 1 (tight); below 1 there is always a plan.
        priorities: Number of tiers 1, 2, 3 …, or `continuous` weights between 0.1 and 10.
    """
    from surplus.policy import Policy  # noqa: PLC0415 - a ledger alone needs no policy

    wish = Wish(
        projects,
        seed,
        sources,
        categories,
        townships,
        departments,
        sources_per_project,
        surplus_share,
        gap_share,
        unfunded_share,
        unallocated_share,
        tightness,
        priorities,
    )
    _check(wish)
    drawn = scenario(wish)
    return drawn.ledger, Policy.model_validate(_policy(drawn, tightness))


def _check(wish: Wish) -> None:
    shares = ("surplus_share", "gap_share", "unfunded_share")
    part = "at least 0, and at most 1 for the three shares of projects together"
    fits = sum(round(getattr(wish, name) * wish.projects) for name in shares) <= wish.projects
    counts = ("sources", "categories", "departments")
    needed = {
        "projects": ("10 to 1,000,000", 10 <= wish.projects <= 1_000_000),
        **{name: ("1 to 99", 1 <= getattr(wish, name) <= 99) for name in counts},
        "townships": ("1 to 9,999", 1 <= wish.townships <= 9_999),
        "sources_per_project": ("1 to 4", 1 <= wish.sources_per_project <= 4),
        **{name: (part, getattr(wish, name) >= 0 and fits) for name in shares},
        "unallocated_share": ("0 to 1", 0 <= wish.unallocated_share <= 1),
        "tightness": ("0 to 1", 0 <= wish.tightness <= 1),
        "priorities": (
            "1 to 1,000 tiers, or 'continuous'",
            wish.priorities == "continuous"
            or (isinstance(wish.priorities, int) and 1 <= wish.priorities <= 1000),
        ),
    }
    wrong = [
        f"generate: {name} is {getattr(wish, name)!r}; needed: {what}."
        for name, (what, fine) in needed.items()
        if not fine
    ]
    if wrong:
        raise SurplusError("\n".join(wrong))


def _policy(scenario: Scenario, tightness: float) -> dict[str, Any]:
    """The rules as the JSON contract writes them; moving nothing, or little, satisfies them all."""
    ledger, gap = scenario.ledger, scenario.gap
    category, department = (ledger.projects.fields[name] for name in ("category", "department"))
    rules: list[dict[str, Any]] = []
    place = department.codes.astype(np.int64)
    for source, row in zip(ledger.sources, scenario.permitted, strict=True):
        if not row.all():
            names = [category.values[i] for i in np.flatnonzero(row)]
            only: dict[str, Any] = {"source": {"id": source.id}, "project": {"category": names}}
            rules.append({"kind": "permit", "id": f"use-{source.id}", **only})

    limits = sums(place, gap, len(department.values)) // 100 * round(120 - 70 * tightness)
    industry = category.codes == len(category.values) - 1
    room = sums(place, np.where(industry, gap, 0), len(department.values))
    rules += _floors(ledger, industry, int(np.minimum(room, limits).sum()), tightness)
    for name, cents in zip(department.values, limits.tolist(), strict=True):
        at_most = {"at_most": f"{cents // 100}.{cents % 100:02d}"}
        only = {"source": {}, "project": {"department": name}}
        rules.append({"kind": "cap", "id": f"in-{name}", "flow": "in", **only, **at_most})
    levels = {source.level for source in ledger.sources}
    if "province" in levels:
        most = 1200 - round(800 * tightness)
        share = {"per": "township", "at_most": f"{most // 100}.{most % 100:02d}%"}
        only = {"source": {"level": "province"}, "project": {}}
        rules.append({"kind": "cap", "id": "out-township", "flow": "out", **only, **share})
    if "county" in levels:
        only = {"source": {"level": "county"}, "at_least": "10%"}
        rules.append({"kind": "reserve", "id": "county-reserve", **only})
    if "prefecture" in levels:
        last = [source.id for source in ledger.sources if source.level == "prefecture"][-1]
        rules.append({"kind": "within", "id": "home", "source": {"id": last}, "by": "township"})
    return {
        "release_at": "contract",
        "attribution": "pro_rata",
        "contingency": {"contract": "3%"},
        "rules": rules,
        "objectives": [{"kind": "fill", "weight": "priority"}],
    }


def _floors(ledger: Ledger, industry: Mask, room: int, tightness: float) -> list[dict[str, Any]]:
    """Industry's share of each level's money: up to its share now, or beyond where tight.

    Beyond, it stays attainable: unallocated money of the level alone, put into half of the `room`
    (cents of industry's gaps that the caps leave open), reaches more than the floor.
    """
    funding = ledger.funding
    held = sums(funding.source, funding.planned, len(ledger.sources))
    there = sums(funding.source, funding.planned * industry[funding.project], len(ledger.sources))
    rules: list[dict[str, Any]] = []
    for level in FLOORED:
        mine = [i for i, source in enumerate(ledger.sources) if source.level == level]
        total, now = int(held[mine].sum()), int(there[mine].sum())
        if not total:
            continue
        more = min(sum(ledger.sources[i].unallocated for i in mine), room // 2)
        share = now * WHOLE // total
        top = (now + more) * WHOLE // (total + more)
        loose = share * round(1000 - 200 * max(0, 0.5 - tightness)) // 1000
        floor = loose + (top - share) * round(2000 * max(0, tightness - 0.5)) // 1000
        only = {"source": {"level": level}, "project": {"category": INDUSTRY}}
        at_least = {"at_least": f"{floor // 100}.{floor % 100:02d}%", "of": "final"}
        rules.append({"kind": "share", "id": f"industry-{level}", **only, **at_least})
    return rules
