"""What every kind of node does to a call: the one place that says so. ``docs/semantics.md`` is this module in prose.

A flow is run as a machine. It stands at a :class:`Point`; its next :class:`Move` either says something (a step, and where the
call goes next), or asks for something that only the call knows (the hour, a key, who answers), or ends. Whoever runs the machine
answers: ``running.py`` from one call, ``exploring.py`` from all calls at once. So both run the very same rules.

What surprises people: a sub-flow that comes to its end gives the call back to the flow that ran it, a Hangup does not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from graphlib import CycleError, TopologicalSorter
from math import inf
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from attrs import Factory, define, evolve, field, frozen

from unicall.behave.calls import ANSWERS, End, Kind, Step
from unicall.graph import (
    NEXT,
    OTHERWISE,
    Announce,
    CallerMatch,
    Conference,
    Directory,
    Fax,
    Flow,
    Hangup,
    Menu,
    Node,
    NodeId,
    Notify,
    Park,
    Pause,
    Prompt,
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
    Speech,
    Split,
    Subflow,
    Target,
    VendorNode,
    Voicemail,
    Webhook,
    outcome_exit,
    text_of,
)
from unicall.hours import Hours

#: Of several that did not answer, this decides what became of the call; the first that occurs.
FAILURES: tuple[str, ...] = ANSWERS[1:]
DEEPEST = 50  # flows that are inside each other; Kazoo ends a call there
OWN_BOX = "mailbox"  # what answers call the flow's own
MOST = 1000  # times that one prompt, menu or ring is repeated

#: An exit that a call left by: the node and its label.
Exit: TypeAlias = tuple[NodeId, str]
#: What is named by a step, for those who compare names: references and spoken texts, in the order of the step.
Named: TypeAlias = tuple[Target | Prompt, ...]


class Point(NamedTuple):
    """Where a call is: the flow, the node, how far in it, and the Subflow nodes that it has to come back to."""

    flow: int
    node: NodeId | None
    turn: int = 0
    back: tuple[tuple[int, NodeId], ...] = ()


class Way(NamedTuple):
    """Where the call goes, and the exit that it takes."""

    point: Point
    taken: Exit | None = None


@frozen(eq=False)
class Say:
    """A step, and on. ``silent``: neither side of the call notices. ``aside``: what else there is to tell of it, as a setting."""

    step: Step
    named: Named
    then: Way
    silent: bool = False
    aside: tuple[str, ...] = ()


@frozen(eq=False)
class Goes:
    """Nothing that anybody observes, and on."""

    then: Way


class Span(NamedTuple):
    """From when to when one of several rings, in seconds; whether the order is drawn, and how often this one is drawn first."""

    name: str
    since: float
    until: float | None
    weight: int | None = None
    drawn: bool = False

    @property
    def order(self) -> tuple[str, float, float, float]:
        """By the name, then by the time; one of which nobody says until when rings longest."""
        return self.name, self.since, inf if self.until is None else self.until, self.weight or 0


@frozen(eq=False)
class Sounds:
    """Targets ring. ``after`` leads on by the outcome, the first of ``deciding`` that occurs; ``confirms`` have to press a key."""

    step: Step
    named: Named
    targets: tuple[str, ...]
    confirms: frozenset[str]
    after: Mapping[str, Way]
    deciding: tuple[str, ...] = FAILURES
    spans: tuple[Span, ...] = ()


@frozen(eq=False)
class Takes:
    """Something takes the call, and ends it, unless it does not. ``aside``: what else there is to tell of it, as a setting."""

    step: Step
    named: Named
    name: str
    end: End
    otherwise: Way
    aside: tuple[str, ...] = ()


@frozen(eq=False)
class AsksKey:
    """A menu waits. ``press`` answers for a key, None is silence.

    ``pins`` are keys that mean something and are no exits, ``digits`` is how many digits it takes at most.
    """

    press: Callable[[str | None], Next]
    labels: tuple[str, ...]
    pins: tuple[str, ...] = ()
    digits: int | None = None


@frozen(eq=False)
class AsksTime:
    """Which of the hours holds. ``ways`` in the order of the hours, the last for none of them."""

    timezone: str | None
    hours: tuple[Hours, ...]
    ways: tuple[Next, ...]


@frozen(eq=False)
class AsksCaller:
    """Whether the caller's number has this in it."""

    pattern: str
    match: Way
    no_match: Way


