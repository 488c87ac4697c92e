"""Levels of government, in both languages."""

from __future__ import annotations

_LEVELS = {
    "central": ("central", "中央", "中央级", "国家", "国家级", "national"),
    "province": ("province", "provincial", "省", "省级", "自治区", "自治区级", "region", "直辖市"),
    "prefecture": ("prefecture", "地区", "地区级", "市", "市级", "地级", "州", "地市"),
    "county": ("county", "县", "县级", "区", "区县", "区级", "县市"),
}
_CANONICAL = {alias: level for level, aliases in _LEVELS.items() for alias in aliases}


def canonical_level(text: str | None) -> str | None:
    """`central`, `province`, `prefecture` or `county` where the text means one of them."""
    return None if text is None else _CANONICAL.get(text.strip().lower(), text)
