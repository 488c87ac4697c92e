"""Check a plan and its certificate with nothing but Python: ``certificate_check.py LEDGER POLICY PLAN``.

Made for auditors, to be read from top to bottom and to be copied out: it shares no code with the planner.
It brings the documents into one form, strikes every balance, writes every rule as rows of whole numbers,
adds the plan up, and sums up from the certificate's multipliers what no plan can exceed. It knows the
rules permit, forbid, share, cap, reserve and within, the objectives fill and cost, and refuses others.

Amounts are cents. Money flows in three ways: ("in", source, project) reaches a project, ("out", source,
project) leaves one, ("free", source, "") is taken from what no project holds yet. A row has a name, a
factor for each flow, and the most that the sum of factors times cents may be.
"""

import hashlib
import json
import struct
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction as F  # noqa: N817
from itertools import product
from math import ceil, floor, gcd
from pathlib import Path
from typing import Any

Doc = dict[str, Any]
Flow = tuple[str, str, str]
Row = tuple[str, dict[Flow, int], int]
CHAIN = ("estimate", "contract", "settlement", "audited", "final")
AMOUNTS = {*CHAIN, "variations", "other", "claims", "cap", "unallocated", "planned", "paid"}
LEVELS = ("central 中央 中央级 国家 国家级 national", "county 县 县级 区 区县 区级 县市",
          "province provincial 省 省级 自治区 自治区级 region 直辖市",
          "prefecture 地区 地区级 市 市级 地级 州 地市")  # fmt: skip
LEVEL = {word: words.split()[0] for words in LEVELS for word in words.split()}
USUAL = {"claims": 0, "variations": 0, "other": 0, "unallocated": 0, "paid": 0, "priority": 10**6,
         "release_at": "contract", "attribution": "pro_rata", "severity": "absolute", "of": "final",
         "weight": "priority", "swaps": False, "contingency": {}, "source": {}, "project": {}, "tags": {},
         "title": {}, "rules": [], "charges": [], "deadlines": [], "holidays": [],
         "workdays": []}  # fmt: skip
KNOWN = {"permit", "forbid", "share", "cap", "reserve", "within", "fill", "cost", "kind", "id", "cite",
         "source", "project", "at_least", "at_most", "of", "flow", "per", "by", "weight",
         "charges"}  # fmt: skip


def cents(text: str, unit: str = "yuan") -> int:
    """Whole cents of an amount in yuan or wan (万元)."""
    amount = F(text) * {"yuan": 100, "wan": 10**6}[unit]
    if amount.denominator > 1:
        raise ValueError(f"{text} has parts of a cent")
    return amount.numerator


def plain(value: Any, unit: str, key: str = "") -> Any:
    """A part of a document in one form: without what is usual, absent or nested; shares as texts: 3/5."""
    if isinstance(value, list):
        return [plain(item, unit, key) for item in value]
    if isinstance(value, dict):
        known: dict[str, Any] = {}
        for k, v in value.items():
            if k == "tags":
                known |= {f"tags.{tag}": text for tag, text in (v or {}).items()}
            elif k == "price" and isinstance(v, dict):
                known |= plain(v, unit)
            elif v is not None:
                known[k] = plain(v, unit, key if key == "contingency" else k)
        return {k: v for k, v in known.items() if USUAL.get(k) != v}
    if key in ("at_least", "at_most", "contingency") and isinstance(value, str):
        if "%" in value or "/" in value:
            return str(F(value.rstrip("% ")) / (100 if "%" in value else 1))
        return cents(value, unit)
    if key in ("priority", "per_unit"):
        return int(F(value) * 10**6)
    if key == "level":
        return LEVEL.get(value.strip().lower(), value)
    return cents(value, unit) if key in AMOUNTS else value


def facts(ledger: Doc) -> tuple[dict[str, Doc], dict[str, Doc]]:
    """Sources and projects by their ids, in the order of ids; so are the holdings of a project."""
    form = plain(dict(ledger), ledger.get("unit") or "yuan")
    sources = {s["id"]: s for s in sorted(form["sources"], key=lambda s: s["id"])}
    projects = {p["id"]: p for p in sorted(form["projects"], key=lambda p: p["id"])}
    for project in projects.values():
        project["funding"] = sorted(project.get("funding", []), key=lambda f: f["source"])
    return sources, projects


