"""Amounts between Arrow columns and int64 cents: decimals are exact in both directions.

Arrow keeps a decimal as an integer of 16 bytes, so its low half is the amount in its last unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from surplus.ledger.columns import UNKNOWN, Cents

if TYPE_CHECKING:
    import pyarrow as pa

MOST = 10**15
"""An amount in its last unit, above which columns are not read by this short way."""
_DIGITS = 20
_FITS = 18  # digits that fit into half a decimal


class OddError(Exception):
    """Not plainly in order: the records decide."""


def scaled(column: pa.Array, decimals: int, absent: int) -> Cents:
    """Numbers as int64 in units of 10^-decimals; `absent` where there is none.

    Raises:
        OddError: When a number is not whole in that unit, too large, or no number at all.
    """
    import pyarrow as pa  # noqa: PLC0415 - an extra

    kind = column.type
    if pa.types.is_null(kind):
        return np.full(len(column), absent, dtype=np.int64)
    if pa.types.is_floating(kind):
        return _of_floats(column, decimals, absent)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column = _plain(column, decimals)
    elif not (pa.types.is_integer(kind) or pa.types.is_decimal(kind)):
        raise OddError
    if not pa.types.is_decimal128(kind) or kind.scale != decimals:
        try:
            column = column.cast(pa.decimal128(38, decimals))
        except pa.ArrowException:
            raise OddError from None
    low, high = _halves(column)
    low = low.copy()
    if column.null_count:
        absences = ~np.asarray(column.is_valid())
        low[absences] = 0
        high = np.where(absences, 0, high)
    if column.type.precision > _FITS and not np.array_equal(high, low >> 63):
        raise OddError
    if not (low.min(initial=0) > -MOST and low.max(initial=0) < MOST):
        raise OddError
    if column.null_count:
        low[absences] = absent
    return low


def _plain(column: pa.Array, decimals: int) -> pa.Array:
    """Texts that are numbers in digits, as a spreadsheet or `ledger.json` has them."""
    import pyarrow.compute as pc  # noqa: PLC0415

    pattern = rf"^[0-9]{{1,13}}(\.[0-9]{{1,{decimals}}})?$"
    fits = pc.match_substring_regex(column, pattern)
    if not pc.all(fits, min_count=0).as_py():
        raise OddError
    return column


def _of_floats(column: pa.Array, decimals: int, absent: int) -> Cents:
    """Floats that are the nearest ones to a whole number of units: what people wrote is sure then."""
    numbers = column.to_numpy(zero_copy_only=False).astype(np.float64)
    known = ~np.isnan(numbers)
    numbers = np.where(known, numbers, 0)
    if not np.all(np.abs(numbers) * 10.0**decimals < MOST):
        raise OddError
    units = np.rint(numbers * 10.0**decimals)
    if not np.array_equal(units / 10.0**decimals, numbers):
        raise OddError
    return np.where(known, units.astype(np.int64), absent)


def _halves(column: pa.Array) -> tuple[Cents, Cents]:
    buffer = column.buffers()[1]
    if buffer is None or not len(column):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    both = np.frombuffer(buffer, dtype="<i8").reshape(-1, 2)
    both = both[column.offset : column.offset + len(column)]
    return both[:, 0], both[:, 1]


def decimals(numbers: Cents, places: int) -> Any:
    """int64 in units of 10^-places as exact decimals; null where it is UNKNOWN.

    Where they fit, of a precision that Parquet stores as plain integers.
    """
    import pyarrow as pa  # noqa: PLC0415

    known = numbers != UNKNOWN
    most = np.abs(numbers, where=known, out=np.zeros_like(numbers)).max(initial=0)
    digits = _FITS if most < 10**_FITS else _DIGITS
    both = np.empty((len(numbers), 2), dtype="<i8")
    both[:, 0] = numbers
    both[:, 1] = numbers >> 63
    valid = None if known.all() else pa.py_buffer(np.packbits(known, bitorder="little"))
    return pa.Array.from_buffers(
        pa.decimal128(digits, places), len(numbers), [valid, pa.py_buffer(both)]
    )
