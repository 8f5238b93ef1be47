"""The rules of the Vinix adapter, one test each: what its documents mean, and what is written for flows from elsewhere.

Where it matters what a call meets, the interpreter answers, which knows the platform and not the adapter.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import unicall
from tests.conftest import FIXTURES
from tests.interpreters.call import Call, Trace
from tests.interpreters.vinix import run
from tests.support import text as json_text
from unicall.adapter import find
from unicall.graph import (
    Announce,
    CallerMatch,
    Conference,
    Directory,
    EntryPoint,
    Fax,
    Flow,
    Hangup,
    Menu,
    Node,
    Notify,
    Park,
    Pause,
    PhoneNumber,
    Place,
    Queue,
    RecordCall,
    Reference,
    Region,
    Reject,
    Ring,
    RingTarget,
    Schedule,
    SetCallerId,
    SetLanguage,
    SetVariable,
    SipAddress,
    Speech,
    Split,
    Subflow,
    Target,
    VendorNode,
    Voicemail,
    Webhook,
)
from unicall.hours import Hours, Recurrence, holds
from unicall.wire import MISSING, Log, Lookup

Json = Any

A, B, C, D = (letter * 32 for letter in "abcd")
NUMBER = "+12025550142"
NOON = datetime(2025, 6, 4, 12, 0, tzinfo=UTC)  # a Wednesday
HANGUP: Json = {"module": "hangup", "data": {}, "children": {}}
NINE_TO_FIVE = Recurrence(frequency="daily", start=32400, end=61200)


def node(module: str, children: Json = None, **data: Json) -> Json:
    return {"module": module, "data": data, "children": children or {}}


def say(text: str) -> Json:
    return node("tts", text=text)


def bundle(root: Json, **sections: Json) -> Json:
    return {"callflow": {"name": "Main", "numbers": [NUMBER], "patterns": [], "flow": root}, **sections}


def read(root: Json, **sections: Json) -> unicall.Parsed:
    return unicall.parse(bundle(root, **sections), "vinix")


def start_of(root: Json, **sections: Json) -> Any:
    return read(root, **sections).flow.nodes["start"]


def text(document: Json) -> str:
    return json.dumps(document, ensure_ascii=False)


def assert_comes_back(document: Json) -> None:
    """The same vendor gets the same text again."""
    assert text(unicall.emit(unicall.parse(document, "vinix").flow, "vinix").document) == text(document)


def noted(problems: tuple[unicall.Problem, ...], code: str) -> list[str]:
    return [problem.pointer for problem in problems if problem.code == code]


def neutral(nodes: Mapping[str, Node], **facts: Any) -> Flow:
    """A flow that no carrier made; it begins at its first node."""
    ways_in = (EntryPoint("number", NUMBER),)
    return Flow(**{"name": "Main", "start": next(iter(nodes)), "nodes": nodes, "entry_points": ways_in, **facts})


def written(nodes: Mapping[str, Node]) -> Json:
    return unicall.emit(neutral(nodes), "vinix").document


def root_of(document: Json) -> Json:
    return document["callflow"]["flow"]


def fixture(path: str) -> Json:
    return json.loads((FIXTURES / path).read_text("utf-8"))


def from_convirza(path: str) -> unicall.Translation:
    document = fixture(f"convirza-v2/{path}.json")
    return unicall.translate(document, "convirza-v2", "vinix")


def modules(root: Json) -> list[Json]:
    """All nodes below this one, itself first."""
    found, todo = [], [root]
    while todo:
        found.append(todo.pop())
        todo.extend((found[-1].get("children") or {}).values())
    return found


def edited(flow: Flow, at: str, **facts: Any) -> Json:
    """The document after somebody changed facts of one node."""
    changed = evolve(flow, nodes={**flow.nodes, at: evolve(flow.nodes[at], **facts)})
    return unicall.emit(changed, "vinix").document


def meet(document: Json, **call: Any) -> Trace:
    return run(document, Call(**{"at": NOON, **call}))


def prompts(trace: Trace) -> list[str]:
    return [step.what for step in trace.steps if step.kind == "prompt"]


def rung(trace: Trace) -> list[tuple[str, ...]]:
    return [step.targets for step in trace.steps if step.kind == "ring"]


def phone(number: str = NUMBER, **facts: Any) -> RingTarget:
    return RingTarget(PhoneNumber(number), **facts)


def device(**more: Json) -> Json:
    """A device document that does nothing but forward."""
    forward = {"enabled": True, "number": NUMBER, "require_keypress": False} | more.pop("call_forward", {})
    return {"name": "Cell", "device_type": "cellphone", "enabled": True, "call_forward": forward, **more}


# Outside numbers.


def test_a_hunt_of_twelve_numbers_is_one_forwarding_device_after_the_other() -> None:
    document = from_convirza("hunt/property_management_twelve_numbers").document
    chain, at = [], root_of(document)["children"]["_"]
    while at is not None:
        chain.append(at)
        assert set(at["children"]) <= {"_"}
        at = at["children"].get("_")
    assert [one["module"] for one in chain] == ["device"] * 13
    assert [one["data"]["id"] for one in chain] == [f"new:device-160255501{n}" for n in range(30, 43)]
    assert all(
        document["devices"][one["data"]["id"]]["call_forward"]["number"] == one["data"]["id"][10:].replace("-", "+")
        for one in chain
    )
    numbers = [f"+160255501{n}" for n in range(30, 43)]
    assert rung(meet(document)) == [(number,) for number in numbers]


def test_an_outside_number_with_a_way_on_is_never_a_resources_node() -> None:
    for path in ("hunt/property_management_twelve_numbers", "hunt/roofer_three_numbers_voicemail"):
        assert not {"resources", "offnet"} & {one["module"] for one in modules(root_of(from_convirza(path).document))}


@pytest.mark.parametrize("module", ["resources", "offnet"])
def test_what_rings_through_carriers_never_takes_its_wildcard_but_takes_its_causes(module: str) -> None:
    root = node(module, {"NO_ANSWER": say("none"), "_": say("never"), "sip:486": say("busy")}, to_did=NUMBER)
    parsed = read(root)
    assert dict(parsed.flow.nodes["start"].exits) == {"no_answer": "no_answer", "vinix/sip:486": "vinix/sip:486"}
    assert noted(parsed.problems, "UC105") == ["/callflow/flow/children/_"]
    assert_comes_back(bundle(root))


@pytest.mark.parametrize("module", ["resources", "offnet"])
def test_an_edit_that_gives_a_carrier_node_a_way_on_makes_it_a_forwarding_device(module: str) -> None:
    flow = read(node(module, {"NO_ANSWER": say("on")}, to_did=NUMBER)).flow
    root = root_of(edited(flow, "start", exits={"otherwise": "no_answer"}))
    assert (root["module"], root["data"]["id"], list(root["children"])) == ("device", f"new:device-{NUMBER[1:]}", ["_"])


@pytest.mark.parametrize("number", ["911", "no_match", "2025550142"])
def test_a_carrier_node_with_a_number_of_its_platform_can_be_edited_without_a_crash(number: str) -> None:
    flow = read(node("resources", {"NO_ANSWER": say("on")}, to_did=number)).flow
    document = edited(flow, "start", exits={"otherwise": "no_answer"})
    assert "resources" not in {one["module"] for one in modules(root_of(document)) if "_" in one["children"]}


@pytest.mark.parametrize("kind", ["mailbox", "audio", "agent", "flow", "number"])
def test_a_reference_that_cannot_be_rung_is_written_without_a_crash(kind: str) -> None:
    target = RingTarget(Reference("vinix", kind, A))
    assert written({"start": Ring(targets=(target,))})
    assert written({"start": Ring(targets=(target, phone()))})


def test_a_carrier_node_without_a_number_of_its_own_belongs_to_its_platform() -> None:
    start = start_of(node("resources", {"USER_BUSY": say("busy"), "_": say("never")}, use_local_resources=False))
    assert isinstance(start, VendorNode)
    assert list(start.exits) == ["USER_BUSY"]


def test_an_outside_number_is_a_group_member_only_through_a_device() -> None:
    document = written({"start": Ring(targets=(phone(), phone("+12025550143")), timeout=30)})
    members = root_of(document)["data"]["endpoints"]
    assert [(one["endpoint_type"], one["id"]) for one in members] == [
        ("device", "new:device-12025550142"),
        ("device", "new:device-12025550143"),
    ]
    assert rung(meet(document)) == [(NUMBER, "+12025550143")]


def test_a_member_that_says_nothing_rings_as_long_as_its_group_and_not_the_twenty_seconds_of_the_schema() -> None:
    document = written({"start": Ring(targets=(phone(), phone("+12025550143")), timeout=45)})
    assert [one["timeout"] for one in root_of(document)["data"]["endpoints"]] == [45, 45]


def test_a_group_without_anybody_is_no_ring_group() -> None:
    """Kazoo asks for one member at least."""
    ring = Ring(targets=(), order="in turn", timeout=30, repeats=2, exits={"otherwise": "end"})
    root = root_of(written({"start": ring, "end": Hangup()}))
    assert root["module"] != "ring_group" or root["data"]["endpoints"]


# What unicall makes.


def test_a_forwarding_device_states_every_field_whose_default_would_change_the_call() -> None:
    made = written({"start": Ring(targets=(phone(),))})["devices"][f"new:device-{NUMBER[1:]}"]
    forward = made["call_forward"]
    assert made["enabled"] is True
    assert forward.pop("failover", False) is False
    assert forward == {
        "enabled": True,
        "number": NUMBER,
        "require_keypress": False,
        "substitute": True,
        "direct_calls_only": False,
    }


def test_who_has_to_confirm_presses_a_key_and_shares_no_device_with_who_has_not() -> None:
    document = written({"start": Ring(targets=(phone(confirm=True), phone()))})
    wanted = {key: one["call_forward"]["require_keypress"] for key, one in document["devices"].items()}
    assert sorted(wanted.values()) == [False, True]
    assert len({one["id"] for one in root_of(document)["data"]["endpoints"]}) == 2


@pytest.mark.parametrize(("direct", "hunt"), [(None, False), (False, False), (True, True)])
def test_a_made_menu_states_whether_callers_dial_direct(direct: bool | None, hunt: bool) -> None:
    """The schema's default is true; the executor's is false."""
    document = written({"start": Menu(direct_dial=direct, exits={"1": "end"}), "end": Hangup()})
    (menu,) = document["menus"].values()
    assert menu["hunt"] is hunt


def test_a_made_mailbox_has_what_kazoo_requires_and_somebody_has_to_decide_about_it() -> None:
    translation = from_convirza("hunt/roofer_three_numbers_voicemail")
    ((key, box),) = translation.document["vmboxes"].items()
    number = translation.document["callflow"]["numbers"][0].lstrip("+")
    assert key == f"new:vmbox-{number}"
    assert box["mailbox"] == number
    assert box["name"]
    assert box["check_if_owner"] is False
    mailbox = [p for p in translation.problems if p.code == "UC304" and "mailbox" in p.message]
    assert mailbox
    assert {p.severity for p in mailbox} == {"unresolved"}


def test_two_foreign_mailboxes_are_two_mailboxes() -> None:
    long = "mailbox-of-the-whole-front-desk-"
    nodes: dict[str, Node] = {
        "start": Menu(exits={"1": "1", "2": "2"}),
        "1": Voicemail(mailbox=Reference("api19", "mailbox", long + "1"), greeting=Speech("One.")),
        "2": Voicemail(mailbox=Reference("api19", "mailbox", long + "2"), greeting=Speech("One.")),
    }
    assert len(written(nodes)["vmboxes"]) == 2


@pytest.mark.parametrize(
    ("fact", "asked", "key", "least", "most"),
    [
        ("retries", 15, "retries", 1, 10),
        ("retries", 0, "retries", 1, 10),
        ("timeout", 90, "timeout", 1, 60000),
        ("timeout", 0, "timeout", 1, 60000),
        ("interdigit_timeout", 12, "interdigit_timeout", 1, 10000),
        ("max_digits", 10, "max_extension_length", 1, 6),
    ],
)
def test_a_made_menu_keeps_within_what_kazoo_takes_and_says_what_changed(
    fact: str, asked: int, key: str, least: int, most: int
) -> None:
    flow = neutral({"start": Menu(exits={"1": "end"}, **{fact: asked}), "end": Hangup()})  # type: ignore[arg-type]
    emitted = unicall.emit(flow, "vinix")
    (menu,) = emitted.document["menus"].values()
    assert least <= menu[key] <= most
    assert noted(emitted.problems, "UC306")


@pytest.mark.parametrize("method", ["GET", "POST", "get", "post"])
def test_the_verb_of_a_made_webhook_is_one_of_kazoos_two_words(method: str) -> None:
    flow = neutral({"start": Webhook(url="https://example.com/hook", method=method)})
    emitted = unicall.emit(flow, "vinix")
    assert root_of(emitted.document)["data"]["http_verb"] == method.lower()


def test_only_users_and_addresses_are_told_of_a_missed_call() -> None:
    people = ("desk@example.com", Reference("vinix", "user", A), Reference("vinix", "device", B))
    emitted = unicall.emit(neutral({"start": Notify(recipients=people, when="missed")}), "vinix")
    assert {one["type"] for one in root_of(emitted.document)["data"]["recipients"]} <= {"email", "user"}


@pytest.mark.parametrize("when", ["now", "end"])
def test_a_notification_of_another_moment_is_no_missed_call_alert_without_a_word(when: Any) -> None:
    emitted = unicall.emit(neutral({"start": Notify(recipients=("desk@example.com",), when=when)}), "vinix")
    assert [problem for problem in emitted.problems if problem.severity != "note"]


def test_a_flow_of_another_carrier_that_runs_elsewhere_is_unresolved() -> None:
    emitted = unicall.emit(neutral({"start": Subflow(flow=Reference("api19", "flow", "9"))}), "vinix")
    assert noted(emitted.problems, "UC304")


# Menus.

MENU = {"name": "Front", "retries": 2, "timeout": 7500, "interdigit_timeout": 1500, "max_extension_length": 2, "hunt": False}


def test_the_wildcard_of_a_menu_comes_after_all_retries() -> None:
    start = start_of(node("menu", {"1": HANGUP, "_": say("bye")}, id=A), menus={A: MENU})
    assert list(start.exits) == ["1", "exhausted"]


def test_a_child_for_all_retries_comes_before_the_wildcard() -> None:
    root = node("menu", {"_": say("never"), "max_retries": say("bye")}, id=A)
    parsed = read(root, menus={A: MENU})
    assert dict(parsed.flow.nodes["start"].exits) == {"exhausted": "exhausted"}
    assert noted(parsed.problems, "UC105") == ["/callflow/flow/children/_"]
    assert_comes_back(bundle(root, menus={A: MENU}))


def test_silence_at_a_menu_is_the_child_timeout() -> None:
    start = start_of(node("menu", {"timeout": HANGUP}, id=A), menus={A: MENU})
    assert list(start.exits) == ["no_input"]
    document = written({"start": Menu(exits={"no_input": "end", "exhausted": "end"}), "end": Hangup()})
    assert list(root_of(document)["children"]) == ["timeout", "_"]


def test_the_pound_sign_ends_the_input_and_is_no_key() -> None:
    root = node("menu", {"#": HANGUP, "*": HANGUP, "1": HANGUP}, id=A)
    parsed = read(root, menus={A: MENU})
    assert list(parsed.flow.nodes["start"].exits) == ["*", "1"]
    assert noted(parsed.problems, "UC105") == ["/callflow/flow/children/#"]
    assert_comes_back(bundle(root, menus={A: MENU}))


def test_a_key_that_vinix_does_not_have_is_lost_and_said_so() -> None:
    emitted = unicall.emit(neutral({"start": Menu(exits={"#": "end", "1": "end"}), "end": Hangup()}), "vinix")
    assert list(root_of(emitted.document)["children"]) == ["1"]
    assert noted(emitted.problems, "UC221")


def test_what_follows_an_invalid_key_is_lost_and_said_so() -> None:
    emitted = unicall.emit(neutral({"start": Menu(exits={"invalid": "end", "1": "end"}), "end": Hangup()}), "vinix")
    assert list(root_of(emitted.document)["children"]) == ["1"]
    assert noted(emitted.problems, "UC221")


def test_a_key_longer_than_the_menu_listens_is_unreachable() -> None:
    root = node("menu", {"100": HANGUP, "10": HANGUP}, id=A)
    parsed = read(root, menus={A: MENU})
    assert list(parsed.flow.nodes["start"].exits) == ["10"]
    assert noted(parsed.problems, "UC105") == ["/callflow/flow/children/100"]
    assert_comes_back(bundle(root, menus={A: MENU}))


def test_a_made_menu_listens_as_long_as_its_longest_key() -> None:
    document = written({"start": Menu(exits={"1": "end", "104": "end"}), "end": Hangup()})
    (menu,) = document["menus"].values()
    assert menu["max_extension_length"] == 3


def test_times_of_a_menu_are_milliseconds_there_and_seconds_here() -> None:
    start = start_of(node("menu", id=A), menus={A: MENU})
    assert (start.timeout, start.interdigit_timeout) == (7.5, 1.5)
    made = written({"start": Menu(timeout=2.5, interdigit_timeout=1, exits={"1": "end"}), "end": Hangup()})
    (menu,) = made["menus"].values()
    assert (menu["timeout"], menu["interdigit_timeout"]) == (2500, 1000)


def test_direct_dialling_is_off_where_the_menu_does_not_say() -> None:
    """The schema would say true; the executor says false."""
    assert start_of(node("menu", id=A), menus={A: {"name": "Front"}}).direct_dial is False


def test_a_menu_that_was_not_given_says_nothing() -> None:
    parsed = read(node("menu", {"1": HANGUP}, id=A))
    start = parsed.flow.nodes["start"]
    assert isinstance(start, Menu)
    assert (start.retries, start.timeout, start.direct_dial) == (None, None, None)
    assert noted(parsed.problems, "UC103") == ["/callflow/flow/data/id"]


# Hours.


def rule(**facts: Json) -> Json:
    return {"name": "Rule", "cycle": "daily", **facts}


def gregorian(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) + 62167219200


def hours_of(root: Json, **sections: Json) -> list[str]:
    return [named.name for named in start_of(root, **sections).hours]


def test_listed_rules_come_first_then_children_in_their_order_then_the_rule_set() -> None:
    root = node(
        "temporal_route",
        {D: say("d"), "_": say("else"), B: say("b"), "rule_set": say("set"), A: say("a")},
        rules=[B],
        rule_set=C,
    )
    rules = {key: rule(enabled=True) for key in (A, B, D)} | {"e" * 32: rule()}
    sets = {C: {"name": "Set", "temporal_rules": ["e" * 32]}}
    assert hours_of(root, temporal_rules=rules, temporal_rules_sets=sets) == [B, D, A, "rule_set"]
    assert_comes_back(bundle(root, temporal_rules=rules, temporal_rules_sets=sets))


def test_a_child_called_rule_set_is_unreachable_where_the_node_names_none() -> None:
    parsed = read(node("temporal_route", {"rule_set": say("never"), "_": say("else")}))
    assert list(parsed.flow.nodes["start"].exits) == ["otherwise"]
    assert noted(parsed.problems, "UC105") == ["/callflow/flow/children/rule_set"]


def test_a_winning_rule_without_a_child_goes_to_the_wildcard_and_no_later_rule_is_tried() -> None:
    root = node("temporal_route", {B: say("late"), "_": say("else")}, rules=[A, B])
    rules = {A: rule(enabled=True), B: rule(enabled=True)}
    start = start_of(root, temporal_rules=rules)
    assert [named.name for named in start.hours] == [A, B]
    assert dict(start.exits) == {B: B, "otherwise": "otherwise"}


def test_hours_without_an_exit_stand_among_the_rules_and_lead_to_the_wildcard() -> None:
    always = (Recurrence(frequency="daily"),)
    hours = (Hours(name="first", recurrences=always), Hours(name="second", recurrences=always))
    schedule = Schedule(hours=hours, exits={"second": "s", "otherwise": "o"})
    document = written({"start": schedule, "s": Announce(prompt=Speech("late")), "o": Announce(prompt=Speech("else"))})
    assert root_of(document)["data"]["rules"] == ["new:rule-first", "new:rule-second"]
    assert prompts(meet(document)) == ["else"]


def test_the_order_of_children_is_kept_where_nothing_else_says_it() -> None:
    rules = {key: rule(enabled=True) for key in (A, B, C)}
    for order in ([C, A, B], [B, C, A]):
        root = node("temporal_route", {key: say(key) for key in order})
        document = bundle(root, temporal_rules=rules)
        assert hours_of(root, temporal_rules=rules) == order
        assert_comes_back(document)
        assert prompts(meet(unicall.emit(unicall.parse(document).flow, "vinix").document)) == [order[0]]


def test_a_window_over_midnight_never_holds_and_says_so() -> None:
    root = node("temporal_route", {A: say("night")})
    rules = {A: rule(time_window_start=72000, time_window_stop=21600)}
    parsed = read(root, temporal_rules=rules)
    assert noted(parsed.problems, "UC106") == [f"/temporal_rules/{A}/time_window_start"]
    start = parsed.flow.nodes["start"]
    assert isinstance(start, Schedule)
    assert not any(holds(start.hours[0], NOON.replace(hour=hour)) for hour in range(24))
    assert_comes_back(bundle(root, temporal_rules=rules))


def opening(*recurrences: Recurrence) -> Flow:
    """Open in these hours, else closed."""
    schedule = Schedule(timezone="UTC", hours=(Hours(name="open", recurrences=recurrences),), exits={"open": "o", "otherwise": "c"})
    return neutral({"start": schedule, "o": Announce(prompt=Speech("open")), "c": Announce(prompt=Speech("closed"))})


def is_open(document: Json, moment: datetime) -> bool:
    return prompts(meet(document, at=moment)) == ["open"]


def test_a_night_becomes_an_evening_and_a_morning() -> None:
    night = Recurrence(frequency="weekly", weekdays=("FR", "SU"), start=79200, end=21600, overnight=True)
    emitted = unicall.emit(opening(night), "vinix")
    windows = sorted(
        (one["time_window_start"], one["time_window_stop"], *one["wdays"]) for one in emitted.document["temporal_rules"].values()
    )
    assert windows == [(0, 21600, "monday", "saturday"), (79200, 86400, "friday", "sunday")]
    assert noted(emitted.problems, "UC205")
    moments = [datetime(2025, 6, day, hour, 30, tzinfo=UTC) for day in range(1, 15) for hour in (3, 12, 23)]
    assert [is_open(emitted.document, m) for m in moments] == [holds(Hours(name="open", recurrences=(night,)), m) for m in moments]


def test_hours_of_several_windows_are_one_set_with_one_child() -> None:
    saturday = Recurrence(frequency="weekly", weekdays=("SA",), start=36000, end=50400)
    document = unicall.emit(opening(NINE_TO_FIVE, saturday), "vinix").document
    assert root_of(document)["data"]["rules"] == ["new:set-open"]
    assert list(root_of(document)["children"]) == ["new:set-open", "_"]
    assert document["temporal_rules_sets"]["new:set-open"]["temporal_rules"] == list(document["temporal_rules"])
    assert unicall.parse(document).flow.nodes["start"].exits == {"open": "open", "otherwise": "otherwise"}


def test_hours_that_never_hold_stay_in_the_document_and_never_hold() -> None:
    document = unicall.emit(opening(), "vinix").document
    assert not is_open(document, NOON)
    (never,) = document["temporal_rules"].values()
    assert never["enabled"] is False


@pytest.mark.parametrize("interval", [2, 3, 7])
def test_a_daily_rule_with_an_interval_first_holds_that_many_days_after_its_start(interval: int) -> None:
    first = date(2025, 6, 1)
    root = node("temporal_route", {A: say("open")})
    rules = {A: rule(interval=interval, start_date=gregorian(first))}
    ((recurrence,),) = (named.recurrences for named in start_of(root, temporal_rules=rules).hours)
    assert recurrence.first == first + timedelta(days=interval)
    for day in range(20):
        moment = datetime(2025, 6, 1, 12, tzinfo=UTC) + timedelta(days=day)
        assert holds(Hours(name="", recurrences=(recurrence,)), moment) == is_open(bundle(root, temporal_rules=rules), moment)
    assert_comes_back(bundle(root, temporal_rules=rules))


@pytest.mark.parametrize("interval", [1, 2, 3])
def test_every_second_day_from_elsewhere_starts_two_days_earlier_in_the_document(interval: int) -> None:
    first = date(2025, 6, 10)
    recurrence = Recurrence(frequency="daily", interval=interval, first=first)
    document = unicall.emit(opening(recurrence), "vinix").document
    (made,) = document["temporal_rules"].values()
    assert made["start_date"] == gregorian(first - timedelta(days=interval if interval > 1 else 0))
    moments = [datetime(2025, 6, day, 12, tzinfo=UTC) for day in range(5, 25)]
    assert [is_open(document, m) for m in moments] == [holds(Hours(name="", recurrences=(recurrence,)), m) for m in moments]


DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))
RECURRENCES = st.builds(
    Recurrence,
    frequency=st.sampled_from(("once", "daily", "weekly", "monthly", "yearly")),
    interval=st.integers(1, 4),
    weekdays=st.sampled_from((("MO",), ("WE",), ("SU",))),
    ordinal=st.sampled_from((1, 2, 4, 5, -1)),
    month_days=st.sampled_from(((), (1,), (15, 31))),
    month=st.integers(1, 12),
    first=DAYS,
    start=st.sampled_from((0, 32400)),
    end=st.sampled_from((61200, 86400)),
    override=st.sampled_from((None, None, None, False)),
)


@given(RECURRENCES, st.lists(DAYS, min_size=20, max_size=20))
def test_a_rule_of_any_kind_holds_on_the_days_on_which_it_held_elsewhere(recurrence: Recurrence, days: list[date]) -> None:
    plain = recurrence
    if recurrence.frequency in ("once", "daily"):
        plain = evolve(plain, weekdays=(), ordinal=None, month_days=(), month=None)
    elif recurrence.frequency == "weekly":
        plain = evolve(plain, ordinal=None, month_days=(), month=None)
    else:
        plain = evolve(plain, month=recurrence.month if recurrence.frequency == "yearly" else None)
        plain = evolve(plain, weekdays=(), ordinal=None) if recurrence.month_days else plain
    emitted = unicall.emit(opening(plain), "vinix")
    if noted(emitted.problems, "UC308") or noted(emitted.problems, "UC225"):
        return
    near = [plain.first + timedelta(days=n) for n in range(-2, 40)] if plain.first else []
    for day in (*days, *near):
        moment = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        assert is_open(emitted.document, moment) == holds(Hours(name="", recurrences=(plain,)), moment), (day, emitted.document)


NIGHTS = st.builds(
    Recurrence,
    frequency=st.sampled_from(("once", "daily", "weekly")),
    interval=st.integers(1, 3),
    weekdays=st.sampled_from(((), ("MO",), ("SU",), ("FR", "SU"))),
    first=DAYS,
    start=st.just(79200),
    end=st.sampled_from((0, 21600)),
    overnight=st.just(True),
)


@given(NIGHTS)
def test_a_night_of_any_kind_is_open_at_the_hours_at_which_it_was_open_elsewhere(night: Recurrence) -> None:
    plain = night if night.frequency == "weekly" else evolve(night, weekdays=())
    assert plain.first is not None
    document = unicall.emit(opening(plain), "vinix").document
    for day in range(30):
        for hour in (3, 12, 23):
            moment = datetime(plain.first.year, plain.first.month, plain.first.day, hour, tzinfo=UTC) + timedelta(days=day)
            assert is_open(document, moment) == holds(Hours(name="", recurrences=(plain,)), moment), moment


def test_a_sunday_night_of_every_second_week_ends_on_the_monday_after_it() -> None:
    night = Recurrence(
        frequency="weekly", interval=2, weekdays=("SU",), first=date(2025, 6, 4), start=79200, end=21600, overnight=True
    )
    document = unicall.emit(opening(night), "vinix").document
    assert is_open(document, datetime(2025, 6, 8, 23, tzinfo=UTC))
    assert is_open(document, datetime(2025, 6, 9, 3, tzinfo=UTC))
    assert not is_open(document, datetime(2025, 6, 16, 3, tzinfo=UTC))


def test_a_night_that_cannot_be_split_is_said_to_be_another_hour() -> None:
    night = Recurrence(frequency="monthly", month_days=(15,), start=79200, end=21600, overnight=True)
    emitted = unicall.emit(opening(night), "vinix")
    assert is_open(emitted.document, datetime(2025, 6, 15, 23, tzinfo=UTC)) or [
        problem for problem in emitted.problems if problem.severity in ("changed", "lost", "unresolved")
    ]


def test_hours_that_are_forced_open_are_open_from_their_first_day_on() -> None:
    """Kazoo ignores a rule whose start lies ahead, whatever ``enabled`` says."""
    ahead = unicall.emit(opening(evolve(NINE_TO_FIVE, first=date(2030, 1, 1), override=True)), "vinix")
    begun = unicall.emit(opening(evolve(NINE_TO_FIVE, first=date(2020, 1, 1), override=True)), "vinix")
    assert not is_open(ahead.document, NOON)
    assert is_open(begun.document, NOON)


@pytest.mark.parametrize(
    "more",
    [{"except_days": (date(2025, 6, 4),)}, {"until": date(2025, 5, 31)}],
)
def test_an_end_and_holidays_are_keys_that_only_kazoo_5_has(more: Any) -> None:
    """On the 4.3 line they are not looked at: who moves there has to be told, or be told apart by other rules."""
    emitted = unicall.emit(opening(evolve(NINE_TO_FIVE, **more)), "vinix")
    assert not is_open(emitted.document, NOON) or [p for p in emitted.problems if p.severity != "note"]


@pytest.mark.parametrize(("enabled", "override"), [(True, True), (False, False), (None, None)])
def test_enabled_forces_a_rule_open_or_closed_and_its_absence_does_not(enabled: bool | None, override: bool | None) -> None:
    facts = {} if enabled is None else {"enabled": enabled}
    root = node("temporal_route", {A: say("open")})
    (named,) = start_of(root, temporal_rules={A: rule(time_window_stop=1, **facts)}).hours
    assert named.recurrences[0].override is override
    made = unicall.emit(opening(evolve(NINE_TO_FIVE, override=override)), "vinix").document
    (document,) = made["temporal_rules"].values()
    assert document.get("enabled") is enabled


def test_wensday_is_wednesday_and_stays_as_it_was_spelled() -> None:
    root = node("temporal_route", {A: say("open")})
    rules = {A: {"name": "Week", "cycle": "weekly", "wdays": ["tuesday", "wensday"]}}
    (named,) = start_of(root, temporal_rules=rules).hours
    assert named.recurrences[0].weekdays == ("TU", "WE")
    assert_comes_back(bundle(root, temporal_rules=rules))


def test_a_made_rule_says_wednesday() -> None:
    document = unicall.emit(opening(Recurrence(frequency="weekly", weekdays=("WE",))), "vinix").document
    (made,) = document["temporal_rules"].values()
    assert made["wdays"] == ["wednesday"]


def test_the_last_second_of_an_inclusive_window_is_no_difference() -> None:
    emitted = unicall.emit(opening(NINE_TO_FIVE), "vinix")
    (made,) = emitted.document["temporal_rules"].values()
    assert (made["time_window_start"], made["time_window_stop"]) == (32400, 61200)
    assert not noted(emitted.problems, "UC308")


def test_two_weekdays_of_a_month_cannot_be_evaluated_and_are_kept() -> None:
    root = node("temporal_route", {A: say("open")})
    rules = {A: {"name": "Two", "cycle": "monthly", "ordinal": "first", "wdays": ["monday", "tuesday"]}}
    parsed = read(root, temporal_rules=rules)
    assert noted(parsed.problems, "UC104") == [f"/temporal_rules/{A}"]
    assert_comes_back(bundle(root, temporal_rules=rules))


def test_a_route_that_switches_rules_belongs_to_its_platform() -> None:
    start = start_of(node("temporal_route", {"_": HANGUP}, action="menu", rules=[A]))
    assert isinstance(start, VendorNode)


def test_hours_that_nobody_knows_refer_to_no_document_that_is_not_there() -> None:
    schedule = Schedule(hours=(Hours(name="open", recurrences=None),), exits={"open": "o", "otherwise": "c"})
    document = written({"start": schedule, "o": Hangup(), "c": Hangup()})
    known = {*document.get("temporal_rules", {}), *document.get("temporal_rules_sets", {})}
    assert {key for key in root_of(document)["children"] if key != "_"} <= known
    assert set(root_of(document)["data"].get("rules", [])) <= known


# After a ring failed.


def test_children_after_a_failed_ring_are_outcomes_and_vinix_codes() -> None:
    children = dict.fromkeys(
        ("_", "sip:486", "USER_BUSY", "NO_ANSWER", "CALL_REJECTED", "NORMAL_TEMPORARY_FAILURE", "UNALLOCATED_NUMBER"), HANGUP
    )
    assert list(start_of(node("device", children, id=A)).exits) == [
        "otherwise",
        "vinix/sip:486",
        "busy",
        "no_answer",
        "declined",
        "unreachable",
        "vinix/UNALLOCATED_NUMBER",
    ]
    assert_comes_back(bundle(node("device", children, id=A)))


def test_a_child_that_is_no_outcome_of_ringing_is_unreachable() -> None:
    parsed = read(node("user", {"1": HANGUP, "_": HANGUP}, id=A))
    assert list(parsed.flow.nodes["start"].exits) == ["otherwise"]
    assert noted(parsed.problems, "UC105") == ["/callflow/flow/children/1"]


def test_outcomes_become_causes_and_a_call_takes_the_cause_before_the_rest() -> None:
    nodes: dict[str, Node] = {
        "start": Ring(targets=(phone(),), exits={"otherwise": "o", "busy": "b", "vinix/sip:486": "s"}),
        "o": Announce(prompt=Speech("else")),
        "b": Announce(prompt=Speech("busy")),
        "s": Announce(prompt=Speech("code")),
    }
    document = written(nodes)
    assert list(root_of(document)["children"]) == ["_", "USER_BUSY", "sip:486"]
    assert prompts(meet(document, default_answer="busy")) == ["busy"]
    assert prompts(meet(document, default_answer="declined")) == ["else"]


def test_a_device_rings_for_twenty_seconds_where_it_says_nothing_or_zero() -> None:
    assert start_of(node("device", id=A)).timeout == 20
    assert start_of(node("device", id=A, timeout=0)).timeout == 20
    assert_comes_back(bundle(node("device", id=A, timeout=0)))


def test_a_subroutine_comes_back_to_its_wildcard() -> None:
    root = node("callflow", {"_": say("back"), "1": say("never")}, id=A)
    parsed = read(root, callflows={A: {"name": "Sub", "numbers": ["100"], "patterns": [], "flow": say("sub")}})
    assert parsed.flow.nodes["start"] == Subflow(
        flow=Reference("vinix", "flow", A), exits={"next": "next"}, extras=parsed.flow.nodes["start"].extras
    )
    assert list(parsed.flow.subflows) == [A]
    assert noted(parsed.problems, "UC105") == ["/callflow/flow/children/1"]


# Loops, joins, and documents that unicall makes for them.


def test_a_way_back_to_the_menu_becomes_a_callflow_that_nobody_can_dial_and_reads_as_the_loop() -> None:
    translation = from_convirza("ivr/plumber_two_levels_whole_week")
    outlined = [d for key, d in translation.document["callflows"].items() if key.startswith("new:callflow-")]
    assert outlined
    for document in outlined:
        assert document["numbers"] == []
        (pattern,) = document["patterns"]
        assert pattern.startswith("^new:")
        assert pattern.endswith("$")
    assert noted(translation.problems, "UC202")
    back = unicall.parse(translation.document, "vinix").flow
    menus = {at for at, one in back.nodes.items() if isinstance(one, Menu)}
    loops = {(at, label, to) for at in menus for label, to in back.nodes[at].exits.items() if to in menus and at.startswith(to)}
    assert [(label, at != to) for at, label, to in loops] == [("0", True)]
    assert back.subflows == {}
    assert_comes_back(translation.document)


def test_what_calls_meet_in_an_outlined_loop_is_what_they_met_before() -> None:
    nodes: dict[str, Node] = {
        "start": Menu(greeting=Speech("top"), retries=1, exits={"1": "1", "2": "2"}),
        "1": Menu(greeting=Speech("below"), retries=1, exits={"9": "start"}),
        "2": Announce(prompt=Speech("two")),
    }
    assert prompts(meet(written(nodes), keys=("1", "9", "1", "9", "2"))) == ["top", "below", "top", "below", "top", "two"]


def test_an_outlined_part_with_a_mark_in_its_pattern_reads_as_the_same_part_and_keeps_the_mark() -> None:
    document = from_convirza("ivr/plumber_two_levels_whole_week").document
    marked = copy.deepcopy(document)
    for outlined in marked["callflows"].values():
        outlined["patterns"] = [outlined["patterns"][0].removesuffix("$") + "@a1b2$"]
    assert marked != document
    read, plain = unicall.parse(marked, "vinix").flow, unicall.parse(document, "vinix").flow
    assert read.subflows == {}
    assert {at: evolve(one, extras={}) for at, one in read.nodes.items()} == {
        at: evolve(one, extras={}) for at, one in plain.nodes.items()
    }
    assert_comes_back(marked)


@pytest.mark.parametrize("patterns", [["^new:callflow\\-1x$"], ["^new:callflow\\-1$", "^x$"], ["x"], [1], "x", None])
def test_a_callflow_under_another_pattern_is_no_outlined_part(patterns: Any) -> None:
    other = {"name": "x", "numbers": [], "patterns": patterns, "flow": HANGUP}
    document = bundle(node("callflow", id="new:callflow-1"), callflows={"new:callflow-1": other})
    reading = find("vinix").parse(document, "", Log())
    assert isinstance(reading.flow.nodes["start"], Subflow)


def test_a_callflow_of_the_vendor_is_not_taken_for_an_outlined_part() -> None:
    root = node("callflow", id="new:callflow-1")
    document = bundle(root, callflows={"new:callflow-1": {"name": "x", "numbers": ["100"], "patterns": [], "flow": HANGUP}})
    parsed = unicall.parse(document, "vinix")
    assert isinstance(parsed.flow.nodes["start"], Subflow)
    assert_comes_back(document)


def test_a_part_that_two_keys_share_is_copied() -> None:
    emitted = unicall.emit(neutral({"start": Menu(exits={"1": "box", "2": "box"}), "box": Voicemail()}), "vinix")
    first, second = (root_of(emitted.document)["children"][key] for key in "12")
    assert first == second
    assert first["module"] == "voicemail"
    assert len(emitted.document["vmboxes"]) == 1
    assert noted(emitted.problems, "UC201")
    assert "callflows" not in emitted.document


def test_a_large_part_that_two_keys_share_is_outlined() -> None:
    nodes: dict[str, Node] = {"start": Menu(exits={"1": "s0", "2": "s0"})}
    nodes |= {f"s{n}": Announce(prompt=Speech(f"{n}"), exits={"next": f"s{n + 1}"} if n < 59 else {}) for n in range(60)}
    emitted = unicall.emit(neutral(nodes), "vinix")
    first, second = (root_of(emitted.document)["children"][key] for key in "12")
    assert first["module"] == second["module"] == "callflow"
    assert first["data"] == second["data"]
    assert list(emitted.document["callflows"]) == [first["data"]["id"]]
    assert noted(emitted.problems, "UC202")
    assert prompts(meet(emitted.document, keys=("2",))) == [f"{n}" for n in range(60)]


# Shares and places.


def split(**shares: float) -> Flow:
    nodes: dict[str, Node] = {"start": Split(shares=shares, exits={name: name for name in shares})}
    return neutral(nodes | {name: Announce(prompt=Speech(name)) for name in shares})


def test_shares_go_by_the_last_two_digits_of_the_caller() -> None:
    emitted = unicall.emit(split(a=50, b=30, c=20), "vinix")
    told = {one["module"] for one in modules(root_of(emitted.document))}
    assert told == {"check_cid", "tts"}
    assert len(noted(emitted.problems, "UC211")) == 3
    met = [prompts(meet(emitted.document, caller=f"+120255501{n:02}"))[0] for n in range(100)]
    assert [met.count(name) for name in "abc"] == [50, 30, 20]


def test_shares_are_never_drawn_by_a_ring_group() -> None:
    assert "weighted_random" not in text(from_convirza("percentage/law_office_intake_50_30_20").document)
    assert "weighted_random" not in text(unicall.emit(split(a=1, b=99), "vinix").document)


@pytest.mark.parametrize("caller", [None, "anonymous", ""])
def test_anonymous_callers_get_the_last_share(caller: str | None) -> None:
    assert prompts(meet(unicall.emit(split(a=50, b=30, c=20), "vinix").document, caller=caller)) == ["c"]


def region(*codes: tuple[str, ...]) -> Flow:
    names = [f"p{n}" for n in range(len(codes))]
    places = tuple(Place(name=name, area_codes=known) for name, known in zip(names, codes, strict=True))
    nodes: dict[str, Node] = {
        "start": Region(by="area code", places=places, exits={**{n: n for n in names}, "otherwise": "rest"}),
        "rest": Announce(prompt=Speech("rest")),
    }
    return neutral(nodes | {name: Announce(prompt=Speech(name)) for name in names})


def test_places_with_known_area_codes_are_told_apart_by_the_number_of_the_caller() -> None:
    emitted = unicall.emit(region(("801", "385"), ("212",)), "vinix")
    assert noted(emitted.problems, "UC213")
    assert not noted(emitted.problems, "UC212")
    callers = {"+18015550100": "p0", "3855550100": "p0", "12125550100": "p1", "+14155558010": "rest", "+16468015550": "rest"}
    assert {caller: prompts(meet(emitted.document, caller=caller))[0] for caller in callers} == callers


def test_places_that_nobody_knows_are_unresolved_and_the_default_rings() -> None:
    emitted = unicall.emit(region((), ()), "vinix")
    assert {p.severity for p in emitted.problems if p.code == "UC212"} == {"unresolved"}
    assert prompts(meet(emitted.document)) == ["rest"]
    assert root_of(from_convirza("geo/veterinary_npa_three_cities").document)["module"] == "record_call"


# Numbers.


@pytest.mark.parametrize("number", ["undefinedMainNumber", "no_match"])
def test_a_placeholder_is_no_phone_number(number: str) -> None:
    document = {"name": "Main", "numbers": [number], "patterns": [], "flow": HANGUP}
    assert unicall.parse(document, "vinix").flow.entry_points == (EntryPoint("placeholder", number),)
    assert_comes_back(document)


def test_numbers_extensions_and_patterns_are_told_apart() -> None:
    document = {"name": "Main", "numbers": [NUMBER, "100", "*97"], "patterns": ["^\\*5([0-9]*)$"], "flow": HANGUP}
    assert unicall.parse(document, "vinix").flow.entry_points == (
        EntryPoint("number", NUMBER),
        EntryPoint("extension", "100"),
        EntryPoint("extension", "*97"),
        EntryPoint("pattern", "^\\*5([0-9]*)$"),
    )
    assert_comes_back(document)


def test_a_flow_without_a_way_in_gets_a_pattern_that_nobody_can_dial() -> None:
    emitted = unicall.emit(neutral({"start": Hangup()}, entry_points=()), "vinix")
    (pattern,) = emitted.document["callflow"]["patterns"]
    assert pattern.startswith("^new:")
    assert emitted.document["callflow"]["numbers"] == []
    assert unicall.parse(emitted.document, "vinix").flow.entry_points == ()
    assert noted(emitted.problems, "UC404")


# Documents that several nodes share.

TWO = node("menu", {"1": node("menu", {"1": HANGUP}, id=B), "2": node("menu", {"2": HANGUP}, id=B)}, id=A)
MENUS = {A: {**MENU, "x_color": "red"}, B: {**MENU, "x_color": "blue", "media": {"exit_media": False}}}


def test_two_nodes_share_one_menu_document() -> None:
    assert_comes_back(bundle(TWO, menus=MENUS))


@pytest.mark.parametrize(("at", "other"), [("1", "2"), ("2", "1")])
def test_an_edit_at_one_user_of_a_menu_makes_a_copy_for_that_user_alone(at: str, other: str) -> None:
    document = edited(read(TWO, menus=MENUS).flow, at, retries=7)
    children = root_of(document)["children"]
    assert children[other]["data"]["id"] == B
    assert document["menus"][B] == MENUS[B]
    copy = children[at]["data"]["id"]
    assert copy.startswith("new:")
    assert document["menus"][copy] == MENUS[B] | {"retries": 7}
    assert document["menus"][A] == MENUS[A]


def test_an_edit_of_the_only_user_changes_the_menu_in_place_and_keeps_unknown_keys() -> None:
    document = edited(read(TWO, menus=MENUS).flow, "start", retries=7)
    assert document == bundle(TWO, menus=MENUS | {A: MENUS[A] | {"retries": 7}})


def test_the_same_edit_at_all_users_changes_the_menu_in_place() -> None:
    flow = read(TWO, menus=MENUS).flow
    nodes = {at: evolve(one, retries=7) if at in ("1", "2") and isinstance(one, Menu) else one for at, one in flow.nodes.items()}
    document = unicall.emit(evolve(flow, nodes=nodes), "vinix").document
    assert document == bundle(TWO, menus=MENUS | {B: MENUS[B] | {"retries": 7}})


def media(spoken: str) -> Json:
    return {"name": "Prompt", "media_source": "tts", "x_take": 3, "tts": {"text": spoken, "voice": "female/en-US"}}


@pytest.mark.parametrize(("at", "other"), [("start", "next"), ("next", "start")])
def test_an_edit_at_one_user_of_a_prompt_makes_a_copy_for_that_user_alone(at: str, other: str) -> None:
    root = node("play", {"_": node("play", id=C)}, id=C)
    document = edited(read(root, media={C: media("Hello.")}).flow, at, prompt=Speech("Bye."))
    ids = {"start": root_of(document)["data"]["id"], "next": root_of(document)["children"]["_"]["data"]["id"]}
    assert ids[other] == C
    assert document["media"][C] == media("Hello.")
    assert ids[at].startswith("new:")
    assert document["media"][ids[at]]["tts"]["text"] == "Bye."


def test_an_edit_of_the_only_user_of_a_prompt_changes_it_in_place() -> None:
    root = node("play", id=C)
    document = edited(read(root, media={C: media("Hello.")}).flow, "start", prompt=Speech("Bye."))
    assert document == bundle(root, media={C: media("Bye.")})


@pytest.mark.parametrize(("at", "other"), [("start", "otherwise"), ("otherwise", "start")])
def test_an_edit_at_one_user_of_a_device_makes_a_copy_for_that_user_alone(at: str, other: str) -> None:
    root = node("device", {"_": node("device", id=A)}, id=A)
    document = edited(read(root, devices={A: device()}).flow, at, targets=(phone("+12025550199"),))
    ids = {"start": root_of(document)["data"]["id"], "otherwise": root_of(document)["children"]["_"]["data"]["id"]}
    assert ids[other] == A
    assert document["devices"][A] == device()
    assert ids[at].startswith("new:")
    assert document["devices"][ids[at]]["call_forward"]["number"] == "+12025550199"


def test_an_edit_of_the_only_user_of_a_device_changes_it_in_place() -> None:
    root = node("device", id=A)
    flow = read(root, devices={A: device(x_color="red")}).flow
    document = edited(flow, "start", targets=(phone("+12025550199"),))
    assert document == bundle(root, devices={A: device(x_color="red", call_forward={"number": "+12025550199"})})


@pytest.mark.parametrize(("at", "other"), [("start", "otherwise"), ("otherwise", "start")])
def test_an_edit_at_one_user_of_a_rule_makes_a_copy_for_that_user_alone(at: str, other: str) -> None:
    root = node("temporal_route", {A: say("1"), "_": node("temporal_route", {A: say("2")}, rules=[A])}, rules=[A])
    rules = {A: rule(x_color="red", time_window_start=100)}
    flow = read(root, temporal_rules=rules).flow
    schedule = flow.nodes[at]
    assert isinstance(schedule, Schedule)
    (named,) = schedule.hours
    later = evolve(named, recurrences=(evolve(named.recurrences[0], start=200),))  # type: ignore[index]
    document = edited(flow, at, hours=(later,))
    listed = {"start": root_of(document)["data"]["rules"], "otherwise": root_of(document)["children"]["_"]["data"]["rules"]}
    assert listed[other] == [A]
    assert document["temporal_rules"][A] == rules[A]
    (copy,) = listed[at]
    assert copy.startswith("new:")
    assert document["temporal_rules"][copy] == rules[A] | {"time_window_start": 200}


@pytest.mark.parametrize(("at", "other"), [("start", "next"), ("next", "start")])
def test_an_edit_at_one_user_of_a_mailbox_makes_a_copy_for_that_user_alone(at: str, other: str) -> None:
    root = node("voicemail", {"_": node("voicemail", id=A, action="compose")}, id=A, action="compose")
    box = {"mailbox": "100", "name": "Box", "pin": "1234", "media": {"unavailable": C}}
    document = edited(read(root, vmboxes={A: box}, media={C: media("Hello.")}).flow, at, greeting=Speech("Bye."))
    ids = {"start": root_of(document)["data"]["id"], "next": root_of(document)["children"]["_"]["data"]["id"]}
    assert ids[other] == A
    assert document["vmboxes"][A] == box
    assert document["media"][C] == media("Hello.")
    assert ids[at].startswith("new:")


def test_a_member_that_joins_or_leaves_a_group_leaves_the_devices_of_the_others_as_they_are() -> None:
    members = [{"endpoint_type": "device", "id": key, "delay": n, "x_note": n} for n, key in enumerate((A, B), 1)]
    root = node("ring_group", endpoints=members)
    devices = {A: device(x_color="red"), B: device(x_color="blue", call_forward={"number": "+12025550143"})}
    flow = read(root, devices=devices).flow
    start = flow.nodes["start"]
    assert isinstance(start, Ring)
    joined = edited(flow, "start", targets=(phone("+12025550199"), *start.targets))
    assert [one["id"] for one in root_of(joined)["data"]["endpoints"]] == ["new:device-12025550199", A, B]
    assert {key: joined["devices"][key] for key in (A, B)} == devices
    assert root_of(joined)["data"]["endpoints"][1:] == members
    left = edited(flow, "start", targets=start.targets[1:])
    assert root_of(left)["data"]["endpoints"] == members[1:]
    assert left["devices"][B] == devices[B]


def test_documents_that_no_node_uses_stay_in_the_bundle() -> None:
    document = bundle(HANGUP, users={A: {"first_name": "Ann"}}, menus={B: MENU}, temporal_rules={C: rule(wdays=["x"])})
    assert_comes_back(document)


# Devices.


def test_a_device_that_only_forwards_is_the_number_it_rings() -> None:
    assert start_of(node("device", id=A), devices={A: device()}).targets == (phone(),)


@pytest.mark.parametrize("stated", [{"require_keypress": True}, {}])
def test_a_device_that_asks_for_a_key_is_a_number_that_confirms(stated: Json) -> None:
    """The schema's default is true."""
    forward = {"enabled": True, "number": NUMBER, **stated}
    start = start_of(node("device", id=A), devices={A: {"name": "Cell", "call_forward": forward}})
    assert start.targets == (phone(confirm=True),)


