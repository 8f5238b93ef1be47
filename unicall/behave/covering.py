"""The calls that take every exit that calls can take, and the exits that none can, with why.

What surprises people: the exits of what only a vendor has, and all that stands behind, are taken by no call here, because nobody
can say when they are.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import frozen

from unicall.behave.asking import Asked
from unicall.behave.calls import Call
from unicall.behave.exploring import explore
from unicall.behave.machine import AsksTime, Ends, Exit, Machine
from unicall.behave.running import run
from unicall.behave.spots import Choice
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
        self.asked = Asked((self.machine,))
        self.walk = explore(self.asked, passes=False, most=_MOST)
        self.calls, self.taken = self._cover()

    def _cover(self) -> tuple[tuple[Call, ...], frozenset[Exit]]:
        """The shortest call to each exit, those farthest from the start first: it takes all that lies on its way."""
        first: dict[Exit, tuple[int, Choice | None, int]] = {}
        for at, spot in enumerate(self.walk.visited):
            for choice, to, exits in spot.onward:
                for one in exits[0]:
                    first.setdefault(one, (at, choice, to))
            for one in spot.run[0] if spot.run else ():
                first.setdefault(one, (at, None, at))
        left = set(first)
        calls: list[Call] = []
        for one, (at, step, to) in reversed(first.items()):
            if one in left:
                onward = () if step is None else (step, *self._onward(to, left))
                calls.append(self._call([*self.walk.path_to(at), *onward], left))
        return tuple(calls or [self.walk.call_of(())[0]]), frozenset(first)

    def _call(self, choices: list[Choice], left: set[Exit]) -> Call:
        call, _ = self.walk.call_of(choices)
        left.difference_update(run(self.machine, call).taken)
        return call

    def _onward(self, at: int, left: set[Exit]) -> Iterator[Choice]:
        """On from a spot, as long as there is an exit that no call has taken yet."""
        seen: set[int] = set()
        while at not in seen:
            seen.add(at)
            step = next((one for one in self.walk.visited[at].onward if not left.isdisjoint(one[2][0])), None)
            if step is None:
                return
            yield step[0]
            at = step[1]

    @property
    def untaken(self) -> tuple[Untaken, ...]:
        """The exits that no call takes, in the order of the nodes, with why."""
        reached = {name for spot in self.walk.visited for _, name in spot.nodes}
        passed = explore(self.asked, most=_MOST)
        known = {name for spot in passed.visited for _, name in spot.nodes}
        found = []
        for name, node in self.machine.nodes().items():
            for label in node.exits:
                if (name, label) not in self.taken:
                    why = self._why(name, node, label) if name in reached else _no_way_in(name in known)
                    why = why if self.walk.complete else "nobody knows: there are too many ways to see all"
                    found.append(Untaken(name, label, why))
        return tuple(found)

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
        for at, spot in enumerate(self.walk.visited):
            stand = spot.spot.stands[0]
            if (isinstance(stand, Ends) and stand.end == "loop") or not spot.onward:
                call, _ = self.walk.call_of(self.walk.path_to(at))
                trace = run(self.machine, call)
                if trace.end == "loop":
                    node = trace.steps[-1].node
                    found.setdefault(node, Endless(node, call))
        return tuple(found.values())


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
