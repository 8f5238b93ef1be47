"""``menu``: a greeting and keys, in a menu document of its own.

What surprises people (Kazoo's source, read): ``_`` is not "any other key" but comes after all retries; silence is ``timeout``;
``#`` ends the input and can be no key; ``hunt`` is true by schema and false to the executor where it is absent; times are
milliseconds here and seconds elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from unicall.adapter import NEW
from unicall.graph import Menu, Prompt
from unicall.wire import Codec, Cursor, Json, Key, Put, flag, integer, optional, put, put_json, scaled, text
from unicall_vinix.bundle import write_document
from unicall_vinix.prompt import emit_prompt, parse_prompt
from unicall_vinix.visit import Emission, Visit

MILLI: Codec[float] = scaled(integer, 1000)  # type: ignore[arg-type]

ID = Key("id", optional(text), None)
NAME = Key("name", optional(text), None)
RETRIES = Key("retries", integer, 3)
TIMEOUT = Key("timeout", MILLI, 10)
INTERDIGIT = Key("interdigit_timeout", MILLI, 2)
MAX_DIGITS = Key("max_extension_length", integer, 4)
HUNT = Key("hunt", flag, False, always=True)
GREETING = Key("greeting", optional(text), None)
PIN = Key("record_pin", optional(text), None)
ANYBODY = Key("allow_record_from_offnet", flag, False)  # callers are outside: without it the PIN is not for them

#: Prompts of the platform's own, which a menu may silence (false) or say in another way (a media id).
PROMPTS: dict[str, Key[str | None]] = {
    "invalid_prompt": Key("invalid_media", optional(text), None),
    "exit_prompt": Key("exit_media", optional(text), None),
    "transfer_prompt": Key("transfer_media", optional(text), None),
}

NO_INPUT, EXHAUSTED = "timeout", "max_retries"  # child keys; the latter is undocumented
KEY = re.compile(r"[0-9*]+")
DEFAULTS: dict[str, Json] = {"retries": 3, "timeout": 10, "interdigit_timeout": 2, "max_digits": 4, "direct_dial": False}


def parse_menu(visit: Visit) -> Menu | None:
    """The facts of the menu document stand on each node that uses it."""
    key = visit.data.take(ID)
    reader = visit.reader
    visit.keep(id=key)
    facts: dict[str, Json] = {}
    if key is not None and not reader.given("menus", key):
        visit.data.warn("UC103", ID, visit.at, what="menu")
        visit.mark("", visit.data.at(ID))
    elif key is not None:
        facts, media = reader.read("menus", key, _parse_document) or ({}, {})
        if EXHAUSTED in visit.children and "transfer_prompt" in media:
            return None
        reader.use("menus", key)
        facts = facts | _parse_prompts(visit, key, media)
        at = reader.at("menus", key)
        for field, slot in _PLACED:
            visit.mark(field, at + slot.step)
    else:
        facts = DEFAULTS | {"direct_dial": False}
    for child in visit.children:
        if child == NO_INPUT:
            visit.lead(child, "no_input")
        elif child == EXHAUSTED or (child == "_" and EXHAUSTED not in visit.children):
            visit.lead(child, "exhausted")
        elif child == "_":
            visit.close(child, "max_retries comes before it")
        elif not KEY.fullmatch(child):
            visit.close(child, "no caller can press this")
        elif len(child) > (facts.get("max_digits") or len(child)):
            visit.close(child, "the menu ends the input before")
        else:
            visit.lead(child, child)
    return Menu(**facts)


def _parse_document(doc: Cursor) -> tuple[dict[str, Json], dict[str, str]]:
    media = doc.object("media")
    found = {} if media is None else {"greeting": media.take(GREETING)}
    for field, slot in PROMPTS.items():
        if media is not None and media.raw.get(slot.name) not in (True, False, "true", "false"):
            found[field] = media.take(slot)
    facts = {field: doc.take(slot) for field, slot in _FIELDS.items()}
    if doc.raw.get(PIN.name) and doc.raw.get(ANYBODY.name) in (True, "true") and doc.take(ANYBODY):
        facts["record_pin"] = doc.take(PIN)
    return facts, {field: key for field, key in found.items() if key is not None}


def _parse_prompts(visit: Visit, menu: str, media: dict[str, str]) -> dict[str, Prompt | None]:
    facts = {field: parse_prompt(visit.reader, key) for field, key in media.items()}
    at = visit.reader.at("menus", menu, "media")
    for field, slot in _HEARD:
        visit.mark(field, visit.media_at(media.get(field), facts.get(field)) or at + slot.step)
    own = {field: key for field, key in media.items() if field != "greeting"}
    visit.keep(media=media.get("greeting"), prompts=own or None)
    return facts


_FIELDS: dict[str, Key[Json]] = {
    "retries": RETRIES,
    "timeout": TIMEOUT,
    "interdigit_timeout": INTERDIGIT,
    "max_digits": MAX_DIGITS,
    "direct_dial": HUNT,
}


_PLACED = (*_FIELDS.items(), ("record_pin", PIN))
_HEARD = (("greeting", GREETING), *PROMPTS.items())
_SAID = ("greeting", *PROMPTS, "record_pin")

#: What the schema of menus allows; the server refuses a document with anything else.
_LIMITS: dict[str, tuple[float, float]] = {"retries": (1, 10), "timeout": (0.001, 60), "interdigit_timeout": (0.001, 10)}


def _within(node: Menu, field: str, made: bool) -> Json:
    value = getattr(node, field)
    low, high = _LIMITS[field]
    return min(max(value, low), high) if made and value is not None else value


def emit_menu(node: Menu, out: Emission) -> tuple[str, Iterable[Put]]:
    """The menu document: the one that was read, or a new one."""
    known = out.kept("id")
    longest = 0
    for label in node.exits:
        if label == "no_input":
            out.lead(label, NO_INPUT)
        elif label == "exhausted":
            out.lead(label, EXHAUSTED if EXHAUSTED in out.kept_children() else "_")
        elif KEY.fullmatch(label):
            out.lead(label, label)
            longest = max(longest, len(label))
    nothing_said = all(getattr(node, field) is None for field in (*_FIELDS, *_SAID))
    if known is not None and nothing_said and out.writer.shape("menus", known) is None:
        return "menu", (put(ID, known),)
    if known is None and out.word == "menu" and all(getattr(node, field) is None for field in _SAID) and _is_default(node):
        return "menu", ()
    shape = out.writer.shape("menus", known)
    wanted = known if shape is not None else f"{NEW}menu-{out.at}"
    key = out.writer.claim("menus", wanted, _emit_document(node, out, shape, longest))
    for field, slot in _PLACED:
        out.mark(field, f"/menus/{key}/{slot.name}")
    for field, slot in _HEARD:
        out.mark(field, f"/menus/{key}/media/{slot.name}")
    return "menu", (put(ID, key),)


def _is_default(node: Menu) -> bool:
    return all(getattr(node, field) == value for field, value in DEFAULTS.items())


def _emit_document(node: Menu, out: Emission, shape: Json, longest: int) -> Json:
    media_shape = None if shape is None else (shape.get("in") or {}).get("media")
    greeting: Prompt | None = node.greeting
    key = emit_prompt(greeting, f"{out.name} greeting" if shape is None else "greeting", out.kept("media"), out.writer)
    media = write_document([put(GREETING, key), *_emit_prompts(node, out)], media_shape)
    made = shape is None
    longest_input: Json = node.max_digits or max(longest, 1) if made else node.max_digits
    direct: Json = bool(node.direct_dial) if made or node.direct_dial is not None else None
    puts = [
        put(NAME, out.name[:128] if made else None),
        *(put(_FIELDS[field], _within(node, field, made), always=True) for field in _LIMITS),
        put(MAX_DIGITS, min(longest_input, 6) if made and longest_input else longest_input, always=True),
        put(HUNT, direct),
        put(PIN, node.record_pin),
        put(ANYBODY, node.record_pin is not None),
        put_json("media", media or None if made or media_shape is None else media, always=True),
    ]
    return write_document(puts, shape)


def _emit_prompts(node: Menu, out: Emission) -> list[Put]:
    kept = out.kept("prompts") or {}
    return [
        put(slot, emit_prompt(getattr(node, field), f"{out.name} {slot.name.replace('_', ' ')}", kept.get(field), out.writer))
        for field, slot in PROMPTS.items()
    ]
