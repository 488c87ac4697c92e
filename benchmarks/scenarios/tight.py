"""Floors, ceilings and reserves near what is possible at all."""

from __future__ import annotations

from typing import Any

import surplus
from scenarios import LARGE

NAME = "tight"
PLACE = 3
TITLE = "Floors, ceilings and reserves near what is possible at all."
SIZES = LARGE


def make(size: int, seed: int) -> tuple[Any, Any]:
    return surplus.generate(projects=size, seed=seed, tightness=0.95)
