"""A flow with one thing changed, in every way that may change what calls meet; and calls that are likely to notice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from attrs import evolve

from unicall.adapter import NEW
from unicall.behave.calls import ANSWERS, Answer, Call
from unicall.behave.machine import Machine
from unicall.behave.times import OLDEST
from unicall.graph import (
    Announce,
    CallerMatch,
    Conference,
    Directory,
    Fax,
    Flow,
    Hangup,
    Menu,
    Node,
    Park,
    Pause,
    PhoneNumber,
    Place,
    Queue,
    Reference,
    Region,
    Reject,
    Ring,
    RingTarget,
    Schedule,
    SetLanguage,
    Speech,
    Split,
    Subflow,
    Voicemail,
    text_of,
)
from unicall.hours import DAY, WEEKDAYS, Recurrence

STRANGER = PhoneNumber("+12025550199")
OTHER = Speech("Something else.")
MONDAY = date(2026, 1, 5)


def mutants(flow: Flow) -> Iterator[tuple[str, Flow]]:
    """Each with the place and the kind of change."""
    for key, inner in flow.subflows.items():
        for name, mutant in mutants(inner):
            yield f"{key}/{name}", evolve(flow, subflows={**flow.subflows, key: mutant})
    for at, node in flow.nodes.items():
        for what, other in _changed(node):
            yield f"{at} {what}", evolve(flow, nodes={**flow.nodes, at: other})
        for what, exits in _led(node, list(flow.nodes)):
            yield f"{at} {what}", evolve(flow, nodes={**flow.nodes, at: evolve(node, exits=exits)})
        yield f"{at} hangs up", evolve(flow, nodes={**flow.nodes, at: Hangup()})
        yield f"{at} is passed over", _without(flow, at, node)


def _without(flow: Flow, at: str, node: Node) -> Flow:
    """Whatever led to a node leads to where its last exit leads."""
    to = list(node.exits.values())[-1] if node.exits else None
    if to is None or to == at:
        return evolve(flow, nodes={**flow.nodes, at: Reject(code=404)})
    nodes = {
        name: evolve(one, exits={label: to if leads == at else leads for label, leads in one.exits.items()})
        for name, one in flow.nodes.items()
    }
    return evolve(flow, nodes=nodes, start=to if flow.start == at else flow.start)


def _led(node: Node, ids: list[str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Exits taken away, led elsewhere, exchanged, and added."""
    labels = list(node.exits)
    for label in labels:
        yield f"without exit {label}", {name: to for name, to in node.exits.items() if name != label}
        for to in ids[:4]:
            yield f"exit {label} to {to}", {**node.exits, label: to}
        if isinstance(node, Menu):
            yield f"key {label} as 8", {("8" if name == label else name): to for name, to in node.exits.items()}
    for one, other in pairwise(labels):
        yield f"{one} and {other} exchanged", {**node.exits, one: node.exits[other], other: node.exits[one]}
    for label in ("busy", "otherwise") if isinstance(node, Ring) else ("7", "no_input") if isinstance(node, Menu) else ():
        yield f"a new exit {label}", {**node.exits, label: ids[0]}


def _changed(node: Node) -> Iterator[tuple[str, Node]]:
    for kind, change in _CHANGES.items():
        if isinstance(node, kind):
            for what, facts in change(node):
                yield what, evolve(node, **facts)


Facts = tuple[str, dict[str, Any]]


def _announce(node: Announce) -> Iterator[Facts]:
    yield "says something else", {"prompt": OTHER}
    yield "says it twice", {"times": node.times + 1}
    yield "never ends", {"endless": not node.endless}


def _menu(node: Menu) -> Iterator[Facts]:
    yield "greets otherwise", {"greeting": OTHER}
    yield "does not greet", {"greeting": None}
    yield "one more retry", {"retries": (node.retries or 1) + 1}
    yield "one retry", {"retries": 1}
    yield "one digit", {"max_digits": 1}
    yield "direct dial", {"direct_dial": not node.direct_dial}


def _ring(node: Ring) -> Iterator[Facts]:
    for at, rung in enumerate(node.targets):
        around = node.targets[:at], node.targets[at + 1 :]

        def put(*rung: RingTarget, around: tuple[Any, Any] = around) -> dict[str, Any]:
            return {"targets": (*around[0], *rung, *around[1])}

        yield f"target {at} is a stranger", put(evolve(rung, target=STRANGER))
        yield f"without target {at}", put()
        yield f"target {at} rings a second longer", put(evolve(rung, timeout=(rung.timeout or 20) + 1))
        yield f"target {at} rings later", put(evolve(rung, delay=(rung.delay or 0) + 5))
        yield f"target {at} confirms", put(evolve(rung, confirm=not rung.confirm))
        yield f"after target {at} a stranger", put(rung, RingTarget(STRANGER, timeout=10))
    yield "backwards", {"targets": node.targets[::-1]}
    yield "together", {"order": "together"}
    yield "in turn", {"order": "in turn"}
    yield "weighted", {"order": "weighted"}
    yield "a second longer", {"timeout": (node.timeout or 20) + 1}
    yield "a second shorter", {"timeout": (node.timeout or 20) - 1}
    yield "once more", {"repeats": node.repeats + 1}


