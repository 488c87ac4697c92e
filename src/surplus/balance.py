"""Facts → balance: what each project costs, holds too much, lacks, and may release. No optimiser.

The terms and formulas are those of the price chain: ``docs/design.md``, section "Balance".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from surplus.arithmetic import muldiv, ordered, running, share_up, sums
from surplus.ledger import Funding, Ledger, Projects
from surplus.ledger.columns import UNKNOWN, Cents, Codes, Index, Mask

STAGES = ("planned", "estimate", "contract", "settlement", "audited", "final")
"""How far a project's price is known: the last known link of the price chain."""


@dataclass(frozen=True)
class Terms:
    """What a policy says about balances.

    Attributes:
        release_at: The stage from which on net surplus may be released.
        attribution: `pro_rata`; `free`, where the plan chooses; or ids of sources in the order in which
            surplus is taken from them; sources that are not named follow by id.
        contingency: Share of the cost kept back at a stage.
        swaps: Whether projects may exchange undrawn money of one source for that of another.
    """

    release_at: str = "contract"
    attribution: str | tuple[str, ...] = "pro_rata"
    contingency: Mapping[str, Fraction] = field(default_factory=dict)
    swaps: bool = False


@dataclass(frozen=True, eq=False)
class Balance:
    """One entry per project, in cents; `releasable` and `swappable` one per entry of the funding.

    Attributes:
        stage: Position in `STAGES`.
        cost: Expected final cost (预计最终成本).
        issued: Planned investment (计划投资), over all sources.
        reserve: Open claims and contingency (预留).
        surplus: Net surplus (净结余).
        gap: Funding gap (资金缺口).
        releasable: What may be moved out (可统筹), by project and source.
        ready: What may be moved out by project; less than the sum of `releasable` only where the
            attribution is `free` and the plan chooses the sources.
        available: What may be moved by source: unallocated + releasable.
        swappable: What may be exchanged for money of another source, by project and source: undrawn and
            not releasable; 0 where the terms allow no swaps.
        supply: What may be moved or exchanged by source: available + swappable.
    """

    stage: Codes
    cost: Cents
    issued: Cents
    reserve: Cents
    surplus: Cents
    gap: Cents
    releasable: Cents
    ready: Cents
    available: Cents
    swappable: Cents
    supply: Cents


def balances(ledger: Ledger, terms: Terms) -> Balance:
    """Derive every project's balance; asserts issued + gap = cost + reserve held + surplus."""
    projects, funding = ledger.projects, ledger.funding
    size = len(projects)
    issued = sums(funding.project, funding.planned, size)
    stage, cost = _cost(projects, issued)
    reserve = projects.claims.copy()
    for name, share in terms.contingency.items():
        at = stage == STAGES.index(name)
        reserve[at] += share_up(cost[at], share)
    surplus = np.maximum(0, issued - cost - reserve)
    ceiling = np.where(projects.cap == UNKNOWN, cost, np.minimum(cost, projects.cap))
    gap = np.maximum(0, ceiling - issued)
    _assert_identity(projects, issued, cost, reserve, surplus, gap)

    ready = np.where(stage >= STAGES.index(terms.release_at), surplus, 0)
    undrawn = funding.planned - funding.paid
    if terms.attribution == "free":
        releasable = np.minimum(undrawn, ready[funding.project])
    elif isinstance(terms.attribution, str):
        releasable = _pro_rata(ready, funding, undrawn)
    else:
        releasable = _in_order(ready, funding, undrawn, _ranks(ledger, terms.attribution))
    ready = np.minimum(ready, sums(funding.project, releasable, size))
    unallocated = np.array([s.unallocated for s in ledger.sources], dtype=np.int64)
    available = unallocated + sums(funding.source, releasable, len(ledger.sources))
    swappable = np.maximum(0, undrawn - releasable) if terms.swaps else np.zeros_like(undrawn)
    supply = available + sums(funding.source, swappable, len(ledger.sources))
    found = Balance(
        stage=stage,
        cost=cost,
        issued=issued,
        reserve=reserve,
        surplus=surplus,
        gap=gap,
        releasable=releasable,
        ready=ready,
        available=available,
        swappable=swappable,
        supply=supply,
    )
    for array in vars(found).values():
        array.setflags(write=False)
    return found


