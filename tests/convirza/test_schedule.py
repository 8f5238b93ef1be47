"""Hours: nested ones, and the flat integers that nobody can read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.convirza.records import (
    FIRST,
    HUNT,
    SECOND,
    THIRD,
    crossing,
    hours,
    item,
    nodes,
    read,
    said,
    scheduled,
    steps,
    tree,
)
from unicall.graph import Ring, Schedule, VendorNode
from unicall.hours import WEEKDAYS, Hours

HOUR = 3600


def schedule(record: Any) -> Schedule:
    node = nodes(record)["1"]
    assert isinstance(node, Schedule)
    return node


def only(record: Any) -> Hours:
    (named,) = schedule(record).hours
    return named


def test_hours_are_named_by_their_text_and_lead_to_their_number() -> None:
    node = schedule(scheduled(hours()))
    assert node.timezone == "America/Denver"
    assert dict(node.exits) == {
        "Mon-Fri 08:00 AM-05:00 PM": "1.Mon-Fri 08:00 AM-05:00 PM",
        "otherwise": "1.otherwise",
    }
    assert steps(scheduled(hours()))[2:] == [((SECOND,), None), ((FIRST,), None)]


def test_two_entries_with_one_text_have_two_names() -> None:
    assert [named.name for named in schedule(scheduled(hours(), hours())).hours] == [
        "Mon-Fri 08:00 AM-05:00 PM",
        "Mon-Fri 08:00 AM-05:00 PM~2",
    ]


@pytest.mark.parametrize(
    ("days", "meant"),
    [
        (["AllDays"], WEEKDAYS),
        (["Mon-Fri"], WEEKDAYS[:5]),
        (["Sat-Sun"], WEEKDAYS[5:]),
        (["Sun", "Mon"], ("MO", "SU")),
        (["Mon-Fri", "Sat"], WEEKDAYS[:6]),
    ],
)
def test_days_are_known_by_name(days: list[str], meant: tuple[str, ...]) -> None:
    recurrences = only(scheduled(hours(*days))).recurrences
    assert recurrences is not None
    assert recurrences[0].weekdays == meant


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("08:00 AM", 8 * HOUR),
        ("8:00 AM", 8 * HOUR),
        ("08:00", 8 * HOUR),
        ("12:00 AM", 0),
        ("12:15 AM", 900),
    ],
)
def test_times_are_read_in_the_known_spellings(text: str, second: int) -> None:
    recurrences = only(scheduled(hours(start=text, end="End of Day"))).recurrences
    assert recurrences is not None
    assert (recurrences[0].start, recurrences[0].end) == (second, 24 * HOUR)


@pytest.mark.parametrize("text", ["End of Day", "23:59", "11:59 PM"])
def test_the_last_minute_of_the_day_is_the_end_of_the_day_and_comes_back_as_it_stood(text: str) -> None:
    recurrences = only(scheduled(hours(start="08:00 AM", end=text))).recurrences
    assert recurrences is not None
    assert (recurrences[0].start, recurrences[0].end) == (8 * HOUR, 24 * HOUR)
    read(scheduled(hours(start="08:00 AM", end=text)))


def test_a_window_that_starts_in_the_last_minute_starts_there() -> None:
    recurrences = only(scheduled(hours(start="11:59 PM", end="End of Day"))).recurrences
    assert recurrences is not None
    assert recurrences[0].start == 24 * HOUR - 60


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        (hours("Holidays"), "schedules/0/schedule_days/0/id"),
        (hours(start="noon"), "schedules/0/schedule_start_time"),
        (hours(end=1700), "schedules/0/schedule_end_time"),
        (hours(end=None), "schedules/0/schedule_end_time"),
        (hours() | {"schedule_days": []}, "schedules/0"),
    ],
)
def test_hours_that_nobody_can_read_are_unknown_and_reported(entry: Any, place: str) -> None:
    record = scheduled(entry)
    assert only(record).recurrences is None
    assert said(record) == [("UC101", f"/ivrs/0/scheduleRoute/{place}")]


def test_hours_that_end_before_they_start_are_unknown_and_not_overnight() -> None:
    record = scheduled(hours(start="10:00 PM", end="06:00 AM"))
    assert only(record).recurrences is None
    assert said(record) == [("UC109", "/ivrs/0/scheduleRoute/schedules/0/schedule_end_time")]


def test_one_unknown_entry_does_not_take_the_others_along() -> None:
    node = schedule(scheduled(hours("Holidays"), hours()))
    assert [named.recurrences is None for named in node.hours] == [True, False]


@pytest.mark.parametrize(("zone", "place"), [("Alaska", "/timezone"), (None, "/timezone"), ("absent", "")])
def test_a_zone_that_is_missing_or_unknown_is_reported(zone: Any, place: str) -> None:
    record = scheduled(hours(), timezone=zone)
    if zone == "absent":
        del record["ivrs"][0]["scheduleRoute"]["timezone"]
    assert schedule(record).timezone is None
    assert said(record) == [("UC101", f"/ivrs/0/scheduleRoute{place}")]


def test_each_entry_has_its_own_hunt_and_voicemail() -> None:
    entry = hours(overflowNumbers=HUNT[1:], isSimultaneous=True, voicemail_enabled=True)
    assert steps(scheduled(entry))[2:4] == [((SECOND, THIRD), 18), "Voicemail"]


def test_an_entry_that_names_nobody_does_not_fall_to_the_default() -> None:
    assert isinstance(nodes(scheduled(hours(ring_to=None)))["1.Mon-Fri 08:00 AM-05:00 PM"], VendorNode)


def test_what_happens_outside_all_hours_without_a_number_is_unknown() -> None:
    record = scheduled(hours(), default_ringto=None)
    assert nodes(record)[schedule(record).exits["otherwise"]] == VendorNode(provider="convirza-v2", word="default_ringto")


def test_a_schedule_item_without_a_schedule_is_unknown() -> None:
    assert isinstance(nodes(tree(item(action="schedule")))["1"], VendorNode)


def flat(*times: tuple[int, int], **fields: Any) -> dict[str, Any]:
    rows = [{"sch_target_did": 8015550151, "day": 1, "from_time": a, "to_time": b} for a, b in times]
    return {"routable_type": "ScheduleRoute", "schedule_route": {"timezone": 3, "options": rows}} | fields


def test_a_flat_schedule_is_kept_verbatim_and_lists_whom_it_rings() -> None:
    record = flat((800, 1700), (900, 1200))
    node = nodes(record)["start"]
    assert isinstance(node, VendorNode)
    assert (node.word, node.data, node.passes) == ("schedule_route", record["schedule_route"], None)
    assert list(node.exits) == ["8015550151", "8015550151~2"]


def test_a_flat_schedule_passes_to_the_default_number_where_there_is_one() -> None:
    record = flat((800, 1700), default_ringto="8015550142", voicemail_enabled=True, voicemail_rings=2)
    node = nodes(record)["start"]
    assert isinstance(node, VendorNode)
    assert node.passes == "otherwise"
    ring = nodes(record)["otherwise"]
    assert isinstance(ring, Ring)
    assert ring.timeout == 12


def test_each_integer_of_a_flat_schedule_is_unresolved() -> None:
    assert said(flat((800, 1700))) == [
        ("UC104", "/schedule_route/timezone"),
        ("UC104", "/schedule_route/options/0/day"),
        ("UC104", "/schedule_route/options/0/from_time"),
        ("UC104", "/schedule_route/options/0/to_time"),
    ]


@pytest.mark.parametrize(
    ("times", "word"),
    [
        ([(800, 1700)], "are HHMM, for 1700"),
        ([(480, 720), (780, 1020)], "are minutes of the day, for 480"),
        ([(600, 1400)], "minutes of the day or HHMM"),
        ([(480, 1700)], "contradict each other"),
    ],
)
def test_the_unit_of_the_times_is_decided_once_and_only_where_it_can_be_proven(times: list[tuple[int, int]], word: str) -> None:
    messages = [problem.message for problem in read(flat(*times)).problems if problem.pointer.endswith("_time")]
    assert messages
    assert all(word in message for message in messages)


def test_a_flat_schedule_without_rows_rings_the_default() -> None:
    record = {"routable_type": "ScheduleRoute", "default_ringto": "8015550142", "schedule_route": {"options": []}}
    assert steps(record) == [((FIRST,), None)]


def test_no_hours_are_invented_for_another_carrier() -> None:
    assert "UC214" in dict(crossing(flat((800, 1700), default_ringto="8015550142")))


def test_hours_in_a_zone_that_nobody_knows_are_not_known() -> None:
    assert [named.recurrences for named in schedule(scheduled(hours(), timezone="Alaska")).hours] == [None]
    assert only(scheduled(hours(), timezone=None)).recurrences
