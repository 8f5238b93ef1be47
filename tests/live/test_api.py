"""Calling an API: what is asked again and what is not, how long it is waited for, and that no secret is ever seen."""

from __future__ import annotations

import gzip
import logging
import re
import threading
import traceback
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

from unicall.live import api as live
from unicall.live.api import Answer, Api, Refused, Secrets, connect, pages, safe
from unicall.live.auth import Token, TokenAuth
from unicall.problem import FlowError, ProviderError

SECRET = "not/a real&secret"
Respond = Callable[[httpx.Request], httpx.Response]


def judge(answer: Answer) -> Refused | None:
    body = answer.body if isinstance(answer.body, dict) else {}
    if answer.status < 400:
        return None
    return Refused(str(body.get("message", "no")), code=body.get("code"), request_id=body.get("id"), details=body.get("data"))


def api(respond: Respond, **more: Any) -> Api:
    http = httpx.Client(transport=httpx.MockTransport(respond))
    return Api(http, "https://api.example.com/v1/", "vendor", judge, secrets=Secrets({SECRET}), **more)


def one_after_the_other(*answers: httpx.Response | Exception) -> tuple[Respond, list[httpx.Request]]:
    """Answers in this order, and the requests that came."""
    asked: list[httpx.Request] = []

    def respond(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        said = answers[len(asked) - 1]
        if isinstance(said, Exception):
            raise said
        return said

    return respond, asked


OK = httpx.Response(200, json={"fine": True})


@pytest.fixture
def quick() -> Iterator[None]:
    with stamina.set_testing(True, attempts=live.ATTEMPTS):
        yield


@pytest.fixture
def waits() -> Iterator[list[float]]:
    """How long each retry waits."""
    seen: list[float] = []

    def hook(details: RetryDetails) -> None:
        seen.append(details.wait_for)

    set_on_retry_hooks([hook])
    yield seen
    set_on_retry_hooks(None)


# What is asked again.


LOST = [
    httpx.Response(500, json={}),
    httpx.Response(503, text="<html>busy</html>"),
    httpx.Response(200, text="half a bo"),
    httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(gzip.compress(b"{}")[:5] + b"xx")),
    httpx.ReadTimeout("slow"),
    httpx.RemoteProtocolError("broke off"),
    httpx.ReadError("reset"),
]
UNREACHED = [
    httpx.Response(429, json={}),
    httpx.ConnectError("nobody there"),
    httpx.ConnectTimeout("slow"),
    httpx.PoolTimeout("full"),
]


@pytest.mark.parametrize("first", [*LOST, *UNREACHED], ids=repr)
def test_a_get_is_asked_again(first: Any, quick: None) -> None:
    respond, asked = one_after_the_other(first, OK)
    assert api(respond).ask("GET", "/things") == {"fine": True}
    assert len(asked) == 2


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
@pytest.mark.parametrize("first", LOST, ids=repr)
def test_a_write_whose_answer_was_lost_is_not(first: Any, method: str, quick: None) -> None:
    respond, asked = one_after_the_other(first)
    with pytest.raises(ProviderError) as lost:
        api(respond).ask(method, "/things", json={})
    assert lost.value.outcome == "unknown"
    assert len(asked) == 1


@pytest.mark.parametrize("first", UNREACHED, ids=repr)
def test_a_write_that_never_arrived_is_asked_again(first: Any, quick: None) -> None:
    respond, asked = one_after_the_other(first, OK)
    assert api(respond).ask("PUT", "/things", json={"a": 1}) == {"fine": True}
    assert [request.content for request in asked] == [b'{"a":1}'] * 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_refusal_is_final(status: int, quick: None) -> None:
    respond, asked = one_after_the_other(httpx.Response(status, json={"message": "no", "code": "c", "id": "r"}))
    with pytest.raises(ProviderError) as refused:
        api(respond).ask("GET", "/things")
    assert (refused.value.outcome, refused.value.status, len(asked)) == ("refused", status, 1)
    assert str(refused.value) == f"vendor: GET /v1/things: {status} c: no (request r)"


