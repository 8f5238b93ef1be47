"""Flows for the accounts of a sandbox: from files, folders, or documents, and repeated until there are enough."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from unicall.sandbox.store import Shelf
from unicall.sandbox.vendor import ForeignError, Vendor


class LoadError(ValueError):
    """Flows that cannot be loaded at all: where, and why."""


def load(vendor: Vendor, shelf: Shelf, flows: Any) -> tuple[str, ...]:
    """Put flows into an account: a path, or a document. Returns what was skipped or changed. Raises LoadError."""
    if not isinstance(flows, str | os.PathLike):
        return tuple(_loaded(vendor, shelf, flows, "the document"))
    path = Path(flows)
    if path.is_dir():
        return tuple(note for file in _files(path) for note in _of_file(vendor, shelf, file))
    if not path.is_file():
        raise LoadError(f"{path}: there is no such file or folder")
    return tuple(_of_file(vendor, shelf, path))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.json") if not path.name.endswith(".flow.json"))


def _of_file(vendor: Vendor, shelf: Shelf, file: Path) -> Iterator[str]:
    try:
        document = json.loads(file.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        yield f"{file}: skipped: {' '.join(str(error).split())}"
        return
    yield from _loaded(vendor, shelf, document, str(file))


def _loaded(vendor: Vendor, shelf: Shelf, document: Any, where: str) -> Iterator[str]:
    try:
        for note in vendor.load(shelf, document):
            yield f"{where}: {note}"
    except ForeignError as error:
        yield f"{where}: skipped: {error}"


def repeat(vendor: Vendor, shelf: Shelf, count: int) -> None:
    """Copy the flows of an account, one after the other, until there are so many. Raises LoadError when there is none."""
    originals = vendor.flows(shelf)
    if not originals:
        raise LoadError(f"{vendor.provider}: there is no flow to repeat")
    for number in range(len(originals), count):
        vendor.copy(shelf, originals[number % len(originals)], number // len(originals) + 1)
