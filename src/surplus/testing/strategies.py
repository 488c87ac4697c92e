"""What tests draw from: small ledgers in few cents, one strategy per rule and objective, policies."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

import surplus
from surplus.policy.objectives import OBJECTIVES
from surplus.policy.rules import RULES

LEVELS = ("central", "province", "county")
CATEGORIES = ("industry", "roads", "water")
TOWNSHIPS = ("East", "West")


def yuan(cents: int) -> str:
    """An amount as a document has it."""
    return f"{cents // 100}.{cents % 100:02d}"


def amounts(most: int = 60) -> st.SearchStrategy[str]:
    """Few cents, so that limits and remainders meet often."""
    return st.integers(0, most).map(yuan)


shares = st.one_of(
    st.sampled_from(["0%", "50%", "100%", "1/3", "2/3", "60%", "57.5%"]),
    st.tuples(st.integers(0, 12), st.integers(12, 17)).map(lambda t: f"{t[0]}/{t[1]}"),
)
limits = st.one_of(shares, amounts(200))


@st.composite
def source_selections(draw: st.DrawFn) -> dict[str, Any]:
    """All, a level, some ids, all but some."""
    kind = draw(st.sampled_from(["all", "level", "id", "not"]))
    if kind == "all":
        return {}
    if kind == "level":
        return {"level": draw(st.sampled_from(LEVELS))}
    chosen = draw(st.lists(st.sampled_from(["s1", "s2", "s3"]), min_size=1, max_size=2))
    return {"id": chosen} if kind == "id" else {"not": {"id": chosen}}


@st.composite
def project_selections(draw: st.DrawFn) -> dict[str, Any]:
    """All, categories, a township, both, all but some."""
    kind = draw(st.sampled_from(["all", "category", "township", "both", "not"]))
    category = draw(st.lists(st.sampled_from(CATEGORIES), min_size=1, max_size=2))
    township = draw(st.sampled_from(TOWNSHIPS))
    found: dict[str, dict[str, Any]] = {
        "all": {},
        "category": {"category": category},
        "township": {"township": township},
        "both": {"category": category, "township": township},
        "not": {"not": {"category": category}},
    }
    return found[kind]


selected = {"source": source_selections(), "project": project_selections()}

RULE_STRATEGIES: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "permit": st.fixed_dictionaries({"kind": st.just("permit"), **selected}),
    "forbid": st.fixed_dictionaries({"kind": st.just("forbid"), **selected}),
    "share": st.fixed_dictionaries(
        {"kind": st.just("share"), **selected, "of": st.sampled_from(["final", "moved"])},
        optional={"at_most": shares},
    )
    .map(
        lambda rule: (
            rule
            | (
                {"baseline": "no_worse"}
                if rule["of"] == "final" and len(rule["project"]) == 2
                else {}
            )
        )
    )
    .flatmap(
        lambda rule: (
            st.just(rule) if "at_most" in rule else shares.map(lambda a: rule | {"at_least": a})
        )
    ),
    "cap": st.fixed_dictionaries(
        {
            "kind": st.just("cap"),
            **selected,
            "flow": st.sampled_from(["in", "out"]),
            "at_most": limits,
            "per": st.sampled_from([None, "township", "category", "level", "source", "id"]),
        }
    ),
    "reserve": st.fixed_dictionaries(
        {"kind": st.just("reserve"), "source": source_selections(), "at_least": limits}
    ),
    "expiry": st.fixed_dictionaries(
        {
            "kind": st.just("expiry"),
            "source": source_selections(),
            "on": st.just("2024-06-30"),
            "then": st.sampled_from(["surrender", "same_source"]),
        },
        optional={"years": st.integers(0, 3)},
    ),
    "co_finance": st.fixed_dictionaries({"kind": st.just("co_finance"), **selected}).flatmap(
        lambda rule: st.tuples(st.sampled_from(["at_least", "at_most"]), shares).map(
            lambda bound: rule | {bound[0]: bound[1]}
        )
    ),
    "ceiling": st.fixed_dictionaries(
        {
            "kind": st.just("ceiling"),
            "project": project_selections(),
            "of": st.sampled_from(["planned", "audited", "cost"]),
            "at_most": st.one_of(amounts(90), st.sampled_from(["50%", "100%", "120%", "4/3"])),
        }
    ),
    "must_fund": st.fixed_dictionaries(
        {"kind": st.just("must_fund"), "project": project_selections(), "at_least": shares}
    ),
    "cumulative_cap": st.fixed_dictionaries(
        {
            "kind": st.just("cumulative_cap"),
            **selected,
            "flow": st.sampled_from(["in", "out"]),
            "at_most": limits,
            "per": st.sampled_from([None, "township", "source", "id"]),
            "earlier": st.lists(
                st.fixed_dictionaries(
                    {
                        "source": st.sampled_from(["s1", "s2", "gone"]),
                        "from": st.sampled_from([None, "p0", "p1", "gone"]),
                        "to": st.sampled_from(["p2", "p3", "gone"]),
                        "amount": amounts(40),
                    }
                ),
                max_size=3,
            ),
        }
    ),
    "approval": st.fixed_dictionaries(
        {
            "kind": st.just("approval"),
            "by": st.sampled_from(["transfer", "project"]),
            "tiers": st.just([{"above": "0.05", "level": "处"}, {"above": "0.20", "level": "局"}]),
        }
    )
    | st.sampled_from(["0.00", "0.03", "0.08"]).map(
        lambda cost: {
            "kind": "approval",
            "by": "project",
            "tiers": [
                {"above": "0.05", "level": "处", "cost": cost},
                {"above": "0.20", "level": "局", "cost": "0.08"},
            ],
        }
    ),
    "precede": st.sampled_from(
        [{"category": "industry"}, {"category": ["roads", "water"]}, {"township": "East"}]
    ).map(lambda first: {"kind": "precede", "first": first, "then": {"not": first}}),
    "minimum": st.fixed_dictionaries(
        {"kind": st.just("minimum"), "project": project_selections(), "at_least": amounts(40)}
    ),
    "lot": st.fixed_dictionaries(
        {
            "kind": st.just("lot"),
            "project": project_selections(),
            "size": st.sampled_from(["0.02", "0.03", "0.10"]),
            "each": st.sampled_from(["project", "source"]),
        }
    ),
    "whole": st.fixed_dictionaries({"kind": st.just("whole"), "project": project_selections()}),
    "single_source": st.fixed_dictionaries(
        {
            "kind": st.just("single_source"),
            "project": project_selections(),
            "at_most": st.integers(1, 2),
        }
    ),
    "recipients": st.fixed_dictionaries(
        {
            "kind": st.just("recipients"),
            "project": project_selections(),
            "at_most": st.integers(0, 3),
        }
    ),
    "transfers": st.fixed_dictionaries(
        {"kind": st.just("transfers"), "at_most": st.integers(0, 5)}
    ),
    "freeze": st.fixed_dictionaries({"kind": st.just("freeze"), "project": project_selections()}),
    "within": st.fixed_dictionaries(
        {
            "kind": st.just("within"),
            "source": source_selections(),
            "by": st.sampled_from(["township", "category", "department"]),
        }
    ),
}
weights = st.sampled_from(["0", "1", "2.5", "3"])
OBJECTIVE_STRATEGIES: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "fill": st.fixed_dictionaries(
        {"kind": st.just("fill"), "weight": st.sampled_from(["priority", "none", "tiers"])}
    ),
    "cost": st.fixed_dictionaries(
        {
            "kind": st.just("cost"),
            "charges": st.lists(
                st.fixed_dictionaries({**selected, "per_unit": weights}), max_size=3
            ),
        }
    ),
    "expiring_first": st.fixed_dictionaries({"kind": st.just("expiring_first")}),
    "spare": st.fixed_dictionaries(
        {"kind": st.just("spare")},
        optional={"order": st.lists(st.sampled_from(["s1", "s2", "s3", "gone"]), unique=True)},
    ),
    "complete": st.fixed_dictionaries({"kind": st.just("complete")}),
    "fewest": st.fixed_dictionaries(
        {
            "kind": st.just("fewest"),
            "count": st.sampled_from(["transfers", "donors", "recipients"]),
        }
    ),
    "stay": st.fixed_dictionaries(
        {"kind": st.just("stay"), "by": st.sampled_from(["township", "category", "department"])}
    ),
    "proportional": st.fixed_dictionaries({"kind": st.just("proportional")}),
    "fair": st.fixed_dictionaries(
        {
            "kind": st.just("fair"),
            "by": st.sampled_from(["township", "category", "department", "id"]),
        }
    ),
    "stable": st.fixed_dictionaries(
        {
            "kind": st.just("stable"),
            "plan": st.lists(
                st.fixed_dictionaries(
                    {
                        "source": st.sampled_from(["s1", "s2", "gone"]),
                        "from": st.sampled_from([None, "p0", "p1", "p2", "gone"]),
                        "to": st.sampled_from(["p0", "p1", "p2", "p3", "gone"]),
                        "amount": amounts(6),
                    }
                ),
                max_size=3,
            ),
        }
    ),
}


INTEGERS = {
    "precede", "minimum", "lot", "whole", "single_source", "recipients", "transfers", "complete", "fewest"
}  # fmt: skip


def has_integers(policy: surplus.Policy) -> bool:
    """Whether a policy has rules or objectives with whole-number columns."""
    parts = (*policy.rules, *policy.objectives)
    return any(p.kind in INTEGERS or (p.kind == "approval" and p.tiers[-1].cost) for p in parts)


def kind_of(record: type) -> str:
    """The kind that a rule or objective has in a document."""
    kind: str = record.model_fields["kind"].default  # type: ignore[attr-defined]
    return kind


def forgotten() -> set[str]:
    """Rules and objectives that have no strategy."""
    kinds = {kind_of(rule) for rule in RULES} | {kind_of(objective) for objective in OBJECTIVES}
    return kinds - set(RULE_STRATEGIES) - set(OBJECTIVE_STRATEGIES)


@st.composite
def documents(
    draw: st.DrawFn, most_projects: int = 7, most_sources: int = 3, most_held: int = 2
) -> dict[str, Any]:
    """A ledger document with donors, recipients and idle projects, in few cents."""
    sources = [
        {
            "id": f"s{i}",
            "level": draw(st.sampled_from(LEVELS)),
            "unallocated": draw(amounts(30)),
            "first_budgeted": draw(
                st.sampled_from([None, "2021-05-01", "2022-06-30", "2023-01-01"])
            ),
            "expires": draw(st.sampled_from([None, "2023-12-31", "2024-06-30", "2025-12-31"])),
        }
        for i in range(1, draw(st.integers(1, most_sources)) + 1)
    ]
    names = [source["id"] for source in sources]
    projects = []
    for i in range(draw(st.integers(1, most_projects))):
        held = draw(st.lists(st.sampled_from(names), unique=True, max_size=most_held))
        funding = []
        for name in held:
            planned = draw(st.integers(0, 60))
            funding.append(
                {
                    "source": name,
                    "planned": yuan(planned),
                    "paid": yuan(draw(st.integers(0, planned)) // 3),
                }
            )
        projects.append(
            {
                "id": f"p{i}",
                "category": draw(st.sampled_from(CATEGORIES)),
                "township": draw(st.sampled_from([*TOWNSHIPS, None])),
                "priority": draw(st.sampled_from(["1", "2", "3", "0", "2.5"])),
                "price": {
                    "contract": draw(st.one_of(st.none(), amounts(80))),
                    "audited": draw(st.one_of(st.none(), st.none(), amounts(80))),
                },
                "funding": funding,
            }
        )
    return {"sources": sources, "projects": projects}


ledgers = documents().map(lambda d: surplus.Ledger.from_records(d["sources"], d["projects"]))


@st.composite
def policy_documents(draw: st.DrawFn, most_rules: int = 4, swaps: bool = False) -> dict[str, Any]:
    """Any rules, `fill`, and perhaps one more objective."""
    rules = st.one_of(*RULE_STRATEGIES.values())
    return {
        "rules": draw(st.lists(rules, max_size=most_rules)),
        "objectives": [
            {"kind": "fill", "weight": draw(st.sampled_from(["priority", "none"]))},
            *draw(st.lists(st.one_of(*OBJECTIVE_STRATEGIES.values()), max_size=1)),
        ],
        "attribution": draw(st.sampled_from(["pro_rata", ["s2", "s1"], "free"])),
        "swaps": swaps,
    }


policies = policy_documents().map(surplus.Policy.model_validate)
