"""How fast two flows are compared, and whether it grows as they do.

    python benchmarks/compare.py [ROUNDS]

Seconds of processor time, the median of the rounds, and what a node costs over what it costs in the second size: always 1.0 would
be linear. Each kind of flow is compared with a copy of itself, and with a copy whose last node is another, which is found last.
Nothing is asserted.

What surprises people: both flows are read anew for every comparison, so nothing is remembered from one to the next.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Mapping
from statistics import median
from time import process_time

from attrs import evolve

from unicall import Flow, compare
from unicall.graph import Announce, Menu, Node, PhoneNumber, Ring, RingTarget, Schedule, Speech, Voicemail
from unicall.hours import Hours, Recurrence

SIZES = (50, 500, 5000)
SECONDS = 1.0  # for the second size
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR")


def main() -> None:
    """Print all tables."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    for name, make in KINDS.items():
        print(f"\n{name} (at most {SECONDS:g} s for {SIZES[1]} nodes)")
        per_node = {}
        for size in SIZES:
            flow = make(size)
            same, changed = (median(seconds(flow, other) for _ in range(times)) for other in (flow, with_another_end(flow)))
            per_node[size] = same / len(flow.nodes)
            print(f"  {len(flow.nodes):>6,} nodes {same:9.3f} s the same {changed:9.3f} s different at the end")
        print("  per node   " + "".join(f"{per_node[size] / per_node[SIZES[1]]:9.2f}" for size in SIZES))


def seconds(one: Flow, other: Flow) -> float:
    """What one comparison takes."""
    one, other = evolve(one), evolve(other)
    gc.collect()
    begin = process_time()
    compare(one, other)
    return process_time() - begin


def with_another_end(flow: Flow) -> Flow:
    """The same, but for the last node that rings."""
    last = [at for at, node in flow.nodes.items() if isinstance(node, Ring)][-1]
    return evolve(flow, nodes={**flow.nodes, last: Announce(prompt=Speech("Goodbye."))})


def menus(size: int) -> Flow:
    """Menus of five keys below menus, and numbers at the ends."""
    return tree(
        size, 5, lambda at, ends: Menu(greeting=Speech(f"Menu {at}."), retries=2, exits=dict(zip("12345", ends, strict=False)))
    )


def schedules(size: int) -> Flow:
    """Schedules below schedules, each with hours of its own; and numbers at the ends."""

    def schedule(at: int, ends: list[str]) -> Node:
        begin = 6 * 3600 + at % 120 * 60
        week = Recurrence(frequency="weekly", weekdays=WEEKDAYS, start=begin, end=begin + 9 * 3600)
        return Schedule(
            timezone="America/New_York",
            hours=(Hours(name="open", recurrences=(week,)),),
            exits=dict(zip(("open", "otherwise"), ends, strict=False)),
        )

    return tree(size, 2, schedule)


def hunts(size: int) -> Flow:
    """One number after the other."""
    nodes: dict[str, Node] = {f"n{at}": rings(at, {"otherwise": f"n{at + 1}"}) for at in range(size - 1)}
    return Flow(start="n0", nodes={**nodes, f"n{size - 1}": Voicemail()})


def joins(size: int) -> Flow:
    """Menus in a row whose keys all meet again in the next."""
    nodes: dict[str, Node] = {}
    for at in range(size // 4):
        keys = {"1": f"a{at}", "2": f"b{at}", "3": f"c{at}", "exhausted": f"m{at + 1}"}
        nodes[f"m{at}"] = Menu(greeting=Speech(f"Menu {at}."), retries=2, exits=keys)
        nodes[f"a{at}"] = rings(at, {"otherwise": f"m{at + 1}"})
        nodes[f"b{at}"] = Announce(prompt=Speech(f"Number {at}."), exits={"next": f"m{at + 1}"})
        nodes[f"c{at}"] = rings(at + 1, {"busy": f"m{at + 1}", "otherwise": f"m{at + 1}"})
    nodes[f"m{size // 4}"] = Voicemail()
    return Flow(start="m0", nodes=nodes)


def rounds(size: int) -> Flow:
    """Menus below a menu, and numbers that lead back to it; nobody in particular is busy."""
    keys = "123456789"
    below = max(1, (size - 2) // 10)
    nodes: dict[str, Node] = {"end": Voicemail()}
    for at in range(below):
        ends = {key: f"r{at}.{key}" for key in keys}
        nodes |= {end: rings(at * 9 + int(key), {"otherwise": "m0"}) for key, end in ends.items()}
        nodes[f"m{at}"] = Menu(
            greeting=Speech(f"Menu {at}."), retries=2, exits={**ends, "*": f"m{(at + 1) % below}", "exhausted": "end"}
        )
    return Flow(start="m0", nodes=nodes)


def holidays(size: int) -> Flow:
    """As schedules, with days of the year that recur before the hours of the week, in four zones."""
    zones = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles")

    def schedule(at: int, ends: list[str]) -> Node:
        day = Recurrence(frequency="yearly", month=at % 12 + 1, month_days=(at % 28 + 1,))
        last = Recurrence(frequency="monthly", weekdays=("TH",), ordinal=-1, month=at % 12 + 1)
        week = Recurrence(frequency="weekly", weekdays=WEEKDAYS, start=9 * 3600, end=17 * 3600)
        hours = (Hours(name="closed", recurrences=(day, last)), Hours(name="open", recurrences=(week,)))
        return Schedule(timezone=zones[at % 4], hours=hours, exits=dict(zip(("open", "otherwise"), ends, strict=False)))

    return tree(size, 2, schedule)


def tree(size: int, branches: int, make: Callable[[int, list[str]], Node]) -> Flow:
    """Nodes below nodes, breadth first, and numbers below the last."""
    inner = (size - 1) // branches
    nodes: dict[str, Node] = {
        f"n{at}": make(at, [f"n{at * branches + end}" for end in range(1, branches + 1)]) for at in range(inner)
    }
    for at in range(inner, inner * branches + 1):
        nodes[f"n{at}"] = rings(at, {})
    return Flow(start="n0", nodes=nodes)


def rings(at: int, exits: Mapping[str, str]) -> Ring:
    """A number of its own, as far as there are enough."""
    number = PhoneNumber(f"+1{200 + at // 100 % 800}55501{at % 100:02}")
    return Ring(targets=(RingTarget(number),), timeout=20, exits=exits)


KINDS: Mapping[str, Callable[[int], Flow]] = {
    "menus": menus,
    "schedules": schedules,
    "hunts": hunts,
    "joins": joins,
    "rounds": rounds,
    "holidays": holidays,
}


if __name__ == "__main__":
    main()
