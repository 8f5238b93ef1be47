"""A sandbox of Vinix: Kazoo's crossbar API as Vinix shows it, over the documents of one account.

Written from the vendor's pages and Kazoo's schemas, and not from the adapter. What surprises people: a list has no flows; what is
stored holds defaults that nobody sent; a reference to a document that is not there is no error; phone numbers follow callflows.
Assumed, each where it stands: the row of a list beside callflows, the words of errors, the shape of phone numbers, 403 and 409.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from unicall.sandbox.store import Shelf, text
from unicall.sandbox.vendor import METHODS, ForeignError, answer, body, unused

from .sandbox_checks import Errors, checked

TOKEN_LIFE = 3600
PAGE = 50
VERSION, NODE = "4.3", "sandbox"
#: Sections of an account, and what Kazoo calls a document of each.
SECTIONS = {
    "callflows": "callflow",
    "menus": "menu",
    "temporal_rules": "temporal_rule",
    "temporal_rules_sets": "temporal_rule_set",
    "media": "media",
    "devices": "device",
    "users": "user",
    "vmboxes": "vmbox",
    "groups": "group",
    "faxboxes": "faxbox",
    "conferences": "conference",
    "queues": "queue",
    "qubicle_queues": "qubicle_queue",
    "directories": "directory",
    "lists": "list",
}
#: What a list gives of a document; beside callflows it is assumed.
ROWS = {
    "callflows": ("name", "type", "numbers", "patterns", "featurecode", "owner_id", "group_id", "flags"),
    "devices": ("name", "owner_id", "enabled", "device_type", "mac_address"),
    "users": ("first_name", "last_name", "username", "email", "priv_level"),
    "vmboxes": ("name", "mailbox", "owner_id"),
    "media": ("name", "media_source", "language"),
}
OTHER_ROW = ("name", "owner_id")
#: What may stand once only in an account, beside the numbers and patterns of callflows (assumed).
UNIQUE = {"vmboxes": "mailbox", "users": "username"}
#: Whose answers and errors have the shape of the contact-centre pages.
CONTACT_CENTRE = ("qubicle_queues",)
NUMBERS, RAW, DELETED = "phone_numbers", "media_raw", "_deleted"
#: What is a phone number, and how it is kept; anything else is an extension and stays as it is.
NORMALISED = ((r"\+?1?([2-9]\d\d[2-9]\d{6})", r"+1\1"), (r"(?:011|00)(\d{5,})", r"+\1"), (r"\+(\d{8,})", r"+\1"))
HASHES: Mapping[str, Callable[[bytes], Any]] = {
    "md5": lambda data: hashlib.md5(data, usedforsecurity=False),
    "sha": lambda data: hashlib.sha1(data, usedforsecurity=False),
}
NOW_AND_THEN = {"GET": 200, "PUT": 201, "POST": 200, "PATCH": 200, "DELETE": 200}


class Refused(Exception):  # noqa: N818
    """A request is answered with an error."""

    def __init__(self, status: int, message: str, data: Any) -> None:
        super().__init__(message)
        self.status, self.message, self.data = status, message, data


def _not_found(key: str) -> Refused:
    return Refused(404, "bad_identifier", {"message": "bad identifier", "cause": key})


def _not_allowed(method: str) -> Refused:
    return Refused(405, "method_not_allowed", {"message": "method not allowed", "cause": method})


def _invalid(errors: Errors) -> Refused:
    return Refused(400, "validation error", errors)


UNAUTHORISED = Refused(401, "invalid_credentials", {"message": "invalid credentials"})


class VinixSandbox:
    """The sandbox, as the entry point names it."""

    provider = "vinix"
    title = "Vinix"
    places: Mapping[str, str] = {"url": "/v2"}
    stamps: Sequence[str] = ()

    def credentials(self) -> dict[str, str]:
        """An account with an API key and a user."""
        return {
            "account_id": secrets.token_hex(16),
            "api_key": secrets.token_hex(32),
            "account_name": "rehearsal",
            "username": "Rehearsal@Example.com",
            "password": secrets.token_urlsafe(12),
        }

    def routes(self, shelf: Shelf) -> Sequence[BaseRoute]:
        """Every address below /v2, sorted out here: errors have Kazoo's shape even where there is nothing."""
        return [Route("/v2/{path:path}", Api(shelf).handle, methods=METHODS)]

    def load(self, shelf: Shelf, document: Any) -> Iterator[str]:
        """Put a bundle, a callflow, or a callflow in an envelope into the account."""
        bundle = _bundle(document)
        notes: list[str] = []
        for section in SECTIONS:
            if section != "callflows":
                notes += _loaded(shelf, section, bundle.get(section, {}))
        for key, callflow in bundle["callflows"].items():
            notes += _loaded_callflow(shelf, key, callflow)
        yield from notes

    def flows(self, shelf: Shelf) -> tuple[str, ...]:
        """The ids of all callflows."""
        return shelf.keys("callflows")

    def copy(self, shelf: Shelf, key: str, number: int) -> None:
        """A callflow again: the documents that it refers to are shared."""
        document = shelf.get("callflows", key)
        document |= {"name": f"{document.get('name', 'Callflow')} {number}", "numbers": [_fresh(shelf)], "patterns": []}
        shelf.put("callflows", _new_id(shelf, "callflows"), document)


