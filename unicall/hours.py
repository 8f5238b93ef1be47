"""When something holds: windows of the day on days that recur, in iCalendar's terms (RFC 5545).

Windows are half-open and count seconds from local midnight: 32400 to 61200 is nine to five.
Two things surprise people: an empty tuple of recurrences never holds, while ``recurrences`` None means that nobody knows
the hours (the document they stand in was not given); and a window whose end is not after its start is empty unless it
says ``overnight``.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Literal

from attrs import evolve, frozen
from dateutil import rrule

from unicall.problem import FlowError

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

    ``frequency`` "once" is the day ``first`` alone. ``override`` True holds always (from ``first`` on), False never,
    None goes by the calendar.
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

    def __attrs_post_init__(self) -> None:
        """Raise FlowError for days that no calendar has."""
        sane = (
            self.frequency in ("once", *_FREQUENCY)
            and isinstance(self.start, int)
            and isinstance(self.end, int)
            and self.interval >= 1
            and all(day in WEEKDAYS for day in self.weekdays)
            and (self.ordinal is None or self.ordinal in (-1, 1, 2, 3, 4, 5))
            and (self.month is None or 1 <= self.month <= 12)
        )
        if not sane:
            raise FlowError(f"no calendar has such days: {self.frequency!r:.20} every {self.interval!r:.20}")


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
    high = min(high, recurrence.until or high, _LAST)
    if low > high or not _exists(recurrence):
        return frozenset()
    if recurrence.frequency == "once":
        days = {recurrence.first} if recurrence.first is not None and low <= recurrence.first <= high else set()
    elif _is_plain(recurrence):
        on = [WEEKDAYS.index(day) for day in recurrence.weekdays] or range(7)
        days = {day for day in _days(low, high) if day.weekday() in on}
    else:
        found = _rule(recurrence, _nearer(recurrence, first, low), high).between(
            datetime.combine(low, time()), datetime.combine(high, time()), inc=True
        )
        days = {moment.date() for moment in found}
    return frozenset(days.difference(recurrence.except_days))


def _is_plain(recurrence: Recurrence) -> bool:
    """Whether it is the same every week: most are, and need no rrule."""
    weekly = recurrence.frequency in ("daily", "weekly") and recurrence.interval == 1
    return weekly and recurrence.ordinal is None and recurrence.month is None and not recurrence.month_days


def _days(low: date, high: date) -> Iterator[date]:
    """All days, the last one too."""
    return map(date.fromordinal, range(low.toordinal(), high.toordinal() + 1))


_LAST = date(9990, 1, 1)  # rrule counts steps beyond the last day asked for, and there is no year 10000
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _exists(recurrence: Recurrence) -> bool:
    """Whether the calendar has such days at all: rrule would look for a 30th of February until the end of time."""
    month, days = recurrence.month, recurrence.month_days
    return month is None or not days or any(-31 <= day <= _LONGEST[month - 1] for day in days)


def falls_on(recurrence: Recurrence, day: date) -> bool:
    """Whether this day is one of the recurrence's days; the window and the override do not count here."""
    return day in days_between(recurrence, day, day)


