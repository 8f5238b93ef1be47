"""Ringing somebody: ``device``, ``user``, ``ring_group``, ``group``, ``resources`` and ``offnet``.

What surprises people (Kazoo's source, read): ``resources`` never takes ``_``, so an outside number with something after it is a
device that forwards; a ring group rings devices, users and groups only; after a failed bridge the child named by the cause is
tried, then the one named ``sip:`` and the code, then ``_``. A forwarding device that unicall makes states every field whose schema
default would change the call (``enabled``, ``require_keypress``, ``substitute``, ``direct_calls_only``); ``failover`` is meant
as its default, false, and KAZOO 5 has no such key.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import ip_address

from attrs import evolve, frozen

from unicall.adapter import NEW
from unicall.graph import OTHERWISE, Flow, PhoneNumber, Reference, Ring, RingTarget, SipAddress, Target, text_of
from unicall.numbers import e164
from unicall.wire import (
    Codec,
    Cursor,
    Json,
    Key,
    Put,
    Strange,
    Wrong,
    flag,
    integer,
    one_of,
    optional,
    put,
    put_json,
    text,
    verbatim,
    write,
)
from unicall_vinix.bundle import PROVIDER, Writer, fingerprint, write_document
from unicall_vinix.visit import Emission, Visit

SIP_PORT = 5060  # RFC 3261
RING_TIME = 20  # seconds, where a device, user or group does not say (Kazoo's source)

#: Child keys after a failed bridge, and the outcomes they stand for (causes of Q.850 as FreeSWITCH spells them).
OUTCOMES = one_of(
    {
        "NO_ANSWER": "no_answer",
        "USER_BUSY": "busy",
        "CALL_REJECTED": "declined",
        "NORMAL_TEMPORARY_FAILURE": "unreachable",
        "_": OTHERWISE,
    }
)
_CAUSE = re.compile(r"[A-Z][A-Z0-9_]*|sip:\d{3}")


def _ring_time(raw: Json) -> int:
    return integer.decode(raw) or RING_TIME


ID = Key("id", optional(text), None)
TIMEOUT = Key("timeout", Codec(_ring_time, verbatim), RING_TIME, always=True)
DELAY = Key("delay", integer, 0)
NAME = Key("name", optional(text), None)
STRATEGY = Key(
    "strategy",
    one_of({"simultaneous": "together", "single": "in turn", "weighted_random": "weighted"}),
    "together",
    always=True,
)
REPEATS = Key("repeats", integer, 1)
SINGLE_REJECT = Key("fail_on_single_reject", flag, False)
DISABLED = "disable_until"  # Gregorian seconds; until then the member does not ring, so nobody can say once and for all who does
ENDPOINT_ID = Key("id", text, "", always=True)
ENDPOINT_TYPE = Key("endpoint_type", one_of({"device": "device", "user": "user", "group": "group"}), "device", always=True)
WEIGHT = Key("weight", optional(integer), None)
TO_DID = Key("to_did", optional(text), None)
OUTBOUND_TIMEOUT = Key("timeout", optional(integer), None)


@lru_cache(64)
def _leg_time(whole: float) -> Key[float]:
    """How long one member rings: for the whole attempt where its own time is no shorter."""

    def decode(raw: Json) -> float:
        seconds = integer.decode(raw)
        return math.inf if seconds >= whole else seconds

    default = math.inf if whole <= RING_TIME else RING_TIME
    return Key("timeout", Codec(decode, lambda s: int(whole) if s == math.inf else s), default, always=True)


# The devices behind an id.

FORWARD_ENABLED = Key("enabled", flag, False, always=True)
DO_NOT_DISTURB = Key("enabled", flag, False)
FORWARD_NUMBER = Key("number", optional(text), None, always=True)
FORWARD_KEYPRESS = Key("require_keypress", flag, True, always=True)
FORWARD_SUBSTITUTE = Key("substitute", flag, True, always=True)
FORWARD_DIRECT = Key("direct_calls_only", flag, False, always=True)
FORWARD_FAILOVER = Key("failover", flag, False)
INVITE_FORMAT = Key("invite_format", optional(text), None)
_ROUTE = re.compile(r"sip:(?:([^@:;?]+)@)?(?:\[([0-9A-Fa-f:.]+)\]|([^@:;?\[\]]+))(?::(\d{1,5}))?")


def _parse_route(raw: Json) -> SipAddress:
    found = _ROUTE.fullmatch(text.decode(raw))
    if found is None or (found[4] is not None and not 0 < int(found[4]) < 65536) or (found[2] and not _is_ip(found[2])):
        raise Strange("a SIP URI of user, host and port")
    user, host, port = found[1], found[2] or found[3], found[4]
    if port is None and _is_ip(host):
        return SipAddress(host, SIP_PORT, user)
    return SipAddress(host, None if port is None else int(port), user)


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def emit_route(address: SipAddress) -> str:
    """A SIP route as Kazoo has it."""
    return text_of(address)


ROUTE = Key("route", optional(Codec(_parse_route, emit_route)), None)
ENABLED = Key("enabled", flag, True, always=True)


@frozen
class _Rings:
    """What a device rings. ``target`` None: the phone itself. ``also``: where it forwards to, of ``direct`` calls only."""

    target: Target | None = None
    confirm: bool = False
    off: bool = False
    also: Target | None = None
    direct: bool = False


def parse_device(doc: Cursor) -> _Rings:
    """A device that does nothing but forward, one that is a SIP route, or a phone of its own, and what becomes of its calls."""
    peek = Cursor(doc.raw, doc.pointer, type(doc.log)())
    quiet = peek.object("do_not_disturb")
    if not peek.take(ENABLED) or (quiet is not None and quiet.take(DO_NOT_DISTURB)) or peek.log.errors:
        return _Rings(off=True)
    forward, sip = peek.object("call_forward"), peek.object("sip")
    number = None if forward is None else forward.take(FORWARD_NUMBER)
    forwards = _Rings()
    if forward is not None and number and forward.take(FORWARD_ENABLED) and not forward.take(FORWARD_FAILOVER):
        canonical = e164(number) if number.startswith("+") else None
        if canonical == number and _only_forwards(forward) and not peek.log.errors:
            return _take_forward(doc, number)
        forwards = _Rings(
            confirm=forward.take(FORWARD_KEYPRESS),
            off=forward.take(FORWARD_SUBSTITUTE),
            also=Reference(PROVIDER, "number", number) if canonical is None else PhoneNumber(canonical),
            direct=forward.take(FORWARD_DIRECT),
        )
    route = None if sip is None else sip.take(ROUTE)
    if sip is not None and sip.take(INVITE_FORMAT) == "route" and route is not None and not peek.log.problems:
        inner = doc.object("sip")
        assert inner is not None
        inner.take(ROUTE)
        return evolve(forwards, target=route)
    return forwards


def _take_forward(doc: Cursor, number: str) -> _Rings:
    inner = doc.object("call_forward")
    assert inner is not None
    inner.take(FORWARD_NUMBER)
    inner.take(FORWARD_ENABLED)
    _only_forwards(inner)
    return _Rings(PhoneNumber(number), confirm=inner.take(FORWARD_KEYPRESS))


def _only_forwards(forward: Cursor) -> bool:
    """Whether whoever calls is put through to the number, and nowhere else."""
    said = forward.take(FORWARD_SUBSTITUTE), forward.take(FORWARD_DIRECT), forward.take(FORWARD_FAILOVER)
    return said == (True, False, False)


def _parse_target(visit: Visit, field: str, kind: str, key: str, *, direct: bool) -> RingTarget:
    """Who rings, and where that stands. A group does not follow what a device forwards of direct calls only."""
    reader = visit.reader
    known = (reader.read("devices", key, parse_device) if kind == "device" else None) or _Rings()
    if known.target is not None:
        reader.use("devices", key)
    if known.direct and not direct:
        known = _Rings(known.target)
    target = known.target or Reference(PROVIDER, kind, key)
    if known.also is not None or known.off:
        visit.mark(f"{field}.also", reader.at("devices", key, "call_forward", "number"))
        visit.mark(f"{field}.confirm", reader.at("devices", key, "call_forward", "require_keypress"))
        visit.mark(f"{field}.off", reader.at("devices", key, "call_forward" if known.also else "enabled"))
    return RingTarget(target, confirm=known.confirm, off=known.off or not key, also=known.also)


def _target_place(visit: Visit, kind: str, key: str, target: Target) -> str | None:
    if kind != "device" or isinstance(target, Reference):
        return None
    if isinstance(target, PhoneNumber):
        return visit.reader.at("devices", key, "call_forward", "number")
    return visit.reader.at("devices", key, "sip", "route")


def emit_target(rung: RingTarget, kept: str | None, out: Emission) -> tuple[str, str]:
    """The endpoint type and id of a target, with the device that rings it where unicall has to make one."""
    target, writer = rung.target, out.writer
    if isinstance(target, Reference) and target.provider == PROVIDER and target.kind in ("device", "user", "group"):
        return target.kind, target.id
    if kept:
        return "device", _claim_device(rung, kept, writer)
    slot = (target, rung.confirm)
    if slot not in writer.devices:
        writer.devices[slot] = _claim_device(rung, _spare_device(rung, writer), writer)
    return "device", writer.devices[slot]


def _claim_device(rung: RingTarget, kept: str | None, writer: Writer) -> str:
    """The id of a device that rings this target: the one that was ``kept``, where it came along, else a new one."""
    if kept is not None and (shape := writer.shape("devices", kept)) is not None:
        return writer.claim("devices", kept, _rewrite(shape, rung))
    what, document = _new_device(rung)
    return writer.claim("devices", f"{NEW}device-{what}", document)


def _rewrite(shape: Json, rung: RingTarget) -> Json:
    inner = shape.get("in") or {}
    if isinstance(rung.target, PhoneNumber):
        if "call_forward" in inner:
            forward = write_document(_forward(rung.target.number, rung.confirm), inner["call_forward"])
            return write_document([put_json("call_forward", forward)], shape)
    elif isinstance(rung.target, SipAddress) and "sip" in inner:
        return write_document([put_json("sip", write_document([put(ROUTE, rung.target)], inner["sip"]))], shape)
    return _new_device(rung)[1]


def _forward(number: str, confirm: bool) -> list[Put]:
    return [
        put(FORWARD_ENABLED, True),
        put(FORWARD_NUMBER, number),
        put(FORWARD_KEYPRESS, confirm),
        put(FORWARD_SUBSTITUTE, True),
        put(FORWARD_DIRECT, False),
        put(FORWARD_FAILOVER, False),
    ]


def _new_device(rung: RingTarget) -> tuple[str, Json]:
    match rung.target:
        case PhoneNumber(number):
            forward = write(_forward(number, rung.confirm), None)
            document = {"name": f"Forward to {number}", "device_type": "cellphone", "enabled": True}
            what = number.lstrip("+") + ("-confirmed" if rung.confirm else "")
            return what, document | {"call_forward": forward}
        case SipAddress() as address:
            route = emit_route(address)
            sip = {"invite_format": "route", "route": route}
            return route[4:], {"name": f"Route to {route[4:]}"[:128], "device_type": "sip_uri", "enabled": True, "sip": sip}
        case Reference(provider, "number", id) if provider == PROVIDER:
            forward = write(_forward(id[:35], False), None)
            return f"number-{id}", {"name": f"Forward to {id}"[:128], "enabled": True, "call_forward": forward}
        case Reference(provider, kind, id):
            return f"{kind}-{id}", {"name": f"{provider} {kind} {id}"[:128], "enabled": True}


# One target.


def lead_outcomes(visit: Visit) -> None:
    """The children of a bridge: causes, codes, ``_``."""
    words = {"NO_ANSWER", "USER_BUSY", "CALL_REJECTED", "NORMAL_TEMPORARY_FAILURE", "_"}
    for key in visit.children:
        if key in words:
            visit.lead(key, OUTCOMES.decode(key))
        elif _CAUSE.fullmatch(key):
            visit.lead(key, f"{PROVIDER}/{key}")
        else:
            visit.close(key, "no outcome of ringing has this name")


def outcome_key(label: str) -> str | None:
    """The child key of an outcome; None for one of another carrier."""
    if label in ("no_answer", "busy", "declined", "unreachable", OTHERWISE):
        key: str = OUTCOMES.encode(label)
        return key
    provider, _, word = label.partition("/")
    return word if provider == PROVIDER and _CAUSE.fullmatch(word) else None


def parse_single(visit: Visit) -> Ring | None:
    """``device`` and ``user``: ``timeout`` is the whole attempt in seconds, and 0 means 20."""
    key = visit.data.take(ID)
    lead_outcomes(visit)
    visit.mark("timeout", visit.data.at(TIMEOUT))
    visit.mark("targets.0.delay", visit.data.at(DELAY))
    targets: tuple[RingTarget, ...] = ()
    delay = visit.data.take(DELAY)
    if key is not None:
        rings = _parse_target(visit, "targets.0", visit.word, key, direct=True)
        where = _target_place(visit, visit.word, key, rings.target)
        visit.mark("", visit.data.at(ID))
        visit.mark("targets.0.target", where or visit.data.at(ID))
        if where:
            visit.mark("targets.0.confirm", visit.reader.at("devices", key, "call_forward", "require_keypress"))
            visit.keep(ids={key: text_of(rings.target)})
        targets = (evolve(rings, delay=delay) if delay else rings,)
    elif delay:
        return None
    return Ring(targets=targets, timeout=visit.data.take(TIMEOUT))


def parse_group(visit: Visit) -> Ring | None:
    """``group``: a stored group by id, or an inline list, which is a ring group."""
    if visit.data.raw.get("endpoints"):
        return parse_ring_group(visit)
    key = visit.data.take(ID)
    if key is None:
        return None
    lead_outcomes(visit)
    visit.mark("", visit.data.at(ID))
    visit.mark("timeout", visit.data.at(TIMEOUT))
    return Ring(targets=(RingTarget(Reference(PROVIDER, "group", key)),), timeout=visit.data.take(TIMEOUT))


def parse_ring_group(visit: Visit) -> Ring | None:
    """``ring_group``: members with their own delay and time, all within the group's."""
    data = visit.data
    members = data.raw.get("endpoints")
    if isinstance(members, list) and any(isinstance(one, dict) and _is_waiting(one.get(DISABLED)) for one in members):
        return None
    lead_outcomes(visit)
    whole = data.take(TIMEOUT)
    leg = _leg_time(whole)
    targets: list[RingTarget] = []
    ids: dict[str, str] = {}
    spelled: list[str] = []
    devices: list[str | None] = []  # whose numbers are these, where several devices forward to one
    members = data.objects("endpoints")
    for index, member in enumerate(members):
        kind, key = member.take(ENDPOINT_TYPE), member.take(ENDPOINT_ID)
        field = f"targets.{index}"
        rings = _parse_target(visit, field, kind, key, direct=False)
        where = _target_place(visit, kind, key, rings.target)
        visit.mark(f"{field}.target", where or member.at(ID))
        for name, slot in (("delay", DELAY), ("timeout", leg), ("weight", WEIGHT)):
            visit.mark(f"{field}.{name}", member.at(slot.name))
        seconds = member.take(leg)
        delay, timeout, weight = member.take(DELAY) or None, None if seconds == math.inf else seconds, member.take(WEIGHT)
        said = delay is not None or timeout is not None or weight is not None
        targets.append(evolve(rings, delay=delay, timeout=timeout, weight=weight) if said else rings)
        spelled.append(text_of(rings.target))
        devices.append(key if where else None)
        if where:
            visit.mark(f"{field}.confirm", visit.reader.at("devices", key, "call_forward", "require_keypress"))
            ids[key] = spelled[-1]
    data.inner("endpoints", members)
    twice = len(set(ids.values())) < len(ids)
    visit.keep(ids=ids or None, members=spelled or None, devices=devices if twice else None)
    for field, key_ in (
        ("timeout", TIMEOUT.name),
        ("order", STRATEGY.name),
        ("repeats", REPEATS.name),
        ("label", NAME.name),
        ("decline_ends", SINGLE_REJECT.name),
    ):
        visit.mark(field, data.at(key_))
    return Ring(
        targets=tuple(targets),
        order=data.take(STRATEGY),  # type: ignore[arg-type]
        timeout=whole,
        repeats=data.take(REPEATS),
        decline_ends=data.take(SINGLE_REJECT),
        label=data.take(NAME) if isinstance(data.raw.get(NAME.name), str) else None,
    )