@pytest.mark.parametrize(
    ("more", "facts"),
    [
        ({"enabled": False}, {"off": True}),
        ({"do_not_disturb": {"enabled": True}}, {"off": True}),
        ({"call_forward": {"enabled": False}}, {}),
        ({"call_forward": {"substitute": False}}, {"also": PhoneNumber(NUMBER)}),
        ({"call_forward": {"direct_calls_only": True}}, {"off": True, "also": PhoneNumber(NUMBER)}),
        ({"call_forward": {"failover": True}}, {}),
        ({"call_forward": {"number": "201"}}, {"off": True, "also": Reference("vinix", "number", "201")}),
        ({"call_forward": {"number": None}}, {}),
    ],
    ids=str,
)
def test_a_device_that_may_ring_otherwise_or_not_at_all_stays_a_device(more: Json, facts: Json) -> None:
    root = node("device", id=A)
    document = bundle(root, devices={A: device(**more)})
    assert start_of(root, devices=document["devices"]).targets == (RingTarget(Reference("vinix", "device", A), **facts),)
    assert_comes_back(document)


def test_a_group_does_not_follow_what_a_device_forwards_of_direct_calls_only() -> None:
    root = node("ring_group", endpoints=[{"endpoint_type": "device", "id": A}])
    document = bundle(root, devices={A: device(call_forward={"direct_calls_only": True})})
    assert start_of(root, devices=document["devices"]).targets == (RingTarget(Reference("vinix", "device", A)),)
    assert_comes_back(document)


