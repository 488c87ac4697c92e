"""Which solver is asked: HiGHS itself, or any that PuLP has."""

from __future__ import annotations

from typing import Any

from surplus.program import Program
from surplus.solvers import highs, pulp_solver
from surplus.solvers.pulp_solver import Claim, Floats


def solve(program: Program, weights: Floats, solver: Any = None) -> Claim:
    """Ask a solver to maximise one level of a program.

    Args:
        program: Rows and bounds, in cents.
        weights: The level.
        solver: Any PuLP solver object; HiGHS by default.

    Raises:
        SolverError: When the solver cannot be run.
    """
    if solver is None:
        return highs.solve(program, weights)
    return pulp_solver.solve(program, weights, solver)


def second_opinion(program: Program, weights: Floats) -> Claim:
    """What HiGHS says without presolve, within 20 seconds: for verdicts that nothing proves.

    Raises:
        SolverError: When it cannot be run.
    """
    return highs.solve(program, weights, presolve=False, seconds=_SECONDS)


_SECONDS = 20.0
