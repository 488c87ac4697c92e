"""Dates: working days, the end of money, progress in the year; and files that calendars read."""

from __future__ import annotations

import json
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import surplus
from surplus.answers.ics import escape, fold
from surplus.cli import main
from surplus.io import read_policy
from surplus.policy.deadlines import Deadline
from surplus.policy.rules.expiry import Expiry
from surplus.proof import certificate_check, digests
from surplus.report.dates import percent
from surplus.report.papers import tables, yuan
from surplus.testing import documents

EXAMPLES = Path(__file__).parents[1] / "examples" / "data"
LEDGER, POLICY = EXAMPLES / "seed_county.json", EXAMPLES / "seed_policy.json"
# 2026-09-25 is a Friday. National day is off on 1 to 7 October, made up for on Saturday the 10th.
NATIONAL_DAY = {
    "holidays": [f"2026-10-0{day}" for day in range(1, 8)],
    "workdays": ["2026-10-10"],
}
days = st.dates(date(2019, 1, 1), date(2030, 12, 31))
near = st.integers(-5, 40)


def policy(**fields: Any) -> surplus.Policy:
    return surplus.Policy.model_validate(fields)


def planned(document: dict[str, Any], rules: surplus.Policy) -> tuple[surplus.Ledger, surplus.Plan]:
    ledger = surplus.Ledger.from_records(
        document["sources"], document["projects"], as_of=document.get("as_of")
    )
    return ledger, surplus.reallocate(ledger, rules)


COUNTY = {
    "as_of": "2026-09-25",
    "sources": [
        {"id": "a", "name": "甲, 乙; 丙", "expires": "2026-12-31", "unallocated": "10.00"},
        {"id": "b", "first_budgeted": "2024-02-29", "expires": "2027-12-31"},
        {"id": "c", "expires": "2026-01-31"},
        {"id": "d"},
    ],
    "projects": [
        {
            "id": "cheap",
            "price": {"final": "60.00"},
            "funding": [{"source": "b", "planned": "100.00", "paid": "50.00"}],
        },
        {
            "id": "dear",
            "price": {"final": "30.00"},
            "funding": [{"source": "a", "planned": "5.00"}],
        },
        {"id": "late", "funding": [{"source": "c", "planned": "7.00", "paid": "3.00"}]},
        {"id": "open", "funding": [{"source": "d", "planned": "2.00"}]},
    ],
}
TWO_YEARS = {"kind": "expiry", "source": {"id": "b"}, "years": 2, "on": "2025-01-01"}


@given(
    start=days,
    count=st.integers(0, 60),
    holidays=st.sets(near, max_size=15),
    workdays=st.sets(near, max_size=15),
)
def test_working_days_against_counting(
    start: date, count: int, holidays: set[int], workdays: set[int]
) -> None:
    """The first day by which so many working days have passed, found by counting all of them."""
    off = {start + timedelta(k) for k in holidays - workdays}
    on = {start + timedelta(k) for k in workdays}
    working = [
        day
        for day in (start + timedelta(k) for k in range(1, 200))
        if day in on or (day.strftime("%a") not in ("Sat", "Sun") and day not in off)
    ]
    deadline = Deadline(name="x", days=count, kind="working")
    assert deadline.due(start, off, on) == [start, *working][count]
    assert Deadline(name="x", days=count, kind="calendar").due(start, off, on) == date.fromordinal(
        start.toordinal() + count
    )


@pytest.mark.parametrize(
    ("kind", "count", "due"),
    [
        ("calendar", 0, "2026-09-25"),
        ("calendar", 20, "2026-10-15"),
        ("working", 0, "2026-09-25"),
        ("working", 1, "2026-09-28"),
        ("working", 3, "2026-09-30"),
        ("working", 4, "2026-10-08"),  # all of 1 to 7 October is off
        ("working", 6, "2026-10-10"),  # the Saturday on which work is made up for
        ("working", 7, "2026-10-12"),
    ],
)
def test_deadlines_by_hand(kind: str, count: int, due: str) -> None:
    rules = policy(deadlines=[{"name": "x", "days": count, "kind": kind}], **NATIONAL_DAY)
    ledger, plan = planned({"sources": [], "projects": []}, rules)
    found = surplus.calendar(plan, ledger, rules, start=date(2026, 9, 25))
    assert [row.date.isoformat() for row in found.rows] == [due]


