"""Proof: checks that need no solver."""

from surplus.proof.breaches import PlanError, verify

__all__ = ["PlanError", "verify"]
