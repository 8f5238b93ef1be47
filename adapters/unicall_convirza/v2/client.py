"""The calls of API v2 that moving a flow takes, over the caller's ``httpx.Client``.

Documented: the token request, the list with routes, creating a menu of several levels, searching and reserving numbers. Named by
the vendor, with path or body assumed: the plain create, one flow by its id, deleting one. Each path stands in the table below once.

What surprises people: an error is most often a success of HTTP. ``{"result": "error", "err": "..."}`` comes with status 200, and so
may ``{"message": "Validation errors"}``, so every body is looked at, whatever the status says.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx
import orjson
from attrs import define, field, frozen

from unicall.live.api import SHOWN, Answer, Api, Outcome, Refused
from unicall.live.auth import Secret, Token, TokenAuth
from unicall.problem import ProviderError
from unicall.wire import Json, brief
from unicall_convirza.login import granted
from unicall_convirza.v2.number import PROVIDER

URL: Final = "https://apicfa.convirza.com/v2"
VERSION: Final = "/v2"
TOKEN: Final = "/oauth/token"  # noqa: S105  # below the host, beside /v2

LIST: Final = "/callflow/callflow"  # documented
MENUS: Final = "/callflow/multilevelivr"  # documented
PLAIN: Final = "/callflow"  # assumed, for one flow by its id, the plain create and deleting
SEARCH: Final = "/number/search"  # documented; that ``number`` narrows it is assumed
RESERVE: Final = "/number/reserve"  # documented; what it answers is assumed

PAGE: Final = 100  # flows asked for at once; the vendor documents no limit
GONE: Final = re.compile(r"not found|no such|does not exist", re.IGNORECASE)  # assumed: how an error says that there is no flow


@frozen
class Login:
    """Who uses the account, and where tokens are to be had."""

    url: str
    username: str
    password: str = field(converter=Secret)
    client_id: str
    client_secret: str = field(converter=Secret)

    def token(self, api: Api, over: Token | None) -> Generator[httpx.Request, httpx.Response, Token]:
        """A token: by the refresh token of the one that is over, where that still works, else by the password."""
        if over is not None and over.refresh is not None:
            try:
                return (yield from self._asked(api, {"grant_type": "refresh_token", "refresh_token": over.refresh}))
            except ProviderError as error:
                if error.outcome != "refused":
                    raise
        form = {"grant_type": "password", "username": self.username, "password": self.password}
        return (yield from self._asked(api, form))

    def _asked(self, api: Api, form: Mapping[str, str]) -> Generator[httpx.Request, httpx.Response, Token]:
        whole = {**form, "client_id": self.client_id, "client_secret": self.client_secret}
        body = yield from granted(api, api.http.build_request("POST", self.url, data=whole))
        seconds, refresh = body.get("expires_in"), body.get("refresh_token")
        until = datetime.now(UTC) + timedelta(seconds=seconds) if isinstance(seconds, int) and 0 < seconds < 10**9 else None
        return Token(body["access_token"], until, refresh if isinstance(refresh, str) else None)


@define
class Client:
    """One account's API v2: one method, one call."""

    api: Api

    @classmethod
    def of(cls, http: httpx.Client, url: str, login: Login) -> Client:
        """A client that asks for its tokens itself."""
        api = Api(http, url, PROVIDER, judge)
        api.secrets.add(login.password, login.client_secret)
        api.auth = TokenAuth(lambda over: login.token(api, over), _bear)
        return cls(api)

    def list_with_routes(self, limit: int, offset: int) -> list[Json]:
        """A page of flows with their routes, as a bare array (documented) or inside an answer (assumed)."""
        found = data_of(self.api.ask("GET", LIST, params={"limit": limit, "offset": offset}))
        if not isinstance(found, list):
            raise self.wrong("GET", LIST, f"expected a list of flows, got {brief(found)}")
        return found

    def get(self, key: str) -> Json | None:
        """One flow, as it is answered; None where there is none."""
        try:
            found = data_of(self.api.ask("GET", PLAIN, params={"id": key}, missing=(404,)))
        except ProviderError as error:
            if _is_gone(error):
                return None
            raise
        return (found[0] if found else None) if isinstance(found, list) else found

    def create(self, bodies: list[Json]) -> list[str]:
        """Make flows of any kind but a menu of several levels; or, with ``call_flow_id``, update them. Their ids."""
        return ids_of(self.api.ask("POST", PLAIN, json=bodies))

    def create_menus(self, bodies: list[Json]) -> list[str]:
        """Make flows that begin with a menu; or, with ``call_flow_id``, update them. Their ids."""
        return ids_of(self.api.ask("POST", MENUS, json=bodies))

    def delete(self, key: str) -> None:
        """Remove a flow; that there is none is no error."""
        try:
            self.api.ask("DELETE", PLAIN, params={"id": key}, missing=(404,))
        except ProviderError as error:
            if not _is_gone(error):
                raise

    def search_numbers(self, number: str) -> list[Json]:
        """Numbers that can be had, each with its ``number_id`` (None for the carrier's stock) and its ``source``."""
        found = data_of(self.api.ask("GET", SEARCH, params={"number": number}))
        return found if isinstance(found, list) else []

    def reserve_number(self, entry: Mapping[str, Json]) -> Json:
        """Put a number of the carrier's stock into the account's inventory, by its entry of the search."""
        return data_of(self.api.ask("POST", RESERVE, json=dict(entry)))

    def wrong(self, method: str, path: str, message: str, outcome: Outcome = "refused") -> ProviderError:
        """An answer that was a success, and not what it has to be."""
        return ProviderError(self.api.secrets.hide(message), provider=PROVIDER, call=f"{method} {path}", outcome=outcome)


