"""When something is open: ``schedule_route`` of a route or of a menu item.

All keys are assumed; the first entry that holds wins, and days are v2's words. Unlike v2, a route says its hours in words, and its
zone by its IANA name. The surprise: a day ends at ``End of Day``, the word of the vendor's pages; ``24:00`` and ``23:59`` are
read as well.
"""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

from unicall.graph import OTHERWISE, NodeId, Prompt, Schedule, child_id
from unicall.hours import DAY, WEEKDAYS, Hours, Recurrence
from unicall.wire import Codec, Json, Key, Strange, Wrong
from unicall_convirza.facts import DAYS, TIME_OF_24_HOURS, ZONES, text_of, until
from unicall_convirza.v2.reading import Names
from unicall_convirza.v2.schedule import can_be_said, day_ids  # the same days and the same minutes
from unicall_convirza.v3.hunt import DEFAULT, RING_TO, VOICEMAIL, Chain, emit_hunt, parse_hunt
from unicall_convirza.v3.number import PROVIDER
from unicall_convirza.v3.reading import Doc, Draft
from unicall_convirza.v3.writing import Sheet, shape_behind

__all__ = ["can_be_said", "emit_schedule", "is_own", "parse_schedule"]


@lru_cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _decode_zone(raw: Json) -> str:
    expected = "a time zone like America/Denver"
    name = text_of(raw, expected)
    if name in ZONES:
        return ZONES[name]
    if name not in _zones():
        raise Strange(expected)
    return name


def _decode_days(raw: Json) -> tuple[str, ...]:
    """Days of the week from a list of words, each bare or (as v2 has it) under ``id``."""
    expected = "a list of " + ", ".join(map(str, DAYS))
    if not isinstance(raw, list):
        raise Wrong(expected)
    words: list[Json] = [day.get("id") if isinstance(day, dict) else day for day in raw]
    if not words or not all(isinstance(word, str) and word in DAYS for word in words):
        raise Strange(expected)
    return tuple(day for day in WEEKDAYS if any(day in DAYS[word] for word in words))


def _decode_time(raw: Json) -> int | None:
    return DAY if raw == "24:00" else TIME_OF_24_HOURS.decode(raw)


SCHEDULE = "schedule"
TIMEZONE: Key[str | None] = Key("timezone", Codec(_decode_zone, lambda zone: zone), None)
ENTRIES = "entries"
DAYS_OF: Key[tuple[str, ...]] = Key("days", Codec(_decode_days, lambda days: day_ids(DAYS, days)), ())
CLOCK: Codec[int | None] = Codec(_decode_time, TIME_OF_24_HOURS.encode)
OPENS: Key[int | None] = Key("opens", CLOCK, None)
CLOSES: Key[int | None] = Key("closes", until(CLOCK), None)


def parse_schedule(draft: Draft, at: NodeId, doc: Doc, whisper: Prompt | None) -> None:
    """The schedule of a route or an item at this node."""
    block = doc.part(SCHEDULE, "schedule")
    if block is None:
        draft.add(at, Schedule(hours=(), exits=_parse_otherwise(draft, at, (doc,), whisper)), doc.spot(SCHEDULE))
        return
    entries = block.parts(ENTRIES, "hours")
    timezone = block.take(TIMEZONE)
    if entries and not block.has(TIMEZONE):
        block.missing(TIMEZONE, at, "a time zone like America/Denver")
    hours: list[Hours] = []
    exits: dict[str, NodeId] = {}
    names = Names()
    places = {"timezone": block.at(TIMEZONE)}
    for index, entry in enumerate(entries):
        name = names.unique(_name(entry))
        to = exits[name] = child_id(at, name)
        recurrences = _parse_hours(entry, to, known=timezone is not None or block.value(TIMEZONE) is None)
        hours.append(Hours(name=name, recurrences=recurrences))
        places |= _places(index, entry)
        hunted = parse_hunt(draft, to, entry, RING_TO, whisper)
        draft.keep(to, "hours", hunted.mark(entry.shape()), entry.pointer)
    exits |= _parse_otherwise(draft, at, (block, doc), whisper)
    draft.add(at, Schedule(timezone=timezone, hours=tuple(hours), exits=exits), block.pointer, **places)


