"""Check a plan and its certificate with nothing but Python: ``certificate_check.py LEDGER POLICY PLAN``.

Written to be read by an auditor and to be copied out; it shares no code with the planner. It works out
every balance, writes every rule as rows of whole numbers, checks the plan against them, and sums up
from the certificate's multipliers what no plan can exceed. It knows the rules permit, forbid, share,
cap, reserve and within, and the objectives fill and cost; a policy with others it refuses.
"""

from __future__ import annotations

import hashlib
import json
import sys
from array import array
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction as F  # noqa: N817
from math import gcd
from typing import Any, NamedTuple

Doc = Mapping[str, Any]
CHAIN = ("estimate", "contract", "settlement", "audited", "final")
STAGES = ("planned", *CHAIN)
TOP = {"central": "central 中央 中央级 国家 国家级 national", "county": "county 县 县级 区 区县 区级 县市",
       "province": "province provincial 省 省级 自治区 自治区级 region 直辖市",
       "prefecture": "prefecture 地区 地区级 市 市级 地级 州 地市"}  # fmt: skip
LEVEL = {word: level for level, words in TOP.items() for word in words.split()}


class Row(NamedTuple):
    """``sum(ins) + sum(outs) + sum(used) <= bound``: factors by (source, project), and by source."""

    name: str
    ins: Mapping[tuple[str, str], int]
    outs: Mapping[tuple[str, str], int]
    used: Mapping[str, int]
    bound: int


def cents(text: str | None, unit: str) -> int:
    """Cents of an amount in yuan or wan (万元)."""
    return int(F(text or "0") * (100 if unit == "yuan" else 1_000_000))


def share(text: str) -> F:
    """An exact share such as 60% or 3/5."""
    return F(text.rstrip("% ")) / 100 if "%" in text else F(text)


def takes(selection: Doc, thing: Doc) -> bool:
    """Whether a selection takes a source or a project."""
    for key, wanted in selection.items():
        if key == "not":
            if wanted is not None and takes(wanted, thing):
                return False
        elif key == "tags":
            if not takes(wanted, thing.get("tags") or {}):
                return False
        elif wanted is not None:
            values = wanted if isinstance(wanted, list) else [wanted]
            if level(key, thing) not in [LEVEL.get(v, v) if key == "level" else v for v in values]:
                return False
    return True


def level(key: str, thing: Doc) -> Any:
    """A field of a source or project; levels of government under one name."""
    if key.startswith("tags."):
        return (thing.get("tags") or {}).get(key[5:])
    value = thing.get(key)
    return LEVEL.get(value, value) if key == "level" and value is not None else value