def ledger_digest(ledger: Doc) -> str:
    """A digest of the facts that a plan rests on, whatever the order and unit of the document.

    Table by table and column by column: its name and its distinct texts; then eight bytes for each row:
    a number, the place of a text, or the least number for what is usual or not known.
    """
    digest, (sources, projects) = hashlib.sha256(), facts(ledger)
    held = [entry for project in projects.values() for entry in project["funding"]]
    bare = [p | {"funding": len(p["funding"]), "name": None} for p in projects.values()]
    for rows in ([{"as_of": ledger.get("as_of")}], [*sources.values()], bare, held):
        for key in sorted({key for row in rows for key in row if row[key] is not None}):
            values = [row.get(key) for row in rows]
            texts = sorted({value for value in values if isinstance(value, str)})
            place = {None: -(2**63)} | {text: i for i, text in enumerate(texts)}
            digest.update(json.dumps([key, texts]).encode())
            digest.update(struct.pack(f"<{len(rows)}q", *(place.get(v, v) for v in values)))
    return digest.hexdigest()


def terms(policy: Doc) -> dict[str, Any]:
    """A policy in one form; every rule has an id, and there is an objective."""
    form = plain(dict(policy), policy.get("unit") or "yuan")
    rules = [{"id": f"{r['kind']}-{i}"} | r for i, r in enumerate(form.get("rules", []), 1)]
    form |= {"rules": rules, "objectives": form.get("objectives") or [{"kind": "fill"}]}
    return {key: value for key, value in form.items() if key not in ("name", "unit")}


def policy_digest(policy: Doc) -> str:
    """A digest of a policy, whatever the order of its keys and the form of its figures."""
    return hashlib.sha256(json.dumps(terms(policy), sort_keys=True).encode()).hexdigest()


def takes(selection: Doc, thing: Doc) -> bool:
    """Whether a selection takes a source or a project."""
    for key, wanted in selection.items():
        if key == "not":
            taken = not takes(wanted, thing)
        else:
            taken = thing.get(key) in (wanted if isinstance(wanted, list) else [wanted])
        if not taken:
            return False
    return True


def balance(project: Doc, policy: Doc) -> tuple[int, dict[str, int]]:
    """The gap of a project, and what it may release by source."""
    planned = {f["source"]: f["planned"] for f in project["funding"]}
    undrawn = {f["source"]: f["planned"] - f.get("paid", 0) for f in project["funding"]}
    stage, cost = "planned", sum(planned.values())
    issued = cost
    for link in CHAIN:
        if link in project:
            stage, cost = link, project[link]
            cost += project.get("other", 0) if link not in ("estimate", "final") else 0
            cost += project.get("variations", 0) if link == "contract" else 0
    gap = max(0, min(cost, project.get("cap", cost)) - issued)
    reserve = project.get("claims", 0) + ceil(F(policy.get("contingency", {}).get(stage, 0)) * cost)
    reached = ("planned", *CHAIN).index
    ready = reached(stage) >= reached(policy.get("release_at", "contract"))
    left = min(max(0, issued - cost - reserve), sum(undrawn.values())) if ready else 0
    order, release = policy.get("attribution", "pro_rata"), dict.fromkeys(planned, 0)
    if order != "pro_rata":  # sources in an order, the others after them
        for s in sorted(planned, key=lambda s: (order.index(s) if s in order else len(order), s)):
            release[s] = min(left, undrawn[s])
            left -= release[s]
    while left:  # pro rata; what a source cannot bear goes to the others
        part = {s: divmod(left * a, sum(planned.values())) for s, a in planned.items()}
        full = {s: undrawn[s] for s, (whole, _) in part.items() if whole >= undrawn[s]}
        given = full or {s: whole for s, (whole, _) in part.items()}
        release |= given
        left -= sum(given.values())
        planned = {s: a for s, a in planned.items() if s not in full}
        if not full:  # single cents to the largest remainders
            for s in sorted(planned, key=lambda s: (-part[s][1], s))[:left]:
                release[s] += 1
            break
    return gap, release


