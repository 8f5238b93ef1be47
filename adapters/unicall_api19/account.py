"""A live account at API19: all of it can be read, and little be written.

What surprises people: flows are made, named and removed in the portal alone; what can be written of one are addresses; and which
flow a number uses can be said but not asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import ClassVar

import httpx
from attrs import define, frozen

from unicall.live import credentials
from unicall.live.carrier import Account, Action, Credential, Difference, Held, Piece
from unicall.problem import DocumentError, FlowError, Problem, ProviderError, Severity
from unicall.wire import Json, brief, pointer
from unicall_api19.client import MODES, Client
from unicall_api19.target import PROVIDER, TITLE
from unicall_api19.update import BOX, CALL_FLOW_ID, E164, REQUIRED, SIP_PORT_OF_ALL, WAIT_TIME, is_request

FLOWS, FAXES, NUMBERS = "call_flows", "fax_flows", "numbers"
FAX = "fax/"  # how the id of a fax flow begins here, as call flows count from 1 as well
MAIN = "new:flow"

#: Arguments that no answer gives back.
NEVER_TOLD = frozenset({BOX.name, "make_default"})

RESPELLED = f"/{E164}"  # where a record may say "Yes" or true, and the argument says "yes"
MISSING = "UC406"  # the code of a required argument that is missing: what an entry says is no less than that

BY_HAND: Mapping[Action, str] = {
    "create": "make the call flow in the portal, with any address, and name its id",
    "delete": "remove it in the portal",
}


@define
class Api19Account:
    """One account."""

    client: Client

    @property
    def address(self) -> str:
        """The API; what account a key belongs to, no answer says."""
        return self.client.api.base

    def flows(self) -> Iterator[Held]:
        """Call flows, then fax flows, each whole."""
        listed = self.client.callflows()
        for kind in (FLOWS, FAXES):
            for entry in _entries(listed, kind):
                name = entry.get("name")
                yield Held((FAX if kind == FAXES else "") + _id_of(entry), name if isinstance(name, str) else None, entry)

    def bundle(self, held: Held) -> Json:
        """The entry of the list."""
        fax = held.id.startswith(FAX)
        found = held.document if held.document is not None else self.read(FAXES if fax else FLOWS, held.id.removeprefix(FAX))
        if found is None:
            raise ProviderError(f"there is no flow {held.id}", provider=PROVIDER)
        return found

    def remembering(self) -> AbstractContextManager[None]:
        """What was answered is not asked for again."""
        return self.client.api.remembering()

    def caution(self, way: str) -> str | None:
        """Nothing that a call says."""
        return None

    def read(self, kind: str, key: str) -> Json | None:
        """One entry of the list. Which flow a number uses is not told."""
        if kind == NUMBERS:
            return None
        return next((entry for entry in _entries(self.client.callflows(), kind) if _id_of(entry) == key), None)

    def listed(self, kind: str) -> dict[str, str | None]:
        """The ids of a list; numbers have none."""
        entries = [] if kind == NUMBERS else _entries(self.client.callflows(), kind)
        return {_id_of(entry): entry["name"] if isinstance(entry.get("name"), str) else None for entry in entries}

    def create(self, kind: str, document: Json) -> str:
        """No call does."""
        raise _by_hand("create", kind)

    def replace(self, kind: str, key: str, document: Json) -> None:
        """What a call flow says; or of ``numbers`` which flow one uses, as ``{"call_flow_id": "1"}``, or ``fax_flow_id``."""
        if kind == NUMBERS:
            self.client.change(key, call_flow_id=document.get(CALL_FLOW_ID), fax_flow_id=document.get("fax_flow_id"))
        elif kind == FLOWS:
            self.client.update({CALL_FLOW_ID: key, **{name: value for name, value in document.items() if name != CALL_FLOW_ID}})
        else:
            raise _by_hand("replace", kind)

    def delete(self, kind: str, key: str) -> None:
        """No call does."""
        raise _by_hand("delete", kind)


def _entries(listed: Mapping[str, Json], kind: str) -> list[Json]:
    entries = listed.get(kind) or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ProviderError(f"expected objects under {kind}, got {brief(entries)}", provider=PROVIDER)
    return entries


def _id_of(entry: Mapping[str, Json]) -> str:
    said = entry.get("id")
    return "" if said is None else str(said)


def _by_hand(action: Action, kind: str) -> ProviderError:
    return ProviderError(CARRIER.unable(action, kind) or "", provider=PROVIDER)


@frozen
class Api19Carrier:
    """What the API can do."""

    provider: ClassVar[str] = PROVIDER
    url: ClassVar[str] = "https://v1.api19.com"
    at_once: ClassVar[int] = 1
    flow_kind: ClassVar[str] = FLOWS
    id_key: ClassVar[str] = "id"
    id_argument: ClassVar[str] = CALL_FLOW_ID
    stands_unreached: ClassVar[bool] = True
    stays: ClassVar[str | None] = "ports and waits stand there as text"
    shared: ClassVar[frozenset[str]] = frozenset()
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("key", "the API token of the account"),
        Credential("mode", f"how the key is sent: {', '.join(MODES)}; whatever works where it is left out", secret=False),
        Credential("path", "the address of the list of call flows below the url, where it is not the usual", secret=False),
    )

    def configured(self, settings: Mapping[str, Json]) -> Api19Carrier:
        """Nothing to configure."""
        return self

    def open(self, http: httpx.Client, known: Mapping[str, str]) -> Account:
        """With the account's token."""
        mode = known.get("mode") or None
        if not known.get("key"):
            raise credentials.missing(self, "key")
        if mode is not None and mode not in MODES:
            raise FlowError(f"{PROVIDER}: the mode is {' or '.join(MODES)}, not {mode!r}")
        url = known.get("url") or self.url
        return Api19Account(Client(http, url, known["key"], mode, known.get("path") or None))

    def unable(self, action: Action, kind: str) -> str | None:
        """What only the portal can do."""
        if kind == FAXES and action == "replace":
            return f"{TITLE} has no call that writes a fax flow: change it in the portal"
        if action == "number":
            return f"which flow a number uses, {TITLE} does not tell: point it at the flow in the portal"
        if kind == NUMBERS or action not in BY_HAND:
            return None
        return f"{TITLE} has no call that does this: {BY_HAND[action]}"

    def unsure(self, action: Action, kind: str) -> str | None:
        """What only the sibling brand documents."""
        if kind == NUMBERS:
            return f"{TITLE} does not tell which flow a number uses: nothing can be read back"
        return f"the update is documented on a sibling brand of {TITLE} only" if action == "replace" else None

    def afterwards(self, kind: str, document: Json) -> str | None:
        """Nothing."""
        return None

    def undoable(self, kind: str, document: Json) -> tuple[Json, str | None]:
        """Without the arguments that no answer gives back."""
        untold = [name for name in document if name in NEVER_TOLD and document[name] not in (None, "")]
        if kind != FLOWS or not untold:
            return document, None
        said = " and ".join(f"{name} to {document[name]}" for name in untold)
        why = f"{TITLE} takes it and never tells it, so that no rollback could put back what is there"
        return {name: value for name, value in document.items() if name not in untold}, f"set {said} in the portal: {why}"

    def apart(self, document: Json) -> tuple[Piece, ...]:
        """The arguments of the update call, under the id that they name."""
        if not is_request(document):
            raise DocumentError("expected the arguments of the update call, as --form request writes them")
        key = document.get(CALL_FLOW_ID)
        return (Piece(FLOWS, MAIN if key in (None, "") else str(key), document),)

    def unique(self, kind: str, document: Json) -> tuple[str, ...]:
        """Nothing but its number."""
        return ()

    def ways_in(self, document: Json) -> tuple[str, ...]:
        """Numbers do not stand in a document."""
        return ()

    def staged(self, document: Json, mark: str) -> Json:
        """The same: no call reaches it but by the numbers that are pointed at it."""
        return document

    def opened(self, document: Json, staged: Json, ways: tuple[str, ...]) -> Json:
        """The same."""
        return staged

    def skeleton(self, document: Json) -> Json:
        """The same: it refers to nothing."""
        return document

    def writable(self, kind: str, stored: Json) -> Json:
        """The arguments that say what an entry says. Raises FlowError for an entry that says more than they can."""
        if kind != FLOWS:
            raise FlowError(f"{PROVIDER}: {self.unable('replace', kind) or f'no document of {kind} is written'}")
        request, dropped = _as_request(stored)
        missing = [name for name in REQUIRED if not request.get(name)]
        if missing and not dropped:
            raise FlowError(f"{PROVIDER}: the update call needs {' and '.join(missing)}, which {_id_of(stored)} does not say")
        if dropped:
            first = dropped[0]
            more = f" (and {len(dropped) - 1} more)" if len(dropped) > 1 else ""
            where = f"the update call cannot write all of {_id_of(stored)}: {first.pointer}"
            raise FlowError(f"{PROVIDER}: {where}: {first.message}{more}")
        return request

    def differences(self, kind: str, sent: Json, stored: Json) -> tuple[Difference, ...]:
        """Through the adapter, as the two never look alike: arguments that say something else, and what they cannot say."""
        if kind != FLOWS or not is_request(sent) or stored is None:
            return () if sent == stored else (Difference("", sent, stored),)
        request, dropped = _as_request(stored)
        names = dict.fromkeys([*sent, *(name for name in request if name not in (WAIT_TIME.name, SIP_PORT_OF_ALL.name, E164))])
        found = [
            Difference(pointer("", name), sent.get(name), request.get(name))
            for name in names
            if name not in (*NEVER_TOLD, CALL_FLOW_ID) and _text(name, sent.get(name)) != _text(name, request.get(name))
        ]
        return (*found, *(Difference(problem.pointer, None, problem.value) for problem in dropped))


def _text(name: str, value: Json) -> str:
    """How a form spells an argument; what it means to leave it out."""
    usual = {SIP_PORT_OF_ALL.name: str(SIP_PORT_OF_ALL.default), E164: "no"}
    return usual.get(name, "") if value in (None, "") else str(value)


def _as_request(stored: Json) -> tuple[Json, list[Problem]]:
    """An entry of the list as arguments of the update call, and what they cannot say of it."""
    from unicall.translation import translate

    said = translate(stored, source=PROVIDER, target=PROVIDER, form="request")
    dropped = [one for one in said.problems if one.severity != Severity.NOTE and one.code != MISSING and one.pointer != RESPELLED]
    return said.document, dropped


CARRIER = Api19Carrier()
