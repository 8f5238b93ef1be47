"""What counts as an edit, where it goes in the original, and what becomes of one that the original's carrier cannot say."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import unicall
from tests.conftest import FIXTURES
from tests.support import text, with_real_ids
from unicall.graph import (
    Announce,
    Conference,
    Flow,
    Menu,
    Node,
    PhoneNumber,
    Reference,
    Ring,
    RingTarget,
    Schedule,
    Speech,
    Split,
    Voicemail,
)
from unicall.hours import Hours, Recurrence
from unicall.problem import DocumentError
from unicall.translation import Translation

Edit = Callable[[Any], object]


def phone(last: int) -> RingTarget:
    return RingTarget(PhoneNumber(f"+1202555{last:04}"))


def ring(last: int, **facts: Any) -> Ring:
    return Ring(**{"targets": (phone(last),), "timeout": 18, **facts})


def flow(**nodes: Node) -> Flow:
    return Flow(name="Front desk", start="start", nodes=nodes)


def load(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text("utf-8"))


def after(document: Any, target: str, edit: Edit, source: str | None = None) -> tuple[Any, Translation]:
    """The way back of a document that was edited at the target."""
    there = unicall.translate(document, source, target)
    hand = copy.deepcopy(there.document)
    edit(hand)
    return there.document, unicall.translate(hand, target, there.source, residue=json.loads(json.dumps(there.residue)))


def codes(result: Translation) -> list[str]:
    return [problem.code for problem in result.problems]


HALL = flow(
    start=Menu(exits={"1": "hall", "2": "hall", "3": "other"}),
    hall=ring(101, exits={"otherwise": "box"}),
    box=Voicemail(),
    other=ring(103),
)


# What is no edit.

ROOFER = "convirza-v2/hunt/roofer_three_numbers_voicemail.json"
CITY = "convirza-v2/ivr/city_hall_every_node_field.json"


@pytest.mark.parametrize("name", [ROOFER, CITY, "api19/list/call_center_account.json"])
@pytest.mark.parametrize("whole", [True, False], ids=["bundle", "callflow alone"])
def test_ids_that_the_server_gave_are_no_edits(name: str, whole: bool) -> None:
    for parsed in unicall.parse_all(load(name)):
        record = parsed.document if not parsed.pointer else _inside(parsed.document, parsed.pointer)
        there = unicall.translate(record, parsed.provider, "vinix")
        hand = with_real_ids(there.document)
        hand = hand if whole else {"data": {"id": "f" * 32, **hand["callflow"]}, "status": "success"}
        back = unicall.translate(hand, "vinix", parsed.provider, residue=there.residue)
        assert text(back.document) == text(record)
        assert {problem.severity for problem in back.problems} <= {"note"}


def _inside(document: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


def test_ids_of_the_server_are_known_again_where_a_node_was_put_between() -> None:
    record = load(ROOFER)
    there = unicall.translate(record, "convirza-v2", "vinix")
    hand = with_real_ids(there.document)
    callflow = hand["callflow"]
    first = callflow["flow"]
    while first["module"] != "device":
        first = first["children"]["_"]
    first["children"]["_"] = {"module": "user", "data": {"id": "d" * 32, "timeout": 18}, "children": {"_": first["children"]["_"]}}
    back = unicall.translate({"data": callflow}, "vinix", "convirza-v2", residue=there.residue)
    assert back.document["overflowNumbers"] == record["overflowNumbers"]
    assert [problem.code for problem in back.problems if problem.severity != "note"] == ["UC604", "UC223"]


def test_another_order_of_keys_hides_no_id_of_the_server() -> None:
    record = load("convirza-v2/ivr/plumber_two_levels_whole_week.json")
    there = unicall.translate(record, target="vinix")
    callflow = json.loads(json.dumps(with_real_ids(there.document)["callflow"], sort_keys=True))
    back = unicall.translate({"data": callflow}, "vinix", "convirza-v2", residue=there.residue)
    assert text(back.document) == text(record[0] if isinstance(record, list) else record)
    assert back.problems == ()


def test_what_was_sent_as_a_request_comes_back_as_a_record() -> None:
    record = load("convirza-v2/ivr/hotel_single_level.json")
    there = unicall.translate(record, target="vinix", form="request")
    server = with_real_ids(unicall.translate(record, target="vinix").document)
    back = unicall.translate(server, "vinix", "convirza-v2", residue=there.residue)
    assert text(back.document) == text(record)
    assert {problem.severity for problem in back.problems} <= {"note"}


def test_a_new_key_with_an_id_of_its_own_does_not_hide_the_ids_of_the_others() -> None:
    record = load("convirza-v2/ivr/hotel_single_level.json")
    there = unicall.translate(record, target="vinix")
    callflow = with_real_ids(there.document)["callflow"]
    tree = callflow["flow"]
    while tree["module"] != "menu":
        tree = tree["children"]["_"]
    tree["children"]["4"] = {"module": "device", "data": {"id": "d" * 32, "timeout": 18}, "children": {}}
    back = unicall.translate({"data": callflow}, "vinix", "convirza-v2", residue=there.residue)
    assert text(back.document) == text(record)
    assert [problem.code for problem in back.problems if problem.severity != "note"] == ["UC223", "UC221"]
    given = {"vinix": {"device": {"d" * 32: "+12025550166"}}}
    back = unicall.translate({"data": callflow}, "vinix", "convirza-v2", residue=there.residue, references=given)
    assert [option["value"] for option in back.document["ivr_route"]["options"]] == [1, 2, 3, 0, 4]


def _item(key: int, last: int, **more: Any) -> Any:
    return {"key": key, "action": "simple", "destination": f"Desk {last}", "target_did": 2025550100 + last, **more}


def _items(key: int, name: str, *items: Any) -> Any:
    return {"key": key, "action": "interactiveVoice", "destination": name, "message": f"{name}.", "ivrData": list(items)}


def _exchanged_keys(hand: Any) -> None:
    children = hand["callflow"]["flow"]["children"]
    children["1"], children["3"] = children["3"], children["1"]


def _exchanged_steps(hand: Any) -> None:
    first = hand["callflow"]["flow"]["children"]["3"]["children"]["_"]
    second = first["children"]["_"]
    first["data"], second["data"] = second["data"], first["data"]


_MORE = [{"overflowNumber": 2025550150, "rings": 2}, {"overflowNumber": 2025550151, "rings": 4}]


@pytest.mark.parametrize(
    ("edit", "items"),
    [
        (_exchanged_keys, [_item(1, 1), _item(3, 3)]),
        (_exchanged_keys, [_item(1, 1), _item(2, 2), _item(3, 3, voicemail_enabled=True)]),
        (_exchanged_keys, [_items(1, "Sales", _item(1, 11), _item(2, 12)), _item(3, 3)]),
        (_exchanged_keys, [_items(1, "Sales", _item(1, 11), _item(2, 12)), _items(3, "Parts", _item(1, 31), _item(4, 34))]),
        (_exchanged_keys, [_item(1, 1, overflowNumbers=_MORE), _item(3, 3)]),
        (_exchanged_steps, [_item(1, 1), _item(3, 3, overflowNumbers=_MORE)]),
    ],
)
def test_what_changed_places_in_a_callflow_alone_is_found_by_what_it_says_and_that_is_said(edit: Edit, items: list[Any]) -> None:
    record = [{"call_flow_name": "Desks", "message": "Press.", "number": {"phone_number": 2025550100}, "ivrs": items}]
    there = unicall.translate(record, target="vinix")
    hand = copy.deepcopy(there.document)
    edit(hand)
    whole = unicall.translate(hand, "vinix", "convirza-v2", residue=there.residue)
    alone = unicall.translate({"data": with_real_ids(hand)["callflow"]}, "vinix", "convirza-v2", residue=there.residue)
    assert text(alone.document) == text(whole.document)
    assert "UC604" in codes(alone)


def _submenu(key: int, name: str, back: int, *items: Any) -> Any:
    return _items(key, name, *({"go_back_key": back} | item for item in items))


def _outlined(hand: Any) -> list[Any]:
    """What is behind the keys of the callflows that unicall made of parts with a way back."""
    return [part["flow"]["children"] for part in hand["callflows"].values() if "9" in part["flow"]["children"]]


def _without_key_2(hand: Any) -> None:
    for children in _outlined(hand):
        del children["2"]


def _exchanged_in_parts(hand: Any) -> None:
    for children in _outlined(hand):
        children["1"], children["2"] = children["2"], children["1"]


def _without_key_2_of_the_second(hand: Any) -> None:
    del _outlined(hand)[-1]["2"]


def _renamed_and_without_key_2(hand: Any) -> None:
    _without_key_2(hand)
    for part in hand["callflows"].values():
        part["name"] = "Mine"


def _another_number_and_without_menus(hand: Any) -> None:
    hand["devices"]["new:device-12025550111"]["call_forward"]["number"] = "+12025550177"
    del hand["menus"], hand["media"]


_KIDS = _submenu(1, "Kids", 9, _item(1, 11), _submenu(2, "Ages", 8, _item(1, 12), _item(2, 13)))


@pytest.mark.parametrize("signed", [False, True], ids=["as written", "as a live account signs it"])
@pytest.mark.parametrize(
    "edit",
    [
        _without_key_2,
        _exchanged_in_parts,
        _without_key_2_of_the_second,
        _renamed_and_without_key_2,
        _another_number_and_without_menus,
    ],
)
@pytest.mark.parametrize("items", [[_KIDS], [_KIDS, _KIDS | {"key": 3}]], ids=["one part", "two parts that look alike"])
def test_an_edit_inside_a_part_that_became_a_callflow_is_the_same_edit_under_ids_of_the_server(
    edit: Edit, items: list[Any], signed: bool
) -> None:
    record = [{"call_flow_name": "Clinic", "message": "Press.", "number": {"phone_number": 2025550100}, "ivrs": items}]
    there = unicall.translate(record, target="vinix")
    assert len(there.document["callflows"]) == 1 + len(items)
    hand = copy.deepcopy(there.document)
    edit(hand)
    mine = unicall.translate(hand, "vinix", "convirza-v2", residue=there.residue)
    server = with_real_ids(hand)
    for part in server["callflows"].values() if signed else ():
        part["patterns"] = [pattern.replace("$", "@account$") for pattern in part["patterns"]]
    theirs = unicall.translate(server, "vinix", "convirza-v2", residue=there.residue)
    assert text(theirs.document) == text(mine.document) != text(record)
    assert [problem.severity for problem in theirs.problems if problem.severity != "note"] == []


def test_settings_are_kept_with_what_they_made() -> None:
    record = load("convirza-v2/schedule/pediatrics_flat_minutes.json")
    days = {str(number): day for number, day in enumerate(("SU", "MO", "TU", "WE", "TH", "FR", "SA"))}
    known = {"schedule_zones": {"5": "America/Denver"}, "schedule_days": days, "schedule_times": "minutes"}
    there = unicall.translate(record, target="vinix", settings={"convirza-v2": known})
    back = unicall.translate(there.document, "vinix", "convirza-v2", residue=json.loads(json.dumps(there.residue)))
    assert text(back.document) == text(record)
    assert back.problems == ()


def test_an_id_in_the_place_of_a_made_up_one_is_an_edit_where_its_document_says_something_else() -> None:
    def another(hand: Any) -> None:
        made = next(iter(hand["devices"]))
        hand["devices"]["a" * 32] = {"name": "Lobby", "device_type": "softphone"}
        hand.update(json.loads(text(hand["callflow"]).join(['{"callflow":', "}"]).replace(f'"{made}"', f'"{"a" * 32}"')))

    _, back = after(SIMPLE, "vinix", another)
    assert text(back.document) != text(SIMPLE)
    assert "UC223" in codes(back) or "UC304" in codes(back)


SIMPLE = {
    "call_flow_id": 77, "call_flow_name": "Front desk", "dnis": "2025550100", "routable_type": "SimpleRoute",
    "default_ringto": "2025550101", "rota": "unknown to anybody",
}  # fmt: skip


def test_what_the_server_adds_beside_is_no_edit() -> None:
    def server(hand: Any) -> None:
        hand["callflow"] |= {"id": "e" * 32, "metadata": {}, "ui_metadata": {"origin": "portal"}, "_read_only": {"created": 1}}

    _, back = after(SIMPLE, "vinix", server)
    assert text(back.document) == text(SIMPLE)
    assert {problem.severity for problem in back.problems} <= {"note"}


def test_what_the_server_adds_is_not_written_into_a_flow_of_unicall() -> None:
    there = unicall.translate(HALL, target="vinix")
    hand = with_real_ids(there.document)
    hand["callflow"] |= {"id": "e" * 32, "ui_metadata": {"origin": "portal"}}
    for menu in hand["menus"].values():
        menu |= {"id": "f" * 32, "ui_metadata": {"origin": "portal"}}
    back = unicall.translate(hand, "vinix", "unicall", residue=there.residue)
    assert back.document == unicall.translate(HALL, target="unicall").document
    assert {problem.severity for problem in back.problems} <= {"note"}


def test_another_order_of_keys_is_no_edit() -> None:
    def turned(hand: Any) -> None:
        hand["callflow"] = dict(reversed(hand["callflow"].items()))

    _, back = after(SIMPLE, "vinix", turned)
    assert text(back.document) == text(SIMPLE)
    assert back.problems == ()


OUTBOUND: Any = SIMPLE | {"routable_type": "OutboundRoute", "outbound": {"set_caller_id": "2025550132", "pin": "4321"}}


def _sorted_keys(hand: Any) -> None:
    text_of_it = json.dumps(hand, sort_keys=True)
    hand.clear()
    hand.update(json.loads(text_of_it))


@pytest.mark.parametrize("edit", [_sorted_keys, lambda hand: hand.update(outbound=dict(reversed(hand["outbound"].items())))])
def test_another_order_of_keys_in_what_only_one_vendor_has_is_no_edit(edit: Edit) -> None:
    _, back = after(OUTBOUND, "convirza-v3", edit)
    assert text(back.document) == text(OUTBOUND)
    assert back.problems == ()


def test_a_flow_that_says_little_is_known_again_by_what_only_its_vendor_has_in_any_order_of_keys() -> None:
    def both(hand: Any) -> None:
        hand.update(provisioned_route_name="Reception", phone_number="12025550177")
        _sorted_keys(hand)

    _, back = after(OUTBOUND, "convirza-v3", both)
    assert back.document == OUTBOUND | {"call_flow_name": "Reception", "dnis": "2025550177"}


# What an edit changes, and what it leaves alone.


def test_a_new_name_is_the_only_thing_that_changes() -> None:
    _, back = after(SIMPLE, "vinix", lambda hand: hand["callflow"].update(name="Reception"))
    assert back.document == SIMPLE | {"call_flow_name": "Reception"}
    assert list(back.document) == list(SIMPLE)


def test_a_document_that_comes_with_an_edit_counts_where_none_was_written_beside_the_flow() -> None:
    def rings(hand: Any) -> None:
        assert list(hand) == ["callflow"]
        hand["callflow"]["flow"] = {"module": "device", "data": {"id": "d" * 32, "timeout": 18}, "children": {}}
        hand["devices"] = {
            "d" * 32: {"name": "Desk", "call_forward": {"enabled": True, "require_keypress": False, "number": "+12025550166"}}
        }

    _, back = after(SIMPLE | {"default_ringto": "hangup"}, "vinix", rings)
    assert back.document["default_ringto"] == "2025550166"
    assert "UC223" not in codes(back)


BOX: Any = SIMPLE | {"voicemail_enabled": True, "voicemail_rings": 4}


def _a_minute(hand: Any) -> None:
    steps_of(hand)[-2]["data"]["timeout"] = 60


@pytest.mark.parametrize("form", ["record", "request"])
@pytest.mark.parametrize("more", [{}, {"overflowNumbers": [{"overflowNumber": 2025550102, "rings": 2}]}])
def test_what_follows_from_the_rings_before_voicemail_follows_an_edit_of_them(more: Any, form: str) -> None:
    record: Any = BOX | {"ring_delay": 24} | more
    if form == "request":
        kept = {key: value for key, value in record.items() if key not in ("call_flow_id", "dnis")}
        record = [kept | {"isSimultaneous": False, "campaign_id": 1}]
    _, back = after(record, "vinix", _a_minute)
    said = {"voicemail_rings": 10, "ring_delay": 60}
    assert back.document == ([record[0] | said] if form == "request" else record | said)
    assert back.problems == ()


def test_what_did_not_follow_from_the_rings_before_voicemail_stays_and_that_is_said() -> None:
    _, back = after(BOX | {"ring_delay": 20}, "vinix", _a_minute)
    assert back.document == BOX | {"voicemail_rings": 10, "ring_delay": 20}
    (problem,) = back.problems
    assert (problem.code, problem.pointer, problem.target_pointer) == ("UC109", "/callflow/flow/data/timeout", "/ring_delay")
    assert (
        problem.message
        == "20 contradicts 10 rings before voicemail: it did not follow from them before the edit, and stays as it was"
    )


def test_an_edit_of_something_else_leaves_alone_what_did_not_follow_from_the_rings_before_voicemail() -> None:
    _, back = after(BOX | {"ring_delay": 20}, "vinix", lambda hand: hand["callflow"].update(name="Reception"))
    assert back.document == BOX | {"ring_delay": 20, "call_flow_name": "Reception"}
    assert back.problems == ()


def test_another_number_to_ring_is_the_only_thing_that_changes() -> None:
    def other(hand: Any) -> None:
        next(iter(hand["devices"].values()))["call_forward"]["number"] = "+12025550155"

    _, back = after(SIMPLE, "vinix", other)
    assert back.document == SIMPLE | {"default_ringto": "2025550155"}
    assert back.problems == ()


def test_what_the_other_carrier_could_not_hold_stays_where_it_was() -> None:
    whole = flow(
        start=ring(101, exits={"otherwise": "sorry"}),
        sorry=Announce(prompt=Speech("Still trying."), exits={"next": "second"}),
        second=ring(102),
    )

    def put_between(hand: Any) -> None:
        routing = {"route1": "+12025550101", "route1_wait": 18, "route2": "192.0.2.9", "route2_wait": 12}
        hand["json"] = json.dumps(routing | {"route3": "+12025550102", "route3_wait": 18})

    _, back = after(whole, "api19", put_between)
    chain = [back.flow.nodes["start"]]
    while chain[-1].exits:
        chain.append(back.flow.nodes[next(iter(chain[-1].exits.values()))])
    assert [type(node).__name__ for node in chain] == ["Ring", "Announce", "Ring", "Ring"]
    assert isinstance(chain[3], Ring) and chain[3].targets == (phone(102),)


def test_a_step_at_the_end_goes_before_what_the_other_carrier_never_had() -> None:
    whole = flow(start=ring(101, exits={"otherwise": "box"}), box=Voicemail())

    def one_more(hand: Any) -> None:
        hand["json"] = json.dumps({"route1": "+12025550101", "route1_wait": 18, "route2": "+12025550102", "route2_wait": 12})

    _, back = after(whole, "api19", one_more)
    added = back.flow.nodes[back.flow.nodes["start"].exits["otherwise"]]
    assert isinstance(added, Ring) and added.targets == (phone(102),)
    assert added.exits == {"otherwise": "box"}


def test_a_new_key_does_not_hide_what_the_original_has_under_it() -> None:
    room = Conference(room=Reference("unicall", "room", "r"))
    whole = flow(start=Menu(exits={"1": "one", "5": "room"}), one=ring(101), room=room)

    def five(hand: Any) -> None:
        hand["ivrs"].append({"key": 5, "action": "simple", "target_did": "2025550155", "play_disclaimer": "never"})

    _, back = after(whole, "convirza-v2", five)
    assert back.flow.nodes == whole.nodes
    (problem,) = (problem for problem in back.problems if problem.severity != "note")
    assert (problem.code, bool(problem.pointer), bool(problem.target_pointer)) == ("UC601", True, True)


def test_an_exchange_of_keys_and_an_edit_at_once_lose_no_branch() -> None:
    whole = flow(start=Menu(exits={"1": "one", "2": "two", "3": "three"}), one=ring(101), two=ring(102), three=ring(103))

    def exchange(hand: Any) -> None:
        children = hand["callflow"]["flow"]["children"]
        children["2"], children["3"] = children["3"], children["2"]
        children["2"]["data"]["timeout"] = 42

    _, back = after(whole, "vinix", exchange)
    menu = back.flow.nodes["start"]
    rung = {key: back.flow.nodes[to] for key, to in menu.exits.items()}
    assert {key: (node.targets, node.timeout) for key, node in rung.items() if isinstance(node, Ring)} == {
        "1": ((phone(101),), 18), "2": ((phone(103),), 42), "3": ((phone(102),), 18),
    }  # fmt: skip


OFFICE: Any = {
    "provisioned_route_name": "Office", "route_type": "schedule", "status": "active", "phone_number": "12025550100",
    "schedule_route": {
        "timezone": "America/Denver", "default_ring_to": "12025550171",
        "schedules": [
            {"schedule_days": ["Mon-Fri"], "start_time": "08:00", "end_time": "17:00", "ring_to": "12025550172"},
            {"schedule_days": ["Sat"], "start_time": "09:00", "end_time": "12:00", "ring_to": "12025550174"},
        ],
    },
}  # fmt: skip
DESK: Any = {
    "callflow": {
        "name": "Desk", "numbers": ["+12025550100"],
        "flow": {
            "module": "temporal_route", "data": {"timezone": "America/Denver", "rules": ["week", "saturday"]},
            "children": {
                key: {"module": "device", "data": {"id": digit * 32, "timeout": 20}, "children": {}}
                for key, digit in (("week", "2"), ("saturday", "4"), ("_", "1"))
            },
        },
    },
    "temporal_rules": {
        key: {"id": key, "name": key, "cycle": "weekly", "wdays": days, "time_window_start": opens, "time_window_stop": closes}
        for key, days, opens, closes in (("week", ["monday", "friday"], 28800, 61200), ("saturday", ["saturday"], 32400, 43200))
    },
    "devices": {
        digit * 32: {"id": digit * 32, "name": digit, "call_forward": {"enabled": True, "number": f"+1202555017{digit}"}}
        for digit in "124"
    },
}  # fmt: skip


def both_exchanged_at_vinix(hand: Any) -> None:
    tree = hand["callflow"]["flow"]
    rules, children = tree["data"]["rules"], tree["children"]
    children[rules[0]], children[rules[1]] = children[rules[1]], children[rules[0]]
    rules.reverse()


def test_hours_in_another_order_and_an_exchange_of_their_branches_both_arrive() -> None:
    _, back = after(OFFICE, "vinix", both_exchanged_at_vinix)
    schedules = [(entry["schedule_days"], entry["ring_to"]) for entry in back.document["schedule_route"]["schedules"]]
    assert schedules == [(["Sat"], "12025550172"), (["Mon-Fri"], "12025550174")]
    assert back.problems == ()


@pytest.mark.parametrize("new", [False, True], ids=["exchanged", "one moved to new hours"])
def test_branches_that_changed_places_stand_under_the_names_that_the_original_has_for_its_hours(new: bool) -> None:
    def exchange(hand: Any) -> None:
        schedules = hand["schedule_route"]["schedules"]
        if new:
            schedules.insert(0, schedules[0] | {"schedule_days": ["Sun"], "ring_to": "12025550190"})
        else:
            schedules.reverse()
        schedules[0]["ring_to"], schedules[1]["ring_to"] = schedules[1]["ring_to"], schedules[0]["ring_to"]

    _, back = after(DESK, "convirza-v3", exchange)
    again = unicall.translate(back.document, "vinix", "convirza-v3").document["schedule_route"]["schedules"]
    heard = [(entry["schedule_days"], entry["ring_to"]) for entry in again]
    assert heard == (
        [(["Sun"], "12025550172"), (["Mon", "Fri"], "12025550190"), (["Sat"], "12025550174")]
        if new
        else [(["Sat"], "12025550172"), (["Mon", "Fri"], "12025550174")]
    )
    assert {problem.severity for problem in back.problems} <= {"note"}


def test_all_copies_of_a_schedule_may_be_rearranged_alike() -> None:
    hours = tuple(
        Hours(name=name, recurrences=(Recurrence(frequency="weekly", weekdays=(day,), start=28800, end=43200),))
        for name, day in (("week", "MO"), ("weekend", "SA"))
    )
    office = Schedule(timezone="America/Denver", hours=hours, exits={"week": "one", "weekend": "two", "otherwise": "three"})
    start = Menu(exits={"1": "office", "2": "office"})
    whole = flow(start=start, office=office, one=ring(101), two=ring(102), three=ring(103))

    def both(hand: Any) -> None:
        for item in hand["ivrs"]:
            schedules = item["schedule_route"]["schedules"]
            schedules.reverse()
            schedules[0]["ring_to"], schedules[1]["ring_to"] = schedules[1]["ring_to"], schedules[0]["ring_to"]

    _, back = after(whole, "convirza-v3", both)
    menu = back.flow.nodes["start"]
    assert menu.exits["1"] == menu.exits["2"]
    now = back.flow.nodes[menu.exits["1"]]
    assert isinstance(now, Schedule) and [one.name for one in now.hours] == ["weekend", "week"]
    assert {label: back.flow.nodes[to] for label, to in now.exits.items()} == {
        "weekend": ring(101), "week": ring(102), "otherwise": ring(103),
    }  # fmt: skip


def phones(flow: Any) -> Any:
    """A Vinix bundle with three devices that somebody owns, and of whom a key press is asked."""
    forward = {"enabled": True, "keep_caller_id": True}
    devices = {
        f"d{digit}": {"id": f"d{digit}", "name": f"Bob {digit}", "owner_id": "u1", "call_forward": forward | {"number": number}}
        for digit, number in ((digit, f"+1202555010{digit}") for digit in "123")
    }
    return {"callflow": {"name": "Team", "numbers": ["+12025550100"], "flow": flow}, "devices": devices}


def ring_group(*members: str) -> Any:
    endpoints = [{"endpoint_type": "user" if key[0] == "u" else "device", "id": key, "timeout": 20} for key in members]
    data = {"strategy": "simultaneous", "timeout": 20, "endpoints": endpoints}
    return {"module": "ring_group", "data": data, "children": {}}


@pytest.mark.parametrize("members", [("d1", "d2", "d3"), ("d1", "d2", "d3", "u9"), ("u9", "d1", "d2", "d3")])
@pytest.mark.parametrize("many", [1, 2])
def test_another_number_in_a_group_goes_into_the_device_that_rang(members: tuple[str, ...], many: int) -> None:
    record = phones(ring_group(*members))

    def others(hand: Any) -> None:
        for index in range(many):
            hand["overflowNumbers"][index]["overflowNumber"] = 2025550190 + index

    _, back = after(record, "convirza-v2", others)
    expected = copy.deepcopy(record)
    for index in range(many):
        expected["devices"][f"d{index + 2}"]["call_forward"]["number"] = f"+1202555019{index}"
    assert text(back.document) == text(expected)
    assert back.problems == ()


LISTED = {"convirza-v2": ("overflowNumbers", "overflowNumber"), "convirza-v3": ("overflow_numbers", "phone_number")}


def _members_exchanged(members: list[Any]) -> None:
    members[0], members[2] = members[2], members[0]


@pytest.mark.parametrize("edit", [_members_exchanged, lambda members: members.pop(1)], ids=["exchanged", "one gone"])
@pytest.mark.parametrize("source", LISTED)
def test_what_stands_beside_a_number_that_rings_with_others_goes_where_the_number_goes(source: str, edit: Edit) -> None:
    listed, number = LISTED[source]
    entries = [entry | {"desk": index} for index, entry in enumerate(LONG[source][listed][:3])]
    record = LONG[source] | {"hunt_type": "simultaneous", listed: entries}
    _, back = after(record, "vinix", lambda hand: edit(hand["callflow"]["flow"]["data"]["endpoints"]))
    desks = {str(entry[number])[-10:]: entry["desk"] for entry in entries}
    rung = [str(back.document.get("default_ringto", back.document.get("ring_to")))[-10:]]
    rung += [str(entry[number])[-10:] for entry in back.document[listed]]
    assert [entry.get("desk") for entry in back.document[listed]] == [desks.get(one) for one in rung[1:]]
    assert [problem.value for problem in back.problems if problem.code == "UC501"] == [
        desk for one, desk in desks.items() if one not in rung[1:]
    ]


@pytest.mark.parametrize("target", ["convirza-v2", "convirza-v3"])
def test_who_came_into_a_group_that_others_left_is_named_with_those_that_are_gone(target: str) -> None:
    def fewer(hand: Any) -> None:
        listed, number = ("overflowNumbers", "overflowNumber") if target == "convirza-v2" else ("overflow_numbers", "phone_number")
        del hand[listed][0]
        hand[listed][0][number] = "12025550190"

    _, back = after(phones(ring_group("d1", "d2", "d3")), target, fewer)
    (problem,) = (problem for problem in back.problems if problem.code == "UC610")
    assert (problem.value, problem.severity) == (["+12025550102", "+12025550103"], "unresolved")
    assert problem.pointer.startswith("/overflow")
    assert problem.target_pointer.startswith("/callflow/flow")
    assert "+12025550190" in problem.message


@pytest.mark.parametrize("target", ["vinix", "the other format"])
@pytest.mark.parametrize("beside", [{}, {"desk": "left"}, None], ids=["nothing", "the same", "something else"])
@pytest.mark.parametrize("source", LISTED)
def test_who_came_into_a_group_is_named_only_where_something_tells_apart_those_that_are_gone(
    source: str, beside: Any, target: str
) -> None:
    listed = LISTED[source][0]
    entries = [entry | ({"desk": index} if beside is None else beside) for index, entry in enumerate(LONG[source][listed][:3])]
    record = LONG[source] | {"hunt_type": "simultaneous", listed: entries}
    other = next(one for one in LISTED if one != source) if target != "vinix" else target

    def fewer(hand: Any) -> None:
        if other == "vinix":
            endpoints = hand["callflow"]["flow"]["data"]["endpoints"]
            del endpoints[1]
            hand["devices"][endpoints[1]["id"]]["call_forward"]["number"] = "+12025550190"
        else:
            del hand[LISTED[other][0]][0]
            hand[LISTED[other][0]][0][LISTED[other][1]] = "12025550190"

    _, back = after(record, other, fewer)
    assert ("UC610" in codes(back)) == (beside is None)


def hunt(**times: int) -> Any:
    """A Vinix bundle whose devices ring one after the other, so many seconds each."""
    steps: Any = {}
    for key, seconds in reversed(times.items()):
        steps = {"_": {"module": "device", "data": {"id": key, "timeout": seconds}, "children": steps}}
    record = phones(steps["_"])
    forward = {"enabled": True, "keep_caller_id": True, "number": "+12025550104"}
    record["devices"]["d4"] = {"id": "d4", "name": "Bob 4", "owner_id": "u1", "call_forward": forward}
    return record


def steps_of(record: Any) -> list[Any]:
    """The steps of a Vinix hunt, the first one first."""
    found = [record["callflow"]["flow"]]
    while "_" in found[-1]["children"]:
        found.append(found[-1]["children"]["_"])
    return found


@pytest.mark.parametrize("gone", [2, 3])
@pytest.mark.parametrize("target", LISTED)
def test_a_step_with_a_new_number_is_known_by_its_time_where_another_is_gone(target: str, gone: int) -> None:
    listed, number = LISTED[target]
    record = hunt(d1=18, d2=12, d3=30, d4=24)

    def shorter(hand: Any) -> None:
        entries = hand[listed]
        entries[3 - gone][number] = "12025550190"
        entries[gone - 1]["rings"] = entries[gone - 2]["rings"]
        del entries[gone - 2]

    _, back = after(record, target, shorter)
    stays = f"d{5 - gone}"
    assert [step["data"] for step in steps_of(back.document)] == [
        step["data"] for step in steps_of(record) if step["data"]["id"] != f"d{gone}"
    ]
    forward = record["devices"][stays]["call_forward"] | {"number": "+12025550190"}
    assert back.document["devices"][stays] == record["devices"][stays] | {"call_forward": forward}


@pytest.mark.parametrize("source", LISTED)
@pytest.mark.parametrize("more", [False, True], ids=["another is gone", "another came"])
def test_a_device_with_a_new_number_is_the_same_step_where_another_came_or_is_gone(source: str, more: bool) -> None:
    listed, number = LISTED[source]
    record = LONG[source] | {listed: [entry | {"desk": index} for index, entry in enumerate(LONG[source][listed][:3])]}

    def edit(hand: Any) -> None:
        steps = steps_of(hand)
        hand["devices"][steps[2]["data"]["id"]]["call_forward"]["number"] = "+12025550190"
        if more:
            _put_before({"callflow": {"flow": steps[1]}, "devices": hand["devices"]})
            hand["devices"]["d" * 32]["call_forward"]["number"] = "+12025550191"
        else:
            steps[0]["children"] = steps[1]["children"]

    _, back = after(record, "vinix", edit)
    desks = {str(entry[number])[-4:]: entry.get("desk") for entry in back.document[listed]}
    assert desks == ({"0102": 0, "0191": None, "0190": 1, "0104": 2} if more else {"0190": 1, "0104": 2})


def test_who_rings_one_after_the_other_now_rings_at_the_devices_they_had() -> None:
    record = phones(ring_group("d1", "d2", "d3", "u9"))

    def rollover(hand: Any) -> None:
        hand["hunt_type"] = "rollover"

    _, back = after(record, "convirza-v2", rollover)
    first = back.document["callflow"]["flow"]
    assert [member["id"] for member in first["data"]["endpoints"]] == ["d1", "u9"]
    second = first["children"]["_"]
    assert [second["data"]["id"], second["children"]["_"]["data"]["id"]] == ["d2", "d3"]
    assert back.document["devices"] == record["devices"]


def test_who_rings_together_now_rings_at_the_devices_they_had() -> None:
    steps: Any = {}
    for key in ("d3", "d2", "d1"):
        steps = {"_": {"module": "device", "data": {"id": key, "timeout": 20}, "children": steps}}
    record = phones(steps["_"])

    def together(hand: Any) -> None:
        hand["hunt_type"] = "simultaneous"

    _, back = after(record, "convirza-v3", together)
    group = back.document["callflow"]["flow"]
    assert [member["id"] for member in group["data"]["endpoints"]] == ["d1", "d2", "d3"]
    assert back.document["devices"] == record["devices"]


@pytest.mark.parametrize("order", ["one after the other", "a group in turn"])
def test_a_last_step_keeps_its_time_where_nothing_follows_it_any_more(order: str) -> None:
    box = {"module": "voicemail", "data": {"id": "b" * 32, "action": "compose"}, "children": {}}
    last = {"module": "device", "data": {"id": "d2", "timeout": 11}, "children": {"_": box}}
    hunt = {"module": "device", "data": {"id": "d1", "timeout": 14}, "children": {"_": last}}
    group = ring_group("d1", "d2")
    for member in group["data"]["endpoints"]:
        member["timeout"] = 11
    group |= {"data": group["data"] | {"strategy": "single", "timeout": 30}, "children": {"_": box}}
    record = phones(hunt if order == "one after the other" else group)
    del record["devices"]["d3"]

    def off(hand: Any) -> None:
        hand["voicemail_enabled"] = False

    _, back = after(record, "convirza-v2", off)
    expected = copy.deepcopy(record)
    end = expected["callflow"]["flow"]
    while end["children"]["_"]["module"] != "voicemail":
        end = end["children"]["_"]
    del end["children"]["_"]
    assert text(back.document) == text(expected)
    assert {problem.severity for problem in back.problems} <= {"note"}


def test_a_last_step_that_another_follows_now_rings_as_long_as_it_does_there() -> None:
    """Nobody said how long: 20 s at Vinix, and 18 s at Convirza, which it takes to be three rings."""
    numbers = [{"phone_number": f"1202555017{n}", "rings": 1} for n in (1, 2)]
    hunt = {"route_type": "simple", "hunt_type": "rollover", "ring_to": "12025550170", "overflow_numbers": numbers}
    record = {"provisioned_route_name": "Desks", "phone_number": "12025550100"} | hunt

    def exchanged(hand: Any) -> None:
        second = hand["callflow"]["flow"]["children"]["_"]
        last = second["children"]["_"]
        second["data"], last["data"] = last["data"], second["data"]

    _, back = after(record, "vinix", exchanged)
    assert back.document["overflow_numbers"] == [numbers[1], {"phone_number": "12025550171", "rings": 3}]
    (said,) = [problem for problem in back.problems if problem.target_pointer == "/overflow_numbers/1/rings"]
    assert (said.code, said.message) == ("UC301", "the ring time is 20 s here, 18 s there")


def three_phones(*times: int, box: bool = False) -> Any:
    """A Vinix bundle with three devices that ring one after the other for so long, and voicemail behind them."""
    steps: Any = {"_": {"module": "voicemail", "data": {"id": "b" * 32, "action": "compose"}, "children": {}}} if box else {}
    for key, time in reversed(list(zip(("d1", "d2", "d3"), times, strict=True))):
        steps = {"_": {"module": "device", "data": {"id": key, "timeout": time}, "children": steps}}
    return phones(steps["_"])


def device_times(document: Any) -> list[tuple[str, int | None]]:
    """The devices that ring one after the other, and how long."""
    data = [step["data"] for step in steps_of(document) if step["module"] == "device"]
    return [(each["id"], each.get("timeout")) for each in data]


def test_a_last_step_of_which_the_other_carrier_said_no_time_rings_as_long_as_it_says_now() -> None:
    """Convirza says how long a number rings with the one after it: nobody could have edited the 40 s of the last."""
    record = three_phones(20, 14, 40)
    _, back = after(record, "convirza-v2", lambda hand: hand["overflowNumbers"].reverse())
    assert device_times(back.document)[:2] == [("d1", 12), ("d3", 18)]
    assert back.document["devices"] == record["devices"]


@pytest.mark.parametrize("times", [(18, 18, 18), (18, 12, 42)])
def test_steps_that_changed_places_stay_the_phones_that_they_are_whatever_their_times(times: tuple[int, int, int]) -> None:
    record = three_phones(*times, box=True)
    _, back = after(record, "convirza-v2", lambda hand: hand["overflowNumbers"].reverse())
    assert [device for device, _ in device_times(back.document)] == ["d1", "d3", "d2"]
    assert back.document["devices"] == record["devices"]


def test_what_follows_a_ring_now_comes_before_what_the_other_carrier_could_not_hold_behind_one_outcome() -> None:
    box = {"module": "voicemail", "data": {"id": "b" * 32, "action": "compose"}, "children": {}}
    record = phones({"module": "device", "data": {"id": "d1", "timeout": 20}, "children": {"NO_ANSWER": box}})

    def one_more(hand: Any) -> None:
        routing = json.loads(hand["json"])
        hand["json"] = json.dumps(routing | {"route2": "2025550159", "route2_wait": 24})

    _, back = after(record, "api19", one_more)
    children = back.document["callflow"]["flow"]["children"]
    assert {key: child["data"]["timeout"] for key, child in children.items()} == {"NO_ANSWER": 24, "_": 24}
    assert children["NO_ANSWER"]["children"] == {"_": box}


def test_hours_that_are_forced_open_now_stay_as_they_were_where_the_original_cannot_say_so() -> None:
    def forced(hand: Any) -> None:
        rule = hand["temporal_rules"][hand["callflow"]["flow"]["data"]["rules"][0]]
        rule["enabled"] = True

    _, back = after(OFFICE, "vinix", forced)
    assert back.document == OFFICE
    assert codes(back) == ["UC601"]


@pytest.mark.parametrize("source", ["convirza-v2", "convirza-v3"])
def test_the_time_that_all_voicemails_share_stays_as_most_have_it(source: str) -> None:
    name, number = ("call_flow_name", "target_did") if source == "convirza-v2" else ("provisioned_route_name", "ring_to")
    items = [{"key": key, "action": "simple", number: f"1202555010{key}", "voicemail_enabled": True} for key in (1, 2, 3)]
    record = {name: "Desks", "message": "Press.", "voicemail_rings": 7, "ivrs": items}
    record |= {"routable_type": "IvrRoute2"} if source == "convirza-v2" else {"route_type": "ivr", "phone_number": "12025550100"}

    def sooner(hand: Any) -> None:
        first = hand["callflow"]["flow"]["children"]["1"]
        ringing = first["data"]
        ringing["timeout"] = 24
        for member in ringing.get("endpoints", ()):
            member["timeout"] = 24

    _, back = after(record, "vinix", sooner)
    assert back.document["voicemail_rings"] == 7
    changed = [problem for problem in back.problems if problem.severity == "changed"]
    assert [(problem.code, problem.pointer.startswith("/callflow/flow/children/1")) for problem in changed] == [("UC301", True)]


def _exchanged_first_steps(hand: Any) -> None:
    first = next(iter(hand["callflow"]["flow"]["children"].values()))
    second = first["children"]["_"]
    for key in ("module", "data"):
        first[key], second[key] = second[key], first[key]


def _put_before(hand: Any) -> None:
    children = hand["callflow"]["flow"]["children"]
    key = next(iter(children))
    forward = {"enabled": True, "number": "+12025550190", "require_keypress": False}
    hand["devices"]["d" * 32] = {"name": "Lobby", "call_forward": forward}
    children[key] = {"module": "device", "data": {"id": "d" * 32, "timeout": 18}, "children": {"_": children[key]}}


@pytest.mark.parametrize("edit", [_exchanged_first_steps, _put_before])
@pytest.mark.parametrize("source", ["convirza-v2", "convirza-v3"])
def test_what_stands_beside_an_item_or_hours_stays_there_whoever_rings_first(source: str, edit: Edit) -> None:
    if source == "convirza-v2":
        entry = _item(1, 1, rota="night", overflowNumbers=_MORE)
        record: Any = [{"call_flow_name": "Desks", "message": "Press.", "number": {"phone_number": 2025550100}, "ivrs": [entry]}]
    else:
        record = copy.deepcopy(OFFICE)
        more = [{"phone_number": "12025550150", "rings": 2, "order": 1}]
        entry = record["schedule_route"]["schedules"][0]
        entry |= {"schedule_days": ["Sat", "Mon"], "rota": "night", "hunt_type": "rollover", "overflow_numbers": more}
    _, back = after(record, "vinix", edit)
    now = back.document[0]["ivrs"][0] if source == "convirza-v2" else back.document["schedule_route"]["schedules"][0]
    assert (now["rota"], now.get("schedule_days")) == ("night", entry.get("schedule_days"))
    assert "UC501" not in codes(back)


MENUS: Any = {
    "convirza-v2": {"call_flow_name": "Desks", "routable_type": "IvrRoute2", "message": "Press.", "dnis": "2025550100"},
    "convirza-v3": {"provisioned_route_name": "Desks", "route_type": "ivr", "message": "Press.", "phone_number": "12025550100"},
}  # fmt: skip


def _above_first_step(hand: Any) -> tuple[Any, str]:
    """Where the first step of the first branch stands: behind what callers hear first."""
    holder = hand["callflow"]["flow"]["children"]
    key = next(iter(holder))
    while holder[key]["module"] in ("play", "tts"):
        holder, key = holder[key]["children"], "_"
    return holder, key


def _first_step_out(hand: Any) -> None:
    holder, key = _above_first_step(hand)
    holder[key] = holder[key]["children"]["_"]


@pytest.mark.parametrize("behind", ["a number", "voicemail"])
@pytest.mark.parametrize("source", ["convirza-v2", "convirza-v3", "hours"])
def test_what_stands_beside_an_item_or_hours_stays_there_where_its_first_number_is_gone(source: str, behind: str) -> None:
    number, listed = ("overflowNumber", "overflowNumbers") if source == "convirza-v2" else ("phone_number", "overflow_numbers")
    following = {listed: [{number: 2025550150, "rings": 2, "desk": "left"}]}
    box: Any = {"voicemail_enabled": True}
    more = {"rota": "night", "webhook_id": 7} | (following if behind == "a number" else box)
    if source == "hours":
        record: Any = copy.deepcopy(OFFICE)
        record["schedule_route"]["schedules"][0] |= more | {"schedule_days": ["Sat", "Mon"]}
    else:
        item = {"key": 1, "action": "simple", "label": "Desk 1", "ring_to": "12025550101", "message": "Hi."}
        entry = (_item(1, 1, message="Hi.") if source == "convirza-v2" else item) | more
        record = MENUS[source] | {"ivrs": [entry]}
    _, back = after(record, "vinix", _first_step_out)
    whole = [
        _inside(document, "/schedule_route/schedules" if source == "hours" else "/ivrs") for document in (record, back.document)
    ]
    old, now = whole[0][0], whole[1][0]
    gone = {"target_did", "ring_to", listed, "hunt_type", "isSimultaneous"}
    assert {key: now.get(key) for key in old if key not in gone} == {key: old[key] for key in old if key not in gone}
    unknown = [problem for problem in back.problems if problem.code == "UC501"]
    assert [problem.value for problem in unknown] == (["left"] if behind == "a number" else [])
    assert all(problem.pointer and problem.target_pointer for problem in unknown)


MENU_ITEMS: Any = {
    "convirza-v2": _item(1, 1, rota="night"),
    "convirza-v3": {"key": 1, "action": "simple", "label": "Desk 1", "ring_to": "12025550101", "rota": "night"},
}
ONE_MORE: Any = {
    "convirza-v2": {"overflowNumbers": [{"overflowNumber": 2025550150, "rings": 2}]},
    "convirza-v3": {"hunt_type": "rollover", "overflow_numbers": [{"phone_number": "12025550150", "rings": 2, "order": 1}]},
}


def _without_name(hand: Any) -> None:
    _put_before(hand)
    del hand["devices"]["d" * 32]["name"]


@pytest.mark.parametrize("source", MENUS)
def test_an_item_keeps_its_label_where_a_number_without_a_name_is_put_first(source: str) -> None:
    entry = MENU_ITEMS[source] | ONE_MORE[source]
    _, back = after(MENUS[source] | {"ivrs": [entry]}, "vinix", _without_name)
    (now,) = back.document["ivrs"]
    assert [now.get(name) for name in ("destination", "label", "rota")] == [
        entry.get(name) for name in ("destination", "label", "rota")
    ]
    assert "UC311" not in codes(back)


@pytest.mark.parametrize("source", MENUS)
def test_the_label_of_a_number_that_rings_later_now_is_said_to_have_no_place(source: str) -> None:
    entry = MENU_ITEMS[source] | ONE_MORE[source]
    _, back = after(MENUS[source] | {"ivrs": [entry]}, "vinix", _exchanged_first_steps)
    (problem,) = (problem for problem in back.problems if problem.code == "UC311")
    assert '"Desk 1"' in problem.message
    assert problem.target_pointer.startswith("/ivrs/0/overflow")


@pytest.mark.parametrize("module", ["acdc_member", "pivot", "nobody_knows"])
@pytest.mark.parametrize("behind", [True, False], ids=["a number behind it", "voicemail behind it"])
@pytest.mark.parametrize("source", MENUS)
def test_what_stands_beside_an_item_stays_there_where_its_carrier_cannot_hold_what_took_the_first_place(
    source: str, behind: bool, module: str
) -> None:
    entry = MENU_ITEMS[source] | (ONE_MORE[source] if behind else {"voicemail_enabled": True})

    def replaced(hand: Any) -> None:
        holder, key = _above_first_step(hand)
        holder[key] = {"module": module, "data": {"id": "c" * 32}, "children": holder[key]["children"]}

    _, back = after(MENUS[source] | {"ivrs": [entry]}, "vinix", replaced)
    (now,) = back.document["ivrs"]
    known = entry.keys() & {"key", "action", "label", "destination", "rota", "voicemail_enabled"}
    assert {name: now.get(name) for name in known} == {name: entry[name] for name in known}
    assert "UC501" not in codes(back)


@pytest.mark.parametrize("source", MENUS)
def test_an_item_keeps_its_label_where_a_device_rings_whose_name_nobody_knows(source: str) -> None:
    there = unicall.translate(MENUS[source] | {"ivrs": [MENU_ITEMS[source]]}, target="vinix")
    hand = copy.deepcopy(there.document)
    holder, key = _above_first_step(hand)
    holder[key] = {"module": "device", "data": {"id": "d" * 32}, "children": {}}
    given = {"vinix": {"device": {"d" * 32: "+12025550166"}}}
    back = unicall.translate(hand, "vinix", source, residue=there.residue, references=given)
    (now,) = back.document["ivrs"]
    rung = "target_did" if source == "convirza-v2" else "ring_to"
    assert now[rung][-10:] == "2025550166"
    assert now | {rung: 0} == MENU_ITEMS[source] | {rung: 0}


@pytest.mark.parametrize("module", ["acdc_member", "pivot", "device"])
@pytest.mark.parametrize("source", MENUS)
def test_what_stood_beside_an_item_that_is_gone_is_said(source: str, module: str) -> None:
    def replaced(hand: Any) -> None:
        holder, key = _above_first_step(hand)
        holder[key] = {"module": module, "data": {"id": "c" * 32}, "children": {}}

    _, back = after(MENUS[source] | {"ivrs": [MENU_ITEMS[source]]}, "vinix", replaced)
    assert back.document["ivrs"] == []
    assert [problem.value for problem in back.problems if problem.code == "UC501"] == ["night"]


def test_hours_that_lead_nowhere_any_more_are_written_as_they_were_and_lead_where_other_calls_go() -> None:
    record = copy.deepcopy(OFFICE)
    days = ["Sat", "Mon"]
    record["schedule_route"]["schedules"][0] |= {"schedule_days": days, "rota": "night"}

    def cut_off(hand: Any) -> None:
        children = hand["callflow"]["flow"]["children"]
        del children[next(iter(children))]

    _, back = after(record, "vinix", cut_off)
    (now, other) = back.document["schedule_route"]["schedules"]
    assert (now["schedule_days"], now["rota"], now["ring_to"]) == (days, "night", "12025550171")
    assert other == record["schedule_route"]["schedules"][1]
    assert {problem.code for problem in back.problems} == {"UC502"}


def test_what_is_cut_off_in_a_menu_is_cut_off_for_those_as_well_who_come_back_to_it() -> None:
    days = {"schedule_days": [{"id": "AllDays"}, {"id": "Mon-Fri"}], "rota": "night"}
    row = {**days, "ring_to": 2025550171, "schedule_start_time": "12:00 AM", "schedule_end_time": "12:00 PM"}
    hours = {"timezone": "Atlantic", "default_ringto": 2025550172, "schedules": [row]}
    submenu = {"key": 1, "action": "interactiveVoice", "ivrData": [{"key": 1, "action": "hangup", "go_back_key": 9}]}
    record = MENUS["convirza-v2"] | {"ivrs": [{"key": 0, "action": "schedule", "scheduleRoute": hours}, submenu]}

    def cut_off(hand: Any) -> None:
        hand["json"] = json.dumps({"dnis": ""})

    there, back = after(record, "api19", cut_off)
    assert json.loads(there["json"])["route1"] == "2025550171"
    now = {"key": 0, "action": "schedule", "scheduleRoute": hours | {"schedules": [row | {"ring_to": 2025550172}]}}
    assert back.document == record | {"ivrs": [now, submenu]}


def test_an_overflow_number_stays_one_where_the_one_before_it_is_gone() -> None:
    entries = [{"overflowNumber": 2025550150 + index, "rings": 3, "desk": index} for index in range(2)]
    item = {"key": 1, "action": "simple", "destination": "Desk", "rota": "night", "overflowNumbers": entries}
    _, back = after(MENUS["convirza-v2"] | {"ivrs": [item]}, "vinix", _first_step_out)
    (now,) = back.document["ivrs"]
    assert (now["rota"], now["destination"], now.get("target_did")) == ("night", "Desk", None)
    assert [(entry["overflowNumber"], entry["desk"]) for entry in now["overflowNumbers"]] == [(2025550151, 1)]


def test_shares_keep_their_names_where_the_other_carrier_has_names_of_its_own() -> None:
    record = load("convirza-v3/percentage/auto_60_40.json")

    def other_shares(hand: Any) -> None:
        for row, share in zip(hand["percentage_route"], (70, 30), strict=True):
            row["percentage"] = share

    _, back = after(record, "convirza-v2", other_shares)
    assert [row["percentage"] for row in back.document["percentage_route"]] == [70, 30]
    assert [row["ring_to"] for row in back.document["percentage_route"]] == [row["ring_to"] for row in record["percentage_route"]]


def test_an_edit_of_one_copy_of_a_shared_node_splits_it() -> None:
    def longer(hand: Any) -> None:
        hand["callflow"]["flow"]["children"]["2"]["data"]["timeout"] = 40

    _, back = after(HALL, "vinix", longer)
    menu = back.flow.nodes["start"]
    first, second = (back.flow.nodes[menu.exits[key]] for key in "12")
    assert isinstance(first, Ring) and isinstance(second, Ring)
    assert (first.timeout, second.timeout) == (18, 40)
    assert first.exits == second.exits, "what was not edited is still shared"
    assert codes(back) == ["UC602"]


def test_an_edit_of_all_copies_of_a_shared_node_is_one_edit() -> None:
    def longer(hand: Any) -> None:
        for key in "12":
            hand["callflow"]["flow"]["children"][key]["data"]["timeout"] = 40

    _, back = after(HALL, "vinix", longer)
    menu = back.flow.nodes["start"]
    assert menu.exits["1"] == menu.exits["2"]
    assert [node.timeout for node in back.flow.nodes.values() if isinstance(node, Ring)] == [40, 18]
    assert back.problems == ()


def test_an_edit_behind_one_copy_splits_the_way_to_it() -> None:
    def cut(hand: Any) -> None:
        del hand["callflow"]["flow"]["children"]["1"]["children"]["_"]

    _, back = after(HALL, "vinix", cut)
    menu = back.flow.nodes["start"]
    assert back.flow.nodes[menu.exits["1"]].exits == {}
    assert list(back.flow.nodes[menu.exits["2"]].exits) == ["otherwise"]


def test_a_key_that_moved_takes_everything_behind_it_along() -> None:
    def move(hand: Any) -> None:
        children = hand["callflow"]["flow"]["children"]
        children["9"] = children.pop("3")

    _, back = after(HALL, "vinix", move)
    menu = back.flow.nodes["start"]
    assert set(menu.exits) == {"1", "2", "9"}
    assert back.flow.nodes[menu.exits["9"]] == HALL.nodes["other"]


def test_two_edits_at_once_both_arrive() -> None:
    def both(hand: Any) -> None:
        hand["callflow"]["name"] = "Reception"
        hand["callflow"]["flow"]["children"]["3"]["data"]["timeout"] = 42

    _, back = after(HALL, "vinix", both)
    ringing = back.flow.nodes[back.flow.nodes["start"].exits["3"]]
    assert back.flow.name == "Reception"
    assert isinstance(ringing, Ring) and ringing.timeout == 42


def test_one_user_of_a_shared_menu_gets_a_copy_when_it_is_edited_there() -> None:
    menu = {"module": "menu", "data": {"id": "m" * 32}, "children": {"1": _device("1"), "2": _device("2")}}
    whole = {
        "callflow": {
            "name": "Two ways", "numbers": ["+12025550100"],
            "flow": {"module": "menu", "data": {"id": "r" * 32}, "children": {"1": menu, "2": menu}},
        },
        "menus": {
            "m" * 32: {"id": "m" * 32, "name": "Shared", "record_pin": "12", "timeout": 9000, "media": {"greeting": "hello"}},
            "r" * 32: {"name": "Root", "timeout": 9000},
        },
        "devices": {
            key * 32: {"name": key, "call_forward": {"enabled": True, "number": f"+1202555010{key}"}} for key in "12"
        },
    }  # fmt: skip

    def second(hand: Any) -> None:
        menus = [node for node in hand["nodes"].values() if node["kind"] == "Menu"]
        menus[-1]["timeout"] = 12

    _, back = after(whole, "unicall", second, "vinix")
    copies = {key: menu["timeout"] for key, menu in back.document["menus"].items()}
    assert copies.pop("m" * 32) == 9000
    assert copies.pop("r" * 32) == 9000
    assert list(copies.values()) == [12000]
    assert next(iter(copies)).startswith("new:")
    assert "id" not in back.document["menus"][next(iter(copies))]


def _device(key: str) -> Any:
    return {"module": "device", "data": {"id": key * 32}, "children": {}}


# What cannot be said.


def test_what_was_put_before_a_menu_that_cannot_stand_behind_it_is_refused_and_the_menu_stays() -> None:
    record = load(CITY)

    def first(hand: Any) -> None:
        tree = hand["callflow"]["flow"]
        hand["callflow"]["flow"] = {"module": "queue", "data": {"id": "q" * 32}, "children": {"_": tree}}

    _, back = after(record, "vinix", first)
    assert back.document["ivrs"] == record["ivrs"]
    assert all(problem.severity != "lost" or problem.code == "UC218" for problem in back.problems)


def test_an_edit_of_what_a_rule_made_is_refused_with_both_places() -> None:
    whole = flow(start=Split(shares={"a": 60, "b": 40}, exits={"a": "one", "b": "two"}), one=ring(101), two=ring(102))

    def other(hand: Any) -> None:
        hand["callflow"]["flow"]["data"]["regex"] = "[0-4]$"

    _, back = after(whole, "vinix", other)
    (problem,) = back.problems
    assert (problem.code, problem.severity) == ("UC601", "changed")
    assert problem.pointer == "/callflow/flow/data/regex"
    assert problem.value == "[0-4]$"
    assert problem.target_pointer == "/nodes/start"
    assert back.flow.nodes["start"] == whole.nodes["start"] or isinstance(back.flow.nodes["start"], Split)


LONG: Any = {
    "convirza-v2": SIMPLE | {
        "hunt_type": "rollover",
        "overflowNumbers": [{"overflowNumber": 2025550102 + step, "rings": 3} for step in range(12)],
    },
    "convirza-v3": {
        "provisioned_route_name": "Front desk", "route_type": "simple", "phone_number": "12025550100", "ring_to": "12025550101",
        "hunt_type": "rollover",
        "overflow_numbers": [{"phone_number": f"12025550{102 + step}", "rings": 3, "order": step + 1} for step in range(12)],
    },
}  # fmt: skip


@pytest.mark.parametrize("source", LONG)
@pytest.mark.parametrize("read", [12, 14])
def test_a_number_put_before_as_many_as_the_carrier_takes_is_refused_with_both_places(source: str, read: int) -> None:
    name = "overflowNumbers" if source == "convirza-v2" else "overflow_numbers"
    numbers = LONG[source][name]
    more = [number | {"order": 13 + index} if "order" in number else number for index, number in enumerate(numbers[: read - 12])]
    record = LONG[source] | {name: [*numbers, *more]}

    def first(hand: Any) -> None:
        forward = {"enabled": True, "number": "+12025550190", "require_keypress": False}
        hand["devices"]["d" * 32] = {"name": "Lobby", "call_forward": forward}
        step = {"module": "device", "data": {"id": "d" * 32, "timeout": 18}, "children": {"_": hand["callflow"]["flow"]}}
        hand["callflow"]["flow"] = step

    _, back = after(record, "vinix", first)
    assert text(back.document) == text(record)
    (problem,) = (problem for problem in back.problems if problem.severity != "note")
    assert (problem.code, problem.pointer) == ("UC601", "/callflow/flow/data/id")
    assert problem.target_pointer in ("/default_ringto", "/ring_to")


@pytest.mark.parametrize("source", LONG)
def test_a_number_put_before_a_full_list_of_overflow_numbers_stands_before_it(source: str) -> None:
    name, number = ("overflowNumbers", "target_did") if source == "convirza-v2" else ("overflow_numbers", "ring_to")
    item = {"key": 1, "action": "simple", name: [entry | {"desk": "left"} for entry in LONG[source][name]]}
    _, back = after(MENUS[source] | {"ivrs": [item]}, "vinix", _put_before)
    (now,) = back.document["ivrs"]
    assert str(now[number])[-10:] == "2025550190"
    assert [entry | {"rings": 3} for entry in now[name]] == item[name]


@pytest.mark.parametrize("source", LONG)
def test_a_number_moved_beyond_what_the_carrier_takes_is_lost_with_both_places(source: str) -> None:
    name, number = ("overflowNumbers", "overflowNumber") if source == "convirza-v2" else ("overflow_numbers", "phone_number")
    more = [entry | {number: "12025550180"} | ({"order": 13} if "order" in entry else {}) for entry in LONG[source][name][:1]]

    def exchange(hand: Any) -> None:
        steps = [hand["callflow"]["flow"]]
        while steps[-1]["children"]:
            steps.append(steps[-1]["children"]["_"])
        steps[3]["data"], steps[13]["data"] = steps[13]["data"], steps[3]["data"]

    _, back = after(LONG[source] | {name: [*LONG[source][name], *more]}, "vinix", exchange)
    (problem,) = (problem for problem in back.problems if problem.code == "UC303")
    assert problem.value["targets.0.target"] == "+12025550104"
    assert problem.pointer == "/devices/new:device-12025550104/call_forward/number"
    assert problem.target_pointer.startswith(f"/{name}/")
    assert "2025550104" not in json.dumps(back.document)


def test_hours_that_nobody_knows_any_more_stay_as_they_were() -> None:
    behind = DESK["callflow"]["flow"]
    recorded = {"module": "record_call", "data": {"action": "start"}, "children": {"_": behind}}
    whole = DESK | {"callflow": DESK["callflow"] | {"flow": recorded}}

    def over_midnight(hand: Any) -> None:
        hand["schedule_route"]["schedules"][1] |= {"start_time": "18:00", "end_time": "02:00", "ring_to": "12025550190"}

    _, back = after(whole, "convirza-v3", over_midnight)
    assert back.document["callflow"] == whole["callflow"]
    assert back.document["temporal_rules"] == whole["temporal_rules"]
    assert back.document["devices"]["4" * 32]["call_forward"]["number"] == "+12025550190"
    said = [(problem.code, problem.pointer, problem.value, problem.target_pointer) for problem in back.problems]
    assert ("UC601", "/schedule_route/schedules/1", "Sat 18:00-02:00", "/callflow/flow/children/_") in said


def test_new_hours_that_nobody_knows_are_a_rule_that_never_holds() -> None:
    def over_midnight(hand: Any) -> None:
        schedules = hand["schedule_route"]["schedules"]
        schedules.append(schedules[0] | {"schedule_days": ["Sun"], "start_time": "18:00", "end_time": "02:00"})

    _, back = after(DESK, "convirza-v3", over_midnight)
    *known, new = back.document["callflow"]["flow"]["data"]["rules"]
    assert known == ["week", "saturday"]
    assert back.document["temporal_rules"][new]["enabled"] is False
    assert "UC109" in codes(back)


def test_a_key_that_somebody_added_and_nobody_knows_is_reported() -> None:
    _, back = after(SIMPLE, "vinix", lambda hand: hand["callflow"]["flow"]["data"].update(rota="night"))
    assert [(p.code, p.pointer, p.value) for p in back.problems] == [("UC501", "/callflow/flow/data/rota", "night")]
    assert text(back.document) == text(SIMPLE)


def test_what_the_original_cannot_hold_is_lost_with_both_places() -> None:
    def conference(hand: Any) -> None:
        tree = hand["callflow"]["flow"]
        while "_" in tree["children"]:
            tree = tree["children"]["_"]
        tree["children"]["_"] = {"module": "conference", "data": {"id": "c" * 32}, "children": {}}

    _, back = after(SIMPLE, "vinix", conference)
    problem = next(problem for problem in back.problems if problem.severity == "lost")
    assert problem.pointer.startswith("/callflow/flow/")
    assert problem.target_pointer
    assert back.document["default_ringto"] == SIMPLE["default_ringto"]


def test_a_reference_of_the_edited_carrier_needs_a_counterpart_and_takes_one() -> None:
    there = unicall.translate(SIMPLE, target="vinix")
    hand = copy.deepcopy(there.document)
    tree = hand["callflow"]["flow"]
    tree["children"]["_"] = {"module": "device", "data": {"id": "d" * 32, "timeout": 18}, "children": {}}
    without = unicall.translate(hand, "vinix", "convirza-v2", residue=there.residue)
    assert "UC223" in codes(without)
    given = {"vinix": {"device": {"d" * 32: "+12025550166"}}}
    back = unicall.translate(hand, "vinix", "convirza-v2", residue=there.residue, references=given)
    assert back.document["overflowNumbers"][0]["overflowNumber"] == 2025550166
    assert "UC223" not in codes(back)


# Back and forth.


def test_the_way_back_has_a_residue_of_its_own() -> None:
    there = unicall.translate(SIMPLE, target="vinix")
    hand = copy.deepcopy(there.document)
    hand["callflow"]["name"] = "Reception"
    hand["callflow"]["contact_list"] = {"exclude": True}
    back = unicall.translate(hand, "vinix", "convirza-v2", residue=there.residue)
    again = unicall.translate(back.document, "convirza-v2", "vinix", residue=back.residue)
    assert text(again.document) == text(hand)
    edited = back.document | {"default_ringto": "2025550177"}
    forth = unicall.translate(edited, "convirza-v2", "vinix", residue=back.residue)
    assert next(iter(forth.document["devices"].values()))["call_forward"]["number"] == "+12025550177"
    assert forth.document["callflow"]["contact_list"] == {"exclude": True}


# What belongs together.


def test_a_residue_of_another_document_is_refused() -> None:
    there = unicall.translate(load(ROOFER), "convirza-v2", "vinix")
    other = unicall.translate(load(CITY), "convirza-v2", "vinix")
    with pytest.raises(DocumentError, match="do not belong together"):
        unicall.translate(_alone(other.document), "vinix", "convirza-v2", residue=there.residue)


def test_ids_that_unicall_makes_for_every_flow_do_not_make_two_flows_one() -> None:
    there = unicall.translate(load(ROOFER), "convirza-v2", "vinix")
    other = unicall.translate(load("convirza-v2/ivr/hotel_single_level.json"), "convirza-v2", "vinix")
    with pytest.raises(DocumentError, match="do not belong together"):
        unicall.translate(other.document, "vinix", "convirza-v2", residue=there.residue)


def _device_flow(name: str, *devices: int) -> Any:
    steps = {f"route{index}": f"device:{device}" for index, device in enumerate(devices, 1)}
    return {"id": "7", "name": name, "json": json.dumps(steps)}


def _renamed(there: Any) -> None:
    there["callflow"]["name"] = "Front desk"


def _numbered(there: Any) -> None:
    there["callflow"] |= {"numbers": ["+12025550150"], "patterns": []}


def _prolonged(there: Any) -> None:
    for number in ("+12025550188", "+12025550189"):
        steps_of(there)[-1]["children"] = {"_": {"module": "resources", "data": {"to_did": number}, "children": {}}}


@pytest.mark.parametrize("real", [False, True], ids=["as written", "as the server has it"])
def test_ids_that_unicall_made_from_what_the_original_says_tell_that_a_document_belongs(real: bool) -> None:
    there = unicall.translate(_device_flow("Desk", 10, 11, 10), "api19", "vinix")
    for edits in ([_renamed], [_renamed, _numbered], [_renamed, _numbered, _prolonged]):
        hand = with_real_ids(there.document) if real else copy.deepcopy(there.document)
        for edit in edits:
            edit(hand)
        back = unicall.translate(hand, "vinix", "api19", residue=there.residue)
        assert back.document["name"] == "Front desk"
        assert "UC603" not in codes(back)
        routes = json.loads(back.document["json"])
        assert [routes[f"route{step}"] for step in (1, 2, 3)] == ["device:10", "device:11", "device:10"]


def test_a_mailbox_that_unicall_made_from_a_number_of_the_original_tells_that_a_document_belongs() -> None:
    record = {"call_flow_id": 1, "call_flow_name": "Box", "routable_type": "VoicemailRoute", "dnis": "2025550142"}
    there = unicall.translate(record, "convirza-v2", "vinix")
    hand = copy.deepcopy(there.document)
    assert "new:vmbox-12025550142" in text(hand)
    _renamed(hand)
    _numbered(hand)
    back = unicall.translate(hand, "vinix", "convirza-v2", residue=there.residue)
    assert "UC603" not in codes(back)


@pytest.mark.parametrize("devices", [(20, 21), (20, 21, 22)])
def test_ids_that_unicall_made_for_another_flow_tell_that_a_document_does_not_belong(devices: tuple[int, ...]) -> None:
    there = unicall.translate(_device_flow("Desk", 10, 11, 10), "api19", "vinix")
    other = unicall.translate(_device_flow("Hall", *devices), "api19", "vinix")
    with pytest.raises(DocumentError, match="do not belong together"):
        unicall.translate(other.document, "vinix", "api19", residue=there.residue)


def test_an_id_of_the_server_tells_nothing_where_its_document_says_something_else() -> None:
    there = unicall.translate(_device_flow("Desk", 10, 11, 10), "api19", "vinix")
    other = unicall.translate(_device_flow("Hall", 20, 21, 20), "api19", "vinix")
    hand = with_real_ids(other.document)
    for known, document in hand["devices"].items():
        document["name"] = f"Telephone {known[:4]}"
    for one in (hand, hand["callflow"]):
        back = unicall.translate(one, "vinix", "api19", residue=there.residue)
        assert "UC603" in codes(back)


def test_what_looks_alike_around_two_flows_does_not_make_them_one() -> None:
    there = unicall.translate(load(ROOFER), "convirza-v2", "vinix")
    with pytest.raises(DocumentError, match="do not belong together"):
        unicall.translate(load("vinix/menu/hotel_two_levels.json"), "vinix", "convirza-v2", residue=there.residue)


def _alone(bundle: Any) -> Any:
    return with_real_ids(bundle)["callflow"]


def test_a_residue_leads_back_to_where_it_came_from_alone() -> None:
    there = unicall.translate(SIMPLE, target="vinix")
    with pytest.raises(DocumentError) as caught:
        unicall.translate(there.document, "vinix", "api19", residue=there.residue)
    assert str(caught.value) == "residue: /source: leads back to convirza-v2, not to api19"
    with pytest.raises(DocumentError) as caught:
        unicall.translate(SIMPLE, "convirza-v2", "convirza-v2", residue=there.residue)
    assert str(caught.value) == "residue: /target: belongs to a document of vinix, not of convirza-v2"


def _residue(**changed: Any) -> Any:
    return unicall.translate(SIMPLE, target="vinix").residue | changed


def _kept(**changed: Any) -> Any:
    flow = _residue()["flow"]
    return _residue(flow=flow | {"extras": {"convirza-v2": flow["extras"]["convirza-v2"] | changed}})


@pytest.mark.parametrize(
    ("residue", "message"),
    [
        ({}, "residue: is no residue: {}"),
        ([], "residue: is no residue: []"),
        (7, "residue: is no residue: 7"),
        ('{"a": 1', "residue: /a: is not JSON: unexpected end of data (line 1, column 8)"),
        (_residue(residue=2), "residue: /residue: expected 1, the version that this unicall reads, got 2"),
        (_residue(residue=True), "residue: /residue: expected 1, the version that this unicall reads, got true"),
        (_residue(source="vinux"),
         "residue: /source: expected one of api19, convirza-v2, convirza-v3, unicall, vinix, got \"vinux\""),
        (_residue(form="letter"), "residue: /form: expected one of record, request, got \"letter\""),
        (_residue(extra=1), "residue: has \"extra\", which no residue has"),
        (_residue(pairs={}), "residue: /pairs: expected an array, got {}"),
        (_residue(pairs=[{"node": 1, "at": "", "of": []}]), "residue: /pairs/0: expected text under node and at"),
        (_residue(pairs=[{"node": "start", "at": "", "of": ["nowhere"]}]),
         "residue: /pairs/0/of: expected ids of nodes of the original, got [\"nowhere\"]"),
        (_residue(flow={"unicall": 1, "start": 5}), None),
        (_residue(settings=None), "residue: /settings: expected an object, got null"),
        (_residue(settings={"vinix": {"zones": {}}}), None),
        (_kept(order=[1]), "residue: /flow/extras/convirza-v2/order: expected a list of keys, got [1]"),
        (_kept(rest="x"), 'residue: /flow/extras/convirza-v2/rest: expected an object, got "x"'),
        (_kept(**{"in": {"options": [None, 7]}}),
         "residue: /flow/extras/convirza-v2/in/options/1: expected an object, got 7"),
        (_residue(document=[]), None),
        ({key: value for key, value in _residue().items() if key != "pairs"}, "residue: has no pairs"),
    ],
)  # fmt: skip
def test_a_bad_residue_is_refused_with_its_place(residue: Any, message: str | None) -> None:
    document = unicall.translate(SIMPLE, target="vinix").document
    with pytest.raises(DocumentError) as caught:
        unicall.translate(document, "vinix", "convirza-v2", residue=residue)
    assert message is None or str(caught.value) == message
    assert str(caught.value).startswith("residue: ")


def test_a_residue_in_which_somebody_changed_what_only_the_carrier_knows_is_refused() -> None:
    record = LONG["convirza-v2"] | {"hunt_type": "simultaneous"}
    there = unicall.translate(record, target="vinix")
    residue = json.loads(json.dumps(there.residue))
    residue["flow"]["extras"]["convirza-v2"]["in"]["overflowNumbers"] = {"order": []}
    with pytest.raises(DocumentError) as caught:
        unicall.translate(there.document, "vinix", "convirza-v2", residue=residue)
    assert str(caught.value) == "residue: /flow: what the flow keeps of Convirza v2 was changed by hand, and cannot be written"


def test_a_residue_whose_original_has_nodes_that_nothing_leads_to_still_takes_edits() -> None:
    there = unicall.translate(LONG["convirza-v2"], target="vinix")
    residue = json.loads(json.dumps(there.residue))
    del residue["flow"]["nodes"]["otherwise"]["exits"]["otherwise"]
    hand = copy.deepcopy(there.document)
    steps_of(hand)[6]["module"] = "nobody_knows"
    back = unicall.translate(hand, "vinix", "convirza-v2", residue=residue)
    assert back.document["default_ringto"] == SIMPLE["default_ringto"]


def test_a_residue_may_be_a_file(tmp_path: Path) -> None:
    there = unicall.translate(SIMPLE, target="vinix")
    file = tmp_path / "front-desk.residue.json"
    file.write_text(json.dumps(there.residue), "utf-8")
    for given in (file, str(file), json.dumps(there.residue), json.dumps(there.residue).encode()):
        assert text(unicall.translate(there.document, "vinix", "convirza-v2", residue=given).document) == text(SIMPLE)
    with pytest.raises(DocumentError) as caught:
        unicall.translate(there.document, "vinix", "convirza-v2", residue=str(tmp_path / "none.json"))
    assert str(caught.value) == f"{tmp_path / 'none.json'}: cannot be read: No such file or directory"


def test_ids_that_were_made_otherwise_by_another_release_are_found_by_their_place() -> None:
    there = unicall.translate(HALL, target="vinix")
    residue = there.residue
    residue["pairs"] = [pair | {"node": f"old-{pair['node']}"} for pair in residue["pairs"]]
    hand = copy.deepcopy(there.document)
    hand["callflow"]["flow"]["children"]["3"]["data"]["timeout"] = 42
    back = unicall.translate(hand, "vinix", "unicall", residue=residue)
    ringing = back.flow.nodes[back.flow.nodes["start"].exits["3"]]
    assert isinstance(ringing, Ring) and ringing.timeout == 42


def test_an_id_without_a_document_is_not_the_one_of_which_another_document_at_hand_says_much_the_same() -> None:
    """Somebody rings another device, and changes the number of the one that rang before."""
    record = {"id": "1", "name": "Shop", "json": '{"route1":"2025550142","route1_wait":5}', "e164": "no"}
    done = unicall.translate(record, "api19", "vinix")
    there = with_real_ids(done.document)
    (device,) = there["devices"]
    there["callflow"]["flow"]["data"]["id"] = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    there["devices"][device]["call_forward"]["number"] = "+12025550188"
    back = unicall.translate(there, "vinix", "api19", residue=done.residue)
    assert "2025550142" not in text(back.document)
    assert "UC223" in [problem.code for problem in back.problems]


@pytest.mark.parametrize("more", [{"overflow_numbers": ""}, {"overflow_numbers": "", "overflowNumbers": []}])
@pytest.mark.parametrize("target", ["api19", "convirza-v2", "vinix"])
def test_a_text_without_a_character_in_the_place_of_a_list_says_nothing_and_comes_back(target: str, more: Any) -> None:
    record = copy.deepcopy(OFFICE)
    record["schedule_route"]["schedules"][0] |= more
    _, back = after(record, target, lambda hand: None)
    assert text(back.document) == text(record)
    assert back.problems == ()
