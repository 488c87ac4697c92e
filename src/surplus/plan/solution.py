"""The program's exact optimum and its best plan in whole cents, part by part."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from surplus.exact import Ask, Contradiction, Vertex, optimum
from surplus.exact.combined import apart, combinations
from surplus.exact.integers import integral, relaxed
from surplus.exact.parts import Part, parts
from surplus.ledger.columns import Cents
from surplus.plan.cents import whole_cents
from surplus.program import Program
from surplus.solvers import SolverError, Stop, second_opinion

Prices = npt.NDArray[np.object_]
"""Exact numbers (Fraction or int), one per row."""


@dataclass(frozen=True, eq=False)
class Proof:
    """What proves a level: ``level + sum(weights * earlier levels) <= limit`` for every plan.

    Attributes:
        limit: Exact; fractions of a cent allowed.
        weights: Of the earlier levels.
        prices: The exact multiplier of each row.
    """

    limit: Fraction
    weights: Sequence[Fraction]
    prices: Prices


@dataclass(frozen=True, eq=False)
class Solution:
    """The best plan of classes, and what proves it.

    Attributes:
        cents: One entry per column, whole cents; every row holds.
        proofs: One per level, the tie-break left out.
        complete: Whether the solver finished; with whole-number columns it may run out of time.
    """

    cents: Cents
    proofs: Sequence[Proof]
    complete: bool = True


def best(program: Program, ask: Ask) -> Solution | Contradiction:
    """Solve the connected parts one by one; whole cents for each.

    Raises:
        SolverError: When the solver stops without an answer.
    """
    cents = np.zeros(len(program.upper), dtype=np.int64)
    whole = [*parts(program)]
    limits: list[Vertex] = []
    levels, complete, alone = len(program.levels) - 1, True, program.integer is not None
    for part in whole:
        found = _solved(part.program, ask, alone)
        if isinstance(found, Contradiction):
            multipliers = np.zeros(len(program.rows), dtype=object)
            multipliers[part.rows] = found.multipliers
            return Contradiction(multipliers)
        cents[part.columns], limit, finished = found
        limits.append(limit)
        complete &= finished
    return Solution(cents, _proofs(program, whole, limits, levels), complete)


def _proofs(
    program: Program, whole: Sequence[Part], limits: Sequence[Vertex], levels: int
) -> list[Proof]:
    """What the limits of the parts prove together."""
    # Limits of programs with whole-number columns are of each level by itself.
    alone = program.integer is not None
    proofs = []
    for k, proof in enumerate(apart(limits, levels) if alone else combinations(limits, levels)):
        prices = np.zeros(len(program.rows), dtype=object)
        for part, own in zip(whole, proof.prices, strict=True):
            prices[part.rows] = own
        weighed = zip((*proof.weights, Fraction(1)), range(k + 1), strict=True)
        top = sum((w * vertex.values[m] for w, m in weighed for vertex in limits), Fraction(0))
        proofs.append(Proof(top, proof.weights, prices))
    return proofs


def confirmed(solution: Solution, program: Program, usual: Ask) -> Solution:
    """The plan of another solver with the usual solver's proof, so that proofs do not depend on solvers.

    Where it claims the best choice of whole numbers and nothing proves that, the usual solver looks for a
    better one, too, for a while.

    Raises:
        SolverError: When the two do not agree on the optimum.
    """
    whole, levels = [*parts(program)], len(program.levels) - 1
    limit = optimum if program.integer is None else relaxed
    limits = [vertex for part in whole if isinstance(vertex := limit(part.program, usual), Vertex)]
    proofs = _proofs(program, whole, limits, levels) if len(limits) == len(whole) else []
    if [p.limit for p in proofs[:1]] != [p.limit for p in solution.proofs[:1]]:
        raise SolverError(Stop.ERROR, "two solvers, both exact in the end, do not agree")
    reached = _reached(solution, program)
    if program.integer is not None and solution.complete and reached[0] < proofs[0].limit:
        with suppress(SolverError):
            other = best(program, second_opinion)
            if isinstance(other, Solution) and _reached(other, program) > reached:
                solution = other
    return replace(solution, proofs=proofs)


def _reached(solution: Solution, program: Program) -> list[int]:
    """What the plan comes to, level by level, without the tie-break."""
    cents = solution.cents.tolist()
    return [sum(map(int.__mul__, level.tolist(), cents)) for level in program.levels[:-1]]


def _solved(program: Program, ask: Ask, alone: bool) -> tuple[Cents, Vertex, bool] | Contradiction:
    """Whole cents, what proves their limits, and whether nothing better was left unsearched."""
    if program.integer is not None and program.integer.any():
        answer = integral(program, ask)
        if isinstance(answer, Contradiction):
            return answer
        cents = answer.whole(whole_cents(answer.fixed, answer.vertex))
        return cents, answer.relaxed, answer.complete
    found = optimum(program, ask)
    if isinstance(found, Contradiction):
        return found
    limits = relaxed(program, ask) if alone else found
    assert isinstance(limits, Vertex)
    return whole_cents(program, found), limits, True
