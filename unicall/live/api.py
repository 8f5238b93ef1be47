"""Calling a vendor's API: one request, its answer judged, and repeated where that is safe.

What surprises people: whether a call may be repeated is not a matter of its status alone. A call that never arrived (no connection,
a 429) may always be; one whose answer was lost (a timeout, a reset, a 5xx, half a body) only where it does not change anything.
All others are raised with ``outcome`` "unknown", and whoever asked for the change has to look before asking again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any, Literal, TypeVar
from urllib.parse import quote, quote_plus
from weakref import WeakSet

import httpx
import orjson
import stamina
from attrs import Factory, define, evolve, field, frozen

from unicall.live.auth import TokenAuth
from unicall.problem import FlowError, ProviderError
from unicall.wire import Json

ATTEMPTS = 6
PATIENCE = 300.0  # seconds that a Retry-After may ask for; a vendor that asks for more is not waited for
FIRST_WAIT, LONGEST_WAIT, JITTER = 0.2, 10.0, 0.2  # seconds
TIMEOUT = 30.0  # seconds
HIDDEN = "***"
NOT_SHOWN = "what a login answers is not shown"
HALF = 5  # characters of a secret that tell nothing
SHOWN = 200  # characters of an answer that is no JSON

Outcome = Literal["refused", "unreached", "unknown"]
T = TypeVar("T")


@frozen
class Answer:
    """What came back. ``body`` is the JSON of it, or ``text``, which holds no secret, says why there is none."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: Json = field(repr=False)
    text: str = field(repr=False)
    is_json: bool


@frozen
class Refused:
    """What a vendor's answer says that is no success, in its own words. ``outcome``: where the status does not tell it."""

    message: str = field(repr=False)
    code: str | None = field(repr=False, default=None)
    request_id: str | None = None
    details: Json = field(repr=False, default=None)
    outcome: Outcome | None = None


#: Says what is wrong with an answer, by its status or its body; None where it is a success.
Judge = Callable[[Answer], Refused | None]


@define(eq=False)
class Secrets:
    """What must not be seen, and leaves nothing of it in any text. Tokens are added when they are learned."""

    values: set[str] = field(factory=set, repr=False)

    def add(self, *values: str | None) -> None:
        """More of what must not be seen."""
        self.values = self.values | {value for value in values if value}

    def hide(self, text: str) -> str:
        """The text without any of them, as they stand or as a URL spells them."""
        for value in sorted(self.values, key=len, reverse=True):
            for spelled in (value, quote(value, safe=""), quote_plus(value)):
                text = text.replace(spelled, HIDDEN)
        return text

    def hide_half(self, text: str) -> str:
        """The same of a text that may have been broken off in the middle of one."""
        text = self.hide(text)
        for value in self.values:
            half = next((value[:length] for length in range(len(value) - 1, HALF, -1) if text.endswith(value[:length])), "")
            text = text.removesuffix(half) + (HIDDEN if half else "")
        return text

    def hide_in(self, value: Json) -> Json:
        """The same for all text and all keys of a JSON value."""
        whole: list[Json] = [value]
        todo: list[tuple[Any, Any]] = [(whole, 0)]
        while todo:
            holder, at = todo.pop()
            item = holder[at]
            if isinstance(item, str):
                holder[at] = self.hide(item)
            elif isinstance(item, (list, dict)):
                holder[at] = inner = list(item) if isinstance(item, list) else {self.hide(key): said for key, said in item.items()}
                todo.extend((inner, key) for key in (range(len(inner)) if isinstance(inner, list) else inner))
        return whole[0]


class _Hiding(logging.Filter):
    """Keeps secrets out of what httpx logs: it logs the addresses of requests, and one vendor takes its key there."""

    def __init__(self) -> None:
        super().__init__()
        self.all: WeakSet[Secrets] = WeakSet()

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        for secrets in list(self.all):
            text = secrets.hide(text)
        record.msg, record.args = text, ()
        return True


