"""Solvers: what they say is a claim; the exact stage decides."""

from surplus.errors import SolverError, Stop
from surplus.solvers.choice import second_opinion, solve
from surplus.solvers.highs import Line, solve_integer, solve_mixed
from surplus.solvers.pulp_solver import Claim, Floats, write
from surplus.solvers.running import left_behind

__all__ = [
    "Claim",
    "Floats",
    "Line",
    "SolverError",
    "Stop",
    "left_behind",
    "second_opinion",
    "solve",
    "solve_integer",
    "solve_mixed",
    "write",
]
