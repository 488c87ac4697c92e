"""Rules, objectives and certificate as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

import numpy as np

from surplus.flows import Moves
from surplus.plan.data import decimal
from surplus.policy import Policy
from surplus.policy.rules.base import Gauge, Rule
from surplus.report.case import Case
from surplus.report.rows import Cell, Table

_CERTIFIED = {
    "pools": ("price of a cent of the pool", "资金池每分的价格"),
    "rows": ("price of the rule's row", "规则行的价格"),
    "weights": ("weight of an earlier level", "前序目标的权数"),
    "limit": ("sum that no plan exceeds", "任何方案不超过的总和"),
}


def before(moves: Moves) -> Moves:
    """The same ledger without any transfer."""
    nothing = np.zeros(0, dtype=np.int64)
    return replace(
        moves, source=nothing, giver=nothing, taker=nothing, amount=nothing, swap=nothing
    )


def bars(moves: Moves, policy: Policy) -> Iterator[tuple[Rule, Gauge, Gauge]]:
    """What each rule bounds, before and after the move; what was not there before counts as 0."""
    nothing = before(moves)
    for rule in policy.rules:
        earlier = {(gauge.of, gauge.floor): gauge for gauge in rule.gauges(nothing)}
        for gauge in rule.gauges(moves):
            if gauge.whole:
                yield rule, earlier.get((gauge.of, gauge.floor), replace(gauge, part=0)), gauge


def rule_table(of: Case) -> Table:
    """What each rule says, what it comes to before and after, whether it is kept, what it cites."""
    word, nothing = of.word, before(of.moves)
    stop = word("; ", ";")
    rows = tuple(
        (
            rule.title,
            rule.sentence(word.lang),
            stop.join(rule.figures(nothing, word.lang)),
            stop.join(rule.figures(of.moves, word.lang)),
            word("no", "否") if any(rule.breaches(of.moves)) else word("yes", "是"),
            rule.cite or "",
        )
        for rule in of.policy.rules
    )
    head = (
        word("rule", "规则"), word("what it says", "内容"), word("before", "调整前"), word("after", "调整后"),
        word("kept", "是否遵守"), word("regulation", "依据"),
    )  # fmt: skip
    return Table(word("Rules", "规则"), head, rows, key="rules")


def objective_table(of: Case) -> Table:
    """What the plan comes to, and what no plan exceeds, exact."""
    word = of.word
    sentences: dict[str, str] = {o.kind: o.sentence(word.lang) for o in of.policy.objectives}
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            o.kind if o.name is None else f"{o.kind} ({o.name})",
            sentences.get(o.kind, ""),
            *(Decimal(decimal(x)) for x in (o.value, o.bound, o.bound - o.value)),
        )
        for o in of.plan.objectives
    )
    head = (
        word("objective", "目标"), word("what it says", "内容"), word("this plan", "本方案"),
        word("no plan exceeds", "任何方案不超过"), word("difference", "差额"),
    )  # fmt: skip
    return Table(word("Objectives", "目标"), head, rows, key="objectives")


def certificate_table(of: Case) -> Table:
    """Digests, multipliers and limits, as texts: they are fractions of any length."""
    word = of.word
    head = (
        word("level", "目标层级"),
        word("what", "内容"),
        word("of", "对象"),
        word("value", "数值"),
    )
    return Table(word("Certificate", "最优性证明"), head, tuple(_certified(of)), key="certificate")


def _certified(of: Case) -> Iterator[tuple[Cell, ...]]:
    word, certificate = of.word, of.plan.certificate
    for key, en, zh in (
        ("ledger", "digest (SHA-256)", "摘要(SHA-256)"),
        ("policy", "digest (SHA-256)", "摘要(SHA-256)"),
    ):
        named = word(key, "台账" if key == "ledger" else "规则")
        yield "", word(en, zh), named, str(certificate.get(key, ""))
    for k, level in enumerate(certificate.get("levels", ()), 1):
        for key, value in level.items():
            what = word(*_CERTIFIED.get(key, (key, key)))
            if isinstance(value, Mapping):
                pairs = [*value.items()]
            elif isinstance(value, (list, tuple)):
                pairs = [(str(place), one) for place, one in enumerate(value, 1)]
            else:
                pairs = [("", value)]
            for name, number in pairs[: of.most]:
                yield str(k), what, str(name), str(number)
