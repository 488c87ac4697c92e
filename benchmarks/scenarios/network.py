"""No floors on shares: a pure network, which min-cost flow can express."""

from __future__ import annotations

from typing import Any

import surplus
from scenarios import ALL, NETWORK, OURS, with_rules

NAME = "network"
PLACE = 2
TITLE = "No floors on shares: a pure network, which min-cost flow can express."
SIZES = {1_000: ALL, 10_000: NETWORK, 100_000: NETWORK, 1_000_000: OURS}


def make(size: int, seed: int) -> tuple[Any, Any]:
    ledger, policy = surplus.generate(projects=size, seed=seed)
    return ledger, with_rules(policy, without=("share",))
