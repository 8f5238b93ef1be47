"""Whatever a record holds comes back as it was, key order included."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unicall
from tests.conftest import FIXTURES
from tests.convirza.records import (
    HUNT,
    flat,
    hours,
    item,
    option,
    read,
    refusals,
    scheduled,
    simple,
    submenu,
    tree,
)
from tests.strategies.convirza_v2 import documents
from tests.support import text
from unicall.adapter import find
from unicall.graph import Region
from unicall.wire import leaves

FILES = [path for path in sorted((FIXTURES / "convirza-v2").glob("*/*.json")) if not path.name.endswith(".flow.json")]


def fixture_records() -> Iterator[Any]:
    for path in FILES:
        for at, record in find("convirza-v2").records(json.loads(path.read_text("utf-8"))):
            yield pytest.param(record, id=f"{path.parent.name}/{path.stem}{at}")


RECORDS = list(fixture_records())


def test_there_are_fixtures_of_every_route() -> None:
    assert {path.parent.name for path in FILES} >= {
        *("simple", "hunt", "simultaneous", "hangup", "percentage", "geo", "schedule", "voicemail", "outbound", "ivr", "page")
    }


@pytest.mark.parametrize("record", RECORDS)
def test_a_fixture_comes_back(record: Any) -> None:
    read(record)


@given(documents())
def test_an_invented_record_comes_back(record: Any) -> None:
    read(record)


@given(documents())
def test_what_was_written_is_settled(record: Any) -> None:
    for target in ("api19", "convirza-v2"):
        document = unicall.translate(record, "convirza-v2", target).document
        again = unicall.emit(unicall.parse(document, target).flow, target).document
        assert json.dumps(again) == json.dumps(document)


def test_a_place_of_which_nothing_is_said_comes_back_as_nothing() -> None:
    record = json.loads((FIXTURES / "convirza-v2/ivr/property_management_bundle.json").read_text())
    for location in record["locations"].values():
        (location["locations"] if isinstance(location, dict) else location)[0] = {}
    assert read(record)


ANYTHING: list[Any] = [
    *(None, "", "x", "5", " 7 ", "true", "after", "hangup", "geo", "interactiveVoice", "Simultaneous", "AllDays", "noon"),
    *(0, 1, 2, 9, 10, -1, 1.5, -0.0, 1e308, float("inf"), 10**30, True, False, [], {}, [1], [[]], [{}], {"a": 1}),
    *([{"id": "Mon"}], 8015550142, "18015550142", 8015550142.0, HUNT, {"options": [{}]}, [item()], "IvrRoute", "start"),
]


@pytest.mark.parametrize("record", RECORDS)
@given(seed=st.integers(0, 2**32), places=st.integers(1, 4))
def test_with_anything_anywhere_a_record_comes_back_or_is_refused_with_a_place(record: Any, seed: int, places: int) -> None:
    chance = random.Random(seed)
    changed = copy.deepcopy(record)
    for _ in range(places):
        holders = [(holder, key) for holder in _containers(changed) for key in _keys(holder)]
        if holders:
            holder, key = chance.choice(holders)
            holder[key] = copy.deepcopy(chance.choice(ANYTHING))
    for refusal in refusals(changed):
        assert refusal.startswith("/"), refusal
        return
    for _, one in find("convirza-v2").records(changed):
        read(one)


def _keys(holder: Any) -> list[Any]:
    return list(holder) if isinstance(holder, dict) else list(range(len(holder)))


def _containers(value: Any) -> Iterator[Any]:
    todo = [value]
    while todo:
        found = todo.pop()
        if isinstance(found, (dict, list)):
            yield found
            todo += found.values() if isinstance(found, dict) else found


@pytest.mark.parametrize(
    "record",
    [
        simple(default_ringto=8015550142),
        simple(default_ringto=None, overflowNumbers=[{"overflowNumber": "", "rings": 1}, *HUNT]),
        simple(hunt_type="SimulTaneous", overflowNumbers=[{"overflowNumber": None}, *HUNT]),
        simple(hunt_type="Rollover", overflowNumbers=[{"rings": "3", "overflowNumber": "8015550151", "x": 1}]),
        simple(default_ringto="", hunt_type="simultaneous", overflowNumbers=HUNT[:1]),
        simple(default_ringto="", hunt_type="overflow", overflowNumbers=HUNT[:1], voicemail_enabled=True),
        simple(overflowNumbers=[{"overflowNumber": 8015550151, "rings": 2, "x": n} for n in range(20)]),
        simple(play_disclaimer="after"),
        simple(message_enabled=True, message="", whisper_enabled=True, whisper_message=None),
        simple(ivrs=[item()], percentage_route=[{"percentage": 50}], geo_route={}, ivr_route={"options": None}),
        {"ivrs": [], "geo_route": None, "percentage_route": [], "default_ringto": "8015550142"},
        {},
        {"call_flow_name": "x", "ivrs": [item()], "outbound": {"pin": "1"}},
        {"routable_type": "RoundRobinRoute", "default_ringto": None},
        {"routable_type": "OutboundRoute"},
        {"routable_type": "OutboundRoute", "outbound": None},
        {"routable_type": "OutboundRoute", "outbound": {}},
        {"routable_type": "GeoRoute", "geo_route": {"options": []}, "default_ringto": "hangup", "overflowNumbers": HUNT},
        {"routable_type": "ScheduleRoute", "schedule_route": {}},
        {"routable_type": "PercentageBasedRoute", "percentage_route": [{"per_target_did": 1}, {"percentage": 10}]},
        tree(),
        tree(ivr_route=None),
        flat(),
        {"routable_type": "IvrRoute2", "ivr_route": {}, "ivrs": None},
        tree(item("05"), item(" 5 "), item(5), item(5), item(None), item("*"), item(-1), {}),
        tree(submenu(item(1, go_back_key=9), item(2), item(3, go_back_key=None), item(4, go_back_key="9"))),
        tree(submenu(item(1, go_back_key=9), item(2, go_back_key=8), item(9, go_back_key=9), {"go_back_key": 7})),
        tree(item(go_back_key=3)),
        tree(submenu(submenu(submenu(submenu(item()))))),
        tree(item(action="voiceAgent", agent=None, target_did={}), item(2, action=None), item(3, "geo"), item(4, "schedule")),
        tree(item(1, "geo", geoData={}), item(2, "geo", geoData={"location_id": "a"}), item(3, "schedule", scheduleRoute={})),
        tree(item(target_did=None, voicemail_enabled=True), item(2, target_did="", overflowNumbers=[{}])),
        flat(option(10), option(0), option(), option(), option(None), option(7, ivr_target_did=None), kind="IvrRoute"),
        flat(option(ivr_play_disclaimer="after"), option(2, ivr_play_disclaimer="after", ivr_message_enabled=1, ivr_message="x")),
        scheduled(hours(start="noon"), hours("Holidays"), hours(end="8:00 AM"), {"schedule_days": [{"id": "Mon", "x": 1}, {}]}),
        scheduled(hours("Sun", "Mon"), hours("Mon", "Mon"), hours("Mon", "Tue", "Wed", "Thu", "Fri"), timezone=None),
    ],
)
def test_odd_records_come_back(record: Any) -> None:
    read(record)


@pytest.mark.parametrize("city", [{"city": ""}, {"city": None}, {}], ids=["empty", "null", "absent"])
@pytest.mark.parametrize("target", ["~/a", "a~b~2", "otherwise", 8015550145, ""])
@pytest.mark.parametrize("provider", ["convirza-v2", "convirza-v3"])
def test_no_city_is_made_up_for_a_place_that_rings_an_odd_target(provider: str, target: Any, city: dict[str, Any]) -> None:
    block = {"strategy": "Npa", "radius": 25}
    old = {"options": [{"geo_target_did": target, "latitude": 40.7, **city}, {"geo_target_did": target, **city}]}
    new = {"locations": [{"ring_to": target, "latitude": 40.7, **city}, {"ring_to": target, **city}]}
    document = (
        {"call_flow_id": 1, "routable_type": "GeoRoute", "default_ringto": "8015550145", "geo_route": block | old}
        if provider == "convirza-v2"
        else {"provisioned_route_id": 1, "route_type": "geo", "default_ring_to": "8015550145", "geo_route": block | new}
    )
    flow = unicall.parse(document, provider).flow
    assert any(isinstance(node, Region) and node.places for node in flow.nodes.values())
    assert text(unicall.emit(flow, provider).document) == text(document)


@given(documents(), st.randoms(use_true_random=False))
def test_every_leaf_counts_in_the_native_form(record: Any, chance: random.Random) -> None:
    """The native form holds facts and shapes, so nothing may be missing from it; what reading said is added."""
    before = _native(record)
    found = [place for place, _ in leaves(record) if place]
    for place in chance.sample(found, min(8, len(found))):
        changed = copy.deepcopy(record)
        holder: Any = changed
        *path, last = [step.replace("~1", "/").replace("~0", "~") for step in place.split("/")[1:]]
        for step in path:
            holder = holder[int(step) if isinstance(holder, list) else step]
        key: Any = int(last) if isinstance(holder, list) else last
        holder[key] = "other" if holder[key] != "other" else "another"
        assert _native(changed) != before, place


def _native(record: Any) -> object:
    try:
        parsed = unicall.parse(record, "convirza-v2")
    except unicall.DocumentError as error:
        return str(error)
    return unicall.dumps(parsed.flow), [(p.code, p.pointer, str(p.value)) for p in parsed.problems]
