"""A swap chain: flexible money is freed for a gap that only it can fill.

All figures are made up. Central money may go to roads only; the county's own money may go anywhere, but
all of it is planned for the road. The road's undrawn county money is exchanged for central money, yuan
for yuan, and goes to the clinic.

Expected: without swaps nothing moves; with them 700,000 yuan reach the clinic in two transfers, each
marked as an exchange; every project still has as much money as its plan says.
"""

import surplus

ledger = surplus.Ledger.from_records(
    [
        {"id": "central", "level": "central", "unallocated": "800000"},
        {"id": "county", "level": "county"},
    ],
    [
        {"id": "road", "category": "roads",
         "funding": [{"source": "county", "planned": "1000000", "paid": "300000"}]},
        {"id": "clinic", "category": "health", "price": {"contract": "900000"}},
    ],
)  # fmt: skip
RULES = [
    {"kind": "permit", "source": {"level": "central"}, "project": {"category": "roads"}},
]

plain = surplus.reallocate(ledger, surplus.Policy.model_validate({"rules": RULES}))
assert plain.transfers == ()

policy = surplus.Policy.model_validate({"rules": RULES, "swaps": True})
plan = surplus.reallocate(ledger, policy)
surplus.verify(plan, ledger, policy)
for t in plan.transfers:
    print(f"{t.amount / 100:>12,.2f} yuan of {t.source}: {t.giver or 'unallocated'} → {t.taker}"
          f" (exchange by the {'giver' if t.swap == 'from' else 'recipient'})")  # fmt: skip

assert [(t.source, t.taker, t.amount, t.swap) for t in plan.transfers] == [
    ("central", "road", 70_000_000, "to"),
    ("county", "clinic", 70_000_000, "from"),
]
road = next(p for p in plan.projects if p.id == "road")
assert sum(road.final.values()) == road.planned