def test_the_seed_county() -> None:
    ledger, rules = surplus.read(LEDGER), read_policy(POLICY)
    plan = surplus.reallocate(ledger, rules)
    rows = surplus.calendar(plan, ledger, rules).rows
    assert [(r.date.isoformat(), r.chinese, r.days) for r in rows[:3]] == [
        ("2024-12-03", "报备", 3),
        ("2024-12-05", "拨付", 5),
        ("2024-12-20", "公示", 20),
    ]
    ends = {r.name: (r.moved, r.left) for r in rows[3:]}
    assert ends == {s.id: (s.moved, s.left) for s in plan.sources if s.moved or s.left}
    late = surplus.calendar(plan, ledger, rules, start=date(2025, 1, 1))
    assert {r.name: r.days for r in late.rows}["central-2023"] == -1


def test_a_calendar_by_hand() -> None:
    """Free: a 10, b 40 that went unspent. Gap 25. What b leaves must be used by 28 February 2026."""
    rules = policy(
        rules=[TWO_YEARS],
        deadlines=[{"name": "x", "days": 1, "kind": "working", "title": {"zh": "报备"}}],
        objectives=[{"kind": "expiring_first"}, {"kind": "fill"}],
    )
    ledger, plan = planned(COUNTY, rules)
    assert dict(zip(plan.source_ids, plan.moved.tolist(), strict=True)) == {
        "a": 1000, "b": 1500, "c": 0, "d": 0,
    }  # fmt: skip
    found = surplus.calendar(plan, ledger, rules)
    assert found.text() == (
        "2026-02-28  last day to use source b (15.00 yuan moved, 25.00 yuan left)\n"
        "2026-09-28  x (within 1 working day)\n"
        "2026-12-31  last day to use source a 甲, 乙; 丙 (10.00 yuan moved, 0.00 yuan left)"
    )
    assert "2026-09-28  报备 (1 个工作日内)" in found.text("zh")
    document = json.loads(found.to_json())
    assert document["start"] == "2026-09-25"
    assert document["calendar"][0] == {
        "date": "2026-02-28",
        "title": {"en": "last day to use source b", "zh": "资金 b 使用截止"},
        "days": -209,
        "kind": "expires",
        "name": "b",
        "moved": "15.00",
        "left": "25.00",
    }


def unfolded(text: str) -> list[str]:
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def plain(value: str) -> str:
    """A value without its escapes, read mark by mark."""
    marks = iter(value)
    return "".join({"n": "\n"}.get(m := next(marks), m) if c == "\\" else c for c in marks)


@given(
    st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("\\;,\r\n汉😀")), max_size=300)
)
def test_lines_unfold_to_what_was_folded(text: str) -> None:
    value = escape(text)
    assert len(value.splitlines()) <= 1
    folded = fold(value)
    assert all(len(line.encode()) <= 75 for line in folded.split("\r\n"))
    assert folded.replace("\r\n ", "") == value


@given(st.text("\\;,n汉 \n", max_size=100))
def test_escapes_lose_nothing(text: str) -> None:
    assert plain(escape(text)) == text


