"""The record as a whole, and what it comes in."""

from __future__ import annotations

from typing import Any

import pytest

import unicall
from tests.convirza.records import (
    FIRST,
    HUNT,
    behind,
    crossing,
    hours,
    item,
    nodes,
    option,
    read,
    refusals,
    said,
    simple,
    steps,
    tree,
)
from unicall.graph import EntryPoint, Settings, VendorNode
from unicall.problem import DocumentError


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        (simple(), [""]),
        ([simple(), simple()], ["/0", "/1"]),
        ({"result": "success", "err": None, "data": [simple()]}, ["/data/0"]),
        ({"result": "success", "err": None, "data": simple()}, ["/data"]),
        ({"result": "success", "err": None, "data": []}, []),
        ({"call_flow": simple(), "locations": {}, "prompts": {}}, [""]),
    ],
)
def test_a_record_may_stand_alone_in_a_list_in_an_answer_or_in_a_bundle(document: Any, pointers: list[str]) -> None:
    assert unicall.detect(document) == "convirza-v2"
    assert [parsed.pointer for parsed in unicall.parse_all(document)] == pointers


def test_pointers_start_at_the_document() -> None:
    (parsed,) = unicall.parse_all([simple(default_ringto="x")])
    assert [problem.pointer for problem in parsed.problems] == ["/0/default_ringto"]


def test_an_error_answer_is_refused_with_its_text() -> None:
    with pytest.raises(DocumentError, match=r'/err: is an error answer: "no such group"'):
        list(unicall.parse_all({"result": "error", "err": "no such group", "data": None}))


@pytest.mark.parametrize(
    "document",
    [
        {"name": "x", "json": '{"route1": "192.0.2.1"}'},
        {"name": "x", "emails_json": "[]"},
        {"call_flow": {"name": "x", "json": ""}, "devices": {}},
        {"call_flows": [], "fax_flows": []},
        {"numbers": [], "flow": {"module": "menu", "data": {}, "children": {}}},
        {"data": {"flow": {}}, "auth_token": "x"},
        {"callflow": {"flow": {}}},
        [],
        {},
    ],
)
def test_documents_of_others_are_not_taken_for_records(document: Any) -> None:
    from unicall_convirza.v2 import ADAPTER

    assert not ADAPTER.detect(document)


def test_every_wrong_type_is_found_in_one_run() -> None:
    record = simple(call_flow_name=[], overflowNumbers={}, record_call_enabled={}, email_to_notify=[], geo_route=7)
    assert refusals(record) == [
        "/call_flow_name: expected text, got []",
        "/email_to_notify: expected text, got []",
        "/record_call_enabled: expected true or false, got {}",
        "/overflowNumbers: expected an array of objects, got {}",
    ]


def test_a_block_of_another_route_is_not_looked_into() -> None:
    assert steps(simple(geo_route=7, ivrs="x", percentage_route={})) == [((FIRST,), None)]


@pytest.mark.parametrize(
    "record",
    [
        {"routable_type": "GeoRoute", "geo_route": []},
        {"routable_type": "ScheduleRoute", "schedule_route": {"options": [1]}},
        {"routable_type": "OutboundRoute", "outbound": []},
        {"routable_type": "PercentageBasedRoute", "percentage_route": {}},
        tree(1),
        tree(item(action="geo", geoData=[1])),
        tree(item(action="schedule", scheduleRoute={"schedules": {}})),
        tree(item(message=[])),
        {"routable_type": {}},
    ],
)
def test_a_wrong_type_where_it_counts_is_refused(record: Any) -> None:
    assert refusals(record)


@pytest.mark.parametrize("named", [{}, {"routable_type": None}, {"routable_type": ""}])
def test_a_route_without_a_name_is_known_by_its_only_block_and_that_is_said(named: dict[str, Any]) -> None:
    record = {"percentage_route": [{"percentage": 100, "per_target_did": 8015550142}], "geo_route": {}, "ivrs": []} | named
    assert steps(record)[0] == "Split"
    assert [code for code, _ in said(record)] == ["UC110"]


def test_a_route_with_an_unknown_name_is_known_by_its_only_block_and_the_name_is_unresolved() -> None:
    record = {"routable_type": "NewRoute", "ivrs": [item()]}
    assert steps(record)[0] == "Menu"
    assert said(record) == [("UC101", "/routable_type")]


@pytest.mark.parametrize(
    "record",
    [
        {"routable_type": "RoundRobinRoute", "default_ringto": "8015550142", "overflowNumbers": HUNT},
        {"ivrs": [item()], "outbound": {"pin": "4321"}},
        {"call_flow_name": "x"},
    ],
)
def test_a_route_that_nothing_identifies_is_kept_as_it_stands(record: Any) -> None:
    node = nodes(record)["start"]
    assert isinstance(node, VendorNode)
    assert node.data == {name: value for name, value in record.items() if name not in ("routable_type", "call_flow_name")}
    assert [code for code, _ in said(record)] == ["UC101"]


def test_the_named_route_wins_over_the_blocks_of_others_which_stay_behind() -> None:
    record = simple(ivrs=[item()], percentage_route=[{"percentage": 100, "per_target_did": 8015550151}])
    assert steps(record) == [((FIRST,), None)]
    assert behind(record) >= {"/ivrs/0/target_did", "/percentage_route/0/per_target_did"}


def test_an_outbound_line_is_kept_as_it_stands() -> None:
    node = nodes({"routable_type": "OutboundRoute", "outbound": {"set_caller_id": "LOCAL_NUMBER", "pin": ""}})["start"]
    assert isinstance(node, VendorNode)
    assert (node.word, node.data) == ("outbound", {"set_caller_id": "LOCAL_NUMBER", "pin": ""})


