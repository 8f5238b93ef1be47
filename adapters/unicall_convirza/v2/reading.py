"""What all nouns share while a record is read: the graph as it grows, and a look at a key before it is taken.

The surprise: whether a key is a fact depends on its neighbours. A message counts only where its switch is on, rings only where
another number follows. So a key is looked at first, and taken only where it counts; what does not count stays in the shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, cast

from attrs import Factory, define

from unicall.adapter import Form
from unicall.graph import Node, NodeId, Prompt, Reference, Ring, Speech, VendorNode
from unicall.wire import Cursor, Json, Key, Log, Strange, Wrong, brief
from unicall_convirza.facts import DEFAULT_SECONDS, KNOWN, Facts
from unicall_convirza.v2.number import PROVIDER

T = TypeVar("T")
Shape = dict[str, Json]


@define(kw_only=True)
class Draft:
    """The graph of one document as it grows.

    ``form`` is the form that it is in, ``facts`` what is known of the vendor's words and numbers.
    ``box_seconds`` and ``box_greeting`` are the record's ``voicemail_rings`` and ``voicemail_greeting``, which all branches share;
    ``timed`` and ``greeted`` say whether some branch made use of them, ``ringing`` how many nodes ring.
    """

    log: Log
    form: Form = "record"
    facts: Facts = KNOWN
    prompts: frozenset[str] = frozenset()
    locations: Mapping[str, Json] = Factory(dict)
    locations_at: str = ""
    box_seconds: float = DEFAULT_SECONDS
    box_greeting: Prompt | None = None
    box_at: str = ""
    greeting_at: str = ""
    whisper_at: str = ""
    timed: bool = False
    greeted: bool = False
    ringing: int = 0
    nodes: dict[NodeId, Node] = Factory(dict)
    places: dict[tuple[NodeId, str], str] = Factory(dict)

    def add(self, at: NodeId, node: Node, where: str, **fields: str) -> None:
        """A node, its place, and the places of its fields."""
        self.nodes[at] = node
        if isinstance(node, Ring):
            self.ringing += 1
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

    def spoken(self, text: str | None) -> Prompt | None:
        """A text that is the id of a prompt in the bundle is that prompt (assumed), any other is read aloud."""
        if text is None:
            return None
        return Reference(PROVIDER, "audio", text) if text in self.prompts else Speech(text)

    def nobody(self, at: NodeId, word: str, where: str) -> None:
        """An end where nobody is named who rings. What the carrier does then is unknown."""
        self.add(at, VendorNode(provider=PROVIDER, word=word), where, word=where)


def glance(doc: Cursor, key: Key[T]) -> T:
    """The fact under a key, its default where it is absent or unusable. The key stays unread, and nothing is said."""
    raw = doc.raw.get(key.name)
    if raw is None:
        return key.default
    try:
        return key.codec.decode(raw)
    except (Wrong, Strange):
        return key.default


def look(doc: Cursor, key: Key[T]) -> T:
    """The same, but what is wrong with it is said."""
    raw = doc.raw.get(key.name)
    if raw is None:
        return key.default
    try:
        return key.codec.decode(raw)
    except Wrong as wrong:
        doc.log.refuse(doc.at(key), f"expected {wrong.expected}, got {brief(raw)}")
    except Strange as strange:
        doc.log.add("UC101", doc.at(key), raw, key=key.name, expected=strange.expected)
    return key.default


def settle(doc: Cursor, counts: bool, *keys: Key[T]) -> None:
    """Take the keys that were looked at, where they count; else leave them in the shape, and say what is wrong with them."""
    for key in keys:
        if counts:
            doc.take(key)
        else:
            look(doc, key)


def keep_list(shape: Shape, name: str, entries: list[Json]) -> None:
    """Keep the shapes of the entries of a list in the shape of the object that holds the list."""
    if any(entry is not None for entry in entries):
        shape.setdefault("in", {})[name] = entries


_DEEPEST = 8


def spread(shape: Shape, *names: str) -> Shape:
    """The shape, with what nobody read under these names kept key by key: each key is accounted for by itself."""
    rest = shape.get("rest") or {}
    inert = {name: _opened(rest[name], _DEEPEST) for name in names if name in rest and _opens(rest[name])}
    if not inert:
        return shape
    left = {name: value for name, value in rest.items() if name not in inert}
    return {**shape, "rest": left, "in": {**(shape.get("in") or {}), **inert}, "inert": list(inert)}


def _opens(value: Json) -> bool:
    entries = value if isinstance(value, list) else [value]
    return bool(value) and all(isinstance(entry, dict) for entry in entries)


def _opened(value: Json, depth: int) -> Json:
    if isinstance(value, list):
        return [_opened(entry, depth) for entry in value]
    inner = {name: _opened(part, depth - 1) for name, part in value.items() if depth and _opens(part)}
    return {"order": list(value), "rest": {name: part for name, part in value.items() if name not in inner}, "in": inner}


def void(entry: Cursor) -> Shape:
    """The shape of an entry that no call can reach: verbatim."""
    return {"void": True} | entry.shape()


def is_named_after(label: str, name: str | None) -> bool:
    """Whether a label is this name, or this name with a number behind it."""
    return name is not None and (label == name or (label.startswith(f"{name}~") and label[len(name) + 1 :].isdecimal()))


class Names:
    """Labels that differ: the second of a name gets a number. ``otherwise`` and ``start`` are taken, the graph uses them."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {"otherwise": 1, "start": 1}

    def unique(self, name: str) -> str:
        """This name, or this name with a number behind it."""
        if name not in self._last:
            self._last[name] = 1
            return name
        number = self._last[name] + 1
        while f"{name}~{number}" in self._last:
            number += 1
        self._last[name] = number
        self._last[f"{name}~{number}"] = 1
        return f"{name}~{number}"
