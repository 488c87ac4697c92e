"""What an .xlsx archive holds, looked through before any other program opens it.

Every part is unpacked once, its real bytes counted, whatever the archive says of its sizes. XML that
declares a document type, the way to entities that expand without end or fetch files, is refused.
Of each sheet it is noted how far it reaches and what readers hide: rows and columns that do not show,
formulas that were never worked out, cells that show an error.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from surplus.errors import LedgerError, Problem

MOST_BYTES, MOST_RATIO, _SMALL = 400 * 2**20, 250, 20 * 2**20
MOST_ROWS, MOST_COLUMNS, MOST_CELLS = 1_048_576, 400, 10_000_000
_CHUNK, _MOST_PARTS = 2**20, 10_000
_MAIN, _LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_XML = (".xml", ".rels", ".vml")
_WORKSHEET = "/worksheet"
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?([0-9]{1,12})")
# A sheet as Excel, WPS and LibreOffice write it can be looked through quickly, unless it tells of more.
_PLAIN = re.compile(rb"\s*(?:<\?xml[^>]*\?>)?\s*<worksheet[\s>]")
_MORE = re.compile(
    rb"""<f[\s/>]|\st=["']e["']|\shidden=|<!|\sencoding=["'](?!utf-8["'])""",
    re.IGNORECASE,
)
_ROW, _CELL = re.compile(rb'<row r="([0-9]{1,12})"'), re.compile(rb'<c r="([A-Z]{1,3})[0-9]')
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3}[0-9]{1,12}):([A-Z]{1,3}[0-9]{1,12})"')
_ODD = re.compile(rb"_x[0-9A-Fa-f]{4}_|<rPh")
"""Text that programs spell differently."""

Span = tuple[int, int, int, int]


@dataclass
class Part:
    """One sheet as it lies in the archive; rows and columns from 0.

    Attributes:
        rows, columns: How far cells with a value reach.
        merged: First row and column, last row and column of each merged range.
        errors: Whether a cell shows an error.
        uncalculated: Cells with a formula and without a value.
    """

    title: str
    hidden: bool
    rows: int = 0
    columns: int = 0
    merged: list[Span] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    errors: bool = False
    uncalculated: set[tuple[int, int]] = field(default_factory=set)


@dataclass(frozen=True)
class Archive:
    """A workbook that may be opened.

    Attributes:
        parts: Its sheets, in their order.
        size: Bytes of all parts, unpacked.
        odd: Whether it holds texts that programs spell differently.
        macros, links: Whether it holds programs, and values of other workbooks.
    """

    parts: tuple[Part, ...]
    size: int
    odd: bool
    macros: bool
    links: bool


def looked_through(path: Path) -> Archive:
    """Unpack every part once, counting.

    Raises:
        LedgerError: When it is too large, or its XML declares a document type.
        Exception: Of many kinds, when it is no archive or no workbook.
    """
    where = str(path)
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        stated = sum(entry.file_size for entry in entries)
        if stated > MOST_BYTES or len(entries) > _MOST_PARTS:
            words = (
                f"it unpacks to {stated:,} bytes in {len(entries):,} parts; at most {MOST_BYTES:,}"
            )
            raise _refused(where, f"{words} in {_MOST_PARTS:,} are read")
        sheets = _sheets(archive, where)
        found: dict[str, Part] = {name: Part("", False) for _, _, name in sheets}
        size, odd = 0, False
        for entry in entries:
            content = _unpacked(archive, entry, where, MOST_BYTES - size)
            size += len(content)
            if entry.filename.endswith("sharedStrings.xml") or entry.filename in found:
                odd = odd or _ODD.search(content) is not None
            if entry.filename in found:
                found[entry.filename] = _looked(content)
        names = archive.namelist()
    return Archive(
        tuple(replace(found[name], title=title, hidden=hidden) for title, hidden, name in sheets),
        size,
        odd,
        any(name.endswith("vbaProject.bin") for name in names),
        any("externalLinks/" in name for name in names),
    )


def _refused(where: str, what: str, needed: str = "") -> LedgerError:
    return LedgerError([Problem(where, what, needed)])


def _unpacked(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str, most: int = MOST_BYTES
) -> bytes:
    """The bytes of a part; those of XML declare no document type."""
    stated, entry.file_size = (
        entry.file_size,
        most + 1,
    )  # or no more than what it states is unpacked
    chunks, size = [], 0
    try:
        with archive.open(entry) as part:
            while chunk := part.read(_CHUNK):
                size += len(chunk)
                chunks.append(chunk)
                if size > most:
                    words = (
                        f"it unpacks to more than {MOST_BYTES:,} bytes; at most that many are read"
                    )
                    raise _refused(where, words)
                if size > _SMALL and size > MOST_RATIO * entry.compress_size:
                    words = f"{entry.filename} unpacks to more than {MOST_RATIO} times its size"
                    raise _refused(where, words, "a workbook as a spreadsheet program saves it")
    finally:
        entry.file_size = stated
    if size != stated:
        raise zipfile.BadZipFile("a part is not of the size that the archive states")
    content = b"".join(chunks)
    if entry.filename.endswith(_XML) and b"<!DOCTYPE" in content.replace(
        b"\0", b""
    ):  # as in UTF-16
        raise _refused(where, f"{entry.filename} declares XML entities, as no spreadsheet does")
    return content


