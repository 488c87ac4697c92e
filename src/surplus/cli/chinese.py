"""Messages in Chinese: each template with its translation; what has none stays as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

_MESSAGES: Mapping[str, str] = {
    "The plan holds, to the cent.": "方案成立,精确到分。",
    "The rules contradict each other.": "规则相互矛盾。",
    "missing": "缺失",
    # arguments
    "the following arguments are required: {}": "缺少参数:{}",
    "unrecognized arguments: {}": "无法识别的参数:{}",
    "argument {}: {}": "参数 {0}:{1}",
    "argument {}: expected one argument": "参数 {}:需要一个值",
    "argument {}: expected at least one argument": "参数 {}:需要至少一个值",
    "argument {}: invalid choice: {} (choose from {})": "参数 {0}:{1} 不可选;可选:{2}",
    "argument {}: invalid int value: {}": "参数 {0}:{1} 不是整数",
}
"""`{}` stands for anything; in the translation, in the same order or by number."""


def chinese(text: str) -> str:
    """A message in Chinese, or as it is where no template fits."""
    for pattern, translation in _patterns():
        if match := pattern.fullmatch(text):
            return translation.format(*match.groups())
    parts = re.split(r"(; needed: |; or )", text, maxsplit=1)
    if len(parts) == 3:
        joint = {"; needed: ": ";需要:", "; or ": ";或:"}[parts[1]]
        return chinese(parts[0]) + joint + chinese(parts[2])
    return text


def place(where: str) -> str:
    """A place in Chinese: ``projects.csv, row 3, column 合同价`` is projects.csv第3行“合同价”列."""
    where = re.sub(r"^sheet '(.*?)'(?=, |$)", r"工作表“\1”", where)
    where = re.sub(r", row (\d+)", r"第 \1 行", where)
    return re.sub(r", column (.+)", r"“\1”列", where)


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Templates as patterns, those with the most words of their own first."""
    ordered = sorted(_MESSAGES, key=lambda t: -len(t.replace("{}", "")))
    return tuple(
        (re.compile("(.+?)".join(map(re.escape, t.split("{}"))), re.DOTALL), _MESSAGES[t])
        for t in ordered
    )
