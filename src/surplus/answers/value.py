"""The best first level of a case, exact, without making a plan."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from surplus.core import Core
from surplus.exact import Contradiction, optimum
from surplus.exact.parts import parts
from surplus.policy import Policy
from surplus.solvers import solve


@dataclass(frozen=True)
class Best:
    """The limit of the first level in its own measure; None where no plan exists."""

    value: Fraction | None

    def gain(self, other: Best) -> Fraction | None:
        """What this is better by; None where one of the two has no plan."""
        if self.value is None or other.value is None:
            return None
        return self.value - other.value


def best_value(of: Core, policy: Policy) -> Best:
    """Solve the class program exactly. Whole-number columns are relaxed: the value is a limit then."""
    model = of.model(policy)
    program = replace(model.program, levels=model.program.levels[:1], integer=None)
    total = Fraction(0)
    for part in parts(program):
        found = optimum(part.program, solve)
        if isinstance(found, Contradiction):
            return Best(None)
        total += found.values[0]
    return Best(total * model.aims[0].worth)
