"""Calls shared out by percentage, and by where the caller is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.convirza.records import FIRST, SECOND, THIRD, crossing, item, nodes, read, said, steps, tree
from unicall.graph import Place, Reference, Region, Ring, Split, VendorNode


def shares(*rows: tuple[Any, Any], **fields: Any) -> dict[str, Any]:
    listed = [{"percentage": share, "per_target_did": number} for share, number in rows]
    return {"routable_type": "PercentageBasedRoute", "percentage_route": listed} | fields


def test_each_share_rings_its_number() -> None:
    record = shares((50, 8015550142), ("30", 8015550151), (20, 8015550142))
    split = nodes(record)["start"]
    assert isinstance(split, Split)
    assert dict(split.shares) == {"8015550142": 50, "8015550151": 30, "8015550142~2": 20}
    assert steps(record)[1:] == [((FIRST,), None), ((SECOND,), None), ((FIRST,), None)]


def test_voicemail_follows_each_share_after_so_many_rings() -> None:
    record = shares((100, 8015550142), voicemail_enabled=True, voicemail_rings=4, voicemail_greeting="Hi.")
    assert steps(record) == ["Split", ((FIRST,), 24), "Voicemail: Hi."]


def test_shares_that_do_not_make_a_hundred_contradict_each_other() -> None:
    assert said(shares((50, 8015550142), (30, 8015550151))) == [("UC109", "/percentage_route/1/percentage")]


@pytest.mark.parametrize("share", [None, "half", -1])
def test_a_share_that_nobody_knows_keeps_the_route_as_it_stands(share: Any) -> None:
    record = shares((share, 8015550142), (50, 8015550151))
    node = nodes(record)["start"]
    assert isinstance(node, VendorNode)
    assert node.data == record["percentage_route"]
    assert [code for code, _ in said(record)] == ["UC101"]


def test_a_share_without_a_number_rings_nobody() -> None:
    split = nodes(shares((50, 8015550142), (50, None)))["start"]
    assert isinstance(split, Split)
    assert list(split.exits) == ["8015550142"]


def geo(*options: dict[str, Any], **fields: Any) -> dict[str, Any]:
    block = {"strategy": "Npa", "radius": 25, "allow_manual_entry": True, "options": list(options)}
    return {"routable_type": "GeoRoute", "default_ringto": "8015550142", "geo_route": block} | fields


PROVO = {"geo_target_did": 8015550151, "city": "Provo", "address": "1 Main St", "latitude": 40.2, "longitude": -111}


def region(record: Any, at: str = "start") -> Region:
    node = nodes(record)[at]
    assert isinstance(node, Region)
    return node


def test_a_region_has_a_place_for_each_option_and_the_default_otherwise() -> None:
    node = region(geo(PROVO))
    assert (node.by, node.radius, node.ask) == ("nearest area code", 25, True)
    assert node.places == (Place("Provo", "Provo", "1 Main St", 40.2, -111),)
    assert steps(geo(PROVO))[1:] == [((SECOND,), None), ((FIRST,), None)]


def test_places_have_names_of_their_own_also_without_a_city() -> None:
    node = region(geo(PROVO, PROVO, {"geo_target_did": 8015550152}, PROVO | {"city": "otherwise"}, {"city": "start"}))
    assert [place.name for place in node.places] == ["Provo", "Provo~2", "8015550152", "otherwise~2", "start~2"]


@pytest.mark.parametrize(
    ("strategy", "by"), [("Zipcode", "nearest postal code"), ("Claimed", "postal code"), ("claimedState", "state")]
)
def test_strategies_are_known_by_name(strategy: str, by: str) -> None:
    record = geo(PROVO)
    record["geo_route"]["strategy"] = strategy
    assert region(record).by == by


def test_an_unknown_strategy_is_kept_and_reported() -> None:
    record = geo(PROVO)
    record["geo_route"]["strategy"] = "Moon"
    assert region(record).by is None
    assert said(record) == [("UC101", "/geo_route/strategy")]


def test_a_place_that_names_nobody_does_not_ring_the_default() -> None:
    assert isinstance(nodes(geo(PROVO | {"geo_target_did": None}))["Provo"], VendorNode)


def test_voicemail_follows_every_place() -> None:
    record = geo(PROVO, voicemail_enabled=True, voicemail_rings=2)
    assert steps(record)[1:] == [((SECOND,), 12), "Voicemail", ((FIRST,), 12), "Voicemail"]


def test_a_geo_route_may_hang_up_on_who_is_nowhere() -> None:
    assert steps(geo(PROVO, default_ringto="hangup"))[1:] == [((SECOND,), None), "Hangup"]


def test_without_options_the_default_rings() -> None:
    assert steps(geo()) == [((FIRST,), None)]


DATA = {"route_by": "Claimed State", "proximity_limit": 5.5, "location_id": 311, "target_did": 8015550152}


def test_a_location_that_was_not_given_stays_a_reference() -> None:
    record = tree(item(action="geo", geoData=DATA))
    node = region(record, "1")
    assert node.places == (Place("311", reference=Reference("convirza-v2", "location", "311")),)
    assert (node.by, node.radius, list(node.exits)) == ("state", 5.5, ["otherwise"])
    assert said(record) == [("UC103", "/ivrs/0/geoData/location_id")]
    assert steps(record)[2:] == [((THIRD,), None)]


@pytest.mark.parametrize(
    "document",
    [
        [{"city": "Provo", "geo_target_did": 8015550151}],
        {"location_id": 311, "locations": [{"city": "Provo", "target_did": 8015550151}]},
        {"city": "Provo", "geo_target_did": 8015550151},
    ],
)
def test_a_location_that_was_given_brings_its_places(document: Any) -> None:
    bundle = {"call_flow": tree(item(action="geo", geoData=DATA)), "locations": {"311": document}, "x": 1}
    node = region(bundle, "1")
    assert [(place.name, place.city) for place in node.places] == [("Provo", "Provo")]
    ring = nodes(bundle)["1.Provo"]
    assert isinstance(ring, Ring)
    assert said(bundle) == []
    assert read(bundle).reading.places["1.Provo", ""].startswith("/locations/311")
    assert ("UC501", "/x") in crossing(bundle)


def test_voicemail_of_the_item_follows_its_places_and_its_default() -> None:
    bundle = {
        "call_flow": tree(item(action="geo", geoData=DATA, voicemail_enabled=True)),
        "locations": {"311": [{"city": "Provo", "geo_target_did": 8015550151}]},
    }
    assert steps(bundle)[2:] == [((SECOND,), 18), "Voicemail", ((THIRD,), 18), "Voicemail"]


def test_whether_branding_plays_is_said_and_whether_callers_are_asked_is_a_fact() -> None:
    record = geo(PROVO)
    record["geo_route"]["play_branding"] = True
    assert ("UC416", "/geo_route/play_branding") in crossing(record)
