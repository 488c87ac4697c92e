"""What documents are made of: frozen records, amounts, shares; and errors that name their place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
)

from surplus import money
from surplus.errors import InputError, Problem
from surplus.money import format_share, format_weight, format_yuan, parse_cents, parse_share
from surplus.strictjson import JsonError, loads

_unit: ContextVar[money.Unit] = ContextVar("unit", default="yuan")


@contextmanager
def unit_in_force(unit: money.Unit) -> Iterator[None]:
    """Read amounts in this unit within the block."""
    token = _unit.set(unit)
    try:
        yield
    finally:
        _unit.reset(token)


class Record(BaseModel):
    """A frozen record; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _cents(value: Any) -> int:
    if isinstance(value, bool):
        raise ValueError("true and false are not amounts")
    if isinstance(value, float):
        raise ValueError(f'{value!r} is a float, which hides digits; write it as a text: "{value}"')
    if isinstance(value, (int, Decimal)):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError('not an amount; needed: a text such as "120.50"')
    return parse_cents(value, _unit.get())


def _not_negative(value: Any) -> int:
    cents = _cents(value)
    if cents < 0:
        raise ValueError(f"'{value}' is negative; needed: 0 or more")
    return cents


def _share(value: Any) -> Fraction:
    if isinstance(value, Fraction):
        return value
    if not isinstance(value, str):
        raise ValueError('not a share; needed: a text such as "60%" or "3/5"')
    return parse_share(value)


def _share_or_money(value: Any) -> Fraction | int:
    if isinstance(value, Fraction):
        return value
    if isinstance(value, str) and any(mark in value for mark in "%％/／"):
        return parse_share(value)
    return _not_negative(value)


def _weight(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise ValueError('not a weight; needed: a text such as "3"')
    return money.parse_weight(str(value))


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"'{value}' is no day of the calendar") from None
    raise ValueError(f"'{value}' is not a date; needed: year-month-day, such as 2024-11-30")


def _identifier(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("needed: a text that is not empty")
    if value != value.strip():
        raise ValueError(f"'{value}' begins or ends with a space")
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in value):
        raise ValueError(f"{value!r} has a character that cannot be seen")
    return value


def _described(text: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "description": text})


