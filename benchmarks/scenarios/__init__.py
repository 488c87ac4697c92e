"""One file per scenario; each file whose name has no underscore in front registers itself.

A scenario has a `NAME`, its `PLACE` in tables, a `TITLE` that says what is special about it; `SIZES`:
for each number of projects who is asked; and `make(size, seed) -> (ledger, policy)`.
"""

from __future__ import annotations

from typing import Any

ALL = "all"
"""Every peer, up to its own size."""
FEW = "few"
"""The pooled program as arrays by HiGHS: both methods, or at the largest size the faster one."""
NETWORK = "network"
"""Min-cost flow."""
OURS = "ours"
"""surplus alone."""

SMALL = {1_000: FEW, 10_000: FEW, 100_000: OURS}
LARGE = {1_000: FEW, 10_000: FEW, 100_000: FEW, 1_000_000: OURS}


def with_rules(
    policy: Any, *extra: dict[str, Any], without: tuple[str, ...] = (), **keys: Any
) -> Any:
    """The same policy with other rules and terms."""
    import surplus

    document = policy.model_dump(mode="json", by_alias=True, exclude_none=True)
    rules = [rule for rule in document["rules"] if rule["kind"] not in without]
    return surplus.Policy.model_validate({**document, "rules": [*rules, *extra], **keys})
