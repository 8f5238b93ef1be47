"""The routing object inside ``json``: steps with a target each, in the order of their numbers.

Documented by example only; every meaning is assumed. Numbers are JSON integers here and text elsewhere, and either is accepted and
kept. The flat ``wait`` stands in for a step without one. A gap in the numbers is a step that was deleted: the numbers are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from attrs import evolve

from unicall.adapter import Places
from unicall.graph import (
    OTHERWISE,
    START,
    Flow,
    Node,
    NodeId,
    PhoneNumber,
    Reference,
    Ring,
    RingTarget,
    SipAddress,
    Target,
    child_id,
)
from unicall.wire import Cursor, Json, Key, Put, Strange, Wrong, integer, optional, put, write
from unicall_api19.target import PROVIDER, TARGET, UNKNOWN, is_bare

SIP_PORT = 5060  # RFC 3261; in every example of the vendor's

WAIT = Key("wait", optional(integer), None)
_ROUTE = re.compile(r"route([1-9]\d{0,8})")


def route(n: int) -> Key[Target | None]:
    """Who rings in step ``n``."""
    return Key(f"route{n}", TARGET, None)


def simul(n: int) -> Key[Target | None]:
    """Who rings together with the target of step ``n``. One at most has been seen."""
    return Key(f"route{n}_simul", TARGET, None)


def port(n: int) -> Key[int | None]:
    """The SIP port of step ``n``, 5060 where it does not say. Assumed: of its ``routeN`` only, and of an address only."""
    return Key(f"sip_port{n}", optional(integer), SIP_PORT, always=True)


def wait(n: int, flat: int | None) -> Key[int | None]:
    """How many seconds step ``n`` rings before the next; the flat ``wait`` where it does not say."""
    return Key(f"route{n}_wait", optional(integer), flat)


def parse_routing(doc: Cursor) -> tuple[dict[NodeId, Node], dict[tuple[NodeId, str], str]]:
    """The chain of rings, and where each fact stood."""
    nodes: dict[NodeId, Node] = {}
    places: dict[tuple[NodeId, str], str] = {}
    numbers = sorted(int(m[1]) for key in doc.raw if (m := _ROUTE.fullmatch(key)) and doc.raw[key] not in (None, ""))
    flat = _flat(doc.raw)
    at: NodeId = START
    for index, n in enumerate(numbers):
        ring = _parse_step(doc, n, flat, at, places)
        after = child_id(at, OTHERWISE)
        last = index + 1 == len(numbers)
        nodes[at] = evolve(ring, exits={} if last else {OTHERWISE: after}, extras={PROVIDER: {"step": n}})
        if index and n != numbers[index - 1] + 1:
            doc.warn("UC108", route(n), at, before=numbers[index - 1], step=n)
        at = after
    if len(numbers) > 1:
        doc.log.add("UC107", doc.at(route(numbers[1])), doc.raw[f"route{numbers[1]}"], node=OTHERWISE)
    return nodes, places


def _parse_step(
    doc: Cursor, n: int, flat: int | None, at: NodeId, places: dict[tuple[NodeId, str], str]
) -> Ring:
    targets: list[RingTarget] = []
    for key in (route(n), simul(n)):
        target = doc.take(key)
        if target is None:
            continue
        if isinstance(target, Reference) and target.kind == UNKNOWN:
            doc.warn("UC102", key, at)
        elif isinstance(target, PhoneNumber):
            doc.warn("UC110", key, at, what="a phone number")
        places[at, f"targets.{len(targets)}.target"] = doc.at(key)
        if isinstance(target, SipAddress) and is_bare(target) and not str(doc.raw[key.name]).startswith("sip:"):
            target = evolve(target, port=doc.take(port(n)) if key.name == f"route{n}" else SIP_PORT)
        targets.append(RingTarget(target))
    own = wait(n, flat)
    places[at, ""] = doc.at(route(n))
    places[at, "timeout"] = doc.at(own if own.name in doc.raw else WAIT)
    return Ring(targets=tuple(targets), timeout=doc.take(own))


def _flat(raw: Json) -> int | None:
    try:
        return None if raw.get("wait") is None else integer.decode(raw["wait"])
    except (Wrong, Strange):
        return None


def emit_routing(flow: Flow, shape: Json, base: str) -> tuple[dict[str, Json], Places]:
    """The routing object of a flow, and where each fact went."""
    places: dict[tuple[NodeId, str], str] = {}
    puts: list[Put] = []
    kept: Json = {} if shape is None else shape.get("rest") or {}
    flat = _flat(kept)
    n = 0
    for at, ring in _steps(flow):
        n = max(n + 1, ring.extras.get(PROVIDER, {}).get("step", 0))
        first, *others = [rung.target for rung in ring.targets]
        own_port = isinstance(first, SipAddress) and is_bare(first) and not _is_uri(shape, route(n))
        places |= {(at, ""): f"{base}/route{n}", (at, "timeout"): f"{base}/route{n}_wait"}
        places |= {(at, f"targets.{i}.target"): f"{base}/route{n}{'_simul' * i}" for i in range(len(ring.targets))}
        puts += [
            put(route(n), _without_port(first) if own_port else first),
            put(port(n), first.port if own_port and isinstance(first, SipAddress) else None),
            put(wait(n, flat), None if ring.timeout is None else round(ring.timeout)),
            put(simul(n), None if not others else others[0] if _is_uri(shape, simul(n)) else _without_port(others[0])),
        ]
        if shape is None and flat is None and ring.timeout is not None and not any(p.name == "wait" for p in puts):
            puts.append(put(WAIT, round(ring.timeout)))
    if shape is None:
        return {"dnis": ""} | write(puts, None), places
    return write(puts, shape), places


def _is_uri(shape: Json, key: Key[Target | None]) -> bool:
    """Whether an address was spelled as a SIP URI, its port in it."""
    return shape is not None and str((shape.get("odd") or {}).get(key.name, "")).startswith("sip:")


def _without_port(target: Target) -> Target:
    """A bare address as it is spelled: its port stands elsewhere, or is the usual one."""
    if isinstance(target, SipAddress) and is_bare(target):
        return evolve(target, port=None)
    return target


def _steps(flow: Flow) -> Iterator[tuple[NodeId, Ring]]:
    at = flow.start
    while at is not None:
        node = flow.nodes[at]
        if isinstance(node, Ring):
            yield at, node
        at = node.exits.get(OTHERWISE)
