"""Three sources in each project, and nearly everything is permitted."""

from __future__ import annotations

from typing import Any

import surplus
from scenarios import SMALL

NAME = "dense"
PLACE = 5
TITLE = "Three sources in each project, and nearly everything is permitted."
SIZES = SMALL


def make(size: int, seed: int) -> tuple[Any, Any]:
    return surplus.generate(
        projects=size, seed=seed, sources_per_project=3.0, categories=3, tightness=0.2
    )
