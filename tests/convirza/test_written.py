"""Records written for flows that came from elsewhere, and for flows that were edited."""

from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given

import unicall
from tests.convirza.records import DISCLAIMER, FIRST, HUNT, SECOND, THIRD, flat, hours, item, option, read, scheduled, simple, tree
from tests.convirza.test_identity import RECORDS
from tests.strategies.convirza_v2 import clean_documents
from unicall.adapter import Form, find
from unicall.graph import (
    Announce,
    EntryPoint,
    Flow,
    Hangup,
    Menu,
    Node,
    PhoneNumber,
    RecordCall,
    Region,
    Ring,
    RingTarget,
    Schedule,
    Settings,
    Speech,
    Split,
    Voicemail,
)
from unicall.hours import Hours, Recurrence


def ring(*numbers: str, then: str | None = None, **fields: Any) -> Ring:
    exits = {} if then is None else {"otherwise": then}
    return Ring(targets=tuple(RingTarget(PhoneNumber(number)) for number in numbers), exits=exits, **fields)


def written(nodes: dict[str, Node], **fields: Any) -> Any:
    return unicall.emit(Flow(start="start", nodes=nodes, **fields), "convirza-v2").document


def codes(nodes: dict[str, Node]) -> list[str]:
    flow = Flow(start="start", nodes=nodes, entry_points=(EntryPoint("number", "+18015550122"),))
    return [problem.code for problem in unicall.emit(flow, "convirza-v2").problems]


def test_a_new_record_is_complete_and_invents_no_id() -> None:
    flow = {"start": ring(FIRST, timeout=24, then="vm"), "vm": Voicemail(greeting=Speech("Hi."))}
    document = written(flow, name="Main", entry_points=(EntryPoint("number", "+18015550122"),), settings=Settings(active=True))
    assert document == {
        "call_flow_name": "Main",
        "call_flow_status": "active",
        "repeat_interval": 72,
        "call_value": 0,
        "dnis": "8015550122",
        "message_enabled": False,
        "message": "",
        "default_ringto": "8015550142",
        "email_to_notify": "",
        "play_disclaimer": "never",
        "voicemail_greeting": "Hi.",
        "voicemail_enabled": True,
        "voicemail_rings": 4,
        "routable_type": "SimpleRoute",
        "webhook_enabled": False,
        "whisper_enabled": False,
        "whisper_message": "",
        "ring_delay": 24,
        "postcall_ivr_enabled": False,
        "postcall_ivr_id": 0,
        "referral_number": "",
        "record_call_enabled": False,
    }


def test_numbers_are_written_as_each_place_has_them() -> None:
    document = written({"start": ring(FIRST, timeout=12, then="b"), "b": ring(SECOND)})
    assert document["default_ringto"] == "8015550142"
    assert document["overflowNumbers"] == [{"overflowNumber": 8015550151, "rings": 2}]
    menus = written({"start": Menu(exits={"1": "a", "2": "m"}), "a": ring(FIRST), "m": Menu(exits={"3": "b"}), "b": ring(SECOND)})
    assert menus["ivrs"][0]["target_did"] == "8015550142"
    assert menus["ivrs"][1]["ivrData"][0]["target_did"] == 8015550151


def test_targets_that_ring_together_are_simultaneous() -> None:
    document = written({"start": ring(FIRST, SECOND, THIRD)})
    assert (document["hunt_type"], len(document["overflowNumbers"])) == ("simultaneous", 2)


def test_seconds_become_the_nearest_number_of_rings_and_at_least_one() -> None:
    for seconds, rings in ((1, 1), (20, 3), (21, 4), (60, 10)):
        document = written({"start": ring(FIRST, timeout=seconds, then="b"), "b": ring(SECOND)})
        assert document["overflowNumbers"][0]["rings"] == rings
    assert "UC301" in codes({"start": ring(FIRST, timeout=20, then="b"), "b": ring(SECOND)})


def stripped(flow: Flow) -> Flow:
    """The flow without what its vendor alone knows: keys, and text in the place of a number. Prompts of a bundle make it one."""
    nodes = {at: evolve(node, extras={}) for at, node in flow.nodes.items()}
    numbers = tuple(way_in for way_in in flow.entry_points if way_in.kind == "number")
    return evolve(flow, extras={}, nodes=nodes, entry_points=numbers)


