"""`cumulative_cap`: a ceiling over the year, with what earlier plans moved counted."""

from __future__ import annotations

from typing import Literal, final

import numpy as np
from pydantic import Field

from surplus.flows import Groups
from surplus.ledger import Ledger
from surplus.ledger.columns import Cents
from surplus.policy.rules.cap import FlowLimit
from surplus.records import Money, Record


class Earlier(Record):
    """A transfer of an earlier plan, as in `plan.json`."""

    source: str
    giver: str | None = Field(alias="from")
    to: str
    amount: Money


@final
class CumulativeCap(FlowLimit):
    r"""Like `cap`, less what earlier plans of the year moved.

    The bound of a group is $\max(0, B - \text{moved earlier})$. Transfers of sources or projects that
    the ledger does not know are not counted. Precedent: over a programme's life at most 8 % of a
    priority and 4 % of a programme may be moved without a decision, Regulation (EU) 2021/1060 art. 24.
    """

    kind: Literal["cumulative_cap"] = "cumulative_cap"
    earlier: tuple[Earlier, ...] = ()

    def _bounds(self, ledger: Ledger, among: Groups) -> Cents:
        """What is left of each group's ceiling."""
        left: Cents = np.maximum(0, super()._bounds(ledger, among) - self._moved(ledger, among))
        return left

    def _moved(self, ledger: Ledger, among: Groups) -> Cents:
        sources = {source.id: i for i, source in enumerate(ledger.sources)}
        ends = [transfer.to if self.flow == "in" else transfer.giver for transfer in self.earlier]
        wanted = {end for end in ends if end is not None}
        ids = ledger.projects.id
        projects = {str(ids[p]): p for p in np.flatnonzero(np.isin(ids, [*wanted])).tolist()}
        known = [
            (sources[transfer.source], projects[end], transfer.amount)
            for transfer, end in zip(self.earlier, ends, strict=True)
            if transfer.source in sources and end in projects
        ]
        columns = np.array(known, dtype=np.int64).reshape(-1, 3).T
        moved: Cents = among.add_up(*columns)
        return moved
