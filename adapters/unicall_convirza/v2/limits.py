"""What the endpoints that create a flow refuse: one table, each limit with how sure it is, and where a body breaks it.

Documented: that a menu on the third level has no items, and that a number of rings is at least one. The rest is inferred from
the vendor's keys or assumed (its pages and its portal show it). The surprise: a body is refused as a whole, and by a server error
as often as by a sentence, so what is known is said before it is sent. Nothing is changed to keep within a limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from unicall.adapter import Refusal
from unicall.numbers import national
from unicall.wire import Cursor, Json, Key, Log, brief, pointer
from unicall_convirza.facts import MEASURE, OVERFLOW_AT_MOST, SHARE, WORDS, Facts, plain
from unicall_convirza.v2 import geo, menu, percentage, schedule
from unicall_convirza.v2.hunt import DEFAULT_RINGTO, NUMBER, OVERFLOW, SIMULTANEOUS
from unicall_convirza.v2.number import number_text
from unicall_convirza.v2.reading import glance
from unicall_convirza.v2.request import NUMBER as NUMBER_OF_FLOW
from unicall_convirza.v2.request import WAY_IN_AT
from unicall_convirza.v2.voice import CHOICE, ITEM, RECORD, Voice

How: TypeAlias = Literal["documented", "inferred", "assumed"]
_Object: TypeAlias = Mapping[str, Json]

KEYS_AT_MOST = 10

#: Keys that hold a text, and how long it may be.
LENGTHS: Mapping[str, tuple[int, How]] = {
    "call_flow_name": (50, "assumed"),
    "destination": (50, "assumed"),
}
#: Keys that hold a number, and what it may be.
RANGES: Mapping[str, tuple[float, float, How]] = {
    "call_value": (0, 999_999, "assumed"),
    "repeat_interval": (0, 8760, "assumed"),
    "voicemail_rings": (1, 10, "assumed"),
    "rings": (1, 10, "assumed"),
    "proximity_limit": (0, 99_999.9, "assumed"),
    "percentage": (1, 99, "assumed"),
}
#: All other limits, by what breaks them.
LIMITS: Mapping[str, tuple[str, How]] = {
    "no ring at all": ("a number of rings is at least one", "documented"),
    "a menu below the third level": ("there are three levels of menus", "documented"),
    "a number and a number pool": ("a flow has one of the two", "inferred"),
    "keys": (f"a menu has at most {KEYS_AT_MOST}", "assumed"),
    "overflow numbers": (f"there are at most {OVERFLOW_AT_MOST}", "assumed"),
    "a menu without a prompt": ("a menu below another needs one", "assumed"),
    "a menu without go_back_key": ("a menu below another needs one", "assumed"),
    "another go_back_key": ("all items of a menu have the same", "assumed"),
    "a go_back_key that is an item's": ("it is a key of its own", "assumed"),
    "numbers that ring together without overflow numbers": ("together takes two", "assumed"),
    "a number twice": ("all that ring together are different", "assumed"),
    "the number of the flow itself": ("a flow cannot ring itself", "assumed"),
    "a switch without its text": ("what is switched on needs one", "assumed"),
    "hours that overlap others": ("no two entries hold at one time", "assumed"),
    "a radius that is not said": ("places that are nearest need one", "assumed"),
    "a finer radius": ("it has one decimal", "assumed"),
    "shares": ("together they make 100", "assumed"),
    "a target twice": ("all shares ring another number", "assumed"),
}


def _refusal(at: str, what: str, limit: str | None = None) -> Refusal:
    why, how = LIMITS[limit or what]
    return Refusal(at, what, f"{why} ({how})")


def refusals(body: _Object, at: str, facts: Facts) -> Iterator[Refusal]:
    """What the endpoints do not take of a body."""
    yield from _sizes(body, at)
    yield from _switched(body, at, RECORD)
    own = _own(body)
    if own and body.get("number_pool"):
        yield _refusal(pointer(at, "number_pool"), "a number and a number pool")
    yield from _hunt(body, at, DEFAULT_RINGTO, own)
    yield from _shares(body, at)
    yield from _hours(body, at, own, facts)
    todo = [(level, where, 1) for level, where in _lists(body, at, menu.IVRS)]
    for items, where, depth in todo:
        yield from _level(items, where, depth)
        for index, item in items:
            spot = f"{where}/{index}"
            yield from _item(item, spot, own, facts)
            below = list(_lists(item, spot, menu.CHILDREN)) if _is_menu(item) else []
            if below and depth == menu.LEVELS:
                yield _refusal(below[0][1], "a menu below the third level")
            todo += [(level, place, depth + 1) for level, place in below if depth < menu.LEVELS]


def _own(body: _Object) -> str | None:
    """The number that callers dial, as targets are written."""
    number = body.get(NUMBER_OF_FLOW)
    way_in = _read(number, WAY_IN_AT.write) if isinstance(number, dict) else None
    return None if way_in is None else national(way_in.value)


_Entries: TypeAlias = list[tuple[int, _Object]]


def _entries(raw: Json) -> _Entries:
    return [(index, entry) for index, entry in enumerate(raw if isinstance(raw, list) else ()) if isinstance(entry, dict)]


def _lists(raw: _Object, at: str, key: str) -> Iterator[tuple[_Entries, str]]:
    entries = _entries(raw.get(key))
    if entries:
        yield entries, pointer(at, key)


def _is_menu(item: _Object) -> bool:
    return bool(_read(item, menu.ACT) == "menu")


def _read(raw: _Object, key: Key[Any]) -> Any:
    return glance(Cursor(raw, "", Log()), key)


def _text(raw: _Object, name: str) -> str | None:
    text = _read(raw, Key(name, WORDS, None))
    return text if isinstance(text, str) else None


def _sizes(raw: _Object, at: str) -> Iterator[Refusal]:
    """Texts that are too long, and numbers that are too small or too large."""
    for name in sorted(LENGTHS.keys() & raw.keys()):
        most, how = LENGTHS[name]
        length = len(_text(raw, name) or "")
        if length > most:
            yield Refusal(pointer(at, name), f"a {name} of {length} characters", f"it has at most {most} ({how})")
    for name in sorted(RANGES.keys() & raw.keys()):
        low, high, how = RANGES[name]
        value = _read(raw, Key(name, MEASURE, None))
        if value is not None and value < low and name.endswith("rings"):
            yield _refusal(pointer(at, name), "no ring at all")
        elif value is not None and not low <= value <= high:
            yield Refusal(pointer(at, name), f"{name} {brief(value)}", f"it is from {plain(low)} to {plain(high)} ({how})")


def _switched(raw: _Object, at: str, voice: Voice) -> Iterator[Refusal]:
    """Messages and whispers that are switched on, and say nothing."""
    for switch, text in ((voice.message_switch, voice.message), (voice.whisper_switch, voice.whisper)):
        if switch is not None and _read(raw, switch) and _read(raw, text) is None:
            yield _refusal(pointer(at, switch.name), "a switch without its text")


def _hunt(raw: _Object, at: str, first: Key[Any], own: str | None) -> Iterator[Refusal]:
    """The numbers of one object."""
    listed = pointer(at, OVERFLOW)
    entries = [(f"{listed}/{index}", entry) for index, entry in _entries(raw.get(OVERFLOW))]
    if len(entries) > OVERFLOW_AT_MOST:
        yield _refusal(listed, f"{len(entries)} overflow numbers", "overflow numbers")
    rung = [(pointer(at, first.name), _read(raw, first))]
    rung += [(pointer(where, NUMBER.name), _read(entry, NUMBER)) for where, entry in entries]
    numbers = [(where, text) for where, target in rung if (text := number_text(target)) is not None]
    together = _read(raw, SIMULTANEOUS)
    if together and not entries:
        yield _refusal(pointer(at, SIMULTANEOUS.name), "numbers that ring together without overflow numbers")
    seen: set[str] = set()
    for where, number in numbers:
        if together and number in seen:
            yield _refusal(where, "a number twice")
        elif number == own:
            yield _refusal(where, "the number of the flow itself")
        seen.add(number)
    for where, entry in entries:
        yield from _sizes(entry, where)


def _level(items: _Entries, at: str, depth: int) -> Iterator[Refusal]:
    """The keys of one menu."""
    pressed = [_read(item, menu.PRESS) for _, item in items]
    if len(items) > KEYS_AT_MOST:
        yield _refusal(at, f"{len(items)} keys", "keys")
    if depth == 1:
        return
    backs = [(f"{at}/{index}", _read(item, menu.GO_BACK)) for index, item in items]
    if not any(back for _, back in backs):
        yield _refusal(at, "a menu without go_back_key")
        return
    first = next(back for _, back in backs if back)
    for where, back in backs:
        named = pointer(where, menu.GO_BACK.name)
        if back is None:
            yield _refusal(where, "another go_back_key")
        elif back != first:
            yield _refusal(named, "another go_back_key")
        elif back in pressed:
            yield _refusal(named, "a go_back_key that is an item's")


def _item(item: _Object, at: str, own: str | None, facts: Facts) -> Iterator[Refusal]:
    """One key of a menu, and what it leads to; the menu below it apart."""
    yield from _sizes(item, at)
    single = not item.get(menu.ACT.name) and item.get(menu.SINGLE.act.name)
    yield from _switched(item, at, CHOICE if single else ITEM)
    if _is_menu(item) and _read(item, ITEM.message) is None:
        yield _refusal(pointer(at, menu.ACT.name), "a menu without a prompt")
    yield from _hunt(item, at, geo.DATA_TARGET, own)
    yield from _hours(item, at, own, facts)
    data = item.get(geo.DATA)
    if isinstance(data, dict):
        yield from _sizes(data, pointer(at, geo.DATA))
        yield from _radius(data, pointer(at, geo.DATA))


def _radius(data: _Object, at: str) -> Iterator[Refusal]:
    radius = _read(data, geo.LIMIT)
    if radius is None and (_read(data, geo.ROUTED_BY) or "").startswith("nearest"):
        yield _refusal(pointer(at, geo.ROUTED_BY.name), "a radius that is not said")
    elif radius is not None and round(radius, 1) != radius:
        yield _refusal(pointer(at, geo.LIMIT.name), "a finer radius")


def _hours(raw: _Object, at: str, own: str | None, facts: Facts) -> Iterator[Refusal]:
    """The entries of a schedule."""
    route = raw.get(schedule.ROUTE)
    if not isinstance(route, dict):
        return
    listed = pointer(at, schedule.ROUTE, schedule.SCHEDULES)
    entries = [(f"{listed}/{index}", entry) for index, entry in _entries(route.get(schedule.SCHEDULES))]
    for where, entry in entries:
        yield from _hunt(entry, where, schedule.RING_TO, own)
    held: dict[str, list[tuple[int, int]]] = {}
    for where, entry in entries:
        start, end = _read(entry, schedule.opens(facts)), _read(entry, schedule.closes(facts))
        if start is None or end is None:
            continue
        said = [_read(day, schedule.day_id(facts)) for _, day in _entries(entry.get(schedule.DAYS_OF))]
        days = [held.setdefault(weekday, []) for weekday in {weekday for weekdays in said for weekday in weekdays}]
        if any(start < closes and opens < end for day in days for opens, closes in day):
            yield _refusal(pointer(where, schedule.opens(facts).name), "hours that overlap others")
            continue
        for day in days:
            day.append((start, end))


def _shares(body: _Object, at: str) -> Iterator[Refusal]:
    rows = [(pointer(at, percentage.SHARES, index), row) for index, row in _entries(body.get(percentage.SHARES))]
    known = [share for _, row in rows if (share := _read(row, Key("percentage", SHARE, None))) is not None]
    if rows and len(known) == len(rows) and abs(sum(known) - 100) > 1e-6:
        yield _refusal(pointer(at, percentage.SHARES), f"{brief(plain(sum(known)))} %", "shares")
    yield from (refusal for where, row in rows for refusal in _sizes(row, where))
    rung: set[str] = set()
    for where, row in rows:
        number = number_text(_read(row, percentage.TARGET))
        if number in rung:
            yield _refusal(pointer(where, percentage.TARGET.name), "a target twice")
        rung |= {number} if number else set()
