"""Modules whose facts fit on a line or two: ends, hand-overs, tests of the caller, and effects that nobody hears."""

from __future__ import annotations

import re
from collections.abc import Iterable

from unicall.adapter import NEW
from unicall.graph import (
    NEXT,
    CallerMatch,
    Conference,
    Directory,
    Fax,
    Hangup,
    Notify,
    Park,
    Pause,
    Queue,
    RecordCall,
    Reference,
    Reject,
    SetCallerId,
    SetLanguage,
    SetVariable,
    Subflow,
    Webhook,
)
from unicall.wire import Codec, Cursor, Json, Key, Put, anything, integer, number, one_of, optional, put, put_json, scaled, text
from unicall_vinix.bundle import PROVIDER
from unicall_vinix.prompt import emit_prompt, parse_prompt
from unicall_vinix.visit import Emission, Visit

ID = Key("id", optional(text), None)


def _reference(visit: Visit, kind: str, key: Key[str | None] = ID) -> Reference | None:
    found = visit.data.take(key)
    visit.mark("", visit.data.at(key))
    return None if found is None else Reference(PROVIDER, kind, found)


def _id_of(reference: Reference | None, section: str, out: Emission) -> str | None:
    """The id of a reference; a foreign one gets a document of its own, which somebody has to complete."""
    if reference is None or reference.provider == PROVIDER:
        return None if reference is None else reference.id
    document = {"name": f"{reference.provider} {reference.kind} {reference.id}"[:128]}
    return out.writer.claim(section, f"{NEW}{_SECTIONS[section]}-{reference.id}", document)


_SECTIONS = {"conferences": "conference", "directories": "directory", "lists": "list", "queues": "queue"}


# Ends.

CODE = Key("code", integer, 486, always=True)
MESSAGE = Key("message", optional(text), None)
MEDIA = Key("media", optional(text), None)


def parse_hangup(visit: Visit) -> Hangup:
    """``hangup``: ends the call even inside a subroutine."""
    return Hangup()


def emit_hangup(node: Hangup, out: Emission) -> tuple[str, Iterable[Put]]:
    """No data."""
    return "hangup", ()


def parse_response(visit: Visit) -> Reject:
    """``response``: a SIP code, 486 where it does not say."""
    visit.mark("code", visit.data.at(CODE))
    visit.mark("reason", visit.data.at(MESSAGE))
    media = visit.data.take(MEDIA)
    prompt = parse_prompt(visit.reader, media)
    visit.keep(media=media)
    visit.mark("prompt", visit.media_at(media, prompt) or visit.data.at(MEDIA))
    return Reject(code=visit.data.take(CODE), reason=visit.data.take(MESSAGE), prompt=prompt)


def emit_reject(node: Reject, out: Emission) -> tuple[str, Iterable[Put]]:
    """The code and its text."""
    out.mark("code", "/data/code")
    out.mark("prompt", "/data/media")
    media = emit_prompt(node.prompt, out.name, out.kept("media"), out.writer)
    return "response", (put(CODE, node.code), put(MESSAGE, node.reason), put(MEDIA, media))


# Hand-overs.

PRIORITY = Key("priority", optional(integer), None)
SLOT = Key("slot", optional(text), None)
PARK_ACTION = Key("action", text, "park", always=True)
FAXBOX = Key("faxbox_id", optional(text), None)
SEND_TO = "send_to"


def parse_conference(visit: Visit) -> Conference:
    """``conference``: a room; without one the caller is asked for it."""
    return Conference(room=_reference(visit, "conference"))


def emit_conference(node: Conference, out: Emission) -> tuple[str, Iterable[Put]]:
    """The room's id."""
    return "conference", (put(ID, _id_of(node.room, "conferences", out)),)


def parse_faxbox(visit: Visit) -> Fax:
    """``faxbox``: ``id`` or ``faxbox_id``. Who gets the fax stands in the box, where unicall made it."""
    key = ID if visit.data.has(ID) else FAXBOX
    box = _reference(visit, "faxbox", key)
    visit.mark("box", visit.data.at(key))
    if box is None or not box.id.startswith(NEW):
        return Fax(box=box)
    sent = visit.reader.read("faxboxes", box.id, _parse_faxbox) or ()
    if sent:
        visit.reader.use("faxboxes", box.id)
    visit.mark("recipients", visit.reader.at("faxboxes", box.id, "notifications") if sent else visit.data.at(key))
    return Fax(box=box, recipients=tuple(sent))


def _parse_faxbox(doc: Cursor) -> tuple[str, ...]:
    email: Json = doc.raw
    for name in ("notifications", "inbound", "email", SEND_TO):
        email = email.get(name) if isinstance(email, dict) else None
    doc.seen("notifications", "name")
    return tuple(item for item in email if isinstance(item, str)) if isinstance(email, list) else ()


