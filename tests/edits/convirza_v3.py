"""What people change in a provisioned route of Convirza v3: its numbers, its rings, its keys, its hours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.edits import Change, at, exchanging, setting
from tests.edits.convirza_v2 import putting_in, setting_new_or_old, shares, taking_out

_NUMBERS = ("ring_to", "default_ring_to")


def edits(document: Any) -> Iterator[tuple[str, Change]]:
    """Every edit of a route."""
    yield "rename", setting_new_or_old((), "provisioned_route_name", "Renamed on the new side")
    if document.get("phone_number"):
        yield "number", setting((), "phone_number", "12025550177")
    if document.get("voicemail_enabled") is True:
        yield "timeout", setting_new_or_old((), "voicemail_rings", 7)
    yield from _inside(document, ())


def _inside(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[str, Change]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _inside(item, (*path, index))
        return
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if key in _NUMBERS and inner not in (None, "", "hangup"):
            yield "number", setting(path, key, "12025550188")
        elif key == "rings" and inner:
            yield "timeout", setting(path, key, 5)
        elif key == "end_time":
            yield "hours", setting(path, key, "16:45")
        elif key == "schedule_days":
            yield "hours", setting(path, key, ["Tue"])
        elif key in _LISTS and isinstance(inner, list):
            yield from _LISTS[key]((*path, key), inner)
        yield from _inside(inner, (*path, key))


def _overflow(path: tuple[Any, ...], entries: Any) -> Iterator[tuple[str, Change]]:
    numbered = [index for index, entry in enumerate(entries) if isinstance(entry, dict) and "phone_number" in entry]
    if len(numbered) > 1:
        yield "steps exchanged", exchanging(path, numbered[0], numbered[1], "phone_number")
    for index, entry in enumerate(entries):
        if isinstance(entry, dict) and "phone_number" in entry:
            yield "number", setting((*path, index), "phone_number", "12025550166")
            yield "branch cut off", taking_out(path, index)
            yield "put between", putting_in_order(path, index, {"phone_number": "12025550144", "rings": 3})


def putting_in_order(path: tuple[Any, ...], index: int, entry: Any) -> Change:
    """Put an overflow number between others, which are numbered anew."""

    def change(document: Any) -> None:
        putting_in(path, index, entry)(document)
        for rank, one in enumerate(at(document, path), start=1):
            one["order"] = rank

    return change


def _keys(path: tuple[Any, ...], items: Any) -> Iterator[tuple[str, Change]]:
    keys = {item.get("key") for item in items if isinstance(item, dict)}
    for index, item in enumerate(items):
        if isinstance(item, dict) and "key" in item:
            yield "key removed", taking_out(path, index)
            if 9 not in keys and "9" not in keys and all(isinstance(i, dict) and i.get("go_back_key") != 9 for i in items):
                yield "key moved", setting((*path, index), "key", 9)
    keyed = [index for index, item in enumerate(items) if isinstance(item, dict) and "key" in item]
    if len(keyed) > 1:
        yield "keys exchanged", exchanging(path, keyed[0], keyed[-1], "key")
    if items and 8 not in keys:
        item = {"key": 8, "action": "simple", "ring_to": "12025550155"}
        go_back = items[0].get("go_back_key") if isinstance(items[0], dict) else None
        yield "key added", putting_in(path, len(items), item if go_back is None else item | {"go_back_key": go_back})


def _rotation(path: tuple[Any, ...], numbers: Any) -> Iterator[tuple[str, Change]]:
    yield from (("number", setting(path, index, "12025550166")) for index in range(len(numbers)))


_LISTS = {"overflow_numbers": _overflow, "ring_to_numbers": _rotation, "percentage_route": shares, "ivrs": _keys}
