"""Runs one call through one Convirza v3 provisioned route.

Nobody outside the vendor knows the schema: the names are those that unicall assumes, and what they do is what a v2 call flow does.
Three rules surprise: the ``rings`` on an overflow number are the wait before that number is tried; overflow numbers that all say
their ``order`` are tried in that order; and what a menu does on silence, or on a key that it does not have, is nowhere said, so
such a call ends ``unspecified``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import zip_longest
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from tests.interpreters.call import Call, Step, Trace

RING_SECONDS = 6.0
DEFAULT_RINGS = 3
DISCLAIMER = "ref:disclaimer"
END_OF_DAY = 24 * 60

KINDS = {
    **{
        kind: kind
        for kind in (
            *("simple", "hangup", "ivr", "geo", "percentage", "schedule", "voicemail", "outbound"),
            *("round_robin", "voice_agent"),
        )
    },
    "simpleroute": "simple",
    "ivrroute2": "ivr",
    "georoute": "geo",
    "percentagebasedroute": "percentage",
    "scheduleroute": "schedule",
    "voicemailroute": "voicemail",
    "outboundroute": "outbound",
}

#: Other names under which a key may stand.
ALIASES = {
    "provisioned_route_name": ("route_name", "name"),
    "route_type": ("routable_type",),
    "record_call": ("record_call_enabled", "record_enabled"),
    "percentage": ("percent",),
    "strategy": ("route_by",),
    "timezone": ("time_zone",),
    "schedule_days": ("days",),
    "start_time": ("schedule_start_time",),
    "end_time": ("schedule_end_time",),
    "voiceagent_id": ("voice_agent_id",),
    "overflow_numbers": ("overflowNumbers",),
    "number": ("phone_number", "overflow_number", "overflowNumber"),
    "locations": ("options",),
    "geo_route": ("geoData",),
    "schedule_route": ("scheduleRoute",),
    "ivrs": ("ivrData",),
}
#: The number that rings first and the one to fall back to stand for each other where both can stand.
FIRST = ("ring_to", "target_did")
DEFAULT = ("default_ring_to", "default_ringto")
BOTH = ("route", "item")

ZONES = {
    "Atlantic": "America/Halifax",
    "Eastern": "America/New_York",
    "Central": "America/Chicago",
    "Mountain": "America/Denver",
    "Arizona": "America/Phoenix",
    "Pacific": "America/Los_Angeles",
}

#: Words for days and the weekdays they stand for, Monday is 0.
DAYS = {
    "AllDays": frozenset(range(7)),
    "Mon-Fri": frozenset(range(5)),
    "Sat-Sun": frozenset((5, 6)),
    **{name: frozenset((day,)) for day, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))},
}

_EMPTY: tuple[object, ...] = (None, "", [], {})


def run(document: object, call: Call) -> Trace:
    """What this call meets. ValueError where the document does not hold exactly one route.

    Recorded calls of one route show who rings first, and no more: see :func:`_run_evidence`. Else ``document`` may be the bare
    route, the answer that holds it, or a list of one route (in an answer or not); the pointers in ``visited`` start at what was
    given.
    """
    seen: dict[str, None] = {}
    recorded: list[Any] = document if isinstance(document, list) else [document]
    if recorded and isinstance(recorded[0], Mapping) and "call_started" in recorded[0]:
        return _run_evidence(recorded, "/{}" if isinstance(document, list) else "", call)
    walk = _Walk(call, _open(document, seen))
    end = walk.follow()
    return Trace(tuple(walk.steps), end, tuple(seen))


def _run_evidence(recorded: Sequence[Mapping[str, Any]], where: str, call: Call) -> Trace:
    """What recorded calls of a route show that this call meets.

    A block of the latest of them that holds one says all. Else the default number of the latest that has one rings, else the agent
    of the latest that has one, as long as nobody knows; and nobody knows what follows. Calls that went out show nothing.
    """
    came_in = [(index, one) for index, one in enumerate(recorded) if (one.get("call_detail") or {}).get("is_outbound") is not True]
    came_in.sort(key=lambda pair: datetime.fromisoformat(pair[1]["call_started"]))
    places = {"": None, **{where.format(index): None for index in range(len(recorded))}}
    for key in ("provisioned_route_id", "phone_number"):
        places.setdefault(f"{where.format(0)}/{key}")
    for index, one in reversed(came_in):
        block = one.get("call_flow")
        if isinstance(block, Mapping) and ({"route_type", *FIRST, *DEFAULT} & block.keys()):
            walk = _Walk(call, _Node(block, f"{where.format(index)}/call_flow", places, "route"))
            end = walk.follow()
            return Trace(tuple(walk.steps), end, tuple(places))
    for index, one in reversed(came_in):
        if one.get("default_ring_to"):
            places.setdefault(f"{where.format(index)}/default_ring_to")
            return _rung(number_text(one["default_ring_to"]), call, places)
    for index, one in reversed(came_in):
        if (one.get("voiceagent_data") or {}).get("voiceagent_id"):
            places.setdefault(f"{where.format(index)}/voiceagent_data/voiceagent_id")
            return _rung(f"agent:{one['voiceagent_data']['voiceagent_id']}", call, places)
    return Trace((Step("opaque", "default_ring_to"),), "opaque", tuple(places))


def _rung(target: str, call: Call, places: dict[str, None]) -> Trace:
    """A ring of one target, and what is known of its end."""
    if target == "opaque:hangup":
        return Trace((), "hangup", tuple(places))
    answered = call.answer_of(target) == "answered"
    return Trace((Step("ring", targets=(target,)),), "answered" if answered else "hangup", tuple(places))


def number_text(value: object) -> str:
    """A target as the trace names it: E.164, ``opaque:TEXT`` for any other text, empty for none."""
    text = _text(value)
    found = re.fullmatch(r"(?:\+?1)?([0-9]{10})", text)
    if found:
        return f"+1{found[1]}"
    return text if re.fullmatch(r"\+[2-9][0-9]{6,14}", text) else text and f"opaque:{text}"


def minutes_of(value: object) -> int | None:
    """The minute of the day that a schedule's text names; None where it is not one of the known spellings."""
    if not isinstance(value, str):
        return None
    if value in ("End of Day", "24:00"):
        return END_OF_DAY
    found = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})(?: ([AP]M))?", value)
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2]), found[3]
    if minute > 59 or (hour > 23 if half is None else not 1 <= hour <= 12):
        return None
    if half is not None:
        hour = hour % 12 + (12 if half == "PM" else 0)
    return hour * 60 + minute


