"""What an adapter is, and finding one.

An adapter teaches unicall one carrier's documents, in both directions. To add a carrier:

1. make a package of your own with a module per vendor noun: keys, then ``parse_x``, then ``emit_x`` (see ``wire.py``);
2. give it an object ``ADAPTER`` with the attributes of :class:`Adapter` below; ``holds`` is the vendor's grammar, as data;
3. declare it in your ``pyproject.toml``: ``[project.entry-points."unicall.adapters"]``, ``carrier = "my_package:ADAPTER"``;
4. put documents beside their native form into a fixtures folder: ``<provider>/<noun>/<case>.json`` and ``<case>.flow.json``;
5. write strategies and an interpreter of the vendor's documents beside those in ``tests/``: the laws then run on every adapter
   that is installed, unasked.

What surprises people: an adapter never says what got lost. The core lowers a flow into what the target ``holds``, lets the
adapter write it, reads the result back with the same adapter, and compares. An adapter adds words, it cannot forget a loss.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, runtime_checkable

from attrs import Factory, frozen

from unicall.graph import Flow, Node, NodeId, Reference, Schedule, Target, VendorNode
from unicall.hours import Recurrence
from unicall.problem import DocumentError, FlowError, Problem
from unicall.wire import MISSING, Json, Log, Lookup, brief

if TYPE_CHECKING:
    from unicall.behave.records import CallRecord

GROUP = "unicall.adapters"
NEW = "new:"  # how the ids begin that unicall gives to documents it makes
Form: TypeAlias = Literal["record", "request"]
#: Where facts stand: (node id, field) to JSON pointer. The field "" is the node's own place; the node "" is the flow.
Places: TypeAlias = Mapping[tuple[NodeId, str], str]


@frozen
class Room:
    """How a kind of node may stand in a place: its exits, each with the place where what follows stands.

    The exit ``*`` is for all labels that are not named and that ``labels`` accepts. An exit that is not here cannot be held.
    ``takes`` answers whether the vendor can write this very node at all. ``leads`` names the place behind an exit where it
    depends on the node (a disclaimer may be followed by a message, a message by a disclaimer).
    """

    exits: Mapping[str, str] = Factory(dict)
    takes: Callable[[Node], bool] = lambda node: True
    labels: Callable[[str], bool] = lambda label: True
    leads: Callable[[Node, str], str] | None = None

    def has(self, label: str) -> bool:
        """Whether an exit of this name can be held. The key ``*`` of a telephone is a label as any other."""
        return (label in self.exits and label != "*") or ("*" in self.exits and self.labels(label))

    def behind(self, node: Node, label: str) -> str:
        """The place where stands what follows this exit of this node."""
        return self.leads(node, label) if self.leads is not None else self.exits.get(label) or self.exits["*"]


@frozen(kw_only=True)
class Holds:
    """What a vendor's document can express, as a grammar over places.

    ``places``: per place, the kinds of nodes that may stand there; a flow starts at ``start``.
    ``joins``, ``loops``: two branches may lead to one node, a branch may lead back. ``outlines``: a loop or a shared part can
    become a document of its own. ``back_to_parent_menu``: one key of a menu may lead to the menu above (Convirza's go_back_key).
    ``target``: whether something can be rung at all; ``together``: how many at once; ``in_turn``: whether a group can ring in turn,
    repeatedly, or be empty. ``recurrence``: whether these hours can be said; ``windows``: how many of them under one exit.
    ``unknown_hours``: whether this schedule may hold hours that nobody knows (the vendor's own text for them is kept).
    ``overnight``: windows over midnight. ``caller_patterns``: regular expressions on the caller's number.
    ``records_first``: recording can only start before announcements. ``ways_in``: whether numbers stand in the document.
    ``adopts``: a node of the vendor's other format, as this one says it; any other node as it is.
    ``falls_through``: hours and places may leave out where they lead; calls then take ``otherwise``.
    ``says_end``: what comes to its end has to say so with a hang-up, where one may stand: nobody knows what else happens there.
    ``nobody``: what stands in a place that cannot hold a hang-up for a destination that names nobody; None where nothing does.
    """

    places: Mapping[str, Mapping[type[Node], Room]]
    start: str = "start"
    joins: bool = False
    loops: bool = False
    outlines: bool = False
    back_to_parent_menu: bool = False
    target: Callable[[Target], bool] = lambda target: True
    together: int | None = None
    in_turn: bool = True
    recurrence: Callable[[Recurrence], bool] = lambda recurrence: True
    windows: int | None = None
    unknown_hours: Callable[[Schedule], bool] = lambda schedule: False
    overnight: bool = False
    caller_patterns: bool = False
    records_first: bool = False
    ways_in: bool = True
    adopts: Callable[[VendorNode], VendorNode] | None = None
    falls_through: bool = False
    says_end: bool = False
    nobody: Callable[[str], Node | None] = lambda place: None


@frozen
class Leftover:
    """What it means that a known key stays behind: a code, and the value that means nothing at all."""

    code: str
    default: Json = None


@frozen
class Refusal:
    """Something that the vendor's API does not take: where it stands, what it is, and what would be taken."""

    pointer: str
    what: str
    why: str


@frozen(kw_only=True)
class Setting:
    """Something that only the user knows about a carrier. ``code``: the problem that it resolves.

    ``check`` returns the value as the adapter wants it, from JSON or TOML; it raises ``wire.Wrong`` with what it expected.
    ``example`` is a line of TOML.
    """

    code: str
    meaning: str
    example: str
    check: Callable[[Json], Any]


@frozen(kw_only=True)
class Reading:
    """A flow as it was read, and where each of its facts stood."""

    flow: Flow
    places: Places


@frozen(kw_only=True)
class Writing:
    """A document as it was written, and where each fact of the flow went."""

    document: Json
    places: Places


def spot(places: Places, document: Lookup, node: NodeId, path: str) -> str:
    """Where a fact of a node stands: its own place, else that of what it is part of, else the node's; something stands there.

    Of an object in which nothing stands it is the word for the node, which a call passes.
    """
    at = places.get((node, path))
    while at is None and path:
        path = path.rpartition(".")[0]
        at = places.get((node, path))
    if at is None or document.at(at) is not MISSING:
        return at or ""
    near = document.nearest(at)
    if (node, "kind") in places and document.at(near) in ({}, []):
        return places[node, "kind"]
    others = (places.get((node, known), "") for known in ("shape", ""))
    return next((other for other in others if other.startswith(f"{near}/") and document.at(other) is not MISSING), near)


class Adapter(Protocol):
    """One carrier. All methods are pure; none of them changes what it is given."""

    @property
    def name(self) -> str:
        """As people type it: ``vinix``."""

    @property
    def title(self) -> str:
        """As people read it: ``Vinix``."""

    def holds(self, form: Form) -> Holds:
        """What the vendor can express in a document of this form."""

    def form(self, flow: Flow) -> Form:
        """The form that this flow was read in, where it is this vendor's own; ``record`` for any other."""

    def unaccepted(self, form: Form) -> str | None:
        """Why no endpoint of the vendor takes a document of this form, and which form one does; None where one does."""

    def refusals(self, document: Json, form: Form) -> Iterable[Refusal]:
        """What the vendor's API is known, or thought, not to take of a document of a form that it takes."""

    def unverified(self) -> bool:
        """Whether the vendor does not publish the names that this adapter writes: said of every document it writes."""

    def repaired(self, text: str) -> str:
        """Text that is no JSON by a defect of the vendor's, mended where the user asked for it (a setting); else as it is."""

    @property
    def settings(self) -> Mapping[str, Setting]:
        """What the vendor does not document and a user may know, by name."""

    def configured(self, given: Mapping[str, Json]) -> Adapter:
        """The same adapter with what the user knows; every value passed the check of its :class:`Setting`."""

    def leftover(self, key: str) -> Leftover | None:
        """What it means that a key that is no fact of the graph stays behind; None for a key that nobody knows.

        Asked first for ``owner/key``, the key inside the object it stands in, then for the key alone.
        """

    @property
    def defaults(self) -> Mapping[tuple[type[Node], str], Json]:
        """What the vendor does where a document does not say, by kind and field."""

    @property
    def relatives(self) -> Mapping[str, Mapping[str, str]]:
        """Keys beyond the graph that another of the vendor's own formats has as well: by its provider, its key to the one here.

        ``emit`` takes their values over from the extras of that provider into documents that it makes.
        """

    def detect(self, document: Json) -> bool:
        """Whether this looks like one of the vendor's documents."""

    def records(self, document: Json) -> Iterator[tuple[str, Json]]:
        """The flows of a vendor's answer, each with its pointer. Raises DocumentError."""

    def parse(self, record: Json, pointer: str, log: Log) -> Reading:
        """One flow. Problems and errors go to the log; what cannot be read at all raises DocumentError."""

    def emit(self, flow: Flow, form: Form) -> Writing:
        """The document of a flow that the vendor can hold."""


@runtime_checkable
class KeepsCalls(Protocol):
    """An adapter that reads recorded calls as well. Not every carrier has them."""

    def calls(self, document: Json) -> Iterator[tuple[str, CallRecord]]:
        """The calls of a vendor's answer, each with its pointer.

        Raises DocumentError, after the last, for those that cannot be read: all their errors in one.
        """


@runtime_checkable
class KeepsPlaces(Protocol):
    """An adapter that keeps with a node what its document says of the place where the node stands. Not every carrier does."""

    def heir(self, gone: Node, node: Node) -> tuple[Node, Node]:
        """Two nodes of which the second stands where the first did: what was kept there of the place is the second's now."""


@runtime_checkable
class KeepsStep(Protocol):
    """An adapter whose document says beside a fact what only follows from it. Not every carrier's does."""

    def in_step(self, original: Flow, edited: Flow, form: Form) -> tuple[Mapping[str, Json], tuple[Problem, ...]]:
        """What an edited flow keeps, with what follows from its facts as they are now; and what may contradict them, by node."""


@runtime_checkable
class SpeaksUnasked(Protocol):
    """An adapter that knows what callers hear where its document names no prompt. Not every carrier says so."""

    def unasked(self, node: Node) -> str | None:
        """What callers hear instead of a greeting, in a person's words; "nothing", or None where nobody knows or there is one."""


@runtime_checkable
class KnowsIds(Protocol):
    """An adapter that knows what its carrier rings by an id, and how such an id looks. Not every carrier says so."""

    def expected(self, reference: Reference) -> str | None:
        """What would ring there, in a person's words, where this id of the carrier's own cannot; None where it may."""


@runtime_checkable
class SharesIds(Protocol):
    """An adapter of one of its vendor's formats, some ids of which mean the same in another. Most vendors have one format."""

    def shared(self, reference: Reference) -> Reference:
        """What flows hold for an id of this format: that of the other where both have it, else the very same."""


@cache
def _entry_points() -> Mapping[str, EntryPoint]:
    return {entry.name: entry for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name)}


def providers() -> tuple[str, ...]:
    """The names of all carriers that can be read and written, sorted."""
    return tuple(_entry_points())


def find(provider: str) -> Adapter:
    """The adapter of this name. Raises FlowError for a name that nobody has, with the nearest one."""
    if not isinstance(provider, str):
        raise FlowError(f"a provider is named by text, not by {type(provider).__name__}")
    return _find(provider)


@cache
def _find(provider: str) -> Adapter:
    entry = _entry_points().get(provider)
    if entry is None:
        from difflib import get_close_matches

        near = get_close_matches(provider, providers(), n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(providers())}"
        raise FlowError(f"no provider is called {provider!r}{hint}")
    adapter: Adapter = entry.load()
    return adapter


def detect(document: Json) -> str:
    """The one provider whose document this looks like. Raises DocumentError if none or several fit."""
    fitting = [name for name in providers() if find(name).detect(document)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise DocumentError(f"looks like a document of {' and of '.join(fitting)}; say which with --from")
    raise DocumentError(f"is no document of {', '.join(providers())} that unicall knows: {brief(document)}")