def emit_faxbox(node: Fax, out: Emission) -> tuple[str, Iterable[Put]]:
    """The box that was read; else a new one that mails the fax to the recipients."""
    if node.box is None and not node.recipients and out.word == "faxbox":
        return "faxbox", ()
    if node.box is not None and node.box.provider == PROVIDER and not node.recipients:
        key = FAXBOX if out.kept("key") == FAXBOX.name or _read_from(out, FAXBOX) else ID
        return "faxbox", (put(key, node.box.id),)
    document: dict[str, Json] = {"name": out.name[:128]}
    if node.recipients:
        document["notifications"] = {"inbound": {"email": {SEND_TO: list(node.recipients)}}}
    what = node.box.id if node.box is not None and node.box.provider == PROVIDER else f"{NEW}faxbox-{out.at}"
    return "faxbox", (put(ID, out.writer.claim("faxboxes", what, document)),)


def _read_from(out: Emission, key: Key[str | None]) -> bool:
    order = ((out.kept("in") or {}).get("data") or {}).get("order") or ()
    return key.name in order and "id" not in order


def parse_acdc_member(visit: Visit) -> Queue:
    """``acdc_member``: waits in a queue; ``_`` when the queue is full, too slow, or left by a key."""
    visit.lead("_", NEXT)
    visit.mark("queue", visit.data.at(ID))
    visit.mark("priority", visit.data.at(PRIORITY))
    return Queue(queue=_reference(visit, "queue"), priority=visit.data.take(PRIORITY))


def emit_queue(node: Queue, out: Emission) -> tuple[str, Iterable[Put]]:
    """The queue's id."""
    out.lead(NEXT, "_")
    return "acdc_member", (put(ID, _id_of(node.queue, "queues", out)), put(PRIORITY, node.priority))


def parse_directory(visit: Visit) -> Directory:
    """``directory``: dial by name; ``_`` when nobody was found."""
    visit.lead("_", NEXT)
    return Directory(directory=_reference(visit, "directory"))


def emit_directory(node: Directory, out: Emission) -> tuple[str, Iterable[Put]]:
    """The directory's id."""
    out.lead(NEXT, "_")
    return "directory", (put(ID, _id_of(node.directory, "directories", out)),)


def parse_park(visit: Visit) -> Park | None:
    """``park`` with the action direct_park and nothing but ``_`` after it; all others belong to their platform."""
    if visit.data.raw.get("action") != "direct_park" or set(visit.children) - {"_"}:
        return None
    visit.data.take(PARK_ACTION)
    visit.lead("_", NEXT)
    visit.mark("slot", visit.data.at(SLOT))
    return Park(slot=visit.data.take(SLOT))


def emit_park(node: Park, out: Emission) -> tuple[str, Iterable[Put]]:
    """At a slot, or at the first that is free."""
    out.lead(NEXT, "_")
    return "park", (put(PARK_ACTION, "direct_park"), put(SLOT, node.slot))


def parse_callflow(visit: Visit) -> Subflow:
    """``callflow``: runs another callflow; when that stops, ``_`` runs."""
    visit.lead("_", NEXT)
    visit.mark("flow", visit.data.at(ID))
    return Subflow(flow=_reference(visit, "flow"))


def emit_subflow(node: Subflow, out: Emission) -> tuple[str, Iterable[Put]]:
    """The callflow's id."""
    out.lead(NEXT, "_")
    key = None if node.flow is None else node.flow.id
    if node.flow is not None and node.flow.provider != PROVIDER:
        key = f"{NEW}callflow-{node.flow.kind}-{node.flow.id}"
    return "callflow", (put(ID, key),)


# Tests of the caller.

REGEX = Key("regex", text, ".*", always=True)


def _two_ways(visit: Visit) -> bool:
    """Lead match, nomatch and the ``_`` that stands in for one of them; False where it stands in for both."""
    keys = set(visit.children)
    if "_" in keys and not keys & {"match", "nomatch"}:
        return False
    visit.lead("match", "match")
    visit.lead("nomatch", "no_match")
    if {"match", "nomatch"} <= keys:
        visit.close("_", "match and nomatch come before it")
    elif "_" in keys:
        stands_in = "no_match" if "match" in keys else "match"
        visit.lead("_", stands_in)
        visit.keep(stands_in=stands_in)
    for key in keys - {"match", "nomatch", "_"}:
        visit.close(key, "the test has two outcomes")
    return True


def _lead_two_ways(out: Emission) -> None:
    for label, key in (("match", "match"), ("no_match", "nomatch")):
        out.lead(label, "_" if out.kept("stands_in") == label else key)


