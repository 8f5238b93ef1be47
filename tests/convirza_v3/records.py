"""Small routes, and short words for what the tests look at."""

from __future__ import annotations

import json
from typing import Any

import unicall
from unicall.graph import Announce, Flow, Node, NodeId, RecordCall, Reference, Ring, Voicemail, text_of, walk
from unicall.translation import Parsed, Translation

V3 = "convirza-v3"
FIRST, SECOND, THIRD = "+18015550142", "+18015550151", "+18015550152"
HUNT = [{"phone_number": "18015550151", "rings": 3, "order": 1}, {"phone_number": "18015550152", "rings": 4, "order": 2}]
DISCLAIMER = Reference("convirza-v2", "disclaimer", "account")


def route(kind: str = "simple", **fields: Any) -> dict[str, Any]:
    return {"route_type": kind} | fields


def simple(**fields: Any) -> dict[str, Any]:
    return route(ring_to="18015550142") | fields


def tree(*items: Any, **fields: Any) -> dict[str, Any]:
    return route("ivr", message="Welcome.", ivrs=list(items)) | fields


def item(key: Any = 1, action: Any = "simple", **fields: Any) -> dict[str, Any]:
    return {"key": key, "action": action} | ({"ring_to": "18015550142"} if action == "simple" else {}) | fields


def submenu(*items: Any, **fields: Any) -> dict[str, Any]:
    return item(action="interactiveVoice", message="Below.", ivrs=list(items)) | fields


def scheduled(*entries: Any, **fields: Any) -> dict[str, Any]:
    block = {"timezone": "America/Denver", "default_ring_to": "18015550142", "schedules": list(entries)} | fields
    return route("schedule", schedule_route=block)


def hours(*days: Any, start: Any = "08:00", end: Any = "17:00", **fields: Any) -> dict[str, Any]:
    return {"schedule_days": list(days or ("Mon-Fri",)), "start_time": start, "end_time": end, "ring_to": "18015550151"} | fields


def place(city: str = "Provo", **fields: Any) -> dict[str, Any]:
    return {"city": city, "ring_to": "18015550151"} | fields


def read(record: Any) -> Parsed:
    """The route as it is read, which must come back as it was."""
    before = json.dumps(record)
    parsed = unicall.parse(record, V3)
    assert json.dumps(unicall.emit(parsed.flow, V3).document) == before
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


def rung(flow: Flow, at: NodeId) -> Ring:
    """The ring of this id."""
    node = flow.nodes[at]
    assert isinstance(node, Ring)
    return node


def _short(node: Node) -> Any:
    if isinstance(node, Ring):
        return tuple(text_of(rung.target) for rung in node.targets), node.timeout
    if isinstance(node, Announce):
        return text_of(node.prompt)
    if isinstance(node, Voicemail):
        return "Voicemail" if node.greeting is None else f"Voicemail: {text_of(node.greeting)}"
    return "RecordCall" if isinstance(node, RecordCall) else type(node).__name__


def written(flow: Flow, form: Any = None) -> dict[str, Any]:
    """The route of a flow."""
    document: dict[str, Any] = unicall.emit(flow, V3, form).document
    return document


def crossing(record: Any, source: str, target: str) -> Translation:
    """A translation."""
    return unicall.translate(record, source, target)


def troubles(translation: Translation) -> list[tuple[str, str]]:
    """What of a translation is more than a note, that the names are unverified apart."""
    return [(p.code, p.pointer) for p in translation.problems if p.severity != "note" and p.code != "UC405"]