def _is_waiting(until: Json) -> bool:
    try:
        return until is not None and integer.decode(until) > 0
    except (Wrong, Strange):
        return False


def parse_resources(visit: Visit) -> Ring | None:
    """``resources`` and ``offnet`` with a number of their own. Their ``_`` is never taken."""
    number = visit.data.take(TO_DID)
    if number is None:
        return None
    lead_outcomes(visit)
    visit.labels.pop("_", None)
    visit.close("_", "what rings through carriers never continues there")
    visit.mark("", visit.data.at(TO_DID))
    visit.mark("targets.0.target", visit.data.at(TO_DID))
    visit.mark("timeout", visit.data.at(OUTBOUND_TIMEOUT))
    targets, respelled = _outside(number)
    if respelled:
        visit.data.keep(TO_DID)
    return Ring(targets=targets, timeout=visit.data.take(OUTBOUND_TIMEOUT))


@lru_cache(4096)
def _outside(number: str) -> tuple[tuple[RingTarget, ...], bool]:
    """Who rings at a number outside, and whether it is spelled in another way than unicall has it."""
    canonical = e164(number) if number.lstrip("+").isdecimal() and len(number) >= 10 else None
    target = Reference(PROVIDER, "number", number) if canonical is None else PhoneNumber(canonical)
    return (RingTarget(target),), canonical not in (None, number)


