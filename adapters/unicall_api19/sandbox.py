"""A sandbox of API19: its list of call flows, the two ways to change one, and which number uses which.

Written from the vendor's pages, and not from the adapter. What surprises people: every answer is 200 and says that it is HTML; only
``status`` in the body tells an error. Flows can neither be made nor deleted, and the list does not say which numbers use one.
Assumed: that an update writes all steps anew, with numbers as text, and leaves ``dnis`` and unknown keys alone; the texts of errors
beyond those of :data:`TEXTS`; that slashes are escaped, as PHP does.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from unicall.sandbox.store import Shelf, text
from unicall.sandbox.vendor import METHODS, ForeignError, unused

FLOWS, FAXES, NUMBERS, UNSEEN = "call_flows", "fax_flows", "dids", "call_flow_settings"
FIRST = 1
USER = "204"
LISTS = ("dids/my/callflows", "dids/callflows/list")
UPDATE, CHANGE = "dids/callflow/update", "dids/callflow/change"
URLS = ("dids/set/callurl", "dids/my/callurl")
#: Errors that the vendor is known to word so: wrong key, no key, unknown flow; of anything else the words are assumed.
TEXTS = {"wrong": "not logged in", "empty": "invalid key", "flow": "invalid callflow", "else": "invalid request"}
ADDRESSES = ("ip_address_1", "ip_address_2", "ip_address_3", "ip_address_4")
PORT, WAIT = "5060", "30"  # assumed: what an update writes where it was not given
STEP = re.compile(r"route[1-9]\d*(_wait|_simul)?|sip_port[1-9]\d*|wait")
YES_OR_NO = ("yes", "no")


class Api19Sandbox:
    """The sandbox, as the entry point names it."""

    provider = "api19"
    title = "API19"
    places: Mapping[str, str] = {"url": ""}
    stamps: Sequence[str] = ()

    def credentials(self) -> dict[str, str]:
        """The API token."""
        return {"key": secrets.token_hex(16)}

    def routes(self, shelf: Shelf) -> Sequence[BaseRoute]:
        """Every address: there is no 404."""
        return [Route("/{path:path}", Api(shelf).handle, methods=METHODS)]

    def load(self, shelf: Shelf, document: Any) -> Iterator[str]:
        """Put the entries of a list answer, of a bundle, or one by itself into the account."""
        for kind, entry in _entries(document):
            key, kept = str(entry["id"]), dict(entry)
            if shelf.get(kind, key) not in (None, kept):
                kept["id"] = str(shelf.next_id(kind, FIRST))
                yield f"{kind}/{key}: is there already; loaded as {kept['id']}"
            shelf.put(kind, str(kept["id"]), kept)

    def flows(self, shelf: Shelf) -> tuple[str, ...]:
        """The ids of all call flows."""
        return shelf.keys(FLOWS)

    def copy(self, shelf: Shelf, key: str, number: int) -> None:
        """A call flow again, and a number that uses it."""
        flow, new = shelf.get(FLOWS, key), str(shelf.next_id(FLOWS, FIRST))
        shelf.put(FLOWS, new, flow | {"id": new, "name": f"{flow.get('name') or 'Flow'} {number}"})
        shelf.put(NUMBERS, unused(frozenset(shelf.keys(NUMBERS))), {"call_flow_id": new})


def _entries(document: Any) -> list[tuple[str, dict[str, Any]]]:
    if isinstance(document, dict) and isinstance(document.get("call_flow"), dict):
        document = document["call_flow"]
    if not isinstance(document, dict):
        raise ForeignError("holds no call flow")
    if "call_flows" in document or "fax_flows" in document:
        lists = {kind: document.get(kind) or [] for kind in (FLOWS, FAXES)}
        found = [(kind, entry) for kind, one in lists.items() for entry in (one if isinstance(one, list) else [one])]
    else:
        found = [(FLOWS if "json" in document else FAXES, document)]
    if not all(isinstance(entry, dict) and _is_entry(kind, entry) for kind, entry in found):
        raise ForeignError("holds no call flow in the form of the list")
    return found


def _is_entry(kind: str, entry: Mapping[str, Any]) -> bool:
    key = entry.get("id")
    return isinstance(key, str | int) and ("json" if kind == FLOWS else "emails_allowed_in") in entry


def _html(document: Any) -> Response:
    """An answer: 200, whatever it says, as PHP writes it."""
    return Response(json.dumps(document).replace("/", "\\/"), media_type="text/html")


def _error(words: str, **more: str) -> Response:
    return _html({"status": "error", "error": words, **more})


def _ok(**more: Any) -> Response:
    return _html({"status": "ok", **more})


class Api:
    """The API over one account."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    async def handle(self, request: Request) -> Response:
        """Answer any request."""
        given = dict(request.query_params)
        if request.method == "POST":
            given |= parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True)
        key = _key(request, given)
        if not key:
            return _error(TEXTS["empty"], verbose="none")
        if key != self.shelf.credentials()["key"]:
            return _error(TEXTS["wrong"])
        path = request.path_params["path"].strip("/")
        if request.method not in ("GET", "POST"):
            return _error(TEXTS["else"])
        if path in LISTS:
            return self._list()
        handlers = {UPDATE: self._update, CHANGE: self._change} | dict.fromkeys(URLS, self._url)
        handler = handlers.get(path)
        return handler(given) if handler is not None else _error(TEXTS["else"])

    def _list(self) -> Response:
        faxes, flows = (list(self.shelf.all(kind).values()) for kind in (FAXES, FLOWS))
        return _ok(fax_flows=faxes, call_flows=flows)

    def _update(self, given: Mapping[str, str]) -> Response:
        """Write a flow's steps anew: one address each, with the same port and the same wait."""
        flow = self.shelf.get(FLOWS, given.get("call_flow_id", ""))
        if flow is None:
            return _error(TEXTS["flow"])
        wrong = next(_wrong(given), None)
        if wrong is not None:
            return _error(wrong)
        port, wait = given.get("sip_port") or PORT, given.get("wait_time") or WAIT
        routing = {key: one for key, one in _routing(flow.get("json")).items() if not STEP.fullmatch(key)}
        for number, name in enumerate(ADDRESSES, 1):
            if given.get(name):
                routing |= {f"route{number}": given[name], f"sip_port{number}": port, f"route{number}_wait": wait}
        written = flow | {"json": text(routing | {"wait": wait}), "e164": given["e164"]}
        self.shelf.put(FLOWS, given["call_flow_id"], written)
        unseen = {name: given[name] for name in ("voicemail_box", "make_default") if name in given}
        if unseen:
            self.shelf.put(UNSEEN, given["call_flow_id"], unseen)
        return _ok()

    def _change(self, given: Mapping[str, str]) -> Response:
        """Which flow a number uses."""
        number = given.get("did") or given.get("number") or ""
        named = {name: given[name] for name in ("call_flow_id", "fax_flow_id") if given.get(name)}
        kinds = {"call_flow_id": FLOWS, "fax_flow_id": FAXES}
        if not named or any(self.shelf.get(kinds[name], key) is None for name, key in named.items()):
            return _error(TEXTS["flow"])
        if not re.fullmatch(r"1?\d{10}", number):
            return _error("no numbers found in dids")
        self._number(number, named)
        return _ok()

    def _url(self, given: Mapping[str, str]) -> Response:
        """Where a number's calls ask what to do; ``none`` is nowhere."""
        number, url = given.get("did") or "", given.get("url") or ""
        if not re.fullmatch(r"1?\d{10}", number) or not re.match(r"https?://|none$", url):
            return _error(TEXTS["else"])
        self._number(number, {"url": url})
        return _ok()

    def _number(self, number: str, said: Mapping[str, str]) -> None:
        known = {**(self.shelf.get(NUMBERS, number[-10:]) or {}), **said}
        self.shelf.put(NUMBERS, number[-10:], {name: one for name, one in known.items() if one != "none"})


