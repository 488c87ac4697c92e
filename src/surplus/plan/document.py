"""`Plan` → plan.json, piece by piece: a million transfers in bounded memory, no object for a row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any

import numpy as np

from surplus.ledger.columns import Cents
from surplus.money import format_yuan
from surplus.plan.data import SWAPS, Plan, decimal
from surplus.plan.reason import listed

_CHUNK = 2**14


def pieces(plan: Plan) -> Iterator[str]:
    """The document of a plan; equal plans give equal text."""
    yield f'{{\n  "status": {json.dumps(plan.status)}'
    for key, lines in (
        ("transfers", _transfers(plan)),
        ("projects", _projects(plan)),
        ("sources", [_sources(plan)]),
        ("objectives", [_objectives(plan)]),
    ):
        yield f',\n  "{key}": '
        yield from _list(lines)
    named = {
        plan.reasons[k].sentence(): plan.reasons[k]
        for k in np.unique(plan.reason).tolist()
        if k >= 0
    }
    yield f',\n  "reasons": {_line(listed(named))}'
    yield f',\n  "certificate": {_line(dict(plan.certificate))}\n}}\n'


def _list(chunks: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines of a list, a chunk of them at a time."""
    empty = True
    for lines in chunks:
        if lines:
            yield ("[\n    " if empty else ",\n    ") + ",\n    ".join(lines)
            empty = False
    yield "[]" if empty else "\n  ]"


def _line(row: Any) -> str:
    return json.dumps(row, ensure_ascii=False)


def _yuan(cents: Cents) -> list[str]:
    """Amounts as they stand in the document, without quotes."""
    if len(cents) and int(cents.min()) < 0:
        return [format_yuan(amount) for amount in cents.tolist()]
    whole, rest = np.divmod(cents, 100)
    pairs = zip(whole.tolist(), rest.tolist(), strict=True)
    return [f"{w}.{_CENTS[r]}" for w, r in pairs]


_CENTS = [f"{cent:02d}" for cent in range(100)]


def _transfers(plan: Plan) -> Iterator[list[str]]:
    sources = [*map(_line, plan.source_ids)]
    swaps = ["", *(f', "swap": {_line(swap)}' for swap in SWAPS[1:])]
    for start in range(0, len(plan.amount), _CHUNK):
        at = slice(start, start + _CHUNK)
        giver = plan.giver[at]
        givers = map(encode_basestring, plan.project_ids[giver].tolist())
        yield [
            f'{{"source": {sources[s]}, "from": {"null" if g < 0 else name}, "to": {to}, '
            f'"amount": "{amount}"{swaps[x]}}}'
            for s, g, name, to, amount, x in zip(
                plan.source[at].tolist(),
                giver.tolist(),
                givers,
                map(encode_basestring, plan.project_ids[plan.taker[at]].tolist()),
                _yuan(plan.amount[at]),
                plan.swap[at].tolist(),
                strict=True,
            )
        ]


def _projects(plan: Plan) -> Iterator[list[str]]:
    sources = [*map(_line, plan.source_ids)]
    reasons = [*(_line(reason.sentence()) for reason in plan.reasons), "null"]  # the last for -1
    for start in range(0, len(plan.project_ids), _CHUNK):
        at = slice(start, min(start + _CHUNK, len(plan.project_ids)))
        edges = np.searchsorted(plan.held_project, np.arange(at.start, at.stop + 1))
        held = slice(int(edges[0]), int(edges[-1]))
        amounts = zip(plan.held_source[held].tolist(), _yuan(plan.held[held]), strict=True)
        final = [f'{sources[s]}: "{amount}"' for s, amount in amounts]
        edges -= held.start
        yield [
            f'{{"id": {name}, "need": "{need}", "planned": "{planned}", '
            f'"final": {{{", ".join(final[low:high])}}}, "unmet": "{unmet}", "reason": {reasons[why]}}}'
            for name, need, planned, low, high, unmet, why in zip(
                map(encode_basestring, plan.project_ids[at].tolist()),
                _yuan(plan.need[at]),
                _yuan(plan.planned[at]),
                edges[:-1].tolist(),
                edges[1:].tolist(),
                _yuan(plan.unmet[at]),
                plan.reason[at].tolist(),
                strict=True,
            )
        ]


def _sources(plan: Plan) -> list[str]:
    rows: list[Mapping[str, str]] = [
        {
            "id": s.id,
            "available": format_yuan(s.available),
            "moved": format_yuan(s.moved),
            "left": format_yuan(s.left),
        }
        for s in plan.sources
    ]
    return [*map(_line, rows)]


def _objectives(plan: Plan) -> list[str]:
    return [
        _line(
            {"kind": o.kind}
            | ({} if o.name is None else {"name": o.name})
            | {"value": decimal(o.value), "bound": decimal(o.bound)}
        )
        for o in plan.objectives
    ]
