"""Policies: selections, rules, objectives."""

from surplus.policy.policy import Policy

__all__ = ["Policy"]
