"""The comparison of all calls against the simulation of single ones, in both directions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from random import Random
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from tests.behave.simulated import tells_apart, verdict
from tests.behave.small_flows import calls, pair
from unicall import Comparison, Flow, compare, simulate
from unicall.behave import comparing, covering
from unicall.behave.covering import Cover
from unicall.behave.machine import Machine
from unicall.graph import (
    Announce,
    Hangup,
    Menu,
    Node,
    PhoneNumber,
    Queue,
    Reference,
    Ring,
    RingTarget,
    Schedule,
    Speech,
    Split,
    Subflow,
    Voicemail,
)
from unicall.hours import Hours, Recurrence

PAIRS = {"full": 1000, "ci": 50}.get(os.environ.get("HYPOTHESIS_PROFILE", "ci"), 12)


def through(found: Comparison) -> tuple[str, ...]:
    return tuple(choice.leaves for choice in found.choices if choice.leaves is not None)


def check(dice: Random, one: Flow, other: Flow) -> Comparison:
    found = compare(one, other)
    left, right = Machine(one), Machine(other)
    if found.same:
        for call in calls(dice, (one, other)):
            assert not tells_apart(left, right, call), (one, other, call)
    else:
        assert found.call is not None
        assert verdict(left, right, found.call, through(found)) == "different", (one, other, found.call)
    return found


@pytest.mark.parametrize("seed", range(10))
def test_flows_are_called_same_exactly_when_no_call_meets_anything_else(seed: int) -> None:
    """Only menus that say nothing and go round, in another way in each flow, may be too much to see whole."""
    dice = Random(seed)
    found = [check(dice, *pair(dice)) for _ in range(PAIRS)]
    assert {one.same for one in found} == {True, False}
    assert sum(one.same and not one.complete for one in found) <= PAIRS // 200


def going_round(menus: int, busy: Mapping[str, str]) -> Flow:
    """Menus of six numbers; whoever does not answer leads back to the first menu."""
    nodes: dict[str, Node] = {"again": Announce(prompt=Speech("Please choose again."), exits={"next": "m0"}), "end": Hangup()}
    for at in range(menus):
        keys = {str(key): f"r{at}.{key}" for key in range(1, 7)}
        for key, ring in keys.items():
            target = RingTarget(PhoneNumber(f"+1{202 + at}55501{int(key):02}"))
            nodes[ring] = Ring(targets=(target,), timeout=20, exits={"otherwise": "m0", **busy})
        exits = {**keys, "*": f"m{(at + 1) % menus}", "exhausted": "end"}
        nodes[f"m{at}"] = Menu(greeting=Speech(f"Menu {at}."), retries=2, exits=exits)
    return Flow(start="m0", nodes=nodes)


@pytest.mark.parametrize("busy", [{}, {"busy": "again"}], ids=["otherwise", "busy"])
def test_menus_that_calls_come_back_to_are_seen_whole(busy: Mapping[str, str]) -> None:
    one = going_round(9, busy)
    other = evolve(one, nodes={**one.nodes, "r8.6": evolve(one.nodes["r8.6"], exits={})})
    assert str(compare(one, one)) == "same"
    found = compare(one, other)
    assert found.call is not None and found.call.keys[-1] == "6"
    assert verdict(Machine(one), Machine(other), found.call) == "different"


def coming_back(last: str) -> Flow:
    """A menu of nine numbers; one who is busy is told and the call comes back, and so it does where nobody answers."""
    menu = Menu(greeting=Speech("Menu."), retries=3, exits={str(key): f"r{key}" for key in range(1, 10)})
    nodes: dict[str, Node] = {"m": menu, "end": Hangup()}
    for key in range(1, 10):
        target = RingTarget(PhoneNumber(f"+1202555010{key}"))
        nodes[f"r{key}"] = Ring(targets=(target,), timeout=20, exits={"busy": f"b{key}", "otherwise": "m"})
        nodes[f"b{key}"] = Announce(prompt=Speech(f"{key} is busy."), exits={"next": "m"})
    nodes["b9"] = Announce(prompt=Speech("9 is busy."), exits={"next": last})
    nodes["again"] = Ring(targets=(target,), timeout=20, exits={"busy": "m", "otherwise": "end"})
    return Flow(start="m", nodes=nodes)


def test_only_those_who_matter_are_remembered_on_the_way() -> None:
    """Who was busy is busy again, so nobody comes to the end; for that one of the nine has to be remembered."""
    one = coming_back("again")
    other = evolve(one, nodes={**one.nodes, "end": Announce(prompt=Speech("Never."))})
    found = compare(one, other)
    assert (str(found), found.walk is not None and len(found.walk.visited) < 5000) == ("same", True)
    assert not compare(one, coming_back("m")).same
    cover = Cover(one)
    assert cover.walk.complete and len(cover.walk.visited) < 5000
    assert [(each.node, each.exit) for each in cover.untaken] == [("again", "otherwise")]


def test_calls_that_take_every_exit_are_calls_that_somebody_can_make() -> None:
    one = coming_back("again")
    to_box = {at: evolve(node, exits={"next": "box"}) for at, node in one.nodes.items() if isinstance(node, Announce)}
    box = Voicemail(exits={"next": "m"})
    flow = evolve(one, nodes={**one.nodes, **to_box, "box": box})
    cover = Cover(flow)
    taken = {exit_ for call in cover.calls for exit_ in simulate(flow, call).taken}
    assert taken == {(at, label) for at, node in flow.nodes.items() for label in node.exits} - {
        (one.node, one.exit) for one in cover.untaken
    }


def test_everybody_who_matters_on_the_way_to_an_exit_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever declines first is never busy; the shortest way to the exit takes that one for busy, and the next one another."""
    desk, cell = (RingTarget(PhoneNumber(f"+1202555014{n}"), timeout=10) for n in (1, 2))
    both = Ring(targets=(desk, cell), timeout=20, exits={"busy": "end"})
    again = Ring(targets=(desk,), timeout=20, exits={"busy": "start"})
    first = evolve(again, exits={"declined": "both"})
    whole = Cover(flow := Flow(start="start", nodes={"start": first, "both": both, "end": again}))
    for name in ("_FEW", "_EACH"):
        monkeypatch.setattr(covering, name, 1)
    assert [(one.node, one.exit) for one in whole.untaken] == [("end", "busy")]
    assert Cover(flow).untaken == whole.untaken


