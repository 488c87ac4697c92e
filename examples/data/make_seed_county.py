"""Write seed_county.json: 102 GENERATED projects that add up to a real county's published totals.

The totals of 伽师县 (Jiashi county), 2024, are published and stand in jiashi_2024.csv. Its list of
projects is not: names, prices, gaps and the prior-year surplus here are drawn from a fixed seed.
The county states 74,683 万元 in all, its four sources add up to 74,653; both are kept as they are,
and `surplus audit` says so.
"""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
WAN = 1_000_000  # cents in 万元
COUNT = 102
SOURCES = (  # id, name, level, year, row of the published totals, unallocated cents (generated)
    ("central-2023", "中央衔接资金(上年结余)", "central", 2023, None, 312_405_000),
    ("central-2024", "中央衔接资金", "central", 2024, "中央财政衔接资金", 0),
    ("county-2024", "县级投入资金", "county", 2024, "县级投入资金", 0),
    ("prefecture-2024", "地区财政资金", "prefecture", 2024, "地区财政资金", 0),
    ("region-2023", "自治区衔接资金(上年结余)", "province", 2023, None, 128_550_000),
    ("region-2024", "自治区衔接资金", "province", 2024, "自治区衔接资金", 0),
)
CATEGORIES = {
    "industry": ("设施农业", "林果提质", "畜禽养殖", "农产品加工", "冷链仓储"),
    "infrastructure": ("农村道路", "饮水安全", "防渗渠", "高标准农田"),
    "employment": ("公益性岗位", "技能培训"),
    "housing": ("人居环境整治",),
}
DEPARTMENTS = {
    "industry": "农业农村局",
    "infrastructure": "水利局",
    "employment": "人社局",
    "housing": "乡村振兴局",
}
DEADLINES = (  # those of the county's own account: 3 + 5 days, public within 20
    ("report", 3, "report to the level above", "报备"),
    ("allocate", 5, "allocate the money", "拨付"),
    ("publish", 20, "publish the plan", "公示"),
)
STAGES = ("contract", "contract", "settlement", "audited", "final")


