"""What is promised, which test holds it, and how many cases it passed: ``python tools/figures.py [N]``.

Runs each law with N random cases (2,000 by default) and prints the table for docs/proofs.md.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROMISES = [
    ("Every plan keeps every rule and loses no cent; its document and its certificate hold",
     "test_laws.py::test_what_is_true_of_every_plan"),
    ("The class program is as good as the program project by project",
     "test_plans.py::test_class_program_equals_program_by_project"),
    ("… with swap chains, too", "test_swaps.py::test_class_program_with_swaps_equals_program_by_project"),
    ("No plan in whole cents is better (brute force)",
     "test_plans.py::test_brute_force_finds_nothing_better"),
    ("Both checkers accept what is true", "test_certificate.py::test_both_checkers_accept_what_is_true"),
    ("Nothing tampered with is accepted", "test_certificate.py::test_no_figure_of_a_plan_can_be_altered"),
    ("Contradictions are proved; no tampered proof is",
     "test_certificate.py::test_contradictions_are_proved_and_no_tampered_proof_is"),
    ("Rows and exact checks of every rule agree",
     "test_rules.py::test_rows_and_checks_agree_on_every_whole_cent_plan"),
    ("Every reason for an open gap is true", "test_reasons.py::test_every_reason_is_true"),
    ("What-if from the core equals a full run",
     "test_answers.py::test_what_if_from_the_core_equals_a_full_run"),
    ("A solver that lies at random never leads to a wrong plan",
     "test_solver_faults.py::test_a_random_liar_on_random_ledgers"),
    ("Readers answer with a value or an error of ours", "test_fuzz.py::test_mutations"),
]  # fmt: skip
_CASES = re.compile(r"(\d+) passing, (\d+) failing")


def measured(test: str, cases: int) -> tuple[int, int, float]:
    """Cases that passed and failed, and seconds."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", f"tests/{test}", "--hypothesis-show-statistics"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "HYPOTHESIS_PROFILE": "deep", "HYPOTHESIS_EXAMPLES": str(cases)},
    )
    found = [(int(a), int(b)) for a, b in _CASES.findall(done.stdout)]
    if done.returncode and not any(b for _, b in found):
        sys.exit(done.stdout[-3000:] + done.stderr)
    passed, failed = (sum(pair[k] for pair in found) for k in (0, 1))
    return passed, failed, time.perf_counter() - start


def main() -> None:
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    print("| promise | test | cases passed | failed | seconds |")
    print("|---|---|---:|---:|---:|")
    for promise, test in PROMISES:
        passed, failed, seconds = measured(test, cases)
        print(f"| {promise} | `{test}` | {passed:,} | {failed:,} | {seconds:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
