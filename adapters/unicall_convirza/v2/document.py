"""The record of the list with routes, and what it comes in: a list, an answer with ``result`` and ``data``, a bundle.

Documented: the keys, by example, and the bare list. Assumed: the answer with ``result``, all kinds of route but ``IvrRoute2``, and
what each key does. The surprise: nothing but ``routable_type`` says which block counts. Where it is missing or unknown, the only
block that is filled counts; a record without any is a simple route if it names a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import ClassVar

from attrs import Factory, define, evolve

from unicall.adapter import Form, Holds, Leftover, Reading, Setting, Writing
from unicall.graph import (
    OTHERWISE,
    START,
    EntryPoint,
    Flow,
    Hangup,
    Menu,
    Node,
    NodeId,
    Prompt,
    Region,
    Resource,
    Ring,
    Settings,
    Split,
    VendorNode,
    Voicemail,
)
from unicall.problem import DocumentError
from unicall.wire import (
    Codec,
    Cursor,
    Json,
    Key,
    Log,
    Put,
    Strange,
    Wrong,
    brief,
    integer,
    optional,
    put,
    put_json,
    write,
)
from unicall_convirza.facts import DEFAULT_RINGS, DEFAULT_SECONDS, RING_SECONDS, ROUTE, STATUS, SWITCH, text_of
from unicall_convirza.v2 import geo, menu, percentage, schedule
from unicall_convirza.v2.grammar import HOLDS
from unicall_convirza.v2.hunt import (
    BOX_RINGS,
    DEFAULT_RINGTO,
    GREETING,
    HUNT_TYPE,
    NUMBER,
    OVERFLOW,
    Chain,
    Hunted,
    chain,
    emit_default,
    emit_hunt,
    emit_shared,
    parse_box,
    parse_default,
    parse_hunt,
)
from unicall_convirza.v2.leftovers import LEFTOVERS
from unicall_convirza.v2.number import PROVIDER, WAY_IN
from unicall_convirza.v2.reading import Draft, Shape, glance, keep_list, settle
from unicall_convirza.v2.voice import (
    RECORD,
    emit_opening,
    emit_whisper,
    opening,
    parse_greeting,
    parse_opening,
    parse_whisper,
    settle_whisper,
)
from unicall_convirza.v2.writing import Page, inner, rest_of, said
from unicall_convirza.v2.writing import Shape as Kept

_NAME: Codec[str | None] = Codec(text_of, lambda name: name)


def _addresses(raw: Json) -> tuple[str, ...]:
    return tuple(part for part in (word.strip() for word in text_of(raw).split(",")) if part)


NAME: Key[str | None] = Key("call_flow_name", _NAME, None)
ACTIVE: Key[bool | None] = Key("call_flow_status", STATUS, None, always=True)
DNIS: Key[EntryPoint | None] = Key("dnis", WAY_IN, None)
NOTIFY: Key[tuple[str, ...]] = Key("email_to_notify", Codec(_addresses, ",".join), ())
SPAM: Key[bool | None] = Key("spam_filter_enabled", optional(SWITCH), None, always=True)
SPAM_THRESHOLD: Key[int | None] = Key("spam_threshold", optional(integer), None)
ROUTABLE: Key[str | None] = Key("routable_type", ROUTE, None)
OUTBOUND = "outbound"
OLD_MENU = "IvrRoute"  # assumed: the old kind, where 10 stands for the key 0

#: The keys that decide where a call goes: what is kept of a route that nobody knows.
_ROUTING = (
    DEFAULT_RINGTO.name, HUNT_TYPE.name, OVERFLOW, geo.ROUTE, OUTBOUND, menu.FLAT, percentage.SHARES, schedule.FLAT, menu.IVRS,
    RECORD.voicemail.name, BOX_RINGS.name, GREETING.name,
)  # fmt: skip
_BLOCKS = (geo.ROUTE, OUTBOUND, menu.FLAT, schedule.FLAT)

#: A new record, in the order of the vendor's page; what a flow leaves open is left out.
_NEW: Mapping[str, Json] = {
    "call_flow_name": None,
    "call_flow_status": None,
    "repeat_interval": 72,
    "call_value": 0,
    "dnis": None,
    "message_enabled": False,
    "message": "",
    "default_ringto": "",
    "email_to_notify": "",
    "play_disclaimer": "never",
    "voicemail_greeting": "",
    "voicemail_enabled": False,
    "voicemail_rings": DEFAULT_RINGS,
    "routable_type": None,
    "webhook_enabled": False,
    "whisper_enabled": False,
    "whisper_message": "",
    "ring_delay": DEFAULT_SECONDS,
    "postcall_ivr_enabled": False,
    "postcall_ivr_id": 0,
    "spam_threshold": None,
    "spam_filter_enabled": None,
    "referral_number": "",
    "record_call_enabled": False,
}


class ConvirzaV2:
    """The adapter."""

    name: ClassVar[str] = PROVIDER
    title: ClassVar[str] = "Convirza v2"
    defaults: ClassVar[Mapping[tuple[type[Node], str], Json]] = {(Ring, "timeout"): DEFAULT_SECONDS}

    def holds(self, form: Form) -> Holds:
        """See ``grammar.py``."""
        return HOLDS

    def form(self, flow: Flow) -> Form:
        """Every document is read as a record, so far."""
        return "record"

    def unaccepted(self, form: Form) -> str | None:
        """Nothing to say."""
        return None

    @property
    def settings(self) -> Mapping[str, Setting]:
        """None."""
        return {}

    def configured(self, given: Mapping[str, Json]) -> ConvirzaV2:
        """Nothing to configure."""
        return self

    def leftover(self, key: str) -> Leftover | None:
        """See ``leftovers.py``."""
        return LEFTOVERS.get(key)

    def detect(self, document: Json) -> bool:
        """A record, a list of them, the answer around it, or a bundle."""
        if isinstance(document, dict) and "result" in document and ("err" in document or "data" in document):
            return True
        if isinstance(document, list):
            document = next((entry for entry in document if isinstance(entry, dict)), None)
        if isinstance(document, dict) and isinstance(document.get("call_flow"), dict):
            document = document["call_flow"]
        return isinstance(document, dict) and _looks_like_record(document)

    def records(self, document: Json) -> Iterator[tuple[str, Json]]:
        """The records of a list or an answer; a single record or bundle yields itself."""
        if isinstance(document, dict) and "result" in document and ("err" in document or "data" in document):
            yield from _answered(document)
        elif isinstance(document, list):
            yield from ((f"/{index}", record) for index, record in enumerate(document))
        elif isinstance(document, dict):
            yield "", document
        else:
            raise DocumentError(f"expected a Convirza record or a list of them, got {brief(document)}")

    def parse(self, record: Json, at: str, log: Log) -> Reading:
        """One record, or a bundle of a record with the locations and prompts it names."""
        if not isinstance(record, dict):
            raise DocumentError(f"expected an object, got {brief(record)}", pointer=at)
        draft = Draft(log=log)
        resources: tuple[Resource, ...] = ()
        if "call_flow" in record and not _looks_like_record(record):
            record, at, resources = _open_bundle(draft, Cursor(record, at, log))
        flow = _parse_record(draft, Cursor(record, at, log))
        return Reading(flow=evolve(flow, resources=resources), places=draft.places)

    def emit(self, flow: Flow, form: Form) -> Writing:
        """A record as the list has it; a bundle where one was read, or where locations have to come along."""
        mine = [r for r in flow.resources if r.provider == PROVIDER]
        page = Page(flow, "/call_flow" if any(r.section == "bundle" for r in mine) else "")
        page.locations |= {r.id: r.document["raw"] for r in mine if r.section == "locations"}
        document = _emit_record(page)
        if page.base or page.locations:
            document = _emit_bundle(page, mine, document)
        return Writing(document=document, places=page.places)


def _looks_like_record(document: Mapping[str, Json]) -> bool:
    known = ("call_flow_id", "call_flow_name", "routable_type", "default_ringto", OVERFLOW, *_BLOCKS[:1], *_BLOCKS[2:])
    if "emails_json" in document or ("json" in document and "call_flow_id" not in document):
        return False
    return any(key in document for key in (*known, percentage.SHARES, menu.IVRS))


def _answered(answer: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """The records of ``{"result": "success", "err": null, "data": ...}``; an error answer is refused."""
    if answer["result"] == "error" or answer.get("err"):
        raise DocumentError(f"is an error answer: {brief(answer.get('err'))}", pointer="/err")
    data = answer.get("data")
    if isinstance(data, list):
        yield from ((f"/data/{index}", record) for index, record in enumerate(data))
    elif isinstance(data, dict):
        yield "/data", data
    elif data is not None:
        raise DocumentError(f"expected a record or a list of them, got {brief(data)}", pointer="/data")


# The bundle.


def _open_bundle(draft: Draft, whole: Cursor) -> tuple[dict[str, Json], str, tuple[Resource, ...]]:
    """The record in a bundle, its pointer, and the documents beside it."""
    record, at = whole.raw["call_flow"], whole.at("call_flow")
    if not isinstance(record, dict):
        raise DocumentError(f"expected an object, got {brief(record)}", pointer=at)
    resources: list[Resource] = []
    whole.seen("call_flow")
    for section in ("locations", "prompts"):
        documents = whole.object(section)
        for key, document in {} if documents is None else documents.raw.items():
            resources.append(Resource(PROVIDER, section, key, {"raw": document}))
            draft.places[f"#{section}/{key}", ""] = whole.at(section, key)
        if documents is not None and section == "locations":
            draft.locations, draft.locations_at = documents.raw, documents.pointer
        elif documents is not None:
            draft.prompts = frozenset(documents.raw)
    shape = whole.shape()
    shape.pop("in", None)
    draft.places["#bundle/", ""] = whole.pointer
    return record, at, (*resources, Resource(PROVIDER, "bundle", "", shape))


def _emit_bundle(page: Page, resources: list[Resource], record: Json) -> Json:
    shape = next((r.document for r in resources if r.section == "bundle"), None)
    prompts = {r.id: r.document["raw"] for r in resources if r.section == "prompts"}
    if not page.base:
        moved = {where: f"/call_flow{at}" for where, at in page.places.items() if not at.startswith("/locations/")}
        page.places.update(moved)
        return {"call_flow": record, "locations": page.locations}
    puts = [put_json("call_flow", record), put_json("locations", page.locations), put_json("prompts", prompts)]
    return write(puts, shape)


# The record.


def _parse_record(draft: Draft, doc: Cursor) -> Flow:
    name, active, way_in, notify = doc.take(NAME), doc.take(ACTIVE), doc.take(DNIS), doc.take(NOTIFY)
    spam = doc.take(SPAM)
    settle(doc, bool(spam), SPAM_THRESHOLD)
    settings = Settings(
        active=active,
        notify=notify,
        spam_filter=spam,
        spam_threshold=glance(doc, SPAM_THRESHOLD) if spam else None,
    )
    draft.places |= {("", ""): doc.pointer, ("", "name"): doc.at(NAME), ("", "entry_points.0"): doc.at(DNIS)}
    for field, key in (
        ("active", ACTIVE),
        ("notify", NOTIFY),
        ("spam_filter", SPAM),
        ("spam_threshold", SPAM_THRESHOLD),
    ):
        draft.places["", f"settings.{field}"] = doc.at(key)
    shape = _parse_routing(draft, doc)
    return Flow(
        name=name,
        start=START,
        nodes=draft.nodes,
        entry_points=() if way_in is None else (way_in,),
        settings=settings,
        extras={PROVIDER: shape},
    )


@define
class _Read:
    """What reading a route leaves for the shape of the record, and whether the record's voicemail switch counts."""

    counts: bool = False
    blocks: tuple[str, ...] = ()
    hunted: Hunted = Factory(Hunted)
    lists: dict[str, list[Json]] = Factory(dict)
    options: list[Json] = Factory(list)
    flat: bool = False


