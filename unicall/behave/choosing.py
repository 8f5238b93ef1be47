"""What a call can bring where it is asked for something, and where it goes then: one way for each class that makes a difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import TypeAlias

from attrs import Factory, define

from unicall.behave import callers
from unicall.behave.asking import Asked, Key
from unicall.behave.machine import (
    AsksCaller,
    AsksDraw,
    AsksKey,
    AsksList,
    AsksPlace,
    AsksTime,
    Move,
    Next,
    Sounds,
    Way,
)
from unicall.behave.names import Names
from unicall.behave.running import place_of, share_of
from unicall.behave.spots import Choice, Known

FINEST = 1e-9  # parts of a draw that are smaller are the rounding of sums

#: What one who answers does, as a box of what each may do, and the way that is taken then.
Piece: TypeAlias = tuple[Mapping[str, frozenset[str]], Next]
#: What the call brings, the ways of all flows that take it, and what is known from there on.
Option: TypeAlias = tuple[Choice, list[Next], Known]


@define
class Choosing:
    """The answers to what one or two flows ask."""

    asked: Asked
    names: Names
    apart: bool = True
    pressed: dict[tuple[AsksKey, Key], Next] = Factory(dict)

    def options(self, move: Move, side: int, known: Known) -> Iterator[Option]:
        match move:
            case AsksTime(ways=ways):
                for mask, way in self.joined(zip(self.asked.times.ways(move), ways, strict=True)):
                    if mask & known.times:
                        now = known._replace(times=mask & known.times)
                        yield Choice(times=now.times), [way], now
            case AsksCaller(pattern, match, no_match):
                yield from self.caller_options(known, [(self.asked.callers.masks[pattern], match)], no_match)
            case AsksList(name, match, no_match):
                yield from self.list_options(self.names.mine(name, side), match, no_match, known)
            case AsksPlace():
                yield from self.place_options(move, known)
            case AsksDraw():
                yield from self.draws_of(move, side, known)

    def joined(self, options: Iterable[tuple[int, Next]]) -> Iterable[tuple[int, Next]]:
        """One way for all that lead to the same place, unless they are kept apart."""
        if self.apart:
            return options
        found: dict[object, tuple[int, Next]] = {}
        for mask, way in options:
            to = way.point if isinstance(way, Way) else way
            found[to] = (found[to][0] | mask if to in found else mask, way)
        return found.values()

    def caller_options(self, known: Known, matching: list[tuple[int, Way]], rest: Way) -> Iterator[Option]:
        left = known.callers
        for mask, way in (*matching, (self.asked.callers.all, rest)):
            if mask & left:
                yield Choice(callers=mask & left), [way], known._replace(callers=mask & left)
                left &= ~mask

    def list_options(self, name: str, match: Way, no_match: Way, known: Known) -> Iterator[Option]:
        answers = dict(known.answers)
        for word, way in (("match", match), ("no_match", no_match)):
            part = frozenset({word})
            if answers.get(name, part) == part:
                now = known._replace(answers=tuple(sorted({**answers, name: part}.items(), key=lambda item: item[0])))
                yield Choice(answers={name: part}), [way], now

    def place_options(self, move: AsksPlace, known: Known) -> Iterator[Option]:
        """By name where a place is given; by the caller's number where none is and the area codes are known."""
        if known.place is None and (known.placed or self.asked.by_caller):
            yield from self.placed_by_caller(move, known._replace(placed=True))
        if known.placed and known.place is None:
            return
        for place in self.asked.places if known.place is None else (known.place,):
            yield Choice(place=place), [move.ways[place_of(move, place, None)]], known._replace(place=place, placed=True)

    def placed_by_caller(self, move: AsksPlace, known: Known) -> Iterator[Option]:
        if not move.by_caller:
            yield Choice(), [move.ways[-1]], known
            return
        codes = zip(move.area_codes, move.ways, strict=False)
        matching = [(self.asked.callers.masks[callers.pattern_of(code)], way) for code, way in codes if code]
        yield from self.caller_options(known, matching, move.ways[-1])

    def draws_of(self, move: AsksDraw, side: int, known: Known) -> Iterator[Option]:
        late = is_behind(move, side, known)
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
            elif len(self.asked.machines) == 1:
                now = known
            else:
                now = known._replace(draws=(*known.draws, (begin, end)), behind_draws=1 - side)
            yield Choice(draws=(begin, end), lag=len(known.draws) if late else 0), [way], now
        if not late and len(self.asked.machines) > 1:
            yield Choice(), [middle], known._replace(draws_over=True)

    def both_draws(self, moves: list[Move], known: Known) -> Iterator[Option]:
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
        known = self.pressed.get((move, key))
        if known is None:
            known = self.pressed[move, key] = move.press(key)
        return known

    def both_keys(self, moves: list[Move], known: Known) -> Iterator[Option]:
        groups: dict[tuple[Next, ...], list[Key]] = {}
        for key in (None,) if known.keys_over else self.asked.keys:
            ways = tuple([self.press(move, key) for move in moves if isinstance(move, AsksKey)])
            groups.setdefault(ways, []).append(key)
        for ways, keys in groups.items():
            yield Choice(keys=() if known.keys_over else tuple(keys)), list(ways), known

    def keys_of(self, move: AsksKey, side: int, known: Known) -> Iterator[Option]:
        late = is_behind(move, side, known)
        if known.keys_over and not late:
            yield Choice(), [self.press(move, None)], known
            return
        groups: dict[Next, list[Key]] = {}
        for key in known.keys[0] if late else self.asked.keys:
            groups.setdefault(self.press(move, key), []).append(key)
        for way, keys in groups.items():
            if late:
                now = known._replace(keys=known.keys[1:])
            elif len(self.asked.machines) == 1:
                now = known
            else:
                now = known._replace(keys=(*known.keys, tuple(keys)), behind=1 - side)
            yield Choice(keys=tuple(keys), lag=len(known.keys) if late else 0), [way], now
        if not late and len(self.asked.machines) > 1:
            yield Choice(), [self.press(move, None)], known._replace(keys_over=True)


def is_behind(move: Move, side: int, known: Known) -> bool:
    """Whether this flow has yet to take a key or a draw that the other has taken."""
    if isinstance(move, AsksKey):
        return bool(known.keys) and known.behind == side
    return bool(known.draws) and known.behind_draws == side


def merged(known: dict[str, frozenset[str]], parts: Iterable[Mapping[str, frozenset[str]]]) -> dict[str, frozenset[str]] | None:
    """What is known with all of these; None where that is nothing that anybody can do."""
    for part in parts:
        for name, outcomes in part.items():
            known[name] = known.get(name, outcomes) & outcomes
            if not known[name]:
                return None
    return known


def failures(move: Sounds) -> Iterator[Piece]:
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
