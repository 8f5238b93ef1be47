"""Whether two flows treat every call in the same way, and the shortest call that shows that they do not.

What surprises people: what a carrier does not say (how long it rings, what a menu does with a key it has not) differs from nothing,
and what nobody can judge, a node that only its vendor has, is neither the same nor different: it is listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import datetime

from attrs import evolve, field, frozen

from unicall.behave import words
from unicall.behave.asking import Asked
from unicall.behave.calls import Call, Trace
from unicall.behave.exploring import MOST, Exploration, explore
from unicall.behave.likeness import Likeness
from unicall.behave.machine import Machine, Move, Opaque, is_drawn
from unicall.behave.names import Names
from unicall.behave.running import run
from unicall.behave.spots import Choice, Differs, Unjudged, conflicts
from unicall.behave.times import LATEST, are_dated_before
from unicall.graph import FACTS, EntryPoint, Flow, Node, NodeId, Ring, RingTarget, Settings, Split, text_of
from unicall.problem import FlowError

FEW = 5_000  # spots, after which a walk that remembers less about who is rung is tried first
EACH = 4  # spots for each node that are always looked at
MANY = 20_000  # spots of such a walk, and of one through flows that run themselves


@frozen
class Behind:
    """Where the comparison has to stop: the nodes of both flows, and what is there. ``node``: that of what nobody can judge."""

    left: NodeId
    right: NodeId
    what: str
    node: NodeId = field(default="", eq=False)


@frozen
class SettingDifference:
    """Something that no caller notices: ``left`` and ``right`` are what the flows do in silence. ``call`` None: with every call."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    call: Call | None = None

    def __str__(self) -> str:
        """In one line."""
        return f"before: {', '.join(self.left) or 'nothing'}; after: {', '.join(self.right) or 'nothing'}"


@frozen(kw_only=True)
class Comparison:
    """The answer. ``same``: no call meets anything else, except ``behind`` these.

    ``call`` is the shortest that differs, ``left`` and ``right`` are what it meets. ``unspecified``: where the first does not say
    what happens. ``settings``: what differs without anybody noticing. ``entrances``: by which numbers and patterns calls come into
    one flow and not into the other. ``complete`` False: there were too many ways to see all. ``since``: only calls from then on
    were looked at; ``past``: the answer for all calls, where only earlier ones differ.
    """

    same: bool
    call: Call | None = None
    left: Trace | None = None
    right: Trace | None = None
    behind: tuple[Behind, ...] = ()
    unspecified: tuple[Behind, ...] = ()
    settings: tuple[SettingDifference, ...] = ()
    entrances: SettingDifference | None = None
    complete: bool = True
    since: datetime | None = None
    past: Comparison | None = None
    choices: tuple[Choice, ...] = field(default=(), repr=False, eq=False)
    walk: Exploration | None = field(default=None, repr=False, eq=False)

    @property
    def sentence(self) -> str:
        """The call that differs, and how, in plain words; the empty text where none does."""
        if self.call is None or self.left is None or self.right is None:
            return ""
        bound = {} if self.walk is None else self.walk.names.bound
        dated = self.walk is None or self.walk.asked.times.depends_on_date(self.call.at)
        return f"{words.told(self.call, self.choices, dated=dated)}: {words.difference(self.left, self.right, bound)}."

    def __str__(self) -> str:
        """The verdict in plain words."""
        if not self.same:
            return f"different: {self.sentence}"
        verdict = "same" if self.complete else "the same as far as it was looked at; there are too many ways to see all"
        if self.behind:
            places = ", ".join(dict.fromkeys(f"{one.what} at {one.node or one.left or one.right}" for one in self.behind))
            verdict = f"{verdict}, except behind {places}, which nobody can judge"
        if self.past is None or self.since is None:
            return verdict
        return f"{verdict}; before {self.since:%Y-%m-%d} it was different: {self.past.sentence}"


def compare(
    a: Flow, b: Flow, names: Mapping[str, str] | None = None, own_box: bool = False, since: datetime | None = None
) -> Comparison:
    """Whether every call meets the same in both flows; if not, the shortest call that does not.

    ``names``: what is called so in ``a`` (``device:694``) is called so in ``b``. What unicall made for the other carrier
    (``new:...``) is matched by where it stands. ``own_box``: a flow's own mailbox may be one that has a name in the other, as it is
    between carriers. ``since``: only calls from this moment on decide; where only earlier ones differ, the answer says so. Raises
    FlowError for a moment without a time zone.
    """
    if since is not None and since.tzinfo is None:
        raise FlowError("the moment from which calls are compared has a time zone: datetime(..., tzinfo=ZoneInfo('UTC'))")
    if since is not None and not 1 < since.year <= LATEST:
        raise FlowError(f"calls are compared from a year up to {LATEST} on, not from {since.year}")
    return compared(a, b, names, own_box, since, apart=False)