def _parse_routing(draft: Draft, doc: Cursor) -> Shape:
    draft.box_seconds, draft.box_at = glance(doc, BOX_RINGS), doc.at(BOX_RINGS)
    draft.box_greeting, draft.greeting_at = draft.spoken(glance(doc, GREETING)), doc.at(GREETING)
    kind = _kind_of(doc)
    if kind == "ivr":
        read = _parse_menu(draft, doc)
        settle_whisper(doc, RECORD, None, rings=False)
    else:
        whisper = parse_whisper(draft, doc, RECORD)
        at = parse_opening(draft, START, doc, RECORD)
        read = _PARSERS[kind](draft, at, doc, glance(doc, RECORD.voicemail), whisper)
        settle_whisper(doc, RECORD, whisper, rings=draft.ringing > 0)
    if kind != "unknown":
        settle(doc, read.counts, RECORD.voicemail)
        settle(doc, draft.timed, BOX_RINGS)
        settle(doc, draft.greeted, GREETING)
    shape = _shape_of_record(doc, read)
    return shape | {"kind": kind} | ({"flat": True} if read.flat else {})


def _shape_of_record(doc: Cursor, read: _Read) -> Shape:
    """The shape of a record; the blocks of other kinds of route are kept key by key."""
    blocks = [name for name in _BLOCKS if name not in read.blocks and isinstance(doc.raw.get(name), dict)]
    inert = [name for name in blocks if doc.raw[name]]
    for name in inert:
        doc.object(name)
    shape = read.hunted.mark(doc.shape())
    for name in inert:
        shape["in"][name]["inert"] = True
    for name, entries in read.lists.items():
        keep_list(shape, name, entries)
    if read.options:
        keep_list(shape["in"][menu.FLAT], menu.OPTIONS, read.options)
    return shape


