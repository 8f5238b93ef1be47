"""All calls at once: one or two flows, walked together over classes of what a call can bring.

A :class:`Spot` is where all flows stand, with what is already settled about the call as far as it can matter again: the classes of
its moment and caller, who does not answer, the keys that one flow has taken and the other not. At a spot that asks something the
walk goes every way that a call can; in between it compares, step by step, what the flows let a call meet. Spots that are alike
are walked once, so loops end, and the shortest way to each spot is the first.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import cached_property
from itertools import pairwise, product
from typing import NamedTuple, TypeAlias

from attrs import Factory, define, frozen

from unicall.adapter import NEW
from unicall.behave import callers, times
from unicall.behave.calls import Call
from unicall.behave.machine import (
    FAILURES,
    FIRST_TURNS,
    AsksCaller,
    AsksDraw,
    AsksKey,
    AsksList,
    AsksPlace,
    AsksTime,
    Ends,
    Exit,
    Goes,
    Machine,
    Move,
    Named,
    Next,
    Opaque,
    Point,
    Say,
    Sounds,
    Takes,
    Way,
)
from unicall.behave.running import place_of, share_of
from unicall.graph import Menu, NodeId, Reference, Ring, Subflow, text_of

MOST = 100_000  # spots; a walk that needs more is not complete, and says so
AHEAD = 8  # keys or draws that one flow may take in silence before the other
FINEST = 1e-9  # parts of a draw that are smaller are the rounding of sums
TWICE = 2  # how often the same effect counts, with no step in between
ROUNDS = 3  # how often it may come by the same place with them, while the other stands
_PAD = frozenset("0123456789*#ABCD")  # what telephones can send (RFC 4733)
KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "0", None, "*", "#", "00", "99")
UNANSWERED = frozenset(FAILURES)
ANSWERED = frozenset({"answered"})
REFUSED = frozenset({"no_answer"})  # of what takes calls unless somebody says that it does not

Key: TypeAlias = str | None
#: Where one flow stands: at a point, or at something that is no node's next move (a dead end behind a key).
Stand: TypeAlias = Point | Ends | Opaque
Piece: TypeAlias = tuple[Mapping[str, frozenset[str]], Next]
Silent = (AsksKey, AsksTime, AsksCaller, AsksList, AsksPlace, AsksDraw)


@frozen
class Choice:
    """What a call brings at one spot. ``lag``: how many keys or draws the flow that takes it is behind; 0 for the next new one."""

    times: int | None = None
    callers: int | None = None
    place: str | None = None
    keys: tuple[Key, ...] = ()
    draws: tuple[float, float] | None = None
    lag: int = 0
    answers: Mapping[str, frozenset[str]] = Factory(dict)
    leaves: str | None = None


class Known(NamedTuple):
    """What is settled about a call, as far as it matters again."""

    times: int
    callers: int
    place: str | None = None
    placed: bool = False
    keys: tuple[tuple[Key, ...], ...] = ()
    draws: tuple[tuple[float, float], ...] = ()
    behind: int = 0  # which flow has not yet taken those keys and draws
    behind_draws: int = 0
    answers: tuple[tuple[str, frozenset[str]], ...] = ()
    keys_over: bool = False  # nothing is pressed any more
    draws_over: bool = False  # and the middle is drawn


class Spot(NamedTuple):
    """Where the flows stand, what is known, and what the flows did in silence since the last step that was the same."""

    stands: tuple[Stand, ...]
    known: Known
    effects: tuple[tuple[str, ...], ...]


@frozen
class Differs:
    """What the flows let a call meet here is not the same. ``choice``: what the call has to bring for it."""

    moves: tuple[Move, ...]
    choice: Choice = Choice()


@frozen
class Unjudged:
    """Nobody can say whether what follows is the same. ``unspecified``: because the first flow does not say what happens.

    Where the second does not say it, that is a difference if the first lets the call meet something, other than the menu again.
    """

    moves: tuple[Move, ...]
    unspecified: bool = False


@define
class Visited:
    """A spot, how the walk first came to it, and what became of it."""

    spot: Spot
    came: int | None
    choice: Choice | None
    taken: tuple[tuple[Exit, ...], ...] = ()
    spoke: bool = False  # the flows said something here before they asked
    found: Differs | Unjudged | None = None
    nodes: frozenset[tuple[int, str]] = frozenset()
    run: list[list[Exit]] = Factory(list)
    onward: list[tuple[Choice, int, tuple[tuple[Exit, ...], ...]]] = Factory(list)


@define
class Names:
    """Which name on the left is which on the right: the same, or one that unicall made for the other (``new:...``)."""

    bound: dict[str, str] = Factory(dict)
    back: dict[str, str] = Factory(dict)
    own: bool = False  # the flow's own box may be one that has a name

    def same(self, left: Named, right: Named) -> bool:
        """Whether both name the same things, in any order."""
        mine, yours = list(dict.fromkeys(map(text_of, left))), list(dict.fromkeys(map(text_of, right)))
        references = {text_of(one): one for one in (*left, *right) if isinstance(one, Reference)}
        made = {name for name, one in references.items() if one.id.startswith(NEW)}
        return self.match(mine, yours, made, references.keys())

    def match(self, mine: list[str], yours: list[str], made: Set[str], references: Set[str]) -> bool:
        """Match these names, those that are known first; names that were never met are matched in their order.

        A number or a text stands for itself alone; an id of one carrier may be one that was ``made`` at the other.
        """
        known = {name: self.bound[name] for name in mine if name in self.bound}
        rest = [name for name in yours if name not in known.values()]
        if not set(known.values()) <= set(yours) or any(name in self.back for name in rest):
            return False
        pairs = {name: name for name in mine if name not in known and name in rest}
        left = [name for name in mine if name not in known and name not in pairs]
        right = [name for name in rest if name not in pairs]
        if len(left) != len(right) or not references >= {*left, *right}:
            return False
        if not all(one in made or other in made for one, other in zip(left, right, strict=True)):
            return False
        pairs.update(zip(left, right, strict=True))
        self.bound.update(pairs)
        self.back.update((right, left) for left, right in pairs.items())
        return True

    def mine(self, name: str, side: int) -> str:
        """The name on the left of what is called so on this side."""
        return self.back.get(name, name) if side else name


class _Below:
    """What calls can still be asked from a place on, as bits: hour, caller, place, key, draw, each name that is asked twice."""

    TIME, CALLER, PLACE, KEY, DRAW, NAMES = 1, 2, 4, 8, 16, 32

    def __init__(self, machine: Machine, bits: Mapping[str, int]) -> None:
        self.machine = machine
        self.bits = bits
        self.own: dict[tuple[int, str], int] = {}
        self.found: dict[tuple[int, str], int] = {}
        edges: dict[tuple[int, str], list[tuple[int, str]]] = {}
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
            case AsksTime():
                return self.TIME
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

    def of(self, stand: Stand) -> int:
        """What can be asked from here on."""
        if not isinstance(stand, Point):
            return -1 if isinstance(stand, Opaque) else 0
        bits = 0 if stand.node is None else self.found[stand.flow, stand.node]
        for flow, node in stand.back:
            bits |= self.found[flow, node]
        return bits


def _names(move: Move) -> tuple[str, ...]:
    return move.targets if isinstance(move, Sounds) else (move.name,) if isinstance(move, (Takes, AsksList)) else ()


def explore(
    *machines: Machine,
    names: Mapping[str, str] | None = None,
    own: bool = False,
    passes: bool = True,
    most: int = MOST,
    loose: bool = False,
) -> Exploration:
    """Walk these flows, together where there are two. ``names``: what on the left is called what on the right.

    ``own``: the flow's own mailbox may be one that has a name. ``passes``: go on behind what nobody can judge, by each of its
    exits. ``most``: spots after which the walk is given up. ``loose``: who is rung may do this the first time and that the second,
    so that there are far fewer spots; then nothing that any call meets is missed, but some ways are those of no call.
    """
    bound = dict(names or {})
    walk = Exploration(machines, Names(bound, {right: left for left, right in bound.items()}, own), passes, most, loose)
    walk.run()
    return walk


@define(slots=False)
class Exploration:
    """A walk and what it found. ``complete`` False: it was given up, and nothing is said about what it did not see."""

    machines: tuple[Machine, ...]
    names: Names
    passes: bool = True
    most: int = MOST
    loose: bool = False
    visited: list[Visited] = Factory(list)
    effects: list[tuple[int, tuple[tuple[str, ...], ...]]] = Factory(list)
    complete: bool = True
    vague: set[NodeId] = Factory(set)  # nodes of the first flow whose time one of the two does not say
    _silent: list[tuple[int, int, int]] = Factory(list)  # from a spot to a spot, with nothing but one flow that asks; which flow
    _index: dict[Spot, int] = Factory(dict)
    _pressed: dict[tuple[AsksKey, Key], Next] = Factory(dict)

    # What the flows ask.

    @cached_property
    def all_moves(self) -> tuple[tuple[Move, ...], ...]:
        """Per machine, what its nodes ask for."""
        return tuple(tuple(move for place, _ in machine.places() for move in machine.moves_of(place)) for machine in self.machines)

    @cached_property
    def times(self) -> times.Times:
        """The classes of moments."""
        asked = [(move.timezone, move.hours) for moves in self.all_moves for move in moves if isinstance(move, AsksTime)]
        return times.classes_of(asked)

    @cached_property
    def callers(self) -> callers.Callers:
        """The classes of callers."""
        moves = [move for moves in self.all_moves for move in moves]
        asked = [move.pattern for move in moves if isinstance(move, AsksCaller)]
        codes = [callers.pattern_of(code) for move in moves if isinstance(move, AsksPlace) for code in move.area_codes if code]
        return callers.classes_of([*asked, *codes])

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
    def confirming(self) -> frozenset[str]:
        """The names of those who have to press a key anywhere before they have a call."""
        return frozenset(name for moves in self.all_moves for move in moves if isinstance(move, Sounds) for name in move.confirms)

    @cached_property
    def below(self) -> tuple[_Below, ...]:
        """What can still be asked, per flow."""
        bits: dict[str, int] = {}
        for machine, moves in zip(self.machines, self.all_moves, strict=True):
            again = machine.circular or self._repeats(machine)
            seen: set[str] = set()
            for name in (name for move in moves for name in _names(move)):
                if again or name in seen:
                    bits.setdefault(name, _Below.NAMES << len(bits))
                seen.add(name)
        return tuple(_Below(machine, bits) for machine in self.machines)

    @staticmethod
    def _repeats(machine: Machine) -> bool:
        return any(isinstance(node, Ring) and node.repeats > 1 for _, node in machine.places())

    # The walk.

    def run(self) -> None:
        """Go every way from the start, the nearest spots first."""
        self.complete = self.callers.complete
        stands: tuple[Stand, ...] = tuple(machine.start for machine in self.machines)
        known = Known(self.times.all, self.callers.all)
        self.visit(Spot(stands, known, ((),) * len(stands)), None, None, ())
        at = 0
        while at < len(self.visited):
            if len(self.visited) > self.most:
                self.complete = False
                return
            self.expand(at)
            at += 1
            if at == len(self.visited) and self._silent:
                self.end_rounds()

    def visit(self, spot: Spot, came: int | None, choice: Choice | None, taken: tuple[tuple[Exit, ...], ...]) -> int | None:
        """Note a spot, and the first way to it; None for one that is not gone to."""
        known = self.forget(spot)
        spot = spot if known is spot.known else spot._replace(known=known)
        if came is not None and (spot.known.keys or spot.known.draws) and self.goes_round(spot, came):
            side = spot.known.behind if spot.known.keys else spot.known.behind_draws
            self.complete = self.complete and self.is_opaque(side, spot.stands[side])
            return None
        found = self._index.get(spot)
        if found is None:
            found = self._index[spot] = len(self.visited)
            self.visited.append(Visited(spot, came, choice, taken))
        if came is not None and choice is not None:
            self.visited[came].onward.append((choice, found, taken))
        return found

    def goes_round(self, spot: Spot, came: int) -> bool:
        """Whether one flow takes keys or draws in silence, round and round, while the other stands."""
        rounds = 0
        before: int | None = came
        while before is not None:
            earlier = self.visited[before]
            if not (earlier.spot.known.keys or earlier.spot.known.draws):
                break
            rounds += earlier.spot.stands == spot.stands
            before = earlier.came
        return rounds >= ROUNDS or len(spot.known.keys) > AHEAD or len(spot.known.draws) > AHEAD

    def is_opaque(self, side: int, stand: Stand) -> bool:
        """Whether nobody can judge what this flow does next."""
        return isinstance(self.machines[side].move(stand) if isinstance(stand, Point) else stand, Opaque)

    def end_rounds(self) -> None:
        """A flow that asks round and round in silence, and nothing that it has not asked before, never says anything again."""
        for side in range(len(self.machines)):
            onward: dict[int, list[int]] = {}
            for at, who, to in self._silent:
                if who == side:
                    onward.setdefault(at, []).append(to)
            for at in list(onward):
                if at in _reached(onward, at):
                    spot = self.visited[at].spot
                    stands = list(spot.stands)
                    stands[side] = Ends("loop")
                    self.visit(spot._replace(stands=tuple(stands)), at, Choice(), ((),) * len(stands))

    def forget(self, spot: Spot) -> Known:
        """What is known without what cannot matter any more."""
        each = [below.of(stand) for below, stand in zip(self.below, spot.stands, strict=True)]
        bits = each[0] | each[-1]
        known = spot.known
        if not bits & _Below.TIME and known.times != self.times.all:
            known = known._replace(times=self.times.all)
        if not bits & _Below.CALLER and known.callers != self.callers.all:
            known = known._replace(callers=self.callers.all)
        if known.placed and not bits & _Below.PLACE:
            known = known._replace(place=None, placed=False)
        if known.keys and not each[known.behind] & _Below.KEY:
            known = known._replace(keys=(), behind=0)
        if known.draws and not each[known.behind_draws] & _Below.DRAW:
            known = known._replace(draws=(), behind_draws=0)
        if known.keys_over and not bits & _Below.KEY:
            known = known._replace(keys_over=False)
        if known.draws_over and not bits & _Below.DRAW:
            known = known._replace(draws_over=False)
        if known.answers:
            names = self.below[0].bits
            kept = tuple(
                (name, outcomes)
                for name, outcomes in known.answers
                if bits & self._bits_of(names, name) and not self.is_idle(name, outcomes)
            )
            known = known if kept == known.answers else known._replace(answers=kept)
        return known

    def is_idle(self, name: str, outcomes: frozenset[str]) -> bool:
        """Whether it makes no difference to know this. That somebody does not answer does not: a walk goes on only then."""
        both = {name, self.names.bound.get(name, name)}
        if both & self.taking:
            return outcomes == REFUSED
        if self.loose and outcomes <= UNANSWERED:
            return True
        return outcomes == UNANSWERED and not both & self.confirming

    def _bits_of(self, bits: Mapping[str, int], name: str) -> int:
        return bits.get(name, 0) | bits.get(self.names.bound.get(name, name), 0)

    def expand(self, at: int) -> None:
        """Go on from a spot until the call is asked for something, or the flows differ, or the call is over."""
        visited = self.visited[at]
        stands, known, effects = list(visited.spot.stands), visited.spot.known, [list(one) for one in visited.spot.effects]
        taken: list[list[Exit]] = [[] for _ in stands]
        visited.run = taken
        nodes: set[tuple[int, str]] = set()
        seen: set[tuple[Stand, ...]] = set()
        while True:
            moves = [self.settle(side, stands, effects, taken, nodes) for side in range(len(stands))]
            visited.nodes = frozenset(nodes)
            here = tuple(stands)
            if here in seen:
                return
            seen.add(here)
            asking = self.first_to_ask(moves, known)
            if asking is not None:
                self.ask(at, asking, moves, stands, known, effects, taken)
                return
            visited.found = self.differ(moves, stands)
            if visited.found is not None:
                return
            self.compare_effects(at, effects)
            effects = [[] for _ in stands]
            visited.spoke = True
            if not isinstance(moves[0], Say):
                self.branch(at, moves, stands, known, taken)
                return
            for side, move in enumerate(moves):
                assert isinstance(move, Say)
                self.follow(side, move.then, stands, taken)

    @staticmethod
    def first_to_ask(moves: list[Move], known: Known) -> int | None:
        """A flow that asks for what all flows ask alike, before one that takes a key or a draw; of those the one that is behind."""
        asking = [side for side, move in enumerate(moves) if isinstance(move, Silent)]
        taking = [side for side in asking if isinstance(moves[side], (AsksKey, AsksDraw))]
        late = [side for side in taking if _is_behind(moves[side], side, known)]
        return next(iter([side for side in asking if side not in taking] or late or taking), None)

    def settle(
        self,
        side: int,
        stands: list[Stand],
        effects: list[list[str]],
        taken: list[list[Exit]],
        nodes: set[tuple[int, str]],
    ) -> Move:
        """The next move of one flow that anybody observes or that asks for something."""
        seen: set[Stand] = set()
        while True:
            stand = stands[side]
            if not isinstance(stand, Point):
                return stand
            if stand in seen:
                stands[side] = Ends("loop", stand.node or "")
                continue
            seen.add(stand)
            move = self.machines[side].move(stand)
            if stand.node is not None:
                nodes.add((side, self.machines[side].name_of(stand)))
            if isinstance(move, Goes):
                self.follow(side, move.then, stands, taken)
            elif isinstance(move, Say) and move.silent:
                if effects[side].count(move.step.what) < TWICE:
                    effects[side].append(move.step.what)
                self.follow(side, move.then, stands, taken)
            else:
                return move

    @staticmethod
    def follow(side: int, way: Next, stands: list[Stand], taken: list[list[Exit]]) -> None:
        if isinstance(way, Way):
            stands[side] = way.point
            if way.taken is not None:
                taken[side].append(way.taken)
        else:
            stands[side] = way

    # Comparing.

    def differ(self, moves: list[Move], stands: list[Stand]) -> Differs | Unjudged | None:
        if len(moves) == 1:
            return None
        left, right = moves
        if isinstance(left, Opaque) and isinstance(right, Opaque) and left.like == right.like:
            return None
        if any(isinstance(move, Opaque) and not move.empty for move in moves):
            return Unjudged(tuple(moves))
        if _says_nothing(left):
            return None if _says_nothing(right) else Unjudged(tuple(moves), unspecified=True)
        if _says_nothing(right):
            again = isinstance(left, Say) and self.asks_again(stands[0])
            return Unjudged(tuple(moves)) if again or isinstance(left, Ends) else Differs(tuple(moves))
        return None if self.same(left, right) else Differs(tuple(moves))

    def asks_again(self, stand: Stand) -> bool:
        """Whether this is a menu that had no use for what was pressed."""
        if not isinstance(stand, Point) or stand.node is None or stand.turn < FIRST_TURNS:
            return False
        return isinstance(self.machines[0].node((stand.flow, stand.node)), Menu)

    def same(self, left: Move, right: Move) -> bool:
        if isinstance(left, Ends) and isinstance(right, Ends):
            return left.end == right.end
        if isinstance(left, Takes) and isinstance(right, Takes):
            said = left.end not in ("voicemail", "reject") or self.same_said(left, right)
            return left.end == right.end and said and self.same_name(left.name, right.name)
        if isinstance(left, Sounds) and isinstance(right, Sounds):
            return self.same_said(left, right) and self.same_spans(left, right)
        return isinstance(left, Say) and isinstance(right, Say) and self.same_said(left, right)

    def same_said(self, left: Say | Sounds | Takes, right: Say | Sounds | Takes) -> bool:
        mine, yours = left.step, right.step
        if mine.kind != yours.kind or (None not in (mine.seconds, yours.seconds) and mine.seconds != yours.seconds):
            return False
        self.vague |= {mine.node} if (mine.seconds is None) != (yours.seconds is None) else set()
        if left.named and right.named:
            return self.names.same(left.named, right.named)
        return not left.named and not right.named and mine.what == yours.what

    def same_spans(self, left: Sounds, right: Sounds) -> bool:
        """Whether each of several rings from the same moment to the same, and in a drawn order as often."""
        mine = {span.name: span for span in left.spans}
        yours = {self.names.mine(span.name, 1): span for span in right.spans}
        pairs = [(mine[name], yours[name]) for name in mine.keys() & yours.keys()]
        unsaid = any(None in (one.until, other.until) for one, other in pairs)
        return all(
            one.since == other.since and one.weight == other.weight and (unsaid or one.until == other.until) for one, other in pairs
        )

    def same_name(self, left: str, right: str) -> bool:
        """Whether the same box, queue or room takes the call. One that has no name is the flow's own, or was made for it."""
        made = {name for name in (left, right) if name.partition(":")[2].startswith(NEW) or (self.names.own and ":" not in name)}
        made |= {name for name in (left, right) if ":" not in name and any(":new:" in one for one in (left, right))}
        return self.names.match([left], [right], made, {left, right})

    def compare_effects(self, at: int, effects: list[list[str]]) -> None:
        if len(effects) == 2 and effects[0] != effects[1]:
            self.effects.append((at, tuple(map(tuple, effects))))

    # Branching where both do the same.

    def branch(self, at: int, moves: list[Move], stands: list[Stand], known: Known, taken: list[list[Exit]]) -> None:
        first = moves[0]
        if isinstance(first, Sounds):
            self.ring(at, moves, stands, known, taken)
        elif isinstance(first, Takes):
            ways: list[Next] = [move.otherwise for move in moves if isinstance(move, Takes)]
            if first.end != "reject":
                self.answer(at, [[({first.name: REFUSED}, way)] for way in ways], stands, known, taken)
        elif isinstance(first, Opaque) and self.passes:
            for label in first.ways:
                on: list[Next] = [move.ways[label] for move in moves if isinstance(move, Opaque) and label in move.ways]
                if len(on) == len(moves):
                    self.go(at, Choice(leaves=label), on, stands, known, taken)
            ways_out = [move.ways.keys() for move in moves if isinstance(move, Opaque)]
            other = sorted(ways_out[0] ^ ways_out[-1])
            if other:
                self.visited[at].found = Differs(tuple(moves), Choice(leaves=other[0]))

    def ring(self, at: int, moves: list[Move], stands: list[Stand], known: Known, taken: list[list[Exit]]) -> None:
        sounds = [move for move in moves if isinstance(move, Sounds)]
        answered = self.answering(sounds, known)
        if answered is not None:
            self.visited[at].found = answered
        pieces: list[list[Piece]] = [
            [({self.names.mine(name, side): part for name, part in piece.items()}, way) for piece, way in _failures(move)]
            for side, move in enumerate(sounds)
        ]
        self.answer(at, pieces, stands, known, taken)

    def answering(self, sounds: list[Sounds], known: Known) -> Differs | None:
        """Whether the same ones have to press a key before they have the call."""
        confirms = [{self.names.mine(name, side) for name in move.confirms} for side, move in enumerate(sounds)]
        known_not = {name for name, outcomes in known.answers if "answered" not in outcomes}
        other = sorted({name for names in confirms for name in names if not all(name in both for both in confirms)} - known_not)
        return Differs(tuple(sounds), Choice(answers={other[0]: ANSWERED})) if other else None

    def answer(
        self,
        at: int,
        pieces: Sequence[Sequence[Piece]],
        stands: list[Stand],
        known: Known,
        taken: list[list[Exit]],
    ) -> None:
        """Go on by each way that these outcomes allow, as far as they agree with what is known of those who are rung."""
        for together in product(*pieces):
            merged = _merged(dict(known.answers), [part for part, _ in together])
            if merged is not None:
                here = {name: merged[name] for part, _ in together for name in part}
                now = known._replace(answers=tuple(sorted(merged.items(), key=lambda item: item[0])))
                self.go(at, Choice(answers=here), [way for _, way in together], stands, now, taken)

    def go(
        self,
        at: int,
        choice: Choice,
        ways: list[Next],
        stands: list[Stand],
        known: Known,
        taken: list[list[Exit]],
        effects: list[list[str]] | None = None,
        sides: tuple[int, ...] | None = None,
    ) -> None:
        """A spot further, by these ways of all flows, or of those sides."""
        there, exits = list(stands), [list(one) for one in taken]
        for side, way in zip(sides or range(len(stands)), ways, strict=True):
            self.follow(side, way, there, exits)
        silent = ((),) * len(stands) if effects is None else tuple(map(tuple, effects))
        to = self.visit(Spot(tuple(there), known, silent), at, choice, tuple(map(tuple, exits)))
        if to is not None and sides is not None and len(sides) == 1 and not (self.visited[at].spoke or choice.keys or choice.draws):
            self._silent.append((at, sides[0], to))

    # Asking.

    def ask(
        self,
        at: int,
        side: int,
        moves: list[Move],
        stands: list[Stand],
        known: Known,
        effects: list[list[str]],
        taken: list[list[Exit]],
    ) -> None:
        move = moves[side]
        if isinstance(move, AsksKey):
            both = len(moves) == 2 and isinstance(moves[1 - side], AsksKey) and not known.keys
            options = self.both_keys(moves, known) if both else self.keys_of(move, side, known)
            sides = (0, 1) if both else (side,)
        elif len(moves) == 2 and isinstance(move, AsksDraw) and isinstance(moves[1 - side], AsksDraw) and not known.draws:
            options, sides = self.both_draws(moves, known), (0, 1)
        else:
            options, sides = self.options(move, side, known), (side,)
        for choice, ways, now in options:
            self.go(at, choice, ways, stands, now, taken, effects, sides)

    def options(self, move: Move, side: int, known: Known) -> Iterator[tuple[Choice, list[Next], Known]]:
        match move:
            case AsksTime(ways=ways):
                for mask, way in zip(self.times.ways(move), ways, strict=True):
                    if mask & known.times:
                        now = known._replace(times=mask & known.times)
                        yield Choice(times=now.times), [way], now
            case AsksCaller(pattern, match, no_match):
                yield from self.caller_options(known, [(self.callers.masks[pattern], match)], no_match)
            case AsksList(name, match, no_match):
                yield from self.list_options(self.names.mine(name, side), match, no_match, known)
            case AsksPlace():
                yield from self.place_options(move, known)
            case AsksDraw():
                yield from self.draws_of(move, side, known)

    def caller_options(
        self, known: Known, matching: list[tuple[int, Way]], rest: Way
    ) -> Iterator[tuple[Choice, list[Next], Known]]:
        left = known.callers
        for mask, way in (*matching, (self.callers.all, rest)):
            if mask & left:
                yield Choice(callers=mask & left), [way], known._replace(callers=mask & left)
                left &= ~mask

    def list_options(self, name: str, match: Way, no_match: Way, known: Known) -> Iterator[tuple[Choice, list[Next], Known]]:
        answers = dict(known.answers)
        for word, way in (("match", match), ("no_match", no_match)):
            part = frozenset({word})
            if answers.get(name, part) == part:
                now = known._replace(answers=tuple(sorted({**answers, name: part}.items(), key=lambda item: item[0])))
                yield Choice(answers={name: part}), [way], now

    def place_options(self, move: AsksPlace, known: Known) -> Iterator[tuple[Choice, list[Next], Known]]:
        """By name where a place is given; by the caller's number where none is and the area codes are known."""
        if known.place is None and (known.placed or self.by_caller):
            yield from self.placed_by_caller(move, known._replace(placed=True))
        if known.placed and known.place is None:
            return
        for place in self.places if known.place is None else (known.place,):
            yield Choice(place=place), [move.ways[place_of(move, place, None)]], known._replace(place=place, placed=True)

    def placed_by_caller(self, move: AsksPlace, known: Known) -> Iterator[tuple[Choice, list[Next], Known]]:
        if not move.by_caller:
            yield Choice(), [move.ways[-1]], known
            return
        codes = zip(move.area_codes, move.ways, strict=False)
        matching = [(self.callers.masks[callers.pattern_of(code)], way) for code, way in codes if code]
        yield from self.caller_options(known, matching, move.ways[-1])

    def draws_of(self, move: AsksDraw, side: int, known: Known) -> Iterator[tuple[Choice, list[Next], Known]]:
        late = _is_behind(move, side, known)
        middle: Next = move.ways[share_of(move.bounds, 0.5)]
        if known.draws_over and not late:
            yield Choice(), [middle], known
            return
        low, high = known.draws[0] if late else (0.0, 1.0)
        cuts = [low, *(bound for bound in move.bounds if low < bound < high), high]
        for begin, end in pairwise(cuts):
            if end - begin <= FINEST:
                continue
            way: Next = move.ways[share_of(move.bounds, (begin + end) / 2)]
            if late:
                now = known._replace(draws=known.draws[1:])
            elif len(self.machines) == 1:
                now = known
            else:
                now = known._replace(draws=(*known.draws, (begin, end)), behind_draws=1 - side)
            yield Choice(draws=(begin, end), lag=len(known.draws) if late else 0), [way], now
        if not late and len(self.machines) > 1:
            yield Choice(), [middle], known._replace(draws_over=True)

    def both_draws(self, moves: list[Move], known: Known) -> Iterator[tuple[Choice, list[Next], Known]]:
        """The same draw for both, by the smallest parts that either tells apart."""
        asks = [move for move in moves if isinstance(move, AsksDraw)]
        if known.draws_over:
            yield Choice(), [move.ways[share_of(move.bounds, 0.5)] for move in asks], known
            return
        cuts = sorted({0.0, 1.0, *(bound for move in asks for bound in move.bounds if 0 < bound < 1)})
        for begin, end in pairwise(cuts):
            if end - begin > FINEST:
                ways: list[Next] = [move.ways[share_of(move.bounds, (begin + end) / 2)] for move in asks]
                yield Choice(draws=(begin, end)), ways, known

    def press(self, move: AsksKey, key: Key) -> Next:
        """Where a key leads; the same answer for the same question."""
        known = self._pressed.get((move, key))
        if known is None:
            known = self._pressed[move, key] = move.press(key)
        return known

    def both_keys(self, moves: list[Move], known: Known) -> Iterator[tuple[Choice, list[Next], Known]]:
        groups: dict[tuple[Next, ...], list[Key]] = {}
        for key in (None,) if known.keys_over else self.keys:
            ways = tuple([self.press(move, key) for move in moves if isinstance(move, AsksKey)])
            groups.setdefault(ways, []).append(key)
        for ways, keys in groups.items():
            yield Choice(keys=() if known.keys_over else tuple(keys)), list(ways), known

    def keys_of(self, move: AsksKey, side: int, known: Known) -> Iterator[tuple[Choice, list[Next], Known]]:
        late = _is_behind(move, side, known)
        if known.keys_over and not late:
            yield Choice(), [self.press(move, None)], known
            return
        groups: dict[Next, list[Key]] = {}
        for key in known.keys[0] if late else self.keys:
            groups.setdefault(self.press(move, key), []).append(key)
        for way, keys in groups.items():
            if late:
                now = known._replace(keys=known.keys[1:])
            elif len(self.machines) == 1:
                now = known
            else:
                now = known._replace(keys=(*known.keys, tuple(keys)), behind=1 - side)
            yield Choice(keys=tuple(keys), lag=len(known.keys) if late else 0), [way], now
        if not late and len(self.machines) > 1:
            yield Choice(), [self.press(move, None)], known._replace(keys_over=True)

    # Telling.

    def path_to(self, at: int) -> list[Choice]:
        """What a call brings that comes here on the shortest way."""
        choices = []
        here: int | None = at
        while here is not None:
            visited = self.visited[here]
            if visited.choice is not None:
                choices.append(visited.choice)
            here = visited.came
        return choices[::-1]

    def call_of(self, choices: Iterable[Choice]) -> tuple[Call, tuple[str, ...]]:
        """A call that brings all this, and the exits by which it leaves what nobody can judge."""
        moments, numbers, place = self.times.all, self.callers.all, None
        keys: list[tuple[Key, ...]] = []
        draws: list[tuple[float, float]] = []
        answers: dict[str, frozenset[str]] = {}
        through = []
        for choice in choices:
            moments = moments if choice.times is None else moments & choice.times
            numbers = numbers if choice.callers is None else numbers & choice.callers
            place = choice.place or place
            if choice.keys:
                keys[len(keys) - choice.lag : len(keys) - choice.lag + 1] = [choice.keys]
            if choice.draws is not None:
                draws[len(draws) - choice.lag : len(draws) - choice.lag + 1] = [choice.draws]
            for name, part in choice.answers.items():
                answers[name] = answers.get(name, part) & part
            if choice.leaves is not None:
                through.append(choice.leaves)
        picked = {name: _picked(part) for name, part in answers.items() if part == REFUSED or "no_answer" not in part}
        told = {**picked, **{self.names.bound[name]: word for name, word in picked.items() if name in self.names.bound}}
        call = Call(
            at=self.times.sample(moments),
            caller=self.callers.sample(numbers),
            place=place,
            keys=tuple(part[0] for part in keys),
            answers=told,
            draws=tuple(round((low + high) / 2, 6) for low, high in draws),
        )
        return call, tuple(through)


