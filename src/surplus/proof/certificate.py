"""The certificate on the raw ledger, in exact numbers, as columns: what no plan can exceed.

With the multipliers fixed, the best that each project could add has a closed form, so a bound is one
sum over projects: weak duality, no solver. `certificate_check` is the same for auditors, in plain Python
and without this code; the tests hold the two against each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
import numpy.typing as npt

from surplus.arithmetic import dot
from surplus.balance import Balance, balances
from surplus.classes import Cells, classes, identity
from surplus.flows import Flows, Moves
from surplus.ledger import Ledger
from surplus.ledger.columns import Cents, Index
from surplus.network import Network, network, tied
from surplus.plan.data import Plan, decimal
from surplus.policy import Policy
from surplus.policy.objectives.base import Aside, limits_of_plan
from surplus.program import Extra, Level, Row
from surplus.proof.digests import ledger_digest, policy_digest
from surplus.rooms import rooms

_SAFE = 2**62


def proved(
    moves: Moves, policy: Policy, certificate: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Fraction]]:
    """A certificate with the limits that its multipliers prove on single projects, and the bounds."""
    raw = _Raw(moves.ledger, moves.balance, policy, stated_aside(certificate))
    levels = certificate["levels"]
    found = [raw.limit(k, level) for k, level in enumerate(levels)]
    whole = [{**level, "limit": str(limit)} for level, limit in zip(levels, found, strict=True)]
    weights = [[*map(Fraction, level["weights"])] for level in levels]
    bounds = raw.bounds(moves, [*zip(found, weights, strict=True)], checked=False)
    return {**certificate, "levels": whole}, bounds


def unproved(plan: Plan, moves: Moves, policy: Policy) -> Iterator[str]:
    """Everything in which a plan's certificate fails to prove what the plan states."""
    certificate = plan.certificate
    if not certificate:
        yield "the plan has no certificate: its bounds are not proved"
        return
    if certificate.get("ledger") != ledger_digest(moves.ledger):
        yield "the certificate is for another ledger"
    if certificate.get("policy") != policy_digest(policy):
        yield "the certificate is for another policy"
    proofs = []
    try:
        raw = _Raw(moves.ledger, moves.balance, policy, stated_aside(certificate))
        if len(certificate["levels"]) != len(raw.aims):
            yield f"the certificate has {len(certificate['levels'])} levels, not {len(raw.aims)}"
            return
        for k, proof in enumerate(certificate["levels"]):
            limit = raw.limit(k, proof)
            if limit != Fraction(proof["limit"]):
                yield f"level {k + 1}: the multipliers prove {limit}, not {proof['limit']}"
            proofs.append((limit, [*map(Fraction, proof["weights"])]))
            yield from raw.unproved(k, moves, proof)
        stated = [decimal(objective.bound) for objective in plan.objectives]
        if stated != [decimal(bound) for bound in raw.bounds(moves, proofs)]:
            yield "the bounds are not those that the multipliers prove"
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        yield f"the certificate cannot be read: {error}"


def stated_aside(certificate: Mapping[str, Any]) -> Aside:
    """The groups that a certificate sets aside: see `Policy.aims`.

    Raises:
        ValueError: When it is no list of lists of lists of values.
    """
    aside = certificate.get("aside", ())
    rounds = [names for objective in aside for names in objective]
    if not all(isinstance(one, list | tuple) for one in (aside, *aside, *rounds)):
        raise ValueError("what is set aside is not a list for each objective, round by round")
    if not all(name is None or isinstance(name, str) for names in rounds for name in names):
        raise ValueError("a group that is set aside is not a value of a field")
    found: Aside = aside
    return found


def impossible(
    ledger: Ledger, balance: Balance, policy: Policy, level: Mapping[str, Any]
) -> Fraction:
    """What 0 cannot exceed by the multipliers of a contradiction; below 0 there is no plan."""
    raw = _Raw(ledger, balance, policy)
    nothing = [Level(np.zeros(raw.net.flows.size, dtype=np.int64))]
    return _limit(raw.net, raw.rows, nothing, [Fraction(0)], level)


