"""A ministry: the same rules over ever more projects."""

from __future__ import annotations

from typing import Any

import surplus
from scenarios import ALL, OURS

NAME = "ministries"
PLACE = 1
TITLE = "A ministry: the same rules over ever more projects."
SIZES = {
    1_000: ALL,
    3_000: OURS,
    10_000: ALL,
    30_000: OURS,
    100_000: ALL,
    300_000: OURS,
    1_000_000: OURS,
}


def make(size: int, seed: int) -> tuple[Any, Any]:
    return surplus.generate(projects=size, seed=seed)
