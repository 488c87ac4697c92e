"""Plans near a rule's limit, to hold its rows against its exact check."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

import surplus
from surplus.flows import Moves


@st.composite
def moves_near_limits(draw: st.DrawFn, ledger: surplus.Ledger, policy: surplus.Policy) -> Moves:
    """Moves within gaps and releasable amounts, at their limits more often than not."""
    balance = surplus.balances(ledger, policy.terms)
    room: dict[tuple[object, ...], int] = {
        ("gap", int(p)): int(balance.gap[p]) for p in np.flatnonzero(balance.gap)
    }
    givers: list[tuple[int, int]] = []
    for s, p, a in zip(
        ledger.funding.source, ledger.funding.project, balance.releasable, strict=True
    ):
        if a > 0:
            givers.append((int(s), int(p)))
            room["out", int(s), int(p)] = int(a)
    for i, source in enumerate(ledger.sources):
        if source.unallocated:
            givers.append((i, -1))
            room["out", i, -1] = source.unallocated
    takers = [int(p) for p in np.flatnonzero(balance.gap)]
    rows: dict[tuple[int, int, int], int] = {}
    if givers and takers:
        for _ in range(draw(st.integers(0, 5))):
            (s, g), t = draw(st.sampled_from(givers)), draw(st.sampled_from(takers))
            most = min(room["out", s, g], room["gap", t])
            amount = draw(st.one_of(st.just(most), st.integers(0, most)))
            if amount:
                room["out", s, g] -= amount
                room["gap", t] -= amount
                rows[s, g, t] = rows.get((s, g, t), 0) + amount
    table = np.array([(*k, v) for k, v in sorted(rows.items())], dtype=np.int64).reshape(-1, 4).T
    at, give, take, cents = table
    return Moves(ledger, balance, at, give, take, cents, 0 * cents)
