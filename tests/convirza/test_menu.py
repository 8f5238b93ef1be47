"""Trees of menus, and the single level."""

from __future__ import annotations

from typing import Any

import pytest

from tests.convirza.records import (
    FIRST,
    HUNT,
    SECOND,
    behind,
    crossing,
    flat,
    item,
    nodes,
    option,
    read,
    said,
    steps,
    submenu,
    tree,
)
from unicall.graph import Hangup, Menu, Ring, VendorNode


def menu(record: Any, at: str = "start") -> Menu:
    node = nodes(record)[at]
    assert isinstance(node, Menu)
    return node


def test_a_menu_has_an_exit_for_each_key_and_none_for_silence() -> None:
    assert dict(menu(tree(item(1), item(0), item(42))).exits) == {"1": "1", "0": "0", "42": "42"}


@pytest.mark.parametrize("gone", [(), ("ivrs",)], ids=["no items", "no list"])
def test_a_menu_without_items_stands_where_the_record_says_that_it_is_one(gone: tuple[str, ...]) -> None:
    record = {name: value for name, value in tree(play_disclaimer="after").items() if name not in gone}
    assert read(record).reading.places["start", ""] == "/routable_type"
    assert ("UC208", "/routable_type") in crossing(record)


def test_the_tree_wins_over_the_single_level() -> None:
    record = tree(item(target_did="8015550151"), ivr_route={"repeat_greeting": True, "options": [option()]})
    assert steps(record) == ["Menu", ((SECOND,), None)]


def test_a_key_that_several_items_have_is_the_first_one_s() -> None:
    record = tree(item(1), item("1", target_did=8015550151))
    assert steps(record) == ["Menu", ((FIRST,), None)]
    assert said(record) == [("UC105", "/ivrs/1/key")]


def test_an_item_without_a_key_is_kept_and_reported() -> None:
    record = tree({"action": "simple", "target_did": 8015550151}, item())
    assert list(menu(record).exits) == ["1"]
    assert said(record) == [("UC105", "/ivrs/0")]
    assert {"/ivrs/0/action", "/ivrs/0/target_did"} <= behind(record)


@pytest.mark.parametrize("key", ["*", -1, "1234567890", 1.5, True])
def test_what_is_no_key_is_kept_and_reported(key: Any) -> None:
    assert said(tree(item(key), item(2))) == [("UC101", "/ivrs/0/key")]


def test_a_key_is_what_callers_press_digit_by_digit() -> None:
    assert list(menu(tree(item("05"), item(5))).exits) == ["05", "5"]


def test_the_destination_of_an_item_is_the_label_of_its_route() -> None:
    found = nodes(tree(item(message="One moment.", record_enabled=True, destination="Sales"), submenu(key=2, destination="More")))
    assert {type(node): node.label for node in found.values() if node.label} == {Ring: "Sales", Menu: "More"}


def test_actions_are_known_in_any_case() -> None:
    assert isinstance(nodes(tree(item(action="HangUp")))["1"], Hangup)


@pytest.mark.parametrize("action", ["voiceAgent", None, 7, "absent"])
def test_an_item_with_an_unknown_action_is_kept_as_it_stands(action: Any) -> None:
    entry = {"key": 1, "action": action, "target_did": 8015550142, "message": "Hi.", "x": 1}
    if action == "absent":
        del entry["action"]
    node = nodes(tree(entry))["1"]
    assert isinstance(node, VendorNode)
    assert node.data == {name: value for name, value in entry.items() if name != "key"}
    assert [code for code, _ in said(tree(entry))] == ["UC101"]
    assert ("UC214", "/ivrs/0") in crossing(tree(entry))


def test_a_message_before_an_end_is_heard() -> None:
    assert steps(tree(item(action="hangup", message="Bye."))) == ["Menu", "Bye.", "Hangup"]


def test_an_item_that_names_nobody_has_a_branch_of_its_own() -> None:
    """Without a node the key would be one that the menu does not have, and the greeting would play again."""
    node = nodes(tree(item(target_did=None)))["1"]
    assert isinstance(node, VendorNode)
    assert (node.word, node.data) == ("target_did", None)


