"""A document as it stands on the server, spelled as it was when it was written.

A server gives ids of its own to what unicall wrote under ``new:`` ids, and often hands out the flow without the documents
around it. None of this is an edit. So before two documents are compared, the one in hand gets the ``new:`` ids back wherever
it is plain which of them an id stands for, and the documents that did not come with it.

What surprises people: an id in the place of a ``new:`` id is an edit all the same where its document is at hand and says
something else, or where the document under the ``new:`` id is still there beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from attrs import Factory, define, frozen

from unicall.wire import Json, leaves, pointer, resolve, same

NEW = "new:"
ALIKE = 0.5  # the share of a written document's leaves that the server's has to have as well


@frozen(kw_only=True)
class Settled:
    """The document to compare, and where its places are in the document in hand; ``lent``: what did not come with that one."""

    document: Json
    lent: frozenset[tuple[str, str]] = frozenset()
    moved: tuple[tuple[str, str], ...] = ()
    names: Mapping[str, str] = Factory(dict)

    def home(self, at: str) -> str:
        """The pointer in the document in hand of what stands here."""
        for here, there in self.moved:
            if at == here or at.startswith(here + "/"):
                at = there + at[len(here) :]
                break
        return "/".join(self.names.get(step, step) for step in at.split("/"))


def unwrapped(bodies: Mapping[str, Json]) -> Json:
    """Documents that each stand alone in ``data``, as bodies of requests do, without it."""
    return {
        name: part["data"] if set(part) == {"data"} else {key: body["data"] for key, body in part.items()}
        for name, part in bodies.items()
    }


def settle(written: Json, base: str, hand: Json, place: str) -> Settled:
    """The document in hand as one to compare with the one written; ``base`` and ``place`` are where their flows stand."""
    around, _ = _around(written, base)
    beside, outside = _around(hand, place)
    found = _real_ids(written, base, around, hand, place, beside)
    document = _with(written, base, _renamed(resolve(hand, place), found))
    for name, section in beside.items():
        document = {**document, name: {**around.get(name, {}), **_renamed(section, found)}} if around else document
    moved = [(base, place), *((pointer("", name), pointer(outside, name)) for name in beside)]
    names = {_step(new): _step(real) for real, new in found.items()}
    came = {(name, found.get(key, key)) for name, section in beside.items() for key in section}
    lent = frozenset((name, key) for name, section in around.items() for key in section if (name, key) not in came)
    return Settled(document=document, lent=lent, moved=tuple(pair for pair in moved if pair[0] != pair[1]), names=names)


def _step(key: str) -> str:
    return pointer("", key)[1:]


def _with(document: Json, at: str, value: Json) -> Json:
    """The document with another value at this place."""
    if not at:
        return value
    first, _, rest = at[1:].partition("/")
    deeper = f"/{rest}" if rest else ""
    if isinstance(document, list):
        return [_with(item, deeper, value) if str(index) == first else item for index, item in enumerate(document)]
    return {key: _with(item, deeper, value) if _step(key) == first else item for key, item in document.items()}


_Sections = Mapping[str, Mapping[str, Json]]


def _around(document: Json, base: str) -> tuple[_Sections, str]:
    """The sections of documents by id beside a flow, and where they stand; none where it does not stand in a bundle."""
    steps = base.split("/")[1:]
    for depth in range(len(steps) - 1, -1, -1):
        outside = "".join(f"/{step}" for step in steps[:depth])
        whole = resolve(document, outside)
        beside = {name: part for name, part in whole.items() if _step(name) != steps[depth]} if isinstance(whole, dict) else {}
        if beside and all(isinstance(part, dict) and _is_section(part) for part in beside.values()):
            return beside, outside
    return {}, ""


def _is_section(part: Mapping[str, Json]) -> bool:
    return all(isinstance(document, (dict, str)) for document in part.values())


# Which id of the server stands for which id of unicall's.


def _real_ids(
    written: Json,
    base: str,
    around: _Sections,
    hand: Json,
    place: str,
    beside: _Sections,
) -> dict[str, str]:
    """The server's id to unicall's, one to one."""
    mine = names_of(written)
    if not mine:
        return {}
    old = set(_texts(written))
    here = set(_texts(resolve(hand, place))) | {key for section in beside.values() for key in section}
    open_ = mine - here
    if not open_:
        return {}
    before, after = _Ids.of(resolve(written, base)), _Ids.of(resolve(hand, place))
    found: dict[str, str] = {}
    guesses = (
        _by_content(around, beside, open_, found, 1.0),
        _by_place(before, after, open_, old),
        _by_content(around, beside, open_, found, ALIKE),
        _by_turn(before, after, open_, old, found),
    )
    for candidates in guesses:
        for new, real in candidates:
            free = new in open_ and real not in old and real not in found
            if free and not real.startswith(NEW) and _alike(new, real, around, beside, found):
                found[real] = new
                open_.discard(new)
    return found


def names_of(document: Json) -> set[str]:
    """The ids that unicall made up for the documents around a flow."""
    return {text for text in _texts(document) if text.startswith(NEW)}


def _texts(value: Json) -> Iterator[str]:
    """Every text in a value, keys as well."""
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            yield from item
            todo.extend(item.values())
        elif isinstance(item, list):
            todo.extend(item)


@define
class _Ids:
    """The texts of a flow: where each stands, and in what kind of place (the keys that lead there, the word of its module)."""

    places: dict[str, tuple[str, str]] = Factory(dict)
    nodes: dict[str, str] = Factory(dict)
    kinds: dict[str, list[str]] = Factory(dict)
    keys: dict[str, list[str]] = Factory(dict)

    @classmethod
    def of(cls, value: Json) -> _Ids:
        found = cls()
        todo: list[tuple[Json, str, str, str, str]] = [(value, "", "", "", "")]
        while todo:
            item, at, kind, word, node = todo.pop()
            if isinstance(item, str):
                found.places[at] = (item, f"{word} {kind}")
                found.nodes[at] = node
                found.kinds.setdefault(f"{word} {kind}", []).append(item)
            elif isinstance(item, dict):
                if isinstance(item.get("module"), str):
                    word, node = item["module"], at
                found.keys[at] = list(item)
                above = kind.rpartition("/")[2]
                todo.extend((inner, pointer(at, name), f"{above}/{name}", word, node) for name, inner in reversed(item.items()))
            elif isinstance(item, list):
                todo.extend((inner, pointer(at, index), kind, word, node) for index, inner in reversed(list(enumerate(item))))
        return found

    def stand(self, kind: str) -> set[str]:
        """Where the ids in this kind of place stand."""
        return {at for at, (_, one) in self.places.items() if one == kind}

    def come(self, kind: str, old: Collection[str]) -> list[str]:
        """The ids in this kind of place that were not there before, each once."""
        return [one for one in dict.fromkeys(self.kinds.get(kind, ())) if one not in old]


def _countable(before: _Ids, after: _Ids, open_: set[str], old: set[str]) -> set[str]:
    """The kinds of places with as many strange ids as ids are missing: in others nobody can tell which of them is new."""
    gone = {kind: [one for one in dict.fromkeys(ids) if one in open_] for kind, ids in before.kinds.items()}
    return {kind for kind, missing in gone.items() if missing and len(missing) == len(after.come(kind, old))}


def _by_place(before: _Ids, after: _Ids, open_: set[str], old: set[str]) -> Iterator[tuple[str, str]]:
    """Ids that stand in the same place, and keys that are ids, in the same object.

    Nothing may have come or gone above or below such a place: then who knows which of them moved.
    """
    unsure: dict[str, list[str]] = {}
    for at, (new, kind) in before.places.items():
        if new not in open_:
            continue
        if kind not in unsure:
            here, there = before.stand(kind), after.stand(kind)
            unsure[kind] = [(before if one in here else after).nodes[one] for one in here ^ there]
        node = before.nodes[at]
        if after.places.get(at, ("", ""))[1] == kind and not any(_in_line(node, other) for other in unsure[kind]):
            yield new, after.places[at][0]
    for at, names in before.keys.items():
        gone = [name for name in names if name in open_]
        come = [name for name in after.keys.get(at, ()) if name not in names and name not in old]
        if len(gone) == len(come):
            yield from zip(gone, come, strict=True)


def _in_line(one: str, other: str) -> bool:
    """Whether one of two nodes stands below the other, or they are the same."""
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _by_content(
    around: _Sections, beside: _Sections, open_: set[str], found: Mapping[str, str], least: float
) -> Iterator[tuple[str, str]]:
    """Documents that say much the same, the most alike first; those that say just the same only where there is but one."""
    for name, section in around.items():
        others = {key: _renamed(doc, found) for key, doc in beside.get(name, {}).items() if key not in section}
        for new, document in section.items():
            if new in open_ and others:
                likeness = {key: like for key, other in others.items() if (like := likeness_of(document, other)) >= least}
                if least < 1 or len(likeness) == 1:
                    yield from ((new, key) for key in sorted(likeness, key=lambda key: -likeness[key]))


def _by_turn(before: _Ids, after: _Ids, open_: set[str], old: set[str], found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Ids in the same kind of place, in the order of the document."""
    taken = old | set(found)
    for kind in sorted(_countable(before, after, open_, taken)):
        gone = [one for one in dict.fromkeys(before.kinds[kind]) if one in open_]
        yield from zip(gone, after.come(kind, taken), strict=True)