def _bundle(document: Any) -> dict[str, Any]:
    """The documents of a file by section and id."""
    document = _bare(document)
    if not isinstance(document, dict):
        raise ForeignError("holds no callflow")
    parts = {name: part for name, part in document.items() if name in SECTIONS and isinstance(part, dict)}
    flow = _bare(document.get("callflow")) if "callflow" in document else document if "flow" in document else None
    flows = dict(parts.pop("callflows", {}))
    if isinstance(flow, dict) and ("flow" in flow or "callflow" in document):
        flows = {str(flow.get("id", "")): flow} | flows
    if not flows:
        raise ForeignError("holds no callflow")
    if not all(_is_callflow(_bare(one)) for one in flows.values()):
        raise ForeignError("holds something that is no callflow")
    return parts | {"callflows": flows}


def _is_callflow(document: Any) -> bool:
    if not isinstance(document, dict) or not ("flow" in document or "name" in document):
        return False
    ways = [document.get(name) or [] for name in ("numbers", "patterns")]
    return all(isinstance(one, list) and all(isinstance(way, str) for way in one) for one in ways)


def _bare(document: Any) -> Any:
    return document["data"] if isinstance(document, dict) and isinstance(document.get("data"), dict) else document


def _loaded(shelf: Shelf, section: str, documents: Mapping[str, Any]) -> Iterator[str]:
    for key, document in documents.items():
        known, public = shelf.get(section, key), _public(_bare(document))
        if known is not None and known != public:
            yield f"{section}/{key}: skipped: the account has another of this id"
        elif known is None:
            shelf.put(section, key, public)


def _loaded_callflow(shelf: Shelf, key: str, document: Any) -> Iterator[str]:
    public = _public(_bare(document))
    if shelf.get("callflows", key) == public:
        return
    taken = not key or shelf.get("callflows", key) is not None
    new = _new_id(shelf, "callflows") if taken else key
    if taken and key:
        yield f"callflows/{key}: is there already; loaded as {new}"
    clashes = {cause for _, cause, _ in _clashes(shelf, new, public)}
    for name in ("numbers", "patterns"):
        kept = [one for one in public.get(name) or [] if one not in clashes]
        if kept != (public.get(name) or []):
            yield f"callflows/{new}: {name} that another callflow has are left out"
            public[name] = kept
    if not public.get("numbers") and not public.get("patterns"):
        public["numbers"] = [_fresh(shelf)]
        yield f"callflows/{new}: has the number {public['numbers'][0]}"
    shelf.put("callflows", new, public)


