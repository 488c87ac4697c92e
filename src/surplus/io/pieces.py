"""Columns of texts in pieces: millions of cells take little room where pyarrow is installed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

PIECE = 65_536
"""Rows that are held as texts before they are packed."""


class Pieces(Collection[str | None]):
    """The cells of a column, packed by Arrow where it is installed; None where a cell is empty."""

    def __init__(self) -> None:
        self._packed: list[Any] = []
        self._length = 0

    def add(self, texts: list[str | None]) -> None:
        """Append cells."""
        self._length += len(texts)
        self._packed.append(arrow_of(texts) if find_spec("pyarrow") is not None else texts)

    def to_arrow(self) -> pa.Array:
        """All of them as one Arrow array."""
        import pyarrow as pa  # noqa: PLC0415 - an extra

        return pa.concat_arrays(self._packed) if self._packed else arrow_of([])

    def __iter__(self) -> Iterator[str | None]:
        for piece in self._packed:
            yield from piece if isinstance(piece, list) else piece.to_pylist()

    def __len__(self) -> int:
        return self._length

    def __contains__(self, text: object) -> bool:
        return any(text == cell for cell in self)


def arrow_of(texts: Collection[str | None]) -> pa.Array:
    """Texts as an Arrow array."""
    import pyarrow as pa  # noqa: PLC0415 - an extra

    return (
        texts.to_arrow() if isinstance(texts, Pieces) else pa.array(texts, type=pa.large_string())
    )
