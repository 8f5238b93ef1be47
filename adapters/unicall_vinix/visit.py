"""What a module's reader and writer are given: one node of a callflow, on its way in or out."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, define, field

from unicall.graph import Flow, Node, NodeId, Prompt, Speech
from unicall.wire import Cursor, Json
from unicall_vinix.bundle import PROVIDER, Reader, Writer


@define
class Visit:
    """One node on its way in. A module's reader takes facts from ``data`` and says which children are no exits."""

    word: str
    at: NodeId
    cursor: Cursor
    data: Cursor
    children: Mapping[str, Json]
    reader: Reader
    places: dict[tuple[NodeId, str], str]
    extras: dict[str, Json] = Factory(dict)
    closed: dict[str, str] = Factory(dict)
    labels: dict[str, str] = Factory(dict)

    def mark(self, field: str, pointer: str) -> None:
        """Where a fact of this node stands."""
        self.places[self.at, field] = pointer

    def keep(self, **values: Json) -> None:
        """Remember ids and the like for writing back."""
        for key, value in values.items():
            if value is not None:
                self.extras[key] = value

    def close(self, key: str, why: str) -> None:
        """This child cannot be reached."""
        if key in self.children:
            self.closed[key] = why

    def never_goes_on(self, why: str) -> None:
        """None of the children can be reached."""
        self.labels.clear()
        self.closed |= dict.fromkeys(self.children, why)

    def lead(self, key: str, label: str) -> None:
        """This child is the exit of that name."""
        if key in self.children:
            self.labels[key] = label

    def media_at(self, key: str | None, prompt: Prompt | None) -> str | None:
        """Where the text of a prompt stands, if it stands in a media document."""
        if key is None or not isinstance(prompt, Speech):
            return None
        return self.reader.at("media", key, "tts", "text")


@define
class Emission:
    """One node on its way out."""

    at: NodeId
    node: Node
    flow: Flow
    writer: Writer
    pointer: str
    places: dict[tuple[NodeId, str], str]
    labels: dict[str, str] = Factory(dict)
    extras: Mapping[str, Json] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.extras = self.node.extras.get(PROVIDER) or {}

    @property
    def word(self) -> str | None:
        """The module that said this when it was read."""
        word: str | None = self.extras.get("word")
        return word

    @property
    def name(self) -> str:
        """A readable name for documents that are made for this node."""
        flow = self.flow.name or "Call flow"
        return self.node.label or (flow if self.at == "start" else f"{flow} {self.at}")

    def kept(self, key: str) -> Json:
        """What was remembered under this key."""
        return self.extras.get(key)

    def kept_children(self) -> list[str]:
        """The child keys it had when it was read."""
        keys: list[str] = ((self.extras.get("in") or {}).get("children") or {}).get("order") or []
        return keys

    def mark(self, field: str, below: str) -> None:
        """Where a fact of this node goes: a pointer below the node, or below the bundle."""
        self.places[self.at, field] = self.pointer + below if below.startswith("/data") else below

    def lead(self, label: str, key: str) -> None:
        """The exit of this name is that child."""
        self.labels[label] = key
