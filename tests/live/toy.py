"""The pure half of a carrier that takes Vinix's documents just as they come: enough to test what no vendor is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from unicall.live.carrier import Account, Action, Credential, Difference, Piece
from unicall.live.differing import unmet
from unicall.wire import Json

if TYPE_CHECKING:
    import httpx

ORDER = ("media", "devices", "users", "vmboxes", "menus", "temporal_rules", "temporal_rules_sets", "groups", "callflows")


class Toy:
    """The carrier. ``cannot`` and ``guesses``: what it says of actions."""

    provider = "vinix"
    credentials: tuple[Credential, ...] = ()
    url = "https://toy.example.com"
    at_once = 2
    flow_kind = "callflows"
    id_key = id_argument = "id"
    stands_unreached = True
    stays: str | None = None
    shared = frozenset({"media", "devices", "temporal_rules"})

    def __init__(self, cannot: Mapping[Action, str] | None = None, guesses: Mapping[Action, str] | None = None) -> None:
        self.cannot = cannot or {}
        self.guesses = guesses or {}

    def configured(self, settings: Mapping[str, Json]) -> Toy:
        return self

    def open(self, http: httpx.Client, known: Mapping[str, str]) -> Account:
        raise NotImplementedError("its accounts are kept in memory; nobody opens one")

    def unable(self, action: Action, kind: str) -> str | None:
        return self.cannot.get(action)

    def unsure(self, action: Action, kind: str) -> str | None:
        return self.guesses.get(action)

    def afterwards(self, kind: str, document: Json) -> str | None:
        return None

    def undoable(self, kind: str, document: Json) -> tuple[Json, str | None]:
        return document, None

    def apart(self, document: Json) -> tuple[Piece, ...]:
        pieces = [Piece(kind, key, one["data"]) for kind in ORDER for key, one in document.get(kind, {}).items()]
        return (*pieces, Piece("callflows", "new:flow", document["callflow"]["data"]))

    def unique(self, kind: str, document: Json) -> tuple[str, ...]:
        return (f"mailbox {document['mailbox']}",) if kind == "vmboxes" else ()

    def ways_in(self, document: Json) -> tuple[str, ...]:
        patterns = [one for one in document["patterns"] if not one.startswith("^new:")]
        return (*document["numbers"], *patterns)

    def staged(self, document: Json, mark: str) -> Json:
        return {**document, "numbers": [], "patterns": [f"^new:{mark}$"]}

    def opened(self, document: Json, staged: Json, ways: tuple[str, ...]) -> Json:
        patterns = [one for one in staged["patterns"] if not one.startswith("^new:")] + [way for way in ways if way.startswith("^")]
        numbers = [*staged["numbers"], *(way for way in ways if not way.startswith("^"))]
        return {**staged, "numbers": numbers, "patterns": patterns}

    def skeleton(self, document: Json) -> Json:
        return {**document, "flow": {"module": "noop", "data": {}, "children": {}}}

    def writable(self, kind: str, stored: Json) -> Json:
        return stored

    def differences(self, kind: str, sent: Json, stored: Json) -> tuple[Difference, ...]:
        return tuple(unmet(sent, stored))