def _is_readable(regex: Json) -> bool:
    try:
        return not isinstance(regex, str) or re.compile(regex) is not None
    except (re.error, OverflowError, RecursionError):
        return False


def _renames(visit: Visit) -> bool:
    """Whether a later test would see another caller, whom this one puts in place of the first."""
    caller = visit.data.raw.get("caller_id")
    external = caller.get("external") if isinstance(caller, dict) else None
    if not isinstance(external, dict) or not all((visit.data.raw.get("user_id"), external.get("name"), external.get("number"))):
        return False
    below: list[Json] = [visit.children.get("match")]
    while below:
        node = below.pop()
        if isinstance(node, dict):
            if node.get("module") == "check_cid":
                return True
            children = node.get("children")
            below.extend(children.values() if isinstance(children, dict) else ())
    return False


def parse_check_cid(visit: Visit) -> CallerMatch | None:
    """``check_cid``: a regular expression on the caller's number, not anchored."""
    absolute = visit.data.raw.get("use_absolute_mode") not in (None, False, "false")
    if absolute or not _is_readable(visit.data.raw.get(REGEX.name)) or _renames(visit) or not _two_ways(visit):
        return None
    visit.mark("", visit.data.at(REGEX))
    visit.mark("pattern", visit.data.at(REGEX))
    return CallerMatch(pattern=visit.data.take(REGEX))


def parse_cidlistmatch(visit: Visit) -> CallerMatch | None:
    """``cidlistmatch``: is the caller on a list document."""
    if not visit.data.has(ID) or not _two_ways(visit):
        return None
    visit.mark("list", visit.data.at(ID))
    return CallerMatch(list=_reference(visit, "list"))


def emit_caller_match(node: CallerMatch, out: Emission) -> tuple[str, Iterable[Put]]:
    """``check_cid`` for an expression, ``cidlistmatch`` for a list."""
    _lead_two_ways(out)
    if node.list is not None:
        return "cidlistmatch", (put(ID, _id_of(node.list, "lists", out)),)
    out.mark("pattern", "/data/regex")
    return "check_cid", (put(REGEX, node.pattern if node.pattern is not None else ".*"),)


# Effects. All of them go on to ``_`` at once.

CID_NAME = Key("caller_id_name", optional(text), None)
CID_NUMBER = Key("caller_id_number", optional(text), None)
RECORD_ACTION = Key("action", text, "start", always=True)
LANGUAGE = Key("language", optional(text), None)
VARIABLE = Key("variable", optional(text), None)
VALUE = Key("value", anything, None)
VARIABLES = "custom_application_vars"
URI = Key("uri", optional(text), None)
VERB = Key("http_verb", optional(Codec(lambda raw: text.decode(raw).lower(), str.lower)), None)
LONGEST_PAUSE = 86400  # seconds; the executor cuts longer ones (Kazoo's source)
DURATION = Key("duration", scaled(number, 1), 0)
UNIT: Key[float] = Key("unit", one_of({"ms": 0.001, "s": 1, "m": 60, "h": 3600}), 1)


def parse_set_cid(visit: Visit) -> SetCallerId:
    """``set_cid``: an empty text takes an earlier rewriting away."""
    visit.lead("_", NEXT)
    visit.mark("name", visit.data.at(CID_NAME))
    visit.mark("number", visit.data.at(CID_NUMBER))
    return SetCallerId(name=visit.data.take(CID_NAME), number=visit.data.take(CID_NUMBER))


def emit_set_cid(node: SetCallerId, out: Emission) -> tuple[str, Iterable[Put]]:
    """Name and number."""
    out.lead(NEXT, "_")
    return "set_cid", (put(CID_NAME, node.name), put(CID_NUMBER, node.number))


def parse_record_call(visit: Visit) -> RecordCall:
    """``record_call``: any action but stop starts."""
    visit.lead("_", NEXT)
    visit.mark("on", visit.data.at(RECORD_ACTION))
    action = visit.data.take(RECORD_ACTION)
    if action not in ("start", "stop"):
        visit.data.keep(RECORD_ACTION)
        visit.keep(action=action)
    return RecordCall(on=action != "stop")


def emit_record_call(node: RecordCall, out: Emission) -> tuple[str, Iterable[Put]]:
    """Start or stop."""
    out.lead(NEXT, "_")
    out.mark("on", "/data/action")
    kept = out.kept("action")
    return "record_call", (put(RECORD_ACTION, kept if node.on and kept is not None else "start" if node.on else "stop"),)


def parse_language(visit: Visit) -> SetLanguage | None:
    """``language``: of the prompts that follow."""
    visit.lead("_", NEXT)
    visit.mark("language", visit.data.at(LANGUAGE))
    found = visit.data.take(LANGUAGE)
    return None if found is None else SetLanguage(language=found)


