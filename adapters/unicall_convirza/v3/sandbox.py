"""A sandbox of Convirza's API v3: tokens, provisioned routes, and lists of calls, numbers, prompts and voice agents.

Written from the vendor's pages, and not from the adapter. What surprises people: ``expires_in`` is a moment and no number of
seconds; a refresh token works once; a list needs its ``limit``. Documented are the tokens, the envelope and the list of calls. Of
provisioned routes only the operations are, so a route is stored as it is sent. Assumed: their path, ``provisioned_routes`` as the
name of the list, that PUT replaces a route and PATCH the keys it names; the names of the other lists; the bodies of errors.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from unicall.sandbox.store import Shelf
from unicall.sandbox.vendor import METHODS, ForeignError, answer, body, unused

ACCESS_LIFE, REFRESH_LIFE = 7 * 86400, 180 * 86400
TOKENS_A_MINUTE = 10
LIMIT = 200
EARLIEST = 1970
SPAN, RECENT = timedelta(days=31), timedelta(days=7)
ROUTES, CALLS, NUMBERS, PROMPTS, AGENTS = "provisioned_routes", "calls", "phone_numbers", "prompts", "voice_agents"
ROUTE_ID = "provisioned_route_id"
FIRST_ROUTE, FIRST_NUMBER = 1001, 67001
USER = {"user_id": 1001, "role_id": 2, "org_unit_id": 1200}
ROUTE_KEYS = (ROUTE_ID, "provisioned_route_name", "route_type")
#: Lists that are only read: the path of each (assumed), and its name in ``data``.
LISTS = {"phone-numbers": NUMBERS, "media/prompts": PROMPTS, "voice-agents": AGENTS}
#: Where routes are listed and made: users have either of the two for the list.
ROUTE_PATHS = ("provisioned-routes", "provisioned-routes/list")
#: What a call holds only where it is asked for: the name in ``include``, and the key.
INCLUDES = {
    "tags": "tags",
    "comments": "comments",
    "custom_sources": "custom_sources",
    "call_flow": "call_flow",
    "recordings": "recording_details",
    "transcription": "transcription",
}
FILTERS = ("org_unit_id", "campaign_id", ROUTE_ID, "caller_id", "phone_number", "ring_to")


class Refused(Exception):  # noqa: N818
    """A request is answered with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class ConvirzaV3Sandbox:
    """The sandbox, as the entry point names it."""

    provider = "convirza-v3"
    title = "Convirza API v3"
    places: Mapping[str, str] = {"url": "/v3", "oauth_url": ""}
    stamps: Sequence[str] = ()

    def credentials(self) -> dict[str, str]:
        """A user."""
        return {"email": "rehearsal@example.com", "password": secrets.token_urlsafe(12)}

    def routes(self, shelf: Shelf) -> Sequence[BaseRoute]:
        """The API below /v3, and the tokens of the other host beside it."""
        api = Api(shelf)
        return [
            Route("/oauth/{what}", api.tokens, methods=["POST"]),
            Route("/v3/{path:path}", api.handle, methods=METHODS),
        ]

    def load(self, shelf: Shelf, document: Any) -> Iterator[str]:
        """Put the routes or the calls of a document into the account."""
        for one in _items(document):
            if "call_id" in one:
                shelf.put(CALLS, str(one["call_id"]), one)
                continue
            key = str(one.get(ROUTE_ID, ""))
            if key and shelf.get(ROUTES, key) in (None, one):
                shelf.put(ROUTES, key, one)
            else:
                new = shelf.next_id(ROUTES, FIRST_ROUTE)
                shelf.put(ROUTES, str(new), {ROUTE_ID: new} | one | {ROUTE_ID: new})
                yield f"route {key}: is there already; loaded as {new}" if key else f"a route without an id: loaded as {new}"
            if isinstance(one.get("phone_number_id"), int) and isinstance(one.get("phone_number"), str):
                known = {"phone_number_id": one["phone_number_id"], "phone_number": one["phone_number"]}
                shelf.put(NUMBERS, str(one["phone_number_id"]), known)

    def flows(self, shelf: Shelf) -> tuple[str, ...]:
        """The ids of all routes."""
        return shelf.keys(ROUTES)

    def copy(self, shelf: Shelf, key: str, number: int) -> None:
        """A route again, with a tracking number of its own."""
        route, new = shelf.get(ROUTES, key), shelf.next_id(ROUTES, FIRST_ROUTE)
        held, known = shelf.next_id(NUMBERS, FIRST_NUMBER), shelf.all(NUMBERS).values()
        phone = "1" + unused({str(one.get("phone_number"))[-10:] for one in (*known, *shelf.all(ROUTES).values())})
        name = f"{route.get('provisioned_route_name') or 'Route'} {number}"
        told = {ROUTE_ID: new, "provisioned_route_name": name, "phone_number_id": held, "phone_number": phone}
        shelf.put(ROUTES, str(new), route | told)
        shelf.put(NUMBERS, str(held), {"phone_number_id": held, "phone_number": phone})


