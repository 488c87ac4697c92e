"""Readers and writers: one file per format, and `read`, which finds the format."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surplus.errors import InputError, LedgerError, PolicyError, Problem
from surplus.io.files import write_atomically
from surplus.ledger import Ledger
from surplus.money import Unit

if TYPE_CHECKING:
    from surplus.policy import Policy

__all__ = ["read", "read_policy", "schema", "write_atomically"]


def read(path: str | Path, unit: Unit | None = None) -> Ledger:
    """Read a ledger: `.json`, `.xlsx`, a wide `.csv`, or a folder with sources, projects and funding.

    The three files of a folder are `.csv` or `.parquet`; a single `.csv` is one sheet of a workbook.

    Args:
        path: The file or folder.
        unit: Of amounts in a workbook or in Parquet whose headers and titles name none.

    Raises:
        LedgerError: With every problem and its place, or when there is no such file or format.
    """
    place = Path(path)
    if _kind(place) == "folder":
        return _folder(place, unit)
    if _kind(place) == "none":
        raise LedgerError([Problem(str(place), "there is no such file or folder")])
    if place.suffix.lower() not in _FORMATS:
        known = ", ".join(_FORMATS)
        raise LedgerError(
            [
                Problem(
                    str(place),
                    f"'{place.suffix}' is not a format that can be read",
                    f"{known}, or a folder of CSV or Parquet files",
                )
            ]
        )
    if _kind(place) == "other":  # a device or a pipe may never end
        raise LedgerError([Problem(str(place), "neither a file nor a folder")])
    return _FORMATS[place.suffix.lower()](place, unit)


def read_policy(path: str | Path) -> Policy:
    """Read a policy from a `.json` or `.toml` file.

    Raises:
        PolicyError: With every problem and its place, or when there is no such file.
    """
    from surplus.policy import Policy  # noqa: PLC0415

    place = Path(path)
    if _kind(place) != "file":
        raise PolicyError([Problem(str(place), "there is no such file")])
    content = _content(place, PolicyError)
    if place.suffix.lower() != ".toml":
        return Policy.model_validate_json(content)
    try:
        document = tomllib.loads(content.decode("utf-8-sig"))
    except RecursionError:
        raise PolicyError([Problem(str(place), "not TOML: nested too deeply")]) from None
    except ValueError as error:  # bad syntax, bytes that are not UTF-8, numbers without end
        raise PolicyError([Problem(str(place), f"not TOML: {error}")]) from None
    return Policy.model_validate(document)


def schema(document: str) -> dict[str, Any]:
    """The JSON Schema of `ledger`, `policy` or `plan`."""
    from surplus.ledger.records import LedgerRecord  # noqa: PLC0415
    from surplus.plan.parse import PlanRecord  # noqa: PLC0415
    from surplus.policy import Policy  # noqa: PLC0415
    from surplus.records import Record  # noqa: PLC0415

    models: dict[str, type[Record]] = {
        "ledger": LedgerRecord,
        "policy": Policy,
        "plan": PlanRecord,
    }
    return models[document].model_json_schema(by_alias=True)


def _kind(place: Path) -> str:
    """`folder`, `file`, `other`, or `none` where nothing is, or nothing can be."""
    try:
        if place.is_dir():
            return "folder"
        if place.is_file():
            return "file"
        return "other" if place.exists() else "none"
    except OSError:  # such as a name that is too long
        return "none"


def _content(place: Path, error: type[InputError]) -> bytes:
    try:
        return place.read_bytes()
    except OSError as failure:
        words = f"the file cannot be read: {failure.strerror}"
        raise error([Problem(str(place), words)]) from None


def _folder(place: Path, unit: Unit | None) -> Ledger:
    both = [(place / f"projects.{kind}").is_file() for kind in ("csv", "parquet")]
    if all(both):
        what = "projects.csv and projects.parquet are two ledgers"
        raise LedgerError([Problem(str(place), what, "a folder for each")])
    if both[1]:
        from surplus.io.columnar.parquet import read_parquet_folder  # noqa: PLC0415

        return read_parquet_folder(place, unit)
    from surplus.io.csvfolder import read_csv_folder  # noqa: PLC0415

    return read_csv_folder(place)


def _json(path: Path, _: Unit | None) -> Ledger:
    return Ledger.from_json(_content(path, LedgerError))


def _xlsx(path: Path, unit: Unit | None) -> Ledger:
    from surplus.io.workbook.tables import read_xlsx  # noqa: PLC0415

    return read_xlsx(path, unit)


def _csv(path: Path, unit: Unit | None) -> Ledger:
    """One sheet of a workbook, saved as CSV."""
    from surplus.io.csvfolder import csv_rows  # noqa: PLC0415
    from surplus.io.workbook.grid import grid_of_texts  # noqa: PLC0415
    from surplus.io.workbook.tables import ledger_of_grids  # noqa: PLC0415

    return ledger_of_grids([grid_of_texts(path.name, csv_rows(path))], path, unit)


_FORMATS: dict[str, Callable[[Path, Unit | None], Ledger]] = {
    ".json": _json,
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".xlsm": _xlsx,
}
