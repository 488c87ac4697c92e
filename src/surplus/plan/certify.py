"""The certificate of a plan: the exact multipliers of pools and rule rows, by name, level by level."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from surplus.model import Model
from surplus.plan.solution import Prices, Proof, Solution


def certificate(model: Model, solution: Solution, digests: tuple[str, str]) -> dict[str, Any]:
    """What proves the bounds of a plan, bound to the ledger and the policy by their digests."""
    found: dict[str, Any] = {"ledger": digests[0], "policy": digests[1]}
    if any(model.aside):
        found["aside"] = model.aside
    return found | {"levels": [_level(model, proof) for proof in solution.proofs]}


def refutation(model: Model, multipliers: Prices, digests: tuple[str, str]) -> dict[str, Any]:
    """What proves that there is no plan: multipliers with which zero cannot exceed less than zero.

    The limit is left open; it is what the multipliers come to on single projects.
    """
    level = _level(model, Proof(Fraction(0), (), multipliers))
    del level["limit"]
    return {"ledger": digests[0], "policy": digests[1], "levels": [level]}


def _level(model: Model, proof: Proof) -> dict[str, Any]:
    """Names and fractions; what is 0 is left out.

    Prices of gaps and of unallocated money are not needed: with the others fixed, the best that each
    project could add has a closed form.
    """
    pools, rows = {}, {}
    for i in np.flatnonzero(proof.prices).tolist():
        row = model.program.rows[i]
        kind, _, name = row.name.partition(" ") if row.rule is None else ("", "", "")
        if kind == "pool":
            pools[name] = str(-proof.prices[i])
        elif kind not in ("gap", "donor", "unallocated", "swap"):
            for name in (row.name,) if row.raw is None else row.raw():
                rows[name] = str(proof.prices[i])
    return {
        "weights": [str(w) for w in proof.weights],
        "pools": pools,
        "rows": rows,
        "limit": str(proof.limit),
    }
