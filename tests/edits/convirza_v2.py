"""What people change in a record of Convirza v2: its numbers, its rings, its keys, its hours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.edits import Change, at, exchanging, setting
from tests.edits.vinix import removing, setting_new

_NUMBERS = ("default_ringto", "target_did", "ring_to", "geo_target_did", "per_target_did", "ivr_target_did", "sch_target_did")


def edits(document: Any) -> Iterator[tuple[str, Change]]:
    """Every edit of a record, or of a bundle of one."""
    base: tuple[Any, ...] = ("call_flow",) if "call_flow" in document else ()
    yield "rename", setting_new_or_old(base, "call_flow_name", "Renamed on the new side")
    record = at(document, base)
    if record.get("dnis"):
        yield "number", setting(base, "dnis", "2025550177")
    if record.get("voicemail_enabled") is True:
        yield "timeout", setting(base, "voicemail_rings", 7)
    yield from _inside(record, base)


def _inside(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[str, Change]]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _inside(item, (*path, index))
        return
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if key in _NUMBERS and inner not in (None, "", 0, "hangup"):
            yield "number", setting(path, key, "2025550188" if isinstance(inner, str) else 2025550188)
        elif key == "rings" and inner:
            yield "timeout", setting(path, key, 5)
        elif key == "schedule_end_time":
            yield "hours", setting(path, key, "04:45 PM")
        elif key == "schedule_days":
            yield "hours", setting(path, key, [{"id": "Tue"}])
        elif key == "overflowNumbers" and isinstance(inner, list):
            yield from _overflow(path, inner)
        elif key == "percentage_route" and isinstance(inner, list):
            yield from shares((*path, key), inner)
        elif key in ("ivrs", "ivrData") and isinstance(inner, list):
            yield from _keys(path, key, inner)
        yield from _inside(inner, (*path, key))


def _overflow(path: tuple[Any, ...], entries: Any) -> Iterator[tuple[str, Change]]:
    numbered = [index for index, entry in enumerate(entries) if isinstance(entry, dict) and "overflowNumber" in entry]
    if len(numbered) > 1:
        yield "steps exchanged", exchanging((*path, "overflowNumbers"), numbered[0], numbered[1])
    for index, entry in enumerate(entries):
        if isinstance(entry, dict) and "overflowNumber" in entry:
            yield "number", setting((*path, "overflowNumbers", index), "overflowNumber", 2025550166)
            yield "branch cut off", taking_out((*path, "overflowNumbers"), index)
            yield "put between", putting_in((*path, "overflowNumbers"), index, {"overflowNumber": 2025550144, "rings": 3})


def shares(path: tuple[Any, ...], rows: Any) -> Iterator[tuple[str, Change]]:
    """The shares of the first two rows, exchanged."""
    if len(rows) > 1 and all(isinstance(row, dict) and isinstance(row.get("percentage"), int) for row in rows):
        yield "shares", exchanging(path, 0, 1, "percentage")


def _keys(path: tuple[Any, ...], name: str, items: Any) -> Iterator[tuple[str, Change]]:
    keys = {item.get("key") for item in items if isinstance(item, dict)}
    level = (*path, name)
    for index, item in enumerate(items):
        if isinstance(item, dict) and "key" in item:
            yield "key removed", taking_out(level, index)
            if 9 not in keys and "9" not in keys and all(isinstance(i, dict) and i.get("go_back_key") != 9 for i in items):
                yield "key moved", setting((*level, index), "key", 9)
    keyed = [index for index, item in enumerate(items) if isinstance(item, dict) and "key" in item]
    if len(keyed) > 1:
        yield "keys exchanged", exchanging(level, keyed[0], keyed[-1], "key")
    if items and 8 not in keys:
        item = {"key": 8, "action": "simple", "target_did": 2025550155, "play_disclaimer": "never"}
        go_back = items[0].get("go_back_key") if isinstance(items[0], dict) else None
        yield "key added", putting_in(level, len(items), item if go_back is None else item | {"go_back_key": go_back})


def taking_out(path: tuple[Any, ...], index: int) -> Change:
    """Take an item out of a list."""
    return removing(path, index)  # type: ignore[arg-type]


def putting_in(path: tuple[Any, ...], index: int, item: Any) -> Change:
    """Put an item into a list."""

    def change(document: Any) -> None:
        at(document, path).insert(index, dict(item))

    return change


def setting_new_or_old(path: tuple[Any, ...], key: str, value: Any) -> Change:
    """Set a key, there or not."""

    def change(document: Any) -> None:
        setting_new(path, key, value)(document)
        at(document, path)[key] = value

    return change
