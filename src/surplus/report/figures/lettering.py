"""Fonts that have Chinese characters, colours, and an empty picture."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from surplus.report.rows import Both

FONTS = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei",
    "SimHei", "PingFang SC", "Heiti SC", "Hiragino Sans GB", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei",
    "Noto Sans CJK TC", "Noto Sans CJK JP", "Noto Serif CJK SC", "Noto Serif SC", "SimSun",
)  # fmt: skip
"""Fonts with Chinese characters, those of screens first."""

COLOURS = ("#3b6fb6", "#2f8f6b", "#b4772a", "#8a5aa8", "#b34a5a", "#5b7083")
PLAIN, MORE, LESS = "#5b7083", "#2f8f6b", "#b34a5a"
_CHINESE = 0x2E80


@dataclass(frozen=True)
class Letters:
    """The language of a picture, and the fonts that its texts are set in.

    Attributes:
        chinese: Whether a font has Chinese characters.
    """

    lang: str
    family: tuple[str, ...]
    chinese: bool

    def __call__(self, english: str, chinese: str) -> str:
        """One of the two."""
        return chinese if self.lang == "zh" else english

    def name(self, words: str, otherwise: str = "?") -> str:
        """A name from the ledger, or what stands for it where no font has its characters."""
        if isinstance(words, Both):
            return self(words.en, words.zh)
        readable = self.chinese or all(ord(c) < _CHINESE for c in words)
        return words if readable else otherwise

    @contextmanager
    def picture(self, width: float, height: float) -> Iterator[tuple[Any, Any]]:
        """A figure and its axes; texts made meanwhile have the right fonts."""
        from matplotlib import rc_context  # noqa: PLC0415 - an extra
        from matplotlib.figure import Figure  # noqa: PLC0415

        settings = {"font.family": list(self.family), "font.size": 10, "axes.unicode_minus": False}
        settings["text.parse_math"] = False  # a "$" in a name is one
        with rc_context(settings):
            figure = Figure(figsize=(width, height), layout="constrained")
            axes = figure.add_subplot()
            axes.tick_params(labelfontfamily=list(self.family))
            for side in ("top", "right"):
                axes.spines[side].set_visible(False)
            yield figure, axes


def letters(lang: str) -> Letters:
    """The first installed font of `FONTS`; without one a warning, and English.

    Raises:
        ImportError: When matplotlib is not installed.
    """
    from matplotlib import font_manager  # noqa: PLC0415

    installed = {font.name for font in font_manager.fontManager.ttflist}
    found = next((name for name in FONTS if name in installed), None)
    if found is not None:
        return Letters(lang, (found, "DejaVu Sans"), True)
    if lang == "zh":
        warnings.warn(
            "no installed font has Chinese characters, so the figure is labelled in English; "
            f"install one of: {', '.join(FONTS[:6])}",
            UserWarning,
            stacklevel=4,
        )
    return Letters("en", ("DejaVu Sans",), False)