@frozen(eq=False)
class AsksList:
    """Whether the caller is on a list that only the carrier keeps."""

    name: str
    match: Way
    no_match: Way


@frozen(eq=False)
class AsksPlace:
    """Where the caller is: the place of each way, the last way for anywhere else."""

    places: tuple[tuple[str, ...], ...]
    area_codes: tuple[tuple[str, ...], ...]
    ways: tuple[Way, ...]

    @property
    def by_caller(self) -> bool:
        """Whether the caller's number says where they are."""
        return any(self.area_codes)


@frozen(eq=False)
class AsksDraw:
    """Which share. ``bounds`` are where each ends, from 0 to 1; the last is open."""

    bounds: tuple[float, ...]
    ways: tuple[Way, ...]


@frozen
class Opaque:
    """What nobody can judge. ``like`` is the same for what is verbatim the same; ``ways`` are its exits.

    ``empty``: a word of its carrier and nothing else, where nobody is named and nobody says what happens.
    """

    step: Step = field(eq=False)
    node: NodeId
    like: str
    ways: Mapping[str, Way] = field(eq=False)
    empty: bool = False


@frozen
class Ends:
    """The call is over."""

    end: End
    node: NodeId = ""


Ask: TypeAlias = AsksKey | AsksTime | AsksCaller | AsksList | AsksPlace | AsksDraw
Move: TypeAlias = Say | Goes | Sounds | Takes | Opaque | Ends | Ask
Next: TypeAlias = Way | Opaque | Ends


@define(slots=False, eq=False)
class Machine:
    """One flow and those that come along, ready to run."""

    flow: Flow
    _flows: list[tuple[str, Flow]] = Factory(list)
    _index: dict[str, int] = Factory(dict)
    _moves: dict[Point, Move] = Factory(dict)

    def __attrs_post_init__(self) -> None:
        """Number the flows: a Subflow names one that came along anywhere, or the flow itself by the id of its document."""
        todo = [("", self.flow)]
        for key, flow in todo:
            if key not in self._index:
                self._index[key] = len(self._flows)
                self._flows.append((key, flow))
                todo.extend(flow.subflows.items())
        for own in _own_ids(self.flow):
            self._index.setdefault(own, 0)

    @property
    def start(self) -> Point:
        """Where every call begins."""
        return Point(0, self.flow.start)

    def nodes(self) -> Mapping[NodeId, Node]:
        """All nodes of all flows, by the id that steps and exits use."""
        return {_name(key, at): node for key, flow in self._flows for at, node in flow.nodes.items()}

    def places(self) -> Iterator[tuple[tuple[int, NodeId], Node]]:
        """Every node of every flow, by the number of the flow and its own id."""
        for index, (_, flow) in enumerate(self._flows):
            for at, node in flow.nodes.items():
                yield (index, at), node

    def moves_of(self, place: tuple[int, NodeId]) -> Iterator[Move]:
        """The moves of a node's first turns: they ask for all that it asks for, and say all names that it knows."""
        node = self.node(place)
        turns = 2 + len(node.targets) if isinstance(node, Ring) else FIRST_TURNS
        for turn in range(turns):
            yield self.move(Point(place[0], place[1], turn))

    def node(self, place: tuple[int, NodeId]) -> Node:
        """The node of a place."""
        return self._flows[place[0]][1].nodes[place[1]]

    def name_of(self, at: Point) -> NodeId:
        """The id of the node there, as steps and exits name it."""
        return _name(self._flows[at.flow][0], at.node or "")

    @cached_property
    def circular(self) -> bool:
        """Whether any way leads back to where it came from."""
        sorter: TopologicalSorter[tuple[int, NodeId]] = TopologicalSorter()
        for (flow, at), node in self.places():
            sorter.add((flow, at), *((flow, to) for to in node.exits.values()))
            entry = self.entry_of(node.flow.id) if isinstance(node, Subflow) and node.flow is not None else None
            if entry is not None and entry.node is not None:
                sorter.add((flow, at), (entry.flow, entry.node))
        try:
            sorter.prepare()
        except CycleError:
            return True
        return False

    @cached_property
    def recursive(self) -> bool:
        """Whether a flow that is to come back can be run inside itself."""
        runs: dict[int, set[int]] = {}
        comes_back = []
        for (flow, _), node in self.places():
            entry = self.entry_of(node.flow.id) if isinstance(node, Subflow) and node.flow is not None else None
            if entry is not None:
                runs.setdefault(flow, set()).add(entry.flow)
                comes_back += [(flow, entry.flow)] if NEXT in node.exits else []
        return any(flow in _all_behind(runs, inner) for flow, inner in comes_back)

    def entry_of(self, key: str) -> Point | None:
        """Where another flow begins; None for one that did not come along."""
        index = self._index.get(key)
        return None if index is None or not key else Point(index, self._flows[index][1].start)

    def move(self, at: Point) -> Move:
        """What happens next."""
        found = self._moves.get(at)
        if found is None:
            found = self._moves[at] = self._move(at)
        return found

    def _move(self, at: Point) -> Move:
        if at.node is None:
            return self._come_back(at)
        key, flow = self._flows[at.flow]
        node = flow.nodes[at.node]
        visit = _Visit(self, at, node, _name(key, at.node))
        return _RULES[type(node)](visit, node)

    def _come_back(self, at: Point) -> Move:
        """At the end of a flow: on behind the Subflow that ran it, or over."""
        if not at.back:
            return Ends("hangup")
        flow, node = at.back[-1]
        key, home = self._flows[flow]
        point = Point(flow, home.nodes[node].exits[NEXT], 0, at.back[:-1])
        return Goes(Way(point, (_name(key, node), NEXT)))


