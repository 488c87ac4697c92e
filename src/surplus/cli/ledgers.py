"""The commands about ledgers, and about days. Parts of the library load when a command needs them."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from surplus.cli.show import say, say_document, show

if TYPE_CHECKING:
    from surplus.ledger import Ledger

DONE, FOUND = 0, 1


def read_ledger(options: argparse.Namespace) -> Ledger:
    """The ledger that is named, with the date that is given where it names none."""
    from surplus.io import read  # noqa: PLC0415

    ledger = read(options.ledger, options.unit)
    if ledger.as_of is None and options.as_of is not None:
        return replace(ledger, as_of=options.as_of)
    return ledger


def audit(options: argparse.Namespace) -> int:
    """Look for figures that cannot be right."""
    from surplus.auditing import audit, report, to_json  # noqa: PLC0415

    findings = audit(read_ledger(options))
    if options.json:
        say_document(to_json(findings))
    else:
        say(report(findings, options.lang))
    return FOUND if any(f.severity == "error" for f in findings) else DONE


def waterfall(options: argparse.Namespace) -> int:
    """Show how one project's balance comes about."""
    from surplus.io import read_policy  # noqa: PLC0415
    from surplus.report.answers import stepped  # noqa: PLC0415
    from surplus.steps import waterfall  # noqa: PLC0415

    terms = read_policy(options.policy).terms if options.policy else None
    found = waterfall(read_ledger(options), options.project, terms)
    if options.json:
        say_document(found.to_json())
    else:
        show(stepped(found, options.lang))
    return DONE


def calendar(options: argparse.Namespace) -> int:
    """A plan's deadlines, and when money expires."""
    from surplus.answers.calendar import calendar  # noqa: PLC0415
    from surplus.answers.dying import dying  # noqa: PLC0415
    from surplus.io import read_policy, write_atomically  # noqa: PLC0415
    from surplus.plan.data import Plan  # noqa: PLC0415
    from surplus.report.dates import dated, dated_json  # noqa: PLC0415

    ledger, policy = read_ledger(options), read_policy(options.policy)
    plan = Plan.from_json(Path(options.plan).read_bytes())
    found = calendar(plan, ledger, policy, start=options.start)
    if options.output:
        write_atomically(options.output, found.to_ics(options.lang))
    ends = dying(ledger, policy, plan, on=found.start)
    if options.json:
        say_document(dated_json(found, ends))
    else:
        show(dated(found, ends, options.lang))
    return DONE


def progress(options: argparse.Namespace) -> int:
    """Payment rates against the time elapsed in the year."""
    from surplus.answers.progress import progress  # noqa: PLC0415
    from surplus.report.dates import paced  # noqa: PLC0415

    found = progress(read_ledger(options), on=options.on, by=options.by)
    if options.json:
        say_document(found.to_json())
    else:
        show(paced(found, options.lang))
    return DONE
