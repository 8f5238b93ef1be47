"""Invents Convirza v3 provisioned routes, as records and as requests, and calls that are aimed at a route.

A route is first built as the assumed schema has it, then a few of its places are disturbed: a key dropped, a value made null, a
block emptied, a number or a key spelled otherwise, an unknown key or value put in, keys shuffled.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tests.interpreters.call import ANSWERS, Call
from tests.interpreters.convirza_v3 import ALIASES, DAYS, DEFAULT, FIRST, minutes_of, number_text, zone_of

Json = dict[str, Any]

CREATED = "2026-02-03T15:04:05.000Z"
MODIFIED = "2026-03-18T21:40:12.000Z"

#: Every kind of route, the richer ones more often.
KINDS = (
    *("simple",) * 3,
    *("ivr",) * 5,
    *("schedule",) * 2,
    *("hangup", "geo", "percentage", "voicemail", "outbound", "round_robin", "voice_agent"),
)
OLD_WORDS = {
    "simple": "SimpleRoute",
    "ivr": "IvrRoute2",
    "geo": "GeoRoute",
    "percentage": "PercentageBasedRoute",
    "schedule": "ScheduleRoute",
    "outbound": "OutboundRoute",
    "voicemail": "VoicemailRoute",
}
CITIES = ("Salt Lake City", "Provo", "Ogden")
MESSAGES = ("", "Thanks for calling.", "Press 1 for sales, press 2 for service.", "Grüße & <welcome> to 100 % Example")
PERCENTAGES = ((100,), (50, 50), (50, 30, 20), (33, 33, 34), (1, 99), (25, 25, 25, 25))
ZONES = ("America/Denver", "America/New_York", "America/Phoenix", "Europe/Berlin")
LABELS = ("Npa", "Npa", "Zipcode", "Claimed", "claimedState")

#: The keys that hold a telephone number.
NUMBER_KEYS = ("ring_to", "default_ring_to", "phone_number", "overflow_number", "overflowNumber", "target_did", "default_ringto")

#: Values that nobody has seen, by key.
UNKNOWN_VALUES: dict[str, tuple[Any, ...]] = {
    "route_type": ("teleport", "queue"),
    "hunt_type": ("round robin", "longest idle"),
    "play_disclaimer": ("sometimes",),
    "action": ("voiceAgent", "percentage"),
    "strategy": ("Moon",),
    "timezone": ("Alaska", "Europe/Atlantis"),
    "start_time": ("noon", "25:00"),
    "end_time": ("midnight",),
    "status": ("paused",),
    "schedule_days": (["Mon-Thu"], [], ["Mon", 7], "Mon"),
    "ring_to_numbers": ([{"phone_number": "18015550153"}], [""], "18015550153"),
}


def documents() -> st.SearchStrategy[Json]:
    """Routes of every kind, realistic and weird."""
    return _routes(weird=True)


def clean_documents() -> st.SearchStrategy[Json]:
    """The same without odd spellings, unknown keys and unknown values."""
    return _routes(weird=False)


@st.composite
def calls(draw: st.DrawFn, document: object) -> Call:
    """A call that goes where this route has something to decide."""
    facts = list(_facts(document))
    targets = {text for key, value in facts if key in NUMBER_KEYS and (text := number_text(value))}
    listed = [value for key, value in facts if key == "ring_to_numbers" and isinstance(value, list)]
    targets |= {text for numbers in listed for one in numbers if (text := number_text(one))}
    targets |= {f"agent:{value}" for key, value in facts if key == "voiceagent_id"}
    rung = st.sampled_from(sorted(targets) or ["+18015550100"])
    return Call(
        at=draw(_moments(facts)),
        caller=draw(st.sampled_from(("+12025550100", "+18015550199", "+13855550162", None))),
        dialled=draw(st.sampled_from((None, "+18015550122"))),
        place=draw(st.sampled_from((None, *sorted(_texts(facts, "city")), "Nowhere", "UT"))),
        keys=draw(_walks(document) | _walks(document) | _walks(document) | _random_keys(facts)),
        answers=draw(st.dictionaries(rung, st.sampled_from(ANSWERS), max_size=6)),
        default_answer=draw(st.sampled_from(("no_answer", "no_answer", "busy", "declined", "unreachable", "answered"))),
        draws=tuple(draw(st.lists(_draws(facts), max_size=2))),
    )


@st.composite
def _routes(draw: st.DrawFn, *, weird: bool) -> Json:
    builder = _Builder(draw, weird)
    route = builder.route()
    builder.disturb(route)
    return route


class _Builder:
    """Draws one route. ``budget`` bounds the menu items, so that deep trees stay small."""

    def __init__(self, draw: st.DrawFn, weird: bool) -> None:
        self.draw = draw
        self.weird = weird
        self.budget = 14

    def chance(self, percent: int) -> bool:
        """True in about this share of the cases; shrinks to False."""
        return self.draw(_HUNDRED) >= 100 - percent

    def pick(self, *values: Any) -> Any:
        return values[self.draw(_INDEX[len(values)])]

    def number(self) -> str:
        """A fictional number: any area code, 555, 0100 to 0199."""
        return f"1{self.pick(801, 385, 202, 212)}55501{self.draw(_HUNDRED):02}"

    def switches(self, *keys: str) -> Json:
        """These switches, drawn in one go."""
        bits = self.draw(st.integers(0, 2 ** len(keys) - 1))
        return {key: bool(bits >> place & 1) for place, key in enumerate(keys)}

    def some(self, fields: Json, percent: int = 50) -> Json:
        """Some of these fields."""
        return {key: value for key, value in fields.items() if self.chance(percent)}

    def route(self) -> Json:
        kind = self.pick(*KINDS)
        route = self.common(kind) | self.blocks(kind)
        if self.chance(10):
            route |= self.blocks(self.pick(*KINDS))
        if self.chance(50):
            route |= {"phone_number": self.number(), "provisioned_route_created": CREATED, "provisioned_route_modified": MODIFIED}
            route = {"provisioned_route_id": self.draw(_IDS)} | route
        if self.chance(8):
            route["provisioned_route_id"] = self.draw(_IDS)
            self.forget_kind(route)
        return route

    def forget_kind(self, route: Json) -> None:
        """No name for the route: its blocks alone say what it is."""
        if self.chance(50):
            del route["route_type"]
        else:
            route["route_type"] = self.pick(None, "")

    def common(self, kind: str) -> Json:
        word = OLD_WORDS.get(kind, kind.upper()) if self.weird and self.chance(15) else kind
        fields = {
            "provisioned_route_name": self.pick("Ridgeline Roofing - Main", "Harbor Dental", "Café ☎"),
            "route_type": word,
            "org_unit_id": 1200,
            "campaign_id": 311,
            "channel_id": 7,
            "status": self.pick("active", "active", "inactive"),
            "repeat_interval": self.pick(72, 0),
            "call_value": self.pick(0, 25, 12.5),
            "phone_number_id": 67890,
            "record_call": self.pick(False, True),
            "play_disclaimer": self.pick("never", "before", "after"),
            "spam_filter_enabled": self.pick(False, True),
        }
        more = {
            **self.switches("message_enabled", "whisper_enabled", "voicemail_enabled", "webhook_enabled"),
            "spam_threshold": self.pick(0, 3),
            "message": self.pick(*MESSAGES),
            "whisper_message": self.pick("", "Call from the website"),
            "voicemail_rings": self.draw(_RINGS),
            "voicemail_greeting": self.pick("", "Please leave your name and number."),
            "email_to_notify": self.pick("", "calls@example.com", "a@example.com,b@example.com"),
        }
        return fields | self.some(more, 60)

    def blocks(self, kind: str) -> Json:
        """What belongs to this kind of route."""
        match kind:
            case "simple":
                return self.hunt()
            case "ivr":
                return {"repeat_greeting": self.pick(True, False), "ivrs": self.items(1)}
            case "geo":
                return {"default_ring_to": self.number(), "geo_route": self.geo()}
            case "percentage":
                return {"percentage_route": self.shares()}
            case "schedule":
                return {"schedule_route": self.schedule()} | self.some({"default_ring_to": self.number()}, 40)
            case "outbound":
                return {"outbound": {"caller_id": self.pick(self.number(), "LOCAL_NUMBER"), "pin": self.pick("4321", "")}}
            case "voicemail":
                return {"voicemail_enabled": True, "voicemail_greeting": "You have reached the box."}
            case "round_robin":
                return {"ring_to_numbers": [self.number() for _ in range(int(self.pick(2, 3, 1)))]}
            case "voice_agent":
                return {"voiceagent_id": self.pick(42, 7)} | self.some({"default_ring_to": self.number()}, 80)
            case _:
                return {}

    def hunt(self) -> Json:
        """The keys of a branch: a number, overflow numbers, voicemail."""
        branch: Json = {"ring_to": self.number()}
        if self.chance(5):
            branch["ring_to"] = self.pick("hangup", "", None)
        if self.chance(50):
            hunt_type = self.pick("rollover", "overflow", "simultaneous")
            if self.weird and self.chance(40):
                hunt_type = self.pick(hunt_type.title(), hunt_type.upper())
            branch |= {"hunt_type": hunt_type, "overflow_numbers": self.overflow()}
        return branch | self.some({"voicemail_enabled": self.pick(True, False)})

    def overflow(self) -> list[Json]:
        """Numbers to try next; in a hunt the same one may come again. Their order is mostly that of the list."""
        entries = [{"phone_number": self.number(), "rings": self.draw(_RINGS)} for _ in range(int(self.pick(0, 1, 2, 3)))]
        if entries and self.chance(25):
            entries.append({"phone_number": entries[0]["phone_number"], "rings": self.draw(_RINGS)})
        orders: list[Any] = [entry + 1 for entry in range(len(entries))]
        if self.chance(20):
            orders = list(self.draw(st.permutations(orders)))
        if self.weird and orders and self.chance(10):
            orders = [self.pick(*orders, 0, 9, "2", "first", None) for _ in orders]
        if self.chance(85):
            entries = [entry | {"order": order} for entry, order in zip(entries, orders, strict=True)]
        return entries

    def keys(self) -> list[int]:
        keys = self.draw(st.lists(st.integers(0, 9), unique=True, min_size=1, max_size=4))
        if self.chance(5):
            keys.append(int(self.pick(42, 123456789)))
        if self.weird and self.chance(3):
            keys.append(keys[0])
        return keys

    def items(self, level: int) -> list[Json]:
        keys = self.keys()[: max(0, self.budget)]
        self.budget -= len(keys)
        back = next((key for key in (9, 8, 0, 7, 6) if key not in keys), 6)
        items = [self.item(key, level) for key in keys]
        for item in items if level > 1 else ():
            item["go_back_key"] = int(self.pick(0, 5, 7)) if self.chance(5) else back
        return items

    def item(self, key: int, level: int) -> Json:
        deepest = 4 if self.weird and self.chance(5) else 3
        actions = ["simple", "simple", "hangup", "geo", "schedule"]
        if self.weird:
            actions += ["Simple", "HangUp", "GEO"]
        if level < deepest and self.budget > 0:
            actions += ["interactiveVoice"] * 3
        action = self.pick(*actions)
        item = {"key": key, "action": action, "destination": self.pick("Front desk", "Billing", "")}
        if action == "interactiveVoice":
            item |= {"message": "Press 1, 2 or 3.", "ivrs": self.items(level + 1)}
        elif action.lower() == "simple" or self.chance(8):
            item |= self.hunt()
        if action.lower() == "geo":
            item |= {"geo_route": self.geo()} | self.some({"default_ring_to": self.number()}, 80)
        if action == "schedule":
            item["schedule_route"] = self.schedule()
        fields = {
            **self.switches("record_call", "whisper_enabled", "voicemail_enabled"),
            "message": self.pick(*MESSAGES),
            "play_disclaimer": self.pick("never", "before", "after"),
            "whisper_message": self.pick("", "Front desk call"),
        }
        return self.some(fields, 40) | item

    def geo(self) -> Json:
        fields = {"strategy": self.pick(*LABELS), "radius": self.pick(1, 25, 99.5)}
        more = {"location_id": 311, "allow_manual_entry": self.pick(True, False)}
        places = [self.place(city) for city in CITIES[: self.pick(2, 1, 3, 0)]]
        return fields | self.some(more) | ({"locations": places} if self.chance(70) else {})

    def place(self, city: str) -> Json:
        where = {"city": city, "address": "100 S Example St", "latitude": 40.7608, "longitude": -111.891}
        return where | (self.hunt() if self.chance(30) else {"ring_to": self.number()})

    def schedule(self) -> Json:
        """Windows between sorted quarters of an hour, so that no two overlap."""
        cuts = sorted(self.draw(st.lists(st.integers(0, 96), unique=True, min_size=2, max_size=6)))
        windows = list(zip(cuts[::2], cuts[1::2], strict=False))
        block: Json = {"timezone": self.pick(*ZONES)}
        block |= self.some({"default_ring_to": self.number(), "voicemail_enabled": self.pick(False, True)}, 80)
        return block | {"schedules": [self.hours(start, end) for start, end in windows] if not self.chance(5) else []}

    def hours(self, start: int, end: int) -> Json:
        words = self.draw(st.lists(st.sampled_from(tuple(DAYS)), unique=True, min_size=1, max_size=2))
        days: list[Any] = [{"id": word} for word in words] if self.weird and self.chance(15) else words
        times = {"start_time": self.time_text(start * 15), "end_time": self.time_text(end * 15)}
        return {"schedule_days": days, **times} | self.hunt()

    def time_text(self, minute: int) -> str:
        if minute == 24 * 60:
            return str(self.pick("End of Day", "24:00", "23:59", "11:59 PM") if self.weird else "End of Day")
        if self.weird and self.chance(20):
            moment = f"{minute // 60 % 12 or 12:02}:{minute % 60:02} {'AM' if minute < 720 else 'PM'}"
            return str(self.pick(moment, moment.removeprefix("0")))
        return f"{minute // 60:02}:{minute % 60:02}"

    def shares(self) -> list[Json]:
        rows = []
        for share in self.pick(*PERCENTAGES):
            branch = self.hunt() if self.chance(30) else {"ring_to": self.number()}
            rows.append({"percentage": share} | branch)
        return rows[:-1] if self.chance(5) else rows

    def disturb(self, route: Json) -> None:
        """Change up to six places. A route that nothing would be known of keeps its id."""
        disturbances = [self.drop, self.nothing, self.empty]
        if self.weird:
            disturbances += [self.respell, self.respell, self.rename, self.unknown_key, self.unknown_value]
        for _ in range(self.draw(st.integers(0, 6 if self.weird else 2))):
            places = [(holder, key) for holder in _objects(route) for key in holder]
            if places:
                self.pick(*disturbances)(*places[self.draw(st.integers(0, len(places) - 1))])
        if "provisioned_route_id" not in route and "route_type" not in route:
            route["provisioned_route_id"] = 1023
        if self.chance(15):
            _shuffle(route, self.draw(st.integers(0, 2**16)))

    def drop(self, holder: Json, key: str) -> None:
        del holder[key]

    def nothing(self, holder: Json, key: str) -> None:
        holder[key] = None

    def empty(self, holder: Json, key: str) -> None:
        """A block without content; a text without a character."""
        if isinstance(holder[key], (str, list, dict)):
            holder[key] = type(holder[key])()

    def rename(self, holder: Json, key: str) -> None:
        """The same fact under another name, in its place; now and then beside the first."""
        names = {"ring_to": FIRST[1:] + DEFAULT[:1], "default_ring_to": DEFAULT[1:], "phone_number": ("overflowNumber",)}
        others = names.get(key) or ALIASES.get(key)
        if not others or (key == "phone_number" and "rings" not in holder):
            return
        items = list(holder.items())
        twice = self.chance(30)
        holder.clear()
        for name, value in items:
            if name != key:
                holder.setdefault(name, value)
                continue
            if twice:
                holder[name] = self.pick(value, None, "")
            holder[self.pick(*others)] = value

    def unknown_key(self, holder: Json, key: str) -> None:
        name = self.pick("x_note", "queue_id", "agent~1/2")
        holder[name] = self.pick("kept", 7, None, {"deep": [1, {"a": True}]}, [])

    def unknown_value(self, holder: Json, key: str) -> None:
        """A value nobody has seen, here or in the nearest key that has a closed set of values."""
        known = [name for name in (key, *holder) if name in UNKNOWN_VALUES and isinstance(holder[name], (str, list))]
        if known:
            value = self.pick(*UNKNOWN_VALUES[known[0]])
            if not isinstance(value, str) or isinstance(holder[known[0]], str):
                holder[known[0]] = value

    def respell(self, holder: Json, key: str) -> None:
        """The same value spelled otherwise; a number also in ways that are no longer plain digits."""
        value = holder[key]
        digits = str(value)
        if isinstance(value, bool):
            holder[key] = self.pick(int(value), digits.lower())
        elif key in NUMBER_KEYS and re.fullmatch("1[0-9]{10}", digits):
            ten = digits[1:]
            odd = f"{ten[:3]}-{ten[3:6]}-{ten[6:]}"
            holder[key] = self.pick(ten, int(ten), int(digits), f"+{digits}", odd, "+9992025550142")
        elif key in ("provisioned_route_name", "destination"):
            holder[key] = 42
        elif key == "ring_to_numbers" and isinstance(value, list):
            holder[key] = [self.pick(f"+{one}", one, str(one)[1:]) for one in value]
        elif key == "email_to_notify" and isinstance(value, str):
            holder[key] = [part for part in value.split(",") if part]
        elif isinstance(value, (int, str)):
            holder[key] = _swapped(value)


_HUNDRED = st.integers(0, 99)
_IDS = st.integers(1, 99_999)
_RINGS = st.integers(1, 10)
_INDEX = {size: st.integers(0, size - 1) for size in range(1, 40)}


def _swapped(value: int | str) -> int | str:
    """A whole number as text, and digits as a number."""
    if isinstance(value, int):
        return str(value)
    return int(value) if re.fullmatch("[1-9][0-9]{0,15}", value) else value


def _objects(value: object) -> Iterator[Json]:
    """Every object in the document, outer ones first."""
    waiting = [value]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, dict):
            yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _shuffle(route: Json, seed: int) -> None:
    """Another order of keys, at every level."""
    order = random.Random(seed)
    for holder in list(_objects(route)):
        entries = list(holder.items())
        order.shuffle(entries)
        holder.clear()
        holder.update(entries)


def _facts(document: object) -> Iterator[tuple[str, object]]:
    for holder in _objects(document):
        yield from holder.items()


def _texts(facts: list[tuple[str, object]], key: str) -> set[str]:
    return {str(value) for name, value in facts if name == key and isinstance(value, (str, int))}


def _random_keys(facts: list[tuple[str, object]]) -> st.SearchStrategy[tuple[str | None, ...]]:
    """Any keys of the document's menus, in any order."""
    keys = _texts(facts, "key") | _texts(facts, "go_back_key") | {"1"}
    pressed = st.sampled_from(sorted(keys)) | st.sampled_from((None, "5", "77"))
    return st.lists(pressed, max_size=6).map(tuple)


