"""From v2 to v3 and back: the crossing that the vendor's own customers have to make."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given

import unicall
from tests.convirza_v3.records import V3, crossing, hours, item, route, scheduled, simple, tree, troubles
from tests.interpreters.call import Call
from tests.strategies import convirza_v2
from tests.support import interpreter, records
from unicall.graph import Flow, Node, Reference, Region, Schedule, Split

V2 = "convirza-v2"

#: What stays behind on the way, and why: bookkeeping of the business has no place in the graph.
KEYS = {"UC410", "UC411", "UC412", "UC413", "UC414", "UC416", "UC501"}

#: Fixtures of v2 with something that only one of the two can say.
APART = {
    "schedule/": "integers that nobody can read",
    "property_management_bundle": "prompts and lists of places by their ids",
    "city_hall_every_node_field": "a list of places by its id",
    "veterinary_three_levels": "a list of places by its id",
    "documented_sample": "a target that is no number",
    "unknown_keys_odd_spellings": "a target that is no number",
}

#: What would have changed for a caller, or for the business, of something that both can say.
CHANGED = {
    *("UC206", "UC208", "UC209", "UC210", "UC211", "UC212", "UC213", "UC216", "UC217", "UC218", "UC222", "UC225"),
    *("UC301", "UC302", "UC303", "UC305", "UC306", "UC307", "UC308", "UC309", "UC310", "UC313", "UC401"),
}


def same_in_both() -> Iterator[Any]:
    for name, record in records(V2):
        is_record = isinstance(record, dict) and ("call_flow_created" in record or "call_flow_id" in record)
        if is_record and not any(part in name for part in APART):
            yield pytest.param(record, id=name)


def facts(flow: Flow) -> Any:
    """A flow without what only one vendor has: spellings, and the names that a vendor makes for hours and shares."""
    nodes = sorted(repr(bare(node)) for node in flow.nodes.values())
    return flow.name, flow.entry_points, flow.settings, nodes


def bare(node: Node) -> tuple[Any, ...]:
    if isinstance(node, Schedule):
        return node.timezone, [named.recurrences for named in node.hours], node.label
    if isinstance(node, Split):
        return tuple(node.shares.values())
    return evolve(node, extras={}, exits={}), len(node.exits)


@pytest.mark.parametrize("record", list(same_in_both()))
def test_a_flow_of_v2_crosses_to_v3_and_back_with_every_fact_that_both_can_say(record: Any) -> None:
    there = crossing(record, V2, V3)
    assert [trouble for trouble in troubles(there) if trouble[0] not in KEYS] == []
    back = crossing(there.document, V3, V2)
    assert troubles(back) == []
    assert facts(unicall.parse(back.document, V2).flow) == facts(unicall.parse(record, V2).flow)


def test_there_are_many_such_flows() -> None:
    assert len(list(same_in_both())) >= 15


@given(convirza_v2.clean_documents())
def test_nothing_that_both_can_say_changes_on_the_way_to_v3(record: Any) -> None:
    """What reading could not understand (a day that nobody knows) is nothing that both can say."""
    there = crossing(record, V2, V3)
    unread = [problem.pointer for problem in there.problems if problem.code == "UC101"]
    found = [
        problem
        for problem in there.problems
        if problem.code in CHANGED and not any(at.startswith(problem.pointer.rpartition("/")[0] + "/") for at in unread)
    ]
    assert [(problem.code, problem.pointer, problem.message) for problem in found] == []


def test_keys_beyond_the_graph_that_both_have_cross_both_ways() -> None:
    ids = {"org_unit_id": 2, "campaign_id": 3, "channel_id": 4}
    record = simple(provisioned_route_id=1, **ids, repeat_interval=24, call_value=9, phone_number="18015550101")
    there = crossing(record, V3, V2)
    assert troubles(there) == []
    shared = {"group_id": 2, "channel_id": 4, "repeat_interval": 24, "call_value": 9}
    assert {key: there.document[key] for key in shared} == shared
    assert {str(key) for p in there.problems if p.code == "UC901" for key in p.value} >= {"provisioned_route_id", "campaign_id"}
    back = crossing(there.document, V2, V3)
    assert {key: back.document[key] for key in ("org_unit_id", "channel_id", "repeat_interval", "call_value")} == {
        "org_unit_id": 2, "channel_id": 4, "repeat_interval": 24, "call_value": 9,
    }  # fmt: skip


def test_an_unknown_key_stays_behind_and_nobody_knows_whether_it_matters() -> None:
    record = simple(phone_number="18015550101", queue={"id": 7})
    assert troubles(crossing(record, V3, V2)) == [("UC501", "/queue")]


def test_hours_inside_a_menu_cross_both_ways() -> None:
    leaf = item(1, "schedule", schedule_route=scheduled(hours("Mon-Fri"), hours("Sat", end="End of Day"))["schedule_route"])
    record = tree(leaf, phone_number="18015550101")
    there = crossing(record, V3, V2)
    assert troubles(there) == []
    back = crossing(there.document, V2, V3)
    assert troubles(back) == []
    assert back.document["ivrs"][0]["schedule_route"] == leaf["schedule_route"]


def test_a_zone_that_v2_has_no_name_for_is_said() -> None:
    block = scheduled(hours(), timezone="Europe/Berlin")["schedule_route"]
    record = tree(item(1, "schedule", schedule_route=block), phone_number="18015550101")
    assert troubles(crossing(record, V3, V2)) == [("UC308", "/ivrs/0/schedule_route/timezone")]


def test_the_id_of_a_list_of_places_is_carried_and_said_to_need_a_counterpart() -> None:
    data = {"route_by": "Claimed State", "proximity_limit": 5, "location_id": 311, "target_did": 8015550142}
    leaf = {"key": 1, "action": "geo", "geoData": data}
    record = {"call_flow_id": 1, "routable_type": "IvrRoute2", "dnis": "8015550101", "ivrs": [leaf]}
    there = crossing(record, V2, V3)
    assert there.document["ivrs"][0]["geo_route"] == {"strategy": "claimedState", "radius": 5, "location_id": 311}
    assert ("UC304", "/ivrs/0/geoData/location_id") in troubles(there)
    region = unicall.parse(there.document, V3).flow.nodes["1"]
    assert isinstance(region, Region)
    assert region.places[0].reference == Reference(V3, "location", "311")


def test_the_id_of_a_prompt_is_carried_and_said_to_need_a_counterpart() -> None:
    record = {"call_flow_id": 1, "routable_type": "SimpleRoute", "default_ringto": "8015550142", "dnis": "8015550101"}
    bundle = {"call_flow": record | {"message_enabled": True, "message": "PRM-1"}, "prompts": {"PRM-1": {}}}
    there = crossing(bundle, V2, V3)
    assert there.document["message"] == "PRM-1"
    assert troubles(there) == [("UC304", "/call_flow/message")]


def test_a_rotation_becomes_a_percentage_route_of_equal_shares_and_that_is_a_change() -> None:
    record = route("round_robin", ring_to_numbers=["18015550142", "18015550151"], phone_number="18015550101")
    there = crossing(record, V3, V2)
    assert [row["percentage"] for row in there.document["percentage_route"]] == [50, 50]
    assert troubles(there) == [("UC415", "/route_type")]
    assert unicall.translate(there.document, V2, V3, residue=there.residue).document == record


def test_shares_that_are_made_of_a_rotation_are_whole_numbers_that_make_a_hundred() -> None:
    record = route("round_robin", ring_to_numbers=["18015550142", "18015550151", "18015550152"], phone_number="18015550101")
    there = crossing(record, V3, V2)
    assert [row["percentage"] for row in there.document["percentage_route"]] == [34, 33, 33]
    assert troubles(there) == [("UC309", "/ring_to_numbers"), ("UC415", "/route_type")]


def test_a_list_of_numbers_that_only_looks_like_a_rotation_is_unresolved() -> None:
    record = {"provisioned_route_id": 1, "ring_to_numbers": ["18015550142", "18015550151"], "phone_number": "18015550101"}
    assert troubles(crossing(record, V3, V2)) == [("UC501", "/ring_to_numbers")]


@pytest.mark.parametrize("target", ["vinix", V2])
@pytest.mark.parametrize("nobody", [{"ring_to": ""}, {"ring_to": None}, {"ring_to": "hangup"}, {}], ids=str)
def test_hours_in_which_nobody_is_named_ring_nobody_at_any_other_carrier(nobody: dict[str, Any], target: str) -> None:
    """Kazoo takes the default where the rule that holds leads nowhere, so the end of the call has to be said there."""
    entry = hours("AllDays", start="00:00", end="End of Day")
    del entry["ring_to"]
    block = scheduled(entry | nobody)["schedule_route"]
    record = tree(item(1, "schedule", schedule_route=block), phone_number="18015550101")
    call = Call(at=datetime(2026, 7, 1, 12, tzinfo=UTC), keys=("1",))
    after = interpreter(target)(crossing(record, V3, target).document, call)
    assert [step.kind for step in after.steps] == ["prompt"]
    rung = interpreter(V3)(tree(item(1, "schedule", schedule_route=block | {"schedules": []})), call)
    assert [step.kind for step in rung.steps] == ["prompt", "ring"]


@pytest.mark.parametrize("target", [V2, V3])
def test_a_rule_of_kazoo_that_leads_nowhere_goes_where_the_default_goes(target: str) -> None:
    device = {"module": "device", "data": {"id": "d"}, "children": {}}
    route = {"module": "temporal_route", "data": {"timezone": "America/Denver", "rules": ["r"]}, "children": {"_": device}}
    forward = {"enabled": True, "number": "+12025550142"}
    bundle = {
        "callflow": {"numbers": ["+12025550101"], "flow": {"module": "menu", "data": {"id": "m"}, "children": {"1": route}}},
        "menus": {"m": {"name": "Main"}},
        "temporal_rules": {"r": {"name": "always", "cycle": "daily", "time_window_start": 0, "time_window_stop": 86400}},
        "devices": {"d": {"name": "Phone", "call_forward": forward}},
    }
    there = crossing(bundle, "vinix", target)
    call = Call(at=datetime(2026, 7, 1, 12, tzinfo=UTC), keys=("1",))
    assert [step.targets for step in interpreter(target)(there.document, call).steps] == [("+12025550142",)]
    assert not [problem for problem in there.problems if problem.code in ("UC221", "UC313")]


BLOCK = {"set_caller_id": "LOCAL_NUMBER", "pin": "4321"}


@pytest.mark.parametrize("block", [BLOCK, {"pin": ""}, {}, None], ids=str)
def test_a_line_that_calls_out_crosses_both_ways_where_its_keys_are_those_of_both(block: Any) -> None:
    record = {"call_flow_id": 1, "routable_type": "OutboundRoute", "dnis": "8015550101"}
    record |= {} if block is None else {"outbound": block}
    there = crossing(record, V2, V3)
    assert (there.document["route_type"], there.document.get("outbound")) == ("outbound", block)
    assert troubles(there) == []
    back = crossing(there.document, V3, V2)
    assert (back.document["routable_type"], back.document.get("outbound")) == ("OutboundRoute", block)
    assert troubles(back) == []
    again = unicall.translate(there.document, V3, V2, residue=there.residue)
    assert (again.document, again.problems) == (record, ())


def test_a_pin_that_is_changed_at_the_other_format_is_changed_at_the_first() -> None:
    record = {"call_flow_id": 1, "routable_type": "OutboundRoute", "dnis": "8015550101", "outbound": BLOCK}
    there = crossing(record, V2, V3)
    edited = there.document | {"outbound": BLOCK | {"pin": "1234"}}
    assert unicall.translate(edited, V3, V2, residue=there.residue).document == record | {"outbound": BLOCK | {"pin": "1234"}}


def test_a_place_without_a_city_gets_none_where_nobody_knows_how_its_numbers_ring() -> None:
    again = [{"phone_number": "18015550142", "rings": 1}]
    office = {"address": "100 S Example St", "ring_to": "18015550142", "hunt_type": "round robin", "overflow_numbers": again}
    record = route("geo", default_ring_to="18015550142", geo_route={"locations": [office]})
    assert unicall.emit(unicall.parse(record, V3).flow, V3).document == record
    there = crossing(record, V3, "vinix")
    assert unicall.translate(there.document, "vinix", V3, residue=there.residue).document == record


def test_of_a_list_of_places_that_nobody_gave_no_place_is_made_up_in_a_record_of_v2() -> None:
    """A record lists its places, and has no key for the id of a list: a place of that name would hang up on its callers."""
    record = route("geo", default_ring_to="18015550142", geo_route={"strategy": "Npa", "radius": 5, "location_id": 311})
    there = crossing(record, V3, V2)
    assert (there.document["routable_type"], there.document["default_ringto"]) == ("SimpleRoute", "8015550142")
    assert {("UC103", "/geo_route/location_id"), ("UC212", "/geo_route")} <= set(troubles(there))
    assert unicall.translate(there.document, V2, V3, residue=there.residue).document == record


@pytest.mark.parametrize(("source", "form"), [(V3, "record"), (V2, "request")])
def test_a_line_that_calls_out_stays_behind_where_the_target_has_no_words_for_it(source: str, form: Any) -> None:
    """Other keys mean nothing in v2; and nobody knows the body with which v2 creates such a line."""
    block = {"caller_id": "LOCAL_NUMBER"} if source == V3 else BLOCK
    record = route("outbound", outbound=block) if source == V3 else {"routable_type": "OutboundRoute", "outbound": block}
    said = unicall.translate(record | {"phone_number" if source == V3 else "dnis": "8015550101"}, source, V2, form)
    assert "UC214" in [problem.code for problem in said.problems]
    assert "outbound" not in json.dumps(said.document)


@pytest.mark.parametrize("target", ["vinix", "api19"])
def test_a_line_that_calls_out_is_no_carriers_but_convirzas(target: str) -> None:
    record = {"call_flow_id": 1, "routable_type": "OutboundRoute", "dnis": "8015550101", "outbound": BLOCK}
    assert "UC214" in [problem.code for problem in crossing(record, V2, target).problems]
