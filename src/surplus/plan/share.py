"""Divide the money of each class among its members in proportion to their gaps, in whole cents."""

from __future__ import annotations

import numpy as np

from surplus.arithmetic import muldiv, ordered, sums
from surplus.ledger.columns import Cents, Index


def proportional(total: Cents, of: Index, gap: Cents, low: Cents, high: Cents) -> Cents:
    """What each project receives: its share by gap, kept between `low` and `high`.

    Whole cents by largest remainder, ties by id. What a limit adds to or takes from a project, the
    others of its class bear, in proportion again: the one fill ratio that uses up the total.

    Args:
        total: By class, cents; between the sums of `low` and `high`.
        of: The class of each project.
        gap: By project, cents.
        low: By project, cents, at least 0.
        high: By project, cents; between `low` and `gap`.
    """
    count = len(total)
    result = np.zeros(len(of), dtype=np.int64)
    left = total.copy()
    at = np.flatnonzero((high > 0) & (total > 0)[of])
    while len(at):
        group = of[at]
        base = sums(group, gap[at], count)
        part, rest = muldiv(left[group], gap[at], base[group])
        over = (part > high[at]) | ((part == high[at]) & (rest > 0))
        under = part < low[at]
        # The side that is further out is at its limit in the end, too (variable fixing).
        exact = part + rest / base[group]
        beyond = np.bincount(group, np.where(over, exact - high[at], 0), count)
        short = np.bincount(group, np.where(under, low[at] - exact, 0), count)
        fixed = np.where((beyond >= short)[group], over, under)
        done = ~np.isin(group, group[over | under])
        result[at[done]] = part[done] + _remainders(left, group[done], part[done], rest[done])
        limit = np.where(over, high[at], low[at])
        result[at[fixed]] = limit[fixed]
        left -= sums(group[fixed], limit[fixed], count)
        at = at[~fixed & ~done]
    return result


def _remainders(left: Cents, group: Index, part: Cents, rest: Cents) -> Cents:
    """One more cent for the largest remainders, until a class's sum is whole; ties by id."""
    missing = left - sums(group, part, len(left))
    order = ordered(group, -rest)
    starts = np.searchsorted(group[order], group[order])
    extra = np.zeros(len(group), dtype=np.int64)
    extra[order] = np.arange(len(order)) - starts < missing[group[order]]
    return extra
