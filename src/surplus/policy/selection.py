"""Selections: which sources or projects a rule speaks of. A conjunction over fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from weakref import WeakKeyDictionary

import numpy as np
from pydantic import Field

from surplus.ledger import Projects, Source
from surplus.ledger.columns import Index, Mask
from surplus.ledger.levels import canonical_level
from surplus.records import Record

_masks: WeakKeyDictionary[Projects, dict[str, Mask]] = WeakKeyDictionary()

_MOST_KEPT = 32

Texts = str | tuple[str, ...]
Years = int | tuple[int, ...]


class SourceSelection(Record):
    """Sources that match every field given; a list means any of; no field means all."""

    id: Texts | None = None
    name: Texts | None = None
    level: Texts | None = None
    year: Years | None = None
    tags: Mapping[str, Texts] = Field(default_factory=dict)
    excluded: SourceSelection | None = Field(default=None, alias="not")

    def mask(self, sources: Sequence[Source]) -> Mask:
        """Which of the sources are selected."""
        return np.array([self._takes(source) for source in sources], dtype=np.bool_)

    def _takes(self, source: Source) -> bool:
        wanted = [
            (self.id, source.id),
            (self.name, source.name),
            (_canonical(self.level), source.level),
            (self.year, source.year),
            *((value, source.tags.get(key)) for key, value in self.tags.items()),
        ]
        if not all(w is None or value in _any_of(w) for w, value in wanted):
            return False
        return self.excluded is None or not self.excluded._takes(source)

    def sentence(self, lang: str = "en") -> str:
        """What is selected, in words."""
        return _words(self, {"en": "all sources", "zh": "全部资金"}[lang], lang)


class ProjectSelection(Record):
    """Projects that match every field given; a list means any of; no field means all."""

    id: Texts | None = None
    category: Texts | None = None
    department: Texts | None = None
    township: Texts | None = None
    tags: Mapping[str, Texts] = Field(default_factory=dict)
    excluded: ProjectSelection | None = Field(default=None, alias="not")

    def mask(self, projects: Projects) -> Mask:
        """Which of the projects are selected; kept as long as they are, since it is asked often."""
        known = _masks.setdefault(projects, {})
        key = self.model_dump_json()
        found = known.get(key)
        if found is None:
            found = known[key] = self._mask(projects)
            found.setflags(write=False)
            for old in [*known][:-_MOST_KEPT]:
                known.pop(old, None)
        return found

    def _mask(self, projects: Projects) -> Mask:
        """One lookup per field, no loop over projects."""
        chosen = np.ones(len(projects), dtype=np.bool_)
        if self.id is not None:
            chosen &= np.isin(projects.id, np.array(_any_of(self.id)))
        fields = {key: getattr(self, key) for key in ("category", "department", "township")}
        fields |= {f"tags.{key}": value for key, value in self.tags.items()}
        for key, wanted in fields.items():
            if wanted is None:
                continue
            column = projects.fields.get(key)
            if column is None:
                return np.zeros(len(projects), dtype=np.bool_)
            takes = np.array([value in _any_of(wanted) for value in (*column.values, None)])
            chosen &= takes[column.codes]
        if self.excluded is not None:
            chosen &= ~self.excluded.mask(projects)
        return chosen

    def sentence(self, lang: str = "en") -> str:
        """What is selected, in words."""
        return _words(self, {"en": "all projects", "zh": "全部项目"}[lang], lang)


def field_codes(projects: Projects, by: str) -> Index:
    """A code at least 0 per project and value of a field; 0 is "not known"."""
    if by == "id":
        return np.arange(len(projects), dtype=np.int64)
    column = projects.fields.get(by)
    if column is None:
        return np.zeros(len(projects), dtype=np.int64)
    return column.codes.astype(np.int64) + 1


def field_value(projects: Projects, by: str, project: int) -> str | None:
    """The value of a field, None where it is not known."""
    if by == "id":
        return str(projects.id[project])
    column = projects.fields.get(by)
    return None if column is None else column.text(project)


def field_text(projects: Projects, by: str, project: int) -> str:
    """The value of a field, in words."""
    return field_value(projects, by, project) or "not known"


def _any_of(wanted: object) -> tuple[object, ...]:
    return wanted if isinstance(wanted, tuple) else (wanted,)


def _canonical(level: Texts | None) -> Texts | None:
    if level is None:
        return None
    return tuple(canonical_level(str(text)) or str(text) for text in _any_of(level))


LEVELS_ZH = {"central": "中央", "province": "省级", "prefecture": "地市级", "county": "县级"}
"""Chinese names of the levels."""

_FIELD_ZH = {
    "id": "编号", "name": "名称", "level": "级次", "year": "年度", "source": "资金来源",
    "category": "类别", "department": "部门", "township": "乡镇", "project": "项目",
}  # fmt: skip


def field_name(field: str, lang: str) -> str:
    """A field in words; a tag has the name that the ledger gives it."""
    return _FIELD_ZH.get(field, field) if lang == "zh" else field


def group_name(name: str, lang: str) -> str:
    """What `flows.Groups.name` says, in words: a field and its value."""
    field, _, value = name.partition(" ")
    if lang != "zh" or not value:
        return name
    known = LEVELS_ZH if field == "level" else {"not known": "未注明"}
    return f"{field_name(field, lang)} {known.get(value, value)}"


def _words(selection: SourceSelection | ProjectSelection, everything: str, lang: str) -> str:
    parts = []
    for key in type(selection).model_fields:
        value = getattr(selection, key)
        if key == "tags":
            parts += [_one(tag, wanted, lang) for tag, wanted in value.items()]
        elif value is not None and key != "excluded":
            parts.append(_one(key, value, lang))
    words = (" and " if lang == "en" else "且").join(parts) or everything
    if selection.excluded is not None:
        inner = selection.excluded.sentence(lang)
        words += f", except {inner}" if lang == "en" else f"(除{inner})"
    return words


def _one(key: str, wanted: object, lang: str) -> str:
    said = LEVELS_ZH if lang == "zh" and key == "level" else {}
    names = [said.get(str(value), str(value)) for value in _any_of(wanted)]
    values = (" or " if lang == "en" else "或").join(names)
    field = field_name(key, lang)
    return f"{field} {values}" if lang == "en" else f"{field}为{values}"
