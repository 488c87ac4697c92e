"""PuLP, sealed in: a program goes to any solver that PuLP has, and its claim comes back.

A claim is only a hint for the exact stage, which decides. PuLP 3.3 and 4 both work.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from surplus.errors import SolverError, Stop, SurplusError
from surplus.program import Program
from surplus.solvers.running import run
from surplus.watch import OutOfTime

Floats = npt.NDArray[np.float64]

_COST = 100000.0


@dataclass(frozen=True, eq=False)
class Claim:
    """What a solver says.

    Attributes:
        stop: Why it stopped.
        values: One per column, in cents as floats; None without a claimed optimum, or the best found
            where time ran out over whole numbers.
        basic_columns, basic_rows: The claimed basis, None where the solver does not tell.
        at_upper: Non-basic columns at their upper bound.
    """

    stop: Stop
    values: Floats | None = None
    basic_columns: npt.NDArray[np.bool_] | None = None
    basic_rows: npt.NDArray[np.bool_] | None = None
    at_upper: npt.NDArray[np.bool_] | None = None


def solve(program: Program, weights: Floats, solver: Any) -> Claim:
    """Ask a PuLP solver to maximise one level of a program.

    Args:
        program: Rows and bounds, in cents.
        weights: The level.
        solver: Any PuLP solver object.

    Raises:
        SolverError: When the solver cannot be run.
    """
    problem, columns = _problem(program, weights)
    try:
        run(problem, solver, search=program.integer is not None)
    except OutOfTime:
        raise
    except Exception as error:
        raise SolverError(Stop.ERROR, f"{type(error).__name__}: {error}") from error
    stop = stop_of(problem)
    out_of_time = stop is Stop.TIME_LIMIT and program.integer is not None
    if out_of_time and any(column.value() is None for column in columns):
        return Claim(stop)
    if stop is not Stop.OPTIMAL and not out_of_time:
        return Claim(stop)
    values = np.array([_number(column.value()) for column in columns]) * scales(program)
    basis = _highs_basis(problem, len(columns), len(program.rows))
    if basis is None:
        return Claim(stop, values)
    status, rows = basis
    return Claim(stop, values, status == 1, rows == 1, status == 2)


def write(program: Program, path: Path, weights: Floats | None = None) -> None:
    """Write the program as .lp or .mps with readable names.

    Amounts are in the scale that solvers see: a power of ten of cents, named by the problem.
    """
    problem, _ = _problem(
        program, program.levels[0].astype(np.float64) if weights is None else weights, named=True
    )
    if path.suffix == ".lp":
        problem.writeLP(str(path))
    elif path.suffix == ".mps":
        problem.writeMPS(str(path))
    else:
        raise SurplusError(f"{path}: a program is written as .lp or .mps")


def scales(program: Program) -> Floats:
    """What one unit of each column is in the program: counts and measures stay as they are."""
    scales = np.full(len(program.upper), float(scale(program)))
    for apart in (program.integer, program.measure):
        if apart is not None:
            scales[apart] = 1.0
    return scales


def row_scales(program: Program) -> Floats:
    """What one unit of each row is in the program: rows that only count stay as they are, too."""
    unit = scales(program)
    return np.array([unit[row.columns].max(initial=1.0) for row in program.rows])


def costs(program: Program, weights: Floats) -> Floats:
    """What each column costs: a size that suits a solver's tolerances, whatever the level measures."""
    found: Floats = -weights * (scales(program) / scale(program))
    return found * (_COST / (float(np.abs(found).max(initial=0.0)) or 1.0))


def scale(program: Program) -> int:
    """A power of ten near a thousandth of the largest bound: solvers want moderate numbers."""
    largest = int(program.upper.max(initial=1))
    return int(10 ** max(0, len(str(largest)) - 5))


def _problem(program: Program, weights: Floats, named: bool = False) -> tuple[Any, list[Any]]:
    import pulp  # noqa: PLC0415

    cents = scale(program)
    problem = pulp.LpProblem(f"surplus_in_{cents}_cents", pulp.LpMinimize)
    unit = scales(program)
    upper = (program.upper / unit).tolist()
    divisors = row_scales(program).tolist()
    if named:
        names = [_ascii(name, i) for i, name in enumerate(program.names)]
    else:
        names = [f"x{i:09d}" for i in range(len(upper))]  # PuLP sorts columns by name
    whole = np.zeros(len(upper), dtype=np.bool_) if program.integer is None else program.integer
    columns = [
        problem.add_variable(name, 0, bound, cat="Integer" if integer else "Continuous")
        for name, bound, integer in zip(names, upper, whole.tolist(), strict=True)
    ]
    lows = -weights * unit / cents if named else costs(program, weights)
    line = getattr(pulp.LpAffineExpression, "from_list", pulp.LpAffineExpression)  # PuLP 4, or 3
    problem += (
        line([(x, c) for c, x in zip(lows.tolist(), columns, strict=True) if c]),
        "objective",
    )
    for i, row in enumerate(program.rows):
        name = _ascii(row.name, i) if named else f"r{i:09d}"
        factors = (row.coefficients * (unit[row.columns] / divisors[i])).tolist()
        left = line([(columns[j], a) for j, a in zip(row.columns.tolist(), factors, strict=True)])
        bound = row.bound / divisors[i]
        problem += ((left == bound) if row.equal else (left <= bound), name)
    return problem, columns


def _ascii(name: str, place: int) -> str:
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._") else "_" for c in name)
    return f"{kept}_{place}"


def _number(value: float | None) -> float:
    return 0.0 if value is None else float(value)


def stop_of(problem: Any) -> Stop:
    """Tell the stops apart; PuLP alone calls a time limit optimal."""
    model = getattr(problem, "solverModel", None)
    ask = getattr(model, "getModelStatus", None)
    status = None if ask is None else ask().name
    if status is not None:
        return {
            "kOptimal": Stop.OPTIMAL,
            "kModelEmpty": Stop.OPTIMAL,
            "kInfeasible": Stop.INFEASIBLE,
            "kUnboundedOrInfeasible": Stop.INFEASIBLE,
            "kUnbounded": Stop.UNBOUNDED,
            "kTimeLimit": Stop.TIME_LIMIT,
            "kIterationLimit": Stop.TIME_LIMIT,
            "kInterrupt": Stop.TIME_LIMIT,
        }.get(status, Stop.ERROR)
    found = getattr(problem, "sol_status", None)
    if problem.status == 1:
        return Stop.OPTIMAL if found in (None, 1) else Stop.TIME_LIMIT
    return {-1: Stop.INFEASIBLE, -2: Stop.UNBOUNDED, 0: Stop.TIME_LIMIT}.get(
        problem.status, Stop.ERROR
    )


def _highs_basis(problem: Any, columns: int, rows: int) -> tuple[Floats, Floats] | None:
    model = getattr(problem, "solverModel", None)
    ask = getattr(model, "getBasis", None)
    if ask is None:
        return None
    basis = ask()
    status = np.array([int(s) for s in basis.col_status], dtype=np.float64)
    row_status = np.array([int(s) for s in basis.row_status], dtype=np.float64)
    if not basis.valid or len(status) != columns or len(row_status) != rows:
        return None
    return status, row_status
