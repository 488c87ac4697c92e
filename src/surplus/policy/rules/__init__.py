"""The rules. To add one: a file here, its entry in `RULES`, its strategy in the tests."""

from typing import Annotated

from pydantic import Field

from surplus.policy.rules.base import Breach, Rule
from surplus.policy.rules.cap import Cap
from surplus.policy.rules.forbid import Forbid
from surplus.policy.rules.permit import Permit
from surplus.policy.rules.reserve import Reserve
from surplus.policy.rules.share import Share
from surplus.policy.rules.within import Within

AnyRule = Annotated[
    Permit | Forbid | Share | Cap | Reserve | Within,
    Field(discriminator="kind"),
]
RULES: tuple[type[Rule], ...] = (Permit, Forbid, Share, Cap, Reserve, Within)

__all__ = ["RULES", "AnyRule", "Breach", "Rule"]
