"""A document as it stands on the server, spelled as it was when it was written.

A server gives ids of its own to what unicall wrote under ``new:`` ids, and often hands out the flow without the documents
around it. None of this is an edit. So before two documents are compared, the one in hand gets the ``new:`` ids back wherever
it is plain which of them an id stands for, and the documents that did not come with it.

What surprises people: an id in the place of a ``new:`` id is an edit all the same where its document is at hand and says
something else, or where the document under the ``new:`` id is still there beside it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any, TypeAlias

from attrs import Factory, define, field, frozen

from unicall.adapter import NEW
from unicall.wire import MISSING, Json, brief, leaves, pointer, resolve, same

SAME_SHAPE = 0.8  # the share of its leaves for which something stands in the server's, for one that was rewritten
ALIKE = 0.5  # the share of a written document's leaves that the server's has to have as well
_END = re.compile(r"\W+\Z")  # how a pattern ends
_GOES_ON = re.compile(r"[\w\\]")  # what may follow a part of an id in a pattern, where it is not all of the id


@frozen(kw_only=True)
class Settled:
    """The document to compare, and where its places are in the document in hand.

    ``lent``: what did not come with that one; ``guessed``: ids of the server that only the order of the document tells apart;
    ``unsure``: ids of unicall's that stand for one of the server's, the document of which does not say all that was written.
    """

    document: Json
    guessed: tuple[str, ...] = ()
    unsure: frozenset[str] = frozenset()
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
    found, guessed = _real_ids(written, base, around, hand, place, beside)
    document = _with(written, base, _renamed(resolve(hand, place), found))
    bundled = bool(around) or (base == place and not outside)
    for name, section in beside.items():
        document = {**document, name: {**around.get(name, {}), **_renamed(section, found)}} if bundled else document
    moved = [(base, place), *((pointer("", name), pointer(outside, name)) for name in beside)]
    names = {_step(new): _step(real) for real, new in found.items()}
    came = {(name, found.get(key, key)) for name, section in beside.items() for key in section}
    lent = frozenset((name, key) for name, section in around.items() for key in section if (name, key) not in came)
    return Settled(
        document=document,
        guessed=guessed,
        unsure=frozenset(new for real, new in found.items() if not _says_all(new, real, around, beside)),
        lent=lent,
        moved=tuple(pair for pair in moved if pair[0] != pair[1]),
        names=names,
    )


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
_Look: TypeAlias = tuple[str, frozenset[str]]
_SAID = ("tree", "own")


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
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The server's id to unicall's, one to one, and which of them only the order of the document tells."""
    mine = names_of(written)
    if not mine:
        return {}, ()
    old = set(_texts(written))
    here = set(_texts(resolve(hand, place))) | {key for section in beside.values() for key in section}
    open_ = mine - here
    if not open_:
        return {}, ()
    search = _Search(resolve(written, base), resolve(hand, place), around, beside, open_, old)
    search.run()
    return search.found, tuple(search.guessed)


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
class _Search:
    """Finds out which id is which: by what their documents say, by where they stand, at last by their order."""

    before: Json
    after: Json
    around: _Sections
    beside: _Sections
    open_: set[str]
    old: set[str]
    found: dict[str, str] = Factory(dict)
    guessed: list[str] = Factory(list)

    def run(self) -> None:
        """What one way has found helps the next: keys that are ids hide what stands under them."""
        self._take(self._by_mark(), sure=True)
        self._take(self._by_content(1.0))
        self._settle_places()
        self._take(self._by_content(ALIKE))
        self._settle_places()
        known = set(self.found)
        self._take(self._by_move())
        self._settle_places()
        self._take(self._by_turn())
        self.guessed = [real for real in self.found if real not in known]
        self._settle_places()

    def _settle_places(self) -> None:
        while self.open_ and self._take(self._by_place()):
            pass

    def _take(self, candidates: Iterator[tuple[str, str]], *, sure: bool = False) -> bool:
        """Take what nothing speaks against; whether anything was taken."""
        many = len(self.found)
        for new, real in candidates:
            free = new in self.open_ and real not in self.old and real not in self.found
            if free and not real.startswith(NEW) and (sure or _alike(new, real, self.around, self.beside, self.found)):
                self.found[real] = new
                self.open_.discard(new)
        return len(self.found) > many

    def _by_mark(self) -> Iterator[tuple[str, str]]:
        """Documents that bear unicall's id within a text, whatever else was edited in them; only one of each side may."""
        for name, section in self.around.items():
            mine = ((new, document) for new, document in section.items() if new in self.open_)
            stems = _told_apart((_END.sub("", mark), new) for new, document in mine for mark in _marks(new, document))
            theirs = ((key, doc) for key, doc in self.beside.get(name, {}).items() if key not in section)
            borne = _told_apart((new, key) for key, doc in theirs for new in _borne(doc, stems))
            yield from borne.items()

    def _by_content(self, least: float) -> Iterator[tuple[str, str]]:
        """Documents that say much the same, the most alike first; those that say just the same only where there is but one."""
        for name, section in self.around.items():
            theirs = self.beside.get(name, {}).items()
            others = {key: _renamed(doc, self.found) for key, doc in theirs if key not in section and key not in self.found}
            for new, document in section.items():
                if new in self.open_ and others:
                    likeness = {key: like for key, other in others.items() if (like := likeness_of(document, other)) >= least}
                    if least < 1 or len(likeness) == 1:
                        yield from ((new, key) for key in sorted(likeness, key=lambda key: -likeness[key]))

    def _by_place(self) -> Iterator[tuple[str, str]]:
        """Ids that stand in the same place, and keys that are ids, in the same object.

        Where nodes came or went above or below a place, it counts only if its node can be told from all of them. Where what stands
        there now stood elsewhere, it does not count.
        """
        before, after = self._sides()
        moved = before.moved(after)
        unsure: dict[str, list[tuple[str, _Look | None]]] = {}
        for at, (new, kind) in before.places.items():
            if new not in self.open_ or after.places.get(at, ("", ""))[1] != kind or before.nodes[at] in moved:
                continue
            if kind not in unsure:
                here, there = before.stand(kind), after.stand(kind)
                sides = [(before if one in here else after, one) for one in here ^ there]
                unsure[kind] = [(side.nodes[one], side.looks.get(side.nodes[one])) for side, one in sides]
            node, look = before.nodes[at], before.looks.get(before.nodes[at])
            near = [_resemblance(look, other) for place, other in unsure[kind] if _in_line(node, place)]
            if not near or _resemblance(look, after.looks.get(node)) > max(near):
                yield new, after.places[at][0]
        for at, names in before.keys.items():
            gone = [name for name in names if name in self.open_]
            come = [name for name in after.keys.get(at, ()) if name not in names and name not in self.old]
            if len(gone) == len(come):
                yield from zip(gone, come, strict=True)

    def _by_move(self) -> Iterator[tuple[str, str]]:
        """Ids of nodes that stand elsewhere now, with all that is behind them or alone, where there is but one like them."""
        before, after = self._sides()
        for key in _SAID:
            come = after.gone(before, key)
            for told, nodes in before.gone(after, key).items():
                if len(nodes) == len(come.get(told, ())) == 1:
                    yield from before.beside(after, nodes[0], come[told][0], deep=key == "tree")

    def _sides(self) -> tuple[_Ids, _Ids]:
        """The flow as it was written, and the one in hand with the ids that are known by now."""
        before, after = self._texts()
        ids = {kind for text, kind in before.places.values() if text.startswith(NEW)}
        known: dict[Any, int] = {}
        for side in (before, after):
            side.number(ids, known)
        return before, after

    def _texts(self) -> tuple[_Ids, _Ids]:
        """The texts of both flows, and of the documents around them that are known to be the same."""
        before, after = _Ids.of(self.before), _Ids.of(_renamed(self.after, self.found))
        real = {new: key for key, new in self.found.items()}
        for name, section in self.around.items():
            theirs = self.beside.get(name, {})
            for key, document in section.items():
                if (there := real.get(key, key)) in theirs:
                    before.read(document, pointer("", name, key), name)
                    after.read(_renamed(theirs[there], self.found), pointer("", name, key), name)
        return before, after

    def _by_turn(self) -> Iterator[tuple[str, str]]:
        """Ids in the same kind of place, in the order of the document, where as many are strange as are missing."""
        before, after = self._texts()
        for kind in sorted(before.kinds):
            gone = [one for one in dict.fromkeys(before.kinds[kind]) if one in self.open_]
            come = [one for one in dict.fromkeys(after.kinds.get(kind, ())) if one not in self.old]
            if len(gone) == len(come):
                yield from zip(gone, come, strict=True)


