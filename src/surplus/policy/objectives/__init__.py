"""The objectives. To add one: a file here, its entry in `OBJECTIVES`, its strategy in the tests."""

from typing import Annotated

from pydantic import Field

from surplus.policy.objectives.base import Aim, Objective
from surplus.policy.objectives.cost import Cost
from surplus.policy.objectives.fill import Fill

AnyObjective = Annotated[Fill | Cost, Field(discriminator="kind")]
OBJECTIVES: tuple[type[Objective], ...] = (Fill, Cost)

__all__ = ["OBJECTIVES", "Aim", "AnyObjective", "Fill", "Objective"]
