"""The stretches of days that people name."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dialogue.parsing.periods import parse_period
from bot.domain.period import DAY_MS, MAX_DAYS, Period, day_of


def at(day: str, clock: str = "09:00") -> int:
    return int(datetime.fromisoformat(f"{day}T{clock}:00+00:00").timestamp() * 1000)


NOW = at("2026-11-24")
NOVEMBER = ("2026-11-01", "2026-11-30")


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("", ("2026-11-24", "2026-11-24")),
        ("Aujourd’hui", ("2026-11-24", "2026-11-24")),
        ("today", ("2026-11-24", "2026-11-24")),
        ("hier", ("2026-11-23", "2026-11-23")),
        ("Yesterday", ("2026-11-23", "2026-11-23")),
        ("semaine", ("2026-11-18", "2026-11-24")),
        ("7 days", ("2026-11-18", "2026-11-24")),
        ("30 jours", ("2026-10-26", "2026-11-24")),
        ("mois", ("2026-11-01", "2026-11-24")),
        ("le mois dernier", ("2026-10-01", "2026-10-31")),
        ("10/2026", ("2026-10-01", "2026-10-31")),
        (" 2026-02 ", ("2026-02-01", "2026-02-28")),
        ("2/2028", ("2028-02-01", "2028-02-29")),
        ("12/2026", ("2026-12-01", "2026-12-31")),
        ("novembre", NOVEMBER),
        ("Oct", ("2026-10-01", "2026-10-31")),
        ("décembre", ("2025-12-01", "2025-12-31")),
        ("December 2026", ("2026-12-01", "2026-12-31")),
        ("août 2026", ("2026-08-01", "2026-08-31")),
        ("24/11", ("2026-11-24", "2026-11-24")),
        ("le 24.11.26", ("2026-11-24", "2026-11-24")),
        ("25/11", ("2025-11-25", "2025-11-25")),
        ("2026-11-03", ("2026-11-03", "2026-11-03")),
        ("03/11/2026", ("2026-11-03", "2026-11-03")),
        ("du 01/11 au 24/11", ("2026-11-01", "2026-11-24")),
        ("from 01/11 to 24/11", ("2026-11-01", "2026-11-24")),
        ("01/11-24/11", ("2026-11-01", "2026-11-24")),
        ("01/11 24/11", ("2026-11-01", "2026-11-24")),
        ("2026-11-01 2026-11-24", ("2026-11-01", "2026-11-24")),
        ("01/11/2025 → 05/11/2025", ("2025-11-01", "2025-11-05")),
        # The wrong way round.
        ("24/11 au 01/11", ("2026-11-01", "2026-11-24")),
        ("24/11/2026 01/11/2026", ("2026-11-01", "2026-11-24")),
        # One winter, and an end that has not come yet.
        ("du 20/12 au 05/01", ("2025-12-20", "2026-01-05")),
        ("20/11 30/11", ("2026-11-20", "2026-11-30")),
        ("depuis le 01/11", ("2026-11-01", "2026-11-24")),
        ("since 2026-11-20", ("2026-11-20", "2026-11-24")),
    ],
)
def test_what_is_named(text: str, days: tuple[str, str]) -> None:
    assert parse_period(text, NOW) == Period(*days)


@pytest.mark.parametrize(
    "text",
    [
        "demain",
        "lundi",
        "13/2026",
        "10/1999",
        "10/3000",
        "31/02",
        "00/11",
        "32/11/2026",
        "01/01/1999",
        "0001-01-01",
        "9999-12-31",
        "12026-11-24",
        "123/11",
        "01/11 02/11 03/11",
        "01/11 pour 24/11",
        "vers le 01/11",
        "01/11 31/02",
        "depuis 25/12/2026",
        "2025-01-01 2026-11-24",
        "novembre prochain",
        "5000",
        "🙂" * 400,
    ],
)
def test_what_is_no_period(text: str) -> None:
    assert parse_period(text, NOW) is None


def test_the_default_is_named_by_a_word() -> None:
    assert parse_period("", NOW, "month") == Period("2026-11-01", "2026-11-24")
    assert parse_period("  ", NOW, "week") == Period("2026-11-18", "2026-11-24")
    assert parse_period("hier", NOW, "month") == Period("2026-11-23", "2026-11-23")


def test_a_day_ends_at_midnight_in_dakar() -> None:
    assert day_of(at("2026-11-24", "00:00")) == "2026-11-24"
    assert day_of(at("2026-11-24", "00:00") - 1) == "2026-11-23"
    today = parse_period("today", at("2026-11-24", "23:59"))
    assert today == Period("2026-11-24", "2026-11-24")
    assert (today.since, today.until) == (at("2026-11-24", "00:00"), at("2026-11-25", "00:00"))
    assert today.days == ("2026-11-24",)
    assert Period("2026-02-27", "2026-03-02").days == ("2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02")


def test_a_leap_day_without_a_year() -> None:
    assert parse_period("29/02", at("2028-03-01")) == Period("2028-02-29", "2028-02-29")
    # In a year that has none it names no day: it is asked again and not guessed.
    assert parse_period("29/02", at("2026-03-01")) is None
    assert parse_period("20/02 29/02", at("2026-03-01")) is None


def test_the_one_before_and_the_one_after() -> None:
    day = Period("2026-11-24", "2026-11-24")
    assert day.moved(-1) == Period("2026-11-23", "2026-11-23")
    assert Period("2026-11-18", "2026-11-24").moved(-1) == Period("2026-11-11", "2026-11-17")
    month = Period(*NOVEMBER)
    assert month.is_month
    assert not day.is_month
    assert month.moved(1) == Period("2026-12-01", "2026-12-31")
    assert month.moved(-9) == Period("2026-02-01", "2026-02-28")
    assert month.moved(2) == Period("2027-01-01", "2027-01-31")
    assert Period("2026-01-01", "2026-01-31").moved(-1) == Period("2025-12-01", "2025-12-31")
    # A month so far is no whole one.
    assert Period("2026-11-01", "2026-11-24").moved(-1) == Period("2026-10-08", "2026-10-31")


@given(st.text(max_size=60), st.integers(at("2001-01-01"), at("2090-01-01")))
def test_whatever_is_typed_is_a_period_or_none(text: str, now: int) -> None:
    period = parse_period(text, now)
    if period is not None:
        assert 0 < period.until - period.since <= MAX_DAYS * DAY_MS
        assert len(period.days) == (period.until - period.since) // DAY_MS


@given(st.dates(date(2024, 6, 1), date(2027, 6, 1)), st.integers(0, 330), st.integers(0, 1))
def test_two_days_without_a_year_are_the_last_that_came(last: date, back: int, style: int) -> None:
    first = last - timedelta(days=back)
    if {(first.day, first.month), (last.day, last.month)} & {(29, 2)}:
        return
    now = int(datetime(last.year, last.month, last.day, 12, tzinfo=UTC).timestamp() * 1000)
    text = f"{first:%d/%m} {last:%d/%m}" if style else f"du {first:%d/%m} au {last:%d/%m}"
    assert parse_period(text, now) == Period(first.isoformat(), last.isoformat())


def test_a_whole_year_back_is_within_reach() -> None:
    assert parse_period(f"{date(2025, 11, 24):%Y-%m-%d} 2026-11-24", NOW) is not None
    first = date(2026, 11, 24) - timedelta(days=MAX_DAYS - 1)
    assert parse_period(f"{first} 2026-11-24", NOW) is not None
    assert parse_period(f"{first - timedelta(days=1)} 2026-11-24", NOW) is None
