"""A workbook's archive made steady: no time of its making, amounts to the cent, sums that are known."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from decimal import Decimal

_NUMBER = re.compile(rb"<v>(-?[0-9]+\.[0-9]+)</v>")
_FORMULA = re.compile(rb'(<c r="([A-Z]+[0-9]+)"[^>]*><f>[^<]*</f>)<v ?(?:/>|></v>)')
_SHEET = re.compile(r"xl/worksheets/sheet([0-9]+)\.xml")


def steady(raw: bytes, known: Sequence[Mapping[str, Decimal]]) -> bytes:
    """The same workbook, the same bytes for the same content.

    Args:
        raw: What openpyxl wrote.
        known: By sheet the value of each formula's cell, so that readers that do not calculate show it.
    """
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(raw)) as old,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for entry in sorted(old.infolist(), key=lambda entry: entry.filename):
            data = old.read(entry)
            if entry.filename == "docProps/core.xml":
                data = re.sub(rb"<dcterms:modified.*?</dcterms:modified>", b"", data)
            if sheet := _SHEET.fullmatch(entry.filename):
                data = _NUMBER.sub(_digits, data)
                data = _valued(data, known[int(sheet[1]) - 1])
            info = zipfile.ZipInfo(entry.filename, date_time=(2000, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, data)
    return result.getvalue()


def _digits(match: re.Match[bytes]) -> bytes:
    """The digits that were meant: openpyxl writes 16, which shows the float's noise; Excel keeps 15."""
    return b"<v>%s</v>" % format(float(match[1]), ".15g").encode()


def _valued(data: bytes, known: Mapping[str, Decimal]) -> bytes:
    def value(match: re.Match[bytes]) -> bytes:
        return match[1] + b"<v>%s</v>" % format(known[match[2].decode()], "f").encode()

    return _FORMULA.sub(value, data)
