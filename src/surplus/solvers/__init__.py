"""Solvers: what they say is a claim; the exact stage decides."""

from surplus.solvers.choice import solve
from surplus.solvers.highs import Line, solve_integer, solve_mixed
from surplus.solvers.pulp_solver import Claim, Floats, SolverError, Stop, write

__all__ = [
    "Claim",
    "Floats",
    "Line",
    "SolverError",
    "Stop",
    "solve",
    "solve_integer",
    "solve_mixed",
    "write",
]
