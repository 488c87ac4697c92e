"""Exact integer arithmetic on int64 columns whose products do not fit into int64."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

_SAFE_DIVISOR = 2**52
_SAFE_FACTOR = 2**31
_MOST = 2**62
_SHORT = 2**16
_FEW_RUNS = 1_000
_FEW_CODES = 2**22
_WIDE = 64


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

    One sort of one number is several times faster than a sort key by key, and one of numbers that carry
    their positions in their last bits is twice as fast as one of positions.
    """
    if len(keys[0]) == 0:
        return np.zeros(0, dtype=np.int64)
    code, span = np.zeros(0, dtype=np.int64), 1
    while len(keys) > 1 and not np.any(keys[-1][1:] < keys[-1][:-1]):
        keys = keys[:-1]  # in this order already
    for key in keys:
        low = int(key.min())
        width = int(key.max()) - low + 1
        if width == 1:
            continue
        if span * width > _MOST:
            return np.lexsort(keys[::-1])
        digit = np.subtract(key, low, dtype=np.int64)
        if span > 1:
            code *= width
            digit += code
        code = digit
        span *= width
    count = len(keys[0])
    if span == 1:
        return np.arange(count)
    if span <= _SHORT:
        return np.argsort(code.astype(np.uint16), kind="stable")  # by radix
    bits = count.bit_length()
    if span << bits > _MOST:
        return np.argsort(code, kind="stable")
    runs = np.count_nonzero(code[1:] < code[:-1]) + 1
    if runs == 1:
        return np.arange(count)
    code <<= bits
    code |= np.arange(count)
    code.sort(kind="stable" if runs <= _FEW_RUNS else None)  # rising runs are merged
    code &= (1 << bits) - 1
    return code


def running(amounts: Ints, group: Ints) -> Ints:
    """Running sums that start anew with each group; equal groups stand together."""
    ends = np.cumsum(amounts)
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]]) if len(group) else group
    lengths = np.diff(np.r_[starts, len(group)])
    return ends - np.repeat(ends[starts] - amounts[starts], lengths)


def sums_by_key(key: Ints, amounts: Ints) -> tuple[Ints, Ints]:
    """Distinct keys in rising order, and the sum of the amounts of each."""
    if len(key) == 0:
        return key, amounts
    order = ordered(key)
    key = key[order]
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    return key[starts], np.add.reduceat(amounts[order], starts)


def dot(rates: Ints, amounts: Ints) -> int:
    """The exact sum of products, whatever their size: as many bits of the rates at a time as fit."""
    most = float(np.abs(amounts).astype(np.float64).sum())
    bits = 62 - int(most).bit_length()
    if bits < 1:
        return sum(r * a for r, a in zip(rates.tolist(), amounts.tolist(), strict=True))
    result, shift = 0, 0
    while int(np.abs(rates).max(initial=0)) >> bits:
        result += int((rates & ((1 << bits) - 1)) @ amounts) << shift
        rates, shift = rates >> bits, shift + bits  # the sign stays with what is left
    return result + (int(rates @ amounts) << shift)


def common_divisor(numbers: Ints) -> int:
    """The greatest common divisor; 0 of nothing but zeros."""
    few = int(np.gcd.reduce(numbers[:_FEW_RUNS], initial=0))
    if few and not np.any(numbers % few):
        return few
    return int(np.gcd.reduce(numbers, initial=0))


def distinct(codes: npt.NDArray[np.signedinteger], size: int) -> Ints:
    """The codes that occur, each once, in rising order; all are 0 … size - 1."""
    used = np.zeros(size, dtype=np.bool_)
    used[codes] = True
    return np.flatnonzero(used)


def numbered(codes: Ints) -> tuple[Ints, Ints]:
    """The codes that occur, in rising order, and the place of each code among them."""
    top = int(codes.max(initial=-1)) + 1
    if top > min(_FEW_CODES, _WIDE * len(codes)):
        found, place = np.unique(codes, return_inverse=True)
        return found, place.reshape(-1)
    found = distinct(codes, top)
    rank = np.zeros(top, dtype=np.int64)
    rank[found] = np.arange(len(found))
    return found, rank[codes]


def largest(amounts: Ints, count: int) -> Ints:
    """Positions of the largest amounts, the largest first; equals in their order."""
    if len(amounts) > 2 * count:
        least = np.partition(amounts, -count)[-count]
        at = np.flatnonzero(amounts >= least)
        return at[ordered(-amounts[at])][:count]
    return ordered(-amounts)[:count]


def sums(index: Ints, amounts: Ints, size: int) -> Ints:
    """Sum of the amounts at each index 0 … size - 1, in integers."""
    result = np.zeros(size, dtype=np.int64)
    np.add.at(result, index, amounts)
    return result
