"""Rewriting a flow into what a target can hold, by named rules.

The target says what it :class:`~unicall.adapter.Holds` as a grammar over places. Lowering walks the flow from its start, one
node and one place at a time: a node that may stand there stays as it is, any other is rewritten by the rule for its kind. The
result is a flow that the target's adapter can write, the node of the original behind each of its nodes, and a problem for
everything that a rule took away. A rule never invents a destination.

What surprises people: rules only deal with structure. A duration that the target rounds, or a label that it has no key for, is
found afterwards, by reading back what was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count

from attrs import Factory, define, evolve, frozen

from unicall.adapter import Holds, Room
from unicall.graph import (
    NEXT,
    OTHERWISE,
    SIP_CODES,
    START,
    Announce,
    CallerMatch,
    Directory,
    Flow,
    Hangup,
    Menu,
    Node,
    NodeId,
    Notify,
    Pause,
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
    Split,
    Subflow,
    VendorNode,
    Webhook,
    child_id,
    outcome_exit,
    text_of,
    walk,
)
from unicall.hours import Hours, open_seconds, split_overnight

_JUDGED = frozenset({Announce, RecordCall, Region, Ring, Schedule})  # kinds of which more counts than where they stand
_QUIET = (Announce, RecordCall, SetCallerId, SetLanguage, SetVariable, Notify, Webhook, Pause)
COPIES_AT_MOST = 50  # nodes that copying a shared part may add before it becomes a document of its own


@frozen(kw_only=True)
class Loss:
    """What a rule did: its code, the node and the field of the original it did it to ("" is the node itself)."""

    code: str
    node: NodeId
    field: str = ""
    words: Mapping[str, object] = Factory(dict)


@frozen(kw_only=True)
class Lowered:
    """A flow that the target can hold, and how it came about.

    ``original`` is the flow it was made of, with jumps followed and recordings moved (nodes of other flows are ``@flow/node``).
    ``came_from``: per node of ``flow``, the node of the original; an end that only the target has to be told of has none.
    ``losses``: what the rules took away. ``dropped``: nodes of the original that are nowhere in ``flow``, with the code of the rule
    that took them (None: they went with their branch). ``rewritten``: nodes of the original that became nodes of another kind,
    which their losses describe in full.
    """

    original: Flow
    flow: Flow
    came_from: Mapping[NodeId, NodeId]
    losses: tuple[Loss, ...]
    dropped: Mapping[NodeId, str | None]
    rewritten: frozenset[NodeId]


def lower(flow: Flow, holds: Holds, target: str) -> Lowered:
    """Rewrite a flow for a target. ``target`` is its title, for the messages."""
    if holds.joins and holds.loops:
        return _untouched(flow)
    flow = flow if holds.adopts is None else _adopted(flow, holds.adopts)
    lowered = _Lowering(flow, holds, target).run()
    takes_along = flow.subflows and any(Subflow in rooms for rooms in holds.places.values())
    return _with_subflows(lowered, holds, target) if takes_along else lowered


def _with_subflows(lowered: Lowered, holds: Holds, target: str) -> Lowered:
    """The flows that come along are lowered as well, each by itself."""
    subs = {name: _Lowering(sub, holds, target).run() for name, sub in lowered.flow.subflows.items()}
    if all(sub.flow is lowered.flow.subflows[name] for name, sub in subs.items()):
        return lowered
    losses = [evolve(loss, node=f"@{name}/{loss.node}") for name, sub in subs.items() for loss in sub.losses]
    flow = evolve(lowered.flow, subflows={name: sub.flow for name, sub in subs.items()})
    return evolve(lowered, flow=flow, losses=(*lowered.losses, *losses))


def _adopted(flow: Flow, adopts: Callable[[VendorNode], VendorNode]) -> Flow:
    """Rule: what only the vendor has, and its other format says as well, goes on under the name of that format."""
    own = {at: adopts(node) for at, node in flow.nodes.items() if isinstance(node, VendorNode)}
    changed = any(node is not flow.nodes[at] for at, node in own.items())
    return evolve(flow, nodes={**flow.nodes, **own}) if changed else flow


def _untouched(flow: Flow) -> Lowered:
    same = {node_id: node_id for node_id in flow.nodes}
    return Lowered(original=flow, flow=flow, came_from=same, losses=(), dropped={}, rewritten=frozenset())


@define
class _Above:
    """The nodes on the way from the start to here: of the original, and of the result."""

    original: NodeId
    lowered: NodeId
    above: _Above | None

    def __iter__(self) -> Iterator[_Above]:
        at: _Above | None = self
        while at is not None:
            yield at
            at = at.above


@define
class _Task:
    """Place this node of the original here."""

    node: NodeId
    place: str
    parent: NodeId | None
    label: str
    above: _Above | None


@define
class _Lowering:
    flow: Flow
    holds: Holds
    target: str
    nodes: dict[NodeId, Node] = Factory(dict)
    exits: dict[NodeId, dict[str, NodeId]] = Factory(dict)
    came_from: dict[NodeId, NodeId] = Factory(dict)
    losses: list[Loss] = Factory(list)
    dropped: dict[NodeId, str | None] = Factory(dict)
    rewritten: set[NodeId] = Factory(set)
    outlined: dict[NodeId, NodeId | None] = Factory(dict)
    held: set[NodeId] = Factory(set)
    once: set[NodeId] = Factory(set)
    start: NodeId | None = None
    is_tree: bool = False
    todo: list[_Task] = Factory(list)

    def run(self) -> Lowered:
        if self._stands():
            return _untouched(self.flow)
        self.flow = _inline_jumps(self.flow, self)
        if self.holds.records_first:
            self.flow = self._hoist_recordings(self.flow)
        self.is_tree = _is_tree(self.flow)
        self.outlined = dict.fromkeys(self._outlined())
        if self.flow.start is not None:
            self.todo.append(_Task(self.flow.start, self.holds.start, None, START, None))
        while self.todo:
            self._place(self.todo.pop())
        nodes = {node_id: _leading(node, self.exits[node_id]) for node_id, node in self.nodes.items()}
        for node_id, _ in walk(self.flow):
            if node_id not in self.held and node_id not in self.rewritten:
                self.dropped.setdefault(node_id, None)
        if self.flow.start is not None and (self.start is None or self._is_hollow(nodes)):
            self.losses.append(Loss(code="UC215", node=self.flow.start, words={"target": self.target}))
        return Lowered(
            original=self.flow,
            flow=evolve(self.flow, start=self.start, nodes=nodes),
            came_from=self.came_from,
            losses=tuple(self.losses),
            dropped=self.dropped,
            rewritten=frozenset(self.rewritten),
        )

    def _is_hollow(self, nodes: Mapping[NodeId, Node]) -> bool:
        """Whether callers only hear or pass things now, where they went on to something before."""
        quiet = all(isinstance(node, _QUIET) for at, node in nodes.items() if at in self.came_from)
        return quiet and not all(isinstance(node, (*_QUIET, Hangup)) for _, node in walk(self.flow))

    def _stands(self) -> bool:
        """Whether the flow is a tree that the target can hold as it is. Most flows that go back to their vendor are."""
        nodes = self.flow.nodes
        todo = [] if self.flow.start is None else [(self.flow.start, self.holds.start)]
        seen: set[NodeId] = set()
        if self.flow.start not in (None, START):
            return False
        while todo:
            at, place = todo.pop()
            node = nodes.get(at)
            room = None if node is None or at in seen else self.holds.places[place].get(type(node))
            if node is None or room is None or not room.takes(node):
                return False
            if type(node) in _JUDGED and not self._is_held_whole(at, node, room, place):
                return False
            seen.add(at)
            for label, to in node.exits.items():
                if not room.has(label) or to != child_id(at, label):
                    return False
                todo.append((to, room.behind(node, label)))
        return True

    def _is_held_whole(self, at: NodeId, node: Node, room: Room, place: str) -> bool:
        """Whether no rule has anything to do with this node, which may stand in this place."""
        if isinstance(node, Ring):
            most = self.holds.together
            few = most is None or len(node.targets) <= most
            plain = self.holds.in_turn or (bool(node.targets) and not _is_group(node))
            return few and plain and all(self.holds.target(rung.target) for rung in node.targets)
        if not self._fits(node) or self._unsaid(node) or self._gives_way(node, room, place) or self._says_end(node, room):
            return False
        said = len(self.losses)
        whole = self._fit(at, node) is node and len(self.losses) == said
        del self.losses[said:]
        return whole

    # One node in one place.

    def _place(self, task: _Task) -> None:
        skipped: set[NodeId] = set()
        at: NodeId | None = task.node
        while at is not None and at not in skipped:
            node = self.flow.nodes.get(at)
            if node is None:
                return
            if self._leads_back(at, task):
                return
            room = self.holds.places[task.place].get(type(node))
            if room is not None and room.takes(node) and self._fits(node) and not self._gives_way(node, room, task.place):
                self._hold(at, node, room, task)
                return
            skipped.add(at)
            placed = len(self.nodes), len(self.todo)
            last, at = at, self._rule(at, node, room, task)
            if (at is None or at in skipped) and placed == (len(self.nodes), len(self.todo)):
                self._close(task, last)

    def _close(self, task: _Task, last: NodeId) -> None:
        """Nothing is left behind an exit: a name that the flow itself gave (a menu key, hours) is gone with it."""
        if task.above is None:
            return
        above = self.flow.nodes[task.above.original]
        if task.label in above.exits and (task.label == "*" or task.label not in above.EXITS):
            said = outcome_of(above, task.label)
            self._lose("UC221", task.above.original, exit=task.label, exit_of=task.label, outcome=said)
        self._end(task, last)

    def _end(self, task: _Task, at: NodeId) -> None:
        """Rule: where calls would take another exit instead of one that leads nowhere now, the call ends, or nobody is named there.

        Behind what a call passes it ends where it ended; where what it came to is gone, nobody is named.
        ``at``: the node that cannot be held. The end stands for it, so that what is put there later takes its place.
        """
        if task.above is None:
            return
        above, nobody = self.nodes[task.above.lowered], self.holds.nobody(task.place)
        passed = self.holds.says_end and isinstance(above, _QUIET)
        if passed and not _ends(self.flow.nodes[at]):
            if nobody is not None:
                self._put(nobody, task)
            return
        if not passed and not _goes_elsewhere(above, task.label):
            return
        room = self.holds.places[task.place].get(Hangup)
        end = Hangup() if room is not None and room.takes(Hangup()) else nobody
        if end is not None:
            self._add(at, end, task)

    def _leads_back(self, at: NodeId, task: _Task) -> bool:
        """A node that stands already: a loop, a shared part that was outlined, or the way back to the menu above."""
        if self.is_tree:
            return False
        standing = self.outlined.get(at)
        if standing is not None:
            self._lead(task, standing)
            return True
        if at in self.once and at in self.held:
            self._lose("UC203", at, exit=task.label, to=at)
            self._end(task, at)
            return True
        if task.above is None or all(step.original != at for step in task.above):
            return False
        if self.holds.back_to_parent_menu and self._is_way_back(at, task):
            self._lead(task, next(step.lowered for step in task.above if step.original == at))
        else:
            self._lose("UC203", task.above.original, exit=task.label, to=at, exit_of=task.label)
            self._end(task, at)
        return True

    def _is_way_back(self, at: NodeId, task: _Task) -> bool:
        """Convirza's go_back_key: one key of a menu that leads to the nearest menu above it."""
        above = task.above
        if above is None or above.above is None or not isinstance(self.nodes.get(above.lowered), Menu):
            return False
        nearest = next((s for s in above.above if isinstance(self.nodes[s.lowered], Menu)), None)
        taken = any(child_id(above.lowered, label) != to for label, to in self.exits[above.lowered].items())
        return nearest is not None and nearest.original == at and not taken and task.label.isdecimal()

    def _gives_way(self, node: Node, room: Room, place: str) -> bool:
        """A prompt or a recording before something (a menu) that can stand here, but not behind it."""
        if not isinstance(node, (Announce, RecordCall)) or NEXT not in node.exits or NEXT not in room.exits:
            return False
        behind = room.behind(node, NEXT)
        seen: set[NodeId] = set()
        ahead: Node | None = node
        while isinstance(ahead, (Announce, RecordCall)):
            to = ahead.exits.get(NEXT, "")
            ahead = None if to in seen else self.flow.nodes.get(to)
            seen.add(to)
        return type(ahead) in self.holds.places[place] and type(ahead) not in self.holds.places[behind]

    def _fits(self, node: Node) -> bool:
        """Whether anything of the node would be left."""
        if isinstance(node, Ring):
            if not node.targets:
                return self.holds.in_turn
            possible = any(self.holds.target(rung.target) for rung in node.targets)
            return possible and (self.holds.in_turn or not _is_group(node))
        if isinstance(node, Schedule):
            return not node.hours or any(self._sayable(node, named) for named in node.hours)
        return True

    def _sayable(self, node: Schedule, named: Hours) -> bool:
        if named.recurrences is None:
            return self.holds.windows is None or self.holds.unknown_hours(node)
        parts = [part for r in named.recurrences for part in split_overnight(r)]
        return any(self.holds.recurrence(part) for part in parts) or (not parts and self.holds.windows is None)

    def _hold(self, at: NodeId, node: Node, room: Room, task: _Task) -> None:
        node = self._fit(at, node)
        unsaid = self._unsaid(node)
        node = evolve(node, exits={**dict.fromkeys(unsaid, node.exits[OTHERWISE]), **node.exits}) if unsaid else node
        lowered = self._add(at, node, task)
        if at in self.outlined:
            self.outlined[at] = lowered
        above = _Above(at, lowered, task.above)
        exits = self._exits_held(at, node, room)
        self.todo.extend(_Task(to, place, lowered, label, above) for label, (to, place) in reversed(list(exits.items())))
        if self._says_end(node, room):
            self._put(Hangup(), _Task(at, room.behind(node, NEXT), lowered, NEXT, above))

    def _says_end(self, node: Node, room: Room) -> bool:
        """Rule: where a call comes to its end behind what it passes, and the target does not know that, it is told to hang up."""
        if not self.holds.says_end or not _ends(node) or not room.has(NEXT):
            return False
        behind = self.holds.places[room.behind(node, NEXT)].get(Hangup)
        return behind is not None and behind.takes(Hangup())

    def _unsaid(self, node: Node) -> list[str]:
        """Rule: hours and places without an exit take that of otherwise, where the target has to say so at each of them.

        A place behind a reference is a list of places that nobody knows: what follows is not said for it.
        """
        if self.holds.falls_through or OTHERWISE not in node.exits:
            return []
        names = [named.name for named in node.hours] if isinstance(node, Schedule) else []
        names += [place.name for place in node.places if place.reference is None] if isinstance(node, Region) else []
        return [name for name in names if name not in node.exits]

    def _exits_held(self, at: NodeId, node: Node, room: Room) -> dict[str, tuple[NodeId, str]]:
        held: dict[str, tuple[NodeId, str]] = {}
        leftover: dict[str, NodeId] = {}
        for label, to in node.exits.items():
            if room.has(label):
                held[label] = (to, room.behind(node, label))
            else:
                leftover[label] = to
        if isinstance(node, Ring) and OTHERWISE in room.exits and leftover:
            after = self._merge_outcomes(at, node)
            return {} if after is None else {OTHERWISE: (after, room.behind(node, OTHERWISE))}
        for label in leftover:
            self._lose("UC221", at, exit=label, exit_of=label, outcome=outcome_of(node, label))
        return held

    def _merge_outcomes(self, at: NodeId, node: Ring) -> NodeId | None:
        """Rule: where a target knows one outcome, all calls go as after no answer, the commonest; the call may end there."""
        kept = outcome_exit(node, "no_answer") or OTHERWISE
        to = node.exits.get(kept)
        unsaid = () if OTHERWISE in node.exits else (one for one in SIP_CODES if outcome_exit(node, one) is None)
        for label in (*unsaid, *node.exits):
            if node.exits.get(label) != to:
                kept_as = outcome_of(node, "no_answer") + ("" if to else ", and ends")
                said = {"outcome": outcome_of(node, label), "kept": kept_as}
                self._lose("UC206", at, exit=label, to=kept, exit_of=label if label in node.exits else "", **said)
        return to

    def _fit(self, at: NodeId, node: Node) -> Node:
        """The parts of a node that the target cannot hold are taken off one by one."""
        if isinstance(node, Ring):
            return self._fit_targets(at, node)
        if isinstance(node, Schedule):
            return self._fit_hours(at, node)
        return node

    def _fit_targets(self, at: NodeId, node: Ring) -> Ring:
        targets: list[RingTarget] = []
        for index, rung in enumerate(node.targets):
            if not self.holds.target(rung.target):
                code = "UC223" if isinstance(rung.target, Reference) else "UC303"
                self._lose(code, at, f"targets.{index}.target", what=text_of(rung.target))
            elif len(targets) == self.holds.together:
                self._lose("UC303", at, f"targets.{index}.target", what=text_of(rung.target))
            else:
                targets.append(rung)
        return node if len(targets) == len(node.targets) else evolve(node, targets=tuple(targets))

    def _fit_hours(self, at: NodeId, node: Schedule) -> Schedule:
        """Rules: windows over midnight are split, hours the target cannot say go, each window gets an exit of its own."""
        hours: list[Hours] = []
        exits = dict(node.exits)
        for index, named in enumerate(node.hours):
            fitted: Hours | None = named
            if named.recurrences is not None:
                fitted = self._fit_windows(at, named, f"hours.{index}")
            elif not self._sayable(node, named):
                self._lose("UC225", at, f"hours.{index}", exit_of=named.name)
                fitted = None
            if fitted is None:
                exits.pop(named.name, None)
            else:
                hours.extend(self._spread(at, fitted, exits, f"hours.{index}"))
        exits = {name: exits[name] for h in hours if (name := h.name) in exits} | exits
        if hours == list(node.hours):
            return node
        return evolve(node, hours=tuple(hours), exits=exits)

    def _fit_windows(self, at: NodeId, named: Hours, field: str) -> Hours | None:
        recurrences = tuple(named.recurrences or ())
        if not self.holds.overnight:
            recurrences = tuple(part for r in recurrences for part in split_overnight(r))
            if len(recurrences) != len(named.recurrences or ()) or recurrences != named.recurrences:
                self._lose("UC205", at, field, exit_of="")
        sayable = tuple(r for r in recurrences if self.holds.recurrence(r))
        if len(sayable) != len(recurrences) or (not sayable and self.holds.windows is not None):
            self._lose("UC225", at, field, exit_of=named.name)
        if not sayable and self.holds.windows is not None:
            return None
        return named if sayable == named.recurrences else evolve(named, recurrences=sayable)

    def _spread(self, at: NodeId, named: Hours, exits: dict[str, NodeId], field: str) -> list[Hours]:
        most = self.holds.windows
        windows = named.recurrences or ()
        if most is None or len(windows) <= most:
            return [named]
        self._lose("UC226", at, field)
        free = (name for n in count(2) if (name := f"{named.name}~{n}") not in exits)
        spread = [named, *(evolve(named, name=next(free)) for _ in windows[1:])]
        for one in spread[1:]:
            if named.name in exits:
                exits[one.name] = exits[named.name]
        return [evolve(one, recurrences=(window,)) for one, window in zip(spread, windows, strict=True)]

    # The rules for nodes that may not stand where they are. Each returns the node that takes the place, if any.

    def _rule(self, at: NodeId, node: Node, room: Room | None, task: _Task) -> NodeId | None:
        rule = _RULES.get(type(node), _drop_destination)
        return rule(self, at, node, room, task)

    def _add(self, at: NodeId, node: Node, task: _Task) -> NodeId:
        lowered = self._put(node, task)
        self.came_from[lowered] = at
        self.held.add(at)
        return lowered

    def _put(self, node: Node, task: _Task) -> NodeId:
        lowered = START if task.parent is None else child_id(task.parent, task.label)
        self.nodes[lowered] = node
        self.exits[lowered] = {}
        self._lead(task, lowered)
        return lowered

    def _chain(self, at: NodeId, steps: list[Ring], after: NodeId | None, task: _Task) -> None:
        """Place these steps one behind the other, and what follows behind the last."""
        above = task.above
        placed: list[Ring] = []
        for step in steps:
            room = self.holds.places[task.place].get(Ring)
            if room is None or not room.takes(step):
                self._lose_step(at, step, placed)
                continue
            placed.append(step)
            lowered = self._add(at, self._fit_targets(at, step), task)
            above = _Above(at, lowered, above)
            task = _Task(at, room.behind(step, OTHERWISE), lowered, OTHERWISE, above)
        if after is not None:
            self.todo.append(_Task(after, task.place, task.parent, task.label, task.above))

    def _lose_step(self, at: NodeId, step: Ring, placed: Sequence[Ring]) -> None:
        """A step that does not fit any more: another try of those who rang, or the only one."""
        group = self.flow.nodes[at]
        rang = {rung.target for one in placed for rung in one.targets}
        if isinstance(group, Ring) and group.repeats > 1 and all(rung.target in rang for rung in step.targets):
            self._lose("UC302", at, "repeats", what="the number of tries", other="fewer")
            return
        for rung in step.targets:
            self._lose("UC303", at, what=text_of(rung.target))

    def _tests(self, at: NodeId, tests: Sequence[tuple[str, NodeId | None]], rest: NodeId | None, task: _Task) -> None:
        """Place tests of the caller's number one behind the other, and what follows when none matched. None: the call ends."""
        room = self.holds.places[task.place][CallerMatch]
        found: list[_Task] = []
        for pattern, to in tests:
            lowered = self._add(at, CallerMatch(pattern=pattern), task)
            above = _Above(at, lowered, task.above)
            if to is not None:
                found.append(_Task(to, room.exits["match"], lowered, "match", above))
            task = _Task(at, room.exits["no_match"], lowered, "no_match", above)
        if rest is not None:
            self.todo.append(_Task(rest, task.place, task.parent, task.label, task.above))
        self.todo.extend(reversed(found))

    def _lead(self, task: _Task, lowered: NodeId) -> None:
        if task.parent is None:
            self.start = lowered
        else:
            self.exits[task.parent][task.label] = lowered

    def _lose(self, code: str, at: NodeId, field: str = "", **words: object) -> None:
        self.losses.append(Loss(code=code, node=at, field=field, words={"target": self.target, **words}))

    def _drop(self, code: str, at: NodeId, node: Node, **words: object) -> None:
        self.dropped.setdefault(at, code)
        if self.dropped[at] is None:
            self.dropped[at] = code
        self._lose(code, at, "", what=name_of(node), **words)

    # Joins and loops.

    def _outlined(self) -> set[NodeId]:
        """The heads of loops, and the shared parts that are too large to copy."""
        if self.is_tree:
            return set()
        heads, order, into = _shape_of(self.flow)
        outlined = set(heads)
        size: dict[NodeId, int] = {}
        for at in order:
            node = self.flow.nodes[at]
            size[at] = 1 + sum(1 if to in outlined else size.get(to, 1) for to in node.exits.values())
            if at not in outlined and (into[at] - 1) * size[at] > COPIES_AT_MOST:
                outlined.add(at)
        for at, times in into.items():
            if times > 1 and at not in outlined:
                self._lose("UC201", at, copies=times)
        if not self.holds.outlines:
            self.once = outlined.difference(heads)
            return set()
        for at in sorted(outlined):
            self._lose("UC202", at, what=at)
        return outlined

    def _hoist_recordings(self, flow: Flow) -> Flow:
        """Rule: where a target can only start to record first, a recording moves before the announcements around it."""
        nodes = dict(walk(flow))
        todo = [at for at, node in nodes.items() if isinstance(node, RecordCall)]
        if not todo:
            return flow
        start: NodeId | None = flow.start
        before: dict[NodeId, list[NodeId]] = {}
        for at, node in nodes.items():
            for to in node.exits.values():
                before.setdefault(to, []).append(at)
        while todo:
            after = todo.pop()
            into = before.get(after, [])
            if len(into) != 1 or start == after:
                continue
            at = into[0]
            announcement = nodes[at]
            if not isinstance(announcement, Announce) or announcement.exits.get(NEXT) != after:
                continue
            recording = nodes[after]
            self._lose("UC220", after, what=name_of(recording), before=name_of(announcement))
            behind = recording.exits.get(NEXT)
            for other in set(before.get(at, [])) - {after}:
                leads = {label: after if to == at else to for label, to in nodes[other].exits.items()}
                nodes[other] = evolve(nodes[other], exits=leads)
            before[after] = [after if other == after else other for other in before.get(at, [])]
            before[at] = [after]
            if behind is not None:
                before[behind] = [at if other == after else other for other in before[behind]]
            nodes[at] = evolve(announcement, exits={} if behind is None else {NEXT: behind})
            nodes[after] = evolve(recording, exits={NEXT: at})
            start = after if start == at else start
            todo.append(after)
        return evolve(flow, nodes={**flow.nodes, **nodes}, start=start)