def form_of(record: Any) -> Form:
    return find("convirza-v2").form(unicall.parse(record, "convirza-v2").flow)


READ = [parameter for parameter in RECORDS if form_of(parameter.values[0]) == "record"]
SENT = [parameter for parameter in RECORDS if form_of(parameter.values[0]) == "request"]
UNSURE = ("dealer_office_hours", "dealer_split", "dealer_outbound", "dental_nearest_office", "roofer_after_hours")


@pytest.mark.parametrize("record", READ)
def test_without_its_extras_a_flow_is_written_and_read_back_as_it_was(record: Any) -> None:
    flow = stripped(unicall.parse(record, "convirza-v2").flow)
    emitted = unicall.emit(flow, "convirza-v2")
    assert {problem.code for problem in emitted.problems} <= ({"UC404"} if not flow.entry_points else set())
    assert stripped(unicall.parse(emitted.document, "convirza-v2").flow) == flow


@pytest.mark.parametrize("record", [one for one in SENT if not any(name in str(one.id) for name in UNSURE)])
def test_so_is_the_flow_of_a_request(record: Any) -> None:
    flow = stripped(unicall.parse(record, "convirza-v2").flow)
    emitted = unicall.emit(flow, "convirza-v2", "request")
    assert {problem.code for problem in emitted.problems} <= ({"UC404"} if not flow.entry_points else set())
    assert stripped(unicall.parse(emitted.document, "convirza-v2").flow) == flow


@pytest.mark.parametrize("record", [one for one in SENT if any(name in str(one.id) for name in UNSURE)])
def test_what_nobody_knows_to_be_accepted_is_written_only_where_it_was_read(record: Any) -> None:
    flow = unicall.parse(record, "convirza-v2").flow
    assert unicall.emit(flow, "convirza-v2").problems == ()
    lost = unicall.emit(stripped(flow), "convirza-v2", "request").problems
    assert {problem.severity for problem in lost} & {"lost", "unresolved"}


@given(clean_documents())
def test_so_is_the_flow_of_any_other_document_or_the_ledger_says_what_differs(record: Any) -> None:
    form = form_of(record)
    flow = stripped(unicall.parse(record, "convirza-v2").flow)
    emitted = unicall.emit(flow, "convirza-v2", form)
    again = stripped(unicall.parse(emitted.document, "convirza-v2").flow)
    assert again == flow or emitted.problems


def test_what_nobody_knows_is_written_without_its_extras_too() -> None:
    unknown = {"key": 1, "action": "voiceAgent", "agent": {"id": 7}}
    flow = stripped(read(tree(unknown)).flow)
    assert unicall.emit(flow, "convirza-v2").document["ivrs"] == [unknown]
    route = simple(hunt_type="round robin", overflowNumbers=HUNT)
    document = unicall.emit(stripped(read(route).flow), "convirza-v2").document
    assert {name: document[name] for name in route} == route


def test_an_announcement_before_a_menu_gives_way_to_the_menu() -> None:
    nodes = {
        "start": Announce(prompt=Speech("Welcome."), exits={"next": "m"}),
        "m": Menu(greeting=Speech("Press 1."), exits={"1": "a"}),
        "a": ring(FIRST),
    }
    document = written(nodes)
    assert (document["message"], document["ivrs"][0]["key"]) == ("Press 1.", 1)
    assert codes(nodes)[0] == "UC216"


def test_only_one_message_can_be_said_and_the_second_is_reported() -> None:
    nodes = {
        "start": Announce(prompt=Speech("One."), exits={"next": "b"}),
        "b": Announce(prompt=Speech("Two."), exits={"next": "c"}),
        "c": ring(FIRST),
    }
    document = written(nodes)
    assert (document["message"], document["default_ringto"]) == ("One.", "8015550142")
    assert codes(nodes)[0] == "UC216"


def test_message_and_disclaimer_keep_their_order() -> None:
    for order, where in (((DISCLAIMER, Speech("Hi.")), "before"), ((Speech("Hi."), DISCLAIMER), "after")):
        nodes = {
            "start": RecordCall(exits={"next": "a"}),
            "a": Announce(prompt=order[0], exits={"next": "b"}),
            "b": Announce(prompt=order[1], exits={"next": "c"}),
            "c": ring(FIRST),
        }
        document = written(nodes)
        assert (document["play_disclaimer"], document["record_call_enabled"]) == (where, True)
        assert codes(nodes) == []