def test_one_who_declines_may_do_so_for_all() -> None:
    root = node("ring_group", endpoints=[{"endpoint_type": "device", "id": A}], fail_on_single_reject=True)
    assert start_of(root).decline_ends
    assert_comes_back(bundle(root))


def test_a_group_whose_members_join_at_some_moment_is_not_read() -> None:
    root = node("ring_group", endpoints=[{"endpoint_type": "device", "id": A, "disable_until": 63900000000}])
    assert isinstance(start_of(root), VendorNode)
    assert_comes_back(bundle(root))


def test_a_menu_says_what_it_says_instead_of_the_platform() -> None:
    media = {"greeting": B, "invalid_media": C, "exit_media": False, "transfer_media": True}
    document = bundle(node("menu", id=A), menus={A: {"name": "Front", "media": media}})
    start = start_of(node("menu", id=A), menus=document["menus"])
    heard = (start.greeting, start.invalid_prompt, start.exit_prompt, start.transfer_prompt)
    assert heard == (Reference("vinix", "audio", B), Reference("vinix", "audio", C), None, None)
    assert_comes_back(document)


@pytest.mark.parametrize(("anybody", "pin"), [(True, "1234"), (False, None), (None, None)])
def test_callers_record_the_greeting_only_where_they_may(anybody: bool | None, pin: str | None) -> None:
    menu = {"name": "Front", "record_pin": "1234", "allow_record_from_offnet": anybody}
    document = bundle(node("menu", id=A), menus={A: menu})
    assert start_of(node("menu", id=A), menus=document["menus"]).record_pin == pin
    assert_comes_back(document)