@define
class _Ids:
    """The texts of a flow: where each stands, and in what kind of place (the keys that lead there, the word of its module).

    ``looks``: what tells a node from others when its ids are left out. ``said``: a number for what a node says but for ids
    (``own``), and for that with all that is behind it (``tree``).
    """

    places: dict[str, tuple[str, str]] = Factory(dict)
    nodes: dict[str, str] = Factory(dict)
    kinds: dict[str, list[str]] = Factory(dict)
    keys: dict[str, list[str]] = Factory(dict)
    looks: dict[str, _Look] = Factory(dict)
    texts: dict[str, list[str]] = Factory(dict)
    children: dict[str, dict[str, str]] = Factory(dict)
    said: dict[str, dict[str, int]] = field(factory=lambda: {key: {} for key in _SAID})

    @classmethod
    def of(cls, value: Json) -> _Ids:
        """Those of one flow."""
        found = cls()
        found.read(value, "", "")
        return found

    def read(self, value: Json, at: str, word: str) -> None:
        """Add the texts of a flow, or of a document, in an order that does not depend on that of the keys."""
        todo: list[tuple[Json, str, str, str, str]] = [(value, at, "", word, at)]
        while todo:
            item, at, kind, word, node = todo.pop()
            if isinstance(item, str):
                self.places[at] = (item, f"{word} {kind}")
                self.nodes[at] = node
                self.texts.setdefault(node, []).append(at)
                self.kinds.setdefault(f"{word} {kind}", []).append(item)
            elif isinstance(item, dict):
                if isinstance(item.get("module"), str):
                    self.children.setdefault(node, {})[at[len(node) :]] = at
                    word, node = item["module"], at
                    self.looks[at] = _look(item)
                self.keys[at] = list(item)
                above = kind.rpartition("/")[2]
                inner = sorted(item.items(), key=lambda pair: (isinstance(pair[1], (dict, list)), pair[0] == "children", pair[0]))
                todo.extend((part, pointer(at, name), f"{above}/{name}", word, node) for name, part in reversed(inner))
            elif isinstance(item, list):
                todo.extend((part, pointer(at, index), kind, word, node) for index, part in reversed(list(enumerate(item))))

    def number(self, ids: Set[str], known: dict[Any, int]) -> None:
        """Give a number to what each node says; equal numbers of two flows share ``known``. ``ids``: the places of ids, by kind."""
        for node, look in reversed(list(self.looks.items())):
            texts = [(at[len(node) :], self.places[at][0]) for at in self.texts.get(node, ()) if self.places[at][1] not in ids]
            own = known.setdefault((look[0], tuple(sorted(texts))), len(known))
            behind = [(_key(at), self.said["tree"][child]) for at, child in self.children.get(node, {}).items()]
            self.said["own"][node] = own
            self.said["tree"][node] = known.setdefault((own, tuple(sorted(behind))), len(known))

    def differs(self, other: _Ids, key: str, node: str) -> bool:
        """Whether something else is said in the place of this node in another flow, or nothing."""
        return self.said[key].get(node) != other.said[key].get(node)

    def gone(self, other: _Ids, key: str) -> dict[int, list[str]]:
        """The nodes in whose places something else is said in another flow, by what they say."""
        found: dict[int, list[str]] = {}
        for node, told in self.said[key].items():
            if self.differs(other, key, node):
                found.setdefault(told, []).append(node)
        return found

    def moved(self, other: _Ids) -> set[str]:
        """The nodes in whose places, or above them, now stands what stood in another place."""
        found: set[str] = set()
        for key in _SAID:
            gone = self.gone(other, key)
            todo = [node for nodes in gone.values() for node in nodes if other.said[key].get(node) in gone]
            while todo:
                node = todo.pop()
                if node not in found:
                    found.add(node)
                    todo.extend(self.children.get(node, {}).values() if key == "tree" else ())
        return found

    def beside(self, other: _Ids, node: str, there: str, *, deep: bool) -> Iterator[tuple[str, str]]:
        """The texts of a node beside those of a node of another flow; ``deep``: those of all that is behind them as well."""
        todo = [(node, there)]
        while todo:
            mine, theirs = todo.pop()
            for at in self.texts.get(mine, ()):
                if (place := theirs + at[len(mine) :]) in other.places:
                    yield self.places[at][0], other.places[place][0]
            behind = other.children.get(theirs, {})
            todo.extend((at, behind[key]) for key, at in self.children.get(mine, {}).items() if deep and key in behind)

    def stand(self, kind: str) -> set[str]:
        """Where the ids in this kind of place stand."""
        return {at for at, (_, one) in self.places.items() if one == kind}


