"""When something is open: recurrences against plain calendars, windows, and what splitting them keeps."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tests.support import work
from unicall.hours import DAY, WEEKDAYS, Hours, Recurrence, days_between, falls_on, holds, open_seconds, split_overnight, windows_on

NINE, FIVE = 9 * 3600, 17 * 3600
YEAR = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
WEEK_ZERO = date(1970, 1, 5)  # the Monday from which intervals count where no first day is said


def days_of(recurrence: Recurrence) -> list[date]:
    """The days of 2026, asked in one go; asked one by one they must be the same."""
    found = days_between(recurrence, YEAR[0], YEAR[-1])
    assert [day for day in YEAR if falls_on(recurrence, day)] == sorted(found)
    return sorted(found)


def weekday(day: date) -> str:
    return WEEKDAYS[day.weekday()]


def nth(day: date) -> int:
    """The how manieth of its weekday in its month this day is."""
    return (day.day - 1) // 7 + 1


def is_last(day: date) -> bool:
    return (day + timedelta(days=7)).month != day.month


CALENDARS: dict[str, tuple[Recurrence, Callable[[date], bool]]] = {
    "every day": (Recurrence(frequency="daily"), lambda day: True),
    "every third day from a day on": (
        Recurrence(frequency="daily", interval=3, first=date(2026, 2, 10)),
        lambda day: day >= date(2026, 2, 10) and (day - date(2026, 2, 10)).days % 3 == 0,
    ),
    "every second day of nobody knows when": (
        Recurrence(frequency="daily", interval=2),
        lambda day: (day - WEEK_ZERO).days % 2 == 0,
    ),
    "every week on all days": (Recurrence(frequency="weekly"), lambda day: True),
    "working days": (Recurrence(frequency="weekly", weekdays=WEEKDAYS[:5]), lambda day: day.weekday() < 5),
    "every second week, weeks begin on Monday": (
        Recurrence(frequency="weekly", interval=2, weekdays=("MO", "SU"), first=date(2026, 1, 7)),
        lambda day: day >= date(2026, 1, 7) and weekday(day) in ("MO", "SU") and (day - date(2026, 1, 5)).days // 7 % 2 == 0,
    ),
    "every third week across the turn of the year": (
        Recurrence(frequency="weekly", interval=3, weekdays=("TH",), first=date(2025, 12, 31)),
        lambda day: weekday(day) == "TH" and (day - date(2025, 12, 29)).days // 7 % 3 == 0,
    ),
    "every second whole week": (
        Recurrence(frequency="weekly", interval=2, first=date(2026, 1, 1)),
        lambda day: (day - date(2025, 12, 29)).days // 7 % 2 == 0,
    ),
    "the second Tuesday of each month": (
        Recurrence(frequency="monthly", weekdays=("TU",), ordinal=2),
        lambda day: weekday(day) == "TU" and nth(day) == 2,
    ),
    "the last Friday of each month": (
        Recurrence(frequency="monthly", weekdays=("FR",), ordinal=-1),
        lambda day: weekday(day) == "FR" and is_last(day),
    ),
    "the fifth Monday, in the months that have one": (
        Recurrence(frequency="monthly", weekdays=("MO",), ordinal=5),
        lambda day: weekday(day) == "MO" and nth(day) == 5,
    ),
    "each Monday of a month": (Recurrence(frequency="monthly", weekdays=("MO",)), lambda day: weekday(day) == "MO"),
    "the 1st and the 31st": (Recurrence(frequency="monthly", month_days=(1, 31)), lambda day: day.day in (1, 31)),
    "the 31st of every second month from January": (
        Recurrence(frequency="monthly", interval=2, month_days=(31,), first=date(2026, 1, 1)),
        lambda day: day.day == 31 and day.month % 2 == 1,
    ),
    "Christmas": (Recurrence(frequency="yearly", month=12, month_days=(25,)), lambda day: (day.month, day.day) == (12, 25)),
    "Thanksgiving": (
        Recurrence(frequency="yearly", month=11, weekdays=("TH",), ordinal=4),
        lambda day: day.month == 11 and weekday(day) == "TH" and nth(day) == 4,
    ),
    "Memorial Day": (
        Recurrence(frequency="yearly", month=5, weekdays=("MO",), ordinal=-1),
        lambda day: day.month == 5 and weekday(day) == "MO" and is_last(day),
    ),
    "every second year": (
        Recurrence(frequency="yearly", interval=2, month=7, month_days=(4,), first=date(2025, 1, 1)),
        lambda day: False,
    ),
    "once": (Recurrence(frequency="once", first=date(2026, 5, 5)), lambda day: day == date(2026, 5, 5)),
    "once, nobody says when": (Recurrence(frequency="once"), lambda day: False),
    "until a day, which is the last": (
        Recurrence(frequency="daily", until=date(2026, 3, 3)),
        lambda day: day <= date(2026, 3, 3),
    ),
    "once, after it has ended": (
        Recurrence(frequency="once", first=date(2026, 5, 5), until=date(2026, 5, 4)),
        lambda day: False,
    ),
    "every day but some": (
        Recurrence(frequency="daily", except_days=(date(2026, 7, 4), date(2026, 12, 25))),
        lambda day: day not in (date(2026, 7, 4), date(2026, 12, 25)),
    ),
}


@pytest.mark.parametrize(("recurrence", "falls"), CALENDARS.values(), ids=CALENDARS)
def test_a_recurrence_falls_on_the_days_of_the_calendar(recurrence: Recurrence, falls: Callable[[date], bool]) -> None:
    assert days_of(recurrence) == [day for day in YEAR if falls(day)]


def test_every_week_of_two_is_an_iso_week() -> None:
    recurrence = Recurrence(frequency="weekly", interval=2, weekdays=("SU",), first=date(2026, 1, 1))
    weeks = [day.isocalendar().week for day in days_of(recurrence)]
    assert weeks[:4] == [1, 3, 5, 7], "Sunday ends the ISO week that its Monday began"


def test_a_leap_day_falls_on_leap_years_alone() -> None:
    recurrence = Recurrence(frequency="yearly", month=2, month_days=(29,))
    found = sorted(days_between(recurrence, date(2020, 1, 1), date(2032, 12, 31)))
    assert found == [date(year, 2, 29) for year in range(2020, 2033) if calendar.isleap(year)]


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(Recurrence(frequency="yearly", month=2, month_days=(30,)), id="a day that no month has"),
        pytest.param(Recurrence(frequency="monthly", month=2, month_days=(31,)), id="a month without that day"),
        pytest.param(Recurrence(frequency="daily", first=date(1, 1, 1), until=date(2026, 6, 2)), id="since the year 1"),
        pytest.param(
            Recurrence(frequency="weekly", interval=2, first=date(1, 1, 1), until=date(2026, 6, 2)), id="weekly since then"
        ),
    ],
)
def test_a_day_is_answered_at_once_however_long_ago_or_seldom_the_rule_falls(rule: Recurrence) -> None:
    """Kazoo's dates are Gregorian seconds: a start_date of 0 is a usual value, and the 30th of February is easily typed."""
    assert not falls_on(rule, date(2026, 6, 30))
    assert work(lambda: falls_on(rule, date(2026, 6, 30))) < 20_000


