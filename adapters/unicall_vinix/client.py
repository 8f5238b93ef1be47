"""Vinix's API: one method, one call. The caller owns the ``httpx.Client``.

Documented: the logins, the list of callflows, and most kinds of documents. All other paths and verbs are Kazoo's (its API's pages).
PATCH is not used: it merges deeply, so that branches of a menu that are gone would stay. What surprises people: there are three
shapes of errors, and a 200 may be one.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from hashlib import md5, sha1
from typing import Any
from urllib.parse import quote

import httpx
import orjson

from unicall.live.api import SHOWN, Answer, Api, Refused, Secrets, pages
from unicall.live.auth import Secret, Token, TokenAuth
from unicall.problem import ProviderError
from unicall.wire import Json
from unicall_vinix.bundle import DATA, PROVIDER

TOKEN_HEADER = "X-Auth-Token"  # noqa: S105
HASHES = {"md5": md5, "sha": sha1}
FAILED = ("error", "fatal")
MOST = 10  # details of a refusal that are put into its message

#: Where the documents of a section stand, below an account. Entries of a list stand below their list.
PATHS: Mapping[str, str] = {
    **{
        kind: f"/{kind}"
        for kind in (
            "callflows", "conferences", "devices", "directories", "faxboxes", "groups", "lists", "media", "menus", "qubicle_queues",
            "queues", "temporal_rules", "temporal_rules_sets", "users", "vmboxes",
        )
    },
    "list_entries": "/lists/{}/entries",
}  # fmt: skip


def judge(answer: Answer) -> Refused | None:
    """Refusals in the documented shape, in Kazoo's, and in that of the contact centre."""
    body = answer.body if isinstance(answer.body, dict) else {}
    if answer.status < 300 and body.get("status") not in FAILED:
        return None
    code, details = body.get("code") or body.get("error"), body.get(DATA) if body.get("status") in FAILED else None
    said = body.get("message") or (f"is no JSON: {answer.text[:SHOWN]!r}" if not answer.is_json else "no reason was given")
    if 300 <= answer.status < 400:
        said = f"leads to {answer.headers.get('location')}; name that address as the url"
    reasons = list(_reasons(details))
    more = [f"and {len(reasons) - MOST} more"] if len(reasons) > MOST else []
    return Refused(
        "; ".join([str(said), *reasons[:MOST], *more]),
        code=None if code is None else str(code),
        request_id=body.get("request_id") if isinstance(body.get("request_id"), str) else None,
        details=details,
    )


def _reasons(details: Json) -> Iterator[str]:
    """``numbers: unique: Number 1000 exists in callflow ...``, of a field, a rule and what it says."""
    for field, rules in details.items() if isinstance(details, dict) else ():
        for rule, said in rules.items() if isinstance(rules, dict) else ():
            if isinstance(said, dict) and isinstance(said.get("message"), str):
                yield f"{field}: {rule}: {said['message']}"


