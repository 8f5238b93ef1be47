"""Hours, places, shares, rotations and agents."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from tests.convirza_v3.records import (
    FIRST,
    HUNT,
    SECOND,
    THIRD,
    crossing,
    hours,
    item,
    nodes,
    place,
    read,
    route,
    rung,
    said,
    scheduled,
    simple,
    steps,
    tree,
    troubles,
    written,
)
from unicall.graph import (
    Flow,
    Hangup,
    PhoneNumber,
    Place,
    Reference,
    Region,
    Ring,
    RingTarget,
    Schedule,
    Split,
    VendorNode,
    Voicemail,
)
from unicall.hours import DAY, WEEKDAYS, Hours, Recurrence


def schedule(record: Any, at: str = "start") -> Schedule:
    found = nodes(record)[at]
    assert isinstance(found, Schedule)
    return found


def window(record: Any) -> Recurrence:
    recurrences = schedule(record).hours[0].recurrences
    assert recurrences is not None
    return recurrences[0]


# Hours.


def test_a_route_has_hours_with_a_zone_and_named_days() -> None:
    read_hours = schedule(scheduled(hours("Mon-Fri"), hours("Sat", "Sun")))
    assert read_hours.timezone == "America/Denver"
    assert [named.name for named in read_hours.hours] == ["Mon-Fri 08:00-17:00", "Sat,Sun 08:00-17:00"]
    assert list(read_hours.exits) == ["Mon-Fri 08:00-17:00", "Sat,Sun 08:00-17:00", "otherwise"]
    assert window(scheduled(hours("Sat", "Sun"))).weekdays == ("SA", "SU")


@pytest.mark.parametrize("words", [["Mon-Fri"], ["Fri", "Thu", "Wed", "Tue", "Mon"], [{"id": "Mon-Fri"}]])
def test_days_are_read_in_every_spelling(words: list[Any]) -> None:
    assert window(scheduled(hours(*words))).weekdays == WEEKDAYS[:5]


@pytest.mark.parametrize(("text", "second"), [("08:00", 28800), ("8:00 AM", 28800), ("08:00 PM", 72000), ("00:00", 0)])
def test_times_are_read_in_every_spelling(text: str, second: int) -> None:
    assert window(scheduled(hours(start=text, end="End of Day"))).start == second


@pytest.mark.parametrize("text", ["End of Day", "24:00", "23:59", "11:59 PM"])
def test_a_day_ends_at_midnight(text: str) -> None:
    assert window(scheduled(hours(end=text))).end == DAY


def test_a_zone_is_named_as_v2_names_it_or_by_its_iana_name() -> None:
    assert schedule(scheduled(timezone="Mountain")).timezone == "America/Denver"
    assert schedule(scheduled(timezone="Europe/Berlin")).timezone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        (hours("Holidays"), "/schedule_route/schedules/0/schedule_days"),
        (hours(start="noon"), "/schedule_route/schedules/0/start_time"),
        ({"schedule_days": ["Mon"], "end_time": "17:00"}, "/schedule_route/schedules/0"),
    ],
)
def test_hours_that_nobody_knows_are_kept_and_said(entry: Any, where: str) -> None:
    record = scheduled(entry)
    assert schedule(record).hours[0].recurrences is None
    assert said(record) == [("UC101", where)]


def test_hours_that_end_before_they_start_contradict_each_other() -> None:
    assert said(scheduled(hours(start="17:00", end="08:00"))) == [("UC109", "/schedule_route/schedules/0/end_time")]


def test_each_entry_has_its_own_hunt_and_voicemail() -> None:
    record = scheduled(hours(hunt_type="rollover", overflow_numbers=HUNT[1:], voicemail_enabled=True), voicemail_enabled=False)
    assert steps(record)[1:] == [((SECOND,), 24), (("+18015550152",), 18), "Voicemail", ((FIRST,), None)]


def test_what_happens_outside_the_hours_is_unknown_where_nobody_is_named() -> None:
    record = scheduled(hours(), default_ring_to=None)
    assert list(schedule(record).exits) == ["Mon-Fri 08:00-17:00", "otherwise"]
    assert nodes(record)[schedule(record).exits["otherwise"]] == VendorNode(provider="convirza-v3", word="default_ring_to")


def test_new_hours_are_written_with_the_largest_groups_of_days() -> None:
    ring = Ring(targets=(RingTarget(PhoneNumber(FIRST)),))
    rule = Recurrence(frequency="weekly", weekdays=("MO", "TU", "WE", "TH", "FR", "SU"), start=1800, end=DAY)
    open_at = Schedule(timezone="America/Denver", hours=(Hours(name="x", recurrences=(rule,)),), exits={"x": "x"})
    block = written(Flow(start="start", nodes={"start": open_at, "x": ring}))["schedule_route"]
    assert block == {
        "timezone": "America/Denver",
        "schedules": [
            {"schedule_days": ["Mon-Fri", "Sun"], "start_time": "00:30", "end_time": "End of Day", "ring_to": "18015550142"}
        ],
    }


# Places.


def region(record: Any, at: str = "start") -> Region:
    found = nodes(record)[at]
    assert isinstance(found, Region)
    return found


@pytest.mark.parametrize("strategy", ["Npa", "npa", "Caller Area Code Proximity"])
def test_a_strategy_is_read_by_its_word_and_by_its_label(strategy: str) -> None:
    record = route("geo", geo_route={"strategy": strategy, "radius": 25, "allow_manual_entry": True})
    assert (region(record).by, region(record).radius, region(record).ask) == ("nearest area code", 25, True)


def test_places_have_exits_by_their_cities_and_a_number_for_everybody_else() -> None:
    record = route("geo", default_ring_to="18015550142", geo_route={"locations": [place(), place("Ogden"), place()]})
    assert list(region(record).exits) == ["Provo", "Ogden", "Provo~2", "otherwise"]


def test_a_list_of_places_that_was_not_given_is_a_reference_and_said() -> None:
    record = route("geo", geo_route={"location_id": 311})
    assert region(record).places == (Place("311", reference=Reference("convirza-v3", "location", "311")),)
    assert said(record) == [("UC103", "/geo_route/location_id")]


def test_callers_from_nowhere_may_be_hung_up_on() -> None:
    assert isinstance(nodes(route("geo", default_ring_to="hangup"))["otherwise"], Hangup)


def test_each_place_has_its_own_voicemail() -> None:
    record = route("geo", default_ring_to="18015550142", geo_route={"locations": [place(voicemail_enabled=True)]})
    assert [at for at, node in nodes(record).items() if isinstance(node, Voicemail)] == ["Provo.otherwise"]


# Shares.


def test_shares_lead_to_branches() -> None:
    rows = [{"percentage": 60, "ring_to": "18015550142"}, {"percentage": 40, "ring_to": "18015550151", "voicemail_enabled": True}]
    split = nodes(route("percentage", percentage_route=rows))["start"]
    assert isinstance(split, Split)
    assert split.shares == {"18015550142": 60, "18015550151": 40}
    assert steps(route("percentage", percentage_route=rows))[1:] == [((FIRST,), None), ((SECOND,), 18), "Voicemail"]


def test_shares_that_make_no_hundred_are_said() -> None:
    record = route("percentage", percentage_route=[{"percentage": 60, "ring_to": "18015550142"}])
    assert said(record) == [("UC109", "/percentage_route/0/percentage")]


def test_a_share_that_nobody_knows_keeps_all_of_them() -> None:
    record = route("percentage", percentage_route=[{"percentage": "half", "ring_to": "18015550142"}])
    assert isinstance(nodes(record)["start"], VendorNode)
    assert said(record) == [("UC101", "/percentage_route/0/percentage")]


@pytest.mark.parametrize("around", [{"default_ring_to": "18015550152", "voicemail_enabled": True, "voicemail_rings": 4}])
def test_a_schedule_that_names_no_default_falls_back_to_the_one_around_it(around: dict[str, Any]) -> None:
    record = route("schedule", schedule_route={"timezone": "America/Denver", "schedules": [hours()]}) | around
    assert steps(record) == ["Schedule", ((SECOND,), None), ((THIRD,), 24), "Voicemail"]
    entry = {"timezone": "America/Denver", "schedules": [hours()]}
    within = tree(item(action="schedule", schedule_route=entry, default_ring_to="18015550152"))
    assert steps(within) == ["Menu", "Schedule", ((SECOND,), None), ((THIRD,), None)]


def test_a_schedule_that_names_its_default_leaves_the_one_around_it_unresolved() -> None:
    record = scheduled(hours()) | {"default_ring_to": "18015550152", "voicemail_enabled": True}
    assert steps(record) == ["Schedule", ((SECOND,), None), ((FIRST,), None)]
    found = [problem.pointer for problem in crossing(record, "convirza-v3", "vinix").problems if problem.code == "UC501"]
    assert found == ["/default_ring_to", "/voicemail_enabled"]


@pytest.mark.parametrize(
    ("record", "pointer"),
    [
        (
            route("percentage", percentage_route=[{"percentage": 100, "ring_to": "18015550142"}], overflow_numbers=HUNT[:1]),
            "/overflow_numbers/0/phone_number",
        ),
        (route("round_robin", ring_to_numbers=["18015550142"], overflow_numbers=HUNT[:1]), "/overflow_numbers/0/phone_number"),
        (simple(schedule_route={"schedules": [hours()]}), "/schedule_route/schedules/0/ring_to"),
        (tree(item(), voicemail_enabled=True), "/voicemail_enabled"),
        (tree(item(geo_route={"locations": [place()]})), "/ivrs/0/geo_route/locations/0/ring_to"),
    ],
)
def test_a_destination_that_this_kind_of_route_does_not_use_is_unresolved(record: Any, pointer: str) -> None:
    read(record)
    found = [problem.pointer for problem in crossing(record, "convirza-v3", "vinix").problems if problem.code == "UC501"]
    assert found == [pointer]


def test_the_voicemail_switch_of_a_voicemail_route_says_nothing_new() -> None:
    record = route("voicemail", voicemail_enabled=True)
    read(record)
    assert "UC501" not in {problem.code for problem in crossing(record, "convirza-v3", "vinix").problems}


# Round robin.


def test_a_rotation_is_a_split_in_equal_shares_and_that_is_said() -> None:
    record = route("round_robin", ring_to_numbers=["18015550142", "18015550151", "18015550152"])
    split = nodes(record)["start"]
    assert isinstance(split, Split)
    assert sum(split.shares.values()) == pytest.approx(100)
    assert len(set(split.shares.values())) == 1
    assert said(record) == [("UC110", "/route_type")]


def test_voicemail_follows_each_number_of_a_rotation_after_so_many_rings() -> None:
    record = route("round_robin", ring_to_numbers=["18015550142"], voicemail_enabled=True, voicemail_rings=4)
    assert steps(record) == ["Split", ((FIRST,), 24), "Voicemail"]


def test_a_rotation_without_a_name_is_said_where_its_numbers_stand() -> None:
    record = {"provisioned_route_id": 1, "ring_to_numbers": ["18015550142"]}
    assert {problem.pointer for problem in read(record).problems if problem.code == "UC110"} == {"/ring_to_numbers"}


def test_a_rotation_whose_shares_were_changed_becomes_a_percentage_route() -> None:
    flow = read(route("round_robin", ring_to_numbers=["18015550142", "18015550151"])).flow
    split = flow.nodes["start"]
    assert isinstance(split, Split)
    uneven = evolve(split, shares=dict(zip(split.shares, (60, 40), strict=True)))
    record = written(evolve(flow, nodes={**flow.nodes, "start": uneven}))
    assert record["route_type"] == "percentage"
    assert [row["percentage"] for row in record["percentage_route"]] == [60, 40]


def test_a_number_of_a_rotation_is_replaced_in_its_place() -> None:
    flow = read(route("round_robin", ring_to_numbers=["18015550142", "+18015550151"])).flow
    other = evolve(rung(flow, "18015550142"), targets=(RingTarget(PhoneNumber("+12025550143")),))
    record = written(evolve(flow, nodes={**flow.nodes, "18015550142": other}))
    assert record == route("round_robin", ring_to_numbers=["12025550143", "18015550151"])


def test_even_shares_of_another_carrier_are_no_rotation() -> None:
    rows = [{"percentage": 50, "per_target_did": 8015550142}, {"percentage": 50, "per_target_did": 8015550151}]
    v2 = {"call_flow_id": 1, "routable_type": "PercentageBasedRoute", "percentage_route": rows}
    assert crossing(v2, "convirza-v2", "convirza-v3").document["route_type"] == "percentage"


@pytest.mark.parametrize("listed", [[{"phone_number": "18015550142"}], [""], [None]])
def test_a_rotation_of_something_else_is_kept_as_it_stands(listed: list[Any]) -> None:
    record = route("round_robin", ring_to_numbers=listed)
    assert isinstance(nodes(record)["start"], VendorNode)
    assert said(record) == [("UC101", "/ring_to_numbers")]


# Agents.


def test_an_agent_is_rung_and_the_default_number_behind_it() -> None:
    record = route("voice_agent", voiceagent_id=42, default_ring_to="18015550142", voicemail_enabled=True)
    ring = nodes(record)["start"]
    assert isinstance(ring, Ring)
    assert ring.targets == (RingTarget(Reference("convirza-v3", "agent", "42")),)
    assert steps(record)[1:] == [((FIRST,), 18), "Voicemail"]


def test_nobody_whispers_to_an_agent() -> None:
    record = route("voice_agent", voiceagent_id=42, whisper_enabled=True, whisper_message="Lead")
    assert read(record).flow.extras["convirza-v3"]["rest"] == {"whisper_enabled": True, "whisper_message": "Lead"}


def test_an_agent_without_an_id_is_one_that_nobody_knows() -> None:
    record = route("voice_agent", default_ring_to="18015550142")
    node = nodes(record)["start"]
    assert isinstance(node, VendorNode)
    assert node.passes == "otherwise"


def test_an_agent_stays_behind_in_v2_and_the_number_behind_it_rings() -> None:
    record = route("voice_agent", voiceagent_id=42, default_ring_to="18015550142", phone_number="18015550101")
    translation = crossing(record, "convirza-v3", "convirza-v2")
    assert translation.document["default_ringto"] == "8015550142"
    assert troubles(translation) == [("UC223", "/voiceagent_id")]


def test_an_item_rings_no_agent() -> None:
    flow = read(tree(item(1))).flow
    agent = Ring(targets=(RingTarget(Reference("convirza-v3", "agent", "42")),))
    emitted = written(evolve(flow, nodes={**flow.nodes, "1": agent}))
    assert "voiceagent_id" not in str(emitted)


def test_hours_in_a_zone_that_nobody_knows_are_not_known() -> None:
    assert [named.recurrences for named in schedule(scheduled(hours(), timezone="Atlantis")).hours] == [None]
    assert [named.recurrences is None for named in schedule(scheduled(hours(), timezone=None)).hours] == [False]
