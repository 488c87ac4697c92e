"""Texts of Arrow columns without an object for each: ids as letters of fixed width, few texts as codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from surplus.io.columnar.numbers import OddError
from surplus.ledger.columns import Codes, Index, Texts

if TYPE_CHECKING:
    import pyarrow as pa

Letters = npt.NDArray[np.uint8]
"""One row a text; shorter ones end with zeros."""

_WIDEST = 48
_KEY = 8  # letters that one integer holds


def letters(column: pa.Array) -> Letters | None:
    """ASCII texts as letters; None for any others, and where one is not known, empty or long."""
    if column.null_count or not len(column):
        return None
    _, ends, data = column.buffers()
    offsets = np.frombuffer(ends, dtype=np.int64)[column.offset : column.offset + len(column) + 1]
    lengths = np.diff(offsets)
    width = int(lengths.max())
    if data is None or not 0 < int(lengths.min()) <= width <= _WIDEST:
        return None
    points = np.frombuffer(data, dtype=np.uint8)[offsets[0] : offsets[-1]]
    if points.max() > 127 or points.min() == 0:
        return None
    if len(points) == width * len(column):
        return points.reshape(len(column), width)
    result = np.zeros((len(column), width), dtype=np.uint8)
    result[np.arange(width) < lengths[:, None]] = points
    return result


def as_texts(found: Letters) -> Texts:
    """Letters as an array of texts."""
    width = found.shape[1]
    return found.astype(np.uint32).view(f"U{width}").reshape(-1)


def as_bytes(found: Letters) -> npt.NDArray[Any]:
    """Letters as an array of byte strings, which compare like the texts."""
    width = found.shape[1]
    return np.ascontiguousarray(found).view(f"S{width}").reshape(-1)


def as_keys(found: Letters) -> npt.NDArray[np.uint64] | None:
    """Letters as integers in the same order; None where they are too many."""
    width = found.shape[1]
    if width > _KEY:
        return None
    padded = np.zeros((len(found), _KEY), dtype=np.uint8)
    padded[:, :width] = found
    return padded.view(">u8").reshape(-1).astype(np.uint64)


def coded(column: pa.Array) -> tuple[Codes, list[str]]:
    """Few distinct texts: the place of each in the list, -1 for none; the list has those in use only.

    Raises:
        OddError: When they are no texts.
    """
    import pyarrow as pa  # noqa: PLC0415 - an extra
    import pyarrow.compute as pc  # noqa: PLC0415

    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(strings(column))
    found: list[Any] = strings(column.dictionary).to_pylist()
    codes = pc.fill_null(column.indices.cast(pa.int32()), -1).to_numpy(zero_copy_only=False)
    used = np.bincount(codes + 1, minlength=len(found) + 1)[1:] > 0
    names = [text for text, there in zip(found, used.tolist(), strict=True) if there]
    if len(set(names)) < len(names) or None in names:
        raise OddError
    rank = np.append(np.cumsum(used) - 1, -1).astype(np.int32)
    return rank[codes], names


def strings(column: pa.Array) -> pa.Array:
    """A column of texts, whatever Arrow's kind of them.

    Raises:
        OddError: For columns of anything else.
    """
    import pyarrow as pa  # noqa: PLC0415

    kind = column.type
    if pa.types.is_null(kind):
        return column.cast(pa.large_string())
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
        column = column.cast(kind)
    if not (
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    ):
        raise OddError
    return column.cast(pa.large_string())


def positions(column: pa.Array, texts: Texts | Sequence[str]) -> Index:
    """The place of each text among `texts`; equal neighbours are looked up once.

    Args:
        column: The texts to look up.
        texts: In rising order, no two alike.

    Raises:
        OddError: When one is not among them.
    """
    found = letters(strings(column))
    if found is None or not isinstance(texts, np.ndarray) or texts.dtype.kind != "U":
        return _looked_up(column, texts)
    same = as_bytes(found)
    starts = np.flatnonzero(np.append(True, same[1:] != same[:-1]))
    heads = found[starts]
    keys, known = as_keys(heads), _keys_of(texts)
    if keys is None or known is None:
        at = _looked_up(column.take(starts), texts)
    else:
        at = np.searchsorted(known, keys)
        at[at == len(known)] = 0
        if not np.array_equal(known[at], keys):
            raise OddError
    return np.repeat(at, np.diff(np.append(starts, len(found))))


def _keys_of(texts: Texts) -> npt.NDArray[np.uint64] | None:
    width = texts.dtype.itemsize // 4
    points = texts.view(np.uint32).reshape(len(texts), width)
    return None if width > _KEY or points.max() > 127 else as_keys(points.astype(np.uint8))


def _looked_up(column: pa.Array, texts: Texts | Sequence[str]) -> Index:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    known = pa.array(texts, type=pa.large_string())
    found = pc.index_in(strings(column), value_set=known)
    if found.null_count:
        raise OddError
    return np.asarray(found.to_numpy(), dtype=np.int64)
