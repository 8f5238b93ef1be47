"""Asking for a token, for both versions of the API.

The surprise: the vendor takes ten token requests a minute from one address, so whoever asks too often waits for the next.
"""

from __future__ import annotations

from collections.abc import Generator

import httpx

from unicall.live.api import Api
from unicall.problem import ProviderError
from unicall.wire import Json

BETWEEN = 6.0  # seconds: ten a minute (documented)
TOKENS = ("access_token", "refresh_token", "frontend_token")


def granted(api: Api, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, dict[str, Json]]:
    """The answer to a request for a token; its tokens are secrets from now on. Raises ProviderError."""
    call = f"{request.method} {request.url.path}"
    response = yield request
    try:
        answer = api.accepted(call, response)
    except ProviderError as error:
        if error.status == 429 and error.after is None:
            error.after = BETWEEN
        raise
    body = _tokens(answer.body)
    if not body:
        raise ProviderError("the login gave no token", provider=api.provider, call=call, status=answer.status)
    api.secrets.add(*(body[name] for name in TOKENS if isinstance(body.get(name), str)))
    return body


def _tokens(body: Json) -> dict[str, Json]:
    """What a login gave, empty where there is no token in it."""
    inner = body.get("data") if isinstance(body, dict) else None
    body = inner if isinstance(inner, dict) else body
    given = isinstance(body, dict) and isinstance(body.get("access_token"), str) and body["access_token"]
    return body if given else {}
