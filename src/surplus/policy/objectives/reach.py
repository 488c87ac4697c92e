"""Which gaps money can reach at all, on the raw ledger: what fairness is measured over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surplus.balance import Balance
from surplus.flows import Pairs
from surplus.ledger import Ledger
from surplus.ledger.columns import Index, Mask
from surplus.policy.rules.base import Rule, eligible
from surplus.policy.selection import field_codes
from surplus.rooms import rooms


def reachable(ledger: Ledger, balance: Balance, rules: Sequence[Rule]) -> Mask:
    """The projects with a gap into which the rules let some money go that exists.

    Money exists for a project where a permitted source has unallocated money, or a donor whose money
    shares a pool with it. Amounts, such as those of caps, are left aside.
    """
    spoken = (rule.limits(ledger, balance) for rule in rules)
    room = rooms(balance, (limits for limits in spoken if limits is not None))
    result = np.zeros(len(ledger.projects), dtype=np.bool_)
    lacking = np.flatnonzero(room.take > 0)
    for s in np.flatnonzero(balance.available > 0).tolist():
        left = lacking[~result[lacking]]
        left = left[eligible(rules, Pairs(ledger, np.full(len(left), s), left))]
        if not ledger.sources[s].unallocated:
            mine = (ledger.funding.source == s) & (room.give > 0)
            key = _pools(ledger, rules, s)
            left = left[np.isin(key[left], key[ledger.funding.project[mine]])]
        result[left] = True
    return result


def _pools(ledger: Ledger, rules: Sequence[Rule], source: int) -> Index:
    """The pool of each project for a source."""
    key = np.zeros(len(ledger.projects), dtype=np.int64)
    for rule in rules:
        divided = rule.pool_field()
        if divided is not None and divided[0].mask([ledger.sources[source]])[0]:
            codes = field_codes(ledger.projects, divided[1])
            key = key * (int(codes.max(initial=0)) + 1) + codes
            key = np.unique(key, return_inverse=True)[1].reshape(-1)
    return key
