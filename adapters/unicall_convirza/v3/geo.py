"""Where the caller is: ``geo_route`` of a route or of a menu item.

All keys are assumed: the strategies are v2's, and so is what they mean. A block names a list of locations by its id, and may list
the places themselves. The surprise: the number for callers who are nowhere stands outside the block, beside it.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve

from unicall.graph import OTHERWISE, NodeId, Place, Prompt, Reference, Region, child_id
from unicall.wire import Codec, Json, Key
from unicall_convirza.facts import ID, MEASURE, ROUTE_BY, STRATEGIES, SWITCH, WORDS, in_any_case, is_not_given, plain
from unicall_convirza.v2.reading import Names, is_named_after
from unicall_convirza.v3.hunt import DEFAULT, RING_TO, VOICEMAIL, Chain, emit_hunt, parse_hunt
from unicall_convirza.v3.number import PROVIDER, number_text
from unicall_convirza.v3.reading import Doc, Draft
from unicall_convirza.v3.writing import Sheet, shape_of

GEO = "geo"
BY: Codec[str | None] = in_any_case({str(word): by for names in (STRATEGIES, ROUTE_BY) for word, by in names.items()})
STRATEGY: Key[str | None] = Key("strategy", BY, None)
RADIUS: Key[float | None] = Key("radius", MEASURE, None)
ASK: Key[bool | None] = Key("manual_entry", SWITCH, None)  # type: ignore[arg-type]
LOCATION: Key[str | None] = Key("location", ID, None)
PLACES = "places"
CITY: Key[str | None] = Key("city", WORDS, None)
ADDRESS: Key[str | None] = Key("address", WORDS, None)
LATITUDE: Key[float | None] = Key("latitude", MEASURE, None)
LONGITUDE: Key[float | None] = Key("longitude", MEASURE, None)
_FIELDS: dict[str, Key[Any]] = {"city": CITY, "address": ADDRESS, "latitude": LATITUDE, "longitude": LONGITUDE}


def parse_geo(draft: Draft, at: NodeId, doc: Doc, whisper: Prompt | None) -> None:
    """The region of a route or an item at this node."""
    block = doc.part(GEO, "geo")
    region = Region() if block is None else _parse_block(draft, at, block, whisper)
    to = child_id(at, OTHERWISE)
    if doc.glance(VOICEMAIL) or doc.glance(DEFAULT) is not None:
        parse_hunt(draft, to, doc, DEFAULT, whisper, overflow=False)
        region = evolve(region, exits={**region.exits, OTHERWISE: to})
    else:
        doc.settle(False, DEFAULT, VOICEMAIL)
    draft.add(at, region, doc.spot(GEO))


def _parse_block(draft: Draft, at: NodeId, block: Doc, whisper: Prompt | None) -> Region:
    by, radius, ask, location = block.take(STRATEGY), block.take(RADIUS), block.take(ASK), block.take(LOCATION)
    fields: dict[str, Key[Any]] = {"by": STRATEGY, "radius": RADIUS, "ask": ASK, "places": LOCATION}
    draft.places |= {(at, field): block.at(key) for field, key in fields.items()}
    reference = None if location is None else Reference(PROVIDER, "location", location)
    places: list[Place] = []
    exits: dict[str, NodeId] = {}
    names = Names()
    for index, entry in enumerate(block.parts(PLACES, "place")):
        place = evolve(_take_place(entry, names), reference=reference)
        places.append(place)
        draft.places |= {(at, f"places.{index}.{field}"): entry.at(key) for field, key in _FIELDS.items()}
        draft.places |= {(at, f"places.{index}"): entry.pointer, (at, f"places.{index}.reference"): block.at(LOCATION)}
        to = exits[place.name] = child_id(at, place.name)
        hunted = parse_hunt(draft, to, entry, RING_TO, whisper)
        draft.keep(to, "place", hunted.mark(entry.shape()), entry.pointer)
    if location is not None and not places:
        block.warn("UC103", LOCATION, at, what="location list")
        places.append(Place(location, reference=reference))
        draft.places |= {(at, "places.0"): block.at(LOCATION)}
    return Region(by=by, radius=radius, ask=ask, places=tuple(places), exits=exits)  # type: ignore[arg-type]


def _take_place(entry: Doc, names: Names) -> Place:
    first = entry.glance(RING_TO)
    city = entry.take(CITY)
    name = names.unique(city or (number_text(first) if first not in (None, "hangup") else None) or "place")  # type: ignore[arg-type]
    return Place(name, city, entry.take(ADDRESS), entry.take(LATITUDE), entry.take(LONGITUDE))


def emit_geo(sheet: Sheet, at: NodeId, region: Region) -> list[Chain]:
    """The block of a region and the number beside it. Returns the chains behind them."""
    page = sheet.page
    block = sheet.part(GEO, "geo")
    page.went(at, block.base, by=block.at(STRATEGY), radius=block.at(RADIUS), ask=block.at(ASK), places=block.at(LOCATION))
    block.put(STRATEGY, region.by if region.by in STRATEGIES.values() else None)
    block.put(RADIUS, _plain(region.radius))
    block.put(ASK, region.ask)
    reference = region.places[0].reference if region.places else None
    named = reference if reference is not None and reference.kind == "location" else None
    block.put(LOCATION, None if named is None else named.id)
    chains = []
    entries: list[Json] = []
    for index, place in enumerate(region.places):
        to = region.exits.get(place.name)
        if named is not None and is_not_given(region, place, named.id):
            page.places[at, f"places.{index}"] = block.at(LOCATION)
            continue
        entry = Sheet(page, "place", block.at(PLACES, len(entries)), shape_of(page.node(to), "place"))
        chains.append(emit_hunt(entry, to, RING_TO))
        _emit_place(entry, place, chains[-1])
        page.places |= {(at, f"places.{index}.{field}"): entry.at(key) for field, key in _FIELDS.items()}
        page.places[at, f"places.{index}"] = entry.base
        entries.append(entry.done())
    block.put_json(PLACES, entries)
    sheet.put_json(GEO, block.done())
    chains.append(emit_hunt(sheet, region.exits.get(OTHERWISE), DEFAULT, overflow=False))
    return chains


def _emit_place(sheet: Sheet, place: Place, hunt: Chain) -> None:
    """A place, with its name as its city where nothing else would give it that name; one that was read has the city it had."""
    number = number_text(hunt.rings[0][1].targets[0].target) if hunt.rings else None
    given = sheet.shape is not None or any(is_named_after(place.name, one) for one in (number, "place"))
    facts = place if given or place.city is not None else evolve(place, city=place.name)
    for field, key in _FIELDS.items():
        sheet.put(key, _plain(getattr(facts, field)))


def _plain(value: Any) -> Any:
    return plain(value) if isinstance(value, float) else value
