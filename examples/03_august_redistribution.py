"""The August redistribution of the United States, with the published limits of FY 2015.

Every August, states release the obligation authority that they cannot use by the end of September,
and others ask for more. The limits by state are published for FY 2015, 49 rows (Wisconsin and
Wyoming are missing), and so is the total that was redistributed, 1.9 billion dollars. What each
state releases or asks for is GENERATED: releases add up to the published total, requests to 4.5
times as much (in FY 2011, 1.2 were available for 5.4 billion asked). The cap of 15 % of a
state's limit on what it receives is an assumption.

Expected: all 1.9 billion dollars move; no state gets more than it asked for or than its cap; states
of higher priority are served first.
"""

import csv
import json
import random
from pathlib import Path

import surplus

DATA = Path(__file__).parent / "data"
RELEASED, ASKED = 1_900_000_000, 8_550_000_000  # dollars

with (DATA / "fhwa_fy2015_formula_obligation_limitation.csv").open(encoding="utf-8") as file:
    limits = {r["state"]: int(r["formula_obligation_limitation_usd"]) for r in csv.DictReader(file)}
assert len(limits) == 49


def split(total: int, weights: dict[str, int]) -> dict[str, int]:
    """Share out whole dollars by weight; the last state takes the rest."""
    parts = {state: total * weight // sum(weights.values()) for state, weight in weights.items()}
    parts[list(parts)[-1]] += total - sum(parts.values())
    return parts


rng = random.Random(2015)
states = rng.sample(sorted(limits), len(limits))
releases = split(RELEASED, {s: limits[s] * rng.randrange(1, 10) for s in sorted(states[:20])})
requests = split(ASKED, {s: limits[s] * rng.randrange(5, 10) for s in sorted(states[20:])})

ledger = surplus.Ledger.from_json(
    json.dumps(
        {
            "name": "Obligation limitation FY 2015, generated releases and requests",
            "currency": "USD",
            "as_of": "2015-08-01",
            "sources": [{"id": "limitation-2015", "level": "federal", "expires": "2015-09-30"}],
            "projects": [
                {
                    "id": state,
                    "priority": str(rng.randrange(1, 4)),
                    "price": {
                        "final": str(limit - releases.get(state, 0) + requests.get(state, 0))
                    },
                    "funding": [{"source": "limitation-2015", "planned": str(limit), "paid": "0"}],
                }
                for state, limit in limits.items()
            ],
        }
    )
)
policy = surplus.Policy.model_validate(
    {
        "release_at": "final",
        "rules": [
            {"kind": "cap", "id": "fifteen-percent", "flow": "in", "per": "id", "at_most": "15%"}
        ],
        "objectives": [{"kind": "fill", "weight": "priority"}],
    }
)
plan = surplus.reallocate(ledger, policy)
surplus.verify(plan, ledger, policy)

received = dict.fromkeys(requests, 0)
for transfer in plan.transfers:
    received[transfer.taker] += transfer.amount
for state, cents in received.items():
    assert cents <= requests[state] * 100
    assert cents <= limits[state] * 15
assert sum(received.values()) == RELEASED * 100
priority = dict(zip(ledger.projects.id.tolist(), ledger.projects.priority.tolist(), strict=True))
served = min(priority[state] for state, cents in received.items() if cents)
for state, cents in received.items():
    if priority[state] > served:
        assert cents == min(requests[state] * 100, limits[state] * 15)

print("million dollars     received     asked")
for state in sorted(received, key=lambda state: (-received[state], state))[:8]:
    print(f"{state:18}{received[state] / 1e8:10,.2f}{requests[state] / 1e6:10,.2f}")
print(f"{'all states':18}{sum(received.values()) / 1e8:10,.2f}{ASKED / 1e6:10,.2f}")
