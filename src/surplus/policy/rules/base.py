"""What every rule is: fields, label, rows, exact check, sentence. One rule, one file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Literal, Protocol, Self

import numpy as np
from pydantic import model_validator

from surplus.balance import Balance
from surplus.classes import Label
from surplus.flows import Flows, Moves, Pairs
from surplus.ledger import Ledger
from surplus.ledger.columns import Mask
from surplus.money import format_yuan
from surplus.policy.selection import ProjectSelection, SourceSelection
from surplus.program import Row
from surplus.records import Record, Weight
from surplus.rooms import Limits


@dataclass(frozen=True)
class Breach:
    """A rule that a plan breaks, and by how much, in words."""

    rule: str
    what: str

    def __str__(self) -> str:
        return f"rule '{self.rule}': {self.what}"


@dataclass(frozen=True)
class Gauge:
    """A part of some money against the bound that a rule sets to it, in cents.

    Attributes:
        of: What is measured, where a rule measures several things; else ''.
        bound: The share of `whole` that `part` must have: at least where `floor`, else at most.
    """

    of: str
    part: int
    whole: int
    bound: Fraction
    floor: bool

    @property
    def kept(self) -> bool:
        """Whether the part is on the right side of the bound."""
        needed = self.bound * self.whole
        return self.part >= needed if self.floor else self.part <= needed


class Extremes(Protocol):
    """Exact limits of what the other rules of a contradictory set leave possible."""

    def least(self, row: Row) -> Fraction:
        """The least that the row's left side can be."""

    def highest(self, part: Row, whole: Row) -> Fraction:
        """The highest ratio of two sums; each row's `bound` is the sum when nothing moves."""


class Rule(Record):
    """A tie on money.

    Attributes:
        id: Name under which reports speak of the rule; by default its kind and place.
        cite: The regulation that asks for it.
        severity: `absolute`; `elastic`: may be broken at a price, and the report says so; `advisory`:
            only reported.
        price: Of one cent of breach of an elastic rule, in the first objective's measure.
    """

    kind: str
    id: str | None = None
    cite: str | None = None

    severity: Literal["absolute", "elastic", "advisory"] = "absolute"
    price: Weight | None = None

    shapes: ClassVar[bool] = False
    """Whether the rule decides which flows exist, instead of adding rows."""

    @model_validator(mode="after")
    def _priced(self) -> Self:
        if self.shapes and self.severity != "absolute":
            raise ValueError(
                f"a '{self.kind}' rule has no amount of breach; it can only be absolute"
            )
        if (self.severity == "elastic") != (self.price is not None):
            raise ValueError(
                "an elastic rule needs 'price' (per cent of breach), and no other has one"
            )
        return self

    @model_validator(mode="after")
    def _possible(self) -> Self:
        """A floor above everything, or above the ceiling beside it, is a slip of the pen."""
        low, high = getattr(self, "at_least", None), getattr(self, "at_most", None)
        if isinstance(low, Fraction) and low > 1:
            raise ValueError(f"'at_least' is {rounded(low)}; no share is above 100 %")
        if low is not None and high is not None and low > high:
            raise ValueError("'at_least' is above 'at_most': no plan keeps both")
        return self

    def unused(self, ledger: Ledger) -> Iterator[str]:
        """The rule's selections that select nothing in a ledger: most likely a slip of the pen."""
        for name in type(self).model_fields:
            selection = getattr(self, name)
            if isinstance(selection, SourceSelection) and not selection.mask(ledger.sources).any():
                yield name
            if (
                isinstance(selection, ProjectSelection)
                and not selection.mask(ledger.projects).any()
            ):
                yield name

    @property
    def of_planned(self) -> bool:
        """Whether the rule speaks of what projects hold, so that idle projects count, too."""
        return False

    @property
    def title(self) -> str:
        """The name under which reports speak of the rule."""
        return self.id or self.kind

    def labels(self, ledger: Ledger) -> Iterable[Label]:
        """Codes that tell projects apart, each with whom it matters for."""
        return ()

    @classmethod
    def closes(cls, rules: Sequence[Self], pairs: Pairs) -> Mask:
        """Which pairs of source and recipient all rules of this kind together rule out."""
        return np.zeros(len(pairs.source), dtype=np.bool_)

    def limits(self, ledger: Ledger, balance: Balance) -> Limits | None:
        """What the rule says about how much single projects may give, take or must receive."""
        return None

    def pool_field(self) -> tuple[SourceSelection, str] | None:
        """Sources whose pool this rule divides, and the project field by whose values it does."""
        return None

    def rows(self, flows: Flows) -> Iterator[Row]:
        """The rule as rows over classes, coefficients cleared to integers."""
        return iter(())

    def breaches(self, moves: Moves) -> Iterator[Breach]:
        """Check a plan on raw projects, in integers, without the rows."""
        return iter(())

    def figures(self, moves: Moves, lang: str = "en") -> Iterator[str]:
        """What the rule comes to in a plan, in words: by default, what its selections receive."""
        source, project = getattr(self, "source", None), getattr(self, "project", None)
        at = np.ones(len(moves.amount), dtype=np.bool_)
        if isinstance(source, SourceSelection):
            at &= source.mask(moves.ledger.sources)[moves.source]
        if isinstance(project, ProjectSelection):
            at &= project.mask(moves.ledger.projects)[moves.taker]
        count, amount = len(np.unique(moves.taker[at])), grouped_yuan(int(moves.amount[at].sum()))
        words = "project receives" if count == 1 else "projects receive"
        yield (
            f"{count} 个项目调入 {amount} 元" if lang == "zh" else f"{count} {words} {amount} yuan"
        )

    def gauges(self, moves: Moves) -> Iterator[Gauge]:
        """What the rule bounds, as parts of a whole, for bars; nothing where it bounds no share."""
        return iter(())

    def shortfall(self, flows: Flows, row: Row, extremes: Extremes) -> str:
        """How far a row of this rule is from what the rules that contradict it leave possible."""
        least = extremes.least(row)
        needed, possible = yuan(row.bound, row), yuan(least, row)
        before = f"; {HOPELESS}" if row.bound < 0 else ""
        return f"'{row.name}' allows at most {needed} yuan, no less than {possible} is possible{before}"

    def sentence(self, lang: str = "en") -> str:
        """What the rule says, in English (`en`) or Chinese (`zh`)."""
        raise NotImplementedError