def _ends(node: Node) -> bool:
    """Whether a call that passes this comes to its end behind it."""
    return isinstance(node, _QUIET) and NEXT not in node.exits


def _goes_elsewhere(node: Node, label: str) -> bool:
    """Whether calls take another exit of this node where it has none of this name. The exits are those of the original."""
    if isinstance(node, VendorNode):
        return node.passes is not None and label != node.passes and node.passes in node.exits
    if isinstance(node, Menu):
        return label in ("no_input", "invalid")
    return OTHERWISE in node.EXITS and label != OTHERWISE and OTHERWISE in node.exits


def _leading(node: Node, exits: Mapping[str, NodeId]) -> Node:
    """The node with these exits, in their order; most have them already."""
    return node if list(node.exits.items()) == list(exits.items()) else evolve(node, exits=exits)


def _is_tree(flow: Flow) -> bool:
    """Whether no two exits lead to one node, and none to the start. Most flows are trees."""
    led = [to for node in flow.nodes.values() for to in node.exits.values()]
    return len({*led, flow.start}) == len(led) + 1


def _shape_of(flow: Flow) -> tuple[list[NodeId], list[NodeId], dict[NodeId, int]]:
    """The heads of loops, all nodes with followers first, and how many exits lead to each."""
    heads: list[NodeId] = []
    order: list[NodeId] = []
    into: dict[NodeId, int] = {}
    state: dict[NodeId, int] = {}
    todo: list[tuple[NodeId, bool]] = [] if flow.start is None else [(flow.start, False)]
    while todo:
        at, done = todo.pop()
        if done:
            state[at] = 2
            order.append(at)
            continue
        if state.get(at) or at not in flow.nodes:
            continue
        state[at] = 1
        todo.append((at, True))
        for to in reversed(list(flow.nodes[at].exits.values())):
            into[to] = into.get(to, 0) + 1
            todo.append((to, False))
    active: set[NodeId] = set()
    seen: set[NodeId] = set()
    walkers: list[tuple[NodeId, Iterator[NodeId]]] = []
    if flow.start is not None and flow.start in flow.nodes:
        walkers.append((flow.start, iter(flow.nodes[flow.start].exits.values())))
        active.add(flow.start)
        seen.add(flow.start)
    while walkers:
        at, following = walkers[-1]
        into_node = next(following, None)
        if into_node is None:
            walkers.pop()
            active.discard(at)
        elif into_node in active:
            if into_node not in heads:
                heads.append(into_node)
        elif into_node not in seen and into_node in flow.nodes:
            seen.add(into_node)
            active.add(into_node)
            walkers.append((into_node, iter(flow.nodes[into_node].exits.values())))
    for at in order:
        into.setdefault(at, 1)
    return heads, order, into


