"""What a user may know that the vendor does not document: every setting, with good and bad values, in both directions."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given

import unicall
from tests.convirza.records import FIRST, SECOND, scheduled, simple, tree
from tests.convirza.records import hours as entry
from tests.strategies.convirza_v2 import documents
from unicall.adapter import Adapter, Form, find
from unicall.graph import (
    Announce,
    EntryPoint,
    Flow,
    Menu,
    Node,
    NodeId,
    PhoneNumber,
    RecordCall,
    Region,
    Ring,
    RingTarget,
    Schedule,
    Speech,
    VendorNode,
    Voicemail,
    walk,
)
from unicall.hours import WEEKDAYS, Hours, Recurrence
from unicall.lower import lower
from unicall.problem import CODES, FlowError
from unicall.wire import Log, Wrong

PLAIN = find("convirza-v2")
WEEK = {str(number): [day] for number, day in enumerate(("SU", "MO", "TU", "WE", "TH", "FR", "SA"))}
FLAT = {"schedule_zones": {"4": "America/Denver"}, "schedule_days": WEEK, "schedule_times": "HHMM"}


def told(**given: Any) -> Adapter:
    return PLAIN.configured(given)


def read(adapter: Adapter, record: Any) -> tuple[Flow, list[tuple[str, str]]]:
    """The flow, which must come back as it was, and what reading said."""
    log = Log()
    flow = adapter.parse(record, "", log).flow
    log.check()
    lowered = lower(flow, adapter.holds(adapter.form(flow)), adapter.title)
    assert lowered.losses == ()
    assert json.dumps(adapter.emit(lowered.flow, adapter.form(flow)).document) == json.dumps(record)
    return flow, [(problem.code, problem.pointer) for problem in log.problems]


def write(adapter: Adapter, nodes: Mapping[NodeId, Node], form: Form = "record") -> tuple[Any, list[str]]:
    """The document of new nodes, and the codes of what lowering lost."""
    flow = Flow(start="start", nodes=nodes, entry_points=(EntryPoint("number", "+18015550122"),))
    lowered = lower(flow, adapter.holds(form), adapter.title)
    document = adapter.emit(lowered.flow, form).document
    (at, record), *_ = adapter.records(document)
    again = adapter.parse(record, at, Log()).flow
    assert json.dumps(adapter.emit(again, form).document) == json.dumps(document)
    return document, [loss.code for loss in lowered.losses]


def ring(number: str = FIRST, **fields: Any) -> Ring:
    return Ring(targets=(RingTarget(PhoneNumber(number)),), **fields)


def window(*weekdays: str, start: int = 28800, end: int = 61200) -> Recurrence:
    return Recurrence(frequency="weekly", weekdays=weekdays, start=start, end=end)


def row(day: Any = 1, start: Any = 800, end: Any = 1700, target: Any = 8015550151, **fields: Any) -> dict[str, Any]:
    return {"sch_target_did": target, "day": day, "from_time": start, "to_time": end} | fields


def flat(*rows: Any, timezone: Any = 4, **fields: Any) -> dict[str, Any]:
    return {"routable_type": "ScheduleRoute", "schedule_route": {"timezone": timezone, "options": list(rows)}} | fields


def schedule_of(flow: Flow) -> Schedule:
    return next(node for _, node in walk(flow) if isinstance(node, Schedule))


# All settings.


def test_every_setting_names_the_code_that_it_resolves_and_shows_a_line_that_passes() -> None:
    for name, setting in PLAIN.settings.items():
        assert setting.code in CODES
        ((key, value),) = tomllib.loads(setting.example).items()
        assert key == name
        checked = setting.check(value)
        assert setting.check(checked) == checked


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("schedule_zones", [], "a table with at least one entry"),
        ("schedule_zones", {}, "a table with at least one entry"),
        ("schedule_zones", {"x": "America/Denver"}, 'a table whose keys are whole numbers at "x", which is "America/Denver"'),
        ("schedule_zones", {"01": "America/Denver"}, 'a table whose keys are whole numbers at "01", which is "America/Denver"'),
        ("schedule_zones", {"4": "Denver"}, 'a time zone like "America/Denver" at "4", which is "Denver"'),
        ("schedule_zones", {"4": "../secret"}, 'a time zone like "America/Denver" at "4", which is "../secret"'),
        ("schedule_zones", {"4": 7}, 'a time zone like "America/Denver" at "4", which is 7'),
        (
            "schedule_days",
            {"1": ["MO", "Xmas"]},
            'a list of days out of MO, TU, WE, TH, FR, SA, SU, or a word like "Mon-Fri" at "1", which is ["MO", "Xmas"]',
        ),
        (
            "schedule_days",
            {"1": []},
            'a list of days out of MO, TU, WE, TH, FR, SA, SU, or a word like "Mon-Fri" at "1", which is []',
        ),
        ("schedule_days", {True: ["MO"]}, 'a table whose keys are whole numbers at true, which is ["MO"]'),
        ("schedule_times", "seconds", 'one of "minutes", "HHMM"'),
        ("schedule_times", 5, 'one of "minutes", "HHMM"'),
        (
            "day_ids",
            {"Holidays": 7},
            'a list of days out of MO, TU, WE, TH, FR, SA, SU, or a word like "Mon-Fri" at "Holidays", which is 7',
        ),
        ("day_ids", {"": ["MO"]}, 'text that is not empty at "", which is ["MO"]'),
        ("zone_names", {"Alaska": ""}, 'a time zone like "America/Denver" at "Alaska", which is ""'),
        ("time_text", "12 hours", 'one of "hh:mm AM/PM", "HH:mm"'),
        ("ring_seconds", 0, "a number of seconds above 0 and at most 60"),
        ("ring_seconds", 61, "a number of seconds above 0 and at most 60"),
        ("ring_seconds", True, "a number of seconds above 0 and at most 60"),
        ("ring_seconds", "6", "a number of seconds above 0 and at most 60"),
        ("wrap", "", "text that is not empty"),
        ("wrap", True, "text that is not empty"),
    ],
)
def test_a_value_that_cannot_be_is_refused_and_the_entry_named(name: str, value: Any, expected: str) -> None:
    with pytest.raises(Wrong) as alone:
        PLAIN.settings[name].check(value)
    assert alone.value.expected == expected
    with pytest.raises(Wrong):
        PLAIN.configured({name: value})


def test_a_name_that_is_no_setting_is_refused() -> None:
    with pytest.raises(FlowError, match="Convirza v2 has no setting 'rings'; there are schedule_zones, "):
        told(rings=6)


def test_the_adapter_that_knows_less_is_as_it_was() -> None:
    told(ring_seconds=5, **FLAT)
    flow, said = read(PLAIN, flat(row()))
    assert isinstance(flow.nodes["start"], VendorNode)
    assert {code for code, _ in said} == {"UC104"}


@given(documents())
def test_any_document_comes_back_with_every_setting(document: Any) -> None:
    everything = FLAT | {"schedule_zones": {"0": "America/New_York", "4": "America/Denver"}, "schedule_times": "minutes"}
    adapters = (
        told(**everything, ring_seconds=5, time_text="HH:mm", wrap="Press 1.", day_ids={"Holidays": ["SU"], "Mon-Thu": "Mon"}),
        told(**FLAT, ring_seconds=7.5, zone_names={"Alaska": "America/Anchorage", "AST": "America/Halifax"}),
    )
    for adapter in adapters:
        for at, record in adapter.records(document):
            log = Log()
            flow = adapter.parse(record, at, log).flow
            form = adapter.form(flow)
            lowered = lower(flow, adapter.holds(form), adapter.title)
            assert lowered.losses == ()
            assert json.dumps(adapter.emit(lowered.flow, form).document) == json.dumps(record)


# The flat schedule.


def test_rows_whose_integers_are_known_are_a_schedule() -> None:
    flow, said = read(told(**FLAT), flat(row(0, 900, 1200), row(3), default_ringto="8015550142", sch_note=1))
    assert said == []
    schedule = schedule_of(flow)
    assert schedule.timezone == "America/Denver"
    assert [named.recurrences for named in schedule.hours] == [(window("SU", start=32400, end=43200),), (window("WE"),)]
    assert list(schedule.exits) == ["SU 09:00 AM-12:00 PM", "WE 08:00 AM-05:00 PM", "otherwise"]
    assert [flow.nodes[to] for to in schedule.exits.values()] == [ring(SECOND), ring(SECOND), ring(FIRST)]


def test_rows_that_differ_only_in_their_day_are_one_window() -> None:
    rows = [row(day, sch_created_at=f"2026-02-0{day}T00:00:00.000Z") for day in (1, 2, 3, 4, 5)]
    flow, _ = read(told(**FLAT), flat(*rows, row(6)))
    assert [named.recurrences for named in schedule_of(flow).hours] == [(window(*WEEKDAYS[:5], "SA"),)]
    flow, _ = read(told(**FLAT), flat(row(2), row(1)))
    assert [named.recurrences for named in schedule_of(flow).hours] == [(window("TU"),), (window("MO"),)]
    flow, _ = read(told(**FLAT), flat(row(1), row(2, target=8015550152)))
    assert len(schedule_of(flow).hours) == 2


@pytest.mark.parametrize(("unit", "start", "end"), [("HHMM", 830, 2400), ("minutes", 510, 1440)])
def test_times_are_in_the_unit_that_the_user_names(unit: str, start: int, end: int) -> None:
    flow, _ = read(told(**FLAT | {"schedule_times": unit}), flat(row(1, start, end)))
    assert schedule_of(flow).hours[0].recurrences == (window("MO", start=30600, end=86400),)


def test_digits_say_what_the_integer_says_and_come_back_as_digits() -> None:
    spelled = flat(row("1", "800", "1700"), row("2", "800", "1700"), row("3", 900.0, "1700"), timezone="4")
    flow, said = read(told(**FLAT), spelled)
    assert said == []
    plain, _ = read(told(**FLAT), flat(row(1), row(2), row(3, 900), timezone=4))
    assert schedule_of(flow) == schedule_of(plain)


@pytest.mark.parametrize("day", ["1x", "", "1.5", 1.5, True, "0x1"])
def test_what_is_no_digits_says_nothing(day: Any) -> None:
    flow, said = read(told(**FLAT), flat(row(day)))
    assert isinstance(flow.nodes["start"], VendorNode)
    assert said == [("UC104", "/schedule_route/options/0/day")]


def test_the_unit_of_times_is_proven_by_digits_as_well() -> None:
    problems = unicall.parse(flat(row(1, "800", "1730")), "convirza-v2").problems
    said = [problem.message for problem in problems if problem.pointer.endswith("_time")]
    assert len(said) == 2
    assert all("for 1730 is no minute of a day" in message for message in said)


def test_an_integer_for_several_days_is_written_as_it_was() -> None:
    adapter = told(**FLAT | {"schedule_days": WEEK | {"7": ["SU"], "8": "Mon-Fri", "9": "Mon-Fri"}})
    flow, said = read(adapter, flat(row(9), row(7), row(8, 1800, 1900)))
    assert said == []
    assert [named.recurrences for named in schedule_of(flow).hours] == [
        (window(*WEEKDAYS[:5]),),
        (window("SU"),),
        (window(*WEEKDAYS[:5], start=64800, end=68400),),
    ]


@pytest.mark.parametrize(
    ("rows", "timezone", "said"),
    [
        ([row(1), row(7)], 4, [("UC104", "/schedule_route/options/1/day")]),
        ([row(1)], 5, [("UC104", "/schedule_route/timezone")]),
        ([row(1, 860)], 4, [("UC104", "/schedule_route/options/0/from_time")]),
        ([row(1, 800, 2500)], 4, [("UC104", "/schedule_route/options/0/to_time")]),
        ([row("1x")], 4, [("UC104", "/schedule_route/options/0/day")]),
        ([row(1, True)], 4, [("UC104", "/schedule_route/options/0/from_time")]),
        ([row(1, 1700, 800)], 4, [("UC109", "/schedule_route/options/0/to_time")]),
    ],
)
def test_one_integer_that_nobody_knows_leaves_the_whole_schedule_as_it_stands(rows: Any, timezone: Any, said: Any) -> None:
    flow, found = read(told(**FLAT), flat(*rows, timezone=timezone))
    assert isinstance(flow.nodes["start"], VendorNode)
    assert found == said


@pytest.mark.parametrize("name", ["schedule_zones", "schedule_days", "schedule_times"])
def test_the_three_settings_of_a_flat_schedule_belong_together(name: str) -> None:
    flow, said = read(told(**{key: value for key, value in FLAT.items() if key != name}), flat(row()))
    assert isinstance(flow.nodes["start"], VendorNode)
    assert {code for code, _ in said} == {"UC104"}


def test_voicemail_follows_where_the_record_has_it_on() -> None:
    flow, _ = read(told(**FLAT), flat(row(), voicemail_enabled=True, voicemail_rings=4))
    nodes = dict(walk(flow))
    assert [type(node) for node in nodes.values()] == [Schedule, Ring, Voicemail, Voicemail]
    assert nodes["MO 08:00 AM-05:00 PM"] == ring(SECOND, timeout=24, exits={"otherwise": "MO 08:00 AM-05:00 PM.otherwise"})


def test_a_schedule_at_the_start_is_written_as_rows() -> None:
    weekday = Hours(name="open", recurrences=(window("MO", "TU"),))
    nodes = {
        "start": Schedule(timezone="America/Denver", hours=(weekday,), exits={"open": "open", "otherwise": "otherwise"}),
        "open": ring(SECOND),
        "otherwise": ring(),
    }
    document, said = write(told(**FLAT), nodes)
    assert said == []
    assert document["routable_type"] == "ScheduleRoute"
    assert document["default_ringto"] == "8015550142"
    assert document["schedule_route"] == {"timezone": 4, "options": [row(1), row(2)]}
    assert write(PLAIN, nodes)[1] == ["UC209"]


@pytest.mark.parametrize(
    ("timezone", "windows"),
    [("America/New_York", (window("MO"),)), (None, (window("MO"),)), ("America/Denver", (window("SA"),)), ("America/Denver", None)],
)
def test_a_schedule_for_which_there_is_no_integer_is_not_written(timezone: str | None, windows: Any) -> None:
    hours = (Hours(name="open", recurrences=windows),)
    nodes = {"start": Schedule(timezone=timezone, hours=hours, exits={"open": "open"}), "open": ring()}
    adapter = told(**FLAT | {"schedule_days": {"1": ["MO"], "2": "Sat-Sun"}})
    assert "UC209" in write(adapter, nodes)[1]


# Words.


def test_a_word_for_days_that_the_user_knows_is_read_and_written() -> None:
    flow, said = read(told(day_ids={"Mon-Thu": ["MO", "TU", "WE", "TH"]}), scheduled(entry("Mon-Thu"), entry("Holidays")))
    assert schedule_of(flow).hours[0].recurrences == (window(*WEEKDAYS[:4]),)
    assert said == [("UC101", "/ivrs/0/scheduleRoute/schedules/1/schedule_days/0/id")]


def test_a_word_for_a_zone_that_the_user_knows_is_read_and_written() -> None:
    record = tree({"key": 1, "action": "schedule", "scheduleRoute": {"timezone": "Alaska", "schedules": [entry()]}})
    flow, said = read(told(zone_names={"Alaska": "America/Anchorage"}), record)
    assert schedule_of(flow).timezone == "America/Anchorage"
    assert said == []
    assert read(PLAIN, record)[1] == [("UC101", "/ivrs/0/scheduleRoute/timezone")]


def test_a_second_word_for_a_zone_is_written_where_it_was_read() -> None:
    record = tree({"key": 1, "action": "schedule", "scheduleRoute": {"timezone": "AST", "schedules": [entry()]}})
    flow, _ = read(told(zone_names={"AST": "America/Halifax"}), record)
    assert schedule_of(flow).timezone == "America/Halifax"


def test_times_are_written_as_the_user_has_them_and_read_either_way() -> None:
    day = Hours(name="h", recurrences=(window("MO", end=86400),))
    nodes = {
        "start": Menu(greeting=Speech("Hi."), exits={"1": "1"}),
        "1": Schedule(timezone="America/Denver", hours=(day,), exits={"h": "1.h"}),
        "1.h": ring(),
    }
    document, _ = write(told(time_text="HH:mm"), nodes)
    (hours,) = document["ivrs"][0]["scheduleRoute"]["schedules"]
    assert (hours["schedule_start_time"], hours["schedule_end_time"]) == ("08:00", "End of Day")
    read(told(time_text="HH:mm"), scheduled(entry(start="08:00 AM"), entry("Sat", start="08:00", end="17:00")))


# How long a ring lasts.


def test_a_ring_is_as_long_as_the_user_says() -> None:
    record = simple(voicemail_enabled=True, voicemail_rings=4)
    assert read(told(ring_seconds=5), record)[0].nodes["start"] == ring(timeout=20, exits={"otherwise": "otherwise"})
    assert read(PLAIN, record)[0].nodes["start"] == ring(timeout=24, exits={"otherwise": "otherwise"})
    assert read(told(ring_seconds=5), simple(voicemail_enabled=True))[0].nodes["start"] == ring(
        timeout=15, exits={"otherwise": "otherwise"}
    )


def test_seconds_become_rings_of_that_length() -> None:
    document, _ = write(told(ring_seconds=5), {"start": ring(timeout=20, exits={"otherwise": "vm"}), "vm": Voicemail()})
    assert (document["voicemail_rings"], document["ring_delay"]) == (4, 20)


def test_numbers_that_ring_together_ring_for_three_of_those_rings() -> None:
    record = simple(hunt_type="simultaneous", overflowNumbers=[{"overflowNumber": 8015550151, "rings": 3}])
    start = read(told(ring_seconds=5), record)[0].nodes["start"]
    assert isinstance(start, Ring)
    assert start.timeout == 15
    assert told(ring_seconds=5).defaults[Ring, "timeout"] == 15


# A menu before a route that no request has at its start.


def wrapped(nodes: Mapping[NodeId, Node]) -> tuple[Any, list[str]]:
    document, said = write(told(wrap="Please press 1."), nodes, "request")
    return document, said


def test_a_route_that_only_a_menu_holds_is_written_behind_one_key_where_the_user_says_so() -> None:
    hours = (Hours(name="open", recurrences=(window("MO"),)),)
    nodes = {
        "start": RecordCall(exits={"next": "next"}),
        "next": Announce(prompt=Speech("Hi."), exits={"next": "next.next"}),
        "next.next": Schedule(timezone="America/Denver", hours=hours, exits={"open": "o", "otherwise": "c"}),
        "o": ring(SECOND),
        "c": ring(),
    }
    ((body,), said) = wrapped(nodes)
    assert said == []
    assert body["message"] == "Please press 1."
    (leaf,) = body["ivrs"]
    assert (leaf["key"], leaf["action"], leaf["message"], leaf["record_enabled"]) == (1, "schedule", "Hi.", True)
    assert leaf["scheduleRoute"]["default_ringto"] == 8015550142
    assert "UC209" in write(PLAIN, nodes, "request")[1]


def test_a_region_and_a_voicemail_are_wrapped_too() -> None:
    ((body,), said) = wrapped({"start": Region(by="state", exits={"otherwise": "o"}), "o": ring()})
    assert (said, body["ivrs"][0]["action"]) == ([], "geo")
    ((body,), said) = wrapped({"start": Voicemail(greeting=Speech("Leave a message."))})
    assert (said, body["ivrs"][0]["action"], body["voicemail_greeting"]) == ([], "simple", "Leave a message.")


def test_what_a_request_holds_by_itself_is_not_wrapped() -> None:
    ((body,), said) = wrapped({"start": ring()})
    assert (said, body["default_ringto"]) == ([], "8015550142")
    (_, said) = wrapped({"start": RecordCall(exits={"next": "r"}), "r": ring()})
    assert said == ["UC217"]


def test_a_record_is_never_wrapped() -> None:
    document, said = write(told(wrap="Please press 1."), {"start": Voicemail()})
    assert (document["routable_type"], said) == ("VoicemailRoute", [])


def test_what_was_read_from_a_body_stays_without_a_menu() -> None:
    body = [{"campaign_id": 311, "routable_type": "VoicemailRoute"}]
    flow, _ = read(told(wrap="Please press 1."), body)
    assert isinstance(flow.nodes["start"], Voicemail)
