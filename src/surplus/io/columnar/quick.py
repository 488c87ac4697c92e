"""Arrow columns straight to a ledger's columns, where everything is plainly in order.

For anything else `None` is returned and every cell is read by the records, so that both ways accept
the same tables, refuse the same, and say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from surplus.errors import LedgerError
from surplus.io.columnar.numbers import OddError, scaled
from surplus.io.sheets import Problems, Sheet, ledger_of_sheets, values_of
from surplus.ledger import Ledger
from surplus.ledger.build import can_add_up, frozen, texts
from surplus.ledger.columns import PRICES, UNKNOWN, Category, Cents, Funding, Index, Projects
from surplus.money import DECIMALS, Unit

if TYPE_CHECKING:
    import pyarrow as pa

Columns = Mapping[str, "pa.Array"]
_PLAIN_ID = r"^[\p{L}\p{N}_.\-/()#]+$"
_MOST_WEIGHT = 10**15
_NEVER_UNKNOWN = ("price.variations", "price.other", "claims")


def quick(
    sources: Sheet,
    projects: Columns,
    funding: Columns,
    units: Mapping[str, Unit],
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


def _ids(column: pa.Array) -> tuple[pa.Array, Index]:
    """The ids in order, and where each stood: no two alike, also once unified (NFKC)."""
    import pyarrow.compute as pc  # noqa: PLC0415

    column = _strings(column)
    _ensure(not column.null_count)
    _ensure(pc.all(pc.match_substring_regex(column, _PLAIN_ID), min_count=0).as_py())
    unified = pc.utf8_normalize(column, form="NFKC")
    _ensure(pc.count_distinct(unified).as_py() == len(column))
    order = pc.sort_indices(column)  # by bytes of UTF-8, which is by code point
    return column.take(order), order.to_numpy().astype(np.int64)


def _strings(column: pa.Array) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415

    kind = column.type
    if pa.types.is_null(kind):
        return column.cast(pa.string())
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
        column = column.cast(kind)
    _ensure(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )
    return column.cast(pa.large_string())


def _projects(columns: Columns, ids: pa.Array, order: Index, units: Mapping[str, Unit]) -> Projects:
    def amounts(path: str) -> Cents:
        absent = 0 if path in _NEVER_UNKNOWN else UNKNOWN
        if path not in columns:
            return frozen(np.full(len(order), absent, dtype=np.int64))
        cents = scaled(columns[path], DECIMALS[units[path]], absent)
        _ensure(path == "price.variations" or np.all((cents >= 0) | (cents == UNKNOWN)))
        return frozen(cents[order])

    prices = {key: amounts(f"price.{key}") for key in PRICES}
    contract = prices["contract"]
    _ensure(np.all((contract == UNKNOWN) | (contract + prices["variations"] >= 0)))
    fields = {
        key: _category(columns.get(key), key, order)
        for key in ("category", "department", "township")
    }
    tags = {p: _category(columns[p], p, order) for p in sorted(columns) if p.startswith("tags.")}
    return Projects(
        id=texts(ids.to_pylist()),
        name=_names(columns.get("name"), order),
        priority=_weights(columns.get("priority"), order),
        fields=fields | {path: tag for path, tag in tags.items() if tag.values},
        prices=prices,
        claims=amounts("claims"),
        cap=amounts("cap"),
    )


def _names(column: pa.Array | None, order: Index) -> Any:
    if column is None:
        return None
    found = [name or "" for name in _strings(column).take(order).to_pylist()]
    return texts(found) if any(found) else None


def _weights(column: pa.Array | None, order: Index) -> Cents:
    if column is None:
        return frozen(np.full(len(order), 10**6, dtype=np.int64))
    weights = scaled(column, 6, 10**6)
    _ensure(np.all((weights >= 0) & (weights <= _MOST_WEIGHT)))
    return frozen(weights[order])


def _category(column: pa.Array | None, path: str, order: Index) -> Category:
    """Few distinct texts, each read as the records read it."""
    import pyarrow.compute as pc  # noqa: PLC0415

    if column is None:
        return Category(frozen(np.full(len(order), -1, dtype=np.int32)), ())
    coded = pc.dictionary_encode(_strings(column))
    found: list[str] = coded.dictionary.to_pylist()
    _ensure("" not in found and values_of("projects", path, found) == found)
    by_name = sorted(range(len(found)), key=found.__getitem__)
    rank = np.empty(len(found) + 1, dtype=np.int32)
    rank[by_name] = np.arange(len(found))
    rank[-1] = -1  # the position of what is not known
    codes = pc.fill_null(coded.indices, len(found)).to_numpy()
    return Category(frozen(rank[codes][order]), tuple(found[k] for k in by_name))


def _funding(frame: Ledger, columns: Columns, ids: pa.Array, units: Mapping[str, Unit]) -> Funding:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    names = pa.array([source.id for source in frame.sources], type=pa.large_string())

    def positions(path: str, known: pa.Array) -> Index:
        found = pc.index_in(_strings(columns[path]), value_set=known)
        _ensure(not found.null_count)
        return np.asarray(found.to_numpy(), dtype=np.int64)

    project, source = positions("project", ids), positions("source", names)
    planned = scaled(columns["planned"], DECIMALS[units["planned"]], -1)
    paid = np.zeros_like(planned)
    if "paid" in columns:
        paid = scaled(columns["paid"], DECIMALS[units["paid"]], 0)
    _ensure(np.all((paid >= 0) & (planned >= paid)))
    key = project * len(frame.sources) + source
    order = np.argsort(key, kind="stable")
    _ensure(not np.any(np.diff(key[order]) == 0))
    return Funding(*(frozen(column[order]) for column in (project, source, planned, paid)))
