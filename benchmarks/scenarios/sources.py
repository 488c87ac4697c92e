"""Forty sources, thirty categories."""

from __future__ import annotations

from typing import Any

import surplus
from scenarios import FEW, OURS

NAME = "sources"
PLACE = 8
TITLE = "Forty sources, thirty categories."
SIZES = {1_000: FEW, 10_000: FEW, 100_000: OURS, 1_000_000: OURS}


def make(size: int, seed: int) -> tuple[Any, Any]:
    return surplus.generate(projects=size, seed=seed, sources=40, categories=30)
