"""Which calls notice what a translation lost or changed."""

from __future__ import annotations

import pytest

import unicall
from unicall import Flow, simulate
from unicall.graph import EntryPoint, Hangup, Menu, Node, PhoneNumber, Queue, Reference, Ring, RingTarget, Speech, Voicemail

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
