"""Numbers one after the other, or together, and voicemail behind them."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from tests.convirza_v3.records import FIRST, HUNT, SECOND, THIRD, nodes, read, rung, said, simple, steps, written
from unicall.graph import Hangup, PhoneNumber, Reference, Ring, RingTarget, Speech, VendorNode


def test_a_number_rings_for_nobody_knows_how_long() -> None:
    assert steps(simple()) == [((FIRST,), None)]


def test_the_rings_of_an_overflow_number_time_the_number_before_it() -> None:
    assert steps(simple(hunt_type="rollover", overflow_numbers=HUNT)) == [((FIRST,), 18), ((SECOND,), 24), ((THIRD,), None)]


def test_the_last_number_rings_until_voicemail_and_six_seconds_are_a_ring() -> None:
    record = simple(overflow_numbers=HUNT, voicemail_enabled=True, voicemail_rings=5, voicemail_greeting="Hi.")
    assert steps(record)[2:] == [((THIRD,), 30), "Voicemail: Hi."]


@pytest.mark.parametrize("rings", [None, "", 3, "3"])
def test_three_rings_are_the_default(rings: Any) -> None:
    assert steps(simple(voicemail_enabled=True, voicemail_rings=rings))[0] == ((FIRST,), 18)
    assert steps(simple(overflow_numbers=[HUNT[0] | {"rings": rings}]))[0] == ((FIRST,), 18)


@pytest.mark.parametrize("hunt_type", ["simultaneous", "Simultaneous", "SIMULTANEOUS"])
def test_numbers_that_ring_together_ring_for_three_rings_or_until_voicemail(hunt_type: str) -> None:
    record = simple(hunt_type=hunt_type, overflow_numbers=HUNT)
    assert steps(record) == [((FIRST, SECOND, THIRD), 18)]
    assert steps(record | {"voicemail_enabled": True, "voicemail_rings": 5})[0] == ((FIRST, SECOND, THIRD), 30)


@pytest.mark.parametrize(("early", "late"), [(1, 2), (3, 7), ("1", 2), (-1, 0), (1, 2.5)])
def test_overflow_numbers_that_all_say_their_order_ring_in_that_order(early: Any, late: Any) -> None:
    record = simple(overflow_numbers=[HUNT[1] | {"order": late}, HUNT[0] | {"order": early}])
    assert steps(record) == [((FIRST,), 18), ((SECOND,), 24), ((THIRD,), None)]


@pytest.mark.parametrize("orders", [(2, 2), (2, None), ("second", 1), (True, 1)])
def test_overflow_numbers_without_an_order_each_ring_as_they_are_listed(orders: tuple[Any, Any]) -> None:
    record = simple(overflow_numbers=[HUNT[1] | {"order": orders[0]}, HUNT[0] | {"order": orders[1]}])
    assert steps(record) == [((FIRST,), 24), ((THIRD,), 18), ((SECOND,), None)]


def test_an_entry_without_a_number_keeps_its_place_among_ordered_ones() -> None:
    entries = [HUNT[1] | {"order": 7}, {"phone_number": "", "order": 1}, HUNT[0] | {"order": 3}]
    assert [targets for targets, _ in steps(simple(overflow_numbers=entries))] == [(FIRST,), (SECOND,), (THIRD,)]


def test_a_number_that_is_added_is_numbered_behind_the_others() -> None:
    flow = read(simple(overflow_numbers=HUNT)).flow
    last = flow.nodes["otherwise.otherwise"]
    added = Ring(targets=(RingTarget(PhoneNumber("+18015550153")),))
    longer = {**flow.nodes, "otherwise.otherwise": evolve(last, exits={"otherwise": "x"}), "x": added}
    entries = written(evolve(flow, nodes=longer))["overflow_numbers"]
    assert [(entry["phone_number"], entry["order"]) for entry in entries][2:] == [("18015550153", 3)]


def test_an_unknown_order_of_ringing_is_kept_as_a_whole() -> None:
    record = simple(hunt_type="longest idle", overflow_numbers=HUNT)
    node = nodes(record)["start"]
    assert isinstance(node, VendorNode)
    assert node.data == {"ring_to": "18015550142", "hunt_type": "longest idle", "overflow_numbers": HUNT}
    assert said(record) == [("UC101", "/hunt_type")]


def test_an_unknown_order_of_one_number_is_only_mentioned() -> None:
    record = simple(hunt_type="longest idle", overflow_numbers=[])
    assert steps(record) == [((FIRST,), None)]
    assert said(record) == [("UC101", "/hunt_type")]


def test_the_word_hangup_in_the_place_of_a_number_ends_the_call() -> None:
    assert isinstance(nodes(simple(ring_to="Hangup"))["start"], Hangup)


def test_nobody_to_ring_is_an_end_that_nobody_knows() -> None:
    node = nodes(simple(ring_to=""))["start"]
    assert isinstance(node, VendorNode)
    assert node.word == "ring_to"


@pytest.mark.parametrize(
    ("spelled", "number"),
    [
        ("18015550142", FIRST),
        ("8015550142", FIRST),
        ("+18015550142", FIRST),
        (8015550142, FIRST),
        (18015550142, FIRST),
        ("+9992025550142", "+9992025550142"),
    ],
)
def test_a_number_is_read_in_every_spelling_and_kept_in_its_own(spelled: Any, number: str) -> None:
    assert steps(simple(ring_to=spelled)) == [((number,), None)]


def test_a_new_number_is_written_with_eleven_digits() -> None:
    flow = read(simple(ring_to="8015550142")).flow
    other = evolve(rung(flow, "start"), targets=(RingTarget(PhoneNumber("+12025550143")),))
    assert written(evolve(flow, nodes={"start": other}))["ring_to"] == "12025550143"


def test_text_that_is_no_number_is_a_reference_and_said() -> None:
    record = simple(ring_to="801-555-0142")
    ring = nodes(record)["start"]
    assert isinstance(ring, Ring)
    assert ring.targets[0].target == Reference("convirza-v3", "number", "801-555-0142")
    assert said(record) == [("UC102", "/ring_to")]


def test_the_whisper_is_what_all_of_a_route_hear() -> None:
    record = simple(overflow_numbers=HUNT, whisper_enabled=True, whisper_message="Roofing lead")
    assert {node.whisper for node in nodes(record).values() if isinstance(node, Ring)} == {Speech("Roofing lead")}
