"""The simulator and an independent reading of each vendor's document agree on what a call meets."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import unicall
from tests.behave.agreement import as_simulated, disagreement, met
from tests.interpreters.call import Call
from tests.support import VENDORS, records, strategies
from unicall.behave.machine import Machine
from unicall.behave.running import run

CALLS = 10  # of each document: 500 odd documents and 500 clean ones are 10,000 calls of each vendor in the full profile
RECORDS = [pytest.param(provider, record, id=f"{provider}:{name}") for provider in VENDORS for name, record in records(provider)]


def check(provider: str, document: Any, calls: list[Call]) -> Counter[str]:
    """Run these calls; the ends of those that the simulator judges."""
    machine = Machine(unicall.parse(document, provider).flow)
    ends: Counter[str] = Counter()
    for call in calls:
        ours, theirs = run(machine, as_simulated(call)), met(provider, document, call)
        assert disagreement(ours, theirs) is None, (call, ours, theirs)
        ends[ours.end] += 1
    return ends


def several(provider: str, document: Any) -> st.SearchStrategy[list[Call]]:
    calls = strategies(provider).calls(document)
    return st.lists(calls, min_size=CALLS, max_size=CALLS)


@pytest.mark.parametrize(("provider", "record"), RECORDS)
def test_every_fixture_runs_as_its_vendor_would_run_it(provider: str, record: Any) -> None:
    @settings(max_examples=max(5, settings.default.max_examples // 10))  # type: ignore[union-attr]
    @given(st.data())
    def every_call(data: st.DataObject) -> None:
        check(provider, record, [data.draw(strategies(provider).calls(record))])

    every_call()


@pytest.mark.parametrize("provider", VENDORS)
def test_every_document_runs_as_its_vendor_would_run_it(provider: str) -> None:
    """Odd documents and clean ones, request forms among them. A fair part of the calls is judged to its end."""
    invented = strategies(provider)
    ends: Counter[str] = Counter()

    @given(st.data())
    def every_call(data: st.DataObject) -> None:
        for documents in (invented.documents(), invented.clean_documents()):
            document = data.draw(documents)
            ends.update(check(provider, document, data.draw(several(provider, document))))

    every_call()
    assert ends.total() >= 2 * CALLS * settings.default.max_examples  # type: ignore[union-attr]
    assert len(ends) >= 3
    assert ends.total() - ends["opaque"] >= ends.total() / 4, ends


def test_a_disagreement_is_seen() -> None:
    """Who rings, how long, what is heard, and how it ends: a law that could not fail would be none."""
    ring: dict[str, Any] = {"module": "device", "data": {"id": "a" * 32, "timeout": 15}, "children": {}}
    heard = {"module": "tts", "data": {"text": "Hello."}, "children": {"_": ring}}
    document = {"name": "Main", "numbers": ["+12025550142"], "flow": heard}
    call = Call(datetime(2026, 11, 21, 9, 30, tzinfo=UTC))
    ours = run(Machine(unicall.parse(document, "vinix").flow), as_simulated(call))
    for change in (
        {"flow": ring},
        {"flow": heard | {"data": {"text": "Good day."}}},
        {"flow": heard | {"children": {"_": ring | {"data": {"id": "b" * 32, "timeout": 15}}}}},
        {"flow": heard | {"children": {"_": ring | {"data": {"id": "a" * 32, "timeout": 16}}}}},
        {"flow": heard | {"children": {"_": ring | {"children": {"_": {"module": "voicemail", "data": {"id": "c" * 32}}}}}}},
    ):
        assert disagreement(ours, met("vinix", document | change, call)) is not None
    assert disagreement(ours, met("vinix", document, call)) is None
