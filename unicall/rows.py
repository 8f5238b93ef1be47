"""Hours that another carrier wrote row by row: which row is which of the original's, and where several rows are one hours' windows.

What surprises people: hours of several windows come apart before anything is merged, so that an edit of one row is an edit of
one of them, and are put together again where all of them still lead to the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import count
from typing import TypeAlias

from attrs import evolve

from unicall.graph import NodeId, Schedule
from unicall.hours import Hours, Recurrence
from unicall.ledger import in_one_way

#: Which of the original's hours, and which window of theirs; None for all of them.
Spot: TypeAlias = tuple[int, int | None]


def spots_of(own: Schedule, written: Schedule) -> list[Spot | None]:
    """Where each of the hours that were written stands in the original; None where nobody can tell.

    They are known by their windows, in the order of the original; then those between two that are known, where they are as many.
    """
    spots: list[Spot | None] = []
    last = (-1, -1)
    windows = [[bare(rule) for rule in one.recurrences or ()] for one in own.hours]
    for one in written.hours:
        spot = _next_spot(windows, [bare(rule) for rule in one.recurrences or ()], last)
        spots.append(spot)
        if spot is not None:
            last = (spot[0], len(windows[spot[0]]) if spot[1] is None else spot[1])
    return _with_those_between(spots, len(own.hours))


def _next_spot(own: Sequence[Sequence[Recurrence]], rules: Sequence[Recurrence], last: tuple[int, int]) -> Spot | None:
    for index, windows in enumerate(own):
        if rules and list(windows) == list(rules) and index > last[0]:
            return index, None
        for window, rule in enumerate(windows):
            if list(rules) == [rule] and (index, window) > last:
                return index, window
    return None


def _with_those_between(spots: list[Spot | None], many: int) -> list[Spot | None]:
    filled = list(spots)
    start = 0
    while start < len(spots):
        if spots[start] is not None:
            start += 1
            continue
        end = next((index for index in range(start, len(spots)) if spots[index] is not None), len(spots))
        before = spots[start - 1] if start else None
        after = spots[end] if end < len(spots) else None
        free = range(-1 if before is None else before[0], many if after is None else after[0])[1:]
        if len(free) == end - start:
            filled[start:end] = [(index, None) for index in free]
        start = end
    return filled


def names_of_rows(own: Schedule, written: Schedule) -> dict[str, str]:
    """What the original calls each of the hours that were written, where they stand for all the windows of one of its own."""
    spots = zip(written.hours, spots_of(own, written), strict=True)
    return {one.name: own.hours[spot[0]].name for one, spot in spots if spot is not None and spot[1] is None}


def apart(own: Schedule, written: Schedule) -> dict[str, list[Hours]]:
    """Of the hours of which not all windows stand in one row: each window by itself, the first under the name of all."""
    owners = {spot[0] for spot in spots_of(own, written) if spot is not None and spot[1] is not None}
    taken = {one.name for one in own.hours}
    parts: dict[str, list[Hours]] = {}
    for owner in sorted(owners):
        whole = own.hours[owner]
        free = (name for n in count(2) if (name := f"{whole.name}~{n}") not in taken)
        parts[whole.name] = []
        for rule in whole.recurrences or ():
            first = not parts[whole.name]
            name = whole.name if first else rule.id if rule.id is not None and rule.id not in taken else next(free)
            taken.add(name)
            parts[whole.name].append(evolve(whole, name=name, recurrences=(rule,)))
    return parts


def together(
    schedule: Schedule, exits: Mapping[str, NodeId], parts: Mapping[str, Sequence[str]]
) -> tuple[Schedule, dict[str, NodeId]]:
    """The schedule with what came apart put together: neighbours of one name before that lead to the same node now."""
    whole = {part: name for name, all_of_it in parts.items() for part in all_of_it}
    hours: list[Hours] = []
    left = dict(exits)
    for one in schedule.hours:
        before = hours[-1] if hours else None
        joins = before is not None and one.name in whole and whole.get(before.name) == whole[one.name]
        if before is not None and joins and exits.get(before.name) == exits.get(one.name):
            hours[-1] = evolve(before, recurrences=(*(before.recurrences or ()), *(one.recurrences or ())))
            left.pop(one.name, None)
        else:
            hours.append(one)
    names: dict[str, str] = {}
    for index, one in enumerate(hours):
        name = whole.get(one.name)
        if name in names.values():
            hours[index] = evolve(one, title=None)
        elif name is not None:
            names[one.name] = name
            hours[index] = evolve(one, name=name)
    return evolve(schedule, hours=tuple(hours)), {names.get(label, label): to for label, to in left.items()}


@lru_cache(4096)
def bare(rule: Recurrence) -> Recurrence:
    """A window without what its carrier calls it, every day said in one way."""
    alone = Hours(name="", recurrences=(evolve(rule, id=None, title=None),))
    schedule = in_one_way(Schedule(hours=(alone,)))
    assert isinstance(schedule, Schedule)
    return (schedule.hours[0].recurrences or (rule,))[0]
