"""Frames of any library that narwhals knows ↔ Arrow tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from surplus.errors import LedgerError, Problem, SurplusError
from surplus.io.columnar.read import Arrow, ledger_of_arrow
from surplus.io.columnar.write import ledger_tables, plan_tables
from surplus.io.sheets import Problems, Sheet
from surplus.ledger import Ledger
from surplus.money import DECIMALS, Unit
from surplus.plan.data import Plan

if TYPE_CHECKING:
    import pyarrow as pa

Backend = Literal["pandas", "polars", "pyarrow"]
_NEEDED = "a frame of pandas, polars, pyarrow or duckdb, or a mapping of columns"


def ledger_of_frames(
    sources: Any, projects: Any, funding: Any, *, unit: Unit = "yuan", head: Mapping[str, Any]
) -> Ledger:
    """Make a ledger of three frames; see `Ledger.from_frames`.

    Raises:
        LedgerError: With every problem, its table, row (from 1) and column.
        SurplusError: When narwhals and pyarrow (extra `frames`) are not installed.
    """
    if unit not in DECIMALS:
        raise LedgerError([Problem("unit", f"'{unit}' is not a unit", "yuan or wan")])
    problems, tables = Problems(), {}
    given = {"sources": sources, "projects": projects, "funding": funding}
    for name, frame in given.items():
        found = _arrow(frame)
        if found is None:
            what = f"a {type(frame).__name__} is not a table"
            problems.row(Sheet(name, name), 0, what, _NEEDED)
        else:
            tables[name] = Arrow(name, found)
    return ledger_of_arrow(tables, head, unit, problems)


def _arrow(frame: Any) -> pa.Table | None:
    try:
        import narwhals as nw  # noqa: PLC0415 - an extra
        import pyarrow as pa  # noqa: PLC0415
    except ImportError as error:
        raise _missing(error) from None
    if isinstance(frame, Mapping):
        columns = {str(name): _column(values) for name, values in frame.items()}
        try:
            return pa.table(columns)
        except pa.ArrowInvalid:  # columns of different lengths
            return None
    if isinstance(frame, pa.Table):
        return frame
    try:
        known = nw.from_native(frame)
        known = known.collect("pyarrow") if isinstance(known, nw.LazyFrame) else known
        labels = list(known.columns)
    except nw.exceptions.DuplicateError:  # of pandas: which one is given twice, its headers tell
        frame = nw.dependencies.get_pandas().DataFrame(frame)
        given = [_column(frame.iloc[:, k]) for k in range(frame.shape[1])]
        return pa.Table.from_arrays(given, names=[str(name) for name in frame.columns])
    except TypeError:
        return None
    names = [str(name) for name in labels]
    if all(isinstance(name, str) for name in labels):
        found = _at_once(known)
        if found is not None:
            return found
    return pa.Table.from_arrays([_column(known[n].to_list()) for n in labels], names=names)


def _at_once(frame: Any) -> pa.Table | None:
    """The frame as Arrow has it; None where a column holds values of several kinds."""
    import pyarrow as pa  # noqa: PLC0415

    try:
        table: pa.Table = frame.to_arrow()
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return None
    return table


def _column(values: Any) -> Any:
    """One column; values of several kinds are read as the texts that they would be in a table."""
    import pyarrow as pa  # noqa: PLC0415

    values = list(values)
    try:
        return pa.array(values)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return pa.array([None if v is None or v != v else str(v) for v in values])  # noqa: PLR0124


def ledger_frames(ledger: Ledger, backend: Backend) -> dict[str, Any]:
    """The tables of a ledger as frames; see `write.ledger_tables`."""
    return _frames(ledger_tables, ledger, backend)


def plan_frames(plan: Plan, backend: Backend) -> dict[str, Any]:
    """The tables of a plan as frames; see `write.plan_tables`."""
    return _frames(plan_tables, plan, backend)


def _frames(tables: Any, of: Any, backend: Backend) -> dict[str, Any]:
    if backend not in ("pandas", "polars", "pyarrow"):
        raise SurplusError(f"'{backend}' is not a kind of frame; needed: pandas, polars or pyarrow")
    try:
        import narwhals as nw  # noqa: PLC0415

        found = {name: nw.from_native(table) for name, table in tables(of).items()}
        if backend == "pyarrow":
            return {name: frame.to_native() for name, frame in found.items()}
        if backend == "polars":
            return {name: frame.to_polars() for name, frame in found.items()}
        return {name: frame.to_pandas() for name, frame in found.items()}
    except ImportError as error:
        raise _missing(error) from None


def _missing(error: ImportError) -> SurplusError:
    return SurplusError(
        f"frames need {error.name or 'a library'} that is not installed: pip install 'surplus[frames]'"
    )
