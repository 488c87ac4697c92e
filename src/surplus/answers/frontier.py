"""The trade-off between an objective and a rule's bound: a table of exact optima."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from surplus.answers.value import best_value
from surplus.core import core
from surplus.errors import SurplusError
from surplus.ledger import Ledger
from surplus.policy import Policy


@dataclass(frozen=True)
class Point:
    """The best first level for one bound of a rule; None where no plan exists."""

    bound: str
    value: Fraction | None


def frontier(ledger: Ledger, policy: Policy, rule: str, bounds: Sequence[str]) -> tuple[Point, ...]:
    """Re-plan for each bound of a rule: filled money against a floor's share, a cap, a number.

    Args:
        ledger: The facts.
        policy: The rules and the objectives.
        rule: Id of the rule whose `at_least` or `at_most` is varied.
        bounds: Its values as in a policy document, such as ``("50%", "55%", "60%")``.

    Raises:
        SurplusError: When the policy has no such rule, or the rule no bound.
        PolicyError: When a bound is not one.
    """
    document = policy.model_dump(mode="json", by_alias=True)
    place = next((i for i, r in enumerate(policy.rules) if r.title == rule), None)
    if place is None:
        known = ", ".join(f"'{r.title}'" for r in policy.rules)
        raise SurplusError(f"the policy has no rule '{rule}'; it has {known}")
    fields = [
        f for f in ("at_least", "at_most") if getattr(policy.rules[place], f, None) is not None
    ]
    if not fields:
        raise SurplusError(f"rule '{rule}' has no bound to vary")
    points = []
    for bound in bounds:
        document["rules"][place][fields[0]] = bound
        varied = Policy.model_validate(document)
        points.append(Point(str(bound), best_value(core(ledger, varied), varied).value))
    return tuple(points)
