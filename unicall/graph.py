"""The neutral graph: what happens to a call, in words that no carrier owns.

A :class:`Flow` is a start, and nodes that refer to each other by id, so that branches may join and loop.
A node does one thing to the call and leaves by one of its named exits.
An outcome without an exit takes ``otherwise`` where the kind has one; else the call ends.

What surprises people: ``None`` means that the vendor does not say, and never "off" or "zero".
Durations are seconds, distances are miles, percentages run from 0 to 100, numbers are E.164 with a plus.
The words for outcomes follow CPL (RFC 3880); windows and recurrences follow iCalendar (see ``hours.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal, TypeAlias

from attrs import Factory, frozen

from unicall.hours import Hours
from unicall.problem import FlowError
from unicall.wire import Json

NodeId: TypeAlias = str
START: NodeId = "start"
OTHERWISE = "otherwise"
NEXT = "next"
#: An outcome as a SIP code (RFC 3261): an exit that a carrier names by the code, ``vinix/sip:486``, is that outcome's.
SIP_CODES: Mapping[str, str] = {"no_answer": "sip:480", "busy": "sip:486", "declined": "sip:603", "unreachable": "sip:503"}


@frozen
class Reference:
    """Something that only its own carrier can resolve: an id, of a kind, at a provider.

    ``kind`` is ``device``, ``user``, ``group``, ``mailbox``, ``agent``, ``audio``, ``queue``, ``flow`` ... or the vendor's word.
    """

    provider: str
    kind: str
    id: str


@frozen
class PhoneNumber:
    """A number of the public telephone network, E.164 with a plus."""

    number: str


@frozen
class SipAddress:
    """Where a SIP INVITE goes. ``port`` None leaves it to DNS or to 5060."""

    host: str
    port: int | None = None
    user: str | None = None


@frozen
class Speech:
    """Text that is spoken to the caller."""

    text: str
    voice: str | None = None
    language: str | None = None


Target: TypeAlias = PhoneNumber | SipAddress | Reference
Prompt: TypeAlias = Speech | Reference


@frozen
class RingTarget:
    """One who rings. ``delay`` and ``timeout`` in seconds; ``weight`` only counts where the order is weighted.

    ``confirm``: who answers has to press a key before the caller is put through. ``off``: it does not ring, because it is switched
    off, or passes on all its calls. ``also``: whom it passes calls on to, who rings in its place or together with it.
    """

    target: Target
    delay: float | None = None
    timeout: float | None = None
    weight: int | None = None
    confirm: bool = False
    off: bool = False
    also: Target | None = None


@frozen
class Place:
    """One place of a :class:`Region`. ``name`` is its exit; ``area_codes`` are known only where somebody said so."""

    name: str
    city: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    area_codes: tuple[str, ...] = ()
    reference: Reference | None = None


@frozen(kw_only=True)
class Node:
    """What all kinds share. ``label`` is the vendor's own name for it; ``extras`` belong to the adapters."""

    EXITS: ClassVar[tuple[str, ...]] = ()  # the exits this kind knows; a "*" stands for labels of its own
    SILENT: ClassVar[bool] = False  # the caller notices nothing when it is left out

    exits: Mapping[str, NodeId] = Factory(dict)
    label: str | None = None
    extras: Mapping[str, Json] = Factory(dict)


@frozen(kw_only=True)
class Announce(Node):
    """The caller hears a prompt. ``endless`` never goes on by itself."""

    EXITS = (NEXT,)
    prompt: Prompt
    times: int = 1
    endless: bool = False


@frozen(kw_only=True)
class Menu(Node):
    """The caller hears a greeting and presses keys.

    Exits: one per key; ``no_input`` (silence), ``invalid`` (a key without an exit), ``exhausted`` (all retries used up).
    Without ``no_input`` or ``invalid`` the greeting plays again until ``retries`` are used up. ``notice`` is heard behind the
    greeting by whoever comes to the menu, and not when the greeting plays again; ``invalid_prompt`` after a key without an exit,
    ``exit_prompt`` when all retries are used up, ``transfer_prompt`` after that where ``exhausted`` leads on. ``record_pin``:
    the digits by which a caller records a new greeting.
    """

    EXITS = ("*", "no_input", "invalid", "exhausted")
    greeting: Prompt | None = None
    notice: Prompt | None = None
    invalid_prompt: Prompt | None = None
    exit_prompt: Prompt | None = None
    transfer_prompt: Prompt | None = None
    record_pin: str | None = None
    retries: int | None = None
    timeout: float | None = None
    interdigit_timeout: float | None = None
    max_digits: int | None = None
    direct_dial: bool | None = None


