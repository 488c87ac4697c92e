"""The townships that are filled least come first; peers find the lowest ratio only."""

from __future__ import annotations

from typing import Any

import surplus
from scenarios import FEW, OURS, with_rules

NAME = "fair"
PLACE = 12
TITLE = "The townships that are filled least come first; peers find the lowest ratio only."
SIZES = {1_000: FEW, 10_000: FEW, 100_000: FEW, 1_000_000: OURS}


def make(size: int, seed: int) -> tuple[Any, Any]:
    townships = 20 if size <= 10_000 else 1_000
    ledger, policy = surplus.generate(projects=size, seed=seed, townships=townships)
    return ledger, with_rules(policy, objectives=[{"kind": "fair", "by": "township"}])
