"""What one more yuan of a source, or one step of a rule, is worth: exact differences of exact optima."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from surplus.answers.value import Best, best_value
from surplus.classes import BOTH, Label
from surplus.core import Core, core, limiting, with_money
from surplus.ledger import Ledger
from surplus.policy import Policy
from surplus.policy.rules import Rule
from surplus.policy.rules.permit import Permit
from surplus.policy.selection import ProjectSelection, SourceSelection, field_codes

_POINT = Fraction(1, 100)
_YUAN = 100


@dataclass(frozen=True)
class Price:
    """What a step of a source or a rule is worth in the first objective's measure.

    Where the two sides differ the price is not unique: the case stands at a corner.

    Attributes:
        of: `source` or `rule`.
        id: Its id.
        step: `1 yuan`, `1 percentage point` or `1` (of a number).
        more: Gain from one step more money, or one step looser; None where there is no plan then.
        less: Loss from one step less money, or one step tighter; None where there is no plan then.
        more_for, less_for: For how many steps in a row each gains, or loses, exactly that; None where
            no number of steps changes it.
    """

    of: Literal["source", "rule"]
    id: str
    step: str
    more: Fraction | None
    less: Fraction | None
    more_for: int | None
    less_for: int | None

    def sentence(self, lang: str = "en") -> str:
        """The price in words."""
        zh = lang == "zh"
        more = _side(self.more, self.more_for, zh, "gains", "has no plan", "目标值 +", "无可行方案")
        less = _side(self.less, self.less_for, zh, "loses", "is not possible", "-", "不可行")
        if zh:
            what = "资金" if self.of == "source" else "规则"
            step = self.step.replace("1 yuan", "1 元").replace("1 percentage point", "1 个百分点")
            side = "增加" if self.of == "source" else "放宽"
            return f"{what} {self.id} 每{side} {step}:{more};反向:{less}。"
        side = "more" if self.of == "source" else "looser"
        return f"{self.of} '{self.id}': {self.step} {side} {more}, the other way {less}."


def _side(
    value: Fraction | None, steps: int | None, zh: bool, verb: str, never: str, sign: str, no: str
) -> str:
    if value is None:
        return no if zh else never
    amount = f"{sign}{_number(value)}" if zh else f"{verb} {_number(value)}"
    if steps is None:
        return amount + ("(不限)" if zh else " (always)")
    return amount + (f"(至多 {steps:,} 步)" if zh else f" (for up to {steps:,})")


def prices(ledger: Ledger, policy: Policy) -> tuple[Price, ...]:
    """The price of every source and of every rule that has an amount, a share or a number."""
    base = core(ledger, policy)
    return (*_sources(base, policy), *_rules(base, ledger, policy))


def permissions(ledger: Ledger, policy: Policy) -> tuple[tuple[str, str, Fraction], ...]:
    """What permitting a source for one more category would gain: (source, category, gain), best first.

    Only pairs that gain something. A source that no permit ties is open already.
    """
    apart = core(ledger, policy, [Label(field_codes(ledger.projects, "category"), BOTH)])
    base = best_value(apart, policy)
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
            gain = best_value(apart, wider).gain(base)
            if gain:
                found.append((source.id, category, gain))
    return tuple(sorted(found, key=lambda row: (-row[2], row[0], row[1])))


def to_json(found: Sequence[Price]) -> str:
    """Prices as data; exact fractions as text."""
    return json.dumps({"prices": rows(found)}, ensure_ascii=False, indent=2)


def rows(found: Sequence[Price]) -> list[dict[str, str | int | None]]:
    """Prices as plain data; exact fractions as text."""
    return [
        {
            "of": p.of,
            "id": p.id,
            "step": p.step,
            "more": None if p.more is None else str(p.more),
            "more_for": p.more_for,
            "less": None if p.less is None else str(p.less),
            "less_for": p.less_for,
        }
        for p in found
    ]


Valued = Callable[[int], Best]


def _sources(base: Core, policy: Policy) -> Iterator[Price]:
    enough = -(-int(base.balance.gap.sum()) // _YUAN) + 1
    for k, source in enumerate(base.ledger.sources):

        def valued(steps: int, k: int = k) -> Best:
            return best_value(with_money(base, k, steps * _YUAN), policy)

        there = source.unallocated // _YUAN
        yield _price("source", source.id, "1 yuan", valued, (enough, None), (there, there))


def _rules(base: Core, ledger: Ledger, policy: Policy) -> Iterator[Price]:
    for k, rule in enumerate(policy.rules):
        for field, looser in (("at_least", -1), ("at_most", 1)):
            value = getattr(rule, field, None)
            if value is None or rule.severity != "absolute":
                continue
            counted = isinstance(value, int) and rule.kind in _COUNTS
            step = _POINT if isinstance(value, Fraction) else 1 if counted else _YUAN

            def valued(
                steps: int,
                k: int = k,
                rule: Rule = rule,
                field: str = field,
                step: Fraction | int = step,
                looser: int = looser,
            ) -> Best:
                changed = getattr(rule, field) + steps * step * looser
                if changed < 0:
                    return Best(None)
                other = rule.model_copy(update={field: changed})
                rules = (*policy.rules[:k], other, *policy.rules[k + 1 :])
                varied = policy.model_copy(update={"rules": rules})
                return best_value(core(ledger, varied) if limiting(rule) else base, varied)

            down = int(value // step)
            up = int((1 - value) // step) if step is _POINT and value <= 1 else _most(base)
            more, less = ((down, down), (up, None)) if looser < 0 else ((up, None), (down, down))
            name = {_POINT: "1 percentage point", _YUAN: "1 yuan"}.get(step, "1")
            if step is _POINT and value <= 1:
                more, less = (more[0], more[0]), (less[0], less[0])
            yield _price("rule", rule.title, name, valued, more, less)


_COUNTS = ("recipients", "transfers", "single_source")


def _most(base: Core) -> int:
    """More steps than any amount in the ledger."""
    return int(base.balance.gap.sum() + base.balance.supply.sum()) // _YUAN + 1


def _price(
    of: Literal["source", "rule"],
    name: str,
    step: str,
    valued: Valued,
    more: tuple[int, int | None],
    less: tuple[int, int | None],
) -> Price:
    """Both sides; `more` and `less` are the steps to look at, and what to say if all are alike."""
    base = valued(0)
    sides = []
    for sign, (most, beyond) in ((1, more), (-1, less)):

        def change(steps: int, sign: int = sign) -> Fraction | None:
            gain = valued(sign * steps).gain(base)
            return None if gain is None else sign * gain

        first = change(1) if most >= 1 else None
        sides.append((first, 0 if first is None else _reach(change, first, most, beyond)))
    return Price(of, name, step, sides[0][0], sides[1][0], sides[0][1], sides[1][1])


def _reach(
    change: Callable[[int], Fraction | None], first: Fraction, most: int, beyond: int | None
) -> int | None:
    """The largest number of steps that change the value by `first` each.

    The value is concave and piecewise linear in the steps, so the line through the far end meets the
    first one at or beyond the first corner (Newton's method); halving where there is no plan.
    """
    far = change(most)
    if far == first * most:
        return beyond
    low, high = 1, most
    while high - low > 1:
        middle = (low + high) // 2
        before = None if far is None else change(high - 1)
        if far is not None and before is not None and far - before != first:
            slope = far - before
            middle = min(high - 1, max(low + 1, int((far - slope * high) / (first - slope) // 1)))
        value = change(middle)
        if value == first * middle:
            low = middle
            if far is not None and before is not None and change(low + 1) != first * (low + 1):
                return low
        else:
            high, far = middle, value
    return low


def _number(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else f"{float(value):.4f}"
