"""The adapter, and what flows come in: a list of records, an answer with ``result``, the array that an endpoint takes, a bundle.

Documented: the bare list, and that a request is an array. Assumed: the answer with ``result``. The surprise: a list of records is
peeled and each record stands alone, but a body without its array is no request, so each stays in an array of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

import attrs
from attrs import evolve, frozen

from unicall.adapter import Form, Holds, Leftover, Reading, Refusal, Setting, Writing
from unicall.graph import START, Flow, Menu, Node, NodeId, Reference, Region, Resource, Ring, Schedule, Speech, Voicemail, child_id
from unicall.problem import DocumentError, FlowError, Problem
from unicall.wire import Cursor, Json, Log, brief, put_json, write
from unicall_convirza.facts import KNOWN, Facts, heir_of, unasked
from unicall_convirza.v2 import menu, percentage
from unicall_convirza.v2.delay import RING_DELAY, in_step
from unicall_convirza.v2.flow import BLOCKS, RELATIVES, emit_flow, parse_flow
from unicall_convirza.v2.grammar import holds
from unicall_convirza.v2.hunt import OVERFLOW
from unicall_convirza.v2.leftovers import LEFTOVERS
from unicall_convirza.v2.limits import refusals
from unicall_convirza.v2.number import PROVIDER, UNKNOWN
from unicall_convirza.v2.reading import Draft
from unicall_convirza.v2.request import (
    is_request,
    was_read,
)
from unicall_convirza.v2.settings import SETTINGS, facts_of
from unicall_convirza.v2.voice import (
    opening,
)
from unicall_convirza.v2.writing import Page

_WRAP_KEY = "1"  # the key of the menu that the setting ``wrap`` puts before a route


@frozen(eq=False)
class ConvirzaV2:
    """The adapter. ``facts`` and ``wrap`` are what the user knows and wants (see ``settings.py``)."""

    name: ClassVar[str] = PROVIDER
    title: ClassVar[str] = "Convirza v2"
    relatives: ClassVar[Mapping[str, Mapping[str, str]]] = RELATIVES
    facts: Facts = KNOWN
    wrap: str | None = None
    _holds: Mapping[Form, Holds] = attrs.field(init=False)

    @_holds.default
    def _grammars(self) -> Mapping[Form, Holds]:
        wraps = self.wrap is not None
        return {"record": holds("record", self.facts), "request": holds("request", self.facts, wraps=wraps)}

    @property
    def defaults(self) -> Mapping[tuple[type[Node], str], Json]:
        """How long numbers ring where nothing is said."""
        return {(Ring, "timeout"): self.facts.default_seconds}

    def holds(self, form: Form) -> Holds:
        """See ``grammar.py``."""
        return self._holds[form]

    def unasked(self, node: Node) -> str | None:
        """See ``facts.py``."""
        return unasked(node)

    def form(self, flow: Flow) -> Form:
        """A flow that was read from a request goes back as one."""
        kept = flow.extras.get(PROVIDER)
        return "request" if isinstance(kept, Mapping) and kept.get("form") == "request" else "record"

    def unaccepted(self, form: Form) -> str | None:
        """A record is what the list with routes returns."""
        return None if form == "request" else "no endpoint takes a record: --form request writes what the API accepts"

    def refusals(self, document: Json, form: Form) -> Iterator[Refusal]:
        """See ``limits.py``."""
        for at, body in _bodies(document) if form == "request" else ():
            yield from refusals(body, at, self.facts)

    def unverified(self) -> bool:
        """No: the vendor publishes its names."""
        return False

    def repaired(self, text: str) -> str:
        """No defect is known that could be repaired."""
        return text

    @property
    def settings(self) -> Mapping[str, Setting]:
        """See ``settings.py``."""
        return SETTINGS

    def configured(self, given: Mapping[str, Json]) -> ConvirzaV2:
        """The adapter with what the user knows. Raises Wrong for a value that cannot be, FlowError for a name that is none."""
        strange = next((name for name in given if name not in SETTINGS), None)
        if strange is not None:
            raise FlowError(f"{self.title} has no setting {strange!r:.40}; there are {', '.join(SETTINGS)}")
        known = {name: SETTINGS[name].check(value) for name, value in given.items()}
        return ConvirzaV2(facts=facts_of(known), wrap=known.get("wrap"))

    def leftover(self, key: str) -> Leftover | None:
        """See ``leftovers.py``."""
        return LEFTOVERS.get(key)

    def expected(self, reference: Reference) -> str | None:
        """Telephone numbers ring, and text in place of one where it was read."""
        return None if reference.kind == UNKNOWN else "a telephone number such as +12025550142"

    def detect(self, document: Json) -> bool:
        """A record, a request, a list of them, the answer around a record, or a bundle."""
        if isinstance(document, dict) and "result" in document and ("err" in document or "data" in document):
            return True
        if isinstance(document, list):
            document = next((entry for entry in document if isinstance(entry, dict)), None)
        if isinstance(document, dict) and isinstance(document.get("call_flow"), dict):
            document = document["call_flow"]
        elif isinstance(document, dict) and _is_body(document.get("call_flow")):
            document = document["call_flow"][0]
        return isinstance(document, dict) and _looks_like_record(document)

    def records(self, document: Json) -> Iterator[tuple[str, Json]]:
        """The flows of a list, an answer or the body of a request; a single one, or a bundle, yields itself.

        Each entry of a body is yielded in an array of its own, as the vendor takes it; its pointer is the entry's.
        """
        if isinstance(document, dict) and "result" in document and ("err" in document or "data" in document):
            yield from _answered(document)
        elif isinstance(document, list):
            for index, entry in enumerate(document):
                yield f"/{index}", [entry] if _is_body([entry]) else entry
        elif isinstance(document, dict):
            yield "", document
        else:
            raise DocumentError(f"expected a Convirza record or a list of them, got {brief(document)}")

    def parse(self, record: Json, at: str, log: Log) -> Reading:
        """One record or request, or a bundle of it with the locations and prompts it names."""
        draft = Draft(log=log, facts=self.facts)
        resources: tuple[Resource, ...] = ()
        array = _is_body(record)
        if array:
            record, at = record[0], at or "/0"
        elif isinstance(record, dict) and "call_flow" in record and not _looks_like_record(record):
            record, at, resources = _open_bundle(draft, Cursor(record, at, log))
            array = _is_body(record)
            record, at = (record[0], f"{at}/0") if array else (record, at)
        if not isinstance(record, dict):
            raise DocumentError(f"expected an object, got {brief(record)}", pointer=at)
        draft.form = "request" if is_request(record) else "record"
        flow = parse_flow(draft, Cursor(record, at, log), bare=not array)
        return Reading(flow=evolve(flow, resources=resources) if resources else flow, places=draft.places)

    def heir(self, gone: Node, node: Node) -> tuple[Node, Node]:
        """The node that began a hunt and the one that begins it now, which gets what stands beside the hunt."""
        return heir_of(PROVIDER, gone, node)

    def in_step(self, original: Flow, edited: Flow, form: Form) -> tuple[Mapping[str, Json], tuple[Problem, ...]]:
        """See ``delay.py``."""
        kept, doubt = in_step(original, edited, self.facts)
        if doubt is None:
            return kept, ()
        at, delay, rings = doubt
        words = {
            "other": f"{rings} rings before voicemail",
            "why": "it did not follow from them before the edit, and stays as it was",
        }
        where = f"{self._base(edited, form)}/{RING_DELAY}"
        return kept, (Problem("UC109", "", delay, node=at, target_pointer=where, words=words),)

    def _base(self, flow: Flow, form: Form) -> str:
        """Where the record of a flow stands."""
        bundled = any((r.provider, r.section) == (PROVIDER, "bundle") for r in flow.resources)
        return ("/call_flow" if bundled else "") + ("/0" if form == "request" and not _is_bare(flow) else "")

    def emit(self, flow: Flow, form: Form) -> Writing:
        """The record as the list has it, or an array with one body; in a bundle, where one was read or locations come along."""
        moved: Mapping[NodeId, NodeId] = {}
        if form == "request" and self.wrap is not None:
            flow, moved = _wrapped(flow, self.wrap)
        mine = [r for r in flow.resources if r.provider == PROVIDER]
        bundled = any(r.section == "bundle" for r in mine)
        array = form == "request" and not _is_bare(flow)
        page = Page(flow, form, self.facts, base=self._base(flow, form))
        page.locations |= {r.id: r.document["raw"] for r in mine if r.section == "locations"}
        document = emit_flow(page)
        document = [document] if array else document
        if bundled or page.locations:
            document = _emit_bundle(page, mine, document, bundled=bundled)
        places = page.places
        if moved:
            places = {(moved.get(at, at), field): where for (at, field), where in places.items() if at != START}
        return Writing(document=document, places=places)


def _is_body(document: Json) -> bool:
    """Whether this is what an endpoint takes: an array with one request in it."""
    return isinstance(document, list) and len(document) == 1 and isinstance(document[0], dict) and is_request(document[0])


def _bodies(document: Json) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """The bodies of a request, each with its pointer."""
    at = ""
    if isinstance(document, dict) and "call_flow" in document and not _looks_like_record(document):
        document, at = document["call_flow"], "/call_flow"
    if isinstance(document, list):
        yield from ((f"{at}/{index}", body) for index, body in enumerate(document) if isinstance(body, dict))
    elif isinstance(document, dict):
        yield at, document


def _is_bare(flow: Flow) -> bool:
    """Whether a request was read without its array."""
    kept = flow.extras.get(PROVIDER)
    return isinstance(kept, Mapping) and kept.get("form") == "request" and kept.get("bare") is True


def _looks_like_record(document: Mapping[str, Json]) -> bool:
    known = ("call_flow_id", "call_flow_name", "routable_type", "default_ringto", OVERFLOW, *BLOCKS[:1], *BLOCKS[2:])
    if "emails_json" in document or "ip_address_1" in document or "e164" in document:
        return False
    if "json" in document and "call_flow_id" not in document:
        return False
    if any(key in document for key in _OF_V3) and not any(key in document for key in known[:3]):
        return False
    return any(key in document for key in (*known, percentage.SHARES, menu.IVRS))


_OF_V3 = ("provisioned_route_id", "provisioned_route_name", "route_type", "org_unit_id")


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


def _open_bundle(draft: Draft, whole: Cursor) -> tuple[Json, str, tuple[Resource, ...]]:
    """The record in a bundle, its pointer, and the documents beside it."""
    record, at = whole.raw["call_flow"], whole.at("call_flow")
    if not isinstance(record, dict) and not _is_body(record):
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


def _emit_bundle(page: Page, resources: list[Resource], record: Json, *, bundled: bool) -> Json:
    shape = next((r.document for r in resources if r.section == "bundle"), None)
    prompts = {r.id: r.document["raw"] for r in resources if r.section == "prompts"}
    if not bundled:
        moved = {where: f"/call_flow{at}" for where, at in page.places.items() if not at.startswith("/locations/")}
        page.places.update(moved)
        return {"call_flow": record, "locations": page.locations}
    puts = [put_json("call_flow", record), put_json("locations", page.locations), put_json("prompts", prompts)]
    return write(puts, shape)


# The setting ``wrap``.


def _wrapped(flow: Flow, message: str) -> tuple[Flow, Mapping[NodeId, NodeId]]:
    """A flow whose route only a menu item can hold, behind the one key of a menu; any other flow as it is.

    And what its nodes were called before.
    """
    _, at = opening(Page(flow), flow.start)
    route = flow.nodes.get(at or "")
    if not isinstance(route, Schedule | Region | Voicemail) or was_read(route):
        return flow, {}
    moved = {old: child_id(START, _WRAP_KEY) if old == START else f"{_WRAP_KEY}.{old}" for old in flow.nodes}
    nodes: dict[NodeId, Node] = {START: Menu(greeting=Speech(message), exits={_WRAP_KEY: moved[START]})}
    for old, node in flow.nodes.items():
        nodes[moved[old]] = evolve(node, exits={label: moved[to] for label, to in node.exits.items()})
    return evolve(flow, nodes=nodes), {new: old for old, new in moved.items()}


ADAPTER = ConvirzaV2()
