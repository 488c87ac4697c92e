"""`Reason`: why a gap stays open, as data and as a sentence. A closed list of kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from surplus.money import format_yuan

Kind = Literal["no_source", "exhausted", "rule", "ceiling", "minimum", "frozen", "unweighted"]


@dataclass(frozen=True)
class Reason:
    """Why a gap stays open.

    Attributes:
        kind: `no_source`: no source that has money is permitted; `exhausted`: all money of permitted
            sources has gone to projects; `rule`: money is left, and rules keep it away; `ceiling`: the
            project received all that a rule on itself lets it; `minimum`: what is left is less than
            the least amount or lot that it may receive; `frozen`; `unweighted`: money is left and
            permitted, and no objective gains from it.
        rules: Ids of the rules without which the gap could be filled further, all together.
        sources: Ids of the permitted sources that have money at all.
        amount: Cents that those rules keep away (`rule`, `minimum`), or that the projects received
            (`exhausted`); None where there is no such figure.
        projects: Ids of those that received most of the permitted sources, the largest first.
        count: How many received of them in all.
        text: What a document says that gives a sentence only; the kind is `stated` then.
    """

    kind: Kind | Literal["stated"]
    rules: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    amount: int | None = None
    projects: tuple[str, ...] = ()
    count: int = 0
    text: str = ""

    def sentence(self, lang: str = "en") -> str:
        """The reason in words."""
        zh = lang == "zh"
        stop, quote = ("、", "“{}”") if zh else (", ", "'{}'")
        rules, sources, projects = (
            stop.join(quote.format(name) for name in names)
            for names in (self.rules, self.sources, self.projects)
        )
        if self.count > len(self.projects):
            projects += (
                f"等 {self.count} 个项目" if zh else f" and {self.count - len(self.projects)} more"
            )
        rest = (
            (f"; all else went to {projects}", f";其余已调入{projects}") if projects else ("", "")
        )
        amount = "" if self.amount is None else format_yuan(self.amount)
        texts = {
            "no_source": ("no permitted source has money", "没有准许使用且有余额的资金"),
            "exhausted": (
                f"money of {sources} is used up: {amount} yuan went to {projects}",
                f"准许使用的资金{sources}已用完:{amount} 元调入{projects}",
            ),
            "rule": (
                f"rule {rules} binds: it keeps {amount} yuan of {sources} away{rest[0]}",
                f"受规则{rules}限制:{sources}尚有 {amount} 元不能调入{rest[1]}",
            ),
            "ceiling": (
                f"rule {rules} lets the project receive no more",
                f"规则{rules}限定该项目不得再调入",
            ),
            "minimum": (
                f"rule {rules} binds: the project may not receive as little as is left",
                f"受规则{rules}限制:可用金额低于该项目最低调入额",
            ),
            "frozen": (f"frozen by rule {rules}", f"规则{rules}暂停该项目调剂"),
            "unweighted": ("no objective asks for it", "目标不要求弥补"),
            "stated": (self.text, self.text),
        }
        return texts[self.kind][zh]

    def to_json(self) -> dict[str, Any]:
        """The reason as data, amounts in yuan."""
        return {
            "kind": self.kind,
            "rules": [*self.rules],
            "sources": [*self.sources],
            "amount": None if self.amount is None else format_yuan(self.amount),
            "projects": [*self.projects],
            "count": self.count,
        }


def listed(reasons: Mapping[str, Reason]) -> dict[str, dict[str, Any]]:
    """Reasons by sentence, as data."""
    return {
        text: reason.to_json()
        for text, reason in sorted(reasons.items())
        if reason.kind != "stated"
    }
