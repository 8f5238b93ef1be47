"""The bodies that create a flow, and all that differs between them and the record that the vendor returns.

Documented: the body of the multi-level menu (its page lists every key). Assumed: the body of the plain create, for routes of any
other kind and for menus of one level; that an existing ``call_flow_id`` without a number updates that flow; how a body is told
from a record. The surprise: no endpoint takes a record, and several keys that a body has never come back.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Generic, Literal, TypeAlias, TypeVar

from attrs import frozen

from unicall.adapter import Form
from unicall.graph import EntryPoint, Menu, Node, Target
from unicall.wire import Codec, Cursor, Json, Key, Put, Strange, Wrong, integer, put, put_json, text, write
from unicall_convirza.facts import HUNT, SWITCH
from unicall_convirza.v2.number import AS_INTEGER, AS_TEXT, PROVIDER, WAY_IN, WAY_IN_AS_INTEGER
from unicall_convirza.v2.writing import Shape

T = TypeVar("T")

#: Where keys of the top level stand: in the record, in the body for menus, in the body for any other route.
Body: TypeAlias = Literal["record", "menus", "plain"]


@frozen
class Differs(Generic[T]):
    """A fact whose key or type on the side that reads is not the one on the side that writes."""

    read: Key[T]
    write: Key[T]

    def of(self, form: Form) -> Key[T]:
        """The key in this form."""
        return self.read if form == "record" else self.write


NUMBER = "number"

#: Documented by example, both sides, but for ``hunt_type``: its words are assumed, and so is that the plain body has the switch.
TOGETHER = Differs(Key("hunt_type", HUNT, False), Key("isSimultaneous", SWITCH, False))
FIRST_LEVEL: Differs[Target | None] = Differs(Key("target_did", AS_TEXT, None), Key("target_did", AS_INTEGER, None))
WAY_IN_AT: Differs[EntryPoint | None] = Differs(Key("dnis", WAY_IN, None), Key("phone_number", WAY_IN_AS_INTEGER, None))
REFERRAL: Differs[str | int] = Differs(Key("referral_number", text, ""), Key("referral_number", integer, 0))  # type: ignore[arg-type]

_ALL: tuple[Body, ...] = ("record", "menus", "plain")
_NOT_MENUS: tuple[Body, ...] = ("record", "plain")
_REQUESTS: tuple[Body, ...] = ("menus", "plain")

#: Which bodies have a key of the top level. A key that is not here is one that nobody knows: it goes wherever its flow goes.
_WHERE: Mapping[str, tuple[Body, ...]] = {
    **dict.fromkeys(
        (
            *("call_flow_id", "call_flow_name", "call_flow_status", "repeat_interval", "call_value", "channel_id", "message"),
            *("group_id", "email_to_notify", "voicemail_rings", "voicemail_greeting", "webhook_enabled", "spam_threshold"),
            *("spam_filter_enabled", "referral_number", "ivrs"),
        ),
        _ALL,
    ),
    **dict.fromkeys(
        (
            *("message_enabled", "play_disclaimer", "voicemail_enabled", "whisper_enabled", "whisper_message", "ring_delay"),
            *("postcall_ivr_enabled", "routable_type", "default_ringto", "overflowNumbers"),
        ),
        _NOT_MENUS,
    ),
    **dict.fromkeys((NUMBER, "number_pool", "campaign_id", "webhook_id"), _REQUESTS),
    **dict.fromkeys(("isSimultaneous", "scheduleRoute"), ("plain",)),
    **dict.fromkeys(
        (
            *("call_flow_created", "created_at", "updated_at", "dnis", "hunt_type", "routable_id", "ivr_route", "schedule_route"),
            *("geo_route", "percentage_route", "outbound", "record_until", "record_call_enabled", "postcall_ivr_id"),
            *("referral_end_date",),
        ),
        ("record",),
    ),
}

#: What only a body has, and what only a record has: by these the two are told apart.
_WRITTEN = ("number_pool", "campaign_id", "webhook_id", "isSimultaneous")
_RETURNED = (
    *("dnis", "call_flow_created", "created_at", "updated_at", "routable_id", "hunt_type", "ivr_route", "schedule_route"),
    *("record_call_enabled", "record_until"),
)

#: What no body has and says nothing of where calls go: an update leaves it as it is (assumed).
STAYS = ("record_call_enabled", "record_until", "postcall_ivr_id", "referral_end_date")

#: The order of the vendor's page, the keys of the plain body among them.
_ORDER = (
    *("call_flow_id", "call_flow_name", "call_flow_status", "repeat_interval", "call_value", "channel_id", "message_enabled"),
    *("message", "group_id", "campaign_id", "email_to_notify", "play_disclaimer", "voicemail_enabled", "voicemail_rings"),
    *("voicemail_greeting", "webhook_enabled", "webhook_id", "whisper_enabled", "whisper_message", "ring_delay"),
    *("postcall_ivr_enabled", "spam_threshold", "spam_filter_enabled", "referral_number", "number", "number_pool"),
    *("routable_type", "default_ringto", "isSimultaneous", "overflowNumbers", "ivrs"),
)


def is_request(raw: Mapping[str, Json]) -> bool:
    """Whether this is a body that creates or updates a flow: it has what only a body has, and nothing that only a record has.

    Of the two, only a body has a menu without a ``routable_type``. The answer for one flow has a list under ``number`` (assumed).
    """
    number = NUMBER in raw and not isinstance(raw[NUMBER], list)
    return (number or is_menus(raw) or any(key in raw for key in _WRITTEN)) and not any(key in raw for key in _RETURNED)


def is_menus(raw: Mapping[str, Json]) -> bool:
    """Whether this body is the one for menus: it alone has items and no kind of route (documented by example)."""
    return isinstance(raw.get("ivrs"), list) and "routable_type" not in raw


def body_of(form: Form, route: Node | None) -> Body:
    """The body for this route."""
    return "record" if form == "record" else "menus" if isinstance(route, Menu) else "plain"


def body_read(shape: Shape | None) -> Body | None:
    """The body that a flow was read from; None for a flow that comes from elsewhere."""
    if shape is None:
        return None
    return "record" if shape.get("form") != "request" else "menus" if shape.get("kind") == "ivr" else "plain"


def has(body: Body, key: str) -> bool:
    """Whether a body has this key of the top level."""
    return body in _WHERE.get(key, _ALL)


def recast(shape: Shape, body: Body) -> Shape:
    """The shape of a flow for another body than the one it was read from: what has no place there is left out.

    A record that becomes a body creates a flow, so its id is left out too: with it, the vendor would update that flow.
    """
    left_out = {key for key in shape.get("order") or () if not has(body, key)}
    if shape.get("form") != "request":
        left_out |= {"call_flow_id", NUMBER}
    if not has(body, "message_enabled") and "message" in (shape.get("rest") or {}):
        left_out.add("message")
    kept = _without(shape, left_out)
    _respell(kept["rest"], body)
    marks = {key: shape[key] for key in ("kind", "first", "inert") if key in shape}
    return kept | marks | ({} if body == "record" else {"form": "request"})


def without(shape: Shape, names: Container[str]) -> Shape:
    """The shape without what it keeps under these names."""
    return {**shape, **_without(shape, names)}


def _without(shape: Shape, left_out: Container[str]) -> dict[str, Json]:
    kept = {part: {key: value for key, value in (shape.get(part) or {}).items() if key not in left_out} for part in _PARTS}
    return {"order": [key for key in shape.get("order") or () if key not in left_out], **kept}


_PARTS = ("rest", "odd", "in")


def _respell(rest: dict[str, Json], body: Body) -> None:
    """The referral number is text in a record and an integer in a body; empty text is no integer."""
    name = REFERRAL.read.name
    raw = rest.get(name)
    if raw is None:
        return
    try:
        number = REFERRAL.write.codec.decode(raw)
    except (Strange, Wrong):
        if raw == "":
            del rest[name]
        return
    rest[name] = str(number) if body == "record" else number


def recast_item(shape: Shape) -> Shape:
    """The shape of a menu item for another body: none has an ``ivr_option_id``, and only a single level has a message switch."""
    left_out = ("name", "route_type", "message_enabled", "message") if shape.get("single") else ("ivr_option_id",)
    return {"of": "item", **_without(shape, left_out)} | {key: shape[key] for key in ("first", "inert") if key in shape}


def finished(document: Mapping[str, Json], body: Body) -> dict[str, Json]:
    """A new body in the order of the vendor's page, with the key by which it is known as a body."""
    document = {**document, "ivrs": document.get("ivrs", [])} if body == "menus" else {TOGETHER.write.name: False, **document}
    known = [key for key in _ORDER if key in document]
    return {key: document[key] for key in (*known, *(key for key in document if key not in _ORDER))}


