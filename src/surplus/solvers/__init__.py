"""Solvers: what they say is a claim; the exact stage decides."""

from surplus.solvers.pulp_solver import (
    Claim,
    Floats,
    Line,
    SolverError,
    Stop,
    default_solver,
    solve,
    solve_integer,
    solve_mixed,
    write,
)

__all__ = [
    "Claim",
    "Floats",
    "Line",
    "SolverError",
    "Stop",
    "default_solver",
    "solve",
    "solve_integer",
    "solve_mixed",
    "write",
]