def test_a_device_with_a_route_of_its_own_is_that_address() -> None:
    sip = {"invite_format": "route", "route": "sip:desk@192.0.2.10:5080"}
    start = start_of(node("device", id=A), devices={A: {"name": "Trunk", "sip": sip}})
    assert start.targets == (RingTarget(SipAddress("192.0.2.10", 5080, "desk")),)


def test_a_made_route_is_what_the_platform_rings() -> None:
    targets: tuple[Target, ...] = (SipAddress("192.0.2.10", 5060), SipAddress("pbx.example.com", None, "desk"))
    for target in targets:
        document = written({"start": Ring(targets=(RingTarget(target),))})
        assert start_of(**{"root": root_of(document), **{k: v for k, v in document.items() if k != "callflow"}}).targets == (
            RingTarget(target),
        )


# Envelopes.

CALLFLOW: Json = {"id": A, "name": "Main", "numbers": [NUMBER], "patterns": [], "flow": HANGUP}


def test_a_bare_callflow_and_a_bundle_come_back_as_they_were() -> None:
    assert_comes_back(CALLFLOW)
    assert_comes_back({"callflow": CALLFLOW})
    assert_comes_back({"callflow": CALLFLOW, "menus": {}})


def test_an_envelope_is_peeled_and_pointers_begin_outside_it() -> None:
    inner = CALLFLOW | {"flow": node("resources", {"_": HANGUP}, to_did=NUMBER), "metadata": {"x": {"name": "y"}}}
    document = {"data": inner, "revision": "1-a", "request_id": "r", "status": "success", "auth_token": "t"}
    parsed = unicall.parse(document)
    assert parsed.provider == "vinix"
    assert noted(parsed.problems, "UC105") == ["/data/flow/children/_"]
    assert unicall.emit(parsed.flow, "vinix").document == inner


