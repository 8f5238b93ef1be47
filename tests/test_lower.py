"""Lowering: each rule on a small flow, and what holds for all of them."""

from __future__ import annotations

from collections import Counter

import pytest
from attrs import evolve
from hypothesis import given

from tests.strategies.flows import flows
from tests.support import work
from unicall.adapter import Holds, Room, find, providers
from unicall.graph import (
    NEXT,
    OTHERWISE,
    Announce,
    CallerMatch,
    Flow,
    Hangup,
    Menu,
    Node,
    PhoneNumber,
    Place,
    Queue,
    RecordCall,
    Reference,
    Region,
    Ring,
    RingTarget,
    Schedule,
    SetVariable,
    Speech,
    Split,
    Subflow,
    VendorNode,
    Voicemail,
    walk,
)
from unicall.hours import DAY, Hours, Recurrence
from unicall.lower import COPIES_AT_MOST, Lowered, lower, two_digits

TREE = Holds(places={"start": {Menu: Room(exits={"*": "start"}), Ring: Room(exits={OTHERWISE: "start"}), Voicemail: Room()}})
OUTLINING = evolve(TREE, outlines=True)
HUNT = Holds(places={"start": {Ring: Room(exits={OTHERWISE: "start"})}}, in_turn=False)
API19, CONVIRZA, VINIX = (find(name).holds("record") for name in ("api19", "convirza-v2", "vinix"))


def phone(last: int) -> PhoneNumber:
    return PhoneNumber(f"+1202555{last:04}")


def ring(last: int = 1, /, **exits: str) -> Ring:
    return Ring(targets=(RingTarget(phone(last)),), exits=exits)


def say(text: str, to: str | None = None) -> Announce:
    return Announce(prompt=Speech(text), exits={} if to is None else {NEXT: to})


def lowered(holds: Holds, /, start: Node, **nodes: Node) -> Lowered:
    return lower(Flow(start="start", nodes={"start": start, **nodes}), holds, "Target")


def codes(result: Lowered) -> list[str]:
    return sorted({loss.code for loss in result.losses})


def rung(result: Lowered) -> list[str]:
    """The numbers that are left, in the order of the walk."""
    return [
        t.target.number for _, n in walk(result.flow) if isinstance(n, Ring) for t in n.targets if isinstance(t.target, PhoneNumber)
    ]


def last_digits(result: Lowered) -> list[int]:
    return [int(number[-4:]) for number in rung(result)]


# Joins and loops.


@pytest.mark.parametrize("holds", [TREE, OUTLINING], ids=["tree", "outlining"])
def test_a_shared_part_is_copied_and_that_is_said_with_the_number_of_copies(holds: Holds) -> None:
    result = lowered(holds, Menu(exits={"1": "box", "2": "box", "3": "box"}), box=Voicemail())
    assert list(result.flow.nodes) == ["start", "1", "2", "3"]
    assert [result.came_from[at] for at in result.flow.nodes] == ["start", "box", "box", "box"]
    assert [(loss.code, loss.node, loss.words["copies"]) for loss in result.losses] == [("UC201", "box", 3)]


def chain(length: int) -> dict[str, Node]:
    nodes: dict[str, Node] = {f"r{n}": ring(n, otherwise=f"r{n + 1}") for n in range(length)}
    return nodes | {f"r{length - 1}": ring(length - 1)}


@pytest.mark.parametrize(("length", "expected"), [(COPIES_AT_MOST, "UC201"), (COPIES_AT_MOST + 1, "UC202")])
def test_a_shared_part_is_copied_up_to_fifty_added_nodes_and_outlined_beyond(length: int, expected: str) -> None:
    result = lowered(OUTLINING, Menu(exits={"1": "r0", "2": "r0"}), **chain(length))
    assert codes(result) == [expected]
    assert len(result.flow.nodes) == 1 + length * (2 if expected == "UC201" else 1)


def test_a_loop_is_outlined_where_a_part_can_be_a_flow_of_its_own() -> None:
    result = lowered(OUTLINING, Menu(exits={"1": "r"}), r=ring(1, otherwise="start"))
    assert codes(result) == ["UC202"]
    assert result.flow.nodes["1"].exits == {OTHERWISE: "start"}


