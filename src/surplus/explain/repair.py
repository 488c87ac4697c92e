"""The cheapest change of one rule that lets all the others be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from surplus.money import format_yuan
from surplus.policy.rules import Rule

_STEP = Fraction(1, 10_000)
_MOST_CENTS, _MOST_SHARE = 10**16, 10**6


@dataclass(frozen=True)
class Repair:
    """A bound of a rule, or more money, with which a plan exists.

    Attributes:
        rule: Id of the rule, or of the source.
        field: `at_least` or `at_most` of a rule; `unallocated` of a source.
        bound: A share to a hundredth of a percent, cents, or a number: the one nearest to what the
            rule asks for with which a plan exists. For a source the least cents more, whole yuan.
        unit: What the bound is.
    """

    rule: str
    field: str
    bound: Fraction | int
    unit: Literal["share", "cents", "count"]

    def to_json(self) -> dict[str, str]:
        """The repair as data; cents as yuan."""
        bound = format_yuan(int(self.bound)) if self.unit == "cents" else str(self.bound)
        return {"rule": self.rule, "field": self.field, "bound": bound, "unit": self.unit}

    def sentence(self, lang: str = "en") -> str:
        """The repair in words."""
        if self.unit == "share":
            hundredths = int(self.bound / _STEP)
            value = f"{hundredths / 100:.2f}".rstrip("0").rstrip(".") + " %"
        elif self.unit == "cents":
            value = format_yuan(int(self.bound)) + (" 元" if lang == "zh" else " yuan")
        else:
            value = str(self.bound)
        if self.field == "unallocated":
            return (
                f"为资金 {self.rule} 增加 {value}"
                if lang == "zh"
                else f"free {value} more of '{self.rule}'"
            )
        down = self.field == "at_least"
        if lang == "zh":
            return f"将规则 {self.rule} {'降至' if down else '提高到'} {value}"
        return f"{'lower' if down else 'raise'} '{self.rule}' to {value}"


def repairs(
    rules: Sequence[Rule], named: Sequence[Rule], feasible: Callable[[Sequence[Rule]], bool]
) -> Iterator[Repair]:
    """For each named rule with a bound, the nearest one with which all rules can be kept.

    Args:
        rules: All rules of the policy.
        named: Those that contradict each other.
        feasible: Whether a plan keeps a list of rules, exactly.
    """
    for rule in named:
        fields = [f for f in ("at_least", "at_most") if getattr(rule, f, None) is not None]
        if len(fields) == 1:
            repair = _searched(rules, rule, fields[0], feasible)
            if repair is not None:
                yield repair


def money(
    sources: Sequence[str],
    most: int,
    needed: Callable[[int, int], int | None],
    feasible: Callable[[int, int], bool],
) -> Iterator[Repair]:
    """For each source the least unallocated money more with which all rules can be kept.

    Args:
        sources: Ids of all sources.
        most: Cents that are more than enough for any plan.
        needed: Cents of a source that a plan uses at least beyond what there is, if there is so much
            more; None where no amount helps.
        feasible: Whether a plan exists with so many cents more of a source, exactly.
    """
    for k, source in enumerate(sources):
        least = needed(k, most)
        if least is None:
            continue
        low, high = max(0, -(-least // 100) - 1), -(-most // 100)
        step = 1
        while low + step < high and not feasible(k, 100 * (low + step)):
            low, step = low + step, step * 2
        high = min(high, low + step)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if feasible(k, 100 * middle) else (middle, high)
        yield Repair(source, "unallocated", 100 * high, "cents")


def _searched(
    rules: Sequence[Rule], rule: Rule, field: str, feasible: Callable[[Sequence[Rule]], bool]
) -> Repair | None:
    """A loosened bound is never harder to keep, so halving finds the nearest."""
    asked = getattr(rule, field)
    share = isinstance(asked, Fraction)

    def possible(units: int) -> bool:
        bound = units * _STEP if share else units
        changed = rule.model_copy(update={field: bound})
        return feasible([changed if other is rule else other for other in rules])

    start = asked / _STEP if share else Fraction(asked)
    if field == "at_least":
        low, high = 0, int(start // 1)
        if not possible(low):
            return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if possible(middle) else (low, middle)
        units = low
    else:
        low, step = -int(-start // 1), 1
        most = _MOST_SHARE if share else _MOST_CENTS
        while not possible(min(low + step, most)):
            if low + step >= most:
                return None
            step *= 4
        high = min(low + step, most)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if possible(middle) else (middle, high)
        units = high
    whole = rule.kind in ("recipients", "transfers", "single_source")
    unit: Literal["share", "cents", "count"] = "share" if share else "count" if whole else "cents"
    return Repair(rule.title, field, units * _STEP if share else units, unit)
