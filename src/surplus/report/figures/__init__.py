"""Pictures of a plan for matplotlib (extra `figures`): figures are returned, never shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from surplus.errors import SurplusError
from surplus.ledger import Ledger
from surplus.plan.data import Plan
from surplus.policy import Policy
from surplus.report.figures.lettering import Letters, letters

__all__ = ["Figures"]


@dataclass(frozen=True)
class Figures:
    """The pictures of one plan; each method makes a new `matplotlib.figure.Figure`.

    `lang` is `zh` or `en`. Where Chinese is asked for and no font has its characters, a warning says
    so and the labels are English.
    """

    plan: Plan
    ledger: Ledger
    policy: Policy

    def sankey(self, lang: str = "zh") -> Any:
        """Where the money goes: source → group of donors → group of recipients, widths by amount."""
        from surplus.report.figures.sankey import sankey  # noqa: PLC0415

        return sankey(self.plan, self.ledger, _known(lang))

    def waterfall(self, project: str, lang: str = "zh") -> Any:
        """How one project's surplus or gap comes about, and what the plan does about it.

        Raises:
            SurplusError: When the ledger has no such project.
        """
        from surplus.report.figures.waterfall import waterfall  # noqa: PLC0415

        return waterfall(self.plan, self.ledger, self.policy, project, _known(lang))

    def floors(self, lang: str = "zh") -> Any:
        """What each rule bounds, before and after the move, against the bound."""
        from surplus.report.figures.floors import floors  # noqa: PLC0415

        return floors(self.plan, self.ledger, self.policy, _known(lang))

    def frontier(self, rule: str, bounds: Sequence[str], lang: str = "zh") -> Any:
        """The best first objective for each bound of a rule; see `surplus.frontier`.

        Raises:
            SurplusError: When the policy has no such rule, or the rule no bound.
            PolicyError: When a bound is not one.
        """
        from surplus.report.figures.frontier import curve  # noqa: PLC0415

        return curve(self.ledger, self.policy, rule, bounds, _known(lang))


def _known(lang: str) -> Letters:
    """What a picture in a language is written with.

    Raises:
        SurplusError: For another language, or where matplotlib is not installed.
    """
    if lang not in ("zh", "en"):
        raise SurplusError(f"figures are not written in '{lang}'; needed: zh, en")
    try:
        return letters(lang)
    except ImportError:
        raise SurplusError("figures need matplotlib: pip install 'surplus[figures]'") from None
