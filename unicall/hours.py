"""When something holds: windows of the day on days that recur, in iCalendar's terms (RFC 5545).

Windows are half-open and count seconds from local midnight: 32400 to 61200 is nine to five.
Two things surprise people: an empty tuple of recurrences never holds, while ``recurrences`` None means that nobody knows
the hours (the document they stand in was not given); and a window whose end is not after its start is empty unless it
says ``overnight``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Literal

from attrs import evolve, frozen
from dateutil import rrule

DAY = 86400
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FREQUENCY: Mapping[str, Literal[0, 1, 2, 3]] = {
    "daily": rrule.DAILY,
    "weekly": rrule.WEEKLY,
    "monthly": rrule.MONTHLY,
    "yearly": rrule.YEARLY,
}


@frozen(kw_only=True)
class Recurrence:
    """Days that recur, and the window of those days.

    ``frequency`` "once" is the day ``first`` alone. ``override`` True holds always, False never, None goes by the calendar.
    ``ordinal`` (1 to 5, or -1 for the last) belongs to the weekdays of a monthly or yearly recurrence.
    ``id`` is the carrier's id of the rule, where it has one.
    """

    frequency: Literal["once", "daily", "weekly", "monthly", "yearly"]
    interval: int = 1
    weekdays: tuple[str, ...] = ()
    ordinal: int | None = None
    month_days: tuple[int, ...] = ()
    month: int | None = None
    first: date | None = None
    until: date | None = None
    except_days: tuple[date, ...] = ()
    start: int = 0
    end: int = DAY
    overnight: bool = False
    override: bool | None = None
    id: str | None = None
    title: str | None = None


@frozen(kw_only=True)
class Hours:
    """Named hours: they hold when any of their recurrences does. ``name`` is the exit of the Schedule they stand in."""

    name: str
    recurrences: tuple[Recurrence, ...] | None
    title: str | None = None


def days_between(recurrence: Recurrence, low: date, high: date) -> frozenset[date]:
    """The recurrence's days from ``low`` to ``high``; the window and the override do not count here."""
    first = recurrence.first or date(1970, 1, 5)
    low = max(low, first)
    high = high if recurrence.until is None else min(high, recurrence.until)
    if low > high:
        return frozenset()
    if recurrence.frequency == "once":
        days = {recurrence.first} if recurrence.first is not None and low <= recurrence.first <= high else set()
    else:
        found = _rule(recurrence, first).between(datetime.combine(low, time()), datetime.combine(high, time()), inc=True)
        days = {moment.date() for moment in found}
    return frozenset(days.difference(recurrence.except_days))


def falls_on(recurrence: Recurrence, day: date) -> bool:
    """Whether this day is one of the recurrence's days; the window and the override do not count here."""
    return day in days_between(recurrence, day, day)


def _rule(recurrence: Recurrence, first: date) -> rrule.rrule:
    days = [rrule.weekday(WEEKDAYS.index(day), recurrence.ordinal) for day in recurrence.weekdays]
    weekly_whole = recurrence.frequency == "weekly" and not days
    return rrule.rrule(
        _FREQUENCY[recurrence.frequency],
        dtstart=datetime.combine(_first_of_week(first) if recurrence.frequency == "weekly" else first, time()),
        interval=recurrence.interval,
        wkst=rrule.MO,
        byweekday=range(7) if weekly_whole else (days or None),
        bymonthday=recurrence.month_days or None,
        bymonth=recurrence.month,
    )


def _first_of_week(day: date) -> date:
    return day - timedelta(days=day.weekday())


def windows_on(
    recurrence: Recurrence, day: date, falls: Callable[[Recurrence, date], bool] = falls_on
) -> tuple[tuple[int, int], ...]:
    """The parts of this day, in seconds from its midnight, on which the recurrence holds. ``falls`` answers for a day."""
    if recurrence.override is not None:
        return ((0, DAY),) if recurrence.override else ()
    wraps = recurrence.overnight and recurrence.end <= recurrence.start
    parts = []
    if wraps and recurrence.end > 0 and falls(recurrence, day - timedelta(days=1)):
        parts.append((0, recurrence.end))
    if (wraps or recurrence.start < recurrence.end) and falls(recurrence, day):
        parts.append((recurrence.start, DAY if wraps else recurrence.end))
    return tuple(parts)


def holds(hours: Hours, moment: datetime) -> bool:
    """Whether these hours hold at this moment, which is local time of the schedule's zone."""
    second = moment.hour * 3600 + moment.minute * 60 + moment.second
    return any(
        start <= second < end
        for recurrence in hours.recurrences or ()
        for start, end in windows_on(recurrence, moment.date())
    )


def open_seconds(hours: Iterable[Hours], year: int = 2026) -> dict[str | None, int]:
    """How many seconds of a year each of the named hours is the first to hold; under None, the rest."""
    totals: dict[str | None, int] = {None: 0}
    named = [h for h in hours if h.recurrences is not None]
    day = date(year, 1, 1)
    eve, last = date(year - 1, 12, 31), date(year, 12, 31)
    days = {id(r): days_between(r, eve, last) for h in named for r in h.recurrences or ()}
    while day.year == year:
        free = [(0, DAY)]
        for hour in named:
            taken = sorted(w for r in hour.recurrences or () for w in windows_on(r, day, lambda r, on: on in days[id(r)]))
            left = _without(free, taken)
            totals[hour.name] = totals.get(hour.name, 0) + _length(free) - _length(left)
            free = left
        totals[None] += _length(free)
        day += timedelta(days=1)
    return totals


def _without(spans: list[tuple[int, int]], taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    for start, end in taken:
        spans = [
            part
            for low, high in spans
            for part in ((low, min(high, start)), (max(low, end), high))
            if part[0] < part[1]
        ]
    return spans


def _length(spans: list[tuple[int, int]]) -> int:
    return sum(high - low for low, high in spans)


def split_overnight(recurrence: Recurrence) -> tuple[Recurrence, ...]:
    """The same hours without a window over midnight: the evening, and the morning of the next day.

    Only daily, weekly and single-day recurrences can be split exactly; any other is returned as it is.
    """
    if not (recurrence.overnight and recurrence.end <= recurrence.start) or recurrence.frequency in ("monthly", "yearly"):
        return (recurrence,)
    evening = evolve(recurrence, end=DAY, overnight=False)
    if recurrence.end == 0:
        return (evening,)
    shifted = tuple(WEEKDAYS[(WEEKDAYS.index(day) + 1) % 7] for day in recurrence.weekdays)
    morning = evolve(
        recurrence,
        start=0,
        overnight=False,
        weekdays=tuple(sorted(shifted, key=WEEKDAYS.index)),
        first=None if recurrence.first is None else _day_after(recurrence.first),
        until=None if recurrence.until is None else _day_after(recurrence.until),
        except_days=tuple(_day_after(day) for day in recurrence.except_days),
        id=None,
    )
    return (evening, morning)


def _day_after(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)