@pytest.mark.parametrize("frequency", ["daily", "weekly", "monthly", "yearly"])
def test_the_ends_of_time_are_days_as_any_other(frequency: str) -> None:
    for day in (date.min, date.max):
        recurrence = Recurrence(frequency=frequency, first=day, overnight=True, start=FIVE, end=NINE)  # type: ignore[arg-type]
        assert isinstance(falls_on(recurrence, day), bool)
        assert isinstance(windows_on(recurrence, day), tuple)


# Windows.


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 6, day, hour, minute, second)


def named(*recurrences: Recurrence, name: str = "open") -> Hours:
    return Hours(name=name, recurrences=recurrences)


def test_a_window_holds_from_its_first_second_to_before_its_last() -> None:
    hours = named(Recurrence(frequency="daily", start=NINE, end=FIVE))
    moments = [at(1, 8, 59, 59), at(1, 9), at(1, 16, 59, 59), at(1, 17)]
    assert [holds(hours, moment) for moment in moments] == [False, True, True, False]


def test_a_whole_day_holds_up_to_midnight_and_not_on_the_next_day() -> None:
    hours = named(Recurrence(frequency="once", first=date(2026, 6, 1)))
    moments = [datetime(2026, 5, 31, 23, 59, 59), at(1, 0), at(1, 23, 59, 59), at(2, 0)]
    assert [holds(hours, moment) for moment in moments] == [False, True, True, False]


