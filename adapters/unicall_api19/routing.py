"""The routing object inside ``json``: steps with a target each, in the order of their numbers.

Documented by example only; every meaning is assumed. Numbers are JSON integers here and text elsewhere, and either is accepted and
kept. The flat ``wait`` stands in for a step without one. A gap in the numbers is a step that was deleted: the numbers are kept
as long as no step moves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

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
from unicall.wire import Codec, Cursor, Json, Key, Put, Strange, Wrong, integer, optional, put, verbatim, write
from unicall_api19.target import PROVIDER, TARGET, UNKNOWN, is_bare, is_port, parse_target

SIP_PORT = 5060  # RFC 3261; in every example of the vendor's


def _seconds(raw: Json) -> int:
    n = integer.decode(raw)
    if n < 0:
        raise Strange("seconds, nought or more")
    return n


SECONDS: Codec[int] = Codec(_seconds, verbatim)
WAIT = Key("wait", optional(SECONDS), None)
_ROUTE = re.compile(r"route([1-9]\d{0,8})")
_OF_A_STEP = re.compile(r"(route|sip_port)([1-9]\d{0,8})(|_simul|_wait)")


@lru_cache(256)
def route(n: int) -> Key[Target | None]:
    """Who rings in step ``n``."""
    return Key(f"route{n}", TARGET, None)


@lru_cache(256)
def simul(n: int) -> Key[Target | None]:
    """Who rings together with the target of step ``n``. One at most has been seen."""
    return Key(f"route{n}_simul", TARGET, None)


def port_of(raw: Json) -> int:
    """The port that a key says. Raises Strange."""
    n = integer.decode(raw)
    if not is_port(n):
        raise Strange("a port from 1 to 65535")
    return n


def take_port(doc: Cursor, key: Key[int | None]) -> int | None:
    """The port under this key; None for one that is none, of which a problem tells."""
    before = len(doc.log.problems)
    found = doc.take(key)
    return found if len(doc.log.problems) == before else None


@lru_cache(256)
def port(n: int) -> Key[int | None]:
    """The SIP port of step ``n``, 5060 where it does not say. Assumed: of its ``routeN`` only, and of an address only."""
    return Key(f"sip_port{n}", optional(Codec(port_of, verbatim)), SIP_PORT, always=True)


@lru_cache(256)
def wait(n: int, flat: int | None) -> Key[int | None]:
    """How many seconds step ``n`` rings before the next; the flat ``wait`` where it does not say."""
    return Key(f"route{n}_wait", optional(SECONDS), flat)


def parse_routing(doc: Cursor) -> tuple[dict[NodeId, Node], dict[tuple[NodeId, str], str]]:
    """The chain of rings, and where each fact stood."""
    nodes: dict[NodeId, Node] = {}
    places: dict[tuple[NodeId, str], str] = {}
    numbers = sorted(int(m[1]) for key in doc.raw if (m := _ROUTE.fullmatch(key)) and doc.raw[key] not in (None, ""))
    flat = _flat(doc.raw)
    at: NodeId = START
    for index, n in enumerate(numbers):
        after = child_id(at, OTHERWISE)
        last = index + 1 == len(numbers)
        nodes[at] = _parse_step(doc, n, flat, at, {} if last else {OTHERWISE: after}, places)
        if index and n != numbers[index - 1] + 1:
            doc.warn("UC108", route(n), at, before=numbers[index - 1], step=n)
        at = after
    if len(numbers) > 1:
        doc.log.add("UC107", doc.at(route(numbers[1])), doc.raw[f"route{numbers[1]}"], node=OTHERWISE)
    return nodes, places


def _parse_step(
    doc: Cursor, n: int, flat: int | None, at: NodeId, exits: dict[str, NodeId], places: dict[tuple[NodeId, str], str]
) -> Ring:
    targets: list[RingTarget] = []
    for key in (route(n), simul(n)):
        target = None if doc.raw.get(key.name) == "" else doc.take(key)
        if target is None:
            continue
        if isinstance(target, Reference) and target.kind == UNKNOWN:
            doc.warn("UC102", key, at)
        elif isinstance(target, PhoneNumber):
            doc.warn("UC110", key, at, what="a phone number")
        places[at, f"targets.{len(targets)}.target"] = doc.at(key)
        if isinstance(target, SipAddress) and is_bare(target) and not str(doc.raw[key.name]).startswith("sip:"):
            target = SipAddress(target.host, take_port(doc, port(n)) if key.name == f"route{n}" else SIP_PORT)
        targets.append(RingTarget(target))
    own = wait(n, flat)
    places[at, ""] = doc.at(route(n))
    places[at, "timeout"] = doc.at(own if own.name in doc.raw else WAIT)
    return Ring(targets=tuple(targets), timeout=doc.take(own), exits=exits, extras={PROVIDER: {"step": n}})


def _flat(raw: Json) -> int | None:
    try:
        return None if raw.get("wait") is None else SECONDS.decode(raw["wait"])
    except (Wrong, Strange):
        return None


def emit_routing(flow: Flow, shape: Json, base: str) -> tuple[dict[str, Json], Places]:
    """The routing object of a flow, and where each fact went."""
    places: dict[tuple[NodeId, str], str] = {}
    puts: list[Put] = []
    steps = list(_steps(flow))
    numbers, shape = renumbered([ring for _, ring in steps], shape, _ROUTE, _OF_A_STEP)
    kept: Json = {} if shape is None else shape.get("rest") or {}
    flat = _flat(kept)
    for n, (at, ring) in zip(numbers, steps, strict=True):
        row = _port_first(ring.targets, shape, n)
        first, *others = [ring.targets[i].target for i in row]
        own_port = isinstance(first, SipAddress) and is_bare(first) and not _is_uri(shape, route(n), first)
        places |= {(at, ""): f"{base}/route{n}", (at, "timeout"): f"{base}/route{n}_wait"}
        places |= {(at, f"targets.{i}.target"): f"{base}/route{n}{'_simul' * place}" for place, i in enumerate(row)}
        puts += [
            put(route(n), _without_port(first) if own_port else first),
            put(port(n), first.port if own_port and isinstance(first, SipAddress) else None),
            put(wait(n, flat), None if ring.timeout is None else round(ring.timeout)),
            put(simul(n), None if not others else others[0] if _is_uri(shape, simul(n), others[0]) else _without_port(others[0])),
        ]
        if shape is None and flat is None and ring.timeout is not None and not any(p.name == "wait" for p in puts):
            puts.append(put(WAIT, round(ring.timeout)))
    if shape is None:
        return {"dnis": ""} | write(puts, None), places
    return write(puts, shape), places


def renumbered(
    rings: Iterable[Ring], shape: Json, target: re.Pattern[str], of_a_step: re.Pattern[str], most: int | None = None
) -> tuple[list[int], Json]:
    """The numbers of the steps, and the shape with what it kept of each step under its number.

    Numbers that were read are kept where all those steps still stand in their order, others only behind them; else the steps
    count from 1. ``target`` and ``of_a_step`` find the number in the keys of a step, the former in the one it needs.
    """
    kept = [ring.extras.get(PROVIDER, {}).get("step") for ring in rings]
    known = {} if shape is None else shape
    said = [key for key in known.get("order") or () if key not in (known.get("rest") or ())]
    read = sorted(int(found[1]) for key in said if (found := target.fullmatch(key)))
    if shape is None:
        read = [n for n in kept if isinstance(n, int)]
    after = range((read[-1] if read else 0) + 1, (read[-1] if read else 0) + 1 + len(kept) - len(read))
    numbers = [*read, *after]
    stand = kept == [*read, *(None for _ in after)] and read == sorted(set(read)) and all(0 < n <= (most or n) for n in numbers)
    if not stand:
        numbers = list(range(1, len(kept) + 1))
    if shape is None or (stand and not after):
        return numbers, shape
    moved = {old: new for new, old in reversed(list(zip(numbers, kept, strict=True))) if old is not None}
    return numbers, _moved(shape, moved, {*read, *numbers}, of_a_step)


def _moved(shape: Mapping[str, Json], moved: Mapping[int, int], gone: set[int], of_a_step: re.Pattern[str]) -> Json:
    """A shape whose keys of steps have new numbers, without those of steps that are gone or that others replace."""
    names: dict[str, str] = {}
    for key in shape.get("order") or ():
        found = of_a_step.fullmatch(key)
        n = 0 if found is None else int(found[2])
        if n in moved and found is not None:
            names[key] = f"{found[1]}{moved[n]}{found[3]}"
        elif n not in gone:
            names[key] = key
    parts = {
        part: {names[key]: value for key, value in shape[part].items() if key in names} for part in ("rest", "odd") if part in shape
    }
    return {**shape, **parts, "order": _in_order(list(names.values()), of_a_step)}


def _in_order(names: list[str], of_a_step: re.Pattern[str]) -> list[str]:
    """The keys of the steps by their numbers, in the places that such keys have; all others stay."""
    numbers = {name: int(found[2]) for name in names if (found := of_a_step.fullmatch(name))}
    row = iter(sorted(numbers, key=lambda name: numbers[name]))
    return [next(row) if name in numbers else name for name in names]


def _port_first(targets: tuple[RingTarget, ...], shape: Json, n: int) -> list[int]:
    """Who stands in ``routeN``, and who rings along: the one whose port has to be said, as only ``routeN`` has one."""
    unusual = [
        isinstance(rung.target, SipAddress)
        and is_bare(rung.target)
        and rung.target.port not in (None, SIP_PORT)
        and not _is_uri(shape, simul(n), rung.target)
        for rung in targets
    ]
    row = list(range(len(targets)))
    return row[::-1] if unusual == [False, True] else row


def _is_uri(shape: Json, key: Key[Target | None], target: Target) -> bool:
    """Whether this address was spelled as a SIP URI, its port in it."""
    spelled = None if shape is None else (shape.get("odd") or {}).get(key.name)
    return isinstance(spelled, str) and spelled.startswith("sip:") and parse_target(spelled) == target


def _without_port(target: Target) -> Target:
    """A bare address as it is spelled: its port stands elsewhere, or is the usual one."""
    if isinstance(target, SipAddress) and is_bare(target):
        return SipAddress(target.host)
    return target


def _steps(flow: Flow) -> Iterator[tuple[NodeId, Ring]]:
    at = flow.start
    while at is not None:
        node = flow.nodes[at]
        if isinstance(node, Ring):
            yield at, node
        at = node.exits.get(OTHERWISE)
