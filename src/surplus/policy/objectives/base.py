"""What every objective is: labels, and aims, one level each. One objective, one file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from surplus.arithmetic import common_divisor
from surplus.classes import Label
from surplus.flows import Flows, Moves
from surplus.ledger import Ledger
from surplus.policy.rules.base import Rule
from surplus.program import Level, Row, Weights
from surplus.records import Record

Aside = Sequence[Sequence[Sequence[str | None]]]
"""Groups set aside: for each objective that sets any aside, round by round; None: not known."""


@dataclass(frozen=True)
class Aim:
    """One level of an objective.

    Attributes:
        kind: That of the objective.
        level: What the program maximises.
        value: What a plan comes to, exactly, on raw projects.
        worth: What one unit of the level is in the value's measure; negative where less is better.
        name: Tells the levels of one objective apart; None where there is only one.
        rows: Definitions of columns that the level needs beside the flows.
        whole: Whether a plan in whole cents comes to a multiple of the weights' common divisor.
        even: Whether a class is filled in proportion to its members' gaps, not the smallest gap first.
        pair: A field of projects within whose values givers and takers are matched first.
        unproved: What the level claims besides its bound and is not proved, in words, for a plan and the
            names of the rows that have a multiplier in the level's proof.
    """

    kind: str
    level: Callable[[Flows], Level]
    value: Callable[[Moves], Fraction]
    worth: Fraction
    name: str | None = None
    rows: Callable[[Flows], Iterable[Row]] = lambda _: ()
    whole: bool = True
    even: bool = False
    pair: str | None = None
    unproved: Callable[[Moves, Collection[str]], Iterable[str]] = lambda *_: ()


class Objective(Record):
    """An aim of the decision, or several in their order."""

    kind: str

    by_class: ClassVar[bool] = False
    """Whether some of its rows speak of single classes; they are named by `Classes.kin`."""

    @property
    def of_all(self) -> bool:
        """Whether its levels depend on projects that neither give nor take."""
        return False

    def labels(self, ledger: Ledger) -> Iterator[Label]:
        """Codes that tell projects apart, each with whom it matters for."""
        return iter(())

    def aims(self, ledger: Ledger, rules: Sequence[Rule] = ()) -> Sequence[Aim]:
        """The levels, first one first, where these rules hold."""
        raise NotImplementedError

    def sentence(self, lang: str = "en") -> str:
        """What the objective says, in English (`en`) or Chinese (`zh`)."""
        raise NotImplementedError


def limits_of_plan(
    aims: Sequence[tuple[Aim, Weights]],
    moves: Moves,
    proofs: Sequence[tuple[Fraction, Sequence[Fraction]]],
    paid: int,
) -> list[Fraction]:
    """What no plan exceeds by level, given what this plan reaches in the earlier ones.

    Args:
        aims: Each with its weights of the flows.
        moves: The plan.
        proofs: By level a limit of ``level + sum(weights * earlier levels)``, and the weights.
        paid: What the plan paid for breaches of elastic rules, in the first level's measure.
    """
    result = []
    reached = [aim.value(moves) / aim.worth for aim, _ in aims]
    reached[:1] = [value - paid for value in reached[:1]]
    for k, ((aim, level), (limit, weights)) in enumerate(zip(aims, proofs, strict=True)):
        spent = zip(weights, reached, strict=False)
        rest = limit - sum((w * v for w, v in spent), Fraction(0)) + (0 if k else paid)
        step = common_divisor(level) or 1
        # Whole cents are worth a multiple of the step, unless the level measures in fractions.
        result.append((rest // step * step if aim.whole else rest) * aim.worth)
    return result