def test_hours_inside_a_menu_are_written_as_text() -> None:
    window = Recurrence(frequency="weekly", weekdays=("MO", "TU", "WE", "TH", "FR", "SA"), start=0, end=64800)
    schedule = Schedule(timezone="America/New_York", hours=(Hours(name="open", recurrences=(window,)),), exits={"open": "a"})
    route = written({"start": Menu(exits={"1": "s"}), "s": schedule, "a": ring(FIRST)})["ivrs"][0]["scheduleRoute"]
    assert route["timezone"] == "Eastern"
    assert route["schedules"] == [
        {
            "schedule_days": [{"id": "Mon-Fri"}, {"id": "Sat"}],
            "schedule_start_time": "12:00 AM",
            "schedule_end_time": "06:00 PM",
            "ring_to": 8015550142,
            "voicemail_enabled": False,
        }
    ]


def test_hours_at_the_start_are_not_written_as_integers_that_nobody_can_read() -> None:
    window = Recurrence(frequency="weekly", weekdays=("MO",), start=0, end=3600)
    nodes = {
        "start": Schedule(hours=(Hours(name="open", recurrences=(window,)),), exits={"open": "a", "otherwise": "b"}),
        "a": ring(FIRST),
        "b": ring(SECOND),
    }
    document = written(nodes)
    assert ("schedule_route" in document, document["default_ringto"]) == (False, "8015550151")
    assert "UC209" in codes(nodes)


def test_splits_and_regions_are_written_at_the_start() -> None:
    document = written({"start": Split(shares={"a": 60, "b": 40}, exits={"a": "a", "b": "b"}), "a": ring(FIRST), "b": ring(SECOND)})
    assert document["percentage_route"] == [
        {"percentage": 60, "per_target_did": 8015550142},
        {"percentage": 40, "per_target_did": 8015550151},
    ]
    found = written({"start": Region(by="state", exits={"otherwise": "a"}), "a": ring(FIRST)})
    assert (found["geo_route"], found["default_ringto"]) == ({"strategy": "claimedState", "options": []}, "8015550142")


BYE = Announce(prompt=Speech("Bye."))


@pytest.mark.parametrize("bye", [BYE, evolve(BYE, exits={"next": "more"})], ids=["at once", "behind what cannot be held"])
def test_a_call_that_ends_behind_an_announcement_is_hung_up(bye: Announce) -> None:
    more = {"more": Announce(prompt=Speech("And more."))} if bye.exits else {}
    document = written({"start": bye, **more})
    assert (document["message"], document["default_ringto"]) == ("Bye.", "hangup")
    (entry,) = written({"start": Menu(exits={"1": "a"}), "a": bye, **more})["ivrs"]
    assert (entry["message"], entry["action"], "target_did" in entry) == ("Bye.", "hangup", False)
    flow = Flow(start="start", nodes={"start": bye, **more})
    route = unicall.emit(flow, "convirza-v3").document
    assert (route["message"], route["route_type"]) == ("Bye.", "hangup")


def test_nobody_says_anything_about_an_end_that_the_target_was_told() -> None:
    tts = {"module": "tts", "data": {"text": "We moved."}, "children": {}}
    there = unicall.translate({"name": "B", "numbers": ["+12025550142"], "flow": tts}, "vinix", "convirza-v2", compare=True)
    assert [problem.code for problem in there.problems] == []
    assert there.comparison is not None and there.comparison.same


def test_what_is_put_in_place_of_the_end_behind_an_announcement_comes_behind_it_at_the_source() -> None:
    tts = {"module": "tts", "data": {"text": "We moved."}, "children": {}}
    original = {"name": "B", "numbers": ["+12025550142"], "flow": tts}
    there = unicall.translate(original, "vinix", "convirza-v2")
    edited = there.document | {"default_ringto": "2025550147", "message": "Hold on."}
    back = unicall.translate(edited, "convirza-v2", "vinix", residue=there.residue)
    root = back.document["callflow"]["flow"]
    assert (root["module"], root["data"], list(root["children"])) == ("tts", {"text": "Hold on."}, ["_"])
    assert root["children"]["_"]["module"] == "device"
    assert not [problem for problem in back.problems if problem.severity in ("lost", "changed")]


