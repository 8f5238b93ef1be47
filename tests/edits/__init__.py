"""Edits as people make them in the portal of a carrier: small changes of a vendor's document, written straight from its rules.

Each module has ``edits(document)``: every such change, with the kind of it in a word, as a function that changes a copy in place.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, TypeAlias

Change: TypeAlias = Callable[[Any], None]
KINDS = (
    "rename", "number", "device", "timeout", "key added", "key removed", "key moved", "keys exchanged", "steps exchanged",
    "branch cut off", "hours", "shares", "put between",
)  # fmt: skip


def edits(provider: str, document: Any) -> list[tuple[str, Change]]:
    """All edits that this document offers."""
    module = import_module(f"tests.edits.{provider.replace('-', '_')}")
    found: Iterator[tuple[str, Change]] = module.edits(document)
    return list(found)


def edited(document: Any, *changes: Change) -> Any:
    """A copy with these changes. One that another has made impossible (its place is gone) is left out."""
    changed = copy.deepcopy(document)
    for change in changes:
        try:
            change(changed)
        except (KeyError, IndexError):
            continue
    return changed


def at(document: Any, path: tuple[Any, ...]) -> Any:
    """What stands at a path of keys."""
    for step in path:
        document = document[step]
    return document


def setting(path: tuple[Any, ...], key: Any, value: Any) -> Change:
    """Set one key of what stands at a path."""

    def change(document: Any) -> None:
        holder = at(document, path)
        holder[key]
        holder[key] = value

    return change


def exchanging(path: tuple[Any, ...], one: Any, other: Any, *parts: str) -> Change:
    """Let two things change places; with ``parts`` only what stands under these keys of them."""

    def change(document: Any) -> None:
        holder = at(document, path)
        left, right = holder[one], holder[other]
        if not parts:
            holder[one], holder[other] = right, left
        for part in parts:
            left[part], right[part] = right[part], left[part]

    return change
