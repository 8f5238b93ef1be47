"""What can be rung: a telephone number of ten digits, as text in some places and as an integer in others.

Documented by example. The surprise: ``default_ringto`` may hold the word ``hangup`` instead (assumed). A leading 1 is read as the
country; any other text is kept as a reference, because nobody knows whether the carrier would dial it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, TypeAlias

from unicall.graph import EntryPoint, Flow, PhoneNumber, Reference, Target
from unicall.numbers import e164, national
from unicall.wire import Codec, Cursor, Json, Key, remembered
from unicall_convirza.facts import text_of

PROVIDER = "convirza-v2"
UNKNOWN = "number"  # the kind of a reference to text that is no number
V3 = "convirza-v3"  # the vendor's other format
_OWN = (PROVIDER, V3)

First: TypeAlias = Target | Literal["hangup"]

_NUMBER = re.compile(r"1?([0-9]{10})")
_DIGITS = re.compile(r"\+?[0-9]+")
_PLAIN = re.compile(r"0|-?[1-9][0-9]{0,30}")


def parse_target(raw: Json) -> Target | None:
    """A target, None for empty text. Raises Wrong for objects and arrays, Strange for what is neither text nor whole."""
    text = text_of(raw, "a number of ten digits")
    if not text:
        return None
    match = _NUMBER.fullmatch(text)
    return PhoneNumber(f"+1{match[1]}") if match else Reference(PROVIDER, UNKNOWN, text)


def number_text(target: Target | None) -> str | None:
    """The text of a target: ten digits for a number."""
    if isinstance(target, PhoneNumber):
        return national(target.number)
    return target.id if isinstance(target, Reference) else None


@lru_cache(4096)
def _digits(text: str | None) -> Json:
    return int(text) if text is not None and _PLAIN.fullmatch(text) else text


def _integer(target: Target | None) -> Json:
    return _digits(number_text(target))


def _parse_first(raw: Json) -> First | None:
    target = parse_target(raw)
    hangs_up = isinstance(target, Reference) and target.id.lower() == "hangup"
    return "hangup" if hangs_up else target


def _parse_way_in(raw: Json) -> EntryPoint | None:
    text = text_of(raw, "a number of ten digits")
    number = e164(text) if text else None
    return EntryPoint("number", number) if number else EntryPoint("placeholder", text) if text else None


def way_in_of(flow: Flow) -> EntryPoint | None:
    """The number that callers dial; else what stands in its place here, or could. Other carriers' words for none do not."""
    numbers = (way for way in flow.entry_points if way.kind == "number")
    own = any(provider in flow.extras for provider in _OWN)
    placeholders = (way for way in flow.entry_points if way.kind == "placeholder" and (own or _DIGITS.fullmatch(way.value)))
    return next(numbers, None) or next(placeholders, None)


def _emit_way_in(way_in: EntryPoint | None) -> str | None:
    return None if way_in is None else national(way_in.value) if way_in.kind == "number" else way_in.value


#: ``number.phone_number`` of a request: the same number as an integer (documented by example).
WAY_IN_AS_INTEGER: Codec[EntryPoint | None] = Codec(_parse_way_in, lambda way_in: _digits(_emit_way_in(way_in)))
#: As ``default_ringto`` and the ``target_did`` of the first level are written (documented by example).
AS_TEXT: Codec[Target | None] = remembered(Codec(parse_target, number_text))
#: As all other targets are written.
AS_INTEGER: Codec[Target | None] = remembered(Codec(parse_target, _integer))
#: ``default_ringto``: a target, or the end of the call.
FIRST: Codec[First | None] = remembered(Codec(_parse_first, lambda first: "hangup" if first == "hangup" else number_text(first)))
#: ``dnis``: the number that callers dial, in any spelling; anything else is a placeholder.
WAY_IN: Codec[EntryPoint | None] = Codec(_parse_way_in, _emit_way_in)


def rings(target: Target) -> bool:
    """Whether Convirza can ring this: a number of the North American plan, or its own reference."""
    if isinstance(target, PhoneNumber):
        return _is_national(target.number)
    return isinstance(target, Reference) and target.provider == PROVIDER


@lru_cache(4096)
def _is_national(number: str) -> bool:
    return _NUMBER.fullmatch(number.removeprefix("+1")) is not None and len(number) == 12


def report_unknown(doc: Cursor, key: Key[Target | None] | Key[First | None], target: First | None, node: str) -> None:
    """Say that this target is no number that anybody knows."""
    if isinstance(target, Reference):
        doc.warn("UC102", key, node)
