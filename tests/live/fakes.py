"""A Vinix account in memory, as far as its own pages and Kazoo's say what it answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import httpx
import orjson
from attrs import Factory, define

from unicall.wire import Json

ACCOUNT_ID = "4b8c6fec4b2597882c0390202d195419"
API_KEY = "not-a-real-key-" + "0" * 49
KINDS = (
    "callflows", "conferences", "devices", "directories", "faxboxes", "groups", "lists", "media", "menus", "queues",
    "temporal_rules", "temporal_rules_sets", "users", "vmboxes",
)  # fmt: skip


@define
class FakeVinix:
    """``documents``: by kind and id. ``calls``: what was asked for, in order. ``page``: how many items a page has."""

    documents: dict[str, dict[str, Json]] = Factory(lambda: {kind: {} for kind in KINDS})
    entries: dict[str, dict[str, Json]] = Factory(dict)
    calls: list[tuple[str, str]] = Factory(list)
    bodies: list[Json] = Factory(list)
    logins: int = 0
    page: int = 50
    before: Callable[[httpx.Request], httpx.Response | None] = lambda request: None

    def client(self) -> httpx.Client:
        """A client that reaches nothing but this account."""
        return httpx.Client(transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        """One answer, in Kazoo's envelope."""
        path = request.url.raw_path.decode().partition("?")[0]
        self.calls.append((request.method, path + ("?" + request.url.query.decode() if request.url.query else "")))
        body = orjson.loads(request.content) if request.content else None
        self.bodies.append(body)
        said = self.before(request)
        if said is not None:
            return said
        if path in ("/v2/api_auth", "/v2/user_auth"):
            return self._log_in(path, body)
        if request.headers.get("x-auth-token") != f"token-{self.logins}":
            return failure(401, "invalid_credentials")
        parts = [unquote(part) for part in path.removeprefix(f"/v2/accounts/{ACCOUNT_ID}/").split("/")]
        return self._documents(request, parts, body)

    def _log_in(self, path: str, body: Any) -> httpx.Response:
        if path == "/v2/api_auth" and body["data"].get("api_key") != API_KEY:
            return failure(401, "invalid_credentials")
        self.logins += 1
        data = {"account_id": ACCOUNT_ID, "language": "en-us"}
        said = {"auth_token": f"token-{self.logins}", "data": data, "status": "success", "request_id": "r1"}
        return httpx.Response(201, json=said)

    def _documents(self, request: httpx.Request, parts: list[str], body: Any) -> httpx.Response:
        if parts[0] == "phone_numbers":
            numbers = {"+12025550142": {"state": "in_service", "used_by": "callflow"}}
            return success({"numbers": numbers} if request.method == "GET" else dict.fromkeys(body["data"]["numbers"], "error"))
        if parts[0] == "api_key":
            return success({"api_key": API_KEY})
        kind, *key = parts
        documents = self.documents[kind]
        if len(parts) >= 3 and parts[2] == "entries":
            documents, key = self.entries.get(parts[1], {}), parts[3:]
        if request.method == "GET" and not key:
            return self._list(documents, request.url.params.get("start_key"))
        if request.method == "PUT":
            made = f"{kind}{len(documents):030d}"
            documents[made] = body["data"]
            return success({**body["data"], "id": made}, 201)
        if key[0] not in documents:
            return failure(404, "bad_identifier", {"message": "bad identifier"})
        if request.method == "POST":
            documents[key[0]] = body["data"]
        if request.method == "DELETE":
            del documents[key[0]]
            return success({"_read_only": {"deleted": True}})
        return success({**documents[key[0]], "id": key[0], "metadata": {"x": {"name": "computed"}}, "_read_only": {"owner": 1}})

    def _list(self, documents: dict[str, Json], start: str | None) -> httpx.Response:
        keys = sorted(documents)
        first = 0 if start is None else keys.index(start)
        following = keys[first + self.page : first + self.page + 1]
        items = [
            {"id": key} | {name: documents[key][name] for name in ("name", "numbers", "patterns") if name in documents[key]}
            for key in keys[first : first + self.page]
        ]
        more: dict[str, Json] = {"next_start_key": following[0]} if following else {}
        return success(items, **more)


def success(data: Json, status: int = 200, **more: Json) -> httpx.Response:
    """An answer as Kazoo gives it; it repeats the token of the request."""
    return httpx.Response(status, json={"data": data, "status": "success", "auth_token": "token-1", "request_id": "r2", **more})


def failure(status: int, message: str, data: Json = None, **more: Json) -> httpx.Response:
    """A refusal as Kazoo gives it."""
    body = {"data": data or {}, "error": str(status), "message": message, "status": "error", "request_id": "r3", **more}
    return httpx.Response(status, json=body)
