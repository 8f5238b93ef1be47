"""What is odd about a flow by itself: ways that no call goes, and calls that go nowhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from unicall.behave import words
from unicall.behave.covering import Cover
from unicall.graph import Flow, Menu, Node, NodeId, Schedule, Split
from unicall.problem import Problem

_UNJUDGED = ("nobody", "it stands behind")  # how a reason begins that is no fault of the flow's


def check(flow: Flow, places: Mapping[tuple[NodeId, str], str]) -> tuple[Problem, ...]:
    """The problems of a flow as it was read. ``places`` are those of its reading."""
    return tuple(_Check(flow, places).problems())


class _Check:
    def __init__(self, flow: Flow, places: Mapping[tuple[NodeId, str], str]) -> None:
        self.flow = flow
        self.places = places
        self.cover = Cover(flow)
        self.nodes = self.cover.machine.nodes()

    def problems(self) -> Iterator[Problem]:
        for name, node in self.nodes.items():
            if isinstance(node, Split) and node.shares and abs(sum(node.shares.values()) - 100) > 1e-6:
                yield self.problem("UC703", name, sum=f"{sum(node.shares.values()):g}")
        for endless in self.cover.endless:
            yield self.problem("UC704", endless.node, call=words.told(endless.call))
        yield from self.never_taken()
        for name, node in self.nodes.items():
            yield from self.dead_ends(name, node)

    def never_taken(self) -> Iterator[Problem]:
        """One problem for each exit that no call takes; what stands behind it is not named again."""
        untaken = [one for one in self.cover.untaken if not one.why.startswith(_UNJUDGED) and "/" not in one.exit]
        for one in untaken:
            if one.why == "there is no way in" or isinstance(self.nodes[one.node], Split):
                continue
            hours = isinstance(self.nodes[one.node], Schedule) and "never hold" in one.why
            yield self.problem("UC702" if hours else "UC701", one.node, exit=one.exit, why=one.why)

    def dead_ends(self, name: NodeId, node: Node) -> Iterator[Problem]:
        """Where a call ends only because nothing says how it goes on."""
        if isinstance(node, Menu) and not node.exits:
            yield self.problem("UC705", name, what="a menu without a key")
        elif isinstance(node, Schedule) and node.hours and not node.exits:
            yield self.problem("UC705", name, what="hours that lead nowhere")

    def problem(self, code: str, name: NodeId, **said: object) -> Problem:
        return Problem(code, self.places.get((name, ""), ""), node=name, words=said)