def _items(document: Any) -> list[dict[str, Any]]:
    """The routes or calls of a record, of an answer, or of several answers."""
    if isinstance(document, list):
        found = [item for one in document for item in _items(one)]
    else:
        data = document.get("data", document) if isinstance(document, dict) else None
        data = data if isinstance(data, dict) else {}
        found = next((data[name] for name in (ROUTES, CALLS) if isinstance(data.get(name), list)), [data])
    if not found or not all(isinstance(one, dict) and any(key in one for key in ("call_id", *ROUTE_KEYS)) for one in found):
        raise ForeignError("holds neither a route nor a call")
    return found


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Api:
    """The API over one account."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    def _said(self, status: int, message: str, **data: Any) -> Response:
        told = {"code": status, "message": message, **data}
        return answer(told | {"request_id": str(uuid.uuid4()), "timestamp": _moment(self.shelf.now)}, status)

    async def tokens(self, request: Request) -> Response:
        """The three requests about tokens; ten of each a minute from an address."""
        what = request.path_params["what"]
        asked: dict[str, Callable[[Mapping[str, Any]], Response]]
        asked = {"token": self._token, "refresh-token": self._refresh, "revoke-token": self._revoke}
        if what not in asked:
            return self._said(404, "Not Found")
        if not self.shelf.allows(f"{what} {request.client.host if request.client else ''}", TOKENS_A_MINUTE):
            return self._said(429, "Too Many Requests")
        try:
            given = await body(request)
        except (ValueError, RecursionError):
            given = None
        return asked[what](given) if isinstance(given, dict) else self._said(400, "Bad Request")

    def _token(self, given: Mapping[str, Any]) -> Response:
        known = self.shelf.credentials()
        if any(given.get(name) != known[name] for name in ("email", "password")):
            return self._said(401, "Unauthorized")
        return self._granted()

    def _refresh(self, given: Mapping[str, Any]) -> Response:
        """Both tokens are new, and the old ones are over at once."""
        refresh = given.get("refresh_token")
        about = self.shelf.token("refresh", refresh) if isinstance(refresh, str) else None
        if about is None:
            return self._said(401, "Unauthorized")
        self.shelf.revoke(str(refresh))
        self.shelf.revoke(about[0])
        return self._granted()

    def _granted(self) -> Response:
        life = self.shelf.store.token_life or ACCESS_LIFE
        access = self.shelf.issue("access", ACCESS_LIFE)
        told = {
            "access_token": access,
            "refresh_token": self.shelf.issue("refresh", REFRESH_LIFE, access),
            "frontend_token": secrets.token_hex(16),
            "token_type": "Bearer",
            "expires_in": _moment(self.shelf.now + life),
            "refresh_expires_in": _moment(self.shelf.now + REFRESH_LIFE),
            "user": {**USER, "email": self.shelf.credentials()["email"]},
        }
        return answer(told)

    def _revoke(self, given: Mapping[str, Any]) -> Response:
        """A token is over; that there is none is no error."""
        if not isinstance(given.get("token"), str) or given.get("token_type") not in ("access", "refresh"):
            return self._said(400, "Bad Request")
        self.shelf.revoke(given["token"])
        return self._said(200, "Success", data={})

    async def handle(self, request: Request) -> Response:
        """Everything that needs a token; each request makes its token good for longer."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or self.shelf.token("access", token) is None:
            return self._said(401, "Unauthorized")
        self.shelf.extend(token, ACCESS_LIFE)
        try:
            data = await self._data(request, request.path_params["path"].rstrip("/"))
        except Refused as refused:
            return self._said(refused.status, refused.message)
        return self._said(200, "Success", data=data)

    async def _data(self, request: Request, path: str) -> Any:
        handlers: dict[tuple[str, str], Callable[[Request], Awaitable[Any]]] = {
            ("GET", "auth/profile"): self._profile,
            ("GET", "conversations/calls"): self._calls,
            ("POST", ROUTE_PATHS[0]): self._create,
        }
        if (request.method, path) in handlers:
            return await handlers[request.method, path](request)
        if request.method == "GET" and path in ROUTE_PATHS:
            return self._page(request, ROUTES, list(self.shelf.all(ROUTES).values()))
        if request.method == "GET" and path in LISTS:
            return self._page(request, LISTS[path], list(self.shelf.all(LISTS[path]).values()))
        above, _, key = path.rpartition("/")
        if above == "conversations/calls" and request.method == "GET":
            return _shown(self._known(CALLS, key), _included(request))
        if above == ROUTE_PATHS[0]:
            return await self._route(request, key)
        raise Refused(404, "Not Found")

    async def _profile(self, request: Request) -> Any:
        return {**USER, "email": self.shelf.credentials()["email"]}

    def _known(self, kind: str, key: str) -> dict[str, Any]:
        found = self.shelf.get(kind, key)
        if not isinstance(found, dict):
            raise Refused(404, "Not Found")
        return found

    async def _create(self, request: Request) -> Any:
        """A route, as it was sent, with an id."""
        route = await _object(request)
        new = self.shelf.next_id(ROUTES, FIRST_ROUTE)
        made = {ROUTE_ID: new} | {key: one for key, one in route.items() if key != ROUTE_ID}
        self.shelf.put(ROUTES, str(new), made)
        return made

    async def _route(self, request: Request, key: str) -> Any:
        stored = self._known(ROUTES, key)
        if request.method in ("PUT", "PATCH"):
            given = {name: one for name, one in (await _object(request)).items() if name != ROUTE_ID}
            stored = (stored if request.method == "PATCH" else {ROUTE_ID: stored.get(ROUTE_ID, key)}) | given
            self.shelf.put(ROUTES, key, stored)
        elif request.method == "DELETE":
            self.shelf.remove(ROUTES, key)
        elif request.method != "GET":
            raise Refused(404, "Not Found")
        return stored

    async def _calls(self, request: Request) -> Any:
        """Recorded calls, the newest first (assumed)."""
        asked = request.query_params
        included = _included(request)
        if "call_id" in asked:
            return _shown(self._known(CALLS, asked["call_id"]), included)
        calls = sorted(self._between(request), key=lambda call: str(call.get("call_started")), reverse=True)
        wanted = asked.getlist("disposition")
        fitting = [
            call
            for call in calls
            if (not wanted or call.get("disposition") in wanted)
            and all(_digits(call.get(name)) == _digits(asked[name]) for name in FILTERS if name in asked)
        ]
        return self._page(request, CALLS, [_shown(call, included) for call in fitting])

    def _between(self, request: Request) -> Iterator[dict[str, Any]]:
        """The calls of the time that is asked for; of the last seven days where none is."""
        end = _time(request, "end", datetime.fromtimestamp(self.shelf.now, UTC))
        if end.year < EARLIEST:
            raise Refused(400, "end must be a time")
        start = _time(request, "start", end - RECENT)
        if end <= start:
            raise Refused(400, "end must be after start")
        if end - start > SPAN:
            raise Refused(400, "the range must be 31 days at most")
        for call in self.shelf.all(CALLS).values():
            started = _parsed(call.get("call_started"))
            if started is not None and start <= started < end:
                yield call

    def _page(self, request: Request, name: str, items: Sequence[Any]) -> Any:
        """A page of a list; there is none without ``limit``."""
        limit, offset = (_whole(request.query_params.get(key)) for key in ("limit", "offset"))
        if limit is None or not 1 <= limit <= LIMIT:
            raise Refused(400, f"limit must be between 1 and {LIMIT}")
        if offset is None and "offset" in request.query_params:
            raise Refused(400, "offset must be a number from 0 on")
        return {"total": len(items), name: list(items[offset or 0 : (offset or 0) + limit])}


async def _object(request: Request) -> dict[str, Any]:
    try:
        given = await body(request)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise Refused(400, "Bad Request")
    return given


def _included(request: Request) -> frozenset[str]:
    asked = request.query_params.getlist("include")
    return frozenset(name.strip() for one in asked for name in one.split(","))


def _shown(call: Mapping[str, Any], included: frozenset[str]) -> dict[str, Any]:
    hidden = {key for name, key in INCLUDES.items() if name not in included}
    return {key: one for key, one in call.items() if key not in hidden}


def _time(request: Request, name: str, default: datetime) -> datetime:
    given = request.query_params.get(name)
    if not given:
        return default
    found = _parsed(given)
    if found is None:
        raise Refused(400, f"{name} must be a time")
    return found


def _parsed(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo is not None else found.replace(tzinfo=UTC)


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 10 else None


def _digits(value: Any) -> str:
    """Numbers with and without a plus are the same number."""
    return str(value).lstrip("+")


SANDBOX = ConvirzaV3Sandbox()
