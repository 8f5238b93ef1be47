"""What Convirza's API v2 accepts of a call flow, and the record that it makes of it: the two are not the same shape.

What surprises people: what was sent as ``number`` comes back as ``dnis``; keys of a plain IVR come back in another block, without
their names; the first target is text on level 1 of a menu and a number below.
Documented are the shapes of both sides. Limits, defaults and the texts of errors are assumed; each stands here once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

TYPES: Mapping[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "flag": lambda value: isinstance(value, bool),
    "integer": lambda value: not isinstance(value, bool) and _is_number(value, int),
    "number": lambda value: not isinstance(value, bool) and _is_number(value, int | float),
    "phone": lambda value: digits(value) is not None,
    "target": lambda value: value == "hangup" or digits(value) is not None,
    "list": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
#: The fields of a flow in a request: the type of each (documented for menus, assumed for the plain create).
FIELDS = {
    "call_flow_id": "integer",
    "call_flow_name": "text",
    "call_flow_status": "text",
    "repeat_interval": "integer",
    "call_value": "number",
    "channel_id": "integer",
    "message": "text",
    "message_enabled": "flag",
    "default_ringto": "target",
    "group_id": "integer",
    "email_to_notify": "text",
    "play_disclaimer": "text",
    "voicemail_greeting": "text",
    "voicemail_enabled": "flag",
    "voicemail_rings": "integer",
    "webhook_enabled": "flag",
    "whisper_enabled": "flag",
    "whisper_message": "text",
    "postcall_ivr_enabled": "flag",
    "postcall_ivr_id": "integer",
    "spam_threshold": "integer",
    "spam_filter_enabled": "flag",
    "record_call_enabled": "flag",
    "isSimultaneous": "flag",
    "overflowNumbers": "list",
    "ivrs": "list",
    "number": "object",
    "number_pool": "object",
    "routable_type": "text",
}
#: What a record says where a request did not (assumed, from the vendor's sample).
DEFAULTS: Mapping[str, Any] = {
    "call_flow_status": "active",
    "repeat_interval": 72,
    "call_value": 0,
    "channel_id": 7,
    "dnis": "",
    "message_enabled": False,
    "message": "",
    "default_ringto": None,
    "group_id": 0,
    "email_to_notify": "",
    "play_disclaimer": "never",
    "voicemail_greeting": "",
    "voicemail_enabled": False,
    "voicemail_rings": 3,
    "routable_id": 0,
    "routable_type": "SimpleRoute",
    "webhook_enabled": False,
    "record_until": None,
    "whisper_enabled": False,
    "whisper_message": "",
    "ring_delay": 18,
    "postcall_ivr_enabled": False,
    "postcall_ivr_id": 0,
    "spam_threshold": 0,
    "spam_filter_enabled": False,
    "referral_number": "",
    "referral_end_date": None,
    "record_call_enabled": True,
}
NEVER_GIVEN_BACK = ("campaign_id", "webhook_id", "number_pool")
#: The kinds of routes that the plain create makes (assumed); others are refused.
PLAIN_KINDS = ("SimpleRoute", "IvrRoute2")
ROUTES = ("routable_type", "default_ringto", "ivrs", "overflowNumbers", "isSimultaneous")
BLOCKS = ("hunt_type", "overflowNumbers", "ivr_route", "ivrs", "geo_route", "percentage_route", "schedule_route", "outbound")
CHOICES = {"call_flow_status": ("active", "inactive"), "play_disclaimer": ("before", "after", "never")}
BOUNDS = {"repeat_interval": (0, 8760), "call_value": (0, 999_999), "voicemail_rings": (1, 10)}
NAME, LABEL = 50, 50
OVERFLOWS, RINGS = 12, (1, 10)
KEYS, KEY_DIGITS, LEVELS = 10, 9, 3
ACTIONS = ("simple", "hangup", "geo", "schedule", "interactivevoice")
PROXIMITY = 99_999.9
SECONDS_OF_A_RING = 6
MINUTES = re.compile(r"(\d{1,2}):(\d\d)\s*(AM|PM)?", re.IGNORECASE)
DAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAYS = {"AllDays": DAY_NAMES, "Mon-Fri": DAY_NAMES[:5], "Sat-Sun": DAY_NAMES[5:]} | {day: (day,) for day in DAY_NAMES}


class Rejected(Exception):  # noqa: N818
    """A flow that the vendor takes as JSON and refuses as a flow: answered 200 with ``result`` ``error``."""


class Broken(Exception):  # noqa: N818
    """A flow over which the vendor's server breaks: answered 500."""


