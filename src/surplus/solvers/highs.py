"""HiGHS as arrays, the usual solver: nothing is built column by column, so small fixed costs stay small.

Its claim is a hint for the exact stage, as that of any other solver. Above `_MANY` columns it takes the
interior point and crosses over to a vertex, which was ten times faster there than the simplex.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from surplus.errors import SolverError, Stop
from surplus.program import Program, Row
from surplus.solvers import pulp_solver
from surplus.solvers.pulp_solver import Claim, Floats
from surplus.solvers.running import run
from surplus.watch import OutOfTime

_MANY = 50_000


@dataclass
class _Model:
    """A program that HiGHS holds; it runs, and is stopped, like a problem of PuLP.

    Attributes:
        solverModel: The `highspy.Highs` object.
    """

    solverModel: Any  # noqa: N815 - PuLP's name

    def solve(self, limits: _Limits) -> None:
        if limits.timeLimit is not None:
            self.solverModel.setOptionValue("time_limit", float(limits.timeLimit))
        self.solverModel.HandleUserInterrupt = True
        self.solverModel.run()


@dataclass
class _Limits:
    """How long HiGHS may work, in seconds; None for as long as it takes."""

    timeLimit: float | None = None  # noqa: N815 - PuLP's name


@dataclass(frozen=True, eq=False)
class Line:
    """``sum(factors * columns) <= bound`` (or ``==``), in small numbers that floats hold well."""

    columns: npt.NDArray[np.int64]
    factors: npt.NDArray[Any]
    bound: float
    equal: bool


def solve(
    program: Program, weights: Floats, *, presolve: bool = True, seconds: float | None = None
) -> Claim:
    """Ask HiGHS to maximise one level of a program: one thread, silent, no gap.

    Args:
        program: Rows and bounds, in cents.
        weights: The level.
        presolve: Whether it may simplify the program first, which is where most of its errors were.
        seconds: After which it stops.

    Raises:
        SolverError: When it cannot be run.
    """
    count = len(program.upper)
    unit = pulp_solver.scales(program)
    scales = pulp_solver.row_scales(program)
    columns, factors, starts = _entries([(row.columns, row.coefficients) for row in program.rows])
    bounds = np.array(
        [row.bound / scale for row, scale in zip(program.rows, scales.tolist(), strict=True)],
        dtype=np.float64,
    )
    equal = np.array([row.equal for row in program.rows], dtype=np.bool_)
    model = _model(
        pulp_solver.costs(program, weights),
        np.zeros(count),
        program.upper / unit,
        program.integer,
        (starts, columns, factors * unit[columns] / np.repeat(scales, np.diff(starts))),
        (np.where(equal, bounds, -np.inf), bounds),
    )
    if program.integer is None:
        model.solverModel.setOptionValue("simplex_scale_strategy", 0)  # the rows are scaled already
        if count > _MANY:
            model.solverModel.setOptionValue("solver", "ipm")
    if not presolve:
        model.solverModel.setOptionValue("presolve", "off")
    _run(model, program.integer is not None, seconds)
    stop = pulp_solver.stop_of(model)
    # A search that ran out of time has a best answer; HiGHS at its wits' end may still have a basis.
    some = Stop.ERROR if program.integer is None else Stop.TIME_LIMIT
    if stop not in (Stop.OPTIMAL, some):
        return Claim(stop)
    solution = model.solverModel.getSolution()
    if not solution.value_valid:
        return Claim(stop)
    values = np.array(solution.col_value, dtype=np.float64) * unit
    basis = model.solverModel.getBasis()
    if not basis.valid:
        return Claim(stop, values)
    status, rows = (
        np.array([int(s) for s in one], dtype=np.int8)
        for one in (basis.col_status, basis.row_status)
    )
    return Claim(stop, values, status == 1, rows == 1, status == 2)


def solve_integer(
    lower: npt.NDArray[np.int64],
    upper: npt.NDArray[np.int64],
    rows: Sequence[Row],
    weights: Floats,
    seconds: float = 20.0,
) -> npt.NDArray[np.int64] | None:
    """Maximise over small whole numbers; None where HiGHS finds nothing."""
    lines = [Line(row.columns, row.coefficients, row.bound, row.equal) for row in rows]
    values = solve_mixed(lower, upper, np.ones(len(lower), np.bool_), lines, weights, seconds)
    return None if values is None else np.rint(values).astype(np.int64)


def solve_mixed(
    lower: npt.NDArray[Any],
    upper: npt.NDArray[Any],
    whole: npt.NDArray[np.bool_],
    lines: Sequence[Line],
    weights: Floats,
    seconds: float = 20.0,
    gap: float = 0.0,
) -> Floats | None:
    """Maximise over small numbers, some of them whole; None where HiGHS finds nothing.

    With a `gap` it may stop that far from the best.

    Always HiGHS, whatever solver the program itself is given to, so that plans do not depend on it.
    """
    columns, factors, starts = _entries([(line.columns, line.factors) for line in lines])
    bounds = np.array([line.bound for line in lines], dtype=np.float64)
    equal = np.array([line.equal for line in lines], dtype=np.bool_)
    model = _model(
        -np.asarray(weights, dtype=np.float64),
        lower,
        upper,
        whole,
        (starts, columns, factors),
        (np.where(equal, bounds, -np.inf), bounds),
        gap,
    )
    _run(model, True, seconds)
    if pulp_solver.stop_of(model) not in (Stop.OPTIMAL, Stop.TIME_LIMIT):
        return None
    solution = model.solverModel.getSolution()
    return np.array(solution.col_value, dtype=np.float64) if solution.value_valid else None


def _entries(
    rows: Sequence[tuple[npt.NDArray[np.int64], npt.NDArray[Any]]],
) -> tuple[npt.NDArray[np.int64], Floats, npt.NDArray[np.int64]]:
    """Column and factor of each entry, row by row, and where each row starts; zeros are left out."""
    if not rows:
        return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(1, dtype=np.int64)
    columns = np.concatenate([row[0] for row in rows])
    factors = np.concatenate([row[1] for row in rows]).astype(np.float64)
    starts = np.append(0, np.cumsum([len(row[0]) for row in rows]))
    kept = factors != 0
    if kept.all():
        return columns, factors, starts
    return columns[kept], factors[kept], np.append(0, np.cumsum(kept))[starts]


def _model(
    costs: Floats,
    lower: npt.NDArray[Any],
    upper: npt.NDArray[Any],
    whole: npt.NDArray[np.bool_] | None,
    matrix: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats],
    bounds: tuple[Floats, Floats],
    gap: float = 0.0,
) -> _Model:
    """Minimise the costs.

    Raises:
        SolverError: When HiGHS does not take the program.
    """
    try:
        import highspy  # noqa: PLC0415 - loading it takes long; only solving needs it

        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(costs), len(bounds[0])
        lp.col_cost_ = costs
        lp.col_lower_ = np.asarray(lower, dtype=np.float64)
        lp.col_upper_ = np.asarray(upper, dtype=np.float64)
        lp.row_lower_, lp.row_upper_ = bounds
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        starts, columns, factors = matrix
        lp.a_matrix_.start_ = starts.astype(np.int32)
        lp.a_matrix_.index_ = columns.astype(np.int32)
        lp.a_matrix_.value_ = factors
        if whole is not None and whole.any():
            kinds = highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger
            lp.integrality_ = [kinds[one] for one in whole.tolist()]
        highs = highspy.Highs()
        options: dict[str, Any] = {"output_flag": False, "threads": 1}
        options |= {"mip_rel_gap": 0.0, "mip_abs_gap": gap}
        for name, value in options.items():
            highs.setOptionValue(name, value)
        taken = highs.passModel(lp)
    except Exception as error:
        raise SolverError(Stop.ERROR, f"{type(error).__name__}: {error}") from error
    if taken == highspy.HighsStatus.kError:
        raise SolverError(Stop.ERROR, "HiGHS does not take the program")
    return _Model(highs)


def _run(model: _Model, search: bool, seconds: float | None = None) -> None:
    try:
        run(model, _Limits(seconds), search=search)
    except OutOfTime:
        raise
    except Exception as error:
        raise SolverError(Stop.ERROR, f"{type(error).__name__}: {error}") from error