def zone_of(value: object) -> str | None:
    """The IANA name of a zone, None for one that nobody knows."""
    name = _text(value)
    return ZONES.get(name) or (name if name in available_timezones() else None)


def key_text(value: object) -> str:
    """What a caller presses for this item; empty where the value is no key."""
    return _text(value).strip()


def _text(value: object) -> str:
    """Text as it stands, a whole number by its digits, anything else as nothing."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _flag(value: object) -> bool:
    """Whether a switch is on: true, 1, or their texts. A value that nobody can read is off."""
    return value is True or _text(value).strip().lower() in ("true", "1", "yes")


def _count(value: object) -> float | None:
    """A number of rings or a share of the calls: a number or its digits; None where it is neither."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value) if value >= 0 else None
    return float(value) if isinstance(value, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value) else None


def _seconds(rings: object) -> float | None:
    """How long so many rings last. Where no count is given it is the default of three."""
    count = DEFAULT_RINGS if rings in (None, "") else _count(rings)
    return None if count is None else count * RING_SECONDS


def _open(document: object, seen: dict[str, None]) -> _Node:
    """The route inside the document."""
    value, pointer = document, ""
    while True:
        seen[pointer] = None
        if isinstance(value, list) and len(value) == 1:
            value, pointer = value[0], f"{pointer}/0"
        elif isinstance(value, Mapping) and "data" in value and "code" in value:
            value, pointer = value["data"], f"{pointer}/data"
        elif isinstance(value, Mapping) and isinstance(value.get("provisioned_routes"), list):
            value, pointer = value["provisioned_routes"], f"{pointer}/provisioned_routes"
        elif isinstance(value, Mapping):
            return _Node(value, pointer, seen, "route")
        else:
            raise ValueError(f"not one Convirza route at {pointer!r}")


