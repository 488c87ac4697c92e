"""Solvers: what they say is a claim; the exact stage decides."""

from surplus.solvers.pulp_solver import (
    Claim,
    Floats,
    SolverError,
    Stop,
    default_solver,
    solve,
    solve_integer,
    write,
)

__all__ = [
    "Claim",
    "Floats",
    "SolverError",
    "Stop",
    "default_solver",
    "solve",
    "solve_integer",
    "write",
]