def _kind_of(doc: Cursor) -> str:
    """The kind of route: as it is named; else the only block that is filled; else simple, if there is a number."""
    named = doc.take(ROUTABLE)
    if named is not None:
        return named
    blocks = _filled_blocks(doc.raw)
    unnamed = doc.raw.get(ROUTABLE.name) in (None, "")
    number = glance(doc, DEFAULT_RINGTO) is not None or _overflows(doc)
    kind = blocks[0] if len(blocks) == 1 else "simple" if unnamed and not blocks and number else "unknown"
    value = doc.raw.get(ROUTABLE.name)
    if unnamed and kind == "unknown":
        at = doc.at(ROUTABLE) if ROUTABLE.name in doc.raw else doc.pointer
        doc.log.add("UC101", at, value, START, key=ROUTABLE.name, expected="a kind of route")
    elif unnamed:
        at = doc.at(ROUTABLE if ROUTABLE.name in doc.raw else _BLOCK_OF[kind])
        doc.log.add("UC110", at, value, START, what=f"a route of the kind {kind}")
    return kind


_BLOCK_OF: Mapping[str, str] = {
    "simple": DEFAULT_RINGTO.name,
    "ivr": menu.IVRS,
    "geo": geo.ROUTE,
    "percentage": percentage.SHARES,
    "schedule": schedule.FLAT,
    "outbound": OUTBOUND,
}


