"""Runs one call through one Convirza v2 flow: the record that the list with routes returns, or the body that creates a flow.

Written from the vendor's rules alone. Two of them surprise: the ``rings`` on an overflow number are the wait before
that number is tried, so they time the number before it; and what a menu does on silence, or on a key that it does not
have, is nowhere said, so such a call ends ``unspecified``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import zip_longest
from zoneinfo import ZoneInfo

from tests.interpreters.call import Call, Step, Trace

RING_SECONDS = 6.0
DEFAULT_RINGS = 3
DISCLAIMER = "ref:disclaimer"
END_OF_DAY = 24 * 60

KINDS = {
    "SimpleRoute": "simple",
    "IvrRoute": "ivr",
    "IvrRoute2": "ivr",
    "GeoRoute": "geo",
    "PercentageBasedRoute": "percentage",
    "ScheduleRoute": "schedule",
    "OutboundRoute": "outbound",
    "VoicemailRoute": "voicemail",
}

ZONES = {
    "Atlantic": "America/Halifax",
    "Eastern": "America/New_York",
    "Central": "America/Chicago",
    "Mountain": "America/Denver",
    "Arizona": "America/Phoenix",
    "Pacific": "America/Los_Angeles",
}

#: Day ids and the weekdays they stand for, Monday is 0.
DAYS = {
    "AllDays": frozenset(range(7)),
    "Mon-Fri": frozenset(range(5)),
    "Sat-Sun": frozenset((5, 6)),
    **{name: frozenset((day,)) for day, name in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))},
}


#: What only a body has, and what only a record has.
WRITTEN = frozenset(("number_pool", "campaign_id", "webhook_id", "isSimultaneous"))
RETURNED = frozenset(
    ("dnis", "call_flow_created", "created_at", "updated_at", "routable_id", "hunt_type", "ivr_route", "schedule_route")
) | {"record_call_enabled", "record_until"}


def is_request(flow: Mapping[str, object]) -> bool:
    """Whether this creates or updates a flow, rather than being what the vendor returns: a record names its route."""
    number = "number" in flow and not isinstance(flow["number"], list)
    menu = isinstance(flow.get("ivrs"), list) and "routable_type" not in flow
    return (number or menu or not WRITTEN.isdisjoint(flow)) and RETURNED.isdisjoint(flow)


def run(record: object, call: Call, *, bundle_locations: Mapping[str, object] | None = None) -> Trace:
    """What this call meets. ValueError where the document does not hold exactly one flow.

    ``record`` may be the bare record or body, a bundle, or a list (bare or under ``data``) of one; the pointers in
    ``visited`` start at what was given. Locations are looked up by ``location_id``; each is a place, or a list of
    places, with the fields of a ``geo_route`` option.
    """
    seen: dict[str, None] = {}
    root, bundle = _open(record, seen)
    locations = bundle.child("locations") if bundle_locations is None else _Node(bundle_locations, "/locations", {})
    walk = _Walk(call, root, locations, frozenset(bundle.child("prompts").fields))
    end = walk.follow()
    return Trace(tuple(walk.steps), end, tuple(seen))


def number_text(value: object) -> str:
    """A target as the trace names it: ``+1`` and ten digits, ``opaque:TEXT`` for any other text, empty for none."""
    text = _text(value)
    if re.fullmatch(r"1?[0-9]{10}", text):
        return f"+1{text[-10:]}"
    return text and f"opaque:{text}"


def minutes_of(value: object) -> int | None:
    """The minute of the day that a schedule's text names; None where it is not one of the known spellings."""
    if not isinstance(value, str):
        return None
    if value == "End of Day":
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


def key_text(value: object) -> str:
    """What a caller presses for this option; empty where the value is no key."""
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
    """How long so many rings last. Where no count is given it is the vendor's default of three."""
    count = DEFAULT_RINGS if rings in (None, "") else _count(rings)
    return None if count is None else count * RING_SECONDS


