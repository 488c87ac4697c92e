"""The public names, and what importing them loads."""

from __future__ import annotations

import subprocess
import sys

import surplus


def test_every_public_name_works() -> None:
    assert len(surplus.__all__) < 40
    for name in surplus.__all__:
        assert getattr(surplus, name) is not None
    assert set(surplus.__all__) == set(dir(surplus))


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(surplus, "optimise")


def test_importing_loads_little() -> None:
    code = "import sys, surplus; print(sorted({'pulp', 'highspy', 'pydantic', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_error_is_a_surplus_error() -> None:
    for name in (
        "LedgerError",
        "PolicyError",
        "PlanFileError",
        "PlanError",
        "Infeasible",
        "SolverError",
    ):
        assert issubclass(getattr(surplus, name), surplus.SurplusError)
