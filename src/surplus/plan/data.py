"""`Plan`: the decision as data, frozen, as columns; rows are made when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from html import escape
from itertools import pairwise
from typing import Any

import numpy as np

from surplus.balance import Balance
from surplus.errors import SurplusError
from surplus.flows import Moves
from surplus.ledger import Ledger
from surplus.ledger.columns import Cents, Index, Texts
from surplus.money import format_yuan
from surplus.plan.reason import Reason
from surplus.plan.rows import Rows

SWAPS = (None, "from", "to", "both")
"""For whom a transfer is an exchange; the positions are the bits of `flows.Moves.swap`."""


@dataclass(frozen=True)
class Transfer:
    """Cents of a source that go from a project (None: unallocated money) to a project.

    Attributes:
        swap: For whom it is an exchange for money of another source: `from`, `to`, `both` or None.
    """

    source: str
    giver: str | None
    taker: str
    amount: int
    swap: str | None = None


@dataclass(frozen=True)
class ProjectResult:
    """One project after the move, in cents.

    Attributes:
        need: Funding gap before the move.
        planned: Planned investment before the move, over all sources.
        final: Funding by source after the move.
        unmet: What is left of the gap.
        reason: Why it is left, as a sentence; None where nothing is.
        why: The same as data.
    """

    id: str
    need: int
    planned: int
    final: Mapping[str, int]
    unmet: int
    reason: str | None
    why: Reason | None = None


@dataclass(frozen=True)
class SourceResult:
    """One source, in cents: available = moved + left. What is exchanged is not part of it."""

    id: str
    available: int
    moved: int
    left: int


@dataclass(frozen=True)
class ObjectiveResult:
    """What a level of the objectives comes to, and what no plan exceeds there, exact.

    Money is in yuan. `name` tells the levels of one objective apart.
    """

    kind: str
    value: Fraction
    bound: Fraction
    name: str | None = None


@dataclass(frozen=True, eq=False)
class Plan:
    """Who gives what to whom, and what that comes to.

    Attributes:
        status: `optimal`, or `feasible` where a search over whole numbers ran out of time: the best
            exact plan found; its bounds say how far from the best it can be.
        project_ids, source_ids: In the order of their ids; the other columns refer to them.
        source, giver, taker, amount: The transfers; giver -1 is unallocated money.
        swap: By transfer a position in `SWAPS`.
        need, planned, unmet: By project, cents.
        reason: By project a position in `reasons`, -1 for none.
        held_project, held_source, held: Funding after the move, cents, by project, then source.
        available, moved, left: By source, cents.
        certificate: What proves the bounds; see `proof/certificate_check.py`.
        case: The ledger and the policy, on plans that come from `reallocate`; for `what_if`.
    """

    status: str
    project_ids: Texts
    source_ids: tuple[str, ...]
    source: Index
    giver: Index
    taker: Index
    amount: Cents
    swap: Index
    need: Cents
    planned: Cents
    unmet: Cents
    reason: Index
    reasons: tuple[Reason, ...]
    held_project: Index
    held_source: Index
    held: Cents
    available: Cents
    moved: Cents
    left: Cents
    objectives: tuple[ObjectiveResult, ...]
    certificate: Mapping[str, Any] = field(default_factory=dict)
    case: Any = field(default=None, repr=False)

    def lists(self, ledger: Ledger) -> bool:
        """Whether its projects and sources are those of a ledger."""
        sources = tuple(source.id for source in ledger.sources)
        return self.source_ids == sources and np.array_equal(self.project_ids, ledger.projects.id)

    def ensure_lists(self, ledger: Ledger) -> None:
        """Go on only with a ledger of the same projects and sources: columns refer to them by place.

        Raises:
            SurplusError: When they are others.
        """
        if not self.lists(ledger):
            raise SurplusError(
                "the plan is for another ledger: its projects or sources are not the same"
            )

    def moves(self, ledger: Ledger, balance: Balance) -> Moves:
        """The transfers on the raw ledger, for exact checks and reports.

        Raises:
            SurplusError: When the plan is for another ledger.
        """
        self.ensure_lists(ledger)
        return Moves(ledger, balance, self.source, self.giver, self.taker, self.amount, self.swap)

    @cached_property
    def transfers(self) -> Sequence[Transfer]:
        """All transfers as rows, made when asked for."""
        ids, sources = self.project_ids, self.source_ids

        def made(start: int, stop: int) -> list[Transfer]:
            giver, taker = self.giver[start:stop], self.taker[start:stop]
            return [
                Transfer(sources[s], None if g < 0 else name, to, a, SWAPS[x])
                for s, g, name, to, a, x in zip(
                    self.source[start:stop].tolist(),
                    giver.tolist(),
                    ids[giver].tolist(),
                    ids[taker].tolist(),
                    self.amount[start:stop].tolist(),
                    self.swap[start:stop].tolist(),
                    strict=True,
                )
            ]

        return Rows(len(self.amount), made)

    @cached_property
    def projects(self) -> Sequence[ProjectResult]:
        """All projects as rows, made when asked for."""
        reasons: list[tuple[str | None, Reason | None]] = [
            *((reason.sentence(), reason) for reason in self.reasons),
            (None, None),  # the position -1
        ]

        def made(start: int, stop: int) -> list[ProjectResult]:
            return [
                ProjectResult(id_, need, planned, final, unmet, *reasons[why])
                for id_, need, planned, final, unmet, why in zip(
                    self.project_ids[start:stop].tolist(),
                    self.need[start:stop].tolist(),
                    self.planned[start:stop].tolist(),
                    self._finals(start, stop),
                    self.unmet[start:stop].tolist(),
                    self.reason[start:stop].tolist(),
                    strict=True,
                )
            ]

        return Rows(len(self.project_ids), made)

    @cached_property
    def sources(self) -> tuple[SourceResult, ...]:
        """All sources as rows."""
        return tuple(
            SourceResult(*row)
            for row in zip(
                self.source_ids,
                self.available.tolist(),
                self.moved.tolist(),
                self.left.tolist(),
                strict=True,
            )
        )

    def _finals(self, start: int, stop: int) -> Iterator[dict[str, int]]:
        edges = np.searchsorted(self.held_project, np.arange(start, stop + 1))
        at = slice(int(edges[0]), int(edges[-1]))
        names = [self.source_ids[s] for s in self.held_source[at].tolist()]
        held = self.held[at].tolist()
        for low, high in pairwise((edges - at.start).tolist()):
            yield dict(zip(names[low:high], held[low:high], strict=True))

    def to_json(self) -> str:
        """The plan as the document `plan.json`; equal plans give equal bytes."""
        return "".join(self.json_pieces())

    def json_pieces(self) -> Iterator[str]:
        """The same, piece by piece: a plan of a million projects takes 600 MB as one text."""
        from surplus.plan.document import pieces  # noqa: PLC0415 - it stands above plans

        return pieces(self)

    def write_json(self, path: Any) -> None:
        """Write the same to a file, whole or not at all, and in little memory.

        Raises:
            OSError: When it cannot be written.
        """
        from importlib import import_module  # noqa: PLC0415 - writers stand above plans

        import_module("surplus.io").write_atomically(path, self.json_pieces())

    def what_if(self, change: Mapping[str, Any]) -> Any:
        """The plan for a changed case, and what it does differently: see `answers.whatif.Change`.

        Raises:
            SurplusError: When the plan was read from a document; use `answers.whatif.what_if` then.
        """
        if self.case is None:
            raise SurplusError(
                "a plan that was read from a document does not know its ledger and policy; "
                "call surplus.what_if(plan, ledger, policy, change)"
            )
        from importlib import import_module  # noqa: PLC0415 - answers stand above plans

        return import_module("surplus.answers.whatif").what_if(self, *self.case, change)

    @cached_property
    def core(self) -> Any:
        """The plan's ledger by groups of like projects, for answers: see `surplus.core`."""
        from importlib import import_module  # noqa: PLC0415 - the core stands above plans

        return import_module("surplus.core").core(*self.case)

    def to_excel(self, path: Any, lang: str = "zh") -> None:
        """Write the plan as a workbook in Chinese (`zh`), English (`en`) or `both`; see `report.excel`."""
        self._paper("excel", "to_excel")(self, *self.case, path, lang)

    def to_html(self, lang: str = "zh") -> str:
        """The plan as one web page in both languages, `lang` first; see `report.page`."""
        page: str = self._paper("page", "to_html")(self, *self.case, lang)
        return page

    def to_markdown(self, lang: str = "en") -> str:
        """The plan as Markdown; see `report.markdown`."""
        text: str = self._paper("markdown", "to_markdown")(self, *self.case, lang)
        return text

    def to_csv(self, folder: Any, lang: str = "en") -> None:
        """Write a CSV file for each table of the papers; see `report.markdown`."""
        self._paper("markdown", "to_csv")(self, *self.case, folder, lang)

    @property
    def figures(self) -> Any:
        """Pictures for matplotlib: `sankey`, `waterfall`, `floors`, `frontier`; see `report.figures`."""
        return self._paper("figures", "Figures")(self, *self.case)

    def to_frames(self, backend: str = "pandas") -> dict[str, Any]:
        """Frames of pandas, polars or pyarrow: what `io.columnar.write.plan_tables` lists."""
        frames: dict[str, Any] = _columnar("frames").plan_frames(self, backend)
        return frames

    def to_parquet(self, folder: Any) -> None:
        """Write the same tables as Parquet files; see `io.columnar.parquet`."""
        _columnar("parquet").write_plan(self, folder)

    def _repr_html_(self) -> str:
        """What a notebook shows: the money in all and by source, and what the objectives come to."""
        money = (self.available, self.moved, self.left)
        rows = [*zip(self.source_ids, *money, strict=True), ("all", *(c.sum() for c in money))]
        sources = [(name, *(format_yuan(int(c)) for c in cents)) for name, *cents in rows]
        aims = [
            (
                o.kind if o.name is None else f"{o.kind} ({o.name})",
                decimal(o.value),
                decimal(o.bound),
            )
            for o in self.objectives
        ]
        need, unmet = int(self.need.sum()), int(self.unmet.sum())
        return (
            f"<p>Plan ({escape(self.status)}): {len(self.amount):,} transfers; gaps of "
            f"{format_yuan(need)} yuan, {format_yuan(need - unmet)} filled, {format_yuan(unmet)} left "
            f"in {int(np.count_nonzero(self.unmet)):,} projects.</p>"
            + _html(("source", "available (yuan)", "moved (yuan)", "left (yuan)"), sources)
            + _html(("objective", "this plan", "no plan exceeds"), aims)
        )

    def _paper(self, module: str, name: str) -> Any:
        from importlib import import_module  # noqa: PLC0415 - papers stand above plans

        if self.case is None:
            raise SurplusError(
                "a plan that was read from a document does not know its ledger and policy; "
                f"call surplus.report.{module}.{name}(plan, ledger, policy, ...)"
            )
        return getattr(import_module(f"surplus.report.{module}"), name)

    @classmethod
    def from_json(cls, text: str | bytes) -> Plan:
        """Read a plan document.

        Raises:
            PlanFileError: With every problem and its place.
        """
        from surplus.plan.parse import parse_plan  # noqa: PLC0415 - pydantic loads when needed

        return parse_plan(text)


_MOST_PLACES = 18


def _columnar(module: str) -> Any:
    from importlib import import_module  # noqa: PLC0415 - writers stand above plans

    return import_module(f"surplus.io.columnar.{module}")


def _html(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A small table: the first column names the row."""
    cells = "".join(f"<th>{escape(words)}</th>" for words in head)
    lines = "".join(
        f"<tr><th>{escape(first)}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in rest)}</tr>"
        for first, *rest in rows
    )
    return f"<table><tr>{cells}</tr>{lines}</table>"


def decimal(value: Fraction) -> str:
    """A number in full, at least two decimals; one whose decimals do not end is rounded at the 18th."""
    sign, value = ("-" if value < 0 else ""), round(abs(value), _MOST_PLACES)
    places = 2
    while (value * 10**places).denominator != 1 and places < _MOST_PLACES:
        places += 1
    digits = str(round(value * 10**places)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"
