"""A county with 102 projects: from ledger to verified plan.

The totals are those that 伽师县 (Jiashi county) published for 2024: 56,000 万元 central, 18,367
regional, 66 prefecture and 220 county money, 71,879.61 paid. The 102 projects are GENERATED to add
up to them (data/make_seed_county.py), and so is the surplus of the year before. The rule that
industry holds at least 60 % of central and 50 % of regional money is a precedent from 四川 2023.

Expected: the audit finds that the stated total exceeds the sum of the four sources by 30 万元, and
that the stated payment rate fits neither; the plan moves money into gaps up to the last cent that
the rules let through, and both shares hold after the move.
"""

import csv
from pathlib import Path

import surplus

DATA = Path(__file__).parent / "data"

ledger = surplus.read(DATA / "seed_county.json")
policy = surplus.Policy.model_validate_json((DATA / "seed_policy.json").read_text("utf-8"))

# The generated projects add up to the published totals.
with (DATA / "jiashi_2024.csv").open(encoding="utf-8") as file:
    published = {
        row["item_zh"]: round(float(row["amount_wan_yuan"]) * 1e6) for row in csv.DictReader(file)
    }
held = {source.id: 0 for source in ledger.sources}
for source, planned in zip(ledger.funding.source, ledger.funding.planned, strict=True):
    held[ledger.sources[source].id] += int(planned)
assert held["central-2024"] == published["中央财政衔接资金"]
assert held["region-2024"] == published["自治区衔接资金"]
assert held["prefecture-2024"] == published["地区财政资金"]
assert held["county-2024"] == published["县级投入资金"]
assert int(ledger.funding.paid.sum()) == published["累计支出"]
assert len(ledger.projects) == 102

print("Audit of the stated totals")
errors = [finding for finding in surplus.audit(ledger) if finding.severity == "error"]
for finding in errors:
    print(f"  {finding}")
assert [finding.place for finding in errors] == ["stated.issued", "stated.payment_rate"]
assert "74,653 万元" in errors[0].figures["sum"]
assert (errors[1].figures["stated"], errors[1].figures["rate"]) == ("97.05", "96.25")

plan = surplus.reallocate(ledger, policy)
surplus.verify(plan, ledger, policy)

need = sum(project.need for project in plan.projects)
moved = sum(transfer.amount for transfer in plan.transfers)
unmet = sum(project.unmet for project in plan.projects)
assert moved + unmet == need
assert sum(source.available for source in plan.sources) == moved + sum(s.left for s in plan.sources)
print(
    f"\nGaps {need / 1e6:,.2f} 万元, filled {moved / 1e6:,.2f} by {len(plan.transfers)} transfers"
)

print("\nsource            available       moved        left   (万元)")
for source in plan.sources:
    amounts = (source.available, source.moved, source.left)
    print(f"{source.id:16}" + "".join(f"{cents / 1e6:12,.4f}" for cents in amounts))

category = ledger.projects.fields["category"]
industry = {
    str(id_) for row, id_ in enumerate(ledger.projects.id) if category.text(row) == "industry"
}
print("\nIndustry after the move")
for level, floor in (("central", 60), ("province", 50)):
    ids = {source.id for source in ledger.sources if source.level == level}
    total = part = 0
    for project in plan.projects:
        for source, cents in project.final.items():
            total += cents * (source in ids)
            part += cents * (source in ids and project.id in industry)
    assert part * 100 >= floor * total
    print(f"  {level:9}{part / total:8.4%} (at least {floor} %)")

calendar = surplus.calendar(plan, ledger, policy)
assert [row.date.isoformat() for row in calendar.rows[:3]] == [
    "2024-12-03",  # 3 days after 30 November: 报备
    "2024-12-05",
    "2024-12-20",
]
print(f"\nWhat is due\n{calendar.text()}")