@pytest.mark.parametrize("last", [{"module": "voicemail", "data": {"id": "0"}}, {"module": "transfer", "data": {"target": "20"}}])
@pytest.mark.parametrize(("target", "form"), [("convirza-v2", "record"), ("convirza-v2", "request"), ("convirza-v3", "record")])
def test_what_cannot_follow_an_announcement_does_not_become_a_hang_up(last: Any, target: str, form: Any) -> None:
    tts = {"module": "tts", "data": {"text": "One moment"}, "children": {"_": last | {"children": {}}}}
    there = unicall.translate({"name": "B", "numbers": ["+12025550142"], "flow": tts}, "vinix", target, form)
    assert "hangup" not in json.dumps(there.document)
    assert {problem.severity for problem in there.problems} & {"lost", "unresolved"}


@pytest.mark.parametrize("target", ["convirza-v2", "convirza-v3"])
@pytest.mark.parametrize("word", ["no_match", "undefinedMainNumber"])
def test_a_word_of_another_carrier_for_no_number_is_not_written(word: str, target: str) -> None:
    flow = {"module": "resources", "data": {"to_did": "+12025550150"}}
    there = unicall.translate({"name": "B", "numbers": [word], "flow": flow}, "vinix", target)
    assert word not in json.dumps(there.document)
    assert [problem.pointer for problem in there.problems if problem.code == "UC402"] == ["/numbers/0"]


@pytest.mark.parametrize("kind", ["PercentageBasedRoute", "GeoRoute"])
def test_a_record_whose_route_no_request_can_have_is_requested_as_a_simple_one(kind: str) -> None:
    rows = [{"percentage": 50, "per_target_did": 8015550142}, {"percentage": 50, "per_target_did": 8015550151}]
    office = {"strategy": "Npa", "options": [{"geo_target_did": 8015550151, "latitude": 1, "longitude": 2}]}
    block = {"percentage_route": rows} if kind == "PercentageBasedRoute" else {"geo_route": office}
    record = {"call_flow_id": 1, "routable_type": kind, "default_ringto": "8015550142", "dnis": "8015550122"} | block
    (body,) = unicall.translate(record, "convirza-v2", "convirza-v2", "request").document
    assert (body["routable_type"], body["default_ringto"]) == ("SimpleRoute", "8015550142")


def test_a_flow_without_anything_is_a_record_that_rings_nobody() -> None:
    document = unicall.emit(Flow(name="x"), "convirza-v2").document
    assert (document["routable_type"], document["default_ringto"]) == ("SimpleRoute", "")


def test_more_than_twelve_overflow_numbers_are_not_invented_but_kept_where_they_were_read() -> None:
    nodes: dict[str, Node] = {"start": ring(FIRST, timeout=6, then="1")}
    nodes |= {str(n): ring(SECOND, timeout=6, then=str(n + 1)) for n in range(1, 15)} | {"15": ring(THIRD)}
    assert len(written(nodes)["overflowNumbers"]) == 12
    read(simple(overflowNumbers=HUNT * 8))


# Edits.


def edited(record: Any, at: str, **fields: Any) -> Any:
    flow = read(record).flow
    nodes = dict(flow.nodes) | {at: evolve(flow.nodes[at], **fields)}
    return unicall.emit(evolve(flow, nodes=nodes), "convirza-v2").document


def test_an_edited_number_keeps_everything_else() -> None:
    record = simple(overflowNumbers=[HUNT[0] | {"label": "x"}, HUNT[1]], x=1, default_ringto="18015550142")
    after = edited(record, "otherwise", targets=(RingTarget(PhoneNumber("+18015550199")),))
    assert after == record | {"overflowNumbers": [HUNT[0] | {"label": "x", "overflowNumber": 8015550199}, HUNT[1]]}


def test_an_edited_time_is_the_count_of_the_number_behind_it() -> None:
    record = simple(overflowNumbers=[{"overflowNumber": 8015550151, "rings": "3"}])
    assert edited(record, "start", timeout=30)["overflowNumbers"] == [{"overflowNumber": 8015550151, "rings": 5}]