def _schedule(node: Schedule) -> Iterator[Facts]:
    for zone in ("America/New_York", "America/Denver", "America/Phoenix", "UTC"):
        yield f"in {zone}", {"timezone": zone}
    yield "in another order", {"hours": node.hours[::-1]}
    for at, hours in enumerate(node.hours):
        around = node.hours[:at], node.hours[at + 1 :]
        yield f"without {hours.name}", {"hours": (*around[0], *around[1])}
        for what, recurrences in _recurring(hours.recurrences or ()):
            yield f"{hours.name}: {what}", {"hours": (*around[0], evolve(hours, recurrences=recurrences), *around[1])}


def _recurring(recurrences: tuple[Recurrence, ...]) -> Iterator[tuple[str, tuple[Recurrence, ...]]]:
    for at, one in enumerate(recurrences):
        around = recurrences[:at], recurrences[at + 1 :]
        yield f"without {at}", (*around[0], *around[1])
        for what, facts in _recurrence(one):
            yield f"{what} of {at}", (*around[0], evolve(one, **facts), *around[1])
    yield "and Sunday at three", (*recurrences, Recurrence(frequency="weekly", weekdays=("SU",), start=10800, end=10860))


def _recurrence(one: Recurrence) -> Iterator[Facts]:
    yield "a minute later", {"start": one.start + 60}
    yield "a minute longer", {"end": min(DAY, one.end + 60)}
    yield "a minute shorter", {"end": one.end - 60}
    yield "a day later", {"weekdays": tuple(WEEKDAYS[(WEEKDAYS.index(day) + 1) % 7] for day in one.weekdays)}
    for day in one.weekdays:
        yield f"not on {day}", {"weekdays": tuple(other for other in one.weekdays if other != day)}
    yield "every second time", {"interval": one.interval + 1}
    yield "overnight", {"overnight": not one.overnight}
    yield "not on a day", {"except_days": (*one.except_days, MONDAY + timedelta(days=3))}
    yield "from a day on", {"first": (one.first or MONDAY) + timedelta(days=1)}
    yield "until a day", {"until": max(one.first or MONDAY, MONDAY) + timedelta(days=30)}
    yield "always", {"override": True}
    yield "never", {"override": False}
    if one.month is not None:
        yield "a month later", {"month": one.month % 12 + 1}
    if one.month_days:
        yield "a day of the month later", {"month_days": tuple(day % 28 + 1 for day in one.month_days)}
    if one.ordinal is not None:
        yield "another of the month", {"ordinal": 2 if one.ordinal != 2 else 3}


def _region(node: Region) -> Iterator[Facts]:
    yield "in another order", {"places": node.places[::-1]}
    for at, place in enumerate(node.places):
        around = node.places[:at], node.places[at + 1 :]
        yield f"without {place.name}", {"places": (*around[0], *around[1])}
        for what, facts in _place(place):
            yield f"{place.name} {what}", {"places": (*around[0], evolve(place, **facts), *around[1])}


def _place(place: Place) -> Iterator[Facts]:
    if place.area_codes:
        yield "has one code less", {"area_codes": place.area_codes[1:]}
    yield "has one code more", {"area_codes": (*place.area_codes, "907")}


def _match(node: CallerMatch) -> Iterator[Facts]:
    if node.pattern is not None:
        for pattern in (f"{node.pattern}0", "^$", "7$", r"^\+1907"):
            yield f"matches {pattern}", {"pattern": pattern}
    if node.list is not None:
        yield "another list", {"list": Reference(node.list.provider, node.list.kind, "another")}


def _split(node: Split) -> Iterator[Facts]:
    names = list(node.shares)
    yield "shares in another order", {"shares": {name: node.shares[name] for name in names[::-1]}}
    for one, other in pairwise(names):
        if node.shares[one] >= 1:
            shifted = {**node.shares, one: node.shares[one] - 1, other: node.shares[other] + 1}
            yield f"a percent of {one} to {other}", {"shares": shifted}


def _elsewhere(field: str) -> Callable[[Any], Iterator[Facts]]:
    def change(node: Any) -> Iterator[Facts]:
        found = getattr(node, field)
        if isinstance(found, Reference) and not found.id.startswith(NEW):  # what was made for the other has any name
            yield f"another {field}", {field: Reference(found.provider, found.kind, "another")}
        yield f"no {field}", {field: None}

    return change


_CHANGES: Mapping[type[Node], Callable[[Any], Iterator[Facts]]] = {
    Announce: _announce,
    Menu: _menu,
    Ring: _ring,
    Schedule: _schedule,
    Region: _region,
    CallerMatch: _match,
    Split: _split,
    Voicemail: lambda node: iter([("greets otherwise", {"greeting": OTHER}), *_elsewhere("mailbox")(node)]),
    Queue: _elsewhere("queue"),
    Subflow: _elsewhere("flow"),
    Conference: _elsewhere("room"),
    Directory: _elsewhere("directory"),
    Fax: _elsewhere("box"),
    Park: lambda node: iter([("another slot", {"slot": "799"})]),
    Reject: lambda node: iter([("another code", {"code": 486 if node.code != 486 else 603})]),
    SetLanguage: lambda node: iter([("another language", {"language": "de-DE"})]),
    Pause: lambda node: iter([("longer", {"seconds": node.seconds + 1})]),
}


