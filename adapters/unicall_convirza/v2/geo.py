"""Where the caller is: ``geo_route`` of a record, and ``geoData`` of a menu item.

Documented: the keys, one strategy and one label; the other strategies and all meanings are assumed. The surprise: a record lists
its places, an item only names a list of locations that stands in another document. Where the bundle brings it (``locations``, by
id: a list of places with the keys of a ``geo_route`` option, an object with such a list, or one place), its places are read from
there, and written back there; else the id stays a reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from unicall.adapter import NEW
from unicall.graph import OTHERWISE, Node, NodeId, Place, Prompt, Reference, Region, Target, child_id
from unicall.wire import Cursor, Json, Key, Log, Put, pointer, put, put_json, same, write
from unicall_convirza.facts import BY, ID, MEASURE, ROUTE_BY, STRATEGIES, STRATEGY, SWITCH, WORDS, is_not_given, plain
from unicall_convirza.v2.hunt import (
    DEFAULT_RINGTO,
    Chain,
    chain,
    emit_default,
    emit_hunt,
    parse_default,
    parse_hunt,
)
from unicall_convirza.v2.number import AS_INTEGER, PROVIDER, number_text
from unicall_convirza.v2.reading import Draft, Names, glance, is_named_after, settle
from unicall_convirza.v2.writing import Page, inner, shape_of
from unicall_convirza.v2.writing import Shape as Kept

ROUTE = "geo_route"
STRATEGIC: Key[str | None] = Key("strategy", STRATEGY, None, always=True)
RADIUS: Key[float | None] = Key("radius", MEASURE, None, always=True)
ASK: Key[bool | None] = Key("allow_manual_entry", SWITCH, None, always=True)  # type: ignore[arg-type]
OPTIONS = "options"

DATA = "geoData"
ROUTED_BY: Key[str | None] = Key("route_by", BY, None, always=True)
LIMIT: Key[float | None] = Key("proximity_limit", MEASURE, None, always=True)
LOCATION: Key[str | None] = Key("location_id", ID, None)
DATA_TARGET: Key[Target | None] = Key("target_did", AS_INTEGER, None, always=True)

#: One place: an option of ``geo_route``, or a location of the bundle.
CITY: Key[str | None] = Key("city", WORDS, None, always=True)
ADDRESS: Key[str | None] = Key("address", WORDS, None, always=True)
LATITUDE: Key[float | None] = Key("latitude", MEASURE, None, always=True)
LONGITUDE: Key[float | None] = Key("longitude", MEASURE, None, always=True)
PLACE_TARGET: Key[Target | None] = Key("geo_target_did", AS_INTEGER, None, always=True)
_FIELDS: Mapping[str, Key[Any]] = {"city": CITY, "address": ADDRESS, "latitude": LATITUDE, "longitude": LONGITUDE}


def parse_geo_route(draft: Draft, at: NodeId, doc: Cursor, voicemail: bool, whisper: Prompt | None) -> bool:
    """The region of a record at this node. Returns whether the voicemail switch counts."""
    block = doc.object(ROUTE)
    assert block is not None
    by, radius, ask = block.take(STRATEGIC), block.take(RADIUS), block.take(ASK)
    where = {"by": block.at(STRATEGIC), "radius": block.at(RADIUS), "ask": block.at(ASK)}
    places: list[Place] = []
    exits: dict[str, NodeId] = {}
    names = Names()
    counts = False
    for index, option in enumerate(block.objects(OPTIONS)):
        place = _take_place(option, names)
        to = exits[place.name] = child_id(at, place.name)
        where |= {f"places.{index}": option.pointer} | {f"places.{index}.{n}": option.at(k) for n, k in _FIELDS.items()}
        places.append(place)
        counts |= parse_hunt(draft, to, option, PLACE_TARGET, None, voicemail, whisper).counts
        draft.keep(to, "office", option.shape(), option.pointer)
    to = child_id(at, OTHERWISE)
    if voicemail or glance(doc, DEFAULT_RINGTO) is not None:
        counts |= parse_default(draft, to, doc, voicemail, whisper)
        exits[OTHERWISE] = to
    else:
        settle(doc, False, DEFAULT_RINGTO)
    region = Region(by=by, radius=radius, ask=ask, places=tuple(places), exits=exits)  # type: ignore[arg-type]
    draft.add(at, region, block.pointer, **where)
    return counts


def parse_geo_body(draft: Draft, at: NodeId, doc: Cursor, voicemail: bool, whisper: Prompt | None) -> bool:
    """The region of a plain request, which names a list of locations (assumed). Returns whether the voicemail switch counts."""
    block = doc.object(ROUTE)
    assert block is not None
    by, radius, ask, location = block.take(STRATEGIC), block.take(RADIUS), block.take(ASK), block.take(LOCATION)
    where = {"by": block.at(STRATEGIC), "radius": block.at(RADIUS), "ask": block.at(ASK), "places": block.at(LOCATION)}
    assert location is not None
    places, exits, counts = _parse_location(draft, at, block, location, voicemail, whisper)
    to = child_id(at, OTHERWISE)
    if voicemail or glance(doc, DEFAULT_RINGTO) is not None:
        counts |= parse_default(draft, to, doc, voicemail, whisper)
        exits[OTHERWISE] = to
    else:
        settle(doc, False, DEFAULT_RINGTO)
    region = Region(by=by, radius=radius, ask=ask, places=tuple(places), exits=exits)  # type: ignore[arg-type]
    draft.add(at, region, block.pointer, **where)
    return counts


def _take_place(option: Cursor, names: Names) -> Place:
    city = option.take(CITY)
    name = names.unique(city or number_text(glance(option, PLACE_TARGET)) or "place")
    return Place(name, city, option.take(ADDRESS), option.take(LATITUDE), option.take(LONGITUDE))


def lists_places(node: Node) -> bool:
    """Whether a record can say these places one by one: it has no key for the id of a list, and nothing else is known of some."""
    return isinstance(node, Region) and (not node.places or any(not _is_list(node, place) for place in node.places))


def _is_list(region: Region, place: Place) -> bool:
    named = place.reference
    return named is not None and is_not_given(region, place, named.id)


def emit_geo_route(page: Page, at: NodeId, region: Region, shape: Kept | None, base: str) -> tuple[list[Put], list[Chain]]:
    """The block of a region, the default number, and the chains behind them."""
    where = f"{base}/{ROUTE}"
    page.went(at, where, by=f"{where}/strategy", radius=f"{where}/radius", ask=f"{where}/allow_manual_entry")
    chains = []
    options: list[Json] = []
    for index, place in enumerate(region.places):
        if _is_list(region, place):
            continue
        first = page.node(region.exits.get(place.name))
        hunt = chain(page, region.exits.get(place.name))
        spot = f"{where}/{OPTIONS}/{len(options)}"
        office = shape_of(first, "office")
        puts = [*emit_hunt(page, hunt, None, PLACE_TARGET, None, None, spot), *_emit_place(place, hunt, office)]
        _note_place(page, at, index, spot)
        options.append(write(puts, office))
        chains.append(hunt)
    chains.append(chain(page, region.exits.get(OTHERWISE)))
    puts = [
        put(STRATEGIC, region.by if region.by in STRATEGIES.values() else None),
        put(RADIUS, _plain(region.radius)),
        put(ASK, region.ask),
        put_json(OPTIONS, options, always=True),
    ]
    default = emit_default(page, region.exits.get(OTHERWISE), shape, None, base)
    return [put_json(ROUTE, write(puts, inner(shape, ROUTE))), *default], chains


def emit_geo_body(page: Page, at: NodeId, region: Region, shape: Kept | None, base: str) -> tuple[list[Put], list[Chain]]:
    """The block of a region with its list of locations, the default number, and the chains behind them."""
    where = f"{base}/{ROUTE}"
    page.went(at, where, by=f"{where}/strategy", radius=f"{where}/radius", ask=f"{where}/allow_manual_entry")
    page.places[at, "places"] = f"{where}/{LOCATION.name}"
    chains = [chain(page, region.exits.get(place.name)) for place in region.places]
    puts = [
        put(STRATEGIC, region.by if region.by in STRATEGIES.values() else None),
        put(RADIUS, _plain(region.radius)),
        put(ASK, region.ask),
        put(LOCATION, _emit_location(page, at, region, chains)),
    ]
    default = emit_default(page, region.exits.get(OTHERWISE), shape, None, base)
    chains.append(chain(page, region.exits.get(OTHERWISE)))
    return [put_json(ROUTE, write(puts, inner(shape, ROUTE))), *default], chains


def _emit_place(place: Place, hunt: Chain, shape: Kept | None) -> list[Put]:
    """A place, with its name as its city where nothing else would give it that name; one that was read has the city it had."""
    number = number_text(hunt.rings[0][1].targets[0].target) if hunt.rings else None
    given = shape is not None or any(is_named_after(place.name, one) for one in (number, "place"))
    facts = place if given or place.city is not None else evolve(place, city=place.name)
    return [put(key, _plain(getattr(facts, field))) for field, key in _FIELDS.items()]


def _plain(value: Any) -> Any:
    return plain(value) if isinstance(value, float) else value


# A menu item.


def parse_geo_data(draft: Draft, at: NodeId, doc: Cursor, voicemail: bool, whisper: Prompt | None) -> bool:
    """The region of a menu item at this node. Returns whether the voicemail switch counts."""
    data = doc.object(DATA)
    assert data is not None
    by, radius, location = data.take(ROUTED_BY), data.take(LIMIT), data.take(LOCATION)
    draft.places |= {(at, "by"): data.at(ROUTED_BY), (at, "radius"): data.at(LIMIT), (at, "places"): data.at(LOCATION)}
    places: list[Place] = []
    exits: dict[str, NodeId] = {}
    counts = False
    if location is not None:
        places, exits, counts = _parse_location(draft, at, data, location, voicemail, whisper)
    to = child_id(at, OTHERWISE)
    if voicemail or glance(data, DATA_TARGET) is not None:
        exits[OTHERWISE] = to
        counts |= parse_hunt(draft, to, data, DATA_TARGET, None, voicemail, whisper).counts
    else:
        settle(data, False, DATA_TARGET)
    region = Region(by=by, radius=radius, places=tuple(places), exits=exits)  # type: ignore[arg-type]
    draft.add(at, region, data.pointer)
    return counts


def _parse_location(
    draft: Draft, at: NodeId, data: Cursor, location: str, voicemail: bool, whisper: Prompt | None
) -> tuple[list[Place], dict[str, NodeId], bool]:
    reference = Reference(PROVIDER, "location", location)
    spots = _spots(draft.locations.get(location))
    if not spots:
        data.warn("UC103", LOCATION, at, what="location list")
        return [Place(location.removeprefix(NEW), reference=reference)], {}, False
    places: list[Place] = []
    exits: dict[str, NodeId] = {}
    names = Names()
    counts = False
    for index, spot in enumerate(spots):
        where = pointer(draft.locations_at, location, *spot.steps)
        entry = Cursor(spot.raw, where, data.log)
        key = _target_key(spot.raw)
        facts = {field: glance(entry, k) for field, k in _FIELDS.items()}
        name = names.unique(facts["city"] or number_text(glance(entry, key)) or "place")
        places.append(Place(name, reference=reference, **facts))
        to = exits[name] = child_id(at, name)
        draft.places |= {(at, f"places.{index}"): where}
        draft.places |= {(at, f"places.{index}.{field}"): entry.at(k) for field, k in _FIELDS.items()}
        counts |= parse_hunt(draft, to, entry, key, None, voicemail, whisper).counts
    return places, exits, counts


@frozen
class _Spot:
    """One place of a location document, and the steps that lead to it."""

    raw: Mapping[str, Json]
    steps: tuple[str | int, ...]


def _spots(document: Json) -> list[_Spot]:
    steps: tuple[str | int, ...] = ()
    if isinstance(document, dict) and isinstance(document.get("locations"), list):
        document, steps = document["locations"], ("locations",)
    if isinstance(document, list):
        return [_Spot(entry, (*steps, index)) for index, entry in enumerate(document) if isinstance(entry, dict)]
    if isinstance(document, dict) and any(document.get(k) for k in (CITY.name, PLACE_TARGET.name, "target_did")):
        return [_Spot(document, ())]
    return []


def _target_key(entry: Mapping[str, Json]) -> Key[Target | None]:
    return DATA_TARGET if PLACE_TARGET.name not in entry and DATA_TARGET.name in entry else PLACE_TARGET


def emit_geo_data(page: Page, at: NodeId, region: Region, shape: Kept | None, base: str) -> tuple[list[Put], list[Chain]]:
    """The block of a region, and the chains behind it; its places go to the bundle."""
    where = f"{base}/{DATA}"
    page.went(at, where, by=f"{where}/route_by", radius=f"{where}/proximity_limit", places=f"{where}/location_id")
    otherwise = chain(page, region.exits.get(OTHERWISE))
    chains = [chain(page, region.exits.get(place.name)) for place in region.places]
    puts = [
        put(ROUTED_BY, region.by if region.by in ROUTE_BY.values() else None),
        put(LIMIT, _plain(region.radius)),
        put(LOCATION, _emit_location(page, at, region, chains)),
        *emit_hunt(page, otherwise, None, DATA_TARGET, None, None, where),
    ]
    return [put_json(DATA, write(puts, inner(shape, DATA)))], [*chains, otherwise]


def _emit_location(page: Page, at: NodeId, region: Region, chains: list[Chain]) -> str | None:
    """The id of the location document, which is written into the bundle where it says something new."""
    if not region.places:
        return None
    reference = region.places[0].reference
    known = reference is not None and reference.provider == PROVIDER and reference.kind == "location"
    location = reference.id if known and reference is not None else f"{NEW}{region.places[0].name}"
    if len(region.places) == 1 and is_not_given(region, region.places[0], location):
        return location
    before = page.locations.get(location)
    document = _with_places(before, region, chains)
    if not same(document, before):
        location = f"{NEW}{location}" if location in page.written else location
        page.locations[location] = document
    page.written.add(location)
    for index, spot in enumerate(_spots(document)[: len(chains)]):
        where = pointer("/locations", location, *spot.steps)
        _note_place(page, at, index, where)
        hunt = chains[index]
        if hunt.rings:
            number = f"{where}/{_target_key(spot.raw).name}"
            page.went(hunt.rings[0][0], number, **{"targets.0.target": number})
    return location


def _note_place(page: Page, at: NodeId, index: int, where: str) -> None:
    page.places[at, f"places.{index}"] = where
    page.places |= {(at, f"places.{index}.{field}"): f"{where}/{key.name}" for field, key in _FIELDS.items()}


def _with_places(document: Json, region: Region, chains: list[Chain]) -> Json:
    """The location document with these places, entry by entry."""
    spots = _spots(document)
    entries = []
    for index, (place, hunt) in enumerate(zip(region.places, chains, strict=True)):
        raw = dict(spots[index].raw) if index < len(spots) else {}
        target = hunt.rings[0][1].targets[0].target if hunt.rings else None
        key = _target_key(raw)
        facts = {k: getattr(place, field) for field, k in _FIELDS.items()} | {key: target}
        if place.city is None and index >= len(spots):
            facts[CITY] = place.name
        for k, value in facts.items():
            if _glimpse(raw, k) != value:
                raw[k.name] = k.codec.encode(value)
        entries.append(raw)
    if isinstance(document, dict) and isinstance(document.get("locations"), list):
        return document | {"locations": _among(entries, document["locations"])}
    if isinstance(document, dict) and len(entries) == 1:
        return entries[0]
    return _among(entries, document if isinstance(document, list) else [])


def _among(entries: list[Json], listed: list[Json]) -> list[Json]:
    """These entries in the places of the objects of a list; what is no object stays where it is."""
    left = iter(entries)
    placed = [next(left, None) if isinstance(entry, dict) else entry for entry in listed]
    return [entry for entry, before in zip(placed, listed, strict=True) if entry is not None or before is None] + list(left)


def _glimpse(raw: Mapping[str, Json], key: Key[Any]) -> Any:
    return glance(Cursor(raw, "", Log()), key)
