"""Which language the command speaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from surplus.report.rows import Words

__all__ = ["Words", "language"]


def language(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """`zh` or `en`: what ``--lang`` says, else SURPLUS_LANG, else the locale, else English."""
    for k, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == "--lang":
            value = value or next(iter(arguments[k + 1 :]), "")
            if value in ("en", "zh"):  # what is neither is refused by the parser, in English
                return value
    names = ("SURPLUS_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((environment[name] for name in names if environment.get(name)), "")
    return "zh" if chosen.lower().startswith("zh") else "en"
