"""From results.json to RESULTS.md and the pictures: nothing is measured here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PICTURES = HERE.parent / "docs" / "pictures"


def seconds(value: float) -> str:
    """Three significant digits, roughly."""
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def outcome(found: dict[str, Any]) -> str:
    """One measurement in words."""
    if "seconds" in found:
        far = f", off by {found['off']:.1e}" if found.get("off", 0) > 1e-9 else ""
        broken = (
            f", {found['broken']:,} broken, {found['cents']:,} cents" if found["broken"] else ""
        )
        return f"{seconds(found['seconds'])} s{far}{broken}"
    if "stopped" in found:
        return f"stopped after {found['stopped']:.0f} s"
    if "not_applicable" in found:
        return f"not applicable: {found['not_applicable']}"
    return str(found.get("absent") or found.get("not_asked") or found.get("failed"))


def table(head: list[str], rows: list[list[str]], right: int = 99) -> str:
    """Markdown; the first column and those from `right` on are set to the left."""
    rule = ["---" if i == 0 or i >= right else "---:" for i in range(len(head))]
    lines = [head, rule, *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


class Results:
    """All measurements, by scenario, size and peer."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.found = {(r["scenario"], r["size"], r["peer"]): r for r in document["results"]}
        self.sizes: dict[str, list[int]] = {}
        for scenario, size, _ in self.found:
            sizes = self.sizes.setdefault(scenario, [])
            if size not in sizes:
                sizes.append(size)

    def peers(self, scenario: str, size: int) -> list[str]:
        """Who was asked."""
        return [p for s, n, p in self.found if (s, n) == (scenario, size)]

    def ours(self, scenario: str, size: int) -> dict[str, Any]:
        """What surplus took."""
        return self.found[scenario, size, "plan"]

    def times(self, scenario: str, size: int, peer: str) -> str:
        """How many times as long as surplus a peer took, in all."""
        found, ours = self.found[scenario, size, peer], self.ours(scenario, size)
        if "stopped" in found and "seconds" in ours:
            return f"> {ratio(found['stopped'] / ours['seconds'])}"
        if "seconds" not in found or "seconds" not in ours:
            return ""
        return ratio(found["seconds"] / ours["seconds"])


def solving(found: dict[str, Any]) -> float:
    """Seconds for the optimum alone: of surplus for that of its classes, in whole cents."""
    stages = found["stages"]
    return float(stages.get("solve") or stages["best"] + stages.get("segmented", 0.0))


def ratio(value: float) -> str:
    """A factor, to two digits."""
    return f"{value:.1f} ×" if value < 10 else f"{value:,.0f} ×"


def name(peer: str) -> str:
    """A peer in words."""
    return str(import_module(f"peers.{peer}").NAME)


def beside(results: Results, scenario: str) -> Iterator[str]:
    """All peers of a scenario, size by size."""
    head = "peer, seconds, × surplus, solver alone, × surplus, peak MB, optimum, broken, cents off, by stage"
    for size in results.sizes[scenario]:
        peers = results.peers(scenario, size)
        if len(peers) < 5:
            continue
        ours, rows = results.ours(scenario, size), []
        for peer in peers:
            found = results.found[scenario, size, peer]
            if "seconds" not in found:
                most = results.times(scenario, size, peer)
                rows.append([name(peer), outcome(found), most, *[""] * 7])
                continue
            stages = found["stages"]
            alone = solving(found)
            inner = alone / solving(ours) if "seconds" in ours else 1.0
            rows.append(
                [
                    f"{name(peer)} {found['words']}".strip() if peer != "plan" else "**surplus**",
                    seconds(found["seconds"]),
                    results.times(scenario, size, peer),
                    seconds(alone),
                    ratio(inner),
                    f"{found['peak'] / 1e6:,.0f}",
                    "the same" if found.get("off", 0) <= 1e-9 else f"off by {found['off']:.0e}",
                    f"{found['broken']:,}",
                    f"{found['cents']:,}",
                    ", ".join(f"{key} {seconds(s)}" for key, s in stages.items() if s >= 5e-4),
                ]
            )
        yield f"### {size:,} projects\n\n{table(head.split(', '), rows, 9)}\n"


def scenarios(results: Results) -> str:
    """Every scenario and size in a line: surplus, and HiGHS by both methods."""
    rows = []
    for scenario, sizes in results.sizes.items():
        for size in sizes:
            ours, cells, broken = results.ours(scenario, size), [], []
            for peer in ("highs_simplex", "highs_ipm"):
                found = results.found.get((scenario, size, peer))
                if found is None:
                    cells.append("")
                    continue
                factor = results.times(scenario, size, peer)
                cells.append(f"{outcome(found).split(',')[0]} ({factor})")
                broken.append(f"{found['broken']:,}" if "broken" in found else "–")
            rows.append(
                [scenario, f"{size:,}", outcome(ours).split(",")[0], *cells, ", ".join(broken)]
            )
    head = "scenario, projects, surplus, HiGHS simplex, HiGHS interior point, broken by rounding"
    return table(head.split(", "), rows)


