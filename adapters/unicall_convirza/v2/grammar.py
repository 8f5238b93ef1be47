"""What a record can say, as a grammar over places.

Assumed where the vendor is silent: hunts of one number and twelve overflow numbers, three levels of menus, hours only inside menus
(the hours of a record are integers that nobody can read, so unicall does not write them). What surprises people: whatever a record
of the vendor holds must fit in here too, so that it is written back as it was.
"""

from __future__ import annotations

from collections.abc import Mapping

from unicall.adapter import Holds, Room
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
from unicall_convirza.facts import OVERFLOW_AT_MOST, is_key
from unicall_convirza.v2.menu import LEVELS
from unicall_convirza.v2.number import PROVIDER, rings
from unicall_convirza.v2.schedule import can_be_said as recurrence
from unicall_convirza.v2.voice import THE_DISCLAIMER, can_be_said
from unicall_convirza.v2.writing import shape_of

Rooms = dict[type[Node], Room]


def _own(node: Node) -> bool:
    return isinstance(node, VendorNode) and node.provider == PROVIDER


def _is_disclaimer(node: Node) -> bool:
    return isinstance(node, Announce) and node.prompt == THE_DISCLAIMER


def _is_message(node: Node) -> bool:
    return isinstance(node, Announce) and can_be_said(node.prompt) and not node.endless


def _announce(place: str, disclaimed: str) -> Room:
    """A disclaimer or a message; the other of the two may follow."""
    return Room(
        exits={NEXT: f"{place}:told"},
        takes=lambda node: _is_disclaimer(node) or _is_message(node),
        leads=lambda node, label: f"{place}:{disclaimed}" if _is_disclaimer(node) else f"{place}:told",
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
        f"{place}:told": {Announce: Room(exits=last, takes=_is_disclaimer), **routes},
        f"{place}:route": routes,
    }


def _hunt() -> Mapping[str, Rooms]:
    """Overflow numbers; more than the vendor allows only where they were read."""
    after = {
        f"overflow{n}": {Ring: Room(exits={OTHERWISE: f"overflow{n + 1}"}), Voicemail: Room()}
        for n in range(1, OVERFLOW_AT_MOST + 1)
    }
    beyond = f"overflow{OVERFLOW_AT_MOST + 1}"
    read = Room(exits={OTHERWISE: beyond}, takes=lambda node: shape_of(node, "overflow") is not None)
    return {**after, beyond: {Ring: read, Voicemail: Room()}}


def _together(node: Node, label: str) -> str:
    return "box" if isinstance(node, Ring) and len(node.targets) > 1 else "overflow1"


_HUNT: Rooms = {Ring: Room(exits={OTHERWISE: "overflow1"}, leads=_together), Voicemail: Room()}
_ONE: Rooms = {Ring: Room(exits={OTHERWISE: "box"}), Voicemail: Room()}
_VENDOR: Rooms = {VendorNode: Room(exits={"*": "office", OTHERWISE: "default"}, takes=_own)}
_RECORD: Rooms = {
    **_HUNT,
    **_VENDOR,
    Hangup: Room(),
    Split: Room(exits={"*": "share"}),
    Region: Room(exits={"*": "office", OTHERWISE: "default"}),
}
_ITEM: Rooms = {
    **_HUNT,
    **_VENDOR,
    Hangup: Room(),
    Schedule: Room(exits={"*": "hours", OTHERWISE: "fallback"}),
    Region: Room(exits={"*": "office", OTHERWISE: "fallback"}),
}


def _menu(level: int) -> Rooms:
    return {Menu: Room(exits={"*": f"item{level}"}, labels=is_key)} if level <= LEVELS else {}


def _read_here(schedule: Schedule) -> bool:
    return shape_of(schedule, "item") is not None


_ITEMS = [_opening(f"item{n}", _ITEM, _menu(n + 1), recorded=False) for n in range(1, LEVELS + 1)]
_PLACES: Mapping[str, Rooms] = {
    **_opening("start", _RECORD, _menu(1), recorded=True),
    **{place: rooms for level in _ITEMS for place, rooms in level.items()},
    **_hunt(),
    "box": {Voicemail: Room()},
    "share": _ONE,
    "office": {**_ONE, **_VENDOR},
    "default": {**_ONE, **_VENDOR, Hangup: Room()},
    "fallback": _ONE,
    "hours": {**_HUNT, **_VENDOR},
}

HOLDS = Holds(
    places=_PLACES,
    back_to_parent_menu=True,
    target=rings,
    in_turn=False,
    recurrence=recurrence,
    windows=1,
    unknown_hours=_read_here,
    records_first=True,
)
