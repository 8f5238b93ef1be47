"""The rules of the Vinix (Kazoo) platform, one test each."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.interpreters.call import Call, Step, Trace
from tests.interpreters.vinix import run
from tests.strategies.vinix import calls, clean_documents, documents

Json = dict[str, Any]

NOON = datetime(2025, 6, 4, 12, 0, tzinfo=UTC)  # a Wednesday
CALL = Call(at=NOON)
HANGUP = {"module": "hangup", "data": {}}


def node(module: str, children: Json | None = None, **data: object) -> Json:
    return {"module": module, "data": data, "children": children or {}}


def say(text: str, then: Json | None = None) -> Json:
    return node("tts", {"_": then} if then is not None else None, text=text)


def bundle(flow: Json, **sections: Json) -> Json:
    return {"callflow": {"name": "Main", "numbers": ["+12025550100"], "flow": flow}, **sections}


def meet(flow: Json, call: Call = CALL, **sections: Json) -> Trace:
    return run(bundle(flow, **sections), call)


def prompts(trace: Trace) -> list[str]:
    return [step.what for step in trace.steps if step.kind == "prompt"]


def rings(trace: Trace) -> list[tuple[tuple[str, ...], float | None]]:
    return [(step.targets, step.seconds) for step in trace.steps if step.kind == "ring"]


def answering(**answers: str) -> Call:
    return replace(CALL, answers={key.replace("_", ":", 1): value for key, value in answers.items()})


def gregorian(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp()) + 62167219200  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({"callflow": {"flow": HANGUP}}, "/callflow/flow"),
        ({"name": "bare", "flow": HANGUP}, "/flow"),
        ({"data": {"flow": HANGUP}}, "/data/flow"),
    ],
)
def test_a_bundle_a_bare_call_flow_and_an_envelope_are_read(document: Json, pointer: str) -> None:
    trace = run(document, CALL)
    assert trace.end == "hangup"
    assert pointer in trace.visited


def test_the_documents_of_a_request_stand_in_bodies_or_bare() -> None:
    flow = node("play", {"_": node("play", id="bare")}, id="m")
    media = {"m": {"data": {"tts": {"text": "one"}}}, "bare": {"tts": {"text": "two"}}}
    trace = run({"callflow": {"data": {"numbers": ["+12025550100"], "flow": flow}}, "media": media}, CALL)
    assert prompts(trace) == ["one", "two"]
    assert {"/callflow/data/flow", "/media/m/data/tts/text", "/media/bare/tts/text"} <= set(trace.visited)


def test_a_document_called_data_is_no_body_in_a_record() -> None:
    media = {"m": {"data": {"tts": {"text": "one"}}}}
    assert prompts(meet(node("play", id="m"), media=media)) == ["ref:m"]


def test_a_call_flow_without_a_flow_hangs_up() -> None:
    assert run({"name": "Empty"}, CALL) == Trace((), "hangup", ())


def test_a_missing_child_falls_back_to_the_wildcard() -> None:
    assert prompts(meet(node("check_cid", {"_": say("else")}, regex="."))) == ["else"]


def test_an_empty_child_is_a_stop() -> None:
    assert meet(node("answer", {"_": {}})).end == "hangup"


def test_a_stop_in_a_subroutine_returns_to_the_wildcard_of_the_caller() -> None:
    flow = node("callflow", {"_": say("back")}, id="sub")
    assert prompts(meet(flow, callflows={"sub": {"flow": say("sub")}})) == ["sub", "back"]


def test_a_hangup_in_a_subroutine_ends_the_call() -> None:
    flow = node("callflow", {"_": say("back")}, id="sub")
    assert prompts(meet(flow, callflows={"sub": {"flow": say("sub", HANGUP)}})) == ["sub"]


def test_subroutines_return_in_the_reverse_order_of_their_calls() -> None:
    inner = {"flow": node("callflow", {"_": say("2")}, id="leaf")}
    flow = node("callflow", {"_": say("3")}, id="inner")
    trace = meet(flow, callflows={"inner": inner, "leaf": {"flow": say("1")}})
    assert prompts(trace) == ["1", "2", "3"]


def test_an_unreadable_call_flow_goes_on_to_the_wildcard() -> None:
    assert prompts(meet(node("callflow", {"_": say("on")}, id="gone"))) == ["on"]


def test_a_call_flow_may_call_itself_by_its_own_id_until_the_branches_are_spent() -> None:
    document = bundle(say("round", node("callflow", id="me")))
    document["callflow"]["id"] = "me"
    trace = run(document, CALL)
    assert trace.end == "loop"
    assert len(prompts(trace)) == 51


def test_a_skipped_module_is_passed_over() -> None:
    trace = meet({"module": "tts", "data": {"text": "no", "skip_module": True}, "children": {"_": say("yes")}})
    assert prompts(trace) == ["yes"]
    assert "/callflow/flow/data/skip_module" in trace.visited


def test_an_unknown_module_is_opaque_and_the_trace_stops() -> None:
    trace = meet(node("vendor_special", {"_": say("never")}))
    assert trace.steps == (Step("opaque", "vendor_special"),)
    assert trace.end == "opaque"


def test_a_node_without_data_and_children_runs() -> None:
    assert meet({"module": "answer"}).steps == (Step("effect", "answer"),)


def test_a_chain_of_thousands_of_children_runs() -> None:
    flow: Json = say("end")
    for _ in range(2000):
        flow = {"module": "answer", "children": {"_": flow}}
    assert prompts(meet(flow)) == ["end"]


@pytest.mark.parametrize("timeout", [{}, {"timeout": 0}, {"timeout": None}, {"timeout": "20"}])
def test_a_device_rings_for_twenty_seconds_unless_told_otherwise(timeout: Json) -> None:
    assert rings(meet(node("device", id="d", **timeout))) == [(("device:d",), 20.0)]


def test_an_answered_ring_ends_the_trace_even_in_a_subroutine() -> None:
    flow = node("callflow", {"_": say("back")}, id="sub")
    trace = meet(flow, answering(user_u="answered"), callflows={"sub": {"flow": node("user", id="u")}})
    assert trace.end == "answered"
    assert prompts(trace) == []


@pytest.mark.parametrize(
    ("outcome", "cause", "code"),
    [
        ("no_answer", "NO_ANSWER", "sip:480"),
        ("busy", "USER_BUSY", "sip:486"),
        ("declined", "CALL_REJECTED", "sip:603"),
        ("unreachable", "NORMAL_TEMPORARY_FAILURE", "sip:503"),
    ],
)
def test_a_failed_ring_takes_its_cause_then_its_code_then_the_wildcard(outcome: str, cause: str, code: str) -> None:
    children = {"_": say("else"), code: say("code"), cause: say("cause")}
    for expected in ("cause", "code", "else"):
        assert prompts(meet(node("device", children, id="d"), answering(device_d=outcome))) == [expected]
        children.pop({"cause": cause, "code": code}.get(expected, ""), None)


def test_an_empty_cause_child_is_passed_over() -> None:
    trace = meet(node("device", {"NO_ANSWER": {}, "_": say("else")}, id="d"))
    assert prompts(trace) == ["else"]


def test_a_device_without_an_id_rings_nobody() -> None:
    trace = meet(node("device", {"_": say("on")}))
    assert (rings(trace), prompts(trace)) == ([], ["on"])


@pytest.mark.parametrize("state", [{"enabled": False}, {"do_not_disturb": {"enabled": True}}])
def test_a_disabled_device_rings_nobody(state: Json) -> None:
    assert rings(meet(node("device", id="d"), devices={"d": {"name": "Desk", **state}})) == []


def test_a_device_with_a_sip_route_rings_that_address() -> None:
    device = {"sip": {"invite_format": "route", "route": "sip:192.0.2.10:5060"}}
    assert rings(meet(node("device", id="d"), devices={"d": device})) == [(("sip:192.0.2.10:5060",), 20.0)]


def test_a_delay_beyond_the_timeout_rings_nobody() -> None:
    trace = meet(node("device", {"NO_ANSWER": say("nobody")}, id="d", timeout=10, delay=10))
    assert (rings(trace), prompts(trace)) == ([], ["nobody"])


@pytest.mark.parametrize(
    ("forward", "targets"),
    [
        ({"enabled": True}, ("+12025550142",)),
        ({"enabled": True, "substitute": False}, ("+12025550142", "device:d")),
        ({"enabled": False}, ("device:d",)),
        ({}, ("device:d",)),
        ({"enabled": True, "failover": True}, ("device:d",)),
        ({"enabled": True, "direct_calls_only": True}, ("+12025550142",)),
        ({"enabled": True, "number": ""}, ("device:d",)),
    ],
)
def test_a_forwarded_device_rings_the_number_in_its_place(forward: Json, targets: tuple[str, ...]) -> None:
    device = {"call_forward": {"number": "+12025550142", **forward}}
    assert rings(meet(node("device", id="d"), devices={"d": device})) == [(targets, 20.0)]


def test_a_forward_for_direct_calls_only_is_not_followed_from_a_ring_group() -> None:
    device = {"call_forward": {"enabled": True, "number": "+12025550142", "direct_calls_only": True}}
    flow = node("ring_group", endpoints=[{"endpoint_type": "device", "id": "d"}])
    assert rings(meet(flow, devices={"d": device})) == [(("device:d",), 20.0)]


@pytest.mark.parametrize(("keypress", "asked"), [({}, True), ({"require_keypress": False}, False)])
def test_who_answers_a_forwarded_call_must_press_a_key_first(keypress: Json, asked: bool) -> None:
    device = {"call_forward": {"enabled": True, "number": "+12025550142", **keypress}}
    call = replace(CALL, answers={"+12025550142": "answered"})
    trace = meet(node("device", id="d"), call, devices={"d": device})
    assert (Step("effect", "require_keypress") in trace.steps) is asked
    assert trace.end == "answered"


def test_a_carrier_call_rings_the_number_and_never_takes_the_wildcard() -> None:
    trace = meet(node("resources", {"_": say("never")}, to_did="+12025550143", timeout=40))
    assert rings(trace) == [(("+12025550143",), 40.0)]
    assert (prompts(trace), trace.end) == ([], "hangup")


def test_a_carrier_call_takes_a_cause_child() -> None:
    call = replace(CALL, default_answer="busy")
    trace = meet(node("offnet", {"sip:486": say("busy")}, to_did="+12025550143"), call)
    assert rings(trace) == [(("+12025550143",), None)]
    assert prompts(trace) == ["busy"]


def test_a_failed_carrier_call_in_a_subroutine_returns() -> None:
    flow = node("callflow", {"_": say("back")}, id="sub")
    assert prompts(meet(flow, callflows={"sub": {"flow": node("resources", to_did="+12025550143")}})) == ["back"]


def test_a_carrier_call_without_a_number_dials_what_the_caller_dialled() -> None:
    trace = meet(node("resources"), replace(CALL, dialled="+12025550144"))
    assert rings(trace) == [(("+12025550144",), None)]


def group(children: Json | None = None, *, ids: str = "ab", each: Json | None = None, **data: object) -> Json:
    endpoints = [{"endpoint_type": "device", "id": ident, **(each or {})} for ident in ids]
    return node("ring_group", children, endpoints=endpoints, **data)


def test_a_ring_group_rings_all_at_once_until_the_last_leg_ends() -> None:
    assert rings(meet(group(timeout=60, each={"timeout": 15, "delay": 5}))) == [(("device:a", "device:b"), 20.0)]


def test_a_ring_group_is_bounded_by_its_own_timeout() -> None:
    assert rings(meet(group(timeout=12, each={"timeout": 30}))) == [(("device:a", "device:b"), 12.0)]


def test_a_member_delayed_beyond_the_group_timeout_never_rings() -> None:
    late = {"endpoint_type": "user", "id": "late", "delay": 20}
    flow = group(timeout=20)
    flow["data"]["endpoints"].append(late)
    assert rings(meet(flow)) == [(("device:a", "device:b"), 20.0)]


def test_in_turn_each_rings_for_its_own_time_within_the_overall_timeout() -> None:
    flow = group(ids="abc", each={"timeout": 20}, strategy="single", timeout=30)
    assert rings(meet(flow)) == [(("device:a",), 20.0), (("device:b",), 10.0)]


def test_weighted_random_rings_in_the_order_of_the_list() -> None:
    flow = group(strategy="weighted_random", timeout=60)
    assert [targets for targets, _ in rings(meet(flow))] == [("device:a",), ("device:b",)]


def test_repeats_ring_again_and_then_take_the_wildcard() -> None:
    trace = meet(group({"_": say("on")}, ids="a", repeats=3))
    assert (len(rings(trace)), prompts(trace)) == (3, ["on"])


def test_a_cause_child_ends_the_repeats() -> None:
    trace = meet(group({"NO_ANSWER": say("cause"), "_": say("on")}, ids="a", repeats=3))
    assert (len(rings(trace)), prompts(trace)) == (1, ["cause"])


def test_the_longest_ringing_failure_names_the_cause() -> None:
    flow = group({"USER_BUSY": say("busy"), "NO_ANSWER": say("none")})
    assert prompts(meet(flow, answering(device_a="busy"))) == ["none"]


def test_a_single_reject_may_fail_the_whole_group() -> None:
    flow = group({"CALL_REJECTED": say("rejected")}, strategy="single", fail_on_single_reject=True, timeout=60)
    trace = meet(flow, answering(device_a="declined"))
    assert (len(rings(trace)), prompts(trace)) == (1, ["rejected"])


def test_a_group_with_nobody_left_takes_the_wildcard_at_once() -> None:
    trace = meet(group({"_": say("on"), "NO_ANSWER": say("no")}, ids="a", repeats=3), devices={"a": {"enabled": False}})
    assert (rings(trace), prompts(trace)) == ([], ["on"])


@pytest.mark.parametrize(("shift", "rung"), [(-1, 1), (1, 0)])
def test_a_member_disabled_until_later_is_left_out(shift: int, rung: int) -> None:
    flow = group(ids="a", each={"disable_until": gregorian(2025, 6, 4, 12) + shift})
    assert len(rings(meet(flow))) == rung


def test_alike_members_are_one() -> None:
    assert len(rings(meet(group(ids="aa", strategy="single", timeout=60)))) == 1


def test_a_group_member_stands_for_the_members_of_the_group() -> None:
    flow = node("ring_group", endpoints=[{"endpoint_type": "group", "id": "g", "timeout": 9}])
    stored = {"endpoints": {"d": {"type": "device"}, "u": {"type": "user", "timeout": 7}}}
    assert rings(meet(flow, groups={"g": stored})) == [(("device:d", "user:u"), 9.0)]


def test_in_turn_the_members_of_a_group_go_by_weight_and_need_one() -> None:
    flow = node("ring_group", endpoints=[{"endpoint_type": "group", "id": "g"}], strategy="single", timeout=60)
    stored = {"endpoints": {"a": {"type": "device", "weight": 2}, "b": {"type": "user", "weight": 1}, "c": {}}}
    assert [targets for targets, _ in rings(meet(flow, groups={"g": stored}))] == [("user:b",), ("device:a",)]


def test_a_group_within_itself_is_opened_once() -> None:
    flow = node("ring_group", endpoints=[{"endpoint_type": "group", "id": "g"}])
    stored = {"endpoints": {"g": {"type": "group"}, "u": {"type": "user"}}}
    assert rings(meet(flow, groups={"g": stored})) == [(("user:u",), 20.0)]


def test_a_stored_group_wins_over_the_node_that_rings_it() -> None:
    stored = {"timeout": 33, "endpoints": {"u": {"type": "user", "timeout": 50}}}
    trace = meet(node("group", {"_": say("on")}, id="g", timeout=10), groups={"g": stored})
    assert (rings(trace), prompts(trace)) == ([(("user:u",), 33.0)], ["on"])


def test_a_group_that_is_not_in_the_bundle_rings_as_one_target() -> None:
    assert rings(meet(node("group", id="g", timeout=10))) == [(("group:g",), 10.0)]


def test_a_page_takes_the_wildcard_whatever_the_cause() -> None:
    flow = node("page_group", {"NO_ANSWER": say("no"), "_": say("on")}, endpoints=[{"endpoint_type": "user", "id": "u"}])
    trace = meet(flow)
    assert (rings(trace), prompts(trace)) == ([(("user:u",), 5.0)], ["on"])


MENU = {"m": {"name": "Menu", "media": {"greeting": "hello"}}}


def menu(keys: tuple[str | None, ...], children: Json, **document: object) -> Trace:
    menus = {"m": {**MENU["m"], **document}}
    return meet(node("menu", children, id="m"), replace(CALL, keys=keys), menus=menus)


def test_a_key_runs_its_child() -> None:
    assert prompts(menu(("2",), {"1": say("one"), "2": say("two")})) == ["ref:hello", "two"]


def test_the_wildcard_of_a_menu_means_after_all_retries() -> None:
    trace = menu(("9",), {"1": say("one"), "_": say("over")}, retries=2)
    assert prompts(trace) == ["ref:hello", "ref:hello", "over"]


def test_a_wrong_key_and_then_a_right_one() -> None:
    assert prompts(menu(("9", "1"), {"1": say("one")})) == ["ref:hello", "ref:hello", "one"]


def test_silence_runs_the_timeout_child() -> None:
    trace = menu((None,), {"timeout": say("silent"), "_": say("over")}, timeout=5000)
    assert prompts(trace) == ["ref:hello", "silent"]
    assert "/menus/m/timeout" in trace.visited


def test_a_hash_alone_is_silence() -> None:
    assert prompts(menu(("#",), {"timeout": say("silent")})) == ["ref:hello", "silent"]


def test_a_hash_ends_the_input() -> None:
    assert prompts(menu(("1#2",), {"1": say("one"), "12": say("twelve")})) == ["ref:hello", "one"]


def test_an_entry_is_cut_to_the_longest_that_the_menu_takes() -> None:
    assert prompts(menu(("123",), {"12": say("twelve")}, max_extension_length=2)) == ["ref:hello", "twelve"]


def test_a_star_is_a_key() -> None:
    assert prompts(menu(("*",), {"*": say("star")})) == ["ref:hello", "star"]


def test_max_retries_comes_before_the_wildcard() -> None:
    assert prompts(menu((), {"max_retries": say("max"), "_": say("over")}, retries=1)) == ["ref:hello", "max"]


def test_a_menu_that_names_no_document_has_three_tries_and_no_greeting() -> None:
    flow = node("menu", {"1": say("one"), "_": say("over")})
    assert prompts(meet(flow, replace(CALL, keys=("9", "8", "1")))) == ["one"]
    assert prompts(meet(flow, replace(CALL, keys=("9", "8", "7", "1")))) == ["over"]


def test_how_often_a_menu_asks_that_is_not_in_the_bundle_is_not_known() -> None:
    flow = node("menu", {"1": say("one"), "_": say("over")}, id="gone")
    assert prompts(meet(flow, replace(CALL, keys=("1",)))) == ["one"]
    assert prompts(meet(flow, replace(CALL, keys=("9", "1")))) == ["over"]
    assert meet(node("menu", {"1": say("one")}, id="gone"), replace(CALL, keys=("9", "1"))).end == "unspecified"


def test_a_menus_own_media_take_the_place_of_system_prompts() -> None:
    media = {"invalid_media": "wrong", "exit_media": "bye", "transfer_media": True}
    assert prompts(menu(("9",), {"_": say("over")}, retries=1, media=media)) == ["ref:wrong", "ref:bye", "over"]


@pytest.mark.parametrize(
    ("settings", "heard"),
    [
        ({"hunt": True}, ["sub", "back"]),
        ({}, ["back"]),
        ({"hunt": True, "hunt_allow": "^2"}, ["back"]),
        ({"hunt": True, "hunt_deny": "^1"}, ["back"]),
    ],
)
def test_a_menu_hunts_for_an_extension_only_if_told_to(settings: Json, heard: list[str]) -> None:
    callflows = {"s": {"numbers": ["1001"], "flow": say("sub")}}
    flow = node("menu", {"_": say("back")}, id="m")
    menus = {"m": {"name": "Menu", **settings}}
    assert prompts(meet(flow, replace(CALL, keys=("1001",)), menus=menus, callflows=callflows)) == heard


def test_a_child_comes_before_a_hunt() -> None:
    callflows = {"s": {"numbers": ["1"], "flow": say("sub")}}
    flow = node("menu", {"1": say("child")}, id="m")
    trace = meet(flow, replace(CALL, keys=("1",)), menus={"m": {"hunt": True}}, callflows=callflows)
    assert prompts(trace) == ["child"]


def test_hunting_by_pattern_prefers_the_longest_capture() -> None:
    callflows = {
        "short": {"patterns": ["^1(.)"], "flow": say("short")},
        "long": {"patterns": ["^(10.*)$", "["], "flow": say("long")},
    }
    call = replace(CALL, keys=("1001",))
    trace = meet(node("menu", id="m"), call, menus={"m": {"hunt": True}}, callflows=callflows)
    assert prompts(trace) == ["long"]


def test_a_menu_never_hunts_for_the_way_out() -> None:
    callflows = {"out": {"numbers": ["no_match"], "flow": say("out")}}
    flow = node("menu", {"_": say("over")}, id="m")
    trace = meet(flow, replace(CALL, keys=("555",)), menus={"m": {"hunt": True}}, callflows=callflows)
    assert prompts(trace) == ["over"]


def test_a_greeting_is_recorded_with_the_pin_where_that_is_allowed() -> None:
    trace = menu(("1234", "1"), {"1": say("one")}, record_pin="1234", allow_record_from_offnet=True, retries=1)
    assert [step.what for step in trace.steps] == ["ref:hello", "record_greeting", "ref:hello", "one"]


def route(rules: Json, at: datetime = NOON, *, timezone: str | None = None, account: str = "UTC") -> bool:
    """Whether the rule ``r`` is active."""
    flow = node("temporal_route", {"r": say("open")}, rules=["r"], timezone=timezone)
    return prompts(run(bundle(flow, temporal_rules={"r": rules}), replace(CALL, at=at), timezone=account)) == ["open"]


def test_the_first_active_rule_decides() -> None:
    rules = {"a": {"cycle": "daily", "enabled": False}, "b": {"cycle": "daily"}, "c": {"cycle": "daily"}}
    flow = node("temporal_route", {"c": say("c"), "b": say("b"), "a": say("a")}, rules=["a", "b", "c"])
    assert prompts(meet(flow, temporal_rules=rules)) == ["b"]


def test_child_keys_are_rules_in_document_order_after_the_listed_ones() -> None:
    rules = {"a": {"cycle": "daily"}, "b": {"cycle": "daily"}}
    flow = node("temporal_route", {"_": say("else"), "b": say("b"), "a": say("a")})
    assert prompts(meet(flow, temporal_rules=rules)) == ["b"]


def test_an_active_rule_without_a_child_takes_the_wildcard_and_no_later_rule() -> None:
    rules = {"a": {"cycle": "daily"}, "b": {"cycle": "daily"}}
    flow = node("temporal_route", {"b": say("b"), "_": say("else")}, rules=["a", "b"])
    assert prompts(meet(flow, temporal_rules=rules)) == ["else"]


def test_a_rule_set_leads_to_the_child_of_that_name() -> None:
    flow = node("temporal_route", {"rule_set": say("set"), "a": say("a")}, rule_set="s")
    sets = {"s": {"name": "Set", "temporal_rules": ["gone", "b"]}}
    assert prompts(meet(flow, temporal_rules={"b": {"cycle": "daily"}}, temporal_rules_sets=sets)) == ["set"]


def test_a_set_among_the_rules_leads_to_the_child_with_its_id() -> None:
    flow = node("temporal_route", {"s": say("set")}, rules=["s"])
    sets = {"s": {"name": "Set", "temporal_rules": ["b"]}}
    assert prompts(meet(flow, temporal_rules={"b": {"cycle": "daily"}}, temporal_rules_sets=sets)) == ["set"]


def test_an_unreadable_rule_is_passed_over() -> None:
    flow = node("temporal_route", {"gone": say("no"), "b": say("b")}, rules=["gone", "b"])
    assert prompts(meet(flow, temporal_rules={"b": {"cycle": "daily"}})) == ["b"]


def test_enabled_forces_a_rule_whatever_the_hour() -> None:
    window = {"cycle": "daily", "time_window_start": 0, "time_window_stop": 60}
    assert [route({**window, "enabled": enabled}) for enabled in (True, False, None)] == [True, False, False]


def test_a_rule_that_starts_in_the_future_is_ignored_even_when_enabled() -> None:
    assert not route({"cycle": "daily", "enabled": True, "start_date": gregorian(2025, 6, 5)})


def test_a_rule_starts_on_the_local_date_of_its_start() -> None:
    rule = {"cycle": "daily", "start_date": gregorian(2025, 6, 5, 3)}
    assert not route(rule)
    assert route(rule, timezone="America/New_York")


def test_a_rule_ends_after_its_end_date() -> None:
    assert route({"cycle": "daily", "end_date": gregorian(2025, 6, 4)})
    assert not route({"cycle": "daily", "end_date": gregorian(2025, 6, 3)})


def test_an_excluded_date_is_not_active() -> None:
    assert not route({"cycle": "daily", "exclude": ["20250604"]})


@pytest.mark.parametrize(("second", "active"), [(-1, False), (0, True), (3599, True), (3601, False)])
def test_a_window_holds_from_its_start_until_before_its_stop(second: int, active: bool) -> None:
    rule = {"cycle": "daily", "time_window_start": 43200 - second, "time_window_stop": 43200 - second + 3600}
    assert route(rule) is active


def test_a_window_over_midnight_is_never_active() -> None:
    rule = {"cycle": "daily", "time_window_start": 79200, "time_window_stop": 21600}
    assert not any(route(rule, NOON.replace(hour=hour)) for hour in range(24))


def test_the_time_zone_of_the_node_wins_over_the_accounts() -> None:
    rule = {"cycle": "daily", "time_window_start": 8 * 3600, "time_window_stop": 9 * 3600}
    assert route(rule, timezone="America/New_York")
    assert route(rule, timezone="inherit", account="America/New_York")
    assert route(rule, account="America/New_York")
    assert not route(rule)


def test_an_unknown_time_zone_takes_the_wildcard() -> None:
    assert not route({"cycle": "daily"}, timezone="Mars/Olympus")


@pytest.mark.parametrize(("day", "active"), [(3, False), (4, True), (5, False)])
def test_a_date_is_one_day(day: int, active: bool) -> None:
    assert route({"cycle": "date", "start_date": gregorian(2025, 6, 4, 8)}, NOON.replace(day=day)) is active


def test_a_daily_interval_does_not_hit_the_start_date() -> None:
    rule = {"cycle": "daily", "interval": 2, "start_date": gregorian(2025, 6, 4)}
    assert [day for day in range(4, 10) if route(rule, NOON.replace(day=day))] == [6, 8]


def test_a_week_rule_hits_its_weekdays_and_all_of_them_when_none_is_named() -> None:
    assert route({"cycle": "weekly", "wdays": ["wednesday"]})
    assert not route({"cycle": "weekly", "wdays": ["thursday"]})
    assert route({"cycle": "weekly", "wdays": []})


def test_wensday_is_wednesday() -> None:
    assert route({"cycle": "weekly", "wdays": ["wensday"]})


def test_a_week_interval_counts_weeks_from_monday() -> None:
    rule = {"cycle": "weekly", "interval": 2, "start_date": gregorian(2025, 6, 4)}
    hits = [day for day in range(4, 24) if route(rule, NOON.replace(day=day))]
    assert hits == [*range(4, 9), *range(16, 23)]


def test_a_month_rule_hits_its_days() -> None:
    rule = {"cycle": "monthly", "days": [4, "20"]}
    assert [day for day in range(1, 31) if route(rule, NOON.replace(day=day))] == [4, 20]


def test_of_unsorted_days_only_the_first_later_one_is_looked_at() -> None:
    rule = {"cycle": "monthly", "days": [20, 4]}
    assert [day for day in range(1, 31) if route(rule, NOON.replace(day=day))] == [20]


@pytest.mark.parametrize(
    ("ordinal", "hits"),
    [("first", [4]), ("second", [11]), ("fifth", []), ("last", [25]), ("every", [4, 11, 18, 25])],
)
def test_a_month_rule_hits_its_ordinal_weekday(ordinal: str, hits: list[int]) -> None:
    rule = {"cycle": "monthly", "ordinal": ordinal, "wdays": ["wednesday"]}
    assert [day for day in range(1, 31) if route(rule, NOON.replace(day=day))] == hits


@pytest.mark.parametrize("wdays", [[], ["monday", "wednesday"]])
def test_a_month_rule_without_one_weekday_crashes_into_the_wildcard(wdays: list[str]) -> None:
    rules = {"a": {"cycle": "monthly", "ordinal": "every", "wdays": wdays}, "b": {"cycle": "daily"}}
    flow = node("temporal_route", {"_": say("else"), "a": say("a"), "b": say("b")}, rules=["a", "b"])
    assert prompts(meet(flow, temporal_rules=rules)) == ["else"]


def test_a_month_interval_counts_from_the_start() -> None:
    rule = {"cycle": "monthly", "interval": 3, "days": [4], "start_date": gregorian(2025, 1, 1)}
    assert [month for month in range(1, 13) if route(rule, NOON.replace(month=month))] == [1, 4, 7, 10]


def test_days_win_over_an_ordinal() -> None:
    assert route({"cycle": "monthly", "days": [4], "ordinal": "last", "wdays": ["friday"]})


def test_a_year_rule_hits_its_month() -> None:
    rule = {"cycle": "yearly", "month": 6, "days": [4]}
    assert [month for month in range(1, 13) if route(rule, NOON.replace(month=month))] == [6]
    assert route({"cycle": "yearly", "month": 6, "ordinal": "first", "wdays": ["wednesday"]})


@pytest.mark.parametrize("action", ["menu", "enable", "disable", "reset"])
def test_an_action_on_rules_is_an_effect_and_goes_on(action: str) -> None:
    trace = meet(node("temporal_route", {"_": say("on"), "r": say("no")}, action=action, rules=["r"]))
    assert [step.kind for step in trace.steps] == ["effect", "prompt"]
    assert prompts(trace) == ["on"]


def test_a_caller_matches_a_regex_that_is_not_anchored() -> None:
    children = {"match": say("yes"), "nomatch": say("no")}
    assert prompts(meet(node("check_cid", children, regex="0100"))) == ["yes"]
    assert prompts(meet(node("check_cid", children, regex="^0100"))) == ["no"]


def test_an_anonymous_caller_has_an_empty_number() -> None:
    children = {"match": say("yes"), "nomatch": say("no")}
    assert prompts(meet(node("check_cid", children, regex="."), replace(CALL, caller=None))) == ["no"]
    assert prompts(meet(node("check_cid", children), replace(CALL, caller=None))) == ["yes"]


def test_absolute_mode_takes_the_child_named_by_the_caller() -> None:
    children = {"+12025550100": say("you"), "match": say("no"), "_": say("else")}
    flow = node("check_cid", children, use_absolute_mode=True)
    assert prompts(meet(flow)) == ["you"]
    assert prompts(meet(flow, replace(CALL, caller="+12025550199"))) == ["else"]


def test_an_invalid_regex_crashes_into_the_wildcard() -> None:
    assert prompts(meet(node("check_cid", {"_": say("else"), "nomatch": say("no")}, regex="("))) == ["else"]


def test_a_match_may_replace_the_caller_for_what_follows() -> None:
    again = node("check_cid", {"match": say("new")}, regex="0150$")
    external = {"name": "Desk", "number": "+12025550150"}
    flow = node("check_cid", {"match": again}, caller_id={"external": external}, user_id="u")
    assert prompts(meet(flow)) == ["new"]


def test_the_number_captured_by_the_pattern_chooses_a_branch() -> None:
    document = bundle(node("branch_bnumber", {"12": say("twelve"), "_": say("else")}))
    document["callflow"]["patterns"] = [r"^\*5(\d+)$"]
    trace = run(document, replace(CALL, dialled="*512"))
    assert prompts(trace) == ["twelve"]
    assert "/callflow/patterns/0" in trace.visited
    assert prompts(run(document, CALL)) == ["else"]


def test_a_test_that_nobody_can_judge_is_opaque() -> None:
    assert meet(node("branch_variable", {"_": say("on")}, variable="x")).end == "opaque"


def test_a_call_is_no_fax() -> None:
    assert prompts(meet(node("fax_detect", {"ON_VOICE": say("voice"), "ON_FAX": say("fax")}))) == ["voice"]


def test_media_made_from_text_are_heard_as_that_text() -> None:
    media = {"m": {"name": "Hello", "media_source": "tts", "tts": {"text": "Welcome"}}, "n": {"name": "Upload"}}
    assert prompts(meet(node("play", {"_": node("play", id="n")}, id="m"), media=media)) == ["Welcome", "ref:n"]


def test_play_without_media_goes_on() -> None:
    assert prompts(meet(node("play", {"_": say("on")}))) == ["on"]


def test_endless_playback_ends_with_the_caller() -> None:
    trace = meet(node("play", {"_": say("never")}, id="m", endless_playback=True))
    assert (prompts(trace), trace.end) == (["ref:m"], "hangup")


def test_a_loop_count_plays_again() -> None:
    assert prompts(meet(node("play", id="m", loop_count=2))) == ["ref:m", "ref:m"]


def test_an_audio_macro_plays_its_parts_in_order() -> None:
    parts = [{"macro": "tts", "text": "one"}, {"macro": "play", "id": "two"}, {"macro": "tone"}]
    assert [step.what for step in meet(node("audio_macro", macros=parts)).steps] == ["one", "ref:two", "tone"]


@pytest.mark.parametrize(
    ("flow", "what"),
    [
        (node("record_call"), "record_call start"),
        (node("record_call", action="stop"), "record_call stop"),
        (node("record_call", action="mask"), "record_call start"),
        (node("language", language="de-de"), "language de-de"),
        (node("sleep", duration="5"), "sleep 5 s"),
        (node("set_cid", caller_id_name="Desk", caller_id_number=""), "set_cid Desk"),
        (node("set_variables", custom_application_vars={"b": 1, "a": True}), "set_variables a=true,b=1"),
        (node("webhook", uri="https://example.com/hook"), "webhook https://example.com/hook"),
    ],
)
def test_a_side_effect_is_named_with_what_tells_it_apart_and_goes_on(flow: Json, what: str) -> None:
    flow["children"] = {"_": say("on")}
    assert meet(flow).steps == (Step("effect", what), Step("prompt", "on"))


@pytest.mark.parametrize("module", ["conference", "faxbox", "receive_fax", "transfer", "park", "group_pickup"])
def test_a_handover_runs_no_child(module: str) -> None:
    trace = meet(node(module, {"_": say("never")}))
    assert trace.steps == (Step("handover", module),)
    assert trace.end == "handover"


def test_a_queue_ends_the_trace() -> None:
    trace = meet(node("acdc_member", {"_": say("never")}, id="q"))
    assert (trace.steps, trace.end) == ((Step("queue", "q"),), "queue")


@pytest.mark.parametrize(
    ("module", "data", "name"),
    [
        ("acdc_member", {"id": "q"}, "queue:q"),
        ("acdc_member", {}, "queue"),
        ("voicemail", {"id": "v"}, "mailbox:v"),
        ("directory", {"id": "d"}, "directory:d"),
        ("directory", {}, "directory"),
        ("park", {"action": "direct_park", "slot": "7"}, "park:7"),
        ("park", {"action": "direct_park"}, "park"),
    ],
)
def test_what_takes_a_call_leaves_it_to_the_next_node_where_the_call_says_so(module: str, data: Json, name: str) -> None:
    flow = node(module, {"_": say("on")}, **data)
    assert prompts(meet(flow)) == prompts(meet(flow, replace(CALL, answers={name: "answered"}))) == []
    passed = meet(flow, replace(CALL, answers={name: "no_answer"}))
    assert (len(passed.steps), prompts(passed), passed.end) == (2, ["on"], "hangup")


def test_a_stored_group_may_ring_as_a_whole() -> None:
    flow = node("ring_group", endpoints=[{"endpoint_type": "group", "id": "g", "timeout": 15}])
    document = bundle(flow, groups={"g": {"endpoints": {"a": {"type": "device"}}}})
    assert rings(run(document, CALL)) == [(("device:a",), 15.0)]
    assert rings(run(document, CALL, whole_groups=True)) == [(("group:g",), 15.0)]


@pytest.mark.parametrize(("data", "code"), [({}, "486"), ({"code": 603}, "603"), ({"code": "404"}, "404")])
def test_a_response_refuses_with_its_code(data: Json, code: str) -> None:
    trace = meet(node("response", {"_": say("never")}, **data))
    assert (trace.steps, trace.end) == ((Step("reject", code),), "reject")


def test_silence_until_hangup_is_an_effect_and_the_end() -> None:
    trace = meet(node("dead_air", {"_": say("never")}))
    assert (trace.steps, trace.end) == ((Step("effect", "dead_air"),), "hangup")


@pytest.mark.parametrize(
    ("box", "greeting"),
    [
        ({"media": {"unavailable": "hello"}}, "Leave a message"),
        ({"media": {"unavailable": "other"}}, "ref:other"),
        ({"media": {"unavailable": "hello"}, "skip_greeting": True}, ""),
        ({}, ""),
    ],
)
def test_a_voicemail_has_the_greeting_of_its_box(box: Json, greeting: str) -> None:
    media = {"hello": {"tts": {"text": "Leave a message"}}}
    trace = meet(node("voicemail", {"_": say("never")}, id="v"), vmboxes={"v": box}, media=media)
    assert (trace.steps, trace.end) == ((Step("voicemail", greeting),), "voicemail")


@pytest.mark.parametrize("data", [{}, {"id": None}, {"id": "deleted"}])
def test_a_voicemail_without_a_box_goes_on(data: Json) -> None:
    trace = meet(node("voicemail", {"_": say("on")}, **data), vmboxes={"deleted": None})
    assert (prompts(trace), trace.end) == (["on"], "hangup")


def test_a_box_may_be_named_by_the_captured_number() -> None:
    document = bundle(node("voicemail"), vmboxes={"v": {"mailbox": "1001", "media": {"unavailable": "hello"}}})
    document["callflow"]["patterns"] = [r"^\*\*(\d+)$"]
    assert run(document, replace(CALL, dialled="**1001")).steps == (Step("voicemail", "ref:hello"),)


def test_checking_voicemail_is_a_handover() -> None:
    assert meet(node("voicemail", id="v", action="check")).steps == (Step("handover", "voicemail"),)


def test_numbers_and_booleans_written_as_text_are_read() -> None:
    device = {"call_forward": {"enabled": "true", "number": "+12025550142", "substitute": "false"}}
    trace = meet(node("device", id="d", timeout="35"), devices={"d": device})
    assert rings(trace) == [(("+12025550142", "device:d"), 35.0)]


def test_visited_holds_the_nodes_and_the_leaves_that_decided() -> None:
    flow = node("menu", {"1/2": say("no"), "1": node("device", id="d", timeout=5)}, id="m")
    trace = meet(flow, replace(CALL, keys=("1",)), menus=MENU)
    assert trace.visited == (
        "/callflow/flow",
        "/callflow/flow/module",
        "/callflow/flow/data/id",
        "/menus/m/media/greeting",
        "/callflow/flow/children/1",
        "/callflow/flow/children/1/module",
        "/callflow/flow/children/1/data/id",
        "/callflow/flow/children/1/data/timeout",
    )


def test_pointers_are_escaped() -> None:
    trace = meet(node("callflow", id="a/b~c"), callflows={"a/b~c": {"flow": HANGUP}})
    assert "/callflows/a~1b~0c/flow" in trace.visited


def resolves(document: object, pointer: str) -> bool:
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, list):
            document = document[int(key)]
        elif isinstance(document, dict) and key in document:
            document = document[key]
        else:
            return False
    return True


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), documents() | clean_documents())
def test_every_invented_document_runs(data: st.DataObject, document: Json) -> None:
    call = data.draw(calls(document))
    trace = run(document, call, timezone="America/Chicago")
    assert trace == run(document, call, timezone="America/Chicago")
    assert [pointer for pointer in trace.visited if not resolves(document, pointer)] == []