def _filled(raw: Json) -> bool:
    """Whether this is an array with an object in it."""
    return isinstance(raw, list) and any(isinstance(entry, dict) for entry in raw)


def _filled_blocks(raw: Mapping[str, Json]) -> list[str]:
    blocks = {name: raw[name] for name in _BLOCKS if isinstance(raw.get(name), dict)}
    found = {
        "ivr": _filled(raw.get(menu.IVRS)) or _filled(blocks.get(menu.FLAT, {}).get(menu.OPTIONS)),
        "geo": _filled(blocks.get(geo.ROUTE, {}).get(geo.OPTIONS)),
        "percentage": _filled(raw.get(percentage.SHARES)),
        "schedule": _filled(blocks.get(schedule.FLAT, {}).get(schedule.FLAT_OPTIONS)),
        "outbound": any(value not in (None, "") for value in blocks.get(OUTBOUND, {}).values()),
    }
    return [kind for kind, filled in found.items() if filled]


def _overflows(doc: Cursor) -> bool:
    entries = doc.raw.get(OVERFLOW)
    listed = entries if isinstance(entries, list) else []
    return any(isinstance(entry, dict) and glance(Cursor(entry, "", Log()), NUMBER) is not None for entry in listed)


def _parse_menu(draft: Draft, doc: Cursor) -> _Read:
    at, greeting = parse_greeting(draft, START, doc, RECORD, records=True)
    items = doc.objects(menu.IVRS)
    block = None if items else doc.object(menu.FLAT)
    read = _Read(flat=block is not None, blocks=() if items else (menu.FLAT,))
    exits: dict[str, NodeId] = {}
    if items:
        exits, entries = menu.parse_items(draft, menu.Level(at), items)
        read.lists[menu.IVRS] = entries
    elif block is not None:
        old = doc.raw.get(ROUTABLE.name) == OLD_MENU
        exits, read.options = menu.parse_options(draft, at, block.objects(menu.OPTIONS), old)
    where = doc.at(menu.IVRS if items else menu.FLAT)
    draft.add(at, Menu(greeting=greeting, exits=exits), where, greeting=doc.at(RECORD.message))
    return read