def _nearer(recurrence: Recurrence, first: date, low: date) -> date:
    """A first day with the same days behind it, as near as possible: some rules begin in the year 1."""
    days = {"daily": 1, "weekly": 7}.get(recurrence.frequency)
    if days is None or first >= low:
        return first
    period = days * recurrence.interval
    return first + timedelta(days=(low - first).days // period * period)


def _rule(recurrence: Recurrence, first: date, last: date) -> rrule.rrule:
    days = [rrule.weekday(WEEKDAYS.index(day), recurrence.ordinal) for day in recurrence.weekdays]
    weekly_whole = recurrence.frequency == "weekly" and not days
    return rrule.rrule(
        _FREQUENCY[recurrence.frequency],
        dtstart=datetime.combine(_first_of_week(first) if recurrence.frequency == "weekly" else first, time()),
        until=datetime.combine(last, time()),
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
        begun = recurrence.first is None or day >= recurrence.first
        return ((0, DAY),) if recurrence.override and begun else ()
    wraps = recurrence.overnight and recurrence.end <= recurrence.start
    parts = []
    if wraps and recurrence.end > 0 and day > date.min and falls(recurrence, day - timedelta(days=1)):
        parts.append((0, recurrence.end))
    if (wraps or recurrence.start < recurrence.end) and falls(recurrence, day):
        parts.append((recurrence.start, DAY if wraps else recurrence.end))
    return tuple(parts)


def holds(hours: Hours, moment: datetime) -> bool:
    """Whether these hours hold at this moment, which is local time of the schedule's zone."""
    second = moment.hour * 3600 + moment.minute * 60 + moment.second
    return any(
        start <= second < end for recurrence in hours.recurrences or () for start, end in windows_on(recurrence, moment.date())
    )


def open_seconds(hours: Iterable[Hours], year: int = 2026) -> dict[str | None, int]:
    """How many seconds of a year each of the named hours is the first to hold; under None, the rest."""
    named = [h for h in hours if h.recurrences is not None]
    rules = [r for h in named for r in h.recurrences or ()]
    eve, last = date(year - 1, 12, 31), date(year, 12, 31)
    found = {id(r): days_between(r, eve, last) for r in rules}
    on: dict[date, int] = {}  # the rules that fall on a day, a bit for each
    for bit, rule in enumerate(rules):
        for day in found[id(rule)]:
            on[day] = on.get(day, 0) | 1 << bit
    begins = sorted({r.first for r in rules if r.first is not None and r.override is not None})
    alike: dict[tuple[int, int, int], list[date]] = {}
    before = on.get(eve, 0)
    for day in _days(date(year, 1, 1), last):
        today = on.get(day, 0)
        alike.setdefault((before, today, bisect(begins, day)), []).append(day)
        before = today
    totals: dict[str | None, int] = {None: 0, **{h.name: 0 for h in named}}
    for days in alike.values():
        free = [(0, DAY)]
        for hour in named:
            taken = sorted(w for r in hour.recurrences or () for w in windows_on(r, days[0], lambda r, day: day in found[id(r)]))
            left = _without(free, taken)
            totals[hour.name] += (_length(free) - _length(left)) * len(days)
            free = left
        totals[None] += _length(free) * len(days)
    return totals


def _without(spans: list[tuple[int, int]], taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    for start, end in taken:
        spans = [part for low, high in spans for part in ((low, min(high, start)), (max(low, end), high)) if part[0] < part[1]]
    return spans


def _length(spans: list[tuple[int, int]]) -> int:
    return sum(high - low for low, high in spans)


def split_overnight(recurrence: Recurrence) -> tuple[Recurrence, ...]:
    """The same hours without a window over midnight: the evening, and the morning of the next day.

    Only daily, weekly and single-day recurrences can be split exactly; any other is returned as it is.
    """
    if not (recurrence.overnight and recurrence.end <= recurrence.start) or not _can_shift(recurrence):
        return (recurrence,)
    evening = evolve(recurrence, end=DAY, overnight=False)
    if recurrence.end == 0:
        return (evening,)
    if recurrence.frequency == "weekly" and recurrence.interval > 1:
        return (evening, *_mornings_of_weeks(recurrence))
    shifted = tuple(WEEKDAYS[(WEEKDAYS.index(day) + 1) % 7] for day in recurrence.weekdays)
    return (evening, _morning(recurrence, shifted, recurrence.first))


def _can_shift(recurrence: Recurrence) -> bool:
    """Whether the days after these days can be said in one rule."""
    if recurrence.month is not None or recurrence.month_days or recurrence.ordinal is not None:
        return False
    if recurrence.frequency == "daily":
        return not recurrence.weekdays and (recurrence.interval == 1 or recurrence.first is not None)
    return recurrence.frequency in ("weekly", "once")


def _morning(recurrence: Recurrence, weekdays: tuple[str, ...], first: date | None) -> Recurrence:
    return evolve(
        recurrence,
        start=0,
        overnight=False,
        weekdays=tuple(sorted(weekdays, key=WEEKDAYS.index)),
        first=None if first is None else _day_after(first),
        until=None if recurrence.until is None else _day_after(recurrence.until),
        except_days=tuple(_day_after(day) for day in recurrence.except_days),
        id=None,
    )


def _mornings_of_weeks(recurrence: Recurrence) -> tuple[Recurrence, ...]:
    """Every n-th week: the morning after a Sunday belongs to the week behind it, all others to the week they are in."""
    days = recurrence.weekdays or WEEKDAYS
    first = recurrence.first or date(1970, 1, 5)
    inside = tuple(WEEKDAYS[WEEKDAYS.index(day) + 1] for day in days if day != "SU")
    week = _first_of_week(first)
    mornings = []
    if inside and first.weekday() < 6:
        mornings.append(_morning(recurrence, inside, first))
    elif inside:
        ahead = week + timedelta(weeks=recurrence.interval)
        mornings.append(_morning(recurrence, inside, ahead - timedelta(days=1)))
    if "SU" in days:
        mornings.append(_morning(recurrence, ("MO",), week + timedelta(days=6)))
    return tuple(mornings)


def _day_after(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)


def clock(second: int) -> str:
    """A second of a day as people say it: 64800 is 18:00."""
    hours, rest = divmod(second, 3600)
    return f"{hours:02}:{rest // 60:02}" + (f":{rest % 60:02}" if rest % 60 else "")
