"""A live account of Convirza v2: its flows, and the numbers by which calls reach them.

Documented: the list with routes gives every flow whole, so reading an account is reading that list. Assumed: most of what writes
(see ``client.py`` and ``UNSURE``). What surprises people: a body without a number updates the flow that it names, and one with a
number needs the id of that number in the account's inventory, which only the carrier knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, ClassVar, Final

from attrs import Factory, define, evolve, frozen

from unicall.adapter import NEW
from unicall.live.api import safe
from unicall.live.carrier import Action, Credential, Difference, Held, Piece
from unicall.live.credentials import missing
from unicall.numbers import e164, national
from unicall.problem import FlowError
from unicall.settings import read as read_settings
from unicall.translation import translate
from unicall.wire import Json, brief, pointer
from unicall_convirza import compared
from unicall_convirza.facts import OUTBOUND, ROUTE
from unicall_convirza.v2 import client, menu
from unicall_convirza.v2.client import Client, Login
from unicall_convirza.v2.document import ADAPTER
from unicall_convirza.v2.flow import NAME, ROUTABLE
from unicall_convirza.v2.number import PROVIDER
from unicall_convirza.v2.request import NUMBER, STAYS, WAY_IN_AT, is_menus

if TYPE_CHECKING:
    import httpx

FLOWS: Final = "callflows"
LOCATIONS, PROMPTS = "locations", "prompts"  # what a bundle brings along
NEW_FLOW: Final = "new:flow"
ID, NUMBER_ID, POOL = "call_flow_id", "phone_number_id", "number_pool"
DNIS, TEXT = WAY_IN_AT.read.name, WAY_IN_AT.write.name

#: What the server makes and changes by itself: the times, the ids of inner objects, and what only the answer for one flow has.
COMPUTED: Final = frozenset(
    (
        *("call_flow_created", "created_at", "updated_at", "routable_id", "ivr_option_id", "ivr_created_at", "ivr_updated_at"),
        *("geo_created_at", "geo_updated_at", "sch_created_at", "sch_updated_at"),
        *("channel", "channel_category", "channel_sub_category"),
    )
)
#: Keys beyond the graph that both forms have, and that a write must keep.
COMPARED: Final = ("group_id", "channel_id", "repeat_interval", "call_value", "webhook_enabled")

#: What is not documented about an action on flows.
UNSURE: Final[Mapping[Action, str]] = {
    "create": (
        "the endpoint and body for menus are documented; those for all other routes are assumed, and nobody knows whether the"
        " carrier takes places, shares, hours or a voicemail at the start of a flow, nor whether it makes a flow without a number"
    ),
    "replace": (
        "that a body with call_flow_id and without a number updates that flow is assumed, and that it leaves alone what it does not"
        " say (recording, campaign, webhook)"
    ),
    "delete": "the vendor documents that flows can be deleted, not how: the path is assumed, and deleting cannot be undone",
    "number": (
        "searching and reserving numbers is documented; that a flow which has none takes one by an update is assumed, and so is how"
        " the search is told the number"
    ),
}
#: What nobody can do through the API as far as it is known, and what a person does.
UNABLE: Final[Mapping[str, str]] = {
    LOCATIONS: "the body that adds locations is not documented: add the list in the portal, and give its id in the references",
    PROMPTS: "uploading prompts is documented by name only: upload it in the portal, and give its id in the references",
}
NAME_OF_CHOICE: Final = f"/{menu.SINGLE.label.name}"  # no record has it: the options of one level are documented without a name
OUTBOUND_ROUTE: Final = ROUTE.encode("outbound")


@define
class V2Account:
    """One account. See ``unicall.live.carrier.Account``."""

    client: Client
    username: str

    @property
    def address(self) -> str:
        """The API and who uses it: the vendor has no id of an account in its paths."""
        return f"{self.client.api.base} as {self.username}"

    def flows(self) -> Iterator[Held]:
        """All flows of the list with routes, to the last page. The vendor leaves out what its new portal does not have.

        How many flows a page holds at most is not documented, so a short page is no end: one that brings nothing new is. Raises
        ProviderError where that is a full page again, because then nobody knows what stands behind it.
        """
        seen: set[str] = set()
        offset = 0
        while True:
            page = self._page(offset)
            new = {key: record for record in page if (key := str(record[ID])) not in seen}
            yield from (Held(key, _name(record), record, _dnis(record)) for key, record in new.items())
            if not new and len(page) == client.PAGE:
                raise self.client.wrong("GET", client.LIST, f"gives the same flows again behind {offset}: the list has no end")
            if not new:
                return
            seen |= new.keys()
            offset += len(page)

    def _page(self, offset: int) -> list[Json]:
        page = self.client.list_with_routes(client.PAGE, offset)
        strange = next((one for one in page if not isinstance(one, dict) or one.get(ID) is None), None)
        if strange is not None:
            raise self.client.wrong("GET", client.LIST, f"holds what is no flow: {brief(strange)}")
        return page

    def bundle(self, held: Held) -> Json:
        """The record: the list gives it whole, and no path is documented for what it refers to."""
        record = held.document if held.document is not None else self.read(FLOWS, held.id)
        if record is None:
            raise self.client.wrong("GET", client.PLAIN, f"the flow {held.id} is gone")
        return record

    def remembering(self) -> AbstractContextManager[None]:
        """What was answered is not asked for again."""
        return self.client.api.remembering()

    def read(self, kind: str, key: str) -> Json | None:
        """A flow, by its id where that answers with its routes, else from the list, as it is documented."""
        _only_flows(kind)
        found = self.client.get(key)
        if not isinstance(found, dict) or str(found.get(ID)) != key or ROUTABLE.name not in found:
            found = next((held.document for held in self.flows() if held.id == key), None)
        return None if found is None else _lasting(found)

    def listed(self, kind: str) -> Mapping[str, str | None]:
        """The ids of all flows, each with its name."""
        _only_flows(kind)
        return {held.id: held.name for held in self.flows()}

    def create(self, kind: str, document: Json) -> str:
        """Make a flow; its id."""
        _only_flows(kind)
        body = {key: value for key, value in body_of(document).items() if key != ID}
        made = self._post(self._numbered(body))
        if len(made) != 1:
            text = f"made a flow, and says {len(made)} ids" if made else "made a flow, and does not say its id"
            raise self.client.wrong("POST", _path(body), text, "unknown")
        return made[0]

    def replace(self, kind: str, key: str, document: Json) -> None:
        """Put a flow in the place of another: a body with its id updates it. Its own number is not sent again."""
        _only_flows(kind)
        body = {ID: int(key) if key.isascii() and key.isdecimal() else key, **_without(body_of(document), ID)}
        if NUMBER in body and _has_number(self.read(kind, key), body[NUMBER]):
            body = _without(body, NUMBER)
        self._post(self._numbered(body))

    def _post(self, body: Mapping[str, Json]) -> list[str]:
        return (self.client.create_menus if is_menus(body) else self.client.create)([body])

    def delete(self, kind: str, key: str) -> None:
        """Remove a flow."""
        _only_flows(kind)
        self.client.delete(key)

    # The number.

    def caution(self, way: str) -> str | None:
        """Whose the number is. A way in that is no telephone number is nothing that could be looked for."""
        if e164(way) is None:
            return None
        entry = self._found(national(way))
        if entry is None:
            return "the account does not have it, and the carrier does not offer it: port it or reserve it before --with-numbers"
        if entry.get("number_id") is None:
            return "it is of the carrier's stock: moving it reserves it for the account, and no rollback gives it back"
        return None

    def _numbered(self, body: dict[str, Json]) -> dict[str, Json]:
        """The body with the id that its number has in the account's inventory."""
        _refuse_outbound(body)
        number = body.get(NUMBER)
        if not isinstance(number, dict) or number.get(NUMBER_ID) or number.get(TEXT) is None:
            return body
        return {**body, NUMBER: {NUMBER_ID: self._id_of(str(number[TEXT])), **_without(number, NUMBER_ID)}}

    def _id_of(self, number: str) -> int:
        """The id of a number: as the search says it, or as reserving it does."""
        entry = self._found(number)
        if entry is not None and entry.get("number_id") is None:
            answer = self.client.reserve_number(entry)
            said = answer[0] if isinstance(answer, list) and answer else answer
            named = isinstance(said, dict) and isinstance(said.get("number_id"), int)
            entry = said if named else self._found(number)
        held = None if entry is None else entry.get("number_id")
        if not isinstance(held, int):
            text = f"the account has no number {number}: reserve it by hand, or put its phone_number_id into the document"
            raise self.client.wrong("GET", client.SEARCH, text)
        return held

    def _found(self, number: str) -> dict[str, Json] | None:
        wanted = e164(number)
        found = (entry for entry in self.client.search_numbers(number) if isinstance(entry, dict))
        return next((entry for entry in found if wanted and e164(str(entry.get("number"))) == wanted), None)


