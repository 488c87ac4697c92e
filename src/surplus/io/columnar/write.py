"""Ledgers and plans as Arrow tables: ids as texts, amounts as exact decimals in yuan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from surplus.io.columnar.numbers import decimals
from surplus.ledger import Category, Ledger
from surplus.ledger.columns import Cents, Index
from surplus.plan.data import SWAPS, Plan

if TYPE_CHECKING:
    import pyarrow as pa


def ledger_tables(ledger: Ledger) -> dict[str, pa.Table]:
    """`sources`, `projects` and `funding`, with the columns that the readers know.

    Columns of which nothing is known are left out, but for those that a table needs.
    """
    import pyarrow as pa  # noqa: PLC0415 - an extra

    projects, funding = ledger.projects, ledger.funding
    ids, sources = _texts(projects.id), [source.id for source in ledger.sources]
    columns: dict[str, Any] = {"id": ids}
    if projects.name is not None:
        columns["name"] = _texts([name or None for name in projects.name.tolist()])
    fields = {path: _category(field) for path, field in projects.fields.items() if field.values}
    columns |= {path: field for path, field in fields.items() if not path.startswith("tags.")}
    columns["priority"] = decimals(projects.priority, 6)
    columns |= {f"price.{key}": decimals(cents, 2) for key, cents in projects.prices.items()}
    columns |= {"claims": decimals(projects.claims, 2), "cap": decimals(projects.cap, 2)}
    columns |= {path: field for path, field in fields.items() if path.startswith("tags.")}
    return {
        "sources": _sources(ledger),
        "projects": pa.table(columns),
        "funding": pa.table(
            {
                "project": ids.take(pa.array(funding.project)),
                "source": _coded(funding.source, sources),
                "planned": decimals(funding.planned, 2),
                "paid": decimals(funding.paid, 2),
            }
        ),
    }


def plan_tables(plan: Plan) -> dict[str, pa.Table]:
    """`transfers`, `projects`, `funding` (after the move), `sources` and `objectives`."""
    import pyarrow as pa  # noqa: PLC0415

    ids, sources = _texts(plan.project_ids), plan.source_ids
    said = [reason.sentence() for reason in plan.reasons]
    return {
        "transfers": pa.table(
            {
                "source": _coded(plan.source, sources),
                "from": _taken(ids, plan.giver),
                "to": _taken(ids, plan.taker),
                "amount": decimals(plan.amount, 2),
                "swap": _coded(plan.swap - 1, SWAPS[1:]),
            }
        ),
        "projects": pa.table(
            {
                "id": ids,
                "need": decimals(plan.need, 2),
                "planned": decimals(plan.planned, 2),
                "unmet": decimals(plan.unmet, 2),
                "reason": _coded(plan.reason, said),
            }
        ),
        "funding": pa.table(
            {
                "project": _taken(ids, plan.held_project),
                "source": _coded(plan.held_source, sources),
                "amount": decimals(plan.held, 2),
            }
        ),
        "sources": pa.table(
            {
                "id": pa.array(sources, type=pa.string()),
                "available": decimals(plan.available, 2),
                "moved": decimals(plan.moved, 2),
                "left": decimals(plan.left, 2),
            }
        ),
        "objectives": pa.table(
            {
                "kind": pa.array([level.kind for level in plan.objectives], type=pa.string()),
                "name": pa.array([level.name for level in plan.objectives], type=pa.string()),
                "value": pa.array([str(o.value) for o in plan.objectives], type=pa.string()),
                "bound": pa.array([str(o.bound) for o in plan.objectives], type=pa.string()),
            }
        ),
    }


def _texts(values: Any) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415

    return pa.array(values.tolist() if isinstance(values, np.ndarray) else values, type=pa.string())


def _taken(ids: pa.Array, rows: Index) -> pa.Array:
    """The texts of rows; null for -1."""
    import pyarrow as pa  # noqa: PLC0415

    return ids.take(pa.array(rows, mask=rows < 0))


def _coded(codes: Any, values: Sequence[Any]) -> pa.Array:
    """Few distinct texts by their positions; null for -1."""
    import pyarrow as pa  # noqa: PLC0415

    texts = pa.array(values, type=pa.string())
    small = np.asarray(codes, dtype=np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(small, mask=small < 0), texts)


def _category(column: Category) -> pa.Array:
    return _coded(column.codes, column.values)


def _sources(ledger: Ledger) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415

    sources = ledger.sources
    free: Cents = np.array([source.unallocated for source in sources], dtype=np.int64)
    kinds: Mapping[str, Any] = {
        "id": pa.string(), "name": pa.string(), "level": pa.string(), "year": pa.int32(),
        "first_budgeted": pa.date32(), "expires": pa.date32(),
    }  # fmt: skip
    columns = {
        key: pa.array([getattr(source, key) for source in sources], type=kind)
        for key, kind in kinds.items()
    }
    columns["unallocated"] = decimals(free, 2)
    for tag in sorted({tag for source in sources for tag in source.tags}):
        texts = [source.tags.get(tag) for source in sources]
        columns[f"tags.{tag}"] = pa.array(texts, type=pa.string())
    return pa.table(columns)
