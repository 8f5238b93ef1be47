"""Every code of the ledger, with a smallest case that raises it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest

import unicall
from unicall.behave.checking import check
from unicall.graph import (
    Announce,
    EntryPoint,
    Flow,
    Hangup,
    Menu,
    Node,
    Pause,
    PhoneNumber,
    Place,
    RecordCall,
    Reference,
    Region,
    Ring,
    RingTarget,
    Schedule,
    Settings,
    Speech,
    Split,
    Subflow,
    VendorNode,
    Voicemail,
)
from unicall.hours import Hours, Recurrence
from unicall.problem import CODES, Problem, Severity, explain

#: Where the document comes from (None: it is a Flow), the document, where it goes, and what else translate is given.
Case = tuple[str | None, Any, str] | tuple[str | None, Any, str, Mapping[str, Any]]


CHECK = "check"  # no translation, but what unicall check says of a flow


def checked(*nodes: Node, **named: Node) -> Case:
    return CHECK, flow("", *nodes, **named)[1], ""


def phone(last: int = 1) -> RingTarget:
    return RingTarget(PhoneNumber(f"+1202555{last:04}"))


def ring(last: int = 1, **facts: Any) -> Ring:
    return Ring(**{"targets": (phone(last),), "timeout": 18, **facts})


def flow(target: str, *nodes: Node, **named: Any) -> Case:
    """A flow of these nodes, each the ``next`` (or the ``otherwise``) of the one before, and more by name."""
    facts = {name: named.pop(name) for name in ("settings", "entry_points", "subflows") if name in named}
    chained = {"start" if index == 0 else str(index): node for index, node in enumerate(nodes)}
    return None, Flow(name="Test", start="start", nodes=chained | named, **facts), target


def api19(target: str, routing: dict[str, Any], **entry: Any) -> Case:
    return "api19", {"name": "Test", "json": routing, **entry}, target


def convirza(target: str, **record: Any) -> Case:
    whole = {"call_flow_id": 1, "call_flow_name": "Test", "dnis": "2025550100", "routable_type": "SimpleRoute"}
    return "convirza-v2", {**whole, "default_ringto": "2025550101", **record}, target


def vinix(target: str, module: str, data: dict[str, Any], children: Mapping[str, Any] | None = None, **sections: Any) -> Case:
    tree = {"module": module, "data": data, "children": dict(children or {})}
    return "vinix", {"callflow": {"name": "Test", "numbers": ["+12025550100"], "flow": tree}, **sections}, target


def hours(*windows: Recurrence, name: str = "open") -> Hours:
    return Hours(name=name, recurrences=windows)


def keyed(schedule: Schedule, **nodes: Node) -> Case:
    """A schedule where Convirza can have one: behind a key."""
    return flow("convirza-v2", Menu(exits={"1": "hours"}), hours=schedule, **nodes)


def at(document: Any, *steps: str) -> Any:
    """What stands below the callflow of a bundle."""
    for step in ("callflow", *steps):
        document = document[step]
    return document


def back(provider: str, whole: Any, edit: Callable[[Any], None]) -> Case:
    """The way back to Convirza of a document that was edited at another carrier."""
    there = unicall.translate(whole, target=provider)
    document = copy.deepcopy(there.document)
    edit(document)
    return provider, document, there.crossing.parsed.provider, {"residue": there.residue}


def alone(whole: Any) -> Case:
    """The way back of a callflow that came without its devices, with another step put before them."""
    there = unicall.translate(whole, target="vinix")
    written = json.dumps(there.document["callflow"])
    for number, device in enumerate(there.document["devices"]):
        written = written.replace(f'"{device}"', f'"{number:032x}"')
    callflow = json.loads(written)
    callflow["flow"] = {"module": "user", "data": {"id": "e" * 32}, "children": {"_": callflow["flow"]}}
    return "vinix", {"data": callflow}, "convirza-v2", {"residue": there.residue}


SHARES = convirza(
    "vinix",
    routable_type="PercentageBasedRoute",
    percentage_route=[{"percentage": 80, "per_target_did": 2025550102}, {"percentage": 20, "per_target_did": 2025550103}],
)[1]
JOIN = Flow(
    name="Test",
    start="start",
    nodes={"start": Menu(exits={"1": "hall", "2": "hall"}), "hall": ring(1, exits={"otherwise": "box"}), "box": Voicemail()},
)
ASKED = RingTarget(PhoneNumber("+12025550102"), confirm=True)
GROUP = Flow(name="Test", start="start", nodes={"start": ring(targets=(phone(101), ASKED, phone(103)))})
WORKING = Recurrence(frequency="weekly", weekdays=("MO",), start=32400, end=61200)
NIGHT = Recurrence(frequency="daily", start=72000, end=21600, overnight=True)
MAIL = {"module": "voicemail", "data": {"id": "v1"}, "children": {}}
HELLO = Announce(prompt=Speech("Hello."), exits={"next": "1"})

NEVER = Recurrence(frequency="daily", start=7200, end=3600)
CASES: Mapping[str, Case] = {
    "UC101": convirza("vinix", call_flow_status="asleep"),
    "UC102": convirza("vinix", default_ringto="stringstri"),
    "UC103": vinix("convirza-v2", "menu", {"id": "m1"}, {"1": MAIL}),
    "UC104": convirza("vinix", routable_type="ScheduleRoute", schedule_route={
        "timezone": 5, "options": [{"day": 1, "from_time": 800, "to_time": 1700, "sch_target_did": 2025550102}]}),
    "UC105": vinix("api19", "resources", {}, {"_": MAIL, "bogus": MAIL}),
    "UC106": vinix("api19", "temporal_route", {"rules": ["r"]}, {"r": MAIL}, temporal_rules={
        "r": {"cycle": "daily", "time_window_start": 72000, "time_window_stop": 21600}}),
    "UC107": api19("vinix", {"route1": "192.0.2.1", "route2": "192.0.2.2"}),
    "UC108": api19("vinix", {"route1": "192.0.2.1", "route3": "192.0.2.3"}),
    "UC109": convirza("vinix", routable_type="PercentageBasedRoute", percentage_route=[
        {"percentage": 80, "per_target_did": 2025550102}, {"percentage": 80, "per_target_did": 2025550103}]),
    "UC110": api19("vinix", {"route1": "2025550142"}),
    "UC111": ("convirza-v3", [{"call_id": 1, "provisioned_route_id": 7, "call_started": "2026-02-14T18:20:12.000Z",
                               "default_ring_to": "12025550101", "disposition": "ANSWERED"}], "vinix"),
    "UC201": flow("vinix", Menu(exits={"1": "box", "2": "box"}), box=Voicemail()),
    "UC202": flow("vinix", Menu(exits={"1": "start", "2": "box"}), box=Voicemail()),
    "UC203": flow("api19", ring(exits={"otherwise": "1"}), ring(2, exits={"otherwise": "start"})),
    "UC204": flow("api19", Ring(targets=(phone(1), phone(2)), order="in turn", timeout=30)),
    "UC205": flow("vinix", Schedule(hours=(hours(NIGHT),), exits={"open": "1"}), ring()),
    "UC206": flow("api19", ring(exits={"busy": "1", "no_answer": "2"}), ring(2), ring(3)),
    "UC207": flow("api19", Menu(exits={"1": "1", "2": "2"}), ring(1), ring(2)),
    "UC208": flow("api19", Menu(exits={"1": "1"}), ring()),
    "UC209": flow("api19", Schedule(hours=(hours(WORKING),), exits={"open": "1"}), ring()),
    "UC210": flow("api19", Split(shares={"a": 60, "b": 40}, exits={"a": "1", "b": "2"}), ring(1), ring(2)),
    "UC211": flow("vinix", Split(shares={"a": 60, "b": 40}, exits={"a": "1", "b": "2"}), ring(1), ring(2)),
    "UC212": flow("vinix", Region(places=(Place("Boise"),), exits={"Boise": "1", "otherwise": "2"}), ring(1), ring(2)),
    "UC213": flow("vinix", Region(places=(Place("Boise", area_codes=("208",)),), exits={"Boise": "1"}), ring()),
    "UC214": flow("api19", VendorNode(provider="vinix", word="disa", passes="_", exits={"_": "1"}), ring()),
    "UC215": flow("api19", Voicemail()),
    "UC216": flow("api19", HELLO, ring()),
    "UC217": flow("api19", RecordCall(exits={"next": "1"}), ring()),
    "UC218": flow("api19", ring(exits={"otherwise": "1"}), Voicemail()),
    "UC219": flow("api19", ring(exits={"otherwise": "1"}), Hangup()),
    "UC220": flow("convirza-v2", HELLO, RecordCall(exits={"next": "2"}), ring()),
    "UC221": flow("convirza-v2", Menu(exits={"1": "1", "no_input": "2"}), ring(1), ring(2)),
    "UC222": vinix("api19", "check_cid", {"regex": "^1"}, {"match": MAIL, "nomatch": MAIL}),
    "UC223": flow("convirza-v2", Ring(targets=(RingTarget(Reference("vinix", "device", "d1")),), exits={"otherwise": "1"}), ring()),
    "UC224": flow("api19", Subflow(flow=Reference("vinix", "flow", "f")), subflows={"f": Flow(start="a", nodes={"a": ring()})}),
    "UC225": keyed(Schedule(timezone="America/Denver", exits={"open": "a", "fair": "b"}, hours=(
        hours(WORKING), hours(Recurrence(frequency="once", first=date(2026, 9, 7)), name="fair"))), a=ring(1), b=ring(2)),
    "UC226": keyed(Schedule(timezone="America/Denver", exits={"open": "a"}, hours=(
        hours(WORKING, Recurrence(frequency="daily", start=0, end=3600)),)), a=ring()),
    "UC227": (*flow("convirza-v2", Schedule(timezone="America/Denver", hours=(hours(WORKING),), exits={"open": "1"}), ring()),
              {"form": "request", "settings": {"convirza-v2": {"wrap": "Press 1 to go on."}}}),
    "UC228": api19("convirza-v2", {"route1": ""}),
    "UC301": flow("convirza-v2", ring(timeout=20)),
    "UC302": flow("convirza-v2", Ring(targets=(phone(1), RingTarget(PhoneNumber("+12025550102"), delay=5)), timeout=18)),
    "UC303": flow("api19", Ring(targets=(phone(1), phone(2), phone(3)), timeout=18)),
    "UC304": flow("vinix", Ring(targets=(RingTarget(Reference("api19", "device", "694")),), timeout=20)),
    "UC305": flow("convirza-v2", Announce(prompt=Speech("Hi.", voice="Joanna"), exits={"next": "1"}), ring()),
    "UC306": flow("convirza-v2", Menu(retries=5, exits={"1": "1"}), ring()),
    "UC307": flow("convirza-v2", Menu(direct_dial=True, exits={"1": "1"}), ring()),
    "UC308": keyed(Schedule(timezone="Europe/Vienna", hours=(hours(WORKING),), exits={"open": "a"}), a=ring()),
    "UC309": flow("convirza-v2", Region(by="area code", places=(Place("Boise"),), exits={"Boise": "1", "otherwise": "2"}),
                  ring(), ring(2)),
    "UC310": flow("vinix", ring(whisper=Speech("Sales call."))),
    "UC311": flow("api19", ring(label="Front desk")),
    "UC312": flow("vinix", ring(timeout=None)),
    "UC313": flow("vinix", Pause(seconds=200_000.0)),
    "UC314": convirza("vinix", routable_type="IvrRoute2", ivrs=[{"key": 1, "action": "simple", "target_did": 2025550102}]),
    "UC401": flow("vinix", ring(), settings=Settings(active=False)),
    "UC402": flow("convirza-v2", ring(), entry_points=(EntryPoint("number", "+12025550100"), EntryPoint("number", "+12025550101"))),
    "UC403": flow("api19", ring(), entry_points=(EntryPoint("number", "+12025550100"),)),
    "UC404": flow("vinix", ring()),
    "UC405": flow("convirza-v3", ring(timeout=18)),
    "UC406": (*api19("api19", {"route1": "192.0.2.1"}), {"form": "request"}),
    "UC407": (*flow("convirza-v2", Menu(exits={"1": "1"}), Menu(exits={"1": "2"}), ring()), {"form": "request"}),
    "UC410": convirza("vinix", record_until="2026-12-31T00:00:00.000Z"),
    "UC411": convirza("vinix", webhook_enabled=True),
    "UC412": convirza("vinix", call_value=1200),
    "UC413": api19("vinix", {"route1": "192.0.2.1"}, e164="yes"),
    "UC414": convirza("vinix", postcall_ivr_enabled=True),
    "UC415": vinix("api19", "voicemail", {"id": "v1", "max_message_length": 30}),
    "UC416": convirza("vinix", routable_type="GeoRoute", geo_route={"strategy": "Npa", "play_branding": True, "options": []}),
    "UC501": api19("vinix", {"route1": "192.0.2.1"}, codec="g711u"),
    "UC502": vinix("api19", "user", {"id": "u1"}, devices={"d9": {"name": "Nobody rings me"}}),
    "UC601": back("vinix", SHARES, lambda there: at(there, "flow", "data").update(regex="[0-4]$")),
    "UC602": back("vinix", JOIN, lambda there: at(there, "flow", "children", "2", "data").update(timeout=40)),
    "UC603": back("api19", convirza("api19")[1], lambda there: there.update(name="Other", json='{"route1": "192.0.2.77"}')),
    "UC604": alone(convirza("vinix", overflowNumbers=[{"overflowNumber": 2025550102, "rings": 3}], hunt_type="rollover")[1]),
    "UC605": (*api19("vinix", {"route1": "device:694"}), {"references": {"api19": {"device": {"694": "4f5e"}}}}),
    "UC606": (*vinix("api19", "device", {"id": "d1"}), {"references": {"api19": {"device": {"694": "d1", "695": "d1"}}}}),
    "UC607": (*vinix("api19", "voicemail", {"id": "v1"}), {"references": {"vinix": {"mailbox": {"v1": "+12025550142"}}}}),
    "UC608": (*vinix("api19", "device", {"id": "d1"}), {"references": {"numbers": {"Test": ["+12025550100"]}}}),
    "UC609": ("api19", '{"status": "ok", "fax_flows": [] "call_flows": [{"name": "Test", "json": ""}]}', "vinix",
              {"settings": {"api19": {"repair": True}}}),
    "UC610": back("convirza-v2", GROUP, lambda there: there.update(overflowNumbers=[{"overflowNumber": 2025550190}])),
    "UC701": checked(Menu(max_digits=1, retries=1, exits={"x": "far", "1": "far"}), far=Hangup()),
    "UC702": checked(Schedule(hours=(hours(NEVER),), exits={"open": "far"}), far=Hangup()),
    "UC703": checked(Split(shares={"a": 60, "b": 30}, exits={"a": "far"}), far=Hangup()),
    "UC704": checked(Announce(prompt=Speech("Hold."), exits={"next": "start"})),
    "UC705": checked(Menu(greeting=Speech("Press 1."))),
    "UC901": api19("vinix", {"route1": "192.0.2.1"}, id="41"),
}  # fmt: skip


def problems(case: Case) -> tuple[Problem, ...]:
    source, document, target, *more = case
    if source == CHECK:
        return check(document, {})
    return unicall.translate(document, source, target, **dict(*more)).problems


def test_every_code_has_a_case_and_every_case_a_code() -> None:
    assert list(CASES) == list(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_raised_by_its_smallest_case(code: str) -> None:
    found = problems(CASES[code])
    assert code in [problem.code for problem in found], [(p.code, p.pointer, p.message) for p in found]


@pytest.mark.parametrize("code", CODES)
def test_every_message_of_a_case_has_all_its_words(code: str) -> None:
    for problem in problems(CASES[code]):
        words = CODES[problem.code].message
        assert "?" not in problem.message, f"{problem.code} {words}"
        assert "None" not in problem.message, f"{problem.code} {words}"
        assert "\n" not in problem.message
        assert problem.advice == CODES[problem.code].advice


@pytest.mark.parametrize("code", CODES)
def test_a_message_renders_without_any_words_at_all(code: str) -> None:
    assert Problem(code, "").message


@pytest.mark.parametrize("code", CODES)
def test_a_severity_is_a_word_and_belongs_to_the_code(code: str) -> None:
    severity = Problem(code, "").severity
    assert isinstance(severity, Severity)
    assert severity in ("lost", "changed", "unresolved", "setting", "note")
    assert str(severity) == severity.value == f"{severity}"


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_explained_by_its_meaning_an_example_and_advice(code: str) -> None:
    entry, said = CODES[code], explain(code)
    assert said.startswith(f"{code} ({entry.severity}): {entry.meaning}\n")
    assert "\nExample: " in said
    assert entry.advice in said
    assert all((entry.meaning, entry.example, entry.advice))
    assert "{{" not in said and "}}" not in said.replace("}]}", "")


def test_a_code_that_is_none_is_not_explained() -> None:
    with pytest.raises(KeyError):
        explain("UC000")


def test_severities_are_worst_first() -> None:
    assert [severity.value for severity in Severity] == ["lost", "changed", "unresolved", "setting", "note"]


def only(code: str) -> Problem:
    return next(problem for problem in problems(CASES[code]) if problem.code == code)


def test_a_gap_names_both_steps_by_their_numbers() -> None:
    assert only("UC108").message == "step 3 follows step 1; the steps are taken in their order"


def test_a_loop_that_became_a_flow_is_named() -> None:
    assert "null" not in only("UC202").message and "{" not in only("UC202").message


def test_a_flow_that_is_not_in_use_is_no_note() -> None:
    found = problems(convirza("vinix", call_flow_status="inactive"))
    assert [(p.pointer, p.value) for p in found if p.code == "UC401"] == [("/call_flow_status", "inactive")]
