"""Whether two flows treat every call the same, rule by rule."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from attrs import evolve

from unicall import Flow, FlowError, compare, simulate
from unicall.graph import (
    Announce,
    CallerMatch,
    EntryPoint,
    Fax,
    Hangup,
    Menu,
    Node,
    PhoneNumber,
    Queue,
    RecordCall,
    Reference,
    Ring,
    RingTarget,
    Schedule,
    Speech,
    Split,
    VendorNode,
    Voicemail,
)
from unicall.hours import Hours, Recurrence

DESK, CELL = PhoneNumber("+12025550142"), PhoneNumber("+12025550143")
MENU = Menu(greeting=Speech("Press 1 or 2."), retries=2, exits={"1": "desk", "2": "message", "exhausted": "message"})
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR")


def flow(**nodes: Node) -> Flow:
    return Flow(start="start", nodes=nodes)


def rings(*targets: PhoneNumber, to: str = "message") -> Ring:
    return Ring(targets=tuple(RingTarget(target) for target in targets), timeout=20, exits={"otherwise": to})


def opened(*windows: tuple[int, int]) -> Hours:
    week = [Recurrence(frequency="weekly", weekdays=WEEKDAYS, start=low * 3600, end=high * 3600) for low, high in windows]
    return Hours(name="open", recurrences=tuple(week))


def weekdays(zone: str | None) -> Flow:
    """Open on weekdays from nine to five, in this zone."""
    schedule = Schedule(timezone=zone, hours=(opened((9, 17)),), exits={"open": "desk"})
    return flow(start=schedule, desk=rings(DESK), message=Voicemail())


def test_a_flow_is_the_same_as_itself() -> None:
    one = flow(start=MENU, desk=rings(DESK), message=Voicemail())
    assert str(compare(one, one)) == "same"


def test_the_shortest_call_that_differs_is_told_with_what_it_meets() -> None:
    one = flow(start=MENU, desk=rings(DESK), message=Voicemail())
    other = flow(start=MENU, desk=rings(CELL), message=Voicemail())
    found = compare(one, other)
    assert (found.same, found.call.keys if found.call else None) == (False, ("1",))
    told = "presses 1: before, +1 202 555 0142 rings 20 s, then voicemail; after, +1 202 555 0143 rings 20 s, then voicemail."
    assert found.sentence == told


def test_a_window_that_is_split_in_two_is_the_same_and_a_shorter_one_is_not() -> None:
    def at(*windows: tuple[int, int]) -> Flow:
        schedule = Schedule(timezone="America/New_York", hours=(opened(*windows),), exits={"open": "desk", "otherwise": "message"})
        return flow(start=schedule, desk=rings(DESK), message=Voicemail())

    assert compare(at((9, 17)), at((9, 12), (12, 17))).same
    found = compare(at((9, 17)), at((9, 16)))
    assert found.call is not None and (found.call.at.hour, found.call.at.weekday() < 5) == (16, True)


def test_the_same_hours_in_another_zone_differ_only_while_the_clocks_do() -> None:
    assert compare(weekdays("America/New_York"), weekdays("America/Toronto")).same
    assert not compare(weekdays("America/Denver"), weekdays("America/Phoenix")).same


def test_a_call_to_hours_without_a_zone_is_told_by_the_clock_by_which_both_flows_read_it() -> None:
    one, other = weekdays(None), weekdays("America/New_York")
    found = compare(one, other)
    assert found.call is not None
    assert found.call.at.tzinfo is UTC
    assert (found.left, found.right) == (simulate(one, found.call), simulate(other, found.call))
    assert found.left != found.right


def test_shares_are_the_same_only_with_the_same_bounds() -> None:
    def at(share: float) -> Flow:
        split = Split(shares={"a": share, "b": 100 - share}, exits={"a": "desk", "b": "message"})
        return flow(start=split, desk=rings(DESK), message=Voicemail())

    assert compare(at(25), at(25)).same
    found = compare(at(25), at(30))
    assert found.call is not None and 0.25 < found.call.draws[0] < 0.30


def test_of_shares_in_another_order_a_difference_elsewhere_is_told_and_the_order_is_not() -> None:
    def at(target: PhoneNumber, *names: str) -> Flow:
        shares = {name: {"a": 30.0, "b": 70.0}[name] for name in names}
        menu = Menu(greeting=Speech("Press 1 or 2."), retries=1, exits={"1": "split", "2": "last", "exhausted": "message"})
        split = Split(shares=shares, exits={"a": "desk", "b": "message"})
        return flow(start=menu, split=split, desk=rings(DESK), last=rings(target), message=Voicemail())

    assert compare(at(CELL, "a", "b"), at(CELL, "b", "a")).same
    found = compare(at(CELL, "a", "b"), at(DESK, "b", "a"))
    assert found.call is not None and found.call.keys == ("2",)
    assert "drawn" not in found.sentence


def test_a_draw_that_leads_to_what_nobody_can_judge_is_not_told_as_one_that_differs() -> None:
    """One share goes round for ever and the other hangs up: behind the vendor's node nothing is certain, beside it it is."""
    one = flow(start=Split(shares={"p": 50, "q": 50}, exits={"p": "start"}))
    vendor = VendorNode(provider="vinix", word="x", exits={"_": "desk"})
    other = flow(start=Split(shares={"p": 50, "q": 50}, exits={"p": "desk", "q": "vendor"}), desk=rings(DESK), vendor=vendor)
    found = compare(one, evolve(other, nodes={**other.nodes, "message": Voicemail()}))
    assert found.call is not None and found.call.draws[0] < 0.5


