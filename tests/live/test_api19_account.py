"""API19's accounts: two addresses, three ways to send a key, answers judged by what they say, and the little that is written."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import stamina

import unicall
from tests.conftest import FIXTURES
from tests.support import fixture_files
from unicall.live.carrier import Held, Piece, carrier
from unicall.problem import DocumentError, FlowError, ProviderError
from unicall_api19.account import CARRIER, Api19Account

URL, KEY = "https://api19.example.com", "not-a-real-token"
ACCOUNT = json.loads((FIXTURES / "api19/list/call_center_account.json").read_text())
SIMPLE, DEVICES, DNIS = ACCOUNT["call_flows"]
REQUEST = {"call_flow_id": "71", "e164": "no", "ip_address_1": "198.51.100.71", "sip_port": "5060", "wait_time": "20"}
Respond = Callable[[httpx.Request], Any]


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3):
        yield


def opened(respond: Respond, **known: str) -> tuple[Api19Account, list[httpx.Request]]:
    """An account that answers so, every time with 200 and HTML, and the requests that came."""
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        said = respond(request)
        if isinstance(said, httpx.Response):
            return said
        text = said if isinstance(said, str) else json.dumps(said)
        return httpx.Response(200, text=text, headers={"content-type": "text/html; charset=UTF-8"})

    account = CARRIER.open(httpx.Client(transport=httpx.MockTransport(answer)), {"url": URL, "key": KEY, **known})
    assert isinstance(account, Api19Account)
    return account, asked


def form_of(request: httpx.Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.content.decode(), keep_blank_values=True).items()}


def paths(asked: list[httpx.Request]) -> list[str]:
    return [f"{request.method} {request.url.path}" for request in asked]


def test_it_is_found_by_its_name() -> None:
    assert carrier("api19") is CARRIER


@pytest.mark.parametrize(
    ("known", "said"),
    [({}, "the account needs key: set UNICALL_API19_KEY"), ({"key": "a", "mode": "header"}, "the mode is basic or form or query")],
)
def test_what_is_missing_is_named(known: dict[str, str], said: str) -> None:
    with pytest.raises(FlowError, match=said):
        CARRIER.open(httpx.Client(), {"url": URL, **known})


# Reading.


def test_all_flows_come_whole_with_one_call() -> None:
    account, asked = opened(lambda request: ACCOUNT)
    flows = list(account.flows())
    assert [held.id for held in flows] == ["71", "72", "73", *(f"fax/{entry['id']}" for entry in ACCOUNT["fax_flows"])]
    assert [account.bundle(held) for held in flows] == [*ACCOUNT["call_flows"], *ACCOUNT["fax_flows"]]
    assert paths(asked) == ["GET /dids/my/callflows"]


def test_every_list_of_the_fixtures_is_read_as_the_adapter_reads_it() -> None:
    for path in fixture_files("api19"):
        document = json.loads(path.read_text())
        if path.parent.name == "list":
            account, _ = opened(lambda request, document=document: document)  # type: ignore[misc]
            read = [unicall.parse(account.bundle(held), "api19").flow for held in account.flows()]
            assert {flow.name for flow in read} == {parsed.flow.name for parsed in unicall.parse_all(document, "api19")}


@pytest.mark.parametrize("first", [httpx.Response(404, text="gone"), "<html>portal</html>", {"status": "ok"}])
def test_the_other_address_is_asked_where_the_first_gives_no_list_and_remembered(first: Any) -> None:
    account, asked = opened(lambda request: first if "my" in request.url.path else ACCOUNT)
    assert account.read("call_flows", "71") == SIMPLE
    assert account.read("call_flows", "99") is None
    assert paths(asked) == ["GET /dids/my/callflows", "GET /dids/callflows/list", "GET /dids/callflows/list"]


def test_half_of_an_answer_is_asked_for_again() -> None:
    halves = iter(['{"status"', '{"sta', "{"])
    account, asked = opened(lambda request: next(halves, ACCOUNT))
    assert account.read("call_flows", "71") == SIMPLE
    assert len(asked) == 4


def test_there_may_be_no_list_at_either() -> None:
    account, _ = opened(lambda request: httpx.Response(404))
    with pytest.raises(ProviderError, match="there is no list at /dids/my/callflows or /dids/callflows/list: set path"):
        list(account.flows())


def test_the_user_may_name_the_address() -> None:
    account, asked = opened(lambda request: ACCOUNT, path="/dids/else")
    list(account.flows())
    assert paths(asked) == ["GET /dids/else"]


@pytest.mark.parametrize("text", ["not logged in", "invalid key"])
def test_a_wrong_key_is_no_reason_to_ask_elsewhere(text: str) -> None:
    account, asked = opened(lambda request: {"status": "error", "error": text, "verbose": "none"}, mode="basic")
    with pytest.raises(ProviderError) as refused:
        list(account.flows())
    assert (refused.value.code, refused.value.message, refused.value.outcome) == ("unauthorized", text, "refused")
    assert len(asked) == 1


def test_a_list_that_is_no_list_is_an_error() -> None:
    account, _ = opened(lambda request: {"status": "ok", "call_flows": {"1": {}}})
    with pytest.raises(ProviderError, match="expected objects under call_flows"):
        list(account.flows())


# The key.


def test_the_key_is_user_and_password() -> None:
    account, asked = opened(lambda request: ACCOUNT)
    list(account.flows())
    assert b64decode(asked[0].headers["authorization"].removeprefix("Basic ")).decode() == f"{KEY}:{KEY}"
    assert KEY not in str(asked[0].url)


@pytest.mark.parametrize("mode", ["query", "form"])
def test_the_key_of_a_read_stands_in_the_query_where_the_user_says_so(mode: str) -> None:
    account, asked = opened(lambda request: ACCOUNT, mode=mode)
    list(account.flows())
    assert asked[0].url.params["key"] == KEY
    assert "authorization" not in asked[0].headers


def test_a_read_that_is_refused_is_asked_once_with_the_key_in_the_query() -> None:
    refused = {"status": "error", "error": "not logged in"}
    account, asked = opened(lambda request: ACCOUNT if "key" in request.url.params else refused)
    list(account.flows())
    list(account.flows())
    assert ["key" in request.url.params for request in asked] == [False, True, True]


def test_a_key_that_is_wrong_everywhere_is_asked_twice() -> None:
    account, asked = opened(lambda request: {"status": "error", "error": "invalid key"})
    with pytest.raises(ProviderError):
        list(account.flows())
    assert len(asked) == 2


@pytest.mark.parametrize(("mode", "where"), [("", "form"), ("form", "form"), ("query", "query"), ("basic", "basic")])
def test_a_write_sends_the_key_as_the_user_says(mode: str, where: str) -> None:
    account, asked = opened(lambda request: {"status": "ok"}, **({"mode": mode} if mode else {}))
    account.replace("call_flows", "71", REQUEST)
    request = asked[0]
    found = {"form": "key" in form_of(request), "query": "key" in request.url.params, "basic": "authorization" in request.headers}
    assert found == {name: name == where for name in found}


@pytest.mark.parametrize("mode", ["basic", "form", "query"])
def test_no_error_shows_the_key(mode: str) -> None:
    said = f"bad key {KEY} in {httpx.BasicAuth(KEY, KEY)._auth_header}"
    account, _ = opened(lambda request: {"status": "error", "error": said}, mode=mode)
    for ask in (lambda: list(account.flows()), lambda: account.replace("call_flows", "71", REQUEST)):
        with pytest.raises(ProviderError) as refused:
            ask()
        assert str(refused.value).endswith("200: bad key *** in Basic ***")
        assert KEY not in repr(vars(refused.value))


# Writing.


def test_a_flow_is_written_by_a_post_with_all_its_arguments() -> None:
    account, asked = opened(lambda request: {"status": "ok"})
    account.replace("call_flows", "71", {**REQUEST, "call_flow_id": None, "voicemail_box": None})
    assert paths(asked) == ["POST /dids/callflow/update"]
    assert form_of(asked[0]) == {**REQUEST, "voicemail_box": "", "key": KEY}


def test_a_number_is_pointed_at_one_flow_with_ten_digits() -> None:
    account, asked = opened(lambda request: {"status": "ok"})
    account.replace("numbers", "+12025550142", {"call_flow_id": 3})
    account.replace("numbers", "+12025550143", {"fax_flow_id": "1"})
    assert paths(asked) == ["POST /dids/callflow/change"] * 2
    assert [form_of(request) for request in asked] == [
        {"did": "2025550142", "call_flow_id": "3", "key": KEY},
        {"did": "2025550143", "fax_flow_id": "1", "key": KEY},
    ]


@pytest.mark.parametrize("document", [{}, {"call_flow_id": "1", "fax_flow_id": "1"}])
def test_a_number_uses_one_flow(document: Any) -> None:
    account, asked = opened(lambda request: {"status": "ok"})
    with pytest.raises(FlowError, match="a number uses one flow"):
        account.replace("numbers", "+12025550142", document)
    assert asked == []


def test_the_calls_of_a_number_are_asked_for_at_an_address() -> None:
    account, asked = opened(lambda request: httpx.Response(404) if "set" in request.url.path else {"status": "ok"})
    account.client.set_incoming_url("+12025550142", "https://acml.example.com/in")
    account.client.set_incoming_url("+12025550142", None)
    assert paths(asked) == ["POST /dids/set/callurl", "POST /dids/my/callurl"] * 2
    assert [form_of(request)["url"] for request in asked[1::2]] == ["https://acml.example.com/in", "none"]


@pytest.mark.parametrize(
    ("answer", "outcome", "said"),
    [
        ({"status": "error", "error": "invalid callflow"}, "refused", "200: invalid callflow"),
        ({"status": "error", "error": "system error"}, "unknown", "200: system error"),
        ({}, "unknown", "answers neither ok nor error"),
        ("<html>", "unknown", "is no JSON: '<html>'"),
        (httpx.Response(500, text="<html>"), "unknown", "500: is no JSON: '<html>'"),
        (httpx.Response(302, headers={"location": "https://b.example.com"}), "refused", "leads to https://b.example.com"),
    ],
)
def test_a_write_is_done_only_where_the_answer_says_so(answer: Any, outcome: str, said: str) -> None:
    account, asked = opened(lambda request: answer)
    with pytest.raises(ProviderError) as failed:
        account.replace("call_flows", "71", REQUEST)
    assert (failed.value.outcome, len(asked)) == (outcome, 1)
    assert said in str(failed.value)


def test_what_the_portal_alone_can_do_is_said() -> None:
    account, asked = opened(lambda request: {"status": "ok"})
    for ask in (
        lambda: account.create("call_flows", REQUEST),
        lambda: account.delete("call_flows", "71"),
        lambda: account.replace("fax_flows", "1", {}),
    ):
        with pytest.raises(ProviderError, match="in the portal"):
            ask()
    assert asked == []
    assert CARRIER.unable("create", "call_flows") == (
        "API19 has no call that does this: make the call flow in the portal, with any address, and name its id"
    )
    assert CARRIER.unable("replace", "call_flows") is None
    assert "in the portal" in str(CARRIER.unable("number", "call_flows"))
    assert "sibling brand" in (CARRIER.unsure("replace", "call_flows") or "")
    assert "read back" in (CARRIER.unsure("number", "numbers") or "")


# Documents.


def test_a_request_is_one_piece_under_the_id_that_it_names() -> None:
    assert CARRIER.apart(REQUEST) == (Piece("call_flows", "71", REQUEST),)
    document: Any
    (piece,) = CARRIER.apart({"e164": "no", "ip_address_1": "192.0.2.1"})
    assert piece.key == "new:flow"
    for document in (SIMPLE, [1], None):
        with pytest.raises(DocumentError, match="expected the arguments of the update call"):
            CARRIER.apart(document)


def test_a_request_is_written_in_one_way_only() -> None:
    staged = CARRIER.staged(REQUEST, "a1")
    assert CARRIER.opened(REQUEST, staged, CARRIER.ways_in(REQUEST)) == CARRIER.skeleton(REQUEST) == REQUEST


def test_an_entry_of_addresses_can_be_put_back() -> None:
    assert CARRIER.writable("call_flows", SIMPLE) == REQUEST


@pytest.mark.parametrize(("entry", "where"), [(DEVICES, "/json/route1"), (DNIS, "/json/dnis")])
def test_an_entry_that_says_more_is_not_put_back(entry: Any, where: str) -> None:
    with pytest.raises(FlowError, match=f"api19: the update call cannot write all of {entry['id']}: /"):
        CARRIER.writable("call_flows", entry)
    assert where in {one.pointer for one in CARRIER.differences("call_flows", REQUEST, entry)}


def test_an_entry_without_an_address_is_not_put_back() -> None:
    with pytest.raises(FlowError, match="api19: the update call needs ip_address_1, which 61 does not say"):
        CARRIER.writable("call_flows", {"id": "61", "name": "Empty", "json": "", "e164": "no"})


def test_fax_flows_are_never_put_back() -> None:
    with pytest.raises(FlowError, match="change it in the portal"):
        CARRIER.writable("fax_flows", ACCOUNT["fax_flows"][0])


def test_what_an_entry_says_is_what_can_be_put_back() -> None:
    """Whatever can be written is no difference to where it came from, and an argument that changes is one."""
    put_back = 0
    for path in fixture_files("api19"):
        document = json.loads(path.read_text())
        for entry in document.get("call_flows", [document] if "json" in document else []):
            try:
                request = CARRIER.writable("call_flows", entry)
            except FlowError:
                continue
            put_back += 1
            assert CARRIER.differences("call_flows", request, entry) == ()
            for name in request.keys() - {"call_flow_id"}:
                changed = {**request, name: {"e164": "yes" if request[name] == "no" else "no"}.get(name, "9")}
                assert [one.pointer for one in CARRIER.differences("call_flows", changed, entry)] == [f"/{name}"], (path, name)
    assert put_back >= 3


@pytest.mark.parametrize("more", [{"voicemail_box": "812"}, {"make_default": "yes"}, {"call_flow_id": None}])
def test_what_no_answer_tells_is_no_difference(more: Any) -> None:
    assert CARRIER.differences("call_flows", {**REQUEST, **more}, SIMPLE) == ()


def test_an_entry_that_is_gone_is_a_difference() -> None:
    assert [one.pointer for one in CARRIER.differences("call_flows", REQUEST, None)] == [""]


def test_an_address_that_is_still_there_is_a_difference() -> None:
    stored = {**SIMPLE, "json": json.dumps({**json.loads(SIMPLE["json"]), "route2": "192.0.2.99", "route2_wait": 20})}
    assert [one.pointer for one in CARRIER.differences("call_flows", REQUEST, stored)] == ["/ip_address_2"]


def test_a_flow_that_is_gone_is_an_error() -> None:
    account, _ = opened(lambda request: ACCOUNT)
    with pytest.raises(ProviderError, match="there is no flow 99"):
        account.bundle(Held("99"))
    assert account.bundle(Held("fax/8")) == ACCOUNT["fax_flows"][0]
    assert account.listed("fax_flows") == {"8": "Intake fax"}
    assert account.listed("numbers") == {}
    assert account.read("numbers", "+12025550142") is None
