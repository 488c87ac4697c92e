"""The benchmarks, tiny: every scenario and every peer gives the proven optimum. Seconds do not count."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import surplus

FOLDER = Path(__file__).parent.parent / "benchmarks"
sys.path.insert(0, str(FOLDER))

measure: Any = __import__("measure")
pooled: Any = __import__("pooled")
report: Any = __import__("report")
run: Any = __import__("run")

SCENARIOS, PEERS = measure.registered("scenarios"), measure.registered("peers")
APART = ("ortools", "cvxpy")  # OR-Tools and highspy each bring a HiGHS of their own
SIZE = 40


def proven(scenario: str) -> dict[str, Any]:
    found: dict[str, Any] = measure.measured(PEERS["plan"], SCENARIOS[scenario], SIZE, 1)
    return found


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_pooled_program_is_as_good_as_the_plan(scenario: str) -> None:
    ours = proven(scenario)
    peer = measure.measured(PEERS["highs_simplex"], SCENARIOS[scenario], SIZE, 1)
    assert ours["broken"] == ours["cents"] == 0
    assert run.judged(ours, True, ours["best"])["same"]
    assert run.judged(peer, True, ours["best"])["same"], (peer["objective"], ours["best"])


@pytest.mark.parametrize("peer", [name for name in PEERS if name != "plan"])
@pytest.mark.filterwarnings("ignore")
def test_every_peer_finds_the_optimum(peer: str) -> None:
    module = PEERS[peer]
    if absent := measure.missing(module):
        pytest.skip(f"{', '.join(absent)} not installed")
    best = proven("network")["best"]
    if {*module.NEEDS} & {*APART}:
        found = measure.apart(peer, "network", SIZE, 60.0)
    else:
        found = measure.measured(module, SCENARIOS["network"], SIZE, 1)
    assert run.judged(found, module.EXACT, best).get("same"), found


@pytest.mark.filterwarnings("ignore")
def test_shares_are_not_applicable_to_networks() -> None:
    pytest.importorskip("networkx")
    found = measure.measured(PEERS["networkx_simplex"], SCENARIOS["counties"], SIZE, 1)
    assert found == {"not_applicable": "shares are no network"}


def test_rounding_is_counted_in_broken_rows_and_cents() -> None:
    ledger, policy = surplus.generate(projects=SIZE, seed=measure.SEED)
    program = pooled.Pooled(ledger, policy)
    values = np.zeros(len(program.upper))
    assert program.rounded(values) == (0, 0)
    values[0] = program.upper[0] / 100 + 0.02  # two cents too many for its bound, out of nothing
    broken, cents = program.rounded(values)
    assert broken >= 2  # its bound, its gap, and its pool
    assert cents >= program.upper[0] + 2


def test_a_wrong_answer_is_told() -> None:
    right = {"scenario": "counties", "size": 40, "peer": "x", "objective": 100.0}
    far = run.judged({**right, "objective": 101.0}, True, 100.0)
    assert run.wrong([run.judged(right, True, 100.0)]) == []
    assert "off by" in run.wrong([far])[0]
    broken = {"scenario": "counties", "size": 40, "peer": "plan", "broken": 1}
    assert "rules are broken" in run.wrong([broken])[0]


def test_a_peer_that_takes_too_long_is_stopped() -> None:
    assert measure.apart("pulp_textbook", "ministries", 1_000, 0.5) == {"stopped": 0.5}


def test_a_run_writes_its_results(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    command = [
        sys.executable,
        str(FOLDER / "run.py"),
        "--scenarios",
        "ministries",
        "--sizes",
        "1000",
    ]
    command += ["--peers", "highs_ipm", "--no-many", "--out", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True)
    document = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    ours, peer = document["results"]
    assert (ours["peer"], peer["peer"]) == ("plan", "highs_ipm")
    assert ours["same"]
    assert peer["same"]
    page = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    assert f"| ministries | 1,000 | {report.seconds(ours['seconds'])} s |" in page
    again = subprocess.run([*command, "--complete"], check=True, capture_output=True, text=True)
    assert "ministries" in again.stdout  # told again, not measured again
    completed = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert completed["results"] == document["results"]
    assert (tmp_path / "peers.svg").read_text(encoding="utf-8").startswith("<?xml")
