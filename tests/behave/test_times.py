"""The hours of a year, minute by minute: read a second time from iCalendar's rules alone, and as the classes of all moments."""

from __future__ import annotations

import os
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from unicall.behave.running import first_to_hold
from unicall.behave.times import Asked, classes_of
from unicall.hours import DAY, WEEKDAYS, Hours, Recurrence, days_between, holds, windows_on

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")
SCHEDULES = 1 if PROFILE == "fast" else 2  # per zone
YEARS = 10 if PROFILE == "full" else 1
STEP = {"full": 1, "ci": 5}.get(PROFILE, 30)  # minutes; every minute in the hours around a change of the clocks
HELD = 0.001  # of the minutes, at which the whole question is asked anew
#: North and south of the equator, a change of half an hour, one at midnight, and none at all.
ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "America/Phoenix", "Asia/Kathmandu")
EPOCH = date(1970, 1, 5)


def in_rule(rule: Recurrence, day: date) -> bool:
    """Whether RFC 5545 has this day in the rule."""
    first = rule.first or EPOCH
    if day < first or (rule.until is not None and day > rule.until) or day in rule.except_days:
        return False
    if rule.frequency == "once":
        return day == rule.first
    return _in_period(rule, first, day) and _by_day(rule, first, day)


def _in_period(rule: Recurrence, first: date, day: date) -> bool:
    """Days, weeks from Monday, months and years are counted from the first."""
    passed = {
        "daily": (day - first).days,
        "weekly": ((day - timedelta(days=day.weekday())) - (first - timedelta(days=first.weekday()))).days // 7,
        "monthly": (day.year - first.year) * 12 + day.month - first.month,
        "yearly": day.year - first.year,
    }
    return passed[rule.frequency] % rule.interval == 0


def _by_day(rule: Recurrence, first: date, day: date) -> bool:
    """BYMONTH, BYMONTHDAY and BYDAY each leave days out; without any of them the first day says which."""
    length = monthrange(day.year, day.month)[1]
    if rule.month is not None and day.month != rule.month:
        return False
    if rule.month_days and not {day.day, day.day - length - 1} & set(rule.month_days):
        return False
    if rule.weekdays:
        return WEEKDAYS[day.weekday()] in rule.weekdays and _nth(rule, day, length)
    if rule.month_days or rule.frequency in ("daily", "weekly"):
        return True
    same_month = rule.month is not None or rule.frequency == "monthly" or day.month == first.month
    return same_month and day.day == first.day


def _nth(rule: Recurrence, day: date, length: int) -> bool:
    """The n-th of a month, where the rule names a month or goes by months; else of the year."""
    if rule.ordinal is None or rule.frequency not in ("monthly", "yearly"):
        return True
    begin, last = (day.day, length) if rule.frequency == "monthly" or rule.month is not None else _of_year(day)
    return begin > last - 7 if rule.ordinal == -1 else (begin - 1) // 7 + 1 == rule.ordinal


def _of_year(day: date) -> tuple[int, int]:
    return day.timetuple().tm_yday, date(day.year, 12, 31).timetuple().tm_yday


Spans = tuple[tuple[tuple[int, int], ...], ...]


def spans_of(hours: tuple[Hours, ...], day: date) -> Spans:
    """The seconds of this day on the wall clock at which each of these hours holds."""
    return tuple(tuple(span for one in named.recurrences or () for span in _spans(one, day)) for named in hours)


def _spans(one: Recurrence, day: date) -> Iterator[tuple[int, int]]:
    if one.override is not None:
        if one.override and (one.first is None or day >= one.first):
            yield 0, DAY
    elif one.end > one.start:
        if in_rule(one, day):
            yield one.start, one.end
    elif one.overnight:
        if in_rule(one, day):
            yield one.start, DAY
        if in_rule(one, day - timedelta(days=1)):
            yield 0, one.end


def falling(hours: tuple[Hours, ...], year: int) -> Callable[[Recurrence, date], bool]:
    """Whether a recurrence falls on a day near this year, all days asked in one go."""
    low, high = date(year - 1, 12, 1), date(year + 1, 1, 31)
    days = {one: days_between(one, low, high) for named in hours for one in named.recurrences or ()}
    return lambda one, day: day in days[one]


def first_of(spans: Spans, local: datetime) -> int:
    second = local.hour * 3600 + local.minute * 60 + local.second
    return next((n for n, parts in enumerate(spans) if any(low <= second < high for low, high in parts)), len(spans))


# Schedules.