def _inline_jumps(flow: Flow, lowering: _Lowering) -> Flow:
    """Rule: where the target has no subroutine, a jump into a flow that came along goes on inside it."""
    if not flow.subflows or any(Subflow in rooms for rooms in lowering.holds.places.values()):
        return flow
    nodes = dict(flow.nodes)
    spliced: dict[str, NodeId | None] = {}
    for at, _ in walk(flow):
        _splice(at, flow, nodes, spliced, lowering)
    queue = [at for at in nodes if at.startswith("@")]
    while queue:
        at = queue.pop()
        before = set(nodes)
        _splice(at, flow, nodes, spliced, lowering)
        queue.extend(new for new in nodes if new not in before)
    start = flow.start
    landing = _landings(nodes, flow, spliced)
    if start is not None:
        start = landing.get(start, start)
    nodes = {
        at: evolve(node, exits={k: to for k, to in ((k, landing.get(t, t)) for k, t in node.exits.items()) if to is not None})
        for at, node in nodes.items()
    }
    return evolve(flow, nodes=nodes, start=start)


def _jump(node: Node | None, flow: Flow) -> str | None:
    """The flow that this node jumps to for good, if it came along."""
    if isinstance(node, Subflow) and not node.exits and node.flow is not None and node.flow.id in flow.subflows:
        return node.flow.id
    return None


