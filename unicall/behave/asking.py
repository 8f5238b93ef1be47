"""What calls can be asked for in one or two flows: in which classes, and from which place on still.

Two moments, callers or keys that no flow tells apart are one class. What cannot be asked from a place on does not matter there
any more, so that a walk may forget it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import TypeAlias

from attrs import Factory, frozen

from unicall.behave import callers, times
from unicall.behave.machine import (
    AsksCaller,
    AsksDraw,
    AsksKey,
    AsksList,
    AsksPlace,
    AsksTime,
    Ends,
    Machine,
    Move,
    Opaque,
    Point,
    Say,
    Sounds,
    Takes,
)
from unicall.graph import Flow, Ring, Subflow

_PAD = frozenset("0123456789*#ABCD")  # what telephones can send (RFC 4733)
SORTS = 256  # sorts of moments; telling more of them apart costs more than it spares
KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "0", None, "*", "#", "00", "99")

Key: TypeAlias = str | None
#: Hours in a zone.
InZone: TypeAlias = times.Asked
#: A node, by the number of its flow and its own id.
Place: TypeAlias = tuple[int, str]
#: Where one flow stands: at a point, or at something that is no node's next move (a dead end behind a key).
Stand: TypeAlias = Point | Ends | Opaque


@frozen(slots=False, eq=False)
class Asked:
    """All that these flows ask of a call, as classes; of calls from ``since`` on, where it is given.

    ``loose``: among them callers whom nobody is; see :func:`~unicall.behave.callers.classes_of`.
    """

    machines: tuple[Machine, ...]
    since: datetime | None = None
    loose: bool = False
    _sorts: dict[int, tuple[int, ...] | None] = Factory(dict)
    _settled: dict[tuple[int, int], int] = Factory(dict)

    @property
    def size(self) -> int:
        """How many nodes the larger of the flows has."""
        return max(sum(1 for _ in machine.places()) for machine in self.machines)

    @property
    def remembers(self) -> bool:
        """Whether anybody can be rung, or asked to take a call, for a second time."""
        return bool(self.below[0].bits)

    @cached_property
    def all_moves(self) -> tuple[tuple[Move, ...], ...]:
        """Per machine, what its nodes ask for."""
        return tuple(tuple(move for place, _ in machine.places() for move in machine.moves_of(place)) for machine in self.machines)

    @cached_property
    def times(self) -> times.Times:
        """The classes of moments."""
        return times.classes_of(self.hours, self.since)

    @cached_property
    def hours(self) -> tuple[InZone, ...]:
        """What the schedules ask."""
        return tuple((move.timezone, move.hours) for moves in self.all_moves for move in moves if isinstance(move, AsksTime))

    @cached_property
    def callers(self) -> callers.Callers:
        """The classes of callers."""
        moves = [move for moves in self.all_moves for move in moves]
        asked = [move.pattern for move in moves if isinstance(move, AsksCaller)]
        codes = [callers.pattern_of(code) for move in moves if isinstance(move, AsksPlace) for code in move.area_codes if code]
        return callers.classes_of([*asked, *codes], loose=self.loose)

    @cached_property
    def places(self) -> tuple[str, ...]:
        """The names of places, and one of none of them, where some Region does not know the area codes of its places.

        Where all know them the caller's number alone says where they are.
        """
        asked = [move for moves in self.all_moves for move in moves if isinstance(move, AsksPlace)]
        if all(move.by_caller for move in asked):
            return ()
        return (*dict.fromkeys(name for move in asked for names in move.places for name in names), "elsewhere")

    @cached_property
    def by_caller(self) -> bool:
        """Whether the caller's number says anywhere where they are."""
        return any(move.by_caller for moves in self.all_moves for move in moves if isinstance(move, AsksPlace))

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """Every key that can make a difference, the plainest first, and silence."""
        asks = [move for moves in self.all_moves for move in moves if isinstance(move, AsksKey)]
        labels = [label for move in asks for label in (*move.labels, *move.pins) if label and set(label) <= _PAD]
        if len({move.digits for move in asks}) > 1:
            labels += [label * 2 for label in labels if len(label) == 1]
        return (*sorted(dict.fromkeys(labels), key=lambda key: (len(key), key)), *(key for key in KEYS if key not in labels))

    @cached_property
    def taking(self) -> frozenset[str]:
        """The names of what takes calls."""
        return frozenset(move.name for moves in self.all_moves for move in moves if isinstance(move, Takes))

    @cached_property
    def rung(self) -> frozenset[str]:
        """The names of those who can ring."""
        return frozenset(name for moves in self.all_moves for move in moves if isinstance(move, Sounds) for name in move.targets)

    @cached_property
    def confirming(self) -> frozenset[str]:
        """The names of those who have to press a key anywhere before they have a call."""
        return frozenset(name for moves in self.all_moves for move in moves if isinstance(move, Sounds) for name in move.confirms)

    @cached_property
    def says_nothing(self) -> bool:
        """Whether the second of two flows comes to where its carrier does not say what happens."""
        moves = self.all_moves[1] if len(self.machines) > 1 else ()
        return any(
            move.empty
            if isinstance(move, Opaque)
            else isinstance(move, AsksKey) and any(isinstance(move.press(key), Ends) for key in self.keys)
            for move in moves
        )

    @cached_property
    def below(self) -> tuple[Below, ...]:
        """What can still be asked, per flow."""
        bits: dict[str, int] = {}
        for machine, moves in zip(self.machines, self.all_moves, strict=True):
            again = machine.circular or self._repeats(machine)
            seen: set[str] = set()
            for name in (name for move in moves for name in names_of(move)):
                if again or name in seen:
                    bits.setdefault(name, Below.NAMES << len(bits))
                seen.add(name)
        hours = {asked: Below.NAMES << len(bits) + number for number, asked in enumerate(self.times.masks)}
        return tuple(Below(machine, bits, hours) for machine in self.machines)

    def settled(self, moments: int, below: int) -> int:
        """All classes of moments that are like these to what can still be asked below, where there are not too many sorts."""
        hours = below & self._hours
        found = self._settled.get((moments, hours))
        if found is None:
            sorts = self._alike(hours)
            found = moments if sorts is None else sum(alike for alike in sorts if alike & moments)
            self._settled[moments, hours] = found
        return found

    @cached_property
    def _hours(self) -> int:
        return sum(self.below[0].hours.values())

    def _alike(self, hours: int) -> tuple[int, ...] | None:
        if hours not in self._sorts:
            bits = enumerate(self.below[0].hours.values())
            self._sorts[hours] = self.times.alike([number for number, bit in bits if bit & hours], SORTS)
        return self._sorts[hours]

    @staticmethod
    def _repeats(machine: Machine) -> bool:
        return any(isinstance(node, Ring) and node.repeats > 1 for _, node in machine.places())