def _parse_simple(draft: Draft, at: NodeId, doc: Cursor, voicemail: bool, whisper: Prompt | None) -> _Read:
    if glance(doc, DEFAULT_RINGTO) == "hangup":
        return _Read(counts=parse_default(draft, at, doc, voicemail, whisper))
    if _overflows(doc) and not _is_hunt(doc):
        settle(doc, False, HUNT_TYPE)
        return _keep_verbatim(draft, at, doc, HUNT_TYPE.name, (HUNT_TYPE.name, DEFAULT_RINGTO.name, OVERFLOW))
    hunted = parse_hunt(draft, at, doc, DEFAULT_RINGTO, HUNT_TYPE, voicemail, whisper)  # type: ignore[arg-type]
    if isinstance(draft.nodes[at], Voicemail):
        doc.keep(ROUTABLE)
    return _Read(counts=hunted.counts, hunted=hunted)


def _is_hunt(doc: Cursor) -> bool:
    try:
        return doc.raw.get(HUNT_TYPE.name) is None or HUNT_TYPE.codec.decode(doc.raw[HUNT_TYPE.name]) in (True, False)
    except Strange:
        return False
    except Wrong:
        return True


def _keep_verbatim(draft: Draft, at: NodeId, doc: Cursor, word: str, names: tuple[str, ...]) -> _Read:
    """A route that nobody knows: its keys as they stand."""
    data = {name: doc.raw[name] for name in doc.raw if name in names}
    doc.seen(*names)
    where = {f"data.{name}": doc.at(name) for name in data}
    at_word = doc.at(word) if word in doc.raw else doc.pointer
    draft.add(at, VendorNode(provider=PROVIDER, word=word, data=data), at_word, data=doc.pointer, **where)
    return _Read(blocks=_BLOCKS if word == ROUTABLE.name else ())


def _parse_geo(draft: Draft, at: NodeId, doc: Cursor, voicemail: bool, whisper: Prompt | None) -> _Read:
    block = doc.raw.get(geo.ROUTE)
    if isinstance(block, dict) and _filled(block.get(geo.OPTIONS)):
        return _Read(counts=geo.parse_geo_route(draft, at, doc, voicemail, whisper), blocks=(geo.ROUTE,))
    return _parse_only_default(draft, at, doc, voicemail, whisper, geo.ROUTE)