def _splice(at: NodeId, flow: Flow, nodes: dict[NodeId, Node], spliced: dict[str, NodeId | None], lowering: _Lowering) -> None:
    name = _jump(nodes.get(at), flow)
    if name is None:
        return
    lowering.rewritten.add(at)
    lowering._lose("UC224", at)
    if name in spliced:
        return
    sub = flow.subflows[name]
    prefix = f"@{name}/"
    spliced[name] = None if sub.start is None else prefix + sub.start
    for inner, node in sub.nodes.items():
        nodes[prefix + inner] = evolve(node, exits={label: prefix + to for label, to in node.exits.items()})


def _landings(nodes: Mapping[NodeId, Node], flow: Flow, spliced: Mapping[str, NodeId | None]) -> dict[NodeId, NodeId | None]:
    """Where each jump ends up; a circle of nothing but jumps ends nowhere."""
    landings: dict[NodeId, NodeId | None] = {}
    for at, node in nodes.items():
        if _jump(node, flow) is None:
            continue
        seen: set[NodeId] = set()
        to: NodeId | None = at
        while to is not None and to not in seen and (name := _jump(nodes.get(to), flow)) is not None:
            seen.add(to)
            to = spliced.get(name)
        landings[at] = None if to in seen else to
    return landings


def name_of(node: Node) -> str:
    """What a node is, in a person's words."""
    if isinstance(node, VendorNode):
        return f"`{node.word}`"
    return _PHRASES.get(type(node).__name__, type(node).__name__.lower())