def unrefuted(document: Mapping[str, Any], ledger: Ledger, policy: Policy) -> Iterator[str]:
    """Everything in which a document fails to prove that there is no plan."""
    certificate = document.get("certificate")
    if not certificate:
        yield "there is no certificate; only whole numbers, or nothing at all, rule out a plan"
        return
    try:
        if certificate["ledger"] != ledger_digest(ledger):
            yield "the certificate is for another ledger"
        if certificate["policy"] != policy_digest(policy):
            yield "the certificate is for another policy"
        (level,) = certificate["levels"]
        limit = impossible(ledger, balances(ledger, policy.terms), policy, level)
        if limit != Fraction(level["limit"]):
            yield f"the multipliers prove {limit}, not {level['limit']}"
        if limit >= 0:
            yield f"the multipliers prove that 0 is at most {limit}, which is no contradiction"
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
        yield f"the certificate cannot be read: {error}"


class _Raw:
    """The program with every project a class of its own."""

    def __init__(self, ledger: Ledger, balance: Balance, policy: Policy, aside: Aside = ()) -> None:
        spoken = (rule.limits(ledger, balance) for rule in policy.rules)
        room = rooms(balance, (limit for limit in spoken if limit is not None))
        kin = None
        if any(objective.by_class for objective in policy.objectives):
            sayings = (*policy.binding, *policy.objectives)
            groups = classes(ledger, room, (x for one in sayings for x in one.labels(ledger)))
            kin = groups.first[groups.of]
        self.net = network(ledger, balance, room, identity(ledger, room, kin), policy.rules)
        self.aims = policy.aims(ledger, aside)
        self.rows = [row for rule in policy.rules for row in tied(rule, self.net.flows)]
        self.rows += [row for aim in self.aims for row in aim.rows(self.net.flows)]
        self.levels = [aim.level(self.net.flows) for aim in self.aims]

    def limit(self, k: int, proof: Mapping[str, Any]) -> Fraction:
        """Level `k`, with the earlier levels at their weights, cannot exceed this."""
        factors = [*map(Fraction, proof["weights"]), Fraction(1)]
        if len(factors) != k + 1:
            raise ValueError("there must be one weight for each earlier level")
        return _limit(self.net, self.rows, self.levels[: k + 1], factors, proof)

    def unproved(self, k: int, moves: Moves, proof: Mapping[str, Any]) -> Iterator[str]:
        """What level `k` claims besides its bound; where there are whole numbers it claims no more."""
        extras = (extra for row in self.rows for extra, _ in row.extras)
        if not any(extra.integer for extra in extras):
            priced = {str(name) for name, y in proof["rows"].items() if Fraction(y) > 0}
            for what in self.aims[k].unproved(moves, priced):
                yield f"level {k + 1}: {what}"

    def bounds(
        self,
        moves: Moves,
        proofs: Sequence[tuple[Fraction, Sequence[Fraction]]],
        checked: bool = True,
    ) -> list[Fraction]:
        """What the limits mean for a plan; `checked` finds money that goes where none may."""
        priced = any(extra.penalty for row in self.rows for extra, _ in row.extras)
        paid = _paid(self.rows, self._amounts(moves)) if priced or checked else 0
        aims = [(aim, level.flows) for aim, level in zip(self.aims, self.levels, strict=True)]
        return limits_of_plan(aims, moves, proofs, paid)

    def _amounts(self, moves: Moves) -> Cents:
        """A plan as columns."""
        net, flows, size = self.net, self.net.flows, len(moves.ledger.projects)
        amounts = np.zeros(flows.size, dtype=np.int64)

        def places(cells: Cells, source: Index, project: Index) -> Index:
            key, wanted = cells.source * size + cells.project, source * size + project
            if not np.isin(wanted, key).all():
                raise ValueError("the plan moves money where none may go")
            order = np.argsort(key)
            place: Index = order[np.searchsorted(key[order], wanted)]
            return place

        swap_out, given = ~moves.released, moves.given
        pool = np.zeros(len(moves.amount), dtype=np.int64)
        for at, first, cells, of in (
            (moves.filling, 0, flows.ins, flows.in_pool),
            (~moves.filling, flows.swapping, flows.swap_ins, flows.swap_in_pool),
        ):
            into = places(cells, moves.source[at], moves.taker[at])
            np.add.at(amounts, first + into, moves.amount[at])
            pool[at] = of[into]
        for at, first, cells in (
            (given & ~swap_out, len(flows.ins), flows.outs),
            (given & swap_out, flows.swapping + len(flows.swap_ins), flows.swap_outs),
        ):
            out = places(cells, moves.source[at], moves.giver[at])
            np.add.at(amounts, first + out, moves.amount[at])
        used_of_pool = np.full(len(net.pools), -1, dtype=np.int64)
        used_of_pool[net.used_pool] = np.arange(len(net.used_pool))
        used = used_of_pool[pool[~given]]
        np.add.at(amounts, len(flows.ins) + len(flows.outs) + used, moves.amount[~given])
        return amounts


