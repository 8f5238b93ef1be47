"""Applying the edits that were made at the other carrier to the original, node by node.

The original is a graph, the document that was written of it another: nodes were copied, left out, put together. Each node
that was read back is an *occurrence* of a node of the original. An edit of the only occurrence of a node changes the node; an
edit of one of several makes a copy of the node for it. An exit that leads elsewhere now is followed in the original through
whatever the other carrier could not hold, and turned at its last step, so that all of that stays.

What surprises people: what was not edited is never translated back. It is the original, down to its spelling.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import Factory, define, evolve, field, frozen

from unicall.adapter import Holds, Places, Reading
from unicall.edits import Matching, above, unchanged
from unicall.graph import (
    FACTS,
    NEXT,
    OTHERWISE,
    START,
    Flow,
    Hangup,
    Node,
    NodeId,
    Reference,
    Region,
    Resource,
    Ring,
    RingTarget,
    Schedule,
    Split,
    Subflow,
    Target,
    child_id,
    text_of,
)
from unicall.ledger import equal, names_of, pattern_of, plain, relabelled, what_of
from unicall.merging import (
    Step,
    edit_of,
    is_unnamed,
    merge,
    merged_ways_in,
    paired,
    rung_of,
    step_of,
    with_time_for,
)
from unicall.problem import Problem
from unicall.rows import apart, names_of_rows, together
from unicall.wire import MISSING, Json, same

_MAY_BE_NONE = ("mailbox", "greeting", "notice", "invalid_prompt", "exit_prompt", "transfer_prompt", "prompt", "whisper")
_IN: NodeId = ""  # stands before the start, with one exit


@frozen(kw_only=True)
class Restored:
    """The original with the edits; ``noted``: with what was added to the edited document beyond the facts, for the ledger.

    ``came_from``: per node, the nodes of the edited document behind it. ``put_in``: the nodes that are new, as they were there.
    ``stood``: per exit that leads elsewhere now, what stood there, and its id where it still stands somewhere; "" is the way in.
    """

    flow: Flow
    noted: Flow
    put_in: Mapping[NodeId, NodeId]
    places: Places
    problems: tuple[Problem, ...]
    came_from: Mapping[NodeId, tuple[NodeId, ...]]
    stood: Mapping[tuple[NodeId, str], tuple[NodeId | None, Node]]
    edited: bool


def restore(
    original: Flow,
    before: Reading,
    after: Reading,
    origins: Mapping[NodeId, tuple[NodeId, ...]],
    matching: Matching,
    title: str,
    refused: frozenset[NodeId],
    holds: Holds,
) -> Restored:
    """The original with what differs between two readings of the other carrier's document; ``title`` is the original's carrier.

    ``refused``: nodes that were put in, and that the original's carrier cannot hold there without losing what was not edited.
    ``holds``: what a document of that carrier can say.
    """
    work = _Work(
        original=original,
        table=_Table.of(original),
        held=frozenset(origin for found in origins.values() for origin in found),
        before=before,
        after=after,
        origins=origins,
        matching=matching,
        title=title,
        refused=refused,
        holds=holds,
    )
    return work.run()


@frozen
class _Table:
    """A flow and those that came along, as one table: the nodes of another flow are ``@flow/node``.

    ``jumps``: where nodes lead that only go on in another flow. ``into``: how many exits lead to a node, but for loops back.
    """

    nodes: dict[NodeId, Node] = Factory(dict)
    exits: dict[NodeId, dict[str, NodeId]] = Factory(dict)
    jumps: dict[NodeId, NodeId] = Factory(dict)
    into: Counter[NodeId] = Factory(Counter)

    @classmethod
    def of(cls, flow: Flow) -> _Table:
        """The table of a flow."""
        table = cls()
        for prefix, part in (("", flow), *((f"@{name}/", sub) for name, sub in flow.subflows.items())):
            for at, node in part.nodes.items():
                table.nodes[prefix + at] = node
                table.exits[prefix + at] = {label: prefix + to for label, to in node.exits.items()}
        for at, node in table.nodes.items():
            if isinstance(node, Subflow) and not node.exits and node.flow is not None and node.flow.id in flow.subflows:
                inside = flow.subflows[node.flow.id].start
                if inside is not None:
                    table.jumps[at] = f"@{node.flow.id}/{inside}"
        table.exits[_IN] = {} if flow.start is None else {"": flow.start}
        table.into.update(to for at, to in table._ways_on())
        return table

    def _ways_on(self) -> Iterator[tuple[NodeId, NodeId]]:
        """Every exit, with where it leads, but for those that lead back to what stands before them: who comes again is no other."""
        above: set[NodeId] = set()
        seen: set[NodeId] = set()
        for root in (_IN, *self.exits):
            todo = [(root, iter(self.exits[root].values()))] if root not in seen else []
            while todo:
                at, ways = todo[-1]
                above.add(at)
                seen.add(at)
                to = next(ways, None)
                if to is None:
                    above.discard(at)
                    todo.pop()
                elif to not in above:
                    yield at, to
                    if to not in seen and to in self.exits:
                        todo.append((to, iter(self.exits[to].values())))


@frozen
class _Fallen:
    """Hours or a place that the original lets fall through: where they lead now, and where ``otherwise`` does.

    ``was``: the nodes of the original that they led to before, where that is where they lead now.
    """

    origin: NodeId
    at: NodeId
    label: str
    now: NodeId
    other: NodeId | None
    was: tuple[NodeId, ...]


@define(kw_only=True)
class _Work:
    original: Flow
    table: _Table
    held: frozenset[NodeId]
    before: Reading
    after: Reading
    origins: Mapping[NodeId, tuple[NodeId, ...]]
    matching: Matching
    title: str
    refused: frozenset[NodeId]
    holds: Holds
    nodes: dict[NodeId, Node] = field(init=False)
    exits: dict[NodeId, dict[str, NodeId]] = field(init=False)
    results: dict[tuple[NodeId, NodeId], NodeId] = Factory(dict)
    grafts: dict[NodeId, NodeId] = Factory(dict)
    unlinked: list[NodeId] = Factory(list)
    wants: dict[tuple[NodeId, str], NodeId | None] = Factory(dict)
    stood: dict[tuple[NodeId, str], NodeId] = Factory(dict)  # where exits led that lead elsewhere now
    renamed: dict[NodeId, dict[str, tuple[NodeId, str]]] = Factory(dict)
    added: dict[NodeId, dict[str, tuple[NodeId, NodeId]]] = Factory(dict)
    tails: dict[NodeId, tuple[str, NodeId]] = Factory(dict)
    copies: dict[NodeId, NodeId] = Factory(dict)  # of what calls take instead of an exit that was cut off
    taken: dict[NodeId, set[str]] = Factory(dict)
    problems: list[Problem] = Factory(list)
    known: dict[Reference, Any] = Factory(dict)
    confirms: dict[Target, bool] = Factory(dict)
    steps: set[tuple[NodeId, Step]] = Factory(set)
    fallen: list[_Fallen] = Factory(list)
    parts: dict[NodeId, dict[str, list[str]]] = Factory(dict)  # of hours that were written row by row, the names of their windows
    edited: bool = False

    def __attrs_post_init__(self) -> None:
        self.nodes = dict(self.table.nodes)
        self.exits = {at: dict(exits) for at, exits in self.table.exits.items()}

    def run(self) -> Restored:
        for here, origins in self.origins.items():
            for origin in origins:
                self._come_apart(here, origin)
                self._lead_twice(here, origin)
        self._assign()
        self._remember()
        for there in self.matching.there.facts:
            if there in self.refused:
                kind = type(self.after.flow.nodes[there]).__name__.lower()
                self._say("UC601", there, "", there, value=kind, what=f"the {kind} that was put in here")
            elif there not in self.matching.partner:
                self._graft(there)
                self.edited = True
        for here, there in self.matching.found.items():
            self._merge_facts(here, there)
        self._turn_exits()
        for (_, origin), at in self.results.items():
            node = self.nodes[at]
            if origin in self.parts and isinstance(node, Schedule):
                self._put(at, *together(node, self.exits[at], self.parts[origin]))
        flow, names = self._rebuilt()
        flow = evolve(flow, **self._flow_facts())
        behind = self._behind(names)
        noted = self._with_kept(flow, behind)
        problems = tuple(evolve(problem, node=names.get(problem.node, problem.node)) for problem in self.problems)
        places = _places_of(self.after.places, behind)
        put_in = {names[at]: there for there, at in self.grafts.items() if at in names}
        return Restored(
            flow=flow,
            noted=noted,
            put_in=put_in,
            places=places,
            problems=problems,
            came_from=behind,
            stood={
                (names.get(at, _IN), label): (names.get(gone), self.nodes[gone])
                for (at, label), gone in self.stood.items()
                if at in names or at == _IN
            },
            edited=self.edited or noted != self.original,
        )

    def _put(self, at: NodeId, node: Node, exits: dict[str, NodeId]) -> None:
        self.nodes[at] = node
        self.exits[at] = exits

    def _fresh(self, wanted: NodeId) -> NodeId:
        while wanted in self.nodes or not wanted:
            wanted += "~"
        return wanted

    def _lead_twice(self, here: NodeId, origin: NodeId) -> None:
        """Count the hours and places that fall through among those that lead to what calls take instead."""
        before, instead = self.before.flow.nodes.get(here), self.table.exits[origin].get(OTHERWISE)
        if before is not None and instead is not None:
            self.table.into[instead] += sum(self._falls_through(here, label, origin) for label in before.exits)

    def _come_apart(self, here: NodeId, origin: NodeId) -> None:
        """Let each window of hours that were written row by row be hours of their own, until all edits are in."""
        before, own = self.before.flow.nodes.get(here), self.table.nodes[origin]
        parts = apart(own, before) if isinstance(own, Schedule) and isinstance(before, Schedule) else {}
        if not parts or not isinstance(own, Schedule):
            return
        exits: dict[str, NodeId] = {}
        for label, to in self.table.exits[origin].items():
            exits |= dict.fromkeys([part.name for part in parts[label]] if label in parts else [label], to)
        hours = tuple(part for one in own.hours for part in parts.get(one.name, [one]))
        self.table.nodes[origin] = evolve(own, hours=hours)
        self.table.exits[origin] = exits
        self.parts.setdefault(origin, {}).update({name: [part.name for part in found] for name, found in parts.items()})
        self._put(origin, self.table.nodes[origin], dict(exits))

    # Which node of the result each occurrence is.

    def _assign(self) -> None:
        touched = self._touched()
        occurrences: dict[NodeId, list[NodeId]] = {}
        for here in self.before.flow.nodes:
            for origin in self.origins.get(here, ()):
                occurrences.setdefault(origin, []).append(here)
        for origin, standing in occurrences.items():
            self._assign_copies(origin, standing, touched)

    def _assign_copies(self, origin: NodeId, standing: list[NodeId], touched: set[NodeId]) -> None:
        """All copies stay one node while all say the same; else those that were edited stand by themselves from now on."""
        found, trees = self.matching.found, self.matching.there.tree
        alike = {trees[found[here]] if here in found else None for here in standing}
        split = len(standing) > 1 and len(alike) > 1 and not self._is_spread(origin, standing)
        kept = next((here for here in standing if here not in touched), standing[0])
        for here in standing:
            if not split or here not in touched or here == kept:
                self.results[here, origin] = origin
                continue
            copy = self._fresh(origin)
            self._put(copy, self.nodes[origin], dict(self.exits[origin]))
            self.results[here, origin] = copy
            if here in found:
                self._say("UC602", found[here], "", copy)

    def _is_spread(self, origin: NodeId, standing: Sequence[NodeId]) -> bool:
        """Whether these are the parts of one node (the steps of a group, the tests of a split) and not its copies."""
        nodes = self.before.flow.nodes
        return any(to in standing for here in standing for to in nodes[here].exits.values()) or any(
            type(nodes[here]) is not type(self.nodes[origin]) for here in standing
        )

    def _touched(self) -> set[NodeId]:
        """The nodes of the written document that were edited, and those from which an edited one can be reached."""
        found, own, now = self.matching.found, self.matching.here.own, self.matching.there.own
        edited = {
            here
            for here in self.before.flow.nodes
            if (there := found.get(here)) is None
            or own[here] != now[there]
            or self._is_timed_now(here, there)
            or self._turned(here, there)
        }
        return edited | above(self.before.flow, edited)

    def _turned(self, here: NodeId, there: NodeId) -> bool:
        before, after = self.before.flow.nodes[here].exits, self.after.flow.nodes[there].exits
        return any(
            new is None
            or old is None
            or self.matching.partner.get(after[new]) != before[old]
            or self._name(here, there, old) != new
            for old, new in self._exits_of(here, there)
        )

    def _name(self, here: NodeId, there: NodeId, label: str) -> str:
        return self.matching.labels(here, there).get(label, label)

    def _exits_of(self, here: NodeId, there: NodeId) -> Iterator[tuple[str | None, str | None]]:
        """The exits of a node before and after, side by side; None where one was added or cut off."""
        before, after = self.before.flow.nodes[here].exits, dict(self.after.flow.nodes[there].exits)
        left = dict(before)
        for old, to in before.items():
            new = self._name(here, there, old)
            if new in after and self.matching.partner.get(after[new]) == to:
                del after[new], left[old]
                yield old, new
        for old, to in list(left.items()):
            moved = next((new for new, now in after.items() if self.matching.found.get(to) == now), None)
            if moved is not None:
                del after[moved], left[old]
                yield old, moved
        for old in left:
            new = self._name(here, there, old)
            yield old, new if after.pop(new, None) is not None else None
        yield from ((None, new) for new in after)

    def _graft(self, there: NodeId) -> NodeId:
        """A node that the original does not have; its exits are linked at the end."""
        at = self.grafts[there] = self._fresh(there)
        self._put(at, self._as_known(evolve(self.after.flow.nodes[there], exits={})), {})
        self.unlinked.append(there)
        return at

    def _beyond(self, there: NodeId | None) -> NodeId | None:
        """This node of the edited document, or what stands behind it where it was refused: nothing, if nothing does."""
        seen: set[NodeId] = set()
        while there in self.refused and there not in seen:
            seen.add(there)
            exits = self.after.flow.nodes[there].exits
            there = next((exits[label] for label in (OTHERWISE, NEXT, "no_answer", "no_match", *exits) if label in exits), None)
        return there

    def _result(self, there: NodeId, beside: NodeId) -> NodeId:
        """What stands in the result for a node of the edited document; of several, the one in the flow of ``beside``."""
        if there in self.grafts:
            return self.grafts[there]
        here = self.matching.partner[there]
        made = [self.results[here, origin] for origin in self.origins.get(here, ())]
        if not made:
            return self._graft(there)
        return next((at for at in made if _owner(at) == _owner(beside)), made[0])

    # The exits.

    def _turn_exits(self) -> None:
        if self.before.flow.start is not None or self.after.flow.start is not None:
            self._turn_start()
        for here, there in self.matching.found.items():
            for origin in self.origins.get(here, ()):
                self._turn(here, there, origin)
        for (at, label), to in self.wants.items():
            if to is None:
                self.exits[at].pop(label, None)
            else:
                self.exits[at][label] = to
        self._lead_fallen()
        for at in {**self.renamed, **self.added}:
            self._rearrange(at)
        while self.unlinked:
            there = self.unlinked.pop()
            at = self.grafts[there]
            leads = ((label, self._beyond(to)) for label, to in self.after.flow.nodes[there].exits.items())
            self.exits[at] = {label: self._result(to, at) for label, to in leads if to is not None}
            if there in self.tails:
                label, tail = self.tails[there]
                self.exits[at][label] = tail
        for (at, label), to in self.wants.items():
            if to is None:
                self._say_instead(at, label)

    def _turn_start(self) -> None:
        before, after = self.before.flow.start, self._beyond(self.after.flow.start)
        if after is None and self.after.flow.start is not None:
            return
        if before is None and after is not None:
            self.exits[_IN] = {"": self._result(after, _IN)}
            self.edited = True
        elif before is not None:
            changed = after is None or self.matching.partner.get(after) != before
            self._lead(_IN, _IN, [""], before, None if after is None else self._result(after, _IN), changed, after or "")

    def _turn(self, here: NodeId, there: NodeId, origin: NodeId) -> None:
        before, after = self.before.flow.nodes[here].exits, self.after.flow.nodes[there].exits
        at = self.results[here, origin]
        for old, new in self._exits_of(here, there):
            if old is None and new is not None:
                self._add_exit(at, here, there, origin, new)
                continue
            assert old is not None
            to, now = before[old], None if new is None else self._beyond(after[new])
            if new is not None and now is None:
                now = self.matching.found.get(to)
            changed = now is None or self.matching.partner.get(now) != to
            if new is not None and changed and self._is_told_end(to) and old not in self.exits[origin]:
                self._add_exit(at, here, there, origin, new)
                continue
            if origin in self.origins.get(to, ()) and changed:
                self._say("UC601", there, "", at, value=new, what="the order of its parts")
                continue
            if origin in self.origins.get(to, ()) and type(self.nodes[origin]) is not type(self.before.flow.nodes[here]):
                continue
            if now is not None and self._falls_through(here, old, origin):
                if not (self._is_as_it_was(to, now) and self._is_as_it_was(before.get(OTHERWISE), after.get(OTHERWISE))):
                    label, other = self._own_names(here, origin).get(old, old), self._beyond(after.get(OTHERWISE))
                    self.fallen.append(_Fallen(origin, at, label, now, other, () if changed else self.origins.get(to, ())))
                continue
            labels = self._labels(here, old, origin, to)
            self._lead(origin, at, labels, to, None if now is None else self._result(now, at), changed, there)
            if new is not None and new != self._name(here, there, old) and labels:
                self._rename(at, labels[0], self._own_name(here, there, origin, new), there)

    def _is_as_it_was(self, here: NodeId | None, there: NodeId | None) -> bool:
        """Whether two exits lead to the same, with the same behind it."""
        if here is None or there is None:
            return here is there
        return self.matching.partner.get(there) == here and self.matching.here.tree[here] == self.matching.there.tree[there]

    def _lead_fallen(self) -> None:
        """Let hours that fall through in the original lead where they lead now, unless that is where ``otherwise`` leads."""
        for one in self.fallen:
            to = self._result(one.now, one.at)
            if one.other is None or to != self._result(one.other, one.at):
                self.exits[one.at][one.label] = self.table.exits[one.origin].get(OTHERWISE, to) if to in one.was else to
                self.edited = True

    def _falls_through(self, here: NodeId, label: str, origin: NodeId) -> bool:
        """Whether the original leaves out where these hours or this place lead, so that calls take ``otherwise``."""
        own, name = self.table.nodes[origin], self._own_names(here, origin).get(label, label)
        return isinstance(own, Schedule | Region) and name in names_of(own) and name not in self.table.exits[origin]

    def _is_told_end(self, here: NodeId) -> bool:
        """Whether this is an end that only the other carrier had to be told of: the original has nothing there."""
        return isinstance(self.before.flow.nodes[here], Hangup) and not self.origins.get(here)

    def _own_name(self, here: NodeId, there: NodeId, origin: NodeId, label: str) -> str:
        """What the original calls an exit of the edited document, where it has a name of its own for it."""
        written = {new: old for old, new in self.matching.labels(here, there).items()}.get(label, label)
        return self._own_names(here, origin).get(written, label)

    def _own_names(self, here: NodeId, origin: NodeId) -> dict[str, str]:
        """The exits that the original calls otherwise than what was written of it does."""
        before, own = self.before.flow.nodes[here], self.table.nodes[origin]
        if isinstance(before, Schedule) and isinstance(own, Schedule):
            names = names_of_rows(own, before)
        else:
            names = relabelled(before, own)
        return {written: own for written, own in names.items() if written != own}

    def _add_exit(self, at: NodeId, here: NodeId, there: NodeId, origin: NodeId, label: str) -> None:
        if type(self.nodes[at]) is not type(self.before.flow.nodes[here]):
            self._say("UC601", there, "", at, value=label, what=f"the exit {label}")
            return
        to = self._beyond(self.after.flow.nodes[there].exits[label])
        if to is not None:
            self.added.setdefault(at, {})[self._own_name(here, there, origin, label)] = (there, self._result(to, at))

    def _rename(self, at: NodeId, label: str, new: str, there: NodeId) -> None:
        self.renamed.setdefault(at, {})[label] = (there, new)

    def _rearrange(self, at: NodeId) -> None:
        """The exits of a node with those that got another name and those that came; none hides what the original has there."""
        moves, exits = self.renamed.get(at, {}), self.exits[at]
        free = {label for label in exits if label not in moves}
        arranged: dict[str, NodeId] = {}
        for label, to in exits.items():
            there, new = moves.get(label, ("", label))
            if new != label and new in free:
                self._say("UC601", there, "", at, value=new, what=f"what moved to {new}, where the original has something else")
                new = label
            arranged[new] = to
            self.edited = self.edited or new != label
        for label, (there, to) in self.added.get(at, {}).items():
            if label not in arranged:
                if label == OTHERWISE and isinstance(self.nodes[at], Ring):
                    arranged |= self._before_what_is_left(at, there, to, arranged)
                arranged[label] = to
                self.edited = True
            elif self._is_chosen(at, label) or not self._go_on(to, arranged[label]):
                self._say("UC601", there, "", at, value=label, what=f"what came at {label}, where the original has something else")
            else:
                arranged[label] = to
                self.edited = True
        self.exits[at] = arranged

    def _before_what_is_left(self, at: NodeId, there: NodeId, to: NodeId, exits: Mapping[str, NodeId]) -> dict[str, NodeId]:
        """The outcomes of a ring that led to what the other carrier could not hold; what follows the ring now comes before that."""
        left = {name: behind for name, behind in exits.items() if name in Ring.EXITS and behind not in self.held}
        first = next(iter(left.values()), None)
        led = {name: to for name, behind in left.items() if behind == first}
        if first is None or not self._go_on(to, first):
            led = {}
        for name in left.keys() - led.keys():
            self._say("UC601", there, "", at, value=name, what=f"what comes after {name}")
        return led

    def _go_on(self, at: NodeId, to: NodeId) -> bool:
        """Let a chain of new nodes go on to this at its end; False where it does not end in a new one."""
        seen: set[NodeId] = set()
        there = next((there for there, graft in self.grafts.items() if graft == at), None)
        while there is not None and there not in seen:
            seen.add(there)
            exits = self.after.flow.nodes[there].exits
            if not exits:
                node = self.nodes[self.grafts[there]]
                label = next((label for label in (OTHERWISE, NEXT) if label in node.EXITS), None)
                if label is not None:
                    self.tails[there] = (label, to)
                return label is not None
            there = next((exits[label] for label in (OTHERWISE, NEXT, "no_answer") if label in exits), None)
            there = there if there in self.grafts else None
        return False

    def _labels(self, here: NodeId, label: str, origin: NodeId, to: NodeId) -> list[str]:
        """The exits of the original that this exit stands for: those that lead to the same."""
        node, original = self.before.flow.nodes[here], self.table.nodes[origin]
        own = self._own_names(here, origin).get(label, label)
        leading = [name for name in self.exits[origin] if self._way(origin, name, to)]
        others = [name for name in leading if name not in node.exits and name != own]
        if own in leading:
            chosen = [own, *(others if isinstance(original, Ring) else ())]
        elif isinstance(original, Split | Region | Schedule):
            used = self.taken.setdefault(origin, set())
            chosen = [name for name in others if name not in used][:1] or others[:1]
        else:
            chosen = others
        self.taken.setdefault(origin, set()).update(chosen)
        return chosen

    def _way(self, origin: NodeId, label: str, to: NodeId) -> list[tuple[NodeId, str]]:
        """The steps in the original from an exit to what ``to`` is an occurrence of, through nodes that occur nowhere."""
        goals = set(self.origins.get(to, ()))
        first = (origin, label)
        todo = [[first]] if label in self.exits[origin] else []
        seen = {origin}
        while todo:
            way = todo.pop(0)
            stands = self.exits[way[-1][0]][way[-1][1]]
            inside = self.table.jumps.get(stands, stands)
            if stands in goals or inside in goals:
                return way
            if inside not in seen and inside not in self.held and inside in self.exits:
                seen.add(inside)
                todo.extend([*way, (inside, name)] for name in self.exits[inside])
        return []

    def _lead(
        self, origin: NodeId, at: NodeId, labels: list[str], old: NodeId, to: NodeId | None, changed: bool, there: NodeId
    ) -> None:
        """Let these exits lead there now. Where nothing changed, they only have to go on leading to the same."""
        ways = [way for label in labels if (way := self._way(origin, label, old))]
        if not ways and changed and not self._spliced_out(old):
            self._say("UC601", there, "", at, value=None, what="what comes next")
        for way in ways:
            if not changed and (to is None or to in self.origins.get(old, ())) and at == origin:
                self._want(way[-1], self.exits[way[-1][0]][way[-1][1]], there, at)
            elif to is None and self._is_chosen(origin, way[0][1]):
                self._want((at, way[0][1]), None, there, at)
            elif to is None:
                self._want(self._own_way(at, way), self._tail(old), there, at)
            elif changed or to not in self.origins.get(old, ()):
                self._want(self._own_way(at, way), to, there, at)

    def _spliced_out(self, old: NodeId) -> bool:
        """Take a node that was taken out of a document in which it stood elsewhere out of where the original has it."""
        origin = next(iter(self.origins.get(old, ())), None)
        if old in self.matching.found or origin is None or self.nodes[origin].EXITS != (NEXT,):
            return False
        behind = self.exits[origin].get(NEXT)
        for at, exits in self.exits.items():
            for label, to in exits.items():
                if to == origin:
                    self.wants[at, label] = behind
        self.edited = True
        return True

    def _tail(self, old: NodeId) -> NodeId | None:
        """What stands in the original behind nodes that were cut off, and that the other carrier never had."""
        seen: set[NodeId] = set()
        at: NodeId | None = next(iter(self.origins.get(old, ())), None)
        while at is not None and at in self.held and at not in seen:
            seen.add(at)
            exits = self.exits[at]
            at = next((exits[label] for label in (OTHERWISE, NEXT, "no_answer") if label in exits), None)
        return at if at is not None and at not in seen else None

    def _is_chosen(self, origin: NodeId, label: str) -> bool:
        """Whether the exit is one of the node's own (a key, hours), and not just what comes next."""
        return origin != _IN and (label == "*" or label not in self.nodes[origin].EXITS)

    def _own_way(self, at: NodeId, way: list[tuple[NodeId, str]]) -> tuple[NodeId, str]:
        """The last step of a way, on nodes that nobody else passes."""
        here = at, way[0][1]
        for step, label in way[1:]:
            if self.table.into.get(step, 0) > 1 or step.startswith("@") != at.startswith("@") or here[0] not in (at, way[0][0]):
                copy = self._fresh(step)
                self._put(copy, self.nodes[step], dict(self.exits[step]))
                self.exits[here[0]][here[1]] = copy
                step = copy
            here = step, label
        return here

    def _want(self, step: tuple[NodeId, str], to: NodeId | None, there: NodeId, at: NodeId) -> None:
        now = self.exits[step[0]].get(step[1])
        if step in self.wants and self.wants[step] != to:
            if now != to:
                self._say("UC601", there, "", at, value=step[1], what=f"what comes after {step[1]}")
            return
        self.wants[step] = to
        if now is not None:
            self.stood[step] = now
        self.edited = self.edited or now != to

    def _say_instead(self, at: NodeId, label: str) -> None:
        """Let hours or a place that lead nowhere now lead to a copy of what calls take instead, where their carrier has to say so.

        What the original says beside them has somewhere to stand then.
        """
        exits = self.exits[at]
        first = exits.get(OTHERWISE)
        if self.holds.falls_through or first is None or label in exits or not isinstance(self.nodes[at], Schedule | Region):
            return
        if label not in names_of(self.nodes[at]):
            return
        chain = [first]
        while len(behind := self.exits[chain[-1]]) == 1 and chain[-1] not in chain[:-1]:
            chain.extend(behind.values())
        if behind:
            return
        to: NodeId | None = None
        for node in reversed(chain):
            copy = self._fresh(node)
            self._put(copy, self.nodes[node], {} if to is None else dict.fromkeys(self.exits[node], to))
            self.copies[copy] = node
            to = copy
        assert to is not None
        exits[label] = to

    # The facts.

    def _merge_facts(self, here: NodeId, there: NodeId) -> None:
        if self.matching.here.own[here] == self.matching.there.own[there] and not self._is_timed_now(here, there):
            return
        before, after = self.before.flow.nodes[here], self.after.flow.nodes[there]
        for origin in self.origins.get(here, ()):
            at = self.results[here, origin]
            node = self.nodes[at]
            if type(node) is not type(before):
                self._refuse_facts(here, there, at)
                continue
            if isinstance(node, Ring) and isinstance(before, Ring) and isinstance(after, Ring) and self._is_step(here, node):
                self._merge_step(here, there, at, node)
            else:
                self.nodes[at] = self._merged(at, here, there, origin)
                self.edited = True

    def _is_untimed(self, here: NodeId, there: NodeId) -> bool:
        """Whether nothing follows a ring any more, and its carrier says the time of a ring together with what follows."""
        before, after = self.before.flow.nodes[here], self.after.flow.nodes[there]
        return isinstance(after, Ring) and after.timeout is None and bool(before.exits) and not after.exits

    def _is_timed_now(self, here: NodeId, there: NodeId) -> bool:
        """Whether something follows a ring now that nothing followed, so that calls meet how long it rings."""
        before, after = self.before.flow.nodes[here], self.after.flow.nodes[there]
        return isinstance(before, Ring) and isinstance(after, Ring) and bool(after.exits) and not before.exits

    def _is_step(self, here: NodeId, node: Ring) -> bool:
        """Whether this is but one step of what was a group that rings in turn."""
        before = self.before.flow.nodes[here]
        return isinstance(before, Ring) and (node.order, node.repeats) != (before.order, before.repeats)

    def _merge_step(self, here: NodeId, there: NodeId, at: NodeId, node: Ring) -> None:
        """The target of one step, and its own time; only where the same was done in every round."""
        before, after = step_of(self.before.flow.nodes[here]), step_of(self.after.flow.nodes[there])
        rounds = [
            (step_of(self.before.flow.nodes[one]), self.matching.found.get(one))
            for one, origins in self.origins.items()
            if at in origins and rung_of(self.before.flow.nodes[one]) == rung_of(self.before.flow.nodes[here])
        ]
        spots = [spot for spot, rung in enumerate(node.targets) if before is not None and rung.target == before[0]]
        edit = edit_of(before, after)
        alike = all(other is not None and edit_of(one, step_of(self.after.flow.nodes[other])) == edit for one, other in rounds)
        if (at, before) in self.steps:
            return
        if after is None or before is None or len(spots) != 1 or not alike:
            self._refuse_facts(here, there, at)
            return
        self.steps.add((at, before))
        rung = node.targets[spots[0]]
        stays = equal(before[1], after[1]) and not (rung.timeout is None and self._is_timed_now(here, there))
        timeout = rung.timeout if stays or self._is_untimed(here, there) else after[1]
        rung = evolve(rung, target=after[0], timeout=timeout)
        changed = evolve(node, targets=(*node.targets[: spots[0]], rung, *node.targets[spots[0] + 1 :]))
        self.nodes[at] = with_time_for(spots[0], node, changed)
        self.edited = True

    def _remember(self) -> None:
        """What each reference of the written document stands for in the original."""
        for here, origins in self.origins.items():
            node, original = self.before.flow.nodes.get(here), self.nodes[origins[0]] if origins else None
            if node is None or original is None or type(node) is not type(original):
                continue
            for name in FACTS[type(node)]:
                mine, theirs = getattr(node, name), getattr(original, name)
                if isinstance(mine, Reference):
                    self.known.setdefault(mine, theirs)
                elif name == "targets":
                    self._remember_rung(mine, theirs)

    def _remember_rung(self, written: Sequence[RingTarget], original: Sequence[RingTarget]) -> None:
        """Who rings: what is no fact of the other carrier's (a key to press) stays with them wherever they ring."""
        for index, other in paired(written, original).items():
            mine, theirs = written[index], original[other]
            if isinstance(mine.target, Reference) and len(written) == len(original) == 1:
                self.known.setdefault(mine.target, theirs.target)
            if mine.confirm != theirs.confirm:
                self.confirms.setdefault(mine.target, theirs.confirm)

    def _as_known(self, node: Node) -> Node:
        """A node with the original's words for what the written document already referred to."""
        facts: dict[str, Any] = {}
        for name in FACTS[type(node)]:
            value = getattr(node, name)
            if isinstance(value, Reference) and value in self.known:
                facts[name] = self.known[value] or (None if name in _MAY_BE_NONE else value)
            elif name == "targets":
                facts[name] = tuple(self._rung_as_known(rung) for rung in value)
        return evolve(node, **facts) if facts else node

    def _rung_as_known(self, rung: RingTarget) -> RingTarget:
        known = self.known.get(rung.target) if isinstance(rung.target, Reference) else None
        return evolve(rung, target=known or rung.target, confirm=self.confirms.get(rung.target, rung.confirm))

    def _merged(self, at: NodeId, here: NodeId, there: NodeId, origin: NodeId) -> Node:
        node, before, after = self.nodes[at], self.before.flow.nodes[here], self.after.flow.nodes[there]
        names = self._own_names(here, origin)
        now = {new: names.get(old, old) for old, new in self.matching.labels(here, there).items()}
        renamed = {old: new for old, new in self.matching.labels(here, there).items() if old not in names}
        before, after = called(before, names), called(after, names | now)
        if isinstance(before, Schedule) and isinstance(after, Schedule):
            after, refused = self._with_known_hours(before, after, there, at)
            renamed = {old: new for old, new in renamed.items() if old not in refused}
        if isinstance(before, Ring) and isinstance(after, Ring):
            rung = {one.target for one in before.targets}
            self._say_who_came(before, after, there, at)
            after = evolve(after, targets=tuple(one if one.target in rung else self._rung_as_known(one) for one in after.targets))
        defaults = self.matching.here.adapter.defaults
        facts: dict[str, Any] = {}
        for name in FACTS[type(before)]:
            old, new = getattr(before, name), getattr(after, name)
            default = defaults.get((type(before), name), MISSING)
            if (name == "timeout" and self._is_untimed(here, there)) or (name == "label" and is_unnamed(before, after)):
                continue
            filled_in = (old is None and equal(default, new)) or (new is None and equal(default, old))
            if name == "timeout" and (old is None or getattr(node, name) is None) and self._is_timed_now(here, there):
                told = default if new is None else new
                facts[name] = getattr(node, name) if told is MISSING else told
            elif not unchanged(name, old, new) and not filled_in:
                facts[name] = merge(getattr(node, name), old, new, name)
        for old, new in renamed.items():
            if old in self.exits[at]:
                self._rename(at, old, new, there)
        return called(evolve(node, **facts), renamed)

    def _say_who_came(self, before: Ring, after: Ring, there: NodeId, at: NodeId) -> None:
        """Say who came into a group that others left, where nobody can tell whether they are one of these with a new number."""
        pairs = paired(before.targets, after.targets)
        gone = [text_of(one.target) for index, one in enumerate(before.targets) if index not in pairs]
        come = [index for index in range(len(after.targets)) if index not in pairs.values()]
        for index in come if gone else ():
            what = text_of(after.targets[index].target)
            self._say("UC610", there, f"targets.{index}.target", at, value=gone, what=what)

    def _with_known_hours(self, before: Schedule, after: Schedule, there: NodeId, at: NodeId) -> tuple[Schedule, set[str]]:
        """The edited schedule with the hours of before where nobody knows any more what they are, and the names of these.

        Hours that are forced open now, which the original's carrier cannot say, stay as they were as well: without them callers
        would meet the opposite.
        """
        known = {one.name: one.recurrences for one in before.hours if one.recurrences is not None}
        forced = {
            one.name
            for one in after.hours
            if any(rule.override and not self.holds.recurrence(rule) for rule in one.recurrences or ())
        }
        refused = {
            index: one
            for index, one in enumerate(after.hours)
            if one.name in known and (one.recurrences is None or one.name in forced)
        }
        edited = self.after.flow.nodes[there]
        for index in refused:
            value = edited.hours[index].name if isinstance(edited, Schedule) else None
            self._say("UC601", there, f"hours.{index}", at, value=value, what="the hours")
        hours = [evolve(one, recurrences=known[one.name]) if index in refused else one for index, one in enumerate(after.hours)]
        return evolve(after, hours=tuple(hours)), {one.name for one in refused.values()}

    def _refuse_facts(self, here: NodeId, there: NodeId, at: NodeId) -> None:
        """What a rule made of a node of another kind cannot be edited back."""
        left, right = self.matching.here.facts[here], self.matching.there.facts[there]
        for path in left | right:
            if not unchanged(path, left.get(path, MISSING), right.get(path, MISSING)):
                what = what_of(self.after.flow.nodes[there], path)
                self._say("UC601", there, path, at, value=plain(right.get(path)), what=what)

    def _say(self, code: str, there: NodeId, path: str, at: NodeId, value: Json = None, **words: object) -> None:
        places = self.after.places
        where = places.get((there, path)) or places.get((there, pattern_of(path))) or places.get((there, ""), "")
        self.problems.append(Problem(code, where, value, node=at, words={"target": self.title, **words}))

    def _flow_facts(self) -> dict[str, Any]:
        """The name, the ways in and the settings of the flow."""
        before, after, original = self.before.flow, self.after.flow, self.original
        facts: dict[str, Any] = {}
        if before.name != after.name:
            facts["name"] = after.name
        if set(before.entry_points) != set(after.entry_points):
            facts["entry_points"] = merged_ways_in(original.entry_points, before.entry_points, after.entry_points)
        if before.settings != after.settings:
            facts["settings"] = merge(original.settings, before.settings, after.settings)
        return facts

    # The result.

    def _rebuilt(self) -> tuple[Flow, dict[NodeId, NodeId]]:
        """The flow of the nodes that can be reached, each under the path that first leads to it, and their new ids."""
        self._import_across()
        start = self.exits[_IN].get("")
        own = not _by_path(self.original)
        names: dict[NodeId, NodeId] = {}
        todo: list[tuple[NodeId, NodeId | None, str]] = [] if start is None else [(start, None, START)]
        while todo:
            at, parent, label = todo.pop()
            if at in names:
                continue
            names[at] = at if own else START if parent is None else child_id(parent, label)
            todo.extend((to, names[at], name) for name, to in reversed(self.exits[at].items()))
        unreached = [at for at in self.original.nodes if own]
        for at in unreached:
            if at not in names:
                names[at] = at
                unreached.extend(self.exits[at].values())
        nodes = {new: self._node(old, names) for old, new in names.items()}
        if own:
            nodes = {at: nodes[at] for at in [*(at for at in self.original.nodes if at in nodes), *nodes]}
        subflows = {name: self._subflow(name, sub) for name, sub in self.original.subflows.items()}
        return evolve(self.original, start=None if start is None else names[start], nodes=nodes, subflows=subflows), names

    def _node(self, at: NodeId, names: Mapping[NodeId, NodeId]) -> Node:
        return evolve(self.nodes[at], exits={label: names[to] for label, to in self.exits[at].items()})

    def _subflow(self, name: str, sub: Flow) -> Flow:
        prefix = f"@{name}/"
        inside = {at: at[len(prefix) :] for at in self.nodes if at.startswith(prefix)}
        nodes = {new: self._node(old, inside) for old, new in inside.items()}
        return sub if nodes == sub.nodes else evolve(sub, nodes=nodes)

    def _import_across(self) -> None:
        """A node of a flow of its own that something outside leads to now is copied there, with all that is behind it."""
        copies: dict[tuple[str, NodeId], NodeId] = {}
        todo = list(self.exits)
        while todo:
            at = todo.pop()
            owner = _owner(at)
            for label, to in self.exits[at].items():
                if _owner(to) == owner:
                    continue
                if (owner, to) not in copies:
                    copy = copies[owner, to] = self._fresh(f"@{owner}/{to}" if owner else to.rpartition("/")[2])
                    self._put(copy, self.nodes[to], dict(self.exits[to]))
                    todo.append(copy)
                self.exits[at][label] = copies[owner, to]

    def _behind(self, names: Mapping[NodeId, NodeId]) -> dict[NodeId, tuple[NodeId, ...]]:
        behind: dict[NodeId, list[NodeId]] = {}
        for (here, _), at in self.results.items():
            if here in self.matching.found:
                behind.setdefault(names.get(at, at), []).append(self.matching.found[here])
        for there, at in self.grafts.items():
            behind.setdefault(names.get(at, at), []).append(there)
        for copy, at in self.copies.items():
            behind.setdefault(names.get(copy, copy), []).extend(behind.get(names.get(at, at), ()))
        return {at: tuple(found) for at, found in behind.items()}

    def _with_kept(self, flow: Flow, behind: Mapping[NodeId, tuple[NodeId, ...]]) -> Flow:
        """The flow with what was added to the edited document beyond the facts: it stays behind, and the ledger says so."""
        provider = self.matching.here.adapter.name
        nodes = dict(flow.nodes)
        for at, found in behind.items():
            for there in found[:1]:
                here = self.matching.partner.get(there)
                if here is None or at not in nodes:
                    continue
                new = _added(self.before.flow.nodes[here].extras.get(provider), self.after.flow.nodes[there].extras.get(provider))
                if new:
                    nodes[at] = evolve(nodes[at], extras={**nodes[at].extras, provider: new})
        extras = flow.extras
        new = _added(self.before.flow.extras.get(provider), self.after.flow.extras.get(provider))
        if new:
            extras = {**extras, provider: new}
        resources = (*flow.resources, *_added_resources(self.before.flow.resources, self.after.flow.resources))
        return evolve(flow, nodes=nodes, extras=extras, resources=resources)


