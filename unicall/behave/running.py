"""One call through one flow."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from unicall.behave.calls import Call, Step, Trace
from unicall.behave.machine import (
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
    find_zone,
)
from unicall.graph import Flow
from unicall.hours import Hours, Recurrence, days_between, falls_on, windows_on
from unicall.problem import FlowError

FINEST = 1e-9  # parts of a draw that are smaller are the rounding of sums


def simulate(flow: Flow, call: Call) -> Trace:
    """What this call meets in this flow, and how it ends.

    ``docs/semantics.md`` says what every kind of node does.
    """
    return run(Machine(flow), call)


def run(machine: Machine, call: Call, through: Iterable[str] = ()) -> Trace:
    """As :func:`simulate`, for a flow that is run again and again.

    ``through``: the exits by which the call leaves what nobody can judge, one after the other, as if somebody could.
    """
    return _Run(machine, call, list(through)).trace()


class _Run:
    """What one call still holds, and what it met."""

    def __init__(self, machine: Machine, call: Call, through: list[str]) -> None:
        self.machine = machine
        self.call = call
        self.through = through[::-1]
        self.keys = list(reversed(call.keys))
        self.draws = list(reversed(call.draws))
        self.steps: list[Step] = []
        self.taken: list[Exit] = []
        self.seen: dict[tuple[Point, int, int], int] = {}
        self.again: int | None = None

    def trace(self) -> Trace:
        ended = self.end()
        self.steps.append(Step("end", ended.end, node=ended.node))
        return Trace(tuple(self.steps), ended.end, tuple(self.taken), self.again)

    def end(self) -> Ends:
        at = self.machine.start
        while True:
            here = (at, len(self.keys), len(self.draws))
            self.again = self.seen.get(here)
            if self.again is not None:
                return Ends("loop", at.node or "")
            self.seen[here] = len(self.steps)
            went = self.go(self.machine.move(at))
            if isinstance(went, Opaque):
                went = self.go(went)
            if isinstance(went, Ends):
                return went
            assert isinstance(went, Way)
            if went.taken is not None:
                self.taken.append(went.taken)
            at = went.point

    def go(self, move: Move) -> Next:
        match move:
            case Ends():
                return move
            case Goes(then):
                return then
            case Say(step, _, then):
                self.steps.append(step)
                return then
            case Opaque():
                return self.pass_through(move)
            case Sounds():
                return self.ring(move)
            case Takes(step, _, name, end, otherwise):
                self.steps.append(step)
                taken = end == "reject" or self.call.answers.get(name, "answered") == "answered"
                return Ends(end, step.node) if taken else otherwise
            case _:
                return self.answer(move)

    def pass_through(self, move: Opaque) -> Next:
        self.steps.append(move.step)
        way = move.ways.get(self.through[-1]) if self.through else None
        if way is None:
            return Ends("opaque", move.node)
        self.through.pop()
        return way

    def ring(self, move: Sounds) -> Next:
        self.steps.append(move.step)
        outcomes = [self.call.answer_of(target) for target in move.targets]
        if "answered" in outcomes:
            if move.targets[outcomes.index("answered")] in move.confirms:
                self.steps.append(Step("effect", "confirm", node=move.step.node))
            return Ends("answered", move.step.node)
        return move.after[next((failure for failure in move.deciding if failure in outcomes), "no_answer")]

    def answer(self, move: AsksKey | AsksTime | AsksCaller | AsksList | AsksPlace | AsksDraw) -> Next:
        match move:
            case AsksKey(press):
                return press(self.keys.pop() if self.keys else None)
            case AsksTime(timezone, hours, ways):
                return ways[first_to_hold(hours, self.call.at, timezone)]
            case AsksCaller(pattern, match, no_match):
                return match if matches(pattern, self.call.caller) else no_match
            case AsksList(name, match, no_match):
                known = self.call.answers.get(name)
                if known is None:
                    self.steps.append(Step("opaque", name, node=(match.taken or no_match.taken or ("", ""))[0]))
                    return Ends("opaque")
                return match if known == "match" else no_match
            case AsksPlace():
                return move.ways[place_of(move, self.call.place, self.call.caller)]
            case AsksDraw(bounds, ways):
                draw = self.draws.pop() if self.draws else 0.5
                return ways[share_of(bounds, draw)]


def first_to_hold(hours: tuple[Hours, ...], at: datetime, timezone: str | None) -> int:
    """Which of these hours is the first to hold, or is the first that nobody knows; their number where none does.

    Without a zone of its own a schedule goes by the clock that the moment was given in.
    """
    local = at if timezone is None else at.astimezone(zone(timezone))
    return next((n for n, one in enumerate(hours) if one.recurrences is None or _hold(one, local)), len(hours))


def _hold(hours: Hours, local: datetime) -> bool:
    """As ``hours.holds``, for those who ask again and again."""
    second, day = local.hour * 3600 + local.minute * 60 + local.second, local.date()
    windows = (window for one in hours.recurrences or () for window in windows_on(one, day, _falls_on))
    return any(start <= second < end for start, end in windows)


def _falls_on(recurrence: Recurrence, day: date) -> bool:
    plain = recurrence.frequency in ("once", "daily", "weekly") and not recurrence.month_days
    return falls_on(recurrence, day) if plain else day in _days_of(recurrence, day.year)


@lru_cache(maxsize=10_000)
def _days_of(recurrence: Recurrence, year: int) -> frozenset[date]:
    return days_between(recurrence, date(year, 1, 1), date(year, 12, 31))


def zone(name: str) -> ZoneInfo:
    """The time zone. Raises FlowError where nobody knows it."""
    found = find_zone(name)
    if found is None:
        raise FlowError(f"nobody knows the time zone {name!r:.60}")
    return found


def matches(pattern: str, caller: str | None) -> bool:
    """Whether the caller's number has this in it; an expression that cannot be read matches nothing."""
    try:
        return re.search(pattern, caller or "") is not None
    except (re.error, OverflowError, RecursionError):
        return False


def place_of(asks: AsksPlace, place: str | None, caller: str | None) -> int:
    """Which place it is, by its name or city; by the caller's area code where no place is given and the codes are known."""
    if place is not None:
        wanted = place.strip().casefold()
        return next((n for n, names in enumerate(asks.places) if wanted in names), len(asks.places))
    code = area_code(caller)
    return next((n for n, codes in enumerate(asks.area_codes) if code in codes), len(asks.places))


def area_code(caller: str | None) -> str | None:
    """The area code of a North American number; None for any other."""
    found = re.fullmatch(r"\+1([2-9]\d\d)\d{7}", caller or "")
    return found[1] if found else None


def share_of(bounds: tuple[float, ...], draw: float) -> int:
    """Which share a draw falls into: at the end of one, but for rounding, into the next, and beyond the last into the last."""
    return next((n for n, bound in enumerate(bounds) if draw < bound - FINEST), len(bounds) - 1)
