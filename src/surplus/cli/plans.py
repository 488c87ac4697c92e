"""The commands about plans. Parts of the library load when a command needs them."""

from __future__ import annotations

import argparse
import errno
import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from surplus.cli.chinese import chinese
from surplus.cli.ledgers import read_ledger
from surplus.cli.show import bar, say, say_document, show
from surplus.cli.words import Words

if TYPE_CHECKING:
    from surplus.plan.data import Plan

DONE, FOUND = 0, 1


def plan(options: argparse.Namespace) -> int:
    """Plan; write plan.json, or all papers; an infeasible case writes its certificate."""
    from surplus.explain.conflict import Infeasible  # noqa: PLC0415
    from surplus.io import read_policy, write_atomically  # noqa: PLC0415
    from surplus.reallocation import reallocate  # noqa: PLC0415
    from surplus.report.summary import summary  # noqa: PLC0415

    ledger, policy = read_ledger(options), read_policy(options.policy)
    papers = bool(options.output) and (
        options.output.endswith("/") or Path(options.output).is_dir()
    )
    if options.output and not papers and not Path(options.output).parent.is_dir():
        # Said now, not when all is solved.
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), options.output)
    try:
        with bar(Words(options.lang)) as progress:
            found = reallocate(ledger, policy, time_limit=options.time_limit, progress=progress)
    except Infeasible as error:
        if options.output:
            place = _refuted(options.output, papers)
            place.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(place, error.to_json())
        raise
    if papers:
        _papers(found, Path(options.output), options.lang)
    elif options.output:
        found.write_json(options.output)
    if options.output:  # what an earlier run said is no longer so
        _refuted(options.output, papers).unlink(missing_ok=True)
    if options.json:
        say_document(found.json_pieces())
    else:
        show(summary(found, options.lang))
    return DONE


def _refuted(output: str, papers: bool) -> Path:
    """Where the certificate stands that there is no plan."""
    place = Path(output)
    return place / "infeasible.json" if papers else place.with_suffix(".infeasible.json")


def _papers(found: Plan, folder: Path, lang: str) -> None:
    """Write all papers into a folder; the workbook where openpyxl is installed."""
    from surplus.io import write_atomically  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    found.write_json(folder / "plan.json")
    write_atomically(folder / "plan.md", found.to_markdown(lang))
    write_atomically(folder / "plan.html", found.to_html(lang))
    if find_spec("openpyxl") is not None:
        found.to_excel(folder / "plan.xlsx", lang)


def verify(options: argparse.Namespace) -> int:
    """Check a plan, or the certificate that there is none."""
    from surplus.errors import PlanFileError  # noqa: PLC0415
    from surplus.io import read_policy  # noqa: PLC0415
    from surplus.plan.data import Plan  # noqa: PLC0415
    from surplus.proof import PlanError, verify, verify_infeasible  # noqa: PLC0415
    from surplus.records import document_of  # noqa: PLC0415

    word = Words(options.lang)
    ledger, policy = read_ledger(options), read_policy(options.policy)
    text = Path(options.plan).read_bytes()
    impossible = document_of(text, PlanFileError).get("status") == "infeasible"
    try:
        if impossible:
            verify_infeasible(text, ledger, policy)
        else:
            verify(Plan.from_json(text), ledger, policy)
    except PlanError as error:
        if not options.json:
            raise
        breaches = {"holds": False, "breaches": error.breaches}
        say_document(json.dumps(breaches, ensure_ascii=False))
        return FOUND
    if options.json:
        say_document('{"holds": true, "breaches": []}')
    else:
        holds = "The rules contradict each other." if impossible else "The plan holds, to the cent."
        say(word(holds, chinese(holds)))
    return DONE


def explain(options: argparse.Namespace) -> int:
    """Answer questions about a case."""
    from surplus.io import read_policy  # noqa: PLC0415
    from surplus.report.answers import explained  # noqa: PLC0415

    blocks, data = explained(read_ledger(options), read_policy(options.policy), options)
    if options.json:
        say_document(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        show(blocks)
    return DONE
