"""Tokens: asked for once, used by all requests, and asked for again when the vendor says that one is over.

What surprises people: several reads share one account, and a refresh token may work only once. So whoever meets a 401 first asks
for a new token while the others wait, and they go on with that one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from datetime import datetime
from typing import TypeAlias

import httpx
from attrs import field, frozen
from attrs.converters import optional


class Secret(str):
    """Text that is not shown where values are printed for people who look for a mistake."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


@frozen
class Token:
    """A token; ``until``: when it ends, where that was said; ``refresh``: what a new one is got with."""

    value: str = field(converter=Secret)
    until: datetime | None = None
    refresh: str | None = field(converter=optional(Secret), default=None)


#: How a token is got: requests are yielded and their responses sent back, as in ``httpx.Auth``; given is the one that is over.
Login: TypeAlias = Callable[[Token | None], Generator[httpx.Request, httpx.Response, Token]]


class TokenAuth(httpx.Auth):
    """Puts a token into each request; on a 401 asks for another, once, and sends the request again.

    A refused token means that nothing was done, so even a write may be sent again.
    """

    requires_request_body = True
    requires_response_body = True

    def __init__(self, login: Login, put: Callable[[httpx.Request, Token], None]) -> None:
        self._login = login
        self._put = put
        self._token: Token | None = None
        self._one_at_a_time = threading.Lock()

    def sign_in(self, http: httpx.Client) -> None:
        """Get a token now, where there is none yet."""
        flow = self._renewed(None)
        try:
            request = next(flow)
            while True:
                request = flow.send(http.send(request, auth=None))
        except StopIteration:
            return
        finally:
            flow.close()

    def sync_auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        used = yield from self._renewed(None)
        self._put(request, used)
        response = yield request
        if response.status_code == 401:
            response.read()
            self._put(request, (yield from self._renewed(used)))
            yield request

    def _renewed(self, used: Token | None) -> Generator[httpx.Request, httpx.Response, Token]:
        """A token that is not the one that was used."""
        with self._one_at_a_time:
            if self._token is None or self._token is used:
                over, self._token = self._token, None
                login = self._login(over)
                request = next(login)
                while True:
                    response = yield request
                    response.read()
                    try:
                        request = login.send(response)
                    except StopIteration as done:
                        self._token = done.value
                        break
            assert self._token is not None
            return self._token