def _open(document: object, seen: dict[str, None]) -> tuple[_Node, _Node]:
    """The record inside the document, and the bundle around it (empty where there is none)."""
    value, pointer = document, ""
    bundle = _Node({}, "", {})
    while True:
        seen[pointer] = None
        if isinstance(value, list) and len(value) == 1:
            value, pointer = value[0], f"{pointer}/0"
        elif isinstance(value, Mapping) and isinstance(value.get("call_flow"), Mapping | list):
            bundle = _Node(value, pointer, seen)
            value, pointer = value["call_flow"], f"{pointer}/call_flow"
        elif isinstance(value, Mapping) and "data" in value and "result" in value:
            value, pointer = value["data"], f"{pointer}/data"
        elif isinstance(value, Mapping):
            return _Node(value, pointer, seen), bundle
        else:
            raise ValueError(f"not one Convirza record at {pointer!r}")


@dataclass(frozen=True)
class _Node:
    """One object of the document and where it stands. What is looked at, and is there, is noted in ``seen``."""

    fields: Mapping[str, object]
    pointer: str
    seen: dict[str, None]

    def enter(self) -> None:
        """Note that the call passes here, and through the list that holds this."""
        around, _, last = self.pointer.rpartition("/")
        if last.isdigit():
            self.seen.setdefault(around)
        self.seen.setdefault(self.pointer)

    def look(self, key: str) -> object:
        """A value that decides something."""
        if key in self.fields:
            self.seen.setdefault(self.place_of(key))
        return self.fields.get(key)

    def flag(self, key: str) -> bool:
        return _flag(self.look(key))

    def child(self, key: str) -> _Node:
        """The object under this key; an empty one where there is none."""
        value = self.fields.get(key)
        return _Node(value if isinstance(value, Mapping) else {}, self.place_of(key), self.seen)

    def children(self, key: str) -> tuple[_Node, ...]:
        """The objects in the list under this key; whatever else stands in the list is passed over."""
        value = self.fields.get(key)
        entries = enumerate(value) if isinstance(value, list) else ()
        place = self.place_of(key)
        return tuple(_Node(entry, f"{place}/{n}", self.seen) for n, entry in entries if isinstance(entry, Mapping))

    def place_of(self, key: str) -> str:
        return f"{self.pointer}/{key.replace('~', '~0').replace('/', '~1')}"


@dataclass(frozen=True)
class _Try:
    """One number that may ring: the object that holds it, and under which key."""

    place: _Node
    key: str

    @property
    def number(self) -> str:
        return number_text(self.place.fields.get(self.key))

    def wait_before(self) -> float | None:
        """How long the number before this one rings."""
        self.place.enter()
        return _seconds(self.place.look("rings"))


def _tries(*tries: _Try) -> tuple[_Try, ...]:
    """Those that hold a number."""
    return tuple(one for one in tries if one.number)


