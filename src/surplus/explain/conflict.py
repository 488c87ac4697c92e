"""Infeasible: a minimal set of rules that contradict each other, with figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from surplus.balance import Balance
from surplus.classes import Classes
from surplus.errors import SurplusError
from surplus.exact import Contradiction, Vertex, optimum
from surplus.exact.vertex import Ask
from surplus.ledger import Ledger
from surplus.model import Model, build
from surplus.policy import Policy
from surplus.policy.rules import Rule
from surplus.program import Program, Row


class Infeasible(SurplusError):
    """No plan keeps all rules.

    Attributes:
        rules: Ids of a minimal set of rules that contradict each other: without any one of them (all
            permits for one money count as one) the others can be kept.
        reasons: One sentence with figures for each rule with a figure.
    """

    def __init__(self, rules: Sequence[str], reasons: Sequence[str]) -> None:
        self.rules = tuple(rules)
        self.reasons = tuple(reasons)
        named = ", ".join(f"'{name}'" for name in rules)
        head = (
            f"rule {named} cannot be kept by any plan"
            if len(rules) == 1
            else f"rules {named} contradict each other; no plan keeps them all"
        )
        super().__init__("\n".join([f"Infeasible: {head}.", *(f"  {r}" for r in reasons)]))


def conflict(
    ledger: Ledger,
    balance: Balance,
    groups: Classes,
    policy: Policy,
    model: Model,
    proof: Contradiction,
    ask: Ask,
) -> Infeasible:
    """Shrink the rules to a minimal contradictory set, by exact tests without one unit at a time."""

    def program_of(units: Sequence[tuple[Rule, ...]]) -> Program:
        rules = [rule for unit in units for rule in unit]
        return build(ledger, balance, groups, policy, rules).program

    def contradictory(units: Sequence[tuple[Rule, ...]]) -> bool:
        program = program_of(units)
        bare = Program(program.names, program.upper, program.rows, program.levels[:1])
        return isinstance(optimum(bare, ask), Contradiction)

    proving = {
        row.rule
        for row, y in zip(model.program.rows, proof.multipliers.tolist(), strict=True)
        if y != 0 and row.rule
    }
    units = _units(policy.rules, ledger)
    # Rules with rows count only if the proof uses them; rules that only shape flows always may.
    kept = [u for u in units if u[0].title in proving or not u[0].has_rows]
    for unit in list(kept):
        without = [u for u in kept if u is not unit]
        if contradictory(without):
            kept = without
    rules = [rule for unit in kept for rule in unit]
    reasons = [*_reasons(kept, program_of, ask)]
    return Infeasible([rule.title for rule in rules], reasons)


def _units(rules: Sequence[Rule], ledger: Ledger) -> list[tuple[Rule, ...]]:
    """Rules one by one; permits of the same money together, since one alone would forbid more."""
    units: list[tuple[Rule, ...]] = []
    permits: list[tuple[list[Rule], set[int]]] = []
    for rule in rules:
        if rule.kind != "permit":
            units.append((rule,))
            continue
        touched = {i for i, hit in enumerate(rule.source.mask(ledger.sources)) if hit}  # type: ignore[attr-defined]
        group, reach = [rule], touched
        for other in [p for p in permits if p[1] & touched]:
            permits.remove(other)
            group, reach = other[0] + group, reach | other[1]
        permits.append((group, reach))
    return units + [tuple(group) for group, _ in permits]


def _reasons(kept: Sequence[tuple[Rule, ...]], program_of, ask: Ask) -> Iterator[str]:  # type: ignore[no-untyped-def]
    """For every rule with rows: what it can reach at most while the others of the set hold."""
    for unit in kept:
        if not unit[0].has_rows:
            yield unit[0].title + ": " + " ".join(rule.sentence() for rule in unit)
            continue
        (rule,) = unit
        others = program_of([u for u in kept if u is not unit])
        model_rows = [r for r in program_of(kept).rows if r.rule == rule.title]
        for row in model_rows:
            worst = _least(others, row, ask)
            if worst is not None and worst > row.bound:
                yield rule.shortfall(row, worst, others, ask, _least)


def _least(program: Program, row: Row, ask: Ask) -> Fraction | None:
    """The least that the left side of a row can be in a program."""
    import numpy as np  # noqa: PLC0415

    weights = np.zeros(len(program.upper), dtype=np.int64)
    weights[row.columns] = -row.coefficients
    found = optimum(Program(program.names, program.upper, program.rows, [weights]), ask)
    return -found.values[0] if isinstance(found, Vertex) else None
