"""What all nouns share while a route is read: an object whose keys are found by their facts, and the graph as it grows.

The surprise: whether a key is a fact depends on its neighbours. A message counts only where its switch is on. So a key is looked at
first, and taken only where it counts; what does not count stays in the shape.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

from attrs import Factory, define

from unicall.graph import Node, NodeId, Prompt, Ring, Speech, VendorNode
from unicall.wire import Cursor, Json, Key, Log, Strange, Wrong, brief
from unicall_convirza.v3.number import PROVIDER
from unicall_convirza.v3.profile import Profile

T = TypeVar("T")
Shape = dict[str, Json]

#: Facts of a route or an item that are objects with destinations in them.
BLOCKS = ("overflow", "items", "geo", "schedule")


class Doc(Cursor):
    """One object of the vendor's. Keys are given by their facts; the profile says what they are called here."""

    __slots__ = ("kind", "profile")

    def __init__(self, raw: dict[str, Json], at: str, log: Log, kind: str, profile: Profile) -> None:
        super().__init__(raw, at, log)
        self.kind = kind
        self.profile = profile

    def key(self, key: Key[T]) -> Key[T]:
        """The key as it is called in this object."""
        return self.profile.key(self.kind, key, self.raw)

    def name(self, key: Key[Any] | str) -> str:
        """What a fact is called in this object."""
        return self.profile.name(self.kind, key if isinstance(key, str) else key.name, self.raw)

    def value(self, key: Key[Any] | str) -> Json:
        """What stands under a key."""
        return self.raw.get(self.name(key))

    def take(self, key: Key[T]) -> T:
        """See :meth:`Cursor.take`."""
        return super().take(self.key(key))

    def at(self, key: Key[Any] | str, *more: str | int) -> str:
        """See :meth:`Cursor.at`."""
        return super().at(self.name(key), *more)

    def has(self, key: Key[Any] | str) -> bool:
        """See :meth:`Cursor.has`."""
        return super().has(self.name(key))

    def warn(self, code: str, key: Key[Any] | str, node: str = "", **words: object) -> None:
        """See :meth:`Cursor.warn`."""
        super().warn(code, self.name(key), node, **words)

    def keep(self, key: Key[Any] | str) -> None:
        """See :meth:`Cursor.keep`."""
        super().keep(self.name(key))

    def seen(self, *names: str) -> None:
        """See :meth:`Cursor.seen`."""
        super().seen(*map(self.name, names))

    def part(self, fact: str, kind: str) -> Doc | None:
        """The inner object under this fact; None where it is absent or null."""
        name = self.name(fact)
        inner = None if self._is_blank(name) else self.object(name)
        if inner is None:
            return None
        doc = self._inner[name] = Doc(dict(inner.raw), inner.pointer, self.log, kind, self.profile)
        return doc

    def parts(self, fact: str, kind: str) -> list[Doc]:
        """The inner objects of the array under this fact; empty where it is absent or null."""
        name = self.name(fact)
        inner = [] if self._is_blank(name) else self.objects(name)
        return [Doc(dict(one.raw), one.pointer, self.log, kind, self.profile) for one in inner]

    def _is_blank(self, name: str) -> bool:
        """Whether a text without a character stands in the place of a block, which says as little as null (assumed)."""
        blank = bool(self.raw.get(name) == "")
        if blank:
            self._read.add(name)
            self._odd[name] = ""
        return blank

    def glance(self, key: Key[T]) -> T:
        """The fact under a key, its default where it is absent or unusable. The key stays unread, and nothing is said."""
        key = self.key(key)
        raw = self.raw.get(key.name)
        if raw is None:
            return key.default
        try:
            return key.codec.decode(raw)
        except (Wrong, Strange):
            return key.default

    def settle(self, counts: bool, *keys: Key[Any]) -> None:
        """Take the keys that were looked at, where they count; else leave them in the shape, and say what is wrong with them."""
        for key in keys:
            if counts:
                self.take(key)
                continue
            raw = self.value(key)
            try:
                if raw is not None:
                    self.key(key).codec.decode(raw)
            except Wrong as wrong:
                self.log.refuse(self.at(key), f"expected {wrong.expected}, got {brief(raw)}")
            except Strange as strange:
                self.log.add("UC101", self.at(key), raw, key=self.name(key), expected=strange.expected)

    def spot(self, fact: str) -> str:
        """The pointer of a fact; where it is absent, of what says that it should be there."""
        says = "action" if self.kind == "item" else "kind"
        return self.at(fact if self.name(fact) in self.raw or self.name(says) not in self.raw else says)

    def missing(self, key: Key[Any] | str, at: NodeId, expected: str) -> None:
        """Say that a key is missing; where it is null, at the key itself."""
        name = self.name(key)
        where = self.at(key) if name in self.raw else self.pointer
        self.log.add("UC101", where, self.raw.get(name), at, key=name, expected=expected)


