"""The ledger: computed differences, where they point, and what is silent."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from attrs import evolve

import unicall
from tests.support import PAIRS, records, text
from unicall.adapter import find
from unicall.graph import Flow, Hangup, Menu, Node, PhoneNumber, Ring, RingTarget, Schedule
from unicall.hours import Hours, Recurrence
from unicall.ledger import in_one_way, what_of
from unicall.problem import Problem, Severity, worst_first
from unicall.wire import MISSING, resolve, same

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CROSSINGS = [pytest.param(a, b, record, id=f"{a}>{b}:{name}") for a, b in PAIRS for name, record in records(a)]
crossings = pytest.mark.parametrize(("source", "target", "record"), CROSSINGS)


def api19(routing: dict[str, Any], **entry: Any) -> dict[str, Any]:
    return {"name": "Test", "json": routing, **entry}


def convirza(**record: Any) -> dict[str, Any]:
    whole = {"call_flow_id": 1, "call_flow_name": "Test", "dnis": "2025550100", "routable_type": "SimpleRoute"}
    return {**whole, "default_ringto": "2025550101", **record}


def said(document: Any, source: str | None, target: str, code: str = "") -> list[Problem]:
    problems = unicall.translate(document, source, target).problems
    return [problem for problem in problems if not code or problem.code == code]


# Facts.


def test_a_time_that_the_source_leaves_open_is_a_note_when_the_target_says_one() -> None:
    found = said(api19({"route1": "192.0.2.1"}), "api19", "vinix", "UC312")
    assert [(p.severity, p.value, p.message) for p in found] == [(Severity.NOTE, None, "the ring time is nothing here, 20 s there")]


def test_a_time_that_arrives_as_another_is_a_change_with_both_values() -> None:
    routing = {"route1": "2025550142", "route1_wait": 20, "route2": "2025550143"}
    [found] = [p for p in said(api19(routing), "api19", "convirza-v2", "UC301") if p.pointer == "/json/route1_wait"]
    assert (found.pointer, found.value, found.severity) == ("/json/route1_wait", 20, Severity.CHANGED)
    assert found.message == "the ring time is 20 s here, 18 s there"


def test_a_time_that_arrives_is_not_mentioned() -> None:
    routing = {"route1": "2025550142", "route1_wait": 18, "route2": "2025550143"}
    assert [p for p in said(api19(routing), "api19", "convirza-v2") if p.pointer == "/json/route1_wait"] == []


def test_a_device_of_another_carrier_is_unresolved_and_points_at_both_sides() -> None:
    translation = unicall.translate(api19({"route1": "device:694", "route1_wait": 20}), "api19", "vinix")
    [found] = [problem for problem in translation.problems if problem.code == "UC304"]
    assert (found.pointer, found.value, found.severity) == ("/json/route1", "device:694", Severity.UNRESOLVED)
    assert resolve(translation.document, found.target_pointer) is not MISSING


def test_what_arrived_under_a_name_of_the_targets_own_is_not_lost() -> None:
    """Convirza has no names for hours: it reads its own back. What they lead to is there all the same."""
    window = Recurrence(frequency="weekly", weekdays=("MO",), start=32400, end=61200)
    nodes: dict[str, Node] = {
        "start": Menu(exits={"1": "hours"}),
        "hours": Schedule(timezone="America/Denver", hours=(Hours(name="office", recurrences=(window,)),), exits={"office": "r"}),
        "r": Ring(targets=(RingTarget(PhoneNumber("+12025550142")),)),
    }
    translation = unicall.translate(Flow(name="Test", start="start", nodes=nodes), target="convirza-v2")
    assert "2025550142" in json.dumps(translation.document)
    assert [(p.code, p.message) for p in translation.problems if p.severity in (Severity.LOST, Severity.CHANGED)] == []


def test_two_ways_in_at_a_carrier_that_has_one_are_a_loss_of_the_second() -> None:
    tree = {"module": "voicemail", "data": {"id": "v"}, "children": {}}
    record = {"name": "Test", "numbers": ["+12025550100", "+12025550101"], "flow": tree}
    [found] = said(record, "vinix", "convirza-v2", "UC402")
    assert (found.pointer, found.value, found.severity) == ("/numbers/1", "+12025550101", Severity.LOST)


# Keys that are no facts.


@pytest.mark.parametrize("value", [None, "", False, [], {}])
def test_a_key_nobody_knows_is_silent_while_it_says_nothing(value: Any) -> None:
    assert said(api19({"route1": "192.0.2.1"}, mystery=value), "api19", "vinix", "UC501") == []


@pytest.mark.parametrize("value", [0, 1, "x", True, [None], {"a": None}])
def test_a_key_nobody_knows_is_unresolved_once_it_says_something(value: Any) -> None:
    [found] = said(api19({"route1": "192.0.2.1"}, mystery=value), "api19", "vinix", "UC501")
    assert (found.pointer, found.severity) == ("/mystery", Severity.UNRESOLVED)
    assert same(found.value, value)


@pytest.mark.parametrize(("value", "times"), [(72, 0), (None, 0), (73, 1), (0, 1), (True, 1)])
def test_a_known_key_is_silent_at_the_vendors_own_default_and_reported_once_changed(value: Any, times: int) -> None:
    assert len(said(convirza(repeat_interval=value), "convirza-v2", "vinix", "UC412")) == times


def test_a_key_whose_default_is_true_speaks_when_it_is_false() -> None:
    tree = {"module": "voicemail", "data": {"id": "v"}, "children": {}}
    bundle = {"callflow": {"numbers": [], "flow": tree}, "vmboxes": {"v": {"name": "Box", "include_message_on_notify": False}}}
    assert [p.code for p in said(bundle, "vinix", "api19") if p.pointer.endswith("include_message_on_notify")] != []


def test_bookkeeping_is_one_note_for_each_object_of_the_vendor() -> None:
    found = said(
        convirza(created_at="2026-01-01", updated_at="2026-01-02", group_id=5, channel_id=7), "convirza-v2", "vinix", "UC901"
    )
    assert len(found) == len({problem.pointer for problem in found})
    at_root = next(problem for problem in found if problem.pointer == "")
    assert {"created_at": "2026-01-01", "updated_at": "2026-01-02", "group_id": 5}.items() <= at_root.value.items()


def test_one_leaf_of_bookkeeping_is_named_at_its_own_place() -> None:
    found = said(api19({"route1": "192.0.2.1"}, id="41"), "api19", "vinix", "UC901")
    assert ("/id", "41") in [(problem.pointer, problem.value) for problem in found]


def test_the_way_back_to_the_same_carrier_has_no_leftovers() -> None:
    record = convirza(created_at="2026-01-01", mystery=1)
    assert said(record, "convirza-v2", "convirza-v2") == []


# Pointers, on every fixture.


def holds_value(there: Any, value: Any) -> bool:
    """Whether a value stands there or inside of it, or each of its parts does; or it is facts by path."""
    if same(there, value) or value is None:
        return True
    if isinstance(value, dict) and any(same(there, part) for part in value.values()):
        return True
    if isinstance(there, (dict, list)):
        parts = list(there.values()) if isinstance(there, dict) else there
        if any(holds_value(part, value) for part in parts):
            return True
        if isinstance(value, (dict, list)):
            return all(holds_value(there, part) for part in (value.values() if isinstance(value, dict) else value))
    return isinstance(there, str) and isinstance(value, str) and value in there


@crossings
def test_a_pointer_points_at_what_stood_there(source: str, target: str, record: Any) -> None:
    wrong = []
    for problem in unicall.translate(record, source, target).problems:
        there = resolve(record, problem.pointer)
        if there is MISSING:
            wrong.append((problem.code, problem.pointer, "nothing stands there"))
        elif not isinstance(there, (dict, list)) and problem.value is not None and not holds_value(there, problem.value):
            wrong.append((problem.code, problem.pointer, f"{there!r} is not {problem.value!r}"))
    assert wrong == []


@crossings
def test_only_the_bookkeeping_of_a_bare_record_has_the_root_pointer(source: str, target: str, record: Any) -> None:
    whole = [p for p in unicall.translate(record, source, target).problems if p.pointer == "" and p.code != "UC901"]
    found = [p for p in whole if not (p.code == "UC502" and p.value == record)]  # a recorded call is the document itself
    assert [(p.code, p.message) for p in found] == []


@crossings
def test_every_message_of_a_crossing_has_all_its_words(source: str, target: str, record: Any) -> None:
    found = [p.message for p in unicall.translate(record, source, target).problems]
    assert [message for message in found if "\n" in message or "None" in message or "there there" in message] == []


@crossings
def test_the_same_input_has_the_same_problems_and_is_not_touched(source: str, target: str, record: Any) -> None:
    before, given = text(record), copy.deepcopy(record)
    first, second = (unicall.translate(given, source, target) for _ in range(2))
    assert text(first.document) == text(second.document)
    assert first.problems == second.problems
    assert text(given) == before


@crossings
def test_no_problem_stands_twice(source: str, target: str, record: Any) -> None:
    found = [(p.code, p.pointer, p.message, text(p.value)) for p in unicall.translate(record, source, target).problems]
    assert len(set(found)) == len(found)


def test_the_ledger_of_a_flow_without_a_document_points_into_its_native_form() -> None:
    flow = Flow(
        name="Test",
        start="start",
        nodes={"start": Ring(targets=(RingTarget(PhoneNumber("+12025550142")),), exits={"busy": "h"}), "h": Hangup()},
    )
    native = find("unicall").emit(flow, "record").document
    problems = unicall.emit(flow, "api19").problems
    assert problems
    assert [p.pointer for p in problems if resolve(native, p.pointer) is MISSING and p.value is not None] == []


# What a rule did, and what arrived all the same.


def forwarding(root: dict[str, Any], **sections: Any) -> dict[str, Any]:
    """A Vinix bundle with two devices that forward."""
    devices = {
        str(n): {"name": "Phone", "call_forward": {"enabled": True, "number": f"+1202555015{n}", "require_keypress": False}}
        for n in range(2)
    }
    callflow = {"name": "Test", "numbers": ["+12025550142"], "flow": root}
    return {"callflow": callflow, "devices": devices, **sections}


def module(word: str, children: dict[str, Any] | None = None, **data: Any) -> dict[str, Any]:
    return {"module": word, "data": data, "children": children or {}}


def test_numbers_of_a_group_that_became_steps_are_not_lost() -> None:
    endpoints = [{"endpoint_type": "device", "id": str(n), "timeout": 15} for n in range(2)]
    group = module("ring_group", strategy="single", timeout=30, endpoints=endpoints)
    result = unicall.translate(forwarding(group), "vinix", "api19")
    routing = json.loads(result.document["json"])
    assert (routing["route1"], routing["route2"]) == ("2025550150", "2025550151")
    assert {p.code for p in result.problems} == {"UC204", "UC403", "UC901"}


@pytest.mark.parametrize("said_as", [{"cycle": "daily"}, {"cycle": "weekly", "wdays": list(reversed(DAYS))}])
def test_every_day_is_the_same_however_it_is_said(said_as: dict[str, Any]) -> None:
    rule = {"name": "r", "time_window_start": 28800, "time_window_stop": 61200, **said_as}
    children = {"r": module("device", id="0"), "_": module("device", id="1")}
    bundle = forwarding(module("temporal_route", children, rules=["r"], timezone="America/Denver"), temporal_rules={"r": rule})
    for target in ("convirza-v2", "convirza-v3"):
        assert [p.message for p in said(bundle, "vinix", target) if p.code == "UC308" or "weekdays" in p.message] == []


def test_six_days_are_not_every_day() -> None:
    hours = (Hours(name="open", recurrences=(Recurrence(frequency="daily", start=28800, end=61200),)),)
    flow = Flow(start="start", nodes={"start": Schedule(hours=hours, exits={})})
    six = Recurrence(frequency="weekly", weekdays=("MO", "TU", "WE", "TH", "FR", "SA"), start=28800, end=61200)
    other = evolve(hours[0], recurrences=(six,))
    assert in_one_way(flow.nodes["start"]) != in_one_way(Schedule(hours=(other,), exits={}))


@pytest.mark.parametrize(
    ("root", "code", "pointer"),
    [
        (module("disa", {"_": module("device", id="0")}), "UC214", "/callflow/flow/module"),
        (module("record_call", {"_": module("device", id="0")}), "UC217", "/callflow/flow/module"),
        (module("temporal_route", {"r": module("device", id="0")}, rules=["r"]), "UC209", "/callflow/flow/data/rules"),
    ],
)
def test_a_loss_points_at_what_makes_a_node_what_it_is(root: dict[str, Any], code: str, pointer: str) -> None:
    rules = {"r": {"name": "r", "cycle": "daily", "time_window_start": 28800, "time_window_stop": 61200}}
    assert [p.pointer for p in said(forwarding(root, temporal_rules=rules), "vinix", "api19", code)] == [pointer]


def test_what_only_a_vendor_has_is_said_where_its_name_stands_and_where_stands_what_it_is_told() -> None:
    root = module("disa", {"_": module("device", id="0")}, pin="4321")
    found = said(forwarding(root), "vinix", "api19", "UC214")
    assert [(p.pointer, p.value) for p in found] == [("/callflow/flow/module", "disa"), ("/callflow/flow/data", {"pin": "4321"})]


def test_what_a_menu_item_of_a_vendors_own_is_called_is_a_name_of_its_own() -> None:
    leaf = {"key": 1, "action": "teleport", "destination": "Away", "beam": {"to": "desk"}}
    menu = {"routable_type": "IvrRoute2", "message": "Press 1.", "ivrs": [leaf]}
    found = said(convirza(**menu), "convirza-v2", "vinix")
    assert [(p.pointer, p.value) for p in found if p.code == "UC311"] == [("/ivrs/0/destination", "Away")]
    assert [p.pointer for p in found if p.code == "UC214"] == ["/ivrs/0"]


@pytest.mark.parametrize(("strategy", "code"), [("single", "UC204"), ("weighted_random", "UC302")])
def test_the_order_of_a_group_is_said_where_it_stands_and_its_times_where_they_do(strategy: str, code: str) -> None:
    endpoints = [{"endpoint_type": "device", "id": str(n), "timeout": 15} for n in range(2)]
    group = module("ring_group", {"_": module("hangup")}, strategy=strategy, timeout=40, endpoints=endpoints)
    found = [p for p in said(forwarding(group), "vinix", "convirza-v2") if p.code in ("UC204", "UC302")]
    assert [(p.code, p.pointer) for p in found] == [(code, "/callflow/flow/data/strategy"), ("UC204", "/callflow/flow/data")]
    assert (found[0].value, found[1].value) == (strategy, {"timeout": 40, "targets.0.timeout": 15, "targets.1.timeout": 15})


def test_what_is_not_said_is_noted_at_what_it_would_be_said_of_in_both_documents() -> None:
    [found] = said(api19({"route1": "192.0.2.1"}), "api19", "vinix", "UC312")
    assert (found.pointer, found.target_pointer) == ("/json/route1", "/callflow/flow/data/id")


def test_a_default_of_a_menu_is_noted_at_the_menu_that_was_made() -> None:
    menu = {"message": "Press 1.", "ivrs": [{"key": 1, "action": "hangup"}]}
    found = said(convirza(routable_type="IvrRoute2", **menu), "convirza-v2", "vinix", "UC312")
    assert {p.target_pointer.rpartition("/")[0] for p in found if "number of tries" in p.message} == {"/menus"}


def test_a_counterpart_that_the_target_has_no_place_for_needs_no_other() -> None:
    tree = module("device", {"_": module("voicemail", id="v")}, id="0")
    given = {"vinix": {"mailbox": {"v": "77"}}}
    with_one = unicall.translate(forwarding(tree), "vinix", "convirza-v2", references=given).problems
    without = unicall.translate(forwarding(tree), "vinix", "convirza-v2").problems
    assert {p.code for p in without} - {p.code for p in with_one} == {"UC304"}
    assert [p.code for p in with_one if p.pointer.endswith("/children/_/data/id")] == ["UC605"]


@pytest.mark.parametrize("data", [{}, {"regex": ".*"}, None])
def test_what_is_said_of_a_module_that_says_nothing_stands_where_a_call_passes(data: Any) -> None:
    tree = {"module": "check_cid", "children": {"match": module("conference")}} | ({} if data is None else {"data": data})
    found = {p.code: p.pointer for p in said(forwarding(tree), "vinix", "api19") if p.code in ("UC222", "UC207")}
    place = {"UC222": "/callflow/flow/data/regex" if data else "/callflow/flow/module" if data == {} else "/callflow/flow"}
    assert found == place | {"UC207": "/callflow/flow/children/match/module"}


# How it reads.


WAYS = {"h1": "a", "otherwise": "b"}


def ringing(last: int) -> Ring:
    return Ring(targets=(RingTarget(PhoneNumber(f"+120255501{last:02}")),))


def test_a_flow_of_which_nothing_is_left_says_so_first_and_what_is_gone_once() -> None:
    found = said(api19({"route1": "192.0.2.1", "route1_wait": 20, "route2": "192.0.2.2"}), "api19", "convirza-v2")
    lost = [(one.code, one.pointer) for one in worst_first(found) if one.severity == Severity.LOST]
    assert lost == [("UC215", "/name"), ("UC303", "/json/route1"), ("UC303", "/json/route2")]


def test_a_time_is_told_as_it_is_meant_and_not_as_the_document_spells_it() -> None:
    forward = {f"d{n}": {"call_forward": {"enabled": True, "number": f"+1202555010{n}"}} for n in (1, 2)}
    ends = [{"endpoint_type": "device", "id": f"d{n}", "timeout": 25} for n in (1, 2)]
    root = module("ring_group", strategy="single", timeout=50, endpoints=ends)
    [change] = said(forwarding(root, devices=forward), "vinix", "convirza-v2", "UC301")[:1]
    assert change.message == "the ring time is 25 s here, 24 s there"


def test_a_rule_of_hours_is_told_in_words() -> None:
    rule = {
        "id": "r1",
        "name": "Open",
        "cycle": "weekly",
        "wdays": ["monday"],
        "time_window_start": 32400,
        "time_window_stop": 61200,
    }
    root = module("temporal_route", {"r1": module("user", id="u1"), "_": module("user", id="u2")}, rules=["r1"])
    told = [one.message for one in said(forwarding(root, temporal_rules={"r1": rule}), "vinix", "api19", "UC207")]
    assert "a rule of the hours is gone: MO 09:00 to 17:00" in told


def test_hours_that_calls_take_now_are_called_by_their_title() -> None:
    always = Recurrence(frequency="daily")
    hours = Schedule(hours=(Hours(name="h1", title="Open", recurrences=(always,)),), exits=WAYS)
    flow = Flow(name="Test", start="start", nodes={"start": hours, "a": ringing(1), "b": ringing(2)})
    [lost] = said(flow, None, "api19", "UC209")
    assert lost.message == 'API19 cannot hold hours here: all calls go as they do in "Open", which is open longest'


def test_exits_are_told_in_words() -> None:
    menu = Menu(exits={"1": "a", "exhausted": "b"})
    flow = Flow(name="Test", start="start", nodes={"start": menu, "a": ringing(1), "b": ringing(2)})
    [menus] = said(flow, None, "api19", "UC208")
    [exits] = said(flow, None, "convirza-v3", "UC221")
    assert menus.message == "API19 cannot hold a menu here: callers go on as after the last try"
    assert exits.message == "Convirza v3 cannot say what happens after the last try"


def test_a_label_of_a_step_is_no_recording() -> None:
    root = {**module("user", id="u1"), "label": "Gold desk"}
    codes = {one.code for one in said(forwarding(root), "vinix", "api19") if one.pointer.endswith("/label")}
    assert codes == {"UC901"}


def test_nobody_who_may_send_a_fax_is_silent() -> None:
    fax = {"name": "Fax", "emails_json": '["a@example.com"]', "emails_allowed_in": "[]"}
    assert said(fax, "api19", "vinix", "UC411") == []


# Said once, by its name.


def bundle(flow: dict[str, Any]) -> dict[str, Any]:
    return {"callflow": {"name": "Test", "numbers": ["+12025550142"], "flow": flow}}


def test_a_flow_that_leads_nowhere_is_said_where_the_target_has_a_word_for_where_calls_go() -> None:
    [found] = said(api19({"route1": ""}), "api19", "convirza-v2", "UC228")
    assert (found.severity, found.pointer, found.target_pointer) == (Severity.UNRESOLVED, "/name", "/default_ringto")
    words = "nothing rings or answers in the flow, and nobody can say what Convirza v2 does with an empty `default_ringto`"
    assert found.message == words


@pytest.mark.parametrize(("target", "codes"), [("vinix", []), ("convirza-v3", ["UC228"])])
def test_an_end_that_only_the_target_names_is_in_the_ledger_of_an_empty_flow(target: str, codes: list[str]) -> None:
    result = unicall.translate(api19({"route1": ""}), "api19", target)
    assert [problem.code for problem in result.problems if problem.code == "UC228"] == codes
    assert bool(result.comparison.behind) == bool(codes)


def test_a_flow_whose_targets_are_lost_is_not_called_empty() -> None:
    assert said(api19({"route1": "192.0.2.1"}), "api19", "convirza-v2", "UC228") == []


def test_a_mailbox_that_is_gone_with_its_branch_is_said_once() -> None:
    box = {"module": "voicemail", "data": {"id": "b", "action": "compose"}}
    flow = {"module": "menu", "data": {}, "children": {"1": {"module": "device", "data": {"id": "d"}}, "2": box}}
    found = [p for p in said(bundle(flow), "vinix", "api19") if p.pointer.startswith("/callflow/flow/children/2")]
    assert [(p.code, p.value, p.message) for p in found] == [("UC207", "b", 'voicemail is gone: "b"')]


def test_what_a_module_chose_by_is_told_apart_from_what_it_was_told() -> None:
    test = {"module": "branch_variable", "data": {"variable": "call_priority"}, "children": {"5": {"module": "hangup", "data": {}}}}
    flow = {"module": "menu", "data": {}, "children": {"1": {"module": "device", "data": {"id": "d"}}, "2": test}}
    found = {p.message for p in said(bundle(flow), "vinix", "api19") if "branch_variable" in p.message}
    assert 'the choice by `branch_variable` is gone: ["5"]' in found
    assert 'what `branch_variable` is told is gone: {variable: "call_priority"}' in found


@pytest.mark.parametrize("path", ["hours.0.recurrences.0.id", "hours.0.recurrences.0.title", "hours.0.title"])
def test_a_fact_inside_a_fact_has_a_name_that_people_read(path: str) -> None:
    assert not what_of(Schedule(hours=()), path).startswith("schedule")


SILENT = {"key": 1, "action": "simple", "target_did": 8015550142}
KEYS = {"1": {"module": "device", "data": {"id": "d1", "timeout": 18}, "children": {}}}


@pytest.mark.parametrize("target", ["convirza-v2", "convirza-v3"])
def test_a_prompt_that_the_carrier_plays_by_itself_at_a_menu_is_said_to_be_gone(target: str) -> None:
    node = {"module": "menu", "data": {"id": "m1"}, "children": KEYS}
    bundle: Any = {"callflow": {"name": "X", "numbers": ["+12125550100"], "flow": node}, "menus": {"m1": {"name": "M"}}}
    [found] = said(bundle, "vinix", target, "UC314")
    assert (found.pointer, found.severity) == ("/menus/m1", Severity.CHANGED)
    assert found.message == "the greeting is a prompt of Vinix's own here, nothing there"
    bundle["menus"] = {}
    assert said(bundle, "vinix", target, "UC314") == []


def test_a_menu_that_is_silent_is_said_to_get_the_prompt_that_the_carrier_plays_by_itself() -> None:
    silent = convirza(routable_type="IvrRoute2", message_enabled=False, ivrs=[SILENT])
    [found] = said(silent, "convirza-v2", "vinix", "UC314")
    assert (found.pointer, found.target_pointer) == ("/ivrs", "/menus/new:menu-start")
    assert found.message == "the greeting is nothing here, a prompt of Vinix's own there"
    assert said(silent, "convirza-v2", "convirza-v3", "UC314") == []
    there = unicall.translate(silent, "convirza-v2", "vinix", compare=True)
    assert [(p.met, p.unnoticed) for p in there.problems if p.code == "UC314"] == [("any call", False)]
    back = unicall.translate(there.document, "vinix", "convirza-v2", residue=there.residue)
    assert [problem.code for problem in back.problems] == []
