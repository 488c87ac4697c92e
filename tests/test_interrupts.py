"""Interrupted, out of memory, without rights: the command says so, and nothing is half-written."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import surplus

POLICY = {"rules": [{"kind": "transfers", "at_most": 60}]}  # takes a solver minutes
HUNG = """
import time
import surplus

class Hung:
    def available(self):
        return True
    def actualSolve(self, problem, **_):
        print("solving", flush=True)
        time.sleep(600)

ledger = surplus.Ledger.from_records(
    [{"id": "c", "unallocated": "1"}], [{"id": "A", "price": {"contract": "2"}}]
)
surplus.reallocate(ledger, surplus.Policy(), solver=Hung())
"""
LIMITED = """
import resource, sys
from surplus.cli import main
import surplus.reallocation, surplus.solvers, numpy, pulp, highspy
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 40 * 2**20, used + 40 * 2**20))
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def county(tmp_path: Path) -> tuple[Path, Path]:
    ledger, _ = surplus.generate(projects=100, seed=7)
    paths = tmp_path / "ledger.json", tmp_path / "policy.json"
    paths[0].write_text(ledger.to_json(), encoding="utf-8")
    paths[1].write_text(json.dumps(POLICY), encoding="utf-8")
    return paths


@pytest.mark.parametrize("moment", [0.2, 1.0, 1.7])
def test_ctrl_c_is_heard_while_the_solver_works(
    county: tuple[Path, Path], tmp_path: Path, moment: float
) -> None:
    out = tmp_path / "plan.json"
    command = [sys.executable, "-m", "surplus", "-v", "plan", str(county[0])]
    process = subprocess.Popen(
        [*command, "--policy", str(county[1]), "-o", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "classes" in process.stderr.readline()  # it is about to solve
    time.sleep(moment)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.endswith(
        "interrupted; no file is half written\n"
    )  # and no word of an aborted thread
    assert not out.exists()


def test_ctrl_c_is_heard_where_a_solver_hangs() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HUNG], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "solving\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert err.rstrip().endswith("KeyboardInterrupt")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
def test_out_of_memory_is_said(tmp_path: Path) -> None:
    ledger, policy = surplus.generate(projects=60_000, seed=7)
    paths = tmp_path / "ledger.json", tmp_path / "policy.json"
    paths[0].write_text(ledger.to_json(), encoding="utf-8")
    paths[1].write_text(policy.model_dump_json(by_alias=True), encoding="utf-8")
    out = tmp_path / "plan.json"
    arguments = ["plan", str(paths[0]), "--policy", str(paths[1]), "-o", str(out)]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "not enough memory" in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()


POWERLESS = """
import ctypes, os, sys
from surplus.cli import main
if os.geteuid() == 0:  # root may write everywhere, unless it gives up its capabilities
    head, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    assert ctypes.CDLL(None).capset(head, none) == 0
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs the capabilities of Linux")
def test_a_read_only_folder_is_named(county: tuple[Path, Path], tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o500)
    county[1].write_text("{}", encoding="utf-8")
    command = [sys.executable, "-c", POWERLESS, "plan", str(county[0]), "--policy", str(county[1])]
    done = subprocess.run(
        [*command, "-o", str(folder / "plan.json")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "Permission denied" in done.stderr
    assert "Traceback" not in done.stderr
    assert not [*folder.iterdir()]


DEAF = """
import sys, time
import highspy
from surplus.cli import main

def deaf(self):
    print("solving", flush=True)
    time.sleep(600)

highspy.Highs.run = deaf
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("limit", [None, "0.2"])
def test_a_solver_that_hears_nothing_is_left_behind(
    county: tuple[Path, Path], tmp_path: Path, limit: str | None
) -> None:
    """The command ends in time although a thread still works, and its exit status says why."""
    out = tmp_path / "o.json"
    arguments = ["plan", str(county[0]), "--policy", str(county[1]), "-o", str(out)]
    arguments += [] if limit is None else ["--time-limit", limit]
    process = subprocess.Popen(
        [sys.executable, "-c", DEAF, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "solving\n"
    if limit is None:
        process.send_signal(signal.SIGINT)
    start = time.monotonic()
    _, err = process.communicate(timeout=30)
    assert time.monotonic() - start < 5
    assert not out.exists()
    if limit is None:
        assert (process.returncode, err) == (130, "interrupted; no file is half written\n")
    else:
        assert process.returncode == 3
        assert err.startswith("Time ran out before there was an exact plan")