class Case:
    """A ledger under a policy: how much may flow at most, and every rule as rows."""

    def __init__(self, ledger: Doc, policy: Doc) -> None:
        self.sources, self.projects = facts(ledger)
        self.policy = terms(policy)
        for part in [*self.policy["rules"], *self.policy["objectives"]]:
            if strange := {part["kind"], *part} - KNOWN:
                raise SystemExit(f"this page does not know {', '.join(strange)}")
        if self.policy.get("swaps") or self.policy.get("attribution") == "free":
            raise SystemExit("this page knows neither swaps nor free attribution")
        self.rules: list[tuple[Doc, set[str], set[str]]] = []  # with their sources and projects
        for rule in self.policy["rules"]:
            mine = {s for s, doc in self.sources.items() if takes(rule.get("source", {}), doc)}
            theirs = {i for i, doc in self.projects.items() if takes(rule.get("project", {}), doc)}
            self.rules.append((rule, mine, theirs))
        self.gap: dict[str, int] = {}
        self.planned: dict[tuple[str, str], int] = {}
        supply = {("free", s, ""): doc.get("unallocated", 0) for s, doc in self.sources.items()}
        for i, project in self.projects.items():
            self.planned |= {(f["source"], i): f["planned"] for f in project["funding"]}
            self.gap[i], release = balance(project, self.policy)
            supply |= {("out", s, i): amount for s, amount in release.items()}
        self.available = {s: sum(a for f, a in supply.items() if f[1] == s) for s in self.sources}
        self.most: dict[Flow, int] = {}
        self.reached: dict[str, set[str]] = defaultdict(set)  # by source, pools with a recipient
        for s, i in product(self.sources, self.projects):
            if self.available[s] and self.gap[i] and self.permitted(s, i):
                self.most["in", s, i] = self.gap[i]
                self.reached[s].add(self.pool(s, i))
        self.most |= {flow: a for flow, a in supply.items() if a and self.pools(flow)}
        self.rows = [row for rule in self.rules for row in self.rows_of(*rule)]

    def permitted(self, source: str, project: str) -> bool:
        """Whether money of a source may go to a project."""
        ties = [(r["kind"], project in theirs) for r, mine, theirs in self.rules if source in mine]
        some = ("permit", True) in ties or ("permit", False) not in ties
        return some and ("forbid", True) not in ties

    def pool(self, source: str, project: str) -> str:
        """The pool of a source that a project gives to and takes from."""
        ties = [r["by"] for r, mine, _ in self.rules if r["kind"] == "within" and source in mine]
        values = [self.projects[project].get(field) for field in dict.fromkeys(ties)]
        return json.dumps([source, *values], ensure_ascii=False) if ties else source

    def pools(self, flow: Flow) -> set[str]:
        """The pools through which a flow reaches projects; free money chooses."""
        way, s, i = flow
        return self.reached[s] if way == "free" else self.reached[s] & {self.pool(s, i)}

    def group(self, per: str | None, source: str, project: str) -> str:
        """What names the group that a cap counts a flow in."""
        if per in ("source", "level", "year"):
            return f" {per} {self.sources[source].get('id' if per == 'source' else per)}"
        value = self.projects[project].get(per or "", "not known")
        return f" {'project' if per == 'id' else per} {value}" if per else ""

    def rows_of(self, rule: Doc, mine: set[str], theirs: set[str]) -> Iterator[Row]:
        """A rule as rows, over its sources and its projects."""
        name, per = rule["id"], rule.get("per")
        flows = [flow for flow in self.most if flow[1] in mine]
        planned = {(s, i): a for (s, i), a in self.planned.items() if s in mine}
        if rule["kind"] == "share":
            final = rule.get("of", "final") == "final"  # of all money then, or of what moves
            whole = sum(planned.values()) * final
            part = sum(a for (_, i), a in planned.items() if i in theirs) * final
            in_whole = {"in": not final, "out": 0, "free": final}
            in_part = {"in": 1, "out": -final, "free": 0}
            for sign, key in ((1, "at_least"), (-1, "at_most")):
                if key in rule:  # sign * (share * whole - part) <= 0, times the denominator
                    n, d = (sign * number for number in F(rule[key]).as_integer_ratio())
                    factors = {
                        (way, s, i): n * in_whole[way] - d * in_part[way] * (i in theirs)
                        for way, s, i in flows
                    }
                    yield f"{name} {key.replace('_', ' ')}", factors, d * part - n * whole
        elif rule["kind"] == "reserve":
            for s in mine:
                leaving = {flow: 1 for flow in flows if flow[0] != "in" and flow[1] == s}
                kept = ceil(cents_of(rule["at_least"], self.available[s]))
                yield f"{name} {s}", leaving, self.available[s] - kept
        elif rule["kind"] == "cap":
            counted: dict[str, dict[Flow, int]] = defaultdict(dict)
            base: dict[str, int] = defaultdict(int)
            for way, s, i in flows:
                if way == rule["flow"] and i in theirs:
                    counted[self.group(per, s, i)][way, s, i] = 1
            for (s, i), a in planned.items():
                base[self.group(per, s, i)] += a if i in theirs else 0
            for words, factors in counted.items():
                yield name + words, factors, floor(cents_of(rule["at_most"], base[words]))

    def aims(self) -> list[tuple[str, int, dict[Flow, int]]]:
        """By level its kind, -1 where less is better, and millionths for a cent that arrives."""
        ins = {f: self.projects[f[2]].get("priority", 10**6) for f in self.most if f[0] == "in"}
        levels: list[tuple[str, int, dict[Flow, int]]] = []
        for aim in self.policy["objectives"]:
            if aim["kind"] == "cost":
                charged = dict.fromkeys(ins, 0)
                for charge, (way, s, i) in product(aim.get("charges", []), ins):
                    source, project = charge.get("source", {}), charge.get("project", {})
                    if takes(source, self.sources[s]) and takes(project, self.projects[i]):
                        charged[way, s, i] = -charge["per_unit"]
                levels.append(("cost", -1, charged))
            elif aim.get("weight") == "tiers":
                tiers = {p.get("priority", 10**6) for p in self.projects.values()} - {0}
                for tier in sorted(tiers, reverse=True):
                    levels.append(("fill", 1, {f: 10**6 * (w == tier) for f, w in ins.items()}))
            else:
                same = aim.get("weight") == "none"
                levels.append(("fill", 1, dict.fromkeys(ins, 10**6) if same else ins))
        return levels