def compared(
    a: Flow,
    b: Flow,
    names: Mapping[str, str] | None = None,
    own_box: bool = False,
    since: datetime | None = None,
    *,
    apart: bool = True,
) -> Comparison:
    """As :func:`compare`. ``apart``: see :func:`~unicall.behave.exploring.explore`."""
    if (a.settings.active is False) != (b.settings.active is False):
        a, b = _in_use(a), _in_use(b)
    asked = Asked((Machine(a), Machine(b)), since)
    found = _compared(asked, names, own_box, apart)
    if found.same and not asked.callers.complete:
        sure = _compared(Asked(asked.machines, since, loose=True), names, own_box, apart)
        found = sure if sure.same and sure.complete else found
    if since is None:
        return found
    past = None
    if found.same and are_dated_before(asked.hours, since):
        past = _compared(Asked(asked.machines), names, own_box, apart)
    return evolve(found, since=since, past=None if past is None or past.same else past)


def _compared(asked: Asked, names: Mapping[str, str] | None, own: bool, apart: bool) -> Comparison:
    """With the shares as they are written; where a call differs so, as many calls each way as the other flow sends there.

    Of those who ring in an order that is drawn and whose time together is cut short each comes first once: in other orders nobody
    rings otherwise than in these. Then ``left`` and ``right`` may be what the call meets in another order than the one written.
    """
    found = _walked(asked, names, own, apart)
    turns = max(map(_turns, asked.machines))
    as_written = found.same and found.complete
    if found.walk is None or (turns == 1 and as_written) or not any(map(_draws, asked.machines)):
        return found
    again = found
    for turn in range(turns):
        drawn = _in_one_order(asked, found.walk.names, turn)
        again = _walked(drawn, names, own, apart, Likeness.of(drawn, found.walk.names))
        if not (again.same and again.complete):
            break
    if as_written:
        return found if again.same else again
    if again.same or again.walk is None:
        return again if again.complete else found
    call, through = again.walk.call_of(again.choices)
    left, right = (run(machine, call, through) for machine in asked.machines)
    return evolve(again, left=left, right=right) if words.differ(left, right, again.walk.names.bound) else found


def _draws(machine: Machine) -> bool:
    """Whether anything is drawn: a share, or who rings first."""
    return any(isinstance(node, Split) or (isinstance(node, Ring) and is_drawn(node)) for _, node in machine.places())


def _turns(machine: Machine) -> int:
    """How many of those who ring in an order that is drawn have to come first once: all, where their time together is cut short."""
    cut = (node for _, node in machine.places() if isinstance(node, Ring) and is_drawn(node) and _is_cut(node))
    return max((len(node.targets) for node in cut), default=1)


def _is_cut(node: Ring) -> bool:
    each = [one.timeout for one in node.targets]
    return node.timeout is not None and (None in each or sum(one or 0 for one in each) > node.timeout)


def _in_one_order(asked: Asked, names: Names, turn: int) -> Asked:
    """The same flows: those who ring in an order that is drawn are written in an order that does not depend on the flow.

    ``turn``: which of them comes first.
    """
    flows = [_ordered(machine.flow, names, side, turn) for side, machine in enumerate(asked.machines)]
    as_written = all(flow is machine.flow for flow, machine in zip(flows, asked.machines, strict=True))
    return asked if as_written else Asked(tuple(map(Machine, flows)), asked.since, asked.loose)


def _ordered(flow: Flow, names: Names, side: int, turn: int) -> Flow:
    subflows = {key: _ordered(inner, names, side, turn) for key, inner in flow.subflows.items()}
    nodes = {at: _sorted(node, names, side, turn) for at, node in flow.nodes.items()}
    if all(nodes[at] is node for at, node in flow.nodes.items()) and all(subflows[key] is flow.subflows[key] for key in subflows):
        return flow
    return evolve(flow, nodes=nodes, subflows=subflows)


def _sorted(node: Node, names: Names, side: int, turn: int) -> Node:
    def key(one: RingTarget) -> tuple[float, float, bool, str]:
        return (one.weight or 0, one.timeout or 0, one.confirm, names.mine(text_of(one.also or one.target), side))

    if not isinstance(node, Ring) or not is_drawn(node):
        return node
    order = sorted(node.targets, key=key)
    first = turn % len(order)
    return evolve(node, targets=(*order[first:], *order[:first]))


def _walked(asked: Asked, names: Mapping[str, str] | None, own: bool, apart: bool, likeness: Likeness | None = None) -> Comparison:
    """Walk both flows, as often as it takes.

    A walk that remembers what everybody did is the best while it is short. A longer one remembers nobody; each time it finds
    something on a way that no call goes, it begins anew and remembers those who would have to do two things there. Flows that run
    themselves have no end of places: those are only the same for certain where they are so step by step. Where exits are not kept
    apart only the nearest difference is asked for.
    """
    few = max(FEW, EACH * asked.size)

    def walked(most: int, exact: Set[str] | None = None) -> Exploration:
        enough = most if apart or exact is not None else few
        return explore(asked, names, own, most=most, exact=exact, apart=apart, likeness=likeness, enough=enough)

    walk = walked(few if asked.remembers else MOST)
    if walk.cut and not walk.differing and any(machine.recursive for machine in asked.machines):
        sure = Likeness.of(asked, walk.names, effects=True).same
        return evolve(judged(walk), complete=True) if sure else judged(walked(MANY))
    exact: frozenset[str] | None = frozenset()
    while asked.remembers and walk.cut and not walk.differing:
        rough = walked(MOST if exact is None else max(MANY, EACH * asked.size), exact)
        odd = frozenset(name for at in _listed(rough) for name in conflicts(_way_to(rough, at))) - (exact or frozenset())
        if exact is None or not (odd or rough.cut) or (rough.differing and not odd):
            return judged(rough)
        exact = None if rough.cut else exact | odd
    return judged(walk)