def test_who_does_not_answer_once_does_not_answer_the_second_time() -> None:
    twice = flow(start=rings(DESK, to="again"), again=rings(DESK, to="message"), message=Voicemail())
    busy = evolve(rings(DESK), exits={"otherwise": "message", "busy": "message"})
    assert compare(twice, flow(start=rings(DESK, to="again"), again=busy, message=Voicemail())).same


def test_what_nobody_can_judge_is_told_and_not_called_different() -> None:
    node = VendorNode(provider="vinix", word="pivot", exits={"_": "desk"})
    one = flow(start=node, desk=rings(DESK), message=Voicemail())
    assert str(compare(one, flow(start=Voicemail()))) == "same, except behind pivot at start, which nobody can judge"
    assert not compare(one, flow(start=node, desk=rings(CELL), message=Voicemail())).same


def test_what_nobody_can_judge_is_told_by_where_it_stands_once() -> None:
    """The calls that come to it in one flow are at two places of the other."""
    one = Flow(start="start", nodes={"start": CallerMatch(pattern="7$", exits={"match": "a", "no_match": "b"}), **SAYS})
    other = Flow(start="pivot", nodes={"pivot": VendorNode(provider="vinix", word="pivot", data={"url": "x"})})
    for found in (compare(one, other), compare(other, one)):
        assert str(found) == "same, except behind pivot at pivot, which nobody can judge"


SAYS = {"a": Announce(prompt=Speech("A.")), "b": Announce(prompt=Speech("B."))}


def test_an_end_of_which_only_the_second_carrier_says_nothing_is_a_difference_where_the_first_rings_somebody() -> None:
    empty = flow(start=VendorNode(provider="convirza-v2", word="default_ringto"))
    rung = flow(start=rings(DESK), message=Voicemail())
    assert not compare(rung, empty).same
    assert compare(empty, rung).same


def test_what_the_second_carrier_does_not_say_is_no_difference_where_a_call_comes_to_the_same_menu_again_in_silence() -> None:
    def menus(behind: Node) -> Flow:
        asked = Menu(greeting=Speech("Press 1."), retries=1, exits={"1": "on", "exhausted": "end"})
        back = CallerMatch(pattern="^$", exits={"match": "end", "no_match": "start"})
        other = Menu(greeting=Speech("Press 2."), retries=1, exits={"2": "start"})
        return flow(start=asked, on=behind, back=back, other=other, desk=rings(DESK, to="start"), end=Hangup())

    empty = menus(VendorNode(provider="convirza-v2", word="default_ringto"))
    for unheard, places in (("start", {"start"}), ("back", {"start", "end"})):
        found = compare(menus(RecordCall(exits={"next": unheard})), empty)
        assert (found.same, {one.left for one in found.behind}) == (True, places)
    for heard in ("other", "desk"):
        assert not compare(menus(RecordCall(exits={"next": heard})), empty).same
    noticed = flow(start=Menu(greeting=Speech("Hello."), notice=Speech("Press 1."), retries=1))
    greeted = Announce(prompt=Speech("Hello."), exits={"next": "on"})
    assert not compare(noticed, flow(start=greeted, on=VendorNode(provider="convirza-v2", word="default_ringto"))).same


