"""One file per case; each file whose name has no underscore in front registers itself.

A case has a `NAME`, the `SIZES` it is measured at, and `run(ledger, policy, clock) -> Result`.
"""
