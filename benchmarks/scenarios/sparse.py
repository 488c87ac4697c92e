"""One source in each project, little is permitted, few projects give or need."""

from __future__ import annotations

from typing import Any

import surplus
from scenarios import SMALL

NAME = "sparse"
PLACE = 6
TITLE = "One source in each project, little is permitted, few projects give or need."
SIZES = SMALL


def make(size: int, seed: int) -> tuple[Any, Any]:
    return surplus.generate(
        projects=size,
        seed=seed,
        sources_per_project=1.0,
        surplus_share=0.1,
        gap_share=0.1,
        unfunded_share=0.0,
        tightness=0.8,
    )
