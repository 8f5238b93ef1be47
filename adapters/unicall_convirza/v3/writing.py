"""What all nouns share while a route is written: the flow, the places of its facts, and an object that finds its keys by facts.

The surprise: which name a fact is written under depends on the object that was read. A shape remembers what stood there, and the
profile picks the same name from it as it did on the way in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import Factory, define, evolve

from unicall.graph import Flow, Node, NodeId, Prompt, Speech
from unicall.wire import MISSING, Json, Key, Put, pointer, put, put_json, write
from unicall_convirza.facts import shape_in
from unicall_convirza.v2.number import PROVIDER as V2
from unicall_convirza.v2.writing import first_shape, inert
from unicall_convirza.v3.number import PROVIDER
from unicall_convirza.v3.profile import Profile

T = TypeVar("T")
Shape = Mapping[str, Json]


@define
class Page:
    """The document of one flow as it is written, and where each fact went."""

    flow: Flow
    profile: Profile
    places: dict[tuple[NodeId, str], str] = Factory(dict)

    def node(self, at: NodeId | None) -> Node | None:
        """The node of this id."""
        return None if at is None else self.flow.nodes.get(at)

    def went(self, at: NodeId, where: str, **fields: str) -> None:
        """Note where a node and its fields went."""
        self.places[at, ""] = where
        self.places.update({(at, field): pointer for field, pointer in fields.items()})


def shape_of(node: Node | None, kind: str) -> Shape | None:
    """The shape of a vendor's object of this kind, where the node was read from one."""
    return None if node is None else shape_in(node.extras.get(PROVIDER), kind)


def shape_behind(page: Page, at: NodeId | None, kind: str) -> Shape | None:
    """The shape of the object that begins here: that of its first node, or of a ring that another was put before."""
    return first_shape(page.flow.nodes, at, lambda node: shape_of(node, kind))


def _standing(shape: Shape | None) -> Mapping[str, Json]:
    """What stood under each name; True for what was read and said something."""
    if shape is None:
        return {}
    rest, odd = shape.get("rest") or {}, shape.get("odd") or {}
    return {name: rest[name] if name in rest else odd.get(name, True) for name in shape.get("order") or ()}


class Sheet:
    """One object of the vendor's on its way out: the counterpart of ``Doc``. ``base`` is its pointer.

    ``anew``: the facts that are written as in a new object, because it was read as another kind of route than it is now.
    """

    __slots__ = ("_puts", "_standing", "anew", "base", "kind", "page", "shape")

    def __init__(self, page: Page, kind: str, base: str, shape: Shape | None) -> None:
        self.page = page
        self.kind = kind
        self.base = base
        self.shape = shape
        self.anew: tuple[str, ...] = ()
        self._standing = _standing(shape)
        self._puts: list[Put] = []

    def renew(self, *facts: str) -> None:
        """The object becomes another kind of route: what it says of these facts is written as in a new one.

        What they said goes with the route that was there, also where it did not count: in another kind of route it might.
        """
        gone = {self.name(fact) for fact in facts if fact in self.page.profile.names[self.kind]}
        shape = self.shape or {"order": []}
        left = {part: {k: v for k, v in (shape.get(part) or {}).items() if k not in gone} for part in ("rest", "odd", "in")}
        listed = {part: [name for name in shape.get(part) or () if name not in gone] for part in ("order", "inert")}
        self.shape, self.anew = {**shape, **left, **listed}, facts
        self._standing = _standing(self.shape)

    def name(self, key: Key[Any] | str) -> str:
        """What a fact is called in this object."""
        fact = key if isinstance(key, str) else key.name
        return self.page.profile.name(self.kind, fact, self._standing, own=fact in self.anew)

    def at(self, key: Key[Any] | str, *more: str | int) -> str:
        """The pointer of one of this object's keys."""
        return pointer(self.base, self.name(key), *more)

    def put(self, key: Key[T], value: T | None, *, always: bool | None = None) -> None:
        """State a fact; None says nothing, and what stayed behind is written."""
        anew = key.name in self.anew
        anyhow: Key[Any] = self.page.profile.key(self.kind, key, self._standing, own=anew)
        fact = put(anyhow, value, always=always)
        self._puts.append(evolve(fact, default=MISSING) if anew and fact.always else fact)

    def put_json(self, fact: str, raw: Json, *, always: bool = False) -> None:
        """State JSON that was built already."""
        self._puts.append(put_json(self.name(fact), raw, always=always))

    def put_switch(self, key: Key[bool], on: bool) -> None:
        """State a switch; one that did not count stays as it is while it is not on."""
        self.put(key, None if not on and self.left(key) else on)

    def put_text(self, key: Key[str | None], text: str | None) -> None:
        """State a text; empty where one was and is no more."""
        name = self.name(key)
        odd = name in ((self.shape or {}).get("odd") or {})
        self.put(key, "" if text is None and self.read(key) and not odd else text)

    def verbatim(self, data: Mapping[str, Json]) -> None:
        """Keys that are written as they stand."""
        shape = self.shape or {"order": list(data)}
        order = list(shape.get("order") or ())
        order += [name for name in data if name not in order]
        self.shape = {**shape, "order": order, "rest": {**(shape.get("rest") or {}), **data}}

    def part(self, fact: str, kind: str, shape: Shape | None = None) -> Sheet:
        """An inner object, with the shape that this one keeps for it, unless another is given."""
        return Sheet(self.page, kind, self.at(fact), self.kept(fact) if shape is None else shape)

    def kept(self, fact: str) -> Any:
        """The shape of the inner object or list under this fact."""
        return None if self.shape is None else (self.shape.get("in") or {}).get(self.name(fact))

    def read(self, key: Key[Any] | str) -> bool:
        """Whether this key was there and counted."""
        name, shape = self.name(key), self.shape or {}
        return name in self._standing and name not in (shape.get("rest") or {}) and name not in (shape.get("inert") or ())

    def left(self, key: Key[Any]) -> bool:
        """Whether this key was there and stayed behind."""
        return self.shape is not None and self.name(key) in (self.shape.get("rest") or {})

    def said(self, key: Key[Any]) -> bool:
        """Whether this key was there, with something in it."""
        return self._standing.get(self.name(key)) not in (None, "")

    def spelled(self, key: Key[Any]) -> Json:
        """How this key was spelled, where that is not how it would be written."""
        return ((self.shape or {}).get("odd") or {}).get(self.name(key))

    def done(self) -> dict[str, Json]:
        """The object."""
        profile = self.page.profile
        puts = [*self._puts, *inert(self.shape, but={one.name for one in self._puts})]
        return write(sorted(puts, key=lambda one: profile.order(self.kind, one.name)), self.shape)


def text_of_prompt(prompt: Prompt | None) -> str | None:
    """What the vendor writes for a prompt: its text, or the id of one that was uploaded to Convirza (whose ids are carried, and may
    be others in v3). Other carriers' audio has no text."""
    if isinstance(prompt, Speech):
        return prompt.text or None
    uploaded = prompt is not None and prompt.kind == "audio" and prompt.provider in (V2, PROVIDER)
    return prompt.id or None if uploaded and prompt is not None else None
