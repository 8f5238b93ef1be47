"""The sandbox of API19 does what the notes on it say, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.sandbox.support import FIXTURES, api19, http
from unicall.sandbox import Sandbox

ROUTING = {"dnis": "0142", "route1": "192.0.2.10", "route1_simul": "device:1", "route1_wait": 20, "wait": 20, "x_note": [1]}
FLOW = {"id": "1", "name": "Main Route", "user_id": "1", "json": json.dumps(ROUTING), "e164": "no"}
FAX = {"id": "9", "name": "Fax", "emails_json": None, "emails_allowed_in": "[]"}


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    sandbox.load("api19", {"status": "ok", "fax_flows": [FAX], "call_flows": [FLOW]})
    with api19(sandbox) as made:
        yield made


def update(client: httpx.Client, **more: Any) -> Any:
    """The answer to an update of the flow."""
    form = {"call_flow_id": "1", "e164": "yes", "ip_address_1": "192.0.2.20", **more}
    return client.post("/dids/callflow/update", data=form).json()


def routing(client: httpx.Client) -> Any:
    """The routing of the flow, decoded a second time."""
    return json.loads(client.get("/dids/callflows/list").json()["call_flows"][0]["json"])


@pytest.mark.parametrize("path", ["/dids/my/callflows", "/dids/callflows/list"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_list_has_two_addresses_and_holds_json_inside_json(client: httpx.Client, path: str, method: str) -> None:
    answer = client.request(method, path)
    assert answer.json() == {"status": "ok", "fax_flows": [FAX], "call_flows": [FLOW]}
    assert isinstance(answer.json()["call_flows"][0]["json"], str)


def test_every_answer_is_200_and_says_that_it_is_html(sandbox: Sandbox, client: httpx.Client) -> None:
    known = sandbox.account("api19")
    for answer in (
        client.get("/dids/my/callflows"),
        client.get("/nothing"),
        client.delete("/dids/my/callflows"),
        client.post("/dids/callflow/update", data={"call_flow_id": "77"}),
        http().get(f"{known['url']}/dids/my/callflows"),
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.json()["status"] in ("ok", "error")


def test_the_key_is_taken_as_a_password_and_as_a_parameter(sandbox: Sandbox) -> None:
    known = sandbox.account("api19")
    url, key = f"{known['url']}/dids/my/callflows", known["key"]
    for answer in (
        http().get(url, auth=("anybody", key)),
        http().get(url, params={"key": key}),
        http().post(url, data={"key": key}),
    ):
        assert answer.json()["status"] == "ok"


def test_a_wrong_key_and_no_key_are_told_in_two_ways(sandbox: Sandbox) -> None:
    url = f"{sandbox.account('api19')['url']}/dids/my/callflows"
    assert http().get(url, params={"key": "other"}).json() == {"status": "error", "error": "not logged in"}
    empty = {"status": "error", "error": "invalid key", "verbose": "none"}
    assert http().get(url, params={"key": ""}).json() == empty
    assert http().get(url).json() == empty
    assert http().get(url, headers={"Authorization": "Basic ~"}).json() == empty


def test_slashes_are_escaped(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.load("api19", {**FLOW, "id": "2", "name": "A/B"})
    assert "A\\/B" in client.get("/dids/my/callflows").text


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_update_writes_all_steps_anew_with_numbers_as_text(client: httpx.Client, method: str) -> None:
    given = {
        "call_flow_id": "1",
        "e164": "yes",
        "ip_address_1": "192.0.2.20",
        "ip_address_2": "192.0.2.21",
        "sip_port": "5080",
        "wait_time": "25",
    }
    where = {"params": given} if method == "GET" else {"data": given}
    answer = client.request(method, "/dids/callflow/update", **where)  # type: ignore[arg-type]
    assert answer.json() == {"status": "ok"}
    assert routing(client) == {
        "dnis": "0142",
        "x_note": [1],
        "route1": "192.0.2.20",
        "sip_port1": "5080",
        "route1_wait": "25",
        "route2": "192.0.2.21",
        "sip_port2": "5080",
        "route2_wait": "25",
        "wait": "25",
    }
    (flow,) = client.get("/dids/my/callflows").json()["call_flows"]
    assert (flow["e164"], flow["name"]) == ("yes", "Main Route")


def test_a_mailbox_and_the_default_are_kept_and_never_given_back(sandbox: Sandbox, client: httpx.Client) -> None:
    assert update(client, voicemail_box="812", make_default="yes") == {"status": "ok"}
    assert "812" not in client.get("/dids/my/callflows").text
    assert b'"voicemail_box":"812"' in sandbox.dump("api19")


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"call_flow_id": "77"}, "invalid callflow"),
        ({"call_flow_id": ""}, "invalid callflow"),
        ({"e164": "maybe"}, "e164 is invalid"),
        ({"ip_address_1": ""}, "ip_address_1 is invalid"),
        ({"ip_address_1": "device:1"}, "ip_address_1 is invalid"),
        ({"ip_address_3": "pbx.example.com"}, "ip_address_3 is invalid"),
        ({"wait_time": "long"}, "wait_time is invalid"),
        ({"make_default": "perhaps"}, "make_default is invalid"),
    ],
)
def test_an_update_that_is_not_taken_changes_nothing(sandbox: Sandbox, client: httpx.Client, more: Any, error: str) -> None:
    before = sandbox.dump("api19")
    assert update(client, **more) == {"status": "error", "error": error}
    assert sandbox.dump("api19") == before


@pytest.mark.parametrize("name", ["did", "number"])
def test_a_number_is_put_on_a_flow(sandbox: Sandbox, client: httpx.Client, name: str) -> None:
    assert client.post("/dids/callflow/change", data={name: "2025550142", "call_flow_id": "1"}).json() == {"status": "ok"}
    assert client.get("/dids/callflow/change", params={name: "12025550142", "fax_flow_id": "9"}).json() == {"status": "ok"}
    assert sandbox.shelf("api19").get("dids", "2025550142") == {"call_flow_id": "1", "fax_flow_id": "9"}


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"did": "2025550142", "call_flow_id": "77"}, "invalid callflow"),
        ({"did": "2025550142", "fax_flow_id": "1"}, "invalid callflow"),
        ({"did": "2025550142"}, "invalid callflow"),
        ({"did": "", "call_flow_id": "1"}, "no numbers found in dids"),
    ],
)
def test_a_number_is_not_put_on_what_is_not_there(client: httpx.Client, form: Any, error: str) -> None:
    assert client.post("/dids/callflow/change", data=form).json() == {"status": "error", "error": error}


@pytest.mark.parametrize("path", ["/dids/set/callurl", "/dids/my/callurl"])
def test_a_number_gets_an_address_and_loses_it(sandbox: Sandbox, client: httpx.Client, path: str) -> None:
    assert client.post(path, data={"did": "2025550142", "url": "https://example.com/in"}).json() == {"status": "ok"}
    assert sandbox.shelf("api19").get("dids", "2025550142") == {"url": "https://example.com/in"}
    assert client.post(path, data={"did": "2025550142", "url": "none"}).json() == {"status": "ok"}
    assert sandbox.shelf("api19").get("dids", "2025550142") == {}
    assert client.post(path, data={"did": "2025550142", "url": "ftp://example.com"}).json()["status"] == "error"


@pytest.mark.parametrize("path", ["/dids/callflow/create", "/dids/callflow/delete", "/dids/callflow/get", "/"])
def test_flows_can_neither_be_made_nor_deleted(sandbox: Sandbox, client: httpx.Client, path: str) -> None:
    before = sandbox.dump("api19")
    assert client.post(path, data={"call_flow_id": "1", "name": "Other"}).json()["status"] == "error"
    assert sandbox.dump("api19") == before


def test_what_was_loaded_is_given_back_as_it_is(sandbox: Sandbox) -> None:
    for path in sorted((FIXTURES / "api19" / "call_flow").glob("*.json")):
        if path.name.endswith(".flow.json"):
            continue
        document = json.loads(path.read_text("utf-8"))
        with Sandbox(providers=["api19"]) as alone:
            assert alone.load("api19", path) == ()
            (flow,) = api19(alone).get("/dids/my/callflows").json()["call_flows"]
            assert json.dumps(flow) == json.dumps(document.get("call_flow", document))


def test_requests_are_no_flows_of_an_account(sandbox: Sandbox) -> None:
    notes = sandbox.load("api19", FIXTURES / "api19" / "request")
    assert len(notes) == 4
    assert all(": skipped: " in note for note in notes)


def test_a_copy_has_an_id_and_a_number_of_its_own(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.repeat("api19", 5)
    flows = client.get("/dids/my/callflows").json()["call_flows"]
    assert [flow["id"] for flow in flows] == ["1", "2", "3", "4", "5"]
    assert sorted(one["call_flow_id"] for one in sandbox.shelf("api19").all("dids").values()) == ["2", "3", "4", "5"]