_HIDING = _Hiding()
for _name in ("httpx", "httpcore.http11", "httpcore.connection", "httpcore.proxy"):
    logging.getLogger(_name).addFilter(_HIDING)


@define
class Api:
    """One account's API. ``judge`` tells refusals from successes; ``auth`` puts the credentials into each request."""

    http: httpx.Client
    base: str
    provider: str
    judge: Judge
    auth: httpx.Auth | None = None
    secrets: Secrets = Factory(Secrets)
    _known: dict[Hashable, Answer] | None = field(init=False, default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        safe(self.base)
        self.base = self.base.rstrip("/")
        _HIDING.all.add(self.secrets)

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Json = None,
        form: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        missing: Sequence[int] = (),
    ) -> Json:
        """The body of the answer. GET is repeated where it may be; all else only where it never arrived.

        A status in ``missing`` gives None. Raises ProviderError.
        """
        answer = self.call(method, path, params=params, json=json, form=form, headers=headers, missing=missing)
        return None if answer.status in missing else answer.body

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Json = None,
        form: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        missing: Sequence[int] = (),
        text: bool = False,
    ) -> Answer:
        """The answer as :meth:`ask` gets it, with its status and headers; with ``text`` also one that is no JSON."""
        known = self._known if method == "GET" else None
        asked = (path, tuple(sorted((params or {}).items())), tuple(missing), text)
        if known is not None and asked in known:
            return known[asked]
        content = None if json is None else orjson.dumps(json)
        headers = {**(headers or {}), **({} if json is None else {"Content-Type": "application/json"})}
        called = f"{method} {httpx.URL(self.base + path).path}"

        def built() -> httpx.Request:
            return self.http.build_request(method, self.base + path, params=params, headers=headers, data=form, content=content)

        answer = _repeated(lambda: self._once(called, built, missing, text), method == "GET")
        if known is not None:
            known[asked] = answer
        return answer

    @contextmanager
    def remembering(self) -> Iterator[None]:
        """Within this, what was read is not asked for again: one pass over an account, in which nobody writes."""
        before = self._known
        self._known = {} if before is None else before
        try:
            yield
        finally:
            self._known = before

    def sign_in(self) -> None:
        """Get the token now, for what else the login says. Raises ProviderError."""
        auth = self.auth
        assert isinstance(auth, TokenAuth)

        def once() -> None:
            with self._reaching("login"):
                auth.sign_in(self.http)

        _repeated(once, True)

    def accepted(self, call: str, response: httpx.Response) -> Answer:
        """The answer to a login. Raises ProviderError, ``unreached`` for a 5xx: what needs the token was not asked for yet."""
        answer = self._read(response)
        refused = self.judge(answer if answer.is_json else evolve(answer, text=NOT_SHOWN))
        if refused is not None:
            raise self._refusal(call, answer, refused, lost="unreached")
        if not answer.is_json or answer.status >= 300:
            raise self._error(call, "is no JSON", outcome="unreached", status=answer.status)
        return answer

    def _once(self, call: str, built: Callable[[], httpx.Request], missing: Sequence[int], text: bool) -> Answer:
        with self._reaching(call):
            answer = self._read(self.http.send(built(), auth=self.auth or httpx.USE_CLIENT_DEFAULT))
        if answer.status in missing:
            return answer
        refused = self.judge(answer)
        if refused is not None:
            raise self._refusal(call, answer, refused)
        if 300 <= answer.status < 400:
            said = f"leads to {answer.headers.get('location')}; name that address as the url"
            raise self._error(call, said, outcome="refused", status=answer.status)
        if not answer.is_json and not text and answer.status != 204:
            raise self._error(call, f"is no JSON: {answer.text[:SHOWN]!r}", outcome="unknown", status=answer.status)
        return answer

    def _read(self, response: httpx.Response) -> Answer:
        """An answer, whatever its Content-Type says."""
        try:
            body, is_json = orjson.loads(response.content), True
        except orjson.JSONDecodeError:
            body, is_json = None, False
        return Answer(response.status_code, response.headers, body, self.secrets.hide_half(response.text), is_json)

    def _refusal(self, call: str, answer: Answer, refused: Refused, lost: Outcome = "unknown") -> ProviderError:
        """A refusal as an error: 429 was not looked at, and a 5xx may be anything."""
        outcome: Outcome = "unreached" if answer.status == 429 else lost if answer.status >= 500 else "refused"
        return self._error(
            call,
            refused.message,
            outcome=refused.outcome or outcome,
            status=answer.status,
            code=refused.code,
            request_id=refused.request_id or answer.headers.get("x-request-id"),
            details=refused.details,
            after=_after(answer.headers.get("retry-after")),
        )

    @contextmanager
    def _reaching(self, call: str) -> Iterator[None]:
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise self._error(call, f"cannot be reached: {error}", outcome="unreached") from None
        except httpx.TimeoutException:
            raise self._error(call, "did not answer in time", outcome="unknown") from None
        except httpx.TransportError as error:
            raise self._error(call, f"broke off: {error}", outcome="unknown") from None
        except httpx.DecodingError as error:
            raise self._error(call, f"sent an answer that cannot be unpacked: {error}", outcome="unknown") from None

    def _error(self, call: str, message: str, **what: Any) -> ProviderError:
        hide = self.secrets.hide
        outcome = what.pop("outcome")
        return ProviderError(hide(message), provider=self.provider, call=hide(call), outcome=outcome, **self.secrets.hide_in(what))