def _overflow(place: _Node) -> tuple[_Try, ...]:
    return _tries(*(_Try(entry, "overflowNumber") for entry in place.children("overflowNumbers")))


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
    """One call on its way through one record. What may end the call returns how it ended."""

    def __init__(self, call: Call, root: _Node, locations: _Node, prompts: frozenset[str]) -> None:
        self.call = call
        self.root = root
        self.locations = locations
        self.prompts = prompts
        self.steps: list[Step] = []
        self.keys: Iterator[str | None] = iter(call.keys)
        self.request = is_request(root.fields)

    def follow(self) -> str:
        if not self.request and self.root.flag("record_call_enabled"):
            self.effect("record")
        kind = self.kind()
        if kind == "ivr":
            return self.tree() if self.root.children("ivrs") else self.flat_menu()
        self.announce(self.root.look("play_disclaimer"), self.message())
        routes: dict[str, Callable[[], str]] = {
            "simple": self.simple,
            "geo": self.geo_route,
            "percentage": self.percentage_route,
            "schedule": self.schedule_route,
            "voicemail": self.voicemail,
            "outbound": self.outbound,
        }
        return routes.get(kind, partial(self.opaque, "routable_type"))()

    def kind(self) -> str:
        """The route named by ``routable_type``; where that is no known name, the one that its blocks show.

        An unknown name with several kinds of block, or with none, stays unknown. No name at all and no block is a
        simple route, as long as it has a number.
        """
        named = self.root.look("routable_type")
        if isinstance(named, str) and named in KINDS:
            return KINDS[named]
        blocks = self.blocks()
        if len(blocks) == 1:
            return blocks[0]
        unnamed_menu = "routable_type" not in self.root.fields and isinstance(self.root.fields.get("ivrs"), list)
        if self.request and unnamed_menu and not blocks:
            return "ivr"
        unnamed = named in (None, "") and not blocks
        return "simple" if unnamed and (self.first_number() or _overflow(self.root)) else "unknown"

    def blocks(self) -> tuple[str, ...]:
        root = self.root
        outbound = root.child("outbound").fields
        present = {
            "ivr": root.children("ivrs") or root.child("ivr_route").children("options"),
            "geo": root.child("geo_route").children("options") or self.location_list(),
            "percentage": root.children("percentage_route"),
            "schedule": self.hours_rows(),
            "outbound": [value for value in outbound.values() if value not in (None, "")],
        }
        return tuple(kind for kind, block in present.items() if block)

    def location_list(self) -> str:
        """The id of the list of locations that the region of a body names."""
        return _text(self.root.child("geo_route").fields.get("location_id")) if self.request else ""

    def hours_rows(self) -> tuple[_Node, ...]:
        """A record has flat rows; a body has the block of a menu item."""
        if self.request and isinstance(self.root.fields.get("scheduleRoute"), Mapping):
            return self.root.child("scheduleRoute").children("schedules")
        return self.root.child("schedule_route").children("options")

    def first_number(self) -> str:
        return number_text(self.root.fields.get("default_ringto"))

    def message(self) -> str:
        """The voice prompt in front of a route: only where it is switched on."""
        return _text(self.root.look("message")) if self.root.flag("message_enabled") else ""

    def greeting(self) -> str:
        """The root menu's greeting: off only where the switch says so, for a multi-level record may have no switch."""
        switch = self.root.look("message_enabled")
        return _text(self.root.look("message")) if switch in (None, "") or _flag(switch) else ""

    def announce(self, disclaimer: object, message: str) -> None:
        """Speak the message, with the disclaimer before or after it. A yes without a place is before."""
        before = disclaimer == "before" or _flag(disclaimer)
        if before:
            self.prompt(DISCLAIMER)
        if message:
            self.prompt(self.spoken(message))
        if disclaimer == "after":
            self.prompt(DISCLAIMER)

    def spoken(self, text: str) -> str:
        """A text that is the id of an uploaded prompt in the bundle is that prompt, any other is read aloud."""
        return f"ref:{text}" if text in self.prompts else text

    def simple(self) -> str:
        target = self.root.look("default_ringto")
        if isinstance(target, str) and target.lower() == "hangup":
            return "hangup"
        overflow = _overflow(self.root)
        if self.request:
            return self.hunt(_Try(self.root, "default_ringto"), overflow, self.together(self.root, overflow), self.root)
        hunt_type = _text(self.root.look("hunt_type")).lower() if overflow else ""
        if hunt_type not in ("", "overflow", "rollover", "simultaneous"):
            return self.opaque("hunt_type")
        return self.hunt(_Try(self.root, "default_ringto"), overflow, hunt_type == "simultaneous", self.root)

    def default(self) -> str:
        """The number to fall back to, without the hunt that belongs to simple routes."""
        target = self.root.look("default_ringto")
        if isinstance(target, str) and target.lower() == "hangup":
            return "hangup"
        return self.hunt(_Try(self.root, "default_ringto"), (), False, self.root)

    def hunt(self, first: _Try, overflow: Sequence[_Try], together: bool, box: _Node, switch: str = "") -> str:
        """Ring the numbers, then go to voicemail if the switch in ``box`` is on."""
        tries = _tries(first, *overflow)
        if not tries:
            first.place.look(first.key)
        voicemail = partial(box.flag, switch or "voicemail_enabled")
        if overflow and together:
            seconds = self.voicemail_seconds() if voicemail() else DEFAULT_RINGS * RING_SECONDS
            return "answered" if self.ring(tries, seconds) else self.unanswered(voicemail)
        for this, following in zip_longest(tries, tries[1:]):
            seconds = following.wait_before() if following is not None else self.voicemail_seconds() if voicemail() else None
            if self.ring((this,), seconds):
                return "answered"
        return self.unanswered(voicemail)

    def ring(self, tries: Sequence[_Try], seconds: float | None) -> bool:
        """Ring these together, and say whether one of them answers."""
        for one in tries:
            one.place.enter()
            one.place.look(one.key)
        targets = tuple(sorted({one.number for one in tries}))
        self.steps.append(Step("ring", targets=targets, seconds=seconds))
        return any(self.call.answer_of(target) == "answered" for target in targets)

    def unanswered(self, voicemail: Callable[[], bool]) -> str:
        return self.voicemail() if voicemail() else "hangup"

    def voicemail_seconds(self) -> float | None:
        return _seconds(self.root.look("voicemail_rings"))

    def voicemail(self) -> str:
        self.steps.append(Step("voicemail", self.spoken(_text(self.root.look("voicemail_greeting")))))
        return "voicemail"

    def geo_route(self) -> str:
        block = self.root.child("geo_route")
        options = block.children("options")
        if not options and not self.location_list():
            return self.default()
        block.enter()
        block.look("strategy")
        self.effect("region")
        office = self.office(options or self.offices(block))
        return self.default() if office is None else self.hunt(office, (), False, self.root)

    def office(self, options: Sequence[_Node]) -> _Try | None:
        """The number of the first option whose city is where the caller is."""
        place = (self.call.place or "").strip().casefold()
        here = (option for option in options if place and _text(option.look("city")).strip().casefold() == place)
        option = next(here, None)
        keys = ("geo_target_did", "target_did")
        return None if option is None else _Try(option, next((key for key in keys if key in option.fields), keys[0]))

    def percentage_route(self) -> str:
        """One of the shares, by the draw. Shares that do not make a hundred leave calls that nobody can place."""
        rows = self.root.children("percentage_route")
        if not rows:
            return self.default()
        shares = [_count(row.look("percentage")) for row in rows]
        known = [share for share in shares if share is not None]
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
        chosen.look("per_target_did")
        tries = _tries(_Try(chosen, "per_target_did"))
        voicemail = partial(self.root.flag, "voicemail_enabled")
        if tries and self.ring(tries, self.voicemail_seconds() if voicemail() else None):
            return "answered"
        return self.unanswered(voicemail)

    def schedule_route(self) -> str:
        """Flat rows of integers, whose zone, days and times nobody knows; in a body the block of a menu item."""
        if self.request:
            return self.leaf_schedule(self.root) if self.root.child("scheduleRoute").fields else self.default()
        block = self.root.child("schedule_route")
        if not block.children("options"):
            return self.default()
        block.enter()
        return self.opaque("schedule_route")

    def outbound(self) -> str:
        """A line that calls out; what it does with a call that comes in is not said."""
        block = self.root.child("outbound")
        if block.fields:
            block.enter()
        return self.opaque("outbound")

    def flat_menu(self) -> str:
        """One level, from ``ivr_route``. In the old kind of route the value 10 stands for the key 0."""
        self.announce(self.root.look("play_disclaimer"), self.greeting())
        old = self.root.fields.get("routable_type") == "IvrRoute"
        pressed = next(self.keys, None)
        if pressed is None:
            return "unspecified"
        block = self.root.child("ivr_route")
        for option in block.children("options"):
            value = key_text(option.look("value"))
            if pressed == ("0" if old and value == "10" else value):
                block.enter()
                return self.flat_option(option)
        return "unspecified"

    def flat_option(self, option: _Node) -> str:
        option.enter()
        if option.flag("ivr_record_enabled"):
            self.effect("record")
        message = _text(option.look("ivr_message")) if option.flag("ivr_message_enabled") else ""
        self.announce(option.look("ivr_play_disclaimer"), message)
        return self.hunt(_Try(option, "ivr_target_did"), (), False, option, "ivr_voicemail_enabled")

    def tree(self) -> str:
        """Menus under menus. A disclaimer before the greeting is for who enters a menu; one after it belongs to the menu."""
        self.announce(self.root.look("play_disclaimer"), self.greeting())
        path = [_Menu(self.root, self.greeting, self.root.children("ivrs"))]
        for pressed in self.keys:
            if pressed is None:
                return "unspecified"
            item = path[-1].item(pressed)
            if item is not None and len(path) == 1 and self.is_single(item):
                return self.single(item)
            if item is not None and (action := self.enter(item)) == "interactivevoice":
                path.append(_Menu(item, partial(self.item_message, item), item.children("ivrData")))
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

    def is_single(self, item: _Node) -> bool:
        """An item of the plain body, which has a ``route_type`` and no ``action``."""
        return self.request and item.fields.get("action") is None and item.fields.get("route_type") is not None

    def single(self, item: _Node) -> str:
        """The plain body's item: its message has a switch, and its only known route is a simple one."""
        item.enter()
        if _text(item.look("route_type")).lower() != "simple":
            return self.opaque("route_type")
        if item.flag("record_enabled"):
            self.effect("record")
        message = self.item_message(item) if item.flag("message_enabled") else ""
        self.announce(item.look("play_disclaimer"), message)
        return self.leaf_simple(item)

    def enter(self, item: _Node) -> str:
        item.enter()
        return _text(item.look("action")).lower()

    def item_message(self, item: _Node) -> str:
        return _text(item.look("message"))

    def leaf(self, item: _Node, action: str) -> str:
        leaves: dict[str, Callable[[_Node], str]] = {
            "simple": self.leaf_simple,
            "hangup": lambda _: "hangup",
            "geo": self.leaf_geo,
            "schedule": self.leaf_schedule,
        }
        if action not in leaves:
            return self.opaque("action")
        if item.flag("record_enabled"):
            self.effect("record")
        self.announce(item.look("play_disclaimer"), self.item_message(item))
        return leaves[action](item)

    def leaf_simple(self, item: _Node) -> str:
        return self.hunt(_Try(item, "target_did"), overflow := _overflow(item), self.together(item, overflow), item)

    def together(self, place: _Node, overflow: Sequence[_Try]) -> bool:
        return bool(overflow) and place.flag("isSimultaneous")

    def leaf_geo(self, item: _Node) -> str:
        data = item.child("geoData")
        if data.fields:
            data.enter()
            data.look("route_by")
            self.effect("region")
        office = self.office(self.offices(data))
        return self.hunt(office or _Try(data, "target_did"), (), False, item)

    def offices(self, data: _Node) -> tuple[_Node, ...]:
        """The places behind ``location_id``, where the bundle brings them."""
        location = key_text(data.look("location_id"))
        listed = self.locations.children(location)
        one = self.locations.child(location)
        return listed or one.children("locations") or ((one,) if one.fields else ())

    def leaf_schedule(self, item: _Node) -> str:
        route = item.child("scheduleRoute")
        route.enter()
        entries = route.children("schedules")
        named = route.look("timezone")
        zone = ZONES.get(_text(named))
        for entry in entries:
            entry.enter()
            hours = _Hours.of(entry)
            if (zone is None and named is not None) or hours is None:
                return self.opaque("scheduleRoute")
            if hours.hold(self.call.at, zone):
                overflow = _overflow(entry)
                return self.hunt(_Try(entry, "ring_to"), overflow, self.together(entry, overflow), entry)
        if not number_text(route.look("default_ringto")) and not route.flag("voicemail_enabled"):
            return "unspecified"
        return self.hunt(_Try(route, "default_ringto"), (), False, route)

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
        ids = [_text(day.look("id")) for day in entry.children("schedule_days")]
        start = minutes_of(entry.look("schedule_start_time"))
        end = END_OF_DAY if (last := minutes_of(entry.look("schedule_end_time"))) == END_OF_DAY - 1 else last
        if not ids or any(name not in DAYS for name in ids) or start is None or end is None or end <= start:
            return None
        return cls(frozenset().union(*(DAYS[name] for name in ids)), start, end)

    def hold(self, at: datetime, zone: str | None) -> bool:
        """Whether the moment is inside; without a zone by the clock of the moment, which is UTC where it has none."""
        local = at if at.tzinfo else at.replace(tzinfo=UTC)
        local = local if zone is None else local.astimezone(ZoneInfo(zone))
        return local.weekday() in self.days and self.start <= local.hour * 60 + local.minute < self.end
