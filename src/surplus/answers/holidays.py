"""A country's holidays and made-up working days, as a policy states them.

A policy carries its own days off, so that a deadline can be recomputed by hand; this fills them in
from the library `holidays` (extra `holidays`) once, for people to check against the year's notice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from surplus.errors import SurplusError

_SATURDAY = 5
_YEARS = range(1990, 2101)


@dataclass(frozen=True)
class DaysOff:
    """Days for a policy.

    Attributes:
        country: Its two letters.
        holidays: Days off that are not Saturdays or Sundays.
        workdays: Saturdays and Sundays that are worked.
        names: What each holiday is called.
    """

    country: str
    holidays: tuple[date, ...]
    workdays: tuple[date, ...]
    names: tuple[str, ...]

    def to_toml(self) -> str:
        """The two keys of a policy in TOML, one day a line, each with its name."""
        lines = ["holidays = ["]
        lines += [
            f'  "{day}",  # {name}' for day, name in zip(self.holidays, self.names, strict=True)
        ]
        lines += ["]", "workdays = [", *(f'  "{day}",' for day in self.workdays), "]"]
        return "\n".join(lines) + "\n"


def days_off(country: str, years: Sequence[int], lang: str = "en") -> DaysOff:
    """Ask the library for whole years.

    Args:
        country: Two letters, such as CN.
        years: Such as 2026.
        lang: Of the names: `en` or `zh`, where the library has them.

    Raises:
        SurplusError: When the library is not installed, or does not know the country or the year.
    """
    try:
        import holidays  # noqa: PLC0415 - an extra
    except ImportError:
        raise SurplusError("holidays need their library: pip install 'surplus[holidays]'") from None
    wrong = [year for year in years if year not in _YEARS]
    if wrong or not years:
        raise SurplusError(f"{wrong or 'no year'}: needed: years such as 2026")
    code = country.strip().upper()
    if code not in holidays.list_supported_countries():
        raise SurplusError(
            f"'{country}' is not a country of the library; needed: two letters, as CN"
        )
    known = holidays.country_holidays(code, years=list(years), language=_language(code, lang))
    days = sorted(day for day in known if day.weekday() < _SATURDAY)
    worked = sorted(day for day in known.weekend_workdays if day.year in years)
    return DaysOff(code, tuple(days), tuple(worked), tuple(str(known[day]) for day in days))


def _language(code: str, lang: str) -> str | None:
    import holidays  # noqa: PLC0415

    wanted = "zh_CN" if lang == "zh" else "en_US"
    return wanted if wanted in holidays.list_localized_countries().get(code, ()) else None
