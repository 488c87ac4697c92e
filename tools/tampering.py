"""Is anything tampered with accepted? ``python tools/tampering.py [N] [SEED]``.

Makes plans for generated counties, alters plan, certificate, ledger or policy in one of many ways, and asks
both checkers, the library and the auditor's page. Prints how often each way was tried, and was accepted.
"""

from __future__ import annotations

import copy
import json
import logging
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import Any

import surplus
from surplus.proof import certificate_check

Doc = dict[str, Any]
KNOWN = {"permit", "forbid", "share", "cap", "reserve", "within"}


class Case:
    """A ledger, a policy and their plan as documents, to be altered."""

    def __init__(self, ledger: Doc, policy: Doc, plan: Doc, rng: random.Random) -> None:
        self.ledger, self.policy, self.plan, self.rng = ledger, policy, plan, rng

    def one(self, kind: str) -> Doc:
        """Any transfer, project, source or objective of the plan."""
        chosen: Doc = self.rng.choice(self.plan[kind])
        return chosen

    @property
    def level(self) -> Doc:
        """Any level of the certificate."""
        chosen: Doc = self.rng.choice(self.plan["certificate"]["levels"])
        return chosen


def cent(text: str, cents: int = 1) -> str:
    """An amount, some cents more."""
    return f"{Decimal(text) + Decimal(cents) / 100:.2f}"


def add(row: Doc, key: str, cents: int) -> None:
    row[key] = cent(row[key], cents)


def between(case: Case) -> None:
    one, other = case.rng.sample(case.plan["transfers"], 2)
    add(one, "amount", -1)
    add(other, "amount", 1)


def another(case: Case, key: str, among: list[Any]) -> None:
    transfer = case.one("transfers")
    transfer[key] = case.rng.choice([value for value in among if value != transfer[key]])


def final(case: Case) -> None:
    project = case.rng.choice([p for p in case.plan["projects"] if p["final"]])
    source = case.rng.choice(sorted(project["final"]))
    add(project["final"], source, case.rng.choice([-1, 1, 100]))


def lowered(case: Case) -> None:
    level, stated = case.plan["certificate"]["levels"][0], case.plan["objectives"][0]
    level["limit"] = str(Fraction(level["limit"]) - 10**8)
    add(stated, "bound", -100)


def multiplier(case: Case) -> None:
    """A multiplier that is another, with a bound that the true ones do not prove."""
    level, stated = case.plan["certificate"]["levels"][0], case.plan["objectives"][0]
    pools = level["pools"]
    name = case.rng.choice(sorted(pools))
    pools[name] = str(Fraction(pools[name]) - case.rng.choice([1, 10**5, 10**6]))
    add(stated, "bound", -1)


def negative(case: Case) -> None:
    level = case.plan["certificate"]["levels"][0]
    rows = certificate_check.Case(case.ledger, case.policy).rows
    level["rows"][case.rng.choice(rows)[0]] = "-1000000"


def loosened(case: Case) -> None:
    rule = case.rng.choice(
        [r for r in case.policy["rules"] if r.get("at_least") or r.get("at_most")]
    )
    key = "at_least" if rule.get("at_least") else "at_most"
    loose = "1/7" if key == "at_least" else "6/7"
    rule[key] = loose if "%" in rule[key] or "/" in rule[key] else cent(rule[key], 100)


def fact(case: Case) -> None:
    project = case.rng.choice([p for p in case.ledger["projects"] if p.get("funding")])
    add(project["funding"][0], "planned", 1)


def expiry(case: Case) -> None:
    case.rng.choice(case.ledger["sources"])["expires"] = "2099-12-31"


