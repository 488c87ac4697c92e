"""Plans whose papers are tested: the seed county, and one full of texts that would like to run."""

from __future__ import annotations

from pathlib import Path

import pytest

import surplus
from surplus.io import read_policy

EXAMPLES = Path(__file__).parents[1] / "examples" / "data"
LEDGER, POLICY = EXAMPLES / "seed_county.json", EXAMPLES / "seed_policy.json"
HOSTILE = [
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    '"quoted", and | piped',
    "+1\n@x",
    "-2",
]


@pytest.fixture(scope="module")
def seed() -> surplus.Plan:
    return surplus.reallocate(surplus.read(LEDGER), read_policy(POLICY))


@pytest.fixture(scope="module")
def hostile() -> surplus.Plan:
    projects = [
        {"id": f"p{i}", "name": name, "category": name, "price": {"contract": "0.07"}}
        for i, name in enumerate(HOSTILE)
    ]
    ledger = surplus.Ledger.from_records(
        [{"id": "=1+1", "name": "<b>", "unallocated": "0.30"}], projects, name="</title><script>"
    )
    rules = [{"kind": "cap", "id": "<i>", "flow": "in", "at_most": "0.20", "cite": "=x"}]
    return surplus.reallocate(ledger, surplus.Policy.model_validate({"rules": rules}))
