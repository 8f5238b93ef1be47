"""The calls that take every exit, the exits that none takes, and what is odd about a flow."""

from __future__ import annotations

from typing import Any

import pytest

import unicall
from tests.support import VENDORS, records
from unicall import Flow, simulate
from unicall.behave.checking import check
from unicall.behave.covering import calls_for, untaken
from unicall.graph import Announce, Hangup, Menu, Node, PhoneNumber, Ring, RingTarget, Schedule, Speech, Voicemail
from unicall.hours import Hours, Recurrence

RECORDS = [pytest.param(v, record, id=f"{v}:{name}") for v in VENDORS for name, record in records(v)]
DESK = RingTarget(PhoneNumber("+12025550142"))
ALWAYS = Hours(name="always", recurrences=(Recurrence(frequency="daily"),))
LATER = Hours(name="later", recurrences=(Recurrence(frequency="weekly", weekdays=("MO",)),))
NIGHT = Hours(name="night", recurrences=(Recurrence(frequency="daily", start=79200, end=21600),))


def flow(**nodes: Node) -> Flow:
    return Flow(start="start", nodes=nodes)


@pytest.mark.parametrize(("provider", "record"), RECORDS)
def test_the_calls_for_a_fixture_take_every_exit_but_those_that_are_told(provider: str, record: Any) -> None:
    read = unicall.parse(record, provider).flow
    taken = {one for call in calls_for(read) for one in simulate(read, call).taken}
    told = {(one.node, one.exit) for one in untaken(read)}
    inside = {(at, label) for at, node in read.nodes.items() for label in node.exits}
    outside = {(f"{key}/{at}", label) for key, sub in read.subflows.items() for at, n in sub.nodes.items() for label in n.exits}
    assert taken.isdisjoint(told)
    assert inside <= taken | told
    assert outside <= taken | told


def test_few_calls_take_all_exits_of_a_menu() -> None:
    menu = Menu(greeting=Speech("Press 1 or 2."), retries=2, exits={"1": "desk", "2": "bye", "exhausted": "bye"})
    calls = calls_for(flow(start=menu, desk=Ring(targets=(DESK,), exits={"otherwise": "bye"}), bye=Hangup()))
    assert len(calls) == 3
    assert {call.keys[0] for call in calls} >= {"1", "2"}


@pytest.mark.parametrize(
    ("hours", "why"),
    [
        ((ALWAYS, LATER), "earlier hours hold whenever these do"),
        ((NIGHT,), "these hours never hold"),
        ((Hours(name="other", recurrences=None),), "nobody knows these hours"),
    ],
)
def test_why_hours_are_never_taken_is_told(hours: tuple[Hours, ...], why: str) -> None:
    exits = {named.name: "end" for named in hours}
    found = untaken(flow(start=Schedule(timezone="America/New_York", hours=hours, exits=exits), end=Hangup()))
    assert [one.why for one in found][-1] == why


def test_what_stands_behind_an_exit_that_no_call_takes_has_no_way_in() -> None:
    nodes = {"start": Menu(retries=1, max_digits=1, exits={"x": "far"}), "far": Announce(prompt=Speech("?"), exits={"next": "end"})}
    found = untaken(flow(**nodes, end=Voicemail()))
    assert [(one.exit, one.why) for one in found] == [("x", "no caller can press this"), ("next", "there is no way in")]


def test_a_flow_without_a_fault_has_nothing_to_check() -> None:
    assert check(flow(start=Ring(targets=(DESK,), exits={"otherwise": "message"}), message=Voicemail()), {}) == ()
