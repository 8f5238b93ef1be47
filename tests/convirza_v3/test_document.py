"""The route, what it comes in, its two forms, and its settings."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve

import unicall
from tests.convirza_v3.records import FIRST, HUNT, V3, crossing, hours, item, nodes, read, route, said, simple, steps, tree, written
from unicall.adapter import find
from unicall.graph import (
    EntryPoint,
    Flow,
    Hangup,
    Node,
    PhoneNumber,
    Reference,
    Ring,
    RingTarget,
    Schedule,
    Settings,
    VendorNode,
    Voicemail,
)
from unicall.hours import Hours, Recurrence
from unicall.problem import DocumentError

RECORD = simple(
    provisioned_route_id=1023,
    provisioned_route_name="Main",
    phone_number="18015550101",
    provisioned_route_created="2026-02-03T15:04:05.000Z",
    provisioned_route_modified="2026-03-18T21:40:12.000Z",
)


def answer(data: Any, code: int = 200) -> dict[str, Any]:
    return {"code": code, "message": "Success", "data": data, "request_id": "7f1f", "timestamp": "2026-04-21T12:34:56.789Z"}


# What a document is.


@pytest.mark.parametrize(
    "document",
    [
        RECORD,
        simple(),
        {"ring_to": "18015550142"},
        {"overflow_numbers": []},
        {"org_unit_id": 1},
        [RECORD],
        answer(RECORD),
        answer({"total": 1, "provisioned_routes": [RECORD]}),
        answer({"total": 0, "provisioned_routes": []}),
        answer({"routes": [RECORD]}),
        answer([RECORD]),
        answer({"total": 1, "calls": [{"call_id": 1}]}),
        {"code": 404, "message": "Not found", "request_id": "7f1f", "timestamp": "2026-04-21T12:34:56.789Z"},
    ],
)
def test_a_document_of_v3_is_nobody_elses(document: Any) -> None:
    assert unicall.detect(document) == V3


@pytest.mark.parametrize(
    "document",
    [
        {"call_flow_id": 1, "routable_type": "SimpleRoute", "default_ringto": "8015550142"},
        {"call_flow_id": 1, "ivrs": []},
        {"ivrs": []},
        {"call_id": 1, "provisioned_route_id": 1023, "ring_to": "18015550142", "default_ring_to": "18015550142"},
        {"data": {"flow": {}}},
        {"name": "x", "json": ""},
        {},
        [],
        "route",
        None,
    ],
)
def test_a_document_of_somebody_else_is_not_of_v3(document: Any) -> None:
    assert not find(V3).detect(document)


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        (RECORD, [""]),
        ([RECORD, RECORD], ["/0", "/1"]),
        (answer(RECORD), ["/data"]),
        (answer({"provisioned_routes": [RECORD, RECORD]}), ["/data/provisioned_routes/0", "/data/provisioned_routes/1"]),
        (answer([RECORD], 201), ["/data/0"]),
        (answer({"provisioned_routes": []}), []),
    ],
)
def test_the_routes_of_an_answer_have_their_places(document: Any, pointers: list[str]) -> None:
    parsed = list(unicall.parse_all(document, V3))
    assert [one.pointer for one in parsed] == pointers
    assert {one.flow.name for one in parsed} <= {"Main"}


def test_an_answer_is_peeled_and_not_rebuilt() -> None:
    assert json.dumps(unicall.emit(unicall.parse(answer(RECORD), V3).flow, V3).document) == json.dumps(RECORD)


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"code": 404, "message": "Not found", "request_id": "7f1f"}, '/code: is an error answer: "Not found"'),
        (answer(None), "/data: expected a route or a list of them, got null"),
        (answer(7), "/data: expected a route or a list of them, got 7"),
        ({"status": "inactive"}, 'the document: changes settings and says nothing of where calls go: {status: "inactive"}'),
        ({"org_unit_id": 1}, "the document: changes settings and says nothing of where calls go: {org_unit_id: 1}"),
        ([7], "/0: expected an object, got 7"),
        (7, "the document: expected a Convirza route or an answer that holds some, got 7"),
        (simple(overflow_numbers="x"), '/overflow_numbers: expected an array of objects, got "x"'),
        (simple(ring_to={}), "/ring_to: expected a number of eleven digits, got {}"),
        (route("outbound", outbound=[1]), "/outbound: expected an object, got [1]"),
        (route("round_robin", ring_to_numbers="x"), '/ring_to_numbers: expected a list of numbers, got "x"'),
        (tree(ivrs={}), "/ivrs: expected an array of objects, got {}"),
    ],
)
def test_what_holds_no_flow_is_refused_with_its_place(document: Any, text: str) -> None:
    with pytest.raises(DocumentError) as refused:
        list(unicall.parse_all(document, V3))
    assert str(refused.value) == text


# Forms.


def test_a_record_and_a_request_are_each_written_as_they_were_read() -> None:
    request = simple(provisioned_route_name="Main", phone_number_id=67890)
    for document, form in ((RECORD, "record"), (request, "request")):
        flow = read(document).flow
        assert find(V3).form(flow) == form


@pytest.mark.parametrize("key", ["provisioned_route_id", "phone_number", "provisioned_route_created", "provisioned_route_modified"])
def test_what_only_the_vendor_gives_makes_a_record(key: str) -> None:
    assert find(V3).form(read(simple(**{key: RECORD[key]})).flow) == "record"


def test_a_request_is_a_record_without_its_id_its_number_and_its_times() -> None:
    flow = read(RECORD).flow
    assert written(flow, "request") == simple(provisioned_route_name="Main")
    assert written(flow, "record") == RECORD


def test_the_number_of_a_request_stands_outside_of_it_and_that_is_said() -> None:
    problems = unicall.emit(read(RECORD).flow, V3, "request").problems
    assert [p.code for p in problems if p.severity != "note" and p.code != "UC405"] == ["UC403"]


def test_a_record_of_another_carrier_has_no_id() -> None:
    v2 = {"call_flow_id": 1, "call_flow_name": "Main", "default_ringto": "8015550142", "dnis": "8015550101"}
    document = crossing(v2, "convirza-v2", V3).document
    assert document == {
        "provisioned_route_name": "Main",
        "route_type": "simple",
        "record_call": False,
        "play_disclaimer": "never",
        "ring_to": "18015550142",
        "phone_number": "18015550101",
    }


def test_only_a_request_can_be_sent() -> None:
    assert find(V3).unaccepted("request") is None
    assert "--form request" in (find(V3).unaccepted("record") or "")


def test_a_patch_that_says_where_calls_go_is_a_flow() -> None:
    assert steps({"ring_to": "18015550142"}) == [((FIRST,), None)]
    assert said({"ring_to": "18015550142"}) == [("UC110", "/ring_to")]


# Kinds.


@pytest.mark.parametrize("word", ["simple", "Simple", "SimpleRoute", "SIMPLEROUTE"])
def test_a_kind_is_read_in_any_case_and_by_the_word_of_v2(word: str) -> None:
    assert steps(simple(route_type=word)) == [((FIRST,), None)]


@pytest.mark.parametrize("missing", [{}, {"route_type": None}, {"route_type": ""}])
@pytest.mark.parametrize(
    ("block", "kind"),
    [
        ({"ivrs": [{"key": 1, "action": "hangup"}]}, "Menu"),
        ({"geo_route": {"radius": 5}}, "Region"),
        ({"percentage_route": [{"percentage": 100, "ring_to": "18015550142"}]}, "Split"),
        ({"schedule_route": {"timezone": "America/Denver"}}, "Schedule"),
        ({"ring_to_numbers": ["18015550142"]}, "Split"),
        ({"outbound": {"pin": "4321"}}, "VendorNode"),
    ],
)
def test_a_route_without_a_name_is_what_its_only_block_shows(missing: Any, block: Any, kind: str) -> None:
    record = {"provisioned_route_id": 1} | missing | block
    assert steps(record)[0] == kind
    assert "UC110" in [code for code, _ in said(record)]


def test_a_route_without_a_name_and_with_two_blocks_is_one_that_nobody_knows() -> None:
    record = {"provisioned_route_id": 1, "ring_to_numbers": ["18015550142"], "geo_route": {"radius": 5}}
    assert steps(record) == ["VendorNode"]
    assert said(record) == [("UC101", "")]


def test_a_kind_that_nobody_knows_is_kept_with_all_that_routes_calls() -> None:
    record = route("teleport", ring_to="18015550142", overflow_numbers=HUNT, voicemail_enabled=True, beam={"to": "desk"})
    node = nodes(record)["start"]
    assert isinstance(node, VendorNode)
    assert (node.word, node.data) == ("teleport", {name: record[name] for name in record if name != "beam"})
    assert said(record) == [("UC101", "/route_type")]


def test_a_kind_that_nobody_knows_is_not_guessed_from_its_block() -> None:
    assert steps(route("teleport", ring_to_numbers=["18015550142"])) == ["VendorNode"]


def test_a_hang_up_may_say_something_first() -> None:
    assert steps(route("hangup", message_enabled=True, message="Closed.")) == ["Closed.", "Hangup"]


def test_voicemail_needs_no_switch() -> None:
    assert isinstance(nodes(route("voicemail", voicemail_enabled=False))["start"], Voicemail)


def test_a_line_that_calls_out_is_kept_and_not_run() -> None:
    block = {"caller_id": "18015550132", "pin": "4321"}
    node = nodes(route("outbound", outbound=block))["start"]
    assert isinstance(node, VendorNode)
    assert (node.word, node.data) == ("outbound", block)


@pytest.mark.parametrize("kind", ["hangup", "voicemail", "schedule", "geo", "percentage", "ivr", "outbound", "round_robin"])
def test_a_route_without_its_block_comes_back_as_it_was(kind: str) -> None:
    assert steps(route(kind))[1:] == (["VendorNode"] if kind == "schedule" else [])


# Settings.


def test_the_settings_of_a_route() -> None:
    record = simple(status="Inactive", email_to_notify="a@example.com, b@example.com", phone_number="8015550101")
    record |= {"spam_filter_enabled": True, "spam_threshold": 3}
    flow = read(record).flow
    assert flow.settings == Settings(active=False, notify=("a@example.com", "b@example.com"), spam_filter=True, spam_threshold=3)
    assert flow.entry_points == (EntryPoint("number", "+18015550101"),)


def test_a_threshold_counts_only_where_the_filter_is_on() -> None:
    assert read(simple(spam_filter_enabled=False, spam_threshold=3)).flow.settings == Settings(spam_filter=False)


def test_addresses_may_stand_in_a_list() -> None:
    assert read(simple(email_to_notify=["a@example.com"])).flow.settings.notify == ("a@example.com",)


def test_a_flow_of_nothing_but_a_message_hangs_up_behind_it() -> None:
    v2 = {"call_flow_id": 1, "default_ringto": "hangup", "message_enabled": True, "message": "Closed."}
    document = crossing(v2, "convirza-v2", V3).document
    assert (document["route_type"], document["message"]) == ("hangup", "Closed.")
    assert isinstance(nodes(document)["next"], Hangup)


@pytest.mark.parametrize("fields", [{}, {"phone_number": "18015550142"}, {"message": "Hi.", "message_enabled": True}, {"zzz": 1}])
def test_a_record_that_only_its_id_shows_to_be_a_route_can_be_read_as_a_request(fields: dict[str, Any]) -> None:
    record = {"provisioned_route_id": 1} | fields
    written = unicall.translate(record, V3, V3, form="request")
    assert written.document == {k: v for k, v in fields.items() if k != "phone_number"} | {"route_type": None}
    assert unicall.detect(written.document) == V3
    again = unicall.parse(written.document, V3)
    assert [(problem.code, problem.pointer) for problem in again.problems] == [("UC101", "/route_type")]
    assert unicall.emit(again.flow, V3).document == written.document
    assert {problem.severity for problem in written.problems} <= {"unresolved", "note"}
    assert unicall.emit(unicall.parse(record, V3).flow, V3).document == record


@pytest.mark.parametrize("form", ["record", "request"])
def test_of_a_list_of_locations_that_was_not_given_nothing_is_made_up_at_v2(form: Any) -> None:
    place = {"key": 1, "action": "geo", "geo_route": {"strategy": "Npa", "location_id": 311}, "default_ring_to": "18015550142"}
    result = unicall.translate({"provisioned_route_name": "X", "route_type": "ivr", "ivrs": [place]}, V3, "convirza-v2", form=form)
    assert "locations" not in json.dumps(result.document)
    assert '"location_id": "new:311"' in json.dumps(result.document)
    said = [problem.code for problem in result.problems if problem.node == "1"]
    assert (said[:2], "UC312" in said) == (["UC103", "UC304"], False)


@pytest.mark.parametrize("said", [{}, {"routable_type": "ivr"}])
def test_a_request_says_its_type_also_where_the_record_leaves_it_to_be_seen_or_has_the_word_of_v2(said: dict[str, Any]) -> None:
    """Without its id such a record shows nothing that Convirza v2 could not have."""
    record = {"provisioned_route_id": 1} | said | {"ivrs": [{"key": 1, "action": "simple", "ring_to": "18015550142"}]}
    written = unicall.translate(record, V3, V3, form="request").document
    assert written == {"ivrs": record["ivrs"], "route_type": "ivr"}
    assert unicall.detect(written) == V3
    assert unicall.emit(unicall.parse(written, V3).flow, V3).document == written
    assert unicall.emit(unicall.parse(record, V3).flow, V3).document == record


@pytest.mark.parametrize("form", ["record", "request"])
def test_keys_of_a_route_that_nobody_knows_can_be_read_back_without_a_name_or_a_kind(form: Any) -> None:
    flow = Flow(start="start", nodes={"start": VendorNode(provider=V3, word="route_type", data={"zzz": 1})})
    written = unicall.emit(flow, V3, form)
    assert written.document == {"zzz": 1, "route_type": None}
    assert [problem.code for problem in written.problems if problem.severity in ("lost", "changed")] == []


# A route that was edited into one of another kind.

PHONE = Ring(targets=(RingTarget(PhoneNumber("+18015550161")),))
OPEN = Hours(name="open", recurrences=(Recurrence(frequency="weekly", weekdays=("MO",), start=480, end=1020),))


def turned_into(record: Any, start: Node, **others: Node) -> Any:
    """A route that was read from this record, with other nodes now."""
    flow = read(record).flow
    return unicall.emit(evolve(flow, start="start", nodes={"start": start} | others), V3).document


def test_a_route_of_another_kind_than_it_was_has_the_keys_of_a_new_one_of_its_kind() -> None:
    agent = route("voice_agent", voiceagent_id=42, default_ring_to="18015550142", mine=1)
    second = evolve(PHONE, timeout=None, exits={})
    hunt = turned_into(agent, evolve(PHONE, exits={"otherwise": "more"}), more=second)
    listed = {"hunt_type": "rollover", "overflow_numbers": [{"phone_number": "18015550161", "rings": 3, "order": 1}]}
    assert hunt == route(ring_to="18015550161", mine=1) | listed
    week = Schedule(timezone="America/Denver", hours=(OPEN,), exits={"open": "open", "otherwise": "closed"})
    block = turned_into(simple(ring_to=18015550142, voicemail_enabled=True), week, open=PHONE, closed=PHONE)["schedule_route"]
    assert block["default_ring_to"] == block["schedules"][0]["ring_to"] == "18015550161"
    assert turned_into(agent, Voicemail()) == route("voicemail", mine=1, voicemail_enabled=True)
    assert turned_into(simple(voicemail_enabled=True), Voicemail()) == route("voicemail", voicemail_enabled=True)


@pytest.mark.parametrize("ring_to", ["", None])
def test_a_simple_route_that_never_rang_anybody_stays_one(ring_to: str | None) -> None:
    record = route(ring_to=ring_to, voicemail_enabled=True)
    assert unicall.emit(read(record).flow, V3).document == record


def test_what_did_not_count_in_one_kind_of_route_rings_nobody_in_another() -> None:
    stale = {"default_ring_to": "18015550142", "voicemail_enabled": True, "overflow_numbers": HUNT, "hunt_type": "simultaneous"}
    assert turned_into(route("hangup", **stale), PHONE) == route(ring_to="18015550161")
    agent = Ring(targets=(RingTarget(Reference(V3, "agent", "42")),))
    assert turned_into(simple(default_ring_to="18015550143"), agent) == route("voice_agent", voiceagent_id=42)


def test_an_item_of_another_action_than_it_was_has_the_keys_of_a_new_one_of_its_action() -> None:
    record = tree(item(1, mine=1, ring_to=18015550142), item(2, "schedule", mine=2, default_ring_to="18015550142"))
    record["ivrs"][1]["schedule_route"] = {"timezone": "America/Denver", "schedules": [hours()]}
    flow = read(record).flow
    first, second = flow.nodes["1"], flow.nodes["2"]
    plan = Schedule(timezone="America/Denver", hours=(OPEN,), exits={"open": "o", "otherwise": "c"}, extras=first.extras)
    nodes = {"start": flow.nodes["start"], "1": plan, "o": PHONE, "c": PHONE, "2": evolve(PHONE, extras=second.extras)}
    one, two = unicall.emit(evolve(flow, nodes=nodes), V3).document["ivrs"]
    assert "ring_to" not in one and one["schedule_route"]["default_ring_to"] == "18015550161"
    assert two == item(2, mine=2, ring_to="18015550161")
