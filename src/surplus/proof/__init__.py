"""Proof: checks that need no solver."""

from surplus.proof.breaches import PlanError, verify, verify_infeasible

__all__ = ["PlanError", "verify", "verify_infeasible"]
