"""What people change in a callflow of Kazoo, and in the documents around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.edits import Change, at, exchanging, setting

_RINGS = ("device", "user", "resources", "offnet", "ring_group")


def edits(document: Any) -> Iterator[tuple[str, Change]]:
    """Every edit of a bundle, or of a callflow alone."""
    base: tuple[Any, ...] = ("callflow",) if "callflow" in document else ()
    yield "rename", setting(base, "name", "Renamed on the new side")
    if at(document, base).get("numbers"):
        yield "number", setting((*base, "numbers"), 0, "+12025550177")
    yield from _in_documents(document)
    flow = at(document, base).get("flow")
    if isinstance(flow, dict):
        for path, node in _nodes(flow, (*base, "flow")):
            yield from _in_node(path, node)


def _in_documents(document: Any) -> Iterator[tuple[str, Change]]:
    for key, device in document.get("devices", {}).items():
        if "number" in device.get("call_forward", {}):
            yield "number", setting(("devices", key, "call_forward"), "number", "+12025550188")
    for key, menu in document.get("menus", {}).items():
        for name, value in (("timeout", 7000), ("retries", 2)):
            if name in menu:
                yield "timeout", setting(("menus", key), name, value)
    for key, rule in document.get("temporal_rules", {}).items():
        if "time_window_stop" in rule:
            yield "hours", setting(("temporal_rules", key), "time_window_stop", 61200 + 900)
        if rule.get("wdays"):
            yield "hours", setting(("temporal_rules", key), "wdays", ["tuesday", "thursday"])


def _nodes(node: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield path, node
    for key, child in node.get("children", {}).items():
        yield from _nodes(child, (*path, "children", key))


def _in_node(path: tuple[Any, ...], node: Any) -> Iterator[tuple[str, Change]]:
    data, children = node.get("data", {}), node.get("children", {})
    if node["module"] in ("resources", "offnet") and "to_did" in data:
        yield "number", setting((*path, "data"), "to_did", "+12025550166")
    if node["module"] in ("device", "user"):
        yield "device", setting((*path, "data"), "id", "0f1e2d3c4b5a69788796a5b4c3d2e1f0")
    if node["module"] in _RINGS and "timeout" in data:
        yield "timeout", setting((*path, "data"), "timeout", 24)
    for index, endpoint in enumerate(data.get("endpoints", ())):
        if "timeout" in endpoint:
            yield "timeout", setting((*path, "data", "endpoints", index), "timeout", 12)
    for key in children:
        yield from _in_child(path, node["module"], key, children)
    pressed = [key for key in children if key.isdecimal()]
    if node["module"] == "menu" and len(pressed) > 1:
        yield "keys exchanged", exchanging((*path, "children"), pressed[0], pressed[-1])
    child = children.get("_", {})
    if node["module"] == "device" and child.get("module") == "device":
        yield "steps exchanged", _exchanging_steps(path)
    if node["module"] == "menu" and children:
        yield "key added", setting_new((*path, "children"), "8", {"module": "voicemail", "data": {"id": "a1" * 16}, "children": {}})
        yield "key added", setting_new((*path, "children"), "9", _phone())


def _in_child(path: tuple[Any, ...], module: str, key: str, children: Any) -> Iterator[tuple[str, Change]]:
    kind = "key removed" if module == "menu" and key.isdecimal() else "branch cut off"
    yield kind, removing((*path, "children"), key)
    yield "put between", wrapping((*path, "children"), key)
    if module == "menu" and key.isdecimal() and "6" not in children:
        yield "key moved", moving((*path, "children"), key, "6")


def _exchanging_steps(path: tuple[Any, ...]) -> Change:
    def change(document: Any) -> None:
        first = at(document, path)
        second = first["children"]["_"]
        first["data"], second["data"] = second["data"], first["data"]

    return change


def _phone() -> Any:
    data = {"to_did": "+12025550155", "timeout": 18}
    return {"module": "resources", "data": data, "children": {}}


def setting_new(path: tuple[Any, ...], key: str, value: Any) -> Change:
    """Put a key where there was none."""

    def change(document: Any) -> None:
        at(document, path).setdefault(key, value)

    return change


def removing(path: tuple[Any, ...], key: str) -> Change:
    """Take a key away."""

    def change(document: Any) -> None:
        del at(document, path)[key]

    return change


def moving(path: tuple[Any, ...], key: str, to: str) -> Change:
    """Give what stands under a key another one, at the same place."""

    def change(document: Any) -> None:
        holder = at(document, path)
        holder[key]
        items = [(to if name == key else name, value) for name, value in holder.items()]
        holder.clear()
        holder.update(items)

    return change


def wrapping(path: tuple[Any, ...], key: str) -> Change:
    """Let something else ring before this branch goes on."""

    def change(document: Any) -> None:
        holder = at(document, path)
        device = {"module": "device", "data": {"id": "new:device-put-between", "timeout": 18}, "children": {"_": holder[key]}}
        holder[key] = device
        document.setdefault("devices", {})["new:device-put-between"] = {
            "name": "Put between",
            "enabled": True,
            "call_forward": {
                "enabled": True,
                "number": "+12025550144",
                "require_keypress": False,
                "substitute": True,
                "direct_calls_only": False,
            },
        }

    return change