def _number(raw: Json) -> str:
    spelled = text.decode(raw)
    return e164(spelled) or spelled


DIALLED = Key("to_did", Codec(_number, verbatim), None)


def emit_ring(node: Ring, out: Emission) -> tuple[str, Iterable[Put]]:
    """The plainest module that says it; the one it was read from, where that still can."""
    for label in node.exits:
        key = outcome_key(label)
        if key is not None:
            out.lead(label, key)
    if out.word in ("resources", "offnet") and _is_outbound(node):
        return out.word, _emit_resources(node, out)
    made_empty = not node.targets and out.word not in ("ring_group", "group")
    if made_empty or (len(node.targets) <= 1 and _is_single(node) and out.word not in ("ring_group", "group")):
        return _emit_single(node, out)
    if out.word == "group" and len(node.targets) == 1 and _is_single(node):
        rung = node.targets[0].target
        if isinstance(rung, Reference) and (rung.provider, rung.kind) == (PROVIDER, "group"):
            out.mark("timeout", "/data/timeout")
            return "group", (put(ID, rung.id), put(TIMEOUT, _seconds(node.timeout, out)))
    return ("group" if out.word == "group" else "ring_group"), _emit_ring_group(node, out)


def _is_outbound(node: Ring) -> bool:
    if not _is_single(node) or OTHERWISE in node.exits or len(node.targets) != 1 or node.targets[0].delay:
        return False
    target = node.targets[0].target
    return isinstance(target, PhoneNumber) or (isinstance(target, Reference) and target.kind == "number")


