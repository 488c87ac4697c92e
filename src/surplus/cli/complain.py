"""Errors in words: places, counts and headings in the language of the command."""

from __future__ import annotations

from surplus.cli.chinese import chinese, place
from surplus.cli.words import Words
from surplus.errors import InputError, Problem, SurplusError

_DOCUMENTS = {"ledger": "台账", "policy": "规则", "plan": "方案", "document": "输入"}


def said(error: SurplusError, word: Words) -> str:
    """An error as people read it."""
    if word.lang != "zh":
        return str(error)
    if isinstance(error, InputError):
        lines = [*map(_problem, error.problems)]
        document = _DOCUMENTS.get(error.document, error.document)
        return "\n".join([*lines, f"{document}中有 {len(lines)} 个问题;未读入任何内容。"])
    breaches = getattr(error, "breaches", None)
    if breaches is not None:  # a PlanError, whose module need not load for this
        lines = [f"  {chinese(breach)}" for breach in breaches]
        return "\n".join([f"方案不成立,有 {len(lines)} 处不符:", *lines])
    return "\n".join(map(chinese, str(error).split("\n")))


def _problem(problem: Problem) -> str:
    line = f"{place(problem.where)}:{chinese(problem.what)}"
    return f"{line}\n  需要:{chinese(problem.needed)}" if problem.needed else line
