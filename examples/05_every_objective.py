"""One small ledger under every objective, alone and as levels.

All figures are made up: three sources of different age and freedom, six gaps in two townships, and
less money than gaps.

Expected: each objective reaches its own best value, which no other plan here exceeds; as a second level
after `fill` each keeps the money that `fill` could place, to the cent.
"""

import surplus
from surplus.policy.objectives import OBJECTIVES

ledger = surplus.Ledger.from_records(
    [
        {"id": "old", "level": "central", "unallocated": "60000", "expires": "2024-12-31"},
        {"id": "new", "level": "central", "unallocated": "60000", "expires": "2026-12-31"},
        {"id": "county", "level": "county", "unallocated": "20000"},
    ],
    [
        {"id": "E1", "township": "East", "category": "roads", "priority": "3",
         "price": {"contract": "50000"}},
        {"id": "E2", "township": "East", "category": "water", "price": {"contract": "30000"}},
        {"id": "E3", "township": "East", "category": "roads", "price": {"contract": "10000"}},
        {"id": "W1", "township": "West", "category": "water", "priority": "2",
         "price": {"contract": "80000"}},
        {"id": "W2", "township": "West", "category": "roads", "price": {"contract": "20000"}},
        {"id": "W3", "township": "West", "category": "roads", "price": {"contract": "15000"}},
        {"id": "donor", "township": "West", "category": "roads", "price": {"settlement": "70000"},
         "funding": [{"source": "county", "planned": "90000", "paid": "10000"}]},
    ],
)  # fmt: skip
EARLIER = [{"source": "new", "from": None, "to": "E1", "amount": "50000"}]
FILL = {"kind": "fill", "weight": "none"}
EVERY = [
    {"kind": "fill", "weight": "priority"},
    {"kind": "fill", "weight": "tiers"},
    {"kind": "cost", "charges": [{"source": {"id": "new"}, "per_unit": "2.5"}]},
    {"kind": "expiring_first"},
    {"kind": "spare", "order": ["old", "new", "county"]},
    {"kind": "complete"},
    {"kind": "fewest", "count": "transfers"},
    {"kind": "stable", "plan": EARLIER},
    {"kind": "stay", "by": "township"},
    {"kind": "proportional"},
    {"kind": "fair", "by": "township"},
]
assert {objective["kind"] for objective in EVERY} == {
    objective.model_fields["kind"].default for objective in OBJECTIVES
}


def planned(*objectives):
    policy = surplus.Policy.model_validate({"objectives": list(objectives)})
    plan = surplus.reallocate(ledger, policy)
    surplus.verify(plan, ledger, policy)
    return plan


most = planned(FILL).objectives[0].value
assert most == 160_000  # 60,000 + 60,000 + 20,000 unallocated + 20,000 of surplus
for objective in EVERY:
    alone, second = planned(objective), planned(FILL, objective)
    assert second.objectives[0].value == most
    levels = [o for o in second.objectives if o.kind == objective["kind"]][-1:]
    print(objective["kind"], {k: v for k, v in objective.items() if k not in ("kind", "plan")})
    for level in alone.objectives[:3]:
        name = f" ({level.name})" if level.name else ""
        print(
            f"   alone{name}: {float(level.value):,.4f}; no plan exceeds {float(level.bound):,.4f}"
        )
    for level in levels:
        print(f"   after fill: {float(level.value):,.4f}, limit {float(level.bound):,.4f}")
    got = {p.id: (p.need - p.unmet) // 100 for p in second.projects if p.need}
    print(f"   {got}")

fair = planned({"kind": "fair", "by": "township"})
ratio = {}
for town in "EW":
    gaps = [p for p in fair.projects if p.id.startswith(town)]
    ratio[town] = 1 - sum(p.unmet for p in gaps) / sum(p.need for p in gaps)
assert abs(ratio["E"] - ratio["W"]) < 1e-6