def test_a_calendar_file() -> None:
    rules = policy(
        rules=[TWO_YEARS],
        deadlines=[{"name": "公示, 公告" * 20, "days": 5, "kind": "calendar"}],
    )
    ledger, plan = planned(COUNTY, rules)
    found = surplus.calendar(plan, ledger, rules)
    text = found.to_ics("zh")
    again = surplus.calendar(surplus.Plan.from_json(plan.to_json()), ledger, rules)
    assert again.to_ics("zh") == text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    lines = unfolded(text)
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    events = [
        dict(line.split(":", 1) for line in block.split("|"))
        for block in "|".join(lines).split("|BEGIN:VEVENT|")[1:]
    ]
    assert [plain(e["SUMMARY"]) for e in events] == [r.chinese for r in found.rows]
    assert [e["DTSTART;VALUE=DATE"] for e in events] == [f"{r.date:%Y%m%d}" for r in found.rows]
    assert {e["DTSTAMP"] for e in events} == {"20260925T000000Z"}
    ids = [e["UID"] for e in events]
    assert len(set(ids)) == len(ids) == len(found.rows)
    assert all(f"UID:{uid}" in unfolded(found.to_ics("en")) for uid in ids)
    other = surplus.calendar(plan, ledger, rules, start=date(2026, 9, 24)).to_ics()
    assert not [uid for uid in ids if uid in other]


def test_what_a_calendar_needs() -> None:
    rules = policy(deadlines=[{"name": "x", "days": 3660, "kind": "working"}])
    ledger, plan = planned(COUNTY | {"as_of": None}, rules)
    with pytest.raises(surplus.LedgerError, match=r"as_of: missing.*\n.*--start"):
        surplus.calendar(plan, ledger, rules)
    with pytest.raises(surplus.SurplusError, match="'x' ends after the year 9999"):
        surplus.calendar(plan, ledger, rules, start=date(9999, 1, 1))
    empty, nothing = planned({"sources": [], "projects": []}, policy())
    with pytest.raises(surplus.SurplusError, match="another ledger"):
        surplus.calendar(nothing, ledger, rules, start=date(2026, 1, 1))
    bare = surplus.calendar(nothing, empty, policy(), start=date(2026, 1, 1))
    assert bare.text() == "Nothing is due."
    with pytest.raises(surplus.SurplusError, match="nothing is due"):
        bare.to_ics()


def test_bad_dates_in_a_policy_are_named_all_at_once() -> None:
    with pytest.raises(surplus.PolicyError) as error:
        policy(
            deadlines=[{"name": "x", "days": -1, "kind": "weekly"}],
            holidays=["2026-02-30"],
            workdays=["10 October"],
        )
    assert [p.where for p in error.value.problems] == [
        "deadlines[0].days", "deadlines[0].kind", "holidays[0]", "workdays[0]",
    ]  # fmt: skip
    same = {"name": "x", "days": 1, "kind": "working"}
    with pytest.raises(surplus.PolicyError, match="two deadlines have the name 'x'"):
        policy(deadlines=[same, same])
    with pytest.raises(surplus.PolicyError, match="2026-10-01 is among the holidays and the"):
        policy(holidays=["2026-10-01"], workdays=["2026-10-01"])


deadline_documents = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["report", "公示"]),
        "days": st.integers(0, 30),
        "kind": st.sampled_from(["calendar", "working"]),
    },
    optional={"title": st.sampled_from([{}, {"en": "x"}, {"zh": "报"}, {"en": "x", "zh": "报"}])},
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "deadlines": st.lists(deadline_documents, max_size=1),
            "holidays": st.lists(days.map(date.isoformat), max_size=3),
            "swaps": st.booleans(),
        },
    )
)
def test_digests_agree_and_absent_dates_change_none(document: dict[str, Any]) -> None:
    digest = digests.policy_digest(policy(**document))
    assert digest == certificate_check.policy_digest(document)
    dates = {"deadlines", "holidays"} & {key for key, value in document.items() if value}
    rest = {key: value for key, value in document.items() if key not in dates}
    assert (certificate_check.policy_digest(rest) == digest) == (not dates)


def test_the_digest_of_a_policy_without_dates_is_what_it_was() -> None:
    assert digests.policy_digest(policy()) == (
        "943f2a59562aaf24b7c385c741708ee9e900916988b4c83c6c932bb173a7d932"
    )