_PHRASES: Mapping[str, str] = {
    "Announce": "an announcement",
    "CallerMatch": "a caller match",
    "Conference": "a conference",
    "Directory": "a directory",
    "Fax": "a fax machine",
    "Hangup": "a hang-up",
    "Menu": "a menu",
    "Notify": "a notification",
    "Park": "a parked call",
    "Pause": "a pause",
    "Queue": "a queue",
    "RecordCall": "recording",
    "Region": "a choice by region",
    "Reject": "a refusal",
    "Ring": "a ring",
    "Schedule": "hours",
    "SetCallerId": "a caller id",
    "SetLanguage": "a language",
    "SetVariable": "a variable",
    "Split": "a split",
    "Subflow": "another flow",
    "Voicemail": "voicemail",
    "Webhook": "a webhook",
}


def outcome_of(node: Node, label: str) -> str:
    """What brings a call to an exit, in a person's words."""
    if isinstance(node, Schedule):
        return "all other times" if label == OTHERWISE else f'"{_title(node, label)}"'
    if isinstance(node, Menu) and label not in _OUTCOMES:
        return f"key {label}"
    if label == OTHERWISE and "no_answer" in node.exits:
        return "any other outcome"
    return _OUTCOMES.get(label, label) if label in node.EXITS else label


