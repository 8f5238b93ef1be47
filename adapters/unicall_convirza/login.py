"""Asking for a token, for both versions of the API: one answer judged, with nothing secret in what is raised.

The surprise: the vendor takes ten token requests a minute from one address, and whoever asks too often waits for the next.
"""

from __future__ import annotations

from collections.abc import Generator

import httpx

from unicall.live.api import SHOWN, Judge, Secrets, read
from unicall.problem import ProviderError
from unicall.wire import Json

BETWEEN = 6.0  # seconds: ten a minute (documented)


def granted(
    request: httpx.Request, judge: Judge, secrets: Secrets, provider: str
) -> Generator[httpx.Request, httpx.Response, dict[str, Json]]:
    """The answer to a request for a token. Raises ProviderError; whatever happened, nothing of the account was changed."""
    response = yield request
    answer = read(response)
    refused = judge(answer)
    body = answer.body
    if refused is None and isinstance(body, dict):
        body = body["data"] if isinstance(body.get("data"), dict) else body
        if isinstance(body.get("access_token"), str) and body["access_token"]:
            secrets.add(body["access_token"], _text(body.get("refresh_token")), _text(body.get("frontend_token")))
            return body
    message = refused.message if refused is not None else f"holds no token: {answer.text[:SHOWN]!r}"
    again = answer.status == 429 or answer.status >= 500
    raise ProviderError(
        secrets.hide(message),
        provider=provider,
        call=f"{request.method} {request.url.path}",
        status=answer.status,
        code=None if refused is None else refused.code,
        request_id=None if refused is None else refused.request_id,
        outcome="unreached" if again else "refused",
        after=_seconds(answer.headers.get("retry-after")) if again else None,
    )


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _seconds(header: str | None) -> float:
    return float(header) if header is not None and header.isascii() and header.isdecimal() else BETWEEN
