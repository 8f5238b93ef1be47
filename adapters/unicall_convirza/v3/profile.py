"""The names of a provisioned route's keys: one table, all of it unverified.

The vendor publishes that the operations exist, and what a few keys of *other* resources are called. No schema of a route is public.
So a key is known here by its *fact*, a word of unicall's; the table says what the vendor probably calls it (the first name is
written, the others are read too), in which objects it stands, and how sure that is. A user who has one real answer of the carrier
corrects it with a setting, and nothing else changes.

What surprises people: an object may hold several names of one fact (``ring_to`` and an empty ``target_did``). The first that says
something counts; the others stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

from attrs import field, frozen

from unicall.toml import did_you_mean
from unicall.wire import Codec, Json, Key, Wrong, brief
from unicall_convirza.facts import DEFAULT_RINGS, RING_SECONDS, RINGS, plain, rings_of

T = TypeVar("T")

#: How sure a name is. ELSEWHERE: the vendor's page has it, in another resource of v3. OLDER: API v2 has it, documented or assumed.
#: GUESS: nobody has seen it. No name is verified where it stands here.
ELSEWHERE, OLDER, GUESS = "documented in another v3 resource", "the name in v2", "a guess"

#: The objects, and where they stand.
OBJECTS: Final[Mapping[str, str]] = {
    "answer": "data of the list answer",
    "route": "the provisioned route",
    "overflow": "route/overflow_numbers/*",
    "item": "route/ivrs/*, item/ivrs/*",
    "geo": "route/geo_route, item/geo_route",
    "place": "geo/locations/*",
    "schedule": "route/schedule_route, item/schedule_route",
    "hours": "schedule/schedules/*",
    "share": "route/percentage_route/*",
}


@frozen
class Row:
    """One fact: the objects it stands in, its names, and how sure they are."""

    fact: str
    where: tuple[str, ...]
    names: tuple[str, ...]
    sure: str


_ROUTE, _ITEM = ("route",), ("item",)
_LEAF = ("route", "item")
_BRANCH = ("route", "item", "place", "hours", "share")

#: The table, in the order in which a new object gets its keys.
ROWS: Final[tuple[Row, ...]] = (
    Row("routes", ("answer",), ("provisioned_routes", "routes"), GUESS),
    Row("id", _ROUTE, ("provisioned_route_id",), ELSEWHERE),
    Row("name", _ROUTE, ("provisioned_route_name", "route_name", "name"), GUESS),
    Row("kind", _ROUTE, ("route_type", "routable_type"), GUESS),
    Row("org_unit", _ROUTE, ("org_unit_id", "group_id"), ELSEWHERE),
    Row("campaign", _ROUTE, ("campaign_id",), ELSEWHERE),
    Row("channel", _ROUTE, ("channel_id",), ELSEWHERE),
    Row("status", _ROUTE, ("status", "call_flow_status"), GUESS),
    Row("repeat_interval", _ROUTE, ("repeat_interval",), OLDER),
    Row("call_value", _ROUTE, ("call_value",), ELSEWHERE),
    Row("number_id", _ROUTE, ("phone_number_id",), OLDER),
    Row("key", _ITEM, ("key",), OLDER),
    Row("action", _ITEM, ("action",), OLDER),
    Row("label", _ITEM, ("destination", "label"), OLDER),
    Row("record", _LEAF, ("record_call", "record_call_enabled", "record_enabled"), GUESS),
    Row("disclaimer", _LEAF, ("play_disclaimer",), OLDER),
    Row("spam_filter", _ROUTE, ("spam_filter_enabled",), OLDER),
    Row("spam_threshold", _ROUTE, ("spam_threshold",), OLDER),
    Row("message_enabled", _ROUTE, ("message_enabled",), OLDER),
    Row("message", _LEAF, ("message",), OLDER),
    Row("percentage", ("share",), ("percentage", "percent"), OLDER),
    Row("strategy", ("geo",), ("strategy", "route_by"), OLDER),
    Row("radius", ("geo",), ("radius", "proximity_limit"), OLDER),
    Row("manual_entry", ("geo",), ("allow_manual_entry",), OLDER),
    Row("location", ("geo",), ("location_id",), OLDER),
    Row("timezone", ("schedule",), ("timezone", "time_zone"), OLDER),
    Row("days", ("hours",), ("schedule_days", "days"), OLDER),
    Row("opens", ("hours",), ("start_time", "schedule_start_time"), GUESS),
    Row("closes", ("hours",), ("end_time", "schedule_end_time"), GUESS),
    Row("ring_to", _BRANCH, ("ring_to", "target_did"), ELSEWHERE),
    Row("rotation", _ROUTE, ("ring_to_numbers",), GUESS),
    Row("agent", _ROUTE, ("voiceagent_id", "voice_agent_id"), ELSEWHERE),
    Row("hunt_type", _BRANCH, ("hunt_type",), OLDER),
    Row("overflow", _BRANCH, ("overflow_numbers", "overflowNumbers"), GUESS),
    Row("number", ("overflow",), ("phone_number", "overflow_number", "overflowNumber"), GUESS),
    Row("rings", ("overflow",), ("rings",), OLDER),
    Row("order", ("overflow",), ("order",), GUESS),
    Row("default_ring_to", (*_LEAF, "schedule"), ("default_ring_to", "default_ringto"), ELSEWHERE),
    Row("voicemail", (*_BRANCH, "schedule"), ("voicemail_enabled",), OLDER),
    Row("voicemail_rings", _ROUTE, ("voicemail_rings",), OLDER),
    Row("voicemail_greeting", _ROUTE, ("voicemail_greeting",), OLDER),
    Row("whisper_enabled", _LEAF, ("whisper_enabled",), OLDER),
    Row("whisper", _LEAF, ("whisper_message",), OLDER),
    Row("city", ("place",), ("city",), OLDER),
    Row("address", ("place",), ("address",), OLDER),
    Row("latitude", ("place",), ("latitude",), OLDER),
    Row("longitude", ("place",), ("longitude",), OLDER),
    Row("geo", _LEAF, ("geo_route", "geoData"), OLDER),
    Row("places", ("geo",), ("locations", "options"), GUESS),
    Row("shares", _ROUTE, ("percentage_route",), OLDER),
    Row("schedule", _LEAF, ("schedule_route", "scheduleRoute"), OLDER),
    Row("entries", ("schedule",), ("schedules",), OLDER),
    Row("outbound", _ROUTE, ("outbound",), OLDER),
    Row("go_back", _ITEM, ("go_back_key",), OLDER),
    Row("repeat_greeting", _ROUTE, ("repeat_greeting",), OLDER),
    Row("items", _LEAF, ("ivrs", "ivrData"), OLDER),
    Row("notify", _ROUTE, ("email_to_notify",), OLDER),
    Row("webhook_enabled", _ROUTE, ("webhook_enabled",), OLDER),
    Row("webhook", _ROUTE, ("webhook_id",), OLDER),
    Row("record_until", _ROUTE, ("record_until",), OLDER),
    Row("referral_number", _ROUTE, ("referral_number",), OLDER),
    Row("postcall_enabled", _ROUTE, ("postcall_ivr_enabled",), OLDER),
    Row("postcall", _ROUTE, ("postcall_ivr_id",), OLDER),
    Row("phone_number", _ROUTE, ("phone_number", "dnis"), ELSEWHERE),
    Row("created", _ROUTE, ("provisioned_route_created", "created_at"), GUESS),
    Row("modified", _ROUTE, ("provisioned_route_modified", "updated_at"), GUESS),
)

#: What a record has and a request to create one has not (assumed from the examples).
OF_RECORDS = ("id", "phone_number", "created", "modified")

#: A simple route rings ``ring_to``, any other falls back to ``default_ring_to``: each is read for the other where that is missing.
_INSTEAD: Mapping[str, str] = {"ring_to": "default_ring_to", "default_ring_to": "ring_to"}

Names = Mapping[str, Mapping[str, tuple[str, ...]]]
_DEFAULT: Names = {kind: {row.fact: row.names for row in ROWS if kind in row.where} for kind in OBJECTS}
_EMPTY: tuple[Json, ...] = (None, "", [], {})


@frozen(eq=False)
class Profile:
    """The names as they are believed, or as a user corrected them. ``names``: by object and fact."""

    names: Names = _DEFAULT
    verified: bool = False
    ring_seconds: float = RING_SECONDS
    rings: Codec[float] = field(init=False)
    _names: Names = field(init=False)
    _ranks: Mapping[str, Mapping[str, int]] = field(init=False)

    @rings.default
    def _rings(self) -> Codec[float]:
        return rings_of(self.ring_seconds)

    @_names.default
    def _with_those_instead(self) -> Names:
        return {
            kind: {fact: names + facts.get(_INSTEAD.get(fact, ""), ()) for fact, names in facts.items()}
            for kind, facts in self.names.items()
        }

    @_ranks.default
    def _ranked(self) -> Mapping[str, Mapping[str, int]]:
        ranked = {kind: enumerate(facts.values()) for kind, facts in self.names.items()}
        return {kind: {name: rank for rank, names in each for name in names} for kind, each in ranked.items()}

    @property
    def default_seconds(self) -> float:
        """How long the default number of rings lasts."""
        return plain(self.ring_seconds * DEFAULT_RINGS)

    def name(self, kind: str, fact: str, standing: Mapping[str, Json], *, own: bool = False) -> str:
        """The name of a fact in an object of this kind: the one that says something there, else one that is there.

        ``own``: a name of this fact, and not of the one that is read instead of it.
        """
        there = None
        names = (self.names if own else self._names)[kind][fact]
        for name in names:
            if name in standing:
                if standing[name] not in _EMPTY:
                    return name
                there = there or name
        return there or names[0]

    def key(self, kind: str, key: Key[T], standing: Mapping[str, Json], *, own: bool = False) -> Key[T]:
        """A key that is declared by its fact, as it is called there."""
        name = self.name(kind, key.name, standing, own=own)
        if key.codec is RINGS:
            return Key(name, self.rings, self.default_seconds, key.always)  # type: ignore[arg-type]
        return Key(name, key.codec, key.default, key.always)

    def any_of(self, kind: str, *facts: str) -> Iterator[str]:
        """All names of these facts."""
        for fact in facts:
            yield from self.names[kind][fact]

    def fact(self, name: str) -> str | None:
        """The fact that a key states, in whichever object; None for a key that nobody knows."""
        return next((fact for facts in self.names.values() for fact, names in facts.items() if name in names), None)

    def order(self, kind: str, name: str) -> int:
        """Where a key stands in a new object of this kind."""
        return self._ranks[kind].get(name, len(self._ranks[kind]))


# The setting that corrects it.


def corrected(raw: Json) -> Profile:
    """A profile from a setting: facts to names, for all objects or in a table for one; raises Wrong with what is amiss.

    ``ring_to = "target"`` renames the fact everywhere, ``hours = {ring_to = "target"}`` in one kind of object. A list of names is
    written by its first. ``verified = true`` says that the names are known to be right.
    """
    if not isinstance(raw, dict):
        raise Wrong("a table of facts and their names")
    given = dict(raw)
    verified = given.pop("verified", False)
    if not isinstance(verified, bool):
        raise Wrong(f"verified to be true or false, not {brief(verified)}")
    names = {kind: dict(facts) for kind, facts in _DEFAULT.items()}
    inner = {kind: given.pop(kind) for kind in OBJECTS if isinstance(given.get(kind), dict)}
    for fact, value in given.items():
        _rename(names, tuple(OBJECTS), fact, value)
    for kind, table in inner.items():
        for fact, value in table.items():
            _rename(names, (kind,), fact, value)
    for kind, facts in names.items():
        _refuse_shared(kind, facts)
    return Profile(names=names, verified=verified)


def _rename(names: dict[str, dict[str, tuple[str, ...]]], kinds: tuple[str, ...], fact: str, value: Json) -> None:
    holders = [kind for kind in kinds if fact in names[kind]]
    if not holders:
        known = sorted({fact for kind in kinds for fact in names[kind]} | ({"verified", *OBJECTS} if len(kinds) > 1 else set()))
        of = "the profile" if len(kinds) > 1 else f"{kinds[0]!r} in the profile"
        raise Wrong(f"facts of {of}; {fact!r} is none{did_you_mean(fact, known)}")
    listed = value if isinstance(value, list) else [value]
    if not listed or not all(isinstance(name, str) and name for name in listed):
        raise Wrong(f"a name for {fact!r} that is not empty, or a list of them, not {brief(value)}")
    for kind in holders:
        names[kind][fact] = tuple(dict.fromkeys(listed))


def _refuse_shared(kind: str, facts: Mapping[str, tuple[str, ...]]) -> None:
    taken: dict[str, str] = {}
    for fact, names in facts.items():
        for name in names:
            if name in taken:
                raise Wrong(f"a name of its own for each fact of {kind!r}; {taken[name]!r} and {fact!r} share {name!r}")
            taken[name] = fact


def ring_length(raw: Json) -> float:
    """How long a ring lasts, from a setting."""
    if isinstance(raw, bool) or not isinstance(raw, int | float) or not 0 < raw <= 60:
        raise Wrong("seconds, more than 0 and at most 60")
    return plain(raw)
