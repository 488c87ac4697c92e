"""Which small changes of the core do its tests notice? ``python tools/mutate.py [--sample N] [--seed S]``.

Changes one thing at a time in a copy of the library (a comparison, a sign, a constant, a statement
left out ...), runs the module's own quick tests on it, and prints the share of changes that made a
test fail. What survives lacks a test, or changes nothing; the latter are noted in docs/mutants.md.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
NOTED = ROOT / "docs" / "mutants.md"
WORKERS = 2
LEAST = 0.9  # of a module's changes have to be noticed
TESTS = {
    "money.py": ["test_money.py"],
    "arithmetic.py": ["test_arithmetic.py", "test_money.py"],
    "balance.py": ["test_balance.py"],
    "plan/cents.py": ["test_cents.py", "test_known_wrong_answers.py"],
    "plan/measured.py": ["test_measured.py", "test_cents.py", "test_objectives.py"],
    "plan/share.py": ["test_share.py"],
    "proof/breaches.py": ["test_bad_plans.py", "test_breaches.py", "test_swaps.py"],
    "proof/certificate.py": [
        "test_bad_plans.py", "test_bounds.py", "test_severity.py", "test_swaps.py", "test_certificate.py",
    ],
    "proof/certificate_check.py": ["test_certificate_check.py", "test_certificate.py"],
    "proof/digests.py": ["test_certificate_check.py"],
}  # fmt: skip
SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult, ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
NAMES = {"min": "max", "minimum": "maximum", "any": "all"}
NAMES |= {new: old for old, new in NAMES.items()}


class Mutant(NamedTuple):
    """A change: where, what it makes of which words, and the whole module with it."""

    module: str
    line: int
    place: str
    before: str
    after: str
    text: str

    @property
    def name(self) -> tuple[str, str, str, str]:
        """What names it, whatever its line."""
        return self.module, self.place, self.before, self.after


def variants(node: ast.AST) -> Iterator[ast.AST]:
    """What may stand in a node's place."""
    match node:
        case ast.Compare(ops=ops):
            for i, op in enumerate(ops):
                if type(op) in SWAPS:
                    new = copy.deepcopy(node)
                    new.ops[i] = SWAPS[type(op)]()
                    yield new
        case ast.BinOp(op=op) | ast.BoolOp(op=op) if type(op) in SWAPS:
            new = copy.deepcopy(node)
            new.op = SWAPS[type(op)]()
            yield new
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert(), operand=operand):
            yield operand
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() as value):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.Call(func=ast.Name(id="abs") | ast.Attribute(attr="abs"), args=[inner]):
            yield inner
        case ast.Name(id=name, ctx=ast.Load()) if name in NAMES:
            yield ast.Name(NAMES[name], ast.Load())
        case ast.Attribute(value=value, attr=name, ctx=ast.Load()) if name in NAMES:
            yield ast.Attribute(value, NAMES[name], ast.Load())
        case ast.AugAssign(op=op):
            yield ast.Pass()
            if type(op) in SWAPS:
                new = copy.deepcopy(node)
                new.op = SWAPS[type(op)]()
                yield new
        case ast.Raise() | ast.Continue() | ast.Break() | ast.Expr(value=ast.Call()):
            yield ast.Pass()
        case ast.Expr(value=ast.Yield() | ast.YieldFrom()):  # it stays a generator
            yield ast.Expr(ast.YieldFrom(ast.Tuple([], ast.Load())))
        case ast.Assign(targets=[ast.Subscript()]):
            yield ast.Pass()
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield ast.Return(ast.Constant(None))


def left_alone(parent: ast.AST, field: str, node: ast.AST, speaking: bool) -> bool:
    """Types, assertions, lists of names, logging and the words of messages."""
    if field in ("annotation", "returns") or (speaking and isinstance(node, ast.JoinedStr)):
        return True
    if isinstance(node, ast.keyword) and node.arg == "strict":  # columns of one length, asserted
        return True
    words = ast.unparse(node) if isinstance(node, (ast.Assign, ast.Expr)) else ""
    return words.startswith(("__all__", "_log.", "print(")) or (
        isinstance(parent, ast.Call) and ast.unparse(parent.func).startswith("_log.")
    )


def mutants(module: str, source: str) -> Iterator[Mutant]:
    """Every change of a module, in the order of its lines."""
    tree = ast.parse(source)

    def within(
        parent: ast.AST, place: str, shown: ast.AST, line: int, message: bool
    ) -> Iterator[Mutant]:
        """Changes below a node: in which function, to be shown within what, at least at which line."""
        for field, value in ast.iter_fields(parent):
            for i, node in enumerate(value) if isinstance(value, list) else [(-1, value)]:
                if not isinstance(node, ast.AST) or left_alone(parent, field, node, message):
                    continue
                at = getattr(node, "lineno", line)
                named = isinstance(node, (ast.FunctionDef, ast.ClassDef))
                inner = f"{place}.{node.name}".lstrip(".") if named else place
                part = isinstance(node.operand if isinstance(node, ast.UnaryOp) else node, PARTS)
                around = shown if part and not isinstance(shown, ast.Module) else node
                for new in variants(node):
                    before = brief(around)
                    put(parent, field, i, new)
                    after = brief(new if around is node else around)
                    yield Mutant(module, at, place, before, after, ast.unparse(tree))
                    put(parent, field, i, node)
                yield from within(node, inner, around, at, message or is_message(node))

    return within(tree, "", tree, 0, False)


