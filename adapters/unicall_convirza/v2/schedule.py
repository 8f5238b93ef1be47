"""When something is open: ``scheduleRoute`` of a menu item, and (assumed) of a plain request.

Documented: the keys, one zone and one day. The zone names are inferred; days, times and the first match that wins are assumed. The
surprise: it has a default number and a voicemail switch of its own; the schedule of a record (``flat.py``) has neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from unicall.graph import OTHERWISE, NodeId, Prompt, Schedule, Target, child_id
from unicall.hours import WEEKDAYS, Hours, Recurrence
from unicall.wire import Cursor, Json, Key, Put, put, put_json, write
from unicall_convirza.facts import KNOWN, Facts, minute_of
from unicall_convirza.v2.hunt import SIMULTANEOUS, Chain, chain, emit_hunt, parse_hunt
from unicall_convirza.v2.number import AS_INTEGER
from unicall_convirza.v2.reading import Draft, Names, Shape, glance, keep_list, settle
from unicall_convirza.v2.voice import ITEM
from unicall_convirza.v2.writing import Page, inner, shape_behind
from unicall_convirza.v2.writing import Shape as Kept

ROUTE = "scheduleRoute"
DEFAULT: Key[Target | None] = Key("default_ringto", AS_INTEGER, None, always=True)
VOICEMAIL = ITEM.voicemail
SCHEDULES = "schedules"
DAYS_OF = "schedule_days"
RING_TO: Key[Target | None] = Key("ring_to", AS_INTEGER, None, always=True)


@lru_cache(16)
def timezone(facts: Facts) -> Key[str | None]:
    """The zone of the hours, by a name."""
    return Key("timezone", facts.zone, None, always=True)


@lru_cache(16)
def day_id(facts: Facts) -> Key[tuple[str, ...]]:
    """Days of the week."""
    return Key("id", facts.day, (), always=True)


@lru_cache(16)
def opens(facts: Facts) -> Key[int | None]:
    """When a window starts, in seconds after midnight."""
    return Key("schedule_start_time", facts.time, None, always=True)


@lru_cache(16)
def closes(facts: Facts) -> Key[int | None]:
    """When a window ends."""
    return Key("schedule_end_time", facts.until, None, always=True)


def parse_schedule(draft: Draft, at: NodeId, doc: Cursor, whisper: Prompt | None) -> None:
    """The schedule of a menu item at this node."""
    route = doc.object(ROUTE)
    assert route is not None
    entries = route.objects(SCHEDULES)
    key = timezone(draft.facts)
    zone = route.take(key)
    if entries and zone is None and not route.has(key):
        _unsaid(route, key, at, "one of " + ", ".join(map(str, draft.facts.zones)))
    hours: list[Hours] = []
    exits: dict[str, NodeId] = {}
    names = Names()
    places = {"timezone": route.at(key)}
    for index, entry in enumerate(entries):
        name = names.unique(_name(entry))
        recurrences, days = _parse_hours(
            draft.facts, entry, child_id(at, name), known=zone is not None or route.raw.get(key.name) is None
        )
        hours.append(Hours(name=name, recurrences=recurrences))
        places |= _hours_places(index, entry.pointer)
        exits[name] = child_id(at, name)
        voicemail = glance(entry, VOICEMAIL)
        hunted = parse_hunt(draft, exits[name], entry, RING_TO, SIMULTANEOUS, voicemail, whisper)
        settle(entry, hunted.counts, VOICEMAIL)
        shape = hunted.mark(entry.shape())
        keep_list(shape, DAYS_OF, list(days))
        draft.keep(exits[name], "hours", shape, entry.pointer)
    voicemail = glance(route, VOICEMAIL)
    exits[OTHERWISE] = child_id(at, OTHERWISE)
    hunted = parse_hunt(draft, exits[OTHERWISE], route, DEFAULT, None, voicemail, whisper)
    settle(route, hunted.counts, VOICEMAIL)
    draft.add(at, Schedule(timezone=zone, hours=tuple(hours), exits=exits), route.pointer, **places)


def _unsaid(doc: Cursor, key: Key[Any], at: NodeId, expected: str) -> None:
    """Say that a key is missing; where it is null, at the key itself."""
    where = doc.at(key) if key.name in doc.raw else doc.pointer
    doc.log.add("UC101", where, doc.raw.get(key.name), at, key=key.name, expected=expected)


def _name(entry: Cursor) -> str:
    """``Mon-Fri 08:00 AM-05:00 PM``: the days and times as the document has them."""
    listed = entry.raw.get(DAYS_OF)
    days = [_word(day.get(_DAY)) for day in listed if isinstance(day, dict)] if isinstance(listed, list) else []
    return f"{','.join(days)} {_word(entry.raw.get(_OPENS))}-{_word(entry.raw.get(_CLOSES))}"


_DAY, _OPENS, _CLOSES = day_id(KNOWN).name, opens(KNOWN).name, closes(KNOWN).name


def _word(raw: Json) -> str:
    return raw if isinstance(raw, str) else "?"


def _hours_places(index: int, entry: str) -> dict[str, str]:
    window = f"hours.{index}.recurrences.0"
    return {
        f"hours.{index}": entry,
        f"{window}.weekdays": f"{entry}/{DAYS_OF}",
        f"{window}.start": f"{entry}/{_OPENS}",
        f"{window}.end": f"{entry}/{_CLOSES}",
    }


def _parse_hours(facts: Facts, entry: Cursor, at: NodeId, *, known: bool) -> tuple[tuple[Recurrence, ...] | None, list[Shape]]:
    """The window of an entry, None where nobody knows it or its zone: then its texts are kept. And the shapes of its days."""
    listed = entry.objects(DAYS_OF)
    key = day_id(facts)
    sets = [day.take(key) for day in listed]
    start, end = entry.take(opens(facts)), entry.take(closes(facts))
    if not listed:
        entry.log.add("UC101", entry.pointer, entry.raw.get(DAYS_OF), at, key=DAYS_OF, expected="a list of days")
    for day in listed:
        if not day.has(key):
            _unsaid(day, key, at, "one of " + ", ".join(map(str, facts.days)))
    for time in (opens(facts), closes(facts)):
        if not entry.has(time):
            _unsaid(entry, time, at, "a time like 08:00 AM")
    if start is not None and end is not None and end <= start:
        entry.warn("UC109", _CLOSES, at, other=entry.raw[_OPENS], why="hours end after they start")
    elif known and start is not None and end is not None and sets and all(sets):
        weekdays = tuple(day for day in WEEKDAYS if any(day in known for known in sets))
        if [day.raw[_DAY] for day in listed] != day_ids(facts.days, weekdays):
            for day in listed:
                day.keep(key)
        window = Recurrence(frequency="weekly", weekdays=weekdays, start=start, end=end)
        return (window,), [day.shape() for day in listed]
    for day in listed:
        day.keep(key)
    entry.keep(_OPENS)
    entry.keep(_CLOSES)
    return None, [day.shape() for day in listed]


def day_ids(known: Mapping[Any, tuple[str, ...]], weekdays: Sequence[str]) -> list[Any]:
    """The words for these days, those for the most days first."""
    left = list(weekdays)
    ids = []
    for name, days in sorted(known.items(), key=lambda entry: -len(entry[1])):
        if days and all(day in left for day in days):
            ids.append(name)
            left = [day for day in left if day not in days]
    return ids


def emit_schedule(page: Page, at: NodeId, schedule: Schedule, shape: Kept | None, base: str) -> tuple[list[Put], list[Chain]]:
    """The block of a schedule, and the chains behind it."""
    where = f"{base}/{ROUTE}"
    kept = inner(shape, ROUTE)
    zone = timezone(page.facts)
    page.went(at, where, timezone=f"{where}/{zone.name}")
    chains = []
    entries: list[Json] = []
    for index, named in enumerate(schedule.hours):
        to = schedule.exits.get(named.name)
        hunt = chain(page, to)
        spot = f"{where}/{SCHEDULES}/{index}"
        shape_here = shape_behind(page, to, "hours")
        puts = [
            *_emit_hours(page.facts, named, shape_here),
            *emit_hunt(page, hunt, shape_here, RING_TO, SIMULTANEOUS, VOICEMAIL, spot),
        ]
        page.places |= {(at, field): place for field, place in _hours_places(index, spot).items()}
        entries.append(write(puts, shape_here))
        chains.append(hunt)
    to = schedule.exits.get(OTHERWISE)
    otherwise = chain(page, to)
    chains.append(otherwise)
    if to is not None and not otherwise.counts:
        page.went(to, f"{where}/{DEFAULT.name}")
    known = schedule.timezone in page.facts.zones.values()
    puts = [
        put(zone, schedule.timezone if known else None),
        *emit_hunt(page, otherwise, None, DEFAULT, None, VOICEMAIL, where),
        put_json(SCHEDULES, entries, always=True),
    ]
    return [put_json(ROUTE, write(puts, kept))], chains


def _emit_hours(facts: Facts, named: Hours, shape: Kept | None) -> list[Put]:
    """The days and times of an entry; where nobody knows them, the texts that were kept."""
    days: list[Kept] = list(inner(shape, DAYS_OF) or ())
    if not named.recurrences:
        return [put_json(DAYS_OF, [write([], day) for day in days])]
    window = named.recurrences[0]
    weekdays = WEEKDAYS if window.frequency == "daily" or not window.weekdays else window.weekdays
    ids = _kept_ids(facts, days, weekdays) or day_ids(facts.days, [day for day in WEEKDAYS if day in weekdays])
    written = [
        write([put_json(_DAY, name)], days[index] | {"odd": {}} if index < len(days) else None)  # type: ignore[operator]
        for index, name in enumerate(ids)
    ]
    return [put_json(DAYS_OF, written), put(opens(facts), window.start), put(closes(facts), window.end)]


def _kept_ids(facts: Facts, days: Sequence[Kept], weekdays: Sequence[str]) -> list[str]:
    """The ids as they were spelled, where they still say the same days."""
    spelled = [(day.get("odd") or {}).get(_DAY) for day in days]
    ids = [name for name in spelled if isinstance(name, str)]
    known = {day for name in ids for day in facts.days.get(name, ())}
    return ids if len(ids) == len(days) and known == set(weekdays) else []


def can_be_said(window: Recurrence) -> bool:
    """Whether an entry can say this: days of the week, every week, and at least a minute of them."""
    plain = window.interval == 1 and window.ordinal is None and not window.month_days and window.month is None
    always = window.until is None and not window.except_days and window.override is None and not window.overnight
    return window.frequency in ("daily", "weekly") and plain and always and minute_of(window.start) < minute_of(window.end)
