"""When something is open, as a record has it: the flat ``schedule_route``, whose zone, days and times are bare integers.

Documented: the keys, and that they are integers. The surprise: the vendor explains none of them. Where the user knows what they
mean (settings ``schedule_zones``, ``schedule_days``, ``schedule_times``) the block is a schedule as any other; else it is kept as
it stands, and what can be proven about its times is said. Assumed: where nobody answers, the record's own voicemail switch counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from attrs import frozen

from unicall.graph import (
    OTHERWISE,
    Node,
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
from unicall.wire import Codec, Cursor, Json, Key, Put, Strange, Wrong, anything, integer, put, put_json, same, write
from unicall_convirza.facts import TIME, Facts, first_word, minute_of, scalar
from unicall_convirza.v2.hunt import DEFAULT_RINGTO, Chain, chain, emit_default, emit_hunt, parse_default, parse_hunt
from unicall_convirza.v2.number import AS_INTEGER, PROVIDER, number_text, report_unknown
from unicall_convirza.v2.reading import Draft, Names, glance, settle
from unicall_convirza.v2.schedule import day_ids
from unicall_convirza.v2.writing import Page, entry_shape, inner
from unicall_convirza.v2.writing import Shape as Kept

T = TypeVar("T")

FLAT = "schedule_route"
FLAT_OPTIONS = "options"
FLAT_TARGET: Key[Target | None] = Key("sch_target_did", AS_INTEGER, None)
FLAT_ZONE = Key("timezone", anything, None)
FLAT_DAY = Key("day", anything, None)
FLAT_FROM = Key("from_time", anything, None)
FLAT_TO = Key("to_time", anything, None)


# Where nobody knows the integers.


def parse_flat(
    draft: Draft, at: NodeId, doc: Cursor, block: Cursor, rows: list[Cursor], voicemail: bool, whisper: Prompt | None
) -> bool:
    """The flat schedule of a record at this node, verbatim. Returns whether the voicemail switch counts."""
    _report_integers(draft.facts, block, rows, at)
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


def _report_integers(facts: Facts, block: Cursor, rows: list[Cursor], at: NodeId) -> None:
    """Say of each integer what it can mean; the unit of the times is decided once for the flow, where it can be proven."""
    counts = [_count(row.raw.get(key.name)) for row in rows for key in (FLAT_FROM, FLAT_TO)]
    unit = _unit([count for count in counts if count is not None])
    found: list[tuple[Cursor, Key[Any], str]] = []
    if glance(block, zone(facts)) is None:
        found.append((block, FLAT_ZONE, "the vendor does not say which number is which time zone"))
    for row in rows:
        if not glance(row, day(facts)):
            found.append((row, FLAT_DAY, "the vendor does not say with which day a week begins, nor at which number"))
        opens, closes = times(facts)
        found += [(row, key, unit) for key in (opens, closes) if glance(row, key) is None]
        if _is_backwards(row, facts):
            row.warn("UC109", closes, at, other=row.raw[opens.name], why="hours end after they start")
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


# Where the user knows the integers.


def _whole(raw: Json, expected: str = "a whole number") -> int:
    """A whole number, or its digits."""
    try:
        return integer.decode(raw)
    except (Strange, Wrong):
        scalar(raw, expected)
        raise Strange(expected) from None


def _count(raw: Json) -> int | None:
    try:
        return _whole(raw)
    except (Strange, Wrong):
        return None


def _numbered(meanings: Mapping[int, T]) -> Codec[T]:
    known = first_word(meanings)
    return Codec(lambda raw: known.decode(_whole(raw)), known.encode)


@lru_cache(16)
def zone(facts: Facts) -> Key[str | None]:
    """The zone of the rows, by its integer."""
    return Key("timezone", _numbered(facts.flat_zones), None, always=True)


@lru_cache(16)
def day(facts: Facts) -> Key[tuple[str, ...]]:
    """The days of a row, by their integer."""
    return Key("day", _numbered(facts.flat_days), (), always=True)


def times(facts: Facts) -> tuple[Key[int | None], Key[int | None]]:
    """When the window of a row starts and ends, in seconds after midnight."""
    unit = facts.flat_times
    expected = "a minute of the day" if unit == "minutes" else "a time as HHMM"

    def decode(raw: Json) -> int | None:
        count = _whole(raw, expected)
        minute = count if unit == "minutes" else count // 100 * 60 + count % 100
        if unit is None or not 0 <= minute <= 24 * 60 or (unit == "HHMM" and count % 100 > 59):
            raise Strange(expected)
        return minute * 60

    def encode(seconds: int | None) -> Json:
        minute = minute_of(seconds or 0)
        return minute if unit == "minutes" else minute // 60 * 100 + minute % 60

    codec = Codec(decode, encode)
    return Key("from_time", codec, None, always=True), Key("to_time", codec, None, always=True)


def is_known(facts: Facts, block: Cursor, rows: Sequence[Cursor]) -> bool:
    """Whether every integer of this block means something: one that does not leaves all of them in doubt."""
    opens, closes = times(facts)
    return glance(block, zone(facts)) is not None and all(
        glance(row, day(facts)) and None not in (glance(row, opens), glance(row, closes)) and not _is_backwards(row, facts)
        for row in rows
    )


def _is_backwards(row: Cursor, facts: Facts) -> bool:
    start, end = (glance(row, key) for key in times(facts))
    return start is not None and end is not None and end <= start


def parse_known(draft: Draft, at: NodeId, doc: Cursor, voicemail: bool, whisper: Prompt | None) -> bool:
    """The schedule of a record at this node. Returns whether the voicemail switch counts."""
    block = doc.object(FLAT)
    assert block is not None
    rows = block.objects(FLAT_OPTIONS)
    block.inner(FLAT_OPTIONS, rows)
    key = zone(draft.facts)
    hours: list[Hours] = []
    exits: dict[str, NodeId] = {}
    names = Names()
    counts = False
    places = {"timezone": block.at(key)}
    for run in _runs(draft.facts, rows):
        window, words = _take_window(draft.facts, run)
        name = names.unique(words)
        to = exits[name] = child_id(at, name)
        places |= _window_places(len(hours), run[0].pointer)
        hours.append(Hours(name=name, recurrences=(window,)))
        counts |= parse_hunt(draft, to, run[0], FLAT_TARGET, None, voicemail, whisper).counts
        for row in run[1:]:
            row.take(FLAT_TARGET)
    if voicemail or glance(doc, DEFAULT_RINGTO) is not None:
        exits[OTHERWISE] = child_id(at, OTHERWISE)
        counts |= parse_default(draft, exits[OTHERWISE], doc, voicemail, whisper)
    else:
        settle(doc, False, DEFAULT_RINGTO)
    schedule = Schedule(timezone=block.take(key), hours=tuple(hours), exits=exits)
    draft.add(at, schedule, block.pointer, **places)
    return counts


def _runs(facts: Facts, rows: Sequence[Cursor]) -> list[list[Cursor]]:
    """Rows that differ in nothing but their days are one window, where the days would be written as they stand."""
    runs: list[list[Cursor]] = []
    for row in rows:
        if runs and _joins(facts, [*runs[-1], row]):
            runs[-1].append(row)
        else:
            runs.append([row])
    return runs


def _joins(facts: Facts, run: Sequence[Cursor]) -> bool:
    first, last = run[0], run[-1]
    alike = all(same(first.raw.get(key.name), last.raw.get(key.name)) for key in (FLAT_TARGET, FLAT_FROM, FLAT_TO))
    ids = [_whole(row.raw[FLAT_DAY.name]) for row in run]
    return alike and day_ids(facts.flat_days, _weekdays(facts, run)) == ids


def _weekdays(facts: Facts, run: Sequence[Cursor]) -> tuple[str, ...]:
    known = {weekday for row in run for weekday in glance(row, day(facts))}
    return tuple(weekday for weekday in WEEKDAYS if weekday in known)


def _take_window(facts: Facts, run: Sequence[Cursor]) -> tuple[Recurrence, str]:
    """The window of these rows, and its name."""
    opens, closes = times(facts)
    weekdays = _weekdays(facts, run)
    for row in run:
        row.take(day(facts))
        start, end = row.take(opens), row.take(closes)
    assert start is not None
    assert end is not None
    window = Recurrence(frequency="weekly", weekdays=weekdays, start=start, end=end)
    return window, f"{','.join(weekdays)} {TIME.encode(start)}-{TIME.encode(end)}"


def _window_places(index: int, row: str) -> dict[str, str]:
    window = f"hours.{index}.recurrences.0"
    return {
        f"hours.{index}": row,
        f"{window}.weekdays": f"{row}/{FLAT_DAY.name}",
        f"{window}.start": f"{row}/{FLAT_FROM.name}",
        f"{window}.end": f"{row}/{FLAT_TO.name}",
    }


def can_be_written(facts: Facts, node: Node) -> bool:
    """Whether there is an integer for the zone and for all the days of this schedule."""
    if not isinstance(node, Schedule) or node.timezone not in facts.flat_zones.values():
        return False
    known = {weekday for days in facts.flat_days.values() if len(days) == 1 for weekday in days}
    for named in node.hours:
        for window in named.recurrences or ():
            weekdays = window.weekdays or WEEKDAYS
            written = {weekday for number in day_ids(facts.flat_days, weekdays) for weekday in facts.flat_days[number]}
            if not (set(weekdays) <= known or set(weekdays) == written):
                return False
    return all(named.recurrences is not None for named in node.hours)


@frozen
class _Row:
    """One row on its way out."""

    hours: int
    number: int
    window: Recurrence
    hunt: Chain


def emit_known(page: Page, at: NodeId, schedule: Schedule, shape: Kept | None, base: str) -> tuple[list[Put], list[Chain]]:
    """The block of a schedule, the default number, and the chains behind them."""
    where = f"{base}/{FLAT}"
    kept = inner(shape, FLAT)
    key = zone(page.facts)
    page.went(at, where, timezone=f"{where}/{key.name}")
    rows = _rows(page, schedule)
    options = [_emit_row(page, row, entry_shape(inner(kept, FLAT_OPTIONS), index), index, where) for index, row in enumerate(rows)]
    for index, row in reversed(list(enumerate(rows))):
        places = _window_places(row.hours, f"{where}/{FLAT_OPTIONS}/{index}")
        page.places |= {(at, field): place for field, place in places.items()}
    otherwise = chain(page, schedule.exits.get(OTHERWISE))
    puts = [put(key, schedule.timezone), put_json(FLAT_OPTIONS, options, always=True)]
    default = emit_default(page, schedule.exits.get(OTHERWISE), shape, None, base)
    return [put_json(FLAT, write(puts, kept)), *default], [*(row.hunt for row in rows), otherwise]


def _rows(page: Page, schedule: Schedule) -> list[_Row]:
    rows = []
    for index, named in enumerate(schedule.hours):
        hunt = chain(page, schedule.exits.get(named.name))
        for window in named.recurrences or ():
            weekdays = WEEKDAYS if window.frequency == "daily" or not window.weekdays else window.weekdays
            rows += [_Row(index, number, window, hunt) for number in day_ids(page.facts.flat_days, weekdays)]
    return rows


def _emit_row(page: Page, row: _Row, shape: Kept | None, index: int, base: str) -> Json:
    opens, closes = times(page.facts)
    spot = f"{base}/{FLAT_OPTIONS}/{index}"
    puts = [
        *emit_hunt(page, row.hunt, None, FLAT_TARGET, None, None, spot),
        put(day(page.facts), page.facts.flat_days[row.number]),
        put(opens, row.window.start),
        put(closes, row.window.end),
    ]
    return write(puts, shape)