def test_within_a_pass_what_was_read_is_not_asked_for_again_and_after_it_is(quick: None) -> None:
    respond, asked = one_after_the_other(httpx.Response(500, json={}), *[httpx.Response(200, json=number) for number in range(9)])
    mine = api(respond)
    with mine.remembering():
        assert [mine.ask("GET", "/things") for _ in range(3)] == [0, 0, 0]
        with mine.remembering():
            assert mine.ask("GET", "/things") == 0
        assert [mine.ask("GET", "/things", params={"page": page}) for page in (2, 3, 2)] == [1, 2, 1]
        assert [mine.ask("PUT", "/things", json={}) for _ in range(2)] == [3, 4]
    assert [mine.ask("GET", "/things") for _ in range(2)] == [5, 6]
    assert len(asked) == 8


def test_a_refusal_within_a_pass_is_asked_for_again() -> None:
    mine = api(one_after_the_other(httpx.Response(403, json={}), OK)[0])
    with mine.remembering():
        with pytest.raises(ProviderError):
            mine.ask("GET", "/things")
        assert mine.ask("GET", "/things") == {"fine": True}


def test_there_is_an_end_to_asking(quick: None) -> None:
    respond, asked = one_after_the_other(*[httpx.Response(500, json={})] * 10)
    with pytest.raises(ProviderError):
        api(respond).ask("GET", "/things")
    assert len(asked) == live.ATTEMPTS


def test_a_document_that_is_not_there_is_none() -> None:
    assert api(lambda request: httpx.Response(404, text="gone")).ask("GET", "/things", missing=(404,)) is None


def test_an_answer_without_content_is_no_error() -> None:
    assert api(lambda request: httpx.Response(204)).ask("DELETE", "/things") is None


def test_arguments_are_spelled_by_the_library() -> None:
    respond, asked = one_after_the_other(OK, OK)
    api(respond).ask("GET", "/things", params={"a b": "c&d"})
    api(respond).ask("POST", "/things", form={"a": "b c"})
    assert str(asked[0].url) == "https://api.example.com/v1/things?a+b=c%26d"
    assert asked[1].content == b"a=b+c"


# How long it is waited.


def test_it_waits_as_long_as_the_vendor_asks(waits: list[float]) -> None:
    respond, _ = one_after_the_other(httpx.Response(429, headers={"retry-after": "0.05"}), OK)
    api(respond).ask("PUT", "/things", json={})
    assert waits == [0.05]


def test_it_waits_until_the_date_that_the_vendor_names(waits: list[float]) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    respond, _ = one_after_the_other(httpx.Response(503, headers={"retry-after": soon}), OK)
    api(respond).ask("GET", "/things")
    assert 0.5 < waits[0] <= 2


@pytest.mark.parametrize("past", ["Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:00 -0000", "-5"])
def test_a_date_that_is_over_is_not_waited_for(past: str, waits: list[float]) -> None:
    respond, _ = one_after_the_other(httpx.Response(429, headers={"retry-after": past}), OK)
    api(respond).ask("GET", "/things")
    assert waits == [0.0]


def test_a_date_that_is_none_is_ignored(waits: list[float]) -> None:
    respond, _ = one_after_the_other(httpx.Response(429, headers={"retry-after": "tomorrow"}), OK)
    api(respond).ask("GET", "/things")
    assert 0 < waits[0] <= live.FIRST_WAIT + live.JITTER


@pytest.mark.parametrize("long", ["100000", "inf"])
def test_who_asks_for_too_much_is_not_waited_for(long: str, waits: list[float]) -> None:
    respond, asked = one_after_the_other(httpx.Response(429, headers={"retry-after": long}), OK)
    with pytest.raises(ProviderError) as refused:
        api(respond).ask("GET", "/things")
    assert (refused.value.after, len(asked), waits) == (float(long), 1, [])


# Secrets.