def test_a_list_of_whole_callflows_is_read_one_by_one() -> None:
    document = {"data": [CALLFLOW, CALLFLOW | {"name": "Second"}], "status": "success"}
    assert [one.flow.name for one in unicall.parse_all(document)] == ["Main", "Second"]
    with pytest.raises(unicall.DocumentError, match="parse_all"):
        unicall.parse(document)


def test_a_summary_is_refused_where_it_stands() -> None:
    summary = {"id": B, "name": "Summary", "numbers": [NUMBER], "patterns": [], "modules": ["device"]}
    with pytest.raises(unicall.DocumentError) as refused:
        list(unicall.parse_all({"data": [CALLFLOW, summary]}))
    assert refused.value.pointer == "/data/1"
    assert "summary" in str(refused.value)
    with pytest.raises(unicall.DocumentError):
        list(unicall.parse_all(fixture("vinix/refused/summaries.json")))


@pytest.mark.parametrize("status", ["error", "fatal"])
def test_an_error_answer_is_refused_with_its_message(status: str) -> None:
    document = {"status": status, "message": "invalid_credentials", "error": "401", "data": {"message": "invalid"}}
    with pytest.raises(unicall.DocumentError, match="invalid_credentials") as refused:
        unicall.parse(document, "vinix")
    assert refused.value.pointer == "/message"


