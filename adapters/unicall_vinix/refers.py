"""Which document of an account refers to which, and in what order documents can be made.

Source: Kazoo's schemas. The same key means the same nearly everywhere; ``id`` means what its module is about. What surprises
people: the rules of a ``temporal_route`` are also the keys of its children, and an id among them may be that of a rule set.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import TypeGuard, TypeVar

from unicall.wire import Json

Sections = tuple[str, ...]  # where a document may stand; the first one that has it

#: What ``data.id`` is the id of, by module.
MODULES: Mapping[str, Sections] = {
    "acdc_member": ("queues",),
    "acdc_queue": ("queues",),
    "acdc_wait_time": ("queues",),
    "callflow": ("callflows",),
    "cidlistmatch": ("lists",),
    "conference": ("conferences",),
    "conference_feature": ("conferences",),
    "device": ("devices",),
    "directory": ("directories",),
    "do_not_disturb": ("users", "devices"),
    "doorman": ("users", "devices"),
    "dynamic_cid": ("lists",),
    "faxbox": ("faxboxes",),
    "group": ("groups",),
    "hotdesk": ("users",),
    "menu": ("menus",),
    "play": ("media",),
    "user": ("users",),
    "voicemail": ("vmboxes",),
}

#: What a key holds the id of, or several ids, whatever it stands in.
KEYS: Mapping[str, Sections] = {
    "callflow_id": ("callflows",),
    "device_id": ("devices",),
    "early": ("media",),
    "exit_media": ("media",),
    "faxbox_id": ("faxboxes",),
    "greeting": ("media",),
    "group_id": ("groups",),
    "invalid_media": ("media",),
    "list_id": ("lists",),
    "lists": ("lists",),
    "media": ("media",),
    "media_id": ("media",),
    "moh": ("media",),
    "owner_id": ("users",),
    "ringback": ("media",),
    "rule_set": ("temporal_rules_sets",),
    "rules": ("temporal_rules", "temporal_rules_sets"),
    "temporal_rules": ("temporal_rules",),
    "temporary_unavailable": ("media",),
    "transfer": ("media",),
    "transfer_media": ("media",),
    "unavailable": ("media",),
    "user_id": ("users",),
    "vmbox_id": ("vmboxes",),
}

#: What ``id`` is the id of, by the ``endpoint_type`` or ``type`` beside it; in a group, by the ``type`` under the id.
MEMBERS: Mapping[str, Sections] = {"device": ("devices",), "group": ("groups",), "user": ("users",)}

#: Not followed: who stands in a directory is nearly the whole account, and the adapter reads no directory.
_NOT_FOLLOWED = ("directories", "users", "metadata")

Slot = TypeVar("Slot", bound=Hashable)


def refers(document: Json) -> Iterator[tuple[Sections, str]]:
    """The ids that a document holds of others, in its order, each with where that one may stand; some come several times."""
    todo: list[Json] = [document]
    while todo:
        value = todo.pop()
        if isinstance(value, list):
            todo.extend(reversed(value))
        elif isinstance(value, dict):
            yield from _of(value)
            todo.extend(inner for key, inner in reversed(value.items()) if key not in _NOT_FOLLOWED)


def _of(value: Mapping[str, Json]) -> Iterator[tuple[Sections, str]]:
    for key, said in value.items():
        if key in KEYS:
            yield from ((KEYS[key], one) for one in _ids(said))
    kind = value.get("endpoint_type") or value.get("type")
    if isinstance(kind, str) and kind in MEMBERS:
        yield from ((MEMBERS[kind], one) for one in _ids(value.get("id")))
    members = value.get("endpoints")
    for one, member in members.items() if isinstance(members, dict) else ():
        if isinstance(member, dict) and isinstance(member.get("type"), str) and member["type"] in MEMBERS and _is_id(one):
            yield MEMBERS[member["type"]], one
    if isinstance(value.get("module"), str):
        yield from _of_node(value["module"], value)


def _of_node(module: str, node: Mapping[str, Json]) -> Iterator[tuple[Sections, str]]:
    data, children = node.get("data"), node.get("children")
    said = data.get("id") if isinstance(data, dict) else None
    if module in MODULES and _is_id(said):
        yield MODULES[module], said
    if module == "temporal_route" and isinstance(children, dict):
        yield from ((KEYS["rules"], key) for key in children if key not in ("_", "rule_set") and _is_id(key))


def _ids(said: Json) -> list[str]:
    return [one for one in (said if isinstance(said, list) else [said]) if _is_id(one)]


def _is_id(said: Json) -> TypeGuard[str]:
    """Whether this is an id, and no switch, address or path of the platform's own audio."""
    return isinstance(said, str) and said != "" and "://" not in said and not said.startswith("/")


def strings(document: Json) -> Iterator[str]:
    """All keys and all text of a document."""
    todo: list[Json] = [document]
    while todo:
        value = todo.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            todo.extend(reversed(value))
        elif isinstance(value, dict):
            yield from value
            todo.extend(reversed(value.values()))


def in_order(needs: Mapping[Slot, Iterable[Slot]]) -> list[Slot]:
    """Everything after what it needs; what needs each other in a circle, in the order in which it is met."""
    done: dict[Slot, None] = {}
    met: set[Slot] = set()
    for first in needs:
        todo: list[tuple[Slot, Iterator[Slot]]] = [] if first in met else [(first, iter(needs[first]))]
        met.add(first)
        while todo:
            slot, rest = todo[-1]
            following = next((one for one in rest if one not in met), None)
            if following is None:
                done[slot] = None
                todo.pop()
            else:
                met.add(following)
                todo.append((following, iter(needs[following])))
    return list(done)