@pytest.mark.parametrize("few", [1, 5000])
def test_what_does_not_take_a_call_may_be_busy_when_it_is_rung(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(said: str) -> Flow:
        queue = Reference("vinix", "queue", "1")
        both = (RingTarget(queue, timeout=10), RingTarget(PhoneNumber("+12025550141"), timeout=10))
        ring = Ring(targets=both, timeout=20, exits={"busy": "busy"})
        busy = Announce(prompt=Speech(said), exits={"next": "start"})
        return Flow(start="start", nodes={"start": Queue(queue=queue, exits={"next": "ring"}), "ring": ring, "busy": busy})

    for module, name in ((comparing, "FEW"), (comparing, "EACH"), (covering, "_FEW"), (covering, "_EACH")):
        monkeypatch.setattr(module, name, few)
    assert Cover(refused("Busy.")).untaken == ()
    found = compare(refused("Busy."), refused("All are busy."))
    assert found.call is not None and found.call.answers == {"queue:1": "busy", "+12025550141": "busy"}


@pytest.mark.parametrize("seed", range(5))
def test_a_walk_that_remembers_only_who_matters_finds_what_one_finds_that_remembers_all(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = Random(seed)
    pairs = [pair(dice) for _ in range(PAIRS)]
    found = [compare(*both) for both in pairs]
    covers = [Cover(one) for one, _ in pairs]
    for module, name in ((comparing, "FEW"), (comparing, "EACH"), (covering, "_FEW"), (covering, "_EACH")):
        monkeypatch.setattr(module, name, 1)
    for both, whole, cover in zip(pairs, found, covers, strict=True):
        again = compare(*both)
        assert again.same == whole.same, both
        if again.same:
            assert (set(again.behind), again.complete) == (set(whole.behind), whole.complete), both
        if again.call is not None:
            assert verdict(Machine(both[0]), Machine(both[1]), again.call, through(again)) == "different", both
        fresh = Cover(both[0])
        assert {(one.node, one.exit) for one in fresh.untaken} == {(one.node, one.exit) for one in cover.untaken}, both[0]
        assert {one.node for one in fresh.endless} == {one.node for one in cover.endless}, both[0]


def twice_inside_itself(*keys: str) -> Flow:
    """A menu that runs its own flow by two keys, and goes on when that has come to its end."""
    own = Reference("vinix", "flow", "own")
    nodes: dict[str, Node] = {
        "m": Menu(greeting=Speech("Menu."), retries=3, exits={**dict(zip(keys, ("a", "b"), strict=True)), "exhausted": "last"}),
        "a": Subflow(flow=own, exits={"next": "on"}),
        "b": Subflow(flow=own, exits={"next": "last"}),
        "on": Announce(prompt=Speech("On.")),
        "last": Ring(targets=(RingTarget(PhoneNumber("+12025550109")),), timeout=20),
    }
    return Flow(start="s", nodes={"s": Subflow(flow=own)}, subflows={"own": Flow(start="m", nodes=nodes)})


def test_a_flow_that_runs_itself_twice_is_the_same_step_by_step() -> None:
    one = twice_inside_itself("1", "2")
    inner = one.subflows["own"].nodes.items()
    renamed = {f"x{at}": evolve(node, exits={key: f"x{to}" for key, to in node.exits.items()}) for at, node in inner}
    assert str(compare(one, evolve(one, subflows={"own": Flow(start="xm", nodes=renamed)}))) == "same"
    assert not compare(one, twice_inside_itself("2", "1")).same
    assert Cover(one).untaken == ()


def test_the_nearest_difference_is_told_before_all_others_are_looked_for() -> None:
    """Nobody has to see all the ways of menus that say nothing and go round, once it is known that calls meet something else."""
    split = Split(shares={"p": 20, "q": 30, "r": 50}, exits={"p": "hours", "q": "silent", "r": "hours"})
    once = Recurrence(frequency="once", first=date(2026, 7, 2), start=9 * 3600, end=17 * 3600)
    menu = Menu(greeting=Speech("Hello."), notice=Speech("News."), retries=1, exits={"*": "split", "12": "silent"})
    nodes: dict[str, Node] = {
        "start": menu,
        "split": split,
        "silent": Menu(invalid_prompt=Speech("Sorry."), retries=3, exits={"12": "split"}),
        "hours": Schedule(hours=(Hours(name="x", recurrences=(once,)),), exits={"x": "silent", "otherwise": "silent"}),
    }
    flow = Flow(start="start", nodes=nodes)
    found = compare(flow, evolve(flow, nodes={**nodes, "start": evolve(menu, notice=None)}))
    assert found.sentence == "presses 1: before, hears 'News.', then the call ends; after, the call ends."
    assert found.walk is not None and len(found.walk.visited) < comparing.FEW + 100


def test_silence_for_ever_is_found_before_all_keys_are_pressed() -> None:
    """One rings, and in the other a menu that says nothing leads back to itself by every key."""
    nobody = Ring(targets=(RingTarget(PhoneNumber("+12025550141"), delay=20),), timeout=20, exits={"otherwise": "start"})
    nodes: dict[str, Node] = {
        "start": Menu(retries=3, exits={"*": "hours", "12": "ring", "exhausted": "hours"}),
        "ring": Ring(targets=(RingTarget(PhoneNumber("+12025550142")),), repeats=2, exits={"otherwise": "hours", "busy": "ring"}),
        "hours": Schedule(hours=(Hours(name="x", recurrences=()),), exits={"x": "start", "otherwise": "ring"}),
    }
    one = Flow(start="start", nodes=nodes)
    found = compare(one, evolve(one, nodes={**nodes, "hours": nobody}))
    assert found.sentence == "presses *: before, +1 202 555 0142 rings, and so on for ever; after, it goes round for ever."


def test_yearly_days_in_many_zones_are_seen_whole() -> None:
    zones = ("America/New_York", "America/Denver", "America/Phoenix", "Europe/Berlin")
    nodes: dict[str, Node] = {"s20": Hangup()}
    for at in range(20):
        day = Recurrence(frequency="yearly", month=at % 12 + 1, month_days=(at + 1,))
        week = Recurrence(frequency="weekly", weekdays=("MO", "TU", "WE"), start=(6 + at % 5) * 3600, end=(15 + at % 5) * 3600)
        hours = (Hours(name="closed", recurrences=(day,)), Hours(name="open", recurrences=(week,)))
        on = {"closed": f"r{at}", "open": f"s{at + 1}", "otherwise": f"s{at + 1}"}
        nodes[f"s{at}"] = Schedule(timezone=zones[at % 4], hours=hours, exits=on)
        nodes[f"r{at}"] = Ring(targets=(RingTarget(PhoneNumber(f"+120255501{at:02}")),), timeout=20)
    one = Flow(start="s0", nodes=nodes)
    found = compare(one, evolve(one, nodes={**nodes, "r19": Hangup()}))
    assert found.call is not None and found.call.at.astimezone(ZoneInfo("Europe/Berlin")).day == 20
    found = compare(one, one)
    assert (str(found), found.walk is not None and len(found.walk.visited) < 500) == ("same", True)
    assert Cover(one).untaken == ()
