"""The rules of the Convirza v2 interpreter, one a test."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.interpreters.call import Call, Step, Trace
from tests.interpreters.convirza_v2 import minutes_of, run
from tests.strategies import convirza_v2 as invented

AT = datetime(2026, 3, 2, 16, tzinfo=UTC)
DISCLAIMER = Step("prompt", "ref:disclaimer")
RECORD = Step("effect", "record")
REGION = Step("effect", "region")

FIRST, SECOND, THIRD = "+18015550142", "+18015550151", "+18015550152"
HUNT = [{"overflowNumber": 8015550151, "rings": 3}, {"overflowNumber": 8015550152, "rings": 4}]


def simple(**fields: object) -> dict[str, Any]:
    return {"routable_type": "SimpleRoute", "default_ringto": "8015550142"} | fields


def tree(*items: object, **fields: object) -> dict[str, Any]:
    return {"routable_type": "IvrRoute2", "message": "Welcome.", "ivrs": list(items)} | fields


def item(key: int = 1, action: str = "simple", **fields: object) -> dict[str, Any]:
    return {"key": key, "action": action, "target_did": 8015550142} | fields


def flat(*options: object, kind: str = "IvrRoute2", **fields: object) -> dict[str, Any]:
    return {"routable_type": kind, "message": "Welcome.", "ivr_route": {"options": list(options)}} | fields


def option(value: int = 1, **fields: object) -> dict[str, Any]:
    return {"value": value, "ivr_target_did": 8015550142} | fields


def scheduled(*schedules: object, **fields: object) -> dict[str, Any]:
    route = {"timezone": "Mountain", "default_ringto": 8015550142, "schedules": list(schedules)} | fields
    return tree(item(action="schedule", scheduleRoute=route))


def hours(days: Iterable[str] = ("Mon-Fri",), start: str = "08:00 AM", end: str = "05:00 PM", **fields: object) -> Any:
    window = {"schedule_start_time": start, "schedule_end_time": end, "ring_to": 8015550151}
    return {"schedule_days": [{"id": day} for day in days]} | window | fields


def meets(document: object, *keys: str | None, **call: Any) -> Trace:
    return run(document, Call(**({"at": AT} | call), keys=keys))


def rung(trace: Trace) -> list[tuple[tuple[str, ...], float | None]]:
    return [(step.targets, step.seconds) for step in trace.steps if step.kind == "ring"]


def prompts(trace: Trace) -> list[str]:
    return [step.what for step in trace.steps if step.kind == "prompt"]


def ring(*targets: str, seconds: float | None = None) -> Step:
    return Step("ring", targets=targets, seconds=seconds)


def mountain(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, second, tzinfo=ZoneInfo("America/Denver"))


def test_a_simple_route_rings_its_number_for_nobody_knows_how_long() -> None:
    trace = meets(simple())
    assert (trace.steps, trace.end) == ((ring(FIRST),), "hangup")


def test_who_answers_ends_the_route() -> None:
    trace = meets(simple(overflowNumbers=HUNT, voicemail_enabled=True), answers={FIRST: "answered"})
    assert (rung(trace), trace.end) == ([((FIRST,), 18.0)], "answered")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("8015550142", FIRST),
        (8015550142, FIRST),
        ("18015550142", FIRST),
        (18015550142, FIRST),
        ("28015550142", "opaque:28015550142"),
        ("801-555-0142", "opaque:801-555-0142"),
        ("front desk", "opaque:front desk"),
    ],
)
def test_numbers_are_read_with_or_without_the_country_and_other_text_is_kept(written: object, meant: str) -> None:
    assert rung(meets(simple(default_ringto=written))) == [((meant,), None)]


@pytest.mark.parametrize("nothing", [None, "", {}])
def test_without_a_number_nothing_rings(nothing: object) -> None:
    assert meets(simple(default_ringto=nothing)).steps == ()


def test_hangup_instead_of_a_number_ends_the_call_after_its_message() -> None:
    trace = meets(simple(default_ringto="hangup", message_enabled=True, message="Closed.", voicemail_enabled=True))
    assert (trace.steps, trace.end) == ((Step("prompt", "Closed."),), "hangup")


def test_recording_begins_before_anything_is_heard() -> None:
    trace = meets(simple(record_call_enabled=True, play_disclaimer="before"))
    assert trace.steps == (RECORD, DISCLAIMER, ring(FIRST))


@pytest.mark.parametrize("switch", [1, "1", "true", "True"])
def test_a_switch_may_be_spelled_as_number_or_text(switch: object) -> None:
    assert meets(simple(record_call_enabled=switch)).steps[0] == RECORD


@pytest.mark.parametrize(
    ("when", "heard"),
    [
        ("before", ["ref:disclaimer", "Hello."]),
        ("after", ["Hello.", "ref:disclaimer"]),
        ("never", ["Hello."]),
        (None, ["Hello."]),
        ("sometimes", ["Hello."]),
    ],
)
def test_the_disclaimer_stands_before_or_after_the_message(when: object, heard: list[str]) -> None:
    assert prompts(meets(simple(play_disclaimer=when, message_enabled=True, message="Hello."))) == heard


@pytest.mark.parametrize("fields", [{"message_enabled": False, "message": "Hello."}, {"message": "Hello."}])
def test_a_message_that_is_not_switched_on_is_not_heard(fields: dict[str, object]) -> None:
    assert prompts(meets(simple(**fields))) == []


def test_the_rings_of_an_overflow_number_time_the_number_before_it() -> None:
    trace = meets(simple(overflowNumbers=HUNT))
    assert rung(trace) == [((FIRST,), 18.0), ((SECOND,), 24.0), ((THIRD,), None)]
    assert trace.end == "hangup"


def test_the_last_number_rings_until_voicemail() -> None:
    trace = meets(simple(overflowNumbers=HUNT, voicemail_enabled=True, voicemail_rings=5, voicemail_greeting="Hi."))
    assert rung(trace)[-1] == ((THIRD,), 30.0)
    assert (trace.steps[-1], trace.end) == (Step("voicemail", "Hi."), "voicemail")


@pytest.mark.parametrize("count", [None, "", "absent"])
def test_a_missing_count_is_the_default_of_three_rings(count: object) -> None:
    fields = {} if count == "absent" else {"voicemail_rings": count}
    assert rung(meets(simple(voicemail_enabled=True, **fields))) == [((FIRST,), 18.0)]


def test_a_count_may_be_text() -> None:
    assert rung(meets(simple(voicemail_enabled=True, voicemail_rings="4"))) == [((FIRST,), 24.0)]


def test_a_hunt_may_try_a_number_again() -> None:
    again = [{"overflowNumber": 8015550142, "rings": 2}]
    assert rung(meets(simple(overflowNumbers=again))) == [((FIRST,), 12.0), ((FIRST,), None)]


@pytest.mark.parametrize("hunt_type", ["overflow", "Rollover", "OVERFLOW", None, ""])
def test_hunts_in_sequence_are_known_by_name_in_any_case_or_by_no_name(hunt_type: object) -> None:
    assert len(rung(meets(simple(hunt_type=hunt_type, overflowNumbers=HUNT)))) == 3


@pytest.mark.parametrize(("voicemail", "seconds"), [(False, 18.0), (True, 30.0)])
def test_simultaneous_numbers_ring_for_three_rings_or_until_voicemail(voicemail: bool, seconds: float) -> None:
    fields = {"voicemail_enabled": voicemail, "voicemail_rings": 5}
    trace = meets(simple(hunt_type="SimulTaneous", overflowNumbers=HUNT, **fields))
    assert rung(trace) == [((FIRST, SECOND, THIRD), seconds)]
    assert trace.end == ("voicemail" if voicemail else "hangup")


def test_simultaneous_without_overflow_numbers_is_a_simple_route() -> None:
    assert rung(meets(simple(hunt_type="simultaneous", overflowNumbers=[]))) == [((FIRST,), None)]


def test_an_unknown_hunt_is_opaque() -> None:
    trace = meets(simple(hunt_type="round robin", overflowNumbers=HUNT))
    assert (trace.steps, trace.end) == ((Step("opaque", "hunt_type"),), "opaque")


def test_a_voicemail_route_takes_a_message_at_once() -> None:
    trace = meets({"routable_type": "VoicemailRoute", "voicemail_greeting": "Closed.", "default_ringto": "8015550142"})
    assert (trace.steps, trace.end) == ((Step("voicemail", "Closed."),), "voicemail")


def test_an_outbound_route_is_opaque() -> None:
    trace = meets({"routable_type": "OutboundRoute", "outbound": {"set_caller_id": "LOCAL_NUMBER"}})
    assert (trace.steps, trace.end) == ((Step("opaque", "outbound"),), "opaque")


def test_the_named_route_wins_over_the_blocks_of_others() -> None:
    trace = meets(simple(ivrs=[item()], percentage_route=[{"percentage": 100, "per_target_did": 8015550151}]))
    assert rung(trace) == [((FIRST,), None)]


@pytest.mark.parametrize("named", [{}, {"routable_type": None}, {"routable_type": "RoundRobinRoute"}])
def test_a_route_without_a_known_name_is_known_by_its_only_block(named: dict[str, object]) -> None:
    shares = [{"percentage": 100, "per_target_did": 8015550151}]
    assert rung(meets({"percentage_route": shares, "geo_route": {}, "ivrs": []} | named)) == [((SECOND,), None)]


def test_a_route_without_a_name_and_without_a_block_is_simple() -> None:
    assert rung(meets({"default_ringto": "8015550142", "overflowNumbers": HUNT})) != []


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"routable_type": "RoundRobinRoute", "default_ringto": "8015550142", "overflowNumbers": HUNT},
        {"ivrs": [item()], "outbound": {"pin": "4321"}},
    ],
)
def test_a_route_that_nothing_identifies_is_opaque(record: dict[str, object]) -> None:
    trace = meets(record)
    assert (trace.steps, trace.end) == ((Step("opaque", "routable_type"),), "opaque")


OFFICES = {"strategy": "Npa", "options": [{"geo_target_did": 8015550151, "city": "Provo"}]}


@pytest.mark.parametrize(("place", "target"), [("provo", SECOND), ("Ogden", FIRST), (None, FIRST)])
def test_a_geo_route_rings_the_caller_s_city_or_else_the_default(place: str | None, target: str) -> None:
    record = {"routable_type": "GeoRoute", "default_ringto": "8015550142", "geo_route": OFFICES}
    assert meets(record, place=place).steps == (REGION, ring(target))


def test_a_geo_route_without_options_rings_the_default() -> None:
    record = {"routable_type": "GeoRoute", "default_ringto": "8015550142", "geo_route": {"options": []}}
    assert meets(record).steps == (ring(FIRST),)


@pytest.mark.parametrize(("draw", "target"), [(0.0, FIRST), (0.49, FIRST), (0.5, SECOND), (0.79, SECOND), (0.8, THIRD)])
def test_a_share_takes_the_calls_up_to_its_end(draw: float, target: str) -> None:
    shares = ((50, 8015550142), ("30", 8015550151), (20, 8015550152))
    rows = [{"percentage": share, "per_target_did": number} for share, number in shares]
    trace = meets({"routable_type": "PercentageBasedRoute", "percentage_route": rows}, draws=(draw,))
    assert trace.steps == (ring(target),)


def test_shares_that_do_not_make_a_hundred_are_opaque() -> None:
    rows = [{"percentage": 50, "per_target_did": 8015550142}]
    assert meets({"routable_type": "PercentageBasedRoute", "percentage_route": rows}).end == "opaque"


def test_a_flat_schedule_is_opaque() -> None:
    rows = {"timezone": 0, "options": [{"sch_target_did": 8015550151, "day": 1, "from_time": 800, "to_time": 1700}]}
    trace = meets({"routable_type": "ScheduleRoute", "default_ringto": "8015550142", "schedule_route": rows})
    assert (trace.steps, trace.end) == ((Step("opaque", "schedule_route"),), "opaque")


def test_a_flat_schedule_without_rows_rings_the_default() -> None:
    record = {"routable_type": "ScheduleRoute", "default_ringto": "8015550142", "schedule_route": {"options": []}}
    assert rung(meets(record)) == [((FIRST,), None)]


def test_a_flat_menu_rings_the_number_of_the_key() -> None:
    trace = meets(flat(option(1), option(2, ivr_target_did=8015550151)), "2")
    assert trace.steps == (Step("prompt", "Welcome."), ring(SECOND))


def test_a_flat_option_has_its_own_recording_message_and_voicemail() -> None:
    switches = {"ivr_record_enabled": True, "ivr_message_enabled": True, "ivr_voicemail_enabled": True}
    chosen = option(ivr_message="One moment.", ivr_play_disclaimer=True, **switches)
    trace = meets(flat(chosen, voicemail_rings=2, voicemail_greeting="Hi."), "1")
    heard = (RECORD, DISCLAIMER, Step("prompt", "One moment."))
    assert trace.steps == (Step("prompt", "Welcome."), *heard, ring(FIRST, seconds=12.0), Step("voicemail", "Hi."))


@pytest.mark.parametrize(("kind", "key"), [("IvrRoute", "0"), ("IvrRoute2", "10")])
def test_the_value_ten_is_the_key_zero_in_the_old_menu_only(kind: str, key: str) -> None:
    assert rung(meets(flat(option(10), kind=kind), key)) != []
    assert meets(flat(option(10), kind=kind), "10" if key == "0" else "0").end == "unspecified"


@pytest.mark.parametrize("pressed", [(), (None,), ("7",)])
@pytest.mark.parametrize("menu", [flat(option()), tree(item())])
def test_silence_and_unknown_keys_are_unspecified(menu: dict[str, object], pressed: tuple[str | None, ...]) -> None:
    trace = meets(menu, *pressed)
    assert (prompts(trace), trace.end) == (["Welcome."], "unspecified")


def test_a_tree_of_menus_wins_over_a_flat_menu() -> None:
    record = tree(item(target_did="8015550151"), ivr_route={"options": [option()]})
    assert rung(meets(record, "1")) == [((SECOND,), None)]


def test_a_greeting_that_is_switched_off_is_not_heard() -> None:
    assert prompts(meets(tree(item(), message_enabled=False))) == []


def test_an_item_plays_its_message_and_disclaimer_before_it_rings() -> None:
    chosen = item(message="One moment.", play_disclaimer="after", record_enabled=True)
    trace = meets(tree(chosen), "1")
    heard = (RECORD, Step("prompt", "One moment."), DISCLAIMER)
    assert trace.steps == (Step("prompt", "Welcome."), *heard, ring(FIRST))


def test_an_item_s_voicemail_has_the_rings_and_greeting_of_the_record() -> None:
    trace = meets(tree(item(voicemail_enabled=True), voicemail_rings=2, voicemail_greeting="Hi."), "1")
    assert trace.steps[1:] == (ring(FIRST, seconds=12.0), Step("voicemail", "Hi."))


@pytest.mark.parametrize(("together", "steps"), [(True, 1), (False, 3), (None, 3)])
def test_an_item_rings_its_overflow_numbers_together_or_in_turn(together: bool | None, steps: int) -> None:
    trace = meets(tree(item(isSimultaneous=together, overflowNumbers=HUNT)), "1")
    assert len(rung(trace)) == steps


def test_actions_are_read_in_any_case() -> None:
    assert meets(tree(item(action="HangUp", message="Bye.")), "1").end == "hangup"


def test_an_unknown_action_is_opaque() -> None:
    trace = meets(tree(item(action="voiceAgent")), "1")
    assert (trace.steps[-1], trace.end) == (Step("opaque", "action"), "opaque")


def submenu(*items: object, **fields: object) -> dict[str, Any]:
    return item(action="interactiveVoice", message="Below.", ivrData=list(items)) | fields


def test_a_submenu_greets_with_its_own_message() -> None:
    trace = meets(tree(submenu(item(2))), "1", "2")
    assert trace.steps == (Step("prompt", "Welcome."), Step("prompt", "Below."), ring(FIRST))


def test_the_key_back_returns_to_the_menu_above_and_its_greeting() -> None:
    record = tree(submenu(item(2, go_back_key=9), play_disclaimer="before"), item(3), play_disclaimer="before")
    trace = meets(record, "1", "9", "3")
    assert prompts(trace) == ["ref:disclaimer", "Welcome.", "ref:disclaimer", "Below.", "Welcome."]
    assert rung(trace) == [((FIRST,), None)]


def test_the_key_back_climbs_one_level() -> None:
    record = tree(submenu(submenu(item(2, go_back_key=9), message="Deepest.", go_back_key=8)))
    assert prompts(meets(record, "1", "1", "9", "8")) == ["Welcome.", "Below.", "Deepest.", "Below.", "Welcome."]


def test_of_several_disagreeing_keys_back_the_first_returns() -> None:
    record = tree(submenu(item(2, go_back_key=3), item(3, go_back_key=9), item(4, go_back_key=8)))
    assert prompts(meets(record, "1", "9")) == ["Welcome.", "Below.", "Welcome."]
    assert prompts(meets(record, "1", "8")) == ["Welcome.", "Below."]


def test_a_disclaimer_behind_a_greeting_belongs_to_the_menu() -> None:
    record = tree(submenu(item(2, go_back_key=9)), item(3), play_disclaimer="after")
    assert prompts(meets(record, "1", "9")) == ["Welcome.", "ref:disclaimer", "Below.", "Welcome.", "ref:disclaimer"]


def test_hours_that_nobody_knows_are_met_in_their_turn() -> None:
    document = scheduled(hours(), hours(["Holidays"]))
    assert rung(meets(document, "1", at=mountain(2, 12))) == [((SECOND,), None)]
    assert meets(document, "1", at=mountain(8, 12)).end == "opaque"


def test_an_item_wins_over_the_key_back() -> None:
    assert rung(meets(tree(submenu(item(9, go_back_key=9))), "1", "9")) == [((FIRST,), None)]


def test_going_round_ends_when_the_keys_end() -> None:
    trace = meets(tree(submenu(item(2, go_back_key=9))), *("1", "9") * 50)
    assert (len(prompts(trace)), trace.end) == (101, "unspecified")


GEO = {"route_by": "Claimed State", "location_id": 311, "target_did": 8015550152}


def test_a_geo_item_rings_its_own_default() -> None:
    trace = meets(tree(item(action="geo", geoData=GEO)), "1", place="Provo")
    assert trace.steps[1:] == (REGION, ring(THIRD))


def test_a_geo_item_rings_the_caller_s_city_where_the_locations_are_known() -> None:
    record = tree(item(action="geo", geoData=GEO))
    locations = {"311": [{"city": "Provo", "geo_target_did": 8015550151}]}
    bundled = meets({"call_flow": record, "locations": locations}, "1", place="Provo")
    passed = run(record, Call(AT, place="Provo", keys=("1",)), bundle_locations=locations)
    assert bundled.steps == passed.steps == (Step("prompt", "Welcome."), REGION, ring(SECOND))


@pytest.mark.parametrize(
    ("at", "target"),
    [
        (mountain(2, 8), SECOND),
        (mountain(2, 7, 59, 59), FIRST),
        (mountain(2, 16, 59, 59), SECOND),
        (mountain(2, 17), FIRST),
        (mountain(7, 12), FIRST),
        (datetime(2026, 3, 2, 15, tzinfo=UTC), SECOND),
    ],
)
def test_hours_hold_from_the_first_moment_up_to_the_last_in_their_zone(at: datetime, target: str) -> None:
    assert rung(meets(scheduled(hours()), "1", at=at)) == [((target,), None)]


@pytest.mark.parametrize(
    ("days", "inside"),
    [
        (["AllDays"], {2, 3, 4, 5, 6, 7, 8}),
        (["Mon-Fri"], {2, 3, 4, 5, 6}),
        (["Sat-Sun"], {7, 8}),
        (["Mon", "Sun"], {2, 8}),
    ],
)
def test_days_are_known_by_name(days: list[str], inside: set[int]) -> None:
    document = scheduled(hours(days))
    assert {day for day in range(2, 9) if rung(meets(document, "1", at=mountain(day, 12)))[0][0] == (SECOND,)} == inside


@pytest.mark.parametrize(
    ("text", "minute"),
    [
        ("08:00 AM", 480),
        ("8:00 AM", 480),
        ("08:00", 480),
        ("12:00 AM", 0),
        ("12:15 PM", 735),
        ("17:00", 1020),
        ("End of Day", 1440),
        ("25:00", None),
        ("13:00 PM", None),
        ("noon", None),
        (800, None),
    ],
)
def test_times_are_read_in_the_known_spellings(text: object, minute: int | None) -> None:
    assert minutes_of(text) == minute


def test_the_first_hours_that_hold_win() -> None:
    document = scheduled(hours(["Tue"]), hours(), hours(["AllDays"], ring_to=8015550152))
    trace = meets(document, "1", at=mountain(2, 12))
    assert rung(trace) == [((SECOND,), None)]
    assert "/ivrs/0/scheduleRoute/schedules/1/ring_to" in trace.visited
    assert "/ivrs/0/scheduleRoute/schedules/2" not in trace.visited


def test_hours_have_their_own_overflow_and_voicemail() -> None:
    document = scheduled(hours(overflowNumbers=HUNT[1:], isSimultaneous=True, voicemail_enabled=True))
    trace = meets(document, "1", at=mountain(2, 12))
    assert (rung(trace), trace.end) == ([((SECOND, THIRD), 18.0)], "voicemail")


@pytest.mark.parametrize(("voicemail", "end"), [(True, "voicemail"), (False, "hangup")])
def test_outside_all_hours_the_default_rings_and_the_schedule_s_voicemail_follows(voicemail: bool, end: str) -> None:
    trace = meets(scheduled(hours(), voicemail_enabled=voicemail), "1", at=mountain(8, 12))
    assert (rung(trace)[0][0], trace.end) == ((FIRST,), end)


def test_outside_all_hours_without_a_default_nothing_is_specified() -> None:
    trace = meets(scheduled(hours(), default_ringto=None), "1", at=mountain(8, 12))
    assert (rung(trace), trace.end) == ([], "unspecified")


@pytest.mark.parametrize(
    "document",
    [
        scheduled(hours(), timezone="Alaska"),
        scheduled(hours(["Mon", "Holidays"])),
        scheduled(hours([])),
        scheduled(hours(start="noon")),
        scheduled(hours(end="08:00 AM")),
    ],
)
def test_a_schedule_with_an_unknown_zone_day_or_time_is_opaque(document: dict[str, object]) -> None:
    trace = meets(document, "1", at=mountain(2, 12))
    assert (trace.steps[-1], trace.end) == (Step("opaque", "scheduleRoute"), "opaque")


def test_a_schedule_without_a_zone_goes_by_the_clock_of_the_moment() -> None:
    assert rung(meets(scheduled(hours(), timezone=None), "1", at=mountain(2, 12))) == [((SECOND,), None)]


def test_a_prompt_that_the_bundle_knows_is_named_by_its_id() -> None:
    record = simple(message_enabled=True, message="9f1c", voicemail_enabled=True, voicemail_greeting="Hi.")
    trace = meets({"call_flow": record, "prompts": {"9f1c": {}}})
    assert (trace.steps[0].what, trace.steps[-1].what) == ("ref:9f1c", "Hi.")


@pytest.mark.parametrize(
    ("wrap", "pointer"),
    [
        (lambda record: record, ""),
        (lambda record: [record], "/0"),
        (lambda record: {"result": "success", "err": None, "data": [record]}, "/data/0"),
        (lambda record: {"call_flow": record, "locations": {}}, "/call_flow"),
    ],
)
def test_pointers_start_at_the_document(wrap: Any, pointer: str) -> None:
    trace = meets(wrap(simple(overflowNumbers=HUNT[:1])), answers={FIRST: "answered"})
    places = ("/routable_type", "/default_ringto", "/overflowNumbers", "/overflowNumbers/0", "/overflowNumbers/0/rings")
    assert set(trace.visited) >= {"", pointer, *(pointer + place for place in places)}
    assert pointer + "/overflowNumbers/0/overflowNumber" not in trace.visited


def test_keys_that_are_not_there_are_not_visited() -> None:
    assert meets(simple()).visited == ("", "/routable_type", "/default_ringto")


@pytest.mark.parametrize("document", [[], [simple(), simple()], None, "text", {"result": "error", "data": None}])
def test_anything_but_one_record_is_refused(document: object) -> None:
    with pytest.raises(ValueError, match="not one Convirza record"):
        meets(document)


def test_a_very_deep_tree_is_walked() -> None:
    deep = submenu(item())
    for _ in range(2_000):
        deep = submenu(deep)
    assert rung(meets(tree(deep), *("1",) * 2_002)) == [((FIRST,), None)]


def body(*items: object, **fields: object) -> list[Any]:
    """What creates a flow."""
    return [{"campaign_id": 311} | fields | ({"ivrs": list(items)} if items else {})]


def test_a_body_stands_in_an_array_and_rings_as_the_record_does() -> None:
    assert rung(meets(body(**simple()))) == [((FIRST,), None)]
    assert meets(body(**simple())).visited[:2] == ("", "/0")


def test_the_numbers_of_a_body_ring_together_where_its_switch_is_on() -> None:
    assert rung(meets(body(**simple(isSimultaneous=True, overflowNumbers=HUNT)))) == [((FIRST, SECOND, THIRD), 18)]
    assert rung(meets(body(**simple(isSimultaneous=False, overflowNumbers=HUNT))))[0] == ((FIRST,), 18)
    assert rung(meets(simple(isSimultaneous=True, overflowNumbers=HUNT, dnis="8015550122")))[0] == ((FIRST,), 18)


def test_what_only_a_record_has_makes_it_one() -> None:
    together = {"isSimultaneous": True, "overflowNumbers": HUNT}
    assert rung(meets(simple(record_call_enabled=True, **together)))[0] == ((FIRST,), 18)
    assert RECORD in meets(simple(record_call_enabled=True, **together)).steps


def test_a_body_for_menus_names_no_route() -> None:
    menu = [{"message": "Welcome.", "ivrs": [item()]}]
    assert meets(menu, "1").steps[0] == Step("prompt", "Welcome.")
    assert rung(meets(menu, "1")) == [((FIRST,), None)]
    assert meets([{"ivrs": []}]).end == "unspecified"


def test_an_item_of_a_single_level_speaks_only_where_its_switch_is_on() -> None:
    single = {"key": 1, "route_type": "Simple", "target_did": "8015550142", "message": "One.", "play_disclaimer": "before"}
    assert meets(body(single | {"message_enabled": True}), "1").steps[:2] == (DISCLAIMER, Step("prompt", "One."))
    assert Step("prompt", "One.") not in meets(body(single), "1").steps
    assert meets(body(single | {"route_type": "Geo"}), "1").end == "opaque"


def test_a_body_has_the_schedule_of_a_menu_item() -> None:
    route = {"timezone": "Mountain", "default_ringto": 8015550142, "schedules": [hours()]}
    document = body(routable_type="ScheduleRoute", scheduleRoute=route)
    assert rung(meets(document)) == [((SECOND,), None)]
    assert rung(meets(body(routable_type="ScheduleRoute", default_ringto="8015550142"))) == [((FIRST,), None)]


def test_the_region_of_a_body_names_a_list_of_locations() -> None:
    document = body(routable_type="GeoRoute", default_ringto="8015550142", geo_route={"location_id": 311})
    bundle = {"call_flow": document, "locations": {"311": [{"city": "Provo", "geo_target_did": 8015550151}]}}
    assert rung(meets(bundle, place="Provo")) == [((SECOND,), None)]
    assert rung(meets(bundle, place="Ogden")) == [((FIRST,), None)]
    assert REGION in meets(document).steps


@given(st.data())
def test_every_invented_record_runs_for_every_invented_call(data: st.DataObject) -> None:
    document = data.draw(invented.documents() | invented.clean_documents())
    trace = run(document, data.draw(invented.calls(document)))
    assert trace.visited[0] == ""
    assert trace.end in ("answered", "voicemail", "hangup", "opaque", "unspecified")


@given(st.data())
def test_every_record_of_an_invented_list_runs(data: st.DataObject) -> None:
    answer = data.draw(invented.list_documents())
    call = data.draw(invented.calls(answer))
    for record in answer["data"] if isinstance(answer, dict) else answer:
        run(record, call)


@given(st.data())
def test_clean_records_ring_nothing_that_nobody_can_read(data: st.DataObject) -> None:
    document = data.draw(invented.clean_documents())
    trace = run(document, data.draw(invented.calls(document)))
    assert not [target for step in trace.steps for target in step.targets if target.startswith("opaque:")]
