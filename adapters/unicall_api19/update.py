"""The arguments of the update call: the one document that API19 takes of a call flow.

Documented on a sibling brand of the platform: the names of the arguments, which are required, and a word about each. A form holds
text only, so numbers are written as text. The surprise: the call takes far less than the list gives. Addresses with one port and
one wait for all of them is everything there is: no devices, no second target in a step, no name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

from unicall.adapter import Places
from unicall.graph import (
    OTHERWISE,
    START,
    Flow,
    Node,
    NodeId,
    Reference,
    Ring,
    RingTarget,
    SipAddress,
    Target,
    Voicemail,
    child_id,
)
from unicall.wire import Codec, Cursor, Json, Key, Put, Wrong, optional, put, put_json, write
from unicall_api19.routing import SECONDS, SIP_PORT, port_of, renumbered, take_port
from unicall_api19.target import ADDRESS, PROVIDER, TITLE, emit_target, is_bare, parse_target

T = TypeVar("T", bound=Hashable)

MAILBOX = "mailbox"  # the kind of a reference to a voicemail box
STEPS = 4  # ip_address_1 to ip_address_4

CALL_FLOW_ID, E164 = "call_flow_id", "e164"
REQUIRED = (CALL_FLOW_ID, E164, "ip_address_1")

#: What each argument is taken to do. Only the addresses' and the port's words are the vendor's ("IP", "alternative SIP UDP port").
#: Assumed: the addresses ring one after the other (the vendor says "load balance"); ``wait_time`` is how long each of them rings;
#: ``voicemail_box`` is where a caller leaves a message after the last of them; the port is that of all addresses.
_DIGITS: Codec[int] = Codec(SECONDS.decode, str)
SIP_PORT_OF_ALL = Key("sip_port", optional(Codec(port_of, str)), SIP_PORT, always=True)
WAIT_TIME = Key("wait_time", optional(_DIGITS), None)
_NAMES = ("make_default", "sip_port", "voicemail_box", "wait_time", CALL_FLOW_ID, E164)
_ADDRESS = re.compile(r"ip_address_([1-4])")
_OF_A_STEP = re.compile(r"(ip_address_)([1-4])()")


def _parse_address(raw: Json) -> Target:
    target = parse_target(raw)
    plain = isinstance(target, SipAddress) and target.port is None and is_bare(target)
    return target if plain else Reference(PROVIDER, ADDRESS, raw if isinstance(raw, str) else str(raw))


def _emit_address(target: Target | None) -> str:
    return "" if target is None else emit_target(target)


@lru_cache(16)
def address(n: int) -> Key[Target | None]:
    """Who rings in step ``n``: an IP address. Other text is kept, and means nothing that anybody knows."""
    return Key(f"ip_address_{n}", Codec(_parse_address, _emit_address), None)


def _parse_box(raw: Json) -> Reference:
    if isinstance(raw, bool) or not isinstance(raw, (str, int)):
        raise Wrong("the id of a voicemail box")
    return Reference(PROVIDER, MAILBOX, str(raw))


BOX: Key[Reference | None] = Key("voicemail_box", Codec(_parse_box, lambda box: None if box is None else box.id), None)


def is_request(document: Json) -> bool:
    """Whether these are arguments of the update call: an address or both other required ones are there, or nothing else is."""
    if not isinstance(document, dict) or "json" in document or "emails_json" in document:
        return False
    if CALL_FLOW_ID in document and E164 in document:
        return True
    return any(_ADDRESS.fullmatch(key) for key in document) or (E164 in document and all(key in _NAMES for key in document))


def parse_request(doc: Cursor) -> tuple[dict[NodeId, Node], dict[tuple[NodeId, str], str]]:
    """The chain of rings, a mailbox behind it, and where each fact stood. Required arguments that are missing are named."""
    for name in REQUIRED:
        if doc.raw.get(name) in (None, ""):
            doc.warn("UC406", name if name in doc.raw else _named_by(doc), target=TITLE, what=name)
    nodes: dict[NodeId, Node] = {}
    places: dict[tuple[NodeId, str], str] = {("", ""): doc.pointer, ("", "name"): doc.at(_named_by(doc))}
    steps = [(n, _target(doc, n)) for n in range(1, STEPS + 1) if doc.raw.get(address(n).name) not in (None, "")]
    port = take_port(doc, SIP_PORT_OF_ALL) if any(isinstance(target, SipAddress) for _, target in steps) else None
    seconds = doc.take(WAIT_TIME) if steps else None
    box = doc.take(BOX) if doc.raw.get(BOX.name) not in (None, "") else None
    at: NodeId = START
    for index, (n, target) in enumerate(steps):
        if isinstance(target, SipAddress):
            target = SipAddress(target.host, port)
        after = child_id(at, OTHERWISE)
        ends = index + 1 == len(steps) and box is None
        rings = () if target is None else (RingTarget(target),)
        nodes[at] = Ring(targets=rings, timeout=seconds, exits={} if ends else {OTHERWISE: after}, extras={PROVIDER: {"step": n}})
        places |= {(at, ""): doc.at(address(n)), (at, "targets.0.target"): doc.at(address(n)), (at, "timeout"): doc.at(WAIT_TIME)}
        at = after
    if box is not None:
        doc.warn("UC110", BOX, at, what="where callers leave a message after the last step")
        nodes[at] = Voicemail(mailbox=box)
        places |= {(at, ""): doc.at(BOX), (at, "mailbox"): doc.at(BOX)}
    _warn(doc, [n for n, _ in steps])
    return nodes, places


def _named_by(doc: Cursor) -> str:
    """The argument that says whose request this is; any other where it is missing."""
    return next((name for name in (CALL_FLOW_ID, E164) if name in doc.raw), next(iter(doc.raw)))


def _target(doc: Cursor, n: int) -> Target | None:
    target = doc.take(address(n))
    if isinstance(target, Reference):
        doc.warn("UC102", address(n))
    return target


def _warn(doc: Cursor, numbers: list[int]) -> None:
    for before, step in pairwise(numbers):
        if step != before + 1:
            doc.warn("UC108", address(step), before=before, step=step)
    if len(numbers) > 1:
        doc.warn("UC107", address(numbers[1]), OTHERWISE)


def emit_request(flow: Flow, shape: Json, known: Mapping[str, Json]) -> tuple[dict[str, Json], Places]:
    """The arguments that say this flow. ``known``: the id and the like, from the record that the flow was read from."""
    places: dict[tuple[NodeId, str], str] = {}
    rings = [(at, node) for at, node in _chain(flow) if isinstance(node, Ring)]
    numbers, shape = renumbered([ring for _, ring in rings], shape, _ADDRESS, _OF_A_STEP, STEPS)
    targets = [None if not ring.targets else ring.targets[0].target for _, ring in rings]
    ports = [target.port for target in targets if isinstance(target, SipAddress)]
    puts: list[Put] = []
    for n, (at, _), target in zip(numbers, rings, targets, strict=True):
        places |= {(at, ""): f"/{address(n).name}", (at, "timeout"): f"/{WAIT_TIME.name}"}
        places[at, "targets.0.target"] = f"/{address(n).name}"
        puts.append(put(address(n), SipAddress(target.host) if isinstance(target, SipAddress) else target))
    waits = [round(ring.timeout) for _, ring in rings if ring.timeout is not None]
    if ports:
        puts.append(put(SIP_PORT_OF_ALL, _of_most(ports)))
    if rings:
        puts.append(put(WAIT_TIME, _of_most(waits) if waits else None))
    for at, node in _chain(flow):
        if isinstance(node, Voicemail) and node.mailbox is not None:
            places |= {(at, ""): f"/{BOX.name}", (at, "mailbox"): f"/{BOX.name}"}
            puts.append(put(BOX, node.mailbox))
    first = [put_json(name, value, always=True) for name, value in known.items()]
    return write([*first, *puts] if shape is None else puts, shape), places


def _of_most(values: Sequence[T]) -> T:
    """What one argument says for all steps: what most of them say, so that one that differs does not change the others."""
    return Counter(values).most_common(1)[0][0]


def _chain(flow: Flow) -> Iterator[tuple[NodeId, Node]]:
    at = flow.start
    while at is not None:
        node = flow.nodes[at]
        yield at, node
        at = node.exits.get(OTHERWISE)


_FLAGS: Mapping[object, str] = {"yes": "yes", "no": "no", "true": "yes", "false": "no", "1": "yes", "0": "no"}


def known_of(record: Mapping[str, Json]) -> dict[str, Json]:
    """What a record tells the update call beside the flow: whose id it is, and how numbers are handed over."""
    said = record.get("id")
    known: dict[str, Json] = {} if said in (None, "") or isinstance(said, (bool, list, dict)) else {CALL_FLOW_ID: str(said)}
    return known | {E164: yes_or_no(record.get(E164))}


def yes_or_no(raw: Json) -> Json:
    """The argument's two words for what a record may spell in other ways; what nobody knows is left as it stands."""
    if raw in (None, "", [], {}):
        return "no"
    return _FLAGS.get(str(raw).lower(), raw)
