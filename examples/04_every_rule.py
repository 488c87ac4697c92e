"""One small ledger under every rule that surplus knows.

All figures are made up. Each rule stands for a real one, named in its docstring.

Expected: a plan that keeps all rules at once, exact to the cent and proved; every rule is used; without
them more money would move; and a rule that cannot be kept is named with its figures.
"""

import surplus
from surplus.policy.rules import RULES

ledger = surplus.Ledger.from_records(
    [
        {"id": "central", "level": "central", "unallocated": "300000", "first_budgeted": "2024-01-15"},
        {"id": "lapsed", "level": "central", "unallocated": "50000", "first_budgeted": "2021-03-01"},
        {"id": "county", "level": "county", "unallocated": "120000"},
        {"id": "town", "level": "township", "unallocated": "10000"},
    ],
    [
        {"id": "cannery", "category": "industry", "township": "East", "priority": "3",
         "price": {"contract": "900000"}, "funding": [{"source": "central", "planned": "800000"}]},
        {"id": "greenhouse", "category": "industry", "township": "West", "priority": "2",
         "price": {"audited": "400000"}, "funding": [{"source": "county", "planned": "330000"}]},
        {"id": "wages", "category": "payables", "township": "East", "price": {"final": "40000"}},
        {"id": "bridge", "category": "roads", "township": "East", "price": {"contract": "500000"},
         "funding": [{"source": "central", "planned": "420000"}]},
        {"id": "lane", "category": "roads", "township": "West", "price": {"contract": "60000"},
         "funding": [{"source": "town", "planned": "52000"}]},
        {"id": "school", "category": "new", "township": "East", "price": {"estimate": "70000"}},
        {"id": "office", "category": "office", "township": "East", "price": {"contract": "90000"}},
        {"id": "dam", "category": "water", "township": "West", "price": {"settlement": "610000"},
         "funding": [{"source": "central", "planned": "700000", "paid": "400000"}]},
        {"id": "well", "category": "water", "township": "West", "price": {"settlement": "80000"},
         "funding": [{"source": "town", "planned": "100000"}]},
        {"id": "mill", "category": "industry", "township": "East", "tags": {"audit": "open"},
         "price": {"settlement": "200000"}, "funding": [{"source": "county", "planned": "260000"}]},
    ],
    as_of="2024-11-30",
)  # fmt: skip

RULES_IN_FORCE = [
    {"kind": "permit", "id": "uses", "source": {"level": "central"},
     "project": {"category": ["industry", "roads", "payables", "new"]}},
    {"kind": "forbid", "id": "no-offices", "project": {"category": "office"}},
    {"kind": "share", "id": "industry", "source": {"level": "central"},
     "project": {"category": "industry"}, "at_least": "40%"},
    {"kind": "cap", "id": "roads", "flow": "in", "project": {"category": "roads"}, "per": "township",
     "at_most": "60000"},
    {"kind": "cumulative_cap", "id": "year", "flow": "out", "source": {"id": "central"},
     "project": {"category": "water"}, "at_most": "10%",
     "earlier": [{"source": "central", "from": "dam", "to": "cannery", "amount": "5000"}]},
    {"kind": "reserve", "id": "kept", "source": {"level": "county"}, "at_least": "10%"},
    {"kind": "within", "id": "at-home", "source": {"id": "town"}, "by": "township"},
    {"kind": "expiry", "id": "two-years", "source": {"level": "central"}, "years": 2},
    {"kind": "co_finance", "id": "own-money", "source": {"level": "county"},
     "project": {"id": "greenhouse"}, "at_least": "50%"},
    {"kind": "ceiling", "id": "tenth-over", "project": {"category": ["industry", "roads"]},
     "at_most": "120%"},
    {"kind": "must_fund", "id": "payables", "project": {"category": "payables"}},
    {"kind": "precede", "id": "order", "first": {"category": "payables"}, "then": {"category": "new"}},
    {"kind": "minimum", "id": "no-dust", "project": {"category": "roads"}, "at_least": "5000"},
    {"kind": "lot", "id": "hundreds", "project": {"category": "industry"}, "size": "100"},
    {"kind": "whole", "id": "complete-money", "project": {"category": "new"}},
    {"kind": "single_source", "id": "two-funds", "project": {"category": "industry"}, "at_most": 2},
    {"kind": "recipients", "id": "few", "at_most": 6},
    {"kind": "transfers", "id": "few-filings", "at_most": 12},
    {"kind": "approval", "id": "bands",
     "tiers": [{"above": "50000", "level": "leading group"}, {"above": "100000", "level": "county head"}]},
    {"kind": "freeze", "id": "under-audit", "project": {"tags": {"audit": "open"}}},
]  # fmt: skip
assert {rule["kind"] for rule in RULES_IN_FORCE} == {
    rule.model_fields["kind"].default for rule in RULES
}

policy = surplus.Policy.model_validate({"rules": RULES_IN_FORCE})
plan = surplus.reallocate(ledger, policy)
surplus.verify(plan, ledger, policy)
moves = plan.moves(ledger, surplus.balances(ledger, policy.terms))
for rule in policy.rules:
    print(f"{rule.title:15} {rule.sentence()}")
    print(f"{'':15} {rule.sentence('zh')}")
    for figure in rule.figures(moves):
        print(f"{'':15}   {figure}")

print()
for transfer in plan.transfers:
    giver = transfer.giver or "(unallocated)"
    print(f"{transfer.source:8} {giver:14} -> {transfer.taker:11} {transfer.amount / 100:12,.2f}")
assert plan.status == "optimal"

received = {project.id: project.need - project.unmet for project in plan.projects}
assert received["office"] == received["mill"] == 0
assert received["wages"] == 40_000_00
assert received["school"] in (0, 70_000_00)
assert all(transfer.source != "lapsed" for transfer in plan.transfers)

free = surplus.reallocate(ledger, surplus.Policy.model_validate({}))
assert free.objectives[0].value > plan.objectives[0].value

hard = {"kind": "share", "id": "too-much", "source": {"level": "central"},
        "project": {"category": "industry"}, "at_least": "90%"}  # fmt: skip
try:
    surplus.reallocate(ledger, surplus.Policy.model_validate({"rules": [*RULES_IN_FORCE, hard]}))
except surplus.Infeasible as error:
    print(f"\n{error}")
    assert error.rules[0] == "too-much" or "too-much" in error.rules
else:
    raise AssertionError("90 % cannot be reached")
