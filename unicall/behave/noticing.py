"""Which calls notice what a translation lost or changed.

A problem is noticed where a call that comes by its node meets something else than before; the shortest such call is told with it.
One whose node no such call comes by is unnoticed: it stays what it is, and nobody will hear of it. Where nobody can judge what
calls meet behind a node, nothing is said.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator

from attrs import define, evolve

from unicall.behave.asking import Asked
from unicall.behave.calls import Call
from unicall.behave.comparing import Comparison, compared
from unicall.behave.exploring import Exploration, explore
from unicall.behave.machine import FAILURES, Machine, Point
from unicall.behave.spots import Choice, Differs, Unjudged, conflicts
from unicall.behave.words import told
from unicall.graph import OTHERWISE, Flow, NodeId
from unicall.problem import Problem, Severity

_MARKED = (Severity.LOST, Severity.CHANGED)
_KEPT = frozenset({"UC208", "UC209", "UC210", "UC222"})  # codes that tell the exit that all calls take now
_UNSAID = frozenset({"UC314"})  # codes of what callers meet and no flow says: whoever comes by meets it


@define(slots=False)
class Verdict:
    """What became of the calls of a flow, and which problem is met by which."""

    comparison: Comparison

    @classmethod
    def of(cls, before: Flow, after: Flow) -> Verdict:
        """Both flows compared."""
        return cls(compared(before, after, own_box=True))

    def marked(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """The same problems, those that are lost or changed with the call that meets them, or as unnoticed."""
        assert self.comparison.walk is not None
        meets = _Meets(self.comparison.walk)
        for problem in problems:
            yield meets.mark(problem) if problem.severity in _MARKED else problem


class _Meets:
    """Per node of the flow before, the shortest call that comes by and meets something else."""

    def __init__(self, walk: Exploration) -> None:
        self.walk = walk
        self.toward = _toward(walk, Differs)
        self.doubtful = _toward(walk, Unjudged, but_unspecified=True)
        self.level = _levels(walk)
        self.spots: dict[NodeId, list[int]] = {}
        for at, spot in enumerate(walk.visited):
            for side, name in spot.nodes:
                if side == 0:
                    self.spots.setdefault(name, []).append(at)
        self.alone: Exploration | None = None
        self.calls: dict[tuple[NodeId, str], tuple[Call | None, str]] = {}

    def mark(self, problem: Problem) -> Problem:
        node, label = problem.node.removeprefix("@"), "" if problem.code in _KEPT else str(problem.words.get("exit", ""))
        if not node:
            settled = not self.toward and not self.doubtful and self.walk.complete
            return evolve(problem, unnoticed=settled and problem.code != "UC402")
        if problem.code in _UNSAID:
            call, word = self.call_alone(node)
            return evolve(problem, call=call, met=word if call is not None else "", unnoticed=word == "unnoticed")
        if (node, label) not in self.calls:
            self.calls[node, label] = self.call_out(node, label) if label else self.call_by(node)
        call, word = self.calls[node, label]
        return evolve(problem, call=call, met=word if call is not None else "", unnoticed=word == "unnoticed")

    def call_by(self, node: NodeId) -> tuple[Call | None, str]:
        """The shortest call by this node that differs; "unnoticed" where there is none, nothing where nobody can say."""
        spots = [at for at in self.spots.get(node, ()) if at in self.toward]
        if spots:
            nearest = min(spots, key=lambda at: self.level[at] + self.toward[at][0])
            return self.told([*self.walk.path_to(nearest), *self.onward(nearest)], self.walk)
        unsure = node in self.walk.matching.vague or not self.walk.complete
        if unsure or any(at in self.doubtful for at in self.spots.get(node, ())):
            return None, ""
        if node in self.spots:
            return None, "unnoticed"
        return self.call_alone(node)

    def call_out(self, node: NodeId, label: str) -> tuple[Call | None, str]:
        """The same for one exit of a node: the shortest call that leaves by it."""
        ways = _ways_out(self.walk, node, label)
        differing = [(at, choices, to) for at, choices, to in ways if to in self.toward]
        if differing:
            at, choices, to = min(differing, key=lambda way: self.level[way[0]] + self.toward[way[2]][0])
            return self.told([*self.walk.path_to(at), *choices, *self.onward(to)], self.walk)
        if ways or not self.walk.complete:
            unsaid = any(self.walk.visited[to].found is not None or to in self.doubtful for _, _, to in ways)
            return None, "" if unsaid or not self.walk.complete else "unnoticed"
        alone = self.by_itself()
        first = next(iter(_ways_out(alone, node, label)), None)
        if first is None:
            return None, "unnoticed" if alone.complete and "/" not in label else ""
        return self.told([*alone.path_to(first[0]), *first[1]], alone)

    def by_itself(self) -> Exploration:
        """A walk through the flow before alone: it goes on where the other has nothing to compare with."""
        if self.alone is None:
            self.alone = explore(Asked(self.walk.machines[:1]))
        return self.alone

    def call_alone(self, node: NodeId) -> tuple[Call | None, str]:
        """The shortest call to a node that stands behind a difference."""
        alone = self.by_itself()
        at = next((n for n, spot in enumerate(alone.visited) if (0, node) in spot.nodes), None)
        if at is None:
            return None, "unnoticed" if alone.complete and node not in _beyond(self.walk.machines[0]) else ""
        return self.told(alone.path_to(at), alone)

    def onward(self, at: int) -> Iterator[Choice]:
        """What the call brings from here to the difference."""
        while True:
            _, step = self.toward[at]
            if step is None:
                found = self.walk.visited[at].found
                if isinstance(found, Differs):
                    yield found.choice
                return
            yield step[0]
            at = step[1]

    @staticmethod
    def told(choices: list[Choice], walk: Exploration) -> tuple[Call | None, str]:
        """The call that brings all this; none where the walk did not remember enough to find one that can."""
        if walk.exact is not None and conflicts(choices):
            return None, ""
        call, _ = walk.call_of(choices)
        return call, told(call, choices)


#: From a spot, by these choices (none before the next that the call brings), to a spot.
_WayOut = tuple[int, tuple[Choice, ...], int]


def _ways_out(walk: Exploration, node: NodeId, label: str) -> list[_WayOut]:
    """Where calls leave by this exit of the first flow."""
    ring = walk.machines[0].nodes().get(node) if label in FAILURES else None
    if ring is not None and label not in ring.exits:
        return list(_outcomes(walk, node, label))
    ways: list[_WayOut] = []
    for at, spot in enumerate(walk.visited):
        ways += [(at, (choice,), to) for choice, to, exits in spot.onward if (node, label) in exits[0]]
        ways += [(at, (), at)] if spot.run and (node, label) in spot.run[0] else []
    return ways


def _outcomes(walk: Exploration, node: NodeId, outcome: str) -> Iterator[_WayOut]:
    """Where a ring of the first flow that has no exit for this outcome comes to it: by that of otherwise, or the call ends."""
    for at, spot in enumerate(walk.visited):
        for choice, to, exits in spot.onward if (0, node) in spot.nodes else ():
            unsaid = all(one != node or taken == OTHERWISE for one, taken in exits[0])
            if unsaid and any(outcome in part for part in choice.answers.values()):
                answers = {name: part & {outcome} or part for name, part in choice.answers.items()}
                yield at, (evolve(choice, answers=answers),), to


def _beyond(machine: Machine) -> frozenset[NodeId]:
    """The nodes to which nobody can say which calls come: in a flow that may be dialled, or behind a carrier's own outcome."""
    nodes = dict(machine.places())
    todo = [place for place in nodes if place[0]]
    todo += [(flow, to) for (flow, _), node in nodes.items() for label, to in node.exits.items() if "/" in label]
    seen: set[tuple[int, NodeId]] = set()
    while todo:
        place = todo.pop()
        if place not in seen and place in nodes:
            seen.add(place)
            todo += [(place[0], to) for to in nodes[place].exits.values()]
    return frozenset(machine.name_of(Point(*place)) for place in seen)


#: For each spot from which it can be reached: how many choices away, and the first of them.
_Toward = dict[int, tuple[int, tuple[Choice, int] | None]]


def _toward(walk: Exploration, kind: type, *, but_unspecified: bool = False) -> _Toward:
    """The spots from which calls come to what the walk found of this kind, with the way there."""
    into: dict[int, list[tuple[int, Choice]]] = {}
    for at, spot in enumerate(walk.visited):
        for choice, to, _ in spot.onward:
            into.setdefault(to, []).append((at, choice))
    found: _Toward = {}
    todo: deque[int] = deque()
    for at, spot in enumerate(walk.visited):
        if isinstance(spot.found, kind) and not (but_unspecified and getattr(spot.found, "unspecified", False)):
            found[at] = (0, None)
            todo.append(at)
    while todo:
        at = todo.popleft()
        for before, choice in into.get(at, ()):
            if before not in found:
                found[before] = (found[at][0] + 1, (choice, at))
                todo.append(before)
    return found


def _levels(walk: Exploration) -> list[int]:
    """How many choices each spot is away from the start."""
    levels: list[int] = []
    for spot in walk.visited:
        levels.append(0 if spot.came is None else levels[spot.came] + 1)
    return levels