def holidays(*days: date) -> Flow:
    closed = Hours(name="closed", recurrences=tuple(Recurrence(frequency="once", first=day) for day in days))
    schedule = Schedule(timezone="America/New_York", hours=(closed, opened((9, 17))), exits={"closed": "message", "open": "desk"})
    return flow(start=schedule, desk=rings(DESK), message=Voicemail())


NOW = datetime(2026, 11, 21, tzinfo=UTC)
EASTER = date(2020, 4, 13)


def test_a_holiday_of_years_ago_is_no_difference_from_now_on_and_is_told() -> None:
    one, other = holidays(EASTER), holidays()
    assert not compare(one, other).same
    found = compare(one, other, since=NOW)
    assert found.same and found.past is not None and found.past.call is not None and found.past.call.at.date() == EASTER
    assert str(found).startswith("same; before 2026-11-21 it was different: Monday 2020-04-13 09:30 EDT: before, voicemail; after,")
    assert str(compare(one, one, since=NOW)) == "same"


def test_calls_from_a_moment_on_are_the_later_ones_of_that_day_too() -> None:
    one, other = holidays(date(2026, 11, 23)), holidays()
    assert not compare(one, other, since=datetime(2026, 11, 24, 4, 59, tzinfo=UTC)).same
    assert compare(one, other, since=datetime(2026, 11, 24, 5, tzinfo=UTC)).same


@pytest.mark.parametrize("since", [None, NOW])
def test_the_call_that_differs_is_none_of_those_that_are_over(since: datetime | None) -> None:
    found = compare(holidays(EASTER, date(2027, 5, 3)), holidays(), since=since)
    assert found.call is not None and found.call.at.date() == date(2027, 5, 3)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(FlowError, match="has a time zone"):
        compare(holidays(), holidays(), since=datetime(2026, 11, 21))


BOX = Reference("vinix", "box", "7")
SPEECH = Speech("Hello.", voice="female", language="en-US")


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (Fax(recipients=("a@example.com",)), Fax(recipients=("b@example.com",)), "fax to a@example.com"),
        (Fax(box=BOX, recipients=("a@example.com",)), Fax(box=BOX), "fax to a@example.com"),
        (Queue(queue=BOX, priority=3), Queue(queue=BOX, priority=5), "queue priority 3"),
        (Announce(prompt=SPEECH), Announce(prompt=evolve(SPEECH, voice="male")), "voice female, spoken in en-US"),
        (
            Menu(greeting=SPEECH, retries=1),
            Menu(greeting=evolve(SPEECH, language=None), retries=1),
            "voice female, spoken in en-US",
        ),
        (Voicemail(greeting=SPEECH), Voicemail(greeting=evolve(SPEECH, language="fr-FR")), "voice female, spoken in en-US"),
    ],
)
def test_who_gets_a_fax_who_comes_first_and_who_speaks_are_told_as_settings(one: Node, other: Node, words: str) -> None:
    found = compare(flow(start=one), flow(start=other))
    assert found.same
    assert [", ".join(setting.left) for setting in found.settings] == [words]
    assert compare(flow(start=one), flow(start=one)).settings == ()


def test_the_numbers_by_which_calls_come_in_are_told_apart_from_what_they_meet() -> None:
    def at(*numbers: str) -> Flow:
        return evolve(flow(start=Voicemail()), entry_points=tuple(EntryPoint("number", number) for number in numbers))

    found = compare(at("+12025550100", "+12025550101"), at("+12025550102", "+12025550101"))
    assert found.same and found.settings == ()
    assert str(found.entrances) == "before: +1 202 555 0100; after: +1 202 555 0102"
    assert compare(at("+12025550100", "+12025550101"), at("+12025550101", "+12025550100")).entrances is None
