"""The objectives. To add one: a file here and its entry in `OBJECTIVES`."""

from surplus.policy.objectives.fill import Fill

AnyObjective = Fill
OBJECTIVES = (Fill,)

__all__ = ["OBJECTIVES", "AnyObjective", "Fill"]
