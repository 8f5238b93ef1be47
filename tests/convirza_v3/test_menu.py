"""Menus, and what is heard before a route."""

from __future__ import annotations

from typing import Any

import pytest

from tests.convirza_v3.records import DISCLAIMER, FIRST, item, nodes, read, said, simple, steps, submenu, tree
from unicall.graph import Announce, Hangup, Menu, Region, Ring, Schedule, Speech, VendorNode, Voicemail, text_of


def menu(record: Any, at: str = "start") -> Menu:
    found = nodes(record)[at]
    assert isinstance(found, Menu)
    return found


def test_each_key_has_an_exit_and_its_label_stands_at_what_it_leads_to() -> None:
    record = tree(item(1, destination="Sales"), item("2", "hangup"))
    assert list(menu(record).exits) == ["1", "2"]
    assert nodes(record)["1"].label == "Sales"


def test_the_message_of_a_menu_is_its_greeting_as_long_as_nothing_switches_it_off() -> None:
    assert menu(tree()).greeting == menu(tree(message_enabled=True)).greeting == Speech("Welcome.")
    assert menu(tree(message_enabled=False)).greeting is None


def test_the_message_of_a_route_is_heard_only_where_it_is_switched_on() -> None:
    assert steps(simple(message="Hi.", message_enabled=True)) == ["Hi.", ((FIRST,), None)]
    assert steps(simple(message="Hi.")) == [((FIRST,), None)]


@pytest.mark.parametrize(
    ("where", "heard"), [("before", ["d", "Hi."]), ("after", ["Hi.", "d"]), ("never", ["Hi."]), (True, ["d", "Hi."])]
)
def test_the_disclaimer_stands_where_its_word_says(where: Any, heard: list[str]) -> None:
    record = simple(play_disclaimer=where, message="Hi.", message_enabled=True)
    prompts = [node.prompt for node in nodes(record).values() if isinstance(node, Announce)]
    assert ["d" if prompt == DISCLAIMER else text_of(prompt) for prompt in prompts] == heard


def test_recording_starts_first() -> None:
    assert steps(simple(record_call=True, message="Hi.", message_enabled=True))[:2] == ["RecordCall", "Hi."]


def test_the_key_back_leads_to_the_menu_above() -> None:
    record = tree(submenu(item(1, go_back_key=9), item(2, go_back_key=9)))
    assert menu(record, "1").exits == {"1": "1.1", "2": "1.2", "9": "start"}


def test_siblings_that_disagree_about_the_key_back_are_said() -> None:
    record = tree(submenu(item(1, go_back_key=9), item(2, go_back_key=8)))
    assert said(record) == [("UC109", "/ivrs/0/ivrs/1/go_back_key")]


def test_the_key_back_on_the_first_level_stays_behind() -> None:
    assert list(menu(tree(item(1, go_back_key=9))).exits) == ["1"]


def test_the_second_item_of_a_key_is_never_reached_and_comes_back() -> None:
    record = tree(item(1), item(1, "hangup"), {"action": "simple"})
    assert list(menu(record).exits) == ["1"]
    assert sorted(said(record)) == [("UC105", "/ivrs/1/key"), ("UC105", "/ivrs/2")]


def test_a_menu_below_the_third_level_is_kept_as_it_stands() -> None:
    deep = submenu(item(1))
    assert isinstance(nodes(tree(submenu(submenu(deep))))["1.1.1"], VendorNode)
    assert isinstance(nodes(tree(submenu(deep)))["1.1"], Menu)


def test_an_item_with_an_unknown_action_is_kept_as_it_stands() -> None:
    record = tree(item(1, "teleport", destination="Away", beam={"to": "desk"}))
    node = nodes(record)["1"]
    assert isinstance(node, VendorNode)
    assert (node.word, node.label, node.data) == ("teleport", "Away", {"action": "teleport", "beam": {"to": "desk"}})
    assert said(record) == [("UC101", "/ivrs/0/action")]


def test_an_item_is_a_small_route_with_all_that_a_branch_has() -> None:
    record = tree(
        item(1, voicemail_enabled=True, whisper_enabled=True, whisper_message="Lead", record_call=True, message="Hold on."),
        item(2, "geo", default_ring_to="18015550151", geo_route={"strategy": "Npa", "locations": [{"city": "Provo"}]}),
        item(3, "schedule", schedule_route={"timezone": "America/Denver", "schedules": []}),
        voicemail_rings=4,
        voicemail_greeting="Box.",
    )
    found = nodes(record)
    ring = found["1.next.next"]
    assert isinstance(ring, Ring)
    assert (ring.whisper, ring.timeout) == (Speech("Lead"), 24)
    assert found["1.next.next.otherwise"] == Voicemail(greeting=Speech("Box."))
    assert isinstance(found["2"], Region)
    assert isinstance(found["3"], Schedule)


def test_an_unknown_order_of_ringing_in_an_item_keeps_the_rest_of_the_item_readable() -> None:
    hunt = [{"phone_number": "18015550151"}]
    record = tree(item(1, message="Hold on.", hunt_type="longest idle", overflow_numbers=hunt, voicemail_enabled=True))
    assert steps(record) == ["Menu", "Hold on.", "VendorNode"]


def test_a_disclaimer_after_the_greeting_of_a_menu_is_its_notice() -> None:
    flow = read(tree(item(1, "hangup"), play_disclaimer="after")).flow
    assert {type(node) for node in flow.nodes.values()} == {Menu, Hangup}
    menu = flow.nodes["start"]
    assert isinstance(menu, Menu)
    assert menu.notice == DISCLAIMER
