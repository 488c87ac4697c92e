"""Files are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


def write_atomically(path: str | Path, data: bytes | memoryview | str | Iterable[str]) -> None:
    """Write a file: a temporary one beside it, flushed to the disk, then put in its place.

    Args:
        path: The file.
        data: Bytes, or a text in UTF-8, whole or in pieces.

    Raises:
        OSError: When it cannot be written; the old file, if any, is untouched.
    """
    target = Path(path)
    try:
        _write(target, [data] if isinstance(data, (bytes, memoryview, str)) else data)
    except OSError as error:
        # The temporary file means nothing to whoever asked for the other one.
        error.filename, error.filename2 = str(target), None
        raise


def _write(target: Path, content: Iterable[bytes | memoryview | str]) -> None:
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in content:
                file.write(piece.encode() if isinstance(piece, str) else piece)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files private; a new file gets the usual rights, an old one keeps its own.
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(target.stat().st_mode if target.exists() else 0o666 & ~umask)
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
