"""Laws that every plan, and every rule, has to keep: for those who add rules, readers or solvers."""

from __future__ import annotations

import numpy as np

import surplus
from surplus.balance import Balance
from surplus.classes import identity
from surplus.flows import Moves
from surplus.ledger.columns import Cents
from surplus.model import Model, assembled
from surplus.network import network, structure, tied
from surplus.plan.cents import holds
from surplus.proof.breaches import rule_breaches
from surplus.rooms import rooms


def check_plan(plan: surplus.Plan, ledger: surplus.Ledger, policy: surplus.Policy) -> None:
    """Everything that is true of each plan, whatever the rules.

    Money is conserved by source; nobody gives what it does not have or receives more than it lacks;
    the document says the same as the plan; verify accepts it; and values keep to their bounds.

    Raises:
        AssertionError: With the law that does not hold.
        PlanError: With every breach.
    """
    surplus.verify(plan, ledger, policy)
    again = surplus.Plan.from_json(plan.to_json())
    assert again.to_json() == plan.to_json(), "writing, reading and writing again changes nothing"
    surplus.verify(again, ledger, policy)
    before = sum(int(p.planned) for p in plan.projects) + sum(s.unallocated for s in ledger.sources)
    used = sum(t.amount for t in plan.transfers if t.giver is None)
    after = sum(sum(p.final.values()) for p in plan.projects)
    assert after + sum(s.unallocated for s in ledger.sources) - used == before, "no cent is lost"
    for source in plan.sources:
        assert source.available == source.moved + source.left, "available = moved + left"
        assert source.left >= 0, "nothing is overdrawn"
    for project in plan.projects:
        assert min(project.final.values(), default=0) >= 0, "nobody holds less than nothing"
        assert 0 <= project.unmet <= project.need, "nobody receives more than it lacks"
        assert (project.reason is None) == (project.unmet == 0), "an open gap has a reason"


def check_rows(ledger: surplus.Ledger, policy: surplus.Policy, moves: Moves) -> bool:
    """Whether the rows of the rules, and their exact checks, say the same of some moves.

    Returns:
        Whether the moves keep the rules.

    Raises:
        AssertionError: Where the two disagree.
    """
    model = _by_project(ledger, moves.balance, policy)
    x = columns_of(model, moves)
    by_rows = x is not None and rows_hold(model, x)
    by_check = [*rule_breaches(moves, policy)]
    assert by_rows == (not by_check), f"rows say {by_rows}, the check says {by_check}"
    return by_rows


def _by_project(ledger: surplus.Ledger, balance: Balance, policy: surplus.Policy) -> Model:
    """The rows with every project a class of its own: those of a class speak of plans that are spread."""
    spoken = (rule.limits(ledger, balance) for rule in policy.rules)
    room = rooms(balance, (limits for limits in spoken if limits is not None))
    net = network(ledger, balance, room, identity(ledger, room), policy.rules)
    rows = [*structure(net), *(row for rule in policy.rules for row in tied(rule, net.flows))]
    program, extras = assembled(net.flows, rows, [])
    return Model(net, program, (), extras)


def columns_of(model: Model, moves: Moves) -> Cents | None:
    """The moves as columns of the class program; None where a column for one is missing."""
    flows = model.flows
    of = flows.classes.of
    ins = {
        (s, c): i
        for i, (s, c) in enumerate(
            zip(flows.ins.source.tolist(), flows.ins.project.tolist(), strict=True)
        )
    }
    outs = {
        (s, c): i
        for i, (s, c) in enumerate(
            zip(flows.outs.source.tolist(), flows.outs.project.tolist(), strict=True)
        )
    }
    used = {pool: i for i, pool in enumerate(model.net.used_pool.tolist())}
    x = np.zeros(flows.size, dtype=np.int64)
    for s, g, t, a in zip(
        moves.source.tolist(),
        moves.giver.tolist(),
        moves.taker.tolist(),
        moves.amount.tolist(),
        strict=True,
    ):
        into = ins.get((s, int(of[t])))
        if into is None:
            return None
        x[into] += a
        if g >= 0:
            out = outs.get((s, int(of[g])))
            if out is None:
                return None
            x[len(flows.ins) + out] += a
        else:
            x[len(flows.ins) + len(flows.outs) + used[int(model.net.in_pool[into])]] += a
    return x


def rows_hold(model: Model, x: Cents) -> bool:
    """Whether the rows hold, with some value of each column beside the flows."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415 - only for extras

    program = model.program
    if not model.extras:
        return holds(program, x)
    if np.any(x > program.upper[: len(x)]):
        return False
    matrix = np.zeros((len(program.rows), len(program.upper)))
    for i, row in enumerate(program.rows):
        np.add.at(matrix[i], row.columns, row.coefficients)
    bound = np.array([float(row.bound) for row in program.rows]) - matrix[:, : len(x)] @ x
    low = np.where([row.equal for row in program.rows], bound, -np.inf)
    found = milp(
        np.zeros(len(model.extras)),
        integrality=[extra.integer for extra in model.extras],
        bounds=Bounds(0, [extra.upper for extra in model.extras]),
        constraints=LinearConstraint(matrix[:, len(x) :], low, bound),
    )
    return bool(found.success)
