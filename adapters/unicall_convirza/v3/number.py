"""What can be rung: a telephone number, the word ``hangup`` in its place, and an AI voice agent by its id.

Documented for other resources of v3: eleven digits with a leading 1 and no plus in one, E.164 with a plus in another. So ten
digits, eleven, and E.164 are all read, the number is E.164, and its spelling is kept. Written are eleven digits, or a plus and the
country for numbers from elsewhere (assumed). Any other text is kept as a reference, because nobody knows whether the carrier would
dial it.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from unicall.graph import EntryPoint, PhoneNumber, Reference, Target
from unicall.numbers import e164
from unicall.wire import Codec, Json, Strange, Wrong, remembered
from unicall_convirza.facts import text_of

PROVIDER = "convirza-v3"
UNKNOWN = "number"  # the kind of a reference to text that is no number
AGENT = "agent"  # the kind of a reference to an AI voice agent

First: TypeAlias = Target | Literal["hangup"]

_NATIONAL = re.compile(r"(?:\+?1)?([0-9]{10})")
_E164 = re.compile(r"\+(?!1)[1-9][0-9]{6,14}")
_EXPECTED = "a number of eleven digits"


def parse_target(raw: Json) -> Target | None:
    """A target, None for empty text. Raises Wrong for objects and arrays, Strange for what is neither text nor whole."""
    text = text_of(raw, _EXPECTED)
    if not text:
        return None
    match = _NATIONAL.fullmatch(text)
    if match:
        return PhoneNumber(f"+1{match[1]}")
    return PhoneNumber(text) if _E164.fullmatch(text) else Reference(PROVIDER, UNKNOWN, text)


def number_text(target: Target | None) -> str | None:
    """The text of a target: eleven digits for a number of the North American plan, E.164 for any other."""
    match target:
        case PhoneNumber(number):
            return number[1:] if _NATIONAL.fullmatch(number) else number
        case Reference(_, _, id):
            return id
    return None


def _parse_first(raw: Json) -> First | None:
    target = parse_target(raw)
    hangs_up = isinstance(target, Reference) and target.id.lower() == "hangup"
    return "hangup" if hangs_up else target


def _parse_way_in(raw: Json) -> EntryPoint | None:
    text = text_of(raw, _EXPECTED)
    number = e164(text) if text else None
    return EntryPoint("number", number) if number else EntryPoint("placeholder", text) if text else None


def _emit_way_in(way_in: EntryPoint | None) -> str | None:
    if way_in is None:
        return None
    return number_text(PhoneNumber(way_in.value)) if way_in.kind == "number" else way_in.value


def _parse_rotation(raw: Json) -> tuple[Target, ...] | None:
    """All numbers of a list, or nothing that can be read."""
    if not isinstance(raw, list):
        raise Wrong("a list of numbers")
    try:
        targets = [parse_target(one) for one in raw]
    except Wrong:
        raise Strange("a list of numbers") from None
    if None in targets:
        raise Strange("a list of numbers")
    return tuple(target for target in targets if target is not None)


#: A number that rings.
TARGET: Codec[Target | None] = remembered(Codec(parse_target, number_text))
#: A number that rings, or the end of the call (v2 has the word, assumed).
FIRST: Codec[First | None] = remembered(Codec(_parse_first, lambda first: "hangup" if first == "hangup" else number_text(first)))
#: The number that callers dial, in any spelling; anything else is a placeholder.
WAY_IN: Codec[EntryPoint | None] = Codec(_parse_way_in, _emit_way_in)
#: The numbers of a rotation.
ROTATION: Codec[tuple[Target, ...] | None] = Codec(
    _parse_rotation, lambda targets: None if targets is None else [number_text(target) for target in targets]
)


def is_agent(target: Target) -> bool:
    """Whether this is an AI voice agent of Convirza's."""
    return isinstance(target, Reference) and target.provider == PROVIDER and target.kind == AGENT


def rings(target: Target) -> bool:
    """Whether Convirza can ring this: a number, or its own reference."""
    if isinstance(target, PhoneNumber):
        return bool(_E164.fullmatch(target.number) or (_NATIONAL.fullmatch(target.number) and len(target.number) == 12))
    return isinstance(target, Reference) and target.provider == PROVIDER and target.kind in (UNKNOWN, AGENT) and bool(target.id)
