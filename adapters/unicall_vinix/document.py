"""The callflow document, alone or in a bundle with what it refers to.

Documented by the vendor's page: the top-level keys. Measured in Kazoo's source: a list answer holds summaries without a ``flow``
(the page shows one whole document instead; both are read). The surprise: a tree can neither share nor loop. What must be shared
becomes a callflow of its own, under a pattern that nobody can dial, and is put back in its place on reading.

A record is what GET returns. A request is always a bundle of bodies (``bundle.py``), so that it is never taken for an answer: an
answer and the body of a single callflow look the same, and both are read as a record whose envelope is peeled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, cast

from attrs import Factory, define, evolve

from unicall.adapter import NEW, Form, Holds, Leftover, Reading, Refusal, Room, Setting, Writing
from unicall.graph import (
    NEXT,
    OTHERWISE,
    START,
    Announce,
    CallerMatch,
    Conference,
    Directory,
    EntryPoint,
    Fax,
    Flow,
    Hangup,
    Menu,
    Node,
    NodeId,
    Notify,
    Park,
    Pause,
    Queue,
    RecordCall,
    Reference,
    Reject,
    Resource,
    Ring,
    Schedule,
    SetCallerId,
    SetLanguage,
    SetVariable,
    Subflow,
    VendorNode,
    Voicemail,
    Webhook,
    child_id,
    walk,
)
from unicall.problem import DocumentError
from unicall.wire import (
    Codec,
    Cursor,
    Json,
    Key,
    Log,
    Wrong,
    below,
    brief,
    optional,
    pointer,
    put,
    put_json,
    same,
    text,
    write,
)
from unicall_vinix import menu
from unicall_vinix.bundle import (
    BOOKKEEPING,
    BUNDLE,
    CALLFLOW,
    DATA,
    PROVIDER,
    SECTIONS,
    Reader,
    Writer,
    bodies,
    body,
    is_body,
    put_back,
    set_apart,
    unwrapped,
)
from unicall_vinix.leftovers import meaning
from unicall_vinix.modules import READERS, WRITERS, is_exit
from unicall_vinix.ring import RING_TIME, outcome_key, spare_devices
from unicall_vinix.visit import Emission, Visit

REQUEST: Form = "request"
PLACEHOLDER = f"^{NEW}entry-point$"  # stands where Kazoo asks for a number and there is none; nobody can dial letters


def _dialled(raw: Json) -> tuple[str, ...]:
    if not isinstance(raw, list):
        raise Wrong("an array of numbers")
    return tuple(str(item) if isinstance(item, int) and not isinstance(item, bool) else text.decode(item) for item in raw)


def _patterns(raw: Json) -> tuple[str, ...]:
    if not isinstance(raw, list):
        raise Wrong("an array of patterns")
    return tuple(item for item in map(text.decode, raw) if not item.startswith(f"^{NEW}"))


NAME = Key("name", optional(text), None, always=True)
NUMBERS = Key("numbers", Codec(_dialled, list), (), always=True)
PATTERNS = Key("patterns", Codec(_patterns, list), (), always=True)
MODULE = Key("module", text, "")
_KEYS = (MODULE.name, "data", "children")
NOTHING: Json = {"module": "noop", "data": {"unicall": "nothing"}, "children": {}}  # KAZOO 5 asks for a flow


def _is_callflow(document: Json) -> bool:
    return (
        isinstance(document, dict)
        and (isinstance(document.get("flow"), dict) or "numbers" in document or "patterns" in document)
        and "unicall" not in document
        and "call_flow_name" not in document
        and "routable_type" not in document
    )


class Vinix:
    """The adapter."""

    name: ClassVar[str] = PROVIDER
    title: ClassVar[str] = "Vinix"
    relatives: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    defaults: ClassVar[Mapping[tuple[type[Node], str], Json]] = {
        (Ring, "timeout"): RING_TIME,
        (Ring, "targets.timeout"): RING_TIME,
        **{(Menu, field): value for field, value in menu.DEFAULTS.items()},
        (CallerMatch, "pattern"): ".*",
        (Pause, "seconds"): 0,
        (Reject, "code"): 486,
        (SetCallerId, "name"): "",
        (SetCallerId, "number"): "",
        (SetVariable, "values"): {},
    }

    def holds(self, form: Form) -> Holds:
        """Everything but splits and regions, as a tree."""
        return HOLDS

    def form(self, flow: Flow) -> Form:
        """The form that the flow was read in."""
        return REQUEST if flow.extras.get(PROVIDER, {}).get("form") == REQUEST else "record"

    def unaccepted(self, form: Form) -> str | None:
        """A record is what GET returns."""
        why = 'PUT takes a document inside {"data": ...} and without its id: --form request writes it so'
        return None if form == REQUEST else why

    def refusals(self, document: Json, form: Form) -> Iterable[Refusal]:
        """Nothing is known."""
        return ()

    def unverified(self) -> bool:
        """No: the vendor publishes its names."""
        return False

    def repaired(self, text: str) -> str:
        """No defect is known that could be repaired."""
        return text

    @property
    def settings(self) -> Mapping[str, Setting]:
        """None."""
        return {}

    def configured(self, given: Mapping[str, Json]) -> Vinix:
        """Nothing to configure."""
        return self

    def leftover(self, key: str) -> Leftover | None:
        """See ``leftovers.py``."""
        return meaning(key)

    def expected(self, reference: Reference) -> str | None:
        """Devices, users and groups ring; their ids are any text."""
        rings = reference.kind in ("device", "user", "group")
        return None if rings else "a number, or the id of a device, a user or a group, such as user:4f5e9a"

    def unasked(self, node: Node) -> str | None:
        """A menu without a greeting plays a prompt of the platform's own; one whose document is not there says nothing of it."""
        return "a prompt of Vinix's own" if isinstance(node, Menu) and node.greeting is None and node.retries is not None else None

    def detect(self, document: Json) -> bool:
        """A callflow, a bundle of one, or an answer of the API that holds one or several."""
        if not isinstance(document, dict):
            return False
        if isinstance(document.get(CALLFLOW), dict):
            return True
        data = document.get("data")
        if isinstance(data, dict):
            return _is_callflow(data)
        if isinstance(data, list):
            return "result" not in document and all(_is_callflow(item) or _is_summary(item) for item in data)
        return _is_callflow(document)

    def records(self, document: Json) -> Iterator[tuple[str, Json]]:
        """The callflow of an answer, or each of them."""
        if not isinstance(document, dict):
            raise DocumentError(f"expected a Vinix object, got {brief(document)}")
        if document.get("status") in ("error", "fatal"):
            raise DocumentError(f"is an error answer: {brief(document.get('message'))}", pointer="/message")
        if "data" not in document or CALLFLOW in document:
            yield "", document
        elif isinstance(document["data"], list):
            for index, item in enumerate(document["data"]):
                yield f"/data/{index}", item
        else:
            yield "/data", document["data"]

    def parse(self, record: Json, at: str, log: Log) -> Reading:
        """A bundle, or a callflow alone."""
        if not isinstance(record, dict):
            raise DocumentError(f"expected an object, got {brief(record)}", pointer=at)
        if CALLFLOW not in record:
            if _is_summary(record) and at.startswith("/data/"):
                raise DocumentError("is a summary without its flow: get the callflow by its id", pointer=at)
            return _Parsing(Reader({}, log), log).document(record, at)
        bundle = Cursor(record, at, log)
        main, base = record[CALLFLOW], pointer(at, CALLFLOW)
        kept: dict[str, Json] = {}
        found = {name: section for name in SECTIONS if name in record and (section := bundle.object(name)) is not None}
        reader = Reader(found, log)
        if is_body(main):
            main, base = main[DATA], pointer(base, DATA)
            reader, kept = _bodies(found, log)
        if not isinstance(main, dict):
            raise DocumentError(f"expected an object, got {brief(main)}", pointer=base)
        bundle.seen(CALLFLOW)
        for name in found:
            bundle.forget(name)
        shape, beside = set_apart(bundle.shape())
        parsing = _Parsing(reader, log)
        reading = parsing.document(main, base, {"bundle": shape} | kept, beside)
        parsing.places[f"#{BUNDLE}/", ""] = at
        for name, section in reader.sections.items():
            for key in section.raw:
                parsing.places[f"#{name}/{key}", ""] = reader.at(name, key)
        return reading

    def emit(self, flow: Flow, form: Form) -> Writing:
        """A bundle, or the callflow alone where it was read alone and needs nothing new."""
        reserved: frozenset[tuple[str, str]] = frozenset()
        spare = spare_devices(flow)
        while True:
            writer = Writer.of(flow, reserved, spare)
            writing = _Emitting(flow, writer).document(form)
            if writer.contested <= reserved:
                return writing
            reserved |= writer.contested


