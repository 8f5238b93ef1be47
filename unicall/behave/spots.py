"""Where a walk through flows comes to, what is known of the call there, and what was found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias

from attrs import Factory, define, frozen

from unicall.behave.asking import Key, Place, Stand
from unicall.behave.machine import Exit, Move

#: A part of what can be drawn, from 0 to 1.
Part: TypeAlias = tuple[float, float]


@frozen
class Choice:
    """What a call brings at one spot. ``lag``: how many keys or draws the flow that takes it is behind; 0 for the next new one.

    ``draws``: several where one split leads to another.
    """

    times: int | None = None
    callers: int | None = None
    place: str | None = None
    keys: tuple[Key, ...] = ()
    draws: tuple[Part, ...] = ()
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
    draws: tuple[Part, ...] = ()
    behind: int = 0  # which flow has not yet taken those keys and draws
    behind_draws: int = 0
    answers: tuple[tuple[str, frozenset[str]], ...] = ()
    keys_over: bool = False  # nothing is pressed any more
    draws_over: bool = False  # and the middle is drawn
    menu: Place | None = None  # of the first flow, where it was the last that said anything


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
    around: bool = False  # a call goes round for ever
    nodes: frozenset[tuple[int, str]] = frozenset()
    run: list[list[Exit]] = Factory(list)
    onward: list[tuple[Choice, int, tuple[tuple[Exit, ...], ...]]] = Factory(list)


def conflicts(choices: Iterable[Choice]) -> frozenset[str]:
    """Who would have to do one thing the first time and another the second in a call that brings all this."""
    answers: dict[str, frozenset[str]] = {}
    for choice in choices:
        for name, part in choice.answers.items():
            answers[name] = answers.get(name, part) & part
    return frozenset(name for name, part in answers.items() if not part)