def _is_single(node: Ring) -> bool:
    if node.label is not None:
        return False
    for rung in node.targets:
        if rung.timeout is not None or rung.weight is not None:
            return False
    return node.order == "together" and node.repeats == 1 and not node.decline_ends


def _seconds(value: float | None, out: Emission) -> int:
    """A whole time of ringing: 0 would be 20 seconds. What nobody can tell the meaning of stays as it was read."""
    if value is None:
        return RING_TIME
    return round(value) if value < 0 and out.word is not None else max(1, round(value))


def _emit_resources(node: Ring, out: Emission) -> Iterable[Put]:
    target = node.targets[0].target
    out.mark("targets.0.target", "/data/to_did")
    out.mark("timeout", "/data/timeout")
    number = target.number if isinstance(target, PhoneNumber) else target.id  # type: ignore[union-attr]
    return (put(DIALLED, number), put(OUTBOUND_TIMEOUT, None if node.timeout is None else round(node.timeout)))


def _emit_single(node: Ring, out: Emission) -> tuple[str, Iterable[Put]]:
    out.mark("timeout", "/data/timeout")
    out.mark("targets.0.target", "/data/id")
    stated = node.timeout is not None
    timeout = put(TIMEOUT, _seconds(node.timeout, out), always=stated)
    if not node.targets:
        return out.word or "device", (timeout,)
    rung = node.targets[0]
    kind, key = emit_target(rung, _devices_of(node)[0], out)
    if kind == "group":
        return "group", (put(ID, key), timeout)
    if kind not in ("device", "user"):
        return "ring_group", _emit_ring_group(node, out)
    return kind, (put(ID, key), timeout, put(DELAY, round(rung.delay or 0)))