def _title(node: Schedule, name: str) -> str:
    """What hours are called: their names are often ids, and their only rule has the title."""
    named = next((one for one in node.hours if one.name == name), None)
    titles = [] if named is None else [named.title] if named.title else [rule.title for rule in named.recurrences or ()]
    return titles[0] or name if len(titles) == 1 else name


_OUTCOMES: Mapping[str, str] = {
    "busy": "a busy line",
    "declined": "declining",
    "exhausted": "the last try",
    "invalid": "a wrong key",
    "match": "a match",
    "next": "this step",
    "no_answer": "no answer",
    "no_input": "no key",
    "no_match": "no match",
    "otherwise": "no answer",
    "unreachable": "a line that is not reached",
}
_UNHEARD = "callers no longer meet it"


_Rule = Callable[[_Lowering, NodeId, Node, Room | None, _Task], NodeId | None]


def _drop_destination(lowering: _Lowering, at: NodeId, node: Node, room: Room | None, task: _Task) -> NodeId | None:
    lowering._drop("UC217" if node.SILENT else "UC218", at, node)
    return node.exits.get(NEXT)


def _drop_heard(lowering: _Lowering, at: NodeId, node: Node, room: Room | None, task: _Task) -> NodeId | None:
    lowering._drop("UC216", at, node, then=_UNHEARD)
    return node.exits.get(NEXT)


