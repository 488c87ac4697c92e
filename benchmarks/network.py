"""The program as arcs of a network, for peers that know nothing else; money in whole cents.

Money runs from the origin through free money, or a ceiling on donors, into the pools, and from there
through recipients, and ceilings on them, to the end. A rule that ties shares is no network.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from measure import NotApplicable
from pooled import FREE, GAP, POOL, RULE, Pooled

ORIGIN, END = 0, 1


@dataclass(frozen=True, eq=False)
class Arcs:
    """By arc; `column` is the column of `Pooled` that it carries, -1 for none."""

    tail: np.ndarray
    head: np.ndarray
    capacity: np.ndarray
    cost: np.ndarray
    column: np.ndarray
    nodes: int


def arcs(pooled: Pooled) -> Arcs:
    """The network of a program.

    Raises:
        NotApplicable: Where it is none.
    """
    ins, outs, _, *others = pooled.widths
    if any(others) or pooled.policy.terms.attribution == "free":
        raise NotApplicable("exchanges, ratios and donors of several sources are no network")
    lines = pooled.lines
    if (np.abs(lines.coefficients) != 1).any() or any(rule_floor(pooled)):
        raise NotApplicable("shares are no network")
    below = {"in": np.full(ins, -1), "out": np.full(outs, -1)}  # by column its ceiling
    limits: list[int] = []
    pool_limit: dict[int, int] = {}
    for row in np.flatnonzero(lines.kind == RULE).tolist():
        at = lines.columns[lines.starts[row] : lines.starts[row + 1]]
        limit = lines.upper[row] or 0
        if at[0] < ins:
            _claim(below["in"], at, len(limits))
        elif at[-1] < ins + outs:
            _claim(below["out"], at - ins, len(limits))
        else:
            pools = np.unique(pooled.pool[at])
            whole = np.flatnonzero(
                np.isin(pooled.pool, pools) & (np.arange(len(pooled.pool)) >= ins)
            )
            if len(pools) > 1 or len(whole) != len(at):
                raise NotApplicable("a reserve over several pools is no network")
            pool_limit[int(pools[0])] = limit
            continue
        limits.append(limit)
    return _built(pooled, below, np.array(limits, dtype=np.int64), pool_limit)


def rule_floor(pooled: Pooled) -> list[bool]:
    """By row of a rule, whether it is a floor."""
    lines = pooled.lines
    return [
        low is not None
        for low, kind in zip(lines.lower, lines.kind.tolist(), strict=True)
        if kind == RULE
    ]


def _claim(below: np.ndarray, columns: np.ndarray, row: int) -> None:
    if (below[columns] >= 0).any():
        raise NotApplicable("ceilings that overlap are no network")
    below[columns] = row


def _built(
    pooled: Pooled,
    below: dict[str, np.ndarray],
    limits: np.ndarray,
    pool_limit: dict[int, int],
) -> Arcs:
    lines, (ins, outs, used, *_) = pooled.lines, pooled.widths
    pools = int(pooled.pool.max()) + 1
    takers, taker = np.unique(pooled.project[:ins], return_inverse=True)
    mixed = np.full(len(takers), -1)
    mixed[taker] = below["in"]
    if (mixed[taker] != below["in"]).any():
        raise NotApplicable("a ceiling on part of a recipient's money is no network")
    start = np.cumsum([2, len(pooled.ledger.sources), len(limits), pools, pools, len(takers)])
    free, ceiling, pool_in, pool_out, project = start[:-1].tolist()
    most = int(pooled.upper.sum())
    gaps = pooled.balance.gap[takers]
    weights = np.rint(pooled.weight[:ins] * 1e6).astype(np.int64)
    by_taker = np.zeros(len(takers), dtype=np.int64)
    by_taker[taker] = weights
    by_taker //= np.gcd.reduce(by_taker)
    through = np.array([pool_limit.get(p, most) for p in range(pools)])
    unallocated = np.array([s.unallocated for s in pooled.ledger.sources])
    giving = np.unique(below["out"][below["out"] >= 0])
    taking = np.unique(mixed[mixed >= 0])
    none = -1
    first = ins + outs
    families = [
        # tail, head, capacity, cost, column
        (ORIGIN, free + np.arange(len(unallocated)), unallocated, 0, none),
        (free + pooled.source[first:], pool_in + pooled.pool[first:], pooled.upper[first:], 0,
         first + np.arange(used)),
        (ORIGIN, ceiling + giving, limits[giving], 0, none),
        (np.where(below["out"] < 0, ORIGIN, ceiling + below["out"]),
         pool_in + pooled.pool[ins:first], pooled.upper[ins:first], 0, ins + np.arange(outs)),
        (pool_in + np.arange(pools), pool_out + np.arange(pools), through, 0, none),
        (pool_out + pooled.pool[:ins], project + taker, pooled.upper[:ins], 0, np.arange(ins)),
        (project + np.arange(len(takers)), np.where(mixed < 0, END, ceiling + mixed), gaps,
         -by_taker, none),
        (ceiling + taking, END, limits[taking], 0, none),
    ]  # fmt: skip
    columns = [
        np.concatenate([np.broadcast_to(f[k], np.broadcast(*f).shape) for f in families])
        for k in range(5)
    ]
    assert {POOL, FREE, GAP, RULE} >= set(lines.kind.tolist())
    return Arcs(*columns, nodes=int(start[-1]))


def answer(pooled: Pooled, network: Arcs, flow: np.ndarray) -> tuple[float, np.ndarray]:
    """Objective and yuan by column of the program."""
    values = np.zeros(len(pooled.upper))
    carried = network.column >= 0
    values[network.column[carried]] = flow[carried] / 100
    return float(pooled.weight @ values), values
