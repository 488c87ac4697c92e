"""plan.json → Plan, with every problem at once."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from pydantic import Field

from surplus.errors import PlanFileError, Problem
from surplus.plan.data import SWAPS, ObjectiveResult, Plan
from surplus.plan.reason import Kind, Reason
from surplus.records import Money, Record, read_document


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


def parse_plan(text: str | bytes) -> Plan:
    """Read a plan document.

    Raises:
        PlanFileError: With every problem and its place.
    """
    record = read_document(PlanRecord, text, PlanFileError)
    problems: list[Problem] = []
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
    why = {text: Reason(**dict(reason)) for text, reason in record.reasons.items()}
    for sentence, reason in why.items():
        if reason.sentence() != sentence:
            problems.append(Problem("reasons", f"'{sentence}' is not what its data say"))
    for p in record.projects:
        if p.reason is not None:
            why.setdefault(p.reason, Reason("stated", text=p.reason))
    texts = {sentence: k for k, sentence in enumerate(why)}
    chosen = [-1 if p.reason is None else texts[p.reason] for p in record.projects]
    if problems:
        raise PlanFileError(problems)
    table = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    kept = np.array(held, dtype=np.int64).reshape(-1, 3).T
    return Plan(
        status=record.status,
        project_ids=np.array([p.id for p in record.projects], dtype=object),
        source_ids=tuple(s.id for s in record.sources),
        source=table[0],
        giver=table[1],
        taker=table[2],
        amount=table[3],
        swap=table[4],
        need=_column([p.need for p in record.projects]),
        planned=_column([p.planned for p in record.projects]),
        unmet=_column([p.unmet for p in record.projects]),
        reason=_column(chosen),
        reasons=tuple(why.values()),
        held_project=kept[0],
        held_source=kept[1],
        held=kept[2],
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