def _parse_otherwise(draft: Draft, at: NodeId, holders: tuple[Doc, ...], whisper: Prompt | None) -> dict[str, NodeId]:
    """Where calls go when nothing holds: as the block says; where it does not, as the object around it says (assumed).

    Where neither says anything, nobody knows.
    """
    to = child_id(at, OTHERWISE)
    said = next((holder for holder in holders if holder.glance(VOICEMAIL) or holder.glance(DEFAULT) is not None), None)
    for holder in holders:
        if holder is said:
            parse_hunt(draft, to, holder, DEFAULT, whisper, overflow=False)
        else:
            holder.settle(False, DEFAULT, VOICEMAIL)
    if said is None:
        draft.nobody(to, holders[0].name(DEFAULT), holders[0].pointer)
    return {OTHERWISE: to}


def _name(entry: Doc) -> str:
    """``Mon-Fri 08:00-17:00``: the days and times as the document has them."""
    listed = entry.value(DAYS_OF)
    days = [_word(day.get("id") if isinstance(day, dict) else day) for day in (listed if isinstance(listed, list) else ())]
    return f"{','.join(days)} {_word(entry.value(OPENS))}-{_word(entry.value(CLOSES))}"


def _word(raw: Json) -> str:
    return raw if isinstance(raw, str) else "?"


def _places(index: int, entry: Doc | Sheet) -> dict[str, str]:
    window = f"hours.{index}.recurrences.0"
    return {
        f"hours.{index}": entry.pointer if isinstance(entry, Doc) else entry.base,
        f"{window}.weekdays": entry.at(DAYS_OF),
        f"{window}.start": entry.at(OPENS),
        f"{window}.end": entry.at(CLOSES),
    }


def _parse_hours(entry: Doc, at: NodeId, *, known: bool) -> tuple[Recurrence, ...] | None:
    """The window of an entry, None where nobody knows it, or its zone is not ``known``: then its texts are kept."""
    days, opens, closes = entry.take(DAYS_OF), entry.take(OPENS), entry.take(CLOSES)
    for key, expected in ((DAYS_OF, "a list of days"), (OPENS, "a time like 08:00"), (CLOSES, "a time like 08:00")):
        if not entry.has(key):
            entry.missing(key, at, expected)
    if opens is not None and closes is not None and closes <= opens:
        entry.warn("UC109", CLOSES, at, other=entry.value(OPENS), why="hours end after they start")
    elif known and opens is not None and closes is not None and days:
        return (Recurrence(frequency="weekly", weekdays=days, start=opens, end=closes),)
    entry.keep(DAYS_OF)
    entry.keep(OPENS)
    entry.keep(CLOSES)
    return None


def is_own(schedule: Schedule) -> bool:
    """Whether hours that nobody knows were read here, so that their texts are kept."""
    return bool(schedule.extras.get(PROVIDER))


def emit_schedule(sheet: Sheet, at: NodeId, schedule: Schedule) -> list[Chain]:
    """The block of a schedule. Returns the chains behind it."""
    page = sheet.page
    block = sheet.part(SCHEDULE, "schedule")
    page.went(at, block.base, timezone=block.at(TIMEZONE))
    chains = []
    entries = []
    for index, named in enumerate(schedule.hours):
        to = schedule.exits.get(named.name)
        entry = Sheet(page, "hours", block.at(ENTRIES, index), shape_behind(page, to, "hours"))
        _emit_hours(entry, named)
        chains.append(emit_hunt(entry, to, RING_TO))
        page.places |= {(at, field): place for field, place in _places(index, entry).items()}
        entries.append(entry.done())
    block.put(TIMEZONE, schedule.timezone)
    outside = not sheet.anew and (sheet.read(DEFAULT) or sheet.read(VOICEMAIL))
    chains.append(emit_hunt(sheet if outside else block, schedule.exits.get(OTHERWISE), DEFAULT, overflow=False))
    block.put_json(ENTRIES, entries, always=True)
    said = schedule.hours or (chains[-1].counts and not outside) or block.shape is not None
    sheet.put_json(SCHEDULE, block.done() if said else None)
    return chains


def _emit_hours(entry: Sheet, named: Hours) -> None:
    """The days and times of an entry; where nobody knows them, the texts that were kept."""
    if not named.recurrences:
        return
    window = named.recurrences[0]
    weekly = window.frequency != "daily" and window.weekdays
    entry.put(DAYS_OF, tuple(day for day in WEEKDAYS if not weekly or day in window.weekdays))
    entry.put(OPENS, window.start)
    entry.put(CLOSES, window.end)
