"""Digests of ledgers and policies: those that `certificate_check` finds in the documents, from columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

import numpy as np

from surplus.ledger import Ledger
from surplus.ledger.columns import PRICES, PRIORITY_SCALE, UNKNOWN, Category, Cents, Texts
from surplus.ledger.texts import quoted
from surplus.policy import Policy
from surplus.proof.certificate_check import policy_digest as _digest_of

_Column = tuple[Sequence[str] | Texts, Cents]
"""Distinct texts, if it is one of texts, and for each row a number or the place of its text."""
_Table = Mapping[str, _Column | Callable[[], _Column]]
"""Columns by name; large ones are made one at a time."""


def ledger_digest(ledger: Ledger) -> str:
    """The digest of the facts that a plan rests on, whatever order and unit they were read in."""
    digest = sha256()
    as_of = None if ledger.as_of is None else ledger.as_of.isoformat()
    for table in ({"as_of": _listed([as_of])}, _sources(ledger), _projects(ledger), _held(ledger)):
        for key, column in sorted(table.items()):
            texts, numbers = column() if callable(column) else column
            if np.any(numbers != UNKNOWN):
                for piece in _written(key, texts):
                    digest.update(piece)
                digest.update(np.ascontiguousarray(numbers, dtype="<i8").data)
    return digest.hexdigest()


def _written(key: str, texts: Sequence[str] | Texts) -> Iterator[bytes]:
    """What `json.dumps([key, texts])` comes to, piece by piece."""
    if not isinstance(texts, np.ndarray):
        yield json.dumps([key, texts]).encode()
        return
    yield f"[{json.dumps(key)}, [".encode()
    yield from quoted(texts)
    yield b"]]"


def policy_digest(policy: Policy) -> str:
    """The digest of a policy, the same as of its document."""
    return _digest_of(policy.model_dump(mode="json", by_alias=True))


def _sources(ledger: Ledger) -> _Table:
    columns: dict[str, list[Any]] = {}
    for place, source in enumerate(ledger.sources):
        known = {
            **{key: getattr(source, key) for key in ("id", "name", "level", "year")},
            **{
                key: None if day is None else day.isoformat()
                for key, day in (
                    ("first_budgeted", source.first_budgeted),
                    ("expires", source.expires),
                )
            },
            "unallocated": source.unallocated or None,
            **{f"tags.{tag}": text for tag, text in source.tags.items()},
        }
        for key, value in known.items():
            columns.setdefault(key, [None] * len(ledger.sources))[place] = value
    return {key: _listed(values) for key, values in columns.items()}


def _projects(ledger: Ledger) -> _Table:
    projects = ledger.projects
    count = np.bincount(ledger.funding.project, minlength=len(projects))
    usual = {"variations": 0, "other": 0}
    return {
        "id": (projects.id, np.arange(len(projects), dtype=np.int64)),
        "funding": ((), count.astype(np.int64)),
        "priority": partial(_unless, projects.priority, PRIORITY_SCALE),
        "claims": partial(_unless, projects.claims, 0),
        "cap": ((), projects.cap),
        **{key: partial(_coded, column) for key, column in projects.fields.items()},
        **{key: partial(_unless, projects.prices[key], usual.get(key)) for key in PRICES},
    }


def _held(ledger: Ledger) -> _Table:
    funding = ledger.funding
    names = tuple(source.id for source in ledger.sources)
    return {
        "source": partial(_coded, Category(funding.source.astype(np.int32), names)),
        "planned": ((), funding.planned),
        "paid": partial(_unless, funding.paid, 0),
    }


def _listed(values: Sequence[Any]) -> _Column:
    texts = sorted({value for value in values if isinstance(value, str)})
    place = {None: UNKNOWN} | {text: i for i, text in enumerate(texts)}
    return texts, np.array([place.get(value, value) for value in values], dtype=np.int64)


def _coded(column: Category) -> _Column:
    """Texts in use only, in their order; `values` are sorted."""
    used = np.bincount(column.codes + 1, minlength=len(column.values) + 1)[1:] > 0
    rank = np.r_[np.cumsum(used) - 1, UNKNOWN]
    return [text for text, there in zip(column.values, used, strict=True) if there], rank[
        column.codes
    ]


def _unless(numbers: Cents, usual: int | None) -> _Column:
    """Numbers, but for the usual one."""
    return (), numbers if usual is None else np.where(numbers == usual, UNKNOWN, numbers)