def _bodies(sections: Mapping[str, Cursor], log: Log) -> tuple[Reader, dict[str, Json]]:
    """The documents of a request, and what to remember of how they stood there."""
    opened = {name: unwrapped(section) for name, section in sections.items()}
    bodies = frozenset((name, key) for name, (_, keys, _) in opened.items() for key in keys)
    bare = {name: keys for name, (_, _, keys) in opened.items() if keys}
    reader = Reader({name: section for name, (section, _, _) in opened.items()}, log, bodies)
    return reader, {"form": REQUEST} | ({"bare": bare} if bare else {})


def _is_summary(item: Json) -> bool:
    return isinstance(item, dict) and "id" in item and "flow" not in item


# Reading.


@define
class _Parsing:
    reader: Reader
    log: Log
    places: dict[tuple[NodeId, str], str] = Factory(dict)
    inlined: dict[str, NodeId] = Factory(dict)
    reached: set[str] = Factory(set)

    def document(
        self, raw: Mapping[str, Json], at: str, kept: Mapping[str, Json] | None = None, beside: tuple[Resource, ...] = ()
    ) -> Reading:
        """The main callflow, and all callflows that came with it. ``kept``, ``beside``: what its bundle holds beyond them."""
        flow = self._callflow(raw, at, "")
        subflows: dict[str, Flow] = {}
        section = self.reader.sections.get("callflows")
        for key, document in {} if section is None else section.raw.items():
            if key not in self.reached and isinstance(document, dict):
                self.inlined = {}
                subflows[key] = self._callflow(document, self.reader.at("callflows", key), f"@{key}/")
        resources = (*self.reader.resources(), *beside)
        order = [] if section is None else list(section.raw)
        extras = flow.extras[PROVIDER] | ({"callflows": order} if order else {}) | (kept or {})
        flow = evolve(flow, subflows=subflows, resources=resources, extras={PROVIDER: extras})
        return Reading(flow=flow, places=self.places)

    def _callflow(self, raw: Mapping[str, Json], at: str, prefix: str) -> Flow:
        doc = Cursor(raw, at, self.log)
        name = doc.take(NAME)
        numbers, patterns = doc.take(NUMBERS), doc.take(PATTERNS)
        ways_in = [*(_entry_point(number) for number in numbers), *(EntryPoint("pattern", p) for p in patterns)]
        owner = prefix.rstrip("/")
        self.places |= {(owner, ""): at, (owner, "name"): doc.at(NAME)}
        for index in range(len(ways_in)):
            key, n = (NUMBERS, index) if index < len(numbers) else (PATTERNS, index - len(numbers))
            self.places[owner, f"entry_points.{index}"] = doc.at(key, n)
        root = raw.get("flow")
        if root is not None:
            doc.seen("flow")
        nodes: dict[NodeId, Node] = {}
        if isinstance(root, dict) and same(root, NOTHING):
            doc.keep("flow")
        elif isinstance(root, dict) and root:
            nodes = self._nodes(root, doc.at("flow"), prefix)
        elif root is not None:
            doc.keep("flow")
            if root != {}:
                self.log.refuse(doc.at("flow"), f"expected an object, got {brief(root)}")
        return Flow(
            name=name,
            start=START if nodes else None,
            nodes=nodes,
            entry_points=tuple(ways_in),
            extras={PROVIDER: doc.shape()},
        )

    def _nodes(self, root: Mapping[str, Json], at: str, prefix: str) -> dict[NodeId, Node]:
        """The nodes of a tree. A reader makes a node with exits and extras of its own: they are empty, and filled in here."""
        nodes: dict[NodeId, Node] = {}
        exits: dict[NodeId, dict[str, NodeId]] = {}
        todo: list[tuple[Mapping[str, Json], str, NodeId | None, str, Json]] = [(root, at, None, START, None)]
        while todo:
            raw, where, parent, label, outline = todo.pop()
            outlined = self._outlined(raw)
            if outlined is not None:
                key, document, place = outlined
                standing = self.inlined.get(key)
                if standing is None:
                    todo.append((document["flow"], place, parent, label, [key, document]))
                    continue
                exits[parent][label] = standing  # type: ignore[index]
                continue
            node_id = START if parent is None else child_id(parent, label)
            if outline is not None:
                self.inlined[outline[0]] = node_id
                self.reached.add(outline[0])
            node, children = self._node(raw, where, node_id, prefix, outline)
            nodes[node_id] = node
            exits[node_id] = cast("dict[str, NodeId]", node.exits)
            if parent is not None:
                exits[parent][label] = node_id
            base = f"{where}/children"
            for key, name, child in reversed(children):
                todo.append((child, below(base, key), node_id, name, None))
        return nodes

    def _outlined(self, raw: Mapping[str, Json]) -> tuple[str, Mapping[str, Json], str] | None:
        """The part that unicall made a callflow of its own, where this node does nothing but run it."""
        if raw.get("module") != CALLFLOW:
            return None
        data = raw.get("data")
        key = data.get("id") if isinstance(data, dict) else None
        if not isinstance(key, str) or not key.startswith(f"{NEW}callflow-") or raw.get("children"):
            return None
        section = self.reader.sections.get("callflows")
        document = None if section is None else section.raw.get(key)
        if not isinstance(document, dict) or not isinstance(document.get("flow"), dict) or not same(data, {"id": key}):
            return None
        if not _is_outline(document.get("patterns"), key) or raw.keys() - {"module", "data", "children"}:
            return None
        return key, document, self.reader.at("callflows", key, "flow")

    def _node(
        self, raw: Mapping[str, Json], at: str, node_id: NodeId, prefix: str, outline: Json
    ) -> tuple[Node, list[tuple[str, str, Json]]]:
        doc = Cursor(raw, at, self.log)
        word = doc.take(MODULE)
        data = doc.object("data")
        children = self._children(doc)
        visit = self._visit(word, prefix + node_id, doc, data, children)
        reader = READERS.get(word)
        node: Node | None = None
        if reader is not None and not _is_skipped(visit):
            node = reader(visit)
        if node is None:
            visit = self._visit(word, prefix + node_id, doc, data, children)
            node = self._vendor_node(visit, raw)
            if data is not None:
                doc.forget("data")
        extras = self._shape(doc, visit)
        extras["word"] = word
        extras |= visit.extras
        if outline is not None:
            extras["outline"] = {k: v for k, v in outline[1].items() if k not in ("flow", "numbers", "patterns")}
            if outline[1]["patterns"] != [outline_pattern(outline[0])]:
                extras["outline_patterns"] = outline[1]["patterns"]
        cast("dict[str, Json]", node.extras)[PROVIDER] = extras
        if not children:
            return node, []
        return node, [(key, visit.labels[key], children[key]) for key in children if key in visit.labels]

    def _visit(self, word: str, node_id: NodeId, doc: Cursor, data: Cursor | None, children: Mapping[str, Json]) -> Visit:
        places = self.places
        places[node_id, ""] = places[node_id, "shape"] = doc.pointer
        places[node_id, "kind"] = doc.at(MODULE)
        cursor = data if data is not None else Cursor({}, doc.at("data"), self.log)
        return Visit(word, node_id, doc, cursor, children, self.reader, self.places)

    def _children(self, doc: Cursor) -> dict[str, Json]:
        raw = doc.raw.get("children")
        children: dict[str, Json] = {}
        if isinstance(raw, dict):
            doc.seen("children")
        else:
            doc.object("children")
            return children
        for key, child in raw.items():
            if not isinstance(child, dict):
                self.log.refuse(doc.at("children", key), f"expected an object, got {brief(child)}")
            elif child:
                children[key] = child
        return children

    def _vendor_node(self, visit: Visit, raw: Mapping[str, Json]) -> VendorNode:
        skipped = _is_skipped(visit)
        for key in visit.children:
            if key == "_" if skipped else is_exit(visit.word, key):
                visit.lead(key, key)
            else:
                visit.close(key, "the module is skipped" if skipped else "the module does not continue there")
        visit.mark("data", visit.cursor.at("data"))
        visit.mark("word", visit.cursor.at(MODULE))
        return VendorNode(
            provider=PROVIDER,
            word=visit.word,
            data=raw.get("data"),
            passes="_" if "_" in visit.labels else None,
        )

    def _shape(self, doc: Cursor, visit: Visit) -> dict[str, Json]:
        shape = doc.shape()
        raw = doc.raw.get("children")
        if isinstance(raw, dict):
            kept: dict[str, Json] = {"order": list(raw)}
            closed: dict[str, Json] = {}
            if len(visit.labels) < len(raw):
                closed = kept["closed"] = {key: child for key, child in raw.items() if key not in visit.labels}
            shape.setdefault("in", {})["children"] = kept
            for key in closed:
                why = visit.closed.get(key, "nothing stands there" if not raw[key] else "the module does not continue there")
                self.log.add("UC105", doc.at("children", key), raw[key], node=visit.at, key=key, why=why)
        return shape