def test_a_window_over_midnight_belongs_to_the_day_on_which_it_begins() -> None:
    hours = named(Recurrence(frequency="weekly", weekdays=("MO",), start=22 * 3600, end=6 * 3600, overnight=True))
    moments = [at(1, 5), at(1, 22), at(2, 5, 59, 59), at(2, 6), at(2, 22)]  # the first of June 2026 is a Monday
    assert [holds(hours, moment) for moment in moments] == [False, True, True, False, False]


def test_a_window_that_ends_before_it_starts_is_empty_unless_it_says_overnight() -> None:
    backwards = Recurrence(frequency="daily", start=FIVE, end=NINE)
    assert windows_on(backwards, date(2026, 6, 1)) == ()
    assert windows_on(evolve(backwards, overnight=True), date(2026, 6, 1)) == ((0, NINE), (FIVE, DAY))
    assert windows_on(Recurrence(frequency="daily", start=NINE, end=NINE), date(2026, 6, 1)) == ()


def test_overnight_means_nothing_to_a_window_within_a_day() -> None:
    assert windows_on(Recurrence(frequency="daily", start=NINE, end=FIVE, overnight=True), date(2026, 6, 1)) == ((NINE, FIVE),)


def test_a_window_over_midnight_outlives_the_last_day_and_an_excepted_day_takes_its_night_along() -> None:
    night = Recurrence(
        frequency="daily", start=FIVE, end=NINE, overnight=True, until=date(2026, 6, 2), except_days=(date(2026, 6, 1),)
    )
    assert windows_on(night, date(2026, 6, 1)) == ((0, NINE),)
    assert windows_on(night, date(2026, 6, 2)) == ((FIVE, DAY),)
    assert windows_on(night, date(2026, 6, 3)) == ((0, NINE),)
    assert windows_on(night, date(2026, 6, 4)) == ()


@pytest.mark.parametrize(("override", "expected"), [(True, ((0, DAY),)), (False, ()), (None, ((NINE, FIVE),))])
def test_an_override_beats_calendar_and_window(override: bool | None, expected: tuple[tuple[int, int], ...]) -> None:
    rule = Recurrence(frequency="weekly", weekdays=("MO",), start=NINE, end=FIVE, override=override)
    assert windows_on(rule, date(2026, 6, 1)) == expected
    assert windows_on(rule, date(2026, 6, 2)) == (((0, DAY),) if override else ())


def test_hours_without_recurrences_never_hold_and_hours_that_nobody_knows_do_not_either() -> None:
    assert not holds(Hours(name="never", recurrences=()), at(1, 12))
    assert not holds(Hours(name="unknown", recurrences=None), at(1, 12))


# How long.


def test_the_first_of_two_that_overlap_takes_the_time() -> None:
    hours = (
        named(Recurrence(frequency="daily", start=NINE, end=FIVE), name="office"),
        named(Recurrence(frequency="daily", start=8 * 3600, end=18 * 3600), name="edge"),
    )
    assert open_seconds(hours) == {None: 365 * 14 * 3600, "office": 365 * 8 * 3600, "edge": 365 * 2 * 3600}


def test_windows_of_the_same_hours_that_overlap_count_once() -> None:
    twice = named(Recurrence(frequency="daily", start=NINE, end=FIVE), Recurrence(frequency="daily", start=NINE, end=FIVE + 60))
    assert open_seconds([twice])["open"] == 365 * (8 * 3600 + 60)


def test_a_night_before_new_year_reaches_into_the_year() -> None:
    night = named(Recurrence(frequency="once", first=date(2025, 12, 31), start=FIVE, end=NINE, overnight=True))
    assert open_seconds([night], 2026)["open"] == NINE
    assert open_seconds([night], 2025)["open"] == DAY - FIVE


def test_unknown_hours_take_no_time() -> None:
    assert open_seconds([Hours(name="?", recurrences=None)]) == {None: 365 * DAY}