def shown(error: BaseException) -> str:
    """All that a person may ever see of an error."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))


@pytest.mark.parametrize("spelled", [SECRET, "not%2Fa%20real%26secret", "not%2Fa+real%26secret"])
@pytest.mark.parametrize("where", ["message", "code", "id", "data"])
def test_an_error_shows_no_secret_that_the_answer_repeats(spelled: str, where: str) -> None:
    data: Any = {"deep": [{spelled: spelled}, 20]}
    body = {where: data if where == "data" else f"bad key {spelled}"}
    with pytest.raises(ProviderError) as refused:
        api(lambda request: httpx.Response(400, json=body)).ask("GET", "/things")
    assert spelled not in shown(refused.value)
    assert "***" in shown(refused.value)


def test_a_secret_that_is_a_number_leaves_details_whole() -> None:
    secret = api(lambda request: httpx.Response(400, json={"data": {"limit": 20, "key": "20"}}))
    secret.secrets.add("20")
    with pytest.raises(ProviderError) as refused:
        secret.ask("GET", "/things")
    assert refused.value.details == {"limit": 20, "key": "***"}


def test_details_as_deep_as_json_may_be_are_hidden() -> None:
    deep = "[" * 900 + f'"{SECRET}"' + "]" * 900
    with pytest.raises(ProviderError) as refused:
        api(lambda request: httpx.Response(400, text=f'{{"data": {deep}}}')).ask("GET", "/things")
    assert SECRET not in str(refused.value.details)


@pytest.mark.parametrize("error", [httpx.ConnectError, httpx.ReadError, httpx.RemoteProtocolError])
def test_an_error_on_the_way_shows_no_secret(error: type[httpx.TransportError], quick: None) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        raise error(f"no way to {request.url}", request=request)

    with pytest.raises(ProviderError) as lost:
        api(respond).ask("POST", "/things", params={"key": SECRET})
    assert not re.search("real(&|%26)", shown(lost.value))
    assert "no way to" in str(lost.value)


def test_an_answer_that_is_no_json_shows_no_secret(quick: None) -> None:
    with pytest.raises(ProviderError) as broken:
        api(lambda request: httpx.Response(200, text=f"<p>{SECRET}</p>")).ask("GET", "/things")
    assert "is no JSON: '<p>***</p>'" in str(broken.value)


def test_logs_show_no_secret(caplog: pytest.LogCaptureFixture, quick: None) -> None:
    respond, _ = one_after_the_other(httpx.Response(500, json={"message": SECRET}), OK)
    with caplog.at_level(logging.DEBUG):
        api(respond).ask("GET", "/things", params={"key": SECRET})
    assert "api.example.com" in caplog.text
    assert "real" not in caplog.text


def test_an_api_shows_no_secret_of_its_own() -> None:
    assert SECRET not in repr(api(lambda request: OK))


# Addresses.


@pytest.mark.parametrize("url", ["http://api.example.com", "http://192.0.2.1", "ftp://localhost", "http://localhost.example.com"])
def test_a_secret_crosses_no_network_in_the_clear(url: str) -> None:
    with pytest.raises(FlowError, match="is not safe for secrets; use https"):
        Api(httpx.Client(), url, "vendor", judge)
    with pytest.raises(FlowError):
        connect(url)


@pytest.mark.parametrize("url", ["http://localhost:8000", "http://127.0.0.1:8000", "http://127.9.9.9", "http://[::1]:8000"])
def test_this_machine_may_be_asked_in_the_clear(url: str) -> None:
    assert safe(url)
    with connect(url) as http:
        assert not http.trust_env


def test_the_usual_address_is_safe() -> None:
    assert not safe("https://api.example.com")


# Pages.


def test_pages_are_read_to_the_last() -> None:
    book = {None: ([1, 2], "b"), "b": ([], "c"), "c": ([3], None)}
    assert list(pages(lambda key: book[key])) == [1, 2, 3]


@pytest.mark.parametrize("book", [{None: ([1], "b"), "b": ([2], "b")}, {None: ([1], "b"), "b": ([2], "c"), "c": ([3], "b")}])
def test_a_list_without_an_end_is_an_error(book: Any) -> None:
    with pytest.raises(ProviderError, match="a list has no end: the page 'b' comes again"):
        list(pages(lambda key: book[key]))


# Tokens.


class Vendor:
    """A vendor whose tokens end."""

    def __init__(self) -> None:
        self.logins = 0
        self.over: set[str] = set()
        self.lock = threading.Lock()
        self.refused: list[str] = []
        self.all_here: threading.Barrier | None = None

    def respond(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/login":
            with self.lock:
                self.logins += 1
                return httpx.Response(200, json={"token": f"token-{self.logins}"})
        token = request.headers["token"]
        if token in self.over:
            self.refused.append(token)
            if self.all_here is not None:
                self.all_here.wait(5)
            return httpx.Response(401, json={"message": f"{token} is over"})
        return httpx.Response(200, json={"used": token, "method": request.method})

    def api(self) -> Api:
        def login(over: Token | None) -> Generator[httpx.Request, httpx.Response, Token]:
            answer = made.accepted("POST /login", (yield httpx.Request("POST", "https://api.example.com/login")))
            made.secrets.add(answer.body["token"])
            return Token(answer.body["token"])

        def put(request: httpx.Request, token: Token) -> None:
            request.headers["token"] = token.value

        made = api(self.respond, auth=TokenAuth(login, put))
        return made


def test_a_token_is_asked_for_once() -> None:
    vendor = Vendor()
    asked = vendor.api()
    assert [asked.ask("GET", "/a")["used"] for _ in range(3)] == ["token-1"] * 3
    assert vendor.logins == 1


def test_a_write_with_a_token_that_is_over_is_sent_again() -> None:
    vendor = Vendor()
    asked = vendor.api()
    asked.ask("GET", "/a")
    vendor.over = {"token-1"}
    assert asked.ask("PUT", "/a", json={}) == {"used": "token-2", "method": "PUT"}


def test_a_new_token_that_is_refused_is_the_end_and_is_not_shown() -> None:
    vendor = Vendor()
    vendor.over = {"token-1", "token-2"}
    with pytest.raises(ProviderError) as refused:
        vendor.api().ask("GET", "/a")
    assert (vendor.logins, refused.value.status) == (2, 401)
    assert "token-" not in shown(refused.value)


def test_two_who_meet_a_401_together_log_in_once() -> None:
    vendor = Vendor()
    asked = vendor.api()
    asked.ask("GET", "/a")
    vendor.over, vendor.all_here = {"token-1"}, threading.Barrier(2)
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(asked.ask("GET", "/a")["used"])) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert vendor.refused == ["token-1"] * 2
    assert (found, vendor.logins) == (["token-2"] * 2, 2)


def test_a_login_ahead_serves_the_first_call() -> None:
    vendor = Vendor()
    asked = vendor.api()
    asked.sign_in()
    asked.sign_in()
    asked.ask("GET", "/a")
    assert vendor.logins == 1


def test_a_login_that_fails_changes_nothing_and_can_be_tried_again(quick: None) -> None:
    vendor = Vendor()
    asked = vendor.api()
    works, asked.http = asked.http, httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(500, json={})))
    with pytest.raises(ProviderError) as failed:
        asked.ask("PUT", "/a", json={})
    assert failed.value.outcome == "unreached"
    asked.http = works
    assert asked.ask("PUT", "/a", json={})["used"] == "token-1"


def test_a_login_that_cannot_be_reached_is_said_so(quick: None) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there")

    asked = Vendor().api()
    asked.http = httpx.Client(transport=httpx.MockTransport(respond))
    for ask in (asked.sign_in, lambda: asked.ask("PUT", "/a", json={})):
        with pytest.raises(ProviderError, match="cannot be reached") as failed:
            ask()
        assert failed.value.outcome == "unreached"
