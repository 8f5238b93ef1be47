"""What one call meets, rule by rule."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from unicall import Call, Flow, FlowError, Trace, simulate
from unicall.graph import Announce, Hangup, Menu, PhoneNumber, Ring, RingTarget, Speech, VendorNode, Voicemail

AT = datetime(2026, 11, 21, 9, 30, tzinfo=ZoneInfo("America/New_York"))
DESK, CELL = PhoneNumber("+12025550142"), PhoneNumber("+12025550143")


def met(trace: Trace) -> list[tuple[object, ...]]:
    return [(step.kind, step.what or ",".join(step.targets), step.seconds) for step in trace.steps if step.kind != "end"]


def test_a_hunt_rings_one_after_the_other_until_somebody_answers() -> None:
    targets = (RingTarget(DESK, timeout=20), RingTarget(CELL, timeout=30))
    flow = Flow(start="start", nodes={"start": Ring(targets=targets, order="in turn", timeout=40)})
    trace = simulate(flow, Call(AT, answers={CELL.number: "answered"}))
    assert met(trace) == [("ring", DESK.number, 20), ("ring", CELL.number, 20)]
    assert trace.end == "answered"


def test_an_outcome_with_an_exit_of_its_own_takes_it_before_the_ring_is_repeated() -> None:
    ring = Ring(targets=(RingTarget(DESK),), timeout=20, repeats=3, exits={"busy": "busy", "otherwise": "message"})
    flow = Flow(start="start", nodes={"start": ring, "busy": Hangup(), "message": Voicemail()})
    busy = simulate(flow, Call(AT, default_answer="busy"))
    assert (len(busy.steps), busy.end, busy.taken) == (2, "hangup", (("start", "busy"),))
    silent = simulate(flow, Call(AT))
    assert [step.kind for step in silent.steps] == ["ring", "ring", "ring", "voicemail", "end"]


def test_silence_plays_the_greeting_again_until_the_retries_are_used_up() -> None:
    menu = Menu(greeting=Speech("Press 1."), retries=3, exits={"1": "ring", "exhausted": "bye"})
    nodes = {"start": menu, "ring": Ring(targets=(RingTarget(DESK),)), "bye": Announce(prompt=Speech("Goodbye."))}
    flow = Flow(start="start", nodes=nodes)
    assert met(simulate(flow, Call(AT))) == [("prompt", "Press 1.", None)] * 3 + [("prompt", "Goodbye.", None)]
    assert met(simulate(flow, Call(AT, keys=("7", None, "1"))))[-1] == ("ring", DESK.number, None)


def test_a_flow_that_goes_round_without_asking_anything_ends_as_a_loop() -> None:
    nodes = {"start": Announce(prompt=Speech("Please hold."), exits={"next": "start"})}
    assert simulate(Flow(start="start", nodes=nodes), Call(AT)).end == "loop"


def test_what_only_a_vendor_has_is_never_passed() -> None:
    nodes = {"start": VendorNode(provider="vinix", word="pivot", exits={"_": "next"}), "next": Hangup()}
    trace = simulate(Flow(start="start", nodes=nodes), Call(AT))
    assert (met(trace), trace.end) == ([("opaque", "pivot", None)], "opaque")


def test_a_call_that_nobody_can_make_is_refused() -> None:
    with pytest.raises(FlowError, match="time zone"):
        Call(datetime(2026, 11, 21, 9, 30))
    with pytest.raises(FlowError, match="may have answered"):
        Call(AT, answers={DESK.number: "asleep"})
    with pytest.raises(FlowError, match="draw"):
        Call(AT, draws=(1.0,))
