"""When something is open: ``scheduleRoute`` of a menu item, and the flat ``schedule_route`` of a record.

Documented: the keys of both, one zone and one day. The zone names are inferred; days, times and the first match that wins are
assumed. The surprise is the flat form: its zone, its days and its times are bare integers that the vendor explains nowhere. It is
kept as it stands, and what can be proven about its times is said; nothing is invented.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from unicall.graph import (
    OTHERWISE,
    NodeId,
    PhoneNumber,
    Prompt,
    Ring,
    RingTarget,
    Schedule,
    Target,
    VendorNode,
    child_id,
)
from unicall.hours import WEEKDAYS, Hours, Recurrence
from unicall.wire import Cursor, Json, Key, Put, Strange, Wrong, anything, put, put_json, write
from unicall_convirza.facts import DAY_ID, DAYS, TIME, ZONE, ZONES, minute_of
from unicall_convirza.v2.hunt import SIMULTANEOUS, Chain, chain, emit_hunt, parse_default, parse_hunt
from unicall_convirza.v2.number import AS_INTEGER, PROVIDER, number_text, report_unknown
from unicall_convirza.v2.reading import Draft, Names, Shape, glance, keep_list, settle
from unicall_convirza.v2.voice import ITEM
from unicall_convirza.v2.writing import Page, inner, shape_of
from unicall_convirza.v2.writing import Shape as Kept

ROUTE = "scheduleRoute"
TIMEZONE: Key[str | None] = Key("timezone", ZONE, None, always=True)
DEFAULT: Key[Target | None] = Key("default_ringto", AS_INTEGER, None, always=True)
VOICEMAIL = ITEM.voicemail
SCHEDULES = "schedules"
DAYS_OF = "schedule_days"
DAY = Key("id", DAY_ID, (), always=True)
OPENS: Key[int | None] = Key("schedule_start_time", TIME, None, always=True)
CLOSES: Key[int | None] = Key("schedule_end_time", TIME, None, always=True)
RING_TO: Key[Target | None] = Key("ring_to", AS_INTEGER, None, always=True)

FLAT = "schedule_route"
FLAT_OPTIONS = "options"
FLAT_TARGET: Key[Target | None] = Key("sch_target_did", AS_INTEGER, None)
FLAT_ZONE = Key("timezone", anything, None)
FLAT_DAY = Key("day", anything, None)
FLAT_FROM = Key("from_time", anything, None)
FLAT_TO = Key("to_time", anything, None)


def parse_schedule(draft: Draft, at: NodeId, doc: Cursor, whisper: Prompt | None) -> None:
    """The schedule of a menu item at this node."""
    route = doc.object(ROUTE)
    assert route is not None
    entries = route.objects(SCHEDULES)
    timezone = route.take(TIMEZONE)
    if entries and timezone is None and not route.has(TIMEZONE):
        _unsaid(route, TIMEZONE, at, "one of " + ", ".join(map(str, ZONES)))
    hours: list[Hours] = []
    exits: dict[str, NodeId] = {}
    names = Names()
    places = {"timezone": route.at(TIMEZONE)}
    for index, entry in enumerate(entries):
        name = names.unique(_name(entry))
        recurrences, days = _parse_hours(entry, child_id(at, name))
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
    counts = voicemail or glance(route, DEFAULT) is not None
    if counts:
        exits[OTHERWISE] = child_id(at, OTHERWISE)
        parse_hunt(draft, exits[OTHERWISE], route, DEFAULT, None, voicemail, whisper)
    else:
        settle(route, False, DEFAULT)
    settle(route, counts, VOICEMAIL)
    draft.add(at, Schedule(timezone=timezone, hours=tuple(hours), exits=exits), route.pointer, **places)


def _unsaid(doc: Cursor, key: Key[Any], at: NodeId, expected: str) -> None:
    """Say that a key is missing; where it is null, at the key itself."""
    where = doc.at(key) if key.name in doc.raw else doc.pointer
    doc.log.add("UC101", where, doc.raw.get(key.name), at, key=key.name, expected=expected)


def _name(entry: Cursor) -> str:
    """``Mon-Fri 08:00 AM-05:00 PM``: the days and times as the document has them."""
    listed = entry.raw.get(DAYS_OF)
    days = [_word(day.get(DAY.name)) for day in listed if isinstance(day, dict)] if isinstance(listed, list) else []
    return f"{','.join(days)} {_word(entry.raw.get(OPENS.name))}-{_word(entry.raw.get(CLOSES.name))}"


def _word(raw: Json) -> str:
    return raw if isinstance(raw, str) else "?"


def _hours_places(index: int, entry: str) -> dict[str, str]:
    window = f"hours.{index}.recurrences.0"
    return {
        f"hours.{index}": entry,
        f"{window}.weekdays": f"{entry}/{DAYS_OF}",
        f"{window}.start": f"{entry}/{OPENS.name}",
        f"{window}.end": f"{entry}/{CLOSES.name}",
    }


def _parse_hours(entry: Cursor, at: NodeId) -> tuple[tuple[Recurrence, ...] | None, list[Shape]]:
    """The window of an entry, None where nobody knows it: then its texts are kept. And the shapes of its days."""
    listed = entry.objects(DAYS_OF)
    sets = [day.take(DAY) for day in listed]
    opens, closes = entry.take(OPENS), entry.take(CLOSES)
    if not listed:
        entry.log.add("UC101", entry.pointer, entry.raw.get(DAYS_OF), at, key=DAYS_OF, expected="a list of days")
    for day in listed:
        if not day.has(DAY):
            _unsaid(day, DAY, at, "one of " + ", ".join(map(str, DAYS)))
    for key in (OPENS, CLOSES):
        if not entry.has(key):
            _unsaid(entry, key, at, "a time like 08:00 AM")
    if opens is not None and closes is not None and closes <= opens:
        entry.warn("UC109", CLOSES, at, other=entry.raw[OPENS.name], why="hours end after they start")
    elif opens is not None and closes is not None and sets and all(sets):
        weekdays = tuple(day for day in WEEKDAYS if any(day in known for known in sets))
        if [day.raw[DAY.name] for day in listed] != _day_ids(weekdays):
            for day in listed:
                day.keep(DAY)
        window = Recurrence(frequency="weekly", weekdays=weekdays, start=opens, end=closes)
        return (window,), [day.shape() for day in listed]
    for day in listed:
        day.keep(DAY)
    entry.keep(OPENS)
    entry.keep(CLOSES)
    return None, [day.shape() for day in listed]


def _day_ids(weekdays: Sequence[str]) -> list[str]:
    """The largest groups of days first."""
    left = list(weekdays)
    ids = []
    for name, days in DAYS.items():
        if all(day in left for day in days):
            ids.append(str(name))
            left = [day for day in left if day not in days]
    return ids


def emit_schedule(page: Page, at: NodeId, schedule: Schedule, shape: Kept | None, base: str) -> tuple[list[Put], list[Chain]]:
    """The block of a schedule, and the chains behind it."""
    where = f"{base}/{ROUTE}"
    kept = inner(shape, ROUTE)
    page.went(at, where, timezone=f"{where}/{TIMEZONE.name}")
    chains = []
    entries: list[Json] = []
    for index, named in enumerate(schedule.hours):
        to = schedule.exits.get(named.name) or schedule.exits.get(OTHERWISE)
        hunt = chain(page, to)
        spot = f"{where}/{SCHEDULES}/{index}"
        shape_here = shape_of(page.node(to), "hours")
        puts = [
            *_emit_hours(named, shape_here),
            *emit_hunt(page, hunt, shape_here, RING_TO, SIMULTANEOUS, VOICEMAIL, spot),
        ]
        page.places |= {(at, field): place for field, place in _hours_places(index, spot).items()}
        entries.append(write(puts, shape_here))
        chains.append(hunt)
    otherwise = chain(page, schedule.exits.get(OTHERWISE))
    chains.append(otherwise)
    known = schedule.timezone in ZONES.values()
    puts = [
        put(TIMEZONE, schedule.timezone if known else None),
        *emit_hunt(page, otherwise, None, DEFAULT, None, VOICEMAIL, where),
        put_json(SCHEDULES, entries, always=True),
    ]
    return [put_json(ROUTE, write(puts, kept))], chains


def _emit_hours(named: Hours, shape: Kept | None) -> list[Put]:
    """The days and times of an entry; where nobody knows them, the texts that were kept."""
    days: list[Kept] = list(inner(shape, DAYS_OF) or ())
    if not named.recurrences:
        return [put_json(DAYS_OF, [write([], day) for day in days])]
    window = named.recurrences[0]
    weekdays = WEEKDAYS if window.frequency == "daily" or not window.weekdays else window.weekdays
    ids = _kept_ids(days, weekdays) or _day_ids([day for day in WEEKDAYS if day in weekdays])
    written = [
        write([put_json(DAY.name, name)], days[index] | {"odd": {}} if index < len(days) else None)  # type: ignore[operator]
        for index, name in enumerate(ids)
    ]
    return [put_json(DAYS_OF, written), put(OPENS, window.start), put(CLOSES, window.end)]


def _kept_ids(days: Sequence[Kept], weekdays: Sequence[str]) -> list[str]:
    """The ids as they were spelled, where they still say the same days."""
    spelled = [(day.get("odd") or {}).get(DAY.name) for day in days]
    ids = [name for name in spelled if isinstance(name, str)]
    known = {day for name in ids for day in DAYS.get(name, ())}
    return ids if len(ids) == len(days) and known == set(weekdays) else []


def can_be_said(window: Recurrence) -> bool:
    """Whether an entry can say this: days of the week, every week, and at least a minute of them."""
    plain = window.interval == 1 and window.ordinal is None and not window.month_days and window.month is None
    always = window.until is None and not window.except_days and window.override is None and not window.overnight
    return window.frequency in ("daily", "weekly") and plain and always and minute_of(window.start) < minute_of(window.end)


# The flat form of a record.


def parse_flat(
    draft: Draft, at: NodeId, doc: Cursor, block: Cursor, rows: list[Cursor], voicemail: bool, whisper: Prompt | None
) -> bool:
    """The flat schedule of a record at this node, verbatim. Returns whether the voicemail switch counts."""
    _report_integers(block, rows, at)
    exits: dict[str, NodeId] = {}
    for index, label in flat_labels(block.raw):
        row = rows[index]
        target = glance(row, FLAT_TARGET)
        assert target is not None
        to = exits[label] = child_id(at, label)
        where = row.at(FLAT_TARGET)
        report_unknown(row, FLAT_TARGET, target, to)
        draft.add(to, Ring(targets=(RingTarget(target),), whisper=whisper), where, **{"targets.0.target": where})
    for row in rows:
        settle(row, False, FLAT_TARGET)
    counts = False
    passes = None
    if isinstance(glance(doc, Key("default_ringto", AS_INTEGER, None)), PhoneNumber):
        passes, exits[OTHERWISE] = OTHERWISE, child_id(at, OTHERWISE)
        counts = parse_default(draft, exits[OTHERWISE], doc, voicemail, whisper)
    node = VendorNode(provider=PROVIDER, word=FLAT, data=block.raw, passes=passes, exits=exits)
    draft.add(at, node, block.pointer, data=block.pointer)
    doc.seen(FLAT)
    return counts


def flat_labels(block: Mapping[str, Json]) -> list[tuple[int, str]]:
    """The rows that name a number, and the label of the exit for each."""
    labels = []
    names = Names()
    rows = block.get(FLAT_OPTIONS)
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        text = number_text(_target_of(row)) if isinstance(row, dict) else None
        if text:
            labels.append((index, names.unique(text)))
    return labels


def _target_of(row: Mapping[str, Json]) -> Target | None:
    raw = row.get(FLAT_TARGET.name)
    try:
        return None if raw is None else FLAT_TARGET.codec.decode(raw)
    except (Wrong, Strange):
        return None


def _report_integers(block: Cursor, rows: list[Cursor], at: NodeId) -> None:
    """Say of each integer what it can mean; the unit of the times is decided once for the flow, where it can be proven."""
    unit = _unit([time for row in rows for key in (FLAT_FROM, FLAT_TO) if isinstance(time := row.raw.get(key.name), int)])
    found = [(block, FLAT_ZONE, "the vendor does not say which number is which time zone")]
    for row in rows:
        found.append((row, FLAT_DAY, "the vendor does not say with which day a week begins, nor at which number"))
        found += [(row, FLAT_FROM, unit), (row, FLAT_TO, unit)]
    for doc, key, why in found:
        if doc.has(key):
            doc.warn("UC104", key, at, why=why)


def _unit(times: list[int]) -> str:
    hhmm = next((time for time in times if time > 1439), None)
    minutes = next((time for time in times if time % 100 >= 60), None)
    if hhmm is not None and minutes is not None:
        return f"minutes of the day or HHMM, and {hhmm} and {minutes} contradict each other"
    if hhmm is not None:
        return f"the times of this flow are HHMM, for {hhmm} is no minute of a day; which day and zone is not said"
    if minutes is not None:
        return f"the times of this flow are minutes of the day, for {minutes} is no HHMM; which day and zone is not said"
    return "minutes of the day or HHMM"


def emit_flat(page: Page, at: NodeId, node: VendorNode, base: str) -> list[Put]:
    """The block verbatim, with the numbers of the rings where they say something else."""
    page.went(at, f"{base}/{FLAT}", data=f"{base}/{FLAT}")
    data: Json = node.data
    for index, label in flat_labels(data if isinstance(data, dict) else {}):
        to = node.exits.get(label)
        ring = page.node(to)
        if to is None or not isinstance(ring, Ring):
            continue
        where = f"{base}/{FLAT}/{FLAT_OPTIONS}/{index}/{FLAT_TARGET.name}"
        page.went(to, where, **{"targets.0.target": where})
        row = data[FLAT_OPTIONS][index]
        if _target_of(row) != ring.targets[0].target:
            rows = list(data[FLAT_OPTIONS])
            rows[index] = row | {FLAT_TARGET.name: FLAT_TARGET.codec.encode(ring.targets[0].target)}
            data = data | {FLAT_OPTIONS: rows}
    return [put_json(FLAT, data)]
