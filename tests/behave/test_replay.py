"""Recorded calls, run through a flow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

import unicall
from tests.conftest import FIXTURES
from unicall import Call, Flow, simulate
from unicall.behave.machine import Machine
from unicall.behave.records import CallRecord, Outcome
from unicall.behave.replaying import replay
from unicall.behave.running import run
from unicall.graph import (
    CallerMatch,
    EntryPoint,
    Menu,
    Node,
    PhoneNumber,
    Ring,
    RingTarget,
    Schedule,
    Speech,
    Split,
    VendorNode,
    Voicemail,
    text_of,
)
from unicall.hours import Hours, Recurrence

DESK, CELL, NIGHT = (PhoneNumber(f"+1202555014{n}") for n in (2, 3, 4))
MONDAY = datetime(2026, 1, 5, 15, tzinfo=UTC)
OPEN = Hours(name="open", recurrences=(Recurrence(frequency="weekly", start=9 * 3600, end=17 * 3600),))


OUTCOMES: dict[str, Outcome] = {"answered": "answered", "voicemail": "voicemail", "hangup": "no_answer"}


def rings(target: PhoneNumber, **exits: str) -> Ring:
    return Ring(targets=(RingTarget(target),), timeout=20, exits=exits)


def flow(night: PhoneNumber = NIGHT, **more: Node) -> Flow:
    nodes = {
        "start": Schedule(timezone="America/New_York", hours=(OPEN,), exits={"open": "menu", "otherwise": "night"}),
        "menu": Menu(greeting=Speech("Press 1 or 2."), retries=2, exits={"1": "desk", "2": "cell", "exhausted": "message"}),
        "desk": rings(DESK, otherwise="message"),
        "cell": rings(CELL),
        "night": rings(night, otherwise="message"),
        "message": Voicemail(),
        **more,
    }
    return Flow(start="start", nodes=nodes, entry_points=(EntryPoint("number", "+12025550100"),))


def record(at: datetime, rang: str | None, outcome: Outcome | None = "answered", **facts: object) -> CallRecord:
    given = {"id": "1", "caller": "+18015550101", "dialled": "+12025550100", "disposition": outcome or "?", "seconds": 9.0}
    return CallRecord(started=at, rang=rang, outcome=outcome, flow=None, default_rang=None, **{**given, **facts})  # type: ignore[arg-type]


def test_a_call_that_ended_where_no_open_branch_rings_is_named_with_its_cause() -> None:
    found = replay(flow(), [record(MONDAY, DESK.number), record(MONDAY, NIGHT.number)])
    assert [(cause.count, cause.where) for cause in found.impossible] == [(1, NIGHT.number)]
    assert "ended at +1 202 555 0144, which no branch open at that time rings" in str(found)


def test_a_number_that_the_flow_never_rings_is_told_apart() -> None:
    found = replay(flow(), [record(MONDAY, "+12025550199")])
    assert "which this flow never rings" in str(found)


def test_a_call_comes_to_each_of_several_hours_a_little_later_than_to_the_one_before() -> None:
    """It came in before five, was asked for a key, and came to the second hours behind five."""
    again = Schedule(timezone="America/New_York", hours=(OPEN,), exits={"open": "desk", "otherwise": "cell"})
    two = flow(again=again, menu=Menu(greeting=Speech("Press 1."), retries=2, exits={"1": "again"}))
    before_five = datetime(2026, 1, 5, 21, 59, 30, tzinfo=UTC)
    assert replay(two, [record(before_five, CELL.number, seconds=60.0)]).agrees
    assert not replay(two, [record(before_five, CELL.number, seconds=10.0)]).agrees


def test_a_call_of_which_nobody_says_how_long_it_was_may_come_to_the_hours_later() -> None:
    before_five = datetime(2026, 1, 5, 21, 59, 30, tzinfo=UTC)
    assert replay(flow(), [record(before_five, NIGHT.number, seconds=None)]).agrees
    assert not replay(flow(), [record(before_five, NIGHT.number, seconds=3.0)]).agrees


def test_a_call_of_which_nobody_says_who_called_may_be_anybody_s() -> None:
    match = CallerMatch(pattern=r"^\+1801", exits={"match": "desk", "no_match": "cell"})
    asked = flow(start=match)
    assert replay(asked, [record(MONDAY, one.number, caller=None) for one in (DESK, CELL)]).agrees
    assert replay(asked, [record(MONDAY, CELL.number, caller="anonymous")]).agrees
    assert not replay(asked, [record(MONDAY, CELL.number)]).agrees
    assert not replay(asked, [record(MONDAY, DESK.number, caller="anonymous")]).agrees


def test_one_call_that_nobody_can_have_answered_is_told_in_the_singular() -> None:
    nobody = Flow(start="start", nodes={"start": Voicemail()})
    assert "1 call had somebody answer, though nobody rings at that time" in str(replay(nobody, [record(MONDAY, None)]))


def test_a_message_behind_a_number_that_the_flow_never_rings_is_named() -> None:
    assert replay(flow(), [record(MONDAY, DESK.number, "voicemail"), record(MONDAY, None, "voicemail")]).agrees
    found = replay(flow(), [record(MONDAY, "+12025550199", "voicemail")])
    assert "left a message for +1 202 555 0199, which this flow never rings" in str(found)


def test_a_call_to_another_number_belongs_to_another_flow() -> None:
    assert "no number of this flow" in str(replay(flow(), [record(MONDAY, DESK.number, dialled="+12025550177")]))


def test_keys_and_shares_that_nobody_recorded_widen_what_is_possible() -> None:
    split = Split(shares={"a": 99, "b": 1}, exits={"a": "desk", "b": "cell"})
    both = [record(MONDAY, DESK.number), record(MONDAY, CELL.number)]
    assert replay(flow(), both).agrees
    assert replay(flow(menu=split), both).agrees


def test_outbound_calls_and_words_that_nobody_knows_accuse_no_flow() -> None:
    calls = [record(MONDAY, "+12025550199", outbound=True), record(MONDAY, DESK.number, None)]
    found = replay(flow(), calls)
    assert (found.agrees, found.outbound, found.total) == (True, 1, 2)


def test_behind_what_nobody_can_judge_everything_is_possible() -> None:
    found = replay(flow(menu=VendorNode(provider="vinix", word="pivot")), [record(MONDAY, "+12025550199")])
    assert (found.agrees, found.unjudged) == (True, 1)


def test_after_a_change_the_calls_that_would_end_elsewhere_are_told() -> None:
    night = MONDAY.replace(hour=2)
    found = replay(flow(), [record(night, NIGHT.number), record(MONDAY, DESK.number)], flow(night=CELL))
    assert found.impossible == ()
    assert found.after is not None
    assert [(cause.where, cause.count) for cause in found.after] == [(NIGHT.number, 1)]


@given(
    st.lists(st.tuples(st.integers(0, 24 * 14), st.sampled_from([None, "1", "2", "7"]), st.booleans(), st.booleans()), max_size=60)
)
def test_of_calls_that_the_simulator_made_exactly_those_that_were_moved_are_named(
    made: list[tuple[int, str | None, bool, bool]],
) -> None:
    calls, moved = [], []
    for number, (hour, key, answered, elsewhere) in enumerate(made):
        at = MONDAY + timedelta(hours=hour)
        trace = simulate(flow(), Call(at, keys=(key,), default_answer="answered" if answered else "no_answer"))
        rung = [step.targets[0] for step in trace.steps if step.kind == "ring"]
        outcome = OUTCOMES[trace.end]
        target = "+12025550177" if elsewhere and rung and outcome != "voicemail" else rung[-1] if rung else None
        calls.append(record(at, target, outcome, id=str(number)))
        if target == "+12025550177":
            moved.append(str(number))
    found = replay(flow(), calls)
    assert sum(cause.count for cause in found.impossible) == len(moved)
    assert all(one.id in moved for cause in found.impossible for one in cause.records)


def many(count: int) -> tuple[list[CallRecord], set[str]]:
    """Calls that the simulator made of the plumber's flow, one in a hundred moved to where it cannot have ended."""
    read = unicall.parse((FIXTURES / "convirza-v2/ivr/plumber_two_levels_whole_week.json").read_bytes()).flow
    machine, dice = Machine(read), Random(7)
    numbers = sorted({text_of(one.target) for node in read.nodes.values() if isinstance(node, Ring) for one in node.targets})
    calls, moved = [], set[str]()
    for number in range(count):
        at = MONDAY + timedelta(minutes=dice.randrange(365 * 24 * 60))
        keys = tuple(dice.choice(("1", "2", "3", "0")) for _ in range(3))
        call = Call(at, keys=keys, answers={dice.choice(numbers): "answered"}, default_answer=dice.choice(("busy", "answered")))
        trace = run(machine, call)
        rung = [step.targets for step in trace.steps if step.kind == "ring"]
        who = next((name for name in rung[-1] if call.answer_of(name) == "answered"), rung[-1][0]) if rung else None
        outcome = OUTCOMES.get(trace.end, "abandoned")
        if dice.random() < 0.01:
            who, outcome = "+12065550199", "answered"
            moved.add(str(number))
        calls.append(record(at, who, outcome, id=str(number), dialled="+12065550125"))
    return calls, moved


def test_of_very_many_calls_exactly_those_that_were_moved_are_named() -> None:
    calls, moved = many(200 * settings.default.max_examples)  # type: ignore[union-attr]
    read = unicall.parse((FIXTURES / "convirza-v2/ivr/plumber_two_levels_whole_week.json").read_bytes()).flow
    found = replay(read, calls)
    assert [(cause.count, cause.where) for cause in found.impossible] == [(len(moved), "+12065550199")]
    assert replay(read, [one for one in calls if one.id not in moved]).agrees
