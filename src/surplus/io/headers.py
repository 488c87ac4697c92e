"""Names of columns, in Chinese and English: what a header of a table means.

One list for every reader and writer of tables. Headers are compared in NFKC form, without spaces,
underscores, hyphens and case, so ``First Budgeted``, ``first_budgeted`` and full-width letters are
one name. A column of amounts may name its unit in brackets, ``合同价(万元)`` or ``contract (wan)``;
without a unit, yuan is meant. A column ``tags.use`` or ``标签.use`` holds the tag `use`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from surplus.errors import Problem
from surplus.money import Unit

Kind = Literal["text", "amount", "day", "whole", "weight"]


@dataclass(frozen=True)
class Field:
    """One column that a table may have.

    Attributes:
        path: Place of the value in the record of `ledger.json`, such as ``price.contract``.
        chinese: Names in Chinese; the writer uses the first.
        english: Further names in English, beside the last part of `path`.
        kind: How a cell is written; only amounts have units.
        required: Whether the table must have this column, and a value in each row.
    """

    path: str
    chinese: tuple[str, ...]
    kind: Kind = "text"
    required: bool = False
    english: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The English name, as in `ledger.json`."""
        return self.path.rpartition(".")[2]

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, the ones to show first."""
        return (self.chinese[0], self.name, *self.chinese[1:], *self.english, self.path)


TABLES: Mapping[str, tuple[Field, ...]] = {
    "sources": (
        Field(
            "id",
            ("来源编号", "来源编码", "资金来源编号", "资金来源编码", "资金编号", "编号"),
            required=True,
            english=("source id",),
        ),
        Field("name", ("来源名称", "资金来源名称", "资金名称", "名称"), english=("source name",)),
        Field("level", ("级次", "资金级次", "层级", "级别")),
        Field("year", ("年度", "资金年度", "年份"), "whole"),
        Field(
            "first_budgeted", ("初次安排日", "初次安排日期", "首次安排日", "首次安排日期"), "day"
        ),
        Field("expires", ("到期日", "到期日期"), "day", english=("expiry", "expiry date")),
        Field("unallocated", ("待分配", "待分配资金", "待分配金额"), "amount"),
    ),
    "projects": (
        Field(
            "id",
            ("项目编号", "项目编码", "项目代码", "编号"),
            required=True,
            english=("project id",),
        ),
        Field("name", ("项目名称", "名称"), english=("project name",)),
        Field("category", ("类别", "项目类别", "项目类型")),
        Field("department", ("主管部门", "部门", "项目主管部门")),
        Field("township", ("乡镇", "所在乡镇", "乡镇街道"), english=("town",)),
        Field("priority", ("优先级", "优先权重"), "weight"),
        Field("price.estimate", ("概算", "概算价", "概算金额", "概算投资"), "amount"),
        Field(
            "price.contract",
            ("合同价", "合同金额", "合同价款"),
            "amount",
            english=("contract price", "contract amount"),
        ),
        Field("price.variations", ("变更", "变更金额", "变更签证", "合同变更"), "amount"),
        Field("price.settlement", ("结算价", "结算金额", "送审价"), "amount"),
        Field("price.audited", ("审定价", "审定金额", "结算审定价"), "amount"),
        Field("price.final", ("决算价", "决算金额", "竣工决算价"), "amount"),
        Field(
            "price.other", ("二类费", "二类费用", "其他费用"), "amount", english=("other costs",)
        ),
        Field("claims", ("未决索赔", "索赔", "未决索赔金额"), "amount", english=("open claims",)),
        Field("cap", ("上限", "公共资金上限", "财政资金上限"), "amount"),
    ),
    "funding": (
        Field(
            "project",
            ("项目编号", "项目编码", "项目代码", "项目"),
            required=True,
            english=("project id",),
        ),
        Field(
            "source",
            (
                "资金来源",
                "来源",
                "来源编号",
                "来源编码",
                "资金来源编号",
                "资金来源编码",
                "资金编号",
            ),
            required=True,
            english=("source id",),
        ),
        Field("planned", ("计划投资", "计划资金", "下达资金", "计划金额"), "amount", True),
        Field("paid", ("已支付", "已支付金额", "支付金额", "已拨付"), "amount"),
    ),
}
"""Every column of every table. The first required column is the key of its table."""

_TAGS = ("tags", "tag", "标签")
_TOTALS = {"合计", "小计", "总计", "共计", "累计", "合计数", "总合计", "本页合计"} | {
    "total",
    "totals",
    "subtotal",
    "grandtotal",
}
_UNITS: Mapping[str, Unit] = {
    **dict.fromkeys(("元", "人民币元", "yuan", "cny", "rmb"), "yuan"),
    **dict.fromkeys(("万元", "万", "人民币万元", "wan", "wanyuan", "10kyuan"), "wan"),
}
_BRACKETS = re.compile(r"(?P<name>.*?)[(\[【](?:单位|unit)?:?(?P<unit>[^()\[\]【】]*)[)\]】]")
_IGNORED = re.compile(r"[\s_\-]+")
_DOT = re.compile(r"[.．]")


@dataclass(frozen=True)
class Column:
    """A column that a table has.

    Attributes:
        index: Position in the row, from 0.
        header: Its name as written, for messages.
        path: As in `Field`; ``tags.<key>`` for a tag.
        unit: Of the amounts in it.
        named: Whether the header itself names the unit.
    """

    index: int
    header: str
    path: str
    kind: Kind = "text"
    required: bool = False
    unit: Unit = "yuan"
    named: bool = False


def key_of(table: str) -> str:
    """Path of the column whose value every row of the table must have first."""
    return next(field.path for field in TABLES[table] if field.required)


def plain(text: str) -> str:
    """The form in which names are compared: NFKC, no case, spaces, underscores or hyphens."""
    return _IGNORED.sub("", unicodedata.normalize("NFKC", text).casefold())


def is_total(text: str) -> bool:
    """Whether a text in place of an id says that its row adds up other rows."""
    if len(text) > 24 or text[:1].isdigit() or text[-1:].isdigit():  # most ids; quickly
        return False
    return plain(text).strip(":") in _TOTALS


def tag_of(header: str) -> str | None:
    """Key of the tag that a column holds, as written but for outer spaces; None: no tag."""
    prefix, *rest = _DOT.split(header, maxsplit=1)
    return (rest[0].strip() or None) if rest and plain(prefix) in _TAGS else None


def read_headers(
    table: str, headers: Sequence[str], where: str, row: int = 1
) -> tuple[dict[str, Column], list[tuple[int, Problem]]]:
    """What the columns of a table mean.

    Args:
        table: `sources`, `projects` or `funding`.
        headers: Texts of the header row, in order.
        where: Name of the table for messages, such as ``projects.csv``.
        row: Number of the header row in the file.

    Returns:
        The columns by their path, and every problem with the position of its column (-1: a column
        that is missing).
    """
    columns: dict[str, Column] = {}
    problems: list[tuple[int, Problem]] = []
    for index, header in enumerate(headers):
        place = f"{where}, row {row}, column {header.strip() or index + 1}"
        found = _column(table, index, header)
        if isinstance(found, Column) and found.path in columns:
            first = columns[found.path]
            found = (
                f"gives {found.path} again, after column {first.index + 1}, '{first.header}'",
                "each field once: remove or merge one of the two",
            )
        if isinstance(found, Column):
            columns[found.path] = found
        else:
            problems.append((index, Problem(place, *found)))
    for field in TABLES[table]:
        if field.required and field.path not in columns:
            problems.append(
                (
                    -1,
                    Problem(
                        f"{where}, row {row}",
                        f"there is no column '{field.chinese[0]}' ({field.name})",
                        f"a column with one of the names {', '.join(dict.fromkeys(field.names))}",
                    ),
                )
            )
    return columns, problems


def _column(table: str, index: int, header: str) -> Column | tuple[str, str]:
    """The column, or what is wrong with it and what is needed."""
    written = header.strip()
    if not written:
        return "the header is empty", "a name, or no such column"
    tag = tag_of(written)
    if tag is not None:
        return Column(index, written, f"tags.{tag}")
    name, bracket = plain(written), None
    if name not in _FIELDS[table] and (match := _BRACKETS.fullmatch(name)):
        name, bracket = match["name"], match["unit"]
    field = _FIELDS[table].get(name)
    if field is None:
        return f"{written!r} is not a column of {table}", _near(table, name, written)
    if bracket is not None and field.kind != "amount":
        return f"{written!r}: {field.name} is no amount and has no unit", "the name alone"
    if bracket is not None and bracket not in _UNITS:
        return f"{written!r}: '{bracket}' is not a unit", "(元), (yuan), (万元) or (wan)"
    unit = "yuan" if bracket is None else _UNITS[bracket]
    named = bracket is not None
    return Column(index, written, field.path, field.kind, field.required, unit, named)


def _near(table: str, name: str, written: str) -> str:
    elsewhere = [other for other in TABLES if name in _FIELDS[other]]
    if elsewhere:
        return f"one of its own columns; this one belongs to {' or '.join(elsewhere)}"
    if any(mark in written for mark in ";\t|"):
        return "a comma between two cells"
    shown = {
        plain(alias): alias for field in TABLES[table] for alias in field.names if "." not in alias
    }
    near = get_close_matches(name, shown, n=2, cutoff=0.7)
    if near:
        return f"did you mean {' or '.join(repr(shown[alias]) for alias in near)}?"
    return f"one of {', '.join(field.name for field in TABLES[table])}, tags.<key>"


_FIELDS: Mapping[str, Mapping[str, Field]] = {
    table: {plain(name): field for field in fields for name in field.names}
    for table, fields in TABLES.items()
}
