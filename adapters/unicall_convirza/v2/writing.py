"""What all nouns share while a record is written: the flow, the places of its facts, and lists that keep what nobody reads.

The surprise: a switch that stayed behind in the shape must not be written from the flow, or it would lose its text.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, TypeVar

from attrs import Factory, define

from unicall.adapter import Form
from unicall.graph import OTHERWISE, Flow, Node, NodeId, Prompt, Reference, Ring, Speech, Target, text_of
from unicall.wire import Json, Key, Put, put, put_json, write
from unicall_convirza.facts import KNOWN, Facts, shape_in
from unicall_convirza.v2.number import PROVIDER

T = TypeVar("T")
Shape = Mapping[str, Json]


@define
class Page:
    """The document of one flow as it is written, and where each fact went.

    ``form`` is the form to write, ``recast`` says that the flow was read from another body, ``facts`` is what is known of the
    vendor's words. ``base`` is the record's own pointer; ``locations`` the bundle's location documents, ``written`` those that
    were said.
    """

    flow: Flow
    form: Form = "record"
    facts: Facts = KNOWN
    recast: bool = False
    base: str = ""
    locations: dict[str, Json] = Factory(dict)
    written: set[str] = Factory(set)
    places: dict[tuple[NodeId, str], str] = Factory(dict)

    def node(self, at: NodeId | None) -> Node | None:
        """The node of this id."""
        return None if at is None else self.flow.nodes.get(at)

    def went(self, at: NodeId, where: str, **fields: str) -> None:
        """Note where a node and its fields went."""
        self.places[at, ""] = where
        for field, pointer in fields.items():
            self.places[at, field] = pointer


def shape_of(node: Node | None, kind: str) -> Shape | None:
    """The shape of a vendor's object of this kind, where the node was read from one."""
    return None if node is None else shape_in(node.extras.get(PROVIDER), kind)


def shape_behind(page: Page, at: NodeId | None, kind: str) -> Shape | None:
    """The shape of the object that begins here: that of its first node, or of a ring that another was put before."""
    return first_shape(page.flow.nodes, at, lambda node: shape_of(node, kind))


def first_shape(nodes: Mapping[NodeId, Node], at: NodeId | None, shape: Callable[[Node | None], Shape | None]) -> Shape | None:
    """The first shape on a chain of rings."""
    seen: set[NodeId] = set()
    node = None if at is None else nodes.get(at)
    while at is not None and at not in seen and isinstance(node, Ring) and shape(node) is None:
        seen.add(at)
        at = node.exits.get(OTHERWISE)
        node = None if at is None else nodes.get(at)
    return shape(node)


def inner(shape: Shape | None, name: str) -> Any:
    """The shape of the inner object or list under this key."""
    return None if shape is None else (shape.get("in") or {}).get(name)


def rest_of(shape: Shape | None) -> Shape:
    """The keys that nobody read."""
    return {} if shape is None else shape.get("rest") or {}


def was_read(shape: Shape | None, key: Key[Any]) -> bool:
    """Whether this key was there and counted."""
    return shape is not None and key.name in (shape.get("order") or ()) and key.name not in rest_of(shape)


def said(key: Key[T], value: T | None) -> Put:
    """A fact; None where nothing is said, and what stayed behind is written."""
    anyhow: Key[Any] = key
    return put(anyhow, value)


def switch(key: Key[bool], on: bool, shape: Shape | None) -> Put:
    """A switch: on, or off; a text that did not count stays as it is while the switch is not on."""
    kept = not on and key.name in rest_of(shape)
    return said(key, None if kept else on)


def cleared(key: Key[str | None], text: str | None, shape: Shape | None) -> Put:
    """A text; empty where one was and is no more."""
    return put(key, "" if text is None and was_read(shape, key) and not _odd(shape, key) else text)


def _odd(shape: Shape | None, key: Key[Any]) -> bool:
    return shape is not None and key.name in (shape.get("odd") or {})


def text_of_prompt(prompt: Prompt | None) -> str | None:
    """What the vendor writes for a prompt: its text, or the id of one of its own. Other carriers' audio has no text."""
    if isinstance(prompt, Speech):
        return prompt.text or None
    return prompt.id if prompt is not None and is_own_audio(prompt) else None


def is_own_audio(prompt: Prompt) -> bool:
    """Whether this is a prompt that was uploaded to Convirza."""
    return isinstance(prompt, Reference) and prompt.provider == PROVIDER and prompt.kind == "audio" and bool(prompt.id)


def inert(shape: Shape | None, *, but: Container[str] = ()) -> list[Put]:
    """What nobody read and was kept key by key, as it stood, ``but`` for what is written anew. Release 0.1.0 marked each block."""
    parts = {} if shape is None else shape.get("in") or {}
    marked = [name for name, part in parts.items() if isinstance(part, Mapping) and part.get("inert") is True]
    names = [*marked, *((shape or {}).get("inert") or ())]
    return [put_json(name, _closed(parts[name])) for name in names if name in parts and name not in but]


def _closed(part: Json) -> Json:
    if isinstance(part, list):
        return [_closed(entry) for entry in part]
    return write([put_json(name, _closed(inner)) for name, inner in (part.get("in") or {}).items()], part)


def lay_out(template: Sequence[Json] | None, count: int) -> tuple[list[int], dict[int, Json]]:
    """The positions of so many entries between those that are kept verbatim, and the kept ones by position."""
    positions: list[int] = []
    kept: dict[int, Json] = {}
    position = 0
    for entry in template or ():
        if isinstance(entry, Mapping) and entry.get("void"):
            kept[position] = write(inert(entry), entry)
        elif len(positions) < count:
            positions.append(position)
        else:
            continue
        position += 1
    positions += range(position, position + count - len(positions))
    return positions, kept


def laid_out(positions: Sequence[int], entries: Sequence[Json], kept: Mapping[int, Json]) -> list[Json]:
    """All entries in their order."""
    whole = dict(kept) | dict(zip(positions, entries, strict=True))
    return [whole[position] for position in sorted(whole)]


def entry_shapes(
    template: Sequence[Json] | None, positions: Sequence[int], targets: Sequence[Target], everyone: Sequence[Target]
) -> list[Shape | None]:
    """The shapes of the entries of a list: that of the same number, else that of the same position, if its number is gone.

    ``everyone``: who rings, inside the list and before it.
    """
    here = [entry_shape(template, position) for position in positions]
    if not any(template or ()):
        return here
    numbers = [text_of(target) for target in targets]
    found = [shape if _number(shape) == number else None for shape, number in zip(here, numbers, strict=True)]
    taken = {id(shape) for shape in found}
    free: dict[str | None, list[Shape]] = {}
    for position in range(len(template or ())):
        shape = entry_shape(template, position)
        if shape is not None and id(shape) not in taken:
            free.setdefault(_number(shape), []).append(shape)
    for index, number in enumerate(numbers):
        if found[index] is None and free.get(number):
            found[index] = free[number].pop(0)
    ringing = {text_of(target) for target in everyone}
    return [shape if one is None and _number(shape) not in ringing else one for one, shape in zip(found, here, strict=True)]


def _number(shape: Shape | None) -> str | None:
    number = None if shape is None else shape.get("number")
    return number if isinstance(number, str) else None


def entry_shape(template: Sequence[Json] | None, position: int) -> Shape | None:
    """The shape that the list keeps for the entry at this position."""
    shape = template[position] if template is not None and position < len(template) else None
    return None if not isinstance(shape, Mapping) or shape.get("void") else shape
