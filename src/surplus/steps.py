"""The waterfall: how one project's balance comes about, step by step, for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from surplus.balance import STAGES, Terms, balances
from surplus.errors import SurplusError
from surplus.ledger import Ledger
from surplus.money import format_yuan

STAGES_ZH = dict(zip(STAGES, ("计划", "概算", "合同价", "结算价", "审定价", "决算价"), strict=True))
"""Chinese names of the stages."""


@dataclass(frozen=True)
class Step:
    """One line: an amount in cents with what it is."""

    name: str
    name_zh: str
    amount: int


@dataclass(frozen=True)
class Waterfall:
    """Issued → cost → reserve → surplus or gap → releasable, by source, for one project.

    Attributes:
        stage: The last known link of the price chain; it decides the cost.
        releasable: Cents by source that may be moved out.
    """

    project: str
    stage: str
    steps: tuple[Step, ...]
    releasable: Mapping[str, int]

    @property
    def stage_zh(self) -> str:
        """The stage in Chinese."""
        return STAGES_ZH[self.stage]

    def text(self, lang: str = "en") -> str:
        """The steps as lines, amounts in yuan."""
        head = (
            f"{self.project} (阶段:{self.stage_zh})"
            if lang == "zh"
            else f"{self.project} ({self.stage})"
        )
        rows = [(s.name_zh if lang == "zh" else s.name, s.amount) for s in self.steps]
        rows += [(f"  {source}", amount) for source, amount in self.releasable.items()]
        return "\n".join([head, *(f"{name:<40} {format_yuan(a):>18}" for name, a in rows)])

    def to_json(self) -> str:
        """The steps as data, amounts in yuan."""
        steps = [
            {"name": s.name, "name_zh": s.name_zh, "amount": format_yuan(s.amount)}
            for s in self.steps
        ]
        by_source = {source: format_yuan(cents) for source, cents in self.releasable.items()}
        document = {
            "project": self.project,
            "stage": self.stage,
            "steps": steps,
            "releasable": by_source,
        }
        return json.dumps(document, ensure_ascii=False, indent=2)


def waterfall(ledger: Ledger, project: str, terms: Terms | None = None) -> Waterfall:
    """The steps of one project's balance.

    Args:
        ledger: The facts.
        project: Id of the project.
        terms: Terms of a policy (`policy.terms`); the defaults of a policy when not given.

    Raises:
        SurplusError: When the ledger has no such project.
    """
    at = np.flatnonzero(ledger.projects.id == project)
    if len(at) == 0:
        raise SurplusError(f"the ledger has no project '{project}'")
    p = int(at[0])
    balance = balances(ledger, terms or Terms())
    held = np.flatnonzero(ledger.funding.project == p)
    steps = (
        Step("issued (planned investment)", "计划投资", int(balance.issued[p])),
        Step("expected final cost", "预计最终成本", int(balance.cost[p])),
        Step("reserve: claims and contingency", "预留", int(balance.reserve[p])),
        Step("net surplus", "净结余", int(balance.surplus[p])),
        Step("funding gap", "资金缺口", int(balance.gap[p])),
        Step("undrawn", "未支付", int((ledger.funding.planned - ledger.funding.paid)[held].sum())),
        Step("releasable", "可统筹", int(balance.releasable[held].sum())),
    )
    by_source = {
        ledger.sources[int(ledger.funding.source[k])].id: int(balance.releasable[k]) for k in held
    }
    return Waterfall(str(project), STAGES[int(balance.stage[p])], steps, by_source)