@given(
    first=st.one_of(st.none(), days, st.just(date(2024, 2, 29))),
    expires=st.one_of(st.none(), days),
    years=st.one_of(st.none(), st.integers(0, 4)),
    shift=st.integers(-2, 2),
    base=days,
)
def test_the_last_day_is_that_of_the_rule(
    first: date | None, expires: date | None, years: int | None, shift: int, base: date
) -> None:
    """The rule lets money move up to its last day, and not on the day after."""
    assume(first is None or expires is None or first <= expires)
    source = {"id": "s", "first_budgeted": first, "expires": expires, "unallocated": "1.00"}
    ledger = surplus.Ledger.from_records([source], [])
    last = Expiry(years=years).last_day(ledger.sources[0])
    day = (last or base) + timedelta(shift)
    expired = bool(Expiry(years=years, on=day).expired(ledger)[0])
    assert expired == (last is not None and day > last)
    rules = policy(rules=[{"kind": "expiry", "years": years}])
    row = surplus.dying(ledger, rules, on=day).rows[0]
    assert (row.date, row.days is not None and row.days < 0) == (last, expired)
    assert row.sentence().startswith("expired") == expired


@given(document=documents(), attribution=st.sampled_from(["pro_rata", "free"]), on=days)
def test_dying_money_adds_up(document: dict[str, Any], attribution: str, on: date) -> None:
    rules = policy(
        attribution=attribution, rules=[{"kind": "expiry", "years": 2, "on": "2000-01-01"}]
    )
    ledger, plan = planned(document, rules)
    found = surplus.dying(ledger, rules, plan, on=on)
    free = sum(s.unallocated for s in ledger.sources)
    undrawn = free + int(ledger.funding.planned.sum()) - int(ledger.funding.paid.sum())
    assert sum(row.undrawn for row in found.rows) == undrawn
    moved = {row.source: (row.surplus, row.moved, row.left) for row in found.rows}
    stated = {s.id: (s.available, s.moved, s.left) for s in plan.sources}
    assert all(stated[s] == (0, 0, 0) for s in stated.keys() - moved.keys())
    assert moved.items() <= stated.items()
    assert all(row.undrawn >= row.surplus for row in found.rows)
    dates = [row.date or date.max for row in found.rows]
    assert dates == sorted(dates)
    before = surplus.dying(ledger, rules, on=on)
    assert [(r.source, r.undrawn, 0, r.surplus) for r in found.rows] == [
        (r.source, r.undrawn, r.moved, r.left) for r in before.rows
    ]


def test_dying_money_by_hand() -> None:
    rules = policy(rules=[TWO_YEARS | {"then": "same_source"}])
    ledger, _ = planned(COUNTY, rules)
    found = surplus.dying(ledger, rules)
    assert [(r.source, r.undrawn, r.surplus, r.days) for r in found.rows] == [
        ("c", 400, 0, -237),
        ("b", 5000, 4000, -209),
        ("a", 1500, 1000, 97),
        ("d", 200, 0, None),
    ]
    assert [r.sentence() for r in found.rows] == [
        "expired after 2026-01-31: to be surrendered",
        "expired after 2026-02-28: only for projects that hold it",
        "to be used by 2026-12-31, then surrendered",
        "no date known",
    ]
    assert [r.sentence("zh") for r in found.rows][::2] == [
        "已于 2026-01-31 到期,应予收回",
        "应于 2026-12-31 前使用(含当日),逾期收回",
    ]
    assert json.loads(found.to_json())["dying"][2]["left"] == "10.00"


