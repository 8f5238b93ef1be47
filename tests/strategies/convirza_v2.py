"""Invents Convirza v2 records as the list with routes returns them, bodies that create flows, and calls that are aimed at them.

A document is first built as the vendor would write it, then a few of its places are disturbed: a key dropped, a value
made null, a block emptied, a number spelled otherwise, an unknown key or value put in, keys shuffled.
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
from tests.interpreters.convirza_v2 import DAYS, ZONES, is_request, minutes_of, number_text

Json = dict[str, Any]

CREATED = "2026-02-03T15:04:05.000Z"
UPDATED = "2026-03-18T21:40:12.000Z"

#: Every type of route, the richer ones more often.
TYPES = (
    *("SimpleRoute",) * 3,
    *("IvrRoute2",) * 5,
    *("IvrRoute", "GeoRoute", "PercentageBasedRoute", "VoicemailRoute", "ScheduleRoute", "OutboundRoute"),
)
#: The routes of the plain body; ``menus`` is the body for menus.
BODIES = (*("menus",) * 5, *("simple",) * 3, "single level", "geo", "percentage", "schedule", "voicemail", "outbound")
NAMED_BODIES = {
    "geo": "GeoRoute",
    "percentage": "PercentageBasedRoute",
    "schedule": "ScheduleRoute",
    "voicemail": "VoicemailRoute",
}
CITIES = ("Salt Lake City", "Provo", "Ogden")
MESSAGES = (
    "",
    "Thanks for calling.",
    "Press 1 for sales, press 2 for service.",
    "Grüße & <welcome> to 100 % Example",
    "9f1c2a7e-prompt",
)
PERCENTAGES = ((100,), (50, 50), (50, 30, 20), (33, 33, 34), (1, 99), (25, 25, 25, 25))

#: The keys that hold a telephone number.
NUMBER_KEYS = (
    "default_ringto",
    "overflowNumber",
    "target_did",
    "ring_to",
    "geo_target_did",
    "ivr_target_did",
    "per_target_did",
    "sch_target_did",
    "dnis",
    "phone_number",
    "referral_number",
)

#: Values that the vendor has never shown, by key.
UNKNOWN_VALUES = {
    "routable_type": ("RoundRobinRoute", "AgentRoute"),
    "hunt_type": ("round robin", "longest idle"),
    "play_disclaimer": ("sometimes",),
    "action": ("voiceAgent", "percentage"),
    "route_type": ("Geo", "Schedule"),
    "strategy": ("Moon",),
    "route_by": ("Claimed Planet",),
    "id": ("Holidays", "Mon-Thu"),
    "timezone": ("Alaska", "Europe/Berlin"),
    "schedule_start_time": ("noon", "25:00 AM"),
    "schedule_end_time": ("midnight",),
    "call_flow_status": ("paused",),
}


def documents() -> st.SearchStrategy[Any]:
    """Records and bodies of every kind, realistic and weird; a body with or without the array that it is sent in."""
    return _flows(weird=True).flatmap(_as_sent)


def clean_documents() -> st.SearchStrategy[Any]:
    """The same without odd spellings, unknown keys and unknown values."""
    return _flows(weird=False).flatmap(_as_sent)


def list_documents() -> st.SearchStrategy[list[Json] | Json]:
    """The list answer, as the bare array and in its envelope."""
    records = st.lists(_flows(weird=True), max_size=4)
    return records | records.map(lambda data: {"result": "success", "err": None, "data": data})


def _as_sent(flow: Json) -> st.SearchStrategy[Any]:
    return st.sampled_from(([flow], [flow], flow)) if is_request(flow) else st.just(flow)


@st.composite
def calls(draw: st.DrawFn, document: object) -> Call:
    """A call that goes where this record (or list of records) has something to decide."""
    facts = list(_facts(document))
    targets = sorted({text for key, value in facts if key in NUMBER_KEYS and (text := number_text(value))})
    rung = st.sampled_from(targets or ["+18015550100"])
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
def _flows(draw: st.DrawFn, *, weird: bool) -> Json:
    builder = _Builder(draw, weird)
    flow = builder.body() if builder.chance(35) else builder.record()
    builder.disturb(flow)
    return flow


class _Builder:
    """Draws one record or body. ``budget`` bounds the menu items, so that deep trees stay small."""

    def __init__(self, draw: st.DrawFn, weird: bool) -> None:
        self.draw = draw
        self.weird = weird
        self.budget = 14
        self.creates = False

    def chance(self, percent: int) -> bool:
        """True in about this share of the cases; shrinks to False."""
        return self.draw(_HUNDRED) >= 100 - percent

    def pick(self, *values: Any) -> Any:
        return values[self.draw(_INDEX[len(values)])]

    def number(self) -> int:
        """A fictional number: any area code, 555, 0100 to 0199."""
        return int(self.pick(801, 385, 202, 212)) * 10_000_000 + 5_550_100 + int(self.draw(_HUNDRED))

    def switches(self, *keys: str) -> Json:
        """These switches, drawn in one go."""
        bits = self.draw(st.integers(0, 2 ** len(keys) - 1))
        return {key: bool(bits >> place & 1) for place, key in enumerate(keys)}

    def record(self) -> Json:
        kind = self.pick(*TYPES)
        record = self.common(kind) | self.blocks(kind)
        if kind == "SimpleRoute" and self.chance(15):
            record["default_ringto"] = "hangup"
        if self.chance(10):
            record |= self.blocks(self.pick(*TYPES))
        if self.chance(8):
            self.forget_kind(record)
        return self.minimal(record) if self.chance(10) else record

    def body(self) -> Json:
        """What creates a flow, or (with an id and without a number) updates one."""
        self.creates = True
        kind = self.pick(*BODIES)
        flow = self.common_of_bodies() | (self.menu_body() if kind == "menus" else self.plain_body(kind))
        if self.chance(15):
            flow["call_flow_id"] = self.draw(_IDS)
        elif self.chance(20):
            flow["number_pool"] = self.number_pool()
        else:
            flow["number"] = {"phone_number_id": self.draw(_IDS), "phone_number": self.number()}
        return flow

    def common_of_bodies(self) -> Json:
        on = self.switches("webhook_enabled", "spam_filter_enabled")
        return {
            "call_flow_name": self.pick("Ridgeline Roofing - Main", "Harbor Dental", "Café ☎"),
            "call_flow_status": self.pick("active", "active", "inactive"),
            "repeat_interval": 72,
            "call_value": self.pick(0, 25, 12.5),
            "channel_id": 7,
            "message": self.pick(*MESSAGES),
            "group_id": 1200,
            "campaign_id": 311,
            "email_to_notify": self.pick("", "calls@example.com"),
            "voicemail_rings": self.draw(_RINGS),
            "voicemail_greeting": self.pick("", "Please leave your name and number."),
            "webhook_enabled": on["webhook_enabled"],
            "spam_threshold": self.pick(0, 3),
            "spam_filter_enabled": on["spam_filter_enabled"],
        } | ({"webhook_id": 17, "referral_number": 8015550199} if self.chance(20) else {})

    def menu_body(self) -> Json:
        return {"ivrs": self.items(1)}

    def plain_body(self, kind: str) -> Json:
        rings = self.draw(_RINGS)
        on = self.switches("message_enabled", "voicemail_enabled", "whisper_enabled", "postcall_ivr_enabled")
        plain = {
            **on,
            "play_disclaimer": self.pick("never", "before", "after"),
            "whisper_message": self.pick("", "Call from the website"),
            "ring_delay": rings * 6,
            "voicemail_rings": rings,
        }
        return plain | self.route_of_body(kind)

    def route_of_body(self, kind: str) -> Json:
        route = {} if kind == "outbound" else {"routable_type": NAMED_BODIES.get(kind, "SimpleRoute")}
        if kind != "simple" and self.chance(40):
            route["default_ringto"] = str(self.number())
        match kind:
            case "simple":
                first = "hangup" if self.chance(15) else str(self.number())
                together = self.pick(False, False, True)
                return route | {"default_ringto": first, "isSimultaneous": together, "overflowNumbers": self.overflow()}
            case "single level":
                return {"routable_type": "IvrRoute2", "ivrs": [self.single_item(key) for key in self.keys()]}
            case "geo":
                places = {"location_id": 311} if self.chance(70) else {"options": [self.geo_option(city) for city in CITIES[:2]]}
                switches = self.switches("play_branding", "allow_manual_entry")
                return route | {"geo_route": {"strategy": self.pick("Npa", "Claimed"), "radius": 25, **switches, **places}}
            case "percentage":
                return route | {"percentage_route": self.shares()}
            case "schedule":
                return route | {"scheduleRoute": self.schedule()}
            case "outbound":
                return route | {"outbound": {"set_caller_id": "CALLER_NUMBER", "pin": "4321"}}
            case _:
                return route

    def single_item(self, key: int) -> Json:
        on = self.switches("message_enabled", "record_enabled")
        return {
            "key": key,
            "name": self.pick("Appointments", "Billing", ""),
            "message_enabled": on["message_enabled"],
            "message": self.pick("", "Connecting you to scheduling."),
            "route_type": self.pick("Simple", "Simple", "simple") if self.weird else "Simple",
            "record_enabled": on["record_enabled"],
            "play_disclaimer": self.pick("never", "before", "after"),
            "target_did": str(self.number()),
        }

    def number_pool(self) -> Json:
        pool = {"pool_name": "Example pool", "keep_alive_minutes": 60, "number_quantity": 8, "npa": 801, "nxx": 555}
        return {"pool_id": 12} | pool if self.chance(50) else pool

    def forget_kind(self, record: Json) -> None:
        """No name for the route: its blocks alone say what it is."""
        if self.chance(50):
            del record["routable_type"]
        else:
            record["routable_type"] = None

    def minimal(self, record: Json) -> Json:
        """Only what routes the call."""
        routing = ("routable_type", "default_ringto", "hunt_type", "overflowNumbers", "ivrs", "message")
        return {key: value for key, value in record.items() if key in routing or key.endswith("_route")}

    def common(self, kind: str) -> Json:
        rings = self.draw(_RINGS)
        on = self.switches(
            "message_enabled",
            "voicemail_enabled",
            "webhook_enabled",
            "whisper_enabled",
            "postcall_ivr_enabled",
            "spam_filter_enabled",
            "record_call_enabled",
        )
        return {
            "call_flow_id": self.draw(_IDS),
            "call_flow_name": self.pick("Ridgeline Roofing - Main", "Harbor Dental", "Café ☎"),
            "call_flow_created": CREATED,
            "call_flow_status": self.pick("active", "active", "inactive"),
            "repeat_interval": 0 if kind == "OutboundRoute" else 72,
            "call_value": self.pick(0, 25, 12.5),
            "channel_id": 7,
            "dnis": str(self.number()),
            "message_enabled": on["message_enabled"],
            "message": self.pick(*MESSAGES),
            "default_ringto": self.first_target(kind),
            "group_id": 1200,
            "email_to_notify": self.pick("", "calls@example.com"),
            "play_disclaimer": self.pick("never", "before", "after"),
            "created_at": CREATED,
            "updated_at": UPDATED,
            "voicemail_greeting": self.pick("", "Please leave your name and number."),
            "voicemail_enabled": on["voicemail_enabled"],
            "voicemail_rings": rings,
            "routable_id": self.draw(_IDS),
            "routable_type": kind,
            "webhook_enabled": on["webhook_enabled"],
            "record_until": self.pick(None, "2019-08-24T14:15:22.123Z", "2099-01-01T00:00:00.000Z"),
            "whisper_enabled": on["whisper_enabled"],
            "whisper_message": self.pick("", "Call from the website"),
            "ring_delay": rings * 6,
            "postcall_ivr_enabled": on["postcall_ivr_enabled"],
            "postcall_ivr_id": self.pick(0, 1, 2, 3),
            "spam_threshold": self.pick(0, 3),
            "spam_filter_enabled": on["spam_filter_enabled"],
            "referral_number": self.pick("", str(8015550199)),
            "referral_end_date": self.pick(None, CREATED),
            "record_call_enabled": on["record_call_enabled"],
        }

    def first_target(self, kind: str) -> str | None:
        if kind == "SimpleRoute" or self.chance(40):
            return str(self.number())
        return self.pick(None, "")  # type: ignore[no-any-return]

    def blocks(self, kind: str) -> Json:
        """The blocks that belong to this kind of route."""
        match kind:
            case "SimpleRoute":
                return self.hunt()
            case "IvrRoute" | "IvrRoute2":
                return self.menus(kind)
            case "GeoRoute":
                return {"geo_route": self.geo_route()}
            case "PercentageBasedRoute":
                return {"percentage_route": self.shares()}
            case "ScheduleRoute":
                return {"schedule_route": self.flat_schedule()}
            case "OutboundRoute":
                caller = self.pick("8015550132", "LOCAL_NUMBER", "RANDOM_NUMBER", "CALLER_NUMBER")
                return {"outbound": {"set_caller_id": caller, "pin": self.pick("4321", "")}}
            case _:
                return {}

    def hunt(self) -> Json:
        if self.chance(20):
            return {}
        hunt_type = self.pick("overflow", "rollover", "simultaneous")
        if self.weird and self.chance(40):
            hunt_type = self.pick(hunt_type.title(), hunt_type.upper(), hunt_type.swapcase().title().swapcase())
        return {"hunt_type": hunt_type, "overflowNumbers": self.overflow()}

    def overflow(self) -> list[Json]:
        """Numbers to try next; in a hunt the same one may come again."""
        entries = [{"overflowNumber": self.number(), "rings": self.draw(_RINGS)} for _ in range(int(self.pick(0, 1, 2, 3)))]
        if entries and self.chance(25):
            entries.append({"overflowNumber": entries[0]["overflowNumber"], "rings": self.draw(_RINGS)})
        return entries

    def menus(self, kind: str) -> Json:
        flat = {"repeat_greeting": self.pick(True, False), "options": []}
        if kind == "IvrRoute" or self.chance(20):
            flat["options"] = [self.flat_option(key) for key in self.keys()]
            return {"ivr_route": flat} | ({"ivrs": []} if self.chance(20) else {})
        tree = {"ivrs": self.items(1)}
        if self.chance(10):
            flat["options"] = [self.flat_option(1)]
        return {"ivr_route": flat} | tree if self.chance(40) else tree

    def keys(self) -> list[int]:
        keys = self.draw(st.lists(st.integers(0, 9), unique=True, min_size=1, max_size=4))
        if self.chance(10):
            keys.append(10)
        if self.chance(5):
            keys.append(int(self.pick(42, 123456789)))
        if self.weird and self.chance(3):
            keys.append(keys[0])
        return keys

    def flat_option(self, value: int) -> Json:
        on = self.switches(
            "ivr_play_disclaimer",
            "ivr_record_enabled",
            "ivr_voicemail_enabled",
            "ivr_webhook_enabled",
            "ivr_message_enabled",
            "ivr_whisper_enabled",
        )
        return {
            "ivr_option_id": 5500 + value % 100,
            "value": value,
            "ivr_target_did": self.number(),
            "ivr_email_to_notify": "",
            **on,
            "ivr_message": self.pick("", "Connecting you to scheduling."),
            "ivr_whisper_message": self.pick("", "Menu call"),
            "ivr_created_at": CREATED,
            "ivr_updated_at": UPDATED,
        }

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
        item = {
            **({} if self.creates else {"ivr_option_id": 9000 + self.draw(_HUNDRED)}),
            "key": key,
            "action": action,
            "destination": self.pick("Front desk", "Billing", ""),
            "message": self.pick(*MESSAGES) if action != "interactiveVoice" else "Press 1, 2 or 3.",
        }
        return item | self.route_of(action.lower(), level) | self.leaf_fields()

    def route_of(self, action: str, level: int) -> Json:
        """What the action needs; now and then a block that it does not need."""
        wanted = {action}
        if self.chance(8):
            wanted.add(self.pick("simple", "geo", "schedule"))
        route: Json = {}
        if "interactivevoice" in wanted:
            route["ivrData"] = self.items(level + 1)
        elif self.chance(15):
            route["ivrData"] = []
        if "geo" in wanted:
            route["geoData"] = self.geo_data()
        if "schedule" in wanted:
            route["scheduleRoute"] = self.schedule()
        if "simple" in wanted:
            number = self.number()
            route["target_did"] = str(number) if level == 1 and not self.creates else number
            route |= {"isSimultaneous": self.pick(False, True), "overflowNumbers": self.overflow()}
        return route

    def leaf_fields(self) -> Json:
        if self.chance(15):
            return {}
        return {
            **self.switches("record_enabled", "whisper_enabled", "voicemail_enabled"),
            "play_disclaimer": self.pick("never", "before", "after"),
            "whisper_message": self.pick("", "Front desk call"),
        }

    def geo_data(self) -> Json:
        labels = ("Claimed State", "Claimed Zip-code", "Caller Area Code Proximity", "Zip-code Proximity")
        return {
            "route_by": self.pick(*labels),
            "proximity_limit": self.pick(1, 25, 99.5),
            "location_id": 311,
            "target_did": self.number(),
        }

    def schedule(self) -> Json:
        """Windows between sorted quarters of an hour, so that no two overlap."""
        cuts = sorted(self.draw(st.lists(st.integers(0, 96), unique=True, min_size=2, max_size=6)))
        windows = list(zip(cuts[::2], cuts[1::2], strict=False))
        return {
            "timezone": self.pick(*ZONES),
            "default_ringto": self.number(),
            "voicemail_enabled": self.pick(False, True),
            "schedules": [self.hours(start, end) for start, end in windows] if not self.chance(5) else [],
        }

    def hours(self, start: int, end: int) -> Json:
        ids = self.draw(st.lists(st.sampled_from(tuple(DAYS)), unique=True, min_size=1, max_size=2))
        return {
            "schedule_days": [{"id": name} for name in ids],
            "schedule_start_time": self.time_text(start * 15),
            "schedule_end_time": self.time_text(end * 15),
            "ring_to": self.number(),
            "overflowNumbers": self.overflow(),
            "isSimultaneous": self.pick(False, True),
            "voicemail_enabled": self.pick(False, True),
        }

    def time_text(self, minute: int) -> str:
        if minute == 24 * 60:
            return str(self.pick("End of Day", "11:59 PM", "23:59"))
        moment = f"{minute // 60 % 12 or 12:02}:{minute % 60:02} {'AM' if minute < 720 else 'PM'}"
        if self.weird and self.chance(20):
            return str(self.pick(moment.removeprefix("0"), f"{minute // 60:02}:{minute % 60:02}"))
        return moment

    def geo_route(self) -> Json:
        options = [self.geo_option(city) for city in CITIES[: self.pick(2, 1, 3, 0)]]
        return {
            **self.switches("play_branding", "allow_manual_entry"),
            "radius": self.pick(1, 25, 99.5),
            "strategy": self.pick("Npa", "Npa", "Zipcode", "Claimed", "claimedState"),
            "options": options,
        }

    def geo_option(self, city: str) -> Json:
        return {
            "geo_target_did": "~/a" if self.weird and self.chance(5) else self.number(),
            "latitude": 40.7608,
            "longitude": -111.891,
            "address": "100 S Example St",
            "city": city,
            "geo_created_at": CREATED,
            "geo_updated_at": UPDATED,
        }

    def shares(self) -> list[Json]:
        rows = [{"percentage": share, "per_target_did": self.number()} for share in self.pick(*PERCENTAGES)]
        return rows[:-1] if self.chance(5) else rows

    def flat_schedule(self) -> Json:
        rows = [
            {
                "sch_target_did": self.number(),
                "day": day,
                "from_time": self.pick(800, 480, 0),
                "to_time": self.pick(1700, 1020, 1439),
                "sch_created_at": CREATED,
                "sch_updated_at": UPDATED,
            }
            for day in range(int(self.pick(1, 2, 0, 3)))
        ]
        return {"timezone": self.pick(0, 4), "options": rows}

    def disturb(self, record: Json) -> None:
        """Change up to six places."""
        disturbances = [self.drop, self.nothing, self.empty]
        if self.weird:
            disturbances += [self.respell, self.respell, self.unknown_key, self.unknown_value]
        for _ in range(self.draw(st.integers(0, 6 if self.weird else 2))):
            places = [(holder, key) for holder in _objects(record) for key in holder]
            if places:
                self.pick(*disturbances)(*places[self.draw(st.integers(0, len(places) - 1))])
        if self.chance(15):
            _shuffle(record, self.draw(st.integers(0, 2**16)))

    def drop(self, holder: Json, key: str) -> None:
        del holder[key]

    def nothing(self, holder: Json, key: str) -> None:
        holder[key] = None

    def empty(self, holder: Json, key: str) -> None:
        """A block without content; a text without a character."""
        if isinstance(holder[key], (str, list, dict)):
            holder[key] = type(holder[key])()

    def unknown_key(self, holder: Json, key: str) -> None:
        name = self.pick("x_note", "queue_id", "agent~1/2")
        holder[name] = self.pick("kept", 7, None, {"deep": [1, {"a": True}]}, [])

    def unknown_value(self, holder: Json, key: str) -> None:
        """A value nobody has seen, here or in the nearest key that has a closed set of values."""
        known = [name for name in (key, *holder) if name in UNKNOWN_VALUES and isinstance(holder[name], str)]
        if known:
            holder[known[0]] = self.pick(*UNKNOWN_VALUES[known[0]])

    def respell(self, holder: Json, key: str) -> None:
        """The same value spelled otherwise; a number also in ways that are no longer plain digits."""
        value = holder[key]
        digits = str(value)
        if isinstance(value, bool):
            holder[key] = self.pick(int(value), digits.lower())
        elif key in NUMBER_KEYS and re.fullmatch("[0-9]{10}", digits):
            long, odd = f"1{digits}", f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
            holder[key] = self.pick(_swapped(value), _swapped(value), long, int(long), odd, f"+{long}")
        elif key in ("call_flow_name", "destination"):
            holder[key] = 42
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


def _shuffle(record: Json, seed: int) -> None:
    """Another order of keys, at every level."""
    order = random.Random(seed)
    for holder in list(_objects(record)):
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
    """Any keys of the document's menus, in any order; the key 0 where an old menu writes 10."""
    keys = _texts(facts, "key") | _texts(facts, "value") | _texts(facts, "go_back_key") | {"1"}
    keys |= {"0"} if "10" in keys else set()
    pressed = st.sampled_from(sorted(keys)) | st.sampled_from((None, "5", "77"))
    return st.lists(pressed, max_size=6).map(tuple)