def _by_path(flow: Flow) -> bool:
    """Whether the ids of a flow are paths of exits, as those of a flow that was read are."""
    paths = {START} | {child_id(at, label) for at, node in flow.nodes.items() for label in node.exits}
    return all(at in paths for at in flow.nodes)


def _owner(at: NodeId) -> str:
    """The name of the flow of its own that a node stands in."""
    return at[1:].rpartition("/")[0] if at.startswith("@") else ""


def _places_of(places: Places, behind: Mapping[NodeId, tuple[NodeId, ...]]) -> Places:
    """Where the facts of the result stand in the edited document."""
    owners: dict[NodeId, list[NodeId]] = {"": [""]}
    for at, found in behind.items():
        for there in found[:1]:
            owners.setdefault(there, []).append(at)
    mine: dict[tuple[NodeId, str], str] = {}
    for (node, path), where in places.items():
        if node.startswith("#"):
            mine[node, path] = where
        for at in owners.get(node, ()):
            mine[at, path] = where
    return mine


def called(node: Node, names: Mapping[str, str]) -> Node:
    """A node whose hours, shares or places have other names."""
    if not names:
        return node
    match node:
        case Schedule():
            return evolve(node, hours=tuple(evolve(one, name=names.get(one.name, one.name)) for one in node.hours))
        case Split():
            return evolve(node, shares={names.get(name, name): share for name, share in node.shares.items()})
        case Region():
            return evolve(node, places=tuple(evolve(one, name=names.get(one.name, one.name)) for one in node.places))
        case _:
            return node