@pytest.mark.parametrize("holds", [TREE, API19], ids=["tree", "api19"])
def test_a_loop_is_lost_where_there_is_no_subroutine(holds: Holds) -> None:
    result = lowered(holds, ring(1, otherwise="r"), r=ring(2, otherwise="start"))
    assert [(loss.code, loss.node, loss.words["to"]) for loss in result.losses] == [("UC203", "r", "start")]
    assert last_digits(result) == [1, 2]


def test_a_part_too_large_to_copy_is_lost_where_there_is_no_subroutine() -> None:
    """Three menus of 20 keys that all lead to the next one are 8421 nodes as a tree."""
    keys = [str(n) for n in range(20)]
    menus = {at: Menu(exits=dict.fromkeys(keys, to)) for at, to in (("b", "c"), ("c", "r"))}
    result = lowered(CONVIRZA, Menu(exits=dict.fromkeys(keys, "b")), **menus, r=ring())
    assert len(result.flow.nodes) <= 23 + COPIES_AT_MOST * 23
    assert "UC203" in codes(result)


def test_the_way_back_to_the_menu_above_is_kept_where_a_key_can_say_it() -> None:
    result = lowered(CONVIRZA, Menu(exits={"1": "sub"}), sub=Menu(exits={"1": "r", "9": "start"}), r=ring())
    assert result.flow.nodes["1"].exits["9"] == "start"
    assert "UC203" not in codes(result)


def test_a_node_that_a_label_start_leads_to_does_not_take_the_place_of_the_start() -> None:
    result = lowered(VINIX, Menu(exits={"1": "h"}), h=Hangup())
    assert list(result.flow.nodes) == ["start", "1"]
    daily = Recurrence(frequency="daily", start=0, end=3600)
    hours = Schedule(hours=(Hours(name="start", recurrences=(daily,)),), exits={"start": "a", OTHERWISE: "b"})
    result = lowered(VINIX, hours, a=ring(1), b=ring(2))
    assert Counter(type(node) for node in result.flow.nodes.values()) == {Schedule: 1, Ring: 2}
    assert last_digits(result) == [1, 2]


# Rings.


def group(timeout: float | None, own: float | None = 20, **facts: object) -> Ring:
    targets = tuple(RingTarget(phone(n), timeout=own) for n in (1, 2, 3))
    return Ring(targets=targets, timeout=timeout, order="in turn", **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("timeout", "times"), [(20, [20]), (50, [20, 20, 10]), (60, [20, 20, 20]), (90, [20, 20, 20]), (None, [20, 20, 20]), (7, [7])]
)
@pytest.mark.parametrize("holds", [HUNT, API19, CONVIRZA], ids=["hunt", "api19", "convirza"])
def test_a_group_in_turn_becomes_steps_with_what_is_left_of_the_whole_time(
    holds: Holds, timeout: float | None, times: list[float]
) -> None:
    result = lowered(holds, group(timeout))
    assert [node.timeout for node in result.flow.nodes.values() if isinstance(node, Ring)] == times
    assert last_digits(result) == [1, 2, 3][: len(times)]
    assert "UC204" in codes(result)


def test_targets_without_a_time_of_their_own_ring_for_the_whole() -> None:
    result = lowered(HUNT, group(30, own=None))
    assert [node.timeout for node in result.flow.nodes.values() if isinstance(node, Ring)] == [30]


def test_repeats_become_steps() -> None:
    result = lowered(HUNT, evolve(group(30), repeats=2, order="together", exits={"no_answer": "x"}), x=ring(9))
    assert last_digits(result) == [1, 2, 3, 1, 2, 3, 9]
    assert [node.timeout for node in result.flow.nodes.values() if isinstance(node, Ring)][:2] == [30, 30]


def test_a_step_that_does_not_fit_any_more_is_lost_and_not_silent() -> None:
    """Convirza has one number and twelve overflow numbers; a group of twenty became thirteen steps and a note."""
    targets = tuple(RingTarget(phone(n), timeout=6) for n in range(20))
    result = lowered(CONVIRZA, Ring(targets=targets, order="in turn"))
    gone = set(range(20)) - set(last_digits(result))
    assert gone
    named = {str(loss.words.get("what"))[-4:] for loss in result.losses if loss.code == "UC303"}
    assert {f"{n:04}" for n in gone} <= named