def test_why_a_second_item_is_not_reached_is_said_with_its_key() -> None:
    (problem,) = read(tree(item(1), item(1))).problems
    assert problem.message == "no call can reach key: an item before it has the key 1"
    (problem,) = read(flat(option(1), option(1))).problems
    assert problem.message == "no call can reach value: an item before it has the key 1"


def test_the_key_back_leads_to_the_menu_above() -> None:
    record = tree(submenu(submenu(item(1, go_back_key=9), item(2, go_back_key=9), go_back_key=8), item(2, go_back_key=8)))
    assert dict(menu(record, "1").exits) == {"1": "1.1", "2": "1.2", "8": "start"}
    assert dict(menu(record, "1.1").exits) == {"1": "1.1.1", "2": "1.1.2", "9": "1"}


def test_the_key_back_leads_behind_what_only_who_enters_hears() -> None:
    found = nodes(tree(submenu(item(2, go_back_key=9)), play_disclaimer="before", record_call_enabled=True))
    assert found["next.next.1"].exits["9"] == "next.next"


def test_items_that_disagree_on_the_key_back_are_reported() -> None:
    record = tree(submenu(item(1, go_back_key=9), item(2, go_back_key=8), item(3)))
    assert dict(menu(record, "1").exits) == {"1": "1.1", "2": "1.2", "3": "1.3", "9": "start"}
    assert said(record) == [("UC109", "/ivrs/0/ivrData/1/go_back_key")]


def test_an_item_wins_over_the_key_back() -> None:
    record = tree(submenu(item(9, go_back_key=9)))
    assert dict(menu(record, "1").exits) == {"9": "1.9"}
    assert said(record) == [("UC105", "/ivrs/0/ivrData/0/go_back_key")]


def test_there_is_no_way_back_from_the_first_menu() -> None:
    assert "9" not in menu(tree(item(go_back_key=9))).exits
    assert "/ivrs/0/go_back_key" in behind(tree(item(go_back_key=9)))


def test_below_the_third_level_everything_is_kept_as_it_stands() -> None:
    deepest = submenu(item())
    node = nodes(tree(submenu(submenu(deepest))))["1.1.1"]
    assert isinstance(node, VendorNode)
    assert node.data == {name: value for name, value in deepest.items() if name != "key"}


def test_a_tree_two_hundred_levels_deep_is_read_three_levels_deep() -> None:
    deep = item()
    for _ in range(200):
        deep = submenu(deep)
    assert [type(node) for node in nodes(tree(deep)).values()] == [Menu, Menu, Menu, VendorNode]


@pytest.mark.parametrize(("kind", "label"), [("IvrRoute", "0"), ("IvrRoute2", "10")])
def test_ten_is_the_key_zero_in_the_old_menu_only(kind: str, label: str) -> None:
    assert list(menu(flat(option(10), kind=kind)).exits) == [label]


def test_in_the_old_menu_ten_and_zero_are_one_key() -> None:
    record = flat(option(0), option(10, ivr_target_did=8015550151), kind="IvrRoute")
    assert steps(record) == ["Menu", ((FIRST,), None)]
    assert said(record) == [("UC105", "/ivr_route/options/1/value")]


def test_an_option_may_end_in_voicemail() -> None:
    record = flat(option(ivr_voicemail_enabled=True), voicemail_rings=2, voicemail_greeting="Hi.")
    assert steps(record) == ["Menu", ((FIRST,), 12), "Voicemail: Hi."]


def test_a_route_that_an_item_does_not_take_stays_behind() -> None:
    record = tree(item(action="hangup", target_did=8015550142, overflowNumbers=HUNT))
    assert steps(record) == ["Menu", "Hangup"]
    assert {"/ivrs/0/target_did", "/ivrs/0/overflowNumbers/0/overflowNumber"} <= behind(record)


def test_a_greeting_that_does_not_repeat_is_said() -> None:
    block = {"repeat_greeting": False, "options": [option()]}
    assert ("UC415", "/ivr_route/repeat_greeting") in crossing(flat(ivr_route=block))
    assert "UC415" not in dict(crossing(flat(ivr_route=block | {"repeat_greeting": True})))


def test_every_node_of_a_tree_is_reached_from_its_start() -> None:
    record = tree(submenu(item(1, go_back_key=9)), item(2))
    assert set(nodes(record)) == set(read(record).flow.nodes)
