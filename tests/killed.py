"""Write all papers of a plan over older ones, killed at every line that writes: ``killed.py FOLDER``.

Run by `test_files.py` in a process of its own. For each point a child is forked, which kills itself there
without a word; then every file has to be the old one or the new one. Prints how many points there were.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from itertools import count
from pathlib import Path
from typing import Any

import surplus
from surplus.cli.plans import _papers
from surplus.io import write_atomically
from surplus.io.csvwrite import write_csv_folder


def papers(folder: Path, seed: int) -> dict[str, bytes]:
    """Everything that is written of a county: its ledger, the plan, and all papers."""
    ledger, policy = surplus.generate(projects=20, seed=seed)
    plan = surplus.reallocate(ledger, policy)
    _papers(plan, folder, "en")
    plan.to_csv(folder)
    write_csv_folder(ledger, folder / "ledger")
    return contents(folder)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file but hidden ones, which a killed process may leave behind."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name[0] != "."]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def killed_at(point: int, folder: Path, files: dict[str, bytes]) -> bool:
    """Whether a child that writes the files is killed at a point, or comes to an end before."""
    child = os.fork()
    if child == 0:
        left = point

        def trace(frame: Any, event: str, _: Any) -> Any:
            nonlocal left
            if frame.f_code is write_atomically.__code__:
                left -= event == "line"
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        sys.settrace(trace)
        for name, data in files.items():
            write_atomically(folder / name, data)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def main(place: Path) -> None:
    old, new = papers(place / "old", 5), papers(place / "new", 6)
    assert old.keys() == new.keys() and all(
        old[name] != new[name] for name in ("plan.json", "plan.xlsx")
    )
    now, mixed = place / "now", 0
    for point in count(1):
        shutil.rmtree(now, ignore_errors=True)
        shutil.copytree(place / "old", now)
        if not killed_at(point, now, new):
            assert contents(now) == new
            break
        found = contents(now)
        assert found.keys() == old.keys(), "no file is missing, none is left over"
        assert all(found[name] in (old[name], new[name]) for name in old), "a mixture"
        mixed += found not in (old, new)
    assert mixed > 0, "some are new when others are still old"
    print(point - 1)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
