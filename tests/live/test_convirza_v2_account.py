"""The account of Convirza v2, against a transport that answers as the vendor's documents say."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import stamina

import unicall
from unicall.live.carrier import Account, Carrier, Held
from unicall.problem import FlowError, ProviderError
from unicall_convirza.v2.account import CARRIER, V2Account
from unicall_convirza.v2.document import ADAPTER

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures" / "convirza-v2"
URL = "https://api.example.com/v2"
KNOWN = {"url": URL, "username": "who@example.com", "password": "s3cret word", "client_id": "app", "client_secret": "hush-hush"}
FORBIDDEN = ("s3cret", "hush-hush", "token-1", "token-2", "again-1", "again-2")


@pytest.fixture(autouse=True)
def hasty() -> Iterator[None]:
    """Repeats come at once."""
    with stamina.set_testing(True, attempts=3):
        yield


def record(noun: str, name: str) -> Any:
    """A fixture, out of its array."""
    document = json.loads((FIXTURES / noun / f"{name}.json").read_text("utf-8"))
    return document[0] if isinstance(document, list) else document


class Server:
    """Answers for one account. ``answers``: what to answer instead, one after the other, by method and path."""

    def __init__(self, flows: Sequence[Any] = ()) -> None:
        self.flows = list(flows)
        self.numbers: list[Any] = []
        self.answers: dict[tuple[str, str], list[Any]] = {}
        self.asked: list[httpx.Request] = []
        self.good: set[str] = set()
        self.tokens = 0
        self.wrapped = False

    def account(self, **known: str) -> V2Account:
        return CARRIER.open(httpx.Client(transport=httpx.MockTransport(self)), KNOWN | known)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path = request.url.path
        queued = self.answers.get((request.method, path))
        if queued:
            answer = queued.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)
        if path == "/oauth/token":
            return self.token()
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.good:
            return httpx.Response(401, text="Unauthorized")
        return self.route(request)

    def token(self) -> httpx.Response:
        self.tokens += 1
        self.good = {f"token-{self.tokens}"}
        body = {"access_token": f"token-{self.tokens}", "refresh_token": f"again-{self.tokens}", "expires_in": 3600}
        return httpx.Response(200, json=body)

    def route(self, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        match request.method, request.url.path:
            case "GET", "/v2/callflow/callflow":
                found = self.flows[int(query["offset"]) :][: int(query["limit"])]
                return httpx.Response(200, json={"result": "success", "err": None, "data": found} if self.wrapped else found)
            case "GET", "/v2/callflow":
                one = [flow for flow in self.flows if str(flow["call_flow_id"]) == query["id"]]
                if not one:
                    return httpx.Response(200, json={"result": "error", "err": "Call flow not found"})
                return httpx.Response(200, json={"result": "success", "err": None, "data": one[0]})
            case "GET", "/v2/number/search":
                return httpx.Response(200, json=self.numbers)
            case "POST", "/v2/number/reserve":
                self.numbers[0]["number_id"] = 777
                return httpx.Response(200, json={"result": "success", "err": None, "data": "reserved"})
            case "POST", "/v2/callflow/multilevelivr":
                return httpx.Response(200, json=[{"result": "success", "data": "1029", "entry_count": 1}])
            case "POST", "/v2/callflow":
                return httpx.Response(200, json={"result": "success", "err": None, "data": [1022], "entry_count": 1})
            case "DELETE", "/v2/callflow":
                return httpx.Response(200, json={"result": "success", "err": None, "data": None})
        return httpx.Response(404, json={"message": "no such path"})

    def calls(self, method: str, path: str) -> list[httpx.Request]:
        return [one for one in self.asked if (one.method, one.url.path) == (method, path)]

    def sent(self, path: str) -> Any:
        """The body of the last write to a path."""
        return json.loads(self.calls("POST", path)[-1].content)


def many(count: int) -> list[Any]:
    return [{"call_flow_id": 1000 + n, "call_flow_name": f"Flow {n}", "routable_type": "SimpleRoute"} for n in range(count)]


def test_the_carrier_and_its_account_are_what_unicall_asks_for() -> None:
    carrier: Carrier = CARRIER
    account: Account = Server().account()
    assert carrier.provider == ADAPTER.name
    assert account.address == "https://api.example.com/v2 as who@example.com"


# Tokens.


def test_opening_an_account_calls_nobody_and_a_missing_credential_is_named() -> None:
    server = Server()
    server.account()
    assert server.asked == []
    with pytest.raises(FlowError, match="convirza-v2: the account needs client_secret: set UNICALL_CONVIRZA_V2_CLIENT_SECRET"):
        server.account(client_secret="")


def test_the_token_is_asked_for_in_a_form_beside_the_version_and_used_by_every_call() -> None:
    server = Server(many(1))
    list(server.account().flows())
    asked = server.calls("POST", "/oauth/token")
    assert len(asked) == 1
    assert asked[0].headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(asked[0].content.decode()) == {
        "grant_type": ["password"],
        "username": ["who@example.com"],
        "password": ["s3cret word"],
        "client_id": ["app"],
        "client_secret": ["hush-hush"],
    }
    assert {one.headers["Authorization"] for one in server.asked if one.method == "GET"} == {"Bearer token-1"}


@pytest.mark.parametrize(
    ("known", "address"),
    [
        ({"url": "https://apicfa.convirza.com/v2"}, "https://apicfa.convirza.com/oauth/token"),
        ({"url": "http://127.0.0.1:8080/convirza-v2/v2/"}, "http://127.0.0.1:8080/convirza-v2/oauth/token"),
        ({"oauth_url": "https://login.example.com/token"}, "https://login.example.com/token"),
    ],
)
def test_the_address_of_tokens_follows_from_that_of_the_api_unless_it_is_given(known: dict[str, str], address: str) -> None:
    server = Server()
    with suppress(ProviderError):
        list(server.account(**known).flows())
    assert str(server.asked[0].url) == address


def test_a_token_that_is_over_is_renewed_with_the_refresh_token_and_the_call_is_sent_again() -> None:
    server = Server(many(1))
    account = server.account()
    list(account.flows())
    server.good.clear()
    assert [held.id for held in account.flows()] == ["1000"]
    form = parse_qs(server.calls("POST", "/oauth/token")[1].content.decode())
    assert (form["grant_type"], form["refresh_token"]) == (["refresh_token"], ["again-1"])


def test_a_refresh_token_that_is_refused_leads_to_a_password_login() -> None:
    server = Server(many(1))
    account = server.account()
    list(account.flows())
    server.good.clear()
    server.answers["POST", "/oauth/token"] = [httpx.Response(401, json={"error": "invalid_grant"})]
    list(account.flows())
    grants = [parse_qs(one.content.decode())["grant_type"] for one in server.calls("POST", "/oauth/token")]
    assert grants == [["password"], ["refresh_token"], ["password"]]


def test_bad_credentials_are_told_once_and_without_any_secret() -> None:
    server = Server()
    said = {"error": "invalid_grant", "error_description": "user who@example.com with s3cret word is unknown"}
    server.answers["POST", "/oauth/token"] = [httpx.Response(400, json=said)]
    with pytest.raises(ProviderError) as raised:
        list(server.account().flows())
    assert str(raised.value) == "convirza-v2: POST /oauth/token: 400: user who@example.com with *** is unknown"
    assert raised.value.outcome == "refused"
    assert len(server.asked) == 1


def test_too_many_token_requests_are_waited_for() -> None:
    server = Server(many(1))
    server.answers["POST", "/oauth/token"] = [httpx.Response(429, text="slow down", headers={"Retry-After": "0"})]
    assert len(list(server.account().flows())) == 1


def test_no_secret_is_logged_or_stands_in_an_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = Server(many(1))
    account = server.account()
    list(account.flows())
    server.answers["GET", "/v2/callflow/callflow"] = [{"result": "error", "err": "token-1 of s3cret word, hush-hush, again-1"}]
    with pytest.raises(ProviderError) as raised:
        list(account.flows())
    seen = [caplog.text, str(raised.value), repr(raised.value), json.dumps(raised.value.details), repr(account), account.address]
    assert [(text, word) for text in seen for word in FORBIDDEN if word in text] == []
    assert str(raised.value) == "convirza-v2: GET /v2/callflow/callflow: 200: *** of ***, ***, ***"


# Errors that come as a success.


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"result": "error", "err": "overflowNumbers field is required"}, "overflowNumbers field is required"),
        ({"result": "ERROR", "err": None, "data": "no group"}, "no group"),
        ([{"result": "success", "data": "1"}, {"result": "error", "data": "number is taken"}], "number is taken"),
        ({"message": "Validation errors", "errors": [{"field": "group_id"}]}, 'Validation errors: [{"field":"group_id"}]'),
        ({"message": "Validation errors", "errors": []}, "Validation errors"),
        (httpx.Response(400, json={"message": "Validation errors", "errors": ["group_id is required"]}), "group_id is required"),
        (httpx.Response(403, text="Forbidden"), "Forbidden"),
        (httpx.Response(404), "status 404, and nothing else"),
    ],
)
def test_an_error_is_found_in_the_body_whatever_the_status_says(answer: Any, message: str) -> None:
    server = Server()
    server.answers["POST", "/v2/callflow"] = [answer]
    with pytest.raises(ProviderError) as raised:
        server.account().create("callflows", [record("request_plain", "roofer_update_without_number")])
    assert message in raised.value.message
    assert raised.value.outcome == "refused"
    assert len(server.calls("POST", "/v2/callflow")) == 1


def test_a_server_error_on_a_write_is_not_repeated_and_may_have_been_done() -> None:
    server = Server()
    server.answers["POST", "/v2/callflow"] = [httpx.Response(500, text="boom")]
    with pytest.raises(ProviderError) as raised:
        server.account().create("callflows", [record("request_plain", "roofer_update_without_number")])
    assert raised.value.outcome == "unknown"
    assert len(server.calls("POST", "/v2/callflow")) == 1


def test_a_server_error_on_a_read_is_asked_again() -> None:
    server = Server(many(1))
    server.answers["GET", "/v2/callflow/callflow"] = [httpx.Response(500, text="boom"), httpx.ReadTimeout("late")]
    assert len(list(server.account().flows())) == 1


# Reading.


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
def test_all_flows_come_to_the_last_page_each_once(count: int, wrapped: bool) -> None:
    server = Server(many(count))
    server.wrapped = wrapped
    found = list(server.account().flows())
    assert [held.id for held in found] == [str(1000 + n) for n in range(count)]
    assert found[:1] == ([Held("1000", "Flow 0", server.flows[0])] if count else [])


def test_a_server_that_gives_fewer_flows_than_asked_for_is_asked_on() -> None:
    server = Server(many(130))
    inner = server.route
    server.route = lambda request: inner(_capped(request, 40))  # type: ignore[method-assign]
    assert len(list(server.account().flows())) == 130


def _capped(request: httpx.Request, most: int) -> httpx.Request:
    return httpx.Request(request.method, request.url.copy_set_param("limit", str(most)), headers=request.headers)


def test_a_server_that_ignores_the_offset_has_a_list_without_an_end() -> None:
    server = Server()
    server.answers["GET", "/v2/callflow/callflow"] = [many(100) for _ in range(9)]
    with pytest.raises(ProviderError, match="gives the same flows again behind 100: the list has no end"):
        list(server.account().flows())
    assert len(server.calls("GET", "/v2/callflow/callflow")) == 2


def test_a_server_that_gives_everything_whatever_it_is_asked_for_gives_each_flow_once() -> None:
    server = Server()
    server.answers["GET", "/v2/callflow/callflow"] = [many(3) for _ in range(9)]
    assert len(list(server.account().flows())) == 3


def test_what_is_no_flow_in_the_list_is_refused() -> None:
    server = Server([{"name": "x"}])
    with pytest.raises(ProviderError, match=r'holds what is no flow: \{name: "x"\}'):
        list(server.account().flows())


def test_a_bundle_is_what_the_adapter_reads() -> None:
    stored = record("hunt", "roofer_three_numbers_voicemail")
    account = Server([stored]).account()
    bundle = account.bundle(next(iter(account.flows())))
    assert unicall.parse(bundle, "convirza-v2").flow == unicall.parse(stored).flow
    assert account.bundle(Held("48168"))["call_flow_name"] == stored["call_flow_name"]


def test_one_flow_is_read_by_its_id_without_what_the_server_computes() -> None:
    stored = record("ivr", "veterinary_three_levels")
    server = Server([stored])
    found = server.account().read("callflows", str(stored["call_flow_id"]))
    assert found is not None
    assert "updated_at" in stored and "ivr_option_id" in stored["ivrs"][0]
    assert "updated_at" not in found and "ivr_option_id" not in found["ivrs"][0]
    assert unicall.parse(found).flow.nodes.keys() == unicall.parse(stored).flow.nodes.keys()
    assert server.calls("GET", "/v2/callflow/callflow") == []


def test_one_flow_comes_from_the_list_where_its_own_answer_has_no_routes() -> None:
    stored = record("hunt", "roofer_three_numbers_voicemail")
    server = Server([*many(100), stored])
    server.answers["GET", "/v2/callflow"] = [{"call_flow_id": 48168, "call_flow_name": "x"}]
    found = server.account().read("callflows", "48168")
    assert found is not None and found["overflowNumbers"] == stored["overflowNumbers"]


def test_a_flow_that_is_not_there_is_none() -> None:
    server = Server(many(2))
    assert server.account().read("callflows", "7") is None
    server.answers["GET", "/v2/callflow"] = [httpx.Response(404, json={"message": "x"})]
    assert server.account().read("callflows", "7") is None


def test_flows_are_listed_by_id_and_name() -> None:
    assert Server(many(2)).account().listed("callflows") == {"1000": "Flow 0", "1001": "Flow 1"}
    with pytest.raises(FlowError, match="no menus are known; there are callflows"):
        Server().account().listed("menus")
