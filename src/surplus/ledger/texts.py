"""Columns of texts as bytes, without an object for each."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from surplus.ledger.columns import Texts

_CHUNK = 2**16


def joined(texts: Texts, separator: str) -> Iterator[bytes]:
    """The texts in UTF-8, piece by piece, with an ASCII separator between them."""
    for start in range(0, len(texts), _CHUNK):
        part = texts[start : start + _CHUNK]
        points = _points(part)
        if start:
            yield separator.encode()
        if points is None or points.max() > 127:
            yield separator.join(part.tolist()).encode()
        else:
            yield _laid(points, separator)


def quoted(texts: Texts) -> Iterator[bytes]:
    """The texts as they stand in a JSON list in ASCII, without its brackets, piece by piece."""
    for start in range(0, len(texts), _CHUNK):
        part = texts[start : start + _CHUNK]
        points = _points(part)
        if start:
            yield b", "
        if points is None or _escaped(points):
            yield json.dumps(part.tolist())[1:-1].encode()
        else:
            yield b'"' + _laid(points, '", "') + b'"'


def _points(texts: Texts) -> npt.NDArray[np.uint32] | None:
    """Code points, one row a text, shorter ones with zeros at the end; None for texts as objects."""
    width = texts.dtype.itemsize // 4
    if texts.dtype.kind != "U" or not width:
        return None
    return np.ascontiguousarray(texts).view(np.uint32).reshape(len(texts), width)


def _escaped(points: npt.NDArray[np.uint32]) -> bool:
    """Whether JSON writes some of them in another way."""
    odd = (points > 126) | ((points < 32) & (points != 0)) | (points == 34) | (points == 92)
    return bool(odd.any())


def _laid(points: npt.NDArray[np.uint32], separator: str) -> bytes:
    width, more = points.shape[1], len(separator)
    letters = np.empty((len(points), width + more), dtype=np.uint8)
    letters[:, :width] = points
    letters[:, width:] = np.frombuffer(separator.encode(), dtype=np.uint8)
    kept = letters != 0
    return (letters if kept.all() else letters[kept]).tobytes()[:-more]
