"""The rules of the API19 interpreter, one a test."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.interpreters.api19 import run
from tests.interpreters.call import Call, Step, Trace
from tests.strategies import api19 as invented

AT = datetime(2026, 3, 2, 16, tzinfo=UTC)


def entry(**routing: object) -> dict[str, Any]:
    return {"id": "1", "name": "Main Route", "user_id": "1", "json": json.dumps(routing), "e164": "no"}


def meets(document: object, **call: Any) -> Trace:
    return run(document, Call(AT, **call))


def ring(*targets: str, seconds: float | None = None) -> Step:
    return Step("ring", targets=targets, seconds=seconds)


def test_steps_ring_one_after_the_other_and_then_the_call_is_released() -> None:
    trace = meets(entry(route1="192.0.2.10", route1_wait=20, route2="192.0.2.11", route2_wait=25))
    assert trace.steps == (ring("sip:192.0.2.10:5060", seconds=20.0), ring("sip:192.0.2.11:5060", seconds=25.0))
    assert trace.end == "hangup"


def test_who_answers_ends_the_hunt() -> None:
    trace = meets(entry(route1="device:694", route2="device:1"), answers={"device:694": "answered"})
    assert (trace.steps, trace.end) == ((ring("device:694"),), "answered")


@pytest.mark.parametrize("outcome", ["no_answer", "busy", "declined", "unreachable"])
def test_any_failure_moves_on_to_the_next_step(outcome: str) -> None:
    trace = meets(entry(route1="device:694", route2="device:1"), default_answer=outcome)
    assert trace.steps == (ring("device:694"), ring("device:1"))


def test_steps_are_sorted_by_number_and_not_by_text() -> None:
    trace = meets(entry(route10="device:10", route2="device:2", route1="device:1"))
    assert trace.steps == (ring("device:1"), ring("device:2"), ring("device:10"))


def test_a_gap_between_steps_is_skipped() -> None:
    trace = meets(entry(route1="device:1", route2="", route4="device:4", route5=None))
    assert trace.steps == (ring("device:1"), ring("device:4"))


def test_a_second_target_rings_together_with_the_first() -> None:
    trace = meets(entry(route1="device:694", route1_simul="device:1"), answers={"device:1": "answered"})
    assert (trace.steps, trace.end) == ((ring("device:1", "device:694"),), "answered")


def test_a_second_target_alone_is_no_step() -> None:
    assert meets(entry(route1="device:1", route3_simul="device:3")).steps == (ring("device:1"),)


def test_the_same_target_twice_in_a_step_rings_once() -> None:
    assert meets(entry(route1="device:1", route1_simul="device:1")).steps == (ring("device:1"),)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("device:694", "device:694"),
        ("192.0.2.10", "sip:192.0.2.10:5060"),
        ("2001:db8::1", "sip:[2001:db8::1]:5060"),
        ("sip:desk@example.com", "sip:desk@example.com"),
        ("sips:desk@example.com", "sips:desk@example.com"),
        ("8015550142", "+18015550142"),
        ("18015550142", "+18015550142"),
        ("+18015550142", "+18015550142"),
        (8015550142, "+18015550142"),
        ("28015550142", "opaque:28015550142"),
        ("device:front", "opaque:device:front"),
        ("pbx.example.com", "opaque:pbx.example.com"),
        ("192.0.2.0/24", "opaque:192.0.2.0/24"),
    ],
)
def test_targets_are_read_by_their_form(written: object, meant: str) -> None:
    assert meets(entry(route1=written)).steps == (ring(meant),)


@pytest.mark.parametrize("port", [5080, "5080"])
def test_a_port_may_be_a_number_or_its_digits(port: object) -> None:
    assert meets(entry(route1="192.0.2.10", sip_port1=port)).steps == (ring("sip:192.0.2.10:5080"),)


@pytest.mark.parametrize("port", [0, 70000, "front desk"])
def test_what_is_no_port_is_not_the_usual_one_either(port: object) -> None:
    assert meets(entry(route1="192.0.2.10", sip_port1=port)).steps == (ring("sip:192.0.2.10"),)


def test_a_port_belongs_to_the_step_s_own_target_alone() -> None:
    trace = meets(entry(route1="192.0.2.10", sip_port1=5080, route1_simul="192.0.2.11"))
    assert trace.steps == (ring("sip:192.0.2.10:5080", "sip:192.0.2.11:5060"),)


def test_a_port_says_nothing_to_a_device() -> None:
    trace = meets(entry(route1="device:694", sip_port1=5080))
    assert trace.steps == (ring("device:694"),)
    assert "/json/sip_port1" not in trace.visited


def test_the_wait_of_a_step_wins_over_the_common_wait() -> None:
    trace = meets(entry(wait="30", route1="device:1", route1_wait="13", route2="device:2", route3="device:3"))
    assert [step.seconds for step in trace.steps] == [13.0, 30.0, 30.0]


def test_without_any_wait_nobody_knows_how_long_a_step_rings() -> None:
    assert meets(entry(route1="device:1")).steps == (ring("device:1", seconds=None),)


@pytest.mark.parametrize("routing", [None, "", " ", "[]", "{}", "null", [], {}])
def test_no_routing_in_any_spelling_releases_the_call(routing: object) -> None:
    trace = meets({"id": "1", "json": routing})
    assert (trace.steps, trace.end) == ((), "hangup")


def test_routing_may_be_decoded_already() -> None:
    assert meets({"json": {"route1": "device:1"}}).steps == (ring("device:1"),)


@pytest.mark.parametrize("routing", ["{", '"device:1"', 7, [1], "[1]"])
def test_routing_that_nobody_can_read_is_opaque(routing: object) -> None:
    trace = meets({"json": routing})
    assert (trace.steps, trace.end) == ((Step("opaque", "json"),), "opaque")


def test_presented_digits_number_format_and_unknown_keys_ring_nobody() -> None:
    trace = meets(entry(dnis="3424", voicemail_box="12345", route1_codec="g711", route01="device:9") | {"e164": "yes"})
    assert trace.steps == ()


def test_pointers_start_at_the_document_and_go_on_inside_the_text() -> None:
    trace = meets(entry(route1="192.0.2.10", sip_port1=5080, wait=20, route2="device:2", dnis=""))
    steps = ("/json/route1", "/json/sip_port1", "/json/wait", "/json/route2")
    assert trace.visited == ("", "/json", *steps)


def test_steps_after_the_answer_are_not_visited() -> None:
    trace = meets(entry(route1="device:1", route2="device:2"), default_answer="answered")
    assert trace.visited == ("", "/json", "/json/route1")


def test_a_bundle_is_read_at_its_call_flow() -> None:
    trace = meets({"call_flow": entry(route1="device:1"), "devices": {"1": {}}})
    assert trace.visited == ("", "/call_flow", "/call_flow/json", "/call_flow/json/route1")


def test_a_list_answer_with_one_call_flow_is_that_call_flow() -> None:
    trace = meets({"status": "ok", "fax_flows": [], "call_flows": [entry(route1="device:1")]})
    places = ("", "/call_flows", "/call_flows/0", "/call_flows/0/json", "/call_flows/0/json/route1")
    assert trace.visited == places


@pytest.mark.parametrize(
    "document",
    [
        {"status": "ok", "fax_flows": [], "call_flows": []},
        {"status": "ok", "fax_flows": [], "call_flows": [entry(), entry()]},
        {"status": "ok", "fax_flows": [{"id": "1"}], "call_flows": [entry()]},
        [entry()],
    ],
)
def test_anything_but_one_call_flow_is_refused(document: object) -> None:
    with pytest.raises(ValueError, match="call flow"):
        meets(document)


UPDATE = {"call_flow_id": "1", "e164": "no", "ip_address_1": "192.0.2.10", "ip_address_3": "192.0.2.12", "wait_time": "15"}


def test_the_addresses_of_an_update_ring_in_turn_for_one_time_and_then_the_call_is_released() -> None:
    trace = meets(UPDATE)
    assert trace.steps == (ring("sip:192.0.2.10:5060", seconds=15.0), ring("sip:192.0.2.12:5060", seconds=15.0))
    assert (trace.end, trace.visited) == ("hangup", ("", "/ip_address_1", "/wait_time", "/ip_address_3"))


def test_the_port_of_an_update_is_that_of_all_addresses() -> None:
    trace = meets(UPDATE | {"sip_port": 5080}, answers={"sip:192.0.2.12:5080": "answered"})
    assert [step.targets for step in trace.steps] == [("sip:192.0.2.10:5080",), ("sip:192.0.2.12:5080",)]
    assert trace.end == "answered"


def test_the_mailbox_of_an_update_comes_after_the_last_address() -> None:
    trace = meets(UPDATE | {"voicemail_box": "12"})
    assert (trace.steps[2:], trace.end) == ((Step("voicemail"),), "voicemail")
    assert meets(UPDATE | {"voicemail_box": ""}).end == "hangup"


@pytest.mark.parametrize("value", ["device:694", "8015550142", "pbx.example.com", "sip:desk@example.com"])
def test_an_address_that_is_no_address_cannot_be_judged(value: str) -> None:
    assert meets(UPDATE | {"ip_address_1": value}).steps[0] == ring(f"opaque:{value}", seconds=15.0)


def test_an_empty_update_meets_nothing() -> None:
    assert meets({"call_flow_id": "1", "e164": "no"}).steps == ()


@given(st.data())
def test_every_invented_entry_runs_for_every_invented_call(data: st.DataObject) -> None:
    document = data.draw(invented.documents() | invented.clean_documents())
    trace = run(document, data.draw(invented.calls(document)))
    assert trace.visited[0] == ""
    assert trace.end in ("answered", "hangup", "voicemail")


@given(st.data())
def test_every_entry_of_an_invented_list_runs(data: st.DataObject) -> None:
    answer = data.draw(invented.list_documents())
    call = data.draw(invented.calls(answer))
    for listed in answer["call_flows"]:
        run(listed, call)


@given(invented.fax_documents())
def test_invented_fax_flows_have_no_routing(document: dict[str, Any]) -> None:
    assert "json" not in document


@given(invented.clean_documents())
def test_clean_entries_hold_nothing_that_nobody_can_read(document: dict[str, Any]) -> None:
    steps = meets(document).steps
    assert not [target for step in steps for target in step.targets if target.startswith("opaque:")]
