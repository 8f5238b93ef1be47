"""The calls of API v3 that moving a route and reading calls take, over the caller's ``httpx.Client``.

Documented: the token calls, the envelope, that provisioned routes can be listed, made, read, replaced and deleted, and the calls
list. Not documented: the path of provisioned routes and the names inside (see ``profile.py``), and how an error's body looks (read
like a success without ``data``). Only names are known of voice agents, media prompts and phone numbers: nothing here asks for them.

What surprises people: ``expires_in`` is no number of seconds but a moment, and a refresh token works once. If the answer to a
refresh is lost, both tokens are gone, and only the password helps.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import quote

import httpx
from attrs import define, field, frozen

from unicall.live.api import SHOWN, Answer, Api, Outcome, Refused
from unicall.live.auth import Secret, Token, TokenAuth
from unicall.problem import FlowError, ProviderError
from unicall.wire import Json, brief
from unicall_convirza.login import granted
from unicall_convirza.v3.number import PROVIDER

URL: Final = "https://platform-api.convirza.com/v3"
OAUTH: Final = "https://platform-oauth.convirza.com"
VERSION: Final = "/v3"
TOKEN: Final = "/oauth/token"  # noqa: S105  # documented; that the keys are ``email`` and ``password`` is inferred
REFRESH: Final = "/oauth/refresh-token"  # documented
ROUTES: Final = "/provisioned-routes"  # assumed; some use /provisioned-routes/list for the list
CALLS: Final = "/conversations/calls"  # documented

PAGE: Final = 200  # documented, for calls
SPAN: Final = timedelta(days=31)  # documented
INCLUDES: Final = ("tags", "comments", "custom_sources", "call_flow", "recordings", "transcription")  # documented


@frozen
class Login:
    """Who uses the account, and where tokens are to be had."""

    url: str
    email: str
    password: str = field(converter=Secret)

    def token(self, api: Api, over: Token | None) -> Generator[httpx.Request, httpx.Response, Token]:
        """A token: by the refresh token of the one that is over, where that still works, else by the password."""
        if over is not None and over.refresh is not None:
            try:
                return (yield from self._asked(api, REFRESH, {"refresh_token": over.refresh}))
            except ProviderError as error:
                if error.outcome != "refused":
                    raise
        return (yield from self._asked(api, TOKEN, {"email": self.email, "password": self.password}))

    def _asked(self, api: Api, path: str, body: Mapping[str, str]) -> Generator[httpx.Request, httpx.Response, Token]:
        answer = yield from granted(api, api.http.build_request("POST", self.url + path, json=body))
        refresh = answer.get("refresh_token")
        return Token(answer["access_token"], moment(answer.get("expires_in")), refresh if isinstance(refresh, str) else None)


def moment(raw: Json) -> datetime | None:
    """When a token ends: a moment, not seconds. None for what is none."""
    try:
        when = datetime.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        return None
    return when if when is None or when.tzinfo is not None else when.replace(tzinfo=UTC)


@define
class Client:
    """One account's API v3: one method, one call, but for lists, which go to their last page."""

    api: Api
    list_path: str = ROUTES

    @classmethod
    def of(cls, http: httpx.Client, url: str, login: Login, list_path: str = ROUTES) -> Client:
        """A client that asks for its tokens itself."""
        api = Api(http, url, PROVIDER, judge)
        api.secrets.add(login.password)
        api.auth = TokenAuth(lambda over: login.token(api, over), _bear)
        return cls(api, list_path)

    def routes(self, limit: int, offset: int) -> Json:
        """The answer with a page of provisioned routes."""
        return self.api.ask("GET", self.list_path, params={"limit": limit, "offset": offset})

    def route(self, key: str) -> Json | None:
        """One route; None where there is none."""
        try:
            answer = self.api.ask("GET", _of(key), missing=(404,))
        except ProviderError as error:
            if error.code == "404":
                return None
            raise
        return None if answer is None else data_of(answer)

    def create(self, document: Json) -> Json:
        """Make a route; what the answer holds."""
        return data_of(self.api.ask("POST", ROUTES, json=document))

    def replace(self, key: str, document: Json) -> None:
        """Put a route in the place of another: PUT, which is taken to replace it whole (assumed)."""
        self.api.ask("PUT", _of(key), json=document)

    def delete(self, key: str) -> None:
        """Remove a route; that there is none is no error."""
        try:
            self.api.ask("DELETE", _of(key), missing=(404,))
        except ProviderError as error:
            if error.code != "404":
                raise

    def calls(self, start: datetime, end: datetime, *, include: Iterable[str] = (), **narrowed: Any) -> Iterator[Json]:
        """All calls between two moments, each once, as the vendor gives them: a list of them is what ``unicall replay`` reads.

        The vendor answers for 31 days at most, so a longer time is asked for in parts. ``include``: see ``INCLUDES``;
        ``narrowed``: the vendor's own filters, such as ``provisioned_route_id``. Raises FlowError for times that cannot be.
        """
        wanted = tuple(include)
        strange = next((word for word in wanted if word not in INCLUDES), None)
        if strange is not None:
            raise FlowError(f"Convirza v3: calls include no {strange!r}; there are {', '.join(INCLUDES)}")
        asked = {**narrowed, **({"include": ",".join(wanted)} if wanted else {})}
        seen: set[str] = set()
        for since, until in _parts(start, end):
            window = {"start": _iso(since), "end": _iso(until), **asked}
            for key, call in self.pages(f"GET {CALLS}", partial(self._calls, window)):
                if key not in seen:
                    seen.add(key)
                    yield call

    def _calls(self, window: Mapping[str, Any], offset: int) -> tuple[list[tuple[str, Json]], Json]:
        answer = self.api.ask("GET", CALLS, params={**window, "limit": PAGE, "offset": offset})
        data = data_of(answer)
        found = data.get("calls") if isinstance(data, dict) else None
        if not isinstance(found, list) or not all(isinstance(call, dict) and call.get("call_id") is not None for call in found):
            raise self.wrong(f"GET {CALLS}", f"expected a list of calls, got {brief(data)}")
        return [(str(call["call_id"]), call) for call in found], answer

    def pages(self, call: str, page: Callable[[int], tuple[list[tuple[str, Json]], Json]]) -> Iterator[tuple[str, Json]]:
        """All items of a list by their ids, each once. ``page`` gives those from an offset on, and the answer they came in.

        Raises ProviderError for a list that repeats itself, or that ends before its ``total``.
        """
        seen: set[str] = set()
        offset, total = 0, None
        while total is None or offset < total:
            items, answer = page(offset)
            data = data_of(answer)
            total = data["total"] if isinstance(data, dict) and isinstance(data.get("total"), int) else None
            new = {key: item for key, item in items if key not in seen}
            yield from new.items()
            if not new and items and (total is not None or len(items) == PAGE):
                raise self.wrong(call, f"gives the same again behind {offset}: the list has no end")
            if not new and offset < (total or 0):
                raise self.wrong(call, f"says that there are {total}, and gives {offset}")
            if not new:
                return
            seen |= new.keys()
            offset += len(items)

    def wrong(self, call: str, message: str, outcome: Outcome = "refused") -> ProviderError:
        """An answer that was a success, and not what it has to be."""
        return ProviderError(self.api.secrets.hide(message), provider=PROVIDER, call=call, outcome=outcome)