def _all_behind(runs: Mapping[int, set[int]], start: int) -> set[int]:
    """This flow, and all that are run in it or further inside."""
    seen, todo = {start}, [start]
    while todo:
        new = runs.get(todo.pop(), set()) - seen
        seen |= new
        todo += new
    return seen


def _own_ids(flow: Flow) -> Iterator[str]:
    """What its carriers call this flow: the ``id`` of its documents, which is among the keys that no adapter reads."""
    for shape in flow.extras.values():
        rest = shape.get("rest") if isinstance(shape, Mapping) else None
        own = rest.get("id") if isinstance(rest, Mapping) else None
        if isinstance(own, str) and own:
            yield own


def _name(flow: str, node: NodeId) -> NodeId:
    return f"{flow}/{node}" if flow else node


@frozen
class _Visit:
    """A call at a node."""

    machine: Machine
    at: Point
    node: Node
    name: NodeId

    def leave(self, *labels: str) -> Way:
        """By the first of these exits that there is; else this flow is at its end."""
        for label in labels:
            to = self.node.exits.get(label)
            if to is not None:
                return Way(Point(self.at.flow, to, 0, self.at.back), (self.name, label))
        return Way(Point(self.at.flow, None, 0, self.at.back))

    def stay(self, turn: int) -> Way:
        """A step further in the same node."""
        return Way(self.at._replace(turn=turn))

    def step(self, kind: Kind, what: str = "", targets: tuple[str, ...] = (), seconds: float | None = None) -> Step:
        return Step(kind, what, targets, seconds, self.name)

    def effect(self, what: str, seconds: float | None = None) -> Say:
        """What the node does without a word to the caller, and on by ``next``."""
        return Say(self.step("effect", what, (), seconds), (), self.leave(NEXT), silent=type(self.node).SILENT)

    def says(self, prompt: Prompt, then: Way) -> Say:
        return Say(self.step("prompt", text_of(prompt)), (prompt,), then, aside=_spoken(prompt))

    def maybe_says(self, prompt: Prompt | None, then: Way) -> Say | Goes:
        return Goes(then) if prompt is None else self.says(prompt, then)

    def takes(self, kind: Kind, what: Prompt | Reference | str | None, name: str, end: End, *aside: str) -> Takes:
        """What takes the call, and by ``next`` where it does not."""
        said = what if isinstance(what, str) else "" if what is None else text_of(what)
        named = () if what is None or isinstance(what, str) else (what,)
        box = (name,) if kind == "voicemail" and name != OWN_BOX else ()
        spoken = _spoken(what) if isinstance(what, Speech) else ()
        return Takes(self.step(kind, said, box), named, name, end, self.leave(NEXT), (*spoken, *aside))

    def opaque(self, what: str, like: object, *, exits: bool = True) -> Opaque:
        ways = {label: self.leave(label) for label in self.node.exits} if exits else {}
        return Opaque(self.step("opaque", what), self.name, json.dumps([what, like], sort_keys=True, default=str), ways)


