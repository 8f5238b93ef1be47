"""Menus: the tree of ``ivrs``, three levels deep, and the single level of ``ivr_route.options``.

Documented: the keys, the three levels, the action ``simple``. Assumed: the other actions; that a key that several items have is
the first one's; that ``go_back_key`` leads to the menu above, and that all items of a menu agree on it; that in the old kind of
route the value 10 stands for the key 0. What a menu does on silence or on a wrong key is not known. The surprise: the key back is
written on every item of a menu, and belongs to the menu.
"""

from __future__ import annotations

from functools import lru_cache

from attrs import evolve, frozen

from unicall.adapter import Form
from unicall.graph import (
    Hangup,
    Menu,
    Node,
    NodeId,
    Region,
    Ring,
    Schedule,
    Target,
    VendorNode,
    Voicemail,
    child_id,
)
from unicall.wire import Codec, Cursor, Json, Key, Put, put, put_json, write
from unicall_convirza.facts import ACTION, KEY, WORDS, in_any_case
from unicall_convirza.v2.geo import DATA, emit_geo_data, parse_geo_data
from unicall_convirza.v2.hunt import OVERFLOW, SIMULTANEOUS, Chain, Hunted, chain, emit_hunt, parse_hunt
from unicall_convirza.v2.number import AS_INTEGER, AS_TEXT, PROVIDER
from unicall_convirza.v2.reading import Draft, Shape, glance, look, settle, spread, void
from unicall_convirza.v2.request import as_codec, recast_item
from unicall_convirza.v2.schedule import ROUTE as SCHEDULE
from unicall_convirza.v2.schedule import emit_schedule, parse_schedule
from unicall_convirza.v2.voice import (
    CHOICE,
    ITEM,
    OPTION,
    Voice,
    emit_opening,
    emit_whisper,
    opening,
    parse_greeting,
    parse_opening,
    parse_whisper,
    settle_whisper,
)
from unicall_convirza.v2.writing import Page, inert, inner, laid_out, lay_out, said, shape_behind, shape_of, was_read
from unicall_convirza.v2.writing import Shape as Kept

LEVELS = 3

IVRS = "ivrs"
CHILDREN = "ivrData"
PRESS: Key[str | None] = Key("key", KEY, None, always=True)
ACT: Key[str | None] = Key("action", ACTION, None, always=True)
DESTINATION: Key[str | None] = Key("destination", WORDS, None)
GO_BACK: Key[str | None] = Key("go_back_key", KEY, None)

FLAT = "ivr_route"
OPTIONS = "options"
TARGET = "target_did"
OPTION_TARGET: Key[Target | None] = Key("ivr_target_did", AS_INTEGER, None, always=True)

#: The keys of a new item, in the order of the vendor's page.
ORDER = (
    *("key", "action", "destination", "message", CHILDREN, DATA, SCHEDULE, TARGET, "isSimultaneous"),
    *("overflowNumbers", "record_enabled", "play_disclaimer", "whisper_enabled", "whisper_message"),
    *("voicemail_enabled", "go_back_key"),
)
_PLACE_OF = {name: place for place, name in enumerate(ORDER)}


@frozen(eq=False)
class Dialect:
    """The keys of an item that are not the same in all bodies."""

    act: Key[str | None]
    label: Key[str | None]
    voice: Voice


TREE = Dialect(ACT, DESTINATION, ITEM)
#: The single level in the plain body (assumed): its only known word is ``Simple``, and ``name`` is its label.
SINGLE = Dialect(
    Key("route_type", in_any_case({"Simple": "simple"}), None, always=True),
    Key("name", WORDS, None),
    CHOICE,
)


@lru_cache(16)
def target_did(form: Form, level: int, dialect: Dialect = TREE) -> Key[Target | None]:
    """Who an item rings; a single level item of the plain body has it as text (assumed)."""
    return Key(TARGET, AS_TEXT if dialect is SINGLE else as_codec(form, level), None)


@lru_cache(16)
def value(old: bool) -> Key[str | None]:
    """What callers press for an option. In the old kind of route 10 stands for the key 0 (assumed)."""
    if not old:
        return Key("value", KEY, None, always=True)
    decode, encode = KEY.decode, KEY.encode
    zero: Codec[str | None] = Codec(
        lambda raw: "0" if decode(raw) == "10" else decode(raw), lambda label: 10 if label == "0" else encode(label)
    )
    return Key("value", zero, None, always=True)


# The tree.


@frozen
class Level:
    """The menu that items stand in: its node, how deep it is, and the node of the menu above."""

    menu: NodeId
    depth: int = 1
    above: NodeId | None = None