def _end(lowering: _Lowering, at: NodeId, node: Node, room: Room | None, task: _Task) -> NodeId | None:
    rang = task.above is not None and any(isinstance(lowering.nodes[s.lowered], Ring) for s in task.above)
    then = "nothing tells it to end the call" if isinstance(node, Hangup) else _UNHEARD
    lowering._drop("UC219" if rang and isinstance(node, Hangup) else "UC216", at, node, then=then)
    return None


def _ring(lowering: _Lowering, at: NodeId, node: Node, room: Room | None, task: _Task) -> NodeId | None:
    assert isinstance(node, Ring)
    hunt = room is not None and not lowering.holds.in_turn and _is_group(node)
    if hunt and any(lowering.holds.target(rung.target) for rung in node.targets):
        return _unroll(lowering, at, node, task)
    if room is None:
        lowering._drop("UC218", at, node)
    else:
        lowering.dropped.setdefault(at, "UC223")
        for index, rung in enumerate(node.targets):
            code = "UC223" if isinstance(rung.target, Reference) else "UC303"
            lowering._lose(code, at, f"targets.{index}.target", what=text_of(rung.target))
        if not node.targets:
            lowering._drop("UC218", at, node)
    return next((node.exits[label] for label in (OTHERWISE, "no_answer", *node.exits) if label in node.exits), None)


def _is_group(node: Ring) -> bool:
    return (node.order != "together" and len(node.targets) > 1) or node.repeats > 1


def _unroll(lowering: _Lowering, at: NodeId, node: Ring, task: _Task) -> NodeId | None:
    """Rule: targets in turn become steps; each rings for its own time, within what is left of the whole."""
    steps: list[Ring] = []
    plain = evolve(node, targets=(), order="together", timeout=None, repeats=1, exits={})
    for _ in range(min(node.repeats, COPIES_AT_MOST)):
        left = node.timeout
        if node.order == "together":
            steps.append(evolve(plain, targets=node.targets, timeout=node.timeout))
            continue
        for rung in node.targets:
            own = rung.timeout if rung.timeout is not None else node.timeout
            time = own if left is None or own is None else min(own, left)
            if time == 0:
                break
            left = None if left is None or time is None else left - time
            steps.append(evolve(plain, targets=(evolve(rung, timeout=None, delay=None, weight=None),), timeout=time))
    if node.repeats > COPIES_AT_MOST:
        lowering._lose("UC302", at, "repeats", what="the number of tries", other=str(COPIES_AT_MOST))
    steps = [step for step in steps if any(lowering.holds.target(rung.target) for rung in step.targets)]
    code = "UC302" if node.order == "weighted" else "UC204"
    lowering._lose(code, at, what="the order", other="one after the other", whole=True)
    after = lowering._merge_outcomes(at, node)
    lowering.rewritten.add(at)
    lowering._chain(at, steps, after, task)
    return None