def _only_flows(kind: str) -> None:
    if kind != FLOWS:
        raise FlowError(f"Convirza v2: {UNABLE.get(kind, f'no {kind} are known; there are {FLOWS}')}")


def _refuse_outbound(body: Mapping[str, Json]) -> None:
    if body.get(ROUTABLE.name) == OUTBOUND_ROUTE or body.get(OUTBOUND):
        raise FlowError("Convirza v2: path and body that create an outbound flow are not documented: make it in the portal")


def _name(record: Mapping[str, Json]) -> str | None:
    name = record.get(NAME.name)
    return name if isinstance(name, str) else None


def _dnis(record: Mapping[str, Json]) -> tuple[str, ...]:
    """The tracking number of a record."""
    number = record.get(DNIS)
    return () if number in (None, "") else (e164(str(number)) or str(number),)


def _lasting(document: Json) -> Json:
    """A record without what the server computes. The numbers of a flow, which only the answer for one flow lists, go too."""
    if isinstance(document, list):
        return [_lasting(entry) for entry in document]
    if not isinstance(document, dict):
        return document
    kept = {key: _lasting(value) for key, value in document.items() if key not in COMPUTED}
    return _without(kept, NUMBER) if isinstance(kept.get(NUMBER), list) else kept


def _without(body: Mapping[str, Json], *keys: str) -> dict[str, Json]:
    return {key: value for key, value in body.items() if key not in keys}


