"""The exact check of a plan on the raw ledger: sums of money, no solver, no classes, no rounding."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np

from surplus.arithmetic import sums
from surplus.balance import Balance, balances
from surplus.errors import PlanFileError, SurplusError
from surplus.flows import Moves, entries, holdings
from surplus.ledger import Ledger
from surplus.ledger.columns import Cents, Mask
from surplus.money import format_yuan
from surplus.plan.data import Plan, decimal
from surplus.policy import Policy
from surplus.policy.rules import Rule
from surplus.proof.certificate import stated_aside, unproved, unrefuted
from surplus.records import document_of

_MOST_NAMED = 5


class PlanError(SurplusError):
    """A plan does not hold on its ledger under its policy.

    Attributes:
        breaches: Everything that does not hold, in words.
    """

    def __init__(self, breaches: list[str]) -> None:
        self.breaches = tuple(breaches)
        count = "1 breach" if len(breaches) == 1 else f"{len(breaches)} breaches"
        super().__init__("\n".join(breaches) + f"\n{count}; the plan does not hold.")


def verify(plan: Plan, ledger: Ledger, policy: Policy) -> None:
    """Check every transfer, bound, rule, figure and total of a plan, and its certificate, in integers.

    Raises:
        PlanError: With every breach.
    """
    held(plan, ledger, policy, certificate=True)


def verify_infeasible(document: str | bytes, ledger: Ledger, policy: Policy) -> None:
    """Check the certificate of an infeasible case: exact multipliers that add up to a contradiction.

    Args:
        document: As `Infeasible.to_json` writes it.
        ledger: The facts.
        policy: The rules.

    Raises:
        PlanError: With everything in which it fails to prove that there is no plan.
    """
    found = [*unrefuted(document_of(document, PlanFileError), ledger, policy)]
    if found:
        raise PlanError(found)


def held(
    plan: Plan,
    ledger: Ledger,
    policy: Policy,
    balance: Balance | None = None,
    *,
    certificate: bool,
) -> None:
    """`verify`, with or without the certificate (which a caller may have from its own exact prices)."""
    if not plan.lists(ledger):
        raise PlanError(["the plan lists other projects or sources than the ledger"])
    balance = balances(ledger, policy.terms) if balance is None else balance
    moves = plan.moves(ledger, balance)
    breaches = [
        *_bounds(moves),
        *_figures(plan, moves),
        *rule_breaches(moves, policy),
        *_objectives(plan, moves, policy),
    ]
    if certificate and not breaches:
        breaches += unproved(plan, moves, policy)
    if breaches:
        raise PlanError(breaches)


def rule_breaches(moves: Moves, policy: Policy) -> Iterator[str]:
    """Every rule that the moves break, in words."""
    by_kind: dict[type[Rule], list[Rule]] = defaultdict(list)
    for rule in policy.rules:
        by_kind[type(rule)].append(rule)
    pairs = moves.pairs()
    for kind, rules in by_kind.items():
        for i in np.flatnonzero(kind.closes(rules, pairs)):
            names = ", ".join(f"'{rule.title}'" for rule in rules)
            yield (
                f"rule {names}: money of '{moves.ledger.sources[moves.source[i]].id}' "
                f"may not go to '{moves.ledger.projects.id[moves.taker[i]]}'"
            )
    for rule in policy.rules:
        if rule.severity == "absolute":
            yield from map(str, rule.breaches(moves))


def _bounds(moves: Moves) -> Iterator[str]:
    """Nobody gives more than releasable or receives more than the gap; no source is overdrawn."""
    ledger, balance = moves.ledger, moves.balance
    count, size = len(ledger.sources), len(ledger.projects)
    if np.any(moves.amount <= 0):
        yield f"{int((moves.amount <= 0).sum())} transfers do not move a positive amount"
    keys = ((moves.source * (size + 1) + moves.giver + 1) * size + moves.taker) * 4 + moves.swap
    steps = np.diff(keys)
    if np.any(steps <= 0) and np.any(np.diff(np.sort(keys)) == 0):
        yield "a source, giver and recipient stand together in two transfers"
    given = moves.given & moves.released
    yield from _drawn(moves, given, balance.releasable, "gives of", "may release")
    yield from _exchanged(moves)
    left = sums(moves.giver[given], moves.amount[given], size)
    yield from _above(
        left, balance.ready, lambda i: f"'{ledger.projects.id[i]}' gives in all", "may release"
    )
    yield from _above(
        moves.received, balance.gap, lambda i: f"'{ledger.projects.id[i]}' receives", "lacks"
    )
    free = ~moves.given
    used = sums(moves.source[free], moves.amount[free], count)
    unallocated = np.array([s.unallocated for s in ledger.sources], dtype=np.int64)
    yield from _above(
        used,
        unallocated,
        lambda i: f"unallocated money of '{ledger.sources[i].id}' used is",
        "there is",
    )


def _drawn(moves: Moves, given: Mask, limit: Cents, verb: str, may: str) -> Iterator[str]:
    """Nobody gives more of a source than a limit by entry of the ledger's funding."""
    ledger, funding = moves.ledger, moves.ledger.funding
    at, known = entries(ledger, moves.giver[given], moves.source[given])
    if not known.all():
        yield "a project gives money of a source that it does not hold"
    drawn = sums(at[known], moves.amount[given][known], len(funding.project))

    def who(i: int) -> str:
        project, source = ledger.projects.id[funding.project[i]], ledger.sources[funding.source[i]]
        return f"'{project}' {verb} '{source.id}'"

    yield from _above(drawn, limit, who, may)


