"""Every project has a priority of its own."""

from __future__ import annotations

from typing import Any

import surplus
from scenarios import LARGE

NAME = "continuous"
PLACE = 7
TITLE = "Every project has a priority of its own."
SIZES = LARGE


def make(size: int, seed: int) -> tuple[Any, Any]:
    return surplus.generate(projects=size, seed=seed, priorities="continuous")