@define(kw_only=True)
class Draft:
    """The graph of one route as it grows.

    ``box_seconds`` and ``box_greeting`` are the route's ``voicemail_rings`` and ``voicemail_greeting``, which all branches share;
    ``timed`` and ``greeted`` say whether some branch made use of them, ``whispering`` how many nodes whisper.
    """

    log: Log
    box_seconds: float = 0
    box_greeting: Prompt | None = None
    box_at: str = ""
    greeting_at: str = ""
    whisper_at: str = ""
    timed: bool = False
    greeted: bool = False
    whispering: int = 0
    nodes: dict[NodeId, Node] = Factory(dict)
    places: dict[tuple[NodeId, str], str] = Factory(dict)

    def add(self, at: NodeId, node: Node, where: str, **fields: str) -> None:
        """A node, its place, and the places of its fields."""
        self.nodes[at] = node
        if isinstance(node, Ring):
            self.whispering += node.whisper is not None
            self.places[at, "whisper"] = self.whisper_at
        self.places[at, ""] = where
        for field, pointer in fields.items():
            self.places[at, field] = pointer

    def keep(self, at: NodeId, kind: str, shape: Shape, where: str) -> None:
        """Keep the shape of a vendor's object at the node that stands for it, which was just made, with empty extras of its own.

        ``kind`` says whose shape it is.
        """
        cast("dict[str, Json]", self.nodes[at].extras)[PROVIDER] = {"of": kind, **shape}
        self.places[at, "shape"] = where

    def nobody(self, at: NodeId, word: str, where: str) -> None:
        """An end where nobody is named who rings. What the carrier does then is unknown."""
        self.add(at, VendorNode(provider=PROVIDER, word=word), where, word=where)

    def verbatim(self, at: NodeId, word: str, doc: Doc, *facts: str) -> None:
        """Keys that nobody can read as a whole, as they stand, in a node that nobody can run."""
        data = {name: doc.raw[name] for fact in facts if (name := doc.name(fact)) in doc.raw}
        doc.seen(*facts)
        where = {f"data.{name}": Cursor.at(doc, name) for name in data}
        at_word = doc.at(word) if doc.has(word) else doc.pointer
        whole = next((Cursor.at(doc, name) for name, value in data.items() if isinstance(value, dict | list)), at_word)
        self.add(at, VendorNode(provider=PROVIDER, word=doc.name(word), data=data), at_word, data=whole, **where)


def spoken(text: str | None) -> Prompt | None:
    """A text that is read aloud."""
    return None if text is None else Speech(text)


def keep_list(shape: Shape, name: str, entries: list[Json]) -> None:
    """Keep the shapes of the entries of a list in the shape of the object that holds the list."""
    if any(entry is not None for entry in entries):
        shape.setdefault("in", {})[name] = entries


def void(entry: Cursor) -> Shape:
    """The shape of an entry that no call can reach: verbatim."""
    return {"void": True} | entry.shape()
