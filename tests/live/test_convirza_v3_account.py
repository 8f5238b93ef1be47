"""The account of Convirza v3, against a transport that answers as the vendor's documents say, and as the profile guesses."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina

import unicall
from unicall.adapter import find
from unicall.live.carrier import Account, Carrier, Held
from unicall.problem import FlowError, ProviderError
from unicall_convirza.v3.account import CARRIER, ConvirzaV3Carrier, V3Account
from unicall_convirza.v3.client import Login, moment

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures" / "convirza-v3"
URL = "https://api.example.com/v3"
KNOWN = {"url": URL, "oauth_url": "https://login.example.com", "email": "who@example.com", "password": "s3cret word"}
LIST = "/v3/provisioned-routes"
CALLS = "/v3/conversations/calls"
JUNE = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def hasty() -> Iterator[None]:
    """Repeats come at once."""
    with stamina.set_testing(True, attempts=3):
        yield


def route(noun: str, name: str) -> Any:
    """The route of a fixture."""
    document = json.loads((FIXTURES / noun / f"{name}.json").read_text("utf-8"))
    return document.get("data", document)


def answer(data: Any, status: int = 200, code: int = 200, message: str = "Success") -> httpx.Response:
    body = {"code": code, "message": message, "request_id": "7f1f9f0a", "timestamp": "2026-06-01T00:00:00.000Z"}
    return httpx.Response(status, json=body if data is None else body | {"data": data})


class Server:
    """Answers for one account. ``answers``: what to answer instead, one after the other, by method and path."""

    def __init__(self, routes: Sequence[Any] = (), calls: Sequence[Any] = ()) -> None:
        self.routes, self.calls = list(routes), list(calls)
        self.answers: dict[tuple[str, str], list[Any]] = {}
        self.asked: list[httpx.Request] = []
        self.tokens = 0
        self.good = ""
        self.refresh = ""

    def account(self, **known: str) -> V3Account:
        return CARRIER.open(httpx.Client(transport=httpx.MockTransport(self)), KNOWN | known)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        queued = self.answers.get((request.method, request.url.path))
        if queued and (request.url.path.startswith("/oauth") or self.knows(request)):
            queued_answer = queued.pop(0)
            if isinstance(queued_answer, Exception):
                raise queued_answer
            assert isinstance(queued_answer, httpx.Response)
            return queued_answer
        if request.url.path.startswith("/oauth/"):
            return self.token(request)
        return self.route(request) if self.knows(request) else answer(None, 401, 401, "Unauthorized")

    def knows(self, request: httpx.Request) -> bool:
        return bool(self.good) and request.headers.get("Authorization") == f"Bearer {self.good}"

    def token(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if request.url.path.endswith("refresh-token"):
            if not self.refresh or body != {"refresh_token": self.refresh}:
                return answer(None, 401, 401, "refresh token was used")
        elif body != {"email": "who@example.com", "password": "s3cret word"}:
            return answer(None, 401, 401, f"no user has {body['password']}")
        self.tokens += 1
        self.good, self.refresh = f"token-{self.tokens}", f"again-{self.tokens}"
        body = {"access_token": self.good, "refresh_token": self.refresh, "frontend_token": "0" * 32, "token_type": "Bearer"}
        times = {"expires_in": "2026-06-08T00:00:00.000Z", "refresh_expires_in": "2026-12-01T00:00:00.000Z"}
        return httpx.Response(200, json=body | times)

    def route(self, request: httpx.Request) -> httpx.Response:
        query, path = request.url.params, request.url.path
        here = [one for one in self.routes if path == f"{LIST}/{one['provisioned_route_id']}"]
        match request.method:
            case "GET" if path == LIST:
                found = self.routes[int(query["offset"]) :][: int(query["limit"])]
                return answer({"total": len(self.routes), "provisioned_routes": found})
            case "GET" if path == CALLS:
                within = [one for one in self.calls if query["start"] <= one["call_started"] <= query["end"]]
                found = within[int(query["offset"]) :][: int(query["limit"])]
                return answer({"total": len(within), "calls": found})
            case "POST" if path == LIST:
                return answer({"provisioned_route_id": 1099})
            case "GET" | "PUT" | "DELETE" if here:
                return answer(here[0])
        return answer(None, 404, 404, "Not found")

    def to(self, method: str, path: str) -> list[httpx.Request]:
        return [one for one in self.asked if (one.method, one.url.path) == (method, path)]


def many(count: int) -> list[Any]:
    known = {"route_type": "simple", "ring_to": "18015550142"}
    return [{"provisioned_route_id": 1000 + n, "provisioned_route_name": f"Route {n}", **known} for n in range(count)]


def recorded(count: int, every: timedelta = timedelta(hours=1)) -> list[Any]:
    """Calls, one after the other."""
    return [
        {"call_id": n, "call_started": (JUNE + n * every).isoformat(timespec="milliseconds").replace("+00:00", "Z")}
        for n in range(count)
    ]


def test_the_carrier_and_its_account_are_what_unicall_asks_for() -> None:
    carrier: Carrier = CARRIER
    account: Account = Server().account()
    assert carrier.provider == "convirza-v3"
    assert account.address == "https://api.example.com/v3 as who@example.com"


# Tokens.


def test_the_token_is_asked_for_in_json_and_used_by_every_call() -> None:
    server = Server(many(1))
    list(server.account().flows())
    (asked,) = server.to("POST", "/oauth/token")
    assert (asked.url.host, asked.headers["Content-Type"]) == ("login.example.com", "application/json")
    assert json.loads(asked.content) == {"email": "who@example.com", "password": "s3cret word"}
    assert server.to("GET", LIST)[0].headers["Authorization"] == "Bearer token-1"


@pytest.mark.parametrize(
    ("known", "address"),
    [
        ({"url": CARRIER.url, "oauth_url": ""}, "https://platform-oauth.convirza.com/oauth/token"),
        ({"url": "http://127.0.0.1:8080/convirza-v3/v3", "oauth_url": ""}, "http://127.0.0.1:8080/convirza-v3/oauth/token"),
    ],
)
def test_no_secret_goes_to_another_host_than_the_one_of_the_api(known: dict[str, str], address: str) -> None:
    server = Server()
    with suppress(ProviderError):
        list(server.account(**known).flows())
    assert str(server.asked[0].url) == address


def test_tokens_are_not_asked_for_in_the_clear() -> None:
    with pytest.raises(FlowError, match=r"http://login.example.com is not safe for secrets; use https"):
        Server().account(oauth_url="http://login.example.com")
    with pytest.raises(FlowError, match="the account needs email: set UNICALL_CONVIRZA_V3_EMAIL"):
        Server().account(email="")


@pytest.mark.parametrize(
    ("raw", "when"),
    [
        ("2026-04-28T12:00:00.000Z", datetime(2026, 4, 28, 12, tzinfo=UTC)),
        ("2026-04-28T12:00:00", datetime(2026, 4, 28, 12, tzinfo=UTC)),
        ("in a week", None),
        (604800, None),
        (None, None),
    ],
)
def test_the_end_of_a_token_is_a_moment_and_not_seconds(raw: Any, when: datetime | None) -> None:
    assert moment(raw) == when
    asking = Login("https://login.example.com", "who@example.com", "p").token(Server().account().client.api, None)
    next(asking)
    with pytest.raises(StopIteration) as done:
        asking.send(httpx.Response(200, json={"access_token": "a", "expires_in": raw}))
    assert done.value.value.until == when


def test_each_refresh_token_is_used_once() -> None:
    server = Server(many(1))
    account = server.account()
    for _ in range(3):
        list(account.flows())
        server.good = "expired"
    list(account.flows())
    used = [json.loads(one.content)["refresh_token"] for one in server.to("POST", "/oauth/refresh-token")]
    assert used == ["again-1", "again-2", "again-3"]
    assert len(server.to("POST", "/oauth/token")) == 1


@pytest.mark.parametrize("lost", [httpx.ReadTimeout("late"), httpx.RemoteProtocolError("cut"), httpx.Response(500, text="boom")])
def test_a_refresh_whose_answer_is_lost_is_never_asked_for_again_and_the_password_helps(lost: Any) -> None:
    server = Server(many(1))
    account = server.account()
    list(account.flows())
    server.good = server.refresh = "rotated"
    server.answers["POST", "/oauth/refresh-token"] = [lost]
    assert len(list(account.flows())) == 1
    assert len(server.to("POST", "/oauth/refresh-token")) == 1
    assert len(server.to("POST", "/oauth/token")) == 2


def test_a_refresh_token_that_was_used_by_another_leads_to_a_password_login() -> None:
    server = Server(many(1))
    account = server.account()
    list(account.flows())
    server.good = server.refresh = "rotated"
    assert len(list(account.flows())) == 1
    assert len(server.to("POST", "/oauth/token")) == 2


def test_bad_credentials_are_told_once_and_without_any_secret() -> None:
    server = Server()
    with pytest.raises(ProviderError) as raised:
        list(server.account(password="wr0ng").flows())
    assert str(raised.value) == "convirza-v3: POST /oauth/token: 401: no user has *** (request 7f1f9f0a)"
    assert len(server.asked) == 1


def test_no_secret_is_logged_or_stands_in_an_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = Server(many(1))
    account = server.account()
    list(account.flows())
    server.answers["GET", LIST] = [answer({"why": "again-1"}, 400, 400, "token-1 of s3cret word")]
    with pytest.raises(ProviderError) as raised:
        list(account.flows())
    seen = [caplog.text, str(raised.value), json.dumps(raised.value.details), repr(account), account.address]
    assert [(text, word) for text in seen for word in ("s3cret", "token-1", "again-1") if word in text] == []
    assert raised.value.details == {"data": {"why": "***"}}


# The envelope.


@pytest.mark.parametrize(
    ("said", "message", "code", "outcome"),
    [
        (answer(None, 403, 403, "out of scope"), "out of scope", "403", "refused"),
        (answer(None, 200, 400, "ring_to is required"), "ring_to is required", "400", "refused"),
        (httpx.Response(400, text="<html>"), "<html>", None, "refused"),
        (httpx.Response(500), "status 500, and nothing else", None, "unknown"),
    ],
)
def test_an_error_is_found_by_the_code_of_the_envelope_or_the_status(said: Any, message: str, code: str, outcome: str) -> None:
    server = Server()
    server.answers["POST", LIST] = [said]
    with pytest.raises(ProviderError) as raised:
        server.account().create("provisioned-routes", route("hunt", "plumber_two_numbers"))
    assert (raised.value.message, raised.value.code, raised.value.outcome) == (message, code, outcome)
    assert len(server.to("POST", LIST)) == 1


# Routes.


@pytest.mark.parametrize("count", [0, 1, 200, 201, 450])
def test_all_routes_come_to_the_last_page_each_once(count: int) -> None:
    server = Server(many(count))
    found = list(server.account().flows())
    assert [held.id for held in found] == [str(1000 + n) for n in range(count)]
    assert found[:1] == ([Held("1000", "Route 0", server.routes[0])] if count else [])
    assert {one.url.params["limit"] for one in server.to("GET", LIST)} == {"200"}


@pytest.mark.parametrize(
    ("pages", "message"),
    [
        ([answer({"total": 400, "provisioned_routes": many(200)})] * 2, "gives the same again behind 200: the list has no end"),
        ([answer({"total": 9, "routes": many(3)}), answer({"total": 9, "routes": []})], "says that there are 9, and gives 3"),
        ([answer({"provisioned_routes": many(200)})] * 2, "gives the same again behind 200: the list has no end"),
        ([answer({"total": 1, "items": many(1)})], "holds what is no route, because it has no provisioned_route_id"),
        ([answer("nothing")], 'expected a route or a list of them, got "nothing"'),
    ],
)
def test_a_list_that_cannot_be_whole_is_refused(pages: list[httpx.Response], message: str) -> None:
    server = Server()
    server.answers["GET", LIST] = [httpx.Response(200, content=page.content) for page in pages]
    with pytest.raises(ProviderError) as raised:
        list(server.account().flows())
    assert message in str(raised.value)


def test_a_list_without_a_total_ends_where_nothing_new_comes() -> None:
    server = Server()
    server.answers["GET", LIST] = [answer({"routes": many(3)}), answer({"routes": many(3)})]
    assert len(list(server.account().flows())) == 3


def test_the_path_of_the_list_can_be_corrected() -> None:
    server = Server()
    server.answers["GET", f"{LIST}/list"] = [answer({"total": 1, "routes": many(1)})]
    assert len(list(server.account(list_path="/provisioned-routes/list").flows())) == 1


def test_the_names_of_a_route_can_be_corrected() -> None:
    server = Server()
    server.answers["GET", LIST] = [answer({"total": 1, "items": [{"id": 5, "title": "A", "ring_to": "18015550142"}]})]
    carrier = ConvirzaV3Carrier({"profile": {"routes": "items", "id": "id", "name": "title", "verified": True}})
    account = carrier.open(httpx.Client(transport=httpx.MockTransport(server)), KNOWN)
    assert [(held.id, held.name) for held in account.flows()] == [("5", "A")]
    assert (carrier.unsure("create", carrier.flow_kind), carrier.unsure("replace", carrier.flow_kind)) == (None, None)


def test_a_bundle_is_what_the_adapter_reads() -> None:
    stored = route("hunt", "plumber_two_numbers")
    account = Server([stored]).account()
    (held,) = account.flows()
    assert unicall.parse(account.bundle(held), "convirza-v3").flow == unicall.parse(stored, "convirza-v3").flow
    assert account.bundle(Held(held.id))["ring_to"] == stored["ring_to"]


def test_one_route_is_read_without_its_times_and_one_that_is_not_there_is_none() -> None:
    stored = many(1)[0] | {"provisioned_route_created": "2026-02-03T15:04:05.000Z", "provisioned_route_modified": "x"}
    server = Server([stored])
    account = server.account()
    assert account.read("provisioned-routes", "1000") == many(1)[0]
    assert account.read("provisioned-routes", "7") is None
    server.answers["GET", f"{LIST}/1000"] = [answer(None, 200, 404, "Not found")]
    assert account.read("provisioned-routes", "1000") is None
    assert account.listed("provisioned-routes") == {"1000": "Route 0"}
    with pytest.raises(FlowError, match="no menus are known; there are provisioned-routes"):
        account.listed("menus")


def test_a_route_is_made_replaced_and_deleted() -> None:
    server = Server(many(1))
    account = server.account()
    body = {"route_type": "simple", "ring_to": "18015550147"}
    assert account.create("provisioned-routes", body) == "1099"
    account.replace("provisioned-routes", "1000", body)
    account.delete("provisioned-routes", "1000")
    account.delete("provisioned-routes", "7")
    sent = [(one.method, one.url.path.removeprefix(LIST), one.content) for one in server.asked if one.url.path.startswith(LIST)]
    text = b'{"route_type":"simple","ring_to":"18015550147"}'
    writes = [("POST", "", text), ("PUT", "/1000", text), ("DELETE", "/1000", b""), ("DELETE", "/7", b"")]
    assert sent == writes


@pytest.mark.parametrize("data", [{"id": 5}, True, [], ""])
def test_an_answer_that_does_not_say_the_id_leaves_open_what_was_made(data: Any) -> None:
    server = Server()
    server.answers["POST", LIST] = [answer(data)]
    with pytest.raises(ProviderError, match="made a route, and does not say its id") as raised:
        server.account().create("provisioned-routes", {})
    assert raised.value.outcome == "unknown"


# Calls.


def test_calls_are_asked_for_in_parts_of_31_days_and_come_once() -> None:
    server = Server(calls=recorded(71, timedelta(days=1)))
    found = list(server.account().client.calls(JUNE, JUNE + timedelta(days=70), include=("tags", "call_flow")))
    assert [call["call_id"] for call in found] == list(range(71))
    queries = [one.url.params for one in server.to("GET", CALLS)]
    asked = [(query["start"][:10], query["end"][:10], query["include"]) for query in queries]
    assert asked == [
        ("2026-06-01", "2026-07-02", "tags,call_flow"),
        ("2026-07-02", "2026-08-02", "tags,call_flow"),
        ("2026-08-02", "2026-08-10", "tags,call_flow"),
    ]


def test_calls_come_to_the_last_page() -> None:
    server = Server(calls=recorded(450))
    found = list(server.account().client.calls(JUNE, JUNE + timedelta(days=30), provisioned_route_id=5))
    assert len(found) == 450
    assert [one.url.params["offset"] for one in server.to("GET", CALLS)] == ["0", "200", "400"]
    assert {one.url.params["provisioned_route_id"] for one in server.to("GET", CALLS)} == {"5"}


def test_calls_that_were_pulled_can_be_replayed() -> None:
    page = json.loads((FIXTURES / "calls" / "page.json").read_text("utf-8"))
    server = Server()
    total = page["data"]["total"] = len(page["data"]["calls"])
    server.answers["GET", CALLS] = [httpx.Response(200, json=page)]
    pulled = list(server.account().client.calls(JUNE, JUNE + timedelta(days=1)))
    adapter = find("convirza-v3")
    assert len(list(adapter.calls(pulled))) == total > 0  # type: ignore[attr-defined]


def test_times_and_includes_that_cannot_be_are_refused_before_anything_is_asked() -> None:
    server = Server()
    calls = server.account().client.calls
    with pytest.raises(FlowError, match="have to end after they start"):
        list(calls(JUNE, JUNE))
    with pytest.raises(FlowError, match="need a time zone"):
        list(calls(datetime(2026, 6, 1), JUNE))
    with pytest.raises(FlowError, match="calls include no 'flows'; there are tags, comments"):
        list(calls(JUNE, JUNE + timedelta(days=1), include=("flows",)))
    assert server.asked == []


# What is known without a call.


def test_writing_says_that_the_profile_is_unverified_and_numbers_are_for_a_person() -> None:
    for action in ("create", "replace"):
        assert "the profile is unverified" in (CARRIER.unsure(action, CARRIER.flow_kind) or "")
    assert "assign the number to the route in the portal" in (CARRIER.unable("number", CARRIER.flow_kind) or "")
    assert CARRIER.unable("create", CARRIER.flow_kind) is None


def test_a_staged_route_has_no_way_in_and_an_opened_one_is_the_whole() -> None:
    document = {"provisioned_route_name": "A", "phone_number_id": 67890, "ring_to": "18015550142"}
    (piece,) = CARRIER.apart(document)
    ways = CARRIER.ways_in(document)
    staged = CARRIER.staged(document, "mark")
    assert (piece.key, ways, CARRIER.ways_in(staged)) == ("new:route", ("phone_number_id 67890",), ())
    assert json.dumps(CARRIER.opened(document, staged, ways)) == json.dumps(document)
    assert CARRIER.opened(document, staged, ()) == CARRIER.skeleton(staged) == staged
    assert CARRIER.ways_in({"phone_number": "18015550123", "phone_number_id": 5}) == ("+18015550123",)


STORED = sorted(
    path
    for path in FIXTURES.glob("*/*.json")
    if path.parent.name not in ("calls", "list", "refused") and not path.name.endswith(".flow.json")
)


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_a_stored_route_can_be_put_back_and_is_then_as_it_was(path: Path) -> None:
    stored = route(path.parent.name, path.stem) | {"phone_number_id": 67890}
    body = CARRIER.writable("provisioned-routes", stored)
    assert not {"provisioned_route_id", "provisioned_route_created", "phone_number"} & body.keys()
    assert CARRIER.differences("provisioned-routes", body, stored) == ()


def test_a_route_whose_number_no_request_can_say_cannot_be_put_back() -> None:
    stored = many(1)[0] | {"phone_number": "18015550123"}
    with pytest.raises(FlowError, match="/phone_number: a request says its number by an id alone, and this route has none"):
        CARRIER.writable("provisioned-routes", stored)
    assert CARRIER.writable("provisioned-routes", stored | {"phone_number_id": 67890})["phone_number_id"] == 67890


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"provisioned_route_name": "Other"}, ["/provisioned_route_name"]),
        ({"ring_to": "18015550199"}, ["/ring_to"]),
        ({"provisioned_route_modified": "2026-09-09T00:00:00.000Z"}, []),
    ],
)
def test_what_was_not_stored_as_it_was_sent_is_told_where_it_was_sent(change: Any, found: list[str]) -> None:
    stored = route("hunt", "plumber_two_numbers") | {"phone_number_id": 67890}
    sent = CARRIER.writable("provisioned-routes", stored)
    told = CARRIER.differences("provisioned-routes", sent, stored | change)
    assert [one.pointer for one in told] == found
    assert all((one.sent, one.stored) == (sent[one.pointer[1:]], change[one.pointer[1:]]) for one in told)
