"""The commands that write or print documents of their own."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from surplus.cli.show import say, say_document

DONE = 0


def template(options: argparse.Namespace) -> int:
    """Write a template to fill in."""
    from surplus.io.template import write_template  # noqa: PLC0415 - parts load when needed

    say("\n".join(map(str, write_template(options.output, options.lang, options.layout))))
    return DONE


def holidays(options: argparse.Namespace) -> int:
    """Print a country's days off as a policy states them."""
    from surplus.answers.holidays import days_off  # noqa: PLC0415

    say(days_off(options.country, options.years, options.lang).to_toml().rstrip("\n"))
    return DONE


def schema(options: argparse.Namespace) -> int:
    """Print the JSON Schema of a document."""
    from surplus.io import schema  # noqa: PLC0415

    say_document(json.dumps(schema(options.document), ensure_ascii=False, indent=2))
    return DONE


def generate(options: argparse.Namespace) -> int:
    """Write a generated ledger and policy."""
    from surplus.generator import generate  # noqa: PLC0415
    from surplus.io import write_atomically  # noqa: PLC0415

    ledger, policy = generate(projects=options.projects, seed=options.seed)
    folder = Path(options.output)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "ledger.json", ledger.to_json())
    write_atomically(folder / "policy.json", policy.model_dump_json(by_alias=True, indent=2) + "\n")
    say(f"{folder / 'ledger.json'}\n{folder / 'policy.json'}")
    return DONE
