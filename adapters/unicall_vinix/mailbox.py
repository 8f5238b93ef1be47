"""``voicemail`` with the action compose: the caller leaves a message in a box.

The greeting stands in the box document (``media.unavailable``). A box that unicall makes has the two keys the schema requires,
``mailbox`` and ``name``, numbered after the flow's entry point; nobody knows whether such a box fits the account, so the ledger
says ``unresolved``. The action check belongs to the owner of a box and is no voicemail in this sense.
"""

from __future__ import annotations

from collections.abc import Iterable

from unicall.adapter import NEW
from unicall.graph import NEXT, Flow, Reference, Voicemail
from unicall.wire import Cursor, Key, Put, flag, optional, put, put_json, text, write
from unicall_vinix.bundle import PROVIDER, write_document
from unicall_vinix.prompt import emit_prompt, parse_prompt
from unicall_vinix.visit import Emission, Visit

ID = Key("id", optional(text), None)
ACTION = Key("action", text, "compose", always=True)
UNAVAILABLE = Key("unavailable", optional(text), None)
MAILBOX = Key("mailbox", optional(text), None)
NAME = Key("name", optional(text), None)
CHECK_IF_OWNER = Key("check_if_owner", flag, True, always=True)
SILENT = "skip_greeting"


def parse_voicemail(visit: Visit) -> Voicemail | None:
    """A box to leave a message in; None for the action check, for anything nobody knows, and for a box by the number dialled."""
    if visit.data.raw.get("action", "compose") not in ("compose", None) or not visit.data.raw.get(ID.name):
        return None
    visit.data.take(ACTION)
    key = visit.data.take(ID)
    visit.lead("_", NEXT)
    visit.mark("", visit.data.at(ID))
    visit.mark("mailbox", visit.data.at(ID))
    media = visit.reader.read("vmboxes", key, _parse_box) if key is not None else None
    if key is not None and visit.reader.given("vmboxes", key):
        visit.reader.use("vmboxes", key)
    greeting = parse_prompt(visit.reader, media)
    if key is not None and media is not None:
        visit.keep(media=media)
        visit.mark("greeting", visit.media_at(media, greeting) or visit.reader.at("vmboxes", key, "media", "unavailable"))
    return Voicemail(mailbox=None if key is None else Reference(PROVIDER, "mailbox", key), greeting=greeting)


def _parse_box(doc: Cursor) -> str | None:
    """The box's greeting, as long as callers hear it."""
    if doc.raw.get(SILENT) in (True, "true"):
        return None
    media = doc.object("media")
    return None if media is None else media.take(UNAVAILABLE)


def emit_voicemail(node: Voicemail, out: Emission) -> tuple[str, Iterable[Put]]:
    """The box it was read from, or a new one."""
    out.lead(NEXT, "_")
    out.mark("mailbox", "/data/id")
    box = node.mailbox
    if box is not None and box.provider == PROVIDER:
        key = _claim_box(node, box.id, out)
    elif box is None and out.word == "voicemail" and node.greeting is None:
        return "voicemail", (put(ACTION, "compose"),)
    else:
        key = _new_box(node, out)
        out.mark("greeting", f"/vmboxes/{key}/media/unavailable")
    return "voicemail", (put(ID, key), put(ACTION, "compose"))


def _claim_box(node: Voicemail, key: str, out: Emission) -> str:
    shape = out.writer.shape("vmboxes", key)
    if shape is None:
        return key if node.greeting is None else _new_box(node, out)
    inner = (shape.get("in") or {}).get("media")
    greeting = emit_prompt(node.greeting, f"{out.name} voicemail greeting", out.kept("media"), out.writer)
    media = write_document([put(UNAVAILABLE, greeting)], inner) if inner is not None or greeting is not None else None
    return out.writer.claim("vmboxes", key, write_document([put_json("media", media)], shape))


def _new_box(node: Voicemail, out: Emission) -> str:
    flow = out.flow
    number = mailbox_number(flow)
    what, name = number, flow.name or f"Mailbox {number}"
    if node.mailbox is not None:
        what = f"{node.mailbox.provider}-{node.mailbox.id}"
        name = f"{name}: {node.mailbox.id}"
    greeting = emit_prompt(node.greeting, f"{flow.name or 'Call flow'} voicemail greeting", None, out.writer)
    document = write(
        [
            put(MAILBOX, number),
            put(NAME, name[:128]),
            put(CHECK_IF_OWNER, False),
            put_json("media", None if greeting is None else {"unavailable": greeting}),
        ],
        None,
    )
    return out.writer.claim("vmboxes", f"{NEW}vmbox-{what}", document)


def mailbox_number(flow: Flow) -> str:
    """The number of a box that unicall makes: the digits of the flow's first entry point, else 1000."""
    for way_in in flow.entry_points:
        digits = "".join(char for char in way_in.value if char.isdecimal())
        if way_in.kind in ("number", "extension") and digits:
            return digits[:30]
    return "1000"
