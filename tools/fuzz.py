"""Throw bytes at every reader: ``python tools/fuzz.py [--seconds N] [READER ...]``.

A reader answers with a value or with an error of ours; anything else is a crash, and the input that makes
it is kept in `fuzz-findings/`. With atheris (extra `fuzz`) the search is guided by the lines that an input
reaches; where atheris cannot be imported, the mutations of tests/test_fuzz.py go on for as long instead.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
FINDINGS = ROOT / "fuzz-findings"
sys.path.insert(0, str(ROOT / "tests"))
PARTS = ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"]


def packed(good: bytes, data: bytes) -> bytes:
    """A workbook whose inner parts are the data, so that the search need not learn to zip."""
    new = dict(zip(PARTS, data.split(b"\0"), strict=False))
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(good)) as old, zipfile.ZipFile(target, "w") as made:
        for name in old.namelist():
            made.writestr(name, new.get(name, old.read(name)))
    return target.getvalue()


def unpacked(good: bytes) -> bytes:
    """The inner parts of a workbook."""
    with zipfile.ZipFile(io.BytesIO(good)) as book:
        return b"\0".join(book.read(name) for name in PARTS if name in book.namelist())


def one(name: str, seconds: int) -> None:
    """Search for a crash of one reader; the process ends with it."""
    import atheris

    with atheris.instrument_imports(include=["surplus"]):
        from test_fuzz import READERS, answers
    good = READERS[name][0]
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    seeds = folder / "seeds"
    seeds.mkdir()
    book = name.endswith("xlsx")
    (seeds / "good").write_bytes(unpacked(good) if book else good)

    def run(data: bytes) -> None:
        answers(name, packed(good, data) if book else data, folder)

    FINDINGS.mkdir(exist_ok=True)
    options = [f"-max_total_time={seconds}", f"-artifact_prefix={FINDINGS}/{name}-", "-timeout=20",
               "-rss_limit_mb=2000", "-max_len=8192", "-print_final_stats=1", "-verbosity=0"]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, str(seeds)], run)
    atheris.Fuzz()


def guided(names: list[str], seconds: int) -> int:
    """Each reader in a process of its own, for its part of the time."""
    share, failed = max(1, seconds // len(names)), 0
    for name in names:
        command = [sys.executable, __file__, "--one", "--seconds", str(share), name]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        runs = [line.split()[-1] for line in done.stderr.splitlines() if "executed_units" in line]
        print(f"{name}: {runs[0] if runs else 'unknown'} inputs in {share} s", flush=True)
        if done.returncode:
            failed += 1
            print(done.stdout[-2000:] + done.stderr[-3000:])
    return failed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument(
        "readers", nargs="*", metavar="READER", help="such as ledger.json; all if none"
    )
    chosen = parser.parse_args()
    if chosen.one:
        one(
            *chosen.readers, chosen.seconds
        )  # before anything is imported: it has to be instrumented
    from test_fuzz import READERS

    if unknown := {*chosen.readers} - {*READERS}:
        parser.error(f"no such reader: {', '.join(unknown)}; known: {', '.join(READERS)}")
    names = chosen.readers or [*READERS]
    try:
        import atheris  # noqa: F401
    except ImportError as error:
        print(f"without atheris ({error}): mutations for {chosen.seconds} s", flush=True)
        test = [sys.executable, "-m", "pytest", "tests/test_fuzz.py", "-k", "for_a_while"]
        env = {**os.environ, "SURPLUS_FUZZ_SECONDS": str(chosen.seconds)}
        return subprocess.run(test, cwd=ROOT, env=env, check=False).returncode
    return 1 if guided(names, chosen.seconds) else 0


if __name__ == "__main__":
    sys.exit(main())
