"""The whole flow on one page: facts and rules in, verified plan out. Read this first."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from surplus.balance import balances
from surplus.exact import Contradiction
from surplus.explain.conflict import conflict
from surplus.explain.reasons import reasons
from surplus.ledger import Ledger
from surplus.model import build
from surplus.plan.certify import certificate
from surplus.plan.data import Plan
from surplus.plan.results import bounds, results
from surplus.plan.solution import best, confirmed
from surplus.plan.spread import spread
from surplus.policy import Policy
from surplus.program import Program
from surplus.proof.breaches import held
from surplus.proof.certificate import ledger_digest, policy_digest, proved
from surplus.segments import applies, segmented
from surplus.solvers import Claim, Floats, solve

_log = logging.getLogger(__name__)


def reallocate(ledger: Ledger, policy: Policy, *, solver: Any = None) -> Plan:
    """Move surplus into gaps under all rules, to the best of the objectives, exactly.

    Args:
        ledger: The facts.
        policy: The rules and the objectives.
        solver: Any PuLP solver object; HiGHS by default. Its answer is a claim; the exact stage decides.
            With whole-number rules and a time limit of its own, such as ``pulp.HiGHS(timeLimit=60)``,
            the best exact plan found by then has the status `feasible`.

    Raises:
        Infeasible: With a minimal set of rules that contradict each other.
        SolverError: When the solver stops without an answer.
        PlanError: Never with a plan: a plan that does not verify is not returned.
    """

    def ask(program: Program, weights: Floats) -> Claim:
        return solve(program, weights, solver)

    for unused in policy.unused(ledger):
        _log.warning("%s", unused)
    balance = balances(ledger, policy.terms)
    model = segmented(ledger, balance, policy, ask) if applies(ledger, policy) else None
    cut = model is not None
    if model is None:
        model = build(ledger, balance, policy, policy.rules)
    _log.info(
        "%d projects in %d classes; %d columns, %d rows",
        len(ledger.projects),
        len(model.flows.classes),
        len(model.program.upper),
        len(model.program.rows),
    )
    solution = best(model.program, ask)
    if isinstance(solution, Contradiction):
        raise conflict(ledger, balance, policy, model, solution, ask)
    if solver is not None:
        solution = confirmed(solution, model.program, solve)
    proof = certificate(model, solution, (ledger_digest(ledger), policy_digest(policy)))
    moves = spread(model, solution.cents, ledger, balance)
    # What a plan pays for breaches is worked out on single projects, as `verify` does.
    if cut or any(extra.penalty for extra in model.extras):
        proof, limits = proved(moves, policy, proof)
    else:
        limits = bounds(model, moves, solution)
    why = reasons(model, solution.cents, moves, policy.rules)
    plan = results(moves, model.aims, limits, why, proof, solution.complete)
    held(plan, ledger, policy, balance, certificate=False)
    return replace(plan, case=(ledger, policy))
