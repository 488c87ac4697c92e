"""Days off from the library, against the notices of the State Council for 2024 and 2025."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest

import surplus
from surplus.answers.holidays import days_off
from surplus.cli import main
from surplus.policy.deadlines import works


def test_the_national_day_weeks_of_two_notices() -> None:
    """国办发明电〔2023〕7号 and 〔2024〕12号: what is off, and which weekends are worked instead."""
    found = days_off("cn", [2024, 2025])
    october = [day for day in found.holidays if (day.year, day.month) == (2024, 10)]
    assert october == [date(2024, 10, d) for d in (1, 2, 3, 4, 7)]
    assert {date(2024, 9, 29), date(2024, 10, 12), date(2025, 1, 26)} <= set(found.workdays)
    assert all(day.weekday() < 5 for day in found.holidays)
    assert all(day.weekday() >= 5 for day in found.workdays)


def test_what_is_written_is_read_by_a_policy_and_counts() -> None:
    text = days_off("CN", [2025], "zh").to_toml()
    assert "国庆节" in text
    policy = surplus.Policy.model_validate(tomllib.loads(text))
    assert not works(date(2025, 10, 8), policy.holidays, policy.workdays)
    assert works(date(2025, 10, 11), policy.holidays, policy.workdays)  # a Saturday
    assert not works(date(2025, 10, 12), policy.holidays, policy.workdays)


def test_a_country_without_made_up_days() -> None:
    found = days_off("GB", [2025])
    assert date(2025, 12, 25) in found.holidays
    assert found.workdays == ()


@pytest.mark.parametrize(
    ("country", "years", "words"),
    [("XX", [2025], "two letters"), ("CN", [25], "such as 2026"), ("CN", [], "such as 2026")],
)
def test_what_the_library_does_not_know(country: str, years: list[int], words: str) -> None:
    with pytest.raises(surplus.SurplusError, match=words):
        days_off(country, years)


def test_the_command_prints_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["holidays", "CN", "2024", "2025", "--lang", "zh"]) == 0
    assert tomllib.loads(capsys.readouterr().out)["workdays"][0] == "2024-02-04"
    assert main(["holidays", "XX", "2025"]) == 1
    assert "two letters" in capsys.readouterr().err
