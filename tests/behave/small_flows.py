"""Invents small flows that are joined and looped at random, pairs that are much alike, and all calls that matter to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import product
from math import prod
from random import Random
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from attrs import evolve

from unicall.behave.calls import ANSWERS, Call
from unicall.graph import (
    Announce,
    CallerMatch,
    Flow,
    Hangup,
    Menu,
    Node,
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
    Speech,
    Split,
    Subflow,
    VendorNode,
    Voicemail,
)
from unicall.hours import DAY, Hours, Recurrence

NUMBERS = [PhoneNumber(f"+1202555014{n}") for n in range(3)]
ZONE = "America/New_York"
MONDAY = datetime(2026, 1, 5, tzinfo=ZoneInfo(ZONE))
Exits: TypeAlias = Callable[..., dict[str, str]]
NOON, EVENING = 12 * 3600, 18 * 3600


def flow(dice: Random, *, inner: bool = True) -> Flow:
    """A flow of up to six nodes; ``inner``: with another flow inside, now and then."""
    ids = ["start", *(f"n{number}" for number in range(1, dice.randint(1, 6)))]
    below = {"sub": flow(dice, inner=False)} if inner and dice.random() < 0.3 else {}
    return Flow(start="start", nodes={at: _node(dice, ids) for at in ids}, subflows=below)


def pair(dice: Random) -> tuple[Flow, Flow]:
    """Two flows: in two of three cases the second is the first with a node or two of another."""
    one = flow(dice)
    if dice.random() < 0.3:
        return one, flow(dice)
    nodes = dict(one.nodes)
    for _ in range(dice.randint(1, 2)):
        at = dice.choice(list(nodes))
        nodes[at] = _node(dice, list(nodes))
    return one, evolve(one, nodes=nodes)


def _node(dice: Random, ids: list[str]) -> Node:
    def exits(*labels: str) -> dict[str, str]:
        return {label: dice.choice(ids) for label in labels if dice.random() < 0.75}

    return dice.choice([_plain, _asking, _asking, _ring, _ring, _taking])(dice, exits)


def _plain(dice: Random, exits: Exits) -> Node:
    kinds: list[Node] = [
        Announce(prompt=Speech(dice.choice("ab")), times=dice.choice([1, 1, 2]), exits=exits("next")),
        RecordCall(exits=exits("next")),
        Pause(seconds=1, exits=exits("next")),
        VendorNode(provider="vinix", word=dice.choice("wx"), exits=exits("_")),
        Subflow(flow=Reference("vinix", "flow", "sub"), exits=exits("next")),
    ]
    return dice.choice(kinds)


def _asking(dice: Random, exits: Exits) -> Node:
    greeting = dice.choice([None, Speech("m"), Speech("n")])
    hours = tuple(_hours(dice, name) for name in dice.choice(["x", "xy"]))
    places = (Place("north", area_codes=dice.choice([(), ("801",)])),)
    pattern = dice.choice([r"^\+1801", "7$", "(", "^$"])
    keys = exits("1", "2", "no_input", "invalid", "exhausted")
    kinds: list[Node] = [
        Menu(greeting=greeting, retries=dice.choice([None, 1, 2]), exits=keys),
        Schedule(timezone=ZONE, hours=hours, exits=exits("x", "y", "otherwise")),
        Region(places=places, exits=exits("north", "otherwise")),
        Split(shares=dice.choice([{"p": 50, "q": 50}, {"p": 25, "q": 75}]), exits=exits("p", "q")),
        CallerMatch(pattern=pattern, exits=exits("match", "no_match")),
    ]
    return dice.choice(kinds)


def _taking(dice: Random, exits: Exits) -> Node:
    kinds: list[Node] = [
        Voicemail(greeting=dice.choice([None, Speech("v")]), exits=exits("next")),
        Queue(queue=Reference("vinix", "queue", dice.choice("12")), exits=exits("next")),
        Reject(code=dice.choice([486, 603])),
        Hangup(),
    ]
    return dice.choice(kinds)


def _ring(dice: Random, exits: Exits) -> Node:
    def rung(number: PhoneNumber) -> RingTarget:
        return RingTarget(number, timeout=dice.choice([None, 10]), confirm=dice.random() < 0.1)

    ring = Ring(
        targets=tuple(map(rung, dice.sample(NUMBERS, dice.choice([0, 1, 1, 1, 2, 2])))),
        timeout=dice.choice([20, 20, 30]),
        repeats=dice.choice([1, 1, 2]),
        exits=exits(*dice.choice([("otherwise",), ("otherwise", "busy"), ("no_answer", "declined")])),
    )
    return evolve(ring, order="in turn") if dice.random() < 0.5 else ring


def _hours(dice: Random, name: str) -> Hours:
    days = tuple(dice.sample(["MO", "TU", "SA"], dice.randint(0, 2)))
    begin, end = dice.choice([0, 6 * 3600, 9 * 3600]), dice.choice([NOON, EVENING, DAY])
    return Hours(name=name, recurrences=(Recurrence(frequency="weekly", weekdays=days, start=begin, end=end),))


def calls(dice: Random, flows: tuple[Flow, ...], most: int = 200) -> Iterator[Call]:
    """All calls that these flows can tell apart, three keys and two draws long; where they are too many, so many of them.

    Where every Region knows its area codes, the caller's number says where they are.
    """
    nodes = [node for one in flows for part in (one, *one.subflows.values()) for node in part.nodes.values()]
    rings = [one.target for node in nodes if isinstance(node, Ring) for one in node.targets]
    rung = {target.number for target in rings if isinstance(target, PhoneNumber)}
    queues = {f"queue:{node.queue.id}" for node in nodes if isinstance(node, Queue) and node.queue is not None}
    boxes = {"mailbox"} if any(isinstance(node, Voicemail) and node.exits for node in nodes) else set()

    def asked(kind: tuple[type[Node], ...], values: list[Any], times: int = 1) -> list[list[Any]]:
        return [values if any(isinstance(node, kind) for node in nodes) else values[:1]] * times

    regions = [place for node in nodes if isinstance(node, Region) for place in node.places]
    named = [None, "north", "elsewhere"] if any(not place.area_codes for place in regions) else [None]
    ways = [
        *asked((Schedule,), [MONDAY + timedelta(days=day, hours=hour) for day in (0, 1, 2, 5) for hour in (3, 7, 10, 15, 20)]),
        *asked((CallerMatch, Region), ["+12025550100", "+18015550107", "+18015550108", None]),
        *asked((Region,), named),
        *asked((Menu,), [None, "1", "2", "7"], times=3),
        *asked((Split,), [0.1, 0.3, 0.6], times=2),
        *([*ANSWERS[1:], "answered"] for _ in rung),
        *(["answered", "no_answer"] for _ in (*queues, *boxes)),
    ]
    every = product(*ways) if prod(map(len, ways)) <= most else (tuple(map(dice.choice, ways)) for _ in range(most))
    for at, caller, place, *rest in every:
        answers = dict(zip([*sorted(rung), *sorted(queues), *boxes], rest[5:], strict=True))
        yield Call(at=at, caller=caller, place=place, keys=tuple(rest[:3]), draws=tuple(rest[3:5]), answers=answers)