def _paid(rows: Sequence[Row], amounts: Cents) -> int:
    """What a plan pays for breaches and approvals, in the first level's measure."""
    priced = [row for row in rows if any(extra.penalty for extra, _ in row.extras)]
    counted = _counted(rows, amounts) if priced else {}
    total = 0
    for row in priced:
        over = _activity(row, amounts) - row.bound
        over += sum(counted.get(extra, 0) * factor for extra, factor in row.extras)
        total += sum(e.penalty * max(0, -(over // factor)) for e, factor in row.extras if e.penalty)
    return total


def _counted(rows: Sequence[Row], amounts: Cents) -> dict[Extra, int]:
    """Whole-number columns as rows define them: as small as the flows let them be.

    A column that no row bounds from below, such as one that is 1 where anything moves, is as large as
    the others let it be.
    """
    low: dict[Extra, int] = {}
    high: list[tuple[Row, int]] = []
    for row in rows:
        if not row.defines:
            continue
        over = _activity(row, amounts) - row.bound
        for extra, factor in row.extras:
            if factor < 0 and len(row.extras) == 1:
                low[extra] = max(low.get(extra, 0), -(-over // -factor))
        if len(row.extras) > 1:
            high.append((row, over))
    for row, over in high:
        (last, factor), *rest = row.extras
        room = -over - sum(low.get(extra, 0) * own for extra, own in rest)
        low[last] = min(last.upper, room // factor)
    return low


def _activity(row: Row, amounts: Cents) -> int:
    values = amounts[row.columns].tolist()
    return sum(map(int.__mul__, row.coefficients.tolist(), values))


def _limit(
    net: Network,
    rows: Sequence[Row],
    levels: Sequence[Level],
    factors: Sequence[Fraction],
    proof: Mapping[str, Any],
) -> Fraction:
    """The levels, each times its factor, cannot exceed this sum."""
    prices = [Fraction(proof["pools"].get(name, 0)) for name in net.pools]
    named = {str(name): Fraction(text) for name, text in proof["rows"].items()}
    priced = [(row, named[row.name]) for row in rows if named.get(row.name)]
    if min(factors) < 0:
        raise ValueError("the weight of a level is negative")
    if any(y < 0 for row, y in priced if not row.equal):
        raise ValueError("the multiplier of a limit is negative")
    scale = lcm(*(f.denominator for f in (*factors, *prices, *(y for _, y in priced))))
    whole = [int(f * scale) for f in factors], [int(p * scale) for p in prices]
    gain, beside = _reduced(net, priced, levels, *whole, scale)
    total = sum(int(y * scale) * row.bound for row, y in priced) + sum(beside)
    flows, first = net.flows, len(net.flows.ins)
    best = np.zeros(len(flows.classes), dtype=gain.dtype)
    np.maximum.at(best, flows.ins.project, gain[:first])
    total += _dot(best, flows.classes.take)
    last = first + len(flows.outs)
    total += _leaving(flows, np.maximum(gain[first:last], 0))
    by_source = np.zeros(len(flows.ledger.sources), dtype=gain.dtype)
    np.maximum.at(by_source, flows.used_source, gain[last : flows.swapping])
    total += _exchanging(flows, gain[flows.swapping :])
    free = np.array([s.unallocated for s in flows.ledger.sources], dtype=np.int64)
    return Fraction(total + _dot(by_source, free), scale)


def _leaving(flows: Flows, gain: npt.NDArray[Any]) -> int:
    """The best that donors can add: their dearest sources first, up to what may leave in all."""
    order = np.lexsort((-np.unique(gain, return_inverse=True)[1].reshape(-1), flows.outs.project))
    donor, amount = flows.outs.project[order], flows.outs.amount[order]
    before = np.cumsum(amount) - amount
    new = np.r_[True, donor[1:] != donor[:-1]] if len(donor) else np.zeros(0, dtype=np.bool_)
    starts = np.flatnonzero(new)
    before = before - np.repeat(before[starts], np.diff(np.r_[starts, len(donor)]))
    given = np.clip(flows.classes.leave[donor] - before, 0, amount)
    return _dot(gain[order], given)


def _exchanging(flows: Flows, gain: npt.NDArray[Any]) -> int:
    """The best that exchanges can add: for each project into the dearest source that it may take."""
    into, out = flows.swap_ins, flows.swap_outs
    gained, lost = gain[: len(into)], gain[len(into) :]
    order = np.lexsort((np.unique(gained, return_inverse=True)[1].reshape(-1), into.project))
    ends = np.searchsorted(into.project[order], out.project, side="right") - 1
    able = (ends >= 0) & (len(order) > 0)
    able[able] = into.project[order[ends[able]]] == out.project[able]
    best = gained[order[ends[able]]] + lost[able]
    return _dot(np.maximum(best, 0), out.amount[able])


def _reduced(
    net: Network,
    priced: Sequence[tuple[Row, Fraction]],
    levels: Sequence[Level],
    factors: Sequence[int],
    prices: Sequence[int],
    scale: int,
) -> tuple[npt.NDArray[Any], list[int]]:
    """What one cent along each column adds, times `scale`; and what columns beside the flows add."""
    flows = net.flows
    rates = [abs(n) for n in (*factors, *prices, *(int(y * scale) for _, y in priced))]
    sizes = [int(np.abs(level.flows).max(initial=0)) for level in levels]
    sizes += [int(np.abs(row.coefficients).max(initial=0)) for row, _ in priced]
    small = max(rates, default=0) * max(sizes, default=1) * (len(rates) + 1) < _SAFE
    kind = np.int64 if small else object
    gain = np.zeros(flows.size, dtype=kind)
    for level, factor in zip(levels, factors, strict=True):
        gain += level.flows.astype(kind) * factor
    pool_price = np.array(prices, dtype=kind)
    gain -= np.concatenate(
        [
            pool_price[net.in_pool],
            -pool_price[net.out_pool],
            -pool_price[net.used_pool],
            pool_price[flows.swap_in_pool],
            -pool_price[flows.swap_out_pool],
        ]
    )
    beside: dict[Extra, int] = defaultdict(int)
    for level, factor in zip(levels, factors, strict=True):
        for extra, weight in level.extras:
            beside[extra] += factor * weight
    for row, y in priced:
        np.subtract.at(gain, row.columns, row.coefficients.astype(kind) * int(y * scale))
        for extra, coefficient in row.extras:
            beside[extra] -= coefficient * int(y * scale)
    for extra in beside:
        beside[extra] -= extra.penalty * factors[0]
    return gain, [max(0, value) * extra.upper for extra, value in beside.items()]


def _dot(rates: npt.NDArray[Any], amounts: Cents) -> int:
    """The exact sum of products, whatever their size."""
    if rates.dtype != object:
        return dot(rates, amounts)
    return sum(int(r) * int(a) for r, a in zip(rates.tolist(), amounts.tolist(), strict=True))
