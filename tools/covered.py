"""Is as much of the library run by tests as promised? ``python tools/covered.py``, after `coverage run`.

Lines and branches of all modules together, and of those on which a proof rests one by one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
OVERALL = 95.0
WHOLE = (
    "money.py", "arithmetic.py", "balance.py", "plan/cents.py", "plan/measured.py", "plan/share.py",
    "proof/breaches.py", "proof/certificate.py", "proof/certificate_check.py", "proof/digests.py",
)  # fmt: skip


def measured() -> dict[str, object]:
    """What coverage found, as it writes it."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "coverage.json"
        command = [sys.executable, "-m", "coverage", "json", "--quiet", "-o", str(target)]
        subprocess.run(command, check=True, cwd=ROOT)
        found: dict[str, object] = json.loads(target.read_text("utf-8"))
    return found


def main() -> int:
    found = measured()
    files = {name.replace("\\", "/"): entry for name, entry in found["files"].items()}
    total = found["totals"]["percent_covered"]
    print(f"all modules: {total:.1f} % of lines and branches, at least {OVERALL:.0f} % needed")
    short = total < OVERALL
    for module in WHOLE:
        (entry,) = [
            entry for name, entry in files.items() if name.endswith(f"src/surplus/{module}")
        ]
        covered = entry["summary"]["percent_covered"]
        if covered < 100:
            short = True
            lines = ", ".join(map(str, entry["missing_lines"])) or "none"
            branches = ", ".join(f"{a}->{b}" for a, b in entry["missing_branches"]) or "none"
            print(f"{module}: {covered:.1f} % of 100 %; lines {lines}; branches {branches}")
    if not short:
        print(f"{len(WHOLE)} modules on which proofs rest: 100 %")
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