def _cost(projects: Projects, issued: Cents) -> tuple[Codes, Cents]:
    """Stage and cost: each later link of the price chain replaces the earlier ones."""
    prices = projects.prices
    links = (
        ("estimate", prices["estimate"]),
        ("contract", prices["contract"] + prices["variations"] + prices["other"]),
        ("settlement", prices["settlement"] + prices["other"]),
        ("audited", prices["audited"] + prices["other"]),
        ("final", prices["final"]),
    )
    stage = np.zeros(len(projects), dtype=np.int32)
    cost = issued.copy()
    for name, amount in links:
        known = prices[name] != UNKNOWN
        np.copyto(stage, np.int32(STAGES.index(name)), where=known)
        np.copyto(cost, amount, where=known)
    return stage, cost


def _assert_identity(
    projects: Projects, issued: Cents, cost: Cents, reserve: Cents, surplus: Cents, gap: Cents
) -> None:
    held = np.minimum(reserve, np.maximum(0, issued - cost))
    free = (projects.cap == UNKNOWN) | (projects.cap >= cost)
    if not np.all((issued + gap == cost + held + surplus) | ~free) or np.any(
        (gap > 0) & (surplus > 0)
    ):
        raise AssertionError("a balance does not add up; this is a defect of surplus")


def _ranks(ledger: Ledger, order: tuple[str, ...]) -> Index:
    place = {name: i for i, name in enumerate(order)}
    names = [source.id for source in ledger.sources]
    by_order = sorted(range(len(names)), key=lambda i: (place.get(names[i], len(place)), names[i]))
    ranks = np.empty(len(names), dtype=np.int64)
    ranks[by_order] = np.arange(len(names))
    return ranks


def _in_order(ready: Cents, funding: Funding, undrawn: Cents, ranks: Index) -> Cents:
    """Take the surplus from the sources one after the other, each up to its undrawn amount."""
    order = ordered(funding.project, ranks[funding.source])
    before = running(undrawn[order], funding.project[order]) - undrawn[order]
    taken = np.clip(ready[funding.project[order]] - before, 0, undrawn[order])
    result = np.empty_like(taken)
    result[order] = taken
    return result


def _pro_rata(ready: Cents, funding: Funding, undrawn: Cents) -> Cents:
    """Split by planned amounts; what a source cannot bear goes to the others, pro rata again."""
    size = len(ready)
    result = np.zeros_like(undrawn)
    left = np.minimum(ready, sums(funding.project, undrawn, size))
    new = np.ones(len(undrawn) + 1, dtype=np.bool_)
    new[1:-1] = funding.project[1:] != funding.project[:-1]
    alone = new[1:] & new[:-1]  # the only source of its project bears all
    np.copyto(result, left[funding.project], where=alone)
    at = np.flatnonzero(~alone & (left > 0)[funding.project])
    while len(at):
        project = funding.project[at]
        base = sums(project, funding.planned[at], size)
        part, rest = muldiv(left[project], funding.planned[at], base[project])
        full = part >= undrawn[at]
        if not full.any():
            result[at] = part + _largest_remainders(left, project, part, rest)
            break
        result[at[full]] = undrawn[at[full]]
        left -= sums(project[full], undrawn[at[full]], size)
        at = at[~full]
        at = at[left[funding.project[at]] > 0]
    return result


def _largest_remainders(left: Cents, project: Index, part: Cents, rest: Cents) -> Mask:
    """One more cent for the largest remainders, until a project's sum is whole; ties by source."""
    missing = left - sums(project, part, len(left))
    some = np.flatnonzero(rest)  # more than the cents that are missing, since each is part of one
    order = some[ordered(project[some], -rest[some])]  # equals stay in the order of sources
    rank = running(np.ones(len(order), dtype=np.int64), project[order])
    extra = np.zeros(len(rest), dtype=np.bool_)
    extra[order] = rank <= missing[project[order]]
    return extra