# Prompts and keys.


def _spoken(prompt: Prompt) -> tuple[str, ...]:
    """By whom a text is spoken, and in which language, where its carrier says it."""
    said = {"voice": prompt.voice, "spoken in": prompt.language} if isinstance(prompt, Speech) else {}
    return tuple(f"{word} {value}" for word, value in said.items() if value is not None)


def _announce(visit: _Visit, node: Announce) -> Move:
    turn = visit.at.turn
    if turn < (1 if node.endless else min(node.times, MOST)):
        return visit.says(node.prompt, visit.stay(turn + 1))
    if node.endless and turn == 1:
        return Say(visit.step("effect", "plays on"), (), visit.stay(2))
    return Ends("hangup", visit.name) if node.endless else Goes(visit.leave(NEXT))


def _menu(visit: _Visit, node: Menu) -> Move:
    """Five turns to an attempt: greeting, notice (in the first), the wait, what follows a wrong key, and recording a greeting."""
    attempt, turn = divmod(visit.at.turn, _TURNS)
    if attempt >= _attempts(node):
        return _give_up(visit, node, turn)
    if turn == _WAITS:
        labels = tuple(label for label in node.exits if label not in _NO_KEYS)
        return AsksKey(partial(_press, visit, node), labels, (node.record_pin,) if node.record_pin else (), node.max_digits)
    if turn == _RECORDS:
        return Say(visit.step("effect", "record the greeting"), (), visit.stay(attempt * _TURNS))
    prompt = node.greeting if turn == 0 else node.invalid_prompt if turn == _WRONG else None if attempt else node.notice
    return visit.maybe_says(prompt, visit.stay((attempt + 1) * _TURNS if turn == _WRONG else visit.at.turn + 1))


_WAITS, _WRONG, _RECORDS, _TURNS = 2, 3, 4, 5
FIRST_TURNS = _WAITS + 1  # the turns of a node that ask for all that it asks for, unless it is a Ring
_NO_KEYS = ("no_input", "invalid", "exhausted")


def _attempts(node: Menu) -> int:
    """One, where nobody knows how many."""
    return 1 if node.retries is None else min(node.retries, MOST)


def _give_up(visit: _Visit, node: Menu, turn: int) -> Move:
    if turn == 0:
        return visit.maybe_says(node.exit_prompt, visit.stay(visit.at.turn + 1))
    if turn == 1 and "exhausted" in node.exits:
        return visit.maybe_says(node.transfer_prompt, visit.stay(visit.at.turn + 1))
    return Goes(visit.leave("exhausted"))


def _press(visit: _Visit, node: Menu, key: str | None) -> Next:
    """Where a key leads. ``#`` ends the input, unless the key as a whole is an exit."""
    pressed = key or ""
    if pressed not in node.exits:
        pressed = pressed.partition("#")[0]
    pressed = pressed[: node.max_digits] if node.max_digits else pressed
    if pressed and pressed in node.exits and pressed not in _NO_KEYS:
        return visit.leave(pressed)
    if pressed and node.direct_dial:
        return visit.opaque("dials direct", None, exits=False)
    start = visit.at.turn - _WAITS
    if pressed and pressed == node.record_pin:
        return visit.stay(start + _RECORDS)
    label = "invalid" if pressed else "no_input"
    if label in node.exits:
        return visit.leave(label)
    if node.retries is None and "exhausted" not in node.exits:
        return Ends("unspecified", visit.name)
    return visit.stay(start + (_WRONG if pressed else _TURNS))


