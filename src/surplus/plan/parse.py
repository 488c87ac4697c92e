"""plan.json → Plan, with every problem at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import chain
from typing import Any, Literal, NamedTuple

import numpy as np
from pydantic import Field

from surplus.errors import PlanFileError, Problem
from surplus.ledger.build import texts
from surplus.ledger.columns import Cents, Index
from surplus.ledger.lists import Odd, cents_of, ensure, only, values_of
from surplus.plan.data import SWAPS, ObjectiveResult, Plan
from surplus.plan.reason import Kind, Reason
from surplus.records import Money, Record, document_of, read_document
from surplus.strictjson import uncollected


class _Transfer(Record):
    source: str
    giver: str | None = Field(alias="from")
    to: str
    amount: Money
    swap: Literal["from", "to", "both"] | None = None


class _Project(Record):
    id: str
    need: Money
    planned: Money
    final: Mapping[str, Money]
    unmet: Money
    reason: str | None


class _Reason(Record):
    kind: Kind
    rules: tuple[str, ...]
    sources: tuple[str, ...]
    amount: Money | None
    projects: tuple[str, ...]
    count: int = Field(ge=0)


class _Source(Record):
    id: str
    available: Money
    moved: Money
    left: Money


class _Objective(Record):
    kind: str
    name: str | None = None
    value: str = Field(pattern=r"^-?[0-9]{1,40}\.[0-9]{2,20}$")
    bound: str = Field(pattern=r"^-?[0-9]{1,40}\.[0-9]{2,20}$")


class PlanRecord(Record):
    """The document `plan.json`; amounts in yuan."""

    status: Literal["optimal", "feasible"]
    transfers: tuple[_Transfer, ...]
    projects: tuple[_Project, ...]
    sources: tuple[_Source, ...]
    objectives: tuple[_Objective, ...]
    reasons: Mapping[str, _Reason] = Field(default_factory=dict)
    certificate: Mapping[str, Any]


class Rows(NamedTuple):
    """The transfers and projects of a document as columns.

    Attributes:
        ids: Of the projects.
        transfers: Source, giver, taker, amount, swap.
        held: Project, source, amount.
        need, planned, unmet: By project.
        said: By project the reason as a sentence.
    """

    ids: Sequence[str]
    transfers: Sequence[Cents]
    held: Sequence[Cents]
    need: Cents
    planned: Cents
    unmet: Cents
    said: Sequence[str | None]


def parse_plan(text: str | bytes) -> Plan:
    """Read a plan document.

    Raises:
        PlanFileError: With every problem and its place.
    """
    with uncollected():
        document = document_of(text, PlanFileError)
        rows = quick(document)
        if rows is not None:
            document = {**document, "transfers": (), "projects": ()}
        record = read_document(PlanRecord, document, PlanFileError)
        problems: list[Problem] = []
        if rows is None:
            rows = _rows(record, problems)
        return _plan(record, rows, problems)


def quick(document: Mapping[str, Any]) -> Rows | None:
    """The rows of a document in plain order, without a record for each; None for any other."""
    listed = [document.get(key) for key in ("projects", "transfers", "sources")]
    if any(not isinstance(rows, list) or not only(rows, dict) for rows in listed):
        return None
    try:
        return _quick(*listed)  # type: ignore[arg-type]
    except Odd:
        return None


def _quick(
    projects: list[dict[str, Any]], transfers: list[dict[str, Any]], sources: list[dict[str, Any]]
) -> Rows:
    ensure(_PROJECT.issuperset(chain.from_iterable(projects)))
    ensure(_TRANSFER.issuperset(chain.from_iterable(transfers)))
    ids, final, said = (values_of(projects, key, _ABSENT) for key in ("id", "final", "reason"))
    ensure(only(said, str, type(None)) and only(final, dict))
    names = [*chain.from_iterable(final)]
    place = [_numbered(ids), _numbered(values_of(sources, "id"))]
    givers = values_of(transfers, "from", _ABSENT)
    moved = [
        _placed(place[1], values_of(transfers, "source")),
        _placed({**place[0], None: -1}, givers),
        _placed(place[0], values_of(transfers, "to")),
        cents_of(values_of(transfers, "amount"), "yuan", _ODD),
        _placed({swap: i for i, swap in enumerate(SWAPS)}, values_of(transfers, "swap")),
    ]
    held = [
        np.repeat(np.arange(len(ids)), [*map(len, final)]),
        _placed(place[1], names),
        cents_of([*chain.from_iterable(map(dict.values, final))], "yuan", _ODD),
    ]
    need, planned, unmet = (
        cents_of(values_of(projects, key), "yuan", _ODD) for key in ("need", "planned", "unmet")
    )
    ensure(
        all(not np.any(amounts == _ODD) for amounts in (moved[3], held[2], need, planned, unmet))
    )
    return Rows(ids, moved, held, need, planned, unmet, said)


_PROJECT = frozenset(_Project.model_fields)
_TRANSFER = frozenset({"source", "from", "to", "amount", "swap"})
_ABSENT: Any = object()
_ODD = -1


def _numbered(ids: list[Any]) -> dict[Any, int]:
    ensure(only(ids, str))
    table = {key: i for i, key in enumerate(ids)}
    ensure(len(table) == len(ids))
    return table


def _placed(table: dict[Any, int], keys: list[Any]) -> Index:
    ensure(only(keys, str, type(None)))
    found = [*map(table.get, keys)]
    ensure(None not in found)
    return np.array(found, dtype=np.int64)


def _rows(record: PlanRecord, problems: list[Problem]) -> Rows:
    projects = _places("projects", [p.id for p in record.projects], problems)
    sources = _places("sources", [s.id for s in record.sources], problems)

    def place(table: dict[str, int], key: str, where: str) -> int:
        if key not in table:
            problems.append(Problem(where, f"'{key}' is not listed in the plan"))
            return -1
        return table[key]

    rows = [
        (
            place(sources, t.source, f"transfers[{i}].source"),
            -1 if t.giver is None else place(projects, t.giver, f"transfers[{i}].from"),
            place(projects, t.to, f"transfers[{i}].to"),
            t.amount,
            SWAPS.index(t.swap),
        )
        for i, t in enumerate(record.transfers)
    ]
    held = [
        (i, place(sources, s, f"projects[{i}].final"), amount)
        for i, p in enumerate(record.projects)
        for s, amount in p.final.items()
    ]
    return Rows(
        [p.id for p in record.projects],
        np.array(rows, dtype=np.int64).reshape(-1, 5).T,  # type: ignore[arg-type]
        np.array(held, dtype=np.int64).reshape(-1, 3).T,  # type: ignore[arg-type]
        _column([p.need for p in record.projects]),
        _column([p.planned for p in record.projects]),
        _column([p.unmet for p in record.projects]),
        [p.reason for p in record.projects],
    )


def _plan(record: PlanRecord, rows: Rows, problems: list[Problem]) -> Plan:
    why = {text: Reason(**dict(reason)) for text, reason in record.reasons.items()}
    for sentence, reason in why.items():
        if reason.sentence() != sentence:
            problems.append(Problem("reasons", f"'{sentence}' is not what its data say"))
    for said in dict.fromkeys(rows.said):
        if said is not None:
            why.setdefault(said, Reason("stated", text=said))
    if problems:
        raise PlanFileError(problems)
    places: dict[str | None, int] = {sentence: k for k, sentence in enumerate(why)}
    places[None] = -1
    source, giver, taker, amount, swap = rows.transfers
    held_project, held_source, held = rows.held
    return Plan(
        status=record.status,
        project_ids=texts(rows.ids),
        source_ids=tuple(s.id for s in record.sources),
        source=source,
        giver=giver,
        taker=taker,
        amount=amount,
        swap=swap,
        need=rows.need,
        planned=rows.planned,
        unmet=rows.unmet,
        reason=_column([*map(places.__getitem__, rows.said)]),
        reasons=tuple(why.values()),
        held_project=held_project,
        held_source=held_source,
        held=held,
        available=_column([s.available for s in record.sources]),
        moved=_column([s.moved for s in record.sources]),
        left=_column([s.left for s in record.sources]),
        objectives=tuple(
            ObjectiveResult(o.kind, Fraction(o.value), Fraction(o.bound), o.name)
            for o in record.objectives
        ),
        certificate=dict(record.certificate),
    )


def _places(name: str, ids: list[str], problems: list[Problem]) -> dict[str, int]:
    table: dict[str, int] = {}
    for i, key in enumerate(ids):
        if key in table:
            problems.append(Problem(f"{name}[{i}].id", f"'{key}' is listed twice"))
        table[key] = i
    return table


def _column(values: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)