# Modules that only Vinix has.


def test_a_module_that_nobody_knows_survives_and_may_go_anywhere() -> None:
    root = {
        **node("loyalty_lookup", {"gold": HANGUP, "_": HANGUP, "7": HANGUP}, url="https://example.com", deep=[{"x": None}]),
        "x_note": 1,
    }
    start = start_of(root)
    assert (type(start), start.word, list(start.exits), start.passes) == (VendorNode, "loyalty_lookup", ["gold", "_", "7"], "_")
    assert_comes_back(bundle(root))


@pytest.mark.parametrize("module", ["device", "menu", "resources", "loyalty_lookup", "temporal_route", "hangup"])
def test_a_skipped_module_passes_to_its_wildcard(module: str) -> None:
    root = node(module, {"_": say("on"), "1": say("never")}, id=A, skip_module=True)
    parsed = read(root)
    start = parsed.flow.nodes["start"]
    assert isinstance(start, VendorNode)
    assert (list(start.exits), start.passes) == (["_"], "_")
    assert noted(parsed.problems, "UC105") == ["/callflow/flow/children/1"]
    assert_comes_back(bundle(root))


@pytest.mark.parametrize("stated", [False, "false", None])
def test_a_module_that_says_it_is_not_skipped_is_read(stated: Json) -> None:
    root = node("device", {"_": HANGUP}, id=A, skip_module=stated)
    assert isinstance(start_of(root), Ring)
    assert_comes_back(bundle(root))


@pytest.mark.parametrize(
    ("module", "data", "exits"),
    [
        *((module, {}, ["_"]) for module in ("answer", "noop", "prepend_cid", "send_dtmf", "collect_dtmf", "record_caller")),
        *((module, {}, ["_"]) for module in ("pivot", "disa", "page_group", "dynamic_cid", "privacy", "function", "intercom")),
        *((module, {}, []) for module in ("transfer", "dead_air", "wait_for_hangup", "move", "intercept", "group_pickup")),
        *((module, {}, []) for module in ("conference_feature", "receive_fax", "eavesdrop", "intercept_feature")),
        ("voicemail", {"action": "check"}, ["_"]),
        ("hotdesk", {"action": "bridge"}, ["_", "USER_BUSY", "sip:486"]),
        ("route_to_cid", {}, ["_", "USER_BUSY", "sip:486"]),
        ("nomorobo", {}, ["_", "5"]),
        ("acdc_wait_time", {}, ["_", "5"]),
        ("acdc_agent_availability", {}, ["_", "available"]),
        ("fax_detect", {}, ["_", "ON_FAX"]),
        ("park", {"action": "retrieve"}, ["_", "5", "available", "sip:486"]),
        ("branch_variable", {}, ["_", "5", "available", "sip:486"]),
        ("branch_bnumber", {}, ["_", "5", "available", "sip:486"]),
        ("check_cid", {"use_absolute_mode": True}, ["_", "5", "available", "sip:486"]),
    ],
)
def test_a_module_without_a_neutral_kind_knows_its_real_exits(module: str, data: Json, exits: list[str]) -> None:
    children = dict.fromkeys(("_", "5", "available", "sip:486", *exits), HANGUP)
    start = start_of(node(module, children, **data))
    assert isinstance(start, VendorNode)
    assert sorted(start.exits) == sorted(exits)
    assert_comes_back(bundle(node(module, children, **data)))


def test_a_vendor_node_that_loses_nothing_by_being_left_out_passes_to_its_wildcard() -> None:
    assert start_of(node("prepend_cid", {"_": HANGUP})).passes == "_"
    assert start_of(node("transfer", {"_": HANGUP}, target="100")).passes is None