def parse_items(draft: Draft, level: Level, items: list[Cursor]) -> tuple[dict[str, NodeId], list[Json]]:
    """The exits of a menu, and the shapes of the items that no call can reach."""
    exits: dict[str, NodeId] = {}
    entries: list[Json] = []
    reached: list[Cursor] = []
    for item in items:
        label = _pressed(item, PRESS, exits, level.menu)
        if label is not None:
            exits[label] = child_id(level.menu, label)
            reached.append(item)
    back = None if level.above is None else _key_back(reached, exits, level.menu)
    wanted = dict(zip(map(id, reached), list(exits), strict=True))
    for item in items:
        settle(item, False, GO_BACK)
        if id(item) not in wanted:
            entries.append(_spread(void(item)))
            _report_other_way_back(item, back, level)
            continue
        agrees = back is not None and glance(item, GO_BACK) == back
        _parse_item(draft, exits[wanted[id(item)]], item, level, agrees)
        entries.append(None)
    if back is not None and level.above is not None:
        exits[back] = level.above
        named = next(item for item in reached if glance(item, GO_BACK) == back)
        draft.places[level.menu, f"exits.{back}"] = named.at(GO_BACK)
    return exits, entries


def _pressed(item: Cursor, key: Key[str | None], exits: dict[str, NodeId], menu: NodeId) -> str | None:
    """What callers press for an item; None, and why, where they cannot."""
    label = look(item, key)
    if label is None:
        if item.raw.get(key.name) in (None, ""):
            item.log.add("UC105", item.pointer, None, menu, key=f"an item of {menu}", why="it has no key")
    elif label in exits:
        _unreachable(item, key, menu, f"an item before it has the key {label}")
        return None
    return label


def _unreachable(item: Cursor, key: Key[str | None], menu: NodeId, why: str) -> None:
    item.log.add("UC105", item.at(key), item.raw.get(key.name), menu, key=key.name, why=why)


def _key_back(reached: list[Cursor], exits: dict[str, NodeId], menu: NodeId) -> str | None:
    """The key that leads to the menu above: the first that an item names. Siblings that disagree, and keys of items, say so."""
    back: str | None = None
    for item in reached:
        label = glance(item, GO_BACK)
        if label in exits:
            _unreachable(item, GO_BACK, menu, "an item of the menu has the same key")
        elif back is None:
            back = label
        elif label is not None and label != back:
            item.warn("UC109", GO_BACK, menu, other=back, why="all items of a menu name one key back")
    return back


def _report_other_way_back(item: Cursor, back: str | None, level: Level) -> None:
    label = glance(item, GO_BACK)
    if level.above is not None and label is not None and label != back:
        item.warn("UC109", GO_BACK, level.menu, other=back, why="all items of a menu name one key back")


def _parse_item(draft: Draft, at: NodeId, item: Cursor, level: Level, agrees: bool) -> None:
    item.take(PRESS)
    dialect = _dialect_of(draft, item, level)
    label = item.take(dialect.label)
    if agrees:
        item.take(GO_BACK)
    action = glance(item, dialect.act)
    if action is None or (action == "menu" and level.depth == LEVELS):
        _parse_verbatim(draft, at, item, label, dialect)
        return
    item.take(dialect.act)
    if action == "menu":
        route, entries = _parse_submenu(draft, at, item, Level(at, level.depth + 1, level.menu))
        shape = item.shape()
        if any(entry is not None for entry in entries):
            shape.setdefault("in", {})[CHILDREN] = entries
    else:
        route = parse_opening(draft, at, item, dialect.voice)
        hunted = _parse_leaf(draft, route, item, action, level.depth, dialect)
        shape = hunted.mark(item.shape())
    if label is not None:
        draft.nodes[route] = evolve(draft.nodes[route], label=label)
    draft.places[route, "label"] = item.at(dialect.label)
    draft.keep(route, "item", _marked(_spread(shape), dialect), item.pointer)


def _spread(shape: Shape) -> Shape:
    return spread(shape, CHILDREN, DATA, SCHEDULE, OVERFLOW)


def _dialect_of(draft: Draft, item: Cursor, level: Level) -> Dialect:
    single = draft.form == "request" and level.depth == 1 and not item.has(ACT) and item.has(SINGLE.act)
    return SINGLE if single else TREE


def _marked(shape: dict[str, Json], dialect: Dialect) -> dict[str, Json]:
    return shape | ({"single": True} if dialect is SINGLE else {})


def _parse_verbatim(draft: Draft, at: NodeId, item: Cursor, label: str | None, dialect: Dialect) -> None:
    """An item whose action nobody knows, or a menu below the third level: kept as it stands."""
    act = dialect.act
    settle(item, False, act)
    if not item.has(act):
        item.log.add("UC101", item.pointer, item.raw.get(act.name), at, key=act.name, expected="one of the known actions")
    word = item.raw.get(act.name)
    shape = _marked(item.shape(), dialect)
    data = shape.pop("rest", {})
    node = VendorNode(provider=PROVIDER, word=word if isinstance(word, str) else act.name, data=data, label=label)
    where = {f"data.{name}": item.at(name) for name in data}
    draft.add(at, node, item.pointer, data=item.pointer, label=item.at(dialect.label), **where)
    draft.keep(at, "item", shape, item.pointer)