def _is_number(value: Any, kinds: Any) -> bool:
    return isinstance(value, kinds) or (isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value) is not None)


def digits(value: Any) -> str | None:
    """The ten digits of a phone number however it is written; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    found = re.sub(r"[\s().+-]", "", str(value))
    found = found[1:] if len(found) == 11 and found.startswith("1") else found
    return found if len(found) == 10 and found.isascii() and found.isdecimal() else None


def wrong(flows: Any) -> list[dict[str, str]]:
    """What is wrong with the shape of a body: the entries of ``errors`` (their shape is assumed)."""
    if not isinstance(flows, list) or not flows:
        return [{"field": "", "message": "the body must be an array of call flows"}]
    return [error for number, flow in enumerate(flows) for error in _wrong_flow(flow, f"[{number}]")]


def _wrong_flow(flow: Any, at: str) -> Iterator[dict[str, str]]:
    if not isinstance(flow, dict):
        yield {"field": at, "message": "must be an object"}
        return
    for name, kind in FIELDS.items():
        if flow.get(name) is not None and not TYPES[kind](flow[name]):
            yield {"field": f"{at}.{name}", "message": f"must be {kind}"}
    for name, choice in CHOICES.items():
        if isinstance(flow.get(name), str) and flow[name].lower() not in choice:
            yield {"field": f"{at}.{name}", "message": f"must be one of {', '.join(choice)}"}
    if not int(flow["call_flow_id"] if TYPES["integer"](flow.get("call_flow_id")) else 0) and not flow.get("call_flow_name"):
        yield {"field": f"{at}.call_flow_name", "message": "is required"}
    for name in ("overflowNumbers", "ivrs"):
        if isinstance(flow.get(name), list) and not all(isinstance(one, dict) for one in flow[name]):
            yield {"field": f"{at}.{name}", "message": "must hold objects"}


def check(flow: Mapping[str, Any], old: Mapping[str, Any] | None, dnis: str | None, menus: bool) -> None:
    """Whether a flow is taken; ``old``: the one that it updates. Raises Rejected or Broken."""
    for switch, words in (("message_enabled", "message"), ("whisper_enabled", "whisper_message")):
        if flow.get(switch) is True and not flow.get(words):
            raise Broken
    if len(flow.get("call_flow_name") or "") > NAME:
        raise Rejected(f"call_flow_name must have at most {NAME} characters")
    for name, (low, high) in BOUNDS.items():
        if flow.get(name) is not None and not low <= float(flow[name]) <= high:
            raise Rejected(f"{name} must be between {low} and {high}")
    _check_ring(flow, flow.get("default_ringto"), dnis)
    if menus:
        _check_menu(flow.get("ivrs"), 1, dnis)
    else:
        _check_plain(flow, old)


def _check_plain(flow: Mapping[str, Any], old: Mapping[str, Any] | None) -> None:
    kind = flow.get("routable_type")
    if kind is not None and kind not in PLAIN_KINDS:
        raise Rejected(f"routable_type {kind} cannot be created here")
    if old is not None and all(flow.get(name) is None for name in ROUTES):
        return
    if (kind or (old or DEFAULTS).get("routable_type")) == "IvrRoute2":
        keys = flow.get("ivrs") or []
        if not keys:
            raise Rejected("ivrs field is required")
        _check_keys(keys)
        for key in keys:
            if key.get("message_enabled") is True and not key.get("message"):
                raise Broken
            if digits(key.get("target_did")) is None:
                raise Rejected("target_did field is required")
    elif not flow.get("call_flow_id") and flow.get("default_ringto") is None:
        raise Rejected("default_ringto field is required")


def _check_ring(ring: Mapping[str, Any], first: Any, dnis: str | None) -> None:
    """First target and overflow numbers, together or one after the other."""
    others = ring.get("overflowNumbers") or []
    if not isinstance(others, list):
        raise Rejected("overflowNumbers must be a list")
    if ring.get("isSimultaneous") is True and not others:
        raise Rejected("overflowNumbers field is required. Make sure you typed it as 'overflowNumbers'")
    if len(others) > OVERFLOWS:
        raise Rejected(f"overflowNumbers can have at most {OVERFLOWS} numbers")
    numbers = [digits(one.get("overflowNumber")) if isinstance(one, dict) else None for one in others]
    for number, one in zip(numbers, others, strict=True):
        if number is None:
            raise Rejected("overflowNumber must be a phone number of 10 digits")
        rings = one.get("rings", 3)
        if not TYPES["integer"](rings) or not RINGS[0] <= int(rings) <= RINGS[1]:
            raise Rejected(f"rings must be between {RINGS[0]} and {RINGS[1]}")
    if dnis is not None and dnis in (digits(first), *numbers):
        raise Rejected("a call flow cannot ring its own tracking number")
    together = [digits(first), *numbers]
    if ring.get("isSimultaneous") is True and len(set(together)) < len(together):
        raise Rejected("numbers that ring simultaneously must be different")


def _check_keys(keys: Sequence[Mapping[str, Any]]) -> None:
    if len(keys) > KEYS:
        raise Rejected(f"a menu can have at most {KEYS} keys")
    pressed = [str(key.get("key", "")) for key in keys]
    if not all(re.fullmatch(rf"\d{{1,{KEY_DIGITS}}}", key) for key in pressed):
        raise Rejected(f"key must be a number of at most {KEY_DIGITS} digits")
    if len({int(key) for key in pressed}) < len(pressed):
        raise Rejected("the keys of a menu must be different")


def _check_menu(keys: Any, level: int, dnis: str | None) -> None:
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        raise Rejected("ivrs field is required" if level == 1 else "ivrData field is required")
    if level > LEVELS:
        raise Rejected(f"a menu can have at most {LEVELS} levels")
    _check_keys(keys)
    if level > 1:
        _check_way_back(keys)
    for key in keys:
        _check_key(key, level, dnis)


def _check_way_back(keys: Sequence[Mapping[str, Any]]) -> None:
    backs = {str(key.get("go_back_key", "")) for key in keys}
    if len(backs) != 1 or not re.fullmatch(r"\d{1,9}", next(iter(backs))):
        raise Rejected("go_back_key is required below the first level, and is the same for all keys of a menu")
    if backs & {str(key["key"]) for key in keys}:
        raise Rejected("go_back_key cannot be one of the keys")


def _check_key(key: Mapping[str, Any], level: int, dnis: str | None) -> None:
    action = str(key.get("action", "")).lower()
    if action not in ACTIONS:
        raise Rejected(f"action {key.get('action')!r} is not known")
    if len(str(key.get("destination") or "")) > LABEL:
        raise Rejected(f"destination must have at most {LABEL} characters")
    if key.get("whisper_enabled") is True and not key.get("whisper_message"):
        raise Broken
    if str(key.get("play_disclaimer", "never")).lower() not in CHOICES["play_disclaimer"]:
        raise Rejected("play_disclaimer must be one of before, after, never")
    {"simple": _check_simple, "geo": _check_geo, "schedule": _check_hours}.get(action, _nothing)(key, dnis)
    if action == "interactivevoice":
        if not key.get("message"):
            raise Rejected("a submenu needs a message")
        _check_menu(key.get("ivrData"), level + 1, dnis)


def _nothing(key: Mapping[str, Any], dnis: str | None) -> None:
    """Nothing is asked of it."""


def _check_simple(key: Mapping[str, Any], dnis: str | None) -> None:
    if digits(key.get("target_did")) is None:
        raise Rejected("target_did field is required")
    _check_ring(key, key["target_did"], dnis)


def _check_geo(key: Mapping[str, Any], dnis: str | None) -> None:
    place = key.get("geoData")
    if not isinstance(place, dict) or not place.get("route_by"):
        raise Rejected("geoData field is required")
    limit = place.get("proximity_limit", 0)
    if not TYPES["number"](limit) or not 0 <= float(limit) <= PROXIMITY:
        raise Rejected(f"proximity_limit must be between 0 and {PROXIMITY}")


def _check_hours(key: Mapping[str, Any], dnis: str | None) -> None:
    hours = key.get("scheduleRoute")
    if not isinstance(hours, dict) or not isinstance(hours.get("schedules"), list):
        raise Rejected("scheduleRoute field is required")
    spans: dict[str, list[tuple[int, int]]] = {}
    for entry in hours["schedules"]:
        if not isinstance(entry, dict) or digits(entry.get("ring_to")) is None:
            raise Rejected("ring_to field is required")
        _check_ring(entry, entry["ring_to"], dnis)
        start, end = minutes(entry.get("schedule_start_time")), minutes(entry.get("schedule_end_time"))
        if start is None or end is None or end <= start:
            raise Rejected("schedule_end_time must be after schedule_start_time")
        for day in _days(entry):
            spans.setdefault(day, []).append((start, end))
    for ones in spans.values():
        if any(before[1] > after[0] for before, after in pairwise(sorted(ones))):
            raise Rejected("schedules cannot overlap")


def _days(entry: Mapping[str, Any]) -> Iterator[str]:
    given = entry.get("schedule_days")
    named = [str(one.get("id")) for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    if not named or not all(name in DAYS for name in named):
        raise Rejected("schedule_days field is required")
    for name in named:
        yield from DAYS[name]


def minutes(text: Any) -> int | None:
    """A time of the day in minutes; None for what is none."""
    if isinstance(text, str) and text.lower() == "end of day":
        return 1439
    found = MINUTES.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        return None
    hour, minute, half = int(found[1]), int(found[2]), (found[3] or "").upper()
    if half:
        hour = hour % 12 + (12 if half == "PM" else 0)
    return hour * 60 + minute if hour <= 24 and minute < 60 else None


# The record of a flow: what the API gives back.


def record(
    stored: Mapping[str, Any], flow: Mapping[str, Any], dnis: str, menus: bool, moment: str, ids: Callable[[], int]
) -> dict[str, Any]:
    """What is stored after a request: what it says over what stood there; the route is as it was sent, and nothing of the old one.

    ``ids`` gives new ids for the keys of menus; those of keys that were there before stay.
    """
    made = {**DEFAULTS, **stored}
    for name in DEFAULTS:
        if flow.get(name) is not None and name in FIELDS:
            made[name] = _kept(name, flow[name])
    if menus and "message_enabled" not in flow:
        made["message_enabled"] = bool(made["message"])
    made["dnis"] = dnis
    made["ring_delay"] = made["voicemail_rings"] * SECONDS_OF_A_RING
    made["record_call_enabled"] = made["record_call_enabled"] or made["voicemail_enabled"]
    if flow.get("referral_number") is not None:
        made["referral_number"] = str(flow["referral_number"])
    made["updated_at"] = moment
    if menus or (made["routable_type"] in PLAIN_KINDS and any(flow.get(name) is not None for name in ROUTES)):
        blocks = _blocks(made, flow, menus, moment, _old_ids(stored, ids))
        return {name: one for name, one in made.items() if name not in BLOCKS} | blocks
    return made


def _kept(name: str, value: Any) -> Any:
    if FIELDS[name] in ("integer", "number") and isinstance(value, str):
        return int(value)
    if FIELDS[name] == "target":
        return digits(value) or value
    return value.lower() if name in CHOICES else value


def _blocks(
    made: Mapping[str, Any], flow: Mapping[str, Any], menus: bool, moment: str, id_of: Callable[[tuple[str, ...]], int]
) -> dict[str, Any]:
    """The part of a record that says where calls go."""
    if menus:
        empty = {"repeat_greeting": True, "options": []}
        keys = [_menu_key(key, (str(key["key"]),), id_of) for key in flow["ivrs"]]
        return {"routable_type": "IvrRoute2", "default_ringto": None, "ivr_route": empty, "ivrs": keys}
    if made["routable_type"] == "IvrRoute2":
        options = [_option(key, moment, id_of) for key in flow.get("ivrs") or []]
        return {"default_ringto": None, "ivr_route": {"repeat_greeting": True, "options": options}}
    if not flow.get("overflowNumbers"):
        return {"routable_type": "SimpleRoute"}
    hunt = "simultaneous" if flow.get("isSimultaneous") is True else "overflow"
    return {"routable_type": "SimpleRoute", "hunt_type": hunt, "overflowNumbers": _overflow(flow["overflowNumbers"])}


def _option(key: Mapping[str, Any], moment: str, id_of: Callable[[tuple[str, ...]], int]) -> dict[str, Any]:
    """A key of a plain IVR: its name is lost, and whether the disclaimer comes before or after."""
    pressed = str(key["key"])
    return {
        "ivr_option_id": id_of((pressed,)),
        "value": int(pressed),
        "ivr_target_did": int(digits(key["target_did"]) or 0),
        "ivr_email_to_notify": "",
        "ivr_play_disclaimer": str(key.get("play_disclaimer", "never")).lower() != "never",
        "ivr_record_enabled": key.get("record_enabled") is True,
        "ivr_voicemail_enabled": key.get("voicemail_enabled") is True,
        "ivr_webhook_enabled": False,
        "ivr_message_enabled": key.get("message_enabled") is True,
        "ivr_message": key.get("message") or "",
        "ivr_whisper_enabled": key.get("whisper_enabled") is True,
        "ivr_whisper_message": key.get("whisper_message") or "",
        "ivr_created_at": moment,
        "ivr_updated_at": moment,
    }


def _menu_key(key: Mapping[str, Any], path: tuple[str, ...], id_of: Callable[[tuple[str, ...]], int]) -> dict[str, Any]:
    """A key of a menu of several levels: as it was sent, with an id, and numbers as the vendor writes them."""
    made: dict[str, Any] = {"ivr_option_id": id_of(path), **{name: one for name, one in key.items() if name != "ivr_option_id"}}
    made["key"] = int(key["key"])
    if "target_did" in key:
        number = digits(key["target_did"])
        made["target_did"] = number if len(path) == 1 or number is None else int(number)
    if key.get("overflowNumbers"):
        made["overflowNumbers"] = _overflow(key["overflowNumbers"])
    if key.get("ivrData"):
        made["ivrData"] = [_menu_key(one, (*path, str(one["key"])), id_of) for one in key["ivrData"]]
    return made


def _overflow(others: Sequence[Mapping[str, Any]]) -> list[dict[str, int]]:
    return [{"overflowNumber": int(digits(one["overflowNumber"]) or 0), "rings": int(one.get("rings", 3))} for one in others]


def _old_ids(stored: Mapping[str, Any], ids: Callable[[], int]) -> Callable[[tuple[str, ...]], int]:
    known = dict(_ids_of(stored.get("ivrs"), ()))
    route = stored.get("ivr_route")
    for option in (route.get("options") or []) if isinstance(route, dict) else []:
        known.setdefault((str(option.get("value")),), option.get("ivr_option_id"))

    def id_of(path: tuple[str, ...]) -> int:
        found = known.get(path)
        return found if isinstance(found, int) else ids()

    return id_of


def _ids_of(keys: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key in keys if isinstance(keys, list) else []:
        if isinstance(key, dict):
            here = (*path, str(key.get("key")))
            yield here, key.get("ivr_option_id")
            yield from _ids_of(key.get("ivrData"), here)
