"""JSON as the contract means it: no doubled keys, no NaN, no digits lost on the way."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Any

_HALF = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
"""Half a character, written out or as an escape; two escapes may make a whole one."""


class JsonError(ValueError):
    """The text is not a JSON document that can be trusted."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Make millions of objects, none of them garbage: looking for some would take half the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@uncollected()
def loads(text: str | bytes) -> Any:
    """Parse JSON; numbers with a fraction become Decimal, so that their text is kept.

    Raises:
        JsonError: For bad syntax (with line and column), doubled keys, NaN, too deep nesting.
    """
    doubled: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(items)
        if len(result) < len(items):
            seen: set[str] = set()
            doubled.extend(key for key, _ in items if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return result

    def constant(name: str) -> Any:
        raise JsonError(f"{name} is not a number in JSON")

    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        document = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=pairs,
            parse_constant=constant,
            parse_float=Decimal,
        )
    except json.JSONDecodeError as error:
        raise JsonError(
            f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    except UnicodeDecodeError as error:
        raise JsonError(f"not UTF-8: byte {error.start} cannot be read") from None
    except RecursionError:
        raise JsonError("nested too deeply") from None
    except InvalidOperation:
        raise JsonError("a number's exponent is too large") from None
    except ValueError as error:
        raise error if isinstance(error, JsonError) else JsonError(str(error)) from None
    if not (text.isascii() and "\\u" not in text) and _HALF.search(text):
        _whole_characters(document)
    if doubled:
        names = ", ".join(f"'{key}'" for key in doubled)
        raise JsonError(f"doubled keys: {names}; each may stand once in its object")
    return document


def _whole_characters(document: Any) -> None:
    """No half of a character can be written to a file again."""
    if isinstance(document, str):
        try:
            document.encode()
        except UnicodeEncodeError as error:
            raise JsonError(
                f"{document[:30]!r}: character {error.start + 1} is one half of a surrogate pair"
            ) from None
    elif isinstance(document, dict):
        for key, value in document.items():
            _whole_characters(key)
            _whole_characters(value)
    elif isinstance(document, list):
        for value in document:
            _whole_characters(value)
