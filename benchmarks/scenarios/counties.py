"""One county: some hundred projects, 8 sources, every kind of rule that is generated."""

from __future__ import annotations

from typing import Any

import surplus
from scenarios import ALL

NAME = "counties"
PLACE = 0
TITLE = "One county: some hundred projects, 8 sources, every kind of rule that is generated."
SIZES = {100: ALL}


def make(size: int, seed: int) -> tuple[Any, Any]:
    return surplus.generate(projects=size, seed=seed)
