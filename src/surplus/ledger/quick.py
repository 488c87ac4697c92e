"""A ledger document straight to columns, without a record per project.

Only what is plainly in order is taken; for anything else `None` is returned and the records decide, so
that both ways accept the same documents, refuse the same, and say the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat
from typing import Any

import numpy as np

from surplus.errors import LedgerError
from surplus.ledger.build import can_add_up, category, frozen, ledger_of, texts
from surplus.ledger.columns import PRICES, UNKNOWN, Category, Cents, Funding, Index, Projects
from surplus.ledger.ledger import Ledger
from surplus.ledger.records import LedgerRecord, ProjectRecord
from surplus.money import MoneyError, parse_weight
from surplus.records import read_document

_IDS = re.compile(r"(?:[\w.\-/()#]+\n)*")
_PLAIN = {"yuan": re.compile(r"(?:[0-9]{1,13}(?:\.[0-9]{1,2})?\n)*"),
          "wan": re.compile(r"(?:[0-9]{1,9}(?:\.[0-9]{1,6})?\n)*")}  # fmt: skip
_FULL = re.compile(r"(?:[0-9]{1,13}\.[0-9]{2}\n)*")
_DECIMALS = {"yuan": 2, "wan": 6}
_KEYS = frozenset(ProjectRecord.model_fields)
_HELD = frozenset({"source", "planned", "paid"})


class _Odd(Exception):
    """Not plainly in order."""


def quick(document: Mapping[str, Any]) -> Ledger | None:
    """The ledger of a document in plain order, None for any other."""
    rows = document.get("projects")
    unit = document.get("unit") or "yuan"
    if not isinstance(rows, list) or not isinstance(unit, str) or unit not in _DECIMALS:
        return None
    if not _only(rows, dict):
        return None
    try:
        frame = read_document(LedgerRecord, {**document, "projects": []}, LedgerError)
        return _ledger(ledger_of(frame), rows, unit)
    except (_Odd, LedgerError, MoneyError):
        return None


def _ledger(frame: Ledger, rows: Sequence[dict[str, Any]], unit: Any) -> Ledger:
    _ensure(_KEYS.issuperset(chain.from_iterable(rows)))
    ids = _values(rows, "id")
    _ensure_ids(ids)
    order = np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)
    place = np.empty(len(ids), dtype=np.int64)
    place[order] = np.arange(len(ids))

    def column(key: str) -> list[Any]:
        return _values(rows, key)

    def sorted_texts(values: list[Any]) -> list[str | None]:
        _ensure(_only(values, str, type(None)))
        return [values[i] for i in order.tolist()]

    fields = {
        key: category(sorted_texts(column(key))) for key in ("category", "department", "township")
    }
    names = sorted_texts(column("name"))
    prices = [row.get("price") or {} for row in rows]
    _ensure(_only(prices, dict) and frozenset(PRICES).issuperset(chain.from_iterable(prices)))
    links = {}
    for key in PRICES:
        absent = 0 if key in ("variations", "other") else UNKNOWN
        links[key] = _cents(_values(prices, key), unit, absent)[order]
    signed = links["contract"] + links["variations"]
    _ensure(not np.any((links["contract"] != UNKNOWN) & (signed < 0)))
    projects = Projects(
        id=texts([ids[i] for i in order.tolist()]),
        name=texts([name or "" for name in names]) if any(n is not None for n in names) else None,
        priority=frozen(_weights(column("priority"))[order]),
        fields=fields | _tags(column("tags"), order),
        prices={key: frozen(values) for key, values in links.items()},
        claims=frozen(_cents(column("claims"), unit, 0)[order]),
        cap=frozen(_cents(column("cap"), unit, UNKNOWN)[order]),
    )
    ledger = Ledger(
        frame.sources,
        projects,
        _funding(frame, column("funding"), place, unit),
        frame.name,
        frame.currency,
        frame.as_of,
        frame.stated,
    )
    _ensure(can_add_up(ledger))
    return ledger


def _values(rows: Iterable[dict[str, Any]], key: str) -> list[Any]:
    """One value of each row; None where it has none."""
    return [*map(dict.get, rows, repeat(key))]


def _ensure(condition: bool) -> None:
    if not condition:
        raise _Odd


def _only(values: Sequence[Any], *kinds: type) -> bool:
    return set(map(type, values)).issubset(kinds)


def _ensure_ids(ids: Sequence[Any]) -> None:
    """Texts of letters, digits and a few signs; no two alike, also once unified (NFKC)."""
    _ensure(_only(ids, str))
    joined = "".join([f"{key}\n" for key in ids])
    _ensure(_IDS.fullmatch(joined) is not None)
    if not joined.isascii():
        joined = unicodedata.normalize("NFKC", joined)
    unified = joined.split("\n")
    _ensure(len(unified) == len(ids) + 1 and len(set(unified)) == len(unified))


def _cents(values: Sequence[Any], unit: Any, absent: int) -> Cents:
    """Amounts at least 0 (`variations` may be less) as cents; what is None as `absent`."""
    known = [value for value in values if value is not None]
    if not known:
        return np.full(len(values), absent, dtype=np.int64)
    _ensure(_only(known, str))
    numbers = _parsed(known, unit)
    if len(known) == len(values):
        return numbers
    result = np.full(len(values), absent, dtype=np.int64)
    result[[value is not None for value in values]] = numbers
    return result


def _parsed(known: Sequence[str], unit: Any) -> Cents:
    joined = "\n".join(known) + "\n"
    if unit == "yuan" and _FULL.fullmatch(joined):
        return np.fromstring(joined.replace(".", ""), dtype=np.int64, sep="\n")
    _ensure(_PLAIN[unit].fullmatch(joined) is not None)
    decimals, parts = _DECIMALS[unit], [text.partition(".") for text in known]
    digits = [whole + rest.ljust(decimals, "0") for whole, _, rest in parts]
    return np.array(list(map(int, digits)), dtype=np.int64)


def _weights(values: Sequence[Any]) -> Cents:
    _ensure(_only(values, str, type(None)))
    known = {text: parse_weight(text) for text in {*values} - {None}} | {None: 10**6}
    return np.array([known[value] for value in values], dtype=np.int64)


def _tags(values: Sequence[Any], order: Index) -> dict[str, Category]:
    rows = [value or {} for value in values]
    _ensure(_only(rows, dict))
    keys = sorted({*chain.from_iterable(rows)})
    _ensure(_only([tag for row in rows for tag in row.values()], str))
    ordered = [rows[i] for i in order.tolist()] if keys else []
    return {f"tags.{key}": category([row.get(key) for row in ordered]) for key in keys}


def _funding(frame: Ledger, values: Sequence[Any], place: Index, unit: Any) -> Funding:
    lists = [value or () for value in values]
    _ensure(_only(lists, list, tuple))
    held = [*chain.from_iterable(lists)]
    _ensure(_only(held, dict) and _HELD.issuperset(chain.from_iterable(held)))
    position = {source.id: i for i, source in enumerate(frame.sources)}
    named = _values(held, "source")
    _ensure(_only(named, str) and position.keys() >= {*named})
    source = np.array([*map(position.__getitem__, named)], dtype=np.int64)
    project = np.repeat(place, [len(entries) for entries in lists])
    planned = _cents(_values(held, "planned"), unit, -1)
    paid = _cents(_values(held, "paid"), unit, 0)
    _ensure(bool(np.all((planned >= 0) & (paid <= planned))))
    key = project * len(frame.sources) + source
    order = np.argsort(key, kind="stable")
    _ensure(not np.any(np.diff(key[order]) == 0))
    return Funding(*(frozen(column[order]) for column in (project, source, planned, paid)))
