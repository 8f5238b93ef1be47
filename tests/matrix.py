"""The feature matrix of the README, found by running conversions. ``python -m tests.matrix`` prints it, ``--write`` puts it there.

A feature is a smallest flow that has it. It is written to a carrier in both forms and read back: what stands in the cell follows
from the flow that was read and from the problems that were said, beyond those that are said of an empty flow as well.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from attrs import evolve, frozen

import unicall
from tests.support import VENDORS, fixture_files
from unicall.adapter import find
from unicall.graph import (
    FACTS,
    START,
    Announce,
    CallerMatch,
    Conference,
    EntryPoint,
    Fax,
    Flow,
    Hangup,
    Menu,
    Node,
    Notify,
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
    Settings,
    SipAddress,
    Speech,
    Split,
    Subflow,
    Target,
    Voicemail,
    Webhook,
    walk,
)
from unicall.hours import WEEKDAYS, Hours, Recurrence, holds
from unicall.problem import Problem, Severity

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- matrix -->", "<!-- end of matrix -->"
BOTH, RECORD, SET, CHANGED, READ, NO = "both ways", "record", "with settings", "changed", "read only", "no"
LEGEND = {
    BOTH: "what is written reads back the same, and nothing above a note is said of it",
    RECORD: "the same, but only in the form that the API returns, not in the one that it accepts",
    SET: "the same as a record, once a settings file says what the vendor does not",
    CHANGED: "something near it is written, and the ledger says what differs",
    READ: "it is understood, and not written",
    NO: "neither, and the ledger says so",
}

#: What a user may know who has looked into the portal.
KNOWN: Mapping[str, Any] = {
    "convirza-v2": {
        "schedule_zones": {"4": "America/Denver"},
        "schedule_days": {str(number): [day] for number, day in enumerate(WEEKDAYS, start=1)},
        "schedule_times": "minutes",
    }
}
FORMS: tuple[Literal["request", "record"], ...] = ("request", "record")
Has: TypeAlias = Callable[[Flow], bool]


@frozen
class Feature:
    """``flows``: the smallest flows that have it at this provider; one that works is enough. ``near``: what does its job instead.

    ``kind``: what the provider has to know by an id of its own.
    """

    name: str
    flows: Callable[[str], tuple[Flow, ...]]
    has: Has
    near: Has = lambda flow: False
    kind: str | None = None


# Flows.


def phone(last: int) -> PhoneNumber:
    return PhoneNumber(f"+120255501{last:02}")


def ring(*targets: Target, **facts: Any) -> Ring:
    return Ring(targets=tuple(map(RingTarget, targets)), **facts)


LEAVES: Mapping[str, Node] = {"one": ring(phone(41)), "two": ring(phone(42)), "three": ring(phone(43))}


def flow(start: Node, nodes: Mapping[str, Node] | None = None, **facts: Any) -> Flow:
    """A flow that starts so; exits may lead to one of these nodes, or to ``one``, ``two`` and ``three``, which ring."""
    whole = Flow(**{"name": "Small", "start": START, "nodes": {START: start, **LEAVES, **(nodes or {})}, **facts})
    reached = {at for at, _ in walk(whole)}
    return evolve(whole, nodes={at: node for at, node in whole.nodes.items() if at in reached})


def behind_a_key(whole: Flow) -> Flow:
    """The flow behind the one key of a menu."""
    nodes = {f"1.{at}": evolve(node, exits={key: f"1.{to}" for key, to in node.exits.items()}) for at, node in whole.nodes.items()}
    menu = Menu(greeting=Speech("Press 1."), exits={"1": f"1.{START}"})
    return evolve(whole, start=START, nodes={START: menu, **nodes})


def own(provider: str, kind: str) -> Reference:
    """Something that this provider knows by an id, as in a flow whose references are filled in; else what another one knows."""
    found = (reference for name in (provider, *VENDORS) for reference in known_ids(name) if reference.kind == kind)
    return next(found, Reference(provider, kind, "694"))


@cache
def known_ids(provider: str) -> tuple[Reference, ...]:
    """What the fixtures of a provider call by an id of its own, as far as nodes say it."""
    found: dict[Reference, None] = {}
    for whole in fixtures(provider):
        for _, node in walk(whole):
            facts = [getattr(node, name) for name in FACTS[type(node)]]
            facts += [rung.target for rung in getattr(node, "targets", ())]
            found |= {fact: None for fact in facts if isinstance(fact, Reference) and fact.provider == provider}
    return tuple(found)


@cache
def fixtures(provider: str) -> tuple[Flow, ...]:
    """Every flow among the fixtures."""
    documents = (json.loads(path.read_text("utf-8")) for path in fixture_files(provider))
    return tuple(parsed.flow for document in documents for parsed in unicall.parse_all(document, provider))


def addressed(whole: Flow) -> Flow:
    """The flow with SIP addresses in place of telephone numbers."""

    def moved(node: Node) -> Node:
        if not isinstance(node, Ring):
            return node
        targets = (evolve(one, target=_address(one.target)) for one in node.targets)
        return evolve(node, targets=tuple(targets))

    return evolve(whole, nodes={at: moved(node) for at, node in whole.nodes.items()})


def _address(target: Target) -> Target:
    return SipAddress(f"192.0.2.{target.number[-2:]}", 5060) if isinstance(target, PhoneNumber) else target


WEEK = ("MO", "TU", "WE", "TH", "FR")
OFFICE = Recurrence(frequency="weekly", weekdays=WEEK, start=32400, end=61200)
NIGHT = Recurrence(frequency="weekly", weekdays=WEEK, start=79200, end=21600, overnight=True)
HOLIDAY = Recurrence(frequency="once", first=date(2026, 11, 26))
FIRST_MONDAY = Recurrence(frequency="monthly", weekdays=("MO",), ordinal=1)
PLACES = (Place("Portland", city="Portland"), Place("Eugene", city="Eugene"))
CALLER = CallerMatch(pattern=r"^\+1801", exits={"match": "one", "no_match": "two"})
IN_TURN = Ring(targets=(RingTarget(phone(44), timeout=18), RingTarget(phone(45), timeout=18)), order="in turn", timeout=30)
LATER = Ring(targets=(RingTarget(phone(44)), RingTarget(phone(45), delay=10)))
MAIL = ("calls@example.com",)
MISSED = Notify(recipients=MAIL, when="missed", exits={"next": "one"})
NUMBERS = (EntryPoint("number", "+12025550142"), EntryPoint("number", "+12025550143"))
UNKNOWN_KEY = "a_key_of_tomorrow"
SIMPLE = flow(ring(SipAddress("192.0.2.41", 5060), phone(41)))


def open_at(recurrence: Recurrence) -> Flow:
    named = Hours(name="open", recurrences=(recurrence,))
    return flow(Schedule(timezone="America/Denver", hours=(named,), exits={"open": "one", "otherwise": "two"}))


def menu(*keys: str, **facts: Any) -> Menu:
    return Menu(greeting=Speech("Press a key."), exits=dict(zip(keys, ("one", "two"), strict=True)), **facts)


def three_deep() -> Flow:
    second = Menu(greeting=Speech("Second."), exits={"1": "third", "2": "two"})
    third = Menu(greeting=Speech("Third."), exits={"1": "one", "2": "three"})
    return flow(Menu(greeting=Speech("First."), exits={"1": "second", "2": "two"}), {"second": second, "third": third})


def back_to_the_menu_above() -> Flow:
    below = Menu(greeting=Speech("Second."), exits={"1": "one", "0": START})
    return flow(Menu(greeting=Speech("First."), exits={"1": "below", "2": "two"}), {"below": below})


def hunt() -> Flow:
    second = ring(phone(45), timeout=18, exits={"otherwise": "one"})
    return flow(ring(phone(44), timeout=18, exits={"otherwise": "second"}), {"second": second})


def shared() -> Flow:
    first, second = ring(phone(41), exits={"otherwise": "three"}), ring(phone(42), exits={"otherwise": "three"})
    return flow(Menu(greeting=Speech("Press a key."), exits={"1": "first", "2": "second"}), {"first": first, "second": second})


def with_an_unknown_key(provider: str) -> tuple[Flow, ...]:
    """What was read from documents with a key that nobody knows."""
    return tuple(unicall.parse(_with_unknown(unicall.emit(SIMPLE, provider, form).document), provider).flow for form in FORMS)


def _with_unknown(document: Any) -> Any:
    inner = document[0] if isinstance(document, list) else document.get("callflow", document)
    inner.get("data", inner)[UNKNOWN_KEY] = 7
    return document


# What is looked for.


def some(kind: type[Node], told: Callable[[Any], bool] = lambda node: True) -> Has:
    """Whether a call can come to such a node."""
    return lambda whole: any(isinstance(node, kind) and told(node) for _, node in walk(whole))


def says(kind: type[Node], field: str, value: Any = None) -> Has:
    """Whether such a node says this in a field; anything, where no value is given."""
    return some(kind, lambda node: getattr(node, field) is not None if value is None else getattr(node, field) == value)


def starts_with(kind: type[Node]) -> Has:
    """Whether such a node comes first."""
    return lambda whole: isinstance(whole.nodes.get(whole.start or ""), kind)


def is_spoken(node: Announce) -> bool:
    return isinstance(node.prompt, Speech)


def is_audio(node: Announce) -> bool:
    return isinstance(node.prompt, Reference) and node.prompt.kind == "audio"


def has_long_keys(whole: Flow) -> bool:
    """Whether a key of a menu has several digits."""
    return some(Menu, lambda node: any(key.isdecimal() and len(key) > 1 for key in node.exits))(whole)


def menus_deep(depth: int) -> Has:
    """Whether this many menus stand behind one another."""

    def told(whole: Flow) -> bool:
        level = {at for at, node in walk(whole) if isinstance(node, Menu)}
        for _ in range(depth - 1):
            level = {to for at in level for to in whole.nodes[at].exits.values() if isinstance(whole.nodes[to], Menu)}
        return bool(level)

    return told


def goes_back(whole: Flow) -> bool:
    """Whether a menu leads back to a menu that leads to it."""
    menus = {at: node for at, node in walk(whole) if isinstance(node, Menu)}
    led = {(at, to) for at, node in menus.items() for to in node.exits.values() if to != at}
    return any((below, at) in led for at, below in led)


def repeats(whole: Flow) -> bool:
    """Whether a key of a menu leads to this very menu."""
    return any(isinstance(node, Menu) and at in node.exits.values() for at, node in walk(whole))


def ends_alike(whole: Flow) -> bool:
    """Whether two branches come to the same: to one node, or to two that say the same."""
    led = [to for _, node in walk(whole) for to in set(node.exits.values())]
    rung = [node.targets for _, node in walk(whole) if isinstance(node, Ring)]
    return len(led) > len(set(led)) or len(rung) > len(set(rung))


def hunts(whole: Flow) -> bool:
    """Whether three rings follow one another."""
    behind = {at: [to for to in node.exits.values() if isinstance(whole.nodes[to], Ring)] for at, node in walk(whole)}
    return any(behind[second] for at, node in walk(whole) if isinstance(node, Ring) for second in behind[at])


def rings_in_turn(whole: Flow) -> bool:
    """Whether a group rings so, or as many seconds of steps follow one another."""
    steps = [node.timeout or 0 for _, node in walk(whole) if isinstance(node, Ring)]
    return says(Ring, "order", "in turn")(whole) or (len(steps) > 1 and all(steps) and sum(steps) == IN_TURN.timeout)


def follows(whole: Flow) -> bool:
    """Whether a ring follows a ring."""
    return some(Ring, lambda node: any(isinstance(whole.nodes[to], Ring) for to in node.exits.values()))(whole)


def rings(kind: type | str) -> Has:
    """Whether a target of this kind rings: a class, or the kind of a reference."""
    if isinstance(kind, str):
        return some(Ring, lambda node: any(isinstance(one.target, Reference) and one.target.kind == kind for one in node.targets))
    return some(Ring, lambda node: any(isinstance(one.target, kind) for one in node.targets))


def rings_together(node: Ring, targets: int) -> bool:
    return node.order == "together" and len(node.targets) >= targets


def has_time(node: Ring) -> bool:
    return node.timeout is not None or any(one.timeout is not None for one in node.targets)


def busy_differs(whole: Flow) -> bool:
    """Whether a busy ring leads elsewhere than another outcome."""
    return some(Ring, lambda node: "busy" in node.exits and len(set(node.exits.values())) > 1)(whole)


def hours_like(told: Callable[[Recurrence], bool]) -> Has:
    """Whether a schedule has such hours."""
    return some(Schedule, lambda node: any(told(one) for named in node.hours for one in named.recurrences or ()))


def starts_with_hours(whole: Flow) -> bool:
    """Whether a schedule whose hours are known decides first of all."""
    start = whole.nodes.get(whole.start or "")
    return isinstance(start, Schedule) and is_zoned(start)


def is_zoned(node: Schedule) -> bool:
    return node.timezone is not None and any(named.recurrences for named in node.hours)


def is_open_at_night(node: Schedule) -> bool:
    """Whether hours hold before and after midnight, and not at noon."""
    late, early, noon = datetime(2026, 3, 2, 23), datetime(2026, 3, 3, 5), datetime(2026, 3, 3, 12)
    known = [named for named in node.hours if named.recurrences is not None]
    at_night = [{node.exits.get(named.name) for named in known if holds(named, moment)} for moment in (late, early)]
    return all(at_night) and not any(holds(named, noon) for named in known)


def by(word: str) -> Has:
    """Whether a region goes by this."""
    return some(Region, lambda node: node.by == word and len(node.exits) > 1)


def numbers_of(whole: Flow) -> list[EntryPoint]:
    return [one for one in whole.entry_points if one.kind == "number"]


MATCHED = some(CallerMatch)

# The features.


def alone(node: Node, nodes: Mapping[str, Node] | None = None, **facts: Any) -> Callable[[str], tuple[Flow, ...]]:
    """One flow, the same everywhere."""
    return lambda provider: (flow(node, nodes, **facts),)


def announced(audio: Reference) -> Node:
    return Announce(prompt=audio, exits=then("one"))


def set_to(**facts: Any) -> Callable[[str], tuple[Flow, ...]]:
    """A ring under these settings."""
    return alone(LEAVES["one"], settings=Settings(**facts))


def just(make: Callable[[], Flow]) -> Callable[[str], tuple[Flow, ...]]:
    """One flow, the same everywhere."""
    return lambda provider: (make(),)


def owned(make: Callable[[Reference], Node], kind: str) -> Callable[[str], tuple[Flow, ...]]:
    """One flow with something of the provider's own."""
    return lambda provider: (flow(make(own(provider, kind))),)


