"""`Policy`: how balances are struck, the rules that tie the money, and the aims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import Any, Literal, Self

from pydantic import Field, StrictBool, field_serializer, model_validator

from surplus.balance import STAGES, Terms
from surplus.errors import PolicyError
from surplus.flows import SOURCE_FIELDS
from surplus.ledger import Ledger
from surplus.policy.deadlines import Deadline
from surplus.policy.objectives import Aim, Aside, Fair, Fill, Levels
from surplus.policy.rules import AnyRule, Rule
from surplus.policy.rules.precede import Precede
from surplus.records import Day, Record, Share, Unit, read_document

Stage = Literal["planned", "estimate", "contract", "settlement", "audited", "final"]
assert Stage.__args__ == STAGES  # type: ignore[attr-defined]

_GROUPED = {
    "within": ("by",), "stay": ("by",), "fair": ("by",), "cap": ("per",), "cumulative_cap": ("per",),
}  # fmt: skip
"""By kind the keys that name a field of projects to group by."""


class Policy(Record):
    """Everything that a decision rests on besides the facts.

    Attributes:
        unit: Unit of the amounts in the document, `yuan` or `wan`.
        release_at: The stage from which on net surplus may be released.
        attribution: `pro_rata`; `free`, where the plan chooses the sources;
            or ids of sources in the order in which surplus is taken from them.
        contingency: Share of the cost kept back at a stage.
        swaps: Whether a project may give undrawn money of one source for the same amount of another
            one that is permitted there, so that money is freed for a gap that only it can fill.
        rules: All hold at once.
        objectives: Levels, the first one first.
        deadlines: Counted from the plan's date; see `surplus.calendar`. They tie no money.
        holidays: Days on which nobody works, besides Saturdays and Sundays.
        workdays: Saturdays and Sundays on which work is made up for (调休).
    """

    name: str | None = None
    unit: Unit = "yuan"
    release_at: Stage = "contract"
    attribution: Literal["pro_rata", "free"] | tuple[str, ...] = "pro_rata"
    contingency: Mapping[Stage, Share] = Field(default_factory=dict)
    swaps: StrictBool = False
    rules: tuple[AnyRule, ...] = ()
    objectives: Levels = (Fill(),)
    deadlines: tuple[Deadline, ...] = ()
    holidays: tuple[Day, ...] = ()
    workdays: tuple[Day, ...] = ()

    @model_validator(mode="after")
    def _named(self) -> Self:
        """Give every rule an id: its kind and place where it has none. Refuse doubles."""
        named = tuple(
            rule if rule.id else rule.model_copy(update={"id": f"{rule.kind}-{place}"})
            for place, rule in enumerate(self.rules, 1)
        )
        double = [name for name, count in Counter(r.id for r in named).items() if count > 1]
        if double:
            raise ValueError(f"two rules have the id '{double[0]}'; ids must differ")
        _acyclic([rule for rule in named if isinstance(rule, Precede)])
        if not self.objectives:
            raise ValueError("a policy needs at least one objective, such as fill")
        object.__setattr__(self, "rules", named)
        return self

    @model_validator(mode="after")
    def _dated(self) -> Self:
        """Refuse what a calendar could be read from in two ways."""
        names = Counter(deadline.name for deadline in self.deadlines)
        if double := [name for name, count in names.items() if count > 1]:
            raise ValueError(f"two deadlines have the name '{double[0]}'; names must differ")
        if both := sorted({*self.holidays} & {*self.workdays}):
            raise ValueError(f"{both[0]} is among the holidays and the workdays; needed: one")
        return self

    @field_serializer("unit")
    def _in_yuan(self, _: Unit) -> Unit:
        """Amounts are written in yuan, whatever the unit that they were read in."""
        return "yuan"

    @property
    def binding(self) -> tuple[Rule, ...]:
        """All rules but those that only advise."""
        return tuple(rule for rule in self.rules if rule.severity != "advisory")

    def aims(self, ledger: Ledger, aside: Aside = ()) -> list[Aim]:
        """The levels of all objectives, the first one first.

        Args:
            ledger: The facts.
            aside: For each `fair` in its turn, round by round, the groups that cannot be raised further;
                it has one level more than rounds. What is not given has one level: the lowest ratio.

        Raises:
            ValueError: When a group is set aside that does not exist, or twice.
        """
        rounds = iter(aside)
        aims: list[Aim] = []
        for one in self.objectives:
            if isinstance(one, Fair):
                aims += one.aims(ledger, self.rules, next(rounds, ()))
            else:
                aims += one.aims(ledger, self.rules)
        return aims

    def unused(self, ledger: Ledger) -> list[str]:
        """Selections that select nothing in a ledger, and fields that none of its projects has, in words."""
        return [
            f"rule '{rule.title}': '{name}' selects nothing in this ledger"
            for rule in self.rules
            for name in rule.unused(ledger)
            if len(ledger.projects) and ledger.sources
        ] + [
            f"'{one.kind}': no project of this ledger has a '{field}'"
            for one in (*self.rules, *self.objectives)
            for name in _GROUPED.get(one.kind, ())
            if (field := getattr(one, name, None)) is not None and len(ledger.projects)
            if field not in ("id", *ledger.projects.fields)
            if name == "by" or field not in SOURCE_FIELDS
        ]

    @property  # not cached: a copied model keeps what was cached
    def terms(self) -> Terms:
        """What the policy says about balances."""
        return Terms(
            self.release_at,
            self.attribution,
            {str(stage): share for stage, share in self.contingency.items()},
            self.swaps,
        )

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **_: Any) -> Self:
        """Read a policy document.

        Raises:
            PolicyError: With every problem and its place.
        """
        text = json_data if isinstance(json_data, str) else bytes(json_data)
        return read_document(cls, text, PolicyError)

    @classmethod
    def model_validate(cls, obj: Any, **_: Any) -> Self:
        """Read a policy from plain data.

        Raises:
            PolicyError: With every problem and its place.
        """
        return obj if isinstance(obj, cls) else read_document(cls, obj, PolicyError)


def _acyclic(rules: Sequence[Precede]) -> None:
    """Projects that wait for each other would all wait for ever."""
    after: dict[str, dict[str, str]] = {}
    order: TopologicalSorter[str] = TopologicalSorter()
    for rule in rules:
        first, then = rule.first.model_dump_json(), rule.then.model_dump_json()
        after.setdefault(first, {})[then] = rule.title
        order.add(then, first)
    try:
        order.prepare()
    except CycleError as error:
        names = [after[first][then] for first, then in pairwise(error.args[1])]
        start = names.index(next(rule.title for rule in rules if rule.title in names))
        listed = ", ".join(f"'{name}'" for name in (*names[start:], *names[:start]))
        raise ValueError(f"rules {listed} wait for each other in a circle") from None