class Below:
    """What calls can still be asked from a place on, as bits: caller, place, key, draw, each name that is asked twice, hours."""

    CALLER, PLACE, KEY, DRAW, NAMES = 1, 2, 4, 8, 16

    def __init__(self, machine: Machine, bits: Mapping[str, int], hours: Mapping[InZone, int]) -> None:
        self.machine = machine
        self.bits = bits
        self.hours = hours
        self.own: dict[tuple[int, str], int] = {}
        self.found: dict[tuple[int, str], int] = {}
        self.near: dict[Point, frozenset[Place]] = {}
        self.edges: dict[Place, list[Place]] = {}
        edges = self.edges
        for place, node in machine.places():
            edges[place] = [(place[0], to) for to in node.exits.values()]
            self.own[place] = 0
            for move in machine.moves_of(place):
                self.own[place] |= self.asks(move)
            if isinstance(node, Subflow) and node.flow is not None:
                entry = machine.entry_of(node.flow.id)
                if entry is not None and entry.node is not None:
                    edges[place].append((entry.flow, entry.node))
        self.spread(edges)

    def asks(self, move: Move) -> int:
        match move:
            case AsksTime(timezone, hours):
                return self.hours[timezone, hours]
            case AsksCaller():
                return self.CALLER
            case AsksPlace():
                return self.PLACE | (self.CALLER if move.by_caller else 0)
            case AsksKey():
                return self.KEY
            case AsksDraw():
                return self.DRAW
            case Sounds(targets=targets):
                return sum({self.bits.get(name, 0) for name in targets})
            case Takes(name=name) | AsksList(name=name):
                return self.bits.get(name, 0)
        return 0

    def spread(self, edges: Mapping[tuple[int, str], list[tuple[int, str]]]) -> None:
        """Carry what is asked back along all edges until nothing is new."""
        into: dict[tuple[int, str], list[tuple[int, str]]] = {place: [] for place in edges}
        for place, targets in edges.items():
            for target in targets:
                into[target].append(place)
        self.found = dict(self.own)
        todo = deque(reversed(list(edges)))
        while todo:
            place = todo.popleft()
            for before in into[place]:
                more = self.found[before] | self.found[place]
                if more != self.found[before]:
                    self.found[before] = more
                    todo.append(before)

    def leads_to(self, stand: Stand, place: Place) -> bool:
        """Whether a call can come from here to this place and meet nothing on the way, as far as that is plain."""
        if not isinstance(stand, Point):
            return False
        if stand not in self.near:
            self.near[stand] = self.before_a_word(stand)
        return place in self.near[stand]

    def before_a_word(self, stand: Point) -> frozenset[Place]:
        """Here, and all places up to those that say something."""
        here = [] if stand.node is None else [(stand.flow, stand.node)]
        if _speaks(self.machine.move(stand)):
            return frozenset(here)
        seen = dict.fromkeys([*here, *stand.back])
        todo = [to for place in seen for to in self.edges[place]]
        for place in todo:
            if place not in seen:
                seen[place] = None
                todo += () if _speaks(self.machine.move(Point(*place))) else self.edges[place]
        return frozenset(seen)

    def of(self, stand: Stand) -> int:
        """What can be asked from here on."""
        if not isinstance(stand, Point):
            return -1 if isinstance(stand, Opaque) else 0
        bits = 0 if stand.node is None else self.found[stand.flow, stand.node]
        for flow, node in stand.back:
            bits |= self.found[flow, node]
        return bits


def _speaks(move: Move) -> bool:
    """Whether somebody notices this move."""
    return not move.silent if isinstance(move, Say) else isinstance(move, (Sounds, Takes, Opaque, Ends))


def names_of(move: Move) -> tuple[str, ...]:
    return move.targets if isinstance(move, Sounds) else (move.name,) if isinstance(move, (Takes, AsksList)) else ()


def names_in(flow: Flow) -> frozenset[str]:
    """All who can be rung in a flow, what takes calls there, and the lists that are asked for."""
    machine = Machine(flow)
    return frozenset(name for place, _ in machine.places() for move in machine.moves_of(place) for name in names_of(move))
