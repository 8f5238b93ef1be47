"""The comparison of all calls against the simulation of single ones, in both directions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from random import Random

import pytest
from attrs import evolve

from tests.behave.simulated import tells_apart, verdict
from tests.behave.small_flows import calls, pair
from unicall import Comparison, Flow, compare
from unicall.behave.machine import Machine
from unicall.graph import Announce, Hangup, Menu, Node, PhoneNumber, Ring, RingTarget, Speech

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
