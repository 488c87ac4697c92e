"""Rules that hardly bind."""

from __future__ import annotations

from typing import Any

import surplus
from scenarios import SMALL

NAME = "loose"
PLACE = 4
TITLE = "Rules that hardly bind."
SIZES = SMALL


def make(size: int, seed: int) -> tuple[Any, Any]:
    return surplus.generate(projects=size, seed=seed, tightness=0.0)