def _parse_only_default(draft: Draft, at: NodeId, doc: Cursor, voicemail: bool, whisper: Prompt | None, block: str) -> _Read:
    """A route without a row: the default number. A block of the wrong type is refused all the same."""
    raw = doc.raw.get(block)
    if isinstance(raw, dict):
        Cursor(raw, doc.at(block), doc.log).objects(geo.OPTIONS)
    elif raw is not None:
        doc.object(block)
    doc.keep(ROUTABLE)
    return _Read(counts=parse_default(draft, at, doc, voicemail, whisper))


def _parse_percentage(draft: Draft, at: NodeId, doc: Cursor, voicemail: bool, whisper: Prompt | None) -> _Read:
    rows = doc.objects(percentage.SHARES)
    if not rows:
        doc.keep(ROUTABLE)
        return _Read(counts=parse_default(draft, at, doc, voicemail, whisper))
    if any(glance(row, percentage.PERCENT) is None for row in rows):
        percentage.parse_unknown_shares(draft, at, doc, rows)
        return _Read()
    counts, entries = percentage.parse_shares(draft, at, doc, rows, voicemail, whisper)
    return _Read(counts=counts, lists={percentage.SHARES: list(entries)})


def _parse_schedule(draft: Draft, at: NodeId, doc: Cursor, voicemail: bool, whisper: Prompt | None) -> _Read:
    raw = doc.raw.get(schedule.FLAT)
    if not (isinstance(raw, dict) and _filled(raw.get(schedule.FLAT_OPTIONS))):
        return _parse_only_default(draft, at, doc, voicemail, whisper, schedule.FLAT)
    block = Cursor(raw, doc.at(schedule.FLAT), doc.log)
    rows = block.objects(schedule.FLAT_OPTIONS)
    doc.seen(schedule.FLAT)
    if len(rows) != len(raw[schedule.FLAT_OPTIONS]):
        return _Read(blocks=(schedule.FLAT,))
    counts = schedule.parse_flat(draft, at, doc, block, rows, voicemail, whisper)
    return _Read(counts=counts, blocks=(schedule.FLAT,))


def _parse_voicemail(draft: Draft, at: NodeId, doc: Cursor, voicemail: bool, whisper: Prompt | None) -> _Read:
    parse_box(draft, at, doc.at(ROUTABLE))
    return _Read()


def _parse_outbound(draft: Draft, at: NodeId, doc: Cursor, voicemail: bool, whisper: Prompt | None) -> _Read:
    raw = doc.raw.get(OUTBOUND)
    if raw is not None and not isinstance(raw, dict):
        doc.object(OUTBOUND)
    if isinstance(raw, dict):
        doc.seen(OUTBOUND)
    where = doc.at(OUTBOUND)
    node = VendorNode(provider=PROVIDER, word=OUTBOUND, data=raw)
    draft.add(at, node, where if raw is not None else doc.at(ROUTABLE), data=where)
    return _Read(blocks=(OUTBOUND,))


def _parse_unknown(draft: Draft, at: NodeId, doc: Cursor, voicemail: bool, whisper: Prompt | None) -> _Read:
    return _keep_verbatim(draft, at, doc, ROUTABLE.name, _ROUTING)


_Parser = Callable[[Draft, NodeId, Cursor, bool, Prompt | None], _Read]
_PARSERS: Mapping[str, _Parser] = {
    "simple": _parse_simple,
    "geo": _parse_geo,
    "percentage": _parse_percentage,
    "schedule": _parse_schedule,
    "voicemail": _parse_voicemail,
    "outbound": _parse_outbound,
    "unknown": _parse_unknown,
}


