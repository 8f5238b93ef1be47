"""What a comparison finds of flows in which one thing was changed."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from functools import cache
from itertools import islice
from random import Random

import pytest

import unicall
from tests.behave.mutants import likely_calls, mutants
from tests.behave.simulated import moves_messages, tells_apart, verdict
from tests.behave.test_compare_exact import through
from tests.support import VENDORS, records
from unicall import Call, Comparison, DocumentError, Flow, compare
from unicall.behave.machine import Machine

EVERY = {"full": 1, "ci": 23}.get(os.environ.get("HYPOTHESIS_PROFILE", "ci"), 97)
CALLS = 400 if EVERY == 1 else 200


@cache
def flows(provider: str) -> tuple[tuple[str, Flow], ...]:
    def read() -> Iterator[tuple[str, Flow]]:
        for name, record in records(provider):
            try:
                yield name, unicall.parse(record, provider).flow
            except DocumentError:
                continue

    return tuple(read())


def noticed(name: str, flow: Flow, mutant: Flow) -> bool:
    """Whether simulation finds a call that tells them apart, or calls that leave messages in other boxes."""
    left, right = Machine(flow), Machine(mutant)
    calls = list(likely(name, flow, mutant))
    return any(tells_apart(left, right, call) for call in calls) or moves_messages(left, right, calls)


def is_shown(name: str, flow: Flow, mutant: Flow, comparison: Comparison) -> bool:
    """Whether the call that is shown notices it, in some order where an order is drawn, or together with other calls."""
    left, right = Machine(flow), Machine(mutant)
    assert comparison.call is not None
    if verdict(left, right, comparison.call, through(comparison)) == "different" or tells_apart(left, right, comparison.call):
        return True
    return moves_messages(left, right, [comparison.call, *likely(name, flow, mutant)])


def likely(name: str, flow: Flow, mutant: Flow) -> Iterator[Call]:
    return likely_calls(Random(zlib.crc32(name.encode())), (flow, mutant), CALLS)


@pytest.mark.parametrize("provider", VENDORS)
def test_every_fixture_is_the_same_as_itself(provider: str) -> None:
    assert [name for name, flow in flows(provider) if not compare(flow, flow).same] == []


@pytest.mark.parametrize("provider", VENDORS)
def test_a_change_that_any_call_notices_is_found_and_shown_by_a_call_that_notices_it(provider: str) -> None:
    found, missed = 0, []
    every = ((f"{name}: {what}", flow, mutant) for name, flow in flows(provider) for what, mutant in mutants(flow))
    for name, flow, mutant in islice(every, 0, None, EVERY):
        comparison = compare(flow, mutant)
        assert comparison.complete, name
        if comparison.call is not None:
            assert is_shown(name, flow, mutant, comparison), name
            found += 1
        elif noticed(name, flow, mutant):
            missed.append(name)
    assert found > 0
    assert missed == [], f"{found} found, {len(missed)} missed"