# Who rings.


def _ring(visit: _Visit, node: Ring) -> Move:
    """Turns count the legs of all attempts; one that rings all together has one leg."""
    legs = _legs(node)
    if not legs:
        return Goes(_after(visit, node, "no_answer", MOST) if _ringing(node) else visit.leave(OTHERWISE))
    if node.whisper is not None and visit.at.turn == 0:
        return Say(visit.step("effect", f"whisper {text_of(node.whisper)}"), (node.whisper,), visit.stay(1), silent=True)
    turn = visit.at.turn - (node.whisper is not None)
    attempt, leg = divmod(turn, len(legs))
    rung, seconds = legs[leg]
    last = leg + 1 == len(legs)
    after = {outcome: _after(visit, node, outcome, attempt) if last else visit.stay(visit.at.turn + 1) for outcome in FAILURES}
    if last and len(legs) < _wanted(node):
        after = dict.fromkeys(FAILURES, _after(visit, node, "no_answer", attempt))
    whom = tuple(one for rings in rung for one in _whom(rings))
    names = tuple(map(text_of, whom))
    deciding = FAILURES
    if node.decline_ends:
        deciding = ("declined", *FAILURES)
        after["declined"] = _after(visit, node, "declined", attempt)
    spans = tuple(_span(node, rings, one) for rings in rung for one in _whom(rings))
    what = _parts(spans)
    if is_drawn(node):
        what = "in an order that is drawn" + (f", weight {rung[0].weight}" if rung[0].weight is not None else "")
    step = visit.step("ring", what, tuple(sorted(set(names))), seconds)
    confirms = frozenset(text_of(one.also or one.target) for one in rung if one.confirm)
    return Sounds(step, whom, names, confirms, after, deciding, spans)


def _parts(spans: tuple[Span, ...]) -> str:
    """From when to when each rings, in the order of their names; nothing where all ring the whole time."""
    if all(span.since == 0 and span.until == spans[0].until for span in spans):
        return ""
    return ", ".join(
        f"{one.since:g} to {'?' if one.until is None else f'{one.until:g}'} s" for one in sorted(spans, key=attrgetter("order"))
    )


def _span(node: Ring, rings: RingTarget, whom: Target) -> Span:
    if node.order != "together":
        drawn = is_drawn(node)
        return Span(text_of(whom), 0, None, rings.weight if drawn else None, drawn)
    since = rings.delay or 0
    ends = [end for end in (node.timeout, None if rings.timeout is None else since + rings.timeout) if end is not None]
    return Span(text_of(whom), since, min(ends, default=None))


def _whom(rings: RingTarget) -> tuple[Target, ...]:
    """Who is heard to ring: the target, whom it passes calls on to, both or neither."""
    return (*(() if rings.off else (rings.target,)), *(() if rings.also is None else (rings.also,)))


def _ringing(node: Ring) -> list[RingTarget]:
    return [one for one in node.targets if _whom(one)]


def is_drawn(node: Ring) -> bool:
    """Whether the order is: one alone has no weight."""
    return node.order == "weighted" and len(_ringing(node)) > 1


def _wanted(node: Ring) -> int:
    return 1 if node.order == "together" else len(_ringing(node))