def cents_of(limit: int | str, whole: int) -> F:
    """A limit that is an amount, or a share of a whole."""
    return F(limit) * (whole if isinstance(limit, str) else 1)


def breaches(case: Case, plan: Doc) -> Iterator[str]:
    """Everything in which a plan breaks a bound or a rule, or misstates a figure."""
    flows: Counter[Flow] = Counter()
    for t in plan["transfers"]:
        s, giver, taker, moved = t["source"], t["from"], t["to"], cents(t["amount"])
        flows["in", s, taker] += moved
        flows[("free", s, "") if giver is None else ("out", s, giver)] += moved
        if moved <= 0 or t.get("swap"):
            yield f"{t}: no transfer of some money"
        if giver is not None and case.pool(s, giver) != case.pool(s, taker):
            yield f"{t}: the money may not leave where it is"
    for flow, moved in flows.items():
        if moved > case.most.get(flow, 0):
            yield f"{' '.join(flow)}: {moved} cents, at most {case.most.get(flow, 0)} may"
    for name, factors, most in case.rows:
        if sum(factor * flows[flow] for flow, factor in factors.items()) > most:
            yield f"rule row '{name}' is broken"
    true: dict[str, dict[str, Doc]] = {"projects": {}, "sources": {}}
    for i, gap in case.gap.items():
        held = {s: case.planned[s, i] for s in case.sources if (s, i) in case.planned}
        final = {s: held.get(s, 0) + flows["in", s, i] - flows["out", s, i] for s in case.sources}
        final = {s: a for s, a in final.items() if s in held or a}
        unmet = gap - sum(flows["in", s, i] for s in case.sources)
        if unmet < 0:
            yield f"{i} receives more than its gap"
        planned = sum(held.values())
        true["projects"][i] = {"need": gap, "planned": planned, "final": final, "unmet": unmet}
    for s, all_ in case.available.items():
        moved = sum(flows["in", s, i] for i in case.projects)
        true["sources"][s] = {"available": all_, "moved": moved, "left": all_ - moved}
    for kind, rows in true.items():
        stated = [(one["id"], figures(one)) for one in plan[kind]]
        if stated != [*rows.items()]:
            wrong = [name for name, row in stated if rows.get(name) != row]
            yield f"the figures of {kind} are misstated: {', '.join(wrong)}"
    values = []
    for kind, sign, weights in case.aims():
        worth = sum(weight * flows[flow] for flow, weight in weights.items())
        values.append((kind, F(sign * worth, 10**8)))
    if values != [(o["kind"], F(o["value"])) for o in plan["objectives"]]:
        yield f"the objectives are misstated; they come to {', '.join(str(v) for _, v in values)}"