@frozen(kw_only=True)
class Ring(Node):
    """Targets ring; answered ends the flow.

    ``together``: all at once, each after its delay. ``in turn``: one after the other, each for its own time, all bounded by
    ``timeout``. ``weighted``: in turn, in an order that is drawn. ``timeout`` is the whole attempt, tried ``repeats`` times.
    ``decline_ends``: one who declines does so for all.
    """

    EXITS = ("no_answer", "busy", "declined", "unreachable", OTHERWISE, "*")
    targets: tuple[RingTarget, ...]
    order: Literal["together", "in turn", "weighted"] = "together"
    timeout: float | None = None
    repeats: int = 1
    decline_ends: bool = False
    whisper: Prompt | None = None

    def __attrs_post_init__(self) -> None:
        """Raise FlowError for targets that are none."""
        if type(self.targets) is not tuple:
            raise FlowError("the targets of a Ring are a tuple of RingTarget")
        for rung in self.targets:
            if not isinstance(rung, RingTarget):
                raise FlowError("the targets of a Ring are a tuple of RingTarget")


@frozen(kw_only=True)
class Schedule(Node):
    """The first of the named hours that holds now takes its exit, or ``otherwise`` where it has none of its own."""

    EXITS = ("*", OTHERWISE)
    timezone: str | None = None
    hours: tuple[Hours, ...]

    def __attrs_post_init__(self) -> None:
        """Raise FlowError for hours that are none."""
        if type(self.hours) is not tuple or [named for named in self.hours if not isinstance(named, Hours)]:
            raise FlowError("the hours of a Schedule are a tuple of Hours")


@frozen(kw_only=True)
class Region(Node):
    """Where the caller is. ``radius`` in miles; ``ask`` when callers may key in where they are."""

    EXITS = ("*", OTHERWISE)
    by: Literal["area code", "postal code", "nearest area code", "nearest postal code", "state"] | None = None
    radius: float | None = None
    ask: bool | None = None
    places: tuple[Place, ...] = ()


@frozen(kw_only=True)
class CallerMatch(Node):
    """Is the caller's number one of these: a regular expression on it (not anchored), or a list that the vendor keeps."""

    EXITS = ("match", "no_match")
    pattern: str | None = None
    list: Reference | None = None


@frozen(kw_only=True)
class Split(Node):
    """A share of the calls, in percent, per exit."""

    EXITS = ("*",)
    shares: Mapping[str, float]


@frozen(kw_only=True)
class Voicemail(Node):
    """The caller leaves a message. ``mailbox`` None: the flow's own."""

    EXITS = (NEXT,)
    mailbox: Reference | None = None
    greeting: Prompt | None = None


@frozen(kw_only=True)
class Queue(Node):
    """The caller waits for an agent; ``next`` when not served."""

    EXITS = (NEXT,)
    queue: Reference | None
    priority: int | None = None


@frozen(kw_only=True)
class Subflow(Node):
    """Runs another flow; with ``next`` it comes back when that flow has come to its end, without it is a jump."""

    EXITS = (NEXT,)
    flow: Reference | None


@frozen(kw_only=True)
class Fax(Node):
    """Hands the call to a fax machine. ``recipients`` are e-mail addresses that get the fax."""

    EXITS = ()
    box: Reference | None = None
    recipients: tuple[str, ...] = ()


@frozen(kw_only=True)
class Conference(Node):
    """Hands the call to a conference room."""

    EXITS = ()
    room: Reference | None = None


@frozen(kw_only=True)
class Directory(Node):
    """Dial by name; ``next`` when nobody was found."""

    EXITS = (NEXT,)
    directory: Reference | None = None


@frozen(kw_only=True)
class Park(Node):
    """Parks the call at a slot."""

    EXITS = (NEXT,)
    slot: str | None = None


@frozen(kw_only=True)
class SetCallerId(Node):
    """Whoever rings from here on sees this caller."""

    EXITS = (NEXT,)
    SILENT = True
    name: str | None = None
    number: str | None = None


@frozen(kw_only=True)
class RecordCall(Node):
    """Recording starts here, or stops."""

    EXITS = (NEXT,)
    SILENT = True
    on: bool = True


@frozen(kw_only=True)
class SetLanguage(Node):
    """The language of the prompts from here on, as an IETF tag."""

    EXITS = (NEXT,)
    language: str


@frozen(kw_only=True)
class SetVariable(Node):
    """Variables of the call that other systems read."""

    EXITS = (NEXT,)
    SILENT = True
    values: Mapping[str, Json]


@frozen(kw_only=True)
class Notify(Node):
    """People are told of the call. ``recipients`` are e-mail addresses, or users of the carrier."""

    EXITS = (NEXT,)
    SILENT = True
    recipients: tuple[str | Reference, ...] = ()
    when: Literal["missed", "now", "end"] | None = None


@frozen(kw_only=True)
class Webhook(Node):
    """An HTTP request that nobody waits for."""

    EXITS = (NEXT,)
    SILENT = True
    url: str | None
    method: str | None = None


