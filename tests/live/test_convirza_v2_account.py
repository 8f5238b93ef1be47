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
from unicall_convirza.v2.account import CARRIER, ConvirzaV2Carrier, V2Account
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


# Writing.


def test_menus_go_to_the_endpoint_for_menus_and_all_else_to_the_plain_one() -> None:
    server = Server()
    account = server.account()
    assert account.create("callflows", [record("request_menus", "dealer_two_keys")]) == "1029"
    assert account.create("callflows", [record("request_plain", "dental_single_level")]) == "1022"
    assert server.sent("/v2/callflow/multilevelivr") == [record("request_menus", "dealer_two_keys")]
    assert server.sent("/v2/callflow") == [record("request_plain", "dental_single_level")]


def test_a_flow_that_is_made_has_no_id_and_one_that_is_replaced_has_its_own() -> None:
    server = Server(many(1))
    account = server.account()
    body = record("request_plain", "roofer_update_without_number")
    account.create("callflows", [body])
    assert "call_flow_id" not in server.sent("/v2/callflow")[0]
    account.replace("callflows", "1000", [body])
    assert server.sent("/v2/callflow") == [{**body, "call_flow_id": 1000}]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ([{"result": "success", "data": "", "entry_count": 0}], "made a flow, and does not say its id"),
        ({"result": "success", "err": None, "data": [1, 2]}, "made a flow, and says 2 ids"),
    ],
)
def test_an_answer_that_does_not_say_one_id_leaves_open_what_was_made(answer: Any, message: str) -> None:
    server = Server()
    server.answers["POST", "/v2/callflow"] = [answer]
    with pytest.raises(ProviderError, match=message) as raised:
        server.account().create("callflows", [record("request_plain", "roofer_update_without_number")])
    assert raised.value.outcome == "unknown"


def test_a_number_gets_the_id_that_it_has_in_the_inventory() -> None:
    server = Server()
    server.numbers = [{"number_id": n, "number": f"80155501{22 if n == 2 else 30 + n}", "source": 10001} for n in (1, 2)]
    server.account().create("callflows", [_numbered(8015550122)])
    assert server.sent("/v2/callflow")[0]["number"] == {"phone_number_id": 2, "phone_number": 8015550122}
    assert server.calls("POST", "/v2/number/reserve") == []


def test_a_number_of_the_carriers_stock_is_reserved_first() -> None:
    server = Server()
    server.numbers = [{"number_id": None, "number": "8015550122", "source": 20002}]
    server.account().create("callflows", [_numbered(8015550122)])
    assert server.sent("/v2/number/reserve") == {"number_id": None, "number": "8015550122", "source": 20002}
    assert server.sent("/v2/callflow")[0]["number"]["phone_number_id"] == 777


def test_a_number_that_nobody_has_is_for_a_person_and_nothing_is_sent() -> None:
    server = Server()
    with pytest.raises(ProviderError, match="the account has no number 8015550122: reserve it by hand") as raised:
        server.account().create("callflows", [_numbered(8015550122)])
    assert raised.value.outcome == "refused"
    assert server.calls("POST", "/v2/callflow") == []


def test_the_number_that_a_flow_has_already_is_not_sent_again() -> None:
    stored = record("hunt", "roofer_three_numbers_voicemail")
    server = Server([stored])
    server.account().replace("callflows", "48168", [_numbered(3035550102)])
    assert "number" not in server.sent("/v2/callflow")[0]
    assert server.calls("GET", "/v2/number/search") == []


def _numbered(number: int) -> Any:
    body = record("request_plain", "roofer_update_without_number")
    return {key: value for key, value in body.items() if key != "call_flow_id"} | {"number": {"phone_number": number}}


def test_an_outbound_flow_is_refused_before_anything_is_sent() -> None:
    server = Server()
    body = [record("request_plain", "dealer_outbound")]
    for refuse in (lambda: CARRIER.apart(body), lambda: server.account().create("callflows", body)):
        with pytest.raises(FlowError, match="create an outbound flow are not documented"):
            refuse()
    assert server.asked == []


def test_a_flow_is_deleted_and_one_that_is_gone_is_no_error() -> None:
    server = Server()
    account = server.account()
    account.delete("callflows", "7")
    gone = {"result": "error", "err": "Call flow not found"}
    server.answers["DELETE", "/v2/callflow"] = [httpx.Response(404), gone, httpx.Response(204)]
    for _ in range(3):
        account.delete("callflows", "7")
    assert [one.url.params["id"] for one in server.calls("DELETE", "/v2/callflow")] == ["7"] * 4
    server.answers["DELETE", "/v2/callflow"] = [{"result": "error", "err": "it is in use"}]
    with pytest.raises(ProviderError, match="it is in use"):
        account.delete("callflows", "7")


# What is known without a call.


REQUESTS = sorted(path for noun in ("request_menus", "request_plain") for path in (FIXTURES / noun).glob("*.json"))
BODIES = [
    [body]
    for path in REQUESTS
    if not path.name.endswith(".flow.json") and path.stem not in ("veterinary_bundle", "dealer_outbound")
    for body in (lambda document: document if isinstance(document, list) else [document])(json.loads(path.read_text("utf-8")))
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body[0]["call_flow_name"])
def test_a_staged_flow_has_no_way_in_and_an_opened_one_is_the_whole(body: Any) -> None:
    (piece,) = CARRIER.apart(body)
    ways = CARRIER.ways_in(body)
    staged = CARRIER.staged(piece.document, "mark")
    assert (piece.kind, piece.key, CARRIER.ways_in(staged)) == ("callflows", "new:flow", ())
    assert len(ways) == ("number" in body[0]) + ("number_pool" in body[0])
    opened = CARRIER.opened(piece.document, staged, ways)
    assert json.dumps(opened) == json.dumps(body)
    assert CARRIER.opened(piece.document, staged, ()) == staged
    assert CARRIER.skeleton(staged) == staged


