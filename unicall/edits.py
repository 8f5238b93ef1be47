"""What was edited between two readings of a document: which node is which, and which facts differ.

Nodes have no names of their own in any carrier's document, so that they are found again by what they say: first where they
stand, then what stands behind them, at last anywhere. What is found nowhere is new, or gone.

What surprises people: a fact that the server filled in with what it does anyhow is no edit, and neither is the order of keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from attrs import Factory, define

from unicall.adapter import Adapter
from unicall.graph import Flow, Node, NodeId, Ring, text_of, walk
from unicall.ledger import equal, flat, names_of, pattern_of
from unicall.wire import MISSING, brief, leaves, same

FAR = 400  # nodes looked at behind one that does not fit, before it counts as another
LONG = 40  # steps of two chains that are laid side by side


@define
class Side:
    """One reading: its nodes, what they say without what goes without saying, and what is behind them."""

    flow: Flow
    adapter: Adapter
    facts: dict[NodeId, dict[str, Any]] = Factory(dict)
    own: dict[NodeId, str] = Factory(dict)
    who: dict[NodeId, str] = Factory(dict)
    tree: dict[NodeId, int] = Factory(dict)

    @classmethod
    def of(cls, flow: Flow, adapter: Adapter, known: dict[Any, int]) -> Side:
        """With a number for each tree of nodes; equal trees of both sides share it through ``known``."""
        side = cls(flow, adapter)
        for at, node in walk(flow):
            side.facts[at] = said(node, adapter)
            facts = sorted((path, canonical(path, fact)) for path, fact in side.facts[at].items())
            side.own[at] = f"{type(node).__name__} {facts!r}"
            if isinstance(node, Ring) and node.targets:
                side.who[at] = repr(sorted(text_of(one.target) for one in node.targets))
        side._number(known)
        return side

    def sayings(self, nodes: Iterable[NodeId]) -> set[str]:
        """What these nodes say, and whom they ring."""
        return {saying for at in nodes for saying in (self.own[at], self.who.get(at)) if saying is not None}

    def marks(self, at: NodeId) -> tuple[set[object], set[object]]:
        """What tells a node from others of its kind: its facts, and what its vendor keeps with it, ids above all."""
        kept = list(leaves(self.flow.nodes[at].extras.get(self.adapter.name)))
        facts: set[object] = {(path, canonical(path, fact)) for path, fact in self.facts[at].items()}
        return facts, {path for path, _ in kept} | {(path, brief(leaf)) for path, leaf in kept}

    def _number(self, known: dict[Any, int]) -> None:
        todo = [] if self.flow.start is None else [(self.flow.start, False)]
        while todo:
            at, done = todo.pop()
            if done:
                exits = ((label, self.tree.get(to, self.own[to])) for label, to in self.flow.nodes[at].exits.items())
                self.tree[at] = known.setdefault((self.own[at], tuple(sorted(exits, key=str))), len(known))
            elif at not in self.tree:
                self.tree[at] = -1
                todo.append((at, True))
                todo.extend((to, False) for to in self.flow.nodes[at].exits.values() if to not in self.tree)


def above(flow: Flow, nodes: Iterable[NodeId]) -> set[NodeId]:
    """Every node from which one of these can be reached."""
    into: dict[NodeId, list[NodeId]] = {}
    for at, node in flow.nodes.items():
        for to in node.exits.values():
            into.setdefault(to, []).append(at)
    seen: set[NodeId] = set()
    todo = list(nodes)
    while todo:
        for at in into.get(todo.pop(), ()):
            if at not in seen:
                seen.add(at)
                todo.append(at)
    return seen


def said(node: Node, adapter: Adapter) -> dict[str, Any]:
    """The facts of a node by path, without those that its carrier assumes where nothing is said."""
    defaults, kind = adapter.defaults, type(node)
    return {path: fact for path, fact in flat(node).items() if not equal(defaults.get((kind, pattern_of(path)), MISSING), fact)}


_FREE = ("data", "values")  # JSON of the vendor's own, in which the order of keys says nothing: that of shares does


def canonical(path: str, fact: Any) -> str:
    """A fact as text that is the same wherever the fact is."""
    return json.dumps(fact, sort_keys=True) if path in _FREE else repr(fact)


def unchanged(path: str, before: Any, after: Any) -> bool:
    """Whether a fact says the same."""
    return same(before, after) if path in _FREE else equal(before, after)


@define
class Matching:
    """Which node of the document in hand (``there``) is which of the one that was written (``here``)."""

    here: Side
    there: Side
    partner: dict[NodeId, NodeId] = Factory(dict)  # there to here
    found: dict[NodeId, NodeId] = Factory(dict)  # here to there
    alike: dict[tuple[NodeId, NodeId], int] = Factory(dict)

    @classmethod
    def of(cls, before: Flow, after: Flow, adapter: Adapter) -> Matching:
        """Match the nodes of two readings by the same adapter."""
        known: dict[Any, int] = {}
        matching = cls(Side.of(before, adapter, known), Side.of(after, adapter, known))
        if before.start is not None and after.start is not None:
            matching._align(before.start, after.start)
            matching._find_moved()
        return matching

    def _align(self, here: NodeId, there: NodeId) -> None:
        todo = [(here, there)]
        while todo:
            a, b = todo.pop()
            if a in self.found or b in self.partner:
                continue
            pair = self._same_node(a, b)
            if pair is None:
                continue
            self.found[pair[0]], self.partner[pair[1]] = pair[1], pair[0]
            todo.extend(reversed(list(self._children(*pair))))

    def _same_node(self, a: NodeId, b: NodeId) -> tuple[NodeId, NodeId] | None:
        """These two, or one of them and the nearest one like it behind the other: something was put between, or taken out."""
        kind = type(self.here.flow.nodes[a]) is type(self.there.flow.nodes[b])
        if self.here.own[a] == self.there.own[b] or (kind and self._behind(self.here, a) == self._behind(self.there, b)):
            return a, b
        found = self._beside(a, b, "own") or self._beside(a, b, "who")
        return found or (self._most_alike(a, b) if kind else self._behind_another_kind(a, b))

    def _behind_another_kind(self, a: NodeId, b: NodeId) -> tuple[NodeId, NodeId] | None:
        """One of these two and the next of its kind behind the other that is not known itself: one came before it, or went."""
        left, right = _chain(self.here, a, self.found), _chain(self.there, b, self.partner)
        old, new = self.here.sayings(left), self.there.sayings(right)
        put_between = (
            (right.index(one), (a, one)) for one in right if self._likeness(a, one) and not self.there.sayings([one]) & old
        )
        taken_out = ((left.index(one), (one, b)) for one in left if self._likeness(one, b) and not self.here.sayings([one]) & new)
        nearest = [found for found in (next(put_between, None), next(taken_out, None)) if found is not None]
        return min(nearest, key=lambda found: found[0])[1] if nearest else None

    def _beside(self, a: NodeId, b: NodeId, key: str) -> tuple[NodeId, NodeId] | None:
        """One of these two and the nearest one behind the other that says the same, or rings the same."""
        here, there = getattr(self.here, key), getattr(self.there, key)
        if key == "who" and (here.get(a) == there.get(b) or a not in here or b not in there):
            return None
        put_between = _nearest(self.there, b, there, here[a], self.here.tree[a], self.partner)
        taken_out = _nearest(self.here, a, here, there[b], self.there.tree[b], self.found)
        if put_between is not None and (taken_out is None or put_between[0] <= taken_out[0]):
            return (a, put_between[1])
        return None if taken_out is None else (taken_out[1], b)

    def _most_alike(self, a: NodeId, b: NodeId) -> tuple[NodeId, NodeId]:
        """These two, unless all that follows fits together better without one of them: a step came or went, and another changed."""
        left, right = _chain(self.here, a, self.found), _chain(self.there, b, self.partner)
        best = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
        for i, j in product(reversed(range(len(left))), reversed(range(len(right)))):
            together = self._likeness(left[i], right[j]) + best[i + 1][j + 1]
            best[i][j] = max(together, best[i + 1][j], best[i][j + 1])
        i = j = 0
        while self._likeness(left[i], right[j]) + best[i + 1][j + 1] < best[i][j]:
            i, j = (i + 1, j) if best[i + 1][j] == best[i][j] else (i, j + 1)
        return (left[i], b) if j == 0 else (a, right[j]) if i == 0 else (a, b)

    def _likeness(self, a: NodeId, b: NodeId) -> int:
        """How much two nodes have in common, in percent of what they say and of what they keep; 0 where they are of two kinds."""
        if (a, b) not in self.alike:
            kind = type(self.here.flow.nodes[a]) is type(self.there.flow.nodes[b])
            self.alike[a, b] = sum(map(_share, self.here.marks(a), self.there.marks(b))) if kind else 0
        return self.alike[a, b]

    def _behind(self, side: Side, at: NodeId) -> list[tuple[str, int]]:
        return sorted((label, side.tree[to]) for label, to in side.flow.nodes[at].exits.items())

    def _children(self, a: NodeId, b: NodeId) -> Iterator[tuple[NodeId, NodeId]]:
        """What stands behind the exits of these two: the same behind the same exit first, then the same behind another."""
        left, right = self.here.flow.nodes[a].exits, self.there.flow.nodes[b].exits
        spelled = self.labels(a, b)
        open_left = dict(left)
        open_right = dict(right)

        def take(here: str, there: str) -> tuple[NodeId, NodeId]:
            return open_left.pop(here), open_right.pop(there)

        for label in left:
            there = spelled.get(label, label)
            if there in open_right and self.here.tree[left[label]] == self.there.tree[right[there]]:
                yield take(label, there)
        for label in list(open_left):
            tree = self.here.tree[left[label]]
            moved = next((other for other, to in open_right.items() if self.there.tree[to] == tree), None)
            if moved is not None:
                yield take(label, moved)
        for label in list(open_left):
            if spelled.get(label, label) in open_right:
                yield take(label, spelled.get(label, label))
        yield from ((left[label], right[other]) for label, other in self._leftover(open_left, open_right))

    def _leftover(self, left: dict[str, NodeId], right: dict[str, NodeId]) -> Iterator[tuple[str, str]]:
        """Exits that lead to the same node with something else behind it, then those to nodes of one kind, where it is but one."""
        for label, to in list(left.items()):
            like = next((other for other, now in right.items() if self.there.own[now] == self.here.own[to]), None)
            if like is not None:
                del left[label], right[like]
                yield label, like
        kinds = [{type(side.flow.nodes[to]) for to in exits.values()} for side, exits in ((self.here, left), (self.there, right))]
        if len(left) == len(right) == 1 and kinds[0] == kinds[1]:
            yield next(iter(left)), next(iter(right))

    def labels(self, a: NodeId, b: NodeId) -> Mapping[str, str]:
        """How the exits of the first are called at the second, where they are called otherwise: names of hours, shares, places."""
        left, right = self.here.flow.nodes[a], self.there.flow.nodes[b]
        if left.exits.keys() == right.exits.keys():
            return {}
        old, new = names_of(left), names_of(right)
        gone, come = [name for name in old if name not in new], [name for name in new if name not in old]
        found: dict[str, str] = {}
        for name in gone:
            to = left.exits.get(name)
            same_way = (one for one in come if to is not None and self.partner.get(right.exits.get(one, "")) == to)
            if (other := next((one for one in same_way if one not in found.values()), None)) is not None:
                found[name] = other
        gone, come = [name for name in gone if name not in found], [name for name in come if name not in found.values()]
        return found | (dict(zip(gone, come, strict=True)) if len(gone) == len(come) else {})

    def _find_moved(self) -> None:
        """Nodes that stand elsewhere now: those with all that is behind them first, then by what they say, then whom they ring."""
        for key in ("tree", "own", "who"):
            free: dict[Any, list[NodeId]] = {}
            for at, value in getattr(self.here, key).items():
                if at not in self.found:
                    free.setdefault(value, []).append(at)
            for at, value in getattr(self.there, key).items():
                if at not in self.partner and free.get(value):
                    self._align(free[value].pop(0), at)


def _nearest(
    side: Side, start: NodeId, said: Mapping[NodeId, str], own: str, tree: int, taken: Mapping[NodeId, NodeId]
) -> tuple[int, NodeId] | None:
    """The nearest node behind this one that says the same; one that has the same behind it counts as nearer."""
    level, depth, seen = [start], 0, {start}
    while level and len(seen) < FAR:
        depth += 1
        behind = dict.fromkeys(to for at in level for to in side.flow.nodes[at].exits.values())
        level = [at for at in behind if at not in seen]
        seen.update(level)
        alike = [at for at in level if at not in taken and said.get(at) == own]
        if alike:
            return depth, next((at for at in alike if side.tree[at] == tree), alike[0])
    return None


def _chain(side: Side, start: NodeId, taken: Mapping[NodeId, NodeId]) -> list[NodeId]:
    """A node and those that follow it where nothing is chosen, as far as they are looked at."""
    chain = [start]
    while len(chain) < LONG and len(exits := side.flow.nodes[chain[-1]].exits) == 1:
        (to,) = exits.values()
        if to in taken or to in chain:
            break
        chain.append(to)
    return chain


def _share(one: set[object], other: set[object]) -> int:
    return round(100 * len(one & other) / len(one | other)) if one | other else 100
