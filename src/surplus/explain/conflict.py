"""Infeasible: a minimal set of rules that contradict each other, with figures."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from surplus.balance import Balance
from surplus.core import Core, core, with_money
from surplus.errors import SurplusError
from surplus.exact import Ask, Contradiction, integral, optimum
from surplus.explain.repair import Repair, money, repairs
from surplus.ledger import Ledger
from surplus.model import Model, build
from surplus.plan.certify import refutation
from surplus.policy import Policy
from surplus.policy.rules import Rule
from surplus.policy.rules.permit import Permit
from surplus.program import Program, Row, Weights
from surplus.proof.certificate import impossible
from surplus.proof.digests import ledger_digest, policy_digest

Unit = tuple[Rule, ...]


class Infeasible(SurplusError):
    """No plan keeps all rules.

    Attributes:
        rules: Ids of a minimal set of rules that contradict each other: without any one of them (all
            permits for one money count as one) the others can be kept.
        reasons: One sentence with figures for each rule of the set.
        repairs: For each rule of the set with a bound, the nearest one with which a plan exists; and
            for each source the least unallocated money more with which one does.
        proof: By row of the program a whole number: with these multipliers the rows add up to
            ``0 <= -1`` or less (Farkas). Empty where only whole numbers make it impossible.
        certificate: The same for the whole ledger, as `verify_infeasible` and the stand-alone page
            `proof/certificate_check.py` check it.
    """

    def __init__(
        self,
        rules: Sequence[str],
        reasons: Sequence[str],
        repairs: Sequence[Repair] = (),
        proof: Mapping[str, int] | None = None,
        certificate: Mapping[str, Any] | None = None,
    ) -> None:
        self.certificate = dict(certificate or {})
        self.proof = dict(proof or {})
        self.rules = tuple(rules)
        self.reasons = tuple(reasons)
        self.repairs = tuple(repairs)
        named = ", ".join(f"'{name}'" for name in rules)
        head = (
            f"rule {named} cannot be kept by any plan"
            if len(rules) == 1
            else f"rules {named} contradict each other; no plan keeps them all"
        )
        lines = [f"Infeasible: {head}.", *(f"  {reason}" for reason in reasons)]
        if repairs:
            lines.append("  A plan exists with: " + "; or ".join(r.sentence() for r in repairs))
        super().__init__("\n".join(lines))

    def to_json(self) -> str:
        """The verdict with its certificate as a document."""
        document = {
            "status": "infeasible",
            "rules": self.rules,
            "reasons": self.reasons,
            "repairs": [repair.to_json() for repair in self.repairs],
            "certificate": self.certificate,
        }
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def conflict(
    ledger: Ledger,
    balance: Balance,
    policy: Policy,
    model: Model,
    proof: Contradiction,
    ask: Ask,
) -> Infeasible:
    """Shrink the rules to a minimal contradictory set, by exact tests without one unit at a time."""
    groups = core(ledger, policy, apart=True)

    def modelled(units: Sequence[Unit], of: Core = groups) -> Model:
        rules = [rule for unit in units for rule in unit]
        return build(of.ledger, of.balance, policy, rules, room=of.room_for(rules))

    def contradictory(units: Sequence[Unit], of: Core = groups) -> bool:
        program = _aimed(modelled(units, of).program, ())
        if program.integer is not None:
            return isinstance(integral(program, ask), Contradiction)
        return isinstance(optimum(program, ask), Contradiction)

    proving = {
        row.rule
        for row, y in zip(model.program.rows, proof.multipliers.tolist(), strict=True)
        if y != 0 and row.rule
    }
    # Rules with rows count only if the proof uses them; rules that shape flows always may.
    kept = [
        unit
        for unit in _units(policy.rules, ledger)
        if unit[0].title in proving or unit[0].shapes or not proving
    ]
    for unit in list(kept):
        without = [u for u in kept if u is not unit]
        if contradictory(without):
            kept = without
    reasons: list[str] = []
    for unit in kept:
        others = modelled([u for u in kept if u is not unit])
        reasons += _reasons(unit, others, _Limits(others.program, ask))
    named = [rule for unit in kept for rule in unit]

    def feasible(rules: Sequence[Rule]) -> bool:
        return not contradictory([(rule,) for rule in rules])

    everything = _units(policy.rules, ledger)

    def enough(source: int, cents: int) -> bool:
        return not contradictory(everything, with_money(groups, source, cents))

    def needed(source: int, most: int) -> int | None:
        """The least that a plan uses of a source, beyond what there is."""
        model = modelled(everything, with_money(groups, source, most))
        start = len(model.flows.ins) + len(model.flows.outs)
        weights = np.zeros(len(model.program.upper), dtype=np.int64)
        weights[start : model.flows.swapping] = -(model.flows.used_source == source).astype(
            np.int64
        )
        program = _aimed(model.program, weights)
        if program.integer is not None:
            return None if isinstance(integral(program, ask), Contradiction) else 0
        found = optimum(program, ask)
        if isinstance(found, Contradiction):
            return None
        return int(-found.values[0] // 1) - ledger.sources[source].unallocated

    names = [source.id for source in ledger.sources]
    most = int(balance.gap.sum() + balance.issued.sum())
    certificate: dict[str, Any] = {}
    if np.any(proof.multipliers != 0):
        digests = (ledger_digest(ledger), policy_digest(policy))
        certificate = refutation(model, proof.multipliers, digests)
        (level,) = certificate["levels"]
        level["limit"] = str(impossible(ledger, balance, policy, level))
    return Infeasible(
        [rule.title for rule in named],
        reasons,
        [*repairs(policy.rules, named, feasible), *money(names, most, needed, enough)],
        {
            row.name: int(y)
            for row, y in zip(model.program.rows, proof.multipliers.tolist(), strict=True)
            if y != 0
        },
        certificate,
    )


def _units(rules: Sequence[Rule], ledger: Ledger) -> list[Unit]:
    """Rules one by one; permits of the same money together, since one alone would forbid more."""
    units: list[Unit] = []
    permits: list[tuple[list[Rule], set[int]]] = []
    for rule in rules:
        if not isinstance(rule, Permit):
            units.append((rule,))
            continue
        reach = set(np.flatnonzero(rule.source.mask(ledger.sources)).tolist())
        group: list[Rule] = [rule]
        for other in [p for p in permits if p[1] & reach]:
            permits.remove(other)
            group, reach = other[0] + group, reach | other[1]
        permits.append((group, reach))
    return units + [tuple(group) for group, _ in permits]


def _reasons(unit: Unit, others: Model, limits: _Limits) -> Iterator[str]:
    """What a rule asks for against what the rest of the set leaves possible."""
    for rule in unit:
        rows = [] if others.program.integer is not None else [*rule.rows(others.flows)]
        found = [
            rule.shortfall(others.flows, row, limits)
            for row in rows
            if not row.extras and limits.least(row) > row.bound
        ]
        # Rows that can each be kept, but not together, have no figure of their own.
        for reason in found or [rule.sentence()]:
            yield f"rule '{rule.title}': {reason}"


class _Limits:
    """Exact limits within a program."""

    def __init__(self, program: Program, ask: Ask) -> None:
        self._program, self._ask = program, ask

    def least(self, row: Row) -> Fraction:
        """The least that the row's left side can be."""
        return -self._most(_line(self._program, (-1, row)))

    def highest(self, part: Row, whole: Row) -> Fraction:
        """The highest ratio of two sums, by Dinkelbaum's method in exact numbers."""
        ratio = Fraction(part.bound, whole.bound) if whole.bound else Fraction(0)
        while True:
            n, d = ratio.numerator, ratio.denominator
            x = self._point(_line(self._program, (d, part), (-n, whole)))
            top, bottom = _sum(part, x), _sum(whole, x)
            if bottom <= 0 or top / bottom <= ratio:
                return ratio
            ratio = top / bottom

    def _most(self, weights: Weights) -> Fraction:
        return sum(
            (int(w) * v for w, v in zip(weights, self._point(weights), strict=True)), Fraction(0)
        )

    def _point(self, weights: Weights) -> list[Fraction]:
        found = optimum(_aimed(self._program, weights), self._ask)
        if isinstance(found, Contradiction):
            raise AssertionError("a minimal set without one rule has no plan; a defect of surplus")
        return [Fraction(int(v), found.scale) for v in found.x]


def _line(program: Program, *terms: tuple[int, Row]) -> Weights:
    weights = np.zeros(len(program.upper), dtype=np.int64)
    for factor, row in terms:
        np.add.at(weights, row.columns, factor * row.coefficients)
    return weights


def _sum(row: Row, x: Sequence[Fraction]) -> Fraction:
    pairs = zip(row.columns.tolist(), row.coefficients.tolist(), strict=True)
    return row.bound + sum((a * x[j] for j, a in pairs), Fraction(0))


def _aimed(program: Program, weights: Weights | Sequence[int]) -> Program:
    """The same program with one level (and none to break ties)."""
    level = np.zeros(len(program.upper), dtype=np.int64)
    level[: len(weights)] = weights
    levels = [level] if program.integer is None else [level, level]
    return replace(program, levels=levels)