@st.composite
def _walks(draw: st.DrawFn, document: object) -> tuple[str | None, ...]:
    """Keys that lead down the menus of the document, now and then back up, into silence, or astray."""
    menus = [_items(document)]
    keys: list[str | None] = []
    while menus[-1] and len(keys) < 8:
        item = draw(st.sampled_from(menus[-1]))
        turn = draw(st.integers(0, 19))
        if turn >= 17 and len(menus) > 1:
            keys.append(str(item.get("go_back_key")))
            menus.pop()
        elif turn >= 18:
            return (*keys, draw(st.sampled_from((None, "5", "77"))))
        else:
            keys.append(str(item.get("key")))
            menus.append(_items(item))
    return tuple(keys)


def _items(holder: object) -> list[Json]:
    """The items of a menu."""
    items = holder.get("ivrs", holder.get("ivrData")) if isinstance(holder, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def _draws(facts: list[tuple[str, object]]) -> st.SearchStrategy[float]:
    """Anywhere, and on either side of a share's end."""
    ends = [0.0]
    for key, value in facts:
        if key == "percentage" and isinstance(value, (int, float)):
            ends.append(ends[-1] + value / 100)
        if key == "ring_to_numbers" and isinstance(value, list):
            ends += [index / len(value) for index in range(1, len(value))]
    near = {min(max(end + step, 0.0), 0.999) for end in ends for step in (-0.001, 0.001)}
    return st.sampled_from(sorted(near)) | st.floats(0, 1, exclude_max=True)


def _moments(facts: list[tuple[str, object]]) -> st.SearchStrategy[datetime]:
    """Any minute of the year, and the seconds around each opening and closing time."""
    anywhere = st.integers(0, 365 * 24 * 60 - 1).map(lambda minute: _NEW_YEAR + timedelta(minutes=minute))
    times = [value for key, value in facts if key in ("start_time", "end_time", "schedule_start_time", "schedule_end_time")]
    minutes = sorted({minute for value in times if (minute := minutes_of(value)) is not None})
    if not minutes:
        return anywhere
    zones = sorted({zone for key, value in facts if key in ("timezone", "time_zone") and (zone := zone_of(value))})
    near = st.builds(
        _moment,
        st.sampled_from(_DAYS),
        st.sampled_from(minutes),
        st.sampled_from((-60, -1, 0, 1, 60)),
        st.sampled_from(zones or ["America/Denver"]),
    )
    return near | near | anywhere


def _moment(day: date, minute: int, seconds: int, zone: str) -> datetime:
    """So many seconds after this minute of the local day, in UTC."""
    on, minute = (day, minute) if minute < 24 * 60 else (day + timedelta(days=1), 0)
    local = datetime.combine(on, time(minute // 60, minute % 60), ZoneInfo(zone))
    return local.astimezone(UTC) + timedelta(seconds=seconds)


_NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)

#: A week of winter, a week of summer, and the days on which the clocks change.
_DAYS = (
    *(date(2026, 1, day) for day in range(12, 19)),
    *(date(2026, 7, day) for day in range(13, 20)),
    date(2026, 3, 8),
    date(2026, 11, 1),
)