PARTS = (ast.Constant, ast.Name, ast.Attribute, ast.Slice, ast.Tuple, ast.keyword, ast.arguments)
"""What says too little when it is shown alone."""


def put(parent: ast.AST, field: str, i: int, node: ast.AST) -> None:
    """Set a field, or an entry of it."""
    if i < 0:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[i] = node


def is_message(node: ast.AST) -> bool:
    """Whether texts within it are words for people."""
    return isinstance(node, (ast.Raise, ast.Yield, ast.YieldFrom)) or (
        isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".append")
    )


def brief(node: ast.AST) -> str:
    """A node on one line."""
    text = re.sub(r"\s+", " ", ast.unparse(node))
    return text if len(text) <= 160 else f"{text[:157]}..."


def noted() -> set[tuple[str, str, str, str]]:
    """The changes that change nothing, as docs/mutants.md lists them."""
    found = set()
    for line in NOTED.read_text("utf-8").splitlines() if NOTED.exists() else ():
        cells = [c.strip().replace("\\|", "|") for c in re.split(r"(?<!\\)\|", line)[1:-1]]
        for before, after in re.findall(r"`([^`]+)` → `([^`]+)`", cells[2] if cells[3:] else ""):
            found.add((cells[0].strip("`"), cells[1].strip("`"), before, after))
    return found


def run(source: Path, module: str, limit: float | None) -> bool:
    """Whether the module's tests pass on a copy of the library."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*command, *(f"tests/{name}" for name in TESTS[module])],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
            cwd=ROOT,
            timeout=limit,
            env={**os.environ, "PYTHONPATH": str(source), "HYPOTHESIS_PROFILE": "few"},
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def survivors(module: str, chosen: list[Mutant], copies: Queue[Path]) -> list[Mutant]:
    """Those of the changes that no test notices."""
    path = ROOT / "src" / "surplus" / module
    clean = ast.unparse(ast.parse(path.read_text("utf-8")))

    def passes(text: str, limit: float | None = None) -> bool:
        source = copies.get()
        try:
            place = source / "surplus" / module
            place.write_text(text, "utf-8")
            for old in place.parent.glob(f"__pycache__/{place.stem}.*"):
                old.unlink()  # it may be of the same second and size
            return run(source, module, limit)
        finally:
            shutil.copyfile(path, place)
            copies.put(source)

    start = time.perf_counter()
    if not passes(clean):
        sys.exit(f"the tests of {module} fail without any change")
    limit = 5 + 4 * (time.perf_counter() - start)
    with ThreadPoolExecutor(WORKERS) as pool:
        alive = pool.map(lambda mutant: passes(mutant.text, limit), chosen)
        return [mutant for mutant, lives in zip(chosen, alive, strict=True) if lives]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, help="so many changes of each module; otherwise all")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--module", choices=TESTS, help="this one alone")
    options = parser.parse_args()
    harmless, left, low = noted(), [], []
    print("| module | changes | change nothing | noticed | share |")
    print("|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        copies: Queue[Path] = Queue()
        for i in range(WORKERS):
            copies.put(Path(shutil.copytree(ROOT / "src", Path(folder) / str(i))))
        for module in [options.module] if options.module else TESTS:
            every = [*mutants(module, (ROOT / "src/surplus" / module).read_text("utf-8"))]
            if options.sample and options.sample < len(every):
                places = random.Random(f"{options.seed} {module}").sample(
                    range(len(every)), options.sample
                )
                every = [every[i] for i in sorted(places)]
            chosen = [mutant for mutant in every if mutant.name not in harmless]
            alive = survivors(module, chosen, copies)
            left += alive
            killed = len(chosen) - len(alive)
            share = killed / max(1, len(chosen))
            low += [module] * (share < LEAST)
            same = len(every) - len(chosen)
            print(f"| `{module}` | {len(every)} | {same} | {killed} | {share:.0%} |", flush=True)
    print("\nNot noticed:\n" if left else "\nEvery change was noticed.")
    for mutant in left:
        print(
            f"- {mutant.module}:{mutant.line} {mutant.place}: `{mutant.before}` → `{mutant.after}`"
        )
    if low:
        sys.exit(f"fewer than {LEAST:.0%} of the changes were noticed: {', '.join(low)}")


if __name__ == "__main__":
    main()