def growth(results: Results) -> list[dict[str, float]]:
    """Seconds and memory of surplus by size, on the scenario that grows."""
    found = []
    for size in results.sizes.get("ministries", []):
        ours = results.ours("ministries", size)
        if "seconds" in ours:
            used = ours["peak"] - ours["base"]
            found.append(
                {
                    "projects": size,
                    "seconds": ours["seconds"],
                    "microseconds": ours["seconds"] / size * 1e6,
                    "ledger": (ours["ledger"] - ours["base"]) / size,
                    "bytes": used / size,
                }
            )
    return found


def many(found: dict[str, Any]) -> str:
    """Many ledgers at once."""
    rows = [
        [
            one["what"],
            f"{one['plans']:,}",
            *(seconds(one[key]) for key in ("one", "two")),
            ratio(one["one"] / one["two"]),
            f"{one['two'] / one['plans'] * 1e3:.1f}",
        ]
        for one in found["runs"]
    ]
    head = "what, plans, 1 worker (s), 2 workers (s), faster, ms a plan with 2"
    return table(head.split(", "), rows)


def tables(document: dict[str, Any]) -> str:
    """All tables as Markdown."""
    results = Results(document)
    parts = []
    for scenario in results.sizes:
        title = import_module(f"scenarios.{scenario}").TITLE
        if found := [*beside(results, scenario)]:
            parts.append(f"## {scenario.capitalize()}: all peers\n\n{title}\n\n" + "\n".join(found))
    titles = [f"- *{s}*: {import_module(f'scenarios.{s}').TITLE}" for s in results.sizes]
    parts.append("## Scenarios\n\n" + "\n".join(titles) + "\n\n" + scenarios(results) + "\n")
    if rows := growth(results):
        head = "projects, seconds, µs a project, bytes a project: the ledger, bytes a project at the peak"
        cells = [
            [
                f"{r['projects']:,}",
                seconds(r["seconds"]),
                f"{r['microseconds']:.1f}",
                f"{r['ledger']:,.0f}",
                f"{r['bytes']:,.0f}",
            ]
            for r in rows
        ]
        parts.append(f"## Growth\n\n{table(head.split(', '), cells)}\n")
    if "many" in document:
        parts.append(f"## Many ledgers at once\n\n{many(document['many'])}\n")
    return "\n".join(parts)


def page(document: dict[str, Any]) -> str:
    """RESULTS.md."""
    machine = document["machine"]
    packages = ", ".join(f"{key} {value}" for key, value in machine["packages"].items())
    return f"""# Benchmark results

Written by `make bench` from `results.json`: {document["date"]}, {document.get("minutes", "?")} minutes,
{machine["cores"]} cores, {machine["machine"]}, Python {machine["python"]}, {packages};
seed {document["seed"]}.

All peers solve the same generated ledger under the same policy, in the same run, each in a process of
its own; seconds are medians of up to 5 runs, as many as fit into 3 seconds, after one small run that
is not counted. Making the ledger is not counted either. They are seconds of the clock, or of the
processor where those are fewer, since other work shares the machine.
*surplus* is counted from the ledger to the verified plan in whole cents, with transfers, reasons and
certificate; a peer to its solver's answer: `arrays` (the balance, and the program over single
projects), `model` (handing it over) and `solve`. "Solver alone" compares `solve` with what surplus
needs to find the optimum of its classes in whole cents (`best`).
*Optimum*: the same as the one that surplus proves, to nine digits, or by how much of it the answer is
off. *Broken*: pools, gaps, rules and bounds that the answer breaks once each amount is rounded to the
cent; *cents off*: by how many cents in all. *Peak MB* is that of the whole process. A peer is stopped
after {document["limit"]:.0f} seconds of computing.

![Seconds by number of projects](../docs/pictures/peers.svg)

![Time and memory for each project](../docs/pictures/growth.svg)

{tables(document)}"""


def save(document: dict[str, Any], folder: Path) -> None:
    """The results as data."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, ensure_ascii=False, indent=1)
    (folder / "results.json").write_text(text + "\n", encoding="utf-8")


def write(document: dict[str, Any], folder: Path) -> None:
    """The results as data, as a page and as pictures."""
    import plots

    save(document, folder)
    (folder / "RESULTS.md").write_text(page(document), encoding="utf-8")
    pictures = PICTURES if folder == HERE else folder
    pictures.mkdir(parents=True, exist_ok=True)
    plots.draw(Results(document), pictures)
