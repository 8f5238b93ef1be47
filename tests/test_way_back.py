"""The laws of the way back: without an edit exactly the original, with edits the original and these edits.

An edit is made on the vendor's document, as people do it (``edits/``). Whether it arrived is judged from outside: a call to the
document in hand meets what a call to the original with the edits meets, or a problem names a place that this call passes.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import unicall
from tests.edits import Change, edited, edits
from tests.support import PAIRS, difference, excused, interpreter, records, strategies, text, with_real_ids
from unicall.adapter import Form, find
from unicall.edits import Matching
from unicall.graph import Flow, Ring
from unicall.wire import MISSING, Lookup

CROSSINGS = [pytest.param(a, b, record, id=f"{a}>{b}:{name}") for a, b in PAIRS for name, record in records(a)]
pairs = pytest.mark.parametrize(("source", "target"), PAIRS, ids=[f"{a}>{b}" for a, b in PAIRS])


# 3. There and back.


def there_and_back(source: str, target: str, record: Any, form: Form | None = None) -> None:
    there = unicall.translate(record, source, target, form)
    residue = json.loads(json.dumps(there.residue))
    back = unicall.translate(there.document, target, source, residue=residue)
    assert text(back.document) == text(record)
    assert back.problems == ()


@pytest.mark.parametrize(("source", "target", "record"), CROSSINGS)
def test_a_fixture_comes_back_exactly_with_its_residue(source: str, target: str, record: Any) -> None:
    there_and_back(source, target, record)


@pairs
@given(data=st.data())
def test_any_document_comes_back_exactly_with_its_residue(source: str, target: str, data: st.DataObject) -> None:
    there_and_back(source, target, data.draw(strategies(source).documents()))


@pairs
@given(data=st.data())
def test_any_document_comes_back_exactly_from_a_request(source: str, target: str, data: st.DataObject) -> None:
    there_and_back(source, target, data.draw(strategies(source).documents()), "request")


# 4. Edits survive.


def edits_survive(source: str, target: str, record: Any, changes: Sequence[Change], data: st.DataObject) -> None:
    there = unicall.translate(record, source, target)
    hand = as_the_server_has_it(edited(there.document, *changes), target, data)
    back = unicall.translate(hand, target, source, residue=there.residue)
    both_places_are_there(hand, back)
    calls = strategies(target).calls(hand), strategies(source).calls(back.document)
    for call in (data.draw(calls[0]), data.draw(calls[1])):
        before, after = interpreter(target)(hand, call), interpreter(source)(back.document, call)
        found = difference(before, after)
        if found is None or excused(back.problems, before):
            continue
        again = unicall.translate(back.document, source, target)
        assert excused(again.problems, after), (
            f"{found[0]}\n  became {found[1]}\n  on {call}\n  before {before}\n  after {after}\n  {json.dumps(hand)}\n"
            f"  {json.dumps(back.document)}\n" + "\n".join(f"  {p.code} {p.pointer} {p.message}" for p in back.problems)
        )


def both_places_are_there(hand: Any, back: Any) -> None:
    here, there = Lookup(hand), Lookup(back.document)
    wrong = [p for p in back.problems if here.at(p.pointer) is MISSING or there.at(p.target_pointer) is MISSING]
    assert [(p.code, p.pointer, p.target_pointer, p.message) for p in wrong] == []


def as_the_server_has_it(document: Any, provider: str, data: st.DataObject) -> Any:
    """The document as it is, or as it comes back: ids in place of those that unicall made up, keys in another order."""
    if provider == "vinix" and data.draw(st.booleans()):
        document = with_real_ids(document)
    return json.loads(json.dumps(document, sort_keys=True)) if data.draw(st.booleans()) else document


def flow_of(document: Any, provider: str) -> Flow:
    return unicall.parse(document, provider).flow


def nothing_else_moved(source: str, target: str, record: Any, changes: Sequence[Change]) -> None:
    """Nodes that nobody edited say what they said, and keep what their vendor wrote beside it."""
    there = unicall.translate(record, source, target)
    hand = edited(there.document, *changes)
    back = unicall.translate(hand, target, source, residue=there.residue)
    before, after = flow_of(record, source), flow_of(back.document, source)
    matching = Matching.of(before, after, find(source))
    differing = [at for at, new in matching.found.items() if matching.here.own[at] != matching.there.own[new]]
    seen = Matching.of(flow_of(there.document, target), flow_of(hand, target), find(target))
    made = [at for at, new in seen.found.items() if seen.here.own[at] != seen.there.own[new] or is_last_in_one(seen, at, new)]
    new = [at for at in seen.there.facts if at not in seen.partner]
    assert len(differing) <= 2 * (len(made) + len(new)) + len(changes), (differing, made, new)


def is_last_in_one(seen: Matching, here: str, there: str) -> bool:
    """Whether something follows a ring in one of two documents only: how long it rings says nothing in the other."""
    before, after = seen.here.flow.nodes[here], seen.there.flow.nodes[there]
    return isinstance(before, Ring) and isinstance(after, Ring) and bool(before.exits) != bool(after.exits)


def some_edits(data: st.DataObject, target: str, document: Any) -> list[Change]:
    """One edit or two; the kind is drawn first, so that rare kinds are as frequent as others."""
    offered = edits(target, document)
    kinds = sorted({kind for kind, _ in offered})
    chosen = [data.draw(st.sampled_from(kinds)) for _ in range(data.draw(st.integers(1, 2)))]
    return [data.draw(st.sampled_from([change for kind, change in offered if kind == one])) for one in chosen]


@pairs
@given(data=st.data())
def test_edits_of_any_document_survive(source: str, target: str, data: st.DataObject) -> None:
    record = data.draw(strategies(source).clean_documents())
    changes = some_edits(data, target, unicall.translate(record, source, target).document)
    edits_survive(source, target, record, changes, data)
    nothing_else_moved(source, target, record, changes)


# Hours.

WEEK = {"name": "Open", "cycle": "daily", "time_window_start": 32400, "time_window_stop": 61200}
NIGHTS = {"cycle": "daily", "time_window_start": 79200, "time_window_stop": 86400, "name": "Late"}
EARLY = {"cycle": "daily", "time_window_start": 0, "time_window_stop": 21600, "name": "Early"}
THURSDAY = {"cycle": "monthly", "ordinal": "third", "wdays": ["thursday"], "name": "Meeting"}


def hours_of(rules: dict[str, Any], sets: dict[str, Any], *order: str) -> dict[str, Any]:
    """A Vinix bundle whose calls go by these rules and sets, each to a number of its own."""
    children = {one: {"module": "resources", "data": {"to_did": f"+1202555014{i}"}, "children": {}} for i, one in enumerate(order)}
    flow = {"module": "temporal_route", "data": {"rules": list(order), "timezone": "America/New_York"}, "children": children}
    bundle = {"callflow": {"name": "Hours", "numbers": ["+12025550142"], "flow": flow}, "temporal_rules": rules}
    return bundle | ({"temporal_rules_sets": sets} if sets else {})


def with_rows(original: Any, edit: Callable[[list[Any]], object]) -> tuple[Any, list[tuple[str, str]]]:
    """What comes back of a Vinix bundle when the rows of its hours at Convirza v3 are edited, and what is said of it."""
    there = unicall.translate(original, "vinix", "convirza-v3")
    hand = copy.deepcopy(there.document)
    edit(hand["schedule_route"]["schedules"])
    back = unicall.translate(hand, "convirza-v3", "vinix", residue=there.residue)
    return back.document, [(problem.code, problem.message) for problem in back.problems]


def test_days_that_are_taken_from_every_day_are_said_in_a_weekly_rule() -> None:
    original = hours_of({"r": WEEK}, {}, "r")
    document, problems = with_rows(original, lambda rows: rows[0].update(schedule_days=["Mon"]))
    assert document["temporal_rules"] == {"r": WEEK | {"cycle": "weekly", "wdays": ["monday"]}}
    assert problems == []


def test_an_hour_of_every_day_that_changed_leaves_the_rule_daily() -> None:
    document, _ = with_rows(hours_of({"r": WEEK}, {}, "r"), lambda rows: rows[0].update(end_time="18:00"))
    assert document["temporal_rules"] == {"r": WEEK | {"time_window_stop": 64800}}


def test_hours_that_came_apart_while_others_could_not_be_written_are_edited_where_they_stand() -> None:
    """Two windows of a set are two rows there, and the third Thursday none: as many as before, and yet not the same."""
    rules = {"late": NIGHTS, "early": EARLY, "third": THURSDAY}
    original = hours_of(rules, {"nights": {"name": "Nights", "temporal_rules": ["late", "early"]}}, "nights", "third")
    document, problems = with_rows(original, lambda rows: rows[1].update(end_time="07:00"))
    assert document["temporal_rules"] == {**rules, "early": EARLY | {"time_window_stop": 25200}}
    assert problems == []


def test_a_row_that_is_taken_out_takes_its_window_out_of_the_hours_that_it_was_one_of() -> None:
    rules = {"late": NIGHTS, "early": EARLY, "third": THURSDAY}
    original = hours_of(rules, {"nights": {"name": "Nights", "temporal_rules": ["late", "early"]}}, "nights", "third")
    document, problems = with_rows(original, lambda rows: rows.pop(0))
    assert document["temporal_rules"] == {"early": EARLY, "third": THURSDAY}
    assert document["temporal_rules_sets"] == {"nights": {"name": "Nights", "temporal_rules": ["early"]}}
    assert document["callflow"]["flow"] == original["callflow"]["flow"]
    assert problems == []


HOLIDAYS = {
    "yearly": {"name": "Christmas", "cycle": "yearly", "month": 12, "days": [25]},
    "a date": {"name": "Moving", "cycle": "date", "start_date": 63933494400},
    "monthly": THURSDAY,
    "switched off": EARLY | {"enabled": False},
}


@pytest.mark.parametrize("holiday", HOLIDAYS)
def test_an_edit_of_hours_leaves_those_alone_that_the_other_carrier_cannot_say(holiday: str) -> None:
    original = hours_of({"h": HOLIDAYS[holiday], "r": WEEK}, {}, "h", "r")
    document, problems = with_rows(original, lambda rows: rows[0].update(end_time="16:00"))
    assert document == original | {"temporal_rules": {"h": HOLIDAYS[holiday], "r": WEEK | {"time_window_stop": 57600}}}
    assert problems == []


def test_an_edit_of_hours_and_a_row_that_came_leave_the_hours_their_branch() -> None:
    sunday = {"schedule_days": ["Sun"], "start_time": "10:00", "end_time": "11:00", "ring_to": "12025550149"}
    original = hours_of({"h": HOLIDAYS["yearly"], "r": WEEK}, {}, "h", "r")

    def both(rows: list[Any]) -> None:
        rows[0]["end_time"] = "16:00"
        rows.append(sunday)

    document, problems = with_rows(original, both)
    flow = document["callflow"]["flow"]
    assert {key: flow["children"][key] for key in ("h", "r")} == original["callflow"]["flow"]["children"]
    assert flow["data"]["rules"][:2] == ["h", "r"]
    assert (len(flow["data"]["rules"]), document["temporal_rules"]["r"]) == (3, WEEK | {"time_window_stop": 57600})
    assert {code for code, _ in problems} <= {"UC312"}


@pytest.mark.parametrize("before", [{"record_call": True}, {"play_disclaimer": "before"}], ids=lambda before: next(iter(before)))
def test_hours_that_changed_are_known_again_behind_what_came_before_them(before: dict[str, Any]) -> None:
    original = hours_of({"h": HOLIDAYS["yearly"], "r": WEEK}, {}, "h", "r")
    there = unicall.translate(original, "vinix", "convirza-v3")
    hand = copy.deepcopy(there.document) | before
    hand["schedule_route"]["schedules"][0]["end_time"] = "16:00"
    document = unicall.translate(hand, "convirza-v3", "vinix", residue=there.residue).document
    assert document["temporal_rules"] == {"h": HOLIDAYS["yearly"], "r": WEEK | {"time_window_stop": 57600}}
    assert document["callflow"]["flow"]["children"]["_"] == original["callflow"]["flow"]


def test_hours_that_were_taken_out_take_nothing_else_along() -> None:
    row = {"schedule_days": ["Mon-Fri"], "start_time": "08:00", "end_time": "17:00", "ring_to": "12025550172"}
    saturday = {"schedule_days": ["Sat"], "start_time": "09:00", "end_time": "12:00", "ring_to": "12025550174"}
    block = {"timezone": "America/Denver", "default_ring_to": "12025550171", "schedules": [row, saturday]}
    record = {"provisioned_route_name": "Office", "phone_number": "12025550142", "route_type": "schedule", "schedule_route": block}
    there = unicall.translate(record, "convirza-v3", "vinix")
    hand = copy.deepcopy(there.document)
    flow = hand["callflow"]["flow"]
    gone = flow["data"]["rules"].pop()
    del flow["children"][gone], hand["temporal_rules"][gone]
    back = unicall.translate(hand, "vinix", "convirza-v3", residue=there.residue)
    assert back.document == record | {"schedule_route": block | {"schedules": [row]}}
    assert {problem.severity for problem in back.problems} <= {"note"}


def a_set(child: str, data: dict[str, Any]) -> Any:
    """A Vinix bundle with one set of two rules, under this child, and a number for all other times."""
    original = hours_of({"r": WEEK, "early": EARLY}, {"s": {"name": "Open", "temporal_rules": ["r", "early"]}}, "s")
    flow = original["callflow"]["flow"]
    numbers = {
        key: {"module": "resources", "data": {"to_did": f"+1202555015{i}"}, "children": {}} for i, key in enumerate((child, "_"))
    }
    return original | {"callflow": original["callflow"] | {"flow": flow | {"data": data, "children": numbers}}}


SETS = {"rule_set": a_set("rule_set", {"rule_set": "s"}), "a rule": a_set("s", {"rules": ["s"]})}


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("place", SETS)
def test_a_row_of_a_set_that_rings_another_number_is_a_rule_of_its_own(place: str, index: int) -> None:
    original = SETS[place]
    document, problems = with_rows(original, lambda rows: rows[index].update(ring_to="12025550159"))
    flow = document["callflow"]["flow"]
    rings = {key: child["data"]["to_did"] for key, child in flow["children"].items()}
    assert flow["data"]["rules"] == ["s", "early"]
    assert rings == {"_": "+12025550151"} | dict(
        zip(("s", "early"), ["+12025550159", "+12025550150"][:: 1 - 2 * index], strict=True)
    )
    assert document["temporal_rules_sets"] == {"s": {"name": "Open", "temporal_rules": ["r"]}}
    assert document["temporal_rules"] == original["temporal_rules"]
    assert {code for code, _ in problems} <= {"UC602", "UC311"}


@pytest.mark.parametrize("place", SETS)
def test_the_windows_of_a_set_are_edited_in_its_rules(place: str) -> None:
    original = SETS[place]

    def both(rows: list[Any]) -> None:
        rows[0]["end_time"], rows[1]["end_time"] = "16:00", "07:00"

    document, problems = with_rows(original, both)
    rules = {"r": WEEK | {"time_window_stop": 57600}, "early": EARLY | {"time_window_stop": 25200}}
    assert (document, problems) == (original | {"temporal_rules": rules}, [])


@pytest.mark.parametrize("place", SETS)
def test_a_row_that_came_after_a_set_is_tried_after_it(place: str) -> None:
    sunday = {"schedule_days": ["Sun"], "start_time": "10:00", "end_time": "11:00", "ring_to": "12025550159"}
    document, problems = with_rows(SETS[place], lambda rows: rows.append(sunday))
    flow = document["callflow"]["flow"]
    assert flow["data"]["rules"][0] == "s"
    assert flow["children"]["s"]["data"]["to_did"] == "+12025550150"
    assert document["temporal_rules_sets"] == SETS[place]["temporal_rules_sets"]
    assert {code for code, _ in problems} <= {"UC311", "UC312"}


# Hours without a branch of their own take the other one; the other carrier has to write it twice.


def with_lunch() -> Any:
    """Lunch has no branch of its own: its calls go where those of all other times go."""
    original = hours_of({"lunch": EARLY, "r": WEEK}, {}, "lunch", "r")
    children = original["callflow"]["flow"]["children"]
    children["_"] = children.pop("lunch")
    return original


def test_an_edit_of_hours_that_took_the_other_branch_gives_them_one_of_their_own() -> None:
    original = with_lunch()
    document, _ = with_rows(original, lambda rows: rows[0].update(ring_to="12025550159"))
    children = document["callflow"]["flow"]["children"]
    assert {key: children[key] for key in ("_", "r")} == original["callflow"]["flow"]["children"]
    assert children["lunch"]["data"]["to_did"] == "+12025550159"


def test_an_edit_of_the_other_branch_leaves_hours_that_took_it_where_they_were() -> None:
    original = with_lunch()
    there = unicall.translate(original, "vinix", "convirza-v3")
    hand = copy.deepcopy(there.document)
    hand["schedule_route"]["default_ring_to"] = "12025550159"
    children = unicall.translate(hand, "convirza-v3", "vinix", residue=there.residue).document["callflow"]["flow"]["children"]
    assert children["_"]["data"]["to_did"] == "+12025550159"
    assert children["lunch"] == original["callflow"]["flow"]["children"]["_"]


def test_hours_that_take_the_other_branch_come_back_so_where_the_other_carrier_could_hold_but_its_end() -> None:
    inner: Any = {"module": "menu", "data": {"id": "b" * 32}, "children": {}}
    outer = {"module": "menu", "data": {"id": "a" * 32}, "children": {"_": inner}}
    original = hours_of({"h": HOLIDAYS["monthly"], "r": WEEK}, {}, "h", "r")
    original["callflow"]["flow"]["children"] = {"_": outer}
    there_and_back("vinix", "convirza-v3", original)


# The document in hand is the caller's.


def test_an_edit_of_the_document_in_place_is_an_edit() -> None:
    original = hours_of({"r": WEEK}, {}, "r")
    there = unicall.translate(original, "vinix", "convirza-v3")
    there.document["provisioned_route_name"] = "Renamed"
    back = unicall.translate(there.document, "convirza-v3", "vinix", residue=there.residue)
    assert back.document["callflow"]["name"] == "Renamed"


@pytest.mark.parametrize("provider", ["vinix", "convirza-v3"])
def test_what_is_done_to_a_written_document_is_not_done_to_the_one_that_was_read(provider: str) -> None:
    original = hours_of({"r": WEEK}, {}, "r") | {"notes": {"kept": ["as it was"]}}
    before = text(original)
    flow = unicall.parse(original, "vinix").flow
    for written in (unicall.emit(flow, provider), unicall.translate(original, "vinix", provider, "request")):
        _spoil(written.document)
    assert text(original) == before
    assert text(unicall.emit(flow, "vinix").document) == before


def _spoil(value: Any) -> None:
    """Take out everything that stands anywhere in this."""
    for inner in list(value.values()) if isinstance(value, dict) else list(value) if isinstance(value, list) else ():
        _spoil(inner)
    if isinstance(value, (dict, list)):
        value.clear()


# A group that rings in turn within a time of its own.


@pytest.mark.parametrize(
    ("overall", "wait", "now"),
    [(40, 25, (40, [15, 25])), (40, 30, (45, [15, 30])), (60, 30, (60, [15, 30])), (20, 12, (27, [15, 12]))],
)
def test_a_step_that_rings_longer_rings_as_long_as_it_says(overall: int, wait: int, now: tuple[int, list[int]]) -> None:
    """The time of the whole group cuts its steps short; what it cut off before is no reason to lose an edit."""
    members = [{"endpoint_type": "device", "id": f"d{n}", "timeout": 15} for n in (1, 2)]
    group = {"module": "ring_group", "data": {"strategy": "single", "timeout": overall, "endpoints": members}, "children": {}}
    devices = {f"d{n}": {"call_forward": {"enabled": True, "number": f"+1202555014{n}"}} for n in (1, 2)}
    original = {"callflow": {"name": "Turn", "numbers": ["+12025550142"], "flow": group}, "devices": devices}
    there = unicall.translate(original, "vinix", "api19")
    hand = {**there.document, "json": json.dumps(json.loads(there.document["json"]) | {"route2_wait": wait})}
    back = unicall.translate(hand, "api19", "vinix", residue=there.residue)
    data = back.document["callflow"]["flow"]["data"]
    assert (data["timeout"], [member["timeout"] for member in data["endpoints"]]) == now
    assert json.loads(unicall.translate(back.document, "vinix", "api19").document["json"])["route2_wait"] == wait
