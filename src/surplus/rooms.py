"""How much each project may give and take once rules that look at single projects have spoken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from surplus.balance import Balance
from surplus.ledger.columns import Cents


@dataclass(frozen=True, eq=False)
class Limits:
    """What one rule says about single projects; None where it says nothing.

    Attributes:
        take: By project, cents that it may receive at most.
        give: By entry of the ledger's funding, cents that may be moved out at most.
        swap: By entry of the ledger's funding, cents that may be exchanged at most.
        floor: By project, cents that it must receive at least.
        step: By project, cents of which it receives a multiple.
    """

    take: Cents | None = None
    give: Cents | None = None
    swap: Cents | None = None
    floor: Cents | None = None
    step: Cents | None = None


@dataclass(frozen=True, eq=False)
class Rooms:
    """What all rules together leave.

    Attributes:
        take, floor: By project, cents that it may and must receive.
        give: By entry of the ledger's funding, cents that may leave.
        swap: By entry of the ledger's funding, cents that may be exchanged for another source's.
        leave: By project, cents that may leave in all.
        step: By project, cents of which it receives a multiple; None where single cents will do.
    """

    take: Cents
    give: Cents
    floor: Cents
    swap: Cents
    leave: Cents
    step: Cents | None = None

    def stepped(self, floors: Cents) -> Cents:
        """Cents rounded up to what each project can receive."""
        return floors if self.step is None else -(-floors // self.step) * self.step


def rooms(balance: Balance, limits: Iterable[Limits]) -> Rooms:
    """Gaps and releasable amounts, less what the limits cut off."""
    take, give, swap = balance.gap, balance.releasable, balance.swappable
    floor = np.zeros(len(take), dtype=np.int64)
    step: Cents | None = None
    for limit in limits:
        if limit.take is not None:
            take = np.minimum(take, limit.take)
        if limit.give is not None:
            give = np.minimum(give, limit.give)
        if limit.swap is not None:
            swap = np.minimum(swap, limit.swap)
        if limit.floor is not None:
            floor = np.maximum(floor, limit.floor)
        if limit.step is not None:
            step = limit.step if step is None else np.lcm(step, limit.step)
    if step is not None:
        take, floor = take // step * step, -(-floor // step) * step
    return Rooms(take, give, floor, swap, balance.ready, step)
