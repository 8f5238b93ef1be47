"""Numbers one after the other, or together, and voicemail behind them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.convirza.records import (
    FIRST,
    HUNT,
    SECOND,
    THIRD,
    behind,
    crossing,
    flat,
    nodes,
    option,
    read,
    said,
    simple,
    steps,
    tree,
)
from tests.convirza.records import item as leaf
from unicall.graph import Hangup, PhoneNumber, Reference, Ring, Speech, VendorNode, Voicemail


def test_a_number_rings_for_nobody_knows_how_long() -> None:
    assert steps(simple()) == [((FIRST,), None)]


def test_the_rings_of_an_overflow_number_time_the_number_before_it() -> None:
    assert steps(simple(overflowNumbers=HUNT)) == [((FIRST,), 18), ((SECOND,), 24), ((THIRD,), None)]


def test_the_last_number_rings_until_voicemail_and_six_seconds_are_a_ring() -> None:
    record = simple(overflowNumbers=HUNT, voicemail_enabled=True, voicemail_rings=5, voicemail_greeting="Hi.")
    assert steps(record)[2:] == [((THIRD,), 30), "Voicemail: Hi."]


@pytest.mark.parametrize("rings", [None, "", 3, "3"])
def test_three_rings_are_the_default(rings: Any) -> None:
    assert steps(simple(voicemail_enabled=True, voicemail_rings=rings))[0] == ((FIRST,), 18)
    assert steps(simple(overflowNumbers=[{"overflowNumber": 8015550151, "rings": rings}]))[0] == ((FIRST,), 18)


@pytest.mark.parametrize("hunt_type", ["simultaneous", "Simultaneous", "SIMULTANEOUS"])
def test_numbers_that_ring_together_ring_for_three_rings_whatever_their_own_count(hunt_type: str) -> None:
    record = simple(hunt_type=hunt_type, overflowNumbers=[HUNT[0] | {"rings": 9}, HUNT[1]])
    assert steps(record) == [((FIRST, SECOND, THIRD), 18)]
    ring = nodes(record)["start"]
    assert isinstance(ring, Ring)
    assert ring.order == "together"


def test_numbers_that_ring_together_ring_until_voicemail() -> None:
    record = simple(hunt_type="simultaneous", overflowNumbers=HUNT, voicemail_enabled=True, voicemail_rings=5)
    assert steps(record) == [((FIRST, SECOND, THIRD), 30), "Voicemail"]


@pytest.mark.parametrize("hunt_type", [None, "", "overflow", "Rollover"])
def test_a_hunt_without_a_known_word_or_with_one_is_in_turn(hunt_type: Any) -> None:
    assert len(steps(simple(hunt_type=hunt_type, overflowNumbers=HUNT))) == 3


def test_a_hunt_of_an_unknown_type_is_kept_as_it_stands() -> None:
    record = simple(hunt_type="round robin", overflowNumbers=HUNT, voicemail_enabled=True)
    node = nodes(record)["start"]
    assert isinstance(node, VendorNode)
    assert node.data == {"default_ringto": "8015550142", "hunt_type": "round robin", "overflowNumbers": HUNT}
    assert said(record) == [("UC101", "/hunt_type")]


def test_an_unknown_hunt_type_without_overflow_numbers_changes_nothing() -> None:
    assert steps(simple(hunt_type="round robin", overflowNumbers=[])) == [((FIRST,), None)]


def test_an_overflow_number_that_names_nobody_is_passed_over_and_so_is_its_count() -> None:
    record = simple(overflowNumbers=[{"overflowNumber": "", "rings": 9}, HUNT[1]])
    assert steps(record) == [((FIRST,), 24), ((THIRD,), None)]
    assert "/overflowNumbers/0/rings" in behind(record)


def test_without_a_first_number_the_overflow_numbers_ring_and_the_first_count_times_nothing() -> None:
    record = simple(default_ringto="", overflowNumbers=HUNT)
    assert steps(record) == [((SECOND,), 24), ((THIRD,), None)]
    read(record)


def test_a_number_may_be_tried_again() -> None:
    assert steps(simple(overflowNumbers=[{"overflowNumber": 8015550142, "rings": 2}])) == [((FIRST,), 12), ((FIRST,), None)]


@pytest.mark.parametrize("spelling", ["8015550142", 8015550142, "18015550142", 18015550142])
def test_a_number_may_be_text_or_an_integer_and_have_its_country(spelling: Any) -> None:
    ring = nodes(simple(default_ringto=spelling))["start"]
    assert isinstance(ring, Ring)
    assert ring.targets[0].target == PhoneNumber(FIRST)
    assert said(simple(default_ringto=spelling)) == []


@pytest.mark.parametrize("text", ["stringstri", "801-555-0142", "28015550142", "0"])
def test_other_text_is_a_reference_and_unresolved(text: str) -> None:
    ring = nodes(simple(default_ringto=text))["start"]
    assert isinstance(ring, Ring)
    assert ring.targets[0].target == Reference("convirza-v2", "number", text)
    assert said(simple(default_ringto=text)) == [("UC102", "/default_ringto")]


@pytest.mark.parametrize("nothing", [None, ""])
def test_without_a_number_nothing_rings_and_nothing_is_invented(nothing: Any) -> None:
    node = nodes(simple(default_ringto=nothing))["start"]
    assert isinstance(node, VendorNode)
    assert (node.word, node.data) == ("default_ringto", None)
    assert ("UC214", "/default_ringto") in crossing(simple(default_ringto=nothing))


def test_without_a_number_but_with_voicemail_the_caller_leaves_a_message() -> None:
    assert steps(simple(default_ringto="", voicemail_enabled=True, voicemail_greeting="Hi.")) == ["Voicemail: Hi."]


@pytest.mark.parametrize("word", ["hangup", "HangUp"])
def test_hangup_instead_of_a_number_ends_the_call(word: str) -> None:
    record = simple(default_ringto=word, overflowNumbers=HUNT, voicemail_enabled=True)
    assert [type(node) for node in nodes(record).values()] == [Hangup]


def test_the_word_hangup_is_no_target_below_a_key() -> None:
    assert said(tree(leaf(target_did="hangup"))) == [("UC102", "/ivrs/0/target_did")]


def test_a_voicemail_route_rings_nobody() -> None:
    record = {"routable_type": "VoicemailRoute", "default_ringto": "8015550142", "voicemail_greeting": "Closed."}
    assert steps(record) == ["Voicemail: Closed."]


def test_voicemail_in_every_branch_has_the_rings_and_the_greeting_of_the_record() -> None:
    record = tree(leaf(1, voicemail_enabled=True), leaf(2, voicemail_enabled=True), voicemail_rings=2, voicemail_greeting="Hi.")
    found = nodes(record)
    assert [node.timeout for node in found.values() if isinstance(node, Ring)] == [12, 12]
    assert [node.greeting for node in found.values() if isinstance(node, Voicemail)] == [Speech("Hi.")] * 2


@pytest.mark.parametrize(
    ("switch", "together"), [(True, True), ("true", True), (1, True), (False, False), (None, False), ("maybe", False)]
)
def test_an_item_rings_its_numbers_together_where_its_switch_says_so(switch: Any, together: bool) -> None:
    rings = [node for node in nodes(tree(leaf(isSimultaneous=switch, overflowNumbers=HUNT))).values() if isinstance(node, Ring)]
    assert len(rings) == (1 if together else 3)


def test_a_switch_that_nobody_can_read_is_off_and_reported() -> None:
    assert said(simple(record_call_enabled="maybe")) == [("UC101", "/record_call_enabled")]
    assert steps(simple(record_call_enabled="maybe")) == [((FIRST,), None)]


def test_the_whisper_of_a_record_belongs_to_every_ring() -> None:
    record = simple(overflowNumbers=HUNT, whisper_enabled=True, whisper_message="Roof lead")
    assert [node.whisper for node in nodes(record).values() if isinstance(node, Ring)] == [Speech("Roof lead")] * 3


def test_a_whisper_that_is_switched_off_is_not_heard() -> None:
    ring = nodes(simple(whisper_enabled=False, whisper_message="Roof lead"))["start"]
    assert isinstance(ring, Ring)
    assert ring.whisper is None


def test_each_key_has_its_own_whisper() -> None:
    record = flat(option(1, ivr_whisper_enabled=True, ivr_whisper_message="One"), option(2), whisper_enabled=True)
    assert [node.whisper for node in nodes(record).values() if isinstance(node, Ring)] == [Speech("One"), None]


def test_counts_that_time_nothing_stay_behind_and_defaults_say_nothing() -> None:
    assert "/voicemail_rings" in behind(simple(voicemail_rings=7))
    assert "/voicemail_rings" not in behind(simple(voicemail_rings=3))
