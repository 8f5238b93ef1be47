"""What Convirza's words and numbers mean: one table a fact, each with its source and how sure it is.

*Documented*: the vendor's page or its sample shows it. *Assumed*: known, but not from the vendor's page, possibly stale.
*Inferred*: concluded from names. Everything assumed stands here once, so that one real answer corrects it.
The surprise is the unit of time: the vendor counts rings, and a ring is six seconds (assumed).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, Literal, TypeVar

from attrs import Factory, evolve, field, frozen

from unicall.adapter import NEW
from unicall.graph import Menu, Node, Place, Region, Target, VendorNode
from unicall.graph import text_of as text_of_target
from unicall.hours import DAY, WEEKDAYS
from unicall.wire import Codec, Json, Strange, Wrong, brief, one_of, remembered, verbatim

T = TypeVar("T")

RING_SECONDS = 6  # assumed
DEFAULT_RINGS = 3  # assumed: where a count is missing, and for numbers that ring together
DEFAULT_SECONDS = RING_SECONDS * DEFAULT_RINGS
OVERFLOW_AT_MOST = 12  # assumed
KEY_DIGITS_AT_MOST = 9  # assumed

#: ``routable_type``: ``IvrRoute2`` is documented, the others are assumed. ``IvrRoute`` is the old word for a menu.
ROUTES: Mapping[str, str] = {
    "SimpleRoute": "simple",
    "IvrRoute2": "ivr",
    "IvrRoute": "ivr",
    "GeoRoute": "geo",
    "PercentageBasedRoute": "percentage",
    "ScheduleRoute": "schedule",
    "OutboundRoute": "outbound",
    "VoicemailRoute": "voicemail",
}

#: ``scheduleRoute.timezone``: ``Atlantic`` is documented, the others and all zones behind the names are inferred.
ZONES: Mapping[str | int, str] = {
    "Atlantic": "America/Halifax",
    "Eastern": "America/New_York",
    "Central": "America/Chicago",
    "Mountain": "America/Denver",
    "Arizona": "America/Phoenix",
    "Pacific": "America/Los_Angeles",
}

#: ``schedule_days[].id``: ``AllDays`` is documented, the others are assumed. Larger groups first, for writing.
DAYS: Mapping[str | int, tuple[str, ...]] = {
    "AllDays": WEEKDAYS,
    "Mon-Fri": WEEKDAYS[:5],
    "Sat-Sun": WEEKDAYS[5:],
    **{name: (day,) for name, day in zip(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), WEEKDAYS, strict=True)},
}

#: ``geo_route.strategy``: ``Npa`` is documented, the others are assumed, and so is what they mean.
STRATEGIES: Mapping[str | int, str] = {
    "Npa": "nearest area code",
    "Zipcode": "nearest postal code",
    "Claimed": "postal code",
    "claimedState": "state",
}

#: ``geoData.route_by``: ``Claimed State`` is documented, the others are labels of the vendor's pages (assumed).
ROUTE_BY: Mapping[str | int, str] = {
    "Caller Area Code Proximity": "nearest area code",
    "Zip-code Proximity": "nearest postal code",
    "Claimed Zip-code": "postal code",
    "Claimed State": "state",
}

#: ``action`` of a menu item, in any case: ``simple`` is documented, the others are assumed.
ACTIONS: Mapping[str, str] = {
    "simple": "simple",
    "hangup": "hangup",
    "geo": "geo",
    "schedule": "schedule",
    "interactiveVoice": "menu",
}

_TRUE = ("true", "1", "yes")
_FALSE = ("false", "0", "no", "")
_MOST = 10**40  # no whole number beyond this is turned into text


def plain(value: float) -> float:
    """A whole number as an int."""
    return int(value) if value == int(value) else value


def whole_shares(shares: Mapping[str, float]) -> Mapping[str, float]:
    """Shares of a hundred in whole numbers, as the vendor has them (assumed): the largest fractions are rounded up."""
    floors = {label: math.floor(share) for label, share in shares.items()}
    if abs(sum(shares.values()) - 100) > 1e-6 or all(share == floors[label] for label, share in shares.items()):
        return shares
    ranked = sorted(shares, key=lambda label: (round(floors[label] - shares[label], 6), list(shares).index(label)))
    return floors | {label: floors[label] + 1 for label in ranked[: 100 - sum(floors.values())]}


def _encode_id(name: str | None) -> Json:
    return int(name) if name and re.fullmatch(r"0|[1-9][0-9]{0,17}", name) else name


def _plain(value: float | None) -> float | None:
    return None if value is None else plain(value)


def scalar(raw: Json, expected: str) -> str | int | float | bool:
    """Text, a number, true or false. Raises Wrong for objects and arrays."""
    if isinstance(raw, (str, int, float)):
        return raw
    raise Wrong(expected)


def text_of(raw: Json, expected: str = "text") -> str:
    """Text as it stands, a whole number by its digits. Raises Strange for what else is no object or array."""
    if isinstance(raw, str):
        return raw
    raw = scalar(raw, expected)
    if isinstance(raw, int) and not isinstance(raw, bool) and -_MOST < raw < _MOST:
        return str(raw)
    raise Strange(expected)


def _decode_words(raw: Json) -> str | None:
    return text_of(raw) or None


def _decode_switch(raw: Json) -> bool:
    if isinstance(raw, bool):
        return raw
    raw = scalar(raw, "true or false")
    word = raw.strip().lower() if isinstance(raw, str) else str(raw) if raw in (0, 1) else "?"
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise Strange("true or false")


def amount(raw: Json, expected: str) -> float:
    """A number that is not negative, or its digits."""
    raw = scalar(raw, expected)
    if isinstance(raw, str) and re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,12})?", raw):
        return plain(float(raw))
    if isinstance(raw, int | float) and not isinstance(raw, bool) and 0 <= raw < 1e12:
        return plain(raw)
    raise Strange(expected)


def rings_of(length: float) -> Codec[float]:
    """A number of rings, each of so many seconds, in seconds. Empty text is the default count."""

    def decode(raw: Json) -> float:
        return plain((DEFAULT_RINGS if raw == "" else amount(raw, "a number of rings")) * length)

    def encode(seconds: float) -> int:
        return max(1, math.floor(min(max(seconds, 0), 1e12) / length + 0.5))

    return remembered(Codec(decode, lru_cache(256, typed=True)(encode)))


def _decode_measure(raw: Json) -> float:
    raw = scalar(raw, "a number")
    if isinstance(raw, str):
        if re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,18})?", raw):
            return plain(float(raw))
        raise Strange("a number")
    if isinstance(raw, bool) or not -1e12 < raw < 1e12:
        raise Strange("a number")
    return plain(raw)


_TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})(?: ([AP]M))?")
_TIME_WORDS = "a time like 08:00 AM, or End of Day"


def _decode_time(raw: Json) -> int:
    text = text_of(raw, _TIME_WORDS)
    if text == "End of Day":
        return DAY
    match = _TIME.fullmatch(text)
    if match is None:
        raise Strange(_TIME_WORDS)
    hour, minute, half = int(match[1]), int(match[2]), match[3]
    if minute > 59 or (hour > 23 if half is None else not 1 <= hour <= 12):
        raise Strange(_TIME_WORDS)
    if half is not None:
        hour = hour % 12 + (12 if half == "PM" else 0)
    return hour * 3600 + minute * 60


def until(time: Codec[int | None]) -> Codec[int | None]:
    """The end of a window: a time, of which the last minute of the day stands for its end."""

    def decode(raw: Json) -> int | None:
        seconds = time.decode(raw)
        return DAY if seconds == END_OF_DAY else seconds

    return Codec(decode, time.encode)


def minute_of(seconds: int) -> int:
    """The minute of the day that is nearest to these seconds: the vendor writes no seconds."""
    return (seconds + 30) // 60


def _encode_time(seconds: int) -> str:
    minute = minute_of(seconds)
    if minute >= 24 * 60:
        return "End of Day"
    return f"{minute // 60 % 12 or 12:02}:{minute % 60:02} {'AM' if minute < 720 else 'PM'}"


def _encode_time_of_24_hours(seconds: int) -> str:
    minute = minute_of(seconds)
    return "End of Day" if minute >= 24 * 60 else f"{minute // 60:02}:{minute % 60:02}"


def usual(times: Iterable[float | None]) -> float | None:
    """The time that is said most often, the first of several; None where none is said."""
    said = Counter(time for time in times if time is not None).most_common(1)
    return said[0][0] if said else None


def unasked(node: Node) -> str | None:
    """What callers hear of a menu without a message: nothing (assumed)."""
    return "nothing" if isinstance(node, Menu) and node.greeting is None else None


def is_not_given(region: Region, place: Place, location: str) -> bool:
    """Whether this place stands for a list of locations of which nothing but the id is known: calls lead nowhere from it."""
    bare = place.name not in region.exits and place == Place(place.name, reference=place.reference)
    return bare and location in (place.name, f"{NEW}{place.name}")


def beyond(overflow: int) -> dict[str, Json]:
    """What is kept with an overflow number, counted from 1, that a document holds beyond what the vendor allows."""
    return {"beyond": True} if overflow > OVERFLOW_AT_MOST else {}


def with_number(shape: dict[str, Json], target: Target) -> dict[str, Json]:
    """The shape of an entry of numbers that ring together, with whose it is, where it keeps anything."""
    return shape | {"number": text_of_target(target)} if shape.get("rest") or shape.get("odd") else shape


def leads(shape: Mapping[str, Json] | None, listed: Json, numbers: int) -> bool:
    """Whether the first of so many numbers stands outside the list of overflow numbers.

    One that was read inside stays there while the list is no longer for it than the vendor allows, or than it was.
    """
    if shape is None or shape.get("first") is not False:
        return numbers > 0
    read = sum(not (isinstance(entry, Mapping) and entry.get("void")) for entry in listed or ())
    return numbers > max(OVERFLOW_AT_MOST, read)


_KEY_WORDS = f"a key of at most {KEY_DIGITS_AT_MOST} digits"


def is_key(label: str) -> bool:
    """Whether callers can press this at a menu."""
    return label.isascii() and label.isdecimal() and len(label) <= KEY_DIGITS_AT_MOST


def _decode_key(raw: Json) -> str | None:
    label = text_of(raw, _KEY_WORDS).strip()
    if label and not is_key(label):
        raise Strange(_KEY_WORDS)
    return label or None


def _encode_key(label: str | None) -> Json:
    return label if label is None or str(int(label)) != label else int(label)


def in_any_case(names: Mapping[str, T]) -> Codec[T]:
    """Closed words that the vendor spells in mixed case (assumed). The first word for a meaning is the one to write."""
    known = {word.lower(): meaning for word, meaning in names.items()}
    words = {meaning: word for word, meaning in reversed(list(names.items()))}
    expected = "one of " + ", ".join(brief(word) for word in names)

    def decode(raw: Json) -> T:
        word = text_of(raw, expected).lower()
        if word not in known:
            raise Strange(expected)
        return known[word]

    return Codec(decode, lambda meaning: words[meaning])


def _decode_route(raw: Json) -> str | None:
    if raw == "":
        return None
    if isinstance(raw, str) and raw in ROUTES:
        return ROUTES[raw]
    scalar(raw, "the name of a route")
    raise Strange("one of " + ", ".join(ROUTES))


def _decode_disclaimer(raw: Json) -> str:
    if raw in ("before", "after", "never"):
        return str(raw)
    expected = 'one of "before", "after", "never"'
    scalar(raw, expected)
    try:
        return "before" if _decode_switch(raw) else "never"
    except Strange:
        raise Strange(expected) from None


def _nothing(encode: Callable[[T], Json]) -> Callable[[T | None], Json]:
    return lambda value: None if value is None else encode(value)


#: Text where empty says nothing; a whole number is read by its digits.
WORDS: Codec[str | None] = Codec(_decode_words, verbatim)
#: The id of a document: an integer, as documented, or any text.
ID: Codec[str | None] = Codec(_decode_words, _encode_id)
#: A switch; 1, "true" and "yes" are read as well.
SWITCH: Codec[bool] = Codec(_decode_switch, verbatim)
#: A number of rings, in seconds.
RINGS: Codec[float] = rings_of(RING_SECONDS)
#: A share of the calls in percent.
SHARE: Codec[float | None] = Codec(lambda raw: amount(raw, "a share of the calls"), lambda share: _plain(share))
#: Miles, degrees.
MEASURE: Codec[float | None] = Codec(_decode_measure, lambda value: _plain(value))
#: Seconds after midnight. ``hh:mm AM/PM`` is what the vendor's pages show (assumed), ``End of Day`` is midnight.
TIME: Codec[int | None] = Codec(_decode_time, _nothing(_encode_time))
TIME_OF_24_HOURS: Codec[int | None] = Codec(_decode_time, _nothing(_encode_time_of_24_hours))
#: How the end of a day is kept (assumed: the pages offer quarters of an hour, and nothing else between 23:45 and midnight).
END_OF_DAY = 23 * 3600 + 59 * 60
#: What callers press.
KEY: Codec[str | None] = Codec(_decode_key, _encode_key)
ZONE: Codec[str | None] = one_of(ZONES)
DAY_ID = one_of(DAYS)
STRATEGY: Codec[str | None] = one_of(STRATEGIES)
BY: Codec[str | None] = one_of(ROUTE_BY)
ACTION: Codec[str | None] = in_any_case(ACTIONS)
#: Whether the numbers ring together.
HUNT: Codec[bool] = in_any_case({"overflow": False, "simultaneous": True, "rollover": False, "": False})
#: Whether the flow is in use: ``active`` is documented, ``inactive`` is assumed.
STATUS: Codec[bool | None] = in_any_case({"active": True, "inactive": False})
ROUTE: Codec[str | None] = Codec(_decode_route, lambda kind: next((w for w, k in ROUTES.items() if k == kind), None))
#: Where the disclaimer stands: text, and true or false in flat menus. ``after`` is assumed.
DISCLAIMER: Codec[str] = Codec(_decode_disclaimer, verbatim)
DISCLAIMER_FLAG: Codec[str] = Codec(_decode_disclaimer, lambda where: {"before": True, "never": False}.get(where, where))


def first_word(names: Mapping[Any, T]) -> Codec[T]:
    """Words that may share a meaning, because a user added some. The first word for a meaning is the one to write."""
    words = {meaning: word for word, meaning in reversed(list(names.items()))}
    known = one_of({word: index for index, word in enumerate(names)})
    meanings = list(names.values())
    return Codec(lambda raw: meanings[known.decode(raw)], lambda meaning: words[meaning])


@frozen(kw_only=True, eq=False)
class Facts:
    """What is known of the words and numbers of a schedule and of a ring: the tables above, and what a user knows beyond them.

    ``flat_zones``, ``flat_days`` and ``flat_times`` say what the integers of a flat schedule mean: the vendor never does.
    """

    ring_seconds: float = RING_SECONDS
    zones: Mapping[str | int, str] = Factory(lambda: ZONES)
    days: Mapping[str | int, tuple[str, ...]] = Factory(lambda: DAYS)
    times: Literal["hh:mm AM/PM", "HH:mm"] = "hh:mm AM/PM"
    flat_zones: Mapping[int, str] = Factory(dict)
    flat_days: Mapping[int, tuple[str, ...]] = Factory(dict)
    flat_times: Literal["minutes", "HHMM"] | None = None
    rings: Codec[float] = field(init=False)
    zone: Codec[str | None] = field(init=False)
    day: Codec[tuple[str, ...]] = field(init=False)
    time: Codec[int | None] = field(init=False)
    until: Codec[int | None] = field(init=False)

    @rings.default
    def _rings(self) -> Codec[float]:
        return rings_of(self.ring_seconds)

    @zone.default
    def _zone(self) -> Codec[str | None]:
        return first_word(self.zones)

    @day.default
    def _day(self) -> Codec[tuple[str, ...]]:
        return first_word(self.days)

    @time.default
    def _time(self) -> Codec[int | None]:
        return TIME if self.times == "hh:mm AM/PM" else TIME_OF_24_HOURS

    @until.default
    def _until(self) -> Codec[int | None]:
        return until(self.time)

    @property
    def default_seconds(self) -> float:
        """How long the default number of rings lasts."""
        return plain(self.ring_seconds * DEFAULT_RINGS)

    @property
    def reads_flat(self) -> bool:
        """Whether anything is known about the integers of a flat schedule: all three together, or they say nothing."""
        return bool(self.flat_zones and self.flat_days and self.flat_times)


#: What is known without a user.
KNOWN = Facts()


#: Keys of a flow as a whole that mean the same in v2 and v3, by their names there (inferred; those of v3 are its profile's).
SHARED: Mapping[str, str] = {
    "group_id": "org_unit_id",
    "campaign_id": "campaign_id",
    "channel_id": "channel_id",
    "repeat_interval": "repeat_interval",
    "call_value": "call_value",
}


#: The block of a line that calls out, and its keys in v2 (documented; that v3 has them under these names is assumed).
OUTBOUND = "outbound"
OUTBOUND_KEYS = ("set_caller_id", "pin")


def outbound_of(mine: str, other: str) -> Callable[[VendorNode], VendorNode]:
    """A line that calls out as the vendor's other format has it, where nothing is in its block but what both have."""

    def adopt(node: VendorNode) -> VendorNode:
        known = node.data is None or (isinstance(node.data, dict) and node.data.keys() <= set(OUTBOUND_KEYS))
        return evolve(node, provider=mine) if node.provider == other and node.word == OUTBOUND and known else node

    return adopt


