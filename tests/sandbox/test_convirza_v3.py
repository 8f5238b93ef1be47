"""The sandbox of Convirza's API v3 does what the notes on it say, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.sandbox.support import FIXTURES, START, Clock, convirza_v3, http
from unicall.sandbox import Sandbox

ROUTE = {"provisioned_route_name": "Main", "route_type": "simple", "ring_to": "12025550143", "x_note": {"deep": [1.5, None]}}
NOW = datetime.fromtimestamp(START, UTC)


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with convirza_v3(sandbox) as made:
        yield made


def oauth(sandbox: Sandbox, what: str, **body: Any) -> httpx.Response:
    return http().post(f"{sandbox.account('convirza-v3')['oauth_url']}/oauth/{what}", json=body)


def login(sandbox: Sandbox) -> dict[str, Any]:
    known = sandbox.account("convirza-v3")
    token: dict[str, Any] = oauth(sandbox, "token", email=known["email"], password=known["password"]).json()
    return token


def status(sandbox: Sandbox, access: str) -> int:
    url = f"{sandbox.account('convirza-v3')['url']}/auth/profile"
    return http().get(url, headers={"Authorization": f"Bearer {access}"}).status_code


def data(answer: httpx.Response) -> Any:
    """What an answer holds."""
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def error(answer: httpx.Response) -> tuple[int, str]:
    """The status and the words of an error."""
    body = answer.json()
    assert body["code"] == answer.status_code
    assert set(body) == {"code", "message", "request_id", "timestamp"}
    return answer.status_code, body["message"]


def call(key: int, ago: timedelta, **more: Any) -> dict[str, Any]:
    return {"call_id": key, "call_started": (NOW - ago).isoformat().replace("+00:00", "Z"), "disposition": "ANSWERED", **more}


def test_tokens_end_at_moments_and_not_after_seconds(sandbox: Sandbox) -> None:
    token = login(sandbox)
    assert datetime.fromisoformat(token["expires_in"]) == NOW + timedelta(days=7)
    assert datetime.fromisoformat(token["refresh_expires_in"]) == NOW + timedelta(days=180)
    assert token["token_type"] == "Bearer"
    assert len(token["frontend_token"]) == 32
    assert token["user"]["email"] == sandbox.account("convirza-v3")["email"]


def test_a_wrong_password_is_a_401(sandbox: Sandbox) -> None:
    known = sandbox.account("convirza-v3")
    assert error(oauth(sandbox, "token", email=known["email"], password="other")) == (401, "Unauthorized")
    assert error(oauth(sandbox, "token", email=known["email"])) == (401, "Unauthorized")


def test_a_token_is_good_for_seven_days_from_its_last_use(sandbox: Sandbox, clock: Clock) -> None:
    access = login(sandbox)["access_token"]
    for _ in range(3):
        clock.now += 6 * 86400
        assert status(sandbox, access) == 200
    clock.now += 7 * 86400 + 1
    assert status(sandbox, access) == 401


def test_a_refresh_token_works_once_and_ends_the_old_access_token(sandbox: Sandbox) -> None:
    old = login(sandbox)
    new = oauth(sandbox, "refresh-token", refresh_token=old["refresh_token"]).json()
    assert status(sandbox, new["access_token"]) == 200
    assert status(sandbox, old["access_token"]) == 401
    assert oauth(sandbox, "refresh-token", refresh_token=old["refresh_token"]).status_code == 401
    assert oauth(sandbox, "refresh-token", refresh_token=new["refresh_token"]).status_code == 200


def test_a_refresh_token_is_good_for_180_days(sandbox: Sandbox, clock: Clock) -> None:
    token = login(sandbox)
    clock.now += 180 * 86400 + 1
    assert oauth(sandbox, "refresh-token", refresh_token=token["refresh_token"]).status_code == 401


def test_a_token_is_revoked_as_often_as_you_like(sandbox: Sandbox) -> None:
    access = login(sandbox)["access_token"]
    for _ in range(2):
        assert oauth(sandbox, "revoke-token", token=access, token_type="access").status_code == 200
    assert status(sandbox, access) == 401
    assert oauth(sandbox, "revoke-token", token=access).status_code == 400


def test_tokens_may_be_asked_for_ten_times_a_minute(sandbox: Sandbox, clock: Clock) -> None:
    answers = [oauth(sandbox, "token", email="other").status_code for _ in range(12)]
    assert answers == [401] * 10 + [429] * 2
    clock.now += 61
    assert "access_token" in login(sandbox)


def test_an_answer_stands_in_an_envelope(client: httpx.Client) -> None:
    body = client.get("/auth/profile").json()
    assert (body["code"], body["message"]) == (200, "Success")
    assert set(body) == {"code", "message", "data", "request_id", "timestamp"}


def test_a_route_is_stored_as_it_is_sent_with_an_id(client: httpx.Client) -> None:
    made = data(client.post("/provisioned-routes", json=ROUTE))
    assert made == {"provisioned_route_id": made["provisioned_route_id"], **ROUTE}
    path = f"/provisioned-routes/{made['provisioned_route_id']}"
    assert data(client.get(path)) == made
    assert data(client.patch(path, json={"ring_to": "12025550144", "provisioned_route_id": 5})) == made | {"ring_to": "12025550144"}
    replaced = data(client.put(path, json={"route_type": "hangup"}))
    assert replaced == {"provisioned_route_id": made["provisioned_route_id"], "route_type": "hangup"}
    assert client.delete(path).status_code == 200
    assert error(client.get(path)) == (404, "Not Found")
    assert data(client.post("/provisioned-routes", json=ROUTE))["provisioned_route_id"] > made["provisioned_route_id"]


@pytest.mark.parametrize("path", ["/provisioned-routes", "/provisioned-routes/list"])
def test_routes_are_listed_in_pages(sandbox: Sandbox, client: httpx.Client, path: str) -> None:
    sandbox.load("convirza-v3", FIXTURES / "convirza-v3" / "list", count=230)
    pages = [data(client.get(path, params={"limit": 200, "offset": offset})) for offset in (0, 200, 400)]
    assert [page["total"] for page in pages] == [230] * 3
    assert [len(page["provisioned_routes"]) for page in pages] == [200, 30, 0]
    routes = [route for page in pages for route in page["provisioned_routes"]]
    assert len({route["provisioned_route_id"] for route in routes}) == 230
    assert len({route["phone_number"] for route in routes[2:]}) == 228


@pytest.mark.parametrize("query", ["", "limit=0", "limit=201", "limit=x", "limit=10&offset=-1"])
def test_a_list_needs_a_limit_from_1_to_200(client: httpx.Client, query: str) -> None:
    for path in ("/provisioned-routes", "/conversations/calls", "/phone-numbers"):
        assert client.get(f"{path}?{query}").status_code == 400


@pytest.mark.parametrize("content", [b"{", b"[]", b"1", b""])
def test_what_is_no_object_is_a_400(client: httpx.Client, content: bytes) -> None:
    assert error(client.post("/provisioned-routes", content=content)) == (400, "Bad Request")


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/nothing"), ("POST", "/conversations/calls"), ("POST", "/provisioned-routes/1")]
)
def test_what_is_not_there_is_a_404(client: httpx.Client, method: str, path: str) -> None:
    assert error(client.request(method, path, json={})) == (404, "Not Found")


def test_without_a_token_nothing_is_told(sandbox: Sandbox) -> None:
    assert error(http().get(f"{sandbox.account('convirza-v3')['url']}/provisioned-routes?limit=1")) == (401, "Unauthorized")


def test_calls_of_the_last_seven_days_are_listed_the_newest_first(sandbox: Sandbox, client: httpx.Client) -> None:
    ages = [timedelta(days=1), timedelta(days=6), timedelta(days=8), timedelta(hours=1)]
    sandbox.load("convirza-v3", {"data": {"calls": [call(key, ago) for key, ago in enumerate(ages)]}})
    found = data(client.get("/conversations/calls?limit=200"))
    assert (found["total"], [one["call_id"] for one in found["calls"]]) == (3, [3, 0, 1])


def test_calls_are_listed_for_31_days_at_most(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.load("convirza-v3", {"data": {"calls": [call(1, timedelta(days=30))]}})

    def between(start: timedelta, end: timedelta) -> httpx.Response:
        times = {"start": (NOW - start).isoformat(), "end": (NOW - end).isoformat()}
        return client.get("/conversations/calls", params={"limit": 10, **times})

    assert data(between(timedelta(days=31), timedelta()))["total"] == 1
    assert error(between(timedelta(days=32), timedelta())) == (400, "the range must be 31 days at most")
    assert error(between(timedelta(), timedelta())) == (400, "end must be after start")
    assert client.get("/conversations/calls?limit=1&end=0001-01-01T00:00:00Z").status_code == 400
    assert client.get("/conversations/calls?limit=1&end=soon").status_code == 400


def test_calls_can_be_narrowed(sandbox: Sandbox, client: httpx.Client) -> None:
    calls = [
        call(1, timedelta(hours=1), provisioned_route_id=7, caller_id="12025550142"),
        call(2, timedelta(hours=2), provisioned_route_id=8, caller_id="12025550143", disposition="BUSY"),
        call(3, timedelta(hours=3), provisioned_route_id=8, caller_id="12025550144", disposition="FAILED"),
    ]
    sandbox.load("convirza-v3", {"data": {"calls": calls}})

    def ids(**query: Any) -> list[int]:
        return [one["call_id"] for one in data(client.get("/conversations/calls", params={"limit": 10, **query}))["calls"]]

    assert ids(provisioned_route_id=8) == [2, 3]
    assert ids(caller_id="+12025550142") == [1]
    assert ids(disposition=["BUSY", "FAILED"]) == [2, 3]
    assert ids(disposition="BUSY", provisioned_route_id=7) == []


def test_one_call_is_given_by_its_id_whenever_it_was(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.load("convirza-v3", {"data": {"calls": [call(1, timedelta(days=300))]}})
    assert data(client.get("/conversations/calls?call_id=1"))["call_id"] == 1
    assert data(client.get("/conversations/calls/1"))["call_id"] == 1
    assert error(client.get("/conversations/calls/2")) == (404, "Not Found")


def test_parts_of_a_call_come_where_they_are_included(sandbox: Sandbox, client: httpx.Client) -> None:
    whole = call(1, timedelta(hours=1), tags=[1], comments=[2], call_flow={"a": 1}, recording_details={"b": 1}, summary="x")
    sandbox.load("convirza-v3", {"data": {"calls": [whole]}})

    def keys(query: str) -> set[str]:
        return set(data(client.get(f"/conversations/calls?limit=1{query}"))["calls"][0]) - {
            "call_id",
            "call_started",
            "disposition",
        }

    assert keys("") == {"summary"}
    assert keys("&include=tags,call_flow") == {"summary", "tags", "call_flow"}
    assert keys("&include=recordings&include=comments") == {"summary", "recording_details", "comments"}


def test_numbers_prompts_and_agents_are_listed(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.load("convirza-v3", {**ROUTE, "provisioned_route_id": 5, "phone_number_id": 9, "phone_number": "12025550142"})
    sandbox.shelf("convirza-v3").put("prompts", "1", {"prompt_id": 1})
    numbers = data(client.get("/phone-numbers?limit=5"))
    assert numbers == {"total": 1, "phone_numbers": [{"phone_number_id": 9, "phone_number": "12025550142"}]}
    assert data(client.get("/media/prompts?limit=5"))["prompts"] == [{"prompt_id": 1}]
    assert data(client.get("/voice-agents?limit=5")) == {"total": 0, "voice_agents": []}


def test_the_fixtures_are_loaded_and_what_is_neither_a_route_nor_a_call_is_said(sandbox: Sandbox) -> None:
    notes = sandbox.load("convirza-v3", FIXTURES / "convirza-v3")
    assert [note.rpartition("/")[2] for note in notes if "skipped" in note] == [
        "florist_patch.json: skipped: holds neither a route nor a call",
    ]
    assert len(sandbox.shelf("convirza-v3").all("provisioned_routes")) > 25
    assert len(sandbox.shelf("convirza-v3").all("calls")) > 10