def hours(recurrence: Recurrence) -> Callable[[str], tuple[Flow, ...]]:
    """At the start of a flow, or behind a key."""
    return lambda provider: (open_at(recurrence), behind_a_key(open_at(recurrence)))


def after_a_ring(**facts: Any) -> Callable[[str], tuple[Flow, ...]]:
    """The mailbox of the flow, or one that the provider knows by its id."""
    rung = ring(phone(44), timeout=18, exits={"otherwise": "box"})
    return lambda provider: tuple(
        flow(rung, {"box": Voicemail(mailbox=mailbox, **facts)}) for mailbox in (None, own(provider, "mailbox"))
    )


def region(word: Any, first: Place, second: Place) -> Callable[[str], tuple[Flow, ...]]:
    """Two places, and callers from elsewhere."""
    return alone(Region(by=word, places=(first, second), exits={first.name: "one", second.name: "two", "otherwise": "three"}))


def then(to: str) -> Mapping[str, str]:
    return {"next": to}


MENUS = (
    Feature("announcement, spoken", alone(Announce(prompt=Speech("Hello."), exits=then("one"))), some(Announce, is_spoken)),
    Feature("announcement from an audio file", owned(announced, "audio"), some(Announce, is_audio)),
    Feature("menu", alone(menu("1", "2")), some(Menu, lambda node: {"1", "2"} <= set(node.exits))),
    Feature("menus three deep", just(three_deep), menus_deep(3)),
    Feature("menu: keys of several digits", alone(menu("10", "2")), has_long_keys),
    Feature("menu: what follows silence", alone(menu("1", "no_input")), some(Menu, lambda node: "no_input" in node.exits)),
    Feature("menu: tries and waiting time", alone(menu("1", "2", retries=2, timeout=7)), says(Menu, "timeout")),
    Feature("menu: dialling an extension", alone(menu("1", "2", direct_dial=True)), says(Menu, "direct_dial", True)),
    Feature("menu: a key back to the menu above", just(back_to_the_menu_above), goes_back),
    Feature("menu: a key that repeats it", alone(Menu(greeting=Speech("Press."), exits={"1": "one", "9": START})), repeats),
    Feature("one part behind two branches", just(shared), ends_alike),
)
RINGS = (
    Feature("ring a phone number", alone(LEAVES["one"]), rings(PhoneNumber)),
    Feature("ring a SIP address", alone(ring(SipAddress("192.0.2.10", 5060))), rings(SipAddress)),
    Feature("ring a device of the carrier", owned(ring, "device"), rings("device"), kind="device"),
    Feature("ring a user of the carrier", owned(ring, "user"), rings("user"), kind="user"),
    Feature("ring a voice agent", owned(ring, "agent"), rings("agent"), kind="agent"),
    Feature("ring two together", alone(ring(phone(44), phone(45))), some(Ring, lambda node: rings_together(node, 2))),
    Feature("ring three together", alone(ring(phone(44), phone(45), phone(46))), some(Ring, lambda node: rings_together(node, 3))),
    Feature("ring one after the other (hunt)", just(hunt), hunts),
    Feature("ring a group in turn, one time for all", alone(IN_TURN), rings_in_turn, follows),
    Feature("ring time, to the second", alone(ring(phone(44), timeout=25, exits={"otherwise": "two"})), some(Ring, has_time)),
    Feature("one rings later than the others", alone(LATER), some(Ring, lambda node: any(one.delay for one in node.targets))),
    Feature("busy leads elsewhere than no answer", alone(ring(phone(44), exits={"busy": "one", "no_answer": "two"})), busy_differs),
    Feature("whisper to who answers", alone(ring(phone(44), whisper=Speech("Sales."))), says(Ring, "whisper")),
)
CHOICES = (
    Feature("percentage split", alone(Split(shares={"a": 60.0, "b": 40.0}, exits={"a": "one", "b": "two"})), some(Split), MATCHED),
    Feature("nearest place by area code", region("nearest area code", *PLACES), by("nearest area code")),
    Feature("the caller's state", region("state", Place("UT"), Place("NY")), by("state")),
    Feature("who calls (a pattern)", alone(CALLER), says(CallerMatch, "pattern")),
    Feature("hours with a time zone, behind a key", just(lambda: behind_a_key(open_at(OFFICE))), some(Schedule, is_zoned)),
    Feature("hours with a time zone, at the start", just(lambda: open_at(OFFICE)), starts_with_hours),
    Feature("hours over midnight", hours(NIGHT), some(Schedule, is_open_at_night)),
    Feature("one day, as a holiday", hours(HOLIDAY), hours_like(lambda one: one.frequency in ("once", "yearly"))),
    Feature("the first Monday of a month", hours(FIRST_MONDAY), hours_like(lambda one: one.ordinal is not None)),
)
ENDS = (
    Feature("voicemail after a ring", after_a_ring(), some(Voicemail)),
    Feature("voicemail with a greeting of its own", after_a_ring(greeting=Speech("Leave a message.")), says(Voicemail, "greeting")),
    Feature("hang up at once", alone(Hangup()), some(Hangup)),
    Feature("refuse with a SIP code", alone(Reject(code=486)), some(Reject)),
    Feature("queue", owned(lambda it: Queue(queue=it), "queue"), some(Queue), kind="queue"),
    Feature("fax by e-mail", alone(Fax(recipients=("fax@example.com",))), some(Fax, lambda node: bool(node.recipients))),
    Feature("conference", owned(lambda it: Conference(room=it), "conference"), some(Conference), kind="conference"),
    Feature("another flow", owned(lambda it: Subflow(flow=it), "flow"), some(Subflow), kind="flow"),
)
BUSINESS = (
    Feature("recording, from the start", alone(RecordCall(exits=then("one"))), starts_with(RecordCall)),
    Feature("recording, behind a key", just(lambda: behind_a_key(flow(RecordCall(exits=then("one"))))), some(RecordCall)),
    Feature("webhook", alone(Webhook(url="https://example.com/calls", exits=then("one"))), some(Webhook)),
    Feature("e-mail about calls", set_to(notify=MAIL), lambda whole: bool(whole.settings.notify)),
    Feature("notice of a missed call", alone(MISSED), says(Notify, "when", "missed")),
    Feature("spam filter", set_to(spam_filter=True), lambda whole: whole.settings.spam_filter is not None),
    Feature("its number, in the document", alone(LEAVES["one"], entry_points=NUMBERS[:1]), lambda whole: bool(numbers_of(whole))),
    Feature("several numbers", alone(LEAVES["one"], entry_points=NUMBERS), lambda whole: len(numbers_of(whole)) > 1),
    Feature("keys that nobody knows, kept", with_an_unknown_key, lambda whole: UNKNOWN_KEY in unicall.dumps(whole)),
)
FEATURES = (*MENUS, *RINGS, *CHOICES, *ENDS, *BUSINESS)