def test_a_step_that_was_taken_out_takes_its_own_keys_along() -> None:
    record = simple(overflowNumbers=[HUNT[0] | {"label": "gone"}, HUNT[1] | {"label": "stays"}])
    after = edited(record, "start", exits={"otherwise": "otherwise.otherwise"})
    assert after["overflowNumbers"] == [{"overflowNumber": 8015550152, "rings": 3, "label": "stays"}]


def test_a_key_that_moved_takes_its_item_along() -> None:
    record = tree(item(1, ivr_option_id=7), item(2, target_did="8015550151", ivr_option_id=8))
    flow = read(record).flow
    start = evolve(flow.nodes["start"], exits={"5": "2"})
    after = unicall.emit(evolve(flow, nodes=dict(flow.nodes) | {"start": start}), "convirza-v2").document
    assert after["ivrs"] == [{"key": 5, "action": "simple", "target_did": "8015550151", "ivr_option_id": 8}]


def test_a_message_that_was_switched_off_is_switched_on_by_an_edit() -> None:
    flow = read(simple(message_enabled=False, message="old")).flow
    nodes: dict[str, Node] = {"start": Announce(prompt=Speech("new"), exits={"next": "r"}), "r": flow.nodes["start"]}
    after = unicall.emit(evolve(flow, nodes=nodes), "convirza-v2").document
    assert after == simple(message_enabled=True, message="new")


def test_a_message_that_was_taken_out_is_switched_off() -> None:
    flow = read(simple(message_enabled=True, message="old")).flow
    after = unicall.emit(evolve(flow, start="next"), "convirza-v2").document
    assert after == simple(message_enabled=False, message="")


def test_hours_that_were_edited_are_written_and_their_days_keep_their_spelling() -> None:
    record = scheduled(hours("Tue", "Mon"))
    schedule = read(record).flow.nodes["1"]
    assert isinstance(schedule, Schedule)
    named = schedule.hours[0]
    assert named.recurrences is not None
    later = evolve(named, recurrences=(evolve(named.recurrences[0], end=64800),))
    entry = edited(record, "1", hours=(later,))["ivrs"][0]["scheduleRoute"]["schedules"][0]
    assert (entry["schedule_days"], entry["schedule_end_time"]) == ([{"id": "Tue"}, {"id": "Mon"}], "06:00 PM")


def test_a_flat_menu_stays_flat_as_long_as_one_level_can_say_it() -> None:
    record = flat(option(1, ivr_option_id=5), option(2))
    after = edited(record, "1", targets=(RingTarget(PhoneNumber(SECOND)),))
    assert after["ivr_route"]["options"][0] == {"value": 1, "ivr_target_did": 8015550151, "ivr_option_id": 5}
    flow = read(record).flow
    nodes = dict(flow.nodes) | {"2": Hangup()}
    grown = unicall.emit(evolve(flow, nodes=nodes), "convirza-v2").document
    assert [entry["action"] for entry in grown["ivrs"]] == ["simple", "hangup"]
    assert grown["ivr_route"]["options"] == []


def test_a_place_of_a_location_that_was_edited_is_written_into_the_bundle() -> None:
    data = {"route_by": "Claimed State", "location_id": 311, "target_did": 8015550152}
    bundle = {
        "call_flow": tree(item(action="geo", geoData=data)),
        "locations": {"311": {"name": "x", "locations": [{"city": "Provo", "target_did": 8015550151, "state": "UT"}]}},
    }
    after = edited(bundle, "1.Provo", targets=(RingTarget(PhoneNumber("+18015550199")),))
    assert after["locations"] == {"311": {"name": "x", "locations": [{"city": "Provo", "target_did": 8015550199, "state": "UT"}]}}


def test_a_route_of_another_kind_says_so() -> None:
    flow = read(simple(x=1)).flow
    after = unicall.emit(evolve(flow, nodes={"start": Voicemail()}), "convirza-v2").document
    assert (after["routable_type"], after["x"]) == ("SimpleRoute", 1)
    hung_up = unicall.emit(evolve(flow, nodes={"start": Menu(exits={"1": "1"}), "1": ring(FIRST)}), "convirza-v2").document
    assert (hung_up["routable_type"], hung_up["x"], len(hung_up["ivrs"])) == ("IvrRoute2", 1, 1)
