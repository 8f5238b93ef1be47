"""Which calls notice what a translation lost or changed."""

from __future__ import annotations

import pytest
from attrs import evolve

import unicall
from unicall import Flow, simulate
from unicall.graph import (
    Announce,
    EntryPoint,
    Hangup,
    Menu,
    Node,
    PhoneNumber,
    Queue,
    Reference,
    Ring,
    RingTarget,
    Speech,
    Split,
    Subflow,
    Voicemail,
)

DESK = RingTarget(PhoneNumber("+12025550142"))


def flow(**nodes: Node) -> Flow:
    return Flow(name="Test", start="start", nodes=nodes, entry_points=(EntryPoint("number", "+12025550100"),))


def test_a_lost_branch_is_told_with_the_shortest_call_that_meets_it() -> None:
    menu = Menu(greeting=Speech("Press 1 or 2."), exits={"1": "desk", "2": "queue"})
    queue = Queue(queue=Reference("vinix", "queue", "q1"), exits={"next": "bye"})
    before = flow(
        start=menu, desk=Ring(targets=(DESK,), exits={"otherwise": "message"}), message=Voicemail(), queue=queue, bye=Hangup()
    )
    done = unicall.translate(before, target="convirza-v2", compare=True)
    lost = next(problem for problem in done.problems if problem.node == "queue" and problem.severity == "lost")
    assert lost.call is not None
    assert (lost.met, lost.call.keys) == ("presses 2", ("2",))
    assert simulate(before, lost.call).steps[1].kind == "queue"


def test_a_change_that_no_call_can_meet_is_unnoticed_and_keeps_its_severity() -> None:
    nodes = {"start": Ring(targets=(DESK,), timeout=18, exits={"otherwise": "message"}), "message": Voicemail()}
    done = unicall.translate(flow(**nodes, far=Queue(queue=None)), target="convirza-v2", compare=True)
    assert done.comparison.same
    assert {problem.unnoticed for problem in done.problems if problem.severity in ("lost", "changed")} <= {True}


def test_nothing_is_compared_unless_somebody_asks() -> None:
    done = unicall.translate(flow(start=Queue(queue=None)), target="convirza-v2")
    assert all(problem.call is None and not problem.unnoticed for problem in done.problems)


@pytest.mark.parametrize("target", ["vinix", "convirza-v3", "convirza-v2"])
def test_a_hunt_with_voicemail_is_the_same_everywhere(target: str) -> None:
    hunt = Ring(targets=(DESK,), order="in turn", timeout=18, exits={"otherwise": "message"})
    done = unicall.translate(flow(start=hunt, message=Voicemail()), target=target)
    assert str(done.comparison) == "same"


def marked(before: Flow, target: str, code: str) -> list[tuple[str, bool]]:
    done = unicall.translate(before, target=target, compare=True)
    return [(problem.met, problem.unnoticed) for problem in done.problems if problem.code == code]


def test_a_choice_that_is_gone_is_met_by_a_call_that_took_another_exit_than_the_one_that_is_left() -> None:
    shares = {"a": 60.0, "b": 40.0}
    other = Ring(targets=(RingTarget(PhoneNumber("+12025550143")),))
    split = flow(start=Split(shares=shares, exits={"a": "a", "b": "b"}), a=Ring(targets=(DESK,)), b=other)
    assert marked(split, "api19", "UC210") == [("drawn at 80 %", False)]


def test_a_loss_in_another_flow_that_came_along_is_met_by_the_calls_that_run_it() -> None:
    other = Flow(name="Other", start="start", nodes={"start": Announce(prompt=Speech("Hello."), exits={})})
    jump = Subflow(flow=Reference("vinix", "flow", "f1"), exits={"next": "desk"})
    before = evolve(flow(start=jump, desk=Ring(targets=(DESK,))), subflows={"f1": other})
    assert marked(before, "api19", "UC207") == [("any call", False)]


def test_a_way_in_that_is_gone_is_noticed_by_everybody_who_takes_it() -> None:
    before = flow(start=Ring(targets=(DESK,)))
    before = evolve(before, entry_points=(*before.entry_points, EntryPoint("number", "+12025550101")))
    assert marked(before, "convirza-v2", "UC402") == [("", False)]


def test_an_outcome_of_a_ring_that_ended_the_call_is_met_where_it_leads_on_now() -> None:
    ring = Ring(targets=(DESK,), exits={"no_answer": "message"})
    told = marked(flow(start=ring, message=Voicemail()), "convirza-v2", "UC206")
    assert ("+1 202 555 0142 declines", False) in told


def test_an_exit_behind_which_a_call_only_hears_something_and_ends_is_met_by_the_call_that_takes_it() -> None:
    exits = {"1": "desk", "no_input": "desk", "exhausted": "goodbye"}
    menu = Menu(greeting=Speech("Press 1."), retries=1, exits=exits)
    before = flow(
        start=menu, desk=Ring(targets=(DESK,)), goodbye=Announce(prompt=Speech("Goodbye."), exits={"next": "bye"}), bye=Hangup()
    )
    assert ("presses 2", False) in marked(before, "convirza-v2", "UC221")


def test_nobody_says_that_no_call_comes_to_an_outcome_that_only_the_carrier_has_a_word_for() -> None:
    ring = Ring(targets=(DESK,), exits={"no_answer": "message", "vinix/sip:480": "other"})
    before = flow(start=ring, message=Voicemail(), other=Voicemail(greeting=Speech("Later.")))
    done = unicall.translate(before, target="convirza-v2", compare=True)
    assert not any(
        problem.unnoticed for problem in done.problems if problem.node == "other" or "/" in str(problem.words.get("exit"))
    )
