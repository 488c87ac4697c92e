"""One file per peer; each file whose name has no underscore in front registers itself.

A peer has a `NAME` and its `PLACE` in tables; `MOST` projects that it is asked for; the packages that
it `NEEDS`; `EXACT`, whether it ends at a vertex; and `run(ledger, policy, clock) -> Answer`, which raises
`NotApplicable` where the peer cannot express the case.
"""