@st.composite
def _walks(draw: st.DrawFn, document: object) -> tuple[str | None, ...]:
    """Keys that lead down the menus of the document, now and then back up, into silence, or astray."""
    menus = [_first_menu(document)]
    keys: list[str | None] = []
    while menus[-1] and len(keys) < 8:
        item = draw(st.sampled_from(menus[-1]))
        turn = draw(st.integers(0, 19))
        below = item.get("ivrData")
        if turn >= 17 and len(menus) > 1:
            keys.append(str(item.get("go_back_key")))
            menus.pop()
        elif turn >= 18:
            return (*keys, draw(st.sampled_from((None, "5", "77"))))
        else:
            key = str(item.get("key", item.get("value")))
            keys.append("0" if key == "10" and draw(st.booleans()) else key)
            menus.append([entry for entry in below if isinstance(entry, dict)] if isinstance(below, list) else [])
    return tuple(keys)


def _first_menu(document: object) -> list[Json]:
    """The items that stand highest in the document."""
    for key, value in _facts(document):
        if key in ("ivrs", "ivr_route"):
            items = value.get("options") if isinstance(value, dict) else value
            found = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
            if found:
                return found
    return []


def _draws(facts: list[tuple[str, object]]) -> st.SearchStrategy[float]:
    """Anywhere, and on either side of a share's end."""
    ends = [0.0]
    for key, value in facts:
        if key == "percentage" and isinstance(value, (int, float)):
            ends.append(ends[-1] + value / 100)
    near = {min(max(end + step, 0.0), 0.999) for end in ends for step in (-0.001, 0.001)}
    return st.sampled_from(sorted(near)) | st.floats(0, 1, exclude_max=True)


def _moments(facts: list[tuple[str, object]]) -> st.SearchStrategy[datetime]:
    """Any minute of the year, and the seconds around each opening and closing time."""
    anywhere = st.integers(0, 365 * 24 * 60 - 1).map(lambda minute: _NEW_YEAR + timedelta(minutes=minute))
    times = [value for key, value in facts if key in ("schedule_start_time", "schedule_end_time")]
    minutes = sorted({minute for value in times if (minute := minutes_of(value)) is not None})
    if not minutes:
        return anywhere
    zones = sorted(_zones(facts))
    near = st.builds(
        _moment,
        st.sampled_from(_DAYS),
        st.sampled_from(minutes),
        st.sampled_from((-60, -1, 0, 1, 60)),
        st.sampled_from(zones),
    )
    return near | near | anywhere


def _zones(facts: list[tuple[str, object]]) -> set[str]:
    named = {ZONES[value] for key, value in facts if key == "timezone" and isinstance(value, str) and value in ZONES}
    return named or {"America/Denver"}


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