def _says_nothing(move: Move) -> bool:
    """Whether its carrier does not say what happens to the call now."""
    return move.empty if isinstance(move, Opaque) else isinstance(move, Ends) and move.end == "unspecified"


def _picked(part: frozenset[str]) -> str:
    return next(word for word in ("answered", *FAILURES, "match", "no_match") if word in part)


def _is_behind(move: Move, side: int, known: Known) -> bool:
    """Whether this flow has yet to take a key or a draw that the other has taken."""
    if isinstance(move, AsksKey):
        return bool(known.keys) and known.behind == side
    return bool(known.draws) and known.behind_draws == side


def _reached(onward: Mapping[int, list[int]], start: int) -> set[int]:
    """Where these ways lead, in one step or more."""
    seen: set[int] = set()
    todo = [start]
    while todo:
        for to in onward.get(todo.pop(), ()):
            if to not in seen:
                seen.add(to)
                todo.append(to)
    return seen


def _merged(known: dict[str, frozenset[str]], parts: Iterable[Mapping[str, frozenset[str]]]) -> dict[str, frozenset[str]] | None:
    """What is known with all of these; None where that is nothing that anybody can do."""
    for part in parts:
        for name, outcomes in part.items():
            known[name] = known.get(name, outcomes) & outcomes
            if not known[name]:
                return None
    return known


def _failures(move: Sounds) -> Iterator[tuple[Mapping[str, frozenset[str]], Next]]:
    """The ways that nobody's answering can go: for each, what those who are rung do, as a box."""
    names = list(dict.fromkeys(move.targets))
    groups: list[tuple[frozenset[str], Way]] = []
    for outcome in dict.fromkeys(move.deciding):
        way = move.after[outcome]
        if groups and groups[-1][1] == way:
            groups[-1] = (groups[-1][0] | {outcome}, way)
        else:
            groups.append((frozenset({outcome}), way))
    for number, (outcomes, way) in enumerate(groups):
        lower = frozenset().union(*(part for part, _ in groups[number + 1 :]))
        if not lower:
            yield dict.fromkeys(names, outcomes), way
            continue
        for place, name in enumerate(names):
            before = dict.fromkeys(names[:place], lower)
            yield {**before, name: outcomes, **dict.fromkeys(names[place + 1 :], outcomes | lower)}, way


def compose(walk: Exploration, at: int) -> tuple[Call, tuple[str, ...]]:
    """The shortest call that comes to this spot."""
    return walk.call_of(walk.path_to(at))