def _has_number(record: Json, number: Json) -> bool:
    """Whether calls to this number reach the flow already."""
    text = number.get(TEXT) if isinstance(number, dict) else None
    mine = record.get(DNIS) if isinstance(record, dict) else None
    return text is not None and mine is not None and e164(str(text)) is not None and e164(str(text)) == e164(str(mine))


def _path(body: Mapping[str, Json]) -> str:
    return client.MENUS if is_menus(body) else client.PLAIN


# The carrier: what is known without a call.


def body_of(document: Json) -> dict[str, Json]:
    """The one body of a flow in request form, out of its array or its bundle. Raises FlowError."""
    if isinstance(document, dict) and "call_flow" in document:
        document = document["call_flow"]
    if isinstance(document, list) and len(document) == 1:
        document = document[0]
    if not isinstance(document, dict):
        held = f"{len(document)} flows" if isinstance(document, list) else brief(document)
        raise FlowError(f"Convirza v2: expected the body of one flow, got {held}")
    return document


def _like(document: Json, body: dict[str, Json]) -> Json:
    """The body in what the document's own body came in."""
    if isinstance(document, dict) and "call_flow" in document:
        return {**document, "call_flow": _like(document["call_flow"], body)}
    return [body] if isinstance(document, list) else body


@frozen
class ConvirzaV2Carrier:
    """See ``unicall.live.carrier.Carrier``. ``settings``: what the user knows, as a table of a settings file."""

    settings: Mapping[str, Json] = Factory(dict)

    provider: ClassVar[str] = PROVIDER
    url: ClassVar[str] = client.URL
    at_once: ClassVar[int] = 1
    flow_kind: ClassVar[str] = FLOWS
    stands_unreached: ClassVar[bool] = False
    stays: ClassVar[str | None] = "a number of the carrier's stock that was moved stays reserved for the account"
    shared: ClassVar[frozenset[str]] = frozenset()
    id_key: ClassVar[str] = ID
    id_argument: ClassVar[str] = ID
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("username", "the e-mail address of a user of the account", secret=False),
        Credential("password", "the password of that user"),
        Credential("client_id", "the id of the application, as the vendor gives it out", secret=False),
        Credential("client_secret", "the secret of the application"),
        Credential("oauth_url", "the address of token requests, where it is not /oauth/token beside /v2", secret=False, default=""),
    )

    def configured(self, settings: Mapping[str, Json]) -> ConvirzaV2Carrier:
        """With what the user knows."""
        return evolve(self, settings=settings)

    def open(self, http: httpx.Client, known: Mapping[str, str]) -> V2Account:
        """An account; makes no call. Raises FlowError for a credential that is missing."""
        lacking = next((name for name in ("username", "password", "client_id", "client_secret") if not known.get(name)), None)
        if lacking is not None:
            raise missing(self, lacking)
        url = (known.get("url") or self.url).rstrip("/")
        token = known.get("oauth_url") or url.removesuffix(client.VERSION) + client.TOKEN
        safe(token)
        login = Login(token, known["username"], known["password"], known["client_id"], known["client_secret"])
        return V2Account(Client.of(http, url, login), known["username"])

    def unable(self, action: Action, kind: str) -> str | None:
        """Lists of locations and prompts are made by hand."""
        return None if kind == FLOWS else UNABLE.get(kind, f"nothing is known of {kind}")

    def unsure(self, action: Action, kind: str) -> str | None:
        """See ``UNSURE``."""
        return UNSURE[action] if kind == FLOWS else None

    def afterwards(self, kind: str, document: Json) -> str | None:
        """Nothing."""
        return None

    def undoable(self, kind: str, document: Json) -> tuple[Json, str | None]:
        """All of it can be read."""
        return document, None

    def apart(self, document: Json) -> tuple[Piece, ...]:
        """The flow. Lists of locations and prompts that only a bundle has stand before it: a person makes them."""
        body = body_of(document)
        _refuse_outbound(body)
        bundle = document if isinstance(document, dict) and "call_flow" in document else {}
        beside = [
            Piece(kind, key, inner)
            for kind in (LOCATIONS, PROMPTS)
            for key, inner in (bundle.get(kind) or {}).items()
            if key.startswith(NEW)
        ]
        return (*beside, Piece(FLOWS, NEW_FLOW, [body]))

    def unique(self, kind: str, document: Json) -> tuple[str, ...]:
        """Nothing but its number."""
        return ()

    def ways_in(self, document: Json) -> tuple[str, ...]:
        """The number of the flow, or its pool of numbers; of a record its tracking number."""
        body = body_of(document)
        said = tuple(way for way in (_number_of(body), _pool_of(body)) if way is not None)
        return said or _dnis(body)

    def staged(self, document: Json, mark: str) -> Json:
        """The flow without its number. Whether the carrier makes such a flow is not documented."""
        return _like(document, _without(body_of(document), NUMBER, POOL))

    def opened(self, document: Json, staged: Json, ways: tuple[str, ...]) -> Json:
        """The staged flow with its number: the account looks up the id that the number has in the inventory."""
        whole = body_of(document)
        kept = {NUMBER: _number_of(whole) in ways, POOL: _pool_of(whole) in ways}
        added = {key: whole[key] for key, on in kept.items() if on and key in whole}
        body = body_of(staged) | added
        order = [*(key for key in whole if key in body), *(key for key in body if key not in whole)]
        return _like(staged, {key: body[key] for key in order})

    def skeleton(self, document: Json) -> Json:
        """The flow as it is: no flow of this carrier refers to another."""
        return document

    def writable(self, kind: str, stored: Json) -> Json:
        """The body that updates a flow to what is stored. Raises FlowError with what the endpoints cannot write.

        What no body has and an update leaves as it is (assumed) is no loss, nor is bookkeeping.
        """
        _only_flows(kind)
        result = translate(stored, PROVIDER, PROVIDER, "request", settings={PROVIDER: dict(self.settings)})
        lost = [problem for problem in result.crossing.ledger if problem.severity != "note" and not _stays(problem.pointer)]
        if lost:
            more = f", and {len(lost) - 5} more" if len(lost) > 5 else ""
            said = "; ".join(f"{problem.pointer}: {problem.message}" for problem in lost[:5])
            raise FlowError(f"Convirza v2 cannot write what is stored: {said}{more}")
        return [body_of(result.document)]

    def differences(self, kind: str, sent: Json, stored: Json) -> tuple[Difference, ...]:
        """What the record does not say as the body did, by the facts that both have."""
        _only_flows(kind)
        adapter = ADAPTER.configured(read_settings({PROVIDER: dict(self.settings)}).get(PROVIDER, {}))
        told = compared.differences(adapter, sent, _without(stored, *STAYS))
        found = [one for one in told if not (one.stored is None and one.pointer.endswith(NAME_OF_CHOICE))]
        body = body_of(sent)
        base = "/0" if isinstance(sent, list) else "/call_flow/0" if "call_flow" in sent else ""
        return (*found, *_beside(body, stored, base))


def _number_of(body: Mapping[str, Json]) -> str | None:
    """The number in E.164 where it is one; else as it stands, or by its id in the inventory."""
    number = body.get(NUMBER)
    if not isinstance(number, dict) or number.get(TEXT) is None:
        held = number.get(NUMBER_ID) if isinstance(number, dict) else None
        return None if not held else f"{NUMBER_ID} {held}"
    return e164(str(number[TEXT])) or str(number[TEXT])


def _pool_of(body: Mapping[str, Json]) -> str | None:
    pool = body.get(POOL)
    if not isinstance(pool, dict) or not pool:
        return None
    return f"{POOL} {pool.get('pool_id') or pool.get('pool_name') or brief(pool)}"


def _stays(at: str) -> bool:
    return at.removeprefix("/0").removeprefix("/") in STAYS


def _beside(body: Mapping[str, Json], stored: Mapping[str, Json], base: str) -> Iterator[Difference]:
    """Where keys beyond the graph differ that both have; an integer and its digits are the same."""
    for key in COMPARED:
        if key in body and key in stored and body[key] is not None and str(body[key]) != str(stored[key]):
            yield Difference(pointer(base, key), body[key], stored[key])


CARRIER = ConvirzaV2Carrier()
