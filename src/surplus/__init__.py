"""Move money that projects no longer need to the projects that lack it.

Under every rule that ties the money, exactly to the cent, with a check that needs no solver. Names
load their parts when first used, so that ``import surplus`` is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from surplus._version import __version__

if TYPE_CHECKING:
    from surplus.answers.calendar import Calendar, calendar
    from surplus.answers.difference import Difference, compare
    from surplus.answers.dying import dying
    from surplus.answers.frontier import frontier
    from surplus.answers.prices import permissions, prices
    from surplus.answers.progress import progress
    from surplus.answers.whatif import WhatIf, what_if
    from surplus.auditing import Finding, audit
    from surplus.balance import Balance, balances
    from surplus.errors import (
        InputError,
        LedgerError,
        PlanFileError,
        PolicyError,
        Problem,
        SolverError,
        SurplusError,
    )
    from surplus.explain.conflict import Infeasible
    from surplus.generator import generate
    from surplus.io import read
    from surplus.ledger import Ledger
    from surplus.plan.data import Plan
    from surplus.policy import Policy
    from surplus.proof import PlanError, verify, verify_infeasible
    from surplus.reallocation import reallocate
    from surplus.scale import Case, Outcome, reallocate_many
    from surplus.steps import Waterfall, waterfall

_HOMES = {
    "Balance": "surplus.balance",
    "Calendar": "surplus.answers.calendar",
    "Case": "surplus.scale",
    "Difference": "surplus.answers.difference",
    "Finding": "surplus.auditing",
    "Infeasible": "surplus.explain.conflict",
    "InputError": "surplus.errors",
    "Ledger": "surplus.ledger",
    "LedgerError": "surplus.errors",
    "Outcome": "surplus.scale",
    "Plan": "surplus.plan.data",
    "PlanError": "surplus.proof",
    "PlanFileError": "surplus.errors",
    "Policy": "surplus.policy",
    "PolicyError": "surplus.errors",
    "Problem": "surplus.errors",
    "SolverError": "surplus.errors",
    "SurplusError": "surplus.errors",
    "Waterfall": "surplus.steps",
    "WhatIf": "surplus.answers.whatif",
    "audit": "surplus.auditing",
    "balances": "surplus.balance",
    "calendar": "surplus.answers.calendar",
    "compare": "surplus.answers.difference",
    "dying": "surplus.answers.dying",
    "frontier": "surplus.answers.frontier",
    "generate": "surplus.generator",
    "permissions": "surplus.answers.prices",
    "prices": "surplus.answers.prices",
    "progress": "surplus.answers.progress",
    "read": "surplus.io",
    "reallocate": "surplus.reallocation",
    "reallocate_many": "surplus.scale",
    "verify": "surplus.proof",
    "verify_infeasible": "surplus.proof",
    "waterfall": "surplus.steps",
    "what_if": "surplus.answers.whatif",
}

__all__ = [
    "Balance",
    "Calendar",
    "Case",
    "Difference",
    "Finding",
    "Infeasible",
    "InputError",
    "Ledger",
    "LedgerError",
    "Outcome",
    "Plan",
    "PlanError",
    "PlanFileError",
    "Policy",
    "PolicyError",
    "Problem",
    "SolverError",
    "SurplusError",
    "Waterfall",
    "WhatIf",
    "__version__",
    "audit",
    "balances",
    "calendar",
    "compare",
    "dying",
    "frontier",
    "generate",
    "permissions",
    "prices",
    "progress",
    "read",
    "reallocate",
    "reallocate_many",
    "verify",
    "verify_infeasible",
    "waterfall",
    "what_if",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'surplus' has no attribute '{name}'")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
