"""The document `ledger.json` as records. What each field means is said here, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BeforeValidator, Field

from surplus.records import Day, Identifier, Money, Record, SignedMoney, Unit, Weight


def _zero(value: object) -> object:
    return "0" if value is None else value


def _empty(value: object) -> object:
    return {} if value is None else value


def _none(value: object) -> object:
    return () if value is None else value


def _one(value: object) -> object:
    return "1" if value is None else value


_MoneyOrZero = Annotated[Money, BeforeValidator(_zero)]


class SourceRecord(Record):
    """One earmarked fund lot (资金来源, 资金指标).

    Attributes:
        level: Level of government, in English or Chinese, or free text.
        first_budgeted: Day on which the money was first budgeted (初次安排日).
        unallocated: Money that no project holds yet (待分配).
    """

    id: Identifier
    name: str | None = None
    level: str | None = None
    year: Annotated[int, Field(ge=1900, le=2200, strict=True)] | None = None
    first_budgeted: Day | None = None
    expires: Day | None = None
    unallocated: _MoneyOrZero = 0
    tags: Annotated[Mapping[str, str], BeforeValidator(_empty)] = Field(default_factory=dict)


class PriceRecord(Record):
    """What a project has turned out to cost so far, link by link, in cents.

    Attributes:
        estimate: Approved estimate (概算).
        contract: Signed contract price (合同价).
        variations: Approved changes to it (变更签证); may be negative.
        settlement: Contractor's settlement claim (结算价).
        audited: Settlement as audited (审定价); replaces `settlement`.
        final: Final account of the whole project (决算价); replaces all others.
        other: Other costs (二类费), added to contract, settlement and audited price.
    """

    estimate: Money | None = None
    contract: Money | None = None
    variations: Annotated[SignedMoney, BeforeValidator(_zero)] = 0
    settlement: Money | None = None
    audited: Money | None = None
    final: Money | None = None
    other: _MoneyOrZero = 0


class FundingRecord(Record):
    """What a project holds of one source, and what of it is paid out."""

    source: str
    planned: Money
    paid: _MoneyOrZero = 0


class ProjectRecord(Record):
    """One project.

    Attributes:
        priority: Weight at least 0, in millionths; higher is more urgent.
        claims: Open claims, in cents.
        cap: Ceiling on public money, in cents (for a subsidy: the audited price).
    """

    id: Identifier
    name: str | None = None
    category: str | None = None
    department: str | None = None
    township: str | None = None
    tags: Annotated[Mapping[str, str], BeforeValidator(_empty)] = Field(default_factory=dict)
    priority: Annotated[Weight, BeforeValidator(_one)] = 10**6
    price: Annotated[PriceRecord, BeforeValidator(_empty)] = PriceRecord()
    claims: _MoneyOrZero = 0
    cap: Money | None = None
    funding: Annotated[tuple[FundingRecord, ...], BeforeValidator(_none)] = ()


class StatedRecord(Record):
    """Totals as the owner of the ledger states them."""

    issued: Money | None = None
    paid: Money | None = None
    payment_rate: Annotated[str, Field(pattern=r"^[0-9]{1,4}(\.[0-9]{1,6})?\s?%$")] | None = None
    projects: Annotated[int, Field(ge=0, strict=True)] | None = None


class LedgerRecord(Record):
    """The document `ledger.json`."""

    name: str | None = None
    currency: str = "CNY"
    unit: Unit = "yuan"
    as_of: Day | None = None
    sources: tuple[SourceRecord, ...] = ()
    projects: tuple[ProjectRecord, ...] = ()
    stated: StatedRecord | None = None
