"""What one call meets, rule by rule."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import unicall
from unicall import Call, Flow, FlowError, Trace, simulate
from unicall.graph import (
    Announce,
    CallerMatch,
    Conference,
    Hangup,
    Menu,
    Node,
    PhoneNumber,
    Place,
    Queue,
    Reference,
    Region,
    Reject,
    Ring,
    RingTarget,
    Schedule,
    SetCallerId,
    Speech,
    Split,
    Subflow,
    VendorNode,
    Voicemail,
)
from unicall.hours import Hours, Recurrence

AT = datetime(2026, 11, 21, 9, 30, tzinfo=ZoneInfo("America/New_York"))
DESK, CELL = PhoneNumber("+12025550142"), PhoneNumber("+12025550143")


def met(trace: Trace) -> list[tuple[object, ...]]:
    return [(step.kind, ",".join(step.targets) or step.what, step.seconds) for step in trace.steps if step.kind != "end"]


def test_a_hunt_rings_one_after_the_other_until_somebody_answers() -> None:
    targets = (RingTarget(DESK, timeout=20), RingTarget(CELL, timeout=30))
    flow = Flow(start="start", nodes={"start": Ring(targets=targets, order="in turn", timeout=40)})
    trace = simulate(flow, Call(AT, answers={CELL.number: "answered"}))
    assert met(trace) == [("ring", DESK.number, 20), ("ring", CELL.number, 20)]
    assert trace.end == "answered"


def test_where_all_would_ring_too_late_nobody_answers_and_where_all_are_off_it_goes_on_otherwise() -> None:
    late, off = RingTarget(DESK, delay=20), RingTarget(DESK, off=True)
    for target, to in ((late, "hangup"), (off, "voicemail")):
        ring = Ring(targets=(target,), timeout=20, repeats=2, exits={"no_answer": "end", "otherwise": "message"})
        trace = simulate(Flow(start="start", nodes={"start": ring, "end": Hangup(), "message": Voicemail()}), Call(AT))
        assert (met(trace)[:1], trace.end) == ([("voicemail", "", None)] if to == "voicemail" else [], to)


def test_an_outcome_with_an_exit_of_its_own_takes_it_before_the_ring_is_repeated() -> None:
    ring = Ring(targets=(RingTarget(DESK),), timeout=20, repeats=3, exits={"busy": "busy", "otherwise": "message"})
    flow = Flow(start="start", nodes={"start": ring, "busy": Hangup(), "message": Voicemail()})
    busy = simulate(flow, Call(AT, default_answer="busy"))
    assert (len(busy.steps), busy.end, busy.taken) == (2, "hangup", (("start", "busy"),))
    silent = simulate(flow, Call(AT))
    assert [step.kind for step in silent.steps] == ["ring", "ring", "ring", "voicemail", "end"]


def test_silence_plays_the_greeting_again_until_the_retries_are_used_up() -> None:
    menu = Menu(greeting=Speech("Press 1."), retries=3, exits={"1": "ring", "exhausted": "bye"})
    nodes = {"start": menu, "ring": Ring(targets=(RingTarget(DESK),)), "bye": Announce(prompt=Speech("Goodbye."))}
    flow = Flow(start="start", nodes=nodes)
    assert met(simulate(flow, Call(AT))) == [("prompt", "Press 1.", None)] * 3 + [("prompt", "Goodbye.", None)]
    assert met(simulate(flow, Call(AT, keys=("7", None, "1"))))[-1] == ("ring", DESK.number, None)


def test_a_flow_that_goes_round_without_asking_anything_ends_as_a_loop() -> None:
    nodes = {"start": Announce(prompt=Speech("Please hold."), exits={"next": "start"})}
    assert simulate(Flow(start="start", nodes=nodes), Call(AT)).end == "loop"


def test_what_only_a_vendor_has_is_never_passed() -> None:
    nodes = {"start": VendorNode(provider="vinix", word="pivot", exits={"_": "next"}), "next": Hangup()}
    trace = simulate(Flow(start="start", nodes=nodes), Call(AT))
    assert (met(trace), trace.end) == ([("opaque", "pivot", None)], "opaque")


def says(text: str, then: str | None = None) -> Announce:
    return Announce(prompt=Speech(text), exits={} if then is None else {"next": then})


def heard(trace: Trace) -> list[str]:
    return [step.what for step in trace.steps if step.kind == "prompt"]


def of(**nodes: Node) -> Flow:
    return Flow(start="start", nodes=nodes)


def run(flow: Flow, *keys: str | None, at: datetime = AT, **answers: str) -> Trace:
    return simulate(flow, Call(at, keys=keys, answers={key.replace("_", ":"): answer for key, answer in answers.items()}))


# Flows inside flows.

OTHER = Reference("vinix", "flow", "other")


def with_other(other: Flow, **nodes: Node) -> Flow:
    return Flow(start="start", nodes=nodes, subflows={"other": other})


def test_a_sub_flow_that_comes_to_its_end_gives_the_call_back() -> None:
    flow = with_other(of(start=says("Inside.")), start=Subflow(flow=OTHER, exits={"next": "back"}), back=says("Back."))
    assert heard(run(flow)) == ["Inside.", "Back."]


def test_a_sub_flow_without_an_exit_is_a_jump() -> None:
    flow = with_other(of(start=says("Inside.")), start=Subflow(flow=OTHER), back=says("Back."))
    assert (heard(run(flow)), run(flow).end) == (["Inside."], "hangup")


@pytest.mark.parametrize("node", [Hangup(), Reject(code=486), Voicemail(), Conference()])
def test_what_ends_a_call_inside_a_sub_flow_ends_it_for_good(node: Node) -> None:
    flow = with_other(of(start=node), start=Subflow(flow=OTHER, exits={"next": "back"}), back=says("Back."))
    assert heard(run(flow)) == []


def test_a_sub_flow_inside_a_sub_flow_gives_the_call_back_one_by_one() -> None:
    inner = of(start=says("Innermost."))
    middle = Flow(
        start="start",
        nodes={"start": Subflow(flow=Reference("vinix", "flow", "inner"), exits={"next": "on"}), "on": says("Middle.")},
        subflows={"inner": inner},
    )
    flow = with_other(middle, start=Subflow(flow=OTHER, exits={"next": "back"}), back=says("Back."))
    assert heard(run(flow)) == ["Innermost.", "Middle.", "Back."]


def test_flows_that_run_each_other_for_ever_are_a_loop() -> None:
    again = Subflow(flow=OTHER, exits={"next": "back"})
    flow = with_other(of(start=again, back=says("Back.")), start=again, back=says("Back."))
    assert run(flow).end == "loop"


def test_a_flow_that_did_not_come_along_cannot_be_judged() -> None:
    assert run(of(start=Subflow(flow=OTHER, exits={"next": "back"}), back=says("Back."))).end == "opaque"


# Who rings.


def test_a_target_rings_after_its_delay_unless_the_whole_time_is_over() -> None:
    late, later = RingTarget(CELL, delay=10, timeout=30), RingTarget(PhoneNumber("+12025550144"), delay=25)
    flow = of(start=Ring(targets=(RingTarget(DESK, timeout=15), late, later), timeout=25))
    assert met(run(flow)) == [("ring", f"{DESK.number},{CELL.number}", 25)]
    assert met(run(of(start=Ring(targets=(RingTarget(DESK, timeout=15), late), timeout=60)))) == [
        ("ring", f"{DESK.number},{CELL.number}", 40)
    ]


def test_whom_the_whole_time_does_not_reach_does_not_ring_and_nobody_answered() -> None:
    targets = (RingTarget(DESK, timeout=20), RingTarget(CELL, timeout=20))
    ring = Ring(targets=targets, order="in turn", timeout=20, exits={"busy": "busy", "no_answer": "late"})
    trace = simulate(of(start=ring, busy=says("Busy."), late=says("Late.")), Call(AT, default_answer="busy"))
    assert (met(trace)[0], heard(trace)) == (("ring", DESK.number, 20), ["Late."])


def test_the_outcome_of_several_is_that_of_the_first_kind_that_occurs() -> None:
    ring = Ring(targets=(RingTarget(DESK), RingTarget(CELL)), exits={"busy": "busy", "declined": "declined"})
    flow = of(start=ring, busy=says("Busy."), declined=says("Declined."))
    assert heard(simulate(flow, Call(AT, answers={DESK.number: "declined", CELL.number: "busy"}))) == ["Busy."]


@pytest.mark.parametrize(("order", "rung"), [("together", 1), ("in turn", 1)])
def test_one_who_declines_may_do_so_for_all(order: str, rung: int) -> None:
    targets = (RingTarget(DESK), RingTarget(CELL))
    ring = Ring(targets=targets, order=order, decline_ends=True, exits={"declined": "no", "otherwise": "on"})  # type: ignore[arg-type]
    trace = simulate(of(start=ring, no=says("No."), on=says("On.")), Call(AT, answers={DESK.number: "declined"}))
    assert ([step.kind for step in trace.steps].count("ring"), heard(trace)) == (rung, ["No."])


def test_a_target_that_is_off_does_not_ring_and_one_that_passes_calls_on_rings_there() -> None:
    off, both = RingTarget(DESK, off=True), RingTarget(DESK, also=CELL)
    assert met(run(of(start=Ring(targets=(off,), repeats=3, exits={"otherwise": "on"}), on=says("On.")))) == [
        ("prompt", "On.", None)
    ]
    assert met(run(of(start=Ring(targets=(both,))))) == [("ring", f"{DESK.number},{CELL.number}", None)]
    assert met(run(of(start=Ring(targets=(RingTarget(DESK, off=True, also=CELL),))))) == [("ring", CELL.number, None)]


def test_who_has_to_confirm_answers_by_a_key() -> None:
    flow = of(start=Ring(targets=(RingTarget(DESK), RingTarget(CELL, confirm=True))))
    at_the_cell = simulate(flow, Call(AT, answers={CELL.number: "answered"}))
    assert (met(at_the_cell)[-1], at_the_cell.end) == (("effect", "confirm", None), "answered")
    assert len(met(simulate(flow, Call(AT, answers={DESK.number: "answered"})))) == 1


def test_an_exit_that_a_carrier_names_by_the_sip_code_is_that_outcomes() -> None:
    flow = of(start=Ring(targets=(RingTarget(DESK),), exits={"vinix/sip:486": "busy"}), busy=says("Busy."))
    assert heard(simulate(flow, Call(AT, default_answer="busy"))) == ["Busy."]


# Keys.


def menu(*labels: str, **facts: object) -> Flow:
    node = Menu(exits={label: f"to {label}" for label in labels}, **facts)  # type: ignore[arg-type]
    return Flow(start="start", nodes={"start": node, **{f"to {label}": says(label) for label in labels}})


@pytest.mark.parametrize(
    ("labels", "pressed", "where"),
    [
        (("1", "12"), "12", "12"),
        (("1", "2"), "12", "invalid"),
        (("1", "12"), "1#", "1"),
        (("1", "#"), "#", "#"),
        (("1",), "#", "no_input"),
        (("1",), None, "no_input"),
        (("*",), "*", "*"),
    ],
)
def test_what_is_pressed_is_one_key_as_a_whole(labels: tuple[str, ...], pressed: str | None, where: str) -> None:
    assert heard(run(menu(*labels, "invalid", "no_input"), pressed)) == [where]


def test_a_menu_takes_no_more_digits_than_it_may() -> None:
    assert heard(run(menu("1", "invalid", max_digits=1), "19")) == ["1"]
    assert heard(run(menu("1", "12", max_digits=1), "12")) == ["1"]


def test_a_menu_that_may_be_dialled_through_is_not_judged_beyond_its_keys() -> None:
    assert heard(run(menu("1", direct_dial=True), "1")) == ["1"]
    assert run(menu("1", direct_dial=True), "1001").end == "opaque"


def test_what_a_menu_without_retries_does_is_not_specified() -> None:
    assert run(menu("1"), "9").end == run(menu("1"), None).end == "unspecified"
    assert heard(run(menu("1", "exhausted"), "9", "1")) == ["exhausted"]


def test_a_menu_says_each_thing_in_its_place() -> None:
    said = {
        "greeting": "Press.",
        "notice": "Recorded.",
        "invalid_prompt": "Wrong.",
        "exit_prompt": "Bye.",
        "transfer_prompt": "Hold.",
    }
    flow = menu("1", "exhausted", retries=2, **{field: Speech(text) for field, text in said.items()})
    assert heard(run(flow, "9", "8")) == ["Press.", "Recorded.", "Wrong.", "Press.", "Wrong.", "Bye.", "Hold.", "exhausted"]
    assert heard(run(flow)) == ["Press.", "Recorded.", "Press.", "Bye.", "Hold.", "exhausted"]
    assert heard(run(menu("1", retries=1, exit_prompt=Speech("Bye."), transfer_prompt=Speech("Hold.")))) == ["Bye."]


def test_recording_the_greeting_uses_no_try_up() -> None:
    trace = run(menu("1", retries=1, record_pin="1234"), "1234", "1")
    assert met(trace) == [("effect", "record the greeting", None), ("prompt", "1", None)]


def test_who_comes_back_to_a_menu_begins_at_its_first_attempt() -> None:
    nodes = {"start": Menu(greeting=Speech("Press."), retries=2, exits={"1": "start", "exhausted": "bye"}), "bye": says("Bye.")}
    assert heard(run(Flow(start="start", nodes=nodes), "9", "1", "9", "9")) == ["Press."] * 4 + ["Bye."]


# Hours.


def daily(name: str, start: int, end: int) -> Hours:
    return Hours(name=name, recurrences=(Recurrence(frequency="daily", start=start * 3600, end=end * 3600),))


def open_at(*hours: Hours, zone: str | None = "America/New_York", exits: tuple[str, ...] = ("day", "noon", "otherwise")) -> Flow:
    node = Schedule(timezone=zone, hours=hours, exits={name: name for name in exits})
    return Flow(start="start", nodes={"start": node, **{name: says(name) for name in exits}})


def test_the_first_hours_that_hold_decide() -> None:
    noon = AT.replace(hour=12)
    assert heard(run(open_at(daily("noon", 12, 13), daily("day", 9, 17)), at=noon)) == ["noon"]
    assert heard(run(open_at(daily("day", 9, 17), daily("noon", 12, 13)), at=noon)) == ["day"]
    assert heard(run(open_at(daily("noon", 12, 13), daily("day", 9, 17), exits=("day", "otherwise")), at=noon)) == ["otherwise"]


def test_a_window_holds_up_to_but_not_at_its_end() -> None:
    flow = open_at(daily("day", 9, 17))
    moments = [AT.replace(hour=9, minute=0), AT.replace(hour=16, minute=59, second=59), AT.replace(hour=17, minute=0)]
    assert [heard(run(flow, at=moment)) for moment in moments] == [["day"], ["day"], ["otherwise"]]


def test_hours_that_nobody_knows_matter_only_when_it_is_their_turn() -> None:
    flow = open_at(daily("day", 9, 17), Hours(name="noon", recurrences=None))
    assert heard(run(flow)) == ["day"]
    assert run(flow, at=AT.replace(hour=18)).end == "opaque"


def test_a_moment_is_read_off_the_clock_of_the_schedule() -> None:
    in_london = datetime(2026, 11, 21, 14, 30, tzinfo=ZoneInfo("Europe/London"))
    assert heard(run(open_at(daily("day", 9, 10)), at=in_london)) == ["day"]
    assert heard(run(open_at(daily("day", 9, 10), zone=None), at=in_london)) == ["otherwise"]
    assert run(open_at(daily("day", 9, 10), zone="Atlantis/Harbour")).end == "opaque"


def test_an_hour_that_is_skipped_never_holds_and_one_that_is_repeated_holds_twice() -> None:
    two = open_at(daily("day", 2, 3))
    skipped = [datetime(2026, 3, 8, hour, minute, tzinfo=ZoneInfo("UTC")) for hour in (6, 7) for minute in (0, 30, 59)]
    assert {*(heard(run(two, at=moment))[0] for moment in skipped)} == {"otherwise"}
    one = open_at(daily("day", 1, 2))
    repeated = [datetime(2026, 11, 1, hour, 30, tzinfo=ZoneInfo("UTC")) for hour in (4, 5, 6, 7)]
    assert [heard(run(one, at=moment))[0] for moment in repeated] == ["otherwise", "day", "day", "otherwise"]


# Shares, places, callers.


def test_each_split_takes_a_draw_of_its_own() -> None:
    half = Split(shares={"a": 50, "b": 50}, exits={"a": "second", "b": "b"})
    second = Split(shares={"c": 10, "d": 90}, exits={"c": "c", "d": "d"})
    flow = Flow(start="start", nodes={"start": half, "second": second, "b": says("b"), "c": says("c"), "d": says("d")})
    found = [heard(simulate(flow, Call(AT, draws=draws))) for draws in ((0.49, 0.09), (0.49, 0.1), (0.5,), (0.2,), ())]
    assert found == [["c"], ["d"], ["b"], ["d"], ["b"]]


@pytest.mark.parametrize("count", range(1, 13))
def test_a_draw_at_the_end_of_a_share_falls_into_the_next_however_the_ends_were_summed(count: int) -> None:
    shares = {f"share {number}": 100 / count for number in range(count)}
    flow = of(start=Split(shares=shares, exits=dict(zip(shares, shares, strict=True))), **{name: says(name) for name in shares})
    assert [heard(simulate(flow, Call(AT, draws=(at / count,)))) for at in range(count)] == [[name] for name in shares]


def test_shares_that_do_not_make_a_hundred_place_nobody() -> None:
    assert run(of(start=Split(shares={"a": 50, "b": 40}, exits={"a": "a", "b": "a"}), a=says("a"))).end == "opaque"


REGION = Region(
    places=(Place("north", city="Provo"), Place("south", area_codes=("212", "646"))),
    exits={"north": "north", "south": "south", "otherwise": "else"},
)


@pytest.mark.parametrize(
    ("place", "caller", "where"),
    [
        ("provo ", None, "north"),
        ("NORTH", "+12125550142", "north"),
        ("Ogden", "+12125550142", "else"),
        (None, "+16465550142", "south"),
        (None, "+18015550142", "else"),
        (None, "+442125550142", "else"),
        (None, None, "else"),
    ],
)
def test_a_place_is_found_by_its_name_or_city_and_without_one_by_the_area_code(
    place: str | None, caller: str | None, where: str
) -> None:
    flow = Flow(start="start", nodes={"start": REGION, **{name: says(name) for name in ("north", "south", "else")}})
    assert heard(simulate(flow, Call(AT, place=place, caller=caller))) == [where]


@pytest.mark.parametrize(
    ("pattern", "caller", "where"),
    [("555", "+12025550142", "yes"), (r"^\+44", "+12025550142", "no"), ("(", "+1(", "no"), ("^$", None, "yes")],
)
def test_a_pattern_is_looked_for_anywhere_in_the_number(pattern: str, caller: str | None, where: str) -> None:
    flow = of(start=CallerMatch(pattern=pattern, exits={"match": "yes", "no_match": "no"}), yes=says("yes"), no=says("no"))
    assert heard(simulate(flow, Call(AT, caller=caller))) == [where]


def test_whether_a_caller_is_on_a_list_the_call_has_to_say() -> None:
    listed = CallerMatch(list=Reference("vinix", "list", "vip"), exits={"match": "yes", "no_match": "no"})
    flow = of(start=listed, yes=says("yes"), no=says("no"))
    assert (heard(run(flow, list_vip="match")), heard(run(flow, list_vip="no_match"))) == (["yes"], ["no"])
    assert run(flow).end == "opaque"


def test_a_caller_id_that_was_set_does_not_change_the_caller() -> None:
    test = CallerMatch(pattern="0143", exits={"match": "yes", "no_match": "no"})
    flow = of(start=SetCallerId(number=CELL.number, exits={"next": "test"}), test=test, yes=says("yes"), no=says("no"))
    assert heard(run(flow)) == ["no"]


# What takes a call.


@pytest.mark.parametrize(
    ("node", "name", "end"),
    [
        (Queue(queue=Reference("vinix", "queue", "q"), exits={"next": "on"}), "queue:q", "queue"),
        (Voicemail(mailbox=Reference("vinix", "mailbox", "v"), exits={"next": "on"}), "mailbox:v", "voicemail"),
        (Voicemail(exits={"next": "on"}), "mailbox", "voicemail"),
    ],
)
def test_what_takes_a_call_does_so_unless_the_call_says_otherwise(node: Node, name: str, end: str) -> None:
    flow = of(start=node, on=says("On."))
    assert (run(flow).end, heard(simulate(flow, Call(AT, default_answer="busy")))) == (end, [])
    assert heard(simulate(flow, Call(AT, answers={name: "no_answer"}))) == ["On."]


def test_a_refusal_may_be_heard_first() -> None:
    trace = run(of(start=Reject(code=603, prompt=Speech("Not now."))))
    assert met(trace) == [("prompt", "Not now.", None), ("reject", "603", None)]


def test_a_call_that_nobody_can_make_is_refused() -> None:
    with pytest.raises(FlowError, match="time zone"):
        Call(datetime(2026, 11, 21, 9, 30))
    with pytest.raises(FlowError, match="may have answered"):
        Call(AT, answers={DESK.number: "asleep"})
    with pytest.raises(FlowError, match="draw"):
        Call(AT, draws=(1.0,))


def test_an_endless_prompt_is_heard_until_the_caller_hangs_up() -> None:
    endless = Announce(prompt=Speech("Please hold."), times=3, endless=True, exits={"next": "on"})
    trace = run(of(start=endless, on=says("On.")))
    assert (heard(trace), trace.end) == (["Please hold."], "hangup")


def test_a_flow_that_names_its_own_document_goes_back_to_its_start() -> None:
    again: dict[str, Any] = {"module": "callflow", "data": {"id": "1" * 32}, "children": {}}
    ring: dict[str, Any] = {"module": "user", "data": {"id": "5" * 32, "timeout": 20}, "children": {}}
    menu = {"module": "menu", "data": {"id": "2" * 32}, "children": {"1": ring, "9": again}}
    document: dict[str, Any] = {
        "callflow": {"id": "1" * 32, "name": "Main", "numbers": ["+12025550100"], "flow": menu},
        "menus": {"2" * 32: {"id": "2" * 32, "name": "Menu", "retries": 3, "media": {"greeting": "3" * 32}}},
    }
    trace = simulate(unicall.parse(document, "vinix").flow, Call(AT, keys=("9", "1"), default_answer="answered"))
    assert [step.kind for step in trace.steps] == ["prompt", "prompt", "ring", "end"]
    other = {**document, "callflow": {**document["callflow"], "id": "7" * 32}}
    assert simulate(unicall.parse(other, "vinix").flow, Call(AT, keys=("9",))).end == "opaque"