def test_ways_in_are_the_number_in_its_one_form_or_the_pool() -> None:
    assert CARRIER.ways_in([record("request_menus", "dealer_two_keys")]) == ("+18015550129",)
    assert CARRIER.ways_in([record("request_menus", "dental_number_pool")]) == ("number_pool 12",)
    assert CARRIER.ways_in([{"number": {"phone_number_id": 5}}]) == ("phone_number_id 5",)


def test_a_body_of_two_flows_is_not_one_flow() -> None:
    with pytest.raises(FlowError, match="expected the body of one flow, got 2 flows"):
        CARRIER.apart([{}, {}])


def test_lists_of_places_that_are_to_be_made_stand_before_the_flow_and_are_made_by_hand() -> None:
    bundle = {"call_flow": [{"ivrs": []}], "locations": {"new:places": {"name": "x"}, "17": {}}}
    pieces = CARRIER.apart(bundle)
    assert [(piece.kind, piece.key) for piece in pieces] == [("locations", "new:places"), ("callflows", "new:flow")]
    assert pieces[-1].document == [{"ivrs": []}]
    assert "add the list in the portal" in (CARRIER.unable("create", "locations") or "")
    assert CARRIER.unable("create", "callflows") is None


@pytest.mark.parametrize("action", ["create", "replace", "delete", "number"])
def test_everything_that_writes_says_what_is_assumed(action: Any) -> None:
    assert "assumed" in (CARRIER.unsure(action, "callflows") or "")


def test_a_stored_flow_can_be_put_back_where_the_body_says_all_of_it() -> None:
    stored = record("hunt", "roofer_three_numbers_voicemail")
    body = CARRIER.writable("callflows", stored)
    assert body[0]["number"] == {"phone_number": 3035550102}
    assert body[0]["overflowNumbers"] == stored["overflowNumbers"]
    assert "record_call_enabled" not in body[0]
    assert CARRIER.differences("callflows", body, stored) == ()


@pytest.mark.parametrize(
    ("noun", "name", "at"),
    [
        ("geo", "veterinary_npa_three_cities", "/geo_route"),
        ("percentage", "law_office_intake_50_30_20", "/percentage_route"),
        ("schedule", "auto_repair_flat_hhmm", "/schedule_route"),
        ("voicemail", "city_hall_suggestion_box", "/voicemail_greeting"),
        ("ivr", "hotel_single_level", "/ivr_route/options/0/ivr_webhook_enabled"),
        ("outbound", "recruiter_local_number", "/outbound"),
    ],
)
def test_a_stored_flow_that_no_body_says_whole_cannot_be_put_back_and_it_is_said_why(noun: str, name: str, at: str) -> None:
    with pytest.raises(FlowError, match="Convirza v2 cannot write what is stored: ") as raised:
        CARRIER.writable("callflows", record(noun, name))
    assert f"{at}: " in str(raised.value)


def test_settings_say_what_the_vendor_does_not() -> None:
    stored = record("hunt", "roofer_three_numbers_voicemail")
    stored["overflowNumbers"] = []
    assert ConvirzaV2Carrier({"ring_seconds": 5}).writable("callflows", stored)[0]["voicemail_rings"] == 6


def test_what_the_server_fills_in_is_no_difference() -> None:
    sent = [{"call_flow_name": "A", "routable_type": "SimpleRoute", "default_ringto": "8015550147"}]
    stored = record("simple", "restaurant_without_voicemail")
    stored |= {"call_flow_name": "A", "default_ringto": "8015550147", "email_to_notify": "who@example.com"}
    assert CARRIER.differences("callflows", sent, stored) == ()
    (emptied,) = CARRIER.differences("callflows", [sent[0] | {"email_to_notify": ""}], stored)
    assert (emptied.pointer, emptied.sent, emptied.stored) == ("/0/email_to_notify", None, "who@example.com")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"call_flow_name": "Other"}, [("/0/call_flow_name", "Summit & Sons Roofing - Storm line", "Other")]),
        ({"default_ringto": "3035550129"}, [("/0/default_ringto", "3035550120", "3035550129")]),
        ({"group_id": 9}, [("/0/group_id", 2404, 9)]),
        ({"group_id": "2404"}, []),
        ({"dnis": "3035550199"}, [("/0/number/phone_number", 3035550102, "3035550199")]),
        ({"call_flow_status": "inactive"}, [("/0/call_flow_status", "active", "inactive")]),
        ({"updated_at": "2026-09-09T00:00:00.000Z", "routable_id": 7, "record_call_enabled": False}, []),
    ],
)
def test_what_was_not_stored_as_it_was_sent_is_told_where_it_was_sent(change: Any, found: Any) -> None:
    stored = record("hunt", "roofer_three_numbers_voicemail")
    sent = CARRIER.writable("callflows", stored)
    told = CARRIER.differences("callflows", sent, stored | change)
    assert [(one.pointer, one.sent, one.stored) for one in told] == found


def test_numbers_that_are_missing_or_added_are_told() -> None:
    stored = record("hunt", "roofer_three_numbers_voicemail")
    sent = CARRIER.writable("callflows", stored)
    fewer = stored | {"overflowNumbers": stored["overflowNumbers"][:2]}
    more = stored | {"overflowNumbers": [*stored["overflowNumbers"], {"overflowNumber": 7205550129, "rings": 3}]}
    assert "/0/overflowNumbers/2/overflowNumber" in [one.pointer for one in CARRIER.differences("callflows", sent, fewer)]
    assert CARRIER.differences("callflows", sent, more) != ()