def test_a_try_that_does_not_fit_any_more_is_one_try_less_and_loses_nobody() -> None:
    """Convirza can ring together only at first."""
    result = lowered(CONVIRZA, evolve(group(30), repeats=2, order="together"))
    assert last_digits(result) == [1, 2, 3]
    assert [(loss.code, loss.field) for loss in result.losses if loss.code != "UC204"] == [("UC302", "repeats")]


def test_repeats_that_are_too_many_to_be_unrolled_are_said() -> None:
    result = lowered(HUNT, Ring(targets=(RingTarget(phone(1), timeout=6),), repeats=100))
    assert len(result.flow.nodes) == 100 or codes(result) != ["UC204"], "half of the tries are gone, and only a note"


def test_weights_are_not_kept_by_a_hunt_and_that_is_a_change() -> None:
    assert codes(lowered(HUNT, evolve(group(None), order="weighted"))) == ["UC302"]


def test_outcomes_are_merged_and_the_way_of_no_answer_survives() -> None:
    result = lowered(HUNT, ring(1, busy="b", no_answer="n"), b=ring(2), n=ring(3))
    assert last_digits(result) == [1, 3]
    assert ("UC206", "busy", "no_answer") in [(loss.code, loss.words["exit"], loss.words["to"]) for loss in result.losses]


def test_outcomes_that_go_the_same_way_are_no_loss() -> None:
    everything = dict.fromkeys(("busy", "declined", "unreachable", "no_answer"), "n")
    assert codes(lowered(evolve(HUNT), Ring(targets=(RingTarget(phone(1)),), exits=everything), n=ring(2))) in ([], ["UC201"])


def test_an_outcome_that_ended_the_call_and_now_goes_on_is_said() -> None:
    result = lowered(HUNT, ring(1, no_answer="n"), n=ring(2))
    assert [loss.words["exit"] for loss in result.losses if loss.code == "UC206"] == ["busy", "declined", "unreachable"]


ENDING = Holds(places={"start": {Announce: Room(exits={NEXT: "start"}), Ring: Room(), Hangup: Room()}}, says_end=True)


def test_an_end_behind_what_a_call_passes_is_said_where_the_target_has_to_be_told() -> None:
    result = lowered(ENDING, say("Bye."))
    assert [type(node) for _, node in walk(result.flow)] == [Announce, Hangup]
    assert (dict(result.came_from), result.losses) == ({"start": "start"}, ())
    assert len(lowered(evolve(ENDING, says_end=False), say("Bye.")).flow.nodes) == 1


def test_no_end_is_said_where_a_destination_was_lost() -> None:
    result = lowered(ENDING, say("Wait.", "q"), q=Queue(queue=None))
    assert (len(result.flow.nodes), codes(result)) == (1, ["UC215", "UC218"])


@pytest.mark.parametrize("rings", [ring(1), group(30)], ids=["a ring", "a group"])
def test_a_call_that_nobody_answers_ends_where_it_ended_whatever_follows_another_outcome(rings: Ring) -> None:
    result = lowered(HUNT, evolve(rings, exits={"busy": "b", "vinix/UNALLOCATED_NUMBER": "u"}), b=ring(8), u=ring(9))
    assert not {8, 9} & set(last_digits(result))
    said = [(loss.words["exit"], loss.words["exit_of"]) for loss in result.losses if loss.code == "UC206"]
    assert said == [("busy", "busy"), ("vinix/UNALLOCATED_NUMBER", "vinix/UNALLOCATED_NUMBER")]
    assert dict(result.dropped).keys() >= {"b", "u"}


def test_an_exit_named_by_the_code_of_no_answer_is_that_of_no_answer() -> None:
    result = lowered(HUNT, ring(1, busy="b", **{"vinix/sip:480": "n"}), b=ring(2), n=ring(3))
    assert last_digits(result) == [1, 3]


def test_outcomes_of_a_group_that_ended_the_call_and_now_go_on_are_said_at_the_group() -> None:
    result = lowered(HUNT, evolve(group(30), exits={"no_answer": "n"}), n=ring(9))
    assert [(loss.words["exit"], loss.words["exit_of"]) for loss in result.losses if loss.code == "UC206"] == [
        ("busy", ""),
        ("declined", ""),
        ("unreachable", ""),
    ]


def test_targets_that_cannot_ring_are_taken_off_one_by_one() -> None:
    device = Reference("vinix", "device", "d")
    result = lowered(API19, Ring(targets=tuple(RingTarget(t) for t in (device, phone(1), phone(2), phone(3)))))
    assert last_digits(result) == [1, 2]
    assert [(loss.code, loss.field) for loss in result.losses] == [("UC223", "targets.0.target"), ("UC303", "targets.3.target")]