def _exchanged(moves: Moves) -> Iterator[str]:
    """Exchanges are of undrawn money, and of as much as comes back."""
    if not moves.swap.any():
        return
    ids, size = moves.ledger.projects.id, len(moves.ledger.projects)
    out = ~moves.released
    if np.any(out & ~moves.given):
        yield "unallocated money is marked as exchanged by a project"
    swappable = moves.balance.swappable
    yield from _drawn(moves, out & moves.given, swappable, "exchanges of", "may exchange")
    into = ~moves.filling
    given = sums(moves.giver[out & moves.given], moves.amount[out & moves.given], size)
    taken = sums(moves.taker[into], moves.amount[into], size)
    for p in np.flatnonzero(given != taken)[:_MOST_NAMED].tolist():
        yield (
            f"'{ids[p]}' gives {format_yuan(int(given[p]))} yuan in exchange "
            f"and takes {format_yuan(int(taken[p]))}"
        )


def _above(amount: Cents, limit: Cents, who: Callable[[int], str], verb: str) -> Iterator[str]:
    over = np.flatnonzero(amount > limit)
    for i in over[:_MOST_NAMED].tolist():
        yield (f"{who(i)} {format_yuan(int(amount[i]))} yuan, {verb} {format_yuan(int(limit[i]))}")
    if len(over) > _MOST_NAMED:
        yield f"… and {len(over) - _MOST_NAMED} more of the same kind"


def _figures(plan: Plan, moves: Moves) -> Iterator[str]:
    """Every figure that the plan states is the sum that it claims to be."""
    ledger, balance = moves.ledger, moves.balance
    size, count = len(ledger.projects), len(ledger.sources)
    moved, received = moves.moved, moves.received
    expected = {
        "need": (plan.need, balance.gap),
        "planned": (plan.planned, balance.issued),
        "unmet": (plan.unmet, balance.gap - received),
        "available": (plan.available, balance.available),
        "moved": (plan.moved, moved),
        "left": (plan.left, balance.available - moved),
    }
    for name, (stated, true) in expected.items():
        for i in np.flatnonzero(stated != true)[:_MOST_NAMED]:
            owner = ledger.sources[i].id if len(stated) == count != size else i
            yield (
                f"{name} of {owner} is stated as {format_yuan(int(stated[i]))}, "
                f"it is {format_yuan(int(true[i]))}"
            )
    stated_held = (plan.held_project, plan.held_source, plan.held)
    for stated_column, true_column in zip(stated_held, holdings(moves), strict=True):
        if not np.array_equal(stated_column, true_column):
            yield "the final funding of a project is not what it held, less out, plus in"
            break


def _objectives(plan: Plan, moves: Moves, policy: Policy) -> Iterator[str]:
    try:
        aims = policy.aims(moves.ledger, stated_aside(plan.certificate))
    except (TypeError, ValueError) as error:
        yield f"the certificate cannot be read: {error}"
        return
    if [(o.kind, o.name) for o in plan.objectives] != [(a.kind, a.name) for a in aims]:
        yield "the plan states other objectives than the policy"
        return
    for stated, aim in zip(plan.objectives, aims, strict=True):
        value: Fraction = aim.value(moves)
        if decimal(stated.value) != decimal(value):
            yield f"the value of '{stated.kind}' is stated as {stated.value}, it is {value}"
        room = Fraction(decimal(stated.bound)) - Fraction(decimal(value))  # both rounded alike
        if room * (1 if aim.worth > 0 else -1) < 0:
            yield f"no bound of '{stated.kind}': its value is {value}, the bound {stated.bound}"
