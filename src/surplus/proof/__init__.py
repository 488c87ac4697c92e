"""Proof: checks that need no solver."""

from surplus.proof.verify import PlanError, verify

__all__ = ["PlanError", "verify"]