# What conversions give.


def above_a_note(problems: tuple[Problem, ...]) -> list[Problem]:
    return [one for one in problems if one.severity is not Severity.NOTE]


@cache
def said_of_any(provider: str, form: Literal["record", "request"]) -> frozenset[str]:
    """The codes of what is said of a flow with nothing in it."""
    return frozenset(one.code for one in unicall.emit(Flow(name="Small"), provider, form).problems)


def written(feature: Feature, provider: str, form: Literal["record", "request"], known: Any = None) -> str:
    """What becomes of a feature in a document of this form; its best flow counts."""
    flows = [one for whole in feature.flows(provider) for one in (whole, addressed(whole))]
    return min((_written(feature, whole, provider, form, known) for whole in flows), key=(BOTH, CHANGED, NO).index)


def _written(feature: Feature, whole: Flow, provider: str, form: Literal["record", "request"], known: Any) -> str:
    done = unicall.translate(whole, target=provider, form=form, settings=known)
    back = unicall.parse(done.document, provider, known).flow
    said = [one for one in above_a_note(done.problems) if one.code not in said_of_any(provider, form)]
    lost = any(one.severity is Severity.LOST for one in said)
    if feature.has(back) and not said:
        return BOTH
    return CHANGED if not lost and (feature.has(back) or feature.near(back)) else NO


