"""Where two JSON values differ, by JSON pointer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from unicall.live.carrier import Difference
from unicall.wire import MISSING, Json, brief, pointer, same


def differing(sent: Json, stored: Json, at: str = "") -> Iterator[Difference]:
    """Each place where one says something else than the other, in the order of the first."""
    yield from _walk(sent, stored, at, same, extra=True)


def unmet(sent: Json, stored: Json, at: str = "", alike: Callable[[Json, Json], bool] = same) -> Iterator[Difference]:
    """Each place where what was sent is not there; what is there beside it is not looked at. Arrays count whole, item by item.

    ``alike``: whether two values that are no objects and no arrays mean the same to the vendor.
    """
    yield from _walk(sent, stored, at, alike, extra=False)


def told(difference: Difference, sent: str, stored: str) -> str:
    """A difference in one line, with a word for each side.

    >>> told(Difference("/name", "Main", "Old main"), "planned", "now")
    '/name: planned "Main", now "Old main"'
    """
    sides = ((sent, difference.sent), (stored, difference.stored))
    said = ", ".join(f"{word} {'nothing' if value is MISSING else brief(value)}" for word, value in sides)
    return f"{difference.pointer or 'the document'}: {said}"


def _walk(sent: Json, stored: Json, at: str, alike: Callable[[Json, Json], bool], *, extra: bool) -> Iterator[Difference]:
    todo = [(sent, stored, at)]
    while todo:
        a, b, place = todo.pop()
        if isinstance(a, dict) and isinstance(b, dict):
            names = [*a, *(name for name in b if name not in a and extra)]
            todo.extend((a.get(name, MISSING), b.get(name, MISSING), pointer(place, name)) for name in reversed(names))
        elif isinstance(a, list) and isinstance(b, list):
            length = max(len(a), len(b))
            item = [(a[n] if n < len(a) else MISSING, b[n] if n < len(b) else MISSING, pointer(place, n)) for n in range(length)]
            todo.extend(reversed(item))
        elif a is MISSING or b is MISSING or not alike(a, b):
            yield Difference(place, a, b)
