"""Errors in words: places, counts and headings in the language of the command."""

from __future__ import annotations

from surplus.cli.chinese import chinese, place
from surplus.cli.words import Words
from surplus.errors import InputError, Problem, SurplusError

_DOCUMENTS = {"ledger": "台账", "policy": "规则", "plan": "方案", "document": "输入"}


_MOST = 30
"""Problems that are listed; the others are counted."""


def said(error: SurplusError, word: Words, *, whole: bool = False) -> str:
    """An error as people read it: of very many problems the first ones, unless the `whole` is wanted."""
    if isinstance(error, InputError):
        lines = [_problem(problem, word) for problem in error.problems]
        if not whole and len(lines) > _MOST:
            more = len(lines) - _MOST
            words = word(
                f"… and {more} more (all of them with -v)", f"……另有 {more} 个(加 -v 全部列出)"
            )
            lines[_MOST:] = [words]
        return "\n".join([*lines, _count(error, word)])
    if word.lang != "zh":
        return str(error)
    breaches = getattr(error, "breaches", None)
    if breaches is not None:  # a PlanError, whose module need not load for this
        found = [f"  {chinese(breach)}" for breach in breaches]
        return "\n".join([f"方案不成立,有 {len(found)} 处不符:", *found])
    if repairs := getattr(error, "repairs", ()):  # an Infeasible
        ways = ";或 ".join(repair.sentence("zh") for repair in repairs)
        lines = [*map(chinese, str(error).split("\n")[:-1]), f"  可行的调整:{ways}"]
        return "\n".join(lines)
    return "\n".join(map(chinese, str(error).split("\n")))


def _count(error: InputError, word: Words) -> str:
    count = len(error.problems)
    document = _DOCUMENTS.get(error.document, error.document)
    return word(str(error).rpartition("\n")[2], f"{document}中有 {count} 个问题;未读入任何内容。")


def _problem(problem: Problem, word: Words) -> str:
    if word.lang != "zh":
        return str(problem)
    line = f"{place(problem.where)}:{chinese(problem.what)}"
    return f"{line}\n  需要:{chinese(problem.needed)}" if problem.needed else line
