"""The objectives. To add one: a file here, its entry in `OBJECTIVES`, its strategy in the tests."""

from typing import Annotated

from pydantic import Field

from surplus.policy.objectives.base import Aim, Objective
from surplus.policy.objectives.complete import Complete
from surplus.policy.objectives.cost import Cost
from surplus.policy.objectives.expiring_first import ExpiringFirst
from surplus.policy.objectives.fewest import Fewest
from surplus.policy.objectives.fill import Fill
from surplus.policy.objectives.spare import Spare
from surplus.policy.objectives.stable import Stable

AnyObjective = Annotated[
    Fill | Cost | ExpiringFirst | Spare | Complete | Fewest | Stable,
    Field(discriminator="kind"),
]
OBJECTIVES: tuple[type[Objective], ...] = (
    Fill,
    Cost,
    ExpiringFirst,
    Spare,
    Complete,
    Fewest,
    Stable,
)

__all__ = [
    "OBJECTIVES",
    "Aim",
    "AnyObjective",
    "Complete",
    "Cost",
    "ExpiringFirst",
    "Fewest",
    "Fill",
    "Objective",
    "Spare",
    "Stable",
]
