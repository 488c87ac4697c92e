"""Rows of columns, made when asked for: a million of them cost nothing until they are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TypeVar, overload

_Row = TypeVar("_Row")
_CHUNK = 2**14


class Rows(Sequence[_Row]):
    """Rows of which `make(start, stop)` makes a stretch; they compare like a tuple of them.

    Args:
        size: How many there are.
        make: Makes the rows from a position up to another.
    """

    __slots__ = ("_make", "_size")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, size: int, make: Callable[[int, int], list[_Row]]) -> None:
        self._size, self._make = size, make

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, place: int) -> _Row: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[_Row, ...]: ...
    def __getitem__(self, place: int | slice) -> _Row | tuple[_Row, ...]:
        if isinstance(place, slice):
            start, stop, step = place.indices(self._size)
            if step == 1:
                return tuple(self._make(start, max(start, stop)))
            return tuple(self[i] for i in range(start, stop, step))
        at = place + self._size if place < 0 else place
        if not 0 <= at < self._size:
            raise IndexError(place)
        return self._make(at, at + 1)[0]

    def __iter__(self) -> Iterator[_Row]:
        starts = range(0, self._size, _CHUNK)
        return chain.from_iterable(self._make(s, min(s + _CHUNK, self._size)) for s in starts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Rows, tuple, list)):
            return NotImplemented
        return len(self) == len(other) and all(
            mine == theirs for mine, theirs in zip(self, other, strict=True)
        )

    def __reduce__(self) -> tuple[type[tuple[_Row, ...]], tuple[list[_Row]]]:
        return tuple, ([*self],)

    def __repr__(self) -> str:
        return f"<{self._size:,} rows>"
