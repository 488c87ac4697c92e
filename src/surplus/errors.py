"""One family of errors: each says where, what, what was needed and how to put it right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class SurplusError(Exception):
    """Base of every error that surplus raises on purpose."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a document.

    Attributes:
        where: The place: ``projects[17].price.settlement``, or ``projects.csv, row 18, column 结算价``.
        what: What stands there and why it cannot be used.
        needed: What was needed instead, and how to put it right; empty when `what` says it all.
    """

    where: str
    what: str
    needed: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f"\n  Needed: {self.needed}" if self.needed else "")


class InputError(SurplusError, ValueError):
    """A document cannot be used. Every problem is named at once; nothing was loaded.

    Attributes:
        problems: All problems, in the order of the document.
    """

    document = "document"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        body = "\n".join(map(str, self.problems))
        super().__init__(f"{body}\n{count} in the {self.document}; nothing was loaded.")


class LedgerError(InputError):
    """The ledger cannot be used."""

    document = "ledger"


class PolicyError(InputError):
    """The policy cannot be used."""

    document = "policy"


class PlanFileError(InputError):
    """A plan document cannot be read."""

    document = "plan"


class Stop(Enum):
    """Why the solver stopped. The value is what a person reads."""

    OPTIMAL = "The solver claims the best possible plan."
    INFEASIBLE = "The solver claims that the rules contradict each other."
    UNBOUNDED = "The solver claims that the objective has no bound; in surplus every flow has one."
    TIME_LIMIT = "Time ran out before there was an exact plan; allow more time."
    ERROR = "The solver failed without an answer; try another one."


class SolverError(SurplusError):
    """The solver gave no usable answer.

    Attributes:
        stop: Why it stopped.
    """

    def __init__(self, stop: Stop, detail: str = "") -> None:
        self.stop = stop
        super().__init__(stop.value + (f" ({detail})" if detail else ""))
