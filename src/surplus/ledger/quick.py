"""A ledger document straight to columns, without a record per project.

Only what is plainly in order is taken; for anything else `None` is returned and the records decide, so
that both ways accept the same documents, refuse the same, and say the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np

from surplus.errors import LedgerError
from surplus.ledger.build import can_add_up, category, frozen, ledger_of, texts
from surplus.ledger.columns import PRICES, UNKNOWN, Category, Cents, Funding, Index, Projects
from surplus.ledger.ledger import Ledger
from surplus.ledger.lists import Odd, cents_of, ensure, only, values_of
from surplus.ledger.records import LedgerRecord, ProjectRecord
from surplus.money import DECIMALS, MoneyError, parse_weight
from surplus.records import read_document

_IDS = re.compile(r"(?:[\w.\-/()#]+\n)*")
_KEYS = frozenset(ProjectRecord.model_fields)
_HELD = frozenset({"source", "planned", "paid"})


def quick(document: Mapping[str, Any]) -> Ledger | None:
    """The ledger of a document in plain order, None for any other."""
    rows = document.get("projects")
    unit = document.get("unit") or "yuan"
    if not isinstance(rows, list) or not isinstance(unit, str) or unit not in DECIMALS:
        return None
    if not only(rows, dict):
        return None
    try:
        frame = read_document(LedgerRecord, {**document, "projects": []}, LedgerError)
        return _ledger(ledger_of(frame), rows, unit)
    except (Odd, LedgerError, MoneyError):
        return None


def _ledger(frame: Ledger, rows: Sequence[dict[str, Any]], unit: Any) -> Ledger:
    ensure(_KEYS.issuperset(chain.from_iterable(rows)))
    ids = values_of(rows, "id")
    _ensure_ids(ids)
    order = np.array(sorted(range(len(ids)), key=ids.__getitem__), dtype=np.int64)
    place = np.empty(len(ids), dtype=np.int64)
    place[order] = np.arange(len(ids))

    def column(key: str) -> list[Any]:
        return values_of(rows, key)

    def sorted_texts(values: list[Any]) -> list[str | None]:
        ensure(only(values, str, type(None)))
        return [values[i] for i in order.tolist()]

    fields = {
        key: category(sorted_texts(column(key))) for key in ("category", "department", "township")
    }
    names = sorted_texts(column("name"))
    prices = [row.get("price") or {} for row in rows]
    ensure(only(prices, dict) and frozenset(PRICES).issuperset(chain.from_iterable(prices)))
    links = {}
    for key in PRICES:
        absent = 0 if key in ("variations", "other") else UNKNOWN
        links[key] = cents_of(values_of(prices, key), unit, absent)[order]
    signed = links["contract"] + links["variations"]
    ensure(not np.any((links["contract"] != UNKNOWN) & (signed < 0)))
    projects = Projects(
        id=texts([ids[i] for i in order.tolist()]),
        name=texts([name or "" for name in names]) if any(n is not None for n in names) else None,
        priority=frozen(_weights(column("priority"))[order]),
        fields=fields | _tags(column("tags"), order),
        prices={key: frozen(values) for key, values in links.items()},
        claims=frozen(cents_of(column("claims"), unit, 0)[order]),
        cap=frozen(cents_of(column("cap"), unit, UNKNOWN)[order]),
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
    ensure(can_add_up(ledger))
    return ledger


def _ensure_ids(ids: Sequence[Any]) -> None:
    """Texts of letters, digits and a few signs; no two alike, also once unified (NFKC)."""
    ensure(only(ids, str))
    joined = "".join([f"{key}\n" for key in ids])
    ensure(_IDS.fullmatch(joined) is not None)
    if not joined.isascii():
        joined = unicodedata.normalize("NFKC", joined)
    unified = joined.split("\n")
    ensure(len(unified) == len(ids) + 1 and len(set(unified)) == len(unified))


def _weights(values: Sequence[Any]) -> Cents:
    ensure(only(values, str, type(None)))
    known = {text: parse_weight(text) for text in {*values} - {None}} | {None: 10**6}
    return np.array([known[value] for value in values], dtype=np.int64)


def _tags(values: Sequence[Any], order: Index) -> dict[str, Category]:
    rows = [value or {} for value in values]
    ensure(only(rows, dict))
    keys = sorted({*chain.from_iterable(rows)})
    ensure(only([tag for row in rows for tag in row.values()], str))
    ordered = [rows[i] for i in order.tolist()] if keys else []
    return {f"tags.{key}": category([row.get(key) for row in ordered]) for key in keys}


def _funding(frame: Ledger, values: Sequence[Any], place: Index, unit: Any) -> Funding:
    lists = [value or () for value in values]
    ensure(only(lists, list, tuple))
    held = [*chain.from_iterable(lists)]
    ensure(only(held, dict) and _HELD.issuperset(chain.from_iterable(held)))
    position = {source.id: i for i, source in enumerate(frame.sources)}
    named = values_of(held, "source")
    ensure(only(named, str) and position.keys() >= {*named})
    source = np.array([*map(position.__getitem__, named)], dtype=np.int64)
    project = np.repeat(place, [len(entries) for entries in lists])
    planned = cents_of(values_of(held, "planned"), unit, -1)
    paid = cents_of(values_of(held, "paid"), unit, 0)
    ensure(bool(np.all((planned >= 0) & (paid <= planned))))
    key = project * len(frame.sources) + source
    order = np.argsort(key, kind="stable")
    ensure(not np.any(np.diff(key[order]) == 0))
    return Funding(*(frozen(column[order]) for column in (project, source, planned, paid)))