def split(total: int, weights: list[int], unit: int = 1) -> list[int]:
    """Share out a total in whole units, the last one taking what is left over."""
    parts = [total * weight // sum(weights) // unit * unit for weight in weights]
    parts[-1] += total - sum(parts)
    return parts


def wan(cents: int) -> str:
    whole, part = divmod(cents, WAN)
    return f"{whole}.{part:06d}".rstrip("0").rstrip(".")


def county() -> dict[str, Any]:
    with (HERE / "jiashi_2024.csv").open(encoding="utf-8") as file:
        rows = {row["item_zh"]: row["amount_wan_yuan"] for row in csv.DictReader(file)}
    published = {name: round(float(value) * 100) * WAN // 100 for name, value in rows.items()}
    rng = random.Random(2024)

    # Every third project or so is paid by the region; a few small ones by prefecture and county.
    held: dict[str, list[int]] = {"central-2024": [], "region-2024": []}
    kinds = []
    for i in range(COUNT):
        kinds.append("industry" if i % 20 < 12 else rng.choice(list(CATEGORIES)[1:]))
        held["central-2024" if i % 10 < 7 else "region-2024"].append(i)
    held["prefecture-2024"] = [9, 33]
    held["county-2024"] = [15, 36, 58, 77]
    planned: dict[tuple[int, str], int] = {}
    for source, _, _, _, row, _ in SOURCES:
        if row is not None:
            weights = [rng.randrange(20, 100) for _ in held[source]]
            parts = split(published[row], weights, WAN)
            planned |= {(i, source): part for i, part in zip(held[source], parts, strict=True)}

    # What is not paid yet lies with 46 projects that turn out cheaper; 40 others turn out dearer.
    order = rng.sample(range(COUNT), COUNT)
    cheaper, dearer = set(order[:46]), set(order[46:86])
    lots = sorted(key for key in planned if key[0] in cheaper)
    undrawn_total = sum(planned.values()) - published["累计支出"]
    weights = [planned[key] // WAN * rng.randrange(50, 150) for key in lots]
    undrawn = dict(zip(lots, split(undrawn_total, weights, 10_000), strict=True))
    projects = []
    for i in range(COUNT):
        mine = {source: planned[j, source] for j, source in sorted(planned) if j == i}
        issued = sum(mine.values())
        cost = issued
        if i in cheaper:
            spare = sum(undrawn.get((i, source), 0) for source in mine)
            cost -= spare * rng.randrange(70, 101) // 100
        if i in dearer:
            cost += issued * rng.randrange(40, 220) // 1000 + rng.randrange(100)
        stage = rng.choice(STAGES)
        price = {} if cost == issued else {"contract": wan(cost)}
        if price and stage != "contract":
            price = {"contract": wan((cost + issued) // 2), stage: wan(cost)}
        township = f"township-{rng.randrange(13) + 1:02d}"
        projects.append(
            {
                "id": f"JS{i + 1:03d}",
                "name": f"{township} {rng.choice(CATEGORIES[kinds[i]])} {i + 1}(模拟)",
                "category": kinds[i],
                "department": DEPARTMENTS[kinds[i]],
                "township": township,
                "priority": str(rng.randrange(1, 6)),
                "price": price,
                "funding": [
                    {
                        "source": source,
                        "planned": wan(cents),
                        "paid": wan(cents - undrawn.get((i, source), 0)),
                    }
                    for source, cents in mine.items()
                ],
            }
        )
    sources = [
        {
            "id": id_,
            "name": name,
            "level": level,
            "year": year,
            "first_budgeted": f"{year}-01-15",
            "expires": f"{year + 1}-12-31",
            "unallocated": wan(free),
        }
        for id_, name, level, year, _, free in SOURCES
    ]
    return {
        "name": "伽师县 2024: published totals, generated projects (总额为公开数据,项目为模拟数据)",
        "currency": "CNY",
        "unit": "wan",
        "as_of": "2024-11-30",
        "sources": sources,
        "projects": projects,
        "stated": {
            "issued": rows["累计到位财政涉农资金(stated)"],
            "paid": rows["累计支出"],
            "payment_rate": "97.05%",
            "projects": COUNT,
        },
    }


def policy() -> dict[str, Any]:
    """The county's rules; those of another province stand in where its own were not found."""
    sichuan = "四川 2023 衔接资金: industry at least 60 % of central, 50 % of provincial money"
    return {
        "name": "Seed county, 2024",
        "release_at": "contract",
        "attribution": "pro_rata",
        "contingency": {"contract": "1%"},
        "rules": [
            {
                "kind": "permit",
                "id": "bridging-funds",
                "source": {"level": ["central", "province"]},
                "project": {"category": ["industry", "infrastructure", "employment"]},
                "cite": "generated for the example: bridging funds do not pay for housing",
            },
            {
                "kind": "share",
                "id": "industry-central",
                "source": {"level": "central"},
                "project": {"category": "industry"},
                "at_least": "60%",
                "of": "final",
                "cite": sichuan,
            },
            {
                "kind": "share",
                "id": "industry-region",
                "source": {"level": "province"},
                "project": {"category": "industry"},
                "at_least": "50%",
                "of": "final",
                "cite": sichuan,
            },
            {
                "kind": "reserve",
                "id": "county-reserve",
                "source": {"level": "county"},
                "at_least": "10%",
            },
        ],
        "objectives": [{"kind": "fill", "weight": "priority"}],
        "deadlines": [
            {
                "name": name,
                "days": days,
                "kind": "calendar",
                "title": {"en": english, "zh": chinese},
            }
            for name, days, english, chinese in DEADLINES
        ],
    }


def text(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    (HERE / "seed_county.json").write_text(text(county()), encoding="utf-8")
    (HERE / "seed_policy.json").write_text(text(policy()), encoding="utf-8")
