"""The audit: figures of a ledger that cannot be right, or that somebody should look at.

Each check is a generator over columns; to add one, write it, its sentences, and its entry in `CHECKS`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from surplus.arithmetic import sums
from surplus.balance import Terms, balances
from surplus.ledger import Ledger
from surplus.ledger.columns import UNKNOWN, Cents, Mask
from surplus.money import format_yuan

Severity = Literal["error", "warning", "note"]

_FAR, _TOO_FAR = 3_000, 30_000
"""A price 3,000 to 30,000 times its neighbour was most likely typed in 元 instead of 万元, or vice versa."""
_MOST = 5


@dataclass(frozen=True)
class Finding:
    """One figure that does not fit.

    Attributes:
        code: What kind of misfit, one of `SENTENCES`.
        place: Where it stands, such as ``stated.issued`` or ``project 'P001', settlement``.
        severity: `error`: cannot be right; `warning`: unusual; `note`: for information.
        figures: Amounts in yuan, rates and counts, by name.
    """

    code: str
    place: str
    severity: Severity
    figures: Mapping[str, str]

    def sentence(self, lang: str = "en") -> str:
        """The finding in words, English (`en`) or Chinese (`zh`)."""
        return SENTENCES[self.code][lang == "zh"].format(**self.figures)

    def __str__(self) -> str:
        return f"{self.severity}: {self.place}: {self.sentence()}"


def audit(ledger: Ledger) -> tuple[Finding, ...]:
    """Look for figures that cannot be right; errors first.

    The stated total is compared with planned investment; money that no project holds yet is not part
    of it.
    """
    found = [finding for check in CHECKS for finding in check(ledger)]
    rank = {"error": 0, "warning": 1, "note": 2}
    return tuple(sorted(found, key=lambda finding: rank[finding.severity]))


def report(findings: Sequence[Finding], lang: str = "en") -> str:
    """The findings as text for people; of many of one kind that are no errors, the first few."""
    if not findings:
        return "未发现问题。" if lang == "zh" else "Nothing found."
    names = {"error": "错误", "warning": "警告", "note": "提示"}
    lines = []
    seen: Counter[str] = Counter()
    for f in findings:
        seen[f.code] += 1
        if f.severity == "error" or seen[f.code] <= _MOST:
            severity = names[f.severity] if lang == "zh" else f.severity
            lines.append(f"{severity}: {f.place}: {f.sentence(lang)}")
    errors = sum(f.severity == "error" for f in findings)
    hidden = len(findings) - len(lines)
    if lang == "zh":
        lines.append(
            f"共 {len(findings)} 条,其中错误 {errors} 条"
            + (f",另有 {hidden} 条同类未列出。" if hidden else "。")
        )
    else:
        more = f"; {hidden} more of the same kinds are not listed" if hidden else ""
        lines.append(f"{len(findings)} findings, {errors} of them errors{more}.")
    return "\n".join(lines)


def to_json(findings: Sequence[Finding]) -> str:
    """The findings as data, with sentences in both languages."""
    rows = [
        {
            "code": f.code,
            "place": f.place,
            "severity": f.severity,
            "figures": dict(f.figures),
            "en": f.sentence("en"),
            "zh": f.sentence("zh"),
        }
        for f in findings
    ]
    return json.dumps({"findings": rows}, ensure_ascii=False, indent=2)


def amount(cents: int) -> str:
    """Yuan, and 万元 beside it where that is what people speak of."""
    whole, rest = format_yuan(cents).split(".")
    text = f"{int(whole):,}.{rest}"
    if abs(cents) < 10**6:
        return text
    wan, part = divmod(abs(cents), 10**6)
    decimals = f".{part:06d}".rstrip("0").rstrip(".")
    return f"{text} ({'-' if cents < 0 else ''}{wan:,}{decimals} 万元)"


def _totals(ledger: Ledger) -> Iterator[Finding]:
    """Stated totals against sums, with the subtotals by level that make up a sum."""
    stated, funding = ledger.stated, ledger.funding
    if stated is None:
        return
    sums_of = {"issued": int(funding.planned.sum()), "paid": int(funding.paid.sum())}
    for name, total in sums_of.items():
        claimed = getattr(stated, name)
        if claimed is None or claimed == total:
            continue
        column = funding.planned if name == "issued" else funding.paid
        parts = _by_level(ledger, column)
        figures = {
            "stated": amount(claimed),
            "sum": amount(total),
            "difference": amount(claimed - total),
            "parts": " + ".join(f"{level} {amount(a)}" for level, a in parts.items()),
        }
        yield Finding("total", f"stated.{name}", "error", figures)
    if stated.projects is not None and stated.projects != len(ledger.projects):
        counts = {"stated": str(stated.projects), "sum": str(len(ledger.projects))}
        yield Finding("count", "stated.projects", "error", counts)


def _by_level(ledger: Ledger, column: Cents) -> dict[str, int]:
    totals = sums(ledger.funding.source, column, len(ledger.sources)).tolist()
    result: dict[str, int] = {}
    for source, total in zip(ledger.sources, totals, strict=True):
        level = source.level or source.id
        result[level] = result.get(level, 0) + total
    return {level: total for level, total in result.items() if total}


def _rate(ledger: Ledger) -> Iterator[Finding]:
    """The stated payment rate against paid / issued: of the stated figures, and of the sums."""
    stated = ledger.stated
    if stated is None or stated.payment_rate is None:
        return
    claimed = stated.payment_rate.rstrip("% ")
    decimals = len(claimed.partition(".")[2])
    sum_issued, sum_paid = int(ledger.funding.planned.sum()), int(ledger.funding.paid.sum())
    paid = sum_paid if stated.paid is None else stated.paid
    issued = sum_issued if stated.issued is None else stated.issued
    rates = [_percent(paid, issued, decimals), _percent(sum_paid, sum_issued, decimals)]
    if claimed not in rates:
        figures = {
            "stated": claimed,
            "paid": amount(paid),
            "issued": amount(issued),
            "rate": rates[0],
            "sum_paid": amount(sum_paid),
            "sum_issued": amount(sum_issued),
            "sum_rate": rates[1],
        }
        yield Finding("rate", "stated.payment_rate", "error", figures)


def _percent(part: int, whole: int, decimals: int) -> str:
    """A percentage, rounded half up."""
    if whole == 0:
        return "–"
    units = int(Fraction(part * 100 * 10**decimals, whole) + Fraction(1, 2))
    text = str(units).rjust(decimals + 1, "0")
    return f"{text[:-decimals]}.{text[-decimals:]}" if decimals else text


def _chain(ledger: Ledger) -> Iterator[Finding]:
    """Links of the price chain that exceed the one before, or that stand without it."""
    projects = ledger.projects
    prices = projects.prices
    known = {key: column != UNKNOWN for key, column in prices.items()}
    issued = sums(ledger.funding.project, ledger.funding.planned, len(projects))
    signed = prices["contract"] + prices["variations"]
    audited = prices["audited"] + prices["other"]
    pairs: tuple[tuple[str, str, Cents, Cents, Mask, Severity], ...] = (
        ("above_contract", "settlement", prices["settlement"], signed,
         known["settlement"] & known["contract"], "warning"),
        ("above_plan", "contract", signed, issued, known["contract"] & (issued > 0), "note"),
        ("above_estimate", "contract", signed, prices["estimate"],
         known["contract"] & known["estimate"], "warning"),
        ("above_settlement", "audited", prices["audited"], prices["settlement"],
         known["audited"] & known["settlement"], "error"),
        ("above_audited", "final", prices["final"], audited,
         known["final"] & known["audited"], "warning"),
    )  # fmt: skip
    for code, link, value, other, both, severity in pairs:
        for p in np.flatnonzero(both & (value > other)).tolist():
            figures = {"value": amount(int(value[p])), "other": amount(int(other[p]))}
            yield Finding(code, f"project '{projects.id[p]}', {link}", severity, figures)
    for p in np.flatnonzero(known["settlement"] & ~known["contract"]).tolist():
        figures = {"value": amount(int(prices["settlement"][p]))}
        yield Finding("no_contract", f"project '{projects.id[p]}', settlement", "warning", figures)


def _payments(ledger: Ledger) -> Iterator[Finding]:
    """More paid than a project is expected to cost."""
    cost = balances(ledger, Terms()).cost
    paid = sums(ledger.funding.project, ledger.funding.paid, len(ledger.projects))
    for p in np.flatnonzero(paid > cost).tolist():
        figures = {"value": amount(int(paid[p])), "other": amount(int(cost[p]))}
        yield Finding(
            "paid_above_cost", f"project '{ledger.projects.id[p]}', paid", "error", figures
        )


def _units(ledger: Ledger) -> Iterator[Finding]:
    """A figure about 10,000 times its neighbour in the price chain: 元 taken for 万元."""
    projects = ledger.projects
    before = sums(ledger.funding.project, ledger.funding.planned, len(projects))
    name = "planned"
    names = np.full(len(projects), name, dtype="U10")
    for link in ("estimate", "contract", "settlement", "audited", "final"):
        value = projects.prices[link]
        known = (value != UNKNOWN) & (value > 0)
        low, high = np.minimum(value, before), np.maximum(value, before)
        ratio = high // np.maximum(low, 1)
        suspect = known & (before > 0) & (ratio >= _FAR) & (ratio <= _TOO_FAR)
        for p in np.flatnonzero(suspect).tolist():
            figures = {
                "value": amount(int(value[p])),
                "other": amount(int(before[p])),
                "neighbour": str(names[p]),
                "times": f"{int(ratio[p]):,}",
            }
            yield Finding("unit", f"project '{projects.id[p]}', {link}", "error", figures)
        before, names = np.where(known, value, before), np.where(known, link, names)


def _dates(ledger: Ledger) -> Iterator[Finding]:
    """Money that has expired and is not paid out."""
    if ledger.as_of is None:
        return
    funding = ledger.funding
    undrawn = sums(funding.source, funding.planned - funding.paid, len(ledger.sources))
    for source, left in zip(ledger.sources, undrawn.tolist(), strict=True):
        if (
            source.expires is not None
            and source.expires < ledger.as_of
            and left + source.unallocated
        ):
            figures = {
                "expires": source.expires.isoformat(),
                "as_of": ledger.as_of.isoformat(),
                "value": amount(left + source.unallocated),
            }
            yield Finding("expired", f"source '{source.id}'", "note", figures)


CHECKS: tuple[Callable[[Ledger], Iterator[Finding]], ...] = (
    _totals,
    _rate,
    _chain,
    _payments,
    _units,
    _dates,
)

SENTENCES: Mapping[str, tuple[str, str]] = {
    "total": (
        "stated as {stated} yuan, but {parts} = {sum} yuan; the difference is {difference}",
        "公布为 {stated} 元,而 {parts} = {sum} 元,相差 {difference}",
    ),
    "count": (
        "stated as {stated} projects, the ledger has {sum}",
        "公布为 {stated} 个项目,台账中为 {sum} 个",
    ),
    "rate": (
        "stated as {stated} %, but {paid} / {issued} is {rate} % "
        "(by the projects' own figures {sum_paid} / {sum_issued} is {sum_rate} %)",
        "公布为 {stated}%,而 {paid} / {issued} 为 {rate}%"
        "(按项目合计 {sum_paid} / {sum_issued} 为 {sum_rate}%)",
    ),
    "above_contract": (
        "the settlement price {value} is above the contract with its variations, {other}",
        "结算价 {value} 高于合同价(含变更){other}",
    ),
    "above_plan": (
        "the contract price {value} is above the planned investment, {other}",
        "合同价 {value} 高于计划投资 {other}",
    ),
    "above_estimate": (
        "the contract price {value} is above the approved estimate, {other}",
        "合同价 {value} 高于批复概算 {other}",
    ),
    "above_settlement": (
        "the audited price {value} is above the settlement it audits, {other}",
        "审定价 {value} 高于送审结算价 {other}",
    ),
    "above_audited": (
        "the final account {value} is above the audited price with other costs, {other}",
        "决算价 {value} 高于审定价与二类费之和 {other}",
    ),
    "no_contract": (
        "there is a settlement price, {value}, and no contract",
        "有结算价 {value} 而无合同价",
    ),
    "paid_above_cost": (
        "{value} yuan are paid, the project is expected to cost {other}",
        "已支付 {value} 元,超过预计最终成本 {other} 元",
    ),
    "unit": (
        "{value} against {neighbour} {other}, {times} times apart: one of the two may be in another "
        "unit (元 or 万元)",
        "{value} 与 {neighbour} {other} 相差 {times} 倍,其中之一可能单位有误(元或万元)",
    ),
    "expired": (
        "the money expired on {expires}; on {as_of} {value} yuan of it are not paid out",
        "资金已于 {expires} 到期,截至 {as_of} 仍有 {value} 元未支付",
    ),
}