def _parse_submenu(draft: Draft, at: NodeId, item: Cursor, level: Level) -> tuple[NodeId, list[Json]]:
    menu, said_first = parse_greeting(draft, at, item, ITEM, records=False)
    exits, entries = parse_items(draft, evolve(level, menu=menu), item.objects(CHILDREN))
    draft.add(menu, evolve(said_first, exits=exits), item.pointer)
    settle_whisper(item, ITEM, None, rings=False)
    return menu, entries


def _parse_leaf(draft: Draft, at: NodeId, item: Cursor, action: str, depth: int, dialect: Dialect) -> Hunted:
    """The route of an item at this node."""
    whisper = parse_whisper(draft, item, ITEM)
    voicemail = glance(item, ITEM.voicemail)
    ringing = draft.ringing
    hunted = Hunted()
    if action == "hangup":
        draft.add(at, Hangup(), item.at(ACT))
    elif action == "simple":
        first = target_did(draft.form, depth, dialect)
        hunted = parse_hunt(draft, at, item, first, SIMULTANEOUS, voicemail, whisper)
    elif action == "geo" and isinstance(item.raw.get(DATA), dict) and item.raw[DATA]:
        hunted.counts = parse_geo_data(draft, at, item, voicemail, whisper)
    elif action == "schedule" and isinstance(item.raw.get(SCHEDULE), dict) and item.raw[SCHEDULE]:
        parse_schedule(draft, at, item, whisper)
    else:
        block = DATA if action == "geo" else SCHEDULE
        if item.raw.get(block) not in (None, {}):
            item.object(block)
        draft.nobody(at, block, item.at(block))
    settle(item, hunted.counts, ITEM.voicemail)
    settle_whisper(item, ITEM, whisper, rings=draft.ringing > ringing)
    return hunted


def emit_items(page: Page, at: NodeId, menu: Menu, template: Json, level: int, base: str) -> list[Json]:
    """The items of a menu."""
    back = next((label for label, to in menu.exits.items() if to != child_id(at, label)), None)
    items = [(label, to) for label, to in menu.exits.items() if label != back]
    positions, kept = lay_out(template, len(items))
    page.places[at, "exits"] = base
    routes = [opening(page, to) for _, to in items]
    shapes = [_with_data(page, route) for _, route in routes]
    named = [was_read(shape, GO_BACK) for shape in shapes]
    anywhere = not any(named)
    entries = []
    for index, ((label, _), (steps, route)) in enumerate(zip(items, routes, strict=True)):
        shape = shapes[index]
        says = named[index] or shape is None or anywhere
        where = f"{base}/{positions[index]}"
        puts = [
            put(PRESS, label),
            *_emit_item(page, steps, route, shape, level, where),
            put(GO_BACK, back if says else None),
        ]
        puts += inert(shape, but={one.name for one in puts})
        if says and back is not None:
            page.places.setdefault((at, f"exits.{back}"), f"{where}/{GO_BACK.name}")
        puts.sort(key=lambda one: _PLACE_OF.get(one.name, len(ORDER)))
        entries.append(write(puts, shape))
    return laid_out(positions, entries, kept)


def _with_data(page: Page, route: NodeId | None) -> Kept | None:
    """The shape of an item; of one that was kept as it stands, filled from its node."""
    node = page.node(route)
    shape = shape_behind(page, route, "item")
    stays = isinstance(node, Ring | Voicemail | VendorNode) or shape is None or not shape.get("single")
    if shape is not None and (page.recast or not stays):
        shape = recast_item(shape)
    if not (isinstance(node, VendorNode) and isinstance(node.data, dict)):
        return shape
    return {**(shape or {"order": [PRESS.name, DESTINATION.name, *node.data]}), "rest": node.data}


