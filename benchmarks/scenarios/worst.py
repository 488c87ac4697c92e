"""Every project differs from every other one in every rule: its own ceilings, its own weight."""

from __future__ import annotations

from typing import Any

import surplus
from scenarios import FEW, with_rules

NAME = "worst"
PLACE = 11
TITLE = (
    "Every project differs from every other one in every rule: its own ceilings, its own weight."
)
SIZES = {1_000: FEW, 10_000: FEW, 100_000: FEW}


def make(size: int, seed: int) -> tuple[Any, Any]:
    ledger, policy = surplus.generate(projects=size, seed=seed, priorities="continuous")
    into = {"kind": "cap", "flow": "in", "source": {"level": "central"}, "at_most": "20%"}
    out = {"kind": "cap", "flow": "out", "source": {"level": "province"}, "at_most": "10%"}
    own = [{**rule, "project": {}, "per": "id"} for rule in (into, out)]
    return ledger, with_rules(policy, *own)
