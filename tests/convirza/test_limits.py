"""What the endpoints do not take: said of a request at both places, by one table, and nothing is changed to keep within it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

import unicall
from tests.convirza.records import HUNT, hours, item, submenu, tree
from tests.convirza.test_request import POOL, menus, plain
from tests.strategies import convirza_v2, vinix
from tests.support import records
from unicall.graph import EntryPoint, Flow, Menu, PhoneNumber, Ring, RingTarget, Schedule, Speech, Split
from unicall.hours import Hours, Recurrence
from unicall.problem import Problem
from unicall.wire import MISSING, resolve
from unicall_convirza.v2.limits import LENGTHS, LIMITS, RANGES

V2 = "convirza-v2"


def refused(document: Any, source: str | None = V2, **how: Any) -> list[Problem]:
    """What a request of this would be refused for."""
    written = unicall.translate(document, source, V2, form="request", **how)
    found = [problem for problem in written.problems if problem.code == "UC407"]
    assert all(resolve(written.document, problem.target_pointer) is not MISSING for problem in found)
    return found


def said(document: Any) -> list[tuple[str, str]]:
    return [(problem.target_pointer, problem.message.partition(" does not take ")[2]) for problem in refused(document)]


def ring(last: int = 1, /, **facts: Any) -> Ring:
    return Ring(targets=(RingTarget(PhoneNumber(f"+1202555{100 + last:04}")),), **facts)


def flow(start: Any, **nodes: Any) -> Flow:
    return Flow(name="Test", start="start", nodes={"start": start, **nodes}, entry_points=(EntryPoint("number", "+12025550199"),))


def below(*items: Any, **fields: Any) -> list[Any]:
    """A menu below the first."""
    return menus(submenu(*items, **fields))


MANY = [item(key) for key in range(11)]
ROUTE = {"timezone": "Mountain", "default_ringto": 8015550142}
TWICE = [{"overflowNumber": 8015550142, "rings": 3}]


@pytest.mark.parametrize(
    ("document", "at", "words"),
    [
        (plain(call_flow_name="n" * 51), "call_flow_name", "a call_flow_name of 51 characters: it has at most 50 (assumed)"),
        (plain(call_value=1_000_000), "call_value", "call_value 1000000: it is from 0 to 999999 (assumed)"),
        (plain(repeat_interval=8761), "repeat_interval", "repeat_interval 8761: it is from 0 to 8760 (assumed)"),
        (plain(voicemail_rings=11), "voicemail_rings", "voicemail_rings 11: it is from 1 to 10 (assumed)"),
        (plain(voicemail_rings=0), "voicemail_rings", "no ring at all: a number of rings is at least one (documented)"),
        (plain(number_pool=POOL), "number_pool", "a number and a number pool: a flow has one of the two (inferred)"),
        (plain(message_enabled=True), "message_enabled", "a switch without its text: what is switched on needs one (assumed)"),
        (plain(whisper_enabled=True), "whisper_enabled", "a switch without its text: what is switched on needs one (assumed)"),
        (plain(overflowNumbers=HUNT * 7), "overflowNumbers", "14 overflow numbers: there are at most 12 (assumed)"),
        (plain(overflowNumbers=[{**HUNT[0], "rings": 11}]), "overflowNumbers/0/rings", "rings 11: it is from 1 to 10 (assumed)"),
        (plain(isSimultaneous=True), "isSimultaneous",
         "numbers that ring together without overflow numbers: together takes two (assumed)"),
        (plain(isSimultaneous=True, overflowNumbers=TWICE), "overflowNumbers/0/overflowNumber",
         "a number twice: all that ring together are different (assumed)"),
        (plain(default_ringto="8015550122"), "default_ringto",
         "the number of the flow itself: a flow cannot ring itself (assumed)"),
        (plain(number={"phone_number": "+1 801 555 0142"}, default_ringto="18015550142"), "default_ringto",
         "the number of the flow itself: a flow cannot ring itself (assumed)"),
        (menus(item(1, destination="d" * 51)), "ivrs/0/destination",
         "a destination of 51 characters: it has at most 50 (assumed)"),
        (menus(*MANY), "ivrs", "11 keys: a menu has at most 10 (assumed)"),
        (below(item(1, go_back_key=9), message=""), "ivrs/0/action",
         "a menu without a prompt: a menu below another needs one (assumed)"),
        (below(item(1)), "ivrs/0/ivrData", "a menu without go_back_key: a menu below another needs one (assumed)"),
        (below(item(1, go_back_key=9), item(2)), "ivrs/0/ivrData/1",
         "another go_back_key: all items of a menu have the same (assumed)"),
        (below(item(1, go_back_key=9), item(2, go_back_key=8)), "ivrs/0/ivrData/1/go_back_key",
         "another go_back_key: all items of a menu have the same (assumed)"),
        (below(item(1, go_back_key=1)), "ivrs/0/ivrData/0/go_back_key",
         "a go_back_key that is an item's: it is a key of its own (assumed)"),
        (menus(item(action="geo", geoData={"route_by": "Zip-code Proximity", "target_did": 8015550142})), "ivrs/0/geoData/route_by",
         "a radius that is not said: places that are nearest need one (assumed)"),
        (menus(item(action="geo", geoData={"proximity_limit": 1.25, "target_did": 8015550142})), "ivrs/0/geoData/proximity_limit",
         "a finer radius: it has one decimal (assumed)"),
        (menus(item(action="schedule", scheduleRoute=ROUTE | {"schedules": [hours(), hours("Mon", start="04:00 PM")]})),
         "ivrs/0/scheduleRoute/schedules/1/schedule_start_time",
         "hours that overlap others: no two entries hold at one time (assumed)"),
        (plain(routable_type="PercentageBasedRoute", percentage_route=[
            {"percentage": 60, "per_target_did": 8015550151}, {"percentage": 30, "per_target_did": 8015550152}]),
         "percentage_route", "90 %: together they make 100 (assumed)"),
        (plain(routable_type="PercentageBasedRoute", percentage_route=[
            {"percentage": 60, "per_target_did": 8015550151}, {"percentage": 40, "per_target_did": 8015550151}]),
         "percentage_route/1/per_target_did", "a target twice: all shares ring another number (assumed)"),
    ],
    ids=lambda value: value if isinstance(value, str) and "/" not in value and ":" not in value else "",
)  # fmt: skip
def test_what_the_endpoint_does_not_take_is_said_where_it_stands(document: Any, at: str, words: str) -> None:
    assert said(document) == [(f"/0/{at}", words)]
    assert unicall.emit(unicall.parse(document, V2).flow, V2).document == document


def test_a_menu_below_the_third_level_is_said_to_be_refused() -> None:
    levels = submenu(submenu(submenu(item(1, go_back_key=9), go_back_key=9), go_back_key=9))
    assert said(menus(levels)) == [("/0/ivrs/0/ivrData/0/ivrData/0/ivrData", "a menu below the third level: "
                                    "there are three levels of menus (documented)")]  # fmt: skip


@pytest.mark.parametrize(
    "document",
    [
        plain(call_flow_name="n" * 50, call_value=999_999, repeat_interval=8760, voicemail_rings=10),
        plain(isSimultaneous=True, overflowNumbers=HUNT),
        plain(overflowNumbers=HUNT * 6),
        menus(*MANY[:10]),
        below(item(1, go_back_key=9), item(2, go_back_key=9)),
        menus(item(action="schedule", scheduleRoute=ROUTE | {"schedules": [hours(), hours("Sat"), hours("Mon", start="05:00 PM",
                                                                                                   end="06:00 PM")]})),
        plain(default_ringto="hangup"),
    ],
)  # fmt: skip
def test_what_keeps_within_the_limits_is_not_mentioned(document: Any) -> None:
    assert said(document) == []


def test_no_fixture_of_a_request_breaks_a_limit() -> None:
    """They follow the bodies that the vendor shows."""
    requests = [(name, record) for name, record in records(V2) if name.startswith("request_")]
    assert [name for name, record in requests if refused(record)] == []
    assert len(requests) >= 15


def test_a_limit_is_said_at_the_place_of_the_source_that_breaks_it() -> None:
    window = (Recurrence(frequency="weekly", weekdays=("MO",), start=0, end=32400),)
    both = (Hours(name="a", recurrences=window), Hours(name="b", recurrences=window))
    start = Menu(greeting=Speech("Press 1."), exits={"1": "long", "2": "hours", "3": "below"})
    given = flow(
        start,
        long=ring(1, timeout=90, exits={"otherwise": "r"}, label="d" * 51),
        hours=Schedule(timezone="America/Denver", hours=both, exits={"a": "r", "b": "r"}),
        below=Menu(greeting=Speech("Press 1."), exits={"1": "r"}),
        r=ring(2),
    )
    assert [(problem.pointer, problem.target_pointer) for problem in refused(given, None)] == [
        ("/nodes/long/label", "/0/ivrs/0/destination"),
        ("/nodes/long/timeout", "/0/ivrs/0/overflowNumbers/0/rings"),
        ("/nodes/hours/hours/1/recurrences/0", "/0/ivrs/1/scheduleRoute/schedules/1/schedule_start_time"),
        ("/nodes/below/exits", "/0/ivrs/2/ivrData"),
    ]


def test_a_limit_is_said_at_both_places_behind_the_menu_that_the_setting_wrap_puts_there() -> None:
    window = (Recurrence(frequency="weekly", weekdays=("MO",), start=0, end=32400),)
    both = (Hours(name="a", recurrences=window), Hours(name="b", recurrences=window))
    given = flow(Schedule(timezone="America/Denver", hours=both, exits={"a": "r", "b": "r"}), r=ring())
    found = refused(given, None, settings={V2: {"wrap": "Press 1 to go on."}})
    assert [(problem.pointer, problem.target_pointer) for problem in found] == [
        ("/nodes/start/hours/1/recurrences/0", "/0/ivrs/0/scheduleRoute/schedules/1/schedule_start_time"),
    ]


def test_a_record_is_sent_to_nobody_and_breaks_no_limit() -> None:
    written = unicall.translate(tree(*MANY, call_flow_name="n" * 60), V2, V2)
    assert [problem for problem in written.problems if problem.code == "UC407"] == []


def test_shares_from_elsewhere_are_no_route_that_a_request_can_begin_with() -> None:
    given = flow(Split(shares={"a": 60, "b": 30}, exits={"a": "a", "b": "b"}), a=ring(1), b=ring(2))
    assert [problem.pointer for problem in refused(given, None)] == []


def test_every_limit_says_how_sure_it_is() -> None:
    sure = {how for *_, how in [*LENGTHS.values(), *RANGES.values(), *LIMITS.values()]}
    assert sure == {"documented", "inferred", "assumed"}


@given(convirza_v2.documents())
def test_both_places_of_a_limit_are_there(record: Any) -> None:
    for problem in refused(record):
        assert resolve(record, problem.pointer) is not MISSING, problem


@given(vinix.documents())
def test_both_places_of_a_limit_are_there_from_elsewhere(record: Any) -> None:
    for problem in refused(record, "vinix"):
        assert resolve(record, problem.pointer) is not MISSING, problem