_written = PlainSerializer(format_yuan, return_type=str)
Unit = money.Unit
Money = Annotated[
    int,
    BeforeValidator(_not_negative),
    _written,
    _described('Amount in the unit of the document, at least 0, such as "1234.56".'),
]
SignedMoney = Annotated[
    int,
    BeforeValidator(_cents),
    _written,
    _described('Amount in the unit of the document, may be negative, such as "-12.30".'),
]
Share = Annotated[
    Fraction,
    BeforeValidator(_share),
    PlainSerializer(format_share, return_type=str),
    _described('Exact share, such as "60%" or "3/5".'),
]
ShareOrMoney = Annotated[
    Fraction | int,
    PlainValidator(_share_or_money),
    PlainSerializer(
        lambda value: format_share(value) if isinstance(value, Fraction) else format_yuan(value),
        return_type=str,
    ),
    _described('A share, such as "50%", or an amount in the unit of the document: "500000.00".'),
]
"""A Fraction for a share, an int of cents for an amount."""
Weight = Annotated[
    int,
    BeforeValidator(_weight),
    PlainSerializer(format_weight, return_type=str),
    _described('Weight at least 0 with at most 6 decimals, such as "3".'),
]
Day = Annotated[
    date,
    BeforeValidator(_day),
    PlainSerializer(date.isoformat, return_type=str),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Identifier = Annotated[str, BeforeValidator(_identifier)]
FieldName = Annotated[str, StringConstraints(min_length=1)]
"""A field of projects by whose values a rule or objective tells them apart."""

_Model = TypeVar("_Model", bound=Record)


def document_of(
    source: str | bytes | Mapping[str, Any], error: type[InputError]
) -> Mapping[str, Any]:
    """The object that a JSON text is.

    Raises:
        error: When it is none.
    """
    if isinstance(source, (str, bytes)):
        try:
            source = loads(source)
        except JsonError as problem:
            raise error([Problem("document", str(problem))]) from None
    if not isinstance(source, Mapping):
        raise error([Problem("document", "needed: an object {…}")])
    return source


def read_document(
    model: type[_Model], source: str | bytes | Mapping[str, Any], error: type[InputError]
) -> _Model:
    """Read a JSON text, or plain data, as a record; amounts in the unit that it names.

    Raises:
        error: With every problem and its place.
    """
    source = document_of(source, error)
    unit = source.get("unit", "yuan")
    if unit is None:
        unit = "yuan"
    if not isinstance(unit, str) or unit not in ("yuan", "wan"):
        raise error([Problem("unit", f"{unit!r} is not a unit", "'yuan' (元) or 'wan' (万元)")])
    try:
        with unit_in_force("wan" if unit == "wan" else "yuan"):
            record: _Model = model.__pydantic_validator__.validate_python(dict(source))
            return record
    except ValidationError as problem:
        raise error(problems_of(problem)) from None


def problems_of(error: ValidationError) -> tuple[Problem, ...]:
    """Each problem of a pydantic error with its place, such as ``projects[17].price.contract``."""
    found: dict[str, Problem] = {}
    for detail in error.errors(include_url=False):
        place = _place(detail["loc"])
        # Of several forms that a value may have, the last one that was tried says what is needed.
        what = _message(detail)
        if place in found and what not in found[place].what:
            what = f"{found[place].what}; or {what}"
        found[place] = Problem(place, what)
    return tuple(found.values())


_WORDS = {
    "extra_forbidden": "unknown key",
    "missing": "missing",
    "tuple_type": "needed: a list",
    "list_type": "needed: a list",
    "dict_type": "needed: an object {…}",
    "mapping_type": "needed: an object {…}",
    "model_type": "needed: an object {…}",
    "model_attributes_type": "needed: an object {…}",
    "string_type": "needed: a text",
    "bool_type": "needed: true or false",
    "int_type": "needed: a whole number",
    "too_short": "needed: at least one",
    "string_too_short": "empty; needed: a text",
    "union_tag_not_found": "missing: 'kind', which says what it is",
}


def _message(detail: Any) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in _WORDS:
        return _WORDS[kind]
    if kind == "union_tag_invalid":
        known = re.findall(r"'([^']*)'", context["expected_tags"])
        near = get_close_matches(str(context["tag"]), known, 1)
        hint = f"; did you mean '{near[0]}'?" if near else f"; known: {', '.join(known)}"
        return f"'{context['tag']}' is no kind that is known{hint}"
    if kind == "literal_error":
        return f"{_shown(detail['input'])} is not known; needed: {context['expected']}"
    if kind in ("greater_than_equal", "less_than_equal"):
        side = "at least" if kind == "greater_than_equal" else "at most"
        return f"{_shown(detail['input'])}; needed: {side} {context.get('ge', context.get('le'))}"
    message = str(detail["msg"]).removeprefix("Value error, ")
    return message if len(message) <= _LONG else f"{message[:_SHOWN]}…{message[-_LONG // 2 :]}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


_SHOWN = 60
_LONG = 300
_FORM = re.compile(
    r"^(literal|tuple|function|constrained|lax|nullable)\W|^(str|int|bool|float)$|^\[key\]$"
)


def _place(parts: tuple[int | str, ...]) -> str:
    """The place in the document: without the names of forms and kinds that pydantic adds."""
    place = ""
    for k, part in enumerate(parts):
        if isinstance(part, int):
            place += f"[{part}]"
        elif _FORM.search(part) or (
            k == _OF_KIND and parts[0] in ("rules", "objectives") and isinstance(parts[1], int)
        ):
            continue
        else:
            place += f".{part}" if place else str(part)
    return place or "document"


_OF_KIND = 2