def _alike(new: str, real: str, around: _Sections, beside: _Sections, found: Mapping[str, str]) -> bool:
    """Whether nothing at hand speaks against it: the documents of both, where they are there, say much the same."""
    for name, section in around.items():
        theirs = beside.get(name, {})
        if new in section and real in theirs and likeness_of(section[new], _renamed(theirs[real], found)) < ALIKE:
            return False
    return True


def likeness_of(document: Json, other: Json) -> float:
    """The share of a document's leaves that another has as well, from 0 to 1. Ids that unicall made up do not count."""
    mine = [(at, leaf) for at, leaf in leaves(document) if not (isinstance(leaf, str) and leaf.startswith(NEW))]
    both = [at for at, leaf in mine if same(leaf, resolve(other, at))]
    return len(both) / len(mine) if mine else 1.0


def _renamed(value: Json, found: Mapping[str, str]) -> Json:
    """The value with every id that was found, under keys and as text, called as unicall called it. Never recurses."""
    if not found:
        return value
    whole = [value]
    todo: list[tuple[Json, Json]] = [(whole, 0)]
    while todo:
        holder, key = todo.pop()
        item = holder[key]
        if isinstance(item, str):
            holder[key] = found.get(item, item)
        elif isinstance(item, dict):
            holder[key] = {found.get(name, name): inner for name, inner in item.items()}
            todo.extend((holder[key], name) for name in holder[key])
        elif isinstance(item, list):
            holder[key] = list(item)
            todo.extend((holder[key], index) for index in range(len(item)))
    return whole[0]
