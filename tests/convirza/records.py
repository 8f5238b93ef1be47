"""Small records, and short words for what the tests look at."""

from __future__ import annotations

import json
from typing import Any

import unicall
from unicall.graph import Announce, Node, NodeId, RecordCall, Reference, Ring, Speech, Voicemail, text_of, walk
from unicall.translation import Parsed

FIRST, SECOND, THIRD = "+18015550142", "+18015550151", "+18015550152"
HUNT = [{"overflowNumber": 8015550151, "rings": 3}, {"overflowNumber": 8015550152, "rings": 4}]
GREETING = Speech("Leave a message.")
DISCLAIMER = Reference("convirza-v2", "disclaimer", "account")


def simple(**fields: Any) -> dict[str, Any]:
    return {"routable_type": "SimpleRoute", "default_ringto": "8015550142"} | fields


def tree(*items: Any, **fields: Any) -> dict[str, Any]:
    return {"routable_type": "IvrRoute2", "message": "Welcome.", "ivrs": list(items)} | fields


def item(key: Any = 1, action: Any = "simple", **fields: Any) -> dict[str, Any]:
    return {"key": key, "action": action} | ({"target_did": 8015550142} if action == "simple" else {}) | fields


def submenu(*items: Any, **fields: Any) -> dict[str, Any]:
    return item(action="interactiveVoice", message="Below.", ivrData=list(items)) | fields


def flat(*options: Any, kind: str = "IvrRoute2", **fields: Any) -> dict[str, Any]:
    return {"routable_type": kind, "message": "Welcome.", "ivr_route": {"options": list(options)}} | fields


def option(value: Any = 1, **fields: Any) -> dict[str, Any]:
    return {"value": value, "ivr_target_did": 8015550142} | fields


def scheduled(*entries: Any, **fields: Any) -> dict[str, Any]:
    route = {"timezone": "Mountain", "default_ringto": 8015550142, "schedules": list(entries)} | fields
    return tree(item(action="schedule", scheduleRoute=route))


def hours(*days: str, start: Any = "08:00 AM", end: Any = "05:00 PM", **fields: Any) -> dict[str, Any]:
    window = {"schedule_start_time": start, "schedule_end_time": end, "ring_to": 8015550151}
    return {"schedule_days": [{"id": day} for day in days or ("Mon-Fri",)]} | window | fields


def read(record: Any) -> Parsed:
    """The record as it is read, which must come back as it was."""
    before = json.dumps(record)
    parsed = unicall.parse(record, "convirza-v2")
    assert json.dumps(unicall.emit(parsed.flow, "convirza-v2").document) == before
    assert json.dumps(record) == before, "parsing changed its input"
    return parsed


def nodes(record: Any) -> dict[NodeId, Node]:
    """The nodes that the start reaches, in the order a caller meets them."""
    return dict(walk(read(record).flow))


def said(record: Any) -> list[tuple[str, str]]:
    """What reading brings up: code and pointer."""
    return [(problem.code, problem.pointer) for problem in read(record).problems]


def steps(record: Any) -> list[Any]:
    """The nodes in short: targets and time of a ring, the text of a prompt, the name of the kind of any other."""
    return [_short(node) for node in nodes(record).values()]


def _short(node: Node) -> Any:
    if isinstance(node, Ring):
        return tuple(text_of(rung.target) for rung in node.targets), node.timeout
    if isinstance(node, Announce):
        return text_of(node.prompt)
    if isinstance(node, Voicemail):
        return "Voicemail" if node.greeting is None else f"Voicemail: {text_of(node.greeting)}"
    return "RecordCall" if isinstance(node, RecordCall) else type(node).__name__


def crossing(record: Any, target: str = "api19") -> list[tuple[str, str]]:
    """What a translation says: code and pointer."""
    return [(problem.code, problem.pointer) for problem in unicall.translate(record, "convirza-v2", target).problems]


def behind(record: Any) -> set[str]:
    """The pointers of all that stays behind, as bookkeeping or because nobody knows whether it matters."""
    found: set[str] = set()
    for problem in unicall.translate(record, "convirza-v2", "api19").problems:
        if problem.code == "UC901" and isinstance(problem.value, dict):
            found |= {f"{problem.pointer}/{name}" for name in problem.value}
        elif problem.code in ("UC901", "UC501"):
            found.add(problem.pointer)
    return found


def refusals(record: Any) -> list[str]:
    """Why a record cannot be read: the first error and all others."""
    try:
        unicall.parse(record, "convirza-v2")
    except unicall.DocumentError as error:
        return [str(error), *map(str, error.others)]
    return []
