"""Recording, disclaimer and message."""

from __future__ import annotations

from typing import Any

import pytest

import unicall
from tests.convirza.records import (
    DISCLAIMER,
    FIRST,
    behind,
    crossing,
    flat,
    item,
    nodes,
    option,
    read,
    said,
    simple,
    steps,
    submenu,
    tree,
)
from unicall.graph import Announce, Menu, RecordCall, Reference, Ring, Speech, Voicemail

SAYS: dict[str, Any] = {"message_enabled": True, "message": "Hello."}
RINGS = ((FIRST,), None)


def test_recording_begins_before_anything_is_heard() -> None:
    assert steps(simple(record_call_enabled=True, play_disclaimer="before", **SAYS)) == [
        *("RecordCall", "disclaimer:account", "Hello."),
        RINGS,
    ]


@pytest.mark.parametrize("switch", [False, None, "false", 0])
def test_without_recording_there_is_no_node(switch: Any) -> None:
    assert steps(simple(record_call_enabled=switch)) == [RINGS]
    assert steps(simple()) == [RINGS]


@pytest.mark.parametrize(
    ("when", "heard"),
    [
        ("before", ["disclaimer:account", "Hello."]),
        ("after", ["Hello.", "disclaimer:account"]),
        ("never", ["Hello."]),
        (None, ["Hello."]),
        (True, ["disclaimer:account", "Hello."]),
    ],
)
def test_the_disclaimer_stands_before_or_after_the_message(when: Any, heard: list[str]) -> None:
    assert steps(simple(play_disclaimer=when, **SAYS))[:-1] == heard


@pytest.mark.parametrize("when", ["sometimes", "Before"])
def test_an_unknown_place_of_the_disclaimer_is_kept_and_reported(when: str) -> None:
    record = simple(play_disclaimer=when, **SAYS)
    assert steps(record) == ["Hello.", RINGS]
    assert said(record) == [("UC101", "/play_disclaimer")]


def test_a_disclaimer_alone_may_stand_before_or_after_nothing() -> None:
    for when in ("before", "after"):
        assert steps(simple(play_disclaimer=when)) == ["disclaimer:account", RINGS]
    assert "/play_disclaimer" in behind(simple(play_disclaimer="after"))


@pytest.mark.parametrize("fields", [{"message": "Hello."}, {"message_enabled": False, "message": "Hello."}])
def test_a_message_that_is_not_switched_on_stays_behind_unheard(fields: dict[str, Any]) -> None:
    assert steps(simple(**fields)) == [RINGS]
    assert "/message" in behind(simple(**fields))


@pytest.mark.parametrize("switch", [True, None, "", "absent"])
def test_a_menu_greets_even_where_no_switch_says_so(switch: Any) -> None:
    record = tree(item(), **({} if switch == "absent" else {"message_enabled": switch}))
    menu = nodes(record)["start"]
    assert isinstance(menu, Menu)
    assert menu.greeting == Speech("Welcome.")


def test_a_greeting_that_is_switched_off_is_none() -> None:
    menu = nodes(tree(item(), message_enabled=False))["start"]
    assert isinstance(menu, Menu)
    assert menu.greeting is None


def test_a_disclaimer_before_a_menu_is_announced_and_one_after_it_is_the_notice_of_the_menu() -> None:
    assert [type(node) for node in nodes(tree(item(), play_disclaimer="before")).values()] == [Announce, Menu, Ring]
    after = nodes(tree(item(), play_disclaimer="after"))
    assert [type(node) for node in after.values()] == [Menu, Ring]
    menu = after["start"]
    assert isinstance(menu, Menu)
    assert menu.notice == DISCLAIMER
    assert ("UC207", "/play_disclaimer") in crossing(tree(item(), play_disclaimer="after"))


def test_an_item_records_and_speaks_before_it_rings() -> None:
    chosen = item(message="One moment.", play_disclaimer="after", record_enabled=True)
    assert steps(tree(chosen)) == ["Menu", "RecordCall", "One moment.", "disclaimer:account", RINGS]


def test_an_option_has_a_disclaimer_of_yes_or_no() -> None:
    chosen = option(ivr_play_disclaimer=True, ivr_record_enabled=True, ivr_message_enabled=True, ivr_message="One moment.")
    assert steps(flat(chosen)) == ["Menu", "RecordCall", "disclaimer:account", "One moment.", RINGS]


def test_recording_on_a_submenu_records_nothing_and_stays_behind() -> None:
    record = tree(submenu(item(), record_enabled=True))
    assert not any(isinstance(node, RecordCall) for node in nodes(record).values())
    assert ("UC410", "/ivrs/0/record_enabled") in crossing(record)


def test_text_that_is_the_id_of_a_prompt_in_the_bundle_is_that_prompt() -> None:
    record = simple(message_enabled=True, message="PRM-1", voicemail_enabled=True, voicemail_greeting="PRM-2")
    bundle = {"call_flow": record, "prompts": {"PRM-1": {"name": "Hello"}}}
    found = list(nodes(bundle).values())
    assert isinstance(found[0], Announce)
    assert found[0].prompt == Reference("convirza-v2", "audio", "PRM-1")
    assert isinstance(found[-1], Voicemail)
    assert found[-1].greeting == Speech("PRM-2")
    assert isinstance(nodes(record)["start"], Announce)


def test_text_comes_back_with_every_blank_in_it() -> None:
    read(simple(message_enabled=True, message="  a\tb\n "))


def test_the_disclaimer_behind_a_greeting_is_said_where_it_cannot_be_played() -> None:
    translation = unicall.translate(tree(item(), play_disclaimer="after"), target="vinix")
    assert [(p.code, p.severity, p.pointer) for p in translation.problems if "behind the greeting" in p.message] == [
        ("UC304", "unresolved", "/play_disclaimer")
    ]