KINDS: dict[str, Callable[[Case], Any]] = {
    "a cent more in a transfer": lambda c: add(c.one("transfers"), "amount", 1),
    "a cent less in a transfer": lambda c: add(c.one("transfers"), "amount", -1),
    "a cent moved between transfers": between,
    "a transfer dropped": lambda c: c.plan["transfers"].remove(c.one("transfers")),
    "a transfer doubled": lambda c: c.plan["transfers"].append(c.one("transfers")),
    "a transfer redirected": lambda c: another(c, "to", [p["id"] for p in c.plan["projects"]]),
    "a giver swapped": lambda c: another(c, "from", [None, *(p["id"] for p in c.plan["projects"])]),
    "a source swapped": lambda c: another(c, "source", [s["id"] for s in c.plan["sources"]]),
    "an amount of nothing": lambda c: c.one("transfers").update(amount="0.00"),
    "a negative amount": lambda c: c.one("transfers").update(amount="-0.01"),
    "a mark of exchange": lambda c: c.one("transfers").update(swap="both"),
    "a final amount": final,
    "a need": lambda c: add(c.one("projects"), "need", 1),
    "a planned amount": lambda c: add(c.one("projects"), "planned", 1),
    "an unmet gap": lambda c: add(c.one("projects"), "unmet", 1),
    "what was available": lambda c: add(c.one("sources"), "available", 1),
    "what was moved": lambda c: add(c.one("sources"), "moved", 1),
    "what is left": lambda c: add(c.one("sources"), "left", 1),
    "a project left out": lambda c: c.plan["projects"].remove(c.one("projects")),
    "a project listed twice": lambda c: c.plan["projects"].append(c.one("projects")),
    "a value raised": lambda c: add(c.one("objectives"), "value", 1),
    "a value lowered": lambda c: add(c.one("objectives"), "value", -1),
    "another objective": lambda c: c.plan["objectives"][0].update(kind="cost"),
    "a bound raised": lambda c: add(c.one("objectives"), "bound", 100),
    "a bound lowered": lambda c: add(c.one("objectives"), "bound", -1),
    "bound and limit lowered": lowered,
    "a multiplier": multiplier,
    "a negative multiplier": negative,
    "a weight too many": lambda c: c.level["weights"].append("1"),
    "a level left out": lambda c: c.plan["certificate"]["levels"].pop(),
    "no certificate": lambda c: c.plan.update(certificate={}),
    "the digest of the ledger": lambda c: c.plan["certificate"].update(ledger="0" * 64),
    "the digest of the policy": lambda c: c.plan["certificate"].update(policy="0" * 64),
    "a rule loosened": loosened,
    "a rule left out": lambda c: c.policy["rules"].remove(c.rng.choice(c.policy["rules"])),
    "a fact of the ledger": fact,
    "a date of the ledger": expiry,
}


def accepted(case: Case) -> list[str]:
    """Which of the checkers accept it."""
    found = []
    try:
        surplus.verify(
            surplus.Plan.from_json(json.dumps(case.plan)),
            surplus.Ledger.from_json(json.dumps(case.ledger)),
            surplus.Policy.model_validate(case.policy),
        )
        found.append("the library")
    except surplus.SurplusError:
        pass
    try:
        if not certificate_check.check(case.ledger, case.policy, case.plan):
            found.append("the page")
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, SystemExit):
        pass
    return found


def plans(rng: random.Random) -> tuple[Doc, Doc, Doc]:
    """A generated county with rules that the page knows, and its plan."""
    while True:
        ledger, policy = surplus.generate(
            projects=rng.randint(10, 18), seed=rng.randrange(10**9), sources=rng.choice([2, 3, 4]),
            townships=3, categories=3, departments=2, tightness=rng.choice([0.3, 0.6, 0.9]),
        )  # fmt: skip
        rules = policy.model_dump(mode="json", by_alias=True)
        rules["rules"] = [rule for rule in rules["rules"] if rule["kind"] in KNOWN]
        plan = surplus.reallocate(ledger, surplus.Policy.model_validate(rules))
        if len(plan.transfers) > 2 and any(
            r.get("at_least") or r.get("at_most") for r in rules["rules"]
        ):
            return json.loads(ledger.to_json()), rules, json.loads(plan.to_json())


def main() -> int:
    logging.disable(logging.WARNING)
    given_ = [int(text) for text in sys.argv[1:]]
    cases, seed = (given_ + [10_000, 1][len(given_) :])[:2]
    rng, start = random.Random(seed), time.perf_counter()
    tried: Counter[str] = Counter()
    passed: list[str] = []
    while sum(tried.values()) < cases:
        documents = plans(rng)
        true = Case(*copy.deepcopy(documents), rng)
        assert accepted(true) == ["the library", "the page"], "what is true is accepted"
        for kind, change in KINDS.items():
            case = Case(*copy.deepcopy(documents), rng)
            with suppress(IndexError):  # nothing there to be altered
                change(case)
            if [case.ledger, case.policy, case.plan] == [*documents]:
                continue
            tried[kind] += 1
            passed += [f"{kind}: {who} accepts it" for who in accepted(case)]
    least, total = min(tried.values()), sum(tried.values())
    print(f"{total:,} cases of {len(tried)} kinds, {least} or more of each; accepted: {len(passed)}; "
          f"{time.perf_counter() - start:,.0f} s")  # fmt: skip
    print("\n".join(passed[:20]))
    return 1 if passed else 0


if __name__ == "__main__":
    sys.exit(main())