def _key(at: str) -> str:
    """The last step of a place, but for one that may be an id."""
    key = at.rpartition("/")[2]
    return key if len(key) < 20 and not key.startswith(NEW) else ""


def _look(node: Mapping[str, Json]) -> _Look:
    """A node without the texts in it, which may be ids, and the keys of what stands below."""
    data, children = node.get("data"), node.get("children")
    facts = [(at, leaf) for at, leaf in leaves(data) if not isinstance(leaf, str)] if isinstance(data, dict) else []
    keys = children if isinstance(children, dict) else ()
    return repr((node.get("module"), facts)), frozenset(key for key in keys if len(key) < 20 and not key.startswith(NEW))


def _resemblance(one: _Look | None, other: _Look | None) -> float:
    """How much two nodes look alike: not at all where their facts differ, else by the keys that both have."""
    if one is None or other is None or one[0] != other[0]:
        return 0.0
    return (1 + len(one[1] & other[1])) / (1 + len(one[1] | other[1]))


def _in_line(one: str, other: str) -> bool:
    """Whether one of two nodes stands below the other, or they are the same."""
    return one == other or one.startswith(f"{other}/") or other.startswith(f"{one}/")


def _marks(new: str, document: Json) -> Iterator[str]:
    """The texts of a document that say unicall's id for it, in a pattern perhaps."""
    said = (leaf for _, leaf in leaves(document) if isinstance(leaf, str) and NEW in leaf and not leaf.startswith(NEW))
    return (text for text in said if new in text or re.escape(new) in text)


