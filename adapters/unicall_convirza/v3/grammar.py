"""What a route can say, as a grammar over places.

All assumed: what v2 can say, and beyond it hours at the start of a flow, overflow numbers in every branch, and AI voice agents.
What surprises people: whatever a route of the vendor's holds must fit in here too, so that it is written back as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from attrs import evolve

from unicall.adapter import Form, Holds, Room
from unicall.graph import (
    NEXT,
    OTHERWISE,
    Announce,
    Hangup,
    Menu,
    Node,
    RecordCall,
    Region,
    Ring,
    Schedule,
    Split,
    VendorNode,
    Voicemail,
)
from unicall_convirza.facts import OVERFLOW_AT_MOST, is_key, outbound_of
from unicall_convirza.v2.number import PROVIDER as V2
from unicall_convirza.v3.agent import is_agent_ring
from unicall_convirza.v3.menu import LEVELS
from unicall_convirza.v3.number import PROVIDER, is_agent, rings
from unicall_convirza.v3.schedule import can_be_said as recurrence
from unicall_convirza.v3.schedule import is_own
from unicall_convirza.v3.voice import can_be_said, is_disclaimer
from unicall_convirza.v3.writing import shape_of

Rooms = dict[type[Node], Room]


def _own(node: Node) -> bool:
    return isinstance(node, VendorNode) and node.provider == PROVIDER


def _is_message(node: Node) -> bool:
    return isinstance(node, Announce) and can_be_said(node.prompt) and not node.endless


def _numbers(node: Node) -> bool:
    return isinstance(node, Ring) and not any(is_agent(rung.target) for rung in node.targets)


def _announce(place: str, disclaimed: str) -> Room:
    """A disclaimer or a message; the other of the two may follow."""
    return Room(
        exits={NEXT: f"{place}:told"},
        takes=lambda node: is_disclaimer(node) or _is_message(node),
        leads=lambda node, label: f"{place}:{disclaimed}" if is_disclaimer(node) else f"{place}:told",
    )


def _opening(place: str, routes: Rooms, menu: Rooms, *, recorded: bool) -> Mapping[str, Rooms]:
    """Recording, disclaimer and message before a route. ``recorded``: whether a menu may follow a recording."""
    first: Rooms = {Announce: _announce(place, "disclaimed")}
    behind: Rooms = {Announce: _announce(place, "disclaimed" if recorded else "warned")}
    record = Room(exits={NEXT: f"{place}:recorded"}, takes=lambda node: isinstance(node, RecordCall) and node.on)
    last = {NEXT: f"{place}:route"}
    return {
        place: {RecordCall: record, **first, **routes, **menu},
        f"{place}:recorded": {**behind, **routes, **(menu if recorded else {})},
        f"{place}:disclaimed": {Announce: Room(exits=last, takes=_is_message), **routes, **menu},
        f"{place}:warned": {Announce: Room(exits=last, takes=_is_message), **routes},
        f"{place}:told": {Announce: Room(exits=last, takes=is_disclaimer), **routes},
        f"{place}:route": routes,
    }


def _hunt() -> Mapping[str, Rooms]:
    """Overflow numbers; beyond what the vendor allows only those that were read beyond it."""
    after = {
        f"overflow{n}": {Ring: Room(exits={OTHERWISE: f"overflow{n + 1}"}, takes=_numbers), Voicemail: Room()}
        for n in range(1, OVERFLOW_AT_MOST + 1)
    }
    beyond = f"overflow{OVERFLOW_AT_MOST + 1}"
    read = Room(exits={OTHERWISE: beyond}, takes=lambda node: (shape_of(node, "overflow") or {}).get("beyond") is True)
    return {**after, beyond: {Ring: read, Voicemail: Room()}}


def _behind(node: Node, label: str) -> str:
    if is_agent_ring(node):
        return "default"
    return "box" if isinstance(node, Ring) and len(node.targets) > 1 else "overflow1"


_VENDOR: Rooms = {VendorNode: Room(takes=_own)}
_HUNT: Rooms = {Ring: Room(exits={OTHERWISE: "overflow1"}, takes=_numbers, leads=_behind), Voicemail: Room()}
_BRANCH: Rooms = {**_HUNT, **_VENDOR, Hangup: Room()}
_LEAF: Rooms = {
    **_BRANCH,
    Schedule: Room(exits={"*": "branch", OTHERWISE: "default"}),
    Region: Room(exits={"*": "branch", OTHERWISE: "default"}),
}
_ROUTE: Rooms = {
    **_LEAF,
    Ring: Room(exits={OTHERWISE: "overflow1"}, takes=lambda node: _numbers(node) or is_agent_ring(node), leads=_behind),
    VendorNode: Room(exits={OTHERWISE: "default"}, takes=_own),
    Split: Room(exits={"*": "branch"}),
}


def _menu(level: int) -> Rooms:
    return {Menu: Room(exits={"*": f"item{level}"}, labels=is_key)} if level <= LEVELS else {}


_ITEMS = [_opening(f"item{n}", _LEAF, _menu(n + 1), recorded=False) for n in range(1, LEVELS + 1)]
_PLACES: Mapping[str, Rooms] = {
    **_opening("start", _ROUTE, _menu(1), recorded=True),
    **{place: rooms for level in _ITEMS for place, rooms in level.items()},
    **_hunt(),
    "branch": _BRANCH,
    "box": {Voicemail: Room()},
    "default": {
        Ring: Room(exits={OTHERWISE: "box"}, takes=_numbers),
        Voicemail: Room(),
        Hangup: Room(),
        **_VENDOR,
    },
}

_RECORD = Holds(
    places=_PLACES,
    back_to_parent_menu=True,
    target=rings,
    in_turn=False,
    recurrence=recurrence,
    windows=1,
    unknown_hours=is_own,
    records_first=True,
    adopts=outbound_of(PROVIDER, V2),
    says_end=True,
)


def holds(form: Form, ring_to: Callable[[str], str]) -> Holds:
    """A request names its number by an id that only the account knows; all else can be said in both forms.

    ``ring_to``: what an object of this kind calls who rings. Without it, nobody is named there.
    """

    def nobody(place: str) -> Node | None:
        kind = {"start": "route", "item": "item"}.get(place.partition(":")[0].rstrip("0123456789"))
        return None if kind is None else VendorNode(provider=PROVIDER, word=ring_to(kind))

    return evolve(_RECORD, ways_in=form == "record", nobody=nobody)
