"""The command `surplus`: arguments only; every answer comes from the library."""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surplus._version import __version__
from surplus.errors import InputError, SolverError, SurplusError

if TYPE_CHECKING:
    from surplus.plan.data import Plan
    from surplus.policy import Policy

DONE, FOUND, BAD_INPUT, NO_ANSWER, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    0 done, 1 findings or infeasible, 2 bad input, 3 no answer (out of time, say), 130 interrupted.
    """
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.WARNING,
        format="%(levelname)s: %(message)s",
        stream=sys.stderr,
    )
    try:
        status: int = options.run(options)
        sys.stdout.flush()
        return status
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except InputError as error:
        return _complain(error, BAD_INPUT)
    except SolverError as error:
        return _leave(_complain(error, NO_ANSWER))
    except SurplusError as error:
        return _complain(error, FOUND)
    except OSError as error:
        return _complain(f"{error.filename or 'file'}: {error.strerror or error}", BAD_INPUT)
    except MemoryError:
        return _complain("there is not enough memory; nothing was written", BAD_INPUT)
    except KeyboardInterrupt:
        return _leave(_complain("interrupted; nothing was written", INTERRUPTED))


def _complain(error: object, status: int) -> int:
    print(error, file=sys.stderr)  # noqa: T201
    return status


def _leave(status: int) -> int:
    """End the process at once where a solver that does not hear us would keep it."""
    running = sys.modules.get("surplus.solvers.running")
    if running is not None and running.left_behind():
        sys.stderr.flush()
        os._exit(status)
    return status


def _say(text: str) -> None:
    print(text)  # noqa: T201


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="surplus",
        description="Move money that projects no longer need to the projects that lack it.",
    )
    parser.add_argument("--version", action="version", version=f"surplus {__version__}")
    parser.add_argument("-v", "--verbose", action="store_true", help="log what is done")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, summary: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=summary, description=summary)
        sub.set_defaults(run=run)
        return sub

    plan = command("plan", _plan, "Find the best exact plan.")
    plan.add_argument(
        "ledger", help="ledger.json, ledger.xlsx, or a folder of CSV or Parquet files"
    )
    plan.add_argument("--policy", required=True, help="policy.json")
    plan.add_argument("-o", "--output", help="write plan.json here; all papers into OUTPUT/")
    plan.add_argument(
        "--time-limit", type=float, metavar="SECONDS", help="then the best exact plan found so far"
    )
    plan.add_argument("--lang", choices=("en", "zh"), default="zh", help="of the papers")
    plan.add_argument("--json", action="store_true", help="print only plan.json")

    verify = command("verify", _verify, "Check a plan on its ledger, without a solver.")
    verify.add_argument("plan")
    verify.add_argument("--ledger", required=True)
    verify.add_argument("--policy", required=True)
    verify.add_argument("--json", action="store_true", help="print only JSON")

    audit = command("audit", _audit, "Look for figures that cannot be right.")
    audit.add_argument("ledger")
    audit.add_argument("--json", action="store_true", help="print only JSON")
    audit.add_argument("--lang", choices=("en", "zh"), default="en")

    steps = command("waterfall", _waterfall, "Show how one project's balance comes about.")
    steps.add_argument("ledger")
    steps.add_argument("project")
    steps.add_argument("--policy")
    steps.add_argument("--json", action="store_true", help="print only JSON")
    steps.add_argument("--lang", choices=("en", "zh"), default="en")

    explain = command("explain", _explain, "Why gaps stay open, what money and rules are worth.")
    explain.add_argument("ledger")
    explain.add_argument("--policy", required=True)
    explain.add_argument("--project", help="only this project")
    explain.add_argument(
        "--what-if", help="a change as JSON: plan again, and show what is different"
    )
    explain.add_argument(
        "--frontier", nargs="+", metavar=("RULE", "BOUND"), help="re-plan for each bound"
    )
    explain.add_argument("--compare", metavar="PLAN", help="what this case's plan does differently")
    explain.add_argument("--json", action="store_true", help="print only JSON")
    explain.add_argument("--lang", choices=("en", "zh"), default="en")

    _dates(command)

    schema = command("schema", _schema, "Print the JSON Schema of a document.")
    schema.add_argument("document", choices=("ledger", "policy", "plan"))

    generate = command("generate", _generate, "Write a generated ledger and policy.")
    generate.add_argument("--projects", type=int, default=100)
    generate.add_argument("--seed", type=int, default=0)
    generate.add_argument("-o", "--output", default=".", help="folder for both files")
    return parser


def _dates(command: Callable[[str, Any, str], argparse.ArgumentParser]) -> None:
    """The commands that ask about days."""
    days = command("calendar", _calendar, "What a plan's deadlines are, and when money expires.")
    days.add_argument("ledger")
    days.add_argument("policy")
    days.add_argument("plan")
    days.add_argument("-o", "--output", help="write an iCalendar file (.ics) here")
    days.add_argument("--start", type=_day, help="the plan's date; the ledger's date if not given")
    days.add_argument("--json", action="store_true", help="print only JSON")
    days.add_argument("--lang", choices=("en", "zh"), default="en")

    pace = command("progress", _progress, "Payment rates against the time elapsed in the year.")
    pace.add_argument("ledger")
    pace.add_argument("--on", type=_day, required=True, help="the day, such as 2026-06-30")
    pace.add_argument("--by", type=_day, help="money that expires by this day is at risk")
    pace.add_argument("--json", action="store_true", help="print only JSON")
    pace.add_argument("--lang", choices=("en", "zh"), default="en")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"'{text}' is not a date; needed: year-month-day, such as 2026-06-30"
        ) from None


def _policy(path: str) -> Policy:
    from surplus.io import read_policy  # noqa: PLC0415 - parts load when a command needs them

    return read_policy(path)


def _plan(options: argparse.Namespace) -> int:
    from surplus.explain.conflict import Infeasible  # noqa: PLC0415
    from surplus.io import read, write_atomically  # noqa: PLC0415
    from surplus.reallocation import reallocate  # noqa: PLC0415
    from surplus.report.table import summary  # noqa: PLC0415

    ledger, policy = read(options.ledger), _policy(options.policy)
    try:
        plan = reallocate(ledger, policy, time_limit=options.time_limit)
    except Infeasible as error:
        if options.output:
            place = Path(options.output)
            folder = options.output.endswith("/") or place.is_dir()
            place = place / "infeasible.json" if folder else place.with_suffix(".infeasible.json")
            place.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(place, error.to_json())
        raise
    document = plan.to_json()
    if options.output and (options.output.endswith("/") or Path(options.output).is_dir()):
        _papers(plan, Path(options.output), options.lang)
    elif options.output:
        write_atomically(options.output, document)
    _say(document.rstrip("\n") if options.json else summary(plan))
    return DONE


def _papers(plan: Plan, folder: Path, lang: str) -> None:
    """Write all papers into a folder; the workbook where openpyxl is installed."""
    from importlib.util import find_spec  # noqa: PLC0415

    from surplus.io import write_atomically  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "plan.json", plan.to_json())
    write_atomically(folder / "plan.md", plan.to_markdown(lang))
    write_atomically(folder / "plan.html", plan.to_html(lang))
    if find_spec("openpyxl") is not None:
        plan.to_excel(folder / "plan.xlsx", lang)


def _verify(options: argparse.Namespace) -> int:
    from surplus.errors import PlanFileError  # noqa: PLC0415
    from surplus.io import read  # noqa: PLC0415
    from surplus.plan.data import Plan  # noqa: PLC0415
    from surplus.proof import PlanError, verify, verify_infeasible  # noqa: PLC0415
    from surplus.records import document_of  # noqa: PLC0415

    ledger, policy = read(options.ledger), _policy(options.policy)
    text = Path(options.plan).read_bytes()
    impossible = document_of(text, PlanFileError).get("status") == "infeasible"
    try:
        if impossible:
            verify_infeasible(text, ledger, policy)
        else:
            verify(Plan.from_json(text), ledger, policy)
    except PlanError as error:
        if options.json:
            _say(json.dumps({"holds": False, "breaches": error.breaches}, ensure_ascii=False))
            return FOUND
        raise
    holds = "The rules contradict each other." if impossible else "The plan holds, to the cent."
    _say('{"holds": true, "breaches": []}' if options.json else holds)
    return DONE


def _audit(options: argparse.Namespace) -> int:
    from surplus.auditing import audit, report, to_json  # noqa: PLC0415
    from surplus.io import read  # noqa: PLC0415

    findings = audit(read(options.ledger))
    _say(to_json(findings) if options.json else report(findings, options.lang))
    return FOUND if any(f.severity == "error" for f in findings) else DONE


def _waterfall(options: argparse.Namespace) -> int:
    from surplus.io import read  # noqa: PLC0415
    from surplus.steps import waterfall  # noqa: PLC0415

    terms = _policy(options.policy).terms if options.policy else None
    result = waterfall(read(options.ledger), options.project, terms)
    _say(result.to_json() if options.json else result.text(options.lang))
    return DONE


def _explain(options: argparse.Namespace) -> int:
    from surplus.io import read  # noqa: PLC0415
    from surplus.report.answers import explained  # noqa: PLC0415

    _say(explained(read(options.ledger), _policy(options.policy), options))
    return DONE


def _calendar(options: argparse.Namespace) -> int:
    from surplus.answers.calendar import calendar  # noqa: PLC0415
    from surplus.answers.dying import dying  # noqa: PLC0415
    from surplus.io import read, write_atomically  # noqa: PLC0415
    from surplus.plan.data import Plan  # noqa: PLC0415
    from surplus.report.dates import dated  # noqa: PLC0415

    ledger, policy = read(options.ledger), _policy(options.policy)
    plan = Plan.from_json(Path(options.plan).read_bytes())
    found = calendar(plan, ledger, policy, start=options.start)
    if options.output:
        write_atomically(options.output, found.to_ics(options.lang))
    _say(dated(found, dying(ledger, policy, plan, on=found.start), options.lang, options.json))
    return DONE


def _progress(options: argparse.Namespace) -> int:
    from surplus.answers.progress import progress  # noqa: PLC0415
    from surplus.io import read  # noqa: PLC0415
    from surplus.report.dates import paced  # noqa: PLC0415

    found = progress(read(options.ledger), on=options.on, by=options.by)
    _say(found.to_json() if options.json else paced(found, options.lang))
    return DONE


def _schema(options: argparse.Namespace) -> int:
    from surplus.io import schema  # noqa: PLC0415

    _say(json.dumps(schema(options.document), ensure_ascii=False, indent=2))
    return DONE


def _generate(options: argparse.Namespace) -> int:
    from surplus.generator import generate  # noqa: PLC0415
    from surplus.io import write_atomically  # noqa: PLC0415

    ledger, policy = generate(projects=options.projects, seed=options.seed)
    folder = Path(options.output)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "ledger.json", ledger.to_json())
    write_atomically(folder / "policy.json", policy.model_dump_json(by_alias=True, indent=2) + "\n")
    _say(f"{folder / 'ledger.json'}\n{folder / 'policy.json'}")
    return DONE
