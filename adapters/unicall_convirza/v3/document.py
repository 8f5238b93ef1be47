"""The provisioned route, and what it comes in: an answer with ``code`` and ``data``, or a list of routes in such an answer.

Documented: the answer around it. Everything else is assumed. A request to create a route is a record without its id, its number and
its times (assumed): both are read, and each is written in the form that was read. The surprise: a PATCH is a document too. One that
says where calls go is read as a flow; one that only changes settings is refused, because there is no flow in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import ClassVar

from attrs import Factory, evolve, frozen

from unicall.adapter import Form, Holds, Leftover, Reading, Refusal, Setting, Writing
from unicall.behave.records import CallRecord
from unicall.graph import (
    START,
    EntryPoint,
    Flow,
    Hangup,
    Menu,
    Node,
    NodeId,
    Prompt,
    Reference,
    Region,
    Ring,
    Schedule,
    Settings,
    Split,
    VendorNode,
    Voicemail,
)
from unicall.problem import DocumentError
from unicall.wire import Codec, Json, Key, Log, Strange, anything, brief, integer, optional, pointer, verbatim
from unicall_convirza.facts import OUTBOUND as LINE_OUT
from unicall_convirza.facts import SHARED, STATUS, SWITCH, heir_of, in_any_case, taken_over, text_of, unasked
from unicall_convirza.v2.number import PROVIDER as V2
from unicall_convirza.v2.number import way_in_of
from unicall_convirza.v2.reading import spread
from unicall_convirza.v2.voice import THE_DISCLAIMER
from unicall_convirza.v3 import agent, calls, geo, menu, schedule, share
from unicall_convirza.v3.grammar import holds
from unicall_convirza.v3.hunt import (
    BOX_RINGS,
    DEFAULT,
    GREETING,
    HUNT_FACTS,
    HUNT_TYPE,
    OVERFLOW,
    RING_TO,
    VOICEMAIL,
    Chain,
    Hunted,
    emit_hunt,
    emit_shared,
    overflows,
    parse_box,
    parse_hunt,
)
from unicall_convirza.v3.leftovers import LEFTOVERS
from unicall_convirza.v3.number import AGENT, PROVIDER, UNKNOWN, WAY_IN
from unicall_convirza.v3.profile import OF_RECORDS, Profile, corrected, ring_length
from unicall_convirza.v3.reading import BLOCKS, Doc, Draft, Shape, keep_list, spoken
from unicall_convirza.v3.voice import (
    DISCLAIMER,
    MESSAGE,
    WHISPER,
    emit_opening,
    emit_whisper,
    opening,
    parse_greeting,
    parse_opening,
    parse_whisper,
    settle_whisper,
)
from unicall_convirza.v3.writing import Page, Sheet
from unicall_convirza.v3.writing import Shape as Kept

#: What a route is, in any case: all assumed. The first word for a kind is written; v2's words are read too.
KINDS: Mapping[str, str] = {
    "simple": "simple",
    "hangup": "hangup",
    "ivr": "ivr",
    "geo": "geo",
    "percentage": "percentage",
    "schedule": "schedule",
    "voicemail": "voicemail",
    "outbound": "outbound",
    "round_robin": "round_robin",
    "voice_agent": "voice_agent",
    "SimpleRoute": "simple",
    "IvrRoute2": "ivr",
    "GeoRoute": "geo",
    "PercentageBasedRoute": "percentage",
    "ScheduleRoute": "schedule",
    "VoicemailRoute": "voicemail",
    "OutboundRoute": "outbound",
}


def _addresses(raw: Json) -> tuple[str, ...]:
    """Addresses in one text between commas, or in a list."""
    listed = raw if isinstance(raw, list) else text_of(raw, "e-mail addresses").split(",")
    if not all(isinstance(word, str) for word in listed):
        raise Strange("e-mail addresses")
    return tuple(word.strip() for word in listed if word.strip())


KIND: Key[str | None] = Key("kind", in_any_case(KINDS), None)
NAME: Key[str | None] = Key("name", Codec(text_of, verbatim), None)
ACTIVE: Key[bool | None] = Key("status", STATUS, None)
NUMBER: Key[EntryPoint | None] = Key("phone_number", WAY_IN, None)
NOTIFY: Key[tuple[str, ...]] = Key("notify", Codec(_addresses, ",".join), ())
SPAM: Key[bool | None] = Key("spam_filter", optional(SWITCH), None)
SPAM_THRESHOLD: Key[int | None] = Key("spam_threshold", optional(integer), None)
OUTBOUND: Key[Json] = Key(LINE_OUT, anything, None)
_SETTINGS: Mapping[str, Key[Json]] = {
    "active": ACTIVE,
    "notify": NOTIFY,
    "spam_filter": SPAM,
    "spam_threshold": SPAM_THRESHOLD,
}

#: The block that shows what a route without a name is.
_BLOCKS: Mapping[str, str] = {
    "ivr": menu.ITEMS,
    "geo": geo.GEO,
    "percentage": share.SHARES,
    "schedule": schedule.SCHEDULE,
    "outbound": OUTBOUND.name,
    "round_robin": share.NUMBERS.name,
    "voice_agent": agent.AGENT.name,
}
#: The facts that decide where a call goes: what is kept of a route that nobody knows.
_ROUTING = (
    KIND.name, RING_TO.name, DEFAULT.name, HUNT_TYPE.name, OVERFLOW, *_BLOCKS.values(), VOICEMAIL.name, BOX_RINGS.name,
    GREETING.name,
)  # fmt: skip
#: The facts whose names only v3 has, as far as anybody knows; and those whose names count where none of v2's is there.
_MARKS = ("id", NAME.name, KIND.name, "org_unit", share.NUMBERS.name, agent.AGENT.name)
_MARKS_OF_A_PATCH = (RING_TO.name, DEFAULT.name, OVERFLOW)
_V2_MARKS = ("call_flow_id", "call_flow_name", "routable_type", "default_ringto", "overflowNumbers")
_PATCHED = (RING_TO.name, DEFAULT.name, OVERFLOW, *_BLOCKS.values())


@frozen(eq=False)
class ConvirzaV3:
    """The adapter, with the profile of names that it believes in."""

    profile: Profile = Factory(Profile)

    name: ClassVar[str] = PROVIDER
    title: ClassVar[str] = "Convirza v3"

    @property
    def defaults(self) -> Mapping[tuple[type[Node], str], Json]:
        """Where a route does not say, numbers ring for three rings (assumed)."""
        return {(Ring, "timeout"): self.profile.default_seconds}

    def holds(self, form: Form) -> Holds:
        """See ``grammar.py``."""
        return holds(form, lambda kind: self.profile.name(kind, RING_TO.name, {}))

    def unasked(self, node: Node) -> str | None:
        """See ``facts.py``."""
        return unasked(node)

    def form(self, flow: Flow) -> Form:
        """As it was read."""
        kept = flow.extras.get(PROVIDER)
        if calls.calls_of(flow) is not None:
            return "record"
        return "request" if kept is not None and kept.get("form") == "request" else "record"

    def unaccepted(self, form: Form) -> str | None:
        """A record has what only the vendor gives: the id, the times (assumed)."""
        if form == "request":
            return None
        return "a record is what GET returns: --form request writes what is thought to create a route"

    def refusals(self, document: Json, form: Form) -> Iterable[Refusal]:
        """Nothing is known."""
        return ()

    def unverified(self) -> bool:
        """Yes, until a user says that the names are known to be right."""
        return not self.profile.verified

    @property
    def relatives(self) -> Mapping[str, Mapping[str, str]]:
        """Keys of v2 that mean the same."""
        return _relatives(self.profile)

    def repaired(self, text: str) -> str:
        """No defect is known that could be repaired."""
        return text

    @property
    def settings(self) -> Mapping[str, Setting]:
        """The names of the keys, and how long a ring lasts."""
        return {
            "profile": Setting(
                code="UC405",
                meaning="what the keys of a route are called, by the facts of the profile; verified says that all are right",
                example='profile = { verified = true, kind = "route_type", hours = { ring_to = ["ring_to", "target"] } }',
                check=corrected,
            ),
            "ring_seconds": Setting(
                code="UC301",
                meaning="how long one ring lasts",
                example="ring_seconds = 6",
                check=ring_length,
            ),
        }

    def configured(self, given: Mapping[str, Json]) -> ConvirzaV3:
        """The same with corrected names, or another length of a ring."""
        profile: Profile = given.get("profile", self.profile)
        seconds = given.get("ring_seconds", self.profile.ring_seconds)
        return ConvirzaV3(Profile(profile.names, profile.verified, seconds))

    def leftover(self, key: str) -> Leftover | None:
        """See ``leftovers.py``."""
        fact = self.profile.fact(key)
        return None if fact is None else LEFTOVERS.get(fact)

    # What a document is.

    def expected(self, reference: Reference) -> str | None:
        """Telephone numbers ring, text in place of one where it was read, and voice agents."""
        known = reference.kind in (UNKNOWN, AGENT)
        return None if known else "a telephone number such as +12025550142, or a voice agent such as agent:42"

    def shared(self, reference: Reference) -> Reference:
        """A disclaimer is the account's, as it is in v2."""
        return evolve(reference, provider=V2) if reference.kind == THE_DISCLAIMER.kind else reference

    def detect(self, document: Json) -> bool:
        """A route or recorded calls, an answer that holds them, a list of them, or an answer that only holds an error."""
        if calls.holds_calls(document):
            return True
        if not isinstance(document, dict):
            return isinstance(document, list) and any(self._is_route(entry) for entry in document)
        if "data" in document and "code" in document:
            data = document["data"]
            listed = self._listed(data)
            return self._is_route(data) or (listed is not None and all(self._is_route(entry) for entry in listed))
        if {"code", "message", "request_id"} <= document.keys():
            return True
        return self._is_route(document)

    def _listed(self, data: Json) -> list[Json] | None:
        """The list of routes in an answer."""
        if isinstance(data, list):
            return data
        lists = [data[name] for name in self.profile.any_of("answer", "routes") if name in data] if isinstance(data, dict) else []
        return lists[0] if lists and isinstance(lists[0], list) and not self._is_route(data) else None

    def _is_route(self, document: Json) -> bool:
        if not isinstance(document, dict) or {"emails_json", "unicall", "call_id"} & document.keys():
            return False
        names = self.profile.names["route"]
        if _is_marked(document, self.profile):
            return names["id"][0] in document or not any(mark in document for mark in _V2_MARKS[:2])
        return any(names[fact][0] in document for fact in _MARKS_OF_A_PATCH) and not any(m in document for m in _V2_MARKS)

    def records(self, document: Json) -> Iterator[tuple[str, Json]]:
        """The routes of an answer; a single route yields itself. The calls of an answer by their routes."""
        if calls.holds_calls(document):
            yield from calls.by_route(document)
        elif isinstance(document, list):
            yield from ((f"/{index}", route) for index, route in enumerate(document))
        elif not isinstance(document, dict):
            raise DocumentError(f"expected a Convirza route or an answer that holds some, got {brief(document)}")
        elif "code" in document and ("data" in document or "request_id" in document) and not self._is_route(document):
            yield from self._answered(document)
        else:
            yield "", document

    def _answered(self, answer: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
        code, data = answer["code"], answer.get("data")
        if not str(code).startswith("2"):
            raise DocumentError(f"is an error answer: {brief(answer.get('message'))}", pointer="/code")
        listed = self._listed(data)
        if listed is not None:
            name = next((name for name in self.profile.any_of("answer", "routes") if isinstance(data, dict) and name in data), None)
            at = "/data" if name is None else pointer("/data", name)
            yield from ((f"{at}/{index}", route) for index, route in enumerate(listed))
        elif isinstance(data, dict):
            yield "/data", data
        else:
            raise DocumentError(f"expected a route or a list of them, got {brief(data)}", pointer="/data")

    # Reading and writing.

    def parse(self, record: Json, at: str, log: Log) -> Reading:
        """One route, as a record, a request, or a PATCH that says where calls go; or what its calls show of it."""
        if isinstance(record, calls.Calls) or calls.holds_calls(record):
            return calls.parse_calls(record, at, log, self._parse_block)
        if not isinstance(record, dict):
            raise DocumentError(f"expected an object, got {brief(record)}", pointer=at)
        draft = Draft(log=log)
        doc = Doc(record, at, log, "route", self.profile)
        if not _is_whole(record, doc.name):
            raise DocumentError(f"changes settings and says nothing of where calls go: {brief(record)}", pointer=at)
        return Reading(flow=_parse_route(draft, doc), places=draft.places)

    def _parse_block(self, block: Json, at: str, log: Log) -> Reading | None:
        """The block that a call shows of its route, where it is one of a known kind."""
        if not isinstance(block, dict) or not (self._is_route(block) or any(name in block for name in _PATCHED)):
            return None
        reading = self.parse(block, at, log)
        return None if reading.flow.extras[PROVIDER]["kind"] == "unknown" else reading

    def calls(self, document: Json) -> Iterator[tuple[str, CallRecord]]:
        """The recorded calls of an answer. Raises DocumentError."""
        if not calls.holds_calls(document):
            raise DocumentError(f"expected Convirza calls, got {brief(document)}")
        yield from calls.records(document)

    def heir(self, gone: Node, node: Node) -> tuple[Node, Node]:
        """The node that began a hunt and the one that begins it now, which gets what stands beside the hunt."""
        return heir_of(PROVIDER, gone, node)

    def emit(self, flow: Flow, form: Form) -> Writing:
        """A record, or a request to create one. Calls are given back while the flow is what they show."""
        given = calls.calls_of(flow) if form == "record" else None
        if given is not None and (reading := self._shown_by(given)) is not None and reading.flow == flow:
            return Writing(document=given, places=reading.places)
        page = Page(flow, self.profile)
        document = _emit_route(page, form, form == self.form(flow))
        return Writing(document=document, places=page.places)

    def _shown_by(self, given: Json) -> Reading | None:
        """What calls show, where they are those of one route."""
        try:
            (at, record), *others = self.records(given) if calls.holds_calls(given) else [("", None)]
            log = Log()
            reading = self.parse(record, at, log)
        except DocumentError:
            return None
        return None if others or log.errors else reading


def _is_whole(document: Mapping[str, Json], name: Callable[[str], str]) -> bool:
    """Whether this is a route, and no change of settings alone. A record of which only the id said so says so by a kind of null."""
    return any(name(fact) in document for fact in ("id", NAME.name, KIND.name, *_PATCHED))


def _parse_route(draft: Draft, doc: Doc) -> Flow:
    name, active, way_in, notify = doc.take(NAME), doc.take(ACTIVE), doc.take(NUMBER), doc.take(NOTIFY)
    spam = doc.take(SPAM)
    doc.settle(bool(spam), SPAM_THRESHOLD)
    threshold = doc.glance(SPAM_THRESHOLD) if spam else None
    draft.places |= {("", ""): doc.pointer, ("", "name"): doc.at(NAME), ("", "entry_points.0"): doc.at(NUMBER)}
    draft.places |= {("", f"settings.{field}"): doc.at(key) for field, key in _SETTINGS.items()}
    shape = _parse_routing(draft, doc)
    request = not any(doc.name(fact) in doc.raw for fact in OF_RECORDS)
    return Flow(
        name=name,
        start=START,
        nodes=draft.nodes,
        entry_points=() if way_in is None else (way_in,),
        settings=Settings(active=active, notify=notify, spam_filter=spam, spam_threshold=threshold),
        extras={PROVIDER: shape | ({"form": "request"} if request else {})},
    )


def _parse_routing(draft: Draft, doc: Doc) -> Shape:
    """The nodes of a route. Returns the shape of its object."""
    draft.box_seconds, draft.box_at = doc.glance(BOX_RINGS), doc.at(BOX_RINGS)
    draft.box_greeting, draft.greeting_at = spoken(doc.glance(GREETING)), doc.at(GREETING)
    kind = _kind_of(doc)
    hunted, lists = Hunted(doc.name(OVERFLOW)), {}
    if kind == "ivr":
        lists[menu.ITEMS] = _parse_menu(draft, doc)
        settle_whisper(doc, None, rings=False)
    else:
        whisper = parse_whisper(draft, doc)
        at = parse_opening(draft, START, doc)
        if kind == "simple":
            hunted = parse_hunt(draft, at, doc, RING_TO, whisper)
        elif kind == "percentage":
            lists[share.SHARES] = share.parse_shares(draft, at, doc, whisper)
        else:
            _PARSERS[kind](draft, at, doc, whisper)
        settle_whisper(doc, whisper, rings=draft.whispering > 0)
    if kind != "unknown":
        doc.settle(draft.timed, BOX_RINGS)
        doc.settle(draft.greeted, GREETING)
    shape = hunted.mark(doc.shape())
    for fact, entries in lists.items():
        keep_list(shape, doc.name(fact), entries)
    return spread(shape, *map(doc.name, (*BLOCKS, share.SHARES))) | {"kind": kind}


def _kind_of(doc: Doc) -> str:
    """The kind of route: as it is named; where it has no name, the only block that is there; else simple, if there is a number."""
    named = doc.glance(KIND)
    raw = doc.value(KIND)
    if named is not None:
        return doc.take(KIND) or "unknown"
    if raw not in (None, ""):
        doc.settle(False, KIND)
        return "unknown"
    if raw == "":
        doc.keep(KIND)
    else:
        doc.take(KIND)
    blocks = [kind for kind, fact in _BLOCKS.items() if doc.value(fact) not in (None, "", [], {})]
    number = doc.glance(RING_TO) is not None or overflows(doc)
    kind = blocks[0] if len(blocks) == 1 else "simple" if not blocks and number else "unknown"
    if kind == "unknown":
        doc.missing(KIND, START, "a kind of route")
    else:
        first = OVERFLOW if doc.glance(RING_TO) is None else RING_TO.name
        shows = KIND.name if doc.name(KIND) in doc.raw else _BLOCKS.get(kind, first)
        doc.log.add("UC110", doc.at(shows), doc.value(shows), START, what=f"a route of the kind {kind}")
    return kind


def _parse_menu(draft: Draft, doc: Doc) -> list[Json]:
    at, said_first = parse_greeting(draft, START, doc)
    exits, entries = menu.parse_items(draft, menu.Level(at), doc.parts(menu.ITEMS, "item"))
    doc.settle(False, VOICEMAIL)
    draft.add(at, evolve(said_first, exits=exits), doc.at(menu.ITEMS))
    return entries


def _parse_schedule(draft: Draft, at: NodeId, doc: Doc, whisper: Prompt | None) -> None:
    schedule.parse_schedule(draft, at, doc, whisper)
    draft.keep(at, "schedule", {"order": []}, doc.spot(schedule.SCHEDULE))


def _parse_hangup(draft: Draft, at: NodeId, doc: Doc, whisper: Prompt | None) -> None:
    doc.settle(False, VOICEMAIL)
    draft.add(at, Hangup(), doc.at(KIND))


def _parse_voicemail(draft: Draft, at: NodeId, doc: Doc, whisper: Prompt | None) -> None:
    doc.settle(False, VOICEMAIL)
    if doc.glance(VOICEMAIL):
        doc.keep(VOICEMAIL)
    parse_box(draft, at, doc.at(KIND))


def _parse_rotation(draft: Draft, at: NodeId, doc: Doc, whisper: Prompt | None) -> None:
    share.parse_rotation(draft, at, doc, whisper)
    if isinstance(draft.nodes[at], Split):
        word = {doc.name(KIND): doc.value(KIND)} if doc.has(KIND) else {doc.name(share.NUMBERS): doc.value(share.NUMBERS)}
        draft.keep(at, "rotation", {"rest": word}, doc.pointer)
        shows = KIND if doc.has(KIND) else share.NUMBERS
        doc.log.add("UC110", doc.at(shows), doc.value(shows), at, what="a split in equal shares")


def _parse_outbound(draft: Draft, at: NodeId, doc: Doc, whisper: Prompt | None) -> None:
    raw = doc.value(OUTBOUND)
    if raw is not None and not isinstance(raw, dict):
        doc.log.refuse(doc.at(OUTBOUND), f"expected an object, got {brief(raw)}")
    doc.settle(False, VOICEMAIL)
    if raw is None:
        doc.keep(OUTBOUND)
    else:
        doc.seen(OUTBOUND.name)
    where = doc.at(OUTBOUND)
    node = VendorNode(provider=PROVIDER, word=OUTBOUND.name, data=raw)
    draft.add(at, node, where if raw is not None else doc.at(KIND), data=where)


def _parse_unknown(draft: Draft, at: NodeId, doc: Doc, whisper: Prompt | None) -> None:
    """A route that nobody knows: the keys that decide where its calls go, as they stand."""
    word = doc.value(KIND)
    draft.verbatim(at, KIND.name, doc, *_ROUTING)
    node = draft.nodes[at]
    assert isinstance(node, VendorNode)
    draft.nodes[at] = evolve(node, word=word if isinstance(word, str) and word else node.word)


_PARSERS: Mapping[str, Callable[[Draft, NodeId, Doc, Prompt | None], None]] = {
    "hangup": _parse_hangup,
    "geo": geo.parse_geo,
    "schedule": _parse_schedule,
    "voicemail": _parse_voicemail,
    "outbound": _parse_outbound,
    "round_robin": _parse_rotation,
    "voice_agent": agent.parse_agent,
    "unknown": _parse_unknown,
}


# Writing.


_SHARED = {theirs: fact for theirs, mine in SHARED.items() if (fact := Profile().fact(mine)) is not None}


def _relatives(profile: Profile) -> Mapping[str, Mapping[str, str]]:
    """Where v2's keys that mean the same stand here, by the names of the profile."""
    return {V2: {theirs: profile.name("route", fact, {}) for theirs, fact in _SHARED.items()}}


def _emit_route(page: Page, form: Form, as_read: bool) -> Json:
    flow = page.flow
    kept: Kept | None = flow.extras.get(PROVIDER)
    shape = kept if kept is not None and "order" in kept else None
    sheet = Sheet(page, "route", "", shape if as_read or shape is None else _in_form(page.profile, shape, form))
    steps, at = opening(page, flow.start)
    node = page.node(at)
    sheet.put(NAME, flow.name)
    sheet.put(ACTIVE, flow.settings.active)
    sheet.put(NOTIFY, flow.settings.notify)
    sheet.put(SPAM, flow.settings.spam_filter)
    sheet.put(SPAM_THRESHOLD, flow.settings.spam_threshold)
    beside = taken_over(flow.extras, {V2: _SHARED}) if shape is None else {}
    for fact, value in beside.items():
        sheet.put_json(fact, value, always=True)
    if form == "record":
        sheet.put(NUMBER, way_in_of(flow))
    page.places |= {("", ""): "", ("", "name"): sheet.at(NAME), ("", "entry_points.0"): sheet.at(NUMBER)}
    page.places |= {("", f"settings.{field}"): sheet.at(key) for field, key in _SETTINGS.items()}
    emit_opening(sheet, steps, node)
    kind, chains = _emit_kind(sheet, at, node)
    emit_shared(sheet)
    emit_whisper(sheet, next((one.whisper for one in chains if one.whisper is not None), None))
    page.places |= {(at, "whisper"): sheet.at(WHISPER) for one in chains for at, _ in one.rings}
    unsaid = shape is not None and shape.get("kind") == kind and not sheet.said(KIND)
    if kind is not None and not unsaid:
        sheet.put(KIND, kind)
    document = sheet.done()
    if form == "request" and not as_read:
        own, others = sheet.name(KIND), _other_words_for_kind(page.profile)
        document = {own if key in others else key: value for key, value in document.items()}
        if kind is not None and not _is_marked(document, page.profile):
            document[own] = kind
    return document if _is_whole(document, sheet.name) else {**document, sheet.name(KIND): None}


def _is_marked(document: Mapping[str, Json], profile: Profile) -> bool:
    """Whether there is a key that nothing of v2 has."""
    return any(profile.names["route"][fact][0] in document for fact in _MARKS)


def _other_words_for_kind(profile: Profile) -> set[str]:
    """The names of a route's type that v2 has too: a request, which has no id, is known by the other."""
    return set(profile.names["route"][KIND.name][1:])


def _in_form(profile: Profile, shape: Kept, form: Form) -> Kept:
    """The shape of a route that is written in the other form: a request has no id, no number and no times."""
    gone = {*profile.any_of("route", *OF_RECORDS), *_other_words_for_kind(profile)} if form == "request" else set()
    kept = {part: {k: v for k, v in (shape.get(part) or {}).items() if k not in gone} for part in ("rest", "odd")}
    return {**shape, **kept, "order": [name for name in shape["order"] if name not in gone]}


def _emit_kind(sheet: Sheet, at: NodeId | None, node: Node | None) -> tuple[str | None, list[Chain]]:
    """The keys of a route. Returns its kind (None where the kind is kept as it stands), and the chains behind it."""
    if at is None or node is None:
        return "simple", []
    if isinstance(node, VendorNode) and not agent.is_agent_ring(node) and (node.data is not None or node.word == OUTBOUND.name):
        return _emit_verbatim(sheet, at, node)
    kept = None if sheet.shape is None else sheet.shape.get("kind")
    kind = _kind_to_write(sheet, node, kept)
    if kept not in (None, kind):
        sheet.renew(*HUNT_FACTS, *(_BLOCKS[one] for one in (kept, kind) if one in _BLOCKS))
    return kind, _emit_of_kind(sheet, at, node, kind)


def _kind_to_write(sheet: Sheet, node: Node, kept: Json) -> str:
    """What a route that begins with this node is. A simple one may have nobody but its voicemail, or end at once."""
    if agent.is_agent_ring(node):
        return "voice_agent"
    match node:
        case Menu():
            return "ivr"
        case Region():
            return "geo"
        case Schedule():
            return "schedule"
        case Split():
            return "round_robin" if kept == "round_robin" and share.rotates(sheet.page, node) else "percentage"
        case Voicemail() if kept != "simple" or (sheet.read(RING_TO) and sheet.said(RING_TO)):
            return "voicemail"
        case Hangup() if kept != "simple":
            return "hangup"
    return "simple"


def _emit_of_kind(sheet: Sheet, at: NodeId, node: Node, kind: str) -> list[Chain]:
    match node:
        case Ring() | VendorNode() if kind == "voice_agent":
            return agent.emit_agent(sheet, at, node)
        case Menu():
            sheet.page.went(at, sheet.at(menu.ITEMS), greeting=sheet.at(MESSAGE), notice=sheet.at(DISCLAIMER))
            sheet.put_json(menu.ITEMS, menu.emit_items(sheet, at, node, 1))
            return []
        case Region():
            return geo.emit_geo(sheet, at, node)
        case Schedule():
            return schedule.emit_schedule(sheet, at, node)
        case Split():
            return share.emit_rotation(sheet, at, node) if kind == "round_robin" else share.emit_shares(sheet, at, node)
    if kind == "simple":
        return [emit_hunt(sheet, at, RING_TO)]
    sheet.page.went(at, sheet.at(KIND))
    if kind == "voicemail" and (sheet.shape is None or sheet.anew):
        sheet.put(VOICEMAIL, True)
    return []


def _emit_verbatim(sheet: Sheet, at: NodeId, node: VendorNode) -> tuple[str | None, list[Chain]]:
    sheet.page.went(at, sheet.at(OUTBOUND if node.word == OUTBOUND.name else KIND), data="")
    if node.word == OUTBOUND.name:
        if node.data is not None:
            sheet.put_json(OUTBOUND.name, node.data, always=True)
        return "outbound", []
    data = node.data if isinstance(node.data, dict) else {}
    sheet.verbatim(data)
    hunted = node.word in sheet.page.profile.names["route"][HUNT_TYPE.name] and node.word in data
    return "simple" if hunted else None, []


ADAPTER = ConvirzaV3()
