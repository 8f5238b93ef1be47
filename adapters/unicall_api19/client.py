"""API19's API: one method, one call. The caller owns the ``httpx.Client``.

Documented: the list of call flows, pointing a number at one, and the address that a number's calls are asked at; the update of a
call flow only on a sibling brand of the platform. What surprises people: nearly every answer is a 200 in HTML, so only the
``status`` inside tells; and the list has two addresses on the same page.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Literal, TypeGuard

import httpx

from unicall.live.api import SHOWN, Answer, Api, Refused, Secrets
from unicall.live.auth import Secret
from unicall.numbers import national
from unicall.problem import FlowError, ProviderError
from unicall.wire import Json
from unicall_api19.target import PROVIDER

#: Headings before examples: which of the two is right, the page does not say.
LISTS = ("/dids/my/callflows", "/dids/callflows/list")
INCOMING = ("/dids/set/callurl", "/dids/my/callurl")
FLOWS_AND_FAXES = ("call_flows", "fax_flows")  # either may be missing
UPDATE, CHANGE = "/dids/callflow/update", "/dids/callflow/change"
UNSET = "none"

Mode = Literal["basic", "form", "query"]
MODES: tuple[Mode, ...] = ("basic", "form", "query")

#: What is said of a wrong key (measured), and of what went wrong on their side, which leaves open what was done.
NO_KEY, THEIRS = frozenset({"not logged in", "invalid key"}), "system error"
UNAUTHORIZED = "unauthorized"


def judge(answer: Answer) -> Refused | None:
    """By the ``status`` of the body; a real 4xx or 5xx counts as well."""
    body = answer.body if isinstance(answer.body, dict) else {}
    if answer.status < 300 and body.get("status") != "error":
        return None
    said = body.get("error") or body.get("message") or ("no reason" if answer.is_json else f"is no JSON: {answer.text[:SHOWN]!r}")
    if 300 <= answer.status < 400:
        said = f"leads to {answer.headers.get('location')}; name that address as the url"
    code = UNAUTHORIZED if said in NO_KEY else None
    return Refused(str(said), code=code, details=answer.body, outcome="unknown" if said == THEIRS else None)


class Client:
    """The API of one account.

    ``mode``: how the key is sent; a read in the mode ``form`` has it in the query. Without one, reads send it as user and password,
    and once more in the query where that is refused, as only the latter was ever measured; writes send it in the form.
    ``path``: the address of the list, where it is neither of the two.
    """

    def __init__(self, http: httpx.Client, url: str, key: str, mode: Mode | None = None, path: str | None = None) -> None:
        self._key = Secret(key)
        self._mode = mode
        self._reads: Mode = mode or "basic"
        self._basic = b64encode(f"{key}:{key}".encode()).decode()
        self._lists = LISTS if path is None else (path,)
        self.api = Api(http, url, PROVIDER, judge, secrets=Secrets({key, self._basic}))

    def callflows(self) -> Mapping[str, Json]:
        """All call flows and fax flows, in one answer. An address that gives no JSON may be the wrong one, or have broken off."""
        for path in self._lists if len(self._lists) > 1 else ():
            answer = self._get(path, text=True)
            if answer.status != 404 and _is_list(answer.body):
                self._lists = (path,)
                return answer.body
        answer = self._get(self._lists[0], text=False)
        if _is_list(answer.body):
            return answer.body
        raise ProviderError(f"there is no list at {' or '.join(self._lists)}: set path", provider=PROVIDER, status=answer.status)

    def update(self, arguments: Mapping[str, Json]) -> None:
        """Write what a call flow says. Documented on a sibling brand only."""
        self._post(UPDATE, {name: _text(value) for name, value in arguments.items()})

    def change(self, number: str, *, call_flow_id: str | None = None, fax_flow_id: str | None = None) -> None:
        """Point a number at a call flow, or at a fax flow; never at both."""
        flows = {"call_flow_id": call_flow_id, "fax_flow_id": fax_flow_id}
        named = {name: str(key) for name, key in flows.items() if key is not None}
        if len(named) != 1:
            raise FlowError(f"{PROVIDER}: a number uses one flow: name call_flow_id or fax_flow_id")
        self._post(CHANGE, {"did": national(number), **named})

    def set_incoming_url(self, number: str, url: str | None) -> None:
        """Where the calls of a number are asked for what to do, or nowhere. Whether this goes before its call flow, nobody says."""
        self._post(INCOMING[0], {"did": national(number), "url": url or UNSET}, INCOMING[1])

    def _get(self, path: str, *, text: bool) -> Answer:
        try:
            return self.api.call("GET", path, missing=(404,), text=text, **self._said(self._reads))
        except ProviderError as error:
            if self._mode is not None or self._reads == "query" or error.code != UNAUTHORIZED:
                raise
        answer = self.api.call("GET", path, missing=(404,), text=text, **self._said("query"))
        self._reads = "query"
        return answer

    def _said(self, mode: Mode) -> dict[str, Any]:
        """The key of a read, which has no form."""
        if mode == "basic":
            return {"headers": {"Authorization": Secret(f"Basic {self._basic}")}}
        return {"params": {"key": self._key}}

    def _post(self, path: str, form: Mapping[str, str], other: str | None = None) -> None:
        """A write. Its arguments never stand in an address, as a GET that writes can be asked again by anybody on the way."""
        said: dict[str, Any] = {"form": {**form, "key": self._key}}
        if self._mode in ("basic", "query"):
            said = {"form": form, **self._said(self._mode)}
        answer = self.api.call("POST", path, missing=(404,) if other else (), **said)
        if answer.status == 404 and other is not None:
            answer = self.api.call("POST", other, **said)
        if not isinstance(answer.body, dict) or answer.body.get("status") != "ok":
            raise ProviderError("answers neither ok nor error", provider=PROVIDER, call=f"POST {path}", outcome="unknown")


def _is_list(body: Json) -> TypeGuard[dict[str, Json]]:
    return isinstance(body, dict) and not body.keys().isdisjoint(FLOWS_AND_FAXES)


def _text(value: Json) -> str:
    return "" if value is None else str(value)