def _is_skipped(visit: Visit) -> bool:
    said = visit.data.raw.get("skip_module")
    return said is True or said == "true"


def _entry_point(number: str) -> EntryPoint:
    if number.startswith("+") and number[1:].isdecimal():
        return EntryPoint("number", number)
    digits = number.replace("*", "").replace("#", "")
    return EntryPoint("extension" if digits.isdecimal() else "placeholder", number)


def outline_pattern(key: str, mark: str = "") -> str:
    """The pattern of a callflow that unicall made for a shared part: unanchored it is not, and nobody can dial it.

    ``mark`` tells apart those of several flows of one account.
    """
    return f"^{re.escape(key)}{'@' if mark else ''}{re.escape(mark)}$"


def _is_outline(patterns: Json, key: str) -> bool:
    if not isinstance(patterns, list) or len(patterns) != 1 or not isinstance(patterns[0], str):
        return False
    return patterns[0] == outline_pattern(key) or patterns[0].startswith(outline_pattern(key).removesuffix("$") + "@")


# Writing.


@define
class _Emitting:
    flow: Flow
    writer: Writer
    places: dict[tuple[NodeId, str], str] = Factory(dict)

    def document(self, form: Form) -> Writing:
        """The callflow, with the documents it refers to."""
        shape: Json = self.flow.extras.get(PROVIDER)
        bundle: Json = None if shape is None else shape.get("bundle")
        base = f"/{CALLFLOW}"
        callflow = self._callflow(self.flow, shape, base)
        subs = {key: self._callflow(sub, sub.extras.get(PROVIDER), f"/callflows/{key}") for key, sub in self.flow.subflows.items()}
        sections = self.writer.finished()
        order: list[str] = [] if shape is None else shape.get("callflows") or []
        made = {**sections.pop("callflows", {}), **subs}
        callflows = {key: made[key] for key in order if key in made} | made
        if callflows:
            sections["callflows"] = callflows
        ordered = {name: sections[name] for name in SECTIONS if name in sections}
        if form == REQUEST:
            callflow, ordered = self._request(callflow, ordered, {} if shape is None else shape)
        elif shape is not None and bundle is None and not sections:
            stripped = {key: at.removeprefix(base) for key, at in self.places.items()}
            return Writing(document=callflow, places=stripped)
        if bundle is None:
            return Writing(document={CALLFLOW: callflow, **ordered}, places=self.places)
        puts = [put_json(CALLFLOW, callflow), *(put_json(name, ordered.get(name) or {}) for name in SECTIONS)]
        return Writing(document=write(puts, put_back(bundle, self.flow)), places=self.places)

    def _request(
        self, callflow: Json, sections: Mapping[str, Mapping[str, Json]], shape: Mapping[str, Json]
    ) -> tuple[Json, dict[str, dict[str, Json]]]:
        """A body around every document. Bookkeeping is left out, unless it stood in a request that was read."""
        bare: Mapping[str, list[str]] = shape.get("bare") or {}
        self.places = {key: _inside_body(at, bare) for key, at in self.places.items()}
        if shape.get("form") == REQUEST:
            return body(callflow), {name: bodies(documents, bare.get(name) or ()) for name, documents in sections.items()}
        made = {name: self.writer.bodies(name, documents) for name, documents in sections.items()}
        return body(callflow, BOOKKEEPING), made

    def _callflow(self, flow: Flow, shape: Json, base: str) -> Json:
        ways_in = [way_in for way_in in flow.entry_points if way_in.kind != "pattern"]
        patterns = tuple(way_in.value for way_in in flow.entry_points if way_in.kind == "pattern")
        if shape is None and not flow.entry_points:
            patterns = (PLACEHOLDER,)
        tree = None if flow.start is None else self._tree(flow, f"{base}/flow")
        owner = "" if base == f"/{CALLFLOW}" else f"@{base.rpartition('/')[2]}"
        self.places |= {(owner, "name"): f"{base}/name"}
        puts = [
            put(NAME, flow.name),
            put(NUMBERS, tuple(way_in.value for way_in in ways_in)),
            put(PATTERNS, patterns),
        ]
        kept = shape is not None and flow.start is None and "flow" in (shape.get("odd") or {})
        if shape is None and tree is None:
            tree = NOTHING
        return write(puts if kept else [*puts, put_json("flow", tree)], shape)

    def _tree(self, flow: Flow, at: str) -> Json:
        """The tree of a flow; what several exits lead to becomes a callflow of its own."""
        nodes = list(walk(flow))
        shared = _shared(flow, nodes)
        heads: list[NodeId] = []
        root = self._reference(flow.start or START) if flow.start in shared else None
        where = {flow.start or START: at}
        written: list[tuple[Emission, tuple[str, Json]]] = []
        for node_id, node in nodes:
            if node_id in shared:
                where[node_id] = pointer("/callflows", outline_key(node_id), "flow")
                heads.append(node_id)
            out = Emission(node_id, node, flow, self.writer, where[node_id], self.places)
            written.append((out, self._module(out)))
            base = f"{out.pointer}/children"
            for label, to in node.exits.items():
                if to not in where:
                    where[to] = below(base, out.labels.get(label, label))
        built: dict[NodeId, Json] = {}
        for out, module in reversed(written):
            children: dict[str, Json] = {}
            for label, to in out.node.exits.items():
                if label in out.labels:
                    children[out.labels[label]] = self._reference(to) if to in shared else built[to]
            built[out.at] = self._write(out, module, children)
        for node_id in heads:
            key = outline_key(node_id)
            extras = flow.nodes[node_id].extras.get(PROVIDER, {})
            kept = extras.get("outline") or {"name": f"{flow.name or 'Call flow'}: {node_id}"}
            known = extras.get("outline_patterns")
            patterns = known if _is_outline(known, key) else [outline_pattern(key)]
            document = {**kept, "numbers": [], "patterns": patterns, "flow": built[node_id]}
            self.writer.documents.setdefault("callflows", {})[key] = document
        return built[flow.start or START] if root is None else root

    def _reference(self, node_id: NodeId) -> Json:
        return {"module": CALLFLOW, "data": {"id": outline_key(node_id)}, "children": {}}

    def _module(self, out: Emission) -> tuple[str, Json]:
        node = out.node
        if isinstance(node, VendorNode):
            for label in node.exits:
                out.lead(label, label)
            return node.word, node.data
        word, puts = WRITERS[type(node)](node, out)
        shape = None
        if word == out.word:
            shape = (out.extras.get("in") or {}).get("data") or ({"order": []} if "order" in out.extras else None)
        self.places.setdefault((out.at, ""), out.pointer)
        return word, write(puts, shape)

    def _write(self, out: Emission, module: tuple[str, Json], children: dict[str, Json]) -> Json:
        word, data = module
        shape = out.extras
        inner = (shape.get("in") or {}).get("children")
        if inner is not None and "closed" in inner:
            children = {**inner["closed"], **children}
        if inner is not None and inner["order"] != [*children]:
            children = {key: children[key] for key in inner["order"] if key in children} | children
        if "order" not in shape or (shape["order"] == [*_KEYS] and "odd" not in shape and data is not None):
            return {"module": word} | ({} if data is None else {"data": data}) | {"children": children}
        return write([put(MODULE, word), put_json("data", data), put_json("children", children)], shape)


