"""Files are written whole or not at all; reading names what is missing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import surplus
from surplus.io import read, read_policy, write_atomically

OLD, NEW = "old\n", "new, and longer\n"


def test_it_writes(tmp_path: Path) -> None:
    target = tmp_path / "plan.json"
    write_atomically(target, NEW)
    assert target.read_text() == NEW
    write_atomically(target, OLD.encode())
    assert target.read_text() == OLD
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]


@pytest.mark.parametrize(
    "fault", ["os.fsync", "tempfile.mkstemp", "pathlib.Path.replace", "os.fdopen"]
)
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_fault_leaves_the_old_file(
    fault: str, error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "plan.json"
    target.write_text(OLD)

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(fault, fail)
    with pytest.raises(type(error)):
        write_atomically(target, NEW)
    monkeypatch.undo()
    assert target.read_text() == OLD
    assert [path.name for path in tmp_path.iterdir()] == ["plan.json"]


@pytest.mark.parametrize("place", ["none/plan.json", "folder"])
def test_an_error_names_the_file_that_was_asked_for(place: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    target = tmp_path / place
    with pytest.raises(OSError) as caught:
        write_atomically(target, NEW)
    assert caught.value.filename == str(target)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


KILLED = """
import os, signal, sys
from surplus.io.files import write_atomically
steps = int(sys.argv[2])
def trace(frame, event, arg):
    global steps
    if event == "line" and frame.f_code.co_filename.endswith("files.py"):
        steps -= 1
        if steps == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return trace
sys.settrace(trace)
write_atomically(sys.argv[1], "new, and longer\\n")
sys.settrace(None)
"""


def test_killed_at_any_line_the_file_is_old_or_new(tmp_path: Path) -> None:
    target = tmp_path / "plan.json"
    seen = set()
    for steps in range(1, 60):
        target.write_text(OLD)
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(target), str(steps)],
            check=False,
            capture_output=True,
        )
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        seen.add((done.returncode == 0, target.read_text()))
        if done.returncode == 0:
            break
    assert {text for _, text in seen} == {OLD, NEW}
    assert (True, NEW) in seen


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_any_point_each_paper_is_old_or_new(tmp_path: Path) -> None:
    """All papers and tables, written over older ones: more than fifty points at which a process may die."""
    script = Path(__file__).with_name("killed.py")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), str(tmp_path)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 50


FULL = """
import resource, signal, sys
from pathlib import Path
import surplus
from surplus.cli import main
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
import surplus.reallocation, surplus.report.summary, surplus.cli.plans
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs resource limits")
def test_a_disk_that_fills_up_leaves_the_old_plan(tmp_path: Path) -> None:
    """The operating system itself refuses to write on: the command says so, and the old file stays."""
    ledger, policy = surplus.generate(projects=60, seed=2)
    (tmp_path / "ledger.json").write_text(ledger.to_json(), "utf-8")
    (tmp_path / "policy.json").write_text(policy.model_dump_json(by_alias=True), "utf-8")
    (tmp_path / "plan.json").write_text(OLD)
    arguments = ["plan", "ledger.json", "--policy", "policy.json", "-o", "plan.json"]
    done = subprocess.run(
        [sys.executable, "-c", FULL, *arguments], cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "File too large" in done.stderr and "Traceback" not in done.stderr
    assert (tmp_path / "plan.json").read_text() == OLD
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ledger.json", "plan.json", "policy.json"]


def test_a_file_keeps_its_rights(tmp_path: Path) -> None:
    target = tmp_path / "plan.json"
    target.write_text(OLD)
    target.chmod(0o640)
    write_atomically(target, NEW)
    assert target.stat().st_mode & 0o777 == 0o640


def test_missing_and_unknown_files(tmp_path: Path) -> None:
    with pytest.raises(surplus.LedgerError, match="no such file"):
        read(tmp_path / "none.json")
    with pytest.raises(surplus.PolicyError, match="no such file"):
        read_policy(tmp_path / "none.json")
    odd = tmp_path / "ledger.doc"
    odd.write_text("x")
    with pytest.raises(surplus.LedgerError, match="not a format"):
        read(odd)


def test_a_policy_in_toml(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(
        """
        release_at = "settlement"  # not before
        contingency = { contract = "3%" }
        [[rules]]
        kind = "share"
        id = "industry"
        source = { level = "中央" }
        project = { category = "industry" }
        at_least = "60%"
        """,
        "utf-8",
    )
    expected = {
        "release_at": "settlement",
        "contingency": {"contract": "3%"},
        "rules": [{"kind": "share", "id": "industry", "source": {"level": "中央"},
                   "project": {"category": "industry"}, "at_least": "60%"}],
    }  # fmt: skip
    assert read_policy(path) == surplus.Policy.model_validate(expected)
    path.write_text("rules = [")
    with pytest.raises(surplus.PolicyError, match="not TOML"):
        read_policy(path)
    path.write_text('colour = "red"')
    with pytest.raises(surplus.PolicyError, match="colour: unknown key"):
        read_policy(path)
