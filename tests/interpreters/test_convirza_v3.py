"""The rules of the Convirza v3 interpreter, one a test."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.interpreters.call import Call, Step, Trace
from tests.interpreters.convirza_v3 import minutes_of, number_text, run, zone_of
from tests.strategies import convirza_v3 as invented

AT = datetime(2026, 3, 2, 16, tzinfo=UTC)
DISCLAIMER = Step("prompt", "ref:disclaimer")
RECORD = Step("effect", "record")
REGION = Step("effect", "region")

FIRST, SECOND, THIRD = "+18015550142", "+18015550151", "+18015550152"
HUNT = [{"phone_number": "18015550151", "rings": 3, "order": 1}, {"phone_number": "18015550152", "rings": 4, "order": 2}]


def route(kind: str = "simple", **fields: object) -> dict[str, Any]:
    return {"route_type": kind} | fields


def simple(**fields: object) -> dict[str, Any]:
    return route(ring_to="18015550142") | fields


def tree(*items: object, **fields: object) -> dict[str, Any]:
    return route("ivr", message="Welcome.", ivrs=list(items)) | fields


def item(key: object = 1, action: str = "simple", **fields: object) -> dict[str, Any]:
    return {"key": key, "action": action, "ring_to": "18015550142"} | fields


def submenu(*items: object) -> dict[str, Any]:
    return item(action="interactiveVoice", message="Below.", ivrs=list(items))


def scheduled(*entries: object, **fields: object) -> dict[str, Any]:
    block = {"timezone": "America/Denver", "default_ring_to": "18015550142", "schedules": list(entries)} | fields
    return route("schedule", schedule_route=block)


def hours(*days: object, start: str = "08:00", end: str = "17:00", **fields: object) -> dict[str, Any]:
    return {"schedule_days": list(days or ("Mon-Fri",)), "start_time": start, "end_time": end, "ring_to": "18015550151"} | fields


def meets(document: object, *keys: str | None, **call: Any) -> Trace:
    return run(document, Call(**({"at": AT} | call), keys=keys))


def rung(trace: Trace) -> list[tuple[tuple[str, ...], float | None]]:
    return [(step.targets, step.seconds) for step in trace.steps if step.kind == "ring"]


def prompts(trace: Trace) -> list[str]:
    return [step.what for step in trace.steps if step.kind == "prompt"]


def denver(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, second, tzinfo=ZoneInfo("America/Denver"))


def test_a_simple_route_rings_its_number_for_nobody_knows_how_long() -> None:
    trace = meets(simple())
    assert (rung(trace), trace.end) == ([((FIRST,), None)], "hangup")


def test_who_answers_ends_the_call() -> None:
    trace = meets(simple(overflow_numbers=HUNT), answers={SECOND: "answered"})
    assert (rung(trace), trace.end) == ([((FIRST,), 18), ((SECOND,), 24)], "answered")


def test_rings_are_the_wait_before_a_number_and_the_last_waits_for_voicemail() -> None:
    trace = meets(simple(overflow_numbers=HUNT, voicemail_enabled=True, voicemail_rings=5, voicemail_greeting="Hi."))
    assert rung(trace) == [((FIRST,), 18), ((SECOND,), 24), ((THIRD,), 30)]
    assert trace.steps[-1] == Step("voicemail", "Hi.")
    assert trace.end == "voicemail"


def test_numbers_are_tried_in_their_order_where_all_have_one() -> None:
    entries = [HUNT[1] | {"order": 9}, HUNT[0] | {"order": 2}]
    assert [targets for targets, _ in rung(meets(simple(overflow_numbers=entries)))] == [(FIRST,), (SECOND,), (THIRD,)]


def test_numbers_are_tried_as_listed_where_an_order_is_missing_or_given_twice() -> None:
    for orders in ((2, 2), (2, None)):
        entries = [HUNT[1] | {"order": orders[0]}, HUNT[0] | {"order": orders[1]}]
        assert [targets for targets, _ in rung(meets(simple(overflow_numbers=entries)))] == [(FIRST,), (THIRD,), (SECOND,)]


def test_numbers_ring_together_for_three_rings_or_until_voicemail() -> None:
    record = simple(hunt_type="Simultaneous", overflow_numbers=HUNT)
    assert rung(meets(record)) == [((FIRST, SECOND, THIRD), 18)]
    assert rung(meets(record | {"voicemail_enabled": True, "voicemail_rings": 2})) == [((FIRST, SECOND, THIRD), 12)]


def test_an_unknown_order_of_ringing_cannot_be_judged() -> None:
    assert meets(simple(hunt_type="longest idle", overflow_numbers=HUNT)).end == "opaque"
    assert meets(simple(hunt_type="longest idle")).end == "hangup"


def test_the_word_hangup_ends_the_call() -> None:
    assert meets(simple(ring_to="hangup")).end == "hangup"
    assert meets(route("hangup", ring_to="18015550142")).steps == ()


def test_a_name_that_says_nothing_gives_way_to_another_name() -> None:
    assert rung(meets(route(ring_to="", target_did="18015550142"))) == [((FIRST,), None)]
    assert rung(meets(route(default_ring_to="18015550142"))) == [((FIRST,), None)]


def test_recording_the_disclaimer_and_the_message_come_first() -> None:
    record = simple(record_call=True, play_disclaimer="before", message_enabled=True, message="Hi.")
    assert meets(record).steps[:3] == (RECORD, DISCLAIMER, Step("prompt", "Hi."))
    assert prompts(meets(record | {"play_disclaimer": "after"})) == ["Hi.", "ref:disclaimer"]
    assert prompts(meets(record | {"message_enabled": False})) == ["ref:disclaimer"]


def test_a_voicemail_route_rings_nobody() -> None:
    trace = meets(route("voicemail", ring_to="18015550142", voicemail_greeting="Box."))
    assert (trace.steps, trace.end) == ((Step("voicemail", "Box."),), "voicemail")


def test_a_menu_waits_for_a_key_and_nobody_says_what_silence_does() -> None:
    record = tree(item(1), item(2, "hangup"))
    assert (prompts(meets(record)), meets(record).end) == (["Welcome."], "unspecified")
    assert rung(meets(record, "1")) == [((FIRST,), None)]
    assert meets(record, "2").end == "hangup"
    assert meets(record, "7").end == meets(record, None).end == "unspecified"


def test_the_key_back_leads_to_the_menu_above_which_greets_again() -> None:
    record = tree(submenu(item(1, go_back_key=9)), item(2, "hangup"))
    trace = meets(record, "1", "9", "2")
    assert (prompts(trace), trace.end) == (["Welcome.", "Below.", "Welcome."], "hangup")


def test_of_several_disagreeing_keys_back_the_first_returns() -> None:
    record = tree(submenu(item(1, go_back_key=9), item(2, go_back_key=8)))
    assert prompts(meets(record, "1", "9")) == ["Welcome.", "Below.", "Welcome."]
    assert prompts(meets(record, "1", "8")) == ["Welcome.", "Below."]


def test_a_disclaimer_behind_a_greeting_belongs_to_the_menu() -> None:
    record = tree(submenu(item(2, go_back_key=9)), play_disclaimer="after")
    assert prompts(meets(record, "1", "9")) == ["Welcome.", "ref:disclaimer", "Below.", "Welcome.", "ref:disclaimer"]


def test_an_unknown_action_cannot_be_judged() -> None:
    assert meets(tree(item(1, "teleport")), "1").end == "opaque"


def test_hours_begin_at_their_second_and_end_before_theirs() -> None:
    record = scheduled(hours())
    for moment, number in ((denver(2, 8), SECOND), (denver(2, 7, 59, 59), FIRST), (denver(2, 16, 59, 59), SECOND)):
        assert rung(meets(record, at=moment))[0][0] == (number,)
    assert rung(meets(record, at=denver(2, 17)))[0][0] == (FIRST,)
    assert rung(meets(record, at=denver(7, 9)))[0][0] == (FIRST,)


def test_the_first_entry_that_holds_counts_and_has_its_own_voicemail() -> None:
    record = scheduled(hours(voicemail_enabled=True), hours("AllDays", ring_to="18015550152"))
    assert meets(record, at=denver(2, 9)).end == "voicemail"
    assert rung(meets(record, at=denver(7, 9)))[0][0] == (THIRD,)


def test_hours_that_nobody_knows_cannot_be_judged() -> None:
    for record in (scheduled(hours("Holidays")), scheduled(hours(start="noon")), scheduled(hours(), timezone="Alaska")):
        assert meets(record).end == "opaque"


def test_outside_the_hours_with_nobody_named_nobody_knows_what_happens() -> None:
    assert meets(scheduled(hours(), default_ring_to=None), at=denver(7, 9)).end == "unspecified"


def test_a_caller_from_a_place_reaches_it_and_all_others_the_default() -> None:
    places = [{"city": "Provo", "ring_to": "18015550151", "voicemail_enabled": True}]
    record = route("geo", default_ring_to="18015550142", geo_route={"strategy": "Npa", "locations": places})
    assert meets(record, place="provo").end == "voicemail"
    assert meets(record).steps[0] == REGION
    assert rung(meets(record, place="Ogden")) == [((FIRST,), None)]


def test_a_share_is_drawn() -> None:
    rows = [{"percentage": 60, "ring_to": "18015550142"}, {"percentage": 40, "ring_to": "18015550151"}]
    record = route("percentage", percentage_route=rows)
    assert rung(meets(record, draws=(0.59,))) == [((FIRST,), None)]
    assert rung(meets(record, draws=(0.6,))) == [((SECOND,), None)]
    assert meets(route("percentage", percentage_route=rows[:1])).end == "opaque"


def test_a_rotation_hands_each_number_its_share_of_the_calls() -> None:
    record = route("round_robin", ring_to_numbers=["18015550142", "18015550151"], voicemail_enabled=True, voicemail_rings=4)
    assert rung(meets(record, draws=(0.49,))) == [((FIRST,), 24)]
    assert rung(meets(record, draws=(0.5,))) == [((SECOND,), 24)]
    assert meets(record).end == "voicemail"


def test_an_agent_answers_or_the_default_number_rings() -> None:
    record = route("voice_agent", voiceagent_id=42, default_ring_to="18015550142")
    assert meets(record, answers={"agent:42": "answered"}).end == "answered"
    assert rung(meets(record)) == [(("agent:42",), None), ((FIRST,), None)]


def test_a_line_that_calls_out_and_a_kind_that_nobody_knows_cannot_be_judged() -> None:
    assert meets(route("outbound", outbound={"pin": "4321"})).end == "opaque"
    assert meets(route("teleport", ring_to="18015550142")).end == "opaque"


def test_a_route_without_a_name_is_what_its_only_block_shows() -> None:
    assert rung(meets({"ring_to": "18015550142"})) == [((FIRST,), None)]
    assert rung(meets({"ring_to_numbers": ["18015550142"]})) == [((FIRST,), None)]
    assert meets({"ring_to_numbers": ["18015550142"], "geo_route": {"radius": 1}}).end == "opaque"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (8015550142, FIRST),
        ("18015550142", FIRST),
        ("+18015550142", FIRST),
        ("+9992025550142", "+9992025550142"),
        ("801-555-0142", "opaque:801-555-0142"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_target_has_one_name(value: object, text: str) -> None:
    assert number_text(value) == text


@pytest.mark.parametrize(
    ("text", "minute"),
    [("08:00", 480), ("8:00 AM", 480), ("12:00 AM", 0), ("End of Day", 1440), ("24:00", 1440), ("24:01", None), ("noon", None)],
)
def test_a_time_is_a_minute_of_the_day(text: str, minute: int | None) -> None:
    assert minutes_of(text) == minute


def test_a_zone_is_known_by_either_of_its_names() -> None:
    assert zone_of("Mountain") == zone_of("America/Denver") == "America/Denver"
    assert zone_of("Alaska") is None


def test_what_a_call_passes_is_noted_with_its_place() -> None:
    data = {"provisioned_routes": [simple(overflow_numbers=HUNT)]}
    trace = meets({"code": 200, "data": data}, answers={SECOND: "answered"})
    assert "/data/provisioned_routes/0/overflow_numbers/0/phone_number" in trace.visited
    assert "/data/provisioned_routes/0/overflow_numbers/1/rings" in trace.visited
    assert "/data/provisioned_routes/0/overflow_numbers/1/phone_number" not in trace.visited


def test_a_document_of_several_routes_is_refused() -> None:
    with pytest.raises(ValueError, match="not one Convirza route"):
        meets([simple(), simple()])


@given(st.data())
def test_any_call_to_any_route_comes_to_an_end(data: st.DataObject) -> None:
    record = data.draw(invented.documents())
    trace = run(record, data.draw(invented.calls(record)))
    assert trace.end in ("answered", "voicemail", "hangup", "opaque", "unspecified")
