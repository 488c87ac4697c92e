"""`Ledger`: the facts of one ledger, frozen, as columns in canonical order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from surplus.ledger.columns import Funding, Projects, Source, Stated


@dataclass(frozen=True, eq=False)
class Ledger:
    """What is known about sources, projects and the money between them.

    Attributes:
        sources: In the order of their ids.
        projects: Columns, in the order of their ids.
        funding: Who holds what, by project, then source.
        as_of: The day whose state this is.
        stated: Totals as the owner of the ledger states them.
    """

    sources: tuple[Source, ...]
    projects: Projects
    funding: Funding
    name: str | None = None
    currency: str = "CNY"
    as_of: date | None = None
    stated: Stated | None = None