def _devices_of(node: Ring) -> list[str | None]:
    """Per target the device that rang it when it was read; edited targets take those whose own are gone, where they are as many."""
    extras = node.extras.get(PROVIDER) or {}
    ids: Mapping[str, str] = extras.get("ids") or {}
    if not ids and not extras.get("devices"):
        return [None] * len(node.targets)
    known = {spelled: key for key, spelled in reversed(list(ids.items()))}
    spelled: list[str] = extras.get("members") or list(ids.values())
    left = list(zip(spelled, extras.get("devices") or [known.get(text) for text in spelled], strict=False))
    found: list[str | None] = []
    edited: list[int] = []
    for index, rung in enumerate(node.targets):
        name = text_of(rung.target)
        member = next((member for member in left if member[0] == name), None)
        if member is not None:
            left.remove(member)
        elif name not in known:
            edited.append(index)
        found.append(known.get(name) if member is None else member[1])
    if len(edited) == len(left):
        for index, (_, key) in zip(edited, left, strict=True):
            found[index] = key
    return found


def spare_devices(flow: Flow) -> tuple[str, ...]:
    """The devices that rang somebody when they were read, and that no node needs any more."""
    devices = [one.id for one in flow.resources if (one.provider, one.section) == (PROVIDER, "devices")]
    if not devices:
        return ()
    nodes = [node for one in (flow, *flow.subflows.values()) for node in one.nodes.values() if isinstance(node, Ring)]
    needed = {key for node in nodes for key in _devices_of(node)}
    return tuple(key for key in devices if key not in needed)


