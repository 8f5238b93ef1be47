"""The comparison of all calls against the simulation of single ones, in both directions."""

from __future__ import annotations

import os
from random import Random

import pytest

from tests.behave.simulated import verdict
from tests.behave.small_flows import calls, pair
from unicall import Comparison, Flow, compare
from unicall.behave.machine import Machine

PAIRS = {"full": 1000, "ci": 50}.get(os.environ.get("HYPOTHESIS_PROFILE", "ci"), 12)


def through(found: Comparison) -> tuple[str, ...]:
    return tuple(choice.leaves for choice in found.choices if choice.leaves is not None)


def check(dice: Random, one: Flow, other: Flow) -> Comparison:
    found = compare(one, other)
    left, right = Machine(one), Machine(other)
    assert found.complete or not found.same, (one, other)
    if found.same:
        for call in calls(dice, (one, other)):
            assert verdict(left, right, call) != "different", (one, other, call)
    else:
        assert found.call is not None
        assert verdict(left, right, found.call, through(found)) == "different", (one, other, found.call)
    return found


@pytest.mark.parametrize("seed", range(10))
def test_flows_are_called_same_exactly_when_no_call_meets_anything_else(seed: int) -> None:
    dice = Random(seed)
    verdicts = {check(dice, *pair(dice)).same for _ in range(PAIRS)}
    assert verdicts == {True, False}
