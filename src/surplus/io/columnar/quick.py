"""Arrow columns straight to a ledger's columns, where everything is plainly in order.

For anything else `None` is returned and every cell is read by the records, so that both ways accept
the same tables, refuse the same, and say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_letters, digits
from typing import TYPE_CHECKING, Any

import numpy as np

from surplus.arithmetic import ordered
from surplus.errors import LedgerError
from surplus.io.columnar.numbers import OddError, scaled
from surplus.io.columnar.words import as_bytes, as_texts, coded, letters, positions, strings
from surplus.io.sheets import Problems, Sheet, ledger_of_sheets, values_of
from surplus.ledger import Ledger
from surplus.ledger.build import can_add_up, frozen, texts
from surplus.ledger.columns import PRICES, UNKNOWN, Category, Cents, Funding, Index, Projects, Texts
from surplus.money import DECIMALS, Unit

if TYPE_CHECKING:
    import pyarrow as pa

Columns = Mapping[str, "pa.Array"]
Units = Mapping[str, Unit]
_PLAIN_ID = r"^[\p{L}\p{N}_.\-/()#]+$"
_PLAIN_LETTERS = np.isin(
    np.arange(128), [0, *(ord(c) for c in (*ascii_letters, *digits, *"_.-/()#"))]
)
_MOST_WEIGHT = 10**15
_NEVER_UNKNOWN = ("price.variations", "price.other", "claims")


def quick(
    sources: Sheet,
    projects: Columns,
    funding: Columns,
    units: Units,
    head: Mapping[str, Any],
) -> Ledger | None:
    """The ledger of plain tables, None for any others.

    Args:
        sources: The sources as texts.
        projects: Columns by path, such as ``price.contract``.
        funding: The same.
        units: Of columns of amounts, by path.
        head: As in `ledger.json`.
    """
    try:
        frame = ledger_of_sheets(
            {
                "sources": sources,
                "projects": Sheet("projects", ""),
                "funding": Sheet("funding", ""),
            },
            head,
            Problems(),
        )
        ids, order = _ids(projects["id"])
        table = _projects(projects, ids, order, units)
        held = _funding(frame, funding, ids, units)
    except (LedgerError, OddError):
        return None
    ledger = Ledger(
        frame.sources, table, held, frame.name, frame.currency, frame.as_of, frame.stated
    )
    return ledger if can_add_up(ledger) else None


def _ensure(condition: Any) -> None:
    if not condition:
        raise OddError


def _ids(column: pa.Array) -> tuple[Texts, Index | None]:
    """The ids in order, and where each stood (None: in order already): no two alike, also in NFKC."""
    import pyarrow.compute as pc  # noqa: PLC0415

    column = strings(column)
    _ensure(not column.null_count)
    found = letters(column)
    if found is None:
        _ensure(pc.all(pc.match_substring_regex(column, _PLAIN_ID), min_count=0).as_py())
        unified = pc.utf8_normalize(column, form="NFKC")
        _ensure(pc.count_distinct(unified).as_py() == len(column))
        order = pc.sort_indices(column)  # by bytes of UTF-8, which is by code point
        return texts(column.take(order).to_pylist()), order.to_numpy().astype(np.int64)
    _ensure(_PLAIN_LETTERS[found].all())
    same = as_bytes(found)
    if np.all(same[1:] > same[:-1]):
        return frozen(as_texts(found)), None
    order = pc.sort_indices(column).to_numpy().astype(np.int64)
    found = found[order]
    same = as_bytes(found)
    _ensure(np.all(same[1:] != same[:-1]))
    return frozen(as_texts(found)), order


def _sorted(column: Any, order: Index | None) -> Any:
    """A column in the order of the ids, read-only."""
    return frozen(column if order is None else column[order])


def _projects(columns: Columns, ids: Texts, order: Index | None, units: Units) -> Projects:
    size = len(ids)

    def amounts(path: str) -> Cents:
        absent = 0 if path in _NEVER_UNKNOWN else UNKNOWN
        if path not in columns:
            return frozen(np.full(size, absent, dtype=np.int64))
        cents = scaled(columns[path], DECIMALS[units[path]], absent)
        _ensure(path == "price.variations" or np.all((cents >= 0) | (cents == UNKNOWN)))
        return _sorted(cents, order)  # type: ignore[no-any-return]

    prices = {key: amounts(f"price.{key}") for key in PRICES}
    contract = prices["contract"]
    _ensure(np.all((contract == UNKNOWN) | (contract + prices["variations"] >= 0)))
    fields = {
        key: _category(columns.get(key), key, order, size)
        for key in ("category", "department", "township")
    }
    tags = {
        p: _category(columns[p], p, order, size) for p in sorted(columns) if p.startswith("tags.")
    }
    return Projects(
        id=ids,
        name=_names(columns.get("name"), order),
        priority=_weights(columns.get("priority"), order, size),
        fields=fields | {path: tag for path, tag in tags.items() if tag.values},
        prices=prices,
        claims=amounts("claims"),
        cap=amounts("cap"),
    )


def _names(column: pa.Array | None, order: Index | None) -> Any:
    if column is None:
        return None
    column = strings(column)
    found = [name or "" for name in (column if order is None else column.take(order)).to_pylist()]
    return texts(found) if any(found) else None


def _weights(column: pa.Array | None, order: Index | None, size: int) -> Cents:
    if column is None:
        return frozen(np.full(size, 10**6, dtype=np.int64))
    weights = scaled(column, 6, 10**6)
    _ensure(np.all((weights >= 0) & (weights <= _MOST_WEIGHT)))
    return _sorted(weights, order)  # type: ignore[no-any-return]


def _category(column: pa.Array | None, path: str, order: Index | None, size: int) -> Category:
    """Few distinct texts, each read as the records read it."""
    if column is None:
        return Category(frozen(np.full(size, -1, dtype=np.int32)), ())
    codes, found = coded(column)
    _ensure("" not in found and values_of("projects", path, found) == found)
    by_name = sorted(range(len(found)), key=found.__getitem__)
    rank = np.empty(len(found) + 1, dtype=np.int32)
    rank[by_name] = np.arange(len(found))
    rank[-1] = -1  # the position of what is not known
    return Category(_sorted(rank[codes], order), tuple(found[k] for k in by_name))


def _funding(frame: Ledger, columns: Columns, ids: Texts, units: Units) -> Funding:
    project = positions(columns["project"], ids)
    codes, names = coded(columns["source"])
    place = {source.id: i for i, source in enumerate(frame.sources)}
    _ensure(place.keys() >= {*names} and not np.any(codes < 0))
    source = np.array([place[name] for name in names], dtype=np.int64)[codes]
    planned = scaled(columns["planned"], DECIMALS[units["planned"]], -1)
    paid = np.zeros_like(planned)
    if "paid" in columns:
        paid = scaled(columns["paid"], DECIMALS[units["paid"]], 0)
    _ensure(np.all((paid >= 0) & (planned >= paid)))
    key = project * len(frame.sources) + source
    if np.all(key[1:] > key[:-1]):
        return Funding(*map(frozen, (project, source, planned, paid)))
    order = ordered(key)
    _ensure(not np.any(np.diff(key[order]) == 0))
    return Funding(*(frozen(column[order]) for column in (project, source, planned, paid)))
