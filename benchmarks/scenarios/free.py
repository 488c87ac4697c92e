"""Donors with up to four sources, of which the plan may take what suits."""

from __future__ import annotations

from typing import Any

import surplus
from scenarios import LARGE, with_rules

NAME = "free"
PLACE = 9
TITLE = "Donors with up to four sources, of which the plan may take what suits."
SIZES = LARGE


def make(size: int, seed: int) -> tuple[Any, Any]:
    ledger, policy = surplus.generate(projects=size, seed=seed, sources_per_project=2.5)
    return ledger, with_rules(policy, attribution="free")
