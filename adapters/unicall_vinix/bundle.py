"""The documents around a callflow: read once, referred to by id, written once for all who say the same.

A bundle is ``{"callflow": {...}, "menus": {id: {...}}, ...}``. What unicall makes stands there under an id that begins with
``new:``. A request bundle holds bodies, ``{"callflow": {"data": {...}}, "menus": {id: {"data": {...}}}, ...}``: each is what the
endpoint of its section takes to create the document. PUT the sections first, put the ids that the server gives in the place of
those that begin with ``new:``, and PUT the callflow last.

The surprise: facts of a document stand on the nodes that use it, so two users of one menu may come to differ; then the one who was
edited gets a copy under a ``new:`` id, and the other keeps the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import TypeVar

from attrs import Factory, define, field

from unicall.adapter import NEW
from unicall.graph import Flow, Resource, Target
from unicall.text import dumps
from unicall.wire import Cursor, Json, Log, Put, below, pointer, put_json, same, write

PROVIDER = "vinix"
DATA = "data"
CALLFLOW = "callflow"
BUNDLE = "bundle"  # the section of what stands in a bundle beside all sections

#: What the server adds to a document that it gives out: no part of a request (Kazoo's documentation).
BOOKKEEPING = ("id", "metadata", "_read_only")

#: The sections of a bundle, in the order in which unicall writes them. The names are those of Kazoo's API.
SECTIONS = (
    "menus", "temporal_rules", "temporal_rules_sets", "media", "devices", "users", "vmboxes", "callflows", "groups",
    "faxboxes", "conferences", "queues", "directories", "lists", "list_entries",
)  # fmt: skip

#: Parts of a document that are opened, so that each key in them has a meaning of its own (``leftovers.py``).
OPENED = frozenset({
    "sip", "call_forward", "call_failover", "busy", "no_answer", "selective", "unconditional", "media", "audio", "video",
    "encryption", "call_recording", "any", "inbound", "outbound", "onnet", "offnet", "provision", "metaflows", "hotdesk",
})  # fmt: skip

T = TypeVar("T")


@define
class Reader:
    """The referenced documents of one bundle on their way in."""

    sections: Mapping[str, Cursor]
    log: Log
    bodies: frozenset[tuple[str, str]] = frozenset()
    cursors: dict[tuple[str, str], Cursor] = Factory(dict)
    facts: dict[tuple[str, str], object] = Factory(dict)
    used: set[tuple[str, str]] = Factory(set)
    places: dict[tuple[str, str], str] = Factory(dict)

    def read(self, section: str, key: str | None, parse: Callable[[Cursor], T]) -> T | None:
        """What a document says, read once however many nodes refer to it; None where it was not given."""
        if key is None or section not in self.sections:
            return None
        slot = (section, key)
        if slot not in self.facts:
            raw = self.sections[section].raw.get(key)
            if raw is None:
                return None
            at = self.at(section, key)
            if not isinstance(raw, dict):
                self.log.refuse(at, "expected an object")
                return None
            self.cursors[slot] = Cursor(raw, at, self.log)
            self.facts[slot] = parse(self.cursors[slot])
        return self.facts[slot]  # type: ignore[return-value]

    def given(self, section: str, key: str | None) -> bool:
        """Whether the document came along."""
        return key is not None and section in self.sections and isinstance(self.sections[section].raw.get(key), dict)

    def at(self, section: str, key: str, *more: str) -> str:
        """The pointer of a document, or of something in it."""
        slot = (section, key)
        if slot not in self.places:
            at = below(self.sections[section].pointer, key)
            self.places[slot] = f"{at}/{DATA}" if slot in self.bodies else at
        return pointer(self.places[slot], *more) if more else self.places[slot]

    def use(self, section: str, key: str) -> None:
        """The facts of this document stand on a node now; all others are kept as they are."""
        self.used.add((section, key))

    def resources(self) -> Iterable[Resource]:
        """All documents but callflows: shapes of those that were read, the others as they stand."""
        for section, whole in self.sections.items():
            for key, raw in whole.raw.items():
                if section == "callflows" and isinstance(raw, dict):
                    continue
                cursor = self.cursors.get((section, key)) if (section, key) in self.used else None
                document = {"raw": raw} if cursor is None else _opened(cursor.shape()) | {"print": fingerprint(raw)}
                yield Resource(PROVIDER, section, key, document)


@define
class Writer:
    """The referenced documents of one bundle on their way out.

    ``spare``: devices that no node needs any more; ``devices``: those that ring a target, or ring it once a key is pressed.
    """

    shapes: Mapping[tuple[str, str], Json]
    reserved: frozenset[tuple[str, str]]
    spare: tuple[str, ...]
    contested: set[tuple[str, str]] = Factory(set)
    devices: dict[tuple[Target, bool], str] = Factory(dict)
    documents: dict[str, dict[str, Json]] = field(init=False, factory=dict)

    @classmethod
    def of(cls, flow: Flow, reserved: frozenset[tuple[str, str]], spare: tuple[str, ...]) -> Writer:
        """With the shapes of the documents that came with the flow; whatever was not read is there already.

        ``reserved`` documents stay as they were: whoever says something else gets a copy.
        """
        mine = [r for r in flow.resources if r.provider == PROVIDER and r.section != BUNDLE and isinstance(r.document, dict)]
        writer = cls({(r.section, r.id): r.document for r in mine}, reserved, spare)
        for resource in mine:
            section = writer.documents.setdefault(resource.section, {})
            section[resource.id] = resource.document.get("raw", _PENDING)
        return writer

    def shape(self, section: str, key: str | None) -> Json:
        """The shape of the document of this id, if it came with the flow and was read."""
        shape = None if key is None else self.shapes.get((section, key))
        return None if shape is None or "raw" in shape else shape

    def has(self, section: str, key: str | None) -> bool:
        """Whether a document of this id came with the flow."""
        return key is not None and (section, key) in self.shapes

    def claim(self, section: str, key: str, document: Json) -> str:
        """Put a document under this id, or under one like it where another document stands there; the id it got.

        A copy does not say the id of the document that it is a copy of.
        """
        documents, asked = self.documents.setdefault(section, {}), key
        shape = self.shape(section, key)
        untouched = shape is not None and shape.get("print") == fingerprint(document)
        if shape is not None and not untouched and (section, key) in self.reserved:
            key = f"{NEW}{key}"
        wanted = key
        copy = 1
        while (standing := documents.get(wanted, _PENDING)) is not _PENDING and not same(standing, document):
            if untouched:
                self.contested.add((section, key))
            copy += 1
            wanted = f"{key if key.startswith(NEW) else NEW + key}#{copy}"
        if wanted != asked and document.get("id") == asked:
            document = {name: value for name, value in document.items() if name != "id"}
        documents[wanted] = document
        return wanted

    def bodies(self, section: str, documents: Mapping[str, Json]) -> dict[str, Json]:
        """A section with a body around each document, without the bookkeeping that must not be sent back."""
        return {
            key: body(document, self._not_sent(section, key, document)) if isinstance(document, dict) else document
            for key, document in documents.items()
        }

    def _not_sent(self, section: str, key: str, document: Mapping[str, Json]) -> tuple[str, ...]:
        """The bookkeeping that is left out; of a document that nobody read only the id that it stands under."""
        if "raw" in (self.shapes.get((section, key)) or ()):
            return ("id",) if document.get("id") == key else ()
        return BOOKKEEPING

    def finished(self) -> dict[str, dict[str, Json]]:
        """The sections, without documents that nobody claimed."""
        return {
            section: {key: document for key, document in documents.items() if document is not _PENDING}
            for section, documents in self.documents.items()
        }


def _opened(shape: Mapping[str, Json]) -> dict[str, Json]:
    """A shape whose :data:`OPENED` parts are shapes too."""
    opened: dict[str, Json] = {"order": shape["order"]}
    rest: Mapping[str, Json] = shape.get("rest") or {}
    inner = {name: _opened(part) if isinstance(part, dict) else part for name, part in (shape.get("in") or {}).items()}
    closed: dict[str, Json] = {}
    for name, part in rest.items():
        if name in OPENED and isinstance(part, dict) and part:
            inner[name] = _opened({"order": list(part), "rest": part})
        else:
            closed[name] = part
    if closed:
        opened["rest"] = closed
    if shape.get("odd"):
        opened["odd"] = shape["odd"]
    if inner:
        opened["in"] = inner
    return opened


def write_document(puts: Iterable[Put], shape: Json) -> dict[str, Json]:
    """A document, or a part of one, with those of its opened parts that hold no fact."""
    facts = list(puts)
    said = {fact.name for fact in facts}
    parts = {} if shape is None else shape.get("in") or {}
    kept = [put_json(name, write_document((), part)) for name, part in parts.items() if name not in said]
    return write([*facts, *kept], shape)


def set_apart(shape: Mapping[str, Json]) -> tuple[dict[str, Json], tuple[Resource, ...]]:
    """The shape of a bundle, and the keys in it that nobody knows: they belong to no document, and may matter all the same."""
    kept = {key: value for key, value in shape.items() if key in ("order", "odd")}
    rest = shape.get("rest")
    return kept, () if not rest else (Resource(PROVIDER, BUNDLE, "", {"order": [], "rest": rest}),)


def put_back(shape: Mapping[str, Json], flow: Flow) -> dict[str, Json]:
    """The shape of a bundle with the keys that :func:`set_apart` took from it."""
    beside = [r.document for r in flow.resources if (r.provider, r.section) == (PROVIDER, BUNDLE)]
    return {**shape, "rest": beside[0].get("rest")} if beside and isinstance(beside[0], dict) else dict(shape)


def is_body(document: Json) -> bool:
    """Whether this is what an endpoint takes: a document inside ``data``, and nothing beside it."""
    return isinstance(document, dict) and document.keys() == {DATA} and isinstance(document[DATA], dict)


def unwrapped(section: Cursor) -> tuple[Cursor, list[str], list[str]]:
    """A section of a request without the bodies around its documents; which had one, and which documents had none."""
    bodies = [key for key, document in section.raw.items() if is_body(document)]
    bare = [key for key, document in section.raw.items() if isinstance(document, dict) and not is_body(document)]
    raw = {key: document[DATA] if is_body(document) else document for key, document in section.raw.items()}
    return Cursor(raw, section.pointer, section.log), bodies, bare


def bodies(documents: Mapping[str, Json], bare: Iterable[str]) -> dict[str, Json]:
    """A section with a body around each document, but for those that are to stand ``bare``."""
    return {
        key: body(document) if isinstance(document, dict) and key not in bare else document for key, document in documents.items()
    }


def body(document: Mapping[str, Json], without: Iterable[str] = ()) -> Json:
    """What an endpoint takes to create this document."""
    return {DATA: {key: value for key, value in document.items() if key not in without}}


def fingerprint(document: Json) -> str:
    """Tells whether a document still says what it said when it was read."""
    return blake2b(dumps(document, indent=False).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


_PENDING: Json = object()