def test_settings_of_the_record_are_settings_of_the_flow() -> None:
    record = simple(
        call_flow_name="Main",
        call_flow_status="inactive",
        email_to_notify="a@example.com, b@example.com",
        spam_filter_enabled=True,
        spam_threshold="3",
    )
    flow = read(record).flow
    assert flow.name == "Main"
    assert flow.settings == Settings(active=False, notify=("a@example.com", "b@example.com"), spam_filter=True, spam_threshold=3)


def test_what_is_not_said_is_none() -> None:
    assert read(simple()).flow.settings == Settings()


def test_a_threshold_counts_only_where_the_filter_is_on() -> None:
    record = simple(spam_filter_enabled=False, spam_threshold=5)
    assert read(record).flow.settings.spam_threshold is None
    assert ("UC412", "/spam_threshold") in crossing(record)


def test_an_unknown_status_is_kept_and_reported() -> None:
    assert said(simple(call_flow_status="paused")) == [("UC101", "/call_flow_status")]
    assert read(simple(call_flow_status="Active")).flow.settings.active is True


@pytest.mark.parametrize(
    ("dnis", "ways_in"),
    [
        ("8015550122", (EntryPoint("number", "+18015550122"),)),
        (8015550122, (EntryPoint("number", "+18015550122"),)),
        ("+1 (801) 555-0122", (EntryPoint("number", "+18015550122"),)),
        ("string", (EntryPoint("placeholder", "string"),)),
        ("", ()),
        (None, ()),
    ],
)
def test_the_number_that_callers_dial_may_be_spelled_in_any_way(dnis: Any, ways_in: Any) -> None:
    assert read(simple(dnis=dnis)).flow.entry_points == ways_in


def test_what_stays_behind_has_a_code_of_its_own() -> None:
    record = simple(
        call_flow_id=1,
        record_until="2030-01-01T00:00:00Z",
        webhook_enabled=True,
        call_value=5,
        repeat_interval=24,
        referral_number="8015550199",
        postcall_ivr_enabled=True,
        unheard_of=1,
    )
    assert [(code, at) for code, at in crossing(record) if code >= "UC41"] == [
        ("UC410", "/record_until"),
        ("UC411", "/webhook_enabled"),
        ("UC412", "/call_value"),
        ("UC412", "/repeat_interval"),
        ("UC413", "/referral_number"),
        ("UC414", "/postcall_ivr_enabled"),
        ("UC501", "/unheard_of"),
        ("UC901", "/call_flow_id"),
    ]


def test_defaults_say_nothing() -> None:
    quiet = simple(
        call_value=0,
        repeat_interval=72,
        webhook_enabled=False,
        record_until=None,
        referral_number="",
        postcall_ivr_enabled=False,
        postcall_ivr_id=0,
        spam_threshold=0,
        voicemail_rings=3,
        message_enabled=False,
        message="",
        hunt_type="overflow",
        overflowNumbers=[],
    )
    assert {code for code, _ in crossing(quiet)} <= {"UC901", "UC404", "UC312", "UC403"}


@pytest.mark.parametrize(
    ("record", "pointer"),
    [
        (tree(item(), default_ringto="8015550199"), "/default_ringto"),
        (tree(item(), voicemail_enabled=True), "/voicemail_enabled"),
        (tree(item(), ivr_route={"options": [option()]}), "/ivr_route/options/0/ivr_target_did"),
        (tree(item(action="hangup", target_did=8015550142)), "/ivrs/0/target_did"),
        (tree(item(scheduleRoute={"schedules": [hours()]})), "/ivrs/0/scheduleRoute/schedules/0/ring_to"),
        (
            {"routable_type": "GeoRoute", "default_ringto": "8015550142", "overflowNumbers": HUNT[:1]},
            "/overflowNumbers/0/overflowNumber",
        ),
        (
            {"routable_type": "PercentageBasedRoute", "percentage_route": [{"percentage": 100, "per_target_did": 8015550142}]}
            | {"overflowNumbers": HUNT[:1]},
            "/overflowNumbers/0/overflowNumber",
        ),
    ],
)
def test_a_destination_that_this_kind_of_route_does_not_use_is_unresolved(record: Any, pointer: str) -> None:
    read(record)
    assert [where for code, where in crossing(record, "vinix") if code == "UC501"] == [pointer]


@pytest.mark.parametrize("value", [None, "", False, []])
def test_a_destination_that_says_nothing_is_no_difference(value: Any) -> None:
    record = tree(item(), default_ringto=value if value != [] else None, voicemail_enabled=value == 1, overflowNumbers=[])
    assert "UC501" not in dict(crossing(record, "vinix"))


def test_the_voicemail_switch_of_a_voicemail_route_says_nothing_new() -> None:
    assert "UC501" not in dict(crossing({"routable_type": "VoicemailRoute", "voicemail_enabled": True}, "vinix"))


@pytest.mark.parametrize(
    ("record", "pointer"),
    [
        ({"call_flow_id": 1, "default_ringto": "8015550142"}, "/default_ringto"),
        ({"call_flow_id": 1, "overflowNumbers": HUNT[:1]}, "/overflowNumbers"),
        ({"call_flow_id": 1, "dnis": "8015550122", "ivrs": [item()]}, "/ivrs"),
        ({"call_flow_id": 1, "ivr_route": {"options": [option()]}}, "/ivr_route"),
    ],
)
def test_a_route_without_a_name_is_said_where_something_shows_its_kind(record: Any, pointer: str) -> None:
    assert said(record) == [("UC110", pointer)]
