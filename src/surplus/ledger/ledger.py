"""`Ledger`: the facts of one ledger, frozen, as columns in canonical order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from surplus.ledger.columns import Funding, Projects, Source, Stated


@dataclass(frozen=True, eq=False)
class Ledger:
    """What is known about sources, projects and the money between them.

    Attributes:
        sources: In the order of their ids.
        projects: Columns, in the order of their ids.
        funding: Who holds what, by project, then source.
        as_of: The day whose state this is.
        stated: Totals as the owner of the ledger states them.
    """

    sources: tuple[Source, ...]
    projects: Projects
    funding: Funding
    name: str | None = None
    currency: str = "CNY"
    as_of: date | None = None
    stated: Stated | None = None

    @classmethod
    def from_json(cls, text: str | bytes) -> Ledger:
        """Read the document `ledger.json`.

        Raises:
            LedgerError: With every problem and its place, such as ``projects[17].price.settlement``.
        """
        from surplus.errors import LedgerError  # noqa: PLC0415
        from surplus.ledger.build import ledger_of  # noqa: PLC0415 - pydantic loads when needed
        from surplus.ledger.quick import quick  # noqa: PLC0415
        from surplus.ledger.records import LedgerRecord  # noqa: PLC0415
        from surplus.records import document_of, read_document  # noqa: PLC0415
        from surplus.strictjson import uncollected  # noqa: PLC0415

        with uncollected():
            document = document_of(text, LedgerError)
            return quick(document) or ledger_of(read_document(LedgerRecord, document, LedgerError))

    @classmethod
    def from_records(
        cls,
        sources: Iterable[Any],
        projects: Iterable[Any],
        *,
        unit: str = "yuan",
        name: str | None = None,
        currency: str = "CNY",
        as_of: date | str | None = None,
        stated: Mapping[str, Any] | None = None,
    ) -> Ledger:
        """Make a ledger of records, or of mappings with the keys of `ledger.json`.

        Amounts are texts in `unit`, as in the document; those of records are in cents already.

        Raises:
            LedgerError: With every problem and its place.
        """
        from surplus.errors import LedgerError  # noqa: PLC0415
        from surplus.ledger.build import ledger_of  # noqa: PLC0415
        from surplus.ledger.records import LedgerRecord  # noqa: PLC0415
        from surplus.records import read_document  # noqa: PLC0415

        document = {
            "name": name,
            "currency": currency,
            "unit": unit,
            "as_of": as_of,
            "sources": list(sources),
            "projects": list(projects),
            "stated": stated,
        }
        return ledger_of(read_document(LedgerRecord, document, LedgerError))

    @classmethod
    def from_frames(
        cls,
        sources: Any,
        projects: Any,
        funding: Any,
        *,
        unit: str = "yuan",
        name: str | None = None,
        currency: str = "CNY",
        as_of: date | str | None = None,
        stated: Mapping[str, Any] | None = None,
    ) -> Ledger:
        """Make a ledger of three frames: of pandas, polars, pyarrow or duckdb, or mappings of columns.

        Columns have the names of CSV files and workbooks, in Chinese or English, or those of
        `ledger.json` such as ``price.contract``. Amounts may be Decimals, texts or whole numbers;
        floats are taken where they are the nearest ones to whole cents, and refused otherwise.

        Args:
            sources: A row for each source.
            projects: A row for each project.
            funding: A row for each project and source.
            unit: Of amounts whose header names none: `yuan` or `wan`.
            name: As in `ledger.json`, like the following.
            currency: CNY if not given.
            as_of: The day whose state this is.
            stated: Totals as the owner states them.

        Raises:
            LedgerError: With every problem, its table, row (from 1) and column.
            SurplusError: When the extra `frames` is not installed.
        """
        head = {"name": name, "currency": currency, "as_of": as_of, "stated": stated}
        made: Ledger = _columnar("frames").ledger_of_frames(
            sources, projects, funding, unit=unit, head=head
        )
        return made

    def to_frames(self, backend: str = "pandas") -> dict[str, Any]:
        """The tables `sources`, `projects` and `funding` as frames of pandas, polars or pyarrow.

        Amounts are exact decimals in yuan. `Ledger.from_frames(**frames)` gives the same ledger, but
        for its name and date.

        Raises:
            SurplusError: When the extra `frames`, or the library asked for, is not installed.
        """
        frames: dict[str, Any] = _columnar("frames").ledger_frames(self, backend)
        return frames

    def to_parquet(self, folder: Any) -> None:
        """Write the ledger as a folder of three Parquet files, which `surplus.read` reads.

        Raises:
            OSError: When a file cannot be written.
            SurplusError: When the extra `parquet` is not installed.
        """
        _columnar("parquet").write_parquet_folder(self, folder)

    def to_json(self) -> str:
        """The ledger as the document `ledger.json`, in yuan; equal ledgers give equal bytes."""
        from surplus.ledger.write import to_json  # noqa: PLC0415

        return to_json(self)


def _columnar(module: str) -> Any:
    from importlib import import_module  # noqa: PLC0415 - readers stand above ledgers

    return import_module(f"surplus.io.columnar.{module}")