def _bear(request: httpx.Request, token: Token) -> None:
    request.headers["Authorization"] = f"Bearer {token.value}"


def _of(key: str) -> str:
    return f"{ROUTES}/{quote(key, safe='')}"


def _parts(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The time between two moments in parts that the vendor answers for."""
    if start.tzinfo is None or end.tzinfo is None:
        raise FlowError("Convirza v3: the times of calls need a time zone")
    if not start < end:
        raise FlowError("Convirza v3: the calls have to end after they start")
    while start < end:
        until = min(start + SPAN, end)
        yield start, until
        start = until


def _iso(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# What an answer says.


def judge(answer: Answer) -> Refused | None:
    """What is wrong with an answer: its ``code``, where it says one, else the status."""
    body = answer.body if isinstance(answer.body, dict) else {}
    code, request = body.get("code"), body.get("request_id")
    refused = code is not None and not str(code).startswith("2")
    if not refused and answer.status < 400:
        return None
    said = body.get("message")
    text = said if isinstance(said, str) and said else answer.text.strip()[:SHOWN] or f"status {answer.status}, and nothing else"
    kept = {key: value for key, value in body.items() if key not in ("code", "message", "request_id", "timestamp")}
    return Refused(text, str(code) if refused else None, request if isinstance(request, str) else None, kept or None)


def data_of(answer: Json) -> Json:
    """What an answer holds."""
    return answer.get("data") if isinstance(answer, dict) and "code" in answer and "data" in answer else answer
