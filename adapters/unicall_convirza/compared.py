"""What was sent and what is stored, compared by what both say: each is read by the adapter, and the facts are compared.

The surprise: the two have different forms, so their keys cannot be compared. A fact that was not sent is no difference while the
carrier only fills in what nobody said; a node, an exit or a target that nobody sent is one. A number that calls come in by is none:
a document without one leaves it as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from unicall.adapter import Adapter, Reading, spot
from unicall.graph import Flow
from unicall.ledger import flat, plain
from unicall.live.carrier import Difference
from unicall.problem import DocumentError
from unicall.wire import MISSING, Json, Log, Lookup, same

_Facts = Mapping[tuple[str, str], Json]
KIND, EXITS, WAYS_IN, SETTINGS = "", "exits.", "entry_points.", "settings."


def read(adapter: Adapter, document: Json) -> Reading:
    """The one flow of a document. Raises DocumentError."""
    found = list(adapter.records(document))
    if len(found) != 1:
        raise DocumentError(f"holds {len(found)} flows, not one")
    log = Log()
    at, record = found[0]
    reading = adapter.parse(record, at, log)
    log.check()
    return reading


def differences(adapter: Adapter, sent: Json, stored: Json) -> Iterator[Difference]:
    """Where the stored document says something else, with pointers into the sent one."""
    mine, theirs = read(adapter, sent), read(adapter, stored)
    here, there = Lookup(sent), Lookup(stored)
    known, found = facts_of(mine.flow), facts_of(theirs.flow)
    for node, path in dict.fromkeys((*known, *found)):
        meant, is_now = known.get((node, path), MISSING), found.get((node, path), MISSING)
        if (node, KIND) not in known and path != KIND:
            continue  # the node itself is told
        if same(meant, is_now) or (meant is MISSING and not _said(mine, here, node, path)):
            continue
        if is_now is MISSING and _is_default(adapter, mine.flow, node, path, meant):
            continue
        at = _place(mine, here, node, path)
        yield Difference(at, _shown(here, at, meant), _shown(there, spot(theirs.places, there, node, path), is_now))


def facts_of(flow: Flow) -> _Facts:
    """All facts of a flow as JSON, by node and path: its kind, its fields that are not at their defaults, its exits."""
    facts: dict[tuple[str, str], Json] = {("", KIND): "flow"}
    facts |= {("", f"{SETTINGS}{path}"): plain(fact) for path, fact in flat(flow.settings).items()}
    facts |= {("", f"{WAYS_IN}{index}"): plain(way) for index, way in enumerate(flow.entry_points)}
    if flow.name is not None:
        facts["", "name"] = flow.name
    for at, node in flow.nodes.items():
        facts[at, KIND] = type(node).__name__
        facts |= {(at, path): plain(fact) for path, fact in flat(node).items()}
        facts |= {(at, f"{EXITS}{label}"): to for label, to in node.exits.items()}
    return facts


def _said(reading: Reading, document: Lookup, node: str, path: str) -> bool:
    """Whether not to say this says something: that nothing stands there, or a default that is no silence."""
    flow = reading.flow
    if path == KIND or path.startswith(EXITS):
        return True
    if path.startswith(WAYS_IN):
        return bool(flow.entry_points)
    if path.startswith(SETTINGS):
        return document.at(reading.places.get((node, path), "")) not in (MISSING, None)
    thing: Any = flow if node == "" else flow.nodes[node]
    for step in path.split("."):
        if isinstance(thing, tuple):
            if int(step) >= len(thing):
                return True
            thing = thing[int(step)]
        else:
            thing = getattr(thing, step, None)
    return thing is not None


def _is_default(adapter: Adapter, flow: Flow, node: str, path: str, meant: Json) -> bool:
    """Whether what was sent is what the carrier does anyway."""
    kind = None if node == "" else type(flow.nodes[node])
    return kind is not None and (kind, path) in adapter.defaults and same(adapter.defaults[kind, path], meant)


def _place(reading: Reading, document: Lookup, node: str, path: str) -> str:
    """Where a fact stands in the document; for a node that does not stand there, where the one before it stands."""
    while node and node not in reading.flow.nodes:
        node, path = node.rpartition(".")[0], ""
    return spot(reading.places, document, node or ("" if path or not node else node), path)


def _shown(document: Lookup, at: str, fact: Any) -> Json:
    """What stands there, where it is a leaf; else the fact."""
    raw = document.at(at) if at else MISSING
    if fact is MISSING:
        return None
    return fact if raw is MISSING or isinstance(raw, dict | list) else raw
