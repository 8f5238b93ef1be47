"""What a caller hears before a route begins: recording, disclaimer and message, which a route and a menu item both have.

Everything is assumed, after v2: recording first; ``play_disclaimer`` puts the disclaimer before or after the message. The
surprise: the message of a menu is its greeting, and a disclaimer ``after`` it is no announcement of its own, because callers
press their key while it plays: it is the menu's notice.
"""

from __future__ import annotations

from typing import TypeAlias

from unicall.graph import NEXT, Announce, Menu, Node, NodeId, Prompt, RecordCall, child_id
from unicall.wire import Key
from unicall_convirza.facts import DISCLAIMER as WHERE
from unicall_convirza.facts import SWITCH, WORDS
from unicall_convirza.v2.voice import THE_DISCLAIMER  # the account's own: it is the same one in both versions of the API
from unicall_convirza.v3.reading import Doc, Draft, spoken
from unicall_convirza.v3.writing import Page, Sheet, text_of_prompt

RECORD: Key[bool] = Key("record", SWITCH, False, always=True)
DISCLAIMER: Key[str] = Key("disclaimer", WHERE, "never", always=True)
MESSAGE_SWITCH: Key[bool] = Key("message_enabled", SWITCH, False)
MESSAGE: Key[str | None] = Key("message", WORDS, None)
WHISPER_SWITCH: Key[bool] = Key("whisper_enabled", SWITCH, False)
WHISPER: Key[str | None] = Key("whisper", WORDS, None)


#: A prompt that is heard, or None where recording starts; the field of its node, and where that stands.
_Step: TypeAlias = tuple[Prompt | None, str, str]


def parse_opening(draft: Draft, at: NodeId, doc: Doc) -> NodeId:
    """What is heard before a route, from this node on. Returns the node where the route begins."""
    steps: list[_Step] = []
    if doc.take(RECORD):
        steps.append((None, "on", doc.at(RECORD)))
    where = doc.take(DISCLAIMER)
    message = _message(doc, greets=False)
    if prompt := spoken(message):
        steps.append((prompt, "prompt", doc.at(MESSAGE)))
    if where != "never":
        disclaimer = (THE_DISCLAIMER, "prompt", doc.at(DISCLAIMER))
        steps.insert(len(steps) - (where == "before" and message is not None), disclaimer)
        if message is None and where == "after":
            doc.keep(DISCLAIMER)
    return _line_up(draft, at, steps)


def parse_greeting(draft: Draft, at: NodeId, doc: Doc) -> tuple[NodeId, Menu]:
    """What is heard before a menu, from this node on. Returns the node where the menu stands, and what it says."""
    steps: list[_Step] = []
    records = doc.kind == "route"
    doc.settle(records, RECORD)
    if records and doc.glance(RECORD):
        steps.append((None, "on", doc.at(RECORD)))
    where = doc.take(DISCLAIMER)
    if where == "before":
        steps.append((THE_DISCLAIMER, "prompt", doc.at(DISCLAIMER)))
    menu = _line_up(draft, at, steps)
    notice = THE_DISCLAIMER if where == "after" else None
    draft.places |= {(menu, "greeting"): doc.at(MESSAGE), (menu, "notice"): doc.at(DISCLAIMER)}
    return menu, Menu(greeting=spoken(_message(doc, greets=True)), notice=notice)


def _message(doc: Doc, *, greets: bool) -> str | None:
    """The message where it is switched on. An item has no switch; a menu greets as long as none says no (assumed)."""
    if doc.kind == "item":
        return doc.take(MESSAGE)
    unsaid = doc.value(MESSAGE_SWITCH) in (None, "")
    on = doc.glance(MESSAGE_SWITCH) or (greets and unsaid)
    message = doc.glance(MESSAGE) if on else None
    doc.settle(message is not None and not unsaid, MESSAGE_SWITCH)
    doc.settle(message is not None, MESSAGE)
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


def emit_opening(sheet: Sheet, steps: list[tuple[NodeId, Node]], route: Node | None) -> None:
    """The keys for what is heard before a route, or before a menu and in its greeting."""
    heard: list[str] = []
    greets = isinstance(route, Menu)
    text = text_of_prompt(route.greeting) if isinstance(route, Menu) else None
    records = False
    for at, node in steps:
        if isinstance(node, RecordCall):
            records = node.on
            sheet.page.went(at, sheet.at(RECORD), on=sheet.at(RECORD))
        elif isinstance(node, Announce):
            own = is_disclaimer(node)
            heard.append("disclaimer" if own else "message")
            text = text if own else text_of_prompt(node.prompt)
            where = sheet.at(DISCLAIMER if own else MESSAGE)
            sheet.page.went(at, where, prompt=where)
    sheet.put_switch(RECORD, records)
    if isinstance(route, Menu) and route.notice == THE_DISCLAIMER:
        heard += ["message", "disclaimer"]  # behind the greeting, even where that is silent
    _emit_disclaimer(sheet, heard)
    _emit_message(sheet, text, greets=greets)


def _emit_disclaimer(sheet: Sheet, heard: list[str]) -> None:
    if "disclaimer" not in heard:
        sheet.put(DISCLAIMER, None if sheet.left(DISCLAIMER) else "never")
    else:
        alone = heard == ["disclaimer"] and sheet.spelled(DISCLAIMER) == "after"
        sheet.put(DISCLAIMER, "after" if alone or heard[0] == "message" else "before")


def _emit_message(sheet: Sheet, text: str | None, *, greets: bool) -> None:
    sheet.put_text(MESSAGE, text)
    if sheet.kind == "item":
        return
    unsaid = sheet.shape is not None and not sheet.said(MESSAGE_SWITCH)
    if text and greets and unsaid:
        sheet.put(MESSAGE_SWITCH, None)
    else:
        sheet.put_switch(MESSAGE_SWITCH, text is not None)


def parse_whisper(draft: Draft, doc: Doc) -> Prompt | None:
    """What whoever answers hears first. :func:`settle_whisper` says later whether anybody rings at all."""
    draft.whisper_at = doc.at(WHISPER)
    return spoken(doc.glance(WHISPER)) if doc.glance(WHISPER_SWITCH) else None


def settle_whisper(doc: Doc, whisper: Prompt | None, *, rings: bool) -> None:
    """Take the whisper where somebody rings; else it stays behind."""
    doc.settle(rings and whisper is not None, WHISPER_SWITCH, WHISPER)


def emit_whisper(sheet: Sheet, whisper: Prompt | None) -> None:
    """The whisper of those who ring."""
    text = text_of_prompt(whisper)
    sheet.put_switch(WHISPER_SWITCH, text is not None)
    sheet.put_text(WHISPER, text)


def is_disclaimer(node: Node) -> bool:
    """Whether callers hear the account's disclaimer here."""
    return isinstance(node, Announce) and node.prompt == THE_DISCLAIMER


def can_be_said(prompt: Prompt) -> bool:
    """Whether Convirza can say this: text, or audio of its own."""
    return text_of_prompt(prompt) is not None