def _legs(node: Ring) -> list[tuple[tuple[RingTarget, ...], float | None]]:
    """Who rings together, and for how long, in one attempt: as long as its whole time lasts."""
    if node.order == "together":
        whole = node.timeout
        ringing = [one for one in _ringing(node) if whole is None or not one.delay or one.delay < whole]
        ringing.sort(key=lambda one: one.delay or 0)
        return [(tuple(ringing), _longest(ringing, whole))] if ringing else []
    legs: list[tuple[tuple[RingTarget, ...], float | None]] = []
    left = node.timeout
    for one in _ringing(node):
        if legs and left is not None and left <= 0:
            break
        seconds = left if one.timeout is None else one.timeout if left is None else min(left, one.timeout)
        legs.append(((one,), seconds))
        left = None if left is None or seconds is None else left - seconds
    return legs


def _longest(ringing: list[RingTarget], whole: float | None) -> float | None:
    ends = [None if one.timeout is None else (one.delay or 0) + one.timeout for one in ringing]
    known = [end for end in ends if end is not None]
    if len(known) < len(ends):
        return whole
    return max(known) if whole is None else min(whole, max(known))


def _after(visit: _Visit, node: Ring, outcome: str, attempt: int) -> Way:
    """By the outcome's own exit at once; else once more, and then by ``otherwise``."""
    own = outcome_exit(node, outcome)
    if own is not None:
        return visit.leave(own)
    if attempt + 1 < min(node.repeats, MOST):
        return visit.stay((attempt + 1) * len(_legs(node)) + (node.whisper is not None))
    return visit.leave(OTHERWISE)


# Which way.


def _schedule(visit: _Visit, node: Schedule) -> Move:
    if node.timezone is not None and find_zone(node.timezone) is None:
        return visit.opaque("hours in a zone that nobody knows", [node.timezone, [repr(hours) for hours in node.hours]])
    unknown = visit.opaque("hours that nobody knows", [node.timezone, [repr(hours) for hours in node.hours]])
    ways: list[Next] = [unknown if hours.recurrences is None else visit.leave(hours.name, OTHERWISE) for hours in node.hours]
    return AsksTime(node.timezone, node.hours, (*ways, visit.leave(OTHERWISE)))


