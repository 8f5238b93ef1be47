"""How a difference is told, sentence by sentence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from attrs import evolve

from unicall import Call, Flow, compare
from unicall.behave import words
from unicall.behave.calls import Step
from unicall.behave.spots import Choice
from unicall.graph import (
    Announce,
    Hangup,
    Menu,
    Node,
    Pause,
    PhoneNumber,
    Place,
    Reference,
    Region,
    Ring,
    RingTarget,
    Schedule,
    Speech,
    Split,
    VendorNode,
    Voicemail,
)
from unicall.hours import Hours, Recurrence

DESK = Ring(targets=(RingTarget(PhoneNumber("+12025550142")),), timeout=20, exits={"otherwise": "message"})
SATURDAY = Recurrence(frequency="weekly", weekdays=("SA",), start=9 * 3600, end=12 * 3600)
BYE = Hangup()
CHRISTMAS = Recurrence(frequency="yearly", month=12, month_days=(25,))


def told(start: Node, one: Node, other: Node = BYE, **nodes: Node) -> str:
    """The sentence for a flow in which one node became another."""
    flow = Flow(start="start", nodes={"start": start, "node": one, "message": Voicemail(), "end": Hangup(), **nodes})
    return compare(flow, evolve(flow, nodes={**flow.nodes, "node": other})).sentence


def opened(*recurrences: Recurrence, closed: tuple[Recurrence, ...] = ()) -> Schedule:
    hours = (Hours(name="closed", recurrences=closed), Hours(name="open", recurrences=recurrences))
    exits = {"open": "menu", "closed": "node", "otherwise": "end"}
    return Schedule(timezone="America/New_York", hours=hours, exits=exits)


def test_hours_of_the_week_are_told_by_weekday_and_time() -> None:
    menu = Menu(retries=1, exits={"2": "node", "exhausted": "end"})
    wanted = "Saturday 09:30 EST, presses 2: before, +1 202 555 0142 rings 20 s, then voicemail; after, the call ends."
    assert told(opened(SATURDAY), DESK, menu=menu) == wanted


def test_a_holiday_is_told_by_its_date() -> None:
    sentence = told(opened(SATURDAY, closed=(CHRISTMAS,)), DESK, menu=Hangup())
    assert sentence.startswith("Friday 2026-12-25 00:30 EST: before, +1 202 555 0142 rings")


def test_what_is_heard_again_and_again_is_told_once() -> None:
    hold = Announce(prompt=Speech("Hold."), times=3, exits={"next": "message"})
    assert (
        told(Pause(seconds=1, exits={"next": "node"}), hold)
        == "any call: before, hears 'Hold.' 3 times, then voicemail; after, the call ends."
    )


def test_names_that_are_long_ids_are_told_by_their_beginning() -> None:
    box = Voicemail(
        mailbox=Reference("vinix", "mailbox", "196c71c1a0b3fe0573f31d9682cf5869"), greeting=Reference("vinix", "audio", "7")
    )
    start = Announce(prompt=Reference("vinix", "audio", "7"), exits={"next": "node"})
    assert told(start, box) == "any call: before, voicemail in mailbox 196c71c1 (audio 7); after, the call ends."


def test_a_place_and_a_share_are_told() -> None:
    region = Region(places=(Place("St. George"),), exits={"St. George": "node", "otherwise": "end"})
    assert told(region, DESK).startswith("in St. George: before, ")
    assert told(Split(shares={"a": 20, "b": 80}, exits={"a": "end", "b": "node"}), DESK).startswith("drawn at 60 %: before, ")


def test_who_has_to_press_a_key_is_told() -> None:
    confirms = evolve(DESK, targets=(RingTarget(PhoneNumber("+12025550142"), confirm=True),))
    wanted = "+1 202 555 0142 answers: before, somebody answers; after, who answers has to press a key, then somebody answers."
    assert told(Pause(seconds=1, exits={"next": "node"}), DESK, confirms) == wanted


def test_a_call_behind_what_nobody_can_judge_is_told_by_the_exits_it_takes() -> None:
    on = Choice(leaves="_")
    call = Call(datetime(2026, 1, 5, tzinfo=UTC))
    assert words.told(call, [on] * 3) == "taking '_' 3 times, which nobody can judge"
    other = Choice(leaves="d0d6ed36d030c6dd74433fdffeb323a1")
    assert words.told(call, [on, other]) == "taking '_', then 'd0d6ed36', which nobody can judge"


def test_where_callers_are_placed_is_told_whole() -> None:
    ogden = Place(name="Ogden", city="Ogden")
    near = Region(by="nearest postal code", radius=12.5, ask=True, places=(ogden,), exits={"otherwise": "end"})
    placed = Flow(start="start", nodes={"start": near, "end": Hangup()})
    other = Flow(start="start", nodes={"start": DESK, "message": Voicemail()})
    assert "within 12.5 miles, keyed in" in compare(placed, other).sentence


def test_a_mailbox_where_two_rang_is_told() -> None:
    both = Ring(targets=(RingTarget(PhoneNumber("+12025550142")), RingTarget(PhoneNumber("+12025550143"))), timeout=20)
    sentence = told(Split(shares={"a": 50, "b": 50}, exits={"a": "node", "b": "end"}), Voicemail(), both)
    assert sentence.endswith("before, voicemail; after, +1 202 555 0142 and +1 202 555 0143 ring 20 s, then the call ends.")


def test_two_boxes_instead_of_one_are_told_by_their_names() -> None:
    made = Voicemail(mailbox=Reference("vinix", "mailbox", "new:office"))
    menu = Menu(greeting=Speech("Hello."), exits={"1": "message", "2": "node"})
    sentence = told(menu, made, Voicemail(), message=made)
    assert "before, voicemail in mailbox new:office; after, voicemail in the flow's own mailbox." in sentence


def test_prompts_that_begin_alike_are_told_whole() -> None:
    long = "We are closed for the holidays, and will be back in the office on the first Monday "
    may, june = (Announce(prompt=Speech(f"{long}of {month}.")) for month in ("May", "June"))
    sentence = told(Pause(seconds=1, exits={"next": "node"}), may, june)
    assert "Monday of May.'; after" in sentence
    assert sentence.endswith("Monday of June.'.")


def test_two_calls_that_go_round_for_ever_are_told_by_what_they_meet_again_and_again() -> None:
    rings = evolve(DESK, exits={"no_answer": "node"})
    back, stays = Voicemail(exits={"next": "start"}), Voicemail(exits={"next": "node"})
    assert told(rings, back, stays) == (
        "mailbox does not answer: before, +1 202 555 0142 rings 20 s, then voicemail, and so on for ever; "
        "after, voicemail, and so on for ever."
    )


def test_a_call_that_goes_round_differs_where_another_way_round_is_the_longer() -> None:
    """The second time round one says what the other does not; their steps until they begin to repeat themselves are the same."""

    def round_(said: str) -> Flow:
        ids = [str(at) for at in range(len(said))]
        follows = zip(ids, said, [*ids[1:], "0"], strict=True)
        return Flow(start="0", nodes={at: Announce(prompt=Speech(word), exits={"next": to}) for at, word, to in follows})

    assert compare(round_("ab"), round_("abb")).sentence == (
        "any call: before, hears 'a', then hears 'b', and so on for ever; "
        "after, hears 'b', then hears 'a', then hears 'b', and so on for ever."
    )


def test_a_named_box_instead_of_the_flow_s_own_is_told_by_both() -> None:
    own = Flow(start="start", nodes={"start": Voicemail(exits={"next": "start"})})
    named = evolve(own, nodes={"start": evolve(own.nodes["start"], mailbox=Reference("vinix", "mailbox", "B"))})  # type: ignore[call-arg]
    sentence = compare(named, own).sentence
    assert sentence == "any call: before, voicemail in mailbox B; after, voicemail in the flow's own mailbox."


def test_a_greeting_that_a_caller_records_is_noticed() -> None:
    menu = Menu(greeting=Speech("Hello."), retries=1, record_pin="77")
    sentence = told(Pause(seconds=1, exits={"next": "node"}), menu, evolve(menu, record_pin=None))
    assert sentence.startswith("presses 77: before, records the greeting, then hears 'Hello.'")


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        ("whisper Storm line", "whisper Storm line"),
        ("caller id Office", "caller id Office"),
        ("record off", "record off"),
        ("set a=b", "set a=b"),
        ("notify missed ann@example.com", "notify missed ann@example.com"),
    ],
)
def test_what_nobody_notices_is_told_with_its_first_word(effect: str, said: str) -> None:
    assert words.step(Step("effect", effect)) == said


def test_an_end_that_neither_names_makes_no_difference_behind_hours_that_neither_knows() -> None:
    hours = Schedule(hours=(Hours(name="h", recurrences=None),), exits={"h": "desk", "otherwise": "open"})
    nodes: dict[str, Node] = {
        "start": hours,
        "desk": DESK,
        "message": Voicemail(),
        "open": VendorNode(provider="x", word="ring_to"),
    }
    one = Flow(start="start", nodes=nodes)
    other = evolve(one, nodes={**nodes, "start": evolve(hours, exits={"h": "desk"})})
    assert compare(one, other).same
