"""Whether one call meets the same in two flows, by simulation alone: what the comparison of all calls is held against.

What surprises people: a trace that ends in a loop stops where it begins to repeat itself, so it stands for steps without end, and
two flows that go round in the same way are the same although one comes round later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import cycle, islice, pairwise, permutations, product
from typing import Any, Literal, TypeAlias

from attrs import evolve

from unicall.behave.calls import Call, Step
from unicall.behave.machine import AsksDraw, Machine, Next
from unicall.behave.running import _Run, run
from unicall.behave.words import observed
from unicall.graph import Flow, Menu, Ring, VendorNode

#: ``open``: one of the two comes to where nobody can judge, or the first does not say what happens. Where the second does not say
#: it, that is a difference if the first goes on, other than with the same menu again.
Verdict: TypeAlias = Literal["same", "different", "open"]


def endless(machine: Machine, call: Call, through: Iterable[str] = ()) -> Iterator[Step]:
    """All that is noticed of this call; without end where it goes round and says something each time."""
    trace = run(machine, call, through)
    if trace.again is None:
        return iter(observed(trace))
    before = [step for step in trace.steps[: trace.again] if step in observed(trace)]
    around = [step for step in trace.steps[trace.again : -1] if step in observed(trace)]
    return _on_and_on(before, around or [trace.steps[-1]])


def _on_and_on(before: list[Step], around: list[Step]) -> Iterator[Step]:
    yield from before
    yield from cycle(around)


def verdict(left: Machine, right: Machine, call: Call, through: tuple[str, ...] = (), most: int = 400) -> Verdict:
    """What simulation says of this call. ``most``: steps after which two endless calls count as the same."""
    mine, yours = endless(left, call, through), endless(right, call, through)
    behind = list(through)
    last, ends = "", ("end", "opaque")
    for a, b in zip(islice(mine, most), islice(yours, most), strict=False):
        if len(behind) < len(through) and (ends == (a.kind, a.what)) != (ends == (b.kind, b.what)):
            return "different"  # only one of them has the exit
        if b.kind == "opaque" != a.kind and _is_empty(right, b):
            b = Step("end", "unspecified", node=b.node)
        if "opaque" in (a.kind, b.kind):
            if (a.kind, a.what) != (b.kind, b.what) or not behind:
                return "open"
            behind.pop(0)
        elif (a.kind, a.what) == ("end", "unspecified") or ends in ((a.kind, a.what), (b.kind, b.what)):
            return "open"
        elif (b.kind, b.what) == ("end", "unspecified"):
            again = a.kind == "prompt" and a.node == last and isinstance(left.nodes()[a.node], Menu)
            return "open" if again or a.kind == "end" else "different"
        elif (a.kind, a.what, _targets(a)) != (b.kind, b.what, _targets(b)) or _timed(a, b):
            return "different"
        elif a.kind == "end":
            return "same"
        last = a.node
    return "same"


def tells_apart(left: Machine, right: Machine, call: Call) -> bool:
    """Whether this call, but for what is drawn, meets something else in one flow than in the other, or as often.

    Where nothing is drawn that is :func:`verdict`. Else what both meet is compared by how likely it is, as far as it can be said.
    Of those who ring in an order that is drawn every order counts the same: how likely each is stands in what is met.
    """
    drawn = [list(every_order(machine, call)) for machine in (left, right)]
    if all(len(one) == 1 for one in drawn):
        return verdict(left, right, call) == "different"
    open_ = sum(likely for one in drawn for _, likely, judged in one if not judged)
    timed = all(step[3] is not None for one in drawn for steps, _, _ in one for step in steps if step[0] == "ring")
    shares = [_shares(one, timed=timed) for one in drawn]
    return any(abs(shares[0].get(one, 0) - shares[1].get(one, 0)) > open_ + 1e-6 for one in {*shares[0], *shares[1]})


def moves_messages(left: Machine, right: Machine, calls: Iterable[Call]) -> bool:
    """Whether messages that these calls leave in one box of one flow are in two boxes of the other, which no call alone shows."""
    pairs = {(mine, yours) for call in calls for mine, yours in [(_box(left, call), _box(right, call))] if mine and yours}
    return len(pairs) > min(len({mine for mine, _ in pairs}), len({yours for _, yours in pairs}))


def _box(machine: Machine, call: Call) -> str:
    """The box that takes this call's message; ``own`` where it is the flow's own."""
    last = [step for step in run(machine, call).steps if step.kind == "voicemail"][-1:]
    return "".join(" ".join(step.targets) or "own" for step in last)


Met: TypeAlias = tuple[tuple[str, str, tuple[str, ...], float | None], ...]


def every_order(machine: Machine, call: Call) -> Iterator[tuple[Met, float, bool]]:
    """All that this call can meet, whoever rings first."""
    every = _orders(machine)
    for one in every:
        for steps, likely, judged in every_draw(one, call):
            yield steps, likely / len(every), judged


@cache
def _orders(machine: Machine) -> tuple[Machine, ...]:
    found = list(_ordered(machine.flow))
    return tuple(map(Machine, found)) if len(found) > 1 else (machine,)


def _ordered(flow: Flow) -> Iterator[Flow]:
    drawn = {at: node for at, node in flow.nodes.items() if isinstance(node, Ring) and node.order == "weighted"}
    for orders in product(*(permutations(node.targets) for node in drawn.values())):
        nodes = {at: evolve(node, targets=order) for (at, node), order in zip(drawn.items(), orders, strict=True)}
        for inner in product(*map(_ordered, flow.subflows.values())):
            yield evolve(flow, nodes={**flow.nodes, **nodes}, subflows=dict(zip(flow.subflows, inner, strict=True)))


def every_draw(machine: Machine, call: Call, most: int = 5) -> Iterator[tuple[Met, float, bool]]:
    """All that this call can meet, with how likely it is and whether that can be judged; ``most`` draws long."""
    todo: list[tuple[tuple[float, ...], float]] = [((), 1.0)]
    while todo:
        draws, likely = todo.pop()
        now = evolve(call, draws=draws)
        try:
            _Drawing(machine, now, []).trace()
        except _DrawsError as asked:
            if len(draws) < most:
                parts = pairwise((0.0, *asked.bounds))
                todo += [((*draws, (low + high) / 2), likely * (high - low)) for low, high in parts if high > low]
                continue
            steps: list[Step] = []
        else:
            steps = list(islice(endless(machine, now), 60))
        judged = bool(steps) and not any((step.kind, step.what) in _OPEN or step.kind == "opaque" for step in steps)
        yield tuple((step.kind, step.what, _targets(step), step.seconds) for step in steps), likely, judged


_OPEN = (("end", "unspecified"), ("end", "opaque"))


class _DrawsError(Exception):
    """More is drawn than was given."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        super().__init__()
        self.bounds = bounds


class _Drawing(_Run):
    def answer(self, move: Any) -> Next:
        if isinstance(move, AsksDraw) and not self.draws:
            raise _DrawsError(move.bounds)
        return super().answer(move)


def _shares(drawn: list[tuple[Met, float, bool]], *, timed: bool) -> dict[Met, float]:
    found: dict[Met, float] = {}
    for steps, likely, judged in drawn:
        if judged:
            seen = steps if timed else tuple((*step[:3], None) for step in steps)
            found[seen] = found.get(seen, 0.0) + likely
    return found


def _is_empty(machine: Machine, step: Step) -> bool:
    """Whether its carrier has a word for it, and names nobody."""
    node = machine.nodes().get(step.node)
    return isinstance(node, VendorNode) and node.data is None and not node.exits


def _targets(step: Step) -> tuple[str, ...]:
    """Who rings, or the box; one that was made for the other carrier is the flow's own."""
    return tuple(name for name in step.targets if not name.startswith("mailbox:new:"))


def _timed(a: Step, b: Step) -> bool:
    return None not in (a.seconds, b.seconds) and a.seconds != b.seconds
