"""One source's surplus fills six uses to the last cent, as published.

In 2023 奉化区 (Fenghua, Ningbo) reused 83.9643 万元, left over from municipal tasks of 2022 that
were complete, for six uses. The published amounts are the figures here (data/fenghua_2023.csv).

Expected: six transfers, each as published; nothing is unmet and nothing is left.
"""

import csv
import json
from decimal import Decimal
from pathlib import Path

import surplus

DATA = Path(__file__).parent / "data"
with (DATA / "fenghua_2023.csv").open(encoding="utf-8") as file:
    rows = list(csv.DictReader(file))
(freed,) = [row for row in rows if row["side"] == "from"]
uses = [row for row in rows if row["side"] == "to"]

ledger = surplus.Ledger.from_json(
    json.dumps(
        {
            "name": "奉化区 2023",
            "unit": "wan",
            "sources": [
                {
                    "id": "municipal-2022",
                    "name": freed["item_zh"],
                    "level": "prefecture",
                    "year": 2022,
                    "unallocated": freed["amount_wan_yuan"],
                }
            ],
            "projects": [
                {
                    "id": f"use-{number}",
                    "name": row["item_zh"],
                    "price": {"estimate": row["amount_wan_yuan"]},
                }
                for number, row in enumerate(uses, 1)
            ],
        }
    )
)
policy = surplus.Policy.model_validate({"objectives": [{"kind": "fill", "weight": "priority"}]})
plan = surplus.reallocate(ledger, policy)
surplus.verify(plan, ledger, policy)

names = {f"use-{number}": row for number, row in enumerate(uses, 1)}
for transfer in plan.transfers:
    row = names[transfer.taker]
    assert transfer.amount == Decimal(row["amount_wan_yuan"]) * 1_000_000
    print(f"{transfer.amount / 100:>14,.2f} yuan  {row['item_en']}")
(source,) = plan.sources
assert len(plan.transfers) == 6
assert source.moved == source.available == Decimal("83.9643") * 1_000_000
assert source.left == 0
assert all(project.unmet == 0 for project in plan.projects)
print(f"{source.moved / 100:>14,.2f} yuan  moved; left {source.left / 100:.2f}")