def _emit_record(page: Page) -> Json:
    flow, base = page.flow, page.base
    steps, at = opening(page, flow.start)
    node = page.node(at)
    shape = _with_verbatim(flow.extras.get(PROVIDER), node)
    kind, route = _emit_route(page, at, node, shape)
    routed = {one.name for one in route}
    way_in = next((way for way in flow.entry_points if way.kind == "number"), None)
    if way_in is None:
        way_in = next((way for way in flow.entry_points if way.kind == "placeholder"), None)
    settings = flow.settings
    puts = [
        put(NAME, flow.name),
        put(ACTIVE, settings.active),
        put(DNIS, way_in),
        put(NOTIFY, settings.notify),
        put(SPAM, settings.spam_filter),
        put(SPAM_THRESHOLD, settings.spam_threshold),
        *emit_opening(page, steps, node, shape, RECORD, base),
        *emit_whisper(None if kind == "ivr" else _whisper(flow), shape, RECORD),
        *(one for one in emit_shared(page, shape) if one.name not in routed),
        *route,
    ]
    _note_places(page, base)
    if kind != "ivr":
        rings = (at for at, one in flow.nodes.items() if isinstance(one, Ring))
        page.places |= {(at, "whisper"): f"{base}/{RECORD.whisper.name}" for at in rings}
    if not _keeps_name(shape, kind):
        puts.append(put(ROUTABLE, kind))
    if shape is None:
        verbatim = node.data if isinstance(node, VendorNode) and node.word in (ROUTABLE.name, HUNT_TYPE.name) else None
        return _new(write(puts, None) | (verbatim if isinstance(verbatim, dict) else {}))
    return write([*puts, *_blocks_left(shape, routed)], shape)


def _keeps_name(shape: Kept | None, kind: str) -> bool:
    """Whether a record of this kind has no name, or one that nothing else would be written for."""
    if shape is None or shape.get("kind") != kind:
        return False
    return ROUTABLE.name in (shape.get("odd") or {}) or ROUTABLE.name not in shape["order"]


def _note_places(page: Page, base: str) -> None:
    page.places |= {("", ""): base, ("", "name"): f"{base}/{NAME.name}", ("", "entry_points.0"): f"{base}/{DNIS.name}"}
    for field, key in (
        ("active", ACTIVE),
        ("notify", NOTIFY),
        ("spam_filter", SPAM),
        ("spam_threshold", SPAM_THRESHOLD),
    ):
        page.places["", f"settings.{field}"] = f"{base}/{key.name}"


def _whisper(flow: Flow) -> Prompt | None:
    rings = (node for node in flow.nodes.values() if isinstance(node, Ring))
    return next((ring.whisper for ring in rings if ring.whisper is not None), None)


def _new(written: dict[str, Json]) -> dict[str, Json]:
    record: dict[str, Json] = {name: written.get(name, default) for name, default in _NEW.items()}
    record["ring_delay"] = record["voicemail_rings"] * RING_SECONDS
    return {name: value for name, value in record.items() if value is not None} | {
        name: value for name, value in written.items() if name not in record
    }


def _blocks_left(shape: Kept, routed: set[str]) -> list[Put]:
    """The blocks of other kinds of route, as they stood."""
    parts = (shape.get("in") or {}).items()
    return [
        put_json(name, write([], part))
        for name, part in parts
        if isinstance(part, Mapping) and part.get("inert") and name not in routed
    ]


def _with_verbatim(shape: Kept | None, node: Node | None) -> Kept | None:
    """The shape of a record whose route was kept as it stands is filled from its node."""
    verbatim = isinstance(node, VendorNode) and node.word in (ROUTABLE.name, HUNT_TYPE.name)
    if shape is not None and verbatim and isinstance(node, VendorNode) and isinstance(node.data, dict):
        return {**shape, "rest": {**rest_of(shape), **node.data}}
    return shape