def _key(request: Request, given: Mapping[str, str]) -> str:
    """The token: as the password of basic authentication, or as a parameter; one page calls that ``token``."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(encoded, validate=True).decode("utf-8", "replace").partition(":")[2]
        except binascii.Error:
            return ""
    return given.get("key") or given.get("token") or ""


def _wrong(given: Mapping[str, str]) -> Iterator[str]:
    """What an update is refused for (the words are assumed)."""
    if given.get("e164") not in YES_OR_NO:
        yield "e164 is invalid"
    if not given.get("ip_address_1"):
        yield "ip_address_1 is invalid"
    yield from (f"{name} is invalid" for name in ADDRESSES if given.get(name) and not _is_address(given[name]))
    yield from (f"{name} is invalid" for name in ("sip_port", "wait_time") if not re.fullmatch(r"\d{0,5}", given.get(name, "")))
    if given.get("make_default", "no") not in YES_OR_NO:
        yield "make_default is invalid"


def _is_address(address: str) -> bool:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True


def _routing(kept: Any) -> dict[str, Any]:
    """The routing of a flow; what is none is an empty one."""
    if isinstance(kept, str):
        try:
            kept = json.loads(kept)
        except ValueError:
            kept = None
    return kept if isinstance(kept, dict) else {}


SANDBOX = Api19Sandbox()