def figures(row: Doc) -> dict[str, Any]:
    """What a plan states of a project or source, in cents."""
    return {
        key: {s: cents(a) for s, a in text.items()} if key == "final" else cents(text)
        for key, text in row.items()
        if key not in ("id", "reason")
    }


def limit(case: Case, proof: Doc, aims: Sequence[Mapping[Flow, int]]) -> F:
    """What the last aim, with the earlier ones at their weights, cannot exceed: an exact sum.

    Rows at their multipliers and pools at their prices move into the aim. Then everything falls apart:
    a project fills its gap where a cent adds most, and a cent leaves where that adds something.
    """
    weights = [*map(F, proof["weights"]), F(1)]
    price = {name: F(text) for name, text in proof["pools"].items()}
    rows = [(F(proof["rows"].get(name, 0)), factors, most) for name, factors, most in case.rows]
    if len(weights) != len(aims) or min([*weights, *(y for y, _, _ in rows)]) < 0:
        raise SystemExit("a multiplier is negative, or a weight is missing or one too many")
    gain: dict[Flow, F] = defaultdict(F)
    for weight, aim in zip(weights, aims, strict=True):
        for flow, worth in aim.items():
            gain[flow] += weight * worth
    for y, factors, _ in rows:
        for flow, factor in factors.items() if y else ():
            gain[flow] -= y * factor
    total, best = sum((y * most for y, _, most in rows), F(0)), dict.fromkeys(case.gap, F(0))
    for flow, most in case.most.items():
        paid = max(price.get(pool, F(0)) for pool in case.pools(flow))
        if flow[0] == "in":
            best[flow[2]] = max(best[flow[2]], gain[flow] - paid)
        else:
            total += most * max(F(0), gain[flow] + paid)
    return total + sum(case.gap[i] * worth for i, worth in best.items())


def check(ledger: Doc, policy: Doc, plan: Doc) -> list[str]:
    """Everything that is wrong with a plan and its certificate."""
    case, certificate = Case(ledger, policy), plan["certificate"]
    possible = plan["status"] != "infeasible"
    wrong = [*breaches(case, plan)] if possible else []
    if not certificate:
        return [*wrong, "there is no certificate"]
    if certificate["ledger"] != ledger_digest(ledger):
        wrong.append("the certificate is for another ledger")
    if certificate["policy"] != policy_digest(policy):
        wrong.append("the certificate is for another policy")
    if not possible:  # without an aim the sum bounds 0
        proof = certificate["levels"][0]
        top = limit(case, proof, [{}])
        if top >= 0 or top != F(proof["limit"]):
            wrong.append(
                f"the multipliers prove that 0 is at most {top}, no contradiction as stated"
            )
        return wrong
    aims = case.aims()
    values: list[F] = []
    for k, (_, sign, weights) in enumerate(aims):
        proof, stated = certificate["levels"][k], plan["objectives"][k]
        top = limit(case, proof, [weights for _, _, weights in aims[: k + 1]])
        if top != F(proof["limit"]):
            wrong.append(f"level {k + 1}: the multipliers prove {top}, not {proof['limit']}")
        top -= sum(F(w) * value for w, value in zip(proof["weights"], values, strict=True))
        step = gcd(*weights.values()) or 1  # every value is a multiple of it
        if F(stated["bound"]) != sign * F(top // step * step, 10**8):
            wrong.append(f"level {k + 1}: the bound is not what the multipliers prove")
        values.append(sign * F(stated["value"]) * 10**8)
    return wrong


def main(paths: Sequence[str]) -> int:
    """Print what is wrong, or what is proved."""
    right = "The plan holds and the certificate proves it."
    if len(paths) != 3:
        print("usage: certificate_check.py LEDGER.json POLICY.json PLAN.json")
        return 2
    try:
        ledger, policy, plan = (json.loads(Path(path).read_text("utf-8-sig")) for path in paths)
        wrong = check(ledger, policy, plan)
        if plan["status"] == "infeasible":
            right = "The rules contradict each other: no plan keeps them all."
        for o in plan.get("objectives", []):
            print(f"{o['kind']}: this plan {o['value']}, proven limit of any plan {o['bound']}")
    except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError) as error:
        wrong = [f"the documents cannot be read: {error!r:.300}"]
    print("\n".join(wrong) or right)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