MINIMAL: Mapping[str, tuple[Json, type[Node]]] = {
    "device": ({"id": A}, Ring),
    "user": ({"id": A}, Ring),
    "ring_group": ({"endpoints": [{"endpoint_type": "device", "id": A}]}, Ring),
    "group": ({"id": A}, Ring),
    "page_group": ({"audio": "one-way", "endpoints": [{"endpoint_type": "user", "id": A}]}, VendorNode),
    "resources": ({"to_did": NUMBER}, Ring),
    "offnet": ({"to_did": NUMBER}, Ring),
    "route_to_cid": ({}, VendorNode),
    "intercom": ({"barge_calls": True}, VendorNode),
    "transfer": ({"target": "100"}, VendorNode),
    "hotdesk": ({"action": "login"}, VendorNode),
    "menu": ({}, Menu),
    "temporal_route": ({"rules": []}, Schedule),
    "check_cid": ({"regex": "^\\+1202"}, VendorNode),
    "cidlistmatch": ({"id": A}, VendorNode),
    "branch_variable": ({"variable": "call_priority"}, VendorNode),
    "branch_bnumber": ({"hunt": True}, VendorNode),
    "callflow": ({"id": A}, Subflow),
    "function": ({"id": A}, VendorNode),
    "pivot": ({"voice_url": "https://example.com"}, VendorNode),
    "directory": ({"id": A}, Directory),
    "disa": ({"pin": "1"}, VendorNode),
    "fax_detect": ({"duration": 3}, VendorNode),
    "nomorobo": ({"username": "u"}, VendorNode),
    "acdc_wait_time": ({"id": A}, VendorNode),
    "play": ({"id": A}, Announce),
    "tts": ({"text": "Hi"}, Announce),
    "audio_macro": ({"macros": [{"macro": "play", "id": A}]}, VendorNode),
    "answer": ({}, VendorNode),
    "noop": ({}, VendorNode),
    "sleep": ({"duration": 2}, Pause),
    "dead_air": ({}, VendorNode),
    "wait_for_hangup": ({}, VendorNode),
    "language": ({"language": "en-us"}, SetLanguage),
    "collect_dtmf": ({"max_digits": 2}, VendorNode),
    "flush_dtmf": ({"collection_name": "default"}, VendorNode),
    "send_dtmf": ({"digits": "1"}, VendorNode),
    "record_call": ({"action": "start"}, RecordCall),
    "record_caller": ({}, VendorNode),
    "response": ({"code": 603}, Reject),
    "hangup": ({}, Hangup),
    "voicemail": ({"id": A, "action": "compose"}, Voicemail),
    "conference": ({"id": A}, Conference),
    "conference_feature": ({}, VendorNode),
    "faxbox": ({"id": A}, Fax),
    "receive_fax": ({"owner_id": A}, VendorNode),
    "acdc_member": ({"id": A}, Queue),
    "park": ({"action": "direct_park", "slot": "1"}, Park),
    "group_pickup": ({"group_id": A}, VendorNode),
    "group_pickup_feature": ({"type": "extension"}, VendorNode),
    "intercept": ({"user_id": A}, VendorNode),
    "intercept_feature": ({"type": "user"}, VendorNode),
    "eavesdrop": ({"user_id": A}, VendorNode),
    "eavesdrop_feature": ({"group_id": A}, VendorNode),
    "move": ({}, VendorNode),
    "camping_feature": ({}, VendorNode),
    "set_cid": ({"caller_id_name": "Main"}, SetCallerId),
    "prepend_cid": ({"caller_id_name_prefix": "S"}, VendorNode),
    "dynamic_cid": ({"action": "manual"}, VendorNode),
    "privacy": ({"mode": "full"}, VendorNode),
    "lookupcidname": ({"lists": [A]}, VendorNode),
    "set_variable": ({"variable": "call_priority", "value": "1"}, SetVariable),
    "set_variables": ({"custom_application_vars": {"a": "b"}}, SetVariable),
    "set": ({"skill": 1}, VendorNode),
    "set_alert_info": ({"alert_info": "x"}, VendorNode),
    "missed_call_alert": ({"recipients": [{"type": "email", "id": "a@example.com"}]}, Notify),
    "webhook": ({"uri": "https://example.com", "http_verb": "post"}, Webhook),
    "notification": ({"template_id": "t"}, VendorNode),
    "manual_presence": ({"presence_id": "1"}, VendorNode),
    "do_not_disturb": ({"action": "toggle"}, VendorNode),
    "call_forward": ({"action": "activate"}, VendorNode),
    "call_waiting": ({"action": "toggle"}, VendorNode),
    "ring_group_toggle": ({"action": "login", "callflow_id": A}, VendorNode),
    "acdc_agent": ({"action": "login"}, VendorNode),
    "acdc_queue": ({"action": "login", "id": A}, VendorNode),
    "after_bridge": ({"action": "transfer", "data": "100"}, VendorNode),
    "edr": ({"body": {}}, VendorNode),
    "skel": ({}, VendorNode),
    "doorman": ({}, VendorNode),
    "detect_speech": ({"action": "start"}, VendorNode),
    "call_pickup": ({}, VendorNode),
    "tones": ({"tones": []}, VendorNode),
    "qubicle_recipient": ({"action": "ready"}, VendorNode),
    "acdc_agent_availability": ({"id": A}, VendorNode),
}


@pytest.mark.parametrize("module", MINIMAL)
def test_every_module_is_read_as_what_it_is_and_comes_back(module: str) -> None:
    data, kind = MINIMAL[module]
    for root in (
        node(module, {"_": HANGUP}, **data),
        node(module, {"_": HANGUP, "x": say("odd"), "NO_ANSWER": {}}, x_unknown={"a": [1, None]}, **data),
        {"module": module, "data": data},
        {"children": {}, "x_more": 1, "module": module, "data": data},
    ):
        assert_comes_back(bundle(root))
    assert type(start_of(node(module, {"_": HANGUP}, **data))) is kind


@pytest.mark.parametrize(
    ("children", "exits"),
    [
        ({"match": say("m"), "nomatch": say("n")}, {"match": "match", "no_match": "no_match"}),
        ({"match": say("m"), "_": say("n")}, {"match": "match", "no_match": "no_match"}),
        ({"_": say("m"), "nomatch": say("n")}, {"match": "match", "no_match": "no_match"}),
        ({"match": say("m"), "nomatch": say("n"), "_": say("x")}, {"match": "match", "no_match": "no_match"}),
        ({"nomatch": say("n")}, {"no_match": "no_match"}),
    ],
)
@pytest.mark.parametrize(("module", "data"), [("check_cid", {"regex": "^\\+1202"}), ("cidlistmatch", {"id": A})])
def test_the_wildcard_of_a_test_stands_in_for_the_outcome_that_has_no_child(
    module: str, data: Json, children: Json, exits: Json
) -> None:
    start = start_of(node(module, children, **data))
    assert isinstance(start, CallerMatch)
    assert {label: label for label in start.exits} == exits
    assert_comes_back(bundle(node(module, children, **data)))


def test_two_devices_of_a_group_that_forward_to_one_number_stay_two() -> None:
    members = [{"endpoint_type": "device", "id": key, "timeout": 20} for key in (A, B, A)]
    forward = {"enabled": True, "number": "+12025550142"}
    devices = {A: {"name": "Desk", "call_forward": forward}, B: {"name": "Shed", "call_forward": forward}}
    assert_comes_back(bundle(node("ring_group", endpoints=members, timeout=20), devices=devices))


@pytest.mark.parametrize("wdays", [True, 5, "monday", {"monday": 1}])
def test_weekdays_that_are_no_array_are_refused_where_they_stand(wdays: Json) -> None:
    rules = {A: {"name": "First", "cycle": "monthly", "ordinal": "first", "wdays": wdays}}
    with pytest.raises(unicall.DocumentError) as refused:
        unicall.parse(bundle(node("temporal_route", rules=[A]), temporal_rules=rules))
    assert refused.value.pointer == f"/temporal_rules/{A}/wdays"


def test_a_pause_longer_than_the_executor_waits_comes_back_as_it_stood() -> None:
    assert_comes_back(bundle(node("sleep", duration=500, unit="h")))


@pytest.mark.parametrize(
    ("zone", "day"), [("America/Chicago", date(2026, 9, 17)), ("Europe/Berlin", date(2026, 9, 18)), (None, date(2026, 9, 18))]
)
def test_a_rule_starts_on_the_day_that_its_moment_has_in_the_zone_of_the_node(zone: str | None, day: date) -> None:
    """Kazoo compares in the node's zone: midnight of UTC is the day before in America."""
    root = node("temporal_route", {A: node("hangup")}, rules=[A], **({} if zone is None else {"timezone": zone}))
    document = bundle(root, temporal_rules={A: {"name": "Once", "cycle": "date", "start_date": 63956908800}})
    start = start_of(root, temporal_rules=document["temporal_rules"])
    assert [rule.first for named in start.hours for rule in named.recurrences] == [day]
    assert_comes_back(document)


def test_a_new_rule_starts_at_midnight_of_the_zone() -> None:
    once = Recurrence(frequency="once", first=date(2026, 12, 24))
    hours = Schedule(timezone="America/Chicago", hours=(Hours(name="eve", recurrences=(once,)),), exits={"eve": "end"})
    [rule] = written({"start": hours, "end": Hangup()})["temporal_rules"].values()
    assert datetime.fromtimestamp(rule["start_date"] - 62167219200, ZoneInfo("America/Chicago")) == datetime(
        2026, 12, 24, tzinfo=ZoneInfo("America/Chicago")
    )


def test_a_rule_of_two_zones_that_starts_on_two_days_is_known_in_the_first_alone() -> None:
    second = node("temporal_route", {A: node("hangup")}, rules=[A], timezone="Europe/Berlin")
    root = node("temporal_route", {A: second}, rules=[A], timezone="America/Chicago")
    document = bundle(root, temporal_rules={A: {"name": "Once", "cycle": "date", "start_date": 63956908800}})
    hours = [
        one.hours[0].recurrences
        for one in read(root, temporal_rules=document["temporal_rules"]).flow.nodes.values()
        if isinstance(one, Schedule)
    ]
    assert sorted(known is None for known in hours) == [False, True]
    assert_comes_back(document)


def test_a_refusal_may_be_heard_first() -> None:
    root = node("response", code=486, media=B)
    assert start_of(root) == Reject(code=486, prompt=Reference("vinix", "audio", B), extras=start_of(root).extras)
    assert_comes_back(bundle(root))