def _spare_device(rung: RingTarget, writer: Writer) -> str | None:
    """The one of the spare devices that says just this."""
    shapes = ((key, writer.shape("devices", key)) for key in writer.spare)
    alike = (key for key, shape in shapes if shape is not None and shape.get("print") == fingerprint(_rewrite(shape, rung)))
    return next(alike, None)


def _member_shapes(node: Ring, out: Emission) -> list[Json]:
    """The shape that each member had when it was read, found by its target; by its place where only targets changed."""
    shapes: list[Json] = ((out.kept("in") or {}).get("data") or {}).get("in", {}).get("endpoints") or []
    spelled: list[str | None] = list(out.kept("members") or [])
    found: list[Json] = []
    for rung in node.targets:
        at = spelled.index(text_of(rung.target)) if text_of(rung.target) in spelled else None
        found.append(None if at is None or at >= len(shapes) else shapes[at])
        if at is not None:
            spelled[at] = None
    if len(found) == len(shapes):
        left = [shape for shape, name in zip(shapes, spelled, strict=False) if name is not None]
        found = [left.pop(0) if shape is None and left else shape for shape in found]
    return found


def _emit_ring_group(node: Ring, out: Emission) -> Iterable[Put]:
    whole = _seconds(node.timeout, out)
    leg = _leg_time(whole)
    members = []
    known = zip(node.targets, _devices_of(node), _member_shapes(node, out), strict=True)
    for index, (rung, device, shape) in enumerate(known):
        kind, key = emit_target(rung, device, out)
        out.mark(f"targets.{index}", f"/data/endpoints/{index}")
        puts = [
            put(ENDPOINT_TYPE, kind),
            put(ENDPOINT_ID, key),
            put(DELAY, round(rung.delay or 0)),
            put(leg, math.inf if rung.timeout is None else round(rung.timeout)),
            put(WEIGHT, rung.weight),
        ]
        members.append(write(puts, shape))
    out.mark("timeout", "/data/timeout")
    return (
        put(NAME, node.label),
        put_json("endpoints", members, always=True),
        put(STRATEGY, node.order),
        put(TIMEOUT, whole, always=node.timeout is not None),
        put(REPEATS, node.repeats),
        put(SINGLE_REJECT, node.decline_ends),
    )