def test_progress_by_hand() -> None:
    """1 July 2026 is the 182nd of 365 days; of 100.00, 49.863 would be paid, so 49.87 in cents."""
    ledger, _ = planned(COUNTY, policy())
    found = surplus.progress(ledger, on=date(2026, 7, 1), by=date(2026, 12, 31))
    assert found.elapsed == Fraction(182, 365)
    b = found.rows[1]
    assert (b.planned, b.paid, b.rate, b.due, b.ahead) == (10000, 5000, Fraction(1, 2), 4987, 13)
    assert b.points == Fraction(100, 2) - Fraction(18200, 365)
    assert found.rows[0].rate == 0
    assert found.rows[0].ahead == -250  # 5.00 planned, 2.493… due, nothing paid
    assert found.total.rate == Fraction(53, 114)
    assert [(c.project, c.source, c.undrawn, c.rate) for c in found.candidates] == [
        ("dear", "a", 500, 0),
        ("late", "c", 400, Fraction(3, 7)),
    ]
    assert surplus.progress(ledger, on=date(2028, 2, 29)).elapsed == Fraction(60, 366)
    assert surplus.progress(ledger, on=date(2028, 2, 29)).by == date(2028, 12, 31)
    assert percent(Fraction(2, 3)) == "66.67 %"
    assert percent(None) == ""


@given(document=documents(), on=days, by=days)
def test_progress_adds_up(document: dict[str, Any], on: date, by: date) -> None:
    ledger = surplus.Ledger.from_records(document["sources"], document["projects"])
    found = surplus.progress(ledger, on=on, by=by)
    assert found.elapsed == Fraction(int(on.strftime("%j")), 365 + (on.year % 4 == 0))
    assert sum(row.planned for row in found.rows) == found.total.planned
    assert sum(row.paid for row in found.rows) == found.total.paid
    for row in (*found.rows, found.total):
        if row.points is not None:
            assert (row.points < 0) == (row.ahead < 0)
            assert abs(row.points / 100 * row.planned - row.ahead) < 1
    expected = [
        (entry["source"], project["id"], undrawn)
        for source in document["sources"]
        if source["expires"] and source["expires"] <= by.isoformat()
        for project in document["projects"]
        for entry in project["funding"]
        if entry["source"] == source["id"]
        and (undrawn := round(100 * (float(entry["planned"]) - float(entry["paid"]))))
    ]
    assert sorted((c.source, c.project, c.undrawn) for c in found.candidates) == sorted(expected)
    amounts = [c.undrawn for c in found.candidates]
    assert amounts == sorted(amounts, reverse=True)
    assert found.first(2) == found.candidates[:2]


def test_papers_show_dates() -> None:
    rules = policy(rules=[TWO_YEARS], deadlines=[{"name": "x", "days": 1, "kind": "calendar"}])
    ledger, plan = planned(COUNTY, rules)
    shown = {table.name: table for table in tables(plan, ledger, rules, "en")}
    assert shown["Money dying"].sums()[4] == yuan(400 + 5000 + 1500 + 200)
    assert ("2026-09-26", "x", "within 1 calendar day") in shown["Calendar"].rows
    assert "到期资金" in plan.to_html("zh")
    assert "## 日程" in plan.to_markdown("zh")


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan, file = str(tmp_path / "plan.json"), tmp_path / "plan.ics"
    assert main(["plan", str(LEDGER), "--policy", str(POLICY), "-o", plan]) == 0
    capsys.readouterr()
    arguments = ["calendar", str(LEDGER), str(POLICY), plan]
    assert main([*arguments, "-o", str(file), "--start", "2024-12-02", "--lang", "zh"]) == 0
    assert "2024-12-22  公示 (20 日内)" in capsys.readouterr().out
    assert file.read_bytes().count(b"BEGIN:VEVENT\r\n") == 8
    assert main([*arguments, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (len(answer["calendar"]), len(answer["dying"])) == (8, 5)
    assert main(["progress", str(LEDGER), "--on", "2024-06-30", "--by", "2025-12-31"]) == 0
    out = capsys.readouterr().out
    assert "49.73 %" in out  # 182 of 366 days
    assert "the largest of 49" in out
    assert main(["progress", str(LEDGER), "--on", "2024-06-30", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["elapsed"] == "91/183"
    with pytest.raises(SystemExit):
        main(["progress", str(LEDGER), "--on", "June"])
    assert "'June' is not a date" in capsys.readouterr().err
