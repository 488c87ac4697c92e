"""The same, and projects may exchange undrawn money of one source for that of another."""

from __future__ import annotations

from typing import Any

import surplus
from scenarios import LARGE, OURS, with_rules

NAME = "swaps"
PLACE = 10
TITLE = "The same, and projects may exchange undrawn money of one source for that of another."
SIZES = {**LARGE, 100_000: OURS}


def make(size: int, seed: int) -> tuple[Any, Any]:
    ledger, policy = surplus.generate(projects=size, seed=seed, sources_per_project=2.5)
    return ledger, with_rules(policy, attribution="free", swaps=True)
