"""The sandbox of Convirza's API v2 does what the notes on it say, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from tests.sandbox.support import FIXTURES, Clock, convirza_v2, http
from unicall.sandbox import Sandbox

COMMON = (
    "call_flow_id",
    "call_flow_name",
    "call_flow_created",
    "call_flow_status",
    "repeat_interval",
    "call_value",
    "channel_id",
    "dnis",
    "message_enabled",
    "message",
    "default_ringto",
    "group_id",
    "email_to_notify",
    "play_disclaimer",
    "created_at",
    "updated_at",
    "voicemail_greeting",
    "voicemail_enabled",
    "voicemail_rings",
    "routable_id",
    "routable_type",
    "webhook_enabled",
    "record_until",
    "whisper_enabled",
    "whisper_message",
    "ring_delay",
    "postcall_ivr_enabled",
    "postcall_ivr_id",
    "spam_threshold",
    "spam_filter_enabled",
    "referral_number",
    "referral_end_date",
    "record_call_enabled",
)


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with convirza_v2(sandbox) as made:
        yield made


def simple(**more: Any) -> dict[str, Any]:
    """The body of a plain flow."""
    number = {"phone_number": 2025550142}
    return {"call_flow_name": "Main", "default_ringto": "2025550143", "routable_type": "SimpleRoute", "number": number, **more}


def key(pressed: int = 1, **more: Any) -> dict[str, Any]:
    """A key of a menu that rings a number."""
    return {"key": pressed, "action": "simple", "destination": "Desk", "target_did": 2025550143, **more}


def submenu(pressed: int, *keys: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A key of a menu that leads to another menu."""
    return {"key": pressed, "action": "interactiveVoice", "message": "Press 1.", "ivrData": list(keys), **more}


