"""Templates to fill in: a workbook, a folder of CSV files, and a policy that explains itself."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Literal

from surplus.errors import SurplusError
from surplus.io.files import write_atomically
from surplus.io.headers import TABLES

Lang = Literal["en", "zh"]
Layout = Literal["wide", "long"]


def write_template(path: str | Path, lang: str = "zh", layout: Layout = "wide") -> list[Path]:
    """Write a template: a policy (`.toml`), a ledger as a workbook (`.xlsx`), or as a folder of CSV.

    Args:
        path: Where; what is written depends on how it ends. Nothing that exists is written over.
        lang: Of names and explanations, `zh` or `en`.
        layout: Of a workbook: `wide`, a column for each source, or `long`, a row for each amount.

    Returns:
        The files written.

    Raises:
        SurplusError: When it exists, ends otherwise, or openpyxl (extra `excel`) is not installed.
        OSError: When it cannot be written.
    """
    place = Path(path)
    kind = place.suffix.lower()
    if kind not in (".toml", ".xlsx", ""):
        raise SurplusError(
            f"{place}: '{kind}' is no template; needed: policy.toml, ledger.xlsx or a folder, ledger/"
        )
    files = [place / f"{table}.csv" for table in TABLES] if kind == "" else [place]
    for file in files:
        if file.exists():
            raise SurplusError(f"{file} exists already; needed: another name")
    if kind == "":
        place.mkdir(parents=True, exist_ok=True)
        for file, fields in zip(files, TABLES.values(), strict=True):
            text = io.StringIO(newline="")
            names = [(f.chinese[0] if lang == "zh" else f.name) for f in fields]
            unit = "(元)" if lang == "zh" else " (yuan)"
            heads = [n + unit * (f.kind == "amount") for n, f in zip(names, fields, strict=True)]
            csv.writer(text, lineterminator="\r\n").writerow(heads)
            write_atomically(file, text.getvalue().encode("utf-8-sig"))
    elif kind == ".toml":
        from surplus.io.template.policy import policy_template  # noqa: PLC0415

        write_atomically(place, policy_template(lang))
    else:
        from surplus.io.template.workbook import workbook_template  # noqa: PLC0415

        write_atomically(place, workbook_template(lang, layout))
    return files
