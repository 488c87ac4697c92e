"""One case, and what becomes of it: what a worker is given, does, and gives back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from surplus.errors import SurplusError
from surplus.io import read, read_policy
from surplus.ledger import Ledger
from surplus.plan.data import Plan
from surplus.policy import Policy
from surplus.proof.digests import ledger_digest, policy_digest
from surplus.reallocation import reallocate

_BYTES = 200
"""Of a case's name that its file keeps: file systems allow 255 in all."""


@dataclass(frozen=True)
class Case:
    """A ledger under a policy; each as an object or as the path of its file.

    Paths are read by the worker, so they cost the caller nothing: better for large ledgers.

    Attributes:
        name: Tells the cases apart; also the name of the case's file in a folder of results.
        time_limit: Seconds for its search, as `reallocate` takes it; None for as long as it takes.
    """

    name: str
    ledger: Ledger | str | Path
    policy: Policy | str | Path
    time_limit: float | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a case: a plan, or the error in words.

    Attributes:
        seconds: How long the case took where it ran.
    """

    name: str
    plan: Plan | None = None
    error: str | None = None
    seconds: float = 0.0


def solved(cases: Sequence[Case], folder: Path | None) -> list[Outcome]:
    """Some cases, one after the other, in a worker; an error ends its own case only."""
    outcomes = []
    for case in cases:
        start = time.perf_counter()
        try:
            outcome = Outcome(case.name, _plan(case, folder))
        except (SurplusError, OSError) as error:
            outcome = Outcome(case.name, error=str(error))
        except Exception as error:  # a defect, of surplus or of what the case brings along
            outcome = Outcome(case.name, error=f"{type(error).__name__}: {error}")
        outcomes.append(replace(outcome, seconds=time.perf_counter() - start))
    return outcomes


def _plan(case: Case, folder: Path | None) -> Plan:
    ledger = case.ledger if isinstance(case.ledger, Ledger) else read(case.ledger)
    policy = case.policy if isinstance(case.policy, Policy) else read_policy(case.policy)
    target = None if folder is None else folder / f"{_file_name(case.name)}.json"
    if target is not None and (kept := _kept(target, ledger, policy)) is not None:
        return kept
    plan = reallocate(ledger, policy, time_limit=case.time_limit)
    if target is not None:
        plan.write_json(target)
    # Neither the facts nor the rows that writing made travel back: columns alone are small.
    return replace(plan, case=None)


def _file_name(name: str) -> str:
    """The name itself where it is a plain one, else its digest beside what is plain of it."""
    plain = "".join(c if c.isalnum() or c in "-_" else "_" for c in name)
    plain = plain.encode()[:_BYTES].decode(errors="ignore")
    return plain if plain == name else f"{plain}-{sha256(name.encode()).hexdigest()[:12]}"


def _kept(target: Path, ledger: Ledger, policy: Policy) -> Plan | None:
    """The plan of an earlier run, where it is for these facts and rules."""
    if not target.exists():
        return None
    try:
        plan = Plan.from_json(target.read_bytes())
    except SurplusError:
        return None
    digests = (plan.certificate.get("ledger"), plan.certificate.get("policy"))
    return plan if digests == (ledger_digest(ledger), policy_digest(policy)) else None
