"""Which places of two flows are followed by the same, and a fixed order of those that are not.

Places are sorted by what they say or ask, and then again and again by the sorts of the places that they lead to, until nothing
changes. Two places of one sort are followed by the same for every call, wherever a call comes to them from. Places of two sorts
need not differ: what is written in another way may be another sort.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from operator import attrgetter
from typing import TypeAlias

from attrs import Factory, define

from unicall.behave.asking import Asked
from unicall.behave.machine import (
    AsksCaller,
    AsksDraw,
    AsksKey,
    AsksList,
    AsksPlace,
    AsksTime,
    Ends,
    Goes,
    Machine,
    Move,
    Next,
    Opaque,
    Point,
    Say,
    Sounds,
    Takes,
    Way,
)
from unicall.behave.names import Names
from unicall.graph import NEXT, Subflow

MOST = 5_000  # places; beyond, all are of one sort
ROUNDS = 200  # steps that are looked ahead
FINE = 9  # digits of a share

#: A place of one flow, whoever ran that flow; or how a call ends, in the same words for both.
Place: TypeAlias = tuple[int, Point] | str
#: What is said or asked at a place, and where it leads; with shares, how many of the calls go each way.
Local: TypeAlias = tuple[str, list[Place], tuple[float, ...]]


@define
class Likeness:
    """The sorts of all places. ``effects``: what nobody notices makes a sort of its own, too."""

    asked: Asked
    names: Names
    effects: bool = False
    locals: dict[Place, Local] = Factory(dict)
    ranks: dict[Place, int] = Factory(dict)
    complete: bool = True

    @classmethod
    def of(cls, asked: Asked, names: Names, *, effects: bool = False) -> Likeness:
        """Sort the places of these flows."""
        found = cls(asked, names, effects)
        found.find()
        found.sort()
        return found

    @property
    def same(self) -> bool:
        """Whether every call meets the same in both flows, because they are the same step by step."""
        starts = [self.place(side, Way(machine.start)) for side, machine in enumerate(self.asked.machines)]
        return self.complete and len({self.ranks[start] for start in starts}) == 1

    def rank(self, side: int, way: Next) -> int:
        """The number of its sort, the same for both flows."""
        return self.ranks.get(self.place(side, way), -1)

    def place(self, side: int, way: Next) -> Place:
        """Where a way leads, past what nobody observes."""
        if not isinstance(way, Way):
            return f"opaque {way.like}" if isinstance(way, Opaque) else f"end {way.end}"
        machine, seen = self.asked.machines[side], set[Point]()
        point = way.point._replace(back=())
        while point.node is not None and point not in seen:
            seen.add(point)
            move = machine.move(point)
            silent = isinstance(move, Say) and move.silent and not self.effects
            if not (silent or isinstance(move, Goes)) or self.runs(machine, point):
                break
            point = move.then.point  # type: ignore[union-attr]
        return "over" if point.node is None else (side, point)

    @staticmethod
    def runs(machine: Machine, point: Point) -> bool:
        """Whether another flow is run here."""
        return point.node is not None and isinstance(machine.node((point.flow, point.node)), Subflow)

    def find(self) -> None:
        """All places from the starts on."""
        todo = [self.place(side, Way(machine.start)) for side, machine in enumerate(self.asked.machines)]
        for place in todo:
            if place in self.locals:
                continue
            if len(self.locals) > MOST:
                self.complete = False
                return
            self.locals[place] = (place, [], ()) if isinstance(place, str) else self.local(*place)
            todo.extend(self.locals[place][1])

    def local(self, side: int, point: Point) -> Local:
        machine = self.asked.machines[side]
        move = machine.move(point)
        if self.runs(machine, point) and isinstance(move, Goes):
            node = machine.node((point.flow, point.node or ""))
            back = [Way(Point(point.flow, node.exits[NEXT]))] if NEXT in node.exits else []
            return f"runs {len(back)}", [self.place(side, way) for way in (move.then, *back)], ()
        bounds = (0.0, *move.bounds) if isinstance(move, AsksDraw) else ()
        shares = tuple(high - low for low, high in pairwise(bounds))
        return self.said(side, move), [self.place(side, way) for way in self.ways(move)], shares

    def said(self, side: int, move: Move) -> str:
        """What is observed here, in words that are the same for both flows."""
        match move:
            case Say(step, named, _, silent, aside):
                return f"say {step.kind} {self.whole(side, step.what, bool(named))} {step.seconds} {silent} {aside}"
            case Sounds(step, _, targets, confirms, _, deciding, spans):
                presses = {self.name(side, name) for name in confirms}
                mine = sorted((one._replace(name=self.name(side, one.name)) for one in spans), key=attrgetter("order"))
                each = [(*one, one.name in presses) for one in mine]
                return f"ring {step.what} {step.seconds} {sorted(self.name(side, one) for one in targets)} {deciding} {each!r}"
            case Takes(step, named, name, end, _, aside):
                return f"take {end} {self.whole(side, step.what, bool(named))} {self.name(side, name)} {aside}"
            case AsksTime():
                return f"time {self.asked.times.ways(move)}"
            case AsksCaller(pattern):
                return f"caller {self.asked.callers.masks[pattern]}"
            case AsksPlace(places, area_codes):
                return f"place {places} {area_codes}"
            case AsksList(name):
                return f"list {self.name(side, name)}"
            case Opaque(like=like, ways=ways):
                return f"opaque {like} {sorted(ways)}"
            case Ends(end):
                return f"end {end}"
        return type(move).__name__

    def whole(self, side: int, what: str, named: bool) -> str:
        return self.name(side, what) if named else what

    def name(self, side: int, name: str) -> str:
        """The name on the left of what is called so on this side."""
        if side == 0 or name in self.names.back:
            return self.names.mine(name, side)
        return f"right {name}" if name in self.names.bound else name

    def ways(self, move: Move) -> Iterator[Next]:
        match move:
            case Say(then=then) | Goes(then):
                yield then
            case Sounds(after=after):
                yield from (after[outcome] for outcome in sorted(after))
            case Takes(otherwise=otherwise):
                yield otherwise
            case AsksKey(press):
                yield from (press(key) for key in self.asked.keys)
            case AsksTime(ways=ways) | AsksPlace(ways=ways) | AsksDraw(ways=ways):
                yield from ways
            case AsksCaller(match=match, no_match=no_match) | AsksList(match=match, no_match=no_match):
                yield from (match, no_match)
            case Opaque(ways=ways):
                yield from (ways[label] for label in sorted(ways))

    def sort(self) -> None:
        """Number the sorts; those that were apart stay apart, in their order."""
        keys: dict[Place, tuple[object, ...]] = {place: (local[0],) for place, local in self.locals.items()}
        count = 0
        for _ in range(ROUNDS):
            numbers = {key: number for number, key in enumerate(sorted(set(keys.values())))}
            self.ranks = {place: numbers[key] for place, key in keys.items()}
            if len(numbers) == count:
                return
            count = len(numbers)
            keys = {place: (self.ranks[place], self.onward(local)) for place, local in self.locals.items()}
        self.complete = False

    def onward(self, local: Local) -> tuple[object, ...]:
        ranks = [self.ranks.get(to, -1) for to in local[1]]
        if not local[2]:
            return tuple(ranks)
        shares: dict[int, float] = {}
        for rank, share in zip(ranks, local[2], strict=True):
            shares[rank] = shares.get(rank, 0.0) + share
        return tuple((rank, round(share, FINE)) for rank, share in sorted(shares.items()) if round(share, FINE))
