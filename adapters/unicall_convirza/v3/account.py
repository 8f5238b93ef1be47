"""A live account of Convirza v3: its provisioned routes, by names that nobody has verified.

Documented: that routes can be listed, made, read, replaced and deleted. Everything inside a route stands in the profile, and so
does the list's own name. What surprises people: a request has no number. Calls reach a route by the id of a number in the
inventory (assumed), which a person looks up, or by a number that a person assigns in the portal.
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
from unicall.numbers import e164
from unicall.problem import DocumentError, FlowError
from unicall.settings import read as read_settings
from unicall.translation import translate
from unicall.wire import Json, brief
from unicall_convirza import compared
from unicall_convirza.v3 import client
from unicall_convirza.v3.client import Client, Login
from unicall_convirza.v3.document import ADAPTER, ConvirzaV3
from unicall_convirza.v3.number import PROVIDER
from unicall_convirza.v3.profile import Profile

if TYPE_CHECKING:
    import httpx

FLOWS: Final = "provisioned-routes"
NEW_FLOW: Final = f"{NEW}route"
WAYS: Final = ("phone_number", "number_id")  # the facts of the profile that say by which number calls come in
TIMES: Final = ("created", "modified")

UNVERIFIED: Final = (
    "the profile is unverified: no name inside a route is known to be right, nor is its path; compare one real answer with it first"
)
#: What is not documented about an action on routes, beside the names.
UNSURE: Final[Mapping[Action, str]] = {
    "create": UNVERIFIED,
    "replace": f"{UNVERIFIED}; that PUT replaces a route whole is assumed, its number with it unless its id is said",
    "delete": "the vendor documents that routes can be deleted, not where: the path is assumed, and deleting cannot be undone",
    "number": UNVERIFIED,
}
BY_HAND: Final = "no request of a route holds a number, as far as is known: assign the number to the route in the portal"


@define
class V3Account:
    """One account. See ``unicall.live.carrier.Account``."""

    client: Client
    email: str
    adapter: ConvirzaV3 = ADAPTER

    @property
    def address(self) -> str:
        """The API and who uses it: the vendor has no id of an account in its paths."""
        return f"{self.client.api.base} as {self.email}"

    def flows(self) -> Iterator[Held]:
        """All routes, to the last page."""
        for key, route in self.client.pages(f"GET {self.client.list_path}", self._page):
            name = route.get(self.adapter.profile.name("route", "name", route))
            yield Held(key, name if isinstance(name, str) else None, route, ways_in(self.adapter.profile, route))

    def _page(self, offset: int) -> tuple[list[tuple[str, Json]], Json]:
        answer = self.client.routes(client.PAGE, offset)
        try:
            found = [route for _, route in self.adapter.records(answer)]
        except DocumentError as error:
            raise self.client.wrong(f"GET {self.client.list_path}", str(error)) from None
        return [(self._id_of(route), route) for route in found], answer

    def _id_of(self, route: Json) -> str:
        name = self.adapter.profile.name("route", "id", route if isinstance(route, dict) else {})
        if not isinstance(route, dict) or route.get(name) in (None, ""):
            text = f"holds what is no route, because it has no {name}: {brief(route)}; a profile in the settings says other names"
            raise self.client.wrong(f"GET {self.client.list_path}", text)
        return str(route[name])

    def bundle(self, held: Held) -> Json:
        """The route: the list is taken to give it whole (assumed), and no path is documented for what it refers to."""
        route = held.document if held.document is not None else self.read(FLOWS, held.id)
        if route is None:
            raise self.client.wrong(f"GET {client.ROUTES}/{held.id}", "the route is gone")
        return route

    def remembering(self) -> AbstractContextManager[None]:
        """What was answered is not asked for again."""
        return self.client.api.remembering()

    def caution(self, way: str) -> str | None:
        """Nothing that a call says."""
        return None

    def read(self, kind: str, key: str) -> Json | None:
        """A route without its times."""
        _only_routes(kind)
        found = self.client.route(key)
        return None if found is None else _without(found, *self.adapter.profile.any_of("route", *TIMES))

    def listed(self, kind: str) -> Mapping[str, str | None]:
        """The ids of all routes, each with its name."""
        _only_routes(kind)
        return {held.id: held.name for held in self.flows()}

    def create(self, kind: str, document: Json) -> str:
        """Make a route; its id."""
        _only_routes(kind)
        made = self.client.create(document)
        name = self.adapter.profile.name("route", "id", made if isinstance(made, dict) else {})
        key = made.get(name) if isinstance(made, dict) else made
        if isinstance(key, bool) or not isinstance(key, int | str) or key == "":
            raise self.client.wrong(f"POST {client.ROUTES}", f"made a route, and does not say its id: {brief(made)}", "unknown")
        return str(key)

    def replace(self, kind: str, key: str, document: Json) -> None:
        """Put a route in the place of another."""
        _only_routes(kind)
        self.client.replace(key, document)

    def delete(self, kind: str, key: str) -> None:
        """Remove a route."""
        _only_routes(kind)
        self.client.delete(key)


def ways_in(profile: Profile, document: Json) -> tuple[str, ...]:
    """The number of a route in E.164, or the id that it has in the inventory."""
    said = {fact: document.get(profile.name("route", fact, document)) for fact in WAYS}
    if said["phone_number"]:
        return (e164(str(said["phone_number"])) or str(said["phone_number"]),)
    return (f"{profile.name('route', 'number_id', document)} {said['number_id']}",) if said["number_id"] else ()


def _only_routes(kind: str) -> None:
    if kind != FLOWS:
        raise FlowError(f"Convirza v3: no {kind} are known; there are {FLOWS}")


def _without(document: Mapping[str, Json], *keys: str) -> dict[str, Json]:
    return {key: value for key, value in document.items() if key not in keys}


@frozen
class ConvirzaV3Carrier:
    """See ``unicall.live.carrier.Carrier``. ``settings``: what the user knows, as a table of a settings file."""

    settings: Mapping[str, Json] = Factory(dict)

    provider: ClassVar[str] = PROVIDER
    url: ClassVar[str] = client.URL
    at_once: ClassVar[int] = 1
    flow_kind: ClassVar[str] = FLOWS
    stands_unreached: ClassVar[bool] = True
    stays: ClassVar[str | None] = None
    shared: ClassVar[frozenset[str]] = frozenset()
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("email", "the e-mail address of a user of the account", secret=False),
        Credential("password", "the password of that user"),
        Credential("oauth_url", "where tokens are asked for, if not of the vendor's host or that of url", secret=False, default=""),
        Credential("list_path", "the path that lists routes, as /provisioned-routes/list", secret=False, default=client.ROUTES),
    )

    @property
    def id_key(self) -> str:
        """The name of a route's id, as the profile has it."""
        return self.adapter.profile.name("route", "id", {})

    @property
    def id_argument(self) -> str:
        """The same."""
        return self.id_key

    @property
    def adapter(self) -> ConvirzaV3:
        """The adapter, with the names that the user knows."""
        return ADAPTER.configured(read_settings({PROVIDER: dict(self.settings)})[PROVIDER]) if self.settings else ADAPTER

    def configured(self, settings: Mapping[str, Json]) -> ConvirzaV3Carrier:
        """With what the user knows."""
        return evolve(self, settings=settings)

    def open(self, http: httpx.Client, known: Mapping[str, str]) -> V3Account:
        """An account; makes no call. Raises FlowError for a credential that is missing."""
        lacking = next((name for name in ("email", "password") if not known.get(name)), None)
        if lacking is not None:
            raise missing(self, lacking)
        url = (known.get("url") or self.url).rstrip("/")
        host = client.OAUTH if url == client.URL else url.removesuffix(client.VERSION)
        token = (known.get("oauth_url") or host).rstrip("/")
        safe(token)
        login = Login(token, known["email"], known["password"])
        return V3Account(Client.of(http, url, login, known.get("list_path") or client.ROUTES), known["email"], self.adapter)

    def unable(self, action: Action, kind: str) -> str | None:
        """Numbers are assigned by hand."""
        if kind != FLOWS:
            return f"nothing is known of {kind}"
        return BY_HAND if action == "number" else None

    def unsure(self, action: Action, kind: str) -> str | None:
        """See ``UNSURE``. A profile that the user has verified leaves the paths assumed."""
        return UNSURE[action] if kind == FLOWS and (self.adapter.unverified() or action == "delete") else None

    def afterwards(self, kind: str, document: Json) -> str | None:
        """Nothing."""
        return None

    def undoable(self, kind: str, document: Json) -> tuple[Json, str | None]:
        """All of it can be read."""
        return document, None

    def apart(self, document: Json) -> tuple[Piece, ...]:
        """The route alone."""
        return (Piece(FLOWS, NEW_FLOW, document),)

    def unique(self, kind: str, document: Json) -> tuple[str, ...]:
        """Nothing but its number."""
        return ()

    def ways_in(self, document: Json) -> tuple[str, ...]:
        """The number in E.164 where it is said; else the id that it has in the inventory."""
        return ways_in(self.adapter.profile, document)

    def staged(self, document: Json, mark: str) -> Json:
        """The route without its number."""
        return _without(document, *self.adapter.profile.any_of("route", *WAYS))

    def opened(self, document: Json, staged: Json, ways: tuple[str, ...]) -> Json:
        """The staged route with its number, where it stood."""
        if not set(self.ways_in(document)) & set(ways):
            return staged
        names = [name for name in self.adapter.profile.any_of("route", *WAYS) if name in document]
        body = {**staged, **{name: document[name] for name in names}}
        order = [*(key for key in document if key in body), *(key for key in body if key not in document)]
        return {key: body[key] for key in order}

    def skeleton(self, document: Json) -> Json:
        """The route as it is: none refers to another."""
        return document

    def writable(self, kind: str, stored: Json) -> Json:
        """The request that puts back what is stored. Raises FlowError with what it cannot say.

        A number is no loss where its id is said: a PUT that replaces a route whole would else take the number away (assumed).
        """
        _only_routes(kind)
        result = translate(stored, PROVIDER, PROVIDER, "request", settings={PROVIDER: dict(self.settings)})
        profile = self.adapter.profile
        numbers = [name for name in profile.any_of("route", "phone_number") if stored.get(name)]
        lost = [one for one in result.crossing.ledger if one.severity != "note" and one.pointer[1:] not in numbers]
        said = [f"{problem.pointer}: {problem.message}" for problem in lost[:5]]
        if numbers and not stored.get(profile.name("route", "number_id", stored)):
            said.append(f"/{numbers[0]}: a request says its number by an id alone, and this route has none")
        if said:
            raise FlowError(f"Convirza v3 cannot write what is stored: {'; '.join(said)}")
        return result.document

    def differences(self, kind: str, sent: Json, stored: Json) -> tuple[Difference, ...]:
        """What the record does not say as the request did, by the facts that both have."""
        _only_routes(kind)
        return tuple(compared.differences(self.adapter, sent, stored))


CARRIER = ConvirzaV3Carrier()