#: Objects that hold a whole hunt, and whose shape is kept with the first node of it.
_HOLDERS = ("item", "hours", "option", "office", "place")


_OWN = ""  # stands for the shape of a node that got another one's as well


def shape_in(shape: Json, kind: str) -> Mapping[str, Json] | None:
    """The shape of a vendor's object of this kind, where this is one or has one with it."""
    if shape is None or not isinstance(shape, (dict, Mapping)):
        return None
    if shape.get("of") == kind:
        return shape
    inside = shape.get("in")
    own = inside.get(_OWN) if isinstance(inside, (dict, Mapping)) else None
    return own if own is not None and isinstance(own, (dict, Mapping)) and own.get("of") == kind else None


def heir_of(provider: str, gone: Node, node: Node) -> tuple[Node, Node]:
    """The node that began a hunt and the one that begins it now: what stands beside the hunt, and its label, are the second's."""
    held, own = gone.extras.get(provider), node.extras.get(provider)
    verbatim = isinstance(node, VendorNode) and node.provider == provider
    if verbatim or not isinstance(held, Mapping) or not _holds_hunt(held) or _holds_hunt(own):
        return gone, node
    inside = dict(held.get("in") or {})
    left = inside.pop(_OWN, None)
    inside |= {} if own is None else {_OWN: own}
    shape = {**{key: value for key, value in held.items() if key != "in"}, **({"in": inside} if inside else {})}
    extras = {name: kept for name, kept in gone.extras.items() if name != provider} | ({} if left is None else {provider: left})
    freed = evolve(gone, label=None if node.label is None else gone.label, extras=extras)
    return freed, evolve(node, label=node.label or gone.label, extras={**node.extras, provider: shape})


def _holds_hunt(shape: Json) -> bool:
    return isinstance(shape, Mapping) and shape.get("of") in _HOLDERS


def taken_over(extras: Mapping[str, Json], relatives: Mapping[str, Mapping[str, str]]) -> dict[str, Json]:
    """What a flow keeps of the vendor's other format, under the names of this one."""
    found: dict[str, Json] = {}
    for provider, names in relatives.items():
        shape = extras.get(provider)
        rest = (shape.get("rest") or {}) if isinstance(shape, Mapping) else {}
        found |= {mine: rest[theirs] for theirs, mine in names.items() if rest.get(theirs) is not None}
    return found
