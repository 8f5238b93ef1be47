"""The entries of the list of call flows: a call flow, a fax flow, and the answer that holds both.

Documented: the names of all keys, by example. The surprise: ``json`` is a string that holds the routing, and may as well be null,
empty, or (a PHP habit) ``"[]"``. Its text is kept byte for byte as long as it says what the flow says. Nothing takes an entry back:
what can be written of it is a request (``update.py``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

from attrs import evolve, frozen

from unicall import text as json_text
from unicall.adapter import Form, Holds, Leftover, Places, Reading, Refusal, Room, Setting, Writing
from unicall.graph import (
    OTHERWISE,
    START,
    Fax,
    Flow,
    Node,
    NodeId,
    PhoneNumber,
    Reference,
    Resource,
    Ring,
    SipAddress,
    Target,
    Voicemail,
)
from unicall.problem import DocumentError
from unicall.wire import (
    Codec,
    Cursor,
    Json,
    Key,
    Log,
    Wrong,
    brief,
    flag,
    optional,
    pointer,
    put,
    put_json,
    same,
    text,
    write,
)
from unicall_api19.routing import emit_routing, parse_routing
from unicall_api19.target import ADDRESS, PROVIDER, TITLE, is_bare
from unicall_api19.update import CALL_FLOW_ID, E164, MAILBOX, STEPS, emit_request, is_request, known_of, parse_request


def _emails(raw: Json) -> tuple[str, ...]:
    if isinstance(raw, str):
        try:
            raw = json_text.loads(raw) if raw.strip() else []
        except DocumentError as error:
            raise Wrong(f"text that holds a JSON array of addresses (it {error.text})") from None
    if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
        raise Wrong("text that holds a JSON array of addresses")
    return tuple(raw)


NAME = Key("name", optional(text), None)
EMAILS = Key("emails_json", Codec(_emails, lambda emails: json_text.dumps(list(emails), indent=False)), (), always=True)
JSON = "json"
BUNDLE = "bundle"  # the section of what stands in a bundle beside the call flow and its devices
REQUEST: Form = "request"
REPAIR = Setting(
    code="UC609",
    meaning="Whether a comma that is missing between two members is put back, as in the vendor's own example of a list answer.\n"
    "For answers that were recorded; never for one that was just received.",
    example="repair = true",
    check=flag.decode,
)
_BESIDE = re.compile(r"sip_port[1-9][0-9]*|route[1-9][0-9]*_wait")
_DEFECT = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|$)|([\]}])([ \t\r\n]+)(?=")', re.DOTALL)

#: Keys that are no facts of the graph. ``e164`` and ``dnis`` are documented by name only; what they do is assumed. The port and the
#: wait of a request without an address mean nothing (assumed). Whose calls a default flow gets, nobody knows.
LEFTOVERS: Mapping[str, Leftover] = {
    "id": Leftover("UC901"),
    "user_id": Leftover("UC901"),
    "wait": Leftover("UC901"),
    "e164": Leftover("UC413", "no"),
    "dnis": Leftover("UC413", ""),
    "emails_allowed_in": Leftover("UC411", "[]"),
    CALL_FLOW_ID: Leftover("UC901"),
    "sip_port": Leftover("UC901"),
    "wait_time": Leftover("UC901"),
    "make_default": Leftover("UC501", "no"),
}


def _is_entry(document: Json) -> bool:
    return isinstance(document, dict) and ("emails_json" in document or ("json" in document and "call_flow_id" not in document))


@frozen
class Api19:
    """The adapter. ``repair``: see :data:`REPAIR`."""

    name: ClassVar[str] = PROVIDER
    title: ClassVar[str] = TITLE
    relatives: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    defaults: ClassVar[Mapping[tuple[type[Node], str], Json]] = {}
    settings: ClassVar[Mapping[str, Setting]] = {"repair": REPAIR}
    repair: bool = False

    def holds(self, form: Form) -> Holds:
        """Rings one after the other: two targets at once at most, or a fax machine; in a request, addresses and a mailbox."""
        return REQUEST_HOLDS if form == REQUEST else HOLDS

    def form(self, flow: Flow) -> Form:
        """The form that the flow was read in."""
        return REQUEST if flow.extras.get(PROVIDER, {}).get("form") == REQUEST else "record"

    def unaccepted(self, form: Form) -> str | None:
        """A record is what the list gives."""
        why = "no endpoint takes a record, and none creates a flow: --form request writes the arguments of the update"
        return None if form == REQUEST else why

    def refusals(self, document: Json, form: Form) -> Iterable[Refusal]:
        """Nothing is known."""
        return ()

    def unverified(self) -> bool:
        """No: the vendor publishes its names."""
        return False

    def repaired(self, text: str) -> str:
        """With a comma between a ``]`` or ``}`` and the name of the next member, which stands behind white space."""
        if not self.repair:
            return text
        return _DEFECT.sub(lambda found: f"{found[1]},{found[2]}" if found[1] else found[0], text)

    def configured(self, given: Mapping[str, Json]) -> Api19:
        """The adapter that repairs, or not."""
        return evolve(self, **given)

    def leftover(self, key: str) -> Leftover | None:
        """See :data:`LEFTOVERS`; a port beside what is no address, and a wait beside nothing, mean nothing (assumed)."""
        return LEFTOVERS["id"] if _BESIDE.fullmatch(key) else LEFTOVERS.get(key)

    def expected(self, reference: Reference) -> str | None:
        """The id of a device is a number; what else may stand in front of an id, nobody knows."""
        mistaken = reference.kind == "device" and not re.fullmatch(r"[0-9]+", reference.id)
        return "the number of a device, such as device:694" if mistaken else None

    def detect(self, document: Json) -> bool:
        """An entry, a bundle of one, the list answer, or a request."""
        if not isinstance(document, dict):
            return False
        if "call_flows" in document or "fax_flows" in document:
            return True
        return is_request(document) or _is_entry(document.get("call_flow", document))

    def records(self, document: Json) -> Iterator[tuple[str, Json]]:
        """Fax flows, then call flows, as the answer has them."""
        if not isinstance(document, dict):
            raise DocumentError(f"expected an API19 object, got {brief(document)}")
        if document.get("status") == "error":
            raise DocumentError(f"is an error answer: {brief(document.get('error'))}", pointer="/error")
        lists = [key for key in ("fax_flows", "call_flows") if key in document]
        if not lists:
            yield "", document
        for key in sorted(lists, key=list(document).index):
            entries = document[key]
            if not isinstance(entries, list) and entries is not None:
                raise DocumentError(f"expected an array, got {brief(entries)}", pointer=f"/{key}")
            for index, entry in enumerate(entries or ()):
                yield f"/{key}/{index}", entry

    def parse(self, record: Json, at: str, log: Log) -> Reading:
        """One entry, a bundle of an entry and the devices it names, or a request."""
        if not isinstance(record, dict):
            raise DocumentError(f"expected an object, got {brief(record)}", pointer=at)
        if is_request(record):
            return _parse_request(Cursor(record, at, log))
        bundle: Json = None
        resources: list[Resource] = []
        places: dict[tuple[NodeId, str], str] = {}
        if "call_flow" in record:
            bundle, whole, base = record, Cursor(record, at, log), at
            record, at = record["call_flow"], pointer(at, "call_flow")
            if not isinstance(record, dict):
                raise DocumentError(f"expected an object, got {brief(record)}", pointer=at)
            devices = whole.object("devices")
            for key, device in {} if devices is None else devices.raw.items():
                resources.append(Resource(PROVIDER, "devices", key, {"raw": device}))
                places[f"#devices/{key}", ""] = pointer(base, "devices", key)
            whole.seen("call_flow")
        doc = Cursor(record, at, log)
        reading = _parse_fax(doc) if "emails_json" in record and JSON not in record else _parse_call(doc)
        extras: Json = reading.flow.extras[PROVIDER]
        if bundle is not None:
            shape = whole.shape()
            extras = extras | {"bundle": {key: value for key, value in shape.items() if key in ("order", "odd")}}
            resources += [Resource(PROVIDER, BUNDLE, "", {"order": [], "rest": rest}) for rest in (shape.get("rest"),) if rest]
            places[f"#{BUNDLE}/", ""] = base
        flow = evolve(reading.flow, extras={PROVIDER: extras}, resources=tuple(resources))
        return Reading(flow=flow, places={**reading.places, **places, ("", ""): at, ("", "name"): doc.at(NAME)})

    def emit(self, flow: Flow, form: Form) -> Writing:
        """An entry as the list has it, a bundle where one was read; or the arguments of the update call."""
        shape: Json = flow.extras.get(PROVIDER)
        if form == REQUEST:
            return _emit_request(flow, {} if shape is None else shape)
        if shape is not None and self.form(flow) == REQUEST:
            return _emit_entry(flow, shape)
        bundle: Json = None if shape is None else shape.get("bundle")
        base = "" if bundle is None else "/call_flow"
        document, places = _emit_fax(flow, shape, base) if _is_fax(flow) else _emit_call(flow, shape, base)
        places = {**places, ("", "name"): f"{base}/name"}
        if bundle is not None:
            devices = {r.id: r.document["raw"] for r in flow.resources if r.provider == PROVIDER and "raw" in (r.document or ())}
            beside = [r.document.get("rest") for r in flow.resources if _is_beside(r)]
            shape = {**bundle, "rest": beside[0]} if beside else bundle
            document = write([put_json("call_flow", document), put_json("devices", devices)], shape)
        return Writing(document=document, places=places)


def _is_beside(resource: Resource) -> bool:
    """Whether this holds the keys of a bundle that nobody knows."""
    return (resource.provider, resource.section) == (PROVIDER, BUNDLE) and isinstance(resource.document, dict)


def _is_fax(flow: Flow) -> bool:
    return flow.start is not None and isinstance(flow.nodes[flow.start], Fax)


# A request.


def _parse_request(doc: Cursor) -> Reading:
    nodes, places = parse_request(doc)
    extras = {PROVIDER: doc.shape() | {"form": REQUEST}}
    flow = Flow(start=START if nodes else None, nodes=nodes, extras=extras)
    return Reading(flow=flow, places=places)


def _emit_request(flow: Flow, shape: Mapping[str, Json]) -> Writing:
    read = shape.get("form") == REQUEST
    record = {} if EMAILS.name in shape.get("order", ()) else shape.get("rest") or {}  # the id of a fax flow is no call flow's
    document, places = emit_request(flow, shape if read else None, known_of(record))
    return Writing(document=document, places=places)


def _emit_entry(flow: Flow, shape: Mapping[str, Json]) -> Writing:
    """A flow that was read from a request, as the list would give it."""
    said: Mapping[str, Json] = shape.get("rest") or {}
    entry, places = _emit_call(flow, None, "")
    told = {"id": said.get(CALL_FLOW_ID), **entry, "e164": said.get(E164) or entry["e164"]}
    return Writing(document={key: value for key, value in told.items() if value is not None}, places=places)


# A call flow.


def _parse_call(doc: Cursor) -> Reading:
    name = doc.take(NAME)
    routing, kept = _parse_json(doc)
    nodes: dict[NodeId, Node] = {}
    places: Mapping[tuple[NodeId, str], str] = {}
    if routing is not None:
        nodes, places = parse_routing(routing)
    shape = doc.shape()
    if routing is not None:
        shape["in"] = {JSON: routing.shape()}
    flow = Flow(name=name, start=START if nodes else None, nodes=nodes, extras={PROVIDER: shape | kept})
    return Reading(flow=flow, places=places)


def _parse_json(doc: Cursor) -> tuple[Cursor | None, dict[str, Json]]:
    """The routing object, and how it was spelled: ``text`` as it stood, or nothing where unicall would write the same."""
    raw = doc.raw.get(JSON)
    at = doc.at(JSON)
    doc.keep(JSON)
    inner = raw
    if isinstance(raw, str) and raw.strip():
        try:
            inner = json_text.loads(raw)
        except DocumentError as error:
            doc.log.refuse(at + error.pointer, f"the text of json {error.text}")
            return None, {}
    if inner in (None, "", [], {}) or (isinstance(inner, str) and not inner.strip()):
        return None, {}
    if not isinstance(inner, dict):
        doc.log.refuse(at, f"expected a JSON object, in text or not, got {brief(inner)}")
        return None, {}
    doc._odd.pop(JSON)
    return Cursor(inner, at, doc.log), {"text": raw} if isinstance(raw, str) else {"decoded": True}


def _emit_call(flow: Flow, shape: Json, base: str) -> tuple[Json, Places]:
    inner_shape = None if shape is None else (shape.get("in") or {}).get(JSON)
    routing, places = emit_routing(flow, inner_shape, f"{base}/{JSON}") if flow.start is not None else ({}, {})
    kept: Json = {} if shape is None else shape
    if flow.start is None and shape is not None and inner_shape is not None:
        routing = write([], inner_shape)
    if "text" in kept and same(json_text.loads(kept["text"]), routing):
        raw: Json = kept["text"]
    elif "decoded" in kept:
        raw = routing
    else:
        raw = json_text.dumps(routing, indent=False) if routing else None
    puts = [put(NAME, flow.name)] + ([] if raw is None else [put_json(JSON, raw)])
    if shape is None:
        return write(puts, None) | {JSON: raw or "", "e164": "no"}, places
    return write(puts, shape), places


# A fax flow.


def _parse_fax(doc: Cursor) -> Reading:
    name = doc.take(NAME)
    fax = Fax(recipients=doc.take(EMAILS))
    places = {(START, ""): doc.at(EMAILS), (START, "recipients"): doc.at(EMAILS)}
    return Reading(flow=Flow(name=name, start=START, nodes={START: fax}, extras={PROVIDER: doc.shape()}), places=places)


def _emit_fax(flow: Flow, shape: Json, base: str) -> tuple[Json, Places]:
    fax = flow.nodes[flow.start or START]
    assert isinstance(fax, Fax)
    places = {(flow.start or START, "recipients"): f"{base}/emails_json"}
    written = write([put(NAME, flow.name), put(EMAILS, fax.recipients)], shape)
    return (written if shape is not None else written | {"emails_allowed_in": None}), places


def _rings(target: Target) -> bool:
    return isinstance(target, PhoneNumber | SipAddress) or (target.provider == PROVIDER and target.kind != ADDRESS)


def _is_address(target: Target) -> bool:
    """What an address of a request can be; text that nobody knows only where it was read from one."""
    return is_bare(target) or (isinstance(target, Reference) and (target.provider, target.kind) == (PROVIDER, ADDRESS))


def _is_my_box(node: Node) -> bool:
    box = node.mailbox if isinstance(node, Voicemail) else None
    return box is not None and (box.provider, box.kind) == (PROVIDER, MAILBOX) and box.id != ""


HOLDS = Holds(
    places={
        "start": {Ring: Room(exits={OTHERWISE: "steps"}), Fax: Room()},
        "steps": {Ring: Room(exits={OTHERWISE: "steps"})},
    },
    target=_rings,
    together=2,
    in_turn=False,
    ways_in=False,
)

_BOX: Mapping[type[Node], Room] = {Voicemail: Room(takes=_is_my_box)}
REQUEST_HOLDS = Holds(
    places={
        "start": {Ring: Room(exits={OTHERWISE: "step 2"}), **_BOX},
        **{f"step {n}": {Ring: Room(exits={OTHERWISE: f"step {n + 1}"}), **_BOX} for n in range(2, STEPS + 1)},
        f"step {STEPS + 1}": _BOX,
    },
    target=_is_address,
    together=1,
    in_turn=False,
    ways_in=False,
)

ADAPTER = Api19()