def balance(project: Doc, policy: Doc, unit: str) -> tuple[int, dict[str, int]]:
    """The gap, and what may be released by source."""
    price = project.get("price") or {}
    held = {f["source"]: f for f in sorted(project.get("funding", []), key=lambda f: f["source"])}
    planned = {s: cents(f["planned"], unit) for s, f in held.items()}
    undrawn = {s: planned[s] - cents(f.get("paid"), unit) for s, f in held.items()}
    cost = issued = sum(planned.values())
    stage = "planned"
    for link in CHAIN:
        if price.get(link) is not None:
            stage, cost = link, cents(price[link], unit)
            cost += cents(price.get("other"), unit) if link not in ("estimate", "final") else 0
            cost += cents(price.get("variations"), unit) if link == "contract" else 0
    kept = share((policy.get("contingency") or {}).get(stage) or "0%") * cost
    reserve = cents(project.get("claims"), unit) - int(-kept // 1)
    cap = project.get("cap")
    gap = max(0, (cost if cap is None else min(cost, cents(cap, unit))) - issued)
    ready = STAGES.index(stage) >= STAGES.index(policy.get("release_at") or "contract")
    left = min(max(0, issued - cost - reserve), sum(undrawn.values())) if ready else 0
    order, release = policy.get("attribution") or "pro_rata", dict.fromkeys(planned, 0)
    if order == "free":
        raise SystemExit("the attribution free is not one that this page knows")
    if order != "pro_rata":
        for s in sorted(planned, key=lambda s: (order.index(s) if s in order else len(order), s)):
            release[s] = min(left, undrawn[s])
            left -= release[s]
        return gap, release
    while left and planned:
        base = sum(planned.values())
        part = {s: divmod(left * a, base) for s, a in planned.items()}
        full = [s for s in planned if part[s][0] >= undrawn[s]]
        for s in full or planned:
            release[s] = undrawn[s] if full else part[s][0]
        if not full:
            missing = left - sum(whole for whole, _ in part.values())
            for s in sorted(planned, key=lambda s: (-part[s][1], s))[:missing]:
                release[s] += 1
            break
        left -= sum(undrawn[s] for s in full)
        planned = {s: a for s, a in planned.items() if s not in full}
    return gap, release


class Case:
    """A ledger under a policy: what may flow, and every rule as rows."""

    def __init__(self, ledger: Doc, policy: Doc) -> None:
        self.unit, self.policy = ledger.get("unit") or "yuan", policy
        self.sources = {s["id"]: s for s in ledger["sources"]}
        self.projects = {p["id"]: p for p in ledger["projects"]}
        self.free = {i: cents(s.get("unallocated"), self.unit) for i, s in self.sources.items()}
        both = {i: balance(p, policy, self.unit) for i, p in self.projects.items()}
        self.gap = {i: gap for i, (gap, _) in both.items() if gap}
        self.release = {(s, i): a for i, (_, r) in both.items() for s, a in r.items() if a}
        self.planned = {
            (f["source"], i): cents(f["planned"], self.unit)
            for i, p in self.projects.items()
            for f in p.get("funding", [])
        }
        self.rules = [
            rule | {"id": rule.get("id") or f"{rule['kind']}-{place}"}
            for place, rule in enumerate(policy.get("rules") or (), 1)
        ]
        known = {"permit", "forbid", "share", "cap", "reserve", "within"}
        if (
            policy.get("swaps")
            or {r["kind"] for r in self.rules} - known
            or any(
                r.get("severity", "absolute") != "absolute" or r.get("baseline") for r in self.rules
            )
        ):
            raise SystemExit("the policy has rules that this page does not know")
        there = {s for s, _ in self.release} | {s for s, free in self.free.items() if free}
        self.ins = {
            (s, i) for s in there for i in self.gap if self._open(self.sources[s], self.projects[i])
        }
        self.rows = [row for rule in self.rules for row in self._rows(rule)]

    def _open(self, source: Doc, project: Doc) -> bool:
        ties = [
            r
            for r in self.rules
            if r["kind"] in ("permit", "forbid") and takes(r.get("source") or {}, source)
        ]
        hits = [r["kind"] for r in ties if takes(r.get("project") or {}, project)]
        permits = [r for r in ties if r["kind"] == "permit"]
        return "forbid" not in hits and (not permits or "permit" in hits)

    def pool(self, source: str, project: str) -> str:
        """The pool of a source that a project belongs to."""
        fields = {
            r["by"]: None
            for r in self.rules
            if r["kind"] == "within" and takes(r.get("source") or {}, self.sources[source])
        }
        values = [level(f, self.projects[project]) for f in fields]
        return " / ".join(
            [source, *(f"{f} {v or 'not known'}" for f, v in zip(fields, values, strict=True))]
        )

    def _rows(self, rule: Doc) -> Iterator[Row]:
        name, unit = rule["id"], rule.get("unit_of_policy") or self.policy.get("unit") or "yuan"
        mine = [s for s, doc in self.sources.items() if takes(rule.get("source") or {}, doc)]
        theirs = {i for i, doc in self.projects.items() if takes(rule.get("project") or {}, doc)}
        ins, outs = [p for p in self.ins if p[0] in mine], [p for p in self.release if p[0] in mine]
        if rule["kind"] == "share":
            for sign, key, words in ((1, "at_least", "at least"), (-1, "at_most", "at most")):
                if rule.get(key) is not None:
                    n, d = share(rule[key]).as_integer_ratio()
                    final = (rule.get("of") or "final") == "final"
                    whole = sum(a for (s, _), a in self.planned.items() if s in mine)
                    part = sum(a for (s, i), a in self.planned.items() if s in mine and i in theirs)
                    yield Row(
                        f"{name} {words}",
                        {p: sign * ((0 if final else n) - d * (p[1] in theirs)) for p in ins},
                        {p: sign * d * (p[1] in theirs) for p in outs} if final else {},
                        dict.fromkeys(mine, sign * n) if final else {},
                        sign * (d * part - n * whole) if final else 0,
                    )
        elif rule["kind"] == "reserve":
            for s in mine:
                available = self.free[s] + sum(a for (t, _), a in self.release.items() if t == s)
                kept = self._limit(rule["at_least"], available, unit, up=True)
                yield Row(
                    f"{name} {s}", {}, {p: 1 for p in outs if p[0] == s}, {s: 1}, available - kept
                )
        elif rule["kind"] == "cap":
            group: dict[str, list[tuple[str, str]]] = defaultdict(list)
            for pair in {*self.planned, *self.ins, *self.release}:
                if pair[0] in mine and pair[1] in theirs:
                    group[self._group(rule.get("per"), pair)].append(pair)
            for words, pairs in group.items():
                base = sum(self.planned.get(pair, 0) for pair in pairs)
                most = self._limit(rule["at_most"], base, unit, up=False)
                into = rule["flow"] == "in"
                there = dict.fromkeys(
                    (p for p in pairs if p in (self.ins if into else self.release)), 1
                )
                yield Row(f"{name}{words}", there if into else {}, {} if into else there, {}, most)

    def _limit(self, text: str, base: int, unit: str, up: bool) -> int:
        if "%" not in text and "/" not in text:
            return cents(text, unit)
        return -int(-share(text) * base // 1) if up else int(share(text) * base // 1)

    def _group(self, per: str | None, pair: tuple[str, str]) -> str:
        if per in ("level", "year", "source"):
            return f" {per} {level('id' if per == 'source' else per, self.sources[pair[0]])}"
        value = None if per is None else level(per, self.projects[pair[1]])
        known = "not known" if value is None else value
        return "" if per is None else f" project {value}" if per == "id" else f" {per} {known}"

    def aims(self) -> list[tuple[int, dict[tuple[str, str], int]]]:
        """Per level 1 or -1 (less is better), and millionths per cent by (source, project)."""
        result = []
        for aim in self.policy.get("objectives") or [{"kind": "fill"}]:
            weight = {i: int(F(p.get("priority") or "1") * 10**6) for i, p in self.projects.items()}
            if aim["kind"] == "cost":
                paid = dict.fromkeys(self.ins, 0)
                for charge in aim.get("charges") or ():
                    for s, i in self.ins:
                        if takes(charge.get("source") or {}, self.sources[s]) and takes(
                            charge.get("project") or {}, self.projects[i]
                        ):
                            paid[s, i] = -int(F(charge["per_unit"]) * 10**6)
                result.append((-1, paid))
            elif aim["kind"] != "fill":
                raise SystemExit(f"the objective {aim['kind']} is not one that this page knows")
            elif aim.get("weight") == "tiers":
                for tier in sorted({w for w in weight.values() if w}, reverse=True):
                    result.append((1, {p: 10**6 * (weight[p[1]] == tier) for p in self.ins}))
            else:
                same = aim.get("weight") == "none"
                result.append((1, {p: 10**6 if same else weight[p[1]] for p in self.ins}))
        return result


def breaches(case: Case, plan: Doc) -> Iterator[str]:
    """Everything in which a plan breaks a bound or a rule, or misstates a figure."""
    ins, outs, used = defaultdict(int), defaultdict(int), defaultdict(int)  # type: ignore[var-annotated]
    for t in plan["transfers"]:
        s, giver, taker, amount = t["source"], t["from"], t["to"], cents(t["amount"], "yuan")
        ins[s, taker] += amount
        if giver is None:
            used[s] += amount
        else:
            outs[s, giver] += amount
            if case.pool(s, giver) != case.pool(s, taker):
                yield f"{t}: the money may not leave where it is"
        if amount <= 0 or (s, taker) not in case.ins:
            yield f"{t}: not a permitted transfer"
    received: dict[str, int] = defaultdict(int)
    for (_, i), a in ins.items():
        received[i] += a
    yield from (
        f"{i} receives more than its gap" for i, a in received.items() if a > case.gap.get(i, 0)
    )
    yield from (
        f"{p} gives more than it may" for p, a in outs.items() if a > case.release.get(p, 0)
    )
    yield from (
        f"too much unallocated {s} is used" for s, a in used.items() if a > case.free.get(s, 0)
    )
    for row in case.rows:
        total = sum(row.ins.get(p, 0) * a for p, a in ins.items()) + sum(
            row.outs.get(p, 0) * a for p, a in outs.items()
        )
        if total + sum(row.used.get(s, 0) * a for s, a in used.items()) > row.bound:
            yield f"rule row '{row.name}' is broken"
    for p in plan["projects"]:
        final = {s: a for (s, i), a in case.planned.items() if i == p["id"]}
        for (s, i), a in [*ins.items(), *((k, -v) for k, v in outs.items())]:
            if i == p["id"]:
                final[s] = final.get(s, 0) + a
        if {s: cents(a, "yuan") for s, a in p["final"].items()} != final:
            yield f"the final funding of {p['id']} is misstated"
        if cents(p["unmet"], "yuan") != case.gap.get(p["id"], 0) - received[p["id"]]:
            yield f"the unmet gap of {p['id']} is misstated"
    for k, (sign, weights) in enumerate(case.aims()):
        value = sign * F(sum(weights[p] * a for p, a in ins.items() if p in weights), 10**8)
        if F(plan["objectives"][k]["value"]) != value:
            yield f"the value of objective {k + 1} is misstated"


def limit(case: Case, proof: Doc, aims: Sequence[Mapping[tuple[str, str], int]]) -> F:
    """What the last aim, with the earlier ones at their weights, cannot exceed: an exact sum."""
    factors = [*map(F, proof["weights"]), F(1)] if aims else []
    price = {name: F(text) for name, text in proof["pools"].items()}
    rows = [(row, F(proof["rows"].get(row.name, 0))) for row in case.rows]
    rows = [(row, y) for row, y in rows if y]
    if any(y < 0 for _, y in rows) or any(w < 0 for w in factors) or len(factors) != len(aims):
        raise SystemExit("a multiplier is negative, or a weight is missing or one too many")
    total = sum((y * row.bound for row, y in rows), F(0))
    best = dict.fromkeys(case.gap, F(0))
    for s, i in case.ins:
        worth = sum((w * aim[s, i] for w, aim in zip(factors, aims, strict=False)), F(0))
        worth -= price.get(case.pool(s, i), 0) + sum(y * row.ins.get((s, i), 0) for row, y in rows)
        best[i] = max(best[i], worth)
    total += sum((case.gap[i] * worth for i, worth in best.items()), F(0))
    open_pools = {case.pool(s, i) for s, i in case.ins}  # from others nothing can leave
    for (s, i), amount in case.release.items():
        gain = price.get(case.pool(s, i), 0) - sum(y * row.outs.get((s, i), 0) for row, y in rows)
        total += amount * max(F(0), F(gain)) * (case.pool(s, i) in open_pools)
    for s, amount in case.free.items():
        if gains := [price.get(case.pool(s, i), F(0)) for t, i in case.ins if t == s]:
            gain = max(gains) - sum(y * row.used.get(s, 0) for row, y in rows)
            total += amount * max(F(0), gain)
    return total


def check(ledger: Doc, policy: Doc, plan: Doc) -> list[str]:
    """Everything that is wrong with a plan and its certificate."""
    case = Case(ledger, policy)
    impossible = plan["status"] == "infeasible"
    wrong = [] if impossible else [*breaches(case, plan)]
    certificate = plan["certificate"]
    if not certificate:
        return [*wrong, "there is no certificate"]
    if certificate.get("ledger") != ledger_digest(ledger):
        wrong.append("the certificate is for another ledger")
    if certificate.get("policy") != policy_digest(policy):
        wrong.append("the certificate is for another policy")
    if impossible:  # with no aim at all the sum bounds 0
        top = limit(case, certificate["levels"][0], [])
        if top >= 0 or top != F(certificate["levels"][0]["limit"]):
            wrong.append(
                f"the multipliers prove that 0 is at most {top}, no contradiction as stated"
            )
        return wrong
    values: list[F] = []
    aims = case.aims()
    for k, (sign, weights) in enumerate(aims):
        proof, stated = certificate["levels"][k], plan["objectives"][k]
        top = limit(case, proof, [weights for _, weights in aims[: k + 1]])
        if top != F(proof["limit"]):
            wrong.append(f"level {k + 1}: the multipliers prove {top}, not {proof['limit']}")
        values.append(sign * F(stated["value"]) * 10**8)
        top -= sum((F(w) * v for w, v in zip(proof["weights"], values, strict=False)), F(0))
        step = gcd(*weights.values()) or 1
        if F(stated["bound"]) != sign * F(top // step * step, 10**8):
            wrong.append(f"level {k + 1}: the bound is not what the multipliers prove")
    return wrong


def ledger_digest(ledger: Doc) -> str:
    """A digest of the facts that a plan rests on, whatever the order and unit of the document."""
    unit = ledger.get("unit") or "yuan"
    digest = hashlib.sha256()
    projects = sorted(ledger["projects"], key=lambda p: p["id"])
    for s in sorted(ledger["sources"], key=lambda s: s["id"]):
        facts = [
            s["id"],
            level("level", s),
            s.get("year"),
            s.get("first_budgeted"),
            s.get("expires"),
            cents(s.get("unallocated"), unit),
            sorted((s.get("tags") or {}).items()),
        ]
        digest.update(json.dumps(facts, ensure_ascii=False).encode())
    digest.update("\n".join(p["id"] for p in projects).encode())
    tags = sorted({f"tags.{t}" for p in projects for t in p.get("tags") or {}})
    for key in ("category", "department", "township", *tags):
        known = sorted({level(key, p) for p in projects} - {None})
        code = {value: i for i, value in enumerate(known)} | {None: -1}
        digest.update("\n".join([key, *known]).encode())
        digest.update(packed("i", [code[level(key, p)] for p in projects]))
    unknown = -(2**63)
    for key in ("estimate", "contract", "variations", "settlement", "audited", "final", "other"):
        absent = 0 if key in ("variations", "other") else unknown
        prices = [(p.get("price") or {}).get(key) for p in projects]
        digest.update(packed("q", [absent if a is None else cents(a, unit) for a in prices]))
    digest.update(packed("q", [int(F(p.get("priority") or "1") * 10**6) for p in projects]))
    digest.update(packed("q", [cents(p.get("claims"), unit) for p in projects]))
    digest.update(
        packed("q", [unknown if p.get("cap") is None else cents(p["cap"], unit) for p in projects])
    )
    place = {s: i for i, s in enumerate(sorted(s["id"] for s in ledger["sources"]))}
    held = sorted(
        (i, place[f["source"]], cents(f["planned"], unit), cents(f.get("paid"), unit))
        for i, p in enumerate(projects)
        for f in p.get("funding", [])
    )
    for column in range(4):
        digest.update(packed("q", [entry[column] for entry in held]))
    return digest.hexdigest()


def packed(kind: str, numbers: Sequence[int]) -> bytes:
    """Numbers as little-endian bytes."""
    column = array(kind, numbers)
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()


def policy_digest(policy: Doc) -> str:
    """A digest of a policy, whatever the order of keys and the form of shares and amounts."""
    policy = {**policy, "objectives": policy.get("objectives") or [{"kind": "fill"}]}
    return hashlib.sha256(
        json.dumps(
            plain(policy, policy.get("unit") or "yuan"), sort_keys=True, ensure_ascii=False
        ).encode()
    ).hexdigest()


DEFAULTS = {
    "of": "final",
    "release_at": "contract",
    "attribution": "pro_rata",
    "severity": "absolute",
    "weight": "priority",
    "unit": "yuan",
    "swaps": False,
}
AMOUNTS = ("at_least", "at_most")


def plain(value: Any, unit: str, key: str = "") -> Any:
    """A document with what is absent, empty or usual left out, and numbers in one form."""
    if isinstance(value, Mapping):
        inner = {
            k: plain(v, unit, k)
            for k, v in value.items()
            if DEFAULTS.get(k) != v and k not in ("unit", "name")
        }
        return {k: v for k, v in inner.items() if v not in (None, {}, [])}
    if isinstance(value, (list, tuple)):
        if key == "rules":
            value = [
                r if r.get("id") else {**r, "id": f"{r['kind']}-{i}"}
                for i, r in enumerate(value, 1)
            ]
        return [plain(v, unit) for v in value]
    if isinstance(value, str) and key in AMOUNTS:
        return str(share(value)) if "%" in value or "/" in value else f"{cents(value, unit)} cents"
    if isinstance(value, str) and key == "per_unit":
        return str(F(value))
    return value


def main(arguments: Sequence[str]) -> int:
    """Print what is wrong, or what is proved."""
    documents = []
    for path in arguments:
        with open(path, encoding="utf-8-sig") as file:  # noqa: PTH123
            documents.append(json.load(file))
    wrong = check(*documents)
    for o in documents[2].get("objectives", ()):
        print(f"{o['kind']}: this plan {o['value']}, proven limit of any plan {o['bound']}")  # noqa: T201
    right = "The plan holds and the certificate proves it."
    if documents[2]["status"] == "infeasible":
        right = "The rules contradict each other: no plan keeps them all."
    print("\n".join(wrong) or right)  # noqa: T201
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