def test_a_box_that_greets_nobody_has_no_greeting() -> None:
    root = node("voicemail", id=A)
    document = bundle(root, vmboxes={A: {"mailbox": "1001", "skip_greeting": True, "media": {"unavailable": B}}})
    assert start_of(root, vmboxes=document["vmboxes"]).greeting is None
    assert_comes_back(document)


def test_a_box_that_the_number_dialled_names_is_not_known() -> None:
    root = node("voicemail", {"_": node("hangup")}, action="compose")
    assert isinstance(start_of(root), VendorNode)
    assert_comes_back(bundle(root))


RENAMES = {"user_id": A, "caller_id": {"external": {"name": "VIP", "number": NUMBER}}}


@pytest.mark.parametrize(
    ("data", "below", "kind"),
    [
        ({"regex": "("}, node("hangup"), VendorNode),
        ({"regex": "555"}, node("hangup"), CallerMatch),
        ({"regex": "555", **RENAMES}, node("hangup"), CallerMatch),
        ({"regex": "555", **RENAMES}, node("set_cid", {"_": node("check_cid")}), VendorNode),
    ],
)
def test_a_test_of_the_caller_is_read_where_it_can_be_judged(data: Json, below: Json, kind: type[Node]) -> None:
    root = node("check_cid", {"match": below, "nomatch": node("hangup")}, **data)
    assert isinstance(start_of(root), kind)
    assert_comes_back(bundle(root))


@pytest.mark.parametrize("endpoints", [5, True, "d1", {"id": "d1"}, [7]])
def test_a_group_whose_endpoints_are_no_list_of_members_is_read_or_refused(endpoints: Any) -> None:
    group = {"module": "ring_group", "data": {"endpoints": endpoints, "timeout": 20}, "children": {}}
    try:
        nodes = unicall.parse({"name": "Test", "numbers": ["+12025550142"], "flow": group}, "vinix").flow.nodes
    except unicall.DocumentError as error:
        assert error.pointer.startswith("/flow/data/endpoints")
    else:
        assert nodes


# The last second of a window.


def _open(start: Any, stop: Any) -> tuple[Any, list[Any]]:
    rule = {"name": "Open", "cycle": "daily", "time_window_start": start, "time_window_stop": stop}
    flow = {"module": "temporal_route", "data": {"rules": ["r"]}, "children": {"r": {"module": "device", "data": {"id": "d"}}}}
    record = {"callflow": {"name": "Hours", "numbers": ["+12025550142"], "flow": flow}, "temporal_rules": {"r": rule}}
    parsed = unicall.parse(record, "vinix")
    assert unicall.emit(parsed.flow, "vinix").document == record
    schedule = parsed.flow.nodes["start"]
    assert isinstance(schedule, Schedule)
    [window] = schedule.hours[0].recurrences or ()
    return (window.start, window.end), [problem.code for problem in parsed.problems]


@pytest.mark.parametrize(("stop", "end"), [(61199, 61200), (61200, 61200), (86399, 86400), (61198, 61198), ("61199", 61200)])
def test_a_window_that_ends_in_the_last_second_of_a_minute_ends_with_that_minute(stop: Any, end: int) -> None:
    """Kazoo counts the last second in, so people write 16:59:59 and mean what others write as 17:00."""
    assert _open(32400, stop) == ((32400, end), [])


def test_a_window_that_ends_a_second_before_it_starts_still_never_holds() -> None:
    assert _open(32400, 32399) == ((32400, 32399), ["UC106"])


def test_hours_to_the_last_second_are_the_same_hours_at_a_carrier_that_says_the_minute() -> None:
    rule = {"name": "Open", "cycle": "daily", "time_window_start": 32400, "time_window_stop": 61199}
    device = {"module": "resources", "data": {"to_did": "+12025550143"}}
    hours = {"module": "temporal_route", "data": {"rules": ["r"], "timezone": "America/New_York"}, "children": {"r": device}}
    flow = {"module": "menu", "data": {}, "children": {"1": hours}}
    record = {"callflow": {"name": "Hours", "numbers": ["+12025550142"], "flow": flow}, "temporal_rules": {"r": rule}}
    result = unicall.translate(record, target="convirza-v2")
    [row] = result.document["ivrs"][0]["scheduleRoute"]["schedules"]
    assert (row["schedule_start_time"], row["schedule_end_time"]) == ("09:00 AM", "05:00 PM")
    assert [problem.message for problem in result.problems if problem.code == "UC308"] == []


def test_the_key_press_of_a_device_that_also_rings_stands_in_the_device() -> None:
    device = {"id": "d", "name": "Bob", "call_forward": {"enabled": True, "number": "+12025550143", "substitute": False}}
    flow = {"module": "device", "data": {"id": "d"}}
    record = {"callflow": {"name": "Bob", "numbers": ["+12025550142"], "flow": flow}, "devices": {"d": device}}
    found = [one for one in unicall.translate(record, target="api19").problems if "key press" in one.message]
    assert [(one.value, one.pointer) for one in found] == [(True, "/devices/d/call_forward")]


RULE = {"name": "Open", "cycle": "weekly", "wdays": ["monday"], "time_window_start": 28800, "time_window_stop": 61200}


def _device(key: str) -> dict[str, Any]:
    return {"module": "device", "data": {"id": key, "timeout": 18}, "children": {}}


def _comes_back(bundle: dict[str, Any]) -> None:
    assert json_text(unicall.emit(unicall.parse(bundle, "vinix").flow, "vinix").document) == json_text(bundle)
    for target in ("api19", "convirza-v2", "convirza-v3"):
        there = unicall.translate(bundle, "vinix", target)
        back = unicall.translate(there.document, target, "vinix", residue=there.residue)
        assert json_text(back.document) == json_text(bundle)
        assert not [problem.pointer for problem in there.problems if Lookup(bundle).at(problem.pointer) is MISSING]


@pytest.mark.parametrize("also", [{"_": _device("d2")}, {}], ids=["with others", "alone"])
@pytest.mark.parametrize("listed", [["otherwise"], []], ids=["listed", "not listed"])
def test_a_rule_whose_id_is_a_word_of_the_graph_is_a_rule_as_any_other(listed: list[str], also: dict[str, Any]) -> None:
    route = {"module": "temporal_route", "data": {"rules": listed}, "children": {"otherwise": _device("d1"), **also}}
    bundle = {"callflow": {"name": "X", "numbers": ["+12125550100"], "flow": route}, "temporal_rules": {"otherwise": RULE}}
    flow = unicall.parse(bundle, "vinix").flow
    assert isinstance(start := flow.nodes["start"], Schedule)
    assert [(hours.name, hours.recurrences is not None) for hours in start.hours] == [("otherwise~2", True)]
    assert list(start.exits) == ["otherwise~2", *(["otherwise"] if also else [])]
    _comes_back(bundle)


@pytest.mark.parametrize("data", [{"rules": [], "rule_set": ""}, {"rules": [""]}, {"rules": ["r", ""], "rule_set": ""}])
def test_no_rule_is_made_for_an_id_that_is_empty(data: dict[str, Any]) -> None:
    route = {"module": "temporal_route", "data": data, "children": {"_": _device("d1")}}
    _comes_back({"callflow": {"name": "X", "numbers": ["+12125550100"], "flow": route}, "temporal_rules": {"r": RULE}})


def test_rules_that_unicall_made_under_one_name_are_told_apart() -> None:
    rules = {key: RULE | {"name": "a", "time_window_stop": stop} for key, stop in (("new:rule-a", 61200), ("new:rule-a#2", 64800))}
    children = {key: _device(f"d{n}") for n, key in enumerate(rules)}
    route = {"module": "temporal_route", "data": {"rules": list(rules)}, "children": children}
    _comes_back({"callflow": {"name": "X", "numbers": ["+12125550100"], "flow": route}, "temporal_rules": rules})


@pytest.mark.parametrize("module", ["branch_variable", "park", "temporal_route", "vendor_special"])
def test_a_child_of_no_name_is_a_child(module: str) -> None:
    for keys in (("",), ("sales", "", "_"), ("", "_")):
        children = {key: _device(f"d{n}") for n, key in enumerate(keys)}
        node = {"module": module, "data": {"interdigit_timeout": 2000}, "children": children}
        bundle = {"callflow": {"name": "X", "numbers": ["+12125550100"], "flow": node}}
        assert "" not in unicall.parse(bundle, "vinix").flow.nodes
        _comes_back(bundle)


@pytest.mark.parametrize(
    ("module", "data"),
    [
        ("tts", {"text": ""}),
        ("tts", {"text": "x" * 1001}),
        ("sleep", {"duration": 20.0}),
        ("sleep", {"duration": 1e21, "unit": "h"}),
        ("device", {"id": "d1", "timeout": -1}),
        ("device", {"id": "d1", "timeout": "-1"}),
        ("ring_group", {"endpoints": [{"endpoint_type": "device", "id": "d1"}], "timeout": -1}),
    ],
)
def test_a_value_that_means_nothing_comes_back_as_it_stood(module: str, data: dict[str, Any]) -> None:
    node = {"module": module, "data": data, "children": {}}
    _comes_back({"callflow": {"name": "X", "numbers": ["+12125550100"], "flow": node}})


@pytest.mark.parametrize("document", ["x", None, {"name": "M", "max_extension_length": 0}, {"name": "M", "retries": 0}])
def test_no_menu_is_made_for_one_that_came_along(document: Any) -> None:
    node = {"module": "menu", "data": {"id": "m1"}, "children": {"1": _device("d1")}}
    _comes_back({"callflow": {"name": "X", "numbers": ["+12125550100"], "flow": node}, "menus": {"m1": document}})


@pytest.mark.parametrize("days", [["1st"], ["1st", 2]])
def test_a_rule_whose_days_cannot_be_read_holds_on_days_that_nobody_knows(days: list[Any]) -> None:
    rule = {"name": "r", "cycle": "monthly", "days": days}
    route = {"module": "temporal_route", "data": {"rules": ["r"]}, "children": {"r": _device("d1")}}
    bundle = {"callflow": {"name": "X", "numbers": ["+12125550100"], "flow": route}, "temporal_rules": {"r": rule}}
    parsed = unicall.parse(bundle, "vinix")
    assert isinstance(start := parsed.flow.nodes["start"], Schedule)
    assert [hours.recurrences for hours in start.hours] == [None]
    assert "UC104" in [problem.code for problem in parsed.problems]
    _comes_back(bundle)