def eligible(rules: Iterable[Rule], pairs: Pairs) -> Mask:
    """The pairs of source and recipient that no kind of rule closes."""
    by_kind: dict[type[Rule], list[Rule]] = defaultdict(list)
    for rule in rules:
        by_kind[type(rule)].append(rule)
    opened = np.ones(len(pairs.source), dtype=np.bool_)
    for kind, same in by_kind.items():
        opened &= ~kind.closes(same, pairs)
    return opened


HOPELESS = "it is already broken before the move and cannot be repaired by it"


def grouped_yuan(cents: int) -> str:
    """Cents as yuan with separators, such as ``1,234.50``, where only people read them."""
    whole, rest = format_yuan(cents).split(".")
    return f"{int(whole):,}.{rest}"


def percent(part: int, whole: int) -> str:
    """A share as people read it, with at most two decimals, never rounded up to look fulfilled."""
    return "0 %" if whole == 0 else rounded(Fraction(part, whole))


def exactly(share: Fraction) -> str:
    """A share that a rule sets, exactly: ``54.865 %``, or ``1/3`` where no such percentage is exact."""
    exact = share * 10**8
    if exact.denominator > 1:
        return str(share)
    text = f"{exact.numerator // 10**6}.{exact.numerator % 10**6:06d}".rstrip("0").rstrip(".")
    return f"{text} %"


def rounded(share: Fraction, up: bool = False) -> str:
    """A share as a percentage with at most two decimals, rounded to the side that does not promise."""
    hundredths = -(-share * 10_000 // 1) if up else share * 10_000 // 1
    text = f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0").rstrip(".")
    return f"{text} %"


def yuan(cents: Fraction | int, row: Row) -> str:
    """An amount of a row whose coefficients share one factor, as yuan, rounded down to the cent."""
    factor = int(np.gcd.reduce(np.abs(row.coefficients), initial=0)) or 1
    return format_yuan(int(Fraction(cents) / factor // 1))
