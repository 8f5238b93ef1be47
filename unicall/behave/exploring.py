"""All calls at once: one or two flows, walked together over classes of what a call can bring.

A :class:`Spot` is where all flows stand, with what is already settled about the call as far as it can matter again: the classes of
its moment and caller, who does not answer, the keys that one flow has taken and the other not. At a spot that asks something the
walk goes every way that a call can; in between it compares, step by step, what the flows let a call meet. Spots that are alike
are walked once, so loops end, and the shortest way to each spot is the first.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence, Set
from functools import cached_property
from itertools import product

from attrs import Factory, define

from unicall.behave.asking import Asked, Below, Key, Place, Stand
from unicall.behave.calls import Call
from unicall.behave.choosing import Choosing, Piece, failures, is_behind, merged
from unicall.behave.likeness import Likeness
from unicall.behave.machine import (
    FAILURES,
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
    Next,
    Opaque,
    Point,
    Say,
    Sounds,
    Takes,
    Way,
)
from unicall.behave.matching import Matching
from unicall.behave.names import Names
from unicall.behave.spots import Choice, Differs, Known, Part, Spot, Visited
from unicall.graph import Menu

MOST = 100_000  # spots; a walk that needs more is not complete, and says so
AHEAD = 8  # keys or draws that one flow may take in silence before the other
FIRST_TURN = 500  # spots after which rounds are looked for, where the walk is not over before, and then after twice as many
TWICE = 2  # how often the same effect counts, with no step in between
ROUNDS = 3  # how often it may come by the same place with them, while the other stands
UNANSWERED = frozenset(FAILURES)
ANSWERED = frozenset({"answered"})
REFUSED = frozenset({"no_answer"})  # of what takes calls unless somebody says that it does not, and is not rung
Silent = (AsksKey, AsksTime, AsksCaller, AsksList, AsksPlace, AsksDraw)


def explore(
    asked: Asked,
    names: Mapping[str, str] | None = None,
    own: bool = False,
    passes: bool = True,
    most: int = MOST,
    exact: Set[str] | None = None,
    apart: bool = True,
    likeness: Likeness | None = None,
    enough: int = MOST,
) -> Exploration:
    """Walk the flows that ask this, together where there are two. ``names``: what on the left is called what on the right.

    ``own``: the flow's own mailbox may be one that has a name. ``passes``: go on behind what nobody can judge, by each of its
    exits. ``most``: spots after which the walk is given up. ``exact``: of whom it is remembered what they did when they were rung,
    where not of all; others may do this the first time and that the second, so that nothing is missed that any call meets, but
    some ways are those of no call (:func:`~unicall.behave.spots.conflicts`). ``apart``: exits of one node that lead to the same
    place are gone one by one. ``likeness``: shares are laid side by side by what follows them, and not as they are written.
    ``enough``: spots after which a walk is given up that has found a difference, because the nearest is the first.
    """
    bound = dict(names or {})
    walk = Exploration(
        asked, Names(bound, {right: left for left, right in bound.items()}, own), passes, most, exact, apart, likeness, enough
    )
    walk.run()
    return walk


@define(slots=False)
class Exploration:
    """A walk and what it found. ``complete`` False: it was given up, and nothing is said about what it did not see."""

    asked: Asked
    names: Names
    passes: bool = True
    most: int = MOST
    exact: Set[str] | None = None
    apart: bool = True
    likeness: Likeness | None = None
    enough: int = MOST
    visited: list[Visited] = Factory(list)
    effects: list[tuple[int, tuple[tuple[str, ...], ...]]] = Factory(list)
    complete: bool = True
    _silent: list[tuple[int, int, int]] = Factory(list)  # from a spot to a spot, with nothing but one flow that asks; which flow
    _index: dict[Spot, int] = Factory(dict)

    @property
    def cut(self) -> bool:
        """Whether it was given up because there were too many spots."""
        return len(self.visited) > self.most

    @cached_property
    def differing(self) -> list[int]:
        """The spots at which the flows differ, the nearest first. Ask when the walk is over."""
        return [at for at, visited in enumerate(self.visited) if isinstance(visited.found, Differs)]

    @property
    def machines(self) -> tuple[Machine, ...]:
        """The flows."""
        return self.asked.machines

    @cached_property
    def matching(self) -> Matching:
        """Whether what two flows do is the same."""
        return Matching(self.machines, self.names)

    @cached_property
    def choosing(self) -> Choosing:
        """The answers to what the flows ask."""
        return Choosing(self.asked, self.names, self.apart, self.likeness)

    # The walk.

    def run(self) -> None:
        """Go every way from the start, the nearest spots first."""
        self.complete = self.asked.callers.complete
        stands: tuple[Stand, ...] = tuple(machine.start for machine in self.machines)
        known = Known(self.asked.times.all, self.asked.callers.all)
        self.visit(Spot(stands, known, ((),) * len(stands)), None, None, ())
        at, differs, turn = 0, False, FIRST_TURN
        while at < len(self.visited):
            if self.cut or (differs and len(self.visited) > self.enough):
                self.complete = False
                return
            self.expand(at)
            differs = differs or isinstance(self.visited[at].found, Differs)
            at += 1
            if self._silent and at in (turn, len(self.visited)):
                self.end_rounds()
                turn = max(turn, 2 * at)

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
        """A flow that asks round and round in silence, and nothing that it has not asked before, never says anything again.

        Where shares are how many calls go each way, a round that any share leaves is left by all calls in the end.
        """
        for side in range(len(self.machines)):
            onward: dict[int, list[int]] = {}
            for at, who, to in self._silent:
                if who == side:
                    onward.setdefault(at, []).append(to)
            for at in self.around(onward):
                spot = self.visited[at].spot
                stands = list(spot.stands)
                stands[side] = Ends("loop")
                self.visit(spot._replace(stands=tuple(stands)), at, Choice(), ((),) * len(stands))

    def around(self, onward: Mapping[int, list[int]]) -> list[int]:
        """From where these ways lead back to where they begin."""
        left = dict(onward)
        before = -1
        while before != len(left):
            before = len(left)
            entered = {to for ways in left.values() for to in ways}
            left = {at: ways for at, ways in left.items() if at in entered and self.stays(at, ways, left)}
        return [at for at in left if at in _reached(left, at)]

    def stays(self, at: int, ways: list[int], inside: Container[int]) -> bool:
        drawn = [to for choice, to, _ in self.visited[at].onward if choice.draws]
        if drawn and self.likeness is not None:
            return all(to in inside and to in ways for to in drawn)
        return any(to in inside for to in ways)

    def forget(self, spot: Spot) -> Known:
        """What is known without what cannot matter any more."""
        each = [below.of(stand) for below, stand in zip(self.asked.below, spot.stands, strict=True)]
        bits = each[0] | each[-1]
        known = spot.known
        if known.times != self.asked.times.all:
            known = known._replace(times=self.asked.settled(known.times, bits))
        if not bits & Below.CALLER and known.callers != self.asked.callers.all:
            known = known._replace(callers=self.asked.callers.all)
        if known.placed and not bits & Below.PLACE:
            known = known._replace(place=None, placed=False)
        if known.keys and not each[known.behind] & Below.KEY:
            known = known._replace(keys=(), behind=0)
        if known.draws and not each[known.behind_draws] & Below.DRAW:
            known = known._replace(draws=(), behind_draws=0)
        if known.keys_over and not bits & Below.KEY:
            known = known._replace(keys_over=False)
        if known.draws_over and not bits & Below.DRAW:
            known = known._replace(draws_over=False)
        if known.menu is not None and not self.asked.below[0].leads_to(spot.stands[0], known.menu):
            known = known._replace(menu=None)
        if known.answers:
            names = self.asked.below[0].bits
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
        if both & self.asked.taking and not both & self.asked.rung:
            return outcomes == REFUSED
        if self.exact is not None and outcomes <= UNANSWERED and not both & self.exact:
            return True
        return outcomes == UNANSWERED and not both & self.asked.confirming

    def is_rung(self, name: str) -> bool:
        """Whether this name on the left is rung anywhere."""
        return name in self.asked.rung or self.names.bound.get(name, name) in self.asked.rung

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
            visited.around = here in seen or any(isinstance(move, Ends) and move.end == "loop" for move in moves)
            if here in seen:
                return
            seen.add(here)
            asking = self.first_to_ask(moves, known)
            if asking is not None:
                self.ask(at, asking, moves, stands, known, effects, taken)
                return
            visited.found = self.matching.differ(moves, stands, known.menu)
            if visited.found is not None:
                return
            asides = [move.aside if isinstance(move, (Say, Takes)) else () for move in moves]
            self.compare_effects(at, [[*one, *aside] for one, aside in zip(effects, asides, strict=True)])
            effects = [[] for _ in stands]
            visited.spoke = True
            known = known._replace(menu=self.menu_at(stands[0]))
            if not isinstance(moves[0], Say):
                self.branch(at, moves, stands, known, taken)
                return
            for side, move in enumerate(moves):
                assert isinstance(move, Say)
                self.follow(side, move.then, stands, taken)

    @staticmethod
    def first_to_ask(moves: list[Move], known: Known) -> int | None:
        """A flow that asks for what all flows ask alike, before one that takes a key or a draw; of those the one that is behind.

        Where none is, the one that takes a draw, so that both stand where they take the same key.
        """
        asking = [side for side, move in enumerate(moves) if isinstance(move, Silent)]
        taking = [side for side in asking if isinstance(moves[side], (AsksKey, AsksDraw))]
        late = [side for side in taking if is_behind(moves[side], side, known)]
        slower = [*([known.behind] if known.keys else []), *([known.behind_draws] if known.draws else [])]
        after = [side for side in taking if side in slower] or [side for side in taking if isinstance(moves[side], AsksDraw)]
        return next(iter([side for side in asking if side not in taking] or late or after or taking), None)

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

    def menu_at(self, stand: Stand) -> Place | None:
        """The menu at which the first flow has said all that it says first, where it may matter to come back to it."""
        if not self.asked.says_nothing or not isinstance(stand, Point) or stand.node is None:
            return None
        place = (stand.flow, stand.node)
        node = self.machines[0].node(place)
        return place if isinstance(node, Menu) and (stand.turn > 0 or node.notice is None) else None

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
                refused = UNANSWERED if self.is_rung(first.name) else REFUSED
                self.answer(at, [[({first.name: refused}, way)] for way in ways], stands, known, taken)
        elif isinstance(first, Opaque) and self.passes:
            for label in first.ways:
                on: list[Next] = [move.ways[label] for move in moves if isinstance(move, Opaque) and label in move.ways]
                if len(on) == len(moves):
                    self.go(at, Choice(leaves=label), on, stands, known, taken)
            ways_out = [move.ways.keys() for move in moves if isinstance(move, Opaque)]
            other = sorted(label for label in ways_out[0] ^ ways_out[-1] if not self.leads_nowhere(moves, label))
            if other:
                self.visited[at].found = Differs(tuple(moves), Choice(leaves=other[0]))

    def leads_nowhere(self, moves: list[Move], label: str) -> bool:
        """Whether what nobody can judge leads by this exit to where nobody is named either."""
        for side, move in enumerate(moves):
            way = move.ways.get(label) if isinstance(move, Opaque) else None
            behind = self.machines[side].move(way.point) if way is not None and way.point.node is not None else None
            if way is not None and not (isinstance(behind, Opaque) and behind.empty):
                return False
        return True

    def ring(self, at: int, moves: list[Move], stands: list[Stand], known: Known, taken: list[list[Exit]]) -> None:
        sounds = [move for move in moves if isinstance(move, Sounds)]
        answered = self.answering(sounds, known)
        if answered is not None:
            self.visited[at].found = answered
        pieces: list[list[Piece]] = [
            [({self.names.mine(name, side): part for name, part in piece.items()}, way) for piece, way in failures(move)]
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
            known_now = merged(dict(known.answers), [part for part, _ in together])
            if known_now is not None:
                here = {name: known_now[name] for part, _ in together for name in part}
                now = known._replace(answers=tuple(sorted(known_now.items(), key=lambda item: item[0])))
                self.go(at, Choice(answers=here), [way for _, way in together], stands, now, taken)

    def go(
        self,
        at: int,
        choice: Choice,
        ways: Sequence[Next | list[Next]],
        stands: list[Stand],
        known: Known,
        taken: list[list[Exit]],
        effects: list[list[str]] | None = None,
        sides: tuple[int, ...] | None = None,
    ) -> None:
        """A spot further, by these ways of all flows, or of those sides."""
        there, exits = list(stands), [list(one) for one in taken]
        for side, way in zip(sides or range(len(stands)), ways, strict=True):
            for one in way if isinstance(way, list) else (way,):
                self.follow(side, one, there, exits)
        silent = ((),) * len(stands) if effects is None else tuple(map(tuple, effects))
        to = self.visit(Spot(tuple(there), known, silent), at, choice, tuple(map(tuple, exits)))
        brings = choice.keys or (choice.draws and self.likeness is None)
        if to is not None and sides is not None and len(sides) == 1 and not (self.visited[at].spoke or brings):
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
            options = self.choosing.both_keys(moves, known) if both else self.choosing.keys_of(move, side, known)
            sides = (0, 1) if both else (side,)
        elif len(moves) == 2 and isinstance(move, AsksDraw) and isinstance(moves[1 - side], AsksDraw) and not known.draws:
            options, sides = self.choosing.both_draws(moves, known), (0, 1)
        else:
            options, sides = self.choosing.options(move, side, known), (side,)
        for choice, ways, now in options:
            self.go(at, choice, ways, stands, now, taken, effects, sides)

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
        moments, numbers, place = self.asked.times.all, self.asked.callers.all, None
        keys: list[tuple[Key, ...]] = []
        draws: list[tuple[Part, ...]] = []
        answers: dict[str, frozenset[str]] = {}
        through = []
        for choice in choices:
            moments = moments if choice.times is None else moments & choice.times
            numbers = numbers if choice.callers is None else numbers & choice.callers
            place = choice.place or place
            if choice.keys:
                keys[len(keys) - choice.lag : len(keys) - choice.lag + 1] = [choice.keys]
            if choice.draws:
                draws[len(draws) - choice.lag : len(draws) - choice.lag + 1] = [choice.draws]
            for name, part in choice.answers.items():
                answers[name] = answers.get(name, part) & part
            if choice.leaves is not None:
                through.append(choice.leaves)
        picked = {name: _picked(part) for name, part in answers.items() if name in self.asked.taking or "no_answer" not in part}
        told = {**picked, **{self.names.bound[name]: word for name, word in picked.items() if name in self.names.bound}}
        call = Call(
            at=self.asked.times.sample(moments),
            caller=self.asked.callers.sample(numbers),
            place=place,
            keys=tuple(part[0] for part in keys),
            answers=told,
            draws=tuple(round((low + high) / 2, 6) for parts in draws for low, high in parts),
        )
        return call, tuple(through)


def _picked(part: frozenset[str]) -> str:
    return next(word for word in ("answered", *FAILURES, "match", "no_match") if word in part)


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
