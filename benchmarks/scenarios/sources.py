"""Forty sources, thirty categories."""

from __future__ import annotations

from typing import Any

import surplus
from scenarios import SMALL

NAME = "sources"
PLACE = 8
TITLE = "Forty sources, thirty categories."
SIZES = SMALL


def make(size: int, seed: int) -> tuple[Any, Any]:
    return surplus.generate(projects=size, seed=seed, sources=40, categories=30)
