"""Menus: the tree of ``ivrs``, three levels deep.

All keys are assumed, after v2: the actions; that a key that several items have is the first one's; that ``go_back_key`` leads to
the menu above, and that all items of a menu agree on it. What a menu does on silence or on a wrong key is not known. The surprise:
an item is a small route, with the same keys; only the key back, written on every item, belongs to the menu.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, frozen

from unicall.graph import Hangup, Menu, Node, NodeId, Region, Ring, Schedule, VendorNode, Voicemail, child_id
from unicall.wire import Codec, Cursor, Json, Key
from unicall_convirza.facts import ACTIONS, KEY, WORDS, in_any_case
from unicall_convirza.v2.reading import spread
from unicall_convirza.v2.writing import laid_out, lay_out
from unicall_convirza.v3.geo import GEO, emit_geo, parse_geo
from unicall_convirza.v3.hunt import HUNT_FACTS, HUNT_TYPE, RING_TO, VOICEMAIL, Chain, Hunted, emit_hunt, parse_hunt
from unicall_convirza.v3.number import PROVIDER
from unicall_convirza.v3.reading import BLOCKS, Doc, Draft, Shape, keep_list, void
from unicall_convirza.v3.schedule import SCHEDULE, emit_schedule, parse_schedule
from unicall_convirza.v3.voice import (
    DISCLAIMER,
    MESSAGE,
    WHISPER,
    emit_opening,
    emit_whisper,
    opening,
    parse_greeting,
    parse_opening,
    parse_whisper,
    settle_whisper,
)
from unicall_convirza.v3.writing import Page, Sheet, shape_behind
from unicall_convirza.v3.writing import Shape as Kept

LEVELS = 3

ITEMS = "items"
_BLOCKS: Mapping[type[Node], str] = {Menu: ITEMS, Region: GEO, Schedule: SCHEDULE}  # what an item has with such a route alone
ACTION: Codec[str | None] = in_any_case({**ACTIONS, "ivr": "menu"})
PRESS: Key[str | None] = Key("key", KEY, None, always=True)
ACT: Key[str | None] = Key("action", ACTION, None, always=True)
LABEL: Key[str | None] = Key("label", WORDS, None)
GO_BACK: Key[str | None] = Key("go_back", KEY, None)


@frozen
class Level:
    """The menu that items stand in: its node, how deep it is, and the node of the menu above."""

    menu: NodeId
    depth: int = 1
    above: NodeId | None = None


def parse_items(draft: Draft, level: Level, items: list[Doc]) -> tuple[dict[str, NodeId], list[Json]]:
    """The exits of a menu, and the shapes of the items that no call can reach."""
    exits: dict[str, NodeId] = {}
    entries: list[Json] = []
    reached: dict[int, str] = {}
    for item in items:
        label = _pressed(item, exits, level.menu)
        if label is not None:
            exits[label] = child_id(level.menu, label)
            reached[id(item)] = label
    back = None if level.above is None else _key_back([item for item in items if id(item) in reached], exits, level.menu)
    for item in items:
        item.settle(False, GO_BACK)
        if id(item) not in reached:
            entries.append(_spread(item, void(item)))
            _report_other_way_back(item, back, level)
            continue
        agrees = back is not None and item.glance(GO_BACK) == back
        _parse_item(draft, exits[reached[id(item)]], item, level, agrees)
        entries.append(None)
    if back is not None and level.above is not None:
        exits[back] = level.above
        named = next(item for item in items if id(item) in reached and item.glance(GO_BACK) == back)
        draft.places[level.menu, f"exits.{back}"] = named.at(GO_BACK)
    return exits, entries


def _pressed(item: Doc, exits: dict[str, NodeId], menu: NodeId) -> str | None:
    """What callers press for an item; None, and why, where they cannot."""
    label = item.glance(PRESS)
    item.settle(False, PRESS)
    if label is None:
        if item.value(PRESS) in (None, ""):
            item.log.add("UC105", item.pointer, None, menu, key=f"an item of {menu}", why="it has no key")
    elif label in exits:
        _unreachable(item, PRESS, menu, f"an item before it has the key {label}")
        return None
    return label


def _unreachable(item: Doc, key: Key[str | None], menu: NodeId, why: str) -> None:
    item.log.add("UC105", item.at(key), item.value(key), menu, key=item.name(key), why=why)


def _key_back(reached: list[Doc], exits: dict[str, NodeId], menu: NodeId) -> str | None:
    """The key that leads to the menu above: the first that an item names. Siblings that disagree, and keys of items, say so."""
    back: str | None = None
    for item in reached:
        label = item.glance(GO_BACK)
        if label in exits:
            _unreachable(item, GO_BACK, menu, "an item of the menu has the same key")
        elif back is None:
            back = label
        elif label is not None and label != back:
            item.warn("UC109", GO_BACK, menu, other=back, why="all items of a menu name one key back")
    return back


def _report_other_way_back(item: Doc, back: str | None, level: Level) -> None:
    label = item.glance(GO_BACK)
    if level.above is not None and label is not None and label != back:
        item.warn("UC109", GO_BACK, level.menu, other=back, why="all items of a menu name one key back")


def _parse_item(draft: Draft, at: NodeId, item: Doc, level: Level, agrees: bool) -> None:
    item.take(PRESS)
    label = item.take(LABEL)
    if agrees:
        item.take(GO_BACK)
    action = item.glance(ACT)
    if action is None or (action == "menu" and level.depth == LEVELS):
        _parse_verbatim(draft, at, item, label)
        return
    item.take(ACT)
    if action == "menu":
        route, entries = _parse_submenu(draft, at, item, Level(at, level.depth + 1, level.menu))
        shape = item.shape()
        keep_list(shape, item.name(ITEMS), entries)
    else:
        route = parse_opening(draft, at, item)
        shape = _parse_leaf(draft, route, item, action).mark(item.shape())
    draft.nodes[route] = evolve(draft.nodes[route], label=label)
    draft.places[route, "label"] = item.at(LABEL)
    draft.keep(route, "item", _spread(item, shape), item.pointer)


def _spread(item: Doc, shape: Shape) -> Shape:
    return spread(shape, *map(item.name, BLOCKS))


def _parse_verbatim(draft: Draft, at: NodeId, item: Doc, label: str | None) -> None:
    """An item whose action nobody knows, or a menu below the third level: kept as it stands."""
    item.settle(False, ACT)
    if not item.has(ACT):
        item.missing(ACT, at, "one of the known actions")
    word = item.value(ACT)
    shape = item.shape()
    data = shape.pop("rest", {})
    node = VendorNode(provider=PROVIDER, word=word if word and isinstance(word, str) else item.name(ACT), data=data, label=label)
    where = {f"data.{name}": Cursor.at(item, name) for name in data}
    draft.add(at, node, item.pointer, data=item.pointer, label=item.at(LABEL), **where)
    draft.keep(at, "item", shape, item.pointer)


def _parse_submenu(draft: Draft, at: NodeId, item: Doc, level: Level) -> tuple[NodeId, list[Json]]:
    menu, said_first = parse_greeting(draft, at, item)
    exits, entries = parse_items(draft, evolve(level, menu=menu), item.parts(ITEMS, "item"))
    draft.add(menu, evolve(said_first, exits=exits), item.pointer)
    settle_whisper(item, None, rings=False)
    return menu, entries


def _parse_leaf(draft: Draft, at: NodeId, item: Doc, action: str) -> Hunted:
    """The route of an item at this node."""
    whisper = parse_whisper(draft, item)
    whispering = draft.whispering
    hunted = Hunted()
    if action == "hangup":
        item.settle(False, VOICEMAIL)
        draft.add(at, Hangup(), item.at(ACT))
    elif action == "simple":
        hunted = parse_hunt(draft, at, item, RING_TO, whisper)
    elif action == "geo":
        parse_geo(draft, at, item, whisper)
    else:
        parse_schedule(draft, at, item, whisper)
    settle_whisper(item, whisper, rings=draft.whispering > whispering)
    return hunted


def emit_items(sheet: Sheet, at: NodeId, menu: Menu, level: int) -> list[Json]:
    """The items of a menu, whose object this is."""
    page = sheet.page
    back = next((label for label, to in menu.exits.items() if to != child_id(at, label)), None)
    items = [(label, to) for label, to in menu.exits.items() if label != back]
    positions, kept = lay_out(sheet.kept(ITEMS), len(items))
    routes = [opening(page, to) for _, to in items]
    entries = [
        Sheet(page, "item", sheet.at(ITEMS, position), _with_data(page, route))
        for position, (_, route) in zip(positions, routes, strict=True)
    ]
    named = [entry.read(GO_BACK) for entry in entries]
    written = []
    for entry, says, (label, _), (steps, route) in zip(entries, named, items, routes, strict=True):
        entry.put(PRESS, label)
        _emit_item(entry, steps, route, level)
        if back is not None and (says or entry.shape is None or not any(named)):
            entry.put(GO_BACK, back)
            page.places.setdefault((at, f"exits.{back}"), entry.at(GO_BACK))
        written.append(entry.done())
    return laid_out(positions, written, kept)


def _with_data(page: Page, route: NodeId | None) -> Kept | None:
    """The shape of an item; of one that was kept as it stands, filled from its node."""
    node = page.node(route)
    shape = shape_behind(page, route, "item")
    if not _is_verbatim(page, node):
        return shape
    assert isinstance(node, VendorNode)
    kept = {**(shape or {}), "rest": node.data}
    if shape is None:
        names = [page.profile.names["item"][key.name][0] for key in (PRESS, LABEL)]
        kept["order"] = [*names, *(name for name in node.data if name not in names)]
    return kept


def _is_verbatim(page: Page, node: Node | None) -> bool:
    """Whether this is a whole item that nobody can read, and not only the hunt of one."""
    if not isinstance(node, VendorNode) or not isinstance(node.data, dict):
        return False
    return node.word not in node.data or node.word not in page.profile.names["item"][HUNT_TYPE.name]


def _emit_item(sheet: Sheet, steps: list[tuple[NodeId, Node]], route: NodeId | None, level: int) -> None:
    page = sheet.page
    node = page.node(route)
    sheet.put(LABEL, None if node is None else node.label)
    if route is None or node is None:
        emit_opening(sheet, steps, None)
        sheet.put(ACT, "simple")
        return
    page.places[route, "label"] = sheet.at(LABEL)
    if _is_verbatim(page, node):
        page.went(route, sheet.base, data=sheet.base, label=sheet.at(LABEL))
        return
    if _became_another(sheet, node):
        sheet.renew(*HUNT_FACTS, *filter(None, [_BLOCKS.get(type(node))]))
    emit_opening(sheet, steps, node)
    if isinstance(node, Menu):
        page.went(route, sheet.base, greeting=sheet.at(MESSAGE), notice=sheet.at(DISCLAIMER), label=sheet.at(LABEL))
        sheet.put(ACT, "menu")
        sheet.put_json(ITEMS, emit_items(sheet, route, node, level + 1))
        emit_whisper(sheet, None)
        return
    chains = _emit_leaf(sheet, route, node)
    emit_whisper(sheet, next((one.whisper for one in chains if one.whisper is not None), None))
    page.places |= {(at, "whisper"): sheet.at(WHISPER) for one in chains for at, _ in one.rings}


def _became_another(sheet: Sheet, node: Node) -> bool:
    """Whether an item had another action when it was read: its blocks and numbers tell."""
    if sheet.shape is None or isinstance(node, VendorNode):
        return False
    was = next((fact for fact in _BLOCKS.values() if sheet.read(fact)), None)
    now = _BLOCKS.get(type(node))
    if was is not None:
        return was != now
    match node:
        case Menu():
            return bool(node.exits)
        case Schedule():
            return bool(node.hours)
        case Region():
            return bool(node.places)
    return isinstance(node, Ring | Voicemail) and not any(map(sheet.read, HUNT_FACTS))


def _emit_leaf(sheet: Sheet, at: NodeId, node: Node) -> list[Chain]:
    """The action of an item, and the keys of its route. Returns the chains in it."""
    if isinstance(node, Region):
        sheet.put(ACT, "geo")
        return emit_geo(sheet, at, node)
    if isinstance(node, Schedule):
        sheet.put(ACT, "schedule")
        return emit_schedule(sheet, at, node)
    if isinstance(node, Ring | Voicemail | VendorNode) or sheet.read(RING_TO):
        sheet.put(ACT, "simple")
        return [emit_hunt(sheet, at, RING_TO)]
    sheet.page.went(at, sheet.at(ACT))
    sheet.put(ACT, "hangup")
    return []