def emit_language(node: SetLanguage, out: Emission) -> tuple[str, Iterable[Put]]:
    """The tag."""
    out.lead(NEXT, "_")
    return "language", (put(LANGUAGE, node.language),)


def parse_set_variable(visit: Visit) -> SetVariable | None:
    """``set_variable``: one of the two that work."""
    visit.lead("_", NEXT)
    name = visit.data.take(VARIABLE)
    if name is None:
        return None
    visit.mark("values", visit.data.pointer)
    return SetVariable(values={name: visit.data.take(VALUE)})


def parse_set_variables(visit: Visit) -> SetVariable:
    """``set_variables``: custom application variables."""
    visit.lead("_", NEXT)
    visit.mark("values", visit.data.at(VARIABLES))
    raw = visit.data.raw.get(VARIABLES)
    if raw is None:
        return SetVariable(values={})
    visit.data.seen(VARIABLES)
    if not isinstance(raw, dict):
        visit.data.log.refuse(visit.data.at(VARIABLES), "expected an object")
        return SetVariable(values={})
    return SetVariable(values=raw)


def emit_set_variable(node: SetVariable, out: Emission) -> tuple[str, Iterable[Put]]:
    """One that works as one; all others as application variables."""
    out.lead(NEXT, "_")
    if out.word == "set_variable" and len(node.values) == 1:
        name, value = next(iter(node.values.items()))
        return "set_variable", (put(VARIABLE, name), put(VALUE, value))
    return "set_variables", (put_json(VARIABLES, dict(node.values), always=True),)


def parse_webhook(visit: Visit) -> Webhook:
    """``webhook``: nobody waits for the answer."""
    visit.lead("_", NEXT)
    visit.mark("url", visit.data.at(URI))
    visit.mark("method", visit.data.at(VERB))
    return Webhook(url=visit.data.take(URI), method=visit.data.take(VERB))


def emit_webhook(node: Webhook, out: Emission) -> tuple[str, Iterable[Put]]:
    """The address."""
    out.lead(NEXT, "_")
    return "webhook", (put(URI, node.url), put(VERB, node.method))


def parse_sleep(visit: Visit) -> Pause:
    """``sleep``: in a unit of its own; an unknown one means seconds."""
    visit.lead("_", NEXT)
    visit.mark("seconds", visit.data.at(DURATION))
    unit = visit.data.take(UNIT)
    visit.keep(unit=unit)
    return Pause(seconds=visit.data.take(DURATION) * unit)


def emit_pause(node: Pause, out: Emission) -> tuple[str, Iterable[Put]]:
    """In the unit it was read in, or in milliseconds where seconds will not do."""
    out.lead(NEXT, "_")
    out.mark("seconds", "/data/duration")
    seconds = node.seconds if out.kept("unit") else min(node.seconds, LONGEST_PAUSE)
    unit: float = out.kept("unit") or (1 if seconds == int(seconds) else 0.001)
    duration = seconds / unit
    nearest = round(duration)
    if abs(duration - nearest) < 1e-6:
        duration = nearest
    return "sleep", (put(DURATION, duration, always=True), put(UNIT, unit))


RECIPIENTS = "recipients"


def parse_missed_call_alert(visit: Visit) -> Notify | None:
    """``missed_call_alert``: mail to people if the call is never answered; users are people too."""
    visit.lead("_", NEXT)
    raw = visit.data.raw.get(RECIPIENTS)
    plain = isinstance(raw, list) and all(
        isinstance(item, dict)
        and item.keys() == {"type", "id"}
        and item["type"] in ("user", "email")
        and isinstance(item["id"], str)
        and list(item) == list(raw[0])
        for item in raw
    )
    if not plain:
        return None
    visit.data.seen(RECIPIENTS)
    visit.mark("recipients", visit.data.at(RECIPIENTS))
    if raw and next(iter(raw[0])) == "id":
        visit.keep(id_first=True)
    people = tuple(p["id"] if p["type"] == "email" else Reference(PROVIDER, "user", p["id"]) for p in raw or ())
    return Notify(recipients=people, when="missed")


def emit_notify(node: Notify, out: Emission) -> tuple[str, Iterable[Put]]:
    """Addresses and users."""
    out.lead(NEXT, "_")
    people = [
        {"type": "email", "id": p} if isinstance(p, str) else {"type": p.kind, "id": p.id}
        for p in node.recipients
        if isinstance(p, str) or (p.provider, p.kind) == (PROVIDER, "user")
    ]
    if out.kept("id_first"):
        people = [{"id": p["id"], "type": p["type"]} for p in people]
    return "missed_call_alert", (put_json(RECIPIENTS, people, always=True),)
