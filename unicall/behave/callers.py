"""The callers that flows can tell apart, cut into classes: one for all numbers that match the same regular expressions.

The expressions become automata that are walked together over all numbers (a plus and up to fifteen digits, E.164) and over the
hidden one, so the classes are exact. An expression that no automaton has (it looks ahead or back, or refers to a group) is only
tried on the numbers that the others and it bring up themselves, and then the classes are not complete.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import product
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, TypeAlias

from attrs import Factory, define, frozen

from unicall.behave.running import matches

LONGEST = 15  # digits of a number, E.164
_DIGITS = "0123456789"
_MOST = 20_000  # states that are walked at once
_STRANGE = 6  # expressions that no automaton has, of which all ways to match them are tried
_REPEATS = 32  # beyond this many, a repeat is as good as without end: no number is longer

Label: TypeAlias = Callable[[str], bool]


@frozen(slots=False)
class Callers:
    """The classes. ``masks``: per expression the classes that match it, as bits.

    ``complete`` False: there were too many ways through the expressions to see all.
    """

    samples: tuple[str | None, ...]
    masks: Mapping[str, int]
    complete: bool = True

    @cached_property
    def all(self) -> int:
        """All classes."""
        return (1 << len(self.samples)) - 1

    def sample(self, mask: int) -> str | None:
        """A caller of the first of these classes."""
        return self.samples[(mask & -mask).bit_length() - 1]


def pattern_of(area_codes: Iterable[str]) -> str:
    """The callers of these area codes."""
    return rf"^\+1(?:{'|'.join(sorted(map(re.escape, area_codes)))})\d{{7}}$"


def classes_of(patterns: Iterable[str], *, loose: bool = False) -> Callers:
    """The classes of all callers for these regular expressions. One that cannot be read matches nobody.

    ``loose``: whoever matches one that no automaton has may as well not match it, and the other way round, so that some classes
    are those of nobody, and none is missing.
    """
    asked = list(dict.fromkeys(patterns))
    if not asked:
        return Callers(("+12025550100",), {})
    found: dict[tuple[bool, ...], str | None] = {}
    for caller in (*_plausible(asked), None):
        found.setdefault(tuple([matches(pattern, caller) for pattern in asked]), caller)
    automata = [automaton for pattern in asked if (automaton := _automaton(pattern)) is not None]
    numbers, complete = _numbers(automata)
    for caller in numbers:
        found.setdefault(tuple([matches(pattern, caller) for pattern in asked]), caller)
    strange = [_is_strange(pattern) for pattern in asked]
    complete = complete and (not any(strange) or (loose and sum(strange) <= _STRANGE))
    if loose and complete:
        ways = [(False, True) if one else (None,) for one in strange]
        for vector, caller in list(found.items()):
            for flips in product(*ways):
                found.setdefault(tuple([was if now is None else now for was, now in zip(vector, flips, strict=True)]), caller)
    masks = dict.fromkeys(asked, 0)
    for number, vector in enumerate(found):
        for pattern, matched in zip(asked, vector, strict=True):
            masks[pattern] |= matched << number
    return Callers(tuple(found.values()), masks, complete)


def _plausible(patterns: list[str]) -> Iterator[str]:
    """Numbers that look like some: with the area codes and the endings that the expressions name."""
    codes = dict.fromkeys(["202", "801", *(code for pattern in patterns for code in re.findall(r"[2-9]\d\d", pattern))])
    for code in codes:
        yield f"+1{code}5550100"
    yield from (f"+120255501{number:02}" for number in range(100))
    for pattern in patterns:
        digits = re.sub(r"[^0-9]", "", pattern)[:LONGEST]
        if digits:
            yield f"+{digits}"
        yield from (f"+{digits[:end]:0<11}" for end in range(1, len(digits) + 1))


# Expressions as automata.


@define
class _Automaton:
    """States with edges by character, edges without one, and edges at the beginning or end of the text alone."""

    edges: list[list[tuple[Label, int]]] = Factory(list)
    free: list[list[tuple[str, int]]] = Factory(list)
    start: int = 0
    final: int = 0
    _steps: dict[tuple[frozenset[int], str], frozenset[int]] = Factory(dict)

    def state(self) -> int:
        self.edges.append([])
        self.free.append([])
        return len(self.edges) - 1

    def closure(self, states: Iterable[int], *, begin: bool = False, end: bool = False) -> frozenset[int]:
        seen = set(states)
        todo = list(seen)
        while todo:
            for where, to in self.free[todo.pop()]:
                if to not in seen and (not where or (begin and where == "begin") or (end and where == "end")):
                    seen.add(to)
                    todo.append(to)
        return frozenset(seen)

    def first(self) -> frozenset[int]:
        return self.closure([self.start], begin=True)

    def step(self, states: frozenset[int], char: str) -> frozenset[int]:
        """One character on. A match may begin anywhere; one that is found stays found."""
        key = (states, char)
        if key not in self._steps:
            if self.final in states:
                self._steps[key] = frozenset([self.final])
            else:
                after = {to for state in states for label, to in self.edges[state] if label(char)}
                self._steps[key] = self.closure({*after, self.start})
        return self._steps[key]


def _is_strange(pattern: str) -> bool:
    """Whether it can be read, and no automaton has it."""
    try:
        _parser.parse(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return _automaton(pattern) is None


class _StrangeError(Exception):
    """The expression has something that no automaton has."""


def _automaton(pattern: str) -> _Automaton | None:
    try:
        parsed = _parser.parse(pattern)
    except (re.error, OverflowError, RecursionError):
        return None
    made = _Automaton()
    made.start = made.state()
    try:
        made.final = _sequence(made, parsed, made.start)
    except (_StrangeError, RecursionError):
        return None
    return made


def _sequence(made: _Automaton, items: Any, at: int) -> int:
    for op, argument in items:
        at = _item(made, op, argument, at)
    return at


def _item(made: _Automaton, op: Any, argument: Any, at: int) -> int:
    if op in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
        to = made.state()
        made.edges[at].append((_label(op, argument), to))
        return to
    if op is sre.BRANCH:
        to = made.state()
        for branch in argument[1]:
            made.free[_sequence(made, branch, at)].append(("", to))
        return to
    if op is sre.SUBPATTERN:
        return _sequence(made, argument[3], at)
    if op in (sre.MAX_REPEAT, sre.MIN_REPEAT):
        low, high, items = argument
        return _repeat(made, low, high, items, at)
    if op is sre.AT and argument in _ANCHORS:
        to = made.state()
        made.free[at].append((_ANCHORS[argument], to))
        return to
    raise _StrangeError


_ANCHORS = {
    sre.AT_BEGINNING: "begin",
    sre.AT_BEGINNING_STRING: "begin",
    sre.AT_END: "end",
    sre.AT_END_STRING: "end",
}


def _repeat(made: _Automaton, low: int, high: int, items: Any, at: int) -> int:
    if low > _REPEATS:
        return made.state()
    for _ in range(low):
        at = _sequence(made, items, at)
    if high > _REPEATS:
        head = made.state()
        made.free[at].append(("", head))
        made.free[_sequence(made, items, head)].append(("", head))
        return head
    to = made.state()
    made.free[at].append(("", to))
    for _ in range(high - low):
        at = _sequence(made, items, at)
        made.free[at].append(("", to))
    return to


def _label(op: Any, argument: Any) -> Label:
    """Whether a character fits: asked of the expression's own engine, one character at a time."""
    if op is sre.ANY:
        return lambda char: True
    if op in (sre.LITERAL, sre.NOT_LITERAL):
        return lambda char: (ord(char) == argument) is (op is sre.LITERAL)
    return lambda char: _is_in(argument, char)


