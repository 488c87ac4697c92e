"""What one more yuan of a source, or one step of a rule, is worth: exact differences of exact optima."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from surplus.answers.value import Best, best_value
from surplus.ledger import Ledger
from surplus.policy import Policy
from surplus.policy.rules import Rule
from surplus.policy.rules.permit import Permit
from surplus.policy.selection import ProjectSelection, SourceSelection

_POINT = Fraction(1, 100)
_YUAN = 100
_LONGEST = 40


@dataclass(frozen=True)
class Price:
    """What a step of a source or a rule is worth in the first objective's measure.

    Attributes:
        of: `source` or `rule`.
        id: Its id.
        step: `1 yuan` or `1 percentage point`.
        more: Gain from one step more money, or one step looser; None where there is no plan then.
        less: Loss from one step less money, or one step tighter; None where there is no plan then.
        holds_for: Steps for which `more` is known to hold each; concave, so for all fewer ones too.
    """

    of: Literal["source", "rule"]
    id: str
    step: str
    more: Fraction | None
    less: Fraction | None
    holds_for: int

    def sentence(self, lang: str = "en") -> str:
        """The price in words."""
        if lang == "zh":
            what = "资金" if self.of == "source" else "规则"
            step = self.step.replace("1 yuan", "1 元").replace("1 percentage point", "1 个百分点")
            side = "增加" if self.of == "source" else "放宽"
            more = "无可行方案" if self.more is None else f"目标值 +{_number(self.more)}"
            less = "不可行" if self.less is None else f"-{_number(self.less)}"
            return f"{what} {self.id} 每{side} {step}:{more};反向:{less}。"
        side = "more" if self.of == "source" else "looser"
        more = "has no plan" if self.more is None else f"gains {_number(self.more)}"
        less = "is not possible" if self.less is None else f"loses {_number(self.less)}"
        return f"{self.of} '{self.id}': {self.step} {side} {more}, the other way {less}."


def prices(ledger: Ledger, policy: Policy) -> tuple[Price, ...]:
    """The price of every source and of every rule that has an amount or a share."""
    base = best_value(ledger, policy)
    return (*_sources(ledger, policy, base), *_rules(ledger, policy, base))


def permissions(ledger: Ledger, policy: Policy) -> tuple[tuple[str, str, Fraction], ...]:
    """What permitting a source for one more category would gain: (source, category, gain), best first.

    Only pairs that gain something. A source that no permit ties is open already.
    """
    base = best_value(ledger, policy)
    found = []
    categories = ledger.projects.fields["category"].values
    for source in ledger.sources:
        if not any(isinstance(r, Permit) and r.source.mask([source])[0] for r in policy.rules):
            continue
        for category in categories:
            opened = Permit(
                id=f"permit {source.id} {category}",
                source=SourceSelection(id=source.id),
                project=ProjectSelection(category=category),
            )
            wider = policy.model_copy(update={"rules": (*policy.rules, opened)})
            gain = best_value(ledger, wider).gain(base)
            if gain:
                found.append((source.id, category, gain))
    return tuple(sorted(found, key=lambda row: (-row[2], row[0], row[1])))


def to_json(found: Sequence[Price]) -> str:
    """Prices as data; exact fractions as text."""
    rows = [
        {
            "of": p.of,
            "id": p.id,
            "step": p.step,
            "more": None if p.more is None else str(p.more),
            "less": None if p.less is None else str(p.less),
            "holds_for": p.holds_for,
        }
        for p in found
    ]
    return json.dumps({"prices": rows}, ensure_ascii=False, indent=2)


def _sources(ledger: Ledger, policy: Policy, base: Best) -> Iterator[Price]:
    for k, source in enumerate(ledger.sources):

        def valued(steps: int, k: int = k) -> Best:
            return best_value(_with_more(ledger, k, steps * _YUAN), policy)

        less = None
        if source.unallocated >= _YUAN:
            less = base.gain(valued(-1))
        more = valued(1).gain(base)
        yield Price("source", source.id, "1 yuan", more, less, _reach(valued, base, more))


def _with_more(ledger: Ledger, k: int, cents: int) -> Ledger:
    source = replace(ledger.sources[k], unallocated=ledger.sources[k].unallocated + cents)
    return replace(ledger, sources=(*ledger.sources[:k], source, *ledger.sources[k + 1 :]))


def _rules(ledger: Ledger, policy: Policy, base: Best) -> Iterator[Price]:
    for k, rule in enumerate(policy.rules):
        for field, looser in (("at_least", -1), ("at_most", 1)):
            value = getattr(rule, field, None)
            if value is None or rule.severity != "absolute":
                continue
            step = _POINT if isinstance(value, Fraction) else _YUAN

            def valued(steps: int, k: int = k, rule: Rule = rule, field: str = field) -> Best:
                changed = getattr(rule, field) + steps * step * looser  # noqa: B023
                if changed < 0:
                    return Best(None)
                other = rule.model_copy(update={field: changed})
                rules = (*policy.rules[:k], other, *policy.rules[k + 1 :])
                return best_value(ledger, policy.model_copy(update={"rules": rules}))

            more = valued(1).gain(base)
            name = "1 percentage point" if step is _POINT else "1 yuan"
            less = base.gain(valued(-1))
            yield Price("rule", rule.title, name, more, less, _reach(valued, base, more))


def _reach(valued, base: Best, more: Fraction | None) -> int:  # type: ignore[no-untyped-def]
    """The largest power of two of steps over which each gains the same."""
    if not more:
        return 0
    reach = 1
    for _ in range(_LONGEST):
        if valued(2 * reach).gain(base) != 2 * reach * more:
            return reach
        reach *= 2
    return reach


def _number(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else f"{float(value):.4f}"