# Calls.


def likely_calls(dice: Random, flows: tuple[Flow, ...], most: int) -> Iterator[Call]:
    """Calls made of what the flows ask for: their keys, the edges of their hours, their places, whoever they ring.

    As the comparison says, no call is older than the year 2000.
    """
    nodes = [node for flow in flows for node in Machine(flow).nodes().values()]
    moments = [at for at in dict.fromkeys(_moments(nodes)) if at.date() >= OLDEST] or [datetime(2026, 1, 5, 12, tzinfo=UTC)]
    keys = [
        *sorted({label for node in nodes if isinstance(node, Menu) for label in node.exits if label[:1] in "0123456789*#"}),
        "8",
        None,
    ]
    names = sorted(set(_names(nodes)))
    callers = list(dict.fromkeys(_callers(nodes)))
    regions = [place for node in nodes if isinstance(node, Region) for place in node.places]
    unknown = any(not any(place.area_codes for place in node.places) for node in nodes if isinstance(node, Region))
    places = [None, *((one.name for one in regions) if unknown else ()), *(["elsewhere"] if unknown else ())]
    lists = sorted({text_of(node.list) for node in nodes if isinstance(node, CallerMatch) and node.list is not None})
    for number in range(most):
        silent = dice.random() < 0.5
        yield Call(
            at=moments[number % len(moments)] if number % 3 else dice.choice(moments),
            caller=dice.choice(callers),
            place=dice.choice(places),
            keys=tuple(dice.choice(keys) for _ in range(4)),
            answers={
                **_own_as_made({name: "no_answer" if silent else dice.choice(ANSWERS) for name in names}),
                **{name: dice.choice(["match", "no_match"]) for name in lists},
            },
            draws=tuple(dice.choice(_draws(nodes)) for _ in range(2)),
        )


def _own_as_made(answers: dict[str, Answer]) -> dict[str, str]:
    """A box that unicall made for the other carrier does as the flow's own."""
    own = answers.get("mailbox", "answered")
    return {name: own if name.startswith("mailbox:new:") else answer for name, answer in answers.items()}


def _draws(nodes: Iterable[Node]) -> list[float]:
    found = [0.05, 0.5, 0.95]
    for node in nodes:
        sum_ = 0.0
        for share in node.shares.values() if isinstance(node, Split) else ():
            sum_ += share / 100
            found += [draw for draw in (sum_ - 0.005, sum_ + 0.005) if 0 <= draw < 1]
    return found


def _names(nodes: Iterable[Node]) -> Iterator[str]:
    for node in nodes:
        match node:
            case Ring(targets=targets):
                yield from (text_of(one.target) for one in targets)
            case Queue(queue=Reference() as named) | Voicemail(mailbox=Reference() as named):
                yield text_of(named)
            case Directory(directory=Reference() as named):
                yield text_of(named)
            case Voicemail():
                yield "mailbox"
            case Queue():
                yield "queue"
            case Park(slot=slot):
                yield "park" if slot is None else f"park:{slot}"


def _callers(nodes: Iterable[Node]) -> Iterator[str | None]:
    yield from ("+12025550100", "+19075550107", "+18015550107", None)
    for node in nodes:
        for place in node.places if isinstance(node, Region) else ():
            yield from (f"+1{code}5550100" for code in place.area_codes)
        if isinstance(node, CallerMatch) and node.pattern is not None:
            digits = "".join(char for char in node.pattern if char.isdigit())
            yield from (f"+{digits}", f"+{digits}0", f"+1{digits[:10].ljust(10, '0')}")


def _moments(nodes: Iterable[Node]) -> Iterator[datetime]:
    """Half a minute before and after each edge, on days of every kind."""
    for node in nodes:
        if isinstance(node, Schedule):
            zone = UTC if node.timezone is None else ZoneInfo(node.timezone)
            for one in (one for hours in node.hours for one in hours.recurrences or ()):
                for day in _days(one):
                    for second in (0, one.start, one.end):
                        begin = datetime.combine(day, time(12), zone) + timedelta(seconds=second - 43200)
                        yield from (begin - timedelta(seconds=30), begin + timedelta(seconds=30))


def _days(one: Recurrence) -> Iterator[date]:
    yield from (MONDAY + timedelta(days=day) for day in range(8))
    named = [day for day in (one.first, one.until, *one.except_days) if day is not None and 1970 < day.year < 2100]
    for day in named:
        yield from (day + timedelta(days=step) for step in (-1, 0, 1, 7))
    if one.month is not None or one.month_days or one.ordinal is not None:
        yield from (MONDAY + timedelta(days=day) for day in range(365) if (MONDAY + timedelta(days=day)).day in (1, 4, 24, 25, 31))