def rule(dice: Random, year: int) -> Recurrence:
    """A recurrence of any kind, with a window that may go over midnight."""

    def some(*values: object, most: int) -> tuple[object, ...]:
        return tuple(dice.sample(values, dice.randint(1, most)))

    def day() -> date:
        return date(year, 1, 1) + timedelta(days=dice.randint(-40, 300))

    start, end = dice.choice([(9, 17), (0, 24), (22, 6), (18, 0), (2, 3), (23, 24), (0, 1), (12, 12)])
    facts: dict[str, object] = dice.choice(
        [
            {"frequency": "weekly", "weekdays": some(*WEEKDAYS, most=5)},
            {"frequency": "weekly", "weekdays": some(*WEEKDAYS, most=5), "interval": 2, "first": day()},
            {"frequency": "daily", "interval": dice.choice([1, 3]), "first": day()},
            {"frequency": "monthly", "month_days": some(1, 15, 29, 31, -1, most=2)},
            {"frequency": "monthly", "weekdays": some(*WEEKDAYS, most=1), "ordinal": dice.choice([1, 2, 4, 5, -1])},
            {"frequency": "yearly", "month": dice.choice([2, 11]), "weekdays": ("TH",), "ordinal": dice.choice([1, 4, -1])},
            {"frequency": "yearly", "month": 2, "month_days": (29,)},
            {"frequency": "yearly", "month": 12, "month_days": (25, 31)},
            {"frequency": "once", "first": day()},
            {"frequency": "daily", "override": dice.random() < 0.5, "first": day()},
        ]
    )
    bounds = {"until": day()} if dice.random() < 0.2 else {}
    left_out = {"except_days": (day(), day())} if dice.random() < 0.2 else {}
    minutes = dice.choice([0, 0, 30, 59])
    window = {"start": start * 3600 + minutes * 60 * (start < 23), "end": end * 3600, "overnight": end < start}
    return Recurrence(**{**facts, **bounds, **left_out, **window})  # type: ignore[arg-type]


def schedules(zone: str, year: int) -> Iterator[tuple[Hours, ...]]:
    dice = Random(f"{zone} {year}")
    for _ in range(SCHEDULES):
        names = dice.choice(["a", "ab", "abc"])
        yield tuple(Hours(name=name, recurrences=tuple(rule(dice, year) for _ in range(dice.randint(1, 2)))) for name in names)


def minutes(zone: str, year: int) -> Iterator[datetime]:
    """The minutes of a year in UTC, every one within hours of a change of the clocks, else as many as the profile looks at."""
    clock = ZoneInfo(zone)
    at = datetime(year, 1, 1, tzinfo=UTC)
    while at.year == year:
        close = (at - timedelta(hours=3)).astimezone(clock).utcoffset() != (at + timedelta(hours=3)).astimezone(clock).utcoffset()
        following = at + timedelta(hours=1)
        while at < following:
            yield at
            at += timedelta(minutes=1 if close else STEP)


@pytest.mark.parametrize("year", range(2024, 2024 + YEARS))
@pytest.mark.parametrize("zone", ZONES)
def test_hours_hold_as_the_rules_of_icalendar_say_at_every_minute_of_a_year(zone: str, year: int) -> None:
    clock, dice = ZoneInfo(zone), Random(year)
    for hours in schedules(zone, year):
        on = falling(hours, year)
        wanted, given, today = spans_of(hours, EPOCH), spans_of(hours, EPOCH), EPOCH
        for at in minutes(zone, year):
            local = at.astimezone(clock)
            if local.date() != today:
                today = local.date()
                wanted = spans_of(hours, today)
                given = tuple(
                    tuple(span for one in named.recurrences or () for span in windows_on(one, today, on)) for named in hours
                )
            assert first_of(wanted, local) == first_of(given, local), (hours, local)
            if dice.random() < HELD:
                assert [holds(one, local) for one in hours] == [first_of((spans,), local) == 0 for spans in wanted]


@pytest.mark.parametrize("year", range(2024, 2024 + YEARS))
@pytest.mark.parametrize("zone", ZONES)
def test_every_minute_of_a_year_is_in_a_class_that_goes_the_same_ways(zone: str, year: int) -> None:
    asked: list[Asked] = [(name, hours) for hours in schedules(zone, year) for name in (zone, "America/Denver")]
    times = classes_of(asked)
    vectors = {tuple(first_to_hold(hours, sample, name) for name, hours in asked) for sample in times.samples}
    for number, sample in enumerate(times.samples):
        for name, hours in asked:
            assert times.masks[name, hours][first_to_hold(hours, sample, name)] >> number & 1, (sample, hours)
    clocks = {name: ZoneInfo(name) for name, _ in asked if name is not None}
    known: dict[tuple[int, date], Spans] = {}
    for at in minutes(zone, year):
        vector = []
        for number, (name, hours) in enumerate(asked):
            local = at.astimezone(clocks[name or zone])
            key = (number, local.date())
            if key not in known:
                known[key] = spans_of(hours, local.date())
            vector.append(first_of(known[key], local))
        assert tuple(vector) in vectors, at


def test_the_classes_of_one_zone_are_as_few_as_can_be() -> None:
    week = Hours(name="a", recurrences=(Recurrence(frequency="weekly", weekdays=("MO",), start=9 * 3600, end=17 * 3600),))
    assert len(classes_of([("America/New_York", (week,))]).samples) == 2
    assert len(classes_of([("America/New_York", (week,)), ("America/Denver", (week,))]).samples) == 4