windows = st.integers(0, 24).map(lambda hour: hour * 3600)
recurrences = st.builds(
    Recurrence,
    frequency=st.sampled_from(("once", "daily", "weekly", "monthly", "yearly")),
    interval=st.integers(1, 3),
    weekdays=st.lists(st.sampled_from(WEEKDAYS), unique=True, max_size=3).map(tuple),
    first=st.none() | st.dates(date(2026, 2, 20), date(2026, 3, 20)),
    until=st.none() | st.dates(date(2026, 3, 1), date(2026, 4, 10)),
    except_days=st.lists(st.dates(date(2026, 3, 1), date(2026, 3, 31)), max_size=2).map(tuple),
    start=windows,
    end=windows,
    overnight=st.booleans(),
    override=st.sampled_from((None, None, None, True, False)),
)


@given(st.lists(st.builds(Hours, name=st.sampled_from("abc"), recurrences=st.lists(recurrences, max_size=2)), max_size=3))
def test_the_open_and_the_closed_seconds_are_a_year(hours: list[Hours]) -> None:
    totals = open_seconds(hours)
    assert sum(totals.values()) == 365 * DAY
    assert all(seconds >= 0 for seconds in totals.values())


# Splitting at midnight.


def seconds_of(rules: tuple[Recurrence, ...]) -> list[tuple[date, list[tuple[int, int]]]]:
    """The parts of each day of a month on which any of the rules holds, joined where they touch."""
    month = [date(2026, 2, 25) + timedelta(days=n) for n in range(45)]
    return [(day, _joined(sorted(part for rule in rules for part in windows_on(rule, day)))) for day in month]


def _joined(parts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for low, high in parts:
        if out and low <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return out


@given(recurrences)
def test_splitting_at_midnight_keeps_exactly_the_same_seconds(rule: Recurrence) -> None:
    assert seconds_of(split_overnight(rule)) == seconds_of((rule,))


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(Recurrence(frequency="weekly", weekdays=("SU",), interval=2, first=date(2026, 2, 23)), id="Sunday, two weeks"),
        pytest.param(Recurrence(frequency="weekly", weekdays=("MO",), interval=2, first=date(2026, 3, 4)), id="first in midweek"),
        pytest.param(Recurrence(frequency="weekly", interval=2), id="whole weeks"),
        pytest.param(Recurrence(frequency="daily", interval=2), id="every second day of nobody knows when"),
        pytest.param(Recurrence(frequency="daily", interval=3, first=date(2026, 3, 1)), id="every third day"),
        pytest.param(Recurrence(frequency="daily", month=3), id="daily in March"),
        pytest.param(Recurrence(frequency="daily", month_days=(1, 15)), id="daily on the 1st and 15th"),
        pytest.param(Recurrence(frequency="weekly", weekdays=("TU",), month=3), id="Tuesdays in March"),
    ],
)
def test_a_night_of_these_days_is_split_exactly_or_not_at_all(rule: Recurrence) -> None:
    night = evolve(rule, start=22 * 3600, end=6 * 3600, overnight=True)
    assert seconds_of(split_overnight(night)) == seconds_of((night,))


def test_a_night_becomes_an_evening_and_a_morning_without_the_carriers_id_twice() -> None:
    night = Recurrence(frequency="weekly", weekdays=("MO", "SU"), start=FIVE, end=NINE, overnight=True, id="r1", title="Nights")
    evening, morning = split_overnight(night)
    assert evening == evolve(night, end=DAY, overnight=False)
    assert morning == evolve(night, start=0, overnight=False, weekdays=("MO", "TU"), id=None)


def test_a_night_that_ends_at_midnight_is_an_evening() -> None:
    night = Recurrence(frequency="daily", start=FIVE, end=0, overnight=True)
    assert split_overnight(night) == (evolve(night, end=DAY, overnight=False),)


@pytest.mark.parametrize("frequency", ["monthly", "yearly"])
def test_nights_of_a_month_or_a_year_stay_whole(frequency: str) -> None:
    night = Recurrence(frequency=frequency, month_days=(31,), start=FIVE, end=NINE, overnight=True)  # type: ignore[arg-type]
    assert split_overnight(night) == (night,)


def test_splitting_is_settled_after_one_time() -> None:
    night = Recurrence(frequency="daily", start=FIVE, end=NINE, overnight=True)
    assert [split_overnight(part) for part in split_overnight(night)] == [(part,) for part in split_overnight(night)]
    assert not any(a == b for a, b in pairwise(split_overnight(night)))