def read(feature: Feature, provider: str) -> bool:
    """Whether a document of this provider has it."""
    return any(map(feature.has, fixtures(provider)))


def cell(feature: Feature, provider: str) -> str:
    """One word of the legend."""
    if feature.kind is not None and own(provider, feature.kind).provider != provider:
        return NO
    request, record = (written(feature, provider, form) for form in FORMS)
    if BOTH in (request, record):
        return BOTH if request == BOTH else RECORD
    if provider in KNOWN and written(feature, provider, "record", {provider: KNOWN[provider]}) == BOTH:
        return SET
    if CHANGED in (request, record):
        return CHANGED
    return READ if read(feature, provider) else NO


@cache
def matrix() -> Mapping[str, Mapping[str, str]]:
    """The cells, by feature and provider."""
    return {feature.name: {provider: cell(feature, provider) for provider in VENDORS} for feature in FEATURES}


def markdown() -> str:
    """The table, with its legend before it."""
    legend = "; ".join(f"*{word}*: {meaning}" for word, meaning in LEGEND.items())
    heads = [find(provider).title for provider in VENDORS]
    rows = [[name, *cells.values()] for name, cells in matrix().items()]
    lines = [["", *heads], ["---"] * (len(heads) + 1), *rows]
    return f"{legend}.\n\n" + "".join(f"| {' | '.join(line)} |\n" for line in lines)


def within(readme: str, table: str) -> str:
    """The README with this table between its markers."""
    before, _, rest = readme.partition(f"{BEGIN}\n")
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table}{END}{after}"


def main() -> None:
    """Print the table, or write it."""
    if "--write" in sys.argv[1:]:
        README.write_text(within(README.read_text("utf-8"), markdown()), "utf-8")
    else:
        sys.stdout.write(markdown())


if __name__ == "__main__":
    main()