@dataclass(frozen=True)
class _Node:
    """One object of the document and where it stands. What is looked at, and is there, is noted in ``seen``."""

    fields: Mapping[str, object]
    pointer: str
    seen: dict[str, None]
    kind: str

    def name(self, key: str) -> str:
        """What the key is called here: the name that says something, else the first that is there."""
        names = (key, *ALIASES.get(key, ()))
        if key == "number":
            names = names[1:]
        if key == "ring_to":
            names = FIRST + (DEFAULT if self.kind in BOTH else ())
        if key == "default_ring_to":
            names = DEFAULT + (FIRST if self.kind in BOTH else ())
        there = [name for name in names if name in self.fields]
        return next((name for name in there if self.fields[name] not in _EMPTY), there[0] if there else key)

    def value(self, key: str) -> object:
        """A value, unnoticed."""
        return self.fields.get(self.name(key))

    def enter(self) -> None:
        """Note that the call passes here, and through the list that holds this."""
        around, _, last = self.pointer.rpartition("/")
        if last.isdigit():
            self.seen.setdefault(around)
        self.seen.setdefault(self.pointer)

    def look(self, key: str) -> object:
        """A value that decides something."""
        name = self.name(key)
        if name in self.fields:
            self.seen.setdefault(self.place_of(name))
        return self.fields.get(name)

    def flag(self, key: str) -> bool:
        return _flag(self.look(key))

    def child(self, key: str, kind: str) -> _Node:
        """The object under this key; an empty one where there is none."""
        value = self.value(key)
        return _Node(value if isinstance(value, Mapping) else {}, self.place_of(self.name(key)), self.seen, kind)

    def children(self, key: str, kind: str) -> tuple[_Node, ...]:
        """The objects in the list under this key; whatever else stands in the list is passed over."""
        value = self.value(key)
        entries = enumerate(value) if isinstance(value, list) else ()
        place = self.place_of(self.name(key))
        return tuple(_Node(entry, f"{place}/{n}", self.seen, kind) for n, entry in entries if isinstance(entry, Mapping))

    def place_of(self, name: str) -> str:
        return f"{self.pointer}/{name.replace('~', '~0').replace('/', '~1')}"


@dataclass(frozen=True)
class _Try:
    """One number that may ring: the object that holds it, and under which key."""

    place: _Node
    key: str

    @property
    def number(self) -> str:
        return number_text(self.place.value(self.key))

    def wait_before(self) -> float | None:
        """How long the number before this one rings."""
        self.place.enter()
        return _seconds(self.place.look("rings"))


def _tries(*tries: _Try) -> tuple[_Try, ...]:
    """Those that hold a number."""
    return tuple(one for one in tries if one.number)


def _overflow(place: _Node) -> tuple[_Try, ...]:
    """The overflow numbers as listed."""
    return _tries(*(_Try(entry, "number") for entry in place.children("overflow_numbers", "overflow")))


def _ordered(tries: tuple[_Try, ...]) -> tuple[_Try, ...]:
    """The overflow numbers by their ``order``, where each has one of its own."""
    orders = [_number(one.place.look("order")) for one in tries]
    known = [order for order in orders if order is not None]
    if len(known) < len(tries) or len(set(known)) < len(tries):
        return tries
    return tuple(one for _, one in sorted(zip(known, tries, strict=True), key=lambda pair: pair[0]))


def _number(value: object) -> float | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    return float(value) if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,18})?", value) else None


