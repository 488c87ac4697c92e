"""The whole flow on one page: facts and rules in, verified plan out. Read this first."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from surplus.balance import balances
from surplus.exact import Contradiction
from surplus.explain.conflict import conflict
from surplus.explain.reasons import reasons
from surplus.ledger import Ledger
from surplus.model import dividing
from surplus.plan.certify import certificate
from surplus.plan.data import Plan
from surplus.plan.results import bounds, results
from surplus.plan.solution import best, confirmed
from surplus.plan.spread import spread
from surplus.policy import Policy
from surplus.program import Program
from surplus.proof.breaches import held
from surplus.proof.certificate import proved
from surplus.proof.digests import ledger_digest, policy_digest
from surplus.rounds import staged
from surplus.segments import applies, segmented
from surplus.solvers import Claim, Floats, solve
from surplus.watch import Stage, Watch, begin, watched

_log = logging.getLogger(__name__)


def reallocate(
    ledger: Ledger,
    policy: Policy,
    *,
    solver: Any = None,
    time_limit: float | None = None,
    cancelled: Callable[[], bool] | None = None,
    progress: Callable[[Stage], None] | None = None,
) -> Plan:
    """Move surplus into gaps under all rules, to the best of the objectives, exactly.

    Args:
        ledger: The facts.
        policy: The rules and the objectives.
        solver: Any PuLP solver object; HiGHS by default. Its answer is a claim; the exact stage decides.
        time_limit: Seconds for the search. With whole-number rules the best exact plan found by then
            comes back, within a second, with the status `feasible`; its bounds say how good it is.
        cancelled: Asked every few hundredths of a second; True ends the search as a time limit does.
        progress: Called at the start of each stage, in this thread.

    Raises:
        Infeasible: With a minimal set of rules that contradict each other.
        SolverError: When the solver stops without an answer; its `stop` is `TIME_LIMIT` when time ran
            out, or the run was cancelled, before there was an exact plan.
        SurplusError: For a time limit that is negative or no number.
        PlanError: Never with a plan: a plan that does not verify is not returned.
    """
    with watched(Watch(time_limit, cancelled, progress)):
        return _planned(ledger, policy, solver)


def _planned(ledger: Ledger, policy: Policy, solver: Any) -> Plan:
    def ask(program: Program, weights: Floats) -> Claim:
        return solve(program, weights, solver)

    for unused in policy.unused(ledger):
        _log.warning("%s", unused)
    begin("balance")
    balance = balances(ledger, policy.terms)
    begin("classes")
    model = segmented(ledger, balance, policy, ask) if applies(ledger, policy) else None
    cut = model is not None
    if model is None:
        model = staged(ledger, balance, policy, solve)
    _log.info(
        "%d projects in %d classes; %d columns, %d rows",
        len(ledger.projects),
        len(model.flows.classes),
        len(model.program.upper),
        len(model.program.rows),
    )
    if model.flows.crowded:
        _log.info("classes help little: %s", "; ".join(dividing(ledger, policy)))
    begin("solve")
    solution = best(model.program, ask)
    if isinstance(solution, Contradiction):
        raise conflict(ledger, balance, policy, model, solution, ask)
    if solver is not None:
        solution = confirmed(solution, model.program, solve)
    begin("certify")
    proof = certificate(model, solution, (ledger_digest(ledger), policy_digest(policy)))
    begin("spread")
    moves = spread(model, solution.cents, ledger, balance)
    # What a plan pays for breaches is worked out on single projects, as `verify` does.
    if cut or any(extra.penalty for extra in model.extras):
        proof, limits = proved(moves, policy, proof)
    else:
        limits = bounds(model, moves, solution)
    begin("explain")
    why = reasons(model, solution.cents, moves, policy.rules)
    plan = results(moves, model.aims, limits, why, proof, solution.complete and not model.hurried)
    begin("check")
    held(plan, ledger, policy, balance, certificate=False)
    return replace(plan, case=(ledger, policy))