# What is no fact of the graph.


def _added(before: Json, after: Json) -> dict[str, Json]:
    """What a shape keeps that the other does not, or not so; empty where there is nothing."""
    if not isinstance(after, dict):
        return {}
    before = before if isinstance(before, dict) else {}
    old, new = before.get("rest") or {}, after.get("rest") or {}
    rest = {key: value for key, value in new.items() if key not in old or not same(old[key], value)}
    inner: dict[str, Json] = {}
    for name, part in (after.get("in") or {}).items():
        was = (before.get("in") or {}).get(name)
        if isinstance(part, list):
            was = was if isinstance(was, list) else []
            beside = dict(enumerate(was))
            items = [{} if any(same(item, one) for one in was) else _added(beside.get(i), item) for i, item in enumerate(part)]
            if any(items):
                inner[name] = items
        elif found := _added(was, part):
            inner[name] = found
    return ({"rest": rest} if rest else {}) | ({"in": inner} if inner else {})


def _added_resources(before: Iterable[Resource], after: Iterable[Resource]) -> Iterator[Resource]:
    known = {(one.section, one.id): one.document for one in before}
    for one in after:
        was = known.get((one.section, one.id))
        if was is None:
            yield one
        elif isinstance(one.document, dict) and "raw" not in one.document:
            new = _added(was, one.document)
            if new:
                yield evolve(one, document=new)
        elif not same(was, one.document):
            yield one
