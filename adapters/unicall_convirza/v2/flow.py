"""A flow as a whole, in a record and in the body of a request: what is set for it, and the kind of its route.

Documented: the keys, by example. Assumed: all kinds of route but ``IvrRoute2``, and what each key does. The surprise: nothing but
``routable_type`` says which block counts, and the body for menus has none. Where it is missing or unknown, the only block that is
filled counts; a flow without any is a simple route if it names a number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import Factory, define, evolve

from unicall.adapter import Form
from unicall.graph import (
    OTHERWISE,
    START,
    Announce,
    Flow,
    Hangup,
    Menu,
    Node,
    NodeId,
    Prompt,
    Region,
    Ring,
    Schedule,
    Settings,
    Split,
    VendorNode,
    Voicemail,
)
from unicall.wire import (
    Codec,
    Cursor,
    Json,
    Key,
    Log,
    Put,
    Strange,
    Wrong,
    integer,
    optional,
    put,
    put_json,
    verbatim,
    write,
)
from unicall_convirza.facts import DEFAULT_RINGS, KNOWN, OUTBOUND, ROUTE, SHARED, STATUS, SWITCH, taken_over, text_of
from unicall_convirza.v2 import flat, geo, menu, percentage, schedule
from unicall_convirza.v2.delay import RING_DELAY, delay_for
from unicall_convirza.v2.hunt import (
    DEFAULT_RINGTO,
    GREETING,
    NUMBER,
    OVERFLOW,
    Chain,
    Hunted,
    box_rings,
    chain,
    emit_default,
    emit_hunt,
    emit_shared,
    parse_box,
    parse_default,
    parse_hunt,
)
from unicall_convirza.v2.number import PROVIDER, V3, way_in_of
from unicall_convirza.v2.reading import Draft, Shape, glance, keep_list, settle, spread
from unicall_convirza.v2.request import (
    TOGETHER,
    Body,
    body_of,
    body_read,
    emit_way_in,
    finished,
    has,
    parse_way_in,
    recast,
    without,
)
from unicall_convirza.v2.voice import (
    RECORD,
    REQUEST,
    Voice,
    emit_opening,
    emit_whisper,
    opening,
    parse_greeting,
    parse_opening,
    parse_whisper,
    settle_whisper,
)
from unicall_convirza.v2.writing import Page, inert, inner, rest_of, said
from unicall_convirza.v2.writing import Shape as Kept
from unicall_convirza.v2.writing import was_read as is_kept

_NAME: Codec[str | None] = Codec(text_of, verbatim)


def _addresses(raw: Json) -> tuple[str, ...]:
    return tuple(part for part in (word.strip() for word in text_of(raw).split(",")) if part)


NAME: Key[str | None] = Key("call_flow_name", _NAME, None)
ACTIVE: Key[bool | None] = Key("call_flow_status", STATUS, None, always=True)
NOTIFY: Key[tuple[str, ...]] = Key("email_to_notify", Codec(_addresses, ",".join), ())
SPAM: Key[bool | None] = Key("spam_filter_enabled", optional(SWITCH), None, always=True)
SPAM_THRESHOLD: Key[int | None] = Key("spam_threshold", optional(integer), None)
ROUTABLE: Key[str | None] = Key("routable_type", ROUTE, None)
OLD_MENU = "IvrRoute"  # assumed: the old kind, where 10 stands for the key 0

#: The keys that decide where a call goes: what is kept of a route that nobody knows.
_ROUTING = (
    DEFAULT_RINGTO.name, TOGETHER.read.name, TOGETHER.write.name, OVERFLOW, geo.ROUTE, OUTBOUND, menu.FLAT, percentage.SHARES,
    flat.FLAT, schedule.ROUTE, menu.IVRS, RECORD.voicemail.name, box_rings(KNOWN).name, GREETING.name,
)  # fmt: skip
#: Those that say who is rung. What another kind of route left under them must not ring anybody in this one.
_DESTINATIONS = [name for name in _ROUTING if name not in (box_rings(KNOWN).name, GREETING.name)]
BLOCKS = (geo.ROUTE, OUTBOUND, menu.FLAT, flat.FLAT)
_VERBATIM = (ROUTABLE.name, TOGETHER.read.name)  # the words of nodes that keep the keys of a whole route

#: Keys of a new record that a new request leaves out: there, nothing stands for "none".
_UNSAID = ("referral_number",)
#: Where v3's keys that mean the same stand here.
RELATIVES: Mapping[str, Mapping[str, str]] = {V3: {theirs: mine for mine, theirs in SHARED.items()}}

#: A new record, in the order of the vendor's page; what a flow leaves open is left out. New requests are made of it too.
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
    RING_DELAY: None,
    "postcall_ivr_enabled": False,
    "postcall_ivr_id": 0,
    "spam_threshold": None,
    "spam_filter_enabled": None,
    "referral_number": "",
    "record_call_enabled": False,
}


def parse_flow(draft: Draft, doc: Cursor, *, bare: bool) -> Flow:
    name, active = doc.take(NAME), doc.take(ACTIVE)
    way_in, way_in_at = parse_way_in(doc, draft.form)
    notify = doc.take(NOTIFY)
    spam = doc.take(SPAM)
    settle(doc, bool(spam), SPAM_THRESHOLD)
    settings = Settings(
        active=active,
        notify=notify,
        spam_filter=spam,
        spam_threshold=glance(doc, SPAM_THRESHOLD) if spam else None,
    )
    draft.places |= {("", ""): doc.pointer, ("", "name"): doc.at(NAME), ("", "entry_points.0"): way_in_at}
    for field, key in (
        ("active", ACTIVE),
        ("notify", NOTIFY),
        ("spam_filter", SPAM),
        ("spam_threshold", SPAM_THRESHOLD),
    ):
        draft.places["", f"settings.{field}"] = doc.at(key)
    shape = _parse_routing(draft, doc)
    if draft.form == "request":
        shape |= {"form": "request"} | ({"bare": True} if bare else {})
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


def _voice(form: Form) -> Voice:
    return RECORD if form == "record" else REQUEST


def _parse_routing(draft: Draft, doc: Cursor) -> Shape:
    rings = box_rings(draft.facts)
    draft.box_seconds, draft.box_at = glance(doc, rings), doc.at(rings)
    draft.box_greeting, draft.greeting_at = draft.spoken(glance(doc, GREETING)), doc.at(GREETING)
    kind = _kind_of(doc, draft.form)
    if kind == "ivr":
        read = _parse_menu(draft, doc)
        settle_whisper(doc, RECORD, None, rings=False)
    else:
        whisper = parse_whisper(draft, doc, RECORD)
        at = parse_opening(draft, START, doc, _voice(draft.form))
        read = _PARSERS[kind](draft, at, doc, glance(doc, RECORD.voicemail), whisper)
        settle_whisper(doc, RECORD, whisper, rings=draft.ringing > 0)
        if draft.form == "request" and not isinstance(draft.nodes.get(at), Ring | Hangup | None):
            draft.keep(at, "request", {}, doc.pointer)
    if kind != "unknown":
        settle(doc, read.counts, RECORD.voicemail)
        settle(doc, draft.timed, rings)
        settle(doc, draft.greeted, GREETING)
    shape = _shape_of_record(doc, read)
    return shape | {"kind": kind} | ({"flat": True} if read.flat else {})


def _shape_of_record(doc: Cursor, read: _Read) -> Shape:
    """The shape of a record; the blocks of other kinds of route are kept key by key."""
    shape = spread(read.hunted.mark(doc.shape()), *BLOCKS, schedule.ROUTE, percentage.SHARES, menu.IVRS, OVERFLOW)
    for name, entries in read.lists.items():
        keep_list(shape, name, entries)
    if read.options:
        keep_list(shape["in"][menu.FLAT], menu.OPTIONS, read.options)
    return shape


def _kind_of(doc: Cursor, form: Form) -> str:
    """The kind of route: as it is named; else the only block that is filled; else simple, if there is a number.

    The body for menus has no name for it (documented).
    """
    named = doc.take(ROUTABLE)
    if named is not None:
        return named
    blocks = _filled_blocks(doc.raw, form)
    if form == "request" and ROUTABLE.name not in doc.raw and isinstance(doc.raw.get(menu.IVRS), list) and blocks in ([], ["ivr"]):
        return "ivr"
    unnamed = doc.raw.get(ROUTABLE.name) in (None, "")
    number = glance(doc, DEFAULT_RINGTO) is not None or _overflows(doc)
    kind = blocks[0] if len(blocks) == 1 else "simple" if unnamed and not blocks and number else "unknown"
    value = doc.raw.get(ROUTABLE.name)
    if unnamed and kind == "unknown":
        at = doc.at(ROUTABLE) if ROUTABLE.name in doc.raw else doc.pointer
        doc.log.add("UC101", at, value, START, key=ROUTABLE.name, expected="a kind of route")
    elif unnamed:
        shows = ROUTABLE.name if ROUTABLE.name in doc.raw else next(name for name in _SHOWS[kind] if doc.has(name))
        doc.log.add("UC110", doc.at(shows), doc.raw[shows], START, what=f"a route of the kind {kind}")
    return kind


#: The keys by which a route without a name is known.
_SHOWS: Mapping[str, tuple[str, ...]] = {
    "simple": (DEFAULT_RINGTO.name, OVERFLOW),
    "ivr": (menu.IVRS, menu.FLAT),
    "geo": (geo.ROUTE,),
    "percentage": (percentage.SHARES,),
    "schedule": (schedule.ROUTE, flat.FLAT),
    "outbound": (OUTBOUND,),
}


def _filled(raw: Json) -> bool:
    """Whether this is an array with an object in it."""
    return isinstance(raw, list) and any(isinstance(entry, dict) for entry in raw)


def _filled_blocks(raw: Mapping[str, Json], form: Form) -> list[str]:
    blocks = {name: raw[name] for name in BLOCKS if isinstance(raw.get(name), dict)}
    hours = blocks.get(flat.FLAT, {}).get(flat.FLAT_OPTIONS)
    if form == "request" and isinstance(raw.get(schedule.ROUTE), dict):
        hours = raw[schedule.ROUTE].get(schedule.SCHEDULES)
    region = blocks.get(geo.ROUTE, {})
    found = {
        "ivr": _filled(raw.get(menu.IVRS)) or _filled(blocks.get(menu.FLAT, {}).get(menu.OPTIONS)),
        "geo": _filled(region.get(geo.OPTIONS)) or (form == "request" and _names_list(region)),
        "percentage": _filled(raw.get(percentage.SHARES)),
        "schedule": _filled(hours),
        "outbound": any(value not in (None, "") for value in blocks.get(OUTBOUND, {}).values()),
    }
    return [kind for kind, filled in found.items() if filled]


def _names_list(block: Mapping[str, Json]) -> bool:
    """Whether this region names a list of locations."""
    return glance(Cursor(block, "", Log()), geo.LOCATION) is not None


def _overflows(doc: Cursor) -> bool:
    entries = doc.raw.get(OVERFLOW)
    listed = entries if isinstance(entries, list) else []
    return any(isinstance(entry, dict) and glance(Cursor(entry, "", Log()), NUMBER) is not None for entry in listed)


def _parse_menu(draft: Draft, doc: Cursor) -> _Read:
    at, said_first = parse_greeting(draft, START, doc, _voice(draft.form), records=True)
    if draft.form == "request":
        for before, node in list(draft.nodes.items()):
            if isinstance(node, Announce):
                draft.keep(before, "request", {}, draft.places[before, ""])
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
    listed = menu.IVRS if items or not doc.has(ROUTABLE) else menu.FLAT if block is not None else ROUTABLE
    draft.add(at, evolve(said_first, exits=exits), doc.at(listed))
    return read


def _parse_simple(draft: Draft, at: NodeId, doc: Cursor, voicemail: bool, whisper: Prompt | None) -> _Read:
    if glance(doc, DEFAULT_RINGTO) == "hangup":
        return _Read(counts=parse_default(draft, at, doc, voicemail, whisper))
    together = TOGETHER.of(draft.form)
    if draft.form == "record" and _overflows(doc) and not _is_hunt(doc):
        settle(doc, False, together)
        return _keep_verbatim(draft, at, doc, together.name, (together.name, DEFAULT_RINGTO.name, OVERFLOW))
    hunted = parse_hunt(draft, at, doc, DEFAULT_RINGTO, together, voicemail, whisper)  # type: ignore[arg-type]
    if isinstance(draft.nodes[at], Voicemail):
        doc.keep(ROUTABLE)
    return _Read(counts=hunted.counts, hunted=hunted)


_HUNT_TYPE = TOGETHER.read


def _is_hunt(doc: Cursor) -> bool:
    try:
        return doc.raw.get(_HUNT_TYPE.name) is None or _HUNT_TYPE.codec.decode(doc.raw[_HUNT_TYPE.name]) in (True, False)
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
    draft.add(at, VendorNode(provider=PROVIDER, word=word, data=data), at_word, data=at_word, **where)
    return _Read(blocks=BLOCKS if word == ROUTABLE.name else ())


def _parse_geo(draft: Draft, at: NodeId, doc: Cursor, voicemail: bool, whisper: Prompt | None) -> _Read:
    block = doc.raw.get(geo.ROUTE)
    if isinstance(block, dict) and _filled(block.get(geo.OPTIONS)):
        return _Read(counts=geo.parse_geo_route(draft, at, doc, voicemail, whisper), blocks=(geo.ROUTE,))
    if draft.form == "request" and isinstance(block, dict) and _names_list(block):
        return _Read(counts=geo.parse_geo_body(draft, at, doc, voicemail, whisper), blocks=(geo.ROUTE,))
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
    if draft.form == "request" and isinstance(doc.raw.get(schedule.ROUTE), dict) and doc.raw[schedule.ROUTE]:
        schedule.parse_schedule(draft, at, doc, whisper)
        return _Read()
    if draft.form == "request":
        return _parse_only_default(draft, at, doc, voicemail, whisper, schedule.ROUTE)
    raw = doc.raw.get(flat.FLAT)
    if not (isinstance(raw, dict) and _filled(raw.get(flat.FLAT_OPTIONS))):
        return _parse_only_default(draft, at, doc, voicemail, whisper, flat.FLAT)
    block = Cursor(raw, doc.at(flat.FLAT), doc.log)
    rows = block.objects(flat.FLAT_OPTIONS)
    doc.seen(flat.FLAT)
    if len(rows) != len(raw[flat.FLAT_OPTIONS]):
        return _Read(blocks=(flat.FLAT,))
    if draft.facts.reads_flat and flat.is_known(draft.facts, block, rows):
        counts = flat.parse_known(draft, at, doc, voicemail, whisper)
    else:
        counts = flat.parse_flat(draft, at, doc, block, rows, voicemail, whisper)
    return _Read(counts=counts, blocks=(flat.FLAT,))


def _parse_voicemail(draft: Draft, at: NodeId, doc: Cursor, voicemail: bool, whisper: Prompt | None) -> _Read:
    parse_box(draft, at, doc.at(ROUTABLE))
    if voicemail:
        doc.keep(RECORD.voicemail)
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


def emit_flow(page: Page) -> Json:
    flow, base = page.flow, page.base
    steps, at = opening(page, flow.start)
    node = page.node(at)
    body = body_of(page.form, node)
    shape = flow.extras.get(PROVIDER)
    page.recast = body_read(shape) not in (None, body)
    shape = _with_verbatim(recast(shape, body) if page.recast and shape is not None else shape, node)
    kind, route = _emit_route(page, at, node, shape)
    routed = {one.name for one in route}
    if shape is not None and shape.get("kind") not in (None, kind):
        said_anew = {one.name for one in route if one.raw is not None}
        shape = without(shape, [name for name in _DESTINATIONS if name not in said_anew])
    puts = [
        *_emit_settings(page, shape),
        *emit_opening(page, steps, node, shape, _voice(page.form), base),
        *emit_whisper(None if kind == "ivr" else _whisper(flow), shape, RECORD),
        *(one for one in emit_shared(page, shape) if one.name not in routed),
        *route,
    ]
    if kind != "ivr":
        rings = (at for at, one in flow.nodes.items() if isinstance(one, Ring))
        page.places |= {(at, "whisper"): f"{base}/{RECORD.whisper.name}" for at in rings}
    if page.recast or not _keeps_name(shape, kind):
        puts.append(put(ROUTABLE, kind))
    if shape is None or page.recast:
        puts = [one for one in puts if has(body, one.name)]
    if shape is None:
        verbatim = node.data if isinstance(node, VendorNode) and node.word in _VERBATIM else None
        return _new(page, body, write(puts, None) | (verbatim if isinstance(verbatim, dict) else {}))
    document = write([*puts, *inert(shape, but=routed)], shape)
    return finished(document, body) if page.recast and body != "record" else document


def _emit_settings(page: Page, shape: Kept | None) -> list[Put]:
    """The keys of the flow as a whole, and their places."""
    flow, settings, base = page.flow, page.flow.settings, page.base
    way_in_put, way_in_at = emit_way_in(way_in_of(flow), page.form, shape, base)
    _note_places(page, base, way_in_at)
    return [
        put(NAME, flow.name),
        put(ACTIVE, settings.active),
        way_in_put,
        put(NOTIFY, settings.notify),
        put(SPAM, settings.spam_filter),
        put(SPAM_THRESHOLD, settings.spam_threshold),
    ]


def _keeps_name(shape: Kept | None, kind: str) -> bool:
    """Whether a record of this kind has no name, or one that nothing else would be written for."""
    if shape is None or shape.get("kind") != kind:
        return False
    return ROUTABLE.name in (shape.get("odd") or {}) or ROUTABLE.name not in shape["order"]


def _note_places(page: Page, base: str, way_in: str) -> None:
    page.places |= {("", ""): base, ("", "name"): f"{base}/{NAME.name}", ("", "entry_points.0"): way_in}
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


def _new(page: Page, body: Body, written: dict[str, Json]) -> dict[str, Json]:
    template = {name: default for name, default in _NEW.items() if has(body, name) and (body == "record" or name not in _UNSAID)}
    beside = {name: value for name, value in taken_over(page.flow.extras, RELATIVES).items() if has(body, name)}
    template |= beside
    document: dict[str, Json] = {name: written.get(name, default) for name, default in template.items()}
    if RING_DELAY in template:
        document[RING_DELAY] = delay_for(document["voicemail_rings"], page.facts)
    document = {name: value for name, value in document.items() if value is not None} | {
        name: value for name, value in written.items() if name not in template
    }
    return document if body == "record" else finished(document, body)


def _with_verbatim(shape: Kept | None, node: Node | None) -> Kept | None:
    """The shape of a record whose route was kept as it stands is filled from its node."""
    verbatim = isinstance(node, VendorNode) and node.word in _VERBATIM
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
        listed = page.form == "request" and is_kept(inner(shape, geo.ROUTE), geo.LOCATION)
        return "geo", _with_box(*(geo.emit_geo_body if listed else geo.emit_geo_route)(page, at, node, shape, base))
    if isinstance(node, Schedule) and at is not None and page.form == "request":
        return "schedule", schedule.emit_schedule(page, at, node, shape, base)[0]
    if isinstance(node, Schedule) and at is not None:
        return "schedule", _with_box(*flat.emit_known(page, at, node, shape, base))
    if isinstance(node, Split) and at is not None:
        return "percentage", _with_box(*percentage.emit_shares(page, at, node, shape, base))
    if isinstance(node, VendorNode) and at is not None and node.word != DEFAULT_RINGTO.name:
        return _emit_vendor_node(page, at, node, shape)
    hunt = chain(page, at)
    single = len(hunt.rings) <= 1 and not hunt.together
    stays = kept in ("geo", "percentage", "schedule") and not (page.recast and page.form == "request")
    if stays and kept is not None and single and node is not None:
        rows = [put_json(percentage.SHARES, [])] if kept == "percentage" else []
        return kept, [*rows, *_emit_only_default(page, at, node, hunt, shape)]
    if isinstance(node, Voicemail) and kept != "simple" and at is not None:
        page.went(at, f"{base}/{ROUTABLE.name}", greeting=f"{base}/{GREETING.name}")
        return "voicemail", [] if shape is not None else [put(RECORD.voicemail, True)]
    if isinstance(node, Hangup):
        return "simple", emit_default(page, at, shape, None, base)
    together = TOGETHER.of(page.form)
    return "simple", emit_hunt(page, hunt, shape, DEFAULT_RINGTO, together, RECORD.voicemail, base)  # type: ignore[arg-type]


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
    single = shape is not None and shape.get("flat") is True
    where = menu.FLAT if single else menu.IVRS
    says = {"greeting": f"{page.base}/{RECORD.message.name}", "notice": f"{page.base}/{RECORD.disclaimer.name}"}
    page.went(at, f"{page.base}/{where}", **says)
    if single and menu.is_flat(page, node):
        old = (shape or {}).get("odd", {}).get(ROUTABLE.name) == OLD_MENU
        spot = f"{page.base}/{menu.FLAT}/{menu.OPTIONS}"
        options = menu.emit_options(page, node, inner(block, menu.OPTIONS), old, spot)
        return [put_json(menu.FLAT, write([put_json(menu.OPTIONS, options)], block)), put_json(menu.IVRS, [])]
    items = menu.emit_items(page, at, node, inner(shape, menu.IVRS), 1, f"{page.base}/{menu.IVRS}")
    emptied = [put_json(menu.FLAT, write([put_json(menu.OPTIONS, [])], block))] if single else []
    return [*emptied, put_json(menu.IVRS, items)]


def _emit_vendor_node(page: Page, at: NodeId, node: VendorNode, shape: Kept | None) -> tuple[str, list[Put]]:
    base = page.base
    page.went(at, f"{base}/{node.word}", data=f"{base}/{node.word}")
    match node.word:
        case flat.FLAT:
            otherwise = chain(page, node.exits.get(OTHERWISE))
            default = emit_default(page, node.exits.get(OTHERWISE), shape, None, base)
            return "schedule", _with_box([*flat.emit_flat(page, at, node, base), *default], [otherwise])
        case percentage.SHARES:
            return "percentage", [put_json(percentage.SHARES, node.data)]
        case word if word == OUTBOUND:
            return "outbound", [] if node.data is None else [put_json(OUTBOUND, node.data, always=True)]
        case word if word == _HUNT_TYPE.name:
            return "simple", []
    return "unknown", []