def pages(fetch: Callable[[Any], tuple[Sequence[Json], Any]], first: Any = None) -> Iterator[Json]:
    """All items of all pages. ``fetch`` takes a page's key and gives its items and the next key, None after the last.

    Raises ProviderError where a key comes again: such a list has no end.
    """
    key, seen = first, set()
    while True:
        items, following = fetch(key)
        yield from items
        if following is None:
            return
        if following in seen or following == key:
            raise ProviderError(f"a list has no end: the page {following!r} comes again", outcome="refused")
        seen.add(following)
        key = following


def connect(url: str, *, timeout: float = TIMEOUT) -> httpx.Client:
    """A client for this address: certificates are verified, and plain HTTP goes to this machine alone."""
    local = safe(url)
    return httpx.Client(timeout=timeout, follow_redirects=False, trust_env=not local)


def safe(url: str) -> bool:
    """Whether this address is on this machine. Raises FlowError where secrets would cross a network in the clear."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise FlowError(f"{url!r} is no address: {error}") from None
    local = _is_loopback(parsed.host)
    if parsed.scheme == "https" or (parsed.scheme == "http" and local):
        return local
    raise FlowError(f"{parsed.scheme}://{parsed.host} is not safe for secrets; use https")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _repeated(once: Callable[[], T], reading: bool) -> T:
    """What this gives, asked for again where that is safe."""
    for attempt in stamina.retry_context(
        on=lambda error: _again(error, reading),
        attempts=ATTEMPTS,
        timeout=None,
        wait_initial=FIRST_WAIT,
        wait_max=LONGEST_WAIT,
        wait_jitter=JITTER,
    ):
        with attempt:
            return once()
    raise AssertionError  # the last attempt raises


def _again(error: Exception, reading: bool) -> bool | float:
    """Whether to repeat a call, or after how many seconds."""
    if not isinstance(error, ProviderError) or not (error.outcome == "unreached" or (reading and error.outcome == "unknown")):
        return False
    if error.after is None:
        return True
    return error.after if error.after <= PATIENCE else False


def _after(header: str | None) -> float | None:
    """The seconds of a Retry-After, which says them or a date."""
    if header is None:
        return None
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
