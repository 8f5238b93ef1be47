"""The documents around a callflow: read once, referred to by id, written once for all who say the same.

A bundle is ``{"callflow": {...}, "menus": {id: {...}}, ...}``. What unicall makes stands there under an id that begins with
``new:``. The surprise: facts of a document stand on the nodes that use it, so two users of one menu may come to differ; then the
one who was edited gets a copy under a ``new:`` id, and the other keeps the document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import TypeVar

from attrs import Factory, define, field

from unicall.graph import Flow, Resource
from unicall.text import dumps
from unicall.wire import Cursor, Json, Log, pointer, same

PROVIDER = "vinix"
NEW = "new:"

#: The sections of a bundle, in the order in which unicall writes them. The names are those of Kazoo's API.
SECTIONS = (
    "menus", "temporal_rules", "temporal_rules_sets", "media", "devices", "users", "vmboxes", "callflows", "groups",
    "faxboxes", "conferences", "queues", "directories", "lists", "list_entries",
)  # fmt: skip

T = TypeVar("T")


@define
class Reader:
    """The referenced documents of one bundle on their way in."""

    sections: Mapping[str, Cursor]
    log: Log
    cursors: dict[tuple[str, str], Cursor] = Factory(dict)
    facts: dict[tuple[str, str], object] = Factory(dict)
    used: set[tuple[str, str]] = Factory(set)

    def read(self, section: str, key: str | None, parse: Callable[[Cursor], T]) -> T | None:
        """What a document says, read once however many nodes refer to it; None where it was not given."""
        if key is None or section not in self.sections:
            return None
        slot = (section, key)
        if slot not in self.facts:
            raw = self.sections[section].raw.get(key)
            if raw is None:
                return None
            at = pointer(self.sections[section].pointer, key)
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
        return pointer(self.sections[section].pointer, key, *more)

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
                document = {"raw": raw} if cursor is None else cursor.shape() | {"print": fingerprint(raw)}
                yield Resource(PROVIDER, section, key, document)


@define
class Writer:
    """The referenced documents of one bundle on their way out."""

    shapes: Mapping[tuple[str, str], Json]
    reserved: frozenset[tuple[str, str]] = frozenset()
    contested: set[tuple[str, str]] = Factory(set)
    documents: dict[str, dict[str, Json]] = field(init=False, factory=dict)

    @classmethod
    def of(cls, flow: Flow, reserved: frozenset[tuple[str, str]] = frozenset()) -> Writer:
        """With the shapes of the documents that came with the flow; whatever was not read is there already.

        ``reserved`` documents stay as they were: whoever says something else gets a copy.
        """
        mine = [r for r in flow.resources if r.provider == PROVIDER and isinstance(r.document, dict)]
        writer = cls({(r.section, r.id): r.document for r in mine}, reserved)
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
        """Put a document under this id, or under one like it where another document stands there; the id it got."""
        documents = self.documents.setdefault(section, {})
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
        documents[wanted] = document
        return wanted

    def finished(self) -> dict[str, dict[str, Json]]:
        """The sections, without documents that nobody claimed."""
        return {
            section: {key: document for key, document in documents.items() if document is not _PENDING}
            for section, documents in self.documents.items()
        }


def fingerprint(document: Json) -> str:
    """Tells whether a document still says what it said when it was read."""
    return blake2b(dumps(document, indent=False).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


_PENDING: Json = object()
