"""The instants at which calls can meet different hours, cut into classes: one for all moments that no schedule tells apart.

Days are sorted by what they are to every recurrence and every zone; one day of each sort is cut at all edges of all windows, and at
the changes of its clocks. So the classes are exact over the days that are looked at: a whole cycle of the calendar (28 years; one
year where all hours are the same every week) before the first date that any hours name, and one beyond the last, on which
weekdays and dates, leap days and the daylight-saving rules of the zones have met in every way.

What surprises people: hours without a zone go by the clock of the moment itself, which is UTC here; and no call is older than the
year 2000, though rules begin in the year 1 or in 1983.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property
from math import lcm
from typing import TypeAlias

from attrs import Factory, define, frozen

from unicall.behave.machine import AsksTime
from unicall.behave.running import first_to_hold, zone
from unicall.hours import DAY, Hours, Recurrence, days_between, windows_on

BASE = date(2026, 1, 5)  # a Monday; the days from here on are looked at first
OLDEST, LATEST = date(2000, 1, 1), 2200  # of the days and years that hours name
CYCLE = 28 * 1461 // 4  # days, after which dates fall on the same weekdays again
LONGEST = 4 * CYCLE  # intervals of more than one can need longer; hours that meet only later are not looked at
A_FEW = 13  # weeks of a year that a weekday alone may be wrong about
_DAY = timedelta(days=1)

#: Hours in a zone: what a schedule asks.
Asked: TypeAlias = tuple[str | None, tuple[Hours, ...]]
#: The seconds of a day from which on something holds, and the number of what does.
Line: TypeAlias = tuple[list[int], list[int]]


@frozen(slots=False)
class Times:
    """The classes. ``masks``: for what a schedule asks, per way the classes that take it, bits; ``vectors``: per class the ways."""

    samples: tuple[datetime, ...]
    masks: Mapping[Asked, tuple[int, ...]]
    vectors: tuple[tuple[int, ...], ...] = ()

    @cached_property
    def all(self) -> int:
        """All classes."""
        return (1 << len(self.samples)) - 1

    def ways(self, asks: AsksTime) -> tuple[int, ...]:
        """The classes of each way."""
        return self.masks[asks.timezone, asks.hours]

    def alike(self, schedules: Sequence[int], most: int) -> tuple[int, ...] | None:
        """The classes, sorted by what they are to these schedules alone (numbered as in ``masks``); None where they are more."""
        found: dict[tuple[int, ...], int] = {}
        for number, vector in enumerate(self.vectors):
            seen = tuple([vector[place] for place in schedules])
            found[seen] = found.get(seen, 0) | 1 << number
            if len(found) > most:
                return None
        return tuple(found.values())

    def depends_on_date(self, at: datetime) -> bool:
        """Whether the same hour of the same weekday is something else to these schedules in more than a few weeks of a year."""
        asked = [(name, hours) for name, hours in self.masks if name != str(at.tzinfo) or not _is_every_week(hours)]
        weeks = [at + timedelta(weeks=week) for week in range(-26, 27)]
        unlike = {
            week for name, hours in asked for week in weeks if first_to_hold(hours, week, name) != first_to_hold(hours, at, name)
        }
        return len(unlike) > A_FEW

    def sample(self, mask: int) -> datetime:
        """A moment of the first of these classes."""
        return self.samples[(mask & -mask).bit_length() - 1]


def classes_of(asked: Iterable[Asked], since: datetime | None = None) -> Times:
    """The classes of all moments, or of those from ``since`` on, for these schedules. Raises FlowError for an unknown zone."""
    return _Cutter(list(dict.fromkeys(asked)), None if since is None else since.astimezone(UTC)).cut()


def are_dated_before(asked: Iterable[Asked], since: datetime) -> bool:
    """Whether any of these hours name a day that is over by then, so that they may have been others before."""
    named = (one for _, hours in asked for each in hours for one in each.recurrences or ())
    return any(day <= since.date() for one in named for day in _dates(one))


@define
class _Cutter:
    asked: list[Asked]
    since: datetime | None = None
    zones: dict[str | None, list[int]] = Factory(dict)  # offsets at the beginning of each day, in seconds
    recurrences: dict[Recurrence, int] = Factory(dict)
    lines: dict[object, Line] = Factory(dict)  # of days that are alike to the hours in question
    own: list[int] = Factory(list)  # the recurrences of each schedule, as bits
    shifts: dict[tuple[str | None, date], tuple[object, object]] = Factory(dict)
    marks: dict[date, int] = Factory(dict)  # which recurrences fall on a day, as bits; the weekly ones are not among them

    def cut(self) -> Times:
        for name, hours in self.asked:
            self.zones.setdefault(name, [])
            for recurrence in (one for named in hours for one in named.recurrences or ()):
                self.recurrences.setdefault(recurrence, len(self.recurrences))
        self.own = [
            sum({1 << self.recurrences[one] for named in hours for one in named.recurrences or ()}) for _, hours in self.asked
        ]
        days = self.days()
        self.mark(min(days) - _DAY, max(days) + _DAY)
        found: dict[tuple[int, ...], datetime] = {}
        for day in self.sorts(days):
            begin = datetime.combine(day, time(), UTC)
            for vector, second in self.cells(day):
                if vector not in found:
                    found[vector] = begin + timedelta(seconds=second)
        masks = []
        for place, (_, hours) in enumerate(self.asked):
            ways = [0] * (len(hours) + 1)
            for number, vector in enumerate(found):
                ways[vector[place]] |= 1 << number
            masks.append(tuple(ways))
        shown = self.shown()
        samples = tuple(moment.astimezone(shown) for moment in found.values())
        noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
        return Times(samples or (noon,), dict(zip(self.asked, masks, strict=True)), tuple(found) or ((),))

    def shown(self) -> tzinfo:
        """The zone in which moments are told: the first that a schedule names, where all do."""
        return next((zone(name) for name in self.zones if name is not None and None not in self.zones), UTC)

    def days(self) -> list[date]:
        """From the base over a cycle beyond the last day that is named, and then, the nearest first, what lies before it."""
        named = sorted(day for one in self.recurrences for day in _dates(one) if OLDEST.year <= day.year <= 2200)
        length = 366
        if not all(_is_weekly(one) for one in self.recurrences):
            length = min(LONGEST, lcm(CYCLE, *(_period(one) for one in self.recurrences)))
        base, first = BASE, BASE - timedelta(days=8)
        if named:
            first = max(OLDEST, min(first, named[0] - timedelta(days=length)))
        if self.since is not None:
            base, first = _base_from(self.since.date()), max(first, self.since.date())
        last = max([base, *named]) + timedelta(days=length)
        return [*_between(base, last), *reversed(list(_between(first, base - _DAY)))]

    def mark(self, low: date, high: date) -> None:
        for recurrence, number in self.recurrences.items():
            if _is_weekly(recurrence) and _is_unbounded(recurrence):
                continue
            if recurrence.override is not None:
                begun = max(low, recurrence.first or low)
                on: Iterable[date] = _between(begun, high) if recurrence.override else ()
            else:
                on = days_between(recurrence, low, high)
            for day in on:
                self.marks[day] = self.marks.get(day, 0) | 1 << number

    def sorts(self, days: list[date]) -> Iterator[date]:
        """One day of each sort."""
        seen = set()
        offsets = [_offsets(name, days) for name in self.zones]
        get = self.marks.get
        for place, day in enumerate(days):
            kind = (
                day.weekday(),
                get(day - _DAY, 0),
                get(day, 0),
                get(day + _DAY, 0),
                *[(one[place], one[place + len(days)]) for one in offsets],
            )
            if kind not in seen:
                seen.add(kind)
                yield day

    def falls(self, recurrence: Recurrence, day: date) -> bool:
        if _is_weekly(recurrence) and _is_unbounded(recurrence):
            return bool(days_between(recurrence, day, day))
        return bool(self.marks.get(day, 0) >> self.recurrences[recurrence] & 1)

    def windows(self, recurrence: Recurrence, day: date) -> tuple[tuple[int, int], ...]:
        return windows_on(recurrence, day, self.falls)

    def cells(self, day: date) -> Iterator[tuple[tuple[int, ...], int]]:
        """What holds in each part of a day of UTC, and a second in it."""
        changes: dict[int, list[tuple[int, int]]] = {0: []}
        vector = [0] * len(self.asked)
        for number in range(len(self.asked)):
            for second, way in zip(*self.line(number, day), strict=True):
                changes.setdefault(second, []).append((number, way))
        edges = sorted(changes)
        over = 0
        if self.since is not None and self.since.date() == day:
            over = self.since.hour * 3600 + self.since.minute * 60 + self.since.second
        for start, stop in zip(edges, [*edges[1:], DAY], strict=True):
            for number, way in changes[start]:
                vector[number] = way
            begin = max(start, over)
            if begin < stop:
                yield tuple(vector), begin + 60 * min(30, (stop - begin) // 120)

    def line(self, number: int, day: date) -> Line:
        """The seconds of this day at which the first hours to hold of one schedule may change, and which do from then on."""
        name, hours = self.asked[number]
        begin, end = self.offsets(name, day)
        clock = UTC if name is None else zone(name)
        if begin != end:
            return self.drawn(clock, hours, day)
        own, get = self.own[number], self.marks.get
        key = (number, day.weekday(), begin, get(day - _DAY, 0) & own, get(day, 0) & own, get(day + _DAY, 0) & own)
        found = self.lines.get(key)
        if found is None:
            found = self.lines[key] = self.drawn(clock, hours, day)
        return found

    def offsets(self, name: str | None, day: date) -> tuple[object, object]:
        """How far a zone is from UTC at the beginning and at the end of this day."""
        found = self.shifts.get((name, day))
        if found is None:
            clock, lower = UTC if name is None else zone(name), datetime.combine(day, time(), UTC)
            ends = (lower, lower + _DAY)
            begin, end = (moment.astimezone(clock).utcoffset() for moment in ends)
            found = self.shifts[name, day] = (begin, end)
        return found

    def drawn(self, clock: tzinfo, hours: tuple[Hours, ...], day: date) -> Line:
        lower = datetime.combine(day, time(), UTC)
        edges = {lower, *_changes(clock, lower)}
        local = [(lower + timedelta(hours=step)).astimezone(clock).date() for step in (0, 24)]
        parts = {}
        for on in dict.fromkeys(local):
            parts[on] = [[w for one in named.recurrences or () for w in self.windows(one, on)] for named in hours]
            seconds = {0, *(second for spans in parts[on] for span in spans for second in span)}
            edges.update(moment for second in seconds for moment in _moments(clock, on, second))
        moments = sorted(edge for edge in edges if lower <= edge < lower + _DAY)
        ways = [_first_to_hold(hours, parts, moment.astimezone(clock)) for moment in moments]
        return [int((moment - lower).total_seconds()) for moment in moments], ways


def _first_to_hold(hours: tuple[Hours, ...], parts: Mapping[date, list[list[tuple[int, int]]]], local: datetime) -> int:
    second = local.hour * 3600 + local.minute * 60 + local.second
    spans = parts[local.date()]
    for number, named in enumerate(hours):
        if named.recurrences is None or any(start <= second < end for start, end in spans[number]):
            return number
    return len(hours)


def _moments(clock: tzinfo, day: date, second: int) -> Iterator[datetime]:
    """When the local clock shows this second: once, twice or, as near as can be, never."""
    if second >= DAY:
        day, second = day + _DAY, second - DAY
    for fold in (0, 1):
        local = datetime.combine(day, time(second // 3600, second // 60 % 60, second % 60, fold=fold), clock)
        yield local.astimezone(UTC)


def _changes(clock: tzinfo, begin: datetime) -> Iterator[datetime]:
    """The moments of this day at which the clock is changed, to the minute."""

    def offset(at: datetime) -> timedelta | None:
        return at.astimezone(clock).utcoffset()

    if offset(begin) == offset(begin + _DAY):
        return
    for hour in range(24):
        low, high = begin + timedelta(hours=hour), begin + timedelta(hours=hour + 1)
        if offset(low) == offset(high):
            continue
        while high - low > timedelta(seconds=1):
            middle = low + (high - low) // 2
            low, high = (middle, high) if offset(middle) == offset(low) else (low, middle)
        yield high.replace(microsecond=0)


def _offsets(name: str | None, days: list[date]) -> list[object]:
    """The offsets from UTC at the beginning of each of these days, then at the end of each."""
    clock = UTC if name is None else zone(name)
    starts = [datetime.combine(day, time(), UTC).astimezone(clock).utcoffset() for day in days]
    ends = [datetime.combine(day, time(23, 59), UTC).astimezone(clock).utcoffset() for day in days]
    return [*starts, *ends]


def _between(low: date, high: date) -> Iterator[date]:
    return map(date.fromordinal, range(low.toordinal(), high.toordinal() + 1))


def _base_from(since: date) -> date:
    """The first base from then on: a Monday of a January, so that calls are told alike in every season."""
    for year in (since.year, since.year + 1):
        found = date(year, 1, 5) + timedelta(days=-date(year, 1, 5).weekday() % 7)
        if since <= found:
            break
    return max(BASE, found)


def _dates(recurrence: Recurrence) -> Iterator[date]:
    yield from (day for day in (recurrence.first, recurrence.until, *recurrence.except_days) if day is not None)


def _is_weekly(recurrence: Recurrence) -> bool:
    """Whether it is the same every week."""
    plain = recurrence.frequency in ("daily", "weekly") and recurrence.interval == 1 and recurrence.ordinal is None
    return recurrence.override is not None or (plain and recurrence.month is None and not recurrence.month_days)


def _is_every_week(hours: tuple[Hours, ...]) -> bool:
    return all(_is_weekly(one) and _is_unbounded(one) for named in hours for one in named.recurrences or ())


def _is_unbounded(recurrence: Recurrence) -> bool:
    return recurrence.first is None and recurrence.until is None and not recurrence.except_days


def _period(recurrence: Recurrence) -> int:
    """After how many days it is the same again, as far as its interval goes."""
    if recurrence.override is not None or recurrence.frequency == "once":
        return 1
    unit = {"daily": 1, "weekly": 7, "monthly": CYCLE, "yearly": CYCLE}[recurrence.frequency]
    return unit * recurrence.interval