@dataclass(frozen=True)
class _Menu:
    """A menu that waits for a key: who speaks its greeting, and its items."""

    place: _Node
    greeting: Callable[[], str]
    items: tuple[_Node, ...]

    def item(self, pressed: str) -> _Node | None:
        """The first item with this key."""
        return next((item for item in self.items if key_text(item.look("key")) == pressed), None)

    def goes_back(self, pressed: str) -> bool:
        """Whether this is the key back to the menu above: of siblings that disagree, the first that no item has as its key."""
        reached = {key: item for item in reversed(self.items) if (key := key_text(item.look("key")))}
        backs = (key_text(item.look("go_back_key")) for item in self.items if item in reached.values())
        return next((back for back in backs if back and back not in reached), None) == pressed


class _Walk:
    """One call on its way through one route. What may end the call returns how it ended."""

    def __init__(self, call: Call, root: _Node) -> None:
        self.call = call
        self.root = root
        self.steps: list[Step] = []
        self.keys: Iterator[str | None] = iter(call.keys)

    def follow(self) -> str:
        if self.root.flag("record_call"):
            self.effect("record")
        kind = self.kind()
        if kind == "ivr":
            return self.tree()
        self.announce(self.root.look("play_disclaimer"), self.message())
        routes: dict[str, Callable[[], str]] = {
            "simple": partial(self.branch, self.root),
            "hangup": lambda: "hangup",
            "geo": partial(self.geo, self.root),
            "percentage": self.percentage,
            "schedule": partial(self.schedule, self.root),
            "voicemail": self.voicemail,
            "outbound": self.outbound,
            "round_robin": self.round_robin,
            "voice_agent": self.voice_agent,
        }
        return routes.get(kind, partial(self.opaque, "route_type"))()

    def kind(self) -> str:
        """The route named by ``route_type``; where it has no name, the one that its only block shows, else a simple one.

        A name that nobody knows stays unknown, whatever blocks are there.
        """
        named = self.root.look("route_type")
        if named not in (None, ""):
            return KINDS.get(_text(named).lower(), "unknown")
        blocks = {
            "ivr": "ivrs",
            "geo": "geo_route",
            "percentage": "percentage_route",
            "schedule": "schedule_route",
            "outbound": "outbound",
            "round_robin": "ring_to_numbers",
            "voice_agent": "voiceagent_id",
        }
        there = [kind for kind, block in blocks.items() if self.root.value(block) not in _EMPTY]
        if len(there) == 1:
            return there[0]
        return "simple" if not there and (number_text(self.root.value("ring_to")) or _overflow(self.root)) else "unknown"

    def message(self) -> str:
        """The message in front of a route: only where it is switched on."""
        return _text(self.root.look("message")) if self.root.flag("message_enabled") else ""

    def greeting(self) -> str:
        """The root menu's greeting: off only where the switch says so."""
        switch = self.root.look("message_enabled")
        return _text(self.root.look("message")) if switch in (None, "") or _flag(switch) else ""

    def announce(self, disclaimer: object, message: str) -> None:
        """Speak the message, with the disclaimer before or after it. A yes without a place is before."""
        before = disclaimer == "before" or _flag(disclaimer)
        if before:
            self.prompt(DISCLAIMER)
        if message:
            self.prompt(message)
        if disclaimer == "after":
            self.prompt(DISCLAIMER)

    def branch(self, place: _Node) -> str:
        """Ring the numbers of this object, then go to voicemail if its switch is on."""
        if _text(place.value("ring_to")).lower() == "hangup":
            place.look("ring_to")
            return "hangup"
        overflow = _overflow(place)
        hunt_type = place.look("hunt_type") if overflow else ""
        known = "" if hunt_type is None else _text(hunt_type).lower()
        if known not in ("", "overflow", "rollover", "simultaneous") or not isinstance(hunt_type, str | None):
            return self.opaque("hunt_type")
        return self.hunt(_Try(place, "ring_to"), overflow, known == "simultaneous", place)

    def default(self, place: _Node) -> str:
        """The number to fall back to, and the voicemail beside it."""
        if _text(place.value("default_ring_to")).lower() == "hangup":
            place.look("default_ring_to")
            return "hangup"
        return self.hunt(_Try(place, "default_ring_to"), (), False, place)

    def hunt(self, first: _Try, overflow: tuple[_Try, ...], together: bool, box: _Node) -> str:
        tries = _tries(first, *(overflow if together else _ordered(overflow)))
        if not tries:
            first.place.look(first.key)
        if overflow and together:
            seconds = self.voicemail_seconds() if box.flag("voicemail_enabled") else DEFAULT_RINGS * RING_SECONDS
            return "answered" if self.ring(tries, seconds) else self.unanswered(box)
        for this, following in zip_longest(tries, tries[1:]):
            if following is not None:
                seconds = following.wait_before()
            else:
                seconds = self.voicemail_seconds() if box.flag("voicemail_enabled") else None
            if self.ring((this,), seconds):
                return "answered"
        return self.unanswered(box)

    def ring(self, tries: Sequence[_Try], seconds: float | None) -> bool:
        """Ring these together, and say whether one of them answers."""
        for one in tries:
            one.place.enter()
            one.place.look(one.key)
        return self.ring_numbers(tuple(sorted({one.number for one in tries})), seconds)

    def ring_numbers(self, targets: tuple[str, ...], seconds: float | None) -> bool:
        self.steps.append(Step("ring", targets=targets, seconds=seconds))
        return any(self.call.answer_of(target) == "answered" for target in targets)

    def unanswered(self, box: _Node) -> str:
        return self.voicemail() if box.flag("voicemail_enabled") else "hangup"

    def voicemail_seconds(self) -> float | None:
        return _seconds(self.root.look("voicemail_rings"))

    def voicemail(self) -> str:
        self.steps.append(Step("voicemail", _text(self.root.look("voicemail_greeting"))))
        return "voicemail"

    def geo(self, place: _Node) -> str:
        """The first place whose city is where the caller is, else the number beside the block."""
        block = place.child("geo_route", "geo")
        if block.fields:
            block.enter()
            block.look("strategy")
        self.effect("region")
        here = (self.call.place or "").strip().casefold()
        offices = block.children("locations", "place")
        office = next((one for one in offices if here and _text(one.look("city")).strip().casefold() == here), None)
        return self.default(place) if office is None else self.branch(office)

    def percentage(self) -> str:
        """One of the shares, by the draw. Shares that do not make a hundred leave calls that nobody can place."""
        rows = self.root.children("percentage_route", "share")
        shares = [_count(row.look("percentage")) for row in rows]
        known = [share for share in shares if share is not None]
        self.root.look("percentage_route")
        if len(known) < len(rows) or abs(sum(known) - 100) > 1e-6:
            return self.opaque("percentage_route")
        draw = (self.call.draws[0] if self.call.draws else 0.5) * 100
        chosen = rows[-1]
        for row, share in zip(rows, known, strict=True):
            if draw < share - 1e-7:
                chosen = row
                break
            draw -= share
        chosen.enter()
        return self.branch(chosen)

    def round_robin(self) -> str:
        """The numbers in rotation: a call meets one of them, each as often as the others, and nobody documents more."""
        listed = self.root.look("ring_to_numbers")
        numbers = [number_text(one) for one in listed] if isinstance(listed, list) else [""]
        if not all(numbers) or not numbers:
            return self.opaque("ring_to_numbers")
        draw = self.call.draws[0] if self.call.draws else 0.5
        chosen = min(int(draw * len(numbers) + 1e-8), len(numbers) - 1)
        place = self.root.place_of("ring_to_numbers")
        self.root.seen.setdefault(f"{place}/{chosen}")
        seconds = self.voicemail_seconds() if self.root.flag("voicemail_enabled") else None
        return "answered" if self.ring_numbers((numbers[chosen],), seconds) else self.unanswered(self.root)

    def voice_agent(self) -> str:
        """The agent answers, or the number to fall back to rings."""
        agent = _text(self.root.look("voiceagent_id"))
        if not agent:
            return self.opaque("voiceagent_id")
        if self.ring_numbers((f"agent:{agent}",), None):
            return "answered"
        return self.default(self.root)

    def schedule(self, place: _Node) -> str:
        block = place.child("schedule_route", "schedule")
        block.enter()
        entries = block.children("schedules", "hours")
        named = block.look("timezone")
        zone = zone_of(named)
        for entry in entries:
            entry.enter()
            hours = _Hours.of(entry)
            if (zone is None and named is not None) or hours is None:
                return self.opaque("schedule_route")
            if hours.hold(self.call.at, zone):
                return self.branch(entry)
        for holder in (block, place):
            if _text(holder.look("default_ring_to")) or holder.flag("voicemail_enabled"):
                return self.default(holder)
        return "unspecified"

    def outbound(self) -> str:
        """A line that calls out; what it does with a call that comes in is not said."""
        block = self.root.child("outbound", "outbound")
        if block.fields:
            block.enter()
        return self.opaque("outbound")

    def tree(self) -> str:
        """Menus under menus. A disclaimer before the greeting is for who enters a menu; one after it belongs to the menu."""
        self.announce(self.root.look("play_disclaimer"), self.greeting())
        path = [_Menu(self.root, self.greeting, self.root.children("ivrs", "item"))]
        for pressed in self.keys:
            if pressed is None:
                return "unspecified"
            item = path[-1].item(pressed)
            if item is not None and (action := self.enter(item)) in ("interactivevoice", "ivr"):
                path.append(_Menu(item, partial(self.item_message, item), item.children("ivrs", "item")))
                self.announce(item.look("play_disclaimer"), self.item_message(item))
            elif item is not None:
                return self.leaf(item, action)
            elif len(path) > 1 and path[-1].goes_back(pressed):
                path.pop()
                path[-1].place.enter()
                self.announce("after" if path[-1].place.look("play_disclaimer") == "after" else "never", path[-1].greeting())
            else:
                return "unspecified"
        return "unspecified"

    def enter(self, item: _Node) -> str:
        item.enter()
        return _text(item.look("action")).lower()

    def item_message(self, item: _Node) -> str:
        return _text(item.look("message"))

    def leaf(self, item: _Node, action: str) -> str:
        leaves: dict[str, Callable[[_Node], str]] = {
            "simple": self.branch,
            "hangup": lambda _: "hangup",
            "geo": self.geo,
            "schedule": self.schedule,
        }
        if action not in leaves:
            return self.opaque("action")
        if item.flag("record_call"):
            self.effect("record")
        self.announce(item.look("play_disclaimer"), self.item_message(item))
        return leaves[action](item)

    def prompt(self, what: str) -> None:
        self.steps.append(Step("prompt", what))

    def effect(self, what: str) -> None:
        self.steps.append(Step("effect", what))

    def opaque(self, what: str) -> str:
        self.steps.append(Step("opaque", what))
        return "opaque"


@dataclass(frozen=True)
class _Hours:
    """The weekdays and the half-open window of one schedule entry."""

    days: frozenset[int]
    start: int
    end: int

    @classmethod
    def of(cls, entry: _Node) -> _Hours | None:
        """None where a day or a time is missing, unknown, or out of order."""
        listed = entry.look("schedule_days")
        words = [day.get("id") if isinstance(day, Mapping) else day for day in (listed if isinstance(listed, list) else ())]
        start = minutes_of(entry.look("start_time"))
        end = END_OF_DAY if (last := minutes_of(entry.look("end_time"))) == END_OF_DAY - 1 else last
        if not words or any(word not in DAYS for word in map(_text, words)) or start is None or end is None or end <= start:
            return None
        return cls(frozenset().union(*(DAYS[_text(word)] for word in words)), start, end)

    def hold(self, at: datetime, zone: str | None) -> bool:
        """Whether the moment is inside; without a zone by the clock of the moment, which is UTC where it has none."""
        local = at if at.tzinfo else at.replace(tzinfo=UTC)
        local = local if zone is None else local.astimezone(ZoneInfo(zone))
        return local.weekday() in self.days and self.start <= local.hour * 60 + local.minute < self.end