def test_a_ring_with_no_target_left_is_passed() -> None:
    gone = Ring(targets=(RingTarget(Reference("vinix", "device", "d")),), exits={"no_answer": "x", OTHERWISE: "x"})
    result = lowered(API19, gone, x=ring(1))
    assert last_digits(result) == [1]
    assert result.dropped == {"start": "UC223"}


# Branches.


@pytest.mark.parametrize(
    ("exits", "kept"), [({"2": "a", "1": "b", "no_input": "c"}, 3), ({"2": "a", "1": "b"}, 2), ({"2": "a", "exhausted": "c"}, 3)]
)
def test_a_menu_is_replaced_by_its_silence_else_by_its_lowest_key(exits: dict[str, str], kept: int) -> None:
    result = lowered(API19, Menu(exits=exits), a=ring(1), b=ring(2), c=ring(3))
    assert last_digits(result) == [kept]
    assert "UC208" in codes(result)


def test_the_lowest_key_is_the_lowest_number() -> None:
    assert last_digits(lowered(API19, Menu(exits={"10": "a", "9": "b"}), a=ring(10), b=ring(9))) == [9]


def window(start: int, end: int, **facts: object) -> Recurrence:
    return Recurrence(frequency="daily", start=start * 3600, end=end * 3600, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(("end", "kept"), [(23, 1), (10, 2)])
def test_a_schedule_is_replaced_by_the_exit_that_is_open_longest(end: int, kept: int) -> None:
    hours = Schedule(hours=(Hours(name="open", recurrences=(window(9, end),)),), exits={"open": "a", OTHERWISE: "b"})
    result = lowered(API19, hours, a=ring(1), b=ring(2))
    assert last_digits(result) == [kept]
    assert codes(result) == ["UC209"]


def test_hours_that_lie_behind_others_count_for_what_is_left_of_them() -> None:
    first, second = Hours(name="first", recurrences=(window(0, 13),)), Hours(name="second", recurrences=(window(0, 24),))
    result = lowered(API19, Schedule(hours=(first, second), exits={"second": "b", "first": "a"}), a=ring(1), b=ring(2))
    assert last_digits(result) == [1]


def test_a_split_is_replaced_by_its_largest_share() -> None:
    result = lowered(
        API19, Split(shares={"a": 30, "b": 50, "c": 20}, exits={"a": "a", "b": "b", "c": "c"}), a=ring(1), b=ring(2), c=ring(3)
    )
    assert (last_digits(result), codes(result)) == ([2], ["UC210"])


@pytest.mark.parametrize(
    ("node", "code"),
    [
        (Region(places=(Place("Boise"),), exits={"Boise": "a", OTHERWISE: "b"}), "UC212"),
        (CallerMatch(pattern="^1", exits={"match": "a", "no_match": "b"}), "UC222"),
        (VendorNode(provider="vinix", word="x", passes="_", exits={"1": "a", "_": "b"}), "UC214"),
        (SetVariable(values={"a": 1}, exits={NEXT: "b"}), "UC217"),
        (say("Hello.", "b"), "UC216"),
        (Voicemail(exits={NEXT: "b"}), "UC218"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_node_that_cannot_be_held_is_passed_by_the_way_of_most_callers(node: Node, code: str) -> None:
    result = lowered(API19, node, a=ring(1), b=ring(2))
    assert last_digits(result) == [2]
    assert code in codes(result)
    assert result.dropped["start"] == code


def test_a_vendor_node_that_passes_nowhere_ends_its_branch() -> None:
    result = lowered(API19, VendorNode(provider="vinix", word="x", exits={"1": "a"}), a=ring(1))
    assert (result.flow.start, codes(result)) == (None, ["UC214", "UC215"])


# Hours.


def test_a_window_over_midnight_is_split_and_rings_at_the_same_hours() -> None:
    night = window(22, 6, overnight=True)
    result = lowered(VINIX, Schedule(hours=(Hours(name="night", recurrences=(night,)),), exits={"night": "a"}), a=ring())
    node = result.flow.nodes["start"]
    assert isinstance(node, Schedule)
    assert [(r.start, r.end, r.overnight) for r in node.hours[0].recurrences or ()] == [
        (22 * 3600, DAY, False),
        (0, 6 * 3600, False),
    ]
    assert codes(result) == ["UC205"]


def keyed(*hours: Hours, **exits: str) -> tuple[Menu, dict[str, Node]]:
    nodes: dict[str, Node] = {name: ring(n) for n, name in enumerate("abc", 1)}
    return Menu(exits={"1": "hours"}), {"hours": Schedule(timezone="America/Denver", hours=hours, exits=exits), **nodes}


def test_hours_with_several_windows_become_entries_with_one_destination() -> None:
    start, nodes = keyed(Hours(name="open", recurrences=(window(8, 12), window(13, 17))), open="a", otherwise="b")
    result = lowered(CONVIRZA, start, **nodes)
    node = next(n for n in result.flow.nodes.values() if isinstance(n, Schedule))
    assert [len(h.recurrences or ()) for h in node.hours] == [1, 1]
    assert last_digits(result) == [1, 1, 2]
    assert "UC226" in codes(result)


def test_entries_that_several_windows_became_never_take_the_name_of_other_hours() -> None:
    open_, other = Hours(name="o", recurrences=(window(1, 2), window(3, 4))), Hours(name="o~2", recurrences=(window(5, 6),))
    start, nodes = keyed(open_, other, **{"o": "a", "o~2": "b"})
    result = lowered(CONVIRZA, start, **nodes)
    assert last_digits(result) == [1, 1, 2]


def test_hours_that_cannot_be_said_go_as_if_they_never_held() -> None:
    fair = Hours(name="fair", recurrences=(Recurrence(frequency="monthly", weekdays=("MO",), ordinal=1),))
    start, nodes = keyed(Hours(name="open", recurrences=(window(8, 12),)), fair, open="a", fair="b", otherwise="c")
    result = lowered(CONVIRZA, start, **nodes)
    assert last_digits(result) == [1, 3]
    assert "UC225" in codes(result)


# What leads nowhere any more.

FOREIGN = VendorNode(provider="elsewhere", word="x")
_OPEN, _FAIR = Hours(name="open", recurrences=(window(8, 12),)), Hours(name="fair", recurrences=(window(13, 17),))


def behind(result: Lowered, label: str) -> Node | None:
    """What follows this exit of the only schedule."""
    node = next(n for n in result.flow.nodes.values() if isinstance(n, Schedule))
    to = node.exits.get(label)
    return None if to is None else result.flow.nodes[to]


@pytest.mark.parametrize("name", ["vinix", "convirza-v3"])
def test_hours_whose_destination_cannot_be_held_end_the_call_and_do_not_ring_the_default(name: str) -> None:
    start, nodes = keyed(_OPEN, open="gone", otherwise="b")
    result = lowered(find(name).holds("record"), start, **nodes, gone=FOREIGN)
    assert isinstance(behind(result, "open"), Hangup)
    assert last_digits(result) == [2]
    assert {"UC214", "UC221"} <= set(codes(result))
    assert result.came_from[result.flow.nodes["1"].exits["open"]] == "gone"


@pytest.mark.parametrize(("end", "code"), [(FOREIGN, "UC214"), (Hangup(), "UC216"), (Queue(queue=None), "UC218")])
def test_hours_where_no_hang_up_can_stand_name_nobody(end: Node, code: str) -> None:
    start, nodes = keyed(_OPEN, open="end", otherwise="b")
    result = lowered(CONVIRZA, start, **nodes, end=end)
    assert behind(result, "open") == VendorNode(provider="convirza-v2", word="ring_to")
    assert last_digits(result) == [2]
    assert {code, "UC221"} <= set(codes(result))


@pytest.mark.parametrize("name", ["vinix", "convirza-v3"])
def test_a_place_whose_way_back_is_lost_ends_the_call(name: str) -> None:
    start = Menu(exits={"1": "region"})
    region = Region(places=(Place("Boise"),), exits={"Boise": "start", OTHERWISE: "b"})
    result = lowered(find(name).holds("record"), start, region=region, b=ring(2))
    ends = [at for at, node in result.flow.nodes.items() if isinstance(node, Hangup)]
    assert (ends, "UC203" in codes(result)) == ((["1.Boise"], True) if name == "convirza-v3" else ([], False))


def test_an_outcome_that_leads_round_in_circles_ends_the_call_where_another_would_be_taken() -> None:
    left, right = (VendorNode(provider="elsewhere", word="x", passes="_", exits={"_": to}) for to in ("right", "left"))
    result = lowered(VINIX, ring(1, busy="left", otherwise="b"), left=left, right=right, b=ring(2))
    assert isinstance(result.flow.nodes["busy"], Hangup)
    assert last_digits(result) == [1, 2]


def test_silence_that_leads_nowhere_any_more_is_no_other_try_at_the_menu() -> None:
    result = lowered(VINIX, Menu(exits={"no_input": "gone", "exhausted": "b"}), gone=FOREIGN, b=ring(2))
    assert isinstance(result.flow.nodes["no_input"], Hangup)


@pytest.mark.parametrize("exits", [{"open": "gone"}, {"open": "a", OTHERWISE: "gone"}], ids=["no default", "the default itself"])
def test_an_exit_without_which_the_call_ends_anyway_gets_no_hang_up(exits: dict[str, str]) -> None:
    start, nodes = keyed(_OPEN, **exits)
    result = lowered(VINIX, start, **nodes, gone=FOREIGN)
    assert not any(isinstance(node, Hangup) for node in result.flow.nodes.values())


@pytest.mark.parametrize("name", ["convirza-v2", "convirza-v3"])
def test_hours_without_an_exit_say_where_all_others_go_where_the_target_has_to_be_told(name: str) -> None:
    start, nodes = keyed(_OPEN, _FAIR, open="a", otherwise="b")
    result = lowered(find(name).holds("record"), start, **nodes)
    assert behind(result, "fair") == ring(2)
    assert result.losses == ()
    assert behind(lowered(VINIX, start, **nodes), "fair") is None


def test_a_place_without_an_exit_goes_where_all_others_go_but_a_list_that_nobody_knows_does_not() -> None:
    listed = Place("17", reference=Reference("convirza-v2", "location", "17"))
    region = Region(places=(Place("Boise"), listed), exits={OTHERWISE: "b"})
    result = lowered(CONVIRZA, region, b=ring(2))
    assert list(result.flow.nodes["start"].exits) == ["Boise", OTHERWISE]


# Recordings, jumps, ends.


def test_a_recording_moves_before_the_announcements_around_it() -> None:
    result = lowered(CONVIRZA, say("a", "r"), r=RecordCall(exits={NEXT: "b"}), b=ring())
    assert [type(node) for _, node in walk(result.flow)][:2] == [RecordCall, Announce]
    assert codes(result) == ["UC220"]


def test_a_recording_that_moves_does_not_lead_callers_to_an_announcement_they_never_met() -> None:
    """Key 1 hears b and a, key 2 hears a alone; both are recorded."""
    nodes = {"b": say("b", "a"), "a": say("a", "r"), "r": RecordCall(exits={NEXT: "x"}), "x": ring()}
    result = lowered(CONVIRZA, Menu(exits={"1": "b", "2": "a"}), **nodes)
    heard: list[str] = []
    at: str | None = result.original.nodes["start"].exits["2"]
    while at is not None:
        node = result.original.nodes[at]
        if isinstance(node, Announce) and isinstance(node.prompt, Speech):
            heard.append(node.prompt.text)
        at = node.exits.get(NEXT)
    assert heard == ["a"]


def jump(to: str) -> Subflow:
    return Subflow(flow=Reference("vinix", "flow", to))


def test_a_jump_into_a_flow_that_came_along_goes_on_there() -> None:
    sub = Flow(start="a", nodes={"a": ring(2, otherwise="b"), "b": ring(3)})
    flow = Flow(start="start", nodes={"start": ring(1, otherwise="j"), "j": jump("f")}, subflows={"f": sub})
    result = lower(flow, API19, "API19")
    assert last_digits(result) == [1, 2, 3]
    assert "UC224" in codes(result)


def test_a_circle_of_nothing_but_jumps_ends_nowhere() -> None:
    subs = {name: Flow(start="a", nodes={"a": jump(to)}) for name, to in (("f", "g"), ("g", "f"))}
    result = lower(Flow(start="start", nodes={"start": ring(1, otherwise="j"), "j": jump("f")}, subflows=subs), API19, "API19")
    assert last_digits(result) == [1]


def test_a_circle_of_jumps_and_rings_is_a_loop() -> None:
    sub = Flow(start="a", nodes={"a": ring(2, otherwise="b"), "b": jump("f")})
    flow = Flow(start="start", nodes={"start": jump("f")}, subflows={"f": sub})
    result = lower(flow, API19, "API19")
    assert last_digits(result) == [2]
    assert {"UC224", "UC203"} <= set(codes(result))


def test_with_nothing_left_there_is_no_start_and_no_hang_up() -> None:
    for holds in (API19, CONVIRZA):
        result = lowered(holds, say("Hello.", "v"), v=CallerMatch(pattern="^1", exits={"match": "r"}), r=ring())
        if result.flow.start is None:
            assert "UC215" in codes(result)
        assert not any(isinstance(node, Hangup) for node in result.flow.nodes.values())


def test_a_flow_that_was_empty_is_no_loss() -> None:
    assert lower(Flow(), API19, "API19").losses == ()


def test_a_target_with_joins_and_loops_takes_any_flow_as_it_is() -> None:
    flow = Flow(start="start", nodes={"start": Menu(exits={"1": "start"})})
    assert lower(flow, find("unicall").holds("record"), "unicall").flow is flow


@pytest.mark.parametrize(("low", "high"), [(0, 100), (5, 30), (99, 100), (0, 1), (10, 90), (33, 67), (0, 33)])
def test_a_share_takes_exactly_its_part_of_the_last_two_digits(low: int, high: int) -> None:
    import re

    pattern = re.compile(two_digits(low, high))
    assert [n for n in range(100) if pattern.search(f"+120255501{n:02}")] == list(range(low, high))


# What holds for every flow and every target.


def held(flow: Flow, holds: Holds) -> None:
    """Every node may stand where it stands, and every exit may be there."""
    todo = [] if flow.start is None else [(flow.start, holds.start)]
    seen: set[tuple[str, str]] = set()
    while todo:
        at, place = todo.pop()
        if (at, place) in seen:
            continue
        seen.add((at, place))
        node = flow.nodes[at]
        rooms = holds.places[place]
        assert type(node) in rooms, f"{type(node).__name__} in {place}"
        room = rooms[type(node)]
        assert room.takes(node)
        for label, to in node.exits.items():
            assert label in room.exits or ("*" in room.exits and room.labels(label)), label
            if not (holds.back_to_parent_menu and isinstance(flow.nodes[to], Menu) and isinstance(node, Menu)):
                todo.append((to, room.behind(node, label)))


@pytest.mark.parametrize("provider", providers())
@given(flow=flows())
def test_any_flow_is_lowered_to_what_the_target_holds_and_then_stays(provider: str, flow: Flow) -> None:
    holds = find(provider).holds("record")
    once = lower(flow, holds, provider)
    if not (holds.joins and holds.loops):
        held(once.flow, holds)
        told = {at for at, node in once.flow.nodes.items() if holds.says_end and not node.exits and at not in once.came_from}
        assert all(type(once.flow.nodes[at]) in (Hangup, VendorNode) for at in told)
        assert set(once.came_from) == set(once.flow.nodes) - told
        assert set(once.came_from.values()) <= set(once.original.nodes)
    again = lower(once.flow, holds, provider)
    assert again.flow == once.flow
    assert {loss.code for loss in again.losses} <= {"UC202"}


@pytest.mark.parametrize("provider", ["api19", "convirza-v2", "vinix"])
def test_cost_grows_with_the_width_of_a_flow_and_no_faster(provider: str) -> None:
    def cost(width: int) -> int:
        nodes: dict[str, Node] = {f"n{n}": ring(n % 10_000) for n in range(width)}
        flow = Flow(start="start", nodes={"start": Menu(exits={str(n): f"n{n}" for n in range(width)}), **nodes})
        return work(lambda: lower(flow, find(provider).holds("record"), provider))

    assert cost(4_000) < 8 * 1.5 * cost(500)


def test_cost_grows_with_the_announcements_before_a_recording_and_no_faster() -> None:
    def cost(length: int) -> int:
        nodes: dict[str, Node] = {f"n{n}": say("x", f"n{n + 1}") for n in range(length)}
        nodes |= {f"n{length}": RecordCall(exits={NEXT: "r"}), "r": ring()}
        return work(lambda: lower(Flow(start="n0", nodes=nodes), CONVIRZA, "Convirza"))

    assert cost(800) < 8 * 1.5 * cost(100)