def _public(document: Any) -> dict[str, Any]:
    """What a client may say of a document: its id and what is private are the server's."""
    if not isinstance(document, dict):
        return {}
    return {key: one for key, one in document.items() if key != "id" and not key.startswith(("_", "pvt_"))}


def _new_id(shelf: Shelf, section: str) -> str:
    """32 hexadecimal digits: the same in every run, so that a rehearsal can be repeated."""
    while True:
        number = shelf.next_number(section, 1)
        key = hashlib.md5(f"{section}/{number}".encode(), usedforsecurity=False).hexdigest()
        if shelf.get(section, key) is None:
            return key


def _fresh(shelf: Shelf) -> str:
    numbers = (one for flow in shelf.all("callflows").values() for one in flow.get("numbers") or [])
    return "+1" + unused({str(one)[-10:] for one in numbers})


def normalised(number: Any) -> Any:
    """A number as Kazoo keeps it."""
    for pattern, kept in NORMALISED:
        if isinstance(number, str) and re.fullmatch(pattern, number):
            return re.sub(pattern, kept, number, count=1)
    return number


def _clashes(shelf: Shelf, key: str, document: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The numbers and patterns of a callflow that another one has: where, what, and the other in words."""
    mine = {name: [one for one in document.get(name) or [] if isinstance(one, str)] for name in ("numbers", "patterns")}
    for other, callflow in shelf.all("callflows").items():
        if other == key:
            continue
        words = f"callflow {other} {callflow.get('name', '')}".rstrip()
        for name, ones in mine.items():
            yield from ((name, one, words) for one in ones if one in (callflow.get(name) or []))
        if callflow.get("featurecode"):
            codes = callflow.get("patterns") or []
            yield from (("numbers", one, f"feature code of {words}") for one in mine["numbers"] if _is_code(one, codes))


def _is_code(number: str, patterns: Sequence[str]) -> bool:
    for pattern in patterns:
        try:
            if re.fullmatch(pattern, number):
                return True
        except re.error:
            continue
    return False


class Api:
    """The API over one account."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    @property
    def account(self) -> str:
        """The id of the account."""
        return self.shelf.credentials()["account_id"]

    async def handle(self, request: Request) -> Response:
        """Answer a request in Kazoo's envelope."""
        parts = request.path_params["path"].rstrip("/").split("/")
        token = request.headers.get("x-auth-token")
        try:
            if parts in (["user_auth"], ["api_auth"]):
                return await self._login(parts[0], request)
            if self.shelf.token("access", token) is None:
                raise UNAUTHORISED
            return await self._below(parts, request)
        except Refused as refused:
            return self._refusal(refused, token, contact_centre=len(parts) > 2 and parts[2] in CONTACT_CENTRE)

    def _refusal(self, refused: Refused, token: str | None, contact_centre: bool) -> Response:
        if contact_centre:
            return answer({"message": refused.message, "request_id": secrets.token_hex(16)}, refused.status)
        error = {"error": str(refused.status), "message": refused.message, "status": "error"}
        return answer({"data": refused.data} | error | self._envelope(token), refused.status)

    def _envelope(self, token: str | None) -> dict[str, Any]:
        at = datetime.fromtimestamp(self.shelf.now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        told = {"timestamp": at, "version": VERSION, "node": NODE, "request_id": secrets.token_hex(16)}
        return told | ({"auth_token": token} if token is not None else {})

    def _success(self, request: Request, data: Any, more: Mapping[str, Any] | None = None, location: str | None = None) -> Response:
        revision = hashlib.md5(text(data).encode(), usedforsecurity=False).hexdigest()
        told = {"data": data, **(more or {}), "revision": revision, "status": "success"}
        token = request.headers.get("x-auth-token")
        headers = {"location": location} if location is not None else None
        return answer(told | self._envelope(token), NOW_AND_THEN[request.method], headers)

    async def _login(self, how: str, request: Request) -> Response:
        if request.method != "PUT":
            raise _not_allowed(request.method)
        given, known = await _data(request), self.shelf.credentials()
        if not (_has_key(given, known) if how == "api_auth" else _has_password(given, known)):
            raise UNAUTHORISED
        token = self.shelf.issue("access", TOKEN_LIFE)
        data = {"account_id": self.account, "owner_id": "0" * 32, "language": "en-US", "is_reseller": False}
        return answer({"data": data, "status": "success"} | self._envelope(token), 201)

    async def _below(self, parts: list[str], request: Request) -> Response:
        if parts[0] != "accounts" or len(parts) < 2 or len(parts) > 5:
            raise _not_found(parts[-1])
        if parts[1] != self.account:
            raise Refused(403, "forbidden", {"message": "forbidden"})
        if len(parts) == 2:
            return self._account(request)
        section, *key = parts[2:]
        if section == "api_key" and not key and request.method == "GET":
            return self._success(request, {"api_key": self.shelf.credentials()["api_key"]})
        if section == NUMBERS and len(key) < 2:
            return await self._numbers(request, *key)
        if section == "media" and key[1:] == ["raw"]:
            return await self._raw(request, key[0])
        if section not in SECTIONS or len(key) > 1:
            raise _not_found(key[-1] if key else section)
        return await (self._one(request, section, key[0]) if key else self._section(request, section))

    def _account(self, request: Request) -> Response:
        if request.method != "GET":
            raise _not_allowed(request.method)
        name = self.shelf.credentials()["account_name"]
        known = {"id": self.account, "name": name, "realm": f"{name}.example.com", "timezone": "America/New_York"}
        return self._success(request, known | {"language": "en-us", "enabled": True})

    async def _section(self, request: Request, section: str) -> Response:
        if request.method == "GET":
            return self._list(request, section)
        if request.method != "PUT":
            raise _not_allowed(request.method)
        document = self._checked(section, "", _public(await _data(request)))
        key = _new_id(self.shelf, section)
        self.shelf.put(section, key, document)
        return self._success(request, _shown(section, key, document), location=key)

    async def _one(self, request: Request, section: str, key: str) -> Response:
        stored = self.shelf.get(section, key)
        if stored is None:
            raise _not_found(key)
        if request.method == "GET":
            more = {"metadata": self._metadata(stored)} if section == "callflows" else {}
            return self._success(request, _shown(section, key, stored) | more)
        if request.method == "DELETE":
            self.shelf.put(DELETED, f"{section}/{key}", stored)
            self.shelf.remove(section, key)
            return self._success(request, _shown(section, key, stored) | {"_read_only": {"deleted": True}})
        if request.method not in ("POST", "PATCH"):
            raise _not_allowed(request.method)
        given = _public(await _data(request))
        document = self._checked(section, key, merged(stored, given) if request.method == "PATCH" else given)
        self.shelf.put(section, key, document)
        return self._success(request, _shown(section, key, document))

    def _checked(self, section: str, key: str, document: dict[str, Any]) -> dict[str, Any]:
        """A document as it is stored, after Kazoo's checks in Kazoo's order."""
        if section == "callflows":
            if not document.get("numbers") and not document.get("patterns"):
                message = "Callflows must be assigned at least one number or pattern"
                raise _invalid({"numbers": {"required": {"message": message}}})
            if isinstance(document.get("numbers"), list):
                document["numbers"] = [normalised(number) for number in document["numbers"]]
        try:
            done, errors = checked(section, document)
        except RecursionError:
            raise Refused(400, "invalid request", {"message": "the flow is too deep"}) from None
        if errors:
            raise _invalid(errors)
        errors = self._taken(section, key, done)
        if errors:
            raise _invalid(errors)
        return done

    def _taken(self, section: str, key: str, document: Mapping[str, Any]) -> Errors:
        if section == "callflows":
            found: Errors = {}
            for name, cause, other in _clashes(self.shelf, key, document):
                what = "Number" if name == "numbers" else "Pattern"
                found.setdefault(name, {})["unique"] = {"message": f"{what} {cause} exists in {other}", "cause": cause}
            return found
        name = UNIQUE.get(section, "")
        mine = document.get(name)
        others = [one for other, one in self.shelf.all(section).items() if other != key and one.get(name) == mine]
        return {name: {"unique": {"message": f"{name} is in use", "cause": mine}}} if mine is not None and others else {}

    def _list(self, request: Request, section: str) -> Response:
        asked = request.query_params
        documents = {key: one for key, one in self.shelf.all(section).items() if _fits(one, asked)}
        ascending = asked.get("ascending") == "true"
        keys = sorted(documents, reverse=not ascending)
        rows = {key: _row(section, key, documents[key]) for key in keys}
        if asked.get("paginate") == "false":
            return self._success(request, list(rows.values()))
        size = _size(asked.get("page_size"))
        start = _opened(asked.get("start_key"))
        rest = [key for key in keys if start is None or (key >= start if ascending else key <= start)]
        page, following = rest[:size], rest[size:]
        told: dict[str, Any] = {"page_size": len(page)}
        if "start_key" in asked:
            told["start_key"] = asked["start_key"]
        if following:
            told["next_start_key"] = _closed(following[0])
        return self._success(request, [rows[key] for key in page], told)

    def _metadata(self, callflow: Mapping[str, Any]) -> dict[str, Any]:
        """Names for every id in a flow of which the account has a document."""
        found: dict[str, Any] = {}
        for key in dict.fromkeys(_mentioned(callflow.get("flow"))):
            for section, kind in SECTIONS.items():
                document = self.shelf.get(section, key)
                if document is not None:
                    named = {name: document[name] for name in ("name", "numbers") if name in document}
                    found[key] = named | {"pvt_type": kind}
        return found

    async def _numbers(self, request: Request, number: str | None = None) -> Response:
        """The account's phone numbers: those it was given, and those of its callflows (the shape is assumed)."""
        known = self._known_numbers()
        if number is None:
            if request.method != "GET":
                raise _not_allowed(request.method)
            return self._success(request, {"cascade_quantity": 0, "numbers": known})
        number = normalised(number)
        if request.method == "PUT":
            if number in known:
                raise Refused(409, "number_exists", {"message": "number exists", "cause": number})
            self.shelf.put(NUMBERS, number, {"state": "in_service"})
            return self._success(request, {"id": number, "state": "in_service"})
        if number not in known:
            raise _not_found(number)
        if request.method == "DELETE":
            self.shelf.remove(NUMBERS, number)
        elif request.method != "GET":
            raise _not_allowed(request.method)
        return self._success(request, {"id": number, **known[number]})

    def _known_numbers(self) -> dict[str, Any]:
        known = {key: {**one, "features": []} for key, one in self.shelf.all(NUMBERS).items()}
        for callflow in self.shelf.all("callflows").values():
            for number in callflow.get("numbers") or []:
                if isinstance(number, str) and re.fullmatch(r"\+\d{8,}", number):
                    known[number] = known.get(number, {"state": "in_service", "features": []}) | {"used_by": "callflow"}
        return dict(sorted(known.items()))

    async def _raw(self, request: Request, key: str) -> Response:
        """The sound of a media document."""
        if self.shelf.get("media", key) is None:
            raise _not_found(key)
        if request.method == "POST":
            sound = base64.b64encode(await request.body()).decode()
            self.shelf.put(RAW, key, {"content_type": request.headers.get("content-type", ""), "sound": sound})
            return self._success(request, {})
        kept = self.shelf.get(RAW, key)
        if request.method != "GET" or kept is None:
            raise _not_found(key) if request.method == "GET" else _not_allowed(request.method)
        return Response(base64.b64decode(kept["sound"]), media_type=kept["content_type"] or None)


async def _data(request: Request) -> dict[str, Any]:
    """What stands in the envelope of a request; an envelope without data says nothing."""
    try:
        envelope = await body(request)
    except (ValueError, RecursionError):
        raise Refused(400, "invalid request", {"message": "the request body is no JSON"}) from None
    data = envelope.get("data", {}) if isinstance(envelope, dict) else None
    if not isinstance(data, dict):
        raise Refused(400, "invalid request", {"message": "the request is no envelope around an object"})
    return data


def _has_key(given: Mapping[str, Any], known: Mapping[str, str]) -> bool:
    return given.get("api_key") == known["api_key"]


def _has_password(given: Mapping[str, Any], known: Mapping[str, str]) -> bool:
    method = HASHES.get(given.get("method") or "md5")
    realm = f"{known['account_name']}.example.com"
    if method is None or (given.get("account_name") != known["account_name"] and given.get("account_realm") != realm):
        return False
    wanted = method(f"{known['username'].lower()}:{known['password']}".encode()).hexdigest()
    return isinstance(given.get("credentials"), str) and given["credentials"] == wanted


def merged(stored: Any, given: Any) -> Any:
    """A document with what a PATCH says: objects are merged, null removes a key."""
    if not isinstance(stored, dict) or not isinstance(given, dict):
        return given
    kept = {key: one for key, one in stored.items() if key not in given or given[key] is not None}
    return kept | {key: merged(stored.get(key, {}), one) for key, one in given.items() if one is not None}


def _shown(section: str, key: str, document: Mapping[str, Any]) -> dict[str, Any]:
    hidden = ("password",) if section == "users" else ()
    return {"id": key} | {name: one for name, one in document.items() if name not in hidden}


def _row(section: str, key: str, document: Mapping[str, Any]) -> dict[str, Any]:
    row = {"id": key} | {name: document[name] for name in ROWS.get(section, OTHER_ROW) if name in document}
    if section == "callflows":
        row |= {"featurecode": document.get("featurecode") or False, "modules": sorted(set(_modules(document.get("flow"))))}
    return row


def _modules(node: Any) -> Iterator[str]:
    for one in _nodes(node):
        data = one.get("data")
        if isinstance(one.get("module"), str) and not (isinstance(data, dict) and data.get("skip_module") is True):
            yield one["module"]


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            children = one.get("children")
            waiting += list(children.values()) if isinstance(children, dict) else []


def _mentioned(flow: Any) -> Iterator[str]:
    """Every id that a flow mentions: in the data of its nodes, and as a child key of two or more characters."""
    for node in _nodes(flow):
        children = node.get("children")
        yield from (key for key in (children if isinstance(children, dict) else {}) if len(key) > 1)
        waiting = [node.get("data")]
        while waiting:
            one = waiting.pop()
            if isinstance(one, dict):
                yield from (value for key, value in one.items() if isinstance(value, str) and (key == "id" or "_id" in key))
                waiting += list(one.values())
            elif isinstance(one, list):
                waiting += one


def _fits(document: Mapping[str, Any], asked: Mapping[str, str]) -> bool:
    for name, value in asked.items():
        if name.startswith("filter_not_"):
            fits = _words(document.get(name.removeprefix("filter_not_"))) != value
        elif name.startswith("filter_"):
            fits = _words(document.get(name.removeprefix("filter_"))) == value
        elif name in ("has_key", "key_missing"):
            fits = (value in document) == (name == "has_key")
        else:
            continue
        if not fits:
            return False
    return True


def _words(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _size(given: str | None) -> int:
    if given is None:
        return PAGE
    if not given.isdecimal() or int(given) < 1:
        raise Refused(400, "validation error", {"page_size": {"invalid": {"message": "page size is no number", "cause": given}}})
    return int(given)


def _closed(key: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([key]).encode()).decode().rstrip("=")


def _opened(start: str | None) -> str | None:
    if start is None:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(start + "=" * (-len(start) % 4)))[0]
    except (ValueError, LookupError, TypeError):
        raise Refused(400, "validation error", {"start_key": {"invalid": {"message": "no start key", "cause": start}}}) from None
    return key if isinstance(key, str) else None


SANDBOX = VinixSandbox()
