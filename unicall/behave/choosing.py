"""What a call can bring where it is asked for something, and where it goes then: one way for each class that makes a difference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, pairwise, product
from typing import TypeAlias

from attrs import Factory, define, evolve, frozen

from unicall.behave import callers
from unicall.behave.asking import Asked, Key
from unicall.behave.likeness import Likeness
from unicall.behave.machine import (
    AsksCaller,
    AsksDraw,
    AsksKey,
    AsksList,
    AsksPlace,
    AsksTime,
    Ends,
    Goes,
    Move,
    Next,
    Point,
    Sounds,
    Way,
)
from unicall.behave.names import Names
from unicall.behave.running import FINEST, place_of, share_of
from unicall.behave.spots import Choice, Known, Part

MOST_DRAWS = 5  # splits behind each other that count as one
MOST_SPLITS = 50  # splits that lead back to each other

#: What one who answers does, as a box of what each may do, and the way that is taken then.
Piece: TypeAlias = tuple[Mapping[str, frozenset[str]], Next]
#: What the call brings, the ways of all flows that take it, and what is known from there on.
Option: TypeAlias = tuple[Choice, Sequence[Next | list[Next]], Known]


#: Splits behind each other: for each the parts of it, the ways of each part, and the split that it leads to.
Splits: TypeAlias = dict[AsksDraw, list[tuple[Part, list[Next], AsksDraw | None]]]


@frozen
class Share:
    """A share of the calls: where it lies between 0 and 1, where it leads, what is drawn for it, and the sort of what follows."""

    low: float
    high: float
    way: Next | list[Next]
    written: tuple[Part, ...]
    rank: int = 0


@define
class Choosing:
    """The answers to what one or two flows ask."""

    asked: Asked
    names: Names
    apart: bool = True
    likeness: Likeness | None = None
    pressed: dict[tuple[AsksKey, Key], Next] = Factory(dict)

    def options(self, move: Move, side: int, known: Known) -> Iterator[Option]:
        match move:
            case AsksTime(ways=ways):
                for mask, way in self.joined(zip(self.asked.times.ways(move), ways, strict=True)):
                    if mask & known.times:
                        now = known._replace(times=mask & known.times)
                        yield Choice(times=None if now.times == self.asked.times.all else now.times), [way], now
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
                part = None if mask & left == self.asked.callers.all else mask & left
                yield Choice(callers=part), [way], known._replace(callers=mask & left)
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

    def shares(self, move: AsksDraw, side: int) -> list[Share]:
        """The shares of a split, side by side: as they are written, or by what follows them, splits behind splits as one."""
        if self.likeness is None:
            whole = pairwise((0.0, *move.bounds[:-1], 1.0))
            each = [Share(low, high, way, ((low, high),)) for (low, high), way in zip(whole, move.ways, strict=True)]
            return [share for share in each if share.low < share.high]
        found = self.one_each(self.rounds(move, side) or self.leaves(move, side, MOST_DRAWS))
        found.sort(key=lambda share: share.rank)
        ends = accumulate((share.high - share.low for share in found), initial=0.0)
        return [evolve(one, low=low, high=high) for one, (low, high) in zip(found, pairwise(ends), strict=True)]

    def leaves(self, move: AsksDraw, side: int, most: int) -> Iterator[Share]:
        """Each share with those of the splits that it leads to, as wide as it is likely."""
        assert self.likeness is not None
        for (low, high), way in zip(pairwise((0.0, *move.bounds)), move.ways, strict=True):
            if high - low <= FINEST:
                continue
            ways, inner = self.to_split(way, side) if most > 1 else ([way], None)
            if inner is None:
                yield Share(low, high, way, ((low, high),), self.likeness.rank(side, way))
                continue
            for leaf in self.leaves(inner, side, most - 1):
                wide = (high - low) * (leaf.high - leaf.low)
                onward = leaf.way if isinstance(leaf.way, list) else [leaf.way]
                yield Share(0.0, wide, [*ways, *onward], ((low, high), *leaf.written), leaf.rank)

    def one_each(self, shares: Iterable[Share]) -> list[Share]:
        """One share for all that lead to the same place, unless they are kept apart."""
        if self.apart:
            return list(shares)
        found: dict[object, Share] = {}
        for share in shares:
            last = share.way[-1] if isinstance(share.way, list) else share.way
            to = last.point if isinstance(last, Way) else last
            found[to] = evolve(found[to], high=found[to].high + share.high - share.low) if to in found else share
        return list(found.values())

    def rounds(self, move: AsksDraw, side: int) -> list[Share]:
        """The shares of a split that calls can come back to by splits alone, as many as leave by each in the end; else none.

        Where no share leaves, the call goes round for ever.
        """
        assert self.likeness is not None
        edges = self.splits_behind(move, side)
        if not any(inner is not None and move in _splits_from(edges, inner) for each in edges.values() for _, _, inner in each):
            return []
        leaving = {at: [part for part in each if part[2] is None] for at, each in edges.items()}
        stays = {at for at in edges if not any(leaving[to] for to in _splits_from(edges, at))}
        paths: dict[AsksDraw, tuple[list[Next], tuple[Part, ...]]] = {move: ([], ())}
        found = []
        for at, often in _visits(edges, stays, move).items():
            ways, written = paths[at]
            for part, onward, inner in edges[at]:
                if inner in stays or inner is None:
                    way = Ends("loop") if inner is not None else onward[-1]
                    share = Share(0.0, often * (part[1] - part[0]), [*ways, *onward[:-1], way], (*written, part), 0)
                    found.append(evolve(share, rank=self.likeness.rank(side, way)))
                else:
                    paths.setdefault(inner, ([*ways, *onward], (*written, part)))
        return found or [Share(0.0, 1.0, Ends("loop"), ((0.0, 1.0),), self.likeness.rank(side, Ends("loop")))]

    def splits_behind(self, move: AsksDraw, side: int) -> Splits:
        """A split and those that follow it directly, with their shares; nothing where they are too many."""
        edges: Splits = {}
        todo = [move]
        for at in todo:
            if len(edges) > MOST_SPLITS:
                return {}
            if at not in edges:
                parts = zip(pairwise((0.0, *at.bounds)), at.ways, strict=True)
                edges[at] = [(part, *self.to_split(way, side)) for part, way in parts if part[1] - part[0] > FINEST]
                todo += [inner for _, _, inner in edges[at] if inner is not None]
        return edges

    def to_split(self, way: Next, side: int) -> tuple[list[Next], AsksDraw | None]:
        """The ways to the next split, where nothing stands in between."""
        ways, seen = [way], set[Point]()
        while isinstance(way, Way) and way.point not in seen:
            seen.add(way.point)
            move = self.asked.machines[side].move(way.point)
            if isinstance(move, AsksDraw):
                return ways, move
            if not isinstance(move, Goes):
                break
            way = move.then
            ways.append(way)
        return ways[:1], None

    def draws_of(self, move: AsksDraw, side: int, known: Known) -> Iterator[Option]:
        late = is_behind(move, side, known)
        middle: Next = move.ways[share_of(move.bounds, 0.5)]
        if known.draws_over and not late:
            yield Choice(), [middle], known
            return
        low, high = known.draws[0] if late else (0.0, 1.0)
        shares = self.shares(move, side)
        if self.likeness is not None and len(shares) == 1:
            yield Choice(draws=shares[0].written), [shares[0].way], known
            return
        for share in shares:
            begin, end = max(low, share.low), min(high, share.high)
            if end - begin <= FINEST:
                continue
            told = ((begin, end),) if self.likeness is None else share.written
            if late:
                now = known._replace(draws=known.draws[1:])
            elif len(self.asked.machines) == 1:
                now = known
            else:
                now = known._replace(draws=(*known.draws, (begin, end)), behind_draws=1 - side)
            told = () if late and side == 1 and self.likeness is not None else told
            yield Choice(draws=told, lag=len(known.draws) if late else 0), [share.way], now
        if not late and len(self.asked.machines) > 1 and self.likeness is None:
            yield Choice(), [middle], known._replace(draws_over=True)

    def both_draws(self, moves: list[Move], known: Known) -> Iterator[Option]:
        """The same draw for both, by the smallest parts that either tells apart; or as many calls of each for what is alike."""
        asks = [move for move in moves if isinstance(move, AsksDraw)]
        if known.draws_over:
            yield Choice(), [move.ways[share_of(move.bounds, 0.5)] for move in asks], known
            return
        left, right = (self.shares(move, side) for side, move in enumerate(asks))
        for one, other, (begin, end) in _side_by_side(left, right) if self.likeness is None else _paired(left, right):
            told = ((begin, end),) if self.likeness is None else _written(one, other)
            yield Choice(draws=told), [one.way, other.way], known

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


def _splits_from(edges: Splits, start: AsksDraw) -> set[AsksDraw]:
    """This split, and all that calls come to from there by splits alone."""
    seen, todo = {start}, [start]
    for at in todo:
        new = {inner for _, _, inner in edges[at] if inner is not None} - seen
        seen |= new
        todo += new
    return seen


def _visits(edges: Splits, stays: set[AsksDraw], start: AsksDraw) -> dict[AsksDraw, float]:
    """How often a call comes to each split that it can leave in the end: once to the start, and from the others; by Gauss."""
    order = [at for at in _in_order(edges, start) if at not in stays]
    rows = [[float(at is to) for to in order] + [float(at is start)] for at in order]
    for column, at in enumerate(order):
        for part, _, inner in edges[at]:
            if inner is not None and inner not in stays:
                rows[order.index(inner)][column] -= part[1] - part[0]
    for pivot, row in enumerate(rows):
        row[:] = [value / row[pivot] for value in row]
        for other in rows:
            if other is not row and other[pivot]:
                other[:] = [value - other[pivot] * mine for value, mine in zip(other, row, strict=True)]
    return {at: row[-1] for at, row in zip(order, rows, strict=True)}


def _in_order(edges: Splits, start: AsksDraw) -> list[AsksDraw]:
    """All splits, each behind one that leads to it."""
    order = [start]
    for at in order:
        order += dict.fromkeys(inner for _, _, inner in edges[at] if inner is not None and inner not in order)
    return order


def _side_by_side(left: list[Share], right: list[Share]) -> Iterator[tuple[Share, Share, Part]]:
    """The parts of both, as they lie."""
    for one in left:
        for other in right:
            begin, end = max(one.low, other.low), min(one.high, other.high)
            if end - begin > FINEST:
                yield one, other, (begin, end)


def _paired(left: list[Share], right: list[Share]) -> Iterator[tuple[Share, Share, Part]]:
    """As many calls of one as of the other: first of those that are followed by the same, then of the rest in their order."""
    mine, yours = ([share.high - share.low for share in shares] for shares in (left, right))
    for alike in (True, False):
        for (n, one), (m, other) in product(enumerate(left), enumerate(right)):
            wide = min(mine[n], yours[m])
            if wide > FINEST and (not alike or one.rank == other.rank):
                mine[n], yours[m] = mine[n] - wide, yours[m] - wide
                yield one, other, (0.0, wide)


def _written(one: Share, other: Share) -> tuple[Part, ...]:
    """What is drawn for both; for the first, where nothing is."""
    both = [(max(low, begin), min(high, end)) for (low, high), (begin, end) in zip(one.written, other.written, strict=False)]
    same = len(one.written) == len(other.written) and all(end - begin > FINEST for begin, end in both)
    return tuple(both) if same else one.written


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
