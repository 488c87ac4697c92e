"""A plan as a document: written in pieces, read by columns or by records, always the same."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import surplus
from surplus.plan import document as writer
from surplus.plan import parse
from surplus.testing import ledgers, policies


def _plan(projects: int = 60, seed: int = 3) -> surplus.Plan:
    return surplus.reallocate(*surplus.generate(projects=projects, seed=seed))


def _by_records(text: str, monkeypatch: pytest.MonkeyPatch) -> surplus.Plan:
    with monkeypatch.context() as patch:
        patch.setattr(parse, "quick", lambda _: None)
        return surplus.Plan.from_json(text)


def _straight(plan: surplus.Plan) -> dict[str, Any]:
    """The rows of a document as plainly as they can be written down."""
    money = lambda cents: f"{cents // 100}.{cents % 100:02d}"  # noqa: E731
    return {
        "transfers": [
            {"source": t.source, "from": t.giver, "to": t.taker, "amount": money(t.amount)}
            | ({} if t.swap is None else {"swap": t.swap})
            for t in plan.transfers
        ],
        "projects": [
            {
                "id": p.id,
                "need": money(p.need),
                "planned": money(p.planned),
                "final": {s: money(a) for s, a in p.final.items()},
                "unmet": money(p.unmet),
                "reason": p.reason,
            }
            for p in plan.projects
        ],
    }


@given(st.data())
@settings(deadline=None)
def test_any_plan_survives_and_is_written_plainly(data: st.DataObject) -> None:
    ledger = data.draw(ledgers)
    try:
        plan = surplus.reallocate(ledger, data.draw(policies))
    except surplus.Infeasible:
        return
    text = plan.to_json()
    document = json.loads(text)
    for key, rows in _straight(plan).items():
        assert document[key] == rows
        for row in rows:
            assert f"    {json.dumps(row, ensure_ascii=False)}" in text
    assert parse.quick(document) is not None
    assert surplus.Plan.from_json(text).to_json() == text


def test_pieces_of_any_length_are_the_same_text(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plan = _plan()
    text = plan.to_json()
    plan.write_json(tmp_path / "plan.json")
    assert (tmp_path / "plan.json").read_text(encoding="utf-8") == text
    for chunk in (1, 7, len(plan.amount)):
        monkeypatch.setattr(writer, "_CHUNK", chunk)
        assert "".join(plan.json_pieces()) == text


def test_both_ways_of_reading_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    text = _plan().to_json()
    read, slow = surplus.Plan.from_json(text), _by_records(text, monkeypatch)
    for name, column in vars(read).items():
        other = getattr(slow, name)
        assert column.tolist() == other.tolist() if hasattr(column, "tolist") else column == other


FAULTS = [
    ("transfers", "amount", "-5.00"),
    ("transfers", "amount", 5.5),
    ("transfers", "amount", None),
    ("transfers", "amount", "1.234"),
    ("transfers", "amount", "1.00\n2.00"),
    ("transfers", "amount", "1\n2"),
    ("projects", "need", "1.00\n2.00"),
    ("transfers", "source", "nowhere"),
    ("transfers", "source", None),
    ("transfers", "from", "nobody"),
    ("transfers", "from", 7),
    ("transfers", "to", None),
    ("transfers", "swap", "both ways"),
    ("transfers", "more", "x"),
    ("projects", "id", None),
    ("projects", "need", "five"),
    ("projects", "final", {"nowhere": "5.00"}),
    ("projects", "final", []),
    ("projects", "reason", 3),
    ("projects", "unmet", None),
]


@pytest.mark.parametrize(("table", "key", "value"), FAULTS)
@pytest.mark.parametrize("absent", [False, True])
def test_both_ways_refuse_alike(
    table: str, key: str, value: Any, absent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = json.loads(_plan().to_json())
    if absent:
        document[table][1].pop(key, None)
    else:
        document[table][1][key] = value
    said = []
    for way in (surplus.Plan.from_json, lambda text: _by_records(text, monkeypatch)):
        try:
            said.append(way(json.dumps(document)).to_json())
        except surplus.PlanFileError as error:
            said.append(str(error))
    assert said[0] == said[1]
    assert absent or table in said[0]


def test_rows_are_made_when_asked_for() -> None:
    plan = _plan()
    rows, every = plan.transfers, [*plan.transfers]
    assert len(rows) == len(every) == len(plan.amount)
    assert rows == tuple(every)
    assert rows == every
    assert rows != every[1:]
    assert rows != 3
    assert rows[2] == every[2]
    assert rows[-1] == every[-1]
    assert rows[1:4] == tuple(every[1:4])
    assert rows[4:1] == ()
    assert rows[::-2] == tuple(every[::-2])
    assert every[3] in rows
    with pytest.raises(IndexError):
        rows[len(every)]
    assert pickle.loads(pickle.dumps(plan.projects)) == plan.projects
    assert pickle.loads(pickle.dumps(plan)).to_json() == plan.to_json()
    assert f"{len(every):,} rows" in repr(rows)
