"""TOML files that people write for unicall: read whole, and everything that is wrong with them said at once.

What surprises people: TOML has values that JSON does not have (dates, ``nan``, ``inf``); they are refused with their place.
The same content may come as a mapping instead of a file.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from math import isfinite
from pathlib import Path

from attrs import Factory, define

from unicall.problem import DocumentError
from unicall.wire import Json, brief, pointer

DEEPEST = 64  # levels of tables and arrays
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PLACE = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)


@define
class Given:
    """What a person gave: its top level, the name of its file (empty for a mapping), and what is wrong with it so far."""

    content: Mapping[str, Json]
    source: str = ""
    errors: list[DocumentError] = Factory(list)

    def wrong(self, at: str, text: str) -> None:
        """Say what is wrong at a pointer, and go on."""
        self.errors.append(DocumentError(text, pointer=at, source=self.source))

    def check(self) -> None:
        """Raise DocumentError if anything was wrong."""
        if self.errors:
            first, *others = self.errors
            raise DocumentError(first.text, pointer=first.pointer, others=others, source=self.source)

    def table(self, value: Json, at: str, of: str) -> Iterator[tuple[str, Json, str]]:
        """The entries of a table, each with its pointer; nothing for what is no table, and that is said."""
        if not isinstance(value, Mapping):
            self.wrong(at, f"expected a table of {of}, got {brief(value)}")
            return
        for key, entry in value.items():
            if isinstance(key, str):
                yield key, entry, pointer(at, key)
            else:
                self.wrong(at, f"has a key that is no text: {key!r:.40}")

    def is_json(self, value: Json, at: str) -> bool:
        """Whether a value is JSON as well as TOML; what is not is said. Takes each object once, so that no loop can hold it."""
        level = {id(value): (at, value)}
        for _ in range(DEEPEST):
            strange = next((found for found in level.values() if not _is_known(found[1])), None)
            if strange is not None:
                self.wrong(strange[0], f"expected a value that JSON has, got {strange[1]!s:.40}")
                return False
            level = {id(inner): (where, inner) for held in level.values() for where, inner in _below(*held)}
            if not level:
                return True
        self.wrong(at, f"is nested deeper than {DEEPEST} levels")
        return False


def _is_known(item: Json) -> bool:
    if isinstance(item, float):
        return isfinite(item)
    if isinstance(item, Mapping):
        return all(isinstance(key, str) for key in item)
    return item is None or isinstance(item, (str, int, list))


def _below(at: str, held: Json) -> Iterator[tuple[str, Json]]:
    pairs = held.items() if isinstance(held, Mapping) else enumerate(held) if isinstance(held, list) else ()
    return ((pointer(at, step), item) for step, item in pairs)


def load(given: Mapping[str, Json] | str | os.PathLike[str] | None) -> Given:
    """A TOML file, by its path, or a mapping with the same content. Raises DocumentError for what cannot be read."""
    if given is None:
        return Given({})
    if isinstance(given, Mapping):
        return Given(given)
    if not isinstance(given, (str, os.PathLike)):
        raise DocumentError(f"expected a mapping or the path of a TOML file, got {type(given).__name__}")
    name = os.fsdecode(given)
    try:
        data = Path(name).read_bytes()
    except (OSError, ValueError) as error:
        raise DocumentError(f"cannot be read: {getattr(error, 'strerror', None) or error}", source=name) from None
    return Given(_tables(data, name), name)


def _tables(data: bytes, name: str) -> dict[str, Json]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        what = f"{_line_and_column(before)}: is not UTF-8 text: {data[error.start]:#04x}"
        raise DocumentError(what, source=name) from None
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise DocumentError(f"is nested deeper than {DEEPEST} levels", source=name) from None
    except ValueError as error:
        raise DocumentError(_reason(str(error), text), source=name) from None


def _reason(said: str, text: str) -> str:
    match = _PLACE.fullmatch(said)
    if match is None:
        return f"is not TOML: {said}"
    where = f"line {match[2]}, column {match[3]}" if match[2] else _line_and_column(text)
    return f"{where}: is not TOML: {match[1]}"


def _line_and_column(before: str) -> str:
    return f"line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The nearest of the known words as the end of a sentence, else all of them; empty where there are none."""
    words = list(known)
    near = get_close_matches(word, words, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; there are {', '.join(words)}" if len(words) > 1 else f"; there is {words[0]}" if words else ""


def quoted(text: str) -> str:
    """A TOML string. Text with half of a surrogate pair is in no TOML file; ask :func:`writable` first."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def key(text: str) -> str:
    """A TOML key: bare where it can be."""
    return text if _BARE.fullmatch(text) else quoted(text)


def writable(text: str) -> bool:
    """Whether a TOML file can hold this text: whole characters only."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
