"""The rules. To add one: a file here, its entry in `RULES`, its strategy in the tests."""

from typing import Annotated, Any

from pydantic import (
    Field,
    SerializationInfo,
    SerializerFunctionWrapHandler,
    ValidatorFunctionWrapHandler,
    WrapSerializer,
    WrapValidator,
)

from surplus.policy.rules.approval import Approval
from surplus.policy.rules.base import Breach, Rule
from surplus.policy.rules.cap import Cap
from surplus.policy.rules.ceiling import Ceiling
from surplus.policy.rules.co_finance import CoFinance
from surplus.policy.rules.cumulative_cap import CumulativeCap
from surplus.policy.rules.expiry import Expiry
from surplus.policy.rules.forbid import Forbid
from surplus.policy.rules.freeze import Freeze
from surplus.policy.rules.lot import Lot
from surplus.policy.rules.minimum import Minimum
from surplus.policy.rules.must_fund import MustFund
from surplus.policy.rules.permit import Permit
from surplus.policy.rules.precede import Precede
from surplus.policy.rules.recipients import Recipients
from surplus.policy.rules.reserve import Reserve
from surplus.policy.rules.share import Share
from surplus.policy.rules.single_source import SingleSource
from surplus.policy.rules.transfers import Transfers
from surplus.policy.rules.whole import Whole
from surplus.policy.rules.within import Within


def _own(value: Any, known: ValidatorFunctionWrapHandler) -> Any:
    """Rules of others come as objects, and stay what they are."""
    return value if isinstance(value, Rule) and not isinstance(value, RULES) else known(value)


def _written(value: Rule, known: SerializerFunctionWrapHandler, info: SerializationInfo) -> Any:
    if isinstance(value, RULES):
        return known(value)
    return value.model_dump(mode=info.mode, by_alias=info.by_alias)


AnyRule = Annotated[
    Permit
    | Forbid
    | Share
    | Cap
    | Reserve
    | Within
    | Expiry
    | CoFinance
    | Ceiling
    | MustFund
    | CumulativeCap
    | Approval
    | Freeze
    | Precede
    | Minimum
    | Lot
    | Whole
    | SingleSource
    | Recipients
    | Transfers,
    Field(discriminator="kind"),
    WrapValidator(_own),
    WrapSerializer(_written),
]
RULES: tuple[type[Rule], ...] = (
    Permit,
    Forbid,
    Share,
    Cap,
    Reserve,
    Within,
    Expiry,
    CoFinance,
    Ceiling,
    MustFund,
    CumulativeCap,
    Approval,
    Freeze,
    Precede,
    Minimum,
    Lot,
    Whole,
    SingleSource,
    Recipients,
    Transfers,
)

__all__ = ["RULES", "AnyRule", "Breach", "Rule"]
