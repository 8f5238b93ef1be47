"""What people change in an API19 entry: its name, and the routing object inside ``json``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.edits import Change, at, setting


def edits(document: Any) -> Iterator[tuple[str, Change]]:
    """Every edit of an entry, or of a bundle of one."""
    base: tuple[Any, ...] = ("call_flow",) if "call_flow" in document else ()
    yield "rename", setting(base, "name", "Renamed on the new side")
    entry = at(document, base)
    raw = entry.get("json")
    routing = json.loads(raw) if isinstance(raw, str) and raw.strip() else raw
    if isinstance(routing, dict):
        for kind, change in _in_routing(routing):
            yield kind, _inside(base, change)


def _inside(base: tuple[Any, ...], change: Change) -> Change:
    def whole(document: Any) -> None:
        entry = at(document, base)
        if isinstance(entry["json"], str):
            routing = json.loads(entry["json"])
            change(routing)
            entry["json"] = json.dumps(routing, separators=(",", ":"))
        else:
            change(entry["json"])

    return whole


def _in_routing(routing: Any) -> Iterator[tuple[str, Change]]:
    steps = sorted(int(key[5:]) for key in routing if key.startswith("route") and key[5:].isdecimal())
    for step in steps:
        yield "number", setting((), f"route{step}", "198.51.100.77")
        yield "device", setting((), f"route{step}", "device:7788")
        if f"route{step}_wait" in routing:
            yield "timeout", setting((), f"route{step}_wait", 24)
    if steps:
        yield "branch cut off", _changing(lambda pairs: pairs[:-1])
        yield "put between", _changing(lambda pairs: [*pairs[:1], _NEW, *pairs[1:]])
        yield "put between", _changing(lambda pairs: [_NEW, *pairs])
    if len(steps) > 1:
        yield "steps exchanged", _changing(lambda pairs: [pairs[1], pairs[0], *pairs[2:]])
    if len(steps) > 2:
        yield "branch cut off", _changing(lambda pairs: [pairs[0], *pairs[2:]])


_NEW = {"": "192.0.2.144", "_wait": 18, "port": 5060}
Steps = list[dict[str, Any]]


def _changing(change: Callable[[Steps], Steps]) -> Change:
    """Change the list of steps, each with all its keys, and number them anew."""

    def whole(routing: Any) -> None:
        numbers = sorted(int(key[5:]) for key in routing if key.startswith("route") and key[5:].isdecimal())
        steps = [{suffix: routing[name] for suffix, name in _names(number) if name in routing} for number in numbers]
        others = {key: value for key, value in routing.items() if all(key != name for n in numbers for _, name in _names(n))}
        routing.clear()
        for number, step in enumerate(change(steps), 1):
            routing.update({name: step[suffix] for suffix, name in _names(number) if suffix in step})
        routing.update(others)

    return whole


def _names(number: int) -> list[tuple[str, str]]:
    return [
        ("", f"route{number}"), ("port", f"sip_port{number}"), ("_wait", f"route{number}_wait"), ("_simul", f"route{number}_simul"),
    ]  # fmt: skip
