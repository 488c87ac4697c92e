"""The objectives. To add one: a file here, its entry in `OBJECTIVES`, its strategy in the tests."""

from typing import Annotated

from pydantic import AfterValidator, Field

from surplus.policy.objectives.base import Aim, Aside, Objective
from surplus.policy.objectives.complete import Complete
from surplus.policy.objectives.cost import Cost
from surplus.policy.objectives.expiring_first import ExpiringFirst
from surplus.policy.objectives.fair import Fair
from surplus.policy.objectives.fewest import Fewest
from surplus.policy.objectives.fill import Fill
from surplus.policy.objectives.proportional import Proportional
from surplus.policy.objectives.spare import Spare
from surplus.policy.objectives.stable import Stable
from surplus.policy.objectives.stay import Stay

AnyObjective = Annotated[
    Fill | Cost | ExpiringFirst | Spare | Complete | Fewest | Stable | Stay | Proportional | Fair,
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
    Stay,
    Proportional,
    Fair,
)


def _agreeing(objectives: tuple[AnyObjective, ...]) -> tuple[AnyObjective, ...]:
    """Refuse what cannot stand together: doubles, and different pairs of givers and takers."""
    for i, one in enumerate(objectives):
        if one in objectives[:i] and not isinstance(one, Fill | Cost):
            raise ValueError(f"the objective '{one.kind}' stands twice")
    fields = sorted({one.by for one in objectives if isinstance(one, Stay)})
    if len(fields) > 1:
        raise ValueError(f"money can stay by one field only, not by {' and '.join(fields)}")
    return objectives


Levels = Annotated[tuple[AnyObjective, ...], AfterValidator(_agreeing)]
"""Objectives in their order."""

__all__ = [
    "OBJECTIVES",
    "Aim",
    "AnyObjective",
    "Aside",
    "Complete",
    "Cost",
    "ExpiringFirst",
    "Fair",
    "Fewest",
    "Fill",
    "Levels",
    "Objective",
    "Proportional",
    "Spare",
    "Stable",
    "Stay",
]