class Client:
    """The API of one account. Without an ``account_id`` the login says which one it is."""

    def __init__(self, http: httpx.Client, url: str, login: Mapping[str, Json], account_id: str | None = None) -> None:
        """``login``: what :func:`by_key` or :func:`by_password` gave."""
        self.api = Api(http, url, PROVIDER, judge, TokenAuth(self._login, _put_token), Secrets(_secrets_of(login)))
        self._credentials = login
        self._account_id = account_id

    def _login(self, over: Token | None) -> Generator[httpx.Request, httpx.Response, Token]:
        path = "/api_auth" if "api_key" in self._credentials else "/user_auth"
        request = self.api.http.build_request("PUT", self.api.base + path, json={DATA: self._credentials})
        answer = self.api.accepted(f"PUT {request.url.path}", (yield request))
        body: Mapping[str, Json] = answer.body if isinstance(answer.body, dict) else {}
        token, data = body.get("auth_token"), body.get(DATA)
        if not isinstance(token, str):
            raise self._wrong(f"PUT {request.url.path}", "the login gave no token", "refused")
        self.api.secrets.add(token)
        if self._account_id is None and isinstance(data, dict) and isinstance(data.get("account_id"), str):
            self._account_id = data["account_id"]
        return Token(token)

    @property
    def account_id(self) -> str:
        """The account's id; asks for it where nobody said it."""
        if self._account_id is None:
            self.api.sign_in()
        if self._account_id is None:
            raise self._wrong("login", "the login does not say which account it is for: set account_id", "refused")
        return self._account_id

    def items(self, kind: str, *, of: str = "") -> Iterator[Json]:
        """All items of a list, to the last page: summaries, as Kazoo has them, or whole documents.

        ``of``: the list of the entries; one that has no address for them has none.
        """
        at = self._at(kind, of=of)

        def page(key: Any) -> tuple[list[Json], Any]:
            body = self._body(at, params=None if key is None else {"start_key": key}, missing=(404,) if of else ())
            following = body.get("next_start_key")
            if following is not None and not isinstance(following, str):
                following = orjson.dumps(following).decode()
            return self._items(at, body), following or None

        return pages(page)

    def get(self, kind: str, key: str, *, of: str = "") -> dict[str, Json] | None:
        """One document, None where there is none."""
        return self._document("GET", self._at(kind, key, of=of), missing=(404,))

    def create(self, kind: str, document: Json, *, of: str = "") -> str:
        """Make a document; its id."""
        at = self._at(kind, of=of)
        answer = self.api.call("PUT", at, json={DATA: document})
        data = answer.body.get(DATA) if isinstance(answer.body, dict) else None
        made = data.get("id") if isinstance(data, dict) else None
        made = made or answer.headers.get("location", "").rstrip("/").rpartition("/")[2]
        if not isinstance(made, str) or not made:
            raise self._wrong(f"PUT {at}", "something was made, but not under which id", "unknown")
        return made

    def replace(self, kind: str, key: str, document: Json, *, of: str = "") -> None:
        """Put a document in the place of another, whole."""
        self.api.ask("POST", self._at(kind, key, of=of), json={DATA: document})

    def delete(self, kind: str, key: str, *, of: str = "") -> None:
        """Remove a document, if there is one."""
        self.api.ask("DELETE", self._at(kind, key, of=of), missing=(404,))

    def phone_numbers(self) -> dict[str, Json]:
        """The account's numbers, each with its state and what uses it."""
        at = self._below("/phone_numbers")
        found: dict[str, Json] = {}

        def page(key: Any) -> tuple[list[Json], Any]:
            body = self._body(at, params=None if key is None else {"start_key": key})
            data = body.get(DATA)
            numbers = data.get("numbers") if isinstance(data, dict) else None
            if not isinstance(numbers, dict):
                raise self._wrong(f"GET {at}", "expected an object of numbers", "refused")
            found.update(numbers)
            return [], body.get("next_start_key") or None

        list(pages(page))
        return found

    def check_numbers(self, numbers: Any) -> Json:
        """Whether these numbers can be had, as the vendor says it."""
        at = self._below("/phone_numbers/check")
        body = self.api.ask("POST", at, json={DATA: {"numbers": list(numbers)}})
        return body.get(DATA) if isinstance(body, dict) else None

    def api_key(self) -> str:
        """The key of the account, which from now on is a secret."""
        at = self._below("/api_key")
        data = self._body(at).get(DATA)
        key = data.get("api_key") if isinstance(data, dict) else None
        if not isinstance(key, str):
            raise self._wrong(f"GET {at}", "there is no key in the answer", "refused")
        self.api.secrets.add(key)
        return key

    def _below(self, path: str) -> str:
        return f"/accounts/{_spelled(self.account_id)}{path}"

    def _at(self, kind: str, key: str | None = None, *, of: str = "") -> str:
        path = self._below(PATHS[kind].format(_spelled(of)))
        return path if key is None else f"{path}/{_spelled(key)}"

    def _body(self, at: str, **what: Any) -> Mapping[str, Json]:
        body = self.api.ask("GET", at, **what)
        if body is None and what.get("missing"):
            return {DATA: []}
        if not isinstance(body, dict):
            raise self._wrong(f"GET {at}", "expected an object", "refused")
        return body

    def _document(self, method: str, at: str, **what: Any) -> dict[str, Json] | None:
        body = self.api.ask(method, at, **what)
        if body is None:
            return None
        data = body.get(DATA) if isinstance(body, dict) else None
        if not isinstance(data, dict):
            raise self._wrong(f"{method} {at}", "expected an object under data", "refused")
        return data

    def _items(self, at: str, body: Mapping[str, Json]) -> list[Json]:
        """The page shows one whole document where Kazoo gives an array of summaries; both are taken."""
        data = body.get(DATA)
        if isinstance(data, list) and all(isinstance(item, dict) for item in data):
            return data
        if isinstance(data, dict) and ("flow" in data or "name" in data):
            return [data]
        raise self._wrong(f"GET {at}", "expected an array of objects under data", "refused")

    def _wrong(self, call: str, message: str, outcome: Any) -> ProviderError:
        return ProviderError(message, provider=PROVIDER, call=call, outcome=outcome)


def by_key(api_key: str) -> dict[str, Json]:
    """A login with the account's key."""
    return {"api_key": Secret(api_key)}


def by_password(username: str, password: str, method: str = "md5", **account: str) -> dict[str, Json]:
    """A login with a user's name and password. ``account``: one of account_name, account_realm and phone_number.

    The hash is as good as the password: nobody salts it.
    """
    said = f"{username.lower()}:{password}".encode()
    return {"credentials": Secret(HASHES[method](said, usedforsecurity=False).hexdigest()), **account, "method": method}


def _secrets_of(login: Mapping[str, Json]) -> set[str]:
    return {str(login[name]) for name in ("api_key", "credentials") if name in login}


def _put_token(request: httpx.Request, token: Token) -> None:
    request.headers[TOKEN_HEADER] = token.value


def _spelled(key: str) -> str:
    return quote(key, safe="")