def _sheets(archive: zipfile.ZipFile, where: str) -> list[tuple[str, bool, str]]:
    """Title of each worksheet, whether it is hidden, and the name of its part."""
    targets = {
        link.get("Id"): link.get("Target", "")
        for link in ElementTree.fromstring(_unpacked(archive, archive.getinfo(_LINKS), where))
        if link.get("Type", "").endswith(_WORKSHEET)
    }
    names = set(archive.namelist())
    sheets = []
    for sheet in ElementTree.fromstring(_unpacked(archive, archive.getinfo(_MAIN), where)).iter():
        if sheet.tag.rpartition("}")[2] != "sheet":
            continue
        link = next((v for k, v in sheet.attrib.items() if k.rpartition("}")[2] == "id"), None)
        part = posixpath.normpath(posixpath.join("/xl", targets.get(link, "")))[1:]
        if part in names:  # openpyxl passes over the others, too
            sheets.append((sheet.get("name", ""), sheet.get("state", "visible") != "visible", part))
    return sheets


def _looked(content: bytes) -> Part:
    """Look through a sheet: quickly where it is plain, by its elements where it tells of more."""
    if _PLAIN.match(content) and _MORE.search(content) is None:
        rows, columns = _ROW.findall(content), _CELL.findall(content)
        spans = _MERGED.findall(content)
        counts = [
            len(re.findall(rb"<%s[\s>]" % tag, content)) for tag in (b"row", b"c", b"mergeCell")
        ]
        if [len(rows), len(columns), len(spans)] == counts:
            part = Part("", False)
            part.rows = max(map(int, rows), default=0)
            part.columns = max((_column(c.decode()) + 1 for c in set(columns)), default=0)
            part.merged = [_span(_place(a.decode()), _place(b.decode())) for a, b in spans]
            if part.columns <= MOST_COLUMNS and part.rows * part.columns <= MOST_CELLS:
                return part  # else cells without a value may be what reaches so far
    elements = _Elements()
    elements.parse(content)
    return elements.part


class _Elements:
    """Notes what the elements of a sheet tell."""

    def __init__(self) -> None:
        self.part = Part("", False)
        self._row = self._place = -1
        self._formula = self._value = self._inside = self._text = False

    def parse(self, content: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.Parse(content, True)

    def _start(self, tag: str, given: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if name == "c":
            self._formula = self._value = False
            self._text = given.get("t") == "str"
            self._place += 1
            if "r" in given:
                self._row, self._place = _place(given["r"])
            if given.get("t") == "e":
                self.part.errors = True
        elif name in ("v", "is"):
            self._inside = True
        elif name == "f":
            self._formula = True
        elif name == "row":
            self._row = int(given["r"]) - 1 if "r" in given else self._row + 1
            self._place = -1
            if _yes(given):
                self.part.hidden_rows.append(self._row)
        elif name == "mergeCell":
            first, _, last = given.get("ref", "").partition(":")
            self.part.merged.append(_span(_place(first), _place(last or first)))
        elif name == "col" and _yes(given):
            left, right = int(given.get("min", "1")), int(given.get("max", "1"))
            self.part.hidden_columns += range(left - 1, min(right, left + MOST_COLUMNS))

    def _end(self, tag: str) -> None:
        name = tag.rpartition(" ")[2]
        if name in ("v", "is"):
            self._inside = False
        elif name == "c" and (self._value or self._formula):
            part = self.part
            part.rows, part.columns = (
                max(part.rows, self._row + 1),
                max(part.columns, self._place + 1),
            )
            if not self._value and not self._text:  # a formula whose value is an empty text has one
                part.uncalculated.add((self._row, self._place))

    def _characters(self, _: str) -> None:
        if self._inside:
            self._value = True


def _yes(given: dict[str, str]) -> bool:
    return given.get("hidden", "0") not in ("0", "false")


def _place(reference: str) -> tuple[int, int]:
    """Row and column, from 0, of a reference such as B7."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise ValueError(f"'{reference}' is no cell")
    return int(match[2]) - 1, _column(match[1])


def _column(letters: str) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    return column - 1


def _span(one: tuple[int, int], other: tuple[int, int]) -> Span:
    """A range whose corners may stand in any order."""
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[0], other[0]),
        max(one[1], other[1]),
    )
