"""The calls that take every exit that calls can take, and the exits that none can, with why.

What surprises people: the exits of what only a vendor has, and all that stands behind, are taken by no call here, because nobody
can say when they are.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import Factory, define, frozen

from unicall.behave.asking import Asked
from unicall.behave.calls import Call
from unicall.behave.exploring import Exploration, explore
from unicall.behave.machine import AsksTime, Exit, Machine
from unicall.behave.running import run
from unicall.behave.spots import Choice, conflicts
from unicall.graph import (
    OTHERWISE,
    CallerMatch,
    Flow,
    Menu,
    Node,
    NodeId,
    Region,
    Ring,
    Schedule,
    Split,
    VendorNode,
)

_MOST = 30_000  # spots; a flow that has more is not seen whole
_MANY = 15_000  # the same for one that runs itself, and has no end of places
_EACH = 4  # spots for each node that are always looked at
_FEW = 5_000  # spots, after which a walk that remembers less about who is rung is tried


@frozen
class Untaken:
    """An exit that no call takes, and why."""

    node: NodeId
    exit: str
    why: str


@frozen
class Endless:
    """A node from which a call goes round for ever, and such a call."""

    node: NodeId
    call: Call


def calls_for(flow: Flow) -> tuple[Call, ...]:
    """A small set of calls that takes every exit of every node that any call can reach, found greedily.

    :func:`untaken` lists the exits that no call takes.
    """
    return Cover(flow).calls


def untaken(flow: Flow) -> tuple[Untaken, ...]:
    """The exits that no call takes, in the order of the nodes."""
    return Cover(flow).untaken


class Cover:
    """What all calls together take of a flow."""

    def __init__(self, flow: Flow) -> None:
        self.machine = Machine(flow)
        asked = Asked((self.machine,))
        exits = {(name, label) for name, node in self.machine.nodes().items() for label in node.exits}
        first = explore(asked, most=max(_FEW, _EACH * asked.size) if asked.remembers else _MOST)
        self.seen = _Seen.of(first)
        exact: frozenset[str] = frozenset()
        while asked.remembers and first.cut and not (self.machine.recursive and exits <= self.seen.first.keys()):
            self.seen = _Seen.of(explore(asked, most=_MANY if self.machine.recursive else _MOST, exact=exact))
            if self.seen.walk.cut or self.seen.odd <= exact:
                break
            exact |= self.seen.odd
        self.walk = self.seen.walk
        self.unsure = frozenset[Exit]() if self.walk.complete else self._unsure(asked, exits)
        self.calls = self._cover()

    def _unsure(self, asked: Asked, exits: set[Exit]) -> frozenset[Exit]:
        """The exits of which nobody knows whether calls take them: all, unless only callers are not seen whole."""
        if asked.callers.complete or self.walk.cut:
            return frozenset(exits)
        sure = explore(Asked((self.machine,), loose=True), most=_MOST)
        return frozenset(_Seen.of(sure).first if sure.complete else exits)

    def _cover(self) -> tuple[Call, ...]:
        """The shortest call to each exit, those farthest from the start first: it takes all that lies on its way."""
        left = set(self.seen.first)
        calls: list[Call] = []
        for one, (at, step, to) in reversed(self.seen.first.items()):
            if one in left:
                before = [*self.seen.way_to(at), *([] if step is None else [step])]
                calls.append(self._call([*before, *self._onward(to, before, left)], left))
        return tuple(calls or [self.walk.call_of(())[0]])

    def _call(self, choices: list[Choice], left: set[Exit]) -> Call:
        call, _ = self.walk.call_of(choices)
        left.difference_update(run(self.machine, call).taken)
        return call

    def _onward(self, at: int, before: list[Choice], left: set[Exit]) -> list[Choice]:
        """On from a spot, as long as there is an exit that no call has taken yet, and a call that goes there."""
        seen: set[int] = set()
        onward: list[Choice] = []
        while at not in seen:
            seen.add(at)
            ways = (one for one in self.walk.visited[at].onward if one[0].leaves is None and not left.isdisjoint(one[2][0]))
            step = next((one for one in ways if self.walk.exact is None or not conflicts([*before, *onward, one[0]])), None)
            if step is None:
                break
            onward.append(step[0])
            at = step[1]
        return onward

    @property
    def untaken(self) -> tuple[Untaken, ...]:
        """The exits that no call takes, in the order of the nodes, with why."""
        reached = {name for at in self.seen.came if not self.seen.odd_on(at, None) for _, name in self.walk.visited[at].nodes}
        reached |= {name for name, _ in self.seen.first}
        known = {name for at, spot in enumerate(self.walk.visited) if at not in self.seen.came for _, name in spot.nodes}
        found = []
        for name, node in self.machine.nodes().items():
            for label in node.exits:
                if (name, label) not in self.seen.first:
                    why = self._why(name, node, label) if name in reached else _no_way_in(name in known)
                    why = why if (name, label) not in self.unsure else f"nobody knows: {self._why_unsure()}"
                    found.append(Untaken(name, label, why))
        return tuple(found)

    def _why_unsure(self) -> str:
        return "there are too many ways to see all" if self.walk.cut else "not all callers can be looked at"

    def _why(self, name: NodeId, node: Node, label: str) -> str:
        match node:
            case VendorNode():
                return "nobody can say when it is taken"
            case Schedule():
                return self._why_not_now(node, label)
            case Menu():
                return _why_not_pressed(node, label)
            case Split():
                return "it has no share of the calls" if label not in node.shares or not node.shares[label] else "shares are wrong"
            case Ring():
                return "nobody rings" if not node.targets else "every outcome has an exit of its own, or none has this name"
            case Region():
                return "an earlier place has the same name or codes" if label != OTHERWISE else "every place has an exit"
            case CallerMatch():
                return "no number that can call here decides so"
        return "nothing that it does ends in this"

    def _why_not_now(self, node: Schedule, label: str) -> str:
        index = next((n for n, hours in enumerate(node.hours) if hours.name == label), None)
        if index is None:
            return "some of the hours always hold" if label == OTHERWISE else "no hours have this name"
        if node.hours[index].recurrences is None:
            return "nobody knows these hours"
        alone = Schedule(timezone=node.timezone, hours=(node.hours[index],))
        if not _ever(alone):
            return "these hours never hold"
        if not self.walk.asked.times.ways(AsksTime(node.timezone, node.hours, ()))[index]:
            return "earlier hours hold whenever these do"
        return "no call gets here while these hours hold"

    @property
    def endless(self) -> tuple[Endless, ...]:
        """Where calls go round for ever, each with the shortest call that does."""
        found: dict[NodeId, Endless] = {}
        for at in self.seen.rounds:
            call, _ = self.walk.call_of(self.seen.way_to(at))
            trace = run(self.machine, call)
            if trace.end == "loop":
                node = trace.steps[-1].node
                found.setdefault(node, Endless(node, call))
        return tuple(found.values())


@define
class _Seen:
    """What a walk saw in front of what nobody can judge.

    ``came``: for each spot there the one before it. ``first``: for each exit the first way to it that a call can go.
    ``odd``: who would have to do two things on the way to an exit, or round and round, that no other way leads to.
    """

    walk: Exploration
    came: dict[int, tuple[int, Choice] | None] = Factory(dict)
    first: dict[Exit, tuple[int, Choice | None, int]] = Factory(dict)
    rounds: list[int] = Factory(list)
    odd: frozenset[str] = frozenset()

    @classmethod
    def of(cls, walk: Exploration) -> _Seen:
        """Look at all spots, the nearest first."""
        seen = cls(walk, {0: None})
        todo = [0]
        for at in todo:
            for choice, to, _ in walk.visited[at].onward:
                if choice.leaves is None and to not in seen.came:
                    seen.came[to] = (at, choice)
                    todo.append(to)
        seen.look(todo)
        return seen

    def look(self, spots: list[int]) -> None:
        """Which exits calls take at these spots, and where they go round."""
        odd: dict[Exit | int, frozenset[str]] = {}
        for at in spots:
            visited = self.walk.visited[at]
            ways: list[tuple[Choice | None, int, Iterable[Exit]]] = [(None, at, visited.run[0] if visited.run else ())]
            ways += [(choice, to, exits[0]) for choice, to, exits in visited.onward if choice.leaves is None]
            for choice, to, exits in ways:
                for one in exits:
                    if one not in self.first and not (names := self.odd_on(at, choice)):
                        self.first[one] = (at, choice, to)
                    elif one not in self.first:
                        odd[one] = odd.get(one, names) | names
            if visited.around:
                odd[at] = self.odd_on(at, None)
                self.rounds += [] if odd[at] else [at]
        self.odd = frozenset(name for one, names in odd.items() if one not in self.first for name in names)

    def way_to(self, at: int) -> list[Choice]:
        """What a call brings that comes here on the shortest way in front of what nobody can judge."""
        choices = []
        while (came := self.came[at]) is not None:
            at, choice = came
            choices.append(choice)
        return choices[::-1]

    def odd_on(self, at: int, choice: Choice | None) -> frozenset[str]:
        """Who would have to do two things on this way, where the walk does not remember all."""
        if self.walk.exact is None:
            return frozenset()
        return conflicts([*self.way_to(at), *([] if choice is None else [choice])])


def _ever(schedule: Schedule) -> bool:
    from unicall.behave.times import classes_of

    asked = (schedule.timezone, schedule.hours)
    return bool(classes_of([asked]).masks[asked][0])


def _no_way_in(behind: bool) -> str:
    return "it stands behind what nobody can judge" if behind else "there is no way in"


def _why_not_pressed(node: Menu, label: str) -> str:
    if label in ("no_input", "invalid", "exhausted"):
        return "the menu does not get there: another exit comes before"
    if not label or not set(label) <= set("0123456789*#"):
        return "no caller can press this"
    if node.max_digits and len(label) > node.max_digits:
        return "the menu ends the input before"
    return "no caller can press this"
