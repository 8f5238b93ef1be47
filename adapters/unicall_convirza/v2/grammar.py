"""What a record and a request can say, as a grammar over places.

Assumed where the vendor is silent: hunts of one number and twelve overflow numbers, three levels of menus, hours only inside menus
(the hours of a record are integers; unicall writes them where the user knows what they mean). Nobody knows whether a request
can have a choice by region, shares, hours, a voicemail or an outbound line at the start of a flow: it holds them only where one was
read. What surprises people: whatever a document of the vendor holds must fit in here too, so that it is written back as it was.
"""

from __future__ import annotations

from collections.abc import Mapping

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
from unicall_convirza.facts import OVERFLOW_AT_MOST, Facts, is_key, outbound_of
from unicall_convirza.v2.flat import FLAT_TARGET, can_be_written
from unicall_convirza.v2.geo import PLACE_TARGET, lists_places
from unicall_convirza.v2.hunt import DEFAULT_RINGTO
from unicall_convirza.v2.menu import LEVELS, TARGET
from unicall_convirza.v2.number import PROVIDER, V3, rings
from unicall_convirza.v2.request import was_read
from unicall_convirza.v2.schedule import RING_TO
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
    """Overflow numbers; beyond what the vendor allows only those that were read beyond it."""
    after = {
        f"overflow{n}": {Ring: Room(exits={OTHERWISE: f"overflow{n + 1}"}), Voicemail: Room()}
        for n in range(1, OVERFLOW_AT_MOST + 1)
    }
    beyond = f"overflow{OVERFLOW_AT_MOST + 1}"
    read = Room(exits={OTHERWISE: beyond}, takes=lambda node: (shape_of(node, "overflow") or {}).get("beyond") is True)
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
    Region: Room(exits={"*": "office", OTHERWISE: "default"}, takes=lists_places),
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
    return shape_of(schedule, "item") is not None or was_read(schedule)


_ITEMS = [_opening(f"item{n}", _ITEM, _menu(n + 1), recorded=False) for n in range(1, LEVELS + 1)]
_BELOW: Mapping[str, Rooms] = {
    **{place: rooms for level in _ITEMS for place, rooms in level.items()},
    **_hunt(),
    "box": {Voicemail: Room()},
    "share": _ONE,
    "office": {**_ONE, **_VENDOR},
    "window": {**_ONE, **_VENDOR},
    "default": {**_ONE, **_VENDOR, Hangup: Room()},
    "fallback": {**_ONE, **_VENDOR},
    "hours": {**_HUNT, **_VENDOR},
}


def _start_of_record(facts: Facts) -> Mapping[str, Rooms]:
    """A schedule only where its integers are known."""
    flat = Room(exits={"*": "window", OTHERWISE: "default"}, takes=lambda node: can_be_written(facts, node))
    routes: Rooms = {**_RECORD, **({Schedule: flat} if facts.reads_flat else {})}
    return _opening("start", routes, _menu(1), recorded=True)


def _where_read(room: Room) -> Room:
    """What nobody knows to be accepted stands only where it was read."""
    return evolve(room, takes=was_read)


def _behind_region(node: Node, label: str) -> str:
    return "office" if label != OTHERWISE else "default" if was_read(node) else "fallback"


def _behind_announcement(node: Node, label: str) -> str:
    if not _is_disclaimer(node):
        return "start:told"
    return "start:menu" if was_read(node) else "start:disclaimed"


def _is_creatable(node: Node) -> bool:
    return _own(node) and (was_read(node) or (isinstance(node, VendorNode) and node.word == DEFAULT_RINGTO.name))


def _start_of_request(*, wraps: bool) -> Mapping[str, Rooms]:
    """Simple routes and menus; a menu with a disclaimer before it only where that was read.

    ``wraps``: a route that only a menu item can hold may stand here, even recorded, because a menu is put before it.
    """
    region = Room(exits=_RECORD[Region].exits, leads=_behind_region)
    unsure: Rooms = {Schedule: _ITEM[Schedule], Region: region, Voicemail: Room()}
    routes: Rooms = {
        Ring: _HUNT[Ring],
        Hangup: Room(),
        VendorNode: Room(exits=_VENDOR[VendorNode].exits, takes=_is_creatable),
        Split: _where_read(_RECORD[Split]),
        **{kind: room if wraps else _where_read(room) for kind, room in unsure.items()},
    }
    announce = Room(
        exits={NEXT: "start:told"}, takes=lambda node: _is_disclaimer(node) or _is_message(node), leads=_behind_announcement
    )
    record = Room(exits={NEXT: "wrapped:recorded"}, takes=lambda node: isinstance(node, RecordCall) and node.on)
    return {
        **_opening("start", routes, {}, recorded=False),
        **_opening("wrapped", unsure, {}, recorded=False),
        "start": {Announce: announce, **routes, **_menu(1), **({RecordCall: record} if wraps else {})},
        "start:menu": {Announce: Room(exits={NEXT: "start:route"}, takes=_is_message), **routes, **_menu(1)},
    }


#: The key that says who rings, by the place or the first part of its name: without it, nobody is named there.
_NAMING: Mapping[str, str] = {
    "hours": RING_TO.name, "office": PLACE_TARGET.name, "window": FLAT_TARGET.name, "start": DEFAULT_RINGTO.name,
    **dict.fromkeys(("wrapped", *(f"item{level}" for level in range(1, LEVELS + 1))), TARGET),
}  # fmt: skip


def _nobody(place: str) -> Node | None:
    word = _NAMING.get(place.partition(":")[0])
    return None if word is None else VendorNode(provider=PROVIDER, word=word)


def holds(form: Form, facts: Facts, *, wraps: bool = False) -> Holds:
    """What a document of this form can say, with these facts."""
    start = _start_of_record(facts) if form == "record" else _start_of_request(wraps=wraps)
    return Holds(
        places={**start, **_BELOW},
        back_to_parent_menu=True,
        target=rings,
        in_turn=False,
        recurrence=recurrence,
        windows=1,
        unknown_hours=_read_here,
        records_first=True,
        adopts=outbound_of(PROVIDER, V3),
        says_end=True,
        nobody=_nobody,
    )