def was_read(node: Node) -> bool:
    """Whether this node was read from a body: what nobody knows to be accepted is written only where it stood already."""
    shape = node.extras.get(PROVIDER)
    return isinstance(shape, Mapping) and shape.get("of") == "request"


# The way in.


def parse_way_in(doc: Cursor, form: Form) -> tuple[EntryPoint | None, str]:
    """The number that callers dial, and where it stands."""
    key = WAY_IN_AT.of(form)
    if form == "record":
        return doc.take(key), doc.at(key)
    number = doc.object(NUMBER)
    if number is None:
        return None, doc.at(NUMBER)
    return number.take(key), number.at(key)


def emit_way_in(way_in: EntryPoint | None, form: Form, shape: Shape | None, base: str) -> tuple[Put, str]:
    """The key of the number that callers dial, and its pointer. What ``phone_number_id`` it has, only the account knows."""
    key = WAY_IN_AT.of(form)
    if form == "record":
        return put(key, way_in), f"{base}/{key.name}"
    kept = None if shape is None else (shape.get("in") or {}).get(NUMBER)
    return put_json(NUMBER, write([put(key, way_in)], kept)), f"{base}/{NUMBER}/{key.name}"


def as_codec(form: Form, level: int) -> Codec[Target | None]:
    """How the target of an item is written: text in a record on the first level, else an integer."""
    return FIRST_LEVEL.of(form).codec if level == 1 else AS_INTEGER