@frozen(kw_only=True)
class Pause(Node):
    """Nothing happens for this long."""

    EXITS = (NEXT,)
    seconds: float


@frozen(kw_only=True)
class Reject(Node):
    """The call is refused with a SIP code. ``prompt`` is heard before."""

    code: int
    reason: str | None = None
    prompt: Prompt | None = None


@frozen(kw_only=True)
class Hangup(Node):
    """The call ends."""


@frozen(kw_only=True)
class VendorNode(Node):
    """Something only one vendor has: kept verbatim, never run as if understood.

    ``word`` is the vendor's name for it, ``data`` its JSON, ``passes`` the exit taken when its effect is left out.
    """

    EXITS = ("*",)
    provider: str
    word: str
    data: Json = None
    passes: str | None = None


KINDS: Mapping[str, type[Node]] = {
    kind.__name__: kind
    for kind in (
        Announce, Menu, Ring, Schedule, Region, CallerMatch, Split, Voicemail, Queue, Subflow, Fax, Conference, Directory,
        Park, SetCallerId, RecordCall, SetLanguage, SetVariable, Notify, Webhook, Pause, Reject, Hangup, VendorNode,
    )
}  # fmt: skip


@frozen
class EntryPoint:
    """How calls come in: a ``number`` (E.164), an ``extension``, a ``pattern`` (regular expression) or a ``placeholder``."""

    kind: Literal["number", "extension", "pattern", "placeholder"]
    value: str


@frozen(kw_only=True)
class Settings:
    """What has no node kind. ``active`` False: the carrier does not run the flow at all."""

    active: bool | None = None
    notify: tuple[str, ...] = ()
    spam_filter: bool | None = None
    spam_threshold: int | None = None


@frozen
class Resource:
    """A referenced document that came with the flow.

    ``document`` is the shape of one whose facts stand on nodes (see ``wire.py``), else ``{"raw": the document}``.
    """

    provider: str
    section: str
    id: str
    document: Json


@frozen(kw_only=True)
class Flow:
    """What happens to a call that arrives at one of ``entry_points``. ``start`` None: nothing at all."""

    name: str | None = None
    start: NodeId | None = None
    nodes: Mapping[NodeId, Node] = Factory(dict)
    entry_points: tuple[EntryPoint, ...] = ()
    settings: Settings = Settings()
    resources: tuple[Resource, ...] = ()
    subflows: Mapping[str, Flow] = Factory(dict)
    extras: Mapping[str, Json] = Factory(dict)


def child_id(parent: NodeId | None, label: str) -> NodeId:
    """The id of the node that ``label`` first leads to: the path of labels from the start. No node has an empty one.

    >>> child_id(child_id("start", "1"), "otherwise")
    '1.otherwise'
    """
    step = label.replace("~", "~0").replace(".", "~1") if "." in label or "~" in label else label
    step = f"~2{START}" if step == START else step or "~3"
    return step if parent is None or parent == START else f"{parent}.{step}"


def outcome_exit(node: Ring, outcome: str) -> str | None:
    """The exit of a ring that is this outcome's own: by its name, else by its SIP code.

    >>> outcome_exit(Ring(targets=(), exits={"vinix/sip:486": "1"}), "busy")
    'vinix/sip:486'
    """
    if outcome in node.exits:
        return outcome
    return next((label for label in node.exits if label.endswith(f"/{SIP_CODES[outcome]}")), None)


def walk(flow: Flow) -> Iterator[tuple[NodeId, Node]]:
    """The nodes that the start reaches, each once, exits in their order, depth first."""
    seen: set[NodeId] = set()
    todo = [] if flow.start is None else [flow.start]
    while todo:
        at = todo.pop()
        if at in seen or at not in flow.nodes:
            continue
        seen.add(at)
        node = flow.nodes[at]
        yield at, node
        if node.exits:
            todo.extend(reversed(list(node.exits.values())))


def text_of(target: Target | Prompt) -> str:
    """A target or prompt on one line: ``+12025550142``, ``sip:192.0.2.10:5060``, ``device:694``, or the spoken text.

    >>> text_of(SipAddress("2001:db8::1", 5060))
    'sip:[2001:db8::1]:5060'
    """
    if isinstance(target, PhoneNumber):
        return target.number
    if isinstance(target, Reference):
        return f"{target.kind}:{target.id}"
    if isinstance(target, Speech):
        return target.text
    host = f"[{target.host}]" if ":" in target.host else target.host
    return f"sip:{'' if target.user is None else target.user + '@'}{host}{'' if target.port is None else f':{target.port}'}"


FACTS: Mapping[type, tuple[str, ...]] = {
    kind: tuple(f.name for f in kind.__attrs_attrs__ if f.name not in ("exits", "extras"))  # type: ignore[attr-defined]
    for kind in (*KINDS.values(), Settings)
}