def menu(*keys: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The body of a menu of several levels."""
    return {"call_flow_name": "Menu", "message": "Press 1.", "number": {"phone_number": 2025550142}, "ivrs": list(keys), **more}


def stored(client: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    """The record of the flow that an answer says was made."""
    body = answer.json()
    assert answer.status_code == 200, answer.text
    made = body["data"][0] if isinstance(body, dict) else body[0]["data"]
    found: dict[str, Any] = client.get("/callflow", params={"id": made}).json()["data"]
    return found


def rejection(answer: httpx.Response) -> str:
    """The words of an error that is answered 200."""
    assert answer.status_code == 200
    assert answer.json()["result"] == "error", answer.text
    words: str = answer.json()["err"]
    return words


def asked(sandbox: Sandbox, **form: str) -> httpx.Response:
    known = sandbox.account("convirza-v2")
    whole = {name: value for name, value in known.items() if name != "url"} | {"grant_type": "password"} | form
    return http().post(f"{sandbox.url_of('convirza-v2')}/oauth/token", data=whole)


def test_a_token_is_good_for_an_hour_and_its_refresh_token_for_30_days(sandbox: Sandbox, clock: Clock) -> None:
    token = asked(sandbox).json()
    assert token["expires_in"] == 3600
    client = http(base_url=sandbox.account("convirza-v2")["url"], headers={"Authorization": f"Bearer {token['access_token']}"})
    assert client.get("/callflow/callflow").status_code == 200
    clock.now += 3601
    answer = client.get("/callflow/callflow")
    assert (answer.status_code, answer.text) == (401, "Unauthorized")
    again = asked(sandbox, grant_type="refresh_token", refresh_token=token["refresh_token"])
    assert again.status_code == 200
    clock.now += 30 * 86400
    assert asked(sandbox, grant_type="refresh_token", refresh_token=token["refresh_token"]).status_code == 401


@pytest.mark.parametrize("wrong", ["username", "password", "client_id", "client_secret", "grant_type"])
def test_no_token_without_all_that_is_asked_for(sandbox: Sandbox, wrong: str) -> None:
    answer = asked(sandbox, **{wrong: "other"})
    assert (answer.status_code, answer.text) == (401, "Unauthorized")


def test_tokens_may_be_asked_for_ten_times_a_minute(sandbox: Sandbox, clock: Clock) -> None:
    assert [asked(sandbox).status_code for _ in range(12)] == [200] * 10 + [429] * 2
    clock.now += 61
    assert asked(sandbox).status_code == 200


def test_the_list_is_a_bare_array_in_pages_of_100_at_most(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.load("convirza-v2", FIXTURES / "convirza-v2" / "simple", count=130)
    whole = client.get("/callflow/callflow").json()
    assert isinstance(whole, list)
    assert len(whole) == 100
    assert len(client.get("/callflow/callflow?limit=200&offset=0").json()) == 100
    pages = [client.get(f"/callflow/callflow?limit=60&offset={offset}").json() for offset in (0, 60, 120, 180)]
    assert [len(page) for page in pages] == [60, 60, 10, 0]
    ids = [flow["call_flow_id"] for page in pages for flow in page]
    assert ids == sorted(set(ids))


def test_the_list_can_be_narrowed(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.load("convirza-v2", FIXTURES / "convirza-v2" / "simple")
    found = client.get("/callflow/callflow", params={"filter": "call_flow_status=inactive"}).json()
    assert [flow["call_flow_status"] for flow in found] == ["inactive"]


def test_what_was_loaded_is_given_back_as_it_is(sandbox: Sandbox, client: httpx.Client) -> None:
    path = FIXTURES / "convirza-v2" / "simple" / "unknown_keys_odd_spellings.json"
    sandbox.load("convirza-v2", path)
    assert json.dumps(client.get("/callflow/callflow").json()) == json.dumps([json.loads(path.read_text("utf-8"))])


def test_a_plain_flow_is_answered_with_its_id_and_given_back_as_a_record(client: httpx.Client) -> None:
    answer = client.post("/callflow", json=[simple(campaign_id=3, webhook_id=5, referral_number=2025550199, voicemail_rings=4)])
    body = answer.json()
    assert body == {"result": "success", "err": None, "data": body["data"], "entry_count": 1}
    record = stored(client, answer)
    assert record["call_flow_id"] == body["data"][0]
    assert sorted(record) == sorted(COMMON)
    assert record["dnis"] == "2025550142"
    assert record["default_ringto"] == "2025550143"
    assert record["referral_number"] == "2025550199"
    assert (record["voicemail_rings"], record["ring_delay"]) == (4, 24)
    assert client.get("/callflow/callflow").json() == [record]


def test_several_flows_are_made_by_one_body_or_none(client: httpx.Client) -> None:
    other = simple(number={"phone_number": "2025550144"})
    assert client.post("/callflow", json=[simple(), other]).json()["entry_count"] == 2
    again = simple(number={"phone_number": 2025550145})
    rejection(client.post("/callflow", json=[again, other]))
    assert len(client.get("/callflow/callflow").json()) == 2


def test_one_body_cannot_use_a_number_twice(client: httpx.Client) -> None:
    rejection(client.post("/callflow", json=[simple(), simple()]))
    assert client.get("/callflow/callflow").json() == []


def test_overflow_numbers_come_back_with_the_kind_of_hunt(client: httpx.Client) -> None:
    others = [{"overflowNumber": 2025550144, "rings": 2}, {"overflowNumber": "202-555-0145", "rings": "3"}]
    record = stored(client, client.post("/callflow", json=[simple(overflowNumbers=others, isSimultaneous=False)]))
    assert record["hunt_type"] == "overflow"
    assert record["overflowNumbers"] == [{"overflowNumber": 2025550144, "rings": 2}, {"overflowNumber": 2025550145, "rings": 3}]
    assert "isSimultaneous" not in record
    update = {"call_flow_id": record["call_flow_id"], "overflowNumbers": others, "isSimultaneous": True}
    assert stored(client, client.post("/callflow", json=[update]))["hunt_type"] == "simultaneous"


def test_a_plain_ivr_comes_back_as_options_without_names(client: httpx.Client) -> None:
    keys = [
        {"key": 1, "name": "Desk", "route_type": "Simple", "play_disclaimer": "before", "target_did": "2025550144"},
        {"key": 2, "name": "Sales", "route_type": "Simple", "play_disclaimer": "never", "target_did": "2025550145"},
    ]
    body = simple(routable_type="IvrRoute2", ivrs=keys)
    del body["default_ringto"]
    record = stored(client, client.post("/callflow", json=[body]))
    options = record["ivr_route"]["options"]
    assert "ivrs" not in record
    assert [(one["value"], one["ivr_target_did"], one["ivr_play_disclaimer"]) for one in options] == [
        (1, 2025550144, True),
        (2, 2025550145, False),
    ]
    assert "Desk" not in json.dumps(record)


def test_a_menu_is_answered_by_an_array_and_comes_back_with_ids_and_a_text_on_level_1_only(client: httpx.Client) -> None:
    body = menu(key(1), submenu(2, key(1, go_back_key=9), key(2, go_back_key=9)))
    answer = client.post("/callflow/multilevelivr", json=[body])
    record = stored(client, answer)
    assert answer.json() == [{"result": "success", "data": str(record["call_flow_id"]), "entry_count": 1}]
    first, second = record["ivrs"]
    assert first["target_did"] == "2025550143"
    assert [one["target_did"] for one in second["ivrData"]] == [2025550143, 2025550143]
    ids = [first["ivr_option_id"], second["ivr_option_id"], *(one["ivr_option_id"] for one in second["ivrData"])]
    assert len(set(ids)) == 4
    assert (record["routable_type"], record["default_ringto"], record["message_enabled"]) == ("IvrRoute2", None, True)


def test_the_ids_of_keys_stay_when_a_menu_is_updated(client: httpx.Client) -> None:
    record = stored(client, client.post("/callflow/multilevelivr", json=[menu(key(1), key(2))]))
    update = menu(key(2, destination="Other"), key(3), call_flow_id=record["call_flow_id"])
    del update["number"]
    changed = stored(client, client.post("/callflow/multilevelivr", json=[update]))
    assert changed["ivrs"][0]["ivr_option_id"] == record["ivrs"][1]["ivr_option_id"]
    assert changed["ivrs"][1]["ivr_option_id"] not in [one["ivr_option_id"] for one in record["ivrs"]]
    assert changed["dnis"] == record["dnis"]


def test_a_known_id_updates_and_what_is_not_sent_stays(client: httpx.Client) -> None:
    record = stored(client, client.post("/callflow", json=[simple(email_to_notify="a@example.com")]))
    update = [{"call_flow_id": record["call_flow_id"], "call_flow_name": "Other", "default_ringto": "2025550147"}]
    changed = stored(client, client.post("/callflow", json=update))
    assert changed == record | {"call_flow_name": "Other", "default_ringto": "2025550147"}
    assert len(client.get("/callflow/callflow").json()) == 1


def test_an_id_that_nobody_has_is_an_error(client: httpx.Client) -> None:
    assert rejection(client.post("/callflow", json=[simple(call_flow_id=77)])) == "Call flow not found"
    assert rejection(client.get("/callflow?id=77")) == "Call flow not found"
    assert rejection(client.delete("/callflow?id=77")) == "Call flow not found"


def test_id_0_makes_a_flow(client: httpx.Client) -> None:
    assert client.post("/callflow", json=[simple(call_flow_id=0)]).json()["result"] == "success"


def test_a_deleted_flow_is_gone_its_number_free_and_its_id_not_given_again(client: httpx.Client) -> None:
    record = stored(client, client.post("/callflow", json=[simple()]))
    assert client.delete("/callflow", params={"id": record["call_flow_id"]}).json()["result"] == "success"
    assert client.get("/callflow/callflow").json() == []
    assert stored(client, client.post("/callflow", json=[simple()]))["call_flow_id"] > record["call_flow_id"]


def test_an_update_of_what_the_plain_create_cannot_make_leaves_its_route_alone(sandbox: Sandbox, client: httpx.Client) -> None:
    sandbox.load("convirza-v2", FIXTURES / "convirza-v2" / "geo")
    record = client.get("/callflow/callflow").json()[0]
    client.post("/callflow", json=[{"call_flow_id": record["call_flow_id"], "default_ringto": "2025550143"}])
    changed = client.get(f"/callflow?id={record['call_flow_id']}").json()["data"]
    assert (changed["routable_type"], changed["geo_route"]) == ("GeoRoute", record["geo_route"])
    assert changed["default_ringto"] == "2025550143"


def test_a_plain_update_of_a_menu_says_its_keys_or_nothing_of_its_route(client: httpx.Client) -> None:
    record = stored(client, client.post("/callflow/multilevelivr", json=[menu(key(1))]))
    update = {"call_flow_id": record["call_flow_id"], "email_to_notify": "a@example.com"}
    assert stored(client, client.post("/callflow", json=[update]))["ivrs"] == record["ivrs"]
    assert rejection(client.post("/callflow", json=[update | {"default_ringto": "2025550147"}])) == "ivrs field is required"
    assert rejection(client.post("/callflow", json=[update | {"ivrs": [{"key": 1}]}])) == "target_did field is required"


@pytest.mark.parametrize(
    "body", [{}, [], "x", [1], [simple(message=5)], [simple(voicemail_enabled="yes")], [simple(default_ringto="nobody")]]
)
def test_what_has_the_wrong_shape_is_a_validation_error(client: httpx.Client, body: Any) -> None:
    answer = client.post("/callflow", json=body)
    assert answer.status_code == 400
    assert answer.json()["message"] == "Validation errors"
    assert answer.json()["errors"]


@pytest.mark.parametrize("more", [{"call_flow_name": None}, {"play_disclaimer": "later"}, {"call_flow_status": "gone"}])
def test_a_flow_needs_a_name_and_known_words(client: httpx.Client, more: Any) -> None:
    assert client.post("/callflow", json=[simple(**more)]).json()["message"] == "Validation errors"


@pytest.mark.parametrize("more", [{"message_enabled": True}, {"whisper_enabled": True}, {"message_enabled": True, "message": ""}])
def test_a_message_or_whisper_that_is_on_without_words_breaks_the_server(client: httpx.Client, more: Any) -> None:
    assert client.post("/callflow", json=[simple(**more)]).status_code == 500
    assert client.get("/callflow/callflow").json() == []


def overflow(count: int, **more: Any) -> dict[str, Any]:
    return {"overflowNumbers": [{"overflowNumber": 2025550150 + one, "rings": 3} for one in range(count)], **more}


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"call_flow_name": "x" * 51}, "call_flow_name must have at most 50 characters"),
        ({"call_value": 1_000_000}, "call_value must be between 0 and 999999"),
        ({"repeat_interval": 8761}, "repeat_interval must be between 0 and 8760"),
        ({"voicemail_rings": 11}, "voicemail_rings must be between 1 and 10"),
        (overflow(13), "overflowNumbers can have at most 12 numbers"),
        ({"overflowNumbers": [{"overflowNumber": 2025550150, "rings": 11}]}, "rings must be between 1 and 10"),
        ({"isSimultaneous": True}, "overflowNumbers field is required. Make sure you typed it as 'overflowNumbers'"),
        (
            {"isSimultaneous": True, "overflowNumbers": [{"overflowNumber": 2025550143}]},
            "numbers that ring simultaneously must be different",
        ),
        ({"overflowNumbers": [{"overflowNumber": 2025550142}]}, "a call flow cannot ring its own tracking number"),
        ({"default_ringto": "2025550142"}, "a call flow cannot ring its own tracking number"),
        ({"default_ringto": None}, "default_ringto field is required"),
        ({"number": None}, "number or number_pool field is required"),
        ({"number": {"phone_number": 5}}, "phone_number must be a phone number of 10 digits"),
        ({"routable_type": "GeoRoute"}, "routable_type GeoRoute cannot be created here"),
        ({"routable_type": "IvrRoute2"}, "ivrs field is required"),
    ],
)
def test_a_plain_flow_that_is_not_taken_is_an_error_with_status_200(client: httpx.Client, more: Any, error: str) -> None:
    assert rejection(client.post("/callflow", json=[simple(**more)])) == error
    assert client.get("/callflow/callflow").json() == []


def test_twelve_overflow_numbers_and_repeats_in_turn_are_taken(client: httpx.Client) -> None:
    twice = {"overflowNumbers": [{"overflowNumber": 2025550143, "rings": 1}] * 2}
    assert client.post("/callflow", json=[simple(**overflow(12))]).json()["result"] == "success"
    assert client.post("/callflow", json=[simple(number={"phone_number": 2025550149}, **twice)]).json()["result"] == "success"


def hours(*spans: tuple[str, str, str]) -> dict[str, Any]:
    entries = [
        {"schedule_days": [{"id": day}], "schedule_start_time": start, "schedule_end_time": end, "ring_to": 2025550144}
        for day, start, end in spans
    ]
    return {"key": 1, "action": "schedule", "scheduleRoute": {"timezone": "Eastern", "schedules": entries}}


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        ([], "ivrs field is required"),
        ([key(one) for one in range(11)], "a menu can have at most 10 keys"),
        ([key(1), key(1)], "the keys of a menu must be different"),
        ([key(1_234_567_890)], "key must be a number of at most 9 digits"),
        ([key(1, action="teleport")], "action 'teleport' is not known"),
        ([key(1, target_did=None)], "target_did field is required"),
        ([key(1, overflowNumbers=5)], "overflowNumbers must be a list"),
        ([key(1, destination="x" * 51)], "destination must have at most 50 characters"),
        ([submenu(1, key(1, go_back_key=9), message="")], "a submenu needs a message"),
        ([submenu(1)], "ivrData field is required"),
        ([submenu(1, key(1))], "go_back_key is required below the first level, and is the same for all keys of a menu"),
        (
            [submenu(1, key(1, go_back_key=8), key(2, go_back_key=9))],
            "go_back_key is required below the first level, and is the same for all keys of a menu",
        ),
        ([submenu(1, key(1, go_back_key=1))], "go_back_key cannot be one of the keys"),
        (
            [submenu(1, submenu(1, submenu(1, key(1, go_back_key=9), go_back_key=9), go_back_key=9))],
            "a menu can have at most 3 levels",
        ),
        ([{"key": 1, "action": "geo"}], "geoData field is required"),
        (
            [{"key": 1, "action": "geo", "geoData": {"route_by": "Claimed State", "proximity_limit": 100_000}}],
            "proximity_limit must be between 0 and 99999.9",
        ),
        ([{"key": 1, "action": "schedule"}], "scheduleRoute field is required"),
        ([hours(("Mon", "05:00 PM", "08:00 AM"))], "schedule_end_time must be after schedule_start_time"),
        ([hours(("Mon-Fri", "08:00 AM", "05:00 PM"), ("Tue", "04:00 PM", "06:00 PM"))], "schedules cannot overlap"),
        ([hours(("Noday", "08:00 AM", "05:00 PM"))], "schedule_days field is required"),
    ],
)
def test_a_menu_that_is_not_taken_is_an_error_with_status_200(client: httpx.Client, keys: Any, error: str) -> None:
    assert rejection(client.post("/callflow/multilevelivr", json=[menu(*keys)])) == error


def test_three_levels_a_place_a_hang_up_and_hours_are_taken(client: httpx.Client) -> None:
    place = {"key": 2, "action": "geo", "geoData": {"route_by": "Claimed State", "target_did": 2025550145}, "go_back_key": 9}
    deep = submenu(1, submenu(1, key(1, go_back_key=8), go_back_key=9), place)
    end = {"key": 3, "action": "hangup"}
    open_hours = hours(("Mon-Fri", "08:00 AM", "12:00 PM"), ("Mon-Fri", "12:00 PM", "End of Day"), ("Sat", "09:00", "17:30"))
    answer = client.post("/callflow/multilevelivr", json=[menu(deep, end, open_hours | {"key": 4})])
    assert answer.json()[0]["result"] == "success"


def test_a_key_that_whispers_nothing_breaks_the_server(client: httpx.Client) -> None:
    assert client.post("/callflow/multilevelivr", json=[menu(key(1, whisper_enabled=True))]).status_code == 500


def test_a_number_is_searched_reserved_and_used(client: httpx.Client) -> None:
    offers = client.get("/number/search", params={"npa": 202, "nxx": 555}).json()
    assert offers[0] == {"number_id": None, "number": "2025550100", "source": 20002}
    reserved = client.post("/number/reserve", json=offers[0]).json()["data"]
    assert reserved == {"number_id": reserved["number_id"], "number": "2025550100", "source": 10001}
    assert client.get("/number/search", params={"number": "2025550100"}).json() == [reserved]
    wrong = {"phone_number_id": 1, "phone_number": 2025550100}
    assert rejection(client.post("/callflow", json=[simple(number=wrong)])) == "phone_number_id is not the one of 2025550100"
    right = {"phone_number_id": reserved["number_id"], "phone_number": "2025550100"}
    assert stored(client, client.post("/callflow", json=[simple(number=right)]))["dnis"] == "2025550100"
    assert client.get("/number/search", params={"number": "2025550100"}).json() == []
    assert rejection(client.post("/number/reserve", json=offers[0])) == "number 2025550100 is not available"


def test_a_pool_gives_a_number_and_never_comes_back(sandbox: Sandbox, client: httpx.Client) -> None:
    body = simple(number_pool={"pool_name": "Web", "number_quantity": 2}, campaign_id=3)
    del body["number"]
    record = stored(client, client.post("/callflow", json=[body]))
    assert len(record["dnis"]) == 10
    assert not {"number_pool", "campaign_id"} & set(record)
    assert b'"campaign_id":3' in sandbox.dump("convirza-v2")


def test_recording_is_on_with_voicemail(client: httpx.Client) -> None:
    record = stored(client, client.post("/callflow", json=[simple(record_call_enabled=False, voicemail_enabled=True)]))
    assert record["record_call_enabled"] is True


def test_an_address_that_is_none_is_not_found(client: httpx.Client) -> None:
    assert client.get("/nothing").status_code == 404
    assert client.delete("/callflow/multilevelivr").status_code == 404


def test_the_time_of_an_update_is_not_in_the_dump(sandbox: Sandbox, client: httpx.Client, clock: Clock) -> None:
    record = stored(client, client.post("/callflow", json=[simple()]))
    before = sandbox.dump("convirza-v2")
    clock.now += 60
    update = [{"call_flow_id": record["call_flow_id"], "default_ringto": record["default_ringto"]}]
    assert stored(client, client.post("/callflow", json=update))["updated_at"] != record["updated_at"]
    assert sandbox.dump("convirza-v2") == before


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("request_plain/dental_single_level", None),
        ("request_plain/roofer_ring_all", None),
        ("request_plain/roofer_sequential_overflow", None),
        ("request_plain/roofer_retired_number", None),
        ("request_plain/roofer_web_pool", None),
        ("request_plain/dealer_split", "routable_type PercentageBasedRoute cannot be created here"),
        ("request_plain/roofer_after_hours", "routable_type VoicemailRoute cannot be created here"),
        ("request_plain/roofer_two_flows_in_one_body", "phone_number 8015550122 is used by another call flow"),
        ("request_menus/dealer_two_keys", None),
        ("request_menus/dental_geo_leaf", None),
        ("request_menus/dental_schedule_leaf", None),
        ("request_menus/dental_three_levels", None),
        ("request_menus/dental_every_key_and_odd_spellings", "action 'voiceAgent' is not known"),
    ],
)
def test_the_bodies_of_the_fixtures_are_taken_or_refused_with_a_reason(client: httpx.Client, name: str, error: str | None) -> None:
    body = json.loads((FIXTURES / "convirza-v2" / f"{name}.json").read_text("utf-8"))
    answer = client.post("/callflow" if name.startswith("request_plain") else "/callflow/multilevelivr", json=body)
    if error is None:
        assert stored(client, answer)["call_flow_name"] == body[0]["call_flow_name"]
    else:
        assert rejection(answer) == error


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "offset=-1", f"limit={'9' * 5000}"])
def test_a_page_is_asked_for_by_numbers(client: httpx.Client, query: str) -> None:
    assert client.get(f"/callflow/callflow?{query}").json()["message"] == "Validation errors"


def test_numbers_that_no_computer_counts_to_are_no_numbers(client: httpx.Client) -> None:
    body = [simple(repeat_interval="9" * 5000)]
    assert client.post("/callflow", json=body).json()["message"] == "Validation errors"
