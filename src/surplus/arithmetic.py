"""Exact integer arithmetic on int64 columns whose products do not fit into int64."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

_SAFE_DIVISOR = 2**52
_SAFE_FACTOR = 2**31
_MOST = 2**62


def muldiv(a: Ints, b: Ints, c: Ints) -> tuple[Ints, Ints]:
    """Quotient and remainder of ``a * b / c``, exactly, for 0 <= a, 0 <= b <= c, c > 0.

    The float quotient is off by a few units at most; the remainder, computed modulo 2**64, tells by
    how much. Where `c` is too large for that argument, Python's integers do the work.
    """
    with np.errstate(over="ignore"):
        quotient = np.floor(a.astype(np.float64) * b.astype(np.float64) / c).astype(np.int64)
        remainder = a * b - quotient * c
        step = remainder // c
    quotient += step
    remainder -= step * c
    for i in np.flatnonzero(c >= _SAFE_DIVISOR):
        quotient[i], remainder[i] = divmod(int(a[i]) * int(b[i]), int(c[i]))
    return quotient, remainder


def share_up(amounts: Ints, share: Fraction) -> Ints:
    """``share`` of each amount, rounded up to the cent; amounts and share are at least 0."""
    n, d = share.numerator, share.denominator
    if max(n, d) > _SAFE_FACTOR:
        return np.array([-(-int(x) * n // d) for x in amounts], dtype=np.int64)
    whole, rest = amounts // d, amounts % d
    return whole * n + -(-rest * n // d)


def share_down(amounts: Ints, share: Fraction) -> Ints:
    """``share`` of each amount, rounded down to the cent; amounts and share are at least 0.

    What would not fit stays at 2**62 cents, which is more than any ledger holds.
    """
    n, d = share.numerator, share.denominator
    largest = int(amounts.max(initial=0))
    if max(n, d) > _SAFE_FACTOR or largest * n // d > _MOST:
        return np.array([min(int(x) * n // d, _MOST) for x in amounts], dtype=np.int64)
    return amounts // d * n + amounts % d * n // d


def total(amounts: Ints) -> int:
    """The sum as a Python integer."""
    return int(amounts.sum(dtype=np.int64))


def ordered(*keys: Ints | npt.NDArray[np.bool_]) -> Ints:
    """Positions in the order of the keys, the first key first; equals stay in their order.

    One sort of one number is several times faster than a sort key by key.
    """
    count = len(keys[0])
    code, span = np.zeros(count, dtype=np.int64), 1
    for key in keys:
        low = int(key.min(initial=0))
        width = int(key.max(initial=0)) - low + 1
        if span * width > _MOST:
            return np.lexsort(keys[::-1])
        code, span = code * width + (key - low), span * width
    if span * count <= _MOST:
        return np.argsort(code * count + np.arange(count))
    return np.argsort(code, kind="stable")


def sums_by_key(key: Ints, amounts: Ints) -> tuple[Ints, Ints]:
    """Distinct keys in rising order, and the sum of the amounts of each."""
    if len(key) == 0:
        return key, amounts
    order = np.argsort(key)
    key = key[order]
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    return key[starts], np.add.reduceat(amounts[order], starts)


def sums(index: Ints, amounts: Ints, size: int) -> Ints:
    """Sum of the amounts at each index 0 … size - 1, in integers."""
    result = np.zeros(size, dtype=np.int64)
    np.add.at(result, index, amounts)
    return result
