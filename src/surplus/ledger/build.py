"""Records → columns in canonical order; checks across records, all reported at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any

import numpy as np
import numpy.typing as npt

from surplus.errors import LedgerError, Problem
from surplus.ledger.columns import (
    PRICES,
    UNKNOWN,
    Category,
    Funding,
    Projects,
    Source,
    Stated,
    Texts,
)
from surplus.ledger.ledger import Ledger
from surplus.ledger.levels import canonical_level
from surplus.ledger.records import LedgerRecord, ProjectRecord, SourceRecord
from surplus.money import format_yuan

MOST_CENTS = 4 * 10**18
_MOST_COMPARISONS, _LONGEST_COMPARED = 100_000, 100
_LONGEST_FIXED = 48


def ledger_of(record: LedgerRecord) -> Ledger:
    """Make columns of records.

    Raises:
        LedgerError: With every problem and its place in the records.
    """
    problems = [*_problems(record)]
    if problems:
        raise LedgerError(problems)
    sources = tuple(sorted(map(_source, record.sources), key=lambda source: source.id))
    projects = sorted(record.projects, key=lambda project: project.id)
    place = {source.id: i for i, source in enumerate(sources)}
    entries = sorted(
        (p, place[held.source], held.planned, held.paid)
        for p, project in enumerate(projects)
        for held in project.funding
    )
    table = np.array(entries, dtype=np.int64).reshape(-1, 4)
    stated = record.stated
    return Ledger(
        sources=sources,
        projects=_projects(projects),
        funding=Funding(*(frozen(table[:, k].copy()) for k in range(4))),
        name=record.name,
        currency=record.currency,
        as_of=record.as_of,
        stated=None
        if stated is None
        else Stated(stated.issued, stated.paid, stated.payment_rate, stated.projects),
    )


def texts(values: Sequence[str]) -> Texts:
    """Texts as one array: of fixed width where they are short."""
    longest = max(map(len, values), default=1)
    return frozen(
        np.array(values, dtype=f"U{max(1, longest)}" if longest <= _LONGEST_FIXED else object)
    )


def category(values: Sequence[str | None]) -> Category:
    """A column of few distinct texts; values in code-point order."""
    known = sorted({value for value in values if value is not None})
    code = {value: i for i, value in enumerate(known)}
    codes = [-1 if value is None else code[value] for value in values]
    return Category(frozen(np.array(codes, dtype=np.int32)), tuple(known))


def _source(record: SourceRecord) -> Source:
    return Source(
        id=record.id,
        name=record.name,
        level=canonical_level(record.level),
        year=record.year,
        first_budgeted=record.first_budgeted,
        expires=record.expires,
        unallocated=record.unallocated,
        tags=dict(record.tags),
    )


def _projects(records: Sequence[ProjectRecord]) -> Projects:
    fields: dict[str, Category] = {
        key: category([getattr(r, key) for r in records])
        for key in ("category", "department", "township")
    }
    for tag in sorted({tag for r in records for tag in r.tags}):
        fields[f"tags.{tag}"] = category([r.tags.get(tag) for r in records])
    named = any(r.name is not None for r in records)
    return Projects(
        id=texts([r.id for r in records]),
        name=texts([r.name or "" for r in records]) if named else None,
        priority=_cents(r.priority for r in records),
        fields=fields,
        prices={key: _cents(getattr(r.price, key) for r in records) for key in PRICES},
        claims=_cents(r.claims for r in records),
        cap=_cents(r.cap for r in records),
    )


def _cents(values: Iterable[int | None]) -> npt.NDArray[np.int64]:
    return frozen(np.array([UNKNOWN if v is None else v for v in values], dtype=np.int64))


def frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same array, read-only."""
    array.setflags(write=False)
    return array


def can_add_up(ledger: Ledger) -> bool:
    """Whether all amounts together are surely far from what int64 holds."""
    columns = [*ledger.projects.prices.values(), ledger.projects.claims, ledger.funding.planned]
    total = float(sum(source.unallocated for source in ledger.sources))
    total += sum(float(np.abs(c[c != UNKNOWN]).astype(float).sum()) for c in columns)
    return total < MOST_CENTS / 2


def _problems(record: LedgerRecord) -> Iterator[Problem]:
    yield from _doubled("sources", [source.id for source in record.sources])
    yield from _doubled("projects", [project.id for project in record.projects])
    for i, source in enumerate(record.sources):
        if source.first_budgeted and source.expires and source.expires < source.first_budgeted:
            yield Problem(
                f"sources[{i}].expires",
                f"{source.expires} is before the money was first budgeted, {source.first_budgeted}",
            )
    known = {source.id for source in record.sources}
    hints: dict[str, str] = {}
    total = sum(source.unallocated for source in record.sources)
    for i, project in enumerate(record.projects):
        yield from _funding_problems(f"projects[{i}]", project, known, hints)
        price = project.price
        if price.contract is not None and price.contract + price.variations < 0:
            yield Problem(
                f"projects[{i}].price.variations",
                f"{format_yuan(price.variations)} yuan would take the contract price below 0",
            )
        total += sum(held.planned for held in project.funding)
        total += sum(abs(getattr(price, key) or 0) for key in PRICES) + project.claims
    if total > MOST_CENTS:
        yield Problem("document", f"amounts add up to {format_yuan(total)} yuan: more than can be")


def _funding_problems(
    where: str, project: ProjectRecord, known: set[str], hints: dict[str, str]
) -> Iterator[Problem]:
    seen: set[str] = set()
    for j, held in enumerate(project.funding):
        place = f"{where}.funding[{j}]"
        if held.source not in known:
            hint = _hint(held.source, known, hints)
            yield Problem(f"{place}.source", f"'{held.source}' is not a source", hint)
        if held.source in seen:
            yield Problem(f"{place}.source", f"'{held.source}' stands twice in this project")
        seen.add(held.source)
        if held.paid > held.planned:
            yield Problem(
                f"{place}.paid",
                f"paid {format_yuan(held.paid)} yuan is above planned {format_yuan(held.planned)}",
            )


def _hint(key: str, known: set[str], hints: dict[str, str]) -> str:
    """What may be meant by the id of no source; each is looked for once, as long as it is quick."""
    if key not in hints:
        quick = len(key) <= _LONGEST_COMPARED and len(hints) * len(known) < _MOST_COMPARISONS
        near = get_close_matches(key, known, n=1) if quick else []
        hints[key] = f"did you mean '{near[0]}'?" if near else "the id of a source of this ledger"
    return hints[key]


def _doubled(name: str, ids: Sequence[str]) -> Iterator[Problem]:
    """Ids that are equal, also once compatible characters are unified (NFKC)."""
    first: dict[str, int] = {}
    for i, key in enumerate(ids):
        same = unicodedata.normalize("NFKC", key)
        if same in first:
            yield Problem(
                f"{name}[{i}].id",
                f"'{key}' is also the id of {name}[{first[same]}]",
                "an id that no other has, also when full-width characters are unified",
            )
        else:
            first[same] = i