def _listed(walk: Exploration) -> Iterator[int]:
    """The spots of which an answer tells: the first that differs, and the first for each thing that is listed."""
    yield from walk.differing[:1]
    seen = set[object]()
    for at, visited in enumerate(walk.visited):
        if isinstance(visited.found, Unjudged) and (behind := _behind(visited.found.moves)) not in seen:
            seen.add(behind)
            yield at
    for at, effects in walk.effects:
        if effects not in seen:
            seen.add(effects)
            yield at


def _way_to(walk: Exploration, at: int) -> list[Choice]:
    found = walk.visited[at].found
    return [*walk.path_to(at), *([found.choice] if isinstance(found, Differs) else [])]


def _in_use(flow: Flow) -> Flow:
    """Nothing at all, where the carrier does not run the flow."""
    return evolve(flow, start=None) if flow.settings.active is False else flow


def judged(walk: Exploration) -> Comparison:
    """What a walk through two flows found."""
    behind, unspecified = dict[Behind, None](), dict[Behind, None]()
    for visited in walk.visited:
        if isinstance(visited.found, Unjudged):
            (unspecified if visited.found.unspecified else behind)[_behind(visited.found.moves)] = None
    common = {
        "behind": tuple(behind),
        "unspecified": tuple(unspecified),
        "settings": tuple(_settings(walk)),
        "entrances": _entrances(*(machine.flow for machine in walk.machines)),
        "complete": walk.complete,
        "walk": walk,
    }
    if not walk.differing:
        return Comparison(same=True, **common)  # type: ignore[arg-type]
    choices, call, (left, right) = shown(walk, walk.differing[0])
    return Comparison(same=False, call=call, left=left, right=right, choices=tuple(choices), **common)  # type: ignore[arg-type]


def shown(walk: Exploration, at: int) -> tuple[list[Choice], Call, tuple[Trace, Trace]]:
    """The shortest call that differs at this spot, and what it meets in both flows."""
    choices = _way_to(walk, at)
    return choices, *_traces(walk, choices)


def _traces(walk: Exploration, choices: Sequence[Choice]) -> tuple[Call, tuple[Trace, Trace]]:
    call, through = walk.call_of(choices)
    left, right = walk.machines
    return call, (run(left, call, through), run(right, call, through))


def _behind(moves: Sequence[Move]) -> Behind:
    left, right = (_place(move) for move in moves)
    opaque = next((move for move in moves if isinstance(move, Opaque) and not move.empty), None)
    opaque = opaque or next((move for move in moves if isinstance(move, Opaque)), None)
    if opaque is None:
        return Behind(left, right, "a key or a silence of which nothing is said")
    return Behind(left, right, opaque.step.what, opaque.node)


def _place(move: Move) -> NodeId:
    found = getattr(move, "node", None) or getattr(getattr(move, "step", None), "node", "")
    return str(found)


def _settings(walk: Exploration) -> Iterator[SettingDifference]:
    """Differences of what the flows do in silence, each once with the shortest call that shows it, and of their settings."""
    seen = set()
    for at, (left, right) in walk.effects:
        if (left, right) not in seen:
            seen.add((left, right))
            yield SettingDifference(left, right, walk.call_of(walk.path_to(at))[0])
    mine, yours = (_said(machine.flow.settings) for machine in walk.machines)
    for name in FACTS[Settings]:
        if mine[name] != yours[name]:
            yield SettingDifference(_told(name, mine[name]), _told(name, yours[name]))


def _entrances(left: Flow, right: Flow) -> SettingDifference | None:
    """How calls get into one of the two and not into the other, in any order. A carrier may keep that elsewhere."""
    mine, yours = (dict.fromkeys(flow.entry_points) for flow in (left, right))
    if mine.keys() == yours.keys():
        return None
    here, there = (tuple(_entrance(one) for one in some if one not in other) for some, other in ((mine, yours), (yours, mine)))
    return SettingDifference(here, there)


def _entrance(entry: EntryPoint) -> str:
    return words.name_of(entry.value) if entry.kind == "number" else f"{entry.kind} {entry.value}"


#: What it means that a carrier does not say it: it runs the flow, and does not filter.
_UNSAID = {"active": True, "spam_filter": False}


def _said(settings: Settings) -> dict[str, object]:
    values = {name: getattr(settings, name) for name in FACTS[Settings]}
    return {name: _UNSAID.get(name) if value is None else value for name, value in values.items()}


def _told(name: str, value: object) -> tuple[str, ...]:
    if value in (None, ()):
        return ()
    return (f"{name} {', '.join(value) if isinstance(value, tuple) else value}",)