def _menu(lowering: _Lowering, at: NodeId, node: Node, room: Room | None, task: _Task) -> NodeId | None:
    pressed = [label for label in node.exits if label not in ("no_input", "invalid", "exhausted")]
    keys = sorted(pressed, key=lambda key: (not key.isdecimal(), len(key), key))
    kept = next((label for label in ("no_input", "exhausted", *keys) if label in node.exits), None)
    way = "nothing follows" if kept is None else f"callers go on as after {outcome_of(node, kept)}"
    lowering._drop("UC208", at, node, exit=kept or "no key at all", way=way)
    return None if kept is None else node.exits[kept]


def _schedule(lowering: _Lowering, at: NodeId, node: Node, room: Room | None, task: _Task) -> NodeId | None:
    assert isinstance(node, Schedule)
    open_for: dict[str, int] = {}
    for name, seconds in open_seconds(node.hours).items():
        label = OTHERWISE if name is None or name not in node.exits else name
        open_for[label] = open_for.get(label, 0) + seconds
    kept = max((label for label in node.exits if label in open_for), key=lambda label: open_for[label], default=OTHERWISE)
    way = f"in {outcome_of(node, kept)}, which is open longest" if kept != OTHERWISE else "at all other times, which is longest"
    lowering._drop("UC209", at, node, exit=kept, way=way)
    return node.exits.get(kept)


def _split(lowering: _Lowering, at: NodeId, node: Node, room: Room | None, task: _Task) -> NodeId | None:
    assert isinstance(node, Split)
    shares = [(label, share) for label, share in node.shares.items() if label in node.exits]
    if not lowering.holds.caller_patterns or len(shares) < 2:
        kept: str | None = max(shares, key=lambda pair: pair[1])[0] if shares else None
        lowering._drop("UC210", at, node, exit=kept or "of nobody")
        return None if kept is None else node.exits[kept]
    *first, (last, _) = node.shares.items()
    tests: list[tuple[str, NodeId | None]] = []
    low = 0.0
    for label, share in first:
        high = min(100.0, low + max(share, 0))
        if round(high) > round(low):
            tests.append((two_digits(round(low), round(high)), node.exits.get(label)))
        low = high
    for label in node.shares:
        lowering._lose("UC211", at, f"shares.{label}", exit=label, value=f"{node.shares[label]:.4g}")
    lowering.rewritten.add(at)
    lowering._tests(at, tests, node.exits.get(last), task)
    return None


def two_digits(low: int, high: int) -> str:
    """A regular expression for numbers whose last two digits are in ``range(low, high)``.

    >>> two_digits(5, 30)
    '(?:0[5-9]|[1-2][0-9])$'
    """
    parts: list[str] = []
    ten = low // 10
    while ten * 10 < high:
        first, last = max(low, ten * 10) % 10, min(high - 1, ten * 10 + 9) % 10
        until = ten
        while first == 0 and last == 9 and until * 10 + 20 <= high:
            until += 1
        tens = str(ten) if until == ten else f"[{ten}-{until}]"
        parts.append(f"{tens}[{first}-{last}]" if first != last else f"{tens}{first}")
        ten = until + 1
    return f"(?:{'|'.join(parts)})$"


def _region(lowering: _Lowering, at: NodeId, node: Node, room: Room | None, task: _Task) -> NodeId | None:
    assert isinstance(node, Region)
    known = [place for place in node.places if place.area_codes and place.name in node.exits]
    unknown = [label for label in node.exits if label != OTHERWISE and all(p.name != label for p in known)]
    rest = node.exits.get(OTHERWISE)
    for label in unknown:
        lowering._lose("UC212", at, exit=label, to=OTHERWISE, exit_of=label, way="they go")
    if not known or not lowering.holds.caller_patterns:
        lowering._drop("UC212", at, node, exit="which place", to=OTHERWISE, way="all go")
        return rest
    tests = []
    for place in known:
        codes = "|".join(place.area_codes)
        tests.append((rf"^\+?1?(?:{codes})", node.exits[place.name]))
        index = node.places.index(place)
        lowering._lose("UC213", at, f"places.{index}.area_codes", exit=place.name)
    lowering._lose("UC213", at, exit="a place", whole=True)
    lowering.rewritten.add(at)
    lowering._tests(at, tests, rest, task)
    return None


def _caller_match(lowering: _Lowering, at: NodeId, node: Node, room: Room | None, task: _Task) -> NodeId | None:
    lowering._drop("UC222", at, node, exit="no_match")
    return node.exits.get("no_match")


def _vendor_node(lowering: _Lowering, at: NodeId, node: Node, room: Room | None, task: _Task) -> NodeId | None:
    assert isinstance(node, VendorNode)
    lowering._drop("UC214", at, node)
    return None if node.passes is None else node.exits.get(node.passes)


_RULES: Mapping[type[Node], _Rule] = {
    Announce: _drop_heard,
    CallerMatch: _caller_match,
    Directory: _drop_destination,
    Hangup: _end,
    Menu: _menu,
    Pause: _drop_heard,
    Region: _region,
    Reject: _end,
    Ring: _ring,
    Schedule: _schedule,
    SetLanguage: _drop_heard,
    Split: _split,
    VendorNode: _vendor_node,
}
