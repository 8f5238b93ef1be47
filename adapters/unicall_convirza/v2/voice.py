"""What a caller hears before a route begins: recording, disclaimer and message, which a record, an item and an option all have.

Documented: the keys. Assumed: their order, recording first; ``play_disclaimer`` puts the disclaimer before or after the message.
The surprise: the message of a menu is its greeting, and a disclaimer ``after`` it is no announcement of its own, because callers
press their key while it plays: it is the menu's notice.
"""

from __future__ import annotations

from typing import TypeAlias

from attrs import evolve, frozen

from unicall.graph import NEXT, Announce, Menu, Node, NodeId, Prompt, RecordCall, Reference, Speech, child_id
from unicall.wire import Cursor, Key, Put, put
from unicall_convirza.facts import DISCLAIMER, DISCLAIMER_FLAG, SWITCH, WORDS
from unicall_convirza.v2.number import PROVIDER
from unicall_convirza.v2.reading import Draft, glance, settle
from unicall_convirza.v2.writing import (
    Page,
    Shape,
    cleared,
    is_own_audio,
    rest_of,
    said,
    switch,
    text_of_prompt,
    was_read,
)

#: The account's own text; the record only says whether and when it is played.
THE_DISCLAIMER = Reference(PROVIDER, "disclaimer", "account")


@frozen(kw_only=True)
class Voice:
    """The keys of one object for what is heard around its route. ``record`` None: nothing there switches recording on."""

    record: Key[bool] | None
    disclaimer: Key[str]
    message_switch: Key[bool] | None
    message: Key[str | None]
    whisper_switch: Key[bool]
    whisper: Key[str | None]
    voicemail: Key[bool]


RECORD = Voice(
    record=Key("record_call_enabled", SWITCH, False, always=True),
    disclaimer=Key("play_disclaimer", DISCLAIMER, "never", always=True),
    message_switch=Key("message_enabled", SWITCH, False, always=True),
    message=Key("message", WORDS, None),
    whisper_switch=Key("whisper_enabled", SWITCH, False, always=True),
    whisper=Key("whisper_message", WORDS, None),
    voicemail=Key("voicemail_enabled", SWITCH, False, always=True),
)
#: The top level of a request has no switch for recording (neither body names one).
REQUEST = evolve(RECORD, record=None)
ITEM = Voice(
    record=Key("record_enabled", SWITCH, False, always=True),
    disclaimer=Key("play_disclaimer", DISCLAIMER, "never", always=True),
    message_switch=None,
    message=Key("message", WORDS, None),
    whisper_switch=Key("whisper_enabled", SWITCH, False, always=True),
    whisper=Key("whisper_message", WORDS, None),
    voicemail=Key("voicemail_enabled", SWITCH, False, always=True),
)
#: An item of a single level menu in the plain request: its message has a switch (assumed).
CHOICE = evolve(ITEM, message_switch=RECORD.message_switch)
OPTION = Voice(
    record=Key("ivr_record_enabled", SWITCH, False, always=True),
    disclaimer=Key("ivr_play_disclaimer", DISCLAIMER_FLAG, "never", always=True),
    message_switch=Key("ivr_message_enabled", SWITCH, False, always=True),
    message=Key("ivr_message", WORDS, None),
    whisper_switch=Key("ivr_whisper_enabled", SWITCH, False, always=True),
    whisper=Key("ivr_whisper_message", WORDS, None),
    voicemail=Key("ivr_voicemail_enabled", SWITCH, False, always=True),
)


#: A prompt that is heard, or None where recording starts; the field of its node, and where that stands.
_Step: TypeAlias = tuple[Prompt | None, str, str]


def parse_opening(draft: Draft, at: NodeId, doc: Cursor, voice: Voice) -> NodeId:
    """What is heard before a route, from this node on. Returns the node where the route begins."""
    steps: list[_Step] = []
    if voice.record is not None and doc.take(voice.record):
        steps.append((None, "on", doc.at(voice.record)))
    where = doc.take(voice.disclaimer)
    message = _message(doc, voice, greets=False)
    if message is not None and (prompt := draft.spoken(message)):
        steps.append((prompt, "prompt", doc.at(voice.message)))
    if where != "never":
        disclaimer = (THE_DISCLAIMER, "prompt", doc.at(voice.disclaimer))
        steps.insert(len(steps) - (where == "before" and message is not None), disclaimer)
        if message is None and where == "after":
            doc.keep(voice.disclaimer)
    return _line_up(draft, at, steps)


def parse_greeting(draft: Draft, at: NodeId, doc: Cursor, voice: Voice, *, records: bool) -> tuple[NodeId, Menu]:
    """What is heard before a menu, from this node on. Returns the node where the menu stands, and what it says."""
    steps: list[_Step] = []
    if voice.record is not None:
        settle(doc, records, voice.record)
        if records and glance(doc, voice.record):
            steps.append((None, "on", doc.at(voice.record)))
    where = doc.take(voice.disclaimer)
    if where == "before":
        steps.append((THE_DISCLAIMER, "prompt", doc.at(voice.disclaimer)))
    menu = _line_up(draft, at, steps)
    notice = THE_DISCLAIMER if where == "after" else None
    draft.places |= {(menu, "greeting"): doc.at(voice.message), (menu, "notice"): doc.at(voice.disclaimer)}
    return menu, Menu(greeting=draft.spoken(_message(doc, voice, greets=True)), notice=notice)


