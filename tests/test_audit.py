"""The audit finds what cannot be right, and leaves alone what can."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

import surplus
from surplus.auditing import SENTENCES, report, to_json

EXAMPLES = Path(__file__).parents[1] / "examples" / "data"
SOUND: dict[str, Any] = {
    "as_of": "2024-11-30",
    "sources": [
        {"id": "c", "level": "中央", "expires": "2024-12-31", "unallocated": "5"},
        {"id": "k", "level": "county"},
    ],
    "projects": [
        {
            "id": "A",
            "price": {"estimate": "1000", "contract": "900", "settlement": "880", "audited": "870"},
            "funding": [{"source": "c", "planned": "1000", "paid": "800"}],
        },
        {
            "id": "B",
            "price": {"contract": "90", "variations": "10", "settlement": "100", "final": "99"},
            "funding": [{"source": "k", "planned": "100", "paid": "99"}],
        },
    ],
    "stated": {"issued": "1100", "paid": "899", "payment_rate": "81.73%", "projects": 2},
}


def ledger(change: dict[str, Any] | None = None) -> surplus.Ledger:
    """The sound ledger, with some values changed: ``{"projects.0.price.audited": "890"}``."""
    document = copy.deepcopy(SOUND)
    for place, value in (change or {}).items():
        *path, last = [int(part) if part.isdigit() else part for part in place.split(".")]
        target: Any = document
        for part in path:
            target = target[part]
        target[last] = value
    return surplus.Ledger.from_json(json.dumps(document))


def test_a_sound_ledger_has_no_findings() -> None:
    assert surplus.audit(ledger()) == ()
    assert report((), "en") == "Nothing found."
    assert report((), "zh") == "未发现问题。"


@pytest.mark.parametrize(
    ("change", "code", "place", "severity"),
    [
        ({"stated.issued": "1130"}, "total", "stated.issued", "error"),
        ({"stated.paid": "900"}, "total", "stated.paid", "error"),
        ({"stated.payment_rate": "81.72%"}, "rate", "stated.payment_rate", "error"),
        ({"stated.payment_rate": "82.50%"}, "rate", "stated.payment_rate", "error"),
        ({"stated.projects": 3}, "count", "stated.projects", "error"),
        ({"projects.0.price.settlement": "900.01"}, "above_contract", "project 'A', settlement", "warning"),
        ({"projects.1.price.variations": "10.01"}, "above_plan", "project 'B', contract", "note"),
        ({"projects.0.price.estimate": "899.99"}, "above_estimate", "project 'A', contract", "warning"),
        ({"projects.0.price.audited": "880.01"}, "above_settlement", "project 'A', audited", "error"),
        ({"projects.0.price.final": "870.01"}, "above_audited", "project 'A', final", "warning"),
        (
            {"projects.1.price.contract": None, "projects.1.price.variations": None},
            "no_contract", "project 'B', settlement", "warning",
        ),
        ({"projects.1.price.final": "98.99"}, "paid_above_cost", "project 'B', paid", "error"),
        (
            {"projects.0.price.final": "0.09", "projects.0.funding.0.paid": "0", "stated": {}},
            "unit", "project 'A', final", "error",
        ),
        ({"projects.0.funding.0.planned": "9000000", "stated": {}}, "unit", "project 'A', estimate", "error"),
        ({"sources.0.expires": "2024-11-29"}, "expired", "source 'c'", "note"),
    ],
)  # fmt: skip
def test_each_check_finds_its_misfit(
    change: dict[str, Any], code: str, place: str, severity: str
) -> None:
    findings = surplus.audit(ledger(change))
    assert (code, place, severity) in [(f.code, f.place, f.severity) for f in findings]
    for finding in findings:
        assert "{" not in finding.sentence("en") + finding.sentence("zh")
    assert {row["code"] for row in json.loads(to_json(findings))["findings"]} >= {code}


@pytest.mark.parametrize(
    "change",
    [
        {"stated.payment_rate": "81.7%"},
        {"stated.payment_rate": "82%"},
        {"stated": {}},
        {"projects.0.price.settlement": "900.00"},
        {"projects.0.price.audited": "880.00"},
        {"projects.0.price.estimate": "900.00"},
        {"sources.0.expires": "2024-11-30"},
    ],
)
def test_neighbours_of_misfits_are_sound(change: dict[str, Any]) -> None:
    assert surplus.audit(ledger(change)) == ()


def test_every_kind_of_finding_has_a_test() -> None:
    marks = test_each_check_finds_its_misfit.pytestmark  # type: ignore[attr-defined]
    assert {case[1] for case in marks[0].args[1]} == set(SENTENCES)


def test_seed_county() -> None:
    """The published totals: 56,000 + 18,367 + 66 + 220 is 74,653; 71,879.61 / 74,683 is 96.25 %."""
    findings = surplus.audit(surplus.read(EXAMPLES / "seed_county.json"))
    total, rate = [f for f in findings if f.severity == "error"]
    for part in (
        "74,683 万元",
        "74,653 万元",
        "56,000 万元",
        "18,367 万元",
        "66 万元",
        "220 万元",
        "30 万元",
    ):
        assert part in total.sentence("en")
        assert part in total.sentence("zh")
    assert "97.05 %, but" in rate.sentence("en")
    assert "71,879.61 万元) / 746,830,000.00 (74,683 万元) is 96.25 %" in rate.sentence("en")


def test_a_generated_ledger_has_no_errors_but_overpaid_projects() -> None:
    ledger_, _ = surplus.generate(projects=300, seed=5)
    errors = {f.code for f in surplus.audit(ledger_) if f.severity == "error"}
    assert errors <= {"paid_above_cost"}


def test_many_of_a_kind_are_counted() -> None:
    findings = surplus.audit(surplus.read(EXAMPLES / "seed_county.json"))
    text = report(findings)
    assert len(text.splitlines()) < len(findings)
    assert "more of the same kinds" in text
