"""A sandbox of Convirza's API v2: call flows, tokens and tracking numbers of one account.

Written from the vendor's pages, and not from the adapter. What surprises people: what is no flow is most often answered 200, with
``result`` ``error``; flows come back in another shape than they were sent in; tokens may be asked for ten times a minute.
Assumed: the plain create, one flow by its id, deleting one, the order and the greatest page of the list, what ``filter`` means,
what reserving a number answers. That a flow may be made with any number that no other flow has is assumed as well.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from unicall.sandbox.store import Shelf
from unicall.sandbox.vendor import FICTIONAL, METHODS, ForeignError, answer, body, unused

from .sandbox_rules import NEVER_GIVEN_BACK, Broken, Rejected, check, digits, record, wrong

ACCESS_LIFE, REFRESH_LIFE = 3600, 30 * 86400
TOKENS_A_MINUTE = 10
PAGE = 100  # assumed: the most flows that a list gives at once, and how many where no limit is asked for
FLOWS, UNSEEN, INVENTORY = "call_flows", "call_flow_settings", "inventory"
FIRST_FLOW, FIRST_OPTION, FIRST_ROUTE, FIRST_NUMBER = 1001, 9001, 90001, 60001
STOCK, OWN = 20002, 10001
SEARCHED = 10
NAME = 50


class ConvirzaV2Sandbox:
    """The sandbox, as the entry point names it."""

    provider = "convirza-v2"
    title = "Convirza API v2"
    places: Mapping[str, str] = {"url": "/v2"}
    stamps: Sequence[str] = ("updated_at", "ivr_updated_at")

    def credentials(self) -> dict[str, str]:
        """A user and an application."""
        return {
            "username": "rehearsal@example.com",
            "password": secrets.token_urlsafe(12),
            "client_id": secrets.token_hex(8),
            "client_secret": secrets.token_hex(16),
        }

    def routes(self, shelf: Shelf) -> Sequence[BaseRoute]:
        """The API below /v2, and the tokens beside it."""
        api = Api(shelf)
        return [
            Route("/oauth/token", api.token, methods=["POST"]),
            Route("/v2/{path:path}", api.handle, methods=METHODS),
        ]

    def load(self, shelf: Shelf, document: Any) -> Iterator[str]:
        """Put the records of a list, of an answer, or of a bundle into the account."""
        records = _records(document)
        for one in records:
            key, flow = int(one["call_flow_id"]), dict(one)
            if shelf.get(FLOWS, str(key)) not in (None, flow):
                flow["call_flow_id"] = shelf.next_id(FLOWS, FIRST_FLOW)
                yield f"call flow {key}: is there already; loaded as {flow['call_flow_id']}"
            shelf.put(FLOWS, str(flow["call_flow_id"]), flow)

    def flows(self, shelf: Shelf) -> tuple[str, ...]:
        """The ids of all call flows."""
        return shelf.keys(FLOWS)

    def copy(self, shelf: Shelf, key: str, number: int) -> None:
        """A call flow again, with a tracking number of its own."""
        flow, new = shelf.get(FLOWS, key), shelf.next_id(FLOWS, FIRST_FLOW)
        name = f"{str(flow.get('call_flow_name', ''))[: NAME - 5]} {number}"
        shelf.put(FLOWS, str(new), flow | {"call_flow_id": new, "call_flow_name": name, "dnis": unused(set(_taken(shelf)))})


def _records(document: Any) -> list[dict[str, Any]]:
    """The records of a document; a request is none: it has no tracking number of its own."""
    if isinstance(document, dict) and "call_flow_id" not in document:
        document = document.get("call_flow", document.get("data"))
    found = document if isinstance(document, list) else [document]
    ours = all(isinstance(one, dict) and "dnis" in one and _is_id(one.get("call_flow_id")) for one in found)
    if not found or not ours:
        raise ForeignError("holds no call flow in the form of the list")
    return found


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _taken(shelf: Shelf, but: str | None = None) -> Iterator[str]:
    """The tracking numbers of all flows but one."""
    for key, flow in shelf.all(FLOWS).items():
        number = digits(flow.get("dnis"))
        if key != but and number is not None:
            yield number


def _success(data: Any, count: int) -> Response:
    return answer({"result": "success", "err": None, "data": data, "entry_count": count})


def _error(err: str) -> Response:
    return answer({"result": "error", "err": err})


def _unauthorised() -> Response:
    return PlainTextResponse("Unauthorized", 401)


def _invalid(*errors: Mapping[str, str]) -> Response:
    return answer({"message": "Validation errors", "errors": list(errors)}, 400)


class Api:
    """The API over one account."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    async def token(self, request: Request) -> Response:
        """A token for a password or a refresh token; ten requests a minute from an address."""
        if not self.shelf.allows(request.client.host if request.client else "", TOKENS_A_MINUTE):
            return answer({"message": "Too many requests"}, 429)
        known = self.shelf.credentials()
        given = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
        if any(given.get(name) != known[name] for name in ("client_id", "client_secret")) or not self._granted(given, known):
            return _unauthorised()
        access = self.shelf.issue("access", ACCESS_LIFE, token=str(uuid.uuid4()))
        refresh = given.get("refresh_token") or self.shelf.issue("refresh", REFRESH_LIFE, token=str(uuid.uuid4()))
        told = {"access_token": access, "refresh_token": refresh, "token_type": "bearer"}
        return answer(told | {"expires_in": int(self.shelf.store.token_life or ACCESS_LIFE)})

    def _granted(self, given: Mapping[str, str], known: Mapping[str, str]) -> bool:
        if given.get("grant_type") == "refresh_token":
            return self.shelf.token("refresh", given.get("refresh_token")) is not None
        return given.get("grant_type") == "password" and all(given.get(name) == known[name] for name in ("username", "password"))

    async def handle(self, request: Request) -> Response:
        """Everything that needs a token."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or self.shelf.token("access", token) is None:
            return _unauthorised()
        handlers = {
            ("GET", "callflow/callflow"): self._list,
            ("GET", "callflow"): self._get,
            ("POST", "callflow"): self._plain,
            ("POST", "callflow/multilevelivr"): self._menus,
            ("DELETE", "callflow"): self._delete,
            ("GET", "number/search"): self._search,
            ("POST", "number/reserve"): self._reserve,
        }
        handler = handlers.get((request.method, request.path_params["path"].rstrip("/")))
        return await handler(request) if handler is not None else answer({"message": "Not Found"}, 404)

    async def _list(self, request: Request) -> Response:
        asked = request.query_params
        limit, offset = asked.get("limit") or str(PAGE), asked.get("offset") or "0"
        if not re.fullmatch(r"[0-9]{1,9} [0-9]{1,9}", f"{limit} {offset}") or not int(limit):
            return _invalid({"field": "limit", "message": "limit and offset must be numbers"})
        name, _, value = asked.get("filter", "").partition("=")
        flows = [flow for flow in self.shelf.all(FLOWS).values() if not value or str(flow.get(name)) == value]
        return answer(flows[int(offset) : int(offset) + min(int(limit), PAGE)])

    async def _get(self, request: Request) -> Response:
        flow = self.shelf.get(FLOWS, request.query_params.get("id", ""))
        return _error("Call flow not found") if flow is None else _success(flow, 1)

    async def _delete(self, request: Request) -> Response:
        key = request.query_params.get("id", "")
        if self.shelf.get(FLOWS, key) is None:
            return _error("Call flow not found")
        self.shelf.remove(FLOWS, key)
        self.shelf.remove(UNSEEN, key)
        return _success([int(key)], 1)

    async def _plain(self, request: Request) -> Response:
        made = await self._written(request, menus=False)
        return made if isinstance(made, Response) else _success(made, len(made))

    async def _menus(self, request: Request) -> Response:
        made = await self._written(request, menus=True)
        if isinstance(made, Response):
            return made
        return answer([{"result": "success", "data": ",".join(map(str, made)), "entry_count": len(made)}])

    async def _written(self, request: Request, menus: bool) -> list[int] | Response:
        """Make or update the flows of a body: all of them, or none (assumed)."""
        try:
            flows = await body(request)
        except (ValueError, RecursionError):
            return _invalid({"field": "", "message": "the body is no JSON"})
        errors = wrong(flows)
        if errors:
            return _invalid(*errors)
        try:
            numbers = self._numbers(flows, menus)
        except Rejected as rejected:
            return _error(str(rejected))
        except Broken:
            return PlainTextResponse("Internal Server Error", 500)
        return [self._stored(flow, number, menus) for flow, number in zip(flows, numbers, strict=True)]

    def _numbers(self, flows: Sequence[Mapping[str, Any]], menus: bool) -> list[str]:
        """The tracking number of each flow, when all of them may be made. Raises Rejected or Broken."""
        numbers: list[str] = []
        for flow in flows:
            key = str(int(flow.get("call_flow_id") or 0))
            old = self.shelf.get(FLOWS, key) if key != "0" else None
            if key != "0" and old is None:
                raise Rejected("Call flow not found")
            number = self._number(flow, key, old, {*_taken(self.shelf, key), *numbers})
            check(flow, old, digits(number), menus)
            numbers.append(number)
        return numbers

    def _number(self, flow: Mapping[str, Any], key: str, old: Mapping[str, Any] | None, taken: set[str]) -> str:
        given = flow.get("number")
        if given is None and old is not None:
            return str(old.get("dnis", ""))
        if given is None:
            if not isinstance(flow.get("number_pool"), dict):
                raise Rejected("number or number_pool field is required")
            return unused(taken)
        number = digits(given.get("phone_number"))
        if number is None:
            raise Rejected("phone_number must be a phone number of 10 digits")
        if number in taken:
            raise Rejected(f"phone_number {number} is used by another call flow")
        owned = next((one for one, held in self.shelf.all(INVENTORY).items() if held["number"] == number), None)
        if owned is not None and given.get("phone_number_id") is not None and str(given["phone_number_id"]) != owned:
            raise Rejected(f"phone_number_id is not the one of {number}")
        return number

    def _stored(self, flow: Mapping[str, Any], number: str, menus: bool) -> int:
        key = int(flow.get("call_flow_id") or 0) or self.shelf.next_id(FLOWS, FIRST_FLOW)
        moment = _moment(self.shelf.now)
        old = self.shelf.get(FLOWS, str(key)) or {
            "call_flow_id": key,
            "call_flow_name": "",
            "call_flow_created": moment,
            "created_at": moment,
            "routable_id": self.shelf.next_number("routable", FIRST_ROUTE),
        }
        made = record(old, flow, number, menus, moment, lambda: self.shelf.next_number("option", FIRST_OPTION))
        made["call_flow_name"] = flow.get("call_flow_name") or old.get("call_flow_name", "")
        self.shelf.put(FLOWS, str(key), made)
        unseen = {name: flow[name] for name in NEVER_GIVEN_BACK if flow.get(name) is not None}
        if unseen:
            self.shelf.put(UNSEEN, str(key), (self.shelf.get(UNSEEN, str(key)) or {}) | unseen)
        return key

    async def _search(self, request: Request) -> Response:
        """Numbers that can be had: the account's own that no flow has, then the carrier's."""
        taken = set(_taken(self.shelf))
        asked = request.query_params
        wanted = asked.get("number") or asked.get("npa", "") + asked.get("nxx", "")
        own = {held["number"]: int(key) for key, held in self.shelf.all(INVENTORY).items()}
        numbers = [number for number in (*own, *FICTIONAL) if number not in taken and number.startswith(digits(wanted) or wanted)]
        found = [_offer(number, own.get(number)) for number in dict.fromkeys(numbers)]
        return answer(found[:SEARCHED])

    async def _reserve(self, request: Request) -> Response:
        try:
            given = await body(request)
        except (ValueError, RecursionError):
            given = None
        number = digits(given.get("number")) if isinstance(given, dict) else None
        if number is None:
            return _invalid({"field": "number", "message": "must be a phone number"})
        if number in _taken(self.shelf):
            return _error(f"number {number} is not available")
        key = next((key for key, held in self.shelf.all(INVENTORY).items() if held["number"] == number), None)
        if key is None:
            key = str(self.shelf.next_id(INVENTORY, FIRST_NUMBER))
            self.shelf.put(INVENTORY, key, {"number": number})
        return _success(_offer(number, int(key)), 1)


def _offer(number: str, own: int | None) -> dict[str, Any]:
    return {"number_id": own, "number": number, "source": STOCK if own is None else OWN}


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


SANDBOX = ConvirzaV2Sandbox()