def _bear(request: httpx.Request, token: Token) -> None:
    request.headers["Authorization"] = f"Bearer {token.value}"


def _is_gone(error: ProviderError) -> bool:
    return error.outcome == "refused" and GONE.search(error.message) is not None


# What an answer says.


def judge(answer: Answer) -> Refused | None:
    """What is wrong with an answer: its body is asked first, because an error may come as a success."""
    wrong = next(_wrong(answer.body), None)
    if wrong is None and answer.status >= 400:
        wrong = Refused(_words(answer))
    return wrong


def _wrong(body: Json) -> Iterator[Refused]:
    """Each error in a body; a create is answered by an array, with an entry for each flow (documented)."""
    for entry in body if isinstance(body, list) else [body]:
        if not isinstance(entry, dict):
            if entry == "Unauthorized":
                yield Refused(entry)
        elif _is_error(entry):
            message = entry.get("err") or entry.get("data") or entry.get("message") or "no reason is given"
            yield Refused(message if isinstance(message, str) else brief(message), details=entry)
        elif entry.get("message") == "Validation errors" or ("errors" in entry and "call_flow_id" not in entry):
            reasons = entry.get("errors")
            text = f"Validation errors: {orjson.dumps(reasons).decode()}" if reasons else "Validation errors"
            yield Refused(text[:SHOWN], details=reasons)
        elif "error" in entry and "access_token" not in entry and "call_flow_id" not in entry:
            message = entry.get("error_description") or entry["error"]
            yield Refused(message if isinstance(message, str) else brief(message))


def _is_error(entry: Mapping[str, Json]) -> bool:
    result = entry.get("result")
    if "call_flow_id" in entry or not ("result" in entry or "err" in entry):
        return False
    return bool(entry.get("err")) or (isinstance(result, str) and result.lower() not in ("success", "ok"))


def _words(answer: Answer) -> str:
    message = answer.body.get("message") if isinstance(answer.body, dict) else None
    text = message if isinstance(message, str) else answer.text.strip()
    return text[:SHOWN] or f"status {answer.status}, and nothing else"


def data_of(body: Json) -> Json:
    """What an answer holds: a bare array or record (documented), or ``{"result": ..., "err": ..., "data": ...}`` (assumed)."""
    return body.get("data") if isinstance(body, dict) and "result" in body and "call_flow_id" not in body else body


def ids_of(body: Json) -> list[str]:
    """The ids of what was made. They stand in ``data``: in a text (documented), or in a list (assumed)."""
    entries = body if isinstance(body, list) else [body]
    held = [entry.get("data", entry.get("call_flow_id")) if isinstance(entry, dict) else entry for entry in entries]
    return [made for data in held for made in _ids_in(data)]


def _ids_in(data: Json) -> Iterator[str]:
    if isinstance(data, list):
        for entry in data:
            yield from _ids_in(entry)
    elif isinstance(data, dict):
        yield from _ids_in(data.get("call_flow_id"))
    elif isinstance(data, str):
        yield from re.findall(r"\d+", data)
    elif isinstance(data, int) and not isinstance(data, bool):
        yield str(data)