def find_zone(name: str) -> ZoneInfo | None:
    """The time zone of this name, where the database has it."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return None


def _region(visit: _Visit, node: Region) -> Move:
    """Where the area codes do not say it, the carrier finds out by a rule of its own, which is a step."""
    if visit.at.turn == 0 and not any(place.area_codes for place in node.places):
        return Say(visit.step("effect", f"place {_rule_of(node)}"), (), visit.stay(1))
    return AsksPlace(
        tuple(tuple({name.strip().casefold(): None for name in (place.name, place.city) if name}) for place in node.places),
        tuple(place.area_codes for place in node.places),
        (*(visit.leave(place.name, OTHERWISE) for place in node.places), visit.leave(OTHERWISE)),
    )


def _rule_of(node: Region) -> str:
    said = [f"by {node.by or 'a rule that is not said'}"]
    said += [f"within {node.radius:g} mile{'' if node.radius == 1 else 's'}"] if node.radius is not None else []
    said += ["keyed in"] if node.ask else []
    if node.by is not None and node.by.startswith("nearest"):
        said += [
            f"{place.latitude:g} {place.longitude:g}" for place in node.places if None not in (place.latitude, place.longitude)
        ]
    return ", ".join(said)


def _caller_match(visit: _Visit, node: CallerMatch) -> Move:
    match, no_match = visit.leave("match"), visit.leave("no_match")
    if node.pattern is not None:
        return AsksCaller(node.pattern, match, no_match)
    if node.list is None:
        return visit.opaque("a list that is not named", None)
    return AsksList(text_of(node.list), match, no_match)


def _split(visit: _Visit, node: Split) -> Move:
    """Shares that do not make a hundred leave calls that nobody can place."""
    if not node.shares or abs(sum(node.shares.values()) - 100) > 1e-6 or min(node.shares.values()) < 0:
        return visit.opaque("shares that do not make a hundred", sorted(node.shares.items()))
    bounds, sum_ = [], 0.0
    for share in node.shares.values():
        sum_ += share / 100
        bounds.append(sum_)
    return AsksDraw(tuple(bounds), tuple(visit.leave(label) for label in node.shares))


# Who takes the call.


def _voicemail(visit: _Visit, node: Voicemail) -> Move:
    return visit.takes("voicemail", node.greeting, _named(node.mailbox, OWN_BOX), "voicemail")


def _queue(visit: _Visit, node: Queue) -> Move:
    priority = () if node.priority is None else (f"queue priority {node.priority}",)
    return visit.takes("queue", node.queue, _named(node.queue, "queue"), "queue", *priority)


def _directory(visit: _Visit, node: Directory) -> Move:
    return visit.takes("handover", node.directory or "directory", _named(node.directory, "directory"), "handover")


def _park(visit: _Visit, node: Park) -> Move:
    name = "park" if node.slot is None else f"park:{node.slot}"
    return visit.takes("handover", name, name, "handover")


def _conference(visit: _Visit, node: Conference) -> Move:
    return visit.takes("handover", node.room or "conference", _named(node.room, "conference"), "handover")


def _fax(visit: _Visit, node: Fax) -> Move:
    what: Reference | str = node.box or " ".join(("fax", *node.recipients))
    people = (f"fax to {', '.join(node.recipients)}",) if node.recipients else ()
    return visit.takes("handover", what, _named(node.box, "fax"), "handover", *people)


def _named(reference: Reference | None, kind: str) -> str:
    return kind if reference is None else text_of(reference)


def _subflow(visit: _Visit, node: Subflow) -> Move:
    entry = None if node.flow is None else visit.machine.entry_of(node.flow.id)
    if entry is None:
        return visit.opaque("another flow, which is not here", _named(node.flow, "flow"))
    back = visit.at.back
    if NEXT in node.exits:
        back = (*back, (visit.at.flow, visit.at.node or ""))
    if len(back) > DEEPEST:
        return Ends("loop", visit.name)
    return Goes(Way(entry._replace(back=back)))


def _vendor(visit: _Visit, node: VendorNode) -> Move:
    found = visit.opaque(node.word, [node.provider, node.data])
    return evolve(found, empty=node.data is None and not node.exits)


def _reject(visit: _Visit, node: Reject) -> Move:
    if node.prompt is not None and visit.at.turn == 0:
        return visit.says(node.prompt, visit.stay(1))
    return Takes(visit.step("reject", str(node.code)), (), "", "reject", visit.leave())


# What nobody hears.


def _set_caller_id(visit: _Visit, node: SetCallerId) -> Move:
    return visit.effect(" ".join(["caller id", *(part for part in (node.name, node.number) if part)]))


def _set_variable(visit: _Visit, node: SetVariable) -> Move:
    return visit.effect(" ".join(["set", *(f"{name}={value}" for name, value in sorted(node.values.items()))]))


def _notify(visit: _Visit, node: Notify) -> Move:
    people = [one if isinstance(one, str) else text_of(one) for one in node.recipients]
    return visit.effect(" ".join(["notify", *([node.when] if node.when else []), *people]))


def _webhook(visit: _Visit, node: Webhook) -> Move:
    return visit.effect(" ".join(["webhook", *(part for part in (node.method, node.url) if part)]))


_RULES: Mapping[type[Node], Callable[[_Visit, Any], Move]] = {
    Announce: _announce,
    Menu: _menu,
    Ring: _ring,
    Schedule: _schedule,
    Region: _region,
    CallerMatch: _caller_match,
    Split: _split,
    Voicemail: _voicemail,
    Queue: _queue,
    Directory: _directory,
    Park: _park,
    Conference: _conference,
    Fax: _fax,
    Subflow: _subflow,
    VendorNode: _vendor,
    Reject: _reject,
    Hangup: lambda visit, node: Ends("hangup", visit.name),
    SetCallerId: _set_caller_id,
    SetVariable: _set_variable,
    Notify: _notify,
    Webhook: _webhook,
    RecordCall: lambda visit, node: visit.effect("record" if node.on else "record off"),
    SetLanguage: lambda visit, node: visit.effect(f"language {node.language}"),
    Pause: lambda visit, node: visit.effect("pause", node.seconds),
}
