"""Three ways: what the original says of a fact, what was written of it for the other carrier, and what stands there now.

What was not edited stays as the original says it, also where the other carrier could only write part of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from attrs import evolve, fields, has

from unicall.edits import unchanged
from unicall.graph import EntryPoint, Node, Reference, Ring, RingTarget, Target
from unicall.hours import Recurrence
from unicall.ledger import ATOMS, equal
from unicall.rows import bare
from unicall.wire import MISSING

#: Whom one step of a hunt rings, and how long.
Step: TypeAlias = tuple[Target, float | None]


def merge(original: Any, before: Any, after: Any, path: str = "") -> Any:
    """The original with the difference between two values of a fact."""
    if unchanged(path, before, after):
        return original
    if equal(original, before) or type(original) is not type(before) or type(before) is not type(after):
        return after
    if isinstance(before, tuple):
        return _merged_items(original, before, after)
    if isinstance(before, Mapping):
        changed = {key: value for key, value in after.items() if not unchanged(path, before.get(key, MISSING), value)}
        return {key: value for key, value in original.items() if key not in before or key in after} | changed
    if has(type(before)) and not isinstance(before, ATOMS):
        original = _in_their_words(original, before, after) if isinstance(before, Recurrence) else original
        names = [field.name for field in fields(type(before))]
        parts = {name: merge(getattr(original, name), getattr(before, name), getattr(after, name)) for name in names}
        return evolve(original, **parts)
    return after


def _key(item: Any) -> Any:
    """What an item of a list is known by."""
    if isinstance(item, RingTarget):
        return item.target
    return getattr(item, "name", item)


def paired(left: Sequence[Any], right: Sequence[Any]) -> dict[int, int]:
    """Which item is which: by what it is known by, then those that are left in their order, where they are as many."""
    pairs: dict[int, int] = {}
    for index, item in enumerate(left):
        other = next((i for i, one in enumerate(right) if i not in pairs.values() and equal(_key(one), _key(item))), None)
        if other is not None:
            pairs[index] = other
    rest = [i for i in range(len(left)) if i not in pairs]
    others = [i for i in range(len(right)) if i not in pairs.values()]
    return pairs | dict(zip(rest, others, strict=True)) if len(rest) == len(others) else pairs


def _merged_items(original: Sequence[Any], before: Sequence[Any], after: Sequence[Any]) -> Any:
    """Items added, taken away and changed. Where other items were written than the original has, what stands there now counts."""
    mine = paired(before, original)
    if len(mine) < len(before):
        return tuple(after)
    now = paired(before, after)
    kept: dict[int, Any] = dict(enumerate(original))
    for index, other in mine.items():
        if index not in now:
            kept.pop(other)
        else:
            kept[other] = merge(original[other], before[index], after[now[index]])
    placed = {there: mine[index] for index, there in now.items()}
    if list(placed) == sorted(placed) or sorted(placed.values()) == [placed[there] for there in sorted(placed)]:
        order = list(kept.items())
    else:
        moved = iter(placed[there] for there in sorted(placed))
        order = [(key := next(moved) if slot in placed.values() else slot, kept[key]) for slot in kept]
    result = [item for _, item in order]
    slots: list[int | None] = [slot for slot, _ in order]
    for there, item in enumerate(after):
        if there not in placed:
            before_it = [placed[i] for i in range(there) if i in placed]
            spot = slots.index(before_it[-1]) + 1 if before_it else 0
            while spot < len(slots) and slots[spot] is None:
                spot += 1
            result.insert(spot, item)
            slots.insert(spot, None)
    return tuple(result)


def is_unnamed(before: Node, after: Node) -> bool:
    """Whether somebody else rings now whose name nobody knows: no document of theirs is at hand."""
    if not isinstance(before, Ring) or not isinstance(after, Ring) or before.targets == after.targets:
        return False
    return after.label is None and any(isinstance(rung.target, Reference) for rung in after.targets)


def rung_of(node: Node) -> Target | None:
    step = step_of(node)
    return None if step is None else step[0]


def edit_of(before: Step | None, after: Step | None) -> tuple[Target | None, float | None]:
    """What became of a step: its target now, and its time where that changed."""
    if before is None or after is None:
        return None, None
    return after[0], None if equal(before[1], after[1]) else after[1]


def with_time_for(spot: int, before: Ring, after: Ring) -> Ring:
    """A group whose step got another time, with as much time for all of them as its steps take now."""
    meant, now, time = _in_turn(before), _in_turn(after), after.targets[spot].timeout
    if not meant or not now or time is None or equal(time, before.targets[spot].timeout):
        return after
    meant[spot] = time
    return after if now == meant else evolve(after, timeout=sum(meant))


def _in_turn(node: Ring) -> list[float]:
    """How long each rings of a group that rings in turn, in the time that it has; nothing where nobody can say."""
    times: list[float] = []
    for rung in node.targets:
        if node.order != "in turn" or node.timeout is None or rung.timeout is None:
            return []
        times.append(min(rung.timeout, node.timeout - sum(times)))
    return times


def step_of(node: Node) -> Step | None:
    """Whom one step of a hunt rings, and how long."""
    return (node.targets[0].target, node.timeout) if isinstance(node, Ring) and len(node.targets) == 1 else None


def merged_ways_in(
    original: tuple[EntryPoint, ...], before: tuple[EntryPoint, ...], after: tuple[EntryPoint, ...]
) -> tuple[EntryPoint, ...]:
    gone = [way for way in before if way not in after]
    come = [way for way in after if way not in before]
    ways: list[EntryPoint] = []
    for way in original:
        if way not in gone:
            ways.append(way)
        elif len(gone) == len(come):
            ways.append(come[gone.index(way)])
    return (*ways, *(way for way in come if way not in ways))


def _in_their_words(original: Recurrence, before: Recurrence, after: Recurrence) -> Recurrence:
    """A window of every day in the way in which it was written, where some days were taken from it: all seven, or none named."""
    told = [(rule.frequency, rule.weekdays) for rule in (before, after)]
    if told[0] == told[1] or not bare(original).frequency == bare(before).frequency == "daily":
        return original
    return evolve(original, frequency=before.frequency, weekdays=before.weekdays)
