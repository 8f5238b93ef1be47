"""Pairs of flows that are written in different ways and are the same, and pairs that look alike and are not. A name is a rule."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TypeAlias

import pytest
from attrs import evolve

from unicall import Flow, compare
from unicall.graph import (
    Announce,
    CallerMatch,
    Hangup,
    Menu,
    Node,
    Notify,
    Pause,
    PhoneNumber,
    Place,
    Queue,
    RecordCall,
    Reference,
    Region,
    Reject,
    Ring,
    RingTarget,
    Schedule,
    SetCallerId,
    SetVariable,
    Speech,
    Split,
    Subflow,
    VendorNode,
    Voicemail,
    Webhook,
)
from unicall.hours import WEEKDAYS, Hours, Recurrence

DESK, CELL, HOME = PhoneNumber("+12025550142"), PhoneNumber("+12025550143"), PhoneNumber("+12025550144")
WORKDAYS, WEEKEND = WEEKDAYS[:5], WEEKDAYS[5:]
BOX = Voicemail()
HELLO, BYE = Speech("Hello."), Speech("Goodbye.")

Pair: TypeAlias = tuple[Flow, Flow]


def flow(start: Node, /, **nodes: Node) -> Flow:
    return Flow(start="start", nodes={"start": start, "box": BOX, **nodes})


def rings(*targets: PhoneNumber, to: str | None = "box", seconds: float | None = 20, each: float | None = None) -> Ring:
    rung = tuple(RingTarget(target, timeout=each) for target in targets)
    return Ring(targets=rung, timeout=seconds, exits={} if to is None else {"otherwise": to})


def hunts(*targets: PhoneNumber, each: float = 10, seconds: float | None = None, to: str = "box") -> Ring:
    return evolve(rings(*targets, each=each, seconds=seconds, to=to), order="in turn")


def menu(keys: Mapping[str, str], retries: int | None = 2, greeting: Speech | None = HELLO) -> Menu:
    return Menu(greeting=greeting, retries=retries, exits=keys)


def says(prompt: Speech = HELLO, to: str | None = "box", times: int = 1) -> Announce:
    return Announce(prompt=prompt, times=times, exits={} if to is None else {"next": to})


def weekly(days: tuple[str, ...], begin: float, end: float, **facts: object) -> Recurrence:
    return Recurrence(frequency="weekly", weekdays=days, start=int(begin * 3600), end=int(end * 3600), **facts)  # type: ignore[arg-type]


def opened(*recurrences: Recurrence, zone: str | None = "America/New_York") -> Flow:
    """Rings while these hold, and takes a message while they do not."""
    return scheduled({"open": recurrences}, {"open": "desk", "otherwise": "box"}, zone)


def scheduled(
    hours: Mapping[str, tuple[Recurrence, ...]], exits: Mapping[str, str], zone: str | None = "America/New_York", **nodes: Node
) -> Flow:
    named = tuple(Hours(name=name, recurrences=recurrences) for name, recurrences in hours.items())
    return flow(Schedule(timezone=zone, hours=named, exits=exits), desk=rings(DESK), cell=rings(CELL), **nodes)


def placed(*places: Place, exits: Mapping[str, str]) -> Flow:
    return flow(Region(places=places, exits=exits), desk=rings(DESK), cell=rings(CELL))


def matched(pattern: str, exits: Mapping[str, str] | None = None) -> Flow:
    return flow(CallerMatch(pattern=pattern, exits=exits or {"match": "desk", "no_match": "box"}), desk=rings(DESK))


def shared(shares: Mapping[str, float], exits: Mapping[str, str], **nodes: Node) -> Flow:
    return flow(Split(shares=shares, exits=exits), desk=rings(DESK), cell=rings(CELL), **nodes)


def weighted(*targets: tuple[PhoneNumber, int | None], longer: PhoneNumber | None = None) -> Flow:
    """Ten seconds each, thirty in all. ``longer``: who rings one second longer, as long as there is time."""
    rung = tuple(RingTarget(target, timeout=10 + (target == longer), weight=weight) for target, weight in targets)
    return flow(Ring(targets=rung, order="weighted", timeout=30, exits={"otherwise": "box"}))


def device(name: str) -> Ring:
    return Ring(targets=(RingTarget(Reference("vinix", "device", name)),), timeout=20, exits={"otherwise": "box"})


NORTH, SOUTH = Place("north", area_codes=("801", "385")), Place("south", area_codes=("202",))
NINE_TO_FIVE = weekly(WORKDAYS, 9, 17)
DAILY = Recurrence(frequency="daily", start=9 * 3600, end=17 * 3600)
CHRISTMAS = Recurrence(frequency="yearly", month=12, month_days=(25,))
DESK_MENU = menu({"1": "desk", "exhausted": "box"})
AT_BUSY = evolve(rings(DESK), exits={"busy": "bye", "otherwise": "then"})
AT_ONCE, FOR_LONG = RingTarget(DESK, timeout=10), RingTarget(DESK, timeout=30)
CUT_OFF = Ring(targets=(RingTarget(DESK, timeout=10, weight=2), RingTarget(CELL, timeout=20)), order="weighted", timeout=20)
HELLO_SUB = Flow(start="a", nodes={"a": says(to=None)})
TO_SUB = Subflow(flow=Reference("vinix", "flow", "sub"), exits={"next": "desk"})
THIRDS = Split(shares={"a": 50, "b": 30, "c": 20}, exits={"a": "desk", "b": "cell", "c": "box"})
ONE_OF_TWO = Flow(
    start="a",
    nodes={
        "a": Split(shares={"x": 10, "y": 90}, exits={"x": "hello", "y": "bye"}),
        "hello": says(to=None),
        "bye": says(BYE, to=None),
    },
)
TWO_OF_TWO = Split(shares={"y": 90, "x": 10}, exits={"x": "hello", "y": "bye"})

SAME: dict[str, Pair] = {
    "a hunt is a chain of rings": (
        flow(hunts(DESK, CELL, seconds=20)),
        flow(rings(DESK, to="then", seconds=10), then=rings(CELL, seconds=10)),
    ),
    "a hunt of three is a hunt of two and a ring": (
        flow(hunts(DESK, CELL, HOME)),
        flow(hunts(DESK, CELL, to="then"), then=rings(HOME, seconds=10)),
    ),
    "a hunt ends when its whole time is over": (flow(hunts(DESK, CELL, HOME, seconds=20)), flow(hunts(DESK, CELL, seconds=20))),
    "the last of a hunt has what is left of the whole time": (
        flow(hunts(DESK, CELL, seconds=15)),
        flow(rings(DESK, to="then", seconds=10), then=rings(CELL, seconds=5)),
    ),
    "a ring of one is together or in turn": (flow(rings(DESK)), flow(evolve(rings(DESK), order="in turn"))),
    "a ring of one is drawn by nobody": (flow(rings(DESK)), flow(evolve(rings(DESK), order="weighted"))),
    "the order of those who ring together": (flow(rings(DESK, CELL)), flow(rings(CELL, DESK))),
    "one who rings together after the time is over does not ring": (
        flow(rings(DESK)),
        flow(evolve(rings(DESK), targets=(RingTarget(DESK), RingTarget(CELL, delay=30)))),
    ),
    "ringing twice is a chain of two": (flow(evolve(rings(DESK), repeats=2)), flow(rings(DESK, to="then"), then=rings(DESK))),
    "a ring of nobody is passed": (flow(Ring(targets=(), exits={"otherwise": "desk"}), desk=rings(DESK)), flow(rings(DESK))),
    "all outcomes one by one are otherwise": (
        flow(rings(DESK)),
        flow(evolve(rings(DESK), exits=dict.fromkeys(("no_answer", "busy", "declined", "unreachable"), "box"))),
    ),
    "an outcome is its SIP code": (
        flow(evolve(rings(DESK), exits={"busy": "bye", "otherwise": "box"}), bye=says(BYE, to=None)),
        flow(evolve(rings(DESK), exits={"vinix/sip:486": "bye", "otherwise": "box"}), bye=says(BYE, to=None)),
    ),
    "an outcome that was settled before is not asked again": (
        flow(AT_BUSY, bye=says(BYE), then=evolve(rings(DESK), exits={"busy": "bye", "otherwise": "box"})),
        flow(AT_BUSY, bye=says(BYE), then=rings(DESK)),
    ),
    "a time of its own as long as the whole time": (flow(rings(DESK)), flow(rings(DESK, each=20))),
    "a join that was copied": (
        flow(menu({"1": "desk", "2": "desk", "exhausted": "box"}), desk=rings(DESK)),
        flow(menu({"1": "one", "2": "two", "exhausted": "box"}), one=rings(DESK), two=rings(DESK)),
    ),
    "nodes by other names": (
        flow(DESK_MENU, desk=rings(DESK)),
        Flow(start="a", nodes={"a": menu({"1": "b", "exhausted": "c"}), "b": rings(DESK, to="c"), "c": BOX}),
    ),
    "a node that nothing leads to": (flow(rings(DESK)), flow(rings(DESK), alone=says(BYE))),
    "a label": (flow(rings(DESK)), flow(evolve(rings(DESK), label="Front desk"))),
    "a hangup that is said and one that is not": (flow(says(to="end"), end=Hangup()), flow(says(to=None))),
    "a missing exit of a ring ends the call": (flow(rings(DESK, to=None)), flow(rings(DESK, to="end"), end=Hangup())),
    "an announcement twice is two": (flow(says(times=2)), flow(says(to="again"), again=says())),
    "an endless announcement is a loop that is not left": (
        flow(says(to="start")),
        flow(says(to="other"), other=says(to="start")),
    ),
    "a loop that was unrolled once": (
        flow(menu({"1": "desk", "2": "start", "exhausted": "box"}), desk=rings(DESK)),
        flow(
            menu({"1": "desk", "2": "round", "exhausted": "box"}),
            round=menu({"1": "desk", "2": "start", "exhausted": "box"}),
            desk=rings(DESK),
        ),
    ),
    "a window that was split at noon": (opened(NINE_TO_FIVE), opened(weekly(WORKDAYS, 9, 12), weekly(WORKDAYS, 12, 17))),
    "windows that overlap": (opened(NINE_TO_FIVE), opened(weekly(WORKDAYS, 9, 13), weekly(WORKDAYS, 11, 17))),
    "days that were taken apart": (opened(NINE_TO_FIVE), opened(*(weekly((day,), 9, 17) for day in WORKDAYS[::-1]))),
    "daily is weekly on all seven days": (opened(DAILY), opened(weekly(WEEKDAYS, 9, 17))),
    "weekly without days is daily": (opened(DAILY), opened(weekly((), 9, 17))),
    "every day of all twelve months": (opened(DAILY), opened(*(evolve(DAILY, month=month) for month in range(1, 13)))),
    "a window over midnight is an evening and a morning": (
        opened(weekly(("FR",), 22, 6, overnight=True)),
        opened(weekly(("FR",), 22, 24), weekly(("SA",), 0, 6)),
    ),
    "a window over midnight on all days": (
        opened(weekly((), 22, 6, overnight=True)),
        opened(weekly((), 0, 6), weekly((), 22, 24)),
    ),
    "an empty window": (opened(NINE_TO_FIVE), opened(NINE_TO_FIVE, weekly(WEEKEND, 9, 9))),
    "the 25th of December is the 25th of the twelfth month": (
        opened(CHRISTMAS),
        opened(Recurrence(frequency="monthly", month=12, month_days=(25,))),
    ),
    "the first Monday is the Monday of the first seven days": (
        opened(Recurrence(frequency="monthly", weekdays=("MO",), ordinal=1)),
        opened(Recurrence(frequency="monthly", weekdays=("MO",), month_days=(1, 2, 3, 4, 5, 6, 7))),
    ),
    "once is a day from and until": (
        opened(Recurrence(frequency="once", first=date(2026, 7, 4))),
        opened(Recurrence(frequency="daily", first=date(2026, 7, 4), until=date(2026, 7, 4))),
    ),
    "a day left out is before it and behind it": (
        opened(evolve(NINE_TO_FIVE, except_days=(date(2026, 7, 3),))),
        opened(evolve(NINE_TO_FIVE, until=date(2026, 7, 2)), evolve(NINE_TO_FIVE, first=date(2026, 7, 4))),
    ),
    "every second week and every second week from the next one": (
        opened(weekly(("MO",), 9, 17)),
        opened(
            weekly(("MO",), 9, 17, interval=2, first=date(1970, 1, 5)), weekly(("MO",), 9, 17, interval=2, first=date(1970, 1, 12))
        ),
    ),
    "always by override and by every day": (
        opened(Recurrence(frequency="daily", override=True)),
        opened(Recurrence(frequency="daily")),
    ),
    "hours that never hold": (opened(), opened(Recurrence(frequency="weekly", override=False))),
    "disjoint hours in another order": (
        scheduled(
            {"work": (NINE_TO_FIVE,), "rest": (weekly(WEEKEND, 9, 17),)}, {"work": "desk", "rest": "cell", "otherwise": "box"}
        ),
        scheduled(
            {"rest": (weekly(WEEKEND, 9, 17),), "work": (NINE_TO_FIVE,)}, {"work": "desk", "rest": "cell", "otherwise": "box"}
        ),
    ),
    "the first hours that hold count": (
        scheduled({"holiday": (CHRISTMAS,), "open": (DAILY,)}, {"holiday": "box", "open": "desk", "otherwise": "cell"}),
        scheduled(
            {"holiday": (CHRISTMAS,), "late": (CHRISTMAS,), "open": (DAILY,)},
            {"holiday": "box", "late": "cell", "open": "desk", "otherwise": "cell"},
        ),
    ),
    "two schedules in a row are one with two hours": (
        scheduled({"holiday": (CHRISTMAS,), "open": (DAILY,)}, {"holiday": "box", "open": "desk", "otherwise": "cell"}),
        scheduled(
            {"holiday": (CHRISTMAS,)},
            {"holiday": "box", "otherwise": "then"},
            then=Schedule(
                timezone="America/New_York",
                hours=(Hours(name="open", recurrences=(DAILY,)),),
                exits={"open": "desk", "otherwise": "cell"},
            ),
        ),
    ),
    "hours that are turned inside out": (
        opened(weekly((), 9, 17)),
        scheduled({"closed": (weekly((), 0, 9), weekly((), 17, 24))}, {"closed": "box", "otherwise": "desk"}),
    ),
    "zones that always have the same time": (opened(NINE_TO_FIVE), opened(NINE_TO_FIVE, zone="US/Eastern")),
    "hours that are asked twice": (
        opened(NINE_TO_FIVE),
        scheduled(
            {"open": (NINE_TO_FIVE,)},
            {"open": "twice", "otherwise": "box"},
            twice=Schedule(
                timezone="America/New_York",
                hours=(Hours(name="open", recurrences=(NINE_TO_FIVE,)),),
                exits={"open": "desk", "otherwise": "cell"},
            ),
        ),
    ),
    "nested splits with the same bounds": (
        shared({"a": 50, "b": 50}, {"a": "desk", "b": "cell"}),
        shared({"a": 25, "b": 25, "c": 50}, {"a": "desk", "b": "desk", "c": "cell"}),
    ),
    "a share of nothing": (
        shared({"a": 50, "b": 50}, {"a": "desk", "b": "cell"}),
        shared({"a": 50, "none": 0, "b": 50}, {"a": "desk", "none": "box", "b": "cell"}),
    ),
    "nested splits, each drawn anew": (
        shared({"a": 25, "b": 75}, {"a": "desk", "b": "cell"}),
        shared(
            {"a": 50, "b": 50},
            {"a": "again", "b": "cell"},
            again=Split(shares={"a": 50, "b": 50}, exits={"a": "desk", "b": "cell"}),
        ),
    ),
    "a share that is drawn again, and shares of what is left": (
        shared({"again": 50, "a": 10, "b": 40}, {"again": "start", "a": "desk", "b": "cell"}),
        shared({"a": 20, "b": 80}, {"a": "desk", "b": "cell"}),
    ),
    "splits that lead back to each other, and the shares that leave them": (
        shared(
            {"on": 50, "a": 50},
            {"on": "other", "a": "desk"},
            other=Split(shares={"back": 50, "b": 25, "round": 25}, exits={"back": "start", "b": "cell", "round": "other"}),
        ),
        shared({"a": 75, "b": 25}, {"a": "desk", "b": "cell"}),
    ),
    "a split that all calls leave by the same, in a ring that comes back": (
        flow(rings(DESK, to="split"), split=Split(shares={"a": 100}, exits={"a": "start"})),
        flow(rings(DESK, to="split"), split=Split(shares={"a": 20, "b": 80}, exits={"a": "start", "b": "start"})),
    ),
    "one alone who rings in an order that is drawn": (weighted((DESK, 7)), flow(hunts(DESK, seconds=30))),
    "one who rings twice, in another order": (
        flow(Ring(targets=(AT_ONCE, FOR_LONG), timeout=30)),
        flow(Ring(targets=(FOR_LONG, AT_ONCE), timeout=30)),
    ),
    "one who rings until nobody knows when, and again, in another order": (
        flow(Ring(targets=(RingTarget(DESK), AT_ONCE))),
        flow(Ring(targets=(AT_ONCE, RingTarget(DESK)))),
    ),
    "a menu that says nothing and goes round, and one that calls come back to by a share": (
        flow(menu({"#": "start", "exhausted": "start"}, greeting=None)),
        flow(
            menu({"#": "start", "exhausted": "split"}, greeting=None),
            split=Split(shares={"a": 30, "b": 70}, exits={"a": "start", "b": "start"}),
        ),
    ),
    "shares in another order": (
        shared({"a": 30, "b": 70}, {"a": "desk", "b": "cell"}),
        shared({"b": 70, "a": 30}, {"a": "desk", "b": "cell"}),
    ),
    "shares in another order, behind what is said before and after": (
        flow(says(to="split"), split=THIRDS, desk=rings(DESK), cell=rings(CELL)),
        shared(
            {"c": 20, "b": 30, "a": 50},
            {"a": "a", "b": "b", "c": "c"},
            a=says(to="desk"),
            b=says(to="cell"),
            c=says(),
        ),
    ),
    "shares in another order in another flow": (
        evolve(flow(TO_SUB, desk=rings(DESK)), subflows={"sub": ONE_OF_TWO}),
        evolve(flow(TO_SUB, desk=rings(DESK)), subflows={"sub": evolve(ONE_OF_TWO, nodes={**ONE_OF_TWO.nodes, "a": TWO_OF_TWO})}),
    ),
    "a split that half of the calls come back to": (
        shared({"a": 60, "b": 40}, {"a": "start", "b": "desk"}),
        flow(rings(DESK)),
    ),
    "weights in another order, and a time that is cut short": (
        weighted((DESK, 60), (CELL, 30), (HOME, 10), longer=DESK),
        weighted((HOME, 10), (DESK, 60), (CELL, 30), longer=DESK),
    ),
    "weights in another order": (weighted((DESK, 50), (CELL, 50), (HOME, 1)), weighted((HOME, 1), (CELL, 50), (DESK, 50))),
    "a split whose shares all lead on alike": (shared({"a": 30, "b": 70}, {"a": "desk", "b": "desk"}), flow(rings(DESK))),
    "a split of one": (shared({"a": 100}, {"a": "desk"}), flow(rings(DESK))),
    "places in another order": (
        placed(NORTH, SOUTH, exits={"north": "desk", "south": "cell", "otherwise": "box"}),
        placed(SOUTH, NORTH, exits={"north": "desk", "south": "cell", "otherwise": "box"}),
    ),
    "places by other names with the same codes": (
        placed(NORTH, exits={"north": "desk", "otherwise": "box"}),
        placed(evolve(NORTH, name="utah"), exits={"utah": "desk", "otherwise": "box"}),
    ),
    "a place that was taken apart by its codes": (
        placed(NORTH, exits={"north": "desk", "otherwise": "box"}),
        placed(
            Place("a", area_codes=("385",)), Place("b", area_codes=("801",)), exits={"a": "desk", "b": "desk", "otherwise": "box"}
        ),
    ),
    "a place is a caller of its area codes": (
        placed(SOUTH, exits={"south": "desk", "otherwise": "box"}),
        matched(r"^\+1202\d{7}$"),
    ),
    "an expression in another spelling": (matched(r"^\+1801"), matched(r"^[+]18(0)1.*")),
    "an expression of either of two": (matched(r"^\+1(801|385)"), matched(r"^\+1801|^\+1385")),
    "an expression that cannot be read matches nobody": (matched("("), matched("x")),
    "a hidden number has no digits": (matched("^$"), matched(r"^\d*$")),
    "match and no match exchanged with the expression": (
        matched(r"7$"),
        matched(r"[0-689]$|^$", {"match": "box", "no_match": "desk"}),
    ),
    "another flow that was put in": (
        evolve(flow(TO_SUB, desk=rings(DESK)), subflows={"sub": HELLO_SUB}),
        flow(says(to="desk"), desk=rings(DESK)),
    ),
    "another flow by another name": (
        evolve(flow(TO_SUB, desk=rings(DESK)), subflows={"sub": HELLO_SUB}),
        evolve(flow(evolve(TO_SUB, flow=Reference("vinix", "flow", "b")), desk=rings(DESK)), subflows={"b": HELLO_SUB}),
    ),
    "a menu whose keys lead to copies": (
        flow(menu({"1": "a", "2": "b", "exhausted": "box"}), a=says(BYE), b=says(BYE)),
        flow(menu({"2": "a", "1": "a", "exhausted": "box"}), a=says(BYE)),
    ),
    "a greeting that is announced before a silent menu": (
        flow(menu({"1": "desk", "exhausted": "box"}, retries=1), desk=rings(DESK)),
        flow(says(to="keys"), keys=menu({"1": "desk", "exhausted": "box"}, retries=1, greeting=None), desk=rings(DESK)),
    ),
    "a retry that is a loop of one more": (
        flow(menu({"1": "desk", "exhausted": "box"}), desk=rings(DESK)),
        flow(
            menu({"1": "desk", "exhausted": "again"}, retries=1),
            again=menu({"1": "desk", "exhausted": "box"}, retries=1),
            desk=rings(DESK),
        ),
    ),
    "a key that leads where an invalid one does": (
        flow(menu({"1": "desk", "invalid": "box", "exhausted": "box"}), desk=rings(DESK)),
        flow(menu({"1": "desk", "5": "box", "invalid": "box", "exhausted": "box"}), desk=rings(DESK)),
    ),
    "recording, which nobody hears": (flow(rings(DESK)), flow(RecordCall(exits={"next": "desk"}), desk=rings(DESK))),
    "a caller id, a variable, a notice and a request": (
        flow(rings(DESK)),
        flow(
            SetCallerId(number="+12025550100", exits={"next": "b"}),
            b=SetVariable(values={"a": "b"}, exits={"next": "c"}),
            c=Notify(recipients=("desk@example.com",), exits={"next": "d"}),
            d=Webhook(url="https://example.com", exits={"next": "desk"}),
            desk=rings(DESK),
        ),
    ),
    "a whisper, which only who answers hears": (flow(rings(DESK)), flow(evolve(rings(DESK), whisper=Speech("Sales.")))),
    "a box that unicall made is the flow's own": (
        flow(rings(DESK)),
        flow(rings(DESK, to="made"), made=Voicemail(mailbox=Reference("vinix", "mailbox", "new:box"))),
    ),
    "a time that a carrier does not say": (flow(rings(DESK)), flow(rings(DESK, seconds=None))),
}

DIFFERENT: dict[str, Pair] = {
    "a hunt in another order": (flow(hunts(DESK, CELL)), flow(hunts(CELL, DESK))),
    "together and in turn": (flow(rings(DESK, CELL)), flow(hunts(DESK, CELL))),
    "a busy line that is tried again": (
        flow(evolve(rings(DESK), exits={"busy": "box"})),
        flow(evolve(rings(DESK), exits={"busy": "start"})),
    ),
    "a second longer": (flow(rings(DESK)), flow(rings(DESK, seconds=21))),
    "rings once and twice": (flow(rings(DESK)), flow(evolve(rings(DESK), repeats=2))),
    "one of two has to press a key": (
        flow(rings(DESK, CELL)),
        flow(evolve(rings(DESK, CELL), targets=(RingTarget(DESK), RingTarget(CELL, confirm=True)))),
    ),
    "a minute less in the evening": (opened(NINE_TO_FIVE), opened(weekly(WORKDAYS, 9, 17 - 1 / 60))),
    "the last Friday and the fourth": (
        opened(Recurrence(frequency="monthly", weekdays=("FR",), ordinal=-1)),
        opened(Recurrence(frequency="monthly", weekdays=("FR",), ordinal=4)),
    ),
    "the last Friday and the fourth or fifth": (
        opened(Recurrence(frequency="monthly", weekdays=("FR",), ordinal=-1)),
        opened(*(Recurrence(frequency="monthly", weekdays=("FR",), ordinal=nth) for nth in (4, 5))),
    ),
    "the 29th of February and the 1st of March": (
        opened(Recurrence(frequency="yearly", month=2, month_days=(29,))),
        opened(),
    ),
    "a window over midnight that ends a day early": (
        opened(weekly(("FR",), 22, 6, overnight=True)),
        opened(weekly(("FR",), 22, 24), weekly(("FR",), 0, 6)),
    ),
    "a window that is not overnight is empty": (opened(weekly(("FR",), 22, 6, overnight=True)), opened(weekly(("FR",), 22, 6))),
    "zones that differ in winter alone": (opened(NINE_TO_FIVE), opened(NINE_TO_FIVE, zone="America/Panama")),
    "hours that overlap in another order": (
        scheduled({"open": (DAILY,), "holiday": (CHRISTMAS,)}, {"holiday": "box", "open": "desk", "otherwise": "cell"}),
        scheduled({"holiday": (CHRISTMAS,), "open": (DAILY,)}, {"holiday": "box", "open": "desk", "otherwise": "cell"}),
    ),
    "the other of two weeks": (
        opened(weekly(("MO",), 9, 17, interval=2, first=date(2026, 1, 5))),
        opened(weekly(("MO",), 9, 17, interval=2, first=date(2026, 1, 12))),
    ),
    "a percent more": (
        shared({"a": 30, "b": 70}, {"a": "desk", "b": "cell"}),
        shared({"b": 69, "a": 31}, {"a": "desk", "b": "cell"}),
    ),
    "nested splits that add up to something else": (
        shared({"a": 30, "b": 70}, {"a": "desk", "b": "cell"}),
        shared(
            {"a": 50, "b": 50},
            {"a": "again", "b": "cell"},
            again=Split(shares={"a": 50, "b": 50}, exits={"a": "desk", "b": "cell"}),
        ),
    ),
    "splits that lead back to each other, and other shares that leave them": (
        shared(
            {"on": 50, "a": 50},
            {"on": "other", "a": "desk"},
            other=Split(shares={"back": 50, "b": 25, "round": 25}, exits={"back": "start", "b": "cell", "round": "other"}),
        ),
        shared({"a": 70, "b": 30}, {"a": "desk", "b": "cell"}),
    ),
    "a split that no call leaves, and one that calls leave in the end": (
        shared({"on": 50, "a": 50}, {"on": "never", "a": "desk"}, never=Split(shares={"x": 100}, exits={"x": "never"})),
        shared(
            {"on": 50, "a": 50},
            {"on": "again", "a": "desk"},
            again=Split(shares={"x": 99, "y": 1}, exits={"x": "again", "y": "box"}),
        ),
    ),
    "shares in another order, and one that leads elsewhere": (
        shared({"a": 30, "b": 70}, {"a": "desk", "b": "cell"}),
        shared({"b": 70, "a": 30}, {"a": "desk", "b": "box"}),
    ),
    "a split that goes round for ever, and ringing for ever": (
        flow(rings(DESK, to="split"), split=Split(shares={"a": 100}, exits={"a": "split"})),
        flow(rings(DESK, to="start")),
    ),
    "two splits that go round for ever, one of which can be left": (
        flow(
            Split(shares={"a": 40, "b": 60}, exits={"a": "start", "b": "round"}),
            round=Split(shares={"a": 100}, exits={"a": "round"}),
        ),
        flow(Split(shares={"b": 60, "a": 40}, exits={"a": "start", "b": "box"})),
    ),
    "who is busy behind one who rings as long as both may": (
        flow(evolve(CUT_OFF, exits={"vinix/sip:486": "box"})),
        flow(evolve(CUT_OFF, exits={"vinix/sip:486": "bye"}), bye=says(BYE)),
    ),
    "one who rings twice, and at another time": (
        flow(Ring(targets=(AT_ONCE, FOR_LONG), timeout=30)),
        flow(Ring(targets=(evolve(AT_ONCE, delay=5), FOR_LONG), timeout=30)),
    ),
    "an order that is drawn, of which no weight is said, and one in turn": (
        flow(evolve(hunts(DESK, CELL, seconds=30), order="weighted")),
        flow(hunts(DESK, CELL, seconds=30)),
    ),
    "who rings longer than others, in an order that is drawn and a time that is cut short": (
        weighted((DESK, 60), (CELL, 30), (HOME, 10)),
        weighted((DESK, 60), (CELL, 30), (HOME, 10), longer=DESK),
    ),
    "who rings longer than others, in an order that is drawn, though that one was written last": (
        weighted((DESK, 60), (CELL, 30), (HOME, 10)),
        weighted((DESK, 60), (CELL, 30), (HOME, 10), longer=HOME),
    ),
    "weights that are exchanged": (weighted((DESK, 1), (CELL, 99)), weighted((DESK, 99), (CELL, 1))),
    "places that share a code in another order": (
        placed(Place("a", area_codes=("801",)), NORTH, exits={"a": "cell", "north": "desk"}),
        placed(NORTH, Place("a", area_codes=("801",)), exits={"a": "cell", "north": "desk"}),
    ),
    "an anchor": (matched(r"^\+1801"), matched("1801")),
    "a hidden number": (matched(r"^\d*$"), matched(r"^\+\d+$")),
    "a sub-flow that comes back and one that hangs up": (
        evolve(flow(TO_SUB, desk=rings(DESK)), subflows={"sub": HELLO_SUB}),
        evolve(flow(evolve(TO_SUB, exits={}), desk=rings(DESK)), subflows={"sub": HELLO_SUB}),
    ),
    "a menu and one with a retry more": (
        flow(menu({"1": "desk", "exhausted": "box"}, retries=2), desk=rings(DESK)),
        flow(menu({"1": "desk", "exhausted": "box"}, retries=3), desk=rings(DESK)),
    ),
    "a wrong key and silence": (
        flow(menu({"1": "desk", "no_input": "box"}), desk=rings(DESK)),
        flow(menu({"1": "desk", "invalid": "box"}), desk=rings(DESK)),
    ),
    "keys that are exchanged": (
        flow(menu({"1": "desk", "2": "box"}), desk=rings(DESK)),
        flow(menu({"2": "desk", "1": "box"}), desk=rings(DESK)),
    ),
    "a pause, which is heard": (flow(rings(DESK)), flow(Pause(seconds=3, exits={"next": "desk"}), desk=rings(DESK))),
    "another box": (
        flow(rings(DESK)),
        flow(rings(DESK, to="other"), other=Voicemail(mailbox=Reference("vinix", "mailbox", "694"))),
    ),
    "a code of refusal": (flow(Reject(code=486)), flow(Reject(code=603))),
    "a queue that is not answered": (
        flow(Queue(queue=Reference("vinix", "queue", "1"), exits={"next": "box"})),
        flow(Queue(queue=Reference("vinix", "queue", "1"))),
    ),
    "behind what nobody can judge": (
        flow(VendorNode(provider="vinix", word="pivot", exits={"_": "box"})),
        flow(VendorNode(provider="vinix", word="pivot", exits={"_": "bye"}), bye=says(BYE)),
    ),
    "a loop that is left after the second round": (flow(says(to="start")), flow(says(to="again"), again=says())),
    "silence for ever and an end": (flow(RecordCall(exits={"next": "start"})), flow(Hangup())),
    "two devices that are swapped": (
        flow(evolve(device("1"), exits={"otherwise": "then"}), then=device("2")),
        flow(evolve(device("2"), exits={"otherwise": "then"}), then=device("1")),
    ),
}


@pytest.mark.parametrize("rule", SAME)
def test_what_is_written_in_another_way_is_the_same(rule: str) -> None:
    one, other = SAME[rule]
    assert (str(compare(one, other)), str(compare(other, one))) == ("same", "same")


@pytest.mark.parametrize("rule", DIFFERENT)
def test_what_looks_alike_is_not_the_same(rule: str) -> None:
    one, other = DIFFERENT[rule]
    assert not compare(one, other).same
    assert not compare(other, one).same
    assert compare(one, one).same


@pytest.mark.parametrize(
    "rule",
    ["recording, which nobody hears", "a caller id, a variable, a notice and a request", "a whisper, which only who answers hears"],
)
def test_what_nobody_hears_is_told_as_a_setting(rule: str) -> None:
    assert compare(*SAME[rule]).settings != ()


def test_names_of_references_are_matched_by_what_is_given_and_swapped_devices_are_found() -> None:
    def both(one: str, other: str) -> Flow:
        return flow(evolve(device(one), exits={"otherwise": "then"}), then=device(other))

    names = {"device:1": "device:a", "device:2": "device:b"}
    assert not compare(both("1", "2"), both("a", "b")).same
    assert compare(both("1", "2"), both("a", "b"), names=names).same
    found = compare(both("1", "2"), both("b", "a"), names=names)
    before = "before, device 1 rings 20 s, then device 2 rings 20 s, then voicemail"
    assert found.sentence == f"any call: {before}; after, device b rings 20 s, then device a rings 20 s, then voicemail."
    assert not compare(both("1", "2"), both("new:a", "new:a")).same
    assert compare(both("1", "2"), both("new:a", "new:b")).same
