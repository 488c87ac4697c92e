"""What is different between two plans, as data and in words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction

from surplus.errors import SurplusError
from surplus.money import format_yuan
from surplus.plan.data import Plan


@dataclass(frozen=True)
class Difference:
    """What changes from one plan to another, in cents.

    Attributes:
        received: By project, received in the second less in the first; zeros are left out.
        given: By project, given in the second less in the first; zeros are left out.
        moved: By source, moved in the second less in the first; zeros are left out.
        objectives: By level the value of the second less that of the first.
    """

    received: dict[str, int]
    given: dict[str, int]
    moved: dict[str, int]
    objectives: tuple[tuple[str, Fraction], ...]

    def __bool__(self) -> bool:
        return bool(self.received or self.given or self.moved)

    def to_json(self) -> str:
        """The difference as data, amounts in yuan."""
        amounts = {
            name: {key: format_yuan(cents) for key, cents in getattr(self, name).items()}
            for name in ("received", "given", "moved")
        }
        levels = [{"kind": kind, "change": str(change)} for kind, change in self.objectives]
        return json.dumps(amounts | {"objectives": levels}, ensure_ascii=False, indent=2)

    def text(self, lang: str = "en") -> str:
        """The difference in sentences."""
        if not self:
            return "两个方案调剂的资金相同。" if lang == "zh" else "Both plans move the same money."
        lines = []
        words = {
            "received": ("project '{}' receives {} yuan {}", "项目 {} 多获得 {} 元", "项目 {} 少获得 {} 元"),
            "given": ("project '{}' gives {} yuan {}", "项目 {} 多调出 {} 元", "项目 {} 少调出 {} 元"),
            "moved": ("of source '{}' {} yuan {} are moved", "资金 {} 多调剂 {} 元", "资金 {} 少调剂 {} 元"),
        }  # fmt: skip
        for name, (english, more, fewer) in words.items():
            for key, cents in getattr(self, name).items():
                amount = format_yuan(abs(cents))
                if lang == "zh":
                    lines.append((more if cents > 0 else fewer).format(key, amount))
                else:
                    lines.append(english.format(key, amount, "more" if cents > 0 else "less"))
        return "\n".join(lines)


def compare(first: Plan, second: Plan) -> Difference:
    """What the second plan does differently.

    Raises:
        SurplusError: When the plans do not state the same objectives.
    """
    ahead, behind = ({(o.kind, o.name): o.value for o in p.objectives} for p in (first, second))
    if {kind for kind, _ in ahead} != {kind for kind, _ in behind}:
        raise SurplusError("the plans have other objectives; their values cannot be compared")
    sums = [_sums(plan) for plan in (first, second)]
    parts = [
        {
            key: change
            for key in sorted({*one, *other})
            if (change := other.get(key, 0) - one.get(key, 0))
        }
        for one, other in zip(*sums, strict=True)
    ]
    levels = tuple(  # rounds of `fair` that only one of the two needs have no counterpart
        (kind if name is None else f"{kind} {name}", behind[kind, name] - value)
        for (kind, name), value in ahead.items()
        if (kind, name) in behind
    )
    return Difference(parts[0], parts[1], parts[2], levels)


def _sums(plan: Plan) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    received: dict[str, int] = {}
    given: dict[str, int] = {}
    moved: dict[str, int] = {}
    for t in plan.transfers:
        received[t.taker] = received.get(t.taker, 0) + t.amount
        moved[t.source] = moved.get(t.source, 0) + t.amount
        if t.giver is not None:
            given[t.giver] = given.get(t.giver, 0) + t.amount
    return received, given, moved
