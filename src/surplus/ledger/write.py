"""Columns → the document `ledger.json`, in yuan, in canonical order."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from surplus.ledger.columns import PRICES, UNKNOWN, Source
from surplus.ledger.ledger import Ledger
from surplus.money import format_weight, format_yuan


def to_json(ledger: Ledger) -> str:
    """The ledger as a document; equal ledgers give equal bytes."""
    head = {
        "name": ledger.name,
        "currency": ledger.currency,
        "unit": "yuan",
        "as_of": None if ledger.as_of is None else ledger.as_of.isoformat(),
    }
    parts = [f'  "{key}": {_line(value)}' for key, value in head.items() if value is not None]
    parts.append(f'  "sources": {_list(map(_source, ledger.sources))}')
    parts.append(f'  "projects": {_list(_projects(ledger))}')
    if ledger.stated is not None:
        stated = {
            "issued": _amount(ledger.stated.issued),
            "paid": _amount(ledger.stated.paid),
            "payment_rate": ledger.stated.payment_rate,
            "projects": ledger.stated.projects,
        }
        parts.append(f'  "stated": {_line(_known(stated))}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _list(rows: Any) -> str:
    lines = [_line(row) for row in rows]
    return "[\n    " + ",\n    ".join(lines) + "\n  ]" if lines else "[]"


def _known(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if value is not None and value != {}}


def _amount(cents: int | None) -> str | None:
    return None if cents is None or cents == UNKNOWN else format_yuan(cents)


def _source(source: Source) -> dict[str, Any]:
    return _known(
        {
            "id": source.id,
            "name": source.name,
            "level": source.level,
            "year": source.year,
            "first_budgeted": source.first_budgeted and source.first_budgeted.isoformat(),
            "expires": source.expires and source.expires.isoformat(),
            "unallocated": format_yuan(source.unallocated),
            "tags": dict(sorted(source.tags.items())),
        }
    )


def _projects(ledger: Ledger) -> Any:
    projects, funding = ledger.projects, ledger.funding
    ends = np.searchsorted(funding.project, np.arange(len(projects)), side="right").tolist()
    start = 0
    for p, end in enumerate(ends):
        texts = {key: column.text(p) for key, column in projects.fields.items()}
        price = {
            key: _amount(int(projects.prices[key][p]))
            for key in PRICES
            if key not in ("variations", "other") or projects.prices[key][p]
        }
        yield _known(
            {
                "id": str(projects.id[p]),
                "name": None if projects.name is None else (str(projects.name[p]) or None),
                **{key: text for key, text in texts.items() if not key.startswith("tags.")},
                "tags": _known(
                    {key[5:]: text for key, text in texts.items() if key.startswith("tags.")}
                ),
                "priority": format_weight(int(projects.priority[p])),
                "price": _known(price),
                "claims": _amount(int(projects.claims[p])),
                "cap": _amount(int(projects.cap[p])),
                "funding": [
                    {
                        "source": ledger.sources[int(funding.source[k])].id,
                        "planned": format_yuan(int(funding.planned[k])),
                        "paid": format_yuan(int(funding.paid[k])),
                    }
                    for k in range(start, end)
                ],
            }
        )
        start = end