def _emit_item(
    page: Page, steps: list[tuple[NodeId, Node]], route: NodeId | None, shape: Kept | None, level: int, base: str
) -> list[Put]:
    node = page.node(route)
    dialect = SINGLE if shape is not None and shape.get("single") else TREE
    label = put(dialect.label, None if node is None else node.label)
    if isinstance(node, VendorNode) and node.data is not None and route is not None:
        page.went(route, base, data=base)
        return [label]
    if route is None:
        return [*emit_opening(page, steps, None, shape, ITEM, base), put(ACT, "simple")]
    page.places[route, "label"] = f"{base}/{dialect.label.name}"
    puts = [label, *emit_opening(page, steps, node, shape, dialect.voice, base)]
    if isinstance(node, Menu):
        page.went(route, base, greeting=f"{base}/{ITEM.message.name}", notice=f"{base}/{ITEM.disclaimer.name}")
        children = emit_items(page, route, node, inner(shape, CHILDREN), level + 1, f"{base}/{CHILDREN}")
        return [*puts, put(ACT, "menu"), put_json(CHILDREN, children), *emit_whisper(None, shape, ITEM)]
    first = target_did(page.form, level, dialect)
    action, leaf, chains = _emit_leaf(page, route, node, shape, first, base)
    whisper = next((one.whisper for one in chains if one.whisper is not None), None)
    page.places |= {(at, "whisper"): f"{base}/{ITEM.whisper.name}" for one in chains for at, _ in one.rings}
    return [*puts, put(dialect.act, action), *leaf, *emit_whisper(whisper, shape, ITEM)]


def _emit_leaf(
    page: Page, at: NodeId, node: Node | None, shape: Kept | None, first: Key[Target | None], base: str
) -> tuple[str, list[Put], list[Chain]]:
    """The action of an item, the keys of its route, and the chains in it."""
    if isinstance(node, Region):
        puts, chains = emit_geo_data(page, at, node, shape, base)
        counts = any(one.counts for one in chains)
        box = any(one.voicemail is not None for one in chains)
        return "geo", [*puts, said(ITEM.voicemail, box if counts else None)], chains
    if isinstance(node, Schedule):
        return "schedule", *emit_schedule(page, at, node, shape, base)
    if isinstance(node, VendorNode) and node.word in (DATA, SCHEDULE):
        page.went(at, f"{base}/{node.word}")
        return "geo" if node.word == DATA else "schedule", [], []
    if isinstance(node, Ring | Voicemail | VendorNode):
        page.went(at, f"{base}/{TARGET}")
        hunt = chain(page, at)
        return "simple", emit_hunt(page, hunt, shape, first, SIMULTANEOUS, ITEM.voicemail, base), [hunt]
    page.went(at, f"{base}/{ACT.name}")
    return "hangup", [], []


# The single level.


def parse_options(draft: Draft, menu: NodeId, options: list[Cursor], old: bool) -> tuple[dict[str, NodeId], list[Json]]:
    """The exits of a flat menu, and the shapes of the options that no call can reach."""
    exits: dict[str, NodeId] = {}
    entries: list[Json] = []
    key = value(old)
    for option in options:
        label = _pressed(option, key, exits, menu)
        if label is None:
            entries.append(void(option))
            continue
        exits[label] = child_id(menu, label)
        option.take(key)
        _parse_option(draft, exits[label], option)
        entries.append(None)
    return exits, entries


def _parse_option(draft: Draft, at: NodeId, option: Cursor) -> None:
    route = parse_opening(draft, at, option, OPTION)
    whisper = parse_whisper(draft, option, OPTION)
    voicemail = glance(option, OPTION.voicemail)
    ringing = draft.ringing
    hunted = parse_hunt(draft, route, option, OPTION_TARGET, None, voicemail, whisper)
    settle(option, hunted.counts, OPTION.voicemail)
    settle_whisper(option, OPTION, whisper, rings=draft.ringing > ringing)
    draft.keep(route, "option", option.shape(), option.pointer)


def is_flat(page: Page, menu: Menu) -> bool:
    """Whether a single level can say this menu: every key rings one number, or takes a message."""
    for label, to in menu.exits.items():
        steps, route = opening(page, to)
        node = page.node(route)
        hunt = chain(page, route)
        nobody = isinstance(node, VendorNode) and node.word == OPTION_TARGET.name
        one = len(hunt.rings) <= 1 and not hunt.together and (hunt.counts or nobody)
        if not one or not label.isdecimal() or (node is not None and node.label is not None) or len(steps) > 3:
            return False
    return True


def emit_options(page: Page, menu: Menu, template: Json, old: bool, base: str) -> list[Json]:
    """The options of a flat menu."""
    positions, kept = lay_out(template, len(menu.exits))
    entries = []
    for (label, to), position in zip(menu.exits.items(), positions, strict=True):
        steps, route = opening(page, to)
        node = page.node(route)
        shape = shape_of(node, "option")
        where = f"{base}/{position}"
        hunt = chain(page, route)
        page.places |= {(at, "whisper"): f"{where}/{OPTION.whisper.name}" for at, _ in hunt.rings}
        if not hunt.counts and route is not None:
            page.went(route, f"{where}/{OPTION_TARGET.name}")
        puts = [
            put(value(old), label),
            *emit_hunt(page, hunt, shape, OPTION_TARGET, None, OPTION.voicemail, where),
            *emit_opening(page, steps, node, shape, OPTION, where),
            *emit_whisper(hunt.whisper, shape, OPTION),
        ]
        entries.append(write(puts, shape))
    return laid_out(positions, entries, kept)