def _message(doc: Cursor, voice: Voice, *, greets: bool) -> str | None:
    """The message where it is switched on. A menu without a switch greets all the same (assumed)."""
    if voice.message_switch is None:
        return doc.take(voice.message)
    unsaid = doc.raw.get(voice.message_switch.name) in (None, "")
    on = glance(doc, voice.message_switch) or (greets and unsaid)
    message = glance(doc, voice.message) if on else None
    settle(doc, message is not None and not unsaid, voice.message_switch)
    settle(doc, message is not None, voice.message)
    return message


def _line_up(draft: Draft, at: NodeId, steps: list[_Step]) -> NodeId:
    for prompt, field, where in steps:
        after = child_id(at, NEXT)
        exits = {NEXT: after}
        draft.add(at, RecordCall(exits=exits) if prompt is None else Announce(prompt=prompt, exits=exits), where, **{field: where})
        at = after
    return at


def opening(page: Page, at: NodeId | None) -> tuple[list[tuple[NodeId, Node]], NodeId | None]:
    """The recording and the announcements from here on, and the node behind them."""
    steps: list[tuple[NodeId, Node]] = []
    node = page.node(at)
    while at is not None and isinstance(node, RecordCall | Announce):
        steps.append((at, node))
        at = node.exits.get(NEXT)
        node = page.node(at)
    return steps, at


def emit_opening(
    page: Page, steps: list[tuple[NodeId, Node]], route: Node | None, shape: Shape | None, voice: Voice, base: str
) -> list[Put]:
    """The keys for what is heard before a route, or before a menu and in its greeting."""
    heard: list[str] = []
    text = text_of_prompt(route.greeting) if isinstance(route, Menu) else None
    records = False
    for at, node in steps:
        if isinstance(node, RecordCall) and voice.record is not None:
            records = node.on
            page.went(at, f"{base}/{voice.record.name}", on=f"{base}/{voice.record.name}")
        elif isinstance(node, Announce):
            own = node.prompt == THE_DISCLAIMER
            heard.append("disclaimer" if own else "message")
            text = text if own else text_of_prompt(node.prompt)
            where = f"{base}/{voice.disclaimer.name if own else voice.message.name}"
            page.went(at, where, prompt=where)
    return [
        *([] if voice.record is None else [switch(voice.record, records, shape)]),
        _emit_disclaimer([*heard, *_noticed(route)], shape, voice),
        *_emit_message(text, shape, voice, greets=isinstance(route, Menu)),
    ]


def _noticed(route: Node | None) -> list[str]:
    """A disclaimer behind the greeting of a menu is one after a message, even where the greeting is silent."""
    return ["message", "disclaimer"] if isinstance(route, Menu) and route.notice == THE_DISCLAIMER else []


def _emit_disclaimer(heard: list[str], shape: Shape | None, voice: Voice) -> Put:
    key = voice.disclaimer
    if "disclaimer" not in heard:
        return said(key, None if key.name in rest_of(shape) else "never")
    kept = None if shape is None else (shape.get("odd") or {}).get(key.name)
    alone = heard == ["disclaimer"] and kept == "after"
    return put(key, "after" if alone or heard[0] == "message" else "before")


def _emit_message(text: str | None, shape: Shape | None, voice: Voice, *, greets: bool) -> list[Put]:
    if voice.message_switch is None:
        return [cleared(voice.message, text, shape)]
    key = voice.message_switch
    unsaid = shape is not None and not was_read(shape, key) and rest_of(shape).get(key.name) in (None, "")
    on = said(key, None) if text and greets and unsaid else switch(key, text is not None, shape)
    return [on, cleared(voice.message, text, shape)]


def parse_whisper(draft: Draft, doc: Cursor, voice: Voice) -> Prompt | None:
    """What whoever answers hears first. :func:`settle_whisper` says later whether anybody rings at all."""
    draft.whisper_at = doc.at(voice.whisper)
    return draft.spoken(glance(doc, voice.whisper)) if glance(doc, voice.whisper_switch) else None


def settle_whisper(doc: Cursor, voice: Voice, whisper: Prompt | None, *, rings: bool) -> None:
    """Take the whisper where somebody rings; else it stays behind."""
    counts = rings and whisper is not None
    settle(doc, counts, voice.whisper_switch)
    settle(doc, counts, voice.whisper)


def emit_whisper(whisper: Prompt | None, shape: Shape | None, voice: Voice) -> list[Put]:
    """The whisper of those who ring."""
    text = text_of_prompt(whisper)
    return [switch(voice.whisper_switch, text is not None, shape), cleared(voice.whisper, text, shape)]


def can_be_said(prompt: Prompt) -> bool:
    """Whether Convirza can play this: text, or a prompt of its own."""
    return bool(prompt.text) if isinstance(prompt, Speech) else is_own_audio(prompt)