def _emit_route(page: Page, at: NodeId | None, node: Node | None, shape: Kept | None) -> tuple[str, list[Put]]:
    """The kind of a route, and its keys."""
    kept = None if shape is None else shape.get("kind")
    base = page.base
    if isinstance(node, Menu) and at is not None:
        return "ivr", _emit_menu(page, at, node, shape)
    if isinstance(node, Region) and at is not None:
        return "geo", _with_box(*geo.emit_geo_route(page, at, node, shape, base))
    if isinstance(node, Split) and at is not None:
        return "percentage", _with_box(*percentage.emit_shares(page, at, node, shape, base))
    if isinstance(node, VendorNode) and at is not None and node.word != DEFAULT_RINGTO.name:
        return _emit_vendor_node(page, at, node, shape)
    hunt = chain(page, at)
    single = len(hunt.rings) <= 1 and not hunt.together
    if kept in ("geo", "percentage", "schedule") and single and node is not None:
        rows = [put_json(percentage.SHARES, [])] if kept == "percentage" else []
        return kept, [*rows, *_emit_only_default(page, at, node, hunt, shape)]
    if isinstance(node, Voicemail) and kept != "simple" and at is not None:
        page.went(at, f"{base}/{ROUTABLE.name}", greeting=f"{base}/{GREETING.name}")
        return "voicemail", [] if shape is not None else [put(RECORD.voicemail, True)]
    if isinstance(node, Hangup):
        return "simple", emit_default(page, at, shape, None, base)
    if node is None and page.flow.start is not None:
        return "simple", [put(DEFAULT_RINGTO, "hangup")]
    return "simple", emit_hunt(page, hunt, shape, DEFAULT_RINGTO, HUNT_TYPE, RECORD.voicemail, base)  # type: ignore[arg-type]


def _emit_only_default(page: Page, at: NodeId | None, node: Node, hunt: Chain, shape: Kept | None) -> list[Put]:
    if isinstance(node, VendorNode) and at is not None:
        page.went(at, f"{page.base}/{DEFAULT_RINGTO.name}")
    return emit_default(page, at, shape, RECORD.voicemail, page.base)


def _with_box(puts: list[Put], chains: list[Chain]) -> list[Put]:
    """The keys of a route whose branches share the record's voicemail switch."""
    counts = any(one.counts for one in chains)
    box = any(one.voicemail is not None for one in chains)
    return [*puts, said(RECORD.voicemail, box if counts else None)]


def _emit_menu(page: Page, at: NodeId, node: Menu, shape: Kept | None) -> list[Put]:
    block = inner(shape, menu.FLAT)
    flat = shape is not None and shape.get("flat") is True
    where = menu.FLAT if flat else menu.IVRS
    page.went(at, f"{page.base}/{where}", greeting=f"{page.base}/{RECORD.message.name}")
    if flat and menu.is_flat(page, node):
        old = (shape or {}).get("odd", {}).get(ROUTABLE.name) == OLD_MENU
        spot = f"{page.base}/{menu.FLAT}/{menu.OPTIONS}"
        options = menu.emit_options(page, node, inner(block, menu.OPTIONS), old, spot)
        return [put_json(menu.FLAT, write([put_json(menu.OPTIONS, options)], block)), put_json(menu.IVRS, [])]
    items = menu.emit_items(page, at, node, inner(shape, menu.IVRS), 1, f"{page.base}/{menu.IVRS}")
    emptied = [put_json(menu.FLAT, write([put_json(menu.OPTIONS, [])], block))] if flat else []
    return [*emptied, put_json(menu.IVRS, items)]


def _emit_vendor_node(page: Page, at: NodeId, node: VendorNode, shape: Kept | None) -> tuple[str, list[Put]]:
    base = page.base
    page.went(at, f"{base}/{node.word}", data=f"{base}/{node.word}")
    match node.word:
        case schedule.FLAT:
            otherwise = chain(page, node.exits.get(OTHERWISE))
            default = emit_default(page, node.exits.get(OTHERWISE), shape, None, base)
            return "schedule", _with_box([*schedule.emit_flat(page, at, node, base), *default], [otherwise])
        case percentage.SHARES:
            return "percentage", [put_json(percentage.SHARES, node.data)]
        case word if word == OUTBOUND:
            return "outbound", [] if node.data is None else [put_json(OUTBOUND, node.data)]
        case word if word == HUNT_TYPE.name:
            return "simple", []
    return "unknown", []


ADAPTER = ConvirzaV2()