def _borne(document: Json, stems: Mapping[str, str]) -> set[str]:
    """Whose marks a document bears: the longest that a text begins with, where it does not go on as an id would."""
    texts = [leaf for _, leaf in leaves(document) if isinstance(leaf, str) and NEW in leaf] if stems else []
    starts = (next((size for size in range(len(text), 0, -1) if text[:size] in stems), 0) for text in texts)
    return {stems[text[:size]] for text, size in zip(texts, starts, strict=True) if size and not _GOES_ON.match(text, size)}


def _told_apart(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """One to the other, for those that stand in one pair only."""
    pairs = list(dict.fromkeys(pairs))
    many = Counter(one for pair in pairs for one in enumerate(pair))
    return {one: other for one, other in pairs if many[0, one] == many[1, other] == 1}


def _alike(new: str, real: str, around: _Sections, beside: _Sections, found: Mapping[str, str]) -> bool:
    """Whether nothing at hand speaks against it: the documents of both, where they are there, say much the same, or of the same.

    An id without a document is not the one of which another document at hand says much the same.
    """
    for name, section in around.items():
        theirs = beside.get(name, {})
        if new in section and real not in theirs:
            free = (_renamed(other, found) for key, other in theirs.items() if key not in section and key not in found)
            if any(likeness_of(section[new], other) >= ALIKE for other in free):
                return False
        if new in section and real in theirs:
            mine, other = section[new], _renamed(theirs[real], found)
            if max(likeness_of(mine, other), _likeness_anywhere(mine, other)) >= ALIKE:
                return True
            return likeness_of(mine, other, shape=True) >= SAME_SHAPE
    return True


def _says_all(new: str, real: str, around: _Sections, beside: _Sections) -> bool:
    """Whether the server's document under this id has all that was written under unicall's."""
    pairs = ((section[new], beside.get(name, {}).get(real, MISSING)) for name, section in around.items() if new in section)
    return any(there is not MISSING and likeness_of(document, there) == 1 for document, there in pairs)


def _likeness_anywhere(document: Json, other: Json) -> float:
    """The share of a document's leaves that stand somewhere in another, under the same key."""
    said = ((at.rpartition("/")[2], leaf) for at, leaf in leaves(document))
    mine = [(key, brief(leaf)) for key, leaf in said if not (isinstance(leaf, str) and leaf.startswith(NEW))]
    theirs = {(at.rpartition("/")[2], brief(leaf)) for at, leaf in leaves(other)}
    return sum(leaf in theirs for leaf in mine) / len(mine) if mine else 1.0


def likeness_of(document: Json, other: Json, *, shape: bool = False) -> float:
    """The share of a document's leaves that another has as well, from 0 to 1; with ``shape`` whatever they say.

    Ids that unicall made up do not count.
    """
    mine = [(at, leaf) for at, leaf in leaves(document) if not (isinstance(leaf, str) and leaf.startswith(NEW))]
    both = [at for at, leaf in mine if (there := resolve(other, at)) is not MISSING and (shape or same(leaf, there))]
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