_CATEGORIES: Mapping[Any, Label] = {
    sre.CATEGORY_DIGIT: str.isdigit,
    sre.CATEGORY_NOT_DIGIT: lambda char: not char.isdigit(),
    sre.CATEGORY_SPACE: str.isspace,
    sre.CATEGORY_NOT_SPACE: lambda char: not char.isspace(),
    sre.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
    sre.CATEGORY_NOT_WORD: lambda char: not (char.isalnum() or char == "_"),
}


def _is_in(items: Any, char: str) -> bool:
    negated, found = False, False
    for op, argument in items:
        if op is sre.NEGATE:
            negated = True
        elif op is sre.LITERAL:
            found = found or ord(char) == argument
        elif op is sre.RANGE:
            found = found or argument[0] <= ord(char) <= argument[1]
        elif op is sre.CATEGORY:
            found = found or _CATEGORIES[argument](char)
        else:
            raise _StrangeError
    return found is not negated


def _numbers(automata: list[_Automaton]) -> tuple[list[str], bool]:
    """A number for each class that these automata make, and whether these are all: all are walked together, digit by digit."""
    found: dict[tuple[bool, ...], str] = {}
    level: dict[tuple[frozenset[int], ...], str] = {tuple([one.step(one.first(), "+") for one in automata]): "+"}
    alike = _alike_digits(automata)
    for _ in range(LONGEST if automata else 0):
        following: dict[tuple[frozenset[int], ...], str] = {}
        for states, number in level.items():
            for digit in alike:
                after = tuple([one.step(at, digit) for one, at in zip(automata, states, strict=True)])
                following.setdefault(after, number + digit)
        if len(following) > _MOST:
            return list(found.values()), False
        for states, number in following.items():
            vector = tuple([one.final in one.closure(at, end=True) for one, at in zip(automata, states, strict=True)])
            found.setdefault(vector, number)
        if following.keys() == level.keys():
            break
        level = following
    return list(found.values()), True


def _alike_digits(automata: list[_Automaton]) -> list[str]:
    """One digit for all that no expression tells apart."""
    labels = [label for one in automata for edges in one.edges for label, _ in edges]
    found: dict[tuple[bool, ...], str] = {}
    for digit in _DIGITS:
        found.setdefault(tuple([label(digit) for label in labels]), digit)
    return list(found.values())