def _inside_body(at: str, bare: Mapping[str, list[str]]) -> str:
    """Where something stands once its document stands in a body."""
    section, _, rest = at[1:].partition("/")
    if section == CALLFLOW:
        return f"/{CALLFLOW}/{DATA}" + at.removeprefix(f"/{CALLFLOW}")
    key, slash, below = rest.partition("/")
    return at if key in (bare.get(section) or ()) else f"/{section}/{key}/{DATA}{slash}{below}"


def outline_key(node_id: NodeId) -> str:
    """The id of the callflow that unicall makes for a shared part."""
    return f"{NEW}callflow-{node_id}"


def _shared(flow: Flow, nodes: Iterable[tuple[NodeId, Node]]) -> set[NodeId]:
    """Nodes that more than one exit leads to, or that a loop leads back to."""
    into: dict[NodeId, int] = {} if flow.start is None else {flow.start: 1}
    for _, node in nodes:
        for to in node.exits.values():
            into[to] = into.get(to, 0) + 1
    return {node_id for node_id, times in into.items() if times > 1}


# What it holds.

_ANY = {"*": "flow"}


def _is_outcome(label: str) -> bool:
    return outcome_key(label) is not None


def _is_key(label: str) -> bool:
    return bool(menu.KEY.fullmatch(label)) and len(label) <= 6


def _is_mine(node: Node) -> bool:
    return isinstance(node, VendorNode) and node.provider == PROVIDER


_NEXT = Room(exits={NEXT: "flow"})
_FLOW: Mapping[type[Node], Room] = {
    **dict.fromkeys(
        (
            Announce, Directory, Notify, Park, Pause, Queue, RecordCall, SetCallerId, SetLanguage, SetVariable, Subflow,
            Voicemail, Webhook,
        ),
        _NEXT,
    ),
    **dict.fromkeys((Conference, Fax, Hangup, Reject), Room()),
    CallerMatch: Room(exits={"match": "flow", "no_match": "flow"}),
    Menu: Room(exits={"no_input": "flow", "exhausted": "flow", "*": "flow"}, labels=_is_key),
    Ring: Room(exits=_ANY | {OTHERWISE: "flow"}, labels=_is_outcome),
    Schedule: Room(exits=_ANY),
    VendorNode: Room(exits=_ANY, takes=_is_mine),
}  # fmt: skip
HOLDS = Holds(places={"flow": _FLOW}, start="flow", outlines=True, caller_patterns=True, falls_through=True)
ADAPTER = Vinix()
